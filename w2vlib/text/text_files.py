"""Text files → lines, read in blocks, compressed or not."""

import bz2
import gzip
import lzma

from ..utils.errors import W2VError
from ..utils.files import check_is_file, explained_read_errors

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_BLOCK = 1 << 20  # bytes read at a time; no word is as long
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
    opener = _OPENERS.get(path.suffix, open)
    with explained_read_errors(path, "text", "download or copy it again"), opener(path, "rb") as handle:
        for number, line in enumerate(_byte_lines(path, handle), 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise W2VError(
                    f"{path} is not UTF-8 text (byte {line[error.start]:#04x} in line {number}): convert "
                    "it, e.g. with iconv -f LATIN1 -t UTF-8."
                ) from None
            yield from text.removesuffix("\r").split("\r")


def _byte_lines(path, handle):
    """Lines of an open file as bytes; a block that cannot be text is refused."""
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
                raise W2VError(f"{path} has a word of over {_BLOCK:,} bytes: give text with white space.")
        length += len(block)
        if length > limit:
            raise W2VError(
                f"{path} unpacks to over {_LARGEST_RATIO} times its size, which no text does: download or "
                "copy it again."
            )
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
