"""Schemes for rare words and numbers, trained and measured: one row for each training.

All schemes see the same raw text, read the same number of times, and are asked the same questions
(`questions`, `measures`).
"""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from ..evaluation.number_probing import LIST, PROBES
from ..models.skipgram import SkipGram
from ..preprocessing.schemes import Scheme
from ..preprocessing.subword_tokenizers import require_raw
from ..utils.errors import W2VError
from ..utils.files import atomic_write, explained_write_errors, sha256_of
from ..utils.statistics import format_interval, mean_interval
from . import ablation_measures
from .ablation_tasks import Questions
from .claim_tests_preprocessing import scheme_of

RARE = ("keep", "top:10000", "drop:5", "bpe:8000", "wordpiece:8000", "ngrams:3:6")
NUMBERS = ("keep", "N", "magnitude", "digits", "typed", "typed-magnitude")


def grid():
    """List the schemes of the experiment: each for rare words, then each for numbers, never both."""
    return [Scheme(rare=name) for name in RARE] + [Scheme(numbers=name) for name in NUMBERS if name != "keep"]


def ablate(corpus, output, n_seeds, schemes=None, progress=True, **parameters):
    """Train and measure every scheme with every seed, unless its row is there already.

    Parameters
    ----------
    corpus : Corpus
        Raw text.
    output : path
        Folder: a JSON file for each training, written whole when it is done.
    n_seeds : int
    schemes : list of Scheme, optional
        Default: `grid`.
    progress : bool
    parameters
        Of `SkipGram`.

    Returns
    -------
    list of dict
        The rows, in the order of schemes and seeds.

    Raises
    ------
    W2VError
        For text that has lost its rare words, or a folder with rows of another text or other settings.
    """
    require_raw(corpus)
    SkipGram(**parameters).check_params()  # before anything is written
    output, schemes = Path(output), schemes or grid()
    names = sorted(_name(scheme.rare, scheme.numbers) for scheme in schemes)
    identity = {"text": corpus.provenance.tokens_sha256, "schemes": names, **parameters}
    experiment = _hash(identity)
    _claim(output, identity)
    questions = Questions(corpus, schemes, **parameters)
    rows = []
    jobs = [(scheme, seed) for seed in range(n_seeds) for scheme in schemes]
    for scheme, seed in tqdm(jobs, unit="training", disable=not progress):
        path = output / f"{_name(scheme.rare, scheme.numbers, seed)}.json"
        if not path.exists():
            row = dict.fromkeys([*PRICE, *QUALITY], np.nan) | ablation_measures.row(questions, scheme, seed)
            row = _without_nan(row | {"experiment": experiment})
            with explained_write_errors(output), atomic_write(path, "w") as handle:
                json.dump(row, handle, indent=1)
                handle.write("\n")
        rows.append(_row(path, scheme.rare, scheme.numbers, seed, experiment))
    return rows


def _without_nan(value):
    """Put None, which JSON can say, in the place of every NaN in dictionaries of dictionaries."""
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    return None if isinstance(value, float) and np.isnan(value) else value


def _with_nan(value):
    if isinstance(value, dict):
        return {key: _with_nan(each) for key, each in value.items()}
    return np.nan if value is None else value


def _name(*parts):
    """Name of a scheme, or of the row of a scheme and a seed."""
    return "-".join(map(str, parts)).replace(":", "_")


def _hash(identity):
    return sha256_of(json.dumps(identity, sort_keys=True).encode())


def _claim(output, identity):
    """Make the folder, or see that its rows are of this experiment."""
    path = output / "experiment.json"
    with explained_write_errors(output):
        output.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with atomic_write(path, "w") as handle:
                json.dump(identity, handle, indent=1)
    found = _read(path)
    different = sorted(key for key in {*found, *identity} if found.get(key) != identity.get(key))
    if different:
        raise W2VError(
            f"{output} holds an experiment with other {', '.join(different)}: give another folder."
        )


def _row(path, rare=None, numbers=None, seed=None, experiment=None):
    """Read a row and see that it is the one wanted, as far as that is said."""
    row = _read(path)
    wanted = {"rare": rare, "numbers": numbers, "seed": seed, "experiment": experiment}
    named = _name(row.get("rare"), row.get("numbers"), row.get("seed"))
    if (
        any(row.get(key) != value for key, value in wanted.items() if value is not None)
        or not {*wanted, *PRICE, *QUALITY} <= row.keys()
        or named != path.stem
        or not all(_fits(key, value) for key, value in row.items())
    ):
        raise W2VError(f"{path} is not the row of its training: remove it, and the training is done again.")
    return _with_nan(row)


def _fits(key, value):
    """Whether a value of a row is of the kind that its name asks for."""
    if key in ("rare", "numbers", "experiment", "refused"):
        return isinstance(value, str)
    if key in ("neighbours", "near unknown", "counts", "baselines"):
        return isinstance(value, dict)
    if key == "number line":
        return isinstance(value, list)
    return value is None or (isinstance(value, int | float) and math.isfinite(value))


