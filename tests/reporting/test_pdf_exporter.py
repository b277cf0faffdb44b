import datetime
import http.server
import io
import json
import re
import socket
import subprocess
import threading
import unicodedata

import nbformat
import numpy as np
import pandas as pd
import pikepdf
import pypdfium2
import pytest
from matplotlib.ft2font import FT2Font
from nbconvert.exporters import get_exporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from pdf_text import texts_of
from PIL import Image

from w2vlib import W2VError
from w2vlib.reporting import display, printable_text, typesetting
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.reporting.notebook_pictures import Pictures
from w2vlib.reporting.pdf_exporter import ReportExporter, _cells, _pandoc
from w2vlib.utils.files import project_root
from w2vlib.utils.markdown import as_markdown, markdown_table

STYLE = project_root() / "report"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="80pt" height="40pt"><text x="9" y="20" font-family="DejaVu Sans">drawn</text></svg>'


def typst(markdown):
    return _pandoc(_cells(new_notebook(cells=[new_markdown_cell(markdown)]), None, None)[0], [], [])


def export(*cells, **metadata):
    notebook = new_notebook(cells=list(cells))
    if metadata:
        notebook.metadata["w2v"] = metadata
    return ReportExporter(strict=True).from_notebook_node(notebook)[0]


def text_of(pdf, tmp_path):
    path = tmp_path / "out.pdf"
    path.write_bytes(pdf)
    text = "\n".join(texts_of(path))
    return re.sub(r"\s+", " ", text)


def output(data, **record):
    return new_output("display_data", data=data, metadata={"w2v": record} if record else {})


def figure(label="f", caption="A caption.", alt="What it shows"):
    return output({"image/svg+xml": SVG}, kind="figure", label=label, caption=caption, alt=alt)


# Formulas: TeX on the left, the body that Typst gets on the right.
GOLDEN = {
    r"\mathbf v_i": "upright(bold(v))_i",
    r"\hat{\mathbf y}": "hat(upright(bold(y)))",
    r"U^\top \boldsymbol\delta": "U^top bold(delta)",
    r"\frac{\partial J}{\partial \mathbf v_i}": "frac(partial J, partial upright(bold(v))_i)",
    r"\sigma(-\mathbf u_{w_k}^\top \mathbf v_i)": r"sigma \( - upright(bold(u))_(w_k)^top upright(bold(v))_i \)",
    r"\sum_{k=1}^{K} \log \sigma(x)": r"sum_(k = 1)^K log sigma \( x \)",
    r"\mathrm{softmax}(U \mathbf v_i)": r"upright(softmax) \( U upright(bold(v))_i \)",
    r"w \ne o": "w eq.not o",
    r"O(n\,d)": r"O \( n thin d \)",
    r"10^{-5} \cdot \text{tokens}": '10^(- 5) dot.op upright("tokens")',
    r"a \le b \ge c \approx d": "a lt.eq b gt.eq c approx d",
    r"x \in \mathbb R^n": "x in bb(R)^n",
    r"\max_w s_w": "max_w s_w",
    r"A \otimes B \odot C": "A times.o B dot.o C",  # pandoc's times.circle is no symbol of this Typst
}


@pytest.mark.parametrize(("tex", "body"), GOLDEN.items(), ids=GOLDEN.keys())
def test_formulas(tex, body):
    def squeezed(text):
        return re.sub(r'[\s"\[\]]', "", text)

    out = typst(f"${tex}$")
    assert squeezed(body) in squeezed(out), out


