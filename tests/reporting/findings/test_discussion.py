"""Each alternative of each sentence of the introduction and the discussion."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from w2vlib import W2VError
from w2vlib.experiments import recipe_comparison, verdicts
from w2vlib.experiments.claims import Claim
from w2vlib.experiments.confirmation import TwoTexts
from w2vlib.experiments.record import Record
from w2vlib.experiments.training_measures import Measures
from w2vlib.replication.published_recipe import published_curve
from w2vlib.reporting.findings import article, discussion
from w2vlib.reporting.findings import discussion_preprocessing as on_preprocessing
from w2vlib.reporting.findings.claim_phrases import (
    FactStatement,
    Statement,
    all_some_none,
    confirmation_sentence,
    figure_in_words,
    figures_of_test,
    on_explored_text,
    verdict_in_words,
)
from w2vlib.utils.resampling import Sample

NAMES = ("ptb", "nltk:brown")
S, NS, I, NT, NA = verdicts.VERDICTS
VALUES = {S: 0.9, NS: 0.1, I: 0.5}
LIMIT = {"low": 0.5, "scale": "proportion"}  # no value is between it and that without effect


@cache
def _result(verdict, value):
    if verdict == verdicts.FACT:
        return verdicts.decide([Claim("x", "c", "t", "m")], {"x": Sample(np.array([[value]]), ("x",))})[0]
    if verdict == NA:
        return verdicts.decide([Claim("x", "c", "t", "m", **LIMIT)], {"x": None})[0]
    if verdict == NT:
        premise = Claim("premise", "c", "t", "m", **LIMIT)
        sample = Sample(np.array([[0.9], [0.91], [0.92]]), ("x",))
        claims = [premise, Claim("x", "c", "t", "m", **LIMIT, premise="premise")]
        return verdicts.decide(claims, {"premise": None, "x": sample})[1]
    spread = 0.2 if verdict == I else 0.01
    sample = Sample(VALUES[verdict] + spread * np.array([[-1.0], [0], [1]]), ("x",))
    return verdicts.decide([Claim("x", "c", "t", "m", **LIMIT)], {"x": sample})[0]


def result(id, verdict, value=None):
    """Result of a test of three seeds whose verdict is this one, or of a fact."""
    one = _result(verdict, value)
    assert one.verdict == verdict
    return replace(one, claim=replace(one.claim, id=id))


def two_texts(explored, confirming=None, records=(), names=NAMES):
    """Make it of dicts of id → verdict, or (verdict, value) for a fact."""

    def results(given):
        return [result(id, *(v if isinstance(v, tuple) else (v,))) for id, v in given.items()]

    return TwoTexts.of_results(results(explored), results(confirming or explored), names, records)


def all_of(statements, verdict, **changed):
    """Every claim of some statements with one verdict, except for some."""
    given = {s.id: (verdicts.FACT, 0.25) if isinstance(s, FactStatement) else verdict for s in statements}
    return given | changed


def record(controls=None, recipes=None, seeds=(0, 1), name="ptb"):
    text = {"name": name, "sha256": "0" * 64, "sentences": 3, "tokens": 2000, "types": 5}
    provenance = {"text": text, "seeds": list(seeds), "command": "w2v evidence"}
    return Record(provenance, {}, controls or {}, recipes or {})


# The vocabulary


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (S, "is supported"),
        (NS, "is not supported"),
        (I, "is inconclusive"),
        (NT, "is not tested"),
        (NA, "is not applicable"),
    ],
)
def test_a_verdict_in_words(verdict, words):
    assert verdict_in_words(result("E1", verdict)) == words


def test_a_figure_in_words():
    assert figure_in_words(result("E1", S)) == "0.90 [0.88, 0.92]"
    assert figure_in_words(result("E1", NA)) == "no figure"


@pytest.mark.parametrize(
    ("explored", "confirming", "words"),
    [
        (S, NS, "0.90 [0.88, 0.92], supported if > 0.5; the Brown corpus: 0.10 [0.08, 0.12], not supported"),
        (NS, NA, "0.10 [0.08, 0.12], supported if > 0.5; the Brown corpus: not applicable"),
        (NT, NT, "the Brown corpus: not tested"),
        (NT, S, "the Brown corpus: 0.90 [0.88, 0.92], supported"),
        (NA, S, "no figure, supported if > 0.5; the Brown corpus: 0.90 [0.88, 0.92], supported"),
    ],
)
def test_figures_on_both_texts(explored, confirming, words):
    assert figures_of_test((result("E1", explored), result("E1", confirming)), NAMES) == words


def test_a_condition_with_two_limits():
    claim = Claim("O6", "c", "t", "m", low=0.36, high=0.64)
    sample = Sample(np.array([[0.5], [0.51], [0.49]]), ("x",))
    one = verdicts.decide([claim], {"O6": sample})[0]
    assert "supported if between 0.36 and 0.64;" in figures_of_test((one, one), NAMES)


@pytest.mark.parametrize(
    ("verdict", "begin"),
    [
        (S, "It is so (0.90"),
        (NS, "It is not so (0.10"),
        (I, "It cannot be decided whether it is so (0.50"),
        (NT, "It is not tested whether it is so, since what this would explain is not supported (the Brown"),
        (NA, "It cannot be tested here whether it is so (no figure"),
    ],
)
def test_a_statement(verdict, begin):
    assert Statement("E1", "it is so", "it is not so").on(two_texts({"E1": verdict})).startswith(begin)


@pytest.mark.parametrize(
    ("condition", "figure", "words"),
    [
        ({"low": 0.71, "scale": "proportion"}, 0.6, "It is not supported that it is so, but the figure is above 0.5,"),
        ({"low": 0.71, "scale": "proportion"}, 0.5, "It is not so ("),
        ({"low": 0.71, "scale": "proportion"}, 0.4, "It is not so ("),
        ({"low": 0.3}, 0.1, "It is not supported that it is so, but the figure is above 0, the value without effect ("),
        ({"low": 0}, -0.1, "It is not so ("),
        ({"high": 0.9, "scale": "log"}, 0.95, "It is not supported that it is so, but the figure is below 1,"),
        ({"high": 0.9, "scale": "log"}, 1.1, "It is not so ("),
        ({"high": 9}, 9.5, "It is not so ("),
        ({"low": 0.36, "high": 0.64, "scale": "proportion"}, 0.8, "It is not so ("),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_not_denied_where_there_is_an_effect(condition, figure, words):
    sample = Sample(figure + 0.001 * np.array([[-1.0], [0], [1]]), ("x",))
    found = verdicts.decide([Claim("E1", "c", "t", "m", **condition)], {"E1": sample})
    assert found[0].verdict == NS
    both = TwoTexts.of_results(found, found, NAMES)
    assert Statement("E1", "it is so", "it is not so").on(both).startswith(words)


@pytest.mark.parametrize(
    ("explored", "confirming", "words"),
    [
        ({"a": S, "b": S}, {"a": S, "b": S}, "So it holds."),
        ({"a": S, "b": I}, {"a": S, "b": NS}, "So it holds."),
        ({"a": S, "b": S}, {"a": S, "b": I}, "So on the text that was explored, it holds."),
        ({"a": S}, {"a": NA}, "So on the text that was explored, it holds."),
        ({"a": I}, {"a": S}, "So on the text that was explored, it holds."),
    ],
)
def test_a_conclusion_that_the_confirming_text_does_not_share(explored, confirming, words):
    both = two_texts(explored, confirming)
    assert on_explored_text(both, list(explored), "So it holds.") == words
    other = on_explored_text(both, list(explored), "The noise is real.")
    assert other == (
        "The noise is real." if "text" not in words else "On the text that was explored, the noise is real."
    )


def test_conclusions_about_numbers_name_the_explored_text():
    given = all_of(on_preprocessing.NUMBER_LOSSES, S)
    text = on_preprocessing.number_losses(two_texts(given, given | {"N3a": I})).text
    assert text.endswith("So on the text that was explored, `N` costs a model something that it would have "
                         "learned from the numbers.")  # fmt: skip


def test_a_fact():
    both = two_texts({"U1": (verdicts.FACT, 0.4567)}, {"U1": (verdicts.FACT, 0.5)})
    assert FactStatement("U1", "{} remain", percent=True).on(both) == "46 % (the Brown corpus: 50 %) remain."
    assert FactStatement("U1", "times {}").on(both) == "Times 0.46 (the Brown corpus: 0.50)."


@pytest.mark.parametrize(
    ("given", "chosen"),
    [({"a": S, "b": S}, "all"), ({"a": S, "b": I}, "1 of 2 tests"), ({"a": I, "b": NS}, "none")],
)
def test_all_some_or_none(given, chosen):
    assert all_some_none(two_texts(given), list(given), ("all", "{}", "none")) == chosen


@pytest.mark.parametrize(
    ("explored", "confirming", "words"),
    [
        ({"a": I}, {"a": S}, "No claim is decided on the Penn Treebank and applicable to the Brown corpus."),
        ({"a": S}, {"a": NA}, "No claim is decided"),
        ({"a": S}, {"a": S}, "Of 1 claim decided on the Penn Treebank and applicable to the Brown corpus, 1 has"),
        ({"a": S, "b": NS, "c": S}, {"a": S, "b": S, "c": I}, "1 has the same verdict there, 1 the opposite one, and 1 cannot"),
        ({"a": S, "b": NS}, {"a": S, "b": NS}, "2 have the same verdict there, 0 the opposite one, and 0 cannot"),
    ],
)  # fmt: skip
def test_confirmation(explored, confirming, words):
    assert words in confirmation_sentence(two_texts(explored, confirming))


def test_a_record_without_a_claim_is_named():
    with pytest.raises(W2VError, match="The record of nltk:brown lacks the claim E1: make it again with"):
        two_texts({"E1": S}, {"E2": S})["E1"]
    for write in (discussion.expectations, discussion.training, on_preprocessing.number_ideas):
        with pytest.raises(W2VError, match="The record of ptb lacks the claim"):
            write(two_texts({"X1": S}))


# The discussion of the results


@pytest.mark.parametrize(
    ("verdict", "changed", "words"),
    [
        (S, {}, "So the expectations are met."),
        (NS, {"E2": S}, "So the expectations are met only in part: 1 of 5 tests are supported."),
        (I, {}, "So no expectation is supported."),
    ],
)
def test_expectations(verdict, changed, words):
    given = all_of(discussion.EXPECTATIONS, verdict, **changed)
    text = discussion.expectations(two_texts(given, records=(record(),))).text
    assert words in text and text.endswith("For other models of the same text no figure is recorded.")


@pytest.mark.parametrize(
    ("wide", "words"),
    [
        (0.9, "So other models meet more of these conditions than the recipe."),
        (0.2, "So no model meets more of these conditions than the recipe."),
    ],
)
def test_other_models(wide, words):
    controls = {recipe_comparison.WIDE: {"E1a": [wide, wide]}, recipe_comparison.PPMI: {"E1a": [0.1]}}
    both = two_texts({"E1a": NS, "E1b": S}, records=(record(controls),))
    text = discussion.other_models(both, ["E1a", "E1b"])
    assert text.startswith(
        "On 1 condition other models of the same text were compared too, by mean figures without intervals: "
        "those of the recipe meet 0, "
    )
    assert (
        f"those of SkipGram with 100 dimensions {int(wide > 0.5)}, those of PPMI-SVD with 100 dimensions 0."
        in text
    )
    assert text.endswith(words)


@pytest.mark.parametrize(
    ("changed", "close", "apart"),
    [
        ({}, "pictures suggest cannot be confirmed", "the claim of an absence"),
        ({"O1": S, "O2b": S}, "only in part (1 of 2 tests).", "stand apart, 1 of 2 tests supports it."),
        ({"O1": S, "O2a": S, "O2b": S, "O3a": S}, "pictures suggest is there.", "Both words that are said"),
    ],
)
def test_sentiment(changed, close, apart):
    text = discussion.sentiment(two_texts(all_of(discussion.SENTIMENT, I, **changed))).text
    assert close in text and apart in text and "Brilliant occurs 0.25 (the Brown corpus: 0.25) times" in text


@pytest.mark.parametrize(
    ("changed", "pairs", "analogy"),
    [
        ({}, "not even the partial structure", "approximately: on average over seeds more than one word in"),
        ({"O5a": I}, "not even the partial structure", "it cannot be excluded that more than one word in a"),
        (
            {"O4a": S, "O5a": S},
            "is partly there, as the report says: 1 of 3 tests support it.",
            "holds approximately",
        ),
        (
            {"O4a": S, "O4b": S, "O4c": S},
            "the partial structure of gender is there.",
            "dimensions to explain",
        ),
    ],
)
def test_gender(changed, pairs, analogy):
    text = discussion.gender(two_texts(all_of(discussion.GENDER, NS, **changed))).text
    assert pairs in text and analogy in text


@pytest.mark.parametrize(
    ("spread", "nouns", "words"),
    [
        (S, S, "the observation is right, and its explanation agrees with the text."),
        (S, I, "the observation is right, but its explanation is not established."),
        (NS, NT, "So the observation is not established, and there is nothing to explain."),
    ],
)
def test_nationality(spread, nouns, words):
    assert words in discussion.nationality(two_texts({"O6a": spread, "O6b": nouns})).text


@pytest.mark.parametrize(
    ("settled", "defined", "words"),
    [
        (S, S, "seen in the pictures is in the vectors."),
        (S, NS, "So the vectors change less, but they do not form the groups."),
        (I, S, "So the groups are there at the end, but"),
        (I, NS, "is not established in the vectors."),
    ],
)
def test_training(settled, defined, words):
    given = all_of(discussion.TRAINING, S, O7a=defined, O7b=settled)
    assert words in discussion.training(two_texts(given)).text


def test_results_as_a_whole():
    one = discussion.results_as_a_whole(two_texts({"a": S, "b": NS})).text
    assert one.startswith("On the published text 1 of the 2 tests supports the published results.")
    assert "2 of the 2 tests support the" in discussion.results_as_a_whole(two_texts({"a": S, "b": S})).text


# The discussion of preprocessing


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"U1c": S, "U2a": S}, "So the gain is real in cost and in quality."),
        ({"U1d": S}, "So the gain is one of cost."),
        ({"U2a": S}, "So the gain is one of quality."),
        ({}, "what is certain is arithmetic."),
    ],
)
def test_what_is_gained_with_unknown_words(changed, words):
    given = all_of(on_preprocessing.UNKNOWN_GAINS, NS, **changed)
    text = on_preprocessing.unknown_gains(two_texts(given)).text
    assert words in text and "The vocabulary has 25 % (the Brown corpus: 25 %) of its types left." in text


@pytest.mark.parametrize(
    ("changed", "vector", "noise"),
    [
        (
            {"U3b": S, "U3c": S},
            "So `<unk>` is what was argued",
            "The noise beside `<unk>` is not established.",
        ),
        ({"U3b": S, "U4a": S}, "So `<unk>` is an average, but", "about noise, 1 of 3 tests support it."),
        (
            {"U3c": S, "U4a": S, "U4b": S, "U4c": S},
            "represents a rare word no better than another word would, within the margin, but",
            "is real, and `<unk>` is",
        ),
        ({}, "So neither part of the argument", "is not established."),
    ],
)
def test_what_is_lost_with_unknown_words(changed, vector, noise):
    text = on_preprocessing.unknown_losses(
        two_texts(all_of(on_preprocessing.UNKNOWN_LOSSES, I, **changed))
    ).text
    assert vector in text and noise in text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"U5d": S, "U6a": S},
            "So both ideas give unseen words vectors that agree with their own word more than with others.",
        ),
        ({"U5d": S}, "So pieces give unseen words vectors"),
        ({"U6a": S}, "So n-grams give unseen words vectors"),
        ({}, "but a fitting one is not established."),
    ],
)
def test_other_ideas_for_unknown_words(changed, words):
    given = all_of(on_preprocessing.UNKNOWN_IDEAS, NS, **changed)
    assert words in on_preprocessing.unknown_ideas(two_texts(given)).text


@pytest.mark.parametrize(
    ("statements", "write", "ids", "sentences"),
    [
        (
            on_preprocessing.NUMBER_GAINS,
            on_preprocessing.number_gains,
            ("N2a", "N2b", "N2c"),
            (
                "better than separate numbers do.",
                "1 of 3 tests support it.",
                "So it is not established that `N`",
            ),
        ),
        (
            on_preprocessing.NUMBER_LOSSES,
            on_preprocessing.number_losses,
            ("N3a", "N4a"),
            ("would have learned from the numbers.", "1 of 2 tests supports it.", "would hardly have taught"),
        ),
        (
            on_preprocessing.NUMBER_IDEAS,
            on_preprocessing.number_ideas,
            ("N6a", "N6b", "N6c"),
            (
                "also into rare ones.",
                "1 of 3 tests support it.",
                "So it is not established that vectors of digits",
            ),
        ),
    ],
)
def test_numbers(statements, write, ids, sentences):
    cases = [dict.fromkeys(ids, S), {ids[0]: S}, {}]
    for changed, sentence in zip(cases, sentences, strict=True):
        text = write(two_texts(all_of(statements, NS, **changed))).text
        assert [other for other in sentences if other in text] == [sentence]


# The study as a whole


def loss_and_time(loss):
    claims = [Claim("R1b", "c", "t", "m", high=9), Claim("R2", "c", "t", "m")]
    samples = {
        "R1b": Sample(np.array([[loss], [8.0], [8.1]]), ("loss",)),
        "R2": Sample(np.array([[0.05]]), ("minutes",)),
    }
    return verdicts.decide(claims, samples)


def results_with(loss=None, records=None, **given):
    """Results with the loss of the published seeds; TwoTexts."""
    found = loss_and_time(float(published_curve()[-1]) if loss is None else loss)
    found += [result(id, verdict) for id, verdict in given.items()]
    return TwoTexts.of_results(found, found, NAMES, records or (record(), record(name="nltk:brown")))


def test_the_loss_that_is_reproduced():
    end = f"{published_curve()[-1]:.6f}"
    assert (
        f"ends at {end} as published, to the last decimal, after 0.05 minutes (mean of 1 seed)"
        in article.reproduced_loss(results_with())
    )
    assert f"ends at 7.900000, published {end}, after" in article.reproduced_loss(results_with(loss=7.9))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Most observations that were read from the pictures can be confirmed."),
        ({"a": NS, "b": NS}, "most observations read from its pictures cannot be confirmed."),
    ],
)
def test_the_abstract(given, words):
    preprocessing = two_texts({"U1": S, "U2": NS})
    text = article.abstract(results_with(**given), preprocessing).text
    assert text.endswith(words) and "1 of 2 tests on Wall Street" in text
    assert 100 <= len(text.split()) <= 200


def test_the_abstract_without_a_supported_result():
    both = TwoTexts.of_results(*[loss_and_time(9.5)[1:] + [result("R1b", NS)]] * 2, NAMES, (record(),) * 2)
    assert (
        "no observation read from its pictures can be confirmed"
        in article.abstract(both, two_texts({"U1": S})).text
    )


def test_texts():
    both = (record(), record(name="nltk:brown", seeds=(0,)))
    records = {"results": both, "preprocessing": both}
    rows = article.texts_table(records).frame.values.tolist()
    roles = [f"{chapter}, {role}" for chapter in records for role in ("explored", "confirming")]
    assert [row[1] for row in rows] == roles
    assert rows[1] == ["the Brown corpus", "results, confirming", "3", "2,000", "5", "1"]
    assert article.availability(records).frame["SHA-256"][0] == "000000000000…"


def test_numbers_of_tests():
    claims = [Claim("a", "c", "t", "m", low=0.5, control="structure"), Claim("b", "c", "t", "m")]
    text = article.tests_in_numbers({"results": claims, "preprocessing": []}).text
    assert "There are 1 test and 1 fact about the results, and 0 tests and 0 facts" in text
    assert "; 1 test is also applied" in text
    text = article.tests_in_numbers({"results": claims, "preprocessing": claims}).text
    assert "; 2 tests are also applied" in text


@pytest.mark.parametrize(
    ("spreads", "words"),
    [
        ((0.05,), "correction for the number of tests."),
        ((0.05, 0.4), "For a1 (limit 0.5, figure 0.80) this calculation does not apply"),
        ((0.4,), ""),
    ],
)
def test_limits_in_numbers(spreads, words):
    claims = [Claim(f"a{n}", "c", "t", "m", low=0.5, scale="proportion") for n, _ in enumerate(spreads)]
    samples = [Sample(0.6 + spread * np.array([[0.0], [1], [0.5]]), ("x",)) for spread in spreads]
    found = verdicts.decide(claims, {claim.id: one for claim, one in zip(claims, samples, strict=True)})
    text = article.limits_in_numbers(TwoTexts.of_results(found, found, NAMES), two_texts({"U1": I})).text
    assert f"of {len(spreads)} tests on the Penn Treebank and 1 of 1 on the Penn" in text
    if words:
        assert (
            words in text and f"finds a true figure of {found[0].detectable:.2f} with probability 0.8" in text
        )
    else:
        assert "the most precise" not in text
    assert ("does not apply" in text) == (len(spreads) > 1)


@pytest.mark.parametrize(("argued", "word"), [(S, "more often"), (NS, "less often")])
def test_the_conclusion_compares_both_parts(argued, word):
    text = article.conclusion(results_with(a=NS), two_texts({"U1": argued})).text
    assert f"The arguments about preprocessing are supported {word}: {int(argued == S)} of 1 tests" in text
    assert text.endswith("The record compares no other recipes.")


def test_the_conclusion_when_both_parts_are_equal():
    assert (
        "are supported as often: 1 of 2 tests"
        in article.conclusion(results_with(a=NS), two_texts({"U1": S, "U2": I})).text
    )


@pytest.mark.parametrize("best", [0.3, 0.1])
def test_the_conclusion_names_the_best_recipe(best):
    recipes = {recipe_comparison.RECIPE: [Measures(wordsim353=0.2)], "other": [Measures(wordsim353=best)]}
    text = article.conclusion(results_with(records=(record(recipes=recipes),) * 2), two_texts({"U1": S})).text
    assert (
        "on the Penn Treebank those of the recipe correlate at 0.20, and among the other recipes and models "
        f"the best, other, reaches {best:.2f}; on the Brown corpus" in text
    )
