"""The Mersenne Twister MT19937 (Matsumoto & Nishimura 1998) as Python's `random` draws from it, compiled.

A generator is an array `mt` of 1,249 numbers (uint32), changed in place: 624 words of state, the 624
tempered outputs of the present block, and the number of outputs already used.
"""

import random

import numba
import numpy as np

from ..utils.compilation import OPTIONS

N_WORDS = 624
USED = 2 * N_WORDS  # index of the number of outputs used
SIZE = USED + 1


def python_twister(seed):
    """Return a generator in the state of Python's ``random.Random(seed)``; (1249,) uint32.

    Examples
    --------
    >>> import random
    >>> mt = python_twister(42)
    >>> [int(below(mt, 100)) for _ in range(4)]
    [81, 14, 3, 94]
    >>> generator = random.Random(42)
    >>> [generator.randrange(100) for _ in range(4)]
    [81, 14, 3, 94]
    """
    key = random.Random(seed).getstate()[1]
    mt = np.zeros(SIZE, np.uint32)
    mt[:N_WORDS] = key[:-1]
    mt[USED] = key[-1]
    _temper(mt)
    return mt


@numba.njit(**OPTIONS)
def _temper(mt):
    """Fill the output half of `mt` from its state half."""
    for i in range(N_WORDS):
        y = mt[i]
        y ^= y >> np.uint32(11)
        y ^= (y << np.uint32(7)) & np.uint32(0x9D2C5680)
        y ^= (y << np.uint32(15)) & np.uint32(0xEFC60000)
        y ^= y >> np.uint32(18)
        mt[N_WORDS + i] = y


@numba.njit(**OPTIONS)
def _mix(upper, lower, far):
    y = (upper & np.uint32(0x80000000)) | (lower & np.uint32(0x7FFFFFFF))
    return far ^ (y >> np.uint32(1)) ^ (np.uint32(0x9908B0DF) & -(y & np.uint32(1)))


@numba.njit(**OPTIONS)
def _refill(mt):
    # Three loops, so that none reads what it has just written and each can use vector registers.
    for i in range(227):
        mt[i] = _mix(mt[i], mt[i + 1], mt[i + 397])
    for i in range(227, 454):
        mt[i] = _mix(mt[i], mt[i + 1], mt[i - 227])
    for i in range(454, 623):
        mt[i] = _mix(mt[i], mt[i + 1], mt[i - 227])
    mt[623] = _mix(mt[623], mt[0], mt[396])
    _temper(mt)
    mt[USED] = 0


@numba.njit(**OPTIONS)
def next_output(mt):
    """Return the next 32-bit output (uint32).

    Examples
    --------
    >>> mt, generator = python_twister(42), random.Random(42)
    >>> int(next_output(mt)), generator.getrandbits(32)
    (2746317213, 2746317213)
    """
    if mt[USED] == N_WORDS:
        _refill(mt)
    used = mt[USED]
    mt[USED] = used + np.uint32(1)
    return mt[N_WORDS + used]


@numba.njit(**OPTIONS)
def shift_for(n):
    """How far to shift a 32-bit output so that as many bits stay as `n` needs.

    Examples
    --------
    >>> int(shift_for(100)), int(shift_for(2**31))  # 100 needs 7 bits, 2**31 needs all 32
    (25, 0)
    """
    bits = 0
    while n > 0:
        n >>= 1
        bits += 1
    return np.uint32(32 - bits)


@numba.njit(**OPTIONS)
def below_with_shift(mt, n, shift):
    """As `below`, for a uint32 `n` whose ``shift_for(n)`` is known: for loops with one n.

    Examples
    --------
    >>> mt, n = python_twister(42), 100
    >>> shift = shift_for(n)
    >>> [int(below_with_shift(mt, np.uint32(n), shift)) for _ in range(4)]
    [81, 14, 3, 94]
    """
    value = next_output(mt) >> shift
    while value >= n:
        value = next_output(mt) >> shift
    return value


@numba.njit(**OPTIONS)
def below(mt, n):
    """Uniform integer in 0 … n − 1, as Python's ``randrange(n)`` draws it (n < 2**32).

    Examples
    --------
    >>> int(below(python_twister(42), 100)), random.Random(42).randrange(100)
    (81, 81)
    """
    return np.int64(below_with_shift(mt, np.uint32(n), shift_for(n)))
