"""SkipGram against gensim, measured alternately: raw words of the text per second, and their ratio.

Compilation and building the vocabulary are not timed. gensim reads a list of sentences and a file, and
the faster of the two is used. The last table shows the cost of equal bytes at any number of threads:
the same kernels with whole windows and unsynchronised threads.

    python -m benchmarks.trainer [--times 5] [--epochs 2]
"""

import statistics
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from w2vlib import CharNGrams, SkipGram, load_corpus
from w2vlib.models import matrices, parallel_sgd, skipgram_kernels, text_parts, update_sizes
from w2vlib.text.vocabulary import encode

DEFAULT = {"dim": 100, "n_negatives": 5, "subsample": 1e-3, "subwords": None}
N_GRAMS = CharNGrams(3, 6, buckets=200_000)
CASES = (
    ("ptb", {}),
    ("ptb", {"dim": 10}),
    ("ptb", {"dim": 300}),
    ("ptb", {"n_negatives": 15, "subsample": 1e-4}),
    ("bundled", {}),
    ("ptb", {"subwords": N_GRAMS}),
    ("bundled", {"subwords": N_GRAMS}),
)


def ours(corpus, settings, epochs, threads):
    model = SkipGram(**settings, epochs=epochs, threads=threads).fit(corpus, progress=False)
    return epochs / sum(1 / epoch.words_per_second for epoch in model.history_)


def gensim_model(settings, epochs, threads, seed=1):
    """Make gensim's `Word2Vec`, or its `FastText` where there are n-grams, with equal settings."""
    from gensim.models import FastText, Word2Vec

    grams, model, extra = settings["subwords"], Word2Vec, {}
    if grams:
        model = FastText
        extra = {"min_n": grams.shortest, "max_n": grams.longest, "bucket": grams.buckets}
    return model(
        vector_size=settings["dim"], window=5, negative=settings["n_negatives"], sample=settings["subsample"],
        min_count=1, sg=1, alpha=0.025, min_alpha=1e-4, epochs=epochs, workers=threads, seed=seed, **extra
    )  # fmt: skip


def gensim(corpus, settings, epochs, threads, lines=None):
    """Speed on the list of sentences, or on the file `lines`."""
    model = gensim_model(settings, epochs, threads)
    total = corpus.provenance.tokens
    if lines is None:
        model.build_vocab(corpus.sentences)
        begin = time.perf_counter()
        model.train(corpus.sentences, total_examples=model.corpus_count, epochs=epochs)
    else:
        model.build_vocab(corpus_file=lines)
        begin = time.perf_counter()
        model.train(corpus_file=lines, total_examples=model.corpus_count, total_words=total, epochs=epochs)
    return epochs * total / (time.perf_counter() - begin)


def racing(corpus, settings, epochs, threads):
    """Speed of the kernels without reproducibility: one partition, threads that overwrite each other."""
    vocab, ids, offsets = encode(corpus)
    text = text_parts.TextParts(ids, offsets, vocab.counts, settings["subsample"], 0.75, partitions=1)
    state = parallel_sgd.new_state(len(vocab), settings["dim"], 0, partitions=1)
    shared = 2 * update_sizes.shared_negatives(settings["n_negatives"])  # as many as of two partitions
    prepare, steps = skipgram_kernels.preparation(1), skipgram_kernels.bucket_steps(state.V.shape[1], shared)
    weight = np.float32(settings["n_negatives"] / (skipgram_kernels.GROUPS * shared))
    sizes = np.array([[skipgram_kernels.BLOCK, skipgram_kernels.GROUPS, skipgram_kernels.BLOCK * shared]])
    updates = np.array([weight]), np.full((1, 2), 0.025, np.float32), sizes
    matrices_ = state.V[None], state.U

    def work(thread):
        buffers, losses = text_parts.RoundBuffers(text, 5, 1), np.zeros(1)
        scratch = matrices.scratch(shared, state.V.shape[1])
        for i in range(thread, epochs * text.n_parts, threads):
            at, key = i % text.n_parts, np.uint64(i << 40)
            prepare(text.arrays, text.cuts[at], text.cuts[at + 1], 5, key, *buffers.part(0))
            ranges, keys, noise = buffers.ranges(1)[0, 0], np.array([key]), text.noise(0)
            steps(matrices_, buffers.arrays, ranges, noise, updates, keys, scratch, losses)

    with ThreadPoolExecutor(threads) as pool:
        begin = time.perf_counter()
        list(pool.map(work, range(threads)))
        return epochs * len(ids) / (time.perf_counter() - begin)


def by_turns(runs, times, label):
    """Median speed of each of `runs` (name → function), called in turn; the first turn warms up."""
    speeds = {name: [] for name in runs}
    for turn in tqdm(range(times + 1), desc=label, leave=False):
        for name, run in runs.items():
            speed = run()
            if turn:
                speeds[name].append(speed)
    return {name: statistics.median(values) for name, values in speeds.items()}


@click.command()
@click.option("--times", default=5, show_default=True, help="Turns, after one to warm up.")
@click.option("--epochs", default=2, show_default=True, help="Passes over the text in each.")
@click.option("--cases", default=len(CASES), show_default=True, help="How many of the settings.")
def main(times, epochs, cases):
    """Print median speeds in thousands of words per second, and ratios."""
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    texts = {name: load_corpus(name) for name in dict(CASES)}
    click.echo("text     dim   K  subsample  n-grams  threads   gensim list  gensim file       ours   ratio")
    with tempfile.TemporaryDirectory() as folder:
        for name, changes in CASES[:cases]:
            settings, corpus = {**DEFAULT, **changes}, texts[name]
            lines = Path(folder) / name
            lines.write_text("".join(" ".join(s) + "\n" for s in corpus), encoding="utf-8")
            for threads in (1, 2):
                args = corpus, settings, epochs, threads
                speed = by_turns(
                    {
                        "list": lambda args=args: gensim(*args),
                        "ours": lambda args=args: ours(*args),
                        "file": lambda args=args, lines=lines: gensim(*args, lines=str(lines)),
                    },
                    times,
                    f"{name}, {threads} threads",
                )
                better = max(speed["list"], speed["file"])
                columns = [f"{speed[who] / 1e3:9.0f} k" for who in ("list", "file", "ours")]
                dim, K, subsample, grams = settings.values()
                click.echo(
                    f"{name:8} {dim:3} {K:3}  {subsample:9g}  {'3 to 6' if grams else '':7}  {threads:7}"
                    f"  {'  '.join(columns)}   {speed['ours'] / better:5.2f}"
                )
    args = texts["ptb"], DEFAULT, epochs
    for threads in (1, 2):
        speed = by_turns(
            {"ours": lambda t=threads: ours(*args, t), "racing": lambda t=threads: racing(*args, t)},
            2 * times,
            "cost of equal bytes",
        )
        click.echo(
            f"{threads} threads: {speed['ours'] / 1e3:.0f} k with equal bytes promised, "
            f"{speed['racing'] / 1e3:.0f} k by threads that race: {speed['racing'] / speed['ours']:.2f}"
        )


if __name__ == "__main__":
    main()
