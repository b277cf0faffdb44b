"""Training state ↔ disk: atomic, checksummed, versioned, without pickle."""

import io
import json
import re
from pathlib import Path

import numpy as np

from .errors import W2VError
from .files import atomic_write, explained_read_errors, sha256_of

_MAGIC = b"w2vlib checkpoint"
_VERSION = 1
_HEADER = re.compile(rb"w2vlib checkpoint (\d+) ([0-9a-f]{64})\n")
_NAME = re.compile(r"iteration-(\d{9})\.ckpt")


def checkpoint_path(folder, iteration):
    """Path of the checkpoint taken after `iteration` in `folder`."""
    return Path(folder) / f"iteration-{iteration:09d}.ckpt"


def saved_iterations(folder):
    """List the iterations with a checkpoint in `folder` (which need not exist), ascending."""
    folder = Path(folder)
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))


def save(path, settings, arrays):
    """Write `arrays` (dict of name → array) and `settings` (a dict JSON can hold) to `path`.

    The first line names the format, its version and the SHA-256 of all that follows, an npz archive.

    Raises
    ------
    W2VError
        If the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez(buffer, settings=np.array(json.dumps(settings, sort_keys=True)), **arrays)
    body = buffer.getvalue()
    with atomic_write(path) as handle:
        handle.write(b"%s %d %s\n" % (_MAGIC, _VERSION, sha256_of(body).encode()))
        handle.write(body)


def load(path, settings, like):
    """Arrays of the checkpoint at `path`, which must have been saved with equal `settings`.

    Parameters
    ----------
    path : path
    settings : dict
    like : dict
        Name → array of the dtype and shape that the saved one must have; the first axis is free
        where it is 0 here.

    Raises
    ------
    W2VError
        If the file is damaged, truncated, of another version, or of other settings; it is left as
        it is.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise W2VError(f"Cannot read the checkpoint {path}: {error.strerror}.") from error
    header = _HEADER.match(data)
    if header is None:
        raise W2VError(f"{path} is not a checkpoint of w2vlib, or its start is damaged: {_REMEDY}.")
    if int(header[1]) != _VERSION:
        raise W2VError(
            f"{path} has checkpoint version {int(header[1])}, and this w2vlib reads version "
            f"{_VERSION}: {_REMEDY}."
        )
    body = data[header.end() :]
    if sha256_of(body).encode() != header[2]:
        raise W2VError(f"The checkpoint {path} is damaged or truncated (wrong checksum): {_REMEDY}.")
    with explained_read_errors(path, "a training's state", _REMEDY):
        with np.load(io.BytesIO(body), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        found = dict(json.loads(str(arrays.pop("settings"))))
    wanted = json.loads(json.dumps(settings))
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            raise W2VError(
                f"The checkpoint {path} belongs to another run ({name} is {found.get(name)!r} there, "
                f"{wanted.get(name)!r} here): choose another folder, or the settings it was made with."
            )
    for name, wanted in like.items():
        array = arrays.get(name)
        if not (array is not None and _fits(array, np.asarray(wanted))):
            raise W2VError(
                f"The checkpoint {path} is damaged (its array {name!r} is missing or wrong): {_REMEDY}."
            )
    return arrays


def _fits(array, wanted):
    """Whether an array has the dtype and shape of another, and finite numbers only."""
    start = 1 if wanted.shape[:1] == (0,) else 0
    return (
        array.dtype == wanted.dtype
        and array.ndim == wanted.ndim
        and array.shape[start:] == wanted.shape[start:]
        and (array.dtype.kind != "f" or bool(np.isfinite(array).all()))
    )


_REMEDY = "move it away to go on from the last of the others, or choose another folder"
