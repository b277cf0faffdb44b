"""Cells of any notebook → blocks for ``any_notebook.lua``; what cannot be shown is noted.

Of the forms that an output has, the first that a page can show is taken, in Jupyter's order.
"""

import json
import re

from ..utils.errors import W2VError
from .bounded_text import bounded
from .notebook_metadata import record_of, without_captions
from .notebook_pictures import PICTURE_TYPES
from .stored_widgets import WIDGET, StoredWidgets
from .terminal_text import breakable, shown, visible_text

_HIDDEN_PARTS = {"remove-input": "input", "remove-output": "output", "remove-cell": "cell"}
_WIDEST = 100_000  # pixels
_LABEL = re.compile(r"[\w.:-]+", re.ASCII)


def hidden_parts(cell, exporter=None):
    """Parts of a cell that its tags, or the options of an nbconvert exporter, leave out: set of str.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell
    >>> hidden_parts(new_code_cell("x", metadata={"tags": ["remove_input"]}))
    {'input'}
    """
    tags = [str(tag).replace("_", "-") for tag in cell.metadata.get("tags", []) or []]
    hidden = {_HIDDEN_PARTS[tag] for tag in tags if tag in _HIDDEN_PARTS}
    for kind, option in (("markdown", "markdown"), ("code", "code_cell"), ("raw", "raw")):
        if cell.cell_type == kind and getattr(exporter, f"exclude_{option}", False):
            hidden.add("cell")
    if cell.cell_type not in ("markdown", "code", "raw") and getattr(exporter, "exclude_unknown", False):
        hidden.add("cell")
    return hidden | {part for part in ("input", "output") if getattr(exporter, f"exclude_{part}", False)}


