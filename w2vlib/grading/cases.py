"""The inputs on which a student's functions are called, smallest first.

The process that runs the student's file and the one that judges the results make the same inputs from
this module, so only results travel between them. Nothing here needs more than NumPy: the process starts
fast.
"""

from dataclasses import dataclass, field

import numpy as np

WORDS = "abcdefghij"
CALLBACK_FACTOR = 3.0  # of the second pair function that `skipgram` is given


@dataclass(frozen=True)
class Case:
    """One input of a function.

    Attributes
    ----------
    title : str
        What the input is, for the reader.
    values : dict
        Name of a quantity → its value. For pairs: ``v`` (dim,), ``U`` (n_vocab, dim), ``o``, and for negative
        sampling ``negatives``, tuple of K ids, and ``stream``, what the sampler draws one after another.

    Examples
    --------
    >>> case = cases("naive")[0]
    >>> case.title, case.values["o"], case.values["U"].shape
    ('two words, two dimensions', 0, (2, 2))
    """

    title: str
    values: dict = field(default_factory=dict)


def _random_pair(n_vocab, dim, seed):
    rng = np.random.default_rng(seed)
    return {"v": rng.normal(size=dim).round(2), "U": rng.normal(size=(n_vocab, dim)).round(2)}


_SMALL = {"v": np.array([1.0, -0.5]), "U": np.array([[0.5, 2.0], [1.0, -1.0]])}


def _naive():
    return [
        Case("two words, two dimensions", {**_SMALL, "o": 0}),
        Case("two words, two dimensions, the other outside word", {**_SMALL, "o": 1}),
        Case("three words, two dimensions", {**_random_pair(3, 2, 1), "o": 1}),
        Case("five words, three dimensions", {**_random_pair(5, 3, 2), "o": 3}),
        Case("four words, four dimensions", {**_random_pair(4, 4, 3), "o": 2}),
        Case("seven words, four dimensions", {**_random_pair(7, 4, 4), "o": 0}),
    ]


def _negative_case(title, pair, o, negatives, outside_drawn=False):
    """Make a case; the sampler draws `negatives`, with o among them if wanted, and then other words."""
    drawn = list(negatives)
    if outside_drawn:
        drawn.insert(1, o)
        drawn.insert(0, o)
    n_vocab = len(pair["U"])
    others = [w for w in range(n_vocab) if w != o]
    rng = np.random.default_rng(n_vocab + len(negatives))
    after = [others[k] for k in rng.integers(len(others), size=500)]
    stream = tuple(int(w) for w in (*drawn, *after))
    return Case(title, {**pair, "o": o, "negatives": tuple(negatives), "K": len(negatives), "stream": stream})


def _negative():
    return [
        _negative_case("two words, two dimensions, one negative", _SMALL, 0, (1,)),
        _negative_case("two words, two dimensions, a negative drawn twice", _SMALL, 1, (0, 0)),
        _negative_case("four words, three dimensions, two negatives", _random_pair(4, 3, 5), 1, (3, 2)),
        _negative_case(
            "four words, three dimensions, the sampler also draws the outside word",
            _random_pair(4, 3, 6), 2, (0, 3), True,
        ),
        _negative_case(
            "five words, three dimensions, a negative drawn twice", _random_pair(5, 3, 7), 2, (0, 3, 0)
        ),
        _negative_case(
            "six words, six dimensions, negatives drawn twice and three times",
            _random_pair(6, 6, 8), 4, (5, 1, 5, 0, 1, 5), True,
        ),
    ]  # fmt: skip


def _window_case(title, n_vocab, dim, seed, i, outside, window):
    """Make a case of a window: ids, and the same as words for the signature of the course."""
    rng = np.random.default_rng(seed)
    V, U = rng.normal(size=(2, n_vocab, dim)).round(2)
    others = [[w for w in range(n_vocab) if w != o] for o in outside]
    negatives = np.array([rng.choice(words, 3) for words in others])
    values = {"i": i, "outside": tuple(outside), "V": V, "U": U, "window": window, "negatives": negatives}
    return Case(title, values)


