"""Findings of notebook 02: checks of the equations, step sizes, injected errors, kernels, extreme points."""

import pandas as pd

from ...gradients import equation_checks, equations
from .. import training_plots
from ..display import Figure, Headline, Paragraph, Table

_EXACT = ("autograd", "complex step")
_SYMBOLIC = "SymPy"  # its only point is of symbols
_SIZES = (
    f"{equation_checks.SYMBOLIC_DIM} dimensions, {equation_checks.SYMBOLIC_WORDS} words and "
    f"{len(equation_checks.SYMBOLIC_NEGATIVES)} negatives"
)


def checks_table(results):
    r"""Tabulate every boxed gradient (rows) under every check (columns).

    Examples
    --------
    >>> from ...gradients.equation_checks import CheckResult
    >>> result = CheckResult("1.14", "negative sampling", "v_i", "autograd", 50, 2e-15, 1e-12)
    >>> checks_table([result]).frame.values.tolist()
    [['(1.14)', 'negative sampling', '$\\mathbf v_i$', '2e-15']]
    """
    frame, points = equation_checks.results_table(results, maths=True), {}
    for result in results:
        points.setdefault(result.check, result.points)
    rows = {}
    for result, (*gradient, check, _, _, verdict) in zip(results, frame.values.tolist(), strict=True):
        shown = f"{result.error:.0e}" if result.error else "0"
        rows.setdefault(tuple(gradient), {})[check] = shown if verdict == "agrees" else f"{shown}, differs"
    matrix = [(*gradient, *(found.get(check, "—") for check in points)) for gradient, found in rows.items()]
    numeric = sorted({n for check, n in points.items() if check != _SYMBOLIC}, reverse=True)
    counts = " and ".join(f"{n:,}" for n in numeric) or "no"
    symbolic = ", and at one symbolic point for SymPy" if _SYMBOLIC in points else ""
    return Table(
        pd.DataFrame(matrix, columns=[*frame.columns[:3], *points]),
        "checks",
        f"Every boxed gradient under every check: the largest error over {counts} points{symbolic}. It is "
        "relative; for SymPy it is zero where the difference vanishes identically, for all vectors with "
        f"{_SIZES}. Agreement means an error below 1e-12 for autograd and the complex step, and below 1e-6 "
        "for central differences, which are less accurate.",
    )


def checks_headline(results):
    """Say whether all boxed gradients passed all checks, and with which errors.

    Examples
    --------
    >>> from ...gradients.equation_checks import CheckResult
    >>> wrong = CheckResult("1.14", "negative sampling", "v_i", "autograd", 50, 0.1, 1e-12)
    >>> print(checks_headline([wrong]).text)
    1 of 1 checks of the 7 boxed gradients failed: (1.14).
    """
    n_equations = len(equations.EQUATIONS)
    failed = [result for result in results if not result.passed]
    if failed:
        numbers = ", ".join(dict.fromkeys(f"({result.number})" for result in failed))
        return Headline(
            f"{len(failed)} of {len(results)} checks of the {n_equations} boxed gradients failed: {numbers}."
        )
    exact = max(result.error for result in results if result.check in _EXACT)
    coarse = max(result.error for result in results if result.check == "central differences")
    return Headline(
        f"All {n_equations} boxed gradients are verified symbolically for {_SIZES}, and agree with automatic "
        f"and complex-step differentiation to {exact:.0e} and with central differences to {coarse:.0e}."
    )


def step_sizes(steps, errors):
    """Draw the error of numerical derivatives (dict of label → (len(steps),)) against the step size.

    Examples
    --------
    >>> import numpy as np
    >>> steps = np.array([1e-9, 1e-6, 1e-3])
    >>> errors = {f"central, {by}": np.array([1e-7, 1e-10, 1e-6]) for by in ("v_i", "U")}
    >>> errors["complex step"] = np.full(3, 1e-16)
    >>> print(step_sizes(steps, errors).alt)
    2 V-shaped curves with their lowest points near 1e-06, and one curve that falls with the step size and
    stays at the level of rounding.
    """
    central = [values for name, values in errors.items() if name.startswith("central")]
    best = sorted({float(steps[values.argmin()]) for values in central})
    return Figure(
        training_plots.error_by_step_size(steps, errors),
        "steps",
        "Error of numerical derivatives against their step size. Central differences have the smallest "
        f"error at a step near {' and '.join(f'{h:.0e}' for h in best)}. With larger steps the truncation "
        "error of the Taylor series grows, with smaller steps the rounding error. The complex step has no "
        "cancellation: its error falls to the rounding of one evaluation.",
        f"{len(central)} V-shaped curves with their lowest points near {best[0]:.0e}, and one curve that "
        "falls with the step size and stays at the level of rounding.",
    )


def injected_errors(tally):
    """Tabulate how many wrong equations each check rejects.

    Examples
    --------
    >>> tally = {("wrong sign", "autograd"): (7, 7), ("wrong sign", "complex step"): (7, 6)}
    >>> print(injected_errors(tally).frame.to_string(index=False))
    injected error autograd complex step
        wrong sign   7 of 7       6 of 7
    """
    return Table(
        equation_checks.injected_errors_table(tally),
        "injected",
        "Wrong equations, and how many of them each check rejects.",
    )


def agreement(results, what, label):
    """Say whether all checks of something (str) agree, and refer to their table (its label).

    Examples
    --------
    >>> from ...gradients.equation_checks import CheckResult
    >>> result = CheckResult("window", "negative sampling", "U", "complex step", 9, 3e-15, 1e-12)
    >>> agreement([result], "windows", "kernels").text
    'All 1 checks of windows agree; [a table](#tbl-kernels) has the largest errors.'
    """
    n_failed = sum(not result.passed for result in results)
    said = f"{n_failed} of {len(results)} checks of {what} fail" if n_failed else (
        f"All {len(results)} checks of {what} agree"
    )  # fmt: skip
    return Paragraph(f"{said}; [a table](#tbl-{label}) has the largest errors.")


def windows_and_kernels(results):
    """Tabulate the checks of whole windows and of the trainers' kernels.

    Examples
    --------
    >>> from ...gradients.equation_checks import CheckResult
    >>> result = CheckResult("window", "negative sampling", "U", "complex step", 9, 3e-15, 1e-12)
    >>> windows_and_kernels([result]).frame[["loss", "check", "verdict"]].values.tolist()
    [['negative sampling', 'complex step', 'agrees']]
    """
    return Table(
        equation_checks.results_table(results, maths=True).drop(columns="equation"),
        "kernels",
        "Gradients of whole windows, and gradients that one step of each kernel implies.",
    )


def extremes(results):
    """Tabulate loss and gradients at extreme points.

    Examples
    --------
    >>> from ...gradients.equation_checks import CheckResult
    >>> result = CheckResult("score +1000", "naive softmax", "loss, v_i, U", "60 digits", 1, 0.0, 1e-12)
    >>> extremes([result]).frame.values.tolist()
    [['score +1000', 'naive softmax', '0.0e+00', 'agrees']]
    """
    frame = equation_checks.results_table(results).drop(columns=["points", "check", "with respect to"])
    return Table(
        frame.rename(columns={"equation": "extreme point"}),
        "extremes",
        "Loss and gradients at extreme points, compared with 60-digit arithmetic.",
    )
