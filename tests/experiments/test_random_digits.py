"""Random digit vectors: what the tests of digits give for vectors that have read no text."""

import os

import numpy as np
import pytest

from w2vlib import load_corpus
from w2vlib.evaluation.number_vectors import probed_numbers
from w2vlib.experiments.ablation_numbers import RANDOM_DIGITS, random_digit_figures, random_digits
from w2vlib.experiments.claims import claims_path, read_claims
from w2vlib.experiments.record import TESTS, path_of, read_record
from w2vlib.text.corpus import from_sentences


def claims_of_preprocessing():
    return read_claims(claims_path(), "preprocessing", TESTS["preprocessing"])


def numbers(n):
    return from_sentences([[str(each)] for each in range(1, n)] * 5 + [[str(n + each)] for each in range(60)])


def test_sums_of_random_digits_have_the_magnitude_of_a_number_and_their_vectors_no_other_text():
    frequent, rare = probed_numbers(numbers(400))
    vectors, samples = random_digits((frequent, rare), dim=40, seed=3)
    again, _ = random_digits((frequent, rare), dim=40, seed=3)
    assert np.array_equal(vectors, again)
    place = frequent.tokens.index
    assert np.allclose(vectors[place("12")], (vectors[place("1")] + vectors[place("2")]) / 2)
    assert samples["magnitude_of_sums"].figure() > 0.1  # beyond the length as written


def test_only_the_tests_of_digits_are_applied_and_a_text_without_numbers_has_none():
    found = random_digit_figures(numbers(100), claims_of_preprocessing(), range(3))[RANDOM_DIGITS]
    assert set(found) == {"N6a", "N6b", "N6c"} and {len(values) for values in found.values()} == {3}
    words = from_sentences([["a", "b"]] * 9)
    assert random_digit_figures(words, claims_of_preprocessing(), [0]) == {RANDOM_DIGITS: {}}


@pytest.mark.skipif(not os.environ.get("NLTK_DATA"), reason="needs NLTK_DATA")
@pytest.mark.parametrize("name", ["nltk:conll2000", "nltk:brown"])
def test_the_recorded_figures_are_found_again(name):
    recorded = read_record(path_of("preprocessing", name)).controls[RANDOM_DIGITS]
    found = random_digit_figures(load_corpus(name), claims_of_preprocessing(), [0])[RANDOM_DIGITS]
    assert {id: values[0] for id, values in found.items()} == pytest.approx(
        {id: values[0] for id, values in recorded.items()}, rel=1e-9
    )
