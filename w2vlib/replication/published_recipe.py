"""The published recipe, draw for draw: two generators, a text read 30 times, a table, plain SGD."""

import json
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..text.corpus import Corpus, from_sentences
from ..text.sampling import noise_table, rejection_probabilities
from ..text.vocabulary import Vocabulary, encode
from ..utils import checkpoints
from ..utils.errors import W2VError
from . import kernels
from .settings import PUBLISHED
from .sgd import RECORD_EVERY, TrainingState, compile_kernels, python_twister, training

UNKNOWN = "UNK"
REPEATS = 30  # readings of the text before the first iteration
NOISE_EXPONENT = 0.75
SMOOTHING = 0.95
PTB_TOKENS_SHA256 = "5145926136ee9aef6f359b267ac09cc8a920879cd71725de17c490dd111d2998"
THRESHOLD = 9.0  # the course asked for a moving average below it
_PLENTY = 100  # pairs of neighbours expected after subsampling: some are left
TAIL = 100  # recorded iterations that the summary averages the loss per pair over


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
    tokens_sha256 : str
        Identity of the text, as in its provenance.
    """

    settings: dict
    ema_loss: np.ndarray
    pair_loss: np.ndarray
    input_vectors: np.ndarray
    output_vectors: np.ndarray
    vocab: Vocabulary
    checkpoints: dict = field(repr=False)
    seconds: float
    tokens_sha256: str


def reproduce(corpus, settings=PUBLISHED, *, checkpoint_dir=None, progress=True, callback=None, **changes):
    """Train by the published recipe, by default with the published settings.

    Parameters
    ----------
    corpus : Corpus or iterable of token lists
        Words are lower-cased, as published.
    settings : RecipeSettings
    checkpoint_dir : path, optional
        Save the state there at each checkpoint, and go on from the last one found there: the run
        ends with the same bytes as one that was never interrupted.
    progress : bool
        Show a bar.
    callback : callable, optional
        Called now and then with the iteration reached and a function that gives the moving averages so
        far (as `Run.ema_loss`); an exception that it raises ends the run.
    **changes
        Settings by name, instead of those in `settings`: ``reproduce(text, iterations=2000)``.

    Returns
    -------
    Run

    Raises
    ------
    W2VError
        If a setting is out of range, the text is too small to draw from, the loss stops being
        finite, or a checkpoint is damaged or of another run.
    """
    settings = settings.replace(**changes).as_dict()
    batch_size, iterations = settings["batch_size"], settings["iterations"]
    if not isinstance(corpus, Corpus):
        corpus = from_sentences(corpus)
    vocab, ids, offsets = _numbered(corpus)
    compile_kernels(settings["dim"], settings["objective"])

    begin = time.perf_counter()
    mt = python_twister(settings["python_seed"])
    first_reach, words, sentence_offsets = _first_draws(vocab, ids, offsets, mt, settings)
    table = noise_table(vocab.counts, settings["table_size"], NOISE_EXPONENT)
    if settings["objective"] == "negative-sampling" and table[0] == table[-1]:
        raise W2VError("The text is too small: there is only one word to draw as a negative.")
    dim = settings["dim"]
    V = (np.random.RandomState(settings["numpy_seed"]).rand(len(vocab), dim) - 0.5) / dim
    V = V * settings["init_scale"]
    n_recorded = iterations // RECORD_EVERY
    state = TrainingState(0, V, np.zeros_like(V), mt, np.zeros(n_recorded), np.zeros(n_recorded, np.int64))

    identity = {**settings, "tokens_sha256": corpus.provenance.tokens_sha256}
    checkpoints = {}
    if checkpoint_dir is not None:
        checkpoints = _resume(state, checkpoint_dir, identity)
        first_reach = 0 if state.iteration else first_reach
    bar = tqdm(total=iterations, initial=state.iteration, unit="it", disable=not progress)
    with bar:
        for _ in training(state, settings, words, sentence_offsets, table, first_reach):
            bar.update(state.iteration - bar.n)
            if recorded := state.iteration // RECORD_EVERY:
                latest = state.losses[recorded - 1] / batch_size
                if not np.isfinite(latest):
                    raise W2VError(
                        f"The loss is {latest} after iteration {state.iteration}: "
                        f"learning_rate={settings['learning_rate']} is too large, choose a smaller one."
                    )
                bar.set_postfix(loss=f"{latest:.2f}", refresh=False)
                if callback is not None:
                    so_far = state.losses[:recorded]
                    callback(state.iteration, lambda so_far=so_far: _moving_average(so_far / batch_size))
            if state.iteration % settings["checkpoint_every"] == 0 or state.iteration == iterations:
                if not (np.isfinite(state.V).all() and np.isfinite(state.U).all()):
                    raise W2VError(
                        f"The vectors hold NaN or infinite numbers after iteration {state.iteration}: "
                        f"learning_rate={settings['learning_rate']} is too large, choose a smaller one."
                    )
                checkpoints[state.iteration] = (state.V.copy(), state.U.copy())
                if checkpoint_dir is not None:
                    _save(state, checkpoint_dir, identity)
    return Run(
        settings=settings,
        ema_loss=_moving_average(state.losses / batch_size),
        pair_loss=state.losses / np.maximum(state.pairs, 1),
        input_vectors=state.V,
        output_vectors=state.U,
        vocab=vocab,
        checkpoints=checkpoints,
        seconds=time.perf_counter() - begin,
        tokens_sha256=corpus.provenance.tokens_sha256,
    )


def published_curve():
    """Read the moving averages of the published run, every 10th iteration, to 6 decimals; (3500,) float64."""
    text = Path(__file__).with_name("published_curve.json").read_text(encoding="utf-8")
    return np.array(json.loads(text)["ema_loss"])


def is_published(run, any_seed=False):
    """Whether a run had the published settings (but for the seeds, with `any_seed`) and text."""
    free = {"checkpoint_every"} | ({"python_seed", "numpy_seed"} if any_seed else set())
    same = all(run.settings[name] == value for name, value in PUBLISHED.as_dict().items() if name not in free)
    return same and run.tokens_sha256 == PTB_TOKENS_SHA256


def tail_loss(run):
    """Mean loss of a pair over the last `TAIL` iterations recorded; float, NaN if none was."""
    tail = run.pair_loss[-TAIL:]
    return float(tail.mean()) if tail.size else np.nan


def summary(run):
    """Return the figures of a run as a dict for JSON: settings, losses, seconds, sums of vectors."""
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


_known = weakref.WeakKeyDictionary()  # a text trained on with many seeds is numbered once


def _numbered(corpus):
    """Vocabulary by first appearance with UNK (count 1) at its end, token ids and offsets."""
    if corpus not in _known:
        _known[corpus] = _number(corpus)
    return _known[corpus]


def _number(corpus):
    lowered = ([token.lower() for token in sentence] for sentence in corpus)
    seen, ids, offsets = encode(lowered, order="appearance")
    if UNKNOWN in seen:  # lower-casing leaves no capital K, save in scripts of their own
        raise W2VError(f"The text holds the word {UNKNOWN} itself even in lower case.")
    return Vocabulary((*seen.words, UNKNOWN), np.append(seen.counts, 1)), ids, offsets


def subsampled_text(corpus, settings):
    """Return the text that a run with these settings draws from: ids (int32) and offsets (int64)."""
    vocab, ids, offsets = _numbered(corpus)
    mt = python_twister(settings["python_seed"])
    return _first_draws(vocab, ids, offsets, mt, settings)[1:]


def threshold_for(corpus, settings, n_seeds=1):
    """Threshold of subsampling at which all runs with these settings have pairs to draw.

    That of the settings wherever it leaves some; in a short text it may leave no sentence with two
    different words, and then the first of 10, 100, … times as much that does.

    Parameters
    ----------
    corpus : Corpus
    settings : dict
        Of `reproduce`: python_seed, window and subsample.
    n_seeds : int
        Runs, with `python_seed` and those that follow.

    Raises
    ------
    W2VError
        If no sentence has two different words: no pair could ever be drawn.
    """
    vocab, ids, offsets = _numbered(corpus)
    threshold = settings["subsample"]
    while True:
        keep = 1 - rejection_probabilities(vocab.counts, ids.size + 1, threshold)
        if REPEATS * (keep[ids[1:]] * keep[ids[:-1]])[_pairs(ids, offsets)].sum() > _PLENTY:
            return threshold
        seeds = range(settings["python_seed"], settings["python_seed"] + n_seeds)
        try:
            for seed in seeds:
                subsampled_text(corpus, {**settings, "python_seed": seed, "subsample": threshold})
            return threshold
        except W2VError:
            if (keep == 1).all():
                raise W2VError(
                    "The text is too small: no sentence has two different words, so no pair can be drawn."
                ) from None
        threshold = float(f"{10 * threshold:g}")


def _pairs(words, offsets):
    """Whether each word but the last stands before another one in its sentence; bool array."""
    inside = np.ones(max(words.size - 1, 0), bool)
    inside[offsets[1:-1] - 1] = False
    return (words[1:] != words[:-1]) & inside


def _first_draws(vocab, ids, offsets, mt, settings):
    """Draw what comes before the first iteration: the first window size, and the text thinned out."""
    first_reach = kernels.mt_below(mt, settings["window"]) + 1
    return first_reach, *_subsampled(vocab, ids, offsets, mt, settings["subsample"])


def _subsampled(vocab, ids, offsets, mt, threshold):
    """Read the text `REPEATS` times, thinned out; ids (int32) and sentence offsets (int64)."""
    reject = rejection_probabilities(vocab.counts, ids.size + 1, threshold)
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
    if not _pairs(words, offsets).any():
        raise W2VError(
            "The text is too small: after subsampling no sentence is left with two different words, "
            "so no pair can be drawn."
        )
    return words, offsets


def _resume(state, folder, identity):
    """Move `state` to the last checkpoint in `folder`; return the vectors of all of them."""
    found = {}
    for iteration in checkpoints.saved_iterations(folder):
        path = checkpoints.checkpoint_path(folder, iteration)
        recorded = iteration // RECORD_EVERY
        saved = checkpoints.load(path, identity, _arrays(state, 0))
        if saved["iteration"] != iteration:
            raise W2VError(f"{path} holds iteration {saved['iteration']}: give it its name back.")
        lengths = {len(saved["losses"]), len(saved["pairs"])}
        if lengths != {recorded} or saved["mt"][kernels.MT_USED] > kernels.MT_WORDS:
            raise W2VError(
                f"The checkpoint {path} is damaged (its arrays do not belong together): remove it."
            )
        found[iteration] = (saved["V"], saved["U"])
        state.iteration = iteration
        state.V[:], state.U[:], state.mt[:] = saved["V"], saved["U"], saved["mt"]
        state.losses[:recorded], state.pairs[:recorded] = saved["losses"], saved["pairs"]
    return found


def _arrays(state, recorded):
    """All that changes during a run, after so many recorded losses; dict of name → array."""
    return {
        "iteration": np.array(state.iteration),
        "V": state.V,
        "U": state.U,
        "mt": state.mt,
        "losses": state.losses[:recorded],
        "pairs": state.pairs[:recorded],
    }


def _save(state, folder, identity):
    arrays = _arrays(state, state.iteration // RECORD_EVERY)
    checkpoints.save(checkpoints.checkpoint_path(Path(folder), state.iteration), identity, arrays)


def _moving_average(losses):
    """0.95 · average + 0.05 · loss, starting at the first loss; (n,) float64."""
    averages = losses.copy()
    for i in range(1, averages.size):
        averages[i] = SMOOTHING * averages[i - 1] + (1 - SMOOTHING) * losses[i]
    return averages
