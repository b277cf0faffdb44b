"""Findings of notebook 03: the run of the published recipe and its comparison with the unigram baseline.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

from dataclasses import fields

import numpy as np
import pandas as pd

from ...replication import published_recipe, sgd
from ...replication.settings import PUBLISHED
from ...replication.subsampling import REPEATS
from ...utils.statistics import format_number
from .. import training_plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import corpus_phrase

_CLEAR = 3  # standard errors from which a difference is called one


def settings_table(run):
    """Return the settings of a run: what each means, its name in code and its value."""
    constants = [
        ("Readings of the text before training", "REPEATS", REPEATS),
        ("Exponent of the noise distribution", "NOISE_EXPONENT", published_recipe.NOISE_EXPONENT),
        ("Weight of the past in the moving average", "SMOOTHING", published_recipe.SMOOTHING),
        ("Iterations between records of the loss", "RECORD_EVERY", sgd.RECORD_EVERY),
    ]
    chosen = [(s.metadata["help"].rstrip("."), s.name, run.settings[s.name]) for s in fields(PUBLISHED)]
    rows = [(meaning, f"`{name}`", f"{value}") for meaning, name, value in chosen + constants]
    return Table(
        pd.DataFrame(rows, columns=["setting", "in code", "value"]), "settings", "Settings of the run."
    )


def short_text_note(run):
    """Say that the subsampling threshold was raised for a short text; None where it was not."""
    threshold = run.settings["subsample"]
    if threshold == PUBLISHED.subsample:
        return None
    return Paragraph(
        "The text is so short that the published subsampling threshold leaves no sentence with two "
        f"different words; the threshold is {threshold:g} here."
    )


def recorded_iterations(run):
    """Return the iterations whose loss was recorded, (n,) int64."""
    return sgd.RECORD_EVERY * np.arange(1, len(run.ema_loss) + 1)


def loss_curve(run, text, baseline):
    """Draw the loss of a run with the loss of the unigram baseline (a `Comparison`)."""
    recorded, threshold = recorded_iterations(run), published_recipe.THRESHOLD
    first, last = run.ema_loss[0], run.ema_loss[-1]
    pair_last = published_recipe.tail_loss(run)
    iterations, interval = run.settings["iterations"], run.settings["halving_interval"]
    below = recorded[run.ema_loss < threshold]
    crossed = (
        f"falls below {threshold:g} at iteration {below[0]:,}" if len(below) else f"stays above {threshold:g}"
    )
    lines = baseline.baseline_loss * baseline.pairs_per_centre, baseline.baseline_loss
    halvings = range(interval, iterations, interval)
    return Figure(
        training_plots.loss_curve(recorded, run.ema_loss, run.pair_loss, threshold, halvings, lines),
        "loss",
        f"Loss of the run on {corpus_phrase(text)}. Above, the published measure: the sum over the context "
        f"of a centre word, averaged over the batch, then a moving average; it ends at {last:.3f} and "
        f"{crossed}. Below, the loss per pair; the mean of its last {published_recipe.TAIL} recorded values "
        f"is {pair_last:.3f}. Dash-dotted, the best model with equal input vectors (unigram baseline).",
        f"Two curves over {iterations:,} iterations: the moving average from {first:.2f} to {last:.2f}, and "
        f"the loss per pair from {run.pair_loss[0]:.2f} to {pair_last:.2f}; lines mark the unigram "
        f"baseline, {lines[0]:.2f} and {lines[1]:.2f}.",
    )


def final_loss(run, text):
    """Say at which loss the run ended."""
    return Headline(
        f"The published recipe on {corpus_phrase(text)}: {run.settings['iterations']:,} iterations in "
        f"{run.seconds:.1f} s end at a moving average of {run.ema_loss[-1]:.3f} nats per centre word, "
        f"{published_recipe.tail_loss(run):.3f} nats per pair."
    )


def untrained_loss(run, baseline):
    """Say what an untrained model loses, and by how much training lowers or raises it."""
    untrained = (run.settings["n_negatives"] + 1) * np.log(2)
    first, last = run.pair_loss[0], published_recipe.tail_loss(run)
    change = "lowers" if last < first else "does not lower"
    return Paragraph(
        "With all output vectors zero every score is zero, and the loss of a pair is $(K + 1) \\log 2 = "
        f"{untrained:.3f}$ nats, whatever the text. A centre word has {baseline.pairs_per_centre:.2f} "
        f"outside words on average, so its loss starts near {untrained * baseline.pairs_per_centre:.2f}. "
        f"Training {change} the loss per pair: it is {first:.2f} nats at first and {last:.2f} at the end."
    )


def baseline_table(run, by_recipe, by_noise):
    """Compare trained vectors with the unigram baseline: negatives of the recipe and of a fine table."""
    tables = {
        f"recipe's table, {run.settings['table_size']:,} entries": by_recipe,
        "the noise distribution itself": by_noise,
    }
    rows = [
        (
            negatives,
            f"{100 * c.never_negative:.1f}",
            f"{c.baseline_loss:.3f}",
            f"{c.baseline_loss * c.pairs_per_centre:.2f}",
            f"{format_number(c.trained_loss)} ± {format_number(c.standard_error)}",
        )
        for negatives, c in tables.items()
    ]
    columns = [
        "negatives from",
        "never negatives [%]",
        "baseline, per pair",
        "baseline, per centre word",
        "trained, per pair",
    ]
    return Table(
        pd.DataFrame(rows, columns=columns),
        "frequencies",
        "Loss of the best model with equal input vectors (unigram baseline) and of the trained vectors, in "
        "nats, with the standard error over batches; and the percentage of outside words that are never "
        "drawn as negatives.",
    )


def baseline_comparison(comparison, text):
    """Say whether the trained vectors lose less than the unigram baseline, more, or neither."""
    gain = comparison.baseline_loss - comparison.trained_loss
    verdict = ("less" if gain > 0 else "more") + " than the baseline"
    if not _is_clear(comparison):
        verdict = "not clearly different from the baseline"
    return Headline(
        "The best model with equal input vectors (unigram baseline) has a loss of "
        f"{comparison.baseline_loss:.3f} nats per pair on {corpus_phrase(text)}; the trained vectors have "
        f"{comparison.trained_loss:.3f} ± {comparison.standard_error:.3f}, {verdict}."
    )


def threshold(comparison):
    """Say what it means to pass the published threshold, given the loss of the unigram baseline."""
    limit = published_recipe.THRESHOLD
    reached = comparison.baseline_loss * comparison.pairs_per_centre
    passing = (
        "passing it is no evidence that the model learned about pairs of words."
        if reached < limit
        else "passing it takes more than word frequencies."
    )
    if not _is_clear(comparison):
        trained = "It is not clear that the trained vectors predict better than the baseline, even"
    elif comparison.trained_loss < comparison.baseline_loss:
        trained = "The trained vectors predict better than the baseline,"
    else:
        trained = "The trained vectors predict worse than the baseline, even"
    return Paragraph(
        f"The threshold is {limit:g} nats per centre word, and the unigram baseline reaches {reached:.2f}: "
        f"{passing} {trained} on the text they were trained on."
    )


def published_figure(run):
    """Draw the run over the published curve; None unless it has the published text and settings."""
    if not published_recipe.is_published(run):
        return None
    reference = published_recipe.published_curve()
    difference = np.abs(run.ema_loss - reference).max()
    return Figure(
        training_plots.curve_comparison(recorded_iterations(run), run.ema_loss, reference),
        "agreement",
        f"The published curve and the curve of this run. The largest of {len(reference):,} differences is "
        f"{difference:.1e}; the dashed lines are the rounding of the published figures.",
        f"Two curves; below, their difference, at most {difference:.1e} in size.",
    )


def published_agreement(run, text):
    """Say whether the published result is reproduced, or why the run cannot be compared with it."""
    reference = published_recipe.published_curve()
    if published_recipe.is_published(run):
        difference = np.abs(run.ema_loss - reference).max()
        verdict = "reproduced exactly" if difference < 1e-6 else "NOT reproduced"
        return Headline(
            f"The published result is {verdict}: the run ends at {run.ema_loss[-1]:.6f}, the published one "
            f"at {reference[-1]:.6f}, and the largest difference along the curve is {difference:.1e}."
        )
    same_text = run.tokens_sha256 == published_recipe.PTB_TOKENS_SHA256
    trained_on = "the published text with other settings" if same_text else corpus_phrase(text)
    return Paragraph(
        f"This run was made on {trained_on}, so it is not compared with the published curve. The published "
        f"run ended at {reference[-1]:.6f} on the Penn Treebank; `make report CORPUS=ptb` shows the "
        "agreement."
    )


def missing_negatives(run, entries):
    """Say how many types have no entry in the table of negatives (`entries` per type, (n_vocab,) int)."""
    never = entries == 0
    if not never.any():
        return Paragraph(
            f"Each of the {len(run.vocab):,} types has an entry, so every one can be drawn as a negative."
        )
    tokens = run.vocab.counts[never].sum() / run.vocab.counts.sum()
    return Paragraph(
        f"Of {len(run.vocab):,} types {never.sum():,} ({100 * never.mean():.0f} %) have no entry and are "
        f"never drawn as a negative; they are {100 * tokens:.1f} % of the tokens. Training moves their "
        "output vectors towards the centre words they occur with, and never away from any."
    )


def subsampling(run, text, offsets):
    """Say how subsampling shortens sentences, and how far a pair moves its vectors."""
    before = text.provenance.tokens / text.provenance.sentences
    after = offsets[-1] / (len(offsets) - 1)
    factor = run.settings["learning_rate"] / run.settings["batch_size"]
    return Paragraph(
        f"Subsampling shortens the sentences from {before:.1f} to {after:.1f} words on average. Because the "
        f"gradient is a mean over the batch, a pair moves its vectors by {factor:.2g} times its own "
        "gradient at first, and by half of that after each halving of the learning rate."
    )


def cost_table(sizes, seconds):
    """Tabulate the seconds per pair of both objectives against the size of the vocabulary."""
    sampling, softmax = seconds["negative-sampling"], seconds["naive-softmax"]
    rows = [
        (f"{n:,}", f"{1e6 * a:.2f}", f"{1e6 * b:.1f}")
        for n, a, b in zip(sizes, sampling, softmax, strict=True)
    ]
    columns = ["types", "negative sampling [µs per pair]", "naive softmax [µs per pair]"]
    return Table(
        pd.DataFrame(rows, columns=columns),
        "cost",
        "Time of the gradient steps per pair against the size of the vocabulary. At the vocabulary of this "
        f"text the naive softmax takes {softmax[-1] / sampling[-1]:.0f} times as long. The number of "
        "operations of negative sampling does not depend on the vocabulary; its time may grow because "
        "memory is slower for larger tables. Wall-clock figures: they differ from run to run.",
    )


def _is_clear(comparison):
    """Whether trained vectors and baseline differ by more than `_CLEAR` standard errors."""
    return abs(comparison.baseline_loss - comparison.trained_loss) > _CLEAR * comparison.standard_error
