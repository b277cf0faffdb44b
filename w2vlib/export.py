"""A notebook with outputs → PDF, through pandoc and Typst, as an nbconvert exporter.

Use it from anywhere with ``jupyter nbconvert --to w2v-pdf NOTEBOOK``. Every output must be of a kind
it knows; one that it does not know, a formula it cannot set or a reference that leads nowhere is an
error that names the notebook and the cell, never a silent gap.
"""

import base64
import datetime
import functools
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import matplotlib
import pypandoc
import typst
from matplotlib.ft2font import FT2Font
from nbconvert.exporters import Exporter
from traitlets import default

from .display import KEY
from .errors import W2VError
from .files import project_root

# CommonMark, as Jupyter reads it, with just the extensions that the notebooks need.
_READER = "commonmark+tex_math_dollars+pipe_tables+fenced_divs+attributes+smart+raw_attribute+strikeout"
_PDF_STANDARDS = ["a-3a", "ua-1"]
_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
_KNOWN = (*_IMAGES, "text/markdown", "text/latex", "text/html", "text/plain")
# What Jupyter adds beside an output of a kind above, for other readers.
_COMPANIONS = {"application/pdf"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ReportExporter(Exporter):
    """PDF/A-3a and PDF/UA-1 of a notebook, typeset by ``report/template.typ``.

    The notebook's metadata under ``w2v`` may give ``title``, ``subtitle``, ``authors``,
    ``keywords``, ``text``, ``created`` (ISO date and time) and ``attachments`` (paths).
    """

    export_from_notebook = "PDF by Typst"

    @default("file_extension")
    def _file_extension_default(self):
        return ".pdf"

    output_mimetype = "application/pdf"

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Bytes of the PDF, and the resources; see nbconvert's `Exporter`."""
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        beside = Path(resources.get("metadata", {}).get("path") or ".")
        style = project_root() / "report"
        with tempfile.TemporaryDirectory(prefix="w2v-") as folder:
            build = Path(folder)
            markdown, abstract = _to_markdown(nb, build)
            markdown, abstract = _printable(markdown), [_printable(text) for text in abstract]
            meta, created = _meta(nb, beside, build)
            meta = {name: _printable(v) if isinstance(v, str) else v for name, v in meta.items()}
            meta["abstract"] = [_pandoc(text, style) for text in abstract]
            body = _pandoc(markdown, style)
            (build / "meta.json").write_text(json.dumps(meta), encoding="utf-8")
            (build / "main.typ").write_text(_MAIN + body, encoding="utf-8")
            for name in ("template.typ", "refs.bib"):
                shutil.copy(style / name, build)
            pdf = _typeset(build, created)
        return pdf, resources


_MAIN = """#import "template.typ": report, block-eq, caption, inline-eq
#show: report.with(json("meta.json"))

"""


def _meta(nb, beside, build):
    """Gather what the title page says, and the time of creation; copy attachments to `build`."""
    given = nb.metadata.get(KEY, {})
    created = datetime.datetime.fromisoformat(given.get("created", "1980-01-01T00:00:00+00:00"))
    attachments = []
    for name in given.get("attachments", []):
        shutil.copy(beside / name, build)
        attachments.append(Path(name).name)
    meta = {
        "title": given.get("title", nb.metadata.get("title", "Notebook")),
        "subtitle": given.get("subtitle", ""),
        "authors": given.get("authors", []),
        "keywords": given.get("keywords", []),
        "text": given.get("text", ""),
        "text-short": given.get("text_short", ""),
        "date": f"{created.day} {created:%B %Y}" if "created" in given else "",
        "attachments": attachments,
    }
    return meta, created


def _to_markdown(nb, build):
    """Turn the cells into one Markdown text and the sentences of the abstract; pictures go to `build`."""
    parts, abstract, seen = [], [], set()
    for number, cell in enumerate(nb.cells, 1):
        place = cell.metadata.get(KEY, {})
        notebook, number = place.get("notebook", "notebook"), place.get("cell", number)
        blocks = []
        if cell.cell_type == "markdown":
            blocks.append(cell.source)
        elif cell.cell_type == "code":
            if "remove-input" not in cell.metadata.get("tags", []):
                blocks.append(_fenced(cell.source, "python"))
            for index, output in enumerate(cell.outputs):
                name = f"{notebook}-{number}-{index}"
                try:
                    blocks.append(_output(output, name, build))
                except W2VError as error:
                    raise W2VError(f"Notebook {notebook}, cell {number}: {error}") from error
                if output.get("metadata", {}).get(KEY, {}).get("kind") == "headline":
                    abstract.append(output.data["text/markdown"])
        else:
            raise W2VError(f"Notebook {notebook}, cell {number}: raw cells have no place in the report.")
        first = "no" if notebook in seen else "yes"
        seen.add(notebook)
        opening = f'::::::::: {{.w2v-cell notebook="{notebook}" number="{number}" first="{first}"}}'
        parts.append("\n\n".join([opening, *filter(None, blocks), ":::::::::"]))
    return "\n\n".join(parts), abstract


def _printable(text):
    """Write characters that the report's fonts lack as their code points, ⟨U+4E2D⟩ for 中.

    PDF/A and PDF/UA allow no character without a glyph, and no font has them all.
    """
    return "".join(c if c.isascii() or ord(c) in _glyphs() else f"⟨U+{ord(c):04X}⟩" for c in text)


@functools.cache
def _glyphs():
    """Code points that DejaVu Sans has: the font of the figures, and of what the text's font lacks."""
    return frozenset(FT2Font(str(_font_path(_FONTS[0]))).get_charmap())


def _font_path(name):
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def _fenced(text, language):
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _output(output, name, build):
    """Markdown of one output of a code cell."""
    if output.output_type == "stream":
        return _fenced(_ANSI.sub("", output.text), "text") if output.text.strip() else ""
    if output.output_type == "error":
        raise W2VError(f"the cell ended in {output.ename}: {output.evalue}")
    record = output.metadata.get(KEY, {})
    if record.get("kind") == "caption":
        return ""
    data = output.data
    kind = next((kind for kind in _KNOWN if kind in data), None)
    strange = set(data) - set(_KNOWN) - _COMPANIONS
    if kind is None or (kind == "text/plain" and strange):
        raise W2VError(f"an output of type {', '.join(sorted(strange or data))} cannot be printed.")
    if kind in _IMAGES:
        return _picture(data[kind], kind, record, name, build)
    if kind == "text/markdown" and record.get("kind") == "table":
        return _div("w2v-table", f"tbl-{record['label']}", "", f"{record['caption']}\n\n{data[kind]}")
    if kind in ("text/markdown", "text/latex"):
        return data[kind]
    if kind == "text/html":
        if "<table" not in data[kind]:
            raise W2VError("HTML that is not a table cannot be printed: show Markdown or a figure.")
        table = data[kind][data[kind].index("<table") :]
        return _div("w2v-table", "", "", _fenced(table, "{=html}"))
    return _fenced(_ANSI.sub("", data[kind]), "text")


def _picture(content, kind, record, name, build):
    if record.get("kind") != "figure":
        raise W2VError("a picture without caption and alternative text: show it with display.figure.")
    path = build / f"{name}.{_IMAGES[kind]}"
    if kind == "image/svg+xml":
        path.write_text(_printable(content), encoding="utf-8")
    else:
        path.write_bytes(base64.b64decode(content))
    alt = record["alt"].replace('"', "'").replace("\n", " ").replace("\\", "")
    attributes = f'path="{path.name}" alt="{alt}"'
    return _div("w2v-figure", f"fig-{record['label']}", attributes, record["caption"])


def _div(css_class, identifier, attributes, content):
    name = f"#{identifier} " if identifier else ""
    return f"::::: {{.{css_class} {name}{attributes}}}\n\n{content}\n\n:::::"


def _pandoc(markdown, style):
    """Typst markup of a Markdown text."""
    command = [
        pypandoc.get_pandoc_path(), "--from", _READER, "--to", "typst", "--wrap", "none",
        "--columns", "100000", "--fail-if-warnings", "--lua-filter", str(style / "filter.lua"),
    ]  # fmt: skip
    done = subprocess.run(command, input=markdown, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        ours = re.search(r"\[\[w2v\]\](.*?)\[\[/w2v\]\]", done.stderr, re.DOTALL)
        message = ours[1] if ours else f"pandoc: {done.stderr.strip()}"
        raise W2VError(message[0].upper() + message[1:])
    return done.stdout


def _typeset(build, created):
    """Bytes of the PDF made from ``main.typ`` in the folder `build`."""
    fonts = build / "fonts"
    fonts.mkdir()
    for font in _FONTS:  # and not the whole folder: its last-resort font would hide missing glyphs
        shutil.copy(_font_path(font), fonts)
    try:
        return typst.compile(
            str(build / "main.typ"),
            root=str(build),
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            pdf_standards=_PDF_STANDARDS,
            timestamp=created,
        )
    except typst.TypstError as error:
        hints = "; ".join(getattr(error, "hints", []) or [])
        raise W2VError(f"Typst: {error}{f' ({hints})' if hints else ''}") from error
