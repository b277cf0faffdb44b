"""Numba kernels of the recipe: bare arrays in, arrays changed in place. They check nothing; callers do.

First what is drawn (`subsample`, `draw`), then the gradient steps on it. `mt` is a generator as
`mersenne_twister` holds it.
"""

import functools
from typing import NamedTuple

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from .exact_functions import exp_of_negative, inner_product, log1p_of, log_from_one
from .mersenne_twister import below, below_with_shift, next_output, shift_for

_OPTIONS = {**OPTIONS, "error_model": "numpy"}  # a quotient is no branch then


class Source(NamedTuple):
    """What is drawn from: sentence s of the text is ``words[offsets[s]:offsets[s + 1]]``.

    Examples
    --------
    >>> words, offsets = np.array([0, 1, 0, 2], np.int32), np.array([0, 2, 4])
    >>> source = Source(words, offsets, table=np.array([0, 0, 1, 2], np.int32))
    >>> source.words[source.offsets[1] : source.offsets[2]].tolist()  # the second sentence
    [0, 2]
    """

    words: np.ndarray  # (n_tokens,) int32
    offsets: np.ndarray  # (n_sentences + 1,) int64
    table: np.ndarray  # (table_size,) int32, the table of negatives


class Draws(NamedTuple):
    """Centre words with their contexts and negatives; the last two arrays may be longer than needed.

    Examples
    --------
    >>> outside, negatives = np.array([1, 2], np.int32), np.array([3, 4], np.int32)  # one per pair
    >>> draws = Draws(np.array([0], np.int32), np.array([0, 2]), outside, negatives)
    >>> draws.centres.tolist(), draws.outside[draws.starts[0] : draws.starts[1]].tolist()
    ([0], [1, 2])
    """

    centres: np.ndarray  # (n_centres,) int32
    starts: np.ndarray  # (n_centres + 1,) int64: the pairs of centre c are starts[c] to starts[c + 1]
    outside: np.ndarray  # (pairs,) int32
    negatives: np.ndarray  # (pairs * n_negatives,) int32


class Record(NamedTuple):
    """What the gradient steps write down, one element per step.

    Examples
    --------
    >>> record = Record(np.array([True, False]), np.zeros(2), np.zeros(2, np.int64))
    >>> record.wanted.tolist(), record.losses.tolist()  # of two steps, not taken yet
    ([True, False], [0.0, 0.0])
    """

    wanted: np.ndarray  # bool: whether the loss is computed
    losses: np.ndarray  # float64: its sum over the batch, before the step
    pairs: np.ndarray  # int64: (centre, outside) pairs of the batch


@numba.njit(**OPTIONS)
def subsample(ids, offsets, thresholds, repeats, mt, kept, kept_offsets):
    """Read the text `repeats` times and keep words at random; return the number of sentences kept.

    A word w is kept without a draw if ``thresholds[w]`` is 0, else if a 53-bit draw reaches the
    threshold. Sentences of fewer than two words are dropped. With room for too few words or
    sentences in `kept` and `kept_offsets`, it returns −1.

    Examples
    --------
    >>> from w2vlib.replication.mersenne_twister import python_twister
    >>> ids, offsets = np.array([0, 1, 0, 2], np.int32), np.array([0, 2, 4])
    >>> thresholds = np.array([0, 0, 2**53], np.uint64)  # words 0 and 1 are kept, 2 never
    >>> kept, kept_offsets = np.zeros(8, np.int32), np.zeros(8, np.int64)
    >>> subsample(ids, offsets, thresholds, 2, python_twister(42), kept, kept_offsets)
    2
    >>> kept_offsets[:3].tolist(), kept[:4].tolist()
    ([0, 2, 4], [0, 1, 0, 1])
    """
    n_words = 0
    n_sentences = 0
    kept_offsets[0] = 0
    for _ in range(repeats):
        for s in range(offsets.size - 1):
            if n_words + offsets[s + 1] - offsets[s] > kept.size or n_sentences + 2 > kept_offsets.size:
                return -1
            start = n_words
            for i in range(offsets[s], offsets[s + 1]):
                threshold = thresholds[ids[i]]
                if threshold > 0:
                    high = np.uint64(next_output(mt) >> np.uint32(5))
                    low = np.uint64(next_output(mt) >> np.uint32(6))
                    if (high << np.uint64(26)) + low < threshold:
                        continue
                kept[n_words] = ids[i]
                n_words += 1
            if n_words - start < 2:
                n_words = start
            else:
                n_sentences += 1
                kept_offsets[n_sentences] = n_words
    return n_sentences


