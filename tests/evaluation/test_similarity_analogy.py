import itertools
import math

import numpy as np
import pytest
from click.testing import CliRunner
from gensim.test.utils import datapath
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from w2vlib import Embeddings, SkipGram, W2VError
from w2vlib.cli import main
from w2vlib.evaluation.analogy_answers import METHODS, answer_analogies
from w2vlib.evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs
from w2vlib.evaluation.score_tables import score_table
from w2vlib.evaluation.similarity_analogy import (
    _accuracy,
    evaluate,
    rated_pairs,
    score_analogies,
    score_word_pairs,
)
from w2vlib.text.vocabulary import Vocabulary


def of(vectors, words, counts=None):
    counts = np.ones(len(words), int) if counts is None else np.array(counts)
    return Embeddings(np.array(vectors, float), Vocabulary(tuple(words), counts))


def reordered(e, order):
    vocab = Vocabulary(tuple(e.vocab.words[i] for i in order), e.vocab.counts[order])
    return Embeddings(e.vectors[order], vocab)


def test_similarity_by_hand():
    e = of([[1, 0], [1, 0.1], [1, 1], [0, 1]], ["a", "b", "c", "d"])
    pairs = [("a", "b", 9), ("a", "c", 5), ("a", "d", 1)]
    assert score_word_pairs(e, pairs).value == pytest.approx(1)
    assert score_word_pairs(e, [(a, b, -s) for a, b, s in pairs]).value == pytest.approx(-1)
    score = score_word_pairs(e, [*pairs, ("a", "unknown", 2)])
    assert (score.covered, score.total) == (3, 4)
    assert math.isnan(score_word_pairs(e, [("x", "y", 1)]).value)


def test_unknown_words_are_left_out_and_counted_as_zero():
    e = of([[1, 0], [1, 0.1], [1, 1], [0, 1]], ["a", "b", "c", "d"])
    pairs = [("a", "b", 9), ("a", "unknown", 7), ("a", "c", 5), ("a", "d", 1)]
    score = score_word_pairs(e, pairs)
    cosines = [e.similarity("a", "b"), 0, e.similarity("a", "c"), 0]
    assert score.value == pytest.approx(1)
    assert score.value_all == pytest.approx(stats.spearmanr(cosines, [9, 7, 5, 1]).statistic)
    known = score_word_pairs(e, [pair for pair in pairs if pair[1] != "unknown"], draws=50)
    assert (known.value_all, known.low_all, known.high_all) == (known.value, known.low, known.high)
    few = score_word_pairs(e, [("a", "b", 9), ("x", "y", 5), ("y", "z", 6)], draws=50)
    assert math.isnan(few.value) and math.isnan(few.low) and math.isnan(few.p_value)
    assert few.value_all == pytest.approx(stats.spearmanr([1, 0, 0], [9, 5, 6]).statistic)
    assert few.low_all <= few.value_all < few.high_all
    none = score_word_pairs(e, [("x", "y", 5), ("y", "z", 6), ("x", "z", 7)], draws=50)
    assert math.isnan(none.value_all) and math.isnan(none.low_all)


def test_words_paired_with_themselves_share_a_rank():
    vectors = np.random.default_rng(0).normal(size=(40, 7)).astype(np.float32)
    vectors[39] = 0  # has no direction
    words = tuple(f"w{i}" for i in range(40))
    e = of(vectors, words)
    _, cosines, _ = rated_pairs(e, [(w, w.upper(), i) for i, w in enumerate(words)])
    assert cosines.tolist() == [1.0] * 39 + [0.0]
    assert np.isnan(score_word_pairs(e, [(w, w, i) for i, w in enumerate(words[:39])]).value)


def test_any_number_of_tests_is_scored_in_one_call():
    rng = np.random.default_rng(0)
    e = of(rng.normal(size=(20, 4)), [str(i) for i in range(20)])
    tests = {n: [(*map(str, rng.integers(0, 25, 2)), rng.normal()) for _ in range(30)] for n in range(3)}
    together = score_word_pairs(e, tests, draws=20, seed=3)
    assert list(together) == [0, 1, 2] and score_word_pairs(e, {}) == {}
    assert all(score == score_word_pairs(e, tests[n], draws=20, seed=3) for n, score in together.items())
    assert all(0 < score.covered < 30 and score.value != score.value_all for score in together.values())


