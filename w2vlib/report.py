"""The notebooks, run in order → one merged notebook → the PDF report."""

import ast
import copy
import datetime
import math
import os
import shutil
import tempfile
import time
import tomllib
import warnings
from pathlib import Path

import nbformat
from nbformat.v4 import new_notebook

from .colophon import closing_cells
from .corpus import load_corpus
from .display import KEY
from .errors import W2VError
from .files import atomic_write, project_root, writing


def make_report(corpus="bundled", parameters=None, output=None, echo=print):
    """Run the notebooks on a text and write the report.

    Parameters
    ----------
    corpus : str
        As for `w2vlib.load_corpus`.
    parameters : dict, optional
        Values for the notebooks' parameters cells.
    output : path, optional
        Folder for ``report.pdf``, ``report.ipynb`` and ``notebooks/``; default ``report/build``.
        What is there from an earlier run stays until the new report is complete.
    echo : callable
        Takes each line of progress.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    W2VError
        Before anything runs: an unknown text or parameter, a value of the wrong type. Later: a
        notebook or a page that fails; the message names it, the cell and the error, and what was
        executed is kept in the folder ``failed/`` of `output`.
    """
    root = project_root()
    config = _config(root)
    output = Path(output).absolute() if output else root / "report" / "build"
    _anchor_environment()
    corpus = _anchored(corpus)
    given = {**config["parameters"], **(parameters or {}), "corpus": corpus}
    paths = [root / "notebooks" / f"{name}.ipynb" for name in config["notebooks"]]
    accepted = check_parameters(paths, given, config["least"])
    text = load_corpus(corpus)
    echo(f"text: {text!r}")

    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
        _sweep(output)
        stage = Path(tempfile.mkdtemp(prefix=f".running-{os.getpid()}-", dir=output))
    try:
        (stage / "notebooks").mkdir()
        timings = {}
        for path in paths:
            begin = time.perf_counter()
            with writing(output):
                _execute(path, stage / "notebooks" / path.name, accepted[path], output / "failed")
            timings[path.stem] = time.perf_counter() - begin
            echo(f"{path.stem}: {timings[path.stem]:.1f} s")
        begin = time.perf_counter()
        merged = merge(
            [stage / "notebooks" / path.name for path in paths],
            config,
            text.provenance,
            closing_cells(
                text.provenance, {p: {**_defaults(p), **accepted[p]} for p in paths}, timings, root
            ),
        )
        with writing(output):
            nbformat.write(merged, stage / "report.ipynb")
        _export(stage / "report.ipynb", stage / "report.pdf", output / "failed")
        _publish(stage, output)
        echo(f"report: {time.perf_counter() - begin:.1f} s")
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return output / "report.pdf"


def _sweep(output):
    """Remove what runs left behind that were killed; runs still going keep theirs."""
    for left in output.glob(".running-*"):
        pid = int(left.name.split("-")[1])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:
            pass  # alive, and somebody else's


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
    """Read the Python literal that `text` spells, else the text itself: ``3``, ``0.5``, ``true``, ``abc``."""
    spelled = {"true": "True", "false": "False", "null": "None", "none": "None"}
    try:
        return ast.literal_eval(spelled.get(text.lower(), text))
    except (ValueError, SyntaxError):
        return text


def check_parameters(paths, given, least):
    """Sort the parameters of `given` by the notebooks that take them: path → dict.

    Raises
    ------
    W2VError
        If no notebook knows a parameter, or a value is not of the type of its default or below the
        number that `least` (name → number) gives for it.
    """
    known = {path: _defaults(path) for path in paths}
    names = sorted({name for defaults in known.values() for name in defaults})
    for name, value in given.items():
        if name not in names:
            raise W2VError(f"No notebook has a parameter {name!r}: there are {', '.join(names)}.")
        for path, defaults in known.items():
            if name in defaults and not _same_type(value, defaults[name]):
                raise W2VError(
                    f"Parameter {name}={value!r} is of the wrong type: notebook {path.stem} takes "
                    f"{_KINDS.get(type(defaults[name]), 'such a value')}, like {defaults[name]!r}."
                )
        if isinstance(value, float) and not math.isfinite(value):
            raise W2VError(f"Parameter {name}={value!r} is not a finite number.")
        if name in least and not value >= least[name]:
            raise W2VError(f"Parameter {name}={value!r} is too small: give {least[name]} or more.")
    return {
        path: {name: value for name, value in given.items() if name in defaults}
        for path, defaults in known.items()
    }


_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", list: "a list"}


def _defaults(path):
    """Name → default of the parameters cell of a notebook."""
    try:
        notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise W2VError(f"There is no notebook {path}: report.toml names it.") from None
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            lines = ast.parse(cell.source).body
            assigned = [line for line in lines if isinstance(line, ast.Assign)]
            return {line.targets[0].id: ast.literal_eval(line.value) for line in assigned}
    return {}


def _same_type(value, default):
    if default is None:
        return True
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


def _execute(path, target, parameters, failed):
    """Run one notebook with papermill into `target`; a failing one is kept in the folder `failed`."""
    with warnings.catch_warnings():
        # The style of papermill's own code, nothing that a reader of the report could mend.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", SyntaxWarning)
        import papermill
    try:
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
        _keep(target, failed)
        said = f"{error.ename}: {error.evalue}" if error.ename != "W2VError" else error.evalue
        raise W2VError(
            f"Notebook {path.stem} failed in cell {_source_cell(path, error.source)}: {said.strip()} "
            f"(what was executed is kept in {failed / target.name})"
        ) from error


def _keep(path, failed):
    with writing(failed):
        failed.mkdir(parents=True, exist_ok=True)
        os.replace(path, failed / path.name)


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
                KEY: {"notebook": path.stem, "cell": number},
            }
            merged.cells.append(cell)
    for number, cell in enumerate(closing, 1):
        cell.metadata[KEY] = {"notebook": "provenance", "cell": number}
        merged.cells.append(cell)
    for number, cell in enumerate(merged.cells):
        cell.id = f"cell-{number}"
    title = {name: config[name] for name in ("title", "subtitle", "authors", "keywords")}
    merged.metadata["title"] = config["title"]
    merged.metadata[KEY] = {
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


def _export(notebook, target, failed):
    """Typeset the merged notebook; one that cannot be typeset is kept in the folder `failed`."""
    from nbconvert.exporters import get_exporter

    try:
        exporter = get_exporter("w2v-pdf")()
    except ValueError as error:  # the entry point is missing: not installed
        raise W2VError(f"{error}: install the project (make env), then run it again.") from error
    try:
        pdf, _ = exporter.from_filename(str(notebook))
    except W2VError as error:
        _keep(notebook, failed)
        raise W2VError(f"{error} (the merged notebook is kept in {failed / notebook.name})") from error
    with atomic_write(target) as handle:
        handle.write(pdf)


def _publish(stage, output):
    """Move the finished report into place: the notebooks first, the PDF last."""
    with writing(output):
        shutil.rmtree(output / "notebooks", ignore_errors=True)
        os.replace(stage / "notebooks", output / "notebooks")
        os.replace(stage / "report.ipynb", output / "report.ipynb")
        os.replace(stage / "report.pdf", output / "report.pdf")
        shutil.rmtree(output / "failed", ignore_errors=True)
