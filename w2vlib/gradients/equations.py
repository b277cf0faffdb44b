"""The boxed results of notebook 01, each one object: its LaTeX, its NumPy function, its SymPy form.

The NumPy function is the library's own (`losses`); the SymPy form says the right-hand side of the box
again, from the formula alone. `gradcheck` holds both against the derivative of the loss.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from . import losses

NAIVE, NEGATIVE = "naive softmax", "negative sampling"


@dataclass(frozen=True)
class Point:
    """Where a gradient is taken.

    `v_i` is (dim,), `U` is (n_vocab, dim), both NumPy arrays or SymPy matrices (`v_i` a column);
    `o` is the outside word, `negatives` a tuple of ids, `w` the word of the row that is looked at.

    Examples
    --------
    >>> p = Point(np.zeros(2), np.array([[1.0, 2.0], [3.0, 4.0]]), o=0, negatives=(1,), w=1)
    >>> EQUATIONS[0].gradient(p).round(6).tolist()
    [1.0, 1.0]
    """

    v_i: object
    U: object
    o: int
    negatives: tuple
    w: int


@dataclass(frozen=True)
class Equation:
    """A boxed gradient.

    Attributes
    ----------
    number : str
    loss : str
        `NAIVE` or `NEGATIVE`.
    by : {"v_i", "row", "U"}
        What the loss is differentiated by: the centre vector, row `w` of U, or all of U.
    latex : str
        The equation as notebook 01 prints it in its box.
    gradient : callable
        Point of arrays → array of the shape of what `by` names.
    form : callable
        Point of SymPy matrices → the same as a SymPy matrix (a vector as a column).
    word : {"outside", "once", "twice", "other"}
        Which word `w` is: the outside word, a negative drawn once or twice, or a word of the
        vocabulary that is not the outside word.
    square : bool
        Whether as many words as dimensions are needed to write it down.

    Examples
    --------
    >>> equation = EQUATIONS[1]
    >>> equation.number, equation.loss, equation.by
    ('1.9', 'naive softmax', 'row')
    >>> p = Point(np.ones(2), np.zeros((4, 2)), o=0, negatives=(1,), w=0)  # each ŷ is 1/4
    >>> equation.gradient(p).round(6).tolist()
    [-0.75, -0.75]
    """

    number: str
    loss: str
    by: str
    latex: str
    gradient: Callable
    form: Callable
    word: str = "outside"
    square: bool = False


def _softmax(p):
    """ŷ as a SymPy column."""
    import sympy as sp

    weights = (p.U * p.v_i).applyfunc(sp.exp)
    return weights / sum(weights)


def _one_hot(p):
    import sympy as sp

    return sp.Matrix([1 if w == p.o else 0 for w in range(p.U.rows)])


def _sigma(p, w):
    """σ(u_w·v_i) as a SymPy expression."""
    import sympy as sp

    return 1 / (1 + sp.exp(-(p.U.row(w) * p.v_i)[0]))


def _negative_by_v_i(p):
    import sympy as sp

    pushed = [_sigma(p, w) * p.U.row(w).T for w in p.negatives]
    return -(1 - _sigma(p, p.o)) * p.U.row(p.o).T + sum(pushed, sp.zeros(p.v_i.rows, 1))


EQUATIONS = (
    Equation(
        "1.8", NAIVE, "v_i",
        r"\frac{\partial J}{\partial \mathbf v_i} = U^\top (\hat{\mathbf y} - \mathbf y)",
        lambda p: losses.naive_softmax(p.v_i, p.o, p.U)[1],
        lambda p: p.U.T * (_softmax(p) - _one_hot(p)),
    ),
    Equation(
        "1.9", NAIVE, "row",
        r"\frac{\partial J}{\partial \mathbf u_o} = (\hat y_o - 1)\, \mathbf v_i",
        lambda p: losses.naive_softmax(p.v_i, p.o, p.U)[2][p.w],
        lambda p: (_softmax(p)[p.o] - 1) * p.v_i,
    ),
    Equation(
        "1.10", NAIVE, "row",
        r"\frac{\partial J}{\partial \mathbf u_w} = \hat y_w \, \mathbf v_i \qquad (w \ne o)",
        lambda p: losses.naive_softmax(p.v_i, p.o, p.U)[2][p.w],
        lambda p: _softmax(p)[p.w] * p.v_i,
        word="other",
    ),
    Equation(
        "1.11", NAIVE, "U",
        r"\frac{\partial J}{\partial U} = (\hat{\mathbf y} - \mathbf y)\, \mathbf v_i^\top",
        lambda p: losses.naive_softmax(p.v_i, p.o, p.U)[2],
        lambda p: (_softmax(p) - _one_hot(p)) * p.v_i.T,
    ),
    Equation(
        "1.14", NEGATIVE, "v_i",
        r"\frac{\partial J}{\partial \mathbf v_i} = -\bigl(1 - \sigma(\mathbf u_o^\top \mathbf v_i)\bigr)\, "
        r"\mathbf u_o + \sum_{k=1}^{K} \sigma(\mathbf u_{w_k}^\top \mathbf v_i)\, \mathbf u_{w_k}",
        lambda p: losses.negative_sampling(p.v_i, p.o, p.U, np.array(p.negatives))[1],
        _negative_by_v_i,
    ),
    Equation(
        "1.15", NEGATIVE, "row",
        r"\frac{\partial J}{\partial \mathbf u_o} = "
        r"-\bigl(1 - \sigma(\mathbf u_o^\top \mathbf v_i)\bigr)\, \mathbf v_i",
        lambda p: losses.negative_sampling(p.v_i, p.o, p.U, np.array(p.negatives))[2][p.w],
        lambda p: -(1 - _sigma(p, p.o)) * p.v_i,
    ),
    Equation(
        "1.16", NEGATIVE, "row",
        r"\frac{\partial J}{\partial \mathbf u_w} = c_w\, \sigma(\mathbf u_w^\top \mathbf v_i)\, \mathbf v_i "
        r"\qquad (w \ne o)",
        lambda p: losses.negative_sampling(p.v_i, p.o, p.U, np.array(p.negatives))[2][p.w],
        lambda p: p.negatives.count(p.w) * _sigma(p, p.w) * p.v_i,
        word="once",
    ),
)  # fmt: skip
# The same box for a word that was drawn twice.
DRAWN_TWICE = replace(EQUATIONS[-1], word="twice")
ALL = (*EQUATIONS, DRAWN_TWICE)


def _by_number(number):
    return next(equation for equation in EQUATIONS if equation.number == number)


def _scaled(equation, numerator, denominator=1):
    """Multiply the equation's right-hand side by a fraction."""
    import sympy as sp

    return replace(
        equation,
        gradient=lambda p: equation.gradient(p) * numerator / denominator,
        form=lambda p: equation.form(p) * sp.Rational(numerator, denominator),
    )


