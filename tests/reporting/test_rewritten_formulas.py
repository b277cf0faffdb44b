"""Formulas that pandoc does not know are rewritten, set, and read back."""

import pytest

from w2vlib.reporting.formula_setting import set_formulas


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
