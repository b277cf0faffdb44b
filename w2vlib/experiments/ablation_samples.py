"""A training under a scheme → values of each word, pair of words or number, as samples of one seed.

The claims about preprocessing are tested on them (`claim_tests_preprocessing`). Every function gives a
`Sample`, or None where a text has too few words, pairs or numbers. Values have six digits, so that the rows
of the ablation stay small.
"""

import numpy as np
from scipy.stats import rankdata

from ..evaluation import magnitude_within_type, number_probing
from ..evaluation.closeness import MatchedWords
from ..evaluation.datasets import WORD_PAIRS, word_pairs
from ..evaluation.geometry import percentile
from ..evaluation.number_vectors import baselines
from ..evaluation.similarity_analogy import rated_pairs
from ..text.numerals import NUMBER, parse
from ..utils.resampling import Sample
from ..utils.statistics import spearman

FEWEST = 20  # pairs, words or numbers, for a figure to say anything
SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
BESIDE = ("$", "%", "million", "billion")
_FEWEST_NAMED = 2  # of the words above
_MOST_NUMBERS = 100


def one_seed(values, items, over, fewest=FEWEST, **variables):
    """Make a sample of one seed; None with fewer items, or if a value is missing.

    Parameters
    ----------
    values : (n_items,) float
    items : sequence
    over : {"seeds", "items", "nodes"}
    fewest : int
        Smallest number of items.
    variables
        Further fields of `Sample`; `other` is (n_items,) too.

    Examples
    --------
    >>> one_seed([0.12345678, 1], ["a", "b"], "items", fewest=2).values.tolist()
    [[0.123457, 1.0]]
    >>> one_seed([0.5, np.nan], ["a", "b"], "items", fewest=2) is None
    True
    """
    arrays = {
        name: array if array.dtype == bool else np.round(array.astype(float), 6)
        for name, array in (
            ("values", np.asarray(values)),
            *((n, np.asarray(v)) for n, v in variables.items()),
        )
    }
    if len(items) < fewest or any(np.isnan(array).any() for array in arrays.values()):
        return None
    for name in {"values", "other"} & arrays.keys():
        arrays[name] = arrays[name][None]
    return Sample(items=tuple(items), over=over, **arrays)


def pairs_sample(embeddings, pairs, is_frequent=None):
    """Cosines of rated pairs with their ratings; the words are resampled.

    Parameters
    ----------
    embeddings : Embeddings
    pairs : list of (word, word, float)
    is_frequent : dict, optional
        Pair → whether it is one of the part "frequent" of the sample.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> words = tuple(f"w{i}" for i in range(40))
    >>> e = Embeddings(np.repeat(np.eye(20), 2, axis=0), Vocabulary(words, np.arange(40, 0, -1)))
    >>> pairs = [(words[i], words[i + 1 + i % 2], 10.0 - i % 2) for i in range(39)]
    >>> sample = pairs_sample(e, pairs[:38])
    >>> round(sample.figure(), 6), sample.over, pairs_sample(e, pairs[:3]) is None
    (1.0, 'nodes', True)
    """
    covered, cosines, ratings = rated_pairs(embeddings, pairs)
    parts = {} if is_frequent is None else {"part": np.array([is_frequent[p] for p in covered], bool)}
    return one_seed(cosines, [_lowered(pair) for pair in covered], "nodes", ratings=ratings, **parts)


def _lowered(pair):
    return pair[0].lower(), pair[1].lower()


def errors_sample(embeddings, unknown_nearby, counts):
    """Differences in rank from human ratings, with the proportion of `<unk>` near the words; given counts.

    Parameters
    ----------
    embeddings : Embeddings
    unknown_nearby, counts : dict
        Word in lower case → proportion of `<unk>` in its contexts, occurrences.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
    >>> errors_sample(e, {"cat": 0.1, "dog": 0.2}, {"cat": 2, "dog": 1}) is None  # too few pairs
    True
    """
    errors, pairs, nearby, often = [], [], [], []
    for name in WORD_PAIRS:  # ranked each by itself: they rate different things
        covered, cosines, ratings = rated_pairs(embeddings, word_pairs(name))
        words = [_lowered(pair) for pair in covered]
        errors += np.abs(_ranks(cosines) - _ranks(ratings)).tolist()
        nearby += [max(unknown_nearby[word] for word in pair) for pair in words]
        often += [min(counts[word] for word in pair) for pair in words]
        pairs += words
    return one_seed(errors, pairs, "nodes", ratings=nearby, given=often)


