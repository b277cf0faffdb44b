"""Tests of what the published report claims about its results: trainings of several seeds → Sample.

`TESTS` registers them by name for ``report/claims.toml``. A test gives None where it is not applicable: a
word is missing from the text, or the claim belongs to another text. Closeness is the probability of
superiority over pairs of equally frequent words (`evaluation.closeness`).
"""

from functools import wraps
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from ..evaluation import closeness, neighbour_stability, neighbours
from ..evaluation.datasets import pairs_of_section
from ..text.vocabulary import encode
from ..utils.resampling import Sample
from ..utils.statistics import spearman
from .claims import ClaimTests

TESTS = ClaimTests()
_FEWEST = 3  # words of a group that are enough to speak of it


def _for_each_seed(test):
    """Register a test of one training; it is applied to several, and the samples are joined."""

    @wraps(test)
    def over_seeds(trainings, *arguments, **named):
        return Sample.stack([test(training, *arguments, **named) for training in trainings])

    return TESTS.register(over_seeds)


def _one_figure(value, name):
    return None if np.isnan(value) else Sample(np.array([[value]], float), (name,))


def _present(training, words, enough=_FEWEST):
    """Words of a group that the text has; none if fewer than `enough`."""
    words = [word for word in words if word in training.final]
    return words if len(words) >= enough else []


def _superiority(embeddings, matched, pairs):
    return closeness.superiority(lambda ids: embeddings.unit_vectors[ids], matched, pairs)


def _sample(values, items, over, other=None):
    """Make a sample of one seed; None without items or with a value that is missing."""
    rows = [row for row in (values, other) if row is not None]
    if not len(items) or np.isnan(rows).any():
        return None
    return Sample(np.array([values], float), tuple(items), over, other=None if other is None else other[None])


@_for_each_seed
def final_loss(training):
    """Return the moving average of the loss at the end.

    Examples
    --------
    >>> from .trainings import Training
    >>> final_loss([Training(None, None, loss=8.5), Training(None, None, loss=9.5)]).figure()
    9.0
    """
    return _one_figure(training.loss, "moving average of the loss")


@_for_each_seed
def difference_from_published_loss(training, value):
    """Return that average minus the published one, where settings and text are the published ones.

    Examples
    --------
    >>> from .trainings import Training
    >>> difference_from_published_loss([Training(None, None, loss=8, is_published=True)], value=7.5).figure()
    0.5
    >>> difference_from_published_loss([Training(None, None, loss=8)], value=7.5) is None  # another text
    True
    """
    difference = training.loss - value if training.is_published else np.nan
    return _one_figure(difference, "difference from the published loss")


@_for_each_seed
def training_minutes(training):
    """Wall-clock minutes of a training.

    Examples
    --------
    >>> from .trainings import Training
    >>> training_minutes([Training(None, None, seconds=90)]).figure()
    1.5
    """
    return _one_figure(training.seconds / 60, "minutes")


@_for_each_seed
def group_closeness(training, words, over):
    """Measure the closeness of the pairs of a group.

    `over` "nodes" resamples the words, as a sample of a category; "seeds" takes them as fixed, where they
    are too few for that. Words that the text lacks are left out; with fewer than three the test is not
    applicable.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("good", "great", "well", "the"), np.array([4, 3, 2, 1]))
    >>> training = Training(None, Embeddings(np.eye(4)[[0, 0, 0, 1]], vocab))
    >>> sample = group_closeness([training], ["good", "great", "well", "cool"], over="nodes")
    >>> sample.items, sample.over
    ((('good', 'great'), ('good', 'well'), ('great', 'well')), 'nodes')
    """
    pairs = list(combinations(_present(training, words), 2))
    return _sample(_superiority(training.final, training.matched, pairs), pairs, over)


@_for_each_seed
def named_closeness(training, words):
    """Measure the closeness of the pairs of words that the claim names; the words are fixed.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("poor", "down", "a", "the"), np.array([4, 3, 2, 1]))
    >>> named_closeness([Training(None, Embeddings(np.eye(4)[[0, 0, 1, 2]], vocab))], ["poor", "down"]).over
    'seeds'
    """
    pairs = list(combinations(_present(training, words, len(words)), 2))
    return _sample(_superiority(training.final, training.matched, pairs), pairs, "seeds")


@_for_each_seed
def closeness_to(training, word, others, over):
    """Measure the closeness of a word to others.

    `over` "items" resamples the others, "seeds" takes them as fixed.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("bad", "poor", "down", "the"), np.array([4, 3, 2, 1]))
    >>> training = Training(None, Embeddings(np.eye(4)[[0, 1, 1, 2]], vocab))
    >>> closeness_to([training], "bad", ["poor", "down"], over="seeds").figure() < 0.5
    True
    """
    words = _present(training, [word, *others], 1 + len(others))
    pairs = [(word, other) for other in words[1:]]
    sample = _sample(_superiority(training.final, training.matched, pairs), pairs, "seeds")
    return sample and Sample(sample.values, tuple(others), over)


