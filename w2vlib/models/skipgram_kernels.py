"""Numba kernels of the fast trainer: bare arrays in, arrays changed in place. They check nothing.

What is drawn
    A word of the text is drawn by mixing the seed with its position (SplitMix64, Steele, Lea & Flood
    2014), not by a generator with a state, so any part of the text can be prepared by any thread.

What is computed
    Each pair of a centre and an outside word is one step of gradient descent. The negatives of a
    centre word are computed apart from its pairs: a block of `BLOCK` centre words shares a few
    negatives, as the windows of Ji et al. (2016) do, which turns most of the work into products of
    small matrices. A row of a matrix is held in vector registers (`simd.Row`).

The order of every sum is fixed and nothing may be rearranged, so the results have the same bits on every
processor. `bucket_steps` is compiled in float32 for training and in float64, from the same source, to
check its gradients (`gradients.trainer_checks`).
"""

import functools

import numba
import numpy as np
from numba import types
from numba.extending import overload

from ..utils.compilation import OPTIONS
from .partitions import sets_of
from .simd import LANES, VECTORS, add, dot, fused, lane_sum, piece_of, put, two_by_four, zeros

BLOCK = 32  # centre words that share the same negatives, at most
GROUPS = 2  # of negatives that a block meets one after the other, at least
_UNROLLED = 4  # vectors of a piece, at most, for which the compiler may unroll the sum over a group
_OPTIONS = {**OPTIONS, "error_model": "numpy"}


@numba.njit(inline="always")
def _mixed(x):
    """64 random bits for the counter `x` (uint64): the output function of SplitMix64."""
    x *= np.uint64(0x9E3779B97F4A7C15)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(inline="always")
def _below(bits, n):
    """Scale the lower 32 of `bits` to 0 … n − 1."""
    return np.int64(((bits & np.uint64(0xFFFFFFFF)) * np.uint64(n)) >> np.uint64(32))


@numba.njit(inline="always")
def draw_window(key, limit, window):
    """Whether the word of the text with the counter `key` is kept, the reach of its window, and a byte.

    It is kept if the upper half of its bits is at most `limit`; the lower half gives the reach, 1 … `window`,
    by its upper bits, and a random byte by its lowest ones.
    """
    bits = _mixed(key)
    return (bits >> np.uint64(32)) <= limit, 1 + _below(bits, window), bits & np.uint64(0xFF)


@numba.njit(inline="always")
def to_starts(counts):
    """Replace counts by their sums before each, where its part begins; return a copy of these."""
    total = 0
    for k in range(counts.size):
        counts[k], total = total, total + counts[k]
    return counts.copy()


@numba.njit(**_OPTIONS)
def largest_shares(rows, partition_of, partitions, shares):
    """Find where a word repeats: the largest share of one word among the words of its partition, in place.

    `rows` are the words of a part of the text in their order; row r is of partition ``partition_of[r]``. They
    are counted over windows
    of ``16 · partitions²`` words, at least 64, from which come the words of a block and the pairs that are
    trained on at a time; or all at once, if they are fewer. A share is that of the window in which it is
    largest, as if all partitions had equally many words there; it may be above 1. ``shares[a]`` is that of
    partition a.
    """
    window = max(64, 16 * partitions * partitions)
    counts, most = np.zeros(partition_of.size, np.int32), np.zeros(partitions, np.int64)
    for start in range(0, rows.size, window):
        some = rows[start : start + window]
        for row in some:
            counts[row] += 1
            a = partition_of[row]
            most[a] = max(most[a], counts[row])
        for row in some:
            counts[row] = 0
    shares[:] = most * partitions / min(window, max(8 * partitions, rows.size))


