"""Temporary files and folders, and those that killed processes have left."""

import errno
import fcntl
import glob
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from .environment import variables_set
from .errors import W2VError, explained_write_errors, write_remedy

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)


@contextmanager
def temporary_folder(prefix, base=None):
    """Make a folder (Path) for temporary files, which is removed with all its files when the block ends.

    It is in `base`, by default with the system's files, and locked. Those of killed processes are removed.
    Of a prefix that is too long for a name the beginning is taken.

    Raises
    ------
    W2VError
        If the folder for temporary files cannot be written.

    Examples
    --------
    >>> with temporary_folder("w2vlib-example-") as folder:
    ...     _ = (folder / "words.txt").write_text("king queen")
    >>> folder.exists()
    False
    """
    prefix = start_of_name(prefix)
    with explained_write_errors("temporary files"):
        base = base or tempfile.gettempdir()
    with explained_write_errors(f"temporary files in {base}"):
        for left in Path(base).glob(glob.escape(prefix) + 8 * "?"):
            remove_if_unlocked(left)
        folder, handle = locked_folder(prefix, base)
    try:
        yield folder
    finally:
        os.close(handle)  # first, since to remove a folder takes two open files
        shutil.rmtree(folder, ignore_errors=True)


def locked_folder(prefix, base):
    """Make a locked folder in another one; its path, and the handle (int) that is open while it is locked.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as base:
    ...     folder, handle = locked_folder("run-", base)
    ...     os.close(handle)
    ...     folder.name[:4]
    'run-'
    """
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
        with suppress(FileNotFoundError):  # as below
            handle = os.open(folder, os.O_RDONLY)
            if _stays(handle, folder):
                return folder, handle


def _stays(handle, path):
    """Lock what has just been made; False if another process took it for something left, and removed it."""
    wait_for_lock(handle)
    if os.path.exists(path):
        return True
    os.close(handle)
    return False


def start_of_name(name, most=200):
    """Return the first bytes of a name as a str that the file system takes; most systems allow 255 bytes.

    Examples
    --------
    >>> start_of_name("words-of-a-text.txt", 5)
    'words'
    """
    return os.fsencode(name)[:most].decode(sys.getfilesystemencoding(), errors="ignore")


@contextmanager
def folder_for_matplotlib():
    """Give Matplotlib a folder for its caches while the block runs, where the home folder is not writable.

    Else each process that draws makes one, says so, and leaves it when it is killed. To be called before
    Matplotlib is imported.

    Examples
    --------
    >>> with folder_for_matplotlib():
    ...     os.access(os.environ.get("MPLCONFIGDIR", Path.home()), os.W_OK)
    True
    """
    if "MPLCONFIGDIR" in os.environ or os.access(os.path.expanduser("~"), os.W_OK):
        yield
        return
    with temporary_folder("w2vlib-matplotlib-") as folder, variables_set(MPLCONFIGDIR=str(folder)):
        yield


@contextmanager
def temporary_file():
    """Open a file without a name, with the system's temporary files, which is gone when the block ends.

    Raises
    ------
    W2VError
        If it cannot be made, or there is no room for what the block writes.

    Examples
    --------
    >>> with temporary_file() as file:
    ...     file.write(b"king queen")
    10
    """
    with explained_write_errors("temporary files"):
        base = tempfile.gettempdir()
    with explained_write_errors(f"temporary files in {base}"):
        file = tempfile.TemporaryFile(dir=base)
    try:
        with file:
            yield file
    except OSError as error:
        number = errno.ENOSPC if "requested and" in str(error) else error.errno  # NumPy gives no number
        if number not in _NO_ROOM:
            raise
        remedy = f"{write_remedy(OSError(number, ''))}, or name another folder in the variable TMPDIR"
        raise W2VError(f"Cannot write temporary files in {base}: {os.strerror(number)}; {remedy}.") from error


def lock(handle):
    """Lock an open file or folder; False if another process has locked it, or there are no locks here.

    Examples
    --------
    >>> with tempfile.TemporaryFile() as file:
    ...     lock(file)
    True
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def wait_for_lock(handle):
    """Lock an open file or folder as soon as no other process has locked it; without locks it stays open.

    Examples
    --------
    >>> with tempfile.TemporaryFile() as file:
    ...     wait_for_lock(file)
    """
    with suppress(OSError):  # a file system without locks
        fcntl.flock(handle, fcntl.LOCK_EX)


def file_to_rename(folder, name):
    """Make a locked file in a folder, to be renamed to `name` when it is written; (descriptor, path).

    Those that killed processes have left are removed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     descriptor, path = file_to_rename(folder, "words.txt")
    ...     os.close(descriptor)
    ...     written_name(Path(path).name)
    'words.txt'
    """
    name = start_of_name(name)
    remove_unfinished(folder, glob.escape(name))
    while True:
        descriptor, path = tempfile.mkstemp(dir=folder, prefix=f".{name}.w2vlib-")
        if _stays(descriptor, path):
            return descriptor, path


def written_name(name):
    """Name of the file for which `file_to_rename` makes one of this name (str); None if it makes none.

    Examples
    --------
    >>> written_name(".words.txt.w2vlib-a1b2c3d4"), written_name("words.txt")
    ('words.txt', None)
    """
    found = re.fullmatch(r"\.(.+)\.w2vlib-\w{8}", name, re.DOTALL)
    return found and found[1]


def remove_unfinished(folder, pattern="*"):
    """Remove from a folder what killed processes have left of files whose names match a pattern.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / ".words.txt.w2vlib-a1b2c3d4").write_text("king")
    ...     remove_unfinished(folder, "*.txt")
    ...     os.listdir(folder)
    []
    """
    for path in Path(folder).glob(f".{pattern}.w2vlib-{8 * '?'}"):
        remove_if_unlocked(path, stat.S_ISREG)


def remove_if_unlocked(path, kind=stat.S_ISDIR, unless=lambda path: False):
    """Remove a file or folder that no process has locked; nothing happens if that is not possible.

    Parameters
    ----------
    path : Path
    kind : callable
        Whether a mode (int) is that of what is removed: ``stat.S_ISREG`` or ``stat.S_ISDIR``.
    unless : callable
        Whether the path is needed; asked when it is locked, so that nobody who locks it can change that.

    Examples
    --------
    >>> folder = Path(tempfile.mkdtemp())
    >>> remove_if_unlocked(folder)
    >>> folder.exists()
    False
    """
    with suppress(OSError, RecursionError):  # the latter: of folders that are nested very deep
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(handle)
            if kind(found.st_mode) and lock(handle) and not unless(path):
                shutil.rmtree(path) if stat.S_ISDIR(found.st_mode) else path.unlink()
        finally:
            os.close(handle)
