"""The loss of a model that knows only how frequent each word is: all input vectors equal, Eq. (1.22)."""

from dataclasses import dataclass

import numpy as np

from .published import NOISE_EXPONENT, TABLE_SLOTS, thinned_text
from .vocab import noise_table


@dataclass(frozen=True)
class FrequencyModel:
    """The best a model with equal input vectors can do under the published recipe.

    Attributes
    ----------
    pair_loss : float
        Expected loss of a (centre, outside) pair, nats.
    centre_loss : float
        Expected loss of a centre word: that of a pair times `pairs`.
    pairs : float
        Expected outside words of a centre word.
    """

    pair_loss: float
    centre_loss: float
    pairs: float


def frequency_model(corpus, run):
    """Compute the `FrequencyModel` of a text under the settings of a run by negative sampling.

    The expectations are exact, over all centre words, window sizes and negatives of the recipe; only
    the subsampling is the one that the run's seed made.
    """
    words, offsets = thinned_text(corpus, run.settings)
    outside, pairs = outside_distribution(words, offsets, run.settings["window"], len(run.vocab))
    table = noise_table(run.vocab.counts, TABLE_SLOTS, NOISE_EXPONENT)
    noise = noise_given_outside(outside, np.bincount(table, minlength=len(run.vocab)) / table.size)
    loss = best_loss(outside, run.settings["n_negatives"] * noise)
    return FrequencyModel(loss, loss * pairs, pairs)


def outside_distribution(words, offsets, window, n_vocab):
    """How often each word is drawn as an outside word.

    For every window size (each as likely) sentence and position are drawn uniformly, again where the
    context is empty; words equal to the centre word do not count.

    Parameters
    ----------
    words : (n,) int32
    offsets : (n_sentences + 1,) int64
    window, n_vocab : int

    Returns
    -------
    (distribution, pairs)
        (n_vocab,) float64, and the expected number of outside words a centre word.
    """
    lengths = np.diff(offsets)
    sentence = np.repeat(np.arange(lengths.size), lengths)
    weight = 1.0 / lengths[sentence]  # of a position, before empty contexts are drawn again
    has_context = np.zeros(words.size, bool)
    within, total = np.zeros(n_vocab), np.zeros(n_vocab)
    for reach in range(1, window + 1):
        near = (sentence[reach:] == sentence[:-reach]) & (words[reach:] != words[:-reach])
        left = np.flatnonzero(near)
        right = left + reach
        within += np.bincount(words[right], weight[left], n_vocab)
        within += np.bincount(words[left], weight[right], n_vocab)
        has_context[left] = has_context[right] = True
        total += within / weight[has_context].sum()
    pairs = total.sum() / window
    return total / total.sum(), float(pairs)


def noise_given_outside(outside, table):
    """How often each word is drawn as a negative, one that equals the outside word drawn again.

    Both arguments and the result are distributions, (n_vocab,) float64; the mean over outside words o
    of table(w) / (1 − table(o)) for w ≠ o.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(outside > 0, outside / (1 - table), 0.0)
    return table * (chance.sum() - chance)


def best_loss(positives, negatives):
    """Least value of Σ_w −p_w log σ(x_w) − n_w log σ(−x_w) over the scores x; float.

    The minimum lies at e^x_w = p_w / n_w; a word that is never drawn in one role costs nothing.

    Parameters
    ----------
    positives, negatives : (n_vocab,) float64
        Expected number of draws of each word, p and n, for one pair.
    """
    p, n = positives, negatives
    both = (p > 0) & (n > 0)
    log_p, log_n = np.log(p[both]), np.log(n[both])
    log_sum = np.logaddexp(log_p, log_n)
    return float((p[both] * (log_sum - log_p) + n[both] * (log_sum - log_n)).sum())
