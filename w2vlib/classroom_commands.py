"""The commands of ``w2v`` for the classroom: check functions, make an assignment, grade submissions."""

import functools
import sys

import click
from click.core import ParameterSource

from .utils.command_group import FilePath
from .utils.validation import POINTS, OneOf, Whole, check_all
from .utils.validation import check as check_rule

_RULES = {
    "points": POINTS,
    "seed": Whole(0),
    "seconds": Whole(1, 86_400),
    "memory": Whole(64, 1_000_000),
    "jobs": Whole(1, 1_000),
}
_MOST_POINTS = 20  # of the checks of the trainer, each of which is a batch
_limits = (
    click.option("--seconds", default=120, show_default=True, help="Time limit for one file."),
    click.option(
        "--memory", default=2048, show_default=True, help="Memory limit for one file, in megabytes."
    ),
)


_check = functools.partial(check_all, _RULES)


def _limited(command):
    for option in reversed(_limits):
        command = option(command)
    return command


@click.command()
@click.option("--points", default=200, show_default=True, help="Random points of each numerical check.")
@click.option("--seed", default=0, show_default=True, help="Seed of all random draws.")
@click.option(
    "--mine",
    type=FilePath(),
    help="A Python file or notebook with your own functions: say which is wrong, on which input, and why.",
)
@click.option(
    "--map",
    "pairs",
    multiple=True,
    metavar="ROLE=NAME",
    help="With --mine: the function NAME has this role (naive, negative, skipgram, sigmoid, softmax, sgd …); "
    "also NAME.PARAMETER=QUANTITY and NAME.returns=QUANTITY,…; repeatable.",
)
@_limited
def check(points, seed, mine, pairs, seconds, memory):
    """Check every gradient, and that wrong gradients are rejected; exit status 1 if a check fails.

    With --mine, check the functions of a file instead: the sigmoid, the losses with their gradients
    (the signatures of the course CS224n, those of this library, or a loss alone), the window and the
    gradient descent. The file runs in a process of its own with limits of time and memory. That is no
    sandbox: the file can read, write and use the network as you can.
    """
    _check(points=points, seed=seed, seconds=seconds, memory=memory)
    of_library, of_file = ("points", "seed"), ("pairs", "seconds", "memory")
    if mine is None:
        _refuse(of_file, "needs --mine FILE")
        _check_the_library(points, seed)
        return
    _refuse(of_library, "is not for --mine FILE")
    from .grading.check_file import as_report, check_file
    from .grading.isolation import parse_mapping
    from .grading.worker import role_named
    from .utils.characters import visible

    result = check_file(mine, parse_mapping(pairs, role_named), seconds, memory)
    click.echo(visible(as_report(result)))  # what a file says does not steer the terminal
    if not result.passed:
        sys.exit(1)


def _refuse(names, reason):
    """Refuse options, by the names of their parameters, that are given on the command line."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name) is not ParameterSource.DEFAULT
        if option.name in names and given:
            raise click.UsageError(f"{option.opts[0]} {reason}")


def _check_the_library(points, seed):
    from .gradients import equation_checks, kernel_checks, trainer_checks

    results = equation_checks.check_all(points, seed) + kernel_checks.check_windows(points, seed)
    results += kernel_checks.check_kernels(points, seed) + kernel_checks.check_extremes()
    results += trainer_checks.check_trainer(min(points, _MOST_POINTS), seed)
    click.echo(equation_checks.results_table(results).to_string(index=False))
    tally = equation_checks.check_injected_errors(seed=seed)
    click.echo(
        "\nWrong gradients rejected:\n" + equation_checks.injected_errors_table(tally).to_string(index=False)
    )
    failed = sum(not result.passed for result in results)
    missed = sum(injected - rejected for injected, rejected in tally.values())
    click.echo(f"\n{len(results)} checks, {failed} failed; {missed} injected errors missed")
    if failed or missed:
        sys.exit(1)


@click.command()
@click.option(
    "--output",
    type=FilePath(),
    required=True,
    help="A new folder: student/ for students, solutions/ for teachers.",
)
def assignment(output):
    """Write notebooks 01 to 05 as exercises, and their solutions for nbgrader and otter-grader."""
    from .grading.assignment import make_assignment

    for path in make_assignment(output):
        click.echo(path)


@click.command()
@click.argument("folder", type=FilePath())
@click.option("--output", type=FilePath(), required=True, help="Folder of grades.csv and reports/.")
@click.option("--jobs", type=int, help="Files checked at a time; default: the number of processors.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    help="A function that should be there; repeatable; default: sigmoid, naive, negative and skipgram.",
)
@_limited
def grade(folder, output, jobs, roles, seconds, memory):
    """Check the submissions in FOLDER: one .py or .ipynb file, or one folder, per student.

    Each file runs in a process of its own with limits of time and memory; a process that it starts has the
    limit of memory anew. That is no sandbox: grade files of strangers in a container, as a user without
    rights.
    """
    from .grading import grade_files, submissions
    from .grading.report import ROLE_NAMES

    _check(seconds=seconds, memory=memory, **({"jobs": jobs} if jobs is not None else {}))
    for role in roles:
        check_rule("role", role, OneOf(tuple(name for name in ROLE_NAMES if name != "helper")))
    grade_files.check_output(folder, output)
    limits = (seconds, memory)
    expected = tuple(dict.fromkeys(roles)) or submissions.EXPECTED
    grades = submissions.grade(folder, expected, None, jobs, limits)
    for each in grades:  # before they are written, which may fail
        click.echo(grade_files.summary(each))
    click.echo(grade_files.write_grades(grades, output))
    grade_files.check_all_checked(grades)


COMMANDS = [check, assignment, grade]
