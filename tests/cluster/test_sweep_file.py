import shutil

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from w2vlib import W2VError
from w2vlib.cluster import sweep_file
from w2vlib.cluster.figures import RECORD, SCRAP, recorded_figures
from w2vlib.cluster.sweep_file import MOST_RUNS, read_sweep
from w2vlib.utils.files import project_root


@pytest.fixture
def folder(tmp_path):
    cell = new_code_cell(
        "import os\ndim = 1\nname = 'x'\nwords = None\nlate = os.sep", metadata={"tags": ["parameters"]}
    )
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "mine.ipynb")
    (tmp_path / "text.txt").write_text("the cat sat\n" * 3)
    return tmp_path


def runs(folder, text, source='notebook = "mine.ipynb"\n'):
    (folder / "sweep.toml").write_text(source + text)
    return [run.parameters for run in read_sweep(folder / "sweep.toml").runs]


def test_a_grid_has_every_combination_in_the_order_of_the_file(folder):
    assert runs(folder, '[parameters]\nname = "y"\n[grid]\ndim = [2, 0.5]\nwords = [["a"], {b = 1}]\n') == [
        {"name": "y", "dim": dim, "words": words} for dim in (2, 0.5) for words in (["a"], {"b": 1})
    ]


def test_listed_runs_and_seeds(folder):
    source = f'training = "{folder}/text.txt"\n'
    text = 'seeds = [3, 1]\n[[runs]]\ndim = 2\n[[runs]]\nrare = "drop:2"\n'
    assert runs(folder, text, source) == [
        {"dim": 2, "seed": 3}, {"dim": 2, "seed": 1}, {"rare": "drop:2", "seed": 3}, {"rare": "drop:2", "seed": 1}
    ]  # fmt: skip
    assert runs(folder, "", source) == [{}]


def test_runs_with_numbers_written_in_two_ways_are_one(folder):
    source = f'training = "{folder}/text.txt"\n'
    for text in ("learning_rate = [1, 1.0]", "subsample = [0.0, -0.0]"):
        with pytest.raises(W2VError, match="asks for the same run twice"):
            runs(folder, f"[grid]\n{text}\n", source)
    with pytest.raises(W2VError, match="The groups name 'king' twice"):
        runs(folder, "[grid]\nwords = [{a = ['king', 'king']}]\n", 'notebook = "04_word_vectors"\n')
    with pytest.raises(W2VError, match="No file can have an empty name"):
        runs(folder, "", "notebook = ''\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dim = 2\n", "has the key 'dim'"),
        ("seeds = 0\n", "must be their number"),
        ("seeds = [1.5]\n", "must be their number"),
        ("seeds = []\n", "must be their number"),
        ("seeds = 2\n", "No notebook has a parameter 'seed': there are dim, name, words"),
        ("[grid]\ndim = 2\n", "is no list of values"),
        ("[grid]\ndim = []\n", "is no list of values"),
        ("[grid]\ndim = [2, 2]\n", "the same run twice"),
        ('[grid]\ndim = ["two"]\n', "wrong type: notebook mine takes a number"),
        ("[grid]\nname = [3]\n", "wrong type"),
        ("[grid]\ndim = [inf]\n", "not finite"),
        ("[grid]\nwords = [2020-01-01]\n", "a date"),
        ("[grid]\nlate = [2]\n", "No notebook has a parameter 'late'"),
        ("[parameters]\ndim = 1\n[grid]\ndim = [2]\n", "gives dim twice"),
        ("seeds = 2\n[grid]\nseed = [2]\n", "gives seed twice"),
        ("runs = []\n", "must be a list of tables"),
        ("grid = 1\n", "must be tables"),
        ("[grid]\ndim = [2]\n[[runs]]\ndim = 3\n", "both grid and runs"),
        (f"seeds = 2\n[grid]\ndim = {list(range(MOST_RUNS))}\n", "200,000 runs: at most 100,000"),
        ("training = 'bundled'\n", "give either notebook or training"),
        ("[grid\n", "does not hold a sweep in TOML"),
        ("[" + "a." * 100_000 + "b]\n", "a name has over 100 parts"),  # Python's reader takes half a minute
        ("[" + r'"\"".' * 50_000 + "b]\n", "a name has over 100 parts"),
        (f"seeds = 0x{'f' * 5000}\n", "a number has over 64 bits: a whole number of about 6021 digits"),
        (f"[grid]\ndim = [[{{a = 0o{'7' * 6000}}}]]\n", "a number has over 64 bits"),
        ("x = {" + "a . 'b' ." * 50_000 + "b = 1}\n", "a name has over 100 parts"),
    ],
)
def test_bad_sweeps_are_refused_in_one_sentence(folder, text, message):
    with pytest.raises(W2VError) as caught:
        runs(folder, text)
    assert message in str(caught.value) and str(caught.value).endswith(".") and "\n" not in str(caught.value)
    assert str(folder / "sweep.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("source", "text", "message"),
    [
        ("training = 'text.txt'\n", "", "There is no file"),
        ("training = 3\n", "", "is no text"),
        ("training = 'bundled'\n", "[grid]\ndimension = [2]\n", "a training has no parameter 'dimension'"),
        ("training = 'bundled'\n", "[grid]\nthreads = [2]\n", "a training has no parameter 'threads'"),
        ("training = 'bundled'\n", "[grid]\ndim = [0]\n", "dim=0 is not allowed"),
        ("training = 'bundled'\n", "[grid]\nrare = ['none']\n", "none"),
        ("notebook = 'other.ipynb'\n", "", "There is no file"),
        ("notebook = 'text.txt'\n", "", "does not hold a Jupyter notebook"),
        ('notebook = "a\\u0000b"\n', "", "null byte"),
        (f"notebook = '{'n' * 300}'\n", "", "File name too long"),
        (f"notebook = '{'n/' * 3000}'\n", "", "File name too long"),
        ("training = 'bundled'\n", "[grid]\nrare = [5]\n", "rare=5 is not allowed"),
        ("training = 'bundled'\n", "[grid]\nnumbers = [['N']]\n", "numbers=['N'] is not allowed"),
        ("notebook = '02_gradient_checks'\n", "[grid]\npoints = [0]\n", "give a whole number from 1 to"),
        ("notebook = '03_training'\n", "[grid]\ncorpus = ['bundle']\n", "There is no corpus"),
    ],
)  # fmt: skip
def test_bad_sources_are_refused_in_one_sentence(folder, source, text, message):
    with pytest.raises(W2VError) as caught:
        runs(folder, text, source)
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert str(folder / "sweep.toml") in str(caught.value)


