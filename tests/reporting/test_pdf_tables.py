"""Figures and tables on the pages of the report: where they land, how they break, what the lists say."""

import io
import re

import pikepdf
import pypdfium2
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pdf_text import texts_of

from w2vlib.reporting.pdf_exporter import ReportExporter, _cells, _pandoc

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="230pt"><rect width="9" height="9"/></svg>'
)
PROSE = "A sentence of the text that fills the lines. " * 12


def markdown(text, notebook="01_text"):
    return new_markdown_cell(text, metadata={"w2v": {"notebook": notebook, "cell": 1}})


def shown(data, notebook="01_text", **record):
    out = new_output("display_data", data=data, metadata={"w2v": record})
    metadata = {"w2v": {"notebook": notebook, "cell": 2}, "tags": ["remove-input"]}
    return new_code_cell("x", outputs=[out], metadata=metadata)


def figure(label, **where):
    record = {"kind": "figure", "label": label, "caption": f"Picture {label}. More.", "alt": "a square"}
    return shown({"image/svg+xml": SVG}, **record, **where)


def table(label, rows, caption=None, **where):
    text = "| name | value |\n|---|---|\n" + "\n".join(f"| {label}row{n}end | {n} |" for n in range(rows))
    record = {"kind": "table", "label": label, "caption": caption or f"Rows of {label}. More."}
    return shown({"text/markdown": text}, **record, **where)


def pages_of(cells):
    """The PDF, and the text of each of its pages."""
    pdf, _ = ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
    return pdf, [text.replace("\xa0", " ") for text in texts_of(pdf)]


def page_with(pages, pattern):
    (page,) = [n for n, text in enumerate(pages, 1) if re.search(pattern, text, re.MULTILINE)]
    return page


@pytest.fixture(scope="module")
def report():
    """Floats between paragraphs; an appendix with tables that are short, long, and long again."""
    cells = [markdown("# Text\n\nSee " + ", ".join(f"[it](#fig-f{n})" for n in range(8)))]
    for n in range(8):
        cells += [markdown(PROSE), figure(f"f{n}"), markdown(f"{PROSE}\n\n{PROSE}"), table(f"t{n}", 9)]
    cells.append(markdown("# More\n\nThe start of the appendix.", "appendix"))
    for n, rows in enumerate((8, 70, 9, 60, 9)):
        cells.append(markdown(f"## Part {n}\n\nIntroduction {n}.", "appendix"))
        cells.append(table(f"a{n}", rows, notebook="appendix"))
    return pages_of(cells)


def test_the_lists_give_the_pages_of_the_captions(report):
    _, pages = report
    lists = "\n".join(pages[page_with(pages, "^Figures$") - 1 :]).replace("\u2060", "")
    entries = re.findall(r"^((?:Figure|Table) \d+) [^.]+?[ .]+(\d+)$", lists, re.MULTILINE)
    assert len(entries) == 8 + 8 + 5
    assert len({page for _, page in entries}) > 5
    for name, page in entries:
        assert page_with(pages, rf"^{name}\. ") == int(page), name


def test_references_lead_to_the_pages_of_the_figures(report):
    pdf, pages = report
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        numbers = {page.objgen: n for n, page in enumerate(opened.pages, 1)}
        links = list(opened.pages[page_with(pages, "See Figure 1") - 1].Annots)[-8:]
        for n, link in enumerate(links, 1):
            target = link.get("/Dest") or link.A.D
            assert str(link.Contents) == f"Figure {n}"
            assert numbers[target[0].objgen] == page_with(pages, rf"^Figure {n}\. ")


def test_tables_of_the_appendix_stay_in_their_order_with_their_headings(report):
    _, pages = report
    text = "\n".join(pages)
    found = re.findall(r"^(?:A\.\d Part (\d)\s*$|Table \d+\. Rows of a(\d))", text, re.MULTILINE)
    assert ["".join(pair) for pair in found] == [str(n) for n in range(5) for _ in range(2)]
    for n in range(5):
        page = page_with(pages, rf"^Introduction {n}\.")
        assert page == page_with(pages, rf"^Table \d+\. Rows of a{n}") == page_with(pages, rf"a{n}row2end")


