"""Read a student's file: run it statement by statement, and keep what it defines.

Tests and trainings at the end of a file must not hide the functions above and below them, so a statement
that fails or takes too long is noted and left out, and the rest is run.
"""

import __future__

import ast
import json
import linecache
import re
import signal
import sys
import threading
import types
from contextlib import contextmanager, suppress
from pathlib import Path

from .stand_ins import Finder

MODULE = "submission"
_SECONDS = 5  # per statement outside functions
_TRANSFORMED = 10_000, 200  # letters and lines of a cell that IPython reads, in quadratic time
_QUOTES_NOTHING = re.compile(r"^[ \t]*[,;](?![ \t]*[^\W\d])", re.MULTILINE)  # it tries these 500 times
_COMMANDS = re.compile(
    r"^([ \t]*+(?:[\w, ]+=[ \t]*)?)(?:[!%]+[^\s=].*|\?+[\w.]+|[\w.]+\?+)[ \t]*$", re.MULTILINE
)
_FUNCTION_CALLS = (
    "np",
    "numpy",
    "math",
    "torch",
    "range",
    "len",
    "list",
    "tuple",
    "dict",
    "set",
    "float",
    "int",
)


class TooSlow(BaseException):
    """A limit of time has passed; no `except Exception` of a student's code catches it."""


@contextmanager
def time_limit(seconds):
    """Raise `TooSlow` in the block after so many seconds of processor time, or six times as long in all.

    Processor time, so that a busy machine makes nothing too slow; the time in all ends what only waits.
    It works in the main thread; elsewhere it has no effect.

    Examples
    --------
    >>> with time_limit(1):
    ...     "fast"
    'fast'
    """

    def stop(*_):
        raise TooSlow

    timers = {signal.SIGPROF: signal.ITIMER_PROF, signal.SIGALRM: signal.ITIMER_REAL}
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in timers}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 6 * seconds)
    try:
        yield
    finally:
        for number, timer in timers.items():
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def load(path, seconds=_SECONDS, keep=False):
    r"""Run the statements of a file and return what it defines.

    Parameters
    ----------
    path : str or Path
        A Python file or a notebook (.ipynb). Of a notebook only functions and classes are run, and the
        imports and simple assignments that they need.
    seconds : float
        Limit per statement.
    keep : bool
        Whether the file's folder and the stand-ins stay importable, for imports inside functions.

    Returns
    -------
    module : types.ModuleType
    notes : list of str
        What was left out, and why; one sentence each.

    Raises
    ------
    SyntaxError, ValueError
        If a Python file, or a notebook, is none. A cell of a notebook that is no Python is noted.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "mine.py"
    ...     _ = path.write_text("one = 1\nassert one == 2, 'no'\ntwo = 2\n")
    ...     module, notes = load(path)
    >>> module.two, notes
    (2, ['line 2 of mine.py was left out: AssertionError: no'])
    """
    path = Path(path)
    module = types.ModuleType(MODULE)
    module.__file__ = str(path)
    sys.modules[MODULE] = module
    folder, notes, flags = str(path.resolve().parent), [], 0
    finder = Finder(lambda frame: _belongs(frame, folder))
    sys.path.insert(0, folder)
    sys.meta_path.append(finder)
    try:
        parts = list(_parts(path, notes))
        needed = _needed_names([tree for _, _, tree in parts]) if path.suffix == ".ipynb" else ()
        for name, label, tree in parts:
            for statement in tree.body:
                if path.suffix == ".ipynb" and not (_is_definition(statement) and _binds(statement) & needed):
                    continue
                flags |= _future_flags(statement)
                problem = _run(statement, name, module.__dict__, (seconds, flags))
                if problem:
                    notes.append(f"line {statement.lineno} of {label} was left out: {problem}")
    finally:
        if not keep:
            sys.path.remove(folder)
            sys.meta_path.remove(finder)
    for name in finder.absent:
        notes.append(f"the module {name} is not installed here; functions that need it cannot be checked")
    return module, notes


def _belongs(frame, folder):
    """Whether a frame runs the file, or another file of its folder."""
    name = frame.f_code.co_filename
    return frame.f_globals.get("__name__") == MODULE or (
        name.startswith(folder + "/") and "site-packages" not in name
    )


def _future_flags(statement):
    """Compiler flags that `from __future__ import …` sets for the statements after it."""
    if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
        return 0
    features = [getattr(__future__, alias.name, None) for alias in statement.names]
    return sum(feature.compiler_flag for feature in features if feature)


