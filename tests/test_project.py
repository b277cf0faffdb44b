import ast
import graphlib
import re
import shlex
import subprocess
import sys
import tomllib
from importlib import metadata

import click
import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

import w2vlib
from w2vlib import cli, widgets
from w2vlib.utils.files import project_root

ROOT = project_root()
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, BUILD = PYPROJECT["project"], PYPROJECT["build-system"]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PACKAGE = ROOT / "w2vlib"
# A package imports only from itself and from those named before it; the modules at the top from all.
PACKAGES = (
    "utils", "text", "preprocessing", "models", "replication", "gradients", "grading", "evaluation",
    "experiments", "reporting", "cluster", "widgets",
)  # fmt: skip
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def requirements():
    lines = [*PROJECT["dependencies"], *sum(PROJECT["optional-dependencies"].values(), [])]
    return {re.match(r"[\w-]+", line)[0]: line for line in lines}


def pins():
    header, *lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert header.startswith("# Made by make lock")
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower())  # as pip freeze prints
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+-]+", line) for line in lines)
    return {name.lower().replace("_", "-"): version for name, version in (line.split("==") for line in lines)}


def test_environment_yml_has_the_ranges_of_pyproject():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    found = set()
    for line in re.findall(r"^ +- (.+)$", text, re.MULTILINE):
        match = re.fullmatch(r"([\w-]+) ?([<>=].+)", line)
        if match and match[1] != "python":
            assert requirements()[match[1]] == match[1] + match[2]
            found.add(match[1])
    assert found == set(requirements())
    assert f"python {PROJECT['requires-python']}" in text


def test_every_requirement_has_an_upper_bound_that_admits_its_pin():
    pinned = pins()
    for name, line in requirements().items():
        range_ = Requirement(line).specifier
        assert {part.operator for part in range_} == {">=", "<"}, line
        assert range_.contains(pinned[name.lower().replace("_", "-")]), line
    (build,) = map(Requirement, BUILD["requires"])
    assert build.specifier.contains(pinned[build.name])


