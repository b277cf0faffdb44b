"""What a notebook cell shows: figures, tables and computed sentences, ready for the report.

Captions and alternative texts are stored with the output as metadata under the key ``w2v``. In Jupyter
the caption is also shown as Markdown below, marked so that the report does not print it twice.
"""

import base64
import contextlib
import io
import warnings
from dataclasses import dataclass

import pandas as pd
from IPython import get_ipython
from IPython.display import display
from matplotlib import rc_context
from matplotlib.figure import Figure as MatplotlibFigure

from ..utils.errors import W2VError
from ..utils.markdown import EMPTY_TABLE, markdown_table

METADATA_KEY = "w2v"


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
    """A Matplotlib figure with its caption (Markdown) and alternative text (plain); see `figure`."""

    figure: MatplotlibFigure
    label: str
    caption: str
    alt: str

    def _ipython_display_(self):
        figure(self.figure, self.label, self.caption, self.alt)


@dataclass(frozen=True, eq=False)
class Table:
    """A DataFrame with its caption (Markdown); see `table`."""

    frame: pd.DataFrame
    label: str
    caption: str

    def _ipython_display_(self):
        table(self.frame, self.label, self.caption)


@dataclass(frozen=True)
class Paragraph:
    """Computed sentences (Markdown)."""

    text: str

    def _ipython_display_(self):
        say(self.text)


@dataclass(frozen=True)
class Headline(Paragraph):
    """A computed sentence (Markdown) that the report's abstract repeats."""

    def _ipython_display_(self):
        headline(self.text)


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


def figure(fig, label, caption, alt):
    """Show a Matplotlib figure with a caption (Markdown) and an alternative text (plain).

    `label` is its name in references: ``[the curve](#fig-LABEL)``. The output is SVG in which text stays
    text, and PDF for nbconvert's LaTeX.

    Raises
    ------
    W2VError
        Without a caption or an alternative text.
    """
    if not alt.strip() or not caption.strip():
        raise W2VError(f"Figure {label!r} needs a caption and an alternative text.")
    svg, pdf = io.StringIO(), io.BytesIO()
    with (
        ignore_missing_glyphs(),
        rc_context({"svg.fonttype": "none", "svg.hashsalt": label, "pdf.fonttype": 42}),
    ):
        fig.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        fig.savefig(pdf, format="pdf", metadata={"CreationDate": None, "Producer": None})
    data = {
        "image/svg+xml": svg.getvalue(),
        "application/pdf": base64.b64encode(pdf.getvalue()).decode(),
        "text/plain": alt,
    }
    record = {"kind": "figure", "label": label, "caption": caption, "alt": alt}
    display(data, metadata={METADATA_KEY: record}, raw=True)
    _caption("Figure", caption, label)


@contextlib.contextmanager
def ignore_missing_glyphs():
    """Suppress Matplotlib's warnings about characters that its font lacks.

    The SVG has them as text, for the reader's fonts; the report prints their code points.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def table(frame, label, caption):
    """Show a DataFrame with a caption (Markdown) as a table; see `utils.markdown.markdown_table`."""
    data, metadata = table_output(frame, label, caption)
    display(data, metadata=metadata, raw=True)
    _caption("Table", caption, label)


def table_output(frame, label, caption):
    """Make the output that shows a DataFrame as a table: its data and its metadata (two dicts).

    Examples
    --------
    >>> data, metadata = table_output(pd.DataFrame({"word": ["king"]}), "words", "Words.")
    >>> metadata
    {'w2v': {'kind': 'table', 'label': 'words', 'caption': 'Words.'}}
    """
    frame = EMPTY_TABLE if frame.empty else frame
    data = {"text/markdown": markdown_table(frame), "text/plain": frame.to_string(index=False)}
    return data, {METADATA_KEY: {"kind": "table", "label": label, "caption": caption}}


def say(text):
    """Show a computed sentence (Markdown)."""
    display({"text/markdown": text, "text/plain": text}, raw=True)


def headline(text):
    """Show a computed sentence that the report's abstract repeats."""
    display(
        {"text/markdown": text, "text/plain": text}, metadata={METADATA_KEY: {"kind": "headline"}}, raw=True
    )


def _caption(kind, caption, label):
    """Show a caption in Jupyter; the report leaves it out."""
    record = {"kind": "caption", "label": label}
    text = f"*{kind}:* {caption}"
    display({"text/markdown": text, "text/plain": text}, metadata={METADATA_KEY: record}, raw=True)
