"""Findings of notebook 03: the trained vectors beside the unigram baseline, and what they know of pairs.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import pandas as pd

from ...experiments.recorded_pairs import pairs_from
from ...replication import published_recipe
from ...replication.pair_tests import BLOCK
from ...utils.statistics import format_count, format_number
from ..display import Headline, Paragraph, Table
from ..provenance import corpus_phrase
from .claim_phrases import name_in_words

_CLEAR = 3  # standard errors from which a difference is called one
_LEVEL = 0.05  # of the permutation test
_MOSTLY = 9  # times the effect of the other components, from which one is nearly all


def baseline_table(run, by_recipe, by_noise):
    """Compare trained vectors with the unigram baseline: negatives of the recipe and of a fine table.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ...replication.unigram_baseline import Comparison
    >>> from ...replication.settings import PUBLISHED
    >>> run = SimpleNamespace(settings=PUBLISHED)
    >>> comparison = Comparison(3.2, 3.1, 0.02, pairs_per_centre=2.0, never_negative=0.25)
    >>> table = baseline_table(run, comparison, comparison)
    >>> table.frame.iloc[0].tolist()
    ["recipe's table, 15,000 entries", '25.0', '3.200', '6.40', '3.100 ± 0.020']
    """
    tables = {
        f"recipe's table, {run.settings.table_size:,} entries": by_recipe,
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
    """Say whether the trained vectors lose less than the unigram baseline, more, or neither.

    Examples
    --------
    >>> from ...replication.unigram_baseline import Comparison
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat"]], name="pets")
    >>> print(baseline_comparison(Comparison(3.2, 3.1, 0.02, 2.0, 0.25), text).text)
    The best model with equal input vectors (unigram baseline) has a loss of 3.200 nats per pair on the
    corpus “pets”; the trained vectors have 3.100 ± 0.020 (standard error), less than the baseline.
    """
    return Headline(
        "The best model with equal input vectors (unigram baseline) has a loss of "
        f"{comparison.baseline_loss:.3f} nats per pair on {corpus_phrase(text)}; the trained vectors have "
        f"{comparison.trained_loss:.3f} ± {comparison.standard_error:.3f} (standard error), "
        f"{_than(comparison)} the baseline."
    )


def threshold(comparison):
    """Say what it means to pass the published threshold, given the loss of the unigram baseline.

    Examples
    --------
    >>> from ...replication.unigram_baseline import Comparison
    >>> print(threshold(Comparison(3.2, 3.1, 0.02, pairs_per_centre=2.0, never_negative=0.25)).text)
    The threshold is 9 nats per centre word, and the unigram baseline reaches 6.40: passing it does not show
    that a model represents pairs of words. The trained vectors predict better than the baseline, on the
    text they were trained on, which is possible only with information about pairs.
    """
    limit = published_recipe.THRESHOLD
    reached = comparison.baseline_loss * comparison.pairs_per_centre
    passing = (
        "passing it does not show that a model represents pairs of words."
        if reached < limit
        else "passing it takes more than word frequencies."
    )
    difference = comparison.baseline_loss - comparison.trained_loss
    otherwise = (
        "even on the text they were trained on. This does not show that they represent nothing about pairs: "
        "their scores may be wrong for the frequencies alone. [The next table](#tbl-pairs) tests that."
    )
    trained = {
        "better": "The trained vectors predict better than the baseline, on the text they were trained on, "
        "which is possible only with information about pairs.",
        "worse": f"The trained vectors predict worse than the baseline, {otherwise}",
        "unclear": f"It is not clear that the trained vectors predict better than the baseline, {otherwise}",
    }[_verdict(difference, comparison.standard_error)]
    return Paragraph(
        f"The threshold is {limit:g} nats per centre word, and the unigram baseline reaches {reached:.2f}: "
        f"{passing} {trained}"
    )


def pairs_table(tests, comparison):
    """Tabulate the tests of what the vectors represent about pairs (`pair_tests.PairTests`).

    Examples
    --------
    >>> import numpy as np
    >>> from ...replication.pair_tests import PairTests
    >>> from ...replication.unigram_baseline import Comparison
    >>> permuted = np.array([3.25, 3.25])
    >>> permuting = permuted, permuted, 0.002, 0.003, 3.2, 0.001, 3.11, 0.001
    >>> losses = 3.1, *permuting, 3.2, 3.15, 0.05, 0.01, 0.8, 3.125, 0.075, 0.01
    >>> tests = PairTests(*losses)
    >>> table = pairs_table(tests, Comparison(3.2, 3.1, 0.02, pairs_per_centre=2.0, never_negative=0.25))
    >>> table.frame.iloc[2:, 0].tolist()
    ['input vectors permuted among words drawn about as often',
     'the same, only their components along the common direction', 'the same, only their other components',
     'unigram baseline',
     'trained, biases refitted', 'trained, biases and scale refitted (scale 0.800)']
    >>> table.frame["difference"].tolist()
    ['', '+0.15000 ± 0.00200', '+0.15000 ± 0.00300', '+0.10000 ± 0.00100', '+0.01000 ± 0.00100', '',
     '-0.05000 ± 0.01000', '-0.07500 ± 0.01000']
    """
    trained = f"{format_number(tests.trained)} ± {format_number(comparison.standard_error)}"
    alike = "input vectors permuted among words drawn about as often"
    permuted = (
        ("input vectors permuted among all words", tests.permuted.mean(), tests.permuted_error),
        (alike, tests.permuted_alike.mean(), tests.permuted_alike_error),
        ("the same, only their components along the common direction", tests.along, tests.along_error),
        ("the same, only their other components", tests.across, tests.across_error),
    )
    refitted = (
        ("trained, biases refitted", tests.biased, -tests.biased_gain, tests.biased_error),
        (
            f"trained, biases and scale refitted (scale {format_number(tests.scale)})",
            tests.scaled,
            -tests.scaled_gain,
            tests.scaled_error,
        ),
    )
    rows = [("trained", trained, "", "")]
    rows += [
        (model, format_number(loss), "trained", _difference(loss - tests.trained, error))
        for model, loss, error in permuted
    ]
    rows.append(("unigram baseline", format_number(tests.baseline), "", ""))
    rows += [
        (model, format_number(loss), "baseline", _difference(change, error))
        for model, loss, change, error in refitted
    ]
    columns = ["model", "loss per pair", "compared with", "difference"]
    return Table(pd.DataFrame(rows, columns=columns), "pairs", _pairs_caption(tests, comparison))


def _pairs_caption(tests, comparison):
    return (
        "Tests of what the vectors represent about pairs of words, with negatives from the recipe's "
        "table. Losses in nats, all on the same new draws from the text of the training; differences "
        f"with the standard error over batches. Means of {len(tests.permuted_alike)} permutations among "
        f"words drawn about as often (in blocks of {BLOCK}), and of {len(tests.permuted)} of each other "
        "kind. Biases and scale are fitted to the expected counts, (1.23), so with any vectors, random "
        "ones too, the expected loss is not above the baseline. On these draws the loss of the baseline "
        f"is {format_number(tests.baseline)}, its expected loss {format_number(comparison.baseline_loss)}."
    )


def _difference(mean, error):
    return f"{mean:+z.5f} ± {error:.5f}"


def pairs_represented(tests, text):
    """Say whether the vectors represent something about pairs, by permutation.

    Examples
    --------
    >>> import numpy as np
    >>> from ...replication.pair_tests import PairTests
    >>> from ...text.corpus import from_sentences
    >>> permuted = np.full(20, 3.25)
    >>> permuting = permuted, permuted, 0.002, 0.003, 3.2, 0.001, 3.11, 0.001
    >>> losses = 3.1, *permuting, 3.2, 3.15, 0.05, 0.01, 0.8, 3.125, 0.075, 0.01
    >>> tests = PairTests(*losses)
    >>> print(pairs_represented(tests, from_sentences([["the", "cat"]], name="pets")).text)
    By a permutation test the trained vectors represent a little about pairs of words on the corpus “pets”:
    with the input vectors exchanged among words that are drawn about as often, the loss is higher by 0.15000
    nats per pair on average, and higher in 20 of 20 permutations (one-sided p = 0.048; the least possible is
    0.048). Exchanging only the components along the common direction changes the loss by +0.10000, exchanging
    only the others by +0.01000. So nearly all of it comes from one number per word; the directions hardly
    tell which words occur together.
    """
    higher = tests.permuted_alike.mean() - tests.trained
    n_higher = int((tests.permuted_alike > tests.trained).sum())
    represent = (
        "the trained vectors represent a little about pairs of words on"
        if tests.p < _LEVEL
        else "it is not shown that the trained vectors represent anything about pairs of words on"
    )
    return Headline(
        f"By a permutation test {represent} {corpus_phrase(text)}: with the input vectors exchanged among "
        f"words that are drawn about as often, the loss is {'higher' if higher >= 0 else 'lower'} by "
        f"{abs(higher):.5f} nats per pair on average, and higher in {n_higher} of "
        f"{format_count(len(tests.permuted_alike), 'permutation')} (one-sided p = {tests.p:.2g}; the least "
        f"possible is {1 / (1 + len(tests.permuted_alike)):.2g}). {_components(tests)}"
    )


def recorded_pairs(record):
    """Say how the vectors of the published training compare with the baseline, from the record on its text.

    Examples
    --------
    >>> from ...experiments.record import Record
    >>> recorded_pairs(Record({}, {}, {}, {})) is None
    True
    """
    if not record.pairs:
        return None
    comparison, tests = pairs_from(record.pairs)
    rise = tests.permuted_alike.mean() - tests.trained
    higher = int((tests.permuted_alike > tests.trained).sum())
    return Paragraph(
        f"The same for the published training on {name_in_words(record.provenance['text']['name'])} "
        f"(recorded): its vectors have a loss of {format_number(comparison.trained_loss)} ± "
        f"{format_number(comparison.standard_error)} nats per pair, "
        f"{_than(comparison)} the unigram baseline of "
        f"{format_number(comparison.baseline_loss)}. Permutation among words drawn about as often changes "
        f"the loss by {rise:+z.5f} on average; it is higher in {higher} of {len(tests.permuted_alike)} "
        f"permutations (one-sided p = {tests.p:.2g}). {_components(tests)}"
    )


def _components(tests):
    """Say which components of the input vectors the effect of permutations comes from; str."""
    along, across = tests.along - tests.trained, tests.across - tests.trained
    meaning = ""
    if tests.p < _LEVEL and along > _MOSTLY * max(across, 0.0):
        meaning = (
            " So nearly all of it comes from one number per word; the directions hardly tell which words "
            "occur together."
        )
    return (
        "Exchanging only the components along the common direction changes the loss by "
        f"{along:+z.5f}, exchanging only the others by {across:+z.5f}.{meaning}"
    )


def refitted(tests):
    """Describe the loss with refitted biases, and with a refitted scale: what errors of frequency explain.

    Examples
    --------
    >>> import numpy as np
    >>> from ...replication.pair_tests import PairTests
    >>> permuted = np.array([3.25, 3.25])
    >>> permuting = permuted, permuted, 0.002, 0.003, 3.2, 0.001, 3.3, 0.001
    >>> losses = 3.3, *permuting, 3.2, 3.25, -0.05, 0.01, 0.2, 3.19, 0.01, 0.001
    >>> tests = PairTests(*losses)
    >>> print(refitted(tests).text)
    The best bias for each outside word, at the trained scale, changes the loss from 3.300 to 3.250, which is
    above the unigram baseline of 3.200 on the same draws. So the loss is not only above the baseline because
    of wrong scores for the frequencies: at the trained scale, the differences between the scores of one
    outside word with different centre words cost more than they gain. With the best scale too, 0.200 times
    the trained one, it is 3.190. This is no test: biases and scale are fitted to the counts of the same
    text, and with them random vectors end below the baseline too.
    """
    where, meaning = {
        "better": (
            "below",
            "So the differences between the scores of one outside word with different centre words help.",
        ),
        "worse": (
            "above",
            "So the loss is not only above the baseline because of wrong scores for the frequencies: at the "
            "trained scale, the differences between the scores of one outside word with different centre "
            "words cost more than they gain.",
        ),
        "unclear": (
            "not clearly different from",
            "So the differences between the scores of one outside word with different centre words neither "
            "help nor harm clearly.",
        ),
    }[_verdict(tests.biased_gain, tests.biased_error)]
    return Paragraph(
        "The best bias for each outside word, at the trained scale, changes the loss from "
        f"{format_number(tests.trained)} to {format_number(tests.biased)}, which is {where} the unigram "
        f"baseline of {format_number(tests.baseline)} on the same draws. {meaning} With the best scale too, "
        f"{format_number(tests.scale)} times the trained one, it is "
        f"{format_number(tests.scaled)}.{_negative(tests)} This is no test: biases and scale are fitted "
        f"to the counts of the same text, and with them random vectors "
        "end below the baseline too."
    )


def _negative(tests):
    """Say what a negative scale means; str, "" for another."""
    if tests.scale >= 0:
        return ""
    return (
        " A negative scale means that, with the best biases and on a weighted average, outside words "
        "have lower scores with the centre words of their own pairs than with random ones. The "
        "permutations say something else: among words drawn about as often, a word's own vector fits its "
        "pairs better or worse than another's."
    )


def _than(comparison):
    """How the loss of the trained vectors compares with that of the baseline; str, without its name."""
    difference = comparison.baseline_loss - comparison.trained_loss
    than = {"better": "less than", "worse": "more than", "unclear": "not clearly different from"}
    return than[_verdict(difference, comparison.standard_error)]


def _verdict(gain, error):
    """Whether a gain is more than `_CLEAR` standard errors above 0, below 0, or neither; str."""
    if abs(gain) <= _CLEAR * error:
        return "unclear"
    return "better" if gain > 0 else "worse"
