import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import CharNGrams, Embeddings, SkipGram, W2VError
from w2vlib.gradients import losses
from w2vlib.models import parallel_sgd, subword_kernels, subword_means, update_sizes
from w2vlib.preprocessing.char_ngrams import Members, NGramVectors
from w2vlib.text import vocabulary

USUAL = {"learning_rate": 0.025, "window": 5, "n_negatives": 5}
SMALL = {"dim": 12, "epochs": 3, "window": 3, "subsample": 0, "subwords": CharNGrams(2, 4, 500)}


@pytest.fixture(scope="module")
def text():
    """Two languages of topics: words of one topic share a syllable."""
    rng = np.random.default_rng(0)
    topics = [
        [f"{syllable}{ending}" for ending in ("ba", "di", "gu", "la", "mo", "no")]
        for syllable in ("xax", "yoy")
    ]
    return [[str(w) for w in rng.choice(topics[t], 8)] for t in rng.integers(0, 2, 1500)]


@pytest.fixture
def short_rounds(monkeypatch):
    monkeypatch.setattr(update_sizes, "SUBWORD_ROUND", 800)


def test_ngrams_of_a_word():
    assert CharNGrams(3, 4).of("at") == {"<at", "at>"}
    assert CharNGrams(3, 3).of("where") == {"<wh", "whe", "her", "ere", "re>"}
    assert CharNGrams(3, 6).of("") == set()


@given(st.text(max_size=12), st.integers(1, 4), st.integers(0, 3), st.integers(1, 50))
def test_buckets_are_few_sorted_and_the_same_each_time(word, shortest, more, buckets):
    scheme = CharNGrams(shortest, shortest + more, buckets)
    found = scheme.buckets_of(word)
    assert found == sorted(set(found)) == CharNGrams(shortest, shortest + more, buckets).buckets_of(word)
    assert all(0 <= bucket < buckets for bucket in found) and len(found) <= len(scheme.of(word))


def test_known_buckets():
    assert CharNGrams(3, 3, 1000).buckets_of("at") == [276, 413]  # CRC-32; saved files depend on it


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CharNGrams(0, 3), r"CharNGrams\(shortest=0\)"),
        (lambda: CharNGrams(4, 3), r"CharNGrams\(longest=3\).* from 4 to"),
        (lambda: CharNGrams(3, 6, 0), r"CharNGrams\(buckets=0\)"),
        (lambda: CharNGrams(3, 6.0), r"longest=6.0"),
        (lambda: CharNGrams.spelled("3"), "subwords='3' is not allowed"),
        (lambda: CharNGrams.spelled("3:x"), "subwords='3:x'"),
        (lambda: SkipGram(subwords=(3, 6)).check_params(), r"subwords=\(3, 6\) is not allowed"),
    ],
)
def test_bad_schemes_are_named(make, words):
    with pytest.raises(W2VError, match=words):
        make()


def test_schemes_are_spelled():
    assert CharNGrams.spelled("2:5:77") == CharNGrams(2, 5, 77)
    assert CharNGrams.spelled("3:6") == CharNGrams()


def test_members_are_the_buckets_of_the_words():
    scheme, words = CharNGrams(2, 3, 40), ("king", "kin", "a", "queen")
    members = Members(scheme, words)
    for w, word in enumerate(words):
        rows = members.members[members.offsets[w] : members.offsets[w + 1]]
        assert members.buckets[rows].tolist() == scheme.buckets_of(word)
    assert len(np.unique(members.members)) == len(members.buckets)


def sums(seed=0, dim=5):
    words = ("king", "kings", "ring", "a", "queens")
    members = Members(CharNGrams(2, 3, 30), words)
    state = parallel_sgd.new_state(len(words), dim, seed, members)
    rng = np.random.default_rng(seed)
    state.word_rows[:, :dim], state.ngram_rows[:, :dim] = (
        rng.normal(size=(5, dim)),
        rng.normal(size=(len(members.buckets), dim)),
    )
    return members, state, subword_means.SubwordMeans(state, members, USUAL)


