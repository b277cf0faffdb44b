"""What computed a result: commit, package versions, system and processor."""

import datetime
import hashlib
import os
import platform
import re
import subprocess
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from .errors import W2VError

PACKAGES = ("numpy", "scipy", "numba", "matplotlib", "gensim", "scikit-learn", "tokenizers", "papermill",
            "nbconvert", "pypandoc_binary", "typst")  # fmt: skip
_LAST_SECOND = 253_402_300_799  # of the year 9999


def source_date():
    """Return the time in ``SOURCE_DATE_EPOCH`` (for reproducible builds), UTC; None where it is not set.

    Raises
    ------
    W2VError
        If it is no whole number of seconds since 1970, up to the year 9999.

    Examples
    --------
    >>> import unittest.mock
    >>> with unittest.mock.patch.dict(os.environ, SOURCE_DATE_EPOCH="86400"):
    ...     source_date().isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    if seconds is None:
        return None
    if not re.fullmatch("[0-9]{1,12}", seconds) or int(seconds) > _LAST_SECOND:
        raise W2VError(
            f"SOURCE_DATE_EPOCH={seconds!r:.60} is not allowed: give whole seconds since 1970, up to the "
            "year 9999, or unset it."
        )
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC)


def commit_of(root):
    """Commit of a checkout; (commit, has_changes), with a reason in place of the commit where there is none.

    Parameters
    ----------
    root : path

    Examples
    --------
    >>> commit_of("/")
    ('unknown (not a git checkout)', False)
    """

    def git(*arguments):
        # Also where another user owns the checkout, whose code runs anyway.
        trusted = "-c", "safe.directory=*"
        return subprocess.run(["git", *trusted, "-C", str(root), *arguments], capture_output=True, text=True)

    try:
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except FileNotFoundError:
        return "unknown (no git)", False
    if commit.returncode:
        return "unknown (not a git checkout)", False
    return commit.stdout.strip()[:12], bool(changed.stdout.strip())


def source_sha256(package):
    """SHA-256 of the Python files of a package (path), by name and content; str.

    Unlike a commit it stays the same when the history is rewritten.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.py").write_text("x = 1", encoding="utf-8")
    ...     source_sha256(folder)[:8]
    'db6c345b'
    """
    digest = hashlib.sha256()
    for path in sorted(Path(package).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def versions():
    """Versions of Python and of the packages that matter; dict of name → str.

    Examples
    --------
    >>> list(versions())[:3]
    ['Python', 'numpy', 'scipy']
    """
    return {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def machine():
    """System, name of the processor, and number of cores; dict of name → str.

    Examples
    --------
    >>> list(machine())
    ['system', 'processor', 'cores']
    """
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
    }


def available_processors():
    """Count the processors that this process may use.

    Examples
    --------
    >>> available_processors() >= 1
    True
    """
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


@contextmanager
def variables_set(**values):
    """Set variables of the environment (name → str) inside the block, for the processes started there.

    Examples
    --------
    >>> with variables_set(W2VLIB_EXAMPLE="1"):
    ...     os.environ["W2VLIB_EXAMPLE"]
    '1'
    >>> "W2VLIB_EXAMPLE" in os.environ
    False
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
