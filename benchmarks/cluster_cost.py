"""How many workers pay off: a model of the cost of training over workers, and its table in the documentation.

``python -m benchmarks.cluster_cost`` writes the tables of ``docs/cluster_cost.rst`` anew from the figures in
``benchmarks/cluster_cost.json``; with ``--measure`` it first measures those of this machine. The page says
what the model assumes.
"""

import json
import math
import time
from pathlib import Path

import click
import numpy as np

from w2vlib.models import matrices, parallel_sgd, skipgram_kernels, text_parts
from w2vlib.models.update_sizes import shared_negatives
from w2vlib.utils.files import atomic_write, project_root

FIGURES = Path(__file__).with_suffix(".json")
PAGE = project_root() / "docs" / "cluster_cost.rst"
BEGIN, END = ".. tables: begin\n\n", ".. tables: end\n"
DIM, WINDOW, N_NEGATIVES, SUBSAMPLE, EXPONENT = 300, 5, 5, 1e-3, 0.75
VOCABULARIES, TOKENS = (10**5, 10**6, 10**7, 10**8), (10**9, 10**10, 10**11, 10**12)
NETWORKS = {"1 Gbit/s, 0.5 ms": (1.25e8, 5e-4), "10 Gbit/s, 0.2 ms": (1.25e9, 2e-4),
            "100 Gbit/s, 0.05 ms": (1.25e10, 5e-5)}  # bytes per second, seconds of a message  # fmt: skip
MOST_WORKERS = 1024
PAYS_OFF = 1.25  # times as fast with twice as many workers
MESSAGES = 4  # of a step: request, rows, rows, answer
PART = text_parts.PART  # tokens


def word_groups(n_vocab):
    """Ranks of words (float, logarithmically spaced), how many words each stands for, and their frequencies.

    The frequency is proportional to 1 / rank (Zipf).
    """
    edges = np.unique(np.round(np.geomspace(1, n_vocab + 1, 400)))
    sizes = np.diff(edges)
    ranks = np.sqrt(edges[:-1] * (edges[1:] - 1))
    frequencies = 1 / ranks
    return sizes, frequencies / (sizes * frequencies).sum()


def rows_of_a_bucket(n_vocab, workers):
    """Estimate how many different rows of U a bucket of a round reads, and which part of the text is kept."""
    sizes, frequencies = word_groups(n_vocab)
    kept = np.minimum(1, np.sqrt(SUBSAMPLE / frequencies) + SUBSAMPLE / frequencies) * frequencies
    noise = frequencies**EXPONENT
    fraction = float((sizes * kept).sum())
    kept, noise = kept / fraction, noise / (sizes * noise).sum()
    words = PART * workers * fraction / workers  # of one partition, in a round
    near = 1 - (1 - 1 / workers) ** (WINDOW + 1)  # has a centre word of the other partition in its window
    blocks = (
        words / max(1, workers / 2) / skipgram_kernels.BLOCK
    )  # a centre word meets negatives of two partitions
    drawn = blocks * skipgram_kernels.GROUPS * shared_negatives(N_NEGATIVES)
    met = words * near * kept * workers + drawn * noise * workers  # the words of one partition
    return float((sizes * -np.expm1(-met)).sum()) / workers, fraction


def seconds_of_a_round(n_vocab, workers, network, figures):
    """Seconds of a round, which has a part of the text per worker; the dictionary says where they go."""
    bandwidth, latency = network
    tokens = PART * workers
    scan, pairs, train = (figures[name] for name in ("scan_per_word", "pairs_per_word", "train_per_word"))
    spent = {"compute": tokens * (scan + (pairs + train) / workers), "rows": 0.0, "text": 0.0}
    if workers > 1:
        rows, _ = rows_of_a_bucket(n_vocab, workers)
        moved = 2 * 4 * DIM * rows  # there and back, in both directions at the same time
        copied = 2 * moved * figures["copy_per_byte"]
        spent["rows"] = (workers - 1) * (moved / bandwidth + copied + MESSAGES * latency)
        spent["text"] = 4 * tokens * workers / bandwidth + latency  # from one process to all
    return spent


def days(n_vocab, n_tokens, workers, network, figures):
    """Days of one epoch, with the matrices sent to the workers and fetched from them."""
    spent = seconds_of_a_round(n_vocab, workers, network, figures)
    seconds = sum(spent.values()) * n_tokens / (PART * workers)
    if workers > 1:
        seconds += 2 * 2 * 4 * DIM * n_vocab / network[0]
    return seconds / 86_400


def most_that_pay(n_vocab, n_tokens, network, figures):
    """Largest power of two of workers that is at least `PAYS_OFF` times as fast as half of them."""
    workers = 1
    while 2 * workers <= MOST_WORKERS:
        times = [days(n_vocab, n_tokens, w, network, figures) for w in (workers, 2 * workers)]
        if times[0] < PAYS_OFF * times[1]:
            break
        workers *= 2
    return workers


def gigabytes(n_vocab, workers):
    """Memory of a worker: V and U of its partition, and room for rows of another one."""
    return (3 if workers > 1 else 2) * 4 * DIM * n_vocab / workers / 1e9


def bytes_per_word(n_vocab, workers):
    """Bytes of rows and text that the workers receive and send per token of the text."""
    rows, _ = rows_of_a_bucket(n_vocab, workers)
    return ((workers - 1) * workers * rows * (8 * DIM + 4)) / (PART * workers) + 4 * workers


