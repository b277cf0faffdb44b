"""Texts larger than memory: time per token of the pass to ids and of training, and peak memory.

Words are drawn from a Zipf distribution and written to a file. Each text is encoded, and one epoch
trained, in a process of its own, so that the peak of resident memory is that of this text. The smallest
text comes first and last, and its times are averaged. First, the pass to ids is compared with the one in
Python that sentences in memory go through.

    python -m benchmarks.large [--tokens 30000000 --tokens 100000000 --tokens 300000000] [--dim 16]
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from w2vlib import SkipGram, encode_files
from w2vlib.text.text_files import read_lines
from w2vlib.text.vocabulary import encode

SENTENCE = 20
BATCH = 50_000  # sentences drawn at a time
COMPARED, REPEATS = 5_000_000, 5  # tokens, and times, of the comparison with Python
PLANNED = 1_000_000_000


def write_text(path, tokens, vocab):
    """Write sentences of random words; the same ones each time."""
    words = np.array([f"w{i}" for i in range(vocab)], object)
    reach = np.cumsum(1 / np.arange(1, vocab + 1))
    rng = np.random.default_rng(0)
    with open(path, "w") as handle:
        for left in range(tokens // SENTENCE, 0, -BATCH):
            draws = rng.random((min(BATCH, left), SENTENCE)) * reach[-1]
            sentences = words[np.searchsorted(reach, draws)].tolist()
            handle.writelines(f"{' '.join(sentence)}\n" for sentence in sentences)


def timed(function, *args, **kwargs):
    """Call a function; return what it returns, seconds, and seconds of the processor."""
    begin, processor = time.perf_counter(), time.process_time()
    result = function(*args, **kwargs)
    return result, time.perf_counter() - begin, time.process_time() - processor


def load_kernels(folder):
    """Encode and train a few words, so that no time of compiling is counted."""
    path = folder / "few.txt"
    path.write_text("a b c\n" * 20)
    return SkipGram(dim=16, epochs=1).fit(encode_files(path, folder / "few", progress=False), progress=False)


def measure(path, dim):
    """Encode a text, and train one epoch; dict of seconds and of GiB at the peak."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        load_kernels(Path(folder))
        show = sys.stderr.isatty()
        text, *encoding = timed(encode_files, path, f"{folder}/ids", progress=show)
        peak = peak_memory()
        model, _, processor = timed(SkipGram(dim=dim, epochs=1).fit, text, progress=show)
        return {
            "tokens": len(text.ids), "words": len(text.vocab), "encoding": encoding, "encoding peak": peak,
            "training": [len(text.ids) / model.history_[0].words_per_second, processor],
            "training peak": peak_memory(),
            "bytes": path.stat().st_size, "disk": sum(p.stat().st_size for p in text.folder.iterdir()),
        }  # fmt: skip


def peak_memory():
    """Peak resident memory of this process in GiB; `getrusage` would include its parent's on Linux."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def in_python(path):
    """Read a text by str.split and dict."""
    return encode(tokens for line in read_lines(path) if (tokens := line.split()))


def compare(folder, vocab):
    """Print the speeds of both passes to ids, measured alternately."""
    path, rows = folder / "compared.txt", {"str.split and dict": [], "compiled, ids on disk": []}
    write_text(path, COMPARED, vocab)
    load_kernels(folder)
    for _ in range(REPEATS):
        shutil.rmtree(folder / "compared", ignore_errors=True)
        _, *first = timed(in_python, path)
        _, *second = timed(encode_files, path, folder / "compared", progress=False)
        for times, seconds in zip(rows.values(), (first, second), strict=True):
            times.append(seconds)
    for name, times in rows.items():
        seconds, processor = map(statistics.median, zip(*times, strict=True))
        click.echo(
            f"{name:22}  {path.stat().st_size / seconds / 1e6:6.1f} MB/s, {COMPARED / seconds / 1e6:5.2f} "
            f"million tokens/s; {COMPARED / processor / 1e6:5.2f} in a second of the processor"
        )
    ratios = [a[0] / b[0] for a, b in zip(*rows.values(), strict=True)]
    click.echo(f"ratio, median of {REPEATS}: {statistics.median(ratios):.1f}")


def print_row(f):
    """Print what one text took."""
    line = f"{f['tokens']:13,}  {f['words']:8,}  {f['bytes'] / 1e9:5.2f} GB"
    for what in ("encoding", "training"):
        per_token = (f"{seconds / f['tokens'] * 1e9:6.1f} ns" for seconds in f[what])
        line += f"  {f[what][0]:7.1f} s {' '.join(per_token)} {f[f'{what} peak']:5.2f} GiB"
    click.echo(f"{line}  {os.getloadavg()[0]:.1f}")


def print_costs(rows):
    """Print the cost per token against the smallest text."""
    least = min(f["tokens"] for f in rows)
    for what in ("encoding", "training"):
        for place, clock in enumerate(("wall clock", "processor")):
            costs = [(f["tokens"], f[what][place] / f["tokens"]) for f in rows]
            smallest = statistics.mean(cost for tokens, cost in costs if tokens == least)
            ratios = (f"{cost / smallest:.3f}" for tokens, cost in costs if tokens > least)
            click.echo(f"{what}, time per token against the smallest text, {clock}: {', '.join(ratios)}")


def print_plan(rows):
    """Print what `PLANNED` tokens would take: time in proportion to the largest text, memory on a line."""
    *_, a, b = sorted(rows, key=lambda f: f["tokens"])
    more, times = (PLANNED - b["tokens"]) / (b["tokens"] - a["tokens"]), PLANNED / b["tokens"]
    for what in ("encoding", "training"):
        peak = b[f"{what} peak"] + more * (b[f"{what} peak"] - a[f"{what} peak"])
        click.echo(
            f"planned for {PLANNED:,} tokens, {what}: {times * b[what][0] / 60:.1f} min, {peak:.2f} GiB"
        )
    click.echo(
        f"planned, on disk: {times * b['bytes'] / 1e9:.1f} GB of text, {times * b['disk'] / 1e9:.1f} GB of "
        "ids, and as much again while they are made"
    )


@click.command()
@click.option("--tokens", multiple=True, default=[30_000_000, 100_000_000, 300_000_000], show_default=True)
@click.option("--vocab", default=100_000, show_default=True)
@click.option("--dim", default=16, show_default=True)
@click.option("--alone", type=click.Path(path_type=Path), hidden=True)
def main(tokens, vocab, dim, alone):
    """Print seconds, nanoseconds per token (wall clock, processor) and the peak of resident memory."""
    if alone:
        click.echo(json.dumps(measure(alone, dim)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), vocab)
        click.echo(
            f"tokens, words, size; for the pass to ids, and for an epoch with dim {dim}: seconds, per token, "
            "per token of the processor, peak memory; load"
        )
        for number in (*sorted(tokens), min(tokens)):
            path = Path(folder) / "text.txt"
            write_text(path, number, vocab)
            command = [sys.executable, "-m", "benchmarks.large", "--alone", path, f"--dim={dim}"]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
            rows.append(json.loads(done.stdout))
            print_row(rows[-1])
        print_costs(rows)
        print_plan(rows)


if __name__ == "__main__":
    main()
