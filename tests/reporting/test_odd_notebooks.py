"""Notebooks that are damaged or made to take time or memory: printed, or refused in one sentence."""

import base64
import io
import json
import logging
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pdf_text import texts_of

from w2vlib import W2VError
from w2vlib.reporting import explorer_page, reading_time, typesetting
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.reporting.markup_limits import closed
from w2vlib.reporting.notebook_markup import Markup
from w2vlib.reporting.notebook_metadata import title_page
from w2vlib.reporting.notebook_outputs import Blocks, hidden_parts
from w2vlib.reporting.notebook_pictures import Pictures
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.reporting.spoken_formulas import spoken
from w2vlib.reporting.terminal_text import shown
from w2vlib.utils.files import project_root

EXPORTERS = [ReportExporter, PageExporter]


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize(
    "change",
    [
        {"cells": 5},
        {"cells": ["a"]},
        {"cells": [{"cell_type": "code"}]},
        {"cells": [{"cell_type": "markdown", "metadata": {}, "source": 5}]},
        {"metadata": [1]},
        {"nbformat": None},
        {"nbformat": 30},
    ],
)
def test_what_the_format_does_not_allow_is_refused_in_one_sentence(change, exporter):
    text = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []} | change)
    with pytest.raises(W2VError) as caught:
        exporter().from_file(io.StringIO(text))
    assert str(caught.value).startswith(("It is no notebook", "It is damaged")) and "\n" not in str(
        caught.value
    )


def widget_texts(state):
    cell = new_code_cell(outputs=[new_output("display_data", {KIND: {"model_id": "m"}})])
    widgets = {STATE: {"state": state}}
    blocks = Blocks(Markup(None, print), lambda reason: None, widgets, "python").of(cell, hidden_parts(cell))
    return [block["text"] for block in blocks]


KIND = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


@pytest.mark.parametrize(
    "odd",
    [
        {"children": 5},
        {"outputs": 5},
        {"outputs": [5, {"data": []}]},
        {"children": [["a"], None]},
        {"max": []},
    ],
)
def test_odd_widgets_show_their_texts(odd):
    assert widget_texts({"m": {"state": {"description": "d", "value": "v"} | odd}}) == ["d v"]
    assert widget_texts({"m": 5}) == widget_texts({"m": {"state": 5}}) == widget_texts(5)


def test_a_long_chain_of_widgets_is_shown_in_order():
    chain = {
        f"m{n or ''}": {"state": {"value": str(n), "children": [f"IPY_MODEL_m{n + 1}", "IPY_MODEL_m"]}}
        for n in range(3000)
    }
    assert widget_texts(chain) == [" ".join(map(str, range(3000)))]


def test_movements_of_a_terminal_take_no_memory():
    right = shown("\r" + "\x1b[1000C" * 100_000 + "a")
    assert right == " " * 200 + "a"
    assert len(shown("\r" + "\x1b[1000B" * 100_000 + "a").splitlines()) == 1001
    assert shown("a\x1b[" + "9" * 5000 + "Db") == "b"


@pytest.mark.parametrize("opening", [r"\[", r"\(", r"\begin{a}", "$$ ", "$ "])
def test_formulas_without_an_end_take_linear_time(opening):
    def seconds(n):
        begin = time.process_time()
        text = opening * n
        assert Markup(None, print).with_formulas(text) == text or opening == "$$ "
        return time.process_time() - begin

    assert seconds(20_000) < 2  # each one looked for its end in the rest of the text: over a minute


def test_formulas_after_one_without_an_end_are_found():
    markup = Markup(None, print)
    markup.with_formulas(r"\[ a $x^2$ \(y\) $$z$$ \begin{a} \begin{b}c\end{b} $ 5")
    assert markup.formulas == [("x^2", False), ("y", False), ("z", True), (r"\begin{b}c\end{b}", True)]


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("span", ["'2000000000'", '"-5"', "many"])
def test_spans_that_no_table_has_are_left_out(span, exporter):
    table = f"<table><tr><td colspan={span} rowspan={span}>king</td><td>queen</td></tr></table>"
    cell = new_code_cell(outputs=[new_output("display_data", {"text/html": table})])
    result, _ = exporter().from_notebook_node(new_notebook(cells=[cell]))
    if exporter is PageExporter:
        assert "king" in result and "span=" not in result.partition("<table")[2].partition("</table>")[0]


