"""Numerical derivatives: central differences and the complex step, and how far two gradients differ."""

import numpy as np

# Central differences have an error of order h² from the Taylor series plus ε/h from rounding. Their sum
# is least near h = ε^(1/3). Both methods are written out instead of taken from SciPy, because notebook 02
# is about their step sizes.
STEP = np.finfo(float).eps ** (1 / 3)
COMPLEX_STEP = 1e-30


def relative_error(a, b):
    """Max |a − b| / max(max |a|, max |b|); float, 0 where both are zero throughout.

    The largest entry is the scale: entries that are tiny beside it have no accurate digits in a
    numerical derivative. Infinite where the shapes differ or a value is not finite.

    Examples
    --------
    >>> relative_error([1.0, 0.0], [0.5, 0.0])
    0.5
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return np.inf
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale > 0 else 0.0


def central_difference_gradient(f, x, h=STEP):
    """Gradient of a scalar function at `x` by central differences, (f(x + h) − f(x − h)) / 2h.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of `x` and returns a float.
    x : array of float64, any shape
        Not changed.
    h : float
        Step size, relative to max(1, |x|).

    Returns
    -------
    Array of the shape of `x`, float64.

    Examples
    --------
    >>> central_difference_gradient(lambda x: (x**2).sum(), [1.0, -3.0]).round(6)
    array([ 2., -6.])
    """
    x = np.array(x, np.float64)
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        at = x[index]
        step = h * max(1.0, abs(at))
        x[index] = at + step
        above, high = f(x), x[index]
        x[index] = at - step
        below, low = f(x), x[index]
        x[index] = at
        gradient[index] = (above - below) / (high - low)
    return gradient


def complex_step_gradient(f, x, h=COMPLEX_STEP):
    """Gradient of an analytic scalar function at `x` by the complex step, Im f(x + ih) / h.

    Nothing is subtracted, so it is exact to rounding for a small `h` (Squire & Trapp 1998).

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of `x` and returns a complex number.
    x : array of float64, any shape
        Not changed.
    h : float
        Step size.

    Returns
    -------
    Array of the shape of `x`, float64.

    Examples
    --------
    >>> complex_step_gradient(lambda x: (x**2).sum(), [1.0, -3.0])
    array([ 2., -6.])
    """
    z = np.array(x, np.complex128)
    gradient = np.empty(z.shape)
    for index in np.ndindex(z.shape):
        z[index] += 1j * h
        gradient[index] = f(z).imag / h
        z[index] -= 1j * h
    return gradient
