"""Checks of the boxed equations by four methods that are independent of the derivation.

`by_algebra` differentiates the loss for symbolic vectors (SymPy) and tests whether the difference to
the boxed result is identically zero. `by_autograd` differentiates an independent NumPy loss by reverse
accumulation. `by_differences` takes central differences of the library's own loss, with an error of
order h² from the Taylor series plus ε/h from rounding. `by_complex_step` computes Im f(x + ih)/h of the
independent loss, which has no cancellation and is exact to rounding (Squire & Trapp 1998).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..utils import validation
from . import losses
from .equations import ALL, NAIVE, Point, injected_errors
from .numerical_diff import COMPLEX_STEP, STEP, complex_gradient, numeric_gradient, relative_error

SYMBOLIC_WORDS, SYMBOLIC_DIM, SYMBOLIC_NEGATIVES = 4, 3, (1, 2, 1)  # sizes for which algebra is done


@dataclass(frozen=True)
class CheckResult:
    """Result of one check of one equation: the largest relative error over `points` points.

    Examples
    --------
    >>> result = CheckResult("1.8", "naive softmax", "v_i", "autograd", 50, error=3e-16, tolerance=1e-12)
    >>> result.points, result.passed
    (50, True)
    """

    number: str
    loss: str
    with_respect_to: str
    check: str
    points: int
    error: float
    tolerance: float

    @property
    def passed(self):
        """Whether every point agreed within the tolerance."""
        return self.error <= self.tolerance


def independent_loss(kind, v_i, U, o, negatives, xp=np):
    """Loss per pair, Eqs. (1.3) and (1.12), written without `losses`, with NumPy's exp and log only.

    Complex vectors and autograd's arrays are allowed; `xp` is the module of array functions. The
    negative-sampling loss computes log(1 + e^x) directly, which works for |x| up to some hundreds.

    Examples
    --------
    >>> v_i, U = np.zeros(2), np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> round(float(independent_loss("naive softmax", v_i, U, 0, ())), 4)  # log 2
    0.6931
    >>> round(float(independent_loss("negative sampling", v_i, U, 0, (1, 1))), 4)  # 3 log 2
    2.0794
    """
    scores = xp.dot(U, v_i)
    if kind == NAIVE:
        top = max(float(np.real(getattr(s, "_value", s))) for s in scores)  # a constant: no derivative
        return top + xp.log(xp.sum(xp.exp(scores - top))) - scores[o]
    loss = xp.log(1 + xp.exp(-scores[o]))
    for w in negatives:
        loss = loss + xp.log(1 + xp.exp(scores[w]))
    return loss


def library_loss(kind, v_i, U, o, negatives):
    """Loss per pair as `losses` computes it.

    Examples
    --------
    >>> v_i, U = np.array([0.5, -1.0]), np.array([[1.0, 0.0], [0.0, 2.0]])
    >>> round(float(library_loss("negative sampling", v_i, U, 0, (1,))), 6)
    0.601005
    >>> round(float(independent_loss("negative sampling", v_i, U, 0, (1,))), 6)
    0.601005
    """
    if kind == NAIVE:
        return losses.naive_softmax(v_i, o, U)[0]
    return losses.negative_sampling(v_i, o, U, np.array(negatives))[0]


def random_point(equation, rng):
    """Draw a `Point` for an equation: 2 to 11 dimensions, 4 to 19 words, scores of size 0.01 to 2.

    Four negatives, the first of which is drawn twice. (With far larger scores the gradients are too
    small for differences; `check_extremes` tests those with exact arithmetic.)

    Examples
    --------
    >>> p = random_point(ALL[0], np.random.default_rng(0))
    >>> len(p.v_i) == p.U.shape[1], len(p.negatives), p.negatives[0] == p.negatives[-1], p.o in p.negatives
    (True, 4, True, False)
    """
    n_vocab = int(rng.integers(4, 20))
    dim = n_vocab if equation.square else int(rng.integers(2, 12))
    scale = 10.0 ** rng.uniform(-1, 0.15) / dim**0.25
    v_i, U = rng.normal(0, scale, dim), rng.normal(0, scale, (n_vocab, dim))
    o, a, b, c, *_ = (int(w) for w in rng.permutation(n_vocab))
    w = {"outside": o, "twice": a, "once": b, "other": c}[equation.word]
    return Point(v_i, U, o, (a, b, c, a), w)


def _restricted(equation, p, loss):
    """Give the loss as a function of what the equation differentiates by, and the value of that at `p`."""

    def of_row(u_w):
        # Rows put together anew: neither autograd nor complex numbers allow a change in place.
        keep = (np.arange(len(p.U)) != p.w)[:, None]
        return loss(p.v_i, p.U * keep + u_w * ~keep)

    if equation.by == "v_i":
        return (lambda v: loss(v, p.U)), p.v_i
    if equation.by == "U":
        return (lambda U: loss(p.v_i, U)), p.U
    return of_row, p.U[p.w]


def _check_by(method, tolerance, derivative):
    """Make a check from a function that returns the derivative of an equation's loss at a point."""

    def check(equation, points=50, seed=0):
        validation.check("points", points, validation.POINTS)
        rng = np.random.default_rng(seed)
        worst = 0.0
        for _ in range(points):
            p = random_point(equation, rng)
            worst = max(worst, relative_error(equation.gradient(p), derivative(equation, p)))
        return CheckResult(equation.number, equation.loss, _by(equation), method, points, worst, tolerance)

    return check


