"""The report, made once for all tests of it."""

import fcntl
import os
import re

import pytest
from pdf_text import texts_of
from report_runs import NOTEBOOKS, SMALL, run


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory):
    """A folder of the whole run: processes that test side by side have the same one."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "report"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def excerpt(tmp_path_factory, bundled):
    """A tenth of the bundled text as a file, words of the figure included."""
    path = tmp_path_factory.mktemp("text") / "excerpt.txt"
    wanted = {"good", "bad", "man", "woman", "king", "queen", "american"}
    kept = [s for n, s in enumerate(bundled) if n % 10 == 0 or wanted & {t.lower() for t in s}]
    path.write_text("\n".join(" ".join(s) for s in kept), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def built(shared_folder, excerpt):
    """The real pipeline from a text to the PDF, with small parameters; the tests do not change it."""
    folder = shared_folder / "build"
    with open(shared_folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be making it
        if not (folder / "report.pdf").exists():
            result = run("--corpus", excerpt, "--output", folder, *SMALL)
            assert result.exit_code == 0, result.stderr
            assert result.stdout.strip() == str(folder / "report.pdf")
            for name in NOTEBOOKS:
                assert re.search(rf"^{name}: \d+\.\d s$", result.stderr, re.MULTILINE)
    return folder


@pytest.fixture(scope="session")
def pages(built):
    """Text of each page of the report."""
    return texts_of(built / "report.pdf")
