"""Search for settings of SkipGram for small texts, and compare with PPMI-SVD tuned by the same procedure.

Each test of rated word pairs (WordSim-353, SimLex-999) is split at random into two halves. Settings are
chosen by the mean correlation over both tests and both texts (ptb, bundled) on the first half; --final
reports the second. A coarse grid comes first, then one setting after the other is varied around the best.
Every training is scored with each combination of V or V + U, centred or not, and for PPMI-SVD with each
exponent of the singular values.

Results are written to FILE, one line of JSON per training, as they come; the same command goes on from there.

    python -m benchmarks.small_text FILE [--final] [--seeds 5] [--text NAME …]
"""

import functools
import itertools
import json
import os
from pathlib import Path

import click
import numpy as np
import pandas as pd

from w2vlib import Embeddings, SkipGram, load_corpus
from w2vlib.evaluation.datasets import WORD_PAIRS, word_pairs
from w2vlib.evaluation.similarity_analogy import rated_pairs
from w2vlib.models.postprocessing import COMBINATIONS, combined
from w2vlib.models.ppmi_svd import ppmi_factors
from w2vlib.utils.markdown import markdown_table
from w2vlib.utils.statistics import format_interval, mean_interval, percentile_interval, spearman

SPLIT_SEED = 0  # of the halves of each test
SEARCH_SEED = 0  # of the trainings of the search; those of --final have the seeds 1, 2, …
DIM = 100
DRAWS = 1000  # bootstrap resamples
TEXTS = ("ptb", "bundled")
SKIPGRAM, PPMI = "SkipGram", "PPMI-SVD"
SMALL, TUNED = "SkipGram.for_small_text", "PPMI-SVD, tuned"
DEFAULTS = {
    SKIPGRAM: {
        "window": 5, "epochs": 5, "learning_rate": 0.025, "subsample": 1e-3, "n_negatives": 5,
        "noise_exponent": 0.75,
    },
    PPMI: {"window": 5, "shift": 1, "noise_exponent": 0.75},
}  # fmt: skip
COARSE = {
    SKIPGRAM: {"epochs": (20,), "learning_rate": (0.05, 0.2), "subsample": (1e-3, 1e-4)},
    PPMI: {"window": (2, 5, 10), "shift": (1, 5)},
}
FINE = {
    SKIPGRAM: {"learning_rate": (0.1,)},
    PPMI: {"shift": (2, 10, 15), "window": (15, 20), "noise_exponent": (0.5, 1.0)},
}  # fmt: skip
VARIANTS = {
    SKIPGRAM: {"combine": COMBINATIONS, "center": (False, True)},
    PPMI: {"combine": COMBINATIONS, "center": (False, True), "eigenvalues": (0.0, 0.5, 1.0)},
}
DEFAULT_VARIANT = {
    SKIPGRAM: {"combine": "input", "center": False},
    PPMI: {"combine": "input", "center": False, "eigenvalues": 0.5},
}


class Rows:
    """Results by what they depend on, in a file to which each new one is added."""

    def __init__(self, path):
        self.path, self.known = Path(path), {}
        if self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
            if lines and not lines[-1].endswith("\n"):  # the writing of a row was cut off
                lines.pop()
                self.path.write_text("".join(lines), encoding="utf-8")
            for line in lines:
                row = json.loads(line)
                self.known[_text(row["job"])] = row["result"]

    def get(self, job, function):
        """Look up the result of a job (a dict), or compute and write it."""
        key = _text(job)
        if key not in self.known:
            self.known[key] = function(**job)
            with open(self.path, "a", encoding="utf-8") as handle:
                handle.write(json.dumps({"job": job, "result": self.known[key]}) + "\n")
                handle.flush()
                os.fsync(handle.fileno())
        return self.known[key]


def _text(job):
    return json.dumps(job, sort_keys=True)


@functools.cache
def halves():
    """Test → (half on which settings are chosen, half that is reported), lists of pairs."""
    split = {}
    for name in WORD_PAIRS:
        pairs = word_pairs(name)
        order = np.random.default_rng(SPLIT_SEED).permutation(len(pairs))
        middle = len(pairs) // 2
        split[name] = [pairs[i] for i in order[:middle]], [pairs[i] for i in order[middle:]]
    return split


corpus = functools.cache(load_corpus)


def vectors(method, text, settings, seed, variants):
    """Train once; give embeddings for each variant (combine, center, eigenvalues)."""
    if method == PPMI:
        vocab, left, singular, right = ppmi_factors(corpus(text), DIM, **settings)
    else:
        model = SkipGram(dim=DIM, seed=seed, threads=1, **settings).fit(corpus(text), progress=False)
        vocab, left, right = model.embeddings_.vocab, model.embeddings_.vectors, model.output_vectors_
    for variant in variants:
        scale = singular ** variant["eigenvalues"] if method == PPMI else 1
        combination = variant["combine"], variant["center"]
        yield Embeddings(combined(left * scale, right * scale, *combination)[0], vocab)


def variants_of(method):
    """All variants of the vectors of one training."""
    options = VARIANTS[method]
    return [dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())]


def search_row(method, text, settings, seed):
    """Mean correlation of both tests on the half for choosing, per variant; −1, the worst, if undefined."""
    found = []
    for e in vectors(method, text, settings, seed, variants_of(method)):
        scored = [rated_pairs(e, choosing)[1:] for choosing, _ in halves().values()]
        found.append(float(np.nan_to_num(np.mean([spearman(*pair) for pair in scored]), nan=-1)))
    return found


