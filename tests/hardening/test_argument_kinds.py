"""Arguments of other kinds at every public entry point: one sentence, and nothing is written."""

import os
from fractions import Fraction

import numpy as np
import pytest

from w2vlib import EncodedText, SkipGram, W2VError, encode_files, load_corpus, reproduce
from w2vlib.check import diagnose
from w2vlib.cluster.counting import TextInFiles
from w2vlib.cluster.figures import record_figure
from w2vlib.cluster.sweeps import run_sweep
from w2vlib.evaluation.datasets import word_pairs
from w2vlib.evaluation.geometry import figure_groups
from w2vlib.evaluation.neighbour_stability import overlap
from w2vlib.evaluation.number_vectors import frequent_numbers
from w2vlib.evaluation.similarity_analogy import evaluate
from w2vlib.experiments.ablation import ablate
from w2vlib.experiments.confirmation import read_two_texts
from w2vlib.experiments.evidence import collect_preprocessing, collect_results
from w2vlib.grading.assignment import make_assignment
from w2vlib.grading.check_file import check_file
from w2vlib.grading.submissions import grade
from w2vlib.models.embeddings import Embeddings
from w2vlib.models.ppmi_svd import ppmi_svd
from w2vlib.preprocessing.schemes import Scheme, preprocessed
from w2vlib.replication.settings import PUBLISHED
from w2vlib.reporting.build import make_report
from w2vlib.reporting.explorer_page import load_models, write_explorer
from w2vlib.text.corpus import from_sentences
from w2vlib.text.numerals import numerals
from w2vlib.text.sampling import alias_table
from w2vlib.text.vocabulary import Vocabulary, encode
from w2vlib.widgets.claims import explore_claims
from w2vlib.widgets.gradients import explore_gradients
from w2vlib.widgets.preprocessing import explore_preprocessing
from w2vlib.widgets.training import explore_training
from w2vlib.widgets.words import explore_words

TEXT = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 30
VOCAB = Vocabulary(("cat", "dog"), np.array([2, 1]))
THREE = Vocabulary(("a", "b", "c"), np.array([1, 1, 1]))
E = Embeddings(np.eye(2), VOCAB)
MODEL = SkipGram(dim=2, epochs=1)
# None is left out where it means that an argument is not given.
ODD = [3, 2.5, True, b"x", {"a": 1}, object(), np.array(3), np.array([1.5]), np.zeros((2, 2)), len, range(3), int,
       ..., [None], [3], [b"x"], [[None]], [["a"], None], "\0", "zz\ud800"]  # fmt: skip
