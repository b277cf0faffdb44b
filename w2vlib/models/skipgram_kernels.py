"""Numba kernels of the fast trainer: bare arrays in, arrays changed in place. They check nothing.

What is drawn
    A word of the text is drawn by mixing the seed with its place (SplitMix64, Steele, Lea & Flood
    2014), not by a generator that moves on, so any part of the text can be prepared by any thread.

What is computed
    Each pair of a centre and an outside word takes its step by itself. The negatives of a centre
    word are met apart from its pairs: `BLOCK` centre words *visit* a few negatives together, as the
    windows of Ji et al. (2016) do, which turns most of the work into products of small matrices.
    A row of a matrix is held in vector registers (`Row`).

LLVM's vector types are not reachable from Python, so the first half of this module teaches Numba a
type for a row of `LANES`·n numbers and the few operations on it that the kernels need.
"""

import functools

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

BLOCK = 32  # visitors that meet the same negatives, at most
GROUPS = 2  # of negatives that a block meets one after the other, at least
LANES = 16
_FAST = ("reassoc", "contract", "nsz")
_OPTIONS = {"nogil": True, "cache": True, "boundscheck": False, "error_model": "numpy"}

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_I32, _I64 = ir.IntType(32), ir.IntType(64)


class Row(types.Type):
    """Numba type: `n` vectors of `LANES` float32, in registers as far as they reach."""

    def __init__(self, n):
        self.n = n
        super().__init__(name=f"Row({n})")


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager, row):
        super().__init__(manager, row, ir.ArrayType(_VECTOR, row.n))


def _pointers(context, builder, array_type, array, index_type, index, n):
    """Addresses of the vectors of row `index` of a C-contiguous float32 matrix."""
    matrix = context.make_array(array_type)(context, builder, array)
    stride = cgutils.unpack_tuple(builder, matrix.strides, 2)[0]
    index = context.cast(builder, index, index_type, types.intp)
    base = builder.add(builder.ptrtoint(matrix.data, _I64), builder.mul(index, stride))
    first = builder.inttoptr(base, _VECTOR.as_pointer())
    return [builder.gep(first, [_I64(k)]) for k in range(n)]


def _map(builder, row_type, function):
    """Row whose k-th vector is ``function(k)``."""
    row = ir.Constant(ir.ArrayType(_VECTOR, row_type.n), ir.Undefined)
    for k in range(row_type.n):
        row = builder.insert_value(row, function(k), k)
    return row


def _shuffle(builder, a, b, lanes):
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(lanes)), lanes))


def _all_lanes(builder, scalar):
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    return _shuffle(builder, builder.insert_element(undefined, scalar, _I32(0)), undefined, [0] * LANES)


def _products(builder, n, x, y):
    """One vector whose lanes add up to x · y; `x` and `y` give the k-th vector of each."""
    total = builder.fmul(x(0), y(0), flags=_FAST)
    for k in range(1, n):
        total = builder.fadd(total, builder.fmul(x(k), y(k), flags=_FAST), flags=_FAST)
    return total


