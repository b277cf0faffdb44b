import os
import random
import time

import numpy as np
import pytest
from click.testing import CliRunner
from processes import process

from w2vlib import W2VError
from w2vlib.cli import main
from w2vlib.gradients import losses
from w2vlib.replication import published_recipe, settings, sgd, subsampling
from w2vlib.replication.published_recipe import reproduce
from w2vlib.replication.settings import RecipeSettings
from w2vlib.text.corpus import from_sentences
from w2vlib.text.sampling import noise_distribution
from w2vlib.utils.validation import Real


def plain_recipe(
    corpus,
    python_seed,
    numpy_seed,
    dim,
    window,
    n_negatives,
    batch_size,
    iterations,
    learning_rate,
    halving_interval,
    objective,
):
    """The recipe with Python's own generator and `losses.py`: slow, independent of the kernels."""
    rng = random.Random(python_seed)
    sentences = [[t.lower() for t in s] for s in corpus]
    counts = {}
    for sentence in sentences:
        for token in sentence:
            counts[token] = counts.get(token, 0) + 1
    counts["UNK"] = 1
    ids = {word: i for i, word in enumerate(counts)}
    total = sum(counts.values())
    reject = {w: max(0, 1 - np.sqrt(1e-5 * total / n)) for w, n in counts.items()}
    reach = np.cumsum(noise_distribution(list(counts.values()))) * 15_000
    table, j = [], 0
    for i in range(15_000):
        while i > reach[j] and j + 1 < len(reach):
            j += 1
        table.append(j)
    V = (np.random.RandomState(numpy_seed).rand(len(ids), dim) - 0.5) / dim
    U = np.zeros((len(ids), dim))
    c = rng.randint(1, window)
    text = []
    for sentence in sentences * 30:
        kept = [ids[w] for w in sentence if reject[w] <= 0 or rng.random() >= reject[w]]
        text += [kept] if len(kept) > 1 else []
    average, averages, per_pair = None, [], []
    for iteration in range(1, iterations + 1):
        loss, grad_V, grad_U, n_pairs = 0.0, np.zeros_like(V), np.zeros_like(U), 0
        for b in range(batch_size):
            if (iteration, b) != (1, 0):
                c = rng.randint(1, window)
            outside = []
            while not outside:
                sentence = text[rng.randint(0, len(text) - 1)]
                at = rng.randint(0, len(sentence) - 1)
                centre = sentence[at]
                outside = [w for w in sentence[max(0, at - c) : at + c + 1] if w != centre]
            negatives = None
            if objective == "negative-sampling":
                negatives = []
                for o in outside:
                    drawn = []
                    while len(drawn) < n_negatives:
                        word = table[rng.randint(0, 14_999)]
                        drawn += [word] if word != o else []
                    negatives.append(drawn)
            one = losses.skipgram(centre, outside, V, U, negatives)
            loss, grad_V, grad_U = loss + one[0], grad_V + one[1], grad_U + one[2]
            n_pairs += len(outside)
        V -= learning_rate * grad_V / batch_size
        U -= learning_rate * grad_U / batch_size
        if iteration % 10 == 0:
            mean = loss / batch_size
            average = mean if average is None else 0.95 * average + 0.05 * mean
            averages.append(average)
            per_pair.append(loss / n_pairs)
        if iteration % halving_interval == 0:
            learning_rate *= 0.5
    return V, U, averages, per_pair


@pytest.fixture(scope="module")
def text():
    """Frequent words that are thinned out, rare ones that are not, capitals, one-word sentences."""
    rng = random.Random(4)
    words = [f"Word{i}" for i in range(300)]
    weights = [1 / (i + 1) for i in range(300)]
    sentences = [rng.choices(words, weights, k=rng.randint(1, 15)) for _ in range(1500)]
    return from_sentences(sentences)


PUBLISHED = {
    "python_seed": 42, "numpy_seed": 6289, "dim": 10, "window": 5, "n_negatives": 10, "batch_size": 50,
    "iterations": 35_000, "learning_rate": 0.2, "halving_interval": 20_000, "objective": "negative-sampling",
}  # fmt: skip
SMALL = {**PUBLISHED, "iterations": 60, "batch_size": 8, "halving_interval": 25}


