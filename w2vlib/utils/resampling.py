"""Figures of several seeds and items → estimate, interval and p-values by a crossed bootstrap.

A figure of an embedding is an average over *items* (pairs of words, words, questions) and differs from
seed to seed. An interval over seeds alone says what other seeds would give for the same items. To say
what other items would give, seeds and items are resampled independently of each other and crossed: the
pigeonhole bootstrap of Owen (2007), whose variance is not too small for crossed random effects. Pairs of
words share words, so they are not independent: their words are resampled, as nodes of a graph, and a pair
counts as often as the product of the counts of its two words (Snijders and Borgatti 1999).

The standard deviation of the resampled figures is the standard error. Interval and p-values are those of
Student's t, with one degree of freedom less than the smallest number of units resampled.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from .errors import W2VError
from .statistics import CONFIDENCE, partial_spearman, spearman

DRAWS = 2_000
LARGEST = 1e100  # of a figure in a record: squares are finite
DRAWS_OF_RANKS = 400  # of rank correlations, which take longer; the standard error is within some 4 %
_ARRAYS = ("values", "ratings", "given", "other", "part", "total")
OVER = ("seeds", "items", "nodes")  # what is resampled; "items" and "nodes" with the seeds, if there are any


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of a figure for each seed and item.

    The figure is the mean of `values`. With `ratings` it is the mean over seeds of the rank correlation of
    a row of values with the ratings. With `total` it is the proportion of variance that predictions explain,
    1 − mean of `values` / mean of `total`: squared errors of the predictions and of the mean. With `other`,
    the figure of `other` is subtracted; with `part`, the figure of the remaining items is subtracted from
    that of the part.

    Attributes
    ----------
    values : (n_seeds, n_items) float64
    items : tuple
        A name for each item: a str, or a pair of words where `over` is "nodes".
    over : {"seeds", "items", "nodes"}
        "seeds": the items are fixed. "items": items are resampled too. "nodes": their words are.
    seeded : bool
        Whether rows are seeds. If not, there is one row, a property of the text.
    ratings, given : (n_items,) float64, optional
        With `given`, the rank correlation is partial, given this variable.
    other : (n_seeds, n_items) float64, optional
    part : (n_items,) bool, optional
    total : (n_items,) float64, optional

    Examples
    --------
    >>> sample = Sample(np.array([[0.9, 0.8], [0.7, 0.8]]), ("good great", "good well"), over="seeds")
    >>> sample.figure(), sample.per_seed().round(2).tolist()
    (0.8, [0.85, 0.75])
    >>> errors = Sample(np.array([[0.1, 0.3]]), ("25", "1,000"), over="items", total=np.array([1.0, 1.0]))
    >>> errors.figure()
    0.8
    """

    values: np.ndarray
    items: tuple
    over: str = "seeds"
    seeded: bool = True
    ratings: np.ndarray | None = None
    given: np.ndarray | None = None
    other: np.ndarray | None = None
    part: np.ndarray | None = None
    total: np.ndarray | None = None

    def __post_init__(self):
        n_seeds, n_items = self.values.shape
        shapes = {
            "items": (len(self.items),) == (n_items,),
            "over": self.over in OVER,
            "seeded": self.seeded or n_seeds == 1,
            "ratings": self.ratings is None or self.ratings.shape == (n_items,),
            "given": self.given is None or (self.ratings is not None and self.given.shape == (n_items,)),
            "other": self.other is None or self.other.shape == self.values.shape,
            "part": self.part is None or self.part.shape == (n_items,),
            "total": self.total is None or (self.ratings is None and self.total.shape == (n_items,)),
        }
        for name, is_valid in shapes.items():
            if not is_valid:
                raise W2VError(f"A sample of {n_seeds} seeds and {n_items} items has unfitting {name}.")

    @property
    def n_units(self):
        """Numbers of units that are resampled, by kind; dict of str → int."""
        units = {"seeds": len(self.values)} if self.seeded else {}
        if self.over == "items":
            units["items"] = len(self.items)
        if self.over == "nodes":
            units["nodes"] = len({word for pair in self.items for word in pair})
        return units

    def figure(self, seed_counts=None, item_counts=None):
        """Compute the figure; float, NaN where it is not defined.

        Parameters
        ----------
        seed_counts : (n_seeds,) int, optional
            How often each seed counts; default 1.
        item_counts : (n_items,) int, optional
        """
        seeds = np.ones(len(self.values), int) if seed_counts is None else seed_counts
        items = np.ones(len(self.items), int) if item_counts is None else item_counts
        figure = self._figure(self.values, seeds, items)
        return figure if self.other is None else figure - self._figure(self.other, seeds, items)

    def per_seed(self):
        """Compute the figure of each seed alone; (n_seeds,) float64."""
        return np.array([self.figure(row) for row in np.eye(len(self.values), dtype=int)])

    def _figure(self, values, seeds, items):
        if self.part is None:
            return self._one(values, seeds, items)
        return self._one(values, seeds, items * self.part) - self._one(values, seeds, items * ~self.part)

    def _one(self, values, seeds, items):
        if self.ratings is None:
            divisor = items.sum() if self.total is None else self.total @ items
            mean = float(seeds @ values @ items / (seeds.sum() * divisor)) if divisor > 0 else np.nan
            return mean if self.total is None else 1 - mean
        rows, columns = np.flatnonzero(seeds), np.repeat(np.arange(len(items)), items)
        ratings = self.ratings[columns]
        if self.given is None:
            of_seeds = spearman(values[np.ix_(rows, columns)], ratings) if columns.size > 1 else [np.nan]
        else:
            of_seeds = partial_spearman(values[np.ix_(rows, columns)], ratings, self.given[columns])
        return float(np.average(of_seeds, weights=seeds[rows]) if columns.size > 1 else np.nan)

    @classmethod
    def stack(cls, samples):
        """Join samples of one seed each, of the same items; None where one of them is None.

        Examples
        --------
        >>> one, two = (Sample(np.array([[loss]]), ("loss",)) for loss in (7.9, 8.0))
        >>> Sample.stack([one, two]).values.tolist()
        [[7.9], [8.0]]
        """
        if any(sample is None for sample in samples):
            return None
        first = samples[0]
        if any(sample.items != first.items for sample in samples):
            raise W2VError("Samples of different items cannot be joined.")
        if not first.seeded:
            return first
        other = None if first.other is None else np.concatenate([sample.other for sample in samples])
        return replace(first, values=np.concatenate([sample.values for sample in samples]), other=other)

    def as_dict(self):
        """Return the sample as values for JSON; `Sample.from_dict` reads them."""
        fields = {name: getattr(self, name) for name in _ARRAYS}
        arrays = {name: array.tolist() for name, array in fields.items() if array is not None}
        items = [list(item) if isinstance(item, tuple) else item for item in self.items]
        return {"over": self.over, "seeded": self.seeded, "items": items} | arrays

    @classmethod
    def from_dict(cls, record):
        """Read what `as_dict` returned.

        Raises
        ------
        W2VError
            If the record is not one of a sample.

        Examples
        --------
        >>> sample = Sample(np.array([[0.5]]), (("good", "great"),), over="nodes")
        >>> Sample.from_dict(sample.as_dict()).items
        (('good', 'great'),)
        """
        try:
            over, seeded = record["over"], record["seeded"]
            if not (isinstance(seeded, bool) and isinstance(over, str)):
                raise ValueError("seeded or over is of another kind")
            items = tuple(_item(item, is_pair=over == "nodes") for item in record["items"])
            if not items:
                raise ValueError("it has no items")
            arrays = {
                name: array_from(name, record[name], (bool,) if name == "part" else (int, float))
                for name in _ARRAYS
                if name in record
            }
            return cls(items=items, over=over, seeded=seeded, **arrays)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise W2VError(f"This is no record of a sample: {str(error) or type(error).__name__}.") from error


