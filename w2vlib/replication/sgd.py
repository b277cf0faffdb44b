"""Skip-gram by stochastic gradient descent on draws from Python's Mersenne Twister.

Two threads share the work without changing it. One draws centre words, contexts and negatives; the
other takes the gradient steps on what has been drawn. Both run compiled code without the
interpreter's lock.
"""

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..utils.errors import W2VError
from . import kernels
from .settings import OBJECTIVES  # noqa: F401

RECORD_EVERY = 10
_CHUNK = 400  # iterations drawn ahead at a time


@dataclass
class TrainingState:
    """All that the next iteration depends on, and what has been recorded so far.

    `V` and `U` are (n_vocab, dim) float64; `mt` is the generator as `kernels` holds it; `losses`
    (sums over centres and context) and `pairs` have an element for every iteration recorded.
    """

    iteration: int
    V: np.ndarray
    U: np.ndarray
    mt: np.ndarray
    losses: np.ndarray  # (iterations recorded,) sum over centres and context
    pairs: np.ndarray  # (iterations recorded,) int64


def python_twister(seed):
    """State of Python's ``random.Random(seed)`` as `kernels` holds it; uint32."""
    key = random.Random(seed).getstate()[1]
    mt = np.zeros(kernels.MT_SIZE, np.uint32)
    mt[: kernels.MT_WORDS] = key[:-1]
    mt[kernels.MT_USED] = key[-1]
    kernels.mt_temper(mt)
    return mt


