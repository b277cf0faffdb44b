"""Tests of what trained vectors represent about pairs of words, beyond how often each word is drawn.

A loss above the unigram baseline, Eq. (1.22), does not show that the vectors represent nothing about pairs,
because the scores may be wrong for the frequencies alone. *Permutation* is a test that does not depend on
these: the input vectors are exchanged among words that are drawn about as often. It is repeated with their
components along the common direction alone, and with the others alone. *Refitting* describes the
loss: each outside word gets the bias with which the expected loss of the trained scores is smallest,
Eq. (1.23), with their scale as it is or refitted too. With equal input vectors this smallest loss is exactly
the baseline, and with any others it is not above it, so it is no test.
"""

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.stats import sem
from tqdm.auto import tqdm

from ..text.sampling import noise_table
from .kernels import Source
from .pair_kernels import ExpectedDraws, derivatives
from .published_recipe import NOISE_EXPONENT
from .sgd import fresh_draws, losses_on, require_negatives
from .subsampling import text_of_run
from .unigram_baseline import noise_given_outside

BLOCK = 20  # words, of about the same frequency, among which input vectors are exchanged
_NEVER = 1000.0  # a score for which the loss of a word that is drawn in one role only is zero
_CENTRES = 300  # points for the mean over the centre words of negatives
_NEWTON = 50  # steps at most; about six are needed


@dataclass(frozen=True)
class PairTests:
    """Losses in nats per pair, all on the same draws, with standard errors over batches.

    Attributes
    ----------
    trained : float
        Loss of the trained vectors.
    permuted, permuted_alike : (n,) float64
        Loss with the input vectors permuted among all words, and among words that are drawn about as often.
    permuted_error, permuted_alike_error : float
        Standard error of the mean of each, minus `trained`.
    along, along_error : float
        Mean loss where only the components along the common direction, the mean of the input vectors at unit
        length, are permuted among words that are drawn about as often, and that standard error.
    across, across_error : float
        The same where only the other components are.
    baseline : float
        Loss of the unigram baseline.
    biased, biased_gain, biased_error : float
        Loss of the trained vectors with refitted biases; `baseline` minus it, and its standard error.
    scale, scaled, scaled_gain, scaled_error : float
        The same with a refitted scale of the scores too, and that scale. The gain is positive for random
        vectors too, up to the error of the draws.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["a", "b"], ["c", "d"]] * 5)
    >>> run = reproduce(text, iterations=2000, dim=3, subsample=1, progress=False)
    >>> tests = test_pairs(text, run, n_permutations=3, iterations=10)
    >>> bool(tests.trained < tests.permuted.max()), tests.scale > 0
    (True, True)
    >>> tests.scaled_gain > 3 * tests.scaled_error, 0.25 <= tests.p <= 1
    (True, True)
    """

    trained: float
    permuted: np.ndarray
    permuted_alike: np.ndarray
    permuted_error: float
    permuted_alike_error: float
    along: float
    along_error: float
    across: float
    across_error: float
    baseline: float
    biased: float
    biased_gain: float
    biased_error: float
    scale: float
    scaled: float
    scaled_gain: float
    scaled_error: float

    @property
    def p(self):
        """One-sided p-value of the permutations among words drawn about as often; float, from 1 / (n + 1)."""
        return float((1 + (self.permuted_alike <= self.trained).sum()) / (1 + len(self.permuted_alike)))


