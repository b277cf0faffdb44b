import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2vlib import Embeddings, W2VError
from w2vlib.evaluation import geometry, neighbour_stability, neighbours, vector_spread
from w2vlib.text.vocabulary import Vocabulary


def of(vectors, counts=None):
    vectors = np.asarray(vectors, float)
    words = tuple(f"w{i}" for i in range(len(vectors)))
    counts = np.arange(3 * len(vectors), 2 * len(vectors), -1) if counts is None else np.asarray(counts)
    return Embeddings(vectors, Vocabulary(words, counts))


@pytest.fixture(scope="module")
def clustered():
    """300 words of random vectors, ten of which share a direction."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(300, 20))
    vectors[100:110] += 3 * rng.normal(size=20)
    return of(vectors)


CLUSTER = [f"w{i}" for i in range(100, 110)]
RANDOM = [f"w{i}" for i in range(200, 290, 9)]


def test_a_cluster_is_found_and_a_random_group_is_not(clustered):
    found = geometry.cohesion(clustered, CLUSTER)
    assert found.mean > 0.5 > abs(found.baseline) and found.percentile > 0.99
    found = geometry.cohesion(clustered, RANDOM)
    assert abs(found.mean) < 0.15 and 0.02 < found.percentile < 0.98


def test_cohesion_is_the_mean_of_the_pairs(clustered):
    words = ["w3", "w50", "w7"]
    pairs = [("w3", "w50"), ("w3", "w7"), ("w50", "w7")]
    by_hand = np.mean([clustered.similarity(*pair) for pair in pairs])
    assert geometry.cohesion(clustered, words).mean == pytest.approx(by_hand)


def test_frequency_alone_makes_no_cluster():
    """Frequent words all point one way: close to each other, but no closer than equally frequent words."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(600, 10))
    vectors[:150, 0] += 6
    e = of(vectors)
    found = geometry.cohesion(e, ["w10", "w30", "w50", "w70"])
    assert found.mean > 0.6 and 0.02 < found.percentile < 0.98
    near = neighbours.nearness(e, "w10", "w30")
    assert near.percentile > 0.7


def test_equally_frequent_words_are_the_next_in_rank():
    e = of(np.eye(300))
    near = geometry.equally_frequent(e.vocab, "w150")
    assert sorted(near) == [*range(100, 150), *range(151, 201)]
    assert (
        len(geometry.equally_frequent(e.vocab, "w0"))
        == len(geometry.equally_frequent(e.vocab, "w299"))
        == 100
    )
    assert len(geometry.equally_frequent(of(np.eye(5)).vocab, "w2")) == 4


def test_nearness_by_hand():
    angles = np.array([0, 10, 20, 30, 120, 40]) * np.pi / 180
    e = of(np.column_stack([np.cos(angles), np.sin(angles)]))
    near = neighbours.nearness(e, "w0", "w2")
    assert near.rank == 2 and near.cosine == pytest.approx(np.cos(20 * np.pi / 180))
    assert near.percentile == pytest.approx(3 / 4) == near.percentile_equally_frequent
    assert neighbours.nearness(e, "w0", "w4").percentile == 0
    place = [word for word, _ in e.most_similar("w0", 5)]
    assert [neighbours.nearness(e, "w0", word).rank for word in place] == [1, 2, 3, 4, 5]


def test_equal_vectors_have_percentile_one_half():
    e = of(np.ones((200, 3)))
    assert neighbours.nearness(e, "w3", "w9").percentile == 0.5
    assert geometry.cohesion(e, ["w1", "w2", "w3"]).percentile == 0.5


def test_group_table_separates_close_groups_from_random_ones():
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(400, 12))
    for n, group in enumerate((range(0, 6), range(6, 12))):
        vectors[list(group)] += 4 * np.eye(12)[n]
    e = of(vectors)
    groups = {
        "a": [f"w{i}" for i in range(6)],
        "b": [f"w{i}" for i in range(6, 12)],
        "c": ["w300", "w301", "w302"],
    }
    frame = geometry.group_table(e, {**groups, "alone": ["w9"][:0] or ["w77"]}, trials=300).set_index("group")
    assert list(frame.index) == ["a", "b", "c"]
    for name in "ab":
        row = frame.loc[name]
        assert row["within"] > 0.5 > row["between"] and row["silhouette"] > 0.3
        assert row["p (labels)"] < 0.02 and row["p (frequency)"] < 0.02
    assert frame.loc["c", "p (frequency)"] > 0.02 and frame.loc["c", "silhouette"] < 0.3
    by_hand = np.mean([e.similarity(a, b) for a in groups["a"] for b in [*groups["b"], *groups["c"], "w77"]])
    assert frame.loc["a", "between"] == pytest.approx(by_hand)


