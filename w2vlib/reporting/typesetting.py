"""Calls of pandoc and Typst: without the network, without the system's fonts, and in folders of our own."""

import json
import re
import shutil
import subprocess

import pypandoc
import typst

from ..utils.errors import W2VError
from .printable_text import FONT_FILES, font_path, printable_json

_SECONDS = 120  # pandoc needs a few for the report
STANDARDS = ("a-3a", "ua-1")


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
    command = [
        pypandoc.get_pandoc_path(), "--from", str(reader), "--to", form, "--sandbox", "--wrap", "none",
        *options,
    ]  # fmt: skip
    try:
        return subprocess.run(
            command, input=text, capture_output=True, text=True, encoding="utf-8", timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise W2VError(
            f"pandoc took longer than {_SECONDS} s for this text: leave out what is deeply nested or defines "
            "macros of macros."
        ) from None


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
        message = own_message[1] if own_message else f"pandoc: {done.stderr.strip()}"
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


def typeset(build, created, standards=STANDARDS):
    """Make the PDF (bytes) of ``main.typ`` in the folder `build`.

    Raises
    ------
    TypesettingError
        With Typst's words and the line of ``main.typ``.

    Examples
    --------
    >>> import datetime, pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (pathlib.Path(folder) / "main.typ").write_text("Text")
    ...     day = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    ...     typeset(pathlib.Path(folder), day, ())[:5]
    b'%PDF-'
    """
    try:
        return typst.compile(
            str(build / "main.typ"),
            pdf_standards=list(standards),
            timestamp=created,
            **_closed(build),
        )
    except typst.TypstError as error:
        hints = "; ".join(getattr(error, "hints", []) or [])
        message = f"Typst: {error}{f' ({hints})' if hints else ''}"
        raise TypesettingError(message, _line(error, "main.typ")) from error


def asked(build, name, selector):
    """Values (list) of the metadata with a label in a file of the folder `build`.

    Raises
    ------
    TypesettingError
        With the line of the file in which the error is.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (pathlib.Path(folder) / "a.typ").write_text("#metadata(3) <x>")
    ...     asked(pathlib.Path(folder), "a.typ", "<x>")
    [3]
    """
    try:
        return json.loads(typst.query(str(build / name), selector, field="value", **_closed(build)))
    except RuntimeError:
        pass  # it has no line
    try:
        typst.compile(str(build / name), **_closed(build))
        raise TypesettingError(f"{name} cannot be asked for {selector}", None)
    except typst.TypstError as error:
        raise TypesettingError(str(error), _line(error, name)) from error


def _line(error, name):
    """Line of a file that an error of Typst names; None if it names none."""
    line = re.search(rf"(?<![\w-]){re.escape(name)}:(\d+):", str(getattr(error, "diagnostic", "")))
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