def notebook_formulas():
    for path in sorted((STYLE.parent / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                yield from re.findall(r"\$\$.+?\$\$|(?<!\$)\$[^$\n]+\$(?!\$)", cell.source, re.DOTALL)


def test_every_formula_of_the_notebooks_is_typeset_without_a_trace_of_tex():
    formulas = sorted(set(notebook_formulas()))
    assert len(formulas) > 60
    # One formula a paragraph, in one call of pandoc; tags would clash with references elsewhere.
    out = typst("\n\n".join(formulas))
    bodies = re.sub(r'"(?:[^"\\]|\\.)*"', '""', out)  # without the alternative texts, which quote the TeX
    assert not re.findall(r"\\[a-zA-Z]+", bodies)
    assert out.count("inline-eq(") + out.count("block-eq(") == len(formulas)
    assert export(new_markdown_cell("# All\n\n" + "\n\n".join(formulas))).startswith(b"%PDF")


def test_equations_are_numbered_boxed_and_linked(tmp_path):
    out = typst("$$\n\\boxed{a = b}\n\\tag{1.2}\n$$\n\nSee (1.2), not (0.5).")
    assert 'tag: "(1.2)", boxed: true' in out and "<eq-1.2>" in out
    assert "#link(<eq-1.2>)[(1.2)]" in out and "(0.5)" in out
    pdf = export(new_markdown_cell("# One\n\n$$a = b \\tag{1.2}$$\n\nBy Eq. (1.2)."))
    assert text_of(pdf, tmp_path).count("(1.2)") == 2


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (r"$\undefinedmacro{x}$", "cannot typeset the formula"),
        (r"$$\frac{a}{$$", "a formula without its end"),
        (r"the \alpha of it", "TeX outside a formula"),
        ("By Eq. (9.9).", "there is no equation"),
        ("$$a \\tag{1.1}$$ $$b \\tag{1.1}$$", "two equations are numbered"),
        ("[see](#nowhere)", "has no target"),
        ("![picture](x.png)", "show pictures from code"),
        ("<b>bold</b>", "raw html is not supported"),
    ],
)
def test_what_cannot_be_set_is_named_with_its_place(source, message):
    cell = new_markdown_cell(source)
    cell.metadata["w2v"] = {"notebook": "04_word_vectors", "cell": 7}
    with pytest.raises(W2VError, match=message) as caught:
        export(cell)
    if "numbered" not in message:
        assert "Notebook 04_word_vectors, cell 7" in str(caught.value)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        (output({"application/vnd.plotly.v1+json": {}}), "vnd.plotly"),
        (output({"application/x-widget": "w", "text/plain": "W()"}), "x-widget"),
        (output({"text/html": "<div>hi</div>"}), "HTML that is not a table"),
        (
            output({"text/html": "<table><tr><td><img src='a.png'></td></tr></table>"}),
            "printed whole: the pict",
        ),
        (
            output({"text/html": "<table><tr><td>x<script>run()</script></td></tr></table>"}),
            "whole: a script",
        ),
        (
            output({"text/markdown": "lost\n\n| a |\n|---|\n"}, kind="table", label="t", caption="C"),
            "more than that",
        ),
        (
            output({"text/markdown": "text"}, kind="table", label="t", caption="C"),
            "should be a table has none",
        ),
        (output({"image/svg+xml": SVG}), "without caption"),
        (
            output({"image/png": "AAAA"}, kind="figure", label="p", caption="C", alt="a"),
            "picture: it is damaged",
        ),
        (new_output("error", ename="KeyError", evalue="x", traceback=[]), "ended in KeyError"),
    ],
)
def test_outputs_that_cannot_be_printed_are_errors(out, message):
    with pytest.raises(W2VError, match=message):
        export(new_code_cell("x", outputs=[out]))


def test_unresolved_references_and_citations_are_errors():
    for target in ("#fig-none", "#tbl-none", "#ref-none2020", "09_none.ipynb"):
        with pytest.raises(W2VError, match=f"cell 1: the link to {target} has no target in the report"):
            export(new_markdown_cell(f"# H\n\n[x]({target})"))


@pytest.mark.parametrize("source", ["# H\n\n##\n\ntext", "# H\n\n## <!-- nothing -->"])
def test_a_heading_without_text_is_an_error(source):
    with pytest.raises(W2VError, match="cell 1: a heading has no text"):
        export(new_markdown_cell(source))


