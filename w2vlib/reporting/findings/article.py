"""Findings of notebooks 00 and 06 about the study as a whole: abstract, texts, tests, limits, conclusion.

The functions take the verdicts of both chapters (`experiments.confirmation.TwoTexts`) and return values of
`reporting.display`.
"""

import numpy as np
import pandas as pd

from ...experiments import recipe_comparison, verdicts
from ...replication.published_recipe import published_curve
from ...utils.statistics import format_count, format_number, name_of_largest
from ..display import Abstract, Paragraph, Table
from .claim_phrases import (
    absences,
    how_many_same,
    how_many_supported,
    met_by_random_digits,
    name_in_words,
)

PUBLISHED_MINUTES = 82  # published, as is the last value of the curve


def abstract(results, preprocessing):
    """Write the abstract of the report.

    Parameters
    ----------
    results, preprocessing : TwoTexts
        With records.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> abstract(TwoTexts({}, {}, ("ptb", "nltk:brown")), None)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim R1b: make it again with ...
    """
    loss = reproduced_loss(results)
    supported, n = how_many_supported(results, None)
    argued, n_argued = how_many_supported(preprocessing, None)
    return Abstract(
        "We repeat a course report on skip-gram word2vec. It derives the gradients, trains "
        "ten-dimensional vectors on the Penn Treebank, reads observations from pictures of 21 words, and "
        "argues, without measurements, what is gained and lost where rare words and numbers are "
        f"replaced. Every gradient is checked by three independent methods. {loss} Each claim has a test "
        "with a condition and an interval, or is reported as a fact. The conditions were frozen before "
        f"the confirming text, the Brown corpus, was looked at. On the Penn Treebank {supported} of {n} "
        f"tests support the published results{absences(results)}; {_same_verdicts(results)}. Of the "
        f"arguments about preprocessing, {argued} of {n_argued} tests on Wall Street Journal text support "
        f"them{met_by_random_digits(preprocessing)}; {_same_verdicts(preprocessing)}. "
        f"{_overall(supported, n)}"
    )


def reproduced_loss(results):
    """Compare the last loss of the training with the published seeds with the published one; str.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...utils.resampling import Sample
    >>> claims = [Claim("R1b", "Under 9", "final", "loss", high=9), Claim("R2", "Takes long", "t", "minutes")]
    >>> samples = {"R1b": Sample(np.array([[7.885781], [8]]), ("loss",)),
    ...            "R2": Sample(np.array([[0.05], [0.07]]), ("minutes",))}
    >>> found = verdicts.decide(claims, samples)
    >>> print(reproduced_loss(TwoTexts.of_results(found, found, ("ptb", "nltk:brown"))))
    With the published seeds the loss ends at 7.885781 as published, to the last decimal, after 0.06 minutes
    (mean of 2 seeds) instead of 82.
    """
    loss = format_number(results["R1b"][0].per_seed[0], ".6f")  # seed 0 has the published seeds
    published = format_number(published_curve()[-1], ".6f")
    times = results["R2"][0]  # with every seed, the published ones among them
    minutes = format_number(times.value, ".2f")
    agreement = (
        f"at {loss} as published, to the last decimal,"
        if loss == published
        else f"at {loss}, published {published},"
    )
    return (
        f"With the published seeds the loss ends {agreement} after {minutes} minutes (mean of "
        f"{format_count(len(times.per_seed), 'seed')}) instead of {PUBLISHED_MINUTES}."
    )


def _same_verdicts(both):
    """Say for how many decided claims the confirming text gives the same verdict; str, a clause."""
    same, decided = how_many_same(both)
    return f"{same} of {decided} decided tests have the same verdict on {name_in_words(both.names[1])}"


def _overall(supported, n):
    """Say in words what the number of supported results means."""
    if 2 * supported > n:
        return "Most observations that were read from the pictures can be confirmed."
    if supported:
        return "The training can be repeated; most observations read from its pictures cannot be confirmed."
    return "The training can be repeated; no observation read from its pictures can be confirmed."


def texts_table(records):
    """Tabulate the texts of the records: what each is for, and its size.

    Parameters
    ----------
    records : dict
        Chapter → two Record, of the text that was explored and of the one that confirms.

    Examples
    --------
    >>> from ...experiments.record import Record
    >>> text = {"name": "ptb", "sentences": 42068, "tokens": 887521, "types": 9999}
    >>> record = Record({"text": text, "seeds": [0, 1]}, {}, {}, {})
    >>> texts_table({"results": (record, record)}).frame.iloc[0].tolist()
    ['the Penn Treebank', 'results, explored', '42,068', '887,521', '9,999', '2']
    """
    rows = []
    for chapter, both in records.items():
        for role, record in zip(("explored", "confirming"), both, strict=True):
            text = record.provenance["text"]
            sizes = (f"{text[key]:,}" for key in ("sentences", "tokens", "types"))
            rows.append(
                (
                    name_in_words(text["name"]),
                    f"{chapter}, {role}",
                    *sizes,
                    f"{len(record.provenance['seeds'])}",
                )
            )
    columns = ["text", "used for", "sentences", "tokens", "types", "seeds"]
    return Table(
        pd.DataFrame(rows, columns=columns),
        "texts",
        "Texts of the recorded evidence, and seeds of the trainings.",
    )


