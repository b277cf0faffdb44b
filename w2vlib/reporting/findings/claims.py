"""Findings about the claims: verdicts on several texts, facts, controls, and when conditions were set.

Every function takes results (`experiments.verdicts.ClaimResult`) or records and returns values of
`reporting.display`.
"""

import numpy as np
import pandas as pd

from ...experiments import verdicts
from ...utils.markdown import markdown_list
from ...utils.statistics import format_count, format_number
from ..display import Headline, Paragraph, Table
from ..provenance import corpus_phrase
from .claim_phrases import name_in_words

_METHOD = (
    "Figure with its 95 % interval, not adjusted. “Over” says what the interval covers; named words that "
    "the text lacks are left out. p is two-sided (for a condition with two bounds, twice the larger of "
    "the two one-sided ones) and adjusted for all tests of the table by Holm's method."
)


def corpus_in_words(name):
    """Name a corpus as prose does; str.

    Examples
    --------
    >>> corpus_in_words("ptb"), corpus_in_words("nltk:brown")
    ('the Penn Treebank (`ptb`)', 'the corpus `nltk:brown`')
    """
    return {"ptb": "the Penn Treebank (`ptb`)", "bundled": "the bundled corpus"}.get(
        name, f"the corpus `{name}`"
    )


def on(text):
    """Say on which text (a `Corpus`) something was measured; str.

    Examples
    --------
    >>> from ...text.corpus import from_sentences
    >>> on(from_sentences([["a", "cat"]], name="pets"))
    'on the corpus “pets”'
    """
    return f"on {corpus_phrase(text)}"


def on_recorded(record):
    """Say on which text the figures of a record were measured; str.

    Examples
    --------
    >>> from ...experiments.record import Record
    >>> on_recorded(Record({"text": {"name": "ptb"}, "seeds": [0, 1]}, {}, {}, {}))
    'on the Penn Treebank (`ptb`; recorded)'
    """
    where = corpus_in_words(record.provenance["text"]["name"])
    return f"on {where[:-1]}; recorded)" if where.endswith(")") else f"on {where} (recorded)"


def summary(results, chapter, where, on_first_page=True):
    """Count the verdicts.

    Parameters
    ----------
    results : list of ClaimResult
    chapter : str
        What the claims are about, in words.
    where : str
        Which text, in words.
    on_first_page : bool
        Whether the summary on the first page repeats it.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...utils.resampling import Sample
    >>> claims = [Claim("R1", "The loss ends under 9", "final", "loss", high=9),
    ...           Claim("O1", "Good and well are close", "close", "closeness", low=0.71)]
    >>> sample = Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",))
    >>> print(summary(verdicts.decide(claims, {"R1": sample, "O1": None}), "the results", "on ptb").text)
    Of 2 tests of the results on ptb, 1 supports its claim and 0 do not. 0 are inconclusive, 0 are not
    tested because their premise is not supported, and 1 is not applicable.
    """
    tested = [result for result in results if not result.claim.is_fact]
    n = {verdict: sum(result.verdict == verdict for result in tested) for verdict in verdicts.VERDICTS}

    def count(verdict, one, many):
        return f"{n[verdict]} {one if n[verdict] == 1 else many}"

    return (Headline if on_first_page else Paragraph)(
        f"Of {format_count(len(tested), 'test')} of {chapter} {where}, "
        f"{count(verdicts.SUPPORTED, 'supports its claim', 'support their claims')} and "
        f"{count(verdicts.NOT_SUPPORTED, 'does not', 'do not')}. "
        f"{count(verdicts.INCONCLUSIVE, 'is', 'are')} inconclusive, "
        f"{count(verdicts.NOT_TESTED, 'is not tested because its', 'are not tested because their')} premise "
        f"is not supported, and {count(verdicts.NOT_APPLICABLE, 'is', 'are')} not applicable."
    )


