"""The text of a training, cut into parts of whole sentences, and what is drawn from its counts."""

import math
from itertools import pairwise

import numpy as np

from ..text.sampling import alias_table, exact_noise_distribution, keep_probabilities
from .partitions import ALL_PARTITIONS, FEW, first_rows, partitions_of_rows, row_order, sets_of

PART = 65_536  # tokens of the text, at most; a round has as many parts as there are partitions
LONGEST_SENTENCE = 10_000  # windows are cut here, so that a text without line ends has parts too


class Draws:
    """What is drawn from the counts of the words: which are kept, and the negatives, by partition.

    Parameters
    ----------
    counts : (n_vocab,) int64
        Of the words in the order of their rows.
    subsample, noise_exponent : float
    partitions : int

    Attributes
    ----------
    counts : (n_vocab,) int64
    partitions, sets : int
        See `partitions.sets_of`.
    first_rows : list of int
        Where each partition begins among the rows, and the number of rows.
    partition_of : (n_vocab,) uint8
        Partition of each row.
    limits : (n_vocab,) uint32
        Of subsampling; see `as_limits`.
    largest_frequency, largest_noise, noise_mass : (partitions,) float64
        Of each partition: the largest fraction of one word among the words that are kept, and among the
        negatives; and the part of the noise distribution.
    tables : list of (prob, alias)
        Of the alias method, for each partition.

    Examples
    --------
    >>> draws = Draws(np.array([5, 3, 2]), subsample=0, noise_exponent=1)
    >>> draws.noise_mass.tolist(), [len(alias) for _, alias in draws.tables]
    ([0.8, 0.2], [2, 1])
    """

    def __init__(self, counts, subsample, noise_exponent, partitions=FEW):
        self.counts, self.partitions, self.sets = counts, partitions, sets_of(partitions)
        self.first_rows = first_rows(len(counts), partitions).tolist()
        self.partition_of = partitions_of_rows(len(counts), partitions)
        keep = keep_probabilities(counts, subsample)
        self.limits = as_limits(keep)
        noise = exact_noise_distribution(counts, noise_exponent)
        self.largest_frequency = np.array([_largest_fraction(part) for part in self._parts(keep * counts)])
        self.largest_noise = np.array([_largest_fraction(part) for part in self._parts(noise)])
        self.noise_mass = np.array([math.fsum(part) for part in self._parts(noise)])
        tables = (alias_table(part) for part in self._parts(noise))
        self.tables = [(as_limits(prob), alias) for prob, alias in tables]

    def _parts(self, values):
        """Values of the words of each partition."""
        return [values[first:end] for first, end in pairwise(self.first_rows)]

    def noise(self, b):
        """Return what the kernels draw negatives of partition b from: (prob, alias, first row)."""
        return *self.tables[b], self.first_rows[b]


