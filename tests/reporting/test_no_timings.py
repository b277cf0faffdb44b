"""`w2v report --no-timings`: the same bytes on any number of threads, and no time in them."""

import re

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_markdown_cell
from pdf_text import texts_of
from report_runs import copy_of_checkout, run

from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.reporting.findings import ablation, training
from w2vlib.utils import run_costs


def timed_notebook(path):
    """Leave of notebook 03 the training and what shows times; SkipGram is trained, too."""
    made = nbformat.read(path, as_version=4)
    wanted = (
        "corpus: str",
        "import numpy",
        "settings = Recipe",
        "findings.final_loss",
        "seconds = {",
        "cost_table",
    )
    cells = [
        cell for cell in made.cells if cell.cell_type == "code" and any(w in cell.source for w in wanted)
    ]
    assert len(cells) == len(wanted)
    source = (
        "import os\nfrom w2vlib import SkipGram\n"
        "model = SkipGram(dim=8, epochs=2, threads=int(os.environ['NUMBA_NUM_THREADS']))\n"
        "vectors = model.fit(text, progress=False).embeddings_.vectors\n"
        "print(vectors.sum(0))"
    )
    made.cells = [new_markdown_cell("# Training"), *cells, new_code_cell(source)]
    nbformat.write(made, path)


def test_the_same_bytes_on_any_number_of_threads(tmp_path, monkeypatch, excerpt):
    root = tmp_path / "project"
    copy_of_checkout(root, monkeypatch, ["03_training"])
    settings = root / "report" / "report.toml"
    names = re.search(r"(?s)notebooks = \[.*?\]", settings.read_text(encoding="utf-8"))[0]
    alone = settings.read_text(encoding="utf-8").replace(names, 'notebooks = ["03_training"]')
    settings.write_text(alone, encoding="utf-8")
    timed_notebook(root / "notebooks" / "03_training.ipynb")
    made = []
    for threads in (1, 2):
        monkeypatch.setenv("NUMBA_NUM_THREADS", str(threads))
        out = tmp_path / f"threads-{threads}"
        options = [
            "--corpus",
            excerpt,
            "--output",
            out,
            "--jobs",
            threads,
            "--no-timings",
            "-p",
            "iterations",
            60,
        ]
        result = run(*options)
        assert result.exit_code == 0, result.stderr
        made.append(
            {name: (out / name).read_bytes() for name in ("report.pdf", "report.html", "report.ipynb")}
        )
    assert made[0] == made[1]
    printed = " ".join(texts_of(out / "report.pdf"))
    assert "Times are left out" in printed and "wall-clock" not in printed and "—" in printed


def test_times_are_shown_unless_they_are_left_out(built, monkeypatch):
    text = (built / "report.html").read_text(encoding="utf-8")
    assert "wall-clock time" in text and "Time of each notebook" in text and "Times are left out" not in text
    assert run_costs.run_cost(1.5) == 1.5
    monkeypatch.setenv(run_costs.OMITTED, "1")
    assert np.isnan(run_costs.run_cost(1.5)) and not run_costs.are_shown()


def test_tables_and_figures_without_times():
    table = training.cost_table([1000], {"negative-sampling": [np.nan], "naive-softmax": [np.nan]})
    assert table.frame.iloc[0].tolist() == ["1,000", "—", "—"]
    assert "times as long" not in table.caption and table.caption.endswith("Times are left out.")
    rows = [
        AblationRow("keep", "N", n, wordsim353_shared=0.2 + n / 10, parameters=1e6, tokens_per_word=1.0)
        for n in range(2)
    ]
    figure = ablation.quality_against_cost(rows)
    assert len(figure.figure.axes) == 3 and figure.alt.startswith("Three panels") and "time" not in figure.alt
    assert figure.caption.endswith("Times are left out.")
