"""The views without a browser: what the controls do, and what stands in their place in a batch run."""

import time

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

from w2vlib import CharNGrams, SkipGram, W2VError, widgets
from w2vlib.experiments import claims, verdicts
from w2vlib.models.embeddings import Embeddings
from w2vlib.replication import published_recipe
from w2vlib.reporting import display
from w2vlib.text.corpus import from_sentences
from w2vlib.text.vocabulary import Vocabulary
from w2vlib.utils.resampling import Sample
from w2vlib.widgets import base
from w2vlib.widgets.claims import ClaimsView
from w2vlib.widgets.gradients import GradientsView, values
from w2vlib.widgets.preprocessing import PreprocessingView
from w2vlib.widgets.training import Plane, TrainingView
from w2vlib.widgets.words import Completions, WordsView


@pytest.fixture
def at_hand(monkeypatch):
    """Show a view without a page, in a cell that has a name; its controls and messages can be read."""
    place = {"name": "cell", "count": 0}
    monkeypatch.setattr(base, "current_cell", lambda: (place["name"], place["count"]))
    monkeypatch.setattr(base, "display", lambda root: None)
    shown = []

    def show(view, again=False):
        place["count"] += 1
        view.show()
        shown.append(view)
        return view

    yield show
    for view in shown:
        view.close()
    base._open.clear()


@pytest.fixture(scope="module")
def run(bundled):
    text = from_sentences(bundled.sentences[::5])
    return published_recipe.reproduce(text, iterations=900, checkpoint_every=300, progress=False), text


@pytest.fixture(scope="module")
def vectors():
    rng = np.random.default_rng(0)
    words = ("king", "queen", "man", "woman", "good", "better", "best", "bad", "kingdom", "market")
    return Embeddings(rng.normal(size=(10, 6)), Vocabulary(words, np.arange(100, 0, -10)))


@pytest.fixture
def outputs(monkeypatch):
    """Collect the figures and tables that are shown."""
    shown = []
    monkeypatch.setattr(display, "show", lambda *findings: shown.extend(findings))
    return shown


def test_a_batch_run_is_not_interactive():
    assert not display.is_interactive() and display.current_cell() == ("", 0)


def test_interactive_requests_are_recognised(monkeypatch):
    class Shell:
        execution_count = 7

        def __init__(self, stdin):
            self.message = {"content": {"allow_stdin": stdin}, "metadata": {"cellId": "abc"}}

        def get_parent(self):
            return self.message

    for stdin in (True, False):
        monkeypatch.setattr(display, "get_ipython", lambda stdin=stdin: Shell(stdin))
        assert display.is_interactive() is stdin and display.current_cell() == ("abc", 7)


def test_a_batch_run_shows_figures_and_tables(outputs, run, vectors, bundled):
    widgets.explore_gradients()
    widgets.explore_gradients("values")
    widgets.explore_training(*run)
    widgets.explore_words({"one": vectors, "other": vectors}, "good", 3)
    widgets.explore_preprocessing(from_sentences(bundled.sentences[:2000], "part"))
    claim = claims.Claim("X1", "c", "t", "f", low=0.5)
    found = verdicts.decide([claim], {"X1": Sample(np.array([[0.8], [0.9]]), ("item",))})
    widgets.explore_claims(found, "claims", "the table of claims")
    assert [output.label for output in outputs] == [
        "update",
        "pair",
        "checkpoints",
        "surroundings",
        "sentence",
        "claims",
    ]
    assert all(len(output.caption) > 5 for output in outputs)
    pair = outputs[1].frame
    assert (pair["relative difference"].astype(float) < 1e-6).all()
    assert len(outputs[4].frame) == 11 and outputs[5].frame["verdict"].tolist() == [found[0].verdict]


def test_the_caption_counts_the_neighbours_that_there_are(outputs):
    few = Embeddings(np.eye(4), Vocabulary(("king", "queen", "man", "woman"), np.array([4, 3, 2, 1])))
    widgets.explore_words(few, "king", 10)
    assert outputs[0].caption.startswith("The 3 nearest words of “king” by cosine, in 1 model. Each")
    assert outputs[0].alt == "1 scatter plot of a word among its 3 neighbours."


def test_steps_go_down_and_numbers_agree(at_hand):
    g = at_hand(GradientsView())
    g.guarded(g._take)(10)
    assert len(g.losses) == 11 and g.losses[-1] < g.losses[0]
    for name in ("centre", "dim", "negatives"):
        g.controls[name].value = {"centre": "market", "dim": 7, "negatives": 8}[name]
    assert len(g.losses) == 1 and g.v.shape == (7,) and g.U.shape == (9, 7)
    assert len(g.plane.data) == 20 and "projected" in g._title
    assert all(error < 1e-6 for *_, error in values(g.v, g.U))
    before, pair = list(g.names), (g.v.copy(), g.U[0].copy())
    g._start(g._seed + 1)
    np.testing.assert_array_equal((g.v, g.U[0]), pair)
    assert g.names != before and g.names[0] == "queen" and "market" not in g.names


