"""Run a student's file in a process of its own, with limits of time and memory. This is no sandbox.

The process cannot run longer than allowed, and cannot print or ask for input. The limit of memory is that of
one process: each process that the file starts has it anew, and one that leaves its group is not ended. The
file has the rights of the user: it can read and write files, its own record too, and use the network. Check
files of strangers in a container, or as a user without rights.
"""

import copy
import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..utils.arguments import as_path
from ..utils.errors import W2VError, explained_write_errors, write_remedy
from ..utils.files import check_is_file
from ..utils.temporary_folders import temporary_folder
from .records import read_record

SECONDS, MEGABYTES = 120, 2048
NO_MAPPING = {"roles": {}, "parameters": {}, "returns": {}}
_PACKAGE = Path(__file__).resolve().parents[1]
# The package without its `__init__`, which imports compilers and takes seconds.
_START = """
import sys, types
package = types.ModuleType("w2vlib")
package.__path__ = [sys.argv[1]]
sys.modules["w2vlib"] = package
from w2vlib.grading.worker import main
main(sys.argv[2])
import os
os._exit(0)  # a thread that the file has started would go on
"""
_LACKS = {getattr(errno, name) for name in "ENOSPC EDQUOT EFBIG EMFILE ENFILE ENOMEM EAGAIN".split()}
_FILES, _FILE_BYTES = 32, 2**20  # that a process needs at a time, and more than most records have
_ERROR_BYTES = 8_000  # of the end of what the process says
_RUNNING = set()  # processes that threads of this one wait for


class NotCheckedError(W2VError):
    """The machine lacks space, memory, files or processes for a check: nothing is known of the file.

    Examples
    --------
    >>> issubclass(NotCheckedError, W2VError)
    True
    """


@contextmanager
def lacks_named():
    """Turn an error inside the block that says what this machine lacks into a `NotCheckedError`.

    Examples
    --------
    >>> with lacks_named():
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    ...
    w2vlib.grading.isolation.NotCheckedError: This machine cannot run the checks (No space left on device: ...
    """
    try:
        yield
    except NotCheckedError:
        raise
    except (OSError, MemoryError, W2VError) as error:
        cause = error.__cause__ if isinstance(error, W2VError) else error
        if isinstance(cause, MemoryError):
            raise NotCheckedError(
                "The memory is not enough for the checks: allow more (ulimit -v)."
            ) from error
        if isinstance(cause, OSError) and cause.errno in _LACKS:
            reason = f"{cause.strerror}: {write_remedy(cause)}"
            raise NotCheckedError(f"This machine cannot run the checks ({reason}).") from error
        raise


def _check_room(folder):
    """Raise `OSError` if this machine lacks what the record of a file needs; the folder may be gone."""
    try:
        with ExitStack() as opened:
            handle = opened.enter_context(tempfile.TemporaryFile(dir=folder))
            handle.write(bytes(_FILE_BYTES))
            handle.flush()
            for _ in range(_FILES):
                opened.callback(os.close, os.dup(handle.fileno()))
    except OSError as error:
        if error.errno in _LACKS:
            raise


def parse_mapping(pairs, role_named):
    """Read what the user says with --map.

    Parameters
    ----------
    pairs : iterable of str
        ``ROLE=NAME``, ``NAME.PARAMETER=QUANTITY`` or ``NAME.returns=QUANTITY,…``.
    role_named : callable
        Role of what stands before ``=``; None if unknown.

    Returns
    -------
    dict with ``roles`` (name → role), ``parameters`` (name → dict) and ``returns`` (name → list)

    Raises
    ------
    W2VError

    Examples
    --------
    >>> from .worker import role_named
    >>> parse_mapping(["naive=mine", "mine.a=v"], role_named)
    {'roles': {'mine': 'naive'}, 'parameters': {'mine': {'a': 'v'}}, 'returns': {}}
    """
    mapping = copy.deepcopy(NO_MAPPING)
    for pair in pairs:
        left, equals, right = pair.partition("=")
        name, dot, parameter = left.partition(".")
        if not equals or not left or not right:
            raise W2VError(
                f"--map {pair!r} is not understood: write ROLE=NAME, for example naive=my_function."
            )
        if dot and parameter == "returns":
            mapping["returns"][name] = right.split(",")
            _check_returned(pair, mapping["returns"][name])
        elif dot:
            _check_quantity(pair, right)
            mapping["parameters"].setdefault(name, {})[parameter] = right
        elif role_named(left):
            mapping["roles"][right] = role_named(left)
        else:
            from .signatures import ROLES

            raise W2VError(
                f"--map {pair!r}: there is no role {left!r}; give one of {', '.join(ROLES)}, or the name "
                "of a function of the course."
            )
    return mapping


def _check_quantity(pair, quantity):
    """Refuse what no function of any role takes."""
    from .signatures import PARAMETERS

    known = dict.fromkeys(["x", *(name for names in PARAMETERS.values() for name in names)])
    if quantity not in known:
        raise W2VError(f"--map {pair!r}: there is no quantity {quantity!r}; give one of {', '.join(known)}.")


