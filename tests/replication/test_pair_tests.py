import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize

from w2vlib.gradients import losses
from w2vlib.replication import pair_tests, published_recipe, unigram_baseline
from w2vlib.text.corpus import from_sentences

SETTINGS = {"dim": 3, "window": 2, "n_negatives": 4, "subsample": 1, "learning_rate": 2.0, "progress": False}


@pytest.fixture(scope="module")
def drawn():
    """A text of 8 words and its pairs, vectors, and a table of negatives without word 7."""
    rng = np.random.default_rng(3)
    offsets = np.r_[0, np.cumsum(rng.integers(2, 9, 200))]
    words = np.minimum(rng.geometric(0.3, offsets[-1]) - 1, 7).astype(np.int32)
    pairs = pair_tests.pair_distribution(words, offsets, 4, 8)
    V, U = rng.normal(0, 1, (2, 8, 3))
    noise = np.r_[np.full(7, 1 / 7), 0.0]
    return words, offsets, pairs, V, U, noise


def plain_loss(a, b, drawn, n_negatives):
    """Eq. (1.23) over all pairs of words, with plain loops over the vocabulary."""
    _, _, pairs, V, U, noise = drawn
    p = pairs.toarray()
    q = n_negatives * np.array([unigram_baseline.noise_given_outside(row, noise) for row in p])
    x = a * V @ U.T + b
    return -(p * losses.log_sigmoid(x) + q * losses.log_sigmoid(-x)).sum()


def test_columns_of_the_pairs_are_the_outside_distribution(drawn):
    words, offsets, pairs, *_ = drawn
    outside, _ = unigram_baseline.outside_distribution(words, offsets, 4, 8)
    np.testing.assert_allclose(pairs.sum(0), outside)
    assert not pairs.diagonal().any()  # a word is no context of itself


def test_with_scale_0_the_best_loss_is_the_unigram_baseline(drawn):
    *_, pairs, V, U, noise = drawn
    p = pairs.sum(0)
    best = unigram_baseline.best_loss(p, 3 * unigram_baseline.noise_given_outside(p, noise))
    expected = pair_tests.ExpectedLoss(V, U, pairs, noise, 3)
    a, b, loss = pair_tests.refit(expected, scale=0.0)
    assert a == 0 and loss == pytest.approx(best, rel=1e-12)
    assert plain_loss(a, b, drawn, 3) == pytest.approx(best, rel=1e-9)
    np.testing.assert_array_equal(b, expected.all_biases(expected.by_frequency))


@pytest.mark.parametrize("scale", [1.0, None])
def test_refitting_finds_the_minimum(drawn, scale, monkeypatch):
    monkeypatch.setattr(pair_tests, "_CENTRES", 100_000)  # the mean over centres is then nearly exact
    *_, pairs, V, U, noise = drawn
    a, b, loss = pair_tests.refit(pair_tests.ExpectedLoss(V, U, pairs, noise, 3), scale)

    def free(x):
        return plain_loss(scale if scale else x[0], np.r_[x[1:], 50.0], drawn, 3)

    best = minimize(free, np.zeros(8), method="BFGS")
    assert loss == pytest.approx(best.fun, abs=1e-4)
    assert plain_loss(a, b, drawn, 3) == pytest.approx(best.fun, abs=1e-6)
    np.testing.assert_allclose(b[:7], best.x[1:], atol=5e-3)
    if scale is None:
        assert a == pytest.approx(best.x[0], abs=5e-3)


def test_derivatives_are_those_of_the_loss(drawn):
    *_, pairs, V, U, noise = drawn
    expected = pair_tests.ExpectedLoss(V, U, pairs, noise, 3)
    b, h = expected.by_frequency + 0.3, 1e-5
    _, by_a, by_b, by_aa, by_ab, by_bb = expected(0.7, b)
    up, down = expected(0.7 + h, b), expected(0.7 - h, b)
    assert by_a == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6)
    assert by_aa == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-6)
    np.testing.assert_allclose(by_ab, (up[2] - down[2]) / (2 * h), rtol=1e-5, atol=1e-9)
    for w in range(b.size):
        moved = b + h * (np.arange(b.size) == w)
        assert by_b[w] == pytest.approx((expected(0.7, moved)[0] - expected(0.7, b)[0]) / h, abs=1e-5)
        assert by_bb[w] == pytest.approx((expected(0.7, moved)[2][w] - by_b[w]) / h, rel=1e-3)


