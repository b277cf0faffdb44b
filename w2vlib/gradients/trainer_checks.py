"""Checks of the gradients that `SkipGram` follows: its kernels, compiled in float64, against `losses`."""

from dataclasses import dataclass

import numpy as np

from ..models import cbow_kernels, skipgram_kernels, subword_kernels
from ..models.matrices import aligned, padded, scratch
from ..models.text_parts import as_limits
from ..text.sampling import alias_table
from . import losses
from .equation_checks import CheckResult
from .numerical_diff import relative_error

DIMS = (10, 100, 300)  # rows of 16, 112 and 304 numbers
_RATE = 1e-8  # so small that what one update changes does not matter for the next
_SHARED, _GROUPS, _KEY = 8, 2, 1
_NO_WORDS, _NO_STARTS = np.zeros(0, int), np.zeros((0, 0), np.int64)


@dataclass
class Bucket:
    """What a kernel is run on: centre words with weights, pairs, and the noise distribution.

    Examples
    --------
    >>> bucket = random_bucket(np.random.default_rng(0), n_rows=7, n_words=7, negatives=False)
    >>> bucket.centre_words.size, bucket.centres.size == bucket.outside.size
    (0, True)
    """

    centre_words: np.ndarray  # (n,) int32, rows of V that meet negatives
    weights: np.ndarray  # (n,) float64
    centres: np.ndarray  # (n_pairs,) int32, rows of V
    outside: np.ndarray  # (n_pairs,) int32, rows of U
    noise: tuple  # as for `skipgram_kernels.draw_negative`
    negative_weight: float
    sizes: np.ndarray  # (3,) int64, as `update_sizes` gives them

    def run(self, V, U):
        """Train on the bucket with the kernel of `SkipGram`; change V and U in place, return the loss."""
        arrays = (self.centre_words, self.weights, self.centres, self.outside)
        parts = _NO_STARTS, _NO_STARTS, *(array[None] for array in arrays)  # one part of a text
        ranges = np.array([[0, self.centre_words.size, 0, self.centres.size]])
        updates = np.array([self.negative_weight]), np.full((1, 2), _RATE), self.sizes[None]
        width, losses_, keys = V.shape[1], np.zeros(1), np.array([_KEY], np.uint64)
        steps = skipgram_kernels.bucket_steps(width, _SHARED, np.float64)
        work = scratch(_SHARED, width, np.float64)
        steps((V[None], U), parts, ranges, self.noise, updates, keys, work, losses_)
        return float(losses_[0])

    def negatives(self):
        """Draw the negatives that each centre word meets; (n, groups · shared) int."""
        n, key, drawn = self.centre_words.size, _KEY, []
        for first in range(0, n, int(self.sizes[0])):
            keys = range(key + 1, key + 1 + _GROUPS * _SHARED)
            block = [skipgram_kernels.draw_negative(np.uint64(k), self.noise) for k in keys]
            key += _GROUPS * _SHARED
            drawn += [block] * min(int(self.sizes[0]), n - first)
        return np.array(drawn, int).reshape(n, _GROUPS * _SHARED)


def random_bucket(rng, n_rows, n_words, pairs=True, negatives=True):
    """Make a `Bucket` for `n_rows` rows of V and `n_words` rows of U, with pairs, with negatives, or both.

    Examples
    --------
    >>> random_bucket(np.random.default_rng(0), n_rows=7, n_words=5, pairs=False).outside.size
    0
    """
    n, n_pairs = int(rng.integers(1, 8)) * negatives, int(rng.integers(3, 20)) * pairs
    prob, alias = alias_table(rng.uniform(0.2, 1, n_words))
    return Bucket(
        centre_words=rng.integers(0, n_rows, n).astype(np.int32),
        weights=rng.integers(1, 9, n).astype(float),
        centres=rng.integers(0, n_rows, n_pairs).astype(np.int32),
        outside=rng.integers(0, n_words, n_pairs).astype(np.int32),
        noise=(as_limits(prob), alias, 0),
        negative_weight=0.3,
        sizes=np.array([int(rng.integers(1, 5)), _GROUPS, int(rng.integers(1, 9))]),
    )


def expected(bucket, V, U):
    """Loss of a bucket and its gradients by V and U, from `losses.negative_sampling`.

    Examples
    --------
    >>> bucket = random_bucket(np.random.default_rng(0), n_rows=7, n_words=5, negatives=False)
    >>> loss, by_V, by_U = expected(bucket, np.zeros((7, 2)), np.zeros((5, 2)))
    >>> loss / bucket.centres.size == np.log(2)
    np.True_
    """
    loss, by_V, by_U = 0.0, np.zeros_like(V), np.zeros_like(U)
    terms = [(i, o, _NO_WORDS, 1.0) for i, o in zip(bucket.centres, bucket.outside, strict=True)]
    for i, weight, drawn in zip(bucket.centre_words, bucket.weights, bucket.negatives(), strict=True):
        # The negatives alone are the loss with them less the loss without, for any outside word.
        share = weight * bucket.negative_weight
        terms += [(i, 0, drawn, share), (i, 0, _NO_WORDS, -share)]
    for i, o, drawn, factor in terms:
        value, by_v, of_U = losses.negative_sampling(V[i], o, U, drawn)
        loss += factor * value
        by_V[i] += factor * by_v
        by_U += factor * of_U
    return loss, by_V, by_U


def _vectors(rng, n, dim):
    rows = aligned((n, padded(dim)), np.float64)
    rows[:, :dim] = rng.normal(0, 1 / np.sqrt(dim), (n, dim))
    return rows