@pytest.mark.parametrize("width", [float("inf"), float("nan"), 1e308, -1])
def test_widths_that_no_page_has_are_left_out(width, capsys):
    picture = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    data = {"image/png": picture, "text/plain": "p"}
    output = new_output("display_data", data, metadata={"image/png": {"width": width}})
    ReportExporter().from_notebook_node(new_notebook(cells=[new_code_cell(outputs=[output])]))
    assert capsys.readouterr().err == ""


def test_pandoc_is_ended_after_its_time(monkeypatch):
    def late(command, text, seconds):
        raise subprocess.TimeoutExpired("pandoc", seconds)

    monkeypatch.setattr(typesetting, "run_bounded", late)
    with pytest.raises(W2VError, match="pandoc took longer than 120 s"):
        PageExporter().from_notebook_node(new_notebook())


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_the_memory_of_pandoc_has_a_limit(exporter, monkeypatch):
    monkeypatch.setattr(typesetting, "_PANDOC_MEMORY", "8m")
    typesetting._memory_options.cache_clear()
    cells = [new_markdown_cell("*king* " * 5_000)]
    try:
        with pytest.raises(W2VError, match="^pandoc needed more than 8MB of memory for this text: leave out"):
            exporter().from_notebook_node(new_notebook(cells=cells))
    finally:
        typesetting._memory_options.cache_clear()


@pytest.mark.parametrize("opening", ["\\begin{a} ", "\\begin{a}\n\n", "\\\\[ ", "\\\\( "])
def test_markdown_with_formulas_without_an_end_takes_linear_time(opening):
    begin = time.process_time()
    text, _ = Markup(None, print).markdown(opening * 4_000)
    assert time.process_time() - begin < 5  # it took four times as long
    assert text.count(opening.strip().replace("\\\\", "\\")) == 4_000


@pytest.mark.parametrize("html", ["<![foo bar>x", "<![ x", "a <b>x</b> <![foo"])
def test_sections_of_an_unknown_kind_are_shown(html):
    text, words = Markup(None, print).html(html)
    assert "x" in " ".join(words)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_reading_has_a_limit_of_time(exporter, monkeypatch, capsys):
    def endless(self, source, attachments=None):
        while True:
            try:
                time.sleep(0.01)
            except W2VError:  # what takes an error for its own is stopped again
                if source == "stubborn":
                    source = "caught"
                    continue
                raise

    monkeypatch.setattr(Markup, "markdown", endless)
    monkeypatch.setattr(reading_time, "SECONDS", 0.2)
    cells = [new_code_cell("1"), new_markdown_cell("stubborn")]
    if exporter is PageExporter:  # all its texts are read by pandoc, which has a limit of its own
        assert exporter().from_notebook_node(new_notebook(cells=cells))[0]
        return
    with pytest.raises(W2VError, match=r"Cell 2, .* takes longer than 0\.2 s to read: shorten it"):
        exporter().from_notebook_node(new_notebook(cells=cells))
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_long_formula_is_printed_as_tex(capsys):
    tex = "x+" * 3_000 + "x"
    cells = [new_markdown_cell(f"$${tex}$$")]
    ReportExporter().from_notebook_node(new_notebook(cells=cells))
    assert "printed as TeX: it has more than 5,000 letters" in capsys.readouterr().err
    assert spoken(tex) == "a long formula"


@pytest.mark.parametrize("kind", ["latin", "pipe", "loop", "device", "folder", "absent"])
@pytest.mark.parametrize(
    ("exporter", "name"),
    [
        (ReportExporter, "refs.bib"), (ReportExporter, "template.typ"), (ReportExporter, "any_notebook.lua"),
        (ReportExporter, "formulas.lua"), (PageExporter, "refs.bib"), (PageExporter, "page/page.html"),
        (PageExporter, "page/reader.lua"),
    ],
)  # fmt: skip
def test_files_of_the_project_that_cannot_be_read_are_named(exporter, name, kind, tmp_path, monkeypatch):
    shutil.copytree(project_root() / "report", tmp_path / "report", ignore=shutil.ignore_patterns("build"))
    shutil.copytree(explorer_page._PARTS, tmp_path / "report" / "page")
    monkeypatch.setattr(typesetting, "project_root", lambda: tmp_path)
    monkeypatch.setattr(explorer_page, "_PARTS", tmp_path / "report" / "page")
    path = tmp_path / "report" / name
    path.unlink()
    if kind == "latin":
        path.write_bytes(b"\xe9")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind in ("loop", "device"):
        path.symlink_to(path if kind == "loop" else "/dev/zero")
    cells = [new_markdown_cell("[a study](#ref-mikolov2013a) $x$")]
    with pytest.raises(W2VError, match=re.escape(path.name)) as caught:
        exporter().from_notebook_node(new_notebook(cells=cells))
    assert "\n" not in str(caught.value) and "temporary" not in str(caught.value)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_a_pandoc_that_is_not_there_is_named(exporter, monkeypatch, caplog):
    def absent():
        logging.getLogger("pypandoc").exception("a traceback")
        raise OSError("No pandoc was found")

    monkeypatch.setattr(typesetting.pypandoc, "get_pandoc_path", absent)
    with pytest.raises(W2VError, match="^There is no program pandoc: make the environment again"):
        exporter().from_notebook_node(new_notebook(cells=[new_markdown_cell("$x$")]))
    assert not caplog.records


