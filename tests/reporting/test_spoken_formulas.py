"""Formulas as words: what is read aloud in place of a formula."""

import re

import nbformat
import pikepdf
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.reporting.spoken_formulas import spoken

FORMULAS = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)


@pytest.mark.parametrize(
    ("tex", "words"),
    [
        (r"\mathbf u_w^\top \mathbf v_i", "u sub w transposed v sub i"),
        (r"\mathbf u_{w_k}", "u sub w sub k end sub"),
        (r"U M^{-\top}", "U M inverse transposed"),
        (r"\sigma'(x) = \sigma(x)(1 - \sigma(x))",
         "sigma prime of x equals sigma of x open parenthesis 1 minus sigma of x close parenthesis"),
        (r"\sigma(\mathbf u_o^\top \mathbf v_i)\, \mathbf u_o",
         "sigma of open parenthesis u sub o transposed v sub i close parenthesis u sub o"),
        (r"\sigma (1 - \sigma)", "sigma open parenthesis 1 minus sigma close parenthesis"),
        (r"\ell''_{iw}(0)", "ell double prime sub i w of 0"),
        (r"\frac{\partial J}{\partial U}", "the derivative of J by U"),
        (r"\frac{\partial^2 J}{\partial x^2}",
         "the fraction partial squared J over partial x squared end fraction"),
        (r"\tfrac12 + \frac1{1 + x}", "1 over 2 plus the fraction 1 over 1 plus x end fraction"),
        (r"s_{\max} = \max_w s_w", "s sub max equals the maximum over w of s sub w"),
        (r"\sum_{i \in \mathcal B_t} x_i", "the sum over i in script B sub t of x sub i"),
        (r"2 \cdot 10^{-16} < |f|^2", "2 times 10 to the power minus 16 is less than the absolute value of f end "
         "absolute value squared"),
        (r"\text{count}(w)^{3/4}", "count of w to the power 3 over 4 end power"),
        (r"\begin{aligned} a &= b, \\ c &\ne d. \end{aligned} \tag{1.2}", "a equals b; c is not equal to d"),
        (r"\begin{pmatrix} 0 & A \\ A^\top & 0 \end{pmatrix}",
         "the matrix with the rows: 0, A; A transposed, 0, end of rows"),
        (r"\boldsymbol\delta =: \hat y", "delta which is named y hat"),
        (r"\left( x \right)", "open parenthesis x close parenthesis"),
        ("7.625", "7.625"),
    ],
)  # fmt: skip
def test_words(tex, words):
    assert spoken(tex) == words


@pytest.mark.parametrize(
    "tex", [r"\unknown", "{", "x_", r"\frac{1}", "(" * 5000, "", r"\sigma((x", "ä", "}", "^"]
)
def test_what_is_not_understood_stays_tex(tex):
    assert spoken(tex) in (tex, " ".join(["open parenthesis"] * 5000), "ä")


def test_every_formula_of_the_notebooks_is_words(built):
    texts = []
    for path in (built / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            shown = [o.data.get("text/markdown", "") for o in cell.get("outputs", []) if "data" in o]
            texts += [cell.source] if cell.cell_type == "markdown" else shown
    formulas = {one or other for text in texts for one, other in FORMULAS.findall(text)}
    assert len(formulas) > 150
    assert [tex for tex in formulas if re.search(r"[\\{}_^&]", spoken(tex))] == []


def test_the_pdf_of_the_report_has_words(built):
    with pikepdf.open(built / "report.pdf") as pdf:
        alternatives = alternatives_of(pdf)
    assert len(alternatives) > 100 and not [text for text in alternatives if re.search(r"[\\{}_^]", text)]
    assert (
        "the derivative of J by v sub i equals U transposed open parenthesis y hat minus y close parenthesis"
        in alternatives
    )


def alternatives_of(pdf):
    return [
        str(each.Alt)
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/Formula"
    ]


def test_the_pdf_of_any_notebook_has_words(tmp_path):
    cell = new_markdown_cell(r"$\hat x_i$ and $\mathring{x}$, `alt: \"x\"`")
    output, _ = ReportExporter().from_notebook_node(new_notebook(cells=[cell]))
    (tmp_path / "a.pdf").write_bytes(output)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert "x hat sub i" in alternatives_of(pdf)
