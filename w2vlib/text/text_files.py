"""Text files → lines, read in blocks, compressed or not."""

import bz2
import gzip
import lzma

from ..utils.errors import W2VError
from ..utils.files import check_is_file, explained_read_errors

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BLOCK = 1 << 20  # bytes read at a time; no word of a text is as long
_LONGEST_LINE = 100_000_000  # bytes
_LARGEST_RATIO = 200  # bytes of text per compressed byte; text has 2 to 10


def read_lines(path):
    r"""Read the lines (str without line ends) of UTF-8 text one by one; only one is in memory.

    ``.gz``, ``.bz2`` and ``.xz`` are decompressed. Lines end with LF, CR LF or CR; `str.splitlines`
    would also split at form feeds and other separators.

    Parameters
    ----------
    path : Path

    Raises
    ------
    W2VError
        If there is no such file, or it is binary, damaged, not UTF-8, or has a line of over 100 MB.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "text.txt.gz"
    ...     _ = path.write_bytes(gzip.compress(b"the cat sleeps\r\na dog"))
    ...     list(read_lines(path))
    ['the cat sleeps', 'a dog']
    """
    check_is_file(path)
    with explained_text_errors(path), open(path, "rb") as file:
        for number, line in enumerate(_byte_lines(path, file), 1):
            text = decoded(line, path, number, "utf-8-sig" if number == 1 else "utf-8")
            yield from text.removesuffix("\r").split("\r")


def explained_text_errors(path):
    """Turn any error inside the block into a `W2VError` that says why the text `path` cannot be read.

    Examples
    --------
    >>> with explained_text_errors("text.txt"):
    ...     raise EOFError("no end")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: text.txt does not hold text, or is damaged (no end): download or ...
    """
    return explained_read_errors(path, "text", "download or copy it again")


def decoded(text, path, line, encoding="utf-8"):
    r"""Decode bytes of a file; `line` is the number of the first line in them, for the message.

    Raises
    ------
    W2VError
        If they are not UTF-8.

    Examples
    --------
    >>> decoded(b"the cat\nna\xefve", "text.txt", line=7)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: text.txt is not UTF-8 text (byte 0xef in line 8): convert it, ...
    """
    try:
        return text.decode(encoding)
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
        raise W2VError(
            f"{path} is not UTF-8 text (byte {error.object[error.start]:#04x} in line {line}): convert "
            "it, e.g. with iconv -f LATIN1 -t UTF-8."
        ) from None


def read_blocks(path, file):
    r"""Read UTF-8 text in blocks of bytes, of one size but the last, decompressed by the suffix of its path.

    Parameters
    ----------
    path : Path
    file : binary file
        What is at this path, open for reading.

    Raises
    ------
    W2VError
        For a block that cannot be text.

    Examples
    --------
    >>> import io
    >>> from pathlib import Path
    >>> list(read_blocks(Path(__file__), io.BytesIO(b"the cat\nthe dog\n")))
    [b'the cat\nthe dog\n']
    """
    length = 0
    handle = _OPENERS[path.suffix](file) if path.suffix in _OPENERS else file
    limit = (
        max(_LARGEST_RATIO * path.stat().st_size, 20 * _BLOCK) if path.suffix in _OPENERS else float("inf")
    )
    while block := handle.read(_BLOCK):
        if length == 0 and block.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
            code = "UTF-32" if b"\0\0" in block[:4] else "UTF-16"
            raise W2VError(f"{path} is {code}: convert it with iconv -f {code} -t UTF-8.")
        if b"\x00" in block:
            raise W2VError(f"{path} is a binary file, not text: give UTF-8 text.")
        if len(block) == _BLOCK and len(block.split(None, 1)) == 1 and not block[:1].isspace():
            if not block[-1:].isspace():
                raise W2VError(f"{path} has a word of over {_BLOCK:,} bytes: give text with white space.")
        length += len(block)
        if length > limit:
            raise W2VError(
                f"{path} unpacks to over {_LARGEST_RATIO} times its size, which no text does: download or "
                "copy it again."
            )
        yield block


def _byte_lines(path, file):
    """Lines of an open file as bytes."""
    parts = []
    for block in read_blocks(path, file):
        *complete, rest = block.split(b"\n")
        for line in complete:
            yield b"".join([*parts, line])
            parts = []
        parts.append(rest if rest.strip() else rest[:1])
        if sum(map(len, parts)) > _LONGEST_LINE:
            raise W2VError(
                f"{path} has a line of over {_LONGEST_LINE:,} bytes: give a text with one sentence per line."
            )
    if parts:
        yield b"".join(parts)
