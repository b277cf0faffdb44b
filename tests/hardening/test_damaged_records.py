"""Records of evidence, finished or not, that have been damaged or are of something else."""

import json
import os
import shutil

import pytest

from w2vlib import W2VError
from w2vlib.experiments import evidence
from w2vlib.experiments.confirmation import TEXTS, check_records
from w2vlib.experiments.record import path_of, read_record
from w2vlib.replication.settings import PUBLISHED
from w2vlib.reporting import build
from w2vlib.text.corpus import from_sentences

SETTINGS = PUBLISHED.replace(iterations=10, dim=3, subsample=1.0)
CHANGES = {
    "no chapter": lambda record: record["provenance"].pop("chapter"),
    "another chapter": lambda record: record["provenance"].update(chapter="nosuch"),
    "chapter of another kind": lambda record: record["provenance"].update(chapter=[1]),
    "no text": lambda record: record["provenance"].update(text=None),
    "no name of the text": lambda record: record["provenance"]["text"].pop("name"),
    "seeds of another kind": lambda record: record["provenance"].update(seeds=5),
    "no seeds": lambda record: record["provenance"].pop("seeds"),
    "seeds of no number": lambda record: record["provenance"].update(seeds=[None]),
    "seeds true": lambda record: record["provenance"].update(seeds=[True]),
    "a claim without figures": lambda record: record["samples"].pop("O1"),
    "a claim that is not tested": lambda record: record["tested"].pop("O1"),
    "a figure without end": lambda record: record["samples"]["O1"]["values"][0].__setitem__(0, 10**400),
    "a test without end": lambda record: record["tested"]["O1"].__setitem__(0, 10**400),
    "pairs without end": lambda record: record["pairs"]["comparison"].update(steps=10**400),
    "controls of another kind": lambda record: record["controls"]["structure"].update(O1=5),
    **{
        f"{value!r} in a recipe": lambda record, value=value: next(iter(record["recipes"].values()))[
            0
        ].update(wordsim353=value)
        for value in ("abc", "0.5", True, None, [1])
    },
    "true in a test": lambda record: record["tested"]["O1"].__setitem__(0, True),
    "a text as a test": lambda record: record["tested"].update(O1="123456"),
    "controls of no kind": lambda record: record.update(controls=[1]),
    "no controls": lambda record: record.update(controls={}),
    "a control without figures": lambda record: record["controls"]["structure"].update(O1=[]),
    "a control that lacks a claim": lambda record: record["controls"]["structure"].clear(),
    "no recipe": lambda record: record["recipes"].pop("published recipe"),
    "no recipes": lambda record: record.update(recipes={}),
    "a recipe without figures": lambda record: record["recipes"].update({"published recipe": []}),
    "another recipe without figures": lambda record: record["recipes"].update({"learning rate × 25": []}),
    "no samples": lambda record: record.update(samples=dict.fromkeys(record["samples"])),
    "fewer seeds": lambda record: record["provenance"].update(seeds=[0]),
    "a seed twice": lambda record: record["provenance"]["seeds"].__setitem__(
        1, record["provenance"]["seeds"][0]
    ),
    "sources without SHA-256": lambda record: record["provenance"]["code"].update(source_sha256=5),
    **{
        f"{value!r} as a sample": lambda record, value=value: record["samples"].update(O1=value)
        for value in (False, 0, {}, "", [])
    },
    **{
        f"{value!r} as an item": lambda record, value=value: record["samples"]["O1"]["items"].__setitem__(
            0, value
        )
        for value in (3, None, [], ["a"], [[], "a"], ["a", 5], {"a": "b"})
    },
    **{
        f"{value!r} as a value": lambda record, value=value: record["samples"]["O1"]["values"][0].__setitem__(
            0, value
        )
        for value in ("0.5", True, None, [1], 1e200)
    },
    **{
        f"{value!r} as a test of pairs": lambda record, value=value: record["pairs"]["tests"].update(
            trained=value
        )
        for value in ([1.0], "1.0", None, True, 1e300)
    },
    **{
        f"{value!r} as permutations": lambda record, value=value: record["pairs"]["tests"].update(
            permuted_alike=value
        )
        for value in (1.0, [], [[1.0]], ["1.0"], None)
    },
    "true as a loss": lambda record: record["pairs"]["comparison"].update(trained_loss=True),
    "a number of types below zero": lambda record: record["provenance"]["text"].update(types=-5),
}


@pytest.fixture
def folder(tmp_path):
    """Copy of the records of the project."""
    return shutil.copytree(path_of("results", "ptb").parent, tmp_path / "records")


def change_record(path, change):
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("change", CHANGES)
def test_a_report_refuses_a_damaged_record_before_anything_runs(folder, change):
    check_records(folder)
    change_record(path_of("results", "ptb", folder), CHANGES[change])
    with pytest.raises(W2VError, match="with [`]?w2v evidence") as error:
        build.looked_up({"records": str(folder)})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["records", "ablation", "fallback"])
def test_a_name_that_no_file_can_have_is_refused_before_anything_runs(name):
    with pytest.raises(W2VError):
        build.looked_up({name: "a" * 300})


def test_a_pipe_in_the_place_of_a_record_is_refused(folder):
    path = path_of("preprocessing", TEXTS["preprocessing"][1], folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(W2VError, match="is a pipe or a device"):
        check_records(folder)


@pytest.fixture
def stopped(tmp_path, monkeypatch):
    """Text, and folder of its evidence that was stopped after the trainings."""
    text = from_sentences([["good", "well", "great", "bad"] * 3, ["poor", "down", "bad"] * 3] * 40)
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "recipe_names", lambda settings: ())
        patch.setattr(evidence, "measure_pairs", lambda *_: exec("raise KeyboardInterrupt"))
        with pytest.raises(KeyboardInterrupt):
            evidence.collect_results(text, SETTINGS, range(2), tmp_path, "w2v evidence", progress=False)
    return text, next(tmp_path.glob("*.partial.json"))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["provenance"].update(seeds=None),
        lambda record: record["provenance"].update(seeds=[[]]),
        lambda record: record["provenance"].update(seeds=["x"]),
        lambda record: record["provenance"].update(seeds=[0]),
        lambda record: record["controls"]["structure"].update(O1=3),
        lambda record: record["controls"]["structure"]["O1"].pop(),
        lambda record: record["samples"].pop("O1"),
        lambda record: record["controls"].pop("structure"),
        lambda record: record["controls"]["structure"].pop("O1"),
    ],
)
def test_what_a_stopped_call_left_is_refused_if_it_is_damaged(stopped, change):
    text, partial = stopped
    assert read_record(partial).provenance["seeds"] == [0, 1]
    change_record(partial, change)
    damaged = partial.read_bytes()
    with pytest.raises(W2VError, match=r"partial\.json.*delete it"):
        evidence.collect_results(text, SETTINGS, range(3), partial.parent, "w2v evidence", progress=False)
    assert partial.read_bytes() == damaged


def test_a_pipe_that_a_stopped_call_has_not_left_is_refused(stopped):
    text, partial = stopped
    partial.unlink()
    os.mkfifo(partial)
    with pytest.raises(W2VError, match="is a pipe or a device"):
        evidence.collect_results(text, SETTINGS, range(2), partial.parent, "w2v evidence", progress=False)
