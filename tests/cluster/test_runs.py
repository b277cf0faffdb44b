"""A notebook that is run: where it failed, and what counts as its end."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from w2vlib.cluster.runs import run_notebook

PARAMETERS = new_code_cell("n = 1", metadata={"tags": ["parameters"]})


def error_of(*sources):
    cells = [PARAMETERS, *map(new_code_cell, sources)]
    return run_notebook(nbformat.writes(new_notebook(cells=cells)), "mine.ipynb", {"n": 2}).error


@pytest.mark.parametrize(
    ("sources", "error"),
    [
        (["n", "", "n"], ""),
        (["raise SystemExit", "1 / 0"], ""),
        (["raise SystemExit(0)", "1 / 0"], ""),
        (["n", "raise SystemExit(3)", "n"], "Notebook mine failed in cell 3: SystemExit: 3"),
        (["1 / 0", "n"], "Notebook mine failed in cell 2: ZeroDivisionError: division by zero"),
        # The kernel fails at writing its message, and no output says so.
        (
            ["n", r"raise ValueError('\ud800')", "n"],
            "Notebook mine failed in cell 3: the kernel could not send",
        ),
        (
            ["n", r"print('the figure is', n); print('\ud800')", "n"],
            "Notebook mine failed in cell 3: the kernel could not send",
        ),
    ],
)
def test_where_a_notebook_failed(sources, error):
    found = error_of(*sources)
    assert found.startswith(error) and bool(found) == bool(error)


@pytest.mark.parametrize("settings", [b"lines.linewidth: 9\n", b"\xff\x00broken"])
def test_figures_do_not_depend_on_the_users_settings(settings, tmp_path, monkeypatch):
    (tmp_path / "matplotlibrc").write_bytes(settings)
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "no such thing")
    lines = "import matplotlib", "assert matplotlib.rcParams['lines.linewidth'] == 1.5"
    assert not error_of(*lines, "assert 'inline' in matplotlib.get_backend()")
