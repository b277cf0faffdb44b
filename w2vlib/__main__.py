"""The command ``w2v``, also ``python -m w2vlib``: Ctrl-C counts from the first moment on."""

import _thread
import contextlib
import functools
import os
import re
import signal
import sys
import threading

_ADDRESS_SPACE = 600_000_000  # bytes, with which all modules can be imported


def main():
    """Import and run the command line.

    The exit status is 130 after Ctrl-C, also while the modules are imported, which takes a few seconds.

    Examples
    --------
    >>> callable(main)
    True
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where whoever started the process has it ignored
        signal.signal(signal.SIGINT, _stop)
    _open_closed_streams()
    _check_surroundings()
    try:
        from .cli import main as run
    except Exception as error:
        from .utils.errors import NOT_ENOUGH_MEMORY, import_failure, lacks_memory

        if lacks_memory(error):
            os.write(2, NOT_ENOUGH_MEMORY)
            sys.exit(2)
        if (sentence := import_failure(error)) is None:
            raise
        _refuse(sentence)
    signal.signal(signal.SIGINT, handler)
    sys.unraisablehook = functools.partial(_repeat_interruption, sys.unraisablehook)
    try:
        run(prog_name="w2v")
    finally:  # a second Ctrl-C would show where Python stands at its end
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _open_closed_streams():
    """Read from and write to nowhere where a standard stream is closed: no other file may get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(handle, True)
            setattr(sys, name, open(handle, mode, closefd=False))


def _check_surroundings():
    """Refuse a working directory, limits and variables that packages which are imported next fail at."""
    try:
        os.getcwd()
    except OSError as error:
        _refuse(f"The working directory cannot be used ({error.strerror}): change to another one.")
    if "SOURCE_DATE_EPOCH" in os.environ:
        from .utils.environment import source_date
        from .utils.errors import W2VError

        try:
            source_date()
        except W2VError as error:
            _refuse(error)
    _check_address_space()
    _check_threads()
    threads = os.environ.get("NUMBA_NUM_THREADS", "")
    if re.fullmatch(r"\s*(?:-\d+|\+?0+)\s*", threads):
        _refuse(f"NUMBA_NUM_THREADS={threads.strip():.60} is not allowed: give 1 or more, or unset it.")
    features = os.environ.get("NUMBA_CPU_FEATURES", "")
    if not re.fullmatch(r"(?:[+-][^,]+(?:,[+-][^,]+)*)?", features):
        _refuse(
            f"NUMBA_CPU_FEATURES={features:.60} is not allowed: write + or - before each name, or unset it."
        )


def _check_address_space():
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < _ADDRESS_SPACE:
        _refuse(
            f"{_ADDRESS_SPACE // 10**6} MB of address space are needed, and {allowed // 10**6} MB are "
            f"allowed: allow more (ulimit -v {_ADDRESS_SPACE // 1000})."
        )


def _check_threads():
    """Refuse a limit with which OpenBLAS, when NumPy is imported, interrupts the process."""
    from .utils.environment import available_processors
    from .utils.errors import W2VError
    from .utils.threads import require_threads

    try:
        require_threads("The command", available_processors() + 4)
    except W2VError as error:
        _refuse(error)


def _repeat_interruption(show, unraisable):
    """Interrupt the program once more where Ctrl-C came in a function whose errors Python only shows."""
    if unraisable.exc_type is KeyboardInterrupt:
        threading.Timer(0.1, _thread.interrupt_main).start()
    else:
        show(unraisable)


def _refuse(error):
    print(f"w2v: {error}", file=sys.stderr)
    sys.exit(2)


def _stop(signum, frame):
    with contextlib.suppress(OSError):  # standard error is closed
        os.write(2, b"w2v: interrupted before it has begun.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
