"""Call a student's function on the inputs of its role and record what it does, as plain data.

Nothing is judged here: this runs in the process of the student's code, and `diagnosis` reads its records.
A record of a call has ``values`` (what was returned: list of arrays as dicts), or ``error``; ``again`` (what
a second call with the same input returned, if that differs); ``changed`` (inputs that were changed in place);
``draws`` and ``helper`` (what the sampler drew, what a function such as `getNegativeSamples` returned).
"""

import inspect
import sys
import traceback
import warnings
from contextlib import contextmanager

import numpy as np

from .cases import CALLBACK_FACTOR, WORDS, cases, large_case, long_cases, softmax_pair
from .loading import TooSlow, described, time_limit
from .signatures import ROLES, normalised

SECONDS = 5  # per call
LARGEST_ARRAY = 10_000  # numbers of an array that are kept
CONVENTIONS = ("vectors", "columns", "rows", "words in columns", "tensors")


class Dataset:
    """A data set of the course's interface whose draws are fixed beforehand, and recorded.

    Examples
    --------
    >>> dataset = Dataset([2, 0])
    >>> dataset.sampleTokenIdx(), dataset.sampleTokenIdx(), dataset.draws
    (2, 0, [2, 0])
    """

    def __init__(self, stream=(0, 1)):
        self.stream, self.draws = stream, []

    def sampleTokenIdx(self):  # noqa: N802 - the course's name
        """Draw the next word."""
        if len(self.draws) >= len(self.stream):
            raise RuntimeError(f"sampleTokenIdx was called more than {len(self.stream)} times for one pair")
        self.draws.append(self.stream[len(self.draws)])
        return self.draws[-1]


def as_data(value):
    """One array as plain data: ``shape``, ``dtype`` and ``data`` (flat list); tensors too.

    Examples
    --------
    >>> as_data(np.eye(2))
    {'shape': [2, 2], 'dtype': 'float64', 'data': [1.0, 0.0, 0.0, 1.0]}
    """
    for method in ("detach", "cpu", "numpy"):  # PyTorch
        if not isinstance(value, np.ndarray) and hasattr(value, method):
            value = getattr(value, method)()
    if value is None:
        return {"shape": None, "dtype": "None", "data": []}
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind not in "biuf":
        try:
            array = np.array(value, float)
        except (TypeError, ValueError):
            return {"shape": None, "dtype": type(value).__name__, "data": []}
    if array.size > LARGEST_ARRAY:
        return {"shape": list(array.shape), "dtype": str(array.dtype), "data": []}
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "data": array.ravel().astype(float).tolist(),
    }


def returned(result):
    """Give what a function returned, as a list of arrays as plain data, and their names if it was a dict."""
    if isinstance(result, dict):
        return [as_data(v) for v in result.values()], [str(k) for k in result]
    if isinstance(result, list) and not all(np.ndim(v) == 0 and not hasattr(v, "shape") for v in result):
        result = tuple(result)
    if isinstance(result, tuple):
        return [as_data(v) for v in result], None
    return [as_data(result)], None


@contextmanager
def _recorded_helper(function, records):
    """Record what the file's own function for drawing negatives returns."""
    namespace = getattr(inspect.unwrap(function), "__globals__", {})
    helpers = [n for n, f in list(namespace.items()) if callable(f) and type(n) is str]
    names = [name for name in helpers if normalised(name) in ROLES["helper"]]
    names = [name for name in names if namespace[name] is not function]
    kept = {name: namespace[name] for name in names}

    def recorder(original):
        def record(*args, **kwargs):
            result = original(*args, **kwargs)
            try:
                records.append([int(w) for w in np.ravel(result).astype(np.int64)])
            except (TypeError, ValueError, OverflowError):
                pass
            return result

        return record

    namespace.update({name: recorder(original) for name, original in kept.items()})
    try:
        yield
    finally:
        namespace.update(kept)


def _shaped(quantity, value, convention):
    """Array that the function gets: a copy, in the shape of the convention."""
    if not isinstance(value, np.ndarray):
        return list(value) if isinstance(value, tuple) else value
    if quantity == "v" and convention in ("columns", "words in columns"):
        return value.reshape(-1, 1).copy()
    if quantity == "v" and convention == "rows":
        return value.reshape(1, -1).copy()
    if quantity == "U" and convention == "words in columns":
        return value.T.copy()
    if convention == "tensors":
        return sys.modules["torch"].tensor(value, dtype=sys.modules["torch"].float64)
    return value.copy()


def _square(x):
    return np.sum(x**2), 2 * x


def _quantities(case, role, convention):
    """All quantities of a case that a parameter may ask for: name → value."""
    given = {q: _shaped(q, v, convention) for q, v in case.values.items()}
    given["dataset"] = Dataset(case.values.get("stream", tuple(range(len(case.values.get("U", "ab"))))))
    if role in ("negative", "helper"):
        given["negatives"] = np.array(case.values["negatives"])
        given["U_k"] = case.values["U"][list(case.values["negatives"])]
    if role in ("naive", "negative"):
        given["u_o"] = case.values["U"][case.values["o"]].copy()
    if role == "sgd":
        given |= {"f": _square, "postprocessing": None}
        if case.values.get("postprocessing"):
            given["postprocessing"] = lambda x: x / 2
    return given


def _window_quantities(given, names, factor):
    """Words for the signature of the course, ids for other signatures of `skipgram`."""

    def pair(centerWordVec, outsideWordIdx, outsideVectors, *rest, **options):  # noqa: N803
        loss, by_v, by_U = softmax_pair(np.asarray(centerWordVec), outsideWordIdx, np.asarray(outsideVectors))
        return factor * loss, factor * by_v, factor * by_U

    given = dict(given)
    if "word2ind" in names:
        given["word2ind"] = {word: k for k, word in enumerate(WORDS[: len(given["V"])])}
        given["i"], given["outside"] = WORDS[given["i"]], [WORDS[o] for o in given["outside"]]
    given["callback"] = pair
    if "callback" in names:
        given["negatives"] = None
    return given