def _by(equation):
    names = {"outside": "u_o", "once": "u_w, drawn once", "twice": "u_w, drawn twice", "other": "u_w"}
    return names[equation.word] if equation.by == "row" else equation.by


def _differences(equation, p, h=STEP):
    f, x = _restricted(equation, p, lambda v, U: library_loss(equation.loss, v, U, p.o, p.negatives))
    return numeric_gradient(f, x, h)


def _complex(equation, p, h=COMPLEX_STEP):
    f, x = _restricted(equation, p, lambda v, U: independent_loss(equation.loss, v, U, p.o, p.negatives))
    return complex_gradient(f, x, h)


def _autograd(equation, p):
    import autograd
    import autograd.numpy as anp

    f, x = _restricted(equation, p, lambda v, U: independent_loss(equation.loss, v, U, p.o, p.negatives, anp))
    return autograd.grad(f)(x)


by_differences = _check_by("central differences", 1e-6, _differences)
by_complex_step = _check_by("complex step", 1e-12, _complex)
by_autograd = _check_by("autograd", 1e-12, _autograd)


def by_algebra(equation, points=1, seed=0):
    """Check an equation by SymPy: 3 dimensions, 4 words, 3 negatives of which one is repeated.

    An equation that passes holds for all vectors of these sizes; other sizes are not covered. The error is
    0 if every entry of the difference simplifies to zero, else infinite. `points` and `seed` are not used:
    one symbolic point represents all.

    Examples
    --------
    >>> result = by_algebra(ALL[0])
    >>> result.number, result.check, result.error, result.passed
    ('1.8', 'SymPy', 0.0, True)
    >>> kind, wrong = injected_errors()[-1]
    >>> kind, by_algebra(wrong).passed
    ('term missing', False)
    """
    import sympy as sp

    n_vocab = SYMBOLIC_WORDS
    dim = n_vocab if equation.square else SYMBOLIC_DIM
    U = sp.Matrix(n_vocab, dim, sp.symbols(f"u:{n_vocab}:{dim}", real=True))
    v_i = sp.Matrix(sp.symbols(f"v:{dim}", real=True))
    w = {"outside": 0, "twice": 1, "once": 2, "other": 3}[equation.word]
    p = Point(v_i, U, 0, SYMBOLIC_NEGATIVES, w)
    scores = U * v_i
    if equation.loss == NAIVE:
        loss = sp.log(sum(sp.exp(s) for s in scores)) - scores[p.o]
    else:
        loss = sum((sp.log(1 + sp.exp(scores[k])) for k in p.negatives), sp.log(1 + sp.exp(-scores[p.o])))
    by = {"v_i": v_i, "U": U, "row": U.row(w).T}[equation.by]
    claimed = equation.form(p)
    at = {symbol: sp.Rational(n, 7) for n, symbol in enumerate((*U, *v_i), -5)}
    same = claimed.shape == by.shape and all(
        _is_zero(sp.diff(loss, x) - entry, at) for x, entry in zip(by, claimed, strict=True)
    )
    error = 0.0 if same else np.inf
    return CheckResult(equation.number, equation.loss, _by(equation), "SymPy", 1, error, 0.0)


