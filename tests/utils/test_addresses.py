"""Files at addresses: fsspec's file system in memory stands for a store."""

import bz2
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from w2vlib import Embeddings, SkipGram, W2VError, load_corpus
from w2vlib.cli import main
from w2vlib.cluster import clients
from w2vlib.utils import addresses
from w2vlib.utils.checkpoints import saved_iterations
from w2vlib.utils.files import atomic_write, check_writable

fsspec = pytest.importorskip("fsspec", reason="needs the extra cluster")
LINES = "the cat sat on the mat\nthe dog sat on the log\n" * 20


@pytest.fixture
def store():
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("s3://b/x", "s3://b/x"), (Path("s3://b/x"), "s3://b/x"), ("memory://x", "memory://x"), ("c:/x", None),
        ("nltk:brown", None), ("raw:/x", None), ("folder/s3:/x", None),
    ],
)  # fmt: skip
def test_what_is_an_address(path, address):
    assert addresses.address_of(path) == address


def test_corpora_are_read_and_named_as_files_are(store, tmp_path):
    store.pipe_file("/texts/text.txt.bz2", bz2.compress(LINES.encode()))
    (tmp_path / "text.txt.bz2").write_bytes(bz2.compress(LINES.encode()))
    for prefix in ("", "raw:"):
        text = load_corpus(f"{prefix}memory://texts/text.txt.bz2")
        assert text.provenance == load_corpus(f"{prefix}{tmp_path}/text.txt.bz2").provenance
    store.pipe_file("/texts/bad.txt", b"\xff\xfe")
    with pytest.raises(W2VError, match="^memory://texts/bad.txt is UTF-16"):
        load_corpus("memory://texts/bad.txt")
    with pytest.raises(W2VError, match="^There is no file memory://texts/none.txt: check the address.$"):
        load_corpus("memory://texts/none.txt")


@pytest.mark.parametrize("name", ["v.npz", "v.txt", "v.bin"])
def test_vectors_have_the_same_bytes_as_on_disk(store, tmp_path, toy, name):
    e = SkipGram(dim=2, epochs=1).fit(toy, progress=False).embeddings_
    e.save(tmp_path / name)
    check_writable(Path(f"memory://vectors/{name}"))
    assert not store.find("/vectors")
    e.save(Path(f"memory://vectors/{name}"))
    assert store.cat_file(f"/vectors/{name}") == (tmp_path / name).read_bytes()
    assert np.array_equal(
        Embeddings.load(f"memory://vectors/{name}").vectors, Embeddings.load(tmp_path / name).vectors
    )


def test_a_training_goes_on_from_checkpoints_at_an_address(store, toy):
    parameters = {"dim": 2, "epochs": 3, "seed": 1}
    whole = SkipGram(**parameters).fit(toy, progress=False)
    first = SkipGram(**parameters).fit(toy, checkpoint_dir="memory://runs/one", progress=False)
    saved = saved_iterations("memory://runs/one")
    assert saved and np.array_equal(first.embeddings_.vectors, whole.embeddings_.vectors)
    store.rm_file(f"/runs/one/iteration-{saved[-1]:09d}.ckpt")
    again = SkipGram(**parameters).fit(toy, checkpoint_dir="memory://runs/one", progress=False)
    assert np.array_equal(again.embeddings_.vectors, whole.embeddings_.vectors)


def test_a_write_that_breaks_off_leaves_what_was_there(store, monkeypatch):
    with atomic_write("memory://v.txt", "w") as handle:
        handle.write("first")
    with pytest.raises(KeyboardInterrupt), atomic_write("memory://v.txt", "w") as handle:
        handle.write("second")
        raise KeyboardInterrupt
    assert store.find("/") == ["/v.txt"] and store.cat_file("/v.txt") == b"first"

    def broken(local, place):
        store.pipe_file(place, b"sec")
        raise ConnectionResetError("the network is down")

    monkeypatch.setattr(store, "put_file", broken)
    with pytest.raises(
        W2VError, match=r"Cannot write memory://v.txt \(the network is down\): check"
    ) as caught:
        with atomic_write("memory://v.txt", "w") as handle:
            handle.write("second")
    assert isinstance(caught.value.__cause__, ConnectionResetError)
    assert store.find("/") == ["/v.txt"] and store.cat_file("/v.txt") == b"first"


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(W2VError, match="install w2vlib with the extra cluster"):
        load_corpus("s3://bucket/text.txt")