def _read(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
        return found
    except (OSError, ValueError) as error:
        raise W2VError(f"{path} cannot be read ({error}): remove it, and start w2v ablate again.") from error


def rows_of(folder):
    """Read the rows that `ablate` has left in a folder; (text's SHA-256, list of dict)."""
    folder = Path(folder)
    if not (folder / "experiment.json").exists():
        raise W2VError(f"{folder} holds no experiment: w2v ablate --output {folder} makes one.")
    identity = _read(folder / "experiment.json")
    paths = sorted(folder.glob("*-*-*.json"))
    if not paths:
        raise W2VError(f"{folder} holds no rows yet: w2v ablate makes them.")
    order = [(scheme.rare, scheme.numbers) for scheme in grid()]

    def place(row):
        scheme = row["rare"], row["numbers"]
        return order.index(scheme) if scheme in order else len(order), scheme, row["seed"]

    experiment = _hash(identity)
    rows = [_row(path, experiment=experiment) for path in paths]
    return identity.get("text", "unknown"), sorted(rows, key=place)


PRICE = {
    "vocabulary": ("words", 0), "parameters": ("size [M]", 1), "memory": ("memory [MB]", 0),
    "seconds": ("time [s]", 2), "softmax": ("softmax [µs]", 1), "tokens a raw word": ("tokens a word", 2),
    "unknown": ("`<unk>` [%]", 1), "lost on new text": ("lost, new [%]", 2),
    "information lost": ("bits lost [%]", 1),
}  # fmt: skip
QUALITY = {
    "WordSim-353": ("WordSim", 2), "WordSim-353, shared": ("shared", 2), "WordSim-353, rare": ("rare", 2),
    "SimLex-999": ("SimLex", 2), "SimLex-999, shared": ("shared ", 2), "analogies": ("analogies [%]", 1),
    "analogies, shared": ("shared [%]", 1),
}  # fmt: skip
HELD_OUT = {
    "held out": ("its own", 2), "held out by chance": ("another's", 2),
    "held out, the average": ("the mean", 2), "held out, strangers": ("two trained", 2),
    "held out, given": ("words with a vector [%]", 0),
}  # fmt: skip
NUMERACY = {name: (name, 2) for name in PROBES} | {
    "magnitude of sums": ("sums", 2), "magnitude of rare": ("rare", 2), "numberness": ("nearby", 2),
}  # fmt: skip
_FACTORS = {"parameters": 1e-6, "memory": 1e-6, "softmax": 1e6}
_SHARES = {"type", "largest", "odd one out", "order", "numberness"}


def table(rows, columns):
    """Table of the rows: means over seeds with intervals; a DataFrame, a row a scheme.

    Parameters
    ----------
    rows : list of dict
    columns : dict
        `PRICE`, `QUALITY`, `HELD_OUT` or `NUMERACY`: figure → (head of its column, digits). Schemes
        without any of the figures are left out; what does not depend on the seed has no interval.
    """
    lines = []
    for scheme, own in _by_scheme(rows).items():
        line = {"scheme": f"`{scheme}`"}
        for name, (column, digits) in columns.items():
            factor = 100 if "%" in column else _FACTORS.get(name, 1)
            values = [row.get(name, np.nan) for row in own]
            ends = mean_interval(values, proportion="analogies" in name or name in _SHARES)
            mean, low, high = (factor * end for end in ends)
            plain = columns is PRICE or np.ptp(values) == 0
            line[column] = format_interval(mean, *((np.nan, np.nan) if plain else (low, high)), digits)
        if any(line[column] != "—" for column, _ in columns.values()):
            lines.append(line)
    return pd.DataFrame(lines)


def numeracy_table(rows):
    """`table` of what the vectors of numbers know, with baselines that know nothing, and chance."""
    found = table([row for row in rows if row["rare"] == "keep"], NUMERACY)
    if found.empty:  # too few numbers for any probe
        return found
    heads = [head for head, _ in NUMERACY.values()]
    baselines = [row["baselines"] for row in rows if "baselines" in row]
    for name in baselines[0] if baselines else ():
        line = {"scheme": name} | dict.fromkeys(heads, "—")
        for probe in PROBES:
            line[probe] = format_interval(
                *mean_interval([each[name][probe] for each in baselines], probe in _SHARES), 2
            )
        found.loc[len(found)] = line
    kept = next((row for row in rows if "chance of a type" in row), None)
    if kept is not None:
        chance = dict(zip(PROBES, (0.0, 1 / LIST, 0.5, 0.25, kept["chance of a type"]), strict=True))
        chance["nearby"] = kept["numberness by chance"]
        line = {"scheme": "chance"} | dict.fromkeys(heads, "—")
        found.loc[len(found)] = line | {
            name: format_interval(each, np.nan, np.nan, 2) for name, each in chance.items()
        }
    return found


def refusals(rows):
    """Tell which schemes cannot be trained on the text; dict of scheme → why."""
    return {scheme_of(row): row["refused"] for row in rows if "refused" in row}


def seeds_of(rows):
    """How many seeds the schemes have, as words: "3", or "1 to 3" in an unfinished folder."""
    counts = sorted(len(own) for own in _by_scheme(rows).values())
    return f"{counts[0]}" if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"


def over_schemes(rows, name):
    """Mean over seeds of one figure with its interval; dict of scheme → (mean, low, high)."""
    found = {
        scheme: mean_interval([row.get(name, np.nan) for row in own])
        for scheme, own in _by_scheme(rows).items()
    }
    return {scheme: ends for scheme, ends in found.items() if not np.isnan(ends[0])}


def _by_scheme(rows):
    found = {}
    for row in rows:
        found.setdefault(scheme_of(row), []).append(row)
    return found
