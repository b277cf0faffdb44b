import functools
import http.server
import io
import os
import tarfile
import threading
import time

import pytest

from w2vlib import W2VError
from w2vlib.text import corpus
from w2vlib.text.download import Mirror, find_or_fetch
from w2vlib.utils.files import sha256_of

CONTENT = b"the right words\n" * 5000
SHA = sha256_of(CONTENT)


ODD_ANSWERS = {
    "/length": (200, "Content-Length", "abc"),
    "/bracket": (302, "Location", "http://[::1"),
    "/dots": (302, "Location", "http://a..b/"),
    "/label": (302, "Location", f"http://{'a' * 300}.org/"),
}


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/cut":  # promises more than it sends
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:1000])
        elif self.path in ODD_ANSWERS:
            status, name, value = ODD_ANSWERS[self.path]
            self.send_response(status)
            self.send_header(name, value)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path):
    served = tmp_path / "served"
    served.mkdir()
    (served / "good").write_bytes(CONTENT)
    (served / "wrong").write_bytes(CONTENT[:-1])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo("./data/text.txt")
        info.size = len(CONTENT)
        tar.addfile(info, io.BytesIO(CONTENT))
    (served / "good.tgz").write_bytes(packed.getvalue())
    with tarfile.open(served / "loop.tgz", mode="w:gz") as tar:
        info = tarfile.TarInfo("./data/text.txt")
        info.type, info.linkname = tarfile.LNKTYPE, "./data/text.txt"
        tar.addfile(info)
    (served / "truncated.tgz").write_bytes(packed.getvalue()[: len(packed.getvalue()) // 2])
    (served / "text.tgz").write_bytes(b"<html>not an archive</html>")
    handler = functools.partial(Handler, directory=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.delenv("W2VLIB_DATA", raising=False)
    return tmp_path / "data"


def fetch(folder, *mirrors):
    return find_or_fetch("text.txt", SHA, mirrors, folder, progress=False)


def test_downloaded_once(server, folder):
    path = fetch(folder, Mirror(f"{server}/good"))
    assert path.read_bytes() == CONTENT
    assert fetch(folder, Mirror("http://127.0.0.1:9/never-asked")) == path
    assert [p.name for p in folder.iterdir()] == ["text.txt"]


def test_extracted_from_an_archive(server, folder):
    assert fetch(folder, Mirror(f"{server}/good.tgz", "./data/text.txt")).read_bytes() == CONTENT
    assert [p.name for p in folder.iterdir()] == ["text.txt"]


@pytest.mark.parametrize(
    ("mirror", "reason"),
    [
        (("/wrong", None), "wrong checksum"),
        (("/missing", None), "HTTP status 404"),
        (("/cut", None), "connection was interrupted"),
        (("/truncated.tgz", "./data/text.txt"), "truncated archive"),
        (("/text.tgz", "./data/text.txt"), "damaged or truncated archive"),
        (("/good.tgz", "./data/other.txt"), "no ./data/other.txt in it"),
        (("/loop.tgz", "./data/text.txt"), "damaged or truncated archive"),
        (("/length", None), "invalid literal"),
        (("/bracket", None), "Invalid IPv6"),
        (("/dots", None), "label empty or too long|Failed to parse"),
        (("/label", None), "label empty or too long|Failed to parse"),
    ],
)
def test_a_mirror_that_fails_leaves_nothing_and_the_next_is_tried(server, folder, mirror, reason):
    bad = Mirror(server + mirror[0], mirror[1])
    with pytest.raises(W2VError, match=reason) as caught:
        fetch(folder, bad)
    assert "\n" not in str(caught.value) and "W2VLIB_DATA" in str(caught.value)
    assert not folder.exists()
    assert fetch(folder, bad, Mirror(f"{server}/good")).read_bytes() == CONTENT


def test_no_connection(folder):
    with pytest.raises(W2VError, match="no connection"):
        fetch(folder, Mirror("http://127.0.0.1:9/x"))
    assert not folder.exists()


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("http://127.0.0.1:9", "no connection through the proxy that HTTPS_PROXY or HTTP_PROXY names"),
        ("http://", "HTTPS_PROXY or HTTP_PROXY names no proxy"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_does_not_answer(folder, monkeypatch, proxy, reason, scheme):
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(W2VError, match=rf"\({scheme}://texts.example/x: {reason}\)"):
        fetch(folder, Mirror(f"{scheme}://texts.example/x"))


def test_a_server_without_a_secure_connection(server, folder):
    with pytest.raises(W2VError, match=r"/good: no secure connection\)"):
        fetch(folder, Mirror(f"{server.replace('http', 'https')}/good"))


def test_a_file_with_other_content_is_refused_and_not_changed(folder, monkeypatch, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "text.txt").write_bytes(b"something else")
    monkeypatch.setenv("W2VLIB_DATA", str(own))
    with pytest.raises(W2VError, match="is not the expected text.txt"):
        fetch(folder)
    assert (own / "text.txt").read_bytes() == b"something else"


def test_read_from_the_folder_in_the_environment(folder, monkeypatch, tmp_path):
    (tmp_path / "text.txt").write_bytes(CONTENT)
    monkeypatch.setenv("W2VLIB_DATA", str(tmp_path))
    assert fetch(folder) == tmp_path / "text.txt"


def test_an_unwritable_folder(tmp_path, server, monkeypatch):
    monkeypatch.delenv("W2VLIB_DATA", raising=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(W2VError, match="Cannot write"):
        fetch(tmp_path / "file" / "data", Mirror(f"{server}/good"))


def test_a_folder_in_the_place_of_the_file_is_refused_before_any_download(folder):
    (folder / "text.txt").mkdir(parents=True)
    with pytest.raises(W2VError, match="Cannot write .*text.txt: Is a directory"):
        fetch(folder, Mirror("http://127.0.0.1:9/never-asked"))


def test_what_a_killed_download_has_left_is_removed_by_the_next(server, folder):
    left = folder / ".w2vlib-abcd1234"
    left.mkdir(parents=True)
    (left / "text.txt").write_bytes(CONTENT[:1000])
    long_ago = time.time() - 100
    os.utime(left, (long_ago, long_ago))
    fetch(folder, Mirror(f"{server}/good"))
    assert [p.name for p in folder.iterdir()] == ["text.txt"]


def test_ptb_is_fetched_and_checked(server, tmp_path, monkeypatch):
    monkeypatch.delenv("W2VLIB_DATA", raising=False)
    monkeypatch.setattr(corpus, "PTB_SHA256", SHA)
    monkeypatch.setattr(corpus, "PTB_MIRRORS", (Mirror(f"{server}/missing"), Mirror(f"{server}/good")))
    monkeypatch.setattr("w2vlib.text.download.data_dir", lambda: tmp_path / "fetched")
    assert corpus.load_corpus("ptb", progress=False).provenance.tokens == 15_000
    assert (tmp_path / "fetched" / "ptb.train.txt").is_file()
