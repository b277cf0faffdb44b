import bz2
import gzip
import lzma
import os
from collections import Counter
from pathlib import Path

import pytest

from w2vlib import W2VError, load_corpus
from w2vlib.evaluation.geometry import FIGURE_WORDS
from w2vlib.text import corpus
from w2vlib.text.corpus import from_sentences
from w2vlib.text.wikipedia import paragraphs

TEXT = "The cat sat .\n\n  Two  dogs\t3 barked\nthe end\n"


def test_a_path_is_split_on_lines_and_white_space(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    text = load_corpus(path)
    assert text.sentences == [["The", "cat", "sat", "."], ["Two", "dogs", "3", "barked"], ["the", "end"]]
    p = text.provenance
    assert (p.sentences, p.tokens, p.types, p.numerals) == (3, 10, 10, 1)
    assert p.name == "text.txt" and len(text) == 3 and list(text) == text.sentences


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)])
def test_compressed_paths(tmp_path, suffix, opener):
    plain, packed = tmp_path / "text.txt", tmp_path / f"text.txt{suffix}"
    plain.write_text(TEXT, encoding="utf-8")
    with opener(packed, "wt", encoding="utf-8") as handle:
        handle.write(TEXT)
    assert load_corpus(packed).sentences == load_corpus(plain).sentences
    assert load_corpus(packed).provenance.tokens_sha256 == load_corpus(plain).provenance.tokens_sha256
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(W2VError, match="or is damaged"):
        load_corpus(packed)


def test_raw_prose_is_split_into_sentences(tmp_path):
    path = tmp_path / "prose.txt"
    path.write_text("It rained. Mr. Fox didn't care, at $5.\n", encoding="utf-8")
    assert load_corpus(f"raw:{path}").sentences == [
        ["It", "rained"],
        ["Mr", "Fox", "did", "n't", "care", "at", "$", "5"],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"caf\xe9 au lait\n", "not UTF-8 text .byte 0xe9 in line 1"),
        (b"fine\nna\xefve\n", "in line 2"),
        (b"\x7fELF\x00\x01\x02", "is a binary file"),
        ("héllo".encode("utf-16"), "is UTF-16"),
    ],
)
def test_bad_files(tmp_path, content, message):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(W2VError, match=message) as caught:
        load_corpus(path)
    assert str(path) in str(caught.value)


