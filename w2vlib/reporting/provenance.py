"""The last section of the report: text, parameters, code, machine and times."""

import numpy as np
import pandas as pd

from ..utils.environment import commit_of, machine, versions
from ..utils.markdown import as_markdown
from .display import Table
from .executed_notebooks import without_folder

WALL_CLOCK = "wall-clock time, which differs from run to run"  # said beside every time in the report


def note_on_times(seconds):
    """Say what the times beside are, or, if all of them are NaN, that they are left out (a sentence).

    Examples
    --------
    >>> note_on_times([2.5, 1.0]), note_on_times([float("nan")])
    ('Time is wall-clock time, which differs from run to run.', 'Times are left out.')
    """
    return f"Time is {WALL_CLOCK}." if np.isfinite([*seconds]).any() else "Times are left out."


def corpus_phrase(text):
    """Name a corpus (`Corpus`) in a sentence (Markdown).

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> corpus_phrase(from_sentences([["a", "cat"]], name="*pets*"))
    'the corpus “`*pets*`”'
    """
    name = text.provenance.name
    return "the bundled corpus" if name == "bundled" else f"the corpus “{as_markdown(name)}”"


def closing_cells(provenance, parameters, timings, root):
    """Make the cells of the last section.

    Parameters
    ----------
    provenance : corpus.Provenance
        Of the text.
    parameters : dict
        Path of a notebook → all its parameters by name.
    timings : dict
        Name of a notebook → seconds; None leaves them out.
    root : Path
        The checkout.

    Returns
    -------
    list of NotebookNode

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> cells = closing_cells(from_sentences([["a", "cat"]]).provenance, {}, {"03_training": 8.25}, ".")
    >>> print(cells[-1].outputs[0].data["text/markdown"])
    | notebook | seconds |
    | :--- | ---: |
    | 03_training | 8.2 |
    """
    from nbformat.v4 import new_markdown_cell  # slow to import, and the notebooks import this module

    varying = (
        "figures, except for times, for peak memory, and for what is computed from them. "
        f"Time is {WALL_CLOCK}."
        if timings is not None
        else "bytes on this kind of processor: times and peak memory are left out (`--no-timings`)."
    )
    cells = [
        new_markdown_cell(
            "# Provenance\n\nWhat made this report. The same commit, parameters, text and package versions "
            f"give the same {varying}"
        ),
        _table_cell("The text.", "text", _text_rows(provenance)),
        _table_cell(
            "Parameters of each notebook.",
            "parameters",
            _parameter_rows(parameters),
            ("name", "value", "notebook"),
        ),
        _table_cell("Code, packages and machine.", "machine", _machine_rows(root)),
    ]
    if timings is not None:
        times = [(name, f"{seconds:.1f}") for name, seconds in timings.items()]
        caption = f"Time of each notebook: {WALL_CLOCK}."
        cells.append(_table_cell(caption, "times", times, ("notebook", "seconds")))
    return cells


def _table_cell(caption, label, rows, columns=("what", "value")):
    """Make a code cell whose output is a table of the rows."""
    from nbformat.v4 import new_code_cell, new_output

    data, metadata = Table(pd.DataFrame(rows, columns=list(columns)), label, caption).output()
    output = new_output("display_data", data=data, metadata=metadata)
    return new_code_cell("", outputs=[output], metadata={"tags": ["remove-input"]})


def _text_rows(provenance):
    """Rows (what, value) about the text; counts with separators, a name as Markdown."""
    return [
        (
            name.replace("_", " "),
            f"{value:,}" if isinstance(value, int) else as_markdown(value) if name == "name" else value,
        )
        for name, value in provenance.as_dict().items()
    ]


def _parameter_rows(parameters):
    """Rows (name, value, notebook), one per parameter."""
    return [
        (f"`{name}`", as_markdown(repr(without_folder(value))), path.stem)
        for path, values in parameters.items()
        for name, value in values.items()
    ]


def _machine_rows(root):
    """Rows (what, value) about the code, the packages and the machine."""
    commit, has_changes = commit_of(root)
    return [
        ("commit", f"`{commit}`{' with uncommitted changes' if has_changes else ''}"),
        *versions().items(),
        *machine().items(),
    ]
