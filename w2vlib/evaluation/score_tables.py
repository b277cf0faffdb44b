"""Scores on word pairs and analogies → tables for notebooks and the terminal."""

import pandas as pd

from ..utils.markdown import as_markdown
from ..utils.statistics import format_interval, format_number, mean_interval
from .similarity_analogy import evaluate


def full_table(several, draws=1000):
    """Tabulate all tests: intervals over questions for the first of several seeds, and over the seeds.

    Parameters
    ----------
    several : list of Embeddings
        Of one vocabulary, one per seed.
    draws : int
        Bootstrap resamples and permutations of each test.

    Returns
    -------
    DataFrame
        One row per test that covers a question, with formatted values.

    Examples
    --------
    >>> import numpy as np
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("man", "woman", "king", "queen", "fig"), np.arange(5, 0, -1)))
    >>> table = full_table([e], draws=0)
    >>> print(table[["test", "covered", "score"]].to_string(index=False))
           test     covered score
    WordSim-353    2 of 353     —
     SimLex-999    1 of 999     —
            all 2 of 19,544 100.0
         family    2 of 506 100.0
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

            def formatted(*ends, factor=factor, digits=digits):
                return format_interval(*(factor * end for end in ends), digits)

            rows.append(
                {
                    "test": as_markdown(name.removeprefix("analogies: ")),
                    "covered": f"{score.covered:,} of {score.total:,}",
                    "score": formatted(score.value, score.low, score.high),
                    "3CosMul": formatted(product.value, product.low, product.high) if product else "—",
                    "over seeds": formatted(*seeds),
                    "permutation baseline": format_number(factor * score.baseline, f".{digits}f"),
                    "p": format_number(score.p_value, ".3f"),
                }
            )
    return pd.DataFrame(rows)


def score_table(scores):
    """Tabulate scores (name → Score) for the terminal; a DataFrame with one row per test.

    "score" leaves questions with unknown words out; "unknown as zero" counts them, as `Score` says.

    Examples
    --------
    >>> from w2vlib.evaluation.similarity_analogy import Score
    >>> table = score_table({"MEN": Score(0.5, 20, 3000, value_all=0.02)})
    >>> print(table.to_string(index=False))
    test     covered score [interval] permutation baseline p unknown as zero [interval]
     MEN 20 of 3,000            0.500                    — —                      0.020
    """
    rows = [
        (
            name,
            f"{score.covered:,} of {score.total:,}",
            format_interval(score.value, score.low, score.high),
            format_number(score.baseline, ".3f"),
            format_number(score.p_value, ".3f"),
            format_interval(score.value_all, score.low_all, score.high_all),
        )
        for name, score in scores.items()
    ]
    columns = ["test", "covered", "score [interval]", "permutation baseline", "p"]
    return pd.DataFrame(rows, columns=[*columns, "unknown as zero [interval]"])
