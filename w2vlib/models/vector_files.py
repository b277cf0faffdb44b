"""Files of word vectors: npz without pickle, and word2vec's text and binary formats."""

import json
import mmap
import os
from pathlib import Path

import numpy as np

from ..preprocessing.char_ngrams import CharNGrams, NGramVectors
from ..text.vocabulary import Vocabulary
from ..utils.addresses import address_of, local_copy
from ..utils.arguments import as_path
from ..utils.errors import W2VError, shown
from ..utils.files import atomic_write, check_is_file, explained_read_errors
from ..utils.npz_archives import arrays_of

_FORMAT = "w2vlib embeddings 1"
_ARRAYS = "format", "vectors", "words", "counts", "ngram_scheme", "ngram_buckets", "ngram_vectors"
_NEEDED, _NGRAMS = _ARRAYS[:4], _ARRAYS[4:]
_LARGEST = 1e150  # of a number in a vector: its square is in the range of float64
_LINE = 1000  # bytes of the first line of word2vec's formats, at most
_LONGEST = 1 << 20  # bytes of a word in a binary file, as in a text
_WORD2VEC = {".txt": "text", ".vec": "text", ".bin": "binary"}


def save(path, embeddings):
    """Write `Embeddings` in the format that the name of the file decides; see `Embeddings.save`.

    Examples
    --------
    >>> import tempfile
    >>> from w2vlib import Embeddings
    >>> e = Embeddings(np.array([[1.0, 0.5]]), Vocabulary(("cat",), np.array([3])))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cat.txt"
    ...     save(path, e)
    ...     print(path.read_text(encoding="utf-8").splitlines())
    ['1 2', 'cat 1.0 0.5']
    """
    form = _WORD2VEC.get(as_path(path).suffix)
    if form is not None:
        _save_word2vec(path, embeddings, form)
        return
    vocab, ngrams = embeddings.vocab, embeddings.ngrams
    words = np.frombuffer(json.dumps(vocab.words, ensure_ascii=False).encode(), np.uint8)
    arrays = {"vectors": embeddings.vectors, "words": words, "counts": vocab.counts}
    if ngrams is not None:
        scheme = ngrams.scheme
        arrays["ngram_scheme"] = np.array([scheme.shortest, scheme.longest, scheme.buckets])
        arrays |= {"ngram_buckets": ngrams.buckets, "ngram_vectors": ngrams.vectors}
    with atomic_write(path) as handle:
        np.savez(handle, format=np.array(_FORMAT), **arrays)


def _save_word2vec(path, embeddings, form):
    """Write in word2vec's formats; gensim's writer is not used, since it cannot write to an open file."""
    words = embeddings.vocab.words
    spaced = next((word for word in words if not word or word.split() != [word]), None)
    if spaced is not None:
        raise W2VError(
            f"{spaced!r} is empty or holds white space, which word2vec's formats cannot express: save as npz."
        )
    if form == "binary":
        _require_binary_words(words)
    rows = as_float32(embeddings.vectors)
    lost = ~rows.any(axis=1) & embeddings.vectors.any(axis=1)
    if lost.any():
        raise W2VError(
            f"The vector of {words[lost.argmax()]!r} is too small for float32, which word2vec's formats "
            "have: save as npz, or multiply all vectors by one number."
        )
    with atomic_write(path) as handle:
        handle.write(f"{len(rows)} {rows.shape[1]}\n".encode())
        for word, row in zip(words, rows, strict=True):
            numbers = row.astype("<f4").tobytes() if form == "binary" else " ".join(map(str, row)).encode()
            handle.write(word.encode() + b" " + numbers + b"\n")


def _require_binary_words(words):
    """Refuse words that `_check_words` would take for damaged numbers."""
    for word in words:
        if "\0" in word or len(word.encode()) > _LONGEST:
            what = "a zero byte" if "\0" in word else f"over {_LONGEST:,} bytes"
            raise W2VError(
                f"{shown(word)} has {what}, which a binary file of word2vec's format cannot express: "
                "save as npz."
            )


