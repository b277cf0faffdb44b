"""Vectors of a few words at several iterations → the plane of their principal components."""

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA


@dataclass(frozen=True)
class WordMaps:
    """Coordinates of words in one plane, at several iterations.

    Attributes
    ----------
    words : list of str
    coordinates : dict
        Iteration → (n_words, 2) float.
    shown : dict
        Iteration → proportion of the variance at that iteration that the plane shows.
    axes : (2,) float
        Proportion of the variance at the last iteration along each axis.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(4), Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> maps = word_maps({10: e}, ["a", "b", "c", "d"])
    >>> maps.words, maps.coordinates[10].shape, round(maps.shown[10], 2)
    (['a', 'b', 'c', 'd'], (4, 2), 0.67)
    """

    words: list
    coordinates: dict
    shown: dict
    axes: np.ndarray


def word_maps(embeddings, words):
    """Project words on the first two principal components of their vectors at the last iteration.

    Parameters
    ----------
    embeddings : dict
        Iteration → Embeddings; at least one.
    words : list of str

    Returns
    -------
    WordMaps
        Without coordinates if there are fewer than three words, which span no plane.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("a", "b", "c"), np.array([3, 2, 1])))
    >>> word_maps({10: e}, ["a", "b", "c"]).axes.round(2).tolist()
    [0.5, 0.5]
    """
    if len(words) < 3:
        return WordMaps(words, {}, {}, np.zeros(2))
    vectors = {i: np.array([e[word] for word in words]) for i, e in sorted(embeddings.items())}
    n_components = min(2, *next(iter(vectors.values())).shape)
    pca = PCA(n_components, svd_solver="full").fit(vectors[max(vectors)])
    coordinates, shown = {}, {}
    for iteration, rows in vectors.items():
        plane = np.zeros((len(words), 2))
        plane[:, :n_components] = pca.transform(rows)
        coordinates[iteration] = plane
        shown[iteration] = float(plane.var(axis=0).sum() / (rows.var(axis=0).sum() or np.nan))
    axes = np.zeros(2)
    axes[:n_components] = pca.explained_variance_ratio_
    return WordMaps(words, coordinates, shown, axes)
