"""The commands ``w2v data`` and ``w2v encode``, and the text of ``w2v train``."""

import sys
from contextlib import contextmanager

import click

from .utils.command_group import FilePath


@click.command()
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


@click.command()
@click.argument("files", nargs=-1, required=True, type=FilePath())
@click.option("--output", type=FilePath(), required=True, help="Folder of the token ids.")
@click.option("--min-count", default=1, show_default=True, help="Leave out words with fewer occurrences.")
@click.option("--max-vocab", type=int, help="Largest number of words.")
def encode(files, output, min_count, max_vocab):
    """Turn text FILES of any size into token ids in a folder, for w2v train --corpus FOLDER.

    A file is UTF-8 text (.gz, .bz2 and .xz too) with one sentence per line and white space between tokens.
    The text is never in memory as a whole. After an interruption the same command goes on; if nothing has
    changed, it does nothing.

    \b
    Example:
      w2v encode wiki.txt.gz news.txt --output ids --min-count 5
      w2v train --corpus ids --output vectors.npz --dim 300
    """  # noqa: D301 (click takes the character, not its name)
    from .text.text_encoder import encode_files

    try:
        text = encode_files(files, output, min_count, max_vocab, progress=sys.stderr.isatty())
    except KeyboardInterrupt:
        click.echo(f"w2v: interrupted; the same command goes on from {output}.", err=True)
        sys.exit(130)
    click.echo(f"{output}: {len(text):,} sentences, {len(text.ids):,} tokens, {len(text.vocab):,} words")


@contextmanager
def opened_text(corpus, scheme, settings):
    """Open the text of a training; a file of text becomes ids, for the length of the block.

    Parameters
    ----------
    corpus : str
        The option --corpus.
    scheme : Scheme
        With one, the text is read into memory.
    settings : SkipGramSettings
    """
    from .cluster.counting import TextInFiles, is_pattern
    from .preprocessing.schemes import Scheme, preprocessed
    from .text.corpus import is_text_file, load_corpus
    from .text.encoded_text import EncodedText, is_encoded
    from .utils.errors import W2VError
    from .utils.temporary_folders import temporary_folder

    as_written = scheme == Scheme()
    if is_encoded(corpus):
        if not as_written:
            raise W2VError(f"--rare and --numbers need words, and {corpus} holds ids: give the text itself.")
        yield EncodedText(corpus)
    elif as_written and is_pattern(corpus):
        yield TextInFiles(corpus)
    elif as_written and is_text_file(corpus):
        from .text.text_encoder import encode_files  # here, for the compiler takes half a second to import

        with temporary_folder("w2vlib-ids-") as folder:
            limits = settings.min_count, settings.max_vocab
            try:
                text = encode_files(corpus, folder / "ids", *limits, progress=sys.stderr.isatty())
            except KeyboardInterrupt:
                raise KeyboardInterrupt(
                    "interrupted before the training began; w2v encode goes on with a text where it stopped."
                ) from None
            yield text
    else:
        yield preprocessed(load_corpus(corpus), scheme)
