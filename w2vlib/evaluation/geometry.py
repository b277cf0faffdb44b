"""Embeddings → how close the words of a group are to each other.

In many embeddings frequent words are close to each other whatever they mean, so closeness is also
compared with that of *equally frequent* words: those next to a word in rank of frequency.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_samples

from ..utils.arguments import check_named_once
from ..utils.errors import W2VError, shown
from ..utils.markdown import as_markdown
from ..utils.statistics import format_interval, permutation_p_value

# The 21 words of the published figure, by the groups that its text names.
FIGURE_WORDS = {
    "positive": ("great", "cool", "brilliant", "perfectly", "well", "good", "worth"),
    "negative": ("bad", "poor", "down"),
    "nationality": ("european", "australian", "chinese", "american"),
    "gender": ("female", "man", "men", "woman", "women", "king", "queen"),
}
_NEAR = 50  # ranks of frequency on each side


def figure_groups(vocab, groups=None):
    """Restrict groups of words to the vocabulary.

    Parameters
    ----------
    vocab : Vocabulary
    groups : dict of str → list of str, optional
        Default: `FIGURE_WORDS`.

    Returns
    -------
    (present, missing)
        Groups (name → list of str) without missing words and empty groups; list of the missing words.

    Raises
    ------
    W2VError
        If `groups` is not a dictionary of lists of words, or names a word twice.

    Examples
    --------
    >>> figure_groups({"king", "queen"}, {"royal": ["king", "queen"], "other": ["prince"]})
    ({'royal': ['king', 'queen']}, ['prince'])
    """
    groups = FIGURE_WORDS if groups is None else groups
    if not isinstance(groups, dict) or any(
        not isinstance(words, list | tuple | set) or not all(isinstance(word, str) for word in words)
        for words in groups.values()
    ):
        raise W2VError(f"words={shown(groups)} is not allowed: give {{'group': ['one', 'two'], …}}.")
    check_named_once(groups)
    present = {name: [word for word in words if word in vocab] for name, words in groups.items()}
    missing = [word for words in groups.values() for word in words if word not in vocab]
    return {name: words for name, words in present.items() if words}, missing


def drawable(groups):
    """Whether groups of words can be drawn in a plane: they need three words or more; bool.

    Examples
    --------
    >>> drawable({"royal": ["king", "queen"]}), drawable({"royal": ["king", "queen"], "other": ["man"]})
    (False, True)
    """
    return sum(map(len, groups.values())) >= 3


def equally_frequent(vocab, word):
    """Ids of the words next to `word` in rank of frequency, without `word`; (at most 100,) int.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> equally_frequent(Vocabulary(("a", "b", "c"), np.array([3, 2, 1])), "b").tolist()
    [0, 2]
    """
    order = np.argsort(-vocab.counts, kind="stable")
    place = int(np.flatnonzero(order == vocab.ids[word])[0])
    low = int(np.clip(place - _NEAR, 0, max(0, len(order) - 2 * _NEAR - 1)))
    near = order[low : low + 2 * _NEAR + 1]
    return near[near != vocab.ids[word]]


@dataclass(frozen=True)
class Cohesion:
    """How close the words of a group are to each other.

    Attributes
    ----------
    mean : float
        Mean cosine of the pairs of the group.
    baseline : float
        The same for random groups of equally frequent words.
    percentile : float
        Proportion of those random groups that are less close; ties count half.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 2]], Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> result = cohesion(e, ["a", "b"])
    >>> result.mean, 0 < result.baseline < 1
    (1.0, True)
    """

    mean: float
    baseline: float
    percentile: float


def cohesion(embeddings, words, trials=2_000, seed=0):
    """Compare the mean cosine of a group of words with that of random groups of equally frequent words.

    Parameters
    ----------
    embeddings : Embeddings
    words : list of str
        Two or more, all in the vocabulary.
    trials : int
        Number of random groups.
    seed : int

    Returns
    -------
    Cohesion

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 2]], Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> result = cohesion(e, ["a", "b"])
    >>> result.mean, result.percentile > 0.8
    (1.0, True)
    """
    return cohesion_of_rows(lambda ids: embeddings.unit_vectors[ids], embeddings.vocab, words, trials, seed)


def mean_percentile(embeddings, groups):
    """Mean of the percentiles of the `cohesion` of several groups; float, NaN without a group.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 2]], Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> near, far = mean_percentile(e, [["a", "b"]]), mean_percentile(e, [["c", "d"]])
    >>> near > far, mean_percentile(e, [["a", "b"], ["c", "d"]]) == (near + far) / 2
    (True, True)
    """
    percentiles = [cohesion(embeddings, words).percentile for words in groups]
    return float(np.mean(percentiles)) if percentiles else np.nan


def cohesion_of_rows(unit_rows, vocab, words, trials=2_000, seed=0):
    """Do what `cohesion` does for rows of unit length, dense or sparse, that ``unit_rows(ids)`` returns.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab, rows = Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])), np.eye(4)[[0, 0, 1, 2]]
    >>> result = cohesion_of_rows(lambda ids: rows[ids], vocab, ["a", "b"])
    >>> result.mean, result.percentile > 0.8
    (1.0, True)
    """
    check_named_once({"words": words})
    if len(words) < 2:
        raise W2VError(f"A group of {len(words)} word has no pairs: give two words or more.")
    ids = np.array([vocab.ids[word] for word in words])
    near = [equally_frequent(vocab, word) for word in words]
    used = np.unique(np.concatenate([ids, *near]))
    rows = unit_rows(used)
    cosines = rows @ rows.T
    cosines = cosines.toarray() if hasattr(cosines, "toarray") else cosines
    rng = np.random.default_rng(seed)
    groups = _groups([np.searchsorted(used, each) for each in near], trials, rng)
    pairs = list(combinations(range(len(words)), 2))
    random = np.mean([cosines[groups[:, i], groups[:, j]] for i, j in pairs], axis=0)
    ids = np.searchsorted(used, ids)
    mean = float(np.mean([cosines[ids[i], ids[j]] for i, j in pairs]))
    return Cohesion(mean, float(random.mean()), percentile(mean, random))


def _groups(candidates, trials, rng):
    """Random groups: one word from each list of candidates, no word twice if possible; (trials, n) int."""
    groups = np.stack([rng.choice(ids, trials) for ids in candidates], axis=1)
    for _ in range(100):
        repeated = (np.diff(np.sort(groups, axis=1), axis=1) == 0).any(1)
        if not repeated.any():
            break
        groups[repeated] = np.stack([rng.choice(ids, repeated.sum()) for ids in candidates], axis=1)
    return groups


def percentile(value, others):
    """Proportion of `others` below `value`; float, NaN without others or with NaN.

    Others that differ by at most 1e-12 count half; `scipy.stats.percentileofscore` counts only exact ties.

    Examples
    --------
    >>> percentile(0.5, np.array([0.1, 0.5, 0.9, 0.2]))
    0.625
    """
    if not len(others) or np.isnan(value) or np.isnan(others).any():
        return np.nan
    below, equal = others < value - 1e-12, np.abs(others - value) <= 1e-12
    return float((below.sum() + equal.sum() / 2) / len(others))


def silhouettes(embeddings, groups):
    """Silhouette of each word of groups (list of lists of str) by cosine distance; (n_words,) float64.

    NaN with fewer than two groups, or if each group has one word.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> silhouettes(e, [["a", "b"], ["c", "d"]]).round(2).tolist()  # two groups that are far apart
    [0.99, 0.99, 0.99, 0.99]
    >>> silhouettes(e, [["a", "c"], ["b", "d"]]).round(2).tolist()  # groups that are mixed
    [-0.55, -0.55, -0.44, -0.44]
    """
    words = [word for members in groups for word in members]
    if len(groups) < 2 or len(words) == len(groups):
        return np.full(len(words), np.nan)
    labels = np.repeat(np.arange(len(groups)), [len(members) for members in groups])
    distances = 1 - _cosines(embeddings, words)
    np.fill_diagonal(distances, 0)
    return silhouette_samples(distances, labels, metric="precomputed")


def _cosines(embeddings, words):
    unit = np.array([embeddings.unit_vectors[embeddings.vocab.ids[word]] for word in words], float)
    return np.clip(unit @ unit.T, -1, 1)


def group_table(embeddings, groups, trials=2_000, seed=0):
    """Measure how well groups of words are separated.

    Parameters
    ----------
    embeddings : Embeddings
    groups : dict of str → list of str
    trials : int
        Number of permutations of the labels, and of random groups.
    seed : int

    Returns
    -------
    DataFrame
        One row per group of two words or more: number of words; mean cosine within the group, and
        between it and the other groups; mean silhouette by cosine distance; "p (labels)", the p-value of
        the difference within − between in a label permutation test; mean cosine within random groups of
        equally frequent words; "p (frequency)", the p-value of the mean cosine within against these.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("king", "queen", "good", "bad"), np.array([4, 3, 2, 1])))
    >>> table = group_table(e, {"royal": ["king", "queen"], "other": ["good", "bad"]}, trials=50)
    >>> print(table[["group", "words", "within", "between", "silhouette"]].round(2).to_string(index=False))
    group  words  within  between  silhouette
    royal      2     1.0      0.1        0.99
    other      2     1.0      0.1        0.99
    """
    words = [word for members in groups.values() for word in members]
    labels = np.repeat(np.arange(len(groups)), [len(members) for members in groups.values()])
    cosines = _cosines(embeddings, words)
    silhouette = silhouettes(embeddings, list(groups.values()))
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(labels) for _ in range(trials)]
    rows = []
    for n, (name, members) in enumerate(groups.items()):
        if len(members) < 2:
            continue
        within, between = _within_and_between(cosines, labels == n)
        permuted = [np.subtract(*_within_and_between(cosines, other == n)) for other in shuffled]
        matched = cohesion(embeddings, members, trials, seed)
        rows.append(
            {
                "group": as_markdown(name),
                "words": len(members),
                "within": within,
                "between": between,
                "silhouette": float(silhouette[labels == n].mean()),
                "p (labels)": permutation_p_value(within - between, permuted) if len(groups) > 1 else np.nan,
                "equally frequent": matched.baseline,
                "p (frequency)": (1 + round((1 - matched.percentile) * trials)) / (1 + trials),
            }
        )
    return pd.DataFrame(rows)


def _within_and_between(cosines, inside):
    """Mean cosine of pairs inside a group (bool mask), and of pairs with one word in it; NaN without any."""
    n = inside.sum()
    within = (cosines[np.ix_(inside, inside)].sum() - n) / (n * (n - 1))
    outside = ~inside
    return within, cosines[np.ix_(inside, outside)].mean() if outside.any() else np.nan


def groups_over_seeds(several, groups, trials=2_000, level=0.05):
    """Average `group_table` over embeddings of several seeds, and count the seeds with p below `level`.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, one per seed.
    groups : dict of str → list of str
    trials : int
    level : float

    Returns
    -------
    DataFrame
        One row per group of two words or more, with formatted values; empty without such a group.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("king", "queen", "good", "bad"), np.array([4, 3, 2, 1]))
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    >>> several = [Embeddings(vectors, vocab), Embeddings(vectors[::-1], vocab)]
    >>> table = groups_over_seeds(several, {"royal": ["king", "queen"], "other": ["good", "bad"]}, trials=50)
    >>> print(table[["group", "words", "within", "between"]].to_string(index=False))
    group  words within between
    royal      2  0.995   0.099
    other      2  0.995   0.099
    """
    if all(len(members) < 2 for members in groups.values()):
        return pd.DataFrame()
    tables = [group_table(e, groups, trials).set_index("group") for e in several]
    rows = []
    for group in tables[0].index:
        each = pd.DataFrame([table.loc[group] for table in tables])
        row = {"group": group, "words": int(each["words"].iloc[0])}
        for name in ("within", "between", "silhouette", "equally frequent"):
            row[name] = format_interval(each[name].mean(), np.nan, np.nan)
        for name in ("p (labels)", "p (frequency)"):
            tested = each[name].notna().sum()
            row[name] = f"{(each[name] < level).sum()} of {tested}" if tested else "—"
        rows.append(row)
    return pd.DataFrame(rows)
