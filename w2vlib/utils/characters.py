"""Characters that no font and no terminal shows, as code points."""

import unicodedata


def visible(text):
    r"""Replace characters that no font shows by their code points; line ends stay.

    These are controls, U+FEFF and halves of surrogate pairs. Matplotlib fails on U+FEFF, control characters
    are not allowed in SVG, and no file in UTF-8 can hold half a pair.

    Examples
    --------
    >>> visible("king\ufeff\x01")
    'king⟨U+FEFF⟩⟨U+0001⟩'
    """
    hidden = (c == "\ufeff" or (unicodedata.category(c) in ("Cc", "Cs") and c != "\n") for c in text)
    return "".join(code_point(c) if hide else c for c, hide in zip(text, hidden, strict=True))


def code_point(character):
    """Write the code point of a character.

    Examples
    --------
    >>> code_point("\u4e2d")
    '⟨U+4E2D⟩'
    """
    return f"⟨U+{ord(character):04X}⟩"
