from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from w2vlib import Embeddings
from w2vlib.evaluation import neighbours, projection, vector_spread
from w2vlib.evaluation.analogy_answers import AnalogyAnswers
from w2vlib.experiments import recipe_comparison
from w2vlib.experiments.training_measures import Measures
from w2vlib.experiments.trainings import Training
from w2vlib.reporting.display import Figure, Headline, Table
from w2vlib.reporting.findings import recipe_comparison as recipe_findings
from w2vlib.reporting.findings import word_vectors as findings
from w2vlib.text.vocabulary import Vocabulary

GROUPS = {"positive": ["good", "great"], "gender": ["king"]}


@pytest.fixture(scope="module")
def embeddings():
    rng = np.random.default_rng(0)
    words = ("good", "great", "king", "queen", "man", "woman")
    return Embeddings(rng.normal(size=(6, 4)), Vocabulary(words, np.arange(6, 0, -1)))


def test_missing_words():
    assert findings.missing_words([]) is None
    assert findings.missing_words(["king", "a_b"]).text.endswith("king, `a_b`.")


def test_too_few_words():
    assert findings.too_few_words(GROUPS) is None
    assert "-p words" in findings.too_few_words({"gender": ["king"]}).text


def test_another_run_than_the_published_one_is_named(toy):
    assert findings.other_than_published(Training(toy, None, is_published=True), toy) is None
    assert "but not what was seen" in findings.other_than_published(Training(toy, None), toy).text


def test_pictures(embeddings):
    maps = projection.word_maps({5: embeddings, 9: embeddings}, ["good", "great", "king"])
    figure = findings.pictures(maps, GROUPS)
    assert [axes.get_title().split(" (")[0] for axes in figure.figure.axes[:2]] == [
        "iteration 5",
        "iteration 9",
    ]
    assert "The 3 words at 2 iterations" in figure.caption and "3 words in 2 groups" in figure.alt
    empty = findings.pictures(projection.word_maps({5: embeddings}, ["good", "great"]), GROUPS)
    assert "No picture: 2 of the words" in empty.caption and "empty panel" in empty.alt


def test_one_plane_for_all_iterations(embeddings):
    words = ["good", "great", "king", "queen"]
    moved = Embeddings(embeddings.vectors + 3.0, embeddings.vocab)
    maps = projection.word_maps({9: embeddings, 5: moved}, words)
    assert list(maps.coordinates) == [5, 9]
    shift = maps.coordinates[5] - maps.coordinates[9]
    assert np.ptp(shift, axis=0) == pytest.approx(0) and np.abs(shift).max() > 0.1  # moved as a whole
    assert maps.shown[9] == pytest.approx(maps.axes.sum())


def measures(**changes):
    values = {"wordsim353": 0.2, "simlex999": 0.1, "random_cosine": 0.1, "first_component": 0.3}
    values |= {"first_component_frequency": 0.4, "seconds": 2.0, "pair_loss": 1.5, "neighbours_shared": 0.25}
    return Measures(**(values | changes))


def test_development():
    figure = findings.development({5: [measures()] * 2, 9: [measures(wordsim353=0.5)] * 2}, 2)
    assert isinstance(figure, Figure) and "means of 2 seeds" in figure.caption
    assert len(figure.figure.axes) == 4


@pytest.mark.parametrize(
    ("early", "late", "words"),
    [
        (
            0.03,
            0.96,
            "So training turns the vectors towards each other, and at the end they point in nearly one",
        ),
        (0.03, 0.2, "towards each other, and at the end they do not all point in one direction."),
        (
            0.96,
            0.2,
            "So training turns the vectors away from each other, and at the end they do not all point",
        ),
        (0.96, 0.9, "away from each other, and at the end they point in nearly one direction"),
        (0.9, 0.901, "does not clearly change, and at the end they point in nearly one direction"),
        (0.1, 0.101, "does not clearly change, and at the end they do not all point in one direction."),
    ],
)
def test_spread_of_vectors_compares_the_first_checkpoint_with_the_last(embeddings, early, late, words):
    spread = vector_spread.spread(embeddings)
    during = {
        i: [
            measures(random_cosine=cosine + shift, first_component=0.3 + i / 100) for shift in (-0.001, 0.001)
        ]
        for i, cosine in ((5, early), (10, (early + late) / 2), (20, late))
    }
    text = findings.spread_of_vectors(during, spread).text
    assert words in text and "at first 35.0 % and at the end 50.0 %" in text
    assert f"is {early:.3f} [" in text and f"{late:.3f} [" in text and "after iteration 20" in text


@pytest.mark.parametrize(
    ("cosine", "words"), [(0.9, "At the end they point in"), (0.1, "At the end they do not")]
)
def test_spread_of_vectors_with_one_checkpoint(embeddings, cosine, words):
    text = findings.spread_of_vectors(
        {7: [measures(random_cosine=cosine)]}, vector_spread.spread(embeddings)
    ).text
    assert words in text and f"is {cosine:.3f} at the end, after iteration 7;" in text
    assert "at the end 30.0 %" in text and "training turns" not in text


def test_no_interval_of_a_cosine_is_above_1(embeddings):
    seeds = [measures(random_cosine=c) for c in (0.9, 0.99, 1.0)]
    text = findings.spread_of_vectors({7: seeds}, vector_spread.spread(embeddings)).text
    assert "is 0.963 [0.827, 1.000] at the end" in text
    bands = findings.development({5: seeds, 7: seeds}, 3).figure.axes[0].collections
    assert bands and max(band.get_paths()[0].vertices[:, 1].max() for band in bands) == 1
    bars = recipe_findings.recipes_figure({"one": seeds, "other": seeds}, "here").figure.axes[2].collections
    assert bars and max(end[0] for bar in bars for line in bar.get_segments() for end in line) == 1


