import random

import numba
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib.replication import mersenne_twister
from w2vlib.replication.mersenne_twister import python_twister


@numba.njit
def many_below(mt, n, out):
    for i in range(out.size):
        out[i] = mersenne_twister.below(mt, n)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**40), n=st.integers(1, 2**31))
def test_draws_are_pythons(seed, n):
    mt, out = python_twister(seed), np.empty(2000, np.int64)
    many_below(mt, n, out)
    generator = random.Random(seed)
    assert out.tolist() == [generator.randint(0, n - 1) for _ in range(2000)]


def test_generator_state_in_mid_block_is_taken_over():
    mt, out = python_twister(5), np.empty(1001, np.int64)
    many_below(mt, 7, out)
    generator = random.Random(5)
    for _ in out:
        generator.randrange(7)
    state = generator.getstate()[1]
    assert mt[: mersenne_twister.N_WORDS].tolist() == list(state[:-1])
    assert mt[mersenne_twister.USED] == state[-1]