@_for_each_seed
def separation(training, groups, over, only=None):
    """How often a pair within a group is closer than one of its words and a word of another group.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> e = Embeddings(np.eye(6)[[0, 0, 0, 1, 1, 1]], Vocabulary(tuple("abcdef"), np.arange(6, 0, -1)))
    >>> separation([Training(None, e)], [["a", "b", "c"], ["d", "e", "f"]], over="nodes").figure()
    1.0
    """
    present = [_present(training, words) for words in groups]
    if not all(present):
        return None
    only = None if only is None else present[groups.index(only)]
    pairs, values = closeness.within_and_between(training.final, present, only)
    return _sample(values, pairs, over)


@_for_each_seed
def growth_of_closeness(training, groups):
    """Return the closeness of the pairs of groups at the end, minus that at the first checkpoint.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("good", "great", "well", "the"), np.array([4, 3, 2, 1]))
    >>> early, late = (Embeddings(np.eye(4)[rows], vocab) for rows in ([0, 1, 2, 3], [0, 0, 0, 1]))
    >>> training = Training(None, late, {5: early, 10: late})
    >>> growth_of_closeness([training], [["good", "great", "well"]]).figure() > 0
    True
    """
    pairs = [pair for words in groups for pair in combinations(_present(training, words), 2)]
    if not training.checkpoints:
        return None
    first = training.checkpoints[training.iterations[0]]
    late, early = (_superiority(e, training.matched, pairs) for e in (training.final, first))
    return _sample(late, pairs, "nodes", early)


@_for_each_seed
def family_analogies(training):
    """Right answers of the family analogies against the answers of the other pairs; pairs are resampled.

    The pairs are those of the Google analogies (Mikolov et al. 2013a), king : queen and others.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> words = ("boy", "brother", "king", "girl", "sister", "queen")
    >>> vectors = np.vstack([np.eye(4)[:3], np.eye(4)[:3] + np.eye(4)[3]])
    >>> family_analogies([Training(None, Embeddings(vectors, Vocabulary(words, np.arange(6, 0, -1))))]).items
    ('boy girl', 'brother sister', 'king queen')
    """
    pairs = pairs_of_section("family", training.final.vocab)
    if len(pairs) < _FEWEST:
        return None
    values = closeness.analogy_superiority(training.final, pairs)
    return _sample(values, [" ".join(pair) for pair in pairs], "items")


@_for_each_seed
def analogy_percentile(training, question, expected):
    """Proportion of the other words with a lower score than the expected answer to an analogy.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("man", "king", "woman", "queen", "a"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]]), vocab)
    >>> analogy_percentile([Training(None, e)], ["man", "king", "woman"], "queen").figure()
    1.0
    """
    if not _present(training, [*question, expected], 4):
        return None
    others = len(training.final) - 4
    rank = training.final.analogy_rank(*question, expected)
    return _one_figure(1 - (rank - 1) / others if others else np.nan, expected)


@_for_each_seed
def gain_from_dimensions(training, question, expected, few, many):
    """Log10 of the rank of the expected answer in the model `few`, minus that in the model `many`.

    `few` and `many` are names of `Training.other_models`.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("man", "king", "woman", "queen", "a"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]]), vocab)
    >>> swapped = Embeddings(e.vectors[[0, 1, 2, 4, 3]], vocab)  # the best answer is "a", then queen
    >>> training = Training(None, e, other_models={"few": swapped, "many": e})
    >>> round(gain_from_dimensions([training], ["man", "king", "woman"], "queen", "few", "many").figure(), 2)
    0.3
    """
    models = [training.other_models.get(name) for name in (few, many)]
    words = [*question, expected]
    if any(model is None or any(word not in model for word in words) for model in models):
        return None
    ranks = [model.analogy_rank(*question, expected) for model in models]
    return _one_figure(float(np.subtract(*np.log10(ranks))), expected)


@_for_each_seed
def correlation_with_frequency(training, words):
    """Spearman's correlation, over all other words, of frequency with the mean cosine to `words`.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.5], [0.5, 1.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("a", "the", "good", "bad"), np.array([3, 9, 2, 1])))
    >>> round(correlation_with_frequency([Training(None, e)], ["a"]).figure(), 6)
    1.0
    """
    e, words = training.final, _present(training, words, len(words))
    if not words:
        return None
    ids = [e.vocab.ids[word] for word in words]
    rest = np.setdiff1d(np.arange(len(e)), ids)
    cosines = e.unit_vectors[rest] @ e.unit_vectors[ids].mean(0)
    return _one_figure(float(spearman(cosines, e.vocab.counts[rest])), "all other words")


