"""How many partitions a vocabulary has, and which words are in each."""

import heapq
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..text.sampling import keep_probabilities

NUMBERS = (1, 2, 4, 8, 16, 32, 64)  # of partitions that are possible
ALL_PARTITIONS = np.uint64(2**64 - 1)  # a mask: bit a stands for partition a
FEW, MANY = 2, 16
_LEAST_WORDS = 8  # of a partition, on average, where there are more than two
MANY_FROM = 1 << 16, 10_000_000  # words and tokens


def partitions_for(n_vocab, n_tokens):
    """Return the number of partitions of the vocabulary of a text, if nothing else is asked for; int.

    It depends on the text, never on the machine, since another number gives other vectors. Small texts are
    trained in seconds, two threads are enough for them, and their vectors are a little better with two
    partitions (see the README).

    Examples
    --------
    >>> partitions_for(10_000, 1_000_000), partitions_for(70_000, 17_000_000)
    (2, 16)
    """
    return MANY if n_vocab >= MANY_FROM[0] and n_tokens >= MANY_FROM[1] else FEW


def largest_for(n_vocab, partitions):
    """Return the number of partitions where so many are asked for; int.

    There are fewer where each would have less than 8 words, but not fewer than two for that: with a few words
    some partitions have none, and what a centre word meets depends so much on the partitions drawn for it
    that the loss of a small text is above that of untrained vectors by chance.

    Examples
    --------
    >>> largest_for(10_000, 64), largest_for(100, 64), largest_for(3, 64)
    (64, 8, 2)
    """
    possible = [number for number in NUMBERS if number <= max(FEW, n_vocab // _LEAST_WORDS)]
    return min(partitions, possible[-1])


def sets_of(partitions):
    """Return the number of sets of centre words in a partition; int.

    A centre word is drawn into one of the sets. Those of set s meet negatives of the partitions b with
    b mod sets = s: of two partitions, however many there are, so that the work stays the same.

    Examples
    --------
    >>> [sets_of(partitions) for partitions in (1, 2, 16)]
    [1, 1, 8]
    """
    return max(1, partitions // 2)


def first_rows(n_rows, partitions):
    """Return where each partition begins among the rows, and the number of rows; (partitions + 1,) int64.

    The rows of a partition are next to each other. If those of all partitions came in turn, a processor that
    reads a row would fetch the next one ahead, and take it away from the thread that changes it: with rows
    of 300 numbers two threads would have 1.4 times the speed of one.

    Examples
    --------
    >>> first_rows(5, partitions=2).tolist()
    [0, 3, 5]
    """
    number = np.arange(partitions + 1)
    return number * (n_rows // partitions) + np.minimum(number, n_rows % partitions)


def in_turn(n_rows, partitions):
    """Return the rows in another order: the first of each partition, the second of each, …; int64.

    Examples
    --------
    >>> in_turn(5, partitions=2).tolist()
    [0, 3, 1, 4, 2]
    """
    rounds, partition = np.divmod(np.arange(n_rows), partitions)
    return first_rows(n_rows, partitions)[partition] + rounds


def partitions_of_rows(n_rows, partitions):
    """Return the partition of each row; (n_rows,) uint8.

    Examples
    --------
    >>> partitions_of_rows(5, partitions=2).tolist()
    [0, 0, 0, 1, 1]
    """
    sizes = np.diff(first_rows(n_rows, partitions))
    return np.repeat(np.arange(partitions, dtype=np.uint8), sizes)


@dataclass(frozen=True, eq=False)
class RowOrder:
    """Which row of the matrices of a training each word has; `first_rows` tells the partition of a row.

    Attributes
    ----------
    partitions : int
    words : (n_vocab,) int32
        Word of each row.
    rows : (n_vocab,) int32
        Row of each word.

    Examples
    --------
    >>> order = row_order(np.array([5, 3, 2]), subsample=0, partitions=2)
    >>> order.words.tolist(), order.is_of_words
    ([0, 2, 1], False)
    """

    partitions: int
    words: np.ndarray
    rows: np.ndarray

    @property
    def is_of_words(self):
        """Whether row i is that of word i."""
        return bool((self.words == np.arange(len(self.words))).all())


def row_order(counts, subsample, partitions):
    """Divide the words so that about equally many pairs fall on each partition.

    With more than two partitions, each word, the most frequent first, goes to the partition with the fewest
    tokens so far that has room: all have the same number of words, or one more. With two, words alternate.

    Parameters
    ----------
    counts : (n_vocab,) int64
        Of the words, most frequent first.
    subsample : float
    partitions : int

    Returns
    -------
    RowOrder

    Examples
    --------
    >>> row_order(np.array([9, 5, 4, 3, 2, 1, 1, 1]), subsample=0, partitions=4).words.tolist()
    [0, 7, 1, 6, 2, 5, 3, 4]
    """
    n_vocab, words = len(counts), np.empty(len(counts), np.int32)
    words[in_turn(n_vocab, partitions)] = np.arange(n_vocab)
    if partitions > 2:
        kept = (keep_probabilities(counts, subsample) * counts).tolist()
        rows_free = [iter(range(*ends)) for ends in pairwise(first_rows(n_vocab, partitions).tolist())]
        lightest = [(0.0, b) for b in range(partitions)]  # a heap
        for word, tokens in enumerate(kept):
            while (row := next(rows_free[lightest[0][1]], None)) is None:  # it is full
                heapq.heappop(lightest)
            words[row] = word
            load, b = lightest[0]
            heapq.heapreplace(lightest, (load + tokens, b))
    rows = np.empty_like(words)
    rows[words] = np.arange(n_vocab, dtype=np.int32)
    return RowOrder(partitions, words, rows)
