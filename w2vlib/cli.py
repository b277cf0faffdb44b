"""The command ``w2v``: thin wrappers around the library."""

import functools
import inspect
import json
import sys
from dataclasses import fields
from pathlib import Path

import click

from .classroom_commands import COMMANDS
from .cluster.command import count, scheduler_option, sweep
from .models.skipgram import SkipGram
from .replication.settings import PUBLISHED
from .text_commands import data, encode, opened_text
from .utils.command_group import CommandGroup
from .utils.errors import W2VError
from .utils.validation import DRAWS, N_SEEDS, Whole, check_all


@click.group(cls=CommandGroup)
@click.version_option(package_name="w2vlib")
def main():
    """Skip-gram word2vec: derived, checked, trained and tested."""


for _command in (*COMMANDS, sweep, count, data, encode):
    main.add_command(_command)


# Options that belong to no class with rules of its own; the bounds keep time and memory finite.
_RULES = {
    "seeds": N_SEEDS,
    "draws": DRAWS,
    "seed": Whole(0),
    "words": Whole(1, 1_000_000),
}


_check = functools.partial(check_all, _RULES)


def _option(name, default, text):
    """Make the option of one setting; a default of None stands for a whole number that may be left out."""
    if isinstance(default, bool):
        return click.option(f"--{name.replace('_', '-')}", is_flag=True, default=default, help=text)
    kind = int if default is None else type(default)
    return click.option(
        f"--{name.replace('_', '-')}", type=kind, default=default, show_default=default is not None, help=text
    )


def _options(*options):
    """Add several options to a command, in this order."""

    def decorate(command):
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# What the options of the estimator say; their names and defaults are those of its constructor.
_TRAINING_HELP = {
    "dim": "Length of a vector.",
    "window": "Largest distance of a context word.",
    "n_negatives": "Negative samples per pair.",
    "subsample": "Relative frequency above which words are subsampled; 0 keeps every word.",
    "min_count": "Leave out words with fewer occurrences.",
    "max_vocab": "Largest number of words in the vocabulary.",
    "noise_exponent": "Negatives are drawn in proportion to counts raised to this power.",
    "learning_rate": "Learning rate at the start.",
    "min_learning_rate": "Learning rate at the end.",
    "epochs": "Passes over the text.",
    "seed": "Seed of all random draws.",
    "threads": "Default: all; the result is the same for any number.",
    "objective": "skip-gram, or cbow: predict a word from the mean of its context.",
    "combine": "Vectors of words: input, or input+output for the sum of input and output vectors.",
    "center": "Subtract the mean vector of all words.",
    "partitions": "Of the vocabulary, 1, 2, 4 … 64: as many threads have work. Default: by its size.",
}


def _training_options(*names):
    """Options for parameters of `SkipGram`: those named, or all but the n-grams, which --rare sets."""
    parameters = inspect.signature(SkipGram).parameters
    chosen = names or [name for name in parameters if name != "subwords"]
    return _options(*(_option(name, parameters[name].default, _TRAINING_HELP[name]) for name in chosen))


_recipe_options = _options(
    *(_option(s.name, getattr(PUBLISHED, s.name), s.metadata["help"]) for s in fields(PUBLISHED))
)
_checkpoint_option = click.option(
    "--checkpoint-dir",
    type=click.Path(path_type=Path),
    help="Save the state in this folder; the same command goes on from there.",
)
_corpus_option = click.option(
    "--corpus",
    default="bundled",
    show_default=True,
    help="bundled, ptb, nltk:NAME, raw:PATH (prose), or the path of a text with one sentence per line.",
)


@main.command()
@_corpus_option
@click.option(
    "-p",
    "--parameter",
    "parameters",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    help="A parameter of the notebooks; repeatable.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the report; default report/build.")
@click.option(
    "--jobs", type=click.IntRange(1), help="Notebooks at a time; default one per processor, at most 4."
)
@click.option(
    "--no-timings",
    is_flag=True,
    help="Leave out times, peak memory and the date: the same bytes on any number of threads.",
)
def report(corpus, parameters, output, jobs, no_timings):
    """Run the notebooks on a text and write the report: report.pdf and report.html."""
    from .reporting.build import make_report
    from .reporting.notebook_parameters import parse_value

    values = {name: parse_value(value) for name, value in parameters}
    path = make_report(corpus, values, output, lambda line: click.echo(line, err=True), jobs, not no_timings)
    click.echo(path)