def _item(item, is_pair):
    """Item of a sample as JSON has it: a text, or a pair of texts, which nodes always are."""
    if isinstance(item, str) and not is_pair:
        return item
    if isinstance(item, list) and len(item) == 2 and all(isinstance(word, str) for word in item):
        return tuple(item)
    raise ValueError(f"{item!r:.40} is no item")


def array_from(name, values, kinds=(int, float)):
    """Array of a number, or of nested lists of numbers, as JSON has them; float64, or bool.

    Parameters
    ----------
    name : str
        For the message.
    values : float or list
    kinds : tuple of type
        Of every number; ``(bool,)`` for an array of bool.

    Raises
    ------
    ValueError
        For a text or a bool in the place of a number, lists of different lengths, and numbers above
        `LARGEST`.

    Examples
    --------
    >>> array_from("values", [[1, 0.5]])
    array([[1. , 0.5]])
    >>> array_from("values", [0.5, True])
    Traceback (most recent call last):
    ...
    ValueError: values is of another kind
    """
    if not _types([values]) <= set(kinds):
        raise ValueError(f"{name} is of another kind")
    array = np.array(values, bool if kinds == (bool,) else float)
    if array.dtype == float and (abs(array) > LARGEST).any():
        raise ValueError(f"a number of {name} is above {LARGEST}")
    return array


