import math

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib.replication import exact_functions as exact

mpmath = pytest.importorskip("mpmath")


def units_off(found, right):
    """Distance of a float from a number of 60 digits, in units of its last place."""
    return float(abs(mpmath.mpf(found) - right) / math.ulp(float(right)))


@settings(deadline=None)  # the first call compiles
@given(st.floats(-708, 0))
def test_exponential(x):
    with mpmath.workdps(60):
        assert units_off(exact.exp_of_negative(x), mpmath.exp(mpmath.mpf(x))) < 3


@settings(deadline=None)  # the first call compiles
@given(st.floats(0, 1, exclude_min=True, allow_subnormal=False))
def test_logarithm_of_one_and_more(e):
    with mpmath.workdps(60):
        assert units_off(exact.log1p_of(e), mpmath.log1p(mpmath.mpf(e))) < 4
        assert exact.log_from_one(1 + e) == pytest.approx(math.log(1 + e), rel=1e-14, abs=1e-16)


@settings(deadline=None)  # the first call compiles
@given(st.floats(1, 1e300))
def test_logarithm_of_large_numbers(x):
    assert exact.log_from_one(x) == pytest.approx(math.log(x), rel=1e-14, abs=1e-16)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), max_size=30))
def test_inner_product(pairs):
    x, y = np.array(pairs).reshape(-1, 2).T.copy()
    right = math.fsum(x * y)
    assert exact.inner_product(x, y, len(x)) == pytest.approx(right, rel=1e-12, abs=1e-8)


def test_the_ends():
    assert exact.exp_of_negative(0.0) == exact.exp_of_negative(-0.0) == 1
    for x in (-709.0, -1e300, -math.inf, math.nan):
        assert exact.exp_of_negative(x) == exact.exp_of_negative(-708.0) < 1e-307
    assert exact.log1p_of(0.0) == exact.log_from_one(1.0) == 0


def test_a_loop_has_the_bits_of_single_calls():
    """Loops become vector instructions, whose results are those of the scalar ones."""

    @numba.njit
    def many(x):
        out = np.empty((2, x.size))
        for i in range(x.size):
            out[0, i] = exact.exp_of_negative(x[i])
            out[1, i] = exact.log1p_of(out[0, i])
        return out

    x = -np.random.default_rng(0).exponential(10, 1001)
    single = [(exact.exp_of_negative(v), exact.log1p_of(exact.exp_of_negative(v))) for v in x.tolist()]
    assert many(x).T.tolist() == [list(pair) for pair in single]
