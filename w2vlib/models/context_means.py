"""The means of context words that CBOW learns from, and how many may be computed before they move."""

import numpy as np

from ..text.sampling import keep_probabilities
from . import cbow_kernels
from .matrices import aligned
from .text_parts import PARTITIONS, ROUND, PartBuffers

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
    return max(PARTITIONS, int(min(ROUND, round(tokens))))


class ContextBuffers(PartBuffers):
    """As `PartBuffers`, for CBOW: a centre word is the row of a mean, and its only pair the word to predict.

    Attributes
    ----------
    context_starts, contexts : int64, int32 arrays
        Context words of row r are ``contexts[context_starts[r]:context_starts[r + 1]]``.

    Examples
    --------
    >>> from w2vlib.models.text_parts import TextParts
    >>> text = TextParts(np.array([0, 1, 0], np.int32), np.array([0, 3]), np.array([2, 1]), 0, 0.75)
    >>> part = ContextBuffers(text, window=2)
    >>> part.contexts.shape, part.n_rows
    ((12,), 0)
    """

    def __init__(self, text, window):
        room, longest = self._set_up(text, pairs_of_a_word=1)
        self.context_starts = np.zeros(room + 1, np.int64)
        self.contexts = np.empty(room * 2 * window, np.int32)
        kept, reach = np.empty((2, longest + 1), np.int32)
        self.scratch = kept, np.empty(room, np.int32), self.context_starts, self.contexts, reach

    @property
    def n_rows(self):
        """Number of means."""
        return int(self.pair_starts[-1])


class ContextMeans:
    """The means: computed before a round; afterwards each change is applied to the context words.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> V = np.array([[0.0] * 16, [8.0] * 16], np.float32)
    >>> part = SimpleNamespace(context_starts=np.array([0, 2]), contexts=np.array([0, 1], np.int32), n_rows=1)
    >>> means = ContextMeans(V, n_parts=1, room=1)
    >>> means.gather([part])
    >>> means.compose(0)
    >>> means.rows[0][0, 0]
    np.float32(4.0)
    >>> means.rows[0][0] += 2
    >>> for job in range(PARTITIONS):
    ...     means.distribute(job)
    >>> V[:, 0].tolist()  # each context word moves by 2 / 2
    [1.0, 9.0]
    """

    def __init__(self, V, n_parts, room):
        self.V, self.parts = V, []
        self.rows, self.before = (
            [aligned((room, V.shape[1]), V.dtype) for _ in range(n_parts)] for _ in range(2)
        )

    def gather(self, parts):
        """Take the parts of a round."""
        self.parts = parts

    def _each(self, kernel, job):
        for part, rows, before in zip(self.parts, self.rows, self.before, strict=False):
            kernel(
                self.V, rows, before, part.context_starts, part.contexts, part.n_rows, job, PARTITIONS
            )  # fmt: skip

    def compose(self, job):
        """Compute the means of one partition."""
        self._each(cbow_kernels.compose, job)

    def distribute(self, job):
        """Move the context words of one partition."""
        self._each(cbow_kernels.distribute, job)
