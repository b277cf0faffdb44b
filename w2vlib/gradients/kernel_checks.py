"""Checks of what is built on the boxed equations: windows, the trainers' kernels, extreme scores."""

import numpy as np

from ..replication import kernels
from . import losses
from .equation_checks import CheckResult, library_loss
from .equations import NAIVE, NEGATIVE
from .numerical_diff import numeric_gradient, relative_error

_OBJECTIVES = (NAIVE, NEGATIVE)


def check_windows(points=50, seed=0, tolerance=1e-6):
    """Check the gradients of a whole window, Eq. (1.17), by central differences: list of `CheckResult`.

    The outside words contain one word twice and the centre word itself.

    Examples
    --------
    >>> results = check_windows(points=1)
    >>> len(results), results[0].loss, results[0].with_respect_to
    (4, 'window, naive softmax', 'V')
    >>> all(result.passed for result in results)
    True
    """
    results = []
    for kind in _OBJECTIVES:
        rng, worst = np.random.default_rng(seed), {"V": 0.0, "U": 0.0}
        for _ in range(points):
            n_vocab, dim = int(rng.integers(4, 12)), int(rng.integers(2, 8))
            V, U = rng.normal(0, 0.5, (2, n_vocab, dim))
            i, a = (int(w) for w in rng.permutation(n_vocab)[:2])
            outside = [a, i, a]
            drawn = rng.integers(0, n_vocab, (3, 4)) if kind == NEGATIVE else None
            _, by_V, by_U = losses.skipgram(i, outside, V, U, drawn)
            of_V = numeric_gradient(lambda X: losses.skipgram(i, outside, X, U, drawn)[0], V)  # noqa: B023
            of_U = numeric_gradient(lambda X: losses.skipgram(i, outside, V, X, drawn)[0], U)  # noqa: B023
            worst["V"] = max(worst["V"], relative_error(by_V, of_V))
            worst["U"] = max(worst["U"], relative_error(by_U, of_U))
        results += [
            CheckResult("1.17", f"window, {kind}", by, "central differences", points, error, tolerance)
            for by, error in worst.items()
        ]
    return results


def check_kernels(points=20, seed=0):
    """Compare one step of each trainer's kernel with the step from `losses`: list of `CheckResult`.

    Each point is a batch of windows over few words, so that words repeat as centres, outside words
    and negatives. With vectors in double precision the gradients must agree to rounding, in single
    precision to its coarser rounding.
    """
    results = []
    for kind in _OBJECTIVES:
        for dtype, tolerance in ((np.float64, 1e-12), (np.float32, 1e-5)):
            rng, worst = np.random.default_rng(seed), 0.0
            for _ in range(points):
                worst = max(worst, _kernel_error(kind, dtype, rng))
            method = f"{np.dtype(dtype).name} kernel"
            results.append(CheckResult("1.17", kind, "V and U", method, points, worst, tolerance))
    return results


def _kernel_error(kind, dtype, rng):
    """Relative error of the gradients that one step of a kernel implies, on a random batch."""
    n_vocab, dim, batch, n_negatives = int(rng.integers(3, 9)), 5, 4, 3
    V, U = rng.normal(0, 0.7, (2, n_vocab, dim)).astype(dtype)
    sizes = rng.integers(1, 4, batch)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    centres = rng.integers(0, n_vocab, batch).astype(np.int32)
    outside = rng.integers(0, n_vocab, starts[-1]).astype(np.int32)
    negatives = rng.integers(0, n_vocab, starts[-1] * n_negatives).astype(np.int32)
    by_V, by_U = np.zeros((n_vocab, dim)), np.zeros((n_vocab, dim))
    for b, i in enumerate(centres):
        pairs = slice(starts[b], starts[b + 1])
        drawn = negatives.reshape(-1, n_negatives)[pairs] if kind == NEGATIVE else None
        _, of_V, of_U = losses.skipgram(i, outside[pairs], V.astype(float), U.astype(float), drawn)
        by_V += of_V
        by_U += of_U
    new_V, new_U = V.copy(), U.copy()
    draws = kernels.Draws(centres, starts, outside, negatives)
    record = kernels.Record(np.array([True]), np.zeros(1), np.zeros(1, np.int64))
    if kind == NEGATIVE:
        step = kernels.negative_sampling_steps(dim)
        step(new_V, new_U, batch, n_negatives, np.ones(1), draws, record)
    else:
        transposed = np.ascontiguousarray(new_U.T)
        kernels.naive_softmax_steps(dim)(new_V, transposed, batch, np.ones(1), draws, record)
        new_U = transposed.T
    return max(relative_error(by_V, V - new_V), relative_error(by_U, U - new_U))


