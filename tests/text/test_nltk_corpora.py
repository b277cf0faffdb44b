"""NLTK's corpora, downloaded from a server on this machine."""

import functools
import hashlib
import http.server
import io
import os
import socket
import threading
import warnings
import zipfile
from xml.sax.saxutils import quoteattr

import pytest

from w2vlib import W2VError, load_corpus
from w2vlib.text import nltk_corpora

nltk = pytest.importorskip("nltk", reason="needs NLTK: pip install 'w2vlib[nltk]'")
FILES = {
    "conll2000/train.txt": "The DT B-NP\ndog NN I-NP\nsleeps VBZ B-VP\n. . O\n\n",
    "conll2000/test.txt": "A DT B-NP\ncat NN I-NP\nruns VBZ B-VP\n. . O\n\n",
}
WORDS = [["The", "dog", "sleeps"], ["A", "cat", "runs"]]
TREEBANK = {
    "treebank/combined/wsj_0001.mrg": "( (S (NP (DT The) (NN dog)) (VP (VBZ sleeps)) (. .)) )\n",
    "treebank/raw/wsj_0001": ".START \n\nThe dog sleeps. A cat runs.\n",
}
GUTENBERG = {"gutenberg/a.txt": "The dog of Mr. Smith sleeps. A cat runs.\n"}
ENDS_OF_SENTENCES = {
    "punkt_tab/english/collocations.tab": "##number##\tbeing\n",
    "punkt_tab/english/sent_starters.txt": "the\n",
    "punkt_tab/english/abbrev_types.txt": "mr\n",
    "punkt_tab/english/ortho_context.tab": "dog\t32\n",
}


def archive(files=FILES):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return buffer.getvalue()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def no_corpus_installed(tmp_path, monkeypatch):
    """No corpus on disk and none loaded; the folder of downloads."""
    folder = tmp_path / "data"
    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.setattr(nltk_corpora, "data_dir", lambda: folder)
    used = [getattr(nltk.corpus, name) for name in ("conll2000", "gutenberg", "treebank_raw")]
    for corpus in used:
        corpus._unload()
    yield folder
    for corpus in used:
        corpus._unload()


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A server with NLTK's index of packages; call it with whether they are to be unpacked."""
    served = tmp_path / "served"
    served.mkdir()
    handler = functools.partial(Quiet, directory=served)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{running.server_port}"
        monkeypatch.setattr(nltk.downloader.Downloader, "DEFAULT_URL", f"{url}/index.xml")
        monkeypatch.setattr(nltk.pathsec, "ENFORCE", False)  # it refuses servers on this machine

        def write(unzip, checksum=None, **packages):
            listed = ""
            for name, files in (packages or {"conll2000": FILES}).items():
                data = archive(files)
                (served / f"{name}.zip").write_bytes(data)
                fields = {
                    "id": name, "name": "c", "subdir": "tokenizers" if name == "punkt_tab" else "corpora",
                    "unzip": str(int(unzip)), "size": str(len(data)),
                    "unzipped_size": str(sum(map(len, files.values()))),
                    "checksum": checksum or hashlib.md5(data).hexdigest(), "url": f"{url}/{name}.zip",
                }  # fmt: skip
                listed += (
                    f"<package {' '.join(f'{key}={quoteattr(value)}' for key, value in fields.items())}/>"
                )
            (served / "index.xml").write_text(
                f"<nltk_data><packages>{listed}</packages><collections/></nltk_data>"
            )

        yield write
        running.shutdown()


