import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import nbconvert
import nbformat
import numpy as np
import pikepdf
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from pdf_text import texts_of
from report_runs import NOTEBOOKS, SMALL, copy_of_checkout, run

from w2vlib import W2VError
from w2vlib.experiments import verdicts
from w2vlib.replication.settings import RULES as RECIPE_RULES
from w2vlib.reporting import build, display, html_exporter, notebook_parameters, notebook_runs
from w2vlib.reporting.bounded_programs import run_bounded
from w2vlib.reporting.explorer import read_data
from w2vlib.reporting.output_folder import ReportFolder
from w2vlib.reporting.typesetting import temporary_build
from w2vlib.utils import memory
from w2vlib.utils.files import project_root


def test_files_in_the_folder(built):
    shown = sorted(p.name for p in built.iterdir() if not p.name.startswith("."))
    assert shown == ["notebooks", "report.html", "report.ipynb", "report.pdf"]
    left = sorted(p.name for p in (built / "notebooks").iterdir())
    assert left == [*(f"{name}.ipynb" for name in NOTEBOOKS), "explorer.json"]


def test_the_page_has_all_sections_and_the_vectors_of_the_run(built):
    text = (built / "report.html").read_text(encoding="utf-8")
    assert all(f'id="sec-{name}"' in text for name in NOTEBOOKS)
    shown = re.search(r'<script type="application/json" id="explorer-data">(.*?)</script>', text)[1]
    assert json.loads(shown) == read_data(built / "notebooks" / "explorer.json")
    merged = nbformat.read(built / "report.ipynb", as_version=4)
    kinds = [
        o.get("metadata", {}).get("w2v", {}).get("kind") for c in merged.cells for o in c.get("outputs", [])
    ]
    assert text.count('<figure id="fig-') == kinds.count("figure") > 5
    assert text.count('<figure id="tbl-') == kinds.count("table") > 15
    tags = re.findall(r"\\tag\{(\d\.\d+)\}", "\n".join(c.source for c in merged.cells))
    assert re.findall(r'id="eq-(\d\.\d+)"', text) == tags and len(tags) > 20
    assert "[output not shown" not in text and len(text.encode()) < 8_000_000


def test_text_of_the_report(pages):
    text = "\n".join(pages)
    assert len(pages) > 20
    for heading in (
        "Abstract", "Contents", "Figures", "Tables", "0 Introduction", "1 Derivations", "2 Gradient checks", "3 Training", "4 Word vectors",
        "5 Preprocessing", "6 Discussion", "A Details", "B Provenance", "References", "Summary",
    ):  # fmt: skip
        assert heading in text, heading
    for n in range(1, 19):
        assert f"(1.{n})" in text
    assert len(set(re.findall(r"Figure \d+\.", text))) >= 7
    assert len(set(re.findall(r"Table \d+\.", text))) >= 12
    assert "iterations 140" in re.sub(r"\s+", " ", text)  # the parameters used
    assert re.search(r"[0-9a-f]{64}", text)  # the text's checksum
    assert "Mikolov" in "".join(pages[-4:])


def test_the_appendix_comes_after_the_discussion_and_interactive_cells_are_left_out(built):
    merged = nbformat.read(built / "report.ipynb", as_version=4)
    tags = [set(cell.metadata.get("tags", [])) for cell in merged.cells]
    places = [cell.metadata[display.METADATA_KEY]["notebook"] for cell in merged.cells]
    first = places.index("appendix")
    in_appendix = [n for n, of_cell in enumerate(tags) if "appendix" in of_cell]
    assert in_appendix == list(range(first + 1, places.index("provenance"))) and len(in_appendix) > 10
    assert set(places[:first]) == {*NOTEBOOKS} and not any("remove-cell" in of_cell for of_cell in tags)
    sources = "".join(cell.source for cell in merged.cells)
    assert "explore_training" not in sources and "explore_claims" in sources


def test_no_markup_is_printed(pages):
    text = "\n".join(pages)
    prose = re.sub(r"\$ ?[\d.,]+", "", text)  # sums of money in examples
    assert not re.search(r"\\[a-zA-Z]{2,}|\?\?|@fig|@tbl|#fig-|#ref-|\bnan\b|<Figure|\$\$", prose)