class Blocks:
    """Make the blocks of cells.

    Parameters
    ----------
    markup : Markup
    note : callable
        Called with the reason (str) for everything that is not shown.
    widgets : dict
        The notebook's metadata under ``widgets``; see `StoredWidgets`.
    language : str
        Of the code.

    Attributes
    ----------
    labels : list of str
        Of figures and tables with captions: ``fig-NAME``, ``tbl-NAME``.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_output
    >>> cell = new_code_cell("1 + 1", outputs=[new_output("execute_result", data={"text/plain": "2"})])
    >>> from .notebook_markup import Markup
    >>> for block in Blocks(Markup(None, print), print, {}, "python").of(cell, hidden_parts(cell)):
    ...     print(block)
    {'kind': 'code', 'text': '1 + 1', 'language': 'python'}
    {'kind': 'code', 'text': '2', 'language': 'text'}
    """

    def __init__(self, markup, note, widgets, language):
        self.markup, self.note, self.language = markup, note, language
        self.widgets = StoredWidgets(widgets)
        self.labels = []

    def of(self, cell, hidden):
        """List of the blocks (dicts with their ``kind``) of a cell without its hidden parts."""
        if "cell" in hidden:
            return []
        if cell.cell_type == "markdown":
            return [self._html(*self.markup.markdown(cell.source, cell.get("attachments", {})))]
        if cell.cell_type != "code":
            return [self._listing(cell.source)] if cell.source.strip() else []
        blocks = []
        if cell.source.strip() and "input" not in hidden:
            source = visible_text(cell.source).strip("\n")
            source = breakable(bounded(source, self.note))
            blocks.append({"kind": "code", "text": source, "language": self.language})
        for output in () if "output" in hidden else _joined(without_captions(cell.outputs)):
            blocks.extend(self._output(output))
        return blocks

    def _listing(self, text):
        """Block of a text as a terminal shows it."""
        return {"kind": "code", "text": breakable(bounded(shown(text), self.note)), "language": "text"}

    def _html(self, text, words):
        """Block of plain HTML."""
        return {"kind": "html", "html": text, "words": words}

    def _output(self, output):
        """Blocks of one output."""
        if output.output_type == "stream":
            return [self._listing(output.text)] if output.text.strip() else []
        if output.output_type == "error":
            text = "\n".join(map(str, output.get("traceback", [])))
            name = f"{output.get('ename', '')}: {output.get('evalue', '')}"
            return [self._listing(text if text.strip() else name)]
        data, record = output.get("data", {}), record_of(output)
        return self._data(data, record, output.get("metadata", {}))

    def _data(self, data, record, metadata):
        """Blocks of the first form of an output that a page can show."""
        before, failures = self.note, []
        try:
            self.note = self.markup.note = failures.append
            blocks = self._first_form(data, record, metadata, failures)
        finally:
            self.note = self.markup.note = before
        for reason in dict.fromkeys(failures):
            before(reason)
        return blocks

    def _first_form(self, data, record, metadata, failures):
        """As `_data`; reasons are added to `failures`."""
        unknown = [kind for kind in data if kind not in _FORMS and kind != "text/plain"]
        for kind, form in _FORMS.items():
            if not str(data.get(kind, "")).strip() or (kind == "text/html" and WIDGET in data):
                continue
            of_other_forms = len(failures)
            blocks = form(self, data[kind], kind, record, metadata, data)
            if blocks:
                if kind not in ("text/html", "text/markdown"):
                    del failures[:of_other_forms]  # this is the same output
                return blocks + self._caption(record, blocks)
        for kind in unknown:
            self.note(reason_not_shown(kind))
        alt = record.get("alt")
        texts = [f"[picture not shown: {alt}]" if isinstance(alt, str) and alt.strip() else ""]
        texts += [self.widgets.texts(data), str(data.get("text/plain", ""))]
        blocks = [self._listing(text) for text in texts if text.strip()]
        if not blocks and (unknown or failures):
            blocks.append(self._listing(f"[output not shown: {', '.join(data)}]"))
        return blocks + self._caption(record, blocks)

    def _caption(self, record, blocks):
        """List of the block of a caption, if none of the blocks of its output could take it."""
        if not isinstance(record.get("caption"), str) or any("caption" in block for block in blocks):
            return []
        return [self._html(*self.markup.markdown(record["caption"]))]

    def _as_html(self, content, kind, record, metadata, data):
        """Blocks of HTML, if it shows anything."""
        text, words = self.markup.html(str(content))
        if not words and "<img" not in text and "<code" not in text:
            return []
        return [self._html(text, words)]

    def _as_markdown(self, content, kind, record, metadata, data):
        """Blocks of Markdown; a table with a caption is numbered."""
        if kind == "text/latex" and not re.search(r"\$|\\\(|\\\[|\\begin\{", str(content)):
            return [self._listing(str(content))]
        block = self._html(*self.markup.markdown(str(content)))
        if record.get("kind") == "table" and isinstance(record.get("caption"), str):
            caption = self.markup.markdown(record["caption"])[0]
            block = {**block, "kind": "table", "caption": caption, "label": self._label("tbl", record)}
        return [block]

    def _as_picture(self, content, kind, record, metadata, data):
        """Blocks of a picture; one with a caption is numbered."""
        try:
            picture = self.markup.pictures.add_encoded(content)
        except W2VError as error:
            self.note(f"a picture ({kind}): {error}")
            return []
        sizes = metadata.get(kind)
        width = sizes.get("width") if isinstance(sizes, dict) else None
        if isinstance(width, int | float) and 0 < width < _WIDEST:
            picture["width"] = 0.75 * width
        alt = record.get("alt") if isinstance(record.get("alt"), str) else ""
        if not alt.strip():
            self.markup.pictures.complete = False
            alt = str(data.get("text/plain", "")).strip() or "A picture without description"
        picture = {"kind": "picture", **picture, "alt": alt}
        if record.get("kind") == "figure" and isinstance(record.get("caption"), str):
            caption = self.markup.markdown(record["caption"])[0]
            picture.update(kind="figure", caption=caption, label=self._label("fig", record))
        return [picture]

    def _as_json(self, content, kind, record, metadata, data):
        """Blocks of JSON, indented."""
        return [self._listing(json.dumps(content, indent=2, ensure_ascii=False))]

    def _label(self, kind, record):
        """Name of a figure or table, if no other has it; else None."""
        name = record.get("label")
        if not isinstance(name, str) or not _LABEL.fullmatch(name) or f"{kind}-{name}" in self.labels:
            return None
        self.labels.append(f"{kind}-{name}")
        return name


_FORMS = {
    "text/html": Blocks._as_html,
    "text/markdown": Blocks._as_markdown,
    "image/svg+xml": Blocks._as_picture,
    "text/latex": Blocks._as_markdown,
    **{kind: Blocks._as_picture for kind in PICTURE_TYPES if kind != "image/svg+xml"},
    "application/json": Blocks._as_json,
}


def _joined(outputs):
    """Join consecutive texts of one stream, as Jupyter shows them."""
    joined = []
    for output in outputs:
        same = joined and output.output_type == "stream" == joined[-1].output_type
        if same and output.get("name") == joined[-1].get("name"):
            joined[-1] = type(output)(joined[-1], text=joined[-1].text + output.text)
        else:
            joined.append(output)
    return joined


def reason_not_shown(kind):
    """Say why an output of a type (str) that no page shows is not shown; str.

    Examples
    --------
    >>> reason_not_shown("application/javascript")
    'a script, which a page cannot run'
    """
    if kind == WIDGET:
        return "an interactive widget; its stored texts are printed"
    if kind == "application/javascript":
        return "a script, which a page cannot run"
    return f"an output of type {kind}, which a page cannot show"
