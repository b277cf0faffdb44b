"""What the vectors of numbers know: magnitude, order, type, and that they are numbers.

Probes after Wallace et al. (2019) and Naik et al. (2019). Every probe takes the vectors of some
numbers, (n, dim), and what the numbers are; `baselines` makes vectors that know nothing, or only how
long a number is written, to hold the figures against.
"""

import math
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ..text.numerals import parse, type_of
from ..utils.vectors import unit_rows
from .neighbour_stability import neighbour_ids

_PENALTIES = np.logspace(-3, 4, 15)
LIST = 5  # numbers a list, of which the largest is sought
_FEWEST = 4 * LIST  # numbers with a vector, for a probe to say anything
_LARGEST = 10**300  # larger values do not fit the arithmetic


@dataclass(frozen=True)
class Numbers:
    """The numbers of a text that are probed.

    Attributes
    ----------
    tokens : list of str
        As written in the raw text, each once.
    values : (n,) float64
        Positive.
    types : (n,) str
        The type that each has most often.
    contexts : list of (sentence, position)
        A place where each stands with that type.
    """

    tokens: list
    values: np.ndarray
    types: np.ndarray
    contexts: list


def frequent_numbers(sentences, min_count=5, max_count=math.inf, most=2_000):
    """Collect the positive numerals seen so often, the `most` most frequent of them, in that order."""
    places = {}
    for sentence in sentences:
        for i, token in enumerate(sentence):
            numeral = parse(token)
            if numeral is not None and 0 < numeral.value < _LARGEST:
                places.setdefault(token, []).append((sentence, i))
    seen = sorted(
        (t for t in places if min_count <= len(places[t]) <= max_count), key=lambda t: -len(places[t])
    )
    seen = seen[:most]
    types, contexts = [], []
    for token in seen:
        kinds = [type_of(sentence, i) for sentence, i in places[token]]
        common = max(dict.fromkeys(kinds), key=kinds.count)
        types.append(common)
        contexts.append(places[token][kinds.index(common)])
    values = np.array([float(parse(token).value) for token in seen])
    return Numbers(seen, values, np.array(types), contexts)


def number_vectors(embeddings, fitted, numbers, pooled=np.mean):
    """Vectors that a model gives to numbers under a scheme, by the tokens each is written in.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on text that the scheme rewrote.
    fitted : schemes.Fitted
    numbers : Numbers
    pooled : {np.mean, np.sum}
        What is made of the vectors of several tokens.

    Returns
    -------
    (n, dim) float64
        NaN where no token of a number is in the vocabulary.
    """
    vectors = np.full((len(numbers.tokens), embeddings.vectors.shape[1]), np.nan)
    for n, (sentence, i) in enumerate(numbers.contexts):
        own = [token for token in fitted.tokens_of(sentence, i) if token in embeddings]
        if own:
            vectors[n] = pooled([embeddings[token] for token in own], axis=0)
    return vectors


