import ast
import csv
import os
import shutil
import sys

import nbformat
import pytest
from click.testing import CliRunner

sys.path.insert(0, __file__.rpartition("/")[0])
import right_solutions
import wrong_solutions

from w2vlib import W2VError, check
from w2vlib.cli import main
from w2vlib.gradients.equations import EQUATIONS
from w2vlib.grading import assignment, grade_files
from w2vlib.grading.check_file import as_report, check_file
from w2vlib.grading.exercises import EXERCISES
from w2vlib.grading.isolation import parse_mapping
from w2vlib.grading.worker import role_named
from w2vlib.reporting.findings import student_checks
from w2vlib.utils.files import project_root


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def written(tmp_path):
    def write(text, name="solution.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_with_the_course_signatures_is_right(written):
    result = run("check", "--mine", written(right_solutions.COURSE_FILE))
    assert result.exit_code == 0 and "6 of 6 functions are right." in result.stdout


def test_the_command_names_the_mistake_and_fails(written):
    source = wrong_solutions.code(
        wrong_solutions.NEGATIVE, [("gradOutsideVecs[w] +=", "gradOutsideVecs[w] =")]
    )
    result = run("check", "--mine", written(source))
    assert result.exit_code == 1
    assert "smallest input: two words, two dimensions, a negative drawn twice" in result.stdout
    assert "a repeated negative counts once in the gradient of the outside vectors" in result.stdout


def test_names_that_are_not_recognised_are_asked_for(written):
    path = written(
        "import numpy as np\ndef mine(p, q, r):\n    z = r @ p\n    return np.log(np.exp(z).sum()) - z[q]\n"
    )
    assert "--map ROLE=NAME" in run("check", "--mine", path).stdout
    assert run("check", "--mine", path, "--map", "naive=mine").exit_code == 0
    assert "no function other" in run("check", "--mine", path, "--map", "naive=other").stdout
    unclear = written("def naive_softmax(p, q, r, s, t, u):\n    return 0\n", "unclear.py")
    assert "--map naive_softmax.p=QUANTITY" in run("check", "--mine", unclear).stdout


@pytest.mark.parametrize("pair", ["naive", "=f", "nothing=f"])
def test_a_bad_map_is_refused(pair):
    with pytest.raises(W2VError, match="--map"):
        parse_mapping([pair], role_named)


def test_bad_input_ends_in_one_sentence(tmp_path):
    refused = ["--mine", tmp_path / "absent.py"], ["--map", "naive=f"], ["--mine", tmp_path], ["--seconds", 3]
    for arguments in (*refused, ["--mine", __file__, "--points", 3]):
        result = run("check", *arguments)
        assert result.exit_code == 2 and result.stderr.count("\n") == 1


HOSTILE = """
import os, sys
def sigmoid(x):
    sys.stdout.write("x" * 5_000_000)
    os.write(1, b"y" * 5_000_000)
    return 1 / (1 + 2.718281828459045 ** -x)
def naive_softmax(v, o, U):
    while True:
        pass
def negative_sampling(v, o, U, negatives):
    return bytearray(10**13)
def skipgram(i, outside, V, U):
    os._exit(3)
"""


def test_loops_memory_output_and_exits_stop_only_their_function(written):
    result = check_file(written(HOSTILE), seconds=120)
    verdicts = {d.function: d.verdict for d in result.diagnoses}
    assert verdicts == {
        "sigmoid": "right", "naive_softmax": "fails", "negative_sampling": "fails", "skipgram": "fails",
    }  # fmt: skip
    text = as_report(result)
    assert "it took longer than" in text and "MemoryError" in text and "its process" in text


def test_a_file_is_ended_after_its_time(written):
    result = check_file(
        written("import time\ntry:\n    time.sleep(999)\nexcept BaseException:\n    time.sleep(999)\n"),
        seconds=3,
    )
    assert "it took longer than 3 s" in result.problem


def test_what_pytorch_maps_does_not_count_as_memory(written, tmp_path, monkeypatch):
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "torch.py").write_text("import mmap\nmapped = mmap.mmap(-1, 3 * 2**30)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"), prepend=os.pathsep)
    result = check_file(written("import torch\n" + wrong_solutions.SIGMOID.replace("-x", "x")))
    assert not result.notes and "σ(−x) in place of σ(x)" in as_report(result)


@pytest.mark.parametrize(
    ("line", "right"),
    [("delta[o] -= 1", True), ("delta = delta.detach()", False)],
)
def test_functions_of_pytorch_are_checked(line, right, written):
    pytest.importorskip("torch", reason="needs PyTorch")
    code = f"""
import torch

def naive_softmax(v, o, U):
    v, U = (torch.as_tensor(a, dtype=torch.float64) for a in (v, U))
    log_probabilities = torch.log_softmax(U @ v, dim=0)
    delta = log_probabilities.exp()
    {line}
    return -log_probabilities[o], U.T @ delta, torch.outer(delta, v)
"""
    report = as_report(check_file(written(code)))
    assert ("1 of 1 functions are right" in report) == right
    assert right or "the one-hot vector is not subtracted" in report


