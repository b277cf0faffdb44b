"""Formulas that pandoc does not know are rewritten, set, and read back."""

import pytest

from w2vlib.reporting import formula_setting, typesetting
from w2vlib.reporting.formula_setting import set_formulas
from w2vlib.reporting.notebook_markup import Markup


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"\begin{rcases} a & b\\ c & d\end{rcases} = x", ['mat(delim: #(none, "}")', "a", "d", "x"]),
        (r"\genfrac{(}{)}{0pt}{}{n}{k}", ["(", "n", "k", ")"]),
        (r"\genfrac{}{}{1pt}{}{a}{b}", ["a", "/", "b"]),
        (r"\genfrac{\lbrace}{.}{0.5pt}{1}{a}{b}", ["{", "a / b"]),
        (r"\genfrac{[}{]}{0.0pt}{1}{a}{b}", ['delim: "["', "a; b"]),
        (r"\idotsint f", ["integral", "dots"]),
        (r"\unicode{x263a} + \unicode{65}", ["☺", "A"]),
        (r"\sum_{\mathclap{i < j}} \vcenter{x}", ["sum", "i < j", "x"]),
    ],
)
def test_rewritten_formulas_are_set(tex, parts, tmp_path):
    (formula,) = set_formulas([(tex, True)], tmp_path)
    assert "reason" not in formula, formula["reason"]
    assert all(part in formula["body"] for part in parts), formula["body"]


@pytest.mark.parametrize(
    "tex", [r"\unicode{x110000}", r"\unicode{?}", r"\genfrac{(}{)}", r"\ket{\psi}", r"\wrong"]
)
def test_what_cannot_be_set_says_why(tex, tmp_path):
    (formula,) = set_formulas([(tex, True)], tmp_path)
    assert formula["reason"] and "body" not in formula


def test_a_formula_that_fails_costs_the_others_nothing(tmp_path, monkeypatch):
    deep = r"\sqrt{" * 50 + "x" + "}" * 50
    starts, start = [], typesetting._typst
    monkeypatch.setattr(typesetting, "_typst", lambda *a: starts.append(a) or start(*a))
    formulas = set_formulas(
        [("x^2", False), (deep, False), *[(r"\frac{}{} + i", False)] * 30, ("y", True)], tmp_path
    )
    assert [n for n, formula in enumerate(formulas) if "body" in formula] == [0, 32]
    assert formulas[1]["reason"] == "Typst: maximum function call depth exceeded"
    assert formulas[2]["reason"] == "Typst: missing argument: denom"
    assert len(starts) == 1


def test_formulas_that_take_all_memory_or_time_are_found(tmp_path, monkeypatch):
    start = typesetting._typst

    def limited(build, name, request, seconds):
        if any("upright(B)" in line for line in request["lines"]):
            raise typesetting.TypesettingError("Typst stopped (too little memory)", None)
        return start(build, name, request, seconds)

    monkeypatch.setattr(typesetting, "_typst", limited)
    formulas = set_formulas([(tex, False) for tex in ("a", r"\mathrm{B}", "c", "d", r"\mathrm{B}")], tmp_path)
    reasons = [formula.get("reason") for formula in formulas]
    assert reasons == [None, "Typst: Typst stopped (too little memory)", None, None, reasons[1]]
    monkeypatch.setattr(typesetting, "TYPST_SECONDS", -1)
    assert all(
        formula["reason"] for formula in set_formulas([("a", False), (r"\mathrm{B}", False)], tmp_path)
    )


@pytest.mark.parametrize("tex", [r"\\[" * 2000, r"\href[" * 2000, r"\newcommand\x[" * 9000, "x" * 50_001])
def test_long_formulas_are_not_looked_at(tex, tmp_path, monkeypatch):
    monkeypatch.setattr(formula_setting, "simplified", None)
    (formula,) = set_formulas([(tex, False)], tmp_path)
    assert formula["reason"] in ("it has more than 5,000 letters", "it has more than 50,000 letters")


@pytest.mark.parametrize(
    ("source", "formulas"),
    [
        (r"$$a \\[5pt] b$$", [(r"a \\[5pt] b", True)]),
        (r"$f(x) \\(y)$ and \\[5pt]", [(r"f(x) \\(y)", False)]),
        (r"$\begin{matrix}1\end{pmatrix}$", [(r"\begin{matrix}1\end{pmatrix}", False)]),
    ],
)
def test_what_looks_like_the_beginning_of_a_formula_stays_in_it(source, formulas):
    markup = Markup(None, print)
    html, _ = markup.markdown(source)
    assert markup.formulas == formulas and "\ue000" not in html


def test_an_environment_that_ends_as_another_is_named(tmp_path):
    (formula,) = set_formulas([(r"\begin{matrix}1\end{pmatrix}", False)], tmp_path)
    assert formula["reason"] == "the environment matrix ends as pmatrix"
