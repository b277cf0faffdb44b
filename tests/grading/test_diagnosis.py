import sys

import numpy as np
import pytest

sys.path.insert(0, __file__.rpartition("/")[0])
import right_solutions
import wrong_solutions

from w2vlib.gradients import losses
from w2vlib.grading import report
from w2vlib.grading.cases import cases, softmax_pair
from w2vlib.grading.diagnosis import diagnose
from w2vlib.grading.explanations import indistinguishable
from w2vlib.grading.mistakes import BEHAVIOUR, catalogue
from w2vlib.grading.observing import observe
from w2vlib.grading.signatures import ROLES, parameters_of
from w2vlib.grading.worker import functions_of


def diagnoses(source, which=None):
    """Diagnoses of the functions of a source, called in this process."""
    namespace = {"__name__": "submission"}
    exec(compile(source, "<student>", "exec"), namespace)
    found = functions_of(namespace, {"<student>"}, {})
    return [
        diagnose(name, role, observe(function, role, parameters_of(function, role)))
        for name, role, function in found
        if which is None or role == which
    ]


def keys(diagnosis):
    mistakes = {m.key for e in diagnosis.explanations for m in e.mistakes}
    return mistakes | set(diagnosis.behaviour)


ROLE_OF = {
    wrong_solutions.NAIVE: "naive", wrong_solutions.NEGATIVE: "negative", wrong_solutions.WINDOW: "skipgram",
    wrong_solutions.SGD: "sgd", wrong_solutions.SIGMOID: "sigmoid",
}  # fmt: skip


@pytest.mark.parametrize("source", ROLE_OF)
def test_the_code_that_mistakes_are_put_into_is_right(source):
    assert all(d.passed for d in diagnoses(source))


@pytest.mark.parametrize(
    ("source", "exchanges", "expected"),
    wrong_solutions.ONE + wrong_solutions.TWO,
    ids=lambda p: "+".join(sorted(p)) if isinstance(p, set) else "",
)
def test_a_mistake_is_found_exactly(source, exchanges, expected):
    (diagnosis,) = diagnoses(wrong_solutions.code(source, exchanges), ROLE_OF[source])
    assert not diagnosis.passed
    assert keys(diagnosis) == expected or expected <= BEHAVIOUR.keys() and expected <= keys(diagnosis)
    text = report.as_text(diagnosis)
    assert "expected: " in text or expected <= BEHAVIOUR.keys()
    assert "See equation (1." in text


def test_hints_name_the_equation_of_the_gradient_that_is_wrong_and_the_argument_that_is_changed():
    sign = wrong_solutions.code(wrong_solutions.NEGATIVE, [("(s_o - 1) * u_o", "(1 - s_o) * u_o")])
    text = report.as_text(diagnoses(sign, "negative")[0])
    assert "closer to each other. See equation (1.14)." in text and "right for:" not in text
    place = [("    gradCenterVec = ", "    centerWordVec -= 0.1\n    gradCenterVec = ")]
    text = report.as_text(diagnoses(wrong_solutions.code(wrong_solutions.NAIVE, place), "naive")[0])
    assert "changed: centre vector" in text and "may be a consequence of it" in text


SOLUTIONS = {k: v for k, v in right_solutions.SOLUTIONS.items() if k not in ("course", "tests at import")}


@pytest.mark.parametrize("name", SOLUTIONS)
def test_no_right_solution_is_called_wrong(name):
    found = diagnoses(SOLUTIONS[name])
    assert found
    for diagnosis in found:
        assert diagnosis.passed, report.as_text(diagnosis)


@pytest.mark.parametrize(("loops", "slow"), [("naive, loops", True), ("naive, einsum", False)])
def test_only_a_loop_over_the_vocabulary_is_called_slow(loops, slow):
    (diagnosis,) = diagnoses(SOLUTIONS[loops])
    assert any("slow" in line for line in diagnosis.advice) == slow


def test_advice_names_overflow_single_precision_and_a_constant():
    advice = {
        k: " ".join(diagnoses(SOLUTIONS[f"naive, {k}"])[0].advice) for k in ("float32", "epsilon", "rows")
    }
    assert "float32" in advice["float32"] and "1,000" in advice["float32"]
    assert "relative error" in advice["epsilon"]
    assert advice["rows"] == ""  # no largest score is left in, nothing is slow


