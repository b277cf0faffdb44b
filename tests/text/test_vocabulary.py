from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib import W2VError
from w2vlib.text import vocabulary as vocab_module
from w2vlib.text.vocabulary import Vocabulary, encode

SENTENCES = [["b", "a", "b"], ["c", "a"], ["b"]]
texts = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8), min_size=1).filter(any)


@pytest.mark.parametrize("order", [[[0, 1], 0, 1], [np.zeros((2, 2)), 0, 1], [memoryview(b"a"), 0, 1]])
def test_an_order_of_lists_is_refused(order):
    vocab = Vocabulary(("a", "b", "c"), np.array([3, 2, 1]))
    with pytest.raises(W2VError, match="is not allowed: give each id from 0 to 2 once"):
        vocab.reordered(order)


def test_order_by_frequency_and_by_appearance():
    assert encode(SENTENCES)[0].words == ("b", "a", "c")
    assert encode([["c", "a", "b", "b"]], order="appearance")[0].words == ("c", "a", "b")
    assert encode(SENTENCES, max_vocab=2)[0].words == ("b", "a")
    assert encode(SENTENCES, min_count=2)[0].counts.tolist() == [3, 2]


def test_nothing_left_is_refused():
    with pytest.raises(W2VError, match="4 times or more"):
        encode(SENTENCES, min_count=4)


def test_a_word_twice_is_refused():
    with pytest.raises(W2VError):
        Vocabulary(("a", "a"), np.array([1, 1]))


@given(texts, st.integers(1, 3), st.none() | st.integers(1, 5), st.integers(1, 9), st.booleans())
def test_encoding_keeps_the_words_of_the_vocabulary_and_sentence_bounds(
    sentences, min_count, max_vocab, at_once, mapped
):
    seen = Counter(token for sentence in sentences for token in sentence)
    kept = {word for word, n in seen.most_common(max_vocab) if n >= min_count}
    with pytest.MonkeyPatch.context() as patch:  # pieces that end anywhere in a sentence
        patch.setattr(vocab_module, "_AT_ONCE", at_once)
        patch.setattr(vocab_module, "MAPPED_FROM", 1 if mapped else 1 << 24)
        if not kept:
            with pytest.raises(W2VError, match="No word"):
                encode(iter(sentences), min_count, max_vocab)
            return
        vocab, ids, offsets = encode(iter(sentences), min_count, max_vocab)
    assert set(vocab.words) == kept and ids.dtype == np.int32
    decoded = [[vocab.words[i] for i in ids[a:b]] for a, b in zip(offsets, offsets[1:], strict=False)]
    assert decoded == [[token for token in sentence if token in kept] for sentence in sentences]
    assert vocab.counts.tolist() == [seen[word] for word in vocab.words]
    assert np.array_equal(np.bincount(ids, minlength=len(vocab)), vocab.counts)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint64, np.int8, ">i4"])
def test_counts_of_any_whole_type_are_int64(kind):
    vocab = Vocabulary(("The", "the", "x"), np.array([5, 0, 7], kind))
    assert vocab.counts.dtype == np.int64 and vocab.counts.tolist() == [5, 0, 7]
    assert np.argsort(-vocab.counts, kind="stable").tolist() == [2, 0, 1]


@pytest.mark.parametrize(
    "order", [[0], [], [2, 0], [0.0, 1.0], None, [0, 0], "ab", [[0, 1]] * 2, [[1, 0]], np.int8(0)]
)
def test_an_order_that_has_not_each_id_once_is_refused(order):
    with pytest.raises(W2VError, match="give each id from 0 to 1 once"):
        Vocabulary(("the", "cat"), np.array([5, 2])).reordered(order)


@pytest.mark.parametrize("word", [np.timedelta64(3), ["a"], {}], ids=repr)
def test_words_that_cannot_be_keys_are_no_strings(word):
    with pytest.raises(W2VError, match="word .*of sentence 1 is no string|in sentence 1 is no string"):
        encode([[word, "a"]])
