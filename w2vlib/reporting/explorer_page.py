"""The HTML pages: their parts in ``page/``, put together; and a page of the explorer alone.

A page needs no network: styles, scripts, pictures and data are in it, and its Content-Security-Policy
lets it load nothing else.
"""

import html
import json
import re
from pathlib import Path

from ..models.embeddings import Embeddings
from ..utils.arguments import as_paths
from ..utils.characters import visible
from ..utils.errors import W2VError
from ..utils.files import atomic_write, check_writable, project_text
from .explorer import WORDS, explorer_data

_PICKLED = (".kv", ".model", ".wordvectors")
_PARTS = Path(__file__).parent / "page"
_SCRIPTS = ("page.js", "vectors.js", "map.js", "explorer.js")


def part(name):
    """Text (str) of a file of the page.

    Examples
    --------
    >>> part("page.html")[:15]
    '<!DOCTYPE html>'
    """
    return project_text(_PARTS / name)


def explorer_section(data):
    r"""HTML (str) of the explorer, with its data.

    Parameters
    ----------
    data : dict
        As from `explorer.explorer_data`.

    Examples
    --------
    >>> "<\\/script>" in explorer_section({"words": ["</script>"]})
    True
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return _filled(part("explorer.html"), data=text.replace("<!--", "<\\u0021--"))


def page(title, body, under_title="", contents=""):
    """Put an HTML page (str) together.

    Parameters
    ----------
    title : str
        Text.
    body, under_title, contents : str
        HTML.

    Examples
    --------
    >>> "<title>a &lt; b</title>" in page("a < b", "<p>Text.</p>")
    True
    """
    return _filled(
        part("page.html"),
        title=html.escape(visible(title)),
        style=part("page.css"),
        under_title=under_title,
        contents=contents,
        body=body,
        scripts="\n".join(f"<script>\n{part(name)}</script>" for name in _SCRIPTS),
    )


def _filled(template, **values):
    """Replace every ``{{name}}`` of a template once; what comes in is not looked at again."""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def load_models(paths):
    """Read the vectors of one file, or of two to be shown side by side.

    Parameters
    ----------
    paths : sequence of Path
        See `Embeddings.load`.

    Returns
    -------
    dict of str → Embeddings
        By the name of the file, or by the path where two files have one name.

    Raises
    ------
    W2VError
        If a file cannot be read, holds pickled objects, or there are more than two.

    Examples
    --------
    >>> load_models([Path("model.kv")])
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: model.kv is in gensim's own format, which may run code when it is read: ...
    """
    paths = as_paths(paths)
    if not 1 <= len(paths) <= 2:
        raise W2VError(f"{len(paths)} files were given: give one, or two to be shown side by side.")
    if len(set(paths)) < len(paths):
        raise W2VError(f"{paths[0]} was given twice: give two different files.")
    for path in paths:
        if path.suffix in _PICKLED:
            raise W2VError(
                f"{path} is in gensim's own format, which may run code when it is read: save the vectors by "
                "save_word2vec_format('vectors.bin', binary=True), and give that file."
            )
    names = [path.stem for path in paths]
    names = names if len(set(names)) == len(names) else [str(path) for path in paths]
    return {name: Embeddings.load(path) for name, path in zip(names, paths, strict=True)}


def write_explorer(models, path, n_words=WORDS):
    """Write a page with the explorer of one model, or of two side by side.

    Parameters
    ----------
    models : dict of str → Embeddings
        One or two, by the name that the page shows.
    path : str or Path
    n_words : int
        The most frequent words; see `explorer.explorer_data`.

    Returns
    -------
    dict
        The data, as from `explorer_data`.

    Raises
    ------
    W2VError
        If the models have no word in common, there are too many numbers, or `path` cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = write_explorer({"animals": e}, Path(folder) / "animals.html")
    >>> data["words"]
    ['cat', 'dog', 'sat']
    """
    check_writable(path)
    data = explorer_data(models, n_words=n_words)
    title = " and ".join(model["name"] for model in data["models"])
    contents = '<ul><li><a href="#explorer">Explore the vectors</a></li></ul>'
    with atomic_write(path, "w") as handle:
        handle.write(page(f"Word vectors: {title}", explorer_section(data), contents=contents))
    return data
