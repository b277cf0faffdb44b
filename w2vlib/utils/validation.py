"""Rules for parameters: what is allowed, as a test and in words."""

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import W2VError, shown


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`, or None where that is allowed.

    Examples
    --------
    >>> check("dim", 0, Whole(1, 10_000))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: dim=0 is not allowed: give a whole number from 1 to 10000.
    """

    low: int
    high: int = 2**31 - 1
    optional: bool = False

    def allows(self, value):
        """Whether a value is allowed; booleans are no numbers.

        Examples
        --------
        >>> rule = Whole(1, 10)
        >>> rule.allows(3), rule.allows(11), rule.allows(3.0), rule.allows(True), rule.allows(None)
        (True, False, False, False, False)
        """
        if value is None:
            return self.optional
        return _is_number(value, numbers.Integral) and self.low <= value <= self.high

    def __str__(self):
        return f"a whole number from {self.low} to {self.high}{', or None' if self.optional else ''}"


@dataclass(frozen=True)
class Real:
    """A finite number from `low` to `high`; `low` itself is not allowed where `above` is set.

    Examples
    --------
    >>> Real(0, above=True).allows(0), Real(0, 1).allows(0), str(Real(0, 1))
    (False, True, 'a number from 0 to 1')
    """

    low: float
    high: float = math.inf
    above: bool = False

    def allows(self, value):
        """Whether a value is allowed."""
        if not _is_number(value, numbers.Real) or not _is_finite(value):
            return False
        value = _plain(value)  # half precision has no bound as large as some
        return self.low <= value <= self.high and not (self.above and value == self.low)

    def __str__(self):
        if math.isinf(self.high):
            return f"a number {'above' if self.above else 'of at least'} {self.low}"
        return f"a number {'above' if self.above else 'from'} {self.low} to {self.high}"


def _is_number(value, kind):
    """Whether a value is of a kind of numbers; booleans are none, nor are NumPy's durations."""
    return isinstance(value, kind) and not isinstance(value, bool | np.timedelta64)


def _is_finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number or a fraction beyond all floats
        return False


@dataclass(frozen=True)
class OneOf:
    """One of some strings.

    Examples
    --------
    >>> rule = OneOf(("3CosAdd", "3CosMul"))
    >>> rule.allows("3CosMul"), rule.allows("cosine"), str(rule)
    (True, False, 'one of 3CosAdd, 3CosMul')
    """

    names: tuple

    def allows(self, value):
        """Whether a value is allowed."""
        return isinstance(value, str) and value in self.names

    def __str__(self):
        return f"one of {', '.join(self.names)}"


@dataclass(frozen=True)
class NumberIn:
    """One of some whole numbers, or None where that is allowed.

    Examples
    --------
    >>> rule = NumberIn((1, 2, 4), optional=True)
    >>> rule.allows(4), rule.allows(3), rule.allows(True), rule.allows(None), str(rule)
    (True, False, False, True, 'one of 1, 2, 4, or None')
    """

    numbers: tuple
    optional: bool = False

    def allows(self, value):
        """Whether a value is allowed; booleans are no numbers."""
        if value is None:
            return self.optional
        return _is_number(value, numbers.Integral) and value in self.numbers

    def __str__(self):
        return f"one of {', '.join(map(str, self.numbers))}{', or None' if self.optional else ''}"


@dataclass(frozen=True)
class Flag:
    """True or False; NumPy's booleans too.

    Examples
    --------
    >>> Flag().allows(True), Flag().allows(1), str(Flag())
    (True, False, 'True or False')
    """

    def allows(self, value):
        """Whether a value is allowed."""
        return isinstance(value, bool | np.bool_)

    def __str__(self):
        return "True or False"


@dataclass(frozen=True)
class InstanceOf:
    """An object of a class, or None.

    Examples
    --------
    >>> rule = InstanceOf(dict)
    >>> rule.allows({"a": 1}), rule.allows(None), rule.allows("a"), str(rule)
    (True, True, False, 'dict(…), or None')
    """

    kind: Any

    def allows(self, value):
        """Whether a value is allowed."""
        return value is None or isinstance(value, self.kind)

    def __str__(self):
        return f"{self.kind.__name__}(…), or None"


# Ranges that several commands and notebooks share; they keep time and memory finite.
N_SEEDS, DRAWS, POINTS = Whole(1, 10_000), Whole(1, 100_000), Whole(1, 100_000)


def check(name, value, rule):
    """Refuse a value that a rule does not allow; return it, NumPy's and other numbers as Python's.

    Raises
    ------
    W2VError
        It names the parameter, the value and what is allowed.

    Examples
    --------
    >>> check("method", "3CosAdd", OneOf(("3CosAdd", "3CosMul")))
    '3CosAdd'
    >>> check("dim", np.int64(3), Whole(1)), check("learning_rate", np.float32(0.5), Real(0))
    (3, 0.5)
    >>> check("method", "cosine", OneOf(("3CosAdd", "3CosMul")))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: method='cosine' is not allowed: give one of 3CosAdd, 3CosMul.
    """
    # What is allowed is asked twice, since a fraction above 0 may be 0 as a float.
    if not rule.allows(value) or not rule.allows(plain := _plain(value)):
        raise W2VError(f"{name}={shown(value)} is not allowed: give {rule}.")
    return plain


def _plain(value):
    """Python's number for NumPy's and others; anything else as it is."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value


def check_all(rules, **values):
    """Apply `check` to each value with the rule (of a dict) of its name; return what it returns, by name.

    Examples
    --------
    >>> check_all({"seed": Whole(0), "jobs": Whole(1)}, seed=3)
    {'seed': 3}
    """
    return {name: check(name, value, rules[name]) for name, value in values.items()}
