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


def scheme_of(row):
    """Name the scheme of a row by what it changes, "keep" if nothing."""
    return row["numbers"] if row["rare"] == "keep" else row["rare"]


def _rows_of(rows, scheme):
    """Rows of a scheme in the order of their seeds, none if it did nothing to the text."""
    own = [row for row in rows if scheme_of(row) == scheme and row.get("changed", True)]
    return sorted(own, key=lambda row: row["seed"])


def _by_seed(rows, found):
    """Put figures (seed → float) in the order of all seeds, NaN where there is none; (n_seeds,) float64."""
    return np.array([found.get(seed, np.nan) for seed in sorted({row["seed"] for row in rows})], float)


def _of(rows, scheme, name):
    """Figures of a scheme by seed, NaN where a row or the figure is missing; (n_seeds,) float64."""
    return _by_seed(rows, {row["seed"]: row.get(name, np.nan) for row in _rows_of(rows, scheme)})


@TESTS.register
def figure(rows, scheme, of):
    """Take a figure of a scheme."""
    return _of(rows, scheme, of)


@TESTS.register
def ratio(rows, scheme, of, to):
    """Divide a figure of one scheme by that of another, seed by seed."""
    divisor = _of(rows, to, of)
    return _of(rows, scheme, of) / np.where(divisor == 0, np.nan, divisor)


@TESTS.register
def difference(rows, scheme, of, less):
    """Take a figure of another scheme from that of one, seed by seed."""
    return _of(rows, scheme, of) - _of(rows, less, of)


@TESTS.register
def gain(rows, scheme, of, over):
    """Take another figure of a scheme from a figure of the same scheme."""
    return _of(rows, scheme, of) - _of(rows, scheme, over)


@TESTS.register
def gain_over_baseline(rows, scheme, of, baseline, probe):
    """Take what a baseline of `numeracy.baselines` reaches in a probe from what vectors of numbers reach."""
    reached = {row["seed"]: row["baselines"][baseline][probe] for row in rows if "baselines" in row}
    return _of(rows, scheme, of) - _by_seed(rows, reached)


@TESTS.register
def settled_near_unknown(rows, scheme):
    """Correlate the share of `<unk>` nearby with the neighbours kept from seed to seed, at equal frequency.

    Rank correlation over words, with the frequency held fixed; a figure for each pair of seeds, and no
    seed is in two of them.
    """
    own = _rows_of(rows, scheme)
    if len(own) < 2 or "near unknown" not in own[0]:
        return [np.nan]
    words = [w for w in own[0]["neighbours"] if all(w in row["neighbours"] for row in own)]
    nearby, counts = ([own[0][name][word] for word in words] for name in ("near unknown", "counts"))
    lists = [[row["neighbours"][word].split() for word in words] for row in own]
    pairs = zip(lists[::2], lists[1::2], strict=False)
    kept = [[shared(a, b) for a, b in zip(first, second, strict=True)] for first, second in pairs]
    return [partial_spearman(nearby, each, counts) for each in kept]


@TESTS.register
def unsettled_by_unknown(rows, scheme, less):
    """Take that correlation of another scheme from that of one."""
    own, other = (settled_near_unknown(rows, name) for name in (scheme, less))
    return np.subtract(own, other) if len(own) == len(other) else [np.nan]
