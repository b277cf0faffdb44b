"""Findings of notebook 06 about preprocessing: what the published report argued, and what was measured.

Every function takes the verdicts on the Wall Street Journal text and on the confirming one
(`experiments.confirmation.TwoTexts`, chapter "preprocessing") and returns a
`reporting.display.Paragraph`.
"""

from dataclasses import replace

import numpy as np

from ...experiments import verdicts
from ...experiments.ablation_numbers import RANDOM_DIGITS
from ...utils.markdown import markdown_list
from ...utils.statistics import format_number
from ..display import Paragraph
from .claim_phrases import (
    FactStatement,
    Statement,
    all_some_none,
    name_in_words,
    on_explored_text,
    sentences,
)

UNKNOWN_GAINS = (
    FactStatement("U1a", "the vocabulary has {} of its types left", percent=True),
    FactStatement("U1b", "peak memory is {} of what all words need", percent=True),
    Statement("U1c", "training time falls", "training time does not fall"),
    Statement("U1d", "the time of the softmax falls", "the time of the softmax does not fall"),
    Statement(
        "U2a",
        "the words kept get better vectors than before",
        "the words kept get no better vectors than before",
    ),
    Statement("U2c", "their vectors are good", "their vectors are not good"),
    Statement(
        "U2b",
        "rare words would have worse vectors",
        "rare words would have no worse vectors than frequent ones",
    ),
)
UNKNOWN_LOSSES = (
    FactStatement(
        "U3a",
        "who knows the tokens still lacks {} of the entropy of single words",
        percent=True,
    ),
    Statement(
        "U3b",
        "the vector of `<unk>` is like an average of those of rare words",
        "the vector of `<unk>` is not clearly more like an average of those of rare words than the vector "
        "of a single rare word is",
    ),
    Statement(
        "U3c",
        "it represents a rare word no better than another word would",
        "it represents a rare word not merely as another word would",
    ),
    Statement(
        "U4a",
        "the neighbours of words beside `<unk>` change more from seed to seed",
        "the neighbours of words beside `<unk>` do not change more from seed to seed",
    ),
    Statement("U4b", "`<unk>` is the reason", "`<unk>` is not the reason"),
    Statement("U4c", "their similarities are less accurate", "their similarities are hardly less accurate"),
)
UNKNOWN_IDEAS = (
    FactStatement("U5a", "byte-pair encoding loses {} of the words of new text", percent=True),
    FactStatement("U5b", "WordPiece loses {}", percent=True),
    FactStatement("U5c", "a word has {} tokens on average with byte-pair encoding"),
    Statement(
        "U5d",
        "unseen words get fitting vectors from such pieces",
        "unseen words get no fitting vectors from such pieces",
    ),
    Statement(
        "U6a",
        "unseen words get fitting vectors from their character n-grams",
        "unseen words get no fitting vectors from their character n-grams",
    ),
    Statement(
        "U6b", "with n-grams rare words get better vectors", "with n-grams rare words get no better vectors"
    ),
)
NUMBER_GAINS = (
    FactStatement("N1a", "the text has {} types of numbers"),
    FactStatement("N1b", "the median type occurs {} times"),
    Statement("N2a", "`N` is close to the number words", "`N` is not close to the number words"),
    Statement(
        "N2b", "`N` predicts the words beside numbers", "`N` does not predict the words beside numbers"
    ),
    Statement(
        "N2c",
        "`N` is closer to the number words than separate numbers are",
        "`N` is no closer to the number words than separate numbers are",
    ),
)
NUMBER_LOSSES = (
    FactStatement("N3b", "`N` loses {} of the entropy of the order of magnitude", percent=True),
    Statement(
        "N3a",
        "vectors of separate numbers represent the magnitude",
        "vectors of separate numbers do not represent the magnitude",
    ),
    FactStatement("N4b", "`N` loses {} of the entropy of the type", percent=True),
    Statement(
        "N4a",
        "vectors of separate numbers represent the type",
        "vectors of separate numbers do not represent the type",
    ),
)
NUMBER_IDEAS = (
    FactStatement("N5a", "buckets lose {} of the entropy of the order of magnitude", percent=True),
    FactStatement("N5b", "they add {} types to the vocabulary"),
    Statement(
        "N6a",
        "means of digit vectors tell more of the magnitude than the length of the number",
        "means of digit vectors tell no more of the magnitude than the length of the number",
    ),
    Statement(
        "N6b",
        "sums of digit vectors tell more of it than the length",
        "sums of digit vectors tell no more of it",
    ),
    Statement("N6c", "their means tell more of it for rare numbers", "for rare numbers their means do not"),
    FactStatement("N7a", "typed tokens lose {} of the entropy of the type", percent=True),
    FactStatement("N7b", "they add {} types to the vocabulary"),
)


