"""Numba kernels of continuous bag of words (CBOW): bare arrays in, changed in place. They check nothing.

A centre word is predicted from the mean of the input vectors of its context words (Mikolov et al. 2013a).
Each place of the text with a context has a row that holds this mean. `skipgram_kernels.bucket_steps`
trains on these rows as it does on input vectors; then every context word moves by what the mean has moved,
divided by the number of context words, which is the gradient of the mean (İrsoy et al. 2021).
"""

import functools

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from .partitions import sets_of
from .simd import add, piece_of, pieces, put, times, zeros
from .skipgram_kernels import draw_window, largest_shares, to_starts

_OPTIONS = {**OPTIONS, "error_model": "numpy"}


@functools.cache
def preparation(partitions):
    """Kernel that turns sentences into contexts and the words to predict, sorted by partition."""
    sets = sets_of(partitions)
    last_set = np.uint64(sets - 1)

    @numba.njit(**_OPTIONS)
    def prepare(text, first, last, window, key, part, scratch):
        """Subsample sentences `first` … `last` − 1 and draw windows, as `skipgram_kernels.preparation` does.

        `part` and `scratch` are of ``ContextBuffers.part``, the first filled in place: rows with number %
        partitions = a are the centre words of partition a, and each has one pair, with the word to predict.
        The context words of row r are ``contexts[context_starts[r]:context_starts[r + 1]]`` of `scratch`.
        """
        ids, offsets, limits, row_of_id, partition_of, _ = text
        pair_starts, centre_starts, rows, weights, centres, outside = part
        kept, predicted, context_starts, contexts, reach, in_set, shares = scratch
        n_rows = n_contexts = 0
        pair_starts[:] = centre_starts[:] = 0
        context_starts[0] = 0
        for s in range(first, last):
            n = 0
            for t in range(offsets[s], offsets[s + 1]):
                kept[n] = row_of_id[ids[t]]
                is_kept, reach[n, 0], reach[n, 1] = draw_window(key + np.uint64(t), limits[kept[n]], window)
                n += is_kept
            for i in range(n):
                for j in range(max(0, i - reach[i, 0]), min(n, i + reach[i, 0] + 1)):
                    if j != i:
                        contexts[n_contexts] = kept[j]
                        n_contexts += 1
                if n_contexts > context_starts[n_rows]:
                    predicted[n_rows] = kept[i]
                    in_set[n_rows] = np.uint64(reach[i, 1]) & last_set
                    a = n_rows % partitions
                    centre_starts[a * sets + in_set[n_rows]] += 1
                    pair_starts[a * partitions + partition_of[kept[i]]] += 1
                    n_rows += 1
                    context_starts[n_rows] = n_contexts
        largest_shares(predicted[:n_rows], partition_of, partitions, shares)
        next_centre, next_pair = to_starts(centre_starts), to_starts(pair_starts)
        for r in range(n_rows):
            a = r % partitions
            k = a * sets + in_set[r]
            rows[next_centre[k]], weights[next_centre[k]] = r, 1
            next_centre[k] += 1
            k = a * partitions + partition_of[predicted[r]]
            centres[next_pair[k]], outside[next_pair[k]] = r, predicted[r]
            next_pair[k] += 1

    return prepare


@functools.cache
def _composition(n):
    """Kernel that sums `n` vectors of each row, from vector number `start`; see `compose`."""

    @numba.njit(**_OPTIONS)
    def sum_pieces(V, means, before, starts, contexts, n_rows, start, job, jobs):
        one = V.dtype.type(1)
        for r in range(job, n_rows, jobs):
            total = zeros(V, n)
            for m in range(starts[r], starts[r + 1]):
                total = add(total, one, piece_of(V, contexts[m], start, n))
            mean = times(one / V.dtype.type(starts[r + 1] - starts[r]), total)
            put(means, r, start, mean)
            put(before, r, start, mean)

    return sum_pieces


@functools.cache
def _distribution(n):
    """Kernel that moves `n` vectors of each row, from vector number `start`; see `distribute`."""

    @numba.njit(**_OPTIONS)
    def move_pieces(V, means, before, starts, contexts, n_rows, start):
        one = V.dtype.type(1)
        for r in range(n_rows):
            moved = add(piece_of(means, r, start, n), -one, piece_of(before, r, start, n))
            move = times(one / V.dtype.type(starts[r + 1] - starts[r]), moved)
            for m in range(starts[r], starts[r + 1]):
                put(V, contexts[m], start, add(piece_of(V, contexts[m], start, n), one, move))

    return move_pieces


def compose(V, means, before, starts, contexts, n_rows, job, jobs):
    """Set rows of `means` and `before` to the means of rows of `V`, for rows with number % jobs = job."""
    for start, n in pieces(V.shape[1]):
        _composition(n)(V, means, before, starts, contexts, n_rows, start, job, jobs)


def distribute(V, means, before, starts, contexts, n_rows, job, jobs):
    """Move the context words of every row by means − before, divided by their number.

    A job changes its part of every row of `V`, in the order of the rows of `means`.
    """
    for start, n in pieces(V.shape[1], job, jobs):
        _distribution(n)(V, means, before, starts, contexts, n_rows, start)
