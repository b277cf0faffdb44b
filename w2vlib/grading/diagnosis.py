"""The verdict on one function, from the records of its calls.

A function is right if every quantity it returns agrees on every input. Advice (overflow at large scores,
slow code, single precision) never makes a right function wrong.
"""

from dataclasses import dataclass, field

import numpy as np

from . import comparison
from .cases import CALLBACK_FACTOR, cases, large_case, long_cases
from .comparison import AGREES, error, fitted, to_array
from .explanations import explain
from .steps import run

VERDICTS = ("right", "wrong", "fails", "not written", "unclear")
EXACT_DIGITS = 1e-8
_OVERFLOW = (
    "where a score is about 1,000, the result is infinite or no number: subtract the largest score before "
    "the exponential, see (1.5)",
    "where a score is about 1,000, the result is infinite or no number: see the text after (1.13)",
)
_PER_WORD = 3  # instructions of Python per word of the vocabulary, from which a loop is likely


@dataclass
class Wrong:
    """A quantity that is wrong: the smallest input on which it is, what was expected and given.

    Examples
    --------
    >>> Wrong("loss", 0, {}, np.array(1.0), np.array(2.0), ["a"], []).given
    array(2.)
    """

    quantity: str
    case: int
    values: dict
    expected: np.ndarray
    given: np.ndarray | None
    wrong_on: list
    right_on: list


@dataclass
class Diagnosis:
    """Verdict on one function.

    Attributes
    ----------
    function, role, verdict : str
        `verdict` is one of `VERDICTS`.
    checked : tuple of str
        Quantities that were checked.
    wrong : list of `Wrong`
    explanations : list of `Explanation`
    behaviour : list of str
        Keys of `mistakes.BEHAVIOUR`.
    changed : list of str
        Inputs that were changed in place.
    failure : dict or None
        An exception: ``text``, ``line``, ``code``, ``case``.
    advice, notes : list of str

    Examples
    --------
    >>> Diagnosis("f", "naive", "right").passed
    True
    """

    function: str
    role: str
    verdict: str
    checked: tuple = ()
    wrong: list = field(default_factory=list)
    explanations: list = field(default_factory=list)
    behaviour: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    failure: dict | None = None
    advice: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def passed(self):
        """Whether the function is right."""
        return self.verdict == "right"


@dataclass
class _View:
    """The calls under one convention, read: quantities, inputs, errors per quantity and input."""

    convention: str
    calls: list
    quantities: tuple
    inputs: list
    given: dict  # quantity → list of array or None
    errors: dict  # quantity → list of float

    @property
    def right(self):
        return not any(c["error"] for c in self.calls) and all(
            e <= AGREES for errors in self.errors.values() for e in errors
        )

    @property
    def score(self):
        return sum(e <= AGREES for errors in self.errors.values() for e in errors)


def _values(case, record, role, parameters):
    if role == "negative":
        return comparison.negatives_of(case, record, parameters)
    values = dict(case.values)
    if role == "skipgram":
        values["with_negatives"] = "callback" not in parameters and "negatives" in parameters
    return values


def _view(role, observation, convention, names):
    """Read the calls under one convention."""
    calls = observation["conventions"][convention]
    parameters = list(observation["parameters"].values())
    quantities = comparison.quantities_of(role, calls, names)
    inputs, given, errors = [], {}, {}
    for case, record in zip(cases(role), calls, strict=False):
        values = _values(case, record, role, parameters)
        arrays = [to_array(v) for v in record["values"] or []]
        if convention == "words in columns":
            arrays = [a.T if a is not None and a.ndim == 2 and 1 not in a.shape else a for a in arrays]
        found = {q: a for q, a in zip(quantities, arrays, strict=False) if q is not None}
        if values.pop("unknown", False) and found:
            values = comparison.inferred(values, found)
        state = run(role, values)
        for quantity in (q for q in quantities if q is not None):
            expected = np.asarray(getattr(state, quantity))
            array = fitted(found.get(quantity), expected)
            given.setdefault(quantity, []).append(array)
            errors.setdefault(quantity, []).append(error(array, expected))
        inputs.append(values)
    return _View(convention, calls, quantities, inputs, given, errors)


def _swapped(view, role):
    """Exchange the two gradients of a window, which have the same shape, if that makes them right."""
    if role != "skipgram" or view.quantities != ("loss", "grad_V", "grad_U") or view.right:
        return view
    given = {**view.given, "grad_V": view.given["grad_U"], "grad_U": view.given["grad_V"]}
    errors = {
        q: [error(a, getattr(run(role, v), q)) for a, v in zip(arrays, view.inputs, strict=True)]
        for q, arrays in given.items()
    }
    other = _View(view.convention, view.calls, ("loss", "grad_U", "grad_V"), view.inputs, given, errors)
    both = ("grad_V", "grad_U")
    agree = all(e <= AGREES for q in both for e in other.errors[q])
    return other if agree and not any(c["error"] for c in view.calls) else view