ENDLESS = [
    "<a ", "<a b=", "<a b='", '<a b="', "<a b='>' c", "</a b", "<!", "<?", "<!--", "<!-- >", "<![CDATA[",
    "<![CDATA[ ]>", "<![if ",
]  # fmt: skip


@pytest.mark.sampled(9)
@pytest.mark.parametrize("opening", ENDLESS)
@pytest.mark.parametrize("form", ["html", "markdown"])
def test_tags_without_an_end_take_linear_time(opening, form):
    begin = time.process_time()
    text, words = getattr(Markup(None, print), form)("<b>first</b> " + opening * (300_000 // len(opening)))
    assert time.process_time() - begin < 20  # from minutes to hours
    assert "first" in words


@pytest.mark.parametrize(
    "text", ["1 < 2 <b>c</b> <a", "<!-- a", "<a href='>'>b</a>" * 3000, "<![if x]>" * 3000]
)
def test_markup_with_ends_stays_whole(text):
    assert closed(text) == text


def test_a_backslash_before_what_has_no_end_stays():
    markup = Markup(None, print)
    text, _ = markup.markdown(r"`\begin{a}` \begin{b}x\end{b} \begin{a} \\(y\\) \\(")
    assert text.startswith(r"<p><code>\begin{a}</code> ") and text.endswith(" \\(</p>\n")
    assert r"</code> \begin{a} <code" in text
    assert markup.formulas == [(r"\begin{b}x\end{b}", True), ("y", False)]


def test_hidden_elements_inside_hidden_ones_are_left_out():
    assert Markup(None, print).html("<p hidden>a<b style='display: none'>b<i>c</i></b></p>d") == ("d", ["d"])


def test_many_marks_on_a_letter_take_the_page_no_time():
    begin = time.monotonic()
    page, _ = PageExporter().from_notebook_node(
        new_notebook(cells=[new_markdown_cell("a" + "\u0301" * 10_000)])
    )
    assert time.monotonic() - begin < 10  # it took 36 s
    assert "\u00e1" + "\u0301" * 49 + "…" in page  # the first mark and its letter are one character


EDGES = [
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00",
    "9999-12-31",
    "\ud800",
]


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("created", EDGES)
def test_dates_at_the_edge_of_the_calendar_are_printed_or_left_out(created, exporter):
    notebook = new_notebook(cells=[new_markdown_cell("king")], metadata={"w2v": {"created": created}})
    assert exporter().from_notebook_node(notebook)[0]


def test_a_date_without_an_offset_is_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        created = title_page(new_notebook(metadata={"w2v": {"created": "2020-01-02T03:04:05"}}))[1]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert created.isoformat() == "2020-01-02T03:04:05+00:00"


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("title", [{}, {"title": "Losses"}])
@pytest.mark.parametrize("kind", ["abstract", "headline", ["abstract"]])
def test_what_calls_itself_abstract_without_markdown_is_printed(kind, title, exporter):
    output = new_output("display_data", {"text/plain": "queen"}, metadata={"w2v": {"kind": kind}})
    cell = new_code_cell(outputs=[output])
    notebook = json.loads(json.dumps(new_notebook(cells=[cell], metadata={"w2v": title})))
    stream = {"output_type": "stream", "name": "stdout", "text": "a", "metadata": 5}  # which is not looked at
    notebook["cells"][0]["outputs"].append(stream)
    result, _ = exporter().from_file(io.StringIO(json.dumps(notebook)))
    if exporter is PageExporter:
        assert "queen" in result


SURROGATE = "<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'><text y='9'>\ud800</text></svg>"


@pytest.mark.parametrize("exporter", EXPORTERS)
@pytest.mark.parametrize("title", [{}, {"title": "Losses"}])
@pytest.mark.parametrize(
    "data",
    [{"image/svg+xml": SURROGATE}, {"image/png": "\ud800abcd"}, {"image/png": "é"}, {"image/png": "abcde"}],
)
def test_pictures_with_half_a_surrogate_pair_are_printed_or_named(data, title, exporter):
    texts = dict.fromkeys(("label", "caption", "alt"), "word")
    output = new_output("display_data", data, metadata={"w2v": {"kind": "figure", **texts}})
    svg, attached = {"a.svg": {"image/svg+xml": SURROGATE}}, "![a](attachment:a.svg)"
    cells = [
        new_code_cell(outputs=[output]),
        new_markdown_cell(f"{attached} ![b](data:image/svg+xml,{SURROGATE})", attachments=svg),
        new_markdown_cell(f"a {SURROGATE}"),
    ]
    notebook = new_notebook(cells=cells, metadata={"w2v": title})
    assert exporter().from_notebook_node(notebook)[0]


@pytest.mark.parametrize("name", ["loop.png", "pipe.png", "\ud800.png", "\0.png"])
def test_what_is_no_picture_is_named(name, tmp_path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    os.mkfifo(tmp_path / "pipe.png")
    pictures = Pictures(tmp_path, tmp_path)
    with pytest.raises(W2VError, match="no such file|not below"):
        pictures.add_address(name, {})


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n",
        b"DDS " + struct.pack("<7I", 124, 0x1007, 4, 4, 8, 0, 0) + bytes(200),
        b"BLP2" + struct.pack("<I4B2I", 1, 9, 9, 9, 9, 4, 4) + bytes(2000),
    ],
    ids=["EPS", "DDS", "BLP"],
)
def test_no_other_kind_of_picture_is_opened(content, tmp_path, monkeypatch):
    program = tmp_path / "gs"  # which Pillow starts for EPS
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'started'}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(W2VError, match="damaged or of an unknown kind"):
        Pictures(tmp_path, None).add(content)
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("given", [["loop.ipynb"], ["pipe.ipynb"], ["\0.ipynb"], ["absent.ipynb"], [5]])
def test_what_cannot_be_attached_is_said_in_one_sentence(given, tmp_path):
    (tmp_path / "loop.ipynb").symlink_to("loop.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    notebook = new_notebook(metadata={"w2v": {"title": "Losses", "attachments": given}})
    resources = {"metadata": {"path": str(tmp_path)}}
    with pytest.raises(W2VError, match="attach") as caught:
        ReportExporter(attach=True, strict=True).from_notebook_node(notebook, resources)
    assert "\n" not in str(caught.value)


def nbconvert(path, form):
    """Status and standard error of ``jupyter nbconvert`` with one of the exporters."""
    command = [sys.executable, "-m", "nbconvert", "--to", f"w2v-{form}", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, [line for line in done.stderr.splitlines() if "Converting notebook" not in line]


@pytest.mark.parametrize(
    ("metadata", "form"),
    [({"kernelspec": 5}, "pdf"), ({"title": 5}, "html"), ({"language_info": {"name": 5}}, "html")],
)
def test_an_invalid_notebook_is_named_in_one_line(metadata, form, tmp_path):
    path = tmp_path / "odd.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": []}))
    status, lines = nbconvert(path, form)
    assert status == 1 and len(lines) == 1 and lines[0].startswith("odd.ipynb: It is damaged")


