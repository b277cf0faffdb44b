"""Small notebooks of a stranger: each gives a PDF, and what is not shown is named."""

import base64
import io
import json
import re
import subprocess
import sys
import textwrap

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pikepdf
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from pdf_text import boxes_of, texts_of
from PIL import Image
from traitlets.config import Config

from w2vlib import W2VError
from w2vlib.reporting import any_notebook, bounded_text, typesetting
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.utils.files import project_root

WIDGET = "application/vnd.jupyter.widget-view+json"


def output(data, **metadata):
    return new_output("display_data", data=data, metadata=metadata)


def shown(*outputs):
    return new_code_cell("run()", outputs=list(outputs))


def picture(kind, size=(3, 2)):
    target = io.BytesIO()
    figure, axes = plt.subplots(figsize=size)
    axes.plot([1, 2, 3])
    figure.savefig(target, format=kind)
    plt.close(figure)
    return base64.b64encode(target.getvalue()).decode()


class Exported:
    """The PDF of some cells, its text, and what was said on stderr."""

    def __init__(self, capsys, *cells, metadata=None, config=None, resources=None):
        notebook = new_notebook(cells=list(cells), metadata=metadata or {})
        exporter = ReportExporter(config=Config(config or {}))
        self.pdf, _ = exporter.from_notebook_node(notebook, resources=resources)
        self.notes = capsys.readouterr().err.splitlines()
        self.pages = texts_of(self.pdf)
        self.text = re.sub(r"\s+", " ", "\n".join(self.pages)).replace("\u200b", "")
        self.joined = self.text.replace(" ", "").replace("−", "-")


@pytest.fixture
def export(capsys):
    return lambda *cells, **options: Exported(capsys, *cells, **options)


def test_a_small_notebook_is_one_page_with_its_own_title(export):
    out = export(new_markdown_cell("# Tides in *March*\n\nThey rise."), new_code_cell("1 + 1"))
    assert len(out.pages) == 1 and out.notes == []
    assert out.text.startswith("Tides in March They rise.")
    assert out.text.count("Tides") == 1
    with pikepdf.open(io.BytesIO(out.pdf)) as pdf:
        assert str(pdf.docinfo.Title) == "Tides in March" and pdf.Root.MarkInfo.Marked
        assert pdf.open_metadata()["pdfuaid:part"] == "1"


@pytest.mark.parametrize("line", ["x = !ls", "!ls", "%who", "np.exp?", "%%bash\nls"])
def test_commands_of_ipython_are_printed_as_other_code(line, export):
    assert line.splitlines()[0] in export(new_code_cell("a = 1"), new_code_cell(line)).text


def white_png(side):
    target = io.BytesIO()
    Image.new("1", (side, side)).save(target, "PNG")
    return base64.b64encode(target.getvalue()).decode()


FILTERED = """<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><filter id='f'><feTurbulence
baseFrequency='.9' numOctaves='9'/></filter><rect width='90' height='90' fill='red' filter='url(#f)'/>
<g style='filter:url(#f);fill:red'><text x='9' y='40'>king</text></g></svg>"""


@pytest.mark.parametrize(
    ("cell", "note", "printed"),
    [
        (shown(output({"text/plain": "line\n" * 90})), "70 lines of a text, of which", "line …"),
        (shown(output({"application/json": list(range(90))})), "72 lines of a text", "18, …"),
        (shown(output({"text/plain": "a" * 100_000})), "a word of 100,000 letters", "run()"),
        (shown(output({"text/plain": "a" + 9_000 * "\u0301"})), "9,000 marks on a letter", "run()"),
        (new_markdown_cell("b " + "a" * 100_000 + " c"), "a word of 100,000 letters", "c"),
        (new_code_cell("a" * 100_000), "a word of 100,000 letters", "…"),
        (shown(output({"image/svg+xml": FILTERED})), "the filters of a drawing", "king"),
        (shown(output({"image/png": white_png(7_100)})), "it has more than 50 million pixels", "run()"),
    ],
)
def test_what_would_take_minutes_or_all_memory_is_cut_and_noted(cell, note, printed, export, monkeypatch):
    monkeypatch.setattr(bounded_text, "LINES", 20)
    out = export(cell)
    assert len(out.notes) == 1 and note in out.notes[0] and note in out.text and printed in out.text


