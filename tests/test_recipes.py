import numpy as np
import pytest

from w2vlib import Embeddings, published, recipes
from w2vlib.corpus import from_sentences
from w2vlib.testsets import word_pairs
from w2vlib.vocab import Vocabulary

SETTINGS = {
    "python_seed": 42, "numpy_seed": 6289, "dim": 4, "window": 2, "n_negatives": 4, "batch": 10,
    "iterations": 80, "step": 0.2, "halve_every": 40, "subsample": 1e-2, "slots": 500, "init_scale": 1.0,
    "checkpoint_every": 40,
}  # fmt: skip


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(0)
    return from_sentences([[f"w{i}" for i in rng.integers(0, 60, 12)] for _ in range(300)])


def test_every_variant_changes_what_its_name_says():
    for name, changed in recipes.variants(SETTINGS).items():
        different = {key for key in SETTINGS if changed[key] != SETTINGS[key]}
        assert changed.keys() == SETTINGS.keys() and different
        assert changed["iterations"] * changed["batch"] <= SETTINGS["iterations"] * SETTINGS["batch"]
        if name in recipes.CHANGES:
            assert len(different) == 1
    together = recipes.variants(SETTINGS)["step × 6.25, subsampling × 100"]
    assert (together["step"], together["subsample"]) == (1.25, 1.0)


def test_seeds_count_on_and_side_by_side_changes_nothing(text):
    runs = recipes.trained(text, {"a": SETTINGS, "b": {**SETTINGS, "step": 0.4}}, 3, progress=False)
    for n, run in enumerate(runs["a"]):
        seeds = {"python_seed": 42 + n, "numpy_seed": 6289 + n}
        alone = published.reproduce(text, **{**SETTINGS, **seeds}, progress=False)
        assert alone.input_vectors.tobytes() == run.input_vectors.tobytes()
    assert len({run.input_vectors.tobytes() for several in runs.values() for run in several}) == 6


def test_new_settings_of_the_recipe_do_what_they_say(text):
    plain = published.reproduce(text, **SETTINGS, progress=False)
    for change, what in (
        ({"init_scale": 3.0}, "first vectors"),
        ({"subsample": 1e-1}, "text"),
        ({"slots": 50_000}, "negatives"),
    ):
        other = published.reproduce(text, **{**SETTINGS, **change}, progress=False)
        assert not published.is_published(other) and other.settings != plain.settings, what
        assert other.input_vectors.tobytes() != plain.input_vectors.tobytes(), what
    still = {**SETTINGS, "iterations": 10, "step": 1e-300}
    one, three = (
        published.reproduce(text, **{**still, "init_scale": scale}, progress=False).input_vectors
        for scale in (1.0, 3.0)
    )
    np.testing.assert_allclose(three, 3 * one)


def test_epochs_stay_within_the_centre_words(text):
    assert recipes.epochs_within(text, 3600 * 4, subsample=0) == 4
    assert recipes.epochs_within(text, 3600 * 4 - 1, subsample=0) == 3
    assert recipes.epochs_within(text, 1) == 1


def test_structure_is_agreement_with_people_in_both_tests():
    def of(*pairs):
        return [{"WordSim-353": a, "SimLex-999": b} for a, b in pairs]

    measured = {
        "good": of((0.2, 0.1), (0.21, 0.11), (0.19, 0.09)),
        "one test": of((0.2, 0.1), (0.21, -0.11), (0.19, 0.02)),
        "one seed": of((0.2, 0.1)),
        "bad": of((-0.2, -0.1), (-0.21, -0.11)),
    }
    assert recipes.with_structure(measured) == ["good"]


def test_measures_know_a_model_of_human_judgements():
    """Vectors built from the judgements themselves score high; random ones do not."""
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
    assert recipes.measures(good, [])["WordSim-353"] > 0.95
    rng = np.random.default_rng(0)
    found = recipes.measures(Embeddings(rng.normal(size=(len(words), 9)), vocab), [words[:5]])
    assert abs(found["WordSim-353"]) < 0.2 and 0 <= found["clusters"] <= 1


def test_comparison_has_a_row_a_recipe(text):
    runs = recipes.trained(text, {"r": SETTINGS}, 2, progress=False)["r"]
    measured, models = recipes.compare(text, runs, [["w1", "w2", "w3"]], 1, progress=False)
    assert list(measured) == [
        recipes.RECIPE,
        *recipes.variants(SETTINGS),
        recipes.SAME,
        recipes.WIDE,
        recipes.PPMI,
    ]
    assert [e.vectors.shape[1] for e in models[recipes.SAME]] == [4, 4]
    frame = recipes.comparison(measured)
    assert len(frame) == len(measured) and "±" in frame["loss a pair"][0] and frame["WordSim"][0] == "—"
