"""Numba kernels for words whose vector is a mean of rows: bare arrays in, arrays changed in place.

A word w has its own row of `word_rows` and those of its n-ngram_rows in `ngram_rows`, numbered by
``members[offsets[w]:offsets[w + 1]]``. They check nothing.
"""

import numba
import numpy as np

from ..utils.compilation import OPTIONS

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


@numba.njit(**_OPTIONS)
def compose(V, before, word_rows, ngram_rows, offsets, members, words, job, jobs):
    """Set the rows of `V` and `before` to the means, for those of `words` with word % jobs = job."""
    width = V.shape[1]
    total = np.empty_like(V[0])
    for w in words:
        if w % jobs == job:
            total[:] = word_rows[w]
            for m in range(offsets[w], offsets[w + 1]):
                gram = ngram_rows[members[m]]
                for k in range(width):
                    total[k] += gram[k]
            part = V.dtype.type(1) / V.dtype.type(1 + offsets[w + 1] - offsets[w])
            row, old = V[w], before[w]
            for k in range(width):
                row[k] = old[k] = part * total[k]


@numba.njit(**_OPTIONS)
def distribute(V, before, word_rows, ngram_rows, offsets, members, words, job, jobs):
    """Move every row of a mean by what its word has moved: V − before, so that the mean moves as far.

    Rows of `word_rows` and `ngram_rows` with number % jobs = job are changed, in the order of `words`.
    """
    width = V.shape[1]
    move = np.empty_like(V[0])
    for w in words:
        row, old = V[w], before[w]
        for k in range(width):
            move[k] = row[k] - old[k]
        if w % jobs == job:
            mine = word_rows[w]
            for k in range(width):
                mine[k] += move[k]
        for m in range(offsets[w], offsets[w + 1]):
            if members[m] % jobs == job:
                gram = ngram_rows[members[m]]
                for k in range(width):
                    gram[k] += move[k]
