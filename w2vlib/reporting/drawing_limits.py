"""Drawings (SVG) for which Typst would take minutes or all memory: refused, or without what takes them."""

import re

from ..utils.errors import W2VError

_DEEPEST, _LETTERS = 500, 10_000  # elements inside each other; letters of one text, whose time is quadratic
_DRAWN, _CHAIN = 500_000, 20  # elements that references draw, 30 to 50 thousand a second; one after the other
_OTHER_DATA = re.compile(r"data:(?!image/(?:png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"[\x00-\x20]+")  # anywhere in an address
_FILTER = re.compile(r"(?<![\w-])filter\s*:[^;}]*;?")
_REFERENCE = re.compile(r"""url\(\s*['"]?#([^)'"\s]+)""")


def check_drawing(root):
    """Refuse a drawing whose parts are nested too deep or drawn too often, with long texts or a drawing.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element

    Raises
    ------
    W2VError
        The message fits after "a picture:".

    Examples
    --------
    >>> from xml.etree import ElementTree
    >>> check_drawing(ElementTree.fromstring("<svg><text>king</text></svg>"))
    >>> check_drawing(ElementTree.fromstring("<svg>" + 999 * "<g>" + 999 * "</g>" + "</svg>"))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: its parts are nested more than 500 deep
    """
    level, depth = [root], 0
    while level := [child for element in level for child in element]:
        depth += 1
        if depth > _DEEPEST:
            raise W2VError(f"its parts are nested more than {_DEEPEST} deep")
    squares = 0
    for element in root.iter():
        if _name(element) == "text":
            squares += sum(map(len, element.itertext())) ** 2
            if squares > _LETTERS**2:
                raise W2VError(f"its texts take as long as one of more than {_LETTERS:,} letters")
        for key, value in element.attrib.items():
            if key.rpartition("}")[2] == "href" and _OTHER_DATA.match(_SPACE.sub("", value)):
                raise W2VError("it holds a drawing, or what is no picture")
    _check_references(root)


def remove_filters(root):
    """Remove the filters of a drawing, each of which computes all pixels anew: shadows, blur, noise.

    Parameters
    ----------
    root : xml.etree.ElementTree.Element
        Changed in place.

    Returns
    -------
    bool
        Whether there were any.

    Examples
    --------
    >>> from xml.etree import ElementTree
    >>> root = ElementTree.fromstring("<svg><filter id='f'/><g style='filter: url(#f); x: y'/></svg>")
    >>> remove_filters(root), ElementTree.tostring(root)
    (True, b'<svg><g style=" x: y" /></svg>')
    """
    found = False
    for element in list(root.iter()):
        for child in [child for child in element if _name(child) == "filter"]:
            element.remove(child)
            found = True
        if element.attrib.pop("filter", None) is not None:
            found = True
        if (style := element.get("style")) is not None and _FILTER.search(style):
            element.set("style", _FILTER.sub("", style))
            found = True
        if _name(element) == "style" and _FILTER.search(sheet := "".join(element.itertext())):
            element[:], element.text = [], _FILTER.sub("", sheet)
            found = True
    return found


def _name(element):
    """Name of an element without its namespace; "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _check_references(root):
    """Refuse masks of masks, uses of uses and the like, which are drawn anew each time."""
    sheets = "".join("".join(e.itertext()) for e in root.iter() if _name(e) == "style")
    everywhere = _REFERENCE.findall(sheets), "marker" in sheets  # a rule may be for any element
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    counts = {}

    def drawn_by(element, before):
        """Count the elements that the references of an element, and of those in it, draw."""
        total = 0
        for name, times in _references(element, everywhere):
            total += times * count(name, before)
            if total > _DRAWN:
                raise W2VError("its masks, markers, patterns or uses draw too many elements")
        return total

    def count(name, before):
        """Count the elements that one reference to an element draws."""
        if name in before or name not in named:
            return 0  # a ring is refused by Typst
        if len(before) >= _CHAIN:
            return _DRAWN + 1
        if name not in counts:
            counts[name] = sum(1 for _ in named[name].iter()) + drawn_by(named[name], (*before, name))
        return counts[name]

    drawn_by(root, ())


def _references(element, everywhere):
    """Give the names to which an element and those in it refer, and how many times each is drawn.

    A marker is drawn at each point of a path: at most where each of its numbers is.
    """
    names, may_be_markers = everywhere
    for part in element.iter():
        points = len(_NUMBER.findall(part.get("d", "") + part.get("points", ""))) or 1
        for name in names:
            yield name, points if may_be_markers else 1
        for key, value in part.attrib.items():
            for name in _REFERENCE.findall(value):
                yield name, points if "marker" in key or "marker" in value else 1
            if key.rpartition("}")[2] == "href" and value.startswith("#"):
                yield value[1:], 1
