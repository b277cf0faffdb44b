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
import unicodedata
from pathlib import Path

import matplotlib
import pypandoc
import typst
from matplotlib.ft2font import FT2Font
from nbconvert.exporters import Exporter
from traitlets import Bool, default

from ..utils.errors import W2VError
from ..utils.files import project_root
from .display import METADATA_KEY

_PDF_STANDARDS = ["a-3a", "ua-1"]
_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")
_IMAGES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}
_KNOWN = (*_IMAGES, "text/markdown", "text/latex", "text/html", "text/plain")
# What Jupyter adds beside an output of a kind above, for other readers.
_COMPANIONS = {"application/pdf"}
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class ReportExporter(Exporter):
    """PDF/A-3a and PDF/UA-1 of a notebook, typeset by ``report/template.typ``.

    The notebook's metadata under ``w2v`` may give ``title``, ``subtitle``, ``authors``, ``keywords``,
    ``text``, ``created`` (ISO date and time) and, for `attach`, ``attachments`` (paths below the
    notebook's folder). Metadata and text of a notebook are data: what they say is printed, and no
    path, address or code in them is followed.
    """

    attach = Bool(False, help="Attach the notebooks that the metadata lists to the PDF.").tag(config=True)

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
            cells, abstract = _cells(nb, build)
            meta, created = _meta(nb)
            meta["attachments"] = _attached(nb, beside, build) if self.attach else []
            body, summary = _pandoc(cells, style), _pandoc(abstract, style)
            main = _MAIN % (f"([{summary}],)" if abstract else "()", body)
            (build / "meta.json").write_text(_json(meta), encoding="utf-8")
            (build / "main.typ").write_text(main, encoding="utf-8")
            for name in ("template.typ", "refs.bib"):
                shutil.copy(style / name, build)
            pdf = _typeset(build, created)
        return pdf, resources


_MAIN = """#import "template.typ": report, block-eq, caption, inline-eq
#show: report.with(json("meta.json"), %s)

%s"""


def _meta(nb):
    """Gather what the title page says, and the time of creation."""
    given = nb.metadata.get(METADATA_KEY, {})
    given = given if isinstance(given, dict) else {}
    try:
        created = datetime.datetime.fromisoformat(given["created"])
        date = f"{created.day} {created:%B %Y}"
    except (KeyError, TypeError, ValueError):
        created, date = datetime.datetime.fromisoformat("1980-01-01T00:00:00+00:00"), ""

    def text(name, otherwise=""):
        return given[name] if isinstance(given.get(name), str) else otherwise

    def texts(name):
        listed = given.get(name)
        return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []

    title = nb.metadata.get("title")
    return {
        "title": text("title", title if isinstance(title, str) else "Notebook"),
        "subtitle": text("subtitle"),
        "authors": texts("authors"),
        "keywords": texts("keywords"),
        "text": text("text"),
        "text-short": text("text_short"),
        "date": date,
    }, created.astimezone(datetime.UTC)


def _attached(nb, beside, build):
    """Copy the notebooks that the metadata lists to `build`; list of their names there."""
    names = []
    for name in nb.metadata.get(METADATA_KEY, {}).get("attachments", []):
        path = (beside / str(name)).resolve()
        if not path.is_relative_to(beside.resolve()) or path.suffix != ".ipynb":
            raise W2VError(
                f"{name!r} cannot be attached: only notebooks below the notebook's own folder {beside} can."
            )
        try:
            shutil.copy(path, build / path.name)
        except OSError as error:
            raise W2VError(f"Cannot attach {path}: {error.strerror}.") from error
        names.append(path.name)
    return names


def _cells(nb, build):
    """Turn a notebook into what ``reader.lua`` reads: cells, and sentences of the abstract.

    A cell is a dict with ``notebook`` and ``number``, ``first`` where a notebook begins, and
    ``blocks``, each with its ``kind``. Pictures go to the folder `build`, under names made here.
    """
    cells, abstract, seen = [], [], set()
    for position, cell in enumerate(nb.cells, 1):
        notebook, number = _place(cell, position)
        blocks = []
        if cell.cell_type == "markdown":
            blocks.append({"kind": "markdown", "text": cell.source})
        elif cell.cell_type == "code":
            if "remove-input" not in cell.metadata.get("tags", []):
                blocks.append(_listing(cell.source, "python"))
            for index, output in enumerate(cell.outputs):
                try:
                    blocks.append(_output(output, build / f"output-{position}-{index}"))
                except W2VError as error:
                    raise W2VError(f"Notebook {notebook}, cell {number}: {error}") from error
                if _record(output).get("kind") == "headline":
                    abstract.append(output.data["text/markdown"])
        else:
            raise W2VError(f"Notebook {notebook}, cell {number}: raw cells have no place in the report.")
        cells.append(
            {
                "notebook": notebook,
                "number": str(number),
                "first": notebook not in seen,
                "separate": False,
                "blocks": [block for block in blocks if block is not None],
            }
        )
        seen.add(notebook)
    summary = {"notebook": "abstract", "first": False, "separate": True}
    sentences = [
        {**summary, "number": str(n), "blocks": [{"kind": "markdown", "text": text}]}
        for n, text in enumerate(abstract, 1)
    ]
    return cells, sentences


