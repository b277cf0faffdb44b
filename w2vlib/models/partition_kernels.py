"""Numba kernels of a training over workers, where each matrix is held in partitions. They check nothing."""

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from .skipgram_kernels import draw_negative


@numba.njit(**OPTIONS)
def mark_rows(outside, begin, end, key, n_drawn, noise, marks):
    """Mark the rows of a partition of U that a bucket reads: ``marks[row] = 1``, in place.

    `outside` has the rows of the outside words of the pairs, of which those from `begin` to `end` are of
    the bucket. Its negatives are drawn `n_drawn` times, as `bucket_steps` draws them from `key`; `noise` is
    (prob, alias, 1, 0), so that the draws are rows of the partition.
    """
    for j in range(begin, end):
        marks[outside[j]] = 1
    for _ in range(n_drawn):
        key += np.uint64(1)
        marks[draw_negative(key, noise)] = 1
