"""The report's closing section: the text, the parameters, the code, the machine and the times."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from ..utils.markdown import as_markdown
from .display import table_output

_PACKAGES = ("numpy", "numba", "matplotlib", "gensim", "scikit-learn", "tokenizers", "papermill",
             "nbconvert", "pypandoc_binary", "typst")  # fmt: skip


def closing_cells(provenance, parameters, timings, root):
    """Make the cells of the closing section.

    Parameters
    ----------
    provenance : corpus.Provenance
    parameters : dict
        Path of a notebook → all its parameters by name.
    timings : dict
        Name of a notebook → seconds.
    root : Path
        The checkout.
    """

    def rows(caption, label, pairs, heads=("what", "value")):
        frame = pd.DataFrame(pairs, columns=list(heads))
        data, metadata = table_output(frame, label, caption)
        output = new_output("display_data", data=data, metadata=metadata)
        return new_code_cell("", outputs=[output], metadata={"tags": ["remove-input"]})

    used = [
        (f"`{name}`", as_markdown(_without_folder(value)), path.stem)
        for path, values in parameters.items()
        for name, value in values.items()
    ]
    machine = [
        ("commit", f"`{_commit(root)}`"),
        ("Python", platform.python_version()),
        *((name, version(name)) for name in _PACKAGES),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("processor", _processor()),
        ("cores", str(os.cpu_count())),
    ]
    text = [
        (
            name.replace("_", " "),
            f"{value:,}" if isinstance(value, int) else as_markdown(value) if name == "name" else value,
        )
        for name, value in provenance.as_dict().items()
    ]
    times = [(name, f"{seconds:.1f}") for name, seconds in timings.items()]
    return [
        new_markdown_cell(
            "# Provenance\n\nWhat made this report. All else being equal, the same commit, parameters, text "
            "and package versions give the same figures; only the times of [the last table](#tbl-times) and "
            "sentences about seconds differ from run to run."
        ),
        rows("The text.", "text", text),
        rows("Parameters of each notebook.", "parameters", used, ("name", "value", "notebook")),
        rows("Code, packages and machine.", "machine", machine),
        rows("Wall-clock time of each notebook.", "times", times, ("notebook", "seconds")),
    ]


def _without_folder(value):
    """Spell a parameter's value; of a path, which is the user's business, only the name."""
    prefix, path = ("raw:", value[4:]) if str(value).startswith("raw:") else ("", value)
    return repr(prefix + Path(path).name if isinstance(path, str) and os.path.isabs(path) else value)


def _commit(root):
    """Commit of the checkout, marked where it has changes that are not committed."""

    def git(*arguments):
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)

    try:
        commit = git("rev-parse", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except FileNotFoundError:
        return "unknown (no git)"
    if commit.returncode:
        return "unknown (not a git checkout)"
    return commit.stdout.strip()[:12] + (" with uncommitted changes" if changed.stdout.strip() else "")


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