@pytest.mark.parametrize(
    "value", [(n for n in [1]), {}.keys(), memoryview(b"a")], ids=["generator", "keys", "memory"]
)
def test_settings_that_cannot_be_copied_are_refused(value):
    with pytest.raises(W2VError, match="^window=.* is not allowed: give a whole number"):
        reproduce([["a", "b"]] * 9, window=value, progress=False)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"python_seed": 7, "numpy_seed": 1, "window": 2, "dim": 3},
        {"n_negatives": 1, "batch_size": 1, "learning_rate": 1.5, "window": 1, "dim": 17},
        {"python_seed": -5, "numpy_seed": np.int64(2**32 - 1), "iterations": 20},
        {"objective": "naive-softmax", "iterations": 30},
        {"objective": "naive-softmax", "iterations": 20, "window": 9, "dim": 1, "python_seed": 0},
    ],
)
def test_every_number_equals_the_plain_recipe(text, change):
    settings = {**SMALL, **change}
    run = reproduce(text, **settings, progress=False)
    V, U, averages, per_pair = plain_recipe(text, **settings)
    np.testing.assert_allclose(run.input_vectors, V, atol=1e-12, rtol=0)
    np.testing.assert_allclose(run.output_vectors, U, atol=1e-12, rtol=0)
    np.testing.assert_allclose(run.ema_loss, averages, atol=1e-10, rtol=0)
    np.testing.assert_allclose(run.pair_loss, per_pair, atol=1e-10, rtol=0)


def test_the_published_curve(ptb):
    run = reproduce(ptb, progress=False)
    assert published_recipe.is_published(run)
    reference = published_recipe.published_curve()
    assert run.ema_loss.shape == reference.shape == (3500,)
    assert np.abs(run.ema_loss - reference).max() < 1e-6
    assert f"{run.ema_loss[-1]:.6f}" == "7.885781"
    assert sorted(run.checkpoints) == list(range(5000, 35001, 5000))
    assert len(run.vocab) == 10_000 and run.vocab.words[-1] == "UNK"
    for iteration, sums in SUMS.items():
        V, U = run.checkpoints[iteration]
        found = V.sum(), np.abs(V).sum(), U.sum(), np.abs(U).sum()
        np.testing.assert_allclose(found, sums, rtol=0, atol=1e-9)
    for word, vector in VECTORS.items():
        np.testing.assert_allclose(run.input_vectors[run.vocab.ids[word]], vector, rtol=0, atol=1e-9)


# Of the published parameters: iteration → sum and sum of sizes of the input and of the output vectors.
SUMS = {
    5000: (2311.530430595076, 7454.841831847536, -1092.5788555227036, 3375.0874992529707),
    10000: (6329.127979322162, 18877.17556079221, -4346.187564238939, 13830.684762703524),
    15000: (8508.146859107019, 25227.904938609896, -6168.285227207814, 20378.17377479175),
    20000: (9651.169244711438, 28570.02787218502, -6971.48594084839, 23974.52307822527),
    25000: (10017.892320616747, 29643.50269759944, -7172.90006165177, 25181.900284782787),
    30000: (10300.52375086292, 30471.395211241215, -7296.255251430221, 26150.99400565281),
    35000: (10519.607039237639, 31113.85037654393, -7362.828378544758, 26939.81641590228),
}
# Input vectors of the published run after the last iteration.
VECTORS = {
    "good": [
        -0.21180123293479486,
        -0.2891872531676823,
        0.7890714516730487,
        0.18592648447683585,
        0.029210017173252792,
        0.7746858032768406,
        -0.6597388786033073,
        0.3802268206966874,
        0.08190335545259034,
        0.03782527647379548,
    ],
    "queen": [
        -0.150232647679053,
        -0.20825822229052426,
        0.6484768612081023,
        0.1717013842378178,
        0.03565939601868696,
        0.6891647872480201,
        -0.5506278215064672,
        0.3375743239023033,
        0.053301616227958315,
        0.022566188801869565,
    ],
    "brilliant": [
        -0.18414959161782044,
        -0.17955796185338618,
        0.6379108028144367,
        0.11264771795007625,
        0.07990974673744308,
        0.7081395445985345,
        -0.5672312657562489,
        0.32510916014718066,
        0.06254280305400833,
        -0.026692310665456166,
    ],
}


def test_other_settings_are_not_the_published_run(text):
    run = reproduce(text, iterations=10, progress=False)
    assert not published_recipe.is_published(run)


