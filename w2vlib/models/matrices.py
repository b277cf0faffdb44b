"""Memory of the trainer: float32 rows padded to whole vectors and aligned to cache lines."""

import numpy as np

from .simd import LANES
from .skipgram_kernels import BLOCK

_CACHE_LINE, _HUGE_PAGE = 64, 1 << 21


def padded(dim):
    """Length of a stored row: `dim` rounded up to whole vectors."""
    return -dim % LANES + dim


def scratch(n_shared, width):
    """Memory that a job works in: rows (n_shared + BLOCK, width) and scores (n_shared · BLOCK,), float32."""
    return aligned((n_shared + BLOCK, width)), aligned(n_shared * BLOCK)


def aligned(shape):
    """Float32 zeros whose first element begins a cache line, or a huge page if they are many.

    Rows are met in random order: with pages of 4 KiB, finding their addresses takes a fifth of the time.
    """
    size = int(np.prod(shape)) * 4
    unit = _HUGE_PAGE if size > _HUGE_PAGE // 2 else _CACHE_LINE
    raw = np.empty(size + 2 * unit, np.uint8)  # NumPy asks for huge pages from 4 MiB on
    start = -raw.ctypes.data % unit
    zeros = raw[start : start + size].view(np.float32).reshape(shape)
    zeros[:] = 0
    return zeros
