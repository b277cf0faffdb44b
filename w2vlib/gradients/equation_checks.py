"""A loss and its gradient → how well they agree under four checks that do not use the derivation.

`by_algebra` differentiates the loss for symbolic vectors (SymPy) and simplifies the difference to the
boxed equation, which must be zero. `by_autograd` differentiates an independent NumPy loss by reverse
accumulation. `by_differences` takes central differences of the library's own loss, and
`by_complex_step` the complex step of the independent loss.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import losses
from .equations import ALL, NAIVE, Point, injected_errors
from .numerical_diff import (
    COMPLEX_STEP,
    STEP,
    central_difference_gradient,
    complex_step_gradient,
    relative_error,
)


@dataclass(frozen=True)
class CheckResult:
    """Result of one check of one equation: the largest relative error over `points` points."""

    number: str
    loss: str
    with_respect_to: str
    check: str
    points: int
    error: float
    tolerance: float

    @property
    def passed(self):
        """Whether the error is within the tolerance at every point."""
        return self.error <= self.tolerance


def independent_loss(kind, v_i, U, o, negatives, xp=np):
    """Loss of one pair, Eqs. (1.3) and (1.12), written without `losses`, from NumPy's exp and log alone.

    It takes complex vectors and autograd's boxes too; `xp` is the module of array functions. The
    negative-sampling loss uses log(1 + e^x) as it stands, good for |x| up to some hundreds.
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
    """Loss of one pair as `losses` computes it; float."""
    if kind == NAIVE:
        return losses.naive_softmax(v_i, o, U)[0]
    return losses.negative_sampling(v_i, o, U, np.array(negatives))[0]


def random_point(equation, rng):
    """Draw a `Point` for an equation: 2 to 11 dimensions, 4 to 19 words, scores of size 0.01 to 2.

    There are four negatives, one of which is repeated. (At far larger scores the gradients are too small
    for central differences; `kernel_checks.check_extremes` uses 60-digit arithmetic there.)
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


def _numeric_check(check, tolerance, derivative):
    """Make a check of a function that returns the derivative of an equation's loss at a point."""

    def run(equation, points=50, seed=0):
        rng = np.random.default_rng(seed)
        worst = 0.0
        for _ in range(points):
            p = random_point(equation, rng)
            worst = max(worst, relative_error(equation.gradient(p), derivative(equation, p)))
        return CheckResult(equation.number, equation.loss, _by(equation), check, points, worst, tolerance)

    return run


def _by(equation):
    names = {"outside": "u_o", "once": "u_w, drawn once", "twice": "u_w, drawn twice", "other": "u_w"}
    return names[equation.word] if equation.by == "row" else equation.by


def _differences(equation, p, h=STEP):
    f, x = _restricted(equation, p, lambda v, U: library_loss(equation.loss, v, U, p.o, p.negatives))
    return central_difference_gradient(f, x, h)


def _complex(equation, p, h=COMPLEX_STEP):
    f, x = _restricted(equation, p, lambda v, U: independent_loss(equation.loss, v, U, p.o, p.negatives))
    return complex_step_gradient(f, x, h)


def _autograd(equation, p):
    import autograd
    import autograd.numpy as anp

    f, x = _restricted(equation, p, lambda v, U: independent_loss(equation.loss, v, U, p.o, p.negatives, anp))
    return autograd.grad(f)(x)


by_differences = _numeric_check("central differences", 1e-6, _differences)
by_complex_step = _numeric_check("complex step", 1e-12, _complex)
by_autograd = _numeric_check("autograd", 1e-12, _autograd)


def by_algebra(equation, points=1, seed=0):
    """Check an equation by SymPy: 3 dimensions, 4 words, 3 negatives of which one is repeated.

    The error is 0 if every entry of the difference simplifies to zero, else infinite. `points` and
    `seed` are not needed: one symbolic point stands for all.
    """
    import sympy as sp

    n_vocab = 4
    dim = n_vocab if equation.square else 3
    U = sp.Matrix(n_vocab, dim, sp.symbols(f"u:{n_vocab}:{dim}", real=True))
    v_i = sp.Matrix(sp.symbols(f"v:{dim}", real=True))
    w = {"outside": 0, "twice": 1, "once": 2, "other": 3}[equation.word]
    p = Point(v_i, U, 0, (1, 2, 1), w)
    scores = U * v_i
    if equation.loss == NAIVE:
        loss = sp.log(sum(sp.exp(s) for s in scores)) - scores[p.o]
    else:
        loss = sum((sp.log(1 + sp.exp(scores[k])) for k in p.negatives), sp.log(1 + sp.exp(-scores[p.o])))
    by = {"v_i": v_i, "U": U, "row": U.row(w).T}[equation.by]
    boxed = equation.form(p)
    same = boxed.shape == by.shape and all(
        sp.simplify(sp.diff(loss, x) - entry) == 0 for x, entry in zip(by, boxed, strict=True)
    )
    error = 0.0 if same else np.inf
    return CheckResult(equation.number, equation.loss, _by(equation), "SymPy", 1, error, 0.0)


CHECKS = (by_algebra, by_autograd, by_complex_step, by_differences)


def error_by_step(equation, steps, method=_differences, points=20, seed=0):
    """Median relative error of a numeric derivative at each step size; (len(steps),) float64."""
    rng = np.random.default_rng(seed)
    at = [random_point(equation, rng) for _ in range(points)]
    return np.array(
        [np.median([relative_error(equation.gradient(p), method(equation, p, h)) for p in at]) for h in steps]
    )


def complex_error_by_step(equation, steps, points=20, seed=0):
    """`error_by_step` of the complex step."""
    return error_by_step(equation, steps, _complex, points, seed)


def check_all(points=50, seed=0):
    """Run every check of every equation; list of `CheckResult`."""
    return [check(equation, points=points, seed=seed) for equation in ALL for check in CHECKS]


def check_injected_errors(points=5, seed=0):
    """Run every check of wrong equations; dict of (error, check) → (injected, rejected), two counts."""
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
    """Tabulate results: equation, loss, gradient, check, points, largest error, verdict; DataFrame.

    With `maths`, equation numbers are in brackets and vectors in TeX, for Markdown.
    """

    def by(result):
        vector, comma, rest = result.with_respect_to.partition(", ")
        return f"${_LATEX[vector]}${comma}{rest}" if maths and vector in _LATEX else result.with_respect_to

    def number(result):
        return f"({result.number})" if maths and result.number[0].isdigit() else result.number

    rows = [
        (number(r), r.loss, by(r), r.check, r.points, f"{r.error:.1e}", "agrees" if r.passed else "differs")
        for r in results
    ]
    columns = ["equation", "loss", "with respect to", "check", "points", "largest error", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def injected_errors_table(tally):
    """Tabulate what `check_injected_errors` found: one row per kind of error, one column per check."""
    checks = list(dict.fromkeys(check for _, check in tally))
    rows = [
        (error, *(f"{tally[error, check][1]} of {tally[error, check][0]}" for check in checks))
        for error in dict.fromkeys(error for error, _ in tally)
    ]
    return pd.DataFrame(rows, columns=["injected error", *checks])
