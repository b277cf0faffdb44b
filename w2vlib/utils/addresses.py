"""Files at addresses of fsspec, such as ``s3://bucket/text.txt``: read by a copy, written as a whole."""

import os
import re
import shutil
import uuid
from contextlib import contextmanager
from glob import has_magic
from pathlib import Path

from .arguments import as_path
from .errors import W2VError
from .temporary_folders import temporary_folder

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(?=[^/])(.+)", re.DOTALL)
# Looks like an address; raw: and nltk: begin names of texts.
_LOOKS = re.compile(r"(?!raw:|nltk:)([a-z][a-z0-9+.:-]+):(?:/|$)", re.IGNORECASE)
_LOCAL = {"file", "local"}
_SECONDS = 30  # that a web server may be silent
# Here an object appears under its name when all of it has arrived; elsewhere a file is renamed at the end.
_WHOLE_OBJECTS = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss"}


def address_of(path):
    """Return the address that a path or text is, or None for a path of this machine.

    `Path` makes one slash of two; the address has both again.

    Raises
    ------
    W2VError
        If it looks like an address and is none: a folder of this name would be made for a result.

    Examples
    --------
    >>> address_of(as_path("s3://bucket/text.txt")), address_of("raw:/home/text.txt"), address_of("text.txt")
    ('s3://bucket/text.txt', None, None)
    >>> address_of("S4://bucket/text.txt")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: S4://bucket/text.txt is no address that fsspec knows: ...
    """
    as_path(path)
    match = _ADDRESS.fullmatch(str(path))
    if match is not None and match[1] in _protocols():
        return f"{match[1]}://{match[2]}"
    looks = _LOOKS.match(str(path))
    if looks is not None and not os.path.exists(f"{looks[1]}:"):
        raise W2VError(
            f"{path} is no address that fsspec knows: give one such as s3://bucket/text.txt, or the path of "
            "a file of this machine without file://."
        )
    return None


def local_folder(path):
    """Return the `Path` of a folder for several results, which must be on this machine.

    A path with ``..`` is resolved: through `new/..` a folder that is there looks absent until `new` is made.

    Raises
    ------
    W2VError
        If it is an address.

    Examples
    --------
    >>> local_folder("results").name
    'results'
    >>> local_folder("memory://results")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: memory://results is an address: give a folder of this machine, ...
    """
    if (address := address_of(path)) is not None:
        raise W2VError(
            f"{address} is an address: give a folder of this machine, since several files are written there "
            "and read again."
        )
    folder = as_path(path)
    return Path(os.path.realpath(folder)) if ".." in folder.parts else folder


def refuse_inputs(path, inputs):
    """Refuse to write to a path or an address that is one of `inputs`, also by a link; None is no input.

    Examples
    --------
    >>> refuse_inputs("./text.txt", ["other.txt", "text.txt"])
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Cannot write ./text.txt: it is read, too; give the name of another file.
    """

    def place(name):
        return address_of(name) or os.path.realpath(name)

    if any(place(path) == place(name) for name in inputs if name is not None):
        raise W2VError(f"Cannot write {path}: it is read, too; give the name of another file.")


def _protocols():
    """Names of the protocols that fsspec knows; without it, the usual ones, so that its absence is told."""
    try:
        import fsspec
    except ImportError:
        return {"s3", "gs", "http", "https", "memory"}
    return {*fsspec.available_protocols()} - _LOCAL


@contextmanager
def _explained(address, what):
    """Turn an error inside the block into a `W2VError` that says why an address cannot be used."""
    try:
        yield
    except W2VError:
        raise
    except FileNotFoundError as error:
        if error.__cause__ is None:
            raise W2VError(f"There is no file {address}: check the address.") from error
        reason = _reason(error.__cause__)  # fsspec says this of every error of the network, too
        raise W2VError(f"Cannot {what} {address} ({reason}): check the address and the network.") from error
    except ImportError as error:
        raise W2VError(
            f"Cannot {what} {address}: {str(error).rstrip('.')}; install w2vlib with the extra cluster, and "
            "the package of fsspec for this kind of address."
        ) from error
    except Exception as error:  # each kind of storage has errors of its own
        raise W2VError(
            f"Cannot {what} {address} ({_reason(error)}): check the address, the network and your "
            "permissions."
        ) from error


def _reason(error):
    """Message of an error on one line, or its kind."""
    return " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__


