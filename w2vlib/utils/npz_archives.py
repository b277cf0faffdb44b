"""Archives of arrays (npz) that may be damaged or foreign: read without pickle, with a limit of size."""

import re
import threading

_LARGEST_RATIO, _ALWAYS = 200, 2**24  # bytes that arrays may have per byte of their archive, and in any case
_HEADERS = threading.Lock()  # Python 3.11 reads them wrongly in several threads at once


def arrays_of(archive, names):
    """Read the arrays of an npz archive that have one of these names; dict of name → array.

    Others stay unread, since their size is not limited by anything.

    Parameters
    ----------
    archive : numpy.lib.npyio.NpzFile
    names : iterable of str

    Raises
    ------
    ValueError
        If one is no array, or they unpack to far more than the archive has of them.

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> file = io.BytesIO()
    >>> np.savez(file, counts=np.arange(3), more=np.arange(9))
    >>> _ = file.seek(0)
    >>> arrays_of(np.load(file), ["counts", "vectors"])
    {'counts': array([0, 1, 2])}
    """
    found = [name for name in names if name in archive.files]
    members = set(archive.zip.namelist())
    stored = [archive.zip.getinfo(name if name in members else f"{name}.npy") for name in found]
    unpacked = sum(info.file_size for info in stored)
    packed = min(sum(info.compress_size for info in stored), archive.zip.start_dir)
    if unpacked > max(_ALWAYS, _LARGEST_RATIO * packed):
        raise ValueError(f"it unpacks to {unpacked:,} bytes, over {_LARGEST_RATIO} times its size")
    for info in stored:
        with archive.zip.open(info) as stream:
            check_header(stream)
    with _HEADERS:
        return {name: archive[name] for name in found}


def check_header(stream):
    r"""Refuse an array of NumPy whose header Python 2 wrote: NumPy would warn, and read it.

    Parameters
    ----------
    stream : binary file
        At the beginning of the array; a part of it is read.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> import io
    >>> check_header(io.BytesIO(b"\x93NUMPY\x01\x00\x10\x00{'shape': (3L,)}"))
    Traceback (most recent call last):
    ...
    ValueError: its headers are of Python 2
    """
    if re.search(rb"\dL\b", _header(stream)):
        raise ValueError("its headers are of Python 2")


def _header(stream):
    """Header of an array (bytes), whose numbers Python 2 wrote with an L; for what is none a ValueError."""
    magic = stream.read(8)
    if magic[:6] != b"\x93NUMPY":  # NumPy would give its bytes
        raise ValueError("one of its parts is no array")
    length = int.from_bytes(stream.read(2 if magic[6] == 1 else 4), "little")
    return stream.read(min(length, 10_000))
