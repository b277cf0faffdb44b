"""Pairs of words that the published training represents, as a record of evidence holds the figures."""

from dataclasses import asdict, fields

import numpy as np

from ..replication import published_recipe
from ..replication.pair_tests import PairTests, test_pairs
from ..replication.subsampling import threshold_for
from ..replication.unigram_baseline import Comparison, compare
from ..utils.resampling import array_from


def measure_pairs(corpus, settings, progress=True):
    """Train with the settings as they are, and compare the vectors with the unigram baseline.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
    progress : bool

    Returns
    -------
    dict
        "comparison" → fields of `Comparison`, "tests" → fields of `PairTests`, as JSON can hold them.

    Examples
    --------
    >>> from ..replication.settings import PUBLISHED
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["a", "b"], ["a", "c"]] * 5)
    >>> found = measure_pairs(text, PUBLISHED.replace(iterations=20, dim=3), progress=False)
    >>> comparison, tests = pairs_from(found)
    >>> comparison.trained_loss == tests.trained, len(tests.permuted_alike)
    (True, 39)
    """
    settings = settings.replace(subsample=threshold_for(corpus, settings))
    run = published_recipe.reproduce(corpus, settings, progress=progress)
    comparison, tests = asdict(compare(corpus, run)), asdict(test_pairs(corpus, run))
    plain = {name: np.asarray(value).tolist() for name, value in tests.items()}
    return {"comparison": {name: float(value) for name, value in comparison.items()}, "tests": plain}


def pairs_from(found):
    """Make `Comparison` and `PairTests` of what `measure_pairs` gave.

    Raises
    ------
    TypeError, ValueError, AttributeError, KeyError
        If it is something else.
    """
    return _figures(Comparison, found["comparison"]), _figures(PairTests, found["tests"])


def _figures(kind, found):
    """Make a dataclass of numbers, and of lists of them where a field is an array."""
    if found.keys() != {each.name for each in fields(kind)}:
        raise ValueError(f"the figures of pairs are not those of {kind.__name__}")
    values = {}
    for each in fields(kind):
        value = array_from(each.name, found[each.name])
        if value.ndim != (each.type is np.ndarray) or not value.size:
            raise ValueError(f"{each.name} is no figure of pairs")
        values[each.name] = value if value.ndim else float(value)
    return kind(**values)
