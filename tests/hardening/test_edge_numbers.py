"""Every number of every command at and beyond its bounds: accepted, or refused in one sentence."""

import json

import pytest
from processes import assert_explained, run

TEXT = "the cat sat on 1990\na dog and the cat sat\n" * 20
WHOLE = ["0", "-1", "1", "2147483648", "1" + 20 * "0", "1.5", "nan", "", "x"]
REAL = ["0", "-1", "1e308", "1e-320", "nan", "inf", "", "x"]
RARE = ["top:0", "top:1", "top:" + 21 * "9", "drop:0", "drop:99", "bpe:0", "bpe:-1", "bpe:1.5", "bpe:",
        "bpe:999999999", "wordpiece:3", "ngrams:0:0", "ngrams:3:2", "ngrams:3:6:100000000000", "ngrams", "x"]  # fmt: skip
TRAIN = ("dim", "window", "n-negatives", "min-count", "max-vocab", "epochs", "seed", "threads")
TRAIN_REAL = ("subsample", "noise-exponent", "learning-rate", "min-learning-rate")
RECIPE = ("python-seed", "numpy-seed", "dim", "window", "n-negatives", "batch-size", "halving-interval",
          "table-size", "checkpoint-every")  # fmt: skip
CASES = [
    *(("train", name, WHOLE) for name in TRAIN),
    *(("train", name, REAL) for name in TRAIN_REAL),
    ("train", "rare", RARE),
    ("train", "numbers", ["", "x", "N:3"]),
    *(("reproduce", name, WHOLE) for name in RECIPE),
    ("reproduce", "iterations", WHOLE),
    *(("reproduce", name, REAL) for name in ("learning-rate", "subsample", "init-scale")),
    ("reproduce", "objective", ["", "x"]),
    *(("ablate", name, [value for value in WHOLE if value != "1"]) for name in ("seeds", "dim", "epochs")),
    ("check", "points", [value for value in WHOLE if value != "1"]),
    ("check", "seed", ["-1", "nan", "x"]),
    *(("evaluate", name, WHOLE) for name in ("draws", "seed")),
]
IMPOSSIBLE = {"-1", "nan", "", "x", "inf", "1.5", "1" + 20 * "0"}
ALLOWED = {("noise-exponent", "-1"), ("python-seed", "-1"), ("seed", "1" + 20 * "0")}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edges")
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    (folder / "vectors.txt").write_text("3 2\nking 1 0\nqueen 0 1\nman 1 1\n", encoding="utf-8")
    return folder


def arguments(command, inputs, out):
    """A command that takes a moment, without the option that is tried."""
    text, small = ["--corpus", inputs / "text.txt"], ["--dim", "4", "--epochs", "1"]
    return {
        "train": ["train", *text, "--output", out / "vectors.npz", *small],
        "reproduce": ["reproduce", *text, "--iterations", "20", "--dim", "4", "--json", out / "run.json"],
        "ablate": ["ablate", *text, "--output", out / "rows", "--seeds", "1", *small],
        "check": ["check", "--points", "1"],
        "evaluate": ["evaluate", inputs / "vectors.txt", "--draws", "9"],
    }[command]


@pytest.mark.sampled(160)
@pytest.mark.parametrize(
    ("command", "name", "value"),
    [(command, name, value) for command, name, values in CASES for value in values],
)
def test_a_number_is_used_or_refused(command, name, value, inputs, tmp_path):
    code, stderr = run([*arguments(command, inputs, tmp_path), f"--{name}", value], tmp_path)
    assert_explained(code, stderr)
    if value in IMPOSSIBLE and (name, value) not in ALLOWED:
        assert code == 2, "it should have been refused"
    if code == 2:
        assert not list(tmp_path.glob("*.npz")) and not list(tmp_path.glob("*.json"))
    elif command == "reproduce":
        figures = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
        assert figures["settings"]
