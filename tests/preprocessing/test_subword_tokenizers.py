import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import W2VError
from w2vlib.preprocessing import number_schemes, rare_words
from w2vlib.preprocessing import subword_tokenizers as pre
from w2vlib.text import numerals
from w2vlib.text.corpus import from_sentences


def test_what_is_gone_already():
    assert not rare_words.is_preprocessed(from_sentences([["in", "1861", "he", "had", "5"], ["no"]]))
    assert rare_words.is_preprocessed(from_sentences([["a", "<unk>"]]))
    assert not rare_words.is_preprocessed(from_sentences([["a"] * 200, ["<unk>"]]))


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
        assert rare_words.UNKNOWN in joined or joined == pre.WORD_START + word
    again = pre.train_subwords(sentences, kind, 1000)
    assert again.to_str() == tokenizer.to_str()


def test_unknown_kind(sentences):
    with pytest.raises(W2VError, match="1 pieces are too few"):
        pre.train_subwords(sentences, "bpe", 1)
    with pytest.raises(W2VError, match="kind='x'"):
        pre.train_subwords(sentences, "x", 1000)


def test_tables(sentences):
    found = numerals.numerals(sentences)
    types = number_schemes.number_types_table(found, 0)
    assert sum(int(n.replace(",", "")) for n in types["tokens"]) == len(found)
    schemes = number_schemes.number_schemes_table(number_schemes.count_numbers(sentences)).set_index("scheme")
    types_needed = {name: int(n.replace(",", "")) for name, n in schemes["types for numbers"].items()}
    assert 1 <= types_needed["`N`"] < types_needed["`magnitude`"] < types_needed["`typed-magnitude`"]
    assert types_needed["`typed-magnitude`"] < types_needed["`keep`"] and types_needed["`digits`"] < 100
    assert (
        float(schemes.loc["`digits`", "tokens per word"])
        > 1
        == float(schemes.loc["`keep`", "tokens per word"])
    )
    tokenizer = pre.train_subwords(sentences, "bpe", 1000)
    words = [w for s in sentences for w in s]
    spelled = pre.pieces_of(tokenizer, sentences)
    known = {piece for pieces in spelled for piece in pieces}
    table = pre.pieces_table(words, set(words), {"bpe": tokenizer}, {"bpe": known})
    assert table.iloc[0, 3] == table.iloc[1, 3] == 0 and table.iloc[1, 2] > 1
    assert table.iloc[1, 2] == pytest.approx(sum(map(len, spelled)) / len(words))
    assert table.iloc[1, 4] == pytest.approx(100 * sum(len(pieces) == 1 for pieces in spelled) / len(words))
    rarest = spelled[0][0]
    table = pre.pieces_table(words, set(words) - {words[0]}, {"bpe": tokenizer}, {"bpe": known - {rarest}})
    lost = [100 * words.count(words[0]), 100 * sum(rarest in pieces for pieces in spelled)]
    assert table["words lost [%]"].tolist() == pytest.approx([each / len(words) for each in lost])


@pytest.mark.parametrize("kind", ["bpe", "wordpiece"])
def test_a_word_of_a_million_characters_is_cut_in_linear_time(kind):
    rng = random.Random(0)
    long = ["".join(rng.choices("abcdefghij", k=1_000_000)), "a" * 1_000_000]
    tokenizer = pre.train_subwords([["the", "cat", long[0]], ["a", "dog", long[1]]], kind, 100)
    for word in long if kind == "bpe" else ():  # WordPiece has no pieces for words of over 100 characters
        pieces = pre.pieces_of_word(tokenizer, word)
        assert "".join(pieces) == "▁" + word and pieces[0].startswith("▁")


@given(st.text("ab", min_size=990, max_size=3100))
@settings(max_examples=20, deadline=None)
def test_pieces_of_a_long_word_spell_it(word):
    tokenizer = pre.train_subwords([["abba", "baab", "aabb", "bbaa"] * 3], "bpe", 9)
    assert "".join(pre.pieces_of_word(tokenizer, word)) == "▁" + word
