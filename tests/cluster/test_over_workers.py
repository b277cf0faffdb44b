"""Counting and training over worker processes: the bytes of one machine, whoever works, whoever is killed."""

import asyncio
import contextlib
import gzip
import io
import os
import re
import shlex
import signal
import subprocess
import time

import distributed
import nbformat
import numpy as np
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook
from some_workers import SomeWorkers

from w2vlib import CharNGrams, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.cluster import clients
from w2vlib.cluster.clients import open_client
from w2vlib.cluster.counting import TextInFiles, files_of
from w2vlib.experiments.ablation import grid
from w2vlib.experiments.record import read_record
from w2vlib.models import holder_group, text_parts, worker_training
from w2vlib.replication.settings import PUBLISHED
from w2vlib.reporting.notebook_runs import import_papermill
from w2vlib.text.vocabulary import encode
from w2vlib.utils import checkpoints
from w2vlib.utils.files import project_root

pytest.importorskip("distributed", reason="needs the extra cluster")
psutil = pytest.importorskip("psutil")
SETTINGS = {"dim": 20, "epochs": 3, "n_negatives": 3, "seed": 4, "subsample": 1e-2}


@pytest.fixture(scope="module")
def text():
    rng = np.random.default_rng(1)
    words = (1.5 ** (rng.random((400, 12)) * 12)).astype(int)
    return [[f"w{i}" for i in row] for row in words]


@pytest.fixture(scope="module")
def client():
    with open_client(4) as client:
        yield client
        processes = [p for p in psutil.Process().children(recursive=True) if "spawn_main" in str(p.cmdline())]
    assert len(processes) >= 4 and not psutil.wait_procs(processes, 30)[1]


@pytest.fixture
def short_rounds(monkeypatch):
    monkeypatch.setattr(text_parts, "PART", 256)


@pytest.fixture
def alone(text, short_rounds):
    return SkipGram(**SETTINGS, threads=1).fit(text, progress=False)


def assert_same(model, alone):
    for name in ("input_vectors_", "output_vectors_"):
        assert getattr(model, name).tobytes() == getattr(alone, name).tobytes()
    assert model.embeddings_.vocab.words == alone.embeddings_.vocab.words
    losses = [[(e.epoch, e.pair_loss, e.learning_rate) for e in m.history_] for m in (model, alone)]
    assert losses[0] == losses[1]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_same_bytes_on_any_number_of_workers(client, text, alone, workers):
    model = SkipGram(**SETTINGS).fit(text, progress=False, client=SomeWorkers(client, workers))
    assert_same(model, alone)
    moved = model.transfers_
    assert moved.workers == min(workers, 2) and moved.losses == 0
    assert moved.words == 3 * 400 * 12 and moved.rounds == 3 * 10
    assert moved.text_bytes == moved.workers * 4 * (
        moved.words + 3 * (400 + 19)
    )  # ids, and begins of sentences
    one_matrix = 4 * SETTINGS["dim"] * len(alone.embeddings_)
    assert moved.state_bytes == 2 * one_matrix * (1 + SETTINGS["epochs"])
    assert (moved.row_bytes > 0) == (workers > 1)
    assert moved.row_bytes <= moved.rounds * (2 * one_matrix + 4 * len(alone.embeddings_))


@pytest.mark.parametrize(("workers", "partitions"), [(1, 8), (2, 1), (3, 4), (4, 8)])
def test_as_many_workers_train_as_there_are_partitions(client, text, short_rounds, workers, partitions):
    settings = {**SETTINGS, "epochs": 1, "partitions": partitions}
    model = SkipGram(**settings).fit(text, progress=False, client=SomeWorkers(client, workers))
    assert_same(model, SkipGram(**settings, threads=2).fit(text, progress=False))
    assert model.transfers_.workers == min(workers, partitions)


