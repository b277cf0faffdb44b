"""The catalogue of mistakes: what is done differently, and a hint that does not give the code away.

Each hint points to an equation of notebook 01. A mistake is an explanation only if it gives the student's
numbers exactly, on every input.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..gradients.losses import log_sigmoid, sigmoid, softmax
from .mistakes_of_pairs import NAIVE_MISTAKES, NEGATIVE_MISTAKES
from .mistakes_of_windows import SGD_MISTAKES, WINDOW_MISTAKES


@dataclass(frozen=True)
class Mistake:
    """One step that is done differently.

    Attributes
    ----------
    key : str
    role : str
    step : str
        Name of the step, as in `steps`.
    change : callable
        State → the wrong value of the step.
    name : str
        What is done, in a few words.
    hint : str
        Where to look.
    equation : str
        Number of the equation in notebook 01.

    Examples
    --------
    >>> mistake = catalogue("naive")[0]
    >>> mistake.key, mistake.equation
    ('loss_no_log', '1.3')
    """

    key: str
    role: str
    step: str
    change: Callable
    name: str
    hint: str
    equation: str


def _sgm(function):
    """Apply a function to the input."""
    return lambda s: function(s.x)


_SIGMOID = (
    ("flipped", "value", _sgm(lambda x: sigmoid(-x)),
     "σ(−x) in place of σ(x)", "For large x the value of σ must approach 1, not 0.", "1.13"),
    ("derivative", "value", _sgm(lambda x: sigmoid(x) * (1 - sigmoid(x))),
     "the derivative of σ in place of σ", "Compare the definition above (1.12) with the second line of (1.13).", "1.13"),
    ("only_exponential", "value", _sgm(lambda x: np.exp(-x)),
     "only the exponential", "σ is a fraction; see the definition above (1.12).", "1.12"),
    ("odds", "value", _sgm(lambda x: 1 + np.exp(-x)),
     "the denominator alone", "σ is a fraction, and never larger than 1.", "1.12"),
    ("no_one", "value", _sgm(lambda x: np.exp(x)),
     "the exponential of x alone", "σ(x) is between 0 and 1 for every x.", "1.12"),
    ("minus_in_denominator", "value", _sgm(lambda x: 1 / (1 - np.exp(-x))),
     "a minus in the denominator", "σ(0) is one half.", "1.12"),
    ("tanh", "value", _sgm(np.tanh), "tanh in place of σ", "σ(0) is one half, and σ is never negative.", "1.12"),
    ("logged", "value", _sgm(log_sigmoid), "the logarithm of σ", "The function itself is asked for.", "1.13"),
)  # fmt: skip
_LOG_SIGMOID = (
    ("minus", "value", _sgm(lambda x: -log_sigmoid(x)), "the sign", "A logarithm of a number below 1 is negative.", "1.13"),
    ("flipped", "value", _sgm(lambda x: log_sigmoid(-x)),
     "log σ(−x) in place of log σ(x)", "For large x the value must approach 0.", "1.13"),
    ("no_log", "value", _sgm(sigmoid), "the logarithm is missing", "Compare with the third line of (1.13).", "1.13"),
)  # fmt: skip
_SOFTMAX = (
    ("not_normalised", "value", _sgm(np.exp), "not divided by the sum", "The probabilities must sum to 1.", "1.1"),
    ("of_sigmoid", "value", _sgm(sigmoid), "σ of each score", "A softmax compares the scores with each other.", "1.1"),
    ("by_mean", "value", _sgm(lambda x: np.exp(x) / np.exp(x).mean()),
     "divided by the mean", "The probabilities must sum to 1.", "1.1"),
    ("by_largest", "value", _sgm(lambda x: np.exp(x - x.max())),
     "divided by the largest term", "The probabilities must sum to 1.", "1.5"),
    ("no_exponential", "value", _sgm(lambda x: x / x.sum()),
     "no exponential", "A negative score must give a small positive probability.", "1.1"),
    ("minus", "value", _sgm(lambda x: softmax(-x)), "the sign of the scores", "The largest score has the largest probability.", "1.1"),
    ("logged", "value", _sgm(lambda x: np.log(softmax(x))), "the logarithm of the softmax", "Probabilities are asked for.", "1.2"),
)  # fmt: skip
_LOG_SOFTMAX = (
    ("no_log", "value", _sgm(softmax), "the logarithm is missing", "The logarithm of a probability is negative.", "1.3"),
    ("minus", "value", _sgm(lambda x: -np.log(softmax(x))), "the sign", "The logarithm of a probability is negative.", "1.3"),
)  # fmt: skip
_ALL = {
    "naive": NAIVE_MISTAKES, "negative": NEGATIVE_MISTAKES, "skipgram": WINDOW_MISTAKES, "sgd": SGD_MISTAKES,
    "sigmoid": _SIGMOID, "log_sigmoid": _LOG_SIGMOID, "softmax": _SOFTMAX, "log_softmax": _LOG_SOFTMAX,
}  # fmt: skip
# What is seen in how a function behaves, not in its numbers on one call: key → (name, hint, equation).
BEHAVIOUR = {
    "in_place": (
        "an argument is changed in place",
        "The function must leave its arguments as they were: the vectors are changed outside it. Look for +=, -= "
        "or an assignment to an element of an argument, or of another name for it.",
        "1.30",
    ),
    "accumulates": (
        "the result grows from call to call",
        "The sum is over the pairs of one window only. Where does each call begin its sum?",
        "1.17",
    ),
    "not_repeatable": (
        "two calls with the same input give different results",
        "The loss is a function of its arguments and of the negatives drawn. What else does yours use?",
        "1.12",
    ),
    "words_in_columns": (
        "the outside vectors are taken for columns",
        "The rows of U are the outside vectors, so U has one row per word.",
        "1.8",
    ),
    "callback_ignored": (
        "the loss function that is given as an argument is not used",
        "A window sums whichever loss of a pair it is given.",
        "1.17",
    ),
    "not_written": ("nothing is computed yet", "Every number returned is zero or None.", "1.3"),
    "helper_outside": (
        "the outside word is among the negatives",
        "No negative may be the outside word: where it is drawn, another word is drawn in its place.",
        "1.12",
    ),
    "helper_number": (
        "the number of negatives is not K",
        "The sum over the negatives has K terms; a word may be drawn more than once.",
        "1.12",
    ),
}


def catalogue(role):
    """Mistakes (list of `Mistake`) that are known for a role.

    Examples
    --------
    >>> len(catalogue("naive")) + len(catalogue("negative")) >= 25
    True
    """
    return [Mistake(key, role, *rest) for key, *rest in _ALL.get(role, ())]
