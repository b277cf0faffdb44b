"""Input vectors that are means of rows: a word's own and those of its n-grams (Bojanowski et al. 2017)."""

import numpy as np

from . import subword_kernels
from .matrices import aligned


class SubwordMeans:
    """The means: computed before a round; afterwards each change is applied to the rows.

    Within a round only the mean of a word changes. Then each of its rows changes by the same vector,
    so that their mean is the new one; a row that several words share gets the changes of all. This is
    a step along the gradient of each row, which has the direction of the mean's; fastText does it pair
    by pair. Within a round words do not see each other's changes, and a row shared by many may change
    too far: with rounds of 65,536 tokens of ptb the training diverges.

    Examples
    --------
    >>> from w2vlib.models.parallel_sgd import new_state
    >>> from w2vlib.preprocessing.char_ngrams import CharNGrams, Members
    >>> members = Members(CharNGrams(3, 3), ["cat", "at"])  # <ca, cat, at> and <at, at>
    >>> state = new_state(n_vocab=2, dim=1, seed=0, members=members)
    >>> state.word_rows[:, 0], state.ngram_rows[:, 0] = 0.0, 12.0
    >>> SubwordMeans(state, members).compose_all()
    >>> state.V[:, 0].tolist()  # means of 0, 12, 12, 12 and of 0, 12, 12
    [9.0, 8.0]
    """

    def __init__(self, state, members):
        self.arrays = (
            state.V,
            aligned(state.V.shape),
            state.word_rows,
            state.ngram_rows,
            members.offsets,
            members.members,
        )
        self.last_round, self.n_gathered = np.zeros(len(state.V), np.int64), 0
        self.words, self.n_words = np.empty(len(state.V), np.int32), 0

    def gather(self, buffers, n_parts):
        """List the centre words of the parts of a round, each once.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from w2vlib.models.parallel_sgd import new_state
        >>> from w2vlib.preprocessing.char_ngrams import CharNGrams, Members
        >>> members = Members(CharNGrams(3, 3), ["cat", "at"])
        >>> means = SubwordMeans(new_state(n_vocab=2, dim=1, seed=0, members=members), members)
        >>> words, starts = np.array([[1, 0, 1]], np.int32), np.array([[0, 1, 3]])
        >>> means.gather(SimpleNamespace(centre_words=words, centre_starts=starts), n_parts=1)
        >>> means.words[: means.n_words].tolist()
        [1, 0]
        """
        self.n_gathered, self.n_words = self.n_gathered + 1, 0
        for i in range(n_parts):
            self.n_words = subword_kernels.distinct(
                buffers.centre_words[i],
                buffers.centre_starts[i, -1],
                self.last_round,
                self.n_gathered,
                self.words,
                self.n_words,
            )

    def compose(self, job, jobs):
        """Compute the vectors of the words listed, of those whose place % jobs = job."""
        subword_kernels.compose(*self.arrays, self.words[: self.n_words], job, jobs)

    def distribute(self, job, jobs):
        """Move a part of every row of the words listed; the result of all jobs is that of a single one."""
        subword_kernels.distribute(*self.arrays, self.words[: self.n_words], job, jobs)

    def compose_all(self):
        """Compute the vectors of all words."""
        subword_kernels.compose(*self.arrays, np.arange(len(self.last_round), dtype=np.int32), 0, 1)
