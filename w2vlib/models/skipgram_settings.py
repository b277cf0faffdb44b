"""Settings of skip-gram: names, defaults, and what values are allowed.

`skipgram_trainer` and `skipgram` add the training. The command line reads the settings here, since to import
the compiler of the kernels takes longer than most commands do.
"""

from ..preprocessing.char_ngrams import CharNGrams
from ..utils.errors import W2VError
from ..utils.validation import Flag, InstanceOf, NumberIn, OneOf, Real, Whole, check_all
from .partitions import NUMBERS
from .postprocessing import COMBINATIONS

PARAMETERS = {
    "dim": Whole(1, 10_000),
    "window": Whole(1, 1_000),
    "n_negatives": Whole(1, 1_000),
    "subsample": Real(0, 1),
    "min_count": Whole(1),
    "max_vocab": Whole(1, optional=True),
    "noise_exponent": Real(-10, 10),
    "learning_rate": Real(0, 1_000, above=True),
    "min_learning_rate": Real(0),
    "epochs": Whole(1, 100_000),
    "seed": Whole(0, 2**63 - 1),
    "threads": Whole(1, 10_000, optional=True),
    "subwords": InstanceOf(CharNGrams),
    "objective": OneOf(("skip-gram", "cbow")),
    "combine": OneOf(COMBINATIONS),
    "center": Flag(),
    "partitions": NumberIn(NUMBERS, optional=True),
}


class SkipGramSettings:
    """The parameters of `skipgram.SkipGram`; see there.

    Examples
    --------
    >>> SkipGramSettings().dim
    100
    """

    def __init__(
        self,
        dim=100,
        window=5,
        n_negatives=5,
        subsample=1e-3,
        min_count=1,
        max_vocab=None,
        noise_exponent=0.75,
        learning_rate=0.025,
        min_learning_rate=1e-4,
        epochs=5,
        seed=0,
        threads=None,
        subwords=None,
        objective="skip-gram",
        combine="input",
        center=False,
        partitions=None,
    ):
        self.dim = dim
        self.window = window
        self.n_negatives = n_negatives
        self.subsample = subsample
        self.min_count = min_count
        self.max_vocab = max_vocab
        self.noise_exponent = noise_exponent
        self.learning_rate = learning_rate
        self.min_learning_rate = min_learning_rate
        self.epochs = epochs
        self.seed = seed
        self.threads = threads
        self.subwords = subwords
        self.objective = objective
        self.combine = combine
        self.center = center
        self.partitions = partitions

    def check_params(self):
        """Check the parameters before any work, as `fit` does; return them as a dict.

        Raises
        ------
        W2VError
            For a value that is not allowed.

        Examples
        --------
        >>> SkipGramSettings(dim=0).check_params()
        Traceback (most recent call last):
        ...
        w2vlib.utils.errors.W2VError: dim=0 is not allowed: give a whole number from 1 to 10000.
        """
        parameters = check_all(PARAMETERS, **{name: getattr(self, name) for name in PARAMETERS})
        if self.min_learning_rate > self.learning_rate:
            raise W2VError(
                f"min_learning_rate={self.min_learning_rate!r} is not allowed: give at most learning_rate, "
                f"which is {self.learning_rate!r}."
            )
        if self.subwords is not None and self.combine != "input":
            raise W2VError(
                f"combine={self.combine!r} is not allowed with subwords, because words outside the text have "
                "no output vector: give combine='input' or leave subwords out."
            )
        if self.subwords is not None and self.objective == "cbow":
            raise W2VError("objective='cbow' is not allowed with subwords: leave one of them out.")
        return parameters
