import json
import os
import re

import pytest

from w2vlib import load_corpus
from w2vlib.text import bundled_text
from w2vlib.utils.files import project_root, sha256_of


@pytest.fixture
def short(monkeypatch):
    """The wheel's files hold two sentences; a list that grows whenever they are taken apart."""
    calls = []

    def made(*_):
        calls.append(1)
        return [["It", "cost", "½", "café"], ["Why"]], "two sentences"

    monkeypatch.setattr(bundled_text, "_made", made)
    return calls


def test_sentences_are_made_once(tmp_path, short):
    first = bundled_text.read_bundled_text(tmp_path)
    (tmp_path / "bundled-of-an-older-version.txt").touch()
    assert bundled_text.read_bundled_text(tmp_path) == first == (*bundled_text._made(), first[2])
    assert len(short) == 2  # the second time by the line above


@pytest.mark.parametrize(
    "harm",
    [
        lambda b: b[:-1],
        lambda b: b.replace(b"cost", b"lost"),
        lambda b: b"[1]\n",
        lambda b: b"",
        lambda b: b"[" * 100_000,
        lambda b: b.replace(b'"source": "two sentences"', b'"source": null'),
        lambda b: json.dumps({"sha256": sha256_of(b"\xff"), "source": "s"}).encode() + b"\n\xff",
    ],
)
def test_a_damaged_file_is_made_again(tmp_path, short, harm):
    right = bundled_text.read_bundled_text(tmp_path)
    (path,) = tmp_path.glob("*")
    path.write_bytes(harm(path.read_bytes()))
    assert bundled_text.read_bundled_text(tmp_path) == right
    assert bundled_text.read_bundled_text(tmp_path) == right and len(short) == 2


def test_links_pipes_and_devices_of_its_name_stay(tmp_path, short):
    right = bundled_text.read_bundled_text(tmp_path)
    (path,) = tmp_path.glob("*")
    victim = tmp_path / "thesis.tex"
    victim.write_text("precious")
    for make in (os.mkfifo, lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to(victim)):
        path.unlink()
        make(path)
        before = os.lstat(path)
        assert bundled_text.read_bundled_text(tmp_path) == right and os.lstat(path).st_ino == before.st_ino
    assert victim.read_text() == "precious"


def test_files_of_other_versions_are_removed(tmp_path, short):
    old = tmp_path / "bundled-0123456789abcdef.txt"
    old.touch()
    for name in ("ptb.train.txt", "bundled-by-hand.txt"):
        (tmp_path / name).touch()
    bundled_text.read_bundled_text(tmp_path)
    assert not old.exists() and len([*tmp_path.iterdir()]) == 3


def test_nothing_is_stored_where_nothing_can_be_written(tmp_path, short):
    (tmp_path / "file").touch()
    assert bundled_text.read_bundled_text(tmp_path / "file" / "folder")[0][1] == ["Why"]


def test_what_is_stored_is_what_is_made(bundled, tmp_path):
    made = bundled_text.read_bundled_text(tmp_path)
    assert made[0] == bundled_text.read_bundled_text(tmp_path)[0] == bundled.sentences


def test_the_readme_of_the_texts_has_their_sizes():
    text = (project_root() / "data" / "README.md").read_text()
    provenance = load_corpus("bundled").provenance
    for name in ("sentences", "tokens", "types", "numerals"):
        found = re.search(rf"`bundled`.*?([\d,]+) {name}", text)[1]
        assert int(found.replace(",", "")) == getattr(provenance, name)
