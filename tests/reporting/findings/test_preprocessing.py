from dataclasses import replace

import pandas as pd
import pytest

from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.preprocessing import number_schemes, rare_words
from w2vlib.preprocessing.subword_tokenizers import SubwordComparison
from w2vlib.reporting.display import Headline
from w2vlib.reporting.findings import ablation as ablation_findings
from w2vlib.reporting.findings import preprocessing as findings
from w2vlib.text.corpus import from_sentences

TEXT = from_sentences([["in", "1990", "it", "cost", "$5"], ["in", "2000", "Bob", "paid", "20"]], "small")


def test_replaced_text(toy):
    assert findings.replaced_text(TEXT, TEXT, (0, 0)) is None
    text = findings.replaced_text(TEXT, toy, (2, 1)).text
    assert "2 of its 10 tokens (20.0 %) are `<unk>` and 1 (10.0 %) are `N`" in text
    assert text.endswith("measured on the corpus “sentences”.")


@pytest.fixture(scope="module")
def rare():
    return rare_words.measure_rare_words(TEXT, top_k=1, window=1)


def test_rare_words_are_those_outside_the_most_frequent(rare):
    assert (rare.n_tokens, rare.n_rare_tokens, rare.n_rare_types) == (10, 8, 8)
    assert rare.numbers == 4 / 8 and rare.capitalised == 1 / 8 and rare.near_rare == 1
    assert sorted(rare.sample) == sorted({t for s in TEXT for t in s} - {"in"})
    none = rare_words.measure_rare_words(TEXT, top_k=99, window=1)
    assert (none.n_rare_types, none.capitalised, none.near_rare, none.sample) == (0, 0, 0, [])


def test_coverage(rare):
    figure = findings.coverage(rare, TEXT)
    assert "Zipf's law on the corpus “small”" in figure.caption and "8 (89 %) occur once" in figure.caption
    assert "9 types" in figure.alt


def test_vocabulary_sizes(rare):
    table = rare_words.vocabulary_sizes_table(rare.counts, sizes=(1, 2, 50))
    assert table["types"].tolist() == ["1", "2", "9"]
    assert table["tokens lost [%]"].tolist() == ["80.0", "70.0", "0.0"]
    assert findings.vocabulary_sizes(table).label == "kept"


def test_unknown_words(rare):
    text = findings.unknown_words(rare).text
    assert "8 tokens (80.0 %) become `<unk>`" in text and "100 % of all tokens" in text and "sample" in text
    assert "sample" not in findings.unknown_words(replace(rare, sample=[])).text


@pytest.fixture
def comparison():
    table = pd.DataFrame(
        [("whole words", "10", 1.0, 12.5, 100.0), ("byte-pair encoding", "99", 1.25, 0.5, 80.0)],
        columns=["scheme", "vocabulary", "tokens per word", "unknown [%]", "in one piece [%]"],
    )
    return SubwordComparison(99, table, {"catlike": ["cat", "like"]}, [0.5, 1.0], 1234)


def test_subwords(comparison):
    assert findings.subword_note(comparison, 99) is None
    assert "98 pieces are too few" in findings.subword_note(comparison, 98).text
    assert findings.subwords_table(comparison).frame["unknown [%]"].tolist() == ["12.500", "0.500"]
    text = findings.subwords_gain(comparison, TEXT).text
    assert "with 99 pieces" in text and "from 12.5 % to 0.50 %, with 25 % more tokens" in text


def test_subword_examples(comparison):
    text = findings.subword_examples(comparison).text
    assert "catlike → cat · like." in text and "On average 75 %" in text and "1,234 different" in text
    text = findings.subword_examples(replace(comparison, examples={}, ngrams_known=[])).text
    assert "For example" not in text and "has no word that is not in the vocabulary" in text


def test_numbers():
    counted = number_schemes.count_numbers(TEXT)
    assert findings.no_numbers(counted) is None
    text = findings.number_counts(counted).text
    assert "are 4 tokens (40.0 % of the text) and 4 types" in text and "before a number are in (2)" in text
    figure = findings.magnitudes(counted, TEXT)
    assert "the scheme `magnitude` has 3 tokens" in figure.caption and "highest at 10³" in figure.alt
    words = "from 4 to 2, which saves 2 of 9 types. Under `magnitude` they are 4, and under `typed` 4."
    assert words in findings.number_savings(counted, TEXT).text
    types = number_schemes.number_types_table(counted.numbers)
    assert findings.number_types(types).frame["type"].tolist()[0] == "date"
    assert len(findings.number_schemes(counted).frame) == 6


