"""The fast trainer, an estimator: ``SkipGram(dim=100).fit(load_corpus("ptb")).embeddings``."""

import math
import numbers
from dataclasses import asdict, dataclass, fields

import numpy as np
from tqdm.auto import tqdm

from ..preprocessing.char_ngrams import CharNGrams, Members, NGramVectors
from ..text.vocabulary import encode
from ..utils import checkpoints
from ..utils.errors import W2VError
from ..utils.files import sha256_of
from . import parallel_sgd
from .embeddings import Embeddings

_SAVE_EVERY = 60.0  # seconds of training between checkpoints
_KEPT = 2  # checkpoints
_SLACK = (
    1.05  # on words that tell nothing of each other no training gets below the start, and noise adds to it
)


def _whole(least):
    return (lambda x: _is_whole(x) and x >= least), f"a whole number of at least {least}"


def _is_whole(x):
    return isinstance(x, numbers.Integral) and not isinstance(x, bool)


def _number(test, meaning):
    def allowed(x):
        return isinstance(x, numbers.Real) and not isinstance(x, bool) and math.isfinite(x) and test(x)

    return allowed, meaning


def _or_none(rule):
    return (lambda x: x is None or rule[0](x)), f"{rule[1]}, or None"


_ALLOWED = {
    "dim": _whole(1),
    "window": _whole(1),
    "n_negatives": _whole(1),
    "subsample": _number(lambda x: 0 <= x <= 1, "a number from 0 (keep every word) to 1"),
    "min_count": _whole(1),
    "max_vocab": _or_none(_whole(1)),
    "noise_exponent": _number(lambda x: -10 <= x <= 10, "a number from -10 to 10"),
    "learning_rate": _number(lambda x: x > 0, "a number above 0"),
    "min_learning_rate": _number(lambda x: x >= 0, "a number of at least 0, and not above learning_rate"),
    "epochs": _whole(1),
    "seed": _whole(0),
    "threads": _or_none(_whole(1)),
    "subwords": (lambda x: x is None or isinstance(x, CharNGrams), "CharNGrams(…), or None"),
}


@dataclass(frozen=True)
class Epoch:
    """What is recorded of one pass over the text.

    `pair_loss` is the mean over the pairs of −log σ(u_o·v_i) − Σ_k log σ(−u_k·v_i), in nats, as met
    in training and added up in float64; `words_per_second` counts tokens of the text as read,
    before subsampling (wall-clock); `learning_rate` is the learning rate at the end of the epoch.
    """

    epoch: int
    pair_loss: float
    words_per_second: float
    learning_rate: float


