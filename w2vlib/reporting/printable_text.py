"""Text for the report's fonts: characters that they lack are written as code points, ⟨U+4E2D⟩ for 中.

PDF/A and PDF/UA allow no character without a glyph, and no font has them all.
"""

import functools
import json
import re
import unicodedata
from pathlib import Path

import matplotlib
from matplotlib.ft2font import FT2Font

from ..utils.characters import code_point, visible

FONT_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")


def font_path(name):
    """Path of a font file that comes with Matplotlib.

    Examples
    --------
    >>> font_path("DejaVuSans.ttf").name
    'DejaVuSans.ttf'
    """
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def printable(text):
    """Replace the characters of a text (str) that the fonts lack by their code points.

    Examples
    --------
    >>> printable("naïve 中")
    'naïve ⟨U+4E2D⟩'
    """
    return _UNUSUAL.sub(lambda found: _printable(found[0]), text)


_UNUSUAL = re.compile(r"[^\n\r\t -~]")  # the others are in every font, and most of a text


@functools.lru_cache(maxsize=4096)
def _printable(character):
    return character if ord(character) in _glyphs() else code_point(character)


def encoded(text):
    r"""Bytes of a text in UTF-8; halves of surrogate pairs, which UTF-8 lacks, become code points.

    Examples
    --------
    >>> encoded("<text>\ud800</text>").decode()
    '<text>⟨U+D800⟩</text>'
    """
    return re.sub("[\ud800-\udfff]", lambda found: code_point(found[0]), text).encode()


def printable_json(value):
    """JSON (str) of nested lists and dicts, every text in them as `printable`.

    Control characters inside a text become code points too, because JSON is made afterwards.

    Examples
    --------
    >>> printable_json({"words": ["king", "王"]})
    '{"words": ["king", "⟨U+738B⟩"]}'
    """

    def convert(part):
        if isinstance(part, dict):
            return {convert(key): convert(each) for key, each in part.items()}
        if isinstance(part, list | tuple):
            return [convert(each) for each in part]
        return printable(part) if isinstance(part, str) else part

    return json.dumps(convert(value), ensure_ascii=False)


def printable_svg(svg):
    """As `printable`, for a drawing; combining marks without a composed glyph become code points too.

    Typst sets such marks in a picture with glyphs that PDF/A does not allow.

    Examples
    --------
    >>> printable_svg("<text>e\u0301 q\u0301</text>")
    '<text>é q⟨U+0301⟩</text>'
    """
    composed = unicodedata.normalize("NFC", svg)
    return printable(_UNUSUAL.sub(lambda c: code_point(c[0]) if _is_combining(c[0]) else c[0], composed))


@functools.lru_cache(maxsize=4096)
def _is_combining(character):
    """Whether a character is, or decomposes into, a combining mark and has no composed form."""
    parts = unicodedata.normalize("NFKD", character)
    has_mark = any(unicodedata.category(part) in ("Mn", "Me") for part in parts)
    return has_mark and unicodedata.normalize("NFD", character) == character


@functools.cache
def _glyphs():
    """Code points of DejaVu Sans, the font of the figures and the fallback font of the text.

    Those of private use are left out, which PDF/A does not allow, and what `visible` shows as code points.
    """
    points = FT2Font(str(font_path(FONT_FILES[0]))).get_charmap()
    return frozenset(
        point
        for point in points
        if unicodedata.category(chr(point)) != "Co" and visible(chr(point)) == chr(point)
    )
