"""Trainings that go on from vectors of one's own or of somebody else."""

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.exceptions import NotFittedError

from w2vlib import CharNGrams, Embeddings, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.text.vocabulary import Vocabulary

SMALL = {"dim": 8, "epochs": 3, "subsample": 0, "learning_rate": 0.1}


def sentences(*groups, n=200, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.choice(groups[k % len(groups)], 5).tolist() for k in range(n)]


ANIMALS, FRUIT, NEW = ["cat", "dog", "cow"], ["plum", "pear", "fig"], ["kiwi", "fig", "pear", "lime"]


@pytest.fixture(scope="module")
def first():
    return SkipGram(**SMALL).fit(sentences(ANIMALS, FRUIT), progress=False)


def test_no_pair_is_one_sentence_and_leaves_the_earlier_vectors():
    with pytest.raises(
        W2VError, match="^No training pair was drawn: subsampling left .* than 1e-05 .0 keeps"
    ):
        SkipGram(subsample=1e-5).fit([["a", "b", "c"]] * 2, progress=False)
    model = SkipGram(**SMALL).fit(sentences(ANIMALS), progress=False)
    before = model.embeddings_
    with pytest.raises(W2VError, match="No training pair"):
        model.set_params(subsample=1e-9).fit([["a", "b", "c"]] * 2, progress=False)
    assert model.embeddings_ is before


def test_old_words_keep_their_vectors_and_new_words_join(first):
    model = SkipGram(**SMALL).fit(sentences(NEW), init=first, progress=False)
    e, old = model.embeddings_, first.embeddings_
    assert set(e) == {*ANIMALS, *FRUIT, *NEW}
    assert e.vocab.counts.tolist() == sorted(e.vocab.counts.tolist(), reverse=True)
    in_new = [word for s in sentences(NEW) for word in s]
    for word in e:
        row, count = e.vocab.ids[word], in_new.count(word)
        was = old.vocab.ids.get(word)
        assert e.vocab.counts[row] == count + (0 if was is None else old.vocab.counts[was])
        if word in old:
            same = np.array_equal(e[word], old[word])
            assert same == (word not in NEW)
            assert same == np.array_equal(model.output_vectors_[row], first.output_vectors_[was])
    assert e.similarity("kiwi", "lime") > e.similarity("kiwi", "cat") + 0.1
    assert e.similarity("kiwi", "fig") > e.similarity("kiwi", "dog") + 0.1


def test_a_training_starts_from_the_vectors_given(first):
    slow = {**SMALL, "epochs": 1, "learning_rate": 1e-6, "min_learning_rate": 0}
    model = SkipGram(**slow).fit(sentences(FRUIT), init=first, progress=False)
    for word in FRUIT:
        np.testing.assert_allclose(model.embeddings_[word], first.embeddings_[word], atol=2e-3)
    # the loss is that of trained vectors; with output vectors of zero it is that of untrained ones
    assert model.history_[0].pair_loss < 0.95 * 6 * np.log(2)
    foreign = SkipGram(**slow).fit(sentences(FRUIT), init=first.embeddings_, progress=False)
    assert foreign.history_[0].pair_loss == pytest.approx(6 * np.log(2), rel=5e-3)
    for word in FRUIT:
        np.testing.assert_allclose(foreign.embeddings_[word], first.embeddings_[word], atol=2e-3)


def test_partial_fit_is_fit_from_its_own_vectors_with_the_same_bytes(first):
    twice = [SkipGram(**SMALL, threads=threads) for threads in (1, 3)]
    for model in twice:
        model.partial_fit(sentences(ANIMALS, FRUIT), progress=False)
        assert model.embeddings_.vectors.tobytes() == first.embeddings_.vectors.tobytes()
        model.partial_fit(sentences(NEW), progress=False)
    again = SkipGram(**SMALL).fit(sentences(NEW), init=first, progress=False)
    for model in twice:
        assert model.embeddings_.vocab.words == again.embeddings_.vocab.words
        assert model.embeddings_.vectors.tobytes() == again.embeddings_.vectors.tobytes()
        assert model.output_vectors_.tobytes() == again.output_vectors_.tobytes()


@pytest.mark.parametrize("changes", [{"center": True}, {"combine": "input+output"}])
def test_it_goes_on_from_the_input_vectors_whatever_is_shown(first, changes):
    shown = SkipGram(**SMALL, **changes).fit(sentences(ANIMALS, FRUIT), progress=False)
    assert np.array_equal(shown.input_vectors_, first.embeddings_.vectors)
    shown.partial_fit(sentences(NEW), progress=False)
    plain = SkipGram(**SMALL).fit(sentences(NEW), init=first, progress=False)
    assert np.array_equal(shown.input_vectors_, plain.input_vectors_)
    assert not np.allclose(shown.embeddings_.vectors, plain.embeddings_.vectors)