def test_progress_bar_and_result_do_not_depend_on_each_other(text, capsys):
    quiet = reproduce(text, **SMALL, progress=False)
    assert capsys.readouterr().err == ""
    shown = reproduce(text, **SMALL, progress=True)
    assert "60/60" in capsys.readouterr().err
    assert np.array_equal(quiet.input_vectors, shown.input_vectors)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dim": 0}, "dim=0 is not allowed: give a whole number from 1 to"),
        ({"window": 2.5}, "window=2.5"),
        ({"learning_rate": 0}, "learning_rate=0 is not allowed: give a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"iterations": True}, "iterations=True"),
        ({"objective": "softmax"}, "one of negative-sampling, naive-softmax"),
        ({"numpy_seed": -1}, "numpy_seed=-1"),
        ({"python_seed": 1.0}, "python_seed=1.0"),
        ({"window": 2**31 - 1}, "from 1 to 1000"),
        ({"checkpoint_every": 0}, "checkpoint_every=0"),
    ],
)
def test_settings_out_of_range(text, change, message):
    with pytest.raises(W2VError, match=message):
        reproduce(text, **change)


@pytest.mark.parametrize(
    "sentences", [[["a"]], [["a", "a", "a"]], [["a"], ["b"]], [["a", "A"], ["b"]]], ids=str
)
def test_a_text_too_small_is_refused_and_not_looped_over(sentences):
    with pytest.raises(W2VError, match="too small"):
        reproduce(sentences, progress=False)


def test_the_threshold_of_subsampling_rises_only_where_no_pair_is_left(bundled):
    asked = settings.PUBLISHED
    assert subsampling.threshold_for(bundled, asked, 2) == 1e-5
    short = from_sentences([["a", "b"]] * 200)
    with pytest.raises(W2VError, match="after subsampling no sentence"):
        subsampling.subsampled_text(short, asked)
    found = subsampling.threshold_for(short, asked, 3)
    assert 1e-5 < found < 1e-2
    for seed in (42, 43, 44):
        subsampling.subsampled_text(short, asked.replace(python_seed=seed, subsample=found))
    for none in ([["a", "A"]] * 200, [["a"], ["b"]]):
        with pytest.raises(W2VError, match="no sentence has two different words"):
            subsampling.threshold_for(from_sentences(none), asked)


def test_without_a_record_there_is_no_last_loss(text):
    run = reproduce(text, **{**SMALL, "iterations": 5}, progress=False)
    assert np.isnan(published_recipe.tail_loss(run))
    run = reproduce(text, **SMALL, progress=False)
    assert published_recipe.tail_loss(run) == run.pair_loss[-published_recipe.TAIL :].mean()


def test_two_words_are_enough():
    run = reproduce([["a", "b"] * 50] * 200, **SMALL, progress=False)
    assert np.isfinite(run.ema_loss).all()


def test_a_step_too_large_is_explained(text, monkeypatch):
    monkeypatch.setitem(settings.RULES, "learning_rate", Real(0))  # beyond the bound, to diverge at once
    with pytest.raises(W2VError, match="The vectors hold NaN .* too large"):  # before any loss is recorded
        reproduce(text, **{**SMALL, "learning_rate": 1e305, "iterations": 9}, progress=False)
    with pytest.raises(W2VError, match="The loss is .* too large"):
        reproduce(text, **{**SMALL, "learning_rate": 1e305}, progress=False)


@pytest.mark.parametrize("objective", ["negative-sampling", "naive-softmax"])
def test_a_training_that_diverges_is_refused_and_not_saved(objective, tmp_path):
    text = [["a", "b", "c"], ["a", "c", "b", "d"]] * 5
    settings = {"dim": 4, "iterations": 60, "subsample": 1, "objective": objective, "progress": False}
    with pytest.raises(W2VError, match="The training diverges: .* smaller learning_rate than 30"):
        reproduce(text, **settings, learning_rate=30, checkpoint_dir=tmp_path)
    assert not list(tmp_path.glob("*.npz"))
    (tmp_path / "text.txt").write_text("\n".join(map(" ".join, text)))
    command = f"reproduce --corpus {tmp_path}/text.txt --dim 4 --iterations 60 --subsample 1 --objective {objective}"
    result = CliRunner().invoke(main, [*command.split(), "--learning-rate", "30"])
    assert result.exit_code == 2 and "w2v: The training diverges" in result.stderr and not result.stdout
    assert reproduce(text, **settings, learning_rate=0.2).pair_loss[-1] < 5 * np.log(2)


