import bz2
import errno
import gzip
import json
import lzma
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from processes import process

from w2vlib import SkipGram, W2VError, load_corpus
from w2vlib.models import training_loop
from w2vlib.text import text_encoder, text_files, text_numbering, vocabulary
from w2vlib.text.encoded_text import EncodedText
from w2vlib.text.text_encoder import encode_files
from w2vlib.text.text_files import read_lines
from w2vlib.text.vocabulary import encode
from w2vlib.text.word_numbers import WordNumbers, split_at_space

TEXT = "the cat saw the dog\n\n  the  dog\tsaw a \r\nbird\n" * 30
FILES = ("ids.npy", "offsets.npy", "counts.npy", "words.txt")
# Every character that str.split takes for white space, and neighbours whose bytes look alike.
SPACES = [chr(c) for c in range(0x110000) if chr(c).isspace()]
LOOK_ALIKE = list(
    "\x84\x86\x9f\xa1\u1681\u2007\u200b\u202e\u2030\u205e\u2060\u3001\ufeff\x00\x1b\x7f\u0940\ud7ff\U0001f40e"
)
characters = (
    st.sampled_from(SPACES)
    | st.sampled_from(LOOK_ALIKE)
    | st.sampled_from("ab")
    | st.characters(exclude_categories=["Cs"])
)
texts = st.lists(characters, max_size=40).map("".join)


def encoded(path, folder, **settings):
    return encode_files(path, folder, progress=False, **settings)


def contents(folder):
    return [(folder / name).read_bytes() for name in FILES]


def same_as_python(text, sentences, **settings):
    vocab, ids, offsets = encode(sentences, **settings)
    assert text.vocab.words == vocab.words and text.vocab.counts.tolist() == vocab.counts.tolist()
    assert np.array_equal(text.ids, ids) and np.array_equal(text.offsets, offsets)
    assert text.ids.dtype == np.int32 and text.offsets.dtype == text.vocab.counts.dtype == np.int64


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@settings(deadline=None)  # the first example compiles
@given(st.lists(texts, min_size=1, max_size=4))
@example(["".join(SPACES + LOOK_ALIKE), "a" + "b\x85c\u2028d\u3000e\rf\ng\r\n\ufeffh".join("xy")])
@example(["word " * 5000])  # more tokens, and below more words, than the first tables hold
@example([" ".join(map(str, range(9000)))])
def test_words_are_those_of_split_wherever_the_text_is_cut(pieces):
    words, numbers, ends, rest = WordNumbers(), [], [0], b""
    for piece in [*map(str.encode, pieces), b"\n"]:
        whole, rest = split_at_space(rest + piece)
        found = words.read(whole)
        numbers += found[0].tolist()
        ends += found[1].tolist()
    lines = "".join(pieces).replace("\r", "\n").split("\n")
    expected = [tokens for line in lines if (tokens := line.split())]
    spelled = words.words(np.array(numbers, np.int64))
    assert [spelled[a:b] for a, b in zip(ends, ends[1:], strict=False)] == expected
    assert list(dict.fromkeys(numbers)) == list(range(words.n_words)) == list(range(len(set(spelled))))
    assert np.array_equal(words.counts, np.bincount(np.array(numbers, int)))


@settings(deadline=None)
@given(
    texts.filter(str.strip),
    st.integers(1, 3),
    st.none() | st.integers(1, 4),
    st.integers(1, 9),
    st.booleans(),
)
def test_a_file_has_the_ids_of_its_sentences(tmp_path_factory, text, min_count, max_vocab, at_once, marked):
    folder = tmp_path_factory.mktemp("text")
    path = folder / "text.txt"
    path.write_bytes(b"\xef\xbb\xbf" * marked + text.replace("\x00", "").encode())
    sentences = [tokens for line in read_lines(path) if (tokens := line.split())]
    limits = {"min_count": min_count, "max_vocab": max_vocab}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "_AT_ONCE", at_once)
        if not sentences:
            with pytest.raises(W2VError, match="is empty"):
                encoded(path, folder / "ids")
            return
        try:
            made = encoded(path, folder / "ids", **limits)
        except W2VError as error:
            with pytest.raises(W2VError, match=str(error)):
                encode(sentences, **limits)
            return
        same_as_python(made, sentences, **limits)
        kept = set(made.vocab.words)
        assert list(made) == [[word for word in tokens if word in kept] for tokens in sentences]
        fewer = made.encoded(max_vocab=2)  # as if the sentences were read anew
        vocab, ids, offsets = encode(list(made), max_vocab=2)
        assert fewer[0].words == vocab.words and np.array_equal(fewer[1], ids)
        assert np.array_equal(fewer[2], offsets)


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)])
def test_several_files_compressed_or_not_are_one_text(text, tmp_path, suffix, opener):
    packed = tmp_path / f"text.txt{suffix}"
    with opener(packed, "wb") as handle:
        handle.write("\ufeffthe hörse".encode())  # no line end: the sentence ends with the file
    sentences = load_corpus(packed).sentences + load_corpus(text).sentences
    same_as_python(encoded([packed, text], tmp_path / "ids"), sentences)
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(W2VError, match=f"text.txt{suffix} does not hold text, or is damaged"):
        encoded(packed, tmp_path / "other")


