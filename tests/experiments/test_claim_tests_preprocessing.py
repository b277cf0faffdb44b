import itertools
from functools import partial

import numpy as np
import pytest
from scipy.stats import rankdata

from w2vlib.evaluation.datasets import WORD_PAIRS, word_pairs
from w2vlib.experiments import verdicts
from w2vlib.experiments.ablation_measures import held_out_words, measure_neighbours, word_samples
from w2vlib.experiments.ablation_numbers import number_samples
from w2vlib.experiments.ablation_row import AblationRow
from w2vlib.experiments.ablation_samples import BESIDE, SPELLED, one_seed
from w2vlib.experiments.ablation_tasks import AblationTasks
from w2vlib.experiments.claim_tests_preprocessing import TESTS
from w2vlib.experiments.claims import claims_path, read_claims
from w2vlib.models.embeddings import Embeddings
from w2vlib.preprocessing.rare_words import UNKNOWN
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences
from w2vlib.text.numerals import NUMBER
from w2vlib.text.vocabulary import Vocabulary
from w2vlib.utils.resampling import estimate


def row(rare="keep", numbers="keep", seed=0, **figures):
    return AblationRow(rare, numbers, seed, **figures)


WORDS = tuple(f"w{i}" for i in range(30))


def sample(values, **variables):
    return one_seed(np.array(values, float), WORDS[: len(values)], "items", fewest=1, **variables)


ROWS = [
    row(seed=0, vocabulary=100, seconds=2.0, samples={"near": sample([0.5, 0.5]), "type": sample([1, 0], other=[0, 0])}),
    row(seed=1, vocabulary=100, seconds=3.0, samples={"near": sample([0.5, 0.5]), "type": sample([1, 1], other=[1, 0])}),
    row("top:9", seed=1, vocabulary=10, seconds=1.5),
    row("top:9", seed=0, vocabulary=10, seconds=0.5),
    row(numbers="N", seed=1, samples={"near": sample([0.75, 1.0])}),
]  # fmt: skip


def test_a_scheme_is_named_by_what_it_changes():
    assert [r.scheme for r in ROWS[1:]] == ["keep", "top:9", "top:9", "N"]


def test_facts_have_no_seeds():
    for found, figure in (
        (TESTS["fact"](ROWS, "top:9", "vocabulary"), 10),
        (TESTS["fact_ratio"](ROWS, "top:9", "vocabulary", "keep"), 0.1),
        (TESTS["fact_difference"](ROWS, "top:9", "vocabulary", "keep"), -90),
    ):
        assert found.figure() == figure and not found.seeded and found.n_units == {}


def test_figures_by_seed_whatever_the_order_of_rows():
    assert TESTS["ratio"](ROWS, "top:9", "seconds", "keep").per_seed().tolist() == [0.25, 0.5]
    assert TESTS["figure"](ROWS, "keep", "type").per_seed().tolist() == [0.5, 1]
    assert TESTS["beyond_baseline"](ROWS, "keep", "type").per_seed().tolist() == [0.5, 0.5]


def test_schemes_are_compared_on_the_same_seeds_and_items():
    found = TESTS["difference"](ROWS, "N", "near", "keep")
    assert found.values.tolist() == [[0.75, 1.0]] and found.other.tolist() == [[0.5, 0.5]]
    fewer = [*ROWS[:2], row(numbers="N", seed=0, samples={"near": sample([0.9, 0.8, 0.7])})]
    found = TESTS["difference"](fewer, "N", "near", "keep")
    assert found.items == ("w0", "w1") and found.values.tolist() == [[0.9, 0.8]]
    other_seed = [ROWS[0], row(numbers="N", seed=7, samples={"near": sample([0.9, 0.8])})]
    assert TESTS["difference"](other_seed, "N", "near", "keep") is None


def rated(cosines, frequent):
    pairs = [(f"a{i}", f"b{i}") for i in range(len(cosines))]
    ratings = np.arange(len(cosines), dtype=float)
    return one_seed(cosines, pairs, "nodes", ratings=ratings, part=np.array(frequent))


