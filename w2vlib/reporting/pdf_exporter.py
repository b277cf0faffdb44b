"""A notebook with outputs → PDF, through pandoc and Typst, as an nbconvert exporter.

Use it with ``jupyter nbconvert --to w2v-pdf NOTEBOOK``, for any notebook: see `any_notebook`. Our own report
is set strictly: an output of an unknown type, a formula that cannot be typeset or a reference without a
target is an error that names the notebook and the cell.
"""

import copy
import re
import secrets
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from nbconvert.exporters import Exporter, TemplateExporter
from traitlets import Bool, default

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import READ_WHOLE, check_is_file
from ..utils.notebook_files import with_whole_sources
from .any_notebook import notebook_pdf
from .exporting import OneSentence
from .formula_limits import slow_formulas, slow_of_html
from .notebook_markup import plain_html
from .notebook_metadata import (
    ANSI,
    METADATA_KEY,
    markdown_of,
    place_of,
    record_of,
    title_page,
    without_captions,
)
from .notebook_outputs import hidden_parts
from .notebook_pictures import Pictures, path_below
from .printable_text import printable_json
from .spoken_formulas import spoken
from .typesetting import (
    TypesettingError,
    style_file,
    temporary_build,
    typeset,
    typst_markup,
    typst_string,
    works,
)

_IMAGES = ("image/svg+xml", "image/png", "image/jpeg")
_SUPPORTED = (*_IMAGES, "text/markdown", "text/latex", "text/html", "text/plain")
_COMPANIONS = {"application/pdf"}  # additional forms of an output, for other exporters


class ReportExporter(OneSentence, TemplateExporter):
    """PDF of a notebook, tagged; PDF/A-3a and PDF/UA-1 if every picture has an alternative text.

    What a page cannot show is named in its place, on the last page and on stderr. The options of
    nbconvert's `TemplateExporter` that leave cells out, inputs or outputs are followed, and so are the
    tags remove-cell, remove-input and remove-output.

    The notebook's metadata under ``w2v`` may give ``title``, ``subtitle``, ``authors``, ``keywords``,
    ``text``, ``created`` (ISO date and time), ``first_section`` (0 or 1) and, for `attach`,
    ``attachments`` (paths below the
    notebook's folder). A notebook with such a title has the layout of our report if it can be set
    strictly. Metadata and text of a notebook are data: they are printed, and no path,
    address or code in them is opened or run; except that pictures below the notebook's folder are read.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> notebook = new_notebook(cells=[new_markdown_cell("$x^2$ is a square.")])
    >>> pdf, _ = ReportExporter().from_notebook_node(notebook)
    >>> pdf[:8]
    b'%PDF-1.7'
    """

    attach = Bool(False, help="Attach the notebooks that the metadata lists to the PDF.").tag(config=True)
    strict = Bool(False, help="Refuse what cannot be set as in our own report.").tag(config=True)

    export_from_notebook = "PDF by Typst"

    @default("file_extension")
    def _file_extension_default(self):
        return ".pdf"

    output_mimetype = "application/pdf"

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Bytes of the PDF, and the resources; see nbconvert's `Exporter`."""
        self.check(nb, resources)
        nb = with_whole_sources(copy.deepcopy(nb))
        for number, cell in enumerate(nb.cells, 1):
            cell.metadata["w2v-cell"] = number  # some may be taken out before they are set
        nb, resources = Exporter.from_notebook_node(self, nb, resources, **kwargs)
        place = resources.get("metadata", {})
        own = nb.metadata.get(METADATA_KEY, {})
        name = place.get("name") or "Notebook"
        with self.stopping(resources):
            listed = own.get("attachments") if self.attach and isinstance(own, dict) else None
            attached, notes = _attachments(listed, Path(place.get("path") or "."), self.strict)
            pdf = self._as_report(nb, attached, own)
            if pdf is None:
                meta, created = title_page(nb)
                meta.update(created=created, title="" if meta["title"] == "Notebook" else meta["title"])
                folder = Path(place["path"] or ".") if "path" in place else None
                pdf, others = notebook_pdf(nb, meta, name, folder, self)
                only = "is attached only in the layout of a report"
                notes += [*(("metadata", f"{path} {only}") for path in attached), *others]
        for where, reason in notes:
            print(f"{name}.ipynb, {where}: {reason}", file=sys.stderr)
        return pdf, resources

    def _as_report(self, nb, attached, own):
        """Bytes of the PDF in the layout of our report; None if it is not asked for, or cannot be."""
        if not (self.strict or (isinstance(own, dict) and isinstance(own.get("title"), str))):
            return None
        try:
            return self._report(nb, attached)
        except W2VError:
            if self.strict:
                raise
            return None

    def _report(self, nb, attached):
        """Bytes of the PDF in the layout of our report."""
        with temporary_build() as build:
            cells, summary, abstract = _cells(nb, build, self)
            meta, created = title_page(nb)
            meta["description"] = _plain(" ".join(abstract)) or meta["subtitle"]
            with explained_write_errors(f"temporary files in {build.parent}"):
                for name, content in attached.items():
                    (build / name).write_bytes(content)
            meta["attachments"] = list(attached)
            first, second = _halves(cells)
            texts = _separate(summary, "summary"), _separate(abstract, "abstract")
            calls = (first, second), (second, first), *((text, []) for text in texts)
            targets = _targets(cells)
            with ThreadPoolExecutor() as pool:  # each waits for a pandoc of its own
                markup = pool.map(lambda call: call[0] and _pandoc(*call, targets), calls)
            body, rest, of_summary, of_abstract = markup
            main = _MAIN % (
                f"([{of_summary}],)" if summary else "()",
                f"([{of_abstract}],)" if abstract else "()",
                f"{body}\n{rest or ''}",
            )
            (build / "meta.json").write_text(printable_json(meta), encoding="utf-8")
            (build / "main.typ").write_text(main, encoding="utf-8")
            for path in map(style_file, ("template.typ", "refs.bib")):
                shutil.copy(path, build)
            try:
                return typeset(build, created)
            except TypesettingError as error:
                raise W2VError(f"{_place_of_line(main, error.line, cells)}{error}") from error


