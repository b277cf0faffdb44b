"""Findings of notebook 03: the trained vectors beside the unigram baseline, and what they know of pairs.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import pandas as pd

from ...replication import published_recipe
from ...utils.statistics import format_count, format_number
from ..display import Headline, Paragraph, Table
from ..provenance import corpus_phrase

_CLEAR = 3  # standard errors from which a difference is called one


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
    corpus “pets”; the trained vectors have 3.100 ± 0.020, less than the baseline.
    """
    difference = comparison.baseline_loss - comparison.trained_loss
    verdict = {
        "better": "less than the baseline",
        "worse": "more than the baseline",
        "unclear": "not clearly different from the baseline",
    }[_verdict(difference, comparison.standard_error)]
    return Headline(
        "The best model with equal input vectors (unigram baseline) has a loss of "
        f"{comparison.baseline_loss:.3f} nats per pair on {corpus_phrase(text)}; the trained vectors have "
        f"{comparison.trained_loss:.3f} ± {comparison.standard_error:.3f}, {verdict}."
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
    >>> losses = 3.1, permuted, permuted, 0.002, 0.003, 3.2, 3.15, 0.05, 0.01, 0.8, 3.125, 0.075, 0.01
    >>> tests = PairTests(*losses)
    >>> table = pairs_table(tests, Comparison(3.2, 3.1, 0.02, pairs_per_centre=2.0, never_negative=0.25))
    >>> table.frame.iloc[2:, 0].tolist()
    ['input vectors permuted among words drawn about as often', 'unigram baseline',
     'trained, biases refitted', 'trained, biases and scale refitted (scale 0.800)']
    >>> table.frame["difference"].tolist()
    ['', '+0.15000 ± 0.00200', '+0.15000 ± 0.00300', '', '-0.05000 ± 0.01000', '-0.07500 ± 0.01000']
    """
    all_words, alike = tests.permuted.mean(), tests.permuted_alike.mean()
    trained = f"{format_number(tests.trained)} ± {format_number(comparison.standard_error)}"
    rows = [
        ("trained", trained, "", ""),
        (
            "input vectors permuted among all words",
            format_number(all_words),
            "trained",
            _difference(all_words - tests.trained, tests.permuted_error),
        ),
        (
            "input vectors permuted among words drawn about as often",
            format_number(alike),
            "trained",
            _difference(alike - tests.trained, tests.permuted_alike_error),
        ),
        ("unigram baseline", format_number(tests.baseline), "", ""),
        (
            "trained, biases refitted",
            format_number(tests.biased),
            "baseline",
            _difference(-tests.biased_gain, tests.biased_error),
        ),
        (
            f"trained, biases and scale refitted (scale {format_number(tests.scale)})",
            format_number(tests.scaled),
            "baseline",
            _difference(-tests.scaled_gain, tests.scaled_error),
        ),
    ]
    return Table(
        pd.DataFrame(rows, columns=["model", "loss per pair", "compared with", "difference"]),
        "pairs",
        "Tests of what the vectors represent about pairs of words, with negatives from the recipe's table. "
        "Losses in nats, all on the same new draws from the text of the training; differences with the "
        f"standard error over batches. For permutations the mean of {len(tests.permuted)}. Biases and scale "
        "are fitted to the expected counts, (1.23). On these draws the loss of the baseline is "
        f"{format_number(tests.baseline)}, its expected loss {format_number(comparison.baseline_loss)}.",
    )


def _difference(mean, error):
    return f"{mean:+z.5f} ± {error:.5f}"


def pairs_represented(tests, text):
    """Say whether the vectors represent something about pairs, by permutation and by refitting.

    Examples
    --------
    >>> import numpy as np
    >>> from ...replication.pair_tests import PairTests
    >>> from ...text.corpus import from_sentences
    >>> permuted = np.array([3.25, 3.25])
    >>> losses = 3.1, permuted, permuted, 0.002, 0.003, 3.2, 3.15, 0.05, 0.01, 0.8, 3.125, 0.075, 0.01
    >>> tests = PairTests(*losses)
    >>> print(pairs_represented(tests, from_sentences([["the", "cat"]], name="pets")).text)
    The trained vectors represent something about pairs of words on the corpus “pets” by both of two tests:
    with the input vectors permuted among words drawn about as often, the loss is higher by 0.15000 ± 0.00300
    nats per pair (higher in 2 of 2 permutations), and with refitted biases and scale it is below the
    unigram baseline by 0.07500 ± 0.01000, 2.3 % of the baseline.
    """
    higher = tests.permuted_alike.mean() - tests.trained
    by_permutation = _verdict(higher, tests.permuted_alike_error)
    by_refitting = _verdict(tests.scaled_gain, tests.scaled_error)
    own = by_permutation == "better"
    pairs = by_refitting == "better" and tests.scale > 0
    summary = (
        "do not represent pairs of words on {} by either of two tests",
        "represent something about pairs of words on {} by one of two tests only",
        "represent something about pairs of words on {} by both of two tests",
    )[own + pairs].format(corpus_phrase(text))
    by = f"{abs(higher):.5f} ± {tests.permuted_alike_error:.5f} nats per pair"
    change = {
        "better": f"higher by {by}",
        "worse": f"lower by {by}",
        "unclear": f"not clearly different ({by})",
    }
    n_higher = int((tests.permuted_alike > tests.trained).sum())
    return Headline(
        f"The trained vectors {summary}: with the input vectors permuted among words drawn about as often, "
        f"the loss is {change[by_permutation]} (higher in {n_higher} of "
        f"{format_count(len(tests.permuted_alike), 'permutation')}), and with refitted biases and scale it "
        f"is {_refitted(tests, by_refitting)}."
    )


def _refitted(tests, verdict):
    """Say how the loss with refitted biases and scale compares with the baseline."""
    gain = f"{abs(tests.scaled_gain):.5f} ± {tests.scaled_error:.5f}"
    if verdict == "unclear":
        return f"not clearly different from the unigram baseline ({gain})"
    percent = format_number(100 * abs(tests.scaled_gain) / tests.baseline, ".2g")
    side = "below" if verdict == "better" else "above"
    said = f"{side} the unigram baseline by {gain}, {percent} % of the baseline"
    if verdict == "better" and tests.scale <= 0:
        said += (
            f", but with a negative scale ({format_number(tests.scale)}): for the same outside word, pairs "
            "of the text have lower scores than random ones"
        )
    return said


def refitted_biases(tests):
    """Say what refitted biases alone show: whether errors of frequency explain a loss above the baseline.

    Examples
    --------
    >>> import numpy as np
    >>> from ...replication.pair_tests import PairTests
    >>> permuted = np.array([3.25, 3.25])
    >>> losses = 3.3, permuted, permuted, 0.002, 0.003, 3.2, 3.25, -0.05, 0.01, 0.2, 3.19, 0.01, 0.001
    >>> tests = PairTests(*losses)
    >>> print(refitted_biases(tests).text)
    The best bias for each outside word, at the trained scale, changes the loss from 3.300 to 3.250, which is
    above the unigram baseline of 3.200 on the same draws. So the loss is not only above the baseline because
    of wrong scores for the frequencies: at the trained scale, the differences between the scores of one
    outside word with different centre words cost more than they gain.
    """
    verdict = _verdict(tests.biased_gain, tests.biased_error)
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
    }[verdict]
    return Paragraph(
        "The best bias for each outside word, at the trained scale, changes the loss from "
        f"{format_number(tests.trained)} to {format_number(tests.biased)}, which is {where} the unigram "
        f"baseline of {format_number(tests.baseline)} on the same draws. {meaning}"
    )


def _verdict(gain, error):
    """Whether a gain is more than `_CLEAR` standard errors above 0, below 0, or neither; str."""
    if abs(gain) <= _CLEAR * error:
        return "unclear"
    return "better" if gain > 0 else "worse"
