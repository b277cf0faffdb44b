r"""TeX formulas → words, as they are read aloud: ``\sigma(x)`` is “sigma of x”.

They are the alternative texts of formulas in a PDF. Formulas with a command that is not known here keep
their TeX.
"""

import re

from ..utils.errors import W2VError
from .tex_macros import group_end, skip_space, tokens_of, unbraced

_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi "
    "chi psi omega"
).split()
_NAMES = "log ln exp sin cos tan max min sup inf lim arg det dim Pr".split()
_WORDS = {
    "=": "equals", "+": "plus", "-": "minus", "/": "over", "<": "is less than", ">": "is greater than",
    "*": "star", "(": "open parenthesis", ")": "close parenthesis", "[": "open bracket",
    "]": "close bracket", r"\{": "open brace", r"\}": "close brace", r"\ne": "is not equal to",
    r"\neq": "is not equal to", r"\approx": "is approximately", r"\le": "is at most", r"\leq": "is at most",
    r"\ge": "is at least", r"\geq": "is at least", r"\ll": "is much less than",
    r"\gg": "is much greater than", r"\sim": "is distributed as", r"\propto": "is proportional to",
    r"\equiv": "is equivalent to", r"\in": "in", r"\notin": "not in", r"\to": "to", r"\rightarrow": "to",
    r"\mapsto": "maps to", r"\leftarrow": "becomes", r"\times": "times", r"\cdot": "times",
    r"\pm": "plus or minus", r"\mp": "minus or plus", r"\otimes": "outer product",
    r"\odot": "element-wise times", r"\infty": "infinity", r"\partial": "partial", r"\nabla": "nabla",
    r"\ell": "ell", r"\varepsilon": "epsilon", r"\varphi": "phi", r"\vartheta": "theta",
    r"\dots": "and so on", r"\ldots": "and so on", r"\cdots": "and so on", r"\mid": "given",
    r"\%": "percent", r"\lfloor": "the floor of", r"\rfloor": "end floor", r"\lceil": "the ceiling of",
    r"\rceil": "end ceiling", r"\ast": "star", r"\top": "T", r"\forall": "for all", r"\exists": "there is",
    r"\cup": "union", r"\cap": "intersection", r"\subset": "is a subset of", r"\emptyset": "the empty set",
    r"\circ": "circle", r"\int": "the integral of", r"\lVert": "the norm of", r"\rVert": "end norm",
    r"\Rightarrow": "implies", r"\neg": "not", r"\land": "and", r"\lor": "or", r"\prime": "prime",
}  # fmt: skip
_WORDS |= {rf"\{name}": name for name in (*_GREEK, *_NAMES)}
_WORDS |= {rf"\{name.title()}": f"capital {name}" for name in _GREEK}
_FONTS = {
    r"\mathbf": "", r"\boldsymbol": "", r"\bm": "", r"\mathrm": "", r"\mathit": "", r"\mathsf": "",
    r"\mathcal": "script ", r"\mathbb": "double-struck ", r"\operatorname": "", r"\operatorname*": "",
}  # fmt: skip
_ACCENTS = {r"\hat": "hat", r"\widehat": "hat", r"\bar": "bar", r"\overline": "bar", r"\tilde": "tilde",
            r"\vec": "vector", r"\dot": "dot"}  # fmt: skip
_SUMS = {r"\sum": "the sum", r"\prod": "the product", r"\max": "the maximum", r"\min": "the minimum"}
_SILENT = {
    "&", r"\,", r"\;", r"\:", r"\!", r"\ ", "~", r"\left", r"\right", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr",
    r"\big", r"\Big", r"\biggl", r"\biggr", r"\displaystyle", r"\textstyle", r"\limits", r"\nolimits",
    r"\nonumber",
}  # fmt: skip
_PAUSES = {r"\quad": ",", r"\qquad": ",", r"\\": ";", ",": ",", ";": ";", ":": ":"}
_POWERS = {
    "2": "squared", "3": "cubed", r"\top": "transposed", "T": "transposed", r"\ast": "star", "*": "star",
    r"-\top": "inverse transposed",
}  # fmt: skip
_ARRAYS = dict.fromkeys(("matrix", "pmatrix", "bmatrix"), "the matrix with the rows") | {"cases": "the cases"}
_FUNCTIONS = {"f", "g", "J", "Q", "O", "P", r"\sigma", r"\ell", *(rf"\{name}" for name in _NAMES)}
_LOOSE = {*"+-=<>,.;:&)/", r"\\", r"\quad", r"\qquad", r"\ne", r"\approx"}  # no product goes on after them