@functools.cache
def preparation(partitions, only_some=False):
    """Kernel that turns sentences into pairs, for a vocabulary in one of `partitions.NUMBERS` partitions.

    With `only_some` it leaves out the centre words of partitions that are not in the mask of the text.
    """
    sets = sets_of(partitions)
    last_set = np.uint64(sets - 1)

    @numba.njit(**_OPTIONS)
    def prepare(text, first, last, window, key, part, scratch):
        """Subsample sentences `first` … `last` − 1, draw windows and sort the pairs by partition.

        `text` is ``TextParts.arrays`` (ids, offsets, limits of subsampling, row of each id, partition of each
        row, mask of partitions); `part` and `scratch` are of ``RoundBuffers.part``, the first filled in place
        in the order of the text. What becomes of the word at position t of the text is drawn for ``key + t``
        by `draw_window`.
        """
        ids, offsets, limits, row_of_id, partition_of, mask = text
        pair_starts, centre_starts, centre_words, weights, centres, outside = part
        kept, reach, in_set, of, shares, n_kept = scratch
        n = 0
        pair_starts[:] = centre_starts[:] = 0
        for s in range(first, last):
            begin = n
            for t in range(offsets[s], offsets[s + 1]):
                kept[n] = row_of_id[ids[t]]
                is_kept, reach[n, 0], byte = draw_window(key + np.uint64(t), limits[kept[n]], window)
                in_set[n], of[n] = byte & last_set, partition_of[kept[n]]
                n += is_kept
            for i in range(begin, n):
                low, high, a = max(begin, i - reach[i, 0]), min(n, i + reach[i, 0] + 1), np.int64(of[i])
                reach[i, 0], reach[i, 1] = low, high
                if only_some and not (mask >> np.uint64(a)) & np.uint64(1):
                    continue
                centre_starts[a * sets + in_set[i]] += high - low > 1
                for j in range(low, high):
                    pair_starts[a * partitions + of[j]] += j != i
        n_kept[0] = n
        largest_shares(kept[:n], partition_of, partitions, shares)
        next_centre, next_pair = to_starts(centre_starts), to_starts(pair_starts)
        for i in range(n):
            low, high, a = reach[i, 0], reach[i, 1], np.int64(of[i])
            if only_some and not (mask >> np.uint64(a)) & np.uint64(1):
                continue
            if high - low > 1:
                k = a * sets + in_set[i]
                centre_words[next_centre[k]], weights[next_centre[k]] = kept[i], high - low - 1
                next_centre[k] += 1
            for j in range(low, high):
                if j != i:
                    k = a * partitions + of[j]
                    centres[next_pair[k]], outside[next_pair[k]] = kept[i], kept[j]
                    next_pair[k] += 1

    return prepare


@numba.njit(inline="always")
def draw_negative(key, noise):
    """Row of one partition, drawn for the counter `key` from its part of the noise distribution.

    `noise` is (prob, alias) of the alias method, and the first row of the partition.
    """
    prob, alias, first = noise
    bits = _mixed(key)
    j = _below(bits, prob.size)
    if (bits >> np.uint64(32)) > prob[j]:
        j = alias[j]
    return first + j


def sigmoid_and_softplus(x):
    """Inside a kernel: σ(x) and log(1 + e^x) to 1e-6, in the type of `x`, float32 or float64.

    It uses sums, products, quotients and fused multiply-add only, from a polynomial for e^(−|x|/64).
    """
    raise NotImplementedError("only a kernel can call this function")


# By the type of x, and not a function that `bucket_steps` makes for its type: a kernel that refers to a
# function made at run time is not found in Numba's cache by the next process.
@overload(sigmoid_and_softplus, jit_options={"error_model": "numpy"})
def _sigmoid_and_softplus(x):
    real = {types.float32: np.float32, types.float64: np.float64}[x]
    one, third, fifth, seventh, ninth, eleventh = (real(1 / n) for n in (1, 3, 5, 7, 9, 11))
    half, sixth, c_24, c_120 = (real(1 / n) for n in (2, 6, 24, 120))
    zero, two, largest, part = real(0), real(2), real(30), real(-1 / 64)

    def function(x):
        y = min(abs(x), largest) * part
        e = fused(y, fused(y, fused(y, fused(y, fused(y, c_120, c_24), sixth), half), one), one)
        for _ in range(6):
            e *= e
        t = e / (two + e)  # log(1 + e) = 2 artanh t
        q = t * t
        log = fused(q, fused(q, fused(q, fused(q, fused(q, eleventh, ninth), seventh), fifth), third), one)
        upper = one / (one + e)
        return (upper if x > 0 else e * upper), two * t * log + max(x, zero)

    return function


