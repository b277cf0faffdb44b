"""Numbers that the report says twice come from one computation, and every time is said to vary."""

import re
from collections import Counter

import pytest

from w2vlib.experiments import ablation
from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.experiments.ablation_tasks import AblationTasks
from w2vlib.experiments.training_measures import Measures
from w2vlib.preprocessing import number_schemes, rare_words, subword_tokenizers
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.replication import pair_tests, published_recipe, unigram_baseline
from w2vlib.reporting import provenance
from w2vlib.reporting.findings import ablation as ablation_findings
from w2vlib.reporting.findings import preprocessing as findings
from w2vlib.reporting.findings import recipe_comparison, training
from w2vlib.reporting.findings import unigram_baseline as baseline_findings
from w2vlib.text.corpus import from_sentences

SCHEMES = [Scheme(), Scheme(rare="bpe:600"), Scheme(rare="wordpiece:600"), Scheme(rare="top:300")]
SCHEMES += [Scheme(numbers=name) for name in number_schemes.NUMBER_SCHEMES if name != "keep"]


@pytest.fixture(scope="module")
def text(bundled):
    with_numbers = [s for s in bundled if sum(token[:1].isdigit() for token in s) > 1]
    return from_sentences(with_numbers[::3], "small")


@pytest.fixture(scope="module")
def counted(text):
    return number_schemes.count_numbers(text)


@pytest.fixture(scope="module")
def tasks(text):
    return AblationTasks(text, SCHEMES, dim=2)


def number(words):
    return float(str(words).replace(",", ""))


def numbers_after(pattern, text):
    return [number(each) for each in re.search(pattern, text).groups()]


def test_numbers_are_counted_once(counted, tasks, text):
    tokens, types = numbers_after(
        r"are ([\d,]+) tokens .* and ([\d,]+) types", findings.number_counts(counted).text
    )
    by_type = findings.number_types(number_schemes.number_types_table(counted.numbers)).frame
    assert sum(map(number, by_type["tokens"])) == tokens == sum(counted.magnitudes.values())
    schemes = findings.number_schemes(counted).frame.set_index("scheme")["types for numbers"].map(number)
    assert schemes["`keep`"] == types
    assert sum(rare_words.is_numeral(word) for word in tasks.vocab.words) == types  # as in the ablation
    assert findings.vocabulary_sizes(
        rare_words.vocabulary_sizes_table(rare_words.measure_rare_words(text, 300, 5).counts)
    ).frame["types"].map(number).iloc[-1] == counted.n_types  # fmt: skip


def test_types_that_a_scheme_saves_are_those_missing_from_its_vocabulary(counted, tasks, text):
    table = findings.number_schemes(counted).frame.set_index("scheme")["types for numbers"].map(number)
    saved = re.search(
        r"from ([\d,]+) to ([\d,]+), which saves ([\d,]+) of ([\d,]+) types. Under `magnitude` they are "
        r"([\d,]+), and under `typed` ([\d,]+)", findings.number_savings(counted, text).text
    )  # fmt: skip
    keep, one, difference, all_types, magnitude, typed = map(number, saved.groups())
    assert [keep, one, magnitude, typed] == [
        table[f"`{name}`"] for name in ("keep", "N", "magnitude", "typed")
    ]
    assert keep - one == difference and one > 1  # tails: N-year-old
    for scheme in SCHEMES[4:]:
        vocabulary = len({token for sentence in tasks.text(scheme) for token in sentence})
        assert all_types - vocabulary == keep - table[f"`{scheme.numbers}`"]


def test_tokens_per_word_are_those_of_the_ablation(counted, tasks):
    table = findings.number_schemes(counted).frame.set_index("scheme")["tokens per word"]
    for scheme in SCHEMES[4:]:
        n_tokens = sum(map(len, tasks.text(scheme)))
        assert table[f"`{scheme.numbers}`"] == f"{n_tokens / counted.n_tokens:.3f}"


def test_words_lost_are_measured_once(tasks, text):
    compared = subword_tokenizers.compare_subwords(text, 300, 600)
    assert compared.n_pieces == 600
    lost = compared.table["words lost [%]"].tolist()
    of_ablation = [100 * tasks.facts(SCHEMES[k])["lost_on_new_text"] for k in (3, 1, 2)]
    assert lost == pytest.approx(of_ablation, abs=1e-9) and lost[0] > lost[1] > 0
    shown = findings.subwords_table(compared).frame["words lost [%]"].map(number)
    before, after = numbers_after(
        r"from ([\d.]+) % to ([\d.]+) %", findings.subwords_gain(compared, text).text
    )
    assert (before, after) == (pytest.approx(shown[0], abs=0.05), pytest.approx(shown[1], abs=0.005))


def test_rare_words_are_those_of_the_vocabulary_sizes(text):
    rare = rare_words.measure_rare_words(text, 300, 5)
    lost = findings.vocabulary_sizes(rare_words.vocabulary_sizes_table(rare.counts, sizes=(300,))).frame
    percent = numbers_after(r"tokens \(([\d.]+) %\) become", findings.unknown_words(rare).text)
    counts = Counter(token for sentence in text for token in sentence)
    assert rare.n_rare_tokens == sum(n for _, n in counts.most_common()[300:])
    assert percent == [number(lost["tokens lost [%]"].iloc[0])]


def test_the_trained_loss_is_one_figure(toy):
    run = published_recipe.reproduce(toy, iterations=100, subsample=1e-2, dim=3, progress=False)
    compared = unigram_baseline.compare(toy, run, iterations=20)
    tests = pair_tests.test_pairs(toy, run, n_permutations=2, iterations=20)
    of_table = baseline_findings.baseline_table(run, compared, compared).frame["trained, per pair"][0]
    assert baseline_findings.pairs_table(tests, compared).frame["loss per pair"][0] == of_table


def test_every_time_is_said_to_vary(toy, counted):
    run = published_recipe.reproduce(toy, iterations=20, dim=3, progress=False)
    rows = [
        AblationRow("keep", "N", 0, seconds=2.0, wordsim353_shared=0.2, parameters=1.0, tokens_per_word=1)
    ]
    measured = {"published recipe": [Measures(seconds=2.0)]}
    said = [
        training.final_loss(run, toy).text,
        training.cost_table([9], {"negative-sampling": [1e-6], "naive-softmax": [1e-5]}).caption,
        recipe_comparison.recipes_table(measured, "here").caption,
        ablation_findings.cost_table(rows).caption,
        ablation_findings.quality_against_cost(rows).caption,
        *[cell.source for cell in provenance.closing_cells(toy.provenance, {}, {"01": 1.0}, ".")[:1]],
        provenance.closing_cells(toy.provenance, {}, {"01": 1.0}, ".")[-1]
        .outputs[0]
        .metadata["w2v"]["caption"],
    ]
    assert all(provenance.WALL_CLOCK in each for each in said)


def test_the_text_of_the_trainings_is_named(text):
    part = ablation.part_of(text, 3)
    name = ablation_findings.source_of_rows(text, "", part.provenance.tokens_sha256, 3)
    assert name == "one in 3 sentences of the corpus “small”"
    whole = ablation.part_of(text, 1)
    assert ablation_findings.source_of_rows(text, "", whole.provenance.tokens_sha256, 1) == (
        "the corpus “small”"
    )
