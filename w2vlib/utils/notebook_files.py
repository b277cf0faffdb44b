"""Notebooks that are read from files: what is none is named in one sentence."""

import nbformat

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
