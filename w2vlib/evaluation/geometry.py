"""Embeddings → how words lie to one another: groups, neighbours, an analogy, the spread of them all.

Frequent words resemble one another in many embeddings whatever they mean, so closeness is also
compared with that of *equally frequent* words: those next to a word in rank of frequency.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.metrics import silhouette_samples

from ..utils.errors import W2VError
from ..utils.markdown import as_markdown
from ..utils.statistics import format_interval, format_number, mean_interval, permutation_p_value, spearman

# The 21 words of the published figure, by the groups its text speaks of.
FIGURE_WORDS = {
    "positive": ("great", "cool", "brilliant", "perfectly", "well", "good", "worth"),
    "negative": ("bad", "poor", "down"),
    "nationality": ("european", "australian", "chinese", "american"),
    "gender": ("female", "man", "men", "woman", "women", "king", "queen"),
}
PUBLISHED_PAIRS = (  # word and neighbour, as the published text names them
    ("good", "great"), ("good", "well"), ("well", "great"), ("poor", "down"), ("bad", "poor"),
    ("bad", "down"), ("brilliant", "good"), ("queen", "female"), ("king", "man"), ("woman", "men"),
)  # fmt: skip
_NEAR = 50  # places in rank of frequency, to either side


def figure_groups(vocab, groups=None):
    """Cut the groups of words (name → list) down to the vocabulary; also return the words missing.

    A text may have none of them: see `drawable`.
    """
    groups = FIGURE_WORDS if groups is None else groups
    if not isinstance(groups, dict) or any(
        isinstance(words, str) or not all(isinstance(word, str) for word in words)
        for words in groups.values()
    ):
        raise W2VError(f"words={groups!r} is not allowed: give {{'group': ['one', 'two'], …}}.")
    present = {name: [word for word in words if word in vocab] for name, words in groups.items()}
    missing = [word for words in groups.values() for word in words if word not in vocab]
    return {name: words for name, words in present.items() if words}, missing


def drawable(groups):
    """Whether a picture can be drawn of groups of words: it takes three words."""
    return sum(map(len, groups.values())) >= 3


def equally_frequent(vocab, word):
    """Ids of the words next to `word` in rank of frequency, without itself; (up to 100,) int."""
    order = np.argsort(-vocab.counts, kind="stable")
    place = int(np.flatnonzero(order == vocab.ids[word])[0])
    low = int(np.clip(place - _NEAR, 0, max(0, len(order) - 2 * _NEAR - 1)))
    near = order[low : low + 2 * _NEAR + 1]
    return near[near != vocab.ids[word]]


@dataclass(frozen=True)
class Cohesion:
    """How close a group of words is.

    `mean` is the mean cosine of its pairs, `baseline` that of random groups of equally frequent words,
    and `percentile` the share of those groups that are less close (ties count half).
    """

    mean: float
    baseline: float
    percentile: float


def cohesion(embeddings, words, trials=2_000, seed=0):
    """Compare the mean cosine of a group of words with that of equally frequent random words."""
    return cohesion_of_rows(lambda ids: embeddings.unit_vectors[ids], embeddings.vocab, words, trials, seed)


def mean_percentile(embeddings, groups):
    """Mean over groups of words of the percentile of their `cohesion`; float, NaN without a group."""
    percentiles = [cohesion(embeddings, words).percentile for words in groups]
    return float(np.mean(percentiles)) if percentiles else np.nan


def cohesion_of_rows(unit_rows, vocab, words, trials=2_000, seed=0):
    """As `cohesion`, for any rows of unit length that ``unit_rows(ids)`` gives, dense or sparse."""
    own = np.array([vocab.ids[word] for word in words])
    near = [equally_frequent(vocab, word) for word in words]
    used = np.unique(np.concatenate([own, *near]))
    rows = unit_rows(used)
    cosines = rows @ rows.T
    cosines = cosines.toarray() if hasattr(cosines, "toarray") else cosines
    rng = np.random.default_rng(seed)
    groups = _groups([np.searchsorted(used, ids) for ids in near], trials, rng)
    pairs = list(combinations(range(len(words)), 2))
    random = np.mean([cosines[groups[:, i], groups[:, j]] for i, j in pairs], axis=0)
    own = np.searchsorted(used, own)
    mean = float(np.mean([cosines[own[i], own[j]] for i, j in pairs]))
    return Cohesion(mean, float(random.mean()), _percentile(mean, random))


def _groups(candidates, trials, rng):
    """Random groups, a word from each list of candidates, no word twice if that can be; (trials, n) int."""
    groups = np.stack([rng.choice(ids, trials) for ids in candidates], axis=1)
    for _ in range(100):
        twice = (np.diff(np.sort(groups, axis=1), axis=1) == 0).any(1)
        if not twice.any():
            break
        groups[twice] = np.stack([rng.choice(ids, twice.sum()) for ids in candidates], axis=1)
    return groups


def _percentile(value, others):
    """Share of `others` below `value`, those as good as equal counted half; NaN of none."""
    if not len(others):
        return np.nan
    below, equal = others < value - 1e-12, np.abs(others - value) <= 1e-12
    return float((below.sum() + equal.sum() / 2) / len(others))


@dataclass(frozen=True)
class Nearness:
    """Where one word stands among the neighbours of another.

    `rank` counts from 1; `percentile` and `among_equals` are the shares of all words, and of the
    equally frequent ones, that are farther away.
    """

    cosine: float
    rank: int
    percentile: float
    among_equals: float


def nearness(embeddings, word, other):
    """Place `other` among the neighbours of `word`."""
    i, j = embeddings.vocab.ids[word], embeddings.vocab.ids[other]
    cosines = embeddings.unit_vectors @ embeddings.unit_vectors[i]
    rest = np.ones(len(cosines), bool)
    rest[[i, j]] = False
    equals = equally_frequent(embeddings.vocab, other)
    return Nearness(
        float(cosines[j]),
        int((cosines[rest] > cosines[j]).sum()) + 1,
        _percentile(cosines[j], cosines[rest]),
        _percentile(cosines[j], cosines[equals[equals != i]]),
    )


def silhouettes(embeddings, groups):
    """Silhouette of each word of the groups by cosine distance; (n_words,) float64, NaN of one group."""
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
    """Measure how well groups of words are separated; a DataFrame, one row per group of two words or more.

    Columns: words; mean cosine within the group and between it and the other groups; silhouette by
    cosine distance; p_labels, the share of random regroupings of the same words in which the group
    exceeds its surroundings as much; cosine of equally frequent random groups, and p_frequency, the
    share of those that are at least as close.
    """
    words = [word for members in groups.values() for word in members]
    labels = np.repeat(np.arange(len(groups)), [len(members) for members in groups.values()])
    cosines = _cosines(embeddings, words)
    widths = silhouettes(embeddings, list(groups.values()))
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(labels) for _ in range(trials)]
    rows = []
    for n, (name, members) in enumerate(groups.items()):
        if len(members) < 2:
            continue
        within, between = _within_and_between(cosines, labels == n)
        excess = [np.subtract(*_within_and_between(cosines, other == n)) for other in shuffled]
        matched = cohesion(embeddings, members, trials, seed)
        rows.append(
            {
                "group": as_markdown(name),
                "words": len(members),
                "within": within,
                "between": between,
                "silhouette": float(widths[labels == n].mean()),
                "p (labels)": permutation_p_value(within - between, excess) if len(groups) > 1 else np.nan,
                "equally frequent": matched.baseline,
                "p (frequency)": (1 + round((1 - matched.percentile) * trials)) / (1 + trials),
            }
        )
    return pd.DataFrame(rows)


def _within_and_between(cosines, inside):
    """Mean cosine of pairs inside a group (bool mask), and of pairs with one word in it."""
    n = inside.sum()
    within = (cosines[np.ix_(inside, inside)].sum() - n) / (n * (n - 1))
    outside = ~inside
    return within, cosines[np.ix_(inside, outside)].mean() if outside.any() else np.nan


def groups_over_seeds(several, groups, trials=2_000, level=0.05):
    """Means of `group_table` over embeddings of several seeds, and in how many seeds p is below `level`.

    Returns
    -------
    DataFrame
        One row per group of two words or more, ready to be shown.
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