def test_pairs(corpus, run, n_permutations=39, iterations=1000, seed=1, progress=False):
    """Test whether a run by negative sampling represents pairs of words; a `PairTests`.

    Parameters
    ----------
    corpus : Corpus
        The text of the run.
    run : published_recipe.Run
    n_permutations : int
        Among words drawn about as often; a quarter as many of each other kind.
    iterations, seed : int
        Batches and seed of the draws. With those of `unigram_baseline.compare` the draws are the same.
    progress : bool
        Show a bar.

    Examples
    --------
    >>> from w2vlib.replication.published_recipe import reproduce
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["a", "b"], ["a", "c"]] * 5)
    >>> run = reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> test_pairs(text, run, n_permutations=2, iterations=5).permuted.shape
    (1,)
    """
    settings, n_vocab = run.settings, len(run.vocab)
    words, offsets = text_of_run(corpus, run)
    table = noise_table(run.vocab.counts, settings.table_size, NOISE_EXPONENT)
    require_negatives(table)
    draws = fresh_draws(Source(words, offsets, table), settings, iterations, seed)
    pairs = pair_distribution(words, offsets, settings.window, n_vocab)
    V, U, rng = run.input_vectors, run.output_vectors, np.random.default_rng(seed)
    trained = losses_on(draws, V, U, settings)
    of_rows = functools.partial(losses_on, draws, U=U, settings=settings)
    permuted = _permuted(V, pairs.sum(1), n_permutations, rng, of_rows, progress)
    errors = {kind: float(sem(losses.mean(0) - trained)) for kind, losses in permuted.items()}

    noise = np.bincount(table, minlength=n_vocab) / table.size
    fits = _fits(ExpectedLoss(V, U, pairs, noise, settings.n_negatives))
    baseline, biased, scaled = (
        losses_on(draws, np.c_[a * V, np.ones(n_vocab)], np.c_[U, b], settings) for a, b in fits
    )
    return PairTests(
        trained=float(trained.mean()),
        permuted=permuted["all"].mean(1),
        permuted_alike=permuted["alike"].mean(1),
        permuted_error=errors["all"],
        permuted_alike_error=errors["alike"],
        along=float(permuted["along"].mean()),
        along_error=errors["along"],
        across=float(permuted["across"].mean()),
        across_error=errors["across"],
        baseline=float(baseline.mean()),
        biased=float(biased.mean()),
        biased_gain=float((baseline - biased).mean()),
        biased_error=float(sem(baseline - biased)),
        scale=fits[2][0],
        scaled=float(scaled.mean()),
        scaled_gain=float((baseline - scaled).mean()),
        scaled_error=float(sem(baseline - scaled)),
    )


def _fits(expected):
    """Scale and biases of the unigram baseline, with refitted biases, and with a refitted scale too."""
    return [
        (0.0, expected.all_biases(expected.by_frequency)),
        refit(expected, scale=1.0)[:2],
        refit(expected)[:2],
    ]


test_pairs.__test__ = False  # no test of pytest


