"""The process in which a student's file runs: it calls what it finds and writes records as JSON.

It is started by `isolation.observe_file`, which sets the limits on the whole process. The records are
written anew after every function, so that an endless loop in one does not lose the others.
"""

import ast
import contextlib
import importlib
import inspect
import io
import json
import os
import resource
import sys
import time
from pathlib import Path

from .loading import MODULE, described, load, time_limit
from .observing import SECONDS, observe
from .records import LARGEST_RECORD
from .signatures import ROLES, Unclear, parameters_of, role_of

_LARGEST, _MOST_NOTES = 50_000_000, 1_000  # bytes of a file; notes on it
_AS_JSON, _OPEN, _REPLACE, _PRINT_BYTES = json.dumps, open, os.replace, os.write  # the file may change them


class Counting(io.TextIOBase):
    """Standard output that keeps nothing but the number of characters.

    Examples
    --------
    >>> stream = Counting()
    >>> print("loss", file=stream)
    >>> stream.characters
    5
    """

    def __init__(self):
        self.characters = 0

    def write(self, text):
        """Count the characters."""
        self.characters += len(text)
        return len(text)

    def writable(self):
        """Say yes."""
        return True


def role_named(name):
    """Role (str) for what a user writes before ``=`` in --map: a role or a usual name; None if unknown.

    Examples
    --------
    >>> role_named("naive"), role_named("negSamplingLossAndGradient"), role_named("mine")
    ('naive', 'negative', None)
    """
    return name if name in ROLES else role_of(name)


def functions_of(namespace, filenames, mapping):
    """Functions to check: list of (name, role, function).

    Parameters
    ----------
    namespace : dict
        What the file defines.
    filenames : set of str
        Names under which its code is compiled: functions from other files are left out.
    mapping : dict
        Name of a function → role, from the user.

    Examples
    --------
    >>> def softmax(x):
    ...     return x
    >>> files = {softmax.__code__.co_filename}
    >>> [found[:2] for found in functions_of({"softmax": softmax, "len": len}, files, {})]
    [('softmax', 'softmax')]
    """
    found = []
    for name, thing in list(namespace.items()):
        role = (mapping.get(name) or role_of(name)) if type(name) is str else None
        if role is not None and callable(thing) and _is_own(thing, name in mapping, filenames):
            found.append((name, role, thing))
    # Helpers last: they are part of the functions that call them.
    return sorted(found, key=lambda f: list(ROLES).index(f[1]))


def _is_own(thing, mapped, filenames):
    """Whether a callable is the file's own; one that fails at such questions is, so that it is named."""
    try:
        with time_limit(SECONDS):
            if inspect.isclass(thing):
                return False
            code = getattr(inspect.unwrap(thing), "__code__", None)
            if mapped or code is not None:
                return mapped or code.co_filename in filenames
            return type(thing).__module__.startswith("numpy") and type(thing).__name__ == "vectorize"
    except BaseException:
        return True


def _filenames(path):
    """Names under which the code of a file is compiled."""
    if path.suffix != ".ipynb":
        return {str(path)}
    return {f"<cell {k} of {path.name}>" for k in range(1, 10_000)}


def _limit(megabytes, seconds):
    """Limit memory (beyond what is in use), processor time and the size of files, and let none be raised."""
    statm = Path("/proc/self/statm")
    used = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 2**31
    limits = {
        resource.RLIMIT_AS: used + megabytes * 2**20,
        resource.RLIMIT_CPU: int(time.process_time() + seconds) + 5,
        resource.RLIMIT_FSIZE: 2**26,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # At the hard limit of processor time the process is killed without a word.
        highest = value + 5 if kind == resource.RLIMIT_CPU else value
        highest = highest if hard == resource.RLIM_INFINITY else min(highest, hard)
        try:
            resource.setrlimit(kind, (value, highest))
        except (ValueError, OSError):  # a system without this limit
            continue


def _keep_recursion_limit():
    """Let a file raise the limit of recursion, and not lower it: the checks need it, too."""
    set_limit, lowest = sys.setrecursionlimit, sys.getrecursionlimit()
    sys.setrecursionlimit = lambda limit: set_limit(max(limit, lowest))


def _load_torch(path):
    """Import PyTorch before memory is limited, if a file names it: it maps gigabytes that it does not use."""
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"it has more than {_LARGEST // 1_000_000} MB")
    if b"torch" in path.read_bytes():
        with contextlib.suppress(ImportError):
            importlib.import_module("torch")


class _TooLarge(Exception):
    """A record is larger than one that is read."""


def _write(record, target):
    content = _AS_JSON(record).encode()
    if len(content) > LARGEST_RECORD:
        raise _TooLarge
    beside = f"{target}.part"
    with _OPEN(beside, "wb") as handle:
        handle.write(content)
    _REPLACE(beside, target)


def main(request_path):
    """Check the file of a request (path of a JSON file) and write the records."""
    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    record = {"notes": [], "functions": [], "names": [], "error": None, "done": False, "printed": 0}
    sys.stdout = sys.stderr = Counting()
    sys.modules.pop(MODULE, None)
    try:
        try:
            _check(request, record, sys.stdout)
        except BaseException as error:  # whatever the file has changed
            record["error"] = described(error)
        _write({**record, "done": True}, request["result"])
    except BaseException as error:
        _PRINT_BYTES(2, described(error).encode(errors="replace"))
        raise


def _check(request, record, output):
    """Read the file, call its functions and fill in the record, which is written after each."""
    path, mapping = Path(request["file"]), request["mapping"]
    try:
        _load_torch(path)
        _limit(request["memory"], request["seconds"])
        _keep_recursion_limit()
        module, notes = load(path, seconds=request["statement_seconds"], keep=True)
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        record["error"] = f"SyntaxError{where}: {error.msg}"
        return
    except ValueError as error:  # said by `load`, or by the readers of JSON and of Python
        record["error"] = str(error) if type(error) is ValueError else described(error)
        return
    more = [f"{len(notes) - _MOST_NOTES} more were left out"] if len(notes) > _MOST_NOTES else []
    record["notes"] = notes[:_MOST_NOTES] + more
    record["names"] = _function_names(path, module)[:_MOST_NOTES]
    for name, role, function in functions_of(vars(module), _filenames(path), mapping["roles"]):
        entry = {"name": name, "role": role, "observation": None, "unclear": None}
        record["functions"].append(entry)
        _write(record, request["result"])  # if this function ends the process, it is known which one it was
        try:
            entry["observation"] = _observation(function, entry, mapping["parameters"].get(name))
        except Unclear as error:
            entry["unclear"] = str(error)
        except BaseException as error:  # of an object that cannot be asked for its parameters, for example
            entry["unclear"] = f"{name} cannot be called ({described(error)}): write it as def {name}(…)"
        record["printed"] = output.characters
        try:
            _write(record, request["result"])
        except _TooLarge:
            entry["observation"], entry["unclear"] = None, f"{name} returns more numbers than can be compared"
            _write(record, request["result"])


def _observation(function, entry, mapping):
    """Record of the calls of one function."""
    with time_limit(SECONDS):
        parameters = parameters_of(function, entry["role"], mapping)
    return observe(function, entry["role"], parameters)


def _function_names(path, module):
    """Names of the functions that the file defines, for the message that nothing was recognised."""
    if path.suffix != ".ipynb":
        with contextlib.suppress(OSError):  # the file may have removed itself
            statements = ast.parse(path.read_bytes()).body
            return [node.name for node in statements if isinstance(node, ast.FunctionDef)]
    return [n for n, f in vars(module).items() if inspect.isfunction(f)]
