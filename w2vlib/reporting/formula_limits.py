r"""Formulas for which pandoc would need minutes: found before it gets them.

Pandoc reads the text of a superscript or subscript up to four times, and so twice inside ``\left``; if they
are nested, the times multiply. Macros of one formula may double it as often as there are macros.
"""

import json
import re

from ..utils.errors import W2VError
from .explorer_page import part
from .spoken_formulas import LONGEST
from .tex_macros import raw_tokens, tokens_of, without_definitions
from .typesetting import output_of, run_pandoc, temporary_build

_MOST_READINGS = 20_000  # of letters and commands: a second at most; towers of six powers have 10,000
_CLOSING = {"{": "}", r"\left": r"\right", r"\begin": r"\end", "[": "]"}
_DEFINITION = re.compile(r"\\(?:(?:re)?new|provide)(?:command|environment)|\\DeclareMathOperator")
_ENVIRONMENT = re.compile(r"\\(?:re)?newenvironment")
_TOO_DEEP = "its superscripts and subscripts are nested too deeply"


def check_length(tex, most=LONGEST):
    """Refuse a formula (TeX) with more letters than `most`.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> check_length("x^2")
    """
    if len(tex) > most:
        raise W2VError(f"it has more than {most:,} letters")


def too_slow(tex):
    r"""Reason (str) why pandoc would take long for a formula (TeX, with its definitions); else None.

    Examples
    --------
    >>> too_slow("x^{y^{z}}")
    >>> too_slow("x^{" * 20 + "y" + "}" * 20)
    'its superscripts and subscripts are nested too deeply'
    """
    definitions = len(_DEFINITION.findall(tex))
    if definitions > 1 and _ENVIRONMENT.search(tex):
        return "it defines environments of environments"
    try:
        check_length(tex)
        expanded = tokens_of(without_definitions(tex, {}) if definitions else tex)
    except W2VError as error:
        return str(error)
    return _TOO_DEEP if _readings(expanded) > _MOST_READINGS else None


def slow_formulas(texts):
    """Reasons (dict of str) of the formulas in Markdown or HTML for which pandoc would take long.

    Pandoc lists the formulas of texts that may have one, and sets none.

    Examples
    --------
    >>> slow_formulas(["$x^2$", "$" + "x_{" * 9 + "y" + "}" * 9 + "$"])
    {'x_{x_{x_{x_{x_{x_{x_{x_{x_{y}}}}}}}}}': 'its superscripts and subscripts are nested too deeply'}
    """
    suspects = [text for text in texts if _suspect(text)]
    if not suspects:
        return {}
    with temporary_build() as folder:
        reader = folder / "formula_list.lua"
        reader.write_text(part("formula_list.lua"), encoding="utf-8")
        formulas = json.loads(output_of(run_pandoc(reader, json.dumps(suspects), "html5")))
    return _reasons(formulas)


def slow_of_html(cells):
    """Reasons, as of `slow_formulas`, of the formulas in HTML outputs of cells (dicts with ``blocks``).

    Examples
    --------
    >>> cells = [{"blocks": [{"formulas": [{"tex": "x^{" * 20 + "y" + "}" * 20}]}, {"text": "x"}]}]
    >>> [*slow_of_html(cells).values()]
    ['its superscripts and subscripts are nested too deeply']
    """
    formulas = {f["tex"] for cell in cells for block in cell["blocks"] for f in block.get("formulas", ())}
    return _reasons(sorted(formulas))


def _reasons(formulas):
    reasons = {tex: too_slow(tex) for tex in formulas}
    return {tex: reason for tex, reason in reasons.items() if reason}


def _suspect(text):
    """Whether a text may have a formula that takes long; where formulas begin is not known here."""
    if "$" in text and _DEFINITION.search(text) or re.search("<math|<ms(?:ub|up)", text, re.IGNORECASE):
        return True
    if "$" not in text or text.count("_") + text.count("^") < 5:
        return False
    text = re.sub(r"\n[ \t>]+", "\n", text)  # the marks of a quotation are no part of a formula
    # A percent sign before a formula begins no comment.
    return any(_readings(tokens) > _MOST_READINGS / 4 for tokens in (tokens_of(text), raw_tokens(text)))


def _readings(tokens):
    """How often, about, pandoc reads the tokens that are in a script of a script, if it fails at the end."""
    groups, doublings, scripts, total = [], 0, 0, 0
    is_script = is_argument = False  # of what follows: of a script, or of a command that is a script
    for token in tokens:
        if token.isspace():
            continue
        total += 2**doublings if scripts > 1 else 0
        if total > _MOST_READINGS:
            break
        if token in _CLOSING and (token != "[" or is_argument):
            more = 2 if is_script else int(token == r"\left" and scripts > 0)
            groups.append((_CLOSING[token], more, is_argument))
            doublings, scripts = doublings + more, scripts + is_script
            is_script = is_argument = False
            continue
        while groups and groups[-1][0] == "]" != token and token in _CLOSING.values():
            doublings, scripts = doublings - groups[-1][1], scripts - (groups.pop()[1] == 2)
        if groups and token == groups[-1][0]:
            _, more, is_argument = groups.pop()
            doublings, scripts, is_script = doublings - more, scripts - (more == 2), is_argument
        elif token in "^_":
            is_script, is_argument = True, False
        else:
            is_script = is_argument = is_script and token.startswith("\\")
    return total
