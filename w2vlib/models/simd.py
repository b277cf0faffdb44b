"""Vector registers in Numba: a type for `LANES`·n numbers of a row, and operations on it.

LLVM's vector types are not reachable from Python, so this module declares one (`Row`) and the few
operations that the kernels of `skipgram_kernels` need, for float32 and, to check gradients, for float64.
They check nothing.

The result of each has the same bits on every processor: products are added by fused multiply-add, which
rounds once, in an order that is written down here, and no flag allows LLVM to change it. A processor
with narrower registers, or none for vectors, does the same operations in more instructions.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.registry import cpu_target
from numba.extending import intrinsic, models, register_model

LANES = 16  # numbers in a vector: in one register, or in several of narrower ones
# How many sums are computed at a time depends on the registers of the processor that the code is for; the
# order of no sum does. With AVX-512 there are 32 registers for a vector, else 16 for a half or a quarter.
_WIDE = "+avx512f" in cpu_target.target_context.codegen().magic_tuple()[2]
VECTORS = 8 if _WIDE else 2  # of a row, of which two sums and what is added are in registers
_MOST = 2 * VECTORS  # of a row, of which one sum and what is added are in registers
_PRODUCTS = ((0, 1, 2, 3),) if _WIDE else ((0, 1), (2, 3))  # of two rows with four, computed together
_ELEMENTS = {types.float32: (ir.FloatType(), "f32"), types.float64: (ir.DoubleType(), "f64")}
_I32, _I64 = ir.IntType(32), ir.IntType(64)


def pieces(width, job=0, jobs=1):
    """Tell how a loop that sums rows of `width` numbers reads them in pieces that fit into registers.

    Parameters
    ----------
    width : int
        A multiple of `LANES`.
    job, jobs : int
        The vectors of a row are divided among `jobs`; of which to list the pieces. A job may have none.

    Returns
    -------
    list of (int, int)
        Number of the first vector, and vectors, of each piece.

    Examples
    --------
    >>> pieces(112, job=1, jobs=2)
    [(3, 4)]
    """
    n_vectors = width // LANES
    first, last = job * n_vectors // jobs, (job + 1) * n_vectors // jobs
    return [(start, min(_MOST, last - start)) for start in range(first, last, _MOST)]


class Row(types.Type):
    """Numba type: `n` vectors of `LANES` numbers, a row of a matrix or a piece of it, in registers."""

    def __init__(self, n, element):
        self.n, self.element = n, element
        self.vector = ir.VectorType(_ELEMENTS[element][0], LANES)
        super().__init__(name=f"Row({n}, {element})")


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager, row):
        super().__init__(manager, row, ir.ArrayType(row.vector, row.n))


def _fma(builder, row, x, y, z):
    """Make x · y + z, rounded once, of vectors of `row`."""
    signature = ir.FunctionType(row.vector, [row.vector] * 3)
    name = f"llvm.fma.v{LANES}{_ELEMENTS[row.element][1]}"
    return builder.call(cgutils.get_or_insert_function(builder.module, signature, name), (x, y, z))


def _pointers(context, builder, array_type, array, index_type, index, n, start=None):
    """Addresses of `n` vectors of row `index` of a C-contiguous matrix, from its vector number `start`."""
    matrix = context.make_array(array_type)(context, builder, array)
    stride = cgutils.unpack_tuple(builder, matrix.strides, 2)[0]
    index = context.cast(builder, index, index_type, types.intp)
    base = builder.add(builder.ptrtoint(matrix.data, _I64), builder.mul(index, stride))
    vector = ir.VectorType(_ELEMENTS[array_type.dtype][0], LANES)
    first = builder.inttoptr(base, vector.as_pointer())
    if start is not None:
        first = builder.gep(first, [start])
    return [builder.gep(first, [_I64(k)]) for k in range(n)]


def _map(builder, row_type, function):
    """Row whose k-th vector is ``function(k)``."""
    row = ir.Constant(ir.ArrayType(row_type.vector, row_type.n), ir.Undefined)
    for k in range(row_type.n):
        row = builder.insert_value(row, function(k), k)
    return row


def _shuffle(builder, a, b, lanes):
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_I32, len(lanes)), lanes))


def _all_lanes(builder, row, scalar):
    undefined = ir.Constant(row.vector, ir.Undefined)
    return _shuffle(builder, builder.insert_element(undefined, scalar, _I32(0)), undefined, [0] * LANES)


def _lanes_added(builder, vector):
    """Sum of the lanes: the upper half is added to the lower one, and so on."""
    width = LANES
    while width > 1:
        width //= 2
        low, high = (_shuffle(builder, vector, vector, list(range(f, f + width))) for f in (0, width))
        vector = builder.fadd(low, high)
    return builder.extract_element(vector, _I32(0))


@intrinsic
def fused(typing_context, x, y, z):
    """Compute x · y + z, rounded once."""

    def code(context, builder, signature, args):
        return builder.fma(*args)

    return x(x, x, x), code


@intrinsic(prefer_literal=True)
def piece_of(typing_context, matrix, index, start, n):
    """`n` vectors of row `index` of a matrix, from its vector number `start`."""
    if not isinstance(n, types.IntegerLiteral):
        return None
    row = Row(n.literal_value, matrix.dtype)

    def code(context, builder, signature, args):
        first = context.cast(builder, args[2], signature.args[2], types.intp)
        at = _pointers(context, builder, matrix, args[0], signature.args[1], args[1], row.n, first)
        return _map(builder, row, lambda k: builder.load(at[k], align=4))

    return row(matrix, index, start, n), code


@intrinsic(prefer_literal=True)
def zeros(typing_context, matrix, n):
    """`n` vectors of zeros, of the type of `matrix`."""
    if not isinstance(n, types.IntegerLiteral):
        return None
    row = Row(n.literal_value, matrix.dtype)

    def code(context, builder, signature, args):
        return ir.Constant(ir.ArrayType(row.vector, row.n), None)

    return row(matrix, n), code


@intrinsic
def put(typing_context, matrix, index, start, row):
    """Write vectors to row `index` of `matrix`, from its vector number `start`."""

    def code(context, builder, signature, args):
        first = context.cast(builder, args[2], signature.args[2], types.intp)
        at = _pointers(context, builder, matrix, args[0], signature.args[1], args[1], row.n, first)
        for k in range(row.n):
            builder.store(builder.extract_value(args[3], k), at[k], align=4)
        return context.get_dummy_value()

    return types.none(matrix, index, start, row), code


@intrinsic
def add(typing_context, total, factor, row):
    """Sum total + factor · row."""

    def code(context, builder, signature, args):
        factors = _all_lanes(builder, row, args[1])

        def one(k):
            x, z = (builder.extract_value(args[side], k) for side in (2, 0))
            return _fma(builder, row, factors, x, z)

        return _map(builder, row, one)

    return row(row, row.element, row), code


@intrinsic
def times(typing_context, factor, row):
    """Product factor · row."""

    def code(context, builder, signature, args):
        factors = _all_lanes(builder, row, args[0])
        return _map(builder, row, lambda k: builder.fmul(factors, builder.extract_value(args[1], k)))

    return row(row.element, row), code


@intrinsic
def lane_sum(typing_context, row):
    """Sum of the numbers of a row."""

    def code(context, builder, signature, args):
        total = builder.extract_value(args[0], 0)
        for k in range(1, row.n):
            total = builder.fadd(total, builder.extract_value(args[0], k))
        return _lanes_added(builder, total)

    return row.element(row), code


@intrinsic(prefer_literal=True)
def dot(typing_context, matrix, index, other, other_index, n):
    """Inner product of the first `n` vectors of two rows."""
    if not isinstance(n, types.IntegerLiteral):
        return None
    row = Row(n.literal_value, matrix.dtype)

    def code(context, builder, signature, args):
        x, y = (
            _pointers(context, builder, signature.args[k], args[k], signature.args[k + 1], args[k + 1], row.n)
            for k in (0, 2)
        )
        total = None
        for x_k, y_k in zip(x, y, strict=True):
            x_k, y_k = (builder.load(each, align=4) for each in (x_k, y_k))
            total = _fma(builder, row, x_k, y_k, total) if total else builder.fmul(x_k, y_k)
        return _lanes_added(builder, total)

    return matrix.dtype(matrix, index, other, other_index, n), code


@intrinsic(prefer_literal=True)
def two_by_four(typing_context, matrix, first, second, others, index, out, place, stride, n):
    """Products of rows `first` and `second` of a matrix with rows `index` … `index` + 3 of another.

    Each has `n` vectors. The products go to ``out[place]`` … and ``out[place + stride]`` …
    """
    if not isinstance(n, types.IntegerLiteral):
        return None
    x = Row(n.literal_value, matrix.dtype)

    def code(context, builder, signature, args):
        def cast(k):
            return context.cast(builder, args[k], signature.args[k], types.intp)

        def row_at(k, row):
            return _pointers(context, builder, signature.args[k], args[k], types.intp, row, x.n)

        pointers = [row_at(0, cast(1)), row_at(0, cast(2))]
        pointers += [row_at(3, builder.add(cast(4), _I64(r))) for r in range(4)]
        sums = [[None] * 4 for _ in range(2)]
        for some in _PRODUCTS:
            for k in range(x.n):
                x_k = [builder.load(pointers[side][k], align=4) for side in (0, 1)]
                for r in some:
                    y_k = builder.load(pointers[2 + r][k], align=4)
                    for side in (0, 1):
                        old = sums[side][r]
                        sums[side][r] = (
                            _fma(builder, x, x_k[side], y_k, old) if k else builder.fmul(x_k[side], y_k)
                        )

        def beside(p, q, half):  # the sums of p, then those of q, each in half as many lanes
            low = [i for first in range(0, LANES, 2 * half) for i in range(first, first + half)]
            low += [LANES + i for i in low]
            low, high = (_shuffle(builder, p, q, [i + shift for i in low]) for shift in (0, half))
            return builder.fadd(low, high)

        def fours(a, b, c, d):
            four = beside(beside(a, b, 8), beside(c, d, 8), 4)
            for half in (2, 1):
                turned = _shuffle(builder, four, four, [i ^ half for i in range(LANES)])
                four = builder.fadd(four, turned)
            return _shuffle(builder, four, four, [0, 4, 8, 12])

        data = context.make_array(out)(context, builder, args[5]).data
        for four, place_ in ((fours(*sums[0]), cast(6)), (fours(*sums[1]), builder.add(cast(6), cast(7)))):
            target = builder.bitcast(builder.gep(data, [place_]), four.type.as_pointer())
            builder.store(four, target, align=4)
        return context.get_dummy_value()

    return types.none(matrix, first, second, others, index, out, place, stride, n), code
