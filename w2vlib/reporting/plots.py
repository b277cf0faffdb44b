"""Matplotlib figures of the report; every function returns a `Figure` and shows nothing.

A panel without data says so. The style is in `plot_style`; figures of losses and gradients are in
`training_plots`.
"""

import textwrap

import numpy as np

from .plot_labels import spread_labels
from .plot_style import COLOURS, add_legend, is_empty, legend_label, new_figure, panel_grid, styled, styles


@styled
def word_maps(panels, groups, axis_labels):
    """Draw words as points in the plane, in several panels with the same axes.

    Parameters
    ----------
    panels : dict
        Title → dict of word → point (2,).
    groups : dict
        Name of the group → words; it sets colour and marker.
    axis_labels : pair of str

    Examples
    --------
    >>> figure = word_maps({"iteration 1": {"king": (0.1, 0.2)}}, {"royal": ["king"]}, ("first", "second"))
    >>> figure.axes[0].get_title()
    'iteration 1'
    """
    panels = panels or {"": {}}
    figure, shown, grid = panel_grid(len(panels), 2, 2.9, sharex=True, sharey=True)
    labels = {}
    all_points = np.array([point for points in panels.values() for point in points.values()])
    middle, reach = _frame(all_points.reshape(-1, 2))
    for axes, (title, points) in zip(shown, panels.items(), strict=True):
        axes.set_title(title, parse_math=False)
        axes.set(xlim=middle[0] + reach[0], ylim=middle[1] + reach[1])
        axes.locator_params(nbins=5)  # whatever the size of the panel, on which the layout depends
        labels[axes] = []
        for (group, words), (colour, marker) in zip(groups.items(), styles(), strict=False):
            placed = [(word, *points[word]) for word in words if word in points]
            if not placed:
                continue
            _, xs, ys = zip(*placed, strict=True)
            axes.scatter(xs, ys, s=16, color=colour, marker=marker, label=legend_label(group), zorder=3)
            labels[axes] += [
                axes.text(x, y, word, fontsize=6.5, color="#222222", parse_math=False, in_layout=False)
                for word, x, y in placed
            ]
        if is_empty(axes, *points.values()):
            del labels[axes]
    for axes in grid[-1]:
        axes.set_xlabel(axis_labels[0])
    for axes in grid[:, 0]:
        axes.set_ylabel(axis_labels[1])
    add_legend(figure, grid[0][0], loc="outside upper center", ncols=max(1, len(groups)))
    for _ in range(3):  # until the layout has settled
        figure.draw_without_rendering()
    figure.set_layout_engine("none")  # labels are placed where the panels have their final sizes
    for axes, of_panel in labels.items():
        spread_labels(axes, of_panel)
    return figure


def _frame(points, margin=0.25):
    """Middle (2,) of the points, and per axis the distances (2,) from it to both edges of the frame."""
    if not len(points):
        return np.zeros(2), [np.array([-1.0, 1.0])] * 2
    low, high = points.min(0), points.max(0)
    half = np.maximum((high - low) / 2 * (1 + margin), 1e-6)
    return (low + high) / 2, [np.array([-h, h]) for h in half]


@styled
def vocabulary_coverage(counts, marks):
    """Draw the counts of the types by rank, and the tokens that the k most frequent types cover.

    `counts` is (n_types,) in descending order; `marks` lists values of k to mark.

    Examples
    --------
    >>> vocabulary_coverage([50, 30, 20], [2]).axes[1].texts[0].get_text()
    '2: 80.0 %'
    """
    figure, (left, right) = new_figure(2.3, 1, 2)
    ranks = np.arange(1, len(counts) + 1)
    counts = np.asarray(counts)
    empty = [is_empty(axes, counts) for axes in (left, right)]
    left.loglog(ranks, counts)
    left.set(xlabel="rank of the type", ylabel="occurrences")
    covered = 100 * np.cumsum(counts) / (1 if all(empty) else counts.sum())
    right.semilogx(ranks, covered, color=COLOURS[2])
    shown = [k for k in marks if k <= len(counts)]
    right.plot(shown, covered[np.array(shown, int) - 1], "o", color=COLOURS[1], ms=4)
    lines = "\n".join(f"{k:,}: {covered[k - 1]:.1f} %" for k in shown)
    right.text(0.97, 0.06, lines, transform=right.transAxes, ha="right", va="bottom")
    right.set(xlabel="most frequent types", ylabel="tokens covered [%]", ylim=(0, 105))
    return figure


