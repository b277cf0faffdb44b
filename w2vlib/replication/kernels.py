"""Numba kernels: bare arrays in, arrays changed in place. They check nothing; their callers do.

Python's Mersenne Twister
-------------------------
The published run drew from Python's `random`. Its generator is MT19937 (Matsumoto & Nishimura
1998), here in an array `mt` of 1,249 words (uint32): 624 of state, 624 tempered outputs of the
present block, and the number of outputs already used.
"""

import functools

import numba
import numpy as np

_OPTIONS = {"nogil": True, "cache": True, "boundscheck": False}
MT_WORDS = 624
MT_USED = 2 * MT_WORDS
MT_SIZE = MT_USED + 1


@numba.njit(**_OPTIONS)
def mt_temper(mt):
    """Fill the output half of `mt` from its state half."""
    for i in range(MT_WORDS):
        y = mt[i]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        y ^= y >> np.uint32(18)
        mt[MT_WORDS + i] = y


@numba.njit(**_OPTIONS)
def _mt_mix(upper, lower, far):
    y = (upper & np.uint32(0x80000000)) | (lower & np.uint32(0x7FFFFFFF))
    return far ^ (y >> np.uint32(1)) ^ (np.uint32(0x9908B0DF) & -(y & np.uint32(1)))


@numba.njit(**_OPTIONS)
def _mt_refill(mt):
    # Three loops, so that none reads what it has just written and each can use vector registers.
    for i in range(227):
        mt[i] = _mt_mix(mt[i], mt[i + 1], mt[i + 397])
    for i in range(227, 454):
        mt[i] = _mt_mix(mt[i], mt[i + 1], mt[i - 227])
    for i in range(454, 623):
        mt[i] = _mt_mix(mt[i], mt[i + 1], mt[i - 227])
    mt[623] = _mt_mix(mt[623], mt[0], mt[396])
    mt_temper(mt)
    mt[MT_USED] = 0


@numba.njit(**_OPTIONS)
def _mt_next(mt):
    if mt[MT_USED] == MT_WORDS:
        _mt_refill(mt)
    used = mt[MT_USED]
    mt[MT_USED] = used + np.uint32(1)
    return mt[MT_WORDS + used]


@numba.njit(**_OPTIONS)
def _bits_above(n):
    """How far to shift a 32-bit output so that as many bits stay as `n` needs."""
    bits = 0
    while n > 0:
        n >>= 1
        bits += 1
    return np.uint32(32 - bits)


@numba.njit(**_OPTIONS)
def _mt_below(mt, n, shift):
    value = _mt_next(mt) >> shift
    while value >= n:
        value = _mt_next(mt) >> shift
    return value


@numba.njit(**_OPTIONS)
def mt_below(mt, n):
    """Uniform integer in 0 … n − 1, as Python's ``randrange(n)`` draws it (n < 2**32)."""
    return np.int64(_mt_below(mt, np.uint32(n), _bits_above(n)))


