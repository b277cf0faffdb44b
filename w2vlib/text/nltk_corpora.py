"""Corpora of NLTK: read where they are, or downloaded by NLTK."""

import io
import os
import re
import socket
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import check_is_file, data_dir, sha256_of
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
        if not _is_installed(nltk, name):
            _download(name, folder)
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
    folders = [Path(folder) / "corpora" for folder in (*nltk.data.path, data_dir() / "nltk_data")]
    found = [folder / f"{name}.zip" for folder in folders]
    return [str(path) for path in found if path.exists()] + [
        str(path) for folder in folders for path in (folder / name).rglob("*") if name
    ]


def _is_installed(nltk, name):
    """Whether NLTK finds a corpus: a folder, or an archive that it reads without unpacking."""
    for path in nltk_files(name):
        if Path(path).suffix == ".zip":
            check_is_file(path)
    for resource in (f"corpora/{name}", f"corpora/{name}.zip"):
        try:
            nltk.data.find(resource)
            return True
        except LookupError:
            pass
    return False


def _download(name, folder):
    """Download a corpus with NLTK's own downloader; it gets its place when all of it is there."""
    with explained_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(".w2vlib-", folder) as own:
            _fetch(name, own)
            (folder / "corpora").mkdir(exist_ok=True)
            for part in sorted((own / "corpora").iterdir()):  # the folder, then its archive
                place = folder / "corpora" / part.name
                if not place.exists():  # another run was not faster
                    os.replace(part, place)


def _fetch(name, folder):
    """Download a corpus to a folder, in which NLTK leaves parts where it fails."""
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
            f"Could not fetch the NLTK corpus {name!r} ({reason}): check the name and the connection, or "
            "set NLTK_DATA to a folder that has it."
        )
