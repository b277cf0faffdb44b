"""A text in many files: its vocabulary and token ids, computed in parts on the workers of a cluster."""

import glob
import os
from collections import Counter, deque
from pathlib import Path

import numpy as np

from ..text.corpus import PTB
from ..text.download import places_of
from ..text.encoded_text import is_encoded
from ..text.nltk_corpora import nltk_files
from ..text.text_files import read_lines
from ..text.vocabulary import Vocabulary, ids_in, most_frequent
from ..utils.addresses import address_of, local_copy, matching
from ..utils.arguments import as_path
from ..utils.errors import W2VError
from ..utils.files import check_is_file
from ..utils.temporary_folders import temporary_file

_MOST_RECURSIVE, _MOST_PARTS, _MOST_LETTERS = 3, 200, 2000  # of a pattern


class TextInFiles:
    r"""A text in many files with one sentence per line and white space between tokens, read file by file.

    Iterates over the sentences. `SkipGram.fit` with a client has each file counted and turned into ids by
    the worker that is free; the workers must find the files under the same names.

    Parameters
    ----------
    pattern : str
        Of paths, as in a shell, such as ``parts/*.txt.gz``, or of addresses; or the name of a file, whatever
        its characters. Each file is read once, in the order of their names. ``**`` stands for any folders,
        and may be there three times.

    Raises
    ------
    W2VError
        If there is no such file, or the pattern is too long.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("1.txt", "2.txt"):
    ...         _ = (Path(folder) / name).write_text("the cat\nthe dog\n")
    ...     sentences = list(TextInFiles(f"{folder}/*.txt"))
    >>> sentences
    [['the', 'cat'], ['the', 'dog'], ['the', 'cat'], ['the', 'dog']]
    """

    def __init__(self, pattern):
        as_path(pattern)
        self.pattern = str(pattern)
        is_address = address_of(self.pattern) is not None
        found = matching(_checked(self.pattern)) if is_address else _local(self.pattern)
        self.names = sorted({*map(str, found)})
        if not self.names:
            if not is_address:
                _check_folder(self.pattern)
                if os.path.lexists(self.pattern):
                    check_is_file(self.pattern)
            raise W2VError(f"There is no file {self.pattern}: check the pattern.")

    def __iter__(self):
        for name in self.names:
            yield from _sentences(name)

    def count_on(self, client, min_count=1, max_vocab=None):
        """Count the words on the workers of a client; `Vocabulary`, as `encode` makes it of the whole text.

        Parameters
        ----------
        client : distributed.Client
        min_count, max_vocab : int
            See `text.vocabulary.encode`.

        Raises
        ------
        W2VError
            For a file that is no text, if no word is left, or if the workers are lost.
        """
        merged = Counter()  # in the order of first appearance
        for counts in _in_order(client, count_file, self.names):
            merged.update(counts)
        words, counts = list(merged), np.array(list(merged.values()), np.int64)
        kept = most_frequent(counts, min_count, max_vocab)
        return Vocabulary(tuple(words[i] for i in kept), counts[kept])

    def encode_on(self, client, min_count=1, max_vocab=None):
        """Make the vocabulary and the token ids on the workers, as `text.vocabulary.encode` does.

        Parameters
        ----------
        client : distributed.Client
        min_count, max_vocab : int

        Returns
        -------
        vocab : Vocabulary
        ids : (n_tokens,) int32
        offsets : (n_sentences + 1,) int64

        Raises
        ------
        W2VError
            As `count_on`, and if the files change between the two times that they are read.
        """
        vocab = self.count_on(client, min_count, max_vocab)
        words = client.scatter(vocab.words, broadcast=True, hash=False)
        lengths, counts = [np.zeros(1, np.int64)], np.zeros(len(vocab), np.int64)
        with temporary_file() as file:
            for ids, of_sentences in _in_order(client, encode_file, self.names, words):
                ids.tofile(file)
                lengths.append(of_sentences)
                counts += np.bincount(ids, minlength=len(vocab))
            if (counts != vocab.counts).any():
                raise W2VError(f"The files {self.pattern} changed while they were read: start again.")
            return vocab, ids_in(file, int(counts.sum())), np.cumsum(np.concatenate(lengths))