# Resuming


def same(run, other):
    return (
        np.array_equal(run.input_vectors, other.input_vectors)
        and np.array_equal(run.output_vectors, other.output_vectors)
        and np.array_equal(run.ema_loss, other.ema_loss)
        and np.array_equal(run.pair_loss, other.pair_loss)
        and sorted(run.checkpoints) == sorted(other.checkpoints)
    )


LONG = {**SMALL, "iterations": 2345, "halving_interval": 700, "checkpoint_every": 333}


def test_resuming_from_each_checkpoint_gives_the_same_bytes(text, tmp_path):
    whole = reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 8
    while files:
        files.pop().unlink()
        assert same(reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False), whole)
        for path in sorted(tmp_path.iterdir())[len(files) :]:
            path.unlink()


def test_a_renamed_checkpoint_is_refused(text, tmp_path):
    reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    first, second = sorted(tmp_path.iterdir())[:2]
    os.replace(first, second)
    with pytest.raises(W2VError, match="holds iteration 333"):
        reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)


def test_a_checkpoint_after_the_last_iteration_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.setattr(RecipeSettings, "as_dict", lambda settings: {})  # as if it were of these settings
    reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    with pytest.raises(W2VError, match="is of a run with more iterations"):
        reproduce(text, **{**LONG, "iterations": 400}, checkpoint_dir=tmp_path, progress=False)


def test_the_naive_softmax_is_resumed_too(text, tmp_path):
    settings = {**SMALL, "objective": "naive-softmax", "checkpoint_every": 17}
    whole = reproduce(text, **settings, checkpoint_dir=tmp_path, progress=False)
    for path in sorted(tmp_path.iterdir())[2:]:
        path.unlink()
    assert same(reproduce(text, **settings, checkpoint_dir=tmp_path, progress=False), whole)


def test_a_finished_run_is_read_back(text, tmp_path):
    whole = reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert same(reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False), whole)
    assert stamps == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}


@pytest.mark.parametrize("change", [{"learning_rate": 0.1}, {"iterations": 3000}, {"python_seed": 1}])
def test_checkpoints_of_other_settings_are_refused(text, tmp_path, change):
    reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(W2VError, match=f"another run \\({next(iter(change))} is"):
        reproduce(text, **{**LONG, **change}, checkpoint_dir=tmp_path, progress=False)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_checkpoints_of_another_text_are_refused(text, toy, tmp_path):
    reproduce(text, **LONG, checkpoint_dir=tmp_path, progress=False)
    with pytest.raises(W2VError, match="tokens_sha256"):
        reproduce(toy, **LONG, checkpoint_dir=tmp_path, progress=False)


def live(path, folder, settings):
    reproduce(load(path), **settings, checkpoint_dir=folder, progress=False)


def test_killed_at_random_moments_it_ends_with_the_same_bytes(text, tmp_path):
    settings = {
        **SMALL,
        "iterations": 60_000,
        "batch_size": 50,
        "halving_interval": 25_000,
        "checkpoint_every": 1000,
    }
    path, folder = tmp_path / "text.txt", tmp_path / "run"
    path.write_text("\n".join(" ".join(sentence) for sentence in text), encoding="utf-8")
    whole = reproduce(text, **settings, progress=False)
    rng, kills = random.Random(0), 0
    for _ in range(6):
        seen = len(list(folder.glob("*.ckpt"))) if folder.exists() else 0
        living = process(live, (path, folder, settings))
        living.start()
        deadline = time.monotonic() + 60
        # Past the start-up, so that each life gets something done before it is killed.
        while living.is_alive() and time.monotonic() < deadline:
            if folder.exists() and len(list(folder.glob("*.ckpt"))) > seen:
                break
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.1))
        if living.is_alive():
            living.kill()
            kills += 1
        living.join()
    assert kills >= 5 and len(list(folder.glob("*.ckpt"))) < 60
    again = reproduce(load(path), **settings, checkpoint_dir=folder, progress=False)
    assert same(again, whole)


def load(path):
    from w2vlib import load_corpus

    return load_corpus(path)


def test_a_pair_of_one_word_is_not_waited_for():
    with pytest.raises(W2VError, match="two different words"):
        sgd.seconds_per_pair("naive-softmax", 1)
