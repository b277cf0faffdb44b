"""Matplotlib figures for the report, one style; every function gives a `Figure` and shows nothing.

What has no data becomes a panel that says so.
"""

import functools

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..utils.statistics import format_number
from .display import ignore_missing_glyphs

# Okabe & Ito's colours, told apart by the colour-blind; the shape of a mark says the group again.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
WIDTH = 6.3  # inches: the text width of the report, so that letters keep their size
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


def _styled(draw):
    @functools.wraps(draw)
    def wrapper(*args, **kwargs):
        with ignore_missing_glyphs(), rc_context(_STYLE):
            return draw(*args, **kwargs)

    return wrapper


def _figure(height, rows=1, cols=1, **kwargs):
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots(rows, cols, **kwargs)


def _without_data(axes, *values):
    """Say in a panel that it has no data, unless one of the arrays holds a finite number; bool."""
    if any(np.isfinite(np.asarray(each, float)).any() for each in values):
        return False
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color="#666666")
    return True


def _legend(where, axes, **kwargs):
    """Draw the legend of some axes, there or on the figure, if anything in them has a name."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        where.legend(handles, names, **kwargs)


@_styled
def loss_curve(iterations, ema_loss, pair_loss, threshold, halvings, frequencies):
    """Draw the moving average with its threshold above, loss per pair below; arrays of one length.

    `halvings` lists the iterations at which the step was halved, `frequencies` what a model of word
    frequencies alone reaches in either measure.
    """
    figure, (top, bottom) = _figure(3.9, 2, 1, sharex=True, height_ratios=(3, 2))
    top.plot(iterations, ema_loss, label="moving average of the loss")
    top.axhline(threshold, color=COLOURS[1], ls="--", lw=1, label=f"threshold {threshold:g}")
    top.set(ylabel="nats a centre word", ylim=(0, None))
    bottom.plot(iterations, pair_loss, color=COLOURS[2], lw=0.4, alpha=0.5, label="each recorded iteration")
    bottom.plot(iterations, _smooth(pair_loss), color=COLOURS[2], label="mean of 100 recorded iterations")
    bottom.set(ylabel="nats a pair", xlabel="iteration", ylim=(0, None))
    for axes, reached in zip((top, bottom), frequencies, strict=True):
        axes.axhline(
            reached,
            color=COLOURS[3],
            ls="-.",
            lw=1,
            label=f"frequencies alone {format_number(reached, '.2f')}",
        )
    for at in halvings:
        for axes in (top, bottom):
            axes.axvline(at, color="#666666", ls=":", lw=1, label="step halved" if axes is top else None)
    _without_data(top, ema_loss)
    _without_data(bottom, pair_loss)
    top.legend()
    bottom.legend()
    return figure


def _smooth(values, width=100):
    """Take the running mean over `width` values, over fewer at the start; same length."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


@_styled
def agreement(iterations, ema_loss, reference, decimals=6):
    """Draw two curves above, their difference below beside the rounding of the reference."""
    figure, (top, bottom) = _figure(3.6, 2, 1, sharex=True, height_ratios=(3, 2))
    top.plot(iterations, reference, lw=3, color=COLOURS[5], label="published run")
    top.plot(iterations, ema_loss, lw=0.9, color=COLOURS[6], label="this run")
    top.set(ylabel="moving average", ylim=(0, None))
    top.legend()
    half = 0.5 * 10.0**-decimals
    bottom.plot(iterations, (ema_loss - reference) / half, lw=0.3, color=COLOURS[1])
    _without_data(top, ema_loss, reference)
    _without_data(bottom, ema_loss - reference)
    for side in (-1, 1):
        bottom.axhline(side, color="#666666", ls="--", lw=1)
    bottom.set(ylabel=f"difference\n(units of {half:.0e})", xlabel="iteration", ylim=(-1.6, 1.6))
    return figure


@_styled
def error_by_step(steps, errors):
    """Draw the relative error of a numeric derivative against its step; `errors` maps label → array."""
    figure, axes = _figure(2.9)
    for (label, values), marker in zip(errors.items(), MARKERS, strict=False):
        axes.loglog(steps, values, marker=marker, ms=3.5, label=label)
    eps = np.finfo(float).eps
    axes.loglog(steps, steps**2, ls=":", color="#666666", lw=1, label="h² (truncation)")
    axes.loglog(steps, eps / steps, ls="--", color="#666666", lw=1, label="ε / h (rounding)")
    _without_data(axes, *errors.values())
    axes.set(xlabel="step h", ylabel="median relative error", ylim=(1e-17, 1e1))
    axes.legend(ncols=2)
    return figure


