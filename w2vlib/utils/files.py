"""Paths of the project, checksums, and atomic writing of files."""

import errno
import hashlib
import json
import os
import shutil
import site
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from .addresses import address_of, check_address_writable, refuse_inputs, uploaded
from .arguments import as_path
from .errors import W2VError, explained_write_errors, write_remedy
from .temporary_folders import file_to_rename

_PACKAGE = Path(__file__).resolve().parents[1]


def checkout():
    """Folder (Path) of the clone around the package or the working directory; None outside a clone.

    Examples
    --------
    >>> checkout() in (None, project_root())
    True
    """
    starts = [_PACKAGE.parent]
    with suppress(FileNotFoundError):  # the working directory was removed
        starts.append(Path.cwd())
    for folder in (each for start in starts for each in (start, *start.parents)):
        if _has_notebooks(folder):
            return folder
    return None


def project_root():
    """Folder (Path) with ``notebooks/`` and ``report/``: the checkout, or what was installed with a wheel.

    Raises
    ------
    W2VError
        If there is neither.

    Examples
    --------
    >>> (project_root() / "notebooks").is_dir()
    True
    """
    places = (sys.prefix, site.getuserbase(), _PACKAGE.parent)  # the last: pip install --target
    installed = (Path(place) / "share" / "w2vlib" for place in places)
    root = checkout() or next(filter(_has_notebooks, installed), None)
    if root is None:
        raise W2VError(
            f"There are no notebooks of w2vlib above {Path.cwd()} or in {sys.prefix}: install the package "
            "again, or run the command inside a clone of the project."
        )
    return root


def _has_notebooks(folder):
    return (folder / "report" / "report.toml").is_file() and (folder / "notebooks").is_dir()


def working_root():
    """Folder (Path) where relative places for results start: the checkout, else the working directory.

    Examples
    --------
    >>> working_root().is_dir()
    True
    """
    return checkout() or Path.cwd()


def data_dir():
    """Folder (Path) for downloaded texts: the checkout's ``data/``, or the user's cache without a checkout.

    Examples
    --------
    >>> data_dir().name in ("data", "w2vlib")
    True
    """
    if (root := checkout()) is not None:
        return root / "data"
    import pooch

    return Path(pooch.os_cache("w2vlib"))


def sha256_of(*chunks):
    """SHA-256 (hexadecimal str) of byte strings and of the content of `Path` objects, one after the other.

    Examples
    --------
    >>> sha256_of(b"word", b"2vec")[:16]
    '4753f397363cd223'
    """
    digest = hashlib.sha256()
    for chunk in chunks:
        if isinstance(chunk, Path):
            with open(chunk, "rb") as handle:
                while block := handle.read(1 << 20):
                    digest.update(block)
        else:
            digest.update(chunk)
    return digest.hexdigest()


READ_WHOLE = 2**28  # bytes at most of a file that is read as a whole: notebooks, records, tables


def check_is_file(path, most=None):
    """Refuse to read what is no regular file: a pipe blocks, and its bytes come only once.

    Parameters
    ----------
    path : str or Path
    most : int, optional
        Bytes that it may have.

    Raises
    ------
    W2VError
        If there is no such file, or it is a folder, a pipe or a device, or is larger.

    Examples
    --------
    >>> check_is_file("/dev/null")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: /dev/null is a pipe or a device: give the path of a file.
    """
    try:
        status = os.stat(as_path(path))
    except FileNotFoundError:
        raise W2VError(f"There is no file {path}: check the path.") from None
    except OSError as error:
        raise W2VError(f"Cannot read {path}: {error.strerror}.") from error
    if stat.S_ISDIR(status.st_mode):
        raise W2VError(f"{path} is a folder: give the path of a file.")
    if not stat.S_ISREG(status.st_mode):
        raise W2VError(f"{path} is a pipe or a device: give the path of a file.")
    if most is not None and status.st_size > most:
        raise W2VError(
            f"{path} has {status.st_size:,} bytes, and files of its kind {most:,} at most: check the path."
        )


def project_text(path):
    """Read a text file (str) that is a part of the project.

    Raises
    ------
    W2VError
        If it is absent, is none, or is no UTF-8.

    Examples
    --------
    >>> project_text(project_root() / "report" / "refs.bib")[:1]
    '@'
    """
    check_is_file(path)
    with explained_read_errors(path, "UTF-8", "get the project again"):
        return Path(path).read_text(encoding="utf-8")


