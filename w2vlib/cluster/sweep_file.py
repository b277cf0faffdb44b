"""A sweep file → its runs: parameters × seeds, all checked before anything starts."""

import functools
import inspect
import itertools
import json
import math
import os
from dataclasses import dataclass

from ..models.skipgram_settings import SkipGramSettings
from ..preprocessing.schemes import Scheme
from ..reporting.build import absolute_corpus, looked_up, read_report_settings
from ..reporting.notebook_parameters import RULES, check_values, declared_parameters
from ..text.corpus import load_corpus
from ..utils.arguments import as_path
from ..utils.errors import W2VError, shown
from ..utils.files import READ_WHOLE, check_is_file, explained_read_errors, project_root, sha256_of
from ..utils.toml_files import read_toml

MOST_RUNS = 100_000
_KEYS = {"notebook", "training", "parameters", "grid", "runs", "seeds"}
_SCHEME = ("rare", "numbers")


@dataclass(frozen=True)
class Run:
    """One run of a sweep: its parameters, and an `id` of 12 hexadecimal digits.

    Attributes
    ----------
    parameters : dict
    contents : tuple of str
        SHA-256 of what its parameters name: texts, and folders of records.

    Examples
    --------
    >>> Run({"dim": 4}).id == Run({"dim": 4}).id != Run({"dim": 5}).id
    True
    """

    parameters: dict
    contents: tuple = ()

    @property
    def id(self):
        """The first 12 digits of the SHA-256 of the parameters, and of the contents if there are any; str."""
        known = [self.parameters, *self.contents] if self.contents else self.parameters
        return sha256_of(json.dumps(known, sort_keys=True).encode())[:12]


@dataclass(frozen=True)
class Sweep:
    """What a sweep file asks for.

    Attributes
    ----------
    kind : {"notebook", "training"}
    source : str
        Absolute path of the notebook, or the corpus of the trainings.
    identity : str
        SHA-256 of the notebook's bytes, or of the corpus's tokens.
    runs : list of Run
        In the order of the file; the seeds change fastest.

    Examples
    --------
    >>> Sweep("training", "bundled", "ab12", [Run({"dim": 4}), Run({"dim": 8})]).names
    ['dim']
    """

    kind: str
    source: str
    identity: str
    runs: list

    @property
    def names(self):
        """Names of all parameters that a run sets, in the order of the file; list of str."""
        return list(dict.fromkeys(name for run in self.runs for name in run.parameters))


def read_sweep(path):
    r"""Read a sweep file and check every run that it asks for.

    Parameters
    ----------
    path : path
        TOML. ``notebook = "PATH"`` (relative to the file, or the name of a notebook of the report) or
        ``training = "CORPUS"`` says what is run. ``[parameters]`` holds values for all runs; ``[grid]``
        holds a list of values per parameter, of which every combination is run; or each ``[[runs]]`` holds
        the values of one run. ``seeds`` is a list of values of the parameter ``seed``, or their number.

    Returns
    -------
    Sweep

    Raises
    ------
    W2VError
        For a file that is no such TOML, a missing notebook or corpus, a parameter that the notebook or the
        training does not have, a value of the wrong type or out of bounds, or the same run twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = as_path(folder) / "sweep.toml"
    ...     _ = path.write_text('notebook = "02_gradient_checks"\nseeds = 2\n[grid]\npoints = [3, 5]\n')
    ...     [run.parameters for run in read_sweep(path).runs][:3]
    [{'points': 3, 'seed': 0}, {'points': 3, 'seed': 1}, {'points': 5, 'seed': 0}]
    """
    path = as_path(path)
    with explained_read_errors(path, "a sweep in TOML", "correct it; the README has examples"):
        values = read_toml(path)
    unknown = sorted(set(values) - _KEYS)
    if unknown:
        raise W2VError(f"{path} has the key {unknown[0]!r}: a sweep has {', '.join(sorted(_KEYS))}.")
    if ("notebook" in values) == ("training" in values):
        raise W2VError(f"{path} must say what is run: give either notebook or training.")
    kind = "notebook" if "notebook" in values else "training"
    source = values[kind]
    if not isinstance(source, str):
        raise W2VError(f"{path}: {kind} = {shown(source)} is no text: give the name of one {kind}.")
    runs = _runs(path, values)
    try:
        return (_notebook_sweep if kind == "notebook" else _training_sweep)(path, source, runs)
    except W2VError as error:
        if str(path) in str(error):
            raise
        raise W2VError(f"{path}: {error}") from error


def _runs(path, values):
    """Expand the grid or the list of runs, and the seeds; list of Run."""
    fixed, grid, listed = values.get("parameters", {}), values.get("grid", {}), values.get("runs", [{}])
    if "grid" in values and "runs" in values:
        raise W2VError(f"{path} has both grid and runs: give one of them.")
    if not isinstance(fixed, dict) or not isinstance(grid, dict):
        raise W2VError(f"{path}: parameters and grid must be tables, such as [grid].")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise W2VError(f"{path}: runs must be a list of tables, each with the header [[runs]].")
    for name, choices in grid.items():
        if not isinstance(choices, list) or not choices:
            raise W2VError(
                f"{path}: {name} = {shown(choices)} in grid is no list of values: give at least one."
            )
    for name in sorted({*grid, *(name for one in listed for name in one)} & set(fixed)):
        raise W2VError(f"{path} gives {name} twice: in parameters, and in grid or runs.")
    seeds = _seeds(path, values)
    if seeds and any("seed" in one for one in (fixed, grid, *listed)):
        raise W2VError(f"{path} gives seed twice: as seeds, and as a parameter.")
    n_runs = math.prod(map(len, grid.values())) * len(listed) * max(len(seeds), 1)
    if n_runs > MOST_RUNS:
        raise W2VError(f"{path} asks for {n_runs:,} runs: at most {MOST_RUNS:,} are possible.")
    combined = [dict(zip(grid, row, strict=True)) for row in itertools.product(*grid.values())]
    seeded = [{"seed": seed} for seed in seeds] or [{}]
    runs = [Run(fixed | one | row | s) for one in listed for row in combined for s in seeded]
    _check_json(path, runs)
    _check_different(path, runs)
    return runs


