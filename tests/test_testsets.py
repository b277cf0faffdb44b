import math

import numpy as np
import pytest
from gensim.test.utils import datapath

from w2vlib import Embeddings, SkipGram, W2VError
from w2vlib.testsets import WORD_PAIRS, analogy_questions, score_analogies, score_word_pairs, word_pairs
from w2vlib.vocab import Vocabulary


def of(vectors, words, counts=None):
    counts = np.ones(len(words), int) if counts is None else np.array(counts)
    return Embeddings(np.array(vectors, float), Vocabulary(tuple(words), counts))


def test_sets_have_their_published_sizes():
    assert [len(word_pairs(name)) for name in WORD_PAIRS] == [353, 999]
    assert len(analogy_questions()) == 19_544
    assert ("Athens", "Greece", "Baghdad", "Iraq") in analogy_questions()
    with pytest.raises(W2VError, match="WordSim-353"):
        word_pairs("nothing")


def test_similarity_by_hand():
    e = of([[1, 0], [1, 0.1], [1, 1], [0, 1]], ["a", "b", "c", "d"])
    pairs = [("a", "b", 9), ("a", "c", 5), ("a", "d", 1)]
    assert score_word_pairs(e, pairs).value == pytest.approx(1)
    assert score_word_pairs(e, [(a, b, -s) for a, b, s in pairs]).value == pytest.approx(-1)
    score = score_word_pairs(e, [*pairs, ("a", "unknown", 2)])
    assert (score.covered, score.total) == (3, 4)
    assert math.isnan(score_word_pairs(e, [("x", "y", 1)]).value)


def test_analogies_by_hand():
    e = of(
        [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]], ["man", "king", "woman", "queen", "other"]
    )
    right, wrong, unknown = (
        ("man", "king", "woman", "queen"),
        ("man", "king", "woman", "other"),
        ("a", "b", "c", "d"),
    )
    score = score_analogies(e, [right, wrong, unknown])
    assert (score.value, score.covered, score.total) == (0.5, 2, 3)
    assert math.isnan(score_analogies(e, [unknown]).value)


def test_the_most_frequent_form_of_a_word_counts():
    e = of([[0, 1], [1, 0], [1, 0.1], [1, 1], [0.2, 1]], ["Us", "us", "B", "c", "d"], [1, 9, 1, 1, 1])
    pairs = [("US", "b", 3), ("us", "C", 2), ("Us", "D", 1)]
    assert score_word_pairs(e, pairs).value == pytest.approx(1)


def test_gensim_agrees(bundled):
    e = SkipGram(dim=16, epochs=1).fit(bundled, progress=False).embeddings
    keyed = e.to_keyed_vectors()
    for name, file in WORD_PAIRS.items():
        _, spearman, missing = keyed.evaluate_word_pairs(datapath(file), restrict_vocab=len(e))
        score = score_word_pairs(e, word_pairs(name))
        assert score.value == pytest.approx(spearman.statistic, abs=1e-9)
        assert score.covered == round(score.total * (1 - missing / 100))