@contextmanager
def explained_read_errors(path, what, remedy="check the path, or get the file again"):
    """Turn any error inside the block into a `W2VError` that says why `path` cannot be read.

    Damaged files make readers fail in many ways (``zlib.error``, ``OverflowError``,
    ``IndentationError`` from the header of an array, ...).

    Parameters
    ----------
    path : str or Path
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
            remedy = f"; {write_remedy(error)}" if error.errno == errno.EMFILE else ""
            raise W2VError(f"Cannot read {path}: {error.strerror}{remedy}.") from error
        if isinstance(error, MemoryError) and not str(error):
            raise W2VError(
                f"Not enough memory to read {path}: it is too large, or damaged; give a smaller file, or a "
                "larger limit (ulimit -v) if there is one."
            ) from error
        reason = " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__
        if "allow_pickle" in reason:  # NumPy takes what is no file of arrays for a pickle
            reason = "it has objects in it" if "Object arrays" in reason else "it is no file of arrays"
        raise W2VError(f"{path} does not hold {what}, or is damaged ({reason}): {remedy}.") from error


def read_json_object(path, what, remedy):
    """Read a JSON file that holds an object; dict.

    Raises `W2VError` if there is no such file, or it holds something else: see `explained_read_errors`.

    Examples
    --------
    >>> read_json_object("absent.json", "a row", "make it again")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file absent.json: ...
    """
    check_is_file(path, READ_WHOLE)
    with explained_read_errors(path, what, remedy):
        value = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError("it holds no object")
    return value


@contextmanager
def atomic_write(path, mode="wb"):
    """Open a temporary file that replaces `path` when the block ends without an error.

    It is written beside `path`, synced and renamed; if the block raises, or the disk is full, an
    earlier file at `path` stays unchanged. What killed processes have left beside `path` is removed.
    A symbolic link stays, and its target is replaced. A device or a pipe is written to when the block
    ends. At an address of fsspec, such as ``s3://bucket/vectors.npz``, the file is stored when the block
    ends, and has its name when all of it is there.

    Raises
    ------
    W2VError
        If the folder cannot be made or written, or the disk is full.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder) / "words.txt", "w") as handle:
    ...         _ = handle.write("king queen")
    ...     (Path(folder) / "words.txt").read_text()
    'king queen'
    """
    if (address := address_of(path)) is not None:
        with uploaded(address, mode) as handle:
            yield handle
        return
    target = _target(path)
    temporary = None
    try:
        with explained_write_errors(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            encoding = None if "b" in mode else "utf-8"
            newline = None if "b" in mode else "\n"
            folder = tempfile.gettempdir() if _is_stream(target) else target.parent
            descriptor, temporary = file_to_rename(folder, target.name)
            with open(descriptor, mode, encoding=encoding, newline=newline) as handle:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
                if _is_stream(target):
                    with open(temporary, "rb") as source, open(target, "wb") as stream:
                        shutil.copyfileobj(source, stream)
                else:  # as long as the file is locked nobody removes it
                    os.chmod(temporary, 0o666 & ~_umask())
                    os.replace(temporary, target)
                    temporary = None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def resolved(path):
    """Return the absolute path (Path) of what `path` leads to, links followed.

    Raises
    ------
    OSError
        For links that lead to each other.

    Examples
    --------
    >>> resolved("/usr/../tmp/./vectors.npz").name
    'vectors.npz'
    """
    try:
        return as_path(path).resolve()
    except RuntimeError:  # raised by Python 3.11 and 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None


def _target(path):
    """File that `path` leads to: links are followed, a device or a pipe is the target itself."""
    path = as_path(path)
    with explained_write_errors(path):
        if _is_stream(path):
            return path
        target = resolved(path)
    if target.is_dir():
        raise W2VError(f"Cannot write {path}: it is a folder; give the name of a file.")
    return target


def _is_stream(path):
    """Whether `path` is a character device or a pipe, which is written to and not replaced.

    Raises
    ------
    W2VError
        If it is a socket or a block device.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
        raise W2VError(f"Cannot write {path}: it is not a file; give the name of a file.")
    inherited = str(Path(path).absolute()).startswith(("/dev/fd/", "/dev/stdout", "/dev/stderr"))
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or inherited


def check_writable(path, inputs=()):
    """Check before long work that a path or an address can be written; no file and no folder is left.

    Raises
    ------
    W2VError
        If it is one of `inputs`, or a folder, or its folder cannot be made or written.

    Examples
    --------
    >>> check_writable(Path(tempfile.gettempdir()) / "vectors.npz")
    """
    refuse_inputs(path, inputs)
    if (address := address_of(path)) is not None:
        check_address_writable(address)
        return
    target = _target(path)
    with explained_write_errors(path):
        if _is_stream(target):
            if not os.access(target, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            return
        missing = [folder for folder in (target.parent, *target.parent.parents) if not folder.exists()]
        if not missing:
            tempfile.TemporaryFile(dir=target.parent).close()
            return
        base = missing[-1].parent
        with tempfile.TemporaryDirectory(dir=base) as trial:  # other processes may be making the same folders
            inside = Path(trial) / target.parent.relative_to(base)
            inside.mkdir(parents=True)
            tempfile.TemporaryFile(dir=inside).close()


def _umask():
    """Read the process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
