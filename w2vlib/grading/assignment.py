"""The assignment edition of the notebooks: statements and checks for students, solutions in another folder.

Tags of cells say what becomes of them: ``derivation`` (an empty derivation takes its place), ``solution``
(left out), ``omit`` (left out), ``exercise:KEY`` (the exercise follows). Three editions are made from one
list of parts: for students; with solutions, in nbgrader's conventions; with solutions, in otter-grader's.
"""

import errno
import os
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell

from ..utils.addresses import local_folder
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import project_root, resolved
from ..utils.notebook_files import read_notebook
from ..utils.temporary_folders import temporary_folder
from .exercises import EXERCISES, Exercise
from .report import listed

FOLDERS = {
    "student": "student",
    "nbgrader": "solutions/nbgrader/source/w2v",
    "otter": "solutions/otter",
}
_DERIVATION_POINTS = 3
_INTRODUCTION = """**This is the assignment edition.** Write the derivations and the functions where the
notebook says so, and run the checks below each function. A check that fails says which quantity is wrong, on
which input, and where to look. Numbers in brackets, such as (1.8), are those of the
equations; they are the same in all notebooks. `from w2vlib import check` and
`check.mine(my_function)` show a diagnosis with a picture."""
_BOX = re.compile(r"\\boxed\{")
_TAG = re.compile(r"\\tag\{(\d+\.\d+)\}")


@dataclass
class Part:
    """A cell that is kept, a derivation to write, or an exercise.

    Examples
    --------
    >>> Part("kept", new_markdown_cell("Words.")).kind
    'kept'
    """

    kind: str
    cell: object
    exercise: Exercise | None = None


def parts_of(notebook):
    """Parts (list of `Part`) of a notebook by the tags of its cells.

    Examples
    --------
    >>> cells = [new_markdown_cell("Words."), new_code_cell("x = 1", metadata={"tags": ["solution"]})]
    >>> [part.kind for part in parts_of(nbformat.v4.new_notebook(cells=cells))]
    ['kept']
    """
    parts = []
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "derivation" in tags:
            parts.append(Part("derivation", cell))
        elif not {"solution", "omit"} & set(tags):
            parts.append(Part("kept", cell))
        for tag in tags:
            if tag.startswith("exercise:"):
                key = tag.partition(":")[2]
                parts.append(Part("exercise", cell, EXERCISES[key]))
    return parts


def statement_of(source):
    r"""Say what to derive (Markdown) by the headings and left-hand sides of a derivation.

    Examples
    --------
    >>> print(statement_of("### Loss\n$$\\boxed{J = -\\log \\hat y_o} \\tag{1.3}$$"))
    ### Loss
    <BLANKLINE>
    Derive (1.3).
    <BLANKLINE>
    $$J = \; ? \tag{1.3}$$
    """
    headings = re.findall(r"^#+ .*$", source, re.MULTILINE)
    numbers = _TAG.findall(source)
    wanted = []
    for block in re.findall(r"\$\$(.*?)\$\$", source, re.DOTALL):
        number = _TAG.findall(block)
        if not number:
            continue
        left = _left_hand_side(_BOX.sub("", block))
        wanted.append(f"$${left} = \\; ? \\tag{{{number[0]}}}$$")
    equations = listed(f"({n})" for n in numbers)
    return "\n\n".join([*headings, f"Derive {equations}.", *wanted])


def _left_hand_side(block):
    text = block.replace(r"\begin{aligned}", "").replace("&", "")
    return " ".join(text.partition("=")[0].split())


def _clean(cell):
    """Copy a cell without the tags of this module."""
    copy = nbformat.from_dict(cell)
    tags = [
        t
        for t in cell.metadata.get("tags", [])
        if not t.startswith(("exercise:", "derivation", "solution", "omit"))
    ]
    copy.metadata = {**cell.metadata, "tags": tags} if tags else {
        k: v for k, v in cell.metadata.items() if k != "tags"
    }  # fmt: skip
    return copy


def _nbgrader(grade_id, **values):
    """Metadata of a cell in nbgrader's schema, version 3."""
    common = {"grade_id": grade_id, "schema_version": 3, "task": False}
    return {"nbgrader": {**common, "grade": False, "locked": True, "solution": False, **values}}


def _derivation_cells(part, number, edition):
    statement = new_markdown_cell(statement_of(part.cell.source))
    answer = part.cell.source if edition != "student" else "*Your derivation:*"
    if edition == "otter":
        question = f"# BEGIN QUESTION\nname: derivation-{number}\nmanual: true\npoints: {_DERIVATION_POINTS}"
        return [
            new_raw_cell(question), statement, new_raw_cell("# BEGIN SOLUTION"), new_markdown_cell(answer),
            new_raw_cell("# END SOLUTION"), new_raw_cell("# END QUESTION"),
        ]  # fmt: skip
    graded = {"grade": True, "solution": True, "locked": False, "points": _DERIVATION_POINTS}
    statement.metadata = _nbgrader(f"statement-{number}")
    return [statement, new_markdown_cell(answer, metadata=_nbgrader(f"derivation-{number}", **graded))]