def tests_in_numbers(claims):
    """Say how many tests and facts there are, and how many tests have a control.

    Parameters
    ----------
    claims : dict
        Chapter → list of Claim.

    Examples
    --------
    >>> print(tests_in_numbers({"results": [], "preprocessing": []}).text)
    There are 0 tests and 0 facts about the results, and 0 tests and 0 facts about preprocessing; 0 tests are
    also applied to vectors whose structure is known.
    """
    counts = {}
    for chapter, of_chapter in claims.items():
        facts = sum(claim.is_fact for claim in of_chapter)
        tests = format_count(len(of_chapter) - facts, "test")
        counts[chapter] = f"{tests} and {format_count(facts, 'fact')}"
    controlled = sum(bool(claim.control) for of_chapter in claims.values() for claim in of_chapter)
    return Paragraph(
        f"There are {counts['results']} about the results, and {counts['preprocessing']} about "
        f"preprocessing; {format_count(controlled, 'test')} {'is' if controlled == 1 else 'are'} also "
        "applied to vectors whose structure is known."
    )


def limits_in_numbers(results, preprocessing):
    """Say how many tests are inconclusive, and how large a figure must be to be found.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> both = TwoTexts({}, {}, ("ptb", "nltk:brown"))
    >>> print(limits_in_numbers(both, both).text)
    Inconclusive are 0 of 0 tests on the Penn Treebank and 0 of 0 on the Penn Treebank. An inconclusive test
    does not show that a claim is false.
    """
    parts = []
    for both in (results, preprocessing):
        tests = both.tests()
        open_ = sum(one.verdict == verdicts.INCONCLUSIVE for one, _ in tests)
        noun = " tests" if not parts else ""
        parts.append(f"{open_} of {len(tests)}{noun} on {name_in_words(both.names[0])}")
    large = [
        one
        for one, _ in results.tests()
        if one.claim.scale == "proportion" and np.isinf(one.claim.high) and not np.isnan(one.detectable)
    ]
    sentence = (
        f"Inconclusive are {parts[0]} and {parts[1]}. An inconclusive test does not show that a claim is "
        "false."
    )
    within_reach = [one.detectable for one in large if one.detectable <= 1]
    if not within_reach:
        return Paragraph(sentence)
    return Paragraph(
        f"{sentence} Of the {format_count(len(large), 'test')} on {name_in_words(results.names[0])} whose "
        "figure is a proportion that has to be large, the most precise finds a true figure of "
        f"{format_number(min(within_reach), '.2f')} with probability {verdicts.POWER:g}, before the "
        f"correction for the number of tests.{_not_calculable(large)}"
    )


def _not_calculable(tests):
    """Name the tests for whose limit no true figure up to 1 is found; str."""
    beyond = [
        f"{one.claim.id} (limit {one.claim.low:g}, figure {format_number(one.value, '.2f')})"
        for one in tests
        if one.detectable > 1
    ]
    if not beyond:
        return ""
    return (
        f" For {', '.join(beyond)} this calculation does not apply: it uses the spread of the measured "
        "figure, and figures near 1 spread less."
    )


def conclusion(results, preprocessing):
    """Conclude: what was reproduced, what is supported and confirmed, and what would have worked.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> conclusion(TwoTexts({}, {}, ("ptb", "nltk:brown")), None)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim R1b: make it again with ...
    """
    loss = reproduced_loss(results)
    supported, n = how_many_supported(results, None)
    argued, n_argued = how_many_supported(preprocessing, None)
    return Paragraph(
        f"{loss} {_overall(supported, n)} On the Penn Treebank {supported} of {n} tests support the "
        f"published results{absences(results)}; {_same_verdicts(results)}. The arguments about "
        f"preprocessing are supported {_compared(argued / max(1, n_argued), supported / max(1, n))}: "
        f"{argued} of {n_argued} tests on Wall Street Journal text support "
        f"them{met_by_random_digits(preprocessing)}; {_same_verdicts(preprocessing)}. "
        f"{_similarities(results)}"
    )


def _compared(one, other):
    return "more often" if one > other else "less often" if one < other else "as often"


def _similarities(results):
    """Compare how the recipe and the best other recipe of each record agree with human ratings."""
    found = [_best_other(record.recipes) for record in results.records]
    if None in found:
        return "The record compares no other recipes."
    parts = [
        f"on {name_in_words(name)} those of the recipe correlate at {format_number(of_recipe, '.2f')}, "
        f"and among the other recipes and models the best, {best}, reaches {format_number(most, '.2f')}"
        for name, (of_recipe, best, most) in zip(results.names, found, strict=True)
    ]
    return f"Cosines were compared with human ratings of word pairs (WordSim-353): {'; '.join(parts)}."


def _best_other(recipes):
    """Mean correlation of the recipe, name of the best other one, and its mean correlation; None without."""
    means = {name: np.mean([m.wordsim353 for m in rows]) for name, rows in recipes.items() if rows}
    if recipe_comparison.RECIPE not in means or len(means) < 2:
        return None
    of_recipe = means.pop(recipe_comparison.RECIPE)
    best = name_of_largest(means)
    return of_recipe, best, means[best]


def availability(records):
    """Say which texts the records belong to (SHA-256), and which commands make them again.

    Parameters
    ----------
    records : dict
        As for `texts_table`.

    Examples
    --------
    >>> from ...experiments.record import Record
    >>> text = {"name": "ptb", "sha256": "fcea919f6cf8"}
    >>> record = Record({"text": text, "command": "w2v evidence --corpus ptb"}, {}, {}, {})
    >>> availability({"results": (record, record)}).frame.iloc[0].tolist()
    ['results', 'the Penn Treebank', 'fcea919f6cf8…', '`w2v evidence --corpus ptb`']
    """
    rows = [
        (
            chapter,
            name_in_words(record.provenance["text"]["name"]),
            f"{record.provenance['text']['sha256'][:12]}…",
            f"`{record.provenance['command']}`",
        )
        for chapter, both in records.items()
        for record in both
    ]
    return Table(
        pd.DataFrame(rows, columns=["chapter", "text", "SHA-256", "command"]),
        "records",
        "The recorded evidence: its texts, and the commands that make it again.",
    )
