import fcntl
import os
import zipfile

import numpy as np
import pytest

from w2vlib import W2VError
from w2vlib.utils import checkpoints

SETTINGS = {"dim": 3, "learning_rate": 0.2}
LIKE = {"V": np.zeros((2, 3)), "n": np.zeros(0, int)}


@pytest.fixture
def saved(tmp_path):
    path = checkpoints.checkpoint_path(tmp_path, 70)
    checkpoints.save(path, SETTINGS, {"V": np.arange(6.0).reshape(2, 3), "n": np.array([1, 2])})
    return path


def test_round_trip(saved):
    arrays = checkpoints.load(saved, SETTINGS, LIKE)
    assert arrays["V"].tolist() == [[0, 1, 2], [3, 4, 5]] and arrays["n"].tolist() == [1, 2]
    assert checkpoints.saved_iterations(saved.parent) == [70]
    assert checkpoints.saved_iterations(saved.parent / "nowhere") == []


def test_same_state_same_bytes(saved, tmp_path):
    other = tmp_path / "again"
    checkpoints.save(other, SETTINGS, {"V": np.arange(6.0).reshape(2, 3), "n": np.array([1, 2])})
    assert other.read_bytes() == saved.read_bytes()


@pytest.mark.parametrize("position", [0, 20, 60, 90, 500, -1])
def test_any_flipped_byte_is_noticed(saved, position):
    data = bytearray(saved.read_bytes())
    data[position] ^= 0x20
    saved.write_bytes(data)
    with pytest.raises(W2VError, match="damaged|version"):
        checkpoints.load(saved, SETTINGS, LIKE)
    assert saved.read_bytes() == data  # left as it is


@pytest.mark.parametrize("length", [0, 10, 84, 200])
def test_truncation_is_noticed(saved, length):
    saved.write_bytes(saved.read_bytes()[:length])
    with pytest.raises(W2VError, match="damaged"):
        checkpoints.load(saved, SETTINGS, LIKE)


def test_other_version_and_other_settings(saved):
    with pytest.raises(W2VError, match=r"learning_rate is 0\.2 there, 0\.3 here"):
        checkpoints.load(saved, {**SETTINGS, "learning_rate": 0.3}, LIKE)
    saved.write_bytes(saved.read_bytes().replace(b"checkpoint 1 ", b"checkpoint 9 ", 1))
    with pytest.raises(W2VError, match="version 9"):
        checkpoints.load(saved, SETTINGS, LIKE)


def test_a_version_of_thousands_of_digits_is_no_checkpoint(saved):
    saved.write_bytes(saved.read_bytes().replace(b"checkpoint 1 ", b"checkpoint " + b"9" * 5000 + b" ", 1))
    with pytest.raises(W2VError, match="is not a checkpoint of w2vlib"):
        checkpoints.load(saved, SETTINGS, LIKE)


def test_names_with_other_digits_are_no_checkpoints(saved):
    (saved.parent / "iteration-٠٠٠٠٠٠١٠٠.ckpt").write_text("mine")
    assert checkpoints.saved_iterations(saved.parent) == [70]


@pytest.mark.parametrize(
    "wanted",
    [np.zeros((2, 4)), np.zeros(6), np.zeros((3, 3)), np.zeros((2, 3), np.float32), np.zeros((0, 4))],
    ids=["columns", "axes", "rows", "dtype", "free rows"],
)
def test_arrays_of_another_kind_are_refused(saved, wanted):
    with pytest.raises(W2VError, match="its array 'V' is missing or wrong"):
        checkpoints.load(saved, SETTINGS, {"V": wanted})
    with pytest.raises(W2VError, match="its array 'U' is missing or wrong"):
        checkpoints.load(saved, SETTINGS, {"U": wanted})


@pytest.mark.parametrize("content", [b"", b"king queen", b"\x93NUMP"])
def test_what_is_no_array_is_refused_although_the_checksum_is_right(saved, content, monkeypatch):
    def savez(buffer, settings, **arrays):
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, array in {"settings": settings, **arrays}.items():
                with archive.open(f"{name}.npy", "w") as member:
                    member.write(content) if name == "V" else np.save(member, array)

    monkeypatch.setattr(np, "savez", savez)
    checkpoints.save(saved, SETTINGS, {"V": np.zeros((2, 3)), "n": np.array([1, 2])})
    with pytest.raises(W2VError, match="one of its parts is no array"):
        checkpoints.load(saved, SETTINGS, LIKE)


def test_numbers_that_are_not_finite_are_refused(tmp_path):
    path = tmp_path / "iteration-000000001.ckpt"
    checkpoints.save(path, {}, {"V": np.array([1.0, np.nan])})
    with pytest.raises(W2VError, match="its array 'V' is missing or wrong"):
        checkpoints.load(path, {}, {"V": np.zeros(0)})


def test_nothing_is_unpickled(tmp_path):
    path = tmp_path / "iteration-000000001.ckpt"
    with pytest.raises(ValueError, match="[Oo]bject"):
        checkpoints.save(path, {}, {"V": np.array([object()])})
        checkpoints.load(path, {}, {"V": np.zeros(1)})


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = checkpoints.checkpoint_path(tmp_path, 7)
    make = {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda path: path.symlink_to(path.name)}
    make[kind](path)
    with pytest.raises(W2VError, match="iteration-000000007.ckpt"):
        checkpoints.load(path, SETTINGS, LIKE)


@pytest.mark.parametrize("settings", ["[[1, 2]]", "3", "null", '"text"'])
def test_settings_without_names_are_refused(tmp_path, monkeypatch, settings):
    path = tmp_path / "iteration-000000001.ckpt"
    monkeypatch.setattr(checkpoints.json, "dumps", lambda value, sort_keys: settings)
    checkpoints.save(path, {}, LIKE)
    monkeypatch.undo()
    with pytest.raises(W2VError, match="its settings have no names"):
        checkpoints.load(path, {}, LIKE)


def test_the_half_of_a_checkpoint_that_a_killed_run_left_is_removed_by_the_next(tmp_path):
    old, running = (tmp_path / f".iteration-00000000{n}.ckpt.w2vlib-abcdefgh" for n in (1, 2))
    other = tmp_path / ".iteration-mine.txt"
    for path in (old, running, other):
        path.write_bytes(b"half")
    with open(running) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        checkpoints.check_folder(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [running.name, other.name]


def test_iterations_of_ten_digits_are_found_again(tmp_path):
    for iteration in (999_999_999, 1_000_000_000):
        checkpoints.save(checkpoints.checkpoint_path(tmp_path, iteration), {}, LIKE)
    assert checkpoints.saved_iterations(tmp_path) == [999_999_999, 1_000_000_000]