def _best(role, observation, names):
    """Choose the convention: the first under which all is right, else the one with most right quantities."""
    views = [_swapped(_view(role, observation, c, names), role) for c in observation["conventions"]]
    right = next((view for view in views if view.right), None)
    if right is not None:
        return right
    ran = [sum(not c["error"] for c in view.calls) for view in views]
    best = max(
        range(len(views)), key=lambda k: (ran[k] > ran[0] and ran[0] < 3, views[k].score > views[0].score + 3)
    )
    return views[best] if views[best].convention != "words in columns" else views[0]


def diagnose(function, role, observation, names=None):
    """Judge a function by the records of its calls.

    Parameters
    ----------
    function : str
        Its name.
    role : str
    observation : dict
        As `observing.observe` makes it.
    names : list of str, optional
        Quantities in the order in which they are returned.

    Returns
    -------
    Diagnosis

    Examples
    --------
    >>> from .observing import observe
    >>> flipped = observe(lambda x: 1 / (1 + np.exp(x)), "sigmoid", {"x": "x"})
    >>> diagnosis = diagnose("sigmoid", "sigmoid", flipped)
    >>> diagnosis.verdict, diagnosis.explanations[0].mistakes[0].key
    ('wrong', 'flipped')
    """
    if role == "helper":
        return _helper(function, observation)
    view = _best(role, observation, names)
    diagnosis = Diagnosis(function, role, "right", tuple(q for q in view.quantities if q))
    diagnosis.notes += _notes(view)
    if not view.right and _nothing_written(view):
        diagnosis.verdict, diagnosis.behaviour = "not written", ["not_written"]
        return diagnosis
    diagnosis.behaviour = _behaviour(view, observation, role)
    diagnosis.changed = sorted({name for record in view.calls for name in record["changed"]})
    if view.right and not diagnosis.behaviour:
        diagnosis.advice = _advice(view, observation, role)
        return diagnosis
    diagnosis.verdict = "wrong"
    if role in ("sigmoid", "log_sigmoid") and _right_for_numbers(observation, role):
        diagnosis.verdict = "right"
        diagnosis.advice = [
            "it takes only single numbers; with arrays the scores of many words need one call"
        ]
        return diagnosis
    # Sums that grow from call to call spoil every call but the first.
    usable = 1 if "accumulates" in diagnosis.behaviour else len(view.calls)
    _failure(diagnosis, view, usable)
    _wrong_quantities(diagnosis, view, usable, role)
    return diagnosis


def _nothing_written(view):
    """Whether every call returned only zeros or None, or raised NotImplementedError."""
    for record in view.calls:
        text = (record["error"] or {}).get("text", "")
        if record["error"]:
            if not text.startswith("NotImplementedError"):
                return False
        elif any(value["data"] and np.any(value["data"]) for value in record["values"]):
            return False
    return True


def _notes(view):
    notes = []
    if view.convention in ("columns", "rows") and view.right:
        notes.append(f"vectors are taken as {view.convention[:-1]} vectors")
    if view.quantities == ("loss", "grad_U", "grad_V") or view.quantities[1:] == ("grad_U", "grad_v"):
        notes.append("the two gradients are returned in the other order than in the course's signature")
    return notes


def _behaviour(view, observation, role):
    """Keys of what is wrong in how the function behaves."""
    keys = []
    if view.convention == "words in columns":
        keys.append("words_in_columns")
    if role != "sgd" and any(record["changed"] for record in view.calls):
        keys.append("in_place")
    keys += _repetition(view)
    if role == "skipgram" and view.score and "other_callback" in observation:
        other = observation["other_callback"]["values"]
        first = view.calls[0]["values"]
        loss = [to_array(v[0]) for v in (other, first) if v]
        if (
            len(loss) == 2
            and error(loss[0], loss[1]) <= AGREES
            and error(loss[0], CALLBACK_FACTOR * loss[1]) > AGREES
        ):
            keys.append("callback_ignored")
    return keys


def _repetition(view):
    """Whether a second call with the same input gave another result, and how."""
    record = view.calls[0]
    if "again" not in record or not record["values"]:
        return []
    drawn_elsewhere = view.errors and all(errors[0] <= AGREES for errors in view.errors.values())
    again = [to_array(v) for v in record["again"] or []]
    first = [to_array(v) for v in record["values"]]
    if not again or any(a is None for a in (*again, *first)):
        return ["accumulates" if not again else "not_repeatable"]
    grew = [a.shape == f.shape and error(a, 2 * f) <= AGREES for a, f in zip(again, first, strict=False)]
    if any(grew):
        return ["accumulates"]
    return [] if drawn_elsewhere and view.right else ["not_repeatable"]


