import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from unittest.mock import Mock

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks.large import write_text
from w2vlib import CharNGrams, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.gradients import losses
from w2vlib.models import (
    matrices,
    parallel_sgd,
    partitions,
    simd,
    text_parts,
    training_loop,
    update_sizes,
)
from w2vlib.text import sampling, vocabulary
from w2vlib.text.corpus import from_sentences
from w2vlib.utils import checkpoints
from w2vlib.utils.environment import available_processors
from w2vlib.utils.files import project_root

SMALL = {"dim": 12, "epochs": 2, "n_negatives": 3, "seed": 4}


@pytest.fixture(scope="module")
def text():
    """Two topics whose words never meet, and words of both; long enough for several rounds."""
    rng = random.Random(3)
    topics = [[f"{t}{i}" for i in range(40)] for t in "xy"]
    both = [f"z{i}" for i in range(10)]
    return [rng.choices(topics[n % 2] + both, k=rng.randint(5, 15)) for n in range(6000)]


@pytest.fixture
def short_rounds(monkeypatch):
    monkeypatch.setattr(text_parts, "PART", 2048)


def bytes_of(model):
    return model.embeddings_.vectors.tobytes() + model.output_vectors_.tobytes()


def losses_of(model):
    return [(e.epoch, e.pair_loss, e.learning_rate) for e in model.history_]


@pytest.mark.parametrize("partitions", [1, 2, 4, 16])
def test_same_bytes_for_any_number_of_threads_and_on_each_run(text, short_rounds, partitions):
    first = SkipGram(**SMALL, threads=1, partitions=partitions).fit(text, progress=False)
    for threads in (1, 2, 3, 4, 9):
        other = SkipGram(**SMALL, threads=threads, partitions=partitions).fit(text, progress=False)
        assert bytes_of(other) == bytes_of(first)
        assert losses_of(other) == losses_of(first)
    other = SkipGram(**{**SMALL, "seed": 5}, partitions=partitions).fit(text, progress=False)
    assert bytes_of(other) != bytes_of(first)


@pytest.mark.parametrize("partitions", partitions.NUMBERS)
@pytest.mark.parametrize("changes", [{}, {"objective": "cbow"}, {"subwords": CharNGrams(3, 4, 50)}])
def test_every_number_of_partitions_is_safe(partitions, changes):
    few = [["a", "b", "c"], ["c", "d"]] * 30  # fewer words than most numbers of partitions
    settings = {"dim": 5, "epochs": 2, "subsample": 0, "partitions": partitions, **changes}
    one, three = (SkipGram(**settings, threads=n).fit(few, progress=False) for n in (1, 3))
    assert np.isfinite(one.output_vectors_).all() and bytes_of(one) == bytes_of(three)
    assert one.embeddings_.vocab.words == ("c", "a", "b", "d")


@pytest.mark.parametrize("n_types", [2, 3, 5, 8, 40])
@pytest.mark.parametrize("partitions", [8, 64])
def test_few_words_do_not_diverge_with_many_partitions(partitions, n_types):
    """Texts of 40 and 300 tokens, where a loss depends much on what is drawn."""
    words = [f"w{k}" for k in range(n_types)]
    for n_tokens in (40, 300):
        tokens = (words * n_tokens)[:n_tokens]
        text = [tokens[k : k + 10] for k in range(0, n_tokens, 10)]
        for changes in ({"window": 1}, {"n_negatives": 1}, {"epochs": 5}):
            settings = {"dim": 16, "epochs": 2, "subsample": 0, "partitions": partitions, **changes}
            model = SkipGram(**settings).fit(text, progress=False)
            assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 5


@pytest.mark.parametrize("partitions", [0, 3, 128, 2.0, True])
def test_other_numbers_of_partitions_are_refused(partitions):
    with pytest.raises(W2VError, match="partitions=.* is not allowed: give one of 1, 2, 4, 8, 16, 32, 64"):
        SkipGram(partitions=partitions).check_params()


