"""Labels of points in a figure: placed so that nothing strikes them and none is printed over another."""

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Bbox

_SIDES = {"left": 1, "right": -1, "bottom": 1, "top": -1, "center": 0}
_PLACES = [
    (ha, va)
    for va in ("bottom", "top", "center")
    for ha in ("left", "right", "center")
    if (ha, va) != ("center", "center")
]


def place_labels(axes, labels, segments):
    """Move labels of points (annotations) to a side where no segment, nor another label, strikes them.

    Parameters
    ----------
    axes : Axes
        With its final limits.
    labels : list of Annotation
        Each at an offset in points from its point. One without a free side stays above and right of it.
    segments : list of pair of (2,) float
        Ends of the arrows.

    Examples
    --------
    >>> from .plot_style import new_figure
    >>> figure, axes = new_figure(2)
    >>> label = axes.annotate("a long name", (0.5, 0.5), (4, 4), textcoords="offset points")
    >>> place_labels(axes, [label], [((0.5, 0.5), (0.6, 0.9))])
    >>> label.get_ha(), label.get_va()
    ('right', 'bottom')
    """
    axes.figure.draw_without_rendering()
    lines = [Path(axes.transData.transform(segment)) for segment in segments]
    frame, taken = axes.get_window_extent(), []
    for label in labels:
        for far, ha, va in [
            *((far, *place) for far in (4, 10, 20, 32) for place in _PLACES),
            (4, *_PLACES[0]),
        ]:
            label.set(ha=ha, va=va)
            label.xyann = far * _SIDES[ha], far * _SIDES[va]
            box = label.get_window_extent()
            struck = any(line.intersects_bbox(box, filled=False) for line in lines)
            inside = frame.contains(box.x0, box.y0) and frame.contains(box.x1, box.y1)
            if inside and not struck and not box.count_overlaps(taken):
                break
        taken.append(label.get_window_extent())


def spread_labels(axes, labels):
    """Place labels (texts at their points) beside their points, apart from each other and from all points.

    Each gets the nearest free place, in sixteen directions; one that is farther away is joined with its
    point by a line, which strikes no label if possible. One without a free place stays on its point. The
    axes must have
    their final size and limits.

    Examples
    --------
    >>> from .plot_style import new_figure
    >>> figure, axes = new_figure(2)
    >>> one, two = axes.text(0.5, 0.5, "one"), axes.text(0.5, 0.5, "two")
    >>> figure.draw_without_rendering()
    >>> spread_labels(axes, [one, two])
    >>> bool(one.get_window_extent().overlaps(two.get_window_extent()))
    False
    """
    scale = axes.figure.dpi / 72
    points = axes.transData.transform([label.get_position() for label in labels])
    marks = [Bbox([point - 2.5 * scale, point + 2.5 * scale]) for point in points]
    crowded = np.linalg.norm(points[:, None] - points, axis=-1).mean(axis=1)
    frame, boxes, lines = axes.get_window_extent(), [], []
    for n in np.argsort(crowded):  # those in the middle first
        taken = frame, marks, boxes, lines
        places = ((distance, lines_too) for lines_too in (True, False) for distance in _DISTANCES)
        for distance, lines_too in places:
            found = _free(labels[n], points[n], distance * scale, taken, lines_too)
            if found is not None:
                break
        else:
            continue
        boxes.append(found)
        centre = (found.min + found.max) / 2
        labels[n].set(ha="center", va="center", position=axes.transData.inverted().transform(centre))
        if distance > 6:
            end = np.clip(points[n], found.min, found.max)
            lines.append(Path([points[n], end]))
            axes.plot(*axes.transData.inverted().transform([points[n], end]).T, color="#999999", lw=0.4)


_DISTANCES = (3, 5, 8, 12, 17, 23, 30, 38, 47, 57, 68, 80)  # points
_ANGLES = np.pi / 8 * np.array([1, 7, 9, 15, 0, 8, 4, 12, 2, 6, 10, 14, 3, 5, 11, 13])


def _free(label, point, distance, taken, lines_too):
    """Box of a label at a distance (pixels) from its point, where nothing is; None if there is none.

    Unless `lines_too`, its line may strike labels, and lines of others may strike it.
    """
    frame, marks, boxes, lines = taken
    size = np.array(label.get_window_extent().size) + 2
    for angle in _ANGLES:
        direction = np.array([np.cos(angle), np.sin(angle)])
        centre = point + direction * (size / 2 + distance)
        box = Bbox([centre - size / 2, centre + size / 2])
        inside = frame.contains(*box.min) and frame.contains(*box.max)
        if not inside or box.count_overlaps(boxes) or box.count_overlaps(marks):
            continue
        if not lines_too:
            return box
        line = Path([point, np.clip(point, box.min, box.max)])
        struck = any(line.intersects_bbox(other, filled=False) for other in boxes)
        if not struck and not any(other.intersects_bbox(box, filled=False) for other in lines):
            return box
    return None