def mean_of(members, own, grams, w):
    rows = members.members[members.offsets[w] : members.offsets[w + 1]]
    return (own[w] + grams[rows].sum(0)) / (1 + len(rows))


def test_vectors_are_means_of_their_rows():
    members, state, means = sums()
    means.compose_all()
    for w in range(5):
        np.testing.assert_allclose(
            state.V[w], mean_of(members, state.word_rows, state.ngram_rows, w), rtol=1e-5, atol=1e-6
        )


def test_training_begins_with_the_vectors_of_whole_words():
    members = Members(CharNGrams(), ("king", "a", "queens"))
    state, plain = parallel_sgd.new_state(3, 7, 5, members), parallel_sgd.new_state(3, 7, 5)
    subword_means.SubwordMeans(state, members, USUAL).compose_all()
    np.testing.assert_allclose(state.V, plain.V, rtol=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True))
def test_rows_take_the_moves_of_all_their_words(seed, moved):
    members, state, means = sums(seed)
    parts = np.random.default_rng(seed).choice([1.0, 0.25], len(moved)).astype(np.float32)
    means.rounds[1] = np.array(moved, np.int32), parts
    for job in range(3):
        means.compose(7, job, 3)
    own, grams = state.word_rows.astype(float), state.ngram_rows.astype(float)
    moves = np.random.default_rng(seed).normal(size=(5, state.V.shape[1])).astype(np.float32)
    for w, part in zip(moved, parts, strict=True):
        state.V[w] += moves[w]
        own[w] += part * moves[w]
        np.add.at(grams, members.members[members.offsets[w] : members.offsets[w + 1]], part * moves[w])
    for job in range(2):
        means.distribute(7, job, 2)
    np.testing.assert_allclose(state.word_rows, own, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state.ngram_rows, grams, rtol=1e-4, atol=1e-5)
    if len(moved) == 1 and parts[0] == 1:  # alone, the mean has moved as far as the word
        means.compose_all()
        np.testing.assert_allclose(
            mean_of(members, own, grams, moved[0]), state.V[moved[0]], rtol=1e-4, atol=1e-5
        )


def test_rows_move_along_the_gradient_of_the_loss():
    """By finite differences: ∂loss/∂row is the gradient for the mean over the number of rows, for each of them."""
    members, state, _ = sums(3)
    own, grams = state.word_rows.astype(float), state.ngram_rows.astype(float)
    U = np.random.default_rng(4).normal(size=(5, own.shape[1]))
    w, negatives = 1, np.array([0, 3, 3])

    def loss():
        return losses.negative_sampling(mean_of(members, own, grams, w), 2, U, negatives)[0]

    _, by_mean, _ = losses.negative_sampling(mean_of(members, own, grams, w), 2, U, negatives)
    rows = members.members[members.offsets[w] : members.offsets[w + 1]]
    for matrix, row in [(own, w), *((grams, r) for r in rows)]:
        for k in range(5):
            h = 1e-5
            matrix[row, k] += h
            up = loss()
            matrix[row, k] -= 2 * h
            down = loss()
            matrix[row, k] += h
            assert (up - down) / (2 * h) == pytest.approx(by_mean[k] / (1 + len(rows)), rel=1e-6, abs=1e-9)


def test_distinct_words_in_order_of_appearance():
    found, seen = np.zeros(5, np.int32), np.zeros(5, np.int64)
    n = subword_kernels.distinct(np.array([3, 1, 3, 0], np.int32), 3, seen, 7, found, 0)
    n = subword_kernels.distinct(np.array([1, 4], np.int32), 2, seen, 7, found, n)
    assert found[:n].tolist() == [3, 1, 4]


def round_of(words):
    """Buffers of a round of one part, whose words are all kept and are centre words."""
    words = np.array(words, np.int32)
    return SimpleNamespace(
        kept_words=lambda n_parts: words,
        centre_words=words[None],
        centre_starts=np.array([[0, len(words)]]),
    )


