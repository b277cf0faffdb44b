"""Store and load the state of a training: atomic, with checksum and version, without pickle.

The format is npz behind a header line. safetensors would not be shorter: it has no checksum and no
version, holds no JSON settings, and its files would need the same checks.
"""

import io
import json
import os
import re
from pathlib import Path

import numpy as np

from .addresses import address_of, local_copy, names_in, remove
from .arguments import as_path
from .errors import W2VError
from .files import atomic_write, check_is_file, check_writable, explained_read_errors, sha256_of
from .npz_archives import arrays_of
from .temporary_folders import remove_unfinished

_MAGIC = b"w2vlib checkpoint"
_VERSION = 1
_HEADER = re.compile(rb"w2vlib checkpoint ([0-9]{1,9}) ([0-9a-f]{64})\n")
_NAME = re.compile(r"iteration-([0-9]{9,})\.ckpt")


def checkpoint_path(folder, iteration):
    """Path of the checkpoint after `iteration` (int) in `folder`.

    Examples
    --------
    >>> checkpoint_path("runs", 5000).name
    'iteration-000005000.ckpt'
    """
    return as_path(folder) / f"iteration-{iteration:09d}.ckpt"


def saved_iterations(folder):
    """List the iterations (int, ascending) that have a checkpoint in `folder`, which need not exist.

    Examples
    --------
    >>> saved_iterations("no/such/folder")
    []
    """
    if (address := address_of(folder)) is not None:
        names = names_in(address)
    else:
        folder = Path(folder)
        names = (path.name for path in folder.iterdir()) if os.path.isdir(folder) else ()
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))


def delete(folder, iteration):
    """Remove the checkpoint after `iteration` (int) in `folder`, if it is there.

    Examples
    --------
    >>> delete("no/such/folder", 5000)
    """
    path = checkpoint_path(folder, iteration)
    if (address := address_of(path)) is not None:
        remove(address)
    else:
        path.unlink(missing_ok=True)


def check_folder(folder):
    """Check before long work that checkpoints can be written to a folder; remove halves of killed runs.

    Raises
    ------
    W2VError
        If they cannot.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_folder(folder)
    """
    check_writable(checkpoint_path(folder, 0))
    if address_of(folder) is None:  # there the parts of a file are elsewhere
        remove_unfinished(folder, "iteration-*.ckpt")


def save(path, settings, arrays):
    """Write a checkpoint.

    The first line has the name of the format, its version and the SHA-256 of the rest, an npz archive.

    Parameters
    ----------
    path : str or Path
        A file that is there is replaced in one step.
    settings : dict
        What JSON can hold.
    arrays : dict
        Name → array.

    Raises
    ------
    W2VError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = checkpoint_path(folder, 10)
    ...     save(path, {"dim": 2}, {"V": np.eye(2)})
    ...     arrays = load(path, {"dim": 2}, like={"V": np.zeros((2, 2))})
    >>> arrays["V"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    buffer = io.BytesIO()
    np.savez(buffer, settings=np.array(json.dumps(settings, sort_keys=True)), **arrays)
    body = buffer.getvalue()
    with atomic_write(path) as handle:
        handle.write(b"%s %d %s\n" % (_MAGIC, _VERSION, sha256_of(body).encode()))
        handle.write(body)


def load(path, settings, like):
    """Read the arrays (dict of name → array) of a checkpoint; see `save`.

    Parameters
    ----------
    path : str or Path
    settings : dict
        Must equal the saved settings.
    like : dict
        Name → array of the dtype and shape that the saved one must have; a first axis of length 0
        allows any length.

    Raises
    ------
    W2VError
        If the file is damaged, truncated, of another version, or of other settings; it is not changed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(checkpoint_path(folder, 10), {"dim": 2}, {"V": np.ones((5, 2))})
    ...     arrays = load(checkpoint_path(folder, 10), {"dim": 2}, like={"V": np.zeros((0, 2))})
    >>> arrays["V"].shape
    (5, 2)
    """
    data = _bytes_of(path)
    header = _HEADER.match(data)
    if header is None:
        raise W2VError(f"{path} is not a checkpoint of w2vlib, or its start is damaged: {_REMEDY}.")
    if int(header[1]) != _VERSION:
        raise W2VError(
            f"{path} has checkpoint version {int(header[1])}, and this w2vlib reads version {_VERSION}: "
            f"{_REMEDY}."
        )
    body = data[header.end() :]
    if sha256_of(body).encode() != header[2]:
        raise W2VError(f"The checkpoint {path} is damaged or truncated (wrong checksum): {_REMEDY}.")
    with explained_read_errors(path, "a training's state", _REMEDY):
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            arrays = arrays_of(archive, ["settings", *like])
        saved_settings = json.loads(str(arrays.pop("settings")))
        if not isinstance(saved_settings, dict):
            raise ValueError("its settings have no names")
    settings = json.loads(json.dumps(settings))
    for name in sorted({*settings, *saved_settings}):
        if settings.get(name) != saved_settings.get(name):
            raise W2VError(
                f"The checkpoint {path} belongs to another run ({name} is {saved_settings.get(name)!r} "
                f"there, {settings.get(name)!r} here): choose another folder, or the same settings."
            )
    for name, expected in like.items():
        array = arrays.get(name)
        if array is None or not _is_like(array, np.asarray(expected)):
            raise W2VError(
                f"The checkpoint {path} is damaged (its array {name!r} is missing or wrong): {_REMEDY}."
            )
    return arrays


def _bytes_of(path):
    """Read a file of this machine or at an address."""
    if (address := address_of(path)) is not None:
        with local_copy(address) as copy:
            return copy.read_bytes()
    check_is_file(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise W2VError(f"Cannot read the checkpoint {path}: {error.strerror}.") from error


def _is_like(array, expected):
    """Whether an array has the dtype and shape of another, and finite numbers only."""
    start = 1 if expected.shape[:1] == (0,) else 0
    return (
        array.dtype == expected.dtype
        and array.ndim == expected.ndim
        and array.shape[start:] == expected.shape[start:]
        and (array.dtype.kind != "f" or bool(np.isfinite(array).all()))
    )


_REMEDY = "move it away to continue from the checkpoint before it, or choose another folder"
