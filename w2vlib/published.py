"""The published recipe, draw for draw: skip-gram with two generators, a table and plain SGD.

Two threads share the work without changing it. One draws centre words, contexts and negatives from
Python's Mersenne Twister; the other takes the gradient steps on what has been drawn. Both run
compiled code without the interpreter's lock.
"""

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from . import checkpoint, kernels
from .corpus import Corpus, from_sentences
from .errors import W2VError
from .vocab import Vocabulary, build_vocabulary, encode, noise_table, rejection_probabilities

UNKNOWN = "UNK"
SUBSAMPLE = 1e-5
REPEATS = 30  # readings of the text before the first iteration
TABLE_SLOTS = 15_000
NOISE_EXPONENT = 0.75
RECORD_EVERY = 10
SMOOTHING = 0.95
OBJECTIVES = ("negative-sampling", "naive-softmax")
TAIL = 100  # recorded iterations that the summary averages the loss per pair over
_CHUNK = 100  # iterations drawn ahead at a time


@dataclass(frozen=True, eq=False)
class Run:
    """What a run of the recipe produced.

    Attributes
    ----------
    settings : dict
        The arguments of `reproduce`, by name.
    ema_loss : (n,) float64
        Moving average of the loss (sum over the context, mean over the centres), one an iteration
        recorded: every 10th.
    pair_loss : (n,) float64
        Mean loss of a (centre, outside) pair in those same iterations, not smoothed.
    input_vectors, output_vectors : (n_vocab, dim) float64
        V and U at the end.
    vocab : Vocabulary
    checkpoints : dict
        Iteration → (input vectors, output vectors).
    seconds : float
        From token ids to the final vectors (of this call, where a run was resumed).
    """

    settings: dict
    ema_loss: np.ndarray
    pair_loss: np.ndarray
    input_vectors: np.ndarray
    output_vectors: np.ndarray
    vocab: Vocabulary
    checkpoints: dict = field(repr=False)
    seconds: float


@dataclass
class _State:
    """All that the next iteration depends on, and what has been recorded so far."""

    iteration: int
    V: np.ndarray
    U: np.ndarray
    mt: np.ndarray
    losses: np.ndarray  # (iterations recorded,) sum over centres and context
    pairs: np.ndarray  # (iterations recorded,) int64


def reproduce(
    corpus,
    *,
    python_seed=42,
    numpy_seed=6289,
    dim=10,
    window=5,
    n_negatives=10,
    batch=50,
    iterations=35_000,
    step=0.2,
    halve_every=20_000,
    objective="negative-sampling",
    checkpoint_every=5_000,
    checkpoint_dir=None,
    progress=True,
):
    """Train by the published recipe; the defaults are the published settings.

    Parameters
    ----------
    corpus : Corpus or iterable of token lists
        Words are lower-cased, as published.
    python_seed, numpy_seed : int
        Seeds of the draws and of the initial input vectors.
    dim : int
        Length of a vector.
    window : int
        The context reaches 1 to `window` words to each side, drawn for each centre word.
    n_negatives : int
        Negative samples a pair (unused by the naive softmax).
    batch : int
        Centre words an iteration; the gradient is their mean.
    iterations, step, halve_every : int, float, int
        The step is halved after every `halve_every`-th iteration.
    objective : {"negative-sampling", "naive-softmax"}
    checkpoint_every : int
        Keep the vectors after every so many iterations, and after the last.
    checkpoint_dir : path, optional
        Save the state there at each checkpoint, and go on from the last one found there: the run
        ends with the same bytes as one that was never interrupted.
    progress : bool
        Show a bar.

    Returns
    -------
    Run

    Raises
    ------
    W2VError
        If a setting is out of range, the text is too small to draw from, the loss stops being
        finite, or a checkpoint is damaged or of another run.
    """
    settings = {
        "python_seed": python_seed,
        "numpy_seed": numpy_seed,
        "dim": dim,
        "window": window,
        "n_negatives": n_negatives,
        "batch": batch,
        "iterations": iterations,
        "step": step,
        "halve_every": halve_every,
        "objective": objective,
        "checkpoint_every": checkpoint_every,
    }
    _check(settings)
    if not isinstance(corpus, Corpus):
        corpus = from_sentences(corpus)
    vocab, ids, offsets = _numbered(corpus)
    _compile(dim, objective)

    begin = time.perf_counter()
    mt = _python_twister(python_seed)
    first_reach = kernels.mt_below(mt, window) + 1
    words, sentence_offsets = _subsampled(vocab, ids, offsets, mt)
    table = noise_table(vocab.counts, TABLE_SLOTS, NOISE_EXPONENT)
    if objective == "negative-sampling" and table[0] == table[-1]:
        raise W2VError("The text is too small: there is only one word to draw as a negative.")
    V = (np.random.RandomState(numpy_seed).rand(len(vocab), dim) - 0.5) / dim
    n_recorded = iterations // RECORD_EVERY
    state = _State(0, V, np.zeros_like(V), mt, np.zeros(n_recorded), np.zeros(n_recorded, np.int64))

    identity = {**settings, "tokens_sha256": corpus.provenance.tokens_sha256}
    checkpoints = {}
    if checkpoint_dir is not None:
        checkpoints = _resume(state, checkpoint_dir, identity)
        first_reach = 0 if state.iteration else first_reach
    bar = tqdm(total=iterations, initial=state.iteration, unit="it", disable=not progress)
    with bar:
        for _ in _training(state, settings, words, sentence_offsets, table, first_reach):
            bar.update(state.iteration - bar.n)
            if recorded := state.iteration // RECORD_EVERY:
                latest = state.losses[recorded - 1] / batch
                if not np.isfinite(latest):
                    raise W2VError(
                        f"The loss is {latest} after iteration {state.iteration}: step {step} is too "
                        "large, choose a smaller one."
                    )
                bar.set_postfix(loss=f"{latest:.2f}", refresh=False)
            if state.iteration % checkpoint_every == 0 or state.iteration == iterations:
                checkpoints[state.iteration] = (state.V.copy(), state.U.copy())
                if checkpoint_dir is not None:
                    _save(state, checkpoint_dir, identity)
    return Run(
        settings=settings,
        ema_loss=_moving_average(state.losses / batch),
        pair_loss=state.losses / np.maximum(state.pairs, 1),
        input_vectors=state.V,
        output_vectors=state.U,
        vocab=vocab,
        checkpoints=checkpoints,
        seconds=time.perf_counter() - begin,
    )


