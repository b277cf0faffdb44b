"""Input vectors that are means of rows: a word's own and those of its n-grams (Bojanowski et al. 2017)."""

import numpy as np

from . import subword_kernels
from .matrices import aligned
from .update_sizes import smaller_steps

# Words of the text that are counted together, and updates of a word's mean of rows by others among them: in
# ordinary text at most 20, with n-grams of 3 to 6.
_WINDOW, _CROWD = 256, 30


class RoundWords:
    """Lists the centre words of a round, and what part of its change each gives to its rows.

    Within a round words do not see each other's changes of the rows they share. Where hundreds of words
    with a common stem, or a table of numbers, stand together, all have the same context, so that these
    changes have one direction and add up to far too large a step. There each word gives its rows only the
    part of its change that leaves as much as `_CROWD` words would make together. Elsewhere the part is 1.

    Parameters
    ----------
    offsets, members : int64, int32 arrays
        See `preprocessing.char_ngrams.Members`; read at each call, not copied.
    n_ngrams : int
        Rows of n-grams.
    settings : dict
        learning_rate, window, n_negatives.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from w2vlib.preprocessing.char_ngrams import CharNGrams, Members
    >>> members = Members(CharNGrams(3, 3), ["cat", "at"])
    >>> words, starts = np.array([[1, 0, 1]], np.int32), np.array([[0, 1, 3]])
    >>> buffers = SimpleNamespace(centre_words=words, centre_starts=starts, kept_words=lambda n: words[0])
    >>> settings = dict(learning_rate=0.025, window=5, n_negatives=5)
    >>> lists = RoundWords(members.offsets, members.members, n_ngrams=4, settings=settings)
    >>> lists.look(0, buffers, n_parts=1, job=0, jobs=1)
    >>> listed, factors = lists.list(0, buffers, n_parts=1)
    >>> listed.tolist(), factors.tolist()
    ([1, 0], [1.0, 1.0])
    """

    def __init__(self, offsets, members, n_ngrams, settings):
        n_vocab, s = len(offsets) - 1, settings
        self.ngrams = offsets, members
        self.limit = _CROWD * smaller_steps(s["learning_rate"], s["window"], s["n_negatives"])
        self.marks = {}, {}  # of windows of a round, by job; of rounds with even and odd numbers
        self.last_round, self.n_listed = np.zeros(n_vocab, np.int64), 0
        self.met, self.last_mark = np.zeros((2, n_ngrams), np.int64), 0
        self.counts, self.crowds = np.zeros((2, n_vocab), np.int64), np.zeros(n_vocab)
        self.room = np.empty(n_vocab, np.int32)

    def look(self, number, buffers, n_parts, job, jobs):
        """Look where words share n-grams in round `number`, in one of `jobs` parts of it.

        Parameters
        ----------
        number : int
        buffers : text_parts.RoundBuffers
        n_parts, job, jobs : int
        """
        text = buffers.kept_words(n_parts)
        marks = np.zeros(-(-len(text) // _WINDOW), np.bool_)
        subword_kernels.mark_windows(text, _WINDOW, self.limit, self.ngrams, marks, job, jobs)
        self.marks[number % 2][job] = marks

    def list(self, number, buffers, n_parts):
        """List the words of the parts of a round, each once, when `look` has looked at all.

        Parameters
        ----------
        number : int
        buffers : text_parts.RoundBuffers
        n_parts : int

        Returns
        -------
        words : (n,) int32
        factors : (n,) float32
        """
        looked = self.marks[number % 2]
        marks = np.logical_or.reduce(list(looked.values()))
        looked.clear()
        crowded, self.last_mark = subword_kernels.find_crowds(
            buffers.kept_words(n_parts), _WINDOW, self.limit, self.ngrams, marks, self.last_mark,
            (self.met, self.counts, self.crowds, self.room),
        )  # fmt: skip
        crowded = self.room[:crowded].copy()
        self.n_listed, n = self.n_listed + 1, 0
        for i in range(n_parts):
            n = subword_kernels.distinct(
                buffers.centre_words[i], buffers.centre_starts[i, -1],
                self.last_round, self.n_listed, self.room, n,
            )  # fmt: skip
        words = self.room[:n].copy()
        factors = np.minimum(1.0, self.limit / np.maximum(self.crowds[words], 1e-300)).astype(np.float32)
        self.crowds[crowded] = 0
        return words, factors


class SubwordMeans:
    """The means: computed before a round; afterwards each change is applied to the rows.

    Within a round only the mean of a word changes. Then each of its rows changes by the same vector,
    so that their mean is the new one; a row that several words share gets the changes of all. This is
    a step along the gradient of each row, which has the direction of the mean's; fastText does it pair
    by pair. Within a round words do not see each other's changes, and a row shared by many may change
    too far: with rounds of 65,536 tokens of ptb the training diverges. See also `RoundWords`.

    Parameters
    ----------
    state : parallel_sgd.RoundState
        Its rows are changed in place.
    members : Members
    settings : dict
        See `RoundWords`.

    Examples
    --------
    >>> from w2vlib.models.parallel_sgd import new_state
    >>> from w2vlib.preprocessing.char_ngrams import CharNGrams, Members
    >>> members = Members(CharNGrams(3, 3), ["cat", "at"])  # <ca, cat, at> and <at, at>
    >>> state = new_state(n_vocab=2, dim=1, seed=0, members=members)
    >>> state.word_rows[:, 0], state.ngram_rows[:, 0] = 0.0, 12.0
    >>> settings = dict(learning_rate=0.025, window=5, n_negatives=5)
    >>> SubwordMeans(state, members, settings).compose_all()
    >>> state.V[:, 0].tolist()  # means of 0, 12, 12, 12 and of 0, 12, 12
    [9.0, 8.0]
    """

    def __init__(self, state, members, settings):
        self.arrays = (
            state.V,
            aligned(state.V.shape),
            state.word_rows,
            state.ngram_rows,
            members.offsets,
            members.members,
        )
        self.round_words = RoundWords(members.offsets, members.members, len(state.ngram_rows), settings)
        self.rounds = [None, None]

    def look(self, number, buffers, n_parts, job, jobs):
        """Look at a part of the text of round `number`, before `gather`; see `RoundWords`."""
        self.round_words.look(number, buffers, n_parts, job, jobs)

    def gather(self, number, buffers, n_parts):
        """List the centre words of the parts of round `number`, each once."""
        self.rounds[number % 2] = self.round_words.list(number, buffers, n_parts)

    def has_crowds(self, number):
        """Tell whether some words of round `number` give their rows a part of their change only; bool."""
        return bool((self.rounds[number % 2][1] < 1).any())

    def compose(self, number, job, jobs):
        """Compute the vectors of the words listed, of those whose place % jobs = job."""
        words, _ = self.rounds[number % 2]
        subword_kernels.compose(*self.arrays, words, job, jobs)

    def distribute(self, number, job, jobs):
        """Move a part of every row of the words listed; the result of all jobs is that of a single one."""
        subword_kernels.distribute(*self.arrays, *self.rounds[number % 2], job, jobs)

    def compose_all(self):
        """Compute the vectors of all words."""
        n_vocab = len(self.arrays[0])
        subword_kernels.compose(*self.arrays, np.arange(n_vocab, dtype=np.int32), 0, 1)
