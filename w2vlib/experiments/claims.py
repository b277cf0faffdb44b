"""Claims in words, each with a test and a condition set beforehand → verdicts.

``report/claims.toml`` holds the claims. A test gives one figure per seed. The claim is supported if the
interval of their mean meets the condition, not supported if no value of it does, and inconclusive if
the interval contains the limit.
"""

import math
import tomllib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..utils.errors import W2VError
from ..utils.files import explained_read_errors, project_root
from ..utils.statistics import format_interval, mean_interval

SUPPORTED, NOT_SUPPORTED, INCONCLUSIVE = "supported", "not supported", "inconclusive"
_NEEDED = {"id", "claim", "test", "figure"}
_ALLOWED = _NEEDED | {"with", "above", "below", "scale", "digits"}
_SCALES = ("linear", "log", "share")


class ClaimTests(dict):
    """Tests of claims by name: functions from evidence and arguments to one figure per seed.

    Examples
    --------
    >>> tests = ClaimTests()
    >>> @tests.register
    ... def final_loss(evidence):
    ...     return evidence["losses"]
    >>> tests["final_loss"]({"losses": [7.9, 8.0]})
    [7.9, 8.0]
    """

    def register(self, function):
        """Add a function under its name; a decorator."""
        self[function.__name__] = function
        return function


@dataclass(frozen=True)
class Claim:
    """A claim in our own words, and its condition.

    Attributes
    ----------
    id : str
        Number of the published claim, and a letter if it takes several tests.
    claim : str
    test : str
        Name of the test; `arguments` go to it.
    figure : str
        What the test measures, in words.
    limit : float
        The claim is supported if the figure is above it, or below it where `above` is false.
    scale : {"linear", "log", "share"}
        Seeds are averaged on the logarithmic scale (ranks), or the interval ends at 0 and 1 (shares).
    digits : int
        Digits behind the decimal point.
    """

    id: str
    claim: str
    test: str
    arguments: dict
    figure: str
    above: bool
    limit: float
    scale: str = "linear"
    digits: int = 3

    @property
    def condition(self):
        """The condition in signs, e.g. "> 0.95"."""
        return f"{'>' if self.above else '<'} {self.limit:,g}"

    def met_by(self, value):
        """Whether a figure meets the condition; bool (array)."""
        return np.greater(value, self.limit) if self.above else np.less(value, self.limit)


@dataclass(frozen=True)
class ClaimResult:
    """Result of a test: one figure per seed, their mean, its interval, the verdict."""

    claim: Claim
    values: np.ndarray
    mean: float
    low: float
    high: float
    verdict: str

    @property
    def seeds(self):
        """How many seeds meet the condition by themselves, e.g. "3 of 5"."""
        known = self.values[~np.isnan(self.values)]
        return f"{int(self.claim.met_by(known).sum())} of {known.size}"


def read_claims(path, chapter, tests):
    """Read a chapter of the table of claims and compare it with the tests.

    Parameters
    ----------
    path : path
        TOML: a table for the chapter with ``published``, the numbers of the published claims, and
        ``rows``, an array of claims.
    chapter : str
    tests : dict
        Name → function.

    Returns
    -------
    list of Claim

    Raises
    ------
    W2VError
        If a row is not as it should be, a published claim has no row, a row no test, or a test no row.
    """
    with explained_read_errors(path, f"a chapter {chapter!r} of claims"):
        with open(path, "rb") as handle:
            found = tomllib.load(handle)[chapter]
        published, rows = set(found["published"]), found["rows"]
        claims = [_claim(row, path) for row in rows]
    ids = [claim.id for claim in claims]
    numbers = {claim.id: claim.id.rstrip("abcdefghijklmnopqrstuvwxyz") for claim in claims}
    used = {claim.test for claim in claims}
    for what, names in {
        "Claims that stand twice": {name for name in ids if ids.count(name) > 1},
        "Claims without a row": published - set(numbers.values()),
        "Rows of no published claim": {name for name, number in numbers.items() if number not in published},
        "Claims whose test does not exist": {f"{c.id} ({c.test})" for c in claims if c.test not in tests},
        "Tests without a claim": set(tests) - used,
    }.items():
        if names:
            raise W2VError(f"{what} in {path}: {', '.join(sorted(names))}.")
    return claims


def _claim(row, path):
    name = row.get("id", "without an id")
    missing, strange = _NEEDED - row.keys(), row.keys() - _ALLOWED
    if missing or strange or ("above" in row) == ("below" in row):
        what = (
            f"lacks {', '.join(sorted(missing))}" if missing
            else f"has the unknown key {', '.join(sorted(strange))}" if strange
            else "needs either above or below"
        )  # fmt: skip
        raise W2VError(f"The claim {name} in {path} {what}.")
    above = "above" in row
    rest = {key: row[key] for key in ("scale", "digits") if key in row}
    limit = row["above" if above else "below"]
    for key, good in {
        **{key: isinstance(row[key], str) for key in _NEEDED},
        "with": isinstance(row.get("with", {}), dict),
        "above" if above else "below": type(limit) in (int, float) and math.isfinite(limit),
        "scale": row.get("scale", "linear") in _SCALES,
        "digits": row.get("digits", 3) in range(13),
    }.items():
        if not good:
            raise W2VError(f"The claim {name} in {path} has a {key} that is not allowed: {row[key]!r:.60}.")
    limit = float(limit)
    return Claim(name, row["claim"], row["test"], row.get("with", {}), row["figure"], above, limit, **rest)


def evaluate_chapter(chapter, tests, evidence):
    """Test the claims of a chapter of the project's ``report/claims.toml``; list of `ClaimResult`."""
    return evaluate(read_claims(project_root() / "report" / "claims.toml", chapter, tests), tests, evidence)


def evaluate(claims, tests, evidence):
    """Test every claim; list of `ClaimResult`.

    A test takes the evidence and the arguments of the claim and gives one figure per seed, NaN where
    there is none (a word is missing, or the claim belongs to another text).
    """
    return [
        decide(claim, np.array(tests[claim.test](evidence, **claim.arguments), float)) for claim in claims
    ]


def decide(claim, values):
    """Decide on a claim from the figures of the seeds; a `ClaimResult`."""
    if claim.scale == "log":
        positive = np.where(values > 0, values, np.nan)  # others have no logarithm
        mean, low, high = np.exp(mean_interval(np.log(positive))).tolist()
    else:
        mean, low, high = mean_interval(values, proportion=claim.scale == "share")
    ends = claim.met_by([low, high])
    told = SUPPORTED if ends.all() else INCONCLUSIVE if ends.any() or np.isnan(mean) else NOT_SUPPORTED
    return ClaimResult(claim, values, mean, low, high, told)


def claims_table(verdicts):
    """Table of results; a DataFrame, one row per claim."""
    rows = [
        (
            v.claim.id,
            v.claim.claim,
            v.claim.figure,
            v.claim.condition,
            format_interval(v.mean, v.low, v.high, v.claim.digits),
            v.seeds,
            v.verdict,
        )
        for v in verdicts
    ]
    columns = ["", "claim", "figure", "supported if", "mean [95% interval]", "seeds", "verdict"]
    return pd.DataFrame(rows, columns=columns)
