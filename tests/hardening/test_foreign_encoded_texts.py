"""Folders of encoded texts that others have made or changed, also with the right SHA-256 in their record."""

import json
import os

import numpy as np
import pytest

from w2vlib import W2VError, encode_files
from w2vlib.text import text_encoder, text_files, text_numbering
from w2vlib.text.encoded_text import EncodedText
from w2vlib.utils.files import sha256_of

TEXT = "the cat saw the dog\nthe dog saw a\nbird\n" * 30
FILES = ("ids.npy", "offsets.npy", "counts.npy", "words.txt")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    return path


@pytest.fixture
def folder(source, tmp_path):
    encode_files(source, tmp_path / "ids", progress=False)
    return tmp_path / "ids"


def changed(array, place, value):
    array = array.copy()
    array[place] = value
    return array


CHANGES = {
    "id too large": ("ids.npy", lambda x: changed(x, 3, 1 << 30)),
    "id of no word": ("ids.npy", lambda x: changed(x, 3, 6)),
    "negative id": ("ids.npy", lambda x: changed(x, 3, -1)),
    "another id": ("ids.npy", lambda x: changed(x, 3, x[3] + 1)),
    "ids of float": ("ids.npy", lambda x: x.astype(float)),
    "ids of another order of bytes": ("ids.npy", lambda x: x.astype(">i4")),
    "ids in a table": ("ids.npy", lambda x: x[:, None]),
    "ids of text": ("ids.npy", lambda x: x.astype("U5")),
    "a single id": ("ids.npy", lambda x: x[0]),
    "offsets that fall": ("offsets.npy", lambda x: changed(x, slice(1, None, 2), 0)),
    "offsets too large": ("offsets.npy", lambda x: x + 10**12),
    "huge offsets": ("offsets.npy", lambda x: 0 * x + (1 << 62)),
    "offsets without the end": ("offsets.npy", lambda x: changed(x, -1, x[-2])),
    "offsets of float": ("offsets.npy", lambda x: np.full(x.shape, np.nan)),
    "word without tokens": ("counts.npy", lambda x: changed(changed(x, 0, 0), 1, x[0] + x[1])),
    "counts of other words": ("counts.npy", lambda x: x[::-1].copy()),
}


@pytest.mark.parametrize("name", ["ids.npy", "offsets.npy", "counts.npy"])
def test_headers_of_python_2_are_refused_without_a_warning(folder, name, recwarn):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content.replace(b",), }", b"L,),}"))
    with pytest.raises(W2VError, match="ids does not hold an encoded text, or is damaged"):
        EncodedText(folder)
    assert not recwarn.list


@pytest.mark.parametrize("min_count", [1, 31])
@pytest.mark.parametrize("change", CHANGES)
def test_arrays_that_fit_to_their_hash_but_to_no_text_are_refused(folder, change, min_count):
    name, make = CHANGES[change]
    np.save(folder / name, make(np.load(folder / name)))
    record = json.loads((folder / "encoded.json").read_text())
    record["sha256"][name] = sha256_of(folder / name)
    (folder / "encoded.json").write_text(json.dumps(record))
    with pytest.raises(W2VError, match="ids does not hold an encoded text, or is damaged"):
        EncodedText(folder).encoded(min_count)


@pytest.mark.parametrize("settings", [{}, {"min_count": 31}, {"max_vocab": 2}])
def test_words_in_another_order_are_refused(folder, settings):
    """All files fit together; but what is left out by count is taken from the end."""
    arrays = {name: np.load(folder / name) for name in ("ids.npy", "counts.npy")}
    np.save(folder / "ids.npy", len(arrays["counts.npy"]) - 1 - arrays["ids.npy"])
    np.save(folder / "counts.npy", arrays["counts.npy"][::-1])
    words = (folder / "words.txt").read_text().split("\n")[:-1]
    (folder / "words.txt").write_text("\n".join([*words[::-1], ""]))
    record = json.loads((folder / "encoded.json").read_text())
    record["sha256"] |= {name: sha256_of(folder / name) for name in FILES}
    (folder / "encoded.json").write_text(json.dumps(record))
    with pytest.raises(W2VError, match="stands before a more frequent one"):
        EncodedText(folder).encoded(**settings)


@pytest.mark.parametrize("word", [b"", b"c t", b"the\r", "the\u3000".encode(), b"\xff", b"the"])
def test_words_that_no_text_has_are_refused(folder, word):
    words = (folder / "words.txt").read_bytes().split(b"\n")
    (folder / "words.txt").write_bytes(b"\n".join([words[0], word, *words[2:]]))
    record = json.loads((folder / "encoded.json").read_text())
    record["sha256"]["words.txt"] = sha256_of(folder / "words.txt")
    (folder / "encoded.json").write_text(json.dumps(record))
    with pytest.raises(W2VError, match="ids does not hold an encoded text|no word twice"):
        EncodedText(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("min_count"),
        lambda record: record.pop("sources"),
        lambda record: record.update(sources=None),
        lambda record: record.update(sources=[[]]),
        lambda record: record.update(sources=[{"path": 5}]),
        lambda record: record["sources"][0].update(bytes="many"),
        lambda record: record.update(sentences="x"),
        lambda record: record.update(sha256=[]),
        lambda record: record.update(version=[1]),
    ],
)
def test_a_changed_record_is_refused(source, folder, change):
    record = json.loads((folder / "encoded.json").read_text())
    change(record)
    (folder / "encoded.json").write_text(json.dumps(record))
    with pytest.raises(W2VError, match="is damaged .*encode the text again, into a new folder"):
        encode_files(source, folder, progress=False)


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_the_place_of_a_file_is_refused(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)
    with pytest.raises(W2VError, match="is a pipe or a device"):
        EncodedText(folder)