@_styled
def one_update(before, after):
    """Draw arrows of v_i, u_o and the u_k in the plane before and after one step.

    `before` and `after` map a name ("v_i", "u_o", "u_1" …) to a point (2,).
    """
    figure, axes = _figure(3.2)
    axes.axhline(0, color="#999999", lw=0.6)
    axes.axvline(0, color="#999999", lw=0.6)
    colours = {"v": COLOURS[0], "u_o": COLOURS[2]}
    for name, start in before.items():
        colour = colours.get(name, colours.get(name[0], COLOURS[1]))
        kind = {"v": "centre", "u_o": "outside"}.get(name, "centre" if name[0] == "v" else "negative")
        axes.annotate("", start, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4})
        dashed = {"arrowstyle": "->", "color": colour, "ls": "--"}
        axes.annotate("", after[name], start, arrowprops=dashed)
        axes.annotate(f"{name} ({kind})", start, (4, 4), textcoords="offset points", color=colour)
    _without_data(axes, *before.values())
    points = np.array([*before.values(), *after.values(), (0, 0)])
    low, high = points.min(0) - 0.15, points.max(0) + 0.25
    axes.set(xlim=(low[0], high[0] + 0.4), ylim=(low[1], high[1]), aspect="equal")
    return figure


@_styled
def word_maps(panels, groups, axis_labels):
    """Draw words as points in the plane, one panel a moment, all with the same axes.

    Parameters
    ----------
    panels : dict
        Title → dict of word → point (2,).
    groups : dict
        Group → words; it sets colour and shape.
    axis_labels : pair of str
    """
    from adjustText import adjust_text

    panels = panels or {"": {}}
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = _figure(3.3 * rows + 0.3, rows, columns, sharex=True, sharey=True, squeeze=False)
    everything = np.array([p for points in panels.values() for p in points.values()])
    middle, reach = _frame(everything.reshape(-1, 2))
    for axes, (title, points) in zip(grid.flat, panels.items(), strict=False):
        axes.set(title=title, xlim=middle[0] + reach[0], ylim=middle[1] + reach[1])
        labels = []
        for (group, words), colour, marker in zip(groups.items(), COLOURS, MARKERS, strict=False):
            there = [(w, *points[w]) for w in words if w in points]
            if not there:
                continue
            names, xs, ys = zip(*there, strict=True)
            axes.scatter(xs, ys, s=16, color=colour, marker=marker, label=group, zorder=3)
            labels += [
                axes.text(x, y, n, fontsize=6.5, color="#222222", parse_math=False) for n, x, y in there
            ]
        line = {"arrowstyle": "-", "color": "#999999", "lw": 0.4}
        if _without_data(axes, *points.values()):
            continue
        adjust_text(labels, ax=axes, arrowprops=line, expand=(1.15, 1.35), iter_lim=300)
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_visible(False)
    for axes in grid[-1]:
        axes.set_xlabel(axis_labels[0])
    for axes in grid[:, 0]:
        axes.set_ylabel(axis_labels[1])
    _legend(figure, grid[0][0], loc="outside upper center", ncols=max(1, len(groups)))
    return figure


def _frame(points, margin=0.25):
    """Find the middle (2,) of the points and, an axis, the two distances to the frame's edges."""
    if not len(points):
        return np.zeros(2), [np.array([-1.0, 1.0])] * 2
    low, high = points.min(0), points.max(0)
    half = np.maximum((high - low) / 2 * (1 + margin), 1e-6)
    return (low + high) / 2, [np.array([-h, h]) for h in half]


@_styled
def coverage(counts, marks):
    """Draw the share of the running text that the k most frequent types cover, and the types' counts.

    `counts` is (n_types,) in descending order, `marks` a list of k to point out.
    """
    figure, (left, right) = _figure(2.7, 1, 2)
    ranks = np.arange(1, len(counts) + 1)
    counts = np.asarray(counts)
    nothing = [_without_data(axes, counts) for axes in (left, right)]
    left.loglog(ranks, counts)
    left.set(xlabel="rank of the type", ylabel="occurrences")
    share = np.cumsum(counts) / (1 if all(nothing) else counts.sum())
    right.semilogx(ranks, 100 * share, color=COLOURS[2])
    for k in marks:
        if k <= len(counts):
            right.plot(k, 100 * share[k - 1], "o", color=COLOURS[1], ms=4)
            label = f"{k:,}: {100 * share[k - 1]:.1f} %"
            right.annotate(label, (k, 100 * share[k - 1]), (-6, -12), textcoords="offset points", ha="right")
    right.set(xlabel="types kept", ylabel="share of tokens [%]", ylim=(0, 105))
    return figure


