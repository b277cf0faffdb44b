"""Files that a corpus needs but the project may not carry: found, or fetched and checked."""

import gzip
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from ..utils.errors import W2VError
from ..utils.files import data_dir, explained_write_errors, sha256_of

TIMEOUT = 30  # seconds without an answer before the next mirror is tried


@dataclass(frozen=True)
class Mirror:
    """A place to fetch from: `url`, and the `member` to take out if it is a tar archive."""

    url: str
    member: str | None = None


def find_or_fetch(filename, sha256, mirrors, folder=None, progress=True):
    """Path of `filename` with the given SHA-256, fetched only where it is not there yet.

    Looked for in ``$W2VLIB_DATA``, then in `folder` (default: the project's ``data/``); then each
    of `mirrors` is tried in order. A download goes to a temporary file beside its target and is
    renamed after its checksum is verified, so that no half file is ever found under the name.

    Raises
    ------
    W2VError
        If a file is there with another checksum, or if no mirror delivers the right one.
    """
    folder = Path(folder) if folder is not None else data_dir()
    places = [Path(os.environ["W2VLIB_DATA"])] if os.environ.get("W2VLIB_DATA") else []
    for place in (*places, folder):
        candidate = place / filename
        if candidate.is_file():
            if (found := sha256_of(candidate)) != sha256:
                raise W2VError(
                    f"{candidate} is not the expected {filename} (SHA-256 {found[:12]}…, expected "
                    f"{sha256[:12]}…): remove it, or give its path as the corpus to use it as it is."
                )
            return candidate
    return _fetch(filename, sha256, mirrors, folder, progress)


def _fetch(filename, sha256, mirrors, folder, progress):
    problems = []
    target = folder / filename
    for mirror in mirrors:
        with explained_write_errors(target):
            folder.mkdir(parents=True, exist_ok=True)
            part = folder / f".{filename}.{os.getpid()}.part"
            part.touch()
        try:
            _download(mirror, part, progress)
            if (found := sha256_of(part)) == sha256:
                os.replace(part, target)
                return target
            problems.append(f"{mirror.url}: wrong checksum {found[:12]}…")
        except _MirrorFailed as error:
            problems.append(f"{mirror.url}: {error}")
        finally:
            part.unlink(missing_ok=True)
    raise W2VError(
        f"Could not fetch {filename} ({'; '.join(problems)}): check the connection, or put the file "
        f"into {folder} or a folder named by W2VLIB_DATA."
    )


class _MirrorFailed(Exception):
    """One mirror did not deliver; the next is tried."""


def _download(mirror, part, progress):
    """Write what `mirror` serves (or its archive member) into the file `part`."""
    import pooch
    import requests

    archive = part.with_suffix(".archive") if mirror.member else part
    try:
        with explained_write_errors(part):
            try:
                pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT)(mirror.url, str(archive), None)
            except requests.RequestException as error:
                raise _MirrorFailed(_brief(error)) from error
            try:
                if mirror.member:
                    _extract(archive, mirror.member, part)
            except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, KeyError) as error:
                raise _MirrorFailed(f"damaged or truncated archive, or no {mirror.member} in it") from error
    finally:
        if mirror.member:
            archive.unlink(missing_ok=True)


def _extract(archive, member, part):
    with tarfile.open(archive) as tar, open(part, "wb") as handle:
        source = tar.extractfile(member)
        if source is None:
            raise KeyError(f"{member} is not a file")
        while block := source.read(1 << 20):
            handle.write(block)


def _brief(error):
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP status {response.status_code}"
    name = type(error).__name__
    return {
        "ConnectionError": "no connection",
        "ConnectTimeout": f"no answer within {TIMEOUT} s",
        "ReadTimeout": f"no answer within {TIMEOUT} s",
        "ChunkedEncodingError": "the connection broke off",
    }.get(name, str(error) or name)