def test_a_folder_is_graded(tmp_path):
    folder = tmp_path / "all"
    (folder / "ben").mkdir(parents=True)
    (folder / "ben" / "broken.py").write_text("def sigmoid(x) return x\n")
    (folder / "ada.py").write_text(right_solutions.COURSE_FILE)
    (folder / "cleo.py").write_text(wrong_solutions.SIGMOID.replace("-x", "x"))
    (folder / "dan").mkdir()
    result = run("grade", folder, "--output", tmp_path / "grades", "--jobs", 2)
    assert result.exit_code == 0
    with open(tmp_path / "grades" / "grades.csv", encoding="utf-8") as handle:
        rows = {row["student"]: row for row in csv.DictReader(handle)}
    assert {s: row["right"] for s, row in rows.items()} == {"ada": "4", "ben": "0", "cleo": "0", "dan": "0"}
    assert "SyntaxError in line 1" in rows["ben"]["problems"] and rows["cleo"]["naive"] == "missing"
    assert rows["cleo"]["mistakes"] == "σ(−x) in place of σ(x)"
    assert "no Python file" in rows["dan"]["problems"]
    assert "## cleo.py" in (tmp_path / "grades" / "reports" / "cleo.md").read_text(encoding="utf-8")


def test_a_spreadsheet_reads_no_formula():
    assert grade_files._cell("=1+1") == "'=1+1" and grade_files._cell("ada") == "ada"


@pytest.fixture(scope="module")
def editions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assignment") / "made"
    assignment.make_assignment(folder)
    return folder


def sources(folder):
    return {p: nbformat.read(p, as_version=4) for p in sorted(folder.rglob("*.ipynb"))}


def _lines(text):
    return {line.strip() for line in text.splitlines() if len(line.strip()) > 14}