def test_permutations_stay_among_words_alike():
    frequencies = np.arange(50)[::-1] / 10
    order = pair_tests.permutation_alike(frequencies, 10, np.random.default_rng(0))
    assert sorted(order) == list(range(50)) and (order != np.arange(50)).sum() > 30
    assert np.array_equal(order // 10, np.arange(50) // 10)


def pairs_of_words(n):
    """Each sentence holds two words of one of ten pairs; words of a pair are never beside others."""
    rng = np.random.default_rng(1)
    return from_sentences([f"a{k}", f"b{k}"] for k in rng.integers(0, 10, n))


def independent_words(n):
    rng = np.random.default_rng(1)
    return from_sentences([f"w{w}" for w in sentence] for sentence in rng.integers(0, 20, (n, 6)))


@pytest.mark.parametrize(("text", "pairs"), [(pairs_of_words(400), True), (independent_words(8000), False)])
def test_pairs_are_told_from_frequencies(text, pairs):
    run = published_recipe.reproduce(text, iterations=3000, **SETTINGS)
    found = pair_tests.test_pairs(text, run, n_permutations=5, iterations=100)
    baseline = unigram_baseline.compare(text, run, iterations=100)
    assert found.trained == baseline.trained_loss  # one computation, one figure
    assert found.baseline == pytest.approx(baseline.baseline_loss, rel=0.01)
    if pairs:
        assert found.trained < found.permuted_alike.min() and found.scale > 0.5
        assert found.biased_gain > 0.5 and found.scaled_gain > 10 * found.scaled_error
    else:
        assert abs(found.scaled_gain) < 0.01
        assert found.permuted_alike.mean() - found.trained < 0.1  # no word is beside itself


def test_wrong_frequencies_hide_knowledge_of_pairs_from_the_loss_but_not_from_the_tests():
    text = pairs_of_words(400)
    run = published_recipe.reproduce(text, iterations=3000, **SETTINGS)
    # One more dimension, equal for all input vectors, adds a wrong score to each outside word.
    wrong = np.random.default_rng(0).normal(0, 6, len(run.vocab))
    worse = published_recipe.Run(
        **{
            **vars(run),
            "input_vectors": np.c_[run.input_vectors, np.ones(len(run.vocab))],
            "output_vectors": np.c_[run.output_vectors, wrong],
        }
    )
    baseline = unigram_baseline.compare(text, worse, iterations=100)
    found = pair_tests.test_pairs(text, worse, n_permutations=5, iterations=100)
    assert baseline.trained_loss > baseline.baseline_loss + 0.5  # the loss alone says nothing was learned
    assert found.biased_gain > 0.5 and found.scaled_gain > 0.5
    assert found.trained < found.permuted_alike.min()


@pytest.mark.parametrize("seed", range(3))
def test_random_vectors_end_below_the_baseline_when_refitted(seed):
    """So refitting is no test: whatever the vectors are, the fit is to the counts that it is judged by."""
    rng = np.random.default_rng(seed)
    pairs = sparse.csc_array(rng.dirichlet(np.ones(144)).reshape(12, 12))
    V, U = rng.normal(size=(2, 12, 3))
    expected = pair_tests.ExpectedLoss(V, U, pairs, np.full(12, 1 / 12), 2)
    assert pair_tests.refit(expected)[2] < pair_tests.refit(expected, scale=0.0)[2]


def test_p_value_of_the_permutations():
    losses = np.array([2.0, 3.0, 4.0])
    found = pair_tests.PairTests(*(2.5, losses, losses), *[0.0] * 14)
    assert found.p == 0.5
