"""Exports where a formula, the system or a kill sets limits."""

import base64
import datetime
import io
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from w2vlib import W2VError
from w2vlib.reporting import any_notebook, bounded_programs, drawing_limits, terminal_text, typesetting
from w2vlib.reporting.bounded_text import bounded
from w2vlib.reporting.drawing_limits import check_drawing
from w2vlib.reporting.formula_limits import slow_formulas, too_slow
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.reporting.notebook_markup import plain_html
from w2vlib.reporting.notebook_pictures import Pictures, checked_svg
from w2vlib.reporting.pdf_exporter import ReportExporter

EXPORTERS = [ReportExporter, PageExporter]
TOO_DEEP = "its superscripts and subscripts are nested too deeply"


def nested(opening, n, inside="y", closing="}"):
    return opening * n + inside + closing * n


def doubling(n):
    names = [chr(97 + i) * 3 for i in range(n + 1)]
    pairs = zip(names, names[1:], strict=False)
    macros = "".join(rf"\newcommand{{\{name}}}{{\{other}\{other}}}" for name, other in pairs)
    return rf"{macros}\newcommand{{\{names[-1]}}}{{x}}\aaa"


DEEP = {
    "powers": nested("x^{", 20),
    "indices": nested("x_{", 20),
    "sums": nested(r"\sum_{", 20),
    "commands": nested(r"x^\frac{z}{", 20),
    "roots": nested(r"x^\sqrt[", 20, closing="]{z}"),
    "pairs": nested(r"\left(x_a^{", 5, r"\unknown", r"}\right)"),
    "a wide one": nested("x^{", 6, "a" * 200),
}


@pytest.mark.parametrize("tex", DEEP.values(), ids=DEEP)
def test_deep_formulas_are_refused_before_pandoc_gets_them(tex):
    assert too_slow(tex) == TOO_DEEP
    assert list(slow_formulas([f"50% is ${tex}$ [", f"> ${tex}$"])) == [tex]


def test_braces_in_comments_close_nothing():
    assert too_slow(nested("x^{\\begin{matrix}a\\\\%}\n", 20, closing="\\end{matrix}}")) == TOO_DEEP


@pytest.mark.parametrize(
    "tex",
    [
        nested("x^{", 6),
        nested("x_a^{", 6),
        nested(r"\left(x^{", 4, closing=r"}\right)"),
        nested(r"\frac{1}{\sqrt{1 + \left(", 20, closing=r"\right)}}"),
        "+".join(["e^{-x_{i, j}^2}"] * 100),
        r"x^\alpha [a, b) {c} y^\beta ] " * 50,
        doubling(8),
    ],
)
def test_what_is_quick_is_not_refused(tex):
    assert too_slow(tex) is None


def seconds_to_export(exporter, *cells, **metadata):
    begin = time.monotonic()
    notebook = new_notebook(cells=list(cells), metadata=metadata)
    return exporter().from_notebook_node(notebook)[0], time.monotonic() - begin


@pytest.mark.parametrize("metadata", [{}, {"w2v": {"title": "Own"}}])
@pytest.mark.parametrize("exporter", EXPORTERS)
def test_one_deep_formula_is_printed_as_tex(exporter, metadata, capsys):
    tex = nested("x^{", 24)
    cell = new_markdown_cell(f"A power ${tex}$ and $z^2$")
    result, seconds = seconds_to_export(exporter, cell, **metadata)
    assert seconds < 20  # it took minutes
    if exporter is PageExporter:
        assert f"<code>{tex}</code> [formula printed as TeX: {TOO_DEEP}]" in result
        assert "<msup><mi>z</mi><mn>2</mn></msup>" in result
    else:
        assert f"printed as TeX: {TOO_DEEP}" in capsys.readouterr().err


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_macros_that_double_are_expanded_to_a_bounded_length(exporter, capsys):
    result, seconds = seconds_to_export(exporter, new_markdown_cell(f"${doubling(24)}$"))
    assert seconds < 20
    shown = result if exporter is PageExporter else capsys.readouterr().err
    assert "printed as TeX: " in shown and "expands without end" in shown


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\newcommand{\a}[1]{#1#1}" + nested(r"\a{", 24, "x" * 50), "its macros make it longer than"),
        (r"\newenvironment{a}{}{}\newcommand{\b}{\begin{a}}x", "it defines environments of environments"),
    ],
)
def test_other_definitions_have_limits(tex, reason):
    begin = time.process_time()
    assert too_slow(tex).startswith(reason) and time.process_time() - begin < 2


