"""The data of the explorer, and the command that makes a page for any vectors."""

import base64
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from w2vlib import Embeddings, W2VError
from w2vlib.cli import main
from w2vlib.reporting.explorer import Quantised, explorer_data, quantised_of
from w2vlib.text.vocabulary import Vocabulary

WORDS = tuple(f"word{i}" for i in range(60))


def embeddings(vectors, words=WORDS):
    return Embeddings(np.asarray(vectors, float), Vocabulary(words, np.arange(len(words), 0, -1)))


def random_vectors(seed, dim):
    return np.random.default_rng(seed).normal(size=(len(WORDS), dim))


def maps(model):
    return [
        np.frombuffer(base64.b64decode(text), "<i2").reshape(-1, 2).astype(float) for text in model["maps"]
    ]


@pytest.mark.parametrize(("bits", "least"), [(8, 1e-2), (16, 1e-4)])
def test_quantised_cosines_are_near_the_original_ones(bits, least):
    e = embeddings(random_vectors(0, 20))
    q = Quantised.of(e.vectors, bits)
    assert np.abs(q.rows).max(axis=1).tolist() == [2 ** (bits - 1) - 1] * len(WORDS)
    off = max(np.abs(q.cosines(w) - e.unit_vectors @ e.unit_vectors[w]).max() for w in range(len(WORDS)))
    assert least / 1000 < off < least


def test_answers_are_those_of_embeddings_with_the_same_rows():
    q = Quantised.of(random_vectors(1, 8), 16)
    e = embeddings(q.rows)
    for method in ("3CosAdd", "3CosMul"):
        for a, b, c in np.random.default_rng(0).integers(len(WORDS), size=(20, 3)):
            if len({a, b, c}) == 3:
                expected = e.analogy(WORDS[a], WORDS[b], WORDS[c], method=method)
                found = q.analogy(a, b, c, method)
                assert [WORDS[i] for i, _ in found] == [word for word, _ in expected]
                assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=1e-12)
    assert [WORDS[i] for i, _ in q.neighbours(5)] == [word for word, _ in e.most_similar(WORDS[5])]
    with pytest.raises(W2VError, match="give '3CosAdd' or '3CosMul'"):
        q.analogy(0, 1, 2, "cosine")


def test_equal_scores_are_listed_by_frequency():
    q = Quantised.of(np.ones((5, 2)), 8)
    assert q.neighbours(2, 3) == [(0, pytest.approx(1)), (1, pytest.approx(1)), (3, pytest.approx(1))]


def test_a_rotated_model_lies_on_the_first_after_alignment():
    first = random_vectors(2, 4) * [4, 3, 1, 1]
    rotation, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(9, 4)))
    data = explorer_data({"first": embeddings(first), "second": embeddings(first @ rotation.T)})
    (one,), (other,) = maps(data["models"][0]), maps(data["models"][1])
    np.testing.assert_allclose(one, other, atol=2)
    assert np.abs(one).max() == 32767
    centred = first - first.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    assert abs(np.corrcoef(one[:, 0], centred @ axes[0])[0, 1]) == pytest.approx(1, abs=1e-6)


def test_checkpoints_share_one_basis_and_one_scale():
    last = random_vectors(4, 5)
    data = explorer_data({"model": embeddings(last)}, {200: embeddings(last), 100: embeddings(last / 2)})
    early, late = maps(data["models"][0])
    assert data["iterations"] == [100, 200]
    moved = early - late / 2  # the same for every word: no checkpoint has axes or a scale of its own
    assert moved.std(axis=0).max() < 1 and late.std(axis=0).min() > 1000


def test_the_most_frequent_shared_words_are_taken_in_their_order():
    one = embeddings(np.eye(4), ("a", "b", "c", "d"))
    other = embeddings(np.eye(3), ("d", "c", "a"))
    assert explorer_data({"one": one, "other": other}, n_words=2)["words"] == ["a", "c"]
    with pytest.raises(W2VError, match="no word in common"):
        explorer_data({"one": one, "other": embeddings(np.eye(1), ("x",))})


