"""The notebooks, run in order → one merged notebook → the report as PDF and as HTML page."""

import copy
import datetime
import os
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook

from ..text.corpus import load_corpus
from ..text.shared_text import share
from ..utils import run_costs
from ..utils.addresses import address_of, local_folder
from ..utils.arguments import as_path
from ..utils.characters import is_unicode, visible_name
from ..utils.environment import source_date, variables_set
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write, explained_read_errors, project_root, working_root
from ..utils.memory import require_limits
from ..utils.notebook_files import read_notebook
from ..utils.temporary_folders import temporary_folder
from ..utils.toml_files import read_toml
from ..utils.validation import InstanceOf, check
from . import explorer
from .bounded_programs import interrupting_programs
from .executed_notebooks import tidy
from .notebook_metadata import METADATA_KEY
from .notebook_parameters import RULES, check_parameters, default_parameters
from .notebook_runs import notebooks_at_a_time, run_notebooks
from .output_folder import ReportFolder
from .provenance import closing_cells

_SETTINGS = {
    "title": str, "subtitle": str, "authors": list, "keywords": list, "notebooks": list, "parameters": dict
}  # fmt: skip
# Notebooks run side by side, where more threads of NumPy's products wait for each other.
_BLAS_THREADS = "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"


def make_report(corpus="bundled", parameters=None, output=None, echo=print, jobs=None, timings=True):
    """Run the notebooks on a text and write the report.

    Parameters
    ----------
    corpus : str
        As for `w2vlib.load_corpus`.
    parameters : dict, optional
        Values for the notebooks' parameters cells.
    output : str or Path, optional
        Folder for ``report.pdf``, ``report.html``, ``report.ipynb`` and ``notebooks/``; ``report/build``
        by default. New, empty, or with an earlier report, which is replaced in one step (`ReportFolder`).
    echo : callable
        Called with each line of progress.
    jobs : int, optional
        As for `run_notebooks`.
    timings : bool
        Whether times, peak memory and the date are shown (the date also if ``SOURCE_DATE_EPOCH`` gives
        one). Without them the PDF and the page have the same bytes on any number of threads.

    Returns
    -------
    Path
        The PDF.

    Raises
    ------
    W2VError
        Before anything runs: for an unknown corpus or parameter, a value of the wrong type, or a
        folder with other files. Later: if a notebook or the typesetting fails; the message names the
        notebook, the cell and the error, and the executed cells are stored in ``failed/`` of `output`.

    Examples
    --------
    >>> make_report(parameters={"iterations": "many"})
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Parameter iterations='many' is of the wrong type: notebook ...
    """
    root = project_root()
    config = read_report_settings(root)
    output = _output_folder(output)
    _make_environment_absolute()
    corpus = absolute_corpus(str(as_path(corpus)) if not isinstance(corpus, str) else corpus)
    values = _notebook_values(root, config, corpus, parameters)
    require_limits("A report", 64 + 48 * (jobs or notebooks_at_a_time()), 1500)
    text = _with_pairs(load_corpus(corpus))
    folder = ReportFolder(output)
    try:
        echo(f"text: {text!r}")
        seconds = _execute_all(folder, values, (text, corpus), config, jobs, echo, timings)
        begin = time.perf_counter()
        with explained_write_errors(output):
            _write_merged(folder, values, text.provenance, seconds if timings else None)
        _export(folder, config.get("strict", True))
        folder.publish()
        echo(f"report: {time.perf_counter() - begin:.1f} s")
    finally:
        folder.close()
    return output / "report.pdf"


def _with_pairs(text):
    """Return a text; refuse one on which the published recipe cannot train."""
    if not any(len({word.lower() for word in sentence}) > 1 for sentence in text):
        raise W2VError(
            "The text is too small: no sentence has two different words, so there is no pair to train on."
        )
    return text


def _write_merged(folder, values, provenance, seconds):
    """Write the merged notebook."""
    root = project_root()
    executed = [folder.stage / "notebooks" / path.name for path in values]
    used = {path: default_parameters(path) | changed for path, changed in values.items()}
    closing = closing_cells(provenance, used, seconds, root)
    merged = merge(executed, read_report_settings(root), provenance, closing, dated=seconds is not None)
    nbformat.write(merged, folder.stage / "report.ipynb")