def test_a_cell_run_again_keeps_choices_and_closes_the_earlier_view(at_hand):
    g = at_hand(GradientsView())
    g.controls["dim"].value = 5
    n = len(_instances)
    again = at_hand(GradientsView())
    assert again.controls["dim"].value == 5 and again.v.shape == (5,)
    assert len(_instances) == n


def test_what_goes_wrong_is_said_on_the_page(at_hand):
    g = at_hand(GradientsView())

    def wrong():
        raise W2VError("That cannot be: <b>do</b> something else.")

    g.guarded(wrong)()
    assert 'role="alert"' in g.message.value and "&lt;b&gt;" in g.message.value
    g.guarded(lambda: None)()
    assert "cannot be" not in g.message.value


def test_the_plane_is_that_of_the_end(run):
    plane = Plane(run[0])
    assert plane.iterations == [300, 600, 900]
    end = np.array(list(plane.at(900).values()))
    np.testing.assert_allclose(end.mean(0), 0, atol=1e-9)
    assert end[:, 0].var() >= end[:, 1].var() and 0 < plane.shares.sum() <= 1 + 1e-9


def waited(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_the_slider_moves_everything(at_hand, run):
    t = at_hand(TrainingView(*run, None))
    assert t.iteration.value == 900 and t.play.max == 2
    x = t.map.data[0].x
    t.play.value = 0  # as the play button does
    assert t.iteration.value == 300 and t.map.data[0].x != x and t.curve.data[2].x == (300,)
    assert "after 300 iterations" in t.lists.value
    t.neighbours.value = "good, xyzzy"
    assert "Not in the text: xyzzy" in t.message.value and "<td>good" in t.lists.value


def test_words_on_the_map_are_no_tags_of_plotly(at_hand):
    text = [["<b>", "<unk>", "a&b"]] * 20
    run = published_recipe.reproduce(
        text, iterations=20, dim=3, checkpoint_every=10, subsample=1, progress=False
    )
    view = at_hand(TrainingView(run, text, {"<i>": ["<b>", "<unk>", "a&b"]}))
    assert view.map.data[0].name == "&lt;i&gt;"
    assert view.map.data[0].text == ("&lt;b&gt;", "&lt;unk&gt;", "a&amp;b")


def test_a_training_runs_stops_and_is_refused(at_hand, run):
    t = at_hand(TrainingView(*run, None))
    t.settings["iterations"].value = 1_000_000
    t._begin(None)
    assert t.start.disabled and not t.stop.disabled
    t.guarded(t._begin)(None)
    assert "stop it first" in t.message.value
    waited(lambda: t.progress.value > 0)
    t._stop.set()
    t._thread.join(60)
    assert "Stopped after" in t.message.value and t.iteration.value == 900 and not t.start.disabled

    t.settings["iterations"].value = 200
    t._begin(None)
    t._thread.join(60)
    assert "Trained 200 iterations" in t.message.value and t.run.settings.iterations == 200
    assert t.iteration.options[-1] == ("200", 200) and len(t.curve.data[0].x) == 20

    t.settings["learning_rate"].value = 1000.0  # runs away
    t.settings["iterations"].value = 3_000
    t._begin(None)
    t._thread.join(60)
    assert "choose a smaller one" in t.message.value and not t.start.disabled


def test_completions_are_frequent_first_and_like_words_are_found(vectors):
    found = Completions({"v": vectors})
    assert found.of("k") == ["king", "kingdom"] and found.of("zz") == []
    assert found.like("quen")[0] == "queen" and found.like("") == []


def test_words_known_unknown_and_analogies(at_hand, vectors, toy):
    grams = SkipGram(dim=4, epochs=1, subwords=CharNGrams(2, 3, 500)).fit(toy, progress=False).embeddings_
    w = at_hand(WordsView({"plain": vectors, "n-grams": grams}))
    assert "neighbours of good" in w.tables["plain"].value and len(w.maps["plain"].data[0].x) == 10
    assert "a vector from its n-grams" in w.tables["n-grams"].value  # good shares buckets with known words
    w.controls["word"].value = "w999"
    assert "a vector from its n-grams" in w.tables["n-grams"].value
    assert (
        "&#x27;w999&#x27; is not in the vocabulary of plain" in w.message.value
        and w.tables["plain"].value == ""
    )
    w.controls["word"].value = "quen"
    assert "Did you mean queen" in w.message.value
    w.controls["word"].value = "<i>"
    assert "<i>" not in w.message.value
    w.controls["word"].value = ""
    assert (
        "Type a word" in w.message.value
        and w.tables["plain"].value == ""
        and len(w.maps["plain"].data[0].x) == 0
    )
    w.controls["c"].value = "woman"
    assert "Type a word" in w.message.value  # still to be done
    w.controls["c"].value = ""
    assert "all three words" in w.message.value
    w.controls["a"].value, w.controls["b"].value, w.controls["c"].value = "good", "best", "bad"
    assert "best − good + bad" in w.answers["plain"].value and "3CosMul" in w.answers["plain"].value


def test_sentences_under_every_scheme(at_hand, bundled):
    p = at_hand(PreprocessingView(from_sentences(bundled.sentences[:1500])))
    p._thread.join(60)
    p.controls["sentence"].value = "Zyzzyx paid $ 250 in 1987"
    assert p.tokens.value.count("<mark>&lt;unk&gt;</mark>") >= 1  # Zyzzyx, where rare words are replaced
    assert p.tokens.value.count("<tr>") == 13 and "&lt;money&gt;" in p.tokens.value
    assert "<td>date" in p.numbers.value and p.line.data[0].x == pytest.approx(
        (np.log10(250), np.log10(1987))
    )
    p.controls["sentence"].value = "no number"
    assert p.numbers.value == "No numbers."
    p.controls["sentence"].value = "  "
    assert "Type a sentence" in p.message.value and p.tokens.value == ""


def test_lost_text_has_no_view():
    with pytest.raises(W2VError, match="lost its rare words"):
        widgets.explore_preprocessing(from_sentences([["a", "<unk>"]] * 5))


def test_a_text_too_small_for_some_schemes_shows_the_others(at_hand):
    p = at_hand(PreprocessingView(from_sentences([["Hello", "there"], ["A", "b"]])))
    p._thread.join(60)
    assert "leaves no word" in p.message.value and p.tokens.value.count("<tr>") >= 8
    assert p.progress.value == p.progress.max


def test_models_of_one_dimension_or_two_words_have_a_plane_too(at_hand):
    tiny = Embeddings(np.array([[1.0], [2.0]]), Vocabulary(("a", "b"), np.array([2, 1])))
    w = at_hand(WordsView({"<b>tiny</b>": tiny}))
    assert (
        len(w.maps["<b>tiny</b>"].data[0].x) == 2 and "&lt;b&gt;" in w.maps["<b>tiny</b>"].layout.title.text
    )
    with pytest.raises(W2VError, match="no model"):
        widgets.explore_words({})
    with pytest.raises(W2VError, match="show='nonsense'"):
        widgets.explore_gradients("nonsense")


@pytest.mark.parametrize("kind", [np.float16, np.longdouble])
def test_vectors_of_any_precision_have_a_map(at_hand, kind):
    vocab = Vocabulary(("a", "b", "c"), np.array([3, 2, 1]))
    w = at_hand(WordsView({"other": Embeddings(np.eye(3).astype(kind), vocab)}))
    assert len(w.maps["other"].data[0].x) == 3


def test_a_run_without_a_recorded_loss_is_shown(at_hand):
    text = [["the", "king", "sat"], ["the", "queen", "sat"]] * 5
    run = published_recipe.reproduce(text, iterations=5, dim=2, subsample=1, progress=False)
    t = at_hand(TrainingView(run, text, None))
    assert t.curve.data[2].y == () and "queen" in t.lists.value


def test_claims_pass_filters_and_open(at_hand):
    table = [
        claims.Claim("A1", "zebras run", "t", "figure", low=0.5),
        claims.Claim("A2", "apples fall", "t", "figure", low=0.5),
        claims.Claim("B1", "none", "t", "figure", low=0.5, high=0.7),
        claims.Claim("B2", "a fact", "t", "figure"),
    ]
    found = ([0.9, 0.92, 0.91], [0.1, 0.12, 0.11])
    samples = {c.id: Sample(np.array([values]).T, ("item",)) for c, values in zip(table, found, strict=False)}
    c = at_hand(ClaimsView(verdicts.decide(table, samples | {"B1": None, "B2": None})))
    assert "3 of 3" in c.count.value and "zebras" in c.detail.value
    c.controls["verdict"].value = verdicts.NOT_SUPPORTED
    assert [label.split()[0] for label, _ in c.opened.options] == ["A2"] and "apples" in c.detail.value
    assert list(c.chart.data[2].x) == [0.5, 0.5, None]
    assert list(c.chart.data[0].x) == [0.1, 0.12, 0.11]
    c.controls["verdict"].value = "all"
    c.controls["order"].value = "claim"
    assert [label.split()[0] for label, _ in c.opened.options] == ["A2", "B1", "A1"]
    c.opened.value = 2
    assert "a word is missing" in c.chart.layout.title.text
    c.controls["words"].value = "ZEBRAS figure"
    assert [label.split()[0] for label, _ in c.opened.options] == ["A1"]
    c.controls["words"].value = "unheard of"
    assert "No claim passes" in c.message.value and c.detail.value == ""
