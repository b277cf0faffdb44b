"""The command ``w2v``: thin wrappers around the library."""

import functools
import json
import sys
from dataclasses import fields

import click

from .classroom_commands import COMMANDS
from .cluster.command import count, scheduler_option, sweep, workers_option
from .experiment_commands import ablate, evidence
from .models.skipgram_settings import SkipGramSettings
from .options import corpus_option, option, options, training_options
from .replication.settings import PUBLISHED
from .text_commands import data, encode, opened_text
from .utils.command_group import CommandGroup, FilePath
from .utils.temporary_folders import folder_for_matplotlib
from .utils.validation import DRAWS, Whole, check_all


@click.group(cls=CommandGroup)
@click.version_option(package_name="w2vlib")
def main():
    """Skip-gram word2vec: derived, checked, trained and tested."""
    click.get_current_context().with_resource(folder_for_matplotlib())


for _command in (*COMMANDS, ablate, evidence, sweep, count, data, encode):
    main.add_command(_command)


# Options that belong to no class with rules of its own; the bounds keep time and memory finite.
_RULES = {
    "draws": DRAWS,
    "seed": Whole(0),
    "words": Whole(1, 1_000_000),
}


_check = functools.partial(check_all, _RULES)


_recipe_options = options(
    *(option(s.name, getattr(PUBLISHED, s.name), s.metadata["help"]) for s in fields(PUBLISHED))
)
_checkpoint_option = click.option(
    "--checkpoint-dir",
    type=FilePath(),
    help="Save the state in this folder; the same command goes on from there.",
)


@main.command()
@corpus_option
@click.option(
    "-p",
    "--parameter",
    "parameters",
    nargs=2,
    multiple=True,
    metavar="NAME VALUE",
    help="A parameter of the notebooks; repeatable.",
)
@click.option("--output", type=FilePath(), help="Folder of the report; default report/build.")
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
    echo = functools.partial(click.echo, err=True)
    click.echo(make_report(corpus, values, output, echo, jobs, not no_timings))


@main.command()
@corpus_option
@click.option(
    "--output",
    type=FilePath(),
    required=True,
    help="Where the vectors go: .npz, or word2vec's .txt, .vec (text) or .bin (binary).",
)
@training_options()
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
    type=FilePath(),
    help="Go on from the vectors of this file, on new text with new words; a file that --output can write.",
)
@_checkpoint_option
@workers_option("Train over so many processes of this machine: the same bytes.")
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
    settings = SkipGramSettings(**parameters, subwords=scheme.subwords)
    settings.check_params()
    check_choice(workers, scheduler)
    check_writable(output, [*files_of(corpus), init, checkpoint_dir])
    init = None if init is None else Embeddings.load(init)
    progress = sys.stderr.isatty()
    cluster = workers, scheduler, ["w2vlib.models.partition_holder"]
    try:
        with opened_text(corpus, scheme, settings) as text, client_or_none(*cluster) as client:
            from .models.skipgram_trainer import SkipGramTrainer  # the compiler takes half a second to import

            model = SkipGramTrainer(**vars(settings))
            model.fit(text, client=client, init=init, checkpoint_dir=checkpoint_dir, progress=progress)
    except KeyboardInterrupt as error:
        click.echo(f"w2v: {error}" if str(error) else "w2v: interrupted before the training began.", err=True)
        sys.exit(130)
    model.embeddings_.save(output)
    for epoch in model.history_:
        loss = f"loss per pair {epoch.pair_loss:.6f}" if epoch.pair_loss > 0 else "no pair was drawn"
        click.echo(f"epoch {epoch.epoch}: {loss}, {epoch.words_per_second:,.0f} words/s")
    if model.transfers_ is not None:
        click.echo(model.transfers_)
    click.echo(output)


@main.command()
@click.argument("vectors", type=FilePath())
@click.option(
    "--on",
    "files",
    multiple=True,
    type=FilePath(),
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
@click.argument("vectors", nargs=-1, required=True, type=FilePath())
@click.option("--html", "path", required=True, type=FilePath(), help="The page to write.")
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
@corpus_option
@_recipe_options
@_checkpoint_option
@click.option("--json", "json_path", type=FilePath(), help="Write the figures to this file.")
def reproduce(corpus, json_path, **settings):
    """Train by the published recipe, with the same random draws."""
    import numpy as np

    from .cluster.counting import files_of
    from .replication import published_recipe
    from .text.corpus import load_corpus
    from .utils.files import atomic_write, check_writable

    if json_path is not None:
        check_writable(json_path, [*files_of(corpus), settings["checkpoint_dir"]])
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
        n_tail = published_recipe.tail_size(run)
        click.echo(f"loss per pair (last {n_tail} recorded): {record['pair_loss_tail']:.6f}")
    click.echo(f"seconds: {run.seconds:.2f}")
