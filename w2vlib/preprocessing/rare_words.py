"""Rare words and `<unk>`: texts that have lost theirs, and what a text has of them."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ..text.corpus import Corpus, as_corpus
from ..text.numerals import NUMBER, is_numeral
from ..utils.arguments import check_sentences, check_text, words_of
from ..utils.errors import W2VError

UNKNOWN = "<unk>"


def is_preprocessed(corpus):
    """Whether a corpus has already lost its rare words: over 1 % of its tokens are ``<unk>``; bool.

    Examples
    --------
    >>> is_preprocessed([["the", "<unk>", "sat"]]), is_preprocessed([["the", "cat", "sat"]])
    (True, False)
    """
    if not isinstance(corpus, Corpus):
        corpus = [words_of(sentence, n) for n, sentence in enumerate(check_text(corpus, again=True), 1)]
    return sum(s.count(UNKNOWN) for s in corpus) > 0.01 * sum(map(len, corpus))


def require_raw(corpus):
    """Refuse a `Corpus` that has already lost its rare words.

    Raises
    ------
    W2VError
        The message names the corpus.

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> require_raw(from_sentences([["the", "cat", "sat"]]))
    >>> require_raw(from_sentences([["the", "<unk>", "sat"]]))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: sentences has already lost its rare words and numbers, as <unk> shows: ...
    """
    if is_preprocessed(corpus):
        name = as_corpus(corpus).provenance.name
        raise W2VError(
            f"{name} has already lost its rare words and numbers, as {UNKNOWN} shows: "
            "nothing tells what they were. Give raw text, e.g. bundled or nltk:conll2000."
        )


def replace_rare(tokens, kept):
    """Put ``<unk>`` in place of every token (str) that is not in `kept` (a set); list of str.

    Examples
    --------
    >>> replace_rare(["a", "brilliant", "cat"], {"a", "cat"})
    ['a', '<unk>', 'cat']
    """
    return [token if token in kept else UNKNOWN for token in tokens]


def lost_tokens(corpus):
    """Count the tokens of a preprocessed corpus that are ``<unk>`` and ``N``; (int, int).

    Examples
    --------
    >>> lost_tokens([["in", "N", "the", "<unk>", "<unk>"], ["it", "ended"]])
    (2, 1)
    """
    check_sentences(corpus)
    counts = Counter(token for sentence in corpus for token in sentence if token in (UNKNOWN, NUMBER))
    return counts[UNKNOWN], counts[NUMBER]


def proportion_lost(words, known):
    """Proportion of words that have no vector: no token is left of them, or one that is not known.

    Parameters
    ----------
    words : dict
        Tokens (a tuple of str) that a scheme makes of a word → its occurrences.
    known : set of str
        Tokens with a vector; ``<unk>`` is none.

    Returns
    -------
    float
        NaN without words.

    Examples
    --------
    >>> proportion_lost({("low",): 2, ("low", "er"): 1, (): 1}, known={"low"})
    0.5
    """
    lost = sum(n for tokens, n in words.items() if not tokens or not known.issuperset(tokens))
    total = sum(words.values())
    return lost / total if total else np.nan


@dataclass(frozen=True)
class RareWords:
    """The rare words of a text: those outside the `top_k` most frequent.

    Attributes
    ----------
    counts : (n_types,) int64
        Occurrences of each type, descending.
    top_k : int
    n_tokens, n_rare_tokens, n_rare_types : int
    capitalised, numbers : float
        Proportion of the rare types that begin with a capital, and that are numbers; 0 without any.
    window : int
    near_rare : float
        Proportion of the tokens with a rare word within `window` tokens.
    sample : list of str
        Up to 24 random rare types.

    Examples
    --------
    >>> text = [["the", "Cat"], ["the", "dog"], ["the", "end"]]
    >>> rare = measure_rare_words(text, top_k=1, window=5)
    >>> rare.counts.tolist(), rare.n_rare_types, round(rare.capitalised, 3)
    ([3, 1, 1, 1], 3, 0.333)
    >>> rare.near_rare  # next to each "the" is a rare word
    0.5
    """

    counts: np.ndarray
    top_k: int
    n_tokens: int
    n_rare_tokens: int
    n_rare_types: int
    capitalised: float
    numbers: float
    window: int
    near_rare: float
    sample: list


def measure_rare_words(corpus, top_k, window, seed=0):
    """Measure the words outside the `top_k` most frequent.

    Returns
    -------
    RareWords

    Examples
    --------
    >>> measure_rare_words([["the", "cat"], ["the", "dog"], ["the", "end"]], top_k=1, window=5).n_rare_tokens
    3
    """
    check_sentences(corpus)
    counts = Counter(token for sentence in corpus for token in sentence)
    frequent = {word for word, _ in counts.most_common(top_k)}
    rare = sorted(counts.keys() - frequent)
    near = sum(
        any(flags[max(0, i - window) : i] + flags[i + 1 : i + 1 + window])
        for flags in ([token not in frequent for token in sentence] for sentence in corpus)
        for i in range(len(flags))
    )
    rng = np.random.default_rng(seed)  # it chooses numbers: an array of words is as wide as the longest
    sample = rng.choice(len(rare), min(24, len(rare)), replace=False) if rare else []
    return RareWords(
        counts=np.array(sorted(counts.values(), reverse=True)),
        top_k=top_k,
        n_tokens=counts.total(),
        n_rare_tokens=sum(counts[word] for word in rare),
        n_rare_types=len(rare),
        capitalised=float(np.mean([word[0].isupper() for word in rare])) if rare else 0.0,
        numbers=float(np.mean([is_numeral(word) for word in rare])) if rare else 0.0,
        window=window,
        near_rare=near / counts.total(),
        sample=[rare[n] for n in sample],
    )


def vocabulary_sizes_table(counts, dim=100, sizes=(1000, 3000, 10000, 30000)):
    """Compare vocabularies of the most frequent types; a DataFrame, the last row has all types.

    Parameters
    ----------
    counts : (n_types,) int
        Descending.
    dim : int
        Length of the vectors, for the memory of both matrices in single precision.

    Examples
    --------
    >>> table = vocabulary_sizes_table(np.array([50, 30, 15, 5]), sizes=(1, 2))
    >>> table[["types", "tokens lost [%]", "smallest count"]].values.tolist()
    [['1', '50.0', '50'], ['2', '20.0', '30'], ['4', '0.0', '5']]
    """
    import pandas as pd  # which takes longer to import than the rest

    rows = [
        (
            f"{k:,}",
            f"{100 * counts[k:].sum() / counts.sum():.1f}",
            f"{2 * k * dim * 4 / 1e6:.1f}",
            f"{counts[k - 1]:,}",
            f"{np.median(counts[:k]):.0f}",
        )
        for k in [*(k for k in sizes if k < len(counts)), len(counts)]
    ]
    columns = [
        "types",
        "tokens lost [%]",
        f"memory at {dim} dimensions [MB]",
        "smallest count",
        "median count",
    ]
    return pd.DataFrame(rows, columns=columns)
