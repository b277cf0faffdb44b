"""Read back the record that the process of a student's file has written, and trust nothing of it.

The file runs with the rights of the user and knows where its record is: it may have put a pipe, a link or
other values there. So a record is read within limits and every value is checked before any is used.
"""

import json
import os
import stat

from .cases import cases
from .observing import CONVENTIONS, LARGEST_ARRAY
from .signatures import ROLES

LARGEST_RECORD = 2**24  # bytes
_WHOLE = range(-(2**63), 2**63)


def read_record(path):
    r"""Read the record of a file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict, as `worker` writes it

    Raises
    ------
    FileNotFoundError
        If there is none.
    OSError, ValueError, RecursionError
        If there is something else than a regular file with a record.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "result.json"
    ...     _ = path.write_text('{"functions": 5}')
    ...     read_record(path)
    Traceback (most recent call last):
    ...
    ValueError: values of other kinds
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe would block
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("no regular file")
        with open(descriptor, "rb", closefd=False) as stream:
            content = stream.read(LARGEST_RECORD + 1)
    finally:
        os.close(descriptor)
    if len(content) > LARGEST_RECORD:
        raise ValueError("too large")
    record = json.loads(content.decode("utf-8"))
    if not _is_record(record):
        raise ValueError("values of other kinds")
    return record


def _is_text(value):
    return type(value) is str


def _is_flag(value):
    return type(value) is bool


def _is_number(value):
    return type(value) is float


def _is_whole(value):
    return type(value) is int and value in _WHOLE


def _or_none(rule):
    return lambda value: value is None or rule(value)


def _list_of(rule, most=LARGEST_RECORD):
    return lambda value: type(value) is list and len(value) <= most and all(map(rule, value))


def _with_keys(needed, optional=None):
    """Rule for a dict with all needed keys, and no others than the optional ones: key → rule."""
    rules = {**needed, **(optional or {})}

    def rule(value):
        if type(value) is not dict or not needed.keys() <= value.keys() <= rules.keys():
            return False
        return all(rules[key](each) for key, each in value.items())

    return rule


_is_array = _with_keys(
    {
        "shape": _or_none(_list_of(lambda n: _is_whole(n) and n >= 0, 64)),
        "dtype": _is_text,
        "data": _list_of(_is_number, LARGEST_ARRAY),
    }
)
_is_late = _with_keys({"text": _is_text, "slow": _is_flag})
_is_exception = _with_keys({"text": _is_text, "line": _or_none(_is_whole), "code": _is_text})
_has_call_keys = _with_keys(
    {
        "values": _or_none(_list_of(_is_array)),
        "names": _or_none(_list_of(_is_text)),
        "error": _or_none(lambda value: _is_late(value) or _is_exception(value)),
        "changed": _list_of(_is_text),
        "draws": _list_of(_is_whole),
        "helper": _list_of(_list_of(_is_whole)),
    },
    {"again": _or_none(_list_of(_is_array))},
)


def _is_call(value):
    """Whether a value is the record of a call, which returned something or raised."""
    return _has_call_keys(value) and not (value["values"] is None and value["error"] is None)


def _are_parameters(value):
    return type(value) is dict and all(map(_is_text, value.values()))


def _are_conventions(value):
    """Whether a value has the calls under the first convention, and only of conventions that there are."""
    return (
        type(value) is dict
        and {CONVENTIONS[0]} <= value.keys() <= set(CONVENTIONS)
        and all(calls != [] and _list_of(_is_call)(calls) for calls in value.values())
    )


_is_observation = _with_keys(
    {"parameters": _are_parameters, "conventions": _are_conventions},
    {
        "large": _is_call,
        "scalars": _list_of(_or_none(_is_number)),
        "other_callback": _is_call,
        "opcodes": lambda value: _list_of(_is_whole, 2)(value) and len(value) == 2,
    },
)
_has_function_keys = _with_keys(
    {
        "name": _is_text,
        "role": lambda value: _is_text(value) and value in ROLES,
        "observation": _or_none(_is_observation),
        "unclear": _or_none(_is_text),
    }
)


def _is_function(value):
    """Whether a value is the record of a function, with no more calls than its role has inputs."""
    if not _has_function_keys(value):
        return False
    conventions = (value["observation"] or {}).get("conventions", {})
    return all(len(calls) <= len(cases(value["role"])) for calls in conventions.values())


_is_record = _with_keys(
    {
        "functions": _list_of(_is_function),
        "notes": _list_of(_is_text),
        "names": _list_of(_is_text),
        "printed": _is_whole,
        "done": _is_flag,
        "error": _or_none(_is_text),
    }
)
