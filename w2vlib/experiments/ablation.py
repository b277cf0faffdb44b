"""Schemes for rare words and numbers, trained and measured: one row for each training.

All schemes see the same raw text, read the same number of times, and are measured on the same words
(`ablation_tasks`, `ablation_measures`).
"""

import functools
import json
import os
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd

from ..evaluation.number_probing import LIST
from ..models.skipgram import SkipGram
from ..preprocessing.rare_words import require_raw
from ..preprocessing.schemes import Scheme
from ..text.corpus import as_corpus, from_sentences
from ..utils.addresses import local_folder
from ..utils.columns import columns_of
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write, explained_read_errors, read_json_object, sha256_of, working_root
from ..utils.folder_lock import folder_for_results, identified, locked
from ..utils.seals import sealed, unsealed
from ..utils.statistics import mean_interval
from ..utils.temporary_folders import remove_unfinished
from ..utils.validation import N_SEEDS, check
from . import ablation_measures
from .ablation_row import NUMBER_FIGURES, PROBES, AblationRow, values_of
from .ablation_tasks import AblationTasks
from .jobs import InTurn

FORMAT = 2  # of the rows
_IDENTITY, _ROWS = "experiment.json", "*-*-*.json"  # names of the files in the folder of an experiment
RARE = ("keep", "top:10000", "drop:5", "bpe:8000", "wordpiece:8000", "ngrams:3:6")
NUMBERS = ("keep", "N", "magnitude", "digits", "typed", "typed-magnitude")


def grid():
    """List the schemes of the experiment: each for rare words, then each for numbers, never both.

    Examples
    --------
    >>> [(scheme.rare, scheme.numbers) for scheme in grid()][:3]
    [('keep', 'keep'), ('top:10000', 'keep'), ('drop:5', 'keep')]
    >>> [scheme.numbers for scheme in grid() if scheme.rare == "keep"]
    ['keep', 'N', 'magnitude', 'digits', 'typed', 'typed-magnitude']
    """
    return [Scheme(rare=name) for name in RARE] + [Scheme(numbers=name) for name in NUMBERS if name != "keep"]


def ablate(corpus, output, n_seeds, schemes=None, progress=True, spread=None, **parameters):
    """Train and measure every scheme with every seed, unless its row is there already.

    Parameters
    ----------
    corpus : Corpus
        Raw text.
    output : path
        Folder: a JSON file for each training, written whole when it is done.
    n_seeds : int
    schemes : list of Scheme, optional
        Default: `grid`.
    progress : bool
    spread : callable, optional
        Does the trainings, as `jobs.InTurn` does by default; `cluster.spread.OverWorkers` does them on the
        workers of a cluster.
    parameters
        Of `SkipGram`.

    Returns
    -------
    list of AblationRow
        The rows, in the order of seeds and schemes, but those of trainings that failed on workers.

    Raises
    ------
    W2VError
        For text that has lost its rare words, or a folder with rows of another text or other settings.

    Examples
    --------
    >>> import tempfile
    >>> text = from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5)
    >>> schemes = [Scheme(), Scheme(numbers="N")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = ablate(text, folder, 1, schemes, progress=False, dim=2, epochs=1)
    >>> [(row.scheme, row.vocabulary) for row in rows]
    [('keep', 4), ('N', 3)]
    """
    output, corpus = local_folder(output), as_corpus(corpus)
    require_raw(corpus)
    checked = SkipGram(**parameters).check_params()  # before anything is written
    parameters = {name: checked[name] for name in parameters}
    schemes = schemes or grid()
    names = sorted(_name(scheme.rare, scheme.numbers) for scheme in schemes)
    identity = {"format": FORMAT, "text": corpus.provenance.tokens_sha256, "schemes": names, **parameters}
    experiment = _hash(identity)
    check("n_seeds", n_seeds, N_SEEDS)
    _check_identity(output, identity)
    jobs = {_name(s.rare, s.numbers, seed): (s, seed) for seed in range(n_seeds) for s in schemes}
    paths = {name: output / f"{name}.json" for name in jobs}
    rows = {name: _row(path, experiment) for name, path in paths.items() if os.path.lexists(path)}
    missing = {name: job for name, job in jobs.items() if name not in rows}
    spread = InTurn(corpus, progress) if spread is None else spread
    with _locked(output, identity) if missing else nullcontext():
        of_training = parameters if spread.threads is None else {**parameters, "threads": spread.threads}
        prepare = functools.partial(AblationTasks, schemes=schemes, **of_training)
        for name, row in spread(prepare, ablation_measures.measure_scheme, missing, done=len(rows)):
            rows[name] = _store(paths[name], replace(row, experiment=experiment))
    return [rows[name] for name in jobs if name in rows]


