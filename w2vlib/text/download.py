"""Files of a corpus that the project may not contain: read from a folder, or downloaded and checked."""

import errno
import gzip
import lzma
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import data_dir, sha256_of
from ..utils.folder_lock import folder_for_results
from ..utils.temporary_folders import temporary_folder

TIMEOUT = 30  # seconds without an answer before the next mirror is tried


@dataclass(frozen=True)
class Mirror:
    """Where a file can be downloaded: `url`, and for a tar archive the `member` to extract.

    Examples
    --------
    >>> Mirror("https://example.org/texts.tgz", member="texts/train.txt").member
    'texts/train.txt'
    """

    url: str
    member: str | None = None


def find_or_fetch(filename, sha256, mirrors, folder=None, progress=True):
    """Path of a file with the given checksum, which is downloaded if no folder has it.

    The file is searched in ``$W2VLIB_DATA``, then in `folder`; then each mirror is tried in order. A
    download is written to a temporary file and renamed after its checksum was verified, so that an
    incomplete file never has the final name.

    Parameters
    ----------
    filename : str
    sha256 : str
        Hexadecimal.
    mirrors : iterable of Mirror
    folder : str or Path, optional
        Default: the project's ``data/``.
    progress : bool
        Show a progress bar.

    Raises
    ------
    W2VError
        If a file of this name has another checksum, or if no mirror has the right file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "text.txt"
    ...     _ = path.write_bytes(b"word2vec")
    ...     find_or_fetch("text.txt", sha256_of(b"word2vec"), [], folder) == path
    True
    """
    folder = Path(folder) if folder is not None else data_dir()
    for path in places_of(filename, folder):
        if path.is_file():
            if (checksum := sha256_of(path)) != sha256:
                raise W2VError(
                    f"{path} is not the expected {filename} (SHA-256 {checksum[:12]}…, expected "
                    f"{sha256[:12]}…): remove it, or give its path as the corpus to use it unchanged."
                )
            return path
    return _fetch(filename, sha256, mirrors, folder, progress)


def places_of(filename, folder=None):
    """List where a text is looked for: paths in ``$W2VLIB_DATA`` and in `folder`, by default `data_dir`.

    Examples
    --------
    >>> [path.name for path in places_of("text.txt", "data")][-1]
    'text.txt'
    """
    folders = [os.environ["W2VLIB_DATA"]] if os.environ.get("W2VLIB_DATA") else []
    return [Path(each) / filename for each in (*folders, data_dir() if folder is None else folder)]


def _fetch(filename, sha256, mirrors, folder, progress):
    """Download a file from the first mirror that has it with the right checksum."""
    problems = []
    target = folder / filename
    with explained_write_errors(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with folder_for_results(folder), temporary_folder(".w2vlib-", folder) as own:
            part = own / filename
            for mirror in mirrors:
                try:
                    _download(mirror, part, progress)
                    if (checksum := sha256_of(part)) == sha256:
                        os.replace(part, target)
                        return target
                    problems.append(f"{mirror.url}: wrong checksum {checksum[:12]}…")
                except _MirrorError as error:
                    problems.append(f"{mirror.url}: {error}")
    raise W2VError(
        f"Could not fetch {filename} ({'; '.join(problems)}): check the connection, or put the file into "
        f"{folder} or a folder named by W2VLIB_DATA."
    )


# What Python's readers of archives raise, the last three for headers that no program writes.
_DAMAGED = (
    tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, KeyError, ValueError,
    OverflowError, RecursionError,
)  # fmt: skip


class _MirrorError(Exception):
    """A download from one mirror failed; the next one is tried."""


def _download(mirror, part, progress):
    """Download the file of `mirror` (or the member of its archive) to the path `part`."""
    import pooch
    import requests

    archive = part.with_suffix(".archive") if mirror.member else part
    try:
        pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT)(mirror.url, str(archive), None)
    except (requests.RequestException, ValueError) as error:  # the latter: of a header or an address
        raise _MirrorError(_reason(error)) from error
    try:
        if mirror.member:
            _extract(archive, mirror.member, part)
    except _DAMAGED as error:
        raise _MirrorError(f"damaged or truncated archive, or no {mirror.member} in it") from error


def _extract(archive, member, part):
    """Copy one member of a tar archive to the path `part`."""
    with tarfile.open(archive) as tar, open(part, "wb") as handle:
        source = tar.extractfile(member)
        if source is None:
            raise KeyError(f"{member} is not a file")
        while block := source.read(1 << 20):
            handle.write(block)


def _reason(error):
    """Say in a few words why a request failed."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP status {response.status_code}"
    names = [one.__name__ for one in type(error).__mro__]
    for name, reason in {  # the first that the error is
        "Timeout": f"no answer within {TIMEOUT} s",
        "ProxyError": "no connection through the proxy that HTTPS_PROXY or HTTP_PROXY names",
        "InvalidProxyURL": "HTTPS_PROXY or HTTP_PROXY names no proxy",
        "SSLError": "no secure connection",
        "ConnectionError": "no connection",
        "ChunkedEncodingError": "the connection was interrupted",
    }.items():
        if name in names:
            return reason
    return str(error) or names[0]