def _exercise_cells(exercise, edition):
    statement = new_markdown_cell(
        f"**Exercise: `{exercise.key}`** ({exercise.points} points). {exercise.statement}"
    )
    if edition == "otter":
        return _otter_cells(exercise, statement)
    solved = edition == "nbgrader"
    hidden = f"\n\n### BEGIN HIDDEN TESTS\n{exercise.hidden}\n### END HIDDEN TESTS" if solved else ""
    tests = _nbgrader(f"test-{exercise.key}", grade=True, points=exercise.points)
    return [
        new_markdown_cell(statement.source, metadata=_nbgrader(f"statement-{exercise.key}")),
        new_code_cell(
            exercise.solved() if solved else exercise.empty(),
            metadata=_nbgrader(exercise.key, solution=True, locked=False),
        ),
        new_code_cell(exercise.visible + hidden, metadata=tests),
    ]


def _otter_cells(exercise, statement):
    prompt = textwrap.indent('""" # BEGIN PROMPT\n...\n""" # END PROMPT', "    ")
    solution = f"{exercise.solved('# BEGIN SOLUTION', '# END SOLUTION')}\n{prompt}"
    return [
        new_raw_cell(f"# BEGIN QUESTION\nname: {exercise.key}\npoints: {exercise.points}"),
        statement,
        new_raw_cell("# BEGIN SOLUTION"),
        new_code_cell(solution),
        new_raw_cell("# END SOLUTION"),
        new_raw_cell("# BEGIN TESTS"),
        new_code_cell(exercise.visible),
        new_code_cell(f"# HIDDEN\n{exercise.hidden}"),
        new_raw_cell("# END TESTS"),
        new_raw_cell("# END QUESTION"),
    ]


def edition_of(notebook, edition):
    """Make one edition of a notebook.

    Parameters
    ----------
    notebook : NotebookNode
    edition : {"student", "nbgrader", "otter"}

    Returns
    -------
    NotebookNode

    Examples
    --------
    >>> given = nbformat.v4.new_notebook(cells=[new_markdown_cell("# Title")])
    >>> [cell.cell_type for cell in edition_of(given, "student").cells]
    ['markdown', 'markdown']
    """
    cells, derivations = [], 0
    for part in parts_of(notebook):
        if part.kind == "derivation":
            derivations += 1
            cells += _derivation_cells(part, derivations, edition)
        elif part.kind == "exercise":
            cells += _exercise_cells(part.exercise, edition)
        else:
            cells.append(_clean(part.cell))
    introduction = new_markdown_cell(" ".join(_INTRODUCTION.split()))
    cells.insert(1, introduction)
    if edition == "otter":
        cells.insert(0, new_raw_cell("# ASSIGNMENT CONFIG\ngenerate:\n  pdf: false"))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    made = nbformat.from_dict({**notebook, "cells": cells})
    nbformat.validate(made)
    return made


def make_assignment(output):
    """Write the assignment edition of notebooks 01 to 05, and the solutions beside it.

    Parameters
    ----------
    output : str or Path
        A folder that is new or empty: ``student/`` is for students, ``solutions/`` is not.

    Returns
    -------
    list of Path

    Raises
    ------
    W2VError
        If the folder has files, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_assignment(f"{folder}/assignment")
    >>> len(made), sorted({path.parent.name for path in made})
    (15, ['otter', 'student', 'w2v'])
    """
    output = local_folder(output)
    taken = W2VError(
        f"{output} is not an empty folder: give a new folder, so that no old solution stays in it."
    )
    with explained_write_errors(output):
        place = resolved(output)
        if os.path.exists(output) and not (place.is_dir() and _may_hold_parts(place)):
            raise taken
        place.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(
            f".{place.name}.", place.parent
        ) as folder:  # a killed call leaves no half of it
            made = _write_editions(folder / "made")
            moves = _moves(folder / "made", place)
            if moves is None:
                raise taken
            try:
                for source, target in moves:
                    os.replace(source, target)
            except OSError as error:  # another call was faster
                raise taken if error.errno in (errno.ENOTEMPTY, errno.EEXIST) else error from None
    return [output / path for path in made]


def _may_hold_parts(place):
    """Whether a folder is empty, or the working directory with nothing but what a killed call moved there."""
    names = set(os.listdir(place))
    return not names or (place == Path.cwd() and names <= {path.split("/")[0] for path in FOLDERS.values()})


def _moves(made, place):
    """List what is to be moved where: the folder, or its parts, if the place is the working directory.

    That cannot be replaced. A part that is there must be the same, moved by a killed call; else None.
    """
    if place != Path.cwd():
        return [(made, place)]
    moves = [(part, place / part.name) for part in sorted(made.iterdir())]
    there = [(part, target) for part, target in moves if os.path.lexists(target)]
    if any(target.is_symlink() or _contents(part) != _contents(target) for part, target in there):
        return None
    return [move for move in moves if move not in there]


def _contents(folder):
    """Bytes of every file below a folder, and None for all else: path in it → content."""
    paths = folder.rglob("*")
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else None for path in paths}


def _write_editions(folder):
    """Write all editions of all notebooks; list of their paths in the folder."""
    made = []
    folder_of_all = project_root() / "notebooks"
    for number in range(1, 6):
        path = next(iter(sorted(folder_of_all.glob(f"0{number}_*.ipynb"))), None)
        if path is None:
            raise W2VError(f"There is no notebook 0{number} in {folder_of_all}: get the project again.")
        notebook = read_notebook(path)
        for edition, place in FOLDERS.items():
            (folder / place).mkdir(parents=True, exist_ok=True)
            text = nbformat.writes(edition_of(notebook, edition)) + "\n"
            (folder / place / path.name).write_text(text, encoding="utf-8")
            made.append(Path(place) / path.name)
    return made