def _permuted(V, frequencies, n, rng, losses, progress):
    """Compute `losses` of permuted input vectors: kind, as `PairTests` lists them → (n, n_batches)."""
    few = -(-n // 4)
    of_all = [rng.permutation(len(V)) for _ in range(few)]
    alike = [permutation_alike(frequencies, BLOCK, rng) for _ in range(n)]
    lengths = np.linalg.norm(V, axis=1, keepdims=True)
    mean = np.divide(V, lengths, where=lengths > 0, out=np.zeros_like(V)).mean(0)
    along = np.outer(V @ mean, mean / max(mean @ mean, 1e-300))
    across = V - along
    kinds = {
        "all": (lambda order: V[order], of_all),
        "alike": (lambda order: V[order], alike),
        "along": (lambda order: along[order] + across, alike[:few]),
        "across": (lambda order: along + across[order], alike[:few]),
    }
    permuted = {kind: [] for kind in kinds}
    bar = tqdm(total=n + 3 * few, unit="permutation", disable=not progress)
    with bar, ThreadPoolExecutor(2) as pool:  # the kernel runs without the interpreter's lock
        for kind, (rows, orders) in kinds.items():
            for found in pool.map(lambda order, rows=rows: losses(rows(order)), orders):
                permuted[kind].append(found)
                bar.update()
    return {kind: np.array(found) for kind, found in permuted.items()}


def permutation_alike(frequencies, block, rng):
    """Permute words at random among `block` words of about the same frequency; (n_vocab,) int64.

    Words of equal frequency are put in random order first.

    Examples
    --------
    >>> order = permutation_alike(np.array([9, 1, 8, 2]), 2, np.random.default_rng(1))
    >>> sorted(order[[0, 2]].tolist()), sorted(order[[1, 3]].tolist())
    ([0, 2], [1, 3])
    """
    ranked = np.lexsort((rng.random(len(frequencies)), frequencies))
    shuffled = np.lexsort((rng.random(len(frequencies)), np.arange(len(frequencies)) // block))
    order = np.empty(len(frequencies), np.int64)
    order[ranked] = ranked[shuffled]
    return order


def pair_distribution(words, offsets, window, n_vocab):
    """Compute how often (i, w) is expected as centre and outside word, per pair drawn, p_iw of Eq. (1.19).

    The sums of the columns are the result of `unigram_baseline.outside_distribution`.

    Parameters
    ----------
    words : (n,) int32
    offsets : (n_sentences + 1,) int64
    window, n_vocab : int

    Returns
    -------
    (n_vocab, n_vocab) scipy.sparse.csc_array, float64
        Its entries add up to 1.

    Examples
    --------
    >>> words, offsets = np.array([0, 1, 2], np.int32), np.array([0, 3])  # one sentence, "a b c"
    >>> pair_distribution(words, offsets, window=1, n_vocab=3).toarray().tolist()
    [[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]]
    """
    lengths = np.diff(offsets)
    sentence = np.repeat(np.arange(lengths.size), lengths)
    weight = 1.0 / lengths[sentence]
    has_context = np.zeros(words.size, bool)
    within, total = (sparse.csc_array((n_vocab, n_vocab)) for _ in range(2))
    for reach in range(1, window + 1):
        near = (sentence[reach:] == sentence[:-reach]) & (words[reach:] != words[:-reach])
        left = np.flatnonzero(near)
        right = left + reach
        places = np.r_[words[left], words[right]], np.r_[words[right], words[left]]
        within = within + sparse.csc_array(
            (np.r_[weight[left], weight[right]], places), shape=(n_vocab, n_vocab)
        )
        has_context[left] = has_context[right] = True
        total = total + within / weight[has_context].sum()
    return total / total.sum()


class ExpectedLoss:
    """Expected loss per pair of the scores a u_w·v_i + b_w, Eq. (1.23), with its derivatives.

    Only of the words that are drawn in both roles: the others have no loss with a bias that is large
    enough. Pairs of the text count exactly; the mean over the centre words of negatives is taken at 300
    points.

    Parameters
    ----------
    V, U : (n_vocab, dim) float64
    pairs : (n_vocab, n_vocab) sparse array
        As from `pair_distribution`.
    noise : (n_vocab,) float64
        Probability of each word in the table of negatives.
    n_negatives : int

    Examples
    --------
    >>> pairs = sparse.csc_array([[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]])
    >>> V, U = np.array([[1.0], [-1.0], [1.0]]), np.array([[-1.0], [1.0], [1.0]])
    >>> expected = ExpectedLoss(V, U, pairs, noise=np.array([0.5, 0.5, 0.0]), n_negatives=1)
    >>> expected.words.tolist(), expected.by_frequency.round(3).tolist()  # log 2/5, log 4/3
    ([0, 1], [-0.916, 0.288])
    >>> round(expected(0.0, expected.by_frequency)[0], 3)
    1.121
    """

    def __init__(self, V, U, pairs, noise, n_negatives):
        self.positives = pairs.sum(0)
        self.negatives = n_negatives * noise_given_outside(self.positives, noise)
        self.words = np.flatnonzero((self.positives > 0) & (self.negatives > 0))
        self.by_frequency = np.log(self.positives[self.words] / self.negatives[self.words])
        # A negative that equals the outside word is drawn again: fewer for that word, more for all others.
        again = np.divide(1.0, 1 - noise, where=noise < 1, out=np.zeros(noise.size))
        centres, total = _systematic(pairs @ again, V), float(self.positives @ again)
        drawn, rows = n_negatives * noise[self.words], U[self.words]
        chosen = pairs[:, self.words]
        columns = np.repeat(np.arange(self.words.size), np.diff(chosen.indptr))
        self.draws = ExpectedDraws(
            chosen.indptr.astype(np.int64),
            np.einsum("ij,ij->i", V[chosen.indices], rows[columns]),
            chosen.data,
            -(drawn * again[self.words])[columns] * chosen.data,
            rows,
            V[centres],
            drawn * total / len(centres),
        )
        longest_v, longest_u = (np.linalg.norm(each, axis=1).max(initial=0) for each in (V, rows))
        self.longest = 4 / max(longest_v * longest_u, 1e-30)  # a step in a that changes no score by over 4

    def __call__(self, a, b):
        """Return the loss (float) and its derivatives by a, b, a twice, a and b, b twice; b is (n_words,)."""
        by_b, by_ab, by_bb = np.zeros((3, b.size))
        loss, by_a, by_aa = derivatives(float(a), b, self.draws, by_b, by_ab, by_bb)
        return loss, by_a, by_b, by_aa, by_ab, by_bb

    def all_biases(self, b):
        """Extend biases (n_words,) to all words, (n_vocab,): a word drawn in one role only has no loss."""
        biases = np.where(self.positives > 0, _NEVER, np.where(self.negatives > 0, -_NEVER, 0.0))
        biases[self.words] = b
        return biases


def refit(expected, scale=None):
    """Scale a and biases b with which an `ExpectedLoss` is smallest; convex, by Newton's method.

    Parameters
    ----------
    expected : ExpectedLoss
    scale : float, optional
        Fixed value of a. With 0 the smallest loss is that of the unigram baseline, Eq. (1.22).

    Returns
    -------
    a : float
    b : (n_vocab,) float64
    loss : float

    Examples
    --------
    >>> pairs = sparse.csc_array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]])
    >>> V, U = np.array([[1.0], [-0.5], [0.0]]), np.array([[0.0], [1.0], [-1.0]])
    >>> expected = ExpectedLoss(V, U, pairs, noise=np.full(3, 1 / 3), n_negatives=1)
    >>> losses = [refit(expected, scale)[2] for scale in (0.0, 1.0, None)]
    >>> losses[0] > losses[1] > losses[2], refit(expected)[0] > 1
    (True, True)
    """
    a, b = (0.0 if scale is None else scale), expected.by_frequency
    loss, *slopes = expected(a, b)
    for _ in range(_NEWTON):
        step_a, step_b, gain = _newton_step(*slopes, longest=expected.longest if scale is None else 0.0)
        if gain < 1e-10:
            break
        size = 1.0
        while (following := expected(a + size * step_a, b + size * step_b))[0] > loss and size > 1e-3:
            size /= 2
        a, b, (loss, *slopes) = a + size * step_a, b + size * step_b, following
    return float(a), expected.all_biases(b), float(loss)


def _newton_step(by_a, by_b, by_aa, by_ab, by_bb, longest):
    """Newton's step in a (at most `longest`) and b, and the decrease of the loss that it promises.

    The second derivatives by two different biases are zero, so a is eliminated first. Where pairs and
    negatives can be separated there is no minimum, and the second derivatives go to zero.
    """
    by_bb = np.maximum(by_bb, 1e-30)
    left = max(by_aa - (by_ab**2 / by_bb).sum(), 1e-30)
    step_a = np.clip(-(by_a - (by_ab * by_b / by_bb).sum()) / left, -longest, longest)
    step_b = np.clip(-(by_b + by_ab * step_a) / by_bb, -2, 2)
    return step_a, step_b, -(by_a * step_a + (by_b * step_b).sum())


def _systematic(weights, V):
    """Draw `_CENTRES` words by a systematic sample in the order of V along its mean; (n,) int64."""
    order = np.argsort(V @ V.mean(0), kind="stable")
    reach = np.cumsum(weights[order])
    points = (np.arange(_CENTRES) + 0.5) / _CENTRES * reach[-1]
    return order[np.searchsorted(reach, points)]
