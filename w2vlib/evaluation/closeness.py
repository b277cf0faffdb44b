"""Embeddings → whether words are closer to each other than other words are: the probability of superiority.

The probability of superiority of a pair is the proportion of comparison pairs with a smaller cosine, ties
counted half (Vargha and Delaney 2000, their measure A). 0.5 means no difference; they call 0.56 small, 0.64
medium and 0.71 large. In many embeddings frequent words are close to each other whatever they mean, so the
comparison pairs are words of the same frequencies.
"""

import zlib
from itertools import combinations

import numpy as np

from .geometry import percentile

MEDIUM, LARGE = 0.64, 0.71
_NEAR = 50  # words more frequent and less frequent that a word is compared with


class MatchedWords:
    """Words of about the same frequency as a word: the 50 next more frequent and the 50 next less frequent.

    Words of equal frequency are put in an order that depends on their spelling through a checksum, so it
    neither follows the alphabet nor the order of the vocabulary.

    Parameters
    ----------
    vocab : Vocabulary
    seed : int
        Of the checksum.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> matched = MatchedWords(Vocabulary(("a", "b", "c"), np.array([3, 2, 1])))
    >>> matched.ids("b").tolist()
    [0, 2]
    """

    def __init__(self, vocab, seed=0):
        self.vocab = vocab
        keys = np.array([zlib.crc32(word.encode("utf-8"), seed) for word in vocab.words])
        self._order = np.lexsort((keys, -vocab.counts))
        self._place = np.empty(len(keys), int)
        self._place[self._order] = np.arange(len(keys))

    def ids(self, word):
        """Ids of the words matched to `word`, without it; (at most 100,) int."""
        place, n = self._place[self.vocab.ids[word]], len(self._order)
        low = int(np.clip(place - _NEAR, 0, max(0, n - 2 * _NEAR - 1)))
        near = self._order[low : low + 2 * _NEAR + 1]
        return near[near != self.vocab.ids[word]]


def superiority(unit_rows, matched, pairs):
    """Probability of superiority of pairs of words over pairs of equally frequent words.

    Parameters
    ----------
    unit_rows : function
        ids → their vectors of unit length, (n, dim), dense or sparse.
    matched : MatchedWords
    pairs : list of (str, str)

    Returns
    -------
    (n_pairs,) float64
        NaN if the vocabulary has no comparison pair.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab, rows = Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])), np.eye(4)[[0, 0, 1, 2]]
    >>> superiority(lambda ids: rows[ids], MatchedWords(vocab), [("a", "b"), ("c", "d")]).round(2).tolist()
    [1.0, 0.33]
    """
    return np.array([_of_pair(unit_rows, matched, *pair) for pair in pairs], float)


def _of_pair(unit_rows, matched, word, other):
    ids = [matched.vocab.ids[name] for name in (word, other)]
    first, second = matched.ids(word), matched.ids(other)
    cosines = unit_rows(np.append(first, ids[0])) @ unit_rows(np.append(second, ids[1])).T
    cosines = cosines.toarray() if hasattr(cosines, "toarray") else cosines
    is_comparison = first[:, None] != second[None, :]
    # the pair itself, in the other order, is no comparison
    is_comparison &= ~((first[:, None] == ids[1]) & (second[None, :] == ids[0]))
    return percentile(float(cosines[-1, -1]), cosines[:-1, :-1][is_comparison])


def within_and_between(embeddings, groups, only=None):
    """Probability that a pair within a group is closer than a pair of one of its words and a word outside it.

    Parameters
    ----------
    embeddings : Embeddings
    groups : list of lists of str
    only : list of str, optional
        One of the groups; the others only serve as comparison. Default: all groups.

    Returns
    -------
    pairs : list of (str, str)
        The pairs within the groups.
    values : (n_pairs,) float64
        NaN without a word outside the group.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> pairs, values = within_and_between(e, [["a", "b"], ["c", "d"]])
    >>> pairs, values.tolist()
    ([('a', 'b'), ('c', 'd')], [1.0, 1.0])
    """
    words = [word for members in groups for word in members]
    unit = embeddings.unit_vectors[[embeddings.vocab.ids[word] for word in words]]
    cosines = unit @ unit.T
    pairs, values, start = [], [], 0
    for members in groups:
        inside = np.arange(start, start + len(members))
        outside = np.setdiff1d(np.arange(len(words)), inside)
        start += len(members)
        if only is not None and members != only:
            continue
        for i, j in combinations(inside, 2):
            pairs.append((words[i], words[j]))
            values.append(percentile(float(cosines[i, j]), cosines[np.ix_([i, j], outside)].ravel()))
    return pairs, np.array(values, float)


def analogy_superiority(embeddings, word_pairs):
    """Probability that the answer to an analogy scores above the answers of other analogies of its kind.

    For every two pairs a : b and c : d the question is a is to b as c is to ? (3CosAdd, by cosine with
    b − a + c of unit length). The right answer d is compared with the second words of the other pairs: the
    same answers, permuted. So neither frequency nor kind of word decides, only the pairing.

    Parameters
    ----------
    embeddings : Embeddings
    word_pairs : list of (str, str)
        Three pairs or more, all words in the vocabulary.

    Returns
    -------
    (n_pairs,) float64
        For each pair c : d, the mean over the questions a : b; 0.5 without structure.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> base, offset = np.eye(4)[:3], np.eye(4)[3]
    >>> e = Embeddings(np.vstack([base, base + offset]), Vocabulary(tuple("abcABC"), np.arange(6, 0, -1)))
    >>> analogy_superiority(e, [("a", "A"), ("b", "B"), ("c", "C")]).tolist()
    [1.0, 1.0, 1.0]
    """
    first, second = (
        embeddings.unit_vectors[[embeddings.vocab.ids[pair[side]] for pair in word_pairs]].astype(float)
        for side in (0, 1)
    )
    n = len(word_pairs)
    values = np.empty(n)
    for k in range(n):
        questions = np.delete(np.arange(n), k)
        targets = second[questions] - first[questions] + first[k]  # (n − 1, dim)
        scores = targets @ second.T  # (n − 1, n); their lengths do not change an order
        of_questions = [
            percentile(scores[row, k], np.delete(scores[row], [k, question]))
            for row, question in enumerate(questions)
        ]
        values[k] = np.mean(of_questions)
    return values
