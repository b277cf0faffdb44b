"""What was returned against what is right: which returned value is which quantity, and whether it agrees."""

import itertools
import math

import numpy as np

from .cases import cases
from .signatures import normalised
from .steps import QUANTITIES, run

AGREES = 2e-5  # relative: single precision, or a small constant inside a logarithm, is no mistake
EXACT = 1e-7  # relative: of an explanation
_NAMES = {
    "loss": ("loss", "cost", "j"),
    "grad_v": ("gradcentervec", "gradcentrevec", "gradv", "gradpred", "dv", "gradcenter", "gradvc"),
    "grad_U": ("gradoutsidevecs", "gradu", "grad", "du", "gradoutside", "gradoutsidevectors", "gradout"),
    "grad_V": ("gradcentervecs", "gradcentrevecs", "gradv", "gradin", "dv"),
}


def to_array(value):
    """Array of a record's value; None if nothing usable was returned.

    Examples
    --------
    >>> to_array({"shape": [2], "dtype": "float64", "data": [1.0, 2.0]}).tolist()
    [1.0, 2.0]
    """
    if value is None or value["shape"] is None or math.prod(value["shape"]) != len(value["data"]):
        return None
    return np.array(value["data"], float).reshape(value["shape"])


def fitted(given, expected):
    """`given` in the shape of `expected`, if they differ only by axes of length 1; else unchanged.

    Examples
    --------
    >>> fitted(np.ones((2, 1)), np.ones(2)).shape, fitted(np.ones((3, 2)), np.ones((2, 3))).shape
    ((2,), (3, 2))
    """
    expected = np.asarray(expected)
    if given is None or given.shape == expected.shape:
        return given
    squeezed = tuple(n for n in given.shape if n != 1), tuple(n for n in expected.shape if n != 1)
    return given.reshape(expected.shape) if squeezed[0] == squeezed[1] else given


def error(given, expected):
    """Largest difference (float) relative to the largest number; infinite for another shape or no number.

    Examples
    --------
    >>> error(np.array([1.0, 2.0]), np.array([1.0, 2.5]))
    0.2
    """
    expected = np.asarray(expected, float)
    given = fitted(given, expected)
    if given is None or given.shape != expected.shape or not np.isfinite(given).all():
        return np.inf
    if not np.isfinite(expected).all():
        return np.inf
    scale = max(np.abs(expected).max(initial=0), np.abs(given).max(initial=0))
    return float(np.abs(given - expected).max(initial=0) / scale) if scale > 0 else 0.0


def quantities_of(role, calls, names=None):
    """Which quantity each returned value is, by names, by shapes, else by the order of the signature.

    Parameters
    ----------
    role : str
    calls : list of dict
        Records of calls on the inputs of the role.
    names : list of str, optional
        As the user gives them.

    Returns
    -------
    tuple of str or None, one per returned value

    Examples
    --------
    >>> record = {"values": [{"shape": [3, 2]}, {"shape": []}, {"shape": [2]}], "names": None}
    >>> quantities_of("naive", [{"values": None}, {"values": None}, record])
    ('grad_U', 'loss', 'grad_v')
    """
    if role not in QUANTITIES:
        return ("value",)
    order = QUANTITIES[role]
    if names:
        return tuple(names)
    for case, record in zip(cases(role), calls, strict=False):
        values = record["values"]
        if not values or case.values["U"].shape[0] == case.values["U"].shape[1]:
            continue
        if record.get("names"):
            plain = [normalised(n) for n in record["names"]]
            return tuple(next((q for q in order if p in _NAMES[q]), None) for p in plain)
        found = _by_shapes(order, values, case)
        if found:
            return found
    count = max((len(record["values"]) for record in calls if record["values"]), default=3)
    return order[:count]


def _by_shapes(order, values, case):
    """Give the first arrangement, in the order of the signature, whose shapes are those returned."""
    shape_of = {"loss": (), "grad_U": case.values["U"].shape, "grad_V": case.values["U"].shape}
    shape_of["grad_v"] = case.values["U"].shape[1:]

    def fits(value, quantity):
        shape = value["shape"]
        return shape is not None and [n for n in shape if n != 1] == [n for n in shape_of[quantity] if n != 1]

    for arrangement in itertools.permutations(order, min(len(values), len(order))):
        if all(fits(v, q) for v, q in zip(values, arrangement, strict=False)):
            return arrangement
    return None


def negatives_of(case, record, parameters):
    """Draws that the function used: values of the case with ``negatives``, ``first_draws``, ``second_draws``.

    They are those given as an argument, those that the file's own helper returned, or those that the
    sampler drew. The values have ``unknown`` = True where the function drew in another way.

    Examples
    --------
    >>> case = cases("negative")[3]
    >>> record = {"helper": [], "draws": [2, 0, 2, 3]}
    >>> values = negatives_of(case, record, ["v", "o", "U", "dataset", "K"])
    >>> case.values["stream"][:4], values["negatives"], values["first_draws"]
    ((2, 0, 2, 3), (0, 3), (2, 0))
    """
    values, K, o = dict(case.values), case.values["K"], case.values["o"]
    stream = case.values["stream"]
    others = [w for w in stream if w != o]
    values["first_draws"], values["second_draws"] = stream[:K], tuple(others[K : 2 * K])
    if "negatives" in parameters or "U_k" in parameters:
        return values
    # A helper that raised or returned words that do not exist says nothing.
    helper = [h for h in record["helper"] if h and all(0 <= w < len(case.values["U"]) for w in h)]
    if helper:
        values["negatives"] = tuple(helper[0])
        values["second_draws"] = tuple(helper[-1])
    elif record["draws"]:
        values["negatives"] = tuple(others[:K])
    else:
        values["unknown"] = True
    return values


def inferred(values, given, role="negative"):
    """Values of a case with those negatives that explain what was returned, if there are such.

    Examples
    --------
    >>> values = negatives_of(cases("negative")[2], {"helper": [], "draws": []}, [])
    >>> drawn = run("negative", {**values, "negatives": (0, 0)})
    >>> inferred(values, {"loss": drawn.loss})["negatives"]
    (0, 0)
    """
    words = [w for w in range(len(values["U"])) if w != values["o"]]
    for drawn in itertools.combinations_with_replacement(words, values["K"]):
        state = run(role, {**values, "negatives": drawn})
        if all(error(g, getattr(state, q)) <= AGREES for q, g in given.items()):
            return {**values, "negatives": drawn}
    return values
