"""The notebooks of a report, run by papermill, several at a time, each in a kernel of its own."""

import logging
import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed

import nbformat

from ..utils.environment import available_processors
from ..utils.errors import W2VError, explained_write_errors

MOST_AT_A_TIME = 4  # each kernel takes up to 1 GB
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


def reason_without_kernel(error):
    """Say why a notebook lost its kernel, or got none; str.

    Parameters
    ----------
    error : RuntimeError
        Of nbclient, if the kernel died, else of jupyter_client, when it started one.

    Examples
    --------
    >>> reason_without_kernel(RuntimeError("Kernel didn't respond in 60 seconds"))
    "its kernel did not start (Kernel didn't respond in 60 seconds); see whether python -m ipykernel does"
    """
    from nbclient.exceptions import DeadKernelError

    if isinstance(error, DeadKernelError):
        return "its kernel died, most likely because the memory was not enough or somebody stopped it"
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
            with explained_write_errors(self.folder.path):
                self._execute(path, target, parameters)
        except RuntimeError as error:
            if self.killed:
                raise
            raise self._failed(
                f"Notebook {path.stem} failed: {reason_without_kernel(error)}", target
            ) from error
        except papermill.PapermillExecutionError as error:
            message = error.evalue if error.ename == "W2VError" else f"{error.ename}: {error.evalue:.500}"
            if not error.evalue.strip():  # IPython has had no room for it
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
        from traitlets.config import Config

        connection = str(self.connections / f"{path.stem}.json")
        papermill.execute_notebook(
            path,
            target,
            parameters=parameters,
            progress_bar=False,
            # papermill's own cwd changes the folder of the whole process
            resources={"metadata": {"path": str(path.parent)}},
            kernel_name="python3",
            kernel_manager_class=self._manager_class(),
            config=Config(KernelManager={"connection_file": connection}),
            extra_arguments=["--IPKernelApp.log_level=50"],  # its warnings are not about the notebooks
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
