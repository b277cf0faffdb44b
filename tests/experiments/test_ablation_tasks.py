import numpy as np
import pytest

from w2vlib.experiments.ablation_tasks import AblationTasks
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences

KEEP, N = Scheme(), Scheme(numbers="N")
SMALL = {"dim": 4, "epochs": 1, "window": 2}


@pytest.fixture(scope="module")
def asked(bundled):
    return AblationTasks(
        from_sentences(bundled.sentences[:3000]), [KEEP, Scheme("top:900"), Scheme("bpe:400"), N], **SMALL
    )


def test_common_words_are_covered_by_every_scheme(asked):
    assert len(asked.common) == 900  # top:900 is the narrowest
    assert set(asked.sample) <= asked.common and set(asked.hidden) | set(asked.probes) <= asked.common
    assert not set(asked.hidden) & set(asked.probes)
    counts = dict(zip(asked.vocab.words, asked.vocab.counts, strict=True))
    assert all(20 <= counts[word] <= 200 for word in asked.hidden)
    assert asked.lowered["the"] == counts["the"] + counts["The"]


def test_share_of_unknown_nearby_by_hand():
    """Window 2 with weights 1 and one half: to 'a' the rare word is the next, to 'c' the next but one."""
    text = from_sentences([["a", "r", "b"], ["b", "a"], ["c", "a", "s"]] + [["a", "b", "c"]] * 3)
    asked = AblationTasks(text, [KEEP, Scheme("top:3")], **SMALL)
    near = dict(zip(asked.vocab.words, asked.near_unknown, strict=True))
    # contexts of c: a (1) and s (½), then three times b (1) and a (½)
    assert near["c"] == pytest.approx(0.5 / (1.5 + 4.5))
    # of b: r (1), a (½); a (1); three times a (1), c (1)
    assert near["b"] == pytest.approx(1 / (1.5 + 1 + 6))
    assert AblationTasks(text, [KEEP], **SMALL).near_unknown is None


def test_information_lost_by_hand():
    """Half of the words are one number or the other, which N makes equal: one bit of two is lost in that half."""
    text = from_sentences([["1", "a"], ["2", "b"]] * 5)
    asked = AblationTasks(text, [KEEP, N], **SMALL)
    assert asked.facts(KEEP)["information_lost"] == 0
    assert asked.facts(N)["information_lost"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("numbers", "magnitude", "type"),
    [("keep", 0, 0), ("N", 1, 1), ("magnitude", 0, 1), ("typed", 1, 0), ("typed-magnitude", 0, 0)],
)
def test_magnitude_and_type_lost_by_hand(numbers, magnitude, type):
    """Of four equally frequent numbers, two are money and two percent; of each, one has one digit."""
    text = [["$", "5"], ["$", "12"], ["7", "percent"], ["34", "percent"]] * 5
    scheme = Scheme(numbers=numbers)
    facts = AblationTasks(from_sentences(text), [scheme], **SMALL).facts(scheme)
    assert facts["magnitude_lost"] == pytest.approx(magnitude)
    assert facts["type_lost"] == pytest.approx(type)


@pytest.mark.parametrize(
    ("scheme", "lost"),
    [(KEEP, 2 / 4), (Scheme("top:1"), 3 / 4), (N, 1 / 4), (Scheme("ngrams:3:3"), 1 / 4)],
    ids=["keep", "top", "N", "ngrams"],
)
def test_words_lost_on_new_text_by_hand(scheme, lost):
    """The last of ten sentences holds a known word, two unseen ones, and its most frequent word."""
    text = from_sentences(
        [["often", "cats", "11"]] + [["often", "cat"]] * 8 + [["often", "cats", "99", "dog"]]
    )
    if scheme.subwords is not None:
        lost = 2 / 4  # 99 and dog share no n-gram of three with what was seen, cats does
    assert AblationTasks(text, [scheme], **SMALL).facts(scheme)["lost_on_new_text"] == lost


def test_a_larger_model_takes_more_memory(asked):
    memory = {scheme: asked.facts(scheme)["peak_memory"] for scheme in (KEEP, asked.schemes[1])}
    assert memory[KEEP] > memory[asked.schemes[1]] > 0
    assert asked.facts(KEEP)["peak_memory"] >= 2 * 4 * len(asked.vocab) * SMALL["dim"]


def test_memory_does_not_depend_on_who_comes_first(bundled):
    text = from_sentences(bundled.sentences[:1500])
    first, last = (AblationTasks(text, [KEEP], dim=7, epochs=1).facts(KEEP)["peak_memory"] for _ in range(2))
    assert first == pytest.approx(last, rel=0.02)


def test_hidden_words_are_gone_from_the_text(asked):
    fitted, text = asked.without_hidden(asked.schemes[1])
    words = {token for sentence in text for token in sentence}
    assert asked.hidden and words.isdisjoint(asked.hidden)
    assert fitted.tokens_of([asked.hidden[0]], 0) == ["<unk>"]


def test_a_text_of_one_word_has_questions_too():
    asked = AblationTasks(from_sentences([["a", "a"]] * 10), [KEEP], **SMALL)
    assert asked.sample == asked.hidden == ["a"]
    facts = asked.facts(KEEP)
    assert np.isnan([facts.pop("magnitude_lost"), facts.pop("type_lost")]).all()  # there are no numbers
    assert np.isfinite(list(facts.values())).all()


def test_schemes_that_the_text_does_not_allow_have_no_say():
    once = from_sentences([[f"x{i}", f"y{i}", f"z{i}"] for i in range(50)])
    schemes = [KEEP, Scheme("drop:5"), Scheme("bpe:4"), Scheme("top:10")]
    asked = AblationTasks(once, schemes, **SMALL)
    assert asked.refusal(KEEP) is None is asked.refusal(schemes[3])
    assert "leaves no word" in asked.refusal(schemes[1]) and "too few" in asked.refusal(schemes[2])
    assert len(asked.common) == 10 and asked.hidden == [] == asked.sample
    single = AblationTasks(
        from_sentences([["a", "b"], ["c"]] + [["a"]] * 5), [KEEP, Scheme("drop:2")], **SMALL
    )
    assert "two words" in single.refusal(Scheme("drop:2")) and single.refusal(KEEP) is None


def test_a_text_of_hidden_words_leaves_nothing_to_train_on():
    words = [chr(97 + i) + chr(97 + j) for i in range(8) for j in range(10)]
    text = from_sentences(
        [words[i : i + 2] for i in range(0, 80, 2)] * 25 + [["one"], ["two"], ["three"]] * 250
    )
    asked = AblationTasks(text, [Scheme("top:100")], **SMALL)
    assert len(asked.hidden) == 80 and asked.probes == ["one", "two", "three"]
    assert asked.without_hidden(Scheme("top:100")) is None
