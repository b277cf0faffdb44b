"""Embeddings → neighbours of a word, and how close another word is compared with all other words."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..utils.markdown import as_markdown
from ..utils.statistics import format_interval, format_number, mean_interval
from .geometry import equally_frequent, percentile

PUBLISHED_PAIRS = (  # word and neighbour, as the published text names them
    ("good", "great"), ("good", "well"), ("well", "great"), ("poor", "down"), ("bad", "poor"),
    ("bad", "down"), ("brilliant", "good"), ("queen", "female"), ("king", "man"), ("woman", "men"),
)  # fmt: skip


@dataclass(frozen=True)
class Nearness:
    """How close a word is to another word.

    Attributes
    ----------
    cosine : float
    rank : int
        Rank among the neighbours of the other word; 1 is the nearest.
    percentile : float
        Proportion of all words that are less close; NaN in a vocabulary of two.
    percentile_equally_frequent : float
        The same among equally frequent words.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [3.0, 4.0], [4.0, 3.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> near = nearness(e, "a", "b")  # c is nearer to a than b, d is farther away
    >>> round(near.cosine, 3), near.rank, near.percentile
    (0.6, 2, 0.5)
    """

    cosine: float
    rank: int
    percentile: float
    percentile_equally_frequent: float


def nearness(embeddings, word, other):
    """Compare `other` with all other words as a neighbour of `word`; a `Nearness`.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 1.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> nearness(e, "a", "c").rank, nearness(e, "a", "c").percentile
    (2, 0.5)
    """
    i, j = embeddings.vocab.ids[word], embeddings.vocab.ids[other]
    cosines = embeddings.unit_vectors @ embeddings.unit_vectors[i]
    rest = np.ones(len(cosines), bool)
    rest[[i, j]] = False
    peers = equally_frequent(embeddings.vocab, other)
    return Nearness(
        float(cosines[j]),
        int((cosines[rest] > cosines[j]).sum()) + 1,
        percentile(cosines[j], cosines[rest]),
        percentile(cosines[j], cosines[peers[peers != i]]),
    )


def nearness_over_seeds(several, pairs):
    """Tabulate `nearness` of pairs of words over embeddings of several seeds.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, one per seed.
    pairs : iterable of (word, other)
        Pairs with a word that is not in the vocabulary are left out.

    Returns
    -------
    DataFrame
        One row per pair: median rank, and the two percentiles of `Nearness` with 95 % intervals.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.1], [1.0, 1.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    >>> table = nearness_over_seeds([e, e], [("a", "b"), ("a", "c"), ("a", "x")])
    >>> print(table.iloc[:, :3].to_string(index=False))
     pair rank (median) of all words, farther away
    a → b             1          1.00 [1.00, 1.00]
    a → c             2          0.50 [0.50, 0.50]
    """
    fields = "percentile", "percentile_equally_frequent"
    rows = []
    for pair in pairs:
        if all(word in several[0] for word in pair):
            near = [nearness(e, *pair) for e in several]
            percentiles = [[getattr(n, field) for n in near] for field in fields]
            rank = f"{np.median([n.rank for n in near]):,.0f}"
            rows.append(
                (
                    " → ".join(pair),
                    rank,
                    *(format_interval(*mean_interval(values, proportion=True), 2) for values in percentiles),
                )
            )
    columns = [
        "pair",
        "rank (median)",
        "of all words, farther away",
        "of equally frequent words, farther away",
    ]
    return pd.DataFrame(rows, columns=columns)


def neighbours_table(embeddings, words, n=6):
    """List the `n` nearest words of each of `words` with their cosines; a DataFrame with one row per word.

    Examples
    --------
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> print(neighbours_table(e, ["cat", "dog"], n=2).to_string(index=False))
    word occurrences nearest words, with cosine
     cat           3     dog 0.6000, sat 0.0000
     dog           2     sat 0.8000, cat 0.6000
    """
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