def load(name="conll2000"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what it does not enforce it says
        return load_corpus(f"nltk:{name}")


@pytest.mark.parametrize("unzip", [True, False], ids=["folder", "archive"])
def test_a_missing_corpus_is_downloaded_once(unzip, no_corpus_installed, index, monkeypatch):
    index(unzip)
    assert sorted(load().sentences) == sorted(WORDS)
    place = no_corpus_installed / "nltk_data" / "corpora"
    assert (place / ("conll2000" if unzip else "conll2000.zip")).exists()
    assert nltk.data.path == []
    # And again from disk, under NLTK's own rules, with no server to ask.
    nltk.corpus.conll2000._unload()
    monkeypatch.setattr(nltk.pathsec, "ENFORCE", True)
    monkeypatch.setattr(nltk.downloader.Downloader, "DEFAULT_URL", "http://127.0.0.1:9/none")
    assert sorted(load_corpus("nltk:conll2000").sentences) == sorted(WORDS)


@pytest.mark.parametrize("unzip", [True, False], ids=["folder", "archive"])
def test_plain_text_comes_with_the_model_that_finds_its_sentences(unzip, no_corpus_installed, index):
    index(unzip, gutenberg=GUTENBERG, punkt_tab=ENDS_OF_SENTENCES)
    assert load("gutenberg").sentences == [
        ["The", "dog", "of", "Mr", "Smith", "sleeps"],
        ["A", "cat", "runs"],
    ]
    assert {path.name for path in (no_corpus_installed / "nltk_data").iterdir()} == {"corpora", "tokenizers"}


def test_plain_text_without_the_model_names_it(no_corpus_installed, index):
    index(True, gutenberg=GUTENBERG)
    with pytest.raises(W2VError, match="Could not fetch 'punkt_tab' of NLTK"):
        load("gutenberg")


def test_the_package_of_a_corpus_may_have_another_name(no_corpus_installed, index):
    index(True, treebank=TREEBANK, punkt_tab=ENDS_OF_SENTENCES)
    for _ in range(2):
        assert ["A", "cat", "runs"] in load("treebank_raw").sentences
    assert str(no_corpus_installed / "nltk_data/corpora/treebank.zip") in nltk_corpora.nltk_files(
        "treebank_raw"
    )


def test_a_damaged_download_is_refused(no_corpus_installed, index):
    index(True, checksum="0" * 32)
    with pytest.raises(W2VError, match="Could not fetch 'conll2000' of NLTK"):
        load()


def test_no_server(no_corpus_installed, monkeypatch):
    monkeypatch.setattr(nltk.pathsec, "ENFORCE", False)
    monkeypatch.setattr(nltk.downloader.Downloader, "DEFAULT_URL", "http://127.0.0.1:9/none")
    with pytest.raises(W2VError, match="Could not fetch .* check the name and the connection"):
        load()


@pytest.mark.parametrize(
    "content",
    [
        "", "<html><p>Log in</html>", "\0\1", "<packages/>", "<nltk_data><packages><package/></packages></nltk_data>",
        "<nltk_data><packages><package id='conll2000' url='x'/></packages></nltk_data>",
        "<nltk_data><collections><collection name='x'/></collections></nltk_data>",
    ],
)  # fmt: skip
def test_an_index_that_is_none_is_named(content, no_corpus_installed, index, tmp_path):
    index(True)
    (tmp_path / "served" / "index.xml").write_text(content)
    with pytest.raises(W2VError, match="Could not fetch 'conll2000' of NLTK"):
        load()


def test_a_server_that_says_nothing_is_not_waited_for(no_corpus_installed, monkeypatch):
    monkeypatch.setattr(nltk.pathsec, "ENFORCE", False)
    monkeypatch.setattr(nltk_corpora, "TIMEOUT", 0.3)
    monkeypatch.setattr(nltk.downloader, "NETWORK_TIMEOUT", 0.3, raising=False)  # of newer versions: 120 s
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/index.xml"
        monkeypatch.setattr(nltk.downloader.Downloader, "DEFAULT_URL", url)
        with pytest.raises(W2VError, match="Could not fetch .*timed out"):
            load()
    assert socket.getdefaulttimeout() is None


@pytest.mark.parametrize("name", ["", "nothing", "words", "__name__", "stopwords", "demo"])
def test_what_has_no_sentences_is_refused_before_any_download(name, no_corpus_installed):
    with pytest.raises(W2VError, match="NLTK has no corpus of sentences called"):
        load_corpus(f"nltk:{name}")


def test_a_damaged_archive_is_named(no_corpus_installed):
    place = no_corpus_installed / "nltk_data" / "corpora"
    place.mkdir(parents=True)
    (place / "conll2000.zip").write_bytes(archive()[:-40])
    with pytest.raises(W2VError, match="NLTK cannot read the sentences of 'conll2000'"):
        load_corpus("nltk:conll2000")


@pytest.mark.parametrize("change", ["encrypted", "method"])
def test_archives_of_nltk_that_cannot_be_unpacked(change, no_corpus_installed):
    path = no_corpus_installed / "nltk_data" / "corpora" / "conll2000.zip"
    path.parent.mkdir(parents=True)
    content = bytearray(archive())
    for mark, flags, method in ((b"PK\x03\x04", 6, 8), (b"PK\x01\x02", 8, 10)):
        place = content.find(mark)
        while place >= 0:
            content[place + (flags if change == "encrypted" else method)] = 1 if change == "encrypted" else 99
            place = content.find(mark, place + 1)
    path.write_bytes(content)
    with pytest.raises(W2VError, match="NLTK cannot read the sentences of 'conll2000'"):
        load()


def test_what_a_killed_or_refused_download_leaves_is_not_taken_for_the_corpus(
    no_corpus_installed, monkeypatch
):
    def half(name, folder):
        (folder / "corpora" / name).mkdir(parents=True)
        (folder / "corpora" / name / "train.txt").write_text("Bad NN B-NP\n\n")
        raise KeyboardInterrupt

    monkeypatch.setattr(nltk_corpora, "_fetch", half)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            load_corpus("nltk:conll2000")
    assert not list(no_corpus_installed.rglob("*.txt"))


def test_a_refused_download_leaves_nothing(no_corpus_installed, index):
    index(True, checksum="0" * 32)
    for _ in range(2):
        with pytest.raises(W2VError, match="Could not fetch 'conll2000' of NLTK"):
            load()
    assert not list(no_corpus_installed.rglob("*"))


def test_a_pipe_in_the_place_of_an_archive_is_not_waited_for(no_corpus_installed):
    place = no_corpus_installed / "nltk_data" / "corpora"
    place.mkdir(parents=True)
    os.mkfifo(place / "conll2000.zip")
    with pytest.raises(W2VError, match="conll2000.zip is a pipe"):
        load_corpus("nltk:conll2000")