def test_every_kind_of_output_reaches_the_page(tmp_path):
    html = "<style>x</style><table><thead><tr><th>left</th><th>42</th></tr></thead><tbody><tr><td>cell</td><td>43</td></tr></tbody></table>"
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    record = {"kind": "figure", "label": "p", "caption": "Pixel.", "alt": "a pixel"}
    cells = [
        new_markdown_cell("# Head\n\nProse with `code`.\n- item\n\n| m |\n|:--|\n| inner $x$ |"),
        new_code_cell("visible = 1", outputs=[new_output("stream", name="stdout", text="\x1b[31mstreamed\x1b[0m")]),
        new_code_cell("hidden = 1", outputs=[output({"text/markdown": "said **so**"})]),
        new_code_cell("a", outputs=[output({"text/html": html}), output({"text/latex": "$\\sigma$ latex"})]),
        new_code_cell("b", outputs=[new_output("execute_result", data={"text/plain": "plain result"})]),
        new_code_cell("c", outputs=[figure(), output({"image/png": png}, **record)]),
        new_code_cell("d", outputs=[
            output({"text/markdown": "| a | b |\n| --- | ---: |\n| q | 7 |"}, kind="table", label="t", caption="Rows. More."),
            output({"text/markdown": "*Table:* Rows. More."}, kind="caption", label="t"),
        ]),
        new_markdown_cell("See [it](#fig-f) and [that](#tbl-t), by [them](#ref-mikolov2013b) and [(others, 2014)](#ref-levy2014regularities)."),
    ]  # fmt: skip
    cells[2].metadata["tags"] = ["remove-input"]
    text = text_of(export(*cells, title="The title", authors=["A"]), tmp_path)
    for part in (
        "The title", "Prose with code", "item", "inner", "visible = 1", "streamed", "said so", "left", "cell", "43",
        "latex", "plain result", "Figure 1. A caption", "Figure 2. Pixel", "Table 1. Rows. More.", "See Figure 1",
        "Table 1", "T. Mikolov, I. Sutskever", "References",
    ):  # fmt: skip
        assert part in text, part
    assert "hidden = 1" not in text and "\x1b" not in text
    assert text.count("Rows. More.") == 1  # whole below the table, cut in the list


@pytest.mark.parametrize("n_rows", [1, 2, 40])
def test_every_row_of_a_table_is_printed(n_rows, tmp_path):
    frame = pd.DataFrame({"word": [f"word{n}row" for n in range(n_rows)], "count": range(n_rows)})
    ((data, record),) = [display.Table(frame, "words", "Words.").output()]
    written = "| a | b |\n|:---|---:|\n" + "\n".join(f"| cell{n}end | {n} |" for n in range(n_rows))
    html = (
        "<table><tr><th>a</th></tr>"
        + "".join(f"<tr><td>html{n}end</td></tr>" for n in range(n_rows))
        + "</table>"
    )
    code = new_code_cell(
        "1", outputs=[new_output("display_data", data=data, metadata=record), output({"text/html": html})]
    )
    pdf, _ = ReportExporter(strict=True).from_notebook_node(
        new_notebook(cells=[new_markdown_cell(written), code])
    )
    text = text_of(pdf, tmp_path)
    for n in range(n_rows):
        assert f"word{n}row" in text and f"cell{n}end" in text and f"html{n}end" in text


def widths_of(markup):
    """Widths of the columns of the first table in Typst markup: per cent, or None where it is automatic."""
    given = re.search(r"columns: \(([^)]*)\)", markup)[1].split(",")
    return [float(width.strip(" %")) if "%" in width else None for width in given if width.strip()]


def test_a_wide_table_gives_its_columns_what_their_words_need():
    text = "a sentence of several words " * 6
    rows = f"| id | measure | figure |\n|---|---|---|\n| R1 | {text} | 0.50 ± 0.10 |\n| R2 | {text} | [0.40, 0.60] |"
    markup = typst(rows)
    short, long, figure = widths_of(markup)
    assert short < figure < 20 < 60 < long and short + long + figure == pytest.approx(100, abs=2)
    assert "0.50~±~0.10" in markup and "0.40,~0.60" in markup  # on one line
    small = typst("| id | figure |\n|---|---|\n| R1 | 0.5 |")
    assert "columns: 2" in small or widths_of(small) == [None, None]


def test_too_many_columns_are_set_in_smaller_letters():
    n = 16
    line = "| " + " | ".join(["12,345,678"] * n) + " |"
    markup = typst(f"| {' | '.join(map(str, range(n)))} |\n|{'---|' * n}\n{line}")
    assert float(re.search(r"show table: set text\(([\d.]+)pt\)", markup)[1]) < 7


