"""Preprocessing under the hand: a sentence under every scheme, and where each of its numbers lands."""

import threading
from html import escape

import ipywidgets as widgets
import pandas as pd

from ..experiments.ablation import grid
from ..preprocessing import number_schemes
from ..preprocessing.rare_words import UNKNOWN, require_raw
from ..preprocessing.schemes import Scheme
from ..reporting import display
from ..reporting.printable_text import encoded
from ..reporting.provenance import corpus_phrase
from ..text import numerals
from ..text.corpus import as_corpus, from_sentences
from ..text.tokenizer import tokenise
from ..utils.errors import W2VError
from ..utils.markdown import as_markdown
from ..utils.statistics import MISSING
from .base import Html, View, chart, labelled, table

_TOGETHER = Scheme("bpe:8000", "magnitude")


def schemes_shown():
    """List the schemes that sentences are shown under: those of the experiment, and two put together.

    Examples
    --------
    >>> [(scheme.rare, scheme.numbers) for scheme in schemes_shown()][-2:]
    [('keep', 'typed-magnitude'), ('bpe:8000', 'magnitude')]
    """
    return [*grid(), _TOGETHER]


def telling_sentence(text, kept):
    """Pick a sentence of moderate length with two numbers and a rare word, as far as there is one.

    Examples
    --------
    >>> plain = "it was a quiet day in the town".split()
    >>> telling = "it cost 5 dollars in 1990 , said Oglethorpe".split()
    >>> " ".join(telling_sentence([plain, telling], kept={*plain, ",", "said", "cost", "dollars"}))
    'it cost 5 dollars in 1990 , said Oglethorpe'
    """

    def telling(sentence):
        numbers = sum(numerals.parse(token) is not None for token in sentence)
        return 8 <= len(sentence) <= 16 and min(numbers, 2) + (not kept.issuperset(sentence))

    return max(text, key=telling)


class PreprocessingView(View):
    """A sentence to edit, its tokens under every scheme, and its numbers.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> view = PreprocessingView(from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5))
    >>> _ = view.build()  # starts to learn the schemes
    >>> view.update()
    >>> view.controls["sentence"].value.split()[:3], "<td>12.5</td>" in view.numbers.value
    (['Profit', 'rose', '12.5'], True)
    >>> view.close()
    """

    def __init__(self, text):
        super().__init__()
        self.text, self.fitted, self.sizes, self.failed = text, {}, {}, []
        self._closed = False

    def build(self):
        """Make the controls and views; the schemes are learnt meanwhile."""
        self.controls = {
            "sentence": widgets.Textarea(
                "Profit rose 12.5 % to $ 3,400,000 in 1999 , the 3rd record , said Oglethorpe",
                description="sentence", continuous_update=True, layout={"width": "60em", "height": "4em"},
            )
        }  # fmt: skip
        labelled(self.controls["sentence"], "60em")
        self.progress = widgets.IntProgress(description="learning", max=len(schemes_shown()))
        self.tokens, self.numbers = widgets.HTML(), widgets.HTML()
        self.line = chart("order of magnitude (positive numbers)", "", 800, 220, showlegend=False)
        self.line.add_scatter(mode="markers+text", textposition="top center", marker={"size": 10})
        self.line.update_yaxes(visible=False, range=[-1, 2])
        self._thread = threading.Thread(target=self.guarded(self._learn), daemon=True)
        self._thread.start()
        return widgets.VBox([self.controls["sentence"], self.progress, self.tokens, self.numbers, self.line])

    def _learn(self):
        for scheme in schemes_shown():
            if self._closed:
                return
            try:
                fitted = scheme.fit(self.text)
                self.sizes[scheme] = _size(fitted, self.text)
                self.fitted[scheme] = fitted
            except W2VError as error:  # the text is too small for this one
                self.failed.append(f"{scheme.rare}: {error}")
            self.progress.value += 1
            self.update()
        self.progress.layout.display = "none"

    def update(self, *_):
        """Draw the sentence under the schemes learnt so far."""
        sentence = tokenise(encoded(self.controls["sentence"].value).decode())
        if not sentence:
            self.tokens.value = self.numbers.value = ""
            self.say("Type a sentence.")
            return
        rows = []
        for scheme, fitted in list(self.fitted.items()):
            made = fitted.apply(sentence)
            shown = _marked(made, sentence) if scheme.subwords is None else _counted(made, scheme.subwords)
            name = f"{scheme.rare}, numbers {scheme.numbers}" if scheme.numbers != "keep" else scheme.rare
            rows.append((name, f"{self.sizes[scheme]:,}", len(made), made.count(UNKNOWN), shown))
        self.tokens.value = table(
            "The sentence under every scheme (+ n: n-grams of a word)",
            ["scheme", "vocabulary", "tokens", UNKNOWN, "the sentence"], rows, (1, 2, 3),
        )  # fmt: skip
        self._draw_numbers(sentence)
        if self.failed:
            self.say(" ".join(self.failed), "alert")

    def _draw_numbers(self, sentence):
        found = [
            (i, numeral) for i, token in enumerate(sentence) if (numeral := numerals.parse(token)) is not None
        ]
        rows = [
            (
                sentence[i], f"{float(numeral.value):,.10g}", numerals.magnitude(numeral.value),
                numerals.type_of(sentence, i), " ".join(number_schemes.spelled_digits(sentence, i, numeral)),
            )
            for i, numeral in found
        ]  # fmt: skip
        head = ["number", "value", "bucket", "type", "digits"]
        self.numbers.value = table("Where each number lands", head, rows, (1,)) if rows else "No numbers."
        places = [(sentence[i], numeral.value) for i, numeral in found if numeral.value > 0]
        with self.line.batch_update():
            trace = self.line.data[0]
            trace.x = [float(value.log10()) for _, value in places]
            trace.y = [n % 2 for n in range(len(places))]
            trace.text = [escape(token) for token, _ in places]
            self.line.update_xaxes(dtick=1)

    def close(self):
        """Stop learning, and take everything off the page."""
        self._closed = True
        self._thread.join(10)
        super().close()


