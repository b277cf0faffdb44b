"""View of word vectors: neighbours of a word and analogies, of one model or of several side by side."""

import bisect
import difflib
from html import escape

import ipywidgets as widgets
import numpy as np

from ..evaluation.analogy_answers import METHODS
from ..models.embeddings import Embeddings
from ..reporting import display, plots
from ..utils.characters import visible
from ..utils.errors import W2VError
from ..utils.markdown import as_markdown
from ..utils.statistics import format_count
from ..utils.validation import Whole, check
from ..utils.vectors import unit_rows
from .base import View, chart, labelled, principal_plane, row, table

_MAX_COMPLETIONS = 12


class Completions:
    """Completions and spelling suggestions from the words of several vocabularies.

    Parameters
    ----------
    models : dict of str → Embeddings

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("king", "kind", "queen"), np.array([1, 5, 3])))
    >>> Completions({"model": e}).of("ki"), Completions({"model": e}).like("kinng")
    (['kind', 'king'], ['king', 'kind'])
    """

    def __init__(self, models):
        self._words = sorted({word for e in models.values() for word in e.vocab.words})
        counts = {}
        for e in models.values():
            for word, n in zip(e.vocab.words, e.vocab.counts.tolist(), strict=True):
                counts[word] = max(n, counts.get(word, 0))
        self._counts = counts

    def of(self, prefix):
        """List the most frequent words that begin with `prefix` (str), at most 12."""
        low = bisect.bisect_left(self._words, prefix)
        high = bisect.bisect_left(self._words, prefix + "\U0010ffff")
        return sorted(self._words[low:high], key=lambda word: -self._counts[word])[:_MAX_COMPLETIONS]

    def like(self, typed):
        """List words with a spelling similar to that of `typed` (str), at most 5."""
        candidates = [w for w in self._words if abs(len(w) - len(typed)) < 3 and set(w) & set(typed)]
        candidates = sorted(candidates, key=lambda word: -self._counts[word])[:3000]
        return difflib.get_close_matches(typed, candidates, 5, 0.6)


def neighbour_map(embeddings, word, neighbours):
    """Project a word and its neighbours on the first two principal components of their unit vectors.

    Parameters
    ----------
    embeddings : Embeddings
    word : str
    neighbours : list of str

    Returns
    -------
    dict
        Word → (2,) float; `word` comes first.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(2), Vocabulary(("king", "queen"), np.array([2, 1])))
    >>> points = neighbour_map(e, "king", ["queen"])
    >>> list(points), round(float(np.abs(points["king"][0])), 3)
    (['king', 'queen'], 0.707)
    """
    vectors = unit_rows(embeddings[[word, *neighbours]])
    mean, axes, _ = principal_plane(vectors)
    points = (vectors - mean) @ axes.T
    return dict(zip([word, *neighbours], points, strict=True))


