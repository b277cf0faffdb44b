"""Embeddings → figures about what they know, each beside what chance would give."""

from itertools import combinations

import numpy as np
import pandas as pd

from .embeddings import Embeddings
from .errors import W2VError
from .tokenise import as_markdown

# The 21 words of the published figure, by the groups its text speaks of.
FIGURE_WORDS = {
    "positive": ("great", "cool", "brilliant", "perfectly", "well", "good", "worth"),
    "negative": ("bad", "poor", "down"),
    "nationality": ("european", "australian", "chinese", "american"),
    "gender": ("female", "man", "men", "woman", "women", "king", "queen"),
}


def figure_groups(vocab, groups=None):
    """Cut the groups of words (name → list) down to the vocabulary; also return the words missing.

    Raises
    ------
    W2VError
        If fewer than three of the words are there: no picture can be drawn of them.
    """
    groups = FIGURE_WORDS if groups is None else groups
    if not isinstance(groups, dict) or any(
        isinstance(words, str) or not all(isinstance(word, str) for word in words)
        for words in groups.values()
    ):
        raise W2VError(f"words={groups!r} is not allowed: give {{'group': ['one', 'two'], …}}.")
    present = {name: [word for word in words if word in vocab] for name, words in groups.items()}
    missing = [word for words in groups.values() for word in words if word not in vocab]
    if sum(map(len, present.values())) < 3:
        raise W2VError(
            f"Fewer than three words of the figure occur in the text (missing: {', '.join(missing)}): name "
            "others, e.g. -p words \"{'my group': ['one', 'two', 'three']}\"."
        )
    return {name: words for name, words in present.items() if words}, missing


def mean_cosine(embeddings, words):
    """Mean cosine over all pairs of a list of at least two words; float."""
    return float(np.mean([embeddings.similarity(a, b) for a, b in combinations(words, 2)]))


def random_cosines(embeddings, pairs=10_000, seed=0):
    """Cosines of random pairs of different words; (pairs,) float64."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(embeddings), pairs)
    second = (first + rng.integers(1, len(embeddings), pairs)) % len(embeddings)
    unit = embeddings.unit_vectors
    return np.einsum("ij,ij->i", unit[first], unit[second])


def cohesion(embeddings, words, trials=2_000, seed=0):
    """Compare the mean cosine of a group of words with that of equally frequent random words.

    Each word of a random group is drawn from the 100 words nearest to its counterpart in rank of
    frequency, so that frequency alone makes no group look close.

    Returns
    -------
    (mean, chance, p)
        The group's mean cosine, the mean over random groups, and the share of random groups (the
        observed one counted in) that are at least as close.
    """
    rng = np.random.default_rng(seed)
    vocab = embeddings.vocab
    order = np.argsort(-vocab.counts, kind="stable")
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order))
    near = []
    for word in words:
        low = int(np.clip(rank[vocab.ids[word]] - 50, 0, max(0, len(order) - 101)))
        near.append(order[low : low + 101])
    groups = np.stack([rng.choice(candidates, trials) for candidates in near], axis=1)
    unit = embeddings.unit_vectors[groups]  # (trials, words, dim)
    sums = np.square(unit.sum(1)).sum(1) - np.square(unit).sum((1, 2))
    random_means = sums / (len(words) * (len(words) - 1))
    mean = mean_cosine(embeddings, words)
    p = (1 + int((random_means >= mean - 1e-12).sum())) / (1 + trials)
    return mean, float(random_means.mean()), p


def variance_explained(vectors, n=1):
    """Share of the squared length of all vectors, not centred, along their `n` main directions."""
    singular = np.linalg.svd(np.asarray(vectors), compute_uv=False)
    return float(np.square(singular[:n]).sum() / np.square(singular).sum())


def at_checkpoint(run, iteration):
    """Embeddings of the input vectors of a run after `iteration`."""
    return Embeddings(run.checkpoints[iteration][0], run.vocab)


def analogy_table(run, question, expected, moments, n=5):
    """Best answers to an analogy at the end of a run, and the place of the expected one over time.

    Parameters
    ----------
    run : published.Run
    question : (a, b, c)
        As for `Embeddings.analogy`.
    expected : str
    moments : list of int
        Iterations with a checkpoint; the last one is the end.

    Returns
    -------
    (DataFrame, dict)
        A row a method; and method → list of ranks, one a moment.
    """
    over_time = [at_checkpoint(run, moment) for moment in moments]
    methods = ("3CosAdd", "3CosMul")
    ranks = {m: [e.analogy_rank(*question, expected, m) for e in over_time] for m in methods}
    rows = [
        (
            method,
            ", ".join(as_markdown(word) for word, _ in over_time[-1].analogy(*question, n=n, method=method)),
            ", ".join(f"{rank:,}" for rank in ranks[method]),
        )
        for method in methods
    ]
    columns = ["method", f"best {n} answers", f"rank of {expected} at each moment"]
    return pd.DataFrame(rows, columns=columns), ranks


def neighbours_table(embeddings, words, n=6):
    """List the `n` nearest words of each of `words` with their cosines; a DataFrame, a row a word."""
    rows = [
        (
            as_markdown(word),
            f"{embeddings.vocab.counts[embeddings.vocab.ids[word]]:,}",
            ", ".join(f"{as_markdown(w)} {cosine:.4f}" for w, cosine in embeddings.most_similar(word, n)),
        )
        for word in words
    ]
    return pd.DataFrame(rows, columns=["word", "occurrences", "nearest words, with cosine"])
