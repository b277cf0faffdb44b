"""A limit on the memory of this process, and whether enough of it is left."""

import mmap
import resource
from pathlib import Path

import numpy as np

MEGABYTE = 2**20
FOR_THREADS = 64  # megabytes that a few threads need to start
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
