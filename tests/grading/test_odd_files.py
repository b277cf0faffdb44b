"""Files of students that are damaged, hostile or oddly named: one of them takes no grade from the others."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from click.testing import CliRunner

from w2vlib import W2VError, check
from w2vlib.cli import main
from w2vlib.grading import loading, submissions
from w2vlib.grading.check_file import as_report, check_file
from w2vlib.grading.isolation import parse_mapping
from w2vlib.grading.worker import role_named

SIGMOID = "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"


def run(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


@pytest.fixture
def checked(tmp_path):
    def check(content, name="solution.py"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return check_file(path)

    return check


def verdicts(result):
    return [(d.function, d.verdict) for d in result.diagnoses]


FORGED = """
import json, os, sys
target = json.load(open(sys.argv[2]))["result"]
open(target, "w").write(%r)
os._exit(0)
"""


@pytest.mark.parametrize(
    "record",
    [
        "[]",
        "{}",
        "[" * 10_000,
        '{"functions": [{}], "notes": [], "names": [], "printed": 0, "done": true, "error": null}',
        '{"functions": 5, "notes": [], "names": [], "printed": 0, "done": true, "error": null}',
    ],
)
def test_forged_records_are_said_and_nothing_is_right(record, checked):
    result = checked(FORGED % record)
    assert not result.passed and "it changed the records of its own checks" in result.problem


@pytest.mark.parametrize(
    "content",
    ["[1]", '"a"', "{}", '{"cells": 5}', '{"cells": ["a"]}', '{"cells": [{"cell_type": "code"}]}',
     '{"cells": [{"cell_type": "code", "source": [null]}]}'],
)  # fmt: skip
def test_what_is_no_notebook_is_said(content, checked):
    problem = checked(content, "a.ipynb").problem
    assert problem == "The file could not be read: it is no notebook, or it is damaged."


@pytest.mark.parametrize(
    ("notebook", "start"),
    [
        ({"cells": [{"cell_type": "code", "source": SIGMOID}]}, b"\xef\xbb\xbf"),
        ({"worksheets": [{"cells": [{"cell_type": "code", "input": SIGMOID}]}], "nbformat": 3}, b""),
    ],
)
def test_notebooks_with_a_byte_order_mark_and_of_format_3(notebook, start, checked):
    assert verdicts(checked(start + json.dumps(notebook).encode(), "a.ipynb")) == [("sigmoid", "right")]


@pytest.mark.parametrize(
    "line",
    [
        "x = !ls",
        "a, b = !ls",
        "x = %who",
        "np.exp?",
        "if True:\n    !ls",
        "%%time\n",
        "!ls \\\n  -l",
        'text = """\n%d\n"""',
    ],
)
def test_commands_of_ipython_hide_no_function_of_their_cell(line, checked):
    source = f"{line}\n{SIGMOID}" if line.startswith("%%") else f"import numpy as np\n{line}\n{SIGMOID}"
    notebook = {"cells": [{"cell_type": "code", "source": source}]}
    result = checked(json.dumps(notebook), "a.ipynb")
    assert verdicts(result) == [("sigmoid", "right")] and not result.notes


@pytest.mark.parametrize(
    "cell",
    [
        "!ls\n" * 600,
        "!\u2212x\n" * 20_000,
        "%time\n" * 20_000,
        "1'\\'" * 20_000,
        "x?\n" * 600 + "1 +",
        "," * 4000,
        ", \n" * 150,
        " " * 40_000 + "!",
        "~" * 100_000,
        "a" + ".b" * 100_000,
    ],
)
def test_cells_with_many_commands_are_read_at_once(cell, tmp_path):
    cells = [{"cell_type": "code", "source": source} for source in (f"import numpy as np\n{SIGMOID}", cell)]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    begin = time.process_time()
    module, _ = loading.load(tmp_path / "a.ipynb")
    assert module.sigmoid(0) == 0.5 and time.process_time() - begin < 10


def test_a_long_chain_of_assignments_is_read_once(tmp_path):
    chain = ["x0 = 1", *(f"x{n} = x{n - 1} + 1" for n in range(1, 20_000)), "def last():\n    return x19999"]
    (tmp_path / "a.ipynb").write_text(
        json.dumps({"cells": [{"cell_type": "code", "source": "\n".join(chain)}]})
    )
    assert loading.load(tmp_path / "a.ipynb")[0].last() == 20_000


@pytest.mark.parametrize("limit", [14, 20, 40, 10**6])
@pytest.mark.parametrize("inside", [True, False])
def test_a_file_that_sets_the_limit_of_recursion_is_checked(limit, inside, checked):
    lower = f"import sys\nsys.setrecursionlimit({limit})\n"
    source = SIGMOID.replace("    return", "    import sys\n    sys.setrecursionlimit(20)\n    return")
    assert verdicts(checked(source if inside else lower + SIGMOID)) == [("sigmoid", "right")]


def test_a_signal_that_ends_the_process_is_said(checked):
    result = checked("import os\ndef sigmoid(x):\n    os.kill(os.getpid(), 11)\n")
    assert "its process was ended by signal 11 (Segmentation fault)" in result.problem


SLEEPING = """
import os, subprocess, time
subprocess.Popen(["sleep", "321.123"])
open(%r, "w").write(str(os.getpid()))
time.sleep(321)
"""


def test_a_killed_grader_leaves_no_process(tmp_path):
    (tmp_path / "solution.py").write_text(SLEEPING % str(tmp_path / "pid"))
    code = (
        f"from w2vlib.grading.isolation import observe_file; observe_file({str(tmp_path / 'solution.py')!r})"
    )
    grader = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(tmp_path)})
    try:
        assert waited(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        group = int((tmp_path / "pid").read_text())
    finally:
        grader.kill()
        grader.wait()
    assert waited(lambda: not alive(group)), "the student's processes go on"


def alive(group):
    """Whether a process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def waited(condition, seconds=60):
    """Wait until a condition is true; whether it became so."""
    for _ in range(20 * seconds):
        if condition():
            return True
        time.sleep(0.05)
    return False


