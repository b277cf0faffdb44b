"""Table of claims, each with a test and a condition: how it is read and checked.

``report/claims.toml`` holds the claims in chapters. `verdicts` decides on them.
"""

import datetime
import hashlib
import inspect
import json
import math
from dataclasses import dataclass

import numpy as np

from ..utils.errors import W2VError
from ..utils.files import explained_read_errors, project_root
from ..utils.toml_files import read_toml

_REQUIRED = {"id", "claim", "test", "measure"}
_CONDITIONS = ("above", "below", "within")
_OPTIONAL = {"arguments", "scale", "digits", "date", "known", "premise", "control"}
_SCALES = ("linear", "log", "proportion")
_CONTROLS = ("structure", "no structure", "")


class ClaimTests(dict):
    """Tests of claims by name: functions of the evidence and arguments that give a `Sample` or None.

    Examples
    --------
    >>> from ..utils.resampling import Sample
    >>> tests = ClaimTests()
    >>> @tests.register
    ... def final_loss(evidence):
    ...     return Sample(np.array([[loss] for loss in evidence["losses"]]), ("loss",))
    >>> tests["final_loss"]({"losses": [7.9, 8.1]}).figure()
    8.0
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
    claim, test, measure : str
        In words; name of the test; what the test measures, in words.
    low, high : float
        The claim is supported where the figure lies between them; infinite where there is no bound. A fact
        has none.
    arguments : dict
        Keyword arguments of the test.
    scale : {"linear", "log", "proportion"}
        "log": the figure is a geometric mean (ranks, times). "proportion": it lies between 0 and 1.
    digits : int
        Digits after the decimal point.
    date : datetime.date or None
        When the condition was set.
    known : str
        What was known then.
    premise : str
        Id of the claim without which this one is not tested; may be empty.
    control : {"structure", "no structure", ""}
        Vectors for which the claim must be found supported: made with the structure, or without any.

    Examples
    --------
    >>> claim = Claim("E1", "Good words form a cluster", "closeness", "superiority", low=0.71)
    >>> claim.condition, claim.is_fact
    ('> 0.71', False)
    >>> Claim("O6", "Nationalities are spread", "closeness", "superiority", low=0.36, high=0.64).condition
    '0.36 to 0.64'
    """

    id: str
    claim: str
    test: str
    measure: str
    low: float = -math.inf
    high: float = math.inf
    arguments: dict = None
    scale: str = "linear"
    digits: int = 2
    date: datetime.date = None
    known: str = ""
    premise: str = ""
    control: str = ""

    @property
    def is_fact(self):
        """Whether the row has no condition; bool."""
        return math.isinf(self.low) and math.isinf(self.high)

    @property
    def condition(self):
        """The condition as a formula, e.g. "> 0.71"; str, empty for a fact."""
        if self.is_fact:
            return ""
        if math.isinf(self.high):
            return f"> {self.low:,g}"
        return f"< {self.high:,g}" if math.isinf(self.low) else f"{self.low:,g} to {self.high:,g}"

    def met_by(self, value):
        """Whether a value (or each of an array) meets the condition; bool or array of bool."""
        return np.greater(value, self.low) & np.less(value, self.high)


def claims_path():
    """Path of the project's table of claims."""
    return project_root() / "report" / "claims.toml"


def conditions_sha256(chapter):
    """SHA-256 of a chapter of the project's table of claims, without its comments and layout; str.

    The records of evidence hold it, so that nobody can change a condition after a look at the results
    without being seen.

    Examples
    --------
    >>> len(conditions_sha256("results"))
    64
    """
    table = _chapter(claims_path(), chapter)
    return hashlib.sha256(json.dumps(table, sort_keys=True, default=str).encode()).hexdigest()


def _chapter(path, chapter):
    """Read a chapter of a table of claims; dict."""
    with explained_read_errors(path, f"a chapter {chapter!r} of claims"):
        return read_toml(path)[chapter]