LONGEST = 5_000  # letters of a formula that is set and read aloud; several pages


def spoken(tex):
    r"""Write a formula as it is read aloud; formulas with an unknown command stay as they are.

    Nobody listens to one of more than 5,000 letters, which would take its square of time: it is only named.

    Examples
    --------
    >>> spoken(r"\sigma(\mathbf u_o^\top \mathbf v_i)")
    'sigma of u sub o transposed v sub i'
    >>> spoken(r"\frac{\partial J}{\partial \mathbf v_i} = U^\top (\hat{\mathbf y} - \mathbf y)")
    'the derivative of J by v sub i equals U transposed open parenthesis y hat minus y close parenthesis'
    >>> spoken(r"\sum_{k=1}^{K} \log \sigma(-x_k)")
    'the sum from k equals 1 to K of log sigma of minus x sub k'
    >>> spoken(r"\unknown{x}")
    '\\unknown{x}'
    """
    if len(tex) > LONGEST:
        return "a long formula"
    try:
        words = _Reader(tokens_of(tex)).words()
    except (KeyError, IndexError, W2VError, RecursionError):
        return tex
    text = re.sub(r"\s+([,;:.])", r"\1", " ".join(words.split()))
    text = re.sub(r"[,;]+(?=[,;:.])", "", text)
    return text.strip(" ,;.") or tex