def test_one_group_alone_has_no_silhouette(clustered):
    row = geometry.group_table(clustered, {"cluster": CLUSTER}, trials=50).iloc[0]
    assert np.isnan(row["silhouette"]) and np.isnan(row["p (labels)"]) and row["p (frequency)"] < 0.05


def test_spread_of_one_direction_and_of_all():
    rng = np.random.default_rng(2)
    counts = np.arange(2000, 0, -1)
    lengths = np.linspace(2, 1, 2000)[:, None]
    one_way = vector_spread.spread(
        of(lengths * (np.array([5.0, 0, 0]) + 0.1 * rng.normal(size=(2000, 3))), counts)
    )
    assert one_way.mean_cosine > 0.99 and one_way.first_component > 0.99 and one_way.low > 0.99
    assert one_way.length_frequency > 0.9 and one_way.first_component_frequency > 0.9
    all_ways = vector_spread.spread(of(rng.normal(size=(2000, 3)), counts))
    assert abs(all_ways.mean_cosine) < 0.05 and 1 / 3 < all_ways.first_component < 0.4
    assert abs(all_ways.length_frequency) < 0.1 and all_ways.low < -0.5 < 0.5 < all_ways.high


@given(st.integers(0, 2**32 - 1))
def test_spread_does_not_depend_on_rotation_or_scale(seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(60, 4)) + rng.normal(size=4)
    turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
    before, after = vector_spread.spread(of(vectors), 200), vector_spread.spread(of(3 * vectors @ turn), 200)
    for name in ("mean_cosine", "first_component", "first_component_frequency", "length_frequency"):
        assert getattr(before, name) == pytest.approx(getattr(after, name), abs=1e-6)


def test_random_pairs_are_of_different_words(clustered):
    cosines = vector_spread.random_cosines(clustered, 5000)
    assert abs(cosines.mean()) < 0.05 and cosines.max() < 0.999
    assert vector_spread.random_cosines(of(np.ones((300, 4)))).min() == pytest.approx(1)


def test_figure_words():
    vocab = Vocabulary(("king", "queen", "man"), np.ones(3, np.int64))
    groups, missing = geometry.figure_groups(vocab)
    assert groups == {"gender": ["man", "king", "queen"]} and "brilliant" in missing
    for bad in (5, {"a": "good"}, {"a": [1]}):
        with pytest.raises(W2VError, match="is not allowed: give"):
            geometry.figure_groups(vocab, bad)
    assert geometry.drawable(groups)
    none, missing = geometry.figure_groups(vocab, {"colours": ["red", "green", "blue"]})
    assert none == {} and missing == ["red", "green", "blue"] and not geometry.drawable(none)
    assert not geometry.drawable({"gender": ["man", "king"]})


def test_groups_of_single_words_have_no_table(clustered):
    for groups in ({}, {"a": ["w1"], "b": ["w2"]}):
        assert geometry.groups_over_seeds([clustered], groups, 20).empty


def test_two_words_have_no_others_to_be_nearer_than():
    near = neighbours.nearness(of(np.eye(2)), "w0", "w1")
    assert near.rank == 1 and np.isnan([near.percentile, near.percentile_equally_frequent]).all()


def test_random_groups_hold_no_word_twice():
    rng = np.random.default_rng(0)
    groups = geometry._groups([np.arange(8)] * 5, 500, rng)
    assert (np.diff(np.sort(groups, axis=1), axis=1) > 0).all()
    few = geometry._groups([np.array([1, 2])] * 3, 10, rng)  # cannot be: three of two words
    assert few.shape == (10, 3)


@pytest.mark.parametrize("groups", [{"a": ["w1", "w1", "w2"]}, {"a": ["w1", "w2"], "b": ["w2", "w3"]}])
def test_a_word_twice_in_the_groups_is_refused(groups):
    vocab = Vocabulary(("w1", "w2", "w3"), np.array([3, 2, 1]))
    with pytest.raises(W2VError, match="The groups name 'w[12]' twice"):
        geometry.figure_groups(vocab, groups)


def test_one_word_has_no_pairs():
    e = Embeddings(np.eye(1), Vocabulary(("a",), np.array([1])))
    for call in (
        lambda: geometry.cohesion(e, ["a"]), lambda: vector_spread.spread(e),
        lambda: neighbour_stability.overlap_table([e, e]),
    ):  # fmt: skip
        with pytest.raises(W2VError, match="word has no (pairs|neighbours): give"):
            call()
    two = Embeddings(np.eye(2), Vocabulary(("a", "b"), np.array([2, 1])))
    with pytest.raises(W2VError, match="n=-1 is not allowed"):
        neighbour_stability.mean_overlap([two, two], n=-1)
    assert neighbour_stability.neighbour_ids(two, []).shape == (0, 1)