def read_claims(path, chapter, tests):
    """Read a chapter of the table of claims and check that claims and tests match.

    Parameters
    ----------
    path : path
        TOML: a table for the chapter with ``published``, the ids of the published claims; ``date`` and
        ``known``, what holds for rows without their own; ``rows`` and ``facts``, arrays of claims.
    chapter : str
    tests : dict
        Name → function, e.g. a `ClaimTests`.

    Returns
    -------
    list of Claim
        Rows, then facts.

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
    ...     (claim,) = read_claims(path, "results", {"final": lambda evidence: None})
    >>> claim.id, claim.condition
    ('R1a', '< 9')
    """
    table = _chapter(path, chapter)
    with explained_read_errors(path, f"a chapter {chapter!r} of claims"):
        published = set(map(str, table["published"]))
        common = {key: table[key] for key in ("date", "known") if key in table}
        claims = [_claim(common | row, path, is_fact=False) for row in table["rows"]]
        claims += [_claim(row, path, is_fact=True) for row in table.get("facts", [])]
    ids = [claim.id for claim in claims]
    numbers = {claim.id: claim.id.rstrip("abcdefghijklmnopqrstuvwxyz") for claim in claims}
    tested = {claim.id for claim in claims if not claim.is_fact}
    for what, names in {
        "Claims that occur twice": {name for name in ids if ids.count(name) > 1},
        "Claims without a row": published - set(numbers.values()),
        "Rows of no published claim": {name for name, number in numbers.items() if number not in published},
        "Claims whose test does not exist": {f"{c.id} ({c.test})" for c in claims if c.test not in tests},
        "Claims whose premise is not tested": {c.id for c in claims if c.premise and c.premise not in tested},
        "Claims whose premises lead back to them": {c.id for c in claims if _is_circle(c, claims)},
        "Tests without a claim": set(tests) - {claim.test for claim in claims},
    }.items():
        if names:
            raise W2VError(f"{what} in {path}: {', '.join(sorted(names))}.")
    _check_arguments(claims, tests, path)
    return claims


def _claim(row, path, is_fact):
    name = row.get("id", "without an id")
    conditions = [key for key in _CONDITIONS if key in row]
    missing, unknown = _REQUIRED - row.keys(), row.keys() - _REQUIRED - _OPTIONAL - {*_CONDITIONS}
    if missing or unknown or len(conditions) != (not is_fact):
        what = (
            f"lacks {', '.join(sorted(missing))}" if missing
            else f"has the unknown key {', '.join(sorted(unknown))}" if unknown
            else "is a fact and needs no condition" if is_fact
            else f"needs one of {', '.join(_CONDITIONS)}"
        )  # fmt: skip
        raise W2VError(f"The claim {name} in {path} {what}.")
    bounds = {"above": [math.inf], "below": [math.inf]}
    if conditions:
        limits = row[conditions[0]]
        bounds = limits if isinstance(limits, list) else [limits]
    for key, is_valid in {
        **{key: isinstance(row[key], str) for key in _REQUIRED},
        **{key: isinstance(row.get(key, ""), str) for key in ("known", "premise")},
        **{key: _are_bounds(key, row[key]) for key in conditions},
        "arguments": isinstance(row.get("arguments", {}), dict),
        "scale": row.get("scale", "linear") in _SCALES,
        "control": row.get("control", "") in _CONTROLS,
        "digits": type(row.get("digits", 2)) is int and row.get("digits", 2) in range(13),
        "date": isinstance(row.get("date", datetime.date.min), datetime.date),
    }.items():
        if not is_valid:
            raise W2VError(f"The claim {name} in {path} has a {key} that is not allowed: {row[key]!r:.60}.")
    low = float(bounds[0]) if conditions and conditions[0] != "below" else -math.inf
    high = float(bounds[-1]) if conditions and conditions[0] != "above" else math.inf
    kept = {key: value for key, value in row.items() if key not in _CONDITIONS}
    return Claim(**{"arguments": {}} | kept, low=low, high=high)


def _check_arguments(claims, tests, path):
    """Refuse a claim whose arguments its test does not take."""
    for claim in claims:
        if not _are_arguments(claim.arguments, tests[claim.test]):
            raise W2VError(
                f"The claim {claim.id} in {path} has arguments that its test {claim.test} does not take: "
                f"{claim.arguments!r:.80}."
            )


def _is_circle(claim, claims):
    """Whether the premises of a claim, and theirs, lead to the claim itself or to no end."""
    premise_of = {each.id: each.premise for each in claims}
    place = claim.id
    for _ in claims:
        place = premise_of.get(place)
        if not place:
            return False
    return True


def _are_arguments(arguments, test):
    """Whether a test takes these arguments, by their names, and whether they are of the kinds of tests."""

    def is_list(values, kind):
        return isinstance(values, list) and all(isinstance(value, kind) for value in values)

    def is_allowed(name, value):
        if name == "groups":
            return isinstance(value, list) and all(is_list(words, str) for words in value)
        return isinstance(value, str | int | float) or is_list(value, str) or is_list(value, int | float)

    try:
        inspect.signature(test).bind(None, **arguments)  # the evidence comes first
    except TypeError:
        return False
    return all(is_allowed(name, value) for name, value in arguments.items())


def _are_bounds(key, limits):
    numbers = limits if key == "within" else [limits]
    return (
        isinstance(numbers, list)
        and len(numbers) == (2 if key == "within" else 1)
        and all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
        and numbers == sorted(numbers)
    )
