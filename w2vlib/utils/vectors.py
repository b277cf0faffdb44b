"""Lengths of vectors."""

import numpy as np


def unit_rows(rows):
    """Divide each row by its length.

    Parameters
    ----------
    rows : (n, dim) float
        Finite; not changed.

    Returns
    -------
    (n, dim) float of the same dtype
        Rows of length 1; a row of zeros stays as it is.

    Examples
    --------
    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [1e300, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]]
    """
    with np.errstate(over="ignore", under="ignore"):
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        squares_are_lost = (~np.isfinite(lengths) | (lengths == 0))[:, 0]
        if squares_are_lost.any():
            largest = np.abs(rows[squares_are_lost]).max(axis=1, keepdims=True, initial=0)
            rows = rows.copy()
            rows[squares_are_lost] /= np.where(largest > 0, largest, 1)
            lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths > 0, lengths, 1)
