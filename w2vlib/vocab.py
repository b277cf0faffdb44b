"""Tokens → ids; counts, subsampling probabilities and the noise distribution."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from .errors import W2VError


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
        If no word is left.
    """
    counts = Counter(chain.from_iterable(sentences))  # in order of first appearance
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


def encode(sentences, vocab):
    """Token ids of all sentences, end to end, and where each sentence begins.

    Words outside the vocabulary are left out.

    Returns
    -------
    ids : (n_tokens,) int32
    offsets : (n_sentences + 1,) int64
        Sentence s is ``ids[offsets[s]:offsets[s + 1]]``.
    """
    find = vocab.ids.get
    ids, offsets = [], [0]
    for sentence in sentences:
        ids += [i for token in sentence if (i := find(token)) is not None]
        offsets.append(len(ids))
    return np.array(ids, np.int32), np.array(offsets, np.int64)


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
