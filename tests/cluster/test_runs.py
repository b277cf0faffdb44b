"""A notebook that is run: where it failed, and what counts as its end."""

import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from w2vlib.cluster.runs import run_notebook
from w2vlib.reporting import notebook_runs
from w2vlib.reporting.notebook_runs import kernel_settings
from w2vlib.utils.temporary_folders import temporary_folder

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
            "Notebook mine failed in cell 3: the kernel could not send a text, which holds half a character",
        ),
    ],
)
def test_where_a_notebook_failed(sources, error, monkeypatch):
    monkeypatch.setattr(notebook_runs, "ANSWER_SECONDS", 10)
    found = error_of(*sources)
    if "half a character" in error:  # the kernel may lose what it has to send next: that the cell has ended
        assert "half a character" in found
    else:
        assert found.startswith(error) and bool(found) == bool(error)


@pytest.mark.parametrize("after", [(), ("print('after')",)], ids=["last cell", "before another"])
def test_a_cell_that_fails_without_room_for_its_error_has_failed(after, tmp_path):
    lacking = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**20, 2**20))\nx = bytearray(10**8)\nprint('never')"
    cells = [PARAMETERS, *map(new_code_cell, ("print('kept')", lacking, *after))]
    content = nbformat.writes(new_notebook(cells=cells))
    outcome = run_notebook(content, str(tmp_path / "a.ipynb"), {"n": 2})
    assert outcome.error.startswith("Notebook a failed in cell 3: ") and "memory" in outcome.error.lower()
    assert b"kept" in outcome.output and b"never\\n" not in outcome.output


def test_kernels_take_no_ports_where_there_can_be_sockets_in_files():
    with temporary_folder("w2vlib-test-") as folder:
        connection = folder / "kernel.json"
        assert kernel_settings(connection)["config"].KernelManager.transport == "ipc"
        assert not list(folder.iterdir())
        long = folder / ("n" * 120)
        long.mkdir()
        assert kernel_settings(long / "kernel.json")["config"].KernelManager.transport == "tcp"
        no_utf8 = folder / os.fsdecode(b"\xff")
        no_utf8.mkdir()
        assert kernel_settings(no_utf8 / "kernel.json")["config"].KernelManager.transport == "tcp"
        assert not list(no_utf8.iterdir())


def test_a_kernel_that_does_not_say_that_a_cell_has_ended(monkeypatch):
    monkeypatch.setattr(notebook_runs, "ANSWER_SECONDS", 1)
    short = "import sys, time; sys.stdout.flush_timeout = sys.stderr.flush_timeout = 0.1"
    holds = "get_ipython().kernel.iopub_thread.io_loop.add_callback(time.sleep, 20)"
    assert error_of(f"{short}; {holds}").startswith(
        "Notebook mine failed: its kernel has not said within 1 s that a cell"
    )


@pytest.mark.parametrize("settings", [b"lines.linewidth: 9\n", b"\xff\x00broken"])
def test_figures_do_not_depend_on_the_users_settings(settings, tmp_path, monkeypatch):
    (tmp_path / "matplotlibrc").write_bytes(settings)
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "no such thing")
    lines = "import matplotlib", "assert matplotlib.rcParams['lines.linewidth'] == 1.5"
    assert not error_of(*lines, "assert 'inline' in matplotlib.get_backend()")
