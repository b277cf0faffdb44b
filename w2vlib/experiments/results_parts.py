"""The parts of the evidence on the results that do not depend on each other: seeds, and recipes compared."""

from functools import cached_property

from ..evaluation.geometry import figure_groups
from ..replication.subsampling import numbered
from .recipe_comparison import Comparison
from .trainings import SeedTrainings

_MOST_VARIANTS = 10  # seeds of each changed recipe


def n_recipe_seeds(seeds):
    """Return with how many seeds recipes are compared in evidence with these seeds; int.

    Examples
    --------
    >>> n_recipe_seeds(range(30)), n_recipe_seeds([5, 6])
    (10, 2)
    """
    return min(len(seeds), _MOST_VARIANTS)


class ResultsParts:
    """What the parts have in common.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
    seeds : sequence of int
        All of the evidence.
    groups : list of lists of str
        Words that should be close to each other.
    threads : int, optional
        Of a training; the figures are the same for any number.

    Examples
    --------
    >>> from ..replication.settings import PUBLISHED
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = PUBLISHED.replace(iterations=70, dim=3)
    >>> parts = ResultsParts(text, settings, range(2), [["cat", "dog"], ["king", "queen"]])
    >>> parts.groups, parts.training(1).final.vectors.shape
    ([['cat', 'dog']], (5, 3))
    >>> len(parts.recipe("half the negative samples")), len(parts.recipe("PPMI-SVD, dim 100"))
    (2, 1)
    """

    def __init__(self, corpus, settings, seeds, groups, threads=None):
        self.corpus, self.settings, self.seeds, self.all_groups = corpus, settings, list(seeds), groups
        self.threads = threads

    @cached_property
    def _trainings(self):
        return SeedTrainings(self.corpus, self.settings, max(self.seeds) + 1, self.threads)

    def training(self, seed):
        """Train with a seed; a `Training`."""
        return self._trainings.train(seed)

    @cached_property
    def groups(self):
        """The groups of which the text has at least two words, without the others; list of lists of str."""
        vocab = numbered(self.corpus)[0]
        present, _ = figure_groups(vocab, {str(n): group for n, group in enumerate(self.all_groups)})
        return [words for words in present.values() if len(words) > 1]

    @cached_property
    def _comparison(self):
        n_seeds = n_recipe_seeds(self.seeds)
        return Comparison(self.corpus, self.settings, self.groups, n_seeds, False, self.threads)

    def recipe(self, name):
        """Train a recipe with up to ten seeds and measure it; list of `Measures`."""
        return self._comparison.measure(name)