PATHS = {
    "load": Embeddings.load, "save": E.save, "EncodedText": EncodedText, "TextInFiles": TextInFiles,
    "word_pairs": word_pairs, "load_corpus": load_corpus, "check_file": check_file, "grade": grade,
    "make_assignment": make_assignment, "run_sweep": lambda odd: run_sweep(odd, "out"), "report": make_report,
    "encode_files": lambda odd: encode_files(odd, "ids"), "into": lambda odd: encode_files("text.txt", odd),
    "evaluate": lambda odd: evaluate(E, [odd], 9), "explorer": lambda odd: write_explorer({"a": E}, odd),
    "models": lambda odd: load_models([odd]), "rows": lambda odd: ablate(TEXT, odd, 1, progress=False, dim=2),
    "checkpoints": lambda odd: MODEL.fit(TEXT, checkpoint_dir=odd, progress=False),
    "run": lambda odd: reproduce(TEXT, checkpoint_dir=odd, iterations=1, progress=False),
    "report to": lambda odd: make_report("bundled", {"absent": 1}, odd),
    "record": lambda odd: collect_preprocessing(TEXT, 1, odd, "", False),
}  # fmt: skip
TEXTS = {
    "encode": encode, "ppmi_svd": lambda odd: ppmi_svd(odd, dim=2), "transform": E.sentence_vectors,
    "fit": lambda odd: MODEL.fit(odd, progress=False),
    "reproduce": lambda odd: reproduce(odd, iterations=1, progress=False),
    "preprocessed": lambda odd: preprocessed(odd, Scheme("top:2")),
    "ablate": lambda odd: ablate(odd, "rows", 1, progress=False, dim=2),
    "results": lambda odd: collect_results(odd, PUBLISHED, range(1), "out", "", False),
    "preprocessing": lambda odd: collect_preprocessing(odd, 1, "out", "", False),
    "explored": explore_preprocessing,
}  # fmt: skip
OTHERS = {
    "words": lambda odd: Vocabulary(odd, np.array([1])), "counts": lambda odd: Vocabulary(("a", "b"), odd),
    "vectors": lambda odd: Embeddings(odd, THREE), "vocab": lambda odd: Embeddings(np.eye(2), odd),
    "ngrams": lambda odd: Embeddings(np.eye(2), VOCAB, odd), "word": lambda odd: E.similarity("cat", odd),
    "query": E.most_similar, "method": lambda odd: E.analogy("cat", "dog", "cat", method=odd),
    "scheme": lambda odd: preprocessed(TEXT, odd), "embeddings": evaluate, "shown": lambda odd: write_explorer(odd, "x"),
    "settings": lambda odd: collect_results(TEXT, odd, range(1), "out", "", False),
    "init": lambda odd: MODEL.fit(TEXT, init=odd, progress=False),
    "models shown": explore_words, "run shown": lambda odd: explore_training(odd, TEXT), "gradients": explore_gradients,
    "results": lambda odd: explore_claims(odd, "label", "caption"), "draws": lambda odd: evaluate(E, draws=odd),
    "min_count": lambda odd: encode(TEXT, odd), "groups": lambda odd: figure_groups(VOCAB, {"a": odd}),
    "sentence": lambda odd: explore_preprocessing(from_sentences(TEXT), odd),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("the cat sat\n" * 9)


def assert_refused(call, odd):
    with pytest.raises(W2VError) as caught:
        call(odd)
    assert "\n" not in str(caught.value)
    assert os.listdir() == ["text.txt"]


@pytest.mark.parametrize("name", PATHS)
def test_what_is_no_path_is_refused(name):
    several = [None] if name in ("checkpoints", "run", "report to") else []
    for odd in ODD if several else [None, *ODD]:
        assert_refused(PATHS[name], odd)
    assert_refused(PATHS[name], "")


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_no_text_is_refused(name):
    for odd in [None, "text", *ODD]:
        assert_refused(TEXTS[name], odd)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_argument_of_this_kind_is_refused(name):
    # None stands for what is not given, 3 is a number, and what is none may hold no words.
    allowed = {"ngrams": [None], "init": [None], "sentence": [None], "draws": [3], "min_count": [3]}.get(
        name, []
    )
    for odd in (odd for odd in [None, *ODD] if not any(odd is each for each in allowed)):
        assert_refused(OTHERS[name], odd)


def test_numbers_that_overflow_and_masked_numbers_are_refused():
    for counts in ([2**62, 2**62], np.array([2**64 - 1, 1], np.uint64)):
        with pytest.raises(W2VError, match="sum below 2"):
            Vocabulary(("a", "b"), np.array(counts))
    with pytest.raises(W2VError, match="masked"):
        Embeddings(np.ma.masked_array(np.eye(2), mask=np.eye(2)), VOCAB)
    for draws in (-1, 2**31 - 1, 2**64, Fraction(1, 2)):
        with pytest.raises(W2VError, match="draws=.* is not allowed"):
            evaluate(E, draws=draws)
    for seed in (-0.0, -1, 2**63):
        with pytest.raises(W2VError, match="seed=.* is not allowed"):
            evaluate(E, seed=seed)


def test_a_text_that_can_be_read_only_once_is_refused_where_it_is_read_twice():
    for call in (TEXTS["fit"], TEXTS["preprocessed"]):
        with pytest.raises(W2VError, match="not a text that can be read again"):
            call(iter(TEXT))


def test_a_text_without_pairs_has_no_ppmi_vectors():
    with pytest.raises(W2VError, match="No sentence of the text has two words"):
        ppmi_svd([["a"], ["b"]], dim=1)


def test_odd_values_of_single_arguments_are_refused():
    with pytest.raises(W2VError, match="A query is a finite vector"):
        E.most_similar(np.ma.masked_array([1.0, 2.0], mask=[True, False]))
    with pytest.raises(W2VError, match="give role= one of"):
        diagnose(lambda x: x, role=np.zeros(3))
    for value in (np.zeros(3), {1, 2}, object()):
        with pytest.raises(W2VError, match="The figure loss is .*: give a number, a text, or lists of these"):
            record_figure("loss", value)
    with pytest.raises(W2VError, match="A path is text or a pathlib.Path"):
        read_two_texts("results", [1])


@pytest.mark.parametrize("collect", [numerals, frequent_numbers])
def test_sentences_that_are_strings_have_no_numbers(collect):
    with pytest.raises(W2VError, match="Sentence 2 is of type str: give a list of strings"):
        collect([["in", "1987"], "in 1987"])


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(W2VError, match="Neighbours of 1 and of 2 words"):
        overlap(np.array([[1, 2]]), np.array([[1, 2], [3, 4]]))
    for odd in ([0.5, -0.5], [np.nan, 1], [np.inf, 1]):
        with pytest.raises(W2VError, match="A probability is negative or not finite"):
            alias_table(odd)
    with pytest.raises(W2VError, match="n_seeds="):
        ablate(TEXT, "must-not-be-made", 0, progress=False, dim=2)
    assert not os.path.exists("must-not-be-made")


def test_names_that_no_font_shows_are_drawn_as_code_points():
    explore_words({"\ud800": E})
