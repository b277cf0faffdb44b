"""Numba kernel that hashes the character n-grams of many words: bare arrays in, changed in place."""

import numba
import numpy as np

from ..utils.compilation import OPTIONS


def crc_table():
    """Make the table of CRC-32: the remainder of each byte; (256,) uint32.

    Examples
    --------
    >>> hex(crc_table()[1])
    '0x77073096'
    """
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> 1) ^ np.uint32(0xEDB88320), table >> 1).astype(np.uint32)
    return table


@numba.njit(**OPTIONS)
def hash_ngrams(text, ends, shortest, longest, table, hashes, words):
    """Write CRC-32 of each n-gram of each word, and the number of its word; return how many there are.

    Parameters
    ----------
    text : (n_bytes,) uint8
        The words in UTF-8, each with its boundary marks, end to end.
    ends : (n_words,) int64
        Byte after the end of each word.
    shortest, longest : int
        Characters of an n-gram. The whole word is none.
    table : (256,) uint32
        Of `crc_table`.
    hashes, words : (n,) uint32, int64
        Changed in place; n is at least the number of n-grams.
    """
    n, begin = 0, 0
    for word in range(ends.size):
        end = ends[word]
        for first in range(begin, end):
            if text[first] & 0xC0 == 0x80:  # inside a character
                continue
            crc, characters = np.uint32(0xFFFFFFFF), 0
            for i in range(first, end):
                crc = table[(crc ^ text[i]) & np.uint32(0xFF)] ^ (crc >> np.uint32(8))
                if i + 1 < end and text[i + 1] & 0xC0 == 0x80:
                    continue
                characters += 1
                if characters > longest:
                    break
                if characters >= shortest and not (first == begin and i + 1 == end):
                    hashes[n], words[n] = crc ^ np.uint32(0xFFFFFFFF), word
                    n += 1
        begin = end
    return n
