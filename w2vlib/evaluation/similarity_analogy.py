"""Embeddings → scores on rated word pairs and analogies, with coverage, intervals and permutation baseline.

The words of a question are looked up without regard to case: of several forms the most frequent one is
taken, and of equally frequent ones the form in lower case, then the first by code point. Among the answers
to an analogy each form is a word of its own.

A question with an unknown word is left out of a score, and counted as zero in a second one. The scores do
not depend on the order of the vocabulary.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..models.embeddings import Embeddings
from ..utils.arguments import as_paths
from ..utils.errors import W2VError
from ..utils.memory import require_memory
from ..utils.statistics import (
    percentile_interval,
    permutation_p_value,
    spearman,
    spearman_resamples,
)
from ..utils.validation import DRAWS, OneOf, Whole, check
from .analogy_answers import METHODS, answer_analogies
from .datasets import WORD_PAIRS, analogy_sections, ids_of_lowered, word_pairs

_ANALOGIES = "analogies: "  # begins the names of their scores


@dataclass(frozen=True)
class Score:
    """Score on a test, with its coverage, interval and permutation baseline.

    Attributes
    ----------
    value : float
        Spearman's correlation, or the proportion of analogies answered correctly; NaN if too few questions
        are covered.
    covered, total : int
        Questions whose words are all in the vocabulary, and all questions.
    low, high : float
        Interval of `value` over resampled questions (bootstrap); NaN unless asked for.
    baseline, p_value : float
        Mean score with the answers permuted among the questions (of a section), and the proportion of
        permutations that score at least as high; NaN unless asked for.
    value_all, low_all, high_all : float
        The same score and interval over all questions, with unknown words counted as zero: the cosine of
        a pair with an unknown word is 0, and an analogy with one is not answered correctly. The interval is
        NaN unless asked for, and for analogies.

    Examples
    --------
    >>> score = Score(0.35, covered=300, total=353, value_all=0.29)
    >>> score.value, score.covered, score.total, score.p_value, score.value_all
    (0.35, 300, 353, nan, 0.29)
    """

    value: float
    covered: int
    total: int
    low: float = np.nan
    high: float = np.nan
    baseline: float = np.nan
    p_value: float = np.nan
    value_all: float = np.nan
    low_all: float = np.nan
    high_all: float = np.nan


def rated_pairs(embeddings, pairs):
    """Cosines and human ratings of the pairs covered.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float)

    Returns
    -------
    (covered, cosines, ratings)
        List of the pairs covered; two (n,) float arrays.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.array([[1.0, 0.0], [3.0, 4.0]]), Vocabulary(("cat", "dog"), np.array([2, 1])))
    >>> covered, cosines, ratings = rated_pairs(e, [("Cat", "dog", 7.5), ("cat", "bird", 5.0)])
    >>> covered, cosines.round(3).tolist(), ratings.tolist()
    ([('Cat', 'dog', 7.5)], [0.6], [7.5])
    """
    ids = ids_of_lowered(embeddings.vocab)
    covered = [pair for pair in pairs if pair[0].lower() in ids and pair[1].lower() in ids]
    first, second = (np.array([ids[pair[side].lower()] for pair in covered], int) for side in (0, 1))
    unit = embeddings.unit_vectors
    cosines = np.einsum("ij,ij->i", unit[first], unit[second])
    cosines[(first == second) & (cosines > 0)] = 1  # which rounding would make different ranks
    return covered, cosines, np.array([pair[2] for pair in covered], float)


def score_word_pairs(embeddings, pairs, draws=0, seed=0):
    """Spearman correlation of cosines with human ratings, with unknown words left out and counted as zero.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float), or dict
        One test, or name → list of any number of tests.
    draws : int
        Bootstrap resamples for the intervals, and permutations for the baseline.
    seed : int

    Returns
    -------
    Score, or dict
        For a dict, name → Score. `value` is the correlation over the pairs covered; `value_all` that over all
        pairs, where the cosine is 0 if a word is unknown. It is NaN with fewer than three pairs, or if all
        cosines or all ratings are equal.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 1.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> pairs = [("a", "B", 9), ("a", "c", 5), ("a", "d", 1), ("a", "x", 7)]
    >>> score = score_word_pairs(e, pairs)
    >>> round(score.value, 6), round(score.value_all, 6), score.covered, score.total
    (1.0, 0.632456, 3, 4)
    >>> {name: score.covered for name, score in score_word_pairs(e, {"A": pairs, "B": pairs[1:]}).items()}
    {'A': 3, 'B': 2}
    """
    if isinstance(pairs, Mapping):
        return {name: score_word_pairs(embeddings, several, draws, seed) for name, several in pairs.items()}
    if not all(np.isfinite(rating) for *_, rating in pairs):
        raise W2VError("The rating of a pair is not a finite number: give one for each pair.")
    covered, cosines, ratings = rated_pairs(embeddings, pairs)
    value, low, high, permuted = _correlation(cosines, ratings, draws, seed)
    ids, with_zeros = ids_of_lowered(embeddings.vocab), np.zeros(len(pairs))
    with_zeros[[a.lower() in ids and b.lower() in ids for a, b, _ in pairs]] = cosines
    everything = _correlation(with_zeros, [rating for _, _, rating in pairs], draws, seed)[:3]
    p_value = permutation_p_value(value, permuted) if permuted.size else np.nan
    baseline = float(permuted.mean()) if permuted.size else np.nan
    return Score(value, len(covered), len(pairs), low, high, baseline, p_value, *everything)


def _correlation(cosines, ratings, draws, seed):
    """Spearman's correlation with its interval, and those of random pairings; NaN below three pairs."""
    if len(cosines) < 3:
        return np.nan, np.nan, np.nan, np.zeros(0)
    value = float(spearman(cosines, ratings))
    if not draws:
        return value, np.nan, np.nan, np.zeros(0)
    bootstrap, permuted = spearman_resamples(cosines, ratings, draws, np.random.default_rng(seed))
    return value, *percentile_interval(bootstrap), permuted


