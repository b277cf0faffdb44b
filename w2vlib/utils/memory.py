"""Limits of this process on memory and open files, and whether enough is left."""

import mmap
import re
import resource
from pathlib import Path

import numpy as np

from .errors import W2VError

MEGABYTE = 2**20
FOR_THREADS = 64  # megabytes that a few threads need to start
_MEMORY = Path("/proc/meminfo")
_SIZE = Path("/proc/self/statm")  # its first number: pages of address space in use


def memory_left():
    """Bytes of address space that this process may still use; None without a limit (``ulimit -v``).

    Examples
    --------
    >>> left = memory_left()
    >>> left is None or left > 0
    True
    """
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY or not _SIZE.exists():
        return None
    return limit - int(_SIZE.read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def require_memory(megabytes):
    """Raise `MemoryError` unless this process may use so many megabytes more.

    Called before work that cannot fail in Python: without memory LLVM and the trainers of tokenizers
    end the whole process, and a new thread leaves the one that started it waiting for ever.

    Parameters
    ----------
    megabytes : float

    Raises
    ------
    MemoryError
        If less is left below the limit.

    Examples
    --------
    >>> require_memory(1)
    """
    left = memory_left()
    if left is not None and left < megabytes * MEGABYTE:
        raise MemoryError(
            f"{max(left, 0) // MEGABYTE} MB are left below the limit of this process (ulimit -v), and "
            f"{megabytes} MB are needed"
        )


def require_limits(what, open_files, megabytes):
    """Refuse to start processes that the limits of this one, which they inherit, would end.

    Parameters
    ----------
    what : str
        What needs them, as the subject of a sentence.
    open_files : int
        At a time, in one process.
    megabytes : int
        Address space of one process.

    Raises
    ------
    W2VError
        It names the limit, and what it should be at least.

    Examples
    --------
    >>> require_limits("An example", open_files=3, megabytes=1)
    """
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed != resource.RLIM_INFINITY and allowed < open_files:
        raise W2VError(
            f"{what} opens up to {open_files} files at a time, and {allowed} are allowed: allow more "
            f"(ulimit -n {open_files})."
        )
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < megabytes * MEGABYTE:
        raise W2VError(
            f"{what} needs {megabytes} MB of address space in each process, and {allowed // MEGABYTE} MB are "
            f"allowed: allow more (ulimit -v {megabytes * 1024})."
        )


def require_free_memory(what, megabytes):
    """Refuse what needs more memory than this machine has free; where that is not known, nothing.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> require_free_memory("An example", 10**9)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: An example needs about 1000000000 MB of memory, and ... MB are free: ...
    """
    found = re.search(r"MemAvailable:\s+(\d+) kB", _MEMORY.read_text("ascii")) if _MEMORY.exists() else None
    if found and (free := int(found[1]) // 1024) < megabytes:
        raise W2VError(f"{what} needs about {megabytes} MB of memory, and {free} MB are free: ask for less.")


def release_pages(array):
    """Give back the memory of an array that is mapped from a file; what is read of it again comes from there.

    Mapped pages count as memory of the process, so that a pass over a large file would seem to need memory
    for all of it. Other arrays are left as they are.

    Parameters
    ----------
    array : array
        Not changed since it was mapped.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryFile() as file:
    ...     np.arange(5).tofile(file)
    ...     numbers = np.asarray(np.memmap(file, np.int64, "c"))
    ...     release_pages(numbers)
    ...     numbers.tolist()
    [0, 1, 2, 3, 4]
    """
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap) and isinstance(array.base, mmap.mmap):
            array.base.madvise(mmap.MADV_DONTNEED)
        array = array.base
