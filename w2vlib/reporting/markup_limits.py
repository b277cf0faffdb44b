"""What of an HTML text is left out so that Python's parser needs time in proportion to its length.

Where a tag, a comment or a section has no end, the parser looks for it in all of the rest, and then again
from the next one. A browser leaves out such a rest, since all of it is in the tag or the comment.
"""

import re

_MOST = 1000  # without an end
_LETTERS = 20_000_000  # that are read in search of the ends of tags: about a second
_TAG = re.compile(r"""<[a-zA-Z](?>[^'">=]+|=\s*'[^']*'|=\s*"[^"]*"|['"=])*+""")
_ENDS = (
    (re.compile("<"), re.compile(">")),
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
