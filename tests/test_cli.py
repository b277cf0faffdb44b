import ast
import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

import w2vlib
from w2vlib import Embeddings, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.evaluation.similarity_analogy import evaluate
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.utils.files import project_root


def defaults(function):
    return {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}


def options(command):
    return {option.name: option.default for option in main.commands[command].params}


def literals(notebook):
    """Values of the parameters cell of a notebook."""
    cells = nbformat.read(project_root() / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
    cell = next(c for c in cells if "parameters" in c.metadata.get("tags", []))
    return {node.target.id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}


def test_options_have_the_defaults_of_what_they_set():
    constructor = defaults(SkipGram)
    assert options("train").items() >= {n: v for n, v in constructor.items() if n != "subwords"}.items()
    assert {n: options("ablate")[n] for n in ("dim", "epochs")}.items() <= constructor.items()
    assert {n: options("evaluate")[n] for n in ("draws", "seed")}.items() <= defaults(evaluate).items()
    assert options("check")["points"] == literals("02_gradient_checks")["points"]


def test_every_option_has_a_help():
    for name, command in main.commands.items():
        for option in command.params:
            if option.param_type_name == "option" and option.name != "help":
                assert option.help, (name, option.name)


def test_notebooks_have_the_defaults_of_the_library():
    assert literals("05_preprocessing")["window"] == defaults(SkipGram)["window"]
    assert literals("04_word_vectors")["draws"] == defaults(evaluate)["draws"]


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def text(tmp_path, toy):
    path = tmp_path / "toy.txt"
    path.write_text("\n".join(" ".join(s) for s in toy), encoding="utf-8")
    return path


def test_data_lists_the_sources():
    out = run("data").stdout
    assert all(name in out for name in ("bundled", "ptb", "nltk:NAME", "raw:PATH"))


def test_data_prints_the_provenance(text):
    out = run("data", text).stdout
    assert "sentences:     400" in out and "name:          toy.txt" in out and "sha256:" in out


def test_reproduce_prints_and_writes_its_figures(text, tmp_path):
    target = tmp_path / "run.json"
    result = run(
        "reproduce", "--corpus", text, "--iterations", 30, "--dim", 4, "--window", 2, "--python-seed", 1,
        "--json", target,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    record = json.loads(target.read_text())
    assert record["settings"]["dim"] == 4 and record["settings"]["python_seed"] == 1
    assert len(record["ema_loss"]) == len(record["pair_loss"]) == 3
    assert set(record["input_vectors"]) == set(record["output_vectors"]) == {"sum", "sum_abs"}
    assert f"moving average: {record['ema_loss'][-1]:.6f}" in result.stdout
    assert "published curve" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["reproduce", "--corpus", "nowhere"], "There is no corpus"),
        (["reproduce", "--corpus", "TEXT", "--dim", "0"], "dim=0 is not allowed"),
        (["reproduce", "--corpus", "TEXT", "--objective", "x"], "objective='x'"),
        (["reproduce", "--corpus", "TEXT", "--iterations", "10", "--json", "/dev/null/x"], "Cannot write"),
        (["data", "nltk:nonsense"], "NLTK has no corpus"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_status_2(arguments, message, text):
    result = run(*[text if a == "TEXT" else a for a in arguments])
    assert result.exit_code == 2 and result.stderr.startswith("w2v: ") and message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_command_is_installed():
    command = Path(sys.executable).with_name("w2v")
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert "version" in done.stdout


def test_interrupted_it_says_how_to_go_on(text, tmp_path):
    command = [Path(sys.executable).with_name("w2v"), "reproduce", "--corpus", text, "--iterations", "100000000",
               "--checkpoint-every", "1000", "--checkpoint-dir", tmp_path / "run"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("run/*.ckpt")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130 and time.monotonic() - begin < 5
    assert said == f"w2v: interrupted; the same command goes on from {tmp_path / 'run'}.\n"


@pytest.mark.parametrize("name", ["v.npz", "v.txt", "v.bin"])
def test_train_writes_vectors_in_each_format(tmp_path, name):
    text = tmp_path / "text.txt"
    text.write_text("the cat saw the dog\nthe dog saw the cat\n" * 50, encoding="utf-8")
    done = run("train", "--corpus", text, "--output", tmp_path / "new" / name, "--dim", 7, "--epochs", 2)
    assert done.exit_code == 0, done.output
    assert "epoch 2: loss per pair" in done.output
    assert Embeddings.load(tmp_path / "new" / name).vectors.shape == (4, 7)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--dim", "0"], "dim=0 is not allowed"),
        (["--corpus", "nowhere.txt"], "nowhere.txt"),
        (["--min-count", "99"], "99 times or more"),
    ],
)
def test_train_explains_bad_input_and_leaves_an_earlier_file(tmp_path, more, words):
    text, output = tmp_path / "text.txt", tmp_path / "v.npz"
    text.write_text("a b c\n", encoding="utf-8")
    output.write_bytes(b"mine")
    done = run("train", "--corpus", text, "--output", output, *more)
    assert done.exit_code == 2 and words in done.output and "Traceback" not in done.output
    assert output.read_bytes() == b"mine"


def test_train_checks_first_that_it_can_write(tmp_path):
    done = run("train", "--corpus", "nowhere.txt", "--output", tmp_path)
    assert done.exit_code == 2 and "is a folder" in done.output


def test_where_the_figures_go_is_checked_before_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr("w2vlib.text.corpus.load_corpus", lambda *_: pytest.fail("the text was read"))
    result = CliRunner().invoke(main, ["reproduce", "--json", str(tmp_path)])
    assert result.exit_code == 2 and "it is a folder" in result.stderr


def test_encode_and_train_on_its_folder(text, tmp_path):
    done = run("encode", text, text, "--output", tmp_path / "ids", "--min-count", 2)
    assert done.exit_code == 0 and "800 sentences" in done.stdout
    both = tmp_path / "both.txt"
    both.write_text(2 * (text.read_text() + "\n"))
    settings = ["--dim", 5, "--epochs", 1, "--min-count", 2]
    for name, corpus in {"a.npz": tmp_path / "ids", "b.npz": both}.items():
        done = run("train", "--corpus", corpus, "--output", tmp_path / name, *settings)
        assert done.exit_code == 0, done.output
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    refused = run("train", "--corpus", tmp_path / "ids", "--output", tmp_path / "c.npz", "--numbers", "N")
    assert refused.exit_code == 2 and "holds ids: give the text itself" in refused.stderr


def test_no_command_writes_over_a_text_that_has_a_name(tmp_path, monkeypatch):
    data, corpus = tmp_path / "data", tmp_path / "nltk" / "corpora" / "conll2000"
    for folder in (data, corpus):
        folder.mkdir(parents=True)
    texts = [data / "ptb.train.txt", corpus / "train.txt", corpus.with_suffix(".zip")]
    monkeypatch.setenv("W2VLIB_DATA", str(data))
    monkeypatch.setattr("nltk.data.path", [str(tmp_path / "nltk")])
    for text, name in zip(texts, ("ptb", "nltk:conll2000", "nltk:conll2000"), strict=True):
        text.write_text("precious")
        for command in (["train", "--output"], ["reproduce", "--json"]):
            refused = run(*command, text, "--corpus", name)
            assert refused.exit_code == 2 and "it is read, too" in refused.stderr
        assert text.read_text() == "precious"


def test_no_command_writes_over_its_own_input_in_a_folder(tmp_path):
    text, ids, checkpoints = tmp_path / "text.txt", tmp_path / "ids", tmp_path / "v.npz"
    text.write_text("the cat sat\n" * 99)
    assert run("encode", text, "--output", ids).exit_code == 0
    before = {path: path.read_bytes() for path in ids.iterdir()}
    (tmp_path / "link.txt").symlink_to(ids / "words.txt")
    for source in (ids / "words.txt", tmp_path / "link.txt"):
        refused = run("encode", source, "--output", ids, "--max-vocab", 2)
        assert refused.exit_code == 2 and "is read, too; give another folder" in refused.stderr
    assert {path: path.read_bytes() for path in ids.iterdir()} == before
    refused = run("train", "--corpus", text, "--output", checkpoints, "--checkpoint-dir", checkpoints)
    assert refused.exit_code == 2 and "it is read, too" in refused.stderr and not checkpoints.exists()


@pytest.mark.parametrize("name", ["ids.npy", "counts.npy", "offsets.npy", "words.txt", "encoded.json"])
def test_no_training_writes_over_its_encoded_text_or_its_first_vectors(name, tmp_path):
    text, ids, vectors = tmp_path / "text.txt", tmp_path / "ids", tmp_path / "v.npz"
    text.write_text("the cat sat\n" * 99)
    assert run("encode", text, "--output", ids).exit_code == 0
    before = {path: path.read_bytes() for path in ids.iterdir()}
    (tmp_path / "link").symlink_to("ids")
    train = "train", "--corpus", ids, "--dim", 2, "--epochs", 1, "--subsample", 0
    for place in ("ids", "link"):
        refused = run(*train, "--output", tmp_path / place / name)
        assert refused.exit_code == 2 and "it is read, too" in refused.stderr
    assert {path: path.read_bytes() for path in ids.iterdir()} == before
    assert run(*train, "--output", vectors).exit_code == 0
    assert run(*train, "--init", vectors, "--output", vectors).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--corpus", "{text}", "--output", "{text}"],
        ["train", "--corpus", "raw:{text}", "--output", "{text}"],
        ["train", "--corpus", "{folder}/*.txt", "--output", "{text}"],
        ["count", "{folder}/*.txt", "--output", "{text}"],
        ["reproduce", "--corpus", "{text}", "--json", "{text}"],
        ["explore", "{text}", "--html", "{text}"],
    ],
)
def test_no_command_writes_over_what_it_reads(arguments, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("the cat sat\n" * 9)
    names = [argument.format(text=text, folder=tmp_path) for argument in arguments]
    result = CliRunner().invoke(main, names, catch_exceptions=False)
    assert result.exit_code == 2 and "it is read, too" in result.stderr
    assert text.read_text() == "the cat sat\n" * 9


@pytest.mark.parametrize(
    "module", ["w2vlib.models.skipgram_settings", "w2vlib.utils.environment", "w2vlib.cli"]
)
def test_interrupted_while_modules_are_imported_it_ends_in_one_sentence(module):
    code = """
import os, signal, sys
from w2vlib.__main__ import main
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
main()
"""
    done = subprocess.run([sys.executable, "-c", code, module], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "w2v: interrupted before it has begun.\n"


def imported(command, packages, folder):
    """Process of a command whose last line on stderr lists the packages, of those given, that it imported."""
    code = (
        "import atexit, sys; sys.argv = ['w2v', *sys.argv[1:]]; from w2vlib.__main__ import main\n"
        f"atexit.register(lambda: print(sorted({set(packages)} & set(sys.modules)), file=sys.stderr)); main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *command.split()], capture_output=True, text=True,
        cwd=folder, env={**os.environ, "PYTHONPATH": str(project_root())},
    )  # fmt: skip


@pytest.mark.parametrize(
    "command",
    [
        "--help", "data bundled", "encode text.txt --output ids", "train --corpus text.txt --output v.npz --dim 2",
        "reproduce --corpus text.txt --iterations 10 --dim 2",
    ],
)  # fmt: skip
def test_commands_do_not_wait_for_packages_that_they_do_not_need(command, tmp_path):
    (tmp_path / "text.txt").write_text("the cat sat\nthe dog sat\n" * 99)
    slow = "sklearn", "scipy.stats", "pandas", "matplotlib", "distributed", "IPython"
    for _ in range(2):  # the first call may compile, for which Numba imports more
        done = imported(command, slow, tmp_path)
    assert done.returncode == 0 and done.stderr.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "train --help",
        "data bundled",
        "train --corpus no.txt --output v.npz",
        "train --dim 0 --output v.npz",
    ],
)
def test_what_trains_nothing_does_not_wait_for_the_compiler(command, tmp_path):
    done = imported(command, ["numba"], tmp_path)
    assert done.stderr.splitlines()[-1] == "[]", done.stderr


