"""The engine under papermill: what papermill's own tests of engines and of execution ask for."""

import io
import os

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

distributed = pytest.importorskip("distributed", reason="needs the extra cluster")

from w2vlib.cluster import engine  # noqa: E402
from w2vlib.cluster.clients import open_client  # noqa: E402
from w2vlib.cluster.engine import DaskEngine  # noqa: E402
from w2vlib.reporting.notebook_runs import import_papermill  # noqa: E402

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture(scope="module")
def papermill():
    papermill = import_papermill()
    papermill.engines.papermill_engines.register("w2v-dask", DaskEngine)
    with open_client(1):
        yield papermill


def test_parameters_outputs_metadata_folder_and_printed_text(papermill, tmp_path):
    cells = [
        new_code_cell("n = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("import os\nprint(n, os.getcwd())\n6 * n"),
    ]
    nbformat.write(new_notebook(cells=cells, metadata=PYTHON), tmp_path / "in.ipynb")
    (tmp_path / "work").mkdir()
    printed, before = io.StringIO(), os.getcwd()
    notebook = papermill.execute_notebook(
        tmp_path / "in.ipynb", tmp_path / "out.ipynb", {"n": 7}, engine_name="w2v-dask", kernel_name="python3",
        progress_bar=False, cwd=tmp_path / "work", stdout_file=printed,
    )  # fmt: skip
    assert printed.getvalue() == f"7 {tmp_path / 'work'}\n" and os.getcwd() == before
    stored = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    for one in (notebook, stored):
        assert one.cells[2].outputs[1].data["text/plain"] == "42"
        assert one.metadata.papermill.exception is None and one.metadata.papermill.duration > 0
        assert [c.metadata.papermill.status for c in one.cells] == ["completed"] * 3
        assert one.metadata.language_info.name == "python"


def test_a_failing_cell_stops_the_notebook_which_is_stored_with_the_error(papermill, tmp_path):
    cells = [new_code_cell("print('first')"), new_code_cell("1 / 0"), new_code_cell("print('last')")]
    nbformat.write(new_notebook(cells=cells, metadata=PYTHON), tmp_path / "in.ipynb")
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        papermill.execute_notebook(
            tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine_name="w2v-dask", kernel_name="python3",
            progress_bar=False, kernel_cwd=str(tmp_path), execution_timeout=200,
        )  # fmt: skip
    assert caught.value.ename == "ZeroDivisionError"
    stored = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [c.metadata.get("papermill", {}).get("status") for c in code] == ["completed", "failed", "pending"]
    assert stored.metadata.papermill.exception is True and not code[2].outputs


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (distributed.client.FutureCancelledError("key", "lost"), "cancelled", "The Dask scheduler was lost"),
        (OSError("closed"), "pending", "The Dask scheduler was lost"),
        (distributed.KilledWorker("task", "worker", 3), "error", "Every worker that tried"),
        (OSError("no space on the disk of the worker"), "error", None),
    ],
)
def test_a_lost_scheduler_is_one_sentence(papermill, tmp_path, monkeypatch, error, status, sentence):
    class Lost:
        def submit(self, *arguments, **options):
            self.status = status
            return self

        def result(self):
            raise error

    monkeypatch.setattr(engine, "_client", lambda scheduler: Lost())
    nbformat.write(new_notebook(metadata=PYTHON), tmp_path / "in.ipynb")
    kind = engine.NoClusterError if sentence else OSError
    with pytest.raises(kind, match=sentence or "no space on the disk"):
        papermill.execute_notebook(
            tmp_path / "in.ipynb", tmp_path / "out.ipynb", engine_name="w2v-dask", progress_bar=False
        )