def _is_zero(difference, at):
    """Whether a SymPy expression is zero everywhere: it must be at one point (`at`), then by algebra."""
    import sympy as sp

    if abs(difference.evalf(30, subs=at)) > 1e-12:  # to simplify what is not zero takes long
        return False
    return sp.simplify(difference) == 0


CHECKS = (by_algebra, by_autograd, by_complex_step, by_differences)


def error_by_step(equation, steps, method=_differences, points=20, seed=0):
    """Median relative error of a numeric derivative at each step size; (len(steps),) float64.

    Examples
    --------
    >>> errors = error_by_step(ALL[0], [1e-1, 1e-5, 1e-13])  # too large, good, too small
    >>> (errors < 1e-6).tolist()
    [False, True, False]
    """
    rng = np.random.default_rng(seed)
    drawn = [random_point(equation, rng) for _ in range(points)]
    return np.array(
        [
            np.median([relative_error(equation.gradient(p), method(equation, p, h)) for p in drawn])
            for h in steps
        ]
    )


def complex_error_by_step(equation, steps, points=20, seed=0):
    """`error_by_step` of the complex step.

    Examples
    --------
    >>> errors = complex_error_by_step(ALL[0], [1e-1, 1e-13, 1e-30])  # no step is too small
    >>> (errors < 1e-12).tolist()
    [False, True, True]
    """
    return error_by_step(equation, steps, _complex, points, seed)


def check_all(points=50, seed=0):
    """Check every equation by every method; list of `CheckResult`.

    Examples
    --------
    >>> results = check_all(points=1)
    >>> len(results) == len(ALL) * len(CHECKS), all(result.passed for result in results)
    (True, True)
    """
    return [check(equation, points=points, seed=seed) for equation in ALL for check in CHECKS]


def check_injected_errors(points=5, seed=0):
    """Check equations with injected errors; dict of (kind of error, check) → (injected, rejected)."""
    tally = {}
    for error, wrong in injected_errors():
        for check in CHECKS:
            result = check(wrong, points=points, seed=seed)
            injected, rejected = tally.get((error, result.check), (0, 0))
            tally[error, result.check] = injected + 1, rejected + (not result.passed)
    return tally


_LATEX = {
    "v_i": r"\mathbf v_i",
    "u_o": r"\mathbf u_o",
    "u_w": r"\mathbf u_w",
    "V": "V",
    "U": "U",
}


def results_table(results, maths=False):
    """List results in a DataFrame: equation, loss, gradient, check, points, largest error, verdict.

    With `maths`, equation numbers are in brackets and vectors in TeX, as Markdown shows them.

    Examples
    --------
    >>> results = [CheckResult("1.8", "naive softmax", "v_i", "autograd", 50, 3e-16, 1e-12)]
    >>> print(results_table(results).to_string(index=False))
    equation          loss with respect to    check  points largest error verdict
         1.8 naive softmax             v_i autograd      50       3.0e-16  agrees
    >>> results_table(results, maths=True)["equation"].tolist()
    ['(1.8)']
    """

    def by(v):
        vector, comma, rest = v.with_respect_to.partition(", ")
        return f"${_LATEX[vector]}${comma}{rest}" if maths and vector in _LATEX else v.with_respect_to

    def number(v):
        return f"({v.number})" if maths and v.number[0].isdigit() else v.number

    rows = [
        (number(v), v.loss, by(v), v.check, v.points, f"{v.error:.1e}", "agrees" if v.passed else "differs")
        for v in results
    ]
    columns = ["equation", "loss", "with respect to", "check", "points", "largest error", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def injected_errors_table(tally):
    """Table of `check_injected_errors`: one row per kind of error, one column per check; a DataFrame.

    Examples
    --------
    >>> tally = {("sign", "SymPy"): (8, 8), ("sign", "autograd"): (8, 7)}
    >>> print(injected_errors_table(tally).to_string(index=False))
    injected error  SymPy autograd
              sign 8 of 8   7 of 8
    """
    checks = list(dict.fromkeys(check for _, check in tally))
    rows = [
        (error, *(f"{tally[error, check][1]} of {tally[error, check][0]}" for check in checks))
        for error in dict.fromkeys(error for error, _ in tally)
    ]
    return pd.DataFrame(rows, columns=["injected error", *checks])
