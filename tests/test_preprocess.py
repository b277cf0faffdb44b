import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib import W2VError
from w2vlib import preprocess as pre
from w2vlib.corpus import from_sentences

numeral = st.one_of(
    st.integers(0, 10**9).map(str),
    st.integers(0, 10**9).map("{:,}".format),
    st.decimals(0, 10**6, places=2).map(str),
    st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda t: f"{t[0]}/{t[1]}"),
).flatmap(lambda s: st.sampled_from([s, "-" + s, "−" + s]))


@pytest.mark.parametrize(
    ("token", "value", "bucket"),
    [
        ("0", 0, "<0>"), ("7", 7, "<1e0>"), ("10", 10, "<1e1>"), ("999", 999, "<1e2>"),
        ("1,000", 1000, "<1e3>"),
        ("-5", -5, "<-1e0>"), ("−5.5", -5.5, "<-1e0>"), ("0.05", 0.05, "<1e-2>"), ("3/4", 0.75, "<1e-1>"),
    ],
)  # fmt: skip
def test_values_and_buckets(token, value, bucket):
    assert pre.number_value(token) == pytest.approx(value)
    assert pre.magnitude_bucket(token) == bucket


@given(numeral)
def test_every_numeral_has_a_bucket_that_holds_it(token):
    value, bucket = abs(pre.number_value(token)), pre.magnitude_bucket(token)
    if value:
        low = 10.0 ** float(bucket[1:-1].lstrip("-")[2:])
        assert low * (1 - 1e-9) <= value < 10 * low
    else:
        assert bucket == "<0>"
    assert "".join(pre.number_digits(token)) == token.replace(",", "")


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("rose 5 % today", "percent"), ("about 5 percent", "percent"), ("about 5 per cent", "percent"),
        ("paid $ 1990 now", "money"), ("born May 12 there", "date"), ("the 12 May attack", "date"),
        ("in 1861 he", "year"), ("some 2500 men", "plain"), ("for 3/4 of", "fraction"), ("has 5", "plain"),
    ],
)  # fmt: skip
def test_types_by_neighbours(sentence, kind):
    tokens = sentence.split()
    at = next(i for i, token in enumerate(tokens) if token[0].isdigit())
    assert pre.number_type(tokens, at) == kind


def test_numerals_and_what_is_gone_already():
    raw = from_sentences([["in", "1861", "he", "had", "5"], ["no"]])
    assert [sentence[i] for sentence, i in pre.numerals(raw)] == ["1861", "5"]
    assert not pre.is_preprocessed(raw)
    assert pre.is_preprocessed(from_sentences([["a", "<unk>"]]))
    assert not pre.is_preprocessed(from_sentences([["a"] * 200, ["<unk>"]]))


@pytest.fixture(scope="module")
def sentences(bundled):
    return bundled.sentences[:3000]


@pytest.mark.parametrize("kind", ["bpe", "wordpiece"])
def test_pieces_spell_the_words(sentences, kind):
    tokenizer = pre.train_subwords(sentences, kind, 1000)
    assert tokenizer.get_vocab_size() <= 1000
    words = [w for s in sentences for w in s][:2000]
    for word, pieces in zip(words, pre.pieces_of(tokenizer, [words]), strict=True):
        joined = "".join(pieces)
        assert pre.UNKNOWN in joined or joined == pre.WORD_START + word
    again = pre.train_subwords(sentences, kind, 1000)
    assert again.to_str() == tokenizer.to_str()


def test_unknown_kind(sentences):
    with pytest.raises(W2VError, match="1 pieces are too few"):
        pre.train_subwords(sentences, "bpe", 1)
    with pytest.raises(W2VError, match="kind='x'"):
        pre.train_subwords(sentences, "x", 1000)


def test_tables(sentences):
    found = [(s, i) for s in sentences for i, t in enumerate(s) if t.isdigit()]
    types = pre.number_types_table(found, np.random.default_rng(0))
    assert sum(int(n.replace(",", "")) for n in types["tokens"]) == len(found)
    schemes = pre.number_schemes_table(found, sum(map(len, sentences))).set_index("scheme")
    assert schemes.loc["one token `N`", "types for numbers"] == "1"
    assert float(schemes.loc["digit by digit", "tokens a word"]) > 1
    tokenizer = pre.train_subwords(sentences, "bpe", 1000)
    words = [w for s in sentences for w in s]
    spelled = {"bpe": pre.pieces_of(tokenizer, sentences)}
    table = pre.pieces_table(words, set(words), {"bpe": tokenizer}, spelled)
    assert table.iloc[0, 3] == 0 and table.iloc[1, 2] > 1
