"""View of one pair: its vectors, its loss, its gradients, and the effect of a gradient step."""

import ipywidgets as widgets
import numpy as np
import pandas as pd

from ..gradients.equation_checks import library_loss
from ..gradients.equations import NEGATIVE
from ..gradients.losses import negative_sampling
from ..gradients.numerical_diff import numeric_gradient, relative_error
from ..reporting import display, training_plots
from ..reporting.plot_style import COLOURS
from ..utils.validation import OneOf, check
from .base import View, chart, labelled, row, table

WORDS = ("king", "queen", "man", "woman", "good", "bad", "profit", "loss", "market", "share", "year", "bank")
_STEP = 0.6  # size of the step in the figure
_TOO_SMALL = 1e-5  # gradients below it are smaller than the rounding error of a numerical gradient


class GradientsView(View):
    """Vectors of one pair and its negatives from a toy vocabulary, and gradient steps on its loss.

    Examples
    --------
    >>> view = GradientsView()
    >>> _ = view.build()
    >>> view.update()
    >>> view.names[0], len(view.U), len(view.losses)  # outside word and three negatives, before any step
    ('queen', 4, 1)
    """

    def build(self):
        """Make the controls and views."""
        self.controls = {
            "centre": widgets.Dropdown(options=WORDS, value="king", description="centre word"),
            "outside": widgets.Dropdown(options=WORDS, value="queen", description="outside word"),
            "negatives": widgets.IntSlider(3, 1, 8, description="negatives K"),
            "dim": widgets.IntSlider(2, 2, 10, description="dimensions"),
            "size": widgets.FloatSlider(_STEP, min=0.05, max=3, step=0.05, description="step size"),
        }
        buttons = {
            "take a step": lambda _: self._take(1),
            "take ten steps": lambda _: self._take(10),
            "other negatives": lambda _: self._start(self._seed + 1),
            "start again": lambda _: self._start(self._seed),
        }
        button_widgets = []
        for name, action in buttons.items():
            button = widgets.Button(description=name)
            button.on_click(self.guarded(action))
            button_widgets.append(button)
        self.plane = chart("", "", 640, 420, showlegend=False)
        self.plane.update_yaxes(scaleanchor="x")
        self.curve = chart("steps taken", "loss [nats]", 640, 240)
        self.curve.add_scatter(mode="lines+markers", name="loss")
        self.curve.update_yaxes(rangemode="tozero")
        self.curve.update_xaxes(rangemode="tozero")
        self.values = widgets.HTML()
        self._seed, self._choice = 0, None
        controls = widgets.VBox([*map(labelled, self.controls.values()), *button_widgets])
        return widgets.VBox([row(controls, widgets.VBox([self.plane, self.curve])), self.values])

    def update(self, *_):
        """Start again if the words, the negatives or the dimensions have changed; draw."""
        c = self.controls
        choice = tuple(c[name].value for name in ("centre", "outside", "negatives", "dim"))
        if choice != self._choice:
            self._choice = choice
            self._start(self._seed)
        else:
            self._draw()

    def _start(self, seed):
        centre, outside, n_negatives, dim = self._choice
        self._seed = seed
        rng = np.random.default_rng(0)  # the pair stays the same with other negatives
        self.v, u_o = rng.normal(size=(2, dim)) * 0.8
        rng = np.random.default_rng(seed)
        others = [word for word in WORDS if word not in (outside, centre)]
        self.names = [outside, *rng.choice(others, n_negatives, replace=False).tolist()]
        self.U = np.vstack([u_o, rng.normal(size=(n_negatives, dim)) * 0.8])  # u_o, then the u_k
        both = np.vstack([self.v, self.U])
        self._basis = np.eye(2) if dim == 2 else np.linalg.svd(both, full_matrices=False)[2][:2]
        shown = np.square(both @ self._basis.T).sum() / np.square(both).sum()
        self._title = (
            "" if dim == 2 else f"projected: {100 * shown:.0f} % of the squared lengths at the start"
        )
        self.losses = [self._gradients()[0]]
        self._draw()

    def _gradients(self):
        return negative_sampling(self.v, 0, self.U, np.arange(1, len(self.U)))

    def _take(self, steps):
        size = self.controls["size"].value
        for _ in range(steps):
            _, by_v, by_U = self._gradients()
            self.v, self.U = self.v - size * by_v, self.U - size * by_U
            self.losses.append(self._gradients()[0])
        self._draw()

    def _draw(self):
        loss, by_v, by_U = self._gradients()
        size = self.controls["size"].value
        tips = np.vstack([self.v, self.U]) @ self._basis.T
        moved = tips - size * np.vstack([by_v, by_U]) @ self._basis.T
        labels = [f"v_i {self._choice[0]}", f"u_o {self.names[0]}"]
        labels += [f"u_{k} {word}" for k, word in enumerate(self.names[1:], 1)]
        colours = [COLOURS[0], COLOURS[2], *[COLOURS[1]] * (len(self.U) - 1)]
        with self.plane.batch_update():
            if len(self.plane.data) != 2 * len(tips):
                self.plane.data = ()
                arrow = {"symbol": "arrow", "size": 12, "angleref": "previous"}
                for colour in colours:
                    self.plane.add_scatter(
                        mode="lines+markers+text", textposition="top center",
                        line={"color": colour}, marker=arrow,
                    )  # fmt: skip
                    self.plane.add_scatter(
                        mode="lines+markers", line={"color": colour, "dash": "dot"}, marker=arrow
                    )
            for n, (tip, target, label) in enumerate(zip(tips, moved, labels, strict=True)):
                solid, dashed = self.plane.data[2 * n : 2 * n + 2]
                solid.x, solid.y, solid.text = [0, tip[0]], [0, tip[1]], ["", label]
                dashed.x, dashed.y = [tip[0], target[0]], [tip[1], target[1]]
            self.plane.update_layout(title=self._title)
        with self.curve.batch_update():
            self.curve.data[0].x, self.curve.data[0].y = list(range(len(self.losses))), self.losses
        rows = [
            (
                f"∂J/∂{name}",
                _formatted(exact),
                _formatted(numerical),
                f"{error:.1e}" if np.abs(exact).max() > _TOO_SMALL else "too small to compare",
            )
            for name, exact, numerical, error in values(self.v, self.U)
        ]
        head = ["", "formula", "numerical", "relative difference"]
        caption = "Gradients, from the formulas (1.14) to (1.16) and by central differences"
        taken = len(self.losses) - 1
        self.values.value = (
            f"<p>Loss of the pair after {taken} steps: <b>{loss:.4f}</b> "
            f"nats</p>{table(caption, head, rows, (3,))}"
        )


