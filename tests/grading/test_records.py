"""What a student's file does to its own records, and to the process that writes them, ends no grading."""

import copy
import csv
import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from w2vlib.cli import main
from w2vlib.grading import check_file as checking
from w2vlib.grading import isolation, records, submissions
from w2vlib.grading.check_file import as_report, check_file
from w2vlib.grading.grade_files import check_all_checked, check_output, student_report, write_grades
from w2vlib.grading.isolation import CHANGED, observe_file, unread
from w2vlib.grading.submissions import Grade, submissions_in
from w2vlib.utils.errors import W2VError

SIGMOID = "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
START = f"{SIGMOID}import os, shutil, sys\nd = os.path.dirname(sys.argv[2])\n"
HOSTILE = {
    "folder": "shutil.rmtree(d)",
    "folder_and_exit": "shutil.rmtree(d)\nos._exit(3)",
    "folder_inside": "def softmax(x):\n    shutil.rmtree(d)\n    return x",
    "pipe": "os.mkfifo(d + '/result.json')\nos._exit(0)",
    "zeros": "os.symlink('/dev/zero', d + '/result.json')\nos._exit(0)",
    "loop": "os.symlink('result.json', d + '/result.json')\nos._exit(0)",
    "directory": "os.mkdir(d + '/result.json')\nos._exit(0)",
    "large": "os.truncate(os.open(d + '/result.json', os.O_CREAT | os.O_RDWR), 2**26)\nos._exit(0)",
}
ELSEWHERE = {
    "errors": "open(d + '/errors.txt', 'w').close()\nos.unlink(d + '/errors.txt')\nos._exit(3)",
    "pipe_of_errors": "os.path.exists(d + '/errors.txt') and os.unlink(d + '/errors.txt')\n"
    "os.mkfifo(d + '/errors.txt')\nos._exit(3)",
    "nested": "os.chdir(d)\nfor _ in range(1500):\n    os.mkdir('a')\n    os.chdir('a')",
    "sibling": "os.path.exists('zoe.py') and os.unlink('zoe.py')",
}


def grades_of(folder, output):
    """Rows of the table that the command writes, by student; it may neither hang nor take all memory."""
    command = [sys.executable, "-m", "w2vlib", "grade", folder, "--output", output, "--role", "sigmoid"]
    limited = ["/bin/sh", "-c", 'ulimit -v 8000000; exec "$@"', "sh", *map(str, command), "--jobs", "1"]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    with open(Path(output) / "grades.csv", encoding="utf-8") as handle:
        return {row["student"]: row for row in csv.DictReader(handle)}


