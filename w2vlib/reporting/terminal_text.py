"""What a terminal shows of a text with control characters, as printed to a notebook's output."""

import re

from ..utils.characters import visible

# CSI sequences (colours, cursor), OSC sequences (titles, links), and other escapes of two characters.
_CSI = re.compile(r"\x1b\[([0-9;?]*)[ -/]*([@-~])")
_ESCAPE = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][A-Z0-9]|\x1b[@-Z\\-_=>]")
_WIDTH = 200  # columns that a sequence can move to the right in, as in a wide terminal
_ROWS = 1000  # that sequences can move below the lines of the text
_BREAK = "\u200b"  # zero-width space: a line may end here


def shown(text):
    r"""Text (str) that remains visible: ``\r``, ``\b``, erasing and cursor movements are carried out.

    Colours are left out. Other control characters are written as code points.

    Examples
    --------
    >>> shown("  0%\r 50%\r100%\n\x1b[31mred\x1b[0m, ab\bc, \x07")
    '100%\nred, ac, ⟨U+0007⟩'
    >>> shown("0%\n\x1b[A100%\n")
    '100%'
    """
    text = _ESCAPE.sub("", text.replace("\r\n", "\n"))
    if not re.search(r"[\r\b\x1b]", text):
        return visible_text(text).rstrip()
    lines, row, column = [[]], 0, 0
    lowest = text.count("\n") + _ROWS
    position = 0
    while position < len(text):
        escape = _CSI.match(text, position)
        if escape:
            row, column = _moved(lines, row, column, escape[1], escape[2])
            row = min(row, lowest)
            position = escape.end()
            continue
        character = text[position]
        position += 1
        if character == "\n":
            row, column = row + 1, 0
        elif character == "\r":
            column = 0
        elif character == "\b":
            column = max(0, column - 1)
        else:
            line = _line(lines, row)
            line.extend(" " * (column - len(line)))
            line[column : column + 1] = character
            column += 1
    return visible_text("\n".join("".join(line).rstrip() for line in lines)).rstrip()


def visible_text(text):
    r"""Write control characters, except tabs and line ends, as code points; end lines as Unix does.

    Examples
    --------
    >>> visible_text("a\tb\x00\rc")
    'a\tb⟨U+0000⟩\nc'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\t".join(visible(part) for part in text.split("\t"))


def breakable(text, longest=80, every=10):
    r"""Allow line ends inside words (runs without a space) of more than `longest` characters.

    Examples
    --------
    >>> breakable("ab cdefgh", longest=4, every=3)
    'ab cde\u200bfgh'
    """

    def broken(word):
        letters = word[0]
        return _BREAK.join(letters[i : i + every] for i in range(0, len(letters), every))

    return re.sub(rf"\S{{{longest + 1},}}", broken, text)


def _line(lines, row):
    """Line of a screen, made if it is not there."""
    while len(lines) <= row:
        lines.append([])
    return lines[row]


def _moved(lines, row, column, argument, command):
    """Carry out a control sequence: new row and column."""
    count = int(argument[:6]) if argument.isdigit() else 1
    if command in "AB":
        row, column = max(0, row + (count if command == "B" else -count)), min(column, _WIDTH)
    elif command == "E":
        row, column = row + count, 0
    elif command == "C":
        column = max(column, min(column + count, _WIDTH))
    elif command == "D":
        column = max(0, column - count)
    elif command == "G":
        column = max(0, min(count, _WIDTH) - 1)
    elif command == "K":
        line = _line(lines, row)
        if argument in ("", "0"):
            del line[column:]
            return row, column
        if argument == "1":
            line[:column] = " " * min(column, len(line))
        else:
            line.clear()
        column = min(column, _WIDTH)  # a terminal's line is no longer; so the time is linear
    return row, column
