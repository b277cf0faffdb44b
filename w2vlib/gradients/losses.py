"""The equations of notebook 01 in plain NumPy, as short as the maths.

``V`` holds the input (centre) vectors and ``U`` the output (outside) vectors, one row per word, both
(n_vocab, dim); ``i``, ``o`` and ``negatives`` are ids. Numbers in brackets are those of the
notebook's equations. Scores of any finite size give finite losses and gradients.
"""

import numpy as np
from scipy import special
from scipy.special import expit, log_expit


def log_sigmoid(x):
    """Log σ(x) = −log(1 + e^−x), elementwise; exact to rounding also for x = ±1000.

    Examples
    --------
    >>> log_sigmoid(np.array([-1000.0, 0.0])).round(4).tolist()
    [-1000.0, -0.6931]
    """
    return log_expit(x)


def sigmoid(x):
    """σ(x) = 1 / (1 + e^−x), elementwise.

    Examples
    --------
    >>> float(sigmoid(0.0))
    0.5
    """
    return expit(x)


def log_softmax(scores):
    """Log softmax of a vector (n_vocab,); no power is infinite, as the largest score is subtracted first.

    Examples
    --------
    >>> log_softmax(np.array([1000.0, 1000.0])).round(4).tolist()
    [-0.6931, -0.6931]
    """
    below = scores - scores.max()
    return below - np.log(np.exp(below).sum())


