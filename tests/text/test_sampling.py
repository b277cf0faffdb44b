import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from w2vlib.text.sampling import (
    alias_table,
    exact_noise_distribution,
    keep_probabilities,
    noise_distribution,
    noise_table,
    rejection_probabilities,
)


def test_rejection_probabilities_by_hand():
    # 1 − sqrt(1e-5 · 1000000 / 1000) = 1 − 0.1; a word of 10 or fewer is always kept.
    np.testing.assert_allclose(rejection_probabilities(np.array([1000, 10, 1]), 1_000_000, 1e-5), [0.9, 0, 0])


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=50), st.floats(0, 1))
def test_noise_distribution(counts, exponent):
    p = noise_distribution(counts, exponent)
    assert p.sum() == pytest.approx(1) and (p > 0).all()
    order = np.argsort(counts)
    assert (np.diff(p[order]) >= -1e-15).all()


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=40))
@example([43, 43, 49, 43, 43, 49])  # a boundary at 250 but for rounding: the same p_j must serve both sides
def test_noise_table_follows_its_rule(counts):
    slots = 500
    table = noise_table(counts, slots)
    reach = np.cumsum(exact_noise_distribution(counts)) * slots
    j, expected = 0, []
    for i in range(slots):  # the rule in words: j only moves forward, to the smallest with i <= reach
        while i > reach[j] and j + 1 < len(reach):
            j += 1
        expected.append(j)
    assert table.tolist() == expected
    shares = np.bincount(table, minlength=len(counts)) / slots
    assert np.abs(shares - noise_distribution(counts)).max() < 2 / slots


def test_words_are_kept_as_the_tools_keep_them():
    # word2vec.c: (sqrt(count / (t · total)) + 1) · t · total / count
    counts = np.array([500, 400, 90, 10])
    t = 0.1
    expected = [min(1.0, ((c / (t * 1000)) ** 0.5 + 1) * t * 1000 / c) for c in counts]
    np.testing.assert_allclose(keep_probabilities(counts, t), expected)
    np.testing.assert_array_equal(keep_probabilities(counts, 0), 1)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40))
def test_the_alias_table_holds_the_distribution(weights):
    prob, alias = alias_table(weights)
    found = np.bincount(alias, 1 - prob, len(weights)) + prob
    np.testing.assert_allclose(found / len(weights), np.array(weights) / sum(weights), rtol=1e-9, atol=1e-12)
    assert alias.dtype == np.int32 and (prob >= 0).all() and (prob <= 1 + 1e-9).all()


def test_an_empty_class_has_an_empty_table():
    prob, alias = alias_table(np.zeros(0))
    assert prob.size == alias.size == 0
