"""A text that one process has read, for the other processes of the same run: they need not read it again.

To take apart Wikipedia's markup, or prose, takes several seconds.
"""

import json
import os
from contextlib import contextmanager
from pathlib import Path

from ..utils.environment import variables_set
from ..utils.files import atomic_write, explained_read_errors

VARIABLE = "W2VLIB_SHARED_TEXT"  # the file; set by `share` only, for the processes started meanwhile


@contextmanager
def share(corpus, name, folder):
    """Let `load_corpus` of the processes that are started in the block find this text under this name.

    Parameters
    ----------
    corpus : Corpus
    name : str
        What `load_corpus` was called with.
    folder : Path
        For the file. The caller removes it.

    Examples
    --------
    >>> import tempfile
    >>> from .corpus import from_sentences
    >>> text = from_sentences([["a", "cat"], ["a", "dog"]])
    >>> with tempfile.TemporaryDirectory() as folder, share(text, "bundled", folder):
    ...     sentences, provenance = shared("bundled")
    >>> sentences == text.sentences, provenance == text.provenance.as_dict(), shared("bundled")
    (True, True, None)
    """
    path = Path(folder) / "text.jsonl"
    with atomic_write(path, "w") as handle:
        json.dump({"name": name, "provenance": corpus.provenance.as_dict()}, handle)
        handle.write("\n")
        handle.writelines(json.dumps(sentence) + "\n" for sentence in corpus)
    with variables_set(**{VARIABLE: str(path.absolute())}):
        yield


def shared(name, make=dict):
    """Return the sentences and the provenance of a text that is shared under a name; None without one.

    Parameters
    ----------
    name : str
    make : callable
        Makes the provenance of its parts, which are keyword arguments.

    Returns
    -------
    (list of lists of str, object)

    Raises
    ------
    W2VError
        If the variable names a file that `share` has not written.

    Examples
    --------
    >>> shared("a name that nobody shares") is None
    True
    """
    path = os.environ.get(VARIABLE)
    if not path or not os.path.isfile(path):
        return None
    with (
        explained_read_errors(path, "a text that w2vlib shares", f"unset {VARIABLE}"),
        open(path, encoding="utf-8") as handle,
    ):
        head = json.loads(next(handle, ""))
        if head["name"] != name:
            return None
        return [json.loads(line) for line in handle], make(**head["provenance"])
