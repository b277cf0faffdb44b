import ast
import doctest

import nbformat
import numpy as np
import pytest

from w2vlib.cli import main
from w2vlib.replication import settings
from w2vlib.replication.settings import PUBLISHED, RecipeSettings
from w2vlib.utils.errors import W2VError
from w2vlib.utils.files import project_root


@pytest.mark.parametrize("name", ["03_training", "04_word_vectors"])
def test_notebooks_have_the_published_settings(name):
    notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    values = {node.target.id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    found = RecipeSettings.from_parameters(values)
    assert found == PUBLISHED and set(values) & set(PUBLISHED.as_dict())


def test_the_command_has_an_option_for_every_setting():
    options = {option.name: option for option in main.commands["reproduce"].params}
    for name, value in PUBLISHED.as_dict().items():
        assert options[name].default == value and options[name].help


def test_settings_are_checked_and_become_plain_numbers():
    assert type(RecipeSettings(dim=np.int64(3)).dim) is int
    with pytest.raises(W2VError, match="dim=0 is not allowed: give a whole number from 1 to 10000"):
        PUBLISHED.replace(dim=0)


def test_examples():
    assert doctest.testmod(settings).failed == 0
