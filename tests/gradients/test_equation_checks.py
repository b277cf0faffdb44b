import re
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from click.testing import CliRunner

from w2vlib import W2VError
from w2vlib.cli import main
from w2vlib.gradients import equation_checks, equations, kernel_checks, numerical_diff
from w2vlib.utils.files import project_root


def name(equation):
    return f"{equation.number} {equation.word}"


@pytest.mark.parametrize("judge", equation_checks.CHECKS, ids=range(4))
@pytest.mark.parametrize("equation", equations.ALL, ids=name)
def test_every_boxed_gradient_agrees(equation, judge):
    verdict = judge(equation, points=30, seed=7)
    assert verdict.passed, f"{verdict.check}: {verdict.error} against {verdict.tolerance}"


@pytest.mark.parametrize("judge", equation_checks.CHECKS, ids=range(4))
@pytest.mark.parametrize("case", equations.injected_errors(), ids=lambda c: f"{c[0]}, {name(c[1])}")
def test_injected_errors_are_rejected(case, judge):
    assert not judge(case[1], points=5).passed


def test_every_kind_of_error_is_injected():
    kinds = {kind for kind, _ in equations.injected_errors()}
    assert kinds == {"0.1 % too large", "sign", "repeated negative dropped", "transposed", "term missing"}


@pytest.mark.parametrize("judge", equation_checks.CHECKS[1:], ids=range(3))
def test_what_is_not_a_number_or_of_another_shape_is_rejected(judge):
    first = equations.EQUATIONS[0]
    assert not judge(replace(first, gradient=lambda p: p.v_i * np.nan), points=2).passed
    assert not judge(replace(first, gradient=lambda p: np.append(p.v_i, 0)), points=2).passed


def test_the_boxes_of_notebook_01_are_these_objects():
    path = project_root() / "notebooks" / "01_derivations.ipynb"
    text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells)
    boxes = re.findall(r"\$\$\n\\boxed\{(.+)\}\n\\tag\{(.+)\}\n\$\$", text)
    assert {number: latex for latex, number in boxes} == {e.number: e.latex for e in equations.EQUATIONS}


def test_the_two_losses_agree():
    rng = np.random.default_rng(0)
    for equation in equations.EQUATIONS:
        for _ in range(20):
            p = equation_checks.random_point(equation, rng)
            arguments = equation.loss, p.v_i, p.U, p.o, p.negatives
            assert equation_checks.independent_loss(*arguments) == pytest.approx(
                equation_checks.library_loss(*arguments)
            )


def test_points_have_what_the_equations_ask_for():
    rng = np.random.default_rng(1)
    for equation in equations.ALL:
        p = equation_checks.random_point(equation, rng)
        times = p.negatives.count(p.w)
        assert p.o not in p.negatives and len(set(p.negatives)) == 3 and len(p.negatives) == 4
        assert {"outside": p.w == p.o, "once": times == 1, "twice": times == 2, "other": p.w != p.o}[
            equation.word
        ]


def test_derivatives_of_a_known_function():
    x = np.array([[0.5, -2.0], [3.0, 1.0]])
    np.testing.assert_allclose(
        numerical_diff.numeric_gradient(lambda a: (a**3).sum(), x), 3 * x**2, rtol=1e-8
    )
    np.testing.assert_allclose(
        numerical_diff.complex_gradient(lambda a: (a**3).sum(), x), 3 * x**2, rtol=1e-15
    )


def test_error_is_least_between_the_extremes_and_the_complex_step_has_none():
    steps = np.array([1e-10, 1e-5, 1e-1])
    errors = equation_checks.error_by_step(equations.EQUATIONS[0], steps, points=5)
    assert errors[1] < errors[0] and errors[1] < errors[2]
    assert (
        equation_checks.complex_error_by_step(equations.EQUATIONS[0], np.array([1e-30, 1e-10]), 5).max()
        < 1e-14
    )


def test_relative_error():
    assert numerical_diff.relative_error(np.zeros(3), np.zeros(3)) == 0
    assert numerical_diff.relative_error([1.0, 0.0], [0.5, 0.0]) == 0.5
    assert numerical_diff.relative_error([np.nan], [np.nan]) == np.inf


def test_windows_kernels_and_extremes():
    verdicts = (
        kernel_checks.check_windows(5) + kernel_checks.check_kernels(5) + kernel_checks.check_extremes()
    )
    assert len(verdicts) == 4 + 4 + 2 * len(kernel_checks.EXTREMES)
    for verdict in verdicts:
        assert verdict.passed, verdict


@pytest.mark.parametrize("broken", ["negative_sampling_steps", "naive_softmax_steps"])
def test_a_wrong_kernel_is_noticed(broken, monkeypatch):
    make = getattr(kernel_checks.kernels, broken)

    def twice(dim):
        def step(*arguments):
            make(dim)(*arguments)
            make(dim)(*arguments)

        return step

    monkeypatch.setattr(kernel_checks.kernels, broken, twice)
    assert sum(not v.passed for v in kernel_checks.check_kernels(2)) == 2


def test_a_loss_that_overflows_is_noticed(monkeypatch):
    real = kernel_checks.library_loss
    monkeypatch.setattr(kernel_checks, "library_loss", lambda *a: np.float64(np.nan_to_num(real(*a))) + 1e-9)
    assert any(not v.passed for v in kernel_checks.check_extremes())


def test_the_command_passes_and_fails(monkeypatch):
    result = CliRunner().invoke(main, ["check", "--points", "3"], catch_exceptions=False)
    assert result.exit_code == 0, result.stdout
    assert "0 failed; 0 injected errors missed" in result.stdout
    for judge in ("SymPy", "autograd", "complex step", "central differences", "float32 kernel", "60 digits"):
        assert judge in result.stdout
    wrong = replace(equations.EQUATIONS[0], gradient=lambda p: -p.v_i)
    monkeypatch.setattr(equation_checks, "ALL", (wrong,))
    result = CliRunner().invoke(main, ["check", "--points", "3"], catch_exceptions=False)
    assert result.exit_code == 1 and "differs" in result.stdout
    result = CliRunner().invoke(main, ["check", "--points", "0"], catch_exceptions=False)
    assert result.exit_code == 2 and "points=0" in result.stderr


@pytest.mark.parametrize("points", [0, -3])
def test_no_point_is_no_check(points):
    with pytest.raises(W2VError, match="points=.* is not allowed"):
        equation_checks.check_all(points=points)