def search(method, rows, echo):
    """Choose settings and variant; returns (settings, variant, mean correlation)."""

    def quality(settings):
        jobs = [{"method": method, "text": t, "settings": settings, "seed": SEARCH_SEED} for t in TEXTS]
        means = np.mean([rows.get(job, search_row) for job in jobs], axis=0)
        best = int(means.argmax())
        echo(f"{method}: {means[best]:.4f}  {settings}  {variants_of(method)[best]}")
        return float(means[best]), variants_of(method)[best]

    grid = COARSE[method]
    points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    tried = [(DEFAULTS[method] | point) for point in [{}, *points]]
    best = max(((*quality(settings), settings) for settings in tried), key=lambda one: one[0])
    for name, values in FINE[method].items():
        around = [(*quality(best[2] | {name: value}), best[2] | {name: value}) for value in values]
        best = max([best, *around], key=lambda one: one[0])
    value, variant, settings = best
    return settings, variant, value


def final_row(method, text, settings, seed, variant):
    """Cosines of the pairs that are reported, per test; None where a word is unknown."""
    (e,) = vectors(method, text, settings, seed, [variant])
    found = {}
    for name, (_, reported) in halves().items():
        covered, cosines, _ = rated_pairs(e, reported)
        by_pair = dict(zip(covered, cosines.tolist(), strict=True))
        found[name] = [by_pair.get(pair) for pair in reported]
    return found


def correlations(runs, name, unknown_as_zero):
    """Correlation on a test per seed, its bootstrap samples over pairs and seeds, and pairs covered."""
    cosines = np.array([run[name] for run in runs], float)  # NaN: unknown
    ratings = np.array([rating for _, _, rating in halves()[name][1]])
    if unknown_as_zero:
        cosines = np.nan_to_num(cosines)
    covered = ~np.isnan(cosines[0])
    cosines, ratings = cosines[:, covered], ratings[covered]
    rng = np.random.default_rng(0)  # the same resamples for every method: differences are paired
    drawn = np.empty(DRAWS)
    for n in range(DRAWS):
        pairs = rng.integers(0, ratings.size, ratings.size)
        seeds = rng.integers(0, len(runs), len(runs))
        of_seeds = spearman(cosines[:, pairs], np.broadcast_to(ratings[pairs], cosines.shape))
        drawn[n] = of_seeds[seeds].mean()
    return spearman(cosines, np.broadcast_to(ratings, cosines.shape)), drawn, int(covered.sum())


def comparison(runs, unknown_as_zero):
    """Table of all methods (name → runs) on one text, with the differences of `SMALL` from PPMI-SVD."""
    tests = {
        name: {method: correlations(several, name, unknown_as_zero) for method, several in runs.items()}
        for name in WORD_PAIRS
    }
    mean = {
        method: (*(np.mean([tests[name][method][i] for name in tests], axis=0) for i in (0, 1)), "")
        for method in runs
    }
    table = []
    for name, results in {**tests, "mean": mean}.items():
        row = {"test": name, "pairs": next(iter(results.values()))[2]}
        for method, (values, _, _) in results.items():
            average, low, high = mean_interval(values)
            half = "" if np.isinf(low) or low == high else f" ± {high - average:.3f}"
            row[method] = f"{average:.3f}{half}"
        ours, _, _ = results[SMALL]
        for other in (PPMI, TUNED):
            low, high = percentile_interval(results[SMALL][1] - results[other][1])
            difference = float(ours.mean() - results[other][0].mean())
            row[f"difference from {other}"] = format_interval(difference, low, high)
        table.append(row)
    return pd.DataFrame(table)


def report(rows, seeds, texts, echo):
    """Train the methods compared with all seeds; print a table per text and treatment of unknown words."""
    settings, variant, _ = search(PPMI, rows, lambda line: None)
    chosen = SkipGram.for_small_text().get_params(deep=False)
    small = {name: chosen[name] for name in DEFAULTS[SKIPGRAM]}
    methods = {
        SKIPGRAM: (SKIPGRAM, DEFAULTS[SKIPGRAM], DEFAULT_VARIANT[SKIPGRAM]),
        SMALL: (SKIPGRAM, small, {name: chosen[name] for name in VARIANTS[SKIPGRAM]}),
        PPMI: (PPMI, DEFAULTS[PPMI], DEFAULT_VARIANT[PPMI]),
        TUNED: (PPMI, settings, variant),
    }
    for name, (_, *values) in methods.items():
        echo(f"{name}: {values}")
    for text in texts:
        runs = {}
        for name, (method, values, form) in methods.items():
            several = range(1, seeds + 1) if method == SKIPGRAM else [SEARCH_SEED]  # PPMI-SVD has no seed
            job = {"method": method, "text": text, "settings": values, "variant": form}
            runs[name] = [rows.get({**job, "seed": n}, final_row) for n in several]
        for how, unknown_as_zero in (("left out", False), ("counted as zero", True)):
            echo(f"\n{text}, pairs with unknown words {how}\n")
            echo(markdown_table(comparison(runs, unknown_as_zero)))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--final", is_flag=True, help="Compare on the other half of the pairs.")
@click.option("--seeds", default=5, show_default=True, help="Trainings per text of --final.")
@click.option("--text", "texts", multiple=True, default=TEXTS, show_default=True, help="Texts of --final.")
def main(file, final, seeds, texts):
    """Search, or with --final print the comparison; FILE holds one row per training."""
    rows = Rows(file)
    if final:
        report(rows, seeds, texts, click.echo)
        return
    for method in (PPMI, SKIPGRAM):
        settings, variant, value = search(method, rows, click.echo)
        click.echo(f"chosen for {method} (mean correlation {value:.4f}): {settings | variant}")


if __name__ == "__main__":
    main()
