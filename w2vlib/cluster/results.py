"""The folder of a sweep: a record and an output per run, and the table of all runs."""

import csv
import io
import json
import os
from contextlib import contextmanager

from ..utils.addresses import local_folder
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write, explained_read_errors, read_json_object, sha256_of
from ..utils.folder_lock import folder_for_results, identified, is_there, locked
from ..utils.seals import sealed
from ..utils.temporary_folders import remove_unfinished, written_name
from ..utils.validation import Real, Whole

FORMAT = 1
_OUTPUTS = {"notebook": ("notebooks", "ipynb"), "training": ("vectors", "npz")}
_TEXTS = ("sha256", "file_sha256", "error", "worker")  # of a record
_NUMBERS = {"attempts": Whole(1), "seconds": Real(0)}
_WHAT, _AGAIN = "a record of a sweep", "remove it, and start the same command again"


class SweepFolder:
    """The results of a sweep in a folder.

    ``runs/ID.json`` is the record of a finished run, with its own SHA-256, and is written last;
    ``notebooks/ID.ipynb`` or ``vectors/ID.npz`` is its output; ``failed/ID.ipynb`` holds the cells that a
    failed notebook executed; ``results.csv`` is the table. Every file is written whole or not at all.

    Parameters
    ----------
    path : path
        A new or empty folder, or one with results of a sweep of the same notebook or text.
    sweep : Sweep

    Raises
    ------
    W2VError
        If the folder has other files, or results of another notebook or text, or something else where its
        files and folders belong.

    Examples
    --------
    >>> import tempfile
    >>> from .runs import Outcome
    >>> from .sweep_file import Run, Sweep
    >>> run = Run({"dim": 4})
    >>> sweep = Sweep("training", "bundled", "ab12", [run])
    >>> with tempfile.TemporaryDirectory() as path:
    ...     folder = SweepFolder(path, sweep)
    ...     with folder.locked():
    ...         folder.store(run, Outcome(b"vectors", "cd34", {"words": 3}, seconds=2.0, worker="0"))
    ...     print(folder.write_table().read_text(), folder.is_done(run))
    run,status,attempts,dim,words,sha256,error,seconds,worker
    5e0f5a4d3dcf,done,1,4,3,cd34,,2.000,0
     True
    """

    def __init__(self, path, sweep):
        self.path, self.sweep = local_folder(path), sweep
        self._failed = {}
        self._identity = {"format": FORMAT, "kind": sweep.kind, "identity": sweep.identity}
        self._file = self.path / "sweep.json"
        self._check_places()
        self._check_identity()

    def _others(self):
        """Names of what is in the folder, but for the lock and the file that says of what the sweep is.

        Of the folders of a sweep those that have nothing, or only what killed sweeps have left, are none.
        """
        with explained_write_errors(self.path):
            names = sorted(os.listdir(self.path)) if self.path.exists() else []
            names = [n for n in names if n not in (self._file.name, ".lock") and not written_name(n)]
            return [name for name in names if name not in self._folders() or self._has_files(name)]

    def _has_files(self, name):
        return any(not written_name(each) for each in os.listdir(self.path / name))

    def _check_identity(self):
        """Refuse a folder with other files, or with results of another sweep."""
        others = self._others()
        if not self._file.exists():
            if others:
                raise W2VError(
                    f"{self.path} has other files, for example {others[0]!r}: choose a new or an empty "
                    "folder."
                )
            return
        found = _read(self._file)
        if found != self._identity and (others or found.keys() != self._identity.keys()):
            what = "notebook, or of an earlier version of it" if self.sweep.kind == "notebook" else "text"
            raise W2VError(f"{self.path} holds a sweep of another {what}: give another folder.")

    def _check_places(self):
        """Refuse, before any run, a file where a folder belongs, and a pipe where the table belongs."""
        for name in self._folders():
            folder = self.path / name
            if os.path.lexists(folder) and not folder.is_dir():
                raise W2VError(f"{folder} is no folder: {_AGAIN}.")
        for name in ("sweep.json", "results.csv"):
            is_there(self.path / name)

    @contextmanager
    def locked(self):
        """Make the folder, and keep other sweeps out of it while a block runs; see `utils.folder_lock`.

        What killed sweeps have left is removed; so is the folder when the block ends, if it was made for it
        and has no results.
        """
        with folder_for_results(self.path), locked(self.path / ".lock"):
            self._check_identity()  # another sweep may have ended in the meantime
            for folder in (self.path, *map(self.path.joinpath, self._folders())):
                remove_unfinished(folder)
            with identified(self._file, self._identity, has_results=self._others):
                yield

    def _folders(self):
        return "runs", _OUTPUTS[self.sweep.kind][0], "failed"

    def _record(self, run):
        return self.path / "runs" / f"{run.id}.json"

    def output(self, run):
        """Path of the output of a run."""
        folder, suffix = _OUTPUTS[self.sweep.kind]
        return self.path / folder / f"{run.id}.{suffix}"

    def failed_output(self, run):
        """Path of what a failed run has executed."""
        return self.path / "failed" / f"{run.id}.{_OUTPUTS[self.sweep.kind][1]}"

    def is_done(self, run):
        """Whether a run is finished: its record and its output are there, and belong together.

        Raises
        ------
        W2VError
            If the record is damaged, or something else than a file is in the place of one.
        """
        there = [is_there(path) for path in (self._record(run), self.output(run), self.failed_output(run))]
        if not all(there[:2]):
            return False
        record = self.record(run)
        return record["file_sha256"] == sha256_of(self.output(run))

    def record(self, run):
        """Read the record of a finished run; dict.

        Raises
        ------
        W2VError
            If a field is not of its kind, or the record is not as it was written.
        """
        path = self._record(run)
        record = _read(path)
        with explained_read_errors(path, _WHAT, _AGAIN):
            whole = sealed(record, allow_nan=False) == record and _has_kinds(record)
        if not whole or record["format"] != FORMAT or record["parameters"] != run.parameters:
            raise W2VError(f"{path} is no record of its run, or is damaged: {_AGAIN}.")
        return record

    def store(self, run, outcome):
        """Write what a run gave; a failed run is kept for the table, and its record is not written."""
        record = {
            "format": FORMAT,
            "parameters": run.parameters,
            "figures": outcome.figures,
            "sha256": outcome.sha256,
            "file_sha256": sha256_of(outcome.output),
            "error": outcome.error,
            "attempts": outcome.attempts,
            "seconds": outcome.seconds,
            "worker": outcome.worker,
        }
        if outcome.error:
            self._failed[run.id] = record
            if outcome.output:
                _write(self.failed_output(run), outcome.output)
            return
        _write(self.output(run), outcome.output)
        _write(self._record(run), json.dumps(sealed(record), indent=1).encode() + b"\n")
        with explained_write_errors(self.path):
            self.failed_output(run).unlink(missing_ok=True)

    def write_table(self):
        """Write ``results.csv``, one row per run in the order of the sweep file; return its path.

        The columns: ``run`` (its id), ``status`` (done, failed, or not run), ``attempts``, the parameters,
        the figures, ``sha256`` of the outputs, ``error``, and last those that differ from time to time,
        ``seconds`` and ``worker``.
        """
        rows = []
        for run in self.sweep.runs:
            failed = self._failed.get(run.id)
            record = failed or (self.record(run) if is_there(self._record(run)) else {})
            status = "failed" if failed else "done" if record else "not run"
            rows.append((run, status, record))
        parameters = self.sweep.names
        figures = sorted({name for *_, record in rows for name in record.get("figures", ())})
        taken = {*_FIRST, *parameters, *_LAST}
        titles = [f"{name} (figure)" if name in taken else name for name in figures]
        stream = io.StringIO()
        table = csv.writer(stream, lineterminator="\n")
        table.writerow([*_FIRST, *parameters, *titles, *_LAST])
        for run, status, record in rows:
            seconds = record.get("seconds")
            values = [run.parameters.get(name) for name in parameters]
            values += [record.get("figures", {}).get(name) for name in figures]
            values = [
                run.id,
                status,
                record.get("attempts"),
                *values,
                record.get("sha256"),
                record.get("error"),
            ]
            table.writerow([*map(_cell, values), seconds and f"{seconds:.3f}", record.get("worker")])
        # An error of a notebook may hold half a surrogate pair, which no file in UTF-8 can.
        _write(self.path / "results.csv", stream.getvalue().encode(errors="backslashreplace"))
        return self.path / "results.csv"


# Columns before and after those of the parameters and figures.
_FIRST, _LAST = ("run", "status", "attempts"), ("sha256", "error", "seconds", "worker")


def _cell(value):
    """Write a value into a cell: a text as it is, the others as JSON, nothing for None."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def _write(path, content):
    with atomic_write(path) as handle:
        handle.write(content)


def _read(path):
    return read_json_object(path, _WHAT, _AGAIN)


def _has_kinds(record):
    """Whether every field of a record is of its kind."""
    return (
        {"format", "parameters"} <= record.keys()
        and isinstance(record.get("figures"), dict)
        and all(isinstance(record.get(name), str) for name in _TEXTS)
        and all(rule.allows(record.get(name)) for name, rule in _NUMBERS.items())
    )