def unknown_gains(both):
    """Say what is gained where rare words become `<unk>` (U1, U2).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> unknown_gains(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim U1a: make it again with ...
    """
    found = sentences(UNKNOWN_GAINS, both)
    cost = _any_supported(both, "U1c", "U1d")
    quality = _any_supported(both, "U2a")
    meaning = {
        (True, True): "So the gain is real in cost and in quality.",
        (True, False): "So the gain is one of cost. Better vectors of the words kept are not established.",
        (False, True): "So the gain is one of quality. Less time is not established.",
        (
            False,
            False,
        ): "So neither less time nor better vectors are established; what is certain is arithmetic.",
    }[cost, quality]
    return Paragraph(f"{found} {on_explored_text(both, ['U1c', 'U1d', 'U2a'], meaning)}")


def unknown_losses(both):
    """Say what is lost where rare words become `<unk>` (U3, U4).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> unknown_losses(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim U3a: make it again with ...
    """
    found = sentences(UNKNOWN_LOSSES, both)
    average, nothing_of_a_word = (_any_supported(both, id) for id in ("U3b", "U3c"))
    of_unknown = {
        (
            True,
            True,
        ): "So `<unk>` is what was argued: an average that represents a rare word no better than another "
        "word would, within the margin.",
        (
            True,
            False,
        ): "So `<unk>` is an average, but that it represents a rare word no better than another word "
        "would is not established.",
        (
            False,
            True,
        ): "So `<unk>` represents a rare word no better than another word would, within the margin, but "
        "is not established as an average.",
        (False, False): "So neither part of the argument about the vector of `<unk>` is established.",
    }[average, nothing_of_a_word]
    noise = all_some_none(
        both,
        ["U4a", "U4b", "U4c"],
        (
            "The noise beside `<unk>` is real, and `<unk>` is its reason.",
            "Of the argument about noise, {} support it.",
            "The noise beside `<unk>` is not established.",
        ),
    )
    return Paragraph(f"{found} {on_explored_text(both, ['U3b', 'U3c'], of_unknown)} {noise}")


def unknown_ideas(both):
    """Say what the proposed schemes for rare words achieve (U5, U6).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> unknown_ideas(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim U5a: make it again with ...
    """
    found = sentences(UNKNOWN_IDEAS, both)
    pieces, n_grams = (_any_supported(both, id) for id in ("U5d", "U6a"))
    meaning = {
        (
            True,
            True,
        ): "So both ideas give unseen words vectors that agree with their own word more than with others.",
        (
            True,
            False,
        ): "So pieces give unseen words vectors that agree with their own word more than with others; for "
        "n-grams this is not established.",
        (
            False,
            True,
        ): "So n-grams give unseen words vectors that agree with their own word more than with others; "
        "for pieces this is not established, although they give a token to every word.",
        (
            False,
            False,
        ): "So both ideas give every word a token or a vector, but a fitting one is not established.",
    }[pieces, n_grams]
    return Paragraph(f"{found} {on_explored_text(both, ['U5d', 'U6a'], meaning)}")