def test_the_parts_of_a_broken_table_are_named(report):
    _, pages = report
    for n in (1, 3):
        name = re.search(rf"^(Table \d+)\. Rows of a{n}", "\n".join(pages), re.MULTILINE)[1]
        parts = [text for text in pages if f"a{n}row" in text]
        assert len(parts) > 1
        assert [f"{name}, continued" in text for text in parts] == [False] + [True] * (len(parts) - 1)
    assert "\n".join(pages).count("continued") == sum(text.count(", continued") for text in pages)


@pytest.mark.parametrize("lines", range(28, 33))
def test_a_table_begins_with_three_rows(lines):
    before = "\n\n".join(["A line."] * lines)
    rows = "\n".join(f"| row{n}end | {n} |" for n in range(30))
    _, pages = pages_of([markdown(f"# Head\n\n{before}\n\n| name | value |\n|---|---|\n{rows}")])
    assert page_with(pages, "row0end") == page_with(pages, "row2end")


@pytest.mark.parametrize(
    ("caption", "short"),
    [
        ("One (`a`; recorded). Two.", "One (`a`; recorded)"),
        ("One (a: b) {c; (d. e) f}: two.", "One (a: b) {c; (d. e) f}"),
        ("The “first; second” word; two.", "The “first; second” word"),
        ('The "first; second" word; two.', 'The "first; second" word'),
        ("One :) smile; two.", "One :) smile"),
        ("One; two.", "One"),
    ],
)
def test_a_short_caption_ends_outside_brackets_and_quotation_marks(caption, short, tmp_path):
    cells, _, _ = _cells(new_notebook(cells=[table("t", 2, caption)]), tmp_path, None)
    markup = _pandoc(cells, [], []).replace("\\", "")
    assert f"#caption[{short}][{caption}]" in markup


@pytest.mark.parametrize("columns", [4, 10, 14])
def test_the_columns_of_a_table_are_not_wider_than_the_page(columns):
    line = "| " + " | ".join(["−0.04 ± 0.21 of it"] * columns) + " |"
    text = f"| {' | '.join(f'name {n}' for n in range(columns))} |\n|{'---|' * columns}\n{line}"
    markup = _pandoc(_cells(new_notebook(cells=[markdown(text)]), None, None)[0], [], [])
    widths = [float(width) for width in re.findall(r"([\d.]+)%", re.search(r"columns: (.*)", markup)[1])]
    assert sum(widths) <= 100.1


@pytest.mark.parametrize("metadata", [{}, {"w2v": {"kind": "table", "label": "t", "caption": "C"}}])
def test_a_row_that_is_longer_than_a_page_is_printed_whole(metadata):
    words = " ".join(f"w{i}" for i in range(2000))
    output = new_output(
        "display_data", {"text/markdown": f"| a | b |\n|-|-|\n| c | {words} |"}, metadata=metadata
    )
    cells = [new_markdown_cell("# T"), new_code_cell("1", outputs=[output])]
    notebook = new_notebook(cells=cells, metadata={"w2v": {"title": "T"}})
    pdf, _ = ReportExporter(strict=True).from_notebook_node(notebook)
    assert {f"w{i}" for i in range(2000)} <= set(" ".join(texts_of(pdf)).split())


@pytest.mark.parametrize("source", ["# T\n\nמלכה `<1e3>` מלכה", "# T\n\n| a |\n|-|\n| מלכה `<1e3>` |"])
def test_a_token_beside_words_from_right_to_left_stays_whole(source):
    notebook = new_notebook(cells=[new_markdown_cell(source)], metadata={"w2v": {"title": "T"}})
    pdf, _ = ReportExporter(strict=True).from_notebook_node(notebook)
    with pypdfium2.PdfDocument(pdf) as document:
        texts = document[len(document) - 1].get_textpage()
        letters = {i: texts.get_text_range(i, 1) for i in range(texts.count_chars())}
        boxes = {i: texts.get_charbox(i) for i in letters}
    line = boxes[next(i for i, letter in letters.items() if letter == "מ")][1]
    beside = [i for i, box in boxes.items() if abs(box[1] - line) < 6 and not letters[i].isspace()]
    in_order = "".join(letters[i] for i in sorted(beside, key=lambda i: boxes[i][0]))
    assert re.search("[<>]1e3[<>]", in_order)  # PDFium gives marks mirrored
