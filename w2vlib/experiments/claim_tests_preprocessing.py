"""Tests of what the published report expects of `<unk>`, `N` and other schemes: rows → one figure per seed.

`TESTS` names them for ``report/claims.toml``. The rows are those of `ablation.ablate`; a scheme is
named by what it does to rare words or to numbers, whichever it changes. A figure is NaN where the
rows lack the scheme or the text lacks what is asked.
"""

import numpy as np

from ..evaluation.neighbour_stability import shared
from ..utils.statistics import partial_spearman
from .claims import ClaimTests

TESTS = ClaimTests()


def _rows_of(rows, scheme):
    """Rows of a scheme in the order of their seeds, none if it did nothing to the text."""
    of_scheme = [row for row in rows if row.scheme == scheme and row.changed]
    return sorted(of_scheme, key=lambda row: row.seed)


def _by_seed(rows, figures):
    """Figures (seed → float) in the order of all seeds, NaN where there is none; (n_seeds,) float64."""
    return np.array([figures.get(seed, np.nan) for seed in sorted({row.seed for row in rows})], float)


def _of(rows, scheme, name):
    """Figures of a scheme by seed, NaN where a row or the figure is missing; (n_seeds,) float64."""
    return _by_seed(rows, {row.seed: getattr(row, name) for row in _rows_of(rows, scheme)})


@TESTS.register
def figure(rows, scheme, of):
    """Figure of a scheme."""
    return _of(rows, scheme, of)


@TESTS.register
def ratio(rows, scheme, of, to):
    """Figure of one scheme divided by that of another, seed by seed."""
    divisor = _of(rows, to, of)
    return _of(rows, scheme, of) / np.where(divisor == 0, np.nan, divisor)


@TESTS.register
def difference(rows, scheme, of, less):
    """Figure of one scheme minus that of another, seed by seed."""
    return _of(rows, scheme, of) - _of(rows, less, of)


@TESTS.register
def gain(rows, scheme, of, over):
    """Figure of a scheme minus another figure of the same scheme."""
    return _of(rows, scheme, of) - _of(rows, scheme, over)


@TESTS.register
def gain_over_baseline(rows, scheme, of, baseline, probe):
    """Figure of the vectors of numbers minus that of a baseline (`number_probing.baselines`)."""
    reached = {row.seed: row.baselines[baseline][probe] for row in rows if row.baselines}
    return _of(rows, scheme, of) - _by_seed(rows, reached)


@TESTS.register
def stability_by_unknown_nearby(rows, scheme):
    """Partial rank correlation of `<unk>` nearby with the neighbours that two seeds share, given frequency.

    Over words; one figure per pair of seeds, and no seed is in two pairs.
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
    overlap = [[shared(a, b) for a, b in zip(first, second, strict=True)] for first, second in pairs]
    return [partial_spearman(nearby, each, counts) for each in overlap]


@TESTS.register
def stability_by_unknown_nearby_difference(rows, scheme, less):
    """Subtract that correlation for another scheme from that for one."""
    one, other = (stability_by_unknown_nearby(rows, name) for name in (scheme, less))
    return np.subtract(one, other) if len(one) == len(other) else [np.nan]