def test_the_lock_is_made_of_everything_that_pyproject_names():
    recipe = re.search(
        r"^lock:\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    (extras,) = re.findall(r'-e "\.\[(.*?)\]"', recipe[1])
    assert extras.split(",") == sorted(PROJECT["optional-dependencies"])
    header = (ROOT / "constraints.txt").read_text(encoding="utf-8").partition("\n")[0]
    assert f'echo "{header}"' in recipe[1]


def test_every_requirement_is_pinned_and_installed_as_pinned():
    pinned = pins()
    documentation = {re.match(r"[\w-]+", line)[0] for line in PROJECT["optional-dependencies"]["docs"]}
    installed = {d.name.lower() for d in metadata.distributions()}
    for name in requirements():
        if name in documentation and name not in installed:  # only `make docs` installs these
            assert name in pinned
            continue
        key = name.lower().replace("_", "-")
        assert metadata.version(name) == pinned[key], f"{name}: run make env"


def test_whatever_is_installed_is_pinned():
    if sys.prefix == sys.base_prefix:
        pytest.skip("not in the project's environment")
    names = {d.name.lower().replace("_", "-").replace(".", "-") for d in metadata.distributions()}
    pinned = {name.replace(".", "-") for name in pins()}
    assert names - pinned <= {"w2vlib", "pip"}


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert w2vlib.__version__ == PROJECT["version"] == str(citation["version"]), "after a change: make env"
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == PROJECT["version"]


def test_citation_has_what_the_format_requires():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["license"] == PROJECT["license"]
    assert [author["name"] for author in citation["authors"]] == [a["name"] for a in PROJECT["authors"]]


def test_workflow_runs_every_python_that_the_project_takes():
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["test"]
    lines = PROJECT["classifiers"]
    versions = [c.split(" :: ")[-1] for c in lines if re.fullmatch(r".*Python :: 3\.\d+", c)]
    assert job["strategy"]["matrix"]["python"] == versions
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert {"make lint", "make test"} <= set(commands) and "shared" not in text


def test_nightly_workflow_fuzzes_and_audits_the_pinned_versions():
    text = (ROOT / ".github" / "workflows" / "nightly.yml").read_text(encoding="utf-8")
    jobs = {
        name: [s.get("run", "") for s in job["steps"]] for name, job in yaml.safe_load(text)["jobs"].items()
    }
    assert any(re.fullmatch(r"make fuzz( .*)?", line) for line in jobs["fuzz"])
    (audit,) = [line for line in jobs["audit"] if line.startswith("pip-audit")]
    # pip-audit resolves nothing anew: --disable-pip is allowed with --no-deps, for a list that is complete.
    assert {"--disable-pip", "--no-deps", "--requirement", "constraints.txt"} <= set(audit.split())


def imported(path):
    """Files of the package that a module imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "w2vlib" for alias in node.names), path
        if isinstance(node, ast.ImportFrom):
            assert node.level or node.module.split(".")[0] != "w2vlib", f"{path}: import relatively"
            if node.level:
                folder = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                module = folder.with_suffix(".py")
                for alias in node.names:
                    own = folder / f"{alias.name}.py"
                    found.add(own if own.exists() else module if module.exists() else folder / "__init__.py")
    return found


def package_of(path):
    return path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else None


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda p: ".".join(p.relative_to(PACKAGE).with_suffix("").parts)
)
def test_imports_point_to_packages_below(path):
    package = package_of(path)
    if package is not None:
        allowed = PACKAGES[: PACKAGES.index(package) + 1]
        assert {package_of(other) for other in imported(path)} <= set(allowed)
    if path.stem.endswith("kernels"):
        assert {other.stem for other in imported(path) if package_of(other) != package} <= {"compilation"}


def test_imports_inside_a_package_have_no_cycle():
    graph = {path: imported(path) - {path} for path in MODULES}
    assert all(other.exists() for others in graph.values() for other in others)
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_are_clean_and_open_as_promised(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    first = notebook.cells[0]
    assert first.cell_type == "markdown" and first.source.startswith("# ")
    for promise in ("**What this notebook does.**", "**What you will learn.**", "**What you need.**"):
        assert promise in first.source
    for cell in notebook.cells:
        assert not cell.get("outputs") and cell.get("execution_count") is None
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    for line, node in zip(tagged[0].source.splitlines(), ast.parse(tagged[0].source).body, strict=True):
        ast.literal_eval(node.value)  # literals only
        assert "  # " in line, f"say what this is: {line}"


def test_equation_numbers_are_in_order_and_every_reference_meets_one():
    sources = [c.source for p in NOTEBOOKS for c in nbformat.read(p, as_version=4).cells]
    tags = [tag for source in sources for tag in re.findall(r"\\tag\{(\d+\.\d+)\}", source)]
    assert tags == [f"1.{n}" for n in range(1, len(tags) + 1)]
    code = [p.read_text(encoding="utf-8") for p in MODULES]
    cited = {n for source in sources + code for n in re.findall(r"Eqs?\.? \(?(\d\.\d+)\)", source)}
    cited |= {n for source in sources for n in re.findall(r"(?<![\w.])\((1\.\d+)\)", source)}
    assert cited and cited <= set(tags)


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_every_module():
    rows = re.findall(r"^\| (?:`(\w+)`|top) \|.*\|(.*)\|$", README, re.MULTILINE)
    listed = {package: set(re.findall(r"`(\w+)`", modules)) for package, modules in rows}
    for package in PACKAGES:
        folder = PACKAGE / package
        modules = {path.stem for path in folder.glob("*.py")} | {
            p.parent.name for p in folder.glob("*/__init__.py")
        }
        assert listed[package] == modules - {"__init__"}, f"the table of packages in README.md, {package}"


def test_commands_and_widgets_in_the_readme_exist():
    commands = re.findall(r"^    w2v (\w+)([^#\n]*)", README, re.MULTILINE)
    assert len(commands) > 5
    for name, arguments in commands:
        command = cli.main.commands[name]
        command.make_parser(click.Context(command)).parse_args(shlex.split(arguments))  # or NoSuchOption
    assert set(re.findall(r"widgets\.(\w+)\(", README)) == set(widgets.__all__)


EXAMPLES = re.findall(r"```python\n(.*?)```\n+```text\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("code", "printed"), EXAMPLES, ids=["first", "pipeline", "continued"])
def test_readme_numbers_are_those_its_code_prints(code, printed, tmp_path):
    script = tmp_path / "readme.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == printed.strip()


def test_the_tree_names_no_place_of_one_machine():
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT)
    if listed.returncode:
        pytest.skip("not a git checkout")
    assert "data/README.md" in listed.stdout
    assert not [
        n for n in listed.stdout.split() if n.startswith(("data/", "report/build")) and n != "data/README.md"
    ]


MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
GREEK = "alpha|delta|eta|varepsilon|sigma|ell|lambda|mu|theta|beta|gamma|rho|tau|phi|pi"


def symbols(source):
    """Letters of the formulas in Markdown: Latin, and Greek by name; words in Roman type are none."""
    maths = " ".join(MATHS.findall(source))
    maths = re.sub(r"\\(?:mathrm|text|tag|begin|end)\s*(?:\{[^}]*\}|[a-zA-Z])", " ", maths)
    greek = set(re.findall(rf"\\(?:bold)?(?:symbol)?({GREEK})(?![a-z])", maths))
    return greek | set(re.findall(r"[a-zA-Z]", re.sub(r"\\[a-zA-Z]+", " ", maths)))


def test_every_symbol_of_the_first_notebooks_is_in_the_notation_table():
    cells = [
        c for p in NOTEBOOKS[:3] for c in nbformat.read(p, as_version=4).cells if c.cell_type == "markdown"
    ]
    table = next(c.source for c in cells if c.source.startswith("## The model and its notation"))
    listed = "\n".join(line.split(" | ")[0] for line in table.splitlines() if line.startswith("| $"))
    for symbol in ("$Q$", "$m$", "$p_{iw}$", "$q_{iw}$", "$c_w$"):
        assert symbol in listed
    known = symbols(listed) | {"e"}
    missing = {s: c.source[:60] for c in cells for s in symbols(c.source) - known}
    assert not missing


def test_a_symbol_without_a_row_would_be_found():
    assert symbols(r"words $\mathbf z_i = \sigma(U)$, $\mathrm{LSE}$ and $$\boldsymbol\delta \tag{1.1}$$") == {
        "z", "i", "sigma", "U", "delta",
    }  # fmt: skip
