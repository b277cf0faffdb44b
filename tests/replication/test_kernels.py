import random

import numpy as np
import pytest

from w2vlib.gradients import losses
from w2vlib.replication import kernels
from w2vlib.replication.kernels import Draws, Record
from w2vlib.replication.mersenne_twister import python_twister


def test_subsampling_keeps_what_python_keeps():
    rng = np.random.default_rng(0)
    ids = rng.integers(0, 4, 1000).astype(np.int32)
    offsets = np.concatenate([np.arange(0, 1000, 7), [1000]]).astype(np.int64)
    reject = np.array([0.0, 0.5, 0.9, 0.99])
    kept, kept_offsets = np.empty(3100, np.int32), np.empty(450, np.int64)
    thresholds = np.ceil(reject * 2.0**53).astype(np.uint64)
    n = kernels.subsample(ids, offsets, thresholds, 3, python_twister(9), kept, kept_offsets)
    generator, expected = random.Random(9), []
    for _ in range(3):
        for a, b in zip(offsets, offsets[1:], strict=False):
            words = [w for w in ids[a:b] if reject[w] <= 0 or generator.random() >= reject[w]]
            expected += [words] if len(words) > 1 else []
    found = [kept[a:b].tolist() for a, b in zip(kept_offsets[:n], kept_offsets[1 : n + 1], strict=True)]
    assert found == expected


def test_subsampling_says_when_there_is_no_room():
    ids, offsets = np.zeros(10, np.int32), np.array([0, 10], np.int64)
    full = kernels.subsample(
        ids,
        offsets,
        np.zeros(1, np.uint64),
        2,
        python_twister(0),
        np.empty(15, np.int32),
        np.empty(9, np.int64),
    )
    assert full == -1


@pytest.fixture
def batches():
    """Two batches of three centre words over seven words; some centre and negatives come twice."""
    rng = np.random.default_rng(3)
    V, U = rng.normal(size=(7, 5)), rng.normal(size=(7, 5))
    centres = np.array([2, 2, 5, 0, 2, 6], np.int32)
    starts = np.array([0, 1, 3, 6, 7, 9, 10], np.int64)
    outside = rng.integers(0, 7, 10).astype(np.int32)
    negatives = rng.integers(0, 7, 40).astype(np.int32)
    return V, U, centres, starts, outside, negatives


def plain_steps(V, U, rates, batch, centres, starts, outside, negatives):
    """What the kernels should do, with `losses.skipgram`."""
    V, U, summed = V.copy(), U.copy(), []
    for t, rate in enumerate(rates):
        total, total_V, total_U = 0.0, 0.0, 0.0
        for b in range(t * batch, (t + 1) * batch):
            pairs = slice(starts[b], starts[b + 1])
            drawn = None if negatives is None else negatives.reshape(-1, 4)[pairs]
            loss, grad_V, grad_U = losses.skipgram(centres[b], outside[pairs], V, U, drawn)
            total, total_V, total_U = total + loss, total_V + grad_V, total_U + grad_U
        V -= rate * total_V
        U -= rate * total_U
        summed.append(total)
    return V, U, summed


def test_negative_sampling_steps_equal_plain_numpy(batches):
    V, U, *samples = batches
    rates = np.array([0.3, 0.1])
    expected_V, expected_U, expected = plain_steps(V, U, rates, 3, *samples)
    record = Record(np.array([True, True]), np.zeros(2), np.zeros(2, np.int64))
    kernels.negative_sampling_steps(5)(V, U, 3, 4, rates, Draws(*samples), record)
    np.testing.assert_allclose(V, expected_V, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(U, expected_U, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(record.losses, expected, rtol=1e-12)
    assert record.pairs.tolist() == [6, 4]


def test_naive_softmax_steps_equal_plain_numpy(batches):
    V, U, *samples, _ = batches
    rates = np.array([0.3, 0.1])
    expected_V, expected_U, expected = plain_steps(V, U, rates, 3, *samples, None)
    record = Record(np.array([True, True]), np.zeros(2), np.zeros(2, np.int64))
    Ut, none = np.ascontiguousarray(U.T), np.zeros(0, np.int32)
    kernels.naive_softmax_steps(5)(V, Ut, 3, rates, Draws(*samples, none), record)
    np.testing.assert_allclose(V, expected_V, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(Ut.T, expected_U, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(record.losses, expected, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e3, -1e3, 0.0])
def test_kernels_stay_finite_at_extreme_scores(scale):
    V, U = np.ones((2, 1)), np.full((2, 1), scale)
    one = np.array([0], np.int32)
    draws = Draws(one, np.array([0, 1], np.int64), np.array([1], np.int32), one)
    record = Record(np.array([True]), np.zeros(1), np.zeros(1, np.int64))
    rates = np.array([1e-3])
    kernels.negative_sampling_steps(1)(V, U, 1, 1, rates, draws, record)
    assert np.isfinite(V).all() and np.isfinite(U).all()
    assert record.losses[0] == pytest.approx(abs(scale) if scale else 2 * np.log(2))
    Ut = np.full((1, 2), scale)
    kernels.naive_softmax_steps(1)(np.ones((2, 1)), Ut, 1, rates, draws, record)
    assert np.isfinite(Ut).all() and record.losses[0] == pytest.approx(np.log(2))
