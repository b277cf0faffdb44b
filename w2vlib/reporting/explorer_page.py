"""The HTML pages: their parts in ``page/``, put together; and a page of the explorer alone.

A page needs no network: styles, scripts, pictures and data are in it, and its Content-Security-Policy
lets it load nothing else.
"""

import html
import json
import re
from pathlib import Path

from ..utils.files import atomic_write, check_writable
from .explorer import WORDS, explorer_data
from .printable_text import visible

_PARTS = Path(__file__).parent / "page"
_SCRIPTS = ("page.js", "vectors.js", "map.js", "explorer.js")


def part(name):
    """Text (str) of a file of the page.

    Examples
    --------
    >>> part("page.html")[:15]
    '<!DOCTYPE html>'
    """
    return (_PARTS / name).read_text(encoding="utf-8")


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
    >>> from w2vlib import Embeddings
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = write_explorer({"animals": e}, Path(folder) / "animals.html")
    >>> data["words"]
    ['cat', 'dog', 'sat']
    """
    check_writable(path)
    data = explorer_data(models, n_words=n_words)
    title = " and ".join(models)
    contents = '<ul><li><a href="#explorer">Explore the vectors</a></li></ul>'
    with atomic_write(path, "w") as handle:
        handle.write(page(f"Word vectors: {title}", explorer_section(data), contents=contents))
    return data
