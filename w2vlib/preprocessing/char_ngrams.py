"""Words of pieces: the input vector of a word is the sum of its own and its n-grams', over their number.

The model of Bojanowski et al. (2017), with the mean in place of the sum as in fastText's tools, so
that long words do not outweigh short ones; cosines are those of the sums. A word that the training
never saw gets a vector from its n-grams alone.
"""

import numbers
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

import numpy as np

from ..utils.errors import W2VError


@dataclass(frozen=True)
class CharNGrams:
    """Character n-grams of ``<word>``, bounds included, dealt into buckets by a hash of their UTF-8 bytes.

    Parameters
    ----------
    shortest, longest : int
        Letters of an n-gram; the whole ``<word>`` is none.
    buckets : int
        N-grams in one bucket share a vector. Only buckets that the text fills take memory.

    Raises
    ------
    W2VError
        For a value that is not allowed.
    """

    shortest: int = 3
    longest: int = 6
    buckets: int = 2_000_000

    def __post_init__(self):
        for name, least in (("shortest", 1), ("longest", self.shortest), ("buckets", 1)):
            value = getattr(self, name)
            whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
            if not (whole and least <= value < 2**31):
                raise W2VError(
                    f"CharNGrams({name}={value!r}) is not allowed: give a whole number from {least} to "
                    f"{2**31 - 1}."
                )

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

    def of(self, word):
        """Mean of the vectors of a word's n-grams, (dim,), and how many of them have one."""
        wanted = np.array(self.scheme.buckets_of(word), np.int64)
        places = np.searchsorted(self.buckets, wanted)
        known = places[places < len(self.buckets)]
        known = known[self.buckets[known] == wanted[: len(known)]]
        return self.vectors[known].sum(0) / max(len(known), 1), len(known)