def drawing(content):
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99">{content}</svg>'


def doubled(name, inside):
    """Thirty parts of a drawing, each of which shows the next one twice."""
    parts = [f"<{name} id='m{n}'>{inside.replace('NEXT', f'#m{n + 1}') * 2}</{name}>" for n in range(30)]
    return drawing("".join(parts) + inside.replace("NEXT", "#m0"))


MASKED = "<rect width='9' height='9' mask='url(NEXT)'/>"
DRAWINGS = {
    "masks": (doubled("mask", MASKED), "its masks, markers, patterns or uses draw too many elements"),
    "uses": (
        doubled("g", "<use href='NEXT'/>"),
        "its masks, markers, patterns or uses draw too many elements",
    ),
    "deep": (drawing("<g>" * 20_000 + "</g>" * 20_000), "its parts are nested more than 500 deep"),
    "markers": (
        drawing(
            f"<marker id='m'>{'<path/>' * 300}</marker><path d='M0 0{'L9 9' * 3000}' marker-mid='url(#m)'/>"
        ),
        "its masks, markers, patterns or uses draw too many elements",
    ),
    "many uses": (
        drawing(f"<g id='m'>{'<g/>' * 1000}</g>" + "<use href='#m'/>" * 1000),
        "its masks, markers, patterns or uses draw too many elements",
    ),
    "texts": (
        drawing(f"<text>{'a' * 6000}</text>" * 4),
        "its texts take as long as one of more than 10,000 letters",
    ),
    "text": (
        drawing(f"<text>{'a' * 1_000_000}</text>"),
        "its texts take as long as one of more than 10,000 letters",
    ),
}


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_that_would_take_minutes_or_all_memory_are_named(name, inline, capsys):
    svg, reason = DRAWINGS[name]
    output = new_output("display_data", {"image/svg+xml": svg})
    cell = new_markdown_cell(f"a {svg}") if inline else new_code_cell(outputs=[output])
    _, seconds = seconds_to_export(ReportExporter, cell)
    assert reason in capsys.readouterr().err and seconds < 20


def test_masks_that_rules_of_a_drawing_give_are_counted():
    rect = "<rect class='a{}'/>"
    rules = "".join(f".a{n} {{mask: url(#m{n})}}" for n in range(30))
    masks = "".join(f"<mask id='m{n}'>{2 * rect.format(n + 1)}</mask>" for n in range(30))
    root = ElementTree.fromstring(drawing(f"<style>{rules}</style>{masks}<rect class='a0'/>"))
    with pytest.raises(W2VError, match="draw too many"):
        check_drawing(root)


def test_drawings_of_many_parts_are_shown(capsys):
    glyphs = "".join(f"<g id='g{n}'><path d='M0 0L9 9'/></g>" for n in range(99)) + "<mask id='m'/>"
    uses = "".join(f"<use href='#g{n % 99}' x='{n}'/>" for n in range(9_000))
    svg = drawing(f"<defs>{glyphs}<g id='all'>{uses}</g></defs><use href='#all' mask='url(#m)'/>")
    seconds_to_export(
        ReportExporter, new_code_cell(outputs=[new_output("display_data", {"image/svg+xml": svg})])
    )
    assert "not shown" not in capsys.readouterr().err


