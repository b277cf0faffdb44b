"""The published recipe: w2vlib against plain NumPy with a dense gradient per pair.

For every (centre, outside) pair the plain version, as the published code did, makes zero
matrices of the vocabulary's size and fills in the rows that have a gradient. A few hundred of its
iterations are timed between runs of w2vlib and extrapolated to 35,000. Both start from token ids.

    python -m benchmarks.published [--corpus ptb] [--rounds 5] [--iterations 100]
"""

import random
import time

import click
import numpy as np
from tqdm import tqdm

from w2vlib import load_corpus
from w2vlib.gradients import losses
from w2vlib.replication import published_recipe, subsampling
from w2vlib.text import sampling


def plain(run, sentences, iterations, seed=0):
    """Seconds of `iterations` plain iterations on sentences (lists of ids) with the run's settings."""
    rng, s = random.Random(seed), run.settings
    V = run.input_vectors.copy()
    U = run.output_vectors.copy()
    table = sampling.noise_table(run.vocab.counts, run.settings.table_size).tolist()
    begin = time.perf_counter()
    for _ in range(iterations):
        grad_V, grad_U = np.zeros_like(V), np.zeros_like(U)
        for _ in range(s.batch_size):
            centre, outside = window(rng, sentences, s.window)
            for o in outside:
                negatives = [negative(rng, table, o) for _ in range(s.n_negatives)]
                _, by_V, by_U = losses.skipgram(centre, [o], V, U, [negatives])
                grad_V += by_V / s.batch_size
                grad_U += by_U / s.batch_size
        V -= 1e-6 * grad_V
        U -= 1e-6 * grad_U
    return time.perf_counter() - begin


def window(rng, sentences, reach):
    c = rng.randint(1, reach)
    while True:
        sentence = sentences[rng.randint(0, len(sentences) - 1)]
        at = rng.randint(0, len(sentence) - 1)
        outside = [w for w in sentence[max(0, at - c) : at + c + 1] if w != sentence[at]]
        if outside:
            return sentence[at], outside


def negative(rng, table, target):
    while (word := table[rng.randint(0, len(table) - 1)]) == target:
        pass
    return word


@click.command()
@click.option("--corpus", default="ptb", show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.option("--iterations", default=100, show_default=True, help="Plain iterations per round.")
def main(corpus, rounds, iterations):
    """Print the median times and their ratio."""
    text = load_corpus(corpus)
    run = published_recipe.reproduce(text, progress=False)
    words, offsets = subsampling.subsampled_text(text, run.settings)
    sentences = [words[a:b].tolist() for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    ours, plains = [], []
    for _ in tqdm(range(rounds)):
        ours.append(published_recipe.reproduce(text, progress=False).seconds)
        plains.append(plain(run, sentences, iterations) * run.settings.iterations / iterations)
    a, b = np.median(ours), np.median(plains)
    click.echo(f"text                          {text.provenance.name}")
    click.echo(f"ours, 35,000 iterations       {a:8.2f} s   (from {min(ours):.2f} to {max(ours):.2f})")
    click.echo(f"plain NumPy, extrapolated     {b:8.0f} s   (from {min(plains):.0f} to {max(plains):.0f})")
    click.echo(f"ratio of medians              {b / a:8.0f}")


if __name__ == "__main__":
    main()
