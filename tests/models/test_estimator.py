"""`SkipGram` by the conventions of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from w2vlib import CharNGrams, SkipGram, W2VError
from w2vlib.models import skipgram
from w2vlib.text.corpus import from_sentences

SMALL = {"dim": 8, "epochs": 3, "subsample": 0, "learning_rate": 0.1}


def topics(n=300, seed=0):
    """Sentences about animals or about fruit, and which; "the" and "is" are in both."""
    rng = np.random.default_rng(seed)
    words = [["cat", "dog", "cow", "pig", "hen"], ["plum", "pear", "fig", "lime", "date"]]
    labels = rng.integers(0, 2, n)
    return [[*rng.choice(words[y], 4).tolist(), "the", "is"] for y in labels], labels


def test_parameters_are_read_set_and_cloned():
    model = SkipGram(dim=7, subwords=CharNGrams(3, 4))
    assert model.get_params()["dim"] == 7 and model.set_params(window=2).window == 2
    copy = clone(model)
    assert copy is not model and copy.get_params() == model.get_params()
    assert repr(SkipGram(dim=7)) == "SkipGram(dim=7)"
    with pytest.raises(ValueError, match="Invalid parameter 'step'"):
        model.set_params(step=1)


def test_every_parameter_has_a_rule():
    assert skipgram.PARAMETERS.keys() == SkipGram().get_params().keys()


def test_the_constructor_only_stores():
    model = SkipGram(dim=0)  # as scikit-learn asks
    with pytest.raises(W2VError, match="dim=0 is not allowed"):
        model.check_params()
    with pytest.raises(W2VError, match="dim=0 is not allowed"):
        model.fit([["a", "b"]])


@pytest.mark.parametrize("name", ["embeddings_", "output_vectors_", "history_"])
def test_before_fit_there_are_no_results(name):
    model = SkipGram(dim=3)
    assert not hasattr(model, name)
    with pytest.raises(NotFittedError, match="call fit first"):
        getattr(model, name)
    with pytest.raises(NotFittedError):
        model.transform([["a"]])
    with pytest.raises(AttributeError, match="no attribute 'vectors'"):
        _ = model.vectors


def test_a_sentence_is_the_mean_of_its_words():
    sentences, labels = topics()
    model = SkipGram(**SMALL).fit(sentences, labels, progress=False)
    found = model.transform([["cat", "dog", "unknown"], ["unknown"], []])
    assert found.dtype == np.float32 and found.shape == (3, 8)
    e = model.embeddings_
    np.testing.assert_allclose(found[0], (e["cat"] + e["dog"]) / 2, rtol=1e-6)
    assert not found[1:].any()
    assert model.transform([]).shape == (0, 8)
    assert model.fit_transform(sentences, progress=False).shape == (300, 8)
    for bad in (["cat dog"], [["cat", 7]]):
        with pytest.raises(W2VError, match="Sentence 1 is no list of words"):
            model.transform(bad)


def test_unknown_words_count_where_they_have_ngrams():
    sentences, _ = topics()
    model = SkipGram(**SMALL, subwords=CharNGrams(2, 3)).fit(sentences, progress=False)
    found = model.transform([["cats"], ["cats", "cat"]])
    e = model.embeddings_
    np.testing.assert_allclose(found, [e["cats"], (e["cats"] + e["cat"]) / 2], rtol=1e-6)


def test_y_is_ignored():
    sentences, labels = topics()
    models = [SkipGram(**SMALL).fit(sentences, y, progress=False) for y in (None, labels)]
    assert np.array_equal(models[0].embeddings_.vectors, models[1].embeddings_.vectors)


def test_in_a_pipeline_and_a_grid_search():
    (train, train_y), (test, test_y) = topics(), topics(seed=1)
    pipeline = make_pipeline(SkipGram(**SMALL), LogisticRegression())
    fitted = pipeline.fit(train, train_y, skipgram__progress=False)
    assert fitted.score(test, test_y) > 0.95
    search = GridSearchCV(
        Pipeline([("vectors", SkipGram(**SMALL)), ("classifier", LogisticRegression())]),
        {"vectors__dim": [1, 8], "vectors__learning_rate": [0.1]},
        cv=2,
    )
    corpus = from_sentences(train)
    search.fit(corpus, train_y, vectors__progress=False)
    assert search.best_score_ > 0.9 and search.best_params_["vectors__dim"] in (1, 8)
    assert len(search.cv_results_["params"]) == 2


def test_features_have_names():
    sentences, _ = topics()
    model = SkipGram(**SMALL).set_output(transform="pandas")
    frame = model.fit(sentences, progress=False).transform(sentences[:4])
    assert frame.columns.tolist() == [f"skipgram{i}" for i in range(8)] and len(frame) == 4
