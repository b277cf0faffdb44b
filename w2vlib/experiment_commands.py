"""The commands ``w2v ablate`` and ``w2v evidence``: trainings over seeds, on one machine or many."""

import functools
import sys

import click

from .cluster.command import retries_option, scheduler_option, workers_option
from .options import corpus_option, options, training_options
from .replication.settings import PUBLISHED
from .utils.command_group import FilePath
from .utils.errors import W2VError
from .utils.validation import N_SEEDS, Whole, check_all

NO_QUALITY = "The text has too few words of the data sets for figures of quality."
_check = functools.partial(check_all, {"seeds": N_SEEDS, "seed": Whole(0)})
_cluster_options = options(
    workers_option("Do the trainings on so many processes of this machine: the same figures."),
    scheduler_option,
    retries_option("training"),
)


def _spread_over_workers(corpus, text, workers, scheduler, retries):
    """Return what does the trainings on workers; None if neither workers nor a scheduler is given."""
    from .cluster.spread import OverWorkers

    if workers is None and scheduler is None:
        if retries:
            raise W2VError("--retries is for trainings on workers: give --workers or --scheduler too.")
        return None
    return OverWorkers(
        corpus,
        text.provenance.tokens_sha256,
        workers,
        scheduler,
        retries,
        progress=sys.stderr.isatty(),
        echo=lambda line: click.echo(f"w2v: {line}", err=True),
    )


@click.command()
@corpus_option
@click.option("--seeds", default=5, show_default=True, help="Number of trainings per scheme.")
@click.option("--output", type=FilePath(), required=True, help="Folder with one row per training.")
@training_options("dim", "epochs")
@_cluster_options
def ablate(corpus, seeds, output, dim, epochs, workers, scheduler, retries):
    """Train and evaluate under every scheme for rare words and numbers.

    Rows that are in the folder are not computed again: after an interruption the same command goes on,
    and a larger number of seeds adds rows. On workers a training that fails is reported, and the others go
    on; the exit status is then 1.
    """
    from .experiments.ablation import ablate, table
    from .experiments.ablation_row import COST, QUALITY
    from .text.corpus import load_corpus

    _check(seeds=seeds)
    text = load_corpus(corpus)
    spread = _spread_over_workers(corpus, text, workers, scheduler, retries)
    try:
        rows = ablate(text, output, seeds, None, sys.stderr.isatty(), spread, dim=dim, epochs=epochs)
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
    for names in (COST, QUALITY) if rows else ():
        shown = table(rows, names)
        click.echo(NO_QUALITY if shown.empty else shown.to_string(index=False))
    if spread is not None and spread.failed:
        click.echo(f"w2v: {spread.failed} trainings failed; the same command tries them again.", err=True)
        sys.exit(1)


@click.command()
@corpus_option
@click.option("--seeds", default=30, show_default=True, help="Number of trainings.")
@click.option("--first-seed", default=0, show_default=True, help="The first seed of the results' trainings.")
@click.option(
    "--chapter",
    "chapters",
    type=click.Choice(["results", "preprocessing"]),
    multiple=True,
    help="Which claims; repeatable; default both, or only results for a preprocessed text.",
)
@click.option(
    "--output",
    type=FilePath(),
    default="report/evidence",
    show_default=True,
    help="Folder of the records.",
)
@_cluster_options
def evidence(corpus, seeds, first_seed, chapters, output, workers, scheduler, retries):
    """Record every figure of every test of the claims, per seed, as JSON.

    After an interruption the same command goes on.
    """
    from .utils.memory import require_limits

    require_limits("The evidence", open_files=64, megabytes=1000)  # of which the imports need the most
    from .experiments import evidence
    from .preprocessing.rare_words import is_preprocessed
    from .text.corpus import load_corpus

    _check(seeds=seeds, seed=first_seed)
    text = load_corpus(corpus)
    chapters = chapters or (("results",) if is_preprocessed(text) else ("results", "preprocessing"))
    given = f"--corpus {text.provenance.name} --seeds {seeds}"
    if first_seed and "results" not in chapters:
        raise W2VError("--first-seed is for the results: leave it out, or give --chapter results.")
    spread = _spread_over_workers(corpus, text, workers, scheduler, retries)
    try:
        for chapter in dict.fromkeys(chapters):
            more = f" --first-seed {first_seed}" if first_seed and chapter == "results" else ""
            command = f"w2v evidence {given}{more} --chapter {chapter}"
            shared = output, command, sys.stderr.isatty(), spread
            click.echo(
                evidence.collect_results(text, PUBLISHED, range(first_seed, first_seed + seeds), *shared)
                if chapter == "results"
                else evidence.collect_preprocessing(text, seeds, *shared)
            )
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
