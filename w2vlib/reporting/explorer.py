"""Word vectors → the data of the explorer in an HTML page: quantised vectors, maps, and exact answers.

The page computes neighbours and analogies by itself (``page/vectors.js``), from vectors of whole numbers.
`Quantised` computes the same answers, bit for bit.
"""

import base64
import json
import os
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import orthogonal_procrustes

from ..models.embeddings import Embeddings
from ..text.vocabulary import Vocabulary
from ..utils.characters import visible
from ..utils.errors import W2VError, shown
from ..utils.files import READ_WHOLE, atomic_write, check_is_file, explained_read_errors
from ..utils.validation import Whole, check

STORE = "W2VLIB_EXPLORER"  # variable of the environment: where `store` writes
WORDS = 10_000
NEAREST = 10
_FORMAT = "w2vlib explorer 1"
_QUERIES = 200  # words whose neighbours are compared with those of the vectors before quantisation
_BUDGET = 6_000_000  # bytes of all vectors; longer ones get 8 bits per number
_ALLOWED = 100_000_000  # bytes of all vectors with 8 bits, which a browser can still take
_HALF = 32767  # largest coordinate of a map


@dataclass(frozen=True, eq=False)
class Quantised:
    """Vectors of whole numbers, proportional to the original ones up to rounding.

    Each vector is multiplied by a number of its own that makes its largest component
    ``2 ** (bits - 1) - 1``; directions are kept, lengths are not.

    Attributes
    ----------
    rows : (n_words, dim) int8 or int16
    bits : int

    Examples
    --------
    >>> q = Quantised.of(np.array([[0.5, -1.0], [3.0, 4.0], [0.0, 0.0]]), 8)
    >>> q.rows.tolist()
    [[64, -127], [95, 127], [0, 0]]
    """

    rows: np.ndarray
    bits: int

    @classmethod
    def of(cls, vectors, bits):
        """Quantise vectors, (n_words, dim) float, to 8 or 16 bits per component."""
        check("bits", bits, Whole(1))
        if bits not in (8, 16):
            raise W2VError(f"bits={bits} is not allowed: give 8 or 16.")
        top = 2 ** (bits - 1) - 1
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        scaled = np.asarray(vectors, float) / np.where(largest > 0, largest, 1)
        return cls(np.rint(scaled * top).astype(np.int8 if bits == 8 else np.int16), bits)

    @cached_property
    def _exact(self):
        """The rows as (n_words, dim) float64: products of whole numbers below 2 ** 53 have no rounding."""
        return self.rows.astype(np.float64)

    @cached_property
    def _lengths(self):
        lengths = np.sqrt(np.square(self._exact).sum(axis=1))
        return np.where(lengths > 0, lengths, 1)

    def cosines(self, word):
        """Cosines of the vector with number `word` and all vectors; (n_words,) float64.

        Examples
        --------
        >>> Quantised.of(np.array([[1.0, 0.0], [0.0, 1.0]]), 8).cosines(0).tolist()
        [1.0, 0.0]
        """
        return (self._exact @ self._exact[word]) / (self._lengths * self._lengths[word])

    def neighbours(self, word, n=NEAREST):
        """Find the `n` nearest words by cosine: list of (number of the word, cosine).

        Examples
        --------
        >>> q = Quantised.of(np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), 8)
        >>> [word for word, _ in q.neighbours(2)]
        [1, 0]
        """
        return self._best(self.cosines(word), [word], n)

    def analogy(self, a, b, c, method="3CosAdd", n=NEAREST):
        """Find the words near b − a + c, as `Embeddings.analogy`: list of (number of the word, score).

        Examples
        --------
        >>> q = Quantised.of(np.array([[1.0, 0], [-1, 0], [1, 1], [-1, 1], [0, -1]]), 8)
        >>> q.analogy(0, 2, 1, n=1)[0][0], q.analogy(0, 2, 1, "3CosMul", n=1)[0][0]
        (3, 3)
        """
        to_a, to_b, to_c = (self.cosines(word) for word in (a, b, c))
        if method == "3CosMul":
            scores = ((to_b + 1) / 2 * ((to_c + 1) / 2)) / ((to_a + 1) / 2 + 0.001)
        elif method == "3CosAdd":
            square = 3 + 2 * (to_c[b] - to_b[a] - to_c[a])
            scores = (to_b - to_a + to_c) / (np.sqrt(square) if square > 0 else 1.0)
        else:
            raise W2VError(f"method={shown(method)} is not allowed: give '3CosAdd' or '3CosMul'.")
        return self._best(scores, [a, b, c], n)

    @staticmethod
    def _best(scores, without, n):
        order = np.argsort(-scores, kind="stable")[: n + len(without)]
        return [(int(i), float(scores[i])) for i in order if i not in without][:n]