def is_pattern(name):
    """Whether a name stands for several files; a file that exists has a name, whatever its characters.

    With ``raw:`` it is the name of one file.

    Examples
    --------
    >>> is_pattern("parts/*.txt"), is_pattern("text.txt")
    (True, False)
    """
    return glob.has_magic(str(name)) and not str(name).startswith("raw:") and not os.path.exists(name)


def files_of(corpus):
    """List the names of the files from which a corpus is read, as far as its name says so.

    Examples
    --------
    >>> files_of("raw:prose.txt")  # of an encoded text: all files in its folder
    ['prose.txt']
    """
    if is_encoded(corpus):
        return sorted(map(str, Path(corpus).iterdir()))
    if corpus == "ptb":
        return list(map(str, places_of(PTB)))
    if corpus.startswith("nltk:"):
        return nltk_files(corpus.removeprefix("nltk:"))
    return TextInFiles(corpus).names if is_pattern(corpus) else [corpus.removeprefix("raw:")]


def _check_folder(pattern):
    """Refuse a pattern in a folder that may not be read, in which nothing is found."""
    try:
        os.lstat(pattern)
    except PermissionError as error:
        raise W2VError(f"Cannot read {pattern}: {error.strerror}.") from None
    except (OSError, ValueError):  # it is no name, but a pattern
        pass


def _checked(pattern):
    """Pattern with one ``**`` for several that follow each other; refused where to look would take long."""
    parts = pattern.split("/")
    parts = [part for n, part in enumerate(parts) if part != "**" or parts[n + 1 : n + 2] != ["**"]]
    is_long = len(parts) > _MOST_PARTS or len(pattern) > _MOST_LETTERS
    if is_long or parts.count("**") > _MOST_RECURSIVE:
        raise W2VError(
            f"The pattern {pattern} has more than {_MOST_RECURSIVE} times **, {_MOST_PARTS} folders or "
            f"{_MOST_LETTERS} letters: give a shorter one."
        )
    return "/".join(parts)


def _local(pattern):
    named = os.path.isfile(pattern)
    paths = map(Path, [pattern] if named else glob.glob(_checked(pattern), recursive=True))
    return [path.absolute() for path in paths if path.is_file()]  # workers have other working folders


def _sentences(name):
    """Token lists of the lines of one file, empty lines left out."""
    if (address := address_of(name)) is not None:
        with local_copy(address) as copy:
            yield from _sentences(copy)
        return
    for line in read_lines(Path(name)):
        if tokens := line.split():
            yield tokens


def count_file(name):
    r"""Count the words of one file; dict of word → count, in the order of first appearance.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "text.txt").write_text("the cat\nthe dog\n")
    ...     count_file(f"{folder}/text.txt")
    {'the': 2, 'cat': 1, 'dog': 1}
    """
    counts = Counter()
    for tokens in _sentences(name):
        counts.update(tokens)
    return dict(counts)


def encode_file(name, words):
    r"""Turn one file into ids (int32) and the length of each sentence (int64); other words are left out.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "text.txt").write_text("the cat\nthe dog\n")
    ...     ids, lengths = encode_file(f"{folder}/text.txt", ("the", "dog"))
    >>> ids.tolist(), lengths.tolist()
    ([0, 0, 1], [1, 2])
    """
    numbers = {word: i for i, word in enumerate(words)}
    sentences = [[numbers[token] for token in tokens if token in numbers] for tokens in _sentences(name)]
    lengths = np.array([len(ids) for ids in sentences], np.int64)
    return np.fromiter((i for ids in sentences for i in ids), np.int32, int(lengths.sum())), lengths


def _in_order(client, function, names, *args):
    """Call a function of each name on the workers; results in the order of the names, a few ahead."""
    from distributed import CancelledError, KilledWorker

    pending, ahead = deque(), 2 * max(1, len(client.nthreads()))
    try:
        for name in names:
            pending.append(client.submit(function, name, *args, pure=False))
            if len(pending) >= ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except (KilledWorker, CancelledError, OSError) as error:
        raise W2VError(
            f"The workers were lost while they read the text ({type(error).__name__}), most likely because "
            "the memory was not enough: use smaller files, and then the same command again."
        ) from error
