"""What a notebook cell shows: figures, tables and computed sentences, ready for the report.

Captions and alternative texts travel with the output as metadata under the key ``w2v``; in Jupyter
the caption also stands below as Markdown, marked so that the report does not print it twice.
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
    """Whether a person sits before the notebook, who could be asked for input; bool.

    Every request of JupyterLab, Notebook and their like says so; those of papermill and nbconvert
    say that nobody is there.
    """
    return bool(_request().get("content", {}).get("allow_stdin"))


def current_cell():
    """Name of the cell that runs and the count of its execution; ("", 0) where nobody tells."""
    count = getattr(get_ipython(), "execution_count", 0)
    return _request().get("metadata", {}).get("cellId", ""), count


def _request():
    """Read the message that asked for the cell to run; {} outside a notebook."""
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
    """Show figures, tables and sentences in their order; what is None is left out."""
    for finding in findings:
        if finding is not None:
            finding._ipython_display_()


def figure(fig, label, caption, alt):
    """Show a Matplotlib figure with a caption (Markdown) and an alternative text (plain).

    `label` names it for references: ``[the curve](#fig-LABEL)``. The drawing is SVG with its text as
    text, and PDF for nbconvert's LaTeX.
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
    """Draw text without Matplotlib's warnings of letters that its font lacks.

    The SVG holds them as text, for whatever font the reader has; the report spells their code points.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        yield


def table(frame, label, caption):
    """Show a DataFrame as a Markdown table; text (with maths) to the left, numbers to the right.

    Floats are printed with four significant digits, "—" for NaN; format them yourself for anything
    else. Without rows or columns the table says that there is nothing to show.
    """
    data, metadata = table_output(frame, label, caption)
    display(data, metadata=metadata, raw=True)
    _caption("Table", caption, label)


def table_output(frame, label, caption):
    """Make the data and the metadata (two dicts) of the output that shows a DataFrame as a table."""
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
    record = {"kind": "caption", "label": label}
    text = f"*{kind}:* {caption}"
    display({"text/markdown": text, "text/plain": text}, metadata={METADATA_KEY: record}, raw=True)
