"""No texts of a figure overlap, and none is cut off: the figures of the real report, and hard cases."""

import io

import nbformat
import numpy as np
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Annotation
from svg_texts import cut_off, overlaps, text_boxes

from w2vlib.reporting import gradient_arrows, plots, training_plots
from w2vlib.utils.environment import PACKAGES


def svg_of(figure):
    out = io.StringIO()
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(out, format="svg")
    return out.getvalue()


def test_boxes_are_those_that_matplotlib_draws():
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.set(xscale="log", xlim=(1e-3, 1e2), ylabel="upright", xlabel="the axis below")
    texts = [axes.yaxis.label, axes.xaxis.label, axes.text(1, 0.5, "word", ha="right", va="top")]
    found = text_boxes(svg_of(figure))
    boxes = {text: box for text, *box in found}
    figure.draw_without_rendering()
    scale, height = 72 / figure.dpi, 3 * 72
    for text in texts:
        drawn = text.get_window_extent()
        left, top, right, bottom = boxes[text.get_text()]
        # Matplotlib's boxes have the height of a whole line.
        assert drawn.x0 * scale - 1 < left < right < drawn.x1 * scale + 1
        assert height - drawn.y1 * scale - 2 < top < bottom < height - drawn.y0 * scale + 2
    assert [text for text, *_ in found].count("0") > 5  # of formulas: 10 to some power


def test_overlaps_are_found():
    figure = Figure(figsize=(4, 3))
    for x, y, text in ((0.1, 0.5, "one"), (0.12, 0.51, "two"), (0.5, 0.5, "three"), (0.97, 0.9, "four")):
        figure.text(x, y, text)
    svg = svg_of(figure)
    assert overlaps(text_boxes(svg)) == [("one", "two")] and cut_off(svg) == ["four"]


def test_no_texts_overlap_in_the_figures_of_the_report(built):
    seen = set()
    for path in sorted((built / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                svg = output.get("data", {}).get("image/svg+xml")
                if svg:
                    label = output.metadata["w2v"]["label"]
                    assert len(text_boxes(svg)) > 5, label
                    assert overlaps(text_boxes(svg)) == [], label
                    assert cut_off(svg) == [], label
                    seen.add(label)
    assert {"update", "steps", "loss", "maps", "recipes", "forest", "coverage", "against"} <= seen


LONG = ["learning rate × 25", "subsampling threshold × 1000", "vocabulary of 10,000 words", *PACKAGES]
VALUES = [(0.1 * n - 0.4, 0.1 * n - 0.5, 0.1 * n) for n in range(len(LONG))]


@pytest.mark.parametrize(
    "figure",
    [
        lambda: plots.interval_plot(LONG, {"mean cosine of random words": VALUES, "SimLex-999": VALUES}),
        lambda: plots.interval_plot(LONG, {f"{n} tokens per word, shared pairs": VALUES for n in range(4)}),
        lambda: plots.bar_chart({"text": {str(n): n + 1 for n in range(-9, 14)}}, "order", "types", True),
        lambda: plots.vocabulary_coverage(np.arange(41_881, 0, -1), [1000, 5000, 10_000]),
        lambda: training_plots.error_by_step_size(
            np.logspace(-12, -1, 12), {f"({n})": np.logspace(-9, -3, 12) for n in range(7)}
        ),
    ],
)  # fmt: skip
def test_no_texts_overlap_in_hard_cases(figure):
    svg = svg_of(figure())
    assert overlaps(text_boxes(svg)) == [] and cut_off(svg) == []


def struck(figure, segments):
    """Names that an arrow strikes."""
    figure.draw_without_rendering()
    axes = figure.axes[0]
    lines = [Path(axes.transData.transform(segment)) for segment in segments]
    labels = [text for text in axes.texts if isinstance(text, Annotation) and text.get_text()]
    return [
        text.get_text()
        for text in labels
        if any(line.intersects_bbox(text.get_window_extent(), filled=False) for line in lines)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_arrow_strikes_a_name(seed):
    rng = np.random.default_rng(seed)
    before = {name: rng.normal(size=2) for name in ("v", "u_o", "u_1", "u_2")}
    after = {name: point + rng.normal(size=2) / 3 for name, point in before.items()}
    figure = training_plots.gradient_step(before, after)
    arrows = [(np.zeros(2), point) for point in before.values()]
    arrows += [(point, after[name]) for name, point in before.items()]
    assert struck(figure, arrows) == []
    given = {name: rng.normal(size=2) / 3 for name in before}
    expected = {name: before[name] - after[name] for name in before}
    figure = gradient_arrows.gradient_arrows(before, expected, given)
    steps = [(before[n], before[n] - of[n]) for n in before for of in (expected, given)]
    assert struck(figure, steps) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_words_of_a_map_overlap(seed):
    rng = np.random.default_rng(seed)
    words = "good well great poor bad down queen woman women brilliant perfectly european australian".split()
    points = {
        f"iteration {n}": dict(zip(words, rng.normal(size=(13, 2)) * [1, 0.2], strict=True)) for n in range(3)
    }
    points["crowded"] = dict(zip(words, rng.normal(size=(13, 2)) / 20 + 1, strict=True))
    svg = svg_of(plots.word_maps(points, {"all": words}, ("first component", "second component")))
    assert overlaps(text_boxes(svg)) == [] and cut_off(svg) == []