@pytest.mark.parametrize(
    "content",
    [
        b"", b" \n\t\n", b"caf\xe9 au lait\n", b"fine\nna\xefve\n", b"\xef\xbb\xbf\n\xe2\x80", b"a\n\xed\xa0\x80 b",
        b"a \xc0\xa0 b", b"\x7fELF\x00\x01\x02", "h\u00e9llo".encode("utf-16"), b"a" * 3_000_000,
    ],
)  # fmt: skip
def test_bad_files_are_refused_in_the_words_of_read_lines(tmp_path, content):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(W2VError) as expected:
        load_corpus(path)
    with pytest.raises(W2VError) as caught:
        encoded(path, tmp_path / "new" / "ids")
    assert str(caught.value) == str(expected.value)
    assert os.listdir(tmp_path) == ["text.txt"]  # no folder is left


@pytest.mark.parametrize("kind", ["bad byte", "cut archive", "failing disk"])
def test_what_has_been_read_is_kept_only_if_a_later_call_can_go_on(text, tmp_path, kind, monkeypatch):
    monkeypatch.setattr(text_files, "_BLOCK", 100)
    monkeypatch.setattr(text_numbering, "_PART", 500)
    numbers, number = random.Random(1), text_numbering.TextNumbering._number
    long = "\n".join(f"w{numbers.randrange(10**6)}" for _ in range(1000)).encode()
    second = tmp_path / ("second.txt.gz" if kind == "cut archive" else "second.txt")
    second.write_bytes(
        {"bad byte": long + b"\xe9\n", "cut archive": gzip.compress(long)[:-9]}.get(kind, long)
    )

    def failing(self, piece, path):
        if path == second and self._state["text_read"] > 5000:
            raise OSError(errno.EIO, "Input/output error")
        number(self, piece, path)

    with monkeypatch.context() as patch:
        if kind == "failing disk":
            patch.setattr(text_numbering.TextNumbering, "_number", failing)
        with pytest.raises(W2VError, match="second.txt|Input/output error"):
            encoded([text, second], tmp_path / "ids")
    assert (tmp_path / "ids").exists() == (kind == "failing disk")
    if kind == "failing disk":
        assert (tmp_path / "ids" / "unfinished" / "state.json").exists()
        encoded([text, second], tmp_path / "ids")
        encoded([text, second], tmp_path / "whole")
        assert contents(tmp_path / "ids") == contents(tmp_path / "whole")


def test_what_has_been_read_is_kept_where_only_the_settings_were_wrong(text, tmp_path):
    with pytest.raises(W2VError, match="No word of the text occurs"):
        encoded(text, tmp_path / "ids", min_count=10**6)
    assert os.listdir(tmp_path / "ids") == ["unfinished"]


def test_a_line_of_any_length(tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "_LONGEST_LINE", 100)
    path = tmp_path / "text.txt"
    path.write_text("wörd cat " * 400_000, encoding="utf-8")
    made = encoded(path, tmp_path / "ids")
    assert made.offsets.tolist() == [0, 800_000] and made.vocab.words == ("wörd", "cat")


@pytest.mark.parametrize("more", [{}, {"min_count": 31, "max_vocab": 3}, {"objective": "cbow"}])
def test_vectors_are_those_of_the_sentences(text, tmp_path, more):
    made = encoded(text, tmp_path / "ids")
    settings = {"dim": 5, "epochs": 2, "subsample": 0, "seed": 3, **more}
    vectors = [
        SkipGram(**settings)
        .fit(X, progress=False, checkpoint_dir=tmp_path / "runs")
        .embeddings_.vectors.tobytes()
        for X in (load_corpus(text).sentences, made, list(made))
    ]  # the second and the third find the checkpoint of the first: the text is the same
    assert vectors[0] == vectors[1] == vectors[2]
    assert SkipGram(**settings).fit(made, progress=False).embeddings_.vectors.tobytes() == vectors[0]