def test_a_cell_that_takes_typst_too_long_is_printed_plain(export, monkeypatch):
    endless = "#{ for i in range(9999) { for j in range(99999) { let n = i } } }"
    markup = any_notebook.typst_markup
    monkeypatch.setattr(any_notebook, "_CELL_SECONDS", 4)
    monkeypatch.setattr(typesetting, "TYPST_SECONDS", 4)

    def with_loop(given, *arguments, **options):
        return markup(given, *arguments, **options).replace("LOOP", endless)

    monkeypatch.setattr(any_notebook, "typst_markup", with_loop)
    out = export(new_markdown_cell("king"), new_markdown_cell("LOOP and queen"))
    assert "queen" in out.text and "Typst took longer than 4 s" in out.notes[0] and "cell 2" in out.notes[0]


def test_a_notebook_without_a_heading_has_the_name_of_its_file(tmp_path, capsys):
    path = tmp_path / "tide_tables.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("Text.")]), path)
    pdf, _ = ReportExporter().from_filename(str(path))
    assert texts_of(pdf)[0].startswith("tide_tables")


def test_every_line_of_a_long_output_is_on_a_page(export):
    out = export(
        shown(new_output("stream", name="stdout", text="\n".join(f"row {n} end" for n in range(300))))
    )
    assert [n for n in range(300) if f"row {n} end" not in out.text] == []
    assert min(bottom for _, _, bottom, _, _ in boxes_of(out.pdf)) > 0 and len(out.pages) > 3


@pytest.mark.parametrize("token", ["x" * 500, "a/" * 300, "=" * 400, "文" * 90])
def test_long_tokens_stay_on_the_page(token, export):
    out = export(
        new_markdown_cell(f"# T\n\nprose {token} end `{token}`"),
        new_code_cell(f"a = '{token}'", outputs=[output({"text/plain": token})]),
        shown(output({"text/html": f"<table><tr><td>{token}</td><td>last</td></tr></table>"})),
    )
    length = len(out.joined)
    assert length > 5 * len(token) and "last" in out.text
    assert max(right for _, _, _, right, _ in boxes_of(out.pdf)) < 595  # the width of the page


def test_every_cell_of_a_wide_table_is_printed(export):
    frame = pd.DataFrame(np.arange(96).reshape(4, 24) + 0.125, columns=[f"measure{n}" for n in range(24)])
    out = export(shown(output({"text/html": frame.to_html(), "text/plain": str(frame)})))
    assert [n for n in range(24) if f"measure{n}" not in out.text] == []
    assert [n for n in range(96) if f"{n}.125" not in out.text] == []
    assert "Columns 1 to" in out.text and out.notes == []


def test_html_with_tables_and_text_is_whole(export):
    html = (
        "<p>note</p><table><tr><td>A1</td></tr></table><table><tr><td>B2</td></tr></table><p>5 rows × 24</p>"
    )
    out = export(
        shown(output({"text/html": html}), output({"text/html": "<table></table>", "text/plain": "none"}))
    )
    for part in ("note", "A1", "B2", "5 rows × 24", "none"):
        assert part in out.text
    assert out.notes == []


def test_spans_nested_tables_and_headings_in_cells(export):
    html = (
        "<table><tr><th colspan=2>both</th></tr><tr><td rowspan=2>left<h4>head</h4></td><td><table><tr><td>inner"
        "</td></tr></table></td></tr><tr><td><ul><li>item</li></ul></td></tr></table>"
    )
    out = export(shown(output({"text/html": html})))
    for part in ("both", "left", "head", "inner", "item"):
        assert part in out.text


