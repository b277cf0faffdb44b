"""A notebook with outputs → one HTML page that needs no kernel and no network, as an nbconvert exporter.

Use it with ``jupyter nbconvert --to w2v-html NOTEBOOK``. Formulas are MathML, pictures are part of the page,
sections, figures, tables and equations have the numbers of the PDF. What a page cannot show is named in its
place. `explorer_page.page` puts the parts together.
"""

import base64
import html
import json
import re
import secrets
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import pygments
from nbconvert.exporters import Exporter
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from traitlets import Unicode, default

from ..utils.characters import visible
from ..utils.errors import W2VError
from ..utils.notebook_files import with_whole_sources
from .bounded_text import with_few_marks
from .explorer import read_data
from .explorer_page import explorer_section, page, part
from .exporting import OneSentence
from .formula_limits import slow_formulas, slow_of_html
from .notebook_markup import plain_html
from .notebook_metadata import ANSI, markdown_of, place_of, record_of, title_page, without_captions
from .notebook_outputs import hidden_parts, reason_not_shown
from .notebook_pictures import Pictures
from .printable_text import encoded
from .stored_widgets import WIDGET, StoredWidgets
from .terminal_text import visible_text
from .typesetting import output_of, run_pandoc, style_file, temporary_build

_BOLD_ITALIC = re.compile('<mi mathvariant="bold-italic">([\U0001d468-\U0001d49b])</mi>')
_KINDS = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}
_READ_BY_READER = ("foreign_html.lua", "markdown_text.lua", "shown_words.lua")


class PageExporter(OneSentence, Exporter):
    r"""One HTML page of a notebook, with a list of contents, in light and dark colours.

    The notebook's metadata under ``w2v`` are those of `ReportExporter`. Metadata, text and outputs of a
    notebook are data: of HTML in outputs the page has text, lists, tables and links, without attributes,
    scripts and pictures. What is not shown is named in its place, and on standard error.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> notebook = new_notebook(cells=[new_markdown_cell("# Squares\n\n$x^2$ is a square.")])
    >>> page, _ = PageExporter().from_notebook_node(notebook)
    >>> page[:15], "<msup><mi>x</mi><mn>2</mn></msup>" in page
    ('<!DOCTYPE html>', True)
    """

    explorer = Unicode("", help="File with the data of the explorer; empty: none.").tag(config=True)

    export_from_notebook = "HTML page by w2vlib"

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    output_mimetype = "text/html"

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Text of the page, and the resources; see nbconvert's `Exporter`."""
        self.check(nb, resources)
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        notes = []
        with self.stopping(resources):
            text = self._page(with_whole_sources(nb), notes)
        for where, reason in notes:
            name = resources.get("metadata", {}).get("name") or "Notebook"
            print(f"{name}.ipynb, {where}: {reason}", file=sys.stderr)
        return text, resources

    def _page(self, nb, notes):
        """Text of the page; what it does not show is added to `notes`."""
        meta, _ = title_page(nb)
        cells, summary, abstract = _cells(nb, notes)
        given = {"cells": cells, "summary": summary, "abstract": abstract}
        contents, opening, body = map(_upright, _pandoc({**given, "first_section": meta["first-section"]}))
        if self.explorer:
            opening += explorer_section(read_data(self.explorer))
            contents = f'<p><a href="#explorer">Explore the vectors</a></p>\n{contents}'
        about = " · ".join(filter(None, [*meta["authors"], meta["text"], meta["date"]]))
        lines = [f"<p>{html.escape(visible(text))}</p>" for text in (meta["subtitle"], about) if text]
        return page(meta["title"], opening + body, "\n".join(lines), contents)


def _cells(nb, notes):
    """Convert a notebook for ``reader.lua``: list of cells, texts of the summary and of the abstract.

    For what is not shown, the place and the reason (two str) are added to `notes`.
    """
    cells, summary, abstract, seen = [], [], [], set()
    widgets = StoredWidgets(nb.metadata.get("widgets"))
    for position, cell in enumerate(nb.cells, 1):
        notebook, number = place_of(cell, position)
        blocks = []
        hidden = hidden_parts(cell)
        if "cell" in hidden:
            continue
        if cell.cell_type == "markdown":
            blocks.append({"kind": "markdown", "text": cell.source})
        elif cell.cell_type == "raw":
            blocks.append(_listing(cell.source))
        else:
            if "input" not in hidden and cell.source.strip():
                blocks.append({**_listing(cell.source, "python"), "kind": "code"})
            for output in () if "output" in hidden else without_captions(cell.outputs):
                record, markdown = record_of(output), markdown_of(output)
                kind = record.get("kind")
                if kind == "abstract" and markdown is not None:
                    abstract.append(markdown)
                    abstract += [record["caption"]] if _has_texts(record, "caption") else []
                else:
                    reasons = []
                    blocks += _output(output, widgets, reasons.append)
                    notes += [(f"cell {position}", reason) for reason in reasons]
                if kind == "headline" and markdown is not None:
                    summary.append(markdown)
        cells.append(
            {
                "notebook": notebook,
                "number": str(number),
                "first": notebook not in seen,
                "blocks": blocks,
            }
        )
        seen.add(notebook)
    return cells, summary, abstract


