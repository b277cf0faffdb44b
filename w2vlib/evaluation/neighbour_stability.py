"""Embeddings of several seeds or iterations → their shared neighbours."""

from itertools import combinations

import numpy as np
import pandas as pd

from ..utils.statistics import format_interval

BANDS = (100, 1_000, 10_000)  # ends of the bands of frequency, in ranks
_AT_ONCE = 256  # words


def neighbour_ids(embeddings, ids, n=10):
    """Nearest words of some words by cosine (all, if there are fewer); (len(ids), n) int, unordered."""
    unit = embeddings.unit_vectors
    n = min(n, len(unit) - 1)
    found = []
    for start in range(0, len(ids), _AT_ONCE):
        part = np.asarray(ids[start : start + _AT_ONCE])
        cosines = unit[part] @ unit.T
        cosines[np.arange(len(part)), part] = -np.inf
        found.append(np.argpartition(-cosines, max(n - 1, 0), axis=1)[:, :n])
    return np.concatenate(found)


def overlap(first, second):
    """Share of neighbours in common, for each row of two arrays of ids; (rows,) float64."""
    return (first[:, :, None] == second[:, None, :]).any(2).mean(1)


def shared(first, second):
    """Share of neighbours in common of two lists of words; float."""
    return len(set(first) & set(second)) / max(1, len(first))


def words_by_frequency(vocab, per_band=200, seed=0):
    """Random words of each band of frequency: name of the band → ids."""
    order = np.argsort(-vocab.counts, kind="stable")
    ends = [0, *(end for end in BANDS if end < len(order)), len(order)]
    rng = np.random.default_rng(seed)
    bands = {}
    for low, high in zip(ends[:-1], ends[1:], strict=True):
        members = order[low:high]
        bands[f"{low + 1:,} to {high:,}"] = rng.permutation(members)[:per_band]
    return bands


def mean_overlap(several, n=10, per_band=100, seed=0):
    """Share of the `n` nearest neighbours in common, over words of all frequencies and pairs of seeds.

    As `overlap_table`, in one figure (float); NaN of a single seed.
    """
    ids = np.concatenate(list(words_by_frequency(several[0].vocab, per_band, seed).values()))
    shares = _shares(several, ids, n)
    return float(np.mean(shares)) if shares else np.nan


def _shares(several, ids, n):
    """Mean overlap of the neighbours of some words, for every pair of embeddings; list of float."""
    lists = [neighbour_ids(e, ids, n) for e in several]
    return [overlap(a, b).mean() for a, b in combinations(lists, 2)]


def overlap_table(several, n=10, per_band=200, seed=0):
    """How far the `n` nearest neighbours agree between trainings, by frequency of the word.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, a training each.
    n, per_band, seed : int
        Neighbours compared; words drawn from each band of frequency.

    Returns
    -------
    DataFrame
        Band of ranks, words, mean share in common over all pairs of trainings, the least and the
        greatest of the pairs, and what two random lists would share.
    """
    vocab = several[0].vocab
    rows = []
    for band, ids in words_by_frequency(vocab, per_band, seed).items():
        shares = _shares(several, ids, n)
        rows.append(
            (
                band,
                len(ids),
                format_interval(np.mean(shares), min(shares), max(shares)) if shares else "—",
                min(1.0, n / (len(vocab) - 1)),
            )
        )
    return pd.DataFrame(
        rows, columns=["rank of frequency", "words", "neighbours shared [smallest, largest]", "random lists"]
    )
