"""Sweeps over real processes on this machine: the same bytes, and nothing twice, whatever is killed."""

import csv
import fcntl
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from w2vlib import W2VError
from w2vlib.cluster import sweeps
from w2vlib.cluster.results import SweepFolder
from w2vlib.cluster.sweep_file import Run, Sweep, read_sweep
from w2vlib.cluster.sweeps import run_sweep
from w2vlib.utils.files import sha256_of
from w2vlib.utils.folder_lock import locked

pytest.importorskip("distributed", reason="needs the extra cluster")
psutil = pytest.importorskip("psutil")

# Each execution leaves a mark, so that the tests can count them; `wait` holds a run until a file is there.
WORK = """
import os, pathlib, sys, time
from w2vlib.cluster.figures import record_figure
pathlib.Path(marks, f"{n}-{os.getpid()}").touch()
while wait and n == wait and not pathlib.Path(marks, "go").exists():
    time.sleep(0.05)
print(os.path.basename(os.getcwd()), end=" ")
sys.stdout.flush()
print(n * n)
record_figure("square", n * n)
"""


@pytest.fixture
def folder(tmp_path):
    parameters = new_code_cell("n = 0\nmarks = ''\nwait = 0", metadata={"tags": ["parameters"]})
    cells = [parameters, new_code_cell(WORK), new_code_cell("1 / (n - 3)")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "mine.ipynb")
    (tmp_path / "marks").mkdir()
    return tmp_path


def sweep_file(folder, values, wait=0):
    path = folder / "sweep.toml"
    path.write_text(
        f'notebook = "mine.ipynb"\n[parameters]\nmarks = "{folder / "marks"}"\nwait = {wait}\n[grid]\nn = {values}\n'
    )
    return path


