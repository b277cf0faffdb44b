"""Corpora of NLTK: read where they are, or downloaded by NLTK."""

import io
import os
import re
import socket
from functools import cache
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import check_is_file, data_dir, sha256_of
from ..utils.folder_lock import folder_for_results
from ..utils.temporary_folders import temporary_folder
from .download import TIMEOUT
from .tokenizer import is_word


def read_nltk_corpus(name):
    """Read the sentences of an NLTK corpus without punctuation; it is downloaded to ``data/`` if needed.

    Parameters
    ----------
    name : str
        As in ``nltk.corpus``, e.g. ``conll2000``. The folders in ``$NLTK_DATA`` are searched too.

    Returns
    -------
    sentences : list of lists of str
    sha256 : str
        Of the raw files, one after the other.

    Raises
    ------
    W2VError
        Without NLTK, or if there is no such corpus, it has no sentences, or cannot be downloaded or read.

    Examples
    --------
    >>> read_nltk_corpus("no_such_corpus")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: ...no_such_corpus...
    """
    try:
        import nltk
    except ImportError:
        raise W2VError(
            f"nltk:{name} needs NLTK, which is not installed: pip install 'w2vlib[nltk]'."
        ) from None
    loader = getattr(nltk.corpus, name or "", None)
    # Most attributes of a loader make it read its files, which may be missing; its class does not.
    reader_class = getattr(loader, "_LazyCorpusLoader__reader_cls", type(loader))
    if loader is None or not hasattr(reader_class, "sents"):
        raise W2VError(f"NLTK has no corpus of sentences called {name!r}: try nltk:conll2000.")
    folder = data_dir() / "nltk_data"
    nltk.data.path.append(str(folder))
    try:
        for needed in _needed(nltk, name, reader_class):
            if not _is_installed(nltk, needed):
                _download(needed, folder)
        sentences = [[token for token in sentence if is_word(token)] for sentence in loader.sents()]
        raw = "".join(loader.raw(file) for file in sorted(loader.fileids()))
    except W2VError:
        raise
    except Exception as error:  # readers and damaged archives have errors of many kinds
        reason = next((line for line in str(error).splitlines() if line.strip(" *")), str(error))
        reason = reason.strip().rstrip(".")
        raise W2VError(
            f"NLTK cannot read the sentences of {name!r} ({reason}): remove it from {folder} "
            "or the folders in NLTK_DATA, so that it is downloaded again."
        ) from error
    finally:
        nltk.data.path.remove(str(folder))
    return [sentence for sentence in sentences if sentence], sha256_of(raw.encode())


def nltk_files(name):
    """List the files (str) in which NLTK may find a corpus.

    Examples
    --------
    >>> nltk_files("no_such_corpus")
    []
    """
    try:
        import nltk
    except ImportError:
        return []
    return _files_of(nltk, _package(nltk, name)) if name else []


def _files_of(nltk, package):
    """List the files (str) of a package, as an archive and unpacked, in all folders of NLTK."""
    places = [Path(folder) / package for folder in (*nltk.data.path, data_dir() / "nltk_data")]
    archives = [place.with_name(f"{place.name}.zip") for place in places]
    return [str(path) for path in archives if path.exists()] + [
        str(path) for place in places for path in place.rglob("*")
    ]


@cache  # some versions of NLTK forget the package of a corpus that they have loaded
def _package(nltk, name):
    """Place of the package that has a corpus, ``corpora/treebank`` for ``treebank_raw``."""
    own = getattr(getattr(nltk.corpus, name, None), "_LazyCorpusLoader__name", name)
    return f"corpora/{own.partition('/')[0]}"


def _needed(nltk, name, reader_class):
    """List the packages (str) that a corpus needs; sentences of plain text are found with a model."""
    is_plain_text = issubclass(reader_class, nltk.corpus.reader.PlaintextCorpusReader)
    return [_package(nltk, name), *(["tokenizers/punkt_tab"] if is_plain_text else [])]


def _is_installed(nltk, package):
    """Whether NLTK finds a package: a folder, or an archive that it reads without unpacking."""
    for path in _files_of(nltk, package):
        if Path(path).suffix == ".zip":
            check_is_file(path)
    for resource in (package, f"{package}.zip"):
        try:
            nltk.data.find(resource)
            return True
        except LookupError:
            pass
    return False


def _download(package, folder):
    """Download a package with NLTK's own downloader; it gets its place when all of it is there."""
    kind, name = package.split("/")
    with (
        folder_for_results(folder),
        explained_write_errors(folder),
        temporary_folder(".w2vlib-", folder) as own,
    ):
        _fetch(name, own)
        (folder / kind).mkdir(exist_ok=True)
        for part in sorted((own / kind).iterdir()):  # the folder, then its archive
            place = folder / kind / part.name
            if not place.exists():  # another run was not faster
                os.replace(part, place)


def _fetch(name, folder):
    """Download a package to a folder, in which NLTK leaves parts where it fails."""
    import nltk
    from nltk.downloader import Downloader

    with explained_write_errors(folder):
        log = io.StringIO()
        path = list(nltk.data.path)  # the downloader adds its folder
        before = socket.getdefaulttimeout()  # older versions of NLTK have no limit of their own
        socket.setdefaulttimeout(TIMEOUT)
        try:
            downloaded = Downloader().download(name, download_dir=str(folder), quiet=True, print_error_to=log)
        except (TimeoutError, URLError, HTTPException) as error:
            downloaded = False
            log.write(str(error))
        except OSError:  # of the folder
            raise
        except Exception as error:  # of many kinds, as an index has other elements than NLTK expects
            downloaded = False
            log.write(f"NLTK's index is damaged: {error}")
        finally:
            socket.setdefaulttimeout(before)
            nltk.data.path[:] = path
    if not downloaded:
        reason = re.sub(r"\s*\[nltk_data\]\s*", " ", log.getvalue()).strip() or "no reason given"
        raise W2VError(
            f"Could not fetch {name!r} of NLTK ({reason}): check the name and the connection, or "
            "set NLTK_DATA to a folder that has it."
        )
