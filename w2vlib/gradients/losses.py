"""The equations of notebook 01 in plain NumPy, as short as the maths.

``V`` holds the input (centre) vectors and ``U`` the output (context) vectors, one row per word, both
(n_vocab, dim); ``i``, ``o`` and ``negatives`` are ids. Numbers in brackets are those of the notebook's
equations. SciPy's functions keep losses and gradients finite for scores of any finite size.
(`replication.kernels` has the formulas again in compiled code: the bytes of the published run depend
on the order of its operations.)
"""

import numpy as np
from scipy.special import expit as sigmoid
from scipy.special import log_expit as log_sigmoid
from scipy.special import log_softmax, softmax


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
    >>> loss, grad_v_i, grad_U = naive_softmax(np.array([1.0, 0.0]), 0, np.zeros((4, 2)))
    >>> round(float(loss), 3), grad_U[:, 0].tolist()
    (1.386, [-0.75, 0.25, 0.25, 0.25])
    """
    scores = U @ v_i  # (n_vocab,)
    delta = softmax(scores)
    delta[o] -= 1  # ŷ − y
    return -log_softmax(scores)[o], U.T @ delta, np.outer(delta, v_i)


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
    >>> loss, grad_v_i, grad_U = negative_sampling(np.array([1.0, 0.0]), 0, np.zeros((4, 2)), [2, 2])
    >>> round(float(loss), 3), grad_U[:, 0].tolist()
    (2.079, [-0.5, 0.0, 1.0, 0.0])
    """
    u_o, U_k = U[o], U[negatives]  # (dim,), (K, dim)
    loss = -log_sigmoid(u_o @ v_i) - log_sigmoid(-U_k @ v_i).sum()
    delta_o = -sigmoid(-u_o @ v_i)  # σ(u_o·v_i) − 1
    delta_k = sigmoid(U_k @ v_i)  # (K,)
    grad_U = np.zeros_like(U)
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
        In nats.
    grad_V, grad_U : (n_vocab, dim)
        Row i is the only row of grad_V that is not zero.

    Examples
    --------
    >>> loss, grad_V, grad_U = skipgram(0, [1, 2], np.ones((3, 2)), np.zeros((3, 2)))
    >>> round(float(loss), 3)  # 2 log 3
    2.197
    """
    loss, grad_V, grad_U = 0.0, np.zeros_like(V), np.zeros_like(U)
    for position, o in enumerate(outside):
        if negatives is None:
            pair = naive_softmax(V[i], o, U)
        else:
            pair = negative_sampling(V[i], o, U, negatives[position])
        loss += pair[0]
        grad_V[i] += pair[1]
        grad_U += pair[2]
    return loss, grad_V, grad_U
