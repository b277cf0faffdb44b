"""Files of text of any size → token ids in a folder."""

import errno
import fcntl
import json
import os
import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..utils.addresses import local_folder
from ..utils.arguments import as_paths
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write, sha256_of
from ..utils.folder_lock import folder_for_results
from ..utils.temporary_folders import written_name
from ..utils.validation import check_all
from .encoded_text import COUNTS, IDS, OFFSETS, RECORD, VERSION, WORDS, EncodedText, is_encoded, write_ids
from .text_numbering import ENDS, NUMBERS, STATE, TextNumbering, describe_source
from .vocabulary import RULES, most_frequent, new_ids

UNFINISHED = "unfinished"  # folder of a pass that goes on or was stopped
FINISHED = "finished"  # what it becomes when the new text in it is complete
_NEW = "new"  # that text, inside
_FILES = IDS, OFFSETS, COUNTS, WORDS, RECORD


def encode_files(paths, folder, min_count=1, max_vocab=None, progress=True):
    r"""Turn text files of any size into token ids in a folder, which `SkipGram.fit` takes as a text.

    The files are read as by `load_corpus`: UTF-8 (``.gz``, ``.bz2``, ``.xz`` too), one sentence per line,
    white space between tokens, but a line may have any length. Memory is needed for the words, not for the
    tokens. The vocabulary and the ids are those of `text.vocabulary.encode`.

    If the folder holds the ids of these files with these settings, they are not made again. What changed is
    told by size and date, or else by SHA-256. After an interruption or a kill the next call goes on from the
    last 128 MB of text that were read as a whole.

    Parameters
    ----------
    paths : path or list of paths
        Read one after the other.
    folder : path
        New, empty, or of an earlier call. It takes 4 bytes per token and 8 per sentence, and while it is made
        twice as much.
    min_count, max_vocab : int
        Leave out words seen less often; keep at most so many words, the most frequent.
    progress : bool
        Show how many bytes have been read.

    Returns
    -------
    EncodedText

    Raises
    ------
    W2VError
        If a file is no text, changes while it is read, or is empty; if no word is left; or if the folder
        cannot be written or is used by something else.
    KeyboardInterrupt
        It says how to go on.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "text.txt"
    ...     _ = path.write_text("the cat sleeps\na dog barks at the cat\n")
    ...     encode_files(path, f"{folder}/ids", min_count=2, progress=False)
    <EncodedText: 2 sentences, 4 tokens, 2 words>
    """
    settings = check_all(RULES, min_count=min_count, max_vocab=max_vocab)
    sources = [describe_source(path) for path in as_paths(paths)]
    if not sources:
        raise W2VError("There is no file to encode: give at least one path.")
    _check_outside(folder := local_folder(folder), sources)
    with _locked(folder):
        _take_over(folder)  # what a killed process had finished
        if is_encoded(folder) and _is_of((text := EncodedText(folder)).record, sources, settings):
            text.check()
            return text
        _make(folder, sources, settings, progress)
    return EncodedText(folder)


def _make(folder, sources, settings, progress):
    """Make the files of a folder; what has been read stays there if the settings are wrong."""
    try:
        _write(_numbered(folder / UNFINISHED, sources, progress), folder / UNFINISHED / _NEW, settings)
        _take_over(folder, is_complete=True)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Interrupted: the same call with the folder {folder} goes on.") from None


def _check_outside(folder, sources):
    """Refuse files in the folder of the ids, which may be replaced."""
    place = Path(os.path.realpath(folder))
    for source in sources:
        if Path(os.path.realpath(source["path"])).is_relative_to(place):
            raise W2VError(f"Cannot write {folder}: {source['path']} is read, too; give another folder.")


def _take_over(folder, is_complete=False):
    """Put a complete new text, if there is one, in the place of the earlier one; the record is last."""
    new = folder / FINISHED / _NEW
    with explained_write_errors(folder):
        if is_complete:
            os.replace(folder / UNFINISHED, folder / FINISHED)
        if (new / RECORD).exists():
            (folder / RECORD).unlink(missing_ok=True)
            for name in _FILES:
                if (new / name).exists():  # else it was moved before
                    os.replace(new / name, folder / name)
        if (folder / FINISHED).is_dir():
            shutil.rmtree(folder / FINISHED)


