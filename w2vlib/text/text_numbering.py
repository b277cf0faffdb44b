"""Files of text → numbers of their words on disk, in one pass that can be stopped and gone on with."""

import hashlib
import io
import json
import os
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write, check_is_file
from .text_files import decoded, explained_text_errors, read_blocks
from .word_numbers import WordNumbers, split_at_space

NUMBERS, ENDS, WORDS, STATE = "numbers.int32", "ends.int64", "words.txt", "state.json"  # files of a pass
_PART = 1 << 27  # bytes of text after which the state is stored
_AT_ONCE = 1 << 22  # numbers read at a time
_BOM = b"\xef\xbb\xbf"
_BEGIN = {"text_read": 0, "left_over": 0, "read": "", "lines": 0}  # of a source


class HashedFile(io.RawIOBase):
    """A file that is read once from its begin, and the SHA-256 of what has been read.

    Examples
    --------
    >>> from w2vlib.utils.files import sha256_of
    >>> with HashedFile(__file__) as file:
    ...     size = len(file.read())
    ...     size == file.n_read, file.sha256() == sha256_of(Path(__file__))
    (True, True)
    """

    def __init__(self, path):
        super().__init__()
        self._file, self._digest, self.n_read = open(path, "rb", buffering=0), hashlib.sha256(), 0

    def readable(self):
        """Return True."""
        return True

    def readinto(self, buffer):
        """Fill a buffer; return the number of bytes."""
        n = self._file.readinto(buffer)
        self._digest.update(memoryview(buffer)[:n])
        self.n_read += n
        return n

    def sha256(self):
        """SHA-256 (hexadecimal str) of what has been read."""
        return self._digest.hexdigest()

    def close(self):
        """Close the file."""
        self._file.close()
        super().close()


def describe_source(path):
    """Path, size and date of a text file; dict.

    Raises
    ------
    W2VError
        If there is no such file.

    Examples
    --------
    >>> sorted(describe_source(__file__))
    ['bytes', 'mtime_ns', 'path']
    """
    check_is_file(path)
    found = os.stat(path)
    return {"path": str(path), "bytes": found.st_size, "mtime_ns": found.st_mtime_ns}