def test_what_a_file_does_to_its_records_is_its_own_problem(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    for name, code in (HOSTILE | ELSEWHERE).items():
        (folder / f"{name}.py").write_text(START + code)
    (folder / "zoe.py").write_text(SIGMOID)
    (folder / "mia.py").write_text(SIGMOID)
    (folder / "lost.py").symlink_to("lost.py")
    rows = grades_of(folder, tmp_path / "grades")
    assert len(rows) == len(HOSTILE) + len(ELSEWHERE) + 3
    assert {name for name in HOSTILE if CHANGED not in rows[name]["problems"]} == set()
    assert rows["mia"]["sigmoid"] == rows["nested"]["sigmoid"] == rows["sibling"]["sigmoid"] == "right"
    assert "its process ended with status 3" in rows["pipe_of_errors"]["problems"]
    assert "no file" in rows["zoe"]["problems"] and "Cannot read" in rows["lost"]["problems"]


FUNCTIONS = f"""{SIGMOID}
def naiveSoftmaxLossAndGradient(v, o, U):
    y = np.exp(U @ v) / np.exp(U @ v).sum()
    return {{"loss": -np.log(y[o]), "gradCenterVec": y @ U, "gradOutsideVecs": np.outer(y, v)}}
def softmax(x):
    raise ValueError("no")
def getNegativeSamples(outsideWordIdx, dataset, K):
    return [dataset.sampleTokenIdx() for _ in range(K)]
def negSamplingLossAndGradient(v, o, U, dataset, K=2):
    return getNegativeSamples(o, dataset, K)[0], v, U
def skipgram(i, window, outside, word2ind, V, U, dataset, callback):
    return 1.0, V, U
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    path = tmp_path_factory.mktemp("record") / "mine.py"
    path.write_text(FUNCTIONS)
    record = observe_file(path)
    del record["ended"]
    assert len(record["functions"]) == 6
    return record


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 3), st.just(10**400), st.floats(), st.text(max_size=3),
    st.sampled_from(["nosuch", "helper", "sgd", [], {}, [[]], ["a"], [1], [2**62, 2**62], [0], "vectors"])
    .map(copy.deepcopy),  # a list that was put into a record may be changed there
)  # fmt: skip


def places(value, path=()):
    """Path of every value inside nested lists and dicts."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


@given(data=st.data())
def test_no_record_ends_a_diagnosis(data, record, tmp_path_factory):
    changed = copy.deepcopy(record)
    changed["functions"] = [data.draw(st.sampled_from(changed["functions"]))]
    for _ in range(data.draw(st.integers(1, 3))):
        *place, last = data.draw(st.sampled_from([p for p in places(changed) if p]))
        parent = changed
        for key in place:
            parent = parent[key]
        if data.draw(st.booleans()):
            del parent[last]
        else:
            parent[last] = data.draw(VALUES)
    path = tmp_path_factory.getbasetemp() / "changed.json"
    path.write_text(json.dumps(changed))
    try:
        read = {**records.read_record(path), "ended": None}
    except ValueError:
        read = unread(CHANGED, CHANGED)
    with mock.patch.object(checking, "observe_file", lambda *_: read):
        result = check_file("mine.py")
    assert as_report(result) and student_report(Grade("ada", [path], [result], ("sigmoid",)))


def test_a_record_that_nobody_has_changed_is_read(record, tmp_path):
    path = tmp_path / "result.json"
    path.write_text(json.dumps(record))
    assert json.dumps(records.read_record(path)) == json.dumps(record)  # there is NaN in it


def test_a_mistake_of_our_own_takes_no_grade_from_others(tmp_path, monkeypatch):
    def failing(path, *_):
        if path.name == "ada.py":
            raise RecursionError("too deep")
        return check_file(path)

    for student in ("ada", "ben"):
        (tmp_path / f"{student}.py").write_text(SIGMOID)
    monkeypatch.setattr(submissions, "check_file", failing)
    ada, ben = submissions.grade(tmp_path, ("sigmoid",))
    assert ben.right() == 1 and "RecursionError: too deep" in ada.problems()[0]


def test_links_out_of_the_submissions_are_not_followed(tmp_path):
    folder, other = tmp_path / "submissions", tmp_path / "other"
    for place in (folder / "ada" / "deep", other):
        place.mkdir(parents=True)
    (other / "mine.py").write_text(f"{SIGMOID}open({str(other / 'run')!r}, 'w').close()\n")
    (folder / "ada" / "deep" / "mine.py").write_text(SIGMOID)
    (folder / "ada" / "link").symlink_to(other)
    (folder / "ben").symlink_to(other)
    (folder / "carl.py").symlink_to(other / "mine.py")
    (folder / "dora").symlink_to("ada")
    grades = {grade.student: grade for grade in submissions.grade(folder, ("sigmoid",))}
    assert grades["ada"].right() == grades["dora"].right() == 1 and not grades["ada"].problems()
    for student in ("ben", "carl"):
        assert "is a link that leads out of the submissions" in grades[student].problems()[0]
    assert not (other / "run").exists()


def test_only_some_of_many_files_are_checked(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "_MOST_FILES", 2)
    for folder in ("ada/a", "ada/b", "ben"):
        (tmp_path / folder).mkdir(parents=True)
        for name in "xy":
            (tmp_path / folder / f"{name}.py").write_text(SIGMOID)
    ada, ben = submissions.grade(tmp_path, ("sigmoid",))
    assert ada.problems() == ["Only 2 of the files were checked: leave out those that are not needed."]
    assert len(ada.results) == 2 and not ben.problems()


def test_a_folder_or_a_pipe_that_cannot_be_read_is_a_problem_of_its_student(tmp_path, monkeypatch):
    (tmp_path / "ada.py").write_text(SIGMOID)
    (tmp_path / "eve").mkdir()
    os.mkfifo(tmp_path / "fay.py")
    listed = Path.iterdir

    def refused(path):
        if path.name == "eve":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refused)
    ada, eve, fay = submissions.grade(tmp_path, ("sigmoid",))
    assert ada.right() == 1 and "that can be read" in eve.problems()[0]
    assert "fay.py is a pipe or a device" in fay.problems()[0]


