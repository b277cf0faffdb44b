"""The recorded comparison of the published training with the unigram baseline."""

import os

import numpy as np
import pytest

from w2vlib import W2VError, load_corpus
from w2vlib.experiments.record import Record, path_of, read_record
from w2vlib.experiments.recorded_pairs import measure_pairs, pairs_from
from w2vlib.replication.settings import PUBLISHED
from w2vlib.reporting.findings.unigram_baseline import recorded_pairs


def test_the_record_of_the_published_text_agrees_with_itself():
    record = read_record(path_of("results", "ptb"))
    comparison, tests = pairs_from(record.pairs)
    assert comparison.trained_loss == tests.trained
    text = recorded_pairs(record).text
    assert f"{tests.trained:.3f}" in text and f"p = {tests.p:.2g}" in text
    # what the two parts of the vectors explain adds up to the whole
    whole = tests.permuted_alike.mean() - tests.trained
    assert tests.along + tests.across - 2 * tests.trained == pytest.approx(whole, rel=0.2)


@pytest.mark.parametrize(
    "pairs", [{"tests": {}}, {"comparison": {}, "tests": {"p": [1]}}, {"comparison": 3, "tests": 4}]
)
def test_damaged_figures_are_refused(pairs):
    with pytest.raises(W2VError, match="no record of evidence"):
        Record.from_json(Record({}, {}, {}, {}, {}, pairs).as_json())


@pytest.mark.skipif(not os.environ.get("W2VLIB_DATA"), reason="needs W2VLIB_DATA")
def test_the_published_text_gives_the_recorded_figures_again():
    recorded = read_record(path_of("results", "ptb")).pairs
    found = measure_pairs(load_corpus("ptb"), PUBLISHED, progress=False)
    for part in ("comparison", "tests"):
        for name, value in recorded[part].items():
            assert np.allclose(found[part][name], value, rtol=1e-6, atol=1e-9), name
