"""Executed notebooks without what only this machine or this run has to do with: folders, warnings, times."""

import os
from pathlib import Path

import nbformat

from ..utils.files import atomic_write


def tidy(path, timings=True, echo=print):
    """Remove from an executed notebook the folders of this machine, and what went to standard error.

    Parameters
    ----------
    path : Path
        Of the notebook, which is replaced.
    timings : bool
        If not, remove also what differs from run to run: papermill's records, and one identifier.
    echo : callable
        Called with a line for each cell of which something is left out.

    Examples
    --------
    >>> import tempfile
    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> warning = new_output("stream", name="stderr", text="UserWarning: slow")
    >>> cells = [new_code_cell('corpus = "/me/text.txt"', metadata={"tags": ["injected-parameters"]})]
    >>> cells.append(new_code_cell("train()", outputs=[warning]))
    >>> record = {"parameters": {"corpus": "/me/text.txt"}, "input_path": "/me/a.ipynb"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.ipynb"
    ...     nbformat.write(new_notebook(cells=cells, metadata={"papermill": record}), path)
    ...     tidy(path)
    ...     notebook = nbformat.read(path, as_version=4)
    a, cell 1: not in the report, since it went to standard error: UserWarning: slow
    >>> print(notebook.cells[0].source, notebook.metadata.papermill["input_path"])
    # Parameters
    corpus = "text.txt"
     a.ipynb
    >>> notebook.cells[1].outputs
    []
    """
    notebook = nbformat.read(path, as_version=4)
    _remove_folders(notebook)
    for number, text in _take_errors(notebook):
        echo(f"{path.stem}, cell {number}: not in the report, since it went to standard error: {text}")
    if not timings:
        _remove_times(notebook)
    with atomic_write(path) as handle:
        handle.write(nbformat.writes(notebook).encode())


def _remove_folders(notebook):
    """Remove them from its parameters and papermill's record."""
    from papermill.translators import PythonTranslator

    record = notebook.metadata.papermill
    record["parameters"] = {name: without_folder(value) for name, value in record["parameters"].items()}
    record |= {name: without_folder(record[name]) for name in ("input_path", "output_path") if name in record}
    for cell in filter(_is_injected, notebook.cells):
        cell.source = PythonTranslator.codify(record["parameters"], "Parameters")


def _take_errors(notebook):
    """Remove what cells wrote to standard error; number of each cell, as the notebook is stored, and text."""
    number = 0
    for cell in notebook.cells:
        number += not _is_injected(cell)
        outputs = cell.get("outputs", [])
        texts = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
        if texts:
            cell.outputs = [o for o in outputs if o.output_type != "stream" or o.name != "stderr"]
            yield number, " ".join("".join(texts).split())[:200]


def _remove_times(notebook):
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        for name in ("papermill", "execution"):
            cell.metadata.pop(name, None)
        if _is_injected(cell):
            cell.id = "injected-parameters"


def _is_injected(cell):
    """Whether papermill has put in the cell, with values of parameters."""
    return "injected-parameters" in cell.metadata.get("tags", [])


def without_folder(value):
    """Return a parameter's value; of an absolute path only the file name, because folders are private.

    Examples
    --------
    >>> without_folder("/home/me/text.txt"), without_folder("raw:/home/me/text.txt"), without_folder(3)
    ('text.txt', 'raw:text.txt', 3)
    """
    if isinstance(value, list):
        return [without_folder(each) for each in value]
    if isinstance(value, dict):
        return {key: without_folder(each) for key, each in value.items()}
    prefix, path = ("raw:", value[4:]) if str(value).startswith("raw:") else ("", value)
    return prefix + Path(path).name if isinstance(path, str) and os.path.isabs(path) else value