def test_long_vectors_get_eight_bits_and_too_long_ones_are_refused(monkeypatch):
    from w2vlib.reporting import explorer

    monkeypatch.setattr(explorer, "_BUDGET", 60 * 7 * 2 - 1)
    data = explorer_data({"model": embeddings(random_vectors(0, 7))})
    assert data["models"][0]["bits"] == 8 and quantised_of(data["models"][0]).rows.dtype == np.int8
    monkeypatch.setattr(explorer, "_ALLOWED", 60 * 7 - 1)
    with pytest.raises(W2VError, match="too many for a page: give at most 59 words"):
        explorer_data({"model": embeddings(random_vectors(0, 7))})


def test_agreement_is_measured_not_assumed():
    close = np.ones((60, 2)) + 1e-7 * random_vectors(5, 2)  # 16 bits cannot tell these apart
    assert explorer_data({"model": embeddings(close)})["models"][0]["agreement"] < 0.5
    assert explorer_data({"model": embeddings(random_vectors(6, 3))})["models"][0]["agreement"] > 0.5


def run(*arguments):
    return CliRunner().invoke(main, ["explore", *map(str, arguments)], catch_exceptions=False)


def data_of(path):
    text = Path(path).read_text(encoding="utf-8")
    return json.loads(
        re.search(r'<script type="application/json" id="explorer-data">(.*?)</script>', text)[1]
    )


@pytest.mark.parametrize("name", ["mine.npz", "mine.txt", "mine.vec", "mine.bin"])
def test_explore_makes_a_page_of_every_format(name, tmp_path):
    e = embeddings(random_vectors(7, 5))
    e.save(tmp_path / name)
    result = run(tmp_path / name, "--html", tmp_path / "out.html", "--words", 20)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("mine: 20 words, 16 bits per number; ten nearest neighbours as before")
    data = data_of(tmp_path / "out.html")
    assert data["words"] == list(WORDS[:20])
    q = quantised_of(data["models"][0])
    expected = embeddings(e.vectors[:20], WORDS[:20]).most_similar("word3")
    assert [WORDS[i] for i, _ in q.neighbours(3)] == [word for word, _ in expected]


def test_explore_shows_two_models(tmp_path):
    for folder, seed in (("a", 1), ("b", 2)):
        (tmp_path / folder).mkdir()
        embeddings(random_vectors(seed, 5)).save(tmp_path / folder / "v.npz")
    result = run(tmp_path / "a/v.npz", tmp_path / "b/v.npz", "--html", tmp_path / "o.html")
    assert result.exit_code == 0, result.stderr
    names = [model["name"] for model in data_of(tmp_path / "o.html")["models"]]
    assert names == [str(tmp_path / "a/v.npz"), str(tmp_path / "b/v.npz")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.npz"], "There is no file missing.npz"),
        (["v.npz", "v.npz"], "v.npz was given twice: give two different files"),
        (["v.npz", "v.npz", "v.npz"], "3 files were given: give one, or two"),
        (["v.npz", "--words", "0"], "words=0 is not allowed: give a whole number from 1"),
        (["gensim.kv"], "gensim.kv is in gensim's own format, which may run code"),
        (["notes.txt"], "notes.txt does not hold vectors in word2vec's text format"),
    ],
)
def test_explore_refuses_in_one_sentence(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    embeddings(random_vectors(0, 3)).save("v.npz")
    Path("notes.txt").write_text("these are notes\n")
    result = run(*arguments, "--html", "out.html")
    assert result.exit_code == 2 and not Path("out.html").exists()
    assert result.stderr.startswith("w2v: ") and message in result.stderr and result.stderr.count("\n") == 1


def test_the_help_of_explore_has_an_example():
    shown = run("--help").stdout
    assert "Example:\n    w2v explore vectors.npz --html vectors.html\n" in shown


def test_names_that_are_no_unicode_are_shown(tmp_path):
    path = tmp_path / os.fsdecode(b"v\xff.npz")
    embeddings(random_vectors(0, 4)).save(path)
    result = CliRunner().invoke(main, ["explore", str(path), "--html", str(tmp_path / "e.html")])
    assert result.exit_code == 0, result.output
    assert "v⟨U+DCFF⟩" in (tmp_path / "e.html").read_text(encoding="utf-8")