FORMS = ["us", "Us", "US", "it", "It", "may", "May", "tea", "TEA", "sea"]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_scores_do_not_depend_on_the_order_of_the_vocabulary(data):
    """Forms of a word that are equally frequent included: their counts are drawn from 1 and 2."""
    words = data.draw(st.lists(st.sampled_from(FORMS), min_size=3, unique=True))
    counts = data.draw(st.lists(st.integers(1, 2), min_size=len(words), max_size=len(words)))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    e = of(rng.normal(size=(len(words), 5)), words, counts)
    asked = list(itertools.combinations(["us", "it", "May", "tea", "sea", "unknown"], 2))
    pairs = [(a, b, rng.normal()) for a, b in asked]
    analogies = {"all words": list(itertools.permutations(["us", "it", "may", "tea", "sea"], 4))}
    other = reordered(e, data.draw(st.permutations(range(len(words)))))
    # compared as text, in which NaN equals itself
    assert str(score_word_pairs(other, pairs, 20)) == str(score_word_pairs(e, pairs, 20))
    assert str(score_analogies(other, analogies)) == str(score_analogies(e, analogies))


def test_analogies_by_hand():
    e = of(
        [[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 0, 1]], ["man", "king", "woman", "queen", "other"]
    )
    right, wrong, unknown = (
        ("man", "king", "woman", "queen"),
        ("man", "king", "woman", "other"),
        ("a", "b", "c", "d"),
    )
    scores = score_analogies(e, {"family": [right, wrong], "nowhere": [unknown]})
    assert (scores["family"].value, scores["family"].covered, scores["family"].total) == (0.5, 2, 2)
    assert (scores["all"].value, scores["all"].covered, scores["all"].total) == (0.5, 2, 3)
    assert (scores["family"].value_all, scores["nowhere"].value_all) == (0.5, 0)
    assert scores["all"].value_all == pytest.approx(1 / 3)
    assert math.isnan(scores["nowhere"].value) and scores["nowhere"].total == 1


@pytest.mark.parametrize("method", METHODS)
def test_answers_are_those_of_the_embeddings(method, monkeypatch):
    rng = np.random.default_rng(3)
    words = [f"w{i}" for i in range(40)]
    e = of(rng.normal(size=(40, 6)), words)
    questions = [tuple(rng.choice(words, 4, replace=False)) for _ in range(50)]
    monkeypatch.setattr("w2vlib.evaluation.analogy_answers._AT_ONCE", 300)  # pieces of a few questions
    known, answers, covered = answer_analogies(e, questions)
    assert covered.all()
    assert [tuple(words[i] for i in ids) for ids in known] == questions
    alone = [e.analogy(*q[:3], n=1, method=method)[0][0] for q in questions]
    assert [words[i] for i in answers[method]] == alone