PICTURES = {
    "image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg", "application/pdf": "pdf",
}  # fmt: skip


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_are_drawn_and_the_claim_is_no_more_than_tagged(kind, export):
    content = picture(PICTURES[kind])
    if kind == "image/svg+xml":
        content = base64.b64decode(content).decode()
    out = export(shown(output({kind: content, "text/plain": "<Figure size 300x200 with 1 Axes>"})))
    assert out.notes == [] and "<Figure" not in out.text
    with pikepdf.open(io.BytesIO(out.pdf)) as pdf:
        assert pdf.Root.MarkInfo.Marked and "pdfuaid:part" not in pdf.open_metadata()
        alternatives = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
        assert "<Figure size 300x200 with 1 Axes>" in alternatives


def test_a_damaged_picture_is_named_and_its_text_printed(export):
    out = export(shown(output({"image/png": "bm90IGEgcGljdHVyZQ==", "text/plain": "the text form"})))
    assert "the text form" in out.text
    assert out.notes == ["Notebook.ipynb, cell 1: a picture (image/png): it is damaged or of an unknown kind"]
    assert "Not shown" in out.pages[-1] and "it is damaged" in out.text


def test_a_tall_picture_fits_on_a_page(export):
    out = export(shown(output({"image/png": picture("png", (2, 40))})))
    assert len(out.pages) <= 2


def test_only_pictures_below_the_notebook_are_read(tmp_path, export):
    folder = tmp_path / "notebooks"
    (folder / "figures").mkdir(parents=True)
    for path in (folder / "figures" / "a b.png", tmp_path / "secret.png"):
        Image.new("RGB", (30, 20)).save(path)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    sources = ("figures/a%20b.png", "../secret.png", "link.png", str(tmp_path / "secret.png"), "none.png",
               "http://127.0.0.1:1/x.png", "file:///etc/passwd", "//host/x.png")  # fmt: skip
    cells = [new_markdown_cell(f"![the picture](<{source}>)") for source in sources]
    out = export(*cells, resources={"metadata": {"path": str(folder), "name": "n"}})
    assert [re.search(r"cell (\d)", note)[1] for note in out.notes] == list("2345678")
    for reason in ("not below", "no such file", "not fetched"):
        assert reason in "\n".join(out.notes)
    assert out.text.count("not shown: the picture]") == 7


def test_attachments_and_data_are_drawn(export):
    cell = new_markdown_cell(
        f"![one](attachment:p.png) <img src='data:image/png;base64,{picture('png')}' alt='two'> ![no](attachment:q.png)"
    )
    cell["attachments"] = {"p.png": {"image/png": picture("png", (2, 1))}}
    out = export(cell)
    assert out.notes == [
        "Notebook.ipynb, cell 1: the picture attachment:q.png: the cell has no such attachment"
    ]
    with pikepdf.open(io.BytesIO(out.pdf)) as pdf:
        assert len(pdf.pages[0].images) == 2


SCRIPTED = [
    ({"text/html": "<div id=x></div><script>draw()</script>", "text/plain": "<Plot>"}, "a script", "<Plot>"),
    (
        {"text/html": "<iframe src='http://a.b/c'>"},
        "the iframe http://a.b/c",
        "iframe http://a.b/c, not shown",
    ),
    ({"text/html": "<video src='v.mp4'></video>"}, "the video v.mp4", "video v.mp4, not shown"),
    ({"application/javascript": "run()"}, "a script", "output not shown"),
    ({"application/vnd.plotly.v1+json": {}}, "application/vnd.plotly.v1+json", "output not shown"),
    (
        {WIDGET: {"model_id": "m"}, "text/plain": " 40%|████      | 2/5"},
        "interactive widget",
        "40%|████ | 2/5",
    ),
    ({"application/vnd.x+json": {}, "text/plain": "the text"}, "application/vnd.x+json", "the text"),
]


