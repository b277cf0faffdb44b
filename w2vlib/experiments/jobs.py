"""Jobs of an experiment that do not depend on each other, done one after another.

`cluster.spread.OverWorkers` is called in the same way and does them on the workers of a cluster.
"""

from tqdm.auto import tqdm


class InTurn:
    """Does jobs in this process.

    Parameters
    ----------
    corpus : Corpus
    progress : bool
        Show a bar.

    Attributes
    ----------
    failed : int
        Jobs that gave no result: 0, since an error ends the experiment.

    Examples
    --------
    >>> spread = InTurn([["the", "cat"]], progress=False)
    >>> jobs = {"first": (2,), "second": (3,)}
    >>> list(spread(len, divmod, jobs))  # len makes 1 of the corpus, and divmod takes it and what a job has
    [('first', (0, 1)), ('second', (0, 1))]
    """

    threads = None  # of a training: all processors
    failed = 0

    def __init__(self, corpus, progress=True):
        self.corpus, self.progress = corpus, progress

    def __call__(self, prepare, do, jobs, done=0, unit="training"):
        """Do jobs; yield the name of each with its result.

        Parameters
        ----------
        prepare : callable
            Makes of the corpus what all jobs need.
        do : callable
            Takes that and the members of a job.
        jobs : dict of str → tuple
        done : int
            Jobs that were finished before, for the bar.
        unit : str
            What the bar counts.
        """
        shared = prepare(self.corpus) if jobs else None
        total = done + len(jobs)
        for name in tqdm(jobs, initial=done, total=total, unit=unit, disable=not self.progress):
            yield name, do(shared, *jobs[name])