def score_analogies(embeddings, sections, method="3CosAdd", draws=0, seed=0):
    """Proportion of analogies answered correctly, over those whose four words are covered.

    Parameters
    ----------
    embeddings : Embeddings
    sections : dict
        Section → list of (a, b, c, d).
    method : {"3CosAdd", "3CosMul"}
    draws : int
        Bootstrap resamples for the interval, and permutations of the answers within a section.
    seed : int

    Returns
    -------
    dict
        Section → Score, and "all" → that of all sections together.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("man", "woman", "king", "queen", "fig"), np.arange(5, 0, -1)))
    >>> right, wrong = ("man", "king", "woman", "queen"), ("man", "king", "woman", "fig")
    >>> scores = score_analogies(e, {"family": [right, wrong], "fruit": [("fig", "figs", "date", "dates")]})
    >>> {name: (score.value, score.covered, score.total) for name, score in scores.items()}
    {'family': (0.5, 2, 2), 'fruit': (nan, 0, 1), 'all': (0.5, 2, 3)}
    """
    if "all" in sections:
        raise W2VError("A section is called 'all', which stands for all together: give it another name.")
    questions = [question for section in sections.values() for question in section]
    questions_covered, answers, covered = answer_analogies(embeddings, questions, (method,), not draws)
    expected = questions_covered[:, 3]
    _, pair_of = np.unique(questions_covered[:, :2], axis=0, return_inverse=True)
    section_of = np.repeat(np.arange(len(sections)), [len(section) for section in sections.values()])[covered]
    correct = answers[method] == expected
    rng = np.random.default_rng(seed)
    permuted = np.zeros((draws, len(sections)))
    scores = {}
    for n, (name, section) in enumerate(sections.items()):
        here = np.flatnonzero(section_of == n)
        answered = answers[method][here]
        for draw in range(draws):
            permuted[draw, n] = np.count_nonzero(answered == expected[rng.permutation(here)])
        scores[name] = _accuracy(correct[here], pair_of[here], len(section), permuted[:, n], rng)
    return scores | {"all": _accuracy(correct, pair_of, len(questions), permuted.sum(1), rng)}


def _accuracy(correct, pair_of, total, permuted, rng):
    """Score of answers (bool); `permuted` holds the number of correct ones of each permutation.

    The questions of a section combine every pair of words with every other, so the bootstrap draws
    pairs, not questions: questions with the same first pair (`pair_of`) are drawn together.
    """
    n = correct.size
    value_all = float(correct.sum() / total) if total else np.nan
    if not n or not permuted.size:
        return Score(float(correct.mean()) if n else np.nan, n, total, value_all=value_all)
    value = float(correct.mean())
    _, group = np.unique(pair_of, return_inverse=True)
    hits, sizes = np.bincount(group, correct), np.bincount(group)
    times = rng.multinomial(sizes.size, np.full(sizes.size, 1 / sizes.size), permuted.size)
    low, high = percentile_interval((times @ hits) / (times @ sizes))
    p_value = permutation_p_value(value, permuted / n)
    return Score(value, n, total, low, high, float(permuted.mean() / n), p_value, value_all)


def evaluate(embeddings, files=(), draws=1000, seed=0, methods=METHODS):
    """Score embeddings on the word pairs and analogies that come with gensim, and on more word pairs.

    Parameters
    ----------
    embeddings : Embeddings
    files : iterable of paths
        More rated word pairs, as for `datasets.word_pairs`.
    draws : int
        Bootstrap resamples and permutations of each test; with 0 there are no intervals.
    seed : int
    methods : iterable
        Of `METHODS`, for the analogies.

    Returns
    -------
    dict
        Name of a test → Score. Analogies of a section have the key "analogies: SECTION, METHOD".

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("man", "woman", "king", "queen", "fig"), np.arange(5, 0, -1)))
    >>> scores = evaluate(e, draws=0, methods=["3CosAdd"])
    >>> scores["WordSim-353"].covered, scores["WordSim-353"].total
    (2, 353)
    >>> score = scores["analogies: family, 3CosAdd"]
    >>> score.covered, score.total, score.value
    (2, 506, 1.0)
    """
    if not isinstance(embeddings, Embeddings):
        raise W2VError(f"Embeddings are evaluated, and {type(embeddings).__name__} came.")
    draws, seed = check("draws", draws, replace(DRAWS, low=0)), check("seed", seed, Whole(0, 2**63 - 1))
    methods = [check("methods", method, OneOf(METHODS)) for method in methods]
    require_memory(16)  # SciPy ends the process where memory runs out
    tests = {str(name): word_pairs(name) for name in (*WORD_PAIRS, *_other_files(files))}
    scores = score_word_pairs(embeddings, tests, draws, seed)
    sections = analogy_sections()
    for method in methods:
        of_sections = score_analogies(embeddings, sections, method, draws, seed)
        for section, score in {"all": of_sections.pop("all"), **of_sections}.items():
            scores[f"{_ANALOGIES}{section}, {method}"] = score
    return scores


def _other_files(files):
    """Paths of files, none of which has the name of another test in the table."""
    paths = as_paths(files)
    for path in paths:
        if str(path).startswith(_ANALOGIES) or (str(path) in WORD_PAIRS and os.path.lexists(path)):
            raise W2VError(f"The file {path} has the name of another test: rename it.")
    return paths
