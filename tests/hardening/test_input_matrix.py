"""Every command with every kind of bad input or surroundings: one sentence, no traceback, nothing lost.

A cell of the matrix is a command in a process of its own, forked from a server that has imported
the library. The process has a time limit and an address space limit. Its exit code is 0, or 2 with
exactly one line on standard error; what a refused command would have replaced is still there.
"""

import functools
import gzip
import os
import resource
import sys
import zlib
from pathlib import Path

import pytest
from processes import assert_explained, run

from w2vlib import SkipGram

SENTENCES = [["the", "cat", "sat", "on", "1990"], ["a", "dog", "and", "the", "cat", "sat"]] * 20
GOOD = "\n".join(map(" ".join, SENTENCES)).encode()


def file_of(content, name="text.txt"):
    """Make an input that is a regular file."""

    def make(folder):
        path = folder / name
        path.write_bytes(content)
        return path

    return make


@functools.cache
def bomb_content():
    """A gigabyte of one letter, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    million = b"a" * 1_000_000
    return b"".join([*(packer.compress(million) for _ in range(1000)), packer.flush()])


def bomb(folder):
    return file_of(bomb_content(), "bomb.gz")(folder)


def folder_of(folder):
    (folder / "inside").mkdir()
    return folder / "inside"


def pipe(folder):
    os.mkfifo(folder / "pipe.txt")
    return folder / "pipe.txt"


def loop(folder):
    (folder / "loop.txt").symlink_to("loop.txt")
    return folder / "loop.txt"


def unreadable(folder):
    """Make a file that fails to be read: root ignores permissions, so it gets one without readable memory."""
    if os.getuid() == 0:
        return Path("/proc/self/mem")
    path = file_of(GOOD)(folder)
    path.chmod(0)
    return path


INPUTS = {  # what it is → (how it is made, whether it is text that can be trained on)
    "absent": (lambda folder: folder / "absent.txt", False),
    "empty": (file_of(b""), False),
    "white space": (file_of(b" \n\t\n" * 99), False),
    "one token": (file_of(b"word\n"), None),
    "one type": (file_of(b"word word word\n" * 50), None),
    "no digits": (file_of(b"the cat sat on the mat\na dog and the cat\n" * 20), True),
    "only numbers": (file_of(b"1 2 3 1990 7.5\n4 1 2\n" * 20), True),
    "binary": (file_of(bytes(range(256)) * 40), False),
    "Latin-1": (file_of("le caf\u00e9 est ferm\u00e9\n".encode("latin-1") * 20), False),
    "UTF-16": (file_of(GOOD.decode().encode("utf-16")), False),
    "huge word": (file_of(b"a" * 3_000_000), False),
    "truncated gzip": (file_of(gzip.compress(GOOD * 9)[:-20], "text.gz"), False),
    "gzip bomb": (bomb, False),
    "folder": (folder_of, False),
    "pipe": (pipe, False),
    "link to itself": (loop, False),
    "unreadable": (unreadable, False),
    "long name": (lambda folder: folder / ("n" * 300 + ".txt"), False),
    "lone surrogate": (file_of(b"\xed\xa0\x80 a b\n" * 9), False),
    "control characters": (file_of(b"a\x01b \x1b[31m \xef\xbb\xbf the cat\n" * 20), True),
}


def commands(text, out):
    """Arguments of each command that reads a text, and what it writes."""
    small = ["--dim", 4, "--epochs", 1]
    return {
        "train": (["train", "--corpus", text, "--output", out / "vectors.npz", *small], "vectors.npz"),
        "reproduce": (
            ["reproduce", "--corpus", text, "--iterations", 20, "--dim", 4, "--json", out / "run.json"],
            "run.json",
        ),
        "ablate": (["ablate", "--corpus", text, "--output", out / "rows", "--seeds", 1, *small], None),
        "data": (["data", text], None),
        "report": (["report", "--corpus", text, "--output", out / "report"], None),
        "evaluate": (["evaluate", text, "--draws", 9], None),
        "evaluate on": (["evaluate", out / "good.npz", "--on", text, "--draws", 9], None),
    }


@pytest.fixture(scope="module")
def good_vectors(tmp_path_factory):
    path = tmp_path_factory.mktemp("good") / "good.npz"
    model = SkipGram(dim=4, epochs=1).fit(SENTENCES, progress=False)
    model.embeddings_.save(path)
    return path.read_bytes()


@pytest.mark.sampled(90)
@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (kind, command)
        for kind, (_, is_text) in INPUTS.items()
        for command in commands(None, Path())
        if command != "report" or is_text is False  # reports of odd texts are test_any_text.py
    ],
)
def test_inputs(kind, command, tmp_path, good_vectors):
    make, is_text = INPUTS[kind]
    (tmp_path / "in").mkdir()
    out = tmp_path / "out"
    out.mkdir()
    (out / "good.npz").write_bytes(good_vectors)
    arguments, target = commands(make(tmp_path / "in"), out)[command]
    if target is not None:
        (out / target).write_bytes(b"earlier")
    code, stderr = run(arguments, tmp_path)
    assert_explained(code, stderr)
    reads_text = not command.startswith("evaluate") or (kind, command) == ("only numbers", "evaluate on")
    if is_text is False or not reads_text:
        assert code == 2, "it should have been refused"
    elif is_text:
        assert code == 0, stderr
    if target is not None:
        assert ((out / target).read_bytes() == b"earlier") == (code == 2)
    assert not list(out.glob(".*")), "temporary files are left"


def deleted_folder():
    """Work in a folder that is gone."""
    os.makedirs(f"/tmp/w2v-gone-{os.getpid()}")
    os.chdir(f"/tmp/w2v-gone-{os.getpid()}")
    os.rmdir(f"/tmp/w2v-gone-{os.getpid()}")


def full_disk():
    """Let no file grow beyond 1,000 bytes, enough for a sentence on standard error."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