def _check_returned(pair, returned):
    """Refuse what no function of any role returns."""
    from .signatures import RETURNS

    known = dict.fromkeys(name for names in RETURNS.values() for name in names)
    for name in returned:
        if name not in known:
            raise W2VError(f"--map {pair!r}: nothing returns {name!r}; give some of {', '.join(known)}.")


def observe_file(path, mapping=None, seconds=SECONDS, megabytes=MEGABYTES):
    r"""Run a file in a process of its own and return the records of its functions.

    Parameters
    ----------
    path : str or Path
        A Python file or a notebook.
    mapping : dict, optional
        As `parse_mapping` gives it.
    seconds, megabytes : int
        Limits of the process.

    Returns
    -------
    dict
        ``functions`` (list of dict with ``name``, ``role``, ``observation``, ``unclear``), ``notes``,
        ``names`` of all functions of the file, ``error`` (why nothing could be read) and ``ended`` (why the
        process was ended early; None if it was not).

    Raises
    ------
    W2VError
        If there is no such file.
    NotCheckedError
        If this machine lacks what a check needs.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.py"
    ...     _ = path.write_text("def sigmoid(x):\n    return x\n")
    ...     record = observe_file(path)
    >>> [f["name"] for f in record["functions"]], record["ended"]
    (['sigmoid'], None)
    """
    path = as_path(path)
    check_is_file(path)
    with lacks_named(), ExitStack() as opened:
        try:
            folder = opened.enter_context(temporary_folder("w2v-check-"))
        except W2VError as error:
            raise NotCheckedError(str(error)) from error
        request, result = folder / "request.json", folder / "result.json"
        values = {"file": str(path.resolve()), "mapping": mapping or NO_MAPPING, "result": str(result)}
        values |= {"seconds": seconds, "memory": megabytes, "statement_seconds": max(0.5, seconds / 6)}
        with explained_write_errors(f"temporary files in {folder}"):
            request.write_text(json.dumps(values), encoding="utf-8")
        try:
            ended = _run(request, path.resolve().parent, seconds)
            record = _record(request, result, ended)
        finally:
            _remove_all(folder)
        if record["ended"] or record["error"]:  # not for want of what the file itself has taken
            _check_room(folder.parent)
        return record


CHANGED = "it changed the records of its own checks"


def unread(reason, ended=None):
    """Record (dict) of a file of which nothing is known, and why.

    Examples
    --------
    >>> unread("it is empty")["functions"]
    []
    """
    return {"functions": [], "notes": [], "names": [], "error": reason, "ended": ended}


def _record(request, result, ended):
    """Record that the process has left, and why it was ended."""
    try:
        if not os.path.lexists(request):
            return unread(CHANGED, CHANGED)  # with it went the records that there were
        record = read_record(result)
    except FileNotFoundError:
        return unread(ended or "it ended its process while it was read", ended)
    except (ValueError, RecursionError, OSError):
        return unread(CHANGED, CHANGED)
    return {**record, "ended": ended or (None if record["done"] else "it ended its process")}


def _run(request, cwd, seconds):
    """Run the process; return why it was ended, or None."""
    single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = {**os.environ, **single, "MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-c", _START, str(_PACKAGE), str(request)]
    with explained_write_errors("temporary files"):
        handle = tempfile.TemporaryFile()  # without a name, under which the file could put another one
    with handle:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=handle, start_new_session=True,
        )  # fmt: skip
        _RUNNING.add(process)
        try:
            with _ended_with_this_process(process):
                status = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return f"it took longer than {seconds} s"
        finally:
            _RUNNING.discard(process)
            _end(process)
        if status == 0:
            return None
        handle.seek(max(0, handle.seek(0, os.SEEK_END) - _ERROR_BYTES))
        text = handle.read(_ERROR_BYTES).decode(errors="replace")
    if "MemoryError" in text:
        return "it needed more memory than allowed"
    if status == -signal.SIGXCPU:
        return "it used more processor time than allowed"
    if status < 0:
        return f"its process was ended by signal {-status} ({signal.strsignal(-status)})"
    last = text.strip().splitlines()[-1:]
    if last:
        return f"its process ended: {last[0][:200]}"
    return f"its process ended with status {status}: look for os._exit, or for changed functions of Python"


def end_running():
    """End all processes in which threads run files now: after Ctrl-C nobody waits for what they say.

    Examples
    --------
    >>> end_running()  # there is none
    """
    for process in list(_RUNNING):
        if process.poll() is None:
            _end(process)


@contextmanager
def _ended_with_this_process(process):
    """End a process and those it started if this one is killed during the block, on every Unix.

    A shell reads from a pipe until this process, which alone can write to it, is gone.
    """
    command = ["/bin/sh", "-c", 'read line; kill -s KILL -- "-$1"', "sh", str(process.pid)]
    nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    watch = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **nowhere)
    try:
        yield
    finally:
        watch.kill()  # first: another process may get the number
        watch.stdin.close()
        watch.wait()


def _remove_all(folder):
    """Remove a folder in a process of its own: those in it may be nested deeper than Python can go."""
    nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with suppress(OSError):
        subprocess.run(["rm", "-rf", "--", str(folder)], **nowhere)


def _end(process):
    """End the process and those it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
