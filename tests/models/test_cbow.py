"""Continuous bag of words."""

import itertools
import random

import numpy as np
import pytest
from click.testing import CliRunner

from w2vlib import CharNGrams, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.models import context_means, parallel_sgd, partitions, text_parts
from w2vlib.text import vocabulary

SMALL = {"objective": "cbow", "dim": 12, "epochs": 2, "learning_rate": 0.1, "seed": 4}


@pytest.fixture(scope="module")
def text():
    """Two topics whose words never meet, and words of both."""
    rng = random.Random(3)
    topics = [[f"{t}{i}" for i in range(40)] for t in "xy"]
    both = [f"z{i}" for i in range(10)]
    return [rng.choices(topics[n % 2] + both, k=rng.randint(5, 15)) for n in range(3000)]


def bytes_of(model):
    return model.embeddings_.vectors.tobytes() + model.output_vectors_.tobytes()


def test_same_bytes_for_any_number_of_threads(text):
    first = SkipGram(**SMALL, threads=1).fit(text, progress=False)
    for threads in (2, 3, 9):
        assert bytes_of(SkipGram(**SMALL, threads=threads).fit(text, progress=False)) == bytes_of(first)
    assert bytes_of(SkipGram(**{**SMALL, "seed": 5}).fit(text, progress=False)) != bytes_of(first)
    skipgram = SkipGram(**{**SMALL, "objective": "skip-gram"}).fit(text, progress=False)
    assert bytes_of(skipgram) != bytes_of(first)


def test_topics_are_told_apart_and_the_loss_falls(text):
    model = SkipGram(**{**SMALL, "epochs": 5, "learning_rate": 0.2}).fit(text, progress=False)
    e = model.embeddings_
    within = np.mean([e.similarity(f"x{i}", f"x{j}") for i, j in itertools.combinations(range(10), 2)])
    between = np.mean([e.similarity(f"x{i}", f"y{j}") for i in range(10) for j in range(10)])
    assert within > between + 0.5
    loss = [epoch.pair_loss for epoch in model.history_]
    assert loss == sorted(loss, reverse=True) and loss[-1] < 0.9 * 6 * np.log(2)


def test_it_goes_on_and_is_resumed_to_the_same_bytes(text, tmp_path):
    first = SkipGram(**SMALL).fit(text, progress=False)
    whole = SkipGram(**SMALL).fit(text[:500], init=first, progress=False)
    for _ in range(2):
        again = SkipGram(**SMALL).fit(text[:500], init=first, checkpoint_dir=tmp_path, progress=False)
        assert bytes_of(again) == bytes_of(whole)
    with pytest.raises(W2VError, match="another run .objective is 'cbow' there, 'skip-gram' here"):
        skipgram = SkipGram(**{**SMALL, "objective": "skip-gram"})
        skipgram.fit(text[:500], init=first, checkpoint_dir=tmp_path, progress=False)


def test_contexts_are_those_of_the_windows():
    sentences = [["a", "b", "c", "d"], ["e"], ["f", "g"]]
    vocab, ids, offsets = vocabulary.encode(sentences)
    parts = text_parts.TextParts(ids, offsets, vocab.counts, 0, 0.75)
    settings = {
        "objective": "cbow", "window": 1, "n_negatives": 5, "learning_rate": 0.1, "min_learning_rate": 0.1,
        "epochs": 1, "seed": 0,
    }  # fmt: skip
    training = parallel_sgd.Training(parallel_sgd.new_state(len(vocab), 4, 0), parts, settings, 1)
    list(training.rounds())
    buffers = training.sets[0]
    assert buffers.n_rows(0) == training.state.pairs == 6  # the word that stands alone has no context
    found, starts = {}, buffers.context_starts[0]
    for r, o in zip(buffers.arrays[4][0, :6], buffers.arrays[5][0, :6], strict=True):
        o = parts.order.words[o]
        context = buffers.contexts[0, starts[r] : starts[r + 1]]
        found[vocab.words[o]] = "".join(vocab.words[parts.order.words[c]] for c in context)
    assert found == {"a": "b", "b": "ac", "c": "bd", "d": "c", "f": "g", "g": "f"}


