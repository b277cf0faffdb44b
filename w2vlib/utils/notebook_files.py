"""Notebooks that are read from files: what is none is named in one sentence."""

import nbformat
from nbformat.v4.rwbase import rejoin_lines

from .files import READ_WHOLE, check_is_file, explained_read_errors


def read_notebook(path):
    """Read a notebook of the present format; ``NotebookNode``.

    Raises
    ------
    W2VError
        If there is no such file, or it is a pipe or a folder, or holds no notebook.

    Examples
    --------
    >>> from .files import project_root
    >>> read_notebook(project_root() / "notebooks" / "03_training.ipynb").nbformat
    4
    """
    check_is_file(path, READ_WHOLE)
    with explained_read_errors(path, "a Jupyter notebook"):
        return nbformat.read(path, as_version=4)


def with_whole_sources(notebook):
    r"""Join texts that are lists of lines, and end the lines of every cell's source as Unix does, in place.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    NotebookNode
        The same.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> with_whole_sources(new_notebook(cells=[new_code_cell("a\rb\r\nc")])).cells[0].source
    'a\nb\nc'
    """
    rejoin_lines(notebook)
    for cell in notebook.cells:
        cell.source = cell.source.replace("\r\n", "\n").replace("\r", "\n")
    return notebook
