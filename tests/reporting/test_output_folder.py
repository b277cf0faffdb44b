"""The folder of a report: other files are not changed, and a report is replaced in one step."""

import os
import signal
import subprocess
import sys
import time
from threading import Thread

import pytest
from processes import CONTEXT, process

from w2vlib import W2VError
from w2vlib.reporting import output_folder
from w2vlib.reporting.output_folder import ReportFolder

STORE = ".w2vlib-report"
FILES = "report.ipynb", "report.pdf", "report.html", "notebooks/1.ipynb"


def publish(folder, content):
    held = ReportFolder(folder)
    fill(held, content)
    held.publish()
    held.close()


def fill(held, content):
    for name in FILES:
        (held.stage / name).write_text(content)


def raising(error):
    """A function that raises an error, whatever it is called with."""

    def call(*_, **__):
        raise error

    return call


def content(folder):
    return {(folder / name).read_text() for name in FILES}


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_a_report_appears_and_is_replaced(there, tmp_path):
    out = tmp_path / "out"
    if there:
        out.mkdir()
    for text in ("one", "two"):
        publish(out, text)
        assert content(out) == {text}
        shown = sorted(p.name for p in out.iterdir())
        assert shown == [STORE, "notebooks", "report.html", "report.ipynb", "report.pdf"]
        assert len(list((out / STORE).iterdir())) == 2  # the report, and the link to it


@pytest.mark.parametrize("name", ["notebooks", "failed", "report.pdf", "mine.txt", ".git", STORE])
def test_a_folder_with_other_files_is_refused_and_untouched(name, tmp_path):
    if "." in name:
        (tmp_path / name).write_text("mine")
    else:
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").write_text("mine")
    reason = "was not made by a report.* another" if name == STORE else "has other files.* a new or an empty"
    with pytest.raises(W2VError, match=f"{reason} folder"):
        ReportFolder(tmp_path)
    found = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(found) == 1 and found[0].read_text() == "mine"
    assert len(os.listdir(tmp_path)) == 1


def test_a_link_to_another_folder_is_not_a_report(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / STORE).symlink_to(tmp_path / "theirs")
    with pytest.raises(W2VError, match="was not made by a report"):
        ReportFolder(tmp_path / "out")


@pytest.mark.parametrize("name", ["notebooks", "report.pdf", "failed"])
def test_files_that_replace_a_report_are_not_overwritten(name, tmp_path):
    publish(tmp_path, "one")
    if name != "failed":
        (tmp_path / name).unlink()
    (tmp_path / name).write_text("mine")
    (tmp_path / "notes.txt").write_text("mine too")
    with pytest.raises(W2VError, match=f"{name} was not made by a report: move it away"):
        ReportFolder(tmp_path)
    assert (tmp_path / name).read_text() == "mine" and (tmp_path / "notes.txt").read_text() == "mine too"


@pytest.mark.parametrize("target", ["../../precious", "{}", "..", "1-a/../../../precious"])
def test_links_of_somebody_else_are_refused_and_what_they_lead_to_stays(tmp_path, target):
    precious = tmp_path / "precious" / "chapter.tex"
    precious.parent.mkdir()
    precious.write_text("precious")
    for place, start in (("failed", f"{STORE}/"), (f"{STORE}/current", "")):
        link = tmp_path / place.replace("/", "-") / place
        (link.parent if STORE in place else link.parent / STORE).mkdir(parents=True)
        link.symlink_to(start + target.format(precious.parent))
        with pytest.raises(W2VError, match="was not made by a report: move it away"):
            publish(tmp_path / place.replace("/", "-"), "one")
    assert precious.read_text() == "precious"


def test_other_files_beside_a_report_stay(tmp_path):
    publish(tmp_path, "one")
    (tmp_path / "notes.txt").write_text("mine")
    publish(tmp_path, "two")
    assert content(tmp_path) == {"two"} and (tmp_path / "notes.txt").read_text() == "mine"


