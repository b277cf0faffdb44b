"""Calls of pandoc and Typst: without the network, without the system's fonts, and in folders of our own."""

import functools
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pypandoc

from ..utils.errors import W2VError
from ..utils.files import project_root, project_text
from ..utils.temporary_folders import temporary_folder
from .bounded_programs import run_bounded
from .printable_text import FONT_FILES, font_path, printable_json

_SECONDS = 120  # pandoc needs a few for the report
_PANDOC_MEMORY = "3g"  # and 300 megabytes
TYPST_SECONDS = 180
_DEAD_PROXY = "http://127.0.0.1:9"  # where nobody answers: packages of Typst are not fetched
_TYPST_MEMORY = 8 * 2**30  # bytes of addresses
STANDARDS = ("a-3a", "ua-1")


def temporary_build():
    """Make a folder (Path) for the files of an export while a ``with`` block runs; see `temporary_folder`.

    Examples
    --------
    >>> with temporary_build() as build:
    ...     build.is_dir()
    True
    """
    return temporary_folder("w2vlib-export-")


def style_file(name):
    """Path of a file of the project's folder ``report``, which can be read.

    Raises
    ------
    W2VError
        If the file is absent, is none, or is no UTF-8.

    Examples
    --------
    >>> style_file("refs.bib").name
    'refs.bib'
    """
    path = project_root() / "report" / name
    project_text(path)
    return path


def works():
    """List the names (str) of the works that texts may cite, as ``[Mikolov](#ref-NAME)``.

    Examples
    --------
    >>> "mikolov2013a" in works()
    True
    """
    return re.findall(r"^@\w+\{([^,]+),", style_file("refs.bib").read_text("utf-8"), re.MULTILINE)


def _pandoc():
    """Path (str) of the program pandoc."""
    logging.getLogger("pypandoc").setLevel(logging.CRITICAL)  # it writes a traceback of what is raised
    try:
        return pypandoc.get_pandoc_path()
    except OSError:
        raise W2VError(
            "There is no program pandoc: make the environment again (make env), or correct PYPANDOC_PANDOC."
        ) from None


def run_pandoc(reader, text, form, *options):
    r"""Run pandoc in its sandbox: a text through a Lua reader (Path) to a form, such as "typst".

    Returns
    -------
    subprocess.CompletedProcess
        With ``returncode``, ``stdout`` and ``stderr`` (str).

    Examples
    --------
    >>> from ..utils.files import project_root
    >>> run_pandoc(project_root() / "report" / "formulas.lua", '["x^2"]', "typst").stdout
    '["x^2"]\n'
    """
    pandoc = _pandoc()
    command = [
        pandoc, "--from", str(reader), "--to", form, "--sandbox",
        "--wrap", "none", *options, *_memory_options(pandoc),
    ]  # fmt: skip
    try:
        done = run_bounded(command, text, _SECONDS)
    except subprocess.TimeoutExpired:
        raise W2VError(
            f"pandoc took longer than {_SECONDS} s for this text: leave out what is deeply nested or defines "
            "macros of macros."
        ) from None
    if "Heap exhausted" in done.stderr:
        raise W2VError(
            f"pandoc needed more than {_PANDOC_MEMORY.upper()}B of memory for this text: leave out what is "
            "large or deeply nested."
        )
    return done


def output_of(done):
    """Output (str) of a `run_pandoc`.

    Raises
    ------
    W2VError
        With pandoc's own words, if it failed.

    Examples
    --------
    >>> output_of(subprocess.CompletedProcess([], 0, stdout="text", stderr=""))
    'text'
    """
    if done.returncode:
        raise W2VError(f"pandoc: {_own_words(done)[:500]}.")
    return done.stdout


def _own_words(done):
    """Say why a pandoc failed: in its own words, if it has left any; str."""
    if done.returncode < 0 and not done.stderr.strip():
        return f"it was ended by signal {-done.returncode}, most likely because memory was not enough"
    said = re.sub(r"(?m)^\[(?:WARNING|INFO)\].*$", "", done.stderr).partition("stack traceback:")[0]
    said = re.sub(r"\S*/w2vlib-export-\w+/", "", said)  # the folder that it ran in
    return " ".join(said.split()) or f"it ended with exit status {done.returncode}"


@functools.cache
def _memory_options(pandoc):
    """Options (tuple) that limit the memory of pandoc; none where it was built without them."""
    options = ("+RTS", f"-M{_PANDOC_MEMORY}", "-RTS")
    done = subprocess.run([pandoc, "--version", *options], capture_output=True, timeout=_SECONDS)
    return options if done.returncode == 0 else ()


def typst_markup(value, reader, strict=True):
    r"""Convert a value (nested lists and dicts) with a Lua reader of pandoc to Typst markup (str).

    Parameters
    ----------
    value : list or dict
    reader : Path
        The reader, which gets `value` as JSON.
    strict : bool
        Whether a warning of pandoc is an error.

    Raises
    ------
    W2VError
        With the reader's own message, or pandoc's.

    Examples
    --------
    >>> from ..utils.files import project_root
    >>> typst_markup([r"x^2"], project_root() / "report" / "formulas.lua")
    '["x^2"]\n'
    """
    warnings = "--fail-if-warnings" if strict else "--quiet"
    done = run_pandoc(reader, printable_json(value), "typst", "--columns", "100000", warnings)
    if done.returncode:
        own_message = re.search(r"\[\[w2v\]\](.*?)\[\[/w2v\]\]", done.stderr, re.DOTALL)
        message = own_message[1] if own_message else f"pandoc: {_own_words(done)}"
        raise W2VError(message[0].upper() + message[1:])
    return done.stdout