def _place(cell, position):
    """Notebook and number of a cell, as the merged notebook says; else "notebook" and its position."""
    place = cell.metadata.get(METADATA_KEY, {})
    notebook, number = (place.get("notebook"), place.get("cell")) if isinstance(place, dict) else (None, None)
    if isinstance(notebook, str) and re.fullmatch(r"[\w-]+", notebook, re.ASCII):
        return notebook, number if isinstance(number, int) else position
    return "notebook", position


def _record(output):
    """Read what our `display` said of an output; {} of any other."""
    record = output.get("metadata", {}).get(METADATA_KEY, {})
    return record if isinstance(record, dict) else {}


def _printable(text):
    """Write characters that the report's fonts lack as their code points, ⟨U+4E2D⟩ for 中.

    PDF/A and PDF/UA allow no character without a glyph, and no font has them all.
    """
    return "".join(c if c in "\n\r\t" or ord(c) in _glyphs() else _code_point(c) for c in text)


def _json(value):
    """JSON (str) of nested lists and dicts of texts, these as `_printable`, their control characters too."""

    def spelled(part):
        if isinstance(part, dict):
            return {spelled(key): spelled(each) for key, each in part.items()}
        if isinstance(part, list | tuple):
            return [spelled(each) for each in part]
        return _printable(part) if isinstance(part, str) else part

    return json.dumps(spelled(value), ensure_ascii=False)


def _code_point(character):
    return f"⟨U+{ord(character):04X}⟩"


def _printable_svg(svg):
    """As `_printable`, and marks that combine with no letter to one glyph as code points too.

    Typst sets such marks in a picture with glyphs that PDF/A does not allow.
    """
    return _printable(
        "".join(_code_point(c) if _combines(c) else c for c in unicodedata.normalize("NFC", svg))
    )


def _combines(character):
    """Whether a character is, or falls apart into, a mark over another one that has no glyph with it."""
    parts = unicodedata.normalize("NFKD", character)
    marked = any(unicodedata.category(part) in ("Mn", "Me") for part in parts)
    return marked and unicodedata.normalize("NFD", character) == character


@functools.cache
def _glyphs():
    """Code points that DejaVu Sans has: the font of the figures, and of what the text's font lacks."""
    return frozenset(FT2Font(str(_font_path(_FONTS[0]))).get_charmap())


def _font_path(name):
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def _listing(text, language="text"):
    return {"kind": "code", "text": _ANSI.sub("", text).rstrip(), "language": language}


def _output(output, path):
    """Block of one output of a code cell, or None; a picture goes to `path` with its suffix."""
    if output.output_type == "stream":
        return _listing(output.text) if output.text.strip() else None
    if output.output_type == "error":
        raise W2VError(f"the cell ended in {output.ename}: {output.evalue}")
    record = _record(output)
    if record.get("kind") == "caption":
        return None
    data = output.data
    kind = next((kind for kind in _KNOWN if kind in data), None)
    strange = set(data) - set(_KNOWN) - _COMPANIONS
    if kind is None or (kind == "text/plain" and strange):
        raise W2VError(f"an output of type {', '.join(sorted(strange or data))} cannot be printed.")
    if kind in _IMAGES:
        return _picture(data[kind], kind, record, path)
    if kind == "text/markdown" and record.get("kind") == "table":
        label, caption = _texts(record, "label", "caption")
        return {"kind": "table", "text": data[kind], "label": label, "caption": caption}
    if kind in ("text/markdown", "text/latex"):
        return {"kind": "markdown", "text": data[kind]}
    if kind == "text/html":
        if "<table" not in data[kind]:
            raise W2VError("HTML that is not a table cannot be printed: show Markdown or a figure.")
        return {"kind": "html", "text": data[kind][data[kind].index("<table") :]}
    return _listing(data[kind])


def _picture(content, kind, record, path):
    if record.get("kind") != "figure":
        raise W2VError("a picture without caption and alternative text: show it with display.figure.")
    label, caption, alt = _texts(record, "label", "caption", "alt")
    path = path.with_suffix(f".{_IMAGES[kind]}")
    if kind == "image/svg+xml":
        path.write_text(_printable_svg(content), encoding="utf-8")
    else:
        path.write_bytes(base64.b64decode(content))
    return {"kind": "figure", "path": path.name, "alt": alt, "label": label, "caption": caption}


def _texts(record, *names):
    found = [record.get(name) for name in names]
    if not all(isinstance(one, str) and one.strip() for one in found):
        raise W2VError(f"a {record['kind']} needs {', '.join(names)}: show it with display.{record['kind']}.")
    return found


def _pandoc(cells, style):
    """Typst markup of cells, as `_cells` gives them."""
    command = [
        pypandoc.get_pandoc_path(), "--from", str(style / "reader.lua"), "--to", "typst", "--sandbox",
        "--wrap", "none", "--columns", "100000", "--fail-if-warnings",
    ]  # fmt: skip
    given = _json(cells)
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8")
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
            package_path=str(build / "none"),
            package_cache_path=str(build / "none"),
            timestamp=created,
        )
    except typst.TypstError as error:
        hints = "; ".join(getattr(error, "hints", []) or [])
        raise W2VError(f"Typst: {error}{f' ({hints})' if hints else ''}") from error