def test_the_memory_of_the_ids_is_given_back_while_training(text, tmp_path, monkeypatch):
    made, released = encoded(text, tmp_path / "ids"), []
    monkeypatch.setattr(training_loop, "_RELEASE_EVERY", len(made.ids) - 1)
    monkeypatch.setattr(training_loop, "release_pages", released.append)
    SkipGram(dim=2, epochs=3, subsample=0).fit(made, progress=False)
    assert len(released) == 3 and all(ids is made.ids for ids in released)


def test_ids_are_made_again_only_if_something_changed(text, tmp_path, monkeypatch):
    folder = tmp_path / "ids"
    passes = []
    monkeypatch.setattr(
        text_encoder, "_write", lambda *args, f=text_encoder._write: passes.append(1) or f(*args)
    )
    encoded(text, folder)
    encoded(text, folder)
    os.utime(text, (1, 1))  # another date, but the same bytes
    encoded(text, folder)
    assert len(passes) == 1
    encoded(text, folder, min_count=2)
    text.write_text(TEXT.replace("cat", "cow"), encoding="utf-8")
    assert "cow" in encoded(text, folder, min_count=2).vocab
    assert len(passes) == 3 and sorted(os.listdir(folder)) == sorted([*FILES, "encoded.json"])
    record = json.loads((folder / "encoded.json").read_text())
    assert record["min_count"] == 2 and record["sources"][0]["path"] == str(text)


def killed_while_saving(paths, folder, n_saves):
    """Encode files until the state has been stored so many times, and a little more; then be killed."""
    text_files._BLOCK, text_numbering._PART = 1000, 3000
    save, left = text_numbering.TextNumbering._save, [n_saves]

    def saved(self, raw=None):
        save(self, raw)
        left[0] -= 1
        if not left[0]:
            self._number(b"these words are not in the state\n", None)
            for file in self._files:
                file.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    text_numbering.TextNumbering._save = saved
    encoded(paths, folder)


@pytest.mark.parametrize("n_saves", [1, 3, 5, 7])
def test_killed_it_goes_on_to_the_same_bytes(tmp_path, n_saves, monkeypatch):
    rng = np.random.default_rng(0)
    words = [f"wörd{n}" for n in rng.geometric(0.01, size=1500)]
    first, second = tmp_path / "first.txt.gz", tmp_path / "second.txt"
    with gzip.open(first, "wt", encoding="utf-8") as handle:
        handle.write(" ".join(words))
    second.write_text("\n".join(words[::-1]), encoding="utf-8")
    whole = encoded([first, second], tmp_path / "whole")
    saving = process(killed_while_saving, ([first, second], tmp_path / "ids", n_saves))
    saving.start()
    saving.join(60)
    assert saving.exitcode == -signal.SIGKILL
    with pytest.raises(W2VError, match="holds no encoded text"):
        EncodedText(tmp_path / "ids")
    read = []
    monkeypatch.setattr(text_files, "_BLOCK", 1000)
    number = text_numbering.TextNumbering._number
    monkeypatch.setattr(
        text_numbering.TextNumbering,
        "_number",
        lambda self, text, path: read.append(len(text)) or number(self, text, path),
    )
    made = encoded([first, second], tmp_path / "ids")
    assert contents(tmp_path / "ids") == contents(tmp_path / "whole") and len(made) == len(whole)
    n_bytes = sum(len(f"{word} ".encode()) for word in words) * 2
    assert n_bytes - 3000 * n_saves - 1000 <= sum(read) <= max(n_bytes - 2900 * n_saves, 1)


def test_a_state_of_other_sources_is_not_gone_on_with(text, tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "_BLOCK", 100)
    monkeypatch.setattr(text_numbering, "_PART", 500)
    monkeypatch.setattr(text_encoder, "_write", lambda *_: exec("raise KeyboardInterrupt"))
    folder = tmp_path / "ids"
    with pytest.raises(KeyboardInterrupt, match=f"the same call with the folder {folder} goes on"):
        encoded(text, folder)
    monkeypatch.undo()
    text.write_text("quite another text\n", encoding="utf-8")
    assert list(encoded(text, folder)) == [["quite", "another", "text"]]


def test_a_source_that_changed_in_its_middle_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.setattr(text_files, "_BLOCK", 100)
    monkeypatch.setattr(text_numbering, "_PART", 500)
    number = text_numbering.TextNumbering._number

    def stopped(self, piece, path):
        if self._state["text_read"] > 700:
            raise KeyboardInterrupt
        number(self, piece, path)

    with monkeypatch.context() as patch:
        patch.setattr(text_numbering.TextNumbering, "_number", stopped)
        with pytest.raises(KeyboardInterrupt):
            encoded(text, tmp_path / "ids")
    date = text.stat().st_mtime_ns
    text.write_text(TEXT.replace("cat", "cow", 1), encoding="utf-8")
    os.utime(text, ns=(date, date))
    with pytest.raises(W2VError, match="text.txt is not as it was when .*unfinished was begun: start again"):
        encoded(text, tmp_path / "ids")
    assert len(encoded(text, tmp_path / "ids")) == 90  # lines with words: the next call begins anew


