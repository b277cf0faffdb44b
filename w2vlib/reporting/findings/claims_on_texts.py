"""Findings about the claims on several texts: verdicts side by side, and what a new text confirms."""

import pandas as pd

from ...experiments.confirmation import DECIDED
from ...utils.markdown import as_markdown, markdown_list
from ...utils.statistics import format_plus_minus
from .. import plots
from ..display import Figure, Paragraph, Table
from .claims import corpus_in_words

_LEAST = 3  # claims with one condition that are worth a panel


def confirmation(by_text, label):
    r"""Compare the verdicts on several texts.

    Parameters
    ----------
    by_text : dict
        Name of a text → list of ClaimResult of the same claims.
    label : str

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> from ...experiments import verdicts
    >>> result = verdicts.decide([claim], {"R1": None})
    >>> table = confirmation({"ptb": result, "nltk:brown": result}, "confirmation")
    >>> table.frame.replace("\N{NO-BREAK SPACE}", " ", regex=True).values.tolist()
    [['R1', 'The loss ends under 9', '< 9', 'not applicable', 'not applicable']]
    """
    rows = [
        (
            several[0].claim.id,
            several[0].claim.claim,
            several[0].claim.condition,
            *(_figure_and_verdict(result) for result in several),
        )
        for several in _tests(by_text)
    ]
    names = map(as_markdown, _short_names(by_text))
    return Table(
        pd.DataFrame(rows, columns=["id", "claim", "supported if", *names]),
        label,
        "Verdicts on several texts: figure ± half the width of its 95 % interval, and verdict after Holm's "
        "method within each text. Intervals of ratios lie not evenly around the figure, and those of "
        "proportions end at 0 and 1. A figure without ± has none.",
    )


def _tests(by_text):
    """Results of each claim that has a condition, one per text; list of tuples."""
    every = zip(*by_text.values(), strict=True)
    return [several for several in every if not several[0].claim.is_fact]


def _short_names(by_text):
    """Names of the texts without "nltk:" and "raw:", where they are still different."""
    names = [name.rpartition(":")[2] for name in by_text]
    return names if all(names) and len({*names}) == len(names) else list(by_text)


def _figure_and_verdict(result):
    """Write figure and verdict so that each stays on one line."""
    figure = format_plus_minus(result.value, result.low, result.high, result.claim.digits)
    parts = [result.verdict] if result.sample is None else [figure, result.verdict]
    return " ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in parts)


def forest(by_text, label):
    """Draw the figures of claims that share a condition, with intervals, on all texts; None without any.

    Parameters
    ----------
    by_text : dict
        Name of a text → list of ClaimResult of the same claims.
    label : str

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.verdicts import decide
    >>> kind = dict(low=0.71, scale="proportion")
    >>> claims = [Claim(f"O{n}", f"Pair {n} is close", "close", "closeness", **kind) for n in range(3)]
    >>> results = decide(claims, dict.fromkeys(["O0", "O1", "O2"]))
    >>> figure = forest({"ptb": results}, "forest")
    >>> figure.alt
    '1 panel of dots with error bars: the figures of 3 claims on ptb, against their conditions.'
    """
    panels = {}
    for several in _tests(by_text):
        if several[0].claim.scale == "proportion":
            panels.setdefault(several[0].claim.condition, []).append(several)
    panels = {condition: rows for condition, rows in panels.items() if len(rows) >= _LEAST}
    if not panels:
        return None
    names = _short_names(by_text)
    drawn = [
        (
            f"supported if {condition}",
            (max(rows[0][0].claim.low, 0.0), min(rows[0][0].claim.high, 1.0)),
            {
                f"{several[0].claim.id} {several[0].claim.claim}": [
                    (result.value, result.low, result.high) for result in several
                ]
                for several in rows
            },
        )
        for condition, rows in panels.items()
    ]
    n_claims = sum(map(len, panels.values()))
    return Figure(
        plots.forest(drawn, names, "figure with its 95 % interval"),
        label,
        f"The claims that share a condition: figures with 95 % intervals on {markdown_list(names)}. A "
        "claim is supported where the interval, corrected for the number of tests, lies in the shaded "
        "range. Dashed: 0.5, the value without structure.",
        f"{len(panels)} panel{'s' if len(panels) > 1 else ''} of dots with error bars: the figures of "
        f"{n_claims} claims on {', '.join(names)}, against their conditions.",
    )


def by_text(both, here, text):
    """Collect the verdicts on the explored text, on the confirming one and on the text at hand.

    Parameters
    ----------
    both : confirmation.TwoTexts
    here : list of ClaimResult
    text : Corpus
        The text at hand; if it is one of the two others, it is shown once.

    Returns
    -------
    dict
        Name of a text → list of ClaimResult.
    """
    found = {
        name: list(results.values())
        for name, results in zip(both.names, (both.explored, both.confirming), strict=True)
    }
    return found if text.provenance.name in found else found | {text.provenance.name: here}


def confirmed(both):
    """Count the verdicts of the explored text that a text nobody had looked at confirms (`TwoTexts`).

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> import numpy as np
    >>> from ...experiments import verdicts
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("R1b", "The loss ends under 9", "final", "loss", high=9)
    >>> samples = ({"R1b": Sample(np.array([[x], [x + 0.1], [x + 0.2]]), ("loss",))} for x in (7, 10))
    >>> explored, other = (verdicts.decide([claim], sample) for sample in samples)
    >>> print(confirmed(TwoTexts.of_results(explored, explored, ("ptb", "nltk:brown"))).text)
    The corpus `nltk:brown` was not looked at before the conditions were set. There the verdict is the same
    for 1 of the 1 claims that are supported or not supported on the Penn Treebank (`ptb`) and applicable.
    >>> print(confirmed(TwoTexts.of_results(explored, other, ("ptb", "nltk:brown"))).text.rpartition(". ")[2])
    It is the opposite for R1b.
    """
    pairs = both.comparable()
    same = sum(one.verdict == other.verdict for one, other in pairs)
    opposite = [
        one.claim.id for one, other in pairs if other.verdict in DECIDED and one.verdict != other.verdict
    ]
    explored, where = map(corpus_in_words, both.names)
    more = f" It is the opposite for {markdown_list(opposite)}." if opposite else ""
    return Paragraph(
        f"{where[0].upper()}{where[1:]} was not looked at before the conditions were set. There the verdict "
        f"is the same for {same} of the {len(pairs)} claims that are supported or not supported on "
        f"{explored} and applicable.{more}"
    )