@_styled
def histogram(groups, xlabel, ylabel, logy=False):
    """Draw bars side by side: `groups` maps a label to a dict of category → value, same categories in all."""
    figure, axes = _figure(2.6)
    categories = list(next(iter(groups.values()), ()))
    width = 0.8 / max(1, len(groups))
    for n, (label, values) in enumerate(groups.items()):
        places = np.arange(len(categories)) + (n - (len(groups) - 1) / 2) * width
        axes.bar(places, [values[c] for c in categories], width, label=label, color=COLOURS[n])
    nothing = _without_data(axes, *([*values.values()] for values in groups.values()))
    every = max(1, -(-len(categories) // 16))  # more names than that would overlap
    axes.set_xticks(range(0, len(categories), every), categories[::every])
    axes.set(xlabel=xlabel, ylabel=ylabel)
    if logy and not nothing:
        axes.set_yscale("log")
    if len(groups) > 1:
        axes.legend()
    axes.grid(axis="x", visible=False)
    return figure


@_styled
def bands(xs, panels, xlabel):
    """Draw curves with their intervals, one panel above the other.

    `panels` maps a label of the vertical axis to a dict of name → (n, 3) array of mean, low, high at `xs`.
    """
    panels = panels or {"": {}}
    figure, grid = _figure(1.7 * len(panels) + 0.4, len(panels), 1, sharex=True, squeeze=False)
    for axes, (ylabel, series) in zip(grid[:, 0], panels.items(), strict=True):
        for (name, values), colour, marker in zip(series.items(), COLOURS, MARKERS, strict=False):
            mean, low, high = np.asarray(values, float).reshape(-1, 3).T
            axes.plot(xs, mean, color=colour, marker=marker, ms=3.5, label=name)
            if np.isfinite([low, high]).all():
                axes.fill_between(xs, low, high, color=colour, alpha=0.15, lw=0)
        axes.set(ylabel=ylabel)
        _without_data(axes, *(np.asarray(values, float).reshape(-1, 3)[:, 0] for values in series.values()))
        _legend(axes, axes, loc="center left", bbox_to_anchor=(1.01, 0.5))
    grid[-1, 0].set_xlabel(xlabel)
    return figure


@_styled
def intervals(rows, panels):
    """Draw means with intervals as dots with whiskers, a row each, one panel beside the other.

    Parameters
    ----------
    rows : list of str
    panels : dict
        Label of the horizontal axis → (len(rows), 3) array of mean, low, high; without finite ends a
        dot alone is drawn.
    """
    panels = panels or {"": [(np.nan,) * 3] * len(rows)}
    figure, grid = _figure(0.23 * (len(rows) or 3) + 0.7, 1, len(panels), sharey=True, squeeze=False)
    places = np.arange(len(rows))[::-1]
    shown = zip(grid[0], panels.items(), COLOURS, MARKERS, strict=False)
    for axes, (xlabel, values), colour, marker in shown:
        mean, low, high = np.asarray(values, float).reshape(-1, 3).T
        known = np.isfinite([low, high]).all(0)
        reach = np.where(known, [mean - low, high - mean], 0.0)
        axes.errorbar(mean, places, xerr=reach, fmt=marker, ms=4, color=colour, elinewidth=1, capsize=2)
        axes.axvline(0, color="#666666", lw=0.6)
        axes.set(xlabel=xlabel)
        axes.set_yticks(places, rows)
        axes.set_ylim(-0.6, max(1, len(rows)) - 0.4)
        _without_data(axes, mean)
    return figure


@_styled
def against(panels, ylabel):
    """Draw quality against price: a point with its whisker for each scheme, a panel for each price.

    `panels` maps a label of the horizontal axis (logarithmic) to a dict of scheme → (price, mean,
    low, high); without finite ends the whisker is left out.
    """
    panels = panels or {"": {}}
    figure, grid = _figure(2.9, 1, len(panels), sharey=True, squeeze=False)
    styles = [(colour, marker) for marker in MARKERS for colour in COLOURS[:5]]
    for axes, (xlabel, points) in zip(grid[0], panels.items(), strict=True):
        for n, (name, (price, mean, low, high)) in enumerate(points.items()):
            reach = [[mean - low], [high - mean]] if np.isfinite([low, high]).all() else None
            colour, marker = styles[n % len(styles)]
            axes.errorbar(
                price,
                mean,
                yerr=reach,
                fmt=marker,
                ms=4.5,
                color=colour,
                elinewidth=0.8,
                capsize=2,
                label=name,
            )
        axes.set(xlabel=xlabel, xscale="log")
        _without_data(axes, [mean for _, mean, *_ in points.values()])
    grid[0][0].set_ylabel(ylabel)
    _legend(figure, grid[0][0], loc="outside right upper")
    return figure


@_styled
def number_lines(panels):
    """Draw numbers as vectors place them against where they are, a panel for each scheme.

    `panels` maps a scheme to (n, 2): logarithm of the value to base 10, and its prediction.
    """
    panels = panels or {"": []}
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = _figure(1.9 * rows + 0.3, rows, columns, sharex=True, sharey=True, squeeze=False)
    panels = {name: np.asarray(points, float).reshape(-1, 2) for name, points in panels.items()}
    ends = np.concatenate([points[:, 0] for points in panels.values()])
    line = [ends.min(), ends.max()] if ends.size else [0, 1]
    for axes, (name, points) in zip(grid.flat, panels.items(), strict=False):
        truth, read = points.T
        _without_data(axes, read)
        axes.plot(line, line, color="#666666", lw=0.8)
        axes.scatter(truth, read, s=5, color=COLOURS[0], alpha=0.5, lw=0)
        axes.set(title=name, ylim=(line[0] - 1, line[1] + 1))
    for axes in list(grid.flat)[len(panels) :]:
        axes.set_visible(False)
    figure.supxlabel("order of magnitude", fontsize=8)
    figure.supylabel("as read from the vector", fontsize=8)
    return figure
