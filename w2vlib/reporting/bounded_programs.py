"""Programs that an export runs, pandoc and Typst: with a limit of time, and ended with the export."""

import contextlib
import functools
import signal
import subprocess

_SPARE_SECONDS = 10  # a program ends itself after these, if nobody is left to end it
_running = set()


def run_bounded(command, text, seconds, processor_seconds=None, environment=None):
    """Run a program, which ends with the thread that runs it, or when its time is used up.

    Parameters
    ----------
    command : list of str
    text : str
        For its standard input.
    seconds : float
        It is ended after these.
    processor_seconds : float, optional
        Of all its threads together; default `seconds`.
    environment : dict, optional

    Returns
    -------
    subprocess.CompletedProcess
        With ``returncode``, ``stdout`` and ``stderr`` (str).

    Raises
    ------
    subprocess.TimeoutExpired
    KeyboardInterrupt
        If it was interrupted (Ctrl-C, `interrupting_programs`).

    Examples
    --------
    >>> run_bounded(["cat"], "king", 5).stdout
    'king'
    """
    limit = f'ulimit -t {int(processor_seconds or seconds) + _SPARE_SECONDS} 2>/dev/null; exec "$@"'
    whole = [*ends_with_parent(), "/bin/sh", "-c", limit, "sh", *command]
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(whole, text=True, encoding="utf-8", env=environment, **options) as process:
        _running.add(process)
        try:
            output, error = process.communicate(text, seconds)
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    if process.returncode == -signal.SIGINT:
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(command, process.returncode, output, error)


@contextlib.contextmanager
def interrupting_programs():
    """Where Ctrl-C comes in the block, interrupt the programs that other threads run, which then end soon.

    Examples
    --------
    >>> with interrupting_programs():
    ...     run_bounded(["true"], "", 5).returncode
    0
    """
    try:
        yield
    except KeyboardInterrupt:
        for process in list(_running):
            process.send_signal(signal.SIGINT)
        raise


@functools.cache
def ends_with_parent():
    """Beginning (tuple) of a command that Linux ends when the thread that starts it does; else nothing.

    Examples
    --------
    >>> ends_with_parent()[:1] in [("setpriv",), ()]
    True
    """
    start = ("setpriv", "--pdeathsig", "KILL")
    try:
        return start if subprocess.run([*start, "true"], capture_output=True).returncode == 0 else ()
    except FileNotFoundError:
        return ()