@pytest.mark.parametrize("kind", ["folder", "link to itself", "pipe"])
def test_what_is_no_file_is_named_in_one_line(kind, tmp_path):
    path = tmp_path / "odd.ipynb"
    make = {"folder": path.mkdir, "link to itself": lambda: path.symlink_to(path.name)}
    make.get(kind, lambda: os.mkfifo(path))()
    status, lines = nbconvert(path, "html")
    assert status == 1 and len(lines) == 1 and lines[0].startswith("odd.ipynb: ")


CODE = [
    "<td typst:fill='red)[INJECTED], table.cell(fill: red'>a</td>",
    "<td><span typst:text:size='9pt)[]INJECTED#text(9pt'>a</span></td>",
    "<th typst:text:fill='red)[INJECTED#text(red'>a</th>",
    "<td><div typst:text:size='9pt)[]INJECTED#text(9pt'>a</div></td>",
    "<td><p><b><code typst:x='INJECTED' class='INJECTED'>a</code></b></p></td>",
]


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("cell", CODE)
def test_attributes_of_html_are_no_code_in_the_layout_of_a_report(cell, strict):
    for opening in ("<table>", "<table typst:fill='red, [INJECTED]'>"):
        html = f"{opening}<tr>{cell}</tr></table>"
        output = new_output("display_data", data={"text/html": html, "text/plain": "plain"})
        cells = [new_code_cell("1", outputs=[output])]
        notebook = new_notebook(cells=cells, metadata={"w2v": {"title": "T"}})
        pdf, _ = ReportExporter(strict=strict).from_notebook_node(notebook)
        text = "\n".join(texts_of(pdf))
        assert "INJECTED" not in text and re.search(r"^a\s*$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "tex", [r"\quad", "{}", r"\,", r"\mathbin{}", r"\hspace{0pt}", r"\text{}", "\\text{\u200b}"]
)
def test_formulas_that_print_nothing(tex, capsys):
    cells = [new_markdown_cell(f"$${tex}$$\n\nking ${tex}$ queen\n\n| a | b |\n|---|---|\n| 1 | 2 |")]
    pdf, _ = ReportExporter().from_notebook_node(new_notebook(cells=cells))
    text = " ".join("\n".join(texts_of(pdf)).split())
    assert "king" in text and "queen" in text and "printed as plain text" not in capsys.readouterr().err