def softmax(scores):
    """Probabilities e^s_w / Σ e^s_w of a vector of scores (n_vocab,).

    Examples
    --------
    >>> softmax(np.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return special.softmax(scores)


def naive_softmax(v_i, o, U):
    """Naive-softmax loss of one (centre, outside) pair and its gradients.

    Parameters
    ----------
    v_i : (dim,) float
        Vector of the centre word.
    o : int
        The outside word.
    U : (n_vocab, dim) float

    Returns
    -------
    loss : float
        −log ŷ_o, Eq. (1.3), in nats.
    grad_v_i : (dim,)
        U^T(ŷ − y), Eq. (1.8).
    grad_U : (n_vocab, dim)
        (ŷ − y) v_i^T, Eq. (1.11).

    Examples
    --------
    >>> v_i, U = np.array([2.0, 1.0]), np.array([[1.0, 0.0], [0.0, 2.0]])  # both words have score 2
    >>> loss, grad_v_i, grad_U = naive_softmax(v_i, 0, U)
    >>> round(float(loss), 4), grad_v_i.round(4).tolist(), grad_U.round(4).tolist()
    (0.6931, [-0.5, 1.0], [[-1.0, -0.5], [1.0, 0.5]])
    """
    scores = U @ v_i  # (n_vocab,)
    log_y_hat = log_softmax(scores)
    delta = np.exp(log_y_hat)
    delta[o] -= 1  # ŷ − y
    return -log_y_hat[o], U.T @ delta, np.outer(delta, v_i)


def negative_sampling(v_i, o, U, negatives):
    """Negative-sampling loss of one (centre, outside) pair and its gradients (Mikolov et al. 2013b).

    Parameters
    ----------
    v_i : (dim,) float
        Vector of the centre word.
    o : int
        The outside word.
    U : (n_vocab, dim) float
    negatives : (K,) int
        Words drawn as negatives; one that was drawn twice counts twice.

    Returns
    -------
    loss : float
        −log σ(u_o·v_i) − Σ_k log σ(−u_k·v_i), Eq. (1.12), in nats.
    grad_v_i : (dim,)
        Eq. (1.14).
    grad_U : (n_vocab, dim)
        Eqs. (1.15) and (1.16), added up per word; zero for words not drawn.

    Examples
    --------
    >>> v_i, U = np.array([1.0, 1.0]), np.array([[1.0, -1.0], [2.0, -2.0], [3.0, 3.0]])
    >>> loss, grad_v_i, grad_U = negative_sampling(v_i, 0, U, np.array([1, 1]))  # scores 0: each σ is 0.5
    >>> round(float(loss), 4), grad_v_i.round(4).tolist(), grad_U.round(4).tolist()
    (2.0794, [1.5, -1.5], [[-0.5, -0.5], [1.0, 1.0], [0.0, 0.0]])
    """
    u_o, U_k = U[o], U[negatives]  # (dim,), (K, dim)
    loss = -log_sigmoid(u_o @ v_i) - log_sigmoid(-U_k @ v_i).sum()
    delta_o = -sigmoid(-u_o @ v_i)  # σ(u_o·v_i) − 1
    delta_k = sigmoid(U_k @ v_i)  # (K,)
    grad_U = np.zeros_like(U, np.result_type(U, np.float32))
    grad_U[o] = delta_o * v_i
    np.add.at(grad_U, negatives, np.outer(delta_k, v_i))
    return loss, delta_o * u_o + delta_k @ U_k, grad_U


def skipgram(i, outside, V, U, negatives=None):
    """Loss of a whole window and its gradients, Eq. (1.17): the sum over its outside words.

    Parameters
    ----------
    i : int
        The centre word.
    outside : sequence of int
        The outside words, as often as they occur.
    V, U : (n_vocab, dim) float
    negatives : (len(outside), K) int, optional
        Negative samples of each outside word. Without them the loss is the naive softmax.

    Returns
    -------
    loss : float
    grad_V, grad_U : (n_vocab, dim)

    Examples
    --------
    >>> V, U = np.zeros((3, 2)), np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])
    >>> loss, grad_V, grad_U = skipgram(2, [0, 1], V, U)  # two pairs, each with loss log 3
    >>> round(float(loss), 4), grad_V.round(4).tolist()
    (2.1972, [[0.0, 0.0], [0.0, 0.0], [1.6667, 1.3333]])
    >>> round(float(skipgram(2, [0, 1], V, U, negatives=np.array([[1], [0]]))[0]), 4)  # 4 log 2
    2.7726
    """
    loss, grad_V = 0.0, np.zeros_like(V, np.result_type(V, np.float32))
    grad_U = np.zeros_like(U, np.result_type(U, np.float32))
    for position, o in enumerate(outside):
        if negatives is None:
            pair = naive_softmax(V[i], o, U)
        else:
            pair = negative_sampling(V[i], o, U, negatives[position])
        loss += pair[0]
        grad_V[i] += pair[1]
        grad_U += pair[2]
    return loss, grad_V, grad_U


def cbow(o, context, V, U, negatives):
    """Negative-sampling loss of a word, given the mean of its context words, and its gradients.

    Continuous bag of words (Mikolov et al. 2013a): Eq. (1.12) with the mean of the context words' vectors in
    place of v_i. The gradient of each of these vectors is that of the mean, divided by their number,
    which some programs leave out (İrsoy et al. 2021).

    Parameters
    ----------
    o : int
        The word that is predicted.
    context : sequence of int
        The context words, as often as they occur.
    V, U : (n_vocab, dim) float
    negatives : (K,) int

    Returns
    -------
    loss : float
    grad_V, grad_U : (n_vocab, dim)

    Examples
    --------
    >>> V = np.array([[2.0, 0.0], [0.0, 2.0], [5.0, 5.0]])
    >>> U = np.array([[1.0, -1.0], [2.0, -2.0], [3.0, 3.0]])
    >>> loss, grad_V, grad_U = cbow(0, [0, 1], V, U, np.array([1, 1]))  # scores 0: each σ is 0.5
    >>> round(float(loss), 4), grad_V.tolist()
    (2.0794, [[0.75, -0.75], [0.75, -0.75], [0.0, 0.0]])
    """
    context = np.asarray(context)
    loss, grad_mean, grad_U = negative_sampling(V[context].mean(axis=0), o, U, negatives)
    grad_V = np.zeros_like(V, np.result_type(V, np.float32))
    np.add.at(grad_V, context, grad_mean / len(context))
    return loss, grad_V, grad_U