@pytest.mark.parametrize("P", [2, 8])
def test_jobs_that_may_run_together_share_no_row(text, short_rounds, monkeypatch, P):
    (corpus, ids, offsets), seen = vocabulary.encode(text), []
    state = parallel_sgd.new_state(len(corpus), 4, 0, partitions=P)
    settings = {
        "window": 5,
        "n_negatives": 5,
        "learning_rate": 0.1,
        "min_learning_rate": 0.0,
        "epochs": 1,
        "seed": 0,
    }
    parts = text_parts.TextParts(ids, offsets, corpus.counts, 0, 0.75, P)
    training = parallel_sgd.Training(state, parts, settings, 1)
    real = training._train

    def watched(number, a, b, round_):
        V, U = state.V.copy(), state.U.copy()
        real(number, a, b, round_)
        changed = np.flatnonzero((V != state.V).any(1)), np.flatnonzero((U != state.U).any(1))
        of = partitions.partitions_of_rows(len(V), P)
        assert (of[changed[0]] == a).all() and (of[changed[1]] == b).all()
        seen.append((number, a, b, len(changed[1])))

    monkeypatch.setattr(training, "_train", watched)
    assert sum(training.rounds()) == len(ids)
    assert all(n for *_, n in seen)
    assert len({job[:3] for job in seen}) == len(seen) == P**2 * training.n_rounds
    graph = training.job_graph(0, training._round(0))
    while graph.left:  # all that can begin at the same time
        together = list(iter(graph.take, None))
        train = [graph.what[number] for number in together if graph.what[number][0] is watched]
        assert len({a for _, _, a, _, _ in train}) == len({b for _, _, _, b, _ in train}) == len(train)
        for number in together:
            graph.done(number)


def test_topics_are_told_apart_and_the_loss_falls(text):
    model = SkipGram(dim=20, epochs=5).fit(text, progress=False)
    e = model.embeddings_
    within = np.mean([e.similarity(f"x{i}", f"x{j}") for i, j in itertools.combinations(range(10), 2)])
    between = np.mean([e.similarity(f"x{i}", f"y{j}") for i in range(10) for j in range(10)])
    assert within > between + 0.5
    loss = [epoch.pair_loss for epoch in model.history_]
    assert loss == sorted(loss, reverse=True) and loss[-1] < 0.93 * loss[0]
    assert all(epoch.words_per_second > 0 for epoch in model.history_)
    assert [epoch.learning_rate for epoch in model.history_] == pytest.approx(
        [0.02002, 0.01504, 0.01006, 0.00508, 0.0001]
    )
    assert e.vectors.dtype == model.output_vectors_.dtype == np.float32
    assert e.vectors.shape == model.output_vectors_.shape == (90, 20)
    assert "x1" in e and e["x1"].shape == (20,)


def test_loss_of_untrained_vectors_is_known(text):
    model = SkipGram(dim=8, n_negatives=4, epochs=1, learning_rate=1e-12, min_learning_rate=0).fit(
        text, progress=False
    )
    assert model.history_[0].pair_loss == pytest.approx(5 * np.log(2), rel=1e-6)  # all scores are 0


