"""Speed of `SkipGram` by the length of the vectors: raw words of ptb per second.

Rows are stored in multiples of `simd.LANES` numbers, so that 17 numbers cost as much as 32. Compilation and
building the vocabulary are not timed.

    python -m benchmarks.dims [--times 3]
"""

import click

from w2vlib import load_corpus

from .trainer import DEFAULT, by_turns, ours

DIMS = (1, 15, 16, 17, 64, 100, 128, 200, 300, 512, 768, 1000)
THREADS = (1, 2)


@click.command()
@click.option("--times", default=3, show_default=True, help="Turns, after one to warm up.")
def main(times):
    """Print median speeds in thousands of words per second."""
    corpus = load_corpus("ptb")
    click.echo(f"ptb, one epoch, median of {times}, thousand words per second")
    click.echo("  dim" + "".join(f"{threads:>8} thread{'s' * (threads > 1)}" for threads in THREADS))
    for dim in DIMS:
        settings = {**DEFAULT, "dim": dim}
        runs = {threads: lambda t=threads, s=settings: ours(corpus, s, 1, t) for threads in THREADS}
        speed = by_turns(runs, times, f"dim {dim}")
        click.echo(f"{dim:5}" + "".join(f"{speed[threads] / 1e3:15.0f}" for threads in THREADS))


if __name__ == "__main__":
    main()