def call(function, role, case, parameters, convention="vectors", factor=1.0):
    """Call a function once and record what it does; dict, see the module.

    Parameters
    ----------
    function : callable
    role : str
    case : Case
    parameters : dict
        Parameter → quantity.
    convention : str
        One of `CONVENTIONS`.
    factor : float
        Of the pair function that `skipgram` is given.

    Examples
    --------
    >>> record = call(lambda x: x + 1, "sigmoid", cases("sigmoid")[0], {"x": "x"})
    >>> record["values"][0]["data"], record["changed"]
    ([2.0, 0.5], [])
    """
    given = _quantities(case, role, convention)
    if role == "skipgram":
        given = _window_quantities(given, parameters.values(), factor)
    before = {q: v.copy() for q, v in given.items() if isinstance(v, np.ndarray)}
    record, helper = {"values": None, "names": None, "error": None}, []
    positional = [given.get(q) for name, q in parameters.items() if name.startswith("*")]
    named = {name: given.get(q) for name, q in parameters.items() if not name.startswith("*")}
    # Parameters that are only positional (or of a builtin) cannot be given by name.
    by_position = positional or _only_positional(function)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), _recorded_helper(function, helper):
            warnings.simplefilter("ignore")
            with time_limit(SECONDS):
                result = function(*(positional or named.values())) if by_position else function(**named)
        record["values"], record["names"] = returned(result)
        if role == "sgd" and result is None:
            record["values"] = [as_data(given["x0"])]
    except TooSlow:
        record["error"] = {"text": f"it took longer than {SECONDS} s", "slow": True}
    except BaseException as error:
        record["error"] = _where(error)
    record["changed"] = [q for q, v in before.items() if not np.array_equal(v, given[q], equal_nan=True)]
    record["draws"], record["helper"] = given["dataset"].draws, helper
    return record


def _only_positional(function):
    try:
        kinds = {p.kind for p in inspect.signature(function).parameters.values()}
    except (TypeError, ValueError):
        return True
    return inspect.Parameter.POSITIONAL_ONLY in kinds


def _where(error):
    """Describe an exception: text, and line of the student's code if known."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename != __file__ and "site-packages" not in f.filename]
    own = [f for f in own if "w2vlib" not in f.filename.replace("\\", "/").split("/")[-3:-1]]
    line = own[-1].lineno if own else None
    return {"text": described(error), "line": line, "code": (own[-1].line or "") if own else ""}


def observe(function, role, parameters):
    """Call a function on every input of its role, under each convention for vectors; plain dict.

    Examples
    --------
    >>> record = observe(lambda x: 1 / (1 + np.exp(-x)), "sigmoid", {"x": "x"})
    >>> list(record["conventions"]), len(record["conventions"]["vectors"])
    (['vectors'], 3)
    """
    record = {"parameters": parameters, "conventions": {}}
    names = CONVENTIONS[:4] if role in ("naive", "negative") else CONVENTIONS[:1]
    if "torch" in sys.modules and hasattr(sys.modules["torch"], "float64"):
        names = (*names, "tensors")
    for convention in names:
        calls = []
        for case in cases(role):
            first = call(function, role, case, parameters, convention)
            second = call(function, role, case, parameters, convention)
            if not _same(first, second):
                first["again"] = second["values"]
            calls.append(first)
            if any(c["error"] and c["error"].get("slow") for c in (first, second)):
                break
        record["conventions"][convention] = calls
        if calls[-1]["error"] and calls[-1]["error"].get("slow"):
            return record
    _observe_more(record, function, role, parameters)
    return record


def _same(first, second):
    """Whether two calls returned the same."""
    return repr(first["values"]) == repr(second["values"]) and bool(first["error"]) == bool(second["error"])


def _observe_more(record, function, role, parameters):
    """Add calls with large scores, numbers, another pair function, and vocabularies of two sizes."""
    if large_case(role) is not None:
        record["large"] = call(function, role, large_case(role), parameters)
    if role in ("sigmoid", "log_sigmoid"):
        record["scalars"] = [_of_scalar(function, float(x)) for x in cases(role)[0].values["x"]]
    if role == "skipgram" and "callback" in parameters.values():
        case = cases(role)[0]
        record["other_callback"] = call(function, role, case, parameters, factor=CALLBACK_FACTOR)
    if role == "naive":
        record["opcodes"] = [opcodes(function, role, case, parameters) for case in long_cases()]


def _of_scalar(function, x):
    """Value of the function for one number; None if it raises."""
    try:
        with warnings.catch_warnings(), time_limit(SECONDS):
            warnings.simplefilter("ignore")
            return float(function(x))
    except BaseException:  # sys.exit() too
        return None


def opcodes(function, role, case, parameters):
    """Count (int) the instructions of Python that run in the function's own file; 0 if it raises.

    Examples
    --------
    >>> small, large = long_cases()
    >>> fast, slow = (lambda v, o, U: U @ v), (lambda v, o, U: [u @ v for u in U])
    >>> names = {"v": "v", "o": "o", "U": "U"}
    >>> [opcodes(f, "naive", large, names) > opcodes(f, "naive", small, names) for f in (fast, slow)]
    [False, True]
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return 0
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if frame.f_code.co_filename != code.co_filename:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        record = call(function, role, case, parameters)
    finally:
        sys.settrace(before)
    return 0 if record["error"] else count
