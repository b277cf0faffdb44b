"""Numbers of a text, and their vectors under a scheme or without information from the text."""

import math
from dataclasses import dataclass

import numpy as np

from ..text.numerals import parse, type_of
from ..utils.arguments import sentences_of

_LARGEST = 10**300  # larger values overflow float64


@dataclass(frozen=True)
class Numbers:
    """Numbers of a text that the probes use.

    Attributes
    ----------
    tokens : list of str
        As written in the raw text, each listed once.
    values : (n,) float64
        Positive.
    types : (n,) str
        The most frequent type of each number.
    contexts : list of (sentence, position)
        One occurrence of each number with that type.

    Examples
    --------
    >>> numbers = frequent_numbers([["it", "cost", "$", "25"]], min_count=1)
    >>> numbers.tokens, numbers.values.tolist(), numbers.types.tolist()
    (['25'], [25.0], ['money'])
    >>> numbers.contexts
    [(['it', 'cost', '$', '25'], 3)]
    """

    tokens: list
    values: np.ndarray
    types: np.ndarray
    contexts: list


def frequent_numbers(sentences, min_count=5, max_count=math.inf, most=2_000):
    """Collect the positive numerals of a text by frequency, the most frequent first; `Numbers`.

    Parameters
    ----------
    sentences : list of list of str
    min_count, max_count : int
        Smallest and largest number of occurrences.
    most : int
        Largest number of numerals.

    Examples
    --------
    >>> numbers = frequent_numbers([["in", "1987"], ["$", "25"], ["$", "25"]], min_count=1)
    >>> numbers.tokens, numbers.values.tolist()
    (['25', '1987'], [25.0, 1987.0])
    """
    occurrences = {}
    for sentence in sentences_of(sentences, again=True):
        for i, token in enumerate(sentence):
            numeral = parse(token)
            if numeral is not None and 0 < numeral.value < _LARGEST:
                occurrences.setdefault(token, []).append((sentence, i))
    counts = {token: len(of_token) for token, of_token in occurrences.items()}
    frequent = [token for token, count in counts.items() if min_count <= count <= max_count]
    tokens = sorted(frequent, key=lambda token: -counts[token])[:most]
    types, contexts = [], []
    for token in tokens:
        types_of_token = [type_of(sentence, i) for sentence, i in occurrences[token]]
        types.append(max(dict.fromkeys(types_of_token), key=types_of_token.count))
        contexts.append(occurrences[token][types_of_token.index(types[-1])])
    values = np.array([float(parse(token).value) for token in tokens])
    return Numbers(tokens, values, np.array(types), contexts)


def probed_numbers(sentences):
    """Collect the numbers of a text that are probed, and those too rare for it; two `Numbers`.

    Examples
    --------
    >>> frequent, rare = probed_numbers([["in", "1987"]] * 5 + [["of", "7"]])
    >>> frequent.tokens, rare.tokens
    (['1987'], ['7'])
    """
    frequent = frequent_numbers(sentences)
    return frequent, frequent_numbers(sentences, 1, 4, 1_000)


def number_vectors(embeddings, fitted, numbers, pooled=np.mean):
    """Vectors of numbers under a scheme: the mean or sum over the tokens of each number.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on the text under the scheme.
    fitted : schemes.Fitted
    numbers : Numbers
    pooled : {np.mean, np.sum}
        How the vectors of several tokens are combined.

    Returns
    -------
    (n, dim) float64
        NaN where no token of a number is in the vocabulary.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.preprocessing.schemes import Scheme
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> text = [["in", "25"], ["of", "7"]]
    >>> e = Embeddings(np.array([[1.0, 2.0], [3.0, 4.0]]), Vocabulary(("25", "in"), np.array([1, 1])))
    >>> number_vectors(e, Scheme().fit(text), frequent_numbers(text, min_count=1)).tolist()
    [[1.0, 2.0], [nan, nan]]
    """
    vectors = np.full((len(numbers.tokens), embeddings.vectors.shape[1]), np.nan)
    for n, (sentence, i) in enumerate(numbers.contexts):
        tokens = [token for token in fitted.tokens_of(sentence, i) if token in embeddings]
        if tokens:
            vectors[n] = pooled([embeddings[token] for token in tokens], axis=0)
    return vectors


def baselines(numbers, dim, seed=0):
    """Vectors without information from the text: random ones, and the length of the number as written.

    Returns
    -------
    dict
        "random vectors" → (n, dim) float64; "length as written" → one-hot (n, n_lengths) float64.

    Examples
    --------
    >>> numbers = frequent_numbers([["7"], ["25"], ["31"]], min_count=1)
    >>> baselines(numbers, dim=4)["length as written"].tolist()
    [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    """
    rng = np.random.default_rng(seed)
    lengths = np.array([len(token) for token in numbers.tokens])
    return {
        "random vectors": rng.standard_normal((len(lengths), dim)),
        "length as written": (lengths[:, None] == np.unique(lengths)).astype(float),
    }