def _draws_once(equation):
    """Drop repeated negatives from the equation."""

    def once(p):
        return replace(p, negatives=tuple(dict.fromkeys(p.negatives)))

    return replace(
        equation, gradient=lambda p: equation.gradient(once(p)), form=lambda p: equation.form(once(p))
    )


def injected_errors():
    """Wrong versions of the equations: list of (kind of error, wrong Equation).

    Examples
    --------
    >>> kinds = [kind for kind, equation in injected_errors()]
    >>> {kind: kinds.count(kind) for kind in kinds}
    {'0.1 % too large': 8, 'sign': 8, 'repeated negative dropped': 2, 'transposed': 2, 'term missing': 2}
    >>> right = EQUATIONS[1]
    >>> wrong = next(e for kind, e in injected_errors() if kind == "sign" and e.number == right.number)
    >>> p = Point(np.ones(2), np.zeros((4, 2)), o=0, negatives=(1,), w=0)
    >>> right.gradient(p).round(6).tolist(), wrong.gradient(p).round(6).tolist()
    ([-0.75, -0.75], [0.75, 0.75])
    """
    wrong = [("0.1 % too large", _scaled(equation, 1001, 1000)) for equation in ALL]
    wrong += [("sign", _scaled(equation, -1)) for equation in ALL]
    wrong += [("repeated negative dropped", _draws_once(e)) for e in (_by_number("1.14"), DRAWN_TWICE)]
    by_v, by_U, sampled = _by_number("1.8"), _by_number("1.11"), _by_number("1.14")
    wrong += [
        (
            "transposed",
            replace(
                by_v,
                square=True,
                gradient=lambda p: p.U @ np.linalg.solve(p.U.T, by_v.gradient(p)),
                form=lambda p: p.U * (_softmax(p) - _one_hot(p)),
            ),
        ),
        (
            "transposed",
            replace(
                by_U,
                square=True,
                gradient=lambda p: by_U.gradient(p).T,
                form=lambda p: by_U.form(p).T,
            ),
        ),
        (
            "term missing",
            replace(
                by_v,
                gradient=lambda p: by_v.gradient(p) + p.U[p.o],
                form=lambda p: p.U.T * _softmax(p),
            ),
        ),
        (
            "term missing",
            replace(
                sampled,
                gradient=lambda p: sampled.gradient(replace(p, negatives=p.negatives[:-1])),
                form=lambda p: sampled.form(replace(p, negatives=p.negatives[:-1])),
            ),
        ),
    ]
    return wrong
