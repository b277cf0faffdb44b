import numpy as np
import pytest

from w2vlib import Embeddings, SkipGram
from w2vlib.evaluation import magnitude_within_type, number_probing, number_vectors
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.vocabulary import Vocabulary


def numbers_of(values, types=None):
    tokens = [f"{value:g}" for value in values]
    types = np.array(["plain"] * len(values) if types is None else types)
    return number_vectors.Numbers(
        tokens, np.asarray(values, float), types, [([token], 0) for token in tokens]
    )


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    values = np.unique(np.round(10 ** rng.uniform(0, 6, 300)))
    return numbers_of(values, np.where(values % 2 == 0, "date", "plain"))


def planted(numbers, noise=0.05):
    """Vectors on an arc by magnitude, with a direction for the type."""
    rng = np.random.default_rng(1)
    angle = np.log10(numbers.values) / 6 * np.pi
    vectors = np.column_stack([np.cos(angle), np.sin(angle), 0.3 * (numbers.types == "date")])
    return np.hstack([vectors, np.zeros((len(vectors), 5))]) + noise * rng.normal(size=(len(vectors), 8))


def test_planted_knowledge_is_found(numbers):
    found = number_probing.probes(planted(numbers), numbers)
    assert found["numbers"] == len(numbers.tokens)
    assert found["magnitude"] > 0.9 and found["largest"] > 0.7 and found["order"] > 0.9
    assert found["odd_one_out"] > 0.9 and found["type"] > 0.95


def test_random_vectors_score_as_the_baseline(numbers):
    found = number_probing.probes(number_vectors.baselines(numbers, 20)["random vectors"], numbers)
    assert found["magnitude"] < 0.1 and found["largest"] == pytest.approx(0.2, abs=0.1)
    assert found["order"] == pytest.approx(0.5, abs=0.05) and found["odd_one_out"] == pytest.approx(
        0.25, abs=0.05
    )
    assert found["type"] == pytest.approx(0.5, abs=0.15)


def test_the_length_as_written_knows_the_magnitude_of_whole_numbers(numbers):
    found = number_probing.probes(number_vectors.baselines(numbers, 3)["length as written"], numbers)
    assert found["magnitude"] > 0.7


def test_equal_vectors_earn_half_of_an_order_and_a_quarter_of_an_odd_one(numbers):
    equal = np.ones((len(numbers.values), 4))
    assert number_probing.closer_in_value(equal, numbers.values) == pytest.approx(0.5)
    assert number_probing.odd_one_out(equal, numbers.values) == pytest.approx(0.25)


def test_prediction_is_made_from_other_numbers_only():
    """Each number has a dimension of its own: nothing can be learnt from the others."""
    values = 10.0 ** np.random.default_rng(2).uniform(0, 5, 60)
    predicted = number_probing.predicted_magnitudes(np.eye(60), values)
    assert number_probing.explained(predicted, values) < 0.1
    assert number_probing.explained(np.log10(values), values) == 1


def test_largest_by_hand():
    values = np.array([1.0, 10, 100, 1000, 10_000])
    assert number_probing.largest_of_list(np.log10(values), values, 50) == 1
    assert number_probing.largest_of_list(-np.log10(values), values, 50) == 0


def test_numberness_of_apart_and_of_mixed():
    rng = np.random.default_rng(3)
    words = tuple(f"{i}" if i < 40 else f"w{i}" for i in range(200))
    vocab = Vocabulary(words, np.arange(200, 0, -1))
    vectors = rng.normal(size=(200, 10))
    nearby, baseline = number_probing.numbers_among_neighbours(Embeddings(vectors, vocab), words[:40])
    assert nearby == pytest.approx(baseline, abs=0.05) and baseline == pytest.approx(39 / 199)
    vectors[:40, 0] += 9
    assert number_probing.numbers_among_neighbours(Embeddings(vectors, vocab), words[:40])[0] > 0.95
    assert np.isnan(number_probing.numbers_among_neighbours(Embeddings(vectors, vocab), ["none"])[0])


def test_magnitudes_of_new_numbers_are_predicted(numbers):
    vectors = planted(numbers)
    first, rest = (
        number_vectors.Numbers(
            numbers.tokens[part], numbers.values[part], numbers.types[part], numbers.contexts[part]
        )
        for part in (slice(0, None, 2), slice(1, None, 2))
    )
    predict = magnitude_within_type.errors_of_new_numbers
    assert predict(vectors[::2], first, vectors[1::2], rest).explained > 0.9
    shuffled = np.random.default_rng(0).permutation(vectors[1::2])
    assert predict(vectors[::2], first, shuffled, rest).explained < 0.1
    assert predict(vectors[:5], numbers_of(range(1, 6)), vectors[1::2], rest) is None


TYPES = ("percent", "money", "plain")


@pytest.fixture(scope="module")
def typed():
    """Numbers of three types with magnitudes of their own, and years."""
    rng = np.random.default_rng(6)
    types = np.array([*np.repeat(TYPES, 80), *["date"] * 60])
    means = {"percent": 1, "money": 6, "plain": 3}
    values = [
        10 ** (means[t] + rng.normal(0, 0.5)) if t in means else rng.integers(1900, 2000) for t in types
    ]
    return numbers_of(values, types)