def test_pairs_with_a_rare_word():
    frequent = np.arange(60) < 30
    cosines = np.where(frequent, np.arange(60), -np.arange(60))
    rows = [row(samples={"pairs": rated(cosines, frequent)}), row("top:9", samples={"pairs": rated(np.arange(60), frequent)})]  # fmt: skip
    assert TESTS["frequent_minus_rare"](rows, "keep", "pairs").figure() == pytest.approx(2)
    found = TESTS["difference"](rows, "top:9", "pairs", "keep", rare=True)
    assert len(found.items) == 30 and found.figure() == pytest.approx(2)
    few = [row(samples={"pairs": rated(cosines[:45], frequent[:45])})]  # 15 with a rare word
    assert TESTS["frequent_minus_rare"](few, "keep", "pairs") is None
    assert TESTS["difference"]([*few, rows[1]], "top:9", "pairs", "keep", rare=True) is None


def test_what_is_missing_is_not_applicable():
    for name, arguments in {
        "fact": ("bpe:8", "vocabulary"),
        "fact_ratio": ("bpe:8", "vocabulary", "keep"),
        "fact_difference": ("keep", "vocabulary", "bpe:8"),
        "ratio": ("keep", "seconds", "bpe:8"),
        "figure": ("keep", "held_out"),
        "beyond_baseline": ("bpe:8", "type"),
        "frequent_minus_rare": ("keep", "pairs"),
        "difference": ("top:9", "near", "keep"),
        "stability_by_unknown_nearby": ("top:9",),
        "stability_by_unknown_nearby_difference": ("top:9", "keep"),
    }.items():
        assert TESTS[name](ROWS, *arguments) is None, name


def test_a_scheme_that_did_nothing_is_no_evidence():
    rows = [row("top:9", vocabulary=9, seconds=1.0, changed=False), row(vocabulary=9, seconds=1.0)]
    assert TESTS["fact_ratio"](rows, "top:9", "vocabulary", "keep") is None
    assert TESTS["ratio"](rows, "top:9", "seconds", "keep") is None
    assert TESTS["fact"](rows, "keep", "vocabulary").figure() == 9


@pytest.mark.parametrize(("n_seeds", "pairs"), [(1, None), (2, 1), (3, 1), (6, 3)])
def test_no_seed_is_in_two_pairs(n_seeds, pairs):
    lists = dict.fromkeys(WORDS, "a b")
    nearby = {word: i / 30 for i, word in enumerate(WORDS)}
    rows = [
        row(seed=n, neighbours=lists, unknown_nearby=nearby, sample_counts=nearby) for n in range(n_seeds)
    ]
    found = TESTS["stability_by_unknown_nearby"](rows, "keep")
    assert (found and len(found.values)) == pairs


# Controls: rows made from vectors that are known to have the structure of every claim, and from random ones.

N_SEEDS = 8
KEEP, N, DIGITS = Scheme(), Scheme(numbers="N"), Scheme(numbers="digits")
TYPES = ("percent", "money", "plain")


def separate_pairs():
    """Rated pairs of which no word is in a pair with a word of another one."""
    rated = [pair for name in WORD_PAIRS for pair in word_pairs(name)]
    others = {}
    for first, second, _ in rated:
        others.setdefault(first.lower(), set()).add(second.lower())
        others.setdefault(second.lower(), set()).add(first.lower())
    chosen, taken = [], set()
    for first, second, rating in rated:
        words = {first.lower(), second.lower()}
        joined = set().union(*(others[word] for word in words))
        if len(words) == 2 and not (words | joined) & taken:
            chosen.append((*sorted(words), rating))
            taken |= words
    return chosen


RATED = separate_pairs()


