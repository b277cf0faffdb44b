"""Damaged and foreign files: each is read, or refused in one sentence that names the file.

Bytes are flipped, cut, inserted and repeated; in archives and JSON, whole members and values are
replaced as well, since random bytes seldom pass a checksum. W2VLIB_FUZZ sets the number of
mutations per format (`make fuzz`).
"""

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from w2vlib import CharNGrams, Embeddings, SkipGram, W2VError, load_corpus, reproduce
from w2vlib.evaluation.datasets import word_pairs
from w2vlib.experiments import ablation, claims
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences
from w2vlib.utils import checkpoints
from w2vlib.utils.files import project_root, sha256_of
from w2vlib.utils.seals import sealed

N = int(os.environ.get("W2VLIB_FUZZ", "200"))
fuzz = settings(
    max_examples=N,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
SENTENCES = [["the", "cat", "sat"], ["a", "dog", "and", "the", "cat"], ["dogs", "sat", "1990"]] * 4


@st.composite
def damaged(draw, data):
    """Bytes with one to three random changes."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.integers(1, 64))
        change = draw(st.sampled_from(["flip", "cut", "end", "insert", "repeat", "zeros", "ones"]))
        if change == "flip":
            data = (
                data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]
                if data
                else data
            )
        elif change == "cut":
            data = data[:at] + data[at + size :]
        elif change == "end":
            data = data[:at]
        elif change == "insert":
            data = data[:at] + draw(st.binary(min_size=1, max_size=16)) + data[at:]
        elif change == "repeat":
            data = data[:at] + data[at : at + size] * 2 + data[at + size :]
        else:
            data = data[:at] + (b"\0" if change == "zeros" else b"\xff") * size + data[at + size :]
    return data


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(["", "a", "keep", "\ud800", "9" * 400, [], {}, [[]], {"a": None}, -1, 0, 10**400]),
    st.text(max_size=5),
)


@st.composite
def altered_json(draw, value):
    """Copy of a JSON value in which one value, at any depth, is replaced, removed or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 5)) == 0:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: draw(altered_json(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 5)):
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], draw(altered_json(value[place])), *value[place + 1 :]]
    return draw(VALUES)


