from dataclasses import replace

import numpy as np
import pytest

from w2vlib.gradients import equation_checks, equations, kernel_checks
from w2vlib.reporting.display import Headline
from w2vlib.reporting.findings import gradient_checks as findings


@pytest.fixture(scope="module")
def results():
    return equation_checks.check_all(points=2)


def test_checks_table_has_a_row_per_gradient_and_a_column_per_check(results):
    frame = findings.checks_table(results).frame
    checks = {result.check for result in results}
    gradients = {(result.number, result.loss, result.with_respect_to) for result in results}
    assert frame.shape == (len(gradients), 3 + len(checks)) and set(frame["SymPy"]) == {"0"}
    assert (frame != "—").all(axis=None) and not frame.astype(str).apply(
        lambda c: c.str.contains("differ")
    ).any(axis=None)
    caption = findings.checks_table(results).caption
    assert "the largest error over 2 points, and at one symbolic point for SymPy. It is" in caption
    worse = findings.checks_table([replace(results[0], error=0.5), *results[1:]]).frame
    assert worse.iloc[0, 3] == "5e-01, differs"


def test_headline_says_that_all_checks_passed(results):
    finding = findings.checks_headline(results)
    words = "All 7 boxed gradients are verified symbolically for 3 dimensions, 4 words and 3 negatives"
    assert isinstance(finding, Headline) and finding.text.startswith(words)


def test_algebra_is_done_for_the_sizes_that_are_said(monkeypatch):
    points = []

    def keep(*arguments):
        points.append(equations.Point(*arguments))
        return points[-1]

    monkeypatch.setattr(equation_checks, "Point", keep)
    equation_checks.by_algebra(equations.EQUATIONS[0])
    assert points[0].U.shape == (4, 3) and len(points[0].negatives) == 3
    assert "for all vectors with 3 dimensions, 4 words and 3 negatives" in findings.checks_table([]).caption


def test_headline_names_the_equations_that_failed(results):
    wrong = [replace(results[0], error=np.inf), *results[1:]]
    text = findings.checks_headline(wrong).text
    assert text == f"1 of {len(results)} checks of the 7 boxed gradients failed: ({results[0].number})."


@pytest.mark.parametrize("second, words", [([3, 1, 2], "near 1e-05."), ([1, 2, 3], "near 1e-06 and 1e-05.")])
def test_step_sizes_names_the_best_steps(second, words):
    steps = np.array([1e-6, 1e-5, 1e-4])
    errors = {"central, a": [3, 1, 2], "central, b": second, "complex step": [1e-16] * 3}
    figure = findings.step_sizes(steps, {name: np.array(e, float) for name, e in errors.items()})
    assert words in figure.caption and figure.alt.startswith("2 V-shaped curves")


def test_injected_errors_are_counted():
    table = findings.injected_errors({("sign", "SymPy"): (8, 7)})
    assert list(table.frame["SymPy"]) == ["7 of 8"]


def test_agreement():
    built = kernel_checks.check_windows(points=1)
    assert findings.agreement(built, "windows", "kernels").text.startswith("All 4 checks of windows agree")
    wrong = [replace(built[0], error=1.0), *built[1:]]
    assert findings.agreement(wrong, "windows", "kernels").text.startswith("1 of 4 checks of windows fail;")


def test_windows_and_kernels():
    frame = findings.windows_and_kernels(kernel_checks.check_windows(points=1)).frame
    assert "equation" not in frame and len(frame) == 4


def test_extremes():
    frame = findings.extremes(kernel_checks.check_extremes()).frame
    assert list(frame["extreme point"])[:1] == ["score +1000 for the outside word"]