def test_a_hyphen_before_a_number_is_a_minus_sign(tmp_path):
    pdf = export(new_markdown_cell("It is lower (-0.05 [-0.25, 0.14]) or -3, and 2-3 are top-ranked (-x)."))
    assert "(−0.05 [−0.25, 0.14]) or −3, and 2-3 are top-ranked (-x)." in text_of(pdf, tmp_path)


def test_words_of_any_text_are_printed_and_never_run(tmp_path):
    words = ["#panic()(1.8)", "<b>", "$$85", r"\n23", "$x$", "&amp;", "[x](http://y.z/)", "--", "***", "`", "a|b",
             "@ref", "中文", "😀", "Ελλάδα", "שלום", "𐤀", "::::", "(1.8)", "#let", "~", "_x_", '"q"2', "//", "/*"]  # fmt: skip
    table = markdown_table(pd.DataFrame({"word": [as_markdown(w) for w in words], "n": range(len(words))}))
    record = {"kind": "table", "label": "t", "caption": "On " + ", ".join(map(as_markdown, words)) + ". So."}
    cells = [
        new_markdown_cell("# Head\n\n$$a \\tag{1.8}$$"),
        new_code_cell("a", outputs=[output({"text/markdown": table}, **record)]),
        new_code_cell(
            "b", outputs=[output({"text/markdown": " ".join(map(as_markdown, words))}, kind="headline")]
        ),
        new_code_cell("c", outputs=[new_output("stream", name="stdout", text="\n".join(words))]),
    ]
    text = text_of(export(*cells, title=" ".join(words), text=" ".join(words)), tmp_path)
    for word in words:
        if word.isascii() and word != "`":
            assert text.count(word) >= 3, word
    assert "Ελλάδα" in text and "⟨U+4E2D⟩⟨U+6587⟩" in text and "⟨U+10900⟩" in text


def test_the_same_notebook_gives_the_same_bytes_tagged_and_embedded(tmp_path):
    cells = [new_markdown_cell("# Head\n\n$x$"), new_code_cell("1", outputs=[figure()])]
    metadata = {"title": "T", "authors": ["A"], "created": "2020-01-02T03:04:05+00:00"}
    first = export(*cells, **metadata)
    assert first == export(*cells, **metadata)
    path = tmp_path / "out.pdf"
    path.write_bytes(first)
    with pikepdf.open(path) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in pdf.Root and str(pdf.Root.Lang) == "en-GB"
        xmp = pdf.open_metadata()
        assert xmp["pdfaid:part"] == "3" and xmp["pdfaid:conformance"] == "A" and xmp["pdfuaid:part"] == "1"
        assert "2020-01-02" in xmp["xmp:CreateDate"]
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        assert fonts and all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)
        assert any("DejaVuSans" in str(font.FontName) for font in fonts)
        alternatives = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
        assert "What it shows" in alternatives and "x" in alternatives


def test_stock_nbconvert_finds_the_exporter_and_its_own_still_work(tmp_path):
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# Head\n\ntext")]), path)
    command = ["jupyter", "nbconvert", "--to", "w2v-pdf", str(path)]
    subprocess.run(command, check=True, capture_output=True, cwd=STYLE.parent)
    assert path.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    for kind in ("html", "latex"):
        text, _ = get_exporter(kind)().from_filename(str(path))
        assert "Head" in text and len(text) > 1000
    assert json.loads(path.read_text())["cells"]


# A notebook of somebody else's: what it says is data


FOREIGN = [
    "*a*.func()", '**b**.has("body")', "*name*.csv", "~~c~~.len()", "$x$.body", "$x$(1)", "``a`b``.e(1)",
    "[l](http://x.y).z(2)", "*b*[c]", "*b*{c}", "`#panic()`{=typst}", '#import "@preview/x:1.0.0"', "*a*;b",
    "```{=typst}\n#panic()\n```", "::: {.w2v-figure path=main.typ}\nhi\n:::", "a <!-- c -->.f()", "> q {#sec-x .y}",
]  # fmt: skip


