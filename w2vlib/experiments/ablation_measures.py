"""What is measured of a training under a scheme: similarity, rare words, `<unk>`, numbers, costs.

All schemes are tested on the same raw words: a word has the mean of the vectors of the tokens that
the scheme makes of it. (Their sum has the same direction, so every cosine is the same.) A word that
becomes ``<unk>`` or disappears is not covered.
"""

import time
from dataclasses import replace

import numpy as np

from ..evaluation.datasets import WORD_PAIRS, analogy_sections, word_pairs
from ..evaluation.neighbour_stability import neighbour_ids
from ..evaluation.similarity_analogy import score_analogies, score_word_pairs
from ..models.embeddings import Embeddings
from ..preprocessing.rare_words import UNKNOWN
from ..replication.sgd import seconds_per_pair
from ..text.vocabulary import Vocabulary
from ..utils.errors import W2VError
from ..utils.run_costs import run_cost
from ..utils.statistics import spearman
from ..utils.vectors import unit_rows
from .ablation_numbers import measure_numbers, number_samples
from .ablation_row import HELD_OUT, AblationRow
from .ablation_samples import FEWEST, errors_sample, held_out_samples, pairs_sample
from .ablation_tasks import RARE_COUNT
from .skipgram_training import train_skipgram


def word_vectors(embeddings, known, vocab):
    """Vectors of raw words under a scheme.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on the text that the scheme rewrote.
    known : list of lists of str
        What the scheme makes of each word of the vocabulary.
    vocab : Vocabulary
        Of the raw text.

    Returns
    -------
    Embeddings
        Of those raw words that the scheme covers.
    """
    ids = embeddings.vocab.ids
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
    model = train_skipgram(text, **tasks.parameters, seed=seed, subwords=scheme.subwords)
    seconds = run_cost(time.perf_counter() - begin)
    trained = model.embeddings_
    e = word_vectors(trained, tasks.tokens(scheme), tasks.vocab)
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
    found |= facts | _scores(tasks, e, same) | measure_neighbours(tasks, same)
    samples = word_samples(tasks, scheme, e, same)
    if _gives_held_out_vectors(scheme):
        figures, of_words = _held_out(tasks, scheme, seed, e)
        found, samples = found | figures, samples | of_words
    if scheme.rare == "keep":
        found |= measure_numbers(tasks, scheme, fitted, seed, trained, e)
        samples |= number_samples(tasks, scheme, fitted, seed, trained, model.output_vectors_)
        found |= {name: _figure(samples[name]) for name in ("magnitude_of_sums", "magnitude_of_rare")}
    return AblationRow(**found, samples={name: each for name, each in samples.items() if each is not None})


def _gives_held_out_vectors(scheme):
    return scheme.rare.partition(":")[0] in ("top", "bpe", "wordpiece", "ngrams")


def _figure(sample):
    """Figure of a sample without the one that is compared with it; float, NaN without a sample."""
    return replace(sample, other=None).figure() if sample is not None else np.nan


def _softmax(n_vocab):
    """Seconds per pair of the naive softmax; NaN where there is only one word."""
    return seconds_per_pair("naive-softmax", n_vocab, batch_size=10, iterations=4) if n_vocab > 1 else np.nan


_FIELDS = {"WordSim-353": "wordsim353", "SimLex-999": "simlex999"}


def _pairs_of_text(tasks, name):
    """Rated pairs of words that the text has → whether both are frequent; dict."""
    counts = {pair: min(tasks.lowered[word.lower()] for word in pair[:2]) for pair in word_pairs(name)}
    return {pair: n > RARE_COUNT for pair, n in counts.items() if n}


def _shared_pairs(tasks, name):
    """Rated pairs of words that every scheme covers; list."""
    inside = {word.lower() for word in tasks.common}
    return [pair for pair in word_pairs(name) if {pair[0].lower(), pair[1].lower()} <= inside]


def word_samples(tasks, scheme, e, same):
    """Values of each rated pair for the vectors of raw words under a scheme.

    Parameters
    ----------
    tasks : AblationTasks
    scheme : Scheme
    e, same : Embeddings
        Of the raw words that the scheme covers, and of those that every scheme covers.

    Returns
    -------
    dict
        Name → Sample or None.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> from .ablation_tasks import AblationTasks
    >>> tasks = AblationTasks(from_sentences([["cat", "dog"], ["dog", "bird"]]), [Scheme()], dim=2)
    >>> e = Embeddings(np.eye(3), tasks.vocab)
    >>> word_samples(tasks, Scheme(), e, e)  # too few pairs
    {'pairs': None, 'shared_pairs': None}
    """
    is_frequent = _pairs_of_text(tasks, "WordSim-353")
    found = {
        "pairs": pairs_sample(e, list(is_frequent), is_frequent),
        "shared_pairs": pairs_sample(e, _shared_pairs(tasks, "WordSim-353")),
    }
    if scheme.rare.startswith("top:"):
        found["errors"] = errors_sample(same, tasks.near_unknown_lowered, tasks.lowered)
    return found