@numba.njit(**OPTIONS)
def draw(source, window, n_negatives, n_centres, window_size, mt, draws):
    """Fill `draws` with `n_centres` centre words, their contexts and negatives, in the published order.

    `window_size` is that of the first centre word if it is already drawn, else 0. A negative is drawn
    again while it equals its outside word.

    Examples
    --------
    >>> from w2vlib.replication.mersenne_twister import python_twister
    >>> ids, offsets = np.array([0, 1], np.int32), np.array([0, 2])  # one sentence, "a b"
    >>> draws = Draws(*np.zeros((1, 3), np.int32), np.zeros(4, np.int64), *np.zeros((2, 6), np.int32))
    >>> draw(Source(ids, offsets, ids), 1, 1, 3, 0, python_twister(42), draws)
    >>> draws.centres.tolist(), draws.starts.tolist()  # one pair for each of three centre words
    ([1, 0, 0], [0, 1, 2, 3])
    >>> draws.outside[:3].tolist(), draws.negatives[:3].tolist()
    ([0, 1, 1], [1, 0, 0])
    """
    words, offsets, table = source
    centres, starts, outside, negatives = draws
    n_sentences = offsets.size - 1
    table_size = np.uint32(table.size)
    table_shift = shift_for(table.size)
    sentence_shift = shift_for(n_sentences)
    n_pairs = 0
    for b in range(n_centres):
        if window_size == 0:
            window_size = 1 + below(mt, window)
        n_outside = 0
        while n_outside == 0:
            s = np.int64(below_with_shift(mt, np.uint32(n_sentences), sentence_shift))
            begin, end = offsets[s], offsets[s + 1]
            at = begin + below(mt, end - begin)
            centre = words[at]
            for i in range(max(begin, at - window_size), min(end, at + window_size + 1)):
                if words[i] != centre:
                    outside[n_pairs + n_outside] = words[i]
                    n_outside += 1
        window_size = 0
        centres[b] = centre
        starts[b] = n_pairs
        for p in range(n_pairs, n_pairs + n_outside):
            target = outside[p]
            for k in range(p * n_negatives, (p + 1) * n_negatives):
                word = table[below_with_shift(mt, table_size, table_shift)]
                while word == target:
                    word = table[below_with_shift(mt, table_size, table_shift)]
                negatives[k] = word
        n_pairs += n_outside
    starts[n_centres] = n_pairs


@functools.cache
def negative_sampling_steps(dim):
    """Kernel that takes gradient steps of the negative-sampling objective with rows of `dim` numbers.

    The dimension is a constant of the compiled code: the inner loops then unroll and keep a whole
    row in registers.

    Examples
    --------
    >>> outside, negatives = np.array([1], np.int32), np.array([2], np.int32)
    >>> draws = Draws(np.array([0], np.int32), np.array([0, 1]), outside, negatives)
    >>> record = Record(np.array([True]), np.zeros(1), np.zeros(1, np.int64))
    >>> V, U = np.ones((3, 3)), np.zeros((3, 3))
    >>> negative_sampling_steps(3)(V, U, 1, 1, np.array([0.5]), draws, record)
    >>> U.tolist()  # word 1 moves to the centre word, word 2 away from it
    [[0.0, 0.0, 0.0], [0.25, 0.25, 0.25], [-0.25, -0.25, -0.25]]
    >>> record.losses.round(3).tolist()  # 2 log 2
    [1.386]
    """

    @numba.njit(**_OPTIONS)
    def steps(V, U, batch, n_negatives, rates, draws, record):
        """Take one step per element of `rates`, each on a batch of `batch` centre words; in place.

        Each step subtracts rate · (sum over the batch of the gradients at the old vectors).
        """
        centres, starts, outside, negatives = draws
        recorded, losses, pairs = record
        per_pair = n_negatives + 1
        room = 0
        for t in range(rates.size):
            room = max(room, starts[(t + 1) * batch] - starts[t * batch])
        rows = np.empty(room * per_pair, np.int32)
        scores, costs = np.empty(room * per_pair), np.empty(room * per_pair)
        old = np.empty((batch, dim))
        grad = np.empty((batch, dim))
        for t in range(rates.size):
            first = starts[t * batch]
            n_rows = 0
            for b in range(batch):  # scores at the old vectors
                v = V[centres[t * batch + b]]
                for d in range(dim):
                    old[b, d] = v[d]
                for p in range(starts[t * batch + b], starts[t * batch + b + 1]):
                    rows[n_rows] = outside[p]
                    for k in range(n_negatives):
                        rows[n_rows + 1 + k] = negatives[p * n_negatives + k]
                    for j in range(n_rows, n_rows + per_pair):
                        scores[j] = inner_product(U[rows[j]], old[b], dim)
                    scores[n_rows] = -scores[n_rows]  # that of the outside word
                    n_rows += per_pair
            pairs[t] = starts[(t + 1) * batch] - first
            rate = rates[t]
            for j in range(n_rows):  # from here on scores holds rate · dJ/dscore, costs log(1 + e^score)
                x = scores[j]
                e = exp_of_negative(-abs(x))
                upper = 1.0 / (1.0 + e)
                costs[j] = 0.5 * (x + abs(x)) + log1p_of(e)  # max(x, 0), and NaN for NaN
                scores[j] = rate * (upper if x > 0.0 else e * upper)
            for j in range(0, n_rows, per_pair):
                scores[j] = -scores[j]
            if recorded[t]:
                losses[t] = 0.0
                for j in range(n_rows):
                    losses[t] += costs[j]
            j = 0
            for b in range(batch):  # gradients of the centres, still at the old vectors
                for d in range(dim):
                    grad[b, d] = 0.0
                for _ in range((starts[t * batch + b + 1] - starts[t * batch + b]) * per_pair):
                    u = U[rows[j]]
                    for d in range(dim):
                        grad[b, d] += scores[j] * u[d]
                    j += 1
            j = 0
            for b in range(batch):
                for _ in range((starts[t * batch + b + 1] - starts[t * batch + b]) * per_pair):
                    u = U[rows[j]]
                    for d in range(dim):
                        u[d] -= scores[j] * old[b, d]
                    j += 1
                v = V[centres[t * batch + b]]
                for d in range(dim):
                    v[d] -= grad[b, d]

    return steps


