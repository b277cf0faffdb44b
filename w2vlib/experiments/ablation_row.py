"""One row of the ablation: all figures of one training under one scheme, and how they are shown."""

import math
from dataclasses import dataclass, field, fields

import numpy as np

from ..utils.columns import figure
from ..utils.errors import W2VError
from ..utils.resampling import LARGEST, Sample

_FACT = {"interval": False}  # measured once, or wall-clock: shown without an interval


def _covered():
    """Declare a number of questions that are covered."""
    return field(default=0)


@dataclass(frozen=True)
class AblationRow:
    """Figures of one training; NaN where the scheme or the text has none.

    "shared" figures are on questions that every scheme covers, "rare" ones on pairs with a word that
    the text has at most 20 times, "frequent" ones on all other pairs.

    Attributes
    ----------
    rare, numbers : str
        The scheme, see `schemes.Scheme`.
    seed : int
    experiment : str
        SHA-256 of what the experiment depends on.
    refused : str
        Why the scheme cannot be trained on this text; empty if it can.
    changed : bool
        Whether the scheme changed the text.
    tokens : int
        Of the raw text.
    neighbours, unknown_nearby, sample_counts : dict
        Sample of words → nearest neighbours (joined by spaces), proportion of `<unk>` in its contexts,
        occurrences.
    number_line : list
        [log10 of a number, its prediction from the vector] for a sample of numbers.
    baselines : dict
        Name of a baseline for numbers → its figures in the probes.
    samples : dict
        Name of a figure → `Sample` of one seed: its value for each word, pair of words or number.

    Examples
    --------
    >>> row = AblationRow(rare="drop:5", numbers="keep", seed=0, analogies=0.25)
    >>> row.scheme, row.analogies, row.wordsim353
    ('drop:5', 0.25, nan)
    >>> row.as_json()["wordsim353"] is None  # JSON has no NaN
    True
    """

    rare: str
    numbers: str
    seed: int
    experiment: str = ""
    refused: str = ""
    changed: bool = True
    tokens: int = 0
    text_covered: float = math.nan
    pair_loss: float = math.nan

    vocabulary: float = figure("types", digits=0, **_FACT)
    parameters: float = figure("parameters", "M", 1e-6, 1, **_FACT)
    peak_memory: float = figure("peak memory", "MB", 1e-6, 0, **_FACT)
    seconds: float = figure("time", "s", **_FACT)
    softmax_seconds: float = figure("softmax per pair", "µs", 1e6, 1, **_FACT)
    tokens_per_word: float = figure("tokens per word", **_FACT)
    unknown: float = figure("`<unk>`", "%", 100, 1, **_FACT)
    lost_on_new_text: float = figure("lost on new text", "%", 100, 2, **_FACT)
    information_lost: float = figure("entropy lost", "%", 100, 1, **_FACT)

    wordsim353: float = figure("WordSim-353")
    wordsim353_shared: float = figure("WordSim-353, shared")
    wordsim353_rare: float = figure("WordSim-353, rare")
    wordsim353_frequent: float = figure("WordSim-353, frequent")
    simlex999: float = figure("SimLex-999")
    simlex999_shared: float = figure("SimLex-999, shared")
    simlex999_rare: float = figure("SimLex-999, rare")
    simlex999_frequent: float = figure("SimLex-999, frequent")
    analogies: float = figure("analogies", "%", 100, 1, proportion=True)
    analogies_shared: float = figure("analogies, shared", "%", 100, 1, proportion=True)
    wordsim353_covered: int = _covered()
    wordsim353_shared_covered: int = _covered()
    wordsim353_rare_covered: int = _covered()
    wordsim353_frequent_covered: int = _covered()
    simlex999_covered: int = _covered()
    simlex999_shared_covered: int = _covered()
    simlex999_rare_covered: int = _covered()
    simlex999_frequent_covered: int = _covered()
    analogies_covered: int = _covered()
    analogies_shared_covered: int = _covered()

    neighbours: dict = field(default_factory=dict)
    unknown_nearby: dict = field(default_factory=dict)
    sample_counts: dict = field(default_factory=dict)

    held_out: float = figure("same word")
    held_out_other: float = figure("other words")
    held_out_mean: float = figure("mean of all words")
    held_out_different: float = figure("two words, both trained")
    held_out_covered: float = figure("words with a vector", "%", 100, 0)

    magnitude: float = figure("magnitude (R²)")
    within_type: float = figure("within type (R²)")
    largest: float = figure("largest", proportion=True)
    order: float = figure("order", proportion=True)
    odd_one_out: float = figure("odd one out", proportion=True)
    type: float = figure("type", proportion=True)
    magnitude_of_sums: float = figure("within type, sums")
    magnitude_of_rare: float = figure("within type, rare")
    numbers_nearby: float = figure("numbers nearby", proportion=True)
    numbers_nearby_baseline: float = math.nan
    numbers_probed: int = 0
    number_line: list = field(default_factory=list)
    baselines: dict = field(default_factory=dict)
    number_types: float = math.nan
    median_number_count: float = math.nan
    commonest_number_type: float = math.nan
    magnitude_lost: float = math.nan
    type_lost: float = math.nan
    samples: dict = field(default_factory=dict)

    @property
    def scheme(self):
        """The scheme by what it changes: that for numbers or that for rare words, "keep" if nothing; str."""
        return self.numbers if self.rare == "keep" else self.rare

    def as_json(self):
        """Return a dict that JSON can hold: None instead of NaN."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["samples"] = {name: sample.as_dict() for name, sample in self.samples.items()}
        return _replaced(values, lambda value: None if value != value else value)

    @classmethod
    def from_json(cls, value):
        """Make a row of what `as_json` returned.

        Raises
        ------
        ValueError
            If a field is missing, unknown or of the wrong type.

        Examples
        --------
        >>> row = AblationRow("keep", "N", 0, seconds=1.5)
        >>> AblationRow.from_json(row.as_json()).scheme
        'N'
        >>> AblationRow.from_json({"rare": "keep"})
        Traceback (most recent call last):
        ...
        ValueError: it lacks analogies, analogies_covered, ...
        """
        types = {f.name: f.type for f in fields(cls)}
        if not isinstance(value, dict):
            raise ValueError("it holds no object")
        missing, unknown = sorted(types.keys() - value.keys()), sorted(value.keys() - types.keys())
        if missing or unknown:
            verb, names = ("lacks", missing) if missing else ("has the unknown field", unknown)
            raise ValueError(f"it {verb} {', '.join(names)}")
        value = _replaced(value, lambda each: math.nan if each is None else each)
        for name, kind in types.items():
            if not _is(value[name], kind):
                raise ValueError(f"{name} is {value[name]!r:.40}, and should be of type {kind.__name__}")
            if name in _NOT_NEGATIVE and value[name] < 0:
                raise ValueError(f"{name} is {value[name]!r:.40}, and cannot be below 0")
        for name, holds in _CONTENT.items():
            members = value[name].values() if isinstance(value[name], dict) else value[name]
            if not all(map(holds, members)):
                raise ValueError(f"{name} does not hold what it should")
        for name in ("unknown_nearby", "sample_counts") if value["unknown_nearby"] else ():
            if not value["neighbours"].keys() <= value[name].keys():
                raise ValueError(f"{name} lacks words of neighbours")
        return cls(**{**value, "samples": {name: _sample(each) for name, each in value["samples"].items()}})


def _is(value, kind):
    """Whether a value is of a type; a float may be a whole number or NaN, and no bool is a number.

    Whole numbers have 64 bits, and squares of floats are finite.
    """
    if isinstance(value, bool) and kind is not bool or isinstance(value, int) and abs(value) >= 2**63:
        return False
    if kind is float:
        return isinstance(value, int | float) and not abs(value) > LARGEST
    return isinstance(value, kind)


def _is_number(value):
    return _is(value, float)


def _sample(record):
    try:
        sample = Sample.from_dict(record)
    except W2VError as error:
        raise ValueError(f"samples does not hold what it should ({error})") from error
    arrays = (sample.values, sample.ratings, sample.given, sample.other, sample.total)
    if len(sample.values) != 1 or not all(np.isfinite(each).all() for each in arrays if each is not None):
        raise ValueError("samples holds values that are missing, or not those of one seed")
    return sample


_NOT_NEGATIVE = {each.name for each in fields(AblationRow) if each.type is int} | {
    "vocabulary", "parameters", "peak_memory", "seconds", "softmax_seconds", "tokens_per_word",
    "number_types", "median_number_count", "commonest_number_type", "text_covered", "unknown",
}  # fmt: skip
_CONTENT = {
    "samples": lambda value: isinstance(value, dict),
    "neighbours": lambda value: isinstance(value, str),
    "unknown_nearby": _is_number,
    "sample_counts": _is_number,
    "baselines": lambda value: isinstance(value, dict) and all(map(_is_number, value.values())),
    "number_line": lambda value: (
        isinstance(value, list)
        and len(value) == 2
        and all(map(_is_number, value))
        and all(abs(order) < 1e6 for order in value)  # of magnitude, and no NaN
    ),
}


def _replaced(value, function):
    """Apply a function to all values in nested dictionaries and lists."""
    if isinstance(value, dict):
        return {key: _replaced(each, function) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(each, function) for each in value]
    return function(value)


COST = (
    "vocabulary", "parameters", "peak_memory", "seconds", "softmax_seconds", "tokens_per_word", "unknown",
    "lost_on_new_text", "information_lost",
)  # fmt: skip
QUALITY = (
    "wordsim353", "wordsim353_shared", "wordsim353_rare", "simlex999", "simlex999_shared", "analogies",
    "analogies_shared",
)  # fmt: skip
HELD_OUT = ("held_out", "held_out_other", "held_out_mean", "held_out_different", "held_out_covered")
PROBES = ("magnitude", "within_type", "largest", "order", "odd_one_out", "type")
NUMBER_FIGURES = (*PROBES, "magnitude_of_sums", "magnitude_of_rare", "numbers_nearby")


def values_of(rows, name):
    """Figures of rows by field name; (n_rows,) float64.

    Examples
    --------
    >>> rows = [AblationRow("keep", "N", seed=0, seconds=1.5), AblationRow("keep", "N", seed=1)]
    >>> values_of(rows, "seconds").tolist()
    [1.5, nan]
    """
    return np.array([getattr(row, name) for row in rows], float)