def rows(output):
    with open(output / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def without_times(output):
    return [{k: v for k, v in row.items() if k not in ("seconds", "worker")} for row in rows(output)]


def executions(folder):
    return sorted(path.name.partition("-")[0] for path in (folder / "marks").glob("*-*"))


def until(condition, seconds=240):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "timed out"
        time.sleep(0.05)
    return value


def assert_no_process_left():
    until(lambda: not [p for p in psutil.Process().children(recursive=True) if is_worker(p)], 30)


def is_worker(process):
    try:
        return process.status() != "zombie" and "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def test_one_failing_run_leaves_the_others_and_a_second_sweep_computes_nothing_twice(folder):
    said = []
    path = sweep_file(folder, [1, 2, 3])
    table, failed = run_sweep(path, folder / "out", 2, progress=False, retries=1, echo=said.append)
    assert failed == 1 and executions(folder) == ["1", "2", "3", "3"]
    found = rows(folder / "out")
    assert [row["status"] for row in found] == ["done", "done", "failed"]
    assert [row["square"] for row in found] == ["1", "4", "9"] and [row["attempts"] for row in found] == [
        "1",
        "1",
        "2",
    ]
    assert found[2]["error"] == "Notebook mine failed in cell 3: ZeroDivisionError: division by zero"
    assert len(said) == 1 and found[2]["run"] in said[0] and found[2]["error"] in said[0]
    assert [p.stem for p in (folder / "out" / "failed").iterdir()] == [found[2]["run"]]
    notebook = nbformat.read(folder / "out" / "notebooks" / f"{found[1]['run']}.ipynb", as_version=4)
    printed = "".join(o.text for o in notebook.cells[2].outputs if o.output_type == "stream")
    assert printed == f"{folder.name} 4\n"  # in the notebook's folder
    assert_no_process_left()

    sweep_file(folder, [1, 2, 3, 4])  # a larger grid adds runs, and what failed is tried again
    assert run_sweep(path, folder / "out", 1, progress=False, echo=said.append) == (table, 1)
    assert executions(folder) == ["1", "2", "3", "3", "3", "4"]
    before = sha256_of(table)
    sweep_file(folder, [4, 2])
    assert run_sweep(path, folder / "out", 1, progress=False)[1] == 0 and executions(folder)[-1] == "4"
    assert sha256_of(table) != before and [row["square"] for row in rows(folder / "out")] == ["16", "4"]


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the cat sat on the mat\nthe dog sat on the log\n" * 20)
    (tmp_path / "sweep.toml").write_text(
        f'training = "{path}"\nseeds = 3\n[parameters]\nepochs = 1\nsubsample = 0.0\n[grid]\ndim = [2, 4]\n'
    )
    return tmp_path


def test_trainings_give_the_same_bytes_on_1_and_4_workers_as_without_a_cluster(text):
    from w2vlib import SkipGram, load_corpus

    made = {}
    for workers in (1, 4):
        output = text / f"out{workers}"
        run_sweep(text / "sweep.toml", output, workers, progress=False)
        vectors = {p.name: sha256_of(p) for p in sorted((output / "vectors").iterdir())}
        made[workers] = without_times(output), vectors
    assert made[1] == made[4]
    assert [(r["dim"], r["seed"], r["status"]) for r in made[1][0]][:2] == [
        ("2", "0", "done"),
        ("2", "1", "done"),
    ]
    assert len(set(made[1][1].values())) == 6
    alone = SkipGram(dim=2, epochs=1, subsample=0.0, seed=1, threads=1).fit(
        load_corpus(text / "text.txt"), progress=False
    )
    alone.embeddings_.save(text / "alone.npz")
    assert made[1][0][1]["sha256"] == sha256_of(text / "alone.npz")
    assert_no_process_left()


def start(folder, workers=2):
    code = "from w2vlib.cli import main; main(prog_name='w2v')"
    command = [sys.executable, "-c", code, "sweep", folder / "sweep.toml", "--output", folder / "out"]
    return subprocess.Popen(
        [*map(str, command), "--workers", str(workers)], stderr=subprocess.DEVNULL, start_new_session=True
    )


def listening(process):
    family = [process, *process.children(recursive=True)]
    return [c for p in family for c in p.net_connections("tcp") if c.status == "LISTEN"]


def test_killed_workers_a_killed_sweep_and_a_second_sweep_at_once(folder):
    sweep_file(folder, [1, 2, 4, 5], wait=2)
    running = start(folder)
    process = psutil.Process(running.pid)
    try:
        until(lambda: len(list((folder / "out" / "runs").glob("*.json"))) == 3 and "2" in executions(folder))
        assert {c.laddr.ip for c in listening(process)} == {"127.0.0.1"}
        with pytest.raises(W2VError, match="Another sweep writes to"):
            run_sweep(folder / "sweep.toml", folder / "out", 1, progress=False)
        workers = [p for p in process.children() if is_worker(p)]
        busy = [p for p in workers if any("ipykernel" in " ".join(c.cmdline()) for c in p.children())]
        assert len(busy) == 1
        busy[0].kill()  # its run goes to another worker
        until(lambda: executions(folder).count("2") == 2)
        family = process.children(recursive=True)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
        until(lambda: not [p for p in family if p.is_running() and p.status() != "zombie"], 60)
    finally:
        running.kill()
    (folder / "marks" / "go").touch()
    assert not list((folder / "out" / "notebooks").glob(".*"))
    assert run_sweep(folder / "sweep.toml", folder / "out", 1, progress=False)[1] == 0
    assert executions(folder) == ["1", "2", "2", "2", "4", "5"]  # what was finished is not done again
    assert [row["square"] for row in rows(folder / "out")] == ["1", "4", "16", "25"]
    assert_no_process_left()


def test_a_sweep_killed_at_its_first_file_is_begun_again(tmp_path):
    sweep = Sweep("training", "bundled", "ab12", [Run({"dim": 4})])
    (tmp_path / ".sweep.json.w2vlib-a1b2c3d4").write_text("{")
    (tmp_path / ".lock").touch()
    with SweepFolder(tmp_path, sweep).locked():
        assert sorted(os.listdir(tmp_path)) == [".lock", "sweep.json"]
    assert os.listdir(tmp_path) == []
    (tmp_path / "sweep.json").write_text('{"format": 1, "kind": "training", "identity": "another text"}')
    with SweepFolder(tmp_path, sweep).locked():  # it has no results
        assert "ab12" in (tmp_path / "sweep.json").read_text()
    for name in ("runs", "vectors", "failed"):  # killed while it wrote its first result
        (tmp_path / name).mkdir()
    (tmp_path / "vectors" / ".5e0f5a4d3dcf.npz.w2vlib-a1b2c3d4").write_text("half")
    (tmp_path / "sweep.json").write_text('{"format": 1, "kind": "training", "identity": "another text"}')
    with SweepFolder(tmp_path, sweep).locked():
        assert "ab12" in (tmp_path / "sweep.json").read_text()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    (tmp_path / "sweep.json").write_text('{"mine": 1}')
    with pytest.raises(W2VError, match="holds a sweep of another text"):
        SweepFolder(tmp_path, sweep)
    assert (tmp_path / "sweep.json").read_text() == '{"mine": 1}'


def test_what_a_killed_sweep_has_left_is_removed_by_the_next(text):
    table, sweep = finished(text)
    for place in (".", "runs", "vectors"):
        (text / "out" / place / ".7d2ad0ddf5b8.npz.w2vlib-a1b2c3d4").write_text("half")
    with open(text / "out" / ".results.csv.w2vlib-a1b2c3d4", "w") as running:
        fcntl.flock(running, fcntl.LOCK_EX)
        assert run_sweep(text / "sweep.toml", text / "out", 1, progress=False) == (table, 0)
        left = [path.name for path in (text / "out").rglob("*.w2vlib-*")]
        assert left == [".results.csv.w2vlib-a1b2c3d4"]  # somebody writes to it


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_a_refused_sweep_leaves_no_folder_and_does_not_refuse_the_next(text, there):
    if there:
        (text / "out").mkdir()
    with pytest.raises(W2VError, match="There is no Dask scheduler"):
        run_sweep(text / "sweep.toml", text / "out", scheduler="tcp://127.0.0.1:1", progress=False)
    assert not there and not (text / "out").exists() or os.listdir(text / "out") == []
    (text / "text.txt").write_text("another text\n" * 9)
    with SweepFolder(text / "out", read_sweep(text / "sweep.toml")).locked():
        pass


def test_a_folder_of_another_sweep_or_with_other_files_is_refused(text):
    (text / "other").mkdir()
    (text / "other" / "notes.txt").touch()
    with pytest.raises(W2VError, match="has other files, for example 'notes.txt'"):
        run_sweep(text / "sweep.toml", text / "other")
    finished(text)
    (text / "text.txt").write_text("another text\n" * 9)
    with pytest.raises(W2VError, match="holds a sweep of another text"):
        run_sweep(text / "sweep.toml", text / "out")


def resealed(record):
    """A record with the SHA-256 that its fields have."""
    fields = {name: value for name, value in record.items() if name != "record_sha256"}
    return fields | {"record_sha256": sha256_of(json.dumps(fields).encode())}


WRONG_KINDS = [
    *[("figures", value) for value in ([1], None, "x", {"x": math.nan}, {"x": [math.inf]})],
    *[("seconds", value) for value in ("2", True, None, -1, math.nan, 10**400)],
    *[("attempts", value) for value in ("x\n", True, 0, 1.5, None)],
    *[(name, value) for name in ("file_sha256", "sha256", "error", "worker") for value in (None, 5, [1])],
    *[("parameters", value) for value in (None, {"dim": 3})],
    *[("format", value) for value in (None, 2)],
]


@pytest.mark.parametrize(
    "change",
    [
        {"figures": {"pair_loss": 0.5}},
        {"figures": {"x": [[1]], "z": {}}},
        {"attempts": 2},
        {"worker": "5"},
        {"more": 1},
        {"format": True},
    ],
)
def test_a_record_whose_fields_are_not_those_that_were_written_is_refused(text, change):
    from w2vlib.cluster.runs import Outcome

    sweep = read_sweep(text / "sweep.toml")
    folder = SweepFolder(text / "out", sweep)
    with folder.locked():
        for run in sweep.runs:
            folder.store(run, Outcome(b"vectors", "ab12", {"pair_loss": 3.25, "name": "é"}))
        table = folder.write_table()
    path = text / "out" / "runs" / f"{sweep.runs[2].id}.json"
    before, whole = table.read_bytes(), json.loads(path.read_text())
    assert whole == resealed(whole)
    without = {name: value for name, value in whole.items() if name != "record_sha256"}
    for damaged in (whole | change, without, whole | {"record_sha256": 64 * "0"}):
        path.write_text(json.dumps(damaged))
        with pytest.raises(W2VError, match="is no record of its run, or is damaged: remove it, and start"):
            run_sweep(text / "sweep.toml", text / "out", 1, progress=False)
        assert table.read_bytes() == before
    path.write_text(json.dumps(whole))
    assert run_sweep(text / "sweep.toml", text / "out", 1, progress=False) == (table, 0)
    assert table.read_bytes() == before


def test_a_damaged_record_and_a_changed_output(text):
    from w2vlib.cluster.runs import Outcome

    sweep = read_sweep(text / "sweep.toml")
    folder, run = SweepFolder(text / "out", sweep), sweep.runs[0]
    folder.store(run, Outcome(b"vectors"))
    assert folder.is_done(run) and not folder.is_done(sweep.runs[1])
    folder.output(run).write_bytes(b"vector")
    assert not folder.is_done(run)
    record = Path(text / "out" / "runs" / f"{run.id}.json")
    whole = json.loads(record.read_text())
    for name, value in WRONG_KINDS:
        for make in (dict, resealed):  # as somebody changes it, and where the SHA-256 fits
            record.write_text(json.dumps(make(whole | {name: value})))
            with pytest.raises(W2VError, match="remove it, and start the same command again"):
                folder.is_done(run)
    record.write_text("{")
    with pytest.raises(W2VError, match="remove it, and start the same command again"):
        folder.is_done(run)


def finished(text):
    """A folder whose six runs are done, as a sweep leaves it; its table, and the sweep."""
    from w2vlib.cluster.runs import Outcome

    sweep = read_sweep(text / "sweep.toml")
    folder = SweepFolder(text / "out", sweep)
    with folder.locked():
        for run in sweep.runs:
            folder.store(run, Outcome(b"vectors", "ab12", {"pair_loss": 3.25}))
        return folder.write_table(), sweep


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, make_socket], ids=["pipe", "folder", "socket"])
@pytest.mark.parametrize("name", ["vectors/{}.npz", "runs/{}.json", "failed/{}.npz", ".lock", "results.csv"])
def test_what_is_no_file_in_a_folder_is_refused_at_once(text, monkeypatch, name, make):
    table, sweep = finished(text)
    before = table.read_bytes()
    path = text / "out" / name.format(sweep.runs[3].id)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    monkeypatch.chdir(path.parent)  # names of sockets are short
    make(Path(path.name))
    begin = time.monotonic()
    with pytest.raises(W2VError, match=f"{re.escape(str(path))} is not a regular file: remove it, and start"):
        run_sweep(text / "sweep.toml", text / "out", 1, progress=False)
    assert time.monotonic() - begin < 5 and (path == table or table.read_bytes() == before)
    assert (text / "out" / ".lock").exists() == (name == ".lock")


