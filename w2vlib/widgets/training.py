"""View of a training run: word map, loss and nearest words at each checkpoint; new trainings, live."""

import threading
import time
from html import escape

import ipywidgets as widgets
import numpy as np

from ..evaluation.geometry import drawable, figure_groups
from ..models.embeddings import Embeddings
from ..replication import published_recipe
from ..replication.settings import PUBLISHED, RECORD_EVERY
from ..reporting import display, plots
from ..utils.errors import W2VError, shown
from ..utils.markdown import as_markdown
from ..utils.statistics import format_count
from .base import View, chart, labelled, principal_plane, row, table

_REDRAW_INTERVAL = 0.2  # seconds between two updates of the curve of a running training


class _Stopped(Exception):
    """The stop button was pressed."""


class Plane:
    """The plane of the two principal axes that the words have at the end of a run.

    Attributes
    ----------
    groups : dict
        Group → words, those of the run's vocabulary.
    iterations : list of int
        Iterations with a checkpoint.
    shares : (2,) float64
        Of the variance at the end along both axes.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vectors = np.array([[3.0, 0.0], [0.0, 0.0], [-3.0, 0.0]])
    >>> vocab = Vocabulary(("king", "man", "queen"), np.array([3, 2, 1]))
    >>> plane = Plane(SimpleNamespace(vocab=vocab, checkpoints={10: (vectors / 3,), 20: (vectors,)}))
    >>> plane.iterations, plane.axes()
    ([10, 20], ['principal axis 1 (100 %)', 'principal axis 2 (0 %)'])
    >>> [np.abs(plane.at(iteration)["king"]).round(3).tolist() for iteration in plane.iterations]
    [[1.0, 0.0], [3.0, 0.0]]
    """

    def __init__(self, run, words=None):
        self.run = run
        self.groups, self.missing = figure_groups(run.vocab, words)
        self.shown = [word for group in self.groups.values() for word in group]
        self.iterations = sorted(run.checkpoints)
        self._ids = [run.vocab.ids[word] for word in self.shown]
        final = run.checkpoints[self.iterations[-1]][0][self._ids]
        if self.shown:
            self._middle, self._axes, self.shares = principal_plane(final)
        else:
            self._middle, self._axes, self.shares = 0.0, np.zeros((2, final.shape[1])), np.zeros(2)

    def at(self, iteration):
        """Points of the words after an iteration with a checkpoint; dict of word → (2,)."""
        vectors = self.run.checkpoints[iteration][0][self._ids] - self._middle
        return dict(zip(self.shown, vectors @ self._axes.T, strict=True))

    def axes(self):
        """Names of the two axes; list of str."""
        return [f"principal axis {n + 1} ({100 * share:.0f} %)" for n, share in enumerate(self.shares)]


