"""How a group of commands ends: one sentence on standard error and a status."""

import sys

import click
import pytest

from w2vlib import W2VError
from w2vlib.utils.command_group import CommandGroup


def raising(error, cause=None):
    def callback():
        raise error from cause

    return CommandGroup("tool", [click.Command("go", callback=callback)])


def ending(group, capfd):
    with pytest.raises(SystemExit) as end:
        group.main(["go"], prog_name="tool")
    return end.value.code, capfd.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        SystemError("<function f> returned NULL without setting an exception"),
        OSError("Cannot allocate memory"),
    ],
)
def test_lack_of_memory_is_one_sentence(error, capfd):
    code, said = ending(raising(error), capfd)
    assert code == 2 and said.count("\n") == 1 and said.startswith("w2v: Not enough memory for this")


def test_lack_of_memory_is_found_behind_another_error(capfd):
    hidden = RuntimeError("Compiled extensions are unavailable")
    code, said = ending(raising(hidden, ImportError("x.so: failed to map segment")), capfd)
    assert code == 2 and "Not enough memory" in said


def test_bad_input_and_interruptions_have_statuses_of_their_own(capfd):
    assert ending(raising(W2VError("There is no text.")), capfd) == (2, "w2v: There is no text.\n")
    error = W2VError("Line 1 of a\rb\u2028c\x9b is empty.")
    assert ending(raising(error), capfd) == (2, "w2v: Line 1 of a⟨U+000D⟩b⟨U+2028⟩c⟨U+009B⟩ is empty.\n")
    code, said = ending(raising(KeyboardInterrupt()), capfd)
    assert code == 130 and "finished results are kept" in said


@pytest.mark.parametrize("lines", ["raise OSError(5, 'no settings')", "int('x')", "import such_a_package"])
def test_a_package_that_cannot_be_imported_is_named(lines, capfd, tmp_path, monkeypatch):
    (tmp_path / "foreign_package.py").write_text(lines)
    monkeypatch.syspath_prepend(tmp_path)

    def callback():
        import foreign_package  # noqa: F401

    code, said = ending(CommandGroup("tool", [click.Command("go", callback=callback)]), capfd)
    name = "such_a_package" if "import" in lines else "foreign_package"
    assert code == 2 and said.count("\n") == 1 and f"w2v: The package {name} cannot be imported (" in said


def test_errors_of_the_program_keep_their_traceback():
    with pytest.raises(RuntimeError, match="a fault"):
        raising(RuntimeError("a fault")).main(["go"], prog_name="tool")


def test_an_error_of_the_system_without_a_file_is_not_called_standard_output(capfd):
    code, said = ending(raising(OSError(2, "No such file or directory")), capfd)
    assert code == 2 and said.count("\n") == 1
    assert said.startswith("w2v: The system refuses a file (No such file or directory): look at")


def test_standard_output_that_fails_is_named(capfd, monkeypatch):
    def callback():
        monkeypatch.setattr("sys.stdout", open("/dev/full", "w"))
        click.echo("a line that is printed")

    code, said = ending(CommandGroup("tool", [click.Command("go", callback=callback)]), capfd)
    sys.stdout.close()
    assert code == 2 and said == "w2v: Cannot write to standard output: No space left on device.\n"


def test_a_file_that_fails_is_not_called_standard_output(capfd):
    code, stderr = ending(raising(OSError(36, "File name too long", "n.txt")), capfd)
    assert code == 2 and stderr == "w2v: n.txt: File name too long.\n"


def test_a_long_word_is_cut_in_what_click_says(capfd):
    group = CommandGroup("tool", [click.Command("go", params=[click.Option(["--number"], type=int)])])
    with pytest.raises(SystemExit) as end:
        group.main(["go", "--number", "9x" * 5000], prog_name="tool")
    said = capfd.readouterr().err
    assert (
        end.value.code == 2 and len(said) < 1200 and "9… is not" in said and "; see tool go --help." in said
    )
