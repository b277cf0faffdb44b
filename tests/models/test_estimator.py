"""`SkipGram` by the conventions of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline

from w2vlib import CharNGrams, SkipGram, W2VError
from w2vlib.models import skipgram, skipgram_settings
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


def test_settings_for_small_text_make_an_estimator():
    model = SkipGram.for_small_text(dim=7, epochs=2, seed=3)
    assert (model.dim, model.epochs, model.seed) == (7, 2, 3)
    assert model.check_params().keys() == SkipGram().get_params().keys()
    assert clone(model).get_params() == model.get_params()
    plain, small = SkipGram().get_params(), SkipGram.for_small_text().get_params()
    changed = {name for name in plain if plain[name] != small[name]}
    assert changed == set(skipgram._SMALL_TEXT) and "dim" not in changed and "min_count" not in changed
    with pytest.raises(TypeError, match="step"):
        SkipGram.for_small_text(step=1)
    sentences, y = topics()
    search = GridSearchCV(
        Pipeline([("vectors", SkipGram.for_small_text(**SMALL)), ("classifier", LogisticRegression())]),
        {"vectors__center": [False, True]},
        cv=2,
    )
    assert search.fit(sentences, y, vectors__progress=False).best_score_ > 0.9


@pytest.mark.parametrize("center", [False, True, np.bool_(True)])
@pytest.mark.parametrize("combine", ["input", "input+output"])
def test_vectors_are_combined_and_centred_after_the_same_training(combine, center, tmp_path):
    sentences, _ = topics()
    plain = SkipGram(**SMALL).fit(sentences, checkpoint_dir=tmp_path, progress=False)
    V, U = plain.embeddings_.vectors, plain.output_vectors_
    # the checkpoint of the training is that of every combination: nothing is trained again
    model = SkipGram(**SMALL, combine=combine, center=center)
    model.fit(sentences, checkpoint_dir=tmp_path, progress=False)
    expected = V + U if combine == "input+output" else V
    expected = expected - expected.mean(0) if center else expected
    np.testing.assert_allclose(model.embeddings_.vectors, expected, atol=1e-6)
    assert model.embeddings_.vectors.dtype == np.float32
    assert model.output_vectors_.tobytes() == U.tobytes() and model.history_ == plain.history_
    assert not center or np.abs(model.embeddings_.vectors.mean(0)).max() < 1e-6


def test_centred_vectors_of_words_and_of_unknown_words_are_moved_alike():
    sentences, _ = topics()
    plain, centred = (
        SkipGram(**SMALL, subwords=CharNGrams(2, 3), center=center).fit(sentences, progress=False).embeddings_
        for center in (False, True)
    )
    mean = plain.vectors.mean(0)
    for word in ("cat", "plums"):
        assert np.abs(mean).max() > 1e-3
        np.testing.assert_allclose(centred[word], plain[word] - mean, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"combine": "output"}, "combine='output' is not allowed: give one of input, input.output"),
        ({"center": 1}, "center=1 is not allowed: give True or False"),
        ({"combine": "input+output", "subwords": CharNGrams()}, "is not allowed with subwords"),
    ],
)
def test_combinations_that_make_no_sense_are_refused(change, message):
    with pytest.raises(W2VError, match=message):
        SkipGram(**change).check_params()


def test_every_parameter_has_a_rule():
    assert skipgram_settings.PARAMETERS.keys() == SkipGram().get_params().keys()


def test_the_constructor_only_stores():
    model = SkipGram(dim=0)  # as scikit-learn asks
    with pytest.raises(W2VError, match="dim=0 is not allowed"):
        model.check_params()
    with pytest.raises(W2VError, match="dim=0 is not allowed"):
        model.fit([["a", "b"]])


@pytest.mark.parametrize("name", ["embeddings_", "input_vectors_", "output_vectors_", "history_"])
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
        with pytest.raises(W2VError, match="(?i)sentence 1 is "):
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


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("a b", "list of token lists, and str came"),
        (7, "list of token lists, and int came"),
        (["a b"], "Sentence 1 is of type str"),
        ([["a"], 7], "Sentence 2 is of type int"),
        ([["a", ["b"]]], r"The word \['b'\] in sentence 1 is no string"),
    ],
)
def test_what_is_no_text_is_not_transformed(X, message):
    model = SkipGram(dim=2, epochs=1, subsample=0).fit([["a", "b"]] * 3, progress=False)
    with pytest.raises(W2VError, match=message):
        model.transform(X)


def test_sentences_may_be_read_once_and_be_none():
    model = SkipGram(dim=2, epochs=1, subsample=0).fit([["a", "b"]] * 3, progress=False)
    once = model.transform(iter(sentence) for sentence in [["a", "b"], []])
    np.testing.assert_array_equal(once, model.transform([["a", "b"], []]))
    assert once.any(axis=1).tolist() == [True, False] and model.transform([]).shape == (0, 2)


def test_parameters_of_a_grid_of_numpy_can_be_saved_and_resumed(tmp_path):
    settings = {**SMALL, "dim": np.int64(8), "learning_rate": np.float32(0.1)}
    sentences, _ = topics()
    first, again = (
        SkipGram(**settings).fit(sentences, checkpoint_dir=tmp_path, progress=False) for _ in range(2)
    )
    assert first.embeddings_.vectors.tobytes() == again.embeddings_.vectors.tobytes()


@pytest.mark.parametrize("client", ["tcp://10.0.0.1:8786", 3, object()])
def test_a_client_that_is_none_is_refused(client):
    with pytest.raises(W2VError, match="client=.* is not allowed: give a distributed.Client"):
        SkipGram(dim=3).fit([["a", "b"]] * 9, progress=False, client=client)


@pytest.mark.parametrize("sentence", [{"a", "b"}, frozenset("ab"), {"a": 1, "b": 2}])
def test_sentences_without_an_order_are_refused(sentence):
    with pytest.raises(W2VError, match="Sentence 2 is of type .*give a list of strings"):
        SkipGram(dim=3).fit([["a", "b"], sentence] * 9, progress=False)


def test_sentences_that_can_be_read_once_only_are_refused():
    with pytest.raises(W2VError, match="Sentence 1 is of type generator, which is read once only"):
        SkipGram(dim=2, epochs=1).fit([(word for word in "ab") for _ in range(9)], progress=False)
