"""`w2v ablate` and `w2v evidence` over worker processes: the figures of one machine, whoever is killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from some_workers import SomeWorkers

import w2vlib
from w2vlib import W2VError, load_corpus
from w2vlib.cli import main
from w2vlib.cluster import jobs
from w2vlib.cluster.clients import open_client
from w2vlib.cluster.spread import OverWorkers
from w2vlib.experiments import evidence
from w2vlib.experiments.ablation import ablate
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.replication.settings import PUBLISHED
from w2vlib.utils.folder_lock import locked

pytest.importorskip("distributed", reason="needs the extra cluster")
psutil = pytest.importorskip("psutil")
SCHEMES = [Scheme(), Scheme("top:20"), Scheme("ngrams:3:4:50"), Scheme(numbers="N")]
SMALL = {"dim": 4, "epochs": 1}
COSTS = {"seconds", "softmax_seconds", "peak_memory"}  # of a row
TIMES = {"R2", "U1c", "U1d"}  # claims about times


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Path of a text with the words of the claims."""
    rng = np.random.default_rng(0)
    words = ["good", "well", "great", "bad", "poor", "1990", "7", *(f"word{n}" for n in range(30))]
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(" ".join(rng.choice(words, 8)) for _ in range(80)))
    return path


@pytest.fixture(scope="module")
def client():
    with open_client(4) as client:
        yield client


@pytest.fixture
def over(client, text, monkeypatch):
    """A function that makes the text and an `OverWorkers` of so many workers of the cluster."""

    def make(workers, **more):
        some = contextlib.nullcontext(SomeWorkers(client, workers))
        monkeypatch.setattr(jobs, "open_client", lambda *_: some)
        corpus = load_corpus(text)
        return corpus, OverWorkers(str(text), corpus.provenance.tokens_sha256, progress=False, **more)

    return make


def rows_of(folder):
    """Contents of the files of an ablation, without costs and the SHA-256 that depends on them."""
    assert not (folder / ".lock").exists()
    files = {path.name: json.loads(path.read_text()) for path in sorted(folder.iterdir())}
    return {
        name: json.dumps({key: value for key, value in row.items() if key not in (*COSTS, "record_sha256")})
        for name, row in files.items()
    }


@pytest.fixture(scope="module")
def alone(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone")
    ablate(load_corpus(text), folder, 2, SCHEMES, progress=False, **SMALL)
    return rows_of(folder)


WORKERS = [pytest.param(1, marks=pytest.mark.nightly), 2, pytest.param(4, marks=pytest.mark.nightly)]


@pytest.mark.parametrize("workers", WORKERS)
def test_rows_are_those_of_one_machine_and_are_not_computed_again(over, alone, tmp_path, workers):
    corpus, spread = over(workers)
    rows = ablate(corpus, tmp_path, 2, SCHEMES, False, spread, **SMALL)
    assert [(row.rare, row.numbers, row.seed) for row in rows] == [
        (scheme.rare, scheme.numbers, seed) for seed in (0, 1) for scheme in SCHEMES
    ]
    assert rows_of(tmp_path) == alone and spread.failed == 0
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    (tmp_path / "top_20-keep-1.json").unlink()
    again = ablate(corpus, tmp_path, 2, SCHEMES, False, spread, **SMALL)
    assert len(again) == len(rows) and rows_of(tmp_path) == alone
    after = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"top_20-keep-1.json"}


def test_a_failing_job_is_reported_and_the_others_go_on(over):
    said = []
    _, spread = over(2, retries=1, echo=said.append)
    calls = {"a": (7,), "b": (0,), "c": (9,), "d": ()}
    assert dict(spread(len, divmod, calls)) == {"a": (11, 3), "c": (8, 8)} and spread.failed == 2
    assert sorted(said) == [
        "training b failed: ZeroDivisionError: integer division or modulo by zero",
        "training d failed: TypeError: divmod expected 2 arguments, got 1",
    ]
    with pytest.raises(W2VError, match="2 trainings failed, so that there is no record yet"):
        evidence._check_all_done(spread)


def test_a_worker_with_another_text_and_a_second_command_at_once_are_refused(over, tmp_path):
    said = []
    corpus, spread = over(1, echo=said.append)
    spread.text = spread.text[0], "ab12"
    assert ablate(corpus, tmp_path, 1, SCHEMES[:1], False, spread, **SMALL) == []
    assert "of this worker is another one than that of the command" in said[0]
    with locked(tmp_path / ".lock", "experiment"), pytest.raises(W2VError, match="Another experiment writes"):
        ablate(corpus, tmp_path, 1, SCHEMES[:1], False, spread, **SMALL)


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)
    return value