_MAIN = """#import "template.typ": report, appendix, before-table, block-eq, caption, inline-eq, rule
#show: report.with(json("meta.json"), %s, %s)

%s"""


def _attachments(listed, folder, strict):
    """Read the notebooks to attach: name in the PDF → content (bytes), and notes on those that cannot be."""
    attached, notes = {}, []
    for name in listed if isinstance(listed, list) else []:
        try:
            path, content = _attachment(name, folder)
            shown = re.sub(r"[^\w.-]", "_", path.name, flags=re.ASCII)
            if shown in attached:
                raise W2VError(f"Two notebooks to attach have the name {shown}: rename one.")
            attached[shown] = content
        except W2VError as error:
            if strict:
                raise
            notes.append(("metadata", str(error)))
    return attached, notes


def _attachment(name, folder):
    """Path and content of a notebook, which must be below a folder."""
    path = path_below(folder, str(name))
    if path is None or path.suffix != ".ipynb":
        raise W2VError(f"{name!r} cannot be attached: it is not a notebook in the folder {folder} or below.")
    try:
        check_is_file(path, READ_WHOLE)
        return path, path.read_bytes()
    except W2VError as error:
        raise W2VError(f"Cannot attach {name!r}: {error}") from error
    except OSError as error:
        raise W2VError(f"Cannot attach {path}: {error.strerror}.") from error


def _cells(nb, build, exporter):
    """Convert a notebook for ``reader.lua``: list of cells, texts of the summary and of the abstract.

    Left out is what the cells' tags, and the options of the `exporter`, leave out.

    A cell is a dict with ``notebook`` and ``number``, its ``position`` in the list, ``first`` where a
    notebook begins, and ``blocks``, each with its ``kind``. Pictures are written to the folder `build`.
    """
    pictures = Pictures(build, None)
    cells, first_page, seen = [], {"headline": [], "abstract": []}, set()
    for position, cell in enumerate(nb.cells, 1):
        notebook, number = place_of(cell, position)
        blocks = []
        hidden = hidden_parts(cell, exporter)
        if "cell" in hidden:
            continue
        if cell.cell_type == "markdown":
            blocks.append({"kind": "markdown", "text": cell.source})
        elif cell.cell_type == "code":
            if "input" not in hidden:
                blocks.append(_listing(cell.source, "python"))
            for output in () if "output" in hidden else without_captions(cell.outputs):
                kind = record_of(output).get("kind")
                try:
                    if kind in ("abstract", "headline"):
                        first_page[kind].append(_markdown(output))
                    block = _captioned(_output(output, pictures), record_of(output))
                    if kind != "abstract":  # printed on the first page only
                        blocks.append(block)
                except W2VError as error:
                    raise W2VError(f"Notebook {notebook}, cell {number}: {error}") from error
        else:
            raise W2VError(
                f"Notebook {notebook}, cell {number}: raw cells cannot be printed: use a Markdown cell."
            )
        cells.append(
            {
                "notebook": notebook,
                "number": str(number),
                "first": notebook not in seen,
                "separate": False,
                "position": str(len(cells)),
                "blocks": [block for block in blocks if block is not None],
            }
        )
        seen.add(notebook)
    return cells, first_page["headline"], first_page["abstract"]


def _separate(texts, name):
    """Make a cell of each text (Markdown), to be printed apart from the body."""
    cell = {"notebook": name, "first": False, "separate": True}
    return [
        {**cell, "number": str(n), "blocks": [{"kind": "markdown", "text": text}]}
        for n, text in enumerate(texts, 1)
    ]


def _halves(cells):
    """Divide cells into two lists with about as much text; the second has all of the appendix."""
    lengths = [sum(len(block.get("text", "")) for block in cell["blocks"]) for cell in cells]
    appendix = next((n for n, cell in enumerate(cells) if cell["notebook"] == "appendix"), len(cells))
    before = np.cumsum([0, *lengths])
    cut = min(int(np.searchsorted(before, before[-1] / 2)), appendix)
    return cells[:cut], cells[cut:]


