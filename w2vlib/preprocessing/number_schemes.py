"""Schemes that rewrite numbers: one token `N`, orders of magnitude, digits, types."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..text.numerals import NUMBER, magnitude, numerals, parse, type_of
from ..utils.arguments import check_sentences
from ..utils.errors import W2VError, shown
from ..utils.markdown import as_markdown

POINT, MINUS = "<point>", "<minus>"


def _one(spell):
    """Make a scheme that puts one token in the place of a numeral; a currency sign stands by itself."""

    def rewrite(sentence, i, numeral):
        return [*([numeral.money] if numeral.money else []), spell(sentence, i, numeral) + numeral.tail]

    return rewrite


def spelled_digits(sentence, i, numeral):
    """Spell a numeral digit by digit, with marks for the decimal point and the minus sign.

    Examples
    --------
    >>> spelled_digits(["-3.5"], 0, parse("-3.5"))
    ['<minus>', '3', '<point>', '5']
    >>> spelled_digits(["$1,200"], 0, parse("$1,200"))
    ['$', '1', '2', '0', '0']
    """
    marks = {".": POINT, "-": MINUS, "−": MINUS}
    digits = [marks.get(c, c) if k == 0 or c == "." else c for k, c in enumerate(numeral.digits)]
    return [part for part in (numeral.money, *digits, numeral.suffix, numeral.tail) if part]


_SCHEMES = {
    "keep": None,
    "N": _one(lambda sentence, i, numeral: NUMBER),
    "magnitude": _one(lambda sentence, i, numeral: f"<{magnitude(numeral.value)}>"),
    "digits": spelled_digits,
    "typed": _one(lambda sentence, i, numeral: f"<{type_of(sentence, i)}>"),
    "typed-magnitude": _one(
        lambda sentence, i, numeral: f"<{type_of(sentence, i)}:{magnitude(numeral.value)}>"
    ),
}
NUMBER_SCHEMES = tuple(_SCHEMES)


def rewritten(sentence, scheme):
    """Rewrite the numerals of a sentence (list of str) under one of `NUMBER_SCHEMES`; a new list.

    What a scheme writes is no numeral (or, digit by digit, one that it writes the same), so that
    rewriting twice changes nothing more.

    Examples
    --------
    >>> sentence = ["in", "1990", "it", "cost", "$5"]
    >>> rewritten(sentence, "N")
    ['in', 'N', 'it', 'cost', '$', 'N']
    >>> rewritten(sentence, "typed-magnitude")
    ['in', '<date:1e3>', 'it', 'cost', '$', '<money:1e0>']
    """
    if not isinstance(scheme, str) or scheme not in _SCHEMES:
        raise W2VError(f"numbers={shown(scheme)} is not allowed: give one of {', '.join(NUMBER_SCHEMES)}.")
    if scheme == "keep":
        return list(sentence)
    return [token for i in range(len(sentence)) for token in written(sentence, i, scheme)]


def written(sentence, i, scheme):
    """Rewrite the token at position `i` of a sentence alone; list of str.

    Examples
    --------
    >>> sentence = ["May", "3", ",", "3-year-old"]
    >>> [written(sentence, i, "typed") for i in range(4)]
    [['May'], ['<date>'], [','], ['<plain>-year-old']]
    """
    numeral, rewrite = parse(sentence[i]), _SCHEMES[scheme]
    return [sentence[i]] if numeral is None or rewrite is None else rewrite(sentence, i, numeral)


@dataclass(frozen=True)
class NumberCounts:
    """The numbers of a text, written in digits.

    Attributes
    ----------
    numbers : list of (sentence, position)
    n_tokens, n_types : int
        Of the whole text.
    counts : Counter
        Occurrences of each number as written.
    other_types : frozenset of str
        Types that are no numbers.
    before, after : list of (str, int)
        The six most frequent words before and after a number.
    magnitudes, kinds : Counter
        Numbers by order of magnitude and by type.

    Examples
    --------
    >>> counted = count_numbers([["in", "1990"], ["in", "1990", "or", "2005"]])
    >>> counted.counts["1990"], counted.kinds["date"], counted.n_types
    (2, 3, 4)
    >>> counted.before, counted.after
    ([('in', 2), ('or', 1)], [('or', 1)])
    """

    numbers: list
    n_tokens: int
    n_types: int
    counts: Counter
    other_types: frozenset
    before: list
    after: list
    magnitudes: Counter
    kinds: Counter


def count_numbers(corpus):
    """Count the numbers of a text; a `NumberCounts`.

    Examples
    --------
    >>> counted = count_numbers([["in", "1990", "it", "cost", "$5"]])
    >>> counted.magnitudes["1e3"], counted.kinds["money"], counted.before[0]
    (1, 1, ('in', 1))
    """
    check_sentences(corpus)
    numbers, words = numerals(corpus), Counter(token for sentence in corpus for token in sentence)
    tokens = [sentence[i] for sentence, i in numbers]
    before = Counter(sentence[i - 1].lower() for sentence, i in numbers if i)
    after = Counter(sentence[i + 1].lower() for sentence, i in numbers if i + 1 < len(sentence))
    return NumberCounts(
        numbers,
        n_tokens=words.total(),
        n_types=len(words),
        counts=Counter(tokens),
        other_types=frozenset(words.keys() - set(tokens)),
        before=before.most_common(6),
        after=after.most_common(6),
        magnitudes=Counter(magnitude(parse(token).value) for token in tokens),
        kinds=Counter(type_of(sentence, i) for sentence, i in numbers),
    )


def number_types_table(found, seed=0, examples=3):
    """Count the types of numbers; each with the range of its values and random examples.

    Parameters
    ----------
    found : list of (sentence, position)
        As from `numerals.numerals`.
    seed : int
        Of the examples.
    examples : int

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> found = numerals([["in", "1990"], ["in", "2010"], ["it", "cost", "$5"]])
    >>> number_types_table(found)[["type", "tokens", "middle 90 % of values"]].values.tolist()
    [['date', '2', '1991 to 2009'], ['money', '1', '5 to 5']]
    """
    import pandas as pd  # which takes longer to import than the rest

    rng, places = np.random.default_rng(seed), {}
    for sentence, i in found:
        places.setdefault(type_of(sentence, i), []).append((sentence, i))
    rows = []
    for kind, members in sorted(places.items(), key=lambda item: -len(item[1])):
        values = [min(abs(float(parse(sentence[i]).value)), 1e300) for sentence, i in members]
        low, high = (_readable(q, kind) for q in np.quantile(values, [0.05, 0.95]))
        picked = rng.choice(len(members), min(examples, len(members)), replace=False)
        contexts = [members[j][0][max(0, members[j][1] - 1) : members[j][1] + 2] for j in picked]
        shown = "; ".join(" ".join(map(as_markdown, context)) for context in contexts)
        proportion = 100 * len(members) / len(found)
        rows.append((kind, f"{len(members):,}", f"{proportion:.1f}", f"{low} to {high}", shown))
    columns = ["type", "tokens", "proportion [%]", "middle 90 % of values", "examples with their neighbours"]
    return pd.DataFrame(rows, columns=columns)


def _readable(value, kind):
    if 1000 <= value < 1e15:
        return f"{value:.0f}" if kind == "date" else f"{value:,.0f}"
    return f"{value:.3g}"


def types_for_numbers(counted, scheme):
    """Types that the numbers of a text need under a scheme, beyond its other types; set of str.

    What stands after a number stays with it (``N-year-old``), so `N` needs more than one type.

    Parameters
    ----------
    counted : NumberCounts
    scheme : str
        One of `NUMBER_SCHEMES`.

    Examples
    --------
    >>> counted = count_numbers([["a", "3-year-old", "$", "note", "of", "$5", "or", "7"]])
    >>> sorted(types_for_numbers(counted, "N")), len(types_for_numbers(counted, "keep"))
    (['N', 'N-year-old'], 3)
    """
    made = {token for sentence, i in counted.numbers for token in written(sentence, i, scheme)}
    return made - counted.other_types


def number_schemes_table(counted):
    """Compare schemes for numbers: the types each needs and the length of the text under it.

    Parameters
    ----------
    counted : NumberCounts

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> table = number_schemes_table(count_numbers([["1990", "or", "2005", "or", "$12"]]))
    >>> table[["scheme", "types for numbers", "tokens per word"]].values.tolist()[1:4]
    [['`N`', '2', '1.200'], ['`magnitude`', '3', '1.200'], ['`digits`', '6', '2.600']]
    """
    import pandas as pd  # which takes longer to import than the rest

    rows = []
    for scheme, (keeps, loses) in _KEPT.items():
        added = sum(len(written(sentence, i, scheme)) - 1 for sentence, i in counted.numbers)
        types = f"{len(types_for_numbers(counted, scheme)):,}"
        rows.append((f"`{scheme}`", types, f"{1 + added / counted.n_tokens:.3f}", keeps, loses))
    return pd.DataFrame(rows, columns=["scheme", "types for numbers", "tokens per word", "keeps", "costs"])


_KEPT = {
    "keep": ("everything", "most numbers are too rare to learn"),
    "N": ("that it is a number", "magnitude and type"),
    "magnitude": ("order of magnitude", "type, exact value"),
    "digits": ("everything, in pieces", "a longer text"),
    "typed": ("type", "magnitude"),
    "typed-magnitude": ("both", "exact value"),
}
