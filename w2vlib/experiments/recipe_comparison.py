"""The published recipe over seeds and with its settings changed: what gives vectors structure."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..evaluation import geometry, neighbour_stability
from ..evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs
from ..evaluation.similarity_analogy import score_analogies, score_word_pairs
from ..models.embeddings import Embeddings
from ..models.ppmi_svd import ppmi_svd
from ..models.skipgram import SkipGram
from ..replication import published_recipe
from ..text.sampling import keep_probabilities
from ..text.vocabulary import encode
from ..utils.statistics import format_number, mean_interval

# One change at a time, from the settings of the recipe to others. The learning rate moves a pair by
# learning_rate / batch_size:
# 0.004 as published, 0.025 in word2vec's tools. No change takes more centre words.
CHANGES = {
    "learning rate × 6.25": lambda s: {"learning_rate": 6.25 * s["learning_rate"]},
    "learning rate × 25": lambda s: {"learning_rate": 25 * s["learning_rate"]},
    "subsampling × 100": lambda s: {"subsample": 100 * s["subsample"]},
    "half the negatives": lambda s: {"n_negatives": max(1, s["n_negatives"] // 2)},
    "first vectors × 10": lambda s: {"init_scale": 10 * s["init_scale"]},
}
_TOGETHER = ("learning rate × 6.25", "subsampling × 100")
RECIPE = "published recipe"
_QUARTER = "same, a quarter of the iterations"
SAME, WIDE, PPMI = "SkipGram, same dim", "SkipGram, dim 100", "PPMI-SVD, dim 100"


def variants(settings):
    """Name every variant of the recipe: dict of name → all settings of `published.reproduce`."""
    found = {name: {**settings, **change(settings)} for name, change in CHANGES.items()}
    together = dict(settings)
    for name in _TOGETHER:
        together |= CHANGES[name](settings)
    fewer = {key: max(1, settings[key] // 4) for key in ("iterations", "halving_interval")}
    return found | {", ".join(_TOGETHER): together, _QUARTER: {**together, **fewer}}


def trained(corpus, recipes, n_seeds, progress=True):
    """Train recipes with several seeds, two trainings side by side.

    Parameters
    ----------
    corpus : Corpus
    recipes : dict
        Name → settings of `published.reproduce`. The first training has their seeds, the others
        count on from them.
    n_seeds : int
    progress : bool
        Show a bar of trainings.

    Returns
    -------
    dict
        Name → list of published_recipe.Run.
    """
    jobs = [(name, seed) for name in recipes for seed in range(n_seeds)]

    def train(job):
        name, seed = job
        seeds = {key: recipes[name][key] + seed for key in ("python_seed", "numpy_seed")}
        return published_recipe.reproduce(corpus, **{**recipes[name], **seeds}, progress=False)

    with ThreadPoolExecutor(2) as pool:
        runs = list(tqdm(pool.map(train, jobs), total=len(jobs), unit="training", disable=not progress))
    return {name: [run for (n, _), run in zip(jobs, runs, strict=True) if n == name] for name in recipes}


def epochs_within(corpus, centre_words, subsample=1e-3):
    """Count the passes of `SkipGram` that take at most so many centre words (one at least); int."""
    vocab, _, _ = encode(corpus)
    kept = (keep_probabilities(vocab.counts, subsample) * vocab.counts).sum()
    return max(1, int(centre_words / kept))


def skipgrams(sentences, n_seeds, progress=True, **parameters):
    """Train `SkipGram` with seeds 0, 1, …; list of it."""
    seeds = tqdm(range(n_seeds), unit="training", disable=not progress)
    return [SkipGram(**parameters, seed=seed).fit(sentences, progress=False) for seed in seeds]


def measures(embeddings, groups):
    """Score embeddings: correlations with judgements, analogies, clusters, and the spread; dict of floats.

    `groups` are lists of words that should lie together; "clusters" is the mean share of random
    groups of equally frequent words that are less close than they.
    """
    found = {name: score_word_pairs(embeddings, word_pairs(name)).value for name in WORD_PAIRS}
    found["similarity"] = float(np.mean(list(found.values())))
    found["analogies"] = score_analogies(embeddings, analogy_sections())["all"].value
    found["clusters"] = geometry.mean_percentile(embeddings, groups)
    found["silhouette"] = float(geometry.silhouettes(embeddings, groups).mean()) if groups else np.nan
    spread = geometry.spread(embeddings)
    found |= {"random cosine": spread.cosine, "main direction": spread.first}
    return found | {"main direction and frequency": spread.first_and_frequency}


_SHARES = ("analogies", "clusters")


def curves(over_time):
    """Means over seeds with intervals, moment after moment; dict of name → list of (mean, low, high).

    `over_time` holds, for each moment, the `measures` of all seeds.
    """
    return {
        name: [mean_interval([one[name] for one in found], proportion=name in _SHARES) for found in over_time]
        for name in over_time[0][0]
    }


def of_runs(runs, groups):
    """Measure runs of the recipe; list of dicts, with the loss of a pair and the seconds of training."""
    several = [Embeddings(run.input_vectors, run.vocab) for run in runs]
    rest = [{"loss of a pair": published_recipe.tail_loss(run), "seconds": run.seconds} for run in runs]
    return _measured(several, rest, groups)


def _measured(several, rest, groups):
    """Measure embeddings of several seeds, with what is known of their trainings besides."""
    kept = neighbour_stability.mean_overlap(several)
    return [measures(e, groups) | {"kept": kept} | more for e, more in zip(several, rest, strict=True)]


def compare(corpus, runs, groups, n_variant_seeds, progress=True):
    """Train and measure everything that `runs` of the recipe are compared with.

    Parameters
    ----------
    corpus : Corpus
    runs : list of published_recipe.Run
        The recipe, a run a seed; as many seeds are given to `SkipGram`.
    groups : list of lists of words
        As for `measures`.
    n_variant_seeds : int
        Trainings of each changed recipe.

    Returns
    -------
    (measured, models)
        Name → list of dicts of `measures`, one a seed; and name → list of Embeddings of `SkipGram`.
    """
    settings = runs[0].settings
    varied = trained(corpus, variants(settings), n_variant_seeds, progress)
    measured = {name: of_runs(found, groups) for name, found in {RECIPE: runs, **varied}.items()}
    lowered = [[token.lower() for token in sentence] for sentence in corpus]
    tokens, models = sum(map(len, lowered)), {}
    for name, parameters in {
        SAME: {
            "dim": settings["dim"],
            "epochs": epochs_within(lowered, settings["iterations"] * settings["batch_size"]),
        },
        WIDE: {"dim": 100},
    }.items():
        fitted = skipgrams(lowered, len(runs), progress, window=settings["window"], **parameters)
        models[name] = [model.embeddings_ for model in fitted]
        rest = [
            {
                "loss of a pair": model.history_[-1].pair_loss,
                "seconds": sum(tokens / epoch.words_per_second for epoch in model.history_),
            }
            for model in fitted
        ]
        measured[name] = _measured(models[name], rest, groups)
    begin = time.perf_counter()
    factored = ppmi_svd(lowered, 100, settings["window"])
    seconds = time.perf_counter() - begin
    measured[PPMI] = _measured([factored], [{"seconds": seconds}], groups)
    return measured, models


_COLUMNS = {
    "seconds": ("s", 1, 1),
    "loss of a pair": ("loss a pair", 1, 2),
    "WordSim-353": ("WordSim", 1, 2),
    "SimLex-999": ("SimLex", 1, 2),
    "analogies": ("analogies [%]", 100, 1),
    "clusters": ("clusters", 1, 2),
    "kept": ("kept [%]", 100, 0),
}


def comparison(measured):
    """Table of recipes: mean over seeds ± half the width of its interval; a DataFrame, a row a recipe."""
    rows = []
    for name, found in measured.items():
        row = {"recipe": name}
        for measure, (column, factor, digits) in _COLUMNS.items():
            mean, low, high = mean_interval([factor * one.get(measure, np.nan) for one in found])
            bounded = np.isfinite([low, high]).all() and measure not in ("seconds", "kept")
            reach = f" ± {(high - low) / 2:.{digits}f}" if bounded else ""
            row[column] = format_number(mean, f".{digits}f") + reach
        rows.append(row)
    return pd.DataFrame(rows)


def with_structure(measured):
    """Names of the recipes whose vectors agree with people beyond doubt, in the order given.

    For both tests of word pairs the interval of the correlation, over seeds, lies above zero.
    """

    def low(found, test):
        return mean_interval([one[test] for one in found])[1]

    return [name for name, found in measured.items() if all(low(found, test) > 0 for test in WORD_PAIRS)]
