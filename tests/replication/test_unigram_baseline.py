import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib import W2VError, reproduce
from w2vlib.gradients import losses
from w2vlib.replication import kernels, pair_tests, published_recipe, sgd, unigram_baseline
from w2vlib.replication.kernels import Draws, Source
from w2vlib.replication.mersenne_twister import python_twister
from w2vlib.replication.settings import RecipeSettings
from w2vlib.replication.unigram_baseline import compare
from w2vlib.text.corpus import from_sentences
from w2vlib.text.sampling import noise_table


@pytest.fixture(scope="module")
def drawn():
    """A text, and what the recipe's own kernel draws from it: outside words and negatives."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 9, 300)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    words = np.minimum(rng.geometric(0.3, offsets[-1]) - 1, 9).astype(np.int32)
    table = noise_table(np.bincount(words, minlength=10), 1000)
    n, window, n_negatives = 200_000, 4, 2
    centres, starts = np.empty(n, np.int32), np.empty(n + 1, np.int64)
    outside, negatives = np.empty(n * 8, np.int32), np.empty(n * 16, np.int32)
    draws = Draws(centres, starts, outside, negatives)
    kernels.draw(Source(words, offsets, table), window, n_negatives, n, 0, python_twister(3), draws)
    return words, offsets, table, starts, outside[: starts[-1]], negatives[: 2 * starts[-1]]


def test_distributions_are_those_of_the_draws(drawn):
    words, offsets, table, starts, outside, negatives = drawn
    p, pairs = unigram_baseline.outside_distribution(words, offsets, 4, 10)
    assert p.sum() == pytest.approx(1) and pairs == pytest.approx(starts[-1] / (starts.size - 1), rel=5e-3)
    np.testing.assert_allclose(p, np.bincount(outside, minlength=10) / outside.size, atol=3e-3)
    q = unigram_baseline.noise_given_outside(p, np.bincount(table, minlength=10) / table.size)
    assert q.sum() == pytest.approx(1)
    np.testing.assert_allclose(q, np.bincount(negatives, minlength=10) / negatives.size, atol=3e-3)


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), min_size=1, max_size=8))
def test_no_scores_do_better(draws):
    p, n = np.array(draws).T
    best = unigram_baseline.best_loss(p, n)
    rng = np.random.default_rng(0)
    for scale in (0, 1, 5):
        x = rng.normal(0, 1, p.size) * scale
        assert -(p * losses.log_sigmoid(x) + n * losses.log_sigmoid(-x)).sum() >= best - 1e-9


def test_by_hand():
    # One word, drawn as often in both roles: x = 0 and each draw costs log 2.
    assert unigram_baseline.best_loss(np.array([1.0]), np.array([1.0])) == pytest.approx(2 * np.log(2))
    assert unigram_baseline.best_loss(np.array([1.0, 0.0]), np.array([0.0, 5.0])) == 0
    # (p, q) = (1, 3): log(1 + 3) + 3 log(1 + 1/3).
    expected = np.log(4) + 3 * np.log(4 / 3)
    assert unigram_baseline.best_loss(np.array([1.0]), np.array([3.0])) == pytest.approx(expected)


def test_training_with_equal_input_vectors_ends_there():
    rng = np.random.default_rng(1)
    # Words are drawn independently: only their frequencies can be learned.
    frequencies = 1 / (10 + np.arange(200))
    sentences = rng.choice(200, (6000, 12), p=frequencies / frequencies.sum())
    text = from_sentences([f"w{w}" for w in sentence] for sentence in sentences)
    settings = {"dim": 3, "window": 2, "n_negatives": 4}
    run = published_recipe.reproduce(
        text, **settings, iterations=20_000, learning_rate=2.0, halving_interval=5000, progress=False
    )
    found = unigram_baseline.compare(text, run)
    assert found.baseline_loss == pytest.approx(run.pair_loss[-500:].mean(), rel=0.02)
    assert found.trained_loss == pytest.approx(
        run.pair_loss[-500:].mean(), abs=5 * found.standard_error + 0.02
    )
    assert found.baseline_loss * found.pairs_per_centre == pytest.approx(run.ema_loss[-1], rel=0.05)
    assert found.never_negative == 0 and 0 < found.standard_error < 0.02
    fine = unigram_baseline.compare(text, run, unigram_baseline.FINE_TABLE_SIZE)
    assert fine.baseline_loss == pytest.approx(found.baseline_loss, rel=0.01)


def test_losses_on_draws_leave_the_vectors_alone_and_equal_plain_numpy(drawn):
    words, offsets, table, *_ = drawn
    rng = np.random.default_rng(5)
    V, U = rng.normal(0, 1, (2, 10, 3))
    before = V.copy(), U.copy()
    settings = RecipeSettings(dim=3, window=4, n_negatives=2, batch_size=100)
    source = Source(words, offsets, table)
    draws = sgd.fresh_draws(source, settings, 300, 7)
    found = sgd.losses_on(draws, V, U, settings)
    assert np.array_equal(V, before[0]) and np.array_equal(U, before[1])
    assert np.array_equal(found, sgd.losses_on(sgd.fresh_draws(source, settings, 300, 7), V, U, settings))
    zero = sgd.losses_on(draws, 0 * V, U, settings)
    np.testing.assert_allclose(zero, 3 * np.log(2))


def test_a_table_with_one_word_is_refused(toy):
    run = published_recipe.reproduce(toy, iterations=20, dim=2, progress=False)
    with pytest.raises(W2VError, match="Only one word can be drawn as a negative: .*table_size=1 is"):
        unigram_baseline.compare(toy, run, table_size=1)


@pytest.mark.parametrize("function", [compare, functools.partial(pair_tests.test_pairs, n_permutations=2)])
def test_only_the_text_of_a_run_by_negative_sampling_is_taken(function):
    text, other = [["a", "b"], ["c", "d"]] * 5, [["p", "q"], ["r", "s"]] * 5
    settings = {"iterations": 20, "dim": 3, "subsample": 1, "progress": False}
    run = reproduce(text, **settings)
    function(from_sentences(text), run, iterations=5)
    for wrong in (other, [*text, ["a", "d"]], [["a", "b", "e"], *text]):
        with pytest.raises(W2VError, match="The run is of another text"):
            function(from_sentences(wrong), run, iterations=5)
    with pytest.raises(W2VError, match="The run has the objective naive-softmax"):
        function(from_sentences(text), reproduce(text, objective="naive-softmax", **settings), iterations=5)


@pytest.mark.parametrize("size", [0, -1, 1.5])
def test_sizes_of_the_table_have_bounds(size):
    text = [["a", "b"], ["c", "d"]] * 5
    run = reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    with pytest.raises(W2VError, match="table_size=.* is not allowed"):
        compare(from_sentences(text), run, table_size=size, iterations=5)