def _seeds(path, values):
    """Return the seeds of a sweep file; an empty list if it has none."""
    seeds = values.get("seeds", [])
    if type(seeds) is int and 1 <= seeds <= MOST_RUNS:
        return list(range(seeds))
    if (
        isinstance(seeds, list)
        and all(type(seed) is int for seed in seeds)
        and ("seeds" not in values or seeds)
    ):
        return seeds
    raise W2VError(
        f"{path}: seeds = {shown(seeds)} must be their number, at least 1, or a list of whole numbers."
    )


def _check_json(path, runs):
    """Refuse values that JSON does not have: dates, times, infinity and NaN."""
    for run in runs:
        try:
            json.dumps(run.parameters, allow_nan=False)
        except (TypeError, ValueError):
            raise W2VError(
                f"{path}: {shown(run.parameters, 500)} has a date, a time, or a number that is not finite: "
                "give numbers, texts, lists and tables."
            ) from None


def _notebook_sweep(path, source, runs):
    """Check the runs of a notebook."""
    root = project_root()
    of_report = root / "notebooks" / f"{source.removesuffix('.ipynb')}.ipynb"
    notebook = path.parent / as_path(source)
    if not os.path.exists(notebook) and "/" not in source and os.path.exists(of_report):
        notebook = of_report
    check_is_file(notebook, READ_WHOLE)
    notebook = notebook.resolve()
    own = notebook.parent == (root / "notebooks").resolve()
    parameters = read_report_settings(root)["parameters"] if own else {}
    with explained_read_errors(notebook, "a Jupyter notebook with parameters in Python"):
        declared = {notebook: declared_parameters(notebook, typed=own)}
    if not declared[notebook]:
        raise W2VError(
            f"{notebook} has no parameters: tag the cell that sets them with parameters, as papermill needs."
        )
    used = {name: value for name, value in parameters.items() if name in declared[notebook]}
    runs = [Run(used | run.parameters) for run in runs]
    for run in runs:
        check_values(declared, run.parameters, RULES if own else {})
    if own:
        look, contents = functools.cache(lambda items: looked_up(dict(items))), functools.cache(_content_of)
        runs = [_with_contents(run, look, contents) for run in runs]
        _check_different(path, runs, _plain)
    return Sweep("notebook", str(notebook), sha256_of(notebook), runs)


def _with_contents(run, look, contents):
    """Make absolute what the parameters of a notebook of the report name, and add what is there."""
    names = ("fallback", "ablation", "records")
    named = dict(look(tuple((name, run.parameters[name]) for name in names if name in run.parameters)))
    if "corpus" in run.parameters:
        named["corpus"] = absolute_corpus(run.parameters["corpus"])
    return Run(run.parameters | named, tuple(contents(*item) for item in sorted(named.items())))


def _content_of(name, value):
    """SHA-256 of a text's tokens, or of the records in a folder."""
    if name in ("corpus", "fallback"):
        return load_corpus(value).provenance.tokens_sha256
    with explained_read_errors(value, "records of evidence, or rows of an ablation"):
        files = sorted(path for path in as_path(value).glob("*.json") if path.is_file())
        return sha256_of(*(part for path in files for part in (path.name.encode(), path)))


def _check_different(path, runs, same=dict):
    """Refuse the same run twice, `same` being what of its parameters counts."""
    seen = {}
    for run in runs:
        if seen.setdefault(Run(same(run.parameters), run.contents).id, run) is not run:
            raise W2VError(f"{path} asks for the same run twice: {shown(run.parameters, 500)}.")


def _plain(value):
    """Write the numbers of a JSON value in one way: 1 for 1.0, and 0 for −0.0."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _training_sweep(path, source, runs):
    """Check the runs of trainings."""
    signature = inspect.signature(SkipGramSettings).parameters
    allowed = [name for name in signature if name not in ("subwords", "threads")] + list(_SCHEME)
    for run in runs:
        for name in run.parameters:
            if name not in allowed:
                raise W2VError(
                    f"{path}: a training has no parameter {name!r}: there are {', '.join(allowed)}."
                )
        training_settings(run.parameters)
    _check_different(path, runs, _plain)
    corpus = absolute_corpus(source)
    identity = load_corpus(corpus).provenance.tokens_sha256
    return Sweep("training", corpus, identity, runs)


def training_settings(parameters):
    """Make the settings and the scheme of a training; (SkipGramSettings, Scheme).

    Raises
    ------
    W2VError
        If a value is not allowed.

    Examples
    --------
    >>> settings, scheme = training_settings({"dim": 4, "numbers": "N"})
    >>> settings.dim, settings.threads, scheme.numbers
    (4, 1, 'N')
    """
    scheme = Scheme(**{name: parameters[name] for name in _SCHEME if name in parameters})
    others = {name: value for name, value in parameters.items() if name not in _SCHEME}
    settings = SkipGramSettings(**others, subwords=scheme.subwords, threads=1)
    settings.check_params()
    return settings, scheme
