r"""TeX formulas as people write them → the part of TeX that pandoc sets correctly in Typst.

Macros are expanded; environments, old commands and tags are rewritten. Arrays and matrices get a marked
first cell, because pandoc's converter loses their lines and the space between their columns:
`with_arrays` finds the marks in the result.
"""

import re

from ..utils.errors import W2VError
from .tex_macros import group_end, optional_end, skip_space, tokens_of, unbraced

_ALIGNED = {
    "align", "aligned", "alignat", "alignedat", "flalign", "split", "eqnarray", "gather", "gathered",
    "multline",
    "multlined", "equation", "subequations", "displaymath", "math",
}  # fmt: skip
_DELIMITERS = {
    "array": "#none", "matrix": "#none", "smallmatrix": "#none", "subarray": "#none", "tabular": "#none",
    "pmatrix": '"("', "bmatrix": '"["', "Bmatrix": '"{"', "vmatrix": '"|"', "Vmatrix": '"‖"',
    "rcases": '#(none, "}")', "drcases": '#(none, "}")',
}  # fmt: skip
_CASES = {"cases", "dcases"}
_WITH_COLUMNS = {"array", "tabular", "subarray", "alignat", "alignedat"}
# Commands without a visible result, by the number of their arguments.
_DROPPED = {
    r"\nolimits": 0, r"\nonumber": 0, r"\notag": 0, r"\noindent": 0, r"\hfill": 0, r"\strut": 0,
    r"\mathstrut": 0,
    r"\allowbreak": 0, r"\protect": 0, r"\centering": 0, r"\displaylimits": 0, r"\!": 0, r"\/": 0,
    r"\relax": 0,
    r"\normalsize": 0, r"\large": 0, r"\Large": 0, r"\small": 0, r"\tiny": 0, r"\limits": 0, r"\textstyle": 0,
    r"\scriptstyle": 0, r"\displaystyle": 0, r"\scriptscriptstyle": 0, r"\label": 1, r"\vspace": 1,
    r"\color": 1,
    r"\require": 1, r"\vphantom": 1, r"\bigskip": 0, r"\quad\quad": 0, r"\footnotesize": 0,
    r"\scriptsize": 0, r"\huge": 0,
}  # fmt: skip
# Commands of which the last argument is shown, by the number of the arguments before it.
_UNWRAPPED = {
    r"\textcolor": 1, r"\colorbox": 1, r"\class": 1, r"\cssId": 1, r"\style": 1, r"\href": 1, r"\smash": 0,
    r"\mathord": 0, r"\mathinner": 0, r"\ensuremath": 0, r"\hbox": 0, r"\bbox": 0, r"\mathstrut": 0,
    r"\mathbin": 0,
    r"\mathopen": 0, r"\mathclose": 0, r"\mathpunct": 0, r"\mathclap": 0, r"\mathllap": 0, r"\mathrlap": 0,
    r"\vcenter": 0,
}  # fmt: skip
_RENAMED = {
    r"\bm": r"\boldsymbol", r"\pmb": r"\boldsymbol", r"\Bbb": r"\mathbb", r"\mathbbm": r"\mathbb",
    r"\mathds": r"\mathbb", r"\mathscr": r"\mathcal", r"\mathop": r"\operatorname*", r"\middle": r"\big",
    r"\mathbold": r"\boldsymbol", r"\dotsc": r"\ldots", r"\dotsb": r"\cdots", r"\lbrack": "[",
    r"\rbrack": "]",
    r"\mathtt": r"\mathtt", r"\textnormal": r"\text", r"\textup": r"\text", r"\hdots": r"\ldots",
    r"\thinspace": r"\,", r"\thicksim": r"\sim", r"\thickapprox": r"\approx", r"\hphantom": r"\phantom",
    r"\emph": r"\textit", r"\cfrac": r"\frac", r"\dbinom": r"\binom", r"\varlimsup": r"\limsup",
    r"\;": r"\ ", r"\:": r"\ ", r"\>": r"\ ",
}  # fmt: skip
_OPERATORS = {
    r"\argmax": r"\operatorname*{argmax}",
    r"\argmin": r"\operatorname*{argmin}",
    r"\LaTeX": r"\text{LaTeX}",
    r"\TeX": r"\text{TeX}",
    r"\S": "§",
    r"\P": "¶",
    r"\copyright": "©",
    r"\degree": "°",
    r"\ldotp": ".",
    r"\idotsint": r"\int\cdots\int",
    '"': r"\text{”}",
}
_FONTS = {
    r"\rm": r"\mathrm", r"\bf": r"\mathbf", r"\it": r"\mathit", r"\cal": r"\mathcal", r"\sf": r"\mathsf",
    r"\tt": r"\mathtt", r"\bfseries": r"\mathbf", r"\itshape": r"\mathit",
}  # fmt: skip
_TEXTS = (r"\text", r"\mbox", r"\textrm", r"\textbf", r"\textit", r"\texttt", r"\textsf", r"\textnormal")
_FRACTIONS = {r"\over": r"\frac{%s}{%s}", r"\atop": r"\substack{%s\\%s}"}
_LENGTH = re.compile(r"\s*-?[\d.]*\s*(?:em|ex|pt|px|cm|mm|in|mu|pc|sp)\s*")


