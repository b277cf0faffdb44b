r"""TeX as tokens, and the expansion of the macros that a notebook defines (``\newcommand``, ``\def``)."""

import re

from ..utils.errors import W2VError

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.DOTALL)
_COMMENT = re.compile(r"(\\.)|%[^\n]*", re.DOTALL)
_DEFINING = (r"\newcommand", r"\renewcommand", r"\providecommand", r"\newcommand*", r"\renewcommand*")
_OPERATOR = (r"\DeclareMathOperator", r"\DeclareMathOperator*")
_MOST_EXPANSIONS = 5000
_MOST_TOKENS = 10_000  # of a formula with its macros replaced


def tokens_of(tex):
    r"""Split TeX (str) into commands, characters and white space (list of str), without comments.

    Examples
    --------
    >>> tokens_of(r"\frac a2 % half")
    ['\\frac', ' ', 'a', '2', ' ']
    """
    return raw_tokens(_COMMENT.sub(lambda found: found[1] or "", tex))


def raw_tokens(tex):
    r"""Split TeX as `tokens_of` does, with comments as if they were shown.

    Examples
    --------
    >>> raw_tokens("2% a")
    ['2', '%', ' ', 'a']
    """
    found = _TOKEN.findall(tex)
    starred = {r"\newcommand", r"\renewcommand", r"\operatorname", r"\DeclareMathOperator"}
    out = []
    for token in found:  # a star is part of few names: a\cdot* b has a command and a star
        if len(token) > 2 and token.endswith("*") and token[:-1] not in starred:
            out += [token[:-1], "*"]
        else:
            out.append(token)
    return out


def skip_space(tokens, position):
    """Return the position of the next token that is not white space; the last position at the end.

    Examples
    --------
    >>> skip_space([" ", "a"], 0)
    1
    """
    while position < len(tokens) - 1 and tokens[position].isspace():
        position += 1
    return position


def group_end(tokens, position):
    """Return the position after the group, or the token, at a position.

    Raises
    ------
    W2VError
        If the group has no end, or a brace closes nothing.

    Examples
    --------
    >>> group_end(list("{a{b}}c"), 0)
    6
    """
    if position >= len(tokens):
        raise W2VError("a command has no argument")
    if tokens[position] == "}":
        raise W2VError("a brace closes nothing")
    if tokens[position] != "{":
        return position + 1
    depth = 0
    for end in range(position, len(tokens)):
        depth += (tokens[end] == "{") - (tokens[end] == "}")
        if depth == 0:
            return end + 1
    raise W2VError("a brace is not closed")


def optional_end(tokens, position):
    """Return the position after the optional argument, ``[…]``, at a position.

    Examples
    --------
    >>> optional_end(list("[2]x"), 0)
    3
    """
    try:
        return tokens.index("]", position) + 1
    except ValueError:
        return position + 1


def unbraced(tokens):
    """Return the tokens inside a group; a token without braces as it is.

    Examples
    --------
    >>> unbraced(["{", "x", "}"])
    ['x']
    """
    return tokens[1:-1] if tokens and tokens[0] == "{" else tokens


def without_definitions(tex, macros):
    r"""Take the definitions from a formula and put them into `macros`: the rest (str), expanded.

    Parameters
    ----------
    tex : str
    macros : dict
        Name → (number of arguments, tokens of the default for the first or None, tokens of the body).
        Changed in place, so that later formulas know them, as in Jupyter.

    Raises
    ------
    W2VError
        For unequal braces, and for macros that expand without end.

    Examples
    --------
    >>> macros = {}
    >>> without_definitions(r"\newcommand{\E}[1]{\mathbb{E}[#1]}", macros)
    ''
    >>> without_definitions(r"\E{x} = \E y", macros)
    '\\mathbb{E}[x] = \\mathbb{E}[y]'
    """
    tokens, out, position = tokens_of(tex), [], 0
    while position < len(tokens):
        token = tokens[position]
        if token in (*_DEFINING, *_OPERATOR):
            position = _define(tokens, position, macros)
        elif token in (r"\def", r"\gdef"):
            position = _define_plain(tokens, position, macros)
        else:
            out.append(token)
            position += 1
    return "".join(_expanded(out, macros))


def _define(tokens, position, macros):
    r"""Store a ``\newcommand`` or an operator; the position after it."""
    command = tokens[position]
    begin = skip_space(tokens, position + 1)
    end = group_end(tokens, begin)
    name = "".join(unbraced(tokens[begin:end])).strip()
    count, default, position = 0, None, skip_space(tokens, end)
    if position < len(tokens) and tokens[position] == "[":
        end = optional_end(tokens, position)
        inside = "".join(tokens[position + 1 : end - 1])
        count, position = int(inside) if inside.isdigit() else 0, skip_space(tokens, end)
        if position < len(tokens) and tokens[position] == "[":
            end = optional_end(tokens, position)
            default, position = tokens[position + 1 : end - 1], skip_space(tokens, end)
    end = group_end(tokens, position)
    body = unbraced(tokens[position:end])
    if command in _OPERATOR:
        star = "*" if command.endswith("*") else ""
        body = [rf"\operatorname{star}", "{", *body, "}"]
    macros[name] = (count, default, body)
    return end


def _define_plain(tokens, position, macros):
    r"""Store a ``\def``; the position after it."""
    begin = skip_space(tokens, position + 1)
    name, position, count = tokens[begin] if begin < len(tokens) else "", begin + 1, 0
    while position < len(tokens) and tokens[position] != "{":
        count += tokens[position] == "#"
        position += 1
    end = group_end(tokens, position)
    macros[name] = (count, None, unbraced(tokens[position:end]))
    return end


def _expanded(tokens, macros):
    """Tokens with every macro replaced."""
    if not macros:
        return tokens
    rest, out, expansions = list(reversed(tokens)), [], 0
    while rest:
        token = rest.pop()
        if token not in macros:
            out.append(token)
            continue
        expansions += 1
        if expansions > _MOST_EXPANSIONS:
            raise W2VError(f"the macro {token} expands without end")
        count, default, body = macros[token]
        following = rest[::-1] if count else []
        arguments, position = [], 0
        for n in range(count):
            position = skip_space(following, position)
            if n == 0 and default is not None:
                if position < len(following) and following[position] == "[":
                    end = optional_end(following, position)
                    arguments.append(following[position + 1 : end - 1])
                    position = end
                else:
                    arguments.append(default)
                continue
            end = group_end(following, position)
            arguments.append(unbraced(following[position:end]))
            position = end
        if count:
            rest = following[position:][::-1]
        rest.extend(reversed(_filled_in(body, arguments)))
        if len(out) + len(rest) > _MOST_TOKENS:
            raise W2VError(f"its macros make it longer than {_MOST_TOKENS:,} letters and commands")
    return out


def _filled_in(body, arguments):
    """Tokens of a macro's body with its arguments."""
    out, position = [], 0
    while position < len(body):
        digit = body[position + 1] if position + 1 < len(body) else ""
        if body[position] == "#" and digit.isdigit() and 0 < int(digit) <= len(arguments):
            out += arguments[int(digit) - 1]
            position += 2
        else:
            out.append(body[position])
            position += 1
    if out and re.fullmatch(r"\\[A-Za-z]+", out[-1]):
        out.append(" ")
    return out
