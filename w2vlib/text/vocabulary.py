"""Tokens → ids and counts."""

from array import array
from dataclasses import dataclass, field

import numpy as np

from ..utils.arguments import sentences_of
from ..utils.characters import is_unicode
from ..utils.errors import W2VError, shown
from ..utils.temporary_folders import temporary_file
from ..utils.validation import Whole, check_all

MAPPED_FROM = 1 << 24  # token ids that are worth a memory-mapped file
RULES = {"min_count": Whole(1), "max_vocab": Whole(1, optional=True)}  # of which words are kept


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The word types of a text and how often each occurs.

    Attributes
    ----------
    words : tuple of str
        Word of each id.
    counts : (n_vocab,) int64
        Occurrences of each id in the text.
    ids : dict
        Id of each word.

    Examples
    --------
    >>> vocab = Vocabulary(("the", "cat"), np.array([5, 2]))
    >>> vocab.ids["cat"], "dog" in vocab, len(vocab)
    (1, False, 2)
    """

    words: tuple
    counts: np.ndarray
    ids: dict = field(repr=False, default=None)

    def __post_init__(self):
        if not isinstance(self.words, tuple | list):
            raise W2VError(f"The words of a vocabulary are a tuple, and {type(self.words).__name__} came.")
        for word in self.words:
            if not isinstance(word, str):
                raise W2VError(f"The words of a vocabulary are strings, and {shown(word)} came.")
        broken = next((word for word in self.words if not is_unicode(word)), None)
        if broken is not None:
            raise W2VError(f"{broken!a} has half a character (a lone surrogate), which no file can hold.")
        ids = {word: i for i, word in enumerate(self.words)}
        counts = _whole_numbers(self.counts)
        if len(ids) != len(self.words) or counts.shape != (len(self.words),):
            raise W2VError("A vocabulary needs one count per word and no word twice.")
        object.__setattr__(self, "ids", ids)
        object.__setattr__(self, "words", tuple(self.words))
        object.__setattr__(self, "counts", counts)

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self.ids

    def reordered(self, order):
        """Return the vocabulary whose word i is that of the present id ``order[i]``.

        Parameters
        ----------
        order : (n_vocab,) int array
            Each id once.

        Raises
        ------
        W2VError
            If it is not.

        Examples
        --------
        >>> Vocabulary(("the", "cat"), np.array([5, 2])).reordered([1, 0]).words
        ('cat', 'the')
        """
        try:
            ids = np.asarray(order)
        except (ValueError, TypeError, RecursionError):  # lists of different lengths
            ids = np.zeros(0)
        is_list = ids.dtype.kind in "iu" and ids.ndim == 1
        if not is_list or not np.array_equal(np.sort(ids), np.arange(len(self))):
            raise W2VError(
                f"order={shown(order)} is not allowed: give each id from 0 to {len(self) - 1} once."
            )
        return Vocabulary(tuple(self.words[i] for i in ids), self.counts[ids])

    def __repr__(self):
        return f"<Vocabulary of {len(self):,} words, {int(self.counts.sum()):,} tokens>"


def encode(sentences, min_count=1, max_vocab=None, order="frequency"):
    """Read a text once: its vocabulary, its token ids end to end, and where each sentence begins.

    Words left out of the vocabulary are left out of the sentences. The ids pass through a temporary
    file, and from `MAPPED_FROM` of them on they stay there, memory-mapped.

    Parameters
    ----------
    sentences : iterable of lists of str
    min_count : int
        Leave out words seen less often.
    max_vocab : int, optional
        Keep at most this many words, the most frequent (ties: the earlier in the text).
    order : {"frequency", "appearance"}
        How ids are numbered; equal counts by first appearance.

    Returns
    -------
    vocab : Vocabulary
    ids : (n_tokens,) int32
        Changes made to it do not reach the file.
    offsets : (n_sentences + 1,) int64
        Sentence s is ``ids[offsets[s]:offsets[s + 1]]``.

    Raises
    ------
    W2VError
        If no word is left, if something is no list of strings, or a number is out of its range.

    Examples
    --------
    >>> vocab, ids, offsets = encode([["a", "cat"], ["the", "cat"]])
    >>> vocab.words
    ('cat', 'a', 'the')
    >>> ids.tolist(), offsets.tolist()
    ([1, 0, 2, 0], [0, 2, 4])
    """
    settings = check_all(RULES, min_count=min_count, max_vocab=max_vocab)
    with temporary_file() as file:
        numbers, counts, offsets = _number(sentences, file)
        kept = most_frequent(counts, **settings)
        if order == "appearance":
            kept.sort()
        words = list(numbers)
        vocab = Vocabulary(tuple(words[i] for i in kept), counts[kept])
        ids, offsets = _renumbered(file, counts.size, kept, offsets)
    return vocab, ids, offsets


def most_frequent(counts, min_count=1, max_vocab=None):
    """Choose the words of a vocabulary by their counts; array of places in `counts`, most frequent first.

    Parameters
    ----------
    counts : (n,) int64
        Of the words in the order of their first appearance, which decides between equal counts.
    min_count, max_vocab : int
        See `encode`.

    Raises
    ------
    W2VError
        If no word is left.

    Examples
    --------
    >>> most_frequent(np.array([1, 3, 2, 3]), min_count=2).tolist()
    [1, 3, 2]
    """
    ranked = np.argsort(-counts, kind="stable")[:max_vocab]
    kept = ranked[counts[ranked] >= min_count]
    if not kept.size:
        raise W2VError(
            f"No word of the text occurs {min_count} times or more: lower min_count or give more text."
        )
    return kept


class _Numbers(dict):
    """Number of each word, by first appearance."""

    def __missing__(self, word):
        if not isinstance(word, str):
            raise _NoString(word)
        self[word] = number = len(self)
        return number


class _NoString(Exception):
    pass


def _number(sentences, file):
    """Write the numbers of all tokens to `file`; return `_Numbers`, the count of each, and the offsets."""
    numbers, counts, offsets = _Numbers(), np.zeros(0, np.int64), array("q", [0])
    ids, written = array("i"), 0
    find = numbers.__getitem__

    def flush():
        nonlocal counts, ids, written
        more = np.bincount(ids, minlength=len(numbers))
        more[: counts.size] += counts
        counts = more
        ids.tofile(file)
        written += len(ids)
        ids = array("i")

    for place, sentence in enumerate(sentences_of(sentences), 1):
        try:
            ids.extend(map(find, sentence))
        except _NoString as error:
            raise W2VError(
                f"The word {shown(error.args[0])} in sentence {place} is no string: give lists of strings."
            ) from None
        except (TypeError, ValueError):  # of a word that cannot be a key
            raise W2VError(f"A word of sentence {place} is no string: give lists of strings.") from None
        offsets.append(written + len(ids))
        if len(ids) >= _AT_ONCE:
            flush()
    flush()
    if not numbers:
        raise W2VError("The text holds no words: give an iterable of lists of strings.")
    return numbers, counts, np.array(offsets, np.int64)


def _renumbered(file, n_numbers, kept, offsets):
    """Replace the numbers in `file` by places in `kept`, the others left out; return ids and offsets."""
    n_tokens = 0
    for ids, inside, moved in renumber(file, offsets, new_ids(kept, n_numbers)):
        offsets[inside] = moved
        file.seek(4 * n_tokens)
        ids.tofile(file)
        n_tokens += ids.size
    return ids_in(file, n_tokens), offsets


def new_ids(kept, n_numbers):
    """Id of each number, −1 where it is left out; int32.

    Examples
    --------
    >>> new_ids(np.array([2, 0]), n_numbers=3).tolist()
    [1, -1, 0]
    """
    new = np.full(n_numbers, -1, np.int32)
    new[kept] = np.arange(kept.size, dtype=np.int32)
    return new


def renumber(file, offsets, new, begin=0):
    """Read the numbers of a file, in pieces, and yield what replaces them.

    Parameters
    ----------
    file : file of int32
        The numbers end to end, from the byte `begin` on. The caller may overwrite what has been read.
    offsets : (n_sentences + 1,) int64
        Where the sentences begin. The caller may replace what has been yielded.
    new : (n_numbers,) int32
        See `new_ids`.

    Yields
    ------
    ids : int32
        Of a piece.
    inside : slice
        The offsets after the first number of the piece, up to its end.
    moved : int64
        What they become.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     np.array([0, 1, 2, 0], np.int32).tofile(file)
    ...     ((ids, inside, moved),) = renumber(file, np.array([0, 2, 4]), new_ids(np.array([2, 0]), 3))
    >>> ids.tolist(), inside, moved.tolist()
    ([1, 0, 1], slice(1, 3, None), [1, 3])
    """
    n_tokens, size = 0, int(offsets[-1])
    for start in range(0, size, _AT_ONCE):
        file.seek(begin + 4 * start)
        ids = new[np.fromfile(file, np.int32, min(_AT_ONCE, size - start))]
        inside = slice(*map(int, np.searchsorted(offsets, [start, start + ids.size], side="right")))
        within = offsets[inside] - start
        known = ids >= 0
        if not known.all():
            within = np.append(0, np.cumsum(known))[within]
            ids = ids[known]
        yield ids, inside, n_tokens + within
        n_tokens += ids.size


def ids_in(file, n_tokens, dtype=np.int32):
    """Return the ids, int32, at the begin of a file; from `MAPPED_FROM` of them on, memory-mapped.

    Offsets have another `dtype`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryFile() as file:
    ...     np.array([1, 0, 2], np.int32).tofile(file)
    ...     ids_in(file, n_tokens=2).tolist()
    [1, 0]
    """
    file.flush()
    file.seek(0)
    if n_tokens >= MAPPED_FROM:
        return np.asarray(np.memmap(file, dtype, "c", shape=n_tokens))
    return np.fromfile(file, dtype, n_tokens)


_AT_ONCE = 1 << 20  # tokens


def _whole_numbers(counts):
    """Array of counts; refuse what is none."""
    try:
        array = np.asarray(counts)
    except ValueError:  # lists of different lengths
        array = np.array(None)
    if array.dtype.kind not in "iu" or array.min(initial=0) < 0:
        raise W2VError("The counts of a vocabulary are whole numbers of at least 0.")
    if array.sum(dtype=float) >= 2**63:
        raise W2VError("The counts of a vocabulary have a sum below 2^63: divide all by one number.")
    return array.astype(np.int64)
