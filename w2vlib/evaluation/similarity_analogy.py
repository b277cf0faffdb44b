"""Embeddings → scores on rated word pairs and analogies, with coverage, intervals and permutation baselines.

Words asked with are looked up without regard to case: of several forms the most frequent one stands
for all. Among the answers to an analogy every form stands for itself.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..utils.markdown import as_markdown
from ..utils.statistics import (
    format_interval,
    format_number,
    mean_interval,
    percentile_interval,
    permutation_p_value,
    spearman,
    spearman_resamples,
)
from .datasets import WORD_PAIRS, analogy_sections, word_pairs

METHODS = ("3CosAdd", "3CosMul")
_AT_ONCE = 1 << 22  # scores: bounds the memory


@dataclass(frozen=True)
class Score:
    """A figure on a test, and what it is worth.

    Attributes
    ----------
    value : float
        Spearman's correlation, or the share of analogies answered right; NaN if too little is covered.
    covered, total : int
        AblationTasks whose words are all in the vocabulary, and all questions.
    low, high : float
        Interval of `value` over resampled questions (bootstrap); NaN unless asked for.
    baseline, p : float
        Mean of the figure with the answers permuted among the questions (of a section), and the
        share of permutations that do at least as well; NaN unless asked for.
    """

    value: float
    covered: int
    total: int
    low: float = np.nan
    high: float = np.nan
    baseline: float = np.nan
    p: float = np.nan


@functools.lru_cache(maxsize=4)
def _ids(vocab):
    """Id of each word in lower case; of several forms, the most frequent one's."""
    order = np.argsort(-vocab.counts, kind="stable")
    ids = {}
    for i in order.tolist():
        ids.setdefault(vocab.words[i].lower(), i)
    return ids


def rated_pairs(embeddings, pairs):
    """Cosines beside human ratings, over the pairs covered.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float)

    Returns
    -------
    (covered, cosines, judged)
        List of the pairs covered; two (n,) float arrays.
    """
    ids = _ids(embeddings.vocab)
    covered = [pair for pair in pairs if pair[0].lower() in ids and pair[1].lower() in ids]
    first, second = ([ids[pair[side].lower()] for pair in covered] for side in (0, 1))
    unit = embeddings.unit_vectors
    cosines = np.einsum("ij,ij->i", unit[first], unit[second])
    return covered, cosines, np.array([pair[2] for pair in covered], float)


def score_word_pairs(embeddings, pairs, draws=0, seed=0):
    """Spearman correlation of cosines with human ratings, over the pairs covered.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float)
    draws : int
        Resamples for the interval, and permutations for the permutation baseline.

    Returns
    -------
    Score
    """
    known, cosines, judged = rated_pairs(embeddings, pairs)
    if len(known) < 3:
        return Score(np.nan, len(known), len(pairs))
    value = float(spearman(cosines, judged))
    if not draws:
        return Score(value, len(known), len(pairs))
    again, torn = spearman_resamples(cosines, judged, draws, np.random.default_rng(seed))
    low, high = percentile_interval(again)
    return Score(
        value, len(known), len(pairs), low, high, float(torn.mean()), permutation_p_value(value, torn)
    )