@pytest.mark.parametrize("source", FOREIGN)
def test_markdown_is_printed_and_never_run(source, tmp_path):
    record = {"kind": "figure", "label": "f", "caption": f"On {source} and on."}
    picture = output({"image/svg+xml": SVG}, **record, alt=source)
    cells = [
        new_markdown_cell(f"# Head\n\n{source}\n\nafter"),
        new_code_cell("1", outputs=[output({"text/markdown": source}, kind="headline"), picture]),
    ]
    text = text_of(export(*cells, title=source, subtitle=source, authors=[source]), tmp_path)
    tail = re.search(r"[.;{\[(][\w.;{}()\[\]\"]*$", source)
    if tail and "\n" not in source and "=typst" not in source:  # what follows a name or a formula is not lost
        assert text.count(tail[0].replace('"', "")) + text.count(re.sub('"', "”", tail[0])) >= 2 or (
            tail[0] in text
        )
    assert "after" in text


@pytest.mark.parametrize("label", ["f>#panic()", "a b", "", None, 3, 'x"y', "<f", "\n\n#panic()"])
def test_labels_are_names(label):
    picture = output({"image/svg+xml": SVG}, kind="figure", label=label, caption="C.", alt="a")
    rows = output({"text/markdown": "| a |\n|---|\n| b |"}, kind="table", label=label, caption="C.")
    for out in (picture, rows):
        with pytest.raises(W2VError, match="a label may have|needs label"):
            export(new_markdown_cell("# H"), new_code_cell("1", outputs=[out]))


@pytest.mark.parametrize("label", ["f%3E#panic()", "a b", 'x"y', "x)#panic()//"])
def test_references_are_names(label):
    with pytest.raises(W2VError, match="a label may have|Typst: .*label|has no target"):
        export(new_markdown_cell(f"# H\n\n[x](<#fig-{label}>)"))


def test_metadata_name_no_files(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    secret = tmp_path / "secret.ipynb"
    secret.write_text("{}")
    cell = new_code_cell("1", outputs=[figure()])
    cell.metadata["w2v"] = {"notebook": str(tmp_path / "made"), "cell": "../x"}
    pdf = export(cell, attachments=[str(secret), "../secret.ipynb", "/etc/passwd"])
    assert not list(tmp_path.glob("made*"))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not opened.attachments


@pytest.mark.parametrize("name", ["../secret.ipynb", "/etc/passwd", "link.ipynb", "data.txt", 3])
def test_only_notebooks_below_the_notebook_are_attached(name, tmp_path):
    (tmp_path / "secret.ipynb").write_text("{}")
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (beside / "data.txt").write_text("x")
    (beside / "good.ipynb").write_text("{}")
    path = beside / "n.ipynb"
    for listed, refused in ((["good.ipynb"], False), ([name], True)):
        notebook = new_notebook(cells=[new_markdown_cell("# H")], metadata={"w2v": {"attachments": listed}})
        nbformat.write(notebook, path)
        if refused:
            with pytest.raises(W2VError, match="cannot be attached: it is not a notebook in"):
                ReportExporter(attach=True, strict=True).from_filename(str(path))
        else:
            pdf, _ = ReportExporter(attach=True, strict=True).from_filename(str(path))
            with pikepdf.open(io.BytesIO(pdf)) as opened:
                assert list(opened.attachments) == ["good.ipynb"]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        (["a/x.ipynb", "b/x.ipynb"], "have the name x.ipynb"),
        (["none.ipynb"], "Cannot attach 'none.ipynb': There is no"),
    ],
)
def test_attachments_that_cannot_be_are_never_left_out_silently(listed, reason, strict, tmp_path, capsys):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.ipynb").write_text("{}")
    notebook = new_notebook(cells=[new_markdown_cell("# H")])
    notebook.metadata["w2v"] = {"title": "T", "attachments": listed}
    nbformat.write(notebook, tmp_path / "n.ipynb")
    if strict:
        with pytest.raises(W2VError, match=reason):
            ReportExporter(attach=True, strict=True).from_filename(str(tmp_path / "n.ipynb"))
        return
    pdf, _ = ReportExporter(attach=True).from_filename(str(tmp_path / "n.ipynb"))
    assert re.search(f"n.ipynb, metadata: .*{reason}", capsys.readouterr().err)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert list(opened.attachments) == [path[2:] for path in listed[:1] if path != "none.ipynb"]


