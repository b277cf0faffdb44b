"""Embeddings, analogies → the answer to each by 3CosAdd and 3CosMul, for many questions at once.

The questions of a test have few different words. So the cosines of these words with a part of the
vocabulary are one product of matrices, and each score is a sum or product of three of them.
"""

from dataclasses import dataclass

import numba
import numpy as np

from ..utils.compilation import OPTIONS
from ..utils.validation import OneOf, check
from .datasets import ids_of_lowered, words_of_questions

_KERNEL = {**OPTIONS, "error_model": "numpy"}  # with it, quotients are vectorized
METHODS = ("3CosAdd", "3CosMul")
_AT_ONCE = 1 << 21  # cosines held in memory at a time: they stay in the cache of the processor


@numba.njit(**_KERNEL)
def _sums(a, b, c, scores):
    """Write b − a + c, the score of 3CosAdd; all (n,) float32."""
    for j in range(scores.size):
        scores[j] = b[j] - a[j] + c[j]


@numba.njit(**_KERNEL)
def _quotients(a, b, c, scores):
    """Write the score of 3CosMul, up to a factor; all (n,) float32."""
    one, small = np.float32(1), np.float32(1.002)
    for j in range(scores.size):
        scores[j] = (b[j] + one) * (c[j] + one) / (a[j] + small)


@numba.njit(**_KERNEL)
def _choose(cosines, rows, ids, first, is_product, scores, enough, best, answers):
    """Compare the words of a part of the vocabulary with the best answers found so far.

    Parameters
    ----------
    cosines : (n_words, n) float32
        Of the words of the questions with the words ``first`` to ``first + n - 1``.
    rows, ids : (n_questions, 3) int64
        Rows of `cosines` of the words a, b and c of each question, and their ids, which are no answers.
    first : int
    is_product : bool
        3CosMul.
    scores : (n,) float32
        Overwritten.
    enough : (n_questions,) float32
        Nothing is compared for a question whose best answer scores more than this.
    best, answers : (n_questions,) float32, int64
        Highest score, and the id that has it first. Changed in place.
    """
    for i in range(len(rows)):
        if best[i] > enough[i]:
            continue
        a, b, c = cosines[rows[i, 0]], cosines[rows[i, 1]], cosines[rows[i, 2]]
        if is_product:
            _quotients(a, b, c, scores)
        else:
            _sums(a, b, c, scores)
        for k in range(3):
            if 0 <= ids[i, k] - first < scores.size:
                scores[ids[i, k] - first] = -np.inf
        n_better = 0  # counted in registers; few parts hold a better answer
        for j in range(scores.size):
            n_better += scores[j] > best[i]
        if n_better:
            place = scores.argmax()
            answers[i], best[i] = first + place, scores[place]


def answer_analogies(embeddings, questions, methods=METHODS, only_correct=False):
    """Answer the analogies whose words are all in the vocabulary; the words of a question are no answers.

    Parameters
    ----------
    embeddings : Embeddings
    questions : list of (a, b, c, d)
    methods : iterable
        Of "3CosAdd" and "3CosMul", as in `Embeddings.analogy`.
    only_correct : bool
        Find out only which answers are d, which takes a fraction of the time: any other answer is some
        word that scores higher than d.

    Returns
    -------
    (questions, answers, covered)
        (n, 4) int ids of the questions covered; method → (n,) int ids of the answers; (len(questions),)
        bool, true for the n.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("man", "woman", "king", "queen", "fig"), np.arange(5, 0, -1)))
    >>> asked = [("man", "king", "woman", "queen"), ("man", "king", "woman", "duke")]
    >>> questions, answers, covered = answer_analogies(e, asked)
    >>> questions.tolist(), covered.tolist()
    ([[0, 2, 1, 3]], [True, False])
    >>> {method: [e.vocab.words[i] for i in ids] for method, ids in answers.items()}
    {'3CosAdd': ['queen'], '3CosMul': ['queen']}
    """
    methods = [check("method", method, OneOf(METHODS)) for method in methods]
    ids = ids_of_lowered(embeddings.vocab)
    words, places = words_of_questions(tuple(questions))
    ids_of_questions = np.array([ids.get(word, -1) for word in words], np.int64)[places]
    covered = (ids_of_questions >= 0).all(1)
    questions_covered = ids_of_questions[covered]
    asked = np.ascontiguousarray(questions_covered[:, :3])
    different, rows = np.unique(asked, return_inverse=True)
    rows = np.ascontiguousarray(rows.reshape(asked.shape), np.int64)
    unit = np.ascontiguousarray(embeddings.unit_vectors, np.float32)
    answers = {method: np.zeros(len(asked), np.int64) for method in methods}
    best = {method: np.full(len(asked), -np.inf, np.float32) for method in methods}
    enough = {
        method: _above(unit, questions_covered, method) if only_correct else np.full(len(asked), np.inf, "f4")
        for method in methods
    }
    unit_of_asked, at_once = unit[different], max(1, _AT_ONCE // max(1, len(different)))
    for first in range(0, len(unit) if len(asked) else 0, at_once):
        cosines = unit_of_asked @ unit[first : first + at_once].T
        scores = np.empty(cosines.shape[1], np.float32)
        for method in methods:
            of_method = scores, enough[method], best[method], answers[method]
            _choose(cosines, rows, asked, first, method == "3CosMul", *of_method)
    return questions_covered, answers, covered


def _above(unit, questions, method):
    """Score of the expected answer to each question, and a little, since sums are rounded; (n,) float32."""
    a, b, c = (np.einsum("ij,ij->i", unit[questions[:, k]], unit[questions[:, 3]]) for k in range(3))
    score = np.empty_like(a)
    (_quotients if method == "3CosMul" else _sums)(a, b, c, score)
    return score + np.float32(1e-3) * (1 + np.abs(score))


@dataclass(frozen=True)
class AnalogyAnswers:
    """Answers to one analogy during training.

    Attributes
    ----------
    best : list of str
        The five best answers of the first seed at the last iteration.
    ranks : dict
        Iteration → rank of the expected answer, one per seed.

    Examples
    --------
    >>> answers = AnalogyAnswers(best=["queen", "princess"], ranks={100: [40, 3], 200: [1, 1]})
    >>> answers.best[0], answers.ranks[200]
    ('queen', [1, 1])
    """

    best: list
    ranks: dict


def answers_over_time(embeddings, question, expected):
    """Ask one analogy at several iterations, by all methods.

    Parameters
    ----------
    embeddings : dict
        Iteration → list of Embeddings, one per seed.
    question : (a, b, c)
        "a is to b as c is to …".
    expected : str

    Returns
    -------
    dict
        Method → `AnalogyAnswers`; empty if a word is not in the vocabulary.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("man", "woman", "king", "queen", "fig"), np.arange(5, 0, -1))
    >>> late = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    >>> early = late[[0, 1, 2, 4, 3]]  # the vectors of "queen" and "fig" exchanged
    >>> embeddings = {10: [Embeddings(early, vocab)], 20: [Embeddings(late, vocab)]}
    >>> answers = answers_over_time(embeddings, ("man", "king", "woman"), "queen")["3CosAdd"]
    >>> answers.best, answers.ranks
    (['queen', 'fig'], {10: [2], 20: [1]})
    """
    last = embeddings[max(embeddings)][0]
    if not all(word in last for word in (*question, expected)):
        return {}
    return {
        method: AnalogyAnswers(
            [word for word, _ in last.analogy(*question, n=5, method=method)],
            {
                i: [e.analogy_rank(*question, expected, method) for e in several]
                for i, several in embeddings.items()
            },
        )
        for method in METHODS
    }
