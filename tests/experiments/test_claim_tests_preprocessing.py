import numpy as np
import pytest

from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.experiments.claim_tests_preprocessing import TESTS


def row(rare="keep", numbers="keep", seed=0, **figures):
    return AblationRow(rare, numbers, seed, **figures)


ROWS = [
    row(seed=0, vocabulary=100, pair_loss=2.0, baselines={"length": {"magnitude": 0.25}}),
    row(seed=1, vocabulary=100, pair_loss=3.0, baselines={"length": {"magnitude": 0.5}}),
    row("top:9", seed=1, vocabulary=20, pair_loss=1.0),
    row("top:9", seed=0, vocabulary=10, pair_loss=1.5),
    row(numbers="N", seed=0, magnitude=1.0),
]


def test_a_scheme_is_named_by_what_it_changes():
    assert [r.scheme for r in ROWS[1:]] == ["keep", "top:9", "top:9", "N"]


def test_values_by_seed():
    assert TESTS["value"](ROWS, "top:9", "vocabulary").tolist() == [10, 20]
    assert TESTS["ratio"](ROWS, "top:9", "vocabulary", "keep").tolist() == [0.1, 0.2]
    assert TESTS["difference"](ROWS, "top:9", "pair_loss", "keep").tolist() == [-0.5, -2]
    assert TESTS["difference_of_fields"](ROWS, "keep", "vocabulary", "pair_loss").tolist() == [98, 97]
    found = TESTS["difference_from_baseline"](ROWS, "N", "magnitude", "length", "magnitude")
    assert found[0] == 0.75 and np.isnan(found[1])  # the second seed has no row under N


def test_what_is_missing_is_nan():
    assert np.isnan(TESTS["value"](ROWS, "bpe:8", "vocabulary")).all()
    assert np.isnan(TESTS["value"](ROWS, "keep", "held_out")).all()
    assert np.isnan(TESTS["stability_by_unknown_nearby"](ROWS, "top:9")).all()
    assert np.isnan(TESTS["stability_by_unknown_nearby_difference"](ROWS, "top:9", "keep")).all()


def noisy(scheme, spoilt, n_seeds=3):
    """Rows in which the more `<unk>` stands near a word, the more of its neighbours change, if `spoilt`."""
    words = [f"w{i}" for i in range(60)]
    rng = np.random.default_rng(0)
    near = {w: i / 60 for i, w in enumerate(words)}
    counts = {w: int(n) for w, n in zip(words, rng.integers(10, 99, 60), strict=True)}
    rows = []
    for seed in range(n_seeds):
        lists = {
            w: " ".join([f"own{k}" for k in range(10 - i // 6)] + [f"s{seed}n{k}" for k in range(i // 6)])
            if spoilt
            else " ".join(f"own{k}" for k in range(9)) + f" s{rng.integers(2)}"
            for i, w in enumerate(words)
        }
        rows.append(row(scheme, seed=seed, neighbours=lists, sample_counts=counts, unknown_nearby=near))
    return rows


def test_a_scheme_that_did_nothing_is_no_evidence():
    rows = [row("top:9", vocabulary=9, changed=False), row(vocabulary=9, changed=True)]
    assert np.isnan(TESTS["ratio"](rows, "top:9", "vocabulary", "keep")).all()
    assert TESTS["value"](rows, "keep", "vocabulary").tolist() == [9]


def test_injected_noise_is_found_and_compared():
    rows = noisy("top:9", True) + noisy("keep", False)
    assert np.mean(TESTS["stability_by_unknown_nearby"](rows, "top:9")) < -0.9
    assert abs(np.mean(TESTS["stability_by_unknown_nearby"](rows, "keep"))) < 0.3
    assert np.mean(TESTS["stability_by_unknown_nearby_difference"](rows, "top:9", "keep")) < -0.6


@pytest.mark.parametrize(("n_seeds", "figures"), [(1, 1), (2, 1), (3, 1), (6, 3)])
def test_no_seed_is_in_two_pairs(n_seeds, figures):
    assert len(TESTS["stability_by_unknown_nearby"](noisy("keep", True, n_seeds), "keep")) == figures