def test_a_file_that_grows_while_it_is_read_is_refused(text, tmp_path, monkeypatch):
    number = text_numbering.TextNumbering._number

    def growing(self, piece, path):
        if text.stat().st_size == len(TEXT.encode()):
            with open(text, "a") as handle:
                handle.write("more\n")
        number(self, piece, path)

    monkeypatch.setattr(text_numbering.TextNumbering, "_number", growing)
    with pytest.raises(W2VError, match="changed while it was read"):
        encoded(text, tmp_path / "ids")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "cut", "absent"])
def test_damaged_folders_are_refused(text, tmp_path, name, damage):
    folder = tmp_path / "ids"
    encoded(text, folder)
    content = bytearray((folder / name).read_bytes())
    content[-2] ^= 1
    if damage == "absent":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content if damage == "flipped" else content[:-4])
    uses = {
        "training": lambda: SkipGram(dim=2, epochs=1).fit(EncodedText(folder), progress=False),
        "sentences": lambda: next(iter(EncodedText(folder))),
    }
    if name != "encoded.json" or damage == "flipped":  # else it is no encoded text
        uses["the same call"] = lambda: encoded(text, folder)
    for use in uses.values():
        with pytest.raises(W2VError, match="encode the text again|check the path"):
            use()


def test_folders_in_use_or_of_something_else_are_refused(text, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(W2VError, match="mine has other files"):
        encoded(text, tmp_path / "mine")
    with text_encoder._locked(tmp_path / "ids"), pytest.raises(W2VError, match="Another process is writing"):
        encoded(text, tmp_path / "ids")
    with pytest.raises(W2VError, match="min_count=0 is not allowed"):
        encoded(text, tmp_path / "ids", min_count=0)
    with pytest.raises(W2VError, match="no file to encode"):
        encoded([], tmp_path / "ids")


@pytest.mark.parametrize("stop", ["sha256_of", "replace"])
def test_an_earlier_text_is_there_until_the_new_one_is_complete(text, tmp_path, monkeypatch, stop):
    folder, other = tmp_path / "ids", tmp_path / "other.txt"
    other.write_text("one two three\n" * 50, encoding="utf-8")
    encoded(text, folder)
    before = contents(folder)

    def full(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as changed, pytest.raises((W2VError, OSError), match="No space left"):
        changed.setattr(text_encoder if stop == "sha256_of" else text_encoder.os, stop, full)
        encoded(other, folder)
    assert contents(folder) == before and len(EncodedText(folder).vocab) == 6
    assert encoded(other, folder).vocab.words == ("one", "two", "three")
    assert {path.name for path in folder.iterdir()} == {*FILES, "encoded.json"}


@pytest.mark.parametrize("moved", range(5))
def test_a_text_that_was_complete_when_the_process_died_is_taken_over(text, tmp_path, monkeypatch, moved):
    folder, other = tmp_path / "ids", tmp_path / "other.txt"
    other.write_text("one two three\n" * 50, encoding="utf-8")
    encoded(text, folder)
    replace, calls = os.replace, []

    def killed(source, target):
        calls.append(target)
        if len(calls) > 1 + moved:  # the first makes the new text the one that counts
            raise SystemExit
        replace(source, target)

    with monkeypatch.context() as changed, pytest.raises(SystemExit):
        changed.setattr(text_encoder.os, "replace", killed)
        encoded(other, folder)
    assert encoded(other, folder).vocab.words == ("one", "two", "three")
    assert {path.name for path in folder.iterdir()} == {*FILES, "encoded.json"}


def test_interrupted_the_command_says_how_to_go_on(tmp_path):
    path, folder = tmp_path / "text.txt", tmp_path / "ids"
    with open(path, "w") as handle:
        for n in range(30):
            handle.write("".join(f"w{i} " for i in range(n, n + 200_000)) + "\n")
    code = f"from w2vlib.cli import main; main(['encode', {str(path)!r}, '--output', {str(folder)!r}], prog_name='w2v')"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    numbers, deadline = folder / "unfinished" / "numbers.int32", time.monotonic() + 60
    while not (numbers.exists() and numbers.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == f"w2v: interrupted; the same command goes on from {folder}.\n"
