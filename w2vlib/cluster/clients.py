"""Dask clients: of a cluster of processes on this machine, or of any scheduler by its address."""

import logging
import re
import signal
import socket
import sys
import warnings
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from multiprocessing import resource_tracker

from ..utils.environment import available_processors
from ..utils.errors import W2VError, import_failure, shown, working_directory_is_gone
from ..utils.memory import require_free_memory, require_limits
from ..utils.temporary_folders import temporary_folder
from ..utils.threads import require_threads, uninterrupted
from ..utils.validation import Whole, check

_WORKERS = Whole(1, 1000)
_START = 120  # seconds
_ADDRESS = re.compile(r"(tcp|tls)://(\[[\w.:%]+\]|[^\s/:@?#\[\]\\]+):([0-9]{1,5})/?")


def import_distributed():
    """Import Dask's scheduler, which the extra ``cluster`` installs.

    Raises
    ------
    W2VError
        If it is not installed.

    Examples
    --------
    >>> import_distributed().__name__
    'distributed'
    """
    try:
        import distributed
    except ImportError as error:
        raise W2VError(
            f"Dask is not installed ({error}): install w2vlib with the extra cluster, as in pip install "
            "'w2vlib[cluster]'."
        ) from error
    except Exception as error:  # a file of settings that Dask cannot read
        raise W2VError(import_failure(error) or f"Dask cannot be imported ({error}).") from error
    return distributed


def check_choice(workers, scheduler):
    """Refuse a number of workers together with the address of a scheduler, and what is no such address.

    Raises
    ------
    W2VError
        Before anything is connected.

    Examples
    --------
    >>> check_choice(workers=2, scheduler="tcp://host:8786")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The workers of a scheduler are its own: ...
    """
    if workers is not None and scheduler is not None:
        raise W2VError("The workers of a scheduler are its own: give --workers or --scheduler, not both.")
    if workers is not None:
        check("workers", workers, _WORKERS)
    if scheduler is not None:
        _parts(scheduler)


def _parts(scheduler):
    """Protocol, host and port of an address."""
    found = _ADDRESS.fullmatch(scheduler) if isinstance(scheduler, str) else None
    if found is None or not 1 <= int(found[3]) <= 65_535:
        raise W2VError(
            f"{shown(scheduler, 200)} is not the address of a Dask scheduler: give one of the form "
            "tcp://host:port or tls://host:port, such as tcp://host:8786."
        )
    return found[1], found[2].strip("[]"), int(found[3])


@contextmanager
def open_client(workers=None, scheduler=None, modules=()):
    """Open a client of a scheduler, or of a new cluster of processes on this machine.

    The processes have one thread each, listen on 127.0.0.1 only, have no dashboard, and end with the block.

    Parameters
    ----------
    workers : int, optional
        Number of processes; default: the processors of this machine.
    scheduler : str, optional
        Address, such as ``tcp://host:8786``; its workers must have w2vlib with the extra ``cluster``.
    modules : iterable of str, optional
        Imported by each process here before it counts as started: one that fails later would not be noticed.

    Yields
    ------
    distributed.Client

    Raises
    ------
    W2VError
        If Dask is not installed, the address has another form, or no scheduler answers there.

    Examples
    --------
    >>> with open_client(scheduler="tcp://127.0.0.1:1"):
    ...     pass
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no Dask scheduler at tcp://127.0.0.1:1 ...
    """
    distributed = import_distributed()
    check_choice(workers, scheduler)
    if scheduler is None:
        workers = available_processors() if workers is None else workers
        check("workers", workers, _WORKERS)
        require_limits("A cluster of workers", 64 + 16 * workers, 1500)
        require_free_memory(f"A cluster of {workers} workers", 100 * workers)
        require_threads("A cluster of workers", 16 + 16 * workers)
        with ExitStack() as afterwards, ExitStack() as end:
            cluster = end.enter_context(_local_cluster(distributed, workers, modules))
            client = end.enter_context(distributed.Client(cluster))
            # Dask would wait 10 seconds for what a second Ctrl-C has kept it from ending.
            end.callback(lambda: afterwards.enter_context(uninterrupted()))
            _wait_for(client, workers)
            yield client
        return
    for name in ("distributed", "distributed.client", "tornado.application"):  # each has a level of its own
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        _check_answers(scheduler)
        client = _quiet_client(distributed)(scheduler, timeout="10s")
    except Exception as error:  # Dask raises many kinds: TypeError where certificates are missing
        reason = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        remedy = "start one with dask scheduler, or give its address, such as tcp://host:8786"
        if scheduler.startswith("tls:"):
            remedy += ", and name the certificates in Dask's configuration (distributed.comm.tls)"
        raise W2VError(f"There is no Dask scheduler at {scheduler} ({reason}): {remedy}.") from error
    with client:
        yield client


