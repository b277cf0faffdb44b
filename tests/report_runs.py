"""Runs of `w2v report` with small parameters."""

import shutil

import nbformat
from click.testing import CliRunner
from nbformat.v4 import new_markdown_cell

from w2vlib.cli import main
from w2vlib.reporting import build
from w2vlib.utils.files import project_root

NOTEBOOKS = [
    "00_introduction", "01_derivations", "02_gradient_checks", "03_training", "04_word_vectors", "05_preprocessing",
    "06_discussion",
]  # fmt: skip
TINY = {"iterations": 140, "points": 3, "n_pieces": 500, "n_seeds": 2, "draws": 50}
SMALL = [word for name, value in TINY.items() for word in ("-p", name, str(value))]


def run(*arguments):
    return CliRunner().invoke(main, ["report", *map(str, arguments)], catch_exceptions=False)


def copy_of_checkout(root, monkeypatch, to_run):
    """A checkout whose notebooks, except those to run, are headings only: the others refer to them."""
    for folder in ("report", "notebooks"):
        shutil.copytree(project_root() / folder, root / folder, ignore=shutil.ignore_patterns("build"))
    for path in (root / "notebooks").glob("*.ipynb"):
        if path.stem not in to_run:
            made = nbformat.read(path, as_version=4)
            made.cells = [c for c in made.cells if "parameters" in c.metadata.get("tags", [])]
            made.cells.insert(0, new_markdown_cell(f"# {path.stem}"))
            nbformat.write(made, path)
    monkeypatch.setattr(build, "project_root", lambda: root)