@pytest.fixture
def stopped(source, tmp_path, monkeypatch):
    """Folder of a pass over the text that was stopped when its last words had been read."""
    with monkeypatch.context() as patch:
        patch.setattr(text_files, "_BLOCK", 100)
        patch.setattr(text_numbering, "_PART", 500)
        patch.setattr(text_encoder, "_write", lambda *_: exec("raise KeyboardInterrupt"))
        with pytest.raises(KeyboardInterrupt):
            encode_files(source, tmp_path / "stopped", progress=False)
    return tmp_path / "stopped"


def same_text(folder, other):
    return all((folder / name).read_bytes() == (other / name).read_bytes() for name in FILES)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update(finished=5),
        lambda state: state.update(finished=None),
        lambda state: state.update(finished=["a", "b", "c"]),
        lambda state: state.update(text_read="x"),
        lambda state: state.update(left_over=[[]]),
        lambda state: state.update(lines=1.5),
        lambda state: state.update(lines=-1),
        lambda state: state.update(read=None),
        lambda state: state.update(sizes=[0, 8.0, 0]),
        lambda state: state.update(sizes=[10**400, 8, 0]),
        lambda state: state.update(sizes=[0]),
        lambda state: state.update(sha256={}),
        lambda state: state.pop("sha256"),
    ],
)
def test_a_pass_with_a_changed_state_begins_anew(source, folder, stopped, change):
    state = json.loads((stopped / "unfinished" / "state.json").read_text())
    change(state)
    (stopped / "unfinished" / "state.json").write_text(json.dumps(state))
    encode_files(source, stopped, progress=False)
    assert same_text(folder, stopped)


def test_a_state_that_is_deep_or_a_pipe_begins_anew(source, folder, stopped):
    path = stopped / "unfinished" / "state.json"
    path.write_text("[" * 100_000)
    numbering = text_numbering.TextNumbering(path.parent, [text_numbering.describe_source(source)])
    assert numbering.finished == []
    path.unlink()
    os.mkfifo(path)
    numbering = text_numbering.TextNumbering(path.parent, [text_numbering.describe_source(source)])
    assert numbering.finished == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("numbers.int32", np.full(330, -1, np.int32)),
        ("numbers.int32", np.full(330, 2**31 - 1, np.int32)),
        ("ends.int64", np.array([0, 10**15])),
        ("words.txt", b"the\nthe\ndog\ncat\nsaw\n"),
    ],
)
def test_a_pass_whose_files_have_changed_begins_anew(source, folder, stopped, name, content):
    path = stopped / "unfinished" / name
    size = path.stat().st_size
    path.write_bytes((bytes(content) * 500)[:size])
    encode_files(source, stopped, progress=False)
    assert same_text(folder, stopped)


@pytest.mark.parametrize("place", ["unfinished", "finished", "unfinished/new", "finished/new",
                                   "unfinished/state.json", "unfinished/words.txt", "unfinished/new/ids.npy"])  # fmt: skip
def test_nothing_is_written_or_moved_through_links(source, folder, tmp_path, place):
    link = tmp_path / "mine" / place
    link.parent.mkdir(parents=True)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    is_file = link.suffix in (".json", ".txt", ".npy")
    link.symlink_to(folder / "ids.npy" if is_file else folder)
    with pytest.raises(W2VError, match=f"{place} was not made by w2v encode: move it away"):
        encode_files(source, tmp_path / "mine", min_count=2, progress=False)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before and link.is_symlink()


@pytest.mark.parametrize(
    "names",
    [
        ["main.tex", "unfinished/words.txt"],
        ["finished/chapter.tex"],
        ["unfinished/chapter.tex", "unfinished/words.txt"],
        ["finished/new/chapter.tex"],
        ["words.txt"],
        ["unfinished"],
        ["unfinished/words.txt/chapter.tex"],
    ],
)
def test_folders_of_somebody_else_are_refused_and_stay(source, tmp_path, names):
    folder = tmp_path / "thesis"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    with pytest.raises(W2VError, match="was not made by w2v encode|has other files"):
        encode_files(source, folder, progress=False)
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == sorted(names)
    assert all((folder / name).read_text() == name for name in names)


def test_a_pipe_in_the_place_of_a_file_of_the_pass_is_refused(source, stopped):
    path = stopped / "unfinished" / "state.json"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(W2VError, match="state.json was not made by w2v encode"):
        encode_files(source, stopped, progress=False)
