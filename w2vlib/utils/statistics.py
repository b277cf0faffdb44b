"""Intervals over seeds, rank correlations, bootstrap and permutation p-values, and how figures are written.

SciPy gives Student's t and the ranks. The correlations are our own, because they run along the last
axis of stacked samples: `scipy.stats.spearmanr` takes one pair of samples at a time, and `bootstrap` and
`permutation_test` would call it once per resample.
"""

import numpy as np
import scipy  # its parts are loaded at their first use: scipy.stats takes longer than most commands

_AT_ONCE = 4_000_000  # numbers of resamples that are held at a time
CONFIDENCE = 0.95  # of every interval


def mean_interval(values, proportion=False, correlation=False):
    """Mean of a figure over seeds with its 95% interval by Student's t.

    Parameters
    ----------
    values : (n_seeds,) float
        NaN where a seed gave no figure; these are left out.
    proportion : bool
        The figure lies between 0 and 1: the interval is cut there.
    correlation : bool
        The figure lies between −1 and 1, as a cosine does: the interval is cut there.

    Returns
    -------
    (mean, low, high)
        Three floats. All are NaN without a figure; with one figure the interval is (-inf, inf).

    Examples
    --------
    >>> [round(end, 3) for end in mean_interval([0.2, 0.4, 0.3])]
    [0.3, 0.052, 0.548]
    >>> [round(float(end), 3) for end in mean_interval([0.1, 0.5], proportion=True)]
    [0.3, 0.0, 1.0]
    >>> [round(float(end), 3) for end in mean_interval([0.98, 0.9, 0.99], correlation=True)]
    [0.957, 0.834, 1.0]
    """
    values = np.asarray(values, float)
    values = values[~np.isnan(values)]
    if not values.size:
        return np.nan, np.nan, np.nan
    mean = float(values.mean())
    if values.size == 1:
        return mean, -np.inf, np.inf
    half_width = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, values.size - 1) * scipy.stats.sem(values))
    low, high = mean - half_width, mean + half_width
    if proportion or correlation:
        low, high = max(0.0 if proportion else -1.0, low), min(1.0, high)
    return mean, low, high


def percentile_interval(resampled):
    """Percentile bootstrap interval: the ends of the middle 95% of resampled figures.

    Parameters
    ----------
    resampled : (n,) float
        NaN is left out; if all are NaN, so are both ends.

    Returns
    -------
    (low, high)

    Examples
    --------
    >>> [round(end, 3) for end in percentile_interval(np.arange(201.0))]
    [5.0, 195.0]
    """
    if np.isnan(resampled).all():
        return np.nan, np.nan
    low, high = np.nanquantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def permutation_p_value(observed, permuted):
    """One-sided p-value: proportion of `permuted` that is at least `observed`, with `observed` counted in.

    Parameters
    ----------
    observed : float
        NaN gives NaN.
    permuted : (n,) float
        The statistic under permutations; NaN gives NaN. The smallest possible p-value is 1 / (n + 1).

    Examples
    --------
    >>> permutation_p_value(0.9, np.linspace(0, 1, 19))
    0.15
    """
    permuted = np.asarray(permuted)
    if np.isnan(observed) or np.isnan(permuted).any():
        return np.nan
    return (1 + int((permuted >= observed - 1e-12).sum())) / (1 + permuted.size)


def spearman(x, y):
    """Spearman's rank correlation along the last axis; float64, NaN where x or y is constant.

    Examples
    --------
    >>> spearman([[1, 2, 3, 4], [1, 2, 3, 4]], [[10, 20, 40, 30], [4, 3, 2, 1]]).round(6).tolist()
    [0.8, -1.0]
    """
    return _pearson(scipy.stats.rankdata(x, axis=-1), scipy.stats.rankdata(y, axis=-1))


def _pearson(x, y):
    """Pearson's correlation along the last axis."""
    x, y = x - x.mean(-1, keepdims=True), y - y.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (x * y).sum(-1) / np.sqrt(np.square(x).sum(-1) * np.square(y).sum(-1))