def leaks(text):
    """Lines of solutions, right-hand sides of boxes and marks of solutions in a text."""
    wanted = {
        line for e in EXERCISES.values() for line in _lines(e.body()) if not line.startswith(("for ", "else"))
    }
    for path in (project_root() / "notebooks").glob("0[1-5]_*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if "solution" in cell.metadata.get("tags", []):
                wanted |= {line for line in _lines(cell.source) if "=" in line and "losses." not in line}
    wanted |= {e.latex.partition("=")[2].strip() for e in EQUATIONS}
    wanted |= {"BEGIN SOLUTION", "HIDDEN TESTS", "# HIDDEN"}
    return sorted(piece for piece in wanted if piece in text)


def test_no_solution_leaks_into_the_edition_for_students(editions):
    for path, notebook in sources(editions / "student").items():
        text = "\n".join(cell.source for cell in notebook.cells)
        assert not leaks(text), path.name
        assert "solutions" not in {p.name for p in (editions / "student").iterdir()}


def test_a_leak_would_be_found(editions):
    solved = sources(editions / "solutions")
    assert all(leaks("\n".join(c.source for c in notebook.cells)) for notebook in solved.values())


def test_cells_follow_the_schema_of_nbgrader(editions):
    for folder in ("student", "solutions/nbgrader"):
        points = 0
        for notebook in sources(editions / folder).values():
            cells = [c.metadata["nbgrader"] for c in notebook.cells if "nbgrader" in c.metadata]
            names = [values["grade_id"] for values in cells]
            assert len(set(names)) == len(names)
            for values in cells:
                assert values["schema_version"] == 3 and values["task"] is False
                assert set(values) - {"points"} == {
                    "grade_id",
                    "schema_version",
                    "task",
                    "grade",
                    "locked",
                    "solution",
                }
                assert ("points" in values) == values["grade"]
                points += values.get("points", 0)
        assert points == sum(e.points for e in EXERCISES.values()) + 4 * 3


def test_marks_of_otter_are_in_pairs(editions):
    for notebook in sources(editions / "solutions" / "otter").values():
        raw = [c.source.splitlines()[0] for c in notebook.cells if c.cell_type == "raw"]
        assert raw[0] == "# ASSIGNMENT CONFIG"
        for what in ("QUESTION", "SOLUTION", "TESTS"):
            assert raw.count(f"# BEGIN {what}") == raw.count(f"# END {what}") > 0 or what == "TESTS"


@pytest.mark.parametrize("key", EXERCISES)
def test_solutions_pass_their_checks_and_empty_functions_do_not(key):
    exercise, earlier = EXERCISES[key], []
    for other in EXERCISES.values():  # a notebook has the cells before it, too
        if other is exercise:
            break
        earlier.append(other.solved())
    for body, passes in ((exercise.solved(), True), (exercise.empty(), False)):
        namespace = {}
        for cell in earlier:
            exec(cell, namespace)
        tests = f"import numpy as np\n{exercise.visible}\n{exercise.hidden}"
        ast.parse(body)
        exec(compile(body, "<student>", "exec"), namespace)
        if passes:
            exec(tests, namespace)
        else:
            with pytest.raises((NotImplementedError, AssertionError)):
                exec(tests, namespace)


def test_an_assignment_is_not_written_over_files(tmp_path):
    (tmp_path / "old.txt").write_text("")
    assert run("assignment", "--output", tmp_path).exit_code == 2


def test_an_assignment_is_complete_or_absent(tmp_path, monkeypatch):
    output, replace = tmp_path / "class" / "week 3", os.replace

    def killed(source, target):
        assert not os.path.exists(target)
        raise SystemExit

    with monkeypatch.context() as changed, pytest.raises(SystemExit):
        changed.setattr(os, "replace", killed)
        assignment.make_assignment(output)
    assert not output.exists() and os.replace is replace
    made = assignment.make_assignment(output)
    assert len(made) == 15 and all(path.is_relative_to(output) and path.exists() for path in made)
    assert [path.name for path in output.parent.iterdir()] == ["week 3"]


def test_an_assignment_may_be_made_in_an_empty_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = assignment.make_assignment(".")
    assert sorted(os.listdir()) == ["solutions", "student"] and len(made) == 15
    shutil.rmtree("student")  # as if it had been killed before it moved this one
    assert assignment.make_assignment(".") == made and all(path.exists() for path in made)
    made[0].write_text("changed by a student")
    with pytest.raises(W2VError, match="is not an empty folder"):
        assignment.make_assignment(".")
    assert made[0].read_text() == "changed by a student"


def test_an_assignment_may_have_the_longest_name(tmp_path):
    assert assignment.make_assignment(tmp_path / ("a" * 255))[0].is_file()
    assert len(os.listdir(tmp_path)) == 1
    with pytest.raises(W2VError, match="Cannot write .*aaa: File name too long"):
        assignment.make_assignment(tmp_path / ("a" * 256))


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_an_assignment_beside_the_files_of_another_is_refused_before_anything_moves(
    kind, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "student").mkdir() if kind == "folder" else None
    (tmp_path / "student" / "mine").touch() if kind == "folder" else None
    (tmp_path / "student").touch() if kind == "file" else None
    (tmp_path / "student").symlink_to("/nowhere") if kind == "link" else None
    with pytest.raises(W2VError, match="is not an empty folder"):
        assignment.make_assignment(".")
    assert os.listdir() == ["student"]


def test_a_second_call_that_was_faster_is_not_replaced(tmp_path, monkeypatch):
    make = assignment._write_editions

    def meanwhile(folder):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine").touch()
        return make(folder)

    monkeypatch.setattr(assignment, "_write_editions", meanwhile)
    with pytest.raises(W2VError, match="out is not an empty folder: give a new folder"):
        assignment.make_assignment(tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["mine"] and os.listdir(tmp_path) == ["out"]


def test_a_function_of_a_cell_is_shown_with_a_picture(capsys):
    def naive_softmax(v_i, o, U):
        import numpy as np

        y_hat = np.exp(U @ v_i) / np.exp(U @ v_i).sum()
        return (
            -np.log(y_hat[o]),
            -(U.T @ (y_hat - np.eye(len(U))[o])),
            np.outer(y_hat - np.eye(len(U))[o], v_i),
        )

    diagnosis = check.diagnose(naive_softmax)
    figure = student_checks.arrows(diagnosis)
    assert "point away from the right ones: v." in figure.alt
    verdicts = student_checks.results_table([diagnosis]).frame["verdict"].tolist()
    assert verdicts == ["right", "wrong", "right"]
    check.mine(naive_softmax)
    assert "sign of the gradient of the centre vector" in capsys.readouterr().out
    with pytest.raises(AssertionError, match="sign of the gradient"):
        check.require(naive_softmax)


def test_what_a_function_should_compute_is_asked_for():
    with pytest.raises(W2VError, match="give role="):
        check.diagnose(lambda a, b, c: 0)
    with pytest.raises(W2VError, match="without brackets"):
        check.diagnose(3)


def test_a_wrong_gradient_without_a_step_has_no_picture():
    diagnosis = check.diagnose(lambda v, o, U: (0.5, None, None), role="naive")
    assert student_checks.arrows(diagnosis) is None
    moved = check.diagnose(lambda v, o, U: (0.5, v, U), role="naive")
    assert "Arrows of the right and the given steps of v" in student_checks.arrows(moved).alt


def test_a_role_given_twice_counts_once(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "ann.py").write_text("import math\ndef sigmoid(x):\n    return x\n")
    arguments = [
        "grade",
        str(tmp_path / "work"),
        "--output",
        str(tmp_path / "g"),
        "--role",
        "sigmoid",
        "--role",
        "sigmoid",
    ]
    result = CliRunner().invoke(main, arguments)
    assert "ann: 0 of 1 right" in result.output
    helper = run("grade", tmp_path / "work", "--output", tmp_path / "g", "--role", "helper")
    assert helper.exit_code == 2 and "role='helper' is not allowed" in helper.stderr
