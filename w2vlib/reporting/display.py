"""What a notebook cell shows: figures, tables and computed sentences, ready for the report.

Captions and alternative texts are stored with the output as metadata under the key ``w2v``. In Jupyter
the caption is also shown as Markdown below, marked so that the report does not print it twice.
"""

import base64
import contextlib
import io
import warnings
from dataclasses import dataclass

import matplotlib
import pandas as pd
from IPython import get_ipython
from IPython.display import display

from ..utils.characters import visible
from ..utils.errors import W2VError
from ..utils.markdown import markdown_table, not_empty
from .notebook_metadata import METADATA_KEY


def is_interactive():
    """Whether the notebook runs in an interactive frontend, where input could be requested; bool.

    JupyterLab and Notebook say so in every request; papermill and nbconvert say the opposite.

    Examples
    --------
    >>> is_interactive()  # outside a notebook
    False
    """
    return bool(_request().get("content", {}).get("allow_stdin"))


def current_cell():
    """Name of the running cell (str) and its execution count (int); ("", 0) outside a notebook.

    Examples
    --------
    >>> current_cell()
    ('', 0)
    """
    count = getattr(get_ipython(), "execution_count", 0)
    return _request().get("metadata", {}).get("cellId", ""), count


def _request():
    """Read the message that started the cell; {} outside a notebook."""
    shell = get_ipython()
    return shell.get_parent() if hasattr(shell, "get_parent") else {}


@dataclass(frozen=True, eq=False)
class Figure:
    """A Matplotlib figure with its caption and alternative text.

    Shown as SVG in which text stays text, as PNG where a notebook is not trusted, and as PDF for
    nbconvert's LaTeX, which without it asks Inkscape to convert the SVG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    label : str
        Its name in references: ``[the curve](#fig-LABEL)``.
    caption : str
        Markdown.
    alt : str
        Plain text.

    Raises
    ------
    W2VError
        Without a caption or an alternative text.

    Examples
    --------
    >>> from matplotlib.figure import Figure as MatplotlibFigure
    >>> Figure(MatplotlibFigure(), "loss", "The loss.", "A falling curve.").label
    'loss'
    """

    figure: "matplotlib.figure.Figure"  # the module is slow to import, and tables do not need it
    label: str
    caption: str
    alt: str

    def __post_init__(self):
        if not self.alt.strip() or not self.caption.strip():
            raise W2VError(f"Figure {self.label!r} needs a caption and an alternative text.")

    def _ipython_display_(self):
        svg, pdf, png = io.StringIO(), io.BytesIO(), io.BytesIO()
        for text in self.figure.findobj(matplotlib.text.Text):
            text.set_text(visible(text.get_text()))
        # Fonts of type 42 in the PDF would take longer than all else.
        style = {"svg.fonttype": "none", "svg.hashsalt": self.label, "pdf.fonttype": 3}
        with ignore_missing_glyphs(), matplotlib.rc_context(style):
            self.figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
            self.figure.set_layout_engine("none")  # the layout that was found is that of all formats
            self.figure.savefig(pdf, format="pdf", metadata={"CreationDate": None, "Producer": None})
            self.figure.savefig(png, format="png", metadata={"Software": None}, dpi=120)
        data = {
            "image/svg+xml": svg.getvalue(),
            "application/pdf": base64.b64encode(pdf.getvalue()).decode(),
            # JupyterLab shows no SVG of a notebook that was run elsewhere, as by papermill.
            "image/png": base64.b64encode(png.getvalue()).decode(),
            "text/plain": self.alt,
        }
        record = {"kind": "figure", "label": self.label, "caption": self.caption, "alt": self.alt}
        display(data, metadata={METADATA_KEY: record}, raw=True)
        _show_caption("Figure", self.caption, self.label)


@dataclass(frozen=True, eq=False)
class Table:
    """A DataFrame with its caption (Markdown), shown as by `utils.markdown.markdown_table`.

    `label` is its name in references: ``[the losses](#tbl-LABEL)``.

    Examples
    --------
    >>> data, metadata = Table(pd.DataFrame({"word": ["king"]}), "words", "Words.").output()
    >>> metadata
    {'w2v': {'kind': 'table', 'label': 'words', 'caption': 'Words.'}}
    """

    frame: pd.DataFrame
    label: str
    caption: str

    def output(self):
        """Return the data and the metadata (two dicts) of the output that shows the table."""
        frame = not_empty(self.frame)
        data = {"text/markdown": markdown_table(frame), "text/plain": frame.to_string(index=False)}
        return data, {METADATA_KEY: {"kind": "table", "label": self.label, "caption": self.caption}}

    def _ipython_display_(self):
        data, metadata = self.output()
        display(data, metadata=metadata, raw=True)
        _show_caption("Table", self.caption, self.label)


@dataclass(frozen=True)
class Paragraph:
    """Computed sentences (Markdown).

    Examples
    --------
    >>> Paragraph("The loss falls.").text
    'The loss falls.'
    """

    text: str

    def _ipython_display_(self):
        display({"text/markdown": self.text, "text/plain": self.text}, raw=True)


@dataclass(frozen=True)
class Headline(Paragraph):
    """A computed sentence (Markdown) that the report's abstract repeats.

    Examples
    --------
    >>> isinstance(Headline("The loss falls."), Paragraph)
    True
    """

    def _ipython_display_(self):
        data = {"text/markdown": self.text, "text/plain": self.text}
        display(data, metadata={METADATA_KEY: {"kind": "headline"}}, raw=True)


@dataclass(frozen=True)
class Abstract(Paragraph):
    """The abstract of the report (Markdown): printed on the first page, and in the metadata of the PDF.

    Examples
    --------
    >>> Abstract("We repeat a study.").text
    'We repeat a study.'
    """

    def _ipython_display_(self):
        data = {"text/markdown": self.text, "text/plain": self.text}
        display(data, metadata={METADATA_KEY: {"kind": "abstract"}}, raw=True)


def show(*findings):
    """Show figures, tables and sentences in this order; None is left out.

    Examples
    --------
    >>> show(Paragraph("The loss falls."), None)
    {'text/markdown': 'The loss falls.', ...}
    """
    for finding in findings:
        if finding is not None:
            finding._ipython_display_()


@contextlib.contextmanager
def ignore_missing_glyphs():
    """Suppress Matplotlib's warnings about characters that its font lacks.

    The SVG has them as text, for the reader's fonts; the report prints their code points.

    Examples
    --------
    >>> with ignore_missing_glyphs():
    ...     warnings.warn("Glyph 20013 missing from font(s) DejaVu Sans.", UserWarning)
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def _show_caption(kind, caption, label):
    """Show a caption in Jupyter; the report leaves it out."""
    record = {"kind": "caption", "label": label}
    text = f"*{kind}:* {caption}"
    display({"text/markdown": text, "text/plain": text}, metadata={METADATA_KEY: record}, raw=True)
