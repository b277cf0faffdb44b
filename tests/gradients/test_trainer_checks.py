"""The gradients that the trainer follows; the checks of them are tested with injected errors."""

import numpy as np
import pytest

from w2vlib.gradients import losses, numerical_diff, trainer_checks
from w2vlib.models import cbow_kernels, skipgram_kernels, subword_kernels


def failed(**settings):
    results = trainer_checks.check_trainer(points=3, dims=(10,), **settings)
    return {r.loss.removeprefix("SkipGram, ") for r in results if not r.passed}


@pytest.mark.parametrize("dim", trainer_checks.DIMS)
def test_every_path_of_every_width_follows_the_gradient(dim):
    results = trainer_checks.check_trainer(points=5, seed=3, dims=(dim,))
    assert len(results) == len(trainer_checks.PATHS)
    for result in results:
        assert result.passed and result.tolerance == 1e-6, result
        assert 0 < result.error  # two computations, not one that is compared with itself


def changed_bucket(monkeypatch, change):
    """Let the kernel of a bucket change its vectors by `change` more."""
    real = trainer_checks.Bucket.run

    def run(self, V, U):
        old = V.copy(), U.copy()
        loss = real(self, V, U)
        return change(self, loss, old, (V, U))

    monkeypatch.setattr(trainer_checks.Bucket, "run", run)


def test_a_step_too_long_by_a_thousandth_is_rejected(monkeypatch):
    def longer(_, loss, old, new):
        for before, after in zip(old, new, strict=True):
            after += 1e-3 * (after - before)
        return loss

    changed_bucket(monkeypatch, longer)
    assert failed() == set(trainer_checks.PATHS)


def test_a_wrong_loss_is_rejected(monkeypatch):
    changed_bucket(monkeypatch, lambda bucket, loss, old, new: loss * (1 + 1e-5))
    assert failed() == set(trainer_checks.PATHS)


def test_a_negative_that_is_left_out_is_rejected(monkeypatch):
    real = trainer_checks.Bucket.negatives
    monkeypatch.setattr(trainer_checks.Bucket, "negatives", lambda self: real(self)[:, 1:])
    assert failed() == set(trainer_checks.PATHS) - {"pairs"}


def test_a_mean_whose_gradient_is_not_divided_is_rejected(monkeypatch):
    def undivided(V, means, before, starts, contexts, n_rows, job, jobs):
        for r in range(n_rows):
            for c in contexts[starts[r] : starts[r + 1]]:
                if c % jobs == job:
                    V[c] += means[r] - before[r]  # as word2vec.c and gensim do

    monkeypatch.setattr(cbow_kernels, "distribute", undivided)
    assert failed() == {"CBOW"}


def test_rows_of_n_grams_that_do_not_move_are_rejected(monkeypatch):
    monkeypatch.setattr(subword_kernels, "distribute", lambda *arguments: None)
    assert failed() == {"n-grams"}


def test_the_gradient_of_cbow_is_that_of_its_loss():
    rng = np.random.default_rng(0)
    for _ in range(5):
        V, U = rng.normal(0, 0.7, (2, 6, 4))
        context, negatives = rng.integers(0, 6, 5), rng.integers(0, 6, 3)
        _, by_V, by_U = losses.cbow(2, context, V, U, negatives)
        of_V = numerical_diff.numeric_gradient(lambda X: losses.cbow(2, context, X, U, negatives)[0], V)  # noqa: B023
        of_U = numerical_diff.numeric_gradient(lambda X: losses.cbow(2, context, V, X, negatives)[0], U)  # noqa: B023
        np.testing.assert_allclose(by_V, of_V, atol=1e-8)
        np.testing.assert_allclose(by_U, of_U, atol=1e-8)


def test_both_precisions_come_from_one_source():
    codes = [skipgram_kernels.bucket_steps(16, 8, real).py_func.__code__ for real in (np.float32, np.float64)]
    assert codes[0] is codes[1]
