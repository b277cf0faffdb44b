"""Words for verdicts and figures: the vocabulary of the discussion.

A phrase is made of the results of a claim on two texts (`experiments.confirmation.TwoTexts`): the text
that was explored and the text that confirms.
"""

from dataclasses import dataclass

import numpy as np

from ...experiments import verdicts
from ...experiments.ablation_numbers import RANDOM_DIGITS
from ...utils.markdown import as_code, markdown_list
from ...utils.statistics import MISSING, format_count, format_interval, format_number

_NAMES = {
    "ptb": "the Penn Treebank",
    "nltk:conll2000": "the Wall Street Journal text",
    "nltk:brown": "the Brown corpus",
}
_NO_EFFECT = {"proportion": 0.5, "log": 1.0, "linear": 0.0}  # by the scale of a claim
_IN_WORDS = {
    verdicts.SUPPORTED: "is supported",
    verdicts.NOT_SUPPORTED: "is not supported",
    verdicts.INCONCLUSIVE: "is inconclusive",
    verdicts.NOT_TESTED: "is not tested",
    verdicts.NOT_APPLICABLE: "is not applicable",
}


def name_in_words(corpus_name):
    """Name a text in a sentence; str.

    Examples
    --------
    >>> name_in_words("ptb"), name_in_words("nltk:abc")
    ('the Penn Treebank', 'the corpus `nltk:abc`')
    """
    return _NAMES.get(corpus_name, f"the corpus {as_code(corpus_name)}")


def verdict_in_words(result):
    """Say the verdict of a test as a predicate; str.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> verdict_in_words(verdicts.decide([claim], {"R1": None})[0])
    'is not applicable'
    """
    return _IN_WORDS[result.verdict]


def figure_in_words(result):
    """Write the figure of a result with its interval; str.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> figure_in_words(verdicts.decide([claim], {"R1": None})[0])
    'no figure'
    """
    written = format_interval(result.value, result.low, result.high, result.claim.digits)
    return "no figure" if written == MISSING else written


def figures_of_test(both, names):
    """Write figure, condition and verdict of a test on both texts, for parentheses; str.

    Parameters
    ----------
    both : tuple of two ClaimResult
    names : tuple of two str

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> sample = Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",))
    >>> both = [verdicts.decide([claim], {"R1": s})[0] for s in (sample, None)]
    >>> figures_of_test(both, ("ptb", "nltk:brown"))
    '7.90 [7.65, 8.15], supported if < 9; the Brown corpus: not applicable'
    """
    one, other = both
    name = name_in_words(names[1])
    confirming = other.verdict
    if other.verdict not in (verdicts.NOT_TESTED, verdicts.NOT_APPLICABLE):
        confirming = f"{figure_in_words(other)}, {other.verdict}"
    if one.verdict == verdicts.NOT_TESTED:
        return f"{name}: {confirming}"
    limit = one.claim.condition
    if " to " in limit:
        limit = f"between {limit.replace(' to ', ' and ')}"
    return f"{figure_in_words(one)}, supported if {limit}; {name}: {confirming}"


@dataclass(frozen=True)
class Statement:
    """A claim as a clause, and as its opposite.

    Attributes
    ----------
    id : str
    positive, negative : str
        Without a capital letter at the beginning and without a full stop. The opposite is not said where
        the interval excludes the value without effect on the side of the claim.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> samples = [Sample(loss + np.array([[0], [0.1], [0.2]]), ("loss",)) for loss in (7.8, 9.8)]
    >>> results = [verdicts.decide([claim], {"R1": sample}) for sample in samples]
    >>> both = TwoTexts.of_results(*results, ("ptb", "nltk:brown"))
    >>> print(Statement("R1", "the loss ends under 9", "the loss does not end under 9").on(both))
    The loss ends under 9 (7.90 [7.65, 8.15], supported if < 9; the Brown corpus: 9.90 [9.65, 10.15], not
    supported).
    """

    id: str
    positive: str
    negative: str

    def on(self, both):
        """Say what was found for the claim on both texts (a `TwoTexts`); str, a sentence."""
        results = both[self.id]
        sentence = {
            verdicts.SUPPORTED: self.positive,
            verdicts.NOT_SUPPORTED: self._not_supported(results[0]),
            verdicts.INCONCLUSIVE: f"it cannot be decided whether {self.positive}",
            verdicts.NOT_TESTED: f"it is not tested whether {self.positive}, since what this would "
            "explain is not supported",
            verdicts.NOT_APPLICABLE: f"it cannot be tested here whether {self.positive}",
        }[results[0].verdict]
        return f"{sentence[0].upper()}{sentence[1:]} ({figures_of_test(results, both.names)})."

    def _not_supported(self, result):
        """Say the opposite, unless the interval is between the value without effect and the limit; str."""
        none = _NO_EFFECT[result.claim.scale]
        above = np.isinf(result.claim.high) and none < min(result.low, result.claim.low)
        below = np.isinf(result.claim.low) and none > max(result.high, result.claim.high)
        if not (above or below):
            return self.negative
        return (
            f"it is not supported that {self.positive}, but the figure is {'above' if above else 'below'} "
            f"{none:g}, the value without effect"
        )


