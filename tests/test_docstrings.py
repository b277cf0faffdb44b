"""Examples in docstrings run, and every public name has one."""

import doctest
import importlib
import inspect

import pytest

import w2vlib
from w2vlib.utils.files import project_root

ROOT = project_root()
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "w2vlib").rglob("*.py")
    if "__pycache__" not in path.parts and path.name != "__init__.py"
)
# Public names without an example yet. Names that have one must leave the list.
WITHOUT_EXAMPLE = set()


def has_example(thing):
    """Whether the docstring has an example that runs."""
    docstring = inspect.getdoc(thing) or ""
    return "Examples\n--------" in docstring and bool(doctest.DocTestParser().get_examples(docstring))


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    tests = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name))
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said = []
    for test in tests:
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


@pytest.mark.parametrize("name", w2vlib.__all__)
def test_public_names_have_an_example(name):
    assert has_example(getattr(w2vlib, name)) == (name not in WITHOUT_EXAMPLE), (
        "write an Examples section, or take the name off WITHOUT_EXAMPLE"
    )