def test_the_package_imports_what_is_asked_for():
    code = (
        "import sys, w2vlib; print('numpy' in sys.modules, dir(w2vlib)); w2vlib.SkipGram, w2vlib.__version__"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False") and all(name in done.stdout for name in w2vlib.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'skipgram'"):
        w2vlib.skipgram  # noqa: B018


@pytest.mark.parametrize("closed", [0, 1, 2])
@pytest.mark.parametrize("command", ["--help", "data", "encode TEXT --output IDS"])
def test_a_closed_stream_stops_no_command(tmp_path, closed, command):
    text, ids = tmp_path / "text.txt", tmp_path / "ids"
    text.write_text("the cat sat\n" * 20)
    names = {"TEXT": str(text), "IDS": str(ids)}
    arguments = [names.get(word, word) for word in command.split()]
    starter = f"import os, sys; os.close({closed}); os.execv(sys.executable, sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", starter, sys.executable, "-m", "w2vlib", *arguments],
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr and ids.exists() == ("IDS" in command)


def test_a_date_in_the_environment_that_is_none_is_refused_by_every_command():
    for epoch in ("abc", "1e5", "253402300800"):
        done = subprocess.run(
            [sys.executable, "-m", "w2vlib", "train", "--help"], capture_output=True, text=True,
            env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
        )  # fmt: skip
        assert done.returncode == 2 and done.stderr.startswith(f"w2v: SOURCE_DATE_EPOCH={epoch!r} is not")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [("0", 2), ("-3", 2), (" +0 ", 2), ("2", 0), ("x", 0)])