def test_the_catalogue_has_25_mistakes_with_hints_and_equations_that_exist():
    entries = [m for role in ROLES for m in catalogue(role)]
    assert len({(m.role, m.key) for m in entries}) == len(entries) >= 25
    for mistake in entries:
        assert mistake.hint.endswith((".", "?")) and mistake.equation.startswith("1.")
        assert not any(sign in mistake.hint for sign in ("np.", "=", "@", "[")), mistake


def test_every_mistake_changes_something():
    for role in ("naive", "negative", "skipgram", "sgd", "sigmoid", "log_sigmoid", "softmax", "log_softmax"):
        from w2vlib.grading.explanations import Variants
        from w2vlib.grading.steps import QUANTITIES

        variants = Variants(role, _inputs(role))
        effective = {m.key for q in QUANTITIES.get(role, ("value",)) for m in variants.affecting(q)}
        assert effective == {m.key for m in catalogue(role)}, role


def _inputs(role):
    inputs = []
    for case in cases(role):
        values = dict(case.values)
        if role == "negative":
            others = [w for w in values["stream"] if w != values["o"]]
            values["first_draws"] = values["stream"][: values["K"]]
            values["second_draws"] = tuple(others[values["K"] : 2 * values["K"]])
        inputs.append(values)
    return inputs


# What the documentation for teachers says about mistakes that cannot be told apart.
SAME = {
    "naive": [],
    "negative": [],
    "skipgram": [],
    "sgd": [],
}


@pytest.mark.parametrize("role", SAME)
def test_mistakes_that_cannot_be_told_apart_are_listed(role):
    assert [set(group) for group in indistinguishable(role, _inputs(role))] == [set(g) for g in SAME[role]]


def test_the_pair_function_without_scipy_is_that_of_the_library():
    for case in cases("naive"):
        v, o, U = (case.values[q] for q in ("v", "o", "U"))
        for ours, library in zip(softmax_pair(v, o, U), losses.naive_softmax(v, o, U), strict=True):
            np.testing.assert_allclose(ours, library, rtol=1e-13)


def test_a_function_that_computes_nothing_is_not_called_wrong():
    sources = ["return 0.0, np.zeros(2), np.zeros((2, 2))", "pass", "raise NotImplementedError"]
    for body in sources:
        (diagnosis,) = diagnoses(f"import numpy as np\ndef naive_softmax(v, o, U):\n    {body}\n")
        assert diagnosis.verdict == "not written"


def test_an_exception_names_its_line_and_a_transposed_product():
    source = wrong_solutions.code(
        wrong_solutions.NAIVE, [("outsideVectors @ center", "outsideVectors.T @ center")]
    )
    (diagnosis,) = diagnoses(source)
    assert diagnosis.failure["square"] and diagnosis.failure["line"] == 4
    assert "is a matrix transposed?" in report.as_text(diagnosis)


def test_words_in_columns_are_said():
    source = wrong_solutions.code(
        wrong_solutions.NAIVE,
        [
            ("outsideVectors @ center", "outsideVectors.T @ center"),
            ("outsideVectors.T @ delta", "outsideVectors @ delta"),
            ("np.outer(delta, centerWordVec)", "np.outer(centerWordVec, delta)"),
        ],
    )
    (diagnosis,) = diagnoses(source)
    assert diagnosis.behaviour == ["words_in_columns"]


def test_what_no_mistake_explains_is_said():
    source = wrong_solutions.code(wrong_solutions.NAIVE, [("np.outer(delta,", "np.outer(delta**3 + 0.1,")])
    (diagnosis,) = diagnoses(source)
    assert "No known mistake, alone or with another" in report.as_text(diagnosis)
    assert [w.quantity for w in diagnosis.wrong] == ["grad_U"]


def test_a_factor_is_found():
    source = wrong_solutions.code(
        wrong_solutions.NAIVE, [("outsideVectors.T @ delta", "7 * outsideVectors.T @ delta")]
    )
    (diagnosis,) = diagnoses(source)
    assert "7 times what it should be" in report.as_text(diagnosis)


def test_the_helper_must_not_return_the_outside_word():
    source = (
        "def getNegativeSamples(o, dataset, K):\n    return [dataset.sampleTokenIdx() for _ in range(K)]\n"
    )
    (diagnosis,) = diagnoses(source)
    assert diagnosis.behaviour == ["helper_outside"]
    (diagnosis,) = diagnoses(source.replace("range(K)", "range(K - 1)"))
    assert diagnosis.behaviour == ["helper_number"]
