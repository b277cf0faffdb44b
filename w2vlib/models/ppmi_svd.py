"""Word vectors without training: positive pointwise mutual information and a truncated SVD.

The deterministic baseline of Levy, Goldberg & Dagan (2015), who found it to do as well as skip-gram
once both get the same window, smoothing and weighting.
"""

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from ..text.numbered_sentences import NumberedSentences
from ..text.vocabulary import encode
from ..utils.errors import W2VError
from ..utils.validation import Flag, OneOf, Real, Whole, check_all
from .embeddings import Embeddings
from .postprocessing import COMBINATIONS, combined

_AT_ONCE = 1 << 22  # pairs counted at a time


_RULES = {
    "dim": Whole(1, 10_000), "window": Whole(1, 1_000), "min_count": Whole(1),
    "noise_exponent": Real(-10, 10), "eigenvalues": Real(-10, 10), "shift": Real(0, above=True),
    "combine": OneOf(COMBINATIONS), "center": Flag(),
}  # fmt: skip


def ppmi_svd(
    sentences,
    dim=100,
    window=5,
    min_count=1,
    noise_exponent=0.75,
    eigenvalues=0.5,
    *,
    shift=1,
    combine="input",
    center=False,
):
    """Factor the matrix max(0, log P(w, c) / (P(w) P(c)^0.75) − log shift) of words and context words.

    Parameters
    ----------
    sentences : NumberedSentences or iterable of lists of str
    dim : int
        Length of a vector.
    window : int
        Largest distance of a context word; one at distance d counts (window + 1 − d) / window, as often as a
        window drawn from 1 … window reaches it.
    min_count : int
        Leave out words seen less often.
    noise_exponent : float
        Smooths the distribution of contexts.
    eigenvalues : float
        The vectors of words are W = U_d Σ_d^eigenvalues, those of contexts C = V_d Σ_d^eigenvalues.
    shift : float
        Corresponds to the negative samples per pair of skip-gram (Levy & Goldberg 2014); 1 changes nothing.
    combine : {"input", "input+output"}
        The vectors are W, or W + C.
    center : bool
        Subtract the mean vector of all words.

    Returns
    -------
    Embeddings
        float64.

    Raises
    ------
    W2VError
        If a parameter has a value that is not allowed.

    Examples
    --------
    >>> ppmi_svd([["the", "cat", "sat"], ["the", "dog", "sat"]], dim=2)
    <Embeddings of 4 words in 2 dimensions>
    """
    weighting = check_all(_RULES, eigenvalues=eigenvalues, combine=combine, center=center)
    vocab, left, singular, right = ppmi_factors(sentences, dim, window, min_count, noise_exponent, shift)
    weights = singular ** weighting["eigenvalues"]
    vectors = np.zeros((len(vocab), dim))
    vectors[:, : weights.size], _ = combined(left * weights, right * weights, combine, center)
    return Embeddings(vectors, vocab)


def ppmi_factors(sentences, dim=100, window=5, min_count=1, noise_exponent=0.75, shift=1):
    """Factor the matrix of `ppmi_svd` by a truncated SVD, which its vectors for any `eigenvalues` come from.

    Returns
    -------
    vocab : Vocabulary
    left, singular, right : (n_vocab, d), (d,), (n_vocab, d) float64
        U_d, the diagonal of Σ_d, and V_d, with d = min(dim, n_vocab).

    Raises
    ------
    W2VError
        If a parameter has a value that is not allowed, or no sentence has two words.

    Examples
    --------
    >>> vocab, left, singular, right = ppmi_factors([["the", "cat", "sat"], ["the", "dog", "sat"]], dim=2)
    >>> len(vocab), left.shape, singular.shape, right.shape
    (4, (4, 2), (2,), (4, 2))
    """
    p = check_all(
        _RULES, dim=dim, window=window, min_count=min_count, noise_exponent=noise_exponent, shift=shift
    )
    numbered = isinstance(sentences, NumberedSentences)
    vocab, ids, offsets = sentences.encoded(min_count) if numbered else encode(sentences, min_count)
    counts = cooccurrences(ids, offsets, len(vocab), p["window"])
    if not counts.nnz:
        raise W2VError(
            "No sentence of the text has two words of the vocabulary: there is no context to learn from."
        )
    matrix = _mutual_information(counts, p["noise_exponent"], p["shift"])
    with threadpool_limits(1, "blas"):  # the last bit of a product depends on the number of threads
        left, singular, right = randomized_svd(matrix, min(dim, len(vocab)), n_iter=5, random_state=0)
    return vocab, left, singular, right.T


def cooccurrences(ids, offsets, n_vocab, window):
    """Weighted counts of words within `window` of each other in a sentence; symmetric (n_vocab, n_vocab) csr.

    Parameters
    ----------
    ids, offsets : int arrays
        As `text.vocabulary.encode` gives them.

    Examples
    --------
    >>> cooccurrences(np.array([0, 1, 2, 0]), np.array([0, 3, 4]), n_vocab=3, window=2).toarray()
    array([[0. , 1. , 0.5],
           [1. , 0. , 1. ],
           [0.5, 1. , 0. ]])
    """
    total = csr_array((n_vocab, n_vocab))
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    for start in range(0, len(ids), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(ids))
        for distance in range(1, window + 1):
            left = np.arange(start, min(stop, len(ids) - distance))
            left = left[sentence[left] == sentence[left + distance]]
            weights = np.full(left.size, (window + 1 - distance) / window)
            total = total + csr_array((weights, (ids[left], ids[left + distance])), shape=total.shape)
    return csr_array(total + total.T)


def _mutual_information(counts, noise_exponent, shift):
    words = counts.sum(1)
    contexts = words**noise_exponent
    contexts = contexts / contexts.sum()
    joint = counts.tocoo()
    row, column = joint.coords
    values = np.log(joint.data / (words[row] * contexts[column]))
    if shift != 1:
        values -= np.log(shift)
    positive = values > 0
    return csr_array((values[positive], (row[positive], column[positive])), shape=counts.shape)
