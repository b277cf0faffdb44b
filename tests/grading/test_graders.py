"""The editions of the assignment in nbgrader and otter-grader themselves, where they are installed."""

import shutil
import subprocess
import sys

import nbformat
import pytest
from test_classroom import leaks

from w2vlib.grading.assignment import make_assignment


@pytest.fixture(scope="module")
def solutions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assignment") / "w2v"
    make_assignment(folder)
    return folder / "solutions"


def run(*command, folder):
    done = subprocess.run([*map(str, command)], cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def sources(folder):
    return {path.name: nbformat.read(path, as_version=4) for path in sorted(folder.glob("*.ipynb"))}


def test_nbgrader_makes_the_edition_for_students(solutions, tmp_path):
    pytest.importorskip("nbgrader", reason="needs nbgrader")
    shutil.copytree(solutions / "nbgrader" / "source", tmp_path / "source")
    run(sys.executable, "-m", "nbgrader", "generate_assignment", "w2v", folder=tmp_path)
    released = sources(tmp_path / "release" / "w2v")
    assert released.keys() == sources(tmp_path / "source" / "w2v").keys() and len(released) == 5
    for name, notebook in released.items():
        text = "\n".join(cell.source for cell in notebook.cells)
        assert not leaks(text) and "HIDDEN TESTS" not in text, name
        nbformat.validate(notebook)


def test_otter_makes_the_edition_for_students(solutions, tmp_path):
    pytest.importorskip("otter", reason="needs otter-grader")
    shutil.copy(solutions / "otter" / "01_derivations.ipynb", tmp_path)
    # Otter also runs the tests on the solutions.
    run(sys.executable, "-m", "otter", "assign", "01_derivations.ipynb", "out", folder=tmp_path)
    (notebook,) = sources(tmp_path / "out" / "student").values()
    assert not leaks("\n".join(cell.source for cell in notebook.cells))