@pytest.mark.parametrize("opening", ["<!DOCTYPE ", "<!DOCTYPE [", "<filter ", "<filter> "])
def test_drawings_without_ends_are_refused_in_linear_time(opening, tmp_path):
    begin = time.process_time()
    with pytest.raises(W2VError, match="its SVG is damaged"):
        Pictures(tmp_path, None).add(b"<svg>" + opening.encode() * (300_000 // len(opening)))
    assert time.process_time() - begin < 10  # hours


def test_filters_and_the_kind_of_a_drawing_are_left_out(tmp_path):
    kind = '<!DOCTYPE svg PUBLIC "a" [<!ENTITY b "c">]>'
    filters = '<filter id="a"/><filter id="b">\n<x/></filter ><filterless/>'
    svg = f'{kind}<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{filters}<g/></svg>'
    path = tmp_path / Pictures(tmp_path, None, print).add(svg.encode())["path"]
    assert re.findall(r"<!?(\w+)", path.read_text()) == ["svg", "filterless", "g"]


def test_many_long_words_and_markers_on_many_levels_are_read_at_once(tmp_path):
    begin = time.process_time()
    assert bounded(text := " ".join(["a" * 9_999] * 50), print) == text
    levels = "".join(f'<g id="a{i}" marker-mid="url(#x)">' for i in range(490))
    svg = drawing(levels + '<path d="M 1 1 2 2"/>' * 4_000 + "</g>" * 490)
    Pictures(tmp_path, None).add(svg.encode())
    assert time.process_time() - begin < 5  # more than twenty, in quadratic time


def test_all_cells_together_have_a_limit_of_time(monkeypatch, capsys):
    typeset, tries = any_notebook.typeset, []

    def slow(build, *arguments):
        tries.append(build)
        if re.search("^LOOP", (build / "main.typ").read_text(encoding="utf-8"), re.MULTILINE):
            raise typesetting.TypesettingError("Typst took longer than 180 s", None)
        return typeset(build, *arguments)

    monkeypatch.setattr(any_notebook, "typeset", slow)
    monkeypatch.setattr(any_notebook, "_ALL_SECONDS", 0)
    seconds_to_export(ReportExporter, *(new_markdown_cell(f"LOOP {n}") for n in range(9)))
    notes = capsys.readouterr().err.splitlines()
    assert len(tries) == 2 and len(notes) == 9 and all("longer than 0 s" in note for note in notes)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_deep_mathml_in_a_table_is_printed_as_tex(exporter, capsys):
    deep = "<msup><mi>x</mi>" * 24 + "<mi>y</mi>" + "</msup>" * 24
    table = f"<table><tr><td><math>{deep}</math></td></tr></table>"
    cell = new_code_cell(outputs=[new_output("display_data", {"text/html": table})])
    result, seconds = seconds_to_export(exporter, cell)
    assert seconds < 20
    assert TOO_DEEP in (result if exporter is PageExporter else capsys.readouterr().err)


def export(tmp_path, kind, set_limits=None, cells=()):
    """Process of nbconvert with an exporter."""
    nbformat.write(new_notebook(cells=[new_markdown_cell("$x^2$"), *cells]), tmp_path / "a.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", f"w2v-{kind}", str(tmp_path / "a.ipynb")]
    (tmp_path / "temporary").mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    return subprocess.Popen(
        command, preexec_fn=set_limits, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )


LIMITS = {
    "open files": (resource.RLIMIT_NOFILE, 8, "Too many open files; allow more open files (ulimit -n)."),
    "file size": (resource.RLIMIT_FSIZE, 2000, "File too large; allow larger files (ulimit -f)."),
}


@pytest.mark.parametrize("kind", ["html", "pdf"])
@pytest.mark.parametrize(("limit", "value", "reason"), LIMITS.values(), ids=LIMITS)
def test_a_low_limit_is_named_in_one_sentence(limit, value, reason, kind, tmp_path):
    process = export(tmp_path, kind, lambda: resource.setrlimit(limit, (value, value)))
    err = process.communicate(timeout=60)[1]
    place = rf"write temporary files in {re.escape(str(tmp_path / 'temporary'))}|read [^ ]*"  # of the project
    expected = f"a\\.ipynb: Cannot (?:{place}): {re.escape(reason)}"
    assert process.returncode == 1 and re.fullmatch(expected, err.splitlines()[-1]) and "Traceback" not in err


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_a_full_disk_is_named_in_one_sentence(exporter, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(W2VError, match="^Cannot write temporary files in .*: No space left on device; free"):
        exporter().from_notebook_node(new_notebook())


def test_a_disk_that_is_full_when_typst_writes_is_no_error_of_the_notebook(monkeypatch):
    def full(build, *args):
        (build / "typeset.pdf").symlink_to("/dev/full")
        return typesetting.typeset(build, *args)

    monkeypatch.setattr(any_notebook, "typeset", full)
    with pytest.raises(W2VError, match="^Cannot write temporary files in .*: No space left on device; free"):
        ReportExporter().from_notebook_node(new_notebook(cells=[new_markdown_cell("king")]))


def limited_pandoc(parent):
    """Path in /proc of a pandoc that a process has started with a limit of its own; None if there is none."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            name, fields = (path / "stat").read_text().rsplit(") ", 1)
            if name.endswith("(pandoc") and int(fields.split()[1]) == parent.pid:
                limits = (path / "limits").read_text()
                if f"Max cpu time              {typesetting._SECONDS + 10} " in limits:
                    return path
        except OSError:  # it has ended
            continue


@pytest.mark.skipif(not bounded_programs.ends_with_parent(), reason="needs setpriv")
def test_a_kill_leaves_no_pandoc_and_its_folder_is_swept(tmp_path):
    slow = new_markdown_cell("*a **b" * 30_000)
    process = export(tmp_path, "html", cells=[slow])
    pandoc, until = None, time.monotonic() + 30
    while pandoc is None and time.monotonic() < until:
        time.sleep(0.05)
        pandoc = limited_pandoc(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(0.3)
    assert not (pandoc / "exe").exists()
    (left,) = (tmp_path / "temporary").iterdir()
    os.utime(left, (0, 0))
    process = export(tmp_path, "html")
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("exporter", [ReportExporter, PageExporter])
@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("kill -9 $$", "pandoc: it was ended by signal 9, most likely because memory was not enough"),
        ("exit 3", "pandoc: it ended with exit status 3"),
        ("echo no >&2; exit 3", "pandoc: no"),
    ],
)
def test_a_pandoc_that_ends_says_why(exporter, end, reason, tmp_path, monkeypatch):
    program = tmp_path / "pandoc"
    real = typesetting.pypandoc.get_pandoc_path()
    program.write_text(f'#!/bin/sh\ncase "$*" in *--from*) {end};; esac\nexec {real} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(typesetting, "_pandoc", lambda: str(program))
    with pytest.raises(W2VError, match=f"(?i){reason}"):
        exporter().from_notebook_node(new_notebook(cells=[new_markdown_cell("text")]))


@pytest.mark.parametrize(
    "kind", ["image/svg+xml", "text/plain", "IMAGE/SVG+XML", "", "im&#9;age/svg&#10;+xml"]
)
def test_drawings_in_a_drawing_are_refused(kind, capsys):
    content = base64.b64encode(drawing("<rect width='9' height='9'/>").encode()).decode()
    outer = drawing(f"<image width='9' height='9' href=' da&#9;ta:{kind};base64,{content}'/>")
    with pytest.raises(W2VError, match="it holds a drawing, or what is no picture"):
        check_drawing(ElementTree.fromstring(outer))
    check_drawing(ElementTree.fromstring(drawing("<image href='data:image/png;base64,iVBORw0KGgo='/>")))


def test_the_layout_of_a_report_has_the_limits_too():
    record = {"kind": "figure", "label": "x", "caption": "Caption.", "alt": "A drawing."}
    svg, reason = DRAWINGS["masks"]
    output = new_output("display_data", data={"image/svg+xml": svg}, metadata={"w2v": record})
    begin = time.monotonic()
    with pytest.raises(W2VError, match=f"cell 1: a picture: {reason}"):
        ReportExporter(strict=True).from_notebook_node(
            new_notebook(cells=[new_code_cell("1", outputs=[output])])
        )
    assert time.monotonic() - begin < 20


def test_filters_are_refused_in_the_layout_of_a_report_and_printed_without_them_elsewhere(capsys):
    record = {"kind": "figure", "label": "x", "caption": "Caption.", "alt": "A drawing."}
    filters = "<filter id='f'><feTurbulence numOctaves='10'/></filter>"
    svg = drawing(f"{filters}<rect width='9' height='9' filter='url(#f)'/><text>filter: king</text>")
    output = new_output("display_data", data={"image/svg+xml": svg}, metadata={"w2v": record})
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[output])], metadata={"w2v": {"title": "T"}})
    with pytest.raises(W2VError, match="cell 1: a picture: it has the filters of a drawing"):
        ReportExporter(strict=True).from_notebook_node(notebook)
    ReportExporter().from_notebook_node(notebook)
    assert "the filters of a drawing, such as shadows: it is printed without them" in capsys.readouterr().err


def test_a_text_about_filters_is_none(tmp_path):
    svg = drawing("<text font-size='9'>filter: king</text>")
    path = tmp_path / Pictures(tmp_path, None).add(svg.encode())["path"]
    assert path.read_text() == svg
    rule = drawing("<style>.a {fill: red; filter: url(#f)}</style><text>filter: king</text>")
    text = (tmp_path / Pictures(tmp_path, None, print).add(rule.encode())["path"]).read_text()
    assert "fill: red; }" in text and "filter: king" in text and "url" not in text


@pytest.mark.parametrize("written", ["\x1b[1K", "\x1b[2Kx", "\x1b[B\x1b[1Kx", "\x1b[2K\x1b[Bx"])
def test_erasing_long_lines_takes_linear_time(written):
    begin = time.process_time()
    terminal_text.shown("x" * 100_000 + written * 100_000)
    assert time.process_time() - begin < 10  # two minutes


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_errors_of_pandoc_have_no_warnings_and_no_folders(exporter, tmp_path, monkeypatch):
    program = tmp_path / "pandoc"
    real = typesetting.pypandoc.get_pandoc_path()
    lines = "[WARNING] Deprecated: x", "Error running Lua:", "/tmp/w2vlib-export-ab12_x/reader.lua:7: why"
    said = "\n".join([*lines, "stack traceback:", "\t[C]"])
    (tmp_path / "said").write_text(said)
    program.write_text(
        f'#!/bin/sh\ncase "$*" in *--from*) cat {tmp_path}/said >&2; exit 3;; esac\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(typesetting, "_pandoc", lambda: str(program))
    with pytest.raises(W2VError) as caught:
        exporter(strict=True).from_notebook_node(new_notebook(cells=[new_markdown_cell("text")]))
    assert str(caught.value).rstrip(".").endswith("andoc: Error running Lua: reader.lua:7: why")


MARKER = f"<marker id='m'>{'<rect/>' * 300}</marker>"
POINTS = "0 0 1 1 " * 2500
MANY = [
    f"{MARKER}<g marker-mid='url(#m)'><polyline points='{POINTS}'/></g>",
    f"{MARKER}<g style='marker:url(#m)'><polyline points='{POINTS}'/></g>",
    f"{MARKER}<polyline s:points='{POINTS}' marker-mid='url(#m)'/>",
    f"{MARKER}<path s:d='M{POINTS}' marker-mid='url(#m)'/>",
    f"{MARKER}<style>polyline{{marker: url(#m)}}</style><polyline points='{POINTS}'/>",
    "".join(f"<g s:id='a{n}'>" + 2 * f"<use href=' #a{n + 1}'/>" + "</g>" for n in range(30))
    + "<use href='#a0'/>",
]


@pytest.mark.parametrize("content", MANY)
def test_markers_that_are_inherited_and_names_with_prefixes_are_counted(content):
    svg = drawing(content).replace("<svg ", '<svg xmlns:s="http://www.w3.org/2000/svg" ', 1)
    with pytest.raises(W2VError, match="draw too many elements"):
        checked_svg(svg.encode(), list)


@pytest.mark.parametrize(
    "content",
    [
        "<g s:filter='blur(50)'/>", "<g style='filter/**/:blur(5px)'/>", "<style>g{filter/* */:blur(5px)}</style><g/>",
        "<g s:style='FILTER: blur(5px)'/>", "<g style='f\\69lter:blur(5px)'/>", "<g style='/* filter:x'/><g filter='x'/>",
    ],
)  # fmt: skip
def test_filters_written_in_other_ways_are_removed(content):
    svg, found = drawing(content).replace("<svg ", '<svg xmlns:s="http://www.w3.org/2000/svg" ', 1), []
    assert b"blur" not in checked_svg(svg.encode(), found.append) and len(found) == 1
    with pytest.raises(W2VError, match="it has the filters of a drawing"):
        checked_svg(svg.encode())


def test_pictures_in_drawings_and_paths_have_limits():
    picture = io.BytesIO()
    Image.new("1", (8000, 8000)).save(picture, "PNG")
    encoded = base64.b64encode(picture.getvalue()).decode()
    for data in ("data", "da&#9;ta", "\x20data"):
        part = f"<image href='{data}:image/png;base64,{encoded}'/>"
        with pytest.raises(W2VError, match="it has more than 50 million pixels"):
            checked_svg(drawing(part).encode())
    record = {"kind": "figure", "label": "x", "caption": "Caption.", "alt": "White."}
    output = new_output("display_data", data={"image/png": encoded}, metadata={"w2v": record})
    notebook = new_notebook(cells=[new_code_cell("1", outputs=[output])])
    with pytest.raises(W2VError, match="cell 1: a picture: it has more than 50 million pixels"):
        ReportExporter(strict=True).from_notebook_node(notebook)
    with pytest.raises(W2VError, match="it has a path of more than 10,000 parts"):
        checked_svg(drawing(f"<path d='M0 0h1{'z' * 40_000}'/>").encode())


@pytest.mark.parametrize(
    "address", ["logo.png", "/etc/x.png", "picture-0.png", "http://x.y/a.png", "file:///a.png"]
)
def test_drawings_read_no_other_file(address, capsys):
    svg = drawing(f"<a href='http://x.y'><image width='9' height='9' href=' {address}'/></a>")
    with pytest.raises(W2VError, match="it shows a picture in another file, which is not read"):
        checked_svg(svg.encode())
    output = new_output("display_data", data={"image/svg+xml": svg})
    ReportExporter().from_notebook_node(new_notebook(cells=[new_code_cell("1", outputs=[output])]))
    assert "a picture in another file" in capsys.readouterr().err


def test_words_of_typst_name_no_folder(tmp_path):
    (tmp_path / "main.typ").write_text('#image("absent.png")')
    with pytest.raises(W2VError, match="absent.png") as caught:
        typesetting.typeset(tmp_path, datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    assert str(tmp_path) not in str(caught.value)


NESTED = ("iframe", "video", "select", "progress", "textarea", "embed")


@pytest.mark.sampled(8)
@pytest.mark.parametrize(
    "piece",
    [*(f"<{name}>" for name in NESTED), *(f"<{name}></{name}>" for name in NESTED), "<b>$", "<!-- a --><b>x</b>",
     "<b hidden>x</b><i>y</i>", "<i>z</i><script>x</script>", "<i>z</i>$x$", "<img src='data:,x'>", "<style>x</style><i>y</i>"],
)  # fmt: skip
def test_html_is_made_plain_in_linear_time(piece):
    begin = time.process_time()
    plain_html("x" + piece * 10_000, lambda reason: None)
    assert time.process_time() - begin < 20  # minutes


@pytest.mark.parametrize(
    "drawing",
    [
        lambda n: f'<svg><g style="{"fill:url(#a);" * n}"/></svg>',
        lambda n: f'<svg><g style="marker:{"url(#a) " * n}"/></svg>',
        lambda n: (
            f"<svg><style>{''.join(f'.a{i}{{fill:url(#b{i})}}' for i in range(n))}</style>{'<g/>' * n}</svg>"
        ),
    ],
)
def test_references_in_drawings_are_counted_in_linear_time(drawing):
    root = ElementTree.fromstring(drawing(20_000))
    begin = time.process_time()
    drawing_limits.check_drawing(root)
    assert time.process_time() - begin < 5  # half a minute and more before