@TESTS.register
def shared_next_words(trainings, words):
    """Measure the closeness of a group by the distributions of the next words in the text.

    This is a property of the text: the sample has no seeds.

    Examples
    --------
    >>> text = [["the", "cat", "sleeps"], ["a", "dog", "sleeps"], ["one", "bird", "sleeps"], ["an", "owl"]]
    >>> from ..models.embeddings import Embeddings
    >>> from .trainings import Training
    >>> vocab, _, _ = encode(text)
    >>> training = Training(text, Embeddings(np.eye(len(vocab)), vocab))
    >>> sample = shared_next_words([training], ["cat", "dog", "bird"])
    >>> sample.seeded, sample.figure() > 0.5
    (False, True)
    """
    vocab, ids, offsets = encode([token.lower() for token in sentence] for sentence in trainings[0].text)
    words = [word for word in words if word in vocab]
    if len(words) < _FEWEST:
        return None
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = sentence[1:] == sentence[:-1]
    pairs = ids[:-1][inside], ids[1:][inside]
    counts = csr_array((np.ones(pairs[0].size), pairs), shape=(len(vocab), len(vocab)))
    norms = np.sqrt(counts.multiply(counts).sum(1))
    unit = counts.multiply(1 / np.where(norms > 0, norms, 1)[:, None]).tocsr()
    pairs = list(combinations(words, 2))
    values = closeness.superiority(lambda rows: unit[rows], closeness.MatchedWords(vocab), pairs)
    return None if np.isnan(values).any() else Sample(values[None], tuple(pairs), "nodes", seeded=False)


@_for_each_seed
def growth_of_overlap(training, early, late, n=10):
    """Proportion of the `n` nearest neighbours shared by two late checkpoints, minus that of two early ones.

    `early` and `late` are pairs of fractions of all iterations. The words, up to 100 of each band of
    frequency, are resampled.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("a", "b", "c"), np.array([3, 2, 1]))
    >>> start, end = (Embeddings(np.array([[1, 0], second, third], float), vocab)
    ...               for second, third in (([0, 1], [1, 2]), ([1, 0.1], [0, 1])))
    >>> training = Training(None, end, {1: start, 2: end, 3: end})
    >>> round(growth_of_overlap([training], early=(1 / 3, 2 / 3), late=(2 / 3, 1), n=1).figure(), 2)
    0.67
    """
    if not training.checkpoints:
        return None
    bands = neighbour_stability.words_by_frequency(training.final.vocab, per_band=100)
    ids = np.sort(np.concatenate([*bands.values()]))

    def shared(fractions):
        of_both = [training.checkpoints[training.nearest_checkpoint(fraction)] for fraction in fractions]
        return neighbour_stability.overlap(*(neighbour_stability.neighbour_ids(e, ids, n) for e in of_both))

    return _sample(shared(late), [training.final.vocab.words[i] for i in ids], "items", shared(early))


@_for_each_seed
def closeness_among_all_words(training, words):
    """Proportion of all words that are less close; mean over the ordered pairs of `words`.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("good", "bad", "a", "the"), np.array([4, 3, 2, 1]))
    >>> training = Training(None, Embeddings(np.eye(4)[[0, 0, 1, 2]], vocab))
    >>> closeness_among_all_words([training], ["good", "bad"]).figure()
    1.0
    """
    words = _present(training, words, len(words))
    pairs = [(a, b) for a in words for b in words if a != b]
    values = [neighbours.nearness(training.final, a, b).percentile for a, b in pairs]
    return _sample(np.array(values), [" ".join(pair) for pair in pairs], "seeds")


@TESTS.register
def relative_frequency(trainings, word, others):
    """Occurrences of a word divided by the median occurrences of others: a property of the text.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> from .trainings import Training
    >>> vocab = Vocabulary(("good", "great", "brilliant"), np.array([8, 4, 3]))
    >>> training = Training(None, Embeddings(np.eye(3), vocab))
    >>> relative_frequency([training], "brilliant", ["good", "great"]).figure()
    0.5
    """
    vocab = trainings[0].final.vocab
    if any(name not in vocab for name in (word, *others)):
        return None
    counts = [vocab.counts[vocab.ids[name]] for name in others]
    value = vocab.counts[vocab.ids[word]] / np.median(counts)
    return Sample(np.array([[value]]), (word,), seeded=False)
