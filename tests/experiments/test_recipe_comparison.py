import numpy as np
import pytest

from w2vlib import Embeddings, W2VError
from w2vlib.evaluation.datasets import word_pairs
from w2vlib.experiments import recipe_comparison
from w2vlib.experiments.training_measures import Measures, measure
from w2vlib.replication import published_recipe
from w2vlib.replication.settings import PUBLISHED
from w2vlib.text.corpus import from_sentences
from w2vlib.text.vocabulary import Vocabulary, encode

SETTINGS = PUBLISHED.replace(
    dim=4, window=2, n_negatives=4, batch_size=10, iterations=80, halving_interval=40, subsample=1e-2,
    table_size=500, checkpoint_every=40,
)  # fmt: skip


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(0)
    return from_sentences([[f"w{i}" for i in rng.integers(0, 60, 12)] for _ in range(300)])


def test_a_changed_recipe_that_diverges_has_no_figures():
    text = from_sentences([["a", "b"]] * 30)
    large = SETTINGS.replace(learning_rate=1000, iterations=800)
    runs = recipe_comparison.trained(text, {"learning rate × 25": large, "good": SETTINGS}, 2, progress=False)
    assert runs["learning rate × 25"] == [None, None]
    measured = {name: recipe_comparison.measure_runs(several, [["a", "b"]]) for name, several in runs.items()}
    assert recipe_comparison.diverged(measured) == ["learning rate × 25"]
    one_of_two = recipe_comparison.measure_runs([*runs["good"][:1], None], [["a", "b"]])
    assert recipe_comparison.diverged({"one of two": one_of_two}) == ["one of two"]
    with pytest.raises(W2VError, match="learning_rate=1000.* is too large"):
        recipe_comparison.trained(text, {recipe_comparison.RECIPE: large}, 1, progress=False)


def test_every_variant_changes_what_its_name_says():
    for name, changed in recipe_comparison.variants(SETTINGS).items():
        before, after = SETTINGS.as_dict(), changed.as_dict()
        different = {key for key in before if before[key] != after[key]}
        assert different and changed.batch_size == SETTINGS.batch_size
        assert changed.iterations <= SETTINGS.iterations
        if name in recipe_comparison.CHANGES:
            assert len(different) == 1
    together = recipe_comparison.variants(SETTINGS)["learning rate × 6.25, subsampling threshold × 100"]
    assert (together.learning_rate, together.subsample) == (1.25, 1.0)


def test_seeds_count_on_and_side_by_side_changes_nothing(text):
    runs = recipe_comparison.trained(
        text, {"a": SETTINGS, "b": SETTINGS.replace(learning_rate=0.4)}, 3, progress=False
    )
    for n, run in enumerate(runs["a"]):
        seeds = {"python_seed": 42 + n, "numpy_seed": 6289 + n}
        alone = published_recipe.reproduce(text, SETTINGS.replace(**seeds), progress=False)
        assert alone.input_vectors.tobytes() == run.input_vectors.tobytes()
    assert len({run.input_vectors.tobytes() for several in runs.values() for run in several}) == 6


def test_new_settings_of_the_recipe_do_what_they_say(text):
    plain = published_recipe.reproduce(text, SETTINGS, progress=False)
    for change, what in (
        ({"init_scale": 3.0}, "initial vectors"),
        ({"subsample": 1e-1}, "text"),
        ({"table_size": 50_000}, "negatives"),
    ):
        other = published_recipe.reproduce(text, SETTINGS.replace(**change), progress=False)
        assert not published_recipe.is_published(other) and other.settings != plain.settings, what
        assert other.input_vectors.tobytes() != plain.input_vectors.tobytes(), what
    still = SETTINGS.replace(iterations=10, learning_rate=1e-300)
    one, three = (
        published_recipe.reproduce(text, still.replace(init_scale=scale), progress=False).input_vectors
        for scale in (1.0, 3.0)
    )
    np.testing.assert_allclose(three, 3 * one)


def test_epochs_stay_within_the_centre_words(text):
    vocab, _, _ = encode(text)
    assert recipe_comparison.epochs_within(vocab, 3600 * 4, subsample=0) == 4
    assert recipe_comparison.epochs_within(vocab, 3600 * 4 - 1, subsample=0) == 3
    assert recipe_comparison.epochs_within(vocab, 1) == 1
    assert (
        recipe_comparison.epochs_within(vocab, 10**9) == 1000
    )  # of a text that subsampling leaves nothing of


def test_structure_is_agreement_with_human_ratings_in_both_tests():
    def of(*pairs):
        return [Measures(wordsim353=a, simlex999=b) for a, b in pairs]

    measured = {
        "good": of((0.2, 0.1), (0.21, 0.11), (0.19, 0.09)),
        "one test": of((0.2, 0.1), (0.21, -0.11), (0.19, 0.02)),
        "one seed": of((0.2, 0.1)),
        "bad": of((-0.2, -0.1), (-0.21, -0.11)),
    }
    assert recipe_comparison.with_structure(measured) == ["good"]


def test_vectors_made_from_human_ratings_score_high():
    """Random vectors do not."""
    pairs = word_pairs("WordSim-353")
    words = list(dict.fromkeys(w.lower() for a, b, _ in pairs for w in (a, b)))
    place = {word: i for i, word in enumerate(words)}
    gram = 12 * np.eye(len(words))
    for a, b, judged in pairs:
        if a != b:
            gram[place[a.lower()], place[b.lower()]] = gram[place[b.lower()], place[a.lower()]] = judged / 10
    values, directions = np.linalg.eigh(gram)
    vocab = Vocabulary(tuple(words), np.arange(len(words), 0, -1))
    good = Embeddings(directions * np.sqrt(np.maximum(values, 0)), vocab)
    assert measure(good, []).wordsim353 > 0.95
    rng = np.random.default_rng(0)
    found = measure(Embeddings(rng.normal(size=(len(words), 9)), vocab), [words[:5]])
    assert abs(found.wordsim353) < 0.2 and 0 <= found.closeness <= 1


def test_all_recipes_are_measured(text):
    runs = recipe_comparison.trained(text, {"r": SETTINGS}, 2, progress=False)["r"]
    measured, models = recipe_comparison.compare(text, runs, [["w1", "w2", "w3"]], 1, progress=False)
    assert list(measured) == [
        recipe_comparison.RECIPE,
        *recipe_comparison.variants(SETTINGS),
        recipe_comparison.SAME,
        recipe_comparison.WIDE,
        recipe_comparison.PPMI,
    ]
    assert [e.vectors.shape[1] for e in models[recipe_comparison.SAME]] == [4, 4]
    assert {name: len(several) for name, several in measured.items() if len(several) > 1} == {
        recipe_comparison.RECIPE: 2,
        recipe_comparison.SAME: 2,
        recipe_comparison.WIDE: 2,
    }
    first = measured[recipe_comparison.RECIPE][0]
    assert first.pair_loss == published_recipe.tail_loss(runs[0]) and first.seconds == runs[0].seconds
    assert np.isnan(first.wordsim353) and 0 <= first.neighbours_shared <= 1
    assert np.isnan(measured[recipe_comparison.PPMI][0].pair_loss)
