"""Embeddings of several seeds or iterations → proportion of nearest neighbours that they share."""

from itertools import combinations

import numpy as np
import pandas as pd

from ..utils.errors import W2VError
from ..utils.statistics import format_interval
from ..utils.validation import Whole, check

BANDS = (100, 1_000, 10_000)  # last frequency rank of each band
_AT_ONCE = 256  # words


def neighbour_ids(embeddings, ids, n=10):
    """Ids of the `n` nearest words of each of some words by cosine, unordered.

    Parameters
    ----------
    embeddings : Embeddings
    ids : (n_words,) int
    n : int
        If the vocabulary is smaller, all other words.

    Returns
    -------
    (n_words, n) int

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abc"), np.array([3, 2, 1])))
    >>> neighbour_ids(e, [0, 2], n=1).tolist()
    [[1], [1]]
    """
    unit = embeddings.unit_vectors
    n = min(check("n", n, Whole(1)), len(unit) - 1)
    nearest = [np.zeros((0, n), np.int64)]
    for start in range(0, len(ids), _AT_ONCE):
        part = np.asarray(ids[start : start + _AT_ONCE])
        cosines = unit[part] @ unit.T
        cosines[np.arange(len(part)), part] = -np.inf
        nearest.append(np.argpartition(-cosines, max(n - 1, 0), axis=1)[:, :n])
    return np.concatenate(nearest)


def overlap(first, second):
    """Proportion of shared neighbours, for each row of two arrays of ids; (n_rows,) float64.

    Raises
    ------
    W2VError
        If they do not have the same number of rows.

    Examples
    --------
    >>> overlap(np.array([[1, 2], [3, 4]]), np.array([[2, 5], [4, 3]])).tolist()
    [0.5, 1.0]
    """
    if len(first) != len(second):
        raise W2VError(
            f"Neighbours of {len(first)} and of {len(second)} words: give those of the same words."
        )
    return (first[:, :, None] == second[:, None, :]).any(2).mean(1)


def overlap_of_lists(first, second):
    """Proportion of shared neighbours of two lists of words; float, 0 for an empty list.

    Examples
    --------
    >>> overlap_of_lists(["king", "man"], ["man", "queen"])
    0.5
    """
    return len(set(first) & set(second)) / max(1, len(first))


def words_by_frequency(vocab, per_band=200, seed=0):
    """Draw random words of each band of frequency; dict of band name → (at most `per_band`,) int ids.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(tuple(f"w{i}" for i in range(150)), np.arange(150, 0, -1))
    >>> bands = words_by_frequency(vocab, per_band=20)
    >>> {band: (len(ids), bool((ids < 100).all())) for band, ids in bands.items()}
    {'1 to 100': (20, True), '101 to 150': (20, False)}
    """
    order = np.argsort(-vocab.counts, kind="stable")
    ends = [0, *(end for end in BANDS if end < len(order)), len(order)]
    rng = np.random.default_rng(seed)
    bands = {}
    for low, high in zip(ends[:-1], ends[1:], strict=True):
        members = order[low:high]
        bands[f"{low + 1:,} to {high:,}"] = rng.permutation(members)[:per_band]
    return bands


def mean_overlap(several, n=10, per_band=100, seed=0):
    """Mean proportion of the `n` nearest neighbours that two seeds share; float, NaN for a single seed.

    `several` has Embeddings of one vocabulary. Over words of all frequency bands and all pairs of seeds;
    `overlap_table` gives it for each band.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1]))
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> a, b = Embeddings(vectors, vocab), Embeddings(vectors[[0, 2, 1, 3]], vocab)
    >>> mean_overlap([a, a], n=1), mean_overlap([a, b], n=1)
    (1.0, 0.0)
    """
    ids = np.concatenate(list(words_by_frequency(several[0].vocab, per_band, seed).values()))
    overlaps = _pairwise_overlaps(several, ids, n)
    return float(np.mean(overlaps)) if overlaps else np.nan


def _pairwise_overlaps(several, ids, n):
    """Mean overlap of the neighbours of some words, for every pair of embeddings; list of float."""
    if any(e.vocab.words != several[0].vocab.words for e in several):
        raise W2VError("The trainings have different vocabularies: give those of one text.")
    lists = [neighbour_ids(e, ids, n) for e in several]
    return [overlap(a, b).mean() for a, b in combinations(lists, 2)]


def overlap_table(several, n=10, per_band=200, seed=0):
    """Proportion of the `n` nearest neighbours that trainings share, by frequency of the word.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, one per training.
    n, per_band, seed : int
        Neighbours compared; words drawn from each band of frequency; seed of the draw.

    Returns
    -------
    DataFrame
        One row per band: ranks, number of words, mean proportion shared over all pairs of trainings with
        the smallest and largest pair, and the expected proportion for two random lists.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1]))
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> a, b = Embeddings(vectors, vocab), Embeddings(vectors[[0, 2, 1, 3]], vocab)
    >>> print(overlap_table([a, a, b], n=1).round(2).to_string(index=False))
    frequency rank  words neighbours shared [smallest, largest]  random lists
            1 to 4      4                  0.333 [0.000, 1.000]          0.33
    """
    vocab = several[0].vocab
    if len(vocab) < 2:
        raise W2VError("A vocabulary of one word has no neighbours: give more words.")
    rows = []
    for band, ids in words_by_frequency(vocab, per_band, seed).items():
        overlaps = _pairwise_overlaps(several, ids, n)
        rows.append(
            (
                band,
                len(ids),
                format_interval(np.mean(overlaps), min(overlaps), max(overlaps)) if overlaps else "—",
                min(1.0, n / (len(vocab) - 1)),
            )
        )
    return pd.DataFrame(
        rows, columns=["frequency rank", "words", "neighbours shared [smallest, largest]", "random lists"]
    )