class WordsView(View):
    """Neighbours, their maps, and analogies in one or more models.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("king", "queen", "man", "woman"), np.array([4, 3, 2, 1]))
    >>> e = Embeddings(np.eye(3)[[0, 0, 1, 2]], vocab)
    >>> view = WordsView({"model": e})
    >>> _ = view.build()
    >>> view.update()
    >>> "<td>queen</td><td class=number>1.000</td>" in view.tables["model"].value  # near king
    True
    """

    def __init__(self, models):
        super().__init__()
        self.models, self.completions = models, Completions(models)

    def build(self):
        """Make the controls, maps and tables."""
        first = next(iter(self.models.values()))
        start = next((word for word in ("good", "king") if word in first), first.vocab.words[0])
        self.controls = {
            "word": self._box("word", start),
            "n": widgets.IntSlider(10, 3, 30, description="neighbours"),
            "a": self._box("word a", "man"),
            "b": self._box("is to b", "king"),
            "c": self._box("as c", "woman"),
        }
        self.tables = {name: widgets.HTML() for name in self.models}
        width = 640 if len(self.models) == 1 else 500
        self.maps = {
            name: chart("", "", width, 380, showlegend=False, title=escape(name)) for name in self.models
        }
        for figure in self.maps.values():
            figure.add_scatter(
                mode="markers+text", textposition="top center", cliponaxis=False, marker={"size": 9}
            )
        self.answers = {name: widgets.HTML(layout={"width": f"{width}px"}) for name in self.models}
        self._messages = {"word": [], "analogy": []}
        c = {name: labelled(control, "20em", "6em") for name, control in self.controls.items()}
        return widgets.VBox(
            [
                widgets.HBox([c["word"], c["n"]]),
                row(*(widgets.VBox([self.maps[name], self.tables[name]]) for name in self.models)),
                widgets.HTML("<b>Analogy: a is to b as c is to …</b>"),
                row(c["a"], c["b"], c["c"]),
                row(*self.answers.values()),
            ]
        )

    def _box(self, label, word):
        return widgets.Combobox(value=word, description=label, ensure_option=False, continuous_update=True)

    def update(self, change=None):
        """Draw the word or answer the analogy, whichever was changed."""
        owner = None if change is None else change["owner"]
        boxes = [self.controls[name] for name in ("word", "a", "b", "c")]
        for box in boxes if owner is None else [owner]:
            if box in boxes:
                box.options = self.completions.of(box.value.strip()) if box.value.strip() else []
        analogy_boxes = boxes[1:]
        if owner not in analogy_boxes:
            self._messages["word"] = self._draw_word()
        if owner is None or owner in analogy_boxes:
            self._messages["analogy"] = self._answer()
        messages = [*self._messages["word"], *self._messages["analogy"]]
        if messages:
            self.say(" ".join(dict.fromkeys(messages)), "alert")

    def _draw_word(self):
        word, n = self.controls["word"].value.strip(), self.controls["n"].value
        maps, messages = {}, [] if word else ["Type a word."]
        for name, e in self.models.items():  # tables before maps: they are read first
            if not _has_vector(e, word):
                self.tables[name].value, maps[name] = "", {}
                messages += self._unknown(word, name)
                continue
            near = e.most_similar(word, n)
            note = "" if word in e else " (not in the vocabulary: a vector from its n-grams)"
            rows = [(w, f"{cosine:.3f}") for w, cosine in near]
            self.tables[name].value = table(
                f"{name}: neighbours of {word}{note}", ["word", "cosine"], rows, (1,)
            )
            maps[name] = neighbour_map(e, word, [w for w, _ in near])
        for name, points in maps.items():
            self._draw(self.maps[name], points, word)
        return messages

    def _unknown(self, word, name):
        """Messages about a word that is not in the vocabulary of a model; list of str."""
        if not word:
            return []
        close = self.completions.of(word)[:5] or self.completions.like(word)
        hint = f" Did you mean {', '.join(close)}?" if close else ""
        return [f"{word!r} is not in the vocabulary of {name}.{hint}"]

    def _draw(self, figure, points, word):
        with figure.batch_update():
            xy = np.array(list(points.values())).reshape(-1, 2)
            trace = figure.data[0]
            trace.x, trace.y, trace.text = xy[:, 0], xy[:, 1], list(map(escape, points))
            trace.marker.color = [plots.COLOURS[1] if w == word else plots.COLOURS[0] for w in points]

    def _answer(self):
        a, b, c = (self.controls[name].value.strip() for name in "abc")
        messages = [] if a and b and c else ["Fill in all three words of the analogy."]
        for name, e in self.models.items():
            unknown = [word for word in (a, b, c) if not _has_vector(e, word)]
            if unknown:
                self.answers[name].value = ""
                messages += self._unknown(unknown[0], name)
                continue
            best = {method: e.analogy(a, b, c, 5, method) for method in METHODS}
            rows = [
                [cell for method in METHODS for cell in (best[method][k][0], f"{best[method][k][1]:.3f}")]
                for k in range(min(map(len, best.values())))
            ]
            head = [text for method in METHODS for text in (method, "score")]
            self.answers[name].value = table(f"{name}: {b} − {a} + {c}", head, rows, (1, 3))
        return messages


def _has_vector(embeddings, word):
    """Whether a model has a vector for a word, from the vocabulary or from n-grams."""
    return word in embeddings or (embeddings.ngrams is not None and embeddings.ngrams.of(word)[1] > 0)


def explore_words(models, word="good", n=10):
    """Show the vectors of models as an interactive view; a batch run shows a map of the neighbours of a word.

    Parameters
    ----------
    models : Embeddings, or dict of name → Embeddings
    word : str
        Shown in the batch run if it is in the vocabulary; otherwise the most frequent word.
    n : int
        Number of neighbours in the batch run.

    Raises
    ------
    W2VError
        If there is no model, or `n` is not from 1 to 1,000.

    Examples
    --------
    >>> explore_words({"recipe": embeddings, "SkipGram": others})  # doctest: +SKIP
    """
    models = {"the vectors": models} if isinstance(models, Embeddings) else models
    check("n", n, Whole(1, 1_000))
    given = models.values() if isinstance(models, dict) else ()
    if not given or not all(
        isinstance(name, str) and isinstance(e, Embeddings) for name, e in models.items()
    ):
        raise W2VError("There is no model to explore: give Embeddings, or a dict of name → Embeddings.")
    models = {visible(name): e for name, e in models.items()}
    if display.is_interactive():
        WordsView(models).show()
        return
    first = next(iter(models.values()))
    word = word if word in first else first.vocab.words[int(np.argmax(first.vocab.counts))]
    panels = {
        name: neighbour_map(e, word, [w for w, _ in e.most_similar(word, n)])
        for name, e in models.items()
        if word in e
    }
    n_near = max(len(points) - 1 for points in panels.values())  # fewer than n in a small vocabulary
    near = list(dict.fromkeys(other for points in panels.values() for other in points if other != word))
    display.show(
        display.Figure(
            plots.word_maps(
                panels, {"the word": [word], "its neighbours": near}, ("first axis", "second axis")
            ),
            "surroundings",
            f"The {format_count(n_near, 'nearest word')} of “{as_markdown(word)}” by cosine, in "
            f"{format_count(len(panels), 'model')}. Each panel shows the first two principal components of "
            "its own words, so the axes of two panels cannot be compared. In Jupyter, other words and "
            "analogies can be typed.",
            f"{format_count(len(panels), 'scatter plot')} of a word among its "
            f"{format_count(n_near, 'neighbour')}.",
        )
    )
