"""The notebooks, run in order → one merged notebook → the PDF report."""

import ast
import copy
import datetime
import json
import math
import os
import time
import tomllib
import warnings
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

from ..text.corpus import load_corpus
from ..utils.errors import W2VError
from ..utils.files import atomic_write, explained_write_errors, project_root
from .display import METADATA_KEY
from .output_folder import ReportFolder
from .provenance import closing_cells


def make_report(corpus="bundled", parameters=None, output=None, echo=print):
    """Run the notebooks on a text and write the report.

    Parameters
    ----------
    corpus : str
        As for `w2vlib.load_corpus`.
    parameters : dict, optional
        Values for the notebooks' parameters cells.
    output : path, optional
        Folder for ``report.pdf``, ``report.ipynb`` and ``notebooks/``; default ``report/build``. It
        must be new, empty, or hold an earlier report, which stays until the new one is complete and
        is then replaced as a whole; see `ReportFolder`.
    echo : callable
        Takes each line of progress.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    W2VError
        Before anything runs: an unknown text or parameter, a value of the wrong type, a folder with
        other files. Later: a
        notebook or a page that fails; the message names it, the cell and the error, and what was
        executed is kept in the folder ``failed/`` of `output`.
    """
    root = project_root()
    config = _config(root)
    output = Path(output).absolute() if output else root / "report" / "build"
    _anchor_environment()
    corpus = _anchored(corpus)
    if "corpus" in (parameters or {}):
        raise W2VError("The parameter corpus is an option of its own: give --corpus instead of -p corpus.")
    given = {**config["parameters"], **(parameters or {}), "corpus": corpus}
    paths = [root / "notebooks" / f"{name}.ipynb" for name in config["notebooks"]]
    accepted = check_parameters(paths, given, config["least"])
    text = load_corpus(corpus)
    echo(f"text: {text!r}")

    folder = ReportFolder(output)
    try:
        timings = _execute_all(paths, folder, accepted, echo)
        begin = time.perf_counter()
        used = {path: _defaults(path) | accepted[path] for path in paths}
        executed = [folder.stage / "notebooks" / path.name for path in paths]
        closing = closing_cells(text.provenance, used, timings, root)
        with explained_write_errors(output):
            nbformat.write(merge(executed, config, text.provenance, closing), folder.stage / "report.ipynb")
        _export(folder)
        folder.publish()
        echo(f"report: {time.perf_counter() - begin:.1f} s")
    finally:
        folder.close()
    return output / "report.pdf"


def _execute_all(paths, folder, accepted, echo):
    """Run the notebooks in order: name → seconds."""
    timings = {}
    for path in paths:
        begin = time.perf_counter()
        _execute(path, folder, accepted[path])
        timings[path.stem] = time.perf_counter() - begin
        echo(f"{path.stem}: {timings[path.stem]:.1f} s")
    return timings


def _defaults(path):
    return {name: parameter.default for name, parameter in declared_parameters(path).items()}


def _config(root):
    path = root / "report" / "report.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise W2VError(f"{path} is not valid TOML: {error}.") from error


def _anchored(corpus):
    """Make a path of text absolute: the notebooks run in another folder."""
    prefix, path = ("raw:", corpus[4:]) if corpus.startswith("raw:") else ("", corpus)
    return prefix + str(Path(path).absolute()) if prefix or Path(path).exists() else corpus


def _anchor_environment():
    for name in ("W2VLIB_DATA", "NLTK_DATA"):
        if os.environ.get(name):
            places = os.environ[name].split(os.pathsep)
            os.environ[name] = os.pathsep.join(str(Path(place).absolute()) for place in places)


def parse_value(text):
    """Read the JSON value that `text` spells, else the text itself: ``3``, ``0.5``, ``true``, ``abc``.

    Python's ``True``, ``False`` and ``None`` are understood too.

    Examples
    --------
    >>> parse_value("3"), parse_value("True"), parse_value('["a"]'), parse_value("abc")
    (3, True, ['a'], 'abc')
    """
    spelled = {"True": "true", "False": "false", "None": "null", "none": "null"}
    try:
        return json.loads(spelled.get(text, text))
    except (ValueError, RecursionError):
        return text


def check_parameters(paths, given, least):
    """Sort the parameters of `given` by the notebooks that take them: path → dict.

    Raises
    ------
    W2VError
        If no notebook knows a parameter, or a value is not of the type that the notebook declares or
        below the number that `least` (name → number) gives for it. Only values that JSON has can
        pass, so that what papermill writes into the notebook is never more than a value.
    """
    known = {path: declared_parameters(path) for path in paths}
    names = sorted({name for declared in known.values() for name in declared})
    for name, value in given.items():
        if name not in names:
            raise W2VError(f"No notebook has a parameter {name!r}: there are {', '.join(names)}.")
        for path, declared in known.items():
            if name in declared and not _fits(value, declared[name].type):
                wanted = _MEANINGS.get(declared[name].type, declared[name].type)
                raise W2VError(
                    f"Parameter {name}={value!r} is of the wrong type: notebook {path.stem} takes "
                    f"{wanted}, like {declared[name].default!r}."
                )
        if isinstance(value, float) and not math.isfinite(value):
            raise W2VError(f"Parameter {name}={value!r} is not a finite number.")
        if name in least and not value >= least[name]:
            raise W2VError(f"Parameter {name}={value!r} is too small: give {least[name]} or more.")
    return {
        path: {name: value for name, value in given.items() if name in declared}
        for path, declared in known.items()
    }


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook: its type, as written, and its default."""

    type: str
    default: object


def declared_parameters(path):
    """Name → `Parameter` of the parameters cell of a notebook, where each has a type: ``dim: int = 10``.

    Types are those of JSON: ``int``, ``float``, ``str``, ``bool``, ``list[…]`` and ``dict[str, …]``.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise W2VError(f"There is no notebook {path}: report.toml names it.") from None
    cell = next((c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])), None)
    found = {}
    for line in ast.parse(cell.source).body if cell else ():
        try:
            name, kind = line.target.id, ast.unparse(line.annotation)
            found[name] = Parameter(kind, ast.literal_eval(line.value))
            declared = _fits(found[name].default, kind)
        except (AttributeError, ValueError):
            name, declared = ast.unparse(line).partition(" ")[0], False
        if not declared:
            raise W2VError(f"Parameter {name} of {path} needs a type and a value of it, as in dim: int = 10.")
    return found


