import numpy as np
import pytest

from w2vlib import W2VError
from w2vlib.utils.resampling import Sample, estimate
from w2vlib.utils.statistics import partial_spearman

NAMES = tuple(f"n{i}" for i in range(60))


def errors(rng, noise, n_seeds=8):
    """Squared errors of predictions of standard normal values with added noise, and their squares."""
    truth = rng.normal(size=60)
    truth -= truth.mean()
    return noise**2 * rng.normal(size=(n_seeds, 60)) ** 2, truth**2


def test_the_figure_is_the_proportion_of_variance_that_is_explained():
    values, total = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([1.0, 3.0])
    sample = Sample(values, ("a", "b"), "items", total=total)
    assert sample.figure() == 1 - 1 / 4 and sample.per_seed().tolist() == [0.75, 0.75]
    assert sample.figure(item_counts=np.array([2, 0])) == 1 - 1 / 2  # a, a
    beyond = Sample(values, ("a", "b"), "items", other=np.full((2, 2), 1.5), total=total)
    assert beyond.figure() == pytest.approx(0.75 - 0.25)


def test_the_mean_of_the_type_explains_nothing_and_the_truth_all():
    total = np.array([1.0, 4.0, 9.0])
    assert Sample(total[None], ("a", "b", "c"), total=total).figure() == 0
    assert Sample(np.zeros((1, 3)), ("a", "b", "c"), total=total).figure() == 1
    assert np.isnan(Sample(np.zeros((1, 3)), ("a", "b", "c"), total=np.zeros(3)).figure())


def test_the_interval_covers_items_and_grows_with_them():
    rng = np.random.default_rng(0)
    values, total = errors(rng, 0.5)
    both = estimate(Sample(values, NAMES, "items", total=total), draws=400)
    seeds = estimate(Sample(values, NAMES, "seeds", total=total), draws=400)
    assert 0.6 < both.value == seeds.value < 0.9
    assert both.standard_error > 1.5 * seeds.standard_error > 0


def test_samples_with_totals_are_joined_and_read_again():
    one = Sample(np.array([[0.25]]), ("a",), "items", total=np.array([1.0]))
    joined = Sample.stack([one, one])
    assert joined.figure() == 0.75 and joined.total.tolist() == [1.0]
    again = Sample.from_dict(joined.as_dict())
    assert again.figure() == 0.75 and again.over == "items"


def test_totals_fit_the_items_and_do_not_go_with_ratings():
    with pytest.raises(W2VError, match="unfitting total"):
        Sample(np.zeros((1, 2)), ("a", "b"), total=np.ones(3))
    with pytest.raises(W2VError, match="unfitting total"):
        Sample(np.zeros((1, 2)), ("a", "b"), ratings=np.ones(2), total=np.ones(2))


def test_a_property_of_the_text_has_a_figure_and_no_error():
    found = estimate(Sample(np.array([[0.5]]), ("share",), seeded=False))
    assert found.value == 0.5 and found.degrees == 0 and found.interval() == (-np.inf, np.inf)


def test_partial_correlations_of_rows_are_those_of_each_row():
    rng = np.random.default_rng(1)
    x, y, given = rng.integers(0, 9, (6, 40)), rng.normal(size=40), rng.integers(0, 5, 40)
    rows = partial_spearman(x, y, given)
    np.testing.assert_allclose(rows, [partial_spearman(row, y, given) for row in x], atol=1e-12)
    constant = partial_spearman(x, y, np.ones(40))
    assert np.isfinite(constant).all()  # nothing to control for
