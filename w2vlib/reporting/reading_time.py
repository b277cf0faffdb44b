"""A limit for the time in which the texts of a notebook are read in this process."""

import signal
import threading
from contextlib import contextmanager

from ..utils.errors import W2VError

SECONDS = 120  # as pandoc has


class TooLong(W2VError):
    """Reading takes longer than it may."""


@contextmanager
def limited(what, seconds=None):
    """Stop what runs in a ``with`` block after a number of seconds, if this is the main thread of POSIX.

    Most texts take a time in proportion to their length. Of the parsers that are used, some take more for
    texts that were made for it.

    Parameters
    ----------
    what : callable
        Without arguments; returns what takes so long (str), for the message.
    seconds : float, optional
        `SECONDS` if it is not given.

    Raises
    ------
    TooLong

    Examples
    --------
    >>> with limited(lambda: "Cell 1"):
    ...     text = "short"
    """
    seconds = SECONDS if seconds is None else seconds
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(signal_number, frame):
        raise TooLong(f"{what()} takes longer than {seconds:g} s to read: shorten it, or leave it out.")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # again, if something takes the error for its own
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
