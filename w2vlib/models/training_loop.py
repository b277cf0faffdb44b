"""A training from start to end: progress, records, divergence, checkpoints."""

import math
from dataclasses import asdict, dataclass, fields

import numpy as np
from tqdm.auto import tqdm

from ..utils import checkpoints
from ..utils.errors import W2VError
from ..utils.memory import release_pages
from .update_sizes import USUAL_RATE

_SAVE_EVERY = 60.0  # seconds of training between checkpoints
_N_CHECKPOINTS = 2
_RELEASE_EVERY = 1 << 26  # tokens after which a text that is mapped from a file gives its memory back
# On text without structure no training gets below the loss of the start, and noise adds to it.
_TOLERANCE = 1.05


@dataclass(frozen=True)
class Epoch:
    """What is recorded of one pass over the text.

    `pair_loss` is the mean over the pairs of −log σ(u_o·v_i) − Σ_k log σ(−u_k·v_i), in nats, as met
    in training and added up in float64; it is NaN for an epoch in which no pair was drawn.
    `words_per_second` counts tokens of the text as read, before subsampling (wall-clock); `learning_rate` is
    the learning rate at the end of the epoch.

    Examples
    --------
    >>> Epoch(1, 2.5, 1e6, 0.02).pair_loss
    2.5
    """

    epoch: int
    pair_loss: float
    words_per_second: float
    learning_rate: float


def train(training, history, saves, progress):
    """Train to the end of the last epoch.

    Parameters
    ----------
    training : parallel_sgd.Training or worker_training.WorkerTraining
        Its state is changed in place.
    history : list of Epoch
        A record is added in place at the end of each epoch.
    saves : Checkpoints or None
    progress : bool

    Raises
    ------
    W2VError
        If the training diverges.
    KeyboardInterrupt
        After the present round and a last checkpoint.

    Examples
    --------
    >>> from w2vlib.models import parallel_sgd, text_parts
    >>> ids, offsets = np.array([0, 1] * 10, np.int32), np.array([0, 20])
    >>> text = text_parts.TextParts(ids, offsets, np.array([10, 10]), subsample=0, noise_exponent=0.75)
    >>> settings = dict(window=2, n_negatives=5, learning_rate=0.1, min_learning_rate=0, epochs=2, seed=0)
    >>> state, history = parallel_sgd.new_state(n_vocab=2, dim=3, seed=0), []
    >>> train(parallel_sgd.Training(state, text, settings, threads=1), history, None, progress=False)
    >>> [(epoch.epoch, epoch.learning_rate) for epoch in history]
    [(1, 0.05), (2, 0.0)]
    >>> history[1].pair_loss < history[0].pair_loss
    True
    """
    state, text, epochs = training.state, training.text, training.settings["epochs"]
    saved_at, unreleased = state.seconds, 0
    try:
        with _progress_bar(training, progress) as bar:
            for tokens in training.run():
                epoch, rest = divmod(state.rounds, text.rounds_per_epoch)
                loss = _record(training, history)
                if rest == 0:
                    _require_progress(training, loss)
                bar.set_description(f"epoch {min(epoch + 1, epochs)}/{epochs}", refresh=False)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update(tokens)
                unreleased += tokens
                if unreleased > _RELEASE_EVERY:
                    release_pages(text.ids)
                    unreleased = 0
                if saves and (rest == 0 or state.seconds - saved_at > _SAVE_EVERY):
                    training.collect()
                    _require_progress(training, loss)
                    saves.save(state, history)
                    saved_at = 0.0 if rest == 0 else state.seconds
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_interrupted(training, history, saves)) from None
    finally:
        training.close()


def _interrupted(training, history, saves):
    """Save the state, if it shall be; return a sentence that says where the training ended."""
    training.collect()
    loss = _record(training, history)  # it may have come before the record of an epoch just ended
    where = f"Interrupted in epoch {len(history) + 1} of {training.settings['epochs']}"
    if saves is None:
        return f"{where}: nothing is saved; with checkpoint_dir a training continues where it stopped."
    _require_progress(training, loss)
    saves.save(training.state, history)
    return f"{where}: the same call with checkpoint_dir={str(saves.folder)!r} continues from here."


def _progress_bar(training, progress):
    """Make a bar that counts words, from where the training stands."""
    state, text, epochs = training.state, training.text, training.settings["epochs"]
    return tqdm(
        total=epochs * len(text.ids), initial=text.tokens_before(state.rounds), unit=" words",
        unit_scale=True, disable=not progress,
        desc=f"epoch {state.rounds // text.rounds_per_epoch + 1}/{epochs}",
    )  # fmt: skip


def _record(training, history):
    """Add the record of an epoch that has just ended, unless it is there; return the loss so far."""
    state, text = training.state, training.text
    epoch, rest = divmod(state.rounds, text.rounds_per_epoch)
    loss = float(state.losses.sum() / max(state.pairs, 1))
    if rest == 0 and len(history) < epoch:
        speed = len(text.ids) / max(state.seconds, 1e-9)
        history.append(
            Epoch(epoch, loss if state.pairs else math.nan, speed, training.learning_rate_at(epoch, 0))
        )
    return loss


