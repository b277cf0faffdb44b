import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib import W2VError
from w2vlib.models import ppmi_svd
from w2vlib.text.vocabulary import encode

texts = st.lists(st.lists(st.sampled_from("abcde"), max_size=7), min_size=1, max_size=5).filter(any)


@given(texts, st.integers(1, 4), st.integers(1, 6))
def test_cooccurrences_by_hand(sentences, window, at_once):
    vocab, ids, offsets = encode(sentences)
    expected = np.zeros((len(vocab), len(vocab)))
    for sentence in sentences:
        for (i, a), (j, b) in itertools.permutations(enumerate(sentence), 2):
            if abs(i - j) <= window:
                expected[vocab.ids[a], vocab.ids[b]] += (window + 1 - abs(i - j)) / window
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ppmi_svd, "_AT_ONCE", at_once)
        found = ppmi_svd.cooccurrences(ids, offsets, len(vocab), window)
    np.testing.assert_allclose(found.toarray(), expected)


@pytest.mark.parametrize("shift", [1, 5, 0.5])
def test_full_rank_gives_the_matrix_back(shift):
    """W Σ W' is what the matrix of shifted mutual information times itself is."""
    rng = np.random.default_rng(0)
    sentences = [[f"w{i}" for i in rng.integers(0, 12, 8)] for _ in range(60)]
    vocab, ids, offsets = encode(sentences)
    counts = ppmi_svd.cooccurrences(ids, offsets, 12, 3).toarray()
    words = counts.sum(1)
    contexts = words**0.75 / (words**0.75).sum()
    with np.errstate(divide="ignore"):
        expected = np.maximum(0, np.log(counts / np.outer(words, contexts)) - np.log(shift))
    e = ppmi_svd.ppmi_svd(sentences, dim=12, window=3, eigenvalues=1.0, shift=shift)
    assert e.vocab.words == vocab.words
    np.testing.assert_allclose(e.vectors @ e.vectors.T, expected @ expected.T, atol=1e-9)
    _, left, singular, right = ppmi_svd.ppmi_factors(sentences, 12, 3, shift=shift)
    np.testing.assert_allclose(left * singular @ right.T, expected, atol=1e-9)
    both = ppmi_svd.ppmi_svd(sentences, 12, 3, shift=shift, combine="input+output", center=True)
    total = (left + right) * singular**0.5
    np.testing.assert_allclose(both.vectors, total - total.mean(0), atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shift": 0}, "shift=0 is not allowed"),
        ({"combine": "both"}, "combine='both' is not allowed"),
        ({"center": None}, "center=None is not allowed"),
    ],
)
def test_settings_that_are_not_allowed_are_refused(change, message):
    with pytest.raises(W2VError, match=message):
        ppmi_svd.ppmi_svd([["a", "b"]], dim=1, **change)


def test_topics_are_told_apart():
    rng = np.random.default_rng(1)
    sentences = [[f"{topic}{i}" for i in rng.integers(0, 15, 10)] for topic in "ab" for _ in range(200)]
    e = ppmi_svd.ppmi_svd(sentences, dim=5)
    assert all(word.startswith("a") for word, _ in e.most_similar("a3", 10))
    assert ppmi_svd.ppmi_svd(sentences, dim=5).vectors.tobytes() == e.vectors.tobytes()
    assert ppmi_svd.ppmi_svd(sentences, dim=100).vectors.shape == (30, 100)  # more than there are words


@pytest.mark.parametrize("name", ["dim", "window", "min_count", "noise_exponent", "eigenvalues", "shift"])
@pytest.mark.parametrize("value", [None, True, "5", float("nan"), float("inf"), -(10**20), [1]])
def test_odd_parameters_are_refused(name, value):
    with pytest.raises(W2VError, match=f"{name}=.* is not allowed"):
        ppmi_svd.ppmi_svd([["the", "cat", "sat"]], **{name: value})
