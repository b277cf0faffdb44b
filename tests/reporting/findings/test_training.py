from dataclasses import replace

import numpy as np
import pytest

from w2vlib.replication import published_recipe
from w2vlib.replication.unigram_baseline import Comparison
from w2vlib.reporting.display import Figure, Headline, Paragraph
from w2vlib.reporting.findings import training as findings

BASELINE = Comparison(
    baseline_loss=2.0, trained_loss=1.5, standard_error=0.01, pairs_per_centre=4.0, never_negative=0.125
)


@pytest.fixture(scope="module")
def run(toy):
    return published_recipe.reproduce(toy, iterations=100, subsample=1e-2, progress=False)


def test_settings_table_has_the_values_of_the_run(run):
    frame = findings.settings_table(run).frame
    values = dict(zip(frame["in code"], frame["value"], strict=True))
    assert values["`iterations`"] == "100" and values["`dim`"] == "10" and values["`REPEATS`"] == "30"
    assert {f"`{name}`" for name in run.settings.as_dict()} <= set(values)


def test_a_raised_subsampling_threshold_is_said(run):
    assert "threshold is 0.01 here" in findings.short_text_note(run).text
    published = replace(run, settings=run.settings.replace(subsample=1e-5))
    assert findings.short_text_note(published) is None


@pytest.mark.parametrize(
    "losses, words", [([10, 9.5], "stays above 9."), ([10, 8.5], "falls below 9 at iteration 20.")]
)
def test_loss_curve_says_whether_the_threshold_is_passed(run, toy, losses, words):
    run = replace(run, ema_loss=np.array(losses, float), pair_loss=np.array([7.5, 2.25]))
    figure = findings.loss_curve(run, toy, BASELINE)
    assert words in figure.caption and "from 7.50 to" in figure.alt and "8.00 and 2.00" in figure.alt


@pytest.mark.parametrize(("interval", "drawn"), [(20, True), (1, False)])
def test_many_halvings_do_not_cover_the_curves(run, toy, interval, drawn):
    run = replace(run, settings=run.settings.replace(halving_interval=interval))
    finding = findings.loss_curve(run, toy, BASELINE)
    top = finding.figure.axes[0]
    labels = [text.get_text() for text in top.get_legend().get_texts()]
    assert labels.count("learning rate halved") == drawn and bool(top.collections) == drawn
    assert ("halved 99 times, which is not drawn" in finding.caption) != drawn
    assert "last 10 recorded values" in finding.caption
    legend = [text.get_text() for text in finding.figure.axes[1].get_legend().get_texts()]
    assert "mean of 10 recorded iterations" in legend


def test_final_loss(run, toy):
    finding = findings.final_loss(replace(run, seconds=1.25, ema_loss=np.array([7.125])), toy)
    assert isinstance(finding, Headline)
    assert (
        "100 iterations in 1.2 s (wall-clock time" in finding.text
        and "7.125 nats per centre word" in finding.text
    )
    assert finding.text.endswith("nats, the mean of its last 10 recorded values.")


@pytest.mark.parametrize("last, words", [(3.0, "Training lowers"), (9.0, "Training does not lower")])
def test_untrained_loss(run, last, words):
    text = findings.untrained_loss(replace(run, pair_loss=np.array([8.0, *[last] * 100])), BASELINE).text
    assert words in text and "= 7.625$" in text and "near 30.50" in text


def test_without_the_published_text_the_curve_is_not_compared(run, toy):
    assert findings.published_figure(run) is None
    assert "made on the corpus “" in findings.published_agreement(run, toy).text
    other = replace(run, tokens_sha256=published_recipe.PTB_TOKENS_SHA256)
    finding = findings.published_agreement(other, toy)
    assert isinstance(finding, Paragraph) and "the published text with other settings" in finding.text


@pytest.mark.parametrize("shift, words", [(0.0, "is reproduced exactly"), (0.5, "is NOT reproduced")])
def test_the_published_curve_is_compared(run, toy, monkeypatch, shift, words):
    monkeypatch.setattr(published_recipe, "is_published", lambda run: True)
    run = replace(run, ema_loss=published_recipe.published_curve() + shift)
    finding = findings.published_agreement(run, toy)
    assert isinstance(finding, Headline) and words in finding.text
    figure = findings.published_figure(run)
    assert isinstance(figure, Figure) and f"{shift:.1e}" in figure.alt


def test_types_without_an_entry_are_counted(run):
    entries = np.ones(len(run.vocab), int)
    assert "every one can be drawn" in findings.missing_negatives(run, entries).text
    entries[-3:] = 0
    text = findings.missing_negatives(run, entries).text
    assert " types 3 (5 %) have no entry, so $Q(w) = 0$" in text and "optimal score (1.20) is +∞" in text


def test_subsampling(run, toy):
    text = findings.subsampling(run, toy, np.array([0, 2, 5])).text
    assert "to 2.5 words on average" in text and "0.004 times" in text


def test_cost_table():
    table = findings.cost_table(
        [10, 1000], {"negative-sampling": [1e-6, 2e-6], "naive-softmax": [2e-6, 8e-5]}
    )
    assert "takes 40 times as long" in table.caption
    assert list(table.frame.iloc[1]) == ["1,000", "2.00", "80.0"]