def simplified(tex):
    r"""Rewrite a formula: TeX (str) for pandoc, list of the arrays in it, and list with its tag.

    Each array is a dict with ``delimiter``, ``rows``, ``hlines`` and ``vlines`` (after how many rows or
    columns), and ``align``. The text of a tag has its parentheses.

    Raises
    ------
    W2VError
        If braces or environments do not match.

    Examples
    --------
    >>> simplified(r"\begin{cases} x & x>0\\ 0 & x\le 0\end{cases}")[0]
    '\\begin{cases} x \\quad & x>0\\\\ 0 \\quad & x\\le 0\\end{cases}'
    >>> simplified(r"{\rm a} = 1 \tag{my law}")
    ('{\\mathrm{ a}} = 1 ', [], ['(my law)'])
    """
    tokens = tokens_of(tex)
    state = {"arrays": [], "tags": [], "several": tokens.count(r"\tag") > 1}
    name = _whole_environment(tokens)
    while name in ("equation", "displaymath", "math", "subequations"):
        tokens = _body(tokens)
        name = _whole_environment(tokens)
    if name in _ALIGNED:
        out = _environment_text(tokens, 0, state, outermost=True)[0]
    else:
        rows = _rows(tokens)
        if len(rows) > 1 or len(rows[0]) > 1:
            kind = "aligned" if max(map(len, rows)) > 1 else "gathered"
            tokens = [r"\begin", "{", *kind, "}", *tokens, r"\end", "{", *kind, "}"]
            out = _environment_text(tokens, 0, state, outermost=True)[0]
        else:
            out = _sequence(tokens, state)
    return out, state["arrays"], state["tags"]


def _whole_environment(tokens):
    """Name, without star, of the environment that a formula consists of; else None."""
    inside = [i for i, token in enumerate(tokens) if not token.isspace()]
    if not inside or tokens[inside[0]] != r"\begin":
        return None
    name, _ = _name(tokens, inside[0] + 1)
    return name.rstrip("*") if _environment_end(tokens, inside[0]) > inside[-1] else None


def _body(tokens):
    """Tokens inside the environment that a formula consists of."""
    begin = next(i for i, token in enumerate(tokens) if token == r"\begin")
    _, after = _name(tokens, begin + 1)
    end = max(i for i, token in enumerate(tokens) if token == r"\end")
    return tokens[after:end]


def _name(tokens, position):
    """Name in braces at a position, and the position after it."""
    position = skip_space(tokens, position)
    end = group_end(tokens, position)
    return "".join(unbraced(tokens[position:end])), end


def _environment_end(tokens, begin):
    r"""Position after the ``\end{…}`` of the environment that begins at `begin`."""
    depth = 0
    for i in range(begin, len(tokens)):
        if tokens[i] == r"\begin":
            depth += 1
        elif tokens[i] == r"\end":
            depth -= 1
            if depth == 0:
                return _name(tokens, i + 1)[1]
    raise W2VError("an environment has no end")


def _rows(tokens):
    r"""Split at ``\\`` and ``&`` that are in no group or environment: list of rows, lists of cells."""
    rows, position = [[[]]], 0
    while position < len(tokens):
        token = tokens[position]
        if token in (r"\\", r"\cr", r"\newline", r"\tabularnewline"):
            rows.append([[]])
            position += 1
            if position < len(tokens) and tokens[position] == "*":
                position += 1
            if position < len(tokens) and tokens[position] == "[":
                end = optional_end(tokens, position)
                if _LENGTH.fullmatch("".join(tokens[position + 1 : end - 1])):
                    position = end
            continue
        if token == "&":
            rows[-1].append([])
            position += 1
            continue
        if token == r"\begin":
            end = _environment_end(tokens, position)
        else:
            end = group_end(tokens, position)
        rows[-1][-1].extend(tokens[position:end])
        position = end
    return rows


