"""Every notebook alone, as ``jupyter nbconvert --execute`` runs it, with its own parameters."""

import subprocess
import sys

import nbformat
import pytest

from w2vlib.reporting.notebook_parameters import RULES, default_parameters
from w2vlib.utils.files import project_root

VIEWS = {  # labels of figures and tables, among them those that stand for the views in a batch run
    "00_introduction": {"texts"},
    "01_derivations": {"update"},
    "02_gradient_checks": {"pair"},
    "03_training": {"checkpoints"},
    "04_word_vectors": {"surroundings", "claims"},
    "05_preprocessing": {"sentence", "expected"},
    "06_discussion": {"records", "checklists"},
}


# All run in the report of `test_build`, and those with interactive views in a browser (`test_browser`); the
# others are run alone in `make fuzz`.
FEW = ("00_introduction",)


@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.nightly) for name in VIEWS]
)
def test_a_notebook_alone_is_clean_and_has_its_pictures(name, small_notebooks, tmp_path):
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
    command += ["--output-dir", str(tmp_path), str(small_notebooks / f"{name}.ipynb")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    notebook = nbformat.read(tmp_path / f"{name}.ipynb", as_version=4)
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type in ("stream", "error")]
    assert not [
        mime for output in outputs for mime in output.get("data", {}) if "widget" in mime or "plotly" in mime
    ]
    labels = {output.get("metadata", {}).get("w2v", {}).get("label") for output in outputs}
    assert VIEWS[name] <= labels


@pytest.mark.parametrize("seed", [0, 3, 182, 2**63 - 1])
@pytest.mark.parametrize("end", ["low", "default", "high"])
def test_the_results_of_notebook_01_hold_for_all_sizes_of_its_toy_model(end, seed):
    path = project_root() / "notebooks" / "01_derivations.ipynb"
    given = {
        name: value if end == "default" else getattr(RULES[name], end)
        for name, value in default_parameters(path).items()
    }
    namespace = given | {"seed": seed}
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
        if (
            cell.cell_type == "code"
            and "parameters" not in cell.metadata.get("tags", [])
            and "explore_" not in cell.source
        ):
            exec(compile(cell.source, f"cell {number}", "exec"), namespace)
