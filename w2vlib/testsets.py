"""Human judgements and analogies → what word vectors make of them, with coverage.

WordSim-353 (Finkelstein et al. 2002), SimLex-999 (Hill et al. 2015) and the Google analogies
(Mikolov et al. 2013a) come with gensim. Words are compared without regard to case; of several
forms the most frequent one stands for all.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from .errors import W2VError

WORD_PAIRS = {"WordSim-353": "wordsim353.tsv", "SimLex-999": "simlex999.txt"}
_ANALOGIES = "questions-words.txt"
_AT_ONCE = 256  # questions: bounds the memory


@dataclass(frozen=True)
class Score:
    """A figure (NaN if nothing is covered), and how many of the questions the vocabulary covers."""

    value: float
    covered: int
    total: int


def _lines(name):
    from gensim.test.utils import datapath

    with open(datapath(name), encoding="utf-8") as handle:
        return handle.read().splitlines()


def word_pairs(name):
    """List the pairs of a test set of `WORD_PAIRS`: (word, word, human judgement)."""
    if name not in WORD_PAIRS:
        raise W2VError(f"There is no test set {name!r}: give one of {', '.join(WORD_PAIRS)}.")
    rows = (line.split("\t") for line in _lines(WORD_PAIRS[name]) if line and not line.startswith("#"))
    return [(row[0], row[1], float(row[2])) for row in rows]


def analogy_questions():
    """List the Google analogies: (a, b, c, d) for "a is to b as c is to d"."""
    return [tuple(line.split()) for line in _lines(_ANALOGIES) if line and not line.startswith(":")]


def _ids(vocab):
    """Id of each word in lower case; of several forms, the most frequent one's."""
    order = np.argsort(-vocab.counts, kind="stable")
    ids = {}
    for i in order.tolist():
        ids.setdefault(vocab.words[i].lower(), i)
    return ids


def score_word_pairs(embeddings, pairs):
    """Spearman correlation of cosines with human judgements, over the pairs covered.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float)

    Returns
    -------
    Score
    """
    ids = _ids(embeddings.vocab)
    known = [
        (ids[a.lower()], ids[b.lower()], s) for a, b, s in pairs if a.lower() in ids and b.lower() in ids
    ]
    if len(known) < 3:
        return Score(float("nan"), len(known), len(pairs))
    first, second, judged = map(np.array, zip(*known, strict=True))
    unit = embeddings.unit_vectors
    cosines = np.einsum("ij,ij->i", unit[first], unit[second])
    return Score(float(spearmanr(cosines, judged).statistic), len(known), len(pairs))


def score_analogies(embeddings, questions):
    """Share of analogies answered right by 3CosAdd, over those whose four words are covered.

    The three words of a question are no answers to it.

    Parameters
    ----------
    embeddings : Embeddings
    questions : list of (a, b, c, d)

    Returns
    -------
    Score
    """
    ids = _ids(embeddings.vocab)
    lower = ([word.lower() for word in question] for question in questions)
    known = np.array([[ids[w] for w in q] for q in lower if all(w in ids for w in q)], np.int64).reshape(
        -1, 4
    )
    unit, right = embeddings.unit_vectors, 0
    for start in range(0, len(known), _AT_ONCE):
        a, b, c, d = known[start : start + _AT_ONCE].T
        scores = (unit[b] - unit[a] + unit[c]) @ unit.T
        for given in (a, b, c):
            scores[np.arange(len(given)), given] = -np.inf
        right += int((scores.argmax(1) == d).sum())
    return Score(right / len(known) if len(known) else float("nan"), len(known), len(questions))
