"""How far to trust a figure: intervals over seeds and over questions, and what chance would give."""

import numpy as np
from scipy import stats

LEVEL = 0.95  # of every interval


def over_seeds(values, share=False):
    """Mean of a figure over seeds with its interval, by Student's t.

    Parameters
    ----------
    values : (n_seeds,) float
        NaN where a seed gave no figure.
    share : bool
        The figure is a share: the interval ends at 0 and 1.

    Returns
    -------
    (mean, low, high)
        Without a figure all are NaN; of one seed nothing is known but its value, and the interval
        has no ends.
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if not values.size:
        return np.nan, np.nan, np.nan
    mean = float(values.mean())
    reach = np.inf
    if values.size > 1:
        error = values.std(ddof=1) / np.sqrt(values.size)
        reach = float(stats.t.ppf((1 + LEVEL) / 2, values.size - 1) * error)
    if share and np.isfinite(reach):
        return mean, max(0.0, mean - reach), min(1.0, mean + reach)
    return mean, mean - reach, mean + reach


def of_draws(draws):
    """Find the ends of the interval that holds the middle `LEVEL` of resampled figures (NaN left out)."""
    if np.isnan(draws).all():
        return np.nan, np.nan
    low, high = np.nanquantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def p_value(observed, chance):
    """Share of the figures under chance that are at least `observed`, which is counted in; NaN of NaN."""
    chance = np.asarray(chance)
    if np.isnan(observed):
        return np.nan
    return (1 + int((chance >= observed - 1e-12).sum())) / (1 + chance.size)


def spearman(x, y):
    """Spearman's rank correlation along the last axis; float64."""
    return _pearson(stats.rankdata(x, axis=-1), stats.rankdata(y, axis=-1))


def _pearson(x, y):
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (x * y).sum(-1) / np.sqrt(np.square(x).sum(-1) * np.square(y).sum(-1))


def partial_spearman(x, y, given):
    """Rank correlation of x and y with the ranks of `given` held fixed; float, NaN of fewer than five.

    Pearson's correlation of what is left of the ranks of x and of y after a straight line in the
    ranks of `given` is taken from each.
    """
    if len(x) < 5:
        return np.nan
    ranks = [stats.rankdata(values) for values in (x, y, given)]
    line = np.column_stack([np.ones(len(x)), ranks[2]])
    left = [values - line @ np.linalg.lstsq(line, values, rcond=None)[0] for values in ranks[:2]]
    if min(np.ptp(each) for each in left) < 1e-9:  # nothing varies
        return np.nan
    return float(_pearson(*left))


def spearman_draws(x, y, n, rng):
    """Spearman's correlation of pairs resampled, and of pairs torn apart; two (n,) float64 arrays."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    picked = rng.integers(0, x.size, (n, x.size))
    x_ranks = np.broadcast_to(stats.rankdata(x), (n, x.size))
    torn = rng.permuted(np.broadcast_to(stats.rankdata(y), (n, x.size)), axis=1)
    return spearman(x[picked], y[picked]), _pearson(x_ranks, torn)


NONE = "—"  # stands where there is no figure


def number(value, form=",.3f"):
    """Spell a figure in a format of floats without a sign; "—" for NaN and infinity, no minus before zero."""
    return f"{value:z{form}}" if np.isfinite(value) else NONE


def show(mean, low, high, digits=3):
    """Spell a figure and its interval, e.g. "0.120 [0.101, 0.139]"; "—" where there is none."""
    mean, low, high = (number(end, f",.{digits}f") for end in (mean, low, high))
    return mean if NONE in (mean, low, high) else f"{mean} [{low}, {high}]"