def test_what_a_killed_grader_has_left_of_a_deep_folder_stops_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "w2v-check-aaaaaaaa"
    code = f"import os\nos.mkdir({str(left)!r}); os.chdir({str(left)!r})\n"
    code += "for _ in range(1500): os.mkdir('a'); os.chdir('a')\n"
    subprocess.run([sys.executable, "-c", code], check=True)
    os.utime(left, (0, 0))
    (tmp_path / "mine.py").write_text(SIGMOID)
    try:
        assert check_file(tmp_path / "mine.py").passed
    finally:
        subprocess.run(["rm", "-rf", "--", str(left)], check=True)


def test_a_name_stays_on_its_line_and_the_root_is_no_folder_of_submissions(tmp_path):
    name = "eve: 4 of 4 right\nada"
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / f"{name}.txt").write_text("")
    (tmp_path / "subs" / name).mkdir()
    done = CliRunner().invoke(main, ["grade", str(tmp_path / "subs"), "--output", str(tmp_path / "out")])
    assert done.exit_code == 0 and done.output.splitlines()[0] == "eve: 4 of 4 right⟨U+000A⟩ada: 0 of 4 right"
    assert student_report(Grade(name, [], [], ("naive",))).startswith("# eve: 4 of 4 right⟨U+000A⟩ada: 0")
    with pytest.raises(W2VError, match="/ is no folder of submissions"):
        submissions_in("/")


def test_grades_are_written_to_no_folder_of_a_student_and_over_no_other_table(tmp_path):
    (tmp_path / "subs" / "ada").mkdir(parents=True)
    (tmp_path / "link").symlink_to("subs")
    (tmp_path / "subs" / "ada" / "mine.py").write_text("")
    check_output(tmp_path / "subs", tmp_path / "subs" / "results")
    for output in ("subs", "subs/ada", "subs/ada/new", "subs/new/grades", "link", "link/ada"):
        with pytest.raises(W2VError, match="cannot be written among the submissions"):
            check_output(tmp_path / "subs", tmp_path / output)
    table = tmp_path / "grades.csv"
    table.write_text("name,mark\nada,1\n")
    with pytest.raises(W2VError, match=r"grades\.csv was not written by w2v grade"):
        check_output(tmp_path / "subs", tmp_path)
    table.unlink()
    write_grades([Grade("ada", [], [], ("naive",))], tmp_path)
    check_output(tmp_path / "subs", tmp_path)


@pytest.mark.parametrize("student", ["ada", "Ädä Łovelace", "a" * 199])
def test_a_report_of_somebody_else_is_not_replaced(student, tmp_path):
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / f"{student}.py").touch()
    (tmp_path / "out" / "reports").mkdir(parents=True)
    (tmp_path / "out" / "reports" / "notes.md").write_text("mine")  # of no student
    check_output(tmp_path / "subs", tmp_path / "out")
    write_grades([Grade(student, [], [], ("naive",))], tmp_path / "out")
    check_output(tmp_path / "subs", tmp_path / "out")
    (report,) = {*(tmp_path / "out" / "reports").iterdir()} - {tmp_path / "out" / "reports" / "notes.md"}
    report.write_text("my notes on a student\n")
    with pytest.raises(W2VError, match=r"\.md was not written by w2v grade: give another folder"):
        check_output(tmp_path / "subs", tmp_path / "out")
    assert report.read_text() == "my notes on a student\n"


@pytest.mark.parametrize("name", ["grades.csv", "reports/ada.md"])
def test_a_pipe_in_the_place_of_a_result_neither_blocks_nor_is_followed(tmp_path, name):
    for folder in ("reports", "subs/ada"):
        (tmp_path / folder).mkdir(parents=True)
    victim = tmp_path / "thesis.tex"
    victim.write_text("precious")
    check_output(tmp_path / "subs", tmp_path)
    os.mkfifo(tmp_path / name)
    with pytest.raises(W2VError, match="is not a regular file: remove it"):
        check_output(tmp_path / "subs", tmp_path)
    grades = [Grade("ada", [], [], ("naive",))]
    write_grades(grades, tmp_path)  # a submission may put it there while it runs
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to(victim)
    write_grades(grades, tmp_path)
    assert "ada" in (tmp_path / name).read_text() and victim.read_text() == "precious"
    (tmp_path / name).unlink()
    (tmp_path / name / "mine").mkdir(parents=True)
    write_grades(grades, tmp_path)
    assert "ada" in (tmp_path / name).read_text()
    assert len(list((tmp_path / name).parent.glob("*.moved-*/*/mine"))) == 1