def test_figures_tags_and_attachments(built):
    with pikepdf.open(built / "report.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        kinds = {}
        for o in pdf.objects:
            if isinstance(o, pikepdf.Dictionary) and "/S" in o and "/K" in o:
                kinds.setdefault(str(o.S), []).append(o)
        assert len(kinds["/Figure"]) >= 7 and len(kinds["/Formula"]) > 100
        for kind in ("/Figure", "/Formula"):
            assert all(str(o.get("/Alt", "")).strip() for o in kinds[kind])
        assert len(kinds["/Table"]) >= 12
        assert sorted(pdf.attachments) == [f"{name}.ipynb" for name in NOTEBOOKS]
        attached = json.loads(pdf.attachments["03_training.ipynb"].get_file().read_bytes())
        assert attached["nbformat"] == 4
        assert pdf.open_outline().root and len(pdf.open_outline().root) >= 7


def test_stock_exporters_take_the_merged_notebook(built, tmp_path):
    merged = nbformat.read(built / "report.ipynb", as_version=4)
    for kind, suffix in (("html", ".html"), ("latex", ".tex")):
        if kind == "latex":  # it starts pandoc for every cell: equations, figures and tables are enough
            numbers = {"01_derivations": range(1, 8), "03_training": range(1, 14)}
            own = [cell.metadata[display.METADATA_KEY] for cell in merged.cells]
            wanted = [o["cell"] in numbers.get(o["notebook"], ()) for o in own]
            merged.cells = [cell for cell, kept in zip(merged.cells, wanted, strict=True) if kept]
        source, target = tmp_path / f"{kind}.ipynb", tmp_path / f"stock{suffix}"
        nbformat.write(merged, source)
        subprocess.run(
            ["jupyter", "nbconvert", "--to", kind, "--output", str(target), str(source)],
            check=True, capture_output=True, cwd=project_root(),
        )  # fmt: skip
        assert target.stat().st_size > 30_000
    tex = (tmp_path / "stock.tex").read_text()
    assert "tag{1.2}" in tex and "longtable" in tex and "includegraphics" in tex


def test_notebooks_have_no_stderr_and_no_widgets(built):
    for path in (built / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", (path.name, output)
                assert not any("widget" in kind for kind in output.get("data", {}))


# Bad input, before anything runs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "iteration", "5"], "No notebook has a parameter 'iteration': there are"),
        (
            ["-p", "iterations", "many"],
            "iterations='many' is of the wrong type: notebook 03_training takes a whole",
        ),
        (["-p", "iterations", "1.5"], "takes a whole number"),
        (["-p", "learning_rate", "true"], "takes a number"),
        (["-p", "progress", "1"], "takes true or false"),
        (["-p", "learning_rate", "1e400"], "learning_rate=inf is not a finite number"),
        (["-p", "top_k", "0"], "Parameter top_k=0 is not allowed: give a whole number from 1 to 1000000000."),
        (["-p", "seed", "-1"], "Parameter seed=-1 is not allowed: give a whole number from 0 to"),
        (
            ["-p", "seed", "1" + 20 * "0"],
            "is not allowed: give a whole number from 0 to 9223372036854775807.",
        ),
        (
            ["-p", "dim", "100000"],
            "Parameter dim=100000 is not allowed: give a whole number from 1 to 1000.",
        ),
        (["-p", "learning_rate", "1e9"], "is not allowed: give a number above 0 to 1000."),
        (["-p", "ablation", "/nowhere"], "/nowhere holds no experiment"),
        (["-p", "fallback", "/nowhere.txt"], "nowhere.txt"),
        (["-p", "learning_rate", "NaN"], "learning_rate=nan is not a finite number"),
        (["-p", "words", "king"], "notebook 04_word_vectors takes names of groups with lists of words"),
        (["-p", "words", '{"a": "king"}'], "words={'a': 'king'} is of the wrong type"),
        (["-p", "words", '{"a": [["king"]]}'], "is of the wrong type"),
        (["-p", "words", "('\" + str(1) + \"',)"], "is of the wrong type"),
        (["-p", "ablation", "5"], "ablation=5 is of the wrong type: notebook 05_preprocessing takes a text"),
        (["-p", "corpus", "ptb"], "give --corpus instead of -p corpus"),
        (["--corpus", "bundeld"], "did you mean 'bundled'"),
        (["--corpus", "no/such.txt"], "There is no file"),
        (["--output", "/dev/null/x"], "Cannot write /dev/null/x"),
    ],
)
def test_bad_arguments_end_in_one_sentence(arguments, message, tmp_path, excerpt):
    extra = [] if "--corpus" in arguments else ["--corpus", excerpt]
    extra += [] if "--output" in arguments else ["--output", tmp_path]
    result = run(*arguments, *extra)
    assert result.exit_code == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("w2v: ") and message in last and "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_text_too_small_keeps_the_earlier_report(tmp_path, monkeypatch):
    copy_of_checkout(tmp_path / "project", monkeypatch, ["03_training"])
    text = tmp_path / "tiny.txt"
    text.write_text("hello Hello\n" * 200)
    out = tmp_path / "out"
    publish(out, "earlier")
    result = run("--corpus", text, "--output", out, *SMALL)
    assert result.exit_code == 2 and result.stderr.splitlines()[-1].startswith("w2v: The text is too small")
    assert (out / "report.pdf").read_text() == "earlier" and not (out / "failed").exists()