@pytest.mark.parametrize(("data", "note", "text"), SCRIPTED)
def test_what_a_page_cannot_show_is_named(data, note, text, export):
    out = export(new_markdown_cell("# T"), shown(output(data)))
    assert any(note in line and line.startswith("Notebook.ipynb, cell 2: ") for line in out.notes), out.notes
    assert text in out.text
    assert re.search(f"Not shown.*cell 2: .*{re.escape(note)}", re.sub(r"\s+", " ", out.pages[-1]))


def test_a_picture_beside_a_script_needs_no_note(export):
    out = export(shown(output({"text/html": "<script>draw()</script>", "image/png": picture("png")})))
    assert out.notes == [] and "Not shown" not in out.text


def test_stored_widgets_print_their_texts(export):
    state = {
        "box": {"model_name": "HBoxModel", "state": {"children": ["IPY_MODEL_label", "IPY_MODEL_bar"]}},
        "label": {"model_name": "HTMLModel", "state": {"value": "<b>Epoch</b> 5&lt;6"}},
        "bar": {"model_name": "FloatProgressModel", "state": {"value": 5.0, "max": 5.0, "children": ["IPY_MODEL_box"]}},
    }  # fmt: skip
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": state}}
    out = export(shown(output({WIDGET: {"model_id": "box"}})), metadata={"widgets": widgets})
    assert "Epoch 5<6 5.0 of 5.0" in out.text and len(out.notes) == 1


def test_control_characters_and_progress_lines(export):
    text = "  0%|  \r 50%|# \r100%|##\n\x1b[2Kcleared\x1b[1;31mred\x1b[0m ab\bc \ufeff\x07\n"
    out = export(
        shown(new_output("stream", name="stderr", text=text)),
        new_markdown_cell("bom \ufeff and \x1b[2K here"),
    )
    assert "100%|##" in out.text and "50%" not in out.text and "clearedred ac" in out.text
    assert out.text.count("⟨U+FEFF⟩") == 2 and "⟨U+0007⟩" in out.text and "here" in out.text


def test_errors_raw_cells_and_json_are_printed(export):
    error = new_output(
        "error", ename="KeyError", evalue="'x'", traceback=["\x1b[31mTraceback\x1b[0m", "KeyError: 'x'"]
    )
    bare = new_output("error", ename="ValueError", evalue="bad", traceback=[])
    out = export(
        shown(error, bare), new_raw_cell(r"raw \LaTeX"), shown(output({"application/json": {"k": [1]}}))
    )
    for part in ("Traceback", "KeyError: 'x'", "ValueError: bad", r"raw \LaTeX", '"k": ['):
        assert part in out.text
    assert out.notes == []


MARKDOWN = [
    ("a\n\n---\n\nb", ["a", "b"], []),
    ("# One\n\n### Three\n\n##### Five", ["One", "Three", "Five"], []),
    ("[text](#fig-none) [sec](#One)\n\n# One", ["text sec", "One"], ["the link to #fig-none, which leads nowhere"]),
    ("[doc](other.ipynb) <a name='p'></a> [p](#p) [q](javascript:x)", ["doc", "p q"], []),
    ("*a*.func() **b**.has(\"body\") *name*.csv $x$.shape", [".func()", '.has("body")', ".csv", ".shape"], []),
    ("Use `a`, `b`: **`c`** (`d`). *e*; ~~f~~! `` g`h ``, [`i`](https://a.b).", ["Use a, b: c (d). e; f! g`h, i."], []),
    ("- [x] done\n- [ ] open\n\n<details><summary>S</summary>inside</details>", ["☒", "☐", "inside"], []),
    ("<b typst:text:fill='#panic()' id='x\"]'>bold</b> `#panic()`{=typst} @ref #let", ["bold", "#panic()", "@ref #let"], []),
    ("```{=typst}\n#panic()\n```\n\n<code class='w2v-formula'>999</code>", ["#panic()", "999"], []),
    ("Costs \\$5 and \\$6, a\\_b", ["$5 and $6", "a_b"], []),
    ("<select><option>one<option>two</select> <input value='typed'>", ["one", "two", "typed"], []),
    ("| a | b |\n|--|--:|\n| 1 | $y$ |\n\n> quoted\n\n1. first\n   - second", ["a", "quoted", "first", "second"], []),
    ("<!-- hidden --><p style='display: none'>hidden</p>shown", ["shown"], []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "parts", "notes"), MARKDOWN)
