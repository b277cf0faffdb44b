import os
import resource
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from processes import process

from w2vlib import W2VError
from w2vlib.cli import main
from w2vlib.cluster.sweep_file import read_sweep
from w2vlib.evaluation.datasets import word_pairs
from w2vlib.experiments.claims import read_claims
from w2vlib.experiments.record import read_record
from w2vlib.grading.assignment import make_assignment
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.utils import files, temporary_folders
from w2vlib.utils.files import check_writable
from w2vlib.utils.notebook_files import read_notebook


def test_the_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with files.atomic_write(path) as handle:
        handle.write(b"abc")
        assert not path.exists()
    assert path.read_bytes() == b"abc" and os.listdir(path.parent) == ["file"]


def test_an_earlier_file_stays_when_writing_fails(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(RuntimeError), files.atomic_write(path, "w") as handle:
        handle.write("half")
        raise RuntimeError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(W2VError, match=r"Cannot write .*choose another place"):
        with files.atomic_write(tmp_path / "file" / "below") as handle:
            handle.write(b"")


FULL = """
import resource, signal, sys
from w2vlib import W2VError
from w2vlib.grading.assignment import make_assignment
from w2vlib.utils.files import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with atomic_write(sys.argv[1]) as handle:
        handle.write(bytes(5000))
except W2VError as error:
    print(error)
"""


def test_a_write_that_the_system_refuses(tmp_path):
    # A limit on file size stands in for a full disk: the write itself fails half-way.
    assert resource.RLIMIT_FSIZE is not None
    path = tmp_path / "file"
    path.write_text("old")
    # Without coverage, whose file the limit would cut short too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    command = [sys.executable, "-c", FULL, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.startswith(f"Cannot write {path}: File too large")
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_named():
    with pytest.raises(W2VError, match="No space left on device; free some space"):
        with files.explained_write_errors("/dev/full"), open("/dev/full", "wb", buffering=0) as handle:
            handle.write(b"x")


def test_sha256_of_bytes_and_files(tmp_path):
    (tmp_path / "a").write_bytes(b"ab")
    whole = files.sha256_of(b"abc")
    assert whole == files.sha256_of(tmp_path / "a", b"c")
    assert whole == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_no_checkout(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_PACKAGE", tmp_path / "w2vlib")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(W2VError, match="There are no notebooks of w2vlib"):
        files.project_root()
    assert "w2vlib" in str(files.data_dir())


def test_the_checkout_is_found_from_a_folder_that_was_removed(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert files.checkout() == Path(files.__file__).parents[2]


# What is no regular file stays what it is


def written(path):
    with files.atomic_write(path) as handle:
        handle.write(b"abc")


def test_a_device_is_written_through():
    device = os.stat("/dev/null")
    files.check_writable("/dev/null")
    written("/dev/null")
    now = os.stat("/dev/null")
    assert (now.st_mode, now.st_rdev, now.st_ino) == (device.st_mode, device.st_rdev, device.st_ino)


def test_a_link_to_a_device_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to("/dev/null")
    written(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_pipe_gives_the_bytes_to_its_reader(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        files.check_writable(tmp_path / "pipe")
        written(tmp_path / "pipe")
        assert reader.communicate(timeout=20)[0] == b"abc"
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode) and os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("there", [True, False], ids=["file", "nothing yet"])
def test_the_target_of_a_link_is_replaced(there, tmp_path):
    (tmp_path / "far").mkdir()
    if there:
        (tmp_path / "far" / "file").write_text("old")
    (tmp_path / "link").symlink_to("far/file")
    written(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "far" / "file").read_bytes() == b"abc"
    assert sorted(os.listdir(tmp_path)) == ["far", "link"] and os.listdir(tmp_path / "far") == ["file"]


def test_what_is_not_a_file_is_refused(tmp_path, monkeypatch):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for name in ("loop", "folder", "link", "socket"):
            for attempt in (written, files.check_writable):
                with pytest.raises(W2VError, match=f"^Cannot write .*{name}"):
                    attempt(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["folder", "link", "loop", "socket"]


def test_a_name_too_long_is_refused(tmp_path):
    with pytest.raises(W2VError, match="File name too long"):
        written(tmp_path / ("n" * 300))
    written(tmp_path / ("n" * 250))
    assert len(os.listdir(tmp_path)) == 1


def test_temporary_files_of_killed_processes_are_removed(tmp_path):
    target = tmp_path / "vectors.npz"
    code = (
        "import os, signal, sys\nfrom w2vlib.utils.files import atomic_write\n"
        "with atomic_write(sys.argv[1]) as handle:\n"
        "    handle.write(b'half'); handle.flush()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(target)], check=False)
    (left,) = tmp_path.glob(".vectors.npz.*")
    others = [
        tmp_path / f".vectors.npz.{end}"
        for end in ("20240101", "original", "w2vlib-notes", "w2vlib-12345678")
    ]
    for other in others[:-1]:
        other.write_text("kept")
    others[-1].mkdir()  # a folder is nothing that a write of a file has left
    with files.atomic_write(target) as handle:
        handle.write(b"first")
    assert not left.exists()
    with files.atomic_write(target) as running:  # a write that is not finished is locked
        with files.atomic_write(target) as handle:
            handle.write(b"second")
        running.write(b"third")
    assert target.read_bytes() == b"third" and sorted(tmp_path.iterdir()) == sorted([*others, target])


def test_a_file_that_another_process_removes_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    make = tempfile.mkstemp

    def removed(**options):
        monkeypatch.undo()
        descriptor, path = make(**options)
        os.remove(path)
        return descriptor, path

    monkeypatch.setattr(tempfile, "mkstemp", removed)
    with files.atomic_write(tmp_path / "v.txt", "w") as handle:
        handle.write("king")
    assert (tmp_path / "v.txt").read_text() == "king" and os.listdir(tmp_path) == ["v.txt"]


def _write_for(path, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with files.atomic_write(path, "w") as handle:
            handle.write("king")


def test_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    running = [process(_write_for, (tmp_path / "v.txt", 2)) for _ in range(3)]
    for one in running:
        one.start()
    for one in running:
        one.join()
        assert one.exitcode == 0
    assert (tmp_path / "v.txt").read_text() == "king" and os.listdir(tmp_path) == ["v.txt"]


@pytest.mark.parametrize("letter", ["a", "é", "👍"])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path, letter):
    name = letter * (250 // len(letter.encode())) + ".txt"
    with files.atomic_write(tmp_path / name, "w") as handle:
        handle.write("king")
    assert (tmp_path / name).read_text() == "king" and os.listdir(tmp_path) == [name]


def test_temporary_folders_of_killed_processes_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = (
        "import os, signal, sys, tempfile\nfrom w2vlib.utils.temporary_folders import temporary_folder\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "with temporary_folder('w2vlib-x-') as folder:\n"
        "    (folder / 'key.json').write_text('key')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert left.stat().st_mode & 0o077 == 0 and (left / "key.json").exists()
    (tmp_path / "far").mkdir()
    link = tmp_path / "w2vlib-x-12345678"  # somebody else's trap
    link.symlink_to("far")
    with temporary_folders.temporary_folder("w2vlib-x-") as running:
        assert not left.exists()
        with temporary_folders.temporary_folder("w2vlib-x-"):
            assert running.exists()
    assert sorted(tmp_path.iterdir()) == [tmp_path / "far", link]


def test_an_input_is_not_written_over(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the cat")
    (tmp_path / "link").symlink_to(text)
    for path in (text, tmp_path / "link", f"{tmp_path}/./text.txt"):
        with pytest.raises(W2VError, match="it is read, too"):
            check_writable(path, [tmp_path / "other", text])
    check_writable(tmp_path / "other", [text])


def test_links_to_each_other_lead_nowhere(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(W2VError, match="Cannot write .*a: Too many levels of symbolic links"):
        make_assignment(tmp_path / "a")
    with pytest.raises(W2VError, match="Cannot write .*vectors.npz: Too many levels of symbolic links"):
        check_writable(tmp_path / "a" / "vectors.npz")


@pytest.mark.parametrize(
    "read",
    [
        lambda path: word_pairs(path),
        lambda path: files.read_json_object(path, "a row", "make it again"),
        lambda path: read_record(path),
        lambda path: read_claims(path, "results", {}),
        lambda path: read_sweep(path),
        lambda path: read_notebook(path),
        lambda path: ReportExporter().from_filename(str(path)),
    ],
)
def test_files_that_are_read_whole_have_a_limit(read, tmp_path):
    path = tmp_path / "large.ipynb"
    with open(path, "wb") as handle:
        handle.truncate(10**12)  # a file with a hole
    begin = time.monotonic()
    with pytest.raises((W2VError, SystemExit), match="large.ipynb has 1,000,000,000,000 bytes|2"):
        read(path)
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", "--corpus", "empty.txt", "--output", "new/a/v.npz"),
        ("reproduce", "--corpus", "empty.txt", "--json", "new/a/run.json"),
        ("explore", "empty.txt", "--html", "new/a/page.html"),
        ("count", "empty.txt", "--output", "new/a/counts.tsv", "--workers", "1"),
        ("encode", "empty.txt", "--output", "new/a/ids"),
    ],
)
def test_a_refused_command_leaves_no_folder(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").write_text("")
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2 and os.listdir() == ["empty.txt"]


def test_a_place_in_new_folders_is_tried_and_not_made(tmp_path):
    check_writable(tmp_path / "new" / "a" / "v.npz")
    assert not list(tmp_path.iterdir())
    for bad in (tmp_path / "new" / ("n" * 300) / "v.npz", Path("/proc/new/v.npz")):
        with pytest.raises(W2VError, match="^Cannot write"):
            check_writable(bad)
    assert not list(tmp_path.iterdir())


def test_names_that_the_locale_has_no_letters_for_are_written(tmp_path):
    code = "import sys; from w2vlib.utils.files import atomic_write\nwith atomic_write(sys.argv[1], 'w') as file: file.write('x')"
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for name in ("çığ.txt", "ç" * 110):
        subprocess.run([sys.executable, "-c", code, name], cwd=tmp_path, env=environment, check=True)
        assert (tmp_path / name).read_text() == "x"
    assert len(os.listdir(tmp_path)) == 2
