import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numeral_strategies import numeral, word

from w2vlib import W2VError
from w2vlib.preprocessing import number_schemes, rare_words
from w2vlib.text import numerals

SCHEMES = [scheme for scheme in number_schemes.NUMBER_SCHEMES if scheme != "keep"]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("keep", "He paid $8m on May 3 for 1,500.25 3-year-old -5 XIV"),
        ("N", "He paid $ N on May N for N N-year-old N XIV"),
        ("magnitude", "He paid $ <1e6> on May <1e0> for <1e3> <1e0>-year-old <-1e0> XIV"),
        ("digits", "He paid $ 8 m on May 3 for 1 5 0 0 <point> 2 5 3 -year-old <minus> 5 XIV"),
        ("typed", "He paid $ <money> on May <date> for <plain> <plain>-year-old <plain> XIV"),
        (
            "typed-magnitude",
            "He paid $ <money:1e6> on May <date:1e0> for <plain:1e3> <plain:1e0>-year-old <plain:-1e0> XIV",
        ),
    ],
)
def test_one_sentence_under_every_scheme(scheme, expected):
    sentence = "He paid $8m on May 3 for 1,500.25 3-year-old -5 XIV".split()
    assert " ".join(number_schemes.rewritten(sentence, scheme)) == expected


@pytest.mark.parametrize("scheme", number_schemes.NUMBER_SCHEMES)
@given(sentence=st.lists(word, max_size=8))
def test_schemes_are_total_and_twice_is_once(scheme, sentence):
    once = number_schemes.rewritten(sentence, scheme)
    assert number_schemes.rewritten(once, scheme) == once
    assert all(isinstance(token, str) for token in once)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(sentence=st.lists(word, max_size=8))
def test_nothing_but_numbers_changes(scheme, sentence):
    others = [token for token in sentence if numerals.parse(token) is None]
    kept = iter(number_schemes.rewritten(sentence, scheme))
    assert all(any(token == found for found in kept) for token in others)  # all there, in order
    for i, token in enumerate(sentence):
        if numerals.parse(token) is None:
            assert number_schemes.written(sentence, i, scheme) == [token]
        elif scheme != "digits":
            assert not any(numerals.parse(new) for new in number_schemes.written(sentence, i, scheme))


@given(numeral)
def test_digits_keep_everything(token):
    spelled = number_schemes.written([token], 0, "digits")
    joined = "".join(spelled).replace("<point>", ".").replace("<minus>", "-")
    plain = token.replace(",", "").replace("−", "-")
    sign = re.match(r"([-+]?)([$£]?)", plain)
    assert joined == sign[2] + sign[1] + plain[sign.end() :]
    assert all(len(part) == 1 for part in spelled if part[0].isdigit())


def test_an_unknown_scheme_is_named():
    with pytest.raises(W2VError, match="numbers='roman' is not allowed: give one of keep, N, magnitude"):
        number_schemes.rewritten([], "roman")


@pytest.mark.parametrize("text", [iter([["a", "b"]]), ["3 4 cats"], [["a"], (word for word in "ab")]])
def test_texts_that_are_none_or_read_once_are_refused(text):
    for call in (
        number_schemes.count_numbers,
        lambda text: rare_words.measure_rare_words(text, 1, 1),
        rare_words.lost_tokens,
    ):
        with pytest.raises(W2VError, match="give|read"):
            call(text)