@pytest.mark.parametrize("first", [False, True, 0.0, "0", None, -1, [0]])
def test_numbers_of_first_sections_that_are_none(first):
    notebook = new_notebook(
        cells=[new_markdown_cell("# king")], metadata={"w2v": {"title": "T", "first_section": first}}
    )
    page, _ = PageExporter().from_notebook_node(notebook)
    assert re.findall(r'class="secno">([^<]*)<', page) == ["1 ", "1 "]
    ReportExporter(strict=True).from_notebook_node(notebook)


@pytest.mark.parametrize(
    "tex", [r"x \text{ARRAY7:}", r"\text{ARRAY0:} x", r"\begin{matrix}a & b\end{matrix} \text{ARRAY0:}"]
)
def test_texts_like_the_marks_of_arrays_are_printed(tex, capsys):
    pdf, _ = ReportExporter().from_notebook_node(
        new_notebook(cells=[new_markdown_cell(f"king ${tex}$ queen")])
    )
    text = " ".join("\n".join(texts_of(pdf)).split())
    assert "king" in text and "queen" in text and "ARRAY" in text


@pytest.mark.parametrize("strict", [True, False])
def test_a_lone_carriage_return_ends_a_line(strict):
    cells = [new_markdown_cell("# Lines\r\rone\rtwo\r\n\r\nthree"), new_code_cell("a = 1\rb = 2")]
    notebook = new_notebook(cells=cells, metadata={"w2v": {"title": "Lines"}})
    pdf, _ = ReportExporter(strict=strict).from_notebook_node(notebook)
    text = "\n".join(texts_of(pdf))
    assert "one two" in " ".join(text.split()) and "onetwo" not in text and "U+000D" not in text
    page, _ = PageExporter().from_notebook_node(notebook)
    assert "<p>one two</p>" in page.replace("\n", " ") and "U+000D" not in page


@pytest.mark.parametrize("strict", [True, False])
def test_controls_of_the_direction_are_shown_and_reverse_no_letters(strict):
    word = "ab\u202ecd\u2066ef\u2069\u200f!"
    shown_as = "ab⟨U+202E⟩cd⟨U+2066⟩ef⟨U+2069⟩⟨U+200F⟩!"
    printed = new_output("stream", text=f"printed {word}")
    cells = [
        new_markdown_cell(f"# Title\n\ntext {word}"),
        new_code_cell(f"code = '{word}'", outputs=[printed]),
    ]
    notebook = new_notebook(cells=cells, metadata={"w2v": {"title": f"Title {word}"}})
    pdf, _ = ReportExporter(strict=strict).from_notebook_node(notebook)
    text = "\n".join(texts_of(pdf)).replace("\u200b", "")
    page, _ = PageExporter().from_notebook_node(notebook)
    assert text.count(shown_as) >= 3 and "\u202e" not in text
    assert page.count(shown_as) >= 3 and "\u202e" not in page