def number_gains(both):
    """Say what is gained where numbers become `N` (N1, N2).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> number_gains(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim N1a: make it again with ...
    """
    found = sentences(NUMBER_GAINS, both)
    meaning = all_some_none(
        both,
        ["N2a", "N2b", "N2c"],
        (
            "So `N` learns the role of a number, and better than separate numbers do.",
            "So the argument that `N` learns the role of a number is right in part: {} support it.",
            "So it is not established that `N` learns the role of a number.",
        ),
    )
    return Paragraph(f"{found} {meaning}")


def number_losses(both):
    """Say what is lost where numbers become `N` (N3, N4).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> number_losses(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim N3b: make it again with ...
    """
    found = sentences(NUMBER_LOSSES, both)
    meaning = all_some_none(
        both,
        ["N3a", "N4a"],
        (
            "So `N` costs a model something that it would have learned from the numbers.",
            "So `N` costs a model a part of what was argued: {} supports it.",
            "So `N` removes what separate numbers would hardly have taught: information of the text is lost, "
            "but no quality of the vectors.",
        ),
    )
    return Paragraph(f"{found} {meaning}")


def number_ideas(both):
    """Say what the proposed schemes for numbers achieve (N5 to N7).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> number_ideas(TwoTexts({}, {}, ("nltk:conll2000", "nltk:brown")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The record of nltk:conll2000 lacks the claim N5a: make it again with ...
    """
    found = sentences(NUMBER_IDEAS, both)
    meaning = all_some_none(
        both,
        ["N6a", "N6b", "N6c"],
        (
            "So digits can be composed into numbers, also into rare ones.",
            "So digits can be composed into numbers in part: {} support it.",
            "So it is not established that vectors of digits can be composed into numbers.",
        ),
    )
    return Paragraph(" ".join(filter(None, [found, meaning, _random_digits(both), _rare_numbers(both)])))


def _random_digits(both):
    """Say what the tests of digits give for random vectors of digits; str, "" if that is not recorded."""
    figures = [record.controls.get(RANDOM_DIGITS, {}) for record in both.records]
    known = [id for id in ("N6a", "N6b", "N6c") if figures and all(id in each for each in figures)]
    if not known:
        return ""
    one, other = (
        ", ".join(format_number(np.mean(each[id]), f".{both[id][0].claim.digits}f") for id in known)
        for each in figures
    )
    sentence = (
        f"For random digit vectors the figures of {markdown_list(known)} are {one} "
        f"({name_in_words(both.names[1])}: {other})."
    )
    supported = [id for id in known if both[id][0].verdict == verdicts.SUPPORTED]
    if supported and all(both[id][0].claim.met_by(np.mean(figures[0][id])) for id in supported):
        sentence += (
            f" By these means, without intervals, they meet the conditions of {markdown_list(supported)} "
            "too: the magnitude is in the digits as they are written, and these tests do not show that "
            "training adds to it."
        )
    return sentence


def _rare_numbers(both):
    """Say how much of the magnitude of rare numbers vectors and length explain; str, "" without figures."""
    parts = []
    for result in both["N6c"]:
        sample = result.sample
        if sample is None or sample.other is None:
            return ""
        parts.append(
            [replace(one, other=None).figure() for one in (sample, replace(sample, values=sample.other))]
        )
    one, other = ([format_number(value, ".2f") for value in each] for each in parts)
    worse = ", where the length predicts worse than the mean of the type" if parts[1][1] < 0 else ""
    return (
        f"Of the variance within types, for rare numbers, means of digit vectors explain {one[0]} and the "
        f"length {one[1]}; on {name_in_words(both.names[1])} {other[0]} and {other[1]}{worse}."
    )


def _any_supported(both, *ids):
    return any(both[id][0].verdict == verdicts.SUPPORTED for id in ids)
