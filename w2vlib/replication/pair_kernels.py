"""Numba kernel of the tests of pairs: the expected loss with scale and biases, and its derivatives."""

from typing import NamedTuple

import numba
import numpy as np

from ..utils.compilation import OPTIONS


class ExpectedDraws(NamedTuple):
    """What n words are expected to be drawn as, for one pair of centre and outside word.

    The pairs of the text with word w as the outside word are those from ``starts[w]`` to ``starts[w + 1]``.

    Examples
    --------
    >>> zero, one = np.zeros((1, 2)), np.ones(1)  # one word, one pair
    >>> draws = ExpectedDraws(np.array([0, 1]), np.zeros(1), one, 0 * one, zero, zero, one)
    >>> draws.p[draws.starts[0] : draws.starts[1]].tolist()
    [1.0]
    """

    starts: np.ndarray  # (n + 1,) int64
    scores: np.ndarray  # (n_pairs,) float64, u_w·v_i
    p: np.ndarray  # (n_pairs,) float64, draws as an outside word
    q: np.ndarray  # (n_pairs,) float64, draws as a negative beyond those of `weight`, here at most 0
    rows: np.ndarray  # (n, dim) float64, vectors u_w of the words
    centres: np.ndarray  # (n_centres, dim) float64, vectors v_i of centre words of negatives
    weight: np.ndarray  # (n,) float64, draws of each word as a negative of each of these


@numba.njit(**OPTIONS)
def derivatives(a, b, draws, by_b, by_ab, by_bb):
    """Loss of the scores a u_w·v_i + b_w, Eq. (1.23), and its derivatives; the last three are filled.

    Returns
    -------
    (loss, by_a, by_aa)

    Examples
    --------
    >>> zero, one = np.zeros((1, 2)), np.ones(1)  # one word, drawn once as a pair and once as a negative
    >>> draws = ExpectedDraws(np.array([0, 1]), np.zeros(1), one, 0 * one, zero, zero, one)
    >>> by_b, by_ab, by_bb = np.zeros((3, 1))
    >>> loss, by_a, by_aa = derivatives(1.0, np.array([0.0]), draws, by_b, by_ab, by_bb)
    >>> round(loss, 3), by_b.tolist(), by_bb.tolist()  # 2 log 2
    (1.386, [0.0], [0.5])
    """
    loss, by_a, by_aa = 0.0, 0.0, 0.0
    n_centres, dim = draws.centres.shape
    for w in range(b.size):
        first, mixed, second = 0.0, 0.0, 0.0
        for j in range(draws.starts[w], draws.starts[w + 1]):
            score, p, q = draws.scores[j], draws.p[j], draws.q[j]
            x = a * score + b[w]
            tail = np.exp(-abs(x))
            y = 1.0 / (1.0 + tail) if x > 0 else tail / (1.0 + tail)
            rest = np.log1p(tail)
            loss += p * (max(-x, 0.0) + rest) + q * (max(x, 0.0) + rest)
            slope, curved = p * (y - 1.0) + q * y, (p + q) * y * (1.0 - y)
            by_a += slope * score
            by_aa += curved * score * score
            first += slope
            mixed += curved * score
            second += curved
        weight = draws.weight[w]
        for j in range(n_centres):
            score = 0.0
            for d in range(dim):
                score += draws.rows[w, d] * draws.centres[j, d]
            x = a * score + b[w]
            tail = np.exp(-abs(x))
            y = 1.0 / (1.0 + tail) if x > 0 else tail / (1.0 + tail)
            loss += weight * (max(x, 0.0) + np.log1p(tail))
            slope, curved = weight * y, weight * y * (1.0 - y)
            by_a += slope * score
            by_aa += curved * score * score
            first += slope
            mixed += curved * score
            second += curved
        by_b[w], by_ab[w], by_bb[w] = first, mixed, second
    return loss, by_a, by_aa