class TextNumbering:
    r"""The tokens of files as numbers of words, by first appearance, in a folder of files in the making.

    Parameters
    ----------
    folder : Path
        What an earlier pass over the same sources has left there is not done again.
    sources : list of dict
        See `describe_source`.

    Attributes
    ----------
    words : WordNumbers
        What is known after `run`.
    numbers_path, ends_path : Path
        The number of each token, int32; where the lines with tokens end, int64, after a zero.

    Examples
    --------
    >>> import tempfile
    >>> from tqdm.auto import tqdm
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "text.txt"
    ...     _ = path.write_text("the cat\nthe dog\n")
    ...     numbering = TextNumbering(Path(folder), [describe_source(path)])
    ...     numbering.run(tqdm(disable=True))
    ...     np.fromfile(numbering.numbers_path, np.int32), np.fromfile(numbering.ends_path, np.int64)
    (array([0, 1, 0, 2], dtype=int32), array([0, 2, 4]))
    """

    def __init__(self, folder, sources):
        self.folder, self.sources, self.words = folder, sources, WordNumbers()
        self.numbers_path, self.ends_path = folder / NUMBERS, folder / ENDS
        self._words_path, self._state_path = folder / WORDS, folder / STATE
        self._paths = self.numbers_path, self.ends_path, self._words_path
        self._state = self._stored()
        if self._state is None:
            self._state = {"sizes": [0, 0, 0], "finished": [], **_BEGIN}
            self._digests = [hashlib.sha256() for _ in self._paths]
        self._files, self._unsaved = None, 0

    def _stored(self):
        """State of an earlier pass over the same sources, whose files are as it left them; else None."""
        try:
            for path in (self._state_path, *self._paths):
                check_is_file(path)
            state = json.loads(self._state_path.read_text(encoding="utf-8"))
            if state.pop("sources") != self.sources or not _is_state(state, len(self.sources)):
                return None
            self._digests = [_digest(*each) for each in zip(self._paths, state["sizes"], strict=True)]
            return state if self._digest_texts() == state.pop("sha256") else None
        except (W2VError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None

    def _digest_texts(self):
        return [digest.hexdigest() for digest in self._digests]

    @property
    def finished(self):
        """SHA-256 of each source that has been read; list of str."""
        return self._state["finished"]

    def run(self, bar):
        """Read what has not been read; `bar` (of tqdm) counts the bytes.

        Raises
        ------
        W2VError
            If a source is no text, or has changed, or the folder cannot be written.
        """
        with explained_write_errors(self.folder), ExitStack() as stack:
            modes = ("r+b" if path.exists() else "w+b" for path in self._paths)
            self._files = [stack.enter_context(file) for file in map(open, self._paths, modes)]
            self._restore()
            bar.update(sum(source["bytes"] for source in self.sources[: len(self.finished)]))
            for source in self.sources[len(self.finished) :]:
                self._read(source, bar)
            self._save()

    def _restore(self):
        """Set the files and the words to what the state says."""
        for file, size in zip(self._files, self._state["sizes"], strict=True):
            file.truncate(size)
        numbers, ends, words = self._files
        text = words.read()
        counts = np.zeros(text.count(b"\n"), np.int64)
        while (piece := np.fromfile(numbers, np.int32, _AT_ONCE)).size:
            if piece.min() < 0 or piece.max() >= counts.size:
                raise W2VError(f"{self.folder} is damaged: start again.")
            counts += np.bincount(piece, minlength=counts.size)
        if not self._state["sizes"][1]:
            self._write(1, np.zeros(1, np.int64))
        ends.seek(-8, os.SEEK_END)
        (line,) = np.frombuffer(ends.read(), np.int64)
        self.words.recall(text, counts, line)

    def _read(self, source, bar):
        """Read one source, from where the state says."""
        path, state, shown = Path(source["path"]), self._state, 0
        with _opened(path) as file:
            raw, blocks = file.raw, _explained_blocks(path, file)
            rest = self._skip(path, blocks, raw)
            for block in blocks:
                marked = not state["text_read"] and block.startswith(_BOM)
                text, rest = split_at_space(rest + block[3 * marked :])
                self._number(text, path)
                state["text_read"] += len(block)
                state["left_over"] = len(rest)
                self._unsaved += len(block)
                if self._unsaved >= _PART:
                    self._save(raw)
                bar.update(raw.n_read - shown)
                shown = raw.n_read
            self._number(rest + b"\n", path)
            while raw.read(1 << 20):  # what may follow the end of a compressed text
                pass
            bar.update(raw.n_read - shown)
            if describe_source(path) != source:
                raise W2VError(f"{path} changed while it was read: start again.")
            self._state = {**state, **_BEGIN, "finished": [*self.finished, raw.sha256()]}

    def _skip(self, path, blocks, raw):
        """Skip the blocks that the state has; return the bytes after their last white space."""
        state, n_read, last = self._state, 0, b""
        while n_read < state["text_read"] and (block := next(blocks, b"")):
            n_read += len(block)
            last = last[max(0, len(last) - state["left_over"]) :] + block
        if state["text_read"] and (n_read, raw.sha256()) != (state["text_read"], state["read"]):
            raise W2VError(f"{path} is not as it was when {self.folder} was begun: start again.")
        return last[len(last) - state["left_over"] :]

    def _number(self, text, path):
        """Write the numbers of the words of a piece of text that ends with white space."""
        if not text.isascii():
            decoded(text, path, self._state["lines"] + 1)
        self._state["lines"] += text.count(b"\n")
        n_words = self.words.n_words
        for i, found in enumerate(self.words.read(text)):
            self._write(i, found)
        self._write(2, self.words.text(first=n_words))

    def _write(self, i, found):
        """Write bytes to one of the files."""
        self._files[i].write(found)
        self._digests[i].update(found)

    def _save(self, raw=None):
        """Store the state, and first all that it counts; `raw` is the file that is read."""
        for written in self._files:
            written.flush()
            os.fsync(written.fileno())
        self._state["sizes"] = [written.tell() for written in self._files]
        self._state["read"] = raw.sha256() if raw else ""
        with atomic_write(self._state_path, "w") as handle:
            json.dump({"sources": self.sources, "sha256": self._digest_texts(), **self._state}, handle)
        self._unsaved = 0


def _is_state(state, n_sources):
    """Whether a state has what `TextNumbering` stores, of the kinds that it stores."""
    finished, sizes = state["finished"], state["sizes"]
    numbers = [*sizes, *(state[name] for name in _BEGIN if name != "read")]
    texts = [*finished, state["read"]]
    return (
        isinstance(finished, list) and len(finished) <= n_sources and len(sizes) == 3
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(number, int) and number >= 0 for number in numbers)
    )  # fmt: skip


def _digest(path, size):
    """SHA-256 (an object of hashlib) of the first `size` bytes of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while size and (block := file.read(min(size, 1 << 20))):
            digest.update(block)
            size -= len(block)
    return digest


@contextmanager
def _opened(path):
    """Open a buffered `HashedFile`; errors name the path."""
    check_is_file(path)
    with explained_text_errors(path):
        file = io.BufferedReader(HashedFile(path), 1 << 20)
    with file:
        yield file


def _explained_blocks(path, file):
    """Blocks of a text; errors of reading name the path."""
    with explained_text_errors(path):
        yield from read_blocks(path, file)