@pytest.mark.parametrize("partitions", [1, 2, 16])
def test_loss_is_that_of_the_equations(text, partitions):
    """With fixed vectors: mean over all pairs of −log σ(u_o·v_i) − K · E log σ(−u_k·v_i)."""
    (corpus, ids, offsets), K = vocabulary.encode(text), 5
    state = parallel_sgd.new_state(len(corpus), 6, 0, partitions=partitions)
    state.V[:, :6], state.U[:, :6] = np.random.default_rng(0).normal(0, 0.8, (2, len(corpus), 6))
    V, U = state.V.astype(float), state.U.astype(float)
    settings = {
        "window": 1,
        "n_negatives": K,
        "learning_rate": 1e-12,
        "min_learning_rate": 0.0,
        "epochs": 1,
        "seed": 0,
    }
    parts = text_parts.TextParts(ids, offsets, corpus.counts, 0, 0.75, partitions)
    list(parallel_sgd.Training(state, parts, settings, 1).rounds())
    scores = V @ U.T
    noise = sampling.noise_distribution(corpus.counts)
    ids = parts.order.rows[ids]
    noise = noise[parts.order.words]
    expected = -losses.log_sigmoid(scores) - K * (losses.log_sigmoid(-scores) @ noise)[:, None]
    pairs = np.zeros_like(scores)
    for a, b in itertools.pairwise(offsets):
        np.add.at(pairs, (ids[a : b - 1], ids[a + 1 : b]), 1)
        np.add.at(pairs, (ids[a + 1 : b], ids[a : b - 1]), 1)
    assert state.pairs == pairs.sum()
    assert state.losses.sum() / state.pairs == pytest.approx((pairs * expected).sum() / pairs.sum(), rel=2e-3)


@pytest.mark.parametrize("partitions", [1, 2, 4])
def test_steps_follow_the_gradient_of_the_equations(partitions):
    """Small steps move the vectors along −gradient of the expected loss, in both matrices, over seeds."""
    n, learning_rate = 1000, 2e-5
    corpus, ids, offsets = vocabulary.encode([["a", "b"]] * n + [["c", "d"]] * n)
    V, U = np.random.default_rng(1).normal(0, 1, (2, 4, 3)).astype(np.float32).astype(float)
    moved_V, moved_U = [], []
    for seed in range(12):
        state = parallel_sgd.new_state(4, 3, 0, partitions=partitions)
        text = text_parts.TextParts(ids, offsets, corpus.counts, 0, 0.75, partitions)
        rows = text.order.rows
        state.V[rows, :3], state.U[rows, :3] = V, U
        settings = {
            "window": 2, "n_negatives": 2, "learning_rate": learning_rate, "min_learning_rate": learning_rate, "epochs": 1, "seed": seed
        }  # fmt: skip
        list(parallel_sgd.Training(state, text, settings, 1).rounds())
        moved_V.append(state.V[rows, :3] - V)
        moved_U.append(state.U[rows, :3] - U)
    by_V, by_U, pairs = np.zeros_like(V), np.zeros_like(U), [(0, 1), (1, 0), (2, 3), (3, 2)]
    for i, o in pairs:
        for w in range(4):  # the noise is uniform: all words are equally frequent
            _, grad_v, grad_U = losses.negative_sampling(V[i], o, U, np.array([w, w]))
            by_V[i] += n * grad_v / 4
            by_U += n * grad_U / 4
    for moved, gradient in ((moved_V, by_V), (moved_U, by_U)):
        change = np.mean(moved, axis=0)
        assert np.linalg.norm(change + learning_rate * gradient) < 0.05 * np.linalg.norm(change)


def test_padding_stays_zero_and_fewer_words_than_classes_are_fine():
    model = SkipGram(dim=5, epochs=3, n_negatives=1, subsample=0).fit(
        [["a", "b"], ["b", "c"]] * 50, progress=False
    )
    assert np.isfinite(model.embeddings_.vectors).all() and model.embeddings_.vectors.any()


def test_a_text_in_one_sentence_is_cut():
    offsets = text_parts._cut(np.array([0, 5, 25_000, 25_003]))
    assert offsets.tolist() == [0, 5, 10_005, 20_005, 25_000, 25_003]


def test_large_texts_are_mapped_with_the_same_result(text, monkeypatch):
    plain = SkipGram(**SMALL).fit(text, progress=False)
    monkeypatch.setattr(vocabulary, "MAPPED_FROM", 100)
    monkeypatch.setattr(vocabulary, "_AT_ONCE", 1000)
    _, ids, _ = vocabulary.encode(text)
    assert isinstance(ids.base, np.memmap) and ids.dtype == np.int32
    assert bytes_of(SkipGram(**SMALL).fit(text, progress=False)) == bytes_of(plain)