def _notebook_values(root, config, corpus, parameters):
    """Values for each notebook's parameters: path → dict of name → value."""
    source_date()  # refused before anything runs, too
    check("parameters", parameters, InstanceOf(dict))
    parameters = parameters or {}
    if "corpus" in parameters:
        raise W2VError("The parameter corpus is an option of its own: give --corpus instead of -p corpus.")
    paths = [root / "notebooks" / f"{name}.ipynb" for name in config["notebooks"]]
    values = {**config["parameters"], **parameters, "corpus": corpus}
    checked = check_parameters(paths, values, RULES)
    found = looked_up(parameters)
    return {path: {name: found.get(name, own[name]) for name in own} for path, own in checked.items()}


def looked_up(parameters):
    """Find what parameters name before anything runs: name → absolute path, or the name itself.

    Parameters
    ----------
    parameters : dict
        Of notebooks of the report; of these, fallback, ablation and records name something.

    Raises
    ------
    W2VError
        If it is not there, or of another kind.

    Examples
    --------
    >>> looked_up({"iterations": 140, "fallback": "bundled"})
    {'fallback': 'bundled'}
    """
    if not {"fallback", "ablation", "records"} & parameters.keys():
        return {}
    from ..experiments.ablation import read_rows  # slow to import
    from ..experiments.confirmation import check_records
    from ..preprocessing.rare_words import require_raw

    found = {}
    if "fallback" in parameters:
        found["fallback"] = absolute_corpus(parameters["fallback"])
        require_raw(load_corpus(found["fallback"]))
    if parameters.get("ablation"):
        found["ablation"] = str(Path(parameters["ablation"]).absolute())
        read_rows(found["ablation"])
    if parameters.get("records"):
        found["records"] = str(Path(parameters["records"]).absolute())
        check_records(found["records"])
    return found


def _execute_all(folder, values, text, config, jobs, echo, timings):
    """Run the notebooks on a text, given with its name: name → seconds."""
    variables = {explorer.STORE: str(_explorer_file(folder)), run_costs.OMITTED: "" if timings else "1"}
    variables |= dict.fromkeys(_BLAS_THREADS, "1")
    with (
        temporary_folder("w2vlib-kernel-") as connections,
        share(*text, connections),
        variables_set(IPYTHONDIR=str(connections), **variables),
    ):
        seconds = run_notebooks(values, folder, connections, jobs, echo, config.get("start_first", ()))
    with explained_write_errors(folder.path):
        for path in values:
            tidy(folder.stage / "notebooks" / path.name, timings, echo)
    return seconds


def _explorer_file(folder):
    """Where a notebook leaves the vectors that the HTML page shows."""
    return folder.stage / "notebooks" / "explorer.json"


def read_report_settings(root):
    """Read ``report/report.toml`` in the folder `root`; dict.

    Raises
    ------
    W2VError
        If it is no TOML, or lacks a setting, or has one of another kind.

    Examples
    --------
    >>> read_report_settings(project_root())["parameters"]
    {'progress': False}
    """
    path = root / "report" / "report.toml"
    with explained_read_errors(
        path, "the settings of the report", "see the file that comes with the project"
    ):
        settings = read_toml(path)
        for name, kind in _SETTINGS.items():
            value = settings[name]
            if not isinstance(value, kind) or (kind is list and not all(isinstance(v, str) for v in value)):
                raise ValueError(f"{name!r} is {value!r:.40}")
    return settings


def absolute_corpus(corpus):
    """Make the path of a corpus absolute, since the notebooks run in another folder.

    Examples
    --------
    >>> absolute_corpus("bundled"), absolute_corpus("raw:/tmp/prose.txt")
    ('bundled', 'raw:/tmp/prose.txt')
    """
    if address_of(corpus.removeprefix("raw:")) is not None:
        return corpus
    prefix, path = ("raw:", corpus[4:]) if corpus.startswith("raw:") else ("", corpus)
    return prefix + str(Path(path).absolute()) if prefix or os.path.exists(path) else corpus


def _output_folder(asked):
    """Absolute path of the folder of the report; refuse names that papermill could not write to notebooks."""
    folder = local_folder(asked).absolute() if asked is not None else working_root() / "report" / "build"
    for name in map(str, (folder, project_root())):
        if not is_unicode(name):
            raise W2VError(
                f"{visible_name(name)} has a name that is not UTF-8 here, and notebooks could not store it: "
                "give another folder, or set LC_ALL to a locale with UTF-8, such as C.UTF-8."
            )
    return folder


def _make_environment_absolute():
    """Make the data folders in the environment absolute, for the same reason."""
    for name in ("W2VLIB_DATA", "NLTK_DATA"):
        if os.environ.get(name):
            places = os.environ[name].split(os.pathsep)
            os.environ[name] = os.pathsep.join(str(Path(place).absolute()) for place in places)