def _parts(path, notes):
    """Give file name, label and syntax tree of the file, or of each code cell of a notebook."""
    if path.suffix != ".ipynb":
        source = path.read_bytes()
        yield str(path), path.name, _parsed(source, path.name)
        return
    for number, text in _code_cells(path):
        source = _as_python(text)
        name, label = f"<cell {number} of {path.name}>", f"cell {number}"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        try:
            yield name, label, _parsed(source, label)
        except SyntaxError as error:
            notes.append(f"{label} was left out: SyntaxError in line {error.lineno}: {error.msg}")


def _parsed(source, label="<unknown>"):
    """Syntax tree of a source; `SyntaxError` also where Python's parser gives up."""
    try:
        return ast.parse(source, filename=label)
    except (MemoryError, RecursionError):
        raise SyntaxError("too many parts inside each other", (label, 1, 0, "")) from None


def _as_python(text):
    """Code of a cell with commands of IPython, such as ``x = !ls``, as Python code; else the code itself."""
    # The code below a magic of the whole cell, such as %%time, is read, too.
    below = re.sub(r"\A(?:\s*%%.*(?:\n|\Z))+", lambda found: "\n" * found[0].count("\n"), text)
    for source in (text, below, _COMMANDS.sub(r"\1get_ipython()", below)):
        with suppress(SyntaxError, ValueError):
            _parsed(source)
            return source
    is_long = len(text) > _TRANSFORMED[0] or text.count("\n") > _TRANSFORMED[1]
    if is_long or _QUOTES_NOTHING.search(text):
        return text
    from IPython.core.inputtransformer2 import TransformerManager

    with suppress(SyntaxError, ValueError, RuntimeError):  # it gives up after 500 commands
        return TransformerManager().transform_cell(below)
    return text


def _code_cells(path):
    """Give number and text of each code cell of a notebook, of format 3 too."""
    notebook = json.loads(path.read_text(encoding="utf-8-sig"))
    try:
        sheets = [notebook] if "cells" in notebook else notebook["worksheets"]
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        return [
            (number, "".join(cell["source"] if "source" in cell else cell["input"]))
            for number, cell in enumerate(cells, 1)
            if cell["cell_type"] == "code"
        ]
    except (KeyError, TypeError):
        raise ValueError("it is no notebook, or it is damaged") from None


def _binds(statement):
    """Names (set of str) that a statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    stored = (n for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return {node.id for node in stored}


def _needed_names(trees):
    """Names that functions and classes define or use, and those that their definitions need in turn."""
    binding, needed, waiting = {}, set(), []  # name → what the statements that define it bind and use
    for statement in (statement for tree in trees for statement in tree.body):
        names = _binds(statement)
        used = names | {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        definition = isinstance(statement, ast.FunctionDef | ast.ClassDef)
        if definition or isinstance(getattr(statement, "value", None), ast.Lambda):
            waiting += used
        for name in names:
            binding.setdefault(name, []).append(used)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            for used in binding.get(name, ()):
                waiting += used - needed
    return needed


def _is_definition(statement):
    """Whether a statement of a notebook defines something without much work."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return True
    if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
        return False
    if isinstance(statement.value, ast.Lambda):
        return True
    calls = [node.func for node in ast.walk(statement.value) if isinstance(node, ast.Call)]
    roots = []
    for function in calls:
        while isinstance(function, ast.Attribute | ast.Call):
            function = function.value if isinstance(function, ast.Attribute) else function.func
        roots.append(getattr(function, "id", ""))
    return all(root in _FUNCTION_CALLS for root in roots)


def _run(statement, filename, namespace, how):
    """Run one statement, with (limit of seconds, compiler flags); return what went wrong, or None."""
    seconds, flags = how
    try:
        code = compile(ast.Module([statement], []), filename, "exec", flags, dont_inherit=True)
        with time_limit(seconds):
            exec(code, namespace)
    except TooSlow:
        return f"it took longer than {seconds:g} s"
    except BaseException as error:  # sys.exit() and Ctrl-C in the file too
        return described(error)
    return None


def described(error):
    """Kind and message (str) of an exception, in one line.

    Examples
    --------
    >>> described(KeyError("king"))
    "KeyError: 'king'"
    """
    try:
        text = " ".join(str(error).split())
    except BaseException:  # an exception of the student's own
        text = ""
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
