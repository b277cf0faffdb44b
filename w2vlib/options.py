"""Options that several commands of ``w2v`` have."""

import inspect

import click

from .models.skipgram_settings import SkipGramSettings


def option(name, default, text):
    """Make the option of one setting; a default of None stands for a whole number that may be left out."""
    if isinstance(default, bool):
        return click.option(f"--{name.replace('_', '-')}", is_flag=True, default=default, help=text)
    kind = int if default is None else type(default)
    return click.option(
        f"--{name.replace('_', '-')}", type=kind, default=default, show_default=default is not None, help=text
    )


def options(*several):
    """Add several options to a command, in this order."""

    def decorate(command):
        for one in reversed(several):
            command = one(command)
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


def training_options(*names):
    """Options for parameters of `SkipGram`: those named, or all but the n-grams, which --rare sets."""
    parameters = inspect.signature(SkipGramSettings).parameters
    chosen = names or [name for name in parameters if name != "subwords"]
    return options(*(option(name, parameters[name].default, _TRAINING_HELP[name]) for name in chosen))


corpus_option = click.option(
    "--corpus",
    default="bundled",
    show_default=True,
    help="bundled, ptb, nltk:NAME, raw:PATH (prose), or the path of a text with one sentence per line.",
)
