"""Where things live, and how they are written so that nothing half-done is ever left."""

import errno
import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .errors import W2VError

_PACKAGE = Path(__file__).resolve().parent


def project_root():
    """Folder of the checkout that holds ``notebooks/`` and ``report/``.

    Looked for above the package first (an editable install), then above the working directory.

    Raises
    ------
    W2VError
        If neither place belongs to a checkout.
    """
    for start in (_PACKAGE.parent, Path.cwd()):
        for folder in (start, *start.parents):
            if (folder / "report" / "report.toml").is_file() and (folder / "notebooks").is_dir():
                return folder
    raise W2VError(
        f"No w2vlib checkout found above {Path.cwd()}: the report needs the notebooks/ and report/ "
        "folders, so run the command inside a clone of the project."
    )


def data_dir():
    """Folder for fetched text: the checkout's ``data/``, or the user's cache without a checkout."""
    try:
        return project_root() / "data"
    except W2VError:
        import pooch

        return Path(pooch.os_cache("w2vlib"))


def sha256_of(*chunks):
    """SHA-256 (hex) of byte strings and of the files behind `Path` objects, in order."""
    digest = hashlib.sha256()
    for chunk in chunks:
        if isinstance(chunk, Path):
            with open(chunk, "rb") as handle:
                while block := handle.read(1 << 20):
                    digest.update(block)
        else:
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def writing(path):
    """Say in one sentence why `path` cannot be written, instead of a traceback."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            remedy = "free some space and try again"
        else:
            remedy = "choose another place or change its permissions"
        reason = error.strerror or str(error)
        raise W2VError(f"Cannot write {path}: {reason}; {remedy}.") from error


@contextmanager
def atomic_write(path, mode="wb"):
    """Open a file that appears at `path` whole or not at all.

    It is written beside `path`, synced and renamed; if the block raises, or the disk is full, the
    file that stood there before stays as it was.

    Raises
    ------
    W2VError
        If the folder cannot be made or written, or the disk is full.
    """
    path = Path(path)
    temporary = None
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            encoding = None if "b" in mode else "utf-8"
            newline = None if "b" in mode else "\n"
            descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            os.chmod(temporary, 0o666 & ~_umask())
            with open(descriptor, mode, encoding=encoding, newline=newline) as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(temporary, path)
            temporary = None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def check_writable(path):
    """Find out before long work that `path` cannot be written; nothing is left behind.

    Raises
    ------
    W2VError
        If it is a folder, or its folder cannot be made or written.
    """
    path = Path(path)
    with writing(path):
        if path.is_dir():
            raise W2VError(f"Cannot write {path}: it is a folder; give the name of a file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