def summary(run):
    """The figures of a run as a dict that JSON can hold: settings, losses, seconds, sums of vectors."""
    sums = {
        name: {"sum": float(vectors.sum()), "sum_abs": float(np.abs(vectors).sum())}
        for name, vectors in (("input_vectors", run.input_vectors), ("output_vectors", run.output_vectors))
    }
    tail = run.pair_loss[-TAIL:]
    return {
        "settings": run.settings,
        "ema_loss": run.ema_loss.tolist(),
        "pair_loss": run.pair_loss.tolist(),
        "pair_loss_tail": float(tail.mean()) if tail.size else None,
        "seconds": run.seconds,
        **sums,
    }


def _check(settings):
    """Refuse settings out of range, naming the setting, its value and what is allowed."""
    for name, value in settings.items():
        low = 0 if name.endswith("seed") else 1
        if name == "objective":
            good, allowed = value in OBJECTIVES, f"one of {', '.join(OBJECTIVES)}"
        elif name == "step":
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < np.inf
            allowed = "a positive number"
        else:
            good = isinstance(value, int | np.integer) and not isinstance(value, bool)
            good = good and low <= value < 2**31
            allowed = f"a whole number of at least {low}"
        if not good:
            raise W2VError(f"{name}={value!r} is not allowed: give {allowed}.")


def _numbered(corpus):
    """Vocabulary by first appearance with UNK (count 1) at its end, token ids and offsets."""
    lowered = [[token.lower() for token in sentence] for sentence in corpus]
    seen = build_vocabulary(lowered, order="appearance")
    ids, offsets = encode(lowered, seen)
    if UNKNOWN in seen:  # lower-casing leaves no capital K, save in scripts of their own
        raise W2VError(f"The text holds the word {UNKNOWN} itself even in lower case.")
    return Vocabulary((*seen.words, UNKNOWN), np.append(seen.counts, 1)), ids, offsets


def _python_twister(seed):
    """State of Python's ``random.Random(seed)`` as `kernels` holds it; uint32."""
    key = random.Random(seed).getstate()[1]
    mt = np.zeros(kernels.MT_SIZE, np.uint32)
    mt[: kernels.MT_WORDS] = key[:-1]
    mt[kernels.MT_USED] = key[-1]
    kernels.mt_temper(mt)
    return mt