def baselines(numbers, dim, seed=0):
    """Vectors that know nothing of the text: random ones, and the length of the number as written."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(token) for token in numbers.tokens])
    return {
        "random vectors": rng.standard_normal((len(lengths), dim)),
        "length as written": (lengths[:, None] == np.unique(lengths)).astype(float),
    }


def _folds(seed):
    return KFold(5, shuffle=True, random_state=seed)


def _ridge():
    return make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))


def predicted_magnitudes(vectors, values, seed=0):
    """Log10 of each value, predicted by ridge regression from vectors of other numbers; (n,) float64."""
    return cross_val_predict(_ridge(), vectors, np.log10(values), cv=_folds(seed))


def carried_over(vectors, numbers, new_vectors, new_numbers):
    """Share of the variance of log10 value explained of new numbers by what was learnt from others.

    The share of `explained`; float, NaN where too few numbers of either kind have a vector.
    """
    known, new = ~np.isnan(vectors).any(1), ~np.isnan(new_vectors).any(1)
    if known.sum() < _FEWEST or new.sum() < _FEWEST:
        return np.nan
    model = _ridge().fit(vectors[known], np.log10(numbers.values[known]))
    return explained(model.predict(new_vectors[new]), new_numbers.values[new])


def number_line(vectors, numbers, seed=0, most=200):
    """Numbers on the line as ridge regression reads them off vectors.

    Returns
    -------
    list of (float, float)
        Log10 of the value and its prediction from other numbers, of up to `most` numbers.
    """
    known = ~np.isnan(vectors).any(1)
    if known.sum() < _FEWEST:
        return []
    predicted = predicted_magnitudes(vectors[known], numbers.values[known], seed)
    pairs = np.column_stack([np.log10(numbers.values[known]), predicted]).round(3)
    return pairs[np.linspace(0, len(pairs) - 1, min(most, len(pairs))).astype(int)].tolist()


def explained(predicted, values):
    """Share of the variance of log10 value that predictions explain; below 0 if worse than the mean.

    NaN if all values are equal: there is no variance.
    """
    truth = np.log10(values)
    if np.ptp(truth) < 1e-12:
        return np.nan
    return float(1 - np.square(truth - predicted).sum() / np.square(truth - truth.mean()).sum())


def largest_of_list(predicted, values, lists=2_000, seed=0):
    """Proportion of random lists of `LIST` values whose largest is predicted as such (at random: 1/LIST)."""
    rng = np.random.default_rng(seed)
    right = 0
    unique = np.unique(values)
    members = {value: np.flatnonzero(values == value) for value in unique}
    for _ in range(lists):
        drawn = rng.choice(unique, LIST, replace=False)
        places = [rng.choice(members[value]) for value in drawn]
        right += int(np.argmax(predicted[places]) == np.argmax(drawn))
    return right / lists


def closer_in_value(vectors, values, trials=2_000, seed=0):
    """Share of triples in which the number closer in log value has the larger cosine; random baseline 1/2.

    The order test: to a number x, two others of which one is at least twice as far.
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
    """Share of fours in which the number of another magnitude is least like the rest; random baseline 1/4.

    Three numbers are of one order of magnitude, the fourth is at least two orders away.
    """
    rng = np.random.default_rng(seed)
    unit = unit_rows(vectors)
    orders = np.floor(np.log10(values)).astype(int)
    big = [order for order in np.unique(orders) if (orders == order).sum() >= 3]
    pairs = [(o, np.flatnonzero(np.abs(orders - o) >= 2)) for o in big]
    pairs = [(np.flatnonzero(orders == o), others) for o, others in pairs if others.size]
    if not pairs:
        return np.nan
    right = 0.0
    for _ in range(trials):
        same, others = pairs[rng.integers(len(pairs))]
        four = np.append(rng.choice(same, 3, replace=False), rng.choice(others))
        likeness = (unit[four] @ unit[four].T).sum(1)
        lowest = np.flatnonzero(likeness <= likeness.min() + 1e-12)
        right += (3 in lowest) / lowest.size
    return right / trials


def type_from_vector(vectors, types, seed=0):
    """Share of numbers whose type logistic regression tells from vectors of others.

    Types of fewer than five numbers are left out; NaN if fewer than two types are left.
    """
    kinds, counts = np.unique(types, return_counts=True)
    common = np.isin(types, kinds[counts >= 5])
    if (counts >= 5).sum() < 2:
        return np.nan
    vectors, types = vectors[common], types[common]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))
    found = cross_val_predict(model, vectors, types, cv=StratifiedKFold(5, shuffle=True, random_state=seed))
    return float(np.mean(found == types))


def numberness(embeddings, tokens, n=10, most=100):
    """Share of numbers among the nearest neighbours of numbers, and among all other words; NaN without.

    Parameters
    ----------
    embeddings : Embeddings
    tokens : list of str
        The numbers whose neighbours are looked at, the first `most` that have a vector.
    n : int
        Neighbours.
    """
    flags = np.array([parse(word) is not None for word in embeddings.vocab.words])
    ids = [embeddings.vocab.ids[token] for token in tokens if token in embeddings][:most]
    baseline = float((flags.sum() - 1) / max(1, len(flags) - 1)) if flags.any() else np.nan
    if len(ids) < 2:
        return np.nan, baseline
    return float(flags[neighbour_ids(embeddings, ids, n)].mean()), baseline


def commonest(types):
    """Share of the commonest type: what always guessing it would earn; float, NaN without numbers."""
    return float(np.unique(types, return_counts=True)[1].max() / len(types)) if len(types) else np.nan


PROBES = ("magnitude", "largest", "order", "odd_one_out", "type")


def probes(vectors, numbers, seed=0, only=None):
    """Put all probes of vectors to numbers, or `only` one; numbers without a vector are left out.

    Returns
    -------
    dict
        Name of a probe → figure, and "numbers" → how many have a vector.
    """
    known = ~np.isnan(vectors).any(1)
    vectors, values, types = vectors[known], numbers.values[known], numbers.types[known]
    asked = PROBES if only is None else (only,)
    found = {"numbers": int(known.sum())}
    if known.sum() < _FEWEST or np.unique(values).size < LIST:
        return found | dict.fromkeys(asked, np.nan)
    predicted = predicted_magnitudes(vectors, values, seed)
    answers = {
        "magnitude": lambda: explained(predicted, values),
        "largest": lambda: largest_of_list(predicted, values, seed=seed),
        "order": lambda: closer_in_value(vectors, values, seed=seed),
        "odd_one_out": lambda: odd_one_out(vectors, values, seed=seed),
        "type": lambda: type_from_vector(vectors, types, seed),
    }
    return found | {name: answers[name]() for name in asked}
