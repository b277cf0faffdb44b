"""The command ``w2v``: thin wrappers around the library."""

import json
import sys
from dataclasses import fields
from pathlib import Path

import click

from .replication.settings import PUBLISHED
from .utils.errors import W2VError


class _Group(click.Group):
    """Ends bad input in one sentence on standard error and status 2."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except W2VError as error:
            click.echo(f"w2v: {error}", err=True)
            sys.exit(2)
        except MemoryError:
            click.echo(
                "w2v: Not enough memory for this: choose smaller settings or a smaller text.", err=True
            )
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("w2v: interrupted; nothing finished before is lost.", err=True)
            sys.exit(130)


@click.group(cls=_Group)
@click.version_option(package_name="w2vlib")
def main():
    """Skip-gram word2vec: derived, checked, trained and put to the test."""


_corpus_option = click.option(
    "--corpus",
    default="bundled",
    show_default=True,
    help="bundled, ptb, nltk:NAME, raw:PATH (prose), or the path of a text with a sentence a line.",
)


@main.command()
@_corpus_option
@click.option("-p", "--parameter", "parameters", nargs=2, multiple=True, metavar="NAME VALUE")
@click.option("--output", type=click.Path(path_type=Path), help="Folder; default report/build.")
def report(corpus, parameters, output):
    """Run the notebooks on a text and write the PDF report."""
    from .reporting.build import make_report, parse_value

    values = {name: parse_value(value) for name, value in parameters}
    path = make_report(corpus, values, output, echo=lambda line: click.echo(line, err=True))
    click.echo(path)


@main.command()
@click.argument("name", required=False)
def data(name):
    """List the sources of text, or fetch NAME if needed and print its provenance."""
    from .text.corpus import SOURCES, load_corpus

    if name is None:
        width = max(map(len, SOURCES))
        for source, meaning in SOURCES.items():
            click.echo(f"{source:{width}}  {meaning}")
        return
    for key, value in load_corpus(name).provenance.as_dict().items():
        click.echo(f"{key + ':':15}{f'{value:,}' if isinstance(value, int) else value}")


@main.command()
@click.option("--points", default=200, show_default=True, help="Random points a numeric judge tries.")
@click.option("--seed", default=0, show_default=True)
def check(points, seed):
    """Put every gradient before every judge, and wrong gradients too; status 1 if one fails."""
    from .gradients import equation_checks, kernel_checks

    if points < 1:
        raise W2VError(f"points={points} is not allowed: give a whole number of at least 1.")
    verdicts = equation_checks.check_all(points, seed) + kernel_checks.check_windows(points, seed)
    verdicts += kernel_checks.check_kernels(points, seed) + kernel_checks.check_extremes()
    click.echo(equation_checks.results_table(verdicts).to_string(index=False))
    tally = equation_checks.check_injected_errors(seed=seed)
    click.echo(
        "\nWrong gradients rejected:\n" + equation_checks.injected_errors_table(tally).to_string(index=False)
    )
    failed = sum(not v.passed for v in verdicts)
    missed = sum(planted - rejected for planted, rejected in tally.values())
    click.echo(f"\n{len(verdicts)} checks, {failed} failed; {missed} planted errors missed")
    if failed or missed:
        sys.exit(1)


@main.command()
@_corpus_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the vectors go: .npz, or word2vec's .txt, .vec (text) or .bin (binary).",
)
@click.option("--dim", default=100, show_default=True, help="Length of a vector.")
@click.option("--window", default=5, show_default=True, help="Farthest context word.")
@click.option("--n-negatives", default=5, show_default=True, help="Negative samples a pair.")
@click.option("--subsample", default=1e-3, show_default=True, help="Frequency above which words are thinned.")
@click.option("--min-count", default=1, show_default=True, help="Leave out words seen less often.")
@click.option("--max-vocab", type=int, help="Keep at most so many words.")
@click.option(
    "--noise-exponent", default=0.75, show_default=True, help="Negatives from counts to this power."
)
@click.option("--learning-rate", default=0.025, show_default=True, help="Learning rate at the start.")
@click.option("--min-learning-rate", default=1e-4, show_default=True, help="Learning rate at the end.")
@click.option("--epochs", default=5, show_default=True, help="Passes over the text.")
@click.option("--seed", default=0, show_default=True)
@click.option("--threads", type=int, help="Default: all; the result is the same for any number.")
@click.option(
    "--rare",
    default="keep",
    show_default=True,
    help="Rare words: top:K, drop:N, bpe:K, wordpiece:K, or ngrams:3:6[:BUCKETS], which npz keeps.",
)
@click.option(
    "--numbers",
    default="keep",
    show_default=True,
    help="Numbers: N, magnitude, digits, typed or typed-magnitude.",
)
@click.option("--checkpoint-dir", type=click.Path(path_type=Path), help="Save here, and go on from here.")
def train(corpus, output, checkpoint_dir, rare, numbers, **parameters):
    """Train vectors fast, by the method of SkipGram."""
    from .models.skipgram import SkipGram
    from .preprocessing.schemes import Scheme, preprocessed
    from .text.corpus import load_corpus
    from .utils.files import check_writable

    scheme = Scheme(rare, numbers)
    model = SkipGram(**parameters, subwords=scheme.subwords)
    check_writable(output)
    text = preprocessed(load_corpus(corpus), scheme)
    try:
        model.fit(text, checkpoint_dir, progress=sys.stderr.isatty())
    except KeyboardInterrupt as error:
        click.echo(f"w2v: {error}" if str(error) else "w2v: interrupted before training began.", err=True)
        sys.exit(130)
    if not any(epoch.pair_loss for epoch in model.history):
        raise W2VError(
            "No pair of words was drawn, since subsampling left no sentence two words: give more text, or "
            f"another --subsample than {model.parameters['subsample']} (0 keeps every word)."
        )
    model.embeddings.save(output)
    for epoch in model.history:
        click.echo(
            f"epoch {epoch.epoch}: loss per pair {epoch.pair_loss:.6f}, {epoch.words_per_second:,.0f} words/s"
        )
    click.echo(output)


@main.command()
@_corpus_option
@click.option("--seeds", default=5, show_default=True, help="Trainings of each scheme.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder: a row a training.")
@click.option("--dim", default=100, show_default=True, help="Length of a vector.")
@click.option("--epochs", default=5, show_default=True, help="Passes over the text.")
def ablate(corpus, seeds, output, dim, epochs):
    """Train under every scheme for rare words and numbers, and measure; rows that are there stay.

    Started again after a stop, it goes on; more seeds are added to those there.
    """
    from .experiments.ablation import PRICE, QUALITY, ablate, table
    from .text.corpus import load_corpus

    if seeds < 1:
        raise W2VError(f"seeds={seeds} is not allowed: give a whole number of at least 1.")
    text = load_corpus(corpus)
    try:
        rows = ablate(text, output, seeds, progress=sys.stderr.isatty(), dim=dim, epochs=epochs)
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
    for columns in (PRICE, QUALITY):
        click.echo(table(rows, columns).to_string(index=False))


@main.command()
@click.argument("vectors", type=click.Path(path_type=Path))
@click.option(
    "--on",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of judged word pairs (two words and a number a line) to be tested on too; repeatable.",
)
@click.option("--draws", default=1000, show_default=True, help="Resamples and permutations of a test.")
@click.option("--seed", default=0, show_default=True)
def evaluate(vectors, files, draws, seed):
    """Score vectors on word similarity and analogies, with coverage, intervals and chance.

    VECTORS is an npz of this library, or word2vec's text (.txt, .vec) or binary (.bin) format.
    """
    from .evaluation.datasets import word_pairs
    from .evaluation.similarity_analogy import evaluate, score_table
    from .models.embeddings import Embeddings

    for name, value, least in (("draws", draws, 1), ("seed", seed, 0)):
        if value < least:
            raise W2VError(f"{name}={value} is not allowed: give a whole number of at least {least}.")
    for file in files:
        word_pairs(file)  # a bad file is told before the work
    found = Embeddings.load(vectors)
    click.echo(f"{found!r}")
    click.echo(score_table(evaluate(found, files, draws, seed)).to_string(index=False))


def _recipe_options(command):
    """Add one option for each setting of the recipe."""
    for setting in reversed(fields(PUBLISHED)):
        command = click.option(
            f"--{setting.name.replace('_', '-')}",
            default=getattr(PUBLISHED, setting.name),
            show_default=True,
            help=setting.metadata["help"],
        )(command)
    return command


@main.command()
@_corpus_option
@_recipe_options
@click.option("--checkpoint-dir", type=click.Path(path_type=Path), help="Save here, and go on from here.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures here.")
def reproduce(corpus, json_path, **settings):
    """Train by the published recipe, draw for draw."""
    import numpy as np

    from .replication import published_recipe
    from .text.corpus import load_corpus
    from .utils.files import atomic_write

    text = load_corpus(corpus)
    try:
        run = published_recipe.reproduce(text, **settings, progress=sys.stderr.isatty())
    except KeyboardInterrupt:
        folder = settings["checkpoint_dir"]
        how = f"the same command goes on from {folder}" if folder else "with --checkpoint-dir it could go on"
        click.echo(f"w2v: interrupted; {how}.", err=True)
        sys.exit(130)
    record = published_recipe.summary(run)
    if json_path is not None:
        with atomic_write(json_path, "w") as handle:
            json.dump(record, handle, indent=1)
            handle.write("\n")
    click.echo(f"moving average: {run.ema_loss[-1]:.6f}" if run.ema_loss.size else "no loss recorded yet")
    if published_recipe.is_published(run):
        off = np.abs(run.ema_loss - published_recipe.published_curve()).max()
        click.echo(f"largest difference from the published curve (6 decimals): {off:.1e}")
    if run.pair_loss.size:
        click.echo(f"loss per pair (last {published_recipe.TAIL} recorded): {record['pair_loss_tail']:.6f}")
    click.echo(f"seconds: {run.seconds:.2f}")