def _subsampled(vocab, ids, offsets, mt):
    """The text read `REPEATS` times, thinned out; ids (int32) and sentence offsets (int64)."""
    reject = rejection_probabilities(vocab.counts, ids.size + 1, SUBSAMPLE)
    thresholds = np.ceil(reject * 2.0**53).astype(np.uint64)
    # Room for the expected number of words and ten standard deviations more.
    expected = REPEATS * ((1 - reject) * vocab.counts).sum()
    room = int(expected + 10 * np.sqrt(expected)) + int(np.diff(offsets).max())
    kept = np.empty(min(room, REPEATS * ids.size) + 1, np.int32)
    kept_offsets = np.empty(min(REPEATS * (offsets.size - 1), kept.size // 2) + 2, np.int64)
    n_sentences = kernels.subsample(ids, offsets, thresholds, REPEATS, mt, kept, kept_offsets)
    if n_sentences < 0:
        raise RuntimeError("subsampling kept more words than ten standard deviations allow")
    words, offsets = kept[: kept_offsets[n_sentences]].copy(), kept_offsets[: n_sentences + 1].copy()
    inside = np.ones(max(words.size - 1, 0), bool)
    inside[offsets[1:-1] - 1] = False
    if not np.any((words[1:] != words[:-1]) & inside):
        raise W2VError(
            "The text is too small: after subsampling no sentence is left with two different words, "
            "so no pair can be drawn."
        )
    return words, offsets


def _training(state, settings, words, offsets, table, first_reach):
    """Advance `state` to the end chunk by chunk, stopping at every checkpoint on the way."""
    batch, last = settings["batch"], settings["iterations"]
    steps = _stepper(state, settings)
    bounds = _bounds(state.iteration, last, settings["checkpoint_every"])
    draws = (
        (begin, end, first_reach if i == 0 else 0)
        for i, (begin, end) in enumerate(itertools.pairwise(bounds))
    )
    mt = state.mt

    def drawn(begin, end, reach):
        n = (end - begin) * batch
        room = n * 2 * settings["window"]
        n_negatives = settings["n_negatives"] if settings["objective"] == OBJECTIVES[0] else 0
        centres, starts = np.empty(n, np.int32), np.empty(n + 1, np.int64)
        outside, negatives = np.empty(room, np.int32), np.empty(room * n_negatives, np.int32)
        kernels.draw(
            words, offsets, table, settings["window"], n_negatives, n, reach, mt,
            centres, starts, outside, negatives,
        )  # fmt: skip
        return begin, end, mt.copy(), (centres, starts, outside, negatives)

    with ThreadPoolExecutor(1) as ahead:
        pending = ahead.submit(drawn, *first) if (first := next(draws, None)) else None
        while pending is not None:
            begin, end, mt_after, samples = pending.result()
            pending = ahead.submit(drawn, *following) if (following := next(draws, None)) else None
            numbers = np.arange(begin + 1, end + 1)
            recorded = numbers % RECORD_EVERY == 0
            losses, pairs = np.zeros(end - begin), np.zeros(end - begin, np.int64)
            halvings = (numbers - 1) // settings["halve_every"]
            rates = settings["step"] * 0.5**halvings / batch
            steps(rates, recorded, samples, losses, pairs)
            span = slice(begin // RECORD_EVERY, end // RECORD_EVERY)
            state.losses[span], state.pairs[span] = losses[recorded], pairs[recorded]
            state.iteration, state.mt = end, mt_after
            yield


def _bounds(first, last, checkpoint_every):
    """Iterations at which a chunk ends: every `_CHUNK`, at each checkpoint, and at the end."""
    stops = {first, last, *range(first, last, _CHUNK)}
    stops.update(range(first - first % checkpoint_every + checkpoint_every, last, checkpoint_every))
    return sorted(stops)


def _stepper(state, settings):
    """Function that takes the gradient steps of one chunk on the vectors of `state`, in place."""
    batch = settings["batch"]
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


def _compile(dim, objective):
    """Compile (or load from the cache) the kernels, so that no clock counts it."""
    mt = _python_twister(0)
    ids, offsets = np.array([0, 1], np.int32), np.array([0, 2], np.int64)
    kept, kept_offsets = np.empty(4, np.int32), np.empty(4, np.int64)
    kernels.subsample(ids, offsets, np.zeros(2, np.uint64), 1, mt, kept, kept_offsets)
    settings = {
        "dim": dim, "window": 1, "n_negatives": 1, "batch": 1, "iterations": 1, "step": 1.0,
        "halve_every": 1, "objective": objective, "checkpoint_every": 1,
    }  # fmt: skip
    V = np.zeros((2, dim))
    state = _State(0, V, V.copy(), mt, np.zeros(0), np.zeros(0, np.int64))
    for _ in _training(state, settings, ids, offsets, ids, kernels.mt_below(mt, 1) + 1):
        pass


def _resume(state, folder, identity):
    """Move `state` to the last checkpoint in `folder`; return the vectors of all of them."""
    checkpoints = {}
    for iteration in checkpoint.saved_iterations(folder):
        saved = checkpoint.load(checkpoint.checkpoint_path(folder, iteration), identity)
        checkpoints[iteration] = (saved["V"], saved["U"])
        recorded = iteration // RECORD_EVERY
        state.iteration = iteration
        state.V[:], state.U[:], state.mt[:] = saved["V"], saved["U"], saved["mt"]
        state.losses[:recorded], state.pairs[:recorded] = saved["losses"], saved["pairs"]
    return checkpoints


def _save(state, folder, identity):
    recorded = state.iteration // RECORD_EVERY
    arrays = {
        "V": state.V,
        "U": state.U,
        "mt": state.mt,
        "losses": state.losses[:recorded],
        "pairs": state.pairs[:recorded],
    }
    checkpoint.save(checkpoint.checkpoint_path(Path(folder), state.iteration), identity, arrays)


def _moving_average(losses):
    """0.95 · average + 0.05 · loss, starting at the first loss; (n,) float64."""
    averages = losses.copy()
    for i in range(1, averages.size):
        averages[i] = SMOOTHING * averages[i - 1] + (1 - SMOOTHING) * losses[i]
    return averages
