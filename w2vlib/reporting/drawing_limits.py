"""Drawings (SVG) for which Typst would take minutes or all memory: refused, or without what takes them."""

import re
from bisect import bisect_left
from collections import Counter
from typing import NamedTuple
from xml.etree.ElementTree import Element

from ..utils.errors import W2VError

_DEEPEST, _LETTERS = 500, 10_000  # elements inside each other; letters of one text, whose time is quadratic
_PARTS = 10_000  # of a path, which end with z: with 40,000 Typst ends
_DRAWN, _CHAIN = 500_000, 20  # elements that references draw, 30 to 50 thousand a second; one after the other
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp)(?:;[^,]*)?,", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_FILTER = re.compile(r"(?<![\w-])filter\s*:[^;}]*;?", re.IGNORECASE)
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
        if sum(path.lower().count("z") for path in _values(element, "d")) > _PARTS:
            raise W2VError(f"it has a path of more than {_PARTS:,} parts")
        for address in map(without_spaces, _values(element, "href")):
            if address[:1] in ("", "#") or _PICTURE.match(address):
                continue
            if address[:5].lower() == "data:":
                raise W2VError("it holds a drawing, or what is no picture")
            if _name(element) != "a":  # a link, which a picture does not have
                raise W2VError("it shows a picture in another file, which is not read")
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
        for key in [key for key in element.attrib if _local(key) == "filter"]:
            del element.attrib[key]
            found = True
        for key in [key for key in element.attrib if _local(key) == "style"]:
            if _FILTER.search(rules := _plain_css(element.get(key))):
                element.set(key, _FILTER.sub("", rules))
                found = True
        if _name(element) == "style" and _FILTER.search(rules := _plain_css("".join(element.itertext()))):
            element[:], element.text = [], _FILTER.sub("", rules)
            found = True
    return found


def without_spaces(address):
    r"""Return an address (str) without spaces and control characters, which Typst does not see.

    Examples
    --------
    >>> without_spaces("da\tta:,\nx y")
    'data:,xy'
    """
    return re.sub(r"[\x00-\x20]+", "", address)


def _plain_css(text):
    """Rules of style without comments, and without the escapes in which names may be written."""
    text = re.sub(r"/\*.*?(?:\*/|\Z)", "", text, flags=re.DOTALL)
    return re.sub(r"\\0*([2-7][0-9a-fA-F])\s?", lambda code: chr(int(code[1], 16)), text)


def _local(key):
    """Name of an attribute without its namespace, which changes nothing for Typst."""
    return key.rpartition("}")[2]


def _values(element, name):
    """Values (list of str) of an attribute, whatever its namespace."""
    return [value for key, value in element.attrib.items() if _local(key) == name]


def _name(element):
    """Name of an element without its namespace; "" of a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _check_references(root):
    """Refuse masks of masks, uses of uses and the like, which are drawn anew each time."""
    sheets = "".join("".join(e.itertext()) for e in root.iter() if _name(e) == "style")
    of_rules = Counter(_REFERENCE.findall(sheets))  # a rule may be for any element
    parts = _parts(root)
    named = {name: place for place, part in enumerate(parts) for name in _values(part.element, "id")}
    references = [
        (place, name, times)
        for place, part in enumerate(parts)
        for name, times in _references(part)
        if name in named
    ]
    counts = {}

    def drawn_by(place, before):
        """Count the elements that the references of an element, and of those in it, draw."""
        n_parts, total = parts[place].n_parts, 0
        first, last = (bisect_left(references, (at,)) for at in (place, place + n_parts))
        found = [(name, n * n_parts) for name, n in of_rules.items()]
        found += [(name, times) for _, name, times in references[first:last]]
        for name, times in found:
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
            counts[name] = parts[named[name]].n_parts + drawn_by(named[name], (*before, name))
        return counts[name]

    points = max(1, parts[0].n_points) if "marker" in sheets else 0
    if points * sum(n * count(name, ()) for name, n in of_rules.items()) > _DRAWN:
        raise W2VError("its markers draw too many elements")
    drawn_by(0, ())


class _Part(NamedTuple):
    """An element, and what is in it, itself included."""

    element: Element
    n_parts: int
    n_points: int  # numbers of its paths, which are at least its points


def _parts(root):
    """List the parts (_Part) of a drawing in their order."""
    found = {}
    for element in reversed(list(root.iter())):  # what is in an element comes after it
        within = [found[child] for child in element]
        paths = (path for name in ("d", "points") for path in _values(element, name))
        found[element] = _Part(
            element,
            1 + sum(part.n_parts for part in within),
            sum(len(_NUMBER.findall(path)) for path in paths) + sum(part.n_points for part in within),
        )
    return list(found.values())[::-1]


def _references(part):
    """Give the names to which an element refers, and how many times each is drawn.

    A marker is drawn at each point of the paths that have, or inherit it: at most where each of their
    numbers is.
    """
    for key, value in part.element.attrib.items():
        names = _REFERENCE.findall(value)
        times = max(1, part.n_points) if names and ("marker" in key or "marker" in value) else 1
        for name in names:
            yield name, times
        if _local(key) == "href" and (address := without_spaces(value)).startswith("#"):
            yield address[1:], 1
