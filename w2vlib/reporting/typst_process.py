"""The process in which Typst runs: a script that `typesetting` starts, so that a limit can end it.

It reads a request (JSON) from standard input and writes the answer (JSON) to standard output; a PDF goes
to a file. It imports nothing of this package, whose import takes longer than most documents.
"""

import datetime
import json
import resource
import sys

import typst


def answer(request):
    """Carry out a request: dict with ``value`` (of a query), or ``error``, ``hints`` and ``diagnostic``.

    Parameters
    ----------
    request : dict
        ``name`` (path of the file), ``options`` of `typst.compile`, and either ``selector``, of which the
        values are asked for, or ``pdf`` (path of the result), ``standards`` and ``created`` (ISO date and
        time, or None).

    Examples
    --------
    >>> answer({"name": "no/such/file.typ", "options": {"root": "."}, "selector": "<x>"})["error"] != ""
    True
    """
    try:
        if "selector" in request:
            found = typst.query(request["name"], request["selector"], field="value", **request["options"])
            return {"value": json.loads(found)}
        created = request["created"] and datetime.datetime.fromisoformat(request["created"])
        pdf = typst.compile(
            request["name"],
            pdf_standards=request["standards"],
            timestamp=created,
            **request["options"],
        )
        with open(request["pdf"], "wb") as handle:
            handle.write(pdf)
        return {"value": None}
    except (RuntimeError, ValueError, OSError) as error:  # TypstError is a RuntimeError
        hints = [str(hint) for hint in getattr(error, "hints", None) or []]
        return {"error": str(error), "hints": hints, "diagnostic": str(getattr(error, "diagnostic", ""))}


def main():
    """Limit the memory of this process, and carry out the request on standard input."""
    request = json.load(sys.stdin)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (request["memory"], request["memory"]))
    except (ValueError, OSError):  # a lower limit is set, or the system has none
        pass
    json.dump(answer(request), sys.stdout)


if __name__ == "__main__":
    main()