@dataclass(frozen=True)
class FactStatement:
    """A sentence about a fact, with a place ``{}`` for its figure.

    Attributes
    ----------
    id : str
    sentence : str
        Without a full stop.
    percent : bool
        The figure is a proportion, to be written in percent.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("U1a", "The vocabulary shrinks", "ratio", "ratio of sizes")
    >>> samples = [Sample(np.array([[0.47]]), ("ratio",)), None]
    >>> results = [verdicts.decide([claim], {"U1a": sample}) for sample in samples]
    >>> both = TwoTexts.of_results(*results, ("nltk:conll2000", "nltk:brown"))
    >>> FactStatement("U1a", "{} of the types remain", percent=True).on(both)
    '47 % (the Brown corpus: no figure) of the types remain.'
    """

    id: str
    sentence: str
    percent: bool = False

    def on(self, both):
        """Say the fact with its figures on both texts (a `TwoTexts`); str, a sentence."""
        one, other = (self._figure(result) for result in both[self.id])
        sentence = self.sentence.format(f"{one} ({name_in_words(both.names[1])}: {other})")
        return f"{sentence[0].upper()}{sentence[1:]}."

    def _figure(self, result):
        digits = result.claim.digits
        if self.percent:
            written, unit = format_number(100 * result.value, f",.{max(0, digits - 2)}f"), " %"
        else:
            written, unit = format_number(result.value, f",.{digits}f"), ""
        return "no figure" if written == MISSING else written + unit


def sentences(statements, both):
    """Say what was found for several claims, in order; str.

    Examples
    --------
    >>> sentences([], None)
    ''
    """
    return " ".join(statement.on(both) for statement in statements)


def how_many_supported(both, ids):
    """Count the supported claims among `ids` on the explored text; (supported, tests).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> how_many_supported(TwoTexts({}, {}, ("ptb", "nltk:brown")), [])
    (0, 0)
    """
    tests = both.tests(ids)
    return sum(one.verdict == verdicts.SUPPORTED for one, _ in tests), len(tests)


def absences(both):
    """Say which supported claims state an absence, which random vectors have too; str, a clause or "".

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("O2b", "Bad is apart", "apart", "closeness", low=0.3, high=0.7, control="no structure")
    >>> results = verdicts.decide([claim], {"O2b": Sample(np.array([[0.5], [0.51], [0.49]]), ("bad",))})
    >>> absences(TwoTexts.of_results(results, results, ("ptb", "nltk:brown")))
    ' (1 of them, O2b, states an absence, which random vectors have too)'
    """
    found = [
        one.claim.id
        for one, _ in both.tests(None)
        if one.verdict == verdicts.SUPPORTED and one.claim.control == "no structure"
    ]
    if not found:
        return ""
    state = "states an absence" if len(found) == 1 else "state an absence"
    return f" ({len(found)} of them, {markdown_list(found)}, {state}, which random vectors have too)"


def met_by_random_digits(both):
    """Say which supported claims random digit vectors meet too; str, a clause or "".

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...experiments.record import Record
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("N6b", "Sums explain more", "beyond_baseline", "R²", low=0)
    >>> results = verdicts.decide([claim], {"N6b": Sample(np.array([[0.5], [0.51], [0.49]]), ("sums",))})
    >>> records = (Record({}, {}, {RANDOM_DIGITS: {"N6b": [0.5, 0.6]}}, {}),) * 2
    >>> met_by_random_digits(TwoTexts.of_results(results, results, ("nltk:conll2000", "nltk:brown"), records))
    ' (1 of them, N6b, is met by random digit vectors too)'
    """
    figures = both.records[0].controls.get(RANDOM_DIGITS, {}) if both.records else {}
    found = [
        one.claim.id
        for one, _ in both.tests(None)
        if one.verdict == verdicts.SUPPORTED
        and one.claim.id in figures
        and one.claim.met_by(np.mean(figures[one.claim.id]))
    ]
    if not found:
        return ""
    are = "is" if len(found) == 1 else "are"
    return f" ({len(found)} of them, {markdown_list(found)}, {are} met by random digit vectors too)"