def _environment_text(tokens, begin, state, outermost=False):
    """Rewrite the environment that begins at a position: text, and the position after it."""
    begin = skip_space(tokens, begin)
    name, position = _name(tokens, begin + 1)
    end = _environment_end(tokens, begin)
    last = max(i for i in range(begin, end) if tokens[i] == r"\end")
    other, _ = _name(tokens, last + 1)
    if other != name:
        raise W2VError(f"the environment {name} ends as {other}")
    kind = name.rstrip("*")
    while position < last and tokens[skip_space(tokens, position)] == "[" and kind in (
        *_DELIMITERS, *_ALIGNED,
    ):  # fmt: skip
        position = optional_end(tokens, skip_space(tokens, position))
    columns = ""
    if kind in _WITH_COLUMNS:
        columns, position = _name(tokens, position)
    rows = _rows(tokens[position:last])
    if kind in _DELIMITERS:
        return _array(kind, columns or ("ll" if kind.endswith("rcases") else ""), rows, state), end
    if kind in _CASES:
        return _cases(rows, state), end
    if kind in _ALIGNED:
        aligned = _aligned(kind, rows, state) if outermost else None
        return aligned or _array("array", "rl" * 9, rows, state), end
    raise W2VError(f"the environment {name} cannot be set")


def _filled(rows):
    """Rows without an empty last one."""
    empty = not any(token.strip() for cell in rows[-1] for token in cell)
    return rows[:-1] if empty and len(rows) > 1 else rows


def _aligned(kind, rows, state):
    """Lines of equations, with space between pairs of columns."""
    lines = []
    for row in _filled(rows):
        cells = [_sequence(cell, state, in_row=True) for cell in row]
        if kind == "eqnarray" and len(cells) == 3:
            cells = [cells[0], f"{cells[1]} {cells[2]}"]
        line = cells[0]
        for n, cell in enumerate(cells[1:], 1):
            line += f"&{cell}" if n % 2 else f"\\qquad &{cell}"
        lines.append(line)
    if len(lines) == 1 and "&" not in lines[0]:
        return lines[0]
    return r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"


def _cases(rows, state):
    """Cases, with space before the conditions."""
    lines = [r"\quad &".join(_sequence(cell, state) for cell in row) for row in _filled(rows)]
    return r"\begin{cases}" + r"\\".join(lines) + r"\end{cases}"


def _array(kind, columns, rows, state):
    """Rows of an array with a mark in its first cell; its lines are stored in `state`."""
    hlines = []
    for n, row in enumerate(rows):
        row[0], lines = _without_hlines(row[0])
        hlines.extend([n] * min(lines, 1))
    rows = _filled(rows)
    vlines = [len(re.sub("[^lcr]", "", columns[: at.start()])) for at in re.finditer(r"\|+", columns)]
    n_columns = max(map(len, rows))
    mark = len(state["arrays"])
    state["arrays"].append(
        {
            "delimiter": _DELIMITERS[kind],
            "hlines": [n for n in hlines if 0 < n < len(rows)],
            "vlines": [n for n in vlines if 0 < n < n_columns],
            "align": re.sub("[^lcr]", "", columns)[:n_columns],
        }
    )
    lines = []
    for n, row in enumerate(rows):
        cells = [_sequence(cell, state) for cell in row] + [""] * (n_columns - len(row))
        if n == 0:
            cells[0] = f"\\text{{ARRAY{mark}:}}{cells[0]}"
        lines.append(" & ".join(cells))
    return r"\begin{pmatrix}" + r" \\ ".join(lines) + r"\end{pmatrix}"


def _without_hlines(tokens):
    r"""Tokens without the ``\hline`` at their beginning, and how many there were."""
    lines, kept = 0, []
    for token in tokens:
        if token in (r"\hline", r"\hdashline", r"\toprule", r"\midrule", r"\bottomrule"):
            lines += 1
        else:
            kept.append(token)
    return kept, lines


def _sequence(tokens, state, in_row=False):
    """Rewrite tokens outside environments."""
    for position, token in enumerate(tokens):
        if token in _FRACTIONS and _depth(tokens[:position]) == 0:
            above, below = (_sequence(part, state) for part in (tokens[:position], tokens[position + 1 :]))
            return _FRACTIONS[token] % (above, below)
    out, position = [], 0
    while position < len(tokens):
        text, position = _command(tokens, position, state, in_row)
        out.append(text)
    return "".join(out)