def test_a_file_in_the_place_of_the_reports_is_moved_aside(tmp_path):
    (tmp_path / "reports").write_text("mine")
    write_grades([Grade("ada", [], [], ("naive",))], tmp_path)
    assert (tmp_path / "reports" / "ada.md").is_file()
    assert [path.read_text() for path in tmp_path.glob("reports.moved-*/reports")] == ["mine"]


def test_a_folder_of_grades_is_no_student_but_one_with_a_file_is(tmp_path):
    for student in ("ben", "grades"):
        write_grades([Grade("ada", [], [], ("naive",))], tmp_path / student)
    (tmp_path / "ben" / "mine.py").write_text(SIGMOID)
    assert list(submissions.submissions_in(tmp_path)) == ["ben"]


NAIVE = (
    "def naiveSoftmaxLossAndGradient(v, o, U):\n    return np.sum(U @ v), U.sum(axis=0), np.outer(U @ v, v)\n"
)
LACKS = {
    "open files": "ulimit -n 9",
    "large files": "ulimit -f 8",
    "space": "mkdir tiny && mount -t tmpfs -o size=8k none tiny && export TMPDIR=$PWD/tiny",
}


@pytest.mark.parametrize("lack", LACKS)
def test_what_the_machine_of_the_grader_lacks_is_no_grade(lack, tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "zoe.py").write_text(SIGMOID + NAIVE)
    own_mounts = ["unshare", "-m"] if lack == "space" else []
    if own_mounts and subprocess.run([*own_mounts, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this user cannot mount file systems")
    command = [sys.executable, "-m", "w2vlib", "grade", folder, "--output", tmp_path / "grades"]
    done = subprocess.run(
        [*own_mounts, "/bin/sh", "-c", f'{LACKS[lack]}; exec "$@"', "sh", *map(str, command)],
        capture_output=True, text=True, timeout=100, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    if (tmp_path / "grades" / "grades.csv").exists():  # else not even that could be written
        assert "1 of 1 students are not checked: This machine cannot run the checks (" in done.stderr
        with open(tmp_path / "grades" / "grades.csv", encoding="utf-8") as handle:
            (row,) = csv.DictReader(handle)
        assert (row["right"], row["sigmoid"]) == ("", "not checked")


def test_one_file_that_cannot_be_checked_takes_no_grade_from_others(tmp_path, monkeypatch):
    for name in ("ada", "zoe"):
        (tmp_path / f"{name}.py").write_text(SIGMOID)
    start = subprocess.Popen

    def full(command, **options):
        if "ada.py" in Path(command[-1]).read_text():
            raise OSError(errno.EMFILE, "Too many open files")
        return start(command, **options)

    monkeypatch.setattr(
        isolation.subprocess, "Popen", lambda c, **o: full(c, **o) if "-P" in c else start(c, **o)
    )
    ada, zoe = submissions.grade(tmp_path, ("sigmoid",))
    assert (ada.verdicts(), zoe.verdicts()) == ({"sigmoid": "not checked"}, {"sigmoid": "right"})
    assert student_report(ada).startswith("# ada: not checked\n")
    with pytest.raises(W2VError, match=r"1 of 2 students are not checked: .*Too many open files: allow more"):
        check_all_checked([ada, zoe])
    with pytest.raises(isolation.NotCheckedError, match="Too many open files"):
        observe_file(tmp_path / "ada.py")


def test_without_a_place_for_temporary_files_nothing_is_checked(tmp_path, monkeypatch):
    (tmp_path / "ada.py").write_text(SIGMOID)

    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    (ada,) = submissions.grade(tmp_path, ("sigmoid",))
    assert ada.verdicts() == {"sigmoid": "not checked"}


def test_a_name_with_a_line_end_stays_on_its_line_of_the_table(tmp_path):
    path = write_grades([Grade("ada\nben", [], [], ("naive",))], tmp_path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize("leads_to", ["loop", "nowhere/x"])
def test_links_that_lead_nowhere_are_refused_before_the_grading(leads_to, tmp_path):
    (tmp_path / "loop").symlink_to(leads_to)
    with pytest.raises(W2VError, match="Cannot write .*(Too many levels|No such file)"):
        check_output(tmp_path / "subs", tmp_path / "loop")