class Interrupted:
    """A tqdm that is interrupted after a few updates."""

    def __init__(self, updates):
        self.left = updates

    def __call__(self, **_):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def set_description(self, *_, **__):
        pass

    set_postfix = set_description

    def update(self, _):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("updates", [1, 9, 15, 20])
def test_interrupted_and_resumed_gives_the_same_bytes(text, short_rounds, tmp_path, monkeypatch, updates):
    whole = SkipGram(**SMALL).fit(text, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "tqdm", Interrupted(updates))
        with pytest.raises(KeyboardInterrupt, match="continues from here"):
            SkipGram(**SMALL, threads=2).fit(text, checkpoint_dir=tmp_path)
        patch.setattr(training_loop, "tqdm", Interrupted(2))
        with pytest.raises(KeyboardInterrupt, match="nothing is saved"):
            SkipGram(**SMALL).fit(text)
    assert len(checkpoints.saved_iterations(tmp_path)) <= 2
    resumed = SkipGram(**SMALL, threads=3).fit(text, checkpoint_dir=tmp_path, progress=False)
    assert bytes_of(resumed) == bytes_of(whole) and losses_of(resumed) == losses_of(whole)
    again = SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)  # all is there already
    assert bytes_of(again) == bytes_of(whole) and losses_of(again) == losses_of(whole)


def test_interrupted_before_an_epoch_is_recorded_it_still_is(text, short_rounds, tmp_path, monkeypatch):
    whole = SkipGram(**SMALL).fit(text, progress=False)
    with monkeypatch.context() as patch:
        patch.setattr(training_loop, "Epoch", Mock(side_effect=[KeyboardInterrupt, whole.history_[0]]))
        with pytest.raises(KeyboardInterrupt, match="epoch 2 of 2"):
            SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)
    resumed = SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)
    assert losses_of(resumed) == losses_of(whole) and bytes_of(resumed) == bytes_of(whole)


def test_a_checkpoint_of_another_run_is_refused_and_left(text, tmp_path):
    SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for change in ({"dim": 13}, {"seed": 1}, {"epochs": 3}):
        with pytest.raises(W2VError, match="another run"):
            SkipGram(**{**SMALL, **change}).fit(text, checkpoint_dir=tmp_path, progress=False)
    with pytest.raises(W2VError, match="another run"):
        SkipGram(**SMALL).fit(text[:-1], checkpoint_dir=tmp_path, progress=False)
    newest = checkpoints.checkpoint_path(tmp_path, checkpoints.saved_iterations(tmp_path)[-1])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    newest.write_bytes(newest.read_bytes()[:-10])
    with pytest.raises(W2VError, match="damaged or truncated"):
        SkipGram(**SMALL).fit(text, checkpoint_dir=tmp_path, progress=False)