@contextmanager
def _locked(folder):
    """Make a folder for ids, unless it is there, and keep other processes from writing it."""
    with folder_for_results(folder), _its_lock(folder):
        for part in (folder / UNFINISHED, folder / FINISHED):
            _check_own(part, {NUMBERS, ENDS, WORDS, STATE}, {_NEW})
            if part.exists():
                _check_own(part / _NEW, set(_FILES))
        others = {path.name for path in folder.iterdir()} - {UNFINISHED, FINISHED}
        half_moved = is_encoded(folder / FINISHED / _NEW) and others <= {*_FILES}
        if others and not (is_encoded(folder) or half_moved):
            raise W2VError(f"{folder} has other files: give a new folder for the ids.")
        yield


@contextmanager
def _its_lock(folder):
    """Lock a folder itself while the block runs."""
    with explained_write_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:  # another one: there are no locks here
            if error.errno in (errno.EAGAIN, errno.EACCES):
                raise W2VError(f"Another process is writing {folder}: wait for its end.") from None
        yield
    finally:
        os.close(handle)


def _check_own(folder, files, folders=()):
    """Refuse a folder, if it is there, with anything but these files and folders: it may be somebody's."""
    if not os.path.lexists(folder):
        return
    remedy = "was not made by w2v encode: move it away, or give a new folder"
    if folder.is_symlink() or not folder.is_dir():
        raise W2VError(f"{folder} {remedy}.")
    with explained_write_errors(folder):
        inside = list(folder.iterdir())
    for path in inside:
        name = written_name(path.name) or path.name
        is_own = path.is_dir() if name in folders else name in files and path.is_file()
        if not is_own or path.is_symlink():
            raise W2VError(f"{path} {remedy}.")


def _is_of(record, sources, settings):
    """Whether a text has been made from these sources with these settings."""
    if {name: record[name] for name in settings} != settings or len(record["sources"]) != len(sources):
        return False
    for old, new in zip(record["sources"], sources, strict=True):
        old = dict(old)
        digest = old.pop("sha256")
        if old != new and (old["bytes"] != new["bytes"] or sha256_of(Path(new["path"])) != digest):
            return False
    return True


def _numbered(folder, sources, progress):
    """Do the pass over the text, or the rest of it; if it fails, only what a later call can use stays."""
    with explained_write_errors(folder):
        folder.mkdir(exist_ok=True)
    total = sum(source["bytes"] for source in sources)
    numbering = TextNumbering(folder, sources)
    try:
        with tqdm(total=total, unit="B", unit_scale=True, desc="reading", disable=not progress) as bar:
            numbering.run(bar)
        if not numbering.words.n_tokens:
            names = ", ".join(source["path"] for source in sources)
            raise W2VError(f"{names:.500} is empty: give a text with at least one sentence.")
    except W2VError as error:
        is_of_disk = getattr(error.__context__, "errno", None) is not None
        if not (is_of_disk and (folder / STATE).exists()):  # else the text will be another one
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return numbering


def _write(numbering, folder, settings):
    """Write the files of an `EncodedText` into a folder that is made; the record is last."""
    words = numbering.words
    kept = most_frequent(words.counts, **settings)
    counts = words.counts[kept]
    offsets = np.memmap(numbering.ends_path, np.int64, "r")
    with explained_write_errors(folder), ExitStack() as stack:
        folder.mkdir(exist_ok=True)
        ids_file, offsets_file, counts_file, words_file = (
            stack.enter_context(open(folder / name, "wb")) for name in (IDS, OFFSETS, COUNTS, WORDS)
        )
        _write_header(ids_file, np.int32, int(counts.sum()))
        _write_header(offsets_file, np.int64, offsets.size)
        with open(numbering.numbers_path, "rb") as source:
            write_ids(source, offsets, new_ids(kept, words.n_words), ids_file, offsets_file)
        np.save(counts_file, counts)
        words_file.writelines(f"{word}\n".encode() for word in words.words(kept))
    sources = (
        {**source, "sha256": digest}
        for source, digest in zip(numbering.sources, numbering.finished, strict=True)
    )
    record = {
        "version": VERSION, **settings, "sources": list(sources), "sentences": offsets.size - 1,
        "tokens": int(counts.sum()), "words": int(kept.size),
        "sha256": {name: sha256_of(folder / name) for name in (IDS, OFFSETS, COUNTS, WORDS)},
    }  # fmt: skip
    with atomic_write(folder / RECORD, "w") as handle:
        json.dump(record, handle, indent=1)
        handle.write("\n")


def _write_header(file, dtype, size):
    """Write the header of an ``.npy`` file of a vector."""
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
        "fortran_order": False,
        "shape": (size,),
    }
    np.lib.format.write_array_header_1_0(file, header)