def _open(address):
    """File system and path of an address."""
    import fsspec

    if not address.startswith(("http:", "https:")):
        return fsspec.core.url_to_fs(address)
    import aiohttp

    # A file may take long, but not the next bytes of it.
    limit = aiohttp.ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
    return fsspec.core.url_to_fs(address, client_kwargs={"timeout": limit})


@contextmanager
def local_copy(address):
    """Copy a file to this machine for the length of the block; yields its path, with the same name.

    Raises
    ------
    W2VError
        If it cannot be read. A `W2VError` of the block that names the copy names the address instead.

    Examples
    --------
    >>> with uploaded("memory://example/words.txt") as handle:
    ...     _ = handle.write(b"king queen")
    >>> with local_copy("memory://example/words.txt") as path:
    ...     path.name, path.read_text()
    ('words.txt', 'king queen')
    """
    with temporary_folder("w2vlib-copy-") as folder:
        with _explained(address, "read"):
            system, place = _open(address)
            copy = folder / (place.rstrip("/").rpartition("/")[2] or "file")
            with system.open(place, "rb") as source, open(copy, "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
        try:
            yield copy
        except W2VError as error:
            raise W2VError(str(error).replace(str(copy), address)) from error


@contextmanager
def uploaded(address, mode="wb"):
    """Open a temporary file of this machine that is stored at an address when the block ends without error.

    If the block or the transfer fails, what was at the address stays as it was.

    Raises
    ------
    W2VError
        If the address cannot be written.

    Examples
    --------
    >>> with uploaded("memory://example/cat.txt", "w") as handle:
    ...     _ = handle.write("cat")
    >>> _open("memory://example/cat.txt")[0].cat_file("/example/cat.txt")
    b'cat'
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    with temporary_folder("w2vlib-copy-") as folder:
        copy = folder / "file"
        with open(copy, mode, encoding=encoding, newline=newline) as handle:
            yield handle
        with _explained(address, "write"):
            _store(copy, address)


def _store(copy, address):
    """Store a file under a name that it gets when all of it is there."""
    system, place = _open(address)
    protocols = {system.protocol} if isinstance(system.protocol, str) else {*system.protocol}
    if protocols & _WHOLE_OBJECTS:
        system.put_file(str(copy), place)
        return
    partial = f"{place}.{uuid.uuid4().hex[:8]}.partial"
    try:
        system.makedirs(place.rpartition("/")[0] or "/", exist_ok=True)
        system.put_file(str(copy), partial)
        system.mv(partial, place)
    except BaseException:
        if system.exists(partial):
            system.rm_file(partial)
        raise


def check_address_writable(address):
    """Check before long work that a file can be stored beside an address; an empty one is, and is removed.

    Raises
    ------
    W2VError
        If it cannot.

    Examples
    --------
    >>> check_address_writable("memory://example/vectors.npz")
    >>> check_address_writable("data://text")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Cannot write data://text ...
    """
    with _explained(address, "write"):
        system, place = _open(address)
        probe = f"{place}.{uuid.uuid4().hex[:8]}.check"
        system.pipe_file(probe, b"")
        system.rm_file(probe)


def names_in(address):
    """List the names of the files in a folder at an address; empty if there is no such folder.

    Examples
    --------
    >>> with uploaded("memory://some/folder/cat.txt") as handle:
    ...     _ = handle.write(b"cat")
    >>> names_in("memory://some/folder"), names_in("memory://no/folder")
    (['cat.txt'], [])
    """
    try:
        with _explained(address, "read"):
            system, place = _open(address)
            return sorted(name.rstrip("/").rpartition("/")[2] for name in system.ls(place, detail=False))
    except W2VError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return []
        raise


def remove(address):
    """Remove the file at an address, if it is there.

    Examples
    --------
    >>> remove("memory://no/such/file")
    """
    with _explained(address, "remove"):
        system, place = _open(address)
        if system.exists(place):
            system.rm_file(place)


def matching(pattern):
    """List the addresses of the files that match a pattern, such as ``s3://bucket/parts/*.txt``, sorted.

    Examples
    --------
    >>> with uploaded("memory://parts/2.txt") as handle:
    ...     _ = handle.write(b"cat")
    >>> matching("memory://parts/*.txt")
    ['memory://parts/2.txt']
    """
    with _explained(pattern, "read"):
        system, place = _open(pattern)
        if not has_magic(place):
            with system.open(place, "rb") as handle:  # says why it cannot be read; `glob` finds nothing then
                handle.read(1)
            return [pattern]
        names = system.glob(place)
    start = f"{pattern.partition('://')[0]}://"
    return sorted(name if name.startswith(start) else start + name.lstrip("/") for name in names)
