"""No exporter loses a word of a notebook without saying so."""

import base64
import html
import re
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pdf_text import texts_of

from w2vlib import W2VError
from w2vlib.reporting.html_elements import with_shown_tags
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.reporting.notebook_markup import plain_html
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.reporting.stored_widgets import WIDGET

DRAWING = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
PDF = base64.b64encode(b"%PDF-1.7").decode()
RECORD = {"label": "l", "caption": "CAPTION", "alt": "DESCRIBED"}
STATE = "application/vnd.jupyter.widget-state+json"


def of_html(text):
    return new_notebook(cells=[new_code_cell("x", outputs=[new_output("display_data", {"text/html": text})])])


def exported(notebook):
    """Words in the PDF and in the page."""
    pdf, _ = ReportExporter().from_notebook_node(notebook)
    page, _ = PageExporter().from_notebook_node(notebook)
    page = page[page.index("<main") : page.index("</main")]
    return " ".join(texts_of(pdf)), html.unescape(re.sub(r"<[^<>]*>", " ", page))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<dl>STRAY<dt>TERM<dd>MEANS</dl>", "STRAY TERM MEANS"),
        ("<dl><dt>TERM</dl>", "TERM"),
        ("<dl><div><dt>TERM<dd>MEANS</div></dl>", "TERM MEANS"),
        ("<head><title>T</title><b>HEAD</b></head><main>MAIN</main>BODY", "HEAD MAIN BODY"),
        ("ONE <!--> TWO <!---> THREE <!-- gone --!> FOUR <!-- <!--> FIVE", "ONE TWO THREE FOUR FIVE"),
        ("<ul>STRAY<li>ITEM</li>LAST</ul>", "STRAY ITEM LAST"),
        ("<table>LOOSE<tr><td>CELL</td><td>NEXT</td></tr><tr><td>a</td></tr></table>", "LOOSE CELL NEXT"),
        ("the <unk> of <b>ALL</b></unk> and <S>STRUCK</S>", "<unk> ALL </unk> STRUCK"),
        ("<xmp>XMP</xmp> <noscript>NO</noscript> <frameset>FRAMES</frameset>", "XMP NO FRAMES"),
        ("if a <b and c> d then END", "then END"),
        (
            "<kbd><button>PRESS</button></kbd> <q><map>MAP<area></map></q> <mark><noscript>NO</mark>",
            "PRESS MAP NO",
        ),
        ("<xmp>a <i>RAW</i> &amp;</xmp> <plaintext>the <b>REST", "<i>RAW</i> &amp; <b>REST"),
        ("&bogus; &eacute;t&eacute; &nope;x", "&bogus; été &nope;x"),
    ],
)
def test_words_of_html_that_a_browser_shows(source, words):
    for text in exported(of_html(source)):
        assert all(word in text for word in words.split()), text
        assert "gone" not in text


def test_words_that_pandoc_would_lose_are_shown_once_more(monkeypatch):
    """Of `words`, which are read before pandoc has the text, one stands for those that are not foreseen."""
    monkeypatch.setattr(
        "w2vlib.reporting.html_exporter.plain_html",
        lambda text, note: plain_html(text, note) | {"words": ["KEPT", "FORGOTTEN"]},
    )
    page, _ = PageExporter().from_notebook_node(of_html("<p>KEPT</p>"))
    assert "KEPT FORGOTTEN" in page
    monkeypatch.setattr(
        "w2vlib.reporting.pdf_exporter.plain_html",
        lambda text, note: plain_html(text, note) | {"words": ["KEPT", "FORGOTTEN"]},
    )
    with pytest.raises(W2VError, match="cell 1: HTML of which words would be lost: FORGOTTEN"):
        ReportExporter(strict=True).from_notebook_node(of_html("<table><tr><td>KEPT</td></tr></table>"))


@pytest.mark.parametrize(
    "row",
    [
        "|c|d|dog|",
        "c | d | dog",
        r"|c|d|`e\|f` dog|",
        "|*c*|d|**dog**|",
        "|dogs|d|dog|",
        "|c|d|![k](dog.png)|",
    ],
)
def test_cells_of_markdown_beyond_the_head_of_their_table_are_named(row):
    notebook = new_notebook(cells=[new_markdown_cell(f"Text\n\n|a|b|\n|:-|-|\n{row}\n")])
    page, _ = PageExporter().from_notebook_node(notebook)
    assert re.search(r"<table>.*</table>.*in cells beyond the head of a table: [^<]*dog", page, re.DOTALL)
    with pytest.raises(W2VError, match="cell 1: a row of a table has more cells than its head"):
        ReportExporter(strict=True).from_notebook_node(notebook)