def test_files_beside_the_notebooks_of_a_report_stay(tmp_path):
    publish(tmp_path, "one")
    notebooks = tmp_path / "notebooks"
    (notebooks / "mine.ipynb").write_text("mine")
    (notebooks / "figures").mkdir()
    (notebooks / "figures" / "a.png").write_text("picture")
    os.mkfifo(notebooks / "figures" / "pipe")
    os.mkfifo(notebooks / "pipe")
    (notebooks / "link").symlink_to("nowhere")
    (notebooks / ".ipynb_checkpoints").mkdir()
    for text in ("two", "three"):
        publish(tmp_path, text)
        assert content(tmp_path) == {text}
        assert sorted(os.listdir(notebooks)) == ["1.ipynb", "figures", "link", "mine.ipynb", "pipe"]
        assert (notebooks / "mine.ipynb").read_text() == "mine"
        assert (notebooks / "figures" / "a.png").read_text() == "picture"
        assert (notebooks / "figures" / "pipe").is_fifo() and (notebooks / "pipe").is_fifo()
        assert len(list((tmp_path / STORE).iterdir())) == 2
    held = ReportFolder(tmp_path)
    fill(held, "four")
    (held.stage / "notebooks" / "mine.ipynb").write_text("of the report")
    held.publish()
    held.close()
    assert (notebooks / "earlier-mine.ipynb").read_text() == "mine"
    assert (notebooks / "mine.ipynb").read_text() == "of the report"


@pytest.mark.parametrize("damage", ["removed", "Latin-1", "a folder", "empty"])
def test_files_beside_the_notebooks_stay_where_the_list_of_ours_is_damaged(damage, tmp_path):
    publish(tmp_path, "one")
    (tmp_path / "notebooks" / "mine.txt").write_text("mine")
    made = tmp_path / STORE / "current" / "made.txt"
    made.unlink()
    if damage == "a folder":
        made.mkdir()
    elif damage != "removed":
        made.write_bytes("1.ipynb\nÜbung.ipynb".encode("latin-1") if damage == "Latin-1" else b"")
    publish(tmp_path, "two")
    assert content(tmp_path) == {"two"} and (tmp_path / "notebooks" / "mine.txt").read_text() == "mine"
    ours = {"earlier-1.ipynb"} if damage == "empty" else set()  # it is not known as one of ours
    assert {*os.listdir(tmp_path / "notebooks")} == {"1.ipynb", "mine.txt"} | ours


def test_files_that_cannot_be_moved_are_named_and_stay(tmp_path, monkeypatch):
    publish(tmp_path, "one")
    (tmp_path / "notebooks" / "mine.txt").write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", raising(PermissionError(13, "Permission denied")))
        for text in ("two", "three"):
            with pytest.raises(
                W2VError, match=r"The report is made, but .*/mine.txt .*Permission denied.*move it away"
            ):
                publish(tmp_path, text)
            assert content(tmp_path) == {text}
    publish(tmp_path, "four")
    assert content(tmp_path) == {"four"} and (tmp_path / "notebooks" / "mine.txt").read_text() == "mine"


