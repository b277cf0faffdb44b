import dataclasses

import numpy as np
import pytest

from w2vlib import W2VError
from w2vlib.evaluation import geometry
from w2vlib.experiments import (
    ablation,
    claim_tests_preprocessing,
    claim_tests_results,
    claims,
    recipe_comparison,
)
from w2vlib.text.corpus import from_sentences
from w2vlib.utils.files import project_root

CLAIMS_FILE = project_root() / "report" / "claims.toml"
ROW = 'id = "{}"\nclaim = "c"\ntest = "{}"\nmeasure = "f"\nabove = 0.5\n'


def claim(**change):
    return dataclasses.replace(claims.Claim("X1", "c", "t", {}, "f", True, 0.5), **change)


@pytest.mark.parametrize(
    ("values", "above", "below"),
    [
        ([0.8, 0.81, 0.79], claims.SUPPORTED, claims.NOT_SUPPORTED),
        ([0.2, 0.21, 0.19], claims.NOT_SUPPORTED, claims.SUPPORTED),
        ([0.2, 0.8, 0.5], claims.INCONCLUSIVE, claims.INCONCLUSIVE),
        ([0.8], claims.INCONCLUSIVE, claims.INCONCLUSIVE),
        ([np.nan, np.nan], claims.INCONCLUSIVE, claims.INCONCLUSIVE),
        ([0.8, np.nan, 0.81, 0.79], claims.SUPPORTED, claims.NOT_SUPPORTED),
    ],
)
def test_the_interval_decides(values, above, below):
    assert claims.decide(claim(), np.array(values)).verdict == above
    assert claims.decide(claim(above=False), np.array(values)).verdict == below


def test_seeds_are_counted_and_ranks_averaged_on_their_scale():
    found = claims.decide(claim(limit=10.0, above=False, scale="log"), np.array([1.0, 100.0, 10.0]))
    assert (
        found.mean == pytest.approx(10) and found.seeds == "1 of 3" and found.verdict == claims.INCONCLUSIVE
    )
    found = claims.decide(claim(scale="proportion"), np.array([0.9, 1.0, 0.98]))
    assert found.high == 1 and found.verdict == claims.SUPPORTED
    table = claims.claims_table([found])
    assert table.iloc[0]["supported if"] == "> 0.5" and table.iloc[0]["seeds"] == "3 of 3"


def read(tmp_path, rows, tests, published=("X1",)):
    path = tmp_path / "claims.toml"
    listed = ", ".join(f'"{name}"' for name in published)
    blocks = "".join(f"[[c.rows]]\n{row}" for row in rows)
    path.write_text(f"[c]\npublished = [{listed}]\n{blocks}", encoding="utf-8")
    return claims.read_claims(path, "c", dict.fromkeys(tests))


def test_a_good_table_is_read(tmp_path):
    found = read(
        tmp_path, [ROW.format("X1a", "t"), ROW.format("X1b", "u") + "arguments = { n = 3 }\n"], ["t", "u"]
    )
    assert [c.id for c in found] == ["X1a", "X1b"] and found[1].arguments == {"n": 3}
    assert found[0].condition == "> 0.5"


