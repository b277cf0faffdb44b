"""A command that is killed when it has written a file, but has not moved it to its place, can be repeated."""

import functools
import os
import signal
from pathlib import Path

import pytest
from processes import run

from w2vlib import W2VError
from w2vlib.utils.files import atomic_write
from w2vlib.utils.temporary_folders import written_name

COMMANDS = {
    "encode": ["encode", "a.txt", "b.txt", "--output", "made"],
    "train": ["train", "--corpus", "a.txt", "--dim", "2", "--epochs", "1", "--threads", "1", "--output", "made/v.npz"],
    "grade": ["grade", "work", "--jobs", "1", "--role", "sigmoid", "--output", "work/grades"],
}  # fmt: skip


def kill_at(folder, number):
    """In a process: go to a folder, and be killed before a file is moved to its place for the n-th time."""
    os.chdir(folder)
    replace, calls = os.replace, []

    def replaced(*arguments, **options):
        calls.append(arguments)
        if len(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(*arguments, **options)

    os.replace = replaced


def contents(folder):
    """Name → content of the files in a folder; what was being written is removed a minute later."""
    files = [path for path in Path(folder).rglob("*") if path.is_file() and written_name(path.name) is None]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def inputs(folder):
    folder.mkdir()
    (folder / "a.txt").write_text("the cat sat on the mat\n" * 40)
    (folder / "b.txt").write_text("the dog sat on the log\n" * 40)
    (folder / "work").mkdir()
    (folder / "work" / "ada.py").write_text("def sigmoid(x):\n    return x\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_repeated_it_gives_what_it_gives_undisturbed(name, tmp_path):
    whole = tmp_path / "whole"
    inputs(whole)
    assert run(COMMANDS[name], tmp_path, functools.partial(kill_at, whole, 0))[0] == 0
    for number in range(1, 9):
        folder = tmp_path / str(number)
        inputs(folder)
        code, _ = run(COMMANDS[name], tmp_path, functools.partial(kill_at, folder, number))
        if code == 0:  # there are no more writes
            break
        assert code == -signal.SIGKILL
        code, said = run(COMMANDS[name], tmp_path, functools.partial(kill_at, folder, 0))
        assert code == 0, said
        found, expected = contents(folder), contents(whole)
        assert found.keys() == expected.keys()
        different = {file for file in found if found[file] != expected[file]}
        assert different <= {
            "made/encoded.json",
            "work/grades/grades.csv",
        }  # with times of files, and of runs
    assert number > 1


def test_names_of_files_that_are_written(tmp_path):
    assert [written_name(name) for name in ("a", ".a", ".w2vlib-12345678", ".a.w2vlib-1")] == [None] * 4
    with pytest.raises(W2VError, match="stop"), atomic_write(tmp_path / "a.txt"):
        (name,) = os.listdir(tmp_path)
        assert written_name(name) == "a.txt"
        raise W2VError("stop")
