"""Formulas in texts, found in time in proportion to the length, also where many have no end."""

import re

OPENING = re.compile(r"\$\$?|\\[\[(]|\\begin\{([a-z]+\*?)\}")
_CLOSING = {"$": "$", "$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_MATHS = re.compile(
    r"\$\$(?P<d1>.+?)\$\$|\\\[(?P<d2>.+?)\\\]|\\\((?P<i1>.+?)\\\)"
    r"|(?P<d3>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})"
    r"|(?<![\\$\w])\$(?P<i2>(?! )[^$]*?[^$\\\s])\$(?![\d$])",
    re.DOTALL,
)


def with_places(text, place):
    """Text (str) with its formulas replaced by ``place(match)``; `_MATHS` names the groups of the match.

    Examples
    --------
    >>> with_places("for $x$ in $$y$$", lambda match: match["i2"] or match["d1"].upper())
    'for x in Y'
    """
    out, done, start, endless = [], 0, 0, set()
    while opening := OPENING.search(text, start):
        closing = _CLOSING.get(opening[0]) or rf"\end{{{opening[1]}}}"
        if closing not in endless and text.find(closing, opening.end()) < 0:
            endless.add(closing)
        found = None if closing in endless else _MATHS.match(text, opening.start())
        start = found.end() if found else opening.start() + 1
        if found:
            out += [text[done : opening.start()], place(found)]
            done = start
    return "".join([*out, text[done:]])


def without_endless(text):
    r"""Replace the first backslash of formulas without an end by a character that the text does not have.

    Else the parser of Markdown looks for the end of each of them in the whole text. Returns the text and
    the character.

    Examples
    --------
    >>> text, mark = without_endless(r"\\[ x")
    >>> text == mark + r"\[ x"
    True
    """
    of_private_use = map(chr, (*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE)))
    mark = next((letter for letter in of_private_use if letter not in text), None)
    if mark is None:
        return text, "\\"
    ends = {r"\\[": r"\\]", r"\\(": r"\\)"}

    def replaced(match):
        end = ends.get(match[0]) or rf"\end{{{match[1]}}}"
        if end not in last:
            last[end] = text.rfind(end)
        return match[0] if last[end] > match.start() else mark + match[0][1:]

    last = {}
    return re.sub(r"\\begin\{([a-z]*\*?)\}|\\\\[\[(]", replaced, text), mark
