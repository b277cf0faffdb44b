"""A text as token ids in a folder: of any size, since they are mapped and not read into memory."""

import os

import numpy as np

from ..utils.arguments import as_path
from ..utils.errors import W2VError
from ..utils.files import check_is_file, explained_read_errors, read_json_object, sha256_of
from ..utils.memory import release_pages
from ..utils.npz_archives import check_header
from ..utils.temporary_folders import temporary_file
from .vocabulary import Vocabulary, ids_in, most_frequent, new_ids, renumber

RECORD, IDS, OFFSETS, COUNTS, WORDS = "encoded.json", "ids.npy", "offsets.npy", "counts.npy", "words.txt"
VERSION = 1
_WHAT, _REMEDY = "an encoded text", "encode the text again, into a new folder"
_AT_ONCE = 1 << 22  # numbers that are looked at


class EncodedText:
    r"""A text that `encode_files` has turned into token ids, in a folder.

    `SkipGram.fit` takes it, and its vectors have the same bytes as those of the sentences. Iterates over the
    sentences (lists of str), without the words that were left out; `len` is their number.

    Parameters
    ----------
    folder : path
        Holds ``ids.npy`` (int32), ``offsets.npy`` (int64; sentence s is ``ids[offsets[s]:offsets[s + 1]]``),
        ``words.txt`` (the word of id i in line i), ``counts.npy`` (int64) and ``encoded.json``.

    Attributes
    ----------
    vocab : Vocabulary
    ids, offsets : int32, int64 arrays
        Memory-mapped. Changes made to them do not reach the files.
    record : dict
        What ``encoded.json`` says: the settings, and path, size and SHA-256 of each source.

    Raises
    ------
    W2VError
        If the folder holds no text, or only a part of one, or is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from w2vlib.text.text_encoder import encode_files
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = as_path(folder) / "text.txt"
    ...     _ = path.write_text("the cat sleeps\na dog barks at the cat\n")
    ...     _ = encode_files(path, f"{folder}/ids", progress=False)
    ...     text = EncodedText(f"{folder}/ids")
    ...     print(text, text.vocab.words[:2], list(text)[0])
    <EncodedText: 2 sentences, 9 tokens, 7 words> ('the', 'cat') ['the', 'cat', 'sleeps']
    """

    def __init__(self, folder):
        self.folder = as_path(folder)
        if not is_encoded(self.folder):
            raise W2VError(f"{folder} holds no encoded text: make it with w2v encode, to the end.")
        self.record = read_json_object(self.folder / RECORD, _WHAT, _REMEDY)
        for name in (IDS, OFFSETS, COUNTS, WORDS):
            check_is_file(self.folder / name)
        with explained_read_errors(folder, _WHAT, _REMEDY):
            if self.record["version"] != VERSION:
                raise ValueError(f"it has version {self.record['version']}, and this library reads {VERSION}")
            _check_record(self.record)
            words = (self.folder / WORDS).read_bytes()
            counts = self._array(COUNTS, np.int64)
            self._require({WORDS: sha256_of(words), COUNTS: sha256_of(self.folder / COUNTS)})
            if counts.size and counts.min() < 1:
                raise ValueError("a word has no token")
            if (np.diff(counts) > 0).any():
                raise ValueError("a word stands before a more frequent one")
            self.vocab = Vocabulary(tuple(words.decode().split("\n")[:-1]), counts)
            if any(word.split() != [word] for word in self.vocab.words):
                raise ValueError("a word has white space, or no character")
            mapped = self._array(IDS, np.int32, "c"), self._array(OFFSETS, np.int64, "c")
            self._ids_begin = mapped[0].offset  # in the file, after its header
            self.ids, self.offsets = map(np.asarray, mapped)
            if len(self.ids) != counts.sum() or len(self.offsets) != self.record["sentences"] + 1:
                raise ValueError("its files do not fit together")

    def _array(self, name, kind, mmap_mode=None):
        """Read an array of the folder, or map it; refuse what `_write` of `text_encoder` does not write."""
        with open(self.folder / name, "rb") as file:
            check_header(file)
        array = np.load(self.folder / name, mmap_mode=mmap_mode, allow_pickle=False)
        if array.dtype != kind or array.ndim != 1:
            raise ValueError(f"{name} is no list of {np.dtype(kind).name} numbers")
        return array

    def _check_numbers(self):
        """Refuse ids without a word, other counts than those of the ids, and offsets that do not fit."""
        counts = np.zeros(len(self.vocab), np.int64)
        for start in range(0, len(self.ids), _AT_ONCE):
            piece = self.ids[start : start + _AT_ONCE]
            if piece.min() < 0 or piece.max() >= counts.size:
                raise ValueError("an id has no word")
            counts += np.bincount(piece, minlength=counts.size)
            release_pages(self.ids)
        if (counts != self.vocab.counts).any():
            raise ValueError("its counts are not those of its ids")
        if self.offsets[0] != 0 or self.offsets[-1] != len(self.ids):
            raise ValueError("its sentences are not all of its ids")
        for start in range(0, len(self), _AT_ONCE):
            if (np.diff(self.offsets[start : start + _AT_ONCE + 1]) < 0).any():
                raise ValueError("a sentence ends before it begins")
            release_pages(self.offsets)

    def _require(self, found):
        """Refuse files whose SHA-256 is not that of the record."""
        for name, digest in found.items():
            if digest != self.record["sha256"][name]:
                raise ValueError(f"{name} is not as it was written")

    def check(self):
        """Refuse ids and offsets that are not as they were written, or do not fit together.

        It reads all files, and is called before each pass over the text.

        Raises
        ------
        W2VError
        """
        with explained_read_errors(self.folder, _WHAT, _REMEDY):
            self._require({name: sha256_of(self.folder / name) for name in (IDS, OFFSETS)})
            self._check_numbers()

    def __iter__(self):
        self.check()
        words = np.array(self.vocab.words, object)
        for s in range(len(self)):
            yield words[self.ids[self.offsets[s] : self.offsets[s + 1]]].tolist()

    def __len__(self):
        return len(self.offsets) - 1

    def __repr__(self):
        return f"<EncodedText: {len(self):,} sentences, {len(self.ids):,} tokens, {len(self.vocab):,} words>"

    def encoded(self, min_count=1, max_vocab=None):
        """Vocabulary, ids and offsets, as `text.vocabulary.encode` makes them of the sentences.

        If words are left out that the folder has, the other ids go to a temporary file.

        Parameters
        ----------
        min_count, max_vocab : int

        Raises
        ------
        W2VError
            If no word is left, or a file is not as it was written.
        """
        self.check()
        kept = most_frequent(self.vocab.counts, min_count, max_vocab)  # the first ones, in their order
        n = kept.size
        if n == len(self.vocab):
            return self.vocab, self.ids, self.offsets
        vocab = Vocabulary(self.vocab.words[:n], self.vocab.counts[:n])
        with (
            temporary_file() as ids_file,
            temporary_file() as offsets_file,
            open(self.folder / IDS, "rb") as source,
        ):
            source.seek(self._ids_begin)
            new = new_ids(kept, len(self.vocab))
            write_ids(source, self.offsets, new, ids_file, offsets_file)
            ids = ids_in(ids_file, int(vocab.counts.sum()))
            return vocab, ids, ids_in(offsets_file, len(self.offsets), np.int64)