@pytest.mark.parametrize(
    "table",
    [
        '|a|b|\n|:-:|---|\n|"c d"|it\'s 1--2|\n|`x\\|y`|$a_1$|\n',
        "a | b\n--|--\n*c | d*\n- e | f\n",
        "|a|b|\n|-|-|\n|<!-- c -->|–|\n|[text](http://x.y/z)|\\*|\n",
        "|a|b|\n|-|-|\n|c|d|&nbsp;|\n|e|f||\n|**c `d`**|![k](x.png)|\n",
    ],
)
def test_tables_as_wide_as_their_heads_lack_nothing(table):
    page, _ = PageExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell(table)]))
    assert "<table>" in page and "beyond" not in page


def test_a_number_that_stands_there_twice_is_not_lost_once():
    lost = "<table><tr><td rowspan=2>cat</td><td>0.5</td></tr><tr><td>0.7</td><td>0.5</td></tr></table>"
    for text in exported(of_html(lost)):
        assert text.count("0.5") >= 2
    with pytest.raises(W2VError, match="cell 1: HTML of which words would be lost: 0.5"):
        ReportExporter(strict=True).from_notebook_node(of_html(lost))
    page, _ = PageExporter().from_notebook_node(
        new_notebook(cells=[new_markdown_cell("|a|b|\n|-|-|\n|1|2|1|\n")])
    )
    assert "beyond the head of a table: 1]" in page


def test_tags_in_drawings_and_formulas_are_left():
    for name in ("svg", "math"):
        nested = f"<{name}><{name}><text>ONE</text></{name}><path/><text>TWO</text></{name}>"
        assert with_shown_tags(f"{nested}<text>") == f"{nested}&lt;text>"
    drawing = "<svg width='200' height='50'><svg><text y='20'>ONE</text></svg><text y='40'>TWO</text></svg>"
    pdf, _ = ReportExporter().from_notebook_node(of_html(drawing))
    assert "ONE" in texts_of(pdf)[0] and "TWO" in texts_of(pdf)[0]


@pytest.mark.parametrize(
    ("style", "is_shown"),
    [("display:none", False), ("DISPLAY : None !important", False), ("display:block; display:none;", False),
     ("/* display:none */ color:red", True), ("display:none;display:block", True), ("-x-display:none", True)],
)  # fmt: skip
def test_what_a_browser_hides_is_hidden(style, is_shown):
    block = plain_html(f"<p style='{style}'>WORD</p>", print)
    assert block["words"] == (["WORD"] if is_shown else [])


def test_lists_of_definitions_have_any_number_of_terms_and_are_read_in_linear_time():
    for text in exported(of_html("<dl><dt>ONE<dt>TWO<dd>THREE<dd>FOUR</dl>")):
        assert (
            all(word in text for word in ("ONE", "TWO", "THREE", "FOUR")) and "layout of the cell" not in text
        )
    begin = time.process_time()
    plain_html("x" + "<dl>" * 2000, print)
    assert time.process_time() - begin < 10  # quadratic, 8 s for each of some thousand


def test_numbers_of_lists_and_hints_of_fields(capsys):
    PageExporter().from_notebook_node(of_html("<ol><li value=7>seven</ol>"))
    assert "cell 1: the numbers of a list" in capsys.readouterr().err
    assert plain_html("<input placeholder=HINT><input value=GIVEN placeholder=HINT>", print)["words"] == [
        "HINT",
        "GIVEN",
    ]


