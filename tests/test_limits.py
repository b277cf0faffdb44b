"""Sizes that keep the code readable: of functions, modules, calls and cells."""

import ast

import nbformat
import pytest

from w2vlib.utils.files import project_root

ROOT = project_root()
MODULES = sorted(path for path in (ROOT / "w2vlib").rglob("*.py") if "__pycache__" not in path.parts)
FUNCTION_LINES, MODULE_LINES, POSITIONAL, CELL_LINES = 60, 400, 8, 12


def is_kernel(path):
    """Compiled code takes its arrays one by one, and its loops are not split."""
    return "kernels" in path.stem or path.stem in {"mersenne_twister", "simd"}


def trees():
    return [(p, ast.parse(p.read_text(encoding="utf-8"))) for p in MODULES if not is_kernel(p)]


def name(path, node):
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def long_functions():
    return [
        f"{name(path, node)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]


def long_modules():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    return [f"{p.relative_to(ROOT)}: {n} lines" for p, n in lengths.items() if n > MODULE_LINES]


def long_calls():
    return [
        f"{name(path, node)}: {len(node.args)} positional arguments"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and len(node.args) > POSITIONAL
    ]


def long_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    # papermill takes parameters as literals, one per line, from one cell: it may be longer.
    lengths = {
        i: len(c.source.splitlines())
        for i, c in enumerate(cells)
        if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])
    }
    return [f"{path.stem}, cell {i}: {n} lines" for i, n in lengths.items() if n > CELL_LINES]


@pytest.mark.parametrize("offenders", [long_functions, long_modules, long_calls], ids=lambda f: f.__name__)
def test_code_is_short(offenders):
    found = offenders()
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_cells_are_short(path):
    found = long_cells(path)
    assert not found, "\n".join(found)


if __name__ == "__main__":
    notebooks = [o for p in sorted((ROOT / "notebooks").glob("*.ipynb")) for o in long_cells(p)]
    print(*long_functions(), *long_modules(), *long_calls(), *notebooks, sep="\n")
