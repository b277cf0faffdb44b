"""Formulas of any notebook → Typst, and a check that what is set is what was meant.

Every formula is converted by pandoc, set by Typst and read back: a letter or digit of the TeX that is
not in the result, or an error of either program, makes the formula one that is printed as TeX.
"""

import json
import re
import unicodedata
from collections import Counter

from ..utils.errors import W2VError
from .formula_limits import check_length, too_slow
from .tex_formulas import simplified
from .tex_macros import tokens_of, without_definitions
from .typesetting import TypesettingError, style_file, typst_markup, typst_string, values_of

_NAMED = set(
    "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln "
    "log max min Pr sec sin sinh sup tan tanh".split()
)  # operators that are printed as their names
_MARK = re.compile(r'(mat\(delim: [^,]*, |vec\(|vec\(delim: [^,]*, |)upright\("ARRAY(\d+):"\)\s*')
_LONGEST_DEFINITIONS = 50_000  # letters of a formula that is mostly definitions
_READ_BACK = """#let words(it) = {
  if type(it) == str { it }
  else if type(it) == array { it.map(words).join(" ") }
  else if type(it) == content {
    let fields = it.fields()
    fields.pairs().filter(((key, value)) => key == "text" or type(value) in (content, array))
      .map(((key, value)) => words(value)).join(" ")
  }
}
"""


def set_formulas(formulas, build):
    r"""Convert formulas for Typst.

    Parameters
    ----------
    formulas : list of (str, bool)
        TeX, and whether it is displayed on lines of its own. Macros defined in one are known in those
        after it.
    build : Path
        A folder for temporary files.

    Returns
    -------
    list of dict
        ``tex`` and ``display``; then ``body`` (for Typst's math mode; "" if there is nothing to print),
        ``tag`` (str or None) and ``boxed``; or ``reason``, why the formula cannot be set.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     good, bad = set_formulas([("x^2", False), (r"\wrong{x}", False)], pathlib.Path(folder))
    >>> good["body"].strip(), bad["reason"]
    ('x^2', 'pandoc does not know this TeX')
    """
    macros, found = {}, []
    for tex, display in formulas:
        found.append(_prepared(tex, display, macros))
    open_ones = [formula for formula in found if "source" in formula]
    reader = style_file("formulas.lua")
    sources = [formula["source"] for formula in open_ones]
    bodies = json.loads(typst_markup(sources, reader, strict=False)) if sources else []
    for formula, body in zip(open_ones, bodies, strict=True):
        if body is False:
            formula["reason"] = "pandoc does not know this TeX"
            continue
        try:
            formula["body"] = _with_arrays(re.sub(r"\s*\n\s*", " ", body), formula["arrays"])
        except W2VError as error:
            formula["reason"] = str(error)
    _check([formula for formula in open_ones if "body" in formula], build)
    return found


def _prepared(tex, display, macros):
    """Make the record of a formula, with ``source``, the TeX for pandoc, if there is anything to set."""
    formula = {"tex": tex, "display": display, "tag": None, "boxed": False}
    try:
        check_length(tex, _LONGEST_DEFINITIONS)
        expanded = without_definitions(tex, macros)
        check_length(expanded)
        source, formula["arrays"], tags = simplified(expanded)
    except (W2VError, RecursionError, IndexError) as error:
        reason = str(error) if isinstance(error, W2VError) else "the TeX is not complete"
        return {**formula, "reason": reason}
    boxed = re.fullmatch(r"\s*\\(?:boxed|fbox)\s*\{(.*)\}\s*", source, re.DOTALL)
    if boxed and display and _balanced(boxed[1]):
        source, formula["boxed"] = boxed[1], True
    if tags:
        formula["tag"] = tags[0]
    if not source.strip():
        return {**formula, "body": ""}
    if reason := too_slow(source):
        return {**formula, "reason": reason}
    return {**formula, "source": source}


def _balanced(tex):
    """Whether no brace of the TeX closes a group that it did not open."""
    depth = 0
    for token in tokens_of(tex):
        depth += (token == "{") - (token == "}")
        if depth < 0:
            return False
    return depth == 0


def _with_arrays(body, arrays):
    """Give the arrays in a converted formula their delimiters and lines."""
    seen = set()

    def array(match):
        number = int(match[2])
        if number in seen or number >= len(arrays):  # the formula has such a text of its own
            raise W2VError("its arrays cannot be told apart")
        record = arrays[number]
        seen.add(number)
        if match[1].startswith("vec"):
            return f"vec(delim: {record['delimiter']}, "
        options = f"delim: {record['delimiter']}, "
        lines = [
            f"{name}: ({', '.join(map(str, record[name + 's']))},)"
            for name in ("hline", "vline")
            if record[name + "s"]
        ]
        if lines:
            options += f"augment: #({', '.join(lines)}), "
        if set(record["align"]) == {"l"}:
            options += "align: #left, "
        return f"mat({options}"

    body = _MARK.sub(array, body)
    if len(seen) != len(arrays) or "ARRAY" in body:
        raise W2VError("its arrays cannot be told apart")
    return body


def _check(formulas, build):
    """Set the formulas with Typst and read them back; those with an error get a ``reason``."""
    lines = [
        f'#metadata(words(eval({typst_string(formula["body"])}, mode: "math"))) <formula>'
        for formula in formulas
    ]
    values = values_of(lines, _READ_BACK, "<formula>", build)
    for formula, value in zip(formulas, values, strict=True):
        if isinstance(value, TypesettingError):
            _refuse(formula, f"Typst: {value}")
            continue
        missing = _letters(formula["source"]) - Counter(unicodedata.normalize("NFKC", value or ""))
        if missing:
            _refuse(formula, f"{' '.join(sorted(missing))} would be lost")


def _refuse(formula, reason):
    """Mark a formula as one that cannot be set."""
    del formula["body"]
    formula["reason"] = reason


def _letters(tex):
    """Count the letters and digits (ASCII) that a formula shows."""
    tex = re.sub(r"\\(?:begin|end)\s*\{[^}]*\}|\\text\{ARRAY\d+:\}", " ", tex)
    shown = Counter()
    for token in tokens_of(tex):
        if token[1:] in _NAMED and token.startswith("\\"):
            shown.update(token[1:])
        elif len(token) == 1 and token.isascii() and token.isalnum():
            shown.update(token)
    return shown