def test_tables_of_words(embeddings):
    table = neighbours.neighbours_table(embeddings, ["good", "king"], 2)
    assert findings.neighbours(table).label == "neighbours" and len(table) == 2
    assert "means of 7 seeds" in findings.group_closeness(table, 7).caption


def test_pairs_that_the_text_lacks(embeddings):
    none = neighbours.nearness_over_seeds([embeddings], [("cool", "bad")])
    assert "none of the pairs" in findings.named_pairs(none, 3).text
    some = neighbours.nearness_over_seeds([embeddings], [("good", "great")])
    assert "mean of 3 seeds" in findings.named_pairs(some, 3).caption


def test_analogy():
    assert "cannot be asked" in findings.analogy({}, 9).text
    answers = {"3CosAdd": AnalogyAnswers(["queen", "girl"], {5: [1, 3, 9], 10: [2, 2, 4]})}
    table = findings.analogy(answers, 1234)
    assert table.frame.iloc[0].tolist() == ["3CosAdd", "queen, girl", "3, 2"]
    assert "1,234 words after 5, 10 iterations, median of 3 seeds" in table.caption


def test_stability(embeddings):
    assert "set `n_seeds` to 2" in findings.stability([embeddings], pd.DataFrame()).text
    table = findings.stability([embeddings] * 3, pd.DataFrame({"words": [1]}))
    assert "all pairs of 3 seeds" in table.caption


def compared(**by_name):
    """Two seeds of each recipe; those in `by_name` (with _ for spaces) have other correlations."""
    names = [recipe_comparison.RECIPE, *recipe_comparison.CHANGES, recipe_comparison.SAME]
    names += [recipe_comparison.WIDE, recipe_comparison.PPMI]
    unclear = [measures(wordsim353=-0.2), measures(wordsim353=0.2)]
    found = dict.fromkeys(names, unclear)
    found[recipe_comparison.PPMI] = [measures(wordsim353=0.4)]
    for name, value in by_name.items():
        found[name.replace("_", " ")] = [
            measures(wordsim353=value, simlex999=value),
            measures(wordsim353=value + 0.01, simlex999=value + 0.01),
        ]
    return found


BEST = "learning rate × 25"


def test_recipes_table():
    table = recipe_findings.recipes_table(compared(), "on ptb")
    row = table.frame.iloc[0]
    assert row["recipe"] == recipe_comparison.RECIPE and row["time [s]"] == "2.0"
    assert row["neighbours shared [%]"] == "25" and "±" in row["WordSim-353"]
    assert table.frame.iloc[-1]["WordSim-353"] == "0.40"  # one seed has no interval
    assert "over 2 seeds. “Same, a" in table.caption
    more = compared()
    more[recipe_comparison.RECIPE] = 2 * more[recipe_comparison.RECIPE]
    assert (
        "over 4 seeds (2 for the changed recipes)." in recipe_findings.recipes_table(more, "on ptb").caption
    )


def test_recipes_that_diverge_are_named():
    measured = compared() | {name: [Measures()] * 2 for name in recipe_comparison.CHANGES}
    table = recipe_findings.recipes_table(measured, "here")
    assert table.caption.endswith(f"training diverges: {'; '.join(recipe_comparison.CHANGES)}.")
    assert set(table.frame.iloc[1][1:]) == {"—"}
    assert "No figures" not in recipe_findings.recipes_table(compared(), "here").caption
    assert len(recipe_findings.recipes_figure(measured, "here").figure.axes) == 3
    assert ": — (for at least one test" in recipe_findings.what_helps(measured, "here").text
    assert "Two seeds share" not in recipe_findings.recipes_with_structure(measured, 1001).text


def test_recipes_figure():
    figure = recipe_findings.recipes_figure(compared(), "on ptb")
    assert len(figure.figure.axes) == 3 and f"{len(compared())} recipes" in figure.alt


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (compared(**{BEST: 0.3}), f"“{BEST}”: 0.305 (for both tests the 95 % interval lies above 0)"),
        (compared(), "for at least one test the 95 % interval does not lie above 0"),
    ],
)
def test_what_helps(measured, words):
    finding = recipe_findings.what_helps(measured, "on ptb")
    assert isinstance(finding, Headline) and words in finding.text
    assert f"The best of {len(recipe_comparison.CHANGES)} single changes, chosen after the" in finding.text
    assert "correlation of 0.050 with human ratings" in finding.text and "PPMI-SVD 0.250" in finding.text


def test_what_helps_where_no_pairs_are_covered():
    unknown = {name: [replace(one, wordsim353=np.nan) for one in s] for name, s in compared().items()}
    assert "too few pairs are covered" in recipe_findings.what_helps(unknown, "on ptb").text


def test_recipes_with_structure():
    text = recipe_findings.recipes_with_structure(compared(), 1001).text
    assert "For no single change do both intervals lie above 0, with 2 seeds." in text
    assert "Other recipes" not in text and "random lists share 1.00 %" in text
    wide = recipe_comparison.WIDE
    better = compared(**{BEST: 0.3, wide: 0.4})
    better[recipe_comparison.RECIPE] = better[recipe_comparison.RECIPE][:1]
    text = recipe_findings.recipes_with_structure(better, 1001).text
    assert f"both intervals lie above 0: {BEST}." in text and f"for which they do: {wide}." in text
    assert "share" not in text  # one seed has no other to share with


def test_tests_table():
    assert "no word pair" in recipe_findings.tests_table(pd.DataFrame(), "t", "The recipe", 2, 100).caption
    table = recipe_findings.tests_table(pd.DataFrame({"test": ["x"]}), "t", "The recipe", 2, 100)
    assert isinstance(table, Table) and "100 permutations" in table.caption