class SkipGram:
    """Skip-gram with negative sampling (Mikolov et al. 2013b), Eq. (1.12), by stochastic gradient descent.

    Centre words are visited in blocks that share their negatives (Ji et al. 2016), in an order that
    lets threads work side by side without ever touching the same row (Gemulla et al. 2011): the
    vectors have the same bytes for any number of threads, after an interruption, and on every run
    on the same kind of machine. See `rounds` for the order and `blocks` for the arithmetic.

    Parameters
    ----------
    dim : int
        Length of a vector.
    window : int
        Farthest context word; each centre word draws its reach from 1 … window.
    n_negatives : int
        K, the negative samples counted for each pair.
    subsample : float
        Frequency above which words are thinned out, as word2vec's tools do; 0 keeps all.
    min_count, max_vocab : int
        Leave out words seen less often; keep at most so many words.
    noise_exponent : float
        Negatives are drawn from counts**noise_exponent.
    learning_rate, min_learning_rate : float
        Step size at the start and at the end, in a straight line over all epochs.
    epochs : int
    seed : int
    threads : int, optional
        Default: as many as the process may use. Changes the time, not the result.
    subwords : CharNGrams, optional
        The input vector of a word becomes the mean of its own row and its n-grams', and words that
        the text lacks get vectors (Bojanowski et al. 2017). See `rounds` for how the rows learn.

    Attributes
    ----------
    embeddings : Embeddings
        The input vectors, float32 (n_vocab, dim), with their words.
    output_vectors : (n_vocab, dim) float32
    history : list of Epoch

    Raises
    ------
    W2VError
        For a value that is not allowed.
    """

    def __init__(
        self,
        dim=100,
        window=5,
        n_negatives=5,
        subsample=1e-3,
        min_count=1,
        max_vocab=None,
        noise_exponent=0.75,
        learning_rate=0.025,
        min_learning_rate=1e-4,
        epochs=5,
        seed=0,
        threads=None,
        subwords=None,
    ):
        self.parameters = {name: value for name, value in locals().items() if name in _ALLOWED}
        for name, value in self.parameters.items():
            allowed, meaning = _ALLOWED[name]
            if not allowed(value):
                raise W2VError(f"{name}={value!r} is not allowed: give {meaning}.")
        if min_learning_rate > learning_rate:
            raise W2VError(
                f"min_learning_rate={min_learning_rate!r} is not allowed: give at most "
                f"learning_rate, which is {learning_rate!r}."
            )
        self._fitted = {}

    def __repr__(self):
        return f"SkipGram({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"

    def __getattr__(self, name):
        if name in ("embeddings", "output_vectors", "history"):
            if name in self.__dict__.get("_fitted", ()):
                return self._fitted[name]
            raise W2VError(f"There are no {name.replace('_', ' ')} yet: call fit first.")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def fit(self, corpus_or_sentences, checkpoint_dir=None, progress=True):
        """Train on a text; return the estimator itself.

        Parameters
        ----------
        corpus_or_sentences : Corpus or iterable of lists of str
            Read once; a generator will not do, since nobody could repeat or resume the training.
            Token ids are kept as int32, in a temporary file if the text is large.
        checkpoint_dir : path, optional
            Save the state here every minute, at the end of each epoch and when interrupted; a call
            with the same text and parameters goes on from there to the same bytes.
        progress : bool
            Show words per second, loss and time left.

        Raises
        ------
        W2VError
            For a text that cannot be read again or has no words left, tokens that are no strings, a
            checkpoint of another run, or a training that diverges: at the end of an epoch its loss
            per pair is over 5 % above that of the untrained vectors, (K + 1) log 2. Such a state is
            not saved.
        KeyboardInterrupt
            When interrupted, after the present round (well under a second) and a last checkpoint;
            the message says how to go on.
        """
        p = self.parameters
        vocab, ids, offsets = _read(corpus_or_sentences, p["min_count"], p["max_vocab"])
        members = p["subwords"] and Members(p["subwords"], vocab.words)
        size = parallel_sgd.ROUND
        if members:
            size = parallel_sgd.subword_round(members, vocab.counts, p["subsample"], p["learning_rate"])
        text = parallel_sgd.Text(ids, offsets, vocab.counts, p["subsample"], p["noise_exponent"], size)
        state, history = parallel_sgd.new_state(len(vocab), p["dim"], p["seed"], members), []
        saves = None
        if checkpoint_dir is not None:
            saves = _Checkpoints(checkpoint_dir, _identity(p, vocab, ids, offsets), p["dim"])
            saves.restore(state, history)
        training = parallel_sgd.Training(
            state, text, p, p["threads"] or parallel_sgd.available_threads(), members
        )
        _train(training, history, saves, progress)
        pieces = None
        if members:
            training.means.compose_all()
            pieces = NGramVectors(p["subwords"], members.buckets, state.grams[:, : p["dim"]].copy())
        self._fitted = {
            "embeddings": Embeddings(state.V[:, : p["dim"]].copy(), vocab, pieces),
            "output_vectors": state.U[:, : p["dim"]].copy(),
            "history": history,
        }
        return self


def _read(sentences, min_count, max_vocab):
    """Read a text that can be read again: vocabulary, token ids, and where each sentence begins."""
    try:
        once = iter(sentences) is sentences
    except TypeError:
        once = True
    if once or isinstance(sentences, str):
        kind = type(sentences).__name__
        raise W2VError(
            f"A {kind} is not a text that can be read again, so nobody could repeat or resume the training: "
            "give a Corpus, a list of token lists, or an object whose __iter__ starts from the beginning."
        )
    vocab, ids, offsets = encode(sentences, min_count, max_vocab)
    if np.diff(offsets).max() < 2:
        raise W2VError(
            "No sentence of the text has two words of the vocabulary: there is no context to learn from."
        )
    return vocab, ids, offsets


def _train(training, history, saves, progress):
    """Run the rounds to the end, with progress, records and checkpoints."""
    state, text, epochs = training.state, training.text, training.settings["epochs"]
    done = state.rounds // text.rounds_per_epoch * len(text.ids)
    if state.rounds % text.rounds_per_epoch:
        done += text.at(text.parts(state.rounds)[0])
    bar = tqdm(
        total=epochs * len(text.ids), initial=done, unit=" words", unit_scale=True, disable=not progress,
        desc=f"epoch {state.rounds // text.rounds_per_epoch + 1}/{epochs}",
    )  # fmt: skip
    saved_at = state.seconds
    try:
        with bar:
            for tokens in training.run():
                epoch, rest = divmod(state.rounds, text.rounds_per_epoch)
                loss = _record(training, history)
                if rest == 0:
                    _require_progress(training, loss)
                bar.set_description(f"epoch {min(epoch + 1, epochs)}/{epochs}", refresh=False)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update(tokens)
                if saves and (rest == 0 or state.seconds - saved_at > _SAVE_EVERY):
                    _require_progress(training, loss)
                    saves.save(state, history)
                    saved_at = 0.0 if rest == 0 else state.seconds
    except KeyboardInterrupt:
        loss = _record(training, history)  # it may have come before the record of an epoch just ended
        where = f"Interrupted in epoch {len(history) + 1} of {epochs}"
        if saves is None:
            how = "nothing is kept; with checkpoint_dir a training can go on where it stopped"
        else:
            _require_progress(training, loss)
            saves.save(state, history)
            how = f"the same call with checkpoint_dir={str(saves.folder)!r} goes on from here"
        raise KeyboardInterrupt(f"{where}: {how}.") from None


