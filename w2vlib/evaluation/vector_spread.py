"""Embeddings → whether the vectors of all words point in different directions."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ..utils.errors import W2VError
from ..utils.statistics import spearman


@dataclass(frozen=True)
class Spread:
    """Whether the vectors point in different directions.

    Attributes
    ----------
    mean_cosine : float
        Mean cosine of random pairs of different words.
    low, high : float
        Quantiles 0.05 and 0.95 of those cosines.
    first_component : float
        Proportion of the squared length of all vectors along their first component (not centred).
    first_component_frequency : float
        Spearman's correlation of the coordinates along it with the counts of the words. The sign of
        the component is chosen so that most coordinates are positive.
    length_frequency : float
        Spearman's correlation of the vectors' lengths with the counts.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[3.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    >>> result = spread(Embeddings(vectors, Vocabulary(tuple("abc"), np.array([9, 5, 1]))))
    >>> result.low, result.high, round(result.first_component, 3), round(result.length_frequency, 3)
    (0.0, 1.0, 0.929, 1.0)
    """

    mean_cosine: float
    low: float
    high: float
    first_component: float
    first_component_frequency: float
    length_frequency: float


def spread(embeddings, pairs=10_000, seed=0):
    """Measure whether the vectors point in different directions; a `Spread`.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : int
        Random pairs for the cosines.
    seed : int

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[3.0, 0.0], [2.0, 0.0], [1.0, 0.0]])
    >>> result = spread(Embeddings(vectors, Vocabulary(tuple("abc"), np.array([9, 5, 1]))))
    >>> result.mean_cosine, result.first_component, result.length_frequency
    (1.0, 1.0, 1.0)
    """
    if len(embeddings.vocab) < 2:
        raise W2VError("A vocabulary of one word has no pairs: give more words.")
    cosines = random_cosines(embeddings, pairs, seed)
    vectors = np.asarray(embeddings.vectors, float)
    with threadpool_limits(1, "blas"):  # the last bit of a product depends on the number of threads
        values, directions = np.linalg.eigh(vectors.T @ vectors)  # (dim,), (dim, dim)
        along = vectors @ directions[:, -1]
    along = along * np.sign(np.median(along) or 1)
    counts = embeddings.vocab.counts
    low, high = np.quantile(cosines, [0.05, 0.95])
    return Spread(
        float(cosines.mean()),
        float(low),
        float(high),
        float(values[-1] / values.sum()) if values.sum() > 0 else np.nan,
        float(spearman(along, counts)),
        float(spearman(np.linalg.norm(vectors, axis=1), counts)),
    )


def random_cosines(embeddings, pairs=10_000, seed=0):
    """Cosines of `pairs` random pairs of different words; (pairs,) float.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3)[[0, 0, 1]], Vocabulary(tuple("abc"), np.array([3, 2, 1])))
    >>> cosines = random_cosines(e, pairs=100)
    >>> cosines.shape, np.unique(cosines).tolist()
    ((100,), [0.0, 1.0])
    """
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(embeddings), pairs)
    second = (first + rng.integers(1, len(embeddings), pairs)) % len(embeddings)
    unit = embeddings.unit_vectors
    return np.einsum("ij,ij->i", unit[first], unit[second])