def test_a_notebook_is_read_once_for_all_runs(folder, monkeypatch):
    asked = []
    declared = sweep_file.declared_parameters
    monkeypatch.setattr(
        sweep_file,
        "declared_parameters",
        lambda *given, **how: asked.append(given) or declared(*given, **how),
    )
    assert len(runs(folder, f"[grid]\ndim = {list(range(1, 50))}\n")) == 49 and len(asked) == 1


def test_figures_of_scrapbook_and_of_papermill_are_read_and_other_encoders_left():
    from nbformat.v4 import new_output

    outputs = [
        new_output("display_data", {SCRAP: {"name": "a", "data": 1, "encoder": "json"}}),
        new_output("display_data", {SCRAP: {"name": "a", "data": 2, "encoder": "json"}}),
        new_output("display_data", {SCRAP: {"name": "c", "data": "x", "encoder": "arrow"}}),
        new_output("display_data", {RECORD: {"b": [3]}}),
        new_output("stream", text="d"),
        *(new_output("display_data", {kind: odd}) for kind in (SCRAP, RECORD) for odd in ("text", [1], 5)),
    ]
    assert recorded_figures(new_notebook(cells=[new_code_cell(outputs=outputs)])) == {"a": 2, "b": [3]}


@pytest.mark.parametrize(("notebook", "name"), [("03_training", "corpus"), ("05_preprocessing", "fallback")])
def test_a_run_of_the_report_is_another_one_when_its_text_has_changed(tmp_path, notebook, name):
    """Else a sweep would show the figures of the old text as those of the new one."""
    text, sweep = tmp_path / "text.txt", tmp_path / "sweep.toml"
    text.write_text("a cat sat for 5 days\n" * 9)
    sweep.write_text(f"notebook = {notebook!r}\n[grid]\n{name} = [{str(text)!r}]\nprogress = [true, false]\n")
    first, again = ([run.id for run in read_sweep(sweep).runs] for _ in range(2))
    text.write_text("a dog sat for 5 days\n" * 9)
    assert first == again and len({*first, *(run.id for run in read_sweep(sweep).runs)}) == 4


def test_a_run_of_the_report_is_another_one_when_its_records_have_changed(tmp_path):
    records, sweep = tmp_path / "records", tmp_path / "sweep.toml"
    shutil.copytree(project_root() / "report" / "evidence", records)
    sweep.write_text(f"notebook = '04_word_vectors'\n[grid]\nrecords = [{str(records)!r}]\n")
    (first,) = read_sweep(sweep).runs
    (records / "notes.txt").write_text("nothing that is read")
    (unchanged,) = read_sweep(sweep).runs
    assert unchanged.id == first.id
    path = next(records.glob("results-*.json"))
    path.write_text(path.read_text() + "\n")
    (second,) = read_sweep(sweep).runs
    assert first.parameters == second.parameters and first.id != second.id


def test_two_spellings_of_one_text_are_the_same_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("a cat sat\n" * 9)
    (tmp_path / "sweep.toml").write_text(
        f"notebook = '03_training'\n[grid]\ncorpus = ['text.txt', '{tmp_path}/text.txt']\n"
    )
    with pytest.raises(W2VError, match="asks for the same run twice"):
        read_sweep(tmp_path / "sweep.toml")