ABLATE = """
import sys
from w2vlib import load_corpus
from w2vlib.cluster.spread import OverWorkers
from w2vlib.experiments.ablation import ablate
from w2vlib.preprocessing.schemes import Scheme
if __name__ == "__main__":
    text, output, *names = sys.argv[1:]
    corpus = load_corpus(text)
    spread = OverWorkers(text, corpus.provenance.tokens_sha256, 2, progress=False)
    schemes = [Scheme(*name.split("/")) for name in names]
    ablate(corpus, output, 2, schemes, False, spread, dim=4, epochs=1)
"""


def test_a_killed_command_goes_on_from_its_rows(over, text, alone, tmp_path):
    (tmp_path / "script.py").write_text(ABLATE)
    output, names = tmp_path / "out", [f"{scheme.rare}/{scheme.numbers}" for scheme in SCHEMES]
    environment = os.environ | {"PYTHONPATH": str(Path(w2vlib.__file__).parents[1])}
    running = subprocess.Popen(
        [sys.executable, tmp_path / "script.py", text, output, *names], env=environment
    )
    try:
        until(lambda: len([*output.glob("*-?.json")]) >= 2)
        family = psutil.Process(running.pid).children(recursive=True)
        os.kill(running.pid, signal.SIGKILL)
    finally:
        running.kill()
        running.wait()
    until(lambda: not [p for p in family if p.is_running() and p.status() != "zombie"])
    kept = {path: path.stat().st_mtime_ns for path in output.glob("*-?.json")}
    corpus, spread = over(2)
    ablate(corpus, output, 2, SCHEMES, False, spread, **SMALL)
    assert 2 <= len(kept) < 8 and kept == {path: path.stat().st_mtime_ns for path in kept}
    assert rows_of(output) == alone


SETTINGS = PUBLISHED.replace(iterations=70, dim=3, subsample=1.0, learning_rate=0.02)


def collected(corpus, folder, spread=None):
    return evidence.collect_results(corpus, SETTINGS, [3, 4, 5], folder, "w2v evidence …", False, spread)


def without_times(path):
    """The text of a record without figures of times, and the SHA-256 that depends on them."""
    record = json.loads(path.read_text())
    del record["record_sha256"]
    for figures in (record["samples"], record["tested"], *record["controls"].values()):
        for name in TIMES & figures.keys():
            del figures[name]
    for measures in record["recipes"].values():
        for one in measures:
            one["seconds"] = 0
    return json.dumps(record)


@pytest.fixture(scope="module")
def record(text, tmp_path_factory):
    return without_times(collected(load_corpus(text), tmp_path_factory.mktemp("record")))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_record_of_workers_is_that_of_one_machine(over, record, tmp_path, workers):
    corpus, spread = over(workers)
    path = collected(corpus, tmp_path, spread)
    assert without_times(path) == record and [*tmp_path.iterdir()] == [path]


def test_a_killed_worker_and_an_interruption_change_no_figure(client, over, record, tmp_path, monkeypatch):
    write, killed, stops = evidence._write, [], [4]

    def write_and_kill(path, record):
        write(path, record)
        n_parts = len(record.provenance["seeds"]) + len(record.recipes)
        if n_parts == 2 and not killed:
            busy = [address for address, tasks in client.processing().items() if tasks]
            (pid,) = client.run(os.getpid, workers=busy[:1]).values()
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)
        if n_parts in stops:
            stops.remove(n_parts)
            raise KeyboardInterrupt

    monkeypatch.setattr(evidence, "_write", write_and_kill)
    corpus, spread = over(4)
    with pytest.raises(KeyboardInterrupt):
        collected(corpus, tmp_path, spread)
    assert killed
    asked = []

    class Counted(OverWorkers):
        def __call__(self, prepare, do, jobs, **more):
            asked.extend(jobs)
            return super().__call__(prepare, do, jobs, **more)

    spread.__class__ = Counted
    path = collected(corpus, tmp_path, spread)
    assert len(asked) == 3 + 11 - 4  # what was finished is not done again
    assert without_times(path) == record and [*tmp_path.iterdir()] == [path]


def test_options_that_do_not_fit_are_refused(client, text, tmp_path):
    command = ["evidence", "--corpus", str(text), "--seeds", "1", "--output", str(tmp_path / "b")]
    more = ["--scheduler", client.scheduler.address, "--retries", "1"]
    for wrong, words in ((["--retries", "1"], "give --workers or"), ([*more, "--workers", "2"], "not both")):
        done = CliRunner().invoke(main, [*command, *wrong])
        assert done.exit_code == 2 and words in done.output and not (tmp_path / "b").exists()
