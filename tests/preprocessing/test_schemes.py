import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib import Embeddings, W2VError
from w2vlib.cli import main
from w2vlib.preprocessing.char_ngrams import CharNGrams
from w2vlib.preprocessing.number_schemes import NUMBER_SCHEMES
from w2vlib.preprocessing.schemes import CONTINUES, Scheme, preprocessed
from w2vlib.text.corpus import from_sentences

RARE = ("keep", "top:60", "drop:3", "bpe:300", "wordpiece:300", "ngrams:3:6")


@pytest.fixture(scope="module")
def sentences(bundled):
    return bundled.sentences[:1500]


@pytest.fixture(scope="module")
def fitted(sentences):
    return {
        (rare, numbers): Scheme(rare, numbers).fit(iter(sentences))
        for rare in RARE
        for numbers in NUMBER_SCHEMES
    }


tokens = st.one_of(
    st.text(max_size=6), st.sampled_from("the of 1990 $8m 20th 3-year-old unhappiness Parliament".split())
)


@pytest.mark.parametrize("numbers", NUMBER_SCHEMES)
@pytest.mark.parametrize("rare", RARE)
@settings(max_examples=40, deadline=None)
@given(sentence=st.lists(tokens, max_size=6))
def test_every_scheme_is_total_and_twice_is_once(fitted, rare, numbers, sentence):
    once = fitted[rare, numbers].apply(sentence)
    assert all(isinstance(token, str) for token in once)
    assert fitted[rare, numbers].apply(once) == once


@pytest.mark.parametrize("numbers", NUMBER_SCHEMES)
@pytest.mark.parametrize("rare", RARE)
def test_twice_is_once_on_real_text(fitted, sentences, rare, numbers):
    scheme = fitted[rare, numbers]
    for sentence in sentences[:300]:
        once = scheme.apply(sentence)
        assert scheme.apply(once) == once


@pytest.mark.parametrize("rare", ["bpe:300", "wordpiece:300"])
def test_pieces_spell_the_words_and_bound_the_vocabulary(fitted, sentences, rare):
    scheme, seen = fitted[rare, "keep"], set()
    for sentence in sentences:
        for word in sentence:
            first, *rest = scheme.apply([word])
            assert all(piece.startswith(CONTINUES) for piece in rest)
            assert first.removeprefix("▁") + "".join(piece.removeprefix(CONTINUES) for piece in rest) == word
            seen.update([first, *rest])
    assert len(seen) <= 300


def test_numbers_written_by_a_scheme_are_not_taken_apart(fitted):
    assert fitted["bpe:300", "magnitude"].apply(["In", "1990"])[-1] == "<1e3>"
    assert fitted["wordpiece:300", "typed"].apply(["$", "5"])[-1] == "<money>"


def test_top_and_drop_by_hand():
    text = [["a", "a", "a", "b", "b", "c", "17"], ["b", "18"]]
    assert Scheme("top:2").fit(text).text(text) == [
        ["a", "a", "a", "b", "b", "<unk>", "<unk>"],
        ["b", "<unk>"],
    ]
    assert Scheme("drop:2").fit(text).text(text) == [["a", "a", "a", "b", "b"], ["b"]]
    assert Scheme("drop:2", "N").fit(text).text(text) == [["a", "a", "a", "b", "b", "N"], ["b", "N"]]
    assert Scheme("ngrams:3:5:99").subwords == CharNGrams(3, 5, 99) and Scheme("top:3").subwords is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Scheme("rare"), "rare='rare' is not allowed: give one of keep, top:K"),
        (lambda: Scheme("top"), "rare='top'"),
        (lambda: Scheme("top:0"), "rare='top:0'"),
        (lambda: Scheme("top:05"), "rare='top:05'"),
        (lambda: Scheme("top:2").fit(["it cost $5"]), "Sentence 1 is of type str"),
        (lambda: Scheme().fit([]).text([["it"], "it cost $5"]), "Sentence 2 is of type str"),
        (lambda: Scheme("bpe:many"), "rare='bpe:many'"),
        (lambda: Scheme("ngrams:3"), "subwords='3' is not allowed"),
        (lambda: Scheme("keep", "letters"), "numbers='letters' is not allowed"),
        (lambda: Scheme("bpe:5").fit([["many", "letters"]]), "5 pieces are too few"),
    ],
)
def test_bad_schemes_are_named(make, words):
    with pytest.raises(W2VError, match=words):
        make()


def test_text_without_its_rare_words_is_refused():
    gone = from_sentences([["a", "<unk>", "N"]] * 5, name="gone")
    with pytest.raises(W2VError, match="gone has already lost its rare words and numbers"):
        preprocessed(gone, Scheme("top:5"))
    assert preprocessed(gone, Scheme()) is gone and preprocessed(gone, Scheme("ngrams:3:6")) is gone


def test_command_line(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("the 20th of May in 1990\nthe king and the queen of 1990\n" * 30, encoding="utf-8")
    common = ["train", "--corpus", str(path), "--dim", "4", "--epochs", "1"]
    done = CliRunner().invoke(
        main, [*common, "--numbers", "typed", "--rare", "top:4", "--output", str(tmp_path / "v.npz")]
    )
    assert done.exit_code == 0
    found = Embeddings.load(tmp_path / "v.npz").vocab.words
    assert set(found) == {"the", "of", "<date>", "<ordinal>", "<unk>"}
    done = CliRunner().invoke(
        main, [*common, "--rare", "ngrams:3:4:500", "--output", str(tmp_path / "n.npz")]
    )
    assert done.exit_code == 0 and Embeddings.load(tmp_path / "n.npz").ngrams.scheme == CharNGrams(3, 4, 500)
    done = CliRunner().invoke(main, [*common, "--rare", "none", "--output", str(tmp_path / "x.npz")])
    assert done.exit_code == 2 and "rare='none' is not allowed" in done.output


def test_a_scheme_that_leaves_nothing_is_named():
    with pytest.raises(W2VError, match="rare='drop:9' leaves no word of the text"):
        preprocessed(from_sentences([["a", "b"]] * 3), Scheme("drop:9"))
    with pytest.raises(W2VError, match="rare='bpe:99999999999999999999' is not allowed"):
        Scheme("bpe:99999999999999999999")
