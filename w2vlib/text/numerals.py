"""Numbers written in digits: which tokens they are, their values and types.

A *numeral* is a token that begins with a digit, a sign or a currency sign, and is

- a number with or without thousands separators and decimals, ``-1,500.25``; its value is what it says;
- a fraction ``3/4``, a time ``10:30`` (its value is the hours), a range ``10-12`` (its value is the
  first number);
- any number with ``%``, an ordinal's ending (``20th``), a decade's (``1980s``), or a multiplier
  (``8m``, ``3bn``: 8,000,000 and 3,000,000,000);
- and any of these before a hyphen and more: in ``3-year-old`` the number is rewritten and
  ``-year-old`` stays.

Everything else stays as it is: Roman numerals (``XIV``), names with digits (``B-52``, ``3M``,
``49ers``), number words, digits other than 0 to 9.
"""

import functools
import re
from dataclasses import dataclass
from decimal import Decimal

from ..utils.arguments import sentences_of

NUMBER = "N"
_NUMBER = r"(?:[0-9]{1,300}(?:,[0-9]{3}){0,99}(?:\.[0-9]{1,300})?|\.[0-9]{1,300})"
_NUMERAL = re.compile(
    rf"""
    (?P<sign>[-+−])? (?P<money>[$£€¥])?
    (?: (?P<over>[0-9]{{1,300}})/(?P<under>[0-9]{{1,300}})
      | (?P<hours>[0-9]{{1,2}}):[0-9]{{2}}(?::[0-9]{{2}})?
      | (?P<number>{_NUMBER})(?:[-–](?P<end>{_NUMBER}))?
    )
    (?P<suffix>%|st|nd|rd|th|'?s|k|mn|m|bn|tn)?
    (?P<tail>(?:-[^\W\d_]\w*)*)
    """,
    re.VERBOSE,
)
_FIRST = frozenset("0123456789.+-−$£€¥")  # most tokens are excluded by their first character
_TIMES = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_MONEY = frozenset("$ £ € ¥ dollars dollar pounds euros cents pence".split())
_PERCENT = frozenset("% percent per_cent pct".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec.".split()
)
TYPES = ("percent", "money", "date", "ordinal", "fraction", "plain")


@dataclass(frozen=True)
class Numeral:
    """Parts of a numeral, ``money + digits + suffix + tail``, and its value.

    Examples
    --------
    >>> numeral = parse("$3m-worth")
    >>> numeral.money, numeral.digits, numeral.suffix, numeral.tail
    ('$', '3', 'm', '-worth')
    >>> str(numeral.value), numeral.form
    ('3000000', 'number')
    """

    value: Decimal
    money: str
    digits: str  # with sign, without thousands separators
    suffix: str
    tail: str
    form: str  # "number", "fraction", "time" or "range"


@functools.lru_cache(maxsize=1 << 16)
def parse(token):
    """Split a token into its parts; a `Numeral`, or None if it is none.

    Examples
    --------
    >>> [str(parse(token).value) for token in ("-1,500.25", "3/4", "10:30", "10-12", "20th", "3bn")]
    ['-1500.25', '0.75', '10', '10', '20', '3000000000']
    >>> parse("3-year-old").digits, parse("3-year-old").tail
    ('3', '-year-old')
    >>> parse("B-52") is None
    True
    """
    match = _NUMERAL.fullmatch(token) if token[:1] in _FIRST else None
    if match is None:
        return None
    part = {name: text or "" for name, text in match.groupdict().items()}
    if part["over"]:
        under = Decimal(part["under"])
        value = Decimal(part["over"]) / under if under else Decimal(part["over"])
        form = "fraction"
    else:
        value = Decimal(part["hours"] or part["number"].replace(",", ""))
        form = "time" if part["hours"] else "range" if part["end"] else "number"
    if part["suffix"] in _TIMES:  # no arithmetic where none is needed: it would round
        value *= _TIMES[part["suffix"]]
    negative = part["sign"] in ("-", "−")
    digits = token[match.start() : len(token) - len(part["suffix"] + part["tail"])]
    digits = digits.replace(part["money"], "", 1) if part["money"] else digits
    return Numeral(
        -value if negative else value,
        part["money"],
        digits.replace(",", ""),
        part["suffix"],
        part["tail"],
        form,
    )


def is_numeral(token):
    """Whether a token is a numeral; bool.

    Examples
    --------
    >>> is_numeral("1,500.25"), is_numeral("3-year-old"), is_numeral("B-52")
    (True, True, False)
    """
    return parse(token) is not None


def magnitude(value):
    """Order of magnitude of a Decimal: ``1e3`` for 1,000 to 9,999, ``-1e0`` for −5, ``0`` for zero.

    Examples
    --------
    >>> [magnitude(Decimal(digits)) for digits in ("1987", "25", "0.5", "-5", "0")]
    ['1e3', '1e1', '1e-1', '-1e0', '0']
    """
    return f"{'-' if value < 0 else ''}1e{value.adjusted()}" if value else "0"


def type_of(sentence, i):
    """Type of the numeral at position `i` of a sentence: the first of `TYPES` that fits.

    Money and percent by a sign of its own or a word beside it; dates are days beside a month, years
    (1500 to 2099 without a separator), decades and times; then ordinals and fractions.

    Examples
    --------
    >>> type_of("in may 1987 it cost 25 dollars".split(), 2)
    'date'
    >>> type_of("in may 1987 it cost 25 dollars".split(), 5)
    'money'
    >>> [type_of([token], 0) for token in ("8%", "$25", "1990s", "20th", "3/4", "42")]
    ['percent', 'money', 'date', 'ordinal', 'fraction', 'plain']
    """
    numeral = parse(sentence[i])
    before = sentence[i - 1].lower() if i else ""
    after = sentence[i + 1].lower() if i + 1 < len(sentence) else ""
    second = sentence[i + 2].lower() if i + 2 < len(sentence) else ""
    if numeral.suffix == "%" or after in _PERCENT or (after == "per" and second == "cent"):
        return "percent"
    if numeral.money or before in _MONEY or after in _MONEY:
        return "money"
    beside_month = before in _MONTHS or after in _MONTHS
    if beside_month and re.fullmatch(r"[0-3]?[0-9]", numeral.digits):
        return "date"
    if re.fullmatch(r"1[5-9][0-9]{2}|20[0-9]{2}", numeral.digits.split("-")[0].split("–")[0]) and (
        "," not in sentence[i] and numeral.suffix in ("", "s", "'s")
    ):
        return "date"
    if numeral.form == "time" or (numeral.suffix in ("s", "'s") and re.fullmatch("[0-9]0", numeral.digits)):
        return "date"
    if numeral.suffix in ("st", "nd", "rd", "th"):
        return "ordinal"
    return "fraction" if numeral.form == "fraction" else "plain"


def numerals(sentences):
    """Every numeral of a text with its position: list of (sentence, position).

    Examples
    --------
    >>> numerals([["in", "1989"], ["no", "number"], ["3", "of", "20"]])
    [(['in', '1989'], 1), (['3', 'of', '20'], 0), (['3', 'of', '20'], 2)]
    """
    return [(s, i) for s in sentences_of(sentences) for i, token in enumerate(s) if is_numeral(token)]
