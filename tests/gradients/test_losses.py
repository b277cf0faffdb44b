import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib.gradients import losses

finite = st.floats(-1000, 1000)


def test_hand_computed_naive_softmax():
    # Scores 0 and log 3 give probabilities 1/4 and 3/4.
    v_i, U = np.array([1.0]), np.array([[0.0], [np.log(3)]])
    loss, grad_v_i, grad_U = losses.naive_softmax(v_i, 0, U)
    assert loss == pytest.approx(np.log(4))
    np.testing.assert_allclose(grad_U, [[-0.75], [0.75]])
    np.testing.assert_allclose(grad_v_i, [0.75 * np.log(3)])


def test_hand_computed_negative_sampling():
    # Scores log 3 (outside) and 0 (negative): σ = 3/4 and 1/2.
    v_i, U = np.array([1.0]), np.array([[np.log(3)], [0.0]])
    loss, grad_v_i, grad_U = losses.negative_sampling(v_i, 0, U, np.array([1]))
    assert loss == pytest.approx(-np.log(0.75) - np.log(0.5))
    np.testing.assert_allclose(grad_U, [[-0.25], [0.5]])
    np.testing.assert_allclose(grad_v_i, [-0.25 * np.log(3)])


def test_zero_vectors_cost_log_2_a_term_and_log_n_a_softmax():
    U = np.zeros((8, 3))
    assert losses.negative_sampling(np.ones(3), 0, U, np.array([1, 2, 3]))[0] == pytest.approx(4 * np.log(2))
    assert losses.naive_softmax(np.ones(3), 0, U)[0] == pytest.approx(np.log(8))


def test_repeated_negative_counts_each_time():
    rng = np.random.default_rng(0)
    v_i, U = rng.normal(size=4), rng.normal(size=(5, 4))
    once = losses.negative_sampling(v_i, 0, U, np.array([3]))
    thrice = losses.negative_sampling(v_i, 0, U, np.array([3, 3, 3]))
    np.testing.assert_allclose(thrice[2][3], 3 * once[2][3])
    positive = losses.negative_sampling(v_i, 0, U, np.array([], int))
    assert thrice[0] - positive[0] == pytest.approx(3 * (once[0] - positive[0]))


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("o", [0, 1])
def test_scores_of_a_thousand_stay_finite(sign, o):
    v_i, U = np.array([1.0]), np.array([[1000.0], [-1000.0]]) * sign
    for loss, *gradients in (
        losses.naive_softmax(v_i, o, U),
        losses.negative_sampling(v_i, o, U, np.array([1 - o])),
    ):
        assert np.isfinite(loss) and all(np.isfinite(g).all() for g in gradients)
    wrong = (sign > 0) == (o == 1)
    assert losses.naive_softmax(v_i, o, U)[0] == pytest.approx(2000 if wrong else 0)
    assert losses.negative_sampling(v_i, o, U, np.array([1 - o]))[0] == pytest.approx(2000 if wrong else 0)


@given(st.lists(finite, min_size=1, max_size=30))
def test_softmax_sums_to_one_and_ignores_a_shift(scores):
    scores = np.array(scores)
    y_hat = losses.softmax(scores)
    assert y_hat.sum() == pytest.approx(1)
    np.testing.assert_allclose(y_hat, losses.softmax(scores + 123), rtol=1e-9)


@given(finite)
def test_sigmoid_mirrors_itself(x):
    assert losses.sigmoid(x) + losses.sigmoid(-x) == pytest.approx(1)
    assert losses.log_sigmoid(x) <= 0


def test_a_window_is_the_sum_of_its_pairs():
    rng = np.random.default_rng(1)
    V, U = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    outside, negatives = [1, 4, 1], rng.integers(0, 6, (3, 5))
    for drawn in (None, negatives):
        loss, grad_V, grad_U = losses.skipgram(2, outside, V, U, drawn)
        pairs = [
            losses.naive_softmax(V[2], o, U) if drawn is None else losses.negative_sampling(V[2], o, U, n)
            for o, n in zip(outside, negatives, strict=True)
        ]
        assert loss == pytest.approx(sum(p[0] for p in pairs))
        np.testing.assert_allclose(grad_V[2], sum(p[1] for p in pairs))
        np.testing.assert_allclose(grad_U, sum(p[2] for p in pairs))
        assert not np.delete(grad_V, 2, axis=0).any()


def test_a_step_against_the_gradient_lowers_the_loss():
    rng = np.random.default_rng(2)
    for _ in range(20):
        v_i, U = rng.normal(size=4), rng.normal(size=(7, 4))
        for lossfun in (
            lambda v, u: losses.naive_softmax(v, 3, u),
            lambda v, u: losses.negative_sampling(v, 3, u, np.array([0, 1, 1])),
        ):
            before, by_v, by_U = lossfun(v_i, U)
            assert lossfun(v_i - 1e-4 * by_v, U - 1e-4 * by_U)[0] < before


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.float32])
def test_gradients_of_whole_numbers_are_those_of_floats(kind):
    V, U = np.array([[1, 1], [2, 0], [0, 1]]), np.array([[1, 0], [0, 1], [1, 1]])
    negatives = np.array([1, 2])
    calls = [
        lambda V, U: losses.naive_softmax(V[0], 0, U),
        lambda V, U: losses.negative_sampling(V[0], 0, U, negatives),
        lambda V, U: losses.skipgram(0, [1], V, U),
        lambda V, U: losses.skipgram(0, [1, 2], V, U, [negatives, negatives]),
        lambda V, U: losses.cbow(0, [1, 2], V, U, negatives),
    ]
    for call in calls:
        for found, wanted in zip(call(V.astype(kind), U.astype(kind)), call(V * 1.0, U * 1.0), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)
