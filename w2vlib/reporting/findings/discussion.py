"""Findings of notebook 06 about the published results: claim by claim, what was found and what it means.

Every function takes the verdicts on the published text and on the confirming one
(`experiments.confirmation.TwoTexts`, chapter "results") and returns a `reporting.display.Paragraph`.
"""

import numpy as np

from ...experiments import recipe_comparison, verdicts
from ...utils.statistics import format_count, format_number
from ..display import Paragraph
from .claim_phrases import (
    FactStatement,
    Statement,
    absences,
    all_some_none,
    confirmation_sentence,
    how_many_supported,
    met_by_model,
    on_explored_text,
    sentences,
)

EXPECTATIONS = (
    Statement("E1a", "the good words form a cluster", "the good words form no clear cluster"),
    Statement("E1b", "the bad words form a cluster", "the bad words form no clear cluster"),
    Statement("E1c", "the nationalities form a cluster", "the nationalities form no clear cluster"),
    Statement("E2", "gender words show the structure", "gender words do not clearly show the structure"),
    Statement("E3", "the groups get tighter in training", "the groups do not get tighter in training"),
)
SENTIMENT = (
    Statement("O1", "good, well and great are close", "good, well and great are not clearly close"),
    Statement("O2a", "poor and down are close", "poor and down are not clearly close"),
    Statement(
        "O2b",
        "bad is neither close to poor and down nor far from them",
        "bad is close to poor and down or far from them",
    ),
    Statement(
        "O3a",
        "brilliant is apart from the other good words",
        "brilliant is not apart from the other good words",
    ),
    FactStatement("O3z", "brilliant occurs {} times as often as their median"),
    Statement("O3b", "rarer words are less close to them", "rarer words are hardly less close to them"),
)
GENDER = (
    Statement("O4a", "queen is close to female", "queen is not clearly close to female"),
    Statement("O4b", "king is close to man", "king is not clearly close to man"),
    Statement("O4c", "woman is close to men", "woman is not clearly close to men"),
    Statement(
        "O5a",
        "queen is among the best hundredth of the answers to king − man + woman",
        "queen is not among the best hundredth of the answers to king − man + woman",
    ),
    Statement("O5b", "more dimensions would improve its rank", "more dimensions would not improve its rank"),
)
NATIONALITY = (
    Statement(
        "O6a",
        "the nationalities are spread among the words of the picture",
        "the nationalities are not spread among the words of the picture",
    ),
    Statement("O6b", "they precede different nouns", "they do not precede different nouns"),
)
TRAINING = (
    Statement(
        "R1a",
        "the mean loss of trainings with several seeds ends within 0.1 of the published loss",
        "the mean loss of trainings with several seeds does not end within 0.1 of the published loss",
    ),
    Statement(
        "R1b",
        "this mean ends under the threshold of 9",
        "this mean does not end under the threshold of 9",
    ),
    FactStatement("R2", "a training takes {} minutes on our machines"),
    Statement(
        "O7b",
        "the neighbours of the words change less between 15,000 and 25,000 iterations than before, as the "
        "halved learning rate alone may cause",
        "the neighbours of the words do not change less between 15,000 and 25,000 iterations than before",
    ),
    Statement("O7a", "the groups are well defined at the end", "the groups are not well defined at the end"),
)


def ids_of(statements):
    """Ids of the claims that statements are about; list of str.

    Examples
    --------
    >>> ids_of(NATIONALITY)
    ['O6a', 'O6b']
    """
    return [statement.id for statement in statements]


def expectations(both):
    """Say what was found of the expectations E1 to E3, and whether other models of the text meet them.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> expectations(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim E1a: make it again with ...
    """
    found = sentences(EXPECTATIONS, both)
    meaning = all_some_none(
        both,
        ids_of(EXPECTATIONS),
        (
            "So the expectations are met.",
            "So the expectations are met only in part: {} are supported.",
            "So no expectation is supported.",
        ),
    )
    return Paragraph(f"{found} {meaning} {other_models(both, ids_of(EXPECTATIONS))}")


def other_models(both, ids):
    """Say how many conditions the recipe and other models of the explored text meet, and what limits it; str.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...experiments.record import Record
    >>> print(other_models(TwoTexts({}, {}, ("ptb", "nltk:brown"), (Record({}, {}, {}, {}),)), []))
    For other models of the same text no figure is recorded.
    """
    names = {
        "SkipGram with as few dimensions": recipe_comparison.SAME,
        "SkipGram with 100 dimensions": recipe_comparison.WIDE,
        "PPMI-SVD with 100 dimensions": recipe_comparison.PPMI,
    }
    recorded = [id for id in ids if any(id in both.records[0].controls.get(m, {}) for m in names.values())]
    met = {words: met_by_model(both, recorded, model) for words, model in names.items()}
    met = {words: count for words, count in met.items() if count[1]}
    if not met:
        return "For other models of the same text no figure is recorded."
    of_recipe = sum(bool(one.claim.met_by(one.value)) for one, _ in both.tests(recorded))
    counts = ", ".join(f"those of {words} {k}" for words, (k, _) in met.items())
    return (
        f"On {format_count(len(recorded), 'condition')} other models of the same text were compared too, by "
        f"mean figures without intervals: those of the recipe meet {of_recipe}, {counts}. "
        + (
            "So other models meet more of these conditions than the recipe."
            if max(k for k, _ in met.values()) > of_recipe
            else "So no model meets more of these conditions than the recipe."
        )
    )


