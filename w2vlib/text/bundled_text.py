"""The text of the gensim wheel → sentences of tokens, which are stored, since to make them takes seconds."""

import bz2
import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

from ..utils.errors import W2VError
from ..utils.files import atomic_write, check_is_file, data_dir, sha256_of
from ..utils.gensim_data import gensim_data
from . import tokenizer, wikipedia

_WIKI_DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_NEWS = "lee_background.cor"


def read_bundled_text(folder=None):
    """Read the Wikipedia articles and the news stories of the gensim wheel.

    Parameters
    ----------
    folder : Path, optional
        Where the sentences are stored for the next call, under a name that depends on the wheel's files, on
        the code that reads them, and on the versions of gensim and Python; default: the folder for
        downloaded texts. Where nothing can be written, nothing is stored.

    Returns
    -------
    (list of lists of str, str, str)
        Sentences; where they come from, with counts; SHA-256 of the wheel's files.

    Examples
    --------
    >>> sentences, source, sha256 = read_bundled_text()
    >>> len(sentences), source, sha256[:8]
    (23626, "109 Wikipedia articles and 300 ABC news stories (gensim's test data)", 'c2592a8b')
    """
    dump, news = gensim_data(_WIKI_DUMP), gensim_data(_NEWS)
    sha256 = sha256_of(dump, news)
    code = (Path(module) for module in (__file__, tokenizer.__file__, wikipedia.__file__))
    identity = sha256_of(f"{sha256} {version('gensim')} {sys.version}".encode(), *code)
    path = (data_dir() if folder is None else folder) / f"bundled-{identity[:16]}.txt"
    if (stored := _read(path)) is None:
        stored = _made(dump, news)
        _store(path, *stored)
    return *stored, sha256


def _made(dump, news):
    """Take the sentences from the wheel's files; they, and where they come from."""
    from gensim.corpora.wikicorpus import extract_pages

    sentences, articles = [], 0
    with bz2.open(dump) as handle:
        for _title, markup, _id in extract_pages(handle, filter_namespaces=("0",)):
            article = tokenizer.sentences_of(wikipedia.paragraphs(markup))
            articles += bool(article)
            sentences += article
    stories = news.read_text(encoding="utf-8").splitlines()
    sentences += tokenizer.sentences_of(stories)
    return (
        sentences,
        f"{articles} Wikipedia articles and {len(stories)} ABC news stories (gensim's test data)",
    )


def _store(path, sentences, source):
    """Write sentences to a file, and remove those of other versions; nothing where that is not allowed.

    A link, a pipe or a device of this name is of somebody else, and stays.
    """
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return
    text = "\n".join(map(" ".join, sentences)).encode()
    head = {"source": source, "sha256": hashlib.sha256(text).hexdigest()}
    try:
        with atomic_write(path) as handle:
            handle.write(json.dumps(head).encode() + b"\n" + text)
        for other in path.parent.glob(f"bundled-{'[0-9a-f]' * 16}.txt"):
            if other != path:
                other.unlink(missing_ok=True)
    except (W2VError, OSError):  # a folder of somebody else, or no space
        return


def _read(path):
    """Sentences that were stored, and where they come from; None without a file, or if it is damaged."""
    try:
        check_is_file(path)
        head, _, text = path.read_bytes().partition(b"\n")
        head = json.loads(head)
        if head["sha256"] != hashlib.sha256(text).hexdigest() or not isinstance(head["source"], str):
            return None
        return [line.split(" ") for line in text.decode().split("\n")], head["source"]
    except (W2VError, OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
