import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from w2vlib.evaluation.geometry import percentile
from w2vlib.utils import statistics


def test_interval_of_the_mean_is_students():
    values = [1.0, 2.0, 4.0, 9.0]
    mean, low, high = statistics.mean_interval(values)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean == 4 and (low, high) == pytest.approx(tuple(expected))


def test_one_value_and_no_value():
    assert (
        statistics.mean_interval([0.3])
        == (0.3, -np.inf, np.inf)
        == statistics.mean_interval([0.3], proportion=True)
    )
    assert np.isnan(statistics.mean_interval([np.nan, np.nan])).all()
    assert statistics.mean_interval([1, np.nan, 3])[0] == 2


def test_the_interval_covers_the_truth():
    rng = np.random.default_rng(0)
    ends = np.array([statistics.mean_interval(rng.normal(2, 1, 5)) for _ in range(2000)])
    assert np.mean((ends[:, 1] < 2) & (2 < ends[:, 2])) == pytest.approx(0.95, abs=0.02)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9))
def test_intervals_of_proportions_are_cut_at_0_and_1(values):
    mean, low, high = statistics.mean_interval(values, proportion=True)
    assert 0 <= low <= mean + 1e-12 and mean - 1e-12 <= high <= 1


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=30))
def test_spearman_equals_scipy(pairs):
    x, y = np.array(pairs).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(statistics.spearman(x, y))
    else:
        assert statistics.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


def test_p_values_are_uniform_under_the_null_hypothesis_and_small_for_an_effect():
    rng = np.random.default_rng(1)
    p = [statistics.permutation_p_value(rng.normal(), rng.normal(size=99)) for _ in range(2000)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.015)
    assert statistics.permutation_p_value(9, rng.normal(size=99)) == 0.01
    assert statistics.permutation_p_value(0, np.zeros(99)) == 1


def test_numbers_and_intervals_as_text():
    assert statistics.format_interval(0.12345, 0.1, 0.2) == "0.123 [0.100, 0.200]"
    assert statistics.format_interval(1234.5, 1000, 2000, 0) == "1,234 [1,000, 2,000]"
    assert statistics.format_interval(0.5, -np.inf, np.inf, 1) == "0.5"
    assert statistics.format_interval(np.nan, np.nan, np.nan) == "—"


def test_nan_has_no_p_value_and_no_interval():
    assert np.isnan(statistics.permutation_p_value(np.nan, np.arange(9.0)))
    assert np.isnan(statistics.permutation_p_value(1, np.array([0, np.nan, 2])))
    assert np.isnan(percentile(1, np.array([0, np.nan]))) and np.isnan(percentile(np.nan, np.zeros(3)))
    assert np.isnan(statistics.percentile_interval(np.full(9, np.nan))).all()


def test_partial_correlation_removes_a_common_cause():
    rng = np.random.default_rng(2)
    given_, noise, other = rng.normal(size=(3, 4000))
    x, y = given_ + noise, given_ + other
    assert statistics.spearman(x, y) > 0.4
    assert statistics.partial_spearman(x, y, given_) == pytest.approx(0, abs=0.05)
    assert statistics.partial_spearman(x, y + noise, given_) > 0.4
    assert statistics.partial_spearman(x, -x, given_) == pytest.approx(-1)
    assert np.isnan(statistics.partial_spearman([1, 2], [1, 2], [1, 2]))
    assert np.isnan(statistics.partial_spearman(np.ones(9), np.arange(9), np.arange(9)))


def test_a_missing_number_is_a_dash():
    texts = [statistics.format_number(value) for value in (np.nan, np.inf, -np.inf, -0.0001, 1234.5)]
    assert texts == ["—", "—", "—", "0.000", "1,234.500"]
    assert (
        statistics.format_number(-0.4, ".0f") == "0"
        and statistics.format_number(np.float64(-2), ".1f") == "-2.0"
    )
    assert statistics.format_interval(-0.0001, -0.0002, 0.1) == "0.000 [0.000, 0.100]"
    assert (
        statistics.format_interval(0.5, -np.inf, np.inf) == "0.500"
        and statistics.format_interval(np.nan, 0, 1) == "—"
    )


def test_resamples_do_not_depend_on_how_many_are_held_at_a_time(monkeypatch):
    x, y = np.random.default_rng(1).normal(size=(2, 40))
    found = []
    for at_once in (1, 40 * 7 + 5, 10**6):
        monkeypatch.setattr(statistics, "_AT_ONCE", at_once)
        found.append(np.concatenate(statistics.spearman_resamples(x, y, 100, np.random.default_rng(3))))
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all() and found[0].size == 200
