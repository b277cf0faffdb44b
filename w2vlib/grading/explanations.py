"""Which mistakes, alone or two at once, give a student's numbers exactly."""

import itertools
from dataclasses import dataclass

import numpy as np

from .comparison import AGREES, EXACT, error
from .mistakes import catalogue
from .steps import QUANTITIES, run

_MOST = 3  # alternatives that are named
_SINGLE_PRECISION = 1e-4
_RESULTS = ("loss", "grad_v", "grad_V", "grad_U", "value")  # steps whose value is returned


@dataclass(frozen=True)
class Explanation:
    """Mistakes that explain quantities, and other mistakes that explain them as well.

    Examples
    --------
    >>> Explanation(("loss",), (), (), factor=2.0).factor
    2.0
    """

    quantities: tuple
    mistakes: tuple
    alternatives: tuple
    factor: float | None = None


class Variants:
    """Results of the role's functions with mistakes, computed once.

    Parameters
    ----------
    role : str
    inputs : list of dict
        Values of the inputs.

    Examples
    --------
    >>> variants = Variants("naive", [{"v": np.zeros(2), "U": np.eye(2), "o": 0}])
    >>> mistake = next(m for m in variants.mistakes if m.key == "one_hot_missing")
    >>> variants.value(("grad_v", 0), (mistake,)).tolist()
    [0.5, 0.5]
    """

    def __init__(self, role, inputs):
        self.role, self.inputs, self.mistakes = role, inputs, catalogue(role)
        self._states = {}

    def value(self, where, mistakes):
        """Value of a quantity on an input, `where` = (quantity, number of the input); None if impossible."""
        quantity, k = where
        key = (k, tuple(m.key for m in mistakes))
        if key not in self._states:
            changes = [(m.step, m.change) for m in mistakes]
            try:
                with np.errstate(all="ignore"):
                    self._states[key] = run(self.role, self.inputs[k], changes)
            except (AttributeError, IndexError, ValueError, TypeError, ZeroDivisionError):
                self._states[key] = None
        state = self._states[key]
        return None if state is None else np.asarray(getattr(state, quantity), float)

    def affecting(self, quantity):
        """Mistakes that alone change a quantity on some input."""
        ks = range(len(self.inputs))
        right = [self.value((quantity, k), ()) for k in ks]

        def changes(mistake):
            values = (self.value((quantity, k), (mistake,)) for k in ks)
            return any(v is None or error(v, r) > AGREES for v, r in zip(values, right, strict=True))

        return [mistake for mistake in self.mistakes if changes(mistake)]

    def explains(self, quantity, mistakes, given, tolerance, factor=1.0):
        """Whether mistakes give what was given on every input; `given` is a dict of number → array."""
        for k, value in given.items():
            wrong = self.value((quantity, k), mistakes)
            if wrong is None or not _equal(value, factor * wrong, tolerance):
                return False
        return True


def _equal(given, wrong, tolerance):
    if given is not None and given.size and not np.isfinite(given).all():
        return False
    return error(given, wrong) <= tolerance


def _candidates(variants, quantity, given, tolerance):
    """Find the smallest sets of mistakes that explain a quantity, with a factor if nothing else does."""
    affecting = variants.affecting(quantity)
    singles = [(m,) for m in affecting if variants.explains(quantity, (m,), given, tolerance)]
    if singles:
        return singles, None
    factor = _factor(variants, quantity, (), given, tolerance)
    if factor is not None:
        return [()], factor
    pairs = []
    for a, b in itertools.permutations(affecting, 2):
        if (a.step != b.step and affecting.index(a) > affecting.index(b)) or _redundant(a, b):
            continue
        if (b, a) not in pairs and variants.explains(quantity, (a, b), given, tolerance):
            pairs.append((a, b))
    if pairs:
        return pairs, None
    for m in affecting:
        factor = _factor(variants, quantity, (m,), given, tolerance)
        if factor is not None:
            return [(m,)], factor
    return [], None


def _redundant(a, b):
    """Whether two mistakes are no explanation together: both scale a result, or both change its terms."""
    scales = ("_twice", "_half", "_per_word", "_zero", "_base_2", "_base_10")
    of_whole = (*scales, "_sign", "_transposed", "_whole_numbers")
    if a.key.endswith(scales) and b.key.endswith(scales):
        return True
    return a.step == b.step in _RESULTS and not (a.key.endswith(of_whole) or b.key.endswith(of_whole))