class TextParts(Draws):
    """Token ids cut into parts of whole sentences, with what is drawn from their counts.

    Parameters
    ----------
    ids, offsets : int32, int64 arrays
        As `text.vocabulary.encode` gives them; not copied.
    counts : (n_vocab,) int64
        Of the words in the order of their ids.
    subsample, noise_exponent : float
    partitions : int
    part_tokens : int, optional
        Tokens of a part.
    order : partitions.RowOrder, optional
        What `row_order` gives for these counts, where it is known.

    Attributes
    ----------
    order : partitions.RowOrder
    arrays : tuple
        For the kernels: ids, offsets, the limits of subsampling by row, the row of each id, the partition
        of each row, and the mask (uint64) of the partitions whose centre words are drawn, here all.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import encode
    >>> vocab, ids, offsets = encode([["a", "b"], ["b", "c", "d"]])
    >>> text = TextParts(ids, offsets, vocab.counts, 0, 0.75, part_tokens=2)
    >>> text.n_parts, [text.at(part) for part in text.parts(0)]
    (2, [0, 2])
    """

    def __init__(
        self, ids, offsets, counts, subsample, noise_exponent, partitions=FEW, part_tokens=None, order=None
    ):
        self.order = order or row_order(counts, subsample, partitions)
        super().__init__(counts[self.order.words], subsample, noise_exponent, partitions)
        self.ids = ids
        self.offsets = _cut(offsets)
        rows = self.limits, self.order.rows, self.partition_of, ALL_PARTITIONS
        self.arrays = self.ids, self.offsets, *rows
        starts = np.arange(0, len(ids), part_tokens or PART)
        cuts = np.searchsorted(self.offsets, [*starts, len(ids)])
        self.cuts = np.unique(cuts)  # a sentence may be longer than a part
        self.n_parts = len(self.cuts) - 1
        self.rounds_per_epoch = -(-self.n_parts // partitions)

    def parts(self, number):
        """Numbers of the parts of the text that round `number` (of all epochs) reads."""
        first = number % self.rounds_per_epoch * self.partitions
        return range(first, min(first + self.partitions, self.n_parts))

    def tokens_before(self, number):
        """Tokens that the rounds before round `number` (of all epochs) read."""
        epochs, rest = divmod(number, self.rounds_per_epoch)
        return epochs * len(self.ids) + self.at(rest * self.partitions)

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
    """Offsets with more of them inside long sentences, at most `LONGEST_SENTENCE` tokens apart."""
    lengths = np.diff(offsets)
    if len(offsets) < 2 or lengths.max() <= LONGEST_SENTENCE:
        return offsets
    n_pieces = -(-lengths // LONGEST_SENTENCE)
    firsts = np.cumsum(n_pieces) - n_pieces
    piece = np.arange(n_pieces.sum()) - np.repeat(firsts, n_pieces)
    return np.append(np.repeat(offsets[:-1], n_pieces) + LONGEST_SENTENCE * piece, offsets[-1])


def as_limits(probabilities):
    """Largest 32-bit draw that counts as a success, for probabilities above 0; uint32.

    Examples
    --------
    >>> as_limits(np.array([0.5, 1.0])).tolist()
    [2147483647, 4294967295]
    """
    return np.clip(np.ceil(probabilities * 2.0**32) - 1, 0, 2**32 - 1).astype(np.uint32)


class RoundBuffers:
    """Arrays for the pairs of the parts of a round, filled again and again.

    Parameters
    ----------
    text : TextParts
        Of which it needs partitions and most_tokens.
    window : int
    n_parts : int

    Attributes
    ----------
    pair_starts : (n_parts, partitions² + 1) int64
        Of each part: pairs of a centre word of partition a and an outside word of partition b are those
        from ``[k]`` to ``[k + 1]``, k = a · partitions + b.
    centre_starts : (n_parts, partitions · sets + 1) int64
        The same for the centre words of partition a and set s, k = a · sets + s.
    shares : (n_parts, partitions) float64
        Of each part; see `skipgram_kernels.largest_shares`.
    arrays : tuple
        For the kernels: both starts, then rows and number of pairs of the centre words, then the rows of the
        centre and of the outside word of each pair; each with a row for each part.

    Examples
    --------
    >>> text = TextParts(np.array([0, 1, 0], np.int32), np.array([0, 3]), np.array([2, 1]), 0, 0.75)
    >>> buffers = RoundBuffers(text, window=2, n_parts=1)
    >>> centres, outside = buffers.arrays[-2:]  # room for 3 words with at most 4 context words each
    >>> centres.shape, outside.shape, buffers.pair_starts.tolist()
    ((1, 12), (1, 12), [[0, 0, 0, 0, 0]])
    """

    def __init__(self, text, window, n_parts):
        room = self._set_up(text, 2 * window, n_parts)
        self._kept, self._n_kept = np.empty((n_parts, room), np.int32), np.zeros((n_parts, 1), np.int64)
        reach = np.empty((n_parts, room, 2), np.int32)
        in_set, partition = np.empty((2, n_parts, room), np.uint8)
        self._scratch = self._kept, reach, in_set, partition, self.shares, self._n_kept

    def _set_up(self, text, pairs_of_a_word, n_parts):
        """Make all but the scratch; return the tokens of the longest part."""
        room, partitions = text.most_tokens, text.partitions
        self.partitions = partitions
        self.pair_starts = np.zeros((n_parts, partitions * partitions + 1), np.int64)
        self.centre_starts = np.zeros((n_parts, partitions * sets_of(partitions) + 1), np.int64)
        self.shares = np.zeros((n_parts, partitions))
        self.centre_words, weights = (
            np.empty((n_parts, room), np.int32),
            np.empty((n_parts, room), np.float32),
        )
        centres, outside = np.empty((2, n_parts, room * pairs_of_a_word), np.int32)
        self.arrays = self.pair_starts, self.centre_starts, self.centre_words, weights, centres, outside
        return room

    def part(self, i):
        """Return the arrays and the scratch of part `i` of the round, for the kernel that fills them."""
        return tuple(array[i] for array in self.arrays), tuple(array[i] for array in self._scratch)

    def kept_words(self, n_parts):
        """Return the rows of the words kept in the first `n_parts` parts, in the order of the text."""
        return np.concatenate([self._kept[i, : self._n_kept[i, 0]] for i in range(n_parts)])

    def ranges(self, n_parts):
        """Return where the buckets are in the parts filled, the first `n_parts`.

        Returns
        -------
        (partitions, partitions, n_parts, 4) int64
            Of bucket (a, b) in each part: begin and end of the centre words that meet negatives, and of the
            pairs.
        """
        pairs, centres = self.pair_starts[:n_parts].T, self.centre_starts[:n_parts].T
        sets = sets_of(self.partitions)
        a, b = np.arange(self.partitions)[:, None], np.arange(self.partitions)
        pair, centre = a * self.partitions + b, a * sets + b % sets
        return np.stack([centres[centre], centres[centre + 1], pairs[pair], pairs[pair + 1]], axis=-1)