def _require_working_directory(error):
    """Name the true cause of an error, if the workers could not go to a folder that was removed."""
    if working_directory_is_gone():
        raise W2VError(
            "The workers cannot be started, since the working directory was removed: start again in a folder "
            "that is there."
        ) from error


def _wait_for(client, workers):
    """Wait until all workers are there: what they need may be gone, and then they end, again and again."""
    try:
        client.wait_for_workers(workers, timeout=_START)
    except TimeoutError as error:
        _require_working_directory(error)
        raise W2VError(
            f"Not all of {workers} workers have started within {_START} seconds: use fewer, with --workers, "
            "or end what else needs memory."
        ) from error


def _quiet_client(distributed):
    """Class of clients that are closed at once where they cannot connect.

    Dask closes them when Python ends, waits 20 seconds for that, and shows a traceback.
    """

    class Client(distributed.Client):
        def start(self, **options):
            try:
                super().start(**options)
            except BaseException:
                with suppress(Exception):
                    self.close(timeout=5)
                self.status = "closed"
                raise

    return Client


def _check_answers(scheduler, seconds=10):
    """Refuse a server that accepts connections and says nothing: Dask would wait for its words without end.

    A scheduler speaks first, but not under TLS. Raises `OSError`.
    """
    protocol, *place = _parts(scheduler)
    with socket.create_connection(tuple(place), seconds) as connection:
        connection.settimeout(seconds)
        if protocol == "tcp" and not connection.recv(1):
            raise OSError("it closes the connection")


def client_or_none(workers, scheduler, modules=()):
    """Open a client, as `open_client` does, if one of the two is given; else the context is None.

    Examples
    --------
    >>> with client_or_none(workers=None, scheduler=None) as client:
    ...     print(client)
    None
    """
    if workers is None and scheduler is None:
        return nullcontext()
    return open_client(workers, scheduler, modules)


@contextmanager
def _local_cluster(distributed, workers, modules):
    """Start the processes; their temporary files are in one folder, which is removed."""
    import dask

    settings = {
        "distributed.scheduler.http.routes": [],
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,  # nobody sees it; it takes a tenth of the time
    }
    with ExitStack() as stack:
        scratch = str(stack.enter_context(temporary_folder("w2vlib-cluster-")))
        stack.enter_context(dask.config.set(settings | {"temporary-directory": scratch}))
        stack.enter_context(warnings.catch_warnings())
        warnings.filterwarnings("ignore", "Creating scratch directories", UserWarning)  # a slow disk
        with _interruption_later() as now:
            try:
                cluster = distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    memory_limit=0,
                    local_directory=scratch,
                    preload=list(modules),
                    silence_logs=logging.CRITICAL,
                )
            except (MemoryError, W2VError):
                raise
            except Exception as error:  # of any kind, where a setting has no value that Dask knows
                _require_working_directory(error)
                if isinstance(error.__cause__, ImportError):
                    reason = import_failure(error.__cause__)
                    raise W2VError(f"The workers cannot be started: {reason}") from error
                if "Nanny failed to start" in str(error):
                    raise W2VError(
                        "A worker ended while it started, most likely because memory was not enough: start "
                        "the same command again, or with fewer --workers."
                    ) from error
                raise W2VError(
                    f"The workers cannot be started ({type(error).__name__}: {str(error)[:200]}): look at "
                    "the settings of Dask, in ~/.config/dask and in the variables DASK_… of the environment."
                ) from error
            with cluster:
                now()
                yield cluster


@contextmanager
def _interruption_later():
    """Block Ctrl-C for this thread, and for good in the threads and processes that it starts meanwhile.

    A terminal sends Ctrl-C to the workers too, which would end with tracebacks; the one who started them ends
    them. Yields a function that lets Ctrl-C through again, with the one that came meanwhile.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield lambda: None
        return
    # Begun later, it would let Ctrl-C through. It removes what an ended worker leaves, and would say so.
    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")
    resource_tracker.ensure_running()
    sys.warnoptions.pop()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])

    def restore():
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield restore
    finally:
        restore()