def _types(values):
    """Types of what nested lists hold; set."""
    found = set(map(type, values))
    if list in found:
        found = (found - {list}).union(*(_types(each) for each in values if type(each) is list))
    return found


@dataclass(frozen=True)
class Estimate:
    """A figure with its standard error.

    Attributes
    ----------
    value, standard_error : float
    degrees : int
        Degrees of freedom of Student's t; 0 if nothing can be said about the error.
    deviations : (n_draws,) float64
        Resampled figures minus the value.

    Examples
    --------
    >>> estimate = Estimate(0.8, 0.05, 9, np.array([-0.05, 0.05]))
    >>> [round(end, 3) for end in estimate.interval()], round(estimate.p_not_above(0.71), 3)
    ([0.687, 0.913], 0.053)
    """

    value: float
    standard_error: float
    degrees: int
    deviations: np.ndarray

    def interval(self):
        """Both ends of the 95 % interval; (low, high), infinite where nothing can be said."""
        if not self.degrees or np.isnan(self.standard_error):
            return -np.inf, np.inf
        half_width = float(stats.t.ppf((1 + CONFIDENCE) / 2, self.degrees) * self.standard_error)
        return self.value - half_width, self.value + half_width

    def p_not_above(self, limit):
        """One-sided p-value of the hypothesis that the figure is at most `limit`; float."""
        if not self.degrees or np.isnan(self.standard_error):
            return np.nan
        if self.standard_error == 0:
            return 0.0 if self.value > limit else 1.0
        return float(stats.t.sf((self.value - limit) / self.standard_error, self.degrees))

    def p_not_below(self, limit):
        """One-sided p-value of the hypothesis that the figure is at least `limit`; float."""
        mirrored = Estimate(-self.value, self.standard_error, self.degrees, self.deviations)
        return mirrored.p_not_above(-limit)


def estimate(sample, draws=None, seed=0):
    """Estimate the figure of a sample by the crossed bootstrap; an `Estimate`.

    Parameters
    ----------
    sample : Sample
    draws : int, optional
        Number of resamples; default `DRAWS`, or `DRAWS_OF_RANKS` with ratings.
    seed : int

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> values = 0.8 + rng.normal(0, 0.1, (30, 1)) + rng.normal(0, 0.1, (1, 40))
    >>> of_both = estimate(Sample(values, tuple(range(40)), over="items"))
    >>> of_seeds = estimate(Sample(values, tuple(range(40))))
    >>> round(of_both.standard_error / of_seeds.standard_error, 1), of_both.degrees
    (1.5, 29)
    """
    units = sample.n_units
    value = sample.figure()
    smallest = min(units.values(), default=0)
    if smallest < 2 or np.isnan(value):
        return Estimate(value, np.nan, 0, np.array([]))
    draws = draws or (DRAWS if sample.ratings is None else DRAWS_OF_RANKS)
    rng = np.random.default_rng(seed)
    counts = {kind: rng.multinomial(n, [1 / n] * n, size=draws) for kind, n in units.items()}
    seeds = counts.get("seeds", np.ones((draws, 1), int))
    items = _item_counts(sample, counts, draws)
    figures = np.array([sample.figure(*pair) for pair in zip(seeds, items, strict=True)])
    figures = figures[~np.isnan(figures)]
    if figures.size < 2:
        return Estimate(value, np.nan, 0, np.array([]))
    # a resample of n units has (n − 1) / n of the variance
    deviations = (figures - figures.mean()) * np.sqrt(smallest / (smallest - 1))
    error = float(deviations.std(ddof=1))
    return Estimate(value, error if error > 1e-12 else 0.0, smallest - 1, deviations)


def _item_counts(sample, counts, draws):
    if sample.over == "nodes":
        words = sorted({word for pair in sample.items for word in pair})
        place = {word: n for n, word in enumerate(words)}
        first, second = np.array([[place[word] for word in pair] for pair in sample.items]).T
        return counts["nodes"][:, first] * counts["nodes"][:, second]
    return counts.get("items", np.ones((draws, len(sample.items)), int))


def holm(p_values):
    """Adjust p-values for the number of tests (Holm 1979); (n,) float64.

    Parameters
    ----------
    p_values : (n,) float
        NaN stays NaN and is not counted.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, float("nan")]).round(3).tolist()
    [0.03, 0.06, 0.06, nan]
    """
    p_values = np.asarray(p_values, float)
    adjusted, order = np.full(p_values.shape, np.nan), np.argsort(p_values)[: (~np.isnan(p_values)).sum()]
    steps = p_values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted
