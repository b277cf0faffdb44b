"""Bytes of UTF-8 text → the number of each word, by first appearance."""

import numpy as np

from .word_kernels import fill_slots, number_words

SPACES = tuple(bytes([c]) for c in b" \n\r\t\x0b\x0c")


class WordNumbers:
    r"""The words of a text met so far, numbered by first appearance; a hash table of bytes, compiled.

    Attributes
    ----------
    n_words, n_tokens : int

    Examples
    --------
    >>> words = WordNumbers()
    >>> for text in (b"the cat\nthe ", b"dog\n"):
    ...     numbers, ends = words.read(text)
    ...     print(numbers.tolist(), ends.tolist())
    [0, 1, 0] [2]
    [2] [4]
    >>> words.text(), words.counts.tolist()
    (b'the\ncat\ndog\n', [2, 1, 1])
    """

    def __init__(self):
        self._sums = np.zeros(4, np.int64)
        self._slots = np.zeros(1 << 12, np.uint64)
        self._pool = np.zeros(1 << 14, np.uint8)
        self._starts = np.zeros((1 << 11) + 1, np.int64)
        self._hashes = np.zeros(1 << 11, np.uint64)
        self._counts = np.zeros(1 << 11, np.int64)
        self._numbers, self._ends = np.zeros(0, np.int32), np.zeros(0, np.int64)

    @property
    def n_words(self):
        """Words known."""
        return int(self._sums[0])

    @property
    def n_tokens(self):
        """Tokens read."""
        return int(self._sums[1])

    @property
    def counts(self):
        """How often each word occurred; int64, changed by `read`."""
        return self._counts[: self.n_words]

    def read(self, text):
        """Read a piece of text (bytes of UTF-8, which are not checked) that ends with white space.

        Returns
        -------
        numbers : (n_tokens,) int32
            Of the words of the piece. Changed by the next call, as `ends` is.
        ends : (n_ends,) int64
            Tokens read, since the first piece, before the end of each line (LF or CR) that has any.
        """
        text = np.frombuffer(text, np.uint8)
        if self._numbers.size < text.size // 2 + 1:
            self._numbers = np.zeros(text.size // 2 + 1, np.int32)
            self._ends = np.zeros(text.size // 2 + 1, np.int64)
        self._sums[3] = reached = written = 0
        while reached < text.size:
            words = self._slots, self._pool, self._starts, self._hashes, self._counts
            place = self._numbers[written:]
            reached, more = number_words(text, reached, self._sums, words, place, self._ends)
            written += more
            if reached < text.size:
                self._grow(text.size)
        return self._numbers[:written], self._ends[: self._sums[3]]

    def _grow(self, n_bytes):
        """Make room for twice as many words, and for those of a text of `n_bytes`."""
        n = self.n_words
        if self._pool.size - self._starts[n] < n_bytes:
            self._pool = _longer(self._pool, 2 * self._pool.size + n_bytes)
        if n == self._counts.size:
            self._counts, self._hashes = _longer(self._counts, 2 * n), _longer(self._hashes, 2 * n)
            self._starts = _longer(self._starts, 2 * n + 1)
            self._slots = np.zeros(4 * n, np.uint64)
            fill_slots(self._slots, self._hashes, n)

    def text(self, first=0):
        """Bytes of the words from number `first` on, a line feed after each."""
        return self._pool[self._starts[first] : self._starts[self.n_words]].tobytes()

    def words(self, numbers):
        r"""Words (list of str) with these numbers (int array).

        Examples
        --------
        >>> words = WordNumbers()
        >>> _ = words.read("Köln Bonn\n".encode())
        >>> words.words(np.array([1, 0]))
        ['Bonn', 'Köln']
        """
        text = memoryview(self._pool)
        begins, ends = self._starts[numbers].tolist(), (self._starts[numbers + 1] - 1).tolist()
        return [str(text[a:b], "utf-8") for a, b in zip(begins, ends, strict=True)]

    def recall(self, text, counts, line):
        r"""Go on from `text` and `counts` of another one, which had read `line` tokens before its last line.

        Examples
        --------
        >>> words = WordNumbers()
        >>> words.recall(b"the\ncat\n", np.array([2, 1]), line=2)
        >>> words.read(b"cat\n")[0].tolist(), words.n_tokens, words.counts.tolist()
        ([1], 4, [2, 2])
        """
        self.read(text)
        self._counts[: self.n_words] = counts
        self._sums[1:3] = counts.sum(), line


def _longer(array, size):
    """Copy of an array with zeros up to a size."""
    longer = np.zeros(size, array.dtype)
    longer[: array.size] = array
    return longer


def split_at_space(text):
    r"""Split bytes after their last ASCII white space.

    Examples
    --------
    >>> split_at_space(b"the cat\nthe d")
    (b'the cat\nthe ', b'd')
    >>> split_at_space(b"word")
    (b'', b'word')
    """
    end = 1 + max(map(text.rfind, SPACES))
    return text[:end], text[end:]