def _store(path, row):
    """Write a row; return what is read from its file."""
    with explained_write_errors(path.parent), atomic_write(path, "w") as handle:
        json.dump(sealed(row.as_json()), handle, separators=(",", ":"))
        handle.write("\n")
    return _row(path, row.experiment)


def _name(*parts):
    """Name of a scheme, or of the row of a scheme and a seed."""
    return "-".join(map(str, parts)).replace(":", "_")


def _hash(identity):
    return sha256_of(json.dumps(identity, sort_keys=True).encode())


def _check_identity(output, identity):
    """Refuse a folder with the rows of another experiment."""
    if not os.path.lexists(output / _IDENTITY):  # a name that is too long is absent, too
        return
    found = _identity(output)
    different = sorted(key for key in {*found, *identity} if found.get(key) != identity.get(key))
    if different and _has_rows(output):
        raise W2VError(
            f"{output} holds an experiment with other {', '.join(different)}: give another folder."
        )


def _has_rows(folder):
    return any(folder.glob(_ROWS))


@contextmanager
def _locked(output, identity):
    """Make the folder, and keep other processes out of it while the block runs.

    What killed processes have left is removed; so is the folder when the block ends, if it was made for it
    and has no rows.
    """
    with folder_for_results(output), locked(output / ".lock", "experiment"):
        _check_identity(output, identity)  # another process may have ended in the meantime
        remove_unfinished(output, _ROWS)
        with identified(output / _IDENTITY, identity, has_results=lambda: _has_rows(output)):
            yield


def _identity(folder):
    """Read what the experiment of a folder depends on; rows of another format are refused."""
    identity = _read(folder / _IDENTITY)
    if identity.get("format") != FORMAT:
        raise W2VError(
            f"{folder} holds rows of another version of w2vlib: start w2v ablate again with another folder."
        )
    return identity


def _row(path, experiment):
    """Read a row, which must be of this experiment and have the name of its file."""
    with explained_read_errors(path, "the row of its training", _AGAIN):
        row = AblationRow.from_json(unsealed(_read(path)))
        if row.experiment != experiment or _name(row.rare, row.numbers, row.seed) != path.stem:
            raise ValueError("it is the row of another training")
    return row


_AGAIN = "remove it, and start w2v ablate again"


def _read(path):
    return read_json_object(path, "JSON", _AGAIN)


def part_of(corpus, one_in):
    """Take every `one_in`-th sentence; a Corpus.

    Of a text so short that these have no context, all sentences are taken.

    Examples
    --------
    >>> text = from_sentences([["a", "cat"], ["a", "dog"], ["the", "end"]])
    >>> part_of(text, one_in=2).sentences
    [['a', 'cat'], ['the', 'end']]
    """
    part = corpus.sentences[::one_in]
    if not any(len(sentence) > 1 for sentence in part):
        part = corpus.sentences
    return from_sentences(part, corpus.provenance.name)


def read_rows(folder):
    """Read the rows that `ablate` has written to a folder; (SHA-256 of the text, list of AblationRow).

    A relative path starts at the checkout; without one, at the working directory.

    Examples
    --------
    >>> import tempfile
    >>> text = from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = ablate(text, folder, 2, [Scheme(numbers="N")], progress=False, dim=2, epochs=1)
    ...     tokens_sha256, rows = read_rows(folder)
    >>> tokens_sha256 == text.provenance.tokens_sha256, [row.seed for row in rows]
    (True, [0, 1])
    """
    folder = working_root() / folder
    if not os.path.lexists(folder / _IDENTITY):  # a name that is too long is absent, too
        raise W2VError(f"{folder} holds no experiment: w2v ablate --output {folder} makes one.")
    identity = _identity(folder)
    paths = sorted(folder.glob(_ROWS))
    if not paths:
        raise W2VError(f"{folder} holds no rows yet: w2v ablate makes them.")
    order = [(scheme.rare, scheme.numbers) for scheme in grid()]

    def place(row):
        scheme = row.rare, row.numbers
        return order.index(scheme) if scheme in order else len(order), scheme, row.seed

    experiment = _hash(identity)
    rows = [_row(path, experiment) for path in paths]
    _check_baselines(paths, rows)
    return identity.get("text", "unknown"), sorted(rows, key=place)


def _check_baselines(paths, rows):
    """Refuse rows whose baselines, or the probes of one, have other names than those of another row."""
    names = [{name: sorted(of_one) for name, of_one in row.baselines.items()} for row in rows]
    first = next((n for n, each in enumerate(names) if each), None)
    for path, each in zip(paths, names, strict=True):
        if each and each != names[first]:
            raise W2VError(f"{path} has other baselines than {paths[first].name}: give rows of one version.")