def _depth(tokens):
    """How many groups, pairs of delimiters and environments are open after the tokens."""
    opened = sum(token in ("{", r"\left", r"\begin") for token in tokens)
    return opened - sum(token in ("}", r"\right", r"\end") for token in tokens)


def _argument(tokens, position):
    """Position after the argument that begins at a position (or after white space there)."""
    begin = skip_space(tokens, position)
    return group_end(tokens, begin)


def _command(tokens, position, state, in_row):
    """Rewrite the token at a position, with its arguments: text, and the position after it."""
    token, after = tokens[position], position + 1
    if token == r"\begin":
        return _environment_text(tokens, position, state)
    if token in "^_" and after < len(tokens) and tokens[after].isdigit():  # x^23 is x² times 3
        return f"{token}{{{tokens[after]}}}{{}}", after + 1
    if token == "{":
        end = group_end(tokens, position)
        return "{" + _sequence(tokens[after : end - 1], state) + "}", end
    if token in _TEXTS:
        end = _argument(tokens, after)
        body = "".join(unbraced(tokens[skip_space(tokens, after) : end]))
        return f"{_RENAMED.get(token, token)}{{{body}}}", end
    if token == r"\tag":
        starred = after < len(tokens) and tokens[after] == "*"
        begin = after + starred
        end = _argument(tokens, begin)
        tag = "".join(unbraced(tokens[skip_space(tokens, begin) : end])).strip()
        tag = tag if starred else f"({tag})"
        if state["several"]:  # at the end of its line
            return rf"\qquad\text{{{tag}}}", end
        state["tags"].append(tag)
        return "", end
    if token in _FONTS:
        return f"{_FONTS[token]}{{{_sequence(tokens[after:], state, in_row)}}}", len(tokens)
    if token in _DROPPED:
        for _ in range(_DROPPED[token]):
            after = _argument(tokens, after)
        return " ", after
    if token in _UNWRAPPED:
        while after < len(tokens) and tokens[skip_space(tokens, after)] == "[":
            after = optional_end(tokens, skip_space(tokens, after))
        for _ in range(_UNWRAPPED[token]):
            after = _argument(tokens, after)
        end = _argument(tokens, after)
        inside = unbraced(tokens[skip_space(tokens, after) : end])
        return "{" + _sequence(inside, state) + "}", end
    if token == r"\genfrac":
        return _fraction(tokens, after, state)
    if token == r"\unicode":
        end = _argument(tokens, after)
        return _character("".join(unbraced(tokens[skip_space(tokens, after) : end]))), end
    if token in (r"\hskip", r"\kern", r"\mkern", r"\mskip", r"\hspace", r"\mspace"):
        return _space(tokens, after)
    return _OPERATORS.get(token, _RENAMED.get(token, token)), after


def _fraction(tokens, position, state):
    r"""Rewrite the six arguments of ``\genfrac``; the position after them."""
    found = []
    for _ in range(6):
        begin = skip_space(tokens, position)
        position = group_end(tokens, begin)
        found.append(_sequence(unbraced(tokens[begin:position]), state).strip())
    left, right, thickness, _, above, below = found
    no_line = re.fullmatch(r"0*\.?0+\s*[a-z]*", thickness)
    body = rf"\substack{{{above}\\{below}}}" if no_line else rf"\frac{{{above}}}{{{below}}}"
    return (rf"\left{left or '.'}{body}\right{right or '.'}" if left or right else body), position


def _character(number):
    r"""Return the character that ``\unicode`` names, e.g. ``x263a`` or ``9786``."""
    try:
        return rf"\text{{{chr(int(number[1:], 16) if number[:1] == 'x' else int(number))}}}"
    except (ValueError, OverflowError):
        raise W2VError(f"the character {number} is not known") from None


def _space(tokens, position):
    """Write a space of a given length as a quad; the position after it."""
    begin = skip_space(tokens, position)
    if begin < len(tokens) and tokens[begin] == "*":
        begin += 1
    if begin < len(tokens) and tokens[begin] == "{":
        return r"\ ", group_end(tokens, begin)
    length = _LENGTH.match("".join(tokens[begin : begin + 12]))
    return r"\ ", begin + (len(tokens_of(length[0])) if length else 0)
