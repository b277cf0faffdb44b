"""The published recipe over seeds and with its settings changed: what gives vectors structure."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from functools import cached_property

import numpy as np
from tqdm.auto import tqdm

from ..models.embeddings import Embeddings
from ..models.ppmi_svd import ppmi_svd
from ..replication import published_recipe, subsampling
from ..text.numbered_sentences import NumberedSentences
from ..text.sampling import keep_probabilities
from ..utils.memory import FOR_THREADS, require_memory
from ..utils.run_costs import run_cost
from ..utils.statistics import mean_interval
from .skipgram_training import train_skipgram
from .training_measures import Measures, measure_seeds

# One change at a time. A pair moves its vectors by learning_rate / batch_size times its gradient: 0.004
# as published, 0.025 in word2vec's tools. No change takes more centre words.
CHANGES = {
    "learning rate × 6.25": lambda s: {"learning_rate": 6.25 * s.learning_rate},
    "learning rate × 25": lambda s: {"learning_rate": 25 * s.learning_rate},
    "subsampling threshold × 100": lambda s: {"subsample": 100 * s.subsample},
    "half the negative samples": lambda s: {"n_negatives": max(1, s.n_negatives // 2)},
    "initial vectors × 10": lambda s: {"init_scale": 10 * s.init_scale},
}
_MOST_EPOCHS = 1000
_TOGETHER = ("learning rate × 6.25", "subsampling threshold × 100")
RECIPE = "published recipe"
_QUARTER = "same, a quarter of the iterations"
SAME, WIDE, PPMI = "SkipGram, same dim", "SkipGram, dim 100", "PPMI-SVD, dim 100"


def variants(settings):
    """Change the settings of the recipe; dict of name → RecipeSettings.

    Examples
    --------
    >>> changed = variants(published_recipe.PUBLISHED)
    >>> changed["half the negative samples"].n_negatives, changed["learning rate × 25"].learning_rate
    (5, 5.0)
    >>> changed["same, a quarter of the iterations"].iterations
    8750
    """
    changed = {name: settings.replace(**change(settings)) for name, change in CHANGES.items()}
    together = settings
    for name in _TOGETHER:
        together = together.replace(**CHANGES[name](settings))
    fewer = {key: max(1, getattr(settings, key) // 4) for key in ("iterations", "halving_interval")}
    return changed | {", ".join(_TOGETHER): together, _QUARTER: together.replace(**fewer)}


def recipe_names(settings):
    """Names of all that is compared, in the order in which it is shown; list of str.

    Examples
    --------
    >>> names = recipe_names(published_recipe.PUBLISHED)
    >>> names[:2], names[-1]
    (['published recipe', 'learning rate × 6.25'], 'PPMI-SVD, dim 100')
    """
    return [RECIPE, *variants(settings), SAME, WIDE, PPMI]


def trained(corpus, recipes, n_seeds, progress=True, threads=None):
    """Train recipes with several seeds, two trainings side by side.

    Parameters
    ----------
    corpus : Corpus
    recipes : dict
        Name → RecipeSettings. The first training has their seeds, each other one seeds that
        are larger by one.
    n_seeds : int
    progress : bool
        Show a bar of trainings.
    threads : int, optional
        Trainings side by side.

    Returns
    -------
    dict
        Name → list of published_recipe.Run; None where a training of another recipe than `RECIPE` diverges.

    Raises
    ------
    DivergenceError
        If a training of `RECIPE` diverges.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = published_recipe.PUBLISHED.replace(iterations=20, dim=3, subsample=1)
    >>> runs = trained(text, {"short": settings, "wide": settings.replace(dim=4)}, n_seeds=2, progress=False)
    >>> {name: [run.input_vectors.shape for run in several] for name, several in runs.items()}
    {'short': [(5, 3), (5, 3)], 'wide': [(5, 4), (5, 4)]}
    """
    jobs = [(name, seed) for name in recipes for seed in range(n_seeds)]

    def train(job):
        name, seed = job
        try:
            return published_recipe.reproduce(corpus, with_seed(recipes[name], seed), progress=False)
        except published_recipe.DivergenceError:
            if name == RECIPE:
                raise
            return None

    require_memory(FOR_THREADS)
    with ThreadPoolExecutor(threads or 2) as pool:
        runs = list(tqdm(pool.map(train, jobs), total=len(jobs), unit="training", disable=not progress))
    return {name: [run for (n, _), run in zip(jobs, runs, strict=True) if n == name] for name in recipes}


def train_recipe(corpus, settings, n_seeds, n_other_seeds=0, progress=True):
    """Train one recipe with several seeds and eight checkpoints; list of published_recipe.Run.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
        On a short text the subsampling threshold is raised until each run has pairs to draw.
    n_seeds : int
    n_other_seeds : int
        Seeds that other trainings with the same threshold will use.
    progress : bool

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = published_recipe.PUBLISHED.replace(iterations=70, dim=3)
    >>> runs = train_recipe(text, settings, n_seeds=2, progress=False)
    >>> [run.settings.python_seed for run in runs], sorted(runs[0].checkpoints)
    ([42, 43], [10, 20, 30, 40, 50, 60, 70])
    """
    settings = with_checkpoints(corpus, settings, max(n_seeds, n_other_seeds))
    return trained(corpus, {RECIPE: settings}, n_seeds, progress)[RECIPE]


def with_checkpoints(corpus, settings, n_seeds):
    """Set seven checkpoints, and on a short text a subsampling threshold that leaves pairs; RecipeSettings.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> with_checkpoints(text, published_recipe.PUBLISHED, n_seeds=2).checkpoint_every
    5000
    """
    threshold = subsampling.threshold_for(corpus, settings, n_seeds)
    return settings.replace(subsample=threshold, checkpoint_every=max(1, settings.iterations // 7))


def with_seed(settings, seed):
    """Add `seed` to both seeds of the recipe; RecipeSettings.

    Examples
    --------
    >>> with_seed(published_recipe.PUBLISHED, 3).python_seed
    45
    """
    return settings.replace(python_seed=settings.python_seed + seed, numpy_seed=settings.numpy_seed + seed)


def skipgram_parameters(numbered, settings):
    """Parameters of the two `SkipGram` that the recipe is compared with; dict of name → dict.

    The one of the same dimensions takes at most as many centre words as the recipe.

    Examples
    --------
    >>> text = NumberedSentences([["the", "cat", "sat"]] * 100)
    >>> parameters = skipgram_parameters(text, published_recipe.PUBLISHED)
    >>> {name: given["dim"] for name, given in parameters.items()}
    {'SkipGram, same dim': 10, 'SkipGram, dim 100': 100}
    """
    epochs = epochs_within(numbered.encoded()[0], settings.iterations * settings.batch_size)
    return {
        SAME: {"dim": settings.dim, "epochs": epochs, "window": settings.window},
        WIDE: {"dim": 100, "window": settings.window},
    }


def epochs_within(vocab, centre_words, subsample=1e-3):
    """Count the passes of `SkipGram` that take at most so many centre words; int, from 1 to 1,000.

    Subsampling leaves almost nothing of a text of a few sentences: there a pass takes its time, and no words.

    Examples
    --------
    >>> vocab, _, _ = NumberedSentences([["a", "cat", "sat"], ["a", "dog", "sat"]]).encoded()  # 6 tokens
    >>> epochs_within(vocab, centre_words=20, subsample=0)
    3
    """
    per_epoch = (keep_probabilities(vocab.counts, subsample) * vocab.counts).sum()
    return max(1, min(_MOST_EPOCHS, int(centre_words / per_epoch)))


def skipgrams(sentences, n_seeds, progress=True, **parameters):
    """Train `SkipGram` with seeds 0, 1, …; list of it.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> models = skipgrams(text, n_seeds=2, progress=False, dim=3, epochs=1)
    >>> [model.embeddings_.vectors.shape for model in models]
    [(4, 3), (4, 3)]
    """
    seeds = tqdm(range(n_seeds), unit="training", disable=not progress)
    numbered = sentences if isinstance(sentences, NumberedSentences) else NumberedSentences(sentences)
    return [train_skipgram(numbered, **parameters, seed=seed) for seed in seeds]


def measure_runs(runs, groups):
    """Measure runs of the recipe, one per seed; list of `Measures`, without figures if one is None.

    A mean over the seeds that did not diverge would be too good.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = published_recipe.reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> (measures,) = measure_runs([run], [["cat", "dog"]])
    >>> measures.pair_loss == published_recipe.tail_loss(run), measures.wordsim353
    (True, nan)
    """
    if any(run is None for run in runs):
        return [Measures()] * len(runs)
    embeddings = [Embeddings(run.input_vectors, run.vocab) for run in runs]
    losses = [published_recipe.tail_loss(run) for run in runs]
    return measure_seeds(embeddings, groups, [run.seconds for run in runs], losses)


def compare(corpus, runs, groups, n_variant_seeds, progress=True):
    """Train and measure everything that `runs` of the recipe are compared with.

    Parameters
    ----------
    corpus : Corpus
    runs : list of published_recipe.Run
        The recipe, one run per seed; `SkipGram` gets as many seeds.
    groups : list of lists of str
        As for `measure`.
    n_variant_seeds : int
        Trainings of each changed recipe.
    progress : bool

    Returns
    -------
    measured : dict
        Name → list of `Measures`, one per seed.
    models : dict
        Name → list of Embeddings of `SkipGram`.
    """
    for run in runs:
        subsampling.require_text_of(run, corpus)
    settings = runs[0].settings
    comparison = Comparison(corpus, settings, groups, n_variant_seeds, progress)
    varied = trained(corpus, variants(settings), n_variant_seeds, progress)
    measured = {name: measure_runs(several, groups) for name, several in {RECIPE: runs, **varied}.items()}
    models = {}
    for name in (SAME, WIDE):
        measured[name], models[name] = comparison.skipgram(name, len(runs))
    measured[PPMI] = comparison.ppmi()
    return measured, models


class Comparison:
    """The trainings that are compared, one recipe at a time.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
    groups : list of lists of str
        As for `measure`.
    n_seeds : int
        Of every recipe but PPMI-SVD, which has none.
    progress : bool
    threads : int, optional
        Of a training of `SkipGram`; all by default.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = published_recipe.PUBLISHED.replace(iterations=20, dim=3)
    >>> comparison = Comparison(text, settings, [["cat", "dog"]], n_seeds=2, progress=False)
    >>> [len(comparison.measure(name)) for name in ("published recipe", "PPMI-SVD, dim 100")]
    [2, 1]
    """

    def __init__(self, corpus, settings, groups, n_seeds, progress=True, threads=None):
        self.corpus, self.settings, self.groups = corpus, settings, groups
        self.n_seeds, self.progress, self.threads = n_seeds, progress, threads

    @cached_property
    def recipes(self):
        """The recipe and its changes; dict of name → RecipeSettings that leave pairs to draw."""
        settings = with_checkpoints(self.corpus, self.settings, self.n_seeds)
        return {RECIPE: settings} | variants(settings)

    @cached_property
    def _lowered(self):
        return [[token.lower() for token in sentence] for sentence in self.corpus]

    def measure(self, name):
        """Train one of the recipes with every seed and measure it; list of `Measures`."""
        if name == PPMI:
            return self.ppmi()
        if name in (SAME, WIDE):
            return self.skipgram(name, self.n_seeds)[0]
        runs = trained(self.corpus, {name: self.recipes[name]}, self.n_seeds, self.progress, self.threads)
        return measure_runs(runs[name], self.groups)

    def skipgram(self, name, n_seeds):
        """Train and measure `SkipGram`; (list of `Measures`, list of Embeddings), one per seed."""
        numbered = NumberedSentences(self._lowered)
        tokens, parameters = len(numbered.encoded()[1]), skipgram_parameters(numbered, self.settings)[name]
        fitted = skipgrams(numbered, n_seeds, self.progress, **parameters, threads=self.threads)
        seconds = [
            run_cost(sum(tokens / epoch.words_per_second for epoch in model.history_)) for model in fitted
        ]
        embeddings = [model.embeddings_ for model in fitted]
        losses = [model.history_[-1].pair_loss for model in fitted]
        return measure_seeds(embeddings, self.groups, seconds, losses), embeddings

    def ppmi(self):
        """Factor and measure PPMI-SVD; list of one `Measures`."""
        begin = time.perf_counter()
        factored = ppmi_svd(self._lowered, 100, self.settings.window)
        seconds = run_cost(time.perf_counter() - begin)
        return measure_seeds([factored], self.groups, [seconds], [np.nan])


def diverged(measured):
    """List the recipes without figures, since a training of theirs diverged.

    Examples
    --------
    >>> from .training_measures import Measures
    >>> diverged({"good": [Measures(wordsim353=0.3)], "too large": [Measures(), Measures()]})
    ['too large']
    """
    return [
        name for name, several in measured.items() if all(np.isnan(astuple(one)).all() for one in several)
    ]


def with_structure(measured):
    """List the recipes whose vectors agree with human ratings of word pairs.

    For both tests the 95 % interval of the correlation, over seeds, is above 0.

    Examples
    --------
    >>> from .training_measures import Measures
    >>> good = [Measures(wordsim353=0.3, simlex999=0.2), Measures(wordsim353=0.31, simlex999=0.21)]
    >>> poor = [Measures(wordsim353=-0.1, simlex999=0.2), Measures(wordsim353=0.1, simlex999=0.2)]
    >>> with_structure({"good": good, "poor": poor})
    ['good']
    """

    def low(several, test):
        return mean_interval([getattr(one, test) for one in several])[1]

    return [
        name
        for name, several in measured.items()
        if all(low(several, test) > 0 for test in ("wordsim353", "simlex999"))
    ]
