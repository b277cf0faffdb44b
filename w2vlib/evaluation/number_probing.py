"""Probes of the vectors of numbers: magnitude, order, type, and that they are numbers.

After Wallace et al. (2019) and Naik et al. (2019). Every probe takes the vectors of numbers, (n, dim), with
their values or types. `number_vectors.baselines` makes vectors for comparison that have no information,
or only the length of the number as written.
"""

import functools

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..text.numerals import parse
from ..utils.vectors import unit_rows
from .magnitude_within_type import FEWEST, errors_within_type, folds, ridge
from .neighbour_stability import neighbour_ids

LIST = 5  # numbers per list of the probe "largest"


def predicted_magnitudes(vectors, values, seed=0):
    """Predict log10 of each value by ridge regression fitted to other numbers (5 folds); (n,) float64.

    Examples
    --------
    >>> values = np.array([10.0, 100.0, 1000.0, 10000.0] * 5)
    >>> vectors = np.log10(values)[:, None]  # the vector of a number is its magnitude
    >>> predicted_magnitudes(vectors, values)[:4].round(1).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    return cross_val_predict(ridge(), vectors, np.log10(values), cv=folds(seed))


def number_line(vectors, numbers, seed=0, most=200):
    """Logarithms of numbers with their predictions by `predicted_magnitudes`.

    Returns
    -------
    list of (float, float)
        Log10 of the value and its prediction, for at most `most` numbers; empty with fewer than 20
        vectors.

    Examples
    --------
    >>> from w2vlib.evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 101)], min_count=1)
    >>> line = number_line(np.log10(numbers.values)[:, None], numbers, most=4)
    >>> [(round(x, 1), round(y, 1)) for x, y in line[1:]]
    [(1.5, 1.5), (1.8, 1.8), (2.0, 2.0)]
    """
    has_vector = ~np.isnan(vectors).any(1)
    if has_vector.sum() < FEWEST:
        return []
    predicted = predicted_magnitudes(vectors[has_vector], numbers.values[has_vector], seed)
    pairs = np.column_stack([np.log10(numbers.values[has_vector]), predicted]).round(3)
    return pairs[np.linspace(0, len(pairs) - 1, min(most, len(pairs))).astype(int)].tolist()


def explained(predicted, values):
    """R² of predictions of log10 value: the proportion of the variance explained; float.

    Negative if the predictions are worse than the mean; NaN if all values are equal, where
    `sklearn.metrics.r2_score` gives 0 or 1.

    Examples
    --------
    >>> explained(np.array([1.0, 2.0, 3.0]), np.array([10, 100, 1000])), explained(np.full(2, 1.5), [10, 100])
    (1.0, 0.0)
    """
    truth = np.log10(values)
    if np.ptp(truth) < 1e-12:
        return np.nan
    return float(r2_score(truth, predicted))


def largest_of_list(predicted, values, lists=2_000, seed=0):
    """Proportion of random lists of `LIST` values whose largest is predicted largest; baseline 1/LIST.

    Examples
    --------
    >>> values = np.array([1.0, 5.0, 10.0, 50.0, 100.0, 500.0])
    >>> largest_of_list(np.log10(values), values, lists=100)  # perfect predictions
    1.0
    >>> largest_of_list(-np.log10(values), values, lists=100)  # the wrong way round
    0.0
    """
    places, largest = _lists(tuple(np.asarray(values, float).tolist()), lists, seed)
    return int((predicted[places].argmax(1) == largest).sum()) / lists


@functools.lru_cache(maxsize=8)  # vectors of several schemes are asked about the same lists
def _lists(values, lists, seed):
    """Places of the numbers of random lists, (lists, LIST), and where in its list the largest is."""
    rng, values = np.random.default_rng(seed), np.array(values)
    unique = np.unique(values)
    members = {value: np.flatnonzero(values == value) for value in unique}
    places, largest = np.empty((lists, LIST), np.int64), np.empty(lists, np.int64)
    for row in range(lists):
        drawn = rng.choice(unique, LIST, replace=False)
        places[row] = [rng.choice(members[value]) for value in drawn]
        largest[row] = np.argmax(drawn)
    return places, largest


def closer_in_value(vectors, values, trials=2_000, seed=0):
    """Proportion of triples in which the number closer in log value has the larger cosine; baseline 1/2.

    A triple is a number and two others, one of which is at least twice as far from it in log value.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 10.0, 1000.0])
    >>> angles = np.log10(values) / 3  # numbers near in log value point in similar directions
    >>> vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> closer_in_value(vectors, values), closer_in_value(np.ones((4, 2)), values)
    (1.0, 0.5)
    """
    rng = np.random.default_rng(seed)
    unit = unit_rows(vectors)
    logs = np.log10(values)
    x, a, b = rng.integers(0, len(values), (3, 20 * trials))
    near, far = np.abs(logs[x] - logs[a]), np.abs(logs[x] - logs[b])
    clear = np.flatnonzero((far > 2 * near) & (x != a) & (far > np.log10(2)))[:trials]
    x, a, b = x[clear], a[clear], b[clear]
    first, second = (np.einsum("ij,ij->i", unit[x], unit[other]) for other in (a, b))
    return float(np.mean((first > second) + 0.5 * (first == second))) if clear.size else np.nan


def odd_one_out(vectors, values, trials=2_000, seed=0):
    """Proportion of quadruples in which the number of another magnitude is least similar; baseline 1/4.

    Three numbers are of one order of magnitude, the fourth is at least two orders away.

    Examples
    --------
    >>> values = np.array([1.0, 2.0, 5.0, 1000.0])
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 0.2], [0.0, 1.0]])
    >>> odd_one_out(vectors, values, trials=100)
    1.0
    >>> odd_one_out(vectors[::-1], values, trials=100)  # the vector of 1 differs instead of that of 1000
    0.0
    >>> odd_one_out(np.ones((4, 2)), values, trials=100)  # all vectors are equal
    0.25
    """
    orders = np.floor(np.log10(values)).astype(int)
    quadruples = _quadruples(tuple(orders.tolist()), trials, seed)
    if quadruples is None:
        return np.nan
    unit, n_correct = unit_rows(vectors), 0.0
    for quadruple in quadruples:
        similarity = (unit[quadruple] @ unit[quadruple].T).sum(1)
        lowest = np.flatnonzero(similarity <= similarity.min() + 1e-12)
        n_correct += (3 in lowest) / lowest.size
    return n_correct / trials


@functools.lru_cache(maxsize=8)
def _quadruples(orders, trials, seed):
    """Places of three random numbers of one order of magnitude and one of another; (trials, 4), or None."""
    rng, orders = np.random.default_rng(seed), np.array(orders)
    frequent = [order for order in np.unique(orders) if (orders == order).sum() >= 3]
    pairs = [(o, np.flatnonzero(np.abs(orders - o) >= 2)) for o in frequent]
    pairs = [(np.flatnonzero(orders == o), others) for o, others in pairs if others.size]
    if not pairs:
        return None
    quadruples = np.empty((trials, 4), np.int64)
    for row in range(trials):
        same, others = pairs[rng.integers(len(pairs))]
        quadruples[row] = np.append(rng.choice(same, 3, replace=False), rng.choice(others))
    return quadruples


def types_predicted(vectors, types, seed=0):
    """Whether the type of each number is predicted by logistic regression fitted to others (5 folds).

    Returns
    -------
    (n,) float64
        1 if it is right, 0 if not. NaN for types of fewer than five numbers, and for all numbers if fewer
        than two types are left.

    Examples
    --------
    >>> types = np.array(["money", "date"] * 5 + ["percent"])
    >>> types_predicted((types == "money")[:, None].astype(float), types)[-3:].tolist()
    [1.0, 1.0, nan]
    """
    names, counts = np.unique(types, return_counts=True)
    common = np.isin(types, names[counts >= 5])
    right = np.full(len(types), np.nan)
    if (counts >= 5).sum() < 2:
        return right
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    right[common] = cross_val_predict(model, vectors[common], types[common], cv=folds) == types[common]
    return right


def type_from_vector(vectors, types, seed=0):
    """Accuracy of `types_predicted`; float, NaN if fewer than two types have five numbers.

    Examples
    --------
    >>> types = np.array(["money", "date"] * 5)
    >>> type_from_vector((types == "money")[:, None].astype(float), types)
    1.0
    >>> type_from_vector(np.ones((5, 1)), np.array(["money"] * 5))  # one type only
    nan
    """
    right = types_predicted(vectors, types, seed)
    return float(np.mean(right[~np.isnan(right)])) if not np.isnan(right).all() else np.nan


def numbers_among_neighbours(embeddings, tokens, n=10, most=100):
    """Proportion of numbers among the nearest neighbours of numbers, and among all other words.

    Parameters
    ----------
    embeddings : Embeddings
    tokens : list of str
        Numbers; the first `most` of them that have a vector are used.
    n : int
        Neighbours per number.

    Returns
    -------
    (nearby, baseline)
        Two floats; NaN where there are too few numbers.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0], [0.2, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("25", "1987", "cat", "dog", "bird"), np.arange(5, 0, -1)))
    >>> numbers_among_neighbours(e, ["25", "1987"], n=1)
    (1.0, 0.25)
    """
    flags = np.array([parse(word) is not None for word in embeddings.vocab.words])
    ids = [embeddings.vocab.ids[token] for token in tokens if token in embeddings][:most]
    baseline = float((flags.sum() - 1) / max(1, len(flags) - 1)) if flags.any() else np.nan
    if len(ids) < 2:
        return np.nan, baseline
    return float(flags[neighbour_ids(embeddings, ids, n)].mean()), baseline


def majority_baseline(types):
    """Accuracy of always predicting the most frequent type; float, NaN without numbers.

    Examples
    --------
    >>> majority_baseline(["money", "year", "money", "money"])
    0.75
    """
    return float(np.unique(types, return_counts=True)[1].max() / len(types)) if len(types) else np.nan


PROBES = ("magnitude", "within_type", "largest", "order", "odd_one_out", "type")


def probes(vectors, numbers, seed=0, only=None):
    """Apply all probes to the vectors of numbers, or `only` one; numbers without a vector are left out.

    Parameters
    ----------
    vectors : (n, dim) float64
        NaN where a number has no vector.
    numbers : Numbers
    seed : int
    only : str, optional
        Of `PROBES`.

    Returns
    -------
    dict
        Name of a probe → score, NaN with fewer than 20 vectors or 5 values; "numbers" → numbers with a
        vector.

    Examples
    --------
    >>> from w2vlib.evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 41)], min_count=1)
    >>> vectors = np.log10(numbers.values)[:, None]  # the vector of a number is its magnitude
    >>> scores = probes(vectors, numbers)
    >>> list(scores)
    ['numbers', 'magnitude', 'within_type', 'largest', 'order', 'odd_one_out', 'type']
    >>> scores["numbers"], round(scores["within_type"], 2), scores["largest"]
    (40, 1.0, 1.0)
    >>> probes(vectors[:10], frequent_numbers([[str(n)] for n in range(1, 11)], min_count=1), only="type")
    {'numbers': 10, 'type': nan}
    """
    has_vector = ~np.isnan(vectors).any(1)
    within = errors_within_type(vectors, numbers, seed) if only in (None, "within_type") else None
    vectors, values, types = vectors[has_vector], numbers.values[has_vector], numbers.types[has_vector]
    names = PROBES if only is None else (only,)
    count = {"numbers": int(has_vector.sum())}
    if has_vector.sum() < FEWEST or np.unique(values).size < LIST:
        return count | dict.fromkeys(names, np.nan)
    predicted = predicted_magnitudes(vectors, values, seed)
    scores = {
        "magnitude": lambda: explained(predicted, values),
        "within_type": lambda: within.explained if within else np.nan,
        "largest": lambda: largest_of_list(predicted, values, seed=seed),
        "order": lambda: closer_in_value(vectors, values, seed=seed),
        "odd_one_out": lambda: odd_one_out(vectors, values, seed=seed),
        "type": lambda: type_from_vector(vectors, types, seed),
    }
    return count | {name: scores[name]() for name in names}