def test_notebooks_that_cannot_be_listed_are_named_and_stay(tmp_path, monkeypatch):
    publish(tmp_path, "one")
    (tmp_path / "notebooks" / "mine.txt").write_text("mine")
    hidden, listdir = tmp_path / STORE / os.readlink(tmp_path / STORE / "current") / "notebooks", os.listdir

    def refused(path="."):
        if str(path) == str(hidden):
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "listdir", refused)
        for text in ("two", "three"):
            with pytest.raises(W2VError, match="The report is made, but .*/notebooks .*Permission denied"):
                publish(tmp_path, text)
            assert content(tmp_path) == {text} and (hidden / "mine.txt").exists()
    publish(tmp_path, "four")
    assert content(tmp_path) == {"four"} and (tmp_path / "notebooks" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("step", range(1, 6))
def test_killed_while_they_are_moved_all_files_stay(step, tmp_path, monkeypatch):
    publish(tmp_path, "one")
    names = {f"mine{n}.txt" for n in range(3)}
    for name in names:
        (tmp_path / "notebooks" / name).write_text(name)
    calls = []

    def killed(function):
        def call(*arguments, **options):
            calls.append(function)
            if len(calls) == step:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return call

    held = ReportFolder(tmp_path)
    fill(held, "two")
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", killed(os.rename))
        patch.setattr(output_folder.shutil, "rmtree", killed(output_folder.shutil.rmtree))
        patch.setattr(os, "replace", killed(os.replace))
        with pytest.raises(KeyboardInterrupt):
            held.publish()
    os.close(held._lock)  # as when the process ends
    publish(tmp_path, "three")
    assert content(tmp_path) == {"three"} and {*os.listdir(tmp_path / "notebooks")} == {"1.ipynb"} | names
    assert all((tmp_path / "notebooks" / name).read_text() == name for name in names)
    assert len(list((tmp_path / STORE).iterdir())) == 2


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(W2VError, match="Cannot write .*Not a directory"):
        ReportFolder(tmp_path / "file")


def test_a_failed_run_leaves_the_report_and_stores_its_cells(tmp_path):
    publish(tmp_path, "one")
    for text in ("first", "second"):
        held = ReportFolder(tmp_path)
        fill(held, text)
        assert held.store_failed(held.stage / "report.ipynb") == tmp_path / "failed" / "report.ipynb"
        held.close()
        assert content(tmp_path) == {"one"}
        assert (tmp_path / "failed" / "report.ipynb").read_text() == text
    publish(tmp_path, "two")
    assert content(tmp_path) == {"two"} and not os.path.lexists(tmp_path / "failed")
    assert len(list((tmp_path / STORE).iterdir())) == 2


def test_a_run_that_starts_leaves_the_cells_that_another_is_storing(tmp_path, monkeypatch):
    publish(tmp_path, "one")
    held = ReportFolder(tmp_path)
    fill(held, "two")
    other, replace = Thread(target=lambda: ReportFolder(tmp_path).close()), os.replace

    def meanwhile(*places):
        monkeypatch.undo()
        other.start()
        time.sleep(0.05)
        replace(*places)

    monkeypatch.setattr(os, "replace", meanwhile)
    assert held.store_failed(held.stage / "report.ipynb").read_text() == "two"
    other.join(10)
    assert not other.is_alive() and (tmp_path / "failed" / "report.ipynb").read_text() == "two"


def test_a_failed_first_run_leaves_an_empty_folder(tmp_path):
    ReportFolder(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_of_two_simultaneous_runs_the_later_is_shown(tmp_path):
    first, second = ReportFolder(tmp_path), ReportFolder(tmp_path)
    fill(first, "first")
    fill(second, "second")
    second.publish()
    first.publish()
    second.close()
    first.close()
    assert content(tmp_path) == {"first"}


def test_files_of_a_killed_run_are_removed_and_those_of_a_running_one_stay(tmp_path):
    publish(tmp_path, "one")
    running = ReportFolder(tmp_path)
    for name in (f"{os.getpid()}-abc", "run-abc", "failed-abc"):  # whatever process has the number now
        (tmp_path / STORE / name / "notebooks").mkdir(parents=True)
    (tmp_path / STORE / f"{os.getpid()}-link-x").symlink_to("nowhere")
    ReportFolder(tmp_path).close()
    assert content(tmp_path) == {"one"}
    left = {p.name for p in (tmp_path / STORE).iterdir()}
    assert left == {"current", os.readlink(tmp_path / STORE / "current"), running.stage.name}
    running.close()


def test_a_run_that_starts_leaves_the_files_of_a_run_in_another_process(tmp_path):
    """A process number says nothing: in another container, or on another machine, it is another process."""
    code = (
        f"from w2vlib.reporting.output_folder import ReportFolder\nheld = ReportFolder({str(tmp_path)!r})\n"
    )
    code += "print(held.stage.name, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        stage = tmp_path / STORE / other.stdout.readline().strip()
        publish(tmp_path, "one")
        assert (stage / "notebooks").is_dir() and content(tmp_path) == {"one"}
        other.kill()
    publish(tmp_path, "two")
    assert not stage.exists()


def publish_without_end(folder, started):
    for n in range(100_000):
        publish(folder, str(n))
        if n == 0:
            started.set()


def test_killed_while_it_publishes_the_report_is_of_one_run(tmp_path):
    for n in range(6):
        started = CONTEXT.Event()
        running = process(publish_without_end, (tmp_path, started))
        running.start()
        assert started.wait(60)
        time.sleep(0.003 * (n + 1))
        running.kill()
        running.join()
        assert running.exitcode == -signal.SIGKILL and len(content(tmp_path)) == 1
    publish(tmp_path, "last")
    assert content(tmp_path) == {"last"} and len(list((tmp_path / STORE).iterdir())) == 2


def test_a_report_that_is_published_while_another_run_starts_stays(tmp_path, monkeypatch):
    publish(tmp_path, "one")
    first, real = ReportFolder(tmp_path), output_folder.remove_if_unlocked
    fill(first, "two")

    def meanwhile(path, **options):
        monkeypatch.undo()
        first.publish()
        first.close()
        real(path, **options)

    monkeypatch.setattr(output_folder, "remove_if_unlocked", meanwhile)
    ReportFolder(tmp_path).close()
    assert content(tmp_path) == {"two"}


def publish_for(folder, seconds):
    """Of three runs two end with a report and one fails."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(2):
            publish(folder, str(os.getpid()))
        held = ReportFolder(folder)
        fill(held, "failed")
        held.store_failed(held.stage / "report.ipynb")
        held.close()


def test_runs_that_start_and_end_at_once_do_not_disturb_each_other(tmp_path):
    running = [process(publish_for, (tmp_path / "out", 3)) for _ in range(3)]
    for one in running:
        one.start()
    for one in running:
        one.join()
        assert one.exitcode == 0
    publish(tmp_path / "out", "last")
    assert content(tmp_path / "out") == {"last"} and len(list((tmp_path / "out" / STORE).iterdir())) == 2


def test_what_comes_into_the_folder_during_the_run_is_not_replaced(tmp_path):
    folder = ReportFolder(tmp_path / "out")
    (folder.stage / "report.pdf").write_text("ours")
    (tmp_path / "out" / "report.pdf").write_text("of the user")
    with pytest.raises(
        W2VError, match="report.pdf was not made by a report: move it away. The report .* is in"
    ):
        folder.publish()
    (tmp_path / "out" / "failed").write_text("of the user, too")
    (folder.stage / "01_x.ipynb").write_text("{}")
    with pytest.raises(W2VError, match="failed was not made by a report: move it away"):
        folder.store_failed(folder.stage / "01_x.ipynb")
    folder.close()
    assert (tmp_path / "out" / STORE / "current" / "report.pdf").read_text() == "ours"  # it is not lost
    assert (tmp_path / "out" / "report.pdf").read_text() == "of the user"
    assert (tmp_path / "out" / "failed").read_text() == "of the user, too"


@pytest.mark.parametrize("spelling", ["full/new/..", "new/../full", "full/new/../../full"])
def test_a_folder_with_other_files_is_refused_however_its_path_is_spelled(tmp_path, spelling):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(W2VError, match="full has other files, for example 'mine.txt'"):
        ReportFolder(tmp_path / spelling)
    assert os.listdir(tmp_path) == ["full"] and os.listdir(tmp_path / "full") == ["mine.txt"]


def test_another_run_publishes_between_two_steps(tmp_path, monkeypatch):
    first, second = ReportFolder(tmp_path), ReportFolder(tmp_path)
    fill(first, "first")
    fill(second, "second")
    other, lexists = Thread(target=second.publish), os.path.lexists

    def meanwhile(path):
        if path == tmp_path / "report.ipynb":
            monkeypatch.undo()
            other.start()
            time.sleep(0.05)
        return lexists(path)

    monkeypatch.setattr(os.path, "lexists", meanwhile)
    first.publish()
    other.join(10)
    assert not other.is_alive()
    for folder in (first, second):
        folder.close()
    assert content(tmp_path) == {"second"} and len(list((tmp_path / STORE).iterdir())) == 2


def test_another_run_removes_what_is_left_between_two_steps(tmp_path, monkeypatch):
    folder, rmtree = ReportFolder(tmp_path), output_folder.shutil.rmtree

    def with_the_store(path, **options):
        rmtree(path, **options)
        (tmp_path / STORE).rmdir()

    monkeypatch.setattr(output_folder.shutil, "rmtree", with_the_store)
    folder.close()
    assert os.listdir(tmp_path) == []


def test_another_run_removes_the_link_to_what_failed(tmp_path, monkeypatch):
    folder, failed = ReportFolder(tmp_path), ReportFolder._failed
    fill(folder, "ours")
    (folder.stage / "04.ipynb").write_text("failed")
    folder.store_failed(folder.stage / "04.ipynb")

    def late(self):
        found = failed(self)
        (tmp_path / "failed").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(ReportFolder, "_failed", late)
    folder.publish()
    folder.close()
    assert (tmp_path / "report.pdf").read_text() == "ours" and not (tmp_path / "failed").exists()
