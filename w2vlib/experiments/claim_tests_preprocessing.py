"""Tests of what the published report expects of `<unk>`, `N` and other schemes: rows → Sample.

`TESTS` registers them by name for ``report/claims.toml``. The rows (`AblationRow`) are those of
`ablation.ablate`. A scheme has the name of what it does to rare words or to numbers, whichever it changes; a
field is an attribute of a row, and a sample one of its `samples`. A test gives None where it is not
applicable: the rows lack the scheme or the figure, or the scheme changes nothing in the text. Figures of
two schemes are compared on the same seeds and items.
"""

from dataclasses import replace

import numpy as np

from ..evaluation.neighbour_stability import overlap_of_lists
from ..utils.resampling import Sample
from .ablation_samples import FEWEST
from .claims import ClaimTests

TESTS = ClaimTests()


def _rows_of(rows, scheme):
    """Rows of a scheme by seed; dict, empty if it changed nothing in the text."""
    of_scheme = {row.seed: row for row in rows if row.scheme == scheme and row.changed}
    return dict(sorted(of_scheme.items()))


def _value(rows, scheme, field):
    """Value of a field that is the same for every seed; float, NaN if there is none."""
    return next((float(getattr(row, field)) for row in _rows_of(rows, scheme).values()), np.nan)


def _of_text(value, name):
    """Make a sample of a property of the text; None for NaN."""
    return None if np.isnan(value) else Sample(np.array([[value]]), (name,), seeded=False)


def _of_seeds(values, name):
    """Make a sample of one figure for each seed; None without seeds, or if a figure is missing."""
    values = np.array(values, float)
    return None if not values.size or np.isnan(values).any() else Sample(values[:, None], (name,))


def _stacked(rows, scheme, name):
    """Join a sample over the seeds of a scheme; (seeds, Sample), None without one."""
    of_scheme = _rows_of(rows, scheme)
    samples = [row.samples.get(name) for row in of_scheme.values()]
    return [*of_scheme], Sample.stack(samples) if samples else None


@TESTS.register
def fact(rows, scheme, field):
    """Value of a field under a scheme, a property of the text.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", seed, vocabulary=10) for seed in (0, 1)]
    >>> fact(rows, "keep", "vocabulary").figure(), fact(rows, "N", "vocabulary") is None
    (10.0, True)
    """
    return _of_text(_value(rows, scheme, field), field)


@TESTS.register
def fact_ratio(rows, scheme, field, other_scheme):
    """Value of a field under one scheme divided by that under another, a property of the text.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", 0, vocabulary=10), AblationRow("keep", "N", 0, vocabulary=8)]
    >>> fact_ratio(rows, "N", "vocabulary", "keep").figure()
    0.8
    """
    divisor = _value(rows, other_scheme, field)
    return _of_text(_value(rows, scheme, field) / divisor if divisor else np.nan, field)


@TESTS.register
def fact_difference(rows, scheme, field, other_scheme):
    """Value of a field under one scheme minus that under another, a property of the text.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", 0, vocabulary=10), AblationRow("keep", "N", 0, vocabulary=8)]
    >>> fact_difference(rows, "N", "vocabulary", "keep").figure()
    -2.0
    """
    return _of_text(_value(rows, scheme, field) - _value(rows, other_scheme, field), field)


@TESTS.register
def ratio(rows, scheme, field, other_scheme):
    """Value of a field under one scheme divided by that under another, for each seed.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", scheme, seed, seconds=seconds)
    ...         for scheme, seconds in (("keep", 10), ("N", 8)) for seed in (0, 1)]
    >>> ratio(rows, "N", "seconds", "keep").per_seed().tolist()
    [0.8, 0.8]
    """
    one, other = _rows_of(rows, scheme), _rows_of(rows, other_scheme)
    seeds = [seed for seed in one if seed in other and getattr(other[seed], field) != 0]
    return _of_seeds([getattr(one[seed], field) / getattr(other[seed], field) for seed in seeds], field)


@TESTS.register
def figure(rows, scheme, sample):
    """Figure of a sample under a scheme.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> one = {"held_out": Sample(np.array([[0.25, 0.75]]), ("cat", "dog"), over="items")}
    >>> rows = [AblationRow("ngrams:3:6", "keep", seed, samples=one) for seed in (0, 1)]
    >>> figure(rows, "ngrams:3:6", "held_out").figure()
    0.5
    """
    _, found = _stacked(rows, scheme, sample)
    return found and replace(found, other=None, part=None)


@TESTS.register
def beyond_baseline(rows, scheme, sample):
    """Figure of a sample minus that of the baseline in it (of numbers: the length as written).

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> right, other = np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])
    >>> one = {"type": Sample(right, ("25", "7"), over="items", other=other)}
    >>> beyond_baseline([AblationRow("keep", "keep", 0, samples=one)], "keep", "type").figure()
    0.5
    """
    return _stacked(rows, scheme, sample)[1]


@TESTS.register
def frequent_minus_rare(rows, scheme, sample):
    """Figure of pairs of frequent words minus that of pairs with a rare word.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> pairs, is_frequent = [(f"a{n}", f"b{n}") for n in range(40)], np.arange(40) < 20
    >>> cosines = np.where(is_frequent, 1.0, -1.0) * np.arange(40)
    >>> one = Sample(cosines[None], tuple(pairs), "nodes", ratings=np.arange(40.0), part=is_frequent)
    >>> rows = [AblationRow("keep", "keep", 0, samples={"pairs": one})]
    >>> round(frequent_minus_rare(rows, "keep", "pairs").figure(), 6)
    2.0
    """
    _, found = _stacked(rows, scheme, sample)
    if found is None or min(found.part.sum(), (~found.part).sum()) < FEWEST:
        return None
    return replace(found, other=None)


