"""Table of claims, each with a test and a condition set before the results were known → verdicts.

``report/claims.toml`` holds the claims. A test gives one value per seed. The claim is supported if the
95 % interval of their mean meets the condition, not supported if no value of the interval meets it, and
inconclusive if the interval contains the limit.
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
_REQUIRED = {"id", "claim", "test", "measure"}
_ALLOWED = _REQUIRED | {"arguments", "above", "below", "scale", "digits"}
_SCALES = ("linear", "log", "proportion")


class ClaimTests(dict):
    """Tests of claims by name: functions of the evidence and arguments that give one value per seed.

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
        Name of the test.
    arguments : dict
        Keyword arguments of the test.
    measure : str
        What the test measures, in words.
    above : bool
        The claim is supported if the mean over seeds is above `limit`; if false, below it.
    limit : float
    scale : {"linear", "log", "proportion"}
        "log": seeds are averaged on the logarithmic scale (ranks, times). "proportion": the interval
        is cut at 0 and 1.
    digits : int
        Digits after the decimal point.

    Examples
    --------
    >>> claim = Claim("E1", "Good words form a cluster", "closeness", {}, "percentile", True, 0.95)
    >>> claim.condition, claim.met_by([0.9, 0.99]).tolist()
    ('> 0.95', [False, True])
    """

    id: str
    claim: str
    test: str
    arguments: dict
    measure: str
    above: bool
    limit: float
    scale: str = "linear"
    digits: int = 3

    @property
    def condition(self):
        """The condition as a formula, e.g. "> 0.95"; str."""
        return f"{'>' if self.above else '<'} {self.limit:,g}"

    def met_by(self, value):
        """Whether a value (or each of an array) meets the condition; bool or array of bool."""
        return np.greater(value, self.limit) if self.above else np.less(value, self.limit)


@dataclass(frozen=True)
class ClaimResult:
    """Result of a test.

    Attributes
    ----------
    claim : Claim
    values : (n_seeds,) float64
        One value per seed; NaN where there is none.
    mean, low, high : float
        Mean over seeds with its 95 % interval.
    verdict : {"supported", "not supported", "inconclusive"}

    Examples
    --------
    >>> claim = Claim("E1", "Good words form a cluster", "closeness", {}, "percentile", True, 0.95)
    >>> result = decide(claim, np.array([0.99, 0.97, 0.2]))
    >>> round(result.mean, 2), result.verdict, result.seeds
    (0.72, 'inconclusive', '2 of 3')
    """

    claim: Claim
    values: np.ndarray
    mean: float
    low: float
    high: float
    verdict: str

    @property
    def seeds(self):
        """Number of seeds that meet the condition alone, e.g. "3 of 5"; str."""
        values = self.values[~np.isnan(self.values)]
        return f"{int(self.claim.met_by(values).sum())} of {values.size}"


def read_claims(path, chapter, tests):
    """Read a chapter of the table of claims and check that claims and tests match.

    Parameters
    ----------
    path : path
        TOML: a table for the chapter with ``published``, the ids of the published claims, and
        ``rows``, an array of claims.
    chapter : str
    tests : dict
        Name → function, e.g. a `ClaimTests`.

    Returns
    -------
    list of Claim

    Raises
    ------
    W2VError
        If a row has wrong keys or values, a published claim has no row, a row no test, or a test no row.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> row = '{id = "R1a", claim = "The loss ends under 9", test = "final", measure = "loss", below = 9}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "claims.toml"
    ...     _ = path.write_text(f'results = {{published = ["R1"], rows = [{row}]}}', encoding="utf-8")
    ...     (claim,) = read_claims(path, "results", {"final": min})
    >>> claim.id, claim.condition
    ('R1a', '< 9')
    """
    with explained_read_errors(path, f"a chapter {chapter!r} of claims"):
        with open(path, "rb") as handle:
            table = tomllib.load(handle)[chapter]
        published, rows = set(table["published"]), table["rows"]
        claims = [_claim(row, path) for row in rows]
    ids = [claim.id for claim in claims]
    numbers = {claim.id: claim.id.rstrip("abcdefghijklmnopqrstuvwxyz") for claim in claims}
    used = {claim.test for claim in claims}
    for what, names in {
        "Claims that occur twice": {name for name in ids if ids.count(name) > 1},
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
    missing, unknown = _REQUIRED - row.keys(), row.keys() - _ALLOWED
    if missing or unknown or ("above" in row) == ("below" in row):
        what = (
            f"lacks {', '.join(sorted(missing))}" if missing
            else f"has the unknown key {', '.join(sorted(unknown))}" if unknown
            else "needs either above or below"
        )  # fmt: skip
        raise W2VError(f"The claim {name} in {path} {what}.")
    above = "above" in row
    limit = row["above" if above else "below"]
    for key, is_valid in {
        **{key: isinstance(row[key], str) for key in _REQUIRED},
        "arguments": isinstance(row.get("arguments", {}), dict),
        "above" if above else "below": type(limit) in (int, float) and math.isfinite(limit),
        "scale": row.get("scale", "linear") in _SCALES,
        "digits": row.get("digits", 3) in range(13),
    }.items():
        if not is_valid:
            raise W2VError(f"The claim {name} in {path} has a {key} that is not allowed: {row[key]!r:.60}.")
    optional = {key: row[key] for key in ("arguments", "scale", "digits") if key in row}
    required = {key: row[key] for key in _REQUIRED}
    return Claim(**{"arguments": {}} | required | optional, above=above, limit=float(limit))


def evaluate_chapter(chapter, tests, evidence):
    """Test the claims of a chapter of the project's ``report/claims.toml``; list of `ClaimResult`."""
    return evaluate(read_claims(project_root() / "report" / "claims.toml", chapter, tests), tests, evidence)


def evaluate(claims, tests, evidence):
    """Test every claim; list of `ClaimResult`.

    Parameters
    ----------
    claims : list of Claim
    tests : dict
        Name → function of the evidence and the arguments of the claim that gives one value per seed,
        NaN where there is none (a word is missing, or the claim belongs to another text).
    evidence
        Passed to every test.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", {}, "loss", above=False, limit=9)
    >>> (result,) = evaluate([claim], {"final": lambda losses: losses}, [7.9, 8.0, 7.8])
    >>> result.verdict, result.seeds
    ('supported', '3 of 3')
    """
    return [
        decide(claim, np.array(tests[claim.test](evidence, **claim.arguments), float)) for claim in claims
    ]


def decide(claim, values):
    """Decide on a claim from one value per seed; a `ClaimResult`.

    Parameters
    ----------
    claim : Claim
    values : (n_seeds,) float64
        NaN is left out. On the logarithmic scale, so are values that are not positive.

    Examples
    --------
    >>> claim = Claim("E1", "Good words form a cluster", "closeness", {}, "percentile", True, 0.95)
    >>> [decide(claim, np.array(v)).verdict for v in ([0.97, 0.98], [0.99, 0.99, 0.98], [0.2, 0.21, 0.2])]
    ['inconclusive', 'supported', 'not supported']
    """
    if claim.scale == "log":
        positive = np.where(values > 0, values, np.nan)  # others have no logarithm
        mean, low, high = np.exp(mean_interval(np.log(positive))).tolist()
    else:
        mean, low, high = mean_interval(values, proportion=claim.scale == "proportion")
    ends = claim.met_by([low, high])
    verdict = SUPPORTED if ends.all() else INCONCLUSIVE if ends.any() or np.isnan(mean) else NOT_SUPPORTED
    return ClaimResult(claim, values, mean, low, high, verdict)


def claims_table(results):
    """Tabulate results (list of `ClaimResult`); a DataFrame with one row per claim.

    Examples
    --------
    >>> claim = Claim("R1", "The loss ends under 9", "final", {}, "loss", above=False, limit=9)
    >>> table = claims_table([decide(claim, np.array([7.9, 8.0, 7.8]))])
    >>> table[["id", "supported if", "mean [95% interval]", "seeds", "verdict"]].values.tolist()
    [['R1', '< 9', '7.900 [7.652, 8.148]', '3 of 3', 'supported']]
    """
    rows = [
        (
            result.claim.id,
            result.claim.claim,
            result.claim.measure,
            result.claim.condition,
            format_interval(result.mean, result.low, result.high, result.claim.digits),
            result.seeds,
            result.verdict,
        )
        for result in results
    ]
    columns = ["id", "claim", "measure", "supported if", "mean [95% interval]", "seeds", "verdict"]
    return pd.DataFrame(rows, columns=columns)
