"""The common style of the report's figures, and parts that all of them use."""

import functools
import itertools

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from .display import ignore_missing_glyphs

# Okabe & Ito's colours, which colour-blind readers can distinguish; markers show the group too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
WIDTH = 6.3  # inches: the text width of the report, so that font sizes are true
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.linewidth": 0.4,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "lines.linewidth": 1.2,
    "axes.prop_cycle": f"cycler('color', {list(COLOURS)!r})",
}


def styled(draw):
    """Draw in the style of the report (decorator).

    Examples
    --------
    >>> float(styled(lambda: new_figure(2)[0])().get_figwidth())
    6.3
    """

    @functools.wraps(draw)
    def wrapper(*args, **kwargs):
        with ignore_missing_glyphs(), rc_context(_STYLE):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(height, rows=1, cols=1, **kwargs):
    """Make a figure of the report's width, and its panels.

    Examples
    --------
    >>> figure, panels = new_figure(2, 1, 3)
    >>> len(panels)
    3
    """
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, cols, **kwargs)


def is_empty(axes, *values):
    """Whether no array has a finite number; the panel then says that it has no data.

    Examples
    --------
    >>> _, axes = new_figure(2)
    >>> is_empty(axes, [1.0]), is_empty(axes, [float("nan")])
    (False, True)
    """
    if any(np.isfinite(np.asarray(each, float)).any() for each in values):
        return False
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color="#666666")
    return True


def add_legend(target, axes, **kwargs):
    """Draw the legend of some axes on `target` (axes or figure), if anything has a label.

    It gets fewer columns than `ncols`, and shorter labels, where it would be wider than the figure.

    Examples
    --------
    >>> figure, axes = new_figure(2)
    >>> _ = axes.plot([1, 2], label="loss")
    >>> add_legend(axes, axes)
    >>> axes.get_legend().texts[0].get_text()
    'loss'
    """
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    figure = axes.figure
    available = figure.bbox.width * (1 if target is figure else 0.5)
    for columns in range(kwargs.pop("ncols", 1), 0, -1):
        legend = target.legend(handles, labels, ncols=columns, **kwargs)
        for text in legend.get_texts():
            text.set_parse_math(False)
        if legend.get_window_extent().width <= available or columns == 1:
            break
        legend.remove()
    _shorten_labels(legend, available)


def _shorten_labels(legend, available):
    """Cut the longest labels of a legend until it is not wider than `available` (pixels)."""
    texts = legend.get_texts()
    longest = max(len(text.get_text()) for text in texts)
    while longest > 1 and legend.get_window_extent().width > available:
        longest = int(0.9 * longest)
        for text in texts:
            if len(text.get_text()) > longest:
                text.set_text(text.get_text()[:longest] + "…")


def styles():
    """Give pairs of a colour and a marker (str) without end; the first 49 are different.

    Examples
    --------
    >>> from itertools import islice
    >>> [pair for n, pair in enumerate(islice(styles(), 8)) if n in (0, 7)]
    [('#0072B2', 'o'), ('#0072B2', 's')]
    """
    for turn in itertools.count():
        yield from zip(COLOURS, (MARKERS * 2)[turn % len(MARKERS) :], strict=False)


def legend_label(name):
    """Label of the legend for a name from the data: Matplotlib leaves out those that begin with "_".

    Examples
    --------
    >>> legend_label("king"), legend_label("_king")
    ('king', ' _king')
    """
    return f" {name}" if name.startswith("_") else name


def panel_grid(n_panels, columns, height, **kwargs):
    """Make a figure and the axes of `n_panels` panels in rows of `columns`, and the grid of axes.

    Examples
    --------
    >>> _, panels, grid = panel_grid(3, 2, 1.5)
    >>> len(panels), grid.shape
    (3, (2, 2))
    """
    columns = min(columns, n_panels)
    rows = -(-n_panels // columns)
    figure, grid = new_figure(height * rows + 0.3, rows, columns, squeeze=False, **kwargs)
    for axes in grid.flat[n_panels:]:
        axes.set_visible(False)
    return figure, list(grid.flat[:n_panels]), grid
