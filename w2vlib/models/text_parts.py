"""The text of a training, cut into parts of whole sentences, and what is drawn from its counts."""

import math

import numpy as np

from ..text.sampling import alias_table, exact_noise_distribution, keep_probabilities

PARTITIONS = 2  # of the vocabulary: as many jobs run side by side
ROUND = 131_072  # tokens of the text
LONGEST_SENTENCE = 10_000  # windows are cut here, so that a text without line ends has parts too


class Draws:
    """What is drawn from the counts of the words: which are kept, and the negatives, by partition.

    Parameters
    ----------
    counts : (n_vocab,) int64
    subsample, noise_exponent : float

    Attributes
    ----------
    counts : (n_vocab,) int64
    limits : (n_vocab,) uint32
        Of subsampling; see `as_limits`.
    largest_frequency, largest_noise, noise_mass : list of float
        Of each partition: the largest fraction of one word among the words that are kept, and among the
        negatives; and the part of the noise distribution.
    tables : list of (prob, alias)
        Of the alias method, for each partition.

    Examples
    --------
    >>> draws = Draws(np.array([5, 3, 2]), subsample=0, noise_exponent=1)
    >>> draws.noise_mass, [len(alias) for _, alias in draws.tables]
    ([0.7, 0.3], [2, 1])
    """

    def __init__(self, counts, subsample, noise_exponent):
        self.counts = counts
        keep = keep_probabilities(counts, subsample)
        self.limits = as_limits(keep)
        self.largest_frequency = [
            _largest_fraction(keep[b::PARTITIONS] * counts[b::PARTITIONS]) for b in range(PARTITIONS)
        ]
        noise = exact_noise_distribution(counts, noise_exponent)
        self.largest_noise = [_largest_fraction(noise[b::PARTITIONS]) for b in range(PARTITIONS)]
        self.noise_mass = [math.fsum(noise[b::PARTITIONS]) for b in range(PARTITIONS)]
        tables = (alias_table(noise[b::PARTITIONS]) for b in range(PARTITIONS))
        self.tables = [(as_limits(prob), alias) for prob, alias in tables]


class TextParts(Draws):
    """Token ids cut into parts of whole sentences, with what is drawn from their counts.

    Parameters
    ----------
    ids, offsets : int32, int64 arrays
        As `text.vocabulary.encode` gives them; not copied.
    counts : (n_vocab,) int64
    subsample, noise_exponent : float
    round_tokens : int
        Tokens of a round.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import encode
    >>> vocab, ids, offsets = encode([["a", "b"], ["b", "c", "d"]])
    >>> text = TextParts(ids, offsets, vocab.counts, 0, 0.75, round_tokens=4)
    >>> text.n_parts, [text.at(part) for part in text.parts(0)]
    (2, [0, 2])
    """

    def __init__(self, ids, offsets, counts, subsample, noise_exponent, round_tokens=ROUND):
        super().__init__(counts, subsample, noise_exponent)
        self.ids = ids
        self.offsets = _cut(offsets)
        self.arrays = self.ids, self.offsets, self.limits  # for the kernels
        starts = np.arange(0, len(ids), max(1, round_tokens // PARTITIONS))
        cuts = np.searchsorted(self.offsets, [*starts, len(ids)])
        self.cuts = np.unique(cuts)  # a sentence may be longer than a part
        self.n_parts = len(self.cuts) - 1
        self.rounds_per_epoch = -(-self.n_parts // PARTITIONS)

    def parts(self, number):
        """Numbers of the parts of the text that round `number` (of all epochs) reads."""
        first = number % self.rounds_per_epoch * PARTITIONS
        return range(first, min(first + PARTITIONS, self.n_parts))

    def tokens_before(self, number):
        """Tokens that the rounds before round `number` (of all epochs) read."""
        epochs, rest = divmod(number, self.rounds_per_epoch)
        return epochs * len(self.ids) + self.at(rest * PARTITIONS)

    @property
    def most_tokens(self):
        """Tokens of the longest part."""
        return int(np.diff(self.offsets[self.cuts]).max())

    @property
    def longest_sentence(self):
        """Tokens of the longest sentence."""
        return int(np.diff(self.offsets).max())

    def at(self, part):
        """Tokens before `part`."""
        return int(self.offsets[self.cuts[part]])


def _largest_fraction(weights):
    return float(weights.max(initial=0) / max(math.fsum(weights), 1e-300))


def _cut(offsets):
    if len(offsets) < 2 or np.diff(offsets).max() <= LONGEST_SENTENCE:
        return offsets
    begins = (np.arange(a, b, LONGEST_SENTENCE) for a, b in zip(offsets[:-1], offsets[1:], strict=True))
    return np.concatenate([*begins, offsets[-1:]])


def as_limits(probabilities):
    """Largest 32-bit draw that counts as a success, for probabilities above 0; uint32.

    Examples
    --------
    >>> as_limits(np.array([0.5, 1.0])).tolist()
    [2147483647, 4294967295]
    """
    return np.clip(np.ceil(probabilities * 2.0**32) - 1, 0, 2**32 - 1).astype(np.uint32)


class PartBuffers:
    """Arrays for the pairs of one part of the text, filled again and again.

    Attributes
    ----------
    pair_starts : (PARTITIONS² + 1,) int64
        Pairs of a centre word of partition a and an outside word of partition b are those from
        ``pair_starts[k]`` to ``pair_starts[k + 1]``, k = a · PARTITIONS + b.
    centre_starts : (PARTITIONS + 1,) int64
        The same for the centre words.
    arrays : tuple
        For the kernels: both, then ids and number of pairs of the centre words, then the ids of the
        centre and of the outside word of each pair.
    scratch : tuple

    Examples
    --------
    >>> text = TextParts(np.array([0, 1, 0], np.int32), np.array([0, 3]), np.array([2, 1]), 0, 0.75)
    >>> part = PartBuffers(text, window=2)
    >>> centres, outside = part.arrays[-2:]  # room for 3 words with at most 4 context words each
    >>> centres.shape, outside.shape, part.pair_starts.tolist()
    ((12,), (12,), [0, 0, 0, 0, 0])
    """

    def __init__(self, text, window):
        room, longest = self._set_up(text, 2 * window)
        self.scratch = (
            np.empty(room, np.int32), np.empty((room, 2), np.int32), np.empty(longest + 1, np.uint64)
        )  # fmt: skip

    def _set_up(self, text, pairs_of_a_word):
        """Make all but the scratch; return the tokens of the longest part and of the longest sentence."""
        room = text.most_tokens
        longest = text.longest_sentence
        self.pair_starts = np.zeros(PARTITIONS * PARTITIONS + 1, np.int64)
        self.centre_starts = np.zeros(PARTITIONS + 1, np.int64)
        self.centre_words, weights = np.empty(room, np.int32), np.empty(room, np.float32)
        centres, outside = np.empty((2, room * pairs_of_a_word), np.int32)
        self.arrays = self.pair_starts, self.centre_starts, self.centre_words, weights, centres, outside
        return room, longest
