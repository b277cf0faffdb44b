"""Numba kernels of the fast trainer: bare arrays in, arrays changed in place. They check nothing.

What is drawn
    A word of the text is drawn by mixing the seed with its place (SplitMix64, Steele, Lea & Flood
    2014), not by a generator that moves on, so any part of the text can be prepared by any thread.

What is computed
    A *visit* is one occurrence of a centre word together with those of its outside words that
    belong to one class of the vocabulary (the id modulo the number of classes). `BLOCK` visits share a
    few negatives, as windows do in Ji et al. (2016), which turns most of the work into products of
    small matrices. A row of a matrix is held in vector registers (`Row`).

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

BLOCK = 32
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
def four_dots(typing_context, x, matrix, index, out, place):
    """Write the products of `x` with rows `index` … `index` + 3 to ``out[place : place + 4]``."""

    def code(context, builder, signature, args):
        def sums_of(r):
            here = builder.add(context.cast(builder, args[2], index, types.intp), _I64(r))
            at = _pointers(context, builder, matrix, args[1], types.intp, here, x.n)
            return _products(
                builder,
                x.n,
                lambda k: builder.extract_value(args[0], k),
                lambda k: builder.load(at[k], align=4),
            )

        def beside(p, q, half):  # the sums of p, then those of q, each in half as many lanes
            low = [i for first in range(0, LANES, 2 * half) for i in range(first, first + half)]
            low += [LANES + i for i in low]
            low, high = (_shuffle(builder, p, q, [i + shift for i in low]) for shift in (0, half))
            return builder.fadd(low, high, flags=_FAST)

        a, b, c, d = map(sums_of, range(4))
        sums = beside(beside(a, b, 8), beside(c, d, 8), 4)
        for half in (2, 1):
            sums = builder.fadd(
                sums, _shuffle(builder, sums, sums, [i ^ half for i in range(LANES)]), flags=_FAST
            )
        place_ = context.cast(builder, args[4], place, types.intp)
        data = context.make_array(out)(context, builder, args[3]).data
        four = _shuffle(builder, sums, sums, [0, 4, 8, 12])
        target = builder.bitcast(builder.gep(data, [place_]), four.type.as_pointer())
        builder.store(four, target, align=4)
        return context.get_dummy_value()

    return types.none(x, matrix, index, out, place), code


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
    """Kernel that turns sentences into visits, for a vocabulary in `classes` classes (1 to 4)."""

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
        centres,
        ends,
        pairs,
        outside,
    ):
        """Subsample sentences `first` … `last` − 1, draw windows and sort their pairs into visits.

        A word at place t of the text is kept if the upper half of the bits drawn for ``key + t`` is at
        most ``keep[id]``; the lower half gives its window, 1 … `window`. Bucket (a, b) of the visits
        holds, in the order of the text, those of centre words of class a to outside words of class b:
        visits ``starts[k, 0]`` … and outside words ``starts[k, 1]`` … for k = a · classes + b. Every
        centre word with a context visits every class, for the sake of the negatives there. Of a visit
        are filled: ``centres``, the id; ``ends``, where its outside words end; ``pairs``, the number of
        outside words of all classes. `kept`, `reach` (2 columns) and `packed` are scratch.
        """
        n = 0
        starts[:] = 0
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
                if high - low > 1:
                    a = kept[i] % classes
                    counts = packed[high - begin] - packed[low - begin] - (np.uint64(1) << np.uint64(16 * a))
                    for b in range(classes):
                        starts[a * classes + b, 0] += 1
                        starts[a * classes + b, 1] += np.int64(
                            (counts >> np.uint64(16 * b)) & np.uint64(0xFFFF)
                        )
        visits = words = 0
        for k in range(classes * classes + 1):
            starts[k, 0], visits = visits, visits + starts[k, 0]
            starts[k, 1], words = words, words + starts[k, 1]
        visit, word = starts[:, 0].copy(), starts[:, 1].copy()
        for i in range(n):
            low, high = reach[i, 0], reach[i, 1]
            if high - low > 1:
                a = kept[i] % classes
                for j in range(low, high):
                    if j != i:
                        k = a * classes + kept[j] % classes
                        outside[word[k]] = kept[j]
                        word[k] += 1
                for k in range(a * classes, (a + 1) * classes):
                    centres[visit[k]] = kept[i]
                    ends[visit[k]] = word[k]
                    pairs[visit[k]] = high - low - 1
                    visit[k] += 1

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
def visit_steps(width, shared):
    """Kernel that makes visits with `shared` negatives a block (multiple of 4), rows of `width` numbers.

    Both are constants of the compiled code. `width` is a multiple of `LANES`; what exceeds the
    dimension is zero and stays so.
    """

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "nnan", "ninf", "arcp"}, **_OPTIONS)
    def visit(
        V,
        U,
        centres,
        ends,
        pairs,
        outside,
        first,
        last,
        word,
        prob,
        alias,
        classes,
        b,
        share,
        rates,
        key,
        rows,
        numbers,
    ):
        """Make visits `first` … `last` − 1, block by block, in place; return the summed loss.

        A block's scores are those of its start. Then each visit in turn subtracts rate · gradient
        from its outside words' rows of `U`, and at the end of the block the negatives' rows and the
        centres' rows of `V` get theirs. The shared negatives are drawn from class `b` by the alias
        method (`prob`, `alias`); each counts ``pairs · share`` times for a visit. The rate goes
        from ``rates[0]`` to ``rates[1]``. `word` is where the first visit's outside words begin;
        `rows` (shared + BLOCK, width) and `numbers` are scratch.
        """
        scores, weights = numbers[: BLOCK * shared], numbers[BLOCK * shared : 2 * BLOCK * shared]
        positive = numbers[2 * BLOCK * shared :]
        negatives = np.empty(shared, np.int64)
        total = 0.0
        for start in range(first, last, BLOCK):
            n = min(BLOCK, last - start)
            rate = rates[0] + (rates[1] - rates[0]) * np.float32(start - first) / np.float32(last - first)
            for m in range(shared):
                key += np.uint64(1)
                bits = _mixed(key)
                j = _below(bits, prob.size)
                if (bits >> np.uint64(32)) > prob[j]:
                    j = alias[j]
                negatives[m] = j * classes + b
                put(rows, m, row_of(U, negatives[m], width))
            at = word
            for i in range(n):
                v = row_of(V, centres[start + i], width)
                for m in range(0, shared, 4):
                    four_dots(v, rows, m, scores, i * shared + m)
                for m in range(shared):
                    weights[i * shared + m] = pairs[start + i] * share
                for p in range(at, ends[start + i]):
                    positive[p - word] = dot(v, row_of(U, outside[p], width))
                at = ends[start + i]
            loss = np.float32(0)
            for j in range(n * shared):  # from here on: −rate · weight · dJ/dscore
                slope, cost = _sigmoid_and_softplus(scores[j])
                loss += weights[j] * cost
                scores[j] = -rate * weights[j] * slope
            for j in range(at - word):
                slope, cost = _sigmoid_and_softplus(-positive[j])
                loss += cost
                positive[j] = rate * slope
            total += loss
            at = word
            for i in range(n):
                v = row_of(V, centres[start + i], width)
                change = zeros(width)
                for m in range(shared):
                    change = add(change, scores[i * shared + m], row_of(rows, m, width))
                for p in range(at, ends[start + i]):
                    u = row_of(U, outside[p], width)
                    change = add(change, positive[p - word], u)
                    put(U, outside[p], add(u, positive[p - word], v))
                at = ends[start + i]
                put(rows, shared + i, change)
            for m in range(shared):
                u = row_of(U, negatives[m], width)
                for i in range(n):
                    u = add(u, scores[i * shared + m], row_of(V, centres[start + i], width))
                put(U, negatives[m], u)
            for i in range(n):
                v = row_of(V, centres[start + i], width)
                put(V, centres[start + i], add(v, np.float32(1), row_of(rows, shared + i, width)))
            word = at
        return total

    return visit
