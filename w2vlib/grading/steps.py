"""The functions of notebook 01 as named steps, so that a mistake is one step done differently.

Every role is a list of (name, function of the state). A mistake changes the value of one step; what follows
uses the changed value. So any two mistakes can be combined.
"""

from types import SimpleNamespace

import numpy as np

from ..gradients import losses
from .cases import softmax_pair


def _one_hot(s):
    return np.eye(len(s.U))[s.o]


NAIVE = (
    ("matrix", lambda s: s.U),  # whose rows give the scores
    ("scores", lambda s: s.matrix @ s.v),  # (n_vocab,)
    ("y_hat", lambda s: losses.softmax(s.scores)),
    ("y", _one_hot),
    ("loss", lambda s: _minus_log(s.y_hat[s.o])),
    ("delta", lambda s: s.y_hat - s.y),
    ("grad_v", lambda s: s.U.T @ s.delta),
    ("grad_U", lambda s: np.outer(s.delta, s.v)),
)

NEGATIVE = (
    ("used", lambda s: np.array(s.negatives)),  # negatives of all terms
    ("x_o", lambda s: s.U[s.o] @ s.v),
    ("x_k", lambda s: s.U[s.used] @ s.v),  # (K,)
    ("loss_o", lambda s: -losses.log_sigmoid(s.x_o)),
    ("loss_k", lambda s: -losses.log_sigmoid(-s.x_k)),  # (K,)
    ("loss", lambda s: s.loss_o + s.loss_k.sum()),
    ("d_o", lambda s: losses.sigmoid(s.x_o) - 1),
    ("d_k", lambda s: losses.sigmoid(s.x_k)),  # (K,)
    ("grad_v", lambda s: s.d_o * s.U[s.o] + s.d_k @ s.U[s.used]),
    ("part_o", lambda s: s.d_o * s.v),
    ("parts_k", lambda s: np.outer(s.d_k, s.v)),  # (K, dim)
    ("grad_U", lambda s: added(s, s.part_o, s.used, s.parts_k)),
)

WINDOW = (
    ("words", lambda s: list(s.outside)),
    ("v", lambda s: s.V[s.i]),
    ("matrix", lambda s: s.U),
    ("pairs", lambda s: _pairs(s)),
    ("loss", lambda s: sum(pair[0] for pair in s.pairs)),
    ("grad_V", lambda s: row_of(s, s.i, sum(pair[1] for pair in s.pairs))),
    ("grad_U", lambda s: sum(pair[2] for pair in s.pairs)),
)

SGD = (
    ("n_steps", lambda s: s.iterations),
    ("direction", lambda s: -1.0),
    ("gradient", lambda s: lambda x: 2 * x),
    ("after", lambda s: (lambda x: x / 2) if getattr(s, "postprocessing", False) else (lambda x: x)),
    ("value", lambda s: _descend(s)),
)

ONE_STEP = {
    "sigmoid": losses.sigmoid, "log_sigmoid": losses.log_sigmoid,
    "softmax": losses.softmax, "log_softmax": losses.log_softmax,
}  # fmt: skip
STEPS = {"naive": NAIVE, "negative": NEGATIVE, "skipgram": WINDOW, "sgd": SGD}
STEPS |= {role: (("value", lambda s, f=f: f(s.x)),) for role, f in ONE_STEP.items()}
QUANTITIES = {
    "naive": ("loss", "grad_v", "grad_U"),
    "negative": ("loss", "grad_v", "grad_U"),
    "skipgram": ("loss", "grad_V", "grad_U"),
}


def _minus_log(p):
    with np.errstate(divide="ignore"):
        return -np.log(p)


def added(s, part_o, words, parts):
    """Matrix of U's shape with `part_o` added to the row of o and `parts` (K, dim) to those of `words`.

    Examples
    --------
    >>> s = SimpleNamespace(U=np.zeros((3, 1)), o=0)
    >>> added(s, [1.0], [2, 2], [[1.0], [1.0]]).ravel().tolist()
    [1.0, 0.0, 2.0]
    """
    gradient = np.zeros_like(s.U)
    gradient[s.o] += part_o
    np.add.at(gradient, words, parts)
    return gradient


def row_of(s, i, row):
    """Matrix of V's shape that is zero except for row i.

    Examples
    --------
    >>> row_of(SimpleNamespace(V=np.ones((2, 1))), 1, [3.0]).ravel().tolist()
    [0.0, 3.0]
    """
    gradient = np.zeros_like(s.V)
    gradient[i] += row
    return gradient


def _pairs(s):
    """Loss and gradients of each pair of a window, by the pair function that `skipgram` is given."""
    if getattr(s, "with_negatives", False):
        which = [s.negatives[min(k, len(s.negatives) - 1)] for k in range(len(s.words))]
        return [losses.negative_sampling(s.v, o, s.matrix, k) for o, k in zip(s.words, which, strict=True)]
    return [softmax_pair(s.v, o, s.matrix) for o in s.words]


def _descend(s):
    x = s.x0
    for _ in range(max(0, s.n_steps)):
        x = s.after(x + s.direction * s.rate * s.gradient(x))
    return x


def run(role, values, changes=()):
    """Compute every step of a role.

    Parameters
    ----------
    role : str
    values : dict
        The input, as in `cases.Case`.
    changes : iterable of (step, function)
        After the step has been computed, its value is replaced by that of the function of the state.

    Returns
    -------
    SimpleNamespace with the input and all steps.

    Examples
    --------
    >>> values = {"v": np.zeros(2), "U": np.eye(2), "o": 0}
    >>> run("naive", values).grad_v.tolist()
    [-0.5, 0.5]
    >>> run("naive", values, [("delta", lambda s: s.y_hat)]).grad_v.tolist()  # y not subtracted
    [0.5, 0.5]
    """
    state = SimpleNamespace(**values)
    for name, compute in STEPS[role]:
        setattr(state, name, compute(state))
        for step, change in changes:
            if step == name:
                setattr(state, name, change(state))
    return state