def test_a_text_without_numbers():
    counted = number_schemes.count_numbers([["a", "b"]])
    assert "has no numbers" in findings.no_numbers(counted).text
    assert "before a number" not in findings.number_counts(counted).text
    assert "empty panel" in findings.magnitudes(counted, TEXT).alt
    assert "from 0 to 0, which saves 0 of 2 types" in findings.number_savings(counted, TEXT).text


def row(rare="keep", numbers="keep", seed=0, **figures):
    return AblationRow(rare, numbers, seed, tokens=1000, **figures)


KEEP = [
    row(seed=n, seconds=2.0, parameters=3e6, tokens_per_word=1.0, wordsim353=0.2, wordsim353_shared=0.1 + n / 100,
        wordsim353_covered=200, wordsim353_shared_covered=50, wordsim353_rare_covered=30,
        wordsim353_frequent_covered=170)
    for n in range(2)
]  # fmt: skip
TOP = [
    row("top:9", seed=n, seconds=1.0, parameters=1e6, tokens_per_word=1.0, wordsim353_shared=0.3, held_out=0.25,
        held_out_other=0.24)
    for n in range(2)
]  # fmt: skip
REFUSED = row("drop:5", refused="It leaves no word.")


def test_trainings():
    text = ablation_findings.trainings([*KEEP, *TOP], "the corpus “small”").text
    assert text.startswith("4 trainings: 2 seeds of 2 schemes, on 1,000 tokens of the corpus “small”.")
    assert "`keep` covers 200 pairs; 50 are covered by every scheme, 30 have a rare word and 170 none" in text
    assert ablation_findings.source_of_rows(TEXT, "", "abc") == "the corpus “small”"
    assert "SHA-256 0123456789ab…" in ablation_findings.source_of_rows(TEXT, "rows", "0123456789abcdef")


def test_refused_schemes():
    assert ablation_findings.refused_schemes(KEEP) is None
    assert "`drop:5` (It leaves no word)." in ablation_findings.refused_schemes([*KEEP, REFUSED]).text


def test_tables_of_schemes():
    rows = [*KEEP, *TOP, REFUSED]
    assert ablation_findings.cost_table(rows).frame["time [s]"].tolist() == ["2.00", "1.00"]
    assert "of 1 to 2 seeds" in ablation_findings.quality_table(rows).caption.replace("Means of", "of")
    one = [row for row in rows if row.seed == rows[0].seed]
    assert "Means of 1 seed ±" in ablation_findings.quality_table(one).caption
    assert ablation_findings.held_out_table(rows).frame["scheme"].tolist() == ["`top:9`"]
    assert ablation_findings.number_probes(rows).frame.empty


def test_quality_against_cost():
    figure = ablation_findings.quality_against_cost([*KEEP, *TOP])
    assert "best mean is that of `top:9`" in figure.caption and "2 schemes" in figure.alt
    assert [len(axes.containers[0].lines[0].get_xdata()) for axes in figure.figure.axes] == [2, 2, 2, 2]
    assert "Too few pairs" in ablation_findings.quality_against_cost([row()]).caption


def test_held_out_words():
    assert ablation_findings.held_out_words(KEEP) is None
    finding = ablation_findings.held_out_words([*KEEP, *TOP])
    assert isinstance(finding, Headline) and "0.25 under `top:9` (other words: 0.24)" in finding.text


def test_number_lines():
    assert "No figure" in ablation_findings.number_lines(KEEP).caption
    with_line = row(numbers="N", number_line=[[0.0, 0.5], [1.0, 1.5]])
    figure = ablation_findings.number_lines([with_line])
    assert "One seed" in figure.caption and figure.figure.axes[0].get_title() == "N"


def test_held_out_words_without_figures_of_other_words():
    rows = [AblationRow("ngrams:3:6", "keep", 0, held_out=0.6), AblationRow("top:9", "keep", 0, held_out=0.5)]
    rows.append(AblationRow("top:9", "keep", 1, held_out=0.5, held_out_other=0.1))
    text = ablation_findings.held_out_words(rows).text
    assert "0.60 under `ngrams:3:6`, 0.50 under `top:9` (other words: 0.10)." in text
