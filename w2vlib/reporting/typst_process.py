"""The process in which Typst runs: a script that `typesetting` starts, so that a limit can end it.

It reads a request (JSON) from standard input and writes the answer (JSON) to standard output; a PDF goes
to a file. It imports nothing of this package, whose import takes longer than most documents.
"""

import datetime
import json
import resource
import signal
import sys

import typst


def answer(request):
    """Carry out a request: dict with ``values`` (of lines), or ``error``, ``hints`` and ``diagnostic``.

    Where a file cannot be written, which is no error of the document, the dict has ``errno`` alone.

    Parameters
    ----------
    request : dict
        ``name`` (path of the file), ``options`` of `typst.compile`, and either ``selector``, ``head`` and
        ``lines`` (see `values_of`), or ``pdf`` (path of the result), ``standards`` and ``created`` (ISO date
        and time, or None).

    Examples
    --------
    >>> request = {"pdf": "none.pdf", "standards": [], "created": None}
    >>> answer({"name": "no/such/file.typ", "options": {"root": "."}, **request})["error"] != ""
    True
    """
    try:
        if "lines" in request:
            return {"values": values_of(request["lines"], request)}
        created = request["created"] and datetime.datetime.fromisoformat(request["created"])
        pdf = typst.compile(
            request["name"],
            pdf_standards=request["standards"],
            timestamp=created,
            **request["options"],
        )
        with open(request["pdf"], "wb") as handle:
            handle.write(pdf)
        return {}
    except OSError as error:
        return {"errno": error.errno}
    except (RuntimeError, ValueError) as error:  # TypstError is a RuntimeError
        hints = [str(hint) for hint in getattr(error, "hints", None) or []]
        return {"error": str(error), "hints": hints, "diagnostic": str(getattr(error, "diagnostic", ""))}


def values_of(lines, request):
    """Value of the metadata in each line of Typst, as (True, value); of one with an error (False, message).

    The lines of one file are asked for at once. If that fails, so are both halves, since an error of a
    question has no line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     request = {"name": f"{folder}/a.typ", "options": {"root": folder}, "selector": "<x>", "head": ""}
    ...     values_of(["#metadata(3) <x>", "#metadata(none.x) <x>"], request)
    [(True, 3), (False, 'cannot access fields on type none')]
    """
    if not lines:
        return []
    with open(request["name"], "w", encoding="utf-8") as handle:
        handle.write("\n".join([request["head"], *lines]))
    try:
        found = typst.query(request["name"], request["selector"], field="value", **request["options"])
    except RuntimeError as error:
        if len(lines) == 1:
            return [(False, str(error).removeprefix("failed to compile document: "))]
        half = len(lines) // 2
        return [*values_of(lines[:half], request), *values_of(lines[half:], request)]
    return [(True, value) for value in json.loads(found)]


def main():
    """Limit the memory of this process, and carry out the request on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own would wait for Typst
    request = json.load(sys.stdin)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    except (ValueError, OSError):  # a lower limit is set, or the system has none
        pass
    json.dump(answer(request), sys.stdout)


if __name__ == "__main__":
    main()
