"""What is measured of a training under a scheme: similarity, rare words, `<unk>`, numbers, costs.

All schemes are tested on the same raw words: a word has the mean of the vectors of the tokens that
the scheme makes of it. (Their sum has the same direction, so every cosine is the same.) A word that
becomes ``<unk>`` or disappears is not covered.
"""

import time

import numpy as np
from scipy.stats import rankdata

from ..evaluation import number_probing, number_vectors
from ..evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs
from ..evaluation.neighbour_stability import neighbour_ids
from ..evaluation.neighbours import nearness
from ..evaluation.similarity_analogy import rated_pairs, score_analogies, score_word_pairs
from ..models.embeddings import Embeddings
from ..models.skipgram import SkipGram
from ..preprocessing.rare_words import UNKNOWN
from ..replication.sgd import seconds_per_pair
from ..text.numerals import NUMBER, parse
from ..text.vocabulary import Vocabulary
from ..utils.errors import W2VError
from ..utils.statistics import partial_spearman, spearman
from ..utils.vectors import unit_rows
from .ablation_row import HELD_OUT, AblationRow
from .ablation_tasks import RARE_COUNT

_FEWEST = 20  # pairs, for a correlation to say anything
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_BESIDE = ("$", "%", "million", "billion")


def word_vectors(embeddings, fitted, vocab):
    """Vectors of raw words under a scheme.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on the text that the scheme rewrote.
    fitted : schemes.Fitted
    vocab : Vocabulary
        Of the raw text.

    Returns
    -------
    Embeddings
        Of those raw words that the scheme covers.
    """
    ids, known = embeddings.vocab.ids, [fitted.tokens_of([word], 0) for word in vocab.words]
    places = [
        i for i, made in enumerate(known) if made and UNKNOWN not in made and all(t in ids for t in made)
    ]
    lengths = np.array([len(known[i]) for i in places])
    rows = np.array([ids[token] for i in places for token in known[i]], np.int64)
    starts = (np.cumsum(lengths) - lengths).astype(np.int64)
    sums = np.add.reduceat(embeddings.vectors[rows], starts) if places else embeddings.vectors[:0]
    words = tuple(vocab.words[i] for i in places)
    return Embeddings(sums / lengths[:, None].astype(sums.dtype), Vocabulary(words, vocab.counts[places]))


def _only(embeddings, words):
    """Cut embeddings down to some of their words, in the order of the vocabulary."""
    inside = [i for i, word in enumerate(embeddings.vocab.words) if word in words]
    chosen = tuple(embeddings.vocab.words[i] for i in inside)
    return Embeddings(embeddings.vectors[inside], Vocabulary(chosen, embeddings.vocab.counts[inside]))


def measure_scheme(tasks, scheme, seed):
    """Train under a scheme and measure the vectors.

    Parameters
    ----------
    tasks : AblationTasks
    scheme : Scheme
        One of those to compare.
    seed : int

    Returns
    -------
    AblationRow
        Of a scheme that cannot be trained on the text, `refused` says why, `changed` is false, and
        there are no figures.
    """
    if refusal := tasks.refusal(scheme):
        n_tokens = int(tasks.vocab.counts.sum())
        return AblationRow(scheme.rare, scheme.numbers, seed, "", refusal, False, n_tokens)
    fitted, facts = tasks.fitted(scheme), tasks.facts(scheme)
    text = tasks.text(scheme)
    begin = time.perf_counter()
    model = SkipGram(**tasks.parameters, seed=seed, subwords=scheme.subwords).fit(text, progress=False)
    seconds = time.perf_counter() - begin
    trained = model.embeddings_
    e = word_vectors(trained, fitted, tasks.vocab)
    same = _only(e, tasks.common)
    rows = 2 * len(trained) + (0 if trained.ngrams is None else len(trained.ngrams.buckets))
    found = {
        "rare": scheme.rare, "numbers": scheme.numbers, "seed": seed, "vocabulary": len(trained),
        "tokens": int(tasks.vocab.counts.sum()),
        "parameters": rows * trained.vectors.shape[1], "seconds": seconds,
        "softmax_seconds": _softmax(len(trained)),
        "pair_loss": model.history_[-1].pair_loss,
        "text_covered": float(e.vocab.counts.sum() / tasks.vocab.counts.sum()),
    }  # fmt: skip
    found |= facts | _scores(tasks, e, same) | _near_unknown(tasks, same)
    if scheme.rare.partition(":")[0] in ("top", "bpe", "wordpiece", "ngrams"):
        found |= _held_out(tasks, scheme, seed, e)
    if scheme.rare == "keep":
        found |= _numeracy(tasks, scheme, fitted, seed, model, e)
    return AblationRow(**found)