@pytest.mark.parametrize(
    "name", ["foo://x/v.npz", "S3://b/v.npz", "file:///tmp/v.npz", "s3://", "a::s3://b/v.npz"]
)
def test_what_only_looks_like_an_address_makes_no_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (name, Path(name)):
        with pytest.raises(W2VError, match="is no address that fsspec knows"):
            check_writable(path)
    assert not list(tmp_path.iterdir())


def test_a_local_folder_with_such_a_name_is_used(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes:").mkdir()
    (tmp_path / "notes:" / "text.txt").write_text("the cat\n")
    assert load_corpus("notes:/text.txt").provenance.tokens == 2


@pytest.fixture
def silent():
    """Port of a server that accepts connections and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_silent_web_server_is_not_waited_for(silent, monkeypatch):
    pytest.importorskip("aiohttp", reason="needs the extra cluster")
    monkeypatch.setattr(addresses, "_SECONDS", 0.5)
    with pytest.raises(W2VError, match="Cannot read http://127.0.0.1:.*check the address and the network"):
        load_corpus(f"http://127.0.0.1:{silent}/text.txt")


def test_a_silent_scheduler_is_not_waited_for(silent):
    pytest.importorskip("distributed", reason="needs the extra cluster")
    with pytest.raises(OSError, match="timed out"):
        clients._check_answers(f"tcp://127.0.0.1:{silent}", 0.5)


def test_a_server_that_does_not_answer_is_not_a_missing_file():
    pytest.importorskip("aiohttp", reason="needs the extra cluster")
    with pytest.raises(W2VError, match=r"Cannot read http://127.0.0.1:9/text.txt \(Cannot connect"):
        load_corpus("http://127.0.0.1:9/text.txt")


def test_the_copy_of_a_killed_process_is_removed_by_the_next_one(store, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code = (
        "import os, signal, sys, tempfile\nfrom w2vlib.utils.addresses import local_copy, uploaded\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "with uploaded('memory://text.txt') as handle:\n    handle.write(b'the cat')\n"
        "with local_copy('memory://text.txt'):\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "text.txt").read_text() == "the cat"
    os.utime(left, (time.time() - 3600,) * 2)
    store.pipe_file("/text.txt", b"the dog")
    with addresses.local_copy("memory://text.txt") as path:
        assert path.read_text() == "the dog" and not left.exists()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["memory://results", "s3://bucket/results", "memory:/results"])
@pytest.mark.parametrize(
    "command",
    [
        "encode {folder}/t.txt --output ADDRESS",
        "grade {folder}/subs --output ADDRESS",
        "assignment --output ADDRESS",
        "ablate --corpus {folder}/t.txt --seeds 1 --dim 2 --epochs 1 --output ADDRESS",
        "evidence --corpus {folder}/t.txt --seeds 1 --chapter results --output ADDRESS",
        "evidence --corpus {folder}/t.txt --seeds 1 --chapter preprocessing --output ADDRESS",
        "report --corpus {folder}/t.txt --output ADDRESS",
        "sweep {folder}/s.toml --output ADDRESS --workers 1",
    ],
)
def test_folders_of_results_are_on_this_machine(store, tmp_path, monkeypatch, folder, command):
    (tmp_path / "t.txt").write_text(LINES)
    (tmp_path / "subs").mkdir()
    (tmp_path / "subs" / "ada.py").write_text("")
    (tmp_path / "s.toml").write_text(f"training = '{tmp_path}/t.txt'\n")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    words = [word.format(folder=tmp_path).replace("ADDRESS", folder) for word in command.split()]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2 and "is an address: give a folder of this machine" in done.stderr, done.output
    assert not os.listdir() and not store.store