def test_a_number_of_threads_that_numba_fails_at_is_refused(number, code):
    done = subprocess.run(
        [sys.executable, "-m", "w2vlib", "data", "bundled"], capture_output=True, text=True,
        env={**os.environ, "NUMBA_NUM_THREADS": number},
    )  # fmt: skip
    assert done.returncode == code
    assert code == 0 or done.stderr.startswith(f"w2v: NUMBA_NUM_THREADS={number.strip()} is not allowed")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TQDM_NCOLS", "wide", "The package tqdm cannot be imported (invalid literal for int()"),
        ("NUMBA_CPU_FEATURES", "avx2", "NUMBA_CPU_FEATURES=avx2 is not allowed: write + or -"),
        ("NUMBA_CPU_FEATURES", "+avx,,-fma", "NUMBA_CPU_FEATURES=+avx,,-fma is not allowed"),
    ],
)
def test_variables_that_other_packages_fail_at_are_told_in_a_sentence(name, value, said):
    done = subprocess.run(
        [sys.executable, "-m", "w2vlib", "data", "bundled"], capture_output=True, text=True,
        env={**os.environ, name: value},
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.startswith(f"w2v: {said}") and done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("ulimit -v 40000", "600 MB of address space are needed, and 40 MB are allowed"),
        ("ulimit -v 500000", "600 MB of address space are needed, and 512 MB are allowed"),
        ("ulimit -v 900000", "The evidence needs 1000 MB of address space in each process, and 878 MB"),
    ],
)
def test_low_limits_of_the_shell_are_told_in_a_sentence(limit, said, tmp_path):
    command = [sys.executable, "-m", "w2vlib", "data", "bundled"]
    if "evidence" in said:
        command[3:] = ["evidence", "--corpus", "bundled", "--seeds", "1", "--output", str(tmp_path / "new")]
    done = subprocess.run(
        ["/bin/sh", "-c", f'{limit}; exec "$@"', "sh", *command], capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.startswith(f"w2v: {said}") and done.stderr.count("\n") == 1


def test_a_deleted_working_directory_is_refused_by_every_command(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", "import os, sys; os.rmdir(os.getcwd()); from w2vlib.__main__ import main; main()"],
        capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": str(project_root())},
    )  # fmt: skip
    said = "w2v: The working directory cannot be used (No such file or directory): change to another one.\n"
    assert (done.returncode, done.stderr) == (2, said)


def test_a_text_without_words_of_the_data_sets_has_no_quality_and_says_so(tmp_path):
    (tmp_path / "text.txt").write_text("the cat sat on 1990 mat\n" * 80)
    arguments = "--seeds", 1, "--dim", 4, "--epochs", 1
    done = run("ablate", "--corpus", tmp_path / "text.txt", "--output", tmp_path / "rows", *arguments)
    assert done.exit_code == 0 and "Empty" not in done.stdout
    assert done.stdout.endswith("The text has too few words of the data sets for figures of quality.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["grade", "", "--output", "x"], ["grade", "x", "--output", ""], ["train", "--output", ""],
        ["explore", "", "--html", "x"], ["encode", "", "--output", "x"], ["sweep", "", "--output", "x"],
        ["evaluate", ""], ["report", "--output", ""], ["count", "", "--output", "x"], ["data", ""],
    ],
)  # fmt: skip
def test_an_empty_name_is_not_the_working_directory(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("open('ran', 'w').close()")
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1, result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_messages_have_a_limit():
    for word in ("x" * 200_000, " " * 200_000, "x " * 100_000):
        with pytest.raises(W2VError) as caught:
            Scheme(rare=word)
        assert len(str(caught.value)) < 3000 and str(caught.value).startswith("rare=")
