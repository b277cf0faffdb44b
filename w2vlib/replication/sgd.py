"""Skip-gram by stochastic gradient descent on draws from Python's Mersenne Twister.

Two threads share the work without changing it. One draws centre words, contexts and negatives; the
other takes the gradient steps on what has been drawn. Both run compiled code without the
interpreter's lock.
"""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..utils.errors import W2VError, shown
from ..utils.memory import FOR_THREADS, require_memory
from ..utils.run_costs import run_cost
from . import kernels
from .kernels import Draws, Record, Source
from .mersenne_twister import below, python_twister
from .settings import RECORD_EVERY, RecipeSettings

_CHUNK = 400  # iterations drawn ahead at a time


@dataclass
class RecipeState:
    """All that the next iteration depends on, and what has been recorded so far.

    Attributes
    ----------
    iteration : int
        Iterations done.
    V, U : (n_vocab, dim) float64
    mt : uint32
        The generator, as `mersenne_twister` holds it.
    losses : (n,) float64
        Sum over centres and context of each iteration recorded: every 10th.
    pairs : (n,) int64
        (Centre, outside) pairs of the same iterations.

    Examples
    --------
    >>> V = np.zeros((2, 3))
    >>> state = RecipeState.start(V, V.copy(), python_twister(42), iterations=100)
    >>> state.iteration, state.losses.size
    (0, 10)
    """

    iteration: int
    V: np.ndarray
    U: np.ndarray
    mt: np.ndarray
    losses: np.ndarray
    pairs: np.ndarray

    @classmethod
    def start(cls, V, U, mt, iterations=0):
        """Return the state before the first of `iterations` iterations; the arrays are not copied."""
        n_recorded = iterations // RECORD_EVERY
        return cls(0, V, U, mt, np.zeros(n_recorded), np.zeros(n_recorded, np.int64))


