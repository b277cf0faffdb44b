"""Drawings (SVG) for which Typst would take minutes or all memory, refused before it gets them."""

import re

from ..utils.errors import W2VError

_DEEPEST, _LETTERS = 500, 20_000  # elements inside each other; letters of one text, whose time is quadratic
_REFERENCES, _CHAIN = 50_000, 20  # that one reference leads to; one after the other
_OTHER_DATA = re.compile(r"data:(?!image/(?:png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_SPACE = re.compile(r"[\x00-\x20]+")  # anywhere in an address
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
    for element in root.iter():
        if _name(element) == "text" and sum(map(len, element.itertext())) > _LETTERS:
            raise W2VError(f"it has a text of more than {_LETTERS:,} letters")
        for key, value in element.attrib.items():
            if key.rpartition("}")[2] == "href" and _OTHER_DATA.match(_SPACE.sub("", value)):
                raise W2VError("it holds a drawing, or what is no picture")
    _check_references(root)


def _name(element):
    """Name of an element without its namespace; "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _check_references(root):
    """Refuse masks of masks, uses of uses and the like, which are drawn anew each time."""
    sheets = "".join("".join(e.itertext()) for e in root.iter() if _name(e) == "style")
    everywhere = _REFERENCE.findall(sheets)  # a rule may be for any element
    named = {element.get("id"): element for element in root.iter() if element.get("id")}
    counts = {}

    def count(name, before):
        """Count the references that one to an element leads to."""
        if name in before or name not in named:
            return 0  # a ring is refused by Typst
        if name not in counts:
            total = 0
            for other in _references(named[name], everywhere):
                total += 1 + (count(other, (*before, name)) if len(before) < _CHAIN else _REFERENCES)
                if total > _REFERENCES:
                    raise W2VError("its masks, patterns or uses are nested too often")
            counts[name] = total
        return counts[name]

    for name in dict.fromkeys(_references(root, everywhere)):
        count(name, ())


def _references(element, everywhere):
    """Give the names to which an element and those in it refer."""
    for part in element.iter():
        yield from everywhere
        for key, value in part.attrib.items():
            yield from _REFERENCE.findall(value)
            if key.rpartition("}")[2] == "href" and value.startswith("#"):
                yield value[1:]
