import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib.text.tokenizer import is_word, split_sentences, tokenise
from w2vlib.utils.markdown import as_markdown


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("He said: “It’s 3.5% (or more)!”", "He said It 's 3.5 % or more"),
        ("They don't, can't, won't.", "They do n't ca n't wo n't"),
        ("The U.S. paid $1,234.50 in 1989.", "The U.S. paid $ 1,234.50 in 1989"),
        ("a 3-year-old, the 1980s, the 20th", "a 3-year-old the 1980s the 20th"),
        ("−40 °C, -3, 1914–1918, 5/8", "−40 ° C -3 1914 1918 5/8"),
        ("well-known O'Brien of AT&T", "well-known O'Brien of AT&T"),
        ("Lincoln's company's sons' toys", "Lincoln 's company 's sons toys"),
        ("the <unk> of N", "the <unk> of N"),
        ("naïve Ångström Ελλάδα", "naïve Ångström Ελλάδα"),
        ("'quoted' -- ... * | ==", "quoted"),
        ("at 4:00pm, 12:30", "at 4:00pm 12:30"),
    ],
)
def test_tokens(text, tokens):
    assert tokenise(text) == tokens.split()


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("One. Two. Three.", 3),
        ("Mr. Smith met Dr. Jones. They left.", 2),
        ("J. R. R. Tolkien wrote. He smoked.", 2),
        ("Really? Yes! “No.” Fine.", 4),
        ("It cost 3.5 dollars. In 1989. it rose.", 2),
        ("e.g. This and i.e. That.", 1),
        ("It was No. 5 of Vol. 2. Is it? No. Five.", 4),
        ("So did I. You too.", 2),
        ("", 0),
    ],
)
def test_sentences(text, n):
    assert len(split_sentences(text)) == n


@given(st.text())
def test_total_and_without_white_space(text):
    for sentence in split_sentences(text):
        for token in tokenise(sentence):
            assert token.split() == [token]


@given(st.text())
def test_splitting_loses_no_characters(text):
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


def test_words_of_a_punctuated_corpus():
    assert [t for t in ["The", ",", "$", "``", "-LRB-", "3.5", "--", "n't", "%"] if is_word(t)] == [
        "The", "$", "3.5", "n't", "%",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("token", "shown"),
    [
        ("king", "king"), ("U.S.", "U.S."), ("'s", "'s"), ("20-year", "20-year"), ("3.5", "3.5"), ("naïve", "naïve"),
        ("$", "`$`"), ("<unk>", "`<unk>`"), ("a_b", "`a_b`"), ("*x*", "`*x*`"), ("a`b", "`` a`b ``"), ("--", "`--`"),
        (r"\alpha", r"`\alpha`"), ("[x]", "`[x]`"), ("a|b", "`a|b`"),
    ],
)  # fmt: skip
def test_tokens_in_markdown(token, shown):
    assert as_markdown(token) == shown


@pytest.mark.parametrize(
    "unit",
    [
        "A. B. Smith, ",
        ".",
        "!",
        "' ",
        '"',
        "(",
        "<a",
        "-",
        "1.",
        "1,",
        "n't",
        "a-",
        "a. ",
        "e.g. ",
        ". (",
        "\x0b",
        "…",
        "Ж. ",
        "&",
        ". '",
    ],
)
def test_long_runs_take_linear_time(unit):
    def seconds(n):
        text = unit * n
        begin = time.process_time()
        pieces = split_sentences(text)
        for piece in pieces:
            tokenise(piece)
        return time.process_time() - begin

    assert seconds(40_000) < 0.1 + 40 * seconds(4_000)  # a quadratic method takes 100 times as long
