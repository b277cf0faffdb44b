import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from w2vlib import W2VError
from w2vlib.utils.resampling import Estimate, Sample, estimate, holm
from w2vlib.utils.statistics import partial_spearman, spearman


def crossed(rng, n_seeds=20, n_items=30, of_seeds=0.1, of_items=0.2, noise=0.1):
    """Values around 0 with an effect of the seed, one of the item, and noise."""
    return (
        rng.normal(0, of_seeds, (n_seeds, 1))
        + rng.normal(0, of_items, (1, n_items))
        + rng.normal(0, noise, (n_seeds, n_items))
    )


def names(n):
    return tuple(f"i{k}" for k in range(n))


def test_over_seeds_alone_it_is_students_interval():
    values = np.random.default_rng(0).normal(0.5, 0.1, (30, 1))
    one = estimate(Sample(values, ("figure",)), draws=20_000)
    mean, error = values.mean(), stats.sem(values.ravel())
    low, high = stats.t.interval(0.95, 29, mean, error)
    assert one.value == pytest.approx(mean) and one.standard_error == pytest.approx(error, rel=0.02)
    assert one.interval() == pytest.approx((low, high), rel=0.02)
    assert one.p_not_above(0.45) == pytest.approx(
        stats.ttest_1samp(values.ravel(), 0.45, alternative="greater").pvalue, rel=0.2
    )
    assert one.p_not_above(0.45) + one.p_not_below(0.45) == pytest.approx(1)


@pytest.mark.parametrize(("over", "least", "most"), [("items", 0.92, 0.99), ("seeds", 0.05, 0.75)])
def test_coverage_of_crossed_seeds_and_items(over, least, most):
    """The interval over both covers the true 0 in 95 % of trials; that over seeds alone does not."""
    rng = np.random.default_rng(1)
    covered = 0
    for trial in range(300):
        low, high = estimate(Sample(crossed(rng), names(30), over), draws=200, seed=trial).interval()
        covered += low <= 0 <= high
    assert least <= covered / 300 <= most


def test_coverage_of_pairs_of_resampled_words():
    """Pairs that share words are not independent; resampling their words covers the truth all the same."""
    rng = np.random.default_rng(2)
    words = names(12)
    pairs = tuple((a, b) for n, a in enumerate(words) for b in words[n + 1 :])
    covered = {"nodes": 0, "items": 0}
    for trial in range(200):
        of_words = dict(zip(words, rng.normal(0, 0.2, 12), strict=True))
        row = np.array([of_words[a] + of_words[b] for a, b in pairs])
        values = row + rng.normal(0, 0.05, (10, 1)) + rng.normal(0, 0.05, (10, len(pairs)))
        labels = {"nodes": pairs, "items": tuple(" ".join(pair) for pair in pairs)}
        for over in covered:
            low, high = estimate(Sample(values, labels[over], over), 200, trial).interval()
            covered[over] += low <= 0 <= high
    assert covered["nodes"] / 200 > 0.9 > covered["items"] / 200


def test_a_difference_is_paired():
    rng = np.random.default_rng(3)
    values = crossed(rng)
    sample = Sample(values + 0.05, names(30), "items", other=values)
    one = estimate(sample)
    assert one.value == pytest.approx(0.05) and one.standard_error < 1e-9
    assert one.p_not_above(0) == 0 and one.p_not_below(0) == 1


