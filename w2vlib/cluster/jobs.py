"""Calls of a function, done by the workers of a cluster one at a time each."""

import itertools
import uuid

from ..utils.errors import W2VError
from .clients import import_distributed, open_client

_AT_ONCE = 200  # calls that the scheduler holds


def results_of(function, calls, workers=None, scheduler=None):
    """Call a function on the workers; yield the results as they are finished.

    A call whose worker is killed goes to another worker.

    Parameters
    ----------
    function : callable
        That the workers can import.
    calls : list of (name, tuple)
        A name, which is a part of the key of the Dask task, and arguments.
    workers, scheduler
        See `open_client`.

    Yields
    ------
    number : int
        Place of the call in the list.
    result
        None if there is an error.
    error : str
        Why the workers could not do it; empty if they could.

    Raises
    ------
    W2VError
        If there is no cluster, or its scheduler is lost.

    Examples
    --------
    >>> list(results_of(pow, []))  # nothing to do starts nothing
    []
    """
    if not calls:
        return
    distributed = import_distributed()
    waiting = iter(enumerate(calls))
    with open_client(workers, scheduler, [function.__module__]) as client:
        numbers = {}

        def submit(number, call):
            name, arguments = call
            key = f"w2v-{name}-{uuid.uuid4().hex}"
            future = client.submit(function, *arguments, key=key, pure=False)
            numbers[future.key] = number
            return future

        finished = distributed.as_completed([submit(*one) for one in itertools.islice(waiting, _AT_ONCE)])
        try:
            for future in finished:
                yield numbers.pop(future.key), *_result(future, distributed, scheduler)
                future.release()
                for one in itertools.islice(waiting, 1):
                    finished.add(submit(*one))
        finally:
            for future in list(finished.futures):
                future.cancel()


def _result(future, distributed, scheduler):
    """Return what a call gave, and why it failed; the workers of a failed one died again and again."""
    try:
        return future.result(), ""
    except distributed.KilledWorker:
        return None, (
            "every worker that tried it died, most likely because the memory was not enough: use fewer "
            "workers, or smaller settings."
        )
    except (distributed.client.FutureCancelledError, OSError, TimeoutError) as error:
        raise W2VError(
            f"The Dask scheduler {scheduler or 'of this command'} was lost ({type(error).__name__}): what is "
            "finished is kept, and the same command goes on from there."
        ) from error


def sentence_of(error):
    """Say in one line why a call failed; str.

    Examples
    --------
    >>> sentence_of(W2VError("There is no text.")), sentence_of(ZeroDivisionError("by zero"))
    ('There is no text.', 'ZeroDivisionError: by zero')
    """
    text = str(error) if isinstance(error, W2VError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
