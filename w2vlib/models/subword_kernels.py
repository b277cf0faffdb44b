"""Numba kernels for words whose vector is a mean of rows: bare arrays in, arrays changed in place.

A word w has its own row of `word_rows` and those of its n-grams in `ngram_rows`, numbered by
``members[offsets[w]:offsets[w + 1]]``. Rows have whole vectors of `simd.LANES` numbers and are read in
pieces that fit into registers. They check nothing.
"""

import functools

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from .simd import add, piece_of, pieces, put, times

_OPTIONS = {**OPTIONS, "error_model": "numpy"}
_SUMS = 8192  # a power of 2


@numba.njit(**_OPTIONS)
def distinct(words, n, seen, stamp, found, n_found):
    """Append those of the first `n` words not marked with `stamp` in `seen` to `found`; return its length."""
    for i in range(n):
        if seen[words[i]] != stamp:
            seen[words[i]] = stamp
            found[n_found] = words[i]
            n_found += 1
    return n_found


@numba.njit(**_OPTIONS)
def mark_windows(text, window, least, ngrams, marks, job, jobs):
    """Mark windows of the text where a crowd may be: ``marks[k]``, for those with number k % jobs = job.

    N-grams are counted in few numbers, which stay in the nearest cache: no n-gram occurs more often than the
    largest of these. See `find_crowds`.
    """
    offsets, members = ngrams
    sums = np.empty(_SUMS, np.uint32)
    for k in range(job, marks.size, jobs):
        sums[:] = 0
        for w in text[k * window : (k + 1) * window]:
            for m in range(np.uint64(offsets[w]), np.uint64(offsets[w + 1])):
                sums[np.uint64(members[m]) & np.uint64(_SUMS - 1)] += np.uint32(1)
        largest = np.uint32(0)
        for i in range(_SUMS):
            largest = max(largest, sums[i])
        marks[k] = largest >= least


@numba.njit(**_OPTIONS)
def find_crowds(text, window, least, ngrams, marks, last, scratch):
    """Find words that share n-grams with many others near them; set their crowds, and list them.

    `text` are words in their order. A word's crowd is how often other words occur that have one of its
    n-grams, as a mean over its rows (`ngrams` are their offsets and members). Words are in a crowd where it
    is at least `least` among `window` words of the text. Then it is set to that among all words that are in a
    crowd anywhere in the text. Returns their number, and the last mark used. Only windows are looked at that
    `mark_windows` has marked.

    `scratch` is met (2, n_ngrams), counts (2, n_vocab), crowds (n_vocab,) and the list (n_vocab,), changed in
    place. The first row of met has a mark and a count in each number, where marks above `last` are new; its
    second row and the counts are zero before and after.
    """
    offsets, members = ngrams
    (here, everywhere), counts, crowds, found = scratch
    n_found, room = 0, window + 1
    for k in range(marks.size):
        if not marks[k]:
            continue
        some = text[k * window : (k + 1) * window]
        last += 1
        nothing = last * room
        for w in some:
            counts[0, w] += 1
            for m in range(offsets[w], offsets[w + 1]):
                here[members[m]] = max(here[members[m]], nothing) + 1
        for w in some:
            n, n_rows, others = counts[0, w], 1 + offsets[w + 1] - offsets[w], 0
            counts[0, w] = 0
            for m in range(offsets[w], offsets[w + 1]):
                others += here[members[m]] - nothing - n
            if n == 0 or others < least * n_rows:
                continue
            if counts[1, w] == 0:
                found[n_found] = w
                n_found += 1
            counts[1, w] += n
            for m in range(offsets[w], offsets[w + 1]):
                everywhere[members[m]] += n
    for w in found[:n_found]:
        others = 0
        for m in range(offsets[w], offsets[w + 1]):
            others += everywhere[members[m]] - counts[1, w]
        crowds[w] = others / (1 + offsets[w + 1] - offsets[w])
    for w in found[:n_found]:
        counts[1, w] = 0
        for m in range(offsets[w], offsets[w + 1]):
            everywhere[members[m]] = 0
    return n_found, last


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
    def move_pieces(V, before, word_rows, ngram_rows, offsets, members, words, factors, start):
        one = V.dtype.type(1)
        for i in range(len(words)):
            w = words[i]
            moved = add(piece_of(V, w, start, n), -one, piece_of(before, w, start, n))
            move = times(factors[i], moved)
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


def distribute(V, before, word_rows, ngram_rows, offsets, members, words, factors, job, jobs):
    """Move every row of a mean by what its word has moved, V − before: with factor 1, the mean moves as far.

    A job changes its part of every row of `word_rows` and `ngram_rows`, in the order of `words`; `factors`
    has one for each of these, of the type of the rows.
    """
    for start, n in pieces(V.shape[1], job, jobs):
        _distribution(n)(V, before, word_rows, ngram_rows, offsets, members, words, factors, start)
