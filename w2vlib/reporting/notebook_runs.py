"""The notebooks of a report, run by papermill, several at a time, each in a kernel of its own."""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed

import nbformat

from ..utils.environment import available_processors
from ..utils.errors import W2VError, explained_write_errors

MOST_AT_A_TIME = 4  # each kernel takes up to 1 GB
# Within which a kernel has to say that a cell has ended, after it has answered. nbclient's own 4 s are too
# few on a busy machine, and for IPython's kernel, which waits 10 s for each stream that it cannot send.
ANSWER_SECONDS = 60
# Of a kernel, instead of the user's settings of Matplotlib, which would change the figures.
OWN_SETTINGS = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "MATPLOTLIBRC": os.devnull}


def import_papermill():
    """Import papermill without the deprecation warnings about its own code, and its word about lost kernels.

    Our own sentence says which notebook lost its kernel.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        import papermill
    logging.getLogger("papermill").addFilter(_is_no_lost_kernel)
    return papermill


def _is_no_lost_kernel(record):
    return not str(record.msg).startswith(("Kernel died", "Error occurred while starting new kernel"))


def notebooks_at_a_time():
    """Return how many notebooks run at a time if nothing else is asked for; int.

    Examples
    --------
    >>> 1 <= notebooks_at_a_time() <= MOST_AT_A_TIME
    True
    """
    return min(MOST_AT_A_TIME, available_processors())


def run_notebooks(values, folder, connections, jobs=None, echo=print, start_first=()):
    """Run notebooks; at the first failure all others are stopped.

    Parameters
    ----------
    values : dict
        Path of a notebook → dict of parameters.
    folder : ReportFolder
        The executed notebooks go into its stage, what a failing one executed into its ``failed/``.
    connections : Path
        For the files with the addresses and keys of the kernels, which no killed run leaves for long. In
        Jupyter's own folder nobody would remove them.
    jobs : int, optional
        Notebooks at a time; default one per processor, at most `MOST_AT_A_TIME`.
    echo : callable
        Called with a line for each notebook that is finished.
    start_first : sequence of str
        Names of notebooks that take long, in the order in which they are started; the others follow.

    Returns
    -------
    dict
        Name of a notebook → seconds, in the order of `values`.

    Raises
    ------
    W2VError
        If a cell fails, or a kernel dies or does not start.

    Examples
    --------
    >>> run_notebooks({}, folder=None, connections=None)
    {}
    """
    kernels = _Kernels(folder, connections)
    timings = dict.fromkeys(path.stem for path in values)
    import_papermill()
    place = {name: n for n, name in enumerate(start_first)}
    order = sorted(values, key=lambda path: place.get(path.stem, len(place)))  # the others as they are given
    with ThreadPoolExecutor(jobs or notebooks_at_a_time()) as pool:
        running = {pool.submit(_in_own_loop, kernels.run, path, values[path]): path.stem for path in order}
        try:
            for done in as_completed(running):
                timings[running[done]] = done.result()
                echo(f"{running[done]}: {done.result():.1f} s")
        except BaseException:  # also Ctrl-C
            for waiting in running:
                waiting.cancel()
            kernels.kill()
            raise
    return timings


def kernel_settings(connection_file):
    """Return nbclient's settings of a kernel, with its connection in files beside the one named.

    So no two programs take the same port at the same time, no other user can connect, and no network is
    needed. Where there can be no such sockets (a long path, Windows, some file systems), ports are taken.

    Parameters
    ----------
    connection_file : Path

    Returns
    -------
    dict
        Of keyword arguments.

    Examples
    --------
    >>> from pathlib import Path
    >>> kernel_settings(Path("no folder/kernel.json"))["config"].KernelManager.transport
    'tcp'
    """
    from traitlets.config import Config

    manager = {"connection_file": str(connection_file), "transport": "tcp"}
    trial = connection_file.with_name(f"{connection_file.stem}-ipc-99")
    with contextlib.suppress(AttributeError, OSError, UnicodeError), socket.socket(socket.AF_UNIX) as made:
        made.bind(str(trial).encode())  # as ZeroMQ does, whatever the locale says
        trial.unlink()
        manager["transport"] = "ipc"
    return {
        "config": Config(KernelManager=manager),
        "extra_arguments": ["--IPKernelApp.log_level=50"],  # its warnings are not about the notebooks
        "iopub_timeout": ANSWER_SECONDS,
    }


class SilentKernelError(RuntimeError):
    """A kernel has not said in time that a cell has ended."""


@contextlib.contextmanager
def explained_silence():
    """Raise `SilentKernelError` for nbclient's error about a silent kernel, an `OSError` like those of files.

    Examples
    --------
    >>> with explained_silence():
    ...     print("The kernel answers.")
    The kernel answers.
    """
    from nbclient.exceptions import CellTimeoutError

    try:
        yield
    except CellTimeoutError as error:
        raise SilentKernelError(
            f"its kernel has not said within {ANSWER_SECONDS} s that a cell had ended, most likely because "
            "the machine is busy, or the cell holds the kernel's thread that sends or prints half a character"
        ) from error


def reason_without_kernel(error):
    """Say why a notebook lost its kernel, or got none; str.

    Parameters
    ----------
    error : RuntimeError
        Of nbclient, if the kernel died, of `explained_silence`, else of jupyter_client, when it started one.

    Examples
    --------
    >>> reason_without_kernel(RuntimeError("Kernel didn't respond in 60 seconds"))
    "its kernel did not start (Kernel didn't respond in 60 seconds); see whether python -m ipykernel does"
    """
    from nbclient.exceptions import DeadKernelError

    if isinstance(error, DeadKernelError):
        return "its kernel died, most likely because the memory was not enough or somebody stopped it"
    if isinstance(error, SilentKernelError):
        return str(error)
    return f"its kernel did not start ({' '.join(str(error).split())}); see whether python -m ipykernel does"


def _in_own_loop(function, *arguments):
    """Call a function, and close the event loop that Jupyter has made for this thread."""
    from jupyter_core.utils import ensure_event_loop

    try:
        return function(*arguments)
    finally:
        ensure_event_loop().close()


class _Kernels:
    """Kernels that are killed together."""

    def __init__(self, folder, connections):
        self.folder, self.connections = folder, connections
        self.started, self.killed = [], False
        self._failing, self._failure = threading.Lock(), None

    def kill(self):
        """Kill all kernels; none is started any more."""
        self.killed = True
        for provisioner in self.started:
            if provisioner.pid and provisioner.process and provisioner.process.poll() is None:
                os.kill(provisioner.pid, signal.SIGKILL)

    def run(self, path, parameters):
        """Run one notebook; return the seconds."""
        import papermill  # by `import_papermill` before: filters of warnings belong to all threads

        begin = time.perf_counter()
        target = self.folder.stage / "notebooks" / path.name
        try:
            with explained_write_errors(self.folder.path), explained_silence():
                self._execute(path, target, parameters)
        except RuntimeError as error:
            if self.killed:
                raise
            raise self._failed(
                f"Notebook {path.stem} failed: {reason_without_kernel(error)}", target
            ) from error
        except papermill.PapermillExecutionError as error:
            message = error.evalue if error.ename == "W2VError" else f"{error.ename}: {error.evalue:.500}"
            if error.ename == "KeyboardInterrupt":
                message = "its kernel was interrupted, most likely because somebody stopped it"
            elif not error.evalue.strip():  # IPython has had no room for it
                message = "it ended without a message, most likely because the memory was not enough"
            where = f"Notebook {path.stem} failed in cell {_cell_number(path, error.source)}"
            raise self._failed(f"{where}: {message.strip()}", target) from error
        return time.perf_counter() - begin

    def _failed(self, message, target):
        """Store a notebook that failed, if it is the first that does; `W2VError` with the first message."""
        with self._failing:
            if self._failure is None:
                self._failure = f"{message} (the executed cells are in {self.folder.store_failed(target)})."
        return W2VError(self._failure)

    def _execute(self, path, target, parameters):
        import papermill

        papermill.execute_notebook(
            path,
            target,
            parameters=parameters,
            progress_bar=False,
            # papermill's own cwd changes the folder of the whole process
            resources={"metadata": {"path": str(path.parent)}},
            kernel_name="python3",
            kernel_manager_class=self._manager_class(),
            **kernel_settings(self.connections / f"{path.stem}.json"),
        )

    def _manager_class(self):
        from jupyter_client.manager import AsyncKernelManager

        kernels = self

        class KernelManager(AsyncKernelManager):
            async def start_kernel(self, **options):
                environment = os.environ | (options.pop("env", None) or {}) | OWN_SETTINGS
                await super().start_kernel(env=environment, **options)
                kernels.started.append(self.provisioner)
                if kernels.killed:
                    kernels.kill()

        return KernelManager


def _cell_number(path, source):
    """Position (from 1) of the cell with this source in the stored notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return next((i for i, cell in enumerate(cells, 1) if cell.source == source), "of parameters")
