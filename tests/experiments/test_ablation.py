import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from w2vlib import W2VError
from w2vlib.cli import main
from w2vlib.experiments import ablation, ablation_measures, claim_tests_preprocessing
from w2vlib.experiments.ablation_row import COST, HELD_OUT, QUALITY, AblationRow
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences
from w2vlib.utils import markdown
from w2vlib.utils.folder_lock import locked
from w2vlib.utils.seals import sealed

SCHEMES = [
    Scheme(),
    Scheme("top:50"),
    Scheme("drop:3"),
    Scheme("bpe:200"),
    Scheme("ngrams:3:4:500"),
    Scheme(numbers="N"),
]
SMALL = {"dim": 6, "epochs": 1}


@pytest.fixture(scope="module")
def text(bundled):
    return from_sentences(bundled.sentences[:400])


@pytest.fixture(scope="module")
def done(text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ablation")
    return folder, ablation.ablate(text, folder, 2, SCHEMES, progress=False, **SMALL)


def test_a_row_for_every_scheme_and_seed(done, text):
    folder, rows = done
    assert [(r.rare, r.numbers, r.seed) for r in rows] == [
        (s.rare, s.numbers, n) for n in (0, 1) for s in SCHEMES
    ]
    by = {(r.rare, r.numbers): r for r in rows}
    keep = by["keep", "keep"]
    assert keep.tokens_per_word == 1 == keep.text_covered and keep.unknown == 0
    assert by["top:50", "keep"].unknown > 0.2 and by["top:50", "keep"].vocabulary == 51
    assert by["top:50", "keep"].unknown == pytest.approx(1 - by["top:50", "keep"].text_covered)
    assert by["drop:3", "keep"].tokens_per_word < 1
    assert by["bpe:200", "keep"].tokens_per_word > 1.5 and by["bpe:200", "keep"].vocabulary <= 200
    assert by["ngrams:3:4:500", "keep"].parameters == keep.parameters + 6 * 500
    shared = {r.wordsim353_shared_covered for r in rows}
    assert len(shared) == 1 and all(r.wordsim353_covered >= shared.copy().pop() for r in rows)
    assert len(ablation.table(rows, COST)) == len(SCHEMES)
    assert len(ablation.table(rows, QUALITY)) == len(SCHEMES) - 1  # 50 words are in no test
    assert ablation.table(rows, HELD_OUT)["scheme"].tolist() == [
        "`top:50`",
        "`bpe:200`",
        "`ngrams:3:4:500`",
    ]
    assert ablation.number_probes_table(rows)["scheme"].tolist()[-4:] == [
        "random vectors",
        "length as written",
        "random digit vectors",
        "random answers",
    ]


def test_finished_rows_are_never_trained_again(done, text, monkeypatch):
    folder, rows = done
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    monkeypatch.setattr(ablation_measures, "measure_scheme", lambda *a, **k: pytest.fail("trained again"))
    again = ablation.ablate(text, folder, 2, SCHEMES, progress=False, **SMALL)
    assert json.dumps([r.as_json() for r in again]) == json.dumps(
        [r.as_json() for r in rows]
    )  # as text, where NaN equals NaN
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_a_stopped_run_goes_on_and_loses_one_row_at_most(text, tmp_path, monkeypatch):
    real, calls = ablation_measures.measure_scheme, []

    def stopped(*args, **kwargs):
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(ablation_measures, "measure_scheme", stopped)
    with pytest.raises(KeyboardInterrupt):
        ablation.ablate(text, tmp_path, 1, SCHEMES[:3], progress=False, **SMALL)
    assert len(list(tmp_path.glob("*-0.json"))) == 2
    monkeypatch.setattr(ablation_measures, "measure_scheme", real)
    rows = ablation.ablate(text, tmp_path, 1, SCHEMES[:3], progress=False, **SMALL)
    assert len(rows) == 3


def test_another_experiment_is_refused(done, text):
    folder, _ = done
    with pytest.raises(W2VError, match="other dim: give another folder"):
        ablation.ablate(text, folder, 1, SCHEMES, progress=False, dim=7, epochs=1)
    with pytest.raises(W2VError, match="other schemes, text"):
        ablation.ablate(from_sentences([["a", "b"]]), folder, 1, progress=False, **SMALL)


def test_rows_of_an_earlier_format_are_refused(done, text, tmp_path):
    shutil.copytree(done[0], tmp_path / "copy")
    path = tmp_path / "copy" / "experiment.json"
    identity = json.loads(path.read_text())
    del identity["format"]
    path.write_text(json.dumps(identity))
    for again in (
        lambda: ablation.ablate(text, tmp_path / "copy", 2, SCHEMES, progress=False, **SMALL),
        lambda: ablation.read_rows(tmp_path / "copy"),
    ):
        with pytest.raises(W2VError, match="rows of another version of w2vlib: start w2v ablate again"):
            again()


def test_a_damaged_row_is_named(text, tmp_path):
    ablation.ablate(text, tmp_path, 1, SCHEMES[:1], progress=False, **SMALL)
    path = tmp_path / "keep-keep-0.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(W2VError, match="keep-keep-0.json does not hold JSON, .*: remove it"):
        ablation.ablate(text, tmp_path, 1, SCHEMES[:1], progress=False, **SMALL)


def test_text_without_its_rare_words_is_refused(tmp_path):
    with pytest.raises(W2VError, match="has already lost its rare words"):
        ablation.ablate(from_sentences([["a", "<unk>"]] * 9), tmp_path, 1)


def test_command_line(tmp_path, text):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(" ".join(s) for s in text), encoding="utf-8")
    command = [
        "ablate",
        "--corpus",
        str(path),
        "--output",
        str(tmp_path / "out"),
        "--dim",
        "4",
        "--epochs",
        "1",
    ]
    done = CliRunner().invoke(main, [*command, "--seeds", "1"])
    assert done.exit_code == 0, done.output
    assert len(list((tmp_path / "out").glob("*-0.json"))) == len(ablation.grid())
    assert json.loads((tmp_path / "out" / "keep-N-0.json").read_text())["numbers"] == "N"
    assert CliRunner().invoke(main, [*command, "--seeds", "0"]).exit_code == 2