@intrinsic(prefer_literal=True)
def row_of(typing_context, matrix, index, width):
    """Row `index` of a float32 matrix whose rows hold `width` numbers, a multiple of `LANES`."""
    if not isinstance(width, types.IntegerLiteral):
        return None
    row = Row(width.literal_value // LANES)

    def code(context, builder, signature, args):
        at = _pointers(context, builder, matrix, args[0], signature.args[1], args[1], row.n)
        return _map(builder, row, lambda k: builder.load(at[k], align=4))

    return row(matrix, index, width), code


@intrinsic(prefer_literal=True)
def zeros(typing_context, width):
    """Row of zeros."""
    if not isinstance(width, types.IntegerLiteral):
        return None
    row = Row(width.literal_value // LANES)

    def code(context, builder, signature, args):
        return ir.Constant(ir.ArrayType(_VECTOR, row.n), None)

    return row(width), code


@intrinsic
def put(typing_context, matrix, index, row):
    """Write `row` to row `index` of `matrix`."""

    def code(context, builder, signature, args):
        at = _pointers(context, builder, matrix, args[0], signature.args[1], args[1], row.n)
        for k in range(row.n):
            builder.store(builder.extract_value(args[2], k), at[k], align=4)
        return context.get_dummy_value()

    return types.none(matrix, index, row), code


@intrinsic
def add(typing_context, total, factor, row):
    """Sum total + factor · row."""

    def code(context, builder, signature, args):
        factors = _all_lanes(builder, args[1])

        def one(k):
            product = builder.fmul(factors, builder.extract_value(args[2], k), flags=_FAST)
            return builder.fadd(builder.extract_value(args[0], k), product, flags=_FAST)

        return _map(builder, row, one)

    return row(row, types.float32, row), code


@intrinsic
def dot(typing_context, x, y):
    """Inner product of two rows."""

    def code(context, builder, signature, args):
        sums = _products(
            builder, x.n, *(functools.partial(builder.extract_value, args[side]) for side in (0, 1))
        )
        width = LANES
        while width > 1:
            width //= 2
            low, high = (_shuffle(builder, sums, sums, list(range(f, f + width))) for f in (0, width))
            sums = builder.fadd(low, high, flags=_FAST)
        return builder.extract_element(sums, _I32(0))

    return types.float32(x, y), code


@intrinsic
def two_by_four(typing_context, x, y, matrix, index, out, place, stride):
    """Products of rows `x` and `y` with rows `index` … `index` + 3, four numbers each.

    They go to ``out[place]`` … and ``out[place + stride]`` …
    """

    def code(context, builder, signature, args):
        at = [context.cast(builder, args[k], signature.args[k], types.intp) for k in (3, 5, 6)]
        pointers = [
            _pointers(context, builder, matrix, args[2], types.intp, builder.add(at[0], _I64(r)), x.n)
            for r in range(4)
        ]
        sums = [[None] * 4 for _ in range(2)]
        for k in range(x.n):  # few vectors alive at a time, so that they stay in registers
            for r in range(4):
                y_k = builder.load(pointers[r][k], align=4)
                for side in (0, 1):
                    product = builder.fmul(builder.extract_value(args[side], k), y_k, flags=_FAST)
                    old = sums[side][r]
                    sums[side][r] = builder.fadd(old, product, flags=_FAST) if k else product

        def beside(p, q, half):  # the sums of p, then those of q, each in half as many lanes
            low = [i for first in range(0, LANES, 2 * half) for i in range(first, first + half)]
            low += [LANES + i for i in low]
            low, high = (_shuffle(builder, p, q, [i + shift for i in low]) for shift in (0, half))
            return builder.fadd(low, high, flags=_FAST)

        def fours(a, b, c, d):
            four = beside(beside(a, b, 8), beside(c, d, 8), 4)
            for half in (2, 1):
                turned = _shuffle(builder, four, four, [i ^ half for i in range(LANES)])
                four = builder.fadd(four, turned, flags=_FAST)
            return _shuffle(builder, four, four, [0, 4, 8, 12])

        data = context.make_array(out)(context, builder, args[4]).data
        for four, place_ in ((fours(*sums[0]), at[1]), (fours(*sums[1]), builder.add(at[1], at[2]))):
            target = builder.bitcast(builder.gep(data, [place_]), four.type.as_pointer())
            builder.store(four, target, align=4)
        return context.get_dummy_value()

    return types.none(x, y, matrix, index, out, place, stride), code


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


@functools.cache
def preparation(classes):
    """Kernel that turns sentences into pairs and visits, for a vocabulary in 1, 2 or 4 `classes`."""

    @numba.njit(**_OPTIONS)
    def prepare(
        ids,
        offsets,
        first,
        last,
        keep,
        window,
        key,
        kept,
        reach,
        packed,
        starts,
        turns,
        visitors,
        weights,
        centres,
        outside,
    ):
        """Subsample sentences `first` … `last` − 1, draw windows and sort what is to be done.

        A word at place t of the text is kept if the upper half of the bits drawn for ``key + t`` is at
        most ``keep[id]``; the lower half gives its window, 1 … `window`. From ``turns[a]`` on stand
        the `visitors` of class a, centre words, with the number of their pairs in `weights`; from
        ``starts[k]`` on, k = a · classes + b, the pairs of `centres` of class a and `outside` words of
        class b; all in the order of the text. `kept`, `reach` (2 columns) and `packed` are scratch.
        """
        n = 0
        starts[:] = turns[:] = 0
        for s in range(first, last):
            begin = n
            for t in range(offsets[s], offsets[s + 1]):
                bits = _mixed(key + np.uint64(t))
                kept[n] = ids[t]
                reach[n, 0] = 1 + _below(bits, window)
                n += (bits >> np.uint64(32)) <= keep[ids[t]]
            # The words of each class up to here, 16 bits a class: a difference counts those of a window.
            total = np.uint64(0)
            for i in range(begin, n):
                packed[i - begin] = total
                total += np.uint64(1) << np.uint64(16 * (kept[i] % classes))
            packed[n - begin] = total
            for i in range(begin, n):
                low, high = max(begin, i - reach[i, 0]), min(n, i + reach[i, 0] + 1)
                reach[i, 0], reach[i, 1] = low, high
                a = kept[i] % classes
                counts = packed[high - begin] - packed[low - begin] - (np.uint64(1) << np.uint64(16 * a))
                turns[a] += high - low > 1
                for b in range(classes):
                    starts[a * classes + b] += np.int64((counts >> np.uint64(16 * b)) & np.uint64(0xFFFF))
        visits = pairs = 0
        for a in range(classes + 1):
            turns[a], visits = visits, visits + turns[a]
        for k in range(classes * classes + 1):
            starts[k], pairs = pairs, pairs + starts[k]
        visit, pair = turns.copy(), starts.copy()
        for i in range(n):
            low, high, a = reach[i, 0], reach[i, 1], kept[i] % classes
            if high - low > 1:
                visitors[visit[a]], weights[visit[a]] = kept[i], high - low - 1
                visit[a] += 1
            for j in range(low, high):
                if j != i:
                    k = a * classes + kept[j] % classes
                    centres[pair[k]], outside[pair[k]] = kept[i], kept[j]
                    pair[k] += 1

    return prepare


@numba.njit(inline="always")
def _sigmoid_and_softplus(x):
    """σ(x) and log(1 + e^x) in float32, to 1e-6, from a polynomial for e^(−|x|/64)."""
    y = min(abs(x), np.float32(30)) * np.float32(-1 / 64)
    e = np.float32(1 / 6) + y * (np.float32(1 / 24) + y * np.float32(1 / 120))
    e = np.float32(1) + y * (np.float32(1) + y * (np.float32(1 / 2) + y * e))
    for _ in range(6):
        e *= e
    t = e / (np.float32(2) + e)  # log(1 + e) = 2 artanh t
    q = t * t
    log = np.float32(1 / 7) + q * (np.float32(1 / 9) + q * np.float32(1 / 11))
    log = np.float32(2) * t * (np.float32(1) + q * (np.float32(1 / 3) + q * (np.float32(1 / 5) + q * log)))
    upper = np.float32(1) / (np.float32(1) + e)
    return (upper if x > 0 else e * upper), log + max(x, np.float32(0))


@functools.cache
def bucket_steps(width, shared):
    """Kernel that works through a bucket, with `shared` negatives a group and rows of `width` numbers.

    Both are constants of the compiled code. `shared` is a multiple of 4 and `width` of `LANES`; what
    exceeds the dimension is zero and stays so.
    """

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "nnan", "ninf", "arcp"}, **_OPTIONS)
    def steps(
        V,
        U,
        visitors,
        weights,
        centres,
        outside,
        visits,
        pairs,
        prob,
        alias,
        classes,
        b,
        share,
        rates,
        key,
        sizes,
        rows,
        scores,
    ):
        """Work through a bucket in place; return the summed loss.

        `visits` and `pairs` say where its visits and its pairs begin and end. Each block of ``sizes[0]``
        visitors (at most `BLOCK`) meets ``sizes[1]`` groups of `shared` negatives of class `b`, drawn by the
        alias method (`prob`, `alias`), each of which counts ``weight · share`` times for a visitor; then
        comes as large a share of the pairs, ``sizes[2]`` (at most ``scores.size``) at a time. All scores of
        a group, and of pairs at a time, are those of its start. The rate goes from ``rates[0]`` to
        ``rates[1]``.
        `rows` (shared + BLOCK, width) and `scores` (at least BLOCK · shared) are scratch.
        """
        negatives, counts = np.empty(shared, np.int64), np.empty(BLOCK * shared, np.float32)
        total = 0.0
        n_blocks = max(1, -(-(visits[1] - visits[0]) // sizes[0]))
        done = pairs[0]
        for block in range(n_blocks):
            rate = rates[0] + (rates[1] - rates[0]) * np.float32(block) / np.float32(n_blocks)
            first = visits[0] + block * sizes[0]
            n = min(sizes[0], visits[1] - first)
            loss = np.float32(0)
            for i in range(n):
                counts[i * shared : (i + 1) * shared] = weights[first + i] * share
            for _ in range(sizes[1]):
                for m in range(shared):
                    key += np.uint64(1)
                    bits = _mixed(key)
                    j = _below(bits, prob.size)
                    if (bits >> np.uint64(32)) > prob[j]:
                        j = alias[j]
                    negatives[m] = j * classes + b
                    put(rows, m, row_of(U, negatives[m], width))
                for i in range(n):
                    put(rows, shared + i, row_of(V, visitors[first + i], width))
                for i in range(0, n, 2):  # two rows at a time; the last may have a left-over neighbour
                    v, w = row_of(rows, shared + i, width), row_of(rows, shared + i + 1, width)
                    for m in range(0, shared, 4):
                        two_by_four(v, w, rows, m, scores, i * shared + m, shared)
                for j in range(n * shared):
                    slope, cost = _sigmoid_and_softplus(scores[j])
                    loss += counts[j] * cost
                    scores[j] = -rate * counts[j] * slope
                for m in range(0, shared, 2):
                    change, other = zeros(width), zeros(width)
                    for i in range(n):
                        v = row_of(rows, shared + i, width)
                        change = add(change, scores[i * shared + m], v)
                        other = add(other, scores[i * shared + m + 1], v)
                    put(U, negatives[m], add(change, np.float32(1), row_of(U, negatives[m], width)))
                    put(U, negatives[m + 1], add(other, np.float32(1), row_of(U, negatives[m + 1], width)))
                for i in range(0, n, 2):
                    change, other = zeros(width), zeros(width)
                    for m in range(shared):
                        u = row_of(rows, m, width)
                        change = add(change, scores[i * shared + m], u)
                        other = add(other, scores[(i + 1) * shared + m], u)
                    v = visitors[first + i]
                    put(V, v, add(change, np.float32(1), row_of(V, v, width)))
                    if i + 1 < n:
                        v = visitors[first + i + 1]
                        put(V, v, add(other, np.float32(1), row_of(V, v, width)))
            end = pairs[0] + (pairs[1] - pairs[0]) * (block + 1) // n_blocks
            while done < end:
                n = min(end - done, sizes[2])
                for j in range(n):
                    v = row_of(V, centres[done + j], width)
                    scores[j] = dot(v, row_of(U, outside[done + j], width))
                for j in range(n):
                    slope, cost = _sigmoid_and_softplus(-scores[j])
                    loss += cost
                    scores[j] = rate * slope
                for j in range(n):
                    v, u = row_of(V, centres[done + j], width), row_of(U, outside[done + j], width)
                    put(V, centres[done + j], add(v, scores[j], u))
                    put(U, outside[done + j], add(u, scores[j], v))
                done += n
            total += loss
        return total

    return steps
