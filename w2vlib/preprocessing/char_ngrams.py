"""Character n-grams of words, whose vectors make up the vectors of words.

The model of Bojanowski et al. (2017), with the mean in place of the sum as in fastText's tools, so
that long words do not outweigh short ones; cosines are those of the sums. A word that the training
never saw gets a vector from its n-grams alone.
"""

from dataclasses import dataclass
from itertools import chain
from zlib import crc32

import numpy as np

from ..utils.errors import W2VError
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
                raise W2VError(f"CharNGrams({name}={value!r}) is not allowed: give {rule}.")

    @classmethod
    def spelled(cls, text):
        """Read ``SHORTEST:LONGEST`` or ``SHORTEST:LONGEST:BUCKETS``."""
        parts = text.split(":")
        if len(parts) not in (2, 3) or not all(part.isdecimal() and len(part) < 11 for part in parts):
            raise W2VError(f"subwords={text!r} is not allowed: give shortest:longest[:buckets], e.g. 3:6.")
        return cls(*map(int, parts))

    def of(self, word):
        """Set of the n-grams of a word."""
        marked = f"<{word}>"
        lengths = range(self.shortest, min(self.longest, len(marked)) + 1)
        return {marked[i : i + n] for n in lengths for i in range(len(marked) - n + 1)} - {marked}

    def buckets_of(self, word):
        """Buckets of the n-grams of a word, each once, in ascending order; list of int."""
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
    """

    def __init__(self, scheme, words):
        self.scheme = scheme
        listed = [scheme.buckets_of(word) for word in words]
        flat = np.fromiter(chain.from_iterable(listed), np.int64)
        self.buckets, rows = np.unique(flat, return_inverse=True)
        self.members = rows.astype(np.int32)
        self.offsets = np.cumsum([0, *map(len, listed)], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class NGramVectors:
    """Vectors of n-grams: those of a scheme, a row for each bucket that the text filled.

    Attributes
    ----------
    scheme : CharNGrams
    buckets : (n_rows,) int64
        Ascending.
    vectors : (n_rows, dim) float32
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
        """
        buckets, vectors = self.buckets, self.vectors
        good = buckets.ndim == 1 and buckets.dtype.kind in "iu" and vectors.dtype.kind == "f"
        if not (good and vectors.shape == (len(buckets), dim) and np.isfinite(vectors).all()):
            raise W2VError("There is not one finite n-gram vector per bucket.")
        if (np.diff(buckets) <= 0).any() or not ((0 <= buckets) & (buckets < self.scheme.buckets)).all():
            raise W2VError("The buckets of the n-grams are not in ascending order, or out of range.")

    def of(self, word):
        """Mean of the vectors of a word's n-grams, (dim,), and how many n-grams have one."""
        wanted = np.array(self.scheme.buckets_of(word), np.int64)
        places = np.searchsorted(self.buckets, wanted)
        known = places[places < len(self.buckets)]
        known = known[self.buckets[known] == wanted[: len(known)]]
        return self.vectors[known].sum(0) / max(len(known), 1), len(known)
