"""Texts of any notebook, cut to what can be typeset in reasonable time; what is left out is noted."""

import re
import unicodedata
from itertools import groupby

LINES, LETTERS, MARKS = 20_000, 10_000, 50  # of a text; of a word; of marks on one letter
_CHARACTERS = 2_000_000
_LONG = re.compile(rf"(?<!\S)\S{{{LETTERS + 1},}}")  # from the begin of a word, so that it is read once


def bounded(text, note):
    r"""Cut a text: its lines, its words (what has no space), and the combining marks on a letter.

    Parameters
    ----------
    text : str
    note : callable
        Called with the reason (str) for each kind of cut.

    Returns
    -------
    str
        An ellipsis stands for what is left out.

    Examples
    --------
    >>> bounded("a b\n", print)
    'a b\n'
    >>> len(bounded("a" * 50_000, print))
    a word of 50,000 letters, of which the first 10,000 are printed
    10001
    """
    if len(text) <= min(LINES, MARKS):
        return text
    lines = text.split("\n")
    if len(lines) > LINES:
        note(f"{len(lines) - LINES:,} lines of a text, of which the first {LINES:,} are printed")
        text = "\n".join([*lines[:LINES], "…"])
    if len(text) > _CHARACTERS:
        note(f"a text of {len(text):,} characters, of which the first {_CHARACTERS:,} are printed")
        text = text[:_CHARACTERS] + "…"
    if not text.isascii():
        text = with_few_marks(text, note)

    def start(word):
        note(f"a word of {len(word[0]):,} letters, of which the first {LETTERS:,} are printed")
        return word[0][:LETTERS] + "…"

    return _LONG.sub(start, text)


def with_few_marks(text, note):
    """Cut long runs of combining marks, for which pandoc needs quadratic time.

    Parameters
    ----------
    text : str
    note : callable
        Called with the reason (str) for each cut.

    Returns
    -------
    str

    Examples
    --------
    >>> len(with_few_marks("a" + 60 * chr(0x301), print))
    60 marks on a letter, of which the first 50 are printed
    52
    """
    if not any(map(unicodedata.combining, set(text))):
        return text
    out = []
    for is_mark, run in groupby(text, lambda character: unicodedata.combining(character) > 0):
        run = "".join(run)
        if is_mark and len(run) > MARKS:
            note(f"{len(run):,} marks on a letter, of which the first {MARKS} are printed")
            run = run[:MARKS] + "…"
        out.append(run)
    return "".join(out)
