import json

import numpy as np
import pytest

from w2vlib import SkipGram
from w2vlib.experiments import ablation_measures
from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.experiments.ablation_samples import FEWEST
from w2vlib.experiments.ablation_tasks import AblationTasks
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences

KEEP, TOP, GRAMS, N = Scheme(), Scheme("top:900"), Scheme("ngrams:3:5:5000"), Scheme(numbers="N")


@pytest.fixture(scope="module")
def asked(bundled):
    return AblationTasks(from_sentences(bundled.sentences[:6000]), [KEEP, TOP, GRAMS, N], dim=20, epochs=10)


@pytest.fixture(scope="module")
def rows(asked):
    return {scheme: ablation_measures.measure_scheme(asked, scheme, 0) for scheme in asked.schemes}


def test_words_get_the_mean_of_their_pieces(asked):
    scheme = Scheme("bpe:400")
    fitted = scheme.fit(asked.corpus)
    e = SkipGram(dim=6, epochs=1).fit(fitted.text(asked.corpus), progress=False).embeddings_
    found = ablation_measures.word_vectors(e, asked.tokens(scheme), asked.vocab)
    word = next(w for w in found.vocab.words if len(fitted.apply([w])) > 2)
    np.testing.assert_allclose(found[word], np.mean([e[t] for t in fitted.apply([word])], axis=0), rtol=1e-5)
    assert found.vocab.counts[found.vocab.ids[word]] == asked.vocab.counts[asked.vocab.ids[word]]


def test_one_vector_for_all_hidden_words_is_as_near_to_another_as_to_its_own(rows):
    found = rows[TOP]
    assert found.held_out == pytest.approx(found.held_out_other)
    assert found.held_out_covered == 1


def test_n_grams_tell_a_hidden_word_from_another(rows):
    found = rows[GRAMS]
    assert found.held_out > found.held_out_other + 0.05
    assert np.isnan(rows[KEEP].held_out)


def test_all_schemes_are_asked_about_the_same_neighbours(rows, asked):
    for row in rows.values():
        assert list(row.neighbours) == asked.sample == list(row.unknown_nearby)
        assert all(set(each.split()) <= asked.common for each in row.neighbours.values())
        assert row.unknown_nearby == rows[KEEP].unknown_nearby
        assert row.wordsim353_shared_covered == rows[TOP].wordsim353_covered


def test_pairs_with_a_rare_word_and_the_others_make_up_those_of_the_text(rows):
    row = rows[KEEP]
    assert row.wordsim353_rare_covered + row.wordsim353_frequent_covered == row.wordsim353_covered


def test_numbers_under_n_know_nothing_and_n_knows_its_place(rows):
    assert rows[N].magnitude < 0.1 and rows[N].numbers_nearby > 0.9
    assert rows[KEEP].numbers_nearby > 3 * rows[KEEP].numbers_nearby_baseline
    assert rows[N].samples["beside_n"].figure() > 0.9 and "type" not in rows[N].samples
    assert rows[KEEP].samples["near_number_words"].items == rows[N].samples["near_number_words"].items
    saved = rows[KEEP].vocabulary - rows[N].vocabulary
    assert 0.95 * rows[KEEP].number_types < saved < rows[KEEP].number_types  # N-year-old stays
    assert np.isnan(rows[TOP].magnitude)


def test_samples_have_the_figures_of_the_tables(rows, asked):
    for row in rows.values():
        pairs = row.samples.get("shared_pairs")
        if pairs is None:  # too few pairs in this text
            assert row.wordsim353_shared_covered < FEWEST
            continue
        assert pairs.figure() == pytest.approx(row.wordsim353_shared, abs=1e-4)
        assert len(pairs.items) == row.wordsim353_shared_covered and pairs.over == "nodes"
    sample = rows[KEEP].samples["magnitude"]
    assert 1 - sample.values.sum() / sample.total.sum() == pytest.approx(rows[KEEP].within_type, abs=1e-4)
    assert rows[GRAMS].samples["held_out"].figure() > 0.71
    assert set(rows[TOP].samples) >= {"errors", "unknown_as_word", "unknown_as_mean"}
    assert rows[N].magnitude_lost > 0.9 and rows[N].type_lost > 0.9 and rows[KEEP].magnitude_lost == 0
    assert np.isnan(rows[TOP].magnitude_lost)


def test_a_row_with_its_samples_is_read_again(rows):
    for row in rows.values():
        again = AblationRow.from_json(json.loads(json.dumps(row.as_json())))
        assert {name: sample.as_dict() for name, sample in again.samples.items()} == {
            name: sample.as_dict() for name, sample in row.samples.items()
        }


def test_a_tiny_text_gives_rows_without_figures():
    asked = AblationTasks(
        from_sentences([["a", "b"], ["b", "c"]] * 10), [KEEP, Scheme("top:1"), N], dim=2, epochs=1
    )
    for scheme in asked.schemes:
        row = ablation_measures.measure_scheme(asked, scheme, 0)
        assert np.isnan(row.wordsim353) and np.isnan(row.analogies)
        assert np.isnan(row.held_out) and np.isnan(row.magnitude) and row.samples == {}
