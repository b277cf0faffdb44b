import io
import os
import sys
import time
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gensim.models import KeyedVectors

from w2vlib import Embeddings, SkipGram, W2VError
from w2vlib.preprocessing.char_ngrams import CharNGrams
from w2vlib.text.vocabulary import Vocabulary

WORDS = ("man", "woman", "king", "queen", "apple", "naïve\tword")


@pytest.fixture
def embeddings():
    """Sex on the first axis, rank on the second, fruit on the third."""
    vectors = [[1, 0, 0.1], [-1, 0, 0.1], [1, 1, 0.1], [-1, 1, 0.1], [0, 0, 1], [0, 0, 0]]
    return Embeddings(np.array(vectors, float), Vocabulary(WORDS, np.arange(6, 0, -1)))


@pytest.mark.parametrize("name", ["format", "vectors", "words", "counts"])
def test_an_array_that_a_file_lacks_is_named(embeddings, tmp_path, name):
    embeddings.save(tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz") as archive:
        arrays = {key: archive[key] for key in archive if key != name}
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(W2VError, match=f"it has no array '{name}'"):
        Embeddings.load(tmp_path / "w.npz")


@pytest.mark.parametrize("name", ["ngram_scheme", "ngram_buckets", "ngram_vectors"])
def test_an_array_of_the_ngrams_that_a_file_lacks_is_named(tmp_path, name):
    ngrams = CharNGrams(3, 4, 20)
    model = SkipGram(dim=2, epochs=1, subsample=0, subwords=ngrams, partitions=1)
    model.fit([["king", "queen"]] * 40, progress=False).embeddings_.save(tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz") as archive:
        arrays = {key: archive[key] for key in archive if key != name}
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(W2VError, match=f"it has no array '{name}'"):
        Embeddings.load(tmp_path / "w.npz")


def test_a_file_with_numbers_that_are_too_large_is_named(tmp_path):
    arrays = {"format": np.array("w2vlib embeddings 1"), "counts": np.array([2, 1])}
    words = np.frombuffer(b'["a", "b"]', np.uint8)
    np.savez(tmp_path / "v.npz", **arrays, words=words, vectors=np.diag([1.0, 1e151]))
    with pytest.raises(W2VError, match=r"v.npz .*numbers above 1e\+150"):
        Embeddings.load(tmp_path / "v.npz")


def test_a_header_of_python_2_is_refused_without_a_warning(tmp_path):
    path = archive_with(tmp_path / "v.npz", {})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["vectors.npy"] = members["vectors.npy"].replace(b"(2, 2), }  ", b"(2L, 2L), }")
    assert b"2L" in members["vectors.npy"]
    archive_with(path, members)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(W2VError, match=r"v.npz does not hold embeddings.*Python 2"):
            Embeddings.load(path)


def test_a_first_line_without_an_end_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "v.txt"
    with open(path, "wb") as handle:
        handle.truncate(10**12)  # a file with a hole
    with pytest.raises(W2VError, match="its first line is not two numbers"):
        Embeddings.load(path)


def test_messages_name_long_words_in_short(embeddings):
    with pytest.raises(W2VError) as error:
        embeddings["x" * 100_000]
    assert str(error.value).startswith("'xxx") and len(str(error.value)) < 1100


def test_lists_of_lists_are_refused(embeddings):
    assert embeddings[[]].shape == (0, embeddings.vectors.shape[1])
    for words in (["king", ["man"]], [["king", "man"], ["man", "king"]]):
        with pytest.raises(W2VError, match=r"A list of words holds \['.*'\]: give words alone"):
            embeddings[words]


def test_look_up(embeddings):
    assert embeddings["king"].tolist() == [1, 1, 0.1]
    assert "king" in embeddings and "duke" not in embeddings and len(embeddings) == 6
    assert embeddings.similarity("king", "king") == pytest.approx(1)
    assert embeddings.similarity("king", "naïve\tword") == 0  # a zero vector is near nothing


def test_a_vector_that_is_taken_out_and_changed_changes_no_embeddings(embeddings):
    before = embeddings.vectors.copy()
    vector = embeddings["king"]
    vector -= embeddings["man"]
    vector += embeddings["woman"]
    assert vector.tolist() == embeddings["queen"].tolist() and (embeddings.vectors == before).all()


def test_a_cosine_is_at_most_one():
    rng = np.random.default_rng(0)
    many = Embeddings(
        rng.normal(size=(200, 7)).astype(np.float32),
        Vocabulary(tuple(f"w{n}" for n in range(200)), np.ones(200, int)),
    )
    assert max(float(v @ v) for v in many.unit_vectors) > 1  # as they are stored
    assert max(many.similarity(word, word) for word in many) <= 1
    assert max(many.most_similar(v, n=1)[0][1] for v in many.vectors) == 1


def test_neighbours(embeddings):
    near = embeddings.most_similar("king", 3)
    assert near[0][0] == "man" and near[0][1] == pytest.approx(embeddings.similarity("king", "man"))
    assert "king" not in dict(near) and len(near) == 3
    assert len(embeddings.most_similar("king", 100)) == 5


def test_it_is_a_mapping(embeddings):
    assert list(embeddings) == list(WORDS) and dict(embeddings).keys() == set(WORDS)
    assert embeddings[["king", "apple"]].tolist() == [[1, 1, 0.1], [0, 0, 1]]
    assert embeddings[[]].shape == (0, 3)
    assert embeddings.get("duke") is None and embeddings.get("king")[0] == 1
    assert [word for word, vector in embeddings.items() if vector[2] == 1] == ["apple"]
    assert 7 not in embeddings and ["king"] not in embeddings
    assert embeddings == embeddings and len({embeddings, embeddings}) == 1
    with pytest.raises(KeyError, match="^'duke' is not in the vocabulary"):
        embeddings["duke"]


def test_neighbours_of_words_and_of_a_vector(embeddings):
    vector = embeddings.most_similar(embeddings["king"], 1)
    assert vector[0] == ("king", pytest.approx(1))
    both = embeddings.most_similar(["man", "queen"], 9)
    assert not {"man", "queen"} & dict(both).keys()
    mean = (embeddings.unit_vectors[0] + embeddings.unit_vectors[3]) / 2
    assert dict(both)["king"] == pytest.approx(embeddings.unit_vectors[2] @ mean / np.linalg.norm(mean))
    assert embeddings.most_similar(["king"], 2) == embeddings.most_similar("king", 2)


@pytest.mark.parametrize(
    ("query", "n", "message"),
    [
        ("king", 0, "n=0 is not allowed"),
        ("king", -3, "n=-3 is not allowed"),
        ("king", 1.5, "n=1.5 is not allowed"),
        ([], 3, "No words are given"),
        (None, 3, "a list of words, or a vector, and None came"),
        (5, 3, "a list of words, or a vector, and 5 came"),
        (np.ones(4), 3, "vector of length 3"),
        (np.array([np.nan, 0, 0]), 3, "finite vector"),
        ("duke", 3, "not in the vocabulary"),
    ],
)
def test_queries_that_cannot_be_answered(embeddings, query, n, message):
    with pytest.raises(W2VError, match=message):
        embeddings.most_similar(query, n)


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_lengths_of_float32_neither_overflow_nor_vanish(size):
    vectors = (np.array([[3, 4], [4, 3], [0, 0]]) * size).astype(np.float32)
    e = Embeddings(vectors, Vocabulary(("a", "b", "c"), np.array([1, 1, 1])))
    np.testing.assert_allclose(e.unit_vectors, [[0.6, 0.8], [0.8, 0.6], [0, 0]], rtol=1e-6)
    assert e.similarity("a", "b") == pytest.approx(0.96)


@pytest.mark.parametrize("number", [1e308, -1e300, np.longdouble("1e4000")])
def test_numbers_whose_squares_are_infinite_are_refused(number):
    with pytest.raises(W2VError, match="above 1e.150.*divide all by one number"):
        Embeddings(np.array([[number, 0], [1, 1]]), Vocabulary(("a", "b"), np.array([1, 1])))


def test_numbers_that_float32_cannot_hold_become_no_infinite_ones(tmp_path):
    e = Embeddings(np.array([[1e39, 1]]), Vocabulary(("a",), np.array([1])))
    calls = [lambda: e.save(tmp_path / "v.txt"), lambda: e.save(tmp_path / "v.bin"), e.to_keyed_vectors]
    for call in [*calls, lambda: e.sentence_vectors([["a"]])]:
        with pytest.raises(W2VError, match="numbers that float32 cannot: divide all"):
            call()
    e.save(tmp_path / "v.npz")
    assert Embeddings.load(tmp_path / "v.npz").vectors.tolist() == [[1e39, 1]]


@pytest.mark.parametrize("suffix", ["txt", "bin"])
def test_no_vector_becomes_zero_in_a_file(suffix, tmp_path):
    e = Embeddings(np.array([[1.0, 1e-320], [0, 0]]), Vocabulary(("a", "b"), np.array([1, 1])))
    e.save(tmp_path / f"v.{suffix}")
    assert Embeddings.load(tmp_path / f"v.{suffix}").vectors.tolist() == [[1, 0], [0, 0]]
    e.vectors[0, 0] = 1e-320
    with pytest.raises(W2VError, match="vector of 'a' is too small for float32"):
        e.save(tmp_path / f"v.{suffix}")
    e.save(tmp_path / "v.npz")
    assert Embeddings.load(tmp_path / "v.npz").vectors.tolist() == e.vectors.tolist()


def test_whole_numbers_become_real_and_others_are_refused():
    vocab = Vocabulary(("a", "b"), np.array([1, 1]))
    assert Embeddings(np.eye(2, dtype=int), vocab).vectors.dtype == float
    for bad in (np.eye(2) * 1j, np.eye(2, dtype=bool), np.zeros((2, 0))):
        with pytest.raises(W2VError, match="rows of real|real numbers"):
            Embeddings(bad, vocab)


def test_keys_that_are_no_words_are_refused():
    keyed = KeyedVectors(2)
    keyed.add_vectors([1, 2], np.eye(2, dtype=np.float32))
    with pytest.raises(W2VError, match="strings, and 1 came"):
        Embeddings.from_keyed_vectors(keyed)


def test_half_characters_are_refused_before_training():
    with pytest.raises(W2VError, match="lone surrogate"):
        Vocabulary(("a", "\ud800"), np.array([1, 1]))
    with pytest.raises(W2VError, match="lone surrogate"):
        SkipGram(dim=2, epochs=1).fit([["a", "\ud800"]] * 20, progress=False)


@pytest.mark.parametrize("method", ["3CosAdd", "3CosMul"])
def test_analogy(embeddings, method):
    assert embeddings.analogy("man", "king", "woman", n=1, method=method)[0][0] == "queen"
    assert embeddings.analogy_rank("man", "king", "woman", "queen", method) == 1
    answers = [word for word, _ in embeddings.analogy("man", "king", "woman", n=9, method=method)]
    for place, word in enumerate(answers, 1):
        assert embeddings.analogy_rank("man", "king", "woman", word, method) == place


def test_unknown_words_get_suggestions(embeddings):
    with pytest.raises(W2VError, match="'qeen' is not in the vocabulary .did you mean 'queen'"):
        embeddings["qeen"]
    with pytest.raises(W2VError, match="method='x'"):
        embeddings.analogy("man", "king", "woman", method="x")
    with pytest.raises(W2VError, match="part of the question"):
        embeddings.analogy_rank("man", "king", "woman", "king")


def test_saved_and_loaded(embeddings, tmp_path):
    path = tmp_path / "vectors.npz"
    embeddings.save(path)
    first = path.read_bytes()
    again = Embeddings.load(path)
    assert again.vocab.words == WORDS and np.array_equal(again.vocab.counts, embeddings.vocab.counts)
    assert again.vectors.tobytes() == embeddings.vectors.tobytes()
    again.save(path)
    assert path.read_bytes() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert not any(b"pickle" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04broken"])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "vectors.npz"
    path.write_bytes(content)
    with pytest.raises(W2VError, match="does not hold embeddings"):
        Embeddings.load(path)
    with pytest.raises(W2VError, match="There is no file"):
        Embeddings.load(tmp_path / "none.npz")


def test_objects_in_a_file_are_never_unpickled(tmp_path):
    path = tmp_path / "vectors.npz"
    np.savez(path, format=np.array([object()]), vectors=np.zeros((1, 1)))
    with pytest.raises(W2VError):
        Embeddings.load(path)


def test_shapes_and_numbers_are_checked():
    vocab = Vocabulary(("a", "b"), np.array([1, 1]))
    with pytest.raises(W2VError, match=r"shape \(3, 2\)"):
        Embeddings(np.zeros((3, 2)), vocab)
    with pytest.raises(W2VError, match="NaN"):
        Embeddings(np.full((2, 2), np.nan), vocab)


@pytest.fixture
def few():
    rng = np.random.default_rng(2)
    words = ("the", "naïve", "中文", "a-b", "$")
    return Embeddings(
        rng.normal(size=(5, 7)).astype(np.float32), Vocabulary(words, np.array([9, 7, 5, 5, 1]))
    )


@pytest.mark.parametrize(("name", "binary"), [("v.txt", False), ("v.vec", False), ("v.bin", True)])
def test_word2vec_formats_go_both_ways_and_gensim_reads_them(few, tmp_path, name, binary):
    path = tmp_path / name
    few.save(path)
    back = Embeddings.load(path)
    assert back.vocab.words == few.vocab.words and back.vectors.dtype == np.float32
    assert back.vectors.tobytes() == few.vectors.tobytes()
    assert (np.diff(back.vocab.counts) < 0).all()  # no counts in the file: ranked
    keyed = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert keyed.index_to_key == list(few.vocab.words)
    np.testing.assert_array_equal(keyed.vectors, few.vectors)
    keyed.save_word2vec_format(str(tmp_path / f"gensim{path.suffix}"), binary=binary)
    np.testing.assert_allclose(
        Embeddings.load(tmp_path / f"gensim{path.suffix}").vectors, few.vectors, rtol=1e-6
    )


def test_keyed_vectors_go_both_ways(few):
    keyed = few.to_keyed_vectors()
    assert keyed.get_vecattr("naïve", "count") == 7
    assert keyed.most_similar("the")[0][0] == few.most_similar("the")[0][0]
    back = Embeddings.from_keyed_vectors(keyed)
    assert back.vocab.words == few.vocab.words
    np.testing.assert_array_equal(back.vocab.counts, few.vocab.counts)
    np.testing.assert_array_equal(back.vectors, few.vectors)


@pytest.mark.parametrize("name", ["v.txt", "v.bin"])
def test_damaged_or_missing_word2vec_files_are_explained(few, tmp_path, name):
    path = tmp_path / name
    with pytest.raises(W2VError, match="There is no file"):
        Embeddings.load(path)
    few.save(path)
    whole = path.read_bytes()
    for damaged in (whole[:-20], b"", b"no header\n", b"5 7\n", b"\xff\xfe" + whole):
        path.write_bytes(damaged)
        with pytest.raises(W2VError, match="does not hold vectors in word2vec"):
            Embeddings.load(path)


def test_words_that_the_formats_cannot_say_are_refused(tmp_path):
    spaced = Embeddings(np.ones((1, 2)), Vocabulary(("a b",), np.array([1])))
    with pytest.raises(W2VError, match="holds white space"):
        spaced.save(tmp_path / "v.txt")
    assert not list(tmp_path.iterdir())
    spaced.save(tmp_path / "v.npz")


def test_a_word_twice_in_a_file_of_others_is_explained(tmp_path):
    path = tmp_path / "d.vec"
    path.write_text("3 2\nking 1 0\nking 0 1\nqueen 0 1\n", encoding="utf-8")
    with pytest.raises(W2VError, match="a word stands there twice"):
        Embeddings.load(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("v.txt", b"1 2\na 1 2\nb 3 4\n", "more rows than the 1 of its first line"),
        ("v.txt", b"\xef\xbb\xbf1 2\na 1 2\n", "its first line is not two numbers, of rows and of columns"),
        ("v.vec", b"a 1 2\nb 3 4\n", "its first line is not two numbers.*'a 1 2'"),
        ("v.txt", b"999999999 5", "too short for 999999999 rows of 5 numbers"),  # it took 8 GB
        ("v.bin", b"9 +1_0\na \0\0\0\0", "too short for 9 rows of 10 numbers"),
        ("v.txt", b"3 2\nking 1 2\nb 7\nc 3 4\n", "row 2 has 1 of 2 numbers"),  # gensim repeats the 7
        ("v.bin", b"1 1\na \0\0\0\0\nb \0\0\0\0\n", "more rows than the 1 of its first line"),
        ("v.txt", b"2 2\na 1 2\n 3 4\n", "a word is empty"),
        ("v.bin", b"1 1\n \0\0\0\0", "a word is empty"),
        ("v.txt", b"1 1\na 1e39\n", "not finite"),
        ("v.bin", b"2 1\r\na \0\0\0\0\r\nb \0\0\0\0\r\n", "row 2 begins with .* lines may end with CR LF"),
        ("v.bin", b"3 1\na \0\0\0\0\0\nb \0\0\0\0\nc \0\0\0\0\n", "row 2 begins with .* a zero byte in it"),
        ("v.bin", b"2 1\na\tb \0\0\0\0\nc \0\0\0\0\n", "row 1 begins with 'a.tb', with white space"),
        (
            "v.bin",
            b"2 1\n" + b"a" * ((1 << 20) + 1) + b" \0\0\0\0\nc \0\0\0\0\n",
            "no word of at most 1048576 bytes begins row 1",
        ),
    ],
)
def test_word2vec_files_that_contradict_themselves_are_refused(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(W2VError, match=reason):
        Embeddings.load(tmp_path / name)


@pytest.mark.parametrize("content", [b"1 1\na \0\0\0\0", b"1 1\na \0\0\0\0\n", b"2 1\na \0\0\0\0b \0\0\0\0"])
def test_ends_of_lines_in_binary_files_are_optional(tmp_path, content):
    (tmp_path / "v.bin").write_bytes(content)
    assert Embeddings.load(tmp_path / "v.bin").vectors.shape[1] == 1


@pytest.mark.parametrize("other", [None, {"a": [1.0]}, np.eye(2)])
def test_only_keyed_vectors_are_converted(other):
    with pytest.raises(W2VError, match=f"a {type(other).__name__} came"):
        Embeddings.from_keyed_vectors(other)


def archive_with(path, more, compression=zipfile.ZIP_STORED):
    """Save vectors, and put more members into the archive."""
    Embeddings(np.eye(2), Vocabulary(("a", "b"), np.array([2, 1]))).save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | more
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_arrays_that_embeddings_do_not_have_are_not_read(tmp_path):
    path = archive_with(tmp_path / "v.npz", {"more.npy": b"this is no array"})
    assert Embeddings.load(path).vectors.tolist() == np.eye(2).tolist()


@pytest.mark.parametrize("padding", [0, 10**6])
def test_an_archive_that_unpacks_without_end_is_refused(tmp_path, padding):
    zeros, more = io.BytesIO(), np.random.default_rng(0).bytes(padding)
    np.save(zeros, np.zeros((2, 2**23)))
    members = {"vectors.npy": zeros.getvalue(), "more.npy": more}
    path = archive_with(tmp_path / "v.npz", members, zipfile.ZIP_DEFLATED)
    with pytest.raises(W2VError, match="unpacks to 134,.* bytes, over 200 times its size"):
        Embeddings.load(path)


def test_a_file_whose_path_looks_like_an_address_is_read_here(tmp_path, monkeypatch):
    folder = tmp_path / "ftps:" / "user@127.0.0.1:1"
    folder.mkdir(parents=True)
    (folder / "v.bin").write_bytes(b"1 1\na \0\0\0\0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr("socket.create_connection")
    assert list(Embeddings.load("ftps://user@127.0.0.1:1/v.bin")) == ["a"]


def test_loading_in_threads_leaves_warnings_as_they_are(tmp_path):
    path = tmp_path / "v.npz"
    Embeddings(np.eye(2), Vocabulary(("a", "b"), np.array([2, 1]))).save(path)
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Embeddings.load, [path] * 80))
    finally:
        sys.setswitchinterval(interval)
    assert warnings.filters == before


def test_masked_vectors_of_gensim_are_refused():
    keyed = KeyedVectors(2)
    keyed.add_vectors(["cat", "dog"], np.eye(2, dtype=np.float32))
    keyed.vectors = np.ma.masked_array(keyed.vectors, mask=[[False, False], [True, True]])
    with pytest.raises(W2VError, match="Vectors have no masked numbers"):
        Embeddings.from_keyed_vectors(keyed)


@pytest.mark.parametrize("count", [2.5, float("nan"), "many", None, 1e30, -1])
def test_counts_of_gensim_that_are_no_whole_numbers_are_refused(count):
    keyed = KeyedVectors(2)
    keyed.add_vectors(["cat", "dog"], np.eye(2, dtype=np.float32))
    keyed.set_vecattr("cat", "count", 2.0 if isinstance(count, float) else count)
    keyed.set_vecattr("dog", "count", count)
    with pytest.raises(W2VError, match="The counts of a vocabulary are whole numbers of at least 0"):
        Embeddings.from_keyed_vectors(keyed)


def test_a_binary_file_with_a_word_of_megabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "v.bin"
    with open(path, "wb") as handle:
        handle.write(b"3 4\na ")
        handle.truncate(200_000_000)  # a sparse file
    begin = time.process_time()
    with pytest.raises(W2VError, match="v.bin .*no word of at most 1048576 bytes begins row 2"):
        Embeddings.load(path)
    assert time.process_time() - begin < 20  # minutes


def test_words_of_any_length_come_back_from_a_binary_file(tmp_path):
    words = ("今天天气很好" * 200, "x" * 1001, "y" * (1 << 20), "cat")
    e = Embeddings(np.eye(4, 3) + 1, Vocabulary(words, np.array([4, 3, 2, 1])))
    e.save(tmp_path / "v.bin")
    loaded = Embeddings.load(tmp_path / "v.bin")
    assert loaded.vocab.words == words and np.array_equal(loaded.vectors, e.vectors)


@pytest.mark.parametrize("word", ["a\0b", "x" * ((1 << 20) + 1)])
def test_words_that_a_binary_file_cannot_express_are_refused(tmp_path, word):
    e = Embeddings(np.eye(2), Vocabulary((word, "cat"), np.array([2, 1])))
    with pytest.raises(
        W2VError, match="which a binary file of word2vec's format cannot express: save as npz"
    ):
        e.save(tmp_path / "v.bin")
    assert os.listdir(tmp_path) == []
    e.save(tmp_path / "v.npz")
    assert Embeddings.load(tmp_path / "v.npz").vocab.words == (word, "cat")


class Hostile:
    def __repr__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize("word", [10**5000, Hostile()], ids=["number", "object"])
def test_what_cannot_be_written_is_not_in_the_vocabulary(word):
    e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
    for ask in (lambda: e[word], lambda: e.similarity("cat", word), lambda: e[["cat", word]]):
        with pytest.raises(
            W2VError, match="(digits|an object of the class Hostile) is not in the vocabulary"
        ):
            ask()
