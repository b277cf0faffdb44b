import os
import subprocess
import sys

import pytest

from w2vlib import W2VError, load_corpus
from w2vlib.text import vocabulary
from w2vlib.utils import temporary_folders

FULL = """
import resource, signal
from w2vlib import W2VError, load_corpus
from w2vlib.text import encoded_text, vocabulary
text = list(load_corpus("bundled"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    vocabulary.encode(text)
except W2VError as error:
    print(error)
"""


def test_no_room_for_the_ids_of_a_text_is_told_in_a_sentence(tmp_path):
    """A limit of file sizes stands for a full disk."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    environment["TMPDIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", FULL], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout == (
        f"Cannot write temporary files in {tmp_path}: File too large; allow larger files (ulimit -f), or name "
        "another folder in the variable TMPDIR.\n"
    )
    assert not list(tmp_path.iterdir())


def test_what_numpy_says_of_a_full_disk_is_told_in_a_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr(temporary_folders.tempfile, "tempdir", str(tmp_path))
    with pytest.raises(W2VError, match="No space left on device; free some space"):
        with temporary_folders.temporary_file():
            raise OSError("5 requested and 0 written")
    with pytest.raises(OSError, match="of the sentences"):  # not of the file
        with temporary_folders.temporary_file():
            raise OSError(5, "of the sentences")


def test_a_folder_for_temporary_files_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setattr(temporary_folders.tempfile, "tempdir", str(tmp_path / "absent"))
    with pytest.raises(W2VError, match=f"Cannot write temporary files in {tmp_path}/absent: No such file"):
        vocabulary.encode(load_corpus("bundled"))


@pytest.mark.parametrize("home", ["no-such", "."])
def test_matplotlib_has_a_folder_where_the_home_folder_is_not_writable(tmp_path, monkeypatch, home):
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / home))
    with temporary_folders.folder_for_matplotlib():
        folder = os.environ.get("MPLCONFIGDIR")
        assert (folder is None) == (home == ".")
        assert folder is None or os.access(folder, os.W_OK)
    assert "MPLCONFIGDIR" not in os.environ and not (folder and os.path.exists(folder))