ODD_ERROR = "class Odd(Exception):\n    def __str__(self):\n        raise RuntimeError\n"


def test_an_exception_without_a_message_ends_no_check(checked):
    result = checked(f"{ODD_ERROR}raise Odd()\n{SIGMOID}")
    assert result.passed and result.notes == ["line 4 of solution.py was left out: Odd"]
    result = checked(f"{ODD_ERROR}def softmax(x):\n    raise Odd()\n{SIGMOID}")
    assert verdicts(result) == [("sigmoid", "right"), ("softmax", "fails")] and not result.problem


def test_an_exit_ends_only_its_own_function(checked):
    result = checked("import sys\ndef sigmoid(x):\n    sys.exit()\ndef softmax(x):\n    return x\n")
    assert verdicts(result) == [("sigmoid", "fails"), ("softmax", "wrong")] and not result.problem


def test_a_thread_that_goes_on_does_not_delay_the_result(checked):
    result = checked(
        f"{SIGMOID}import threading, time\nthreading.Thread(target=time.sleep, args=[300]).start()\n"
    )
    assert result.passed and threading.active_count() < 10


def test_a_file_larger_than_any_solution_is_not_read(checked, tmp_path):
    path = tmp_path / "large.py"
    with open(path, "wb") as handle:
        handle.truncate(3 * 2**30)  # without blocks on the disk
    assert check_file(path).problem == "The file could not be read: it has more than 50 MB."


def test_what_a_file_says_does_not_steer_the_terminal(tmp_path):
    path = tmp_path / "solution.py"
    path.write_text("def sigmoid(x):\n    raise ValueError('\\x1b]0;owned\\x07 \\ud800')\n")
    result = run("check", "--mine", path)
    assert result.exit_code == 1 and "\x1b" not in result.stdout and "⟨U+001B⟩]0;owned" in result.stdout
    assert "\x1b" in as_report(check_file(path))