def partial_spearman(x, y, given):
    """Partial rank correlation of x and y given a third variable, along the last axis of x.

    Pearson's correlation of the residuals of the ranks of x and y after linear regression on the ranks
    of `given`. NaN with fewer than five values, or if a residual does not vary.

    Parameters
    ----------
    x : (..., n)
    y, given : (n,)

    Returns
    -------
    float, or (...) float64
        One correlation for each row of x.

    Examples
    --------
    >>> x, y, given = [1, 2, 4, 3, 5, 6], [2, 1, 3, 4, 6, 5], [1, 2, 3, 4, 5, 6]
    >>> round(float(spearman(x, y)), 3), round(partial_spearman(x, y, given), 3)
    (0.829, -0.042)
    >>> partial_spearman([x, given], y, given).round(3).tolist()
    [-0.042, nan]
    """
    x = np.asarray(x, float)
    if x.shape[-1] < 5:
        return np.nan if x.ndim == 1 else np.full(x.shape[:-1], np.nan)
    x_rest, y_rest = (
        _without(scipy.stats.rankdata(each, axis=-1), scipy.stats.rankdata(given)) for each in (x, y)
    )
    varies = np.minimum(np.ptp(x_rest, axis=-1), np.ptp(y_rest)) > 1e-9
    found = np.where(varies, _pearson(x_rest, y_rest), np.nan)
    return float(found) if x.ndim == 1 else found


def _without(ranks, given):
    """Residuals of the linear regression of ranks on given ranks, along the last axis."""
    centred, given = ranks - ranks.mean(-1, keepdims=True), given - given.mean()
    square = given @ given
    slope = centred @ given / square if square > 0 else np.zeros(ranks.shape[:-1])
    return centred - np.multiply.outer(slope, given)


def spearman_resamples(x, y, n, rng):
    """Spearman's correlation of bootstrap samples and of random pairings.

    Parameters
    ----------
    x, y : (n_pairs,) float
    n : int
        Number of resamples of each kind.
    rng : numpy.random.Generator

    Returns
    -------
    bootstrap, permuted : (n,) float64
        Of pairs drawn with replacement; of y in random order.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bootstrap, permuted = spearman_resamples(range(20), range(20), 100, rng)
    >>> bool(bootstrap.min() > 0.99), bool(abs(permuted.mean()) < 0.1)
    (True, True)
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    at_once = max(1, _AT_ONCE // max(1, x.size))
    sizes = [min(at_once, n - start) for start in range(0, n, at_once)]
    bootstrap, permuted, x_ranks, y_ranks = [], [], scipy.stats.rankdata(x), scipy.stats.rankdata(y)
    for size in sizes:
        rows = rng.integers(0, x.size, (size, x.size))
        bootstrap.append(spearman(x[rows], y[rows]))
    for size in sizes:
        shuffled = rng.permuted(np.broadcast_to(y_ranks, (size, x.size)), axis=1)
        permuted.append(_pearson(np.broadcast_to(x_ranks, (size, x.size)), shuffled))
    return np.concatenate([np.empty(0), *bootstrap]), np.concatenate([np.empty(0), *permuted])


MISSING = "—"  # is written where there is no figure


def name_of_largest(figures):
    """Name the largest of several correlations (dict of name → float, not empty); NaN counts as the least.

    Examples
    --------
    >>> name_of_largest({"one": float("nan"), "other": -0.2})
    'other'
    """
    return max(figures, key=lambda name: np.nan_to_num(figures[name], nan=-1))


def format_count(n, noun):
    """Write how many there are (str).

    Examples
    --------
    >>> format_count(1, "seed"), format_count(1200, "seed")
    ('1 seed', '1,200 seeds')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def format_number(value, form=",.3f"):
    """Write a figure (float) in a format; "—" for NaN and infinity, and no minus sign before zero.

    Examples
    --------
    >>> format_number(1234.5678), format_number(-0.0001), format_number(float("nan"))
    ('1,234.568', '0.000', '—')
    """
    return f"{value:z{form}}" if np.isfinite(value) else MISSING


def format_plus_minus(mean, low, high, digits=3):
    """Write a figure ± half the width of its interval, as `format_interval`.

    Examples
    --------
    >>> format_plus_minus(0.12, 0.101, 0.139), format_plus_minus(0.12, float("nan"), 0.139)
    ('0.120 ± 0.019', '0.120')
    """
    shown, half = (format_number(value, f",.{digits}f") for value in (mean, (high - low) / 2))
    return shown if MISSING in (shown, half) else f"{shown} ± {half}"


def format_interval(mean, low, high, digits=3):
    """Write a figure with its interval; without finite ends the figure alone, "—" without a figure.

    Examples
    --------
    >>> format_interval(0.12, 0.101, 0.139)
    '0.120 [0.101, 0.139]'
    """
    mean, low, high = (format_number(end, f",.{digits}f") for end in (mean, low, high))
    return mean if MISSING in (mean, low, high) else f"{mean} [{low}, {high}]"