def _ranks(values):
    """Ranks from 0 to 1, ties in the middle."""
    return (rankdata(values) - 1) / max(1, len(values) - 1)


def held_out_samples(profiles, truth, words):
    """Compare the profiles of held-out words with those of the same words where they were trained.

    A profile is the similarities of a word to frequent words; two are compared by rank correlation.

    Parameters
    ----------
    profiles : (n_words, n_frequent) float64
        From a training without the words; NaN where a scheme gives a word no vector.
    truth : (n_words, n_frequent) float64
        From a training with them.
    words : list of str

    Returns
    -------
    dict
        Name → Sample or None. "held_out": the probability that the profile of a word agrees with its own
        more than with that of another held-out word. "as_word": that it agrees with it more than the
        trained profile of another held-out word does. "as_mean": that it agrees with the mean profile of
        the other held-out words more than the trained profile of the word does. 0.5 without structure.

    Examples
    --------
    >>> truth = np.random.default_rng(0).normal(size=(30, 50))
    >>> words = [f"w{i}" for i in range(30)]
    >>> right = held_out_samples(truth, truth, words)
    >>> right["held_out"].figure()
    1.0
    >>> mean = held_out_samples(np.tile(truth.mean(0), (30, 1)), truth, words)
    >>> round(mean["held_out"].figure(), 6), mean["as_mean"].figure(), mean["as_word"].figure() > 0.71
    (0.5, 1.0, True)
    """
    places = np.flatnonzero(~np.isnan(profiles).any(1))
    n = len(words)
    agreement = spearman(profiles[places][:, None], truth[None])  # (given, n)
    among = spearman(truth[:, None], truth[None])  # (n, n)
    others = (truth.sum(0) - truth) / max(1, n - 1)
    with_mean, own_with_mean = spearman(profiles[places], others[places]), spearman(truth, others)[places]
    rest = [np.delete(np.arange(n), place) for place in places]
    given = list(zip(range(len(places)), places, rest, strict=True))
    figures = {
        "held_out": [percentile(agreement[i, place], agreement[i, others]) for i, place, others in given],
        "as_word": [percentile(agreement[i, place], among[others, place]) for i, place, others in given],
        "as_mean": [percentile(a, np.array([b])) for a, b in zip(with_mean, own_with_mean, strict=True)],
    }
    of_words = [words[place] for place in places]
    return {name: one_seed(values, of_words, "items") for name, values in figures.items()}


def near_number_words(embeddings, tokens):
    """Probability that a number word is closer to tokens for numbers than an equally frequent word is.

    The number words are two, three, … ten, and are resampled; the other words are neither number words nor
    numbers. For several tokens (at most 100) the mean.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("N", "two", "three", "cat", "dog"), np.array([5, 4, 3, 2, 1]))
    >>> sample = near_number_words(Embeddings(np.eye(2)[[0, 0, 0, 1, 1]], vocab), ["N"])
    >>> sample.items, sample.values.tolist()
    (('two', 'three'), [[1.0, 1.0]])
    """
    ids, unit = embeddings.vocab.ids, embeddings.unit_vectors
    words = [word for word in SPELLED if word in embeddings]
    centres = unit[[ids[token] for token in tokens if token in embeddings][:_MOST_NUMBERS]]
    if not len(centres):
        return None
    others = np.array([
        word not in SPELLED and word not in tokens and parse(word) is None for word in embeddings.vocab.words
    ])  # fmt: skip
    matched, values = MatchedWords(embeddings.vocab), []
    for word in words:
        peers = matched.ids(word)
        cosines, own = centres @ unit[peers[others[peers]]].T, centres @ unit[ids[word]]
        values.append(np.mean([percentile(*pair) for pair in zip(own, cosines, strict=True)]))
    return one_seed(values, words, "items", _FEWEST_NAMED)


