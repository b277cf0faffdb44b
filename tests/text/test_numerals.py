from decimal import Decimal

import pytest
from hypothesis import given
from numeral_strategies import numeral

from w2vlib.text import numerals


@pytest.mark.parametrize(
    ("token", "value", "size"),
    [
        ("0", 0, "0"), ("7", 7, "1e0"), ("10", 10, "1e1"), ("999", 999, "1e2"), ("1,000", 1000, "1e3"),
        ("-5", -5, "-1e0"), ("−5.5", -5.5, "-1e0"), ("+5", 5, "1e0"), ("0.05", 0.05, "1e-2"), (".5", 0.5, "1e-1"),
        ("3/4", 0.75, "1e-1"), ("3/0", 3, "1e0"), ("20th", 20, "1e1"), ("1980s", 1980, "1e3"), ("50%", 50, "1e1"),
        ("$8m", 8_000_000, "1e6"), ("8bn", 8 * 10**9, "1e9"), ("-$3.5", -3.5, "-1e0"), ("3-year-old", 3, "1e0"),
        ("10-12", 10, "1e1"), ("1980–85", 1980, "1e3"), ("10:30", 10, "1e1"), ("1,500.25", 1500.25, "1e3"),
    ],
)  # fmt: skip
def test_values(token, value, size):
    found = numerals.parse(token)
    assert float(found.value) == pytest.approx(value)
    assert numerals.magnitude(found.value) == size


@pytest.mark.parametrize(
    "token",
    [
        "XIV",
        "B-52",
        "3M",
        "49ers",
        "two",
        "",
        "-",
        "$",
        "%",
        ".",
        "1,00",
        "1.2.3",
        "5km",
        "٣",
        "²",
        "x5",
        "<1e3>",
        "9" * 301,
    ],
)
def test_everything_else_is_no_numeral(token):
    assert numerals.parse(token) is None


@given(numeral)
def test_every_numeral_is_in_its_bucket(token):
    value = numerals.parse(token).value
    size = numerals.magnitude(value)
    if value:
        low = Decimal(10) ** int(size.lstrip("-")[2:])
        assert low <= abs(value) < 10 * low and size.startswith("-") == (value < 0)
    else:
        assert size == "0"


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("rose 5 % today", "percent"), ("about 5 percent", "percent"), ("about 5 per cent", "percent"), ("a 5% rise", "percent"),
        ("paid $ 1990 now", "money"), ("paid $8m now", "money"), ("cost 20 dollars", "money"), ("£3.50", "money"),
        ("born May 12 there", "date"), ("the 12 May attack", "date"), ("in 1861 he", "date"), ("the 1980s were", "date"),
        ("the '80 s", None), ("the 80s", "date"), ("at 10:30 a.m.", "date"), ("in 1990-91", "date"), ("some 2500 men", "plain"),
        ("some 1,900 men", "plain"), ("the 20th century", "ordinal"), ("for 3/4 of", "fraction"), ("has 5", "plain"),
        ("a 3-year-old", "plain"), ("rose 8m", "plain"),
    ],
)  # fmt: skip
def test_types_by_form_and_neighbours(sentence, kind):
    tokens = sentence.split()
    at = next((i for i, token in enumerate(tokens) if numerals.parse(token)), None)
    assert (None if at is None else numerals.type_of(tokens, at)) == kind
    assert kind is None or kind in numerals.TYPES


def test_places():
    text = [["in", "1861", "he", "had", "5"], ["no"]]
    assert [sentence[i] for sentence, i in numerals.numerals(text)] == ["1861", "5"]


@pytest.mark.parametrize("token", ["7", "1989", "1,500.25", "-3", "−3", "+4.5", ".5", "3/4", "20th", "12:30"])
def test_numerals(token):
    assert numerals.is_numeral(token)


@pytest.mark.parametrize("token", ["N", "", "-", "1,", "a1", "IV", "B-52", "twenty"])
def test_not_numerals(token):
    assert not numerals.is_numeral(token)
