"""Whether threads and processes can be started, and that Ctrl-C does not cut short what ends them."""

import resource
import signal
import threading
from contextlib import contextmanager

from .errors import W2VError

_STACK = 2**16  # bytes: so that a limit of memory does not count here


def require_threads(what, n):
    """Refuse work for which not enough threads and processes can be started; for a moment they are.

    The limit of a user (``ulimit -u``) counts all threads of all processes, so no number tells how many are
    left. Where the address space is limited (``ulimit -v``) nothing is started, since the C library keeps
    64 MB of it for each thread.

    Parameters
    ----------
    what : str
        What needs them, as the subject of a sentence.
    n : int

    Raises
    ------
    W2VError

    Examples
    --------
    >>> require_threads("An example", 2)
    """
    if resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY:
        return
    end, started, size = threading.Event(), [], threading.stack_size(_STACK)
    try:
        for _ in range(n):
            thread = threading.Thread(target=end.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError as error:
        raise W2VError(
            f"{what} needs up to {n} threads and processes, and only {len(started)} more can be started: "
            "allow more (ulimit -u), or end other programs."
        ) from error
    finally:
        threading.stack_size(size)
        end.set()
        for thread in started:
            thread.join()


@contextmanager
def uninterrupted():
    """Ignore Ctrl-C in the block: it ends what an earlier one, or an error, has stopped.

    Examples
    --------
    >>> with uninterrupted():
    ...     signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    True
    """
    if threading.current_thread() is not threading.main_thread():  # only that one hears it
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