@numba.njit(inline="always")
def _copy(source, row, target, place, start, n):
    """Copy `n` vectors of a row of one matrix to a row of another."""
    put(target, place, start, piece_of(source, row, start, n))


@numba.njit(inline="always")
def _move_both(V, v, U, u, factor, start, n):
    """Move `n` vectors of two rows by `factor` times the other, as it was before."""
    x, y = piece_of(V, v, start, n), piece_of(U, u, start, n)
    put(V, v, start, add(x, factor, y))
    put(U, u, start, add(y, factor, x))


def _number(numbers, k):
    """Inside a kernel: the number at place k, which is k where `numbers` is None."""
    raise NotImplementedError("only a kernel can call this function")


@overload(_number, inline="always")
def _number_in_kernel(numbers, k):
    if isinstance(numbers, types.NoneType):
        return lambda numbers, k: k
    return lambda numbers, k: numbers[k]


@numba.njit(inline="always")
def _move_two(matrix, places, rows, numbers, n_rows, factors, at, start, n):
    """Move `n` vectors of one or two rows of a matrix by sums of factors times rows of another.

    `places` has their two numbers, the second −1 where there is none; the rows that are summed are those of
    the first `n_rows` of `numbers`; `at` has the places of the first factors of both, and the distance to the
    next factor.
    """
    one, other, step = at
    change, second = zeros(matrix, n), zeros(matrix, n)
    for k in range(n_rows):
        row = piece_of(rows, _number(numbers, k), start, n)
        change = add(change, factors[one + k * step], row)
        second = add(second, factors[other + k * step], row)
    unit = factors.dtype.type(1)
    put(matrix, places[0], start, add(change, unit, piece_of(matrix, places[0], start, n)))
    if places[1] >= 0:
        put(matrix, places[1], start, add(second, unit, piece_of(matrix, places[1], start, n)))


