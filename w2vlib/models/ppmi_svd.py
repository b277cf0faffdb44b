"""Word vectors without training: positive pointwise mutual information and a truncated SVD.

The deterministic baseline of Levy, Goldberg & Dagan (2015), who found it to do as well as skip-gram
once both get the same window, smoothing and weighting.
"""

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from ..text.vocabulary import encode
from .embeddings import Embeddings

_AT_ONCE = 1 << 22  # pairs counted at a time


def ppmi_svd(sentences, dim=100, window=5, min_count=1, noise_exponent=0.75, eigenvalues=0.5):
    """Factor the matrix max(0, log P(w, c) / (P(w) P(c)^0.75)) of words and context words.

    Parameters
    ----------
    sentences : iterable of lists of str
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
        The vectors are W = U_d Σ_d^eigenvalues.

    Returns
    -------
    Embeddings
        float64.

    Examples
    --------
    >>> ppmi_svd([["the", "cat", "sat"], ["the", "dog", "sat"]], dim=2)
    <Embeddings of 4 words in 2 dimensions>
    """
    vocab, ids, offsets = encode(sentences, min_count)
    matrix = _mutual_information(cooccurrences(ids, offsets, len(vocab), window), noise_exponent)
    n_components = min(dim, len(vocab))
    left, singular, _ = randomized_svd(matrix, n_components, n_iter=5, random_state=0)
    vectors = np.zeros((len(vocab), dim))
    vectors[:, :n_components] = left * singular**eigenvalues
    return Embeddings(vectors, vocab)


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


def _mutual_information(counts, noise_exponent):
    words = counts.sum(1)
    contexts = words**noise_exponent
    contexts = contexts / contexts.sum()
    joint = counts.tocoo()
    row, column = joint.coords
    values = np.log(joint.data / (words[row] * contexts[column]))
    positive = values > 0
    return csr_array((values[positive], (row[positive], column[positive])), shape=counts.shape)