def train(state, settings, source, first_window_size):
    """Advance `state` to the end chunk by chunk, stopping at every checkpoint on the way.

    Parameters
    ----------
    state : RecipeState
        Changed in place.
    settings : RecipeSettings
    source : kernels.Source
    first_window_size : int
        That of the next centre word if it is already drawn, else 0.

    Yields
    ------
    None
        After each chunk, with `state` up to date.

    Examples
    --------
    >>> ids, offsets = np.array([0, 1], np.int32), np.array([0, 2])  # one sentence, "a b"
    >>> settings = RecipeSettings(dim=3, iterations=20, checkpoint_every=10)
    >>> V = np.random.default_rng(0).normal(size=(2, 3))
    >>> state = RecipeState.start(V, np.zeros((2, 3)), python_twister(42), settings.iterations)
    >>> [state.iteration for _ in train(state, settings, Source(ids, offsets, ids), 0)]
    [10, 20]
    >>> bool(state.losses[1] < state.losses[0])
    True
    """
    stops = _stops(state.iteration, settings.iterations, settings.checkpoint_every)
    chunks = itertools.pairwise(stops)
    take_steps, mt = _stepper(state, settings), state.mt

    def drawn(begin, end):
        window_size = first_window_size if begin == stops[0] else 0
        draws = _draw(mt, source, settings, (end - begin) * settings.batch_size, window_size)
        return begin, end, mt.copy(), draws

    require_memory(FOR_THREADS)
    with ThreadPoolExecutor(1) as ahead:
        pending = ahead.submit(drawn, *first) if (first := next(chunks, None)) else None
        while pending is not None:
            begin, end, mt_after, draws = pending.result()
            pending = ahead.submit(drawn, *following) if (following := next(chunks, None)) else None
            iterations = np.arange(begin + 1, end + 1)
            record = _record(iterations % RECORD_EVERY == 0)
            rates = learning_rates(iterations, settings.learning_rate, settings.halving_interval)
            take_steps(rates / settings.batch_size, draws, record)
            span = slice(begin // RECORD_EVERY, end // RECORD_EVERY)
            state.losses[span] = record.losses[record.wanted]
            state.pairs[span] = record.pairs[record.wanted]
            state.iteration, state.mt = end, mt_after
            yield


def learning_rates(iterations, initial, halving_interval):
    """Learning rates, Eq. (1.30): halved after every `halving_interval`-th iteration; (n,) float64.

    Examples
    --------
    >>> learning_rates(np.array([1, 20_000, 20_001]), initial=0.2, halving_interval=20_000).tolist()
    [0.2, 0.2, 0.1]
    """
    return initial * 0.5 ** ((iterations - 1) // halving_interval)


def _record(wanted):
    """Make an empty record for as many steps as `wanted` (bool) has elements."""
    return Record(wanted, np.zeros(wanted.size), np.zeros(wanted.size, np.int64))


def _draw(mt, source, settings, n_centres, first_window_size=0):
    """Draw centre words with contexts and negatives; return `Draws`."""
    n_negatives = settings.n_negatives if settings.objective == "negative-sampling" else 0
    most = n_centres * 2 * settings.window
    draws = Draws(
        np.empty(n_centres, np.int32),
        np.empty(n_centres + 1, np.int64),
        np.empty(most, np.int32),
        np.empty(most * n_negatives, np.int32),
    )
    kernels.draw(source, settings.window, n_negatives, n_centres, first_window_size, mt, draws)
    return draws


def _stops(first, last, checkpoint_every):
    """List the iterations at which a chunk ends: every `_CHUNK`, at each checkpoint, and at the end."""
    stops = {first, last, *range(first, last, _CHUNK)}
    stops.update(range(first - first % checkpoint_every + checkpoint_every, last, checkpoint_every))
    return sorted(stops)


def _stepper(state, settings):
    """Make the function that takes the gradient steps of one chunk on the vectors of `state`, in place."""
    batch = settings.batch_size
    if settings.objective == "negative-sampling":
        kernel = kernels.negative_sampling_steps(settings.dim)

        def take_steps(rates, draws, record):
            kernel(state.V, state.U, batch, settings.n_negatives, rates, draws, record)

    else:
        kernel = kernels.naive_softmax_steps(settings.dim)

        def take_steps(rates, draws, record):
            Ut = np.ascontiguousarray(state.U.T)
            kernel(state.V, Ut, batch, rates, draws, record)
            state.U[:] = Ut.T

    return take_steps


def require_negatives(table):
    """Refuse a table of negatives, (table_size,), with one word only: none would differ from that word.

    Examples
    --------
    >>> require_negatives(np.array([0, 0, 1]))
    """
    if table[0] == table[-1]:
        raise W2VError(
            f"Only one word can be drawn as a negative: the text or table_size={len(table)} is too small."
        )


def compile_kernels(dim, objective):
    """Compile (or load from the cache) the kernels, so that no clock counts it.

    Examples
    --------
    >>> compile_kernels(dim=3, objective="negative-sampling")  # a run with dim=3 now starts at once
    """
    mt = python_twister(0)
    ids, offsets = np.array([0, 1], np.int32), np.array([0, 2], np.int64)
    kept, kept_offsets = np.empty(4, np.int32), np.empty(4, np.int64)
    kernels.subsample(ids, offsets, np.zeros(2, np.uint64), 1, mt, kept, kept_offsets)
    settings = RecipeSettings(
        dim=dim, window=1, n_negatives=1, batch_size=1, iterations=1, objective=objective, checkpoint_every=1
    )
    V = np.zeros((2, dim))
    state = RecipeState.start(V, V.copy(), mt)
    for _ in train(state, settings, Source(ids, offsets, ids), below(mt, 1) + 1):
        pass


def seconds_per_pair(
    objective, n_vocab, dim=10, n_negatives=10, window=5, batch_size=50, iterations=40, seed=0
):
    """Time of the gradient steps for one (centre, outside) pair on random text of `n_vocab` types.

    The draws are made before the clock starts. Wall-clock: it differs from run to run.

    Returns
    -------
    float, seconds

    Raises
    ------
    W2VError
        For fewer than two types (no pair could ever be drawn), or a setting out of range.

    Examples
    --------
    >>> seconds_per_pair("negative-sampling", 100, dim=3, iterations=2) > 0
    True
    """
    if n_vocab < 2:
        raise W2VError(f"n_vocab={shown(n_vocab)} is not allowed: a pair needs two different words.")
    settings = RecipeSettings(
        dim=dim, window=window, n_negatives=n_negatives, batch_size=batch_size, objective=objective
    )
    compile_kernels(dim, objective)
    rng = np.random.default_rng(seed)
    words = rng.integers(0, n_vocab, 100_000, dtype=np.int32)
    V = rng.normal(0, 0.1, (n_vocab, dim))
    state = RecipeState.start(V, V.copy(), python_twister(seed))
    source = Source(words, np.arange(0, words.size + 1, 20), words)
    draws = _draw(state.mt, source, settings, iterations * batch_size)
    take_steps, record = _stepper(state, settings), _record(np.zeros(iterations, bool))
    rates = np.full(iterations, settings.learning_rate / batch_size)
    begin = time.perf_counter()
    take_steps(rates, draws, record)
    return run_cost(float((time.perf_counter() - begin) / record.pairs.sum()))


def fresh_draws(source, settings, iterations, seed):
    """Draw `iterations` batches of centre words with contexts and negatives; `kernels.Draws`.

    Examples
    --------
    >>> ids, offsets = np.array([0, 1], np.int32), np.array([0, 2])  # one sentence, "a b"
    >>> settings = RecipeSettings(dim=3, n_negatives=1, batch_size=4)
    >>> fresh_draws(Source(ids, offsets, ids), settings, iterations=1, seed=0).centres.tolist()
    [0, 1, 1, 1]
    """
    settings = settings.replace(objective="negative-sampling")
    return _draw(python_twister(seed), source, settings, iterations * settings.batch_size)


def losses_on(draws, V, U, settings):
    """Negative-sampling loss per pair with fixed vectors: the mean of each batch of draws.

    Parameters
    ----------
    draws : kernels.Draws
        As from `fresh_draws` with the same settings.
    V, U : (n_vocab, d) float64
        Not changed; d may differ from the dim of the settings.
    settings : RecipeSettings
        Its n_negatives and batch_size are used.

    Returns
    -------
    (iterations,) float64, nats per pair

    Examples
    --------
    >>> ids, offsets = np.array([0, 1], np.int32), np.array([0, 2])  # one sentence, "a b"
    >>> settings = RecipeSettings(n_negatives=1, batch_size=4)
    >>> draws = fresh_draws(Source(ids, offsets, ids), settings, iterations=2, seed=0)
    >>> losses_on(draws, np.zeros((2, 3)), np.zeros((2, 3)), settings).round(3).tolist()
    [1.386, 1.386]
    """
    iterations = draws.centres.size // settings.batch_size
    settings = settings.replace(objective="negative-sampling", dim=V.shape[1])
    state = RecipeState.start(V.copy(), U.copy(), python_twister(0))
    record = _record(np.ones(iterations, bool))
    _stepper(state, settings)(np.zeros(iterations), draws, record)  # steps of size 0
    return record.losses / record.pairs
