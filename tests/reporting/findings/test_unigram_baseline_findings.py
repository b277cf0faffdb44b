from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from w2vlib.replication.pair_tests import PairTests
from w2vlib.replication.settings import PUBLISHED
from w2vlib.replication.unigram_baseline import Comparison
from w2vlib.reporting.display import Headline
from w2vlib.reporting.findings import unigram_baseline as findings

BASELINE = Comparison(
    baseline_loss=2.0, trained_loss=1.5, standard_error=0.01, pairs_per_centre=4.0, never_negative=0.125
)
TESTS = PairTests(
    trained=2.5, permuted=np.array([2.75, 2.85]), permuted_alike=np.array([2.625, 2.675]), permuted_error=0.002,
    permuted_alike_error=0.01, along=2.645, along_error=0.01, across=2.502, across_error=0.001, baseline=2.0, biased=2.25, biased_gain=-0.25, biased_error=0.01, scale=0.5,
    scaled=1.875, scaled_gain=0.125, scaled_error=0.01,
)  # fmt: skip


def test_baseline_table():
    run = SimpleNamespace(settings=PUBLISHED)
    frame = findings.baseline_table(run, BASELINE, replace(BASELINE, never_negative=0.0)).frame
    assert list(frame["never negatives [%]"]) == ["12.5", "0.0"]
    assert "15,000 entries" in frame["negatives from"][0] and frame["baseline, per centre word"][0] == "8.00"


@pytest.mark.parametrize(
    "trained, words",
    [(1.5, "less than the baseline."), (2.5, "more than the baseline."), (1.99, "not clearly different")],
)
def test_baseline_comparison(toy, trained, words):
    finding = findings.baseline_comparison(replace(BASELINE, trained_loss=trained), toy)
    assert isinstance(finding, Headline) and words in finding.text and "2.000 nats per pair" in finding.text


@pytest.mark.parametrize(
    "pairs, words", [(4.0, "does not show that a model"), (5.0, "more than word frequencies")]
)
def test_threshold_says_what_passing_means(pairs, words):
    text = findings.threshold(replace(BASELINE, pairs_per_centre=pairs)).text
    assert words in text and f"reaches {2 * pairs:.2f}" in text


@pytest.mark.parametrize(
    "trained, words, tested",
    [
        (1.5, "predict better than the baseline, on the text they were trained on, which is possible", False),
        (1.99, "not clear that the trained vectors predict better than the baseline, even on the text", True),
        (2.5, "predict worse than the baseline, even on the text", True),
    ],
)
def test_threshold_draws_no_conclusion_from_a_loss_above_the_baseline(trained, words, tested):
    text = findings.threshold(replace(BASELINE, trained_loss=trained)).text
    assert words in text and text.count("predict ") == 1
    assert ("does not show that they represent nothing about pairs" in text) == tested
    assert ("#tbl-pairs" in text) == tested


def test_pairs_table():
    table = findings.pairs_table(TESTS, BASELINE)
    assert table.label == "pairs" and "Means of 2 permutations" in table.caption
    assert table.frame["loss per pair"].tolist() == [
        "2.500 ± 0.010", "2.800", "2.650", "2.645", "2.502", "2.000", "2.250", "1.875",
    ]  # fmt: skip
    assert table.frame["difference"].tolist()[1:3] == ["+0.30000 ± 0.00200", "+0.15000 ± 0.01000"]
    assert table.frame["difference"].tolist()[3:5] == ["+0.14500 ± 0.01000", "+0.00200 ± 0.00100"]
    assert table.frame["difference"].tolist()[6:] == ["+0.25000 ± 0.01000", "-0.12500 ± 0.01000"]
    assert "(scale 0.500)" in table.frame["model"].iloc[-1]


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([2.625, 2.675] * 10, ["vectors represent a little", "higher by 0.15000", "in 20 of 20", "(one-sided p = 0.048; the least possible is 0.048)"]),
        ([2.625] * 19 + [2.4], ["it is not shown that", "higher by", "in 19 of 20", "p = 0.095;"]),
        ([2.625, 2.675], ["it is not shown that", "higher in 2 of 2 permutations (one-sided p = 0.33;"]),
        ([2.4, 2.5] * 10, ["it is not shown that", "lower by 0.05000", "in 0 of 20", "p = 1;"]),
    ],
)  # fmt: skip
def test_pairs_represented(toy, losses, words):
    finding = findings.pairs_represented(replace(TESTS, permuted_alike=np.array(losses)), toy)
    assert isinstance(finding, Headline)
    assert all(each in finding.text for each in words), finding.text


@pytest.mark.parametrize(
    ("gain", "words"),
    [
        (-0.25, ["which is above the unigram baseline", "cost more than they gain"]),
        (0.25, ["which is below the unigram baseline", "different centre words help"]),
        (0.01, ["which is not clearly different from the unigram baseline", "neither help nor harm clearly"]),
    ],
)
def test_refitted(gain, words):
    text = findings.refitted(replace(TESTS, biased_gain=gain)).text
    assert all(each in text for each in words) and "from 2.500 to 2.250" in text
    assert "0.500 times the trained one, it is 1.875. This is no test" in text


@pytest.mark.parametrize(
    ("across", "p", "is_one_number"), [(2.502, 0.01, True), (2.6, 0.01, False), (2.502, 0.5, False)]
)
def test_where_the_effect_of_permutations_comes_from(toy, across, p, is_one_number):
    losses = np.array([2.645] * 99 if p < 0.05 else [2.4, 2.6] * 10)
    text = findings.pairs_represented(replace(TESTS, permuted_alike=losses, across=across), toy).text
    assert f"by +0.14500, exchanging only the others by {across - 2.5:+.5f}." in text
    assert ("one number per word" in text) == is_one_number


def test_a_negative_scale_is_explained():
    assert "lower scores" in findings.refitted(replace(TESTS, scale=-0.05)).text
    assert "lower scores" not in findings.refitted(TESTS).text
