import pytest

from w2vlib import W2VError
from w2vlib.evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs


def test_sets_have_their_published_sizes():
    assert [len(word_pairs(name)) for name in WORD_PAIRS] == [353, 999]
    sections = analogy_sections()
    assert len(sections) == 14 and sum(map(len, sections.values())) == 19_544
    assert ("Athens", "Greece", "Baghdad", "Iraq") in sections["capital-common-countries"]
    assert word_pairs("SimLex-999")[0] == ("old", "new", 1.58)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("tiger\tcat\t7.35\ntiger\ttiger\t10\n", [("tiger", "cat", 7.35), ("tiger", "tiger", 10)]),
        ("Word 1,Word 2,Human (mean)\nlove,sex,6.77\n", [("love", "sex", 6.77)]),
        ("word1\tword2\tPOS\tSimLex999\tconc(w1)\nold\tnew\tA\t1.58\t2.72\n", [("old", "new", 1.58)]),
        ("sun-n sunlight-n 50.000000\nstare-v look-v 48\n", [("sun", "sunlight", 50), ("stare", "look", 48)]),
        ("a-n b 1\n", [("a-n", "b", 1)]),  # no part of speech, since not everywhere
        ("\ufeff# RG-65\n\ncord;smile;0.02\n", [("cord", "smile", 0.02)]),
        ("squish squirt 5.88 5.0 7.0\r\n", [("squish", "squirt", 5.88)]),
        ("naïve\t中文\t-1e-1\n", [("naïve", "中文", -0.1)]),
        (",word1,word2,score\n0,king,queen,8\n7,a,b,1\n", [("king", "queen", 8), ("a", "b", 1)]),
        ("1;king;queen;8;x\n2;a;b;1;x\n", [("king", "queen", 8), ("a", "b", 1)]),
        ("1990,1991,8,3\n1990,a,1,2\n", [("1990", "1991", 8), ("1990", "a", 1)]),  # words, no index
    ],
)
def test_common_formats_are_read(tmp_path, text, pairs):
    path = tmp_path / "pairs"
    path.write_bytes(text.encode())
    assert word_pairs(path) == pairs
    assert word_pairs(str(path)) == pairs


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no word pairs"),
        (b"# nothing\n", "holds no word pairs"),
        (b"one two\n", "holds no word pairs"),
        (b"a\tb\t1\nc\td\n", "Line 2 of"),
        (b"a b 1\nc d high\n", "'c d high'"),
        (b"a b 1\nc d nan\n", "Line 2 of"),
        (b"a,b,1e400\nc,d,1\n", "Line 1 of"),
        (b"a b nan\nc d 1\n", "Line 1 of"),
        (b'"a,b,1\nc,d,1\n', "Line 1 of"),
        (b'a,b,1\nc,"d,1\n', "Line 2 of"),
        (b"\xff\xfe\x00", "does not hold UTF-8 text"),
    ],
)
def test_files_that_are_no_word_pairs_are_explained(tmp_path, content, words):
    path = tmp_path / "pairs.txt"
    path.write_bytes(content)
    with pytest.raises(W2VError) as error:
        word_pairs(path)
    assert words in str(error.value)


def test_a_missing_file_names_the_tests_there_are():
    with pytest.raises(W2VError, match=r"no file nowhere.txt .* \(WordSim-353, SimLex-999"):
        word_pairs("nowhere.txt")


def test_quoted_columns_and_a_first_line_that_is_no_heading(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text('a,b,score\n"New York","Boston, Mass.",7\n', encoding="utf-8")
    assert word_pairs(path) == [("New York", "Boston, Mass.", 7)]
    path.write_text("w1,w2,SimLex999,1st rater\na,b,1\n", encoding="utf-8")
    assert word_pairs(path) == [("a", "b", 1)]
    for first in ('king,queen,"9,5"', "king,queen,80%", "king,queen,7..5", "king,queen,nan", "king,7"):
        path.write_text(f"{first}\na,b,1\n", encoding="utf-8")
        with pytest.raises(W2VError, match="Line 1 of"):
            word_pairs(path)


RATED = "cat{0}dog{0}8.5{0}10\nking{0}queen{0}{1}{0}12\nman{0}woman{0}5{0}11\n"


@pytest.mark.parametrize("rating", ["NA", "", "nan", "1e400", "8,5", "80 %", "1_0", "-"])
@pytest.mark.parametrize("mark", ["\t", ";"])
def test_another_column_is_no_rating(mark, rating, tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_text(RATED.format(mark, rating))
    with pytest.raises(W2VError, match="Line 2 of .* is no pair with a judgement"):
        word_pairs(path)


def test_ratings_are_of_one_column_after_those_without_numbers(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("a,b,noun,,7,1\nc,d,verb,x,8.5,2\n")
    assert word_pairs(path) == [("a", "b", 7.0), ("c", "d", 8.5)]
    path.write_text("word1;word2;rating;n\ncat;dog;8,5;10\nking;queen;7,5;10\n")
    with pytest.raises(W2VError, match="Line 2 of .* is no pair with a judgement: 'cat;dog;8,5;10'"):
        word_pairs(path)


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_quotes_are_no_part_of_words(mark, tmp_path):
    path = tmp_path / "pairs.csv"
    rows = [["rank", "w1", "w2", "s"], ["1", "king", "queen", "8.5"], ["2", "cat", "dog", "7"]]
    path.write_text("\n".join(mark.join(f'"{cell}"' for cell in row) for row in rows))
    assert word_pairs(path) == [("king", "queen", 8.5), ("cat", "dog", 7.0)]
