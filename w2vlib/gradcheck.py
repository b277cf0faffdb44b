"""A loss and its gradient → their agreement with numeric differentiation.

The judge takes central differences, (f(x + h e) − f(x − h e)) / 2h along each coordinate e. Its error
is of order h² from the Taylor series plus ε/h from rounding, smallest near h = ε^(1/3) ≈ 6·10⁻⁶.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import losses

STEP = np.finfo(float).eps ** (1 / 3)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Case:
    """A boxed equation and how to make random problems for it.

    `problem(rng)` gives ``(loss, gradient, x)``: a function of an array, the gradient that the
    equation claims at `x` (an array of x's shape), and the point.
    """

    equation: str
    loss: str
    quantity: str
    problem: Callable


@dataclass(frozen=True)
class Verdict:
    """Outcome of one case: the largest relative error over `points` random points."""

    case: Case
    points: int
    error: float
    tolerance: float

    @property
    def passed(self):
        """Whether every point agreed within the tolerance."""
        return self.error < self.tolerance


def numeric_gradient(f, x, h=STEP):
    """Gradient of a scalar function at `x` by central differences.

    Parameters
    ----------
    f : callable
        Takes an array of x's shape and gives a float.
    x : array of float64, any shape
        Not changed.
    h : float
        Half the distance between the two points of a difference, times max(1, |x|).

    Returns
    -------
    Array of x's shape.
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        reach = h * max(1.0, abs(kept))
        x[index] = kept + reach
        above, high = f(x), x[index]
        x[index] = kept - reach
        below, low = f(x), x[index]
        x[index] = kept
        gradient[index] = (above - below) / (high - low)
    return gradient


def relative_error(a, b):
    """Max |a − b| / max(max |a|, max |b|); 0 where both are zero throughout.

    Infinite where either is not finite.

    The largest entry sets the scale: entries that vanish beside it carry no digits of a difference.
    """
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale > 0 else 0.0


def judge(case, points=50, seed=0, tolerance=TOLERANCE):
    """Compare a case's gradient with central differences at random points; a `Verdict`."""
    rng = np.random.default_rng(seed)
    worst = 0.0
    for _ in range(points):
        loss, gradient, x = case.problem(rng)
        worst = max(worst, relative_error(gradient, numeric_gradient(loss, x)))
    return Verdict(case, points, worst, tolerance)


def error_by_step(case, steps, points=20, seed=0):
    """Median relative error of the central difference at each step size; (len(steps),) float64."""
    rng = np.random.default_rng(seed)
    problems = [case.problem(rng) for _ in range(points)]
    return np.array(
        [np.median([relative_error(g, numeric_gradient(f, x, h)) for f, g, x in problems]) for h in steps]
    )


def _pair(rng):
    """Draw a centre vector, an outside word, output vectors and negatives, one of them repeated."""
    dim, n_vocab = int(rng.integers(2, 12)), int(rng.integers(4, 20))
    scale = 10.0 ** rng.uniform(-1, 0.15) / dim**0.25  # scores of size 0.01 to 2
    v_i, U = rng.normal(0, scale, dim), rng.normal(0, scale, (n_vocab, dim))
    o, *others = rng.permutation(n_vocab)
    negatives = np.array([*others[:3], others[0]])
    return v_i, int(o), U, negatives


def _naive_by_v(rng):
    v_i, o, U, _ = _pair(rng)
    return lambda v: losses.naive_softmax(v, o, U)[0], losses.naive_softmax(v_i, o, U)[1], v_i


def _naive_by_row(own):
    """Problem for one row of U: the outside word's own, or another word's."""

    def problem(rng):
        v_i, o, U, negatives = _pair(rng)
        w = o if own else negatives[0]

        def loss(u_w):
            changed = U.copy()
            changed[w] = u_w
            return losses.naive_softmax(v_i, o, changed)[0]

        return loss, losses.naive_softmax(v_i, o, U)[2][w], U[w]

    return problem


def _naive_by_matrix(rng):
    v_i, o, U, _ = _pair(rng)
    return lambda X: losses.naive_softmax(v_i, o, X)[0], losses.naive_softmax(v_i, o, U)[2], U


def _negative_by_v(rng):
    v_i, o, U, negatives = _pair(rng)
    gradient = losses.negative_sampling(v_i, o, U, negatives)[1]
    return lambda v: losses.negative_sampling(v, o, U, negatives)[0], gradient, v_i


def _negative_by_row(which):
    """Problem for one row of U: the outside word's, a negative's, or that of one drawn twice."""

    def problem(rng):
        v_i, o, U, negatives = _pair(rng)
        w = {"outside": o, "once": negatives[1], "twice": negatives[0]}[which]

        def loss(u_w):
            changed = U.copy()
            changed[w] = u_w
            return losses.negative_sampling(v_i, o, changed, negatives)[0]

        return loss, losses.negative_sampling(v_i, o, U, negatives)[2][w], U[w]

    return problem


def _window(objective, by):
    """Problem for a whole window, by the input or the output vectors."""

    def problem(rng):
        v_i, o, U, negatives = _pair(rng)
        V = rng.normal(0, np.abs(v_i).mean(), U.shape)
        outside = [o, int(negatives[1]), o]
        drawn = rng.integers(0, len(U), (3, 4)) if objective == "negative sampling" else None
        gradients = losses.skipgram(0, outside, V, U, drawn)[1:]
        if by == "V":
            return lambda X: losses.skipgram(0, outside, X, U, drawn)[0], gradients[0], V
        return lambda X: losses.skipgram(0, outside, V, X, drawn)[0], gradients[1], U

    return problem


CASES = (
    Case("1.8", "naive softmax", r"\partial J / \partial \mathbf v_i", _naive_by_v),
    Case("1.9", "naive softmax", r"\partial J / \partial \mathbf u_o", _naive_by_row(own=True)),
    Case("1.10", "naive softmax", r"\partial J / \partial \mathbf u_w,\ w \ne o", _naive_by_row(own=False)),
    Case("1.11", "naive softmax", r"\partial J / \partial U", _naive_by_matrix),
    Case("1.14", "negative sampling", r"\partial J / \partial \mathbf v_i", _negative_by_v),
    Case("1.15", "negative sampling", r"\partial J / \partial \mathbf u_o", _negative_by_row("outside")),
    Case("1.16", "negative sampling", r"\partial J / \partial \mathbf u_{w_k}", _negative_by_row("once")),
    Case("1.16", "… drawn twice", r"\partial J / \partial \mathbf u_{w_k}", _negative_by_row("twice")),
    Case("1.17", "window, naive softmax", r"\partial J / \partial V", _window("naive softmax", "V")),
    Case("1.17", "window, naive softmax", r"\partial J / \partial U", _window("naive softmax", "U")),
    Case("1.17", "window, negative sampling", r"\partial J / \partial V", _window("negative sampling", "V")),
    Case("1.17", "window, negative sampling", r"\partial J / \partial U", _window("negative sampling", "U")),
)  # fmt: skip


def planted(case, error):
    """Plant an error in a case: its gradient is changed by `error`, a function of the array."""

    def problem(rng):
        loss, gradient, x = case.problem(rng)
        return loss, error(gradient), x

    return Case(case.equation, case.loss, case.quantity, problem)
