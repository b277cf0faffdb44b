"""A lock that keeps a second process from writing results to the same place, and what is in that place."""

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import W2VError, explained_write_errors
from .files import atomic_write


def is_there(path):
    """Whether a folder of results has a file; bool.

    Raises
    ------
    W2VError
        If there is something else in its place: to open a pipe would block.

    Examples
    --------
    >>> is_there("no-such.json")
    False
    >>> is_there("/dev/null")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: /dev/null is not a regular file: remove it, and start ...
    """
    path = Path(path)
    with explained_write_errors(path):
        there = path.exists()
        if there and not path.is_file():
            raise W2VError(f"{path} is not a regular file: remove it, and start the same command again.")
    return there


@contextmanager
def folder_for_results(path):
    """Make a folder, and those that it is in; of these the empty ones are removed when the block ends.

    Raises
    ------
    W2VError
        If the folder cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     with folder_for_results(f"{place}/new/folder"):
    ...         pass
    ...     os.listdir(place)
    []
    """
    path = Path(path)
    with explained_write_errors(path):
        made = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # it has files
            for folder in made:
                folder.rmdir()


@contextmanager
def identified(path, identity, has_results):
    """Keep a file that says what the results in its folder depend on; without any it is removed at the end.

    Parameters
    ----------
    path : Path
    identity : dict
        What is written, as JSON, unless the file is there and the folder has results.
    has_results : callable
        Whether the folder has results; bool.

    Raises
    ------
    W2VError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = Path(place) / "sweep.json"
    ...     with identified(path, {"text": "ab12"}, has_results=lambda: False):
    ...         print(path.exists())
    ...     path.exists()
    True
    False
    """
    if not (is_there(path) and has_results()):
        with atomic_write(path, "w") as handle:
            json.dump(identity, handle, indent=1)
    try:
        yield
    finally:
        if not has_results():
            with suppress(OSError):
                path.unlink()


@contextmanager
def locked(path, what="sweep"):
    """Keep other processes out while the block runs; the system gives the lock back if this one is killed.

    Parameters
    ----------
    path : path
        Of the lock, a file that is made and removed. Its folder must exist.
    what : str
        What writes there, for the message.

    Raises
    ------
    W2VError
        If another process has the lock, or there is something else than a file in its place.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with locked(f"{folder}/.lock"), locked(f"{folder}/.lock"):
    ...         pass
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Another sweep writes to ...: wait until it has ended, or ...
    """
    path = Path(path)
    taken = W2VError(
        f"Another {what} writes to {path.parent}: wait until it has ended, or give another folder."
    )
    is_there(path)
    with explained_write_errors(path):
        handle = open(path, "a")  # where it is a link, the file that it leads to keeps its content
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise taken from None
        except OSError:
            pass  # a file system without locks
        if not path.exists() or not os.path.samestat(os.fstat(handle.fileno()), path.stat()):
            raise taken  # its last owner has removed it just now
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