def _right_for_numbers(observation, role):
    expected = run(role, cases(role)[0].values).value
    scalars = observation.get("scalars", [])
    return bool(scalars) and all(
        s is not None and error(np.array(s), e) <= AGREES for s, e in zip(scalars, expected, strict=True)
    )


def _failure(diagnosis, view, usable):
    """Note the exception on the smallest input, and whether only square inputs run."""
    failed = [k for k, record in enumerate(view.calls[:usable]) if record["error"]]
    if not failed:
        return
    case = cases(diagnosis.role)[failed[0]]
    diagnosis.failure = {**view.calls[failed[0]]["error"], "case": failed[0], "title": case.title}
    if len(failed) == len(view.calls[:usable]):
        diagnosis.verdict = "fails"
    if "U" in case.values and failed:
        square = [c.values["U"].shape[0] == c.values["U"].shape[1] for c in cases(diagnosis.role)]
        ran = [k for k in range(len(view.calls)) if k not in failed]
        if ran and all(square[k] for k in ran) and not any(square[k] for k in failed):
            diagnosis.failure["square"] = True


def _wrong_quantities(diagnosis, view, usable, role):
    """Fill in which quantities are wrong and why."""
    ran = [k for k, record in enumerate(view.calls[:usable]) if not record["error"]]
    titles = [case.title for case in cases(role)]
    given, single = {}, False
    for quantity in view.given:
        wrong = [k for k in ran if view.errors[quantity][k] > AGREES]
        if not wrong:
            continue
        first = wrong[0]
        expected = np.asarray(getattr(run(role, view.inputs[first]), quantity))
        diagnosis.wrong.append(
            Wrong(
                quantity, first, view.inputs[first], expected, view.given[quantity][first],
                [titles[k] for k in wrong], [titles[k] for k in ran if k not in wrong],
            )
        )  # fmt: skip
        given[quantity] = {k: view.given[quantity][k] for k in ran}
        single |= any(v["dtype"] == "float32" for k in ran for v in view.calls[k]["values"] or [])
    if given:
        right = [q for q in view.given if q not in given]
        diagnosis.explanations = explain(role, view.inputs, given, right, single)


def _advice(view, observation, role):
    """Sentences on what is right but could be better."""
    advice = []
    single = any(v["dtype"] in ("float32", "float16") for r in view.calls for v in r["values"] or [])
    largest = max((e for errors in view.errors.values() for e in errors), default=0.0)
    if single:
        advice.append(
            "it computes in single precision (float32): differences as in notebook 02 need double precision"
        )
    elif largest > EXACT_DIGITS:
        advice.append(
            f"it agrees only to a relative error of {largest:.0e}: is a small constant added in a logarithm?"
        )
    if _overflows(view, observation, role):
        advice.append(_OVERFLOW[role in ("negative", "sigmoid", "log_sigmoid")])
    small, large = observation.get("opcodes", (0, 0))
    n_small, n_large = (len(case.values["U"]) for case in long_cases())
    if small and (large - small) / (n_large - n_small) >= _PER_WORD:
        advice.append(
            "it is right but slow: Python runs a loop over the vocabulary; a product with the matrix U does "
            "the same at once, see (1.8) and (1.11)"
        )
    return advice


def _overflows(view, observation, role):
    record, case = observation.get("large"), large_case(role)
    if record is None or view.convention != "vectors":
        return False
    if record["error"]:
        return True
    values = _values(case, record, role, list(observation["parameters"].values()))
    if values.pop("unknown", False):
        return False
    state = run(role, values)
    pairs = zip(view.quantities, record["values"], strict=False)
    return any(error(to_array(v), getattr(state, q)) > 1e-3 for q, v in pairs if q)


def _helper(function, observation):
    """Judge a function that draws the negatives of a pair."""
    diagnosis = Diagnosis(function, "helper", "right", ("negatives",))
    calls = observation["conventions"]["vectors"]
    for k, (case, record) in enumerate(zip(cases("helper"), calls, strict=False)):
        if record["error"]:
            diagnosis.verdict = "not written" if record["error"]["text"].startswith("NotImpl") else "fails"
            diagnosis.failure = {**record["error"], "case": k, "title": case.title}
            break
        arrays = [a for a in map(to_array, record["values"]) if a is not None]
        drawn = np.concatenate([a.ravel() for a in arrays]) if arrays else np.zeros(0)
        found = []
        if case.values["o"] in drawn:
            found.append("helper_outside")
        if len(drawn) != case.values["K"]:
            found.append("helper_number")
        if found:
            diagnosis.verdict, diagnosis.behaviour = "wrong", found
            expected = np.array(case.values["negatives"])
            diagnosis.wrong = [Wrong("negatives", k, case.values, expected, drawn, [case.title], [])]
            break
    return diagnosis