def test_ctrl_c_and_kill_lose_nothing(text, tmp_path):
    source = tmp_path / "text.txt"
    source.write_text("".join(" ".join(s) + "\n" for s in text), encoding="utf-8")
    command = ["w2v", "train", "--corpus", source, "--epochs", "400", "--dim", "20"]

    def run(output, *more):
        return [*command, "--output", str(tmp_path / output), *more]

    folder = tmp_path / "run"
    with_folder = run("a.npz", "--checkpoint-dir", str(folder))
    for stop, status in ((signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)):
        process = subprocess.Popen(with_folder, stderr=subprocess.PIPE, text=True)
        saved = checkpoints.saved_iterations(folder)
        while checkpoints.saved_iterations(folder)[-1:] in (saved[-1:], []) and process.poll() is None:
            time.sleep(0.02)
        begin = time.monotonic()
        process.send_signal(stop)
        _, said = process.communicate()
        assert process.returncode == status, said
        if stop == signal.SIGINT:
            assert time.monotonic() - begin < 10 and f"checkpoint_dir='{folder}' continues from here" in said
            assert "Traceback" not in said
    assert not (tmp_path / "a.npz").exists()
    subprocess.run(with_folder, check=True, capture_output=True)
    subprocess.run(run("b.npz"), check=True, capture_output=True)
    a, b = (np.load(tmp_path / name)["vectors"] for name in ("a.npz", "b.npz"))
    assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dim": 0}, "dim=0 is not allowed: give a whole number from 1 to 10000"),
        ({"dim": 10.0}, "dim=10.0"),
        ({"window": True}, "window=True"),
        ({"n_negatives": 0}, "n_negatives=0"),
        ({"subsample": -1}, "subsample=-1 is not allowed: give a number from 0"),
        ({"min_count": 0}, "min_count=0"),
        ({"max_vocab": 0}, "max_vocab=0 is not allowed: give a whole number from 1 to 2147483647, or None"),
        ({"noise_exponent": float("nan")}, "noise_exponent=nan"),
        ({"learning_rate": 0}, "learning_rate=0"),
        ({"learning_rate": "0.1"}, "learning_rate='0.1'"),
        (
            {"min_learning_rate": 0.5},
            "min_learning_rate=0.5 is not allowed: give at most learning_rate, which is 0.025",
        ),
        ({"epochs": 0}, "epochs=0"),
        ({"seed": -1}, "seed=-1"),
        ({"threads": 0}, "threads=0"),
    ],
)
def test_bad_parameters_are_named(change, words):
    with pytest.raises(W2VError) as error:
        SkipGram(**change).check_params()
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("sentences", "words"),
    [
        ((s for s in [["a", "b"]]), "generator is not a text that can be read again"),
        ("a b c", "A text is a list of token lists, and str came"),
        (7, "A text is a list of token lists, and int came"),
        ([], "holds no words"),
        ([[]], "holds no words"),
        (["a b", "c"], "Sentence 1 is of type str"),
        ([["a", "b"], ["c", 7]], "word 7 in sentence 2 is no string"),
        ([["a", None]], "word None in sentence 1 is no string"),
        ([["a", "b"], 7], "Sentence 2 is of type int"),
        ([["a", ["b"]]], "A word of sentence 1 is no string"),
        ([["a"], ["b"]], "no context to learn from"),
    ],
)
def test_bad_text_is_explained(sentences, words):
    with pytest.raises(W2VError) as error:
        SkipGram().fit(sentences, progress=False)
    assert words in str(error.value)


def test_an_empty_vocabulary_is_explained():
    with pytest.raises(W2VError, match="occurs 9 times or more: lower min_count"):
        SkipGram(min_count=9).fit([["a", "b"]] * 3)


def test_a_step_too_large_is_explained(text, tmp_path):
    with pytest.raises(W2VError, match=r"give a smaller learning_rate than 1000"):
        SkipGram(dim=4, learning_rate=1000, epochs=1).fit(text, checkpoint_dir=tmp_path, progress=False)
    assert not checkpoints.saved_iterations(tmp_path)


def test_a_corpus_and_its_sentences_give_the_same(toy):
    a = SkipGram(**SMALL).fit(toy, progress=False)
    assert bytes_of(SkipGram(**SMALL).fit(list(toy), progress=False)) == bytes_of(a)
    fewer = SkipGram(**SMALL, max_vocab=10, min_count=2).fit(from_sentences(toy), progress=False)
    assert len(fewer.embeddings_) == 10


def test_progress_names_speed_loss_and_time_left(toy, capsys):
    SkipGram(**SMALL).fit(toy)
    shown = capsys.readouterr().err
    assert "words/s" in shown and "loss=" in shown and "epoch 2/2" in shown and "<" in shown


def test_settings_of_the_kernels_are_sound():
    assert all(
        update_sizes.shared_negatives(k) > k and update_sizes.shared_negatives(k) % 4 == 0
        for k in range(1, 40)
    )
    assert all(
        matrices.padded(d) % simd.LANES == 0 and 0 <= matrices.padded(d) - d < 16 for d in range(1, 40)
    )
    assert json.dumps(SkipGram().get_params()) and os.cpu_count() >= available_processors()


