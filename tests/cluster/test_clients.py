"""Wrong addresses of a scheduler: one sentence soon, and nothing else on standard error."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.v4 import new_code_cell, new_notebook

from w2vlib import W2VError
from w2vlib.cluster import clients
from w2vlib.cluster.clients import check_choice, open_client
from w2vlib.utils import memory

pytest.importorskip("distributed", reason="needs the extra cluster")

CONNECT = "from w2vlib.__main__ import main; main()"
OTHER_FORMS = [
    "", "x", "x:8786", "inproc://a/1/2", "http://127.0.0.1:80", "ucx://127.0.0.1:1", "tcp://127.0.0.1", "tcp://:8786",
    "tcp://127.0.0.1:0", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:٣", "tcp://a:1:2", "tcp://a:1\n", "tcp://a b:1", 7,
]  # fmt: skip


@pytest.mark.parametrize("address", OTHER_FORMS)
def test_an_address_of_another_form_is_refused_before_anything_is_connected(address, monkeypatch):
    monkeypatch.delattr(socket, "create_connection")
    with pytest.raises(
        W2VError, match="is not the address of a Dask scheduler: give one of the form tcp://ho"
    ):
        check_choice(None, address)
    with pytest.raises(W2VError, match="is not the address"), open_client(scheduler=address):
        pass


@pytest.mark.parametrize(
    "address", ["tcp://host:8786", "tls://10.0.0.1:65535", "tcp://[::1]:1", "tcp://a.b:1/"]
)
def test_addresses_of_the_right_form_are_let_through(address):
    check_choice(None, address)


@contextmanager
def server(words):
    """Address of a server that says `words` to everybody, and then waits."""
    opened = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                    opened.append(connection)
                    connection.sendall(words)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        for connection in opened:
            connection.close()


@pytest.mark.parametrize(
    ("protocol", "words", "said"),
    [("tls", b"", "TLS expects"), ("tcp", b"SSH-2.0-OpenSSH_9.6\r\n", "start one with dask scheduler")],
)
def test_a_client_that_cannot_connect_is_closed_without_noise(tmp_path, protocol, words, said):
    (tmp_path / "text.txt").write_text("the cat sat on the mat\n" * 20)
    with server(words) as place:
        address = f"{protocol}://{place}"
        command = ["train", "--corpus", "text.txt", "--output", "v.npz", "--scheduler", address]
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", CONNECT, *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2 and time.monotonic() - begin < 60
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"w2v: There is no Dask scheduler at {address} (") and said in line
    assert ("distributed.comm.tls" in line) == (protocol == "tls")


def test_papermill_ends_with_the_sentence_at_a_wrong_address(tmp_path):
    import dask
    from papermill.cli import papermill

    from w2vlib.cluster.engine import DaskEngine
    from w2vlib.reporting.notebook_runs import import_papermill

    engines = import_papermill().engines.papermill_engines
    engines.register("w2v-dask", DaskEngine)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(cells=[new_code_cell("1")], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "in.ipynb")
    names = [str(tmp_path / "in.ipynb"), str(tmp_path / "out.ipynb")]
    for address, said in (
        ("x", "'x' is not the address"),
        ("tcp://127.0.0.1:1", "There is no Dask scheduler"),
    ):
        with dask.config.set({"scheduler-address": address}):
            done = CliRunner().invoke(papermill, [*names, "--engine", "w2v-dask", "--no-progress-bar"])
        assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
        assert done.output.splitlines()[-1].startswith(f"Error: {said}")


def test_workers_do_not_hear_ctrl_c_and_their_parent_does(capfd):
    with open_client(workers=1) as client:
        assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
        masks = client.run(signal.pthread_sigmask, signal.SIG_BLOCK, [])
        assert all(signal.SIGINT in mask for mask in masks.values())
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        assert client.submit(len, "ab").result(timeout=30) == 2


@pytest.mark.parametrize("seconds", [2.5, 6])
def test_ctrl_c_in_a_terminal_is_one_sentence(tmp_path, seconds):
    command = [
        sys.executable,
        "-c",
        CONNECT,
        "train",
        "--corpus",
        "bundled",
        "--epochs",
        "200",
        "--workers",
        "2",
    ]
    process = subprocess.Popen(
        [*command, "--output", str(tmp_path / "v.npz")], stderr=subprocess.PIPE, text=True, start_new_session=True
    )  # fmt: skip
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all processes of the group
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said.count("\n") == 1 and said.lower().startswith("w2v: interrupted")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a process is left")


def test_workers_that_never_start_are_not_waited_for_without_end(tmp_path, monkeypatch):
    class Slow:
        def wait_for_workers(self, workers, timeout):
            assert (workers, timeout) == (2, clients._START)
            raise TimeoutError

    with pytest.raises(W2VError, match="Not all of 2 workers have started within 120 seconds: use fewer"):
        clients._wait_for(Slow(), 2)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(W2VError, match="since the working directory was removed: start again"):
        clients._wait_for(Slow(), 2)


def test_a_worker_that_cannot_import_its_function_is_not_waited_for(tmp_path, monkeypatch):
    module = "import os\nimport shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)\nos.getcwd()\n"
    (tmp_path / "needs_its_folder.py").write_text(module)
    (tmp_path / "gone").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    said = "cannot be started: The package no_such_module cannot be"
    with pytest.raises(W2VError, match=said), open_client(1, modules=["no_such_module"]):
        pass
    monkeypatch.chdir(tmp_path / "gone")
    said = "since the working directory was removed: start again"
    with pytest.raises(W2VError, match=said), open_client(1, modules=["needs_its_folder"]):
        pass


def test_settings_that_dask_cannot_read_are_named_in_one_sentence(tmp_path):
    (tmp_path / "dask").mkdir()
    (tmp_path / "dask" / "mine.yaml").write_text("a: [1,\n b: {{{")
    text = tmp_path / "text.txt"
    text.write_text("the cat sat\n" * 9)
    command = [
        sys.executable,
        "-c",
        CONNECT,
        "count",
        str(text),
        "--output",
        str(tmp_path / "c.tsv"),
        "--workers",
        "1",
    ]
    done = subprocess.run(
        command, env={**os.environ, "DASK_CONFIG": str(tmp_path / "dask")}, capture_output=True, text=True, timeout=90
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("w2v: The package distributed cannot be imported (A dask config file at ")


def test_processes_of_this_machine_leave_nothing_with_the_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with open_client(1, None) as client:
        assert client.submit(int, 3).result() == 3
    assert not list(tmp_path.iterdir())


def test_more_workers_than_the_memory_holds_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_MEMORY", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   250000 kB\n")
    with pytest.raises(
        W2VError, match="A cluster of 3 workers needs about 300 MB of memory, and 244 MB are free"
    ):
        with open_client(workers=3):
            pass
