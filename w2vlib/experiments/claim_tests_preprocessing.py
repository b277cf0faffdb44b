"""Tests of what the published report expects of `<unk>`, `N` and other schemes: rows → one value per seed.

`TESTS` registers them by name for ``report/claims.toml``. The rows (`AblationRow`) are those of
`ablation.ablate`. A scheme has the name of what it does to rare words or to numbers, whichever it changes;
a field is an attribute of a row. A value is NaN where the rows lack the scheme or the field.
"""

import numpy as np

from ..evaluation.neighbour_stability import overlap_of_lists
from ..utils.statistics import partial_spearman
from .claims import ClaimTests

TESTS = ClaimTests()


def _rows_of(rows, scheme):
    """Rows of a scheme in the order of their seeds; none if it changed nothing in the text."""
    of_scheme = [row for row in rows if row.scheme == scheme and row.changed]
    return sorted(of_scheme, key=lambda row: row.seed)


def _by_seed(rows, values):
    """Values (seed → float) in the order of all seeds, NaN where there is none; (n_seeds,) float64."""
    return np.array([values.get(seed, np.nan) for seed in sorted({row.seed for row in rows})], float)


@TESTS.register
def value(rows, scheme, field):
    """Values of a field under a scheme; (n_seeds,) float64, NaN where a row or its value is missing.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", seed, vocabulary=10 + seed) for seed in (0, 1)]
    >>> value(rows, "keep", "vocabulary").tolist()
    [10.0, 11.0]
    """
    return _by_seed(rows, {row.seed: getattr(row, field) for row in _rows_of(rows, scheme)})


@TESTS.register
def ratio(rows, scheme, field, other_scheme):
    """Value under one scheme divided by that under another, for each seed.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", 0, vocabulary=10), AblationRow("keep", "N", 0, vocabulary=8)]
    >>> ratio(rows, "N", "vocabulary", "keep").tolist()
    [0.8]
    """
    divisor = value(rows, other_scheme, field)
    return value(rows, scheme, field) / np.where(divisor == 0, np.nan, divisor)


@TESTS.register
def difference(rows, scheme, field, other_scheme):
    """Value under one scheme minus that under another, for each seed.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", 0, vocabulary=10), AblationRow("keep", "N", 0, vocabulary=8)]
    >>> difference(rows, "N", "vocabulary", "keep").tolist()
    [-2.0]
    """
    return value(rows, scheme, field) - value(rows, other_scheme, field)


@TESTS.register
def difference_of_fields(rows, scheme, field, other_field):
    """One field minus another under the same scheme, for each seed.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "N", seed, wordsim353=0.5, wordsim353_rare=0.25) for seed in (0, 1)]
    >>> difference_of_fields(rows, "N", "wordsim353", "wordsim353_rare").tolist()
    [0.25, 0.25]
    """
    return value(rows, scheme, field) - value(rows, scheme, other_field)


@TESTS.register
def difference_from_baseline(rows, scheme, field, baseline, probe):
    """Value for the vectors of numbers minus that of a probe of a baseline (`number_vectors.baselines`).

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "digits", 0, order=0.75, baselines={"random vectors": {"order": 0.5}})]
    >>> difference_from_baseline(rows, "digits", "order", "random vectors", "order").tolist()
    [0.25]
    """
    baselines = {row.seed: row.baselines[baseline][probe] for row in rows if row.baselines}
    return value(rows, scheme, field) - _by_seed(rows, baselines)


@TESTS.register
def stability_by_unknown_nearby(rows, scheme):
    """Partial rank correlation of `<unk>` nearby with the neighbours that two seeds share, given frequency.

    Over words; one value per pair of seeds, and no seed is in two pairs.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> nearby, counts = dict(a=0.1, b=0.2, c=0.3, d=0.4, e=0.5), dict(a=5, b=9, c=6, d=8, e=7)
    >>> found = [dict.fromkeys("abcde", "x y z w"), dict(a="x y z w", b="x y z", c="x y", d="x", e="")]
    >>> rows = [AblationRow("top:9", "keep", n, neighbours=f, unknown_nearby=nearby, sample_counts=counts)
    ...         for n, f in enumerate(found)]
    >>> [round(v, 3) for v in stability_by_unknown_nearby(rows, "top:9")]
    [-1.0]
    """
    of_scheme = _rows_of(rows, scheme)
    if len(of_scheme) < 2 or not of_scheme[0].unknown_nearby:
        return [np.nan]
    words = [w for w in of_scheme[0].neighbours if all(w in row.neighbours for row in of_scheme)]
    nearby, counts = (
        [of_word[word] for word in words]
        for of_word in (of_scheme[0].unknown_nearby, of_scheme[0].sample_counts)
    )
    lists = [[row.neighbours[word].split() for word in words] for row in of_scheme]
    pairs = zip(lists[::2], lists[1::2], strict=False)
    overlap = [
        [overlap_of_lists(a, b) for a, b in zip(first, second, strict=True)] for first, second in pairs
    ]
    return [partial_spearman(nearby, each, counts) for each in overlap]


@TESTS.register
def stability_by_unknown_nearby_difference(rows, scheme, other_scheme):
    """`stability_by_unknown_nearby` of one scheme minus that of another.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> nearby, counts = dict(a=0.1, b=0.2, c=0.3, d=0.4, e=0.5), dict(a=5, b=9, c=6, d=8, e=7)
    >>> first = dict.fromkeys("abcde", "x y z w")
    >>> falls = dict(a="x y z w", b="x y z", c="x y", d="x", e="")
    >>> rises = dict(a="", b="x", c="x y", d="x y z", e="x y z w")
    >>> found = {"top:9": [first, falls], "top:5": [first, rises]}
    >>> rows = [AblationRow(scheme, "keep", n, neighbours=lists, unknown_nearby=nearby, sample_counts=counts)
    ...         for scheme in found for n, lists in enumerate(found[scheme])]
    >>> stability_by_unknown_nearby_difference(rows, "top:9", "top:5").round(3).tolist()
    [-2.0]
    """
    one, other = (stability_by_unknown_nearby(rows, name) for name in (scheme, other_scheme))
    return np.subtract(one, other) if len(one) == len(other) else [np.nan]
