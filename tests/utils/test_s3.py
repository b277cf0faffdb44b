"""Files at addresses on a real S3 server, moto's, on loopback."""

import socket
import threading

import numpy as np
import pytest

from w2vlib import Embeddings, SkipGram, W2VError, load_corpus
from w2vlib.cluster.counting import TextInFiles
from w2vlib.utils.checkpoints import saved_iterations
from w2vlib.utils.files import atomic_write, check_writable

s3fs = pytest.importorskip("s3fs", reason="needs the extra test")
moto = pytest.importorskip("moto.server", reason="needs the extra test")
LINES = "the cat sat on the mat\nthe dog sat on the log\n" * 20


@pytest.fixture(scope="module")
def server():
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


def use(patch, host, port):
    """Send everything that s3fs does to this server."""
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def store(server, monkeypatch):
    use(monkeypatch, *server)
    system = s3fs.S3FileSystem()
    system.mkdir("texts")
    yield system
    system.rm("texts", recursive=True)
    s3fs.S3FileSystem.clear_instance_cache()


def names(store):
    store.invalidate_cache()
    return sorted(store.find("texts"))


def test_corpora_vectors_and_checkpoints_are_as_on_disk(store, tmp_path):
    (tmp_path / "text.txt").write_text(LINES)
    store.pipe_file("texts/text.txt", LINES.encode())
    text = load_corpus("s3://texts/text.txt")
    assert text.provenance == load_corpus(tmp_path / "text.txt").provenance
    with pytest.raises(W2VError, match="^There is no file s3://texts/none.txt: check the address.$"):
        load_corpus("s3://texts/none.txt")
    with pytest.raises(W2VError, match="^There is no file|^Cannot read s3://no-such-bucket"):
        load_corpus("s3://no-such-bucket/none.txt")
    assert list(TextInFiles("s3://texts/*.txt")) == text.sentences

    settings = {"dim": 2, "epochs": 3, "seed": 1, "subsample": 0}
    model = SkipGram(**settings).fit(text, checkpoint_dir="s3://texts/runs", progress=False)
    saved = saved_iterations("s3://texts/runs")
    assert len(saved) == 2
    store.rm_file(f"texts/runs/iteration-{saved[-1]:09d}.ckpt")
    again = SkipGram(**settings).fit(text, checkpoint_dir="s3://texts/runs", progress=False)
    assert np.array_equal(again.embeddings_.vectors, model.embeddings_.vectors)

    for name in ("v.npz", "v.bin"):
        before = names(store)
        check_writable(f"s3://texts/{name}")
        assert names(store) == before
        model.embeddings_.save(tmp_path / name)
        model.embeddings_.save(f"s3://texts/{name}")
        assert store.cat_file(f"texts/{name}") == (tmp_path / name).read_bytes()
        loaded = Embeddings.load(f"s3://texts/{name}").vectors
        assert np.array_equal(loaded, model.embeddings_.vectors)


def cutting_proxy(target, limit):
    """Start a server that passes at most `limit` bytes of each connection on, and then closes it; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def passed(source, sink, left):
        try:
            while left and (data := source.recv(min(left, 1 << 16))):
                sink.sendall(data)
                left -= len(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def accept():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, socket.create_connection(target) as other:
                back = threading.Thread(target=passed, args=(other, client, 1 << 30))
                back.start()
                passed(client, other, limit)
                back.join()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def test_a_write_that_breaks_off_leaves_nothing_under_the_final_name(store, server, monkeypatch):
    with pytest.raises(KeyboardInterrupt), atomic_write("s3://texts/v.bin") as handle:
        handle.write(b"some")
        raise KeyboardInterrupt
    assert names(store) == []
    host, port = server
    listener = cutting_proxy((host, port), 300_000)
    with listener, monkeypatch.context() as patch:
        use(patch, *listener.getsockname())
        patch.setattr(s3fs.S3FileSystem, "retries", 1)
        with atomic_write("s3://texts/small.bin") as handle:  # the connection itself works
            handle.write(b"whole")
        with pytest.raises(W2VError, match="^Cannot write s3://texts/v.bin"):
            with atomic_write("s3://texts/v.bin") as handle:
                handle.write(bytes(3_000_000))
        with pytest.raises(W2VError, match="^Cannot write s3://texts/small.bin"):
            with atomic_write("s3://texts/small.bin") as handle:
                handle.write(bytes(3_000_000))
    use(monkeypatch, host, port)
    assert names(store) == ["texts/small.bin"] and store.cat_file("texts/small.bin") == b"whole"
