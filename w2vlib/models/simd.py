"""Vector registers in Numba: a type for a row of `LANES`·n float32 numbers, and operations on it.

LLVM's vector types are not reachable from Python, so this module declares one (`Row`) and the few
operations that the kernels of `skipgram_kernels` need. They check nothing.
"""

import functools

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

LANES = 16  # numbers in a vector register, or in two or four of narrower ones
_FAST = ("reassoc", "contract", "nsz")
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