class _Reader:
    """Reads tokens of TeX from the left to the right."""

    def __init__(self, tokens):
        self.tokens, self.at, self.bars, self.arrays = tokens, 0, 0, 0

    def words(self):
        """Words of all tokens."""
        out = []
        while self.at < len(self.tokens):
            out.append(self._atom())
        return " ".join(out)

    def _next(self):
        """Return the token after white space; "" at the end."""
        position = skip_space(self.tokens, self.at)
        token = self.tokens[position] if position < len(self.tokens) else ""
        return "" if token.isspace() else token

    def _argument(self):
        """Tokens of the next argument, without its braces."""
        begin = skip_space(self.tokens, self.at)
        self.at = group_end(self.tokens, begin)
        return unbraced(self.tokens[begin : self.at])

    def _atom(self):
        """Words of what begins here, with its indices and powers."""
        token = self.tokens[self.at]
        self.at += 1
        if token == "&" and self.arrays:
            return ","
        if token.isspace() or token in _SILENT:
            self.at += token in (r"\left", r"\right") and self._next() == "."
            return ""
        if token in _PAUSES:
            return _PAUSES[token]
        if token in (r"\sum", r"\prod") or (token in (r"\max", r"\min") and self._next() in ("_", "^")):
            return self._sum(_SUMS[token])
        return self._with_argument(token, f"{self._nucleus(token)} {self._scripts()}")

    def _nucleus(self, token):
        """Words of a token with its arguments."""
        if token in _FONTS:
            inside = self._argument()
            joined = "".join(inside).strip()
            return _FONTS[token] + (joined if joined.isalpha() else _Reader(inside).words())
        if token in _ACCENTS:
            return f"{_Reader(self._argument()).words()} {_ACCENTS[token]}"
        if token in (r"\text", r"\mbox", r"\textrm"):
            return "".join(self._argument())
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            return _fraction(self._argument(), self._argument())
        if token == r"\sqrt":
            return f"the square root of {_Reader(self._argument()).words()} end root"
        if token == r"\boxed":
            return _Reader(self._argument()).words()
        if token == r"\tag":
            self._argument()
            return ""
        if token == r"\underbrace":
            inside = _Reader(self._argument()).words()
            named = self.tokens[self.at : self.at + 1] == ["_"]
            self.at += named
            return f"{inside}, {_Reader(self._argument()).words()}," if named else inside
        if token in (r"\begin", r"\end"):
            return self._environment(token)
        if token == "{":
            self.at -= 1
            return _Reader(self._argument()).words()
        return self._sign(token)

    def _environment(self, token):
        """Words at the begin or the end of an environment."""
        name = "".join(self._argument()).rstrip("*")
        is_array = name in _ARRAYS
        if not is_array and name not in ("aligned", "align", "split", "gathered"):
            raise KeyError(name)
        self.arrays += (token == r"\begin") - (token == r"\end") if is_array else 0
        return (
            f"{_ARRAYS[name]}:" if is_array and token == r"\begin" else ", end of rows," if is_array else ""
        )

    def _sign(self, token):
        """Words of a token that stands for itself."""
        if token == "=" and self.tokens[self.at : self.at + 1] == [":"]:
            self.at += 1
            return "which is named"
        if token == "|":
            self.bars += 1
            return "the absolute value of" if self.bars % 2 else "end absolute value"
        if token.isdigit():
            more = re.match(r"[\d.]*", "".join(self.tokens[self.at :]))[0].rstrip(".")
            self.at += len(more)
            return token + more
        if token == "." or token.isalpha() and len(token) == 1:
            return token
        return _WORDS[token]

    def _scripts(self):
        """Words of primes, index and power."""
        primes, index, power = 0, "", ""
        while self._next() in ("_", "^", "'"):
            self.at = skip_space(self.tokens, self.at) + 1
            if self.tokens[self.at - 1] == "'":
                primes += 1
            elif self.tokens[self.at - 1] == "_":
                index = f"sub {_closed(self._argument(), 'sub')}"
            else:
                inside = self._argument()
                tokens = "".join(inside).strip()
                power = _POWERS.get(tokens) or f"to the power {_closed(inside, 'power')}"
        return f"{['', 'prime', 'double prime', 'triple prime'][primes]} {index} {power}"

    def _sum(self, name):
        """Words of a sum, a product or an extremum, with its range."""
        below = above = ""
        while self._next() in ("_", "^"):
            self.at = skip_space(self.tokens, self.at) + 1
            sign = self.tokens[self.at - 1]
            words = _Reader(self._argument()).words()
            below, above = (words, above) if sign == "_" else (below, words)
        place = f"from {below} to {above}" if above else f"over {below}" if below else ""
        return f"{name} {place} of"

    def _with_argument(self, token, words):
        """Words of a function and its argument in parentheses; of anything else unchanged."""
        named = token in (r"\mathrm", r"\text", r"\operatorname") and len(words.split()[-1]) > 1
        opening = re.match(r"(?:\\bigl|\\left|\\Bigl)?\($", self._until_parenthesis())
        if not ((named or token in _FUNCTIONS) and opening):
            return words
        inside, end = self._parenthesis()
        self.at = end
        plain = [each for each in inside if not each.isspace()]
        loose = self._next() in _LOOSE or not self._next() or self._next() == "}"
        several = any(each in ("+", "=", ",", "/") for each in plain) or "-" in plain[1:]
        argument = _Reader(inside).words()
        if len(plain) == 1 or (loose and not several):
            return f"{words} of {argument} {self._scripts()}"
        return f"{words} of open parenthesis {argument} close parenthesis {self._scripts()}"

    def _until_parenthesis(self):
        """Return the text up to the next opening parenthesis, which is included."""
        rest = self.tokens[self.at :]
        return "".join(rest[: rest.index("(") + 1]) if "(" in rest else ""

    def _parenthesis(self):
        """Tokens inside the next parentheses, and the position after them."""
        begin = self.tokens.index("(", self.at)
        depth = 0
        for end in range(begin, len(self.tokens)):
            depth += (self.tokens[end] == "(") - (self.tokens[end] == ")")
            if depth == 0:
                inside = self.tokens[begin + 1 : end]
                while inside and (inside[-1].isspace() or inside[-1] in (r"\bigr", r"\right", r"\Bigr")):
                    inside.pop()
                return inside, end + 1
        raise W2VError("a parenthesis is not closed")


def _closed(tokens, name):
    """Words of an index or power; what is more than letters and one sign has an end."""
    words = _Reader(tokens).words()
    return words if len(words.split()) < 3 else f"{words} end {name}"


def _fraction(above, below):
    """Words of a fraction; of two partial signs a derivative."""
    parts = [[token for token in part if not token.isspace()] for part in (above, below)]
    one, other = (_Reader(part).words().strip() for part in parts)
    if all(part and part[0] == r"\partial" for part in parts) and parts[0][1:2] != ["^"]:
        return f"the derivative of {_Reader(parts[0][1:]).words()} by {_Reader(parts[1][1:]).words()}"
    if max(len(one.split()), len(other.split())) == 1:
        return f"{one} over {other}"
    return f"the fraction {one} over {other} end fraction"