def nearness_over_seeds(several, pairs):
    """Place words among the neighbours of others, over embeddings of several seeds.

    `pairs` are (word, other); those with an unknown word are left out.

    Returns
    -------
    DataFrame
        One row per pair: median rank, and the two shares of `Nearness` with their intervals.
    """
    rows = []
    for pair in pairs:
        if all(word in several[0] for word in pair):
            near = [nearness(e, *pair) for e in several]
            shares = [[getattr(n, field) for n in near] for field in ("percentile", "among_equals")]
            rank = f"{np.median([n.rank for n in near]):,.0f}"
            rows.append(
                (
                    " → ".join(pair),
                    rank,
                    *(format_interval(*mean_interval(share, proportion=True), 2) for share in shares),
                )
            )
    columns = [
        "pair",
        "rank (median)",
        "of all words, farther away",
        "of equally frequent words, farther away",
    ]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class Spread:
    """Whether the vectors point in different directions.

    Attributes
    ----------
    cosine : float
        Mean cosine of random pairs of different words.
    low, high : float
        Between these lie 90 % of those cosines.
    first : float
        Share of the squared length of all vectors along their main direction (not centred).
    first_and_frequency : float
        Spearman's correlation of the words' coordinates along it with their counts; the sign is
        that of most coordinates.
    length_and_frequency : float
        Spearman's correlation of the vectors' lengths with the counts.
    """

    cosine: float
    low: float
    high: float
    first: float
    first_and_frequency: float
    length_and_frequency: float


def spread(embeddings, pairs=10_000, seed=0):
    """Measure the spread of all vectors; a `Spread`."""
    cosines = random_cosines(embeddings, pairs, seed)
    vectors = np.asarray(embeddings.vectors, float)
    squares = vectors.T @ vectors  # (dim, dim)
    values, directions = np.linalg.eigh(squares)
    along = vectors @ directions[:, -1]
    along = along * np.sign(np.median(along) or 1)
    counts = embeddings.vocab.counts
    low, high = np.quantile(cosines, [0.05, 0.95])
    return Spread(
        float(cosines.mean()),
        float(low),
        float(high),
        float(values[-1] / values.sum()) if values.sum() > 0 else np.nan,
        float(spearman(along, counts)),
        float(spearman(np.linalg.norm(vectors, axis=1), counts)),
    )


def random_cosines(embeddings, pairs=10_000, seed=0):
    """Cosines of random pairs of different words; (pairs,) float64."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(embeddings), pairs)
    second = (first + rng.integers(1, len(embeddings), pairs)) % len(embeddings)
    unit = embeddings.unit_vectors
    return np.einsum("ij,ij->i", unit[first], unit[second])


def neighbours_table(embeddings, words, n=6):
    """List the `n` nearest words of each of `words` with their cosines; a DataFrame, one row per word."""
    rows = [
        (
            as_markdown(word),
            f"{embeddings.vocab.counts[embeddings.vocab.ids[word]]:,}",
            ", ".join(
                f"{as_markdown(w)} {format_number(cosine, '.4f')}"
                for w, cosine in embeddings.most_similar(word, n)
            ),
        )
        for word in words
    ]
    return pd.DataFrame(rows, columns=["word", "occurrences", "nearest words, with cosine"])