def values(v, U):
    """Gradients of a pair by formula and by central differences; list of (name, two arrays, error).

    `U` holds u_o and then the u_k, (K + 1, dim).

    Examples
    --------
    >>> v, U = np.array([1.0, 0.5]), np.array([[0.0, 1.0], [1.0, 0.5]])  # u_o, then one negative
    >>> [(name, formula.round(3).tolist()) for name, formula, numerical, error in values(v, U)]
    [('v_i', [0.777, 0.011]), ('u_o', [-0.378, -0.189]), ('u_1', [0.777, 0.389])]
    >>> all(error < 1e-6 for name, formula, numerical, error in values(v, U))
    True
    """
    negatives = np.arange(1, len(U))
    _, by_v, by_U = negative_sampling(v, 0, U, negatives)
    numerical_v = numeric_gradient(lambda x: library_loss(NEGATIVE, x, U, 0, negatives), v)
    numerical_U = numeric_gradient(lambda x: library_loss(NEGATIVE, v, x, 0, negatives), U)
    rows = [("v_i", by_v, numerical_v), ("u_o", by_U[0], numerical_U[0])]
    rows += [(f"u_{k}", by_U[k], numerical_U[k]) for k in negatives]
    return [(*row, relative_error(*row[1:])) for row in rows]


def _formatted(vector):
    return "  ".join(f"{x:+.4f}" for x in vector)


def explore_gradients(show="arrows"):
    """Show the view of the gradients of one pair; in a batch run, one figure or table.

    Parameters
    ----------
    show : {"arrows", "values"}
        What a batch run shows: one step drawn in the plane, or the gradients in numbers.

    Raises
    ------
    W2VError
        For another value of `show`.

    Examples
    --------
    >>> explore_gradients("values")  # outside Jupyter: a table
    {'text/markdown': '| gradient | formula | central differences | relative difference |...
    """
    check("show", show, OneOf(("arrows", "values")))
    if display.is_interactive():
        GradientsView().show()
        return
    before = {"v": (1.0, 0.35), "u_o": (0.25, 1.0), "u_1": (0.9, -0.55), "u_2": (-0.6, 0.55)}
    before = {name: np.array(point) for name, point in before.items()}
    v, U = before["v"], np.array([before[name] for name in ("u_o", "u_1", "u_2")])
    negatives = np.array([1, 2])
    loss, by_v, by_U = negative_sampling(v, 0, U, negatives)
    if show == "values":
        display.show(_values_table(v, U))
        return
    after = {"v": v - _STEP * by_v}
    after |= {name: U[n] - _STEP * by_U[n] for n, name in enumerate(("u_o", "u_1", "u_2"))}
    loss_after = negative_sampling(after["v"], 0, U - _STEP * by_U, negatives)[0]
    display.show(
        display.Figure(
            training_plots.gradient_step(before, after),
            "update",
            f"One step of size {_STEP} on a pair with two negatives in the plane; dashed arrows show where "
            f"each vector goes. The loss falls from {loss:.3f} to {loss_after:.3f} nats.",
            "Four arrows from the origin with dashed arrows at their tips: the outside and the centre "
            "vector turn towards each other, the negatives turn away.",
        )
    )


def _values_table(v, U):
    """Tabulate the gradients of one pair, by the formulas and numerically."""
    rows = [
        (
            f"$\\partial J / \\partial \\mathbf {name}$",
            _formatted(exact),
            _formatted(numerical),
            f"{error:.1e}",
        )
        for name, exact, numerical, error in values(v, U)
    ]
    return display.Table(
        pd.DataFrame(rows, columns=["gradient", "formula", "central differences", "relative difference"]),
        "pair",
        "The gradients of one pair with two negatives in the plane, by the formulas and by central "
        "differences.",
    )