def _window():
    return [
        _window_case("two words, two dimensions, one outside word", 2, 2, 1, 0, (1,), 1),
        _window_case("two words, two dimensions, two outside words", 2, 2, 2, 1, (0, 1), 2),
        _window_case("four words, two dimensions, three outside words", 4, 2, 3, 2, (1, 3, 0), 2),
        _window_case("five words, three dimensions, an outside word twice", 5, 3, 4, 1, (4, 0, 4, 2), 3),
        _window_case("four words, four dimensions, four outside words", 4, 4, 5, 3, (0, 1, 2, 0), 4),
    ]


def _vectors(*sizes):
    rng = np.random.default_rng(9)
    cases = [Case("a vector of two numbers", {"x": np.array([1.0, -0.5])})]
    return cases + [Case(f"an array of shape {s}", {"x": rng.normal(size=s).round(2)}) for s in sizes]


def _steps():
    start = np.array([1.0, -2.0])
    cases = [
        Case("f(x) = x², from x = 0.5, one step", {"x0": 0.5, "rate": 0.1, "iterations": 1}),
        Case("f(x) = x², from x = (1, −2), one step", {"x0": start, "rate": 0.1, "iterations": 1}),
        Case("f(x) = x², from x = (1, −2), three steps", {"x0": start, "rate": 0.2, "iterations": 3}),
    ]
    after = {"x0": start, "rate": 0.2, "iterations": 2, "postprocessing": True}
    return [*cases, Case("two steps, each followed by a function that halves x", after)]


def cases(role):
    """Make the inputs (list of `Case`) on which a function with this role is called.

    Examples
    --------
    >>> [len(cases(role)) for role in ("naive", "negative", "skipgram", "sgd")]
    [6, 6, 5, 4]
    """
    makers = {
        "naive": _naive, "negative": _negative, "skipgram": _window, "sgd": _steps, "helper": _negative,
        "sigmoid": lambda: _vectors((1,), (3, 2)), "log_sigmoid": lambda: _vectors((1,), (3, 2)),
        "softmax": lambda: _vectors((5,), (9,)), "log_softmax": lambda: _vectors((5,), (9,)),
    }  # fmt: skip
    return makers[role]()


def large_case(role):
    """Input (`Case`) with scores of a thousand, Eq. (1.5); None where a role has none.

    Examples
    --------
    >>> case = large_case("naive")
    >>> (case.values["U"] @ case.values["v"]).tolist()
    [1000.0, -1000.0, 999.0]
    """
    pair = {"v": np.array([10.0, 0.0]), "U": np.array([[100.0, 1.0], [-100.0, 2.0], [99.9, 3.0]])}
    if role == "naive":
        return Case("scores of a thousand", {**pair, "o": 2})
    if role == "negative":
        return _negative_case("scores of a thousand", pair, 1, (0,))
    if role in ("sigmoid", "log_sigmoid", "softmax", "log_softmax"):
        return Case("numbers as large as a thousand", {"x": np.array([1000.0, -1000.0, 999.0])})
    return None


def long_cases():
    """Two inputs (tuple of `Case`) of the naive softmax that differ only in the size of the vocabulary.

    Examples
    --------
    >>> [len(case.values["U"]) for case in long_cases()]
    [40, 80]
    """
    return tuple(Case(f"{n} words", {**_random_pair(n, 3, 1), "o": 1}) for n in (40, 80))


def softmax_pair(v, o, U):
    """Naive-softmax loss of a pair and its gradients, Eqs. (1.3), (1.8), (1.11), for `skipgram`'s argument.

    It repeats `gradients.losses.naive_softmax` without SciPy, which a new process would load for seconds;
    a test compares both.

    Examples
    --------
    >>> loss, by_v, by_U = softmax_pair(np.zeros(2), 0, np.eye(2))
    >>> round(float(loss), 4), by_v.tolist(), by_U.shape
    (0.6931, [-0.5, 0.5], (2, 2))
    """
    scores = U @ v
    weights = np.exp(scores - scores.max())
    y_hat = weights / weights.sum()
    delta = y_hat - np.eye(len(U))[o]
    return -np.log(y_hat[o]), U.T @ delta, np.outer(delta, v)