def test_new_words_of_two_continuations_start_apart():
    tiny = {**SMALL, "epochs": 1, "learning_rate": 1e-9, "min_learning_rate": 0}
    model = SkipGram(**tiny).fit([["a", "b"]] * 9, progress=False)
    for new in ("c", "d"):
        model.partial_fit([[new, new]] * 9, progress=False)
    vectors = model.embeddings_.unit_vectors
    off_diagonal = (vectors @ vectors.T)[~np.eye(4, dtype=bool)]
    assert np.abs(off_diagonal).max() < 0.99


def test_an_interrupted_continuation_is_resumed_only_from_the_same_vectors(first, tmp_path):
    text = sentences(NEW)
    whole = SkipGram(**SMALL).fit(text, init=first, progress=False)
    for _ in range(2):
        again = SkipGram(**SMALL).fit(text, init=first, checkpoint_dir=tmp_path, progress=False)
        assert again.embeddings_.vectors.tobytes() == whole.embeddings_.vectors.tobytes()
    for other in (None, first.embeddings_):
        with pytest.raises(W2VError, match="another run .init is"):
            SkipGram(**SMALL).fit(text, init=other, checkpoint_dir=tmp_path, progress=False)


def some_vectors(value):
    return Embeddings(np.full((1, 8), value), Vocabulary(("cat",), np.array([3])))


@pytest.mark.parametrize(
    ("settings", "init", "message"),
    [
        (SMALL, "vectors.npz", "init='vectors.npz' is not allowed: give Embeddings or a fitted SkipGram"),
        ({**SMALL, "dim": 9}, some_vectors(1.0), "have 8 dimensions and dim=9: give dim=8"),
        ({**SMALL, "subwords": CharNGrams()}, some_vectors(1.0), "init is not allowed with subwords"),
        (SMALL, some_vectors(1e100), "numbers that float32 cannot"),
    ],
)
def test_initial_vectors_that_do_not_fit_are_refused(settings, init, message):
    with pytest.raises(W2VError, match=message):
        SkipGram(**settings).fit(sentences(NEW), init=init, progress=False)


@pytest.mark.parametrize("value", [0.0, 1e-60, 1e-44])
def test_zero_vectors_of_all_words_are_refused_and_of_some_learn(value):
    text = [["cat", "dog", "cow"]] * 50

    def zero(*words):
        return Embeddings(np.full((len(words), 8), value), Vocabulary(words, np.ones(len(words), np.int64)))

    with pytest.raises(W2VError, match="The initial vectors of all words of the text are zero"):
        SkipGram(**SMALL).fit(text, init=zero("cat", "dog", "cow", "owl"), progress=False)
    model = SkipGram(**SMALL).fit(text, init=zero("cat", "dog"), progress=False)
    assert all(model.embeddings_[word].any() for word in ("cat", "dog", "cow"))


def test_nothing_goes_on_from_n_grams_or_from_an_estimator_without_vectors():
    grams = SkipGram(**SMALL, subwords=CharNGrams(2, 3)).fit(sentences(ANIMALS), progress=False)
    with pytest.raises(W2VError, match="cannot go on from vectors with character n-grams"):
        SkipGram(**SMALL).fit(sentences(NEW), init=grams, progress=False)
    with pytest.raises(NotFittedError):
        SkipGram(**SMALL).fit(sentences(NEW), init=SkipGram(), progress=False)


def test_the_shell_goes_on_from_a_file(first, tmp_path):
    text, target = tmp_path / "text.txt", tmp_path / "v.npz"
    text.write_text("".join(" ".join(s) + "\n" for s in sentences(NEW)))
    for name in ("old.npz", "old.bin"):
        first.embeddings_.save(tmp_path / name)
        arguments = ["train", "--corpus", text, "--output", target, "--init", tmp_path / name]
        arguments += ["--dim", 8, "--subsample", 0, "--epochs", 1]
        result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
        assert result.exit_code == 0, result.stderr
        e = Embeddings.load(target)
        assert set(e) == {*ANIMALS, *FRUIT, *NEW} and np.array_equal(e["cat"], first.embeddings_["cat"])
    missing = [*map(str, arguments[:5]), "--init", str(tmp_path / "none.npz")]
    result = CliRunner().invoke(main, missing)
    assert result.exit_code == 2 and "none.npz" in result.stderr