def as_float32(vectors):
    """Array of float32 numbers; no copy if it is one.

    Raises
    ------
    W2VError
        If a number is too large.

    Examples
    --------
    >>> as_float32(np.array([1e39]))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The vectors hold numbers that float32 cannot: divide all by one number.
    """
    with np.errstate(over="ignore", under="ignore"):
        rows = np.asarray(vectors, np.float32)
    if not np.isfinite(rows).all():
        raise W2VError("The vectors hold numbers that float32 cannot: divide all by one number.")
    return rows


def load(path):
    """Read vectors; (vectors, vocab, n-gram vectors or None). See `Embeddings.load`.

    Examples
    --------
    >>> import tempfile
    >>> from w2vlib import Embeddings
    >>> e = Embeddings(np.array([[1.0, 0.5]]), Vocabulary(("cat",), np.array([3])))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "cat.npz"
    ...     save(path, e)
    ...     vectors, vocab, ngrams = load(path)
    >>> vectors.tolist(), vocab.words, vocab.counts.tolist(), ngrams
    ([[1.0, 0.5]], ('cat',), [3], None)
    """
    if (address := address_of(path)) is not None:
        with local_copy(address) as copy:
            return load(copy)
    check_is_file(path)
    form = _WORD2VEC.get(Path(path).suffix)
    remedy = "check the file, or write it again"
    if form is not None:
        with explained_read_errors(path, f"vectors in word2vec's {form} format", remedy):
            return _checked(*from_keyed_vectors(_read_word2vec(path, form)))
    with explained_read_errors(path, "embeddings of w2vlib", remedy), open(path, "rb") as handle:
        with np.load(handle, allow_pickle=False) as archive:
            arrays = arrays_of(archive, _ARRAYS)
        needed = _ARRAYS if any(name in arrays for name in _NGRAMS) else _NEEDED
        if missing := [name for name in needed if name not in arrays]:
            raise ValueError(f"it has no array {missing[0]!r}")
        if str(arrays["format"]) != _FORMAT:
            raise ValueError(f"its format is {str(arrays['format'])[:40]!r}")
        words = json.loads(arrays["words"].tobytes().decode())
        if not isinstance(words, list):
            raise ValueError("its words are no list")
        vocab = Vocabulary(tuple(words), arrays["counts"])
        ngrams = None
        if "ngram_scheme" in arrays:
            shortest, longest, buckets = arrays["ngram_scheme"].tolist()
            scheme = CharNGrams(shortest, longest, buckets)
            ngrams = NGramVectors(scheme, arrays["ngram_buckets"], arrays["ngram_vectors"])
            ngrams.check(arrays["vectors"].shape[-1])
        return _checked(arrays["vectors"], vocab, ngrams)


def _checked(vectors, vocab, ngrams=None):
    """Refuse what `save` never writes."""
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or 0 in vectors.shape or len(vectors) != len(vocab):
        raise ValueError(f"{len(vocab)} words and an array of {vectors.dtype} with shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors that are not finite")
    check_numbers(vectors)
    return vectors, vocab, ngrams


def check_numbers(vectors):
    """Refuse NaN, infinite numbers, and numbers above 1e150.

    Examples
    --------
    >>> check_numbers(np.array([[1e151]]))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The vectors hold numbers above 1e+150, whose squares are infinite: ...
    """
    if not np.isfinite(vectors).all():
        raise W2VError("The vectors hold NaN or infinite numbers: give finite ones.")
    if max(float(vectors.max(initial=0)), -float(vectors.min(initial=0))) > _LARGEST:
        raise W2VError(
            f"The vectors hold numbers above {_LARGEST:g}, whose squares are infinite: divide all by one "
            "number, which changes no cosine."
        )