def _softmax(n_vocab):
    """Seconds per pair of the naive softmax; NaN where there is only one word."""
    return seconds_per_pair("naive-softmax", n_vocab, batch_size=10, iterations=4) if n_vocab > 1 else np.nan


_FIELDS = {"WordSim-353": "wordsim353", "SimLex-999": "simlex999"}


def _scores(tasks, e, same):
    found = {}
    inside = {word.lower() for word in tasks.common}
    for name in WORD_PAIRS:
        pairs = word_pairs(name)
        there = [p for p in pairs if all(tasks.lowered[word.lower()] for word in p[:2])]
        rare = [p for p in there if min(tasks.lowered[word.lower()] for word in p[:2]) <= RARE_COUNT]
        chosen = {
            _FIELDS[name]: pairs,
            f"{_FIELDS[name]}_shared": [p for p in pairs if {p[0].lower(), p[1].lower()} <= inside],
            f"{_FIELDS[name]}_rare": rare,
            f"{_FIELDS[name]}_frequent": [p for p in there if p not in rare],
        }
        for label, asked in chosen.items():
            score = score_word_pairs(e, asked)
            value = score.value if score.covered >= _FEWEST else np.nan
            found |= {label: value, f"{label}_covered": score.covered}
    for label, vectors in (("analogies", e), ("analogies_shared", same)):
        score = score_analogies(vectors, analogy_sections())["all"]
        found |= {label: score.value, f"{label}_covered": score.covered}
    return found


def _near_unknown(tasks, same):
    """Neighbours of the sample among the common words, and how errors go with `<unk>` nearby."""
    ids = [same.vocab.ids[word] for word in tasks.sample]
    near = neighbour_ids(same, ids) if ids else []
    words = same.vocab.words
    found = {
        "neighbours": {
            w: " ".join(sorted(words[i] for i in row)) for w, row in zip(tasks.sample, near, strict=True)
        }
    }
    shares = tasks.near_unknown
    if shares is None:
        return found
    raw = tasks.vocab
    found["unknown_nearby"] = {w: round(float(shares[raw.ids[w]]), 6) for w in tasks.sample}
    found["sample_counts"] = {w: int(raw.counts[raw.ids[w]]) for w in tasks.sample}
    errors, nearby, often = [], [], []
    for name in WORD_PAIRS:  # ranked each by itself: they rate different things
        covered, cosines, ratings = rated_pairs(same, word_pairs(name))
        both = [[word.lower() for word in pair[:2]] for pair in covered]
        errors += np.abs(_ranks(cosines) - _ranks(ratings)).tolist()
        nearby += [max(tasks.near_unknown_lowered[w] for w in pair) for pair in both]
        often += [min(tasks.lowered[w] for w in pair) for pair in both]
    return found | {"error_by_unknown_nearby": partial_spearman(errors, nearby, often)}