def test_rows_are_read_from_the_folder(done, tmp_path):
    folder, rows = done
    text, found = ablation.read_rows(folder)
    assert len(found) == len(rows) and len(text) == 64
    mean, low, high = ablation.over_schemes(found, "tokens_per_word")["bpe:200"]
    assert low <= mean <= high and mean > 1.5
    with pytest.raises(W2VError, match="holds no experiment: w2v ablate"):
        ablation.read_rows(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [("{}", "it lacks analogies"), ("[]", "it holds no object"), ('{"rare": "x"}', "it lacks")],
)
def test_rows_that_are_not_theirs_are_refused(text, tmp_path, content, words):
    ablation.ablate(text, tmp_path, 1, SCHEMES[:2], progress=False, **SMALL)
    (tmp_path / "keep-keep-0.json").write_text(content)
    with pytest.raises(W2VError, match=words):
        ablation.ablate(text, tmp_path, 1, SCHEMES[:2], progress=False, **SMALL)
    shutil.copy(tmp_path / "top_50-keep-0.json", tmp_path / "keep-keep-0.json")
    with pytest.raises(W2VError, match="it is the row of another training"):
        ablation.ablate(text, tmp_path, 1, SCHEMES[:2], progress=False, **SMALL)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "0"},
        {"vocabulary": "many"},
        {"neighbours": None},
        {"samples": []},
        {"samples": {"pairs": {"values": [[1.0]]}}},
        {"samples": {"pairs": {"over": "items", "seeded": True, "items": ["a"], "values": [[None]]}}},
        {"samples": {"pairs": {"over": "items", "seeded": True, "items": ["a"], "values": [[1], [2]]}}},
        {"number_line": [[None, 1.0]]},
        {"seconds": 1e999},
        {"seconds": 1e200},
        {"seconds": 10**30},
        {"tokens": 10**30},
        {"number_line": [[1e30, 1.0]]},
        {"unknown_nearby": {"of another sample": 0.5}},
        {"experiment": "x"},
        {"seed": 7},
    ],
    ids=str,
)
def test_damaged_figures_are_named_and_not_averaged(done, tmp_path, change):
    shutil.copytree(done[0], tmp_path / "copy")
    path = tmp_path / "copy" / "top_50-keep-0.json"
    path.write_text(json.dumps(sealed(json.loads(path.read_text()) | change)))
    with pytest.raises(W2VError, match="top_50-keep-0.json does not hold the row of its training") as error:
        ablation.read_rows(tmp_path / "copy")
    assert "as it was written" not in str(error.value)