@pytest.fixture(scope="module")
def tasks():
    """Text of rated words, some of them rare, of other words, of rarer ones, and of numbers of three types."""
    rng = np.random.default_rng(0)
    words = sorted({word for pair in RATED for word in pair[:2]})
    counts = {word: 12 if rng.random() < 0.25 else int(rng.integers(25, 60)) for word in words}
    counts |= {f"x{'abcdefghij'[i // 10]}{'abcdefghij'[i % 10]}": 30 for i in range(100)}
    counts |= dict.fromkeys((*SPELLED, "the", "of", "and", "rose", "cost"), 30)
    groups = {word: int(rng.integers(3)) for word in counts}
    rarer, sentences = (f"y{i}" for i in itertools.cycle(range(800))), []
    for group, n_unknown in enumerate((0, 1, 4)):
        tokens = [word for word, n in counts.items() if groups[word] == group for _ in range(n)]
        tokens = rng.permutation(tokens).tolist()
        for i in range(0, len(tokens), 6):
            sentences.append([*tokens[i : i + 6], *itertools.islice(rarer, n_unknown)])
            rng.shuffle(sentences[-1])
    for i, value in enumerate(rng.permutation(np.arange(1000, 9000, 20) // rng.choice([1, 10], 400))):
        number, times = str(value), 9 if i < 220 else 2
        around = {
            "percent": ["rose", number, "%"],
            "money": ["$", number, "million"],
            "plain": ["of", number, "billion"],
        }
        sentences += [around[TYPES[i % 3]]] * times
    top = Scheme(f"top:{len(counts) + len(BESIDE)}")
    tasks = AblationTasks(from_sentences(sentences), [KEEP, top, N], dim=2, epochs=1)
    tasks.hidden, tasks.probes = tasks.hidden[:50], tasks.probes[:150]  # to be fast
    return tasks


class Planted:
    """Vectors with all that the claims expect: human ratings, magnitudes, types, role of `N`."""

    def __init__(self, tasks):
        words = [*tasks.vocab.words, NUMBER, UNKNOWN]
        self.ids, self.tasks = {word: i for i, word in enumerate(words)}, tasks
        rng = np.random.default_rng(0)
        near = tasks.near_unknown
        self.near_unknown = dict(zip(tasks.vocab.words, rankdata(near) / len(near), strict=True))
        self.numbers = np.zeros((len(words), 5))
        ratings = np.array([rating for _, _, rating in RATED])
        self.rated = self._with_cosines(ratings / 10, rng)
        beside = [max(self.near_unknown[word] for word in pair[:2]) for pair in RATED]
        wrong = np.where(beside > np.median(beside), rng.permutation(ratings), ratings)
        self.wrong_beside_unknown = self._with_cosines(wrong / 10, rng)
        for numbers in tasks.numbers:
            ids = [self.ids[token] for token in numbers.tokens]
            self.numbers[ids, 0] = np.log10(numbers.values)
            self.numbers[ids, 1:4] = numbers.types[:, None] == np.array(TYPES)
        self.numbers[[self.ids[word] for word in (NUMBER, *SPELLED)], 4] = 5

    def _with_cosines(self, cosines, rng):
        """Vectors of unit length in which every rated pair has a cosine, and other pairs nearly none."""
        own = rng.normal(0, np.sqrt(1 / 30), (len(self.ids), 30))
        shared = np.zeros((len(self.ids), len(RATED)))
        for k, ((first, second, _), cosine) in enumerate(zip(RATED, cosines, strict=True)):
            both = [self.ids[first], self.ids[second]]
            shared[both, k] = np.sqrt(cosine)
            own[both] *= np.sqrt(1 - cosine)
        return np.hstack([shared, own])

    def __call__(self, kind, words, counts, rng):
        """Vectors of a kind for some words, with the noise that the claims say."""
        ids = [self.ids[word] for word in words]
        noise = {
            "keep": np.where(counts > 20, 1.5, 30.0),
            "beside": [4 * self.near_unknown.get(word, 0) ** 4 for word in words],
        }.get(kind, 0.1)
        blocks = {
            "errors": self.wrong_beside_unknown,
            **dict.fromkeys(("numbers", "N", "outputs"), self.numbers),
        }
        vectors = blocks.get(kind, self.rated)[ids]
        scale = np.broadcast_to(noise, len(ids))[:, None] / np.sqrt(vectors.shape[1])
        vectors = vectors + scale * rng.normal(size=vectors.shape)
        if kind == "unknown":
            vectors[words.index(UNKNOWN)] = vectors[[words.index(word) for word in self.tasks.hidden]].mean(0)
        if kind == "outputs":
            vectors[:, 4] = [5 * (word in BESIDE) for word in words]
        return vectors


def random_vectors(kind, words, counts, rng):
    return rng.normal(size=(len(words), 40))


def rows_of(tasks, vectors_of):
    """Rows of all schemes with vectors that a function makes for each seed."""
    raw, rows, top = tasks.vocab, [], tasks.schemes[1]
    counts = {word: int(n) for word, n in zip(raw.words, raw.counts, strict=True)} | {
        NUMBER: 9999,
        UNKNOWN: 1,
    }
    common = [word for word in raw.words if word in tasks.common]
    fitted, (without_hidden, _) = KEEP.fit(tasks.corpus), tasks.without_hidden(top)
    for seed in range(N_SEEDS):
        rng = np.random.default_rng(seed)

        def made(kind, words, rng=rng):
            of_words = np.array([counts[word] for word in words])
            return Embeddings(vectors_of(kind, words, of_words, rng), Vocabulary(tuple(words), of_words))

        keep, cut, ngrams, guessed, numbers = (
            made(kind, words)
            for kind, words in (
                ("keep", raw.words), ("top", common), ("ngrams", raw.words), ("ngrams", raw.words),
                ("numbers", raw.words),
            )
        )  # fmt: skip
        trained_top, unknown = made("ngrams", common), made("unknown", [*common, UNKNOWN])
        with_n, outputs = made("N", [*raw.words, NUMBER]), made("outputs", [*raw.words, NUMBER]).vectors
        samples = {
            ("keep", "keep"): word_samples(tasks, KEEP, keep, keep)
            | number_samples(tasks, KEEP, fitted, seed, numbers, numbers.vectors),
            ("top:10000", "keep"): word_samples(tasks, top, cut, cut)
            | {"errors": word_samples(tasks, top, cut, made("errors", common))["errors"]}
            | held_out_words(tasks, top, trained_top, unknown, without_hidden)[1],
            ("bpe:8000", "keep"): held_out_words(tasks, KEEP, ngrams, guessed, fitted)[1],
            ("ngrams:3:6", "keep"): word_samples(tasks, KEEP, ngrams, ngrams)
            | held_out_words(tasks, KEEP, ngrams, guessed, fitted)[1],
            ("keep", "N"): number_samples(tasks, N, N.fit(tasks.corpus), seed, with_n, outputs),
            ("keep", "digits"): number_samples(tasks, DIGITS, fitted, seed, numbers, numbers.vectors),
        }
        neighbours = {"keep": made("ngrams", common), "top:10000": made("beside", common)}
        for (rare, scheme), found in samples.items():
            found = {name: each for name, each in found.items() if each is not None}
            of_neighbours = measure_neighbours(tasks, neighbours[rare]) if rare in neighbours else {}
            rows.append(row(rare, scheme, seed, samples=found, **of_neighbours))
    return rows


@pytest.fixture(scope="module")
def claims():
    return read_claims(claims_path(), "preprocessing", TESTS)


@pytest.fixture
def few_draws(monkeypatch):
    monkeypatch.setattr(verdicts, "estimate", partial(estimate, draws=300))


def verdicts_of(claims, rows):
    return {r.claim.id: r for r in verdicts.decide(claims, verdicts.samples_of(claims, TESTS, rows))}


def test_claims_are_supported_by_vectors_with_the_structure(claims, tasks, few_draws):
    found = verdicts_of(claims, rows_of(tasks, Planted(tasks)))
    expected = {c.id for c in claims if c.control == "structure"}
    assert len(expected) > 15
    failed = {
        i: (found[i].verdict, found[i].value, found[i].low)
        for i in expected
        if found[i].verdict != verdicts.SUPPORTED
    }
    assert not failed
    assert found["U3c"].verdict != verdicts.SUPPORTED and found["U3c"].value > 0.6  # a mean is near to all
    assert {found[i].covers for i in ("U5d", "U6a")} == {f"{N_SEEDS} seeds, 50 items"}


def test_claims_are_not_supported_by_random_vectors(claims, tasks, few_draws):
    found = verdicts_of(claims, rows_of(tasks, random_vectors))
    assert {c.id for c in claims if found[c.id].verdict == verdicts.SUPPORTED} == {
        c.id for c in claims if c.control == "no structure"
    }
    assert found["U4b"].verdict == found["N2c"].verdict == verdicts.NOT_TESTED


def test_every_row_about_vectors_has_a_control(claims):
    times = {c.id for c in claims if c.test == "ratio"}
    assert {c.id for c in claims if not c.is_fact and not c.control} == times


def test_no_figure_serves_two_rows(claims):
    figures = [(c.test, *sorted(map(str, c.arguments.items()))) for c in claims]
    assert len({*figures}) == len(figures)


def test_every_row_says_what_was_known_when_its_condition_was_set(claims):
    for claim in claims:
        if not claim.is_fact:
            assert str(claim.date) >= "2026-11-26" and "2026-11-22" in claim.known and "brown" in claim.known
    by_id = {c.id: c for c in claims}
    assert by_id["U3c"].known != by_id["U3b"].known and by_id["U3c"].low == 0.36