@functools.cache
def bucket_steps(width, shared, real=np.float32):
    """Kernel that trains on a bucket of pairs, with `shared` negatives per group and rows of `width` numbers.

    Both are constants of the compiled code. `shared` is a multiple of 4 and `width` of `LANES`; what
    exceeds the dimension is zero and stays so. `real` is the type of all numbers, float32 or float64.
    """
    one, n_vectors = real(1), width // LANES
    piece = min(VECTORS, n_vectors)  # a row is read in pieces that fit into registers, and a shorter last one
    last_piece = n_vectors % piece
    last = n_vectors - last_piece

    @numba.njit(**_OPTIONS)
    def steps(matrices, parts, ranges, noise, updates, keys, scratch, losses):
        """Train on the pairs of one bucket in place, part by part of the text; add the losses to `losses`.

        Parameters
        ----------
        matrices : (V, U), changed in place
            (n_V, n_rows, width) and (n_words, width): V is the same for all parts, n_V = 1, or one for each.
        parts : ``RoundBuffers.arrays``
        ranges : (n_parts, 4) int64, as ``RoundBuffers.ranges`` gives them
        noise : as for `draw_negative`
        updates : weights of a negative (n_parts,), learning rates at the begin and the end (n_parts, 2), and
            `update_sizes` (n_parts, 3). A block has ``sizes[p, 0]`` centre words (at most `BLOCK`) and meets
            ``sizes[p, 1]`` groups of `shared` negatives, each of which counts ``n_pairs · weight`` times for
            a centre word. Then comes an equal part of the pairs, ``sizes[p, 2]`` (at most ``scores.size``)
            at a time. All scores of a group, and of pairs at a time, are computed before these updates.
        keys : (n_parts,) uint64
        scratch : rows (shared, width), scores and costs (at least BLOCK · shared each)
        losses : (1,) float64, changed in place
        """
        all_V, U = matrices
        negative_weights, all_rates, all_sizes = updates
        rows, scores, costs = scratch
        cost_rows = costs.reshape((-1, LANES))
        negatives, counts = np.empty(shared, np.int64), np.empty(BLOCK * shared, real)
        # The same number, which the compiler knows, so that it unrolls the loop, or not.
        n_shared = shared if piece <= _UNROLLED else rows.shape[0]
        for p in range(ranges.shape[0]):
            V = all_V[min(p, all_V.shape[0] - 1)]
            centre_words, weights, centres, outside = parts[2][p], parts[3][p], parts[4][p], parts[5][p]
            first_centre, last_centre, first_pair, last_pair = (
                ranges[p, 0], ranges[p, 1], ranges[p, 2], ranges[p, 3]
            )  # fmt: skip
            done, key = first_pair, keys[p]
            negative_weight, rates, sizes = negative_weights[p], all_rates[p], all_sizes[p]
            n_blocks = max(1, -(-(last_centre - first_centre) // sizes[0]))
            total = 0.0
            for block in range(n_blocks):
                rate = rates[0] + (rates[1] - rates[0]) * real(block) / real(n_blocks)
                first = first_centre + block * sizes[0]
                n = min(sizes[0], last_centre - first)
                block_words = centre_words[first : first + max(n, 0)]
                loss = zeros(cost_rows, 1)
                for i in range(n):
                    counts[i * shared : (i + 1) * shared] = weights[first + i] * negative_weight
                for _ in range(sizes[1] if n > 0 else 0):
                    for m in range(shared):
                        key += np.uint64(1)
                        negatives[m] = draw_negative(key, noise)
                        for start in range(0, last, piece):
                            _copy(U, negatives[m], rows, m, start, piece)
                        if last_piece:
                            _copy(U, negatives[m], rows, m, last, last_piece)
                    for i in range(0, n, 2):
                        v, w = block_words[i], block_words[min(i + 1, n - 1)]
                        for m in range(0, shared, 4):
                            two_by_four(V, v, w, rows, m, scores, i * shared + m, shared, n_vectors)
                    for j in range(n * shared):
                        slope, cost = sigmoid_and_softplus(scores[j])
                        costs[j] = counts[j] * cost
                        scores[j] = -rate * counts[j] * slope
                    costs[n * shared : n * shared + -n * shared % LANES] = 0
                    for k in range(-(-n * shared // LANES)):
                        loss = add(loss, one, piece_of(cost_rows, k, 0, 1))
                    for m in range(0, shared, 2):
                        places, at = (negatives[m], negatives[m + 1]), (m, m + 1, shared)
                        for start in range(0, last, piece):
                            _move_two(U, places, V, block_words, n, scores, at, start, piece)
                        if last_piece:
                            _move_two(U, places, V, block_words, n, scores, at, last, last_piece)
                    for i in range(0, n, 2):
                        places = block_words[i], block_words[i + 1] if i + 1 < n else -1
                        at = i * shared, (i + 1) * shared, 1
                        for start in range(0, last, piece):
                            _move_two(V, places, rows, None, n_shared, scores, at, start, piece)
                        if last_piece:
                            _move_two(V, places, rows, None, n_shared, scores, at, last, last_piece)
                end = first_pair + (last_pair - first_pair) * (block + 1) // n_blocks
                while done < end:
                    n = min(end - done, sizes[2])
                    for j in range(n):
                        scores[j] = dot(V, centres[done + j], U, outside[done + j], n_vectors)
                    for j in range(n):
                        slope, cost = sigmoid_and_softplus(-scores[j])
                        costs[j] = cost
                        scores[j] = rate * slope
                    costs[n : n + -n % LANES] = 0
                    for k in range(-(-n // LANES)):
                        loss = add(loss, one, piece_of(cost_rows, k, 0, 1))
                    for j in range(n):
                        v, u = centres[done + j], outside[done + j]
                        for start in range(0, last, piece):
                            _move_both(V, v, U, u, scores[j], start, piece)
                        if last_piece:
                            _move_both(V, v, U, u, scores[j], last, last_piece)
                    done += n
                total += lane_sum(loss)
            losses[0] += total

    return steps
