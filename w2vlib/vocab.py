"""Tokens → ids; counts, subsampling probabilities and the noise distribution."""

import tempfile
from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from .errors import W2VError

MAPPED_FROM = 1 << 24  # token ids that are worth a memory-mapped file


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
    """

    words: tuple
    counts: np.ndarray
    ids: dict = field(repr=False, default=None)

    def __post_init__(self):
        ids = {word: i for i, word in enumerate(self.words)}
        if len(ids) != len(self.words) or len(self.counts) != len(self.words):
            raise W2VError("A vocabulary needs one count a word and no word twice.")
        object.__setattr__(self, "ids", ids)

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self.ids

    def __repr__(self):
        return f"<Vocabulary of {len(self):,} words, {int(self.counts.sum()):,} tokens>"


def build_vocabulary(sentences, min_count=1, max_vocab=None, order="frequency"):
    """Vocabulary of an iterable of token lists.

    Parameters
    ----------
    min_count : int
        Leave out words seen less often.
    max_vocab : int, optional
        Keep at most this many words, the most frequent (ties: the earlier in the text).
    order : {"frequency", "appearance"}
        How ids are numbered; equal counts by first appearance.

    Raises
    ------
    W2VError
        If no word is left, or if something is no list of strings.
    """
    try:
        counts = Counter(chain.from_iterable(_token_lists(sentences)))  # in order of first appearance
    except TypeError as error:
        raise W2VError(f"A sentence is no list of words ({error}): give lists of strings.") from error
    strange = next((token for token in counts if not isinstance(token, str)), None)
    if strange is not None or None in counts:
        raise W2VError(
            f"The token {strange!r}{_place(sentences, strange)} is no string: give lists of strings."
        )
    if not counts:
        raise W2VError("The text holds no words: give an iterable of lists of strings.")
    ranked = sorted(counts, key=counts.__getitem__, reverse=True)  # stable: ties stay in that order
    kept = [word for word in ranked[:max_vocab] if counts[word] >= min_count]
    if not kept:
        raise W2VError(
            f"No word of the text occurs {min_count} times or more: lower min_count or give more text."
        )
    if order == "appearance":
        chosen = set(kept)
        kept = [word for word in counts if word in chosen]
    return Vocabulary(tuple(kept), np.array([counts[word] for word in kept], np.int64))


def _token_lists(sentences):
    for number, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str):
            raise W2VError(f"Sentence {number} is a string: give a list of tokens, e.g. s.split().")
        yield sentence


def _place(sentences, strange):
    """Where a token is, as far as the text can be read again."""
    if iter(sentences) is not sentences:
        for number, sentence in enumerate(sentences, 1):
            if any(token is strange for token in sentence):
                return f" in sentence {number}"
    return ""


def encode(sentences, vocab):
    """Token ids of all sentences, end to end, and where each sentence begins.

    Words outside the vocabulary are left out. The ids pass through a temporary file, and from
    `MAPPED_FROM` of them on they stay there, memory-mapped.

    Returns
    -------
    ids : (n_tokens,) int32, not to be written to
    offsets : (n_sentences + 1,) int64
        Sentence s is ``ids[offsets[s]:offsets[s + 1]]``.
    """
    find = vocab.ids.get
    ids, offsets, n_tokens = array("i"), array("q", [0]), 0
    with tempfile.TemporaryFile() as file:
        for sentence in sentences:
            ids.extend([i for token in sentence if (i := find(token)) is not None])
            offsets.append(n_tokens + len(ids))
            if len(ids) >= _FLUSHED:
                ids.tofile(file)
                n_tokens += len(ids)
                ids = array("i")
        ids.tofile(file)
        file.flush()
        file.seek(0)
        if offsets[-1] >= MAPPED_FROM:
            found = np.asarray(np.memmap(file, np.int32, "c"))
        else:
            found = np.fromfile(file, np.int32)
    return found, np.array(offsets, np.int64)


_FLUSHED = 1 << 20


def rejection_probabilities(counts, total, threshold):
    """Probability of leaving a word out: max(0, 1 − sqrt(threshold · total / count)).

    Subsampling of frequent words, Eq. (5) of Mikolov et al. (2013b).

    Parameters
    ----------
    counts : (n_vocab,) int
    total : int
        Tokens of the text.
    threshold : float
        The relative frequency above which words are thinned out.

    Returns
    -------
    (n_vocab,) float64
    """
    return np.maximum(0.0, 1.0 - np.sqrt(threshold * total / np.asarray(counts)))


def keep_probabilities(counts, threshold):
    """Probability of keeping each word, as word2vec's tools subsample: min(1, sqrt(t/f) + t/f).

    f is the word's share of the text and t the threshold; 0 keeps every word. The tools keep a
    little more than Eq. (5) of Mikolov et al. (2013b) says.

    Parameters
    ----------
    counts : (n_vocab,) int
    threshold : float

    Returns
    -------
    (n_vocab,) float64
    """
    counts = np.asarray(counts, np.float64)
    if threshold == 0:
        return np.ones(counts.shape)
    ratio = threshold * counts.sum() / counts
    return np.minimum(1.0, np.sqrt(ratio) + ratio)


def noise_distribution(counts, exponent=0.75):
    """Probability of each word as a negative sample: count**exponent, normalised; (n_vocab,) float64."""
    weights = np.asarray(counts, np.float64) ** exponent
    return weights / weights.sum()


def noise_table(counts, slots, exponent=0.75):
    """Table of `slots` ids from which a uniform draw approximates the noise distribution.

    Slot i holds the smallest id j with i ≤ slots · (p_0 + … + p_j). A word whose share is below
    1/slots may get no slot at all.

    Returns
    -------
    (slots,) int32
    """
    reach = np.cumsum(noise_distribution(counts, exponent)) * slots
    return np.minimum(np.searchsorted(reach, np.arange(slots)), len(reach) - 1).astype(np.int32)


def alias_table(probabilities):
    """Tables of the alias method (Walker 1977): draws from a distribution in constant time.

    Draw a place i uniformly; keep i with probability ``prob[i]``, else take ``alias[i]``.

    Parameters
    ----------
    probabilities : (n,) float
        Need not add up to one.

    Returns
    -------
    prob : (n,) float64
    alias : (n,) int32
    """
    n = len(probabilities)
    prob, alias = np.ones(n), np.arange(n, dtype=np.int32)
    load = (np.asarray(probabilities, np.float64) / max(np.sum(probabilities), 1e-300) * n).tolist()
    small = [i for i in range(n) if load[i] < 1]
    large = [i for i in range(n) if load[i] >= 1]
    while small and large:
        i, j = small.pop(), large[-1]
        prob[i], alias[i] = load[i], j
        load[j] -= 1 - load[i]
        if load[j] < 1:
            small.append(large.pop())
    return prob, alias