def _listing(text, language="text"):
    """Block of code or plain text, without colour codes of a terminal."""
    return {"kind": "listing", "text": ANSI.sub("", text).rstrip(), "language": language}


def _output(output, widgets, note):
    """Blocks (list) of one output of a code cell; none where there is nothing to see."""
    if output.output_type == "stream":
        return [_listing(output.text)] if output.text.strip() else []
    if output.output_type == "error":
        traceback = "\n".join(map(str, output.get("traceback", [])))
        return [_listing(traceback if traceback.strip() else f"{output.ename}: {output.evalue}")]
    data, record = output.data, record_of(output)
    reasons = []
    block = _first_form(data, record, reasons)
    if block:
        blocks = [block]
    else:
        texts = [f"[picture not shown: {record['alt']}]" if _has_texts(record, "alt") else ""]
        texts += [widgets.texts(data), str(data.get("text/plain", ""))]
        blocks = [_listing(text) for text in texts if text.strip()]
        unknown = set(data) - {"text/plain"} - ({*_FORMS} if blocks or reasons else set())
        reasons += map(reason_not_shown, sorted(unknown))
        blocks = blocks or [_listing(f"[output not shown: {', '.join(sorted(data)) or 'empty'}]")]
    for reason in dict.fromkeys(reasons):
        note(reason)
    caption = record.get("caption")
    if isinstance(caption, str) and not any("caption" in block for block in blocks):
        blocks.append({"kind": "markdown", "text": caption})
    return blocks


def _first_form(data, record, reasons):
    """Block of the first form of an output that the page can show, in Jupyter's order; else None.

    The reasons (str) for what is not shown are added to a list.
    """
    for kind, form in _FORMS.items():
        content = data.get(kind, "")
        if not str(content).strip() or (kind == "text/html" and WIDGET in data):
            continue
        of_form = []
        if block := form(content, kind, record, data, of_form.append):
            if block["kind"] != "html" and block["kind"] != "markdown":
                reasons.clear()  # this is the same output
            reasons += of_form
            return block
        reasons += of_form
    return None


def _html(content, kind, record, data, note):
    """Block of an HTML output; None if it shows no text. What it lacks is noted."""
    block = plain_html(str(content), note)
    return block if block["words"] or block["formulas"] else None


def _markdown(content, kind, record, data, note):
    """Block of Markdown or TeX; a table with a caption is numbered."""
    if kind == "text/markdown" and record.get("kind") == "table" and _has_texts(record, "label", "caption"):
        names = {name: record[name] for name in ("label", "caption")}
        return {"kind": "table", "text": str(content), **names}
    return {"kind": "markdown", "text": str(content)}


def _json(content, kind, record, data, note):
    """Block of JSON, indented."""
    return _listing(json.dumps(content, indent=2, ensure_ascii=False))


class _InPage(Pictures):
    """Checks pictures, and keeps their content for the page."""

    def _written(self, content, suffix, width):
        return {"content": content, "suffix": suffix}


def _picture(content, kind, record, data, note):
    """Block of a picture, which becomes a part of the page; None if it is damaged."""
    try:
        picture = _InPage(None, None, lambda reason: None).add_encoded(content)  # a browser has filters
        if picture["suffix"] not in _KINDS:
            raise W2VError("browsers show no PDF as a picture")
    except W2VError as error:
        note(f"a picture ({kind}): {error}")
        return None
    shown = picture["content"]
    if picture["suffix"] == "svg":  # with all characters, which the fonts of a PDF may lack
        shown = encoded(content) if content.lstrip().startswith("<") else base64.b64decode(content)
        if b"xmlns=" not in shown:
            shown = shown.replace(b"<svg", b'<svg xmlns="http://www.w3.org/2000/svg"', 1)
    source = f"data:{_KINDS[picture['suffix']]};base64,{base64.b64encode(shown).decode()}"
    alt = str(data.get("text/plain", "")).strip() or "picture without a description"
    block = {"kind": "figure", "source": source, "alt": alt}
    if record.get("kind") == "figure" and _has_texts(record, "label", "caption", "alt"):
        block |= {name: record[name] for name in ("label", "caption", "alt")}
    elif _has_texts(record, "alt"):
        block["alt"] = record["alt"]
    return block


