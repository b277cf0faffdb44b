"""What is drawn by frequency: subsampled words, and negatives from the noise distribution."""

import decimal
import math

import numpy as np

from ..utils.errors import W2VError


def rejection_probabilities(counts, total, threshold):
    """Probability of leaving a word out: max(0, 1 − sqrt(threshold · total / count)).

    Subsampling of frequent words, Eq. (5) of Mikolov et al. (2013b).

    Parameters
    ----------
    counts : (n_vocab,) int
    total : int
        Tokens of the text.
    threshold : float
        The relative frequency above which words are subsampled.

    Returns
    -------
    (n_vocab,) float64

    Examples
    --------
    >>> rejection_probabilities([10, 40], total=50, threshold=0.2).tolist()
    [0.0, 0.5]
    """
    return np.maximum(0.0, 1.0 - np.sqrt(threshold * total / np.asarray(counts)))


def keep_probabilities(counts, threshold):
    """Probability of keeping each word, as word2vec's tools subsample: min(1, sqrt(t/f) + t/f).

    f is the relative frequency of the word and t the threshold; 0 keeps every word. The tools keep a
    little more than Eq. (5) of Mikolov et al. (2013b) says.

    Parameters
    ----------
    counts : (n_vocab,) int
    threshold : float

    Returns
    -------
    (n_vocab,) float64

    Examples
    --------
    >>> keep_probabilities([10, 990], threshold=0.01).round(3).tolist()
    [1.0, 0.111]
    """
    counts = np.asarray(counts, np.float64)
    if threshold == 0:
        return np.ones(counts.shape)
    ratio = threshold * counts.sum() / counts
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def noise_distribution(counts, exponent=0.75):
    """Probability of each word as a negative sample: count**exponent, normalised; (n_vocab,) float64.

    Examples
    --------
    >>> noise_distribution([16, 1, 1]).tolist()
    [0.8, 0.1, 0.1]
    """
    weights = np.asarray(counts, np.float64) ** exponent
    return weights / weights.sum()


def exact_noise_distribution(counts, exponent=0.75):
    """Noise distribution with the same bits on every processor; (n_vocab,) float64.

    NumPy's powers differ in their last bits between processors. Here powers are computed with 25 decimal
    digits in whole numbers, once for each count that occurs, and the sum is rounded once.

    Examples
    --------
    >>> exact_noise_distribution([16, 1, 1]).tolist()
    [0.8, 0.1, 0.1]
    """
    context, power = decimal.Context(prec=25), decimal.Decimal(float(exponent))
    different, places = np.unique(np.asarray(counts, np.int64), return_inverse=True)
    powers = [float(context.power(decimal.Decimal(count), power)) for count in different.tolist()]
    weights = np.array(powers)[places]
    return weights / math.fsum(weights)


def noise_table(counts, table_size, exponent=0.75):
    """Table of `table_size` ids from which a uniform draw approximates the noise distribution.

    Entry i is the smallest id j with i ≤ table_size · (p_0 + … + p_j). A word whose probability is below
    1/table_size may get no entry at all.

    Returns
    -------
    (table_size,) int32

    Examples
    --------
    >>> noise_table([16, 1, 1], table_size=10).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    reach = np.cumsum(exact_noise_distribution(counts, exponent)) * table_size
    return np.minimum(np.searchsorted(reach, np.arange(table_size)), len(reach) - 1).astype(np.int32)


def alias_table(probabilities):
    """Tables of the alias method (Walker 1977): draws from a distribution in constant time.

    Draw an entry i uniformly; keep i with probability ``prob[i]``, else take ``alias[i]``.

    Parameters
    ----------
    probabilities : (n,) float
        Need not add up to one.

    Raises
    ------
    W2VError
        If one is negative or not finite.

    Returns
    -------
    prob : (n,) float64
    alias : (n,) int32

    Examples
    --------
    >>> prob, alias = alias_table([0.5, 0.25, 0.25])
    >>> prob.tolist(), alias.tolist()
    ([1.0, 0.75, 0.75], [0, 0, 0])
    """
    probabilities = np.asarray(probabilities, np.float64)
    if not (np.isfinite(probabilities) & (probabilities >= 0)).all():
        raise W2VError("A probability is negative or not finite: give counts or proportions.")
    n = len(probabilities)
    prob, alias = np.ones(n), np.arange(n, dtype=np.int32)
    load = (probabilities / max(math.fsum(probabilities), 1e-300) * n).tolist()
    small = [i for i in range(n) if load[i] < 1]
    large = [i for i in range(n) if load[i] >= 1]
    while small and large:
        i, j = small.pop(), large[-1]
        prob[i], alias[i] = load[i], j
        load[j] -= 1 - load[i]
        if load[j] < 1:
            small.append(large.pop())
    return prob, alias
