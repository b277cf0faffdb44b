"""Where things live, and how they are written so that nothing half-done is ever left."""

import errno
import hashlib
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .errors import W2VError

_PACKAGE = Path(__file__).resolve().parents[1]


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
def explained_write_errors(path):
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
def explained_read_errors(path, what, remedy="check the path, or get the file again"):
    """Say in one sentence why `path` cannot be read, instead of a traceback.

    Damaged bytes make the readers of formats fail in many ways (``zlib.error``, ``OverflowError``,
    ``IndentationError`` from the header of an array, ...), so any error becomes a `W2VError`.

    Parameters
    ----------
    path : path
    what : str
        What the file should hold, e.g. "embeddings of w2vlib".
    remedy : str
        What to do about it.

    Raises
    ------
    W2VError
        If the block fails. A `W2VError` that names the file passes unchanged.

    Examples
    --------
    >>> with explained_read_errors("vectors.npz", "embeddings"):
    ...     raise OverflowError("shape too large")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: vectors.npz does not hold embeddings, or is damaged (shape too large): ...
    """
    try:
        yield
    except FileNotFoundError as error:
        raise W2VError(f"There is no file {path}: check the path.") from error
    except Exception as error:
        if isinstance(error, W2VError) and str(path) in str(error):
            raise
        if isinstance(error, OSError) and error.strerror:
            raise W2VError(f"Cannot read {path}: {error.strerror}.") from error
        reason = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        raise W2VError(f"{path} does not hold {what}, or is damaged ({reason}): {remedy}.") from error


@contextmanager
def atomic_write(path, mode="wb"):
    """Open a file that appears at `path` whole or not at all.

    It is written beside `path`, synced and renamed; if the block raises, or the disk is full, the
    file that stood there before stays as it was. Through a link, the file that it leads to is
    replaced and the link stays. A device or a pipe is written to, not replaced, once the block ends.

    Raises
    ------
    W2VError
        If the folder cannot be made or written, or the disk is full.
    """
    place = _place(path)
    temporary = None
    try:
        with explained_write_errors(path):
            place.parent.mkdir(parents=True, exist_ok=True)
            encoding = None if "b" in mode else "utf-8"
            newline = None if "b" in mode else "\n"
            beside = tempfile.gettempdir() if _is_stream(place) else place.parent
            descriptor, temporary = tempfile.mkstemp(dir=beside, prefix=f".{place.name[:100]}.")
            with open(descriptor, mode, encoding=encoding, newline=newline) as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            if _is_stream(place):
                with open(temporary, "rb") as source, open(place, "wb") as target:
                    shutil.copyfileobj(source, target)
            else:
                os.chmod(temporary, 0o666 & ~_umask())
                os.replace(temporary, place)
                temporary = None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _place(path):
    """Where the bytes of `path` go: behind links, and the path itself if it is a device or a pipe."""
    path = Path(path)
    with explained_write_errors(path):
        try:
            if _is_stream(path):
                return path
            place = path.resolve()
        except RuntimeError:  # Python 3.11 and 3.12 say so of a link to itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
    if place.is_dir():
        raise W2VError(f"Cannot write {path}: it is a folder; give the name of a file.")
    return place


def _is_stream(path):
    """Whether `path` is written through, not replaced: a device for characters, or a pipe.

    Raises
    ------
    W2VError
        If it is a socket or a disk, which hold no file.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        raise W2VError(f"Cannot write {path}: it is no file; give the name of a file.")
    inherited = str(Path(path).absolute()).startswith(("/dev/fd/", "/dev/stdout", "/dev/stderr"))
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or inherited


def check_writable(path):
    """Find out before long work that `path` cannot be written; nothing is left behind.

    Raises
    ------
    W2VError
        If it is a folder, or its folder cannot be made or written.
    """
    place = _place(path)
    with explained_write_errors(path):
        if _is_stream(place):
            if not os.access(place, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=place.parent).close()


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
