"""Character n-grams of words, whose vectors make up the vectors of words.

The model of Bojanowski et al. (2017), with the mean in place of the sum as in fastText's tools, so
that long words do not outweigh short ones; cosines are those of the sums. A word that the training
never saw gets a vector from its n-grams alone.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from ..utils.errors import W2VError, shown
from ..utils.validation import Whole


@dataclass(frozen=True)
class CharNGrams:
    """Character n-grams of ``<word>``, boundary marks included, hashed into buckets (CRC-32 of UTF-8).

    Parameters
    ----------
    shortest, longest : int
        Characters of an n-gram; the whole ``<word>`` is not one of them.
    buckets : int
        N-grams in one bucket share a vector. Only buckets that occur in the text take memory.

    Raises
    ------
    W2VError
        For a value that is not allowed.

    Examples
    --------
    >>> sorted(CharNGrams(3, 4).of("at"))
    ['<at', 'at>']
    >>> CharNGrams(3, 3, buckets=1000).buckets_of("at")
    [276, 413]
    """

    shortest: int = 3
    longest: int = 6
    buckets: int = 2_000_000

    def __post_init__(self):
        for name, least in (("shortest", 1), ("longest", self.shortest), ("buckets", 1)):
            rule, value = Whole(least), getattr(self, name)
            if not rule.allows(value):
                raise W2VError(f"CharNGrams({name}={shown(value)}) is not allowed: give {rule}.")

    @classmethod
    def spelled(cls, text):
        """Read ``SHORTEST:LONGEST`` or ``SHORTEST:LONGEST:BUCKETS``.

        Examples
        --------
        >>> CharNGrams.spelled("3:6:500")
        CharNGrams(shortest=3, longest=6, buckets=500)
        """
        parts = text.split(":")
        if len(parts) not in (2, 3) or not all(part.isdecimal() and len(part) < 11 for part in parts):
            raise W2VError(
                f"subwords={shown(text)} is not allowed: give shortest:longest[:buckets], e.g. 3:6."
            )
        return cls(*map(int, parts))

    def of(self, word):
        """Set of the n-grams of a word.

        Examples
        --------
        >>> sorted(CharNGrams(3, 3).of("cat"))
        ['<ca', 'at>', 'cat']
        """
        marked = f"<{word}>"
        lengths = range(self.shortest, min(self.longest, len(marked)) + 1)
        return {marked[i : i + n] for n in lengths for i in range(len(marked) - n + 1)} - {marked}

    def buckets_of(self, word):
        """Buckets of the n-grams of a word, each once, in ascending order; list of int.

        Examples
        --------
        >>> CharNGrams(3, 3, buckets=10).buckets_of("cat")
        [2, 4, 6]
        """
        return sorted({crc32(gram.encode("utf-8", "surrogatepass")) % self.buckets for gram in self.of(word)})


class Members:
    """The n-grams of every word of a vocabulary, as rows of one matrix.

    Attributes
    ----------
    scheme : CharNGrams
    buckets : (n_rows,) int64
        Bucket of each row, ascending.
    offsets, members : (n_vocab + 1,) int64, int32 arrays
        Rows of word w are ``members[offsets[w]:offsets[w + 1]]``.

    Examples
    --------
    >>> members = Members(CharNGrams(3, 3, buckets=10), ["cat", "at"])
    >>> members.buckets.tolist(), members.offsets.tolist()
    ([2, 3, 4, 6], [0, 3, 5])
    """

    def __init__(self, scheme, words):
        self.scheme = scheme
        of_words, buckets = _buckets_of_words(scheme, words)
        self.buckets, rows = np.unique(buckets, return_inverse=True)
        self.members = rows.astype(np.int32)
        self.offsets = np.searchsorted(of_words, np.arange(len(words) + 1))


def _buckets_of_words(scheme, words):
    """List buckets of all words as `CharNGrams.buckets_of` does, end to end: words, buckets (int64)."""
    from .ngram_kernels import crc_table, hash_ngrams  # here, for the compiler takes long to import

    marked = [f"<{word}>" for word in words]
    encoded = [word.encode("utf-8", "surrogatepass") for word in marked]
    lengths = np.array([len(word) for word in marked], np.int64)
    longest = np.minimum(scheme.longest, lengths)
    several = np.maximum(longest - scheme.shortest + 1, 0)  # lengths of n-grams that a word has
    most = int((several * (2 * lengths - scheme.shortest - longest + 2)).sum()) // 2
    hashes, of_words = np.empty(most, np.uint32), np.empty(most, np.int64)
    text, ends = np.frombuffer(b"".join(encoded), np.uint8), np.cumsum([len(word) for word in encoded])
    n = hash_ngrams(text, ends, scheme.shortest, int(longest.max()), crc_table(), hashes, of_words)
    places = np.sort(of_words[:n] * scheme.buckets + hashes[:n].astype(np.int64) % scheme.buckets)
    # np.unique takes 30 times as long: it does not use the order
    return np.divmod(places[np.diff(places, prepend=-1) > 0], scheme.buckets)


@dataclass(frozen=True, eq=False)
class NGramVectors:
    """Vectors of the n-grams of a scheme: one row per bucket that occurs in the text.

    Attributes
    ----------
    scheme : CharNGrams
    buckets : (n_rows,) int64
        Ascending.
    vectors : (n_rows, dim) float32

    Examples
    --------
    >>> scheme = CharNGrams(3, 3, buckets=1000)
    >>> ngrams = NGramVectors(scheme, np.array(scheme.buckets_of("at")), np.eye(2, dtype=np.float32))
    >>> vector, n = ngrams.of("at")
    >>> vector.tolist(), n
    ([0.5, 0.5], 2)
    """

    scheme: CharNGrams
    buckets: np.ndarray
    vectors: np.ndarray

    def check(self, dim):
        """Refuse arrays that do not belong together.

        Raises
        ------
        W2VError
            If the buckets are not ascending whole numbers, or there is not one finite vector of length
            `dim` for each.

        Examples
        --------
        >>> empty = NGramVectors(CharNGrams(), np.zeros(0, int), np.zeros((0, 2), np.float32))
        >>> empty.check(dim=2)
        """
        buckets, vectors = self.buckets, self.vectors
        good = buckets.ndim == 1 and buckets.dtype.kind in "iu" and vectors.dtype.kind == "f"
        if not (good and vectors.shape == (len(buckets), dim) and np.isfinite(vectors).all()):
            raise W2VError("There is not one finite n-gram vector per bucket.")
        if float(np.abs(vectors).max(initial=0)) > 1e150:
            raise W2VError("The n-gram vectors hold numbers above 1e150, whose squares are infinite.")
        if (np.diff(buckets.astype(np.int64)) <= 0).any() or not (
            (0 <= buckets) & (buckets < self.scheme.buckets)
        ).all():
            raise W2VError("The buckets of the n-grams are not in ascending order, or out of range.")

    def of(self, word):
        """Mean of the vectors of a word's n-grams, (dim,), and how many n-grams have one.

        Examples
        --------
        >>> empty = NGramVectors(CharNGrams(), np.zeros(0, int), np.zeros((0, 2), np.float32))
        >>> vector, n = empty.of("cat")
        >>> vector.tolist(), n
        ([0.0, 0.0], 0)
        """
        wanted = np.array(self.scheme.buckets_of(word), np.int64)
        rows = np.searchsorted(self.buckets, wanted)
        with_vector = rows[rows < len(self.buckets)]
        with_vector = with_vector[self.buckets[with_vector] == wanted[: len(with_vector)]]
        return self.vectors[with_vector].sum(0) / max(len(with_vector), 1), len(with_vector)
