"""e^x, logarithms and inner products for kernels, with the same bits on every processor.

The functions of the C library and of vector libraries differ in their last bits, and so do sums whose order
the compiler may choose. Here everything is sums, products and quotients of float64 in an order that is
written down, none of them fused, so the results depend on nothing but IEEE 754. They are correct to about
two units in the last place. The code has no branches, so that loops over it become vector instructions.
"""

import math

import numba
import numpy as np

_LOG2_E = 1 / math.log(2)
_LOG_2_HIGH = float.fromhex("0x1.62e42fefa0000p-1")  # the upper bits of log 2: its product with k is exact
_LOG_2_LOW = float.fromhex("0x1.cf79abc9e3b3ap-40")  # the rest
_SMALLEST = -708.0  # e^x is a normal number down to here
_TO_WHOLE = 1.5 * 2.0**52  # what is added to it is rounded to a whole number, which its lowest bits hold
_BIAS = 1023.0  # of exponents


@numba.njit(inline="always")
def exp_of_negative(x):
    """e^x for x ≤ 0; below −708, and for NaN, the value at −708.

    x = k log 2 + r, and e^r is a polynomial of degree 13 for r of at most log 2 / 2.

    Examples
    --------
    >>> [abs(exp_of_negative(x) / math.exp(x) - 1) < 1e-15 for x in (0.0, -0.3, -20.0)]
    [True, True, True]
    """
    x = x if x > _SMALLEST else _SMALLEST
    shifted = x * _LOG2_E + _TO_WHOLE
    k = shifted - _TO_WHOLE
    r = (x - k * _LOG_2_HIGH) - k * _LOG_2_LOW
    p = 1 / 6227020800.0
    p = p * r + 1 / 479001600.0
    p = p * r + 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    bits = np.float64((k + _BIAS) + _TO_WHOLE).view(np.int64) << np.int64(52)
    return p * np.int64(bits).view(np.float64)


@numba.njit(inline="always")
def _twice_artanh(t):
    """2 artanh(t), the logarithm of (1 + t) / (1 − t), as a power series for t from −1/3 to 1/3."""
    q = t * t
    s = 1 / 35.0
    s = s * q + 1 / 33.0
    s = s * q + 1 / 31.0
    s = s * q + 1 / 29.0
    s = s * q + 1 / 27.0
    s = s * q + 1 / 25.0
    s = s * q + 1 / 23.0
    s = s * q + 1 / 21.0
    s = s * q + 1 / 19.0
    s = s * q + 1 / 17.0
    s = s * q + 1 / 15.0
    s = s * q + 1 / 13.0
    s = s * q + 1 / 11.0
    s = s * q + 1 / 9.0
    s = s * q + 1 / 7.0
    s = s * q + 0.2
    s = s * q + 1 / 3.0
    return 2.0 * t * (s * q + 1.0)


@numba.njit(inline="always")
def log1p_of(e):
    """log(1 + e) for e from 0 to 1; 1 + e is not rounded first.

    Examples
    --------
    >>> [abs(log1p_of(e) / math.log1p(e) - 1) < 1e-15 for e in (1e-300, 1e-9, 0.5, 1.0)]
    [True, True, True, True]
    """
    return _twice_artanh(e / (2.0 + e))


@numba.njit(inline="always")
def log_from_one(x):
    """Logarithm of a number of at least 1.

    Examples
    --------
    >>> [abs(log_from_one(x) - math.log(x)) < 1e-14 for x in (1.0, 1.4, 12345.6)]
    [True, True, True]
    """
    k = 0.0
    while x > 1.5:
        x *= 0.5
        k += 1.0
    return k * _LOG_2_HIGH + (_twice_artanh((x - 1.0) / (x + 1.0)) + k * _LOG_2_LOW)


@numba.njit(inline="always")
def inner_product(x, y, n):
    """Sum of the products of the first `n` numbers of two arrays: four sums, added in pairs.

    Examples
    --------
    >>> inner_product(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 1, 1, 1, 10]), 5)
    60.0
    """
    a = b = c = d = 0.0
    whole = n - n % 4
    for i in range(0, whole, 4):
        a += x[i] * y[i]
        b += x[i + 1] * y[i + 1]
        c += x[i + 2] * y[i + 2]
        d += x[i + 3] * y[i + 3]
    for i in range(whole, n):
        a += x[i] * y[i]
    return (a + b) + (c + d)