def test_odd_names_and_messages_take_no_grade_from_others(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "good.py").write_text(SIGMOID)
    (folder / "half.py").write_text("def sigmoid(x):\n    raise ValueError('\\ud800')\n")
    (folder / ("n" * 252 + ".py")).write_text(SIGMOID)
    (folder / ("m" * 255)).mkdir()
    with open(bytes(folder) + b"/caf\xe9.py", "w") as handle:
        handle.write(SIGMOID)
    result = run("grade", folder, "--output", tmp_path / "grades", "--role", "sigmoid")
    assert result.exit_code == 0
    with open(tmp_path / "grades" / "grades.csv", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    given = {row["student"]: row["sigmoid"] for row in rows}
    expected = {
        "good": "right",
        "half": "fails",
        "n" * 252: "right",
        "m" * 255: "missing",
        "caf⟨U+DCE9⟩": "right",
    }
    assert given == expected
    reports = [path.read_text(encoding="utf-8") for path in (tmp_path / "grades" / "reports").iterdir()]
    assert len(reports) == 5 and sum("ValueError: ⟨U+D800⟩" in report for report in reports) == 1


def test_results_among_the_submissions_are_no_student(tmp_path):
    (tmp_path / "ada.py").write_text(SIGMOID)
    for _ in range(2):
        result = run("grade", tmp_path, "--output", tmp_path / "results", "--role", "sigmoid")
        assert result.exit_code == 0 and result.stdout.splitlines()[:-1] == ["ada: 1 of 1 right"]


@pytest.mark.parametrize("output", [".", "ada.py", "/dev/null", "/proc/grades"])
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_checked(
    output, tmp_path, monkeypatch
):
    (tmp_path / "ada.py").write_text(SIGMOID)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(submissions, "grade", None)
    result = run("grade", tmp_path, "--output", output)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1
    assert (tmp_path / "ada.py").read_text() == SIGMOID


@pytest.mark.parametrize("pair", ["sigmoid.x=nothing", "f.v=loss", "f.returns=nothing", "f.returns=,"])
def test_a_quantity_that_no_function_has_is_refused(pair):
    with pytest.raises(W2VError, match="there is no quantity|nothing returns"):
        parse_mapping([pair], role_named)


@pytest.mark.parametrize("pair", ["absent.x=x", "absent.returns=loss"])
def test_a_function_that_only_the_mapping_has_is_named(pair, tmp_path):
    path = tmp_path / "solution.py"
    path.write_text(SIGMOID)
    result = run("check", "--mine", path, "--map", pair)
    assert result.exit_code == 1 and "no function absent" in result.stdout


@pytest.mark.parametrize(
    ("pair", "known"),
    [
        ("sigmoid.y=x", "it has x"),
        ("sigmoid.x=U", "has the quantities x"),
        ("sigmoid.returns=loss", "one unnamed"),
    ],
)
def test_a_parameter_that_the_function_does_not_have_is_refused_with_those_it_has(pair, known, tmp_path):
    path = tmp_path / "solution.py"
    path.write_text(SIGMOID)
    result = run("check", "--mine", path, "--map", pair)
    assert result.exit_code == 1 and known in result.stdout and "1 of 1" not in result.stdout


@pytest.mark.parametrize(
    "given",
    [
        {"role": [1]},
        {"parameters": 5},
        {"returns": True},
        {"returns": "loss"},
        {"returns": ["nothing"]},
        {"returns": ["grad_V"]},
        {"returns": [["loss"]]},
        {"parameters": {"w": "v"}},
        {"parameters": {"v": "window"}},
    ],
)
def test_odd_arguments_in_jupyter_are_refused(given):
    def naive_softmax(v, o, U):
        return 0

    with pytest.raises(W2VError):
        check.diagnose(naive_softmax, **given)


LIFTED = """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(kind, (resource.getrlimit(kind)[1],) * 2)
        resource.setrlimit(kind, (-1, -1))
    except ValueError:
        pass
big = np.ones(2**28)
"""


def may_raise_limits():
    """Whether a process may raise its hard limits, as root can outside of most containers."""
    code = "import resource; resource.setrlimit(0, (9, 9)); resource.setrlimit(0, (-1, -1))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.skipif(may_raise_limits(), reason="this process may raise its limits")
def test_a_file_cannot_raise_its_limit_of_memory(tmp_path):
    (tmp_path / "solution.py").write_text(SIGMOID + LIFTED)
    result = check_file(tmp_path / "solution.py", megabytes=500)
    assert verdicts(result) == [("sigmoid", "right")] and "MemoryError" in result.notes[0]


def test_a_callable_that_cannot_be_examined_hides_no_other(checked):
    odd = "class Odd:\n    def __call__(self, x):\n        return x\n"
    odd += "    def __getattr__(self, name):\n        raise RuntimeError(name)\n"
    result = checked(f"{odd}{SIGMOID}softmax = Odd()\nglobals()[5] = softmax\n")
    assert verdicts(result) == [("sigmoid", "right"), ("softmax", "unclear")] and not result.problem
    assert "softmax cannot be called (RuntimeError: __" in as_report(result)
    assert "write it as def softmax(…)" in as_report(result)


@pytest.mark.parametrize("change", ["os.replace = None", "json.dumps = None", "os.unlink(__file__)"])
def test_what_a_file_changes_in_python_hides_nothing(change, checked):
    assert ("sigmoid", "right") in verdicts(checked(f"import json, os\n{SIGMOID}{change}\n"))


def test_a_process_that_only_ends_is_said_with_its_status(checked):
    assert "with status 3: look for os._exit" in checked("import os\nos._exit(3)\n").problem


def test_more_numbers_than_can_be_kept_are_unclear(checked):
    result = checked(f"{SIGMOID}def softmax(x):\n    return tuple([np.full(9_999, 1 / 3)] * 40)\n")
    assert verdicts(result) == [("sigmoid", "right"), ("softmax", "unclear")]
    assert "softmax returns more numbers than can be compared" in as_report(result)


def test_many_parts_that_are_left_out_are_counted(checked):
    result = checked(SIGMOID + "x\n" * 1_005)
    assert len(result.notes) == 1_001 and result.notes[-1] == "5 more were left out"


def test_ctrl_c_does_not_wait_for_the_files_that_run(tmp_path):
    folder, mark = tmp_path / "submissions", tmp_path / "mark"
    for student in ("ada", "bob", "eve"):
        (folder / student).mkdir(parents=True)
        (folder / student / "solution.py").write_text(f"open({str(mark)!r}, 'w')\nwhile True:\n    pass\n")
    command = [
        sys.executable,
        "-m",
        "w2vlib",
        "grade",
        folder,
        "--output",
        tmp_path / "grades",
        "--seconds",
        "100",
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and time.monotonic() - begin < 10
    assert said == "w2v: interrupted; finished results are kept.\n" and not (tmp_path / "grades").exists()