def _worst(loss, changed, expected_loss, gradients):
    """Largest relative error of the loss, and of the gradients that changes (old, new) of matrices imply."""
    found = [(old - new) / _RATE for old, new in changed]
    errors = [relative_error(a, b) for a, b in zip(found, gradients, strict=True)]
    return max(relative_error(np.array([loss]), np.array([expected_loss])), *errors)


def _words(rng, dim, **parts):
    V, U = _vectors(rng, 7, dim), _vectors(rng, 7, dim)
    old, bucket = (V.copy(), U.copy()), random_bucket(rng, 7, 7, **parts)
    loss = bucket.run(V, U)
    wanted, *gradients = expected(bucket, *old)
    return _worst(loss, zip(old, (V, U), strict=True), wanted, gradients)


def _ngrams(rng, dim):
    """Each row of a mean moves by what the mean moves: its gradient times the number of rows."""
    word_rows, ngram_rows, U = (_vectors(rng, n, dim) for n in (7, 5, 7))
    members = [np.flatnonzero(rng.random(5) < 0.5) for _ in range(7)]
    offsets = np.cumsum([0, *map(len, members)])
    V, before, words = np.zeros_like(word_rows), np.zeros_like(word_rows), np.arange(7, dtype=np.int32)
    rows = word_rows, ngram_rows, offsets, np.concatenate(members).astype(np.int32), words
    old = word_rows.copy(), ngram_rows.copy(), U.copy()
    subword_kernels.compose(V, before, *rows, 0, 1)
    means = [(word_rows[w] + ngram_rows[m].sum(0)) / (1 + len(m)) for w, m in enumerate(members)]
    bucket = random_bucket(rng, 7, 7)
    loss = bucket.run(V, U)
    for job in (0, 1):
        subword_kernels.distribute(V, before, *rows, np.ones(7), job, 2)
    wanted, by_V, by_U = expected(bucket, np.array(means), old[2])
    by_rows = np.zeros_like(ngram_rows)
    for w, m in enumerate(members):
        by_rows[m] += by_V[w]
    changed = zip(old, (word_rows, ngram_rows, U), strict=True)
    return _worst(loss, changed, wanted, (by_V, by_rows, by_U))


def _cbow(rng, dim):
    V, U, n = _vectors(rng, 7, dim), _vectors(rng, 7, dim), int(rng.integers(1, 8))
    contexts = [rng.integers(0, 7, rng.integers(1, 6)).astype(np.int32) for _ in range(n)]
    old, means, before = (V.copy(), U.copy()), np.zeros((n, V.shape[1])), np.zeros((n, V.shape[1]))
    starts, flat = np.cumsum([0, *map(len, contexts)]), np.concatenate(contexts)
    bucket = random_bucket(rng, n, 7)
    bucket.centre_words, bucket.weights = np.arange(n, dtype=np.int32), np.ones(n)
    bucket.centres, bucket.outside = bucket.centre_words, rng.integers(0, 7, n).astype(np.int32)
    cbow_kernels.compose(V, means, before, starts, flat, n, 0, 1)
    loss = bucket.run(means, U)
    for job in (0, 1):
        cbow_kernels.distribute(V, means, before, starts, flat, n, job, 2)
    wanted, by_V, by_U = 0.0, np.zeros_like(V), np.zeros_like(U)
    for context, o, drawn in zip(contexts, bucket.outside, bucket.negatives(), strict=True):
        share = bucket.negative_weight
        for negatives, factor in ((_NO_WORDS, 1 - share), (drawn, share)):
            value, of_V, of_U = losses.cbow(o, context, *old, negatives)
            wanted, by_V, by_U = wanted + factor * value, by_V + factor * of_V, by_U + factor * of_U
    return _worst(loss, zip(old, (V, U), strict=True), wanted, (by_V, by_U))


PATHS = {
    "pairs": lambda rng, dim: _words(rng, dim, negatives=False),
    "shared negatives": lambda rng, dim: _words(rng, dim, pairs=False),
    "pairs and shared negatives": _words,
    "n-grams": _ngrams,
    "CBOW": _cbow,
}


def check_trainer(points=20, seed=0, dims=DIMS, tolerance=1e-6):
    """Compare a small step of `SkipGram`'s kernels with the gradients of `losses`: list of `CheckResult`.

    The kernels are those that train, from the same source, with numbers of float64. The learning rate is so
    small that the vectors hardly move; then their change, divided by it, is the gradient of the sum of all
    losses, Eq. (1.12), with the negatives that the kernel draws. The loss that the kernel returns is
    compared too. The tolerance is the error of its polynomial for log(1 + e^x).

    Parameters
    ----------
    points : int
        Random buckets of each path through the kernels.
    seed : int
    dims : tuple of int
        Lengths of the vectors; a kernel is compiled for each.
    tolerance : float

    Examples
    --------
    >>> results = check_trainer(points=2, dims=(10,))
    >>> [result.loss for result in results][:2], all(result.passed for result in results)
    (['SkipGram, pairs', 'SkipGram, shared negatives'], True)
    """
    results = []
    for dim in dims:
        for name, error_of in PATHS.items():
            rng = np.random.default_rng([seed, dim])
            worst = max(error_of(rng, dim) for _ in range(points))
            method = f"float64 kernel, dim {dim}"
            results.append(
                CheckResult("1.12", f"SkipGram, {name}", "V and U", method, points, worst, tolerance)
            )
    return results
