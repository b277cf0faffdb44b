"""The text of the published recipe: lower-cased, numbered, and subsampled before training."""

import weakref

import numpy as np

from ..text.corpus import as_corpus
from ..text.sampling import rejection_probabilities
from ..text.vocabulary import Vocabulary, encode
from ..utils.errors import W2VError
from . import kernels
from .mersenne_twister import below, python_twister

UNKNOWN = "UNK"
REPEATS = 30  # readings of the text before the first iteration
_PLENTY = 100  # pairs of neighbours expected after subsampling, with which some are certainly left


_numbered_texts = weakref.WeakKeyDictionary()  # a text trained on with many seeds is read once


def numbered(corpus):
    """Vocabulary in order of first appearance with UNK (count 1) at the end, ids (int32), offsets (int64).

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> vocab, ids, offsets = numbered(from_sentences([["The", "cat"], ["the", "dog"]]))
    >>> vocab.words, vocab.counts.tolist()
    (('the', 'cat', 'dog', 'UNK'), [2, 1, 1, 1])
    >>> ids.tolist(), offsets.tolist()
    ([0, 1, 0, 2], [0, 2, 4])
    """
    if corpus not in _numbered_texts:
        _numbered_texts[corpus] = _number(corpus)
    return _numbered_texts[corpus]


def _number(corpus):
    lowered = ([token.lower() for token in sentence] for sentence in corpus)
    seen, ids, offsets = encode(lowered, order="appearance")
    if UNKNOWN in seen:  # lower-casing leaves no capital K, save in scripts of their own
        raise W2VError(f"The text holds the word {UNKNOWN} itself even in lower case.")
    return Vocabulary((*seen.words, UNKNOWN), np.append(seen.counts, 1)), ids, offsets


def subsampled_text(corpus, settings):
    """Return the text that a run with these `RecipeSettings` draws from: ids (int32), offsets (int64).

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> from .settings import RecipeSettings
    >>> text = from_sentences([["the", "cat", "sat"], ["dogs", "bark"]])
    >>> words, offsets = subsampled_text(text, RecipeSettings(subsample=1.0))
    >>> words.size == REPEATS * 5, offsets.size - 1 == REPEATS * 2  # with threshold 1 every word is kept
    (True, True)
    >>> words, offsets = subsampled_text(text, RecipeSettings(subsample=0.1))
    >>> words.size < REPEATS * 5, offsets.size - 1 < REPEATS * 2
    (True, True)
    """
    vocab, ids, offsets = numbered(corpus)
    mt = python_twister(settings.python_seed)
    return first_draws(vocab, ids, offsets, mt, settings)[1:]


def require_text_of(run, corpus):
    """Return a text as `Corpus`; refuse another than that of a run.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> text = [["a", "b"], ["c", "d"]]
    >>> require_text_of(reproduce(text, iterations=10, dim=3, subsample=1, progress=False), text)
    <Corpus sentences: 2 sentences, 4 tokens, 4 types>
    """
    corpus = as_corpus(corpus)
    if corpus.provenance.tokens_sha256 != run.tokens_sha256:
        raise W2VError("The run is of another text: give the text that it was trained on.")
    return corpus


def text_of_run(corpus, run):
    """Return the text that a run by negative sampling has drawn from, as `subsampled_text`.

    Raises
    ------
    W2VError
        If the run is of another text (see `require_text_of`), or by naive softmax.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> run = reproduce([["a", "b"], ["c", "d"]], iterations=10, dim=3, subsample=1, progress=False)
    >>> text_of_run([["a", "b"], ["c", "e"]], run)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The run is of another text: give the text that it was trained on.
    """
    corpus = require_text_of(run, corpus)
    if run.settings.objective != "negative-sampling":
        raise W2VError(f"The run has the objective {run.settings.objective}: give one by negative sampling.")
    return subsampled_text(corpus, run.settings)


def threshold_for(corpus, settings, n_seeds=1):
    """Subsampling threshold with which all runs with these settings have pairs to draw.

    It is that of the settings if enough pairs are left. In a short text it may leave no sentence with two
    different words; then it is the first of 10, 100, … times as much that does.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
    n_seeds : int
        Number of runs: `python_seed` and the seeds that follow.

    Raises
    ------
    W2VError
        If no sentence has two different words: no pair can be drawn.

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> from .settings import RecipeSettings
    >>> text = from_sentences([["the", "cat", "sat"], ["dogs", "bark"]])
    >>> threshold_for(text, RecipeSettings())  # 1e-5 leaves no pair
    0.001
    """
    vocab, ids, offsets = numbered(corpus)
    threshold = settings.subsample
    while True:
        keep = 1 - rejection_probabilities(vocab.counts, ids.size + 1, threshold)
        if REPEATS * (keep[ids[1:]] * keep[ids[:-1]])[_pairs(ids, offsets)].sum() > _PLENTY:
            return threshold
        seeds = range(settings.python_seed, settings.python_seed + n_seeds)
        try:
            for seed in seeds:
                subsampled_text(corpus, settings.replace(python_seed=seed, subsample=threshold))
            return threshold
        except W2VError:
            if (keep == 1).all():
                raise W2VError(
                    "The text is too small: no sentence has two different words, so no pair can be drawn."
                ) from None
        threshold = float(f"{10 * threshold:g}")


def _pairs(words, offsets):
    """Whether each word but the last is followed by a different one in its sentence; bool array."""
    inside = np.ones(max(words.size - 1, 0), bool)
    inside[offsets[1:-1] - 1] = False
    return (words[1:] != words[:-1]) & inside


def first_draws(vocab, ids, offsets, mt, settings):
    """Draw what comes before the first iteration: the first window size, and the subsampled text.

    Returns
    -------
    first_window_size : int
    words : (n,) int32
    offsets : (n_sentences + 1,) int64

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> from .settings import RecipeSettings
    >>> text = numbered(from_sentences([["the", "cat", "sat"], ["dogs", "bark"]]))
    >>> size, words, offsets = first_draws(*text, python_twister(42), RecipeSettings(subsample=1.0))
    >>> int(size), words[:5].tolist(), offsets[:3].tolist()
    (1, [0, 1, 2, 3, 4], [0, 3, 5])
    """
    first_window_size = below(mt, settings.window) + 1
    return first_window_size, *_subsampled(vocab, ids, offsets, mt, settings.subsample)


def _subsampled(vocab, ids, offsets, mt, threshold):
    """Subsample the text, read `REPEATS` times; ids (int32) and sentence offsets (int64)."""
    reject = rejection_probabilities(vocab.counts, ids.size + 1, threshold)
    thresholds = np.ceil(reject * 2.0**53).astype(np.uint64)
    # Room for the expected number of words and ten standard deviations more.
    expected = REPEATS * ((1 - reject) * vocab.counts).sum()
    room = int(expected + 10 * np.sqrt(expected)) + int(np.diff(offsets).max())
    kept = np.empty(min(room, REPEATS * ids.size) + 1, np.int32)
    kept_offsets = np.empty(min(REPEATS * (offsets.size - 1), kept.size // 2) + 2, np.int64)
    n_sentences = kernels.subsample(ids, offsets, thresholds, REPEATS, mt, kept, kept_offsets)
    if n_sentences < 0:
        raise RuntimeError("subsampling kept more words than ten standard deviations allow")
    words, offsets = kept[: kept_offsets[n_sentences]].copy(), kept_offsets[: n_sentences + 1].copy()
    if not _pairs(words, offsets).any():
        raise W2VError(
            "The text is too small: after subsampling no sentence is left with two different words, so no "
            "pair can be drawn."
        )
    return words, offsets
