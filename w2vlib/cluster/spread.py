"""The jobs of an experiment (`w2v ablate`, `w2v evidence`), done by the workers of a cluster."""

import functools
import pickle

from tqdm.auto import tqdm

from ..reporting.build import absolute_corpus
from ..utils.validation import Whole, check
from .clients import check_choice, import_distributed
from .jobs import results_of, sentence_of
from .runs import text_of_worker


class OverWorkers:
    """Does jobs on the workers of a cluster; called as `experiments.jobs.InTurn` is.

    The process that calls it gets the results, in the order in which they are finished, and writes them: a
    worker that is killed leaves no file, and its job goes to another one. A job that fails is reported, and
    the others go on.

    Parameters
    ----------
    corpus : str
        As `load_corpus` takes it; every worker reads the text once.
    tokens_sha256 : str
        That the text of the workers must have.
    workers, scheduler
        See `open_client`.
    retries : int
        How often a job that fails is tried again.
    progress : bool
        Show a bar with the time left.
    echo : callable
        Called with a sentence about each job that failed.

    Attributes
    ----------
    failed : int
        Jobs that failed.

    Examples
    --------
    >>> OverWorkers("bundled", "ab12", workers=2, scheduler="tcp://host:8786")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The workers of a scheduler are its own: ...
    """

    threads = 1  # of a training

    def __init__(
        self, corpus, tokens_sha256, workers=None, scheduler=None, retries=0, progress=True, *, echo=print
    ):
        check("retries", retries, Whole(0, 100))
        check_choice(workers, scheduler)
        import_distributed()
        self.text = absolute_corpus(corpus), tokens_sha256
        self.cluster, self.retries, self.progress, self.echo = (workers, scheduler), retries, progress, echo
        self.failed = 0

    def __call__(self, prepare, do, jobs, done=0, unit="training"):
        """Do jobs; yield the name of each that succeeds with its result.

        Parameters
        ----------
        prepare, do, jobs, done, unit
            See `InTurn`; what `prepare` makes, a worker makes once. Both must be such that pickle takes them.
        """
        prepared, names = pickle.dumps(prepare), list(jobs)
        calls = [("job", (*self.text, prepared, do, job, self.retries)) for job in jobs.values()]
        total = done + len(jobs)
        with tqdm(total=total, initial=done, unit=unit, disable=not self.progress) as bar:
            for number, answer, lost in results_of(do_job, calls, *self.cluster):
                result, error = (None, lost) if lost else answer
                if error:
                    self.failed += 1
                    with bar.external_write_mode():
                        self.echo(f"{unit} {names[number]} failed: {error}")
                else:
                    yield names[number], result
                bar.update()


def do_job(corpus, tokens_sha256, prepare, do, job, retries):
    """Do a job on a worker; (result, "") or (None, why it failed).

    Parameters
    ----------
    corpus, tokens_sha256 : str
        See `text_of_worker`.
    prepare : bytes
        Pickled.
    do, job, retries
        See `OverWorkers`.

    Examples
    --------
    >>> do_job("no-such", "", pickle.dumps(len), pow, (2,), retries=0)[1][:37]
    "There is no corpus called 'no-such': "
    """
    for _ in range(retries + 1):
        try:
            return do(_prepared(corpus, tokens_sha256, prepare), *job), ""
        except Exception as error:  # the other jobs go on
            reason = sentence_of(error)
    return None, reason


@functools.lru_cache(maxsize=1)
def _prepared(corpus, tokens_sha256, prepare):
    """Make what the jobs of an experiment have in common, once per worker."""
    return pickle.loads(prepare)(text_of_worker(corpus, tokens_sha256))