def training(state, settings, words, offsets, table, first_reach):
    """Advance `state` to the end chunk by chunk, stopping at every checkpoint on the way."""
    batch, last = settings["batch_size"], settings["iterations"]
    steps = _stepper(state, settings)
    bounds = _bounds(state.iteration, last, settings["checkpoint_every"])
    draws = (
        (begin, end, first_reach if i == 0 else 0)
        for i, (begin, end) in enumerate(itertools.pairwise(bounds))
    )
    mt = state.mt

    def drawn(begin, end, reach):
        samples = _drawn(mt, words, offsets, table, settings, (end - begin) * batch, reach)
        return begin, end, mt.copy(), samples

    with ThreadPoolExecutor(1) as ahead:
        pending = ahead.submit(drawn, *first) if (first := next(draws, None)) else None
        while pending is not None:
            begin, end, mt_after, samples = pending.result()
            pending = ahead.submit(drawn, *following) if (following := next(draws, None)) else None
            numbers = np.arange(begin + 1, end + 1)
            recorded = numbers % RECORD_EVERY == 0
            losses, pairs = np.zeros(end - begin), np.zeros(end - begin, np.int64)
            halvings = (numbers - 1) // settings["halving_interval"]
            rates = settings["learning_rate"] * 0.5**halvings / batch
            steps(rates, recorded, samples, losses, pairs)
            span = slice(begin // RECORD_EVERY, end // RECORD_EVERY)
            state.losses[span], state.pairs[span] = losses[recorded], pairs[recorded]
            state.iteration, state.mt = end, mt_after
            yield


def _drawn(mt, words, offsets, table, settings, n_centres, reach):
    """Draw centre words with contexts and negatives: the arrays that `kernels.draw` fills."""
    n_negatives = settings["n_negatives"] if settings["objective"] == "negative-sampling" else 0
    room = n_centres * 2 * settings["window"]
    samples = (
        np.empty(n_centres, np.int32),
        np.empty(n_centres + 1, np.int64),
        np.empty(room, np.int32),
        np.empty(room * n_negatives, np.int32),
    )
    kernels.draw(words, offsets, table, settings["window"], n_negatives, n_centres, reach, mt, *samples)
    return samples


def _bounds(first, last, checkpoint_every):
    """List the iterations at which a chunk ends: every `_CHUNK`, at each checkpoint, and at the end."""
    stops = {first, last, *range(first, last, _CHUNK)}
    stops.update(range(first - first % checkpoint_every + checkpoint_every, last, checkpoint_every))
    return sorted(stops)


def _stepper(state, settings):
    """Make the function that takes the gradient steps of one chunk on the vectors of `state`, in place."""
    batch = settings["batch_size"]
    if settings["objective"] == "negative-sampling":
        kernel = kernels.negative_sampling_steps(settings["dim"])

        def steps(rates, recorded, samples, losses, pairs):
            n_negatives = settings["n_negatives"]
            kernel(state.V, state.U, batch, n_negatives, rates, recorded, *samples, losses, pairs)

    else:
        kernel = kernels.naive_softmax_steps(settings["dim"])

        def steps(rates, recorded, samples, losses, pairs):
            Ut = np.ascontiguousarray(state.U.T)
            kernel(state.V, Ut, batch, rates, recorded, *samples[:3], losses, pairs)
            state.U[:] = Ut.T

    return steps


def compile_kernels(dim, objective):
    """Compile (or load from the cache) the kernels, so that no clock counts it."""
    mt = python_twister(0)
    ids, offsets = np.array([0, 1], np.int32), np.array([0, 2], np.int64)
    kept, kept_offsets = np.empty(4, np.int32), np.empty(4, np.int64)
    kernels.subsample(ids, offsets, np.zeros(2, np.uint64), 1, mt, kept, kept_offsets)
    settings = {
        "dim": dim, "window": 1, "n_negatives": 1, "batch_size": 1, "iterations": 1, "learning_rate": 1.0,
        "halving_interval": 1, "objective": objective, "checkpoint_every": 1,
    }  # fmt: skip
    V = np.zeros((2, dim))
    state = TrainingState(0, V, V.copy(), mt, np.zeros(0), np.zeros(0, np.int64))
    for _ in training(state, settings, ids, offsets, ids, kernels.mt_below(mt, 1) + 1):
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
        For fewer than two types: no pair could ever be drawn.
    """
    if n_vocab < 2:
        raise W2VError(f"n_vocab={n_vocab!r} is not allowed: a pair needs two different words.")
    rng = np.random.default_rng(seed)
    settings = {
        "dim": dim, "window": window, "n_negatives": n_negatives, "batch_size": batch_size,
        "iterations": iterations, "learning_rate": 0.2, "halving_interval": iterations,
        "objective": objective, "checkpoint_every": iterations,
    }  # fmt: skip
    compile_kernels(dim, objective)
    words = rng.integers(0, n_vocab, 100_000, dtype=np.int32)
    V = rng.normal(0, 0.1, (n_vocab, dim))
    state = TrainingState(0, V, V.copy(), python_twister(seed), np.zeros(0), np.zeros(0, np.int64))
    offsets = np.arange(0, words.size + 1, 20)
    samples = _drawn(state.mt, words, offsets, words, settings, iterations * batch_size, 0)
    steps = _stepper(state, settings)
    rates, recorded = np.full(iterations, 0.2 / batch_size), np.zeros(iterations, bool)
    losses, pairs = np.zeros(iterations), np.zeros(iterations, np.int64)
    begin = time.perf_counter()
    steps(rates, recorded, samples, losses, pairs)
    return (time.perf_counter() - begin) / pairs.sum()


def fresh_losses(V, U, words, offsets, table, settings, iterations, seed):
    """Loss of a pair by negative sampling with fixed vectors, a mean for each batch of fresh draws.

    Parameters
    ----------
    V, U : (n_vocab, dim) float64
        Not changed.
    words, offsets : int32, int64 arrays
        The text to draw from.
    table : (table_size,) int32
        The table of negatives.
    settings : dict
        As of a run: dim, window, n_negatives, batch_size.

    Returns
    -------
    (iterations,) float64
    """
    settings = {**settings, "objective": "negative-sampling"}
    state = TrainingState(0, V.copy(), U.copy(), python_twister(seed), np.zeros(0), np.zeros(0, np.int64))
    samples = _drawn(state.mt, words, offsets, table, settings, iterations * settings["batch_size"], 0)
    losses, pairs = np.zeros(iterations), np.zeros(iterations, np.int64)
    steps = _stepper(state, settings)
    steps(np.zeros(iterations), np.ones(iterations, bool), samples, losses, pairs)  # steps of size 0
    return losses / pairs