MEANS = {"cbow": {"objective": "cbow"}, "ngrams": {"subwords": CharNGrams(2, 3, 300)}}


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("workers", "partitions"), [(1, 2), (2, 2), (3, 4), (2, 1)])
@pytest.mark.parametrize("kind", MEANS)
def test_means_of_rows_have_the_bytes_of_one_machine(client, text, short_rounds, kind, workers, partitions):
    settings = {**SETTINGS, **MEANS[kind], "epochs": 2, "partitions": partitions}
    alone = SkipGram(**settings, threads=2).fit(text, progress=False)
    model = SkipGram(**settings).fit(text, progress=False, client=SomeWorkers(client, workers))
    assert_same(model, alone)
    assert (model.transfers_.row_bytes > 0) == (min(workers, partitions) > 1)
    assert model.transfers_.rounds > 10
    if kind == "ngrams":
        ngrams = [m.embeddings_.ngrams.vectors.tobytes() for m in (model, alone)]
        assert ngrams[0] == ngrams[1]


@pytest.mark.parametrize("partitions", [2, 4])
def test_words_that_share_ngrams_together_have_the_bytes_of_one_machine(client, text, partitions):
    stem = [[f"donaudampf{i}{j}{k}" for k in range(8)] for i in range(5) for j in range(8)]
    settings = {**SETTINGS, "epochs": 2, "subsample": 0, "partitions": partitions, "subwords": CharNGrams()}
    whole = [*text[:100], *stem, *text[100:]]
    alone = SkipGram(**settings, threads=2).fit(whole, progress=False)
    assert_same(SkipGram(**settings).fit(whole, progress=False, client=SomeWorkers(client, 2)), alone)
    assert np.linalg.norm(alone.embeddings_.vectors, axis=1).max() < 20


@pytest.mark.parametrize("kind", ["skip-gram", *MEANS])
def test_a_worker_killed_in_the_middle_changes_no_byte(client, text, short_rounds, kind, monkeypatch):
    settings, killed = {**SETTINGS, **MEANS.get(kind, {})}, []
    cut_out = worker_training.WorkerTraining._sent
    alone = SkipGram(**settings, threads=1).fit(text, progress=False)

    def kill_one(self, number):
        if number > 1.5 * self.text.rounds_per_epoch and not killed:  # in the second epoch
            (pid,) = client.run(os.getpid, workers=[self.holders.addresses[1]]).values()
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)
        return cut_out(self, number)

    monkeypatch.setattr(worker_training.WorkerTraining, "_sent", kill_one)
    begin = time.monotonic()
    model = SkipGram(**settings).fit(text, progress=False, client=client)
    assert time.monotonic() - begin < 60 and killed
    assert_same(model, alone)
    assert model.transfers_.losses >= 1 and model.transfers_.words >= 3 * 400 * 12


@pytest.mark.parametrize("kind", ["skip-gram", *MEANS])
def test_a_training_goes_on_from_a_checkpoint_with_and_without_workers(
    client, text, short_rounds, tmp_path, kind
):
    settings, fit = {**SETTINGS, **MEANS.get(kind, {})}, {"checkpoint_dir": tmp_path, "progress": False}
    alone = SkipGram(**settings, threads=1).fit(text, progress=False)
    assert_same(SkipGram(**settings).fit(text, client=client, **fit), alone)
    first, last = checkpoints.saved_iterations(tmp_path)
    assert last == first * 3 / 2
    for with_client in (None, client):
        checkpoints.delete(tmp_path, last)
        assert_same(SkipGram(**settings).fit(text, client=with_client, **fit), alone)


def names_of_texts():
    """Names of the texts that this worker holds."""
    from w2vlib.models import worker_text

    return list(worker_text._TEXTS)


def test_a_worker_with_several_partitions_holds_the_text_once(client, text, short_rounds, monkeypatch):
    found, cut_out = [], worker_training.WorkerTraining._sent

    def look(self, number):
        if number == 1:
            name = self.holders.futures[0].key
            for names in client.run(names_of_texts).values():
                found.append(sum(other.startswith(name) for other in names))
        return cut_out(self, number)

    monkeypatch.setattr(worker_training.WorkerTraining, "_sent", look)
    settings = {**SETTINGS, "epochs": 1, "partitions": 8}
    client.wait_for_workers(4, timeout=60)  # one that was killed starts anew
    model = SkipGram(**settings).fit(text, progress=False, client=SomeWorkers(client, 1))
    assert sorted(found) == [0, 0, 0, 1]
    assert model.transfers_.text_bytes < 1.1 * 4 * 400 * 13  # of ids and of begins of sentences


