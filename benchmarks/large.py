"""A large text: training time against length, and peak memory.

Words are drawn from a Zipf distribution while the text is read; the text is never in memory. One epoch
on a tenth of the text, on all of it, and on a tenth again, each in a separate process, so that the
peak of resident memory is that of one training.

    python -m benchmarks.large [--tokens 100000000] [--vocab 100000]
"""

import collections
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np

from w2vlib import SkipGram

SENTENCE = 20
BATCH = 50_000  # sentences drawn at a time


class ZipfText:
    """Sentences of random words; the same ones each time they are read."""

    def __init__(self, tokens, vocab):
        self.tokens = tokens
        self.words = np.array([f"w{i}" for i in range(vocab)], object)
        self.reach = np.cumsum(1 / np.arange(1, vocab + 1))

    def __iter__(self):
        rng = np.random.default_rng(0)
        for left in range(self.tokens // SENTENCE, 0, -BATCH):
            draws = rng.random((min(BATCH, left), SENTENCE)) * self.reach[-1]
            yield from self.words[np.searchsorted(self.reach, draws)].tolist()


def train(tokens, vocab):
    """Train one epoch; return peak memory, and seconds without the time for drawing the text."""
    text = ZipfText(tokens, vocab)
    begin = time.perf_counter()
    collections.deque(text, maxlen=0)
    drawn = time.perf_counter()
    model = SkipGram(dim=100, epochs=1).fit(text, progress=sys.stderr.isatty())
    seconds = time.perf_counter() - drawn
    training = tokens / model.history_[0].words_per_second
    reading = seconds - (drawn - begin) - training
    return {"words": len(model.embeddings_), "reading": reading, "training": training, "peak": peak_memory()}


def peak_memory():
    """Peak resident memory of this process in GiB; `getrusage` would include its parent's on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


@click.command()
@click.option("--tokens", default=100_000_000, show_default=True)
@click.option("--vocab", default=100_000, show_default=True)
@click.option("--alone", is_flag=True, hidden=True)
def main(tokens, vocab, alone):
    """Print seconds of reading and training, and the peak of resident memory."""
    if alone:
        click.echo(json.dumps(train(tokens, vocab)))
        return
    click.echo("     tokens     words        reading    training   peak memory")
    results = []
    for part in (tokens // 10, tokens, tokens // 10):
        command = [
            sys.executable,
            "-m",
            "benchmarks.large",
            "--alone",
            f"--tokens={part}",
            f"--vocab={vocab}",
        ]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        results.append(json.loads(done.stdout))
        f = results[-1]
        click.echo(
            f"{part:11,}  {f['words']:8,}  {f['reading']:13.1f} s  {f['training']:8.1f} s"
            f"  {f['peak']:8.2f} GiB"
        )
    tenth = (results[0]["training"] + results[2]["training"]) / 2
    click.echo(f"ten times the text trains {results[1]['training'] / tenth:.2f} times as long")


if __name__ == "__main__":
    main()
