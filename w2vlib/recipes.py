"""The published recipe over seeds and with its settings changed: what gives vectors structure."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from . import published, structure
from .embeddings import Embeddings
from .evaluate import score_analogies, score_word_pairs
from .intervals import over_seeds
from .skipgram import SkipGram
from .testsets import WORD_PAIRS, analogy_sections, word_pairs
from .vocab import encode, keep_probabilities

# A change at a time, from the settings of the recipe to others. The step moves a pair by step / batch:
# 0.004 as published, 0.025 in word2vec's tools. No change takes more centre words.
CHANGES = {
    "step × 6.25": lambda s: {"step": 6.25 * s["step"]},
    "step × 25": lambda s: {"step": 25 * s["step"]},
    "subsampling threshold × 100": lambda s: {"subsample": 100 * s["subsample"]},
    "half the negatives": lambda s: {"n_negatives": max(1, s["n_negatives"] // 2)},
    "first vectors × 10": lambda s: {"init_scale": 10 * s["init_scale"]},
}
TOGETHER = {
    "step × 6.25 and subsampling": ("step × 6.25", "subsampling threshold × 100"),
    "step × 25 and subsampling": ("step × 25", "subsampling threshold × 100"),
}
RECIPE = "the published recipe"
_QUARTER = "these with a quarter of the iterations"
SAME, WIDE, PPMI = "SkipGram, same dimensions", "SkipGram, 100 dimensions", "PPMI and SVD, 100 dimensions"


def variants(settings):
    """Name every variant of the recipe: dict of name → all settings of `published.reproduce`."""
    found = {name: {**settings, **change(settings)} for name, change in CHANGES.items()}
    for name, parts in TOGETHER.items():
        changed = {**settings}
        for part in parts:
            changed |= CHANGES[part](settings)
        found[name] = changed
    fewer = {key: max(1, settings[key] // 4) for key in ("iterations", "halve_every")}
    return found | {_QUARTER: {**found[list(TOGETHER)[-1]], **fewer}}


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
        Name → list of published.Run.
    """
    jobs = [(name, seed) for name in recipes for seed in range(n_seeds)]

    def train(job):
        name, seed = job
        seeds = {key: recipes[name][key] + seed for key in ("python_seed", "numpy_seed")}
        return published.reproduce(corpus, **{**recipes[name], **seeds}, progress=False)

    with ThreadPoolExecutor(2) as pool:
        runs = list(tqdm(pool.map(train, jobs), total=len(jobs), unit="training", disable=not progress))
    return {name: [run for (n, _), run in zip(jobs, runs, strict=True) if n == name] for name in recipes}


def epochs_within(corpus, centre_words, subsample=1e-3):
    """Passes of `SkipGram` over a text that take at most so many centre words, but one at least; int."""
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
    closeness = [structure.cohesion(embeddings, words).percentile for words in groups]
    found["clusters"] = float(np.mean(closeness)) if closeness else np.nan
    spread = structure.spread(embeddings)
    found |= {"random cosine": spread.cosine, "main direction": spread.first}
    return found | {"main direction and frequency": spread.first_and_frequency}


def of_runs(runs, groups):
    """Measure runs of the recipe; list of dicts, with the loss of a pair and the seconds of training."""
    return [
        measures(Embeddings(run.input_vectors, run.vocab), groups)
        | {"loss of a pair": float(run.pair_loss[-published.TAIL :].mean()), "seconds": run.seconds}
        for run in runs
    ]


def comparison(measured, columns):
    """Table of recipes: mean over seeds and half the width of its interval; a DataFrame, a row a recipe.

    Parameters
    ----------
    measured : dict
        Name → list of dicts as of `of_runs`, one a seed.
    columns : dict
        Name of a measure → digits to show.
    """
    rows = []
    for name, found in measured.items():
        row = {"recipe": name, "seeds": len(found)}
        for column, digits in columns.items():
            mean, low, high = over_seeds([one.get(column, np.nan) for one in found])
            reach = f" ± {(high - low) / 2:.{digits}f}" if np.isfinite(low + high) else ""
            row[column] = "—" if np.isnan(mean) else f"{mean:.{digits}f}{reach}"
        rows.append(row)
    return pd.DataFrame(rows)


def with_structure(measured, share=0.5):
    """Names of the recipes that surely have structure, in the order given.

    A recipe has it if the interval of its mean similarity score lies above `share` of the best
    mean; what counts was fixed before the results.
    """
    means = {name: over_seeds([one["similarity"] for one in found]) for name, found in measured.items()}
    best = max(mean for mean, _, _ in means.values())
    return [name for name, (_, low, _) in means.items() if best > 0 and low > share * best]
