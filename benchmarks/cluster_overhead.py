"""What a cluster costs on one machine, as ratios of wall-clock time and of processor time.

Usage: ``python -m benchmarks.cluster_overhead [--runs 40] [--repeats 3] [--kind cbow]``

1. A sweep of short trainings over 2 workers, against 2 processes that each train every second run.
2. A training of ptb (where it is found, else of the bundled text) over 2 workers, against 2 threads: from
   token ids to vectors, without the start of the cluster.

Both sides of a ratio are measured alternately, and the medians compared. Processor time is that of this
process and of all that it has started; other programs change it less than the wall-clock time.
"""

import multiprocessing
import os
import statistics
import tempfile
import time
from pathlib import Path

import click
import psutil

from w2vlib import CharNGrams, SkipGram, W2VError, load_corpus
from w2vlib.cluster.clients import open_client
from w2vlib.cluster.sweeps import run_sweep

_TEXT = "the cat sat on the mat while the dog lay on the rug\nno bird sang in the old tree\n" * 500
_SWEEP = """training = "{text}"
seeds = {runs}
[parameters]
dim = 20
epochs = 40
subsample = 0.0
"""


def train_some(path, seeds, folder):
    """Do the runs of a sweep by hand, in one process: train, evaluate, save."""
    from w2vlib.evaluation.similarity_analogy import evaluate

    text = load_corpus(path)
    for seed in seeds:
        model = SkipGram(dim=20, epochs=40, subsample=0.0, seed=seed, threads=1).fit(text, progress=False)
        evaluate(model.embeddings_, draws=0, methods=["3CosAdd"])
        model.embeddings_.save(Path(folder) / f"{seed}.npz")


def by_hand(path, runs, folder):
    """Seconds of 2 processes that share the runs."""
    begin = time.perf_counter()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=train_some, args=(path, range(i, runs, 2), folder)) for i in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert not any(process.exitcode for process in processes)
    return time.perf_counter() - begin


def by_sweep(path, runs, folder):
    """Seconds of a sweep with 2 workers."""
    file = Path(folder) / "sweep.toml"
    file.write_text(_SWEEP.format(text=path, runs=runs))
    begin = time.perf_counter()
    _, failed = run_sweep(file, Path(folder) / "out", 2, progress=False)
    assert not failed
    return time.perf_counter() - begin


def processor_seconds():
    """Seconds of processors that this process and its descendants, ended or not, have used."""
    total = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            pass
    return total


def medians(one, other, repeats, names):
    """Measure two functions alternately; print the medians and their ratios, one to other."""
    seconds, used = ([], []), ([], [])
    for _ in range(repeats):
        for side, function in enumerate((one, other)):
            begin = processor_seconds()
            seconds[side].append(function())
            used[side].append(processor_seconds() - begin)
    for what, times in (("", seconds), ("processor time, ", used)):
        first, second = map(statistics.median, times)
        ratio = f"ratio {first / second:.2f}"
        print(f"{what}{names[0]} {first:.2f} s, {names[1]} {second:.2f} s, {ratio}", flush=True)


def measure_sweep(runs, repeats):
    """Print the ratio for the sweep."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "text.txt"
        path.write_text(_TEXT)
        new_folder = lambda: tempfile.mkdtemp(dir=folder)  # noqa: E731
        names = f"sweep of {runs} trainings: 2 workers", "2 processes by hand"
        medians(
            lambda: by_sweep(path, runs, new_folder()),
            lambda: by_hand(path, runs, new_folder()),
            repeats,
            names,
        )


KINDS = {"skip-gram": {}, "cbow": {"objective": "cbow"}, "n-grams": {"subwords": CharNGrams(3, 6)}}


def measure_training(repeats, epochs, kind):
    """Print the ratios for a training."""
    try:
        text = load_corpus("ptb")
    except W2VError:
        text = load_corpus("bundled")
    name = text.provenance.name
    with open_client(2) as client:

        def seconds(**fit):
            model = SkipGram(dim=100, epochs=epochs, threads=2, **KINDS[kind]).fit(
                text, progress=False, **fit
            )
            of_text = text.provenance.tokens
            if model.transfers_ is not None:
                print(model.transfers_)
            return sum(of_text / epoch.words_per_second for epoch in model.history_)

        seconds(client=client)  # kernels are loaded
        names = f"{kind} training of {name}, dim 100, {epochs} epochs: 2 workers", "2 threads"
        medians(lambda: seconds(client=client), seconds, repeats, names)


@click.command()
@click.option("--runs", default=40, show_default=True)
@click.option("--repeats", default=3, show_default=True)
@click.option("--epochs", default=5, show_default=True)
@click.option("--only", type=click.Choice(["sweep", "training"]))
@click.option("--kind", type=click.Choice(list(KINDS)), default="skip-gram", show_default=True)
def main(runs, repeats, epochs, only, kind):
    """Print the ratios."""
    if only != "sweep":
        measure_training(repeats, epochs, kind)
    if only != "training":
        measure_sweep(runs, repeats)


if __name__ == "__main__":
    main()