def sentiment(both):
    """Say what was found of the observations O1 to O3 on sentiment words.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> sentiment(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim O1: make it again with ...
    """
    found = sentences(SENTIMENT, both)
    close = all_some_none(
        both,
        ["O1", "O2a"],
        (
            "So the closeness that the pictures suggest is there.",
            "So the closeness that the pictures suggest is there only in part ({}).",
            "So the closeness that the pictures suggest cannot be confirmed: two words can be neighbours in "
            "two of ten dimensions, among 21 words, and not be closer than other words of their frequency.",
        ),
    )
    apart = all_some_none(
        both,
        ["O2b", "O3a"],
        (
            "Both words that are said to stand apart do so.",
            "Of what is said to stand apart, {} supports it.",
            "That a word stands apart is the claim of an absence. Only precise figures can support it; "
            "these are not precise enough, or they lie elsewhere.",
        ),
    )
    return Paragraph(f"{found} {close} {apart}")


def gender(both):
    """Say what was found of the observations O4 and O5 on gender words and the analogy.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> gender(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim O4a: make it again with ...
    """
    found = sentences(GENDER, both)
    pairs = all_some_none(
        both,
        ["O4a", "O4b", "O4c"],
        (
            "So the partial structure of gender is there.",
            "So the structure of gender is partly there, as the report says: {} support it.",
            "So not even the partial structure of gender can be confirmed.",
        ),
    )
    return Paragraph(f"{found} {pairs} {_analogy(both)}")


def _analogy(both):
    verdict = both["O5a"][0].verdict
    if verdict == verdicts.SUPPORTED:
        return on_explored_text(both, ["O5a"], "The analogy holds approximately, as the report says.")
    reason = (
        "on average over seeds more than one word in a hundred answers it better."
        if verdict == verdicts.NOT_SUPPORTED
        else "it cannot be excluded that more than one word in a hundred answers it better."
    )
    return (
        f"The analogy cannot be confirmed even approximately: {reason} So there is nothing for the small "
        "number of dimensions to explain."
    )


def nationality(both):
    """Say what was found of the observation O6 on nationality adjectives and its explanation.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> nationality(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim O6a: make it again with ...
    """
    found = sentences(NATIONALITY, both)
    spread, explained = (both[id][0].verdict == verdicts.SUPPORTED for id in ("O6a", "O6b"))
    if spread and explained:
        meaning = (
            "So on the published text the observation is right, and its explanation agrees with the text."
        )
    elif spread:
        meaning = (
            "So on the published text the observation is right, but its explanation is not established. "
            "The same would be seen where all words are spread, whatever nouns follow them."
        )
    else:
        meaning = (
            "So the observation is not established, and there is nothing to explain. Where no group is a "
            "cluster, the spread of this one needs no reason of its own."
        )
    no_power = (
        " With four words its interval is wider than the range of the condition, so with this spread no "
        "figure could have supported it."
        if both["O6b"][0].verdict != verdicts.SUPPORTED and both["O6b"][0].detectable == 0
        else ""
    )
    return Paragraph(f"{found} {meaning}{no_power}")


def training(both):
    """Say what was found of the loss, of the time, and of the refinement in training (R1, R2, O7).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> training(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of ptb lacks the claim R1a: make it again with ...
    """
    loss, groups = TRAINING[:3], TRAINING[3:]
    found = f"{sentences(loss, both)} {_losses(both)}{sentences(groups, both)}"
    settled, defined = (both[id][0].verdict == verdicts.SUPPORTED for id in ("O7b", "O7a"))
    if settled and defined:
        meaning = "So the refinement that was seen in the pictures is in the vectors."
    elif settled:
        meaning = (
            "So the vectors change less, but they do not form the groups. In pictures whose axes are fitted "
            "again each time, both may look the same."
        )
    elif defined:
        meaning = "So the groups are there at the end, but when they formed is not established."
    else:
        meaning = "So the refinement that was seen in the pictures is not established in the vectors."
    return Paragraph(f"{found} {on_explored_text(both, ['O7b', 'O7a'], meaning)}")


def _losses(both):
    """Say where the losses of the seeds lie beside the published one; str, "" without several seeds."""
    result = both["R1a"][0]
    if result.sample is None or len(result.per_seed) < 2:
        return ""
    where = {
        (True, False): "above the published loss",
        (False, True): "below the published loss",
    }.get((result.low > 0, result.high < 0), "not clearly above or below the published loss")
    published = format_number(both["R1b"][0].per_seed[0], ".6f")
    near = int((np.abs(result.per_seed) <= result.claim.high).sum())
    return (
        f"The mean over seeds lies {where}; that of the published run ends at {published}, and {near} of "
        f"{len(result.per_seed)} seeds end within {result.claim.high:g} of it (differences from "
        f"{format_number(min(result.per_seed), '.2f')} to {format_number(max(result.per_seed), '.2f')}). "
    )


def results_as_a_whole(both):
    """Count what the published text supports and what the confirming text confirms.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> print(results_as_a_whole(TwoTexts({}, {}, ("ptb", "nltk:brown"))).text)
    On the published text 0 of the 0 tests support the published results. No claim is decided on the Penn
    Treebank and applicable to the Brown corpus.
    """
    supported, n = how_many_supported(both, None)
    return Paragraph(
        f"On the published text {supported} of the {n} tests "
        f"{'supports' if supported == 1 else 'support'} the published results{absences(both)}. "
        f"{confirmation_sentence(both)}"
    )