_FORMS = {
    "text/html": _html, "text/markdown": _markdown, "image/svg+xml": _picture, "text/latex": _markdown,
    "image/png": _picture, "image/jpeg": _picture, "image/gif": _picture, "image/webp": _picture,
    "image/bmp": _picture, "image/tiff": _picture, "application/json": _json,
}  # fmt: skip


def _has_texts(record, *names):
    return all(isinstance(record.get(name), str) and record[name].strip() for name in names)


def _upright(text):
    r"""Make bold letters upright, which ``\mathbf`` means and pandoc's MathML has bold italic."""

    def letters(formula):
        if "\\mathbf" not in formula[0]:
            return formula[0]
        return _BOLD_ITALIC.sub(lambda m: f'<mi mathvariant="bold">{chr(ord(m[1]) - 0x68)}</mi>', formula[0])

    return re.sub(r"<math .*?</math>", letters, text, flags=re.DOTALL)


def _shown(value):
    """Nested lists and dicts, in whose texts control characters are seen and marks on a letter are few."""
    if isinstance(value, dict):
        return {key: _shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if not isinstance(value, str) or value.isascii() and value.isprintable():
        return value
    value = with_few_marks(value, lambda reason: None)  # an ellipsis stands for the others
    if value.isprintable():
        return value
    return visible_text(value)


def _pandoc(given):
    """HTML of the list of contents, of the abstract and the summary, and of the text with its references."""
    cited = sorted(set(re.findall(r"\(#ref-([\w.:-]+)\)", "\n".join(_texts(given)))))
    with ThreadPoolExecutor() as pool:  # each waits for a pandoc of its own
        references = pool.submit(_references, cited) if cited else None
        contents, opening, body = _converted({**given, "has_references": bool(cited)})
    return contents, opening, body + (references.result() if references else "")


def _texts(value):
    """All texts in nested lists and dicts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _reader(folder):
    """Path of the reader for pandoc, which is written to a folder with what it reads itself."""
    reader = folder / "reader.lua"
    reader.write_text(part("reader.lua"), encoding="utf-8")
    for name in _READ_BY_READER:
        shutil.copyfile(style_file(name), folder / name)
    return reader


def _references(keys):
    """HTML of the list of references with the keys."""
    with temporary_build() as folder:
        reader = _reader(folder)
        given = json.dumps({"cited": keys})
        options = "--citeproc", "--bibliography", str(style_file("refs.bib"))
        return output_of(run_pandoc(reader, given, "html5", *options))


def _converted(given):
    """HTML of the list of contents, of the abstract and the summary, and of the text.

    Pandoc gets a name for each picture in place of its megabytes.
    """
    token, sources = secrets.token_hex(16), []  # the first is in no notebook
    between = f"<!-- {token} -->"
    given = {**given, "cells": [_named_pictures(cell, token, sources) for cell in given["cells"]]}
    given = _shown(given)
    given["slow"] = slow_formulas(_texts(given)) | slow_of_html(given["cells"])
    with temporary_build() as folder:
        reader, template = _reader(folder), folder / "parts.html"
        template.write_text(part("text.html").replace("<!-- between -->", between), encoding="utf-8")
        options = [
            "--mathml", "--standalone", "--template", str(template), "--toc", "--toc-depth", "2",
            "--metadata", "title=page", "--no-highlight",
        ]  # fmt: skip
        text = output_of(run_pandoc(reader, json.dumps(given), "html5", *options))
    text = _PYTHON.sub(_coloured, text)
    text = re.sub(rf"{token}-(\d+)", lambda found: sources[int(found[1])], text)
    return text.split(between)


_PYTHON = re.compile(r'(<pre class="python"><code>)(.*?)(</code></pre>)', re.DOTALL)


def _coloured(block):
    """Mark words, strings and comments of Python with the classes of Pygments: pandoc takes a second."""
    code = html.unescape(block[2])
    return (
        block[1]
        + pygments.highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)).rstrip("\n")
        + block[3]
    )


def _named_pictures(cell, token, sources):
    """Cell whose pictures have names with the token in place of their sources, which are added to a list."""
    blocks = []
    for block in cell["blocks"]:
        if "source" in block:
            sources.append(block["source"])
            block = {**block, "source": f"{token}-{len(sources) - 1}"}
        blocks.append(block)
    return {**cell, "blocks": blocks}
