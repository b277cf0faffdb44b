"""Numba kernels that find the words of UTF-8 text and number them: bare arrays in, changed in place."""

import numba
import numpy as np

from ..utils.compilation import OPTIONS

_START, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, 64 bits
_PLACE = np.uint64(0xFFFFFFFF)  # lower half of a slot: number of the word + 1; upper half: of its hash
_TOP = np.uint64(32)


@numba.njit(inline="always")
def _ascii_space(c):
    """Whether a byte is white space by itself."""
    return c == 32 or (9 <= c <= 13) or (28 <= c <= 31)


@numba.njit(**OPTIONS)
def _wide_space(text, i):
    """Bytes of the white space beyond ASCII at place `i` of valid UTF-8; 0 if there is none."""
    n = text.size
    if text[i] == 0xC2:
        return 2 if i + 1 < n and (text[i + 1] == 0x85 or text[i + 1] == 0xA0) else 0
    if i + 2 >= n:
        return 0
    a, b, c = text[i], text[i + 1], text[i + 2]
    if a == 0xE2:
        if b == 0x80:  # U+2000 to U+200A, U+2028, U+2029, U+202F
            return 3 if c <= 0x8A or c == 0xA8 or c == 0xA9 or c == 0xAF else 0
        return 3 if b == 0x81 and c == 0x9F else 0  # U+205F
    if a == 0xE1:
        return 3 if b == 0x9A and c == 0x80 else 0  # U+1680
    return 3 if a == 0xE3 and b == 0x80 and c == 0x80 else 0  # U+3000


@numba.njit(**OPTIONS)
def number_words(text, begin, sums, words, numbers, ends):
    """Give each word of a text from the byte `begin` on its number; return the byte reached.

    This is the end of the text, or the first byte of a new word for which an array of `words` is too short.
    White space is what `str.split` takes for it.

    Parameters
    ----------
    text : (n_bytes,) uint8
        Valid UTF-8 that ends with the end of a word. Lines end with LF or CR.
    begin : int
    sums : (4,) int64
        Words known, tokens read, tokens before the present line, and lines with tokens that have ended.
        The last is set to 0 by the caller for each text.
    words : tuple
        Slots of the hash table, a power of two of them, uint64; bytes of all words, uint8, with a line feed
        after each; where each word begins, int64, and the next would; hash of each word, uint64; how often it
        occurred, int64.
    numbers : (n_bytes / 2 + 1,) int32
        Number of each token, from the start of the text on, in the order of first appearance.
    ends : (n_bytes / 2 + 1,) int64
        Tokens read before the end of each line that has any.

    Returns
    -------
    reached, written : int
        The byte, and how many tokens were written.
    """
    slots, pool, starts, hashes, counts = words
    mask = np.uint64(slots.size - 1)
    n_words, n_tokens, line, n_lines = sums[0], sums[1], sums[2], sums[3]
    first_token = n_tokens
    i, n = begin, text.size
    while i < n:
        c = text[i]
        if _ascii_space(c):
            if (c == 10 or c == 13) and n_tokens > line:
                ends[n_lines] = n_tokens
                n_lines += 1
                line = n_tokens
            i += 1
            continue
        if 0xC2 <= c <= 0xE3:
            width = _wide_space(text, i)
            if width:
                i += width
                continue
        word, h = i, _START
        while True:
            h = (h ^ np.uint64(c)) * _PRIME
            i += 1
            if i == n:
                break
            c = text[i]
            if c <= 32:
                if _ascii_space(c):
                    break
            elif 0xC2 <= c <= 0xE3 and _wide_space(text, i):
                break
        h ^= h >> _TOP
        tag = h & ~_PLACE
        slot = h & mask
        while True:
            entry = slots[slot]
            if entry == 0:
                break
            if entry & ~_PLACE == tag:
                known = np.int64(entry & _PLACE) - 1
                a = starts[known]
                if starts[known + 1] - a == i - word + 1:
                    j = word
                    while j < i and pool[a] == text[j]:
                        a += 1
                        j += 1
                    if j == i:
                        break
            slot = (slot + np.uint64(1)) & mask
        if entry == 0:
            a = starts[n_words]
            if n_words == counts.size or 2 * n_words >= slots.size or a + i - word >= pool.size:
                i = word
                break
            for j in range(word, i):
                pool[a] = text[j]
                a += 1
            pool[a] = 10
            known = n_words
            n_words += 1
            starts[n_words], hashes[known], counts[known] = a + 1, h, 0
            slots[slot] = tag | np.uint64(n_words)
        counts[known] += 1
        numbers[n_tokens - first_token] = known
        n_tokens += 1
    sums[0], sums[1], sums[2], sums[3] = n_words, n_tokens, line, n_lines
    return i, n_tokens - first_token


@numba.njit(**OPTIONS)
def fill_slots(slots, hashes, n_words):
    """Put the first words into an empty hash table, by their hashes."""
    mask = np.uint64(slots.size - 1)
    for k in range(n_words):
        slot = hashes[k] & mask
        while slots[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        slots[slot] = (hashes[k] & ~_PLACE) | np.uint64(k + 1)