def _record(training, history):
    """Add the record of an epoch that has just ended, unless it is there; return the loss so far."""
    state, text = training.state, training.text
    epoch, rest = divmod(state.rounds, text.rounds_per_epoch)
    loss = float(state.losses.sum() / max(state.pairs, 1))
    if rest == 0 and len(history) < epoch:
        speed = len(text.ids) / max(state.seconds, 1e-9)
        history.append(Epoch(epoch, loss, speed, training.step_at(epoch, 0)))
    return loss


def _require_progress(training, loss):
    """Refuse a training whose loss per pair is clearly above that of the untrained vectors."""
    state, settings = training.state, training.settings
    matrices = (state.V, state.U, *([] if state.grams is None else [state.grams]))
    start = (settings["n_negatives"] + 1) * math.log(2)  # all scores are zero, as the output vectors are
    if loss <= _SLACK * start and all(np.isfinite(matrix).all() for matrix in matrices):
        return
    epoch = -(-state.rounds // training.text.rounds_per_epoch)
    raise W2VError(
        f"The training diverges: in epoch {epoch} the loss per pair is {loss:.4g}, above the {start:.4g} of "
        f"untrained vectors; give a smaller learning_rate than {settings['learning_rate']!r}."
    )


def _identity(parameters, vocab, ids, offsets):
    """All that the result depends on: what a checkpoint must agree with."""
    settings = {name: value for name, value in parameters.items() if name != "threads"}
    settings["subwords"] = parameters["subwords"] and asdict(parameters["subwords"])
    settings["words"] = sha256_of("\n".join(vocab.words).encode())
    settings["text"] = sha256_of(memoryview(np.ascontiguousarray(ids)).cast("B"), offsets.tobytes())
    return {"trainer": "SkipGram", **settings}


class _Checkpoints:
    """The last few states of a training in a folder."""

    def __init__(self, folder, identity, dim):
        self.folder, self.identity, self.dim = folder, identity, dim

    def _arrays(self, state, history):
        """All that changes during a training; dict of name → array."""
        epochs = [list(asdict(epoch).values()) for epoch in history]
        arrays = {
            "V": state.V[:, : self.dim], "U": state.U[:, : self.dim], "losses": state.losses,
            "sums": np.array([state.rounds, state.pairs, state.seconds], float),
            "history": np.array(epochs, float).reshape(-1, len(fields(Epoch))),
        }  # fmt: skip
        if state.grams is not None:
            arrays |= {"own": state.own[:, : self.dim], "grams": state.grams[:, : self.dim]}
        return arrays

    def save(self, state, history):
        """Write the state unless it is there, and remove all but the newest."""
        saved = checkpoints.saved_iterations(self.folder)
        if state.rounds not in saved:
            path = checkpoints.checkpoint_path(self.folder, state.rounds)
            checkpoints.save(path, self.identity, self._arrays(state, history))
            saved.append(state.rounds)
        for old in sorted(saved)[:-_KEPT]:
            checkpoints.checkpoint_path(self.folder, old).unlink(missing_ok=True)

    def restore(self, state, history):
        """Set `state` and `history` to the newest checkpoint, if there is one."""
        saved = checkpoints.saved_iterations(self.folder)
        if not saved:
            return
        path = checkpoints.checkpoint_path(self.folder, saved[-1])
        arrays = checkpoints.load(path, self.identity, self._arrays(state, []))
        if arrays["sums"][0] != saved[-1]:
            raise W2VError(f"{path} holds round {arrays['sums'][0]:.0f}: give it its name back.")
        state.V[:, : self.dim], state.U[:, : self.dim] = arrays["V"], arrays["U"]
        if state.grams is not None:
            state.own[:, : self.dim], state.grams[:, : self.dim] = arrays["own"], arrays["grams"]
        state.losses[:] = arrays["losses"]
        state.rounds, state.pairs = map(int, arrays["sums"][:2])
        state.seconds = float(arrays["sums"][2])
        history[:] = [Epoch(int(epoch), *map(float, rest)) for epoch, *rest in arrays["history"]]
