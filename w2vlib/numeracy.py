"""What the vectors of numbers know: magnitude, order, type, and that they are numbers.

Probes after Wallace et al. (2019) and Naik et al. (2019). Every probe takes the vectors of some
numbers, (n, dim), and what the numbers are; `baselines` makes vectors that know nothing, or only how
long a number is written, to hold the figures against.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .intervals import over_seeds, show
from .numerals import parse, type_of
from .schemes import Scheme
from .skipgram import SkipGram
from .stability import neighbour_ids

_PENALTIES = np.logspace(-3, 4, 15)
LIST = 5  # numbers a list, of which the largest is sought


@dataclass(frozen=True)
class Numbers:
    """The numbers of a text that probes are asked about.

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


def frequent_numbers(sentences, min_count=5, most=2_000):
    """Collect the positive numerals seen `min_count` times or more, at most so many, most frequent first."""
    places = {}
    for sentence in sentences:
        for i, token in enumerate(sentence):
            numeral = parse(token)
            if numeral is not None and numeral.value > 0:
                places.setdefault(token, []).append((sentence, i))
    seen = sorted((t for t in places if len(places[t]) >= min_count), key=lambda t: -len(places[t]))[:most]
    types, contexts = [], []
    for token in seen:
        kinds = [type_of(sentence, i) for sentence, i in places[token]]
        common = max(dict.fromkeys(kinds), key=kinds.count)
        types.append(common)
        contexts.append(places[token][kinds.index(common)])
    values = np.array([float(parse(token).value) for token in seen])
    return Numbers(seen, values, np.array(types), contexts)


def number_vectors(embeddings, fitted, numbers):
    """Vectors that a model gives to numbers under a scheme: means of the tokens each is written in.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on text that the scheme rewrote.
    fitted : schemes.Fitted
    numbers : Numbers

    Returns
    -------
    (n, dim) float64
        NaN where no token of a number is in the vocabulary.
    """
    vectors = np.full((len(numbers.tokens), embeddings.vectors.shape[1]), np.nan)
    for n, (sentence, i) in enumerate(numbers.contexts):
        own = [token for token in fitted.tokens_of(sentence, i) if token in embeddings]
        if own:
            vectors[n] = np.mean([embeddings[token] for token in own], axis=0)
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


def predicted_magnitudes(vectors, values, seed=0):
    """Log10 of each value, predicted by ridge regression from vectors of other numbers; (n,) float64."""
    model = make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))
    return cross_val_predict(model, vectors, np.log10(values), cv=_folds(seed))


def explained(predicted, values):
    """Share of the variance of log10 value that predictions explain; below 0 if worse than the mean."""
    truth = np.log10(values)
    return float(1 - np.square(truth - predicted).sum() / np.square(truth - truth.mean()).sum())


def largest_of_list(predicted, values, lists=2_000, seed=0):
    """Share of random lists of `LIST` different values whose largest is predicted to be so; chance 1/LIST."""
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
    """Share of triples in which the number closer in log value has the larger cosine; chance one half.

    The order test: to a number x, two others of which one is at least twice as far.
    """
    rng = np.random.default_rng(seed)
    unit = _unit(vectors)
    logs = np.log10(values)
    x, a, b = rng.integers(0, len(values), (3, 20 * trials))
    near, far = np.abs(logs[x] - logs[a]), np.abs(logs[x] - logs[b])
    clear = np.flatnonzero((far > 2 * near) & (x != a) & (far > np.log10(2)))[:trials]
    x, a, b = x[clear], a[clear], b[clear]
    first, second = (np.einsum("ij,ij->i", unit[x], unit[other]) for other in (a, b))
    return float(np.mean((first > second) + 0.5 * (first == second))) if clear.size else np.nan


def odd_one_out(vectors, values, trials=2_000, seed=0):
    """Share of fours in which the number of another magnitude is least like the rest; chance one quarter.

    Three numbers are of one order of magnitude, the fourth is at least two orders away.
    """
    rng = np.random.default_rng(seed)
    unit = _unit(vectors)
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


def numberness(embeddings, is_number, n=10):
    """Share of numbers among the nearest neighbours of numbers, and among all other words.

    Parameters
    ----------
    embeddings : Embeddings
    is_number : callable
        Token → bool.
    """
    flags = np.array([is_number(word) for word in embeddings.vocab.words])
    if not 1 < flags.sum() < len(flags):
        return np.nan, float(flags.mean())
    near = neighbour_ids(embeddings, np.flatnonzero(flags), n)
    return float(flags[near].mean()), float((flags.sum() - 1) / (len(flags) - 1))


def probe_table(corpus, schemes, n_seeds, seed=0, **parameters):
    """Train on a text under schemes for numbers and probe the vectors, beside vectors that know nothing.

    Parameters
    ----------
    corpus : iterable of lists of str
        Raw text.
    schemes : iterable of str
        Of `numerals.NUMBER_SCHEMES`.
    n_seeds : int
        Trainings of each.
    parameters
        Of `SkipGram`.

    Returns
    -------
    DataFrame
        A row a scheme or baseline: how many of the numbers have vectors, and every probe with its
        interval over the seeds.
    """
    numbers = frequent_numbers(corpus)
    found = {}
    for name in schemes:
        fitted = Scheme(numbers=name).fit(corpus)
        text = fitted.text(corpus)
        models = [SkipGram(**parameters, seed=seed + n).fit(text, progress=False) for n in range(n_seeds)]
        vectors = [number_vectors(model.embeddings, fitted, numbers) for model in models]
        found[f"`{name}`"] = [probes(each, numbers, seed + n) for n, each in enumerate(vectors)]
    for n in range(n_seeds):
        for name, vectors in baselines(numbers, parameters.get("dim", 100), seed + n).items():
            found.setdefault(name, []).append(probes(vectors, numbers, seed + n))
    rows = []
    for name, each in found.items():
        row = {"vectors": name, "numbers": f"{each[0]['numbers']:,}"}
        for probe in PROBES:
            row[probe] = show(*over_seeds([one[probe] for one in each], share=probe != "magnitude"), 2)
        rows.append(row)
    chance = {"magnitude": 0.0, "largest": 1 / LIST, "order": 0.5, "odd one out": 0.25}
    chance["type"] = type_shares(numbers.types).max() if len(numbers.types) else np.nan
    rows.append({"vectors": "chance", "numbers": ""} | {name: f"{chance[name]:.2f}" for name in PROBES})
    return pd.DataFrame(rows)


def type_shares(types):
    """Share of each type, (n_types,) float64."""
    return np.unique(types, return_counts=True)[1] / len(types)


def _unit(vectors):
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


PROBES = ("magnitude", "largest", "order", "odd one out", "type")


def probes(vectors, numbers, seed=0):
    """Put all probes of vectors to numbers; dict of name → figure. Numbers without a vector are left out."""
    known = ~np.isnan(vectors).any(1)
    vectors, values, types = vectors[known], numbers.values[known], numbers.types[known]
    found = {"numbers": int(known.sum())}
    if known.sum() < 4 * LIST or np.unique(values).size < LIST:
        return found | dict.fromkeys(PROBES, np.nan)
    predicted = predicted_magnitudes(vectors, values, seed)
    return found | {
        "magnitude": explained(predicted, values),
        "largest": largest_of_list(predicted, values, seed=seed),
        "order": closer_in_value(vectors, values, seed=seed),
        "odd one out": odd_one_out(vectors, values, seed=seed),
        "type": type_from_vector(vectors, types, seed),
    }