def _check_record(record):
    """Refuse a record whose values are of other kinds than `text_encoder` writes."""
    kinds = {"min_count": int, "max_vocab": int | None, "sources": list, "sentences": int, "sha256": dict}
    of_source = {"path": str, "bytes": int, "mtime_ns": int, "sha256": str}
    for name, kind in kinds.items():
        if not isinstance(record[name], kind):
            raise ValueError(f"{name!r} is {record[name]!r:.40}")
    for source in record["sources"]:
        if not isinstance(source, dict) or source.keys() != of_source.keys():
            raise ValueError(f"a source is {source!r:.40}")
        for name, kind in of_source.items():
            if not isinstance(source[name], kind):
                raise ValueError(f"{name!r} of a source is {source[name]!r:.40}")


def is_encoded(folder):
    """Whether a folder holds an encoded text.

    Examples
    --------
    >>> is_encoded("no/such/folder")
    False
    """
    return os.path.isfile(os.path.join(folder, RECORD))


def write_ids(source, offsets, new, ids_file, offsets_file):
    """Write the ids of the numbers of a file, from where it stands, and the offsets, to open files.

    Parameters
    ----------
    source, offsets, new
        See `vocabulary.renumber`.
    ids_file, offsets_file : binary files

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as source, open("/dev/null", "wb") as nothing:
    ...     np.array([0, 1, 2, 0], np.int32).tofile(source)
    ...     _ = source.seek(0)
    ...     write_ids(source, np.array([0, 2, 4]), np.array([1, 0, 2], np.int32), nothing, nothing)
    """
    n_empty = int(np.searchsorted(offsets, 0, side="right"))
    offsets_file.write(np.zeros(n_empty, np.int64))
    for ids, _, moved in renumber(source, offsets, new, begin=source.tell()):
        ids_file.write(ids)
        offsets_file.write(moved)