def test_a_large_text_needs_little_memory(tmp_path):
    """A million tokens drawn on the spot, in a process of its own: 300 million are for `make bench`."""
    path = tmp_path / "text.txt"
    write_text(path, tokens=1_000_000, vocab=20_000)
    command = [sys.executable, "-m", "benchmarks.large", "--alone", path]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=project_root())
    figures = json.loads(done.stdout)
    assert figures["words"] > 15_000 and figures["tokens"] == 1_000_000
    assert max(figures["encoding peak"], figures["training peak"]) < 0.75


# Small vocabularies and large learning rates


def few_words(n_types, n_sentences=300):
    """Sentences of 8 words of so many types, some far more frequent than others."""
    rng = random.Random(n_types)
    words = [f"word{i}" for i in range(n_types)]
    return [
        [words[min(n_types - 1, int(rng.expovariate(0.7)))] for _ in range(8)] for _ in range(n_sentences)
    ]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("n_types", [1, 2, 3, 5, 20])
@pytest.mark.parametrize("K", [1, 5, 15, 50])
@pytest.mark.parametrize("learning_rate", [0.025, 0.1])
def test_few_words_can_be_trained_on(n_types, K, learning_rate):
    for window, subwords in ((1, None), (10, None), (5, CharNGrams())):
        model = SkipGram(
            dim=20,
            n_negatives=K,
            window=window,
            learning_rate=learning_rate,
            subsample=0,
            epochs=2,
            subwords=subwords,
        ).fit(few_words(n_types), progress=False)
        start = (K + 1) * np.log(2)
        assert all(epoch.pair_loss < 1.02 * start for epoch in model.history_)
        assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 20


REPEATED = {
    "one word": ["alpha"] * 20,
    "two words": ["alpha", "beta"],
    "a phrase": ["see", "also", "entry", "one"],
}


@pytest.mark.sampled(10)
@pytest.mark.parametrize("lines", [300, 10_000])
@pytest.mark.parametrize("what", REPEATED)
@pytest.mark.parametrize(
    "changes", [{}, {"partitions": 16}, {"partitions": 64}, {"objective": "cbow"}, {"subwords": CharNGrams()}],
    ids=["2", "16", "64", "CBOW", "n-grams"],
)  # fmt: skip
def test_repeated_lines_in_ordinary_text_do_not_diverge(changes, what, lines, bundled):
    text = bundled.sentences[:3000] + [REPEATED[what]] * lines + bundled.sentences[3000:6000]
    model = SkipGram(dim=20, epochs=2, **changes).fit(text, progress=False)
    assert model.history_[-1].pair_loss < model.history_[0].pair_loss < 6 * np.log(2)
    assert np.linalg.norm(model.embeddings_.vectors, axis=1).max() < 20


@pytest.mark.parametrize("tokens", [5_000, 40_000])
@pytest.mark.parametrize("n_types", [2, 3, 5])
@pytest.mark.parametrize(
    "changes", [{"window": 20}, {"n_negatives": 15}, {"partitions": 1}], ids=["window", "negatives", "one partition"]
)  # fmt: skip
def test_a_few_words_in_turn_do_not_diverge(changes, n_types, tokens, bundled):
    line = [f"w{i % n_types}" for i in range(tokens)]
    text = [*bundled.sentences[:3000], line, *bundled.sentences[3000:6000]]
    model = SkipGram(dim=16, epochs=2, **changes).fit(text, progress=False)
    assert model.history_[-1].pair_loss < model.history_[0].pair_loss
    assert (
        max(np.linalg.norm(matrix, axis=1).max() for matrix in (model.input_vectors_, model.output_vectors_))
        < 30
    )