def _fits(value, kind):
    """Whether a value is one of JSON and of the type `kind`, written as in Python; False of other types."""

    def fits(value, node):
        match node:
            case ast.Name(id="float"):
                return type(value) in (int, float)
            case ast.Name(id="int" | "str" | "bool" as name):
                return type(value).__name__ == name
            case ast.Subscript(value=ast.Name(id="list"), slice=item):
                return type(value) is list and all(fits(one, item) for one in value)
            case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, item])):
                return type(value) is dict and all(
                    type(name) is str and fits(one, item) for name, one in value.items()
                )
        return False

    return fits(value, ast.parse(kind, mode="eval").body)


_MEANINGS = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false",
    "dict[str, list[str]]": "names of groups with lists of words",
}  # fmt: skip


def import_papermill():
    """Import papermill without its warnings, which are about its own code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        import papermill
    return papermill


def _execute(path, folder, parameters):
    """Run one notebook with papermill; a failing one is kept."""
    target = folder.stage / "notebooks" / path.name
    papermill = import_papermill()
    try:
        with explained_write_errors(folder.path):
            papermill.execute_notebook(
                path,
                target,
                parameters=parameters,
                progress_bar=False,
                cwd=path.parent,
                kernel_name="python3",
                extra_arguments=["--IPKernelApp.log_level=50"],  # its warnings are not about the notebooks
            )
    except papermill.PapermillExecutionError as error:
        kept = folder.keep(target)
        said = f"{error.ename}: {error.evalue}" if error.ename != "W2VError" else error.evalue
        raise W2VError(
            f"Notebook {path.stem} failed in cell {_source_cell(path, error.source)}: {said.strip()} "
            f"(what was executed is kept in {kept})"
        ) from error


def _source_cell(path, source):
    """Position (from 1) of the cell with this source in the stored notebook."""
    cells = nbformat.read(path, as_version=4).cells
    return next((i for i, cell in enumerate(cells, 1) if cell.source == source), "of parameters")


def merge(paths, config, provenance, closing):
    """One notebook of the executed notebooks at `paths` and the cells of `closing`."""
    merged = new_notebook()
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        merged.metadata.update(
            {k: v for k, v in notebook.metadata.items() if k in ("kernelspec", "language_info")}
        )
        own = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
        for number, cell in enumerate(own, 1):
            if "parameters" in cell.metadata.get("tags", []):
                continue  # the provenance lists what they were
            cell = copy.deepcopy(cell)
            cell.metadata = {
                "tags": cell.metadata.get("tags", []),
                METADATA_KEY: {"notebook": path.stem, "cell": number},
            }
            merged.cells.append(cell)
    for number, cell in enumerate(closing, 1):
        cell.metadata[METADATA_KEY] = {"notebook": "provenance", "cell": number}
        merged.cells.append(cell)
    for number, cell in enumerate(merged.cells):
        cell.id = f"cell-{number}"
    title = {name: config[name] for name in ("title", "subtitle", "authors", "keywords")}
    merged.metadata["title"] = config["title"]
    merged.metadata[METADATA_KEY] = {
        **title,
        "text": f"on the text “{provenance.name}”: {provenance.tokens:,} tokens, {provenance.types:,} types",
        "text_short": provenance.name,
        "created": _now().isoformat(timespec="seconds"),
        "attachments": [f"notebooks/{path.name}" for path in paths],
    }
    return merged


def _now():
    """Tell the present time, or the one that SOURCE_DATE_EPOCH fixes for repeatable builds; UTC."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    utc = datetime.UTC
    return datetime.datetime.fromtimestamp(int(epoch), utc) if epoch else datetime.datetime.now(utc)


def _export(folder):
    """Typeset the merged notebook; one that cannot be typeset is kept."""
    from nbconvert.exporters import get_exporter

    notebook = folder.stage / "report.ipynb"
    try:
        exporter = get_exporter("w2v-pdf")(attach=True)
    except ValueError as error:  # the entry point is missing: not installed
        raise W2VError(f"{error}: install the project (make env), then run it again.") from error
    try:
        pdf, _ = exporter.from_filename(str(notebook))
    except W2VError as error:
        raise W2VError(f"{error} (the merged notebook is kept in {folder.keep(notebook)})") from error
    with atomic_write(folder.stage / "report.pdf") as handle:
        handle.write(pdf)
