"""The benchmark that chooses the settings of `SkipGram.for_small_text`, on a text of two topics."""

import itertools
import json

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import stats

from benchmarks import small_text
from w2vlib import SkipGram
from w2vlib.evaluation.datasets import WORD_PAIRS, word_pairs


@pytest.fixture
def small(monkeypatch):
    rng = np.random.default_rng(0)
    words = {topic: [f"{topic}{i}" for i in range(8)] for topic in "xy"}
    texts = {
        name: [rng.choice(words["xy"[n % 2]], 6).tolist() for n in range(300)] for name in small_text.TEXTS
    }
    every = [*words["x"], *words["y"], "unknown"]
    pairs = [(a, b, (a[0] == b[0]) + 0.1 * rng.random()) for a, b in itertools.combinations(every, 2)]
    monkeypatch.setattr(small_text, "corpus", texts.__getitem__)
    monkeypatch.setattr(small_text, "halves", lambda: {n: (pairs[::2], pairs[1::2]) for n in WORD_PAIRS})
    monkeypatch.setattr(small_text, "DIM", 4)
    monkeypatch.setattr(small_text, "DRAWS", 30)
    monkeypatch.setattr(
        small_text, "COARSE", {small_text.SKIPGRAM: {"epochs": (1, 3)}, small_text.PPMI: {"shift": (1, 5)}}
    )
    monkeypatch.setattr(
        small_text, "FINE", {small_text.SKIPGRAM: {"window": (2,)}, small_text.PPMI: {"window": (2,)}}
    )
    return texts


def run(*arguments):
    return CliRunner().invoke(small_text.main, list(map(str, arguments)), catch_exceptions=False).output


def test_halves_are_those_of_each_test():
    for name, (choosing, reported) in small_text.halves().items():
        assert sorted(choosing + reported) == sorted(word_pairs(name))
        assert abs(len(choosing) - len(reported)) <= 1


def test_it_goes_on_after_an_interruption_and_chooses_the_best(small, tmp_path, monkeypatch):
    path, trained = tmp_path / "rows.jsonl", []
    real = small_text.search_row
    monkeypatch.setattr(small_text, "search_row", lambda **job: (trained.append(job), real(**job))[1])
    output = run(path)
    whole = path.read_text(encoding="utf-8")
    assert len(trained) == len(whole.splitlines()) == len({json.dumps(job) for job in trained})
    lines = whole.splitlines(keepends=True)
    path.write_text("".join(lines[:-2]) + lines[-2][:20], encoding="utf-8")  # cut off within a row
    trained.clear()
    assert run(path) == output and path.read_text(encoding="utf-8") == whole
    assert trained == [json.loads(line)["job"] for line in lines[-2:]]
    rows = small_text.Rows(path)
    for method in (small_text.SKIPGRAM, small_text.PPMI):
        settings, variant, value = small_text.search(method, rows, lambda line: None)
        jobs = [json.loads(key) for key in rows.known]
        tried = [job["settings"] for job in jobs if job["method"] == method and job["text"] == "ptb"]
        means = [np.mean([rows.known[small_text._text({**job, "settings": s})] for job in jobs
                          if job["method"] == method and job["settings"] == s], axis=0) for s in tried]  # fmt: skip
        assert value == np.max(means) and settings in tried and variant in small_text.variants_of(method)


def test_the_table_holds_what_scipy_computes(small, tmp_path):
    path = tmp_path / "rows.jsonl"
    run(path)
    output = run(path, "--final", "--seeds", 2, "--text", "ptb")
    assert output.count("pairs with unknown words") == 2 and run(
        path, "--final", "--seeds", 2, "--text", "ptb"
    )
    chosen = SkipGram.for_small_text(dim=4).get_params()
    means = []
    for seed in (1, 2):
        model = SkipGram(**{**chosen, "seed": seed}).fit(small["ptb"], progress=False)
        pairs = small_text.halves()["WordSim-353"][1]
        known = [pair for pair in pairs if "unknown" not in pair]
        cosines = [model.embeddings_.similarity(a, b) for a, b, _ in known]
        means.append(stats.spearmanr(cosines, [rating for _, _, rating in known]).statistic)
    row = next(line for line in output.splitlines() if line.startswith("| WordSim-353"))
    assert f"| {len(known)} |" in row and f"| {np.mean(means):.3f} ±" in row
