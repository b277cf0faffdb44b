"""The folder of a report: what is written there is ours, and it changes as a whole."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from ..utils.errors import W2VError
from ..utils.files import explained_write_errors

_STORE = ".w2vlib-report"
_RUN = re.compile(r"(\d+)-.*")
_RESULTS = ("notebooks", "report.ipynb", "report.pdf")


class ReportFolder:
    """A folder whose report is replaced in one step, and in which nothing else is ever touched.

    All files lie in the hidden folder ``.w2vlib-report``, one folder for each run. ``report.pdf``,
    ``report.ipynb`` and ``notebooks`` are links through ``.w2vlib-report/current``, itself a link;
    to publish a run is to replace that one link. So a run that is killed leaves the earlier report
    whole, and of two runs at a time the one that ends later stands.

    Attributes
    ----------
    path : Path
    stage : Path
        Folder of this run, with an empty ``notebooks/``.

    Raises
    ------
    W2VError
        If the folder holds anything and no report of ours, or cannot be written.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._store = self.path / _STORE
        self._require_ours()
        with explained_write_errors(self.path):
            self._store.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self.stage = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._store))
            self.stage.chmod(0o755)
            (self.stage / "notebooks").mkdir()

    def _require_ours(self):
        """Refuse a folder with files of others, before anything is written."""
        with explained_write_errors(self.path):
            there = sorted(os.listdir(self.path)) if os.path.lexists(self.path) else []
            if there and not (self._store.is_dir() and not self._store.is_symlink()):
                raise W2VError(
                    f"{self.path} holds other files ({there[0]!r} for one), and a report is written only "
                    "where nothing can be lost: choose a new or an empty folder."
                )
            for name in (*_RESULTS, "failed"):
                if name in there and not self._is_ours(name):
                    raise W2VError(
                        f"{self.path / name} was not made by a report: move it away, or choose another "
                        "folder."
                    )

    def _is_ours(self, name):
        path = self.path / name
        return path.is_symlink() and os.readlink(path).startswith(f"{_STORE}/")

    def store_failed(self, path):
        """Move a file of this run, which failed, to ``failed/``; return its new path."""
        with explained_write_errors(self.path):
            kept = Path(tempfile.mkdtemp(prefix="failed-", dir=self._store))
            kept.chmod(0o755)
            os.replace(path, kept / path.name)
            self._link("failed", f"{_STORE}/{kept.name}")
        return self.path / "failed" / path.name

    def publish(self):
        """Make this run's report the one of the folder; what failed before is removed."""
        with explained_write_errors(self.path):
            for name in _RESULTS:
                if not self._is_ours(name):
                    self._link(name, f"{_STORE}/current/{name}")
            earlier = self._current()
            self._link(f"{_STORE}/current", self.stage.name)
            if earlier is not None:
                shutil.rmtree(self._store / earlier, ignore_errors=True)
            if self._is_ours("failed"):
                (self.path / "failed").unlink()
            self._sweep()

    def close(self):
        """Remove this run's files unless they were published."""
        if self._current() != self.stage.name:
            shutil.rmtree(self.stage, ignore_errors=True)
            if not any(self._store.iterdir()):
                self._store.rmdir()

    def _current(self):
        try:
            return os.readlink(self._store / "current")
        except OSError:
            return None

    def _link(self, name, target):
        """Make `name` a link to `target`, in place of a link that is there."""
        fresh = Path(tempfile.mktemp(prefix=f"{os.getpid()}-link-", dir=self._store))
        fresh.symlink_to(target)
        os.replace(fresh, self.path / name)

    def _sweep(self):
        """Remove what ended runs left; the current report and runs still going keep theirs."""
        keep = {self._current()}
        if self._is_ours("failed"):
            keep.add(Path(os.readlink(self.path / "failed")).name)
        for left in self._store.iterdir():
            run = _RUN.fullmatch(left.name)
            if left.name in (*keep, "current") or (run and _alive(int(run[1]))):
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _alive(pid):
    """Whether a process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # alive, and somebody else's
    return True
