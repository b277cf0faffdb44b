"""Quality of the vectors compared with gensim's at equal settings, over seeds, on ptb and bundled.

gensim trains on two threads, as usual. A figure fails if its mean is below gensim's by more than the
standard error of gensim's mean.

With --subwords both learn character n-grams, gensim with its `FastText`. With --partitions, given several
times, there is a column for each number of partitions of the vocabulary.

    python -m benchmarks.quality [--seeds 20] [--subwords] [--corpus FILE] [--partitions 2 --partitions 16]
"""

import sys
import warnings
from functools import partial

import click
import numpy as np
from tqdm import tqdm

from w2vlib import Embeddings, SkipGram, load_corpus
from w2vlib.evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs
from w2vlib.evaluation.similarity_analogy import score_analogies, score_word_pairs

from .trainer import DEFAULT, N_GRAMS, gensim_model


def gensim(corpus, seed, settings=DEFAULT):
    model = gensim_model(settings, 5, 2, seed)
    model.build_vocab(corpus.sentences)
    model.train(corpus.sentences, total_examples=model.corpus_count, epochs=5)
    return Embeddings.from_keyed_vectors(model.wv)


def ours(corpus, seed, settings=DEFAULT, partitions=None):
    model = SkipGram(**settings, epochs=5, seed=seed, partitions=partitions)
    return model.fit(corpus, progress=False).embeddings_


def scores(embeddings):
    figures = {name: score_word_pairs(embeddings, word_pairs(name)) for name in WORD_PAIRS}
    figures["analogies"] = score_analogies(embeddings, analogy_sections())["all"]
    return figures


@click.command()
@click.option("--seeds", type=click.IntRange(2), default=20, show_default=True)
@click.option("--gensim-seeds", type=int, help="Seeds of gensim, which is slow; 0: without it; else as many.")
@click.option("--subwords", is_flag=True, help="Use character n-grams.")
@click.option("--corpus", "names", multiple=True, default=["ptb", "bundled"], show_default=True)
@click.option("--partitions", multiple=True, type=int, help="Of the vocabulary; else those of the text.")
def main(seeds, gensim_seeds, subwords, names, partitions):
    """Print mean and standard error of each figure; status 1 if one of ours is below gensim's."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    settings = {**DEFAULT, "subwords": N_GRAMS if subwords else None}
    models = {f"ours, {n} partitions": partial(ours, partitions=n) for n in partitions} or {"ours": ours}
    trainers = models if gensim_seeds == 0 else {"gensim": gensim, **models}
    failed = False
    for name in names:
        corpus = load_corpus(name)
        click.echo(f"{corpus}\n" + " " * 29 + "".join(f"{who:>21}" for who in trainers))
        runs = {}
        for who, train in trainers.items():
            chosen = range(1, 1 + ((gensim_seeds or seeds) if who == "gensim" else seeds))
            runs[who] = [scores(train(corpus, s, settings)) for s in tqdm(chosen, desc=who, leave=False)]
        for figure, score in runs[next(iter(models))][0].items():
            values = {who: np.array([run[figure].value for run in scored]) for who, scored in runs.items()}
            means = {who: (x.mean(), x.std(ddof=1) / np.sqrt(x.size)) for who, x in values.items()}
            mean, error = means.get("gensim", (-np.inf, 0))
            low = min(means[who][0] for who in models) < mean - error
            failed |= low
            click.echo(
                f"{figure:14}{score.covered:6}/{score.total:<8}"
                + "".join(f"    {x:.4f} ± {error:.4f}" for x, error in means.values())
                + ("   BELOW" if low else "")
            )
    sys.exit(int(failed))


if __name__ == "__main__":
    main()