def test_an_interruption_saves_what_the_workers_have(client, text, alone, tmp_path, monkeypatch):
    fit = {"checkpoint_dir": tmp_path, "progress": False, "client": client}
    monkeypatch.setattr(worker_training, "_MOST_ROUNDS", 2)
    wait, left = holder_group.HolderGroup._result, iter([False] * 40 + [True])

    def interrupted(self, future):
        if next(left, False):
            raise KeyboardInterrupt
        return wait(self, future)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt, match="continues from here"):
        patch.setattr(holder_group.HolderGroup, "_result", interrupted)
        SkipGram(**SETTINGS).fit(text, **fit)
    assert 0 < checkpoints.saved_iterations(tmp_path)[-1] < 30
    assert_same(SkipGram(**SETTINGS).fit(text, **fit), alone)


def test_what_is_not_possible_is_said(client, text, monkeypatch):
    monkeypatch.setattr(holder_group, "_WAIT_FOR_ANY", 0.1)
    with pytest.raises(W2VError, match="has had no worker for 0 seconds"):
        SkipGram(**SETTINGS).fit(text, client=SomeWorkers(client, 0), progress=False)

    def lost(self):
        raise worker_training.HolderLostError("tcp://there")

    monkeypatch.setattr(worker_training.WorkerTraining, "_advance", lost)
    with pytest.raises(W2VError, match=r"were lost 5 times in a row \(tcp://there\)"):
        SkipGram(**SETTINGS).fit(text, client=client, progress=False)