@pytest.mark.parametrize("P", [2, 4])
def test_jobs_change_rows_of_their_own(text, monkeypatch, P):
    vocab, ids, offsets = vocabulary.encode(text[:300])
    parts = text_parts.TextParts(ids, offsets, vocab.counts, 0, 0.75, P, part_tokens=1000)
    settings = {
        "objective": "cbow", "window": 3, "n_negatives": 5, "learning_rate": 0.1, "min_learning_rate": 0.1,
        "epochs": 1, "seed": 0,
    }  # fmt: skip
    state = parallel_sgd.new_state(len(vocab), 4, 0, partitions=P)
    training = parallel_sgd.Training(state, parts, settings, 1)
    train, distribute, seen = training._train, training.means.distribute, []

    def watched_train(number, a, b, round_):
        rows, U, V = [r.copy() for r in training.means.rows], state.U.copy(), state.V.copy()
        train(number, a, b, round_)
        for old, new in zip(rows, training.means.rows, strict=True):
            assert (np.flatnonzero((old != new).any(1)) % P == a).all()
        of = partitions.partitions_of_rows(len(U), P)
        assert (of[(U != state.U).any(1)] == b).all() and np.array_equal(V, state.V)
        seen.append("train")

    def watched_distribute(number, job, jobs):
        V = state.V.copy()
        distribute(number, job, jobs)
        changed = np.flatnonzero((V != state.V).any(1))
        assert changed.size and (changed % jobs == job).all()
        seen.append("distribute")

    monkeypatch.setattr(training, "_train", watched_train)
    monkeypatch.setattr(training.means, "distribute", watched_distribute)
    assert sum(training.rounds()) == len(ids)
    assert seen.count("train") == P * P * training.n_rounds
    assert seen.count("distribute") == training.n_rounds


@pytest.mark.parametrize("n_types", [1, 2, 5, 20])
@pytest.mark.parametrize("learning_rate", [0.025, 0.2])
def test_few_words_can_be_trained_on(n_types, learning_rate):
    rng = random.Random(n_types)
    words = [f"word{i}" for i in range(n_types)]
    text = [[words[min(n_types - 1, int(rng.expovariate(0.7)))] for _ in range(8)] for _ in range(200)]
    model = SkipGram(objective="cbow", dim=20, subsample=0, epochs=2, learning_rate=learning_rate)
    model.fit(text, progress=False)
    assert all(epoch.pair_loss < 1.02 * 6 * np.log(2) for epoch in model.history_)
    assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 20


@pytest.mark.parametrize("n_negatives", [15, 50])
@pytest.mark.parametrize("n_types", [2, 15])
def test_few_words_in_sentences_longer_than_a_round_can_be_trained_on(n_types, n_negatives):
    text = [["a"] * 50 + [f"b{i % (n_types - 1)}"] for i in range(200)]
    model = SkipGram(objective="cbow", dim=10, subsample=0, epochs=5, n_negatives=n_negatives)
    model.fit(text, progress=False)
    assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 20


def test_what_diverges_for_its_long_sentences_is_told_so():
    text = [["a"] * 300 + ["b", "c"]] * 30
    with pytest.raises(
        W2VError, match="few words make up sentences of up to 302 words: divide these, or give a"
    ):
        SkipGram(objective="cbow", dim=10, subsample=0, learning_rate=2.0, seed=1).fit(text, progress=False)


@pytest.mark.parametrize(("K", "window", "rate"), [(5, 5, 0.025), (15, 2, 0.1), (1, 10, 1.0)])
def test_rounds_are_shorter_where_few_words_move_together(K, window, rate):
    tokens = [
        context_means.cbow_round_tokens(np.full(n, 7), 0, rate, window, K) for n in (2, 50, 1000, 10**6)
    ]
    assert tokens == sorted(tokens) and tokens[0] < tokens[2]
    assert 2 <= tokens[0] and tokens[-1] <= 2 * text_parts.PART


def test_it_is_refused_with_n_grams_and_known_to_the_shell(tmp_path, text):
    with pytest.raises(W2VError, match="objective='cbow' is not allowed with subwords"):
        SkipGram(objective="cbow", subwords=CharNGrams()).check_params()
    with pytest.raises(W2VError, match="objective='CBOW' is not allowed: give one of skip-gram, cbow"):
        SkipGram(objective="CBOW").check_params()
    source, target = tmp_path / "text.txt", tmp_path / "v.npz"
    source.write_text("".join(" ".join(s) + "\n" for s in text[:200]))
    arguments = ["train", "--corpus", source, "--output", target, "--objective", "cbow", "--dim", 12]
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0 and "loss per pair" in result.stdout and target.exists()
