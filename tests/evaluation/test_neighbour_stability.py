import numpy as np
import pytest

from w2vlib import Embeddings, W2VError
from w2vlib.evaluation import neighbour_stability
from w2vlib.text.vocabulary import Vocabulary


def of(vectors):
    words = tuple(f"w{i}" for i in range(len(vectors)))
    return Embeddings(
        np.asarray(vectors, float), Vocabulary(words, np.arange(2 * len(vectors), len(vectors), -1))
    )


def test_neighbours_are_those_of_the_embeddings(monkeypatch):
    monkeypatch.setattr(neighbour_stability, "_AT_ONCE", 7)
    e = of(np.random.default_rng(0).normal(size=(50, 5)))
    found = neighbour_stability.neighbour_ids(e, np.arange(50), 4)
    for i in range(50):
        assert {f"w{j}" for j in found[i]} == {word for word, _ in e.most_similar(f"w{i}", 4)}


def test_overlap_by_hand():
    first, second = np.array([[1, 2, 3, 4], [5, 6, 7, 8]]), np.array([[4, 3, 9, 10], [8, 7, 6, 5]])
    assert neighbour_stability.overlap(first, second).tolist() == [0.5, 1.0]


def test_bands_hold_every_rank_once():
    e = of(np.ones((1500, 2)))
    bands = neighbour_stability.words_by_frequency(e.vocab, per_band=10_000)
    assert list(bands) == ["1 to 100", "101 to 1,000", "1,001 to 1,500"]
    assert sorted(np.concatenate(list(bands.values())).tolist()) == list(range(1500))
    assert {
        name: len(ids) for name, ids in neighbour_stability.words_by_frequency(e.vocab, 50).items()
    } == dict.fromkeys(bands, 50)


def test_rotated_vectors_share_all_neighbours_and_random_ones_few():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(400, 6))
    turn, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    same = [of(vectors), of(3 * vectors @ turn)]
    assert neighbour_stability.mean_overlap(same) == 1
    frame = neighbour_stability.overlap_table(same)
    assert all(cell.startswith("1.000") for cell in frame.iloc[:, 2])
    others = [of(rng.normal(size=(400, 6))) for _ in range(3)]
    assert neighbour_stability.mean_overlap(others) == pytest.approx(10 / 399, abs=0.01)
    assert frame["random lists"].iloc[0] == pytest.approx(10 / 399)


def test_frequency_decides_where_only_rare_words_are_noise():
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(600, 6))
    several = []
    for _ in range(3):
        mine = vectors.copy()
        mine[100:] = rng.normal(size=(500, 6)) + [
            9,
            0,
            0,
            0,
            0,
            0,
        ]  # all of them apart from the frequent ones
        mine[:100, 0] -= 9
        several.append(of(mine))
    frequent, rare = (
        float(cell.split(" ")[0]) for cell in neighbour_stability.overlap_table(several).iloc[:, 2]
    )
    assert frequent > 0.99 and rare < 0.1


def test_one_seed_has_no_overlap():
    e = of(np.eye(5))
    assert np.isnan(neighbour_stability.mean_overlap([e]))
    assert neighbour_stability.overlap_table([e]).iloc[0, 2] == "—"


def test_a_small_vocabulary_has_fewer_neighbours():
    found = neighbour_stability.neighbour_ids(
        of(np.random.default_rng(0).normal(size=(6, 3))), np.arange(6), 10
    )
    assert found.shape == (6, 5) and all(i not in row for i, row in enumerate(found))


def test_trainings_with_other_vocabularies_are_refused():
    vectors = np.random.default_rng(0).standard_normal((6, 3))
    e = Embeddings(vectors, Vocabulary(tuple("abcdef"), np.arange(6, 0, -1)))
    other = Embeddings(vectors[::-1], Vocabulary(tuple("fedcba"), np.arange(1, 7)))
    for call in (neighbour_stability.mean_overlap, neighbour_stability.overlap_table):
        with pytest.raises(W2VError, match="The trainings have different vocabularies"):
            call([e, other], n=2)