def _held_out(tasks, scheme, seed, e):
    """Vectors that a scheme gives to words it has not seen, against those trained with them present.

    A word's profile is its cosines to the frequent words; profiles are compared by rank
    correlation, with those of the same word and, as a baseline, with those of the other hidden words.
    "strangers" are two different hidden words, both with their trained vectors.
    """
    if len(tasks.hidden) < 3 or len(tasks.probes) < 3:
        return dict.fromkeys(HELD_OUT, np.nan)
    left = tasks.without_hidden(scheme)
    if left is None:
        return dict.fromkeys(HELD_OUT, np.nan)
    fitted, text = left
    model = SkipGram(**tasks.parameters, seed=seed, subwords=scheme.subwords)
    guessing = model.fit(text, progress=False).embeddings_

    def guessed(words):
        return np.array([_mean_of(guessing, fitted.tokens_of([word], 0)) for word in words])

    beside = guessed(tasks.probes)
    known = ~np.isnan(beside).any(1)
    if known.sum() < 3:
        return dict.fromkeys(HELD_OUT, np.nan)
    profiles = _cosines(guessed(tasks.hidden), beside[known])
    probes = np.array([e[word] for word in tasks.probes])[known]
    truth = _cosines(np.array([e[word] for word in tasks.hidden]), probes)
    given = ~np.isnan(profiles).any(1)
    if not given.any():
        return dict.fromkeys(HELD_OUT, np.nan)
    agreement = spearman(profiles[given][:, None], truth[None])  # (given, hidden)
    itself = agreement[np.arange(given.sum()), np.flatnonzero(given)]
    others = (agreement.sum(1) - itself) / (agreement.shape[1] - 1)
    among = spearman(truth[:, None], truth[None])
    figures = (
        itself.mean(),
        others.mean(),
        spearman(profiles[given], truth.mean(0)).mean(),
        (among.sum() - len(among)) / (among.size - len(among)),
        given.mean(),
    )
    return dict(zip(HELD_OUT, map(float, figures), strict=True))


def _numeracy(tasks, scheme, fitted, seed, model, e):
    """Probe the vectors of numbers under a scheme for numbers."""
    frequent, rare = tasks.numbers
    trained = model.embeddings_
    vectors = number_vectors.number_vectors(trained, fitted, frequent)
    found = number_probing.probes(vectors, frequent, seed)
    found["numbers_probed"] = found.pop("numbers")
    sums = number_vectors.number_vectors(trained, fitted, frequent, np.sum)
    found["magnitude_of_sums"] = number_probing.probes(sums, frequent, seed, only="magnitude")["magnitude"]
    found["magnitude_of_rare"] = number_probing.explained_of_new_numbers(
        vectors, frequent, number_vectors.number_vectors(trained, fitted, rare), rare
    )
    found["number_line"] = number_probing.number_line(vectors, frequent, seed)
    found["numbers_nearby"], found["numbers_nearby_baseline"] = number_probing.numbers_among_neighbours(
        e, frequent.tokens
    )
    if scheme.numbers == "keep":
        dim = trained.vectors.shape[1]
        found["baselines"] = {
            name: number_probing.probes(each, frequent, seed)
            for name, each in number_vectors.baselines(frequent, dim, seed).items()
        }
        kinds = [parse(word) is not None for word in tasks.vocab.words]
        found["number_types"] = int(np.sum(kinds)) or np.nan
        found["median_number_count"] = float(np.median(tasks.vocab.counts[kinds])) if any(kinds) else np.nan
        found["commonest_number_type"] = number_probing.majority_baseline(frequent.types)
    if scheme.numbers == "N":
        found |= _role_of_n(model)
    return found


def _role_of_n(model):
    """Find where number words stand among the neighbours of `N`, and its companions in its contexts."""
    e = model.embeddings_
    known = NUMBER in e
    spelled = [nearness(e, NUMBER, w).percentile_equally_frequent for w in _SPELLED if known and w in e]
    beside = []
    if known:
        scores = model.output_vectors_ @ e[NUMBER]
        beside = [float((scores < scores[e.vocab.ids[w]]).mean()) for w in _BESIDE if w in e]
    return {
        "number_words_near_n": float(np.mean(spelled)) if spelled else np.nan,
        "companions_of_n": float(np.mean(beside)) if beside else np.nan,
    }


def _mean_of(embeddings, tokens):
    """Mean vector of tokens, by their n-grams if need be; NaN if one has no vector."""
    try:
        return np.mean([embeddings[token] for token in tokens], axis=0)
    except W2VError:
        return np.full(embeddings.vectors.shape[1], np.nan)


def _cosines(rows, others):
    return unit_rows(rows) @ unit_rows(others).T


def _ranks(values):
    """Ranks from 0 to 1, ties in the middle."""
    return (rankdata(values) - 1) / max(1, len(values) - 1)