def test_a_flipped_bit_in_a_row_is_seen(done, tmp_path):
    whole = (done[0] / "keep-keep-1.json").read_bytes().rstrip()
    rng, path = np.random.default_rng(0), tmp_path / "keep-keep-1.json"
    for place in rng.integers(0, len(whole), 300):
        content = bytearray(whole)
        content[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(content)
        with pytest.raises(W2VError, match="keep-keep-1.json"):
            ablation._row(path, done[1][0].experiment)


@pytest.mark.parametrize("name", ["simlex999_shared_covered", "number_types", "seconds", "seed"])
def test_rows_with_counts_below_zero_are_refused(done, name):
    row = done[1][0].as_json()
    with pytest.raises(ValueError, match=f"{name} is -1, and cannot be below 0"):
        AblationRow.from_json(row | {name: -1})


@pytest.mark.parametrize("where", [(), ("random vectors",)], ids=["baseline", "probe"])
def test_rows_with_other_baselines_are_named(done, tmp_path, where):
    shutil.copytree(done[0], tmp_path / "copy")
    path = tmp_path / "copy" / "keep-keep-1.json"
    row = json.loads(path.read_text())
    changed = row["baselines"]
    for name in where:
        changed = changed[name]
    changed.pop(next(iter(changed)))
    path.write_text(json.dumps(sealed(row)))
    with pytest.raises(W2VError, match="keep-keep-1.json has other baselines than keep-keep-0.json"):
        ablation.read_rows(tmp_path / "copy")


def test_an_unfinished_folder_says_how_many_seeds_there_are(done):
    _, rows = done
    assert ablation.seeds_of(rows) == "2" and ablation.seeds_of(rows[:-1]) == "1 to 2"


@pytest.mark.parametrize("lines", [["The cat sat on the mat"], ["1 2 3", "4 5", "6 7 8"]])
def test_the_smallest_texts_have_rows_without_figures(tmp_path, lines):
    text = from_sentences(map(str.split, lines))
    rows = ablation.ablate(
        text, tmp_path, 1, [Scheme(), Scheme("top:2"), Scheme(numbers="N")], progress=False, **SMALL
    )
    assert len(rows) == 3 and all(row.analogies != row.analogies for row in rows)


def test_bad_settings_claim_no_folder(text, tmp_path):
    with pytest.raises(W2VError, match="dim=0"):
        ablation.ablate(text, tmp_path / "new", 1, SCHEMES, progress=False, dim=0, epochs=1)
    assert not (tmp_path / "new").exists()


def test_a_scheme_that_the_text_does_not_allow_has_a_row_without_figures(tmp_path):
    text = from_sentences([[f"x{chr(97 + i % 26)}{i}", f"y{i}", "5"] for i in range(60)])
    schemes = [Scheme(), Scheme("drop:90"), Scheme(numbers="N")]
    rows = ablation.ablate(text, tmp_path, 2, schemes, progress=False, **SMALL)
    assert ablation.refusals(rows) == {
        "drop:90": "rare='drop:90' leaves no word of the text: choose a smaller number."
    }
    assert ablation.seeds_of(rows) == "2"
    for columns in (COST, QUALITY, HELD_OUT):
        assert "`drop:90`" not in ablation.table(rows, columns).get("scheme", pd.Series()).tolist()
    assert ablation.table(rows, QUALITY).empty and ablation.table(rows, HELD_OUT).empty
    assert ablation.over_schemes(rows, "seconds").keys() == {"keep", "N"}
    assert "nothing to show" in markdown.markdown_table(ablation.number_probes_table(rows))
    assert ablation.read_rows(tmp_path)[1] and ablation.ablate(
        text, tmp_path, 2, schemes, progress=False, **SMALL
    )
    assert claim_tests_preprocessing.fact(rows, "drop:90", "vocabulary") is None
    assert claim_tests_preprocessing.ratio(rows, "drop:90", "seconds", "keep") is None
    assert claim_tests_preprocessing.ratio(rows, "N", "unknown", "keep") is None  # nothing to divide by


def test_a_text_without_numbers_has_an_empty_table_of_them(tmp_path):
    text = from_sentences([["alpha", "beta", "gamma"]] * 30)
    rows = ablation.ablate(text, tmp_path, 1, [Scheme(), Scheme(numbers="N")], progress=False, **SMALL)
    assert ablation.number_probes_table(rows).empty
    assert np.isnan(rows[0].numbers_nearby_baseline) and np.isnan(rows[0].commonest_number_type)


@pytest.mark.parametrize("name", ["experiment.json", "keep-N-0.json"])
def test_pipes_in_the_folder_are_refused_at_once(tmp_path, name):
    text = from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5)
    asked = text, tmp_path, 1, [Scheme(numbers="N")]
    ablation.ablate(*asked, progress=False, dim=2, epochs=1)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(W2VError, match=f"{name} is a pipe"):
        ablation.ablate(*asked, progress=False, dim=2, epochs=1)
    with pytest.raises(W2VError, match=f"{name} is a pipe"):
        ablation.read_rows(tmp_path)


def test_a_refused_or_killed_call_leaves_nothing_and_does_not_refuse_the_next(text, tmp_path):
    place, asked = tmp_path / "new" / "rows", (1, [Scheme(), Scheme(numbers="N")])

    def refused(prepare, function, jobs, done):
        raise W2VError("There is no Dask scheduler.")

    refused.threads = None
    with pytest.raises(W2VError, match="There is no Dask scheduler"):
        ablation.ablate(text, place, *asked, False, refused, **SMALL)
    assert os.listdir(tmp_path) == []
    place.mkdir(parents=True)
    (place / "experiment.json").write_text(
        f'{{"format": {ablation.FORMAT}, "dim": 77}}'
    )  # killed before its first row
    for name in (".keep-N-0.json", ".experiment.json"):
        (place / f"{name}.w2vlib-a1b2c3d4").write_text("half")
    (place / ".notes-of-mine.json.w2vlib").write_text("mine")
    ablation.ablate(text, place, *asked, progress=False, **SMALL)
    assert sorted(os.listdir(place)) == [
        ".notes-of-mine.json.w2vlib", "experiment.json", "keep-N-0.json", "keep-keep-0.json"
    ]  # fmt: skip


def test_two_calls_at_once_do_not_write_to_one_folder(text, tmp_path):
    with (
        locked(tmp_path / ".lock", "experiment"),
        pytest.raises(W2VError, match="Another experiment writes to"),
    ):
        ablation.ablate(text, tmp_path, 1, [Scheme()], progress=False, **SMALL)
