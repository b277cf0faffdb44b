"""Any notebook with outputs → PDF. What a page cannot show is named in its place and on the last page.

`pdf_exporter` sets our own report strictly; this is the way for notebooks that know nothing of it.
Typst sees only files that are written here, and pandoc runs in its sandbox.
"""

import re
import secrets
import shutil
import time

from ..utils.errors import W2VError
from .formula_limits import slow_formulas
from .formula_setting import set_formulas
from .markup_limits import parsed
from .notebook_markup import FORMULA, Markup
from .notebook_outputs import Blocks, hidden_parts
from .notebook_pictures import Pictures
from .printable_text import printable, printable_json
from .reading_time import limited
from .spoken_formulas import spoken
from .typesetting import (
    STANDARDS,
    TypesettingError,
    style_file,
    temporary_build,
    typeset,
    typst_markup,
    typst_string,
    works,
)

_ALL_SECONDS = 300  # after which no cell is looked for any more
_CELL_SECONDS = 20  # one that takes longer is printed as plain text, if all together take too long
_MAIN = """#import "notebook.typ": *
#let formulas = json("formulas.json")
#let formula(n) = set-formula(formulas.at(n))
#show: notebook.with(json("meta.json"))

"""


def notebook_pdf(nb, meta, name, folder, exporter=None):
    """Typeset a notebook.

    Parameters
    ----------
    nb : NotebookNode
    meta : dict
        Texts for the head: ``title`` (may be ""), ``subtitle``, ``authors``, ``keywords``, ``text`` and
        ``date``; and ``created``, the time of the PDF.
    name : str
        Of the notebook: the title if it has no other.
    folder : Path or None
        Pictures named in the text are read from here and below.
    exporter : nbconvert.exporters.TemplateExporter, optional
        Whose ``exclude_…`` options are followed.

    Returns
    -------
    pdf : bytes
    notes : list of (str, str)
        Place and reason of everything that is not shown, or not as in Jupyter.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> import datetime
    >>> meta = dict.fromkeys(("title", "subtitle", "text", "date"), "") | {"authors": [], "keywords": []}
    >>> meta["created"] = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    >>> cells = [new_markdown_cell("# Title"), new_markdown_cell("<iframe src='a.html'></iframe>")]
    >>> pdf, notes = notebook_pdf(new_notebook(cells=cells), meta, "small", None)
    >>> notes
    [('cell 2', 'the iframe a.html, which a page cannot show')]
    """
    with temporary_build() as build:
        document = _Document(nb, build, folder, exporter)
        meta = dict(meta)
        meta["title"] = meta["title"] or document.take_title() or name
        document.set()
        pdf = document.pdf(meta)
        return pdf, document.notes