def _scores(tasks, e, same):
    found = {}
    for name in WORD_PAIRS:
        is_frequent = _pairs_of_text(tasks, name)
        chosen = {
            _FIELDS[name]: word_pairs(name),
            f"{_FIELDS[name]}_shared": _shared_pairs(tasks, name),
            f"{_FIELDS[name]}_rare": [pair for pair, frequent in is_frequent.items() if not frequent],
            f"{_FIELDS[name]}_frequent": [pair for pair, frequent in is_frequent.items() if frequent],
        }
        for label, asked in chosen.items():
            score = score_word_pairs(e, asked)
            value = score.value if score.covered >= FEWEST else np.nan
            found |= {label: value, f"{label}_covered": score.covered}
    for label, vectors in (("analogies", e), ("analogies_shared", same)):
        score = score_analogies(vectors, analogy_sections())["all"]
        found |= {label: score.value, f"{label}_covered": score.covered}
    return found


def measure_neighbours(tasks, same):
    """Find the neighbours of a sample of words, with the proportion of `<unk>` in their contexts.

    Parameters
    ----------
    tasks : AblationTasks
    same : Embeddings
        Of the raw words that every scheme covers.

    Returns
    -------
    dict
        Fields of `AblationRow`: word → neighbours, joined by spaces; proportion; occurrences.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> from .ablation_tasks import AblationTasks
    >>> text = from_sentences([["cat", "dog"], ["dog", "cat", "bird"]] * 10)
    >>> tasks = AblationTasks(text, [Scheme(rare="top:2")], dim=2)
    >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([20, 20])))
    >>> measure_neighbours(tasks, e)["neighbours"]["cat"]
    'dog'
    """
    ids = [same.vocab.ids[word] for word in tasks.sample]
    near, words = neighbour_ids(same, ids) if ids else [], same.vocab.words
    lists = [" ".join(sorted(words[i] for i in row)) for row in near]
    found = {"neighbours": dict(zip(tasks.sample, lists, strict=True))}
    if tasks.near_unknown is None:
        return found
    ids = [tasks.vocab.ids[word] for word in tasks.sample]
    nearby, counts = tasks.near_unknown[ids].round(6).tolist(), tasks.vocab.counts[ids].tolist()
    return found | {
        "unknown_nearby": dict(zip(tasks.sample, nearby, strict=True)),
        "sample_counts": dict(zip(tasks.sample, counts, strict=True)),
    }


def _held_out(tasks, scheme, seed, e):
    """Train without the held-out words and measure their vectors; (figures, samples), two dict."""
    left = tasks.without_hidden(scheme) if min(len(tasks.hidden), len(tasks.probes)) >= 3 else None
    if left is None:
        return {}, {}
    fitted, text = left
    without = train_skipgram(text, **tasks.parameters, seed=seed, subwords=scheme.subwords).embeddings_
    return held_out_words(tasks, scheme, e, without, fitted)


def held_out_words(tasks, scheme, e, without, fitted):
    """Vectors that a scheme gives to words it has not seen, against those trained with them present.

    A word's profile is its cosines to the frequent words; profiles are compared by rank
    correlation, with those of the same word and, as a baseline, with those of the other held-out words.

    Parameters
    ----------
    tasks : AblationTasks
    scheme : Scheme
    e, without : Embeddings
        Of the raw words, trained with all of them; of tokens, trained without the held-out words.
    fitted : schemes.Fitted
        To the text without them.

    Returns
    -------
    figures, samples : dict
        Fields of `AblationRow`; name → Sample or None. Both are empty if no word gets a vector.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> from .ablation_tasks import AblationTasks
    >>> tasks = AblationTasks(from_sentences([["cat", "dog"], ["dog", "bird"]]), [Scheme()], dim=2)
    >>> e = Embeddings(np.eye(3), tasks.vocab)
    >>> held_out_words(tasks, Scheme(), e, e, Scheme().fit(tasks.corpus))  # no word is held out
    ({}, {})
    """

    def guessed(words):
        return np.array([_mean_of(without, fitted.tokens_of([word], 0)) for word in words])

    if not tasks.hidden or not tasks.probes:
        return {}, {}
    beside = guessed(tasks.probes)
    known = ~np.isnan(beside).any(1)
    if known.sum() < 3:
        return {}, {}
    profiles = _cosines(guessed(tasks.hidden), beside[known])
    probes = np.array([e[word] for word in tasks.probes])[known]
    truth = _cosines(np.array([e[word] for word in tasks.hidden]), probes)
    given = ~np.isnan(profiles).any(1)
    if not given.any():
        return {}, {}
    agreement = spearman(profiles[given][:, None], truth[None])  # (given, hidden)
    itself = agreement[np.arange(given.sum()), np.flatnonzero(given)]
    others = (agreement.sum(1) - itself) / (agreement.shape[1] - 1)
    among = spearman(truth[:, None], truth[None])
    with_mean = spearman(profiles[given], truth.mean(0)).mean()
    between = (among.sum() - len(among)) / (among.size - len(among))
    figures = itself.mean(), others.mean(), with_mean, between, given.mean()
    samples = held_out_samples(profiles, truth, tasks.hidden)
    if scheme.rare.startswith("top:"):
        samples = {"unknown_as_word": samples["as_word"], "unknown_as_mean": samples["as_mean"]}
    else:
        samples = {"held_out": samples["held_out"]}
    return dict(zip(HELD_OUT, map(float, figures), strict=True)), samples


def _mean_of(embeddings, tokens):
    """Mean vector of tokens, by their n-grams if need be; NaN if one has no vector."""
    try:
        return np.mean([embeddings[token] for token in tokens], axis=0)
    except W2VError:
        return np.full(embeddings.vectors.shape[1], np.nan)


def _cosines(rows, others):
    return unit_rows(rows) @ unit_rows(others).T
