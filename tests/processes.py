"""Commands in processes of their own, forked from a server that has imported the library."""

import multiprocessing
import os
import resource
import signal
import sys
import traceback
from multiprocessing import forkserver
from pathlib import Path

import pytest

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["preloaded"])
SECONDS, BYTES = 100, 6_000_000_000


def process(target, args):
    """A process that calls a function, not started; the server finds `preloaded` in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        forkserver.ensure_running()
    return CONTEXT.Process(target=target, args=args)


def _child(arguments, stdout, stderr, prepare):
    """Run a command with its streams in files; the process's exit code is the command's."""
    for stream, target in ((1, stdout), (2, stderr)):
        os.dup2(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.alarm(SECONDS)
    if prepare is not None:
        prepare()
    from w2vlib.cli import main

    try:
        main(list(map(str, arguments)), prog_name="w2v")
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 70
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 71
    os._exit(code)


def run(arguments, folder, prepare=None, stdout=None):
    """Exit code and standard error of a command."""
    stderr = folder / "stderr.txt"
    command = process(_child, (arguments, str(stdout or folder / "stdout.txt"), str(stderr), prepare))
    command.start()
    command.join(SECONDS + 20)
    code = command.exitcode
    if code is None:
        command.kill()
    return code, stderr.read_text(encoding="utf-8", errors="replace")


def assert_explained(code, stderr):
    """The command succeeded, or ended in one sentence and status 2."""
    assert code in (0, 2), f"exit code {code}\n{stderr}"
    assert "Traceback" not in stderr and "Warning" not in stderr, stderr
    if code == 2:
        lines = stderr.strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("w2v: ") and lines[0].endswith("."), stderr
        assert len(lines[0]) < 900
