"""Findings of notebook 03: the run of the published recipe, its negatives, and its costs.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

from dataclasses import fields

import numpy as np
import pandas as pd

from ...replication import published_recipe
from ...replication.settings import PUBLISHED, RECORD_EVERY
from ...replication.subsampling import REPEATS
from ...utils.statistics import format_count, format_number
from .. import training_plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import WALL_CLOCK, corpus_phrase, note_on_times


def settings_table(run):
    """Return the settings of a run: what each means, its name in code and its value.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> table = settings_table(SimpleNamespace(settings=PUBLISHED))
    >>> table.frame[2:5].values.tolist()
    [['Length of a vector', '`dim`', '10'], ['Largest distance of a context word', '`window`', '5'],
    ['Negative samples per pair', '`n_negatives`', '10']]
    """
    constants = [
        ("Readings of the text before training", "REPEATS", REPEATS),
        ("Exponent of the noise distribution", "NOISE_EXPONENT", published_recipe.NOISE_EXPONENT),
        ("Weight of the past in the moving average", "SMOOTHING", published_recipe.SMOOTHING),
        ("Iterations between records of the loss", "RECORD_EVERY", RECORD_EVERY),
    ]
    chosen = [
        (s.metadata["help"].rstrip("."), s.name, getattr(run.settings, s.name)) for s in fields(PUBLISHED)
    ]
    rows = [(meaning, f"`{name}`", f"{value}") for meaning, name, value in chosen + constants]
    return Table(
        pd.DataFrame(rows, columns=["setting", "in code", "value"]), "settings", "Settings of the run."
    )


def short_text_note(run):
    """Say that the subsampling threshold was raised for a short text; None where it was not.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> print(short_text_note(SimpleNamespace(settings=PUBLISHED.replace(subsample=0.01))).text)
    The text is so short that the published subsampling threshold leaves no sentence with two different
    words; the threshold is 0.01 here.
    >>> short_text_note(SimpleNamespace(settings=PUBLISHED)) is None
    True
    """
    threshold = run.settings.subsample
    if threshold == PUBLISHED.subsample:
        return None
    return Paragraph(
        "The text is so short that the published subsampling threshold leaves no sentence with two "
        f"different words; the threshold is {threshold:g} here."
    )


def recorded_iterations(run):
    """Return the iterations whose loss was recorded, (n,) int64.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> recorded_iterations(SimpleNamespace(ema_loss=np.array([9.5, 9.1, 8.9]))).tolist()
    [10, 20, 30]
    """
    return RECORD_EVERY * np.arange(1, len(run.ema_loss) + 1)


def loss_curve(run, text, baseline):
    """Draw the loss of a run with the loss of the unigram baseline (a `Comparison`).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...replication.unigram_baseline import Comparison
    >>> from ...text.corpus import from_sentences
    >>> run = SimpleNamespace(settings=PUBLISHED.replace(iterations=30, halving_interval=20))
    >>> run.ema_loss, run.pair_loss = np.array([9.5, 9.1, 8.9]), np.array([4.2, 4.1, 4.0])
    >>> text = from_sentences([["the", "cat"]], name="pets")
    >>> print(loss_curve(run, text, Comparison(3.2, 3.9, 0.1, 1.5, 0.0)).alt)
    Two curves over 30 iterations: the moving average from 9.50 to 8.90, and the loss per pair from 4.20
    to 4.10; lines mark the unigram baseline, 4.80 and 3.20.
    """
    recorded, threshold = recorded_iterations(run), published_recipe.THRESHOLD
    first, last = run.ema_loss[0], run.ema_loss[-1]
    pair_last = published_recipe.tail_loss(run)
    iterations, interval = run.settings.iterations, run.settings.halving_interval
    below = recorded[run.ema_loss < threshold]
    crossed = (
        f"falls below {threshold:g} at iteration {below[0]:,}" if len(below) else f"stays above {threshold:g}"
    )
    lines = baseline.baseline_loss * baseline.pairs_per_centre, baseline.baseline_loss
    halvings = range(interval, iterations, interval)
    not_drawn = (
        f" The learning rate was halved {len(halvings):,} times, which is not drawn."
        if len(halvings) > training_plots.MOST_HALVINGS
        else ""
    )
    return Figure(
        training_plots.loss_curve(recorded, run.ema_loss, run.pair_loss, threshold, halvings, lines),
        "loss",
        f"Loss of the run on {corpus_phrase(text)}. Above, the published measure: the sum over the context "
        f"of a centre word, averaged over the batch, then a moving average; it ends at {last:.3f} and "
        f"{crossed}. Below, the loss per pair; the mean of its last {_tail(run)} "
        f"is {pair_last:.3f}. Dash-dotted, the best model with equal input vectors (unigram baseline)."
        f"{not_drawn}",
        f"Two curves over {iterations:,} iterations: the moving average from {first:.2f} to {last:.2f}, and "
        f"the loss per pair from {run.pair_loss[0]:.2f} to {pair_last:.2f}; lines mark the unigram "
        f"baseline, {lines[0]:.2f} and {lines[1]:.2f}.",
    )


def final_loss(run, text):
    """Say at which loss the run ended.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...text.corpus import from_sentences
    >>> run = SimpleNamespace(settings=PUBLISHED.replace(iterations=30), seconds=2.5)
    >>> run.ema_loss, run.pair_loss = np.array([9.5, 9.1, 8.9]), np.array([4.2, 4.1, 4.0])
    >>> print(final_loss(run, from_sentences([["the", "cat"]], name="pets")).text)
    The published recipe on the corpus “pets”: 30 iterations in 2.5 s (wall-clock time, which differs from
    run to run) end at a moving average of 8.900 nats per centre word. The loss per pair is 4.100 nats,
    the mean of its last 3 recorded values.
    """
    time = f"in {run.seconds:.1f} s ({WALL_CLOCK}) " if np.isfinite(run.seconds) else ""
    return Headline(
        f"The published recipe on {corpus_phrase(text)}: {run.settings.iterations:,} iterations "
        f"{time}end at a moving average of {run.ema_loss[-1]:.3f} "
        f"nats per centre word. The loss per pair is {published_recipe.tail_loss(run):.3f} nats, the mean "
        f"of its last {_tail(run)}."
    )


def _tail(run):
    """Count the values that `published_recipe.tail_loss` averages, in words; str."""
    return format_count(published_recipe.tail_size(run), "recorded value")


def untrained_loss(run, baseline):
    """Say what an untrained model loses, and by how much training lowers or raises it.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...replication.unigram_baseline import Comparison
    >>> run = SimpleNamespace(settings=PUBLISHED.replace(n_negatives=10), pair_loss=np.array([7.6, 4.0, 3.6]))
    >>> text = untrained_loss(run, Comparison(3.2, 3.9, 0.1, 2.0, 0.0)).text
    >>> print(text.partition("whatever the text. ")[2])
    A centre word has 2.00 outside words on average, so its loss starts near 15.25. Training lowers the
    loss per pair: it is 7.60 nats at first and 5.07 at the end.
    """
    untrained = (run.settings.n_negatives + 1) * np.log(2)
    first, last = run.pair_loss[0], published_recipe.tail_loss(run)
    change = "lowers" if last < first else "does not lower"
    return Paragraph(
        "With all output vectors zero every score is zero, and the loss of a pair is $(K + 1) \\log 2 = "
        f"{untrained:.3f}$ nats, whatever the text. A centre word has {baseline.pairs_per_centre:.2f} "
        f"outside words on average, so its loss starts near {untrained * baseline.pairs_per_centre:.2f}. "
        f"Training {change} the loss per pair: it is {first:.2f} nats at first and {last:.2f} at the end."
    )


def published_figure(run):
    """Draw the run over the published curve; None unless it has the published text and settings.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = published_recipe.reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> published_figure(run) is None  # another text
    True
    """
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
    """Say whether the published result is reproduced, or why the run cannot be compared with it.

    Examples
    --------
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5, name="pets")
    >>> run = published_recipe.reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> print(published_agreement(run, text).text)
    This run was made on the corpus “pets”, so it is not compared with the published curve. The published
    run ended at 7.885781 on the Penn Treebank; `make report CORPUS=ptb` shows the agreement.
    """
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
    """Say how many types have no entry in the table of negatives (`entries` per type, (n_vocab,) int).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...text.vocabulary import Vocabulary
    >>> run = SimpleNamespace(vocab=Vocabulary(("the", "cat", "dog"), np.array([8, 1, 1])))
    >>> print(missing_negatives(run, entries=np.array([10, 2, 0])).text)
    Of 3 types 1 (33 %) have no entry, so $Q(w) = 0$ and they are never drawn as a negative; they are 10.0 %
    of the tokens. With every centre word that such a word occurs with, its optimal score (1.20) is
    +∞. Training moves its output vector towards these centre words, and never away from any.
    >>> print(missing_negatives(run, entries=np.array([10, 2, 1])).text)
    Each of the 3 types has an entry, so every one can be drawn as a negative.
    """
    never = entries == 0
    if not never.any():
        return Paragraph(
            f"Each of the {len(run.vocab):,} types has an entry, so every one can be drawn as a negative."
        )
    tokens = run.vocab.counts[never].sum() / run.vocab.counts.sum()
    return Paragraph(
        f"Of {len(run.vocab):,} types {never.sum():,} ({100 * never.mean():.0f} %) have no entry, so "
        f"$Q(w) = 0$ and they are never drawn as a negative; they are {100 * tokens:.1f} % of the tokens. "
        "With every centre word that such a word occurs with, its optimal score (1.20) is +∞. "
        "Training moves its output vector towards these centre words, and never away from any."
    )


def subsampling(run, text, offsets):
    """Say how subsampling shortens sentences, and how far a pair moves its vectors.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...text.corpus import from_sentences
    >>> run = SimpleNamespace(settings=PUBLISHED.replace(learning_rate=0.2, batch_size=50))
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]])
    >>> print(subsampling(run, text, offsets=[0, 2, 3]).text)  # 2 words and 1 word are left
    Subsampling shortens the sentences from 3.0 to 1.5 words on average. Because the gradient is a mean
    over the batch, a pair moves its vectors by 0.004 times its own gradient at first, and by half of that
    after each halving of the learning rate.
    """
    before = text.provenance.tokens / text.provenance.sentences
    after = offsets[-1] / (len(offsets) - 1)
    factor = run.settings.learning_rate / run.settings.batch_size
    return Paragraph(
        f"Subsampling shortens the sentences from {before:.1f} to {after:.1f} words on average. Because the "
        f"gradient is a mean over the batch, a pair moves its vectors by {factor:.2g} times its own "
        "gradient at first, and by half of that after each halving of the learning rate."
    )


def cost_table(sizes, seconds):
    """Tabulate the seconds per pair of both objectives against the size of the vocabulary.

    Examples
    --------
    >>> seconds = {"negative-sampling": [1e-6, 1e-6], "naive-softmax": [1e-5, 1e-4]}  # as measured
    >>> table = cost_table([1_000, 10_000], seconds)
    >>> table.frame.values.tolist()
    [['1,000', '1.00', '10.0'], ['10,000', '1.00', '100.0']]
    """
    sampling, softmax = seconds["negative-sampling"], seconds["naive-softmax"]
    rows = [
        (f"{n:,}", format_number(1e6 * a, ".2f"), format_number(1e6 * b, ".1f"))
        for n, a, b in zip(sizes, sampling, softmax, strict=True)
    ]
    columns = ["types", "negative sampling [µs per pair]", "naive softmax [µs per pair]"]
    ratio = softmax[-1] / sampling[-1]
    form = ".0f" if ratio >= 10 else ".1f"
    compared = f"At the vocabulary of this text the naive softmax takes {ratio:{form}} times as long. "
    return Table(
        pd.DataFrame(rows, columns=columns),
        "cost",
        "Time of the gradient steps per pair against the size of the vocabulary. "
        f"{compared if np.isfinite(ratio) else ''}The number of "
        "operations of negative sampling does not depend on the vocabulary; its time may grow because "
        f"memory is slower for larger tables. {note_on_times(softmax)}",
    )