@st.composite
def altered_arrays(draw, arrays):
    """Copy of a dict of arrays in which one is removed, or of another shape, kind or content."""
    name = draw(st.sampled_from(sorted(arrays)))
    array = arrays[name]
    others = {key: value for key, value in arrays.items() if key != name}
    change = draw(
        st.sampled_from(
            [
                "remove",
                "empty",
                "flat",
                "deeper",
                "half",
                "nan",
                "inf",
                "negative",
                "huge",
                "text",
                "complex",
                "bool",
                "swap",
                "scalar",
                "bytes",
            ]
        )
    )
    if change == "remove":
        return others
    if change == "swap":
        return {**arrays, name: arrays[draw(st.sampled_from(sorted(arrays)))]}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        numeric = array if array.dtype.kind in "iufb" else np.zeros(3)
        new = {
            "empty": lambda: array[:0] if array.ndim else np.empty(0),
            "flat": lambda: array.ravel(),
            "deeper": lambda: array[None],
            "half": lambda: array[: len(array) // 2] if array.ndim else array,
            "nan": lambda: np.full_like(numeric, np.nan, dtype=float),
            "inf": lambda: np.full_like(numeric, np.inf, dtype=np.float32),
            "negative": lambda: -1 - numeric.astype(np.int64),
            "huge": lambda: np.full_like(numeric, 2**62, dtype=np.int64),
            "text": lambda: np.full(array.shape, "x"),
            "complex": lambda: numeric * 1j,
            "bool": lambda: numeric.astype(bool),
            "scalar": lambda: np.array(7),
            "bytes": lambda: np.frombuffer(b'["a", 1, null, "a"]', np.uint8),
        }[change]()
    return {**others, name: new}


def zipped(arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def read_or_refuse(read, path, name=None):
    """Call `read`; anything but an answer or one sentence with the file's name fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            read()
    except W2VError as error:
        message = str(error)
        assert (name or Path(path).name) in message and "\n" not in message, message
        assert len(message) < 600, message


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("damaged")


@pytest.fixture(scope="module")
def model():
    return SkipGram(dim=4, epochs=1, subsample=0).fit(SENTENCES, progress=False)


@pytest.fixture(scope="module")
def ngram_model():
    grams = SkipGram(dim=4, epochs=1, subsample=0, subwords=CharNGrams(3, 4, 50))
    return grams.fit(SENTENCES, progress=False)


def embeddings_of(model):
    return getattr(model, "embeddings_", None) or model.embeddings_


def content(place, name, write):
    path = place / name
    if not path.exists():
        write(path)
    return path.read_bytes()


@fuzz
@given(st.data())
def test_npz(place, ngram_model, data):
    original = content(place, "good.npz", embeddings_of(ngram_model).save)
    path = place / "vectors.npz"
    path.write_bytes(data.draw(damaged(original)))
    read_or_refuse(lambda: embeddings_load_and_use(path), path)


@fuzz
@given(st.data())
def test_npz_of_other_arrays(place, ngram_model, data):
    with np.load(io.BytesIO(content(place, "good.npz", embeddings_of(ngram_model).save))) as archive:
        arrays = dict(archive)
    path = place / "arrays.npz"
    path.write_bytes(zipped(data.draw(altered_arrays(arrays))))
    read_or_refuse(lambda: embeddings_load_and_use(path), path)


def embeddings_load_and_use(path):
    """Load vectors and do with them what users do: what loads must work."""
    vectors = Embeddings.load(path)
    words = vectors.vocab.words
    assert all(isinstance(word, str) for word in words) and len(set(words)) == len(words)
    assert vectors.vectors.dtype.kind == "f" and np.isfinite(vectors.vectors).all()
    assert vectors.vectors.shape[1] >= 1 and (vectors.vocab.counts >= 0).all()
    vectors.most_similar(words[0], 3)


@pytest.mark.parametrize("suffix", [".txt", ".bin"])
@fuzz
@given(data=st.data())
def test_word2vec_formats(place, model, suffix, data):
    original = content(place, f"good{suffix}", embeddings_of(model).save)
    path = place / f"vectors{suffix}"
    path.write_bytes(data.draw(damaged(original)))
    read_or_refuse(lambda: embeddings_load_and_use(path), path)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".txt", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)],
)
@fuzz
@given(data=st.data())
def test_corpora(place, suffix, pack, data):
    path = place / f"corpus{suffix}"
    text = "\n".join(map(" ".join, SENTENCES)).encode()
    path.write_bytes(data.draw(damaged(pack(text))))
    read_or_refuse(lambda: load_corpus(path), path)


@fuzz
@given(st.data())
def test_judged_pairs(place, data):
    path = place / "pairs.csv"
    path.write_bytes(data.draw(damaged(b'word1,word2,score\nking,queen,8.5\n"a, b",c,1e3\nx,y,2\n')))
    read_or_refuse(lambda: word_pairs(path), path)


@fuzz
@given(st.data())
def test_claims(place, data):
    original = b"""[chapter]
published = ["A1"]
[[chapter.rows]]
id = "A1"
claim = "It is so"
test = "t"
arguments = { words = ["a"], n = 3 }
measure = "proportion"
above = 0.95
scale = "proportion"
digits = 2
"""
    path = place / "claims.toml"
    path.write_bytes(data.draw(damaged(original)))

    def read():
        rows = claims.read_claims(path, "chapter", {"t": lambda evidence, **arguments: [0.1, 0.2]})
        for claim in rows:
            assert claim.condition and claim.low <= claim.high

    read_or_refuse(read, path)


@pytest.fixture(scope="module")
def ablation_folder(place):
    text = from_sentences(SENTENCES)
    folder = place / "ablation"
    ablation.ablate(text, folder, 1, [Scheme()], progress=False, dim=4, epochs=1)
    return folder


@pytest.mark.parametrize("name", ["keep-keep-0.json", "experiment.json"])
@pytest.mark.parametrize("kind", ["bytes", "values"])
@fuzz
@given(data=st.data())
def test_rows_of_the_ablation(ablation_folder, kind, name, data):
    copy = ablation_folder.parent / f"copy-{kind}-{name}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ablation_folder, copy)
    original = (copy / name).read_bytes()
    if kind == "bytes":
        (copy / name).write_bytes(data.draw(damaged(original)))
    else:
        value = data.draw(altered_json(json.loads(original)))
        if isinstance(value, dict) and "record_sha256" in value:
            value = sealed(value)  # or the seal alone would refuse it
        (copy / name).write_text(json.dumps(value), encoding="utf-8")
    read_or_refuse(lambda: ablation.read_rows(copy), copy, copy.name)


@pytest.fixture(scope="module")
def saved_training(place):
    folder = place / "training"
    SkipGram(dim=4, epochs=1, subsample=0).fit(SENTENCES, checkpoint_dir=folder, progress=False)
    (path,) = sorted(folder.glob("*.ckpt"))[-1:]
    return path


@pytest.fixture(scope="module")
def saved_run(place):
    folder = place / "run"
    reproduce(from_sentences(SENTENCES), checkpoint_dir=folder, progress=False, **RUN)
    (path,) = sorted(folder.glob("*.ckpt"))[-1:]
    return path


RUN = {"iterations": 20, "dim": 4, "window": 2, "batch_size": 5, "checkpoint_every": 20}


def resealed(original, arrays):
    """Checkpoint of other arrays whose checksum is right."""
    body = zipped(arrays)
    magic = original.split(b"\n", 1)[0].rsplit(b" ", 1)[0]
    return magic + b" " + sha256_of(body).encode() + b"\n" + body


def arrays_of(original):
    with np.load(io.BytesIO(original.split(b"\n", 1)[1])) as archive:
        return dict(archive)


def go_on_from(path, original, data, kind, start):
    """Put a damaged checkpoint in place of the original and start the run again."""
    changed = (
        damaged(original)
        if kind == "bytes"
        else altered_arrays(arrays_of(original)).map(lambda arrays: resealed(original, arrays))
    )
    path.write_bytes(data.draw(changed))
    try:
        read_or_refuse(start, path)
    finally:
        for other in path.parent.glob("*.ckpt"):
            other.unlink()
        path.write_bytes(original)


@pytest.mark.parametrize("kind", ["bytes", "arrays"])
@fuzz
@given(data=st.data())
def test_checkpoints_of_a_training(saved_training, kind, data):
    path, original = saved_training, saved_training.read_bytes()

    def start():
        again = SkipGram(dim=4, epochs=1, subsample=0)
        again.fit(SENTENCES, checkpoint_dir=path.parent, progress=False)
        assert np.isfinite(embeddings_of(again).vectors).all()

    go_on_from(path, original, data, kind, start)


@pytest.mark.parametrize("kind", ["bytes", "arrays"])
@fuzz
@given(data=st.data())
def test_checkpoints_of_the_published_recipe(saved_run, kind, data):
    path, original = saved_run, saved_run.read_bytes()

    def start():
        run = reproduce(from_sentences(SENTENCES), checkpoint_dir=path.parent, progress=False, **RUN)
        assert np.isfinite(run.input_vectors).all()

    go_on_from(path, original, data, kind, start)


@fuzz
@given(st.data())
def test_any_checkpoint(place, data):
    path = place / "iteration-000000001.ckpt"
    checkpoints.save(path, {"a": 1}, {"x": np.arange(3)})
    path.write_bytes(data.draw(damaged(path.read_bytes())))
    read_or_refuse(lambda: checkpoints.load(path, {"a": 1}, {"x": np.zeros(0, int)}), path)


def test_the_claims_of_the_project_are_read():
    """The cases above start from files that are read without a word."""
    assert (project_root() / "report" / "claims.toml").is_file()
