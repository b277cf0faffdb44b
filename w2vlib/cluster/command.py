"""The commands ``w2v sweep`` and ``w2v count``, and the options of commands that use workers."""

import sys

import click

from ..utils.command_group import FilePath

scheduler_option = click.option(
    "--scheduler", metavar="ADDRESS", help="Of a Dask scheduler, such as tcp://host:8786."
)


def workers_option(text="Processes on this machine; default: one per processor."):
    """Make the option --workers; `text` says what it is."""
    return click.option("--workers", type=int, help=text)


def retries_option(what):
    """Make the option --retries of runs, trainings, …; `what` is one of them."""
    return click.option(
        "--retries", default=0, show_default=True, help=f"How often a {what} that fails is tried again."
    )


@click.command()
@click.argument("sweep", type=FilePath())
@click.option("--output", type=FilePath(), required=True, help="Folder of the results.")
@workers_option()
@scheduler_option
@retries_option("run")
def sweep(sweep, output, workers, scheduler, retries):
    """Run a notebook or a training with many parameters and seeds, as the file SWEEP (TOML) says.

    Every run is checked before the first one starts. Finished runs are not computed again: after an
    interruption the same command goes on, and a larger grid adds runs. The exit status is 1 if a run failed.
    """
    from .clients import check_choice
    from .sweeps import run_sweep

    check_choice(workers, scheduler)
    try:
        table, failed = run_sweep(
            sweep,
            output,
            workers,
            scheduler,
            retries,
            progress=sys.stderr.isatty(),
            echo=lambda line: click.echo(f"w2v: {line}", err=True),
        )
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
    click.echo(table)
    if failed:
        click.echo(
            f"w2v: {failed} runs failed; {table} says why, and the same command tries them again.", err=True
        )
        sys.exit(1)


@click.command()
@click.argument("files")
@click.option("--output", type=FilePath(), required=True, help="Table of words and counts.")
@workers_option()
@scheduler_option
@click.option("--min-count", default=1, show_default=True, help="Leave out words with fewer occurrences.")
@click.option("--max-vocab", type=int, help="Largest number of words.")
def count(files, output, workers, scheduler, min_count, max_vocab):
    """Count the words of a text in many FILES (a pattern in quotes) over workers.

    The output has one line per word, in the order of ids: the word, a tab, its count. It is the same on any
    number of workers.
    """
    from ..models.skipgram_settings import PARAMETERS
    from ..utils.files import atomic_write, check_writable
    from ..utils.validation import check
    from .clients import open_client
    from .counting import TextInFiles

    for name, value in {"min_count": min_count, "max_vocab": max_vocab}.items():
        check(name, value, PARAMETERS[name])
    text = TextInFiles(files)
    check_writable(output, text.names)
    with open_client(workers, scheduler) as client:
        vocab = text.count_on(client, min_count, max_vocab)
    with atomic_write(output, "w") as handle:
        handle.writelines(f"{w}\t{n}\n" for w, n in zip(vocab.words, vocab.counts.tolist(), strict=True))
    click.echo(f"{output}: {len(vocab):,} words, {int(vocab.counts.sum()):,} tokens")