# Name → (v_i, U, outside word, negatives): the corners of the formulas.
EXTREMES = {
    "score +1000 for the outside word": ([10.0], [[100.0], [-100.0], [0.0]], 0, (1, 2)),
    "score −1000 for the outside word": ([10.0], [[-100.0], [100.0], [0.0]], 0, (1, 1)),
    "all vectors zero": ([0.0, 0.0], [[0.0, 0.0]] * 4, 1, (0, 2, 3)),
    "a zero centre vector": ([0.0, 0.0], [[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]], 2, (0, 1, 1)),
    "one negative": ([0.3, -1.2], [[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]], 0, (2,)),
    "vocabulary of two": ([0.7, 0.1], [[0.2, -2.0], [1.5, 0.4]], 1, (0, 0, 0)),
    "scores of 1e-12": ([1e-6, 2e-6], [[1e-6, 0.0], [0.0, 1e-6], [1e-6, 1e-6]], 1, (0, 2)),
}


def check_extremes(tolerance=1e-13):
    """Compare losses and gradients at extreme points with 60-digit arithmetic: list of `CheckResult`.

    Each point is also run as a window whose only outside word is the centre word itself.

    Examples
    --------
    >>> results = check_extremes()
    >>> len(results), results[0].number, results[0].loss
    (14, 'score +1000 for the outside word', 'naive softmax')
    >>> all(result.passed for result in results)
    True
    """
    results = []
    for name, (v_i, U, o, negatives) in EXTREMES.items():
        v_i, U = np.array(v_i), np.array(U)
        for kind in _OBJECTIVES:
            exact = _exact(kind, v_i, U, o, negatives)
            own = library_loss(kind, v_i, U, o, negatives)
            if kind == NAIVE:
                gradients = losses.naive_softmax(v_i, o, U)[1:]
            else:
                gradients = losses.negative_sampling(v_i, o, U, np.array(negatives))[1:]
            drawn = None if kind == NAIVE else np.array([negatives])
            V = np.zeros_like(U)
            V[o] = v_i
            window = losses.skipgram(o, [o], V, U, drawn)
            found = (own, *gradients, window[0], window[1][o], window[2])
            error = max(
                relative_error(np.atleast_1d(a), np.atleast_1d(b))
                for a, b in zip(found, (*exact, *exact), strict=True)
            )
            results.append(CheckResult(name, kind, "loss, v_i, U", "60 digits", 1, error, tolerance))
    return results


def _exact(kind, v_i, U, o, negatives):
    """Loss and gradients in 60-digit arithmetic, by differences of 10⁻²⁰; as float64."""
    import mpmath

    def loss(v, rows):
        scores = [mpmath.fdot(row, v) for row in rows]
        if kind == NAIVE:
            top = max(scores)
            return top + mpmath.log(mpmath.fsum(mpmath.exp(s - top) for s in scores)) - scores[o]
        signed = [-scores[o], *(scores[w] for w in negatives)]
        return mpmath.fsum(mpmath.log1p(mpmath.exp(x)) for x in signed)

    def slope(values, at, f):
        low, high = list(values), list(values)
        low[at], high[at] = low[at] - h, high[at] + h
        return float((f(high) - f(low)) / (2 * h))

    with mpmath.workdps(60):
        h = mpmath.mpf(10) ** -20
        v, rows = [mpmath.mpf(x) for x in v_i], [[mpmath.mpf(x) for x in row] for row in U]
        by_v = np.array([slope(v, d, lambda changed: loss(changed, rows)) for d in range(len(v))])
        by_U = np.array(
            [
                [
                    slope(row, d, lambda r, w=w: loss(v, [*rows[:w], r, *rows[w + 1 :]]))
                    for d in range(len(row))
                ]
                for w, row in enumerate(rows)
            ]
        )
        return float(loss(v, rows)), by_v, by_U