def _require_progress(training, loss):
    """Refuse a training whose loss per pair is clearly above that of the untrained vectors."""
    state, settings = training.state, training.settings
    matrices = (state.V, state.U, *([] if state.ngram_rows is None else [state.ngram_rows]))
    start = (settings["n_negatives"] + 1) * math.log(2)  # all scores are zero, as the output vectors are
    if loss <= _TOLERANCE * start and all(np.isfinite(matrix).all() for matrix in matrices):
        return
    epoch = -(-state.rounds // training.text.rounds_per_epoch)
    what = f"the loss per pair is {loss:.4g}, above the {start:.4g} of untrained vectors"
    if not loss > _TOLERANCE * start:  # also for NaN
        what = "the vectors grow beyond what their numbers can hold"
    advice = f"give a smaller learning_rate than {settings['learning_rate']!r}"
    if settings.get("objective") == "cbow" and settings.get("small_steps"):
        longest = training.text.longest_sentence
        advice = f"few words make up sentences of up to {longest:,} words: divide these, or {advice}"
    elif settings["learning_rate"] <= USUAL_RATE:  # at which ordinary text does not diverge
        advice = f"few words make up long pieces of the text: give a text with more words, or {advice}"
    raise W2VError(f"The training diverges: in epoch {epoch} {what}; {advice}.")


class NoPairsError(W2VError):
    """A training that met no pair of words.

    Examples
    --------
    >>> issubclass(NoPairsError, W2VError)
    True
    """


def require_pairs(history, subsample):
    """Refuse a training that met no pair, whose vectors are those of the start.

    Parameters
    ----------
    history : list of Epoch
        Of all epochs.
    subsample : float
        For the message.

    Raises
    ------
    NoPairsError

    Examples
    --------
    >>> require_pairs([Epoch(1, math.nan, 1e6, 0.02), Epoch(2, 4.1, 1e6, 0.01)], subsample=1e-3)
    >>> require_pairs([Epoch(1, math.nan, 1e6, 0.02)], subsample=1e-3)
    Traceback (most recent call last):
    ...
    w2vlib.models.training_loop.NoPairsError: No training pair was drawn: ...
    """
    if all(math.isnan(epoch.pair_loss) for epoch in history):
        raise NoPairsError(
            "No training pair was drawn: subsampling left no sentence with two words; give more text, or "
            f"another subsample than {subsample} (0 keeps every word)."
        )


_EPOCH_FIELDS = len(fields(Epoch))


class Checkpoints:
    """The last few states of a training in a folder.

    Examples
    --------
    >>> import tempfile
    >>> from w2vlib.models.parallel_sgd import new_state
    >>> state, other = new_state(n_vocab=2, dim=3, seed=0), new_state(n_vocab=2, dim=3, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saves = Checkpoints(folder, identity={"seed": 0}, dim=3)
    ...     saves.save(state, history=[])
    ...     saves.restore(other, history=[])
    >>> np.array_equal(other.V, state.V)
    True
    """

    def __init__(self, folder, identity, dim):
        self.folder, self.identity, self.dim = folder, identity, dim

    def _arrays(self, state, history):
        """All that changes during a training; dict of name → array."""
        epochs = np.nan_to_num([list(asdict(epoch).values()) for epoch in history])  # a file has no NaN
        arrays = {
            "V": state.V[:, : self.dim], "U": state.U[:, : self.dim], "losses": state.losses,
            "sums": np.array([state.rounds, state.pairs, state.seconds], float),
            "history": np.array(epochs, float).reshape(-1, _EPOCH_FIELDS),
        }  # fmt: skip
        if state.ngram_rows is not None:
            arrays |= {
                "word_rows": state.word_rows[:, : self.dim],
                "ngram_rows": state.ngram_rows[:, : self.dim],
            }
        return arrays

    def save(self, state, history):
        """Write the state unless it is there, and remove all but the newest."""
        saved = checkpoints.saved_iterations(self.folder)
        if state.rounds not in saved:
            path = checkpoints.checkpoint_path(self.folder, state.rounds)
            checkpoints.save(path, self.identity, self._arrays(state, history))
            saved.append(state.rounds)
        for old in sorted(saved)[:-_N_CHECKPOINTS]:
            checkpoints.delete(self.folder, old)

    def restore(self, state, history, rounds_per_epoch=None):
        """Set `state` and `history` to the newest checkpoint, if there is one.

        With `rounds_per_epoch` (int), one whose history has not the epochs of its state is refused.
        """
        saved = checkpoints.saved_iterations(self.folder)
        if not saved:
            return
        path = checkpoints.checkpoint_path(self.folder, saved[-1])
        arrays = checkpoints.load(path, self.identity, self._arrays(state, []))
        if arrays["sums"][0] != saved[-1]:
            raise W2VError(f"{path} holds round {arrays['sums'][0]:.0f}: give it its name back.")
        n_recorded = len(arrays["history"])
        if rounds_per_epoch and n_recorded != (n_done := saved[-1] // rounds_per_epoch):
            raise W2VError(f"{path} has the records of {n_recorded} epochs, not of {n_done}: delete it.")
        state.V[:, : self.dim], state.U[:, : self.dim] = arrays["V"], arrays["U"]
        if state.ngram_rows is not None:
            state.word_rows[:, : self.dim], state.ngram_rows[:, : self.dim] = (
                arrays["word_rows"],
                arrays["ngram_rows"],
            )
        state.losses[:] = arrays["losses"]
        state.rounds, state.pairs = map(int, arrays["sums"][:2])
        state.seconds = float(arrays["sums"][2])
        history[:] = [
            Epoch(int(epoch), float(loss) or math.nan, *map(float, rest))
            for epoch, loss, *rest in arrays["history"]
        ]