def test_attachments_have_names_of_plain_letters(tmp_path):
    (tmp_path / "é 中.ipynb").write_text("{}")
    notebook = new_notebook(cells=[new_markdown_cell("# H")])
    notebook.metadata["w2v"] = {"title": "T", "attachments": ["é 中.ipynb"]}
    nbformat.write(notebook, tmp_path / "n.ipynb")
    pdf, _ = ReportExporter(attach=True, strict=True).from_filename(str(tmp_path / "n.ipynb"))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert list(opened.attachments) == ["___.ipynb"]


def test_attachments_that_the_layout_does_not_have_are_named(tmp_path, capsys):
    (tmp_path / "x.ipynb").write_text("{}")
    notebook = new_notebook(cells=[new_raw_cell("raw")], metadata={"w2v": {"attachments": ["x.ipynb"]}})
    nbformat.write(notebook, tmp_path / "n.ipynb")
    ReportExporter(attach=True).from_filename(str(tmp_path / "n.ipynb"))
    assert "n.ipynb, metadata: x.ipynb is attached only in the layout of a report" in capsys.readouterr().err


@pytest.mark.parametrize(
    "metadata",
    [
        3,
        "x",
        [1],
        {"title": 3, "authors": "A", "keywords": [1, "k"], "created": "yesterday", "subtitle": None},
    ],
)
def test_metadata_of_other_kinds_are_left_out(metadata, tmp_path):
    notebook = new_notebook(
        cells=[new_markdown_cell("# H"), new_code_cell("1", outputs=[output({"text/plain": "p"})])]
    )
    notebook.metadata["w2v"] = metadata
    for cell in notebook.cells:
        cell.metadata["w2v"] = metadata
    notebook.cells[1].outputs[0].metadata["w2v"] = metadata
    assert "H" in text_of(ReportExporter(strict=True).from_notebook_node(notebook)[0], tmp_path)


@pytest.mark.parametrize(
    "element", ["<iframe src='{}'></iframe>", "<img src='{}'>", "<object data='{}'></object>"]
)
def test_no_address_is_fetched(element):
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        html = element.format(f"http://127.0.0.1:{running.server_port}/x")
        for out in (
            f"<table><tr><td>cell {html}</td></tr></table>",
            f"<table><tr><td>a</td></tr></table>{html}",
        ):
            try:
                export(new_markdown_cell("# H"), new_code_cell("1", outputs=[output({"text/html": out})]))
            except W2VError:
                pass
        running.shutdown()
    assert asked == []


def right_edge(pdf):
    """Largest distance of a character from the left edge of its page, as a part of the page's width."""
    edges = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            edges += [text.get_charbox(i)[2] / page.get_width() for i in range(text.count_chars())]
    return max(edges)


@pytest.mark.parametrize("letters", [71, 500])
def test_long_words_end_before_the_page_does(letters):
    frame = pd.DataFrame({"rare": ["top:10000"], "word": ["x" * letters], "code": [f"`{'y' * letters}`"]})
    data, metadata = display.Table(frame, "t", f"Caption {'z' * letters}").output()
    cells = [
        new_markdown_cell(f"# H\n\n{'w' * letters} `{'c' * letters}`"),
        new_code_cell("q" * letters, outputs=[new_output("display_data", data=data, metadata=metadata)]),
    ]
    assert right_edge(export(*cells)) < 0.91
    six = pd.DataFrame({name: [name * 60] for name in "abcdef"})  # each is short enough alone
    data, metadata = display.Table(six, "t", "Caption").output()
    cell = new_code_cell("1", outputs=[new_output("display_data", data=data, metadata=metadata)])
    assert right_edge(export(cell)) < 0.91


INJECTED = (
    '`x-eq(alt: "` before #(1000+337) after `a"b`', '-eq(alt: "#(1000+337)"', "`#inline-eq(alt: \"x^2\", $x^2$)`",
    '| -eq(alt: "#(1000+337) |\n|---|\n| " |', '$x$ `-eq(alt: "` #(1000+337) "',
)  # fmt: skip