def test_words_of_one_partition_only(client):
    one_word = [["a", "a", "a"]] * 9
    settings = {"dim": 3, "epochs": 1, "subsample": 0}
    alone = SkipGram(**settings).fit(one_word, progress=False)
    assert_same(SkipGram(**settings).fit(one_word, progress=False, client=client), alone)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("parts"), np.random.default_rng(3)
    for i in range(6):  # equal counts and words of one file only, so that the order of merging matters
        words = (1.5 ** (rng.random((40, 7)) * 10)).astype(int) + i
        text = "".join(" ".join(f"w{n}" for n in row) + "\n" for row in words)
        (folder / f"{i}.txt.gz").write_bytes(gzip.compress(text.encode() + b"\n"))
    return folder / "*.gz"


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("command", "result"),
    [
        ("train --corpus text.txt --dim 4 --epochs 1 --output v.npz", "v.npz"),
        ("count text.txt --output v.tsv", "v.tsv"),
        ("sweep sweep.toml --output rows", "rows/results.csv"),
        ("ablate --corpus text.txt --seeds 1 --dim 4 --epochs 1 --output rows", "rows"),
    ],
)
def test_commands_find_a_scheduler_from_a_process_of_their_own(client, text, tmp_path, command, result):
    """The clients of this process would hide that a command has none which Dask takes as the default."""
    (tmp_path / "text.txt").write_text("".join(" ".join(words) + "\n" for words in text))
    sweep = 'training = "text.txt"\nseeds = 2\n[parameters]\nepochs = 1\ndim = 4\n'
    (tmp_path / "sweep.toml").write_text(sweep)
    words = [*command.split(), "--scheduler", client.scheduler.address]
    done = subprocess.run(["w2v", *words], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    assert (tmp_path / result).exists()


def test_a_client_need_not_be_the_default(client, text, alone):
    distributed = pytest.importorskip("distributed")
    with open_client(1), distributed.Client(client.scheduler.address, set_as_default=False) as other:
        assert distributed.default_client() is not other
        assert_same(SkipGram(**SETTINGS).fit(text, progress=False, client=other), alone)


def test_clients_that_cannot_train_are_refused(client, text):
    distributed = pytest.importorskip("distributed")
    closed = distributed.Client(client.scheduler.address, set_as_default=False)
    closed.close()
    with pytest.raises(W2VError, match="The client is closed: open one"):
        SkipGram(**SETTINGS).fit(text, progress=False, client=closed)

    async def later():
        address = client.scheduler.address
        async with distributed.Client(address, asynchronous=True, set_as_default=False) as other:
            with pytest.raises(W2VError, match="The client is asynchronous: give one that is made without"):
                SkipGram(**SETTINGS).fit(text, progress=False, client=other)

    asyncio.run(later())


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_counts_and_ids_are_those_of_the_whole_text(client, parts, workers):
    text, whole = TextInFiles(parts), list(TextInFiles(parts))
    for choice in ((1, None), (3, 20)):
        vocab, ids, offsets = encode(whole, *choice)
        found = text.encode_on(SomeWorkers(client, workers), *choice)
        assert found[0].words == vocab.words and found[0].counts.tolist() == vocab.counts.tolist()
        assert found[1].tolist() == ids.tolist() and found[2].tolist() == offsets.tolist()
        assert found[1].dtype == ids.dtype and found[2].dtype == offsets.dtype


def test_a_text_in_files_is_counted_and_trained_on(client, parts, tmp_path):
    text, whole = TextInFiles(parts), list(TextInFiles(parts))
    settings = {"dim": 5, "epochs": 1, "min_count": 2, "subsample": 0}
    alone = SkipGram(**settings).fit(whole, progress=False)
    assert_same(SkipGram(**settings).fit(text, progress=False, client=client), alone)
    command = ["count", str(parts), "--output", str(tmp_path / "v.tsv"), "--min-count", "2"]
    done = CliRunner().invoke(main, [*command, "--scheduler", client.scheduler.address])
    assert done.exit_code == 0, done.output
    vocab = alone.embeddings_.vocab
    lines = [f"{w}\t{n}\n" for w, n in zip(vocab.words, vocab.counts, strict=True)]
    assert (tmp_path / "v.tsv").read_text() == "".join(lines)
    assert done.output == f"{tmp_path / 'v.tsv'}: {len(vocab)} words, {vocab.counts.sum():,} tokens\n"


def test_bad_files_are_refused(client, parts, tmp_path):
    (tmp_path / "bad.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(W2VError, match="bad.txt is UTF-16"):
        TextInFiles(tmp_path / "bad.*").count_on(client)
    with pytest.raises(W2VError, match="No word of the text occurs 10000 times"):
        TextInFiles(parts).count_on(client, 10_000)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(W2VError, match=r"pipe is a pipe or a device"):
        TextInFiles(tmp_path / "pipe")
    with pytest.raises(W2VError, match=r"Cannot read http://127.0.0.1:9/x.txt \(Cannot connect"):
        TextInFiles("http://127.0.0.1:9/x.txt")
    with pytest.raises(W2VError, match=r"There is no file .*none\*.txt: check the pattern"):
        TextInFiles(tmp_path / "none*.txt")


def test_a_pattern_names_each_file_once(tmp_path):
    path = tmp_path / "a" / "b" / "b" / "x.txt"
    path.parent.mkdir(parents=True)
    path.write_text("the cat\n")
    for pattern in ("**/x.txt", "**/**/**/**/x.txt", "**/b/**/x.txt", "**/*/**/*.txt", "a/**/**"):
        assert TextInFiles(tmp_path / pattern).names == [str(path)], pattern
    for pattern in ("**/a/**/b/**/b/**/x.txt", "*/" * 2000 + "*.txt", "*" + "![" * 3000):
        with pytest.raises(
            W2VError, match=r"has more than 3 times \*\*, 200 folders or 2000 letters: give a shorter one"
        ):
            TextInFiles(tmp_path / pattern)


def test_a_file_that_exists_has_its_name(tmp_path):
    named = tmp_path / "log[2].txt"
    named.write_text("mine words\n")
    (tmp_path / "log2.txt").write_text("foreign text\n")
    assert TextInFiles(named).names == [str(named)] == files_of(str(named)) == files_of(f"raw:{named}")
    named.unlink()
    assert TextInFiles(named).names == [str(tmp_path / "log2.txt")]


def test_a_worker_that_ends_while_it_starts_is_named(monkeypatch):
    def fail(*arguments, **settings):
        raise RuntimeError("Nanny failed to start.")

    monkeypatch.setattr(distributed, "LocalCluster", fail)
    with pytest.raises(W2VError, match="A worker ended while it started, most likely because memory"):
        with clients.open_client(workers=1):
            pass


@pytest.mark.parametrize("change", ["the new cat\n", "the the the\n", ""])
def test_files_that_change_between_counting_and_numbering_are_refused(client, tmp_path, monkeypatch, change):
    path = tmp_path / "text.txt"
    path.write_text("the cat\nthe dog\n" * 20)
    text = TextInFiles(tmp_path / "*.txt")
    count = text.count_on

    def count_and_change(*arguments):
        vocab = count(*arguments)
        path.write_text(change)
        return vocab

    monkeypatch.setattr(text, "count_on", count_and_change)
    with pytest.raises(W2VError, match="changed while they were read: start again"):
        text.encode_on(client)


def section():
    """The README's section about many machines."""
    text = (project_root() / "README.md").read_text(encoding="utf-8")
    return text.partition("\n## Many machines\n")[2].partition("\n## ")[0]


@pytest.fixture
def place(client, text, tmp_path, monkeypatch):
    """A folder with the files that the commands of the README name; `--workers` uses the cluster that is there."""
    lines = "".join(" ".join(sentence) + "\n" for sentence in text)
    (tmp_path / "parts").mkdir()
    for name in ("parts/1.txt", "parts/2.txt", "text.txt"):
        (tmp_path / name).write_text(lines)
    sweep = re.search(r"```toml\n(.*?)```", section(), re.DOTALL)[1]
    small = {'"bundled"': f'"{tmp_path / "text.txt"}"', "seeds = 5": "seeds = 1", "[50, 100]": "[4]"}
    for large, other in small.items():
        assert large in sweep
        sweep = sweep.replace(large, other)
    (tmp_path / "SWEEP.toml").write_text(sweep)
    nbformat.write(new_notebook(cells=[new_code_cell("6 * 7")]), tmp_path / "in.ipynb")
    monkeypatch.chdir(tmp_path)
    short = PUBLISHED.replace(iterations=70, dim=3, subsample=1.0, learning_rate=0.02)
    monkeypatch.setattr("w2vlib.experiment_commands.PUBLISHED", short)
    monkeypatch.setattr(clients, "_local_cluster", lambda *_: contextlib.nullcontext(client.cluster))
    return tmp_path


def test_the_commands_of_the_readme_run(client, place):
    commands = re.findall(r"^    (.*(?:w2v|papermill) .*?)(?:  +#.*)?$", section(), re.MULTILINE)
    assert len(commands) == 8
    corpora = {"ptb": place / "text.txt", "nltk:conll2000": place / "text.txt"}
    for command in commands:
        words = shlex.split(command.replace("tcp://host:8786", client.scheduler.address))
        words = [str(corpora.get(word, word)) for word in words]
        words += {"ablate": ["--seeds", "1", "--dim", "4"], "evidence": ["--seeds", "1"]}.get(words[1], [])
        environment = dict(words.pop(0).split("=", 1) for _ in range("=" in words[0]))
        if words[0] == "w2v":
            done = CliRunner().invoke(main, words[1:])
        else:
            import_papermill()
            from papermill.cli import papermill

            more = ["--kernel", "python3", "--no-progress-bar"]
            done = CliRunner(env=environment).invoke(papermill, words[1:] + more)
        assert done.exit_code == 0, (command, done.output, done.exception)
        if words[1] == "train":
            assert "moved between 2 workers: " in done.output and (place / "vectors.npz").exists()
    assert nbformat.read(place / "out.ipynb", as_version=4).cells[-1].outputs[0].data["text/plain"] == "42"
    assert len(list((place / "ROWS").glob("*-0.json"))) == len(grid())
    results, preprocessing = sorted((place / "RECORDS").glob("*.json"), reverse=True)
    assert read_record(results).provenance["command"].endswith("--seeds 1 --chapter results")
    assert read_record(preprocessing).results()
    assert len((place / "DIR" / "results.csv").read_text().splitlines()) == 3
    (code,) = re.findall(r"```\n(from .*?)```", section(), re.DOTALL)
    code = code.replace('"bundled"', f'"{place / "text.txt"}"').replace("fit(", "fit(progress=False, X=")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert printed.getvalue().startswith("moved between 2 workers: ")