@pytest.mark.parametrize(
    ("data", "shown", "reason"),
    [
        ({"text/html": "<b>WORD</b>", "image/jpeg": ""}, "WORD", ""),
        ({"text/markdown": "WORD", "image/png": "%%%"}, "WORD", ""),
        ({"text/html": "<b>WORD</b>", "image/svg+xml": DRAWING}, "WORD", ""),
        ({"text/html": "<script>x()</script>", "image/svg+xml": DRAWING}, "data:image/svg+xml;base64,", ""),
        ({"text/plain": "WORD", "image/png": "%%%"}, "WORD", "a picture (image/png): it is damaged"),
        ({"image/png": DRAWING.replace("'/>", "' onload='run()'/>")}, "data:image/svg+xml;base64,", ""),
        ({"text/plain": "WORD", "image/png": PDF}, "WORD", "a picture (image/png): browsers show no PDF"),
        ({"image/png": base64.b64encode(DRAWING.encode()).decode()}, "data:image/svg+xml;base64,", ""),
        ({"application/json": {"key": "WORD"}}, "WORD", ""),
        ({"text/plain": "WORD", WIDGET: {"model_id": "m"}}, "DESCRIBED", "its stored texts are printed"),
    ],
)
def test_the_page_shows_the_first_form_that_is_whole(data, shown, reason, capsys):
    widgets = {STATE: {"state": {"m": {"state": {"description": "DESCRIBED"}}}}}
    cell = new_code_cell("x", outputs=[new_output("display_data", data)])
    page, _ = PageExporter().from_notebook_node(new_notebook(cells=[cell], metadata={"widgets": widgets}))
    page = page[page.index("<main") : page.index("</main")]
    err = capsys.readouterr().err
    assert shown in page and "onload" not in page and (reason in err if reason else err == "")


def test_figures_of_html_in_the_layout_of_a_report():
    figure = "<figure><figcaption>CAPTION</figcaption><table><tr><td>CELL</td></tr></table></figure>"
    pdf, _ = ReportExporter(strict=True).from_notebook_node(of_html(figure))
    assert "CAPTION" in " ".join(texts_of(pdf)) and "CELL" in " ".join(texts_of(pdf))


def test_annotations_of_formulas_are_not_shown():
    formula = "<math><msup><mi>x</mi><mn>2</mn></msup><annotation encoding='application/x-tex'>x^2</annotation></math>"
    page, _ = PageExporter().from_notebook_node(of_html(f"<table><tr><td>{formula}</td></tr></table>"))
    assert '<pre class="text">' not in page
    ReportExporter(strict=True).from_notebook_node(of_html(f"<table><tr><td>{formula}</td></tr></table>"))


def test_html_that_pandoc_cannot_read_is_shown_as_words_or_refused(monkeypatch):
    monkeypatch.setattr("w2vlib.reporting.notebook_markup.in_order", lambda soup: None)
    notebook = of_html("<table><tr><td><kbd><button>PRESS</button></kbd></td></tr></table>")
    for text in exported(notebook):
        assert "PRESS" in text
    with pytest.raises(W2VError, match="cell 1: HTML of which words would be lost: PRESS"):
        ReportExporter(strict=True).from_notebook_node(notebook)


@pytest.mark.parametrize(
    "text",
    ["BEFORE\n\n|a|\n|-|\n|CELL|\n\nAFTER", "|a|\n|-|\n|CELL|\n\n|b|\n|-|\n|AFTER|", "AFTER without CELL"],
)
def test_a_table_record_with_other_text_loses_nothing_on_the_page(text):
    output = new_output("display_data", {"text/markdown": text}, metadata={"w2v": RECORD | {"kind": "table"}})
    for shown in exported(new_notebook(cells=[new_code_cell("x", outputs=[output])])):
        assert all(word in shown for word in ("CELL", "AFTER", "CAPTION"))


@pytest.mark.parametrize("kind", ["table", "figure", "headline"])
@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<table><tr><td>CELL</td></tr></table>"},
        {"text/plain": "CELL"},
        {"text/latex": "CELL"},
        {"application/json": {"CELL": 1}},
        {"text/markdown": "CELL"},
    ],
)
def test_captions_are_shown_or_refused(data, kind):
    output = new_output("display_data", data, metadata={"w2v": RECORD | {"kind": kind}})
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[output])])
    for shown in exported(notebook):
        assert "CELL" in shown and "CAPTION" in shown
    with pytest.raises(W2VError, match="cell 1: "):
        ReportExporter(strict=True).from_notebook_node(notebook)


def abstract(text, **record):
    metadata = {"w2v": {"kind": "abstract", **record}}
    return new_code_cell(
        "x", outputs=[new_output("display_data", {"text/markdown": text}, metadata=metadata)]
    )


