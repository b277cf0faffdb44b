"""HTML is parsed, and changed, in time in proportion to its length.

Where a tag, a comment or a section has no end, the parser looks for it in all of the rest, and then again
from the next one. A browser leaves out such a rest, since all of it is in the tag or the comment. And
Beautiful Soup looks for an element that is replaced among all those beside it.
"""

import itertools
import re
import warnings

import bs4

from .html_elements import with_shown_tags

_MOST = 1000  # without an end
_LETTERS = 20_000_000  # that are read in search of the ends of tags: about a second
_TAG = re.compile(r"""<[a-zA-Z](?>[^'">=]+|=\s*'[^']*'|=\s*"[^"]*"|['"=])*+""")
_ENDS = (
    (re.compile("<(?=[a-zA-Z/!?])"), re.compile(">")),
    (re.compile("<!--"), re.compile(r"--\s*>")),
    (re.compile(r"<!\[\s*(?:temp|cdata|ignore|include|rcdata)", re.IGNORECASE), re.compile(r"\]\s*\]\s*>")),
    (re.compile(r"<!\[\s*(?:if|else|endif)", re.IGNORECASE), re.compile(r"\]\s*>")),
)


def closed(text):
    """Return an HTML text (str) up to where many tags, comments or sections begin that have no end.

    Examples
    --------
    >>> closed("<b>text</b>" + "<!-- " * 2000), closed("1 < 2")
    ('<b>text</b>', '1 < 2')
    """
    for opening, closing in _ENDS:
        last = 0
        for found in closing.finditer(text):
            last = found.end()
        begins = [found.start() for found in opening.finditer(text, last)]
        if len(begins) > _MOST:
            text = text[: begins[0]]
    return text[: _first_endless_tag(text)]


def _first_endless_tag(text):
    """Place where the first of many tags without an end begins; else the length of the text."""
    place, first, read = 0, None, 0
    while found := _TAG.search(text, place):
        if found.end() < len(text):
            place = found.end()
            continue
        place, read = found.start() + 1, read + found.end() - found.start()
        first = found.start() if first is None else first
        if read > _LETTERS:
            return first
    return len(text)


class _KnownPlaces:
    """Part of a tag, before its base class: elements in it are looked for where the last one was.

    A tag is equal to itself alone.
    """

    _place = 0
    # Beautiful Soup's own compares all that is in both, also where it writes them.
    __eq__, __ne__, __hash__ = object.__eq__, object.__ne__, object.__hash__

    def index(self, element):
        """Place of an element among those in this one; all are replaced in their order."""
        for place in itertools.chain(range(self._place, len(self.contents)), range(self._place)):
            if self.contents[place] is element:
                self._place = place
                return place
        raise ValueError("The element is not in this one.")


class _Tag(_KnownPlaces, bs4.Tag):
    pass


class _Soup(_KnownPlaces, bs4.BeautifulSoup):
    pass


def parsed(text):
    """Parse HTML (str); what begins as XML, such as an SVG, is HTML too. A `bs4.BeautifulSoup`.

    It has no comments, and tags that HTML does not have are text.

    Examples
    --------
    >>> str(parsed("<b>text"))
    '<b>text</b>'
    """
    text, classes = with_shown_tags(closed(text)), {bs4.Tag: _Tag}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bs4.XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", bs4.MarkupResemblesLocatorWarning)
        try:
            return _Soup(text, "html.parser", element_classes=classes)
        except bs4.exceptions.ParserRejectedMarkup:  # of a section of an unknown kind, such as <![a b>
            return _Soup(text.replace("<![", "&lt;!["), "html.parser", element_classes=classes)
