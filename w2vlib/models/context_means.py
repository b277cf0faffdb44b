"""The means of context words that CBOW learns from, and how many may be computed before they move."""

import numpy as np

from ..text.sampling import keep_probabilities
from . import cbow_kernels
from .matrices import aligned
from .text_parts import PART, RoundBuffers

# Learning rate times (K + 1) times the updates of a round that move a mean or a frequent word together, at
# most; above a rate of 0.025 it falls with the rate, since larger rates give longer vectors.
_LIMIT, _RATE = 1.2, 0.025


def cbow_round_tokens(counts, subsample, rate, window, n_negatives):
    """Tell how many tokens a round of CBOW may read, so that training does not diverge; int.

    Within a round the context words do not see each other's changes. So rounds are shorter where few
    words make up the text, and for large learning rates.

    Parameters
    ----------
    counts : (n_vocab,) int64
    subsample, rate : float
        Threshold of subsampling, and largest learning rate.
    window, n_negatives : int

    Examples
    --------
    >>> cbow_round_tokens(np.full(1000, 5), subsample=0, rate=0.025, window=5, n_negatives=5)
    8000
    >>> cbow_round_tokens(np.full(10, 500), subsample=0, rate=0.025, window=5, n_negatives=5)
    80
    """
    counts = np.asarray(counts, np.int64)
    met = keep_probabilities(counts, subsample) * counts / counts.sum()  # of a token
    together = max(float((met * met).sum() / max(met.sum(), 1e-300)), float(met.max()) / (window + 1))
    tokens = _LIMIT * min(1.0, _RATE / rate) / max(rate * (n_negatives + 1) * together, 1e-300)
    return max(2, int(min(2 * PART, round(tokens))))


class ContextBuffers(RoundBuffers):
    """As `RoundBuffers`, for CBOW: a centre word is the row of a mean, and its only pair the word to predict.

    Attributes
    ----------
    context_starts, contexts : int64, int32 arrays
        Of each part: context words of row r are ``contexts[context_starts[r]:context_starts[r + 1]]``.

    Examples
    --------
    >>> from w2vlib.models.text_parts import TextParts
    >>> text = TextParts(np.array([0, 1, 0], np.int32), np.array([0, 3]), np.array([2, 1]), 0, 0.75)
    >>> buffers = ContextBuffers(text, window=2, n_parts=1)
    >>> buffers.contexts.shape, buffers.n_rows(0)
    ((1, 12), 0)
    """

    def __init__(self, text, window, n_parts):
        room, longest = self._set_up(text, 1, n_parts), text.longest_sentence
        self.context_starts = np.zeros((n_parts, room + 1), np.int64)
        self.contexts = np.empty((n_parts, room * 2 * window), np.int32)
        kept, reach = (
            np.empty((n_parts, longest + 1), np.int32),
            np.empty((n_parts, longest + 1, 2), np.int32),
        )
        predicted, in_set = np.empty((n_parts, room), np.int32), np.empty((n_parts, room), np.uint8)
        self._scratch = kept, predicted, self.context_starts, self.contexts, reach, in_set, self.shares

    def n_rows(self, i):
        """Return the number of means of part `i`."""
        return int(self.pair_starts[i, -1])


class ContextMeans:
    """The means: computed before a round; afterwards each change is applied to the context words.

    Examples
    --------
    >>> V = np.array([[0.0] * 16, [8.0] * 16], np.float32)
    >>> from w2vlib.models.text_parts import TextParts
    >>> text = TextParts(np.array([0, 1], np.int32), np.array([0, 2]), np.array([1, 1]), 0, 0.75)
    >>> buffers = ContextBuffers(text, window=2, n_parts=1)
    >>> buffers.pair_starts[:, -1], buffers.context_starts[0, 1], buffers.contexts[0, :2] = 1, 2, [0, 1]
    >>> means = ContextMeans(V, n_parts=1, room=1)
    >>> means.gather(0, buffers, n_parts=1)
    >>> means.compose(0, job=0, jobs=1)
    >>> means.rows[0, 0, 0]
    np.float32(4.0)
    >>> means.rows[0, 0] += 2
    >>> for job in (0, 1):
    ...     means.distribute(0, job, jobs=2)
    >>> V[:, 0].tolist()  # each context word moves by 2 / 2
    [1.0, 9.0]
    """

    def __init__(self, V, n_parts, room):
        self.V, self.rounds = V, [None, None]
        self.rows, self.before = (aligned((n_parts, room, V.shape[1]), V.dtype) for _ in range(2))

    def look(self, number, buffers, n_parts, job, jobs):
        """Do nothing: what is needed of contexts is in the buffers."""

    def gather(self, number, buffers, n_parts):
        """Take the parts of round `number`."""
        self.rounds[number % 2] = buffers, n_parts

    def has_crowds(self, number):
        """Return False: no n-grams are shared."""
        return False

    def _each(self, number, kernel, job, jobs):
        buffers, n_parts = self.rounds[number % 2]
        for i in range(n_parts):
            starts, contexts = buffers.context_starts[i], buffers.contexts[i]
            n_rows = buffers.n_rows(i)
            kernel(self.V, self.rows[i], self.before[i], starts, contexts, n_rows, job, jobs)

    def compose(self, number, job, jobs):
        """Compute the means of a round, of the rows with number % jobs = job."""
        self._each(number, cbow_kernels.compose, job, jobs)

    def distribute(self, number, job, jobs):
        """Move a part of every row of the context words; the result of all jobs is that of a single one."""
        self._each(number, cbow_kernels.distribute, job, jobs)
