import re

import numpy as np
import pytest

from w2vlib.experiments import verdicts
from w2vlib.experiments.confirmation import read_two_texts
from w2vlib.utils.files import project_root

README = " ".join((project_root() / "README.md").read_text(encoding="utf-8").split())


def counts(results):
    return {verdict: sum(r.verdict == verdict for r in results.values()) for verdict in verdicts.VERDICTS}


def test_the_readme_counts_the_verdicts_on_the_published_text():
    both = read_two_texts("results")
    n = counts(both.explored)
    same = sum(one.verdict == other.verdict for one, other in both.comparable())
    assert (
        f"with {len(both.records[0].provenance['seeds'])} seeds, {n[verdicts.SUPPORTED]} of {len(both.tests())} tests "
        f"support their claim, {n[verdicts.NOT_SUPPORTED]} do not, {n[verdicts.INCONCLUSIVE]} are inconclusive, "
        f"and {n[verdicts.NOT_TESTED]} are not tested"
    ) in README
    assert f"{same} of the {len(both.comparable())} verdicts that can be compared are the same" in README
    wide = np.mean(both.records[0].controls["SkipGram, dim 100"]["O1"])
    closeness = f"{both.explored['O1'].value:.2f} for good, well and great"
    assert re.search(f"{closeness}, where `SkipGram` with 100 dimensions reaches {wide:.2f}", README)


def test_the_readme_counts_the_verdicts_on_preprocessing():
    both = read_two_texts("preprocessing")
    n = counts(both.explored)
    assert (
        f"{n[verdicts.SUPPORTED]} of {len(both.tests())} tests support the expectation, "
        f"{n[verdicts.NOT_SUPPORTED]} do not, {n[verdicts.INCONCLUSIVE]} are inconclusive"
    ) in README


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("U2a", "do not improve"),
        ("U6a", "from their character n-grams"),
        ("N6b", "the sum of the digit vectors"),
        ("N6a", "whether their mean does is not clear"),
    ],
)
def test_the_readme_gives_figures_of_preprocessing(id, words):
    result = read_two_texts("preprocessing").explored[id]
    assert f"{result.value:.3f} [{result.low:.3f}, {result.high:.3f}]".replace("-", "−") in README
    assert words in README