def recorded(record):
    """Say where a record of evidence comes from, and how to make it again.

    Examples
    --------
    >>> from ...experiments.record import Record
    >>> provenance = {"text": {"name": "ptb", "sha256": "fcea919f6cf8"}, "seeds": [0, 1], "command":
    ...     "w2v evidence --corpus ptb", "code": {"commit": "abc", "source_sha256": "0123456789abcdef"},
    ...     "conditions_sha256": "fedcba9876543210"}
    >>> print(recorded(Record(provenance, {}, {}, {})).text)
    Recorded evidence: the figures on the Penn Treebank (`ptb`) were computed earlier, with 2 seeds, and are
    part of the project. `w2v evidence --corpus ptb` makes them again. SHA-256 of the text fcea919f6cf8…, of
    the conditions fedcba987654…, of the library's sources 0123456789ab….
    """
    p = record.provenance
    return Paragraph(
        f"Recorded evidence: the figures on {corpus_in_words(p['text']['name'])} were computed earlier, with "
        f"{format_count(len(p['seeds']), 'seed')}, and are part of the project. `{p['command']}` makes them "
        f"again. SHA-256 of the text {p['text']['sha256'][:12]}…, of the conditions "
        f"{p['conditions_sha256'][:12]}…, of the library's sources {p['code']['source_sha256'][:12]}…."
    )


def tests_table(results, label, where):
    """Tabulate the tests.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> tests_table(verdicts.decide([claim], {"R1": None}), "claims", "on the bundled corpus").label
    'claims'
    """
    return Table(verdicts.claims_table(results), label, caption(results, where))


def caption(results, where):
    """Caption of the table of tests; str.

    Examples
    --------
    >>> print(caption([], "on the bundled corpus")[:40])
    The 0 tests of the published claims on t
    """
    n = sum(not result.claim.is_fact for result in results)
    return f"The {format_count(n, 'test')} of the published claims {where}. {_METHOD}"


def facts_table(results, label, where):
    """Tabulate what is a fact of the text or of the method and needs no test; None without a fact.

    Examples
    --------
    >>> facts_table([], "facts", "on the bundled corpus") is None
    True
    """
    table = verdicts.facts_table(results)
    if table.empty:
        return None
    return Table(table, label, f"Facts {where}, without a condition and a verdict. Means over seeds.")


def controls_table(results, record, label):
    """Tabulate what the tests give for vectors made with and without structure, and for other models.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.record import Record
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("O1", "Good and well are close", "close", "closeness", low=0.71, control="structure")
    >>> result = verdicts.decide([claim], {"O1": Sample(np.array([[0.6], [0.7], [0.65]]), ("good well",))})
    >>> record = Record({}, {}, {"structure": {"O1": [0.99]}, "no structure": {"O1": [0.5]}}, {})
    >>> controls_table(result, record, "controls").frame.values.tolist()
    [['O1', '> 0.71', '0.65', '0.99', '0.50', '0.86']]
    """
    names = list(record.controls)
    rows = []
    for result in results:
        claim = result.claim
        if claim.is_fact or not any(claim.id in record.controls[name] for name in names):
            continue
        figures = [_mean(record.controls[name].get(claim.id), claim) for name in names]
        figure, detectable = (_figure(value, claim) for value in (result.value, result.detectable))
        if np.isinf(result.detectable):
            detectable = "none"
        if np.isfinite([claim.low, claim.high]).all() and detectable != "—":
            detectable = f"power {detectable}"
        rows.append((claim.id, claim.condition, figure, *figures, detectable))
    columns = ["id", "supported if", "recipe", *names, "detectable"]
    return Table(
        pd.DataFrame(rows, columns=columns),
        label,
        "Tests of the tests. Means over seeds for the published recipe; for vectors that were made with the "
        "structure of the claims, and for random vectors; and for other models. Detectable: the smallest "
        "(for <, the largest) true figure that is found to meet the condition with probability "
        f"{verdicts.POWER:g}, by simulation with the spread of the measured figure, without "
        "adjustment (none: no figure between 0 and 1 by this calculation); for a condition with two bounds, "
        "the probability that a figure in its middle is found between them.",
    )


def _figure(value, claim):
    return format_number(value, f",.{claim.digits}f")


def _mean(values, claim):
    return _figure(np.mean(values), claim) if values else "—"


