"""How a training of `SkipGram` scales with threads: from the measured times of its jobs, and measured.

A training on one thread records how long every job takes. The real schedule, with these times instead of
work, tells how long each round takes on more threads (`schedule.simulated_seconds`). Where the machine has
the processors, the same training is measured too. Threads share the memory of the machine, which the
simulation leaves out: so the bytes of rows that are read and written per word are printed beside it.

The text is drawn by Zipf's law, or is a corpus.

    python -m benchmarks.scaling [--corpus NAME] [--dim 100] [--partitions 2 --partitions 16]
"""

import statistics
import time

import click
import numpy as np
from tqdm import tqdm

from w2vlib import load_corpus
from w2vlib.models import parallel_sgd, schedule
from w2vlib.models.matrices import padded
from w2vlib.models.text_parts import TextParts
from w2vlib.models.training_text import part_tokens
from w2vlib.text.vocabulary import encode
from w2vlib.utils.environment import available_processors

SETTINGS = {
    "window": 5, "n_negatives": 5, "seed": 0, "epochs": 1, "learning_rate": 0.025, "min_learning_rate": 1e-4
}  # fmt: skip
SUBSAMPLE, EXPONENT, SENTENCE = 1e-3, 0.75, 20


def zipf_text(tokens, n_vocab):
    """Ids, offsets and counts of a text whose words are drawn by Zipf's law, most frequent first."""
    reach = np.cumsum(1 / np.arange(1, n_vocab + 1))
    draws = np.random.default_rng(0).random(tokens) * reach[-1]
    _, ids, counts = np.unique(np.searchsorted(reach, draws), return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order))
    return places[ids], np.arange(0, tokens + 1, SENTENCE), counts[order]


class TimedTraining(parallel_sgd.Training):
    """A training on one thread that keeps, for each round, its graph of jobs and the seconds of each job."""

    def __init__(self, *args):
        super().__init__(*args)
        self.recorded = []

    def job_graph(self, number, round_):
        """As for any training; each job also notes its seconds."""
        graph = super().job_graph(number, round_)
        seconds = [0.0] * len(graph.what)
        for job, (function, *args) in enumerate(graph.what):
            graph.what[job] = (self._timed, seconds, job, function, *args)
        self.recorded.append((number, round_, seconds))
        return graph

    @staticmethod
    def _timed(seconds, job, function, *args):
        begin = time.perf_counter()
        function(*args)
        seconds[job] = time.perf_counter() - begin

    def simulated(self, threads):
        """Seconds of all rounds but the last, whose windows are not drawn ahead, on so many threads."""
        make = super().job_graph
        rounds = self.recorded[:-1] or self.recorded
        return sum(
            schedule.simulated_seconds(make(number, round_), seconds, threads)
            for number, round_, seconds in rounds
        )


def training(text, dim, threads, kind=parallel_sgd.Training):
    """Make a training on a text, not begun."""
    n_vocab = len(text.counts)
    state = parallel_sgd.new_state(n_vocab, dim, 0, partitions=text.partitions)
    return kind(state, text, SETTINGS, threads)


def seconds_of(text, dim, threads):
    """Seconds of an epoch."""
    run = training(text, dim, threads)
    begin = time.perf_counter()
    for _ in run.rounds():
        pass
    return time.perf_counter() - begin


def bytes_per_word(recorded, text, dim, n_shared):
    """Bytes of rows of V and U that the jobs read and write, per token of the text.

    A row that is still in a cache from an earlier update counts too.
    """
    rows = 0
    for _, round_, _ in recorded:
        first, last, begin, end = np.moveaxis(round_.ranges, -1, 0)
        n_groups = round_.sizes[..., 1]
        n_blocks = -(-(last - first) // round_.sizes[..., 0])
        rows += 4 * (end - begin).sum()  # both rows of a pair, read and written
        rows += (n_groups * (2 * n_blocks * n_shared + 2 * (last - first))).sum()
    return rows * 4 * padded(dim) / len(text.ids)


def text_in_partitions(ids, offsets, counts, partitions):
    """Return the `TextParts` that `SkipGram` would make."""
    p = {"subsample": SUBSAMPLE, "learning_rate": 0.025, "objective": "skip-gram", "partitions": partitions}
    size = part_tokens(counts, p)
    return TextParts(ids, offsets, counts, SUBSAMPLE, EXPONENT, partitions, size)


@click.command()
@click.option("--corpus", help="Instead of a text drawn by Zipf's law.")
@click.option("--tokens", default=8_000_000, show_default=True, help="Of the text that is drawn.")
@click.option("--vocab", default=100_000, show_default=True, help="Words of the text that is drawn, at most.")
@click.option("--dim", default=100, show_default=True)
@click.option("--partitions", "numbers", multiple=True, type=int, default=(2, 4, 16, 32), show_default=True)
@click.option(
    "--threads", "most", default=available_processors(), help="Measured up to so many. Default: all."
)
@click.option("--times", default=3, show_default=True, help="Repetitions, of which the median counts.")
def main(corpus, tokens, vocab, dim, numbers, most, times):
    """Print words per second on one thread, and how many times as fast more threads are."""
    if corpus:
        words, ids, offsets = encode(load_corpus(corpus))
        counts = words.counts
    else:
        ids, offsets, counts = zipf_text(tokens, vocab)
    click.echo(f"{len(ids):,} tokens, {len(counts):,} words, dim {dim}; median of {times}")
    threads = [n for n in (1, 2, 4, 8, 16, 32, 64) if n <= max(16, most)]
    click.echo(
        "partitions              words/s  bytes/word  " + "".join(f"{n:>7}" for n in threads) + "  threads"
    )
    for number in numbers:
        text = text_in_partitions(ids, offsets, counts, number)
        runs, measured = [], {n: [] for n in threads if n <= most}
        for _ in tqdm(range(times), desc=f"{number} partitions", leave=False):
            timed = training(text, dim, 1, TimedTraining)
            list(timed.rounds())
            runs.append(timed)
            for n, seconds in measured.items():
                seconds.append(seconds_of(text, dim, n))
        one = statistics.median(measured[1])
        moved = bytes_per_word(runs[0].recorded, text, dim, runs[0].n_shared)
        expected = [statistics.median(run.simulated(1) / run.simulated(n) for run in runs) for n in threads]
        click.echo(
            f"{number:10}  simulated {len(ids) / one:9,.0f}  {moved:10,.0f}  "
            + "".join(f"{x:7.2f}" for x in expected)
        )
        found = [f"{one / statistics.median(seconds):7.2f}" for seconds in measured.values()]
        click.echo(f"{'':10}  measured  {'':9}  {'':10}  " + "".join(found))


if __name__ == "__main__":
    main()
