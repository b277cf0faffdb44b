"""What is drawn by frequency: subsampled words, and negatives from the noise distribution."""

import numpy as np


def rejection_probabilities(counts, total, threshold):
    """Probability of leaving a word out: max(0, 1 − sqrt(threshold · total / count)).

    Subsampling of frequent words, Eq. (5) of Mikolov et al. (2013b).

    Parameters
    ----------
    counts : (n_vocab,) int
    total : int
        Tokens of the text.
    threshold : float
        The relative frequency above which words are thinned out.

    Returns
    -------
    (n_vocab,) float64
    """
    return np.maximum(0.0, 1.0 - np.sqrt(threshold * total / np.asarray(counts)))


def keep_probabilities(counts, threshold):
    """Probability of keeping each word, as word2vec's tools subsample: min(1, sqrt(t/f) + t/f).

    f is the word's share of the text and t the threshold; 0 keeps every word. The tools keep a
    little more than Eq. (5) of Mikolov et al. (2013b) says.

    Parameters
    ----------
    counts : (n_vocab,) int
    threshold : float

    Returns
    -------
    (n_vocab,) float64
    """
    counts = np.asarray(counts, np.float64)
    if threshold == 0:
        return np.ones(counts.shape)
    ratio = threshold * counts.sum() / counts
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def noise_distribution(counts, exponent=0.75):
    """Probability of each word as a negative sample: count**exponent, normalised; (n_vocab,) float64."""
    weights = np.asarray(counts, np.float64) ** exponent
    return weights / weights.sum()


def noise_table(counts, table_size, exponent=0.75):
    """Table of `table_size` ids from which a uniform draw approximates the noise distribution.

    Slot i holds the smallest id j with i ≤ table_size · (p_0 + … + p_j). A word whose share is below
    1/table_size may get no slot at all.

    Returns
    -------
    (table_size,) int32
    """
    reach = np.cumsum(noise_distribution(counts, exponent)) * table_size
    return np.minimum(np.searchsorted(reach, np.arange(table_size)), len(reach) - 1).astype(np.int32)


def alias_table(probabilities):
    """Tables of the alias method (Walker 1977): draws from a distribution in constant time.

    Draw a place i uniformly; keep i with probability ``prob[i]``, else take ``alias[i]``.

    Parameters
    ----------
    probabilities : (n,) float
        Need not add up to one.

    Returns
    -------
    prob : (n,) float64
    alias : (n,) int32
    """
    n = len(probabilities)
    prob, alias = np.ones(n), np.arange(n, dtype=np.int32)
    load = (np.asarray(probabilities, np.float64) / max(np.sum(probabilities), 1e-300) * n).tolist()
    small = [i for i in range(n) if load[i] < 1]
    large = [i for i in range(n) if load[i] >= 1]
    while small and large:
        i, j = small.pop(), large[-1]
        prob[i], alias[i] = load[i], j
        load[j] -= 1 - load[i]
        if load[j] < 1:
            small.append(large.pop())
    return prob, alias
