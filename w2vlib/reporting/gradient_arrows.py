"""Picture of a wrong gradient: each vector with the step it should make and the step it makes."""

import numpy as np

from .plot_labels import place_labels
from .plot_style import COLOURS, add_legend, new_figure, styled


@styled
def gradient_arrows(points, expected, given):
    """Draw steps against a gradient in the plane: the right ones and those of a student's gradient.

    Parameters
    ----------
    points : dict
        Name of a vector → the vector (dim,). With more than two dimensions they are projected to the plane
        that shows most of their squared lengths.
    expected, given : dict
        Name of a vector → its gradient (dim,).

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> point, step = {"v": np.array([1.0, 0.0])}, {"v": np.array([0.0, 1.0])}
    >>> figure = gradient_arrows(point, step, {"v": -step["v"]})
    >>> [text.get_text() for text in figure.axes[0].texts if text.get_text()]
    ['v']
    """
    figure, axes = new_figure(3.2)
    vectors = np.array([*points.values(), *expected.values(), *given.values()], float)
    basis = np.eye(2) if vectors.shape[1] == 2 else np.linalg.svd(vectors, full_matrices=False)[2][:2]
    ends, labels = [np.zeros(2)], []
    for gradients, colour, label, width in (
        (expected, COLOURS[2], "right step", 3.5),
        (given, COLOURS[1], "step of your gradient", 1.5),
    ):
        for number, name in enumerate(points):
            start = basis @ points[name]
            end = start - basis @ gradients[name]
            ends += [start, end]
            arrow = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", end, start, arrowprops=arrow)
            axes.plot(*start, color=colour, lw=width, label=label if number == 0 else None)
    for name, point in points.items():
        axes.plot(*(basis @ point), "o", color=COLOURS[6], ms=4)
        labels.append(axes.annotate(name, basis @ point, (5, 5), textcoords="offset points"))
    low, high = np.min(ends, axis=0), np.max(ends, axis=0)
    margin = 0.15 * max(*(high - low), 1e-6)
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    axes.set_aspect("equal", adjustable="box")
    add_legend(figure, axes, loc="outside upper center", ncols=2)
    place_labels(axes, labels, list(zip(ends[1::2], ends[2::2], strict=True)))
    return figure