class TrainingView(View):
    """Checkpoints of a run by slider and play button, and short trainings that can be stopped.

    Examples
    --------
    >>> text = [["the", "king", "sat"], ["the", "queen", "sat"]] * 5
    >>> run = published_recipe.reproduce(
    ...     text, iterations=20, dim=3, subsample=1, checkpoint_every=10, progress=False
    ... )
    >>> view = TrainingView(run, text, None)
    >>> _ = view.build()
    >>> view.update()
    >>> view.iteration.options, view.map.layout.title.text
    ((('10', 10), ('20', 20)), 'iteration 20, in the plane of the final vectors')
    """

    def __init__(self, run, text, words):
        super().__init__()
        self.run, self.text, self.words = run, text, words
        self._thread, self._stop = None, threading.Event()

    def build(self):
        """Make the controls and views."""
        self.iteration = widgets.SelectionSlider(options=[("0", 0)], description="iteration")
        self.play = widgets.Play(interval=800, min=0, max=0, description="play")
        self.neighbours = widgets.Text(
            "good, king",
            description="neighbours of",
            continuous_update=False,
            placeholder="words, with commas",
        )
        self.controls = {"neighbours": self.neighbours}
        self.settings = {
            "iterations": widgets.BoundedIntText(5_000, 10, 1_000_000, description="iterations"),
            "learning_rate": widgets.BoundedFloatText(
                1.25, min=1e-6, max=1e6, step=0.05, description="learning rate"
            ),
            "dim": widgets.BoundedIntText(PUBLISHED.dim, 2, 300, description="dimensions"),
            "python_seed": widgets.BoundedIntText(PUBLISHED.python_seed, 0, 10**9, description="seed"),
        }
        self.controls |= self.settings
        self.start = widgets.Button(description="start a training", button_style="primary")
        self.stop = widgets.Button(description="stop", disabled=True)
        self.progress = widgets.IntProgress(description="progress", min=0, max=1)
        self.start.on_click(self.guarded(self._begin))
        self.stop.on_click(lambda _: self._stop.set())
        self.map = chart("", "", 560, 420)
        self.curve = chart("iteration", "moving average of the loss", 460, 420)
        self.curve.update_layout(legend={"x": 1, "xanchor": "right", "y": 1})
        self.curve.add_scatter(mode="lines", name="the run shown")
        self.curve.add_scatter(mode="lines", name="in training")
        self.curve.add_scatter(mode="markers", name="this iteration", marker={"size": 11})
        self.lists = widgets.HTML()
        widgets.link((self.play, "value"), (self.iteration, "index"))
        self.iteration.observe(self.guarded(self.update), "index")
        self._take(self.run)
        left = widgets.VBox(
            [
                widgets.HBox([self.play, labelled(self.iteration, "26em")]),
                labelled(self.neighbours, "26em"),
                self.lists,
            ]
        )
        live = widgets.VBox(
            [*map(labelled, self.settings.values()), widgets.HBox([self.start, self.stop]), self.progress]
        )
        return widgets.VBox([row(self.map, self.curve), row(left, live)])

    def _take(self, run):
        """Show another run: the slider goes over its checkpoints."""
        self.run, self.plane = run, Plane(run, self.words)
        points = [self.plane.at(iteration) for iteration in self.plane.iterations]
        points_of_all = np.array([point for each in points for point in each.values()])
        reach = np.abs(points_of_all).max(initial=0) * 1.15 + 1e-9
        with self.map.batch_update():
            self.map.data = ()
            for group, words in self.plane.groups.items():
                self.map.add_scatter(
                    mode="markers+text", name=escape(group), text=list(map(escape, words)),
                    textposition="top center", marker={"size": 9},
                )  # fmt: skip
            names = self.plane.axes()
            self.map.update_xaxes(title=names[0], range=[-reach, reach])
            self.map.update_yaxes(title=names[1], range=[-reach, reach])
        recorded = RECORD_EVERY * np.arange(1, len(run.ema_loss) + 1)
        with self.curve.batch_update():
            self.curve.data[0].x, self.curve.data[0].y = recorded, run.ema_loss
        self.play.max = len(self.plane.iterations) - 1
        self.iteration.options = [(f"{iteration:,}", iteration) for iteration in self.plane.iterations]
        self.iteration.index = len(self.plane.iterations) - 1

    def update(self, *_):
        """Draw the iteration that the slider shows."""
        iteration = self.iteration.value
        points = self.plane.at(iteration)
        with self.map.batch_update():
            for trace, words in zip(self.map.data, self.plane.groups.values(), strict=True):
                trace.x, trace.y = zip(*(points[word] for word in words), strict=True)
            self.map.update_layout(title=f"iteration {iteration:,}, in the plane of the final vectors")
        index = min(len(self.run.ema_loss), max(1, iteration // RECORD_EVERY)) - 1
        with self.curve.batch_update():  # the loss is recorded every few iterations, so it may have no point
            here = [] if index < 0 else [self.run.ema_loss[index]]
            self.curve.data[2].x, self.curve.data[2].y = [iteration] * len(here), here
        e = Embeddings(self.run.checkpoints[iteration][0], self.run.vocab)
        rows, unknown = [], []
        for word in filter(None, (part.strip().lower() for part in self.neighbours.value.split(","))):
            if word in e:
                rows.append((word, ", ".join(neighbour for neighbour, _ in e.most_similar(word, 6))))
            else:
                unknown.append(word)
        self.lists.value = table(
            f"Nearest words after {iteration:,} iterations", ["word", "neighbours"], rows
        )
        if unknown:
            self.say(
                f"Not in the text: {', '.join(unknown)}. Words of the recipe are in lower case.", "alert"
            )

    def _begin(self, _):
        if self._thread is not None and self._thread.is_alive():
            self.say("A training is running: stop it first.", "alert")
            return
        settings = {name: control.value for name, control in self.settings.items()}
        settings["checkpoint_every"] = max(1, settings["iterations"] // 10)
        halving = settings["iterations"] * PUBLISHED.halving_interval // PUBLISHED.iterations
        settings["halving_interval"] = max(1, halving)  # as published, relative to the iterations
        settings["subsample"] = self.run.settings.subsample
        self.progress.max, self.progress.value = settings["iterations"], 0
        self.start.disabled, self.stop.disabled = True, False
        self._stop.clear()
        self._drawn = 0.0
        self._thread = threading.Thread(target=self.guarded(self._train), args=(settings,), daemon=True)
        self._thread.start()

    def _train(self, settings):
        try:
            run = published_recipe.reproduce(self.text, **settings, progress=False, callback=self._watch)
            self._take(run)
            self.update()
            n, last = settings["iterations"], run.ema_loss[-1]
            self.say(
                f"Trained {n:,} iterations in {run.seconds:.1f} s; the moving average ends at {last:.3f}."
            )
        except _Stopped:
            self.say(
                f"Stopped after {self.progress.value:,} iterations; the slider still shows the previous run."
            )
        finally:
            self.start.disabled, self.stop.disabled = False, True

    def _watch(self, iteration, averages):
        if self._stop.is_set():
            raise _Stopped
        if time.monotonic() - self._drawn > _REDRAW_INTERVAL or iteration == self.progress.max:
            self._drawn = time.monotonic()
            self.progress.value = iteration
            ema_loss = averages()
            every = max(1, len(ema_loss) // 500)  # at most about 500 points are drawn
            with self.curve.batch_update():
                curve = self.curve.data[1]
                curve.x = RECORD_EVERY * np.arange(1, len(ema_loss) + 1)[::every]
                curve.y = ema_loss[::every]

    def close(self):
        """Stop a running training, and remove the view."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)
        super().close()


def explore_training(run, text, words=None):
    """Show the view of a run of the recipe; in a batch run, a figure of its first and last checkpoint.

    Parameters
    ----------
    run : published_recipe.Run
        With at least one checkpoint.
    text : Corpus
        Text of new trainings.
    words : dict, optional
        Group → words to show; default: the 21 of the published figure.

    Raises
    ------
    W2VError
        If `run` is no run with a checkpoint, or `words` is no dict of lists of words.

    Examples
    --------
    >>> text = [["the", "king", "sat"], ["the", "queen", "sat"]] * 5
    >>> run = published_recipe.reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> explore_training(run, text, {"royal": ["king", "queen"], "sat": ["sat"]})  # in a batch run: a figure
    {'image/svg+xml': ...
    """
    if not isinstance(run, published_recipe.Run) or not run.checkpoints:
        raise W2VError(f"run={shown(run)} is not allowed: give what w2vlib.reproduce returns.")
    if display.is_interactive():
        TrainingView(run, text, words).show()
        return
    plane = Plane(run, words)
    ends = dict.fromkeys((plane.iterations[0], plane.iterations[-1]))
    absent = f"Not in this text: {', '.join(map(as_markdown, plane.missing))}. " if plane.missing else ""
    if not drawable(plane.groups):
        display.show(
            display.Figure(
                plots.word_maps({}, {}, plane.axes()),
                "checkpoints",
                "The words of the published figure: the text has fewer than three of them, so "
                "there is no picture. " + absent,
                "An empty panel: fewer than three of the words occur in the text.",
            )
        )
        return
    distances = [np.linalg.norm(list(plane.at(iteration).values()), axis=1).mean() for iteration in ends]
    display.show(
        display.Figure(
            plots.word_maps({f"iteration {m:,}": plane.at(m) for m in ends}, plane.groups, plane.axes()),
            "checkpoints",
            "The words of the published figure at the first checkpoint and at the end, in the plane of the "
            f"final vectors; their mean distance from the centre is {distances[0]:.2g} and "
            f"{distances[-1]:.2g}. "
            + absent
            + "In Jupyter, a slider goes through the checkpoints, and new trainings can be started.",
            f"{format_count(len(ends), 'scatter plot')} of {len(plane.shown)} words in "
            f"{len(plane.groups)} groups, on one "
            "scale.",
        )
    )
