"""Quality of the vectors compared with gensim's at equal settings, over seeds, on ptb and bundled.

gensim trains on two threads, as usual. A figure fails if its mean is below gensim's by more than the
standard error of gensim's mean.

With --subwords both learn character n-grams, gensim with its `FastText`.

    python -m benchmarks.quality [--seeds 20] [--subwords]
"""

import sys
import warnings

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


def ours(corpus, seed, settings=DEFAULT):
    return SkipGram(**settings, epochs=5, seed=seed).fit(corpus, progress=False).embeddings_


def scores(embeddings):
    figures = {name: score_word_pairs(embeddings, word_pairs(name)) for name in WORD_PAIRS}
    figures["analogies"] = score_analogies(embeddings, analogy_sections())["all"]
    return figures


@click.command()
@click.option("--seeds", default=20, show_default=True)
@click.option("--subwords", is_flag=True, help="Use character n-grams.")
def main(seeds, subwords):
    """Print mean and standard error of each figure; status 1 if one of ours is below gensim's."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    failed, settings = False, {**DEFAULT, "subwords": N_GRAMS if subwords else None}
    click.echo("text      figure        covered          gensim              ours")
    for name in ("ptb", "bundled"):
        corpus = load_corpus(name)
        runs = {"gensim": [], "ours": []}
        for seed in tqdm(range(1, seeds + 1), desc=name, leave=False):
            runs["gensim"].append(scores(gensim(corpus, seed, settings)))
            runs["ours"].append(scores(ours(corpus, seed, settings)))
        for figure, score in runs["ours"][0].items():
            values = {who: np.array([run[figure].value for run in scored]) for who, scored in runs.items()}
            mean = {who: x.mean() for who, x in values.items()}
            error = {who: x.std(ddof=1) / np.sqrt(seeds) for who, x in values.items()}
            good = mean["ours"] >= mean["gensim"] - error["gensim"]
            failed |= not good
            click.echo(
                f"{name:8}  {figure:12}  {score.covered:5}/{score.total:<5}  "
                + "   ".join(f"{mean[who]:.4f} ± {error[who]:.4f}" for who in ("gensim", "ours"))
                + ("" if good else "   BELOW")
            )
    sys.exit(failed)


if __name__ == "__main__":
    main()