def _factor(variants, quantity, mistakes, given, tolerance):
    """Find the number that the value with mistakes is multiplied by on every input; None if there is none."""
    ratios = []
    for k, value in given.items():
        wrong = variants.value((quantity, k), mistakes)
        if value is None or wrong is None or value.size != wrong.size or not np.any(wrong):
            return None
        flat, base = value.ravel(), wrong.ravel()
        largest = np.abs(base).argmax()
        ratios.append(flat[largest] / base[largest])
    if len(ratios) < 2 or not np.isfinite(ratios).all() or ratios[0] in (0, 1):
        return None
    factor = float(ratios[0])
    return factor if variants.explains(quantity, mistakes, given, max(tolerance, 1e-6), factor) else None


def explain(role, inputs, given, right=(), single_precision=False):
    """Explain wrong quantities by the fewest mistakes.

    Parameters
    ----------
    role : str
    inputs : list of dict
        Values of the inputs.
    given : dict
        Wrong quantity → dict of number of the input → array that was returned.
    right : iterable of str
        Quantities that are right: of several explanations, one that leaves them right is preferred.
    single_precision : bool
        Whether the arrays are float32.

    Returns
    -------
    list of `Explanation`; quantities without one are left out.

    Examples
    --------
    >>> values = {"v": np.array([1.0, 2.0]), "U": np.array([[0.5, 0.0], [0.0, 1.0], [1.0, 1.0]]), "o": 0}
    >>> state = run("naive", values, [("delta", lambda s: s.y_hat)])
    >>> found = explain("naive", [values], {"grad_v": {0: state.grad_v}, "grad_U": {0: state.grad_U}})
    >>> [(e.quantities, e.mistakes[0].key) for e in found]
    [(('grad_v', 'grad_U'), 'one_hot_missing')]
    """
    variants = Variants(role, inputs)
    tolerance = _SINGLE_PRECISION if single_precision else EXACT
    options, factors = {}, {}
    for quantity, values in given.items():
        options[quantity], factors[quantity] = _candidates(variants, quantity, values, tolerance)
    chosen = {}
    for quantity, sets in options.items():
        if sets:
            chosen[quantity] = min(
                sets, key=lambda s: (-_coverage(s, options), _spoiled(variants, s, right), _at_result(s))
            )
    explanations = []
    for mistakes in dict.fromkeys(chosen.values()):
        quantities = tuple(q for q, m in chosen.items() if m == mistakes)
        for group in _by_factor(quantities, factors):
            others = [s for s in options[group[0]] if s != mistakes and all(s in options[q] for q in group)]
            explanations.append(Explanation(group, mistakes, tuple(others[:_MOST]), factors[group[0]]))
    return explanations


def _by_factor(quantities, factors):
    groups = {}
    for quantity in quantities:
        groups.setdefault(factors[quantity], []).append(quantity)
    return [tuple(group) for group in groups.values()]


def _coverage(mistakes, options):
    """How many wrong quantities a set of mistakes explains; a shared part counts a little."""
    whole = sum(mistakes in sets for sets in options.values())
    shared = sum(any(set(mistakes) & set(s) for s in sets) for sets in options.values())
    return whole + shared / 10


def _spoiled(variants, mistakes, right):
    """How many right quantities the mistakes would make wrong."""
    ks = range(len(variants.inputs))

    def spoils(quantity):
        values = ((variants.value((quantity, k), mistakes), variants.value((quantity, k), ())) for k in ks)
        return any(wrong is None or error(wrong, value) > AGREES for wrong, value in values)

    return sum(map(spoils, right))


def _at_result(mistakes):
    """How many of the mistakes change a result: one inside the computation is preferred."""
    return sum(m.step in _RESULTS for m in mistakes)


def indistinguishable(role, inputs):
    """Find groups of mistakes (list of lists of keys) that give the same numbers in every quantity.

    Examples
    --------
    >>> values = {"v": np.array([1.0, 2.0]), "U": np.array([[0.5, 0.0], [0.0, 1.0], [1.0, 1.0]]), "o": 0}
    >>> [sorted(group) for group in indistinguishable("naive", [values])][0]
    ['grad_v_whole_numbers', 'grad_v_zero']
    """
    variants = Variants(role, inputs)
    quantities, groups = QUANTITIES.get(role, ("value",)), []
    for mistake in variants.mistakes:
        values = [variants.value((q, k), (mistake,)) for q in quantities for k in range(len(inputs))]
        for other, group in groups:
            if all(_same(a, b) for a, b in zip(values, other, strict=True)):
                group.append(mistake.key)
                break
        else:
            groups.append((values, [mistake.key]))
    return [group for _, group in groups if len(group) > 1]


def _same(a, b):
    if a is None or b is None:
        return a is b
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)