def typst_string(text):
    r"""Write a text as a string of Typst.

    Examples
    --------
    >>> print(typst_string('a "b"'))
    "a \"b\""
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def typeset(build, created, standards=STANDARDS, seconds=None):
    """Make the PDF (bytes) of ``main.typ`` in the folder `build`.

    Parameters
    ----------
    build : Path
    created : datetime
    standards : sequence of str
        Of PDF.
    seconds : float, optional
        After which Typst is ended; default `TYPST_SECONDS`.

    Raises
    ------
    TypesettingError
        With Typst's words and the line of ``main.typ``; without a line if it took too long, or too much
        memory.
    OSError
        If the result cannot be written: the disk is full, or a limit is too low.

    Examples
    --------
    >>> import datetime, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (pathlib.Path(folder) / "main.typ").write_text("Text")
    ...     day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    ...     typeset(pathlib.Path(folder), day, ())[:5]
    b'%PDF-'
    """
    pdf = build / "typeset.pdf"
    request = {"standards": list(standards), "created": created.isoformat(), "pdf": str(pdf)}
    found = _typst(build, "main.typ", request, seconds or TYPST_SECONDS)
    if "error" in found:
        hints = "; ".join(found["hints"])
        message = f"Typst: {found['error']}{f' ({hints})' if hints else ''}"
        raise TypesettingError(message, _line(found["diagnostic"], "main.typ"))
    content = pdf.read_bytes()
    pdf.unlink()
    return content


def values_of(lines, head, selector, build, end=None):
    """Values of the metadata with a label, one in each line of Typst; of a line with an error, the error.

    Parameters
    ----------
    lines : list of str
    head : str
        Definitions before the lines.
    selector : str
        The label.
    build : Path
        A folder for temporary files.
    end : float, optional
        Value of `time.monotonic` after which no line is asked for again; default after `TYPST_SECONDS`.

    Returns
    -------
    list
        `TypesettingError` for a line with an error.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     values_of(["#metadata(3) <x>", "#metadata(none.x) <x>"], "", "<x>", pathlib.Path(folder))
    [3, TypesettingError('cannot access fields on type none')]
    """
    if not lines:
        return []
    end = end or time.monotonic() + TYPST_SECONDS
    request = {"selector": selector, "head": head, "lines": lines}
    try:
        found = _typst(build, "lines.typ", request, max(1, end - time.monotonic()))
    except TypesettingError as error:  # too much time or memory: not all lines need it
        if len(lines) == 1 or time.monotonic() > end:
            return [error] * len(lines)
        half = len(lines) // 2
        return [
            value
            for part in (lines[:half], lines[half:])
            for value in values_of(part, head, selector, build, end)
        ]
    if "error" in found:
        raise TypesettingError(found["error"], None)
    return [value if is_set else TypesettingError(value, None) for is_set, value in found["values"]]


def _typst(build, name, request, seconds):
    """Answer of ``typst_process.py``, which runs with a limit of time and memory."""
    request = {**request, "name": str(build / name), "options": _closed(build), "memory": _TYPST_MEMORY}
    command = [sys.executable, str(Path(__file__).with_name("typst_process.py"))]
    # Each arena would take addresses, of which there are as many as processors.
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2", "PYTHONIOENCODING": "utf-8"}
    environment |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), _DEAD_PROXY)
    try:
        processor_seconds = seconds * (os.cpu_count() or 1)
        done = run_bounded(command, json.dumps(request), seconds, processor_seconds, environment)
    except subprocess.TimeoutExpired:
        raise TypesettingError(f"Typst took longer than {seconds:.0f} s", None) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        reason = "too little memory" if "memory" in done.stderr else last[:200]
        raise TypesettingError(f"Typst stopped ({reason})", None)
    # Its words name files with the folder that they are in.
    found = json.loads(done.stdout.replace(json.dumps(f"{build}{os.sep}")[1:-1], ""))
    if "errno" in found:
        raise OSError(found["errno"], os.strerror(found["errno"]))
    return found


def _line(diagnostic, name):
    """Line of a file that an error of Typst names; None if it names none."""
    line = re.search(rf"(?<![\w-]){re.escape(name)}:(\d+):", diagnostic)
    return int(line[1]) if line else None


class TypesettingError(W2VError):
    """An error of Typst in a line (int, or None if unknown) of the file that was asked.

    Examples
    --------
    >>> TypesettingError("unknown variable", 3).line
    3
    """

    def __init__(self, message, line):
        super().__init__(message)
        self.line = line


def _closed(build):
    """Options that keep Typst in the folder `build`, with our fonts only."""
    fonts = build / "fonts"
    if not fonts.exists():
        fonts.mkdir()
        for font in FONT_FILES:  # not the whole folder: its last-resort font would hide missing glyphs
            shutil.copy(font_path(font), fonts)
    return {
        "root": str(build),
        "font_paths": [str(fonts)],
        "ignore_system_fonts": True,
        "package_path": str(build / "none"),
        "package_cache_path": str(build / "none"),
    }
