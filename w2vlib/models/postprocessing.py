"""What is done to trained vectors before they are used: the sum V + U, and centring."""

import numpy as np

from ..utils.validation import OneOf, check

COMBINATIONS = ("input", "input+output")


def combined(V, U, combine="input", center=False):
    """Make word vectors of input and output vectors.

    Parameters
    ----------
    V, U : (n_vocab, dim) float
        Input and output vectors; not changed.
    combine : {"input", "input+output"}
        V, or V + U (Pennington et al. 2014; Levy, Goldberg & Dagan 2015, section 3.3).
    center : bool
        Subtract the mean over the words, a direction that all vectors share (Mu & Viswanath 2018).

    Returns
    -------
    vectors : (n_vocab, dim) array of the dtype of V
    mean : (dim,) array of the same dtype
        What was subtracted: zeros without `center`.

    Examples
    --------
    >>> V, U = np.array([[1.0, 0.0], [3.0, 2.0]]), np.array([[0.0, 1.0], [2.0, 1.0]])
    >>> vectors, mean = combined(V, U, "input+output", center=True)
    >>> vectors.tolist(), mean.tolist()
    ([[-2.0, -1.0], [2.0, 1.0]], [3.0, 2.0])
    """
    check("combine", combine, OneOf(COMBINATIONS))
    vectors = V + U if combine == "input+output" else V.copy()
    mean = np.zeros(V.shape[1], V.dtype)
    if center:
        mean = vectors.mean(axis=0, dtype=np.float64).astype(V.dtype)
        vectors -= mean
    return vectors, mean