def test_line_ends_of_all_systems(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes("a b\r\nc\x0cd\u2028e\rf\n".encode())
    assert load_corpus(path).sentences == [["a", "b"], ["c", "d", "e"], ["f"]]


def test_a_byte_order_mark_is_not_a_word(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfthe cat\n")
    assert load_corpus(path).sentences == [["the", "cat"]]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bundeld", "did you mean 'bundled'"),
        ("nothing", "There is no corpus called 'nothing'"),
        ("no/such/file.txt", "There is no file no/such/file.txt"),
        ("nltk:", "NLTK has no corpus"),
        ("nltk:nonsense", "NLTK has no corpus of sentences called 'nonsense'"),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(W2VError, match=message):
        load_corpus(name)


def test_a_folder(tmp_path):
    with pytest.raises(W2VError, match="is a folder"):
        load_corpus(tmp_path)


def test_sentences_in_memory():
    assert from_sentences(iter([("a", "b"), []])).sentences == [["a", "b"]]
    for bad in ("a b", ["a b"], [3], ["a", ""]):
        with pytest.raises(W2VError):
            from_sentences([bad])
    with pytest.raises(W2VError, match="no words"):
        from_sentences([[]])


def test_bundled_text_is_prose(bundled):
    p = bundled.provenance
    assert p.sentences > 20_000 and p.tokens > 450_000 and p.types > 35_000 and p.numerals > 8_000
    assert "Wikipedia" in p.source and "CC BY-SA" in p.licence
    counts = Counter(token for sentence in bundled for token in sentence)
    commonest = [word for word, _ in counts.most_common(60)]
    assert commonest[:3] == ["the", "of", "and"]
    assert all(word[0].isalpha() or word in ("'s", "%", "n't") for word in commonest)
    assert not {"ref", "quot", "nbsp", "colspan", "rowspan", "http", "px", "bgcolor"} & set(counts)
    assert not any(c in '[]{}|=*"' for word in counts for c in word)
    lowered = {word.lower() for word in counts}
    assert all(word in lowered for group in FIGURE_WORDS.values() for word in group)
    assert "The" in counts and "1861" in counts  # case and numbers are kept
    assert load_corpus("bundled").provenance == p


def test_wiki_markup():
    markup = """{{Infobox|a=b}}
'''Anarchy''' is a [[society|condition]] of people without any rulers.<ref>Smith</ref>
== History ==
* The first listed point is long enough to be kept here.
* short
{| class="wikitable"
! Head !! Other
|-
| cell || cell
|}
== See also ==
* [[Some link with quite a few words in it]]
== Later ==
This paragraph comes after the links and stays in the text."""
    assert paragraphs(markup) == [
        "Anarchy is a condition of people without any rulers.",
        "The first listed point is long enough to be kept here.",
        "This paragraph comes after the links and stays in the text.",
    ]


def test_ptb(ptb):
    p = ptb.provenance
    assert (p.sentences, p.tokens, p.types) == (42_068, 887_521, 9_999)
    assert p.sha256 == corpus.PTB_SHA256
    assert "LDC" in p.licence


def test_conll2000():
    folder = os.environ.get("NLTK_DATA")
    if not folder or not (Path(folder) / "corpora" / "conll2000.zip").is_file():
        pytest.skip("needs conll2000.zip: set NLTK_DATA to its nltk_data")
    text = load_corpus("nltk:conll2000")
    counts = Counter(token for sentence in text for token in sentence)
    assert text.provenance.sentences == 10_947 and counts["the"] > 8_000
    assert counts["$"] > 1000 and "," not in counts and "``" not in counts


def test_archives_that_unpack_without_end_are_refused(tmp_path):
    path = tmp_path / "bomb.gz"
    with gzip.open(path, "wb", 9) as handle:
        for _ in range(25):
            handle.write(b"a b\n" * 250_000)
    with pytest.raises(W2VError, match="bomb.gz unpacks to over 200 times its size"):
        load_corpus(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a" * 3_000_000, "a word of over"),
        (b"a " * 60_000_000, "a line of over"),
        (b" " * 9_000_000, "is empty"),
    ],
    ids=["word", "line", "space"],
)
def test_what_cannot_be_text_is_refused_early(tmp_path, content, message):
    path = tmp_path / "huge.txt"
    path.write_bytes(content)
    with pytest.raises(W2VError, match=f"huge.txt (holds |has )?{message}"):
        load_corpus(path)


def test_lines_longer_than_a_block_are_whole(tmp_path):
    path = tmp_path / "long.txt"
    line = "wörd " * 700_000
    path.write_text(f"first\n{line}\r\nlast", encoding="utf-8")
    text = load_corpus(path)
    assert list(map(len, text)) == [1, 700_000, 1] and set(text.sentences[1]) == {"wörd"}


def test_half_a_character_is_refused():
    with pytest.raises(W2VError, match=r"Sentence 2 has '.ud800' with half a character"):
        from_sentences([["a"], ["b", "\ud800"]])


@pytest.mark.parametrize("change", ["removed", "longer"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path = tmp_path / "text.txt"
    path.write_text(TEXT)
    split = corpus._split_lines

    def split_and_change(lines):
        sentences = split(lines)
        path.unlink() if change == "removed" else path.write_text(TEXT + "more\n")
        return sentences

    monkeypatch.setattr(corpus, "_split_lines", split_and_change)
    with pytest.raises(W2VError, match="There is no file" if change == "removed" else "changed while"):
        load_corpus(path)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("ptb", "file ptb"),
        ("bundled", "file bundled"),
        ("nltk:brown", "file nltk:brown"),
        ("a\nb", "a⟨U+000A⟩b"),
    ],
)
def test_a_file_with_the_name_of_another_text_is_told_apart(tmp_path, file, name):
    path = tmp_path / file
    path.write_text(TEXT)
    assert load_corpus(path).provenance.name == name


@pytest.mark.parametrize("code", ["UTF-16", "UTF-16BE", "UTF-32", "UTF-32BE"])
def test_other_codes_of_unicode_are_named(code, tmp_path):
    text = "\ufeffthe cat" if code.endswith("BE") else "the cat"
    (tmp_path / "text.txt").write_bytes(text.encode(code))
    name = code.removesuffix("BE")
    with pytest.raises(W2VError, match=f"text.txt is {name}: convert it with iconv -f {name} -t UTF-8"):
        load_corpus(tmp_path / "text.txt")