def test_the_shell_writes_no_vectors_that_learnt_nothing(tmp_path):
    text, target = tmp_path / "text.txt", tmp_path / "v.npz"
    text.write_text("a b\n" * 9)  # with the default subsample hardly a word of it is kept
    arguments = ["train", "--corpus", str(text), "--output", str(target), "--epochs", "1"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and "w2v: No training pair was drawn: subsampling" in result.stderr
    assert not target.exists()
    assert CliRunner().invoke(main, [*arguments, "--subsample", "0"]).exit_code == 0 and target.exists()


@pytest.mark.parametrize("learning_rate", [0.1, 0.2])
def test_large_rates_learn_and_vectors_stay_short(learning_rate, bundled):
    text = bundled.sentences[:4000]
    models = [
        SkipGram(dim=50, epochs=2, learning_rate=learning_rate, threads=threads).fit(text, progress=False)
        for threads in (1, 2)
    ]
    assert models[0].history_[-1].pair_loss < models[0].history_[0].pair_loss < 6 * np.log(2)
    assert np.linalg.norm(models[0].embeddings_.vectors, axis=1).max() < 10
    assert models[0].embeddings_.vectors.tobytes() == models[1].embeddings_.vectors.tobytes()


RUNS = {  # lines of few words
    "a word a line": [[f"w{i % 10}"] * 200 for i in range(100)],
    "two words in turn": [[f"w{i % 20}", f"w{(i + 1) % 20}"] * 50 for i in range(100)],
    "in one line": [[f"w{i // 200 % 10}" for i in range(20_000)]],
    "300 words": [[f"w{i % 300}"] * 30 for i in range(900)],
    "beside others": [[f"w{i % 10}"] * 200 for i in range(100)] + [[f"o{j * k % 997}" for j in range(15)] for k in range(500)],
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_lines_that_repeat_a_word_are_trained_at_the_defaults(name):
    text = RUNS[name]
    for changes in ({}, {"epochs": 2, "dim": 50}, {"seed": 1}):
        history = SkipGram(**changes).fit(text, progress=False).history_
        assert history[-1].pair_loss < 6 * np.log(2)


def test_at_the_usual_learning_rate_the_text_is_named(monkeypatch):
    monkeypatch.setattr(update_sizes, "_REPEATED", 9.0)  # so that it diverges
    with pytest.raises(
        W2VError, match="few words make up long pieces of the text: give a text with more words"
    ):
        SkipGram().fit(RUNS["a word a line"], progress=False)


def test_a_training_that_diverges_is_refused_and_not_saved(toy, tmp_path):
    for folder in (None, tmp_path / "runs"):
        with pytest.raises(
            W2VError, match="The training diverges: in epoch 1 .* give a smaller learning_rate than 50"
        ):
            SkipGram(dim=10, learning_rate=50, subsample=0).fit(toy, folder, progress=False)
    assert not list(tmp_path.rglob("*.ckpt"))


def test_the_shell_writes_no_vectors_that_diverged(toy, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(map(" ".join, toy)))
    target = tmp_path / "v.npz"
    arguments = ["train", "--corpus", text, "--output", target, "--learning-rate", "50", "--subsample", "0"]
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 2 and result.stderr.startswith("w2v: The training diverges")
    assert not target.exists()


def test_an_epoch_without_a_pair_has_no_loss(tmp_path):
    text = [["the", "cat"], ["the", "dog"]] * 20
    settings = {"dim": 4, "epochs": 30, "subsample": 1e-4, "threads": 1, "seed": 1}
    history = SkipGram(**settings).fit(text, progress=False).history_
    losses = np.array([epoch.pair_loss for epoch in history])
    assert np.isnan(losses).any() and (losses[~np.isnan(losses)] > 0).all() and not np.isnan(losses).all()
    saved, again = (  # the second reads the checkpoint of the first
        SkipGram(**settings).fit(text, progress=False, checkpoint_dir=tmp_path) for _ in range(2)
    )
    for model in (saved, again):
        assert np.array_equal([epoch.pair_loss for epoch in model.history_], losses, equal_nan=True)