def test_what_follows_a_comment_on_its_line_is_shown():
    sources = [
        "# T",
        "<!-- c --> SHOWN **words**",
        "- <!-- c --> LISTED",
        "<!-- a --><!-- b -->",
        "<!--> LAST",
        "<!-- <!--> AFTER",
        "<!--->\n<!-- c -->",
        "<!-- OPEN\n\nENDLESS",
    ]
    notebook = new_notebook(cells=list(map(new_markdown_cell, sources)), metadata={"w2v": {"title": "T"}})
    pdf, _ = ReportExporter(strict=False).from_notebook_node(notebook)
    page, _ = PageExporter().from_notebook_node(notebook)
    for shown_in in (" ".join(texts_of(pdf)), page):
        words = "SHOWN", "LISTED", "LAST", "AFTER", "OPEN", "ENDLESS"
        assert all(word in shown_in for word in words) and "b --" not in shown_in
    with pytest.raises(W2VError, match="cell 2: raw html is not supported: <!-- c --> SHOWN"):
        ReportExporter(strict=True).from_notebook_node(notebook)


def test_a_text_with_all_characters_of_private_use_has_no_mark_left():
    text = "".join(map(chr, (*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE))))
    assert "\ue000" in Markup(None, lambda reason: None).markdown(text)[0]


def test_groups_of_choices_are_named():
    text = "<select><optgroup label='GROUP'><option>one</option><option label='TWO'></option></optgroup></select>"
    assert Markup(None, print).html(text)[1] == ["GROUP", "one", "TWO"]


@pytest.mark.parametrize("kind", ["text/markdown", "text/latex"])
def test_an_empty_form_of_an_output_gives_way_to_its_text(kind):
    output = new_output("display_data", {kind: " \n", "text/plain": "WORD"})
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("1", outputs=[output])])
    for strict in (True, False):
        pdf, _ = ReportExporter(strict=strict).from_notebook_node(notebook)
        assert "WORD" in " ".join(texts_of(pdf))
    assert "WORD" in PageExporter().from_notebook_node(notebook)[0]


def test_a_cell_printed_as_plain_text_keeps_formulas_captions_and_descriptions(capsys):
    pdf_file = base64.b64encode(b"%PDF-1.4 broken").decode()
    attached = {"x.pdf": {"application/pdf": pdf_file}}
    source = "Words $E=mc^2$ and $$\\alpha$$ ![DESCRIBED](attachment:x.pdf)"
    record = {"w2v": {"kind": "figure", "caption": "CAPTION $x$", "alt": "ALTERNATIVE", "label": "f"}}
    output = new_output("display_data", {"application/pdf": pdf_file}, metadata=record)
    cells = [new_markdown_cell(source, attachments=attached), new_code_cell("1", outputs=[output])]
    pdf, _ = ReportExporter().from_notebook_node(new_notebook(cells=cells))
    text = " ".join(" ".join(texts_of(pdf)).split())
    for part in ("Words $E=mc^2$ and", r"$$\alpha$$ DESCRIBED", "ALTERNATIVE", "CAPTION $x$"):
        assert part in text
    assert capsys.readouterr().err.count("printed as plain text, without its pictures: Typst") == 2


@pytest.mark.parametrize(
    ("data", "record"),
    [
        ({"image/svg+xml": "<svg/>"}, {"kind": "figure", "label": "", "alt": "DESCRIBED"}),
        ({"image/svg+xml": "<svg/>"}, {"kind": "figure", "label": "a", "alt": ""}),
        ({"image/png": "iVBORw0KGgo="}, {"kind": "figure", "label": "a", "alt": "DESCRIBED"}),  # damaged
        ({"text/markdown": "| a |\n|-|\n| b |"}, {"kind": "table", "label": ""}),
    ],
)
def test_captions_without_labels_are_on_the_page(data, record):
    output = new_output("display_data", data, metadata={"w2v": {**record, "caption": "CAPTION here"}})
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("1", outputs=[output])])
    page, _ = PageExporter().from_notebook_node(notebook)
    assert page.count("CAPTION here") == 1 and record.get("alt", "") in page
    if "image/png" in data:
        pdf, _ = ReportExporter().from_notebook_node(notebook)
        assert "CAPTION here" in texts_of(pdf)[0] and "DESCRIBED" in texts_of(pdf)[0]