def test_intervals_and_p_values_separate_real_from_random_ratings():
    """Ratings equal to the cosines are far from the permutation baseline; random ratings are not."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(60)]
    e = of(rng.normal(size=(60, 5)), words)
    chosen = [tuple(rng.choice(words, 2, replace=False)) for _ in range(100)]
    good = score_word_pairs(e, [(a, b, e.similarity(a, b) + rng.normal(0, 0.2)) for a, b in chosen], 500)
    none = score_word_pairs(e, [(a, b, rng.normal()) for a, b in chosen], 500)
    assert 0.7 < good.low < good.value < good.high < 1 and good.p_value < 0.01
    assert none.low < 0 < none.high and none.p_value > 0.02
    assert abs(good.baseline) < 0.02 and abs(none.baseline) < 0.02


def test_baseline_of_analogies_is_that_of_permuted_answers():
    """Always answering one word of a section scores no more than the baseline."""
    vectors = np.vstack([np.eye(12), 3 * np.ones((1, 12))])
    words = [*map(str, range(12)), "favourite"]
    e = of(vectors, words)
    questions = [(str(i), str(i + 1), str(i + 2), "favourite" if i < 5 else str(i + 3)) for i in range(9)]
    score = score_analogies(e, {"one": questions}, draws=300)["all"]
    assert score.value == pytest.approx(5 / 9) == pytest.approx(score.baseline) and score.p_value == 1
    assert score.low < 5 / 9 < score.high


def test_bootstrap_of_spearman_covers_the_truth():
    """The interval of 95 % holds the correlation of the population in about 95 % of samples."""
    rng = np.random.default_rng(1)
    words = [f"w{i}" for i in range(200)]
    hits = 0
    for trial in range(60):
        angles = rng.uniform(0, np.pi, 100)
        vectors = np.zeros((200, 2))
        vectors[::2] = [1, 0]
        vectors[1::2] = np.column_stack([np.cos(angles), np.sin(angles)])
        judged = -angles + rng.normal(0, 1.2, 100)
        score = score_word_pairs(
            of(vectors, words), [(words[2 * i], words[2 * i + 1], judged[i]) for i in range(100)], 300, trial
        )
        hits += score.low < TRUTH < score.high
    assert 50 <= hits <= 60


# Spearman's correlation of θ and θ + 1.2 z, θ uniform on (0, π), over four million draws.
TRUTH = 0.6062


def test_the_most_frequent_form_of_a_word_counts():
    e = of([[0, 1], [1, 0], [1, 0.1], [1, 1], [0.2, 1]], ["Us", "us", "B", "c", "d"], [1, 9, 1, 1, 1])
    pairs = [("US", "b", 3), ("us", "C", 2), ("Us", "D", 1)]
    assert score_word_pairs(e, pairs).value == pytest.approx(1)


def test_gensim_agrees(bundled):
    # With this seed no two cosines are so near to each other that gensim's last bits order them otherwise.
    e = SkipGram(dim=16, epochs=1, seed=1).fit(bundled, progress=False).embeddings_
    # gensim takes the form of a word that comes first: of equally frequent ones, let it be ours
    words, counts = e.vocab.words, e.vocab.counts
    order = sorted(range(len(e)), key=lambda i: (-counts[i], words[i] != words[i].lower(), words[i]))
    keyed = reordered(e, order).to_keyed_vectors()
    for name, file in WORD_PAIRS.items():
        _, spearman, missing = keyed.evaluate_word_pairs(datapath(file), restrict_vocab=len(e))
        score = score_word_pairs(e, word_pairs(name))
        assert score.value == pytest.approx(spearman.statistic, abs=1e-9)
        assert score.covered == round(score.total * (1 - missing / 100))


def test_every_test_is_in_the_table(bundled, tmp_path):
    rng = np.random.default_rng(0)
    words = tuple(
        dict.fromkeys(w.lower() for section in analogy_sections().values() for q in section for w in q)
    )
    e = of(rng.normal(size=(len(words), 4)), words)
    path = tmp_path / "mine.tsv"
    path.write_text("king\tqueen\t9\nboy\tgirl\t8\nrome\tparis\t3\nking\tunheardof\t1\n", encoding="utf-8")
    scores = evaluate(e, [path], draws=20)
    assert scores[str(path)].covered == 3 and scores["analogies: all, 3CosMul"].total == 19_544
    assert len(scores) == 3 + 2 * 15 and len(score_table(scores)) == len(scores)


def test_command_line(tmp_path):
    rng = np.random.default_rng(0)
    words = [w for a, b, _ in word_pairs("WordSim-353")[:40] for w in (a, b)]
    words = list(dict.fromkeys(words))
    e = of(rng.normal(size=(len(words), 4)), words)
    for name in ("v.npz", "v.txt", "v.bin"):
        e.save(tmp_path / name)
        done = CliRunner().invoke(main, ["evaluate", str(tmp_path / name), "--draws", "20"])
        assert done.exit_code == 0 and "WordSim-353" in done.output and " of 353" in done.output
        both = score_word_pairs(Embeddings.load(tmp_path / name), word_pairs("WordSim-353"), 20)
        assert f"{both.value:.3f} [" in done.output and f"{both.value_all:.3f} [" in done.output
    mine = tmp_path / "mine.csv"
    mine.write_text("a,b,1\nc,d\n", encoding="utf-8")
    for args, words in (
        ([tmp_path / "none.npz"], "There is no file"),
        ([tmp_path / "v.npz", "--on", mine], "Line 2 of"),
        ([tmp_path / "v.npz", "--draws", "0"], "draws=0 is not allowed"),
    ):
        done = CliRunner().invoke(main, ["evaluate", *map(str, args)])
        assert done.exit_code == 2 and words in done.output and "Traceback" not in done.output


@pytest.mark.parametrize("name", ["WordSim-353", "SimLex-999", "analogies: all, 3CosAdd"])
def test_a_file_with_the_name_of_a_test_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("a b 1\nc d 2\n")
    with pytest.raises(W2VError, match="has the name of another test: rename it"):
        evaluate(of(np.eye(4), list("abcd")), [name], draws=0)


def test_pairs_are_resampled_and_not_questions():
    """Ten first pairs, each in forty questions, of which all or none are right: ten draws, not four hundred."""
    rng = np.random.default_rng(0)
    right = np.repeat(np.arange(10) < 5, 40)
    score = _accuracy(right, np.repeat(np.arange(10), 40), 400, np.zeros(2000), rng)
    assert score.value == 0.5
    assert score.high - score.low == pytest.approx(2 * 1.96 * (0.25 / 10) ** 0.5, rel=0.2)


def test_vectors_without_length_have_no_figure():
    e = of(np.zeros((6, 2)), list("abcdef"))
    score = score_word_pairs(e, [("a", "b", 1), ("c", "d", 2), ("e", "f", 3)], draws=50)
    assert math.isnan(score.value) and math.isnan(score.p_value) and math.isnan(score.low)


@pytest.mark.parametrize("method", METHODS)
def test_which_answers_are_correct_is_found_without_the_others(method, monkeypatch):
    """Also with vectors of which some are equal, and in parts of a few words."""
    rng = np.random.default_rng(5)
    words = [f"w{i}" for i in range(60)]
    vectors = rng.normal(size=(60, 3))
    vectors[40:45] = vectors[:5]
    e = of(vectors, words)
    asked = [tuple(rng.choice(words, 3, replace=False)) for _ in range(400)]
    _, best, _ = answer_analogies(e, [(*q, q[0]) for q in asked], (method,))
    right = rng.random(400) < 0.5
    questions = [
        (*q, words[best[method][i]] if right[i] else str(rng.choice(words))) for i, q in enumerate(asked)
    ]
    monkeypatch.setattr("w2vlib.evaluation.analogy_answers._AT_ONCE", 600)
    ids, every, _ = answer_analogies(e, questions, (method,))
    _, enough, _ = answer_analogies(e, questions, (method,), only_correct=True)
    correct = every[method] == ids[:, 3]
    assert 150 < correct.sum() < 300
    np.testing.assert_array_equal(enough[method] == ids[:, 3], correct)


@pytest.mark.parametrize("method", ["3cosmul", "cosine", "", None, "3CosAdd "])
def test_methods_that_there_are_not(method):
    e = Embeddings(np.eye(4), Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    with pytest.raises(W2VError, match="method=.* is not allowed: give"):
        score_analogies(e, {"s": [tuple("abcd")]}, method)
    for methods in ([method], "3CosMul"):
        with pytest.raises(W2VError, match="method=.* is not allowed: give"):
            answer_analogies(e, [tuple("abcd")], methods)


def test_ratings_that_are_no_numbers_are_refused():
    e = Embeddings(np.eye(4), Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    with pytest.raises(W2VError, match="The rating of a pair is not a finite number"):
        score_word_pairs(e, [("a", "b", 1.0), ("a", "c", float("nan")), ("b", "d", 2)], draws=9)


def test_analogies_of_four_words_alone_are_taken():
    e = Embeddings(np.eye(4), Vocabulary(tuple("abcd"), np.array([4, 3, 2, 1])))
    for questions in ([tuple("abcda"), tuple("abc")], [tuple("abc")] * 4, ["abcd"], [tuple("abcdabcd")]):
        with pytest.raises(W2VError, match="is no analogy: give four words"):
            score_analogies(e, {"x": questions})
    with pytest.raises(W2VError, match="A section is called 'all'"):
        score_analogies(e, {"all": [tuple("abcd")]})
