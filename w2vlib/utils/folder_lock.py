"""A lock that keeps a second process from writing results to the same place."""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path

from .errors import W2VError
from .files import explained_write_errors


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
        If another process has the lock.

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
    with explained_write_errors(path):
        handle = open(path, "w")
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
