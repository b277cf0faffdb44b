"""The papermill engine ``w2v-dask``: anybody's notebooks, run by the workers of a Dask cluster.

``papermill in.ipynb out.ipynb --engine w2v-dask`` starts one worker on this machine, or uses the scheduler in
the environment variable ``DASK_SCHEDULER_ADDRESS``; inside Python, a Dask client that is open is used.
"""

import atexit
import os
import threading
from contextlib import ExitStack

import click
import nbformat

from ..utils.errors import W2VError
from ..utils.temporary_folders import temporary_folder
from .clients import import_distributed, open_client

_lock = threading.Lock()
_opened = ExitStack()
_own = {}


class NoClusterError(W2VError, click.ClickException):
    """No cluster for the engine; papermill's command shows the sentence, as click does, and no traceback.

    Examples
    --------
    >>> NoClusterError("There is no Dask scheduler.").format_message()
    'There is no Dask scheduler.'
    """

    def __init__(self, message):
        click.ClickException.__init__(self, message)


class DaskEngine:
    """Papermill's own execution, done by a worker.

    The kernel runs in the working folder that papermill is given (``cwd``), if the worker has it, else in an
    empty one. Papermill changes the folder of its whole process, which threads share; the argument
    ``kernel_cwd`` of the engine gives a run its own. The notebook is written when it is finished, and with
    the error if a cell fails; not after each cell, since the worker may be on another machine.

    Examples
    --------
    >>> from w2vlib.reporting.notebook_runs import import_papermill
    >>> engines = import_papermill().engines.papermill_engines
    >>> engines.register("w2v-dask", DaskEngine)
    >>> engines.nb_kernel_name("w2v-dask", None, "python3")
    'python3'
    """

    # Not a subclass of papermill's Engine: papermill loads this module while it is itself imported, so that
    # an import of papermill here would be circular.

    @classmethod
    def execute_notebook(cls, nb, kernel_name, **options):
        """Execute a notebook as papermill's engines do, with their options; return it."""
        from papermill.engines import Engine

        return Engine.execute_notebook.__func__(cls, nb, kernel_name, **options)

    @classmethod
    def nb_kernel_name(cls, nb, name=None):
        """Name of a notebook's kernel."""
        from papermill.engines import Engine

        return Engine.nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb, language=None):
        """Language of a notebook."""
        from papermill.engines import Engine

        return Engine.nb_language(nb, language)

    @classmethod
    def execute_managed_notebook(
        cls, nb_man, kernel_name, log_output=False, stdout_file=None, stderr_file=None, **options
    ):
        """Execute the notebook of papermill's manager on a worker, and put the result into the manager.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
        kernel_name : str
        log_output, stdout_file, stderr_file
            What the cells print goes there when the notebook is finished.
        options
            ``scheduler``: address of a Dask scheduler; ``kernel_cwd``: folder of the kernel; all others are
            those of papermill's engine.

        Raises
        ------
        NoClusterError
            If there is no Dask, no scheduler at the address, or it or the workers are lost.
        """
        from papermill.clientwrap import PapermillNotebookClient

        try:
            client = _client(options.pop("scheduler", None))
        except W2VError as error:
            raise NoClusterError(str(error)) from error
        cwd = os.path.abspath(options.pop("kernel_cwd", None) or os.getcwd())
        options.pop("input_path", None)
        content = nbformat.writes(nb_man.nb)
        future = client.submit(execute_content, content, kernel_name, cwd, options, pure=False)
        try:
            nb_man.nb = nbformat.reads(future.result(), as_version=4)
        except KeyboardInterrupt:
            future.cancel()
            raise
        except Exception as error:
            if (sentence := _what_was_lost(error, future)) is None:
                raise
            raise NoClusterError(sentence) from error
        if nb_man.pbar:
            nb_man.pbar.update(len(nb_man.nb.cells))
        printer = PapermillNotebookClient(
            nb_man, log_output=log_output, stdout_file=stdout_file, stderr_file=stderr_file
        )
        for cell in nb_man.nb.cells:
            for output in cell.get("outputs", ()):
                printer.log_output_message(output)


def execute_content(content, kernel_name, cwd, options):
    """Execute a notebook with papermill's own engine; both are JSON (str).

    Parameters
    ----------
    content : str
    kernel_name : str
    cwd : str
        Folder of the kernel, if there is such a folder.
    options : dict
        Of papermill's engine.

    Returns
    -------
    str
        Executed, up to the first cell that fails.

    Examples
    --------
    >>> from nbformat.v4 import new_notebook
    >>> empty = new_notebook(metadata={"papermill": {}})
    >>> nbformat.reads(execute_content(nbformat.writes(empty), "python3", ".", {}), as_version=4).cells
    []
    """
    from ..reporting.notebook_runs import import_papermill, kernel_settings

    import_papermill()
    from papermill.engines import NBClientEngine

    notebook = nbformat.reads(content, as_version=4)
    with temporary_folder("w2vlib-kernel-") as folder:
        own = kernel_settings(folder / "kernel.json")
        own["resources"] = {"metadata": {"path": cwd if os.path.isdir(cwd) else str(folder)}}
        return nbformat.writes(
            NBClientEngine.execute_notebook(notebook, kernel_name, progress_bar=False, **own | options)
        )


def _what_was_lost(error, future):
    """Say that the workers or the scheduler were lost; None if the notebook failed."""
    distributed = import_distributed()
    if isinstance(error, distributed.KilledWorker):
        return "Every worker that tried the notebook died, most likely because the memory was not enough."
    if future.status != "error" and isinstance(error, (distributed.client.FutureCancelledError, OSError)):
        return f"The Dask scheduler was lost ({type(error).__name__}): execute the notebook again."
    return None


def _client(scheduler):
    """Client of the scheduler named, else the one that is open, else one that stays open to the end."""
    distributed = import_distributed()
    import dask

    with _lock:
        if scheduler is None:
            try:
                return distributed.default_client()
            except ValueError:
                scheduler = dask.config.get("scheduler-address", None)
        client = _own.get(scheduler)
        if client is None or client.status != "running":
            if not _own:
                atexit.register(_opened.close)
            workers = 1 if scheduler is None else None
            client = _own[scheduler] = _opened.enter_context(open_client(workers, scheduler))
        return client
