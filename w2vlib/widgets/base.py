"""Base class and parts of the views: controls that keep their values, a line for messages, charts, tables.

A cell shows its views once: if it runs again, the earlier ones are closed.
"""

import functools
from abc import ABC, abstractmethod
from html import escape

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from traitlets import TraitError

from ..reporting.display import current_cell
from ..reporting.plot_style import COLOURS

_open = {}  # cell → (count of its execution, views that it shows)
_STYLE = """<style>
.w2v table {border-collapse: collapse; margin: 0 0 0.5em 0; line-height: 1.4}
.w2v caption {text-align: left; font-weight: bold; padding: 0.2em 0; white-space: nowrap}
.w2v td {overflow-wrap: anywhere; max-width: 50em}
.w2v th, .w2v td {padding: 0.1em 0.7em 0.1em 0; text-align: left; vertical-align: top}
.w2v td.number, .w2v th.number {text-align: right; font-variant-numeric: tabular-nums}
.w2v mark {background: #fde0c5; color: #000; padding: 0 0.15em}
.w2v mark.number {background: #d3e5f3}
</style>"""


class Html(str):
    """Text that is HTML already."""


class View(ABC):
    """Interactive view in a notebook: controls, charts and tables, and a line for messages.

    A subclass makes its `controls` (name → widget) in `build` and draws in `update`. If the cell runs
    again, its earlier view is closed and the new one takes over the values of the controls.
    """

    def __init__(self):
        self.controls = {}
        self.message = widgets.HTML()
        self.message.add_class("w2v-message")
        self._root = None

    @abstractmethod
    def build(self):
        """Make the controls and return the widget (Box) that holds everything but the message."""

    @abstractmethod
    def update(self, *_):
        """Draw the view for the current values of the controls."""

    def close(self):
        """Remove all widgets of the view from the page and from memory."""
        _close(self._root)

    def show(self):
        """Build and show the view; it replaces an earlier one of the same cell."""
        name, count = current_cell()
        shown_at, shown = _open.get(name, (count, []))
        chosen = {}
        if shown_at != count:  # the cell runs again
            chosen = shown[0]._chosen()
            for view in shown:
                view.close()
            shown = []
        if name:
            _open[name] = count, [*shown, self]
        self._root = widgets.VBox([widgets.HTML(_STYLE), self.build(), self.message])
        self._root.add_class("w2v")
        for key, value in chosen.items():
            if key in self.controls:
                try:
                    self.controls[key].value = value
                except TraitError:  # the choice does not exist any more
                    pass
        self.guarded(self.update)()
        for control in self.controls.values():
            control.observe(self.guarded(self.update), "value")
        display(self._root)

    def _chosen(self):
        return {name: control.value for name, control in self.controls.items()}

    def guarded(self, action):
        """Wrap a callback: an exception becomes a message on the page instead of a traceback."""

        @functools.wraps(action)
        def safe(*args):
            try:
                self.say("")
                return action(*args)
            except Exception as error:
                self.say(str(error) or type(error).__name__, "alert")

        return safe

    def say(self, text, role="status"):
        """Show a sentence below the view; `role` "alert" marks an error."""
        colour = "#b00020" if role == "alert" else "inherit"
        self.message.value = (
            f'<div role="{role}" aria-live="polite" style="color:{colour}">{escape(text)}</div>'
        )


def _close(widget):
    for child in getattr(widget, "children", ()):
        _close(child)
    for part in ("layout", "style"):
        if isinstance(styling := getattr(widget, part, None), widgets.Widget):
            styling.close()
    if widget is not None:
        widget.close()


def chart(xlabel, ylabel, width=640, height=360, **layout):
    """Make an empty interactive Plotly figure (`PlotlyFigure`) in the style of the report."""
    from .plotly_figure import PlotlyFigure  # slow to import, and not needed where nothing is interactive

    figure = PlotlyFigure()
    figure.update_layout(
        template="plotly_white", width=width, height=height, margin={"l": 60, "r": 20, "t": 40, "b": 50},
        xaxis_title=xlabel, yaxis_title=ylabel, colorway=list(COLOURS), font_size=12, **layout,
    )  # fmt: skip
    return figure


def row(*parts):
    """Put widgets side by side; on a narrow page they continue below."""
    boxes = [widgets.VBox([part], layout={"flex": "0 0 auto"}) for part in parts]
    return widgets.HBox(boxes, layout={"flex_flow": "row wrap"})


def principal_plane(vectors):
    """First two principal axes of vectors; also for fewer than three vectors or fewer than two dimensions.

    Parameters
    ----------
    vectors : (n, dim) float

    Returns
    -------
    (mean, axes, explained)
        (dim,) mean; (2, dim) unit vectors, zero where there is no such axis; (2,) proportions of the
        variance along the axes.

    Examples
    --------
    >>> mean, axes, explained = principal_plane(np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]]))
    >>> mean.tolist(), explained.tolist()
    ([2.0, 1.0], [1.0, 0.0])
    """
    vectors = np.asarray(vectors, np.float64)
    mean = np.mean(vectors, axis=0)
    _, singular_values, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    axes, explained = np.zeros((2, len(mean))), np.zeros(2)
    n = min(2, len(singular_values))
    axes[:n] = directions[:n]
    total = max(np.square(singular_values).sum(), np.finfo(float).tiny)
    explained[:n] = np.square(singular_values[:n]) / total
    return mean, axes, explained


def labelled(widget, wide="22em", label="9em"):
    """Set the width of a control and of its label; returns the control."""
    widget.layout.width = wide
    if hasattr(widget.style, "description_width"):
        widget.style.description_width = label
    return widget


def table(caption, head, rows, numbers=()):
    """HTML table (str). Cells are escaped unless they are `Html`; the columns `numbers` are right-aligned.

    Examples
    --------
    >>> print(table("Words", ["word"], [["<b>"]]).partition("<tbody>")[2])
    <tr><td>&lt;b&gt;</td></tr></tbody></table>
    """

    def cells(tag, row):
        return "".join(
            f"<{tag}{' class=number' if n in numbers else ''}>"
            f"{text if isinstance(text, Html) else escape(str(text))}</{tag}>"
            for n, text in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f"<table><caption>{escape(caption)}</caption><thead><tr>{cells('th', head)}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