def test_vectors_of_the_type_alone_explain_no_magnitude_within_type(typed):
    one_hot = (typed.types[:, None] == np.array([*TYPES, "date"])).astype(float)
    assert number_probing.probes(one_hot, typed, only="magnitude")["magnitude"] > 0.9
    assert number_probing.probes(one_hot, typed, only="within_type")["within_type"] == pytest.approx(
        0, abs=0.01
    )
    rest = numbers_of(typed.values * 100, typed.types)  # of other magnitudes: those years are none
    found = magnitude_within_type.errors_of_new_numbers(one_hot, typed, one_hot, rest)
    assert found.explained == pytest.approx(0, abs=0.01)


def test_magnitudes_are_explained_within_type_and_years_left_out(typed):
    known = np.column_stack([np.log10(typed.values), *(typed.types == name for name in TYPES)])
    found = magnitude_within_type.errors_within_type(known, typed)
    assert found.explained > 0.9 and found.places.tolist() == list(range(240))
    random = np.random.default_rng(7).normal(size=(300, 20))
    assert magnitude_within_type.errors_within_type(random, typed).explained < 0.1
    days = numbers_of([*range(1, 32), 1987], ["date"] * 32)
    found = magnitude_within_type.magnitudes_within_type(days.values, days.types)
    assert np.isnan(found[-1]) and found[:-1].mean() == pytest.approx(0)


def test_too_few_numbers_or_equal_ones_have_no_magnitude_within_type(typed):
    few = np.where(np.arange(300)[:, None] < 19, 1.0, np.nan)
    assert magnitude_within_type.errors_within_type(few, typed) is None
    equal = numbers_of([5] * 30)
    assert magnitude_within_type.errors_within_type(np.ones((30, 1)), equal) is None
    assert np.isnan(number_probing.probes(np.full((300, 1), np.nan), typed)["within_type"])


def test_the_number_line_holds_what_was_read(numbers):
    line = np.array(number_probing.number_line(planted(numbers), numbers, most=50))
    assert line.shape == (50, 2) and np.abs(line[:, 0] - line[:, 1]).mean() < 0.5
    assert number_probing.number_line(np.full((3, 2), np.nan), numbers_of([1, 2, 3])) == []


def test_sums_of_digits_know_how_many_they_are():
    """Of vectors of digits that all are one, the mean is the same for all numbers, the sum their length."""
    numbers = numbers_of([3, 33, 333])
    text = [["3", "x"], ["33", "x"], ["333", "x"]]
    fitted = Scheme(numbers="digits").fit(text)
    e = Embeddings(np.ones((2, 3)), Vocabulary(("3", "x"), np.array([6, 3])))
    assert number_vectors.number_vectors(e, fitted, numbers)[:, 0].tolist() == [1, 1, 1]
    assert number_vectors.number_vectors(e, fitted, numbers, np.sum)[:, 0].tolist() == [1, 2, 3]


def test_the_commonest_type_is_what_guessing_earns():
    assert number_probing.majority_baseline(np.array(["a", "b", "a", "a"])) == 0.75
    assert np.isnan(number_probing.majority_baseline(np.array([])))


def test_numbers_of_a_text_have_their_commonest_type():
    text = [["in", "1990"], ["$", "1990"], ["in", "1990"], ["-5", "0", "7"], ["7"]]
    found = number_vectors.frequent_numbers(text, min_count=2)
    assert found.tokens == ["1990", "7"] and found.types.tolist() == ["date", "plain"]
    assert found.values.tolist() == [1990, 7] and found.contexts[0] == (["in", "1990"], 1)
    assert number_vectors.frequent_numbers(text, 1, most=1).tokens == ["1990"]
    assert number_vectors.frequent_numbers(text, 1, 2).tokens == ["7"]


@pytest.mark.parametrize("scheme", ["keep", "magnitude", "digits", "typed", "typed-magnitude", "N"])
def test_vectors_of_numbers_under_a_scheme(scheme):
    rng = np.random.default_rng(4)
    text = [
        ["in", str(year), "he", "paid", "$", str(price)] for year, price in rng.integers(1900, 1999, (300, 2))
    ]
    fitted = Scheme(numbers=scheme).fit(text)
    e = SkipGram(dim=6, epochs=1, subsample=0).fit(fitted.text(text), progress=False).embeddings_
    numbers = number_vectors.frequent_numbers(text)
    vectors = number_vectors.number_vectors(e, fitted, numbers)
    assert vectors.shape == (len(numbers.tokens), 6) and not np.isnan(vectors).any()
    own = fitted.tokens_of(*numbers.contexts[0])
    np.testing.assert_allclose(vectors[0], np.mean([e[token] for token in own], axis=0), rtol=1e-5)


def test_types_are_seen_among_neighbours():
    text = [["rose", "5", "%"], ["paid", "$", "5"]] * 9
    fitted = Scheme(numbers="typed").fit(text)
    assert fitted.tokens_of(text[0], 1) == ["<percent>"] and fitted.tokens_of(text[1], 2) == ["<money>"]


def test_too_few_numbers_have_no_figures():
    few = numbers_of([1, 2, 3])
    found = number_probing.probes(np.eye(3), few)
    assert found["numbers"] == 3 and np.isnan(found["magnitude"])


def test_a_type_that_hardly_occurs_is_no_test_of_types():
    rng = np.random.default_rng(5)
    assert np.isnan(
        number_probing.type_from_vector(rng.normal(size=(20, 5)), np.array(["plain"] * 19 + ["date"]))
    )
