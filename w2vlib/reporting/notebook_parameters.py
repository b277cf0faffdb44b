"""The parameters cells of the notebooks: which parameters they declare, and which values these accept."""

import ast
import json
import math
from dataclasses import dataclass, replace

from ..replication.settings import RECORD_EVERY
from ..replication.settings import RULES as OF_THE_RECIPE
from ..utils.arguments import check_named_once
from ..utils.characters import is_unicode
from ..utils.errors import W2VError, shown
from ..utils.files import explained_read_errors
from ..utils.notebook_files import read_notebook
from ..utils.validation import DRAWS, N_SEEDS, POINTS, Whole, check, check_all

# What is allowed for the numbers among the parameters of the report's notebooks: for settings of the recipe
# what these allow, for the others what keeps time and memory finite.
RULES = OF_THE_RECIPE | {
    "iterations": replace(OF_THE_RECIPE["iterations"], low=RECORD_EVERY),  # one record of the loss
    "dim": replace(OF_THE_RECIPE["dim"], high=1_000),  # decompositions take time with its third power
    "seed": Whole(0, 2**63 - 1), "n_seeds": N_SEEDS, "draws": DRAWS, "points": POINTS,
    "n_variant_seeds": replace(N_SEEDS, low=0),  # 0: show the recorded comparison
    "toy_dim": Whole(1, 20), "toy_vocab": Whole(7, 50), "toy_negatives": Whole(2, 20),
    "n_neighbours": Whole(1, 1_000), "top_k": Whole(1, 1_000_000_000),
    "n_pieces": Whole(2, 1_000_000), "one_in": Whole(1, 1_000_000),
}  # fmt: skip
ANY = "Any"  # the type of an untyped parameter whose default is a list, a dictionary or None


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook: its type, as written, and its default.

    Examples
    --------
    >>> Parameter("int", 10).default
    10
    """

    type: str
    default: object


def check_given(**values):
    """Check numbers among the parameters of a notebook, in this notebook, as `w2v report` does.

    Papermill and Jupyter put any value into a notebook.

    Parameters
    ----------
    **values
        Of parameters that `RULES` has.

    Raises
    ------
    W2VError
        It names the parameter, the value and what is allowed.

    Examples
    --------
    >>> check_given(points=3)
    >>> check_given(points="3")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: points='3' is not allowed: give a whole number from 1 to 100000.
    """
    check_all(RULES, **values)


def declared_parameters(path, typed=True):
    """Read the parameters cell of a notebook, in which each line has a type: ``dim: int = 10``.

    Types are those of JSON: ``int``, ``float``, ``str``, ``bool``, ``list[…]`` and ``dict[str, …]``.

    Parameters
    ----------
    path : Path
    typed : bool
        Whether each line must have a type. Else a line ``dim = 10`` takes values of its default's type, a
        number for a number, and a line that sets no literal is passed over, as papermill does.

    Returns
    -------
    dict
        Name → `Parameter`; empty without a parameters cell.

    Raises
    ------
    W2VError
        If there is no such notebook, or a line of the cell has no type, or a value of another type.

    Examples
    --------
    >>> from ..utils.files import project_root
    >>> declared_parameters(project_root() / "notebooks" / "03_training.ipynb")["dim"]
    Parameter(type='int', default=10)
    """
    # papermill.inspect_notebook does not serve: it cuts a text at "#" and leaves out, with a message in the
    # log, lines that its regular expression does not match. Python's parser sees them all.
    cells = read_notebook(path).cells
    cell = next((c for c in cells if "parameters" in c.metadata.get("tags", [])), None)
    with explained_read_errors(path, "parameters that Python can read"):
        lines = ast.parse(cell.source).body if cell else ()
    parameters = {}
    for line in lines:
        try:
            name, kind = line.target.id, ast.unparse(line.annotation)
            parameters[name] = Parameter(kind, ast.literal_eval(line.value))
            valid = _has_type(parameters[name].default, kind)
        except (AttributeError, ValueError, TypeError):  # the last: of {[]: 1}
            if not typed:
                parameters |= _untyped(line)
                continue
            name, valid = ast.unparse(line).partition(" ")[0].rstrip(":"), False
        if not valid:
            raise W2VError(f"Parameter {name} of {path} needs a type and a value of it, as in dim: int = 10.")
    return parameters


def _untyped(line):
    """Read a line ``name = literal``; a dict of name → `Parameter`, empty for other lines."""
    match line:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=node)
            | ast.AnnAssign(target=ast.Name(id=name), value=node)
        ):
            try:
                default = ast.literal_eval(node)
            except (ValueError, TypeError):
                return {}
            kinds = {bool: "bool", int: "float", float: "float", str: "str"}
            return {name: Parameter(kinds.get(type(default), ANY), default)}
    return {}


def default_parameters(path, typed=True):
    """Read the defaults of a notebook's parameters: name → value; see `declared_parameters`.

    Examples
    --------
    >>> from ..utils.files import project_root
    >>> default_parameters(project_root() / "notebooks" / "03_training.ipynb")["dim"]
    10
    """
    return {name: parameter.default for name, parameter in declared_parameters(path, typed).items()}


def parse_value(text):
    """Read the JSON value in `text`, or else take the text itself: ``3``, ``0.5``, ``true``, ``abc``.

    Python's ``True``, ``False`` and ``None`` are understood too.

    Examples
    --------
    >>> parse_value("3"), parse_value("True"), parse_value('["a"]'), parse_value("abc")
    (3, True, ['a'], 'abc')
    """
    json_text = {"True": "true", "False": "false", "None": "null", "none": "null"}.get(text, text)
    try:
        return json.loads(json_text)
    except (ValueError, RecursionError):
        return text


def check_parameters(paths, values, rules, typed=True):
    """Check values of parameters and assign them to the notebooks that declare them.

    Parameters
    ----------
    paths : list of Path
        The notebooks.
    values : dict
        Name → value.
    rules : dict
        Name → what is allowed (`utils.validation`), such as `RULES`.
    typed : bool
        As for `declared_parameters`.

    Returns
    -------
    dict
        Path → dict of name → value.

    Raises
    ------
    W2VError
        If no notebook declares a parameter, or a value is not finite, not allowed by its rule, or not of the
        declared type. Only JSON values pass, so that papermill never writes more than a value into a
        notebook.

    Examples
    --------
    >>> from ..utils.files import project_root
    >>> path = project_root() / "notebooks" / "03_training.ipynb"
    >>> check_parameters([path], {"dim": 20}, {"dim": Whole(1, 100)}) == {path: {"dim": 20}}
    True
    """
    return check_values({path: declared_parameters(path, typed) for path in paths}, values, rules)


def check_values(declared, values, rules):
    """As `check_parameters`, for notebooks that have been read: path → what `declared_parameters` returns.

    Examples
    --------
    >>> check_values({"mine": {"dim": Parameter("int", 10)}}, {"dim": 20}, {})
    {'mine': {'dim': 20}}
    """
    names = sorted({name for parameters in declared.values() for name in parameters})
    for name, value in values.items():
        if name not in names:
            raise W2VError(f"No notebook has a parameter {shown(name)}: there are {', '.join(names)}.")
        for path, parameters in declared.items():
            if name in parameters and not _has_type(value, parameters[name].type):
                kind = parameters[name].type
                raise W2VError(
                    f"Parameter {name}={shown(value)} is of the wrong type: notebook {path.stem} takes "
                    f"{_TYPE_NAMES.get(kind, kind)}, like {parameters[name].default!r}."
                )
            if name in parameters and parameters[name].type == "dict[str, list[str]]":
                check_named_once(value)
        if isinstance(value, float) and not math.isfinite(value):
            raise W2VError(f"Parameter {name}={value!r} is not a finite number: give one.")
        if not is_unicode(json.dumps(value, ensure_ascii=False)):
            raise W2VError(
                f"Parameter {name}={shown(value)} has a character that is none: give a text in UTF-8."
            )
        if name in rules:
            check(f"Parameter {name}", value, rules[name])
    return {
        path: {name: value for name, value in values.items() if name in parameters}
        for path, parameters in declared.items()
    }


_TYPE_NAMES = {
    "int": "a whole number", "float": "a number", "str": "a text", "bool": "true or false",
    "dict[str, list[str]]": "names of groups with lists of words",
}  # fmt: skip


def _has_type(value, kind):
    """Whether a JSON value has the type `kind`, written as in Python; False for types not of JSON."""

    def check(value, node):
        match node:
            case ast.Name(id="Any"):
                return True
            case ast.Name(id="float"):
                return type(value) in (int, float)
            case ast.Name(id="int" | "str" | "bool" as name):
                return type(value).__name__ == name
            case ast.Subscript(value=ast.Name(id="list"), slice=item):
                return type(value) is list and all(check(each, item) for each in value)
            case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, item])):
                return type(value) is dict and all(
                    type(name) is str and check(each, item) for name, each in value.items()
                )
        return False

    return check(value, ast.parse(kind, mode="eval").body)
