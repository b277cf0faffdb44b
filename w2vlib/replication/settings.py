"""The settings of the published recipe, declared once for the library, the command line and the notebooks."""

from dataclasses import asdict, dataclass, field, fields, replace

from ..utils.validation import OneOf, Real, Whole, check

OBJECTIVES = ("negative-sampling", "naive-softmax")
RECORD_EVERY = 10  # iterations, of the loss


def _setting(default, text):
    """Declare a setting: its published value, and one sentence that the command line shows."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class RecipeSettings:
    """Settings of a run of the recipe; each default is the published value.

    Parameters
    ----------
    python_seed, numpy_seed : int
        Seeds of the draws and of the initial input vectors.
    dim : int
        Length of a vector.
    window : int
        The context reaches 1 to `window` words to each side, drawn for each centre word.
    n_negatives : int
        Negative samples per pair (unused by the naive softmax).
    batch_size : int
        Centre words per iteration; the gradient is their mean.
    iterations, learning_rate, halving_interval : int, float, int
        The learning rate is halved after every `halving_interval`-th iteration.
    subsample : float
        Relative frequency above which words are subsampled.
    table_size : int
        Size of the table of negatives; words with a probability below 1/table_size may have no entry.
    init_scale : float
        The initial input vectors are uniform within ±init_scale / (2 dim).
    objective : {"negative-sampling", "naive-softmax"}
    checkpoint_every : int
        Store the vectors after every so many iterations, and after the last.

    Raises
    ------
    W2VError
        If a setting is out of range.

    Examples
    --------
    >>> settings = RecipeSettings(iterations=2000)
    >>> settings.iterations, settings.dim
    (2000, 10)
    >>> settings.replace(dim=20).as_dict()["dim"]
    20
    """

    python_seed: int = _setting(42, "Seed of the draws.")
    numpy_seed: int = _setting(6289, "Seed of the initial input vectors.")
    dim: int = _setting(10, "Length of a vector.")
    window: int = _setting(5, "Largest distance of a context word.")
    n_negatives: int = _setting(10, "Negative samples per pair.")
    batch_size: int = _setting(50, "Centre words per iteration.")
    iterations: int = _setting(35_000, "Gradient steps.")
    learning_rate: float = _setting(0.2, "Initial learning rate.")
    halving_interval: int = _setting(20_000, "Iterations between halvings of the learning rate.")
    subsample: float = _setting(1e-5, "Relative frequency above which words are subsampled.")
    table_size: int = _setting(15_000, "Size of the table of negatives.")
    init_scale: float = _setting(1.0, "Factor on the initial input vectors.")
    objective: str = _setting("negative-sampling", "Objective: negative-sampling or naive-softmax.")
    checkpoint_every: int = _setting(5_000, "Iterations between checkpoints.")

    def __post_init__(self):
        for each in fields(self):
            object.__setattr__(self, each.name, check(each.name, getattr(self, each.name), RULES[each.name]))

    @classmethod
    def from_parameters(cls, parameters):
        """Take the settings that a mapping holds, such as a notebook's ``globals()``; leave the rest.

        Examples
        --------
        >>> RecipeSettings.from_parameters({"dim": 20, "corpus": "ptb"}).dim
        20
        """
        return cls(**{f.name: parameters[f.name] for f in fields(cls) if f.name in parameters})

    def as_dict(self):
        """Return the settings as a dict, in the order of their declaration."""
        return asdict(self)

    def replace(self, **changes):
        """Return settings with some values changed; they are checked again."""
        return replace(self, **changes)


RULES = {  # what is allowed for each setting
    "python_seed": Whole(-(2**63), 2**63 - 1),
    "numpy_seed": Whole(0, 2**32 - 1),
    "dim": Whole(1, 10_000),
    "window": Whole(1, 1_000),
    "n_negatives": Whole(1, 1_000),
    "batch_size": Whole(1, 100_000),
    "iterations": Whole(1, 1_000_000_000),
    "halving_interval": Whole(1),
    "checkpoint_every": Whole(1),
    "table_size": Whole(1, 100_000_000),
    "learning_rate": Real(0, 1_000, above=True),
    "subsample": Real(0, above=True),
    "init_scale": Real(0, 1_000_000, above=True),
    "objective": OneOf(OBJECTIVES),
}
PUBLISHED = RecipeSettings()
