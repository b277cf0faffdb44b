"""A package that cannot be written, and no home folder that can: every command works."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from w2vlib.utils.files import project_root

# In one process, so that no kernel is compiled twice: nothing can be stored here.
CODE = """
import os, sys
import w2vlib
from w2vlib.cli import main
from w2vlib.utils.compilation import OPTIONS

package = os.path.dirname(w2vlib.__file__)
print(package, OPTIONS["cache"], os.access(package, os.W_OK), os.access(os.environ["HOME"], os.W_OK))
text = ["--corpus", sys.argv[1], "--dim", "4"]
for command in (
    ["train", *text, "--epochs", "1", "--output", "vectors.npz"],
    ["evaluate", "vectors.npz", "--draws", "9"],
    ["reproduce", *text, "--iterations", "20", "--json", "run.json"],
):
    try:
        code = main(command, prog_name="w2v", standalone_mode=False) or 0
    except SystemExit as stop:
        code = stop.code or 0
    print("exit code of", command[0], code)
"""


def without_root():
    """Start of a command that keeps to permissions: root's right to ignore them is given up."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root ignores permissions, and setpriv, which takes this right away, is not installed")
    return ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]


def make_read_only(folder):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)


@pytest.fixture
def installed(tmp_path):
    """Copy of the package, and an empty home folder, that are read-only."""
    package, home = tmp_path / "installed", tmp_path / "home"
    shutil.copytree(
        project_root() / "w2vlib", package / "w2vlib", ignore=shutil.ignore_patterns("__pycache__")
    )
    home.mkdir()
    for folder in (package, home):
        make_read_only(folder)
    yield package, home
    for folder in (package, home):  # pytest removes them
        for path in [folder, *folder.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)


def test_commands_of_a_read_only_package_without_a_home(installed, tmp_path):
    package, home = installed
    text, work = tmp_path / "text.txt", tmp_path / "work"
    text.write_text("the cat sat on 1990\na dog and the cat sat\n" * 20)
    work.mkdir()
    elsewhere = ("XDG_", "NUMBA_", "MPLCONFIGDIR", "JUPYTER", "IPYTHON", "PYTHON", "COVERAGE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(elsewhere)}
    done = subprocess.run(
        [*without_root(), sys.executable, "-c", CODE, text],
        # NUMBA_OPT: the compiler's effort, which takes most of the time
        env={**kept, "HOME": str(home), "PYTHONPATH": str(package), "NUMBA_OPT": "0"},
        cwd=work,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert done.stdout.splitlines()[0] == f"{package / 'w2vlib'} False False False"
    assert re.findall(r"exit code of (\w+) (\d)", done.stdout) == [
        ("train", "0"), ("evaluate", "0"), ("reproduce", "0"),
    ]  # fmt: skip
    assert {path.name for path in work.iterdir()} == {"vectors.npz", "run.json"}
    assert not list(home.iterdir()) and not list(package.rglob("__pycache__"))