def test_markdown(source, parts, notes, export):
    out = export(new_markdown_cell("before"), new_markdown_cell(source), new_markdown_cell("after"))
    for part in (*parts, "before", "after"):
        assert part in out.text, (part, out.text)
    assert out.notes == [f"Notebook.ipynb, cell 2: {note}" for note in notes]
    assert "hidden" not in out.text


def test_options_of_nbconvert_and_tags_leave_parts_out(export):
    cells = [
        new_markdown_cell("written"),
        new_code_cell("source_a", outputs=[output({"text/plain": "result_a"})]),
        new_code_cell("source_b", outputs=[output({"text/plain": "result_b"})], metadata={"tags": ["remove-cell"]}),
        new_code_cell("source_c", outputs=[output({"text/plain": "result_c"})], metadata={"tags": ["remove_input"]}),
        new_code_cell("source_d", outputs=[output({"text/plain": "result_d"})], metadata={"tags": ["remove-output"]}),
        new_raw_cell("raw_text"),
    ]  # fmt: skip
    every = {"written", "source_a", "result_a", "result_c", "source_d", "raw_text"}
    for option, hidden in (
        (None, set()),
        ("exclude_input", {"source_a", "source_d"}),
        ("exclude_output", {"result_a", "result_c"}),
        ("exclude_code_cell", {"source_a", "result_a", "result_c", "source_d"}),
        ("exclude_markdown", {"written"}),
        ("exclude_raw", {"raw_text"}),
    ):
        out = export(*cells, config={"TemplateExporter": {option: True}} if option else {})
        assert {word for word in re.findall(r"\w+_\w+|written", out.text)} == every - hidden, option


def test_numbers_of_cells_are_those_of_the_file(export):
    cells = [new_code_cell("x", metadata={"tags": ["gone"]}), shown(output({"application/x": "y"}))]
    config = {"TagRemovePreprocessor": {"remove_cell_tags": ["gone"], "enabled": True}}
    assert export(*cells, config=config).notes[0].startswith("Notebook.ipynb, cell 2: ")


def test_a_cell_that_typst_refuses_is_printed_plain(export, monkeypatch):
    from w2vlib.reporting import any_notebook

    convert = any_notebook.typst_markup
    monkeypatch.setattr(
        any_notebook, "typst_markup", lambda *a, **k: convert(*a, **k).replace("breaks it", "#undefined-name")
    )
    out = export(new_markdown_cell("first"), new_markdown_cell("it breaks it"), new_markdown_cell("third"))
    for part in ("first", "it breaks it", "third", "Not shown"):
        assert part in out.text
    assert len(out.notes) == 1 and "cell 2: the layout of the cell, printed as plain text" in out.notes[0]


def test_the_same_notebook_gives_the_same_bytes(export):
    cells = [new_markdown_cell("# T\n\n$x$ [l](#no)"), shown(output({"image/png": picture("png")}))]
    assert export(*cells).pdf == export(*cells).pdf


def test_captions_labels_and_references_of_our_display(export):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="40"><rect width="9" height="9"/></svg>'
    figure = output(
        {"image/svg+xml": svg}, w2v={"kind": "figure", "label": "f", "caption": "A *box*.", "alt": "box"}
    )
    table = output(
        {"text/markdown": "| a |\n|--|\n| 1 |"}, w2v={"kind": "table", "label": "t", "caption": "Rows."}
    )
    bad = output(
        {"image/svg+xml": svg}, w2v={"kind": "figure", "label": "f>#panic()", "caption": "C.", "alt": "b"}
    )
    text = new_markdown_cell("See [x](#fig-f), [y](#tbl-t) and [them](#ref-mikolov2013b).")
    out = export(shown(figure, table, bad, figure), text)
    assert (
        re.search(r"See Figure 1, Table 1 and .*Mikolov", out.text)
        and "A box." in out.text
        and "Rows." in out.text
    )
    assert "References" in out.text and out.notes == []
    with pikepdf.open(io.BytesIO(out.pdf)) as pdf:
        assert pdf.open_metadata()["pdfuaid:part"] == "1"  # every picture has its alternative