@pytest.mark.sampled(3)
@pytest.mark.parametrize("text", INJECTED)
def test_text_that_looks_like_an_equation_of_typst_is_text(text, tmp_path):
    caption = output({"image/svg+xml": SVG}, kind="figure", label="f", caption=text.split("\n")[0], alt="a")
    for cells in ([new_markdown_cell(text)], [new_code_cell(text)], [new_code_cell("1", outputs=[caption])]):
        if cells[0].cell_type == "code" and "|" in text:
            continue
        shown = text_of(export(*cells), tmp_path)
        assert "1337" not in shown and "squared" not in shown and "-eq(alt:" in shown


def test_typst_fetches_no_package(tmp_path, monkeypatch):
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(typesetting, "_DEAD_PROXY", f"http://127.0.0.1:{server.getsockname()[1]}")

        def answer():
            connection, _ = server.accept()
            asked.append(connection.recv(100))
            connection.close()

        listener = threading.Thread(target=answer, daemon=True)
        listener.start()
        (tmp_path / "main.typ").write_text('#import "@preview/example:0.1.0": f')
        with pytest.raises(W2VError, match="failed to download package"):
            typesetting.typeset(tmp_path, datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        listener.join(5)
    assert asked and asked[0].startswith(b"CONNECT ")  # it asks nobody but the proxy, which is dead otherwise


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>before $x$</p><table><tr><td>a</td></tr></table>after<table><tr><td>b", "before 𝑥 a after b"),
        ("<table><caption>CAP</caption><tr><td>a</td></tr></table>", "CAP a"),
        ("<table><tfoot><tr><td>foot</td></tr></tfoot><tbody><tr><td>a</td></tr></tbody></table>", "a foot"),
        ("<table><tr><td>out<table><tr><td>in</td></tr></table></td></tr></table>", "out in"),
        ("<table><tr><td>a, kind: table</td></tr></table>", "a, kind: table"),
    ],
)
def test_all_of_an_html_output_with_a_table_is_printed(html, words, tmp_path):
    cell = new_code_cell("", outputs=[output({"text/html": html})], metadata={"tags": ["remove-input"]})
    assert words in text_of(export(cell), tmp_path)


def test_tags_and_options_leave_parts_out_in_the_layout_of_a_report(tmp_path):
    cells = [
        new_code_cell(f"code_{tag}", outputs=[output({"text/plain": f"out_{tag}"})], metadata={"tags": [tag]})
        for tag in ("remove-input", "remove-output", "remove-cell")
    ]
    notebook = new_notebook(cells=cells, metadata={"w2v": {"title": "T"}})
    shown = text_of(ReportExporter().from_notebook_node(notebook)[0], tmp_path)
    assert re.findall(r"\w+_remove-\w+", shown) == ["out_remove-input", "code_remove-output"]
    shown = text_of(ReportExporter(exclude_input=True).from_notebook_node(notebook)[0], tmp_path)
    assert re.findall(r"\w+_remove-\w+", shown) == ["out_remove-input"]
    page, _ = PageExporter().from_notebook_node(notebook)
    assert "out_remove-input" in page and page.count("out_remove-") == 1 and "code_remove" in page


def test_texts_in_pieces_are_joined(tmp_path):
    table = ["<table><tr><td>", "cell</td></tr></table>"]
    pieces = {"text/markdown": ["some ", "words"]}, {"text/latex": ["$a", "$"]}, {"text/html": table}
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[output(data) for data in pieces])])
    shown = text_of(ReportExporter(strict=True).from_notebook_node(notebook)[0], tmp_path)
    page, _ = PageExporter().from_notebook_node(notebook)
    assert "some words" in shown and "cell" in shown and "some words" in page and "cell" in page