@settings(deadline=None, max_examples=40)
@given(st.data(), st.integers(1, 40), st.sampled_from([1.0, 0.2, 0.05]))
def test_crowds_are_counted_as_in_numpy(data, n_words, ease):
    """A second route: the number of shared rows of each two words, window by window, as a matrix product."""
    some = data.draw(st.lists(st.text("ab1", min_size=1, max_size=6), min_size=1, max_size=12, unique=True))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    words = rng.choice(rng.integers(0, len(some), n_words), rng.integers(1, 900))
    members = Members(CharNGrams(1, 3, 50), some)
    has = np.zeros((len(some), len(members.buckets)), int)
    for w in range(len(some)):
        has[w, members.members[members.offsets[w] : members.offsets[w + 1]]] = 1
    alike, n_rows = has @ has.T - np.diag(has.sum(1)), 1 + has.sum(1)
    limit, met = 30 * ease, np.zeros(len(some))
    for start in range(0, len(words), 256):
        counts = np.bincount(words[start : start + 256], minlength=len(some))
        met += counts * (alike @ counts >= limit * n_rows)
    crowds = np.where(met > 0, alike @ met / n_rows, 0)
    lists = subword_means.RoundWords(
        members.offsets, members.members, len(members.buckets), {**USUAL, "learning_rate": 0.025 / ease}
    )
    for _ in range(2):  # the second time all that it remembers is as before
        for job in (1, 0, 2):
            lists.look(5, round_of(words), 1, job, jobs=3)
        listed, parts = lists.list(5, round_of(words), 1)
        assert sorted(listed) == np.unique(words).tolist()
        wanted = np.minimum(1, limit / np.maximum(crowds[listed], 1e-9))
        np.testing.assert_allclose(parts, wanted, rtol=1e-5)


def test_ordinary_text_has_no_crowds(bundled, monkeypatch):
    real, least = subword_means.RoundWords.list, []

    def listed(self, *args):
        words, parts = real(self, *args)
        least.append(parts.min(initial=1.0))
        return words, parts

    monkeypatch.setattr(subword_means.RoundWords, "list", listed)
    SkipGram(dim=2, epochs=1, subwords=CharNGrams()).fit(bundled, progress=False)
    assert len(least) > 20 and min(least) == 1


CROWDS = {
    "a table of numbers": [[str(n + k) for k in range(10)] for n in range(1990001, 1991001, 10)],
    "one line of numbers": [[str(n) for n in range(1990001, 1990801)]],
    "a long table": [[str(n + k) for k in range(10)] for n in range(1000000, 1003000, 10)] * 3,
    "dates": [[f"{y}-{m:02}-{d:02}" for d in range(1, 29)] for y in range(1995, 2000) for m in range(1, 13)],
    "a common stem": [[f"donaudampf{a}{b}{c}" for c in "abcdefgh"] for a in "abcdefgh" for b in "abcdefgh"],
    "each word of a stem in a row": [
        [f"donaudampf{a}{n}"] * 10 for a in "abcde" for n in range(100) for _ in range(2)
    ],
    "each date in a row": [
        [f"2026-{m:02}-{d:02}"] * 20 for d in range(1, 29) for m in range(1, 13) for _ in range(3)
    ],
}


@pytest.mark.sampled(8)
@pytest.mark.parametrize("where", list(CROWDS))
@pytest.mark.parametrize(
    "changes",
    [{}, {"partitions": 16}, {"window": 20, "n_negatives": 15}, {"learning_rate": 0.1}],
    ids=["usual", "16", "wide", "0.1"],
)
def test_words_with_common_ngrams_together_in_ordinary_text(bundled, where, changes):
    around = bundled.sentences[:1500]
    settings = {"dim": 12, "epochs": 2, "subwords": CharNGrams(), **changes}
    model = SkipGram(**settings).fit([*around, *CROWDS[where], *around], progress=False)
    assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 20
    half = (model.n_negatives + 1) * np.log(2) / 2  # of the loss of untrained vectors
    assert model.history_[1].pair_loss < max(model.history_[0].pair_loss, half)


