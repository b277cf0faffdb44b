"""Derivatives of a function from its values alone: central differences and the complex step."""

import numpy as np

STEP = np.finfo(float).eps ** (1 / 3)
COMPLEX_STEP = 1e-30


def relative_error(a, b):
    """Max |a − b| / max(max |a|, max |b|); 0 where both are zero throughout.

    The largest entry sets the scale: much smaller entries have no accurate digits in a difference.
    Infinite where either is not finite.

    Examples
    --------
    >>> relative_error([1.0, 2.0], [1.0, 2.5])
    0.2
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale > 0 else 0.0


def numeric_gradient(f, x, h=STEP):
    """Gradient of a scalar function at `x` by central differences.

    Parameters
    ----------
    f : callable
        Takes an array of x's shape and gives a float.
    x : array of float64, any shape
        Not changed.
    h : float
        Half the distance between the two points of a difference, times max(1, |x|).

    Returns
    -------
    Array of x's shape.

    Examples
    --------
    >>> numeric_gradient(lambda x: x @ x, np.array([1.0, 3.0])).round(6).tolist()
    [2.0, 6.0]
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        value = x[index]
        half = h * max(1.0, abs(value))
        x[index] = value + half
        above, high = f(x), x[index]
        x[index] = value - half
        below, low = f(x), x[index]
        x[index] = value
        gradient[index] = (above - below) / (high - low)
    return gradient


def complex_gradient(f, x, h=COMPLEX_STEP):
    """Gradient of an analytic scalar function at `x` by the complex step, Im f(x + ih) / h.

    Parameters
    ----------
    f : callable
        Takes a complex array of x's shape and gives a complex number.
    x : array of float64, any shape
        Not changed.
    h : float

    Returns
    -------
    Array of x's shape, float64.

    Examples
    --------
    >>> complex_gradient(lambda z: np.exp(z).sum(), np.array([0.0, 1.0])).round(6).tolist()
    [1.0, 2.718282]
    """
    z = np.array(x, np.complex128)
    gradient = np.empty(z.shape)
    for index in np.ndindex(z.shape):
        z[index] += 1j * h
        gradient[index] = f(z).imag / h
        z[index] -= 1j * h
    return gradient
