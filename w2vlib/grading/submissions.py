"""Check a folder of submissions, one file or one folder per student; `grade_files` writes the grades."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ..utils.arguments import as_path
from ..utils.environment import available_processors
from ..utils.errors import W2VError
from ..utils.files import explained_read_errors
from ..utils.temporary_folders import written_name
from .check_file import FileResult, check_file
from .isolation import MEGABYTES, SECONDS, NotCheckedError, end_running, lacks_named
from .loading import described

EXPECTED = ("sigmoid", "naive", "negative", "skipgram")
_SUFFIXES = (".py", ".ipynb")
_MOST_FILES = 100  # of a student


@dataclass
class Grade:
    """What one student handed in, and what was found.

    Attributes
    ----------
    student : str
    files : list of Path
    results : list of FileResult
    expected : tuple of str
        Roles that should be there.

    Examples
    --------
    >>> Grade("ada", [], [], ("naive",)).verdicts()
    {'naive': 'missing'}
    """

    student: str
    files: list
    results: list
    expected: tuple

    @property
    def not_checked(self):
        """Whether a file could not be checked for want of something on this machine."""
        return any(result.not_checked for result in self.results)

    def diagnoses(self):
        """Diagnoses of all functions, as a list."""
        return [diagnosis for result in self.results for diagnosis in result.diagnoses]

    def verdicts(self):
        """Verdict for each expected role: of the worst function with it, or "missing" or "not checked"."""
        verdicts, nothing = {}, "not checked" if self.not_checked else "missing"
        for role in self.expected:
            found = [d.verdict for d in self.diagnoses() if d.role == role]
            wrong = [verdict for verdict in found if verdict != "right"]
            verdicts[role] = (wrong or found or [nothing])[0]
        return verdicts

    def right(self):
        """Count the expected roles that are right."""
        return sum(verdict == "right" for verdict in self.verdicts().values())

    def mistakes(self):
        """Names of the mistakes that were found, as a list of str without repetition."""
        found = [m.name for d in self.diagnoses() for e in d.explanations for m in e.mistakes]
        return list(dict.fromkeys(found))

    def problems(self):
        """Why files could not be read or checked, as a list of str."""
        missing = [] if self.files else ["There is no Python file and no notebook that can be read."]
        more = [f"Only {_MOST_FILES} of the files were checked: leave out those that are not needed."]
        many = more if len(self.files) > _MOST_FILES else []
        return missing + many + [result.problem for result in self.results if result.problem]


def submissions_in(folder):
    """Files (dict of student → list of Path) of a folder with one file or one folder per student.

    A folder with the results of `write_grades` is no student. Of a folder without Python files and notebooks
    those in its folders are taken, and no more than are checked and one. Links to folders are not followed;
    a link of a student that leads out of `folder` stands for itself.

    Raises
    ------
    W2VError
        If there is no such folder, it cannot be read, or nothing is in it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "ada.py").write_text("")
    ...     (Path(folder) / "ben").mkdir()
    ...     found = submissions_in(folder)
    >>> {student: [path.name for path in files] for student, files in found.items()}
    {'ada': ['ada.py'], 'ben': []}
    """
    folder = as_path(folder)
    if not os.path.isdir(folder) or os.path.realpath(folder) == os.path.abspath(os.sep):
        raise W2VError(f"{folder} is no folder of submissions: give the one in which they are.")
    found = {}
    with explained_read_errors(folder, "submissions"):
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith(".") or has_grades(entry):
                continue
            if not os.path.isdir(entry):
                if entry.suffix in _SUFFIXES:
                    found.setdefault(entry.stem, []).append(entry)
            else:
                files = _files_of(entry) if _is_inside(entry, folder) else [entry]
                found.setdefault(entry.name, []).extend(files)
    if not found:
        raise W2VError(
            f"{folder} has no submissions: it needs one .py or .ipynb file, or one folder, per student."
        )
    return found


def has_grades(folder):
    """Whether a folder holds what `write_grades` writes, and nothing else, which a student may have given.

    Examples
    --------
    >>> has_grades(Path("/nowhere"))
    False
    """
    try:  # a killed command may have left a file that was to become grades.csv
        names = {written_name(name) or name for name in os.listdir(folder)}
        return names == {"grades.csv", "reports"} and os.path.isdir(folder / "reports")
    except OSError:  # it is a file, or cannot be read
        return False


def _is_inside(path, folder):
    """Whether a path, when its links are followed, is below a folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _files_of(folder):
    """Python files and notebooks of a student's folder; of the folders in it only if it has none itself."""
    files, folders = _content_of(folder)
    if files:
        return files[: _MOST_FILES + 1]
    while folders and len(files) <= _MOST_FILES:
        found, more = _content_of(folders.pop())
        files += found
        folders += more
    return sorted(files)[: _MOST_FILES + 1]


def _content_of(folder):
    """Python files and notebooks in a folder, and the folders in it; of one that cannot be read, nothing."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return [], []
    folders = [path for path in paths if os.path.isdir(path)]
    files = [path for path in paths if path.suffix in _SUFFIXES and not os.path.isdir(path)]
    return files, [f for f in folders if f.name != ".ipynb_checkpoints" and not os.path.islink(f)]


def grade(folder, expected=EXPECTED, mapping=None, jobs=None, limits=(SECONDS, MEGABYTES)):
    """Check all submissions of a folder, several at a time.

    A file that cannot be checked is a problem of its student and takes no grade from the others.

    Parameters
    ----------
    folder : str or Path
    expected : iterable of str
        Roles that should be there.
    mapping : dict, optional
        As `isolation.parse_mapping` gives it.
    jobs : int, optional
        Files checked at a time; default: the number of processors.
    limits : pair of int
        Seconds and megabytes for each file.

    Returns
    -------
    list of Grade, by the names of the students

    Raises
    ------
    W2VError
        If the folder has no submissions.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "ada.py").write_text("def sigmoid(x): return x / 2")
    ...     (ada,) = grade(folder, ("sigmoid", "naive"))
    >>> ada.student, ada.verdicts(), ada.right()
    ('ada', {'sigmoid': 'wrong', 'naive': 'missing'}, 0)
    """
    students = submissions_in(folder)
    files = [(student, path) for student, paths in students.items() for path in paths[:_MOST_FILES]]
    grades = {s: Grade(s, paths, [], tuple(expected)) for s, paths in students.items()}
    with ThreadPoolExecutor(jobs or available_processors()) as pool:
        results = pool.map(lambda item: _result(item[1], folder, mapping, limits), files)
        try:
            for (student, path), result in zip(files, results, strict=True):
                several = len(students[student]) > 1
                # A file beside others may hold only helpers.
                if several and result.has_no_role:
                    continue
                result.path = path.name
                grades[student].results.append(result)
        except KeyboardInterrupt:  # no other begins; those that run may have minutes left
            end_running()
            raise
    return list(grades.values())


def _result(path, folder, mapping, limits):
    """Check one file; whatever fails is a problem of this one."""
    try:
        if not _is_inside(path, folder):
            raise W2VError(f"{path.name} is a link that leads out of the submissions: copy the file itself.")
        with lacks_named():
            return check_file(path, mapping, *limits)
    except NotCheckedError as error:
        return FileResult(str(path), [], [], str(error), not_checked=True)
    except W2VError as error:  # it is no file, or another submission has removed it
        problem = str(error)
    except Exception as error:
        problem = f"{path} could not be checked ({described(error)}): try w2v check --mine with it alone."
    return FileResult(str(path), [], [], problem)
