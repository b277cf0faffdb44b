"""Write grades: a table of all students as CSV, and a report for each."""

import csv
import hashlib
import io
import os
import re
import tempfile
from pathlib import Path

from ..utils.addresses import local_folder
from ..utils.characters import visible, visible_name
from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import atomic_write
from ..utils.folder_lock import is_there
from ..utils.temporary_folders import start_of_name
from .report import ROLE_NAMES, as_markdown
from .submissions import has_grades, submissions_in

_COLUMNS = "student", "right", "expected"  # and one for each exercise
_TITLE = r"# .*: (\d+ of \d+ right|not checked)$"  # of a report, as `summary` writes it
_LONGEST_NAME = 200  # bytes; a temporary file beside it has a longer one


def summary(grade):
    """Name of the student, and how many functions are right; one line (str).

    Examples
    --------
    >>> from w2vlib.grading.submissions import Grade
    >>> summary(Grade("ada", [], [], ("naive",)))
    'ada: 0 of 1 right'
    """
    found = "not checked" if grade.not_checked else f"{grade.right()} of {len(grade.expected)} right"
    return f"{visible_name(grade.student)}: {found}"


def check_all_checked(grades):
    """Refuse grades of which some are none.

    Raises
    ------
    W2VError
        If this machine lacked what the check of a student's file needs.

    Examples
    --------
    >>> from w2vlib.grading.submissions import Grade
    >>> check_all_checked([Grade("ada", [], [], ("naive",))])
    """
    left = [grade for grade in grades if grade.not_checked]
    if left:
        reason = next(result.problem for result in left[0].results if result.not_checked)
        raise W2VError(f"{len(left)} of {len(grades)} students are not checked: {reason} Then grade again.")


def student_report(grade):
    """Report (Markdown str) for one student.

    Examples
    --------
    >>> from w2vlib.grading.submissions import Grade
    >>> print(student_report(Grade("ada", [], [], ("naive",))).splitlines()[0])
    # ada: 0 of 1 right
    """
    lines = [f"# {summary(grade)}", ""]
    lines += [f"- {ROLE_NAMES[role]}: {verdict}" for role, verdict in grade.verdicts().items()]
    lines += ["", *(f"- {problem}" for problem in grade.problems())]
    for result in grade.results:
        lines += ["", f"## {result.path}", ""]
        lines += [f"- Note: {note}." for note in result.notes]
        lines += [as_markdown(diagnosis) for diagnosis in result.diagnoses]
    return "\n".join(lines) + "\n"


def _cell(text):
    """Text that a spreadsheet does not read as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text


def check_output(folder, output):
    """Check before long work that the grades of a folder can be written to another one.

    Raises
    ------
    W2VError
        If `output` is the folder of the submissions or in it, or cannot be written, or has something else
        where its own files belong.

    Examples
    --------
    >>> check_output("submissions", "submissions")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The grades cannot be written among the submissions: ...
    """
    output = local_folder(output)
    if _is_of_a_student(Path(os.path.realpath(output)), Path(os.path.realpath(folder))):
        raise W2VError(
            f"The grades cannot be written among the submissions: give another folder than {folder}."
        )
    with explained_write_errors(output):
        place = next(path for path in (output, *output.absolute().parents) if os.path.lexists(path))
        tempfile.TemporaryFile(dir=place).close()
        reports = output / "reports"
        for path in [output / "grades.csv", *(reports.iterdir() if reports.is_dir() else ())]:
            is_there(path)
        _require_own(output / "grades.csv", re.escape(",".join(_COLUMNS)))
        for student in submissions_in(folder) if reports.is_dir() else ():
            _require_own(reports / _report_name(student), _TITLE)


def _require_own(path, start):
    """Refuse to replace a file that does not start as `write_grades` writes it; `start` is a pattern."""
    if path.is_file() and path.stat().st_size:
        with open(path, encoding="utf-8", errors="replace") as handle:
            if not re.match(start, handle.readline(5000)):
                raise W2VError(f"{path} was not written by w2v grade: give another folder.")


def _is_of_a_student(output, folder):
    """Whether a folder is that of the submissions, or in one of a student; results may be beside these."""
    if not output.is_relative_to(folder):
        return False
    parts = output.relative_to(folder).parts
    entry = folder / parts[0] if parts else folder
    return len(parts) != 1 or entry.is_dir() and any(entry.iterdir()) and not has_grades(entry)


def _move_aside(path, is_wanted):
    """Move away what is in the place of a result and no such thing: a submission may have put it there."""
    if os.path.lexists(path) and (path.is_symlink() or not is_wanted(path)):
        os.replace(path, Path(tempfile.mkdtemp(prefix=f"{path.name}.moved-", dir=path.parent)) / path.name)


def _write(path, text):
    """Write a file of the results."""
    with explained_write_errors(path):
        _move_aside(path, Path.is_file)
    with atomic_write(path, "w") as handle:
        handle.write(text)


def _report_name(student):
    """Name of the file of a report; most systems allow 255 bytes."""
    name = os.fsencode(f"{student}.md")
    if len(name) <= _LONGEST_NAME:
        return f"{student}.md"
    return f"{start_of_name(student, _LONGEST_NAME - 20)}-{hashlib.sha256(name).hexdigest()[:12]}.md"


def write_grades(grades, output):
    """Write ``grades.csv`` and a report per student to a folder.

    Something else in the place of one, which a submission may have put there while it ran, is moved aside.

    Parameters
    ----------
    grades : list of Grade
    output : str or Path

    Returns
    -------
    Path of the CSV file

    Raises
    ------
    W2VError
        If the folder cannot be written.

    Examples
    --------
    >>> from w2vlib.grading.submissions import Grade
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_grades([Grade("ada", [], [], ("naive",))], folder)
    ...     print(path.read_text().splitlines()[1])
    ada,0,1,missing,,There is no Python file and no notebook that can be read.
    """
    output = local_folder(output)
    reports = output / "reports"
    with explained_write_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        _move_aside(reports, Path.is_dir)
        reports.mkdir(exist_ok=True)
    expected = grades[0].expected
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([*_COLUMNS, *expected, "mistakes", "problems"])
    for grade in grades:
        problems = visible(" ".join(grade.problems()))
        texts = [*grade.verdicts().values(), "; ".join(grade.mistakes()), problems]
        right = "" if grade.not_checked else grade.right()
        row = [visible_name(grade.student), right, len(expected), *texts]
        writer.writerow([_cell(str(value)) for value in row])
    _write(output / "grades.csv", table.getvalue())
    for grade in grades:
        _write(reports / _report_name(grade.student), visible(student_report(grade)))
    return output / "grades.csv"
