"""Memory of the trainer: rows padded to whole vectors and aligned to cache lines."""

import numpy as np

from .simd import LANES
from .skipgram_kernels import BLOCK

_CACHE_LINE, _HUGE_PAGE = 64, 1 << 21


def padded(dim):
    """Length of a stored row: `dim` rounded up to whole vectors.

    Examples
    --------
    >>> padded(100)
    112
    """
    return -dim % LANES + dim


def scratch(n_shared, width, real=np.float32):
    """Memory that a job works in: rows (n_shared, width), scores and costs (n_shared · BLOCK,) each.

    Examples
    --------
    >>> rows, scores, costs = scratch(8, 16)
    >>> rows.shape == (8, 16), scores.shape == costs.shape == (8 * BLOCK,)
    (True, True)
    """
    scores, costs = aligned(n_shared * BLOCK, real), aligned(n_shared * BLOCK, real)
    return aligned((n_shared, width), real), scores, costs


def aligned(shape, real=np.float32):
    """Zeros, float32 or float64, whose first element begins a cache line, or a huge page if they are many.

    Rows are met in random order: with pages of 4 KiB, finding their addresses takes a fifth of the time.

    Examples
    --------
    >>> rows = aligned((3, 16))
    >>> rows.dtype, rows.shape, rows.ctypes.data % 64
    (dtype('float32'), (3, 16), 0)
    """
    size = int(np.prod(shape)) * np.dtype(real).itemsize
    unit = _HUGE_PAGE if size > _HUGE_PAGE // 2 else _CACHE_LINE
    raw = np.empty(size + 2 * unit, np.uint8)  # NumPy asks for huge pages from 4 MiB on
    start = -raw.ctypes.data % unit
    zeros = raw[start : start + size].view(real).reshape(shape)
    zeros[:] = 0
    return zeros


_AT_ONCE = 1 << 20  # numbers


def fill_normal(rows, rng, scale, order=None):
    """Fill rows (n, dim), float32, with approximately normal numbers of standard deviation `scale`, in place.

    Each is a sum of four uniform numbers. NumPy's normal numbers use logarithms, whose last bits differ
    between processors and systems; whole numbers, one product and one rounding do not. The rows are filled in
    their order, or in that of `order`, (n,) int.

    Examples
    --------
    >>> rows = np.zeros((1000, 50), np.float32)
    >>> fill_normal(rows, np.random.default_rng(0), scale=2.0)
    >>> abs(float(rows.mean())) < 0.05, abs(float(rows.std()) - 2) < 0.05
    (True, True)
    """
    n, dim = rows.shape
    largest = (1 << 16) - 1
    unit = np.float32(scale / np.sqrt((largest + 2) * largest / 3))  # variance of a sum of four
    step = max(1, _AT_ONCE // dim)
    for start in range(0, n, step):
        some = slice(start, start + step) if order is None else order[start : start + step]
        bits = rng.integers(0, 1 << 64, (min(step, n - start), dim), np.uint64, endpoint=False)
        total = np.zeros(bits.shape, np.int32)
        for shift in (0, 16, 32, 48):
            total += ((bits >> np.uint64(shift)) & np.uint64(largest)).astype(np.int32)
        rows[some] = (total - 2 * largest).astype(np.float32) * unit