def answer_analogies(embeddings, questions, methods=METHODS):
    """Answer the analogies whose words are all known; the three words asked with are no answers.

    Parameters
    ----------
    embeddings : Embeddings
    questions : list of (a, b, c, d)
    methods : iterable
        Of "3CosAdd" and "3CosMul", as in `Embeddings.analogy`.

    Returns
    -------
    (known, answers, covered)
        (n, 4) int ids of the questions; method → (n,) int ids; (len(questions),) bool, true for the n.
    """
    ids = _ids(embeddings.vocab)
    words = map(str.lower, itertools.chain.from_iterable(questions))
    numbered = np.fromiter((ids.get(word, -1) for word in words), np.int64).reshape(-1, 4)
    covered = (numbered >= 0).all(1)
    known = numbered[covered]
    unit = np.ascontiguousarray(embeddings.unit_vectors, np.float32)
    answers = {method: np.empty(len(known), np.int64) for method in methods}
    at_once = max(1, _AT_ONCE // max(1, len(unit)))
    buffer = np.empty((at_once, len(unit)), np.float32)  # fresh memory for every part would take longer
    for start in range(0, len(known), at_once):
        part = slice(start, start + at_once)
        a, b, c = (unit[column] for column in known[part, :3].T)
        for method in methods:
            if method == "3CosAdd":
                scores = np.matmul(b - a + c, unit.T, out=buffer[: len(a)])  # (questions, n_vocab)
            else:
                cos_a, cos_b, cos_c = (rows @ unit.T for rows in (a, b, c))
                scores = (cos_b + 1) * (cos_c + 1) / (cos_a + np.float32(1.002))
            scores[np.arange(len(a))[:, None], known[part, :3]] = -np.inf
            answers[method][part] = scores.argmax(1)
    return known, answers, covered


def score_analogies(embeddings, sections, method="3CosAdd", draws=0, seed=0):
    """Share of analogies answered right, over those whose four words are covered.

    Parameters
    ----------
    embeddings : Embeddings
    sections : dict
        Section → list of (a, b, c, d).
    method : {"3CosAdd", "3CosMul"}
    draws : int
        Resamples for the interval, and permutations of the answers within a section for the baseline.

    Returns
    -------
    dict
        Section → Score, and "all" → that of all sections together.
    """
    questions = [question for section in sections.values() for question in section]
    known, answers, covered = answer_analogies(embeddings, questions, (method,))
    expected = known[:, 3]
    _, pair_of = np.unique(known[:, :2], axis=0, return_inverse=True)
    section_of = np.repeat(np.arange(len(sections)), [len(section) for section in sections.values()])[covered]
    right = answers[method] == expected
    rng = np.random.default_rng(seed)
    torn = np.zeros((draws, len(sections)))
    scores = {}
    for n, (name, section) in enumerate(sections.items()):
        here = np.flatnonzero(section_of == n)
        for draw in range(draws):
            torn[draw, n] = (answers[method][here] == expected[rng.permutation(here)]).sum()
        scores[name] = _share(right[here], pair_of[here], len(section), torn[:, n], rng)
    return scores | {"all": _share(right, pair_of, len(questions), torn.sum(1), rng)}


def _share(right, pair_of, total, torn, rng):
    """Score of answers that are right or not; `torn` counts the right ones of each permutation.

    The questions of a section join every pair of words with every other, so pairs are resampled and
    not questions: those with one first pair (`pair_of`) come or go together.
    """
    n = right.size
    if not n or not torn.size:
        return Score(float(right.mean()) if n else np.nan, n, total)
    value = float(right.mean())
    _, group = np.unique(pair_of, return_inverse=True)
    hits, sizes = np.bincount(group, right), np.bincount(group)
    times = rng.multinomial(sizes.size, np.full(sizes.size, 1 / sizes.size), torn.size)
    low, high = percentile_interval((times @ hits) / (times @ sizes))
    return Score(value, n, total, low, high, float(torn.mean() / n), permutation_p_value(value, torn / n))


def evaluate(embeddings, files=(), draws=1000, seed=0, methods=METHODS):
    """Score embeddings on the word pairs and analogies that come with gensim, and on more word pairs.

    Parameters
    ----------
    embeddings : Embeddings
    files : iterable of paths
        More rated word pairs, as for `datasets.word_pairs`.
    draws : int
        Resamples and permutations of each test.
    methods : iterable
        Of answering analogies.

    Returns
    -------
    dict
        Name of a test → Score. Analogies of a section stand under "analogies: SECTION, METHOD".
    """
    scores = {
        str(name): score_word_pairs(embeddings, word_pairs(name), draws, seed)
        for name in (*WORD_PAIRS, *files)
    }
    sections = analogy_sections()
    for method in methods:
        found = score_analogies(embeddings, sections, method, draws, seed)
        for section, score in {"all": found.pop("all"), **found}.items():
            scores[f"analogies: {section}, {method}"] = score
    return scores


@dataclass(frozen=True)
class AnalogyAnswers:
    """Answers to one analogy during training.

    Attributes
    ----------
    best : list of str
        The five best answers of the first seed at the last iteration.
    ranks : dict
        Iteration → rank of the expected answer, one per seed.
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


def full_table(several, draws=1000):
    """Table of all tests: intervals over questions for the first of several seeds, and over the seeds.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, one per seed.
    draws : int
        Resamples and permutations of each test.

    Returns
    -------
    DataFrame
        One row per test that covers something, ready to be shown.
    """
    scores = evaluate(several[0], draws=draws)
    others = [evaluate(e, draws=0, methods=("3CosAdd",)) for e in several[1:]]
    rows = []
    for test, score in scores.items():
        name, _, method = test.partition(", ")
        if score.covered and method != "3CosMul":
            product = scores.get(f"{name}, 3CosMul")
            seeds = mean_interval(
                [score.value, *(other[test].value for other in others)], proportion=bool(method)
            )
            factor, digits = (100, 1) if method else (1, 2)

            def spelled(*ends, factor=factor, digits=digits):
                return format_interval(*(factor * end for end in ends), digits)

            rows.append(
                {
                    "test": as_markdown(name.removeprefix("analogies: ")),
                    "covered": f"{score.covered:,} of {score.total:,}",
                    "figure": spelled(score.value, score.low, score.high),
                    "3CosMul": spelled(product.value, product.low, product.high) if product else "—",
                    "over seeds": spelled(*seeds),
                    "permutation baseline": format_number(factor * score.baseline, f".{digits}f"),
                    "p": format_number(score.p, ".3f"),
                }
            )
    return pd.DataFrame(rows)


def score_table(scores):
    """Table of scores (name → Score) for the terminal; a DataFrame, one row per test."""
    rows = [
        (
            name,
            f"{score.covered:,} of {score.total:,}",
            format_interval(score.value, score.low, score.high),
            format_number(score.baseline, ".3f"),
            format_number(score.p, ".3f"),
        )
        for name, score in scores.items()
    ]
    return pd.DataFrame(rows, columns=["test", "covered", "figure [interval]", "permutation baseline", "p"])
