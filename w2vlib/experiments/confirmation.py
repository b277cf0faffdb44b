"""Verdicts on the same claims from two records: the text explored first and the text that confirms."""

from dataclasses import dataclass

from ..utils.errors import W2VError
from .record import Record, path_of, read_record
from .verdicts import FACT, NOT_APPLICABLE, NOT_SUPPORTED, SUPPORTED, ClaimResult

TEXTS = {"results": ("ptb", "nltk:brown"), "preprocessing": ("nltk:conll2000", "nltk:brown")}
DECIDED = SUPPORTED, NOT_SUPPORTED


@dataclass(frozen=True, eq=False)
class TwoTexts:
    """Results of the claims of one chapter on two texts.

    Attributes
    ----------
    explored, confirming : dict
        Id of a claim → ClaimResult.
    names : tuple of two str
        Of the texts, as `w2vlib.load_corpus` takes them.
    records : tuple of two Record
        May be empty.

    Examples
    --------
    >>> import numpy as np
    >>> from ..utils.resampling import Sample
    >>> from .claims import Claim
    >>> from .verdicts import decide
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> results = decide([claim], {"R1": Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",))})
    >>> both = TwoTexts.of_results(results, decide([claim], {"R1": None}), ("ptb", "nltk:brown"))
    >>> [result.verdict for result in both["R1"]]
    ['supported', 'not applicable']
    """

    explored: dict[str, ClaimResult]
    confirming: dict[str, ClaimResult]
    names: tuple[str, str]
    records: tuple[Record, ...] = ()

    @classmethod
    def of_results(cls, explored, confirming, names, records=()):
        """Make it of two lists of `ClaimResult`."""
        by_id = [{result.claim.id: result for result in results} for results in (explored, confirming)]
        return cls(*by_id, names, records)

    def __getitem__(self, id):
        """Both results of a claim.

        Raises
        ------
        W2VError
            If one of the records lacks it.
        """
        for name, results in zip(self.names, (self.explored, self.confirming), strict=True):
            if id not in results:
                raise W2VError(
                    f"The record of {name} lacks the claim {id}: make it again with `w2v evidence --corpus "
                    f"{name}`."
                )
        return self.explored[id], self.confirming[id]

    def tests(self, ids=None):
        """Both results of each claim that has a condition, or of those among `ids`; list of pairs."""
        chosen = list(self.explored) if ids is None else ids
        return [both for both in map(self.__getitem__, chosen) if not both[0].claim.is_fact]

    def comparable(self, ids=None):
        """Those of `tests` that are decided on the first text and applicable to the second; list of pairs."""
        return [
            (one, other)
            for one, other in self.tests(ids)
            if one.verdict in DECIDED and other.verdict not in (NOT_APPLICABLE, FACT)
        ]


def read_two_texts(chapter, folder=""):
    """Read both records of a chapter; a `TwoTexts`.

    Parameters
    ----------
    chapter : {"results", "preprocessing"}
    folder : path
        Of the records; empty for those that come with the project.

    Raises
    ------
    W2VError
        If a record is missing, damaged, or of another table of claims.

    Examples
    --------
    >>> read_two_texts("results", "/nowhere")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file /nowhere/results-ptb.json: ...
    """
    records = read_records(chapter, folder)
    return TwoTexts.of_results(*(record.results() for record in records), TEXTS[chapter], records)


def read_records(chapter, folder=""):
    """Read both records of a chapter without deciding on its claims; tuple of two `Record`.

    Parameters
    ----------
    chapter, folder
        As for `read_two_texts`.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> read_records("results", "/nowhere")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file /nowhere/results-ptb.json: ...
    """
    return tuple(read_record(path_of(chapter, name, folder)) for name in TEXTS[chapter])


def check_records(folder):
    """Refuse a folder that lacks one of the records of `TEXTS`, or has one that `read_two_texts` refuses.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> check_records("/nowhere")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file /nowhere/results-ptb.json: check the path.
    """
    for chapter in TEXTS:
        read_two_texts(chapter, folder)