@pytest.mark.nightly  # its notebooks run in test_any_text, in one process
def test_a_text_that_lacks_the_words_of_the_figures_and_numbers(tmp_path, monkeypatch):
    copy_of_checkout(tmp_path / "project", monkeypatch, NOTEBOOKS[2:])
    text = tmp_path / "text.txt"
    text.write_text("\n".join("alpha beta gamma delta epsilon zeta" for _ in range(200)))
    small = {"iterations": "20", "n_seeds": "1", "n_pieces": "20", "draws": "20", "dim": "4"}
    asked = [word for pair in small.items() for word in ("-p", *pair)]
    result = run("--corpus", text, "--output", tmp_path / "out", *SMALL, *asked)
    assert result.exit_code == 0, result.stderr
    pages = texts_of(tmp_path / "out" / "report.pdf")
    printed = re.sub(r"\s+", " ", " ".join(pages))
    assert "Fewer than three of the words of the figures occur in this text" in printed
    assert "The text lacks these words, so no figure shows them: great, cool" in printed
    assert "This text has no numbers written in digits" in printed
    assert "nothing to show" in printed and "no data" in printed
    assert not re.search(r"(?i)\bnan\b|\binf\b", printed)
    for name in NOTEBOOKS:
        for cell in nbformat.read(tmp_path / "out" / "notebooks" / f"{name}.ipynb", as_version=4).cells:
            assert all(output.output_type != "stream" for output in cell.get("outputs", [])), name


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A checkout with one small notebook, of which the report is made."""
    root = tmp_path / "project"
    monkeypatch.setattr(build, "project_root", lambda: root)
    monkeypatch.setattr(build, "working_root", lambda: root)
    (root / "notebooks").mkdir(parents=True)
    shutil.copytree(project_root() / "report", root / "report", ignore=shutil.ignore_patterns("build"))
    (root / "report" / "report.toml").write_text(
        'title = "T"\nsubtitle = "S"\nauthors = ["A"]\nkeywords = []\nnotebooks = ["01_x"]\n[parameters]\n'
    )
    return root


@pytest.mark.parametrize(
    "settings",
    [
        b"",
        b"\xff",
        b"a = " + b"[" * 5000,
        b'title = "T"',
        b'title = "T"\nsubtitle = "S"\nauthors = ["A"]\nkeywords = []\nnotebooks = 5\n[parameters]\n',
        b'title = "T"\nsubtitle = "S"\nauthors = [1]\nkeywords = []\nnotebooks = []\n[parameters]\n',
        b'title = "T"\nsubtitle = "S"\nauthors = ["A"]\nkeywords = []\nnotebooks = []\nparameters = 5\n',
    ],
)
def test_damaged_settings_are_refused_in_one_sentence(project, excerpt, settings):
    path = project / "report" / "report.toml"
    path.write_bytes(settings)
    with pytest.raises(
        W2VError, match=r"report\.toml does not hold the settings of the report, or is damaged"
    ):
        build.make_report(str(excerpt), echo=lambda line: None)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(W2VError, match="is a pipe or a device"):
        build.make_report(str(excerpt), echo=lambda line: None)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe", b"[]", b"{}", b'{"cells": 5}', "syntax"],
)
def test_damaged_notebooks_are_refused_in_one_sentence(project, excerpt, content):
    path = project / "notebooks" / "01_x.ipynb"
    if content == "syntax":
        notebook(project)
        content = path.read_bytes().replace(b"n: int = 1", b"n: int = = 1")
    path.write_bytes(content)
    with pytest.raises(W2VError, match=r"01_x\.ipynb does not hold .*, or is damaged") as caught:
        build.make_report(str(excerpt), echo=lambda line: None)
    assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(W2VError, match=r"no file .*01_x\.ipynb"):
        build.make_report(str(excerpt), echo=lambda line: None)
    os.mkfifo(path)
    with pytest.raises(W2VError, match=r"01_x\.ipynb is a pipe or a device"):
        build.make_report(str(excerpt), echo=lambda line: None)


def publish(folder, content):
    """Put a report with this content into a folder."""
    held = ReportFolder(folder)
    (held.stage / "report.ipynb").write_text(content)
    (held.stage / "report.pdf").write_text(content)
    (held.stage / "report.html").write_text(content)
    held.publish()
    held.close()


def notebook(root, *sources):
    cells = [new_code_cell('corpus: str = "bundled"\nn: int = 1\nx: float = 0.5')]
    cells[0].metadata["tags"] = ["parameters"]
    cells += [new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), root / "notebooks" / "01_x.ipynb")


@pytest.mark.parametrize("timings", [True, False])
def test_attached_notebooks_name_no_folder_of_the_machine(project, excerpt, timings):
    notebook(project, "print(n)")
    build.make_report(str(excerpt), echo=lambda line: None, timings=timings)
    attached = (project / "report" / "build" / "notebooks" / "01_x.ipynb").read_text()
    assert f'corpus = \\"{excerpt.name}\\"' in attached
    assert not [folder for folder in (project, excerpt.parent) if str(folder) in attached]


def test_a_failing_notebook_is_named_with_cell_and_error(project, excerpt):
    notebook(project, "print('before')", "1 / 0", "print('after')")
    with pytest.raises(W2VError, match="Notebook 01_x failed in cell 3: ZeroDivisionError: division by zero"):
        build.make_report(str(excerpt), echo=lambda line: None)
    kept = (project / "report" / "build" / "failed" / "01_x.ipynb").read_text()
    assert "before" in kept and "ZeroDivisionError" in kept
    assert not (project / "report" / "build" / "report.pdf").exists()


def test_settings_of_the_user_are_not_read(project, excerpt, tmp_path, monkeypatch):
    start = tmp_path / "profile_default" / "startup"
    start.mkdir(parents=True)
    (start / "00.py").write_text("raise SystemExit('run')\n")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 9\n")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path))
    monkeypatch.setenv("MPLBACKEND", "no such thing")
    notebook(project, "import matplotlib\nassert matplotlib.rcParams['lines.linewidth'] == 1.5")
    assert build.make_report(str(excerpt), echo=lambda line: None).exists()
    assert os.environ["IPYTHONDIR"] == str(tmp_path)


def test_a_kernel_that_dies_is_reported_and_what_ran_is_kept(project, excerpt, capfd):
    notebook(project, "print('before')", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(W2VError, match="Notebook 01_x failed: its kernel died, .*failed/01_x.ipynb"):
        build.make_report(str(excerpt), echo=lambda line: None)
    assert "before" in (project / "report" / "build" / "failed" / "01_x.ipynb").read_text()
    assert not capfd.readouterr().err


def test_a_kernel_that_is_interrupted_is_reported(project, excerpt):
    notebook(project, "import os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    with pytest.raises(
        W2VError, match="Notebook 01_x failed in cell 2: its kernel was interrupted, most likely"
    ):
        build.make_report(str(excerpt), echo=lambda line: None)


def test_ctrl_c_while_the_report_is_typeset_ends_it_and_leaves_nothing(tmp_path, monkeypatch):
    made = []

    class Slow:
        def __init__(self, **options):
            pass

        def from_filename(self, path):
            with temporary_build() as folder:
                made.append(folder)
                run_bounded(["sleep", "60"], "", 60)

    monkeypatch.setattr(nbconvert.exporters, "get_exporter", lambda name: Slow)
    monkeypatch.setattr(html_exporter, "PageExporter", Slow)
    folder = ReportFolder(tmp_path / "out")

    def interrupt(thread):
        while len(made) < 2:
            time.sleep(0.1)
        time.sleep(1)  # until their programs run
        signal.pthread_kill(thread, signal.SIGINT)

    threading.Thread(target=interrupt, args=[threading.get_ident()]).start()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build._export(folder, True)
    assert time.monotonic() - begin < 30
    assert len(made) == 2 and not any(path.exists() for path in made)
    folder.close()


def test_a_kernel_that_does_not_say_that_a_cell_has_ended_is_reported(project, excerpt, monkeypatch):
    monkeypatch.setattr(notebook_runs, "ANSWER_SECONDS", 1)
    holds = (
        "import sys, time\nsys.stdout.flush_timeout = sys.stderr.flush_timeout = 0.1\n"
        "get_ipython().kernel.iopub_thread.io_loop.add_callback(time.sleep, 20)"
    )
    notebook(project, "print('before')", holds, "1 / 0")
    with pytest.raises(
        W2VError, match="Notebook 01_x failed: its kernel has not said within 1 s .*01_x.ipynb"
    ):
        build.make_report(str(excerpt), echo=lambda line: None)
    assert "before" in (project / "report" / "build" / "failed" / "01_x.ipynb").read_text()


def test_a_kernel_that_does_not_start_is_reported(project, excerpt, monkeypatch):
    from jupyter_client.manager import AsyncKernelManager

    async def too_slow(self, **options):
        raise RuntimeError("Kernel didn't respond in 60 seconds")

    monkeypatch.setattr(AsyncKernelManager, "start_kernel", too_slow)
    notebook(project, "print('before')")
    with pytest.raises(
        W2VError, match="Notebook 01_x failed: its kernel did not start .Kernel didn't respond"
    ):
        build.make_report(str(excerpt), echo=lambda line: None)


def test_a_date_that_is_none_is_refused_before_anything_runs(project, excerpt, monkeypatch):
    monkeypatch.setattr(build, "load_corpus", None)
    for epoch in ("abc", "1e5", "", "-1", "253402300800", "9" * 20):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        with pytest.raises(W2VError, match=f"SOURCE_DATE_EPOCH='{epoch}' is not allowed: give whole seconds"):
            build.make_report(str(excerpt), echo=lambda line: None)


def test_a_killed_report_leaves_no_connection_file_for_long(project, excerpt, tmp_path, monkeypatch):
    temporary, runtime = tmp_path / "temporary", tmp_path / "runtime"
    temporary.mkdir()
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    notebook(project, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    code = (
        "import sys, tempfile\nfrom pathlib import Path\nfrom w2vlib.reporting import build\n"
        "tempfile.tempdir, root = sys.argv[1], Path(sys.argv[2])\n"
        "build.project_root = build.working_root = lambda: root\n"
        "build.make_report(sys.argv[3], echo=lambda line: None)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, temporary, project, excerpt], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = temporary.glob("w2vlib-kernel-*")
    assert json.loads((left / "01_x.json").read_text())["key"]
    os.utime(left, (time.time() - 3600,) * 2)
    notebook(project, "print('after')")
    build.make_report(str(excerpt), echo=lambda line: None)
    assert not list(temporary.glob("w2vlib-kernel-*")) and not list(runtime.glob("kernel-*"))


def test_an_output_that_cannot_be_printed_keeps_the_earlier_report(project, excerpt):
    folder = project / "report" / "build"
    publish(folder, "earlier")
    notebook(project, "from IPython.display import HTML\nHTML('<p>x</p>')")
    with pytest.raises(W2VError, match="Notebook 01_x, cell 2: HTML that is not a table"):
        build.make_report(str(excerpt), echo=lambda line: None)
    assert (folder / "report.pdf").read_text() == "earlier"
    assert "<p>x</p>" in (folder / "failed" / "report.ipynb").read_text()


def test_parameters_reach_the_notebooks_that_have_them():
    paths = [project_root() / "notebooks" / f"{name}.ipynb" for name in NOTEBOOKS]
    accepted = notebook_parameters.check_parameters(
        paths, {"dim": 7, "words": {"a": ["b"]}, "learning_rate": 1}, {}
    )
    assert {p.stem: v for p, v in accepted.items() if v} == {
        "03_training": {"dim": 7, "learning_rate": 1},
        "04_word_vectors": {"dim": 7, "words": {"a": ["b"]}, "learning_rate": 1},
        "05_preprocessing": {"dim": 7},
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("0.5", 0.5), ("1e-3", 1e-3), ("true", True), ("None", None), ("bundled", "bundled"),
     ("[1, 2]", [1, 2]), ('{"a": ["b"]}', {"a": ["b"]}), ("a b", "a b"), ("__import__('os')", "__import__('os')"),
     ("('a',)", "('a',)"), ("b'a'", "b'a'"), ("{1: 2}", "{1: 2}"), ("False", False), ("[" * 9999, "[" * 9999)],
)  # fmt: skip
def test_values_from_the_command_line(text, value):
    assert notebook_parameters.parse_value(text) == value


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb"])
def test_halves_of_surrogate_pairs_are_refused(value, project):
    path = project_root() / "notebooks" / "04_word_vectors.ipynb"
    for name, given in (("words", {"a": [value]}), ("words", {value: ["a"]}), ("records", value)):
        with pytest.raises(W2VError, match=f"{name}=.* has a character that is none: give a text in UTF-8"):
            notebook_parameters.check_parameters([path], {name: given}, {})


def test_long_values_are_shown_by_their_beginning():
    path = project_root() / "notebooks" / "03_training.ipynb"
    for values in ({"dim": "x" * 10**5}, {"x" * 10**5: 1}, {"dim": [[1]] * 10**4}):
        with pytest.raises(W2VError) as error:
            notebook_parameters.check_parameters([path], values, {})
        assert len(str(error.value)) < 700


def test_a_report_is_not_begun_with_too_few_open_files(project, excerpt, monkeypatch):
    notebook(project, "print('before')")
    monkeypatch.setattr(memory.resource, "getrlimit", lambda kind: (64, 64))
    with pytest.raises(W2VError, match="A report opens up to 160 files at a time, and 64 are allowed: allow"):
        build.make_report(str(excerpt), jobs=2, echo=lambda line: None)


def test_relative_paths_become_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("a b")
    assert build.absolute_corpus("text.txt") == str(tmp_path / "text.txt")
    assert build.absolute_corpus("raw:text.txt") == f"raw:{tmp_path / 'text.txt'}"
    assert build.absolute_corpus("bundled") == "bundled" and build.absolute_corpus("nltk:x") == "nltk:x"


def test_nothing_but_values_of_json_reaches_a_notebook(project):
    notebook(project)
    path = project / "notebooks" / "01_x.ipynb"
    for value in (("a",), b"a", {"a": 1}, ["a"], {1: 2}, None, {"a"}, 1 + 2j, np.int64(3), np.float64(3)):
        for name in ("corpus", "n", "x"):
            with pytest.raises(W2VError, match="of the wrong type"):
                notebook_parameters.check_parameters([path], {name: value}, {})
    assert notebook_parameters.check_parameters([path], {"x": 1, "n": 2, "corpus": "'\"\n"}, {})


@pytest.mark.parametrize(
    "source",
    [
        "n = 1",
        "n: int = None",
        "n: tuple = (1,)",
        "n: int = 1.5",
        "n: list[str] = [1]",
        "n: dict[str, int] = {[]: 1}",
    ],
)
def test_a_parameters_cell_declares_types(source, project):
    path = project / "notebooks" / "01_x.ipynb"
    notebook(project)
    made = nbformat.read(path, as_version=4)
    made.cells[0].source = source
    nbformat.write(made, path)
    with pytest.raises(W2VError, match="Parameter n of .* needs a type and a value"):
        notebook_parameters.declared_parameters(path)


def test_every_number_among_the_parameters_has_bounds():
    paths = [project_root() / "notebooks" / f"{name}.ipynb" for name in NOTEBOOKS]
    numbers = {
        name
        for path in paths
        for name, value in notebook_parameters.default_parameters(path).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    assert numbers <= notebook_parameters.RULES.keys()
    assert notebook_parameters.RULES.keys() - RECIPE_RULES.keys() <= numbers  # none is left over


@pytest.mark.parametrize(
    "name", ["01_derivations", "02_gradient_checks", "04_word_vectors", "05_preprocessing"]
)
def test_notebooks_refuse_what_papermill_puts_into_them(name):
    path = project_root() / "notebooks" / f"{name}.ipynb"
    given, checking = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"][:2]
    names = {}
    exec(f"{given}\n{checking}", names)
    of_recipe = RECIPE_RULES.keys() if name.startswith("04") else set()  # whose settings check them
    for parameter in (notebook_parameters.RULES.keys() & names.keys()) - of_recipe:
        for odd in (-1, "x", None, 10**30):
            with pytest.raises(W2VError, match=f"{parameter}=.* is not allowed"):
                exec(checking, {**names, parameter: odd})


def test_no_cell_warns(built):
    for path in (built / "notebooks").glob("*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            for output in cell.get("outputs", []):
                assert output.get("name") != "stderr", f"{path.name}: {output['text'][:300]}"


@pytest.mark.parametrize(
    ("notebook", "label", "chapter"),
    [("04_word_vectors", "claims", "results"), ("05_preprocessing", "expected", "preprocessing")],
)
def test_the_tables_of_claims_have_a_verdict_for_every_claim(built, notebook, label, chapter):
    cells = nbformat.read(built / "notebooks" / f"{notebook}.ipynb", as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    table = next(o for o in outputs if o.metadata.get("w2v", {}).get("label") == label and "data" in o)
    rows = [
        [part.strip() for part in line.strip("|").split(" | ")]
        for line in table.data["text/markdown"].splitlines()[2:]
    ]
    listed = tomllib.loads((project_root() / "report" / "claims.toml").read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == [claim["id"] for claim in listed[chapter]["rows"]]
    assert {row[-1] for row in rows} <= set(verdicts.VERDICTS)


def test_the_first_of_several_failing_notebooks_is_named_and_stored(tmp_path):
    folder = ReportFolder(tmp_path / "out")
    kernels = notebook_runs._Kernels(folder, tmp_path)
    said = []
    for name in ("04_x", "05_x"):
        target = folder.stage / "notebooks" / f"{name}.ipynb"
        target.write_text("{}")
        said.append(str(kernels._failed(f"Notebook {name} failed: why", target)))
    stored = tmp_path / "out" / "failed" / "04_x.ipynb"
    assert said == [f"Notebook 04_x failed: why (the executed cells are in {stored})."] * 2
    assert [path.name for path in stored.parent.iterdir()] == ["04_x.ipynb"]
    folder.close()


def test_a_folder_whose_name_no_notebook_can_store_is_refused(tmp_path):
    with pytest.raises(W2VError, match="has a name that is not UTF-8 here, and notebooks could not store it"):
        build.make_report("bundled", output=tmp_path / "a\udcff")
    assert list(tmp_path.iterdir()) == []