def merge(paths, config, provenance, closing, dated=True):
    """Merge the executed notebooks at `paths` and the cells of `closing` into one notebook.

    Parameters
    ----------
    paths : list of Path
    config : dict
        ``title``, ``subtitle``, ``authors`` and ``keywords``, as in ``report/report.toml``.
    provenance : Provenance
        Of the text, for the title page.
    closing : list of NotebookNode
    dated : bool
        Whether the report has a date where ``SOURCE_DATE_EPOCH`` gives none.

    Returns
    -------
    NotebookNode
        Without the parameters cells, since the section on provenance lists the parameters, and without
        cells with the tag ``remove-cell``. Cells with the tag ``appendix`` come after all others. The
        metadata under ``w2v`` are those that `ReportExporter` reads; each cell's name its notebook and its
        number there.
    """
    merged, appendix = new_notebook(), [_appendix_heading()]
    for path in paths:
        notebook = read_notebook(path)
        merged.metadata.update(
            {k: v for k, v in notebook.metadata.items() if k in ("kernelspec", "language_info")}
        )
        stored = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
        for number, cell in enumerate(stored, 1):
            if {"parameters", "remove-cell"} & {*cell.metadata.get("tags", [])}:
                continue
            cell = copy.deepcopy(cell)
            cell.metadata = {
                "tags": cell.metadata.get("tags", []),
                METADATA_KEY: {"notebook": path.stem, "cell": number},
            }
            (appendix if "appendix" in cell.metadata["tags"] else merged.cells).append(cell)
    if len(appendix) > 1:
        merged.cells += appendix
    for number, cell in enumerate(closing, 1):
        cell.metadata[METADATA_KEY] = {"notebook": "provenance", "cell": number}
        merged.cells.append(cell)
    for number, cell in enumerate(merged.cells):
        cell.id = f"cell-{number}"
    title = {name: config[name] for name in ("title", "subtitle", "authors", "keywords")}
    merged.metadata["title"] = config["title"]
    merged.metadata[METADATA_KEY] = {
        **title,
        "text": (
            f"on {_corpus_phrase(provenance.name)}: {provenance.tokens:,} tokens, {provenance.types:,} types"
        ),
        "text_short": provenance.name,
        **_created(dated),
        "first_section": 0 if paths and paths[0].name.startswith("00") else 1,
        "attachments": [f"notebooks/{path.name}" for path in paths],
    }
    return merged


def _appendix_heading():
    text = "# Details\n\nWhat the text only summarises, in the order of the notebooks."
    return new_markdown_cell(text, metadata={"tags": [], METADATA_KEY: {"notebook": "appendix", "cell": 1}})


def _corpus_phrase(name):
    """Write the name of a corpus as the title page has it."""
    return "the bundled corpus (Wikipedia and ABC News)" if name == "bundled" else f"the corpus “{name}”"


def _created(dated):
    """Metadata with the time in SOURCE_DATE_EPOCH, else the present one, UTC; empty where it is not shown."""
    given = source_date()
    if not (given or dated):
        return {}
    return {"created": (given or datetime.datetime.now(datetime.UTC)).isoformat(timespec="seconds")}


def _export(folder, strict):
    """Write the merged notebook as PDF, strictly or not, and as HTML page; one that cannot be is stored."""
    from nbconvert.exporters import get_exporter

    from .html_exporter import PageExporter

    notebook, vectors = folder.stage / "report.ipynb", _explorer_file(folder)
    try:
        pdf_exporter = get_exporter("w2v-pdf")(attach=True, strict=strict)
    except ValueError as error:  # the entry point is missing: not installed
        raise W2VError(f"{error}: install the project (make env), then run it again.") from error
    page_exporter = PageExporter(explorer=str(vectors) if vectors.exists() else "")
    with ThreadPoolExecutor() as pool, interrupting_programs():  # both wait for pandoc, one for Typst
        running = {
            suffix: pool.submit(exporter.from_filename, str(notebook))
            for suffix, exporter in (("pdf", pdf_exporter), ("html", page_exporter))
        }
        wait(running.values())  # threads that are waited for only at the end are left behind at Ctrl-C
    for suffix, exported in running.items():
        try:
            output, _ = exported.result()
        except W2VError as error:
            raise W2VError(f"{error} (the merged notebook is in {folder.store_failed(notebook)})") from error
        with atomic_write(folder.stage / f"report.{suffix}") as handle:
            handle.write(output.encode() if isinstance(output, str) else output)
