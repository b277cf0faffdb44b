"""The output folder of a report, which is replaced in one step."""

import os
import re
import shutil
import stat
from contextlib import contextmanager, suppress

from ..utils.addresses import local_folder
from ..utils.errors import W2VError, explained_write_errors
from ..utils.temporary_folders import locked_folder, remove_if_unlocked, wait_for_lock

_STORE = ".w2vlib-report"
_RUN = re.compile(r"(?:run|failed|\d+)-[^/]+")  # a folder of a run, or of what a failed one has executed
_MADE = "made.txt"  # in the folder of a run: the names of its notebooks, one per line
_RESULTS = ("notebooks", "report.ipynb", "report.pdf", "report.html")


class ReportFolder:
    """A folder whose report is replaced in one step, and in which no other file is changed.

    All files are in the hidden folder ``.w2vlib-report``, with one folder per run. ``report.pdf``,
    ``report.html``, ``report.ipynb`` and ``notebooks`` are links through ``.w2vlib-report/current``,
    itself a link; a run is published by replacing that one link, and then what others have put into the
    earlier ``notebooks`` is moved to the new one. So the earlier report stays complete if a run is killed,
    and of two simultaneous runs the later one to finish is shown. A run locks its folder, and removes those
    that nobody has locked: killed runs have left them.

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
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as path:
    ...     folder = ReportFolder(path)
    ...     _ = (folder.stage / "report.pdf").write_bytes(b"%PDF")
    ...     folder.publish()
    ...     folder.close()
    ...     (Path(path) / "report.pdf").read_bytes()
    b'%PDF'
    """

    def __init__(self, path):
        self.path = local_folder(path)
        self._store = self.path / _STORE
        self._published = False
        self._require_report_folder()
        with explained_write_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            self._remove_leftovers()
            self.stage, self._lock = self._locked_folder("run")
            (self.stage / "notebooks").mkdir()

    def _locked_folder(self, kind):
        """Make a folder that no other run removes as long as its handle is open; return both."""
        while True:
            self._store.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # another run has removed the hidden folder
                folder, handle = locked_folder(f"{kind}-", self._store)
                folder.chmod(0o755)
                return folder, handle

    def _require_report_folder(self):
        """Refuse a folder with other files, before anything is written."""
        with explained_write_errors(self.path):
            names = sorted(os.listdir(self.path)) if os.path.lexists(self.path) else []
            with suppress(FileNotFoundError):
                if not stat.S_ISDIR(os.lstat(self._store).st_mode):
                    self._refuse(self._store)
                with self._links_locked():
                    self._require_own(*_RESULTS, "failed")
                    if os.path.lexists(self._store / "current") and self._current() is None:
                        self._refuse(self._store / "current")
                return
            if others := [name for name in names if name != _STORE]:
                raise W2VError(
                    f"{self.path} has other files, for example {others[0]!r}, and a report is not written "
                    "beside them: choose a new or an empty folder."
                )

    @contextmanager
    def _links_locked(self):
        """Keep other runs from changing the links, and from removing what they lead to, in the block."""
        handle = os.open(self._store, os.O_RDONLY)
        try:
            wait_for_lock(handle)
            yield
        finally:
            os.close(handle)

    def _require_own(self, *names):
        """Refuse to replace what no report has made."""
        for name in names:
            if os.path.lexists(self.path / name) and not self._is_own_link(name):
                self._refuse(self.path / name)

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
        with explained_write_errors(self.path), self._links_locked():
            self._require_own("failed")  # one may have come while this ran
            folder, handle = self._locked_folder("failed")
            os.replace(path, folder / path.name)
            earlier = self._failed()
            self._link("failed", f"{_STORE}/{folder.name}")
            os.close(handle)
            if earlier is not None:
                shutil.rmtree(earlier, ignore_errors=True)
        return self.path / "failed" / path.name

    def publish(self):
        """Show this run's report in the folder; what an earlier run stored as failed is removed."""
        with explained_write_errors(self.path), self._links_locked():
            earlier = self._current()
            made = sorted(os.listdir(self.stage / "notebooks"))
            (self.stage / _MADE).write_bytes(os.fsencode("\n".join(made)))
            self._link(f"{_STORE}/current", self.stage.name)
            self._published = True
            for name in _RESULTS:
                if not os.path.lexists(self.path / name):
                    self._link(name, f"{_STORE}/current/{name}")
                elif not self._is_own_link(name):  # it has come while this ran
                    raise W2VError(
                        f"{self.path / name} was not made by a report: move it away. The report that has "
                        f"just been made is in {self._store / 'current'}."
                    )
            if (failed := self._failed()) is not None:
                (self.path / "failed").unlink(missing_ok=True)
                shutil.rmtree(failed, ignore_errors=True)
            if earlier is not None:
                self._move_files_of_others(self._store / earlier)
                shutil.rmtree(self._store / earlier, ignore_errors=True)
            self._remove_leftovers()

    def _move_files_of_others(self, earlier):
        """Move what somebody has put beside the notebooks of an earlier report to those of this one."""
        try:
            made = (earlier / _MADE).read_bytes()
        except OSError:  # the report is of an older version, or somebody has removed the list
            made = (self.stage / _MADE).read_bytes()
        known = {*os.fsdecode(made).split("\n"), ".ipynb_checkpoints"}
        left = earlier / "notebooks"
        try:
            for name in sorted({*os.listdir(left)} - known) if os.path.lexists(left) else ():
                left, place = earlier / "notebooks" / name, self.stage / "notebooks" / name
                while os.path.lexists(place):  # this run has a notebook of the same name
                    place = place.with_name(f"earlier-{place.name}")
                os.rename(left, place)
        except OSError as error:
            raise W2VError(
                f"The report is made, but {left} cannot be moved to its notebooks ({error.strerror}): "
                "move it away."
            ) from None

    def close(self):
        """Remove this run's files unless they were published."""
        os.close(self._lock)
        if not self._published:
            shutil.rmtree(self.stage, ignore_errors=True)
            with suppress(OSError):  # other runs have files there, or have removed it
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
        link = self.stage / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        os.replace(link, self.path / name)

    def _remove_leftovers(self):
        """Remove the files of killed and finished runs, except those of the current report.

        What was a report once is removed by a run that is published, since others may have put files there.
        """
        for left in sorted(self._store.glob("*")):
            if not _RUN.fullmatch(left.name):
                continue
            if left.is_symlink() or not left.is_dir():
                left.unlink(missing_ok=True)
            elif not (left / _MADE).exists():
                remove_if_unlocked(left, unless=self._is_needed)
            elif self._published and left != self.stage:
                self._move_files_of_others(left)
                remove_if_unlocked(left, unless=self._is_needed)

    def _is_needed(self, folder):
        """Whether a folder has the current report, or what the last failed run has executed."""
        failed = self._failed()
        return folder.name in (self._current(), failed and failed.name)
