"""Check the functions of a file: records from its own process, then a diagnosis of each function."""

from dataclasses import dataclass

from .diagnosis import Diagnosis, diagnose
from .isolation import CHANGED, MEGABYTES, SECONDS, observe_file, unread
from .report import as_text
from .signatures import Unclear, check_returns


@dataclass
class FileResult:
    """Diagnoses of the functions of one file.

    Attributes
    ----------
    path : str
    diagnoses : list of Diagnosis
    notes : list of str
        Parts of the file that were left out, and why.
    problem : str or None
        Why the file, or a part of it, could not be checked; one sentence that says what to do.
    has_no_role : bool
        Whether the file was read, and nothing in it has the name of a function to check.
    not_checked : bool
        Whether nothing is known of the file, since this machine lacked what a check needs.

    Examples
    --------
    >>> FileResult("mine.py", [Diagnosis("sigmoid", "sigmoid", "right")], [], None).passed
    True
    """

    path: str
    diagnoses: list
    notes: list
    problem: str | None
    has_no_role: bool = False
    not_checked: bool = False

    @property
    def passed(self):
        """Whether something was checked and all of it is right."""
        return bool(self.diagnoses) and not self.problem and all(d.passed for d in self.diagnoses)


def check_file(path, mapping=None, seconds=SECONDS, megabytes=MEGABYTES):
    r"""Check what a file of a student defines.

    Parameters
    ----------
    path : str or Path
    mapping : dict, optional
        As `isolation.parse_mapping` gives it.
    seconds, megabytes : int
        Limits of the process in which the file runs.

    Returns
    -------
    FileResult

    Raises
    ------
    W2VError
        If there is no such file, or this machine lacks what a check needs (`isolation.NotCheckedError`).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.py"
    ...     _ = path.write_text("def sigmoid(x):\n    return x * 0.5\n")
    ...     result = check_file(path)
    >>> [d.verdict for d in result.diagnoses], result.passed
    (['wrong'], False)
    """
    record = observe_file(path, mapping, seconds, megabytes)
    try:
        diagnoses = _diagnoses(record, (mapping or {}).get("returns", {}))
    except Exception as error:
        record = unread(f"{CHANGED}, or w2vlib has a mistake ({type(error).__name__}: {str(error)[:80]})")
        diagnoses = []
    has_no_role = not (diagnoses or record["error"] or record["ended"] or _missing(diagnoses, mapping))
    problem = _problem(record, diagnoses, mapping)
    return FileResult(str(path), diagnoses, record["notes"], problem, has_no_role)


def _diagnoses(record, returns):
    """Diagnosis of each function of a record."""
    diagnoses = []
    for found in record["functions"]:
        unclear = found["unclear"] or _unclear_returns(found, returns)
        if unclear:
            notes = [unclear.rstrip(".")]
            diagnoses.append(Diagnosis(found["name"], found["role"], "unclear", notes=notes))
        elif found["observation"] is None:
            failure = {
                "text": record["ended"] or "it was not finished",
                "slow": True,
                "title": "the first one",
            }
            diagnoses.append(Diagnosis(found["name"], found["role"], "fails", failure=failure))
        else:
            names = returns.get(found["name"])
            diagnoses.append(diagnose(found["name"], found["role"], found["observation"], names))
    return diagnoses


def _unclear_returns(found, returns):
    """Say why what --map says about the results of a function cannot be; None if it can."""
    try:
        check_returns(found["name"], found["role"], returns.get(found["name"]))
    except Unclear as error:
        return str(error)


def _missing(diagnoses, mapping):
    """Names that --map gives and the file does not define."""
    named = dict.fromkeys(name for names in (mapping or {}).values() for name in names)
    return [name for name in named if name not in {d.function for d in diagnoses}]


def _problem(record, diagnoses, mapping):
    """Say why the file could not be checked, or not all of it."""
    missing = _missing(diagnoses, mapping)
    if record["error"]:
        return f"The file could not be read: {record['error']}."
    if missing and not record["ended"]:
        return f"The file defines no function {missing[0]}, which --map names: check the name."
    if not diagnoses and not record["ended"]:
        names = ", ".join(record["names"][:12]) or "none"
        return (
            f"No function was recognised by its name (the file defines: {names}): say which one it is with "
            "--map ROLE=NAME, for example --map naive=my_function."
        )
    if record["ended"]:
        return f"Not everything could be checked: {record['ended']}."
    return None


def as_report(result):
    """Report of a file for the shell (str).

    Examples
    --------
    >>> print(as_report(FileResult("mine.py", [], [], "The file could not be read: SyntaxError.")))
    The file could not be read: SyntaxError.
    """
    parts = [f"Note: {note}." for note in result.notes]
    parts += [as_text(diagnosis) for diagnosis in result.diagnoses]
    if result.problem:
        parts.append(result.problem)
    if result.diagnoses:
        right = sum(d.passed for d in result.diagnoses)
        parts.append(f"{right} of {len(result.diagnoses)} functions are right.")
    return "\n\n".join(parts)