@functools.cache
def naive_softmax_steps(dim):
    """Kernel that takes gradient steps of the naive-softmax objective with rows of `dim` numbers.

    The prediction depends on the centre word alone, so one softmax serves all pairs of a centre.

    Examples
    --------
    >>> nothing = np.zeros(0, np.int32)
    >>> draws = Draws(np.array([0], np.int32), np.array([0, 1]), np.array([1], np.int32), nothing)
    >>> record = Record(np.array([True]), np.zeros(1), np.zeros(1, np.int64))
    >>> V, Ut = np.ones((3, 3)), np.zeros((3, 3))
    >>> naive_softmax_steps(3)(V, Ut, 1, np.array([0.75]), draws, record)
    >>> Ut.round(3).tolist()
    [[-0.25, 0.5, -0.25], [-0.25, 0.5, -0.25], [-0.25, 0.5, -0.25]]
    >>> record.losses.round(3).tolist()  # log 3
    [1.099]
    """

    @numba.njit(**_OPTIONS)
    def steps(V, Ut, batch, rates, draws, record):
        """As the steps of negative sampling, with the output vectors as columns: `Ut` (dim, n_vocab)."""
        centres, starts, outside, _ = draws
        recorded, losses, pairs = record
        n_vocab = Ut.shape[1]
        y, ones = np.empty(n_vocab), np.ones(n_vocab)
        old = np.empty((batch, dim))
        grad_v = np.empty((batch, dim))
        grad_Ut = np.zeros((dim, n_vocab))
        for t in range(rates.size):
            pairs[t] = starts[(t + 1) * batch] - starts[t * batch]
            total = 0.0
            for b in range(batch):
                first, last = starts[t * batch + b], starts[t * batch + b + 1]
                y[:] = 0.0
                for d in range(dim):
                    old[b, d] = V[centres[t * batch + b], d]
                    for w in range(n_vocab):
                        y[w] += old[b, d] * Ut[d, w]
                top = y.max()
                for p in range(first, last):
                    total -= y[outside[p]] - top
                for w in range(n_vocab):
                    y[w] = exp_of_negative(y[w] - top)
                mass = inner_product(y, ones, n_vocab)
                total += (last - first) * log_from_one(mass)
                for w in range(n_vocab):
                    y[w] *= (last - first) / mass
                for p in range(first, last):
                    y[outside[p]] -= 1.0
                for d in range(dim):
                    grad_v[b, d] = inner_product(y, Ut[d], n_vocab)
                    for w in range(n_vocab):
                        grad_Ut[d, w] += y[w] * old[b, d]
            if recorded[t]:
                losses[t] = total
            for b in range(batch):
                for d in range(dim):
                    V[centres[t * batch + b], d] -= rates[t] * grad_v[b, d]
            for d in range(dim):
                for w in range(n_vocab):
                    Ut[d, w] -= rates[t] * grad_Ut[d, w]
                    grad_Ut[d, w] = 0.0

    return steps
