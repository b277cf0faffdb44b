import base64
import io

import matplotlib
import numpy as np
import pandas as pd
import pytest

from w2vlib import W2VError
from w2vlib.reporting import display, plot_style, plots, training_plots

LINE = np.linspace(10, 3, 50)
POINTS = {"king": (0.1, 0.2), "queen": (0.4, 0.1), "good": (-0.2, 0.3)}
FIGURES = {
    "loss": (
        lambda: training_plots.loss_curve(np.arange(50), LINE, LINE / 3, 9, [20], (8, 2)),
        ["threshold 9", "iteration"],
    ),
    "agreement": (
        lambda: training_plots.curve_comparison(np.arange(50), LINE, LINE + 1e-7),
        ["published run", "difference"],
    ),
    "steps": (
        lambda: training_plots.error_by_step_size(np.array([1e-6, 1e-3]), {"(1.8)": [1e-9, 1e-6]}),
        ["step h", "(1.8)"],
    ),
    "update": (lambda: training_plots.gradient_step({"v": np.ones(2)}, {"v": np.zeros(2)}), ["v (centre)"]),
    "maps": (
        lambda: plots.word_maps(
            {"iteration 1": POINTS, "iteration 2": POINTS, "iteration 3": POINTS},
            {"gender": ["king", "queen"], "absent": ["none"], "positive": ["good"]},
            ("first (60 %)", "second (20 %)"),
        ),
        ["king", "queen", "good", "gender", "first (60 %)", "iteration 3"],
    ),
    "coverage": (
        lambda: plots.vocabulary_coverage(np.array([50, 30, 20]), [2, 9]),
        ["2: 80.0 %", "rank of the type"],
    ),
    "histogram": (
        lambda: plots.bar_chart({"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 4}}, "k", "n"),
        ["x", "b"],
    ),
    "bands": (
        lambda: plots.curves_with_intervals(
            [1, 2, 3],
            {
                "spread": {"cosine": [(0.1, 0.0, 0.2), (0.2, 0.1, 0.3), (0.5, 0.4, 0.6)]},
                "share": {"of one seed": [(0.1, -np.inf, np.inf)] * 3},
            },
            "iteration",
        ),
        ["spread", "cosine", "of one seed", "iteration"],
    ),
    "forest": (
        lambda: plots.forest(
            [("close", (0.7, 1.0), {"good, great": [(0.5, 0.4, 0.6), (0.6, -np.inf, np.inf)]})],
            ["ptb", "brown"],
            "closeness",
        ),
        ["good, great", "closeness", "close", "ptb", "brown"],
    ),
    "number lines": (
        lambda: plots.predicted_magnitudes(
            {name: [[0.0, 0.5], [3.0, 2.5]] for name in ("keep", "N", "digits", "typed")}
        ),
        ["keep", "typed", "order of magnitude"],
    ),
    "intervals": (
        lambda: plots.interval_plot(
            ["first recipe", "second"],
            {
                "WordSim": [(0.1, 0.0, 0.2), (0.3, -np.inf, np.inf)],
                "SimLex": [(0.1, 0.1, 0.1), (np.nan,) * 3],
            },
        ),
        ["first recipe", "second", "WordSim", "SimLex"],
    ),
}


def svg_of(figure):
    text = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "x"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


@pytest.mark.parametrize(("draw", "texts"), FIGURES.values(), ids=FIGURES.keys())
def test_figures_say_what_they_show_and_repeat_to_the_byte(draw, texts):
    figure = draw()
    first = svg_of(figure)
    for text in texts:
        assert f">{text}" in first or f" {text}" in first
    assert ">no data<" not in first
    assert svg_of(draw()) == first
    assert figure.get_size_inches()[0] == pytest.approx(plot_style.WIDTH)
    assert matplotlib.rcParams["axes.grid"] is False  # the style stays inside


NAN = [np.nan] * 3
EMPTY = {
    "loss": [lambda: training_plots.loss_curve([], np.array([]), np.array([]), 9, [], (np.nan, np.nan))],
    "agreement": [lambda: training_plots.curve_comparison([], np.array([]), np.array([]))],
    "steps": [
        lambda: training_plots.error_by_step_size(np.array([]), {}),
        lambda: training_plots.error_by_step_size(np.array([1e-6, 1e-3]), {"(1.8)": [np.nan, np.nan]}),
    ],
    "update": [lambda: training_plots.gradient_step({}, {})],
    "maps": [
        lambda: plots.word_maps({}, {}, ("x", "y")),
        lambda: plots.word_maps({"iteration 1": {}}, {"gender": ["king"]}, ("x", "y")),
    ],
    "coverage": [lambda: plots.vocabulary_coverage(np.array([], int), [1, 9])],
    "histogram": [
        lambda: plots.bar_chart({}, "k", "n"),
        lambda: plots.bar_chart({"tokens": {}}, "k", "n", logy=True),
    ],
    "bands": [
        lambda: plots.curves_with_intervals([], {}, "iteration"),
        lambda: plots.curves_with_intervals([], {"spread": {"cosine": []}}, "iteration"),
        lambda: plots.curves_with_intervals(
            [1, 2], {"spread": {"cosine": [NAN, NAN]}, "share": {}}, "iteration"
        ),
    ],
    "intervals": [
        lambda: plots.interval_plot([], {}),
        lambda: plots.interval_plot(["recipe"], {}),
        lambda: plots.interval_plot([], {"WordSim": []}),
        lambda: plots.interval_plot(["recipe"], {"WordSim": [NAN]}),
    ],
    "forest": [lambda: plots.forest([("close", (0.7, 1.0), {"a, b": [NAN]})], ["ptb"], "closeness")],
    "number lines": [
        lambda: plots.predicted_magnitudes({}),
        lambda: plots.predicted_magnitudes({"keep": []}),
    ],
}


def test_every_figure_has_an_empty_form():
    public = {
        name: value
        for module in (plots, training_plots)
        for name, value in vars(module).items()
        if getattr(value, "__module__", "") == module.__name__
    }
    drawing = {name for name, value in public.items() if hasattr(value, "__wrapped__")}
    assert EMPTY.keys() == FIGURES.keys() and len(drawing) == len(FIGURES)


@pytest.mark.parametrize(
    "draw", [pytest.param(draw, id=f"{name}-{n}") for name in EMPTY for n, draw in enumerate(EMPTY[name])]
)
def test_without_data_a_figure_says_so(draw):
    drawn = svg_of(draw())
    assert ">no data<" in drawn and ">nan" not in drawn


def test_missing_glyphs_give_no_warning():
    drawn = svg_of_quietly(
        plots.word_maps({"t": {"\u4e2d": (0, 0), "b": (1, 1)}}, {"g": ["\u4e2d", "b"]}, "xy")
    )
    assert "\u4e2d" in drawn


def svg_of_quietly(figure):
    with display.ignore_missing_glyphs():
        return svg_of(figure)


def test_only_some_of_many_bars_are_labelled():
    figure = plots.bar_chart({"a": {f"c{n}": n for n in range(40)}}, "x", "y")
    shown = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert shown == [f"c{n}" for n in range(0, 40, 3)]


def test_groups_differ_in_shape_and_colour():
    assert len(set(plot_style.MARKERS)) == len(set(plot_style.COLOURS)) == 7


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(
        display, "display", lambda data, metadata=None, raw=False: calls.append((data, metadata))
    )
    return calls


def test_a_figure_carries_caption_and_alternative_text(shown):
    display.show(display.Figure(FIGURES["bands"][0](), "growth", "How it *grows*.", "A rising line."))
    (data, metadata), (caption, mark) = shown
    assert data["image/svg+xml"].startswith("<?xml") and data["text/plain"] == "A rising line."
    # For notebooks that are not trusted, as JupyterLab has it for those that papermill ran.
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert metadata["w2v"] == {
        "kind": "figure", "label": "growth", "caption": "How it *grows*.", "alt": "A rising line.",
    }  # fmt: skip
    assert caption["text/markdown"] == "*Figure:* How it *grows*." and mark["w2v"]["kind"] == "caption"
    display.show(display.Figure(FIGURES["bands"][0](), "growth", "How it *grows*.", "A rising line."))
    assert shown[2][0] == data
    with pytest.raises(W2VError, match="alternative text"):
        display.show(display.Figure(FIGURES["bands"][0](), "x", "caption", " "))


def test_tables_align_numbers_to_the_right(shown):
    frame = pd.DataFrame({"word": ["a|b", "c"], "count": ["1,000", "20 %"], "x": [0.123456, 2.0]})
    display.show(display.Table(frame, "t", "A table."))
    assert shown[0][0]["text/markdown"].splitlines() == [
        "| word | count | x |",
        "| :--- | ---: | ---: |",
        r"| a\|b | 1,000 | 0.1235 |",
        "| c | 20 % | 2 |",
    ]


def test_sentences(shown):
    display.show(display.Paragraph("It is **7**."))
    display.show(display.Headline("It is 8."))
    assert shown[0][0]["text/markdown"] == "It is **7**."
    assert shown[1][1]["w2v"]["kind"] == "headline"


@pytest.mark.parametrize("name", ["$x$", r"$\bad$", "$$"])
def test_names_of_panels_are_no_formulas(name):
    figure = plots.word_maps({name: {"a": (0, 1), "b": (1, 0)}}, {"g": ["a"]}, ("x", "y"))
    assert figure.axes[0].get_title() == name and not figure.axes[0].title.get_parse_math()


@pytest.mark.parametrize("name", ["$x$", "_hidden", r"$\bad$", "$$", "a_b^{", "#"])
def test_names_of_series_are_in_the_legend_as_they_are(name):
    drawn = [
        plots.forest([("t", (0, 1), {"row": [(0.5, 0.4, 0.6)] * 2})], ["ptb", name], "x"),
        plots.word_maps({"t": {"a": (0, 1), "b": (1, 0)}}, {"ptb": ["a"], name: ["b"]}, ("x", "y")),
        plots.bar_chart({"ptb": {"a": 1}, name: {"a": 2}}, "x", "y"),
    ]
    for figure in drawn:
        legend = (figure.legends or [figure.axes[0].get_legend()])[0]
        assert [text.get_text().strip() for text in legend.get_texts()] == ["ptb", name]
        assert not any(text.get_parse_math() for text in legend.get_texts())


@pytest.mark.parametrize(
    "names", [[f"group {n}" for n in range(12)], ["royal", "n" * 300], ["days of the week"] * 7]
)
def test_each_group_is_drawn_and_the_legend_is_inside_the_figure(names):
    groups = {f"{name}{' ' * n}": [f"w{n}"] for n, name in enumerate(names)}
    points = {word: (n, n * n % 7) for n, (word,) in enumerate(groups.values())}
    figure = plots.word_maps({"t": points, "u": points}, groups, ("x", "y"))
    figure.draw_without_rendering()
    box, (legend,) = figure.bbox, figure.legends
    shown = legend.get_window_extent()
    assert box.x0 <= shown.x0 and shown.x1 <= box.x1 and box.y0 <= shown.y0 and shown.y1 <= box.y1
    styles = {
        (tuple(drawn.get_facecolor()[0]), drawn.get_paths()[0].vertices.tobytes())
        for drawn in figure.axes[0].collections
    }
    assert len(styles) == len(names) == len(legend.get_texts())