def test_correlations_of_ratings():
    rng = np.random.default_rng(4)
    ratings, given = rng.normal(size=(2, 40))
    values = ratings + rng.normal(size=(3, 40))
    sample = Sample(values, names(40), "items", ratings=ratings)
    assert sample.figure() == pytest.approx(np.mean([spearman(row, ratings) for row in values]))
    twice = Sample(np.repeat(values, 2, axis=1), names(80), "items", ratings=np.repeat(ratings, 2))
    assert sample.figure(item_counts=np.full(40, 2)) == pytest.approx(twice.figure())
    partial = Sample(values, names(40), "items", ratings=ratings, given=given)
    assert partial.figure() == pytest.approx(np.mean([partial_spearman(r, ratings, given) for r in values]))
    part = np.arange(40) < 15
    halves = [
        np.mean([spearman(row[keep], ratings[keep]) for row in values]) for keep in (part, ~part)
    ]  # fmt: skip
    split = Sample(values, names(40), "items", ratings=ratings, part=part)
    assert split.figure() == pytest.approx(halves[0] - halves[1])
    assert estimate(sample, draws=50).interval()[0] > 0


def test_without_enough_units_nothing_is_said():
    for sample in (
        Sample(np.array([[0.5]]), ("a",)),
        Sample(np.array([[0.5]]), ("a",), seeded=False),
        Sample(np.array([[0.5], [0.6]]), (("a",)), over="items"),
    ):
        one = estimate(sample)
        assert one.value == pytest.approx(sample.values.mean()) and one.interval() == (-np.inf, np.inf)
        assert np.isnan(one.p_not_above(0))
    text = Sample(np.array([[0.5, 0.7, 0.4]]), (("a", "b"), ("b", "c"), ("a", "c")), "nodes", seeded=False)
    assert estimate(text).degrees == 2 and text.n_units == {"nodes": 3}


@given(st.integers(2, 6), st.integers(1, 6), st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_of_seeds_and_items_does_not_matter(n_seeds, n_items, random):
    rng = np.random.default_rng(random.randrange(1000))
    values, ratings = rng.normal(size=(n_seeds, n_items)), rng.normal(size=n_items)
    rows, columns = rng.permutation(n_seeds), rng.permutation(n_items)
    moved = [names(n_items)[k] for k in columns]
    for extra in ({}, {"ratings": ratings}):
        more = {name: array[columns] for name, array in extra.items()}
        sample = Sample(values, names(n_items), "items", **extra)
        other = Sample(values[np.ix_(rows, columns)], tuple(moved), "items", **more)
        assert other.figure() == pytest.approx(sample.figure(), nan_ok=True)


def test_records_and_stacks_keep_every_bit():
    rng = np.random.default_rng(5)
    pairs = (("a", "b"), ("b", "c"))
    rows = [
        Sample(row[None], pairs, "nodes", ratings=np.array([0.1, 1 / 3]), other=row[None] / 3)
        for row in rng.normal(size=(3, 2))
    ]  # fmt: skip
    stacked = Sample.stack(rows)
    again = Sample.from_dict(stacked.as_dict())
    assert np.array_equal(again.values, stacked.values) and np.array_equal(again.other, stacked.other)
    assert again.items == pairs and again.ratings[1] == 1 / 3
    assert again.per_seed().tolist() == [row.figure() for row in rows]
    assert Sample.stack([rows[0], None]) is None
    with pytest.raises(W2VError, match="different items"):
        Sample.stack([rows[0], Sample(np.zeros((1, 1)), ("x",))])
    for record in ({}, {"items": ["a"], "over": "seeds", "seeded": True, "values": [["x"]]}, {"items": 3}):
        with pytest.raises(W2VError, match="no record of a sample"):
            Sample.from_dict(record)
    with pytest.raises(W2VError, match="unfitting over"):
        Sample(np.zeros((1, 1)), ("a",), over="everything")


def test_holm():
    assert holm([0.01, 0.02, 0.03]).tolist() == pytest.approx([0.03, 0.04, 0.04])
    assert holm([0.5, 0.9]).tolist() == [1, 1]
    assert holm([]).size == 0 and np.isnan(holm([np.nan])).all()


def test_a_mirrored_limit_gives_the_same_p():
    one = Estimate(0.3, 0.1, 9, np.zeros(2))
    mirrored = Estimate(-0.3, 0.1, 9, np.zeros(2))
    assert one.p_not_below(0.4) == pytest.approx(mirrored.p_not_above(-0.4))