def duration(in_days):
    """Text of a time with two digits."""
    for size, unit in ((1, "days"), (1 / 24, "h"), (1 / 1440, "min")):
        if in_days >= size or unit == "min":
            value = in_days / size
            return f"{value:.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"


def list_table(header, rows):
    """Table in reStructuredText."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (header, *rows):
        lines += [("   * - " if i == 0 else "     - ") + str(cell) for i, cell in enumerate(row)]
    return "\n".join(lines) + "\n\n"


def tables(figures):
    """Text of all tables of the page."""
    rates = [f"{1e9 * figures[n]:.0f}" for n in ("scan_per_word", "pairs_per_word", "train_per_word")]
    text = (
        f"Measured: {rates[0]} ns per word to read it, {rates[1]} ns to draw its pairs, {rates[2]} ns to "
        f"train on them (dim {DIM}, window {WINDOW}, {N_NEGATIVES} negatives, one thread), "
        f"{1e9 * figures['copy_per_byte']:.2f} ns to copy a byte of a row.\n\n"
        "With two partitions, on two workers:\n\n"
    )
    rows = []
    for n in VOCABULARIES:
        ratios = [
            days(n, 10**11, 1, network, figures) / days(n, 10**11, 2, network, figures)
            for network in NETWORKS.values()
        ]
        memory = [f"{gigabytes(n, w):,.1f}" for w in (1, 2)]
        rows.append([f"{n:,}", *memory, f"{bytes_per_word(n, 2):,.0f}", *(f"{r:.2f}" for r in ratios)])
    names = [f"speed-up, {name}" for name in NETWORKS]
    text += list_table(["words", "GB, 1 worker", "GB each, 2", "bytes per word", *names], rows)
    text += (
        f"With as many partitions as workers, the largest number of workers (a power of two, at most "
        f"{MOST_WORKERS}) that is at least {PAYS_OFF} times as fast as half of them, and the time of one "
        "epoch with it; in brackets the time on one worker, if its memory were enough:\n\n"
    )
    rows = []
    for n in VOCABULARIES:
        for t in TOKENS:
            cells = [f"{n:,}", f"10\\ :sup:`{round(math.log10(t))}`"]
            for network in NETWORKS.values():
                workers = most_that_pay(n, t, network, figures)
                cells.append(f"{workers}: {duration(days(n, t, workers, network, figures))}")
            rows.append([*cells, f"({duration(days(n, t, 1, next(iter(NETWORKS.values())), figures))})"])
    return text + list_table(["words", "tokens", *NETWORKS, "one worker"], rows)


def measure():
    """Figures of this machine, in seconds, on a text drawn by Zipf's law."""
    rng, n_vocab = np.random.default_rng(0), 10**5
    ids = np.exp(rng.random(8 * PART) * math.log(n_vocab)).astype(np.int32) - 1
    _, ids, counts = np.unique(ids, return_inverse=True, return_counts=True)
    ids, n_vocab, offsets = ids.astype(np.int32), len(counts), np.arange(0, len(ids) + 1, 16)
    text = text_parts.TextParts(ids, offsets, counts, SUBSAMPLE, EXPONENT)
    settings = {"window": WINDOW, "n_negatives": N_NEGATIVES, "seed": 0, "epochs": 2}
    settings |= {"learning_rate": 0.025, "min_learning_rate": 1e-4}
    training = parallel_sgd.Training(parallel_sgd.new_state(n_vocab, DIM, 0), text, settings, 1)
    buffers, first, last = training.sets[0], text.cuts[0], text.cuts[1]

    def draw(some, mask):
        kernel, key = skipgram_kernels.preparation(text.partitions, some), training.keys[0][0]
        arrays = (*text.arrays[:-1], np.uint64(mask))
        return lambda: kernel(arrays, first, last, WINDOW, key, *buffers.part(0))

    full, half = (least_seconds(draw(some, 1)) / PART for some in (False, True))
    rounds = training.rounds()
    whole = least_seconds(lambda: next(rounds), 7) / (text.partitions * PART)
    U, rows = training.state.U, rng.choice(n_vocab, 20_000, replace=False)
    there = matrices.aligned(U.shape)

    def copy():
        there[rows] = U[rows]

    scan = max(0.0, 2 * half - full)
    return {
        "scan_per_word": scan, "pairs_per_word": full - scan, "train_per_word": whole - full,
        "copy_per_byte": least_seconds(copy) / (2 * rows.size * U.shape[1] * 4),
    }  # fmt: skip


def least_seconds(function, repeats=9):
    """Least of the seconds that a function takes, after a first call: other programs only add to it."""
    function()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def page(figures):
    """Text of the page with the tables of these figures."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + tables(figures) + END + rest.partition(END)[2]


@click.command()
@click.option("--measure", "again", is_flag=True, help="Measure this machine first.")
def main(again):
    """Write the tables of the page."""
    if again:
        FIGURES.write_text(
            json.dumps({name: float(f"{v:.3g}") for name, v in measure().items()}, indent=1) + "\n"
        )
    text = page(json.loads(FIGURES.read_text()))
    with atomic_write(PAGE, "w") as handle:
        handle.write(text)
    print(text.partition(BEGIN)[2].partition(END)[0])


if __name__ == "__main__":
    main()