class _Document:
    """One notebook on its way to Typst: `cells` as blocks, then `parts`, their markup, then a PDF."""

    def __init__(self, nb, build, folder, exporter):
        self.build, self.notes, self.number = build, [], 0
        self.markup = Markup(Pictures(build, folder, self.note), self.note)
        language = nb.metadata.get("language_info", {}).get("name") or "python"
        language = language if re.fullmatch(r"[\w+-]+", str(language)) else "python"
        self.blocks = Blocks(self.markup, self.note, nb.metadata.get("widgets", {}), str(language).lower())
        self.cells = []
        with limited(lambda: f"Cell {self.number}, after those before it,"):
            for position, cell in enumerate(nb.cells, 1):
                self.number = cell.metadata.get("w2v-cell", position)
                found = self.blocks.of(cell, hidden_parts(cell, exporter))
                self.cells.append({"number": str(self.number), "blocks": found})

    def note(self, reason, number=None):
        """Store why something of the present cell, or of another, is not shown."""
        entry = (f"cell {number or self.number}", " ".join(str(reason).split())[:300])
        if entry not in self.notes:
            self.notes.append(entry)

    def take_title(self):
        """Text of the heading with which the notebook begins, which is taken from the body; else ""."""
        block = next((block for cell in self.cells for block in cell["blocks"]), {})
        if block.get("kind") != "html":
            return ""
        soup = parsed(block["html"])
        first = next((part for part in soup.contents if str(part).strip()), None)
        if getattr(first, "name", None) != "h1" or first.find(["img", "code"]):
            return ""
        title = " ".join(first.get_text().split())
        if title:
            place = soup.new_tag("div", attrs={"id": first.get("id", "")})
            first.replace_with(place)  # links may point to it
            block["html"] = str(soup)
            block["words"] = block["words"][len(title.split()) :]
        return title

    def set(self):
        """Convert formulas and texts: `parts` becomes a list of cell number and markup."""
        formulas = set_formulas(self.markup.formulas, self.build)
        self._note_formulas(formulas)
        for formula in formulas:
            sign = "$$" if formula["display"] else "$"
            formula["shown"] = f"{sign}{formula['tex']}{sign}"
            formula["tex"] = " ".join(formula["tex"].split())
            formula["alt"] = spoken(formula["tex"])
            formula["divisible"] = not re.search(r"mat\(|vec\(|cases\(|\\ ", formula.get("body", ""))
        (self.build / "formulas.json").write_text(printable_json(formulas), encoding="utf-8")
        token = secrets.token_hex(16)
        texts = (block.get("html", "") for cell in self.cells for block in cell["blocks"])
        given = {
            "token": token,
            "cells": self.cells,
            "cited": works(),
            "labels": self.blocks.labels,
            "slow": slow_formulas(html for html in texts if "<math" in html),
        }
        markup = typst_markup(given, style_file("any_notebook.lua"), strict=False)
        parts = re.split(rf"^//{token} (cell|note) (\d+) ?(.*)$", markup, flags=re.MULTILINE)
        self.parts = []
        for kind, number, reason, text in zip(
            parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True
        ):
            if kind == "note":
                self.note(reason, number)
            else:
                self.parts.append([number, text])

    def _note_formulas(self, formulas):
        """Note the formulas that are printed as TeX, with the cells in which they are."""
        for cell in self.cells:
            text = "".join(block.get("html", "") + block.get("caption", "") for block in cell["blocks"])
            for number in re.findall(rf'class="{FORMULA}">(\d+)<', text):
                formula = formulas[int(number)]
                if "reason" in formula:
                    tex = " ".join(formula["tex"].split())
                    tex = tex if len(tex) <= 60 else tex[:60] + "…"
                    self.note(f"the formula {tex}, printed as TeX: {formula['reason']}", cell["number"])

    def pdf(self, meta):
        """Bytes of the PDF; a cell that Typst refuses is printed as plain text."""
        created = meta.pop("created")
        for name in ("template.typ", "notebook.typ", "refs.bib"):
            shutil.copy(style_file(name), self.build)
        (self.build / "meta.json").write_text(printable_json(meta), encoding="utf-8")
        standards = STANDARDS if self.markup.pictures.complete else ()
        end = time.monotonic() + _ALL_SECONDS
        for _ in range(2 * len(self.parts) + 2):
            self._write()
            try:
                return typeset(self.build, created, standards)
            except TypesettingError as error:
                if standards and re.search(r"PDF/(?:A|UA)", str(error)):
                    standards = ()
                    continue
                bad = self._cell_at(error.line)
                if bad is None:
                    bad = self._first_bad(created, end)
                positions, reason = [] if bad is None else [bad], str(error)
                if time.monotonic() > end:
                    positions = [n for n, part in enumerate(self.parts) if not part[1].startswith("#raw(")]
                    reason = f"Typst took longer than {_ALL_SECONDS} s for the notebook"
                if not positions:
                    raise
                for position in positions:
                    self._print_plain(position, reason)
        raise W2VError("The notebook cannot be typeset.")

    def _write(self):
        """Write ``main.typ``; `self.lines` has the first line of each part."""
        text, self.lines = _MAIN, []
        for _, markup in self.parts:
            self.lines.append(text.count("\n") + 1)
            text += markup + "\n"
        if self.notes:
            (self.build / "notes.json").write_text(printable_json(self._ordered()), encoding="utf-8")
            text += '\n#not-shown(json("notes.json"))\n'
        if re.search(r"(?<!\\)#cite\(", text):
            text += '\n#bibliography("refs.bib", title: [References], style: "ieee")\n'
        (self.build / "main.typ").write_text(text, encoding="utf-8")

    def _ordered(self):
        """Sort the notes by the numbers of the cells."""
        self.notes.sort(key=lambda note: int(note[0].split()[1]))
        return self.notes

    def _cell_at(self, line):
        """Position of the part with a line of ``main.typ``; None if no cell is there."""
        if line is None or line < self.lines[0]:
            return None
        position = max(n for n, first in enumerate(self.lines) if first <= line)
        return position if not self.parts[position][1].startswith("#raw(") else None

    def _first_bad(self, created, end):
        """Position of the first part that Typst refuses by itself; None if there is none."""
        kept = self.parts
        try:
            for position, part in enumerate(kept):
                if part[1].startswith("#raw("):
                    continue
                if time.monotonic() > end:
                    return None
                self.parts = [part]
                self._write()
                try:
                    typeset(self.build, created, (), _CELL_SECONDS)
                except TypesettingError as error:
                    if "label" not in str(error):
                        return position
        finally:
            self.parts = kept
        return None

    def _print_plain(self, position, reason):
        """Print the texts of a cell without layout."""
        number = self.parts[position][0]
        cell = self.cells[position]
        text = typst_string(printable("\n\n".join(map(self._plain, cell["blocks"]))))
        self.parts[position][1] = f'#raw({text}, block: true, lang: "text")\n'
        has_pictures = any("path" in block or "<img" in block.get("html", "") for block in cell["blocks"])
        without = ", without its pictures" if has_pictures else ""
        self.note(f"the layout of the cell, printed as plain text{without}: {reason}", number)

    def _plain(self, block):
        """Text of a block, with its formulas as TeX and what is said of its pictures."""
        soup = parsed(block.get("html", "") + block.get("caption", ""))
        for formula in soup.find_all("code", class_=FORMULA):
            tex, display = self.markup.formulas[int(formula.get_text())]
            formula.replace_with(f"$${tex}$$" if display else f"${tex}$")
        for image in soup.find_all("img"):
            image.replace_with(f" {image.get('alt', '')} ")
        return "\n".join(filter(None, (block.get("text"), block.get("alt"), soup.get_text(" ").strip())))