def latin1():
    """Print as Latin-1."""
    sys.stdout = open(1, "w", encoding="latin-1", closefd=False)
    sys.stderr = open(2, "w", encoding="latin-1", errors="backslashreplace", closefd=False)


def c_locale():
    """Print as ASCII."""
    sys.stdout = open(1, "w", encoding="ascii", closefd=False)
    sys.stderr = open(2, "w", encoding="ascii", errors="backslashreplace", closefd=False)


def no_temporary_folder():
    """Name a folder for temporary files that is not there."""
    import tempfile

    os.environ["TMPDIR"] = "/nowhere"
    tempfile.tempdir = None


def _allow(megabytes):
    """Limit the address space to a little more than is in use."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 2**20,) * 2)


# With 100 MB the kernels cannot be compiled; with 300 the first can, and not every thread starts.
MEMORY = {f"{megabytes} MB of memory": megabytes for megabytes in (1, 4, 8, 12, 32, 100, 300)}
SURROUNDINGS = {
    "deleted working folder": deleted_folder,
    "full disk": full_disk,
    "full standard output": None,
    "Latin-1": latin1,
    "ASCII": c_locale,
    "no temporary folder": no_temporary_folder,
    **{kind: functools.partial(_allow, megabytes) for kind, megabytes in MEMORY.items()},
}


# The check takes seconds and reads and writes no file: few surroundings say anything about it.
CELLS = [
    pytest.param(kind, command, marks=pytest.mark.nightly)
    if command == "check" and kind not in ("full standard output", "100 MB of memory")
    else (kind, command)
    for kind in SURROUNDINGS
    for command in (*commands(None, Path()), "check", "help")
    if command != "report"  # which has tests of its own
]


@pytest.mark.sampled(70)
@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and /proc")
@pytest.mark.parametrize(("kind", "command"), CELLS)
def test_surroundings(kind, command, tmp_path, good_vectors):
    text = file_of(GOOD.replace(b"dog", "dóg→犬".encode()), "text.txt")(tmp_path)
    pairs = file_of(b"cat\tdog\t3\nthe\ta\t1\nsat\ton\t2\n", "pairs.tsv")(tmp_path)
    (tmp_path / "good.npz").write_bytes(good_vectors)
    arguments, target = {
        **commands(text, tmp_path),
        "evaluate": (["evaluate", tmp_path / "good.npz", "--draws", 9], None),
        "evaluate on": (["evaluate", tmp_path / "good.npz", "--on", pairs, "--draws", 9], None),
        "check": (["check", "--points", 1], None),
        "help": (["train", "--help"], None),
    }[command]
    if target is not None:
        (tmp_path / target).write_bytes(b"earlier")
    stdout = "/dev/full" if kind == "full standard output" else None
    code, stderr = run(arguments, tmp_path, SURROUNDINGS[kind], stdout)
    assert_explained(code, stderr)
    if MEMORY.get(kind, 999) <= 100 and command in ("train", "reproduce", "ablate", "check"):
        assert code == 2 and "Not enough memory" in stderr and "ulimit -v" in stderr
    assert "standard output" not in stderr or stdout or (kind == "full disk" and "File too large" in stderr)
    if target is not None and code == 2 and kind != "full standard output":
        assert (tmp_path / target).read_bytes() == b"earlier"