@pytest.mark.parametrize(
    "texts",
    [["* WORD\n* LAST"], ["> WORD\n\nLAST"], ["1. WORD\n2. LAST"], ["```\nWORD\n```\nLAST"], ["WORD", "LAST"],
     ["> WORD", "* LAST"], ["|a|b|\n|-|-|\n|WORD|LAST|"], ["$$x$$\n\nWORD\n\nLAST"]],
)  # fmt: skip
def test_abstracts_of_every_form_are_printed(texts):
    notebook = new_notebook(cells=[*map(abstract, texts), new_markdown_cell("# Head")])
    pdf, _ = ReportExporter(strict=True).from_notebook_node(notebook)
    first = texts_of(pdf)[0]
    assert "WORD" in first and "LAST" in first and "WORDLAST" not in first


def test_captions_without_their_figure_are_shown():
    alone = new_output("display_data", {"text/plain": "ALONE"}, metadata={"w2v": {"kind": "caption"}})
    notebook = new_notebook(cells=[new_code_cell("x", outputs=[alone]), abstract("TEXT", caption="CAPTION")])
    for shown in exported(notebook):
        assert all(word in shown for word in ("ALONE", "TEXT", "CAPTION"))
    with pytest.raises(W2VError, match="cell 2: a caption can be printed with a picture"):
        ReportExporter(strict=True).from_notebook_node(notebook)


def test_deep_and_long_elements_are_written_and_read():
    for text in ("<b>x " * 5000 + "y</b>" * 5000, "<div>x" * 400 + "y</div>" * 400):
        assert plain_html(text, print)["words"]
    begin = time.process_time()
    assert plain_html("<select>" + "<option label=x>y" * 20_000, print)["words"] == ["x"] * 20_000
    assert time.process_time() - begin < 20  # a quarter of an hour


def test_words_in_angle_brackets_are_no_tags():
    source = "The token <unk> and the number <N>, <b>bold</b>"
    for text in exported(new_notebook(cells=[new_markdown_cell(source)])):
        assert "<unk>" in text and "<N>" in text


@pytest.mark.parametrize("script", ["<script>run()", "<script>if (a <!-- b) run()</script>"])
def test_scripts_with_and_without_an_end_are_noted(script, capsys):
    PageExporter().from_notebook_node(of_html(f"<b>text</b>{script}"))
    assert "cell 1: a script, which a page cannot run" in capsys.readouterr().err


def test_formulas_in_scripts_are_no_tags():
    block = plain_html("<script type='math/tex'>a<b</script>", print)
    assert block["formulas"] == [{"tex": "a<b", "display": False}]


def test_formulas_in_html_outputs_are_set():
    table = "<table><tr><td>a $x_1^2$ costs $5</td><td>\\[\\frac{1}{2}\\]</td></tr></table>"
    pdf, _ = ReportExporter(strict=True).from_notebook_node(of_html(table))
    page, _ = PageExporter().from_notebook_node(of_html(table))
    assert page.count("<math") == 2 and "<mfrac>" in page and "costs $5" in page
    printed = " ".join(texts_of(pdf))
    assert "costs $5" in printed and "$x" not in printed and "frac" not in printed


def test_slow_formulas_in_html_outputs_are_tex_or_refused():
    deep = "x^{" * 40 + "y" + "}" * 40
    page, _ = PageExporter().from_notebook_node(of_html(f"<p>${deep}$</p>"))
    assert "[formula printed as TeX: its superscripts" in page and deep in page
    with pytest.raises(W2VError, match="cannot be set: its superscripts"):
        ReportExporter(strict=True).from_notebook_node(of_html(f"<table><tr><td>${deep}$</td></tr></table>"))


def test_the_page_has_the_traceback_of_an_error():
    traceback = ["\x1b[0;31mTraceback\x1b[0m of ours", "ValueError: wrong"]
    error = new_output("error", ename="ValueError", evalue="wrong", traceback=traceback)
    page, _ = PageExporter().from_notebook_node(new_notebook(cells=[new_code_cell("x", outputs=[error])]))
    assert "Traceback of ours\nValueError: wrong" in page


@pytest.mark.parametrize("tag", ["<!--", "<a ='", "<svg ", "<script>", "</"])
def test_tags_and_comments_without_an_end_are_read_once(tag):
    assert with_shown_tags(tag * 100_000).startswith(tag)


def test_what_typst_refuses_in_the_layout_of_a_report_has_its_cell():
    cells = [new_markdown_cell("# T\n\ntext"), new_markdown_cell(r"$$\frac{}{}$$"), new_markdown_cell("text")]
    with pytest.raises(W2VError, match="^Notebook notebook, cell 2: Typst: missing argument: denom"):
        ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