@main.command()
@_corpus_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Where the vectors go: .npz, or word2vec's .txt, .vec (text) or .bin (binary).",
)
@_training_options()
@click.option(
    "--rare",
    default="keep",
    show_default=True,
    help="Rare words: top:K, drop:N, bpe:K, wordpiece:K, or ngrams:3:6[:BUCKETS] (stored in .npz only).",
)
@click.option(
    "--numbers",
    default="keep",
    show_default=True,
    help="Numbers: N, magnitude, digits, typed or typed-magnitude.",
)
@click.option(
    "--init",
    type=click.Path(path_type=Path),
    help="Go on from the vectors of this file, on new text with new words; a file that --output can write.",
)
@_checkpoint_option
@click.option("--workers", type=int, help="Train over so many processes of this machine: the same bytes.")
@scheduler_option
def train(corpus, output, checkpoint_dir, rare, numbers, init, workers, scheduler, **parameters):
    """Train vectors with SkipGram.

    A text in a file may be larger than the memory. To keep its token ids for more than one training, make
    them with w2v encode, and give their folder to --corpus.

    \b
    Example:
      w2v train --corpus path/to/text.txt --output vectors.npz
    """  # noqa: D301 (click takes the character, not its name)
    from .cluster.clients import check_choice, client_or_none
    from .cluster.counting import files_of
    from .models.embeddings import Embeddings
    from .preprocessing.schemes import Scheme
    from .utils.files import check_writable

    scheme = Scheme(rare, numbers)
    model = SkipGram(**parameters, subwords=scheme.subwords)
    model.check_params()
    check_choice(workers, scheduler)
    check_writable(output, files_of(corpus))
    init = None if init is None else Embeddings.load(init)
    settings = {"init": init, "checkpoint_dir": checkpoint_dir, "progress": sys.stderr.isatty()}
    try:
        with opened_text(corpus, scheme, model) as text, client_or_none(workers, scheduler) as client:
            model.fit(text, client=client, **settings)
    except KeyboardInterrupt as error:
        click.echo(f"w2v: {error}" if str(error) else "w2v: interrupted before the training began.", err=True)
        sys.exit(130)
    model.embeddings_.save(output)
    for epoch in model.history_:
        click.echo(
            f"epoch {epoch.epoch}: loss per pair {epoch.pair_loss:.6f}, {epoch.words_per_second:,.0f} words/s"
        )
    if model.transfers_ is not None:
        click.echo(model.transfers_)
    click.echo(output)


@main.command()
@_corpus_option
@click.option("--seeds", default=5, show_default=True, help="Number of trainings per scheme.")
@click.option(
    "--output", type=click.Path(path_type=Path), required=True, help="Folder with one row per training."
)
@_training_options("dim", "epochs")
def ablate(corpus, seeds, output, dim, epochs):
    """Train and evaluate under every scheme for rare words and numbers.

    Rows that are in the folder are not computed again: after an interruption the same command goes on,
    and a larger number of seeds adds rows.
    """
    from .experiments.ablation import ablate, table
    from .experiments.ablation_row import COST, QUALITY
    from .text.corpus import load_corpus

    _check(seeds=seeds)
    text = load_corpus(corpus)
    try:
        rows = ablate(text, output, seeds, progress=sys.stderr.isatty(), dim=dim, epochs=epochs)
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
    for names in (COST, QUALITY):
        click.echo(table(rows, names).to_string(index=False))


@main.command()
@_corpus_option
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
    type=click.Path(path_type=Path),
    default="report/evidence",
    show_default=True,
    help="Folder of the records.",
)
def evidence(corpus, seeds, first_seed, chapters, output):
    """Record every figure of every test of the claims, per seed, as JSON.

    After an interruption the same command goes on.
    """
    from .experiments import evidence
    from .preprocessing.rare_words import is_preprocessed
    from .text.corpus import load_corpus

    _check(seeds=seeds, seed=first_seed)
    text = load_corpus(corpus)
    chapters = chapters or (("results",) if is_preprocessed(text) else ("results", "preprocessing"))
    given = f"--corpus {text.provenance.name} --seeds {seeds}"
    if first_seed and "results" not in chapters:
        raise W2VError("--first-seed is for the results: leave it out, or give --chapter results.")
    numbers = range(first_seed, first_seed + seeds)
    try:
        for chapter in dict.fromkeys(chapters):
            more = f" --first-seed {first_seed}" if first_seed and chapter == "results" else ""
            command = f"w2v evidence {given}{more} --chapter {chapter}"
            show = sys.stderr.isatty()
            click.echo(
                evidence.collect_results(text, PUBLISHED, numbers, output, command, show)
                if chapter == "results"
                else evidence.collect_preprocessing(text, seeds, output, command, show)
            )
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)


