"""Vectors of numbers → how well they predict the magnitude of a number among numbers of its type.

The magnitude (logarithm to base 10) differs between types: years are near 2,000, percentages below 100. So
a vector that represents no more than the type explains a part of its variance. Within types it explains
nothing.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEWEST = 20  # numbers with a vector that a probe needs
_PENALTIES = np.logspace(-3, 4, 15)
_YEARS = 1500, 2100  # as in `numerals.type_of`


def folds(seed):
    """Divide numbers into five random parts; a `sklearn.model_selection.KFold`.

    Examples
    --------
    >>> folds(0).get_n_splits()
    5
    """
    return KFold(5, shuffle=True, random_state=seed)


def ridge():
    """Make a ridge regression on standardised vectors, its penalty chosen by cross-validation; an estimator.

    Examples
    --------
    >>> vectors = np.arange(20.0)[:, None]
    >>> ridge().fit(vectors, 3 * vectors[:, 0]).predict([[40.0]]).round(1).tolist()
    [120.0]
    """
    return make_pipeline(StandardScaler(), RidgeCV(_PENALTIES))


def magnitudes_within_type(values, types):
    """Log10 of each value minus the mean of its type, with NaN for years; (n,) float64.

    A vector that represents no more than the type of a number explains nothing of it. Years are left out:
    as dates from 1500 to 2099, they have almost the same magnitude, and another than days.

    Parameters
    ----------
    values : (n,) float64
    types : (n,) str
        As `number_vectors.Numbers` has them.

    Examples
    --------
    >>> values, types = np.array([1987.0, 10, 1000, 3]), np.array(["date", "money", "money", "percent"])
    >>> magnitudes_within_type(values, types).round(2).tolist()
    [nan, -1.0, 1.0, 0.0]
    """
    is_year = (types == "date") & (values >= _YEARS[0]) & (values < _YEARS[1])
    logs = np.log10(values)
    for name in np.unique(types):
        of_type = (types == name) & ~is_year
        logs[of_type] -= logs[of_type].mean() if of_type.any() else 0
    return np.where(is_year, np.nan, logs)


@dataclass(frozen=True)
class ErrorsWithinType:
    """Errors of predicted magnitudes within type.

    Attributes
    ----------
    places : (n,) int
        The numbers predicted, as places among all numbers.
    errors : (n,) float64
        Squared error of each prediction.
    totals : (n,) float64
        Squared difference of each magnitude from the mean of its type.

    Examples
    --------
    >>> ErrorsWithinType(np.array([0, 1]), np.array([0.1, 0.3]), np.array([1.0, 1.0])).explained
    0.8
    """

    places: np.ndarray
    errors: np.ndarray
    totals: np.ndarray

    @property
    def explained(self):
        """Proportion of the variance within types that is explained; float, negative for bad predictions."""
        return float(1 - self.errors.sum() / self.totals.sum())


def errors_within_type(vectors, numbers, seed=0):
    """Predict magnitudes within type by ridge regression fitted to other numbers (5 folds).

    Parameters
    ----------
    vectors : (n, dim) float64
        NaN where a number has no vector.
    numbers : Numbers
    seed : int

    Returns
    -------
    ErrorsWithinType
        None with fewer than 20 numbers that have a vector and are no years, or if they do not differ.

    Examples
    --------
    >>> from w2vlib.evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 41)], min_count=1)
    >>> round(errors_within_type(np.log10(numbers.values)[:, None], numbers).explained, 2)
    1.0
    >>> errors_within_type(np.ones((40, 1)), numbers).explained <= 0  # all vectors are equal
    True
    """
    places, targets = _within_type(vectors, numbers)
    if places is None:
        return None
    predicted = cross_val_predict(ridge(), vectors[places], targets, cv=folds(seed))
    return ErrorsWithinType(places, (predicted - targets) ** 2, targets**2)


def errors_of_new_numbers(vectors, numbers, new_vectors, new_numbers):
    """Predict magnitudes within type of new numbers by ridge regression fitted to other numbers.

    `ErrorsWithinType` of the new numbers; None if either set is too small, as for `errors_within_type`.

    Examples
    --------
    >>> from w2vlib.evaluation.number_vectors import frequent_numbers
    >>> numbers = frequent_numbers([[str(n)] for n in range(1, 41)], min_count=1)
    >>> new_numbers = frequent_numbers([[str(n)] for n in range(41, 81)], min_count=1)
    >>> vectors, new_vectors = (np.log10(each.values)[:, None] for each in (numbers, new_numbers))
    >>> vectors, new_vectors = vectors - vectors.mean(), new_vectors - new_vectors.mean()
    >>> round(errors_of_new_numbers(vectors, numbers, new_vectors, new_numbers).explained, 2)
    1.0
    >>> errors_of_new_numbers(vectors, numbers, -new_vectors, new_numbers).explained < 0  # reversed
    True
    """
    places, targets = _within_type(vectors, numbers)
    new_places, new_targets = _within_type(new_vectors, new_numbers)
    if places is None or new_places is None:
        return None
    predicted = ridge().fit(vectors[places], targets).predict(new_vectors[new_places])
    return ErrorsWithinType(new_places, (predicted - new_targets) ** 2, new_targets**2)


def _within_type(vectors, numbers):
    """Places and magnitudes within type of the numbers that can be predicted; (None, None) if too few."""
    if not len(numbers.tokens):
        return None, None
    magnitudes = np.full(len(vectors), np.nan)
    has_vector = ~np.isnan(vectors).any(1)
    magnitudes[has_vector] = magnitudes_within_type(numbers.values[has_vector], numbers.types[has_vector])
    places = np.flatnonzero(~np.isnan(magnitudes))
    targets = magnitudes[places]
    return (places, targets) if places.size >= FEWEST and np.ptp(targets) > 1e-12 else (None, None)
