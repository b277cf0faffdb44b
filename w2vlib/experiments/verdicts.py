"""Claims and samples of their figures → verdicts, corrected for the number of tests.

The rows of a chapter of claims are one family: their p-values are adjusted by Holm's method. A claim is
*supported* if the figure meets its condition and the adjusted p-value is below 0.05, *not supported* if the
opposite is so, and *inconclusive* otherwise. A row with a premise ("… because it is rarer") is *not tested*
unless the premise is supported. *Not applicable*: the claim belongs to another text, or a word is missing.
A *fact* has no condition and no verdict.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from ..utils.resampling import Sample, estimate, holm
from ..utils.statistics import CONFIDENCE, format_interval, format_number
from .claims import Claim, claims_path, read_claims

SUPPORTED, NOT_SUPPORTED, INCONCLUSIVE = "supported", "not supported", "inconclusive"
NOT_APPLICABLE, NOT_TESTED, FACT = "not applicable", "not tested", "fact"
VERDICTS = (SUPPORTED, NOT_SUPPORTED, INCONCLUSIVE, NOT_TESTED, NOT_APPLICABLE)
POWER = 0.8


@dataclass(frozen=True)
class Tested:
    """Figure of a sample, tested against the condition of a claim.

    Attributes
    ----------
    value, low, high : float
        The figure with its 95 % interval, not adjusted for the number of tests.
    p_for, p_against : float
        One-sided p-values of "the figure does not meet the condition" and of "it does"; NaN where there
        is no test.
    detectable : float
        The smallest (largest) true figure that would be found above (below) the limit with power 0.8, by
        simulation: the resampled deviations from the figure, around a true figure, tested at 5 % without
        adjustment. For a condition with two bounds: the power if the true figure is in the middle. NaN where
        nothing can be said, and infinite where no proportion would be found.

    Examples
    --------
    >>> Tested(*[float("nan")] * 6).value
    nan
    """

    value: float
    low: float
    high: float
    p_for: float
    p_against: float
    detectable: float


@dataclass(frozen=True, eq=False)
class ClaimResult:
    """Result of a test.

    Attributes
    ----------
    claim : Claim
    sample : Sample or None
        None where the claim is not applicable.
    tested : Tested
    p_adjusted : float
        Two-sided p-value, adjusted by Holm's method; NaN where there is none.
    verdict : str
        One of `VERDICTS`, or "fact".

    Examples
    --------
    >>> claim = Claim("E1", "Good words form a cluster", "closeness", "superiority", low=0.71)
    >>> sample = Sample(np.array([[0.95], [0.93], [0.94]]), ("good great",))
    >>> (result,) = decide([claim], {"E1": sample})
    >>> round(result.value, 2), result.verdict, result.per_seed.tolist()
    (0.94, 'supported', [0.95, 0.93, 0.94])
    """

    claim: Claim
    sample: Sample | None
    tested: Tested
    p_adjusted: float
    verdict: str

    @property
    def value(self):
        """The figure; float, NaN without a sample."""
        return self.tested.value

    @property
    def low(self):
        """Lower end of the 95 % interval; float."""
        return self.tested.low

    @property
    def high(self):
        """Upper end of the 95 % interval; float."""
        return self.tested.high

    @property
    def detectable(self):
        """As in `Tested`; float."""
        return self.tested.detectable

    @property
    def p(self):
        """Two-sided p-value of the condition, not adjusted; float, NaN without a sample, 1 without a test."""
        if self.sample is None:
            return np.nan
        return float(np.fmin(1.0, 2 * min(self.tested.p_for, self.tested.p_against)))

    @cached_property
    def per_seed(self):
        """Figure of each seed; (n_seeds,) float64."""
        if self.sample is None:
            return np.array([])
        figures = _on_scale(self.claim, self.sample).per_seed()
        return np.exp(figures) if self.claim.scale == "log" else figures

    @property
    def covers(self):
        """What the interval covers, e.g. "30 seeds, 7 words"; str."""
        if self.sample is None:
            return ""
        seeds = "pairs of seeds" if "pairs of seeds" in self.claim.measure else "seeds"
        names = {"seeds": seeds, "items": "items", "nodes": "words"}
        return ", ".join(f"{n:,} {names[kind]}" for kind, n in self.sample.n_units.items())


def samples_of(claims, tests, evidence):
    """Apply the test of every claim to the evidence; dict of id → Sample or None.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9, arguments={})
    >>> tests = {"final": lambda losses: Sample(np.array([[loss] for loss in losses]), ("loss",))}
    >>> samples_of([claim], tests, [7.9, 8.1])["R1"].figure()
    8.0
    """
    return {claim.id: tests[claim.test](evidence, **claim.arguments) for claim in claims}


def decide(claims, samples, seed=0, tested=None):
    """Decide on the claims of a family from their samples; list of `ClaimResult`.

    Parameters
    ----------
    claims : list of Claim
    samples : dict
        Id → Sample, or None (not applicable).
    seed : int
        Of the bootstrap.
    tested : dict, optional
        Id → what `test_claim` gives for these samples, if it is known already.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> samples = [Sample(np.array([[a], [b], [c]]), ("loss",)) for a, b, c in [(7, 7.1, 7.2), (7, 9, 13)]]
    >>> [decide([claim], {"R1": sample})[0].verdict for sample in [*samples, None]]
    ['supported', 'inconclusive', 'not applicable']
    """
    if tested is None:
        tested = {claim.id: test_claim(claim, samples[claim.id], seed) for claim in claims}
    undecided = [ClaimResult(c, samples[c.id], tested[c.id], np.nan, "") for c in claims]
    adjusted = holm([np.nan if result.claim.is_fact else result.p for result in undecided])
    found = [
        replace(result, p_adjusted=float(p), verdict=_verdict(result, p))
        for result, p in zip(undecided, adjusted, strict=True)
    ]
    for _ in found:  # a premise may have a premise
        verdicts = {result.claim.id: result.verdict for result in found}
        found = [
            replace(result, verdict=NOT_TESTED)
            if result.claim.premise and verdicts[result.claim.premise] != SUPPORTED
            else result
            for result in found
        ]
    return found


def _bounds(claim):
    """Both bounds on the scale on which figures are averaged."""
    bounds = np.array([claim.low, claim.high])
    if claim.scale != "log":
        return bounds
    return np.log(np.maximum(bounds, 0), where=bounds > 0, out=np.full(2, -np.inf))


def _on_scale(claim, sample):
    if claim.scale != "log":
        return sample
    other = None if sample.other is None else np.log(sample.other)
    return replace(sample, values=np.log(sample.values), other=other)


def test_claim(claim, sample, seed=0):
    """Test the figure of a sample against the condition of a claim; a `Tested`, of NaN without a sample.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> one = test_claim(claim, Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",)))
    >>> round(one.value, 2), round(one.low, 2), one.p_for < 0.01
    (7.9, 7.65, True)
    """
    if sample is None:
        return Tested(*[np.nan] * 6)
    one = estimate(_on_scale(claim, sample), seed=seed)
    low, high = one.interval()
    value = one.value
    if claim.scale == "log":
        value, low, high = np.exp([value, low, high]).tolist()
    if claim.scale == "proportion":
        low, high = max(0.0, low), min(1.0, high)
    p_values = map(float, _one_sided(claim, one))
    return Tested(float(value), float(low), float(high), *p_values, _detectable(claim, one))


def _one_sided(claim, one):
    """P-values of "the figure does not meet the condition" and of "it does"."""
    low, high = _bounds(claim)
    if claim.is_fact or not one.degrees:
        return np.nan, np.nan
    if np.isinf(high):
        return one.p_not_above(low), one.p_not_below(low)
    if np.isinf(low):
        return one.p_not_below(high), one.p_not_above(high)
    # two one-sided tests for equivalence; either bound for its opposite
    outside = min(one.p_not_below(low), one.p_not_above(high))
    return max(one.p_not_above(low), one.p_not_below(high)), min(1.0, 2 * outside)


def _detectable(claim, one):
    """As `Tested` says, from an `Estimate`; float."""
    if not one.degrees or claim.is_fact:
        return np.nan
    half_width = stats.t.ppf((1 + CONFIDENCE) / 2, one.degrees) * one.standard_error
    low, high = _bounds(claim)
    if np.isfinite([low, high]).all():
        middle = (low + high) / 2 + one.deviations
        return float(((middle - half_width > low) & (middle + half_width < high)).mean())
    found = (
        high - half_width - np.quantile(one.deviations, POWER)
        if np.isinf(low)
        else low + half_width - np.quantile(one.deviations, 1 - POWER)
    )
    if claim.scale == "proportion" and not 0 <= found <= 1:
        return float(np.copysign(np.inf, found - 0.5))
    return float(np.exp(found) if claim.scale == "log" else found)


def _verdict(result, p_adjusted):
    if result.claim.is_fact:
        return FACT if result.sample is not None else NOT_APPLICABLE
    if result.sample is None:
        return NOT_APPLICABLE
    if np.isnan(p_adjusted) or p_adjusted >= 1 - CONFIDENCE:
        return INCONCLUSIVE
    return SUPPORTED if result.tested.p_for < result.tested.p_against else NOT_SUPPORTED


def evaluate_chapter(chapter, tests, evidence):
    """Test the claims of a chapter of the project's ``report/claims.toml``; list of `ClaimResult`."""
    claims = read_claims(claims_path(), chapter, tests)
    return decide(claims, samples_of(claims, tests, evidence))


def claims_table(results):
    """Tabulate the tests among results (list of `ClaimResult`); a DataFrame with one row per claim.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> sample = Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",))
    >>> table = claims_table(decide([claim], {"R1": sample}))
    >>> table.drop(columns=["claim", "measure"]).values.tolist()
    [['R1', '< 9', '7.90 [7.65, 8.15]', '3 seeds', '0.003', 'supported']]
    """
    rows = [
        (
            result.claim.id,
            result.claim.claim,
            result.claim.measure,
            result.claim.condition,
            format_interval(result.value, result.low, result.high, result.claim.digits),
            result.covers,
            format_p(result.p_adjusted),
            result.verdict,
        )
        for result in results
        if not result.claim.is_fact
    ]
    columns = [
        "id",
        "claim",
        "measure",
        "supported if",
        "figure [95% interval]",
        "over",
        "p (Holm)",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def format_p(p):
    """Write a p-value; str, "—" for NaN.

    Examples
    --------
    >>> format_p(0.0123), format_p(0.00001), format_p(float("nan"))
    ('0.012', '< 0.001', '—')
    """
    return "< 0.001" if p < 0.001 else format_number(p)


def facts_table(results):
    """Tabulate the facts among results (list of `ClaimResult`); a DataFrame with one row per fact.

    Examples
    --------
    >>> fact = Claim("R2", "Training takes 82 minutes", "minutes", "minutes of a run here", digits=1)
    >>> sample = Sample(np.array([[0.05], [0.07]]), ("minutes",))
    >>> facts_table(decide([fact], {"R2": sample})).values.tolist()
    [['R2', 'Training takes 82 minutes', 'minutes of a run here', '0.1']]
    """
    rows = [
        (r.claim.id, r.claim.claim, r.claim.measure, format_number(r.value, f",.{r.claim.digits}f"))
        for r in results
        if r.claim.is_fact
    ]
    return pd.DataFrame(rows, columns=["id", "claim", "measure", "figure"])
