"""Numba kernels of a training over workers, where each matrix is held in partitions. They check nothing."""

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from .skipgram_kernels import draw_negative

_OPTIONS = {**OPTIONS, "error_model": "numpy"}


@numba.njit(**_OPTIONS)
def mark_rows(outside, begin, end, key, n_drawn, noise, marks):
    """Mark the rows of a partition of U that a bucket reads: ``marks[row] = 1``, in place.

    `outside` has the rows of the outside words of the pairs, of which those from `begin` to `end` are of
    the bucket. Its negatives are drawn `n_drawn` times, as `bucket_steps` draws them from `key`; `noise` is
    (prob, alias, 0), so that the draws are rows of the partition.
    """
    for j in range(begin, end):
        marks[outside[j]] = 1
    for _ in range(n_drawn):
        key += np.uint64(1)
        marks[draw_negative(key, noise)] = 1


@numba.njit(**_OPTIONS)
def compose_contexts(near, means, before, starts, contexts, n_rows, a, n):
    """Set rows of `means` and `before`, which have those of partition `a`, as `cbow_kernels.compose` does.

    `near` is the vectors of the context words, and the place of each word among them.
    """
    vectors, place = near
    width = vectors.shape[1]
    total = np.empty_like(vectors[0])
    for r in range(a, n_rows, n):
        total[:] = 0
        for m in range(starts[r], starts[r + 1]):
            row = vectors[place[contexts[m]]]
            for k in range(width):
                total[k] += row[k]
        part = vectors.dtype.type(1) / vectors.dtype.type(starts[r + 1] - starts[r])
        mean, old = means[r // n], before[r // n]
        for k in range(width):
            mean[k] = old[k] = part * total[k]


@numba.njit(**_OPTIONS)
def distribute_contexts(V, moves, starts, contexts, n_rows, first, end):
    """Move the context words of a partition by `moves`, of all means, as `cbow_kernels.distribute` does.

    `V` has the rows from `first` to `end` of the whole.
    """
    dim = moves.shape[1]
    move = np.empty_like(moves[0])
    for r in range(n_rows):
        part = V.dtype.type(1) / V.dtype.type(starts[r + 1] - starts[r])
        for k in range(dim):
            move[k] = part * moves[r, k]
        for m in range(starts[r], starts[r + 1]):
            if first <= contexts[m] < end:
                row = V[contexts[m] - first]
                for k in range(dim):
                    row[k] += move[k]


@numba.njit(**_OPTIONS)
def add_to_ngrams(moves, ngram_rows, offsets, members, words):
    """Add the move of each word to the rows of its n-grams, as `subword_kernels.distribute` does."""
    width = ngram_rows.shape[1]
    for j in range(len(words)):
        for m in range(offsets[words[j]], offsets[words[j] + 1]):
            gram = ngram_rows[members[m]]
            for k in range(width):
                gram[k] += moves[j, k]
