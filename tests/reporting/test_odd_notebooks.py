"""Notebooks that are damaged or made to take time or memory: printed, or refused in one sentence."""

import io
import json
import subprocess
import time

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from w2vlib import W2VError
from w2vlib.reporting import typesetting
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.reporting.notebook_markup import Markup
from w2vlib.reporting.notebook_outputs import Blocks, hidden_parts
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.reporting.terminal_text import shown

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
    run = subprocess.run

    def late(command, **options):
        if "--version" in command:
            return run(command, **options)
        raise subprocess.TimeoutExpired("pandoc", options["timeout"])

    monkeypatch.setattr(subprocess, "run", late)
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