@styled
def bar_chart(groups, xlabel, ylabel, logy=False):
    """Draw groups of bars: `groups` maps a label to a dict of category → value, with equal categories.

    Examples
    --------
    >>> figure = bar_chart({"ptb": {"noun": 2, "verb": 1}}, "kind", "count")
    >>> [int(bar.get_height()) for bar in figure.axes[0].patches]
    [2, 1]
    """
    figure, axes = new_figure(2.1)
    categories = list(next(iter(groups.values()), ()))
    width = 0.8 / max(1, len(groups))
    for n, ((label, values), (colour, _)) in enumerate(zip(groups.items(), styles(), strict=False)):
        places = np.arange(len(categories)) + (n - (len(groups) - 1) / 2) * width
        axes.bar(places, [values[c] for c in categories], width, label=legend_label(label), color=colour)
    empty = is_empty(axes, *([*values.values()] for values in groups.values()))
    every = max(1, -(-len(categories) // 16))  # more names than that would overlap
    axes.set_xticks(range(0, len(categories), every), categories[::every])
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if logy and not empty:
        axes.set_yscale("log")
    if len(groups) > 1:
        add_legend(axes, axes)
    axes.grid(axis="x", visible=False)
    return figure


@styled
def curves_with_intervals(xs, panels, xlabel):
    """Draw curves with intervals as bands, in panels one above the other.

    `panels` maps a label of the vertical axis to a dict of name → (n, 3) array of mean, low, high at `xs`.

    Examples
    --------
    >>> panels = {"cosine": {"recipe": [(0.1, 0.0, 0.2), (0.5, 0.4, 0.6)]}}
    >>> curves_with_intervals([10, 20], panels, "iteration").axes[0].get_ylabel()
    'cosine'
    """
    panels = panels or {"": {}}
    figure, grid = new_figure(1.0 * len(panels) + 0.4, len(panels), 1, sharex=True, squeeze=False)
    for axes, (ylabel, series) in zip(grid[:, 0], panels.items(), strict=True):
        for (name, values), (colour, marker) in zip(series.items(), styles(), strict=False):
            mean, low, high = np.asarray(values, float).reshape(-1, 3).T
            axes.plot(xs, mean, color=colour, marker=marker, ms=3.5, label=legend_label(name))
            if np.isfinite([low, high]).all():
                axes.fill_between(xs, low, high, color=colour, alpha=0.15, lw=0)
        axes.set(ylabel=ylabel)
        is_empty(axes, *(np.asarray(values, float).reshape(-1, 3)[:, 0] for values in series.values()))
        add_legend(axes, axes, loc="center left", bbox_to_anchor=(1.01, 0.5))
    grid[-1, 0].set_xlabel(xlabel)
    return figure


@styled
def interval_plot(rows, panels):
    """Draw means with intervals as dots with error bars, one row each, in panels side by side.

    Parameters
    ----------
    rows : list of str
    panels : dict
        Label of the horizontal axis → (len(rows), 3) array of mean, low, high; without finite ends only
        the dot is drawn.

    Examples
    --------
    >>> figure = interval_plot(["one", "two"], {"correlation": [(0.1, 0.0, 0.2), (0.5, 0.4, 0.6)]})
    >>> figure.axes[0].get_xlabel()
    'correlation'
    """
    panels = panels or {"": [(np.nan,) * 3] * len(rows)}
    figure, grid = new_figure(0.23 * (len(rows) or 3) + 0.7, 1, len(panels), sharey=True, squeeze=False)
    places = np.arange(len(rows))[::-1]
    for axes, (xlabel, values), (colour, marker) in zip(grid[0], panels.items(), styles(), strict=False):
        mean, low, high = np.asarray(values, float).reshape(-1, 3).T
        has_interval = np.isfinite([low, high]).all(0)
        half_widths = np.where(has_interval, [mean - low, high - mean], 0.0)
        axes.errorbar(mean, places, xerr=half_widths, fmt=marker, ms=4, color=colour, elinewidth=1, capsize=2)
        if np.nanmin([0, *mean, *(mean - half_widths[0])]) < 0:
            axes.axvline(0, color="#666666", lw=0.6)
        axes.set(xlabel=textwrap.fill(xlabel, 60 // len(panels)))
        axes.set_yticks(places, rows)
        axes.set_ylim(-0.6, max(1, len(rows)) - 0.4)
        is_empty(axes, mean)
    return figure


@styled
def forest(panels, names, xlabel):
    """Draw figures with intervals as rows of dots with error bars, in panels one above the other.

    Parameters
    ----------
    panels : list of (title, (low, high), dict)
        The range is shaded. The dict maps the label of a row to a list of (mean, low, high), one per name.
    names : list of str
        Of the series.
    xlabel : str

    Examples
    --------
    >>> figure = forest([("close", (0.7, 1.0), {"a, b": [(0.5, 0.4, 0.6)]})], ["ptb"], "closeness")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['a, b']
    """
    heights = [len(rows) for _, _, rows in panels]
    figure, grid = new_figure(
        0.24 * sum(heights) + 0.4 * len(panels) + 0.6, len(panels), 1, squeeze=False, sharex=True,
        height_ratios=heights,
    )  # fmt: skip
    for axes, (title, (low, high), rows) in zip(grid[:, 0], panels, strict=True):
        axes.axvspan(low, high, color="#E3ECF2", lw=0, zorder=0)
        axes.axvline(0.5, color="#666666", lw=0.8, ls="--", zorder=1)
        places = np.arange(len(rows), 0.0, -1)
        for n, (name, (colour, marker)) in enumerate(zip(names, styles(), strict=False)):
            mean, left, right = np.array([several[n] for several in rows.values()], float).T
            half_widths = np.where(np.isfinite([left, right]).all(0), [mean - left, right - mean], 0.0)
            offset = 0.25 * ((len(names) - 1) / 2 - n)
            axes.errorbar(
                mean, places + offset, xerr=half_widths, fmt=marker, ms=3.5, color=colour, elinewidth=0.9,
                label=legend_label(name),
            )  # fmt: skip
        is_empty(axes, [several[n][0] for several in rows.values() for n in range(len(names))])
        axes.set_yticks(places, [textwrap.shorten(row, 62, placeholder=" …") for row in rows])
        axes.set(title=title, xlim=(0, 1), ylim=(0.4, len(rows) + 0.6))
        axes.grid(axis="y", visible=False)
    grid[-1, 0].set_xlabel(xlabel)
    add_legend(figure, grid[0, 0], loc="outside upper center", ncols=len(names))
    return figure


@styled
def predicted_magnitudes(panels):
    """Draw predicted against true orders of magnitude of numbers, one panel per scheme.

    `panels` maps a scheme to (n, 2): logarithm of the value to base 10, and its prediction from the vector.

    Examples
    --------
    >>> predicted_magnitudes({"keep": [(0.0, 0.5), (3.0, 2.5)]}).axes[0].get_title()
    'keep'
    """
    panels = panels or {"": []}
    figure, shown, _ = panel_grid(len(panels), 3, 1.9, sharex=True, sharey=True)
    panels = {name: np.asarray(points, float).reshape(-1, 2) for name, points in panels.items()}
    ends = np.concatenate([points[:, 0] for points in panels.values()])
    line = [ends.min(), ends.max()] if ends.size else [0, 1]
    for axes, (name, points) in zip(shown, panels.items(), strict=True):
        truth, predicted = points.T
        is_empty(axes, predicted)
        axes.plot(line, line, color="#666666", lw=0.8)
        axes.scatter(truth, predicted, s=5, color=COLOURS[0], alpha=0.5, lw=0)
        axes.set(title=name, ylim=(line[0] - 1, line[1] + 1))
    figure.supxlabel("order of magnitude", fontsize=8)
    figure.supylabel("predicted from the vector", fontsize=8)
    return figure