def from_keyed_vectors(keyed):
    """Vectors and vocabulary of gensim's `KeyedVectors`; without counts, words count as ranked.

    Examples
    --------
    >>> from gensim.models import KeyedVectors
    >>> keyed = KeyedVectors(2)
    >>> keyed.add_vectors(["cat", "dog"], np.eye(2, dtype=np.float32))
    >>> vectors, vocab = from_keyed_vectors(keyed)
    >>> vocab.words, vocab.counts.tolist()
    (('cat', 'dog'), [2, 1])
    """
    if not hasattr(keyed, "index_to_key"):
        raise W2VError(f"gensim's KeyedVectors are converted, and a {type(keyed).__name__} came.")
    words = tuple(keyed.index_to_key)
    if "count" in keyed.expandos:
        found = [keyed.get_vecattr(word, "count") for word in words]
        counts = [int(n) if isinstance(n, float | np.floating) and n.is_integer() else n for n in found]
    else:
        counts = np.arange(len(words), 0, -1)
    return np.array(keyed.vectors, subok=True), Vocabulary(words, counts)  # masked ones are refused


def _read_word2vec(path, form):
    from gensim.models import KeyedVectors

    _check_size(path, form)
    if form == "binary":
        _check_words(path)
    with np.errstate(over="ignore"):  # what is too large is refused with what is not finite
        keyed = KeyedVectors.load_word2vec_format(os.path.abspath(path), binary=form == "binary")
    words = keyed.index_to_key
    if None in words:  # what gensim leaves for a repeated word
        raise ValueError("a word stands there twice, or words are missing")
    if "" in words:
        raise ValueError("a word is empty")
    with open(path, "rb") as handle:
        start = len(handle.readline())
        if form == "text":
            more = _n_rows(handle, keyed.vector_size) > len(words)
        else:  # behind each row there may be the end of a line
            size = sum(len(word.encode()) + 2 + 4 * keyed.vector_size for word in words)
            more = Path(path).stat().st_size > start + size
    if more:
        raise ValueError(f"more rows than the {len(words)} of its first line")
    return keyed


def _check_size(path, form):
    """Refuse a file that is too short for the rows of its first line: gensim makes room for all of them."""
    with open(path, "rb") as handle:
        line = handle.readline(_LINE)
        try:
            n, dim = map(int, line.split())
        except ValueError:
            line = line[:60].decode(errors="replace").strip()
            raise ValueError(
                f"its first line is not two numbers, of rows and of columns, but {line!r}"
            ) from None
        left = os.path.getsize(path) - handle.tell() + 1  # the last line may have no end
    if n * (2 + (2 if form == "text" else 4) * dim) > left:  # a letter and white space, then the numbers
        raise ValueError(f"it is too short for {n} rows of {dim} numbers, which its first line names")


def _check_words(path):
    """Refuse words in a binary file that none has: the numbers before them are damaged."""
    with open(path, "rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
        n, dim = map(int, handle.readline(_LINE).split())
        place = handle.tell()
        for row in range(1, n + 1):
            place += content[place : place + 1] == b"\n"  # the end of the row before
            end = content.find(b" ", place, place + _LONGEST + 1)
            if end < 0:
                raise ValueError(f"no word of at most {_LONGEST} bytes begins row {row}")
            word = content[place:end]
            if word.translate(None, b"\n\r\t\0") != word:
                shown_word = repr(word[:40].decode(errors="replace"))
                raise ValueError(
                    f"row {row} begins with {shown_word}, with white space or a zero byte in it: lines may "
                    "end with CR LF"
                )
            place = end + 1 + 4 * dim


def _n_rows(lines, dim):
    """Count the rows of a text with vectors; refuse one that has not `dim` numbers.

    gensim refuses most of them, but repeats a single number `dim` times.
    """
    n = 0
    for line in lines:
        n += not line.isspace()
        found = line.rstrip().count(b" ")
        if found != dim and not line.isspace():
            raise ValueError(f"row {n} has {found} of {dim} numbers")
    return n