@pytest.mark.parametrize(
    ("rows", "tests", "words"),
    [
        ([ROW.format("X1", "gone")], ["t"], "test does not exist.*X1 .gone"),
        ([ROW.format("X1", "t")], ["t", "idle"], "Tests without a claim.*idle"),
        ([ROW.format("X2", "t")], ["t"], "without a row.*X1"),
        ([ROW.format("X1", "t"), ROW.format("Y7", "t")], ["t"], "no published claim.*Y7"),
        ([ROW.format("X1", "t")] * 2, ["t"], "occur twice.*X1"),
        ([ROW.format("X1", "t") + "below = 3\n"], ["t"], "needs either above or below"),
        ([ROW.format("X1", "t") + "abvoe = 3\n"], ["t"], "unknown key abvoe"),
        ([ROW.format("X1", "t").replace("measure", "note")], ["t"], "lacks measure"),
        ([], ["t"], "does not hold a chapter"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, rows, tests, words):
    with pytest.raises(W2VError, match=words):
        read(tmp_path, rows, tests)


def test_the_projects_table_covers_every_published_claim():
    found = claims.read_claims(CLAIMS_FILE, "results", claim_tests_results.TESTS)
    expected = {"R1", "R2", "E1", "E2", "E3", *(f"O{n}" for n in range(1, 8))}
    assert {c.id.rstrip("abcdef") for c in found} == expected
    assert {c.test for c in found} == set(claim_tests_results.TESTS)


def test_the_table_of_preprocessing_covers_every_published_expectation():
    found = claims.read_claims(CLAIMS_FILE, "preprocessing", claim_tests_preprocessing.TESTS)
    expected = {*(f"U{n}" for n in range(1, 7)), *(f"N{n}" for n in range(1, 8))}
    assert {c.id.rstrip("abcdef") for c in found} == expected
    named = {value for c in found for key, value in c.arguments.items() if key in ("scheme", "other_scheme")}
    assert named <= {scheme.rare for scheme in ablation.grid()} | {s.numbers for s in ablation.grid()}


GROUPS = list(geometry.FIGURE_WORDS.values())


def sentences_by_topic(seed=0):
    """Sentences of one topic each; 4 of 40 topics are the groups of the published figure."""
    rng = np.random.default_rng(seed)
    topics = [*GROUPS, *([f"w{t}-{i}" for i in range(6)] for t in range(36))]
    return [[str(w) for w in rng.choice(topics[t], 9)] for t in rng.integers(0, len(topics), 4000)]


def results_of(sentences):
    text = from_sentences(sentences)
    settings = {
        "python_seed": 1, "numpy_seed": 2, "dim": 10, "window": 5, "n_negatives": 5, "batch_size": 50,
        "iterations": 2800, "learning_rate": 4.0, "halving_interval": 2000, "subsample": 1e-2, "checkpoint_every": 400,
    }  # fmt: skip
    runs = recipe_comparison.trained(text, {"recipe": settings}, 6, progress=False)["recipe"]
    others = {
        name: [m.embeddings_ for m in recipe_comparison.skipgrams(sentences, 6, False, dim=dim, epochs=2)]
        for name, dim in ((recipe_comparison.SAME, 10), (recipe_comparison.WIDE, 100))
    }
    evidence = claim_tests_results.Evidence(text, runs, others)
    table = claims.read_claims(CLAIMS_FILE, "results", claim_tests_results.TESTS)
    return {v.claim.id: v for v in claims.evaluate(table, claim_tests_results.TESTS, evidence)}


CLUSTERS = ("E1a", "E1b", "E1c", "O1a", "O1b", "O2a", "O2b", "O4a", "O4b", "O4c", "O4d", "O4e", "O4f", "O7a")


def test_claims_are_supported_on_topics_and_not_on_shuffled_text():
    sentences = sentences_by_topic()
    found = results_of(sentences)
    assert {i: found[i].verdict for i in CLUSTERS} == dict.fromkeys(CLUSTERS, claims.SUPPORTED)
    assert (
        found["O6a"].verdict == found["O6b"].verdict == claims.NOT_SUPPORTED
    )  # nationalities are not spread out
    assert found["O5a"].mean > 0.9
    assert found["R1a"].verdict == claims.INCONCLUSIVE and found["R1a"].seeds == "0 of 0"  # of another text
    assert found["R2"].verdict == claims.NOT_SUPPORTED
    tokens = np.random.default_rng(1).permutation([token for sentence in sentences for token in sentence])
    found = results_of([[str(token) for token in row] for row in tokens.reshape(-1, 9)])
    assert not any(found[i].verdict == claims.SUPPORTED for i in CLUSTERS)
    assert [found[i].verdict for i in ("O1b", "O4b", "O7a")].count(claims.NOT_SUPPORTED) >= 2
    assert found["O6a"].verdict != claims.NOT_SUPPORTED and found["E2"].verdict == claims.NOT_SUPPORTED


def test_a_missing_word_is_inconclusive():
    sentences = [
        [word for word in sentence if word not in ("queen", "brilliant")] for sentence in sentences_by_topic()
    ]
    found = results_of([sentence for sentence in sentences if len(sentence) > 1])
    for name in ("E1a", "E2", "E3", "O3a", "O4a", "O5a", "O5b", "O7a"):
        assert found[name].verdict == claims.INCONCLUSIVE and found[name].seeds == "0 of 0"
    assert found["O1a"].verdict == claims.SUPPORTED
