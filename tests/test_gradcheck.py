import numpy as np
import pytest

from w2vlib import gradcheck


@pytest.mark.parametrize("case", gradcheck.CASES, ids=lambda c: f"{c.equation} {c.loss} {c.quantity}")
def test_every_boxed_gradient_agrees(case):
    verdict = gradcheck.judge(case, points=30, seed=7)
    assert verdict.passed, f"{verdict.error} against {verdict.tolerance}"


PLANTED = {
    "a tenth of a percent": lambda g: g * 1.001,
    "sign": lambda g: -g,
    "missing term": lambda g: np.where(abs(g) == abs(g).max(), 0, g),
    "not a number": lambda g: g * np.nan,
}


@pytest.mark.parametrize("error", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize("case", gradcheck.CASES, ids=lambda c: f"{c.equation} {c.loss} {c.quantity}")
def test_planted_errors_are_rejected(case, error):
    assert not gradcheck.judge(gradcheck.planted(case, error), points=5).passed


def test_dropped_repetition_is_rejected():
    twice = next(case for case in gradcheck.CASES if "twice" in case.loss)
    assert not gradcheck.judge(gradcheck.planted(twice, lambda g: g / 2), points=5).passed


def test_numeric_gradient_of_a_known_function():
    x = np.array([[0.5, -2.0], [3.0, 1.0]])
    np.testing.assert_allclose(gradcheck.numeric_gradient(lambda a: (a**3).sum(), x), 3 * x**2, rtol=1e-8)


def test_error_is_least_between_the_extremes():
    errors = gradcheck.error_by_step(gradcheck.CASES[0], np.array([1e-10, 1e-5, 1e-1]), points=5)
    assert errors[1] < errors[0] and errors[1] < errors[2]


def test_relative_error_of_zeros_is_zero():
    assert gradcheck.relative_error(np.zeros(3), np.zeros(3)) == 0
