"""How far vectors point in one direction: the same on any number of threads."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from w2vlib import Embeddings
from w2vlib.evaluation.vector_spread import spread
from w2vlib.text.vocabulary import Vocabulary


@pytest.mark.parametrize("dim", [3, 100, 300])
def test_threads_change_no_bit(dim):
    rng = np.random.default_rng(0)
    vocab = Vocabulary(tuple(f"w{n}" for n in range(500)), np.arange(500, 0, -1))
    e = Embeddings(rng.normal(0.1, 1, (500, dim)), vocab)
    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(threads, "blas"):
            found.append(spread(e, pairs=100))
    assert found[0] == found[1] == found[2]
    _, sizes, _ = np.linalg.svd(e.vectors)
    assert found[0].first_component == pytest.approx(sizes[0] ** 2 / (sizes**2).sum())