def explorer_data(models, checkpoints=None, n_words=WORDS):
    """Make what the explorer shows.

    Parameters
    ----------
    models : dict of str → Embeddings
        One or two; of two the second is aligned to the first by an orthogonal Procrustes rotation.
    checkpoints : dict of int → Embeddings, optional
        Iteration → vectors of the first model during training.
    n_words : int
        Of the words that all models have, that many, the most frequent.

    Returns
    -------
    dict
        Of what JSON has; arrays are base64 of little-endian whole numbers. Per model: its quantised vectors,
        and its map, or one map per checkpoint. All maps show one plane, the first two principal components
        of the first model's vectors at the end. ``agreement``: the proportion of 200 words, evenly spaced
        by frequency, whose ten nearest neighbours are the same before quantisation.

    Raises
    ------
    W2VError
        If there is not one word, or more numbers than a browser can take.

    Examples
    --------
    >>> e = Embeddings(np.eye(3), Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> data = explorer_data({"model": e})
    >>> data["words"], data["models"][0]["bits"], data["models"][0]["agreement"]
    (['cat', 'dog', 'sat'], 16, 1.0)
    """
    check("n_words", n_words, Whole(1))
    if not isinstance(models, dict) or not 1 <= len(models) <= 2:
        raise W2VError("One or two models are shown: give a dict such as {'my vectors': embeddings}.")
    for each in models.values():
        if not isinstance(each, Embeddings):
            raise W2VError(f"The models are Embeddings, and {type(each).__name__} came.")
    models = {visible(str(name)): each for name, each in models.items()}
    words = _shared_words(models, n_words)
    if not words:
        raise W2VError("The models have no word in common: give vectors of the same words.")
    rows = {name: e.vectors[[e.vocab.ids[word] for word in words]] for name, e in models.items()}
    numbers = sum(each.size for each in rows.values())
    if numbers > _ALLOWED:
        raise W2VError(
            f"{len(words):,} words have {numbers:,} numbers, too many for a page: give at most "
            f"{_ALLOWED * len(words) // numbers:,} words."
        )
    bits = 16 if 2 * numbers <= _BUDGET else 8
    planes = _planes(rows, words, checkpoints or {})
    return {
        "format": _FORMAT,
        "words": words,
        "iterations": sorted(checkpoints or {}),
        "models": [_model(name, rows[name], bits, planes[name]) for name in models],
    }


def _shared_words(models, n_words):
    """Words that all models have, the most frequent in the first model first."""
    first, *others = models.values()
    order = np.argsort(-np.asarray(first.vocab.counts), kind="stable")
    words = (first.vocab.words[i] for i in order)
    return [word for word in words if all(word in e for e in others)][:n_words]


