"""The unigram baseline: the loss of the best model with equal input vectors, Eq. (1.22)."""

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr
from scipy.stats import sem

from ..text.sampling import noise_table
from ..utils.validation import check
from .kernels import Source
from .published_recipe import NOISE_EXPONENT
from .settings import RULES
from .sgd import fresh_draws, losses_on, require_negatives
from .subsampling import text_of_run

FINE_TABLE_SIZE = 2_000_000  # enough for every word with a noise probability of 1/2,000,000


@dataclass(frozen=True)
class Comparison:
    """Trained vectors and the best model with equal input vectors, on the same draws.

    Attributes
    ----------
    baseline_loss : float
        Expected loss of the baseline in nats per (centre, outside) pair; exact, given the subsampling of
        the run.
    trained_loss, standard_error : float
        Mean loss per pair of the run's vectors, on fresh draws, and its standard error.
    pairs_per_centre : float
        Expected outside words per centre word.
    never_negative : float
        Proportion of the outside words that are never drawn as negatives.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["a", "b"], ["a", "c"]] * 5)
    >>> run = reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> compared = compare(text, run, table_size=2, iterations=10)
    >>> compared.pairs_per_centre  # in sentences of two words
    1.0
    >>> compared.never_negative  # c, which has no entry in a table of 2
    0.25
    """

    baseline_loss: float
    trained_loss: float
    standard_error: float
    pairs_per_centre: float
    never_negative: float


def compare(corpus, run, table_size=None, iterations=1000, seed=1):
    """Compare a run by negative sampling with the unigram baseline, on `iterations` fresh batches.

    `table_size` is the size of the table of negatives, by default the run's. In the published table
    many words have no entry; with `FINE_TABLE_SIZE` it hardly differs from the noise distribution.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["a", "b"], ["c", "d"]] * 5)
    >>> run = reproduce(text, iterations=500, dim=3, subsample=1, progress=False)
    >>> compared = compare(text, run, iterations=10)
    >>> round(compared.baseline_loss, 3), compared.trained_loss < compared.baseline_loss
    (3.261, True)
    """
    table_size = run.settings.table_size if table_size is None else table_size
    check("table_size", table_size, RULES["table_size"])
    words, offsets = text_of_run(corpus, run)
    outside, pairs = outside_distribution(words, offsets, run.settings.window, len(run.vocab))
    table = noise_table(run.vocab.counts, table_size, NOISE_EXPONENT)
    require_negatives(table)
    drawn = np.bincount(table, minlength=len(run.vocab)) / table.size
    noise = noise_given_outside(outside, drawn)
    source, settings = Source(words, offsets, table), run.settings
    draws = fresh_draws(source, settings, iterations, seed)
    losses = losses_on(draws, run.input_vectors, run.output_vectors, settings)
    return Comparison(
        best_loss(outside, run.settings.n_negatives * noise),
        float(losses.mean()),
        float(sem(losses)),
        pairs,
        float(outside[drawn == 0].sum()),
    )


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

    Examples
    --------
    >>> words, offsets = np.array([0, 1, 2], np.int32), np.array([0, 3])  # one sentence, "a b c"
    >>> distribution, pairs = outside_distribution(words, offsets, window=1, n_vocab=3)
    >>> distribution.tolist()  # b is next to a and to c
    [0.25, 0.5, 0.25]
    >>> round(pairs, 3)  # four pairs, three centre words
    1.333
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

    Examples
    --------
    >>> outside, table = np.array([1.0, 0.0, 0.0]), np.array([0.5, 0.25, 0.25])
    >>> noise_given_outside(outside, table).tolist()  # word 0 is always outside, so never a negative
    [0.0, 0.5, 0.5]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.where(outside > 0, outside / (1 - table), 0.0)
    return table * (weights.sum() - weights)


def best_loss(positives, negatives):
    """Minimum of Σ_w −p_w log σ(x_w) − q_w log σ(−x_w) over the scores x, Eq. (1.22); float, nats.

    It is at e^x_w = p_w / q_w. A word that is never drawn in one of the two roles contributes nothing.

    Parameters
    ----------
    positives, negatives : (n_vocab,) float64
        Expected number of draws of each word, p and q, for one pair.

    Examples
    --------
    >>> round(best_loss(np.array([1.0, 0.0]), np.array([1.0, 5.0])), 3)  # 2 log 2
    1.386
    """
    total = positives + negatives
    return float(-(rel_entr(positives, total) + rel_entr(negatives, total)).sum())
