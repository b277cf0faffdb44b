"""The output folder of a report, which is replaced in one step."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from ..utils.errors import W2VError, explained_write_errors

_STORE = ".w2vlib-report"
_RUN = re.compile(r"(?:(\d+)|failed)-[^/]+")  # a folder of a run, or of what a failed one has executed
_RESULTS = ("notebooks", "report.ipynb", "report.pdf", "report.html")


class ReportFolder:
    """A folder whose report is replaced in one step, and in which no other file is changed.

    All files are in the hidden folder ``.w2vlib-report``, with one folder per run. ``report.pdf``,
    ``report.html``, ``report.ipynb`` and ``notebooks`` are links through ``.w2vlib-report/current``,
    itself a link; a run is published by replacing that one link. So the earlier report stays complete if
    a run is killed, and of two simultaneous runs the later one to finish is shown.

    Parameters
    ----------
    path : str or Path
        A new or empty folder, or one with an earlier report.

    Attributes
    ----------
    path : Path
    stage : Path
        Folder of this run, with an empty ``notebooks/``.

    Raises
    ------
    W2VError
        If the folder has other files and no report, or cannot be written.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as path:
    ...     folder = ReportFolder(path)
    ...     _ = (folder.stage / "report.pdf").write_bytes(b"%PDF")
    ...     folder.publish()
    ...     folder.close()
    ...     (Path(path) / "report.pdf").read_bytes()
    b'%PDF'
    """

    def __init__(self, path):
        self.path = Path(path)
        self._store = self.path / _STORE
        self._require_report_folder()
        with explained_write_errors(self.path):
            self._store.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()
            self.stage = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._store))
            self.stage.chmod(0o755)
            (self.stage / "notebooks").mkdir()

    def _require_report_folder(self):
        """Refuse a folder with other files, before anything is written."""
        with explained_write_errors(self.path):
            names = sorted(os.listdir(self.path)) if os.path.lexists(self.path) else []
            if names and not (self._store.is_dir() and not self._store.is_symlink()):
                raise W2VError(
                    f"{self.path} has other files, for example {names[0]!r}, and a report is not written "
                    "beside them: choose a new or an empty folder."
                )
            for name in (*_RESULTS, "failed"):
                if name in names and not self._is_own_link(name):
                    self._refuse(self.path / name)
            if os.path.lexists(self._store / "current") and self._current() is None:
                self._refuse(self._store / "current")

    @staticmethod
    def _refuse(path):
        raise W2VError(f"{path} was not made by a report: move it away, or choose another folder.")

    def _is_own_link(self, name):
        """Whether a name in the folder is a link that a report has made, into the hidden folder."""
        path = self.path / name
        start, _, place = os.readlink(path).partition("/") if path.is_symlink() else ("", "", "")
        is_own = _RUN.fullmatch(place) if name == "failed" else place == f"current/{name}"
        return start == _STORE and bool(is_own)

    def store_failed(self, path):
        """Move a file of this run, which failed, to ``failed/``; return its new path."""
        with explained_write_errors(self.path):
            folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-failed-", dir=self._store))
            folder.chmod(0o755)
            os.replace(path, folder / path.name)
            earlier = self._failed()
            self._link("failed", f"{_STORE}/{folder.name}")
            if earlier is not None:
                shutil.rmtree(earlier, ignore_errors=True)
        return self.path / "failed" / path.name

    def publish(self):
        """Show this run's report in the folder; what an earlier run stored as failed is removed."""
        with explained_write_errors(self.path):
            for name in _RESULTS:
                if not self._is_own_link(name):
                    self._link(name, f"{_STORE}/current/{name}")
            earlier = self._current()
            self._link(f"{_STORE}/current", self.stage.name)
            if earlier is not None:
                shutil.rmtree(self._store / earlier, ignore_errors=True)
            if (failed := self._failed()) is not None:
                (self.path / "failed").unlink()
                shutil.rmtree(failed, ignore_errors=True)
            self._remove_leftovers()

    def close(self):
        """Remove this run's files unless they were published."""
        if self._current() != self.stage.name:
            shutil.rmtree(self.stage, ignore_errors=True)
            if not any(self._store.iterdir()):
                self._store.rmdir()

    def _current(self):
        """Name of the published run's folder, or None."""
        try:
            name = os.readlink(self._store / "current")
        except OSError:
            return None
        return name if _RUN.fullmatch(name) else None

    def _failed(self):
        """Folder (Path) of what a failed run has executed, or None."""
        return self.path / os.readlink(self.path / "failed") if self._is_own_link("failed") else None

    def _link(self, name, target):
        """Make `name` a link to `target`; an earlier link is replaced."""
        link = Path(tempfile.mktemp(prefix=f"{os.getpid()}-link-", dir=self._store))
        link.symlink_to(target)
        os.replace(link, self.path / name)

    def _remove_leftovers(self):
        """Remove the files of finished runs, except those of the current report and of running processes."""
        needed = {self._current()}
        if (failed := self._failed()) is not None:
            needed.add(failed.name)
        for left in self._store.iterdir():
            run = _RUN.fullmatch(left.name)
            if not run or left.name in needed or (run[1] and _is_running(int(run[1]))):
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _is_running(pid):
    """Whether a process with this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as another user
    return True