def _planes(rows, words, checkpoints):
    """Coordinates in the common plane: name → list of (n_words, 2) float, one per checkpoint, or one."""
    names = list(rows)
    first = np.asarray(rows[names[0]], float)
    mean = first.mean(axis=0)
    _, sizes, axes = np.linalg.svd(_sample(first - mean), full_matrices=False)
    axes = axes[:2] * np.where(np.abs(axes[:2]).max(axis=1) == axes[:2].max(axis=1), 1, -1)[:, None]

    def plane(centred):
        points = np.zeros((len(words), 2))
        points[:, : len(axes)] = centred @ axes.T
        return points

    planes = {names[0]: [plane(first - mean)]}
    if checkpoints:
        moments = [e.vectors[[e.vocab.ids[w] for w in words]] for _, e in sorted(checkpoints.items())]
        planes[names[0]] = [plane(vectors - mean) for vectors in moments]
    for name in names[1:]:
        planes[name] = [plane(_aligned(np.asarray(rows[name], float), first - mean))]
    return planes


def _sample(rows):
    """At most 20,000 rows, evenly spaced: enough for the principal components."""
    return rows[:: max(1, len(rows) // 20_000)]


def _aligned(vectors, target):
    """Rotate centred vectors, of any dimension, so that they are nearest to `target` (n_words, dim)."""
    centred = vectors - vectors.mean(axis=0)
    dim = max(centred.shape[1], target.shape[1])
    padded = [np.pad(each, ((0, 0), (0, dim - each.shape[1]))) for each in (centred, target)]
    rotation, _ = orthogonal_procrustes(*padded)
    return (padded[0] @ rotation)[:, : target.shape[1]]


def _model(name, vectors, bits, planes):
    """Quantise one model, and put its data together."""
    quantised = Quantised.of(vectors, bits)
    largest = max(float(np.abs(points).max(initial=0)) for points in planes) or 1.0
    maps = [np.rint(points / largest * _HALF).astype("<i2") for points in planes]
    return {
        "name": name,
        "dim": vectors.shape[1],
        "bits": bits,
        "agreement": _agreement(vectors, quantised),
        "vectors": _base64(quantised.rows),
        "maps": [_base64(points) for points in maps],
    }


def _agreement(vectors, quantised):
    """Proportion of words whose nearest neighbours, in order, quantisation does not change."""
    vocab = Vocabulary(tuple(map(str, range(len(vectors)))), np.arange(len(vectors), 0, -1))
    original = Embeddings(np.asarray(vectors, float), vocab)
    queries = np.unique(np.linspace(0, len(vectors) - 1, _QUERIES).astype(int)).tolist()
    same = [
        [int(word) for word, _ in original.most_similar(str(query), NEAREST)]
        == [word for word, _ in quantised.neighbours(query)]
        for query in queries
    ]
    return float(np.mean(same))


def _base64(array):
    return base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode()


def read_data(path):
    """Read what `store` wrote.

    Raises
    ------
    W2VError
        If the file is missing, damaged or of another kind.

    Examples
    --------
    >>> read_data("missing.json")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file missing.json: check the path.
    """
    check_is_file(path, READ_WHOLE)
    with explained_read_errors(path, "data of the explorer"), open(path, encoding="utf-8") as handle:
        data = json.load(handle)
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError("its format is another")
        return data


def quantised_of(model):
    """`Quantised` of one model of `explorer_data`.

    Examples
    --------
    >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
    >>> quantised_of(explorer_data({"model": e})["models"][0]).rows.tolist()
    [[32767, 0], [0, 32767]]
    """
    kind = np.dtype("int8" if model["bits"] == 8 else "<i2")
    rows = np.frombuffer(base64.b64decode(model["vectors"]), kind)
    return Quantised(rows.reshape(-1, model["dim"]), model["bits"])


def store(models, checkpoints=None):
    """Write the data of the explorer for the HTML report.

    Nothing is written outside a run of the report, which names the file in the environment, or where the
    models have no word in common. Parameters are those of `explorer_data`.

    Examples
    --------
    >>> e = Embeddings(np.eye(3), Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> store({"model": e})
    """
    path = os.environ.get(STORE)
    if path and _shared_words(models, 1):
        with atomic_write(path, "w") as handle:
            json.dump(explorer_data(models, checkpoints), handle, ensure_ascii=False)
