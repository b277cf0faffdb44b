"""Numba kernels for words whose vector is a mean of rows: bare arrays in, arrays changed in place.

A word w has its own row of `word_rows` and those of its n-grams in `ngram_rows`, numbered by
``members[offsets[w]:offsets[w + 1]]``. Rows have whole vectors of `simd.LANES` numbers and are read in
pieces that fit into registers. They check nothing.
"""

import functools

import numba

from ..utils.compilation import OPTIONS
from .simd import add, piece_of, pieces, put, times

_OPTIONS = {**OPTIONS, "error_model": "numpy"}


@numba.njit(**_OPTIONS)
def distinct(words, n, seen, stamp, found, n_found):
    """Append those of the first `n` words not marked with `stamp` in `seen` to `found`; return its length."""
    for i in range(n):
        if seen[words[i]] != stamp:
            seen[words[i]] = stamp
            found[n_found] = words[i]
            n_found += 1
    return n_found


@functools.cache
def _composition(n):
    """Kernel that sums `n` vectors of each row, from vector number `start`; see `compose`."""

    @numba.njit(**_OPTIONS)
    def sum_pieces(V, before, word_rows, ngram_rows, offsets, members, words, start, job, jobs):
        one = V.dtype.type(1)
        for i in range(job, len(words), jobs):
            w = words[i]
            total = piece_of(word_rows, w, start, n)
            for m in range(offsets[w], offsets[w + 1]):
                total = add(total, one, piece_of(ngram_rows, members[m], start, n))
            mean = times(one / V.dtype.type(1 + offsets[w + 1] - offsets[w]), total)
            put(V, w, start, mean)
            put(before, w, start, mean)

    return sum_pieces


@functools.cache
def _distribution(n):
    """Kernel that moves `n` vectors of each row, from vector number `start`; see `distribute`."""

    @numba.njit(**_OPTIONS)
    def move_pieces(V, before, word_rows, ngram_rows, offsets, members, words, start):
        one = V.dtype.type(1)
        for w in words:
            move = add(piece_of(V, w, start, n), -one, piece_of(before, w, start, n))
            put(word_rows, w, start, add(piece_of(word_rows, w, start, n), one, move))
            for m in range(offsets[w], offsets[w + 1]):
                row = piece_of(ngram_rows, members[m], start, n)
                put(ngram_rows, members[m], start, add(row, one, move))

    return move_pieces


def compose(V, before, word_rows, ngram_rows, offsets, members, words, job, jobs):
    """Set the rows of `V` and `before` to the means, for those of `words` whose place % jobs = job."""
    for start, n in pieces(V.shape[1]):
        arrays = V, before, word_rows, ngram_rows, offsets, members, words
        _composition(n)(*arrays, start, job, jobs)


def distribute(V, before, word_rows, ngram_rows, offsets, members, words, job, jobs):
    """Move every row of a mean by what its word has moved: V − before, so that the mean moves as far.

    A job changes its part of every row of `word_rows` and `ngram_rows`, in the order of `words`.
    """
    for start, n in pieces(V.shape[1], job, jobs):
        _distribution(n)(V, before, word_rows, ngram_rows, offsets, members, words, start)
