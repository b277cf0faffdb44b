"""NumPy's numbers and fractions as parameters give what Python's numbers of the same value give."""

import warnings
from fractions import Fraction

import numpy as np
import pytest

from w2vlib import CharNGrams, SkipGram, W2VError, encode_files, reproduce
from w2vlib.experiments.ablation import ablate
from w2vlib.models.ppmi_svd import ppmi_svd
from w2vlib.preprocessing.number_schemes import rewritten
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences
from w2vlib.utils.validation import NumberIn, Real, Whole

TEXT = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 30


def of_reproduce(folder, real, whole):
    settings = {"learning_rate": real(0.25), "init_scale": real(0.5), "subsample": real(1.0), "dim": whole(2)}
    run = reproduce(TEXT, checkpoint_dir=folder, iterations=whole(2), **settings, progress=False)
    return run.input_vectors


def of_skipgram(folder, real, whole):
    settings = {"learning_rate": real(0.25), "min_learning_rate": real(0.125), "noise_exponent": real(0.5)}
    model = SkipGram(dim=whole(2), epochs=whole(1), subsample=real(0.5), **settings)
    return model.fit(TEXT, checkpoint_dir=folder, progress=False).input_vectors_


def of_ablation(folder, real, whole):
    settings = {"dim": whole(2), "epochs": whole(1), "learning_rate": real(0.125)}
    (row,) = ablate(from_sentences(TEXT), folder, whole(1), [Scheme()], progress=False, **settings)
    return [row.pair_loss, row.parameters, row.vocabulary]


def of_encoding(folder, real, whole):
    folder.mkdir()
    path = folder / "text.txt"
    path.write_text("the cat sat\nthe cat\n")
    return encode_files(path, folder / "ids", whole(2), whole(9), progress=False).ids


def of_ppmi(folder, real, whole):
    return ppmi_svd(TEXT, dim=whole(2), eigenvalues=real(0.5), noise_exponent=real(0.75)).vectors


@pytest.mark.parametrize("make", [of_reproduce, of_skipgram, of_ablation, of_encoding, of_ppmi])
@pytest.mark.parametrize("real", [np.float32, np.float64, Fraction])
def test_numbers_of_other_kinds_give_the_same(make, real, tmp_path):
    expected = make(tmp_path / "python", float, int)
    assert np.array_equal(make(tmp_path / "other", real, np.int64), expected)
    again = tmp_path / "python" if make is not of_encoding else tmp_path / "again"
    assert np.array_equal(make(again, real, np.int16), expected)  # goes on from what Python's numbers made


@pytest.mark.parametrize("number", [10**400, Fraction(10**400), -Fraction(10**400)])
def test_numbers_beyond_floats_are_refused(number):
    assert not Real(0).allows(number) and not Whole(0).allows(number)
    with pytest.raises(W2VError, match="learning_rate=.* is not allowed: give a number"):
        SkipGram(learning_rate=number).fit(TEXT, progress=False)


class Unwritable:
    def __repr__(self):
        raise KeyError("no words")


TOO_LONG = 10**5000  # Python writes no number with more than 4300 digits
VALUES = [TOO_LONG, -TOO_LONG, Fraction(TOO_LONG, 3), [TOO_LONG], Unwritable()]


@pytest.mark.parametrize("value", VALUES, ids=["long", "negative", "fraction", "list", "object"])
@pytest.mark.parametrize("name", ["dim", "learning_rate", "seed", "subwords", "objective"])
def test_values_that_python_cannot_write_are_named_in_one_sentence(name, value):
    with pytest.raises(
        W2VError, match=f"{name}=(a whole number of about|an object of the class).* is not allowed"
    ):
        SkipGram(**{name: value}).fit(TEXT, progress=False)


def test_values_of_other_functions_are_shortened():
    for refused in (
        lambda: CharNGrams(2, 3, "9" * 10_000),
        lambda: CharNGrams(TOO_LONG),
        lambda: rewritten([], TOO_LONG),
    ):
        with pytest.raises(W2VError, match="is not allowed") as caught:
            refused()
        assert len(str(caught.value)) < 200


def test_a_fraction_that_is_zero_as_a_float_is_not_above_zero():
    with pytest.raises(W2VError, match="learning_rate=.* is not allowed: give a number above 0"):
        SkipGram(learning_rate=Fraction(1, TOO_LONG)).fit(TEXT, progress=False)


def test_half_precision_is_compared_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Real(0, 1e300).allows(np.float16(0.5)) and not Real(0, 0.25).allows(np.float16(0.5))


@pytest.mark.parametrize("duration", [np.timedelta64(3), np.timedelta64(3, "s")])
def test_durations_are_no_numbers(duration):
    assert not Whole(0).allows(duration) and not Real(0).allows(duration)
    assert not NumberIn((3,)).allows(duration)