@main.command()
@click.argument("vectors", type=click.Path(path_type=Path))
@click.option(
    "--on",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of rated word pairs (two words and a number per line) to test on too; repeatable.",
)
@click.option(
    "--draws", default=1000, show_default=True, help="Bootstrap resamples and permutations per test."
)
@click.option("--seed", default=0, show_default=True, help="Seed of all random draws.")
def evaluate(vectors, files, draws, seed):
    """Evaluate vectors on word similarity and analogies: coverage, intervals, permutation baselines.

    Questions with an unknown word are left out of the score, and counted as zero in the last column.
    VECTORS is an npz of this library, or word2vec's text (.txt, .vec) or binary (.bin) format.
    """
    from .evaluation.datasets import word_pairs
    from .evaluation.score_tables import score_table
    from .evaluation.similarity_analogy import evaluate
    from .models.embeddings import Embeddings

    _check(draws=draws, seed=seed)
    for file in files:
        word_pairs(file)  # a bad file is reported before the long work
    embeddings = Embeddings.load(vectors)
    click.echo(f"{embeddings!r}")
    click.echo(score_table(evaluate(embeddings, files, draws, seed)).to_string(index=False))


@main.command()
@click.argument("vectors", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--html", "path", required=True, type=click.Path(path_type=Path), help="The page to write.")
@click.option(
    "--words",
    default=10_000,
    show_default=True,
    help="The most frequent words that all files have; 100 numbers of each take about 3 MB per 10,000 words.",
)
def explore(vectors, path, words):
    """Write a page to explore word vectors: a map, neighbours, analogies.

    VECTORS is an npz of this library, or word2vec's text (.txt, .vec) or binary (.bin) format, which gensim
    writes by save_word2vec_format. Two files are shown side by side, the second aligned to the first. The
    page is one file that needs no network.

    \b
    Example:
      w2v explore vectors.npz --html vectors.html
    """  # noqa: D301 (click takes the character, not its name)
    from .reporting.explorer_page import load_models, write_explorer
    from .utils.files import check_writable

    _check(words=words)
    check_writable(path, vectors)
    data = write_explorer(load_models(vectors), path, words)
    for model in data["models"]:
        click.echo(
            f"{model['name']}: {len(data['words']):,} words, {model['bits']} bits per number; ten nearest "
            f"neighbours as before rounding: {model['agreement']:.1%}"
        )
    click.echo(path)


@main.command()
@_corpus_option
@_recipe_options
@_checkpoint_option
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures to this file.")
def reproduce(corpus, json_path, **settings):
    """Train by the published recipe, with the same random draws."""
    import numpy as np

    from .cluster.counting import files_of
    from .replication import published_recipe
    from .text.corpus import load_corpus
    from .utils.files import atomic_write, check_writable

    if json_path is not None:
        check_writable(json_path, files_of(corpus))
    text = load_corpus(corpus)
    try:
        run = published_recipe.reproduce(text, **settings, progress=sys.stderr.isatty())
    except KeyboardInterrupt:
        folder = settings["checkpoint_dir"]
        how = (
            f"the same command goes on from {folder}"
            if folder
            else "use --checkpoint-dir to be able to resume"
        )
        click.echo(f"w2v: interrupted; {how}.", err=True)
        sys.exit(130)
    record = published_recipe.summary(run)
    if json_path is not None:
        with atomic_write(json_path, "w") as handle:
            json.dump(record, handle, indent=1)
            handle.write("\n")
    click.echo(f"moving average: {run.ema_loss[-1]:.6f}" if run.ema_loss.size else "no loss recorded yet")
    if published_recipe.is_published(run):
        difference = np.abs(run.ema_loss - published_recipe.published_curve()).max()
        click.echo(f"largest difference from the published curve (6 decimals): {difference:.1e}")
    if run.pair_loss.size:
        click.echo(f"loss per pair (last {published_recipe.TAIL} recorded): {record['pair_loss_tail']:.6f}")
    click.echo(f"seconds: {run.seconds:.2f}")