def beside_n(embeddings, output_vectors):
    """Probability that `N` predicts $, %, million or billion more than an equally frequent word.

    The four words are named in the claim, so they are not resampled.

    Parameters
    ----------
    embeddings : Embeddings
    output_vectors : (n_vocab, dim) float

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("N", "$", "million", "cat", "dog"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.eye(2)[[0, 1, 1, 1, 1]], vocab)
    >>> beside_n(e, np.array([[0, 1], [3, 0], [2, 0], [1, 0], [0, 0]])).values.tolist()
    [[1.0, 0.75]]
    """
    words = [word for word in BESIDE if word in embeddings]
    if NUMBER not in embeddings:
        return None
    scores, matched = output_vectors @ embeddings[NUMBER], MatchedWords(embeddings.vocab)
    values = [percentile(scores[embeddings.vocab.ids[word]], scores[matched.ids(word)]) for word in words]
    return one_seed(values, words, "seeds", _FEWEST_NAMED)


def magnitude_sample(vectors, numbers, seed):
    """Squared errors of magnitudes within type, predicted from vectors; numbers are resampled.

    `other` has the errors of predictions from the length of the number as written.

    Examples
    --------
    >>> from ..evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 41)], min_count=1)
    >>> sample = magnitude_sample(np.log10(numbers.values)[:, None], numbers, seed=0)
    >>> 0 < sample.figure() < 0.5, len(sample.items)  # the length explains the rest
    (True, 40)
    """
    found = magnitude_within_type.errors_within_type(vectors, numbers, seed)
    if found is None:
        return None
    length = np.where(np.isnan(vectors[:, :1]), np.nan, _lengths(numbers))
    return _explained(found, magnitude_within_type.errors_within_type(length, numbers, seed), numbers)


def magnitude_of_new_sample(vectors, numbers, new_vectors, new_numbers):
    """Squared errors like those of `magnitude_sample` for new numbers, with a regression on others.

    Examples
    --------
    >>> from ..evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 41)], min_count=1)
    >>> vectors = np.log10(numbers.values)[:, None]
    >>> 0 < magnitude_of_new_sample(vectors, numbers, vectors, numbers).figure() < 0.5
    True
    """
    found = magnitude_within_type.errors_of_new_numbers(vectors, numbers, new_vectors, new_numbers)
    if found is None:
        return None
    longest = max(map(len, (*numbers.tokens, *new_numbers.tokens)))
    lengths = [
        np.where(np.isnan(rows[:, :1]), np.nan, _lengths(several, longest))
        for rows, several in ((vectors, numbers), (new_vectors, new_numbers))
    ]
    other = magnitude_within_type.errors_of_new_numbers(lengths[0], numbers, lengths[1], new_numbers)
    return _explained(found, other, new_numbers)


def _lengths(numbers, longest=None):
    """Length of each number as written, one-hot."""
    if longest is None:
        return baselines(numbers, 1)["length as written"]
    return np.eye(longest + 1)[[len(token) for token in numbers.tokens]]


def _explained(found, other, numbers):
    tokens = [numbers.tokens[place] for place in found.places]
    return one_seed(found.errors, tokens, "items", total=found.totals, other=other.errors)


def type_sample(vectors, numbers, seed):
    """Whether the type of each number is predicted from its vector, and from its length as written.

    Examples
    --------
    >>> from ..evaluation.number_vectors import frequent_numbers
    >>> text = [["$", str(n)] for n in range(11, 31)] + [[str(n), "percent"] for n in range(31, 51)]
    >>> numbers = frequent_numbers(text, min_count=1)
    >>> sample = type_sample((numbers.types == "money")[:, None].astype(float), numbers, seed=0)
    >>> float(sample.values.mean()), sample.figure() > 0.3  # accuracy, and beyond that by the length
    (1.0, True)
    """
    has_vector = np.flatnonzero(~np.isnan(vectors).any(1))
    if has_vector.size < FEWEST:
        return None
    types = numbers.types[has_vector]
    right = number_probing.types_predicted(vectors[has_vector], types, seed)
    by_length = number_probing.types_predicted(_lengths(numbers)[has_vector], types, seed)
    places = np.flatnonzero(~np.isnan(right))
    tokens = [numbers.tokens[has_vector[place]] for place in places]
    return one_seed(right[places], tokens, "items", other=by_length[places])
