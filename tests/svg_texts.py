"""Where the texts of a Matplotlib figure are: their boxes, read from its SVG."""

import itertools
import re
from xml.etree import ElementTree

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

_SVG = "{http://www.w3.org/2000/svg}"
_SLACK = 0.4  # points: what overlaps by less looks apart


def text_boxes(svg):
    """List of (text, left, top, right, bottom), in points, of an SVG in which text is text."""
    found = []
    _collect(ElementTree.fromstring(svg), np.eye(3), {}, found)
    return found


def overlaps(boxes):
    """Pairs of texts whose boxes overlap."""
    return [
        (one[0], other[0])
        for one, other in itertools.combinations(boxes, 2)
        if min(one[3], other[3]) - max(one[1], other[1]) > _SLACK
        and min(one[4], other[4]) - max(one[2], other[2]) > _SLACK
    ]


def cut_off(svg):
    """Texts that are not wholly inside the picture."""
    _, _, width, height = map(float, ElementTree.fromstring(svg).get("viewBox").split())
    return [
        text
        for text, left, top, right, bottom in text_boxes(svg)
        if min(left, top) < -_SLACK or right > width + _SLACK or bottom > height + _SLACK
    ]


def _collect(element, matrix, style, found):
    """Add the boxes of an element and of those inside it."""
    matrix = matrix @ _matrix(element.get("transform", ""))
    style = style | dict(re.findall(r"([\w-]+):\s*([^;]+)", element.get("style", "")))
    if element.tag in (f"{_SVG}text", f"{_SVG}tspan") and (element.text or "").strip():
        found.append(_box(element, matrix, style))
    for inner in element:
        _collect(inner, matrix, style, found)


def _box(element, matrix, style):
    size, family = _font(style)
    font = FontProperties(family=family, size=size, weight=style.get("font-weight", "normal"))
    text = element.text.strip("\n")
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    xs, y = [float(x) for x in element.get("x", "0").split()], float(element.get("y", "0").split()[0])
    if len(xs) > 1:  # the place of every letter
        width = xs[-1] - xs[0] + width / len(text)
    left = xs[0] - {"middle": width / 2, "end": width}.get(style.get("text-anchor", "start").strip(), 0)
    corners = [(x, y_, 1) for x in (left, left + width) for y_ in (y - height + descent, y + descent)]
    x, y, _ = matrix @ np.array(corners).T
    return text, x.min(), y.min(), x.max(), y.max()


def _font(style):
    """Size in points and family of a font."""
    shorthand = re.search(r"([\d.]+)px\s+(.+)", style.get("font", ""))
    size, family = shorthand.groups() if shorthand else (style["font-size"], style["font-family"])
    return float(size.removesuffix("px")), family.split(",")[0].strip(" '\"")


def _matrix(transform):
    """Matrix (3, 3) of a transform of SVG."""
    matrix = np.eye(3)
    for name, numbers in re.findall(r"(\w+)\(([^)]*)\)", transform):
        values = [float(number) for number in re.split(r"[\s,]+", numbers.strip())]
        matrix = matrix @ _STEPS[name](*values)
    return matrix


def _translate(x, y=0.0):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def _scale(x, y=None):
    return np.diag([x, x if y is None else y, 1])


def _rotate(degrees, x=0.0, y=0.0):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return _translate(x, y) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ _translate(-x, -y)


_STEPS = {"translate": _translate, "scale": _scale, "rotate": _rotate}