def _plain(markdown):
    """Take the marks of code and emphasis from Markdown."""
    return re.sub(r"[`*]", "", markdown)


def _listing(text, language="text"):
    """Block of code or plain text, without colour codes of a terminal."""
    return {"kind": "code", "text": ANSI.sub("", text).rstrip(), "language": language}


def _output(output, pictures):
    """Block of one output of a code cell, or None; a picture is added to the `pictures`."""
    if output.output_type == "stream":
        return _listing(output.text) if output.text.strip() else None
    if output.output_type == "error":
        raise W2VError(f"the cell ended in {output.ename}: {output.evalue}")
    data, record = output.data, record_of(output)
    there = [kind for kind in _SUPPORTED if kind in data]
    kind = next((kind for kind in there if str(data[kind]).strip()), there[0] if there else None)
    unsupported = set(data) - set(_SUPPORTED) - _COMPANIONS
    if kind is None or (kind == "text/plain" and unsupported):
        kinds = ", ".join(sorted(unsupported or data)) or "none"
        raise W2VError(f"an output of type {kinds} cannot be printed.")
    if kind in _IMAGES:
        return _picture(data[kind], record, pictures)
    if kind == "text/markdown" and record.get("kind") == "table":
        label, caption = _texts(record, "label", "caption")
        return {"kind": "table", "text": data[kind], "label": label, "caption": caption}
    if kind in ("text/markdown", "text/latex"):
        return {"kind": "markdown", "text": data[kind]}
    if kind == "text/html":
        return _table(data[kind])
    return _listing(data[kind])


def _captioned(block, record):
    """Return the block of an output (or None), which must have taken the caption of its record."""
    if block is not None and "caption" not in block and isinstance(record.get("caption"), str):
        raise W2VError("a caption can be printed with a picture or with a table in Markdown alone.")
    return block


def _markdown(output):
    """Markdown of an output for the first page."""
    if (markdown := markdown_of(output)) is None:
        raise W2VError(f"an output of the kind {record_of(output)['kind']} without Markdown.")
    return markdown


def _table(source):
    """Block of an HTML output with a table."""
    reasons = []
    block = plain_html(source, reasons.append)
    if "<table" not in block["text"]:
        raise W2VError("HTML that is not a table cannot be printed: show Markdown or a figure.")
    if reasons:
        raise W2VError(f"a table that cannot be printed whole: {reasons[0]}.")
    return block


def _picture(content, record, pictures):
    """Block of a picture."""
    if record.get("kind") != "figure":
        raise W2VError("a picture without caption and alternative text: show it with display.Figure.")
    label, caption, alt = _texts(record, "label", "caption", "alt")
    try:
        path = pictures.add_encoded(content)["path"]
    except W2VError as error:
        raise W2VError(f"a picture: {error}.") from error
    return {"kind": "figure", "path": path, "alt": alt, "label": label, "caption": caption}


def _texts(record, *names):
    """Non-empty texts of a record."""
    texts = [record.get(name) for name in names]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise W2VError(
            f"a {record['kind']} needs {', '.join(names)}: show it with display.{record['kind'].title()}."
        )
    return texts


def _targets(cells):
    """Names (sorted list of str) to which links may lead: figures, tables, notebooks and works."""
    names = {f"sec-{cell['notebook']}" for cell in cells}
    for block in (block for cell in cells for block in cell["blocks"] if "label" in block):
        names.add({"figure": "fig-", "table": "tbl-"}[block["kind"]] + block["label"])
    return sorted(names | {f"ref-{key}" for key in works()})


def _place_of_line(main, line, cells):
    """Begin a sentence with the cell that has a line (int or None) of ``main.typ``; "" if there is none."""
    before = "\n".join(main.splitlines()[: line or 0])
    places = re.findall(r"^//[0-9a-f]{32} (\d+)$", before, re.MULTILINE)
    if not places:
        return ""
    cell = cells[int(places[-1])]
    return f"Notebook {cell['notebook']}, cell {cell['number']}: "


def _pandoc(cells, others, targets):
    """Typst markup of cells, as `_cells` gives them; the alternative texts of formulas are words.

    They may refer to equations in the `others`, and to the `targets`.
    """
    blocks = (block for cell in others for block in cell["blocks"])
    texts = [block["text"] for block in blocks if block["kind"] == "markdown" and "\\tag" in block["text"]]
    written = (block["text"] for cell in cells for block in cell["blocks"] if "text" in block)
    for tex, reason in (slow_formulas(written) | slow_of_html(cells)).items():
        raise W2VError(f"The formula {tex[:60]} cannot be set: {reason}; write it in another way.")
    token = secrets.token_hex(16)
    given = {"cells": cells, "others": texts, "targets": targets, "token": token}
    markup = typst_markup(given, style_file("reader.lua"))
    return re.sub(rf'"{token}([0-9a-f]*)"', _in_words, markup)


def _in_words(match):
    """Words, as a string of Typst, for TeX as ``reader.lua`` writes it."""
    return typst_string(spoken(bytes.fromhex(match[1]).decode()))