NOTEBOOKS = sorted((project_root() / "notebooks").glob("*.ipynb"))


@pytest.mark.sampled(3)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_of_our_notebooks_is_printed_alone(path, capsys):
    pdf, _ = ReportExporter().from_filename(str(path))
    text = "".join(texts_of(pdf))
    heading = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].lstrip("# ")
    assert text.startswith(heading)
    notes = capsys.readouterr().err.splitlines()
    assert all("leads nowhere" in note for note in notes), notes  # their figures are in outputs


def test_a_moved_report_without_its_folder(tmp_path, capsys):
    report = new_notebook(cells=[new_markdown_cell("# Part\n\nText.")])
    report.metadata["w2v"] = {"title": "The report", "attachments": ["notebooks/01.ipynb"]}
    path = tmp_path / "report.ipynb"
    nbformat.write(report, path)
    for attach in (False, True):
        pdf, _ = ReportExporter(attach=attach).from_filename(str(path))
        text = "".join(texts_of(pdf))
        assert "The report" in text and "Text." in text
    with pytest.raises(W2VError, match="Cannot attach"):
        ReportExporter(attach=True, strict=True).from_filename(str(path))


def test_the_command_says_what_is_not_shown_without_a_traceback(tmp_path):
    path = tmp_path / "mine.ipynb"
    nbformat.write(
        new_notebook(cells=[new_code_cell("secret_source"), new_markdown_cell("<iframe src='u'>")]), path
    )
    (tmp_path / "damaged.ipynb").write_text('{"cells": [')
    command = [sys.executable, "-m", "nbconvert", "--to", "w2vlib.reporting.pdf_exporter.ReportExporter"]
    done = subprocess.run([*command, "--no-input", str(path)], capture_output=True, text=True, check=True)
    assert "mine.ipynb, cell 2: the iframe u, which a page cannot show" in done.stderr.splitlines()
    assert "Traceback" not in done.stderr
    text = texts_of(path.with_suffix(".pdf"))[0]
    assert "secret_source" not in text and "iframe u, not shown" in text
    done = subprocess.run([*command, str(tmp_path / "damaged.ipynb")], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        "damaged.ipynb: It is no notebook that nbformat can read: "
    )


def test_notebooks_of_format_3_are_read(tmp_path, capsys):
    old = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "old"},
        "worksheets": [{"metadata": {}, "cells": [
            {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Old heading"]},
            {"cell_type": "code", "collapsed": False, "input": ["1"], "language": "python", "metadata": {},
             "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["result3"], "metadata": {}}]},
        ]}],
    }  # fmt: skip
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(old))
    pdf, _ = ReportExporter().from_filename(str(path))
    text = texts_of(pdf)[0]
    assert "Old heading" in text and "result3" in text


def test_texts_of_many_scripts_are_printed_or_written_as_code_points(export):
    out = export(new_markdown_cell(textwrap.dedent("# Ζήτα\n\nпривет 中文 😀")), new_code_cell("# 中"))
    assert "Ζήτα" in out.text and "привет" in out.text and "⟨U+4E2D⟩⟨U+6587⟩" in out.text


@pytest.mark.parametrize("form", ["w2v-html", "w2v-pdf"])
def test_a_notebook_with_doubled_names_of_cells_is_printed_without_warnings(form, tmp_path):
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text} for text in ("one", "two")]
    made = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "twice.ipynb").write_text(json.dumps(made))
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        form,
        "--log-level",
        "WARN",
        str(tmp_path / "twice.ipynb"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