@TESTS.register
def difference(rows, scheme, sample, other_scheme, rare=False):
    """Figure of a sample under one scheme minus that under another; if `rare`, of items with a rare word.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> words = ("two", "three")
    >>> near, far = (Sample(np.array([values]), words, "items") for values in ([1.0, 0.5], [0.5, 0.5]))
    >>> rows = [AblationRow("keep", "N", 0, samples={"near": near})]
    >>> rows += [AblationRow("keep", "keep", 0, samples={"near": far})]
    >>> difference(rows, "N", "near", "keep").figure()
    0.25
    """
    (seeds, one), (other_seeds, other) = (_stacked(rows, name, sample) for name in (scheme, other_scheme))
    if one is None or other is None:
        return None
    both = [seed for seed in seeds if seed in other_seeds]
    chosen = {
        item for item, frequent in zip(other.items, _part(other), strict=True) if not (rare and frequent)
    }
    chosen &= set(one.items)
    fewest = FEWEST if one.ratings is not None else 2
    if not both or len(chosen) < fewest:
        return None
    one, other = (_cut(each, of, both, chosen) for each, of in ((one, seeds), (other, other_seeds)))
    return replace(one, other=other.values)


def _part(sample):
    return np.zeros(len(sample.items), bool) if sample.part is None else sample.part


def _cut(sample, seeds, chosen_seeds, chosen_items):
    """Cut a sample down to some of its seeds and items."""
    rows = [seeds.index(seed) for seed in chosen_seeds]
    columns = [n for n, item in enumerate(sample.items) if item in chosen_items]
    of_items = {
        name: array[columns]
        for name in ("ratings", "given", "total")
        if (array := getattr(sample, name)) is not None
    }
    items, values = tuple(sample.items[n] for n in columns), sample.values[np.ix_(rows, columns)]
    return replace(sample, values=values, items=items, other=None, part=None, **of_items)


@TESTS.register
def stability_by_unknown_nearby(rows, scheme):
    """Partial rank correlation of `<unk>` nearby with the neighbours that two seeds share, given frequency.

    The words are resampled, and pairs of seeds; no seed is in two pairs.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> words = [f"w{n}" for n in range(20)]
    >>> nearby, counts = ({w: (n * k) % 20 for n, w in enumerate(words)} for k in (1, 7))
    >>> shared = [f"n{n}" for n in range(20)]
    >>> found = [{w: " ".join(shared) for w in words}, {w: " ".join(shared[nearby[w]:]) for w in words}]
    >>> rows = [AblationRow("top:9", "keep", n, neighbours=f, unknown_nearby=nearby, sample_counts=counts)
    ...         for n, f in enumerate(found)]
    >>> round(stability_by_unknown_nearby(rows, "top:9").figure(), 3)
    -1.0
    """
    of_scheme = [*_rows_of(rows, scheme).values()]
    if len(of_scheme) < 2 or not of_scheme[0].unknown_nearby:
        return None
    words = [w for w in of_scheme[0].neighbours if all(w in row.neighbours for row in of_scheme)]
    if len(words) < FEWEST:
        return None
    nearby, counts = (
        np.array([of_word[word] for word in words], float)
        for of_word in (of_scheme[0].unknown_nearby, of_scheme[0].sample_counts)
    )
    lists = [[row.neighbours[word].split() for word in words] for row in of_scheme]
    overlaps = [
        [overlap_of_lists(a, b) for a, b in zip(first, second, strict=True)]
        for first, second in zip(lists[::2], lists[1::2], strict=False)
    ]
    return Sample(np.array(overlaps, float), tuple(words), "items", ratings=nearby, given=counts)


@TESTS.register
def stability_by_unknown_nearby_difference(rows, scheme, other_scheme):
    """`stability_by_unknown_nearby` of one scheme minus that of another, on the same words.

    Examples
    --------
    >>> from w2vlib.experiments.ablation_row import AblationRow
    >>> words = [f"w{n}" for n in range(20)]
    >>> nearby, counts = ({w: (n * k) % 20 for n, w in enumerate(words)} for k in (1, 7))
    >>> shared = [f"n{n}" for n in range(20)]
    >>> found = {"top:9": lambda n: shared[n:], "keep": lambda n: shared[:n]}
    >>> rows = [AblationRow(*names, seed, neighbours={w: " ".join(lists(n) if seed else shared)
    ...                     for n, w in enumerate(words)}, unknown_nearby=nearby, sample_counts=counts)
    ...         for names, lists in ((("top:9", "keep"), found["top:9"]), (("keep", "keep"), found["keep"]))
    ...         for seed in (0, 1)]
    >>> round(stability_by_unknown_nearby_difference(rows, "top:9", "keep").figure(), 3)
    -2.0
    """
    one, other = (stability_by_unknown_nearby(rows, name) for name in (scheme, other_scheme))
    if one is None or other is None or one.items != other.items or len(one.values) != len(other.values):
        return None
    return replace(one, other=other.values)