def test_every_character_of_the_font_is_printed_or_shown_as_its_code_point(tmp_path):
    points = sorted(FT2Font(str(printable_text.font_path("DejaVuSans.ttf"))).get_charmap())
    letters = [
        chr(point) for point in points if chr(point).isprintable() or unicodedata.category(chr(point)) == "Co"
    ]
    letters = [letter for letter in letters if not unicodedata.combining(letter)]
    lines = ["".join(letters[i : i + 60]) for i in range(0, len(letters), 60)]
    svg = SVG.replace("drawn", "of\uf001ce ‼‥⁂").replace('font-family="DejaVu Sans"', "")
    picture = output({"image/svg+xml": svg}, kind="figure", label="f", caption="of\uf001ce", alt="\uf001")
    plain = new_output("stream", name="stdout", text="\n".join(lines))
    shown = text_of(
        export(
            new_code_cell("", outputs=[plain, picture]), new_markdown_cell("of\uf001ce"), title="of\uf001ce"
        ),
        tmp_path,
    )
    assert shown.count("of⟨U+F001⟩ce") >= 4 and "⟨U+EF00⟩" in shown and "ж" in shown


ANY_LAYOUT = {"report": ReportExporter(strict=True), "any": ReportExporter()}


@pytest.mark.parametrize("layout", ANY_LAYOUT)
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("<table><tr><td><u>ab</u>.func()(str(40+2)) <ins>a</ins><span>.fields()</span></td></tr></table>",
         "ab.func()(str(40+2)) a.fields()"),
        ("<table><tr><td>+ 5</td><td>- 7</td><td>= up</td><td>/ a: b</td><td>1. x</td></tr></table>",
         "+ 5 - 7 = up / a: b 1. x"),
        ("<table><tr><td><p>/ a: b</p></td></tr></table>", "/ a: b"),
        ("<table><tr><td colspan=0 rowspan=0>a</td></tr></table>", "a"),
        ("<p>" + "1 < 2 wx. " * 1001 + "</p><table><tr><td>end</td></tr></table>", "1 < 2 wx. end"),
    ],
)  # fmt: skip
def test_html_is_printed_as_it_is_written(cell, words, layout, tmp_path):
    made = new_code_cell("", outputs=[output({"text/html": cell})], metadata={"tags": ["remove-input"]})
    pdf, _ = ANY_LAYOUT[layout].from_notebook_node(new_notebook(cells=[made]))
    assert words in text_of(pdf, tmp_path)


@pytest.mark.parametrize("layout", ANY_LAYOUT)
def test_marks_at_the_beginning_of_a_line_are_text(layout, tmp_path):
    source = "- \\= x\n- \\+ y\n\n[\\= z](https://x.y) a-? b\n\nc\u2028= d\n\n| e |\n|---|\n| = f |\n| - 7 |\n\n---\n\nend"
    pdf, _ = ANY_LAYOUT[layout].from_notebook_node(new_notebook(cells=[new_markdown_cell(source)]))
    shown = text_of(pdf, tmp_path)
    assert "= x • + y = z a-? b c = d e = f - 7 end" in shown


def test_references_to_characters_in_drawings_are_read(tmp_path):
    svg = SVG.replace("drawn", "&#x4E2D;&#25991; q&#x301; &amp; &#60;")
    picture = output({"image/svg+xml": svg}, kind="figure", label="f", caption="C", alt="a")
    assert "⟨U+4E2D⟩⟨U+6587⟩ q⟨U+0301⟩ & <" in text_of(
        export(new_code_cell("1", outputs=[picture])), tmp_path
    )


def test_pictures_of_16_bits_keep_their_greys(tmp_path):
    content = io.BytesIO()
    Image.fromarray(np.linspace(0, 65535, 10_000).astype(np.uint16).reshape(100, 100)).save(content, "PNG")
    made = Image.open(tmp_path / Pictures(tmp_path, None).add(content.getvalue())["path"])
    assert 125 < np.asarray(made.convert("L")).mean() < 130
    numbers = io.BytesIO()
    Image.fromarray(np.zeros((9, 9), np.float32)).save(numbers, "TIFF")
    with pytest.raises(W2VError, match="its numbers are no colours"):
        Pictures(tmp_path, None).add(numbers.getvalue())


def test_a_text_with_all_characters_of_private_use_is_printed(tmp_path):
    text = "".join(map(chr, range(0xE000, 0xF900)))
    pdf, _ = ReportExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell(text)]))
    assert "⟨U+E000⟩" in text_of(pdf, tmp_path).replace("\u200b", "")