def all_some_none(both, ids, sentences_by_case):
    """Choose a sentence by how many of the claims are supported on the explored text; str.

    Parameters
    ----------
    both : TwoTexts
    ids : list of str
    sentences_by_case : tuple of three str
        If all are, if some are, if none is. In the second, ``{}`` is replaced by e.g. "2 of 5 tests".

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> results = verdicts.decide([claim], {"R1": None})
    >>> both = TwoTexts.of_results(results, results, ("ptb", "nltk:brown"))
    >>> all_some_none(both, ["R1"], ("All.", "{}.", "None."))
    'None.'
    """
    supported, n = how_many_supported(both, ids)
    every, some, none = sentences_by_case
    if not supported:
        return none
    chosen = every if supported == n else some.format(f"{supported} of {format_count(n, 'test')}")
    return on_explored_text(both, ids, chosen)


def on_explored_text(both, ids, conclusion):
    """Restrict a conclusion to the explored text unless the confirming text supports the same claims; str.

    Parameters
    ----------
    both : TwoTexts
    ids : list of str
        The claims that it follows from.
    conclusion : str
        A sentence.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> samples = [Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",)), None]
    >>> results = [verdicts.decide([claim], {"R1": sample}) for sample in samples]
    >>> both = TwoTexts.of_results(*results, ("ptb", "nltk:brown"))
    >>> on_explored_text(both, ["R1"], "So the loss is low.")
    'So on the text that was explored, the loss is low.'
    """
    if all(len({result.verdict == verdicts.SUPPORTED for result in pair}) == 1 for pair in both.tests(ids)):
        return conclusion
    if conclusion.startswith("So "):
        return f"So on the text that was explored, {conclusion.removeprefix('So ')}"
    return f"On the text that was explored, {conclusion[0].lower()}{conclusion[1:]}"


def how_many_same(both, ids=None):
    """Count the decided claims with the same verdict on the confirming text; (same, decided).

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> how_many_same(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    (0, 0)
    """
    pairs = both.comparable(ids)
    return sum(one.verdict == other.verdict for one, other in pairs), len(pairs)


def confirmation_sentence(both, ids=None):
    """Say for how many of the decided claims the confirming text gives the same verdict; str.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> confirmation_sentence(TwoTexts({}, {}, ("ptb", "nltk:brown")))
    'No claim is decided on the Penn Treebank and applicable to the Brown corpus.'
    """
    explored, confirming = map(name_in_words, both.names)
    pairs = both.comparable(ids)
    if not pairs:
        return f"No claim is decided on {explored} and applicable to {confirming}."
    same, _ = how_many_same(both, ids)
    opposite = sum(
        other.verdict in (verdicts.SUPPORTED, verdicts.NOT_SUPPORTED) and one.verdict != other.verdict
        for one, other in pairs
    )
    return (
        f"Of {format_count(len(pairs), 'claim')} decided on {explored} and applicable to {confirming}, "
        f"{same} {'has' if same == 1 else 'have'} the same verdict there, {opposite} the opposite one, and "
        f"{len(pairs) - same - opposite} cannot be decided."
    )


def met_by_model(both, ids, model):
    """Count the conditions that the mean figures of another model meet on the explored text; (met, tests).

    Parameters
    ----------
    both : TwoTexts
        With records.
    ids : list of str
    model : str
        Name among the record's `controls`.

    Examples
    --------
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...experiments.record import Record
    >>> both = TwoTexts({}, {}, ("ptb", "nltk:brown"), (Record({}, {}, {}, {}),))
    >>> met_by_model(both, [], "PPMI-SVD, dim 100")
    (0, 0)
    """
    figures = both.records[0].controls.get(model, {})
    met = [
        bool(one.claim.met_by(np.mean(figures[one.claim.id])))
        for one, _ in both.tests(ids)
        if figures.get(one.claim.id)
    ]
    return sum(met), len(met)