RELATED = {
    "stem": [f"donaudampf{a}{n}" for n in range(40) for a in "abcde"],
    "numbers": [str(n) for n in range(1000, 1300)],
    "endings": [f"stem{a}long{n}" for n in range(20) for a in "abcdefghij"],
    "dates": [f"2026-{m:02}-{d:02}" for d in range(1, 29) for m in range(1, 13)],
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("which", list(RELATED))
@pytest.mark.parametrize("times", [1, 10, 50])
@pytest.mark.parametrize(
    "changes",
    [{}, {"partitions": 16}, {"subsample": 0, "subwords": CharNGrams(3, 3)}, {"learning_rate": 0.1}],
    ids=["usual", "16", "all words", "0.1"],
)
def test_text_of_words_with_common_ngrams_only(which, times, changes):
    words = [word for word in RELATED[which] for _ in range(times)]
    text = [words[i : i + 10] for i in range(0, len(words), 10)] * (3 if times < 50 else 1)
    model = SkipGram(**{"dim": 20, "epochs": 2, "subwords": CharNGrams(), **changes}).fit(
        text, progress=False
    )
    assert all(np.linalg.norm(m, axis=1).max() < 20 for m in (model.input_vectors_, model.output_vectors_))
    assert model.history_[1].pair_loss < 1.02 * 6 * np.log(2)


def bytes_of(model):
    return (
        model.embeddings_.vectors.tobytes()
        + model.output_vectors_.tobytes()
        + model.embeddings_.ngrams.vectors.tobytes()
    )


def test_same_bytes_for_any_number_of_threads(text, short_rounds):
    first = SkipGram(**SMALL, threads=1).fit(text, progress=False)
    for threads in (1, 2, 3, 4):
        assert bytes_of(SkipGram(**SMALL, threads=threads).fit(text, progress=False)) == bytes_of(first)
    assert bytes_of(SkipGram(**SMALL, seed=3).fit(text, progress=False)) != bytes_of(first)


@pytest.mark.parametrize("updates", [1, 9, 20])
def test_interrupted_and_resumed_gives_the_same_bytes(text, short_rounds, tmp_path, monkeypatch, updates):
    whole = SkipGram(**SMALL).fit(text, progress=False)
    real, left = parallel_sgd.Training.run, itertools.count()

    def interrupted(self):
        for tokens in real(self):
            yield tokens
            if next(left) == updates:
                raise KeyboardInterrupt

    monkeypatch.setattr(parallel_sgd.Training, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)
    monkeypatch.setattr(parallel_sgd.Training, "run", real)
    again = SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)
    assert bytes_of(again) == bytes_of(whole)
    with pytest.raises(W2VError):  # other n-grams are another training
        SkipGram(**{**SMALL, "subwords": CharNGrams(2, 4, 501)}).fit(
            text, checkpoint_dir=tmp_path, progress=False
        )


def test_unseen_words_lie_with_their_kin(text):
    changes = {"epochs": 8, "subwords": CharNGrams(2, 4, 10**6)}
    e = SkipGram(**{**SMALL, **changes}).fit(text, progress=False).embeddings_
    for unseen, kin, other in (("xaxru", "xaxba", "yoyba"), ("yoyru", "yoyba", "xaxba")):
        assert unseen not in e and e[unseen].shape == (12,)
        assert e.similarity(unseen, kin) > e.similarity(unseen, other) + 0.3
        assert all(word[:3] == unseen[:3] for word, _ in e.most_similar(unseen, 4))
        assert e.analogy(kin, unseen, other, n=2)
    with pytest.raises(W2VError, match="not in the vocabulary"):
        e["§§"]


def test_the_vector_of_an_unseen_word_is_the_mean_of_its_ngrams(text):
    e = SkipGram(**SMALL).fit(text, progress=False).embeddings_
    rows = np.isin(e.ngrams.buckets, SMALL["subwords"].buckets_of("xaxru"))
    np.testing.assert_allclose(e["xaxru"], e.ngrams.vectors[rows].mean(0), rtol=1e-6)