@numba.njit(**_OPTIONS)
def subsample(ids, offsets, thresholds, repeats, mt, kept, kept_offsets):
    """Read the text `repeats` times and keep words at random; return the sentences kept.

    A word w is kept without a draw if ``thresholds[w]`` is 0, else if a 53-bit draw reaches the
    threshold. Sentences of fewer than two words are dropped. With room for too few words or
    sentences in `kept` and `kept_offsets`, it returns −1.
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
                    high = np.uint64(_mt_next(mt) >> np.uint32(5))
                    low = np.uint64(_mt_next(mt) >> np.uint32(6))
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


@numba.njit(**_OPTIONS)
def draw(
    words, offsets, table, window, n_negatives, n_centres, reach, mt, centres, starts, outside, negatives
):
    """Draw `n_centres` centre words with their contexts and negatives, in the published order.

    `reach` is the window size of the first centre word if it is already drawn, else 0. Filled:
    `centres` (n_centres,); `starts` (n_centres + 1,), where each one's pairs begin; `outside`
    (pairs,); `negatives` (pairs × n_negatives,), each drawn again while it equals its outside word.
    """
    n_sentences = offsets.size - 1
    slots = np.uint32(table.size)
    slot_shift = _bits_above(table.size)
    sentence_shift = _bits_above(n_sentences)
    n_pairs = 0
    for b in range(n_centres):
        if reach == 0:
            reach = 1 + mt_below(mt, window)
        found = 0
        while found == 0:
            s = np.int64(_mt_below(mt, np.uint32(n_sentences), sentence_shift))
            begin, end = offsets[s], offsets[s + 1]
            at = begin + mt_below(mt, end - begin)
            centre = words[at]
            for i in range(max(begin, at - reach), min(end, at + reach + 1)):
                if words[i] != centre:
                    outside[n_pairs + found] = words[i]
                    found += 1
        reach = 0
        centres[b] = centre
        starts[b] = n_pairs
        for p in range(n_pairs, n_pairs + found):
            target = outside[p]
            for k in range(p * n_negatives, (p + 1) * n_negatives):
                word = table[_mt_below(mt, slots, slot_shift)]
                while word == target:
                    word = table[_mt_below(mt, slots, slot_shift)]
                negatives[k] = word
        n_pairs += found
    starts[n_centres] = n_pairs


@numba.njit(inline="always")
def _log1p_exp(x):
    """log(1 + e^x), finite for any finite x."""
    return max(x, 0.0) + np.log1p(np.exp(-abs(x)))


@functools.cache
def negative_sampling_steps(dim):
    """Kernel that takes gradient steps of the negative-sampling objective with rows of `dim` numbers.

    The dimension is a constant of the compiled code: the inner loops then unroll and keep a whole
    row in registers.
    """

    @numba.njit(fastmath={"reassoc", "contract", "nsz"}, **_OPTIONS)
    def steps(V, U, batch, n_negatives, rates, recorded, centres, starts, outside, negatives, losses, pairs):
        """One step an element of `rates`: batch by batch of `batch` centre words, in place.

        Each step subtracts rate · (sum over the batch of the gradients at the old vectors). Where
        ``recorded[t]``, the summed loss goes to ``losses[t]``; ``pairs[t]`` counts the pairs.
        """
        per_pair = n_negatives + 1
        room = 0
        for t in range(rates.size):
            room = max(room, starts[(t + 1) * batch] - starts[t * batch])
        rows = np.empty(room * per_pair, np.int32)
        scores = np.empty(room * per_pair)
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
                        u = U[rows[j]]
                        score = 0.0
                        for d in range(dim):
                            score += u[d] * old[b, d]
                        scores[j] = score
                    n_rows += per_pair
            pairs[t] = starts[(t + 1) * batch] - first
            if recorded[t]:
                total = 0.0
                for j in range(n_rows):
                    total += _log1p_exp(-scores[j] if j % per_pair == 0 else scores[j])
                losses[t] = total
            rate = rates[t]
            for j in range(0, n_rows, per_pair):  # from here on scores holds rate · dJ/dscore
                scores[j] = -rate / (1.0 + np.exp(scores[j]))
                for k in range(j + 1, j + per_pair):
                    scores[k] = rate / (1.0 + np.exp(-scores[k]))
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
    """

    @numba.njit(fastmath={"reassoc", "contract", "nsz"}, **_OPTIONS)
    def steps(V, Ut, batch, rates, recorded, centres, starts, outside, losses, pairs):
        """As the steps of negative sampling, with the output vectors as columns: `Ut` (dim, n_vocab)."""
        n_vocab = Ut.shape[1]
        y = np.empty(n_vocab)
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
                mass = 0.0
                for w in range(n_vocab):
                    y[w] = np.exp(y[w] - top)
                    mass += y[w]
                total += (last - first) * np.log(mass)
                for w in range(n_vocab):
                    y[w] *= (last - first) / mass
                for p in range(first, last):
                    y[outside[p]] -= 1.0
                for d in range(dim):
                    slope = 0.0
                    for w in range(n_vocab):
                        slope += y[w] * Ut[d, w]
                        grad_Ut[d, w] += y[w] * old[b, d]
                    grad_v[b, d] = slope
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