def test_a_link_in_the_place_of_a_lock_leaves_the_file_that_it_leads_to(text):
    (text / "out").mkdir()
    (text / "out" / ".lock").symlink_to(text / "text.txt")
    before = (text / "text.txt").read_bytes()
    with locked(text / "out" / ".lock"):
        pass
    assert (text / "text.txt").read_bytes() == before and not (text / "out" / ".lock").is_symlink()


@pytest.mark.parametrize("name", ["runs", "vectors", "failed"])
def test_a_file_in_the_place_of_a_folder_is_refused_and_the_earlier_table_stays(text, name):
    table, _ = finished(text)
    before, folder = table.read_bytes(), text / "out" / name
    if folder.exists():
        folder.rename(text / "away")
    folder.touch()
    with pytest.raises(W2VError, match=f"{name} is no folder: remove it, and start the same command again"):
        run_sweep(text / "sweep.toml", text / "out", 1, progress=False)
    assert table.read_bytes() == before


def test_the_earlier_table_stays_where_no_run_was_tried_and_not_where_one_was(text, monkeypatch):
    table, sweep = finished(text)
    before = table.read_bytes()
    for run in sweep.runs[2:]:
        (text / "out" / "runs" / f"{run.id}.json").unlink()
    with pytest.raises(W2VError, match="There is no Dask scheduler"):
        run_sweep(text / "sweep.toml", text / "out", scheduler="tcp://127.0.0.1:1", progress=False)
    assert table.read_bytes() == before

    def some_results(function, calls, *_):
        yield 0, function(*calls[0][1]), ""
        raise KeyboardInterrupt

    monkeypatch.setattr(sweeps, "results_of", some_results)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(text / "sweep.toml", text / "out", 1, progress=False)
    assert [row["status"] for row in rows(text / "out")] == ["done"] * 3 + ["not run"] * 3