def test_npz_keeps_the_ngrams(text, tmp_path):
    e = SkipGram(**SMALL).fit(text, progress=False).embeddings_
    e.save(tmp_path / "v.npz")
    back = Embeddings.load(tmp_path / "v.npz")
    assert back.ngrams.scheme == SMALL["subwords"]
    assert back["xaxru"].tobytes() == e["xaxru"].tobytes() and back["xaxba"].tobytes() == e["xaxba"].tobytes()
    e.save(tmp_path / "v.txt")
    assert Embeddings.load(tmp_path / "v.txt").ngrams is None


def test_loss_falls_and_needs_no_ngram_at_all(text):
    model = SkipGram(**{**SMALL, "epochs": 5}).fit(text, progress=False)
    falling = [epoch.pair_loss for epoch in model.history_]
    assert falling[-1] < falling[0]
    assert falling == pytest.approx(sorted(falling, reverse=True), rel=1e-3)
    short = [["a", "b"], ["b", "a"]] * 20
    e = (
        SkipGram(dim=3, epochs=1, subsample=0, subwords=CharNGrams(4, 5))
        .fit(short, progress=False)
        .embeddings_
    )
    assert len(e.ngrams.buckets) == 0 and np.isfinite(e.vectors).all()
    assert vocabulary.encode(short)[0].words == e.vocab.words


@pytest.mark.parametrize("spelled", ["3:5:200", "1:3", "2:2", "3:6:20", "1:1"])
def test_rows_that_many_words_share_do_not_diverge(spelled, bundled):
    scheme = CharNGrams.spelled(spelled)
    model = SkipGram(dim=20, epochs=2, subwords=scheme).fit(bundled.sentences[:2000], progress=False)
    first, second = (epoch.pair_loss for epoch in model.history_)
    assert second < first < 6 * np.log(2)
    assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 10


def test_rounds_are_whole_in_ordinary_vocabularies(bundled):
    words, _, _ = vocabulary.encode(bundled)
    whole = update_sizes.SUBWORD_ROUND

    def updates(scheme):
        return update_sizes.updates_of_rows(Members(scheme, words.words), words.counts, 1e-3)

    usual = updates(CharNGrams(3, 6))[0]
    assert not update_sizes.many_updates_by_others(updates(CharNGrams(2, 4))[1])
    few = Members(CharNGrams(3, 6), [3 * letter for letter in "abcdefgh"])  # which share no n-gram
    assert update_sizes.updates_of_rows(few, np.arange(9, 1, -1), 0)[1] < 1e-9

    def tokens(rate=0.025, window=5, n_negatives=5):
        return update_sizes.subword_round_tokens(usual, rate, window, n_negatives)

    assert tokens() == tokens(window=2) == whole
    assert max(tokens(rate=0.1), tokens(window=20), tokens(n_negatives=20)) < whole / 4


@given(
    st.lists(st.text(st.characters(exclude_categories=())), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(0, 5),
    st.integers(1, 50),
)
def test_buckets_of_many_words_are_those_of_each(words, shortest, more, buckets):
    scheme = CharNGrams(shortest, shortest + more, buckets)
    members = Members(scheme, words)
    listed = [
        members.buckets[members.members[begin:end]].tolist()
        for begin, end in zip(members.offsets[:-1], members.offsets[1:], strict=True)
    ]
    assert listed == [scheme.buckets_of(word) for word in words]


def test_unsigned_buckets_that_are_not_ascending_are_refused():
    scheme, vectors = CharNGrams(2, 3, 100), np.eye(3, dtype=np.float32)
    for kind in (np.int64, np.uint64, np.uint8):
        NGramVectors(scheme, np.array([1, 5, 7], kind), vectors).check(3)
        for wrong in ([5, 1, 7], [7, 5, 1], [1, 1, 7], [1, 5, 200]):
            with pytest.raises(W2VError, match="not in ascending order, or out of range"):
                NGramVectors(scheme, np.array(wrong, kind), vectors).check(3)
    with pytest.raises(W2VError, match="above 1e150"):
        NGramVectors(scheme, np.array([1, 5, 7]), np.eye(3) * 1e200).check(3)