def _size(fitted, text):
    """Count the vectors that a scheme needs for a text: words or pieces, and n-grams."""
    words = {token for sentence in fitted.text(text) for token in sentence}
    grams = fitted.scheme.subwords
    return len(words) + (0 if grams is None else len(set().union(*map(grams.of, words))))


def _counted(words, grams):
    """Spell words as HTML, each with the number of its n-grams."""
    return Html(" ".join(f"{escape(w)}<mark class=number>+{len(grams.of(w))}</mark>" for w in words))


def _marked(made, sentence):
    """Spell tokens as HTML; what is lost and what was written anew are marked."""
    kept = set(sentence)

    def spell(token):
        if token == UNKNOWN:
            return f"<mark>{escape(token)}</mark>"
        return escape(token) if token in kept else f"<mark class=number>{escape(token)}</mark>"

    return Html(" ".join(map(spell, made)))


def explore_preprocessing(text, sentence=None):
    """Explore what the schemes make of sentences; in a batch run a table of one sentence stands here.

    Parameters
    ----------
    text : Corpus, or iterable of lists of str
        Raw; the schemes are learnt from it.
    sentence : list of str, optional
        For the batch run; default: one with a rare word and numbers.

    Raises
    ------
    W2VError
        For text that has lost its rare words, and for what is no text or no sentence.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5)
    >>> explore_preprocessing(text, ["it", "cost", "9"])  # outside Jupyter: a table
    {'text/markdown': '| rare words | numbers | the sentence |...
    """
    text = as_corpus(text)
    require_raw(text)
    if sentence is not None:
        (sentence,) = from_sentences([sentence]).sentences
    if display.is_interactive():
        PreprocessingView(text).show()
        return
    fitted, failed = [], []
    for scheme in schemes_shown():
        if scheme.subwords is None:
            try:
                fitted.append(scheme.fit(text))
            except W2VError as error:  # too many letters for its pieces
                failed.append(f"{as_markdown(scheme.rare)}: {error}")
    if sentence is None:
        top = next(f for f in fitted if f.scheme.rare.startswith("top:"))
        types = {token for s in text for token in s}
        kept = {token for token in types if UNKNOWN not in top.tokens_of([token], 0)}
        sentence = telling_sentence(text, kept)
    rows = [
        (
            f"`{f.scheme.rare}`",
            f"`{f.scheme.numbers}`",
            " ".join(map(as_markdown, f.apply(sentence))) or MISSING,
        )
        for f in fitted
    ]
    display.show(
        display.Table(
            pd.DataFrame(rows, columns=["rare words", "numbers", "the sentence"]),
            "sentence",
            f"One sentence of {corpus_phrase(text)} under every scheme; `##` leads the "
            "pieces of a word but the first." + "".join(f" Left out is {reason}" for reason in failed),
        )
    )
