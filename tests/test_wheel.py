"""The wheel, installed where there is no checkout, brings what the report is made of."""

import os
import site
import subprocess
import sys
import venv
import zipfile

import pytest

from w2vlib.utils.files import project_root


def run(*command, **kwargs):
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **kwargs)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    run("git", "clone", "-q", project_root(), source)  # so that no build folder is left in the checkout
    for name in run("git", "-C", project_root(), "ls-files", "-m").stdout.split():
        (source / name).write_bytes((project_root() / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "--no-index"]
    made = run(*pip, "-w", folder, source)
    assert made.returncode == 0, made.stderr
    (path,) = folder.glob("*.whl")
    return path


def test_notebooks_and_claims_are_in_the_wheel(wheel):
    names = {name.partition("/share/w2vlib/")[2] for name in zipfile.ZipFile(wheel).namelist()} - {""}
    report = {
        "checklists.toml",
        "claims.toml",
        "metadata.yaml",
        "reader.lua",
        "refs.bib",
        "report.toml",
        "template.typ",
        "any_notebook.lua",
        "foreign_html.lua",
        "markdown_text.lua",
        "shown_words.lua",
        "typst_text.lua",
        "formulas.lua",
        "notebook.typ",
        "notebook_tables.lua",
    }
    notebooks = {f"notebooks/{path.name}" for path in (project_root() / "notebooks").glob("*.ipynb")}
    evidence = {
        f"report/evidence/{path.name}" for path in (project_root() / "report/evidence").glob("*.json")
    }
    assert names == {f"report/{name}" for name in report} | evidence | notebooks
    assert len(notebooks) == 7 and len(evidence) == 4


def test_the_parts_of_the_page_are_in_the_wheel(wheel):
    folder = "w2vlib/reporting/page/"
    names = {
        name.removeprefix(folder) for name in zipfile.ZipFile(wheel).namelist() if name.startswith(folder)
    }
    assert names == {path.name for path in (project_root() / folder).iterdir()} and len(names) > 5


def test_the_command_finds_them_without_a_checkout(wheel, tmp_path):
    home, work = tmp_path / "env", tmp_path / "work"
    work.mkdir()
    venv.create(home, with_pip=False)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text("\n".join(site.getsitepackages()))
    pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "-q", "--no-index"]
    installed = run(*pip, "--no-deps", "--ignore-installed", wheel)
    assert installed.returncode == 0, installed.stderr
    shown = run(
        home / "bin" / "w2v",
        "report",
        "-p",
        "iterations",
        "1",
        cwd=work,
        env={**os.environ, "HOME": str(work)},
    )
    # The parameters are those of the installed notebooks; a report from a wheel takes minutes.
    assert shown.returncode == 2 and shown.stderr.startswith("w2v: Parameter iterations=1 is not allowed")
    code = "from w2vlib.utils.files import *; print(checkout(), project_root(), working_root(), data_dir())"
    places = run(
        home / "bin" / "python", "-c", code, cwd=work, env={**os.environ, "HOME": str(work)}
    ).stdout.split()
    assert places[:3] == ["None", str(home / "share" / "w2vlib"), str(work)] and str(work) in places[3]
