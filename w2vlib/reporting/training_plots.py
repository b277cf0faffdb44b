"""Matplotlib figures of notebooks 02 and 03: losses, gradients and steps; see `plots`."""

import numpy as np
import pandas as pd

from ..utils.statistics import format_count, format_number
from .plot_labels import place_labels
from .plot_style import COLOURS, is_empty, new_figure, styled, styles

MOST_HALVINGS = 50  # that are drawn: more would cover the curves


@styled
def loss_curve(iterations, ema_loss, pair_loss, threshold, halvings, frequencies):
    """Draw the moving average with its threshold above, the loss per pair below.

    Parameters
    ----------
    iterations, ema_loss, pair_loss : (n,) float
    threshold : float
        The published bound of the moving average.
    halvings : list of int
        Iterations at which the learning rate was halved; drawn if there are at most `MOST_HALVINGS`.
    frequencies : pair of float
        Loss of the unigram baseline in either measure.

    Examples
    --------
    >>> figure = loss_curve([10, 20], [26.0, 20.0], [7.6, 6.0], 10, [15], (9.0, 3.0))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['nats per centre word', 'nats per pair']
    """
    figure, (top, bottom) = new_figure(3.3, 2, 1, sharex=True, height_ratios=(3, 2))
    top.plot(iterations, ema_loss, label="moving average of the loss")
    top.axhline(threshold, color=COLOURS[1], ls="--", lw=1, label=f"threshold {threshold:g}")
    top.set(ylabel="nats per centre word", ylim=(0, None))
    window = max(1, min(100, len(pair_loss)))
    smooth = pd.Series(pair_loss).rolling(window, min_periods=1).mean()
    bottom.plot(iterations, pair_loss, color=COLOURS[2], lw=0.4, alpha=0.5, label="each recorded iteration")
    bottom.plot(
        iterations, smooth, color=COLOURS[2], label=f"mean of {format_count(window, 'recorded iteration')}"
    )
    bottom.set(ylabel="nats per pair", xlabel="iteration", ylim=(0, None))
    for axes, reached in zip((top, bottom), frequencies, strict=True):
        axes.axhline(
            reached,
            color=COLOURS[3],
            ls="-.",
            lw=1,
            label=f"unigram baseline {format_number(reached, '.2f')}",
        )
    for axes in (top, bottom) if 0 < len(halvings) <= MOST_HALVINGS else ():
        axes.vlines(
            halvings, 0, 1, "#666666", ":", lw=1, transform=axes.get_xaxis_transform(),
            label="learning rate halved" if axes is top else None,
        )  # fmt: skip
    is_empty(top, ema_loss)
    is_empty(bottom, pair_loss)
    top.legend()
    bottom.legend()
    return figure


@styled
def curve_comparison(iterations, ema_loss, reference, decimals=6):
    """Draw two curves above, and below their difference in units of the rounding error of the reference.

    Examples
    --------
    >>> curves = np.array([26.0, 20.0]), np.array([26.0, 20.0])
    >>> curve_comparison([10, 20], *curves).axes[1].get_xlabel()
    'iteration'
    """
    figure, (top, bottom) = new_figure(3.6, 2, 1, sharex=True, height_ratios=(3, 2))
    top.plot(iterations, reference, lw=3, color=COLOURS[5], label="published run")
    top.plot(iterations, ema_loss, lw=0.9, color=COLOURS[6], label="this run")
    top.set(ylabel="moving average", ylim=(0, None))
    top.legend()
    half = 0.5 * 10.0**-decimals
    bottom.plot(iterations, (ema_loss - reference) / half, lw=0.3, color=COLOURS[1])
    is_empty(top, ema_loss, reference)
    is_empty(bottom, ema_loss - reference)
    for side in (-1, 1):
        bottom.axhline(side, color="#666666", ls="--", lw=1)
    bottom.set(ylabel=f"difference\n(units of {half:.0e})", xlabel="iteration", ylim=(-1.6, 1.6))
    return figure


@styled
def error_by_step_size(steps, errors):
    """Draw the relative error of numerical derivatives against the step size; `errors` maps label → array.

    Examples
    --------
    >>> figure = error_by_step_size(np.array([1e-6, 1e-3]), {"(1.8)": [1e-10, 1e-6]})
    >>> figure.axes[0].get_xlabel()
    'step h'
    """
    figure, axes = new_figure(2.6)
    for (label, values), (colour, marker) in zip(errors.items(), styles(), strict=False):
        axes.loglog(steps, values, color=colour, marker=marker, ms=3.5, label=label)
    eps = np.finfo(float).eps
    axes.loglog(steps, steps**2, ls=":", color="#666666", lw=1, label="h² (truncation)")
    axes.loglog(steps, eps / steps, ls="--", color="#666666", lw=1, label="ε / h (rounding)")
    is_empty(axes, *errors.values())
    axes.set(xlabel="step h", ylabel="median relative error", ylim=(1e-17, 1e1))
    axes.legend(ncols=2)
    return figure


@styled
def gradient_step(before, after):
    """Draw v_i, u_o and the u_k as arrows in the plane, before and after one gradient step.

    `before` and `after` map a name ("v_i", "u_o", "u_1" …) to a point (2,).

    Examples
    --------
    >>> figure = gradient_step({"v": np.zeros(2)}, {"v": np.ones(2)})
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    ['v (centre)']
    """
    figure, axes = new_figure(2.7)
    axes.axhline(0, color="#999999", lw=0.6)
    axes.axvline(0, color="#999999", lw=0.6)
    colours, labels = {"v": COLOURS[0], "u_o": COLOURS[2]}, []
    for name, start in before.items():
        colour = colours.get(name, colours.get(name[0], COLOURS[1]))
        kind = {"v": "centre", "u_o": "outside"}.get(name, "centre" if name[0] == "v" else "negative")
        axes.annotate("", start, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 1.4})
        dashed = {"arrowstyle": "->", "color": colour, "ls": "--"}
        axes.annotate("", after[name], start, arrowprops=dashed)
        label = axes.annotate(f"{name} ({kind})", start, (4, 4), textcoords="offset points", color=colour)
        labels.append(label)
    is_empty(axes, *before.values())
    points = np.array([*before.values(), *after.values(), (0, 0)])
    low, high = points.min(0) - 0.15, points.max(0) + 0.25
    axes.set(xlim=(low[0] - 0.4, high[0] + 0.4), ylim=(low[1], high[1]), aspect="equal")
    arrows = [((0, 0), start) for start in before.values()]
    place_labels(axes, labels, arrows + [(start, after[name]) for name, start in before.items()])
    return figure