def controls_summary(results, record):
    """Say which claims the tests find in vectors that have what is claimed, and which they miss.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.record import Record
    >>> claim = Claim("O1", "Good and well are close", "close", "closeness", low=0.71, control="structure")
    >>> result = verdicts.decide([claim], {"O1": None})
    >>> print(controls_summary(result, Record({}, {}, {"structure": {"O1": [0.99, 0.98]}}, {})).text)
    Positive control: in vectors that were made to have what is claimed, 1 of 1 figures meets its
    condition.
    """
    figures = [
        (result.claim, values)
        for result in results
        if (values := record.controls.get(result.claim.control, {}).get(result.claim.id))
    ]
    missed = [claim.id for claim, values in figures if not claim.met_by(np.mean(values))]
    absent = [claim.id for claim, _ in figures if claim.control == "no structure"]
    n = len(figures)
    random = f" (for {markdown_list(absent)}, an absence: in random vectors)" if absent else ""
    sentence = (
        f"Positive control: in vectors that were made to have what is claimed{random}, {n - len(missed)} "
        f"of {n} figures {'meets its' if n - len(missed) == 1 else 'meet their'} condition"
    )
    return Paragraph(f"{sentence}; not so {markdown_list(missed)}." if missed else f"{sentence}.")


def undecided(results):
    """Say which true figures the tests of the inconclusive claims would have found; a `Paragraph`.

    Examples
    --------
    >>> from ...experiments.claims import Claim
    >>> from ...utils.resampling import Sample
    >>> claim = Claim("O1", "More is known", "known", "bits", low=0.71)
    >>> sample = Sample(np.array([[0.6], [0.8], [0.75]]), ("good well",))
    >>> print(undecided(verdicts.decide([claim], {"O1": sample})).text)
    Inconclusive: 1 test. By simulation, and without the adjustment, it meets its condition with probability
    0.8 if the true figure is: O1 1.03. Smaller effects may have been
    missed; the intervals say which are excluded.
    """
    found = [result for result in results if result.verdict == verdicts.INCONCLUSIVE]
    figures = ", ".join(
        f"{result.claim.id} {_figure(result.detectable, result.claim)}"
        for result in found
        if np.isfinite(result.detectable)
    )
    if not figures:
        return Paragraph(f"Inconclusive: {format_count(len(found), 'test')}.")
    meet = "it meets its condition" if len(found) == 1 else "each meets its condition"
    return Paragraph(
        f"Inconclusive: {format_count(len(found), 'test')}. By simulation, and without the adjustment, "
        f"{meet} with probability {verdicts.POWER:g} if the true figure is: {figures}. Smaller "
        "effects may have been missed; the intervals say which are excluded."
    )


def conditions(both):
    """Say when the conditions were set, what was known then, and the confirming verdicts on later ones.

    Parameters
    ----------
    both : TwoTexts
        With records, of the same conditions.

    Examples
    --------
    >>> import datetime
    >>> from ...experiments.claims import Claim
    >>> from ...experiments.confirmation import TwoTexts
    >>> from ...experiments.record import Record
    >>> known = dict(date=datetime.date(2026, 11, 26), known="Results on ptb were known.")
    >>> claims = [Claim("R1", "The loss ends under 9", "final", "loss", high=9, **known)]
    >>> record = Record({"conditions_sha256": "0123456789abcdef"}, {}, {}, {})
    >>> results = verdicts.decide(claims, {"R1": None})
    >>> print(conditions(TwoTexts.of_results(results, results, ("ptb", "nltk:brown"), (record,))).text)
    When the conditions were set: 2026-11-26 (R1): Results on ptb were known. They are frozen: SHA-256
    0123456789ab….
    """
    sha256 = both.records[0].provenance["conditions_sha256"]
    groups, later = {}, []
    for result in both.explored.values():
        if not result.claim.is_fact:
            groups.setdefault((result.claim.date, result.claim.known), []).append(result.claim.id)
    several = len(groups) > 1
    largest = max(groups, key=lambda key: len(groups[key]))
    parts = []
    for (date, known), ids in groups.items():
        if several and (date, known) == largest:
            rest = [id for key, of_key in groups.items() if key != largest for id in of_key]
            which = f"all claims but {markdown_list(rest)}"
            later = [f"{id} is {both.confirming[id].verdict}" for id in rest]
        else:
            which = markdown_list(ids)
        parts.append(f"{date} ({which}): {known}")
    where = f"On {name_in_words(both.names[1])}, which alone can confirm conditions that were set later"
    confirming = f"{where}, {', '.join(later)}. " if later else ""
    return Paragraph(
        f"When the conditions were set: {' '.join(parts)} {confirming}They are frozen: SHA-256 "
        f"{sha256[:12]}…."
    )
