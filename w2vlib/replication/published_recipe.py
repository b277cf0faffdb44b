"""The published recipe, draw for draw: two generators, a text read 30 times, a table, plain SGD."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..text.corpus import as_corpus
from ..text.sampling import noise_table
from ..text.vocabulary import Vocabulary
from ..utils.errors import W2VError, shown
from ..utils.run_costs import run_cost
from .kernels import Source
from .mersenne_twister import python_twister
from .run_checkpoints import RunCheckpoints
from .settings import PUBLISHED, RECORD_EVERY, RecipeSettings
from .sgd import RecipeState, compile_kernels, require_negatives, train
from .subsampling import first_draws, numbered

NOISE_EXPONENT = 0.75
SMOOTHING = 0.95
PTB_TOKENS_SHA256 = "5145926136ee9aef6f359b267ac09cc8a920879cd71725de17c490dd111d2998"
THRESHOLD = 9.0  # the course asked for a moving average below it
TAIL = 100  # recorded iterations that the summary averages the loss per pair over
_TOLERANCE = 1.05


class DivergenceError(W2VError):
    """A training whose loss is no number, or ends above that of untrained vectors.

    Examples
    --------
    >>> settings = {"iterations": 800, "dim": 3, "subsample": 1, "learning_rate": 1000}
    >>> reproduce([["the", "cat"]] * 9, **settings, progress=False)
    Traceback (most recent call last):
    ...
    w2vlib.replication.published_recipe.DivergenceError: The ...
    """


@dataclass(frozen=True, eq=False)
class Run:
    """Result of a run of the recipe.

    Attributes
    ----------
    settings : RecipeSettings
    ema_loss : (n,) float64
        Moving average of the loss (sum over the context, mean over the centre words), of each
        recorded iteration: every 10th.
    pair_loss : (n,) float64
        Mean loss of a (centre, outside) pair in those same iterations, not smoothed.
    input_vectors, output_vectors : (n_vocab, dim) float64
        V and U at the end.
    vocab : Vocabulary
    checkpoints : dict
        Iteration → (input vectors, output vectors).
    seconds : float
        From token ids to the final vectors (of this call, where a run was resumed).
    tokens_sha256 : str
        Identity of the text, as in its provenance.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = reproduce(text, iterations=20, dim=3, subsample=1, checkpoint_every=10, progress=False)
    >>> run.settings.dim, run.vocab.words, list(run.checkpoints)
    (3, ('the', 'cat', 'sat', 'dog', 'UNK'), [10, 20])
    >>> run.pair_loss.size, bool(run.pair_loss[1] < run.pair_loss[0])  # iterations 10 and 20
    (2, True)
    """

    settings: RecipeSettings
    ema_loss: np.ndarray
    pair_loss: np.ndarray
    input_vectors: np.ndarray
    output_vectors: np.ndarray
    vocab: Vocabulary
    checkpoints: dict = field(repr=False)
    seconds: float
    tokens_sha256: str


def _changed(settings, changes):
    """Give settings other values; refuse what are no settings."""
    if not isinstance(settings, RecipeSettings):
        raise W2VError(
            f"settings={shown(settings)} is not allowed: give RecipeSettings, or names and values."
        )
    return settings.replace(**changes)


def reproduce(corpus, settings=PUBLISHED, *, checkpoint_dir=None, progress=True, callback=None, **changes):
    """Train by the published recipe, by default with the published settings.

    Parameters
    ----------
    corpus : Corpus or iterable of token lists
        Words are lower-cased, as published.
    settings : RecipeSettings
    checkpoint_dir : path, optional
        Save the state there, and continue from the last one found there, to the same bytes.
    progress : bool
    callback : callable, optional
        Called about every 400 iterations with the iteration reached and a function that returns the
        moving averages so far (as `Run.ema_loss`); an exception that it raises ends the run.
    **changes
        Settings by name, e.g. ``iterations=2000``.

    Returns
    -------
    Run

    Raises
    ------
    W2VError
        If a setting is out of range, the text is too small, or a checkpoint is damaged or of another run;
        `DivergenceError`, if the training diverges.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = reproduce(text, iterations=20, dim=3, subsample=1, progress=False)
    >>> run.ema_loss.shape, run.input_vectors.shape
    ((2,), (5, 3))
    """
    settings = _changed(settings, changes)
    corpus = as_corpus(corpus)
    vocab, ids, offsets = numbered(corpus)
    compile_kernels(settings.dim, settings.objective)
    begin = time.perf_counter()
    mt = python_twister(settings.python_seed)
    first_window_size, words, word_offsets = first_draws(vocab, ids, offsets, mt, settings)
    table = noise_table(vocab.counts, settings.table_size, NOISE_EXPONENT)
    if settings.objective == "negative-sampling":
        require_negatives(table)
    state = RecipeState.start(*_initial_vectors(len(vocab), settings), mt, settings.iterations)
    saves = RunCheckpoints(checkpoint_dir, settings, corpus.provenance.tokens_sha256)
    first_window_size = 0 if saves.restore(state) else first_window_size  # drawn before the checkpoint
    source = Source(words, word_offsets, table)
    _train(state, settings, source, first_window_size, saves, progress, callback)
    return Run(
        settings=settings,
        ema_loss=moving_average(state.losses / settings.batch_size),
        pair_loss=_pair_loss(state),
        input_vectors=state.V,
        output_vectors=state.U,
        vocab=vocab,
        checkpoints=saves.vectors,
        seconds=run_cost(time.perf_counter() - begin),
        tokens_sha256=corpus.provenance.tokens_sha256,
    )


def _initial_vectors(n_vocab, settings):
    """V, uniform within ±init_scale / (2 dim), and U, zero, before training; (n_vocab, dim) float64 each."""
    uniform = np.random.RandomState(settings.numpy_seed).rand(n_vocab, settings.dim)
    V = (uniform - 0.5) / settings.dim * settings.init_scale
    return V, np.zeros_like(V)


def _train(state, settings, source, first_window_size, saves, progress, callback):
    """Train to the last iteration, with a bar, checkpoints and calls of `callback`."""
    bar = tqdm(total=settings.iterations, initial=state.iteration, unit="it", disable=not progress)
    with bar:
        for _ in train(state, settings, source, first_window_size):
            bar.update(state.iteration - bar.n)
            if recorded := state.iteration // RECORD_EVERY:
                latest = state.losses[recorded - 1] / settings.batch_size
                if not np.isfinite(latest):
                    where = _too_large(state, settings)
                    raise DivergenceError(f"The loss is {latest} after iteration {where}")
                bar.set_postfix(loss=f"{latest:.2f}", refresh=False)
                if callback is not None:
                    losses = state.losses[:recorded] / settings.batch_size
                    callback(state.iteration, lambda losses=losses: moving_average(losses))
            if state.iteration % settings.checkpoint_every == 0 or state.iteration == settings.iterations:
                if not (np.isfinite(state.V).all() and np.isfinite(state.U).all()):
                    where = _too_large(state, settings)
                    raise DivergenceError(f"The vectors hold NaN or infinite numbers after iteration {where}")
                if state.iteration == settings.iterations:
                    _require_progress(state, settings)
                saves.save(state)


def _pair_loss(state):
    """Mean loss of a pair in each recorded iteration; (n,) float64."""
    return state.losses / np.maximum(state.pairs, 1)


def _require_progress(state, settings):
    """Refuse a training whose loss per pair is clearly above that of the untrained vectors at its end."""
    negative_sampling = settings.objective == "negative-sampling"
    start = (settings.n_negatives + 1) * np.log(2) if negative_sampling else np.log(len(state.V))
    tail = _pair_loss(state)[-TAIL:]
    if tail.size and not tail.mean() <= _TOLERANCE * start:
        raise DivergenceError(
            f"The training diverges: the loss per pair is {tail.mean():.4g} at the end, above the "
            f"{start:.4g} of untrained vectors; give a smaller learning_rate than {settings.learning_rate}."
        )


def _too_large(state, settings):
    rate = settings.learning_rate
    return f"{state.iteration}: learning_rate={rate} is too large, choose a smaller one."


def published_curve():
    """Read the moving averages of the published run, every 10th iteration, to 6 decimals; (3500,) float64.

    Examples
    --------
    >>> curve = published_curve()
    >>> curve.shape, curve[[0, -1]].round(3).tolist()
    ((3500,), [23.484, 7.886])
    """
    text = Path(__file__).with_name("published_curve.json").read_text(encoding="utf-8")
    return np.array(json.loads(text)["ema_loss"])


def is_published(run, any_seed=False):
    """Whether a run had the published settings (but for the seeds, with `any_seed`) and text.

    Examples
    --------
    >>> run = reproduce([["a", "b", "c"]] * 5, iterations=20, dim=3, subsample=1, progress=False)
    >>> is_published(run)  # other settings and another text
    False
    """
    free = {"checkpoint_every"} | ({"python_seed", "numpy_seed"} if any_seed else set())
    given = run.settings.as_dict()
    same = all(given[name] == value for name, value in PUBLISHED.as_dict().items() if name not in free)
    return same and run.tokens_sha256 == PTB_TOKENS_SHA256


def tail_loss(run):
    """Mean loss of a pair over the last `TAIL` iterations recorded; float, NaN if none was.

    Examples
    --------
    >>> run = reproduce([["a", "b", "c"]] * 5, iterations=20, dim=3, subsample=1, progress=False)
    >>> run.pair_loss.round(1).tolist(), round(tail_loss(run), 1)
    ([3.9, 3.3], 3.6)
    """
    tail = run.pair_loss[-TAIL:]
    return float(tail.mean()) if tail.size else np.nan


def tail_size(run):
    """Count the recorded iterations that `tail_loss` averages; int.

    Examples
    --------
    >>> tail_size(reproduce([["a", "b", "c"]] * 5, iterations=20, dim=3, subsample=1, progress=False))
    2
    """
    return min(TAIL, len(run.pair_loss))


def summary(run):
    """Return the figures of a run as a dict for JSON: settings, losses, seconds, sums of vectors.

    Examples
    --------
    >>> run = reproduce([["a", "b", "c"]] * 5, iterations=20, dim=3, subsample=1, progress=False)
    >>> figures = summary(run)
    >>> list(figures)
    ['settings', 'ema_loss', 'pair_loss', 'pair_loss_tail', 'seconds', 'input_vectors', 'output_vectors']
    >>> len(figures["ema_loss"])
    2
    """
    sums = {
        name: {"sum": float(vectors.sum()), "sum_abs": float(np.abs(vectors).sum())}
        for name, vectors in (("input_vectors", run.input_vectors), ("output_vectors", run.output_vectors))
    }
    tail = run.pair_loss[-TAIL:]
    return {
        "settings": run.settings.as_dict(),
        "ema_loss": run.ema_loss.tolist(),
        "pair_loss": run.pair_loss.tolist(),
        "pair_loss_tail": float(tail.mean()) if tail.size else None,
        "seconds": run.seconds,
        **sums,
    }


def moving_average(losses):
    """Average the recorded losses, Eq. (1.31), starting at the first; (n,) float64.

    pandas' ewm(adjust=False) is the same but for the last bits, and the published curve is exact.

    Examples
    --------
    >>> moving_average(np.array([10.0, 8.0, 8.0])).round(3).tolist()
    [10.0, 9.9, 9.805]
    """
    averages = losses.copy()
    for i in range(1, averages.size):
        averages[i] = SMOOTHING * averages[i - 1] + (1 - SMOOTHING) * losses[i]
    return averages