def table(rows, names):
    """Tabulate figures, mean ± half the width of the 95 % interval; a DataFrame with one row per scheme.

    Parameters
    ----------
    rows : list of AblationRow
    names : sequence of str
        Fields: `COST`, `QUALITY`, `HELD_OUT` or `NUMBER_FIGURES` of `ablation_row`. Schemes without
        any of the figures are left out; what does not depend on the seed has no interval.

    Examples
    --------
    >>> rows = [AblationRow("keep", "N", n, vocabulary=10, analogies=0.1 + n / 10) for n in range(3)]
    >>> print(table(rows, ["vocabulary", "analogies"]).to_string(index=False))
    scheme types analogies [%]
       `N`    10   20.0 ± 24.8
    """
    columns, lines = columns_of(AblationRow, *names), []
    for scheme, of_scheme in by_scheme(rows).items():
        values = {name: values_of(of_scheme, name) for name in names}
        if not all(np.isnan(each).all() for each in values.values()):
            shown = {column.title: column.plus_minus(values[name]) for name, column in columns.items()}
            lines.append({"scheme": f"`{scheme}`"} | shown)
    return pd.DataFrame(lines)


def number_probes_table(rows):
    """`table` of the probes of numbers, with baselines that have read no text, and random answers.

    Examples
    --------
    >>> names = ("magnitude", "within_type", "largest", "order", "odd_one_out", "type")
    >>> digits = {"digits": dict.fromkeys(names, 0.9)}
    >>> rows = [AblationRow("keep", "N", 0, magnitude=0.25, baselines=digits)]
    >>> number_probes_table(rows)[["scheme", "magnitude (R²)"]].values.tolist()
    [['`N`', '0.25'], ['digits', '0.90'], ['random answers', '0.00']]
    """
    probes = table([row for row in rows if row.rare == "keep"], NUMBER_FIGURES)
    if probes.empty:  # too few numbers for any probe
        return probes
    columns = columns_of(AblationRow, *NUMBER_FIGURES)
    empty = dict.fromkeys((column.title for column in columns.values()), "—")
    baselines = [row.baselines for row in rows if row.baselines]
    lines = [
        {"scheme": name}
        | empty
        | {
            column.title: column.plus_minus([each[name][p] for each in baselines])
            for p, column in columns.items()
            if p in baselines[0][name]
        }
        for name in (baselines[0] if baselines else ())
    ]
    kept = next((row for row in rows if row.baselines), None)
    if kept is not None:
        expected = dict(zip(PROBES, (0.0, 0.0, 1 / LIST, 0.5, 0.25, kept.commonest_number_type), strict=True))
        expected["numbers_nearby"] = kept.numbers_nearby_baseline
        shown = {columns[name].title: columns[name].plus_minus([v]) for name, v in expected.items()}
        lines.append({"scheme": "random answers"} | empty | shown)
    return pd.concat([probes, pd.DataFrame(lines)], ignore_index=True)


def refusals(rows):
    """List the schemes that cannot be trained on the text; dict of scheme → why.

    Examples
    --------
    >>> rows = [AblationRow("top:1", "keep", 0, refused="No word is left."), AblationRow("keep", "N", 0)]
    >>> refusals(rows)
    {'top:1': 'No word is left.'}
    """
    return {row.scheme: row.refused for row in rows if row.refused}


def seeds_of(rows):
    """Count the seeds per scheme, as words: "3", or "1 to 3" in an unfinished folder.

    Examples
    --------
    >>> rows = [AblationRow("keep", "N", 0), AblationRow("keep", "N", 1), AblationRow("drop:5", "keep", 0)]
    >>> seeds_of(rows), seeds_of(rows[:2])
    ('1 to 2', '2')
    """
    counts = sorted(len(of_scheme) for of_scheme in by_scheme(rows).values())
    return f"{counts[0]}" if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def over_schemes(rows, name):
    """Mean over seeds of one figure with its interval; dict of scheme → (mean, low, high).

    Examples
    --------
    >>> rows = [AblationRow("keep", "N", seed, order=value) for seed, value in enumerate([0.2, 0.4, 0.3])]
    >>> means = over_schemes(rows, "order")
    >>> {scheme: [round(end, 3) for end in ends] for scheme, ends in means.items()}
    {'N': [0.3, 0.052, 0.548]}
    """
    means = {scheme: mean_interval(values_of(several, name)) for scheme, several in by_scheme(rows).items()}
    return {scheme: ends for scheme, ends in means.items() if not np.isnan(ends[0])}


def by_scheme(rows):
    """Group rows by their scheme, in the order given; dict of scheme → list of AblationRow.

    Examples
    --------
    >>> rows = [AblationRow("keep", "N", 0), AblationRow("drop:5", "keep", 0), AblationRow("keep", "N", 1)]
    >>> {scheme: [row.seed for row in several] for scheme, several in by_scheme(rows).items()}
    {'N': [0, 1], 'drop:5': [0]}
    """
    schemes = {}
    for row in rows:
        schemes.setdefault(row.scheme, []).append(row)
    return schemes
