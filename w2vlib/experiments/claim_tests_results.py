"""Tests of what the published report claims about its results: evidence → one value per seed.

`TESTS` registers them by name for ``report/claims.toml``. A value is NaN where a word is missing from the
text, or where the claim belongs to another text.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from ..evaluation import geometry, neighbour_stability, neighbours
from ..models.embeddings import Embeddings
from ..replication import published_recipe
from ..text.corpus import Corpus
from ..text.vocabulary import encode
from ..utils.statistics import spearman
from .claims import ClaimTests

TESTS = ClaimTests()


@dataclass(frozen=True)
class Evidence:
    """Trainings that the tests use.

    Attributes
    ----------
    text : Corpus
    runs : list of published_recipe.Run
        The recipe, one run per seed, with checkpoints.
    other_models : dict
        Name of another recipe → list of Embeddings of the same text in lower case, one per seed.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = published_recipe.reproduce(
    ...     text, iterations=20, dim=3, subsample=1, checkpoint_every=10, progress=False
    ... )
    >>> evidence = Evidence(text, [run], {})
    >>> evidence.iterations, evidence.nearest_checkpoint(0.4)
    ([10, 20], 10)
    >>> evidence.final[0].vectors.shape, evidence.after(10)[0].vectors.shape
    ((5, 3), (5, 3))
    """

    text: Corpus
    runs: list
    other_models: dict

    @cached_property
    def final(self):
        """Embeddings of the input vectors at the end of each run."""
        return [Embeddings(run.input_vectors, run.vocab) for run in self.runs]

    @cached_property
    def iterations(self):
        """Iterations with a checkpoint, ascending; list of int."""
        return sorted(self.runs[0].checkpoints)

    def after(self, iterations):
        """Embeddings of each run at a checkpoint; list of Embeddings, one per seed."""
        return [Embeddings(run.checkpoints[iterations][0], run.vocab) for run in self.runs]

    def nearest_checkpoint(self, fraction):
        """Return the iteration with a checkpoint that is nearest to a fraction of all iterations; int."""
        return min(self.iterations, key=lambda iteration: abs(iteration - fraction * self.iterations[-1]))


def _each(embeddings, words, measure):
    """Apply `measure` to each of a list of embeddings; NaN if one of the words is missing."""
    if not all(word in embeddings[0] for word in words):
        return [np.nan] * len(embeddings)
    return [measure(e) for e in embeddings]


@TESTS.register
def final_loss(evidence):
    """Return the moving average of the loss at the end.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> evidence = Evidence(None, [SimpleNamespace(ema_loss=np.array([9.5, 8.5]))], {})
    >>> [float(loss) for loss in final_loss(evidence)]
    [8.5]
    """
    return [run.ema_loss[-1] if run.ema_loss.size else np.nan for run in evidence.runs]


@TESTS.register
def distance_from_published_loss(evidence, value):
    """Distance of that average from the published one, where settings and text are the published ones.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = published_recipe.reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> distance_from_published_loss(Evidence(text, [run], {}), value=9.9)  # of another text
    [nan]
    """
    return [
        abs(run.ema_loss[-1] - value) if published_recipe.is_published(run, any_seed=True) else np.nan
        for run in evidence.runs
    ]


@TESTS.register
def training_minutes(evidence):
    """Wall-clock minutes of a run.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> training_minutes(Evidence(None, [SimpleNamespace(seconds=90), SimpleNamespace(seconds=120)], {}))
    [1.5, 2.0]
    """
    return [run.seconds / 60 for run in evidence.runs]


@TESTS.register
def closer_than_random_groups(evidence, words):
    """Proportion of random groups of equally frequent words that are less close than `words`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("good", "bad", "a", "the"), np.array([4, 3, 2, 1]))
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 2]], vocab)
    >>> evidence = SimpleNamespace(final=[e])  # one seed
    >>> [value > 0.8 for value in closer_than_random_groups(evidence, ["good", "bad"])]
    [True]
    >>> closer_than_random_groups(evidence, ["good", "worst"])  # a word is missing
    [nan]
    """
    return _each(evidence.final, words, lambda e: geometry.cohesion(e, words).percentile)


@TESTS.register
def mean_closeness(evidence, groups):
    """Mean of `closer_than_random_groups` over several groups.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("good", "bad", "a", "the"), np.array([4, 3, 2, 1]))
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 1]], vocab)
    >>> [value > 0.7 for value in mean_closeness(SimpleNamespace(final=[e]), [["good", "bad"], ["a", "the"]])]
    [True]
    """
    return _mean_closeness(evidence.final, groups)


@TESTS.register
def growth_of_closeness(evidence, groups):
    """`mean_closeness` at the end minus that at the first checkpoint.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("good", "bad", "a", "the"), np.array([4, 3, 2, 1]))
    >>> first, last = np.eye(4)[[0, 1, 2, 2]], np.eye(4)[[0, 0, 1, 2]]  # good and bad: far apart, then close
    >>> run = SimpleNamespace(vocab=vocab, input_vectors=last, checkpoints={10: (first,), 20: (last,)})
    >>> bool(growth_of_closeness(Evidence(None, [run], {}), [["good", "bad"]])[0] > 0)
    True
    """
    early = _mean_closeness(evidence.after(evidence.iterations[0]), groups)
    return np.subtract(_mean_closeness(evidence.final, groups), early)


def _mean_closeness(embeddings, groups):
    words = [word for group in groups for word in group]
    return _each(embeddings, words, lambda e: geometry.mean_percentile(e, groups))


@TESTS.register
def mutual_nearness(evidence, words, among):
    """Proportion of words less close to one of `words` than another of them; mean over all ordered pairs.

    `among` is "all words" or "equally frequent words".

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("good", "bad", "a", "the"), np.array([4, 3, 2, 1]))
    >>> e = Embeddings(np.eye(4)[[0, 0, 1, 2]], vocab)
    >>> [float(v) for v in mutual_nearness(SimpleNamespace(final=[e]), ["good", "bad"], among="all words")]
    [1.0]
    """
    field = {"all words": "percentile", "equally frequent words": "percentile_equally_frequent"}[among]

    def mean(e):
        pairs = [(a, b) for a in words for b in words if a != b]
        return np.mean([getattr(neighbours.nearness(e, a, b), field) for a, b in pairs])

    return _each(evidence.final, words, mean)


@TESTS.register
def distance_from_group(evidence, word, others):
    """Mean cosine among `others`, minus that between `word` and them.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(2)[[0, 0, 1]], Vocabulary(("good", "great", "down"), np.array([4, 3, 2])))
    >>> [float(v) for v in distance_from_group(SimpleNamespace(final=[e]), "down", ["good", "great"])]
    [1.0]
    """

    def gap(e):
        among = np.mean([e.similarity(a, b) for a in others for b in others if a < b])
        return among - np.mean([e.similarity(word, other) for other in others])

    return _each(evidence.final, [word, *others], gap)


@TESTS.register
def correlation_with_frequency(evidence, words):
    """Spearman's correlation, over all words, of frequency with the mean cosine to `words`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vectors = np.array([[1.0, 0.0], [1.0, 0.5], [0.5, 1.0], [0.0, 1.0]])
    >>> e = Embeddings(vectors, Vocabulary(("the", "a", "good", "bad"), np.array([9, 8, 2, 1])))
    >>> [round(float(v), 6) for v in correlation_with_frequency(SimpleNamespace(final=[e]), ["the"])]
    [1.0]
    """

    def correlation(e):
        ids = [e.vocab.ids[word] for word in words]
        return spearman(e.unit_vectors @ e.unit_vectors[ids].mean(0), e.vocab.counts)

    return _each(evidence.final, words, correlation)


@TESTS.register
def analogy_rank(evidence, question, expected):
    """Rank of the expected answer to an analogy among all words; 1 is best.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("man", "king", "woman", "queen", "a"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]]), vocab)
    >>> [int(rank) for rank in analogy_rank(SimpleNamespace(final=[e]), ["man", "king", "woman"], "queen")]
    [1]
    """
    return _each(evidence.final, [*question, expected], lambda e: e.analogy_rank(*question, expected))


@TESTS.register
def analogy_percentile(evidence, question, expected):
    """Proportion of the other words with a lower score than the expected answer.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("man", "king", "woman", "queen", "a"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]]), vocab)
    >>> analogy_percentile(SimpleNamespace(final=[e]), ["man", "king", "woman"], "queen").tolist()
    [1.0]
    """
    ranks = np.array(analogy_rank(evidence, question, expected), float)
    others = len(evidence.final[0]) - 4
    return 1 - (ranks - 1) / (others or np.nan)


@TESTS.register
def gain_from_dimensions(evidence, question, expected, few, many):
    """Log10 of the rank of the expected answer in the models `few`, minus that in the models `many`.

    `few` and `many` are names of `Evidence.other_models`.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("man", "king", "woman", "queen", "a"), np.array([5, 4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]]), vocab)
    >>> swapped = Embeddings(e.vectors[[0, 1, 2, 4, 3]], vocab)  # the best answer is "a", then queen
    >>> evidence = SimpleNamespace(final=[e], other_models={"few": [swapped], "many": [e]})
    >>> gain_from_dimensions(evidence, ["man", "king", "woman"], "queen", "few", "many").round(2).tolist()
    [0.3]
    """
    words = [*question, expected]
    ranks = {
        name: _each(evidence.other_models[name], words, lambda e: e.analogy_rank(*question, expected))
        for name in (few, many)
    }
    return np.log10(ranks[few]) - np.log10(ranks[many])


@TESTS.register
def shared_next_words(evidence, words):
    """Proportion of random groups of equally frequent words whose next words in the text agree less.

    A property of the text: the same for each seed.

    Examples
    --------
    >>> text = [["the", "cat", "sleeps"], ["a", "dog", "sleeps"], ["every", "bird", "sings"]]
    >>> [agreement > 0.5 for agreement in shared_next_words(Evidence(text, [None], {}), ["cat", "dog"])]
    [True]
    """
    lowered = ([token.lower() for token in sentence] for sentence in evidence.text)
    vocab, ids, offsets = encode(lowered)
    sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = sentence[1:] == sentence[:-1]
    pairs = ids[:-1][inside], ids[1:][inside]
    counts = csr_array((np.ones(pairs[0].size), pairs), shape=(len(vocab), len(vocab)))
    norms = np.sqrt(counts.multiply(counts).sum(1))
    unit = counts.multiply(1 / np.where(norms > 0, norms, 1)[:, None]).tocsr()
    if not all(word in vocab for word in words):
        return [np.nan] * len(evidence.runs)
    agreement = geometry.cohesion_of_rows(lambda ids: unit[ids], vocab, words).percentile
    return [agreement] * len(evidence.runs)


@TESTS.register
def growth_of_overlap(evidence, early, late, n=10):
    """Proportion of the `n` nearest neighbours shared by two late checkpoints, minus that of two early ones.

    `early` and `late` are pairs of fractions of all iterations.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from ..text.vocabulary import Vocabulary
    >>> start, end = np.array([[1, 0], [0, 1], [1, 2]]), np.array([[1, 0], [1, 0.1], [0, 1]])
    >>> run = SimpleNamespace(vocab=Vocabulary(("a", "b", "c"), np.array([3, 2, 1])))
    >>> run.checkpoints = {1: (start,), 2: (end,), 3: (end,)}
    >>> growth = growth_of_overlap(Evidence(None, [run], {}), early=(1 / 3, 2 / 3), late=(2 / 3, 1), n=1)
    >>> growth.round(2).tolist()
    [0.67]
    """

    def shared(fractions):
        first, last = (evidence.after(evidence.nearest_checkpoint(f)) for f in fractions)
        return np.array([neighbour_stability.mean_overlap(pair, n) for pair in zip(first, last, strict=True)])

    return shared(late) - shared(early)
