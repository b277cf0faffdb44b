"""Characters that no font and no terminal shows, as code points."""

import re

# The categories Cc, but for line ends, and Cs of Unicode, which never grow; and what reverses letters.
_HIDDEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)


def visible(text):
    r"""Replace characters that no font shows by their code points; line ends stay.

    These are controls, also of the direction of writing, which show letters in another order than they
    have, U+FEFF and halves of surrogate pairs. Matplotlib fails on U+FEFF, control characters are not allowed
    in SVG, and no file in UTF-8 can hold half a pair.

    Examples
    --------
    >>> visible("king\ufeff\x01")
    'king⟨U+FEFF⟩⟨U+0001⟩'
    """
    return _HIDDEN.sub(lambda found: code_point(found[0]), text)


def visible_name(text):
    r"""As `visible`, but line ends are code points too: a name stays on its line.

    Examples
    --------
    >>> visible_name("ada\nben\x07")
    'ada⟨U+000A⟩ben⟨U+0007⟩'
    """
    return re.sub(r"[\n\r\x85\u2028\u2029]", lambda found: code_point(found[0]), visible(text))


def is_unicode(text):
    r"""Whether a text can be written as UTF-8; one with half a surrogate pair cannot.

    Examples
    --------
    >>> is_unicode("naïve"), is_unicode("\ud800")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def code_point(character):
    """Write the code point of a character.

    Examples
    --------
    >>> code_point("\u4e2d")
    '⟨U+4E2D⟩'
    """
    return f"⟨U+{ord(character):04X}⟩"
