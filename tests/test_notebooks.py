"""Every notebook alone, as ``jupyter nbconvert --execute`` runs it, with its own parameters."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

VIEWS = {  # labels of figures and tables, among them those that stand for the views in a batch run
    "00_introduction": {"texts"},
    "01_derivations": {"update"},
    "02_gradient_checks": {"pair"},
    "03_training": {"checkpoints"},
    "04_word_vectors": {"surroundings", "claims"},
    "05_preprocessing": {"sentence", "expected"},
    "06_discussion": {"records", "checklists"},
}


@pytest.fixture(scope="module")
def executions(small_notebooks, tmp_path_factory):
    """The command for each notebook, two at a time: name → (finished process, folder)."""
    folder = tmp_path_factory.mktemp("alone")

    def execute(name):
        command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
        command += ["--output-dir", str(folder), str(small_notebooks / f"{name}.ipynb")]
        return subprocess.run(command, capture_output=True, text=True, check=False), folder

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(VIEWS, pool.map(execute, VIEWS), strict=True))


@pytest.mark.parametrize("name", VIEWS)
def test_a_notebook_alone_is_clean_and_has_its_pictures(name, executions):
    done, folder = executions[name]
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type in ("stream", "error")]
    assert not [
        mime for output in outputs for mime in output.get("data", {}) if "widget" in mime or "plotly" in mime
    ]
    labels = {output.get("metadata", {}).get("w2v", {}).get("label") for output in outputs}
    assert VIEWS[name] <= labels
