"""Skip-gram with negative sampling: the training on a text.

`skipgram.SkipGram` makes a scikit-learn estimator of it. The commands use the class here, since to import
scikit-learn takes longer than most of them do.
"""

from contextlib import nullcontext

import numpy as np

from ..preprocessing.char_ngrams import NGramVectors
from ..utils.checkpoints import check_folder
from ..utils.environment import available_processors
from ..utils.errors import W2VError
from . import parallel_sgd
from .embeddings import Embeddings
from .initial_vectors import InitialVectors
from .partitions import FEW, largest_for, partitions_for
from .postprocessing import combined
from .skipgram_settings import SkipGramSettings
from .training_loop import Checkpoints, require_pairs, train
from .training_text import read_text, text_in_rows, training_identity
from .worker_training import WorkerTraining

_FITTED = ("embeddings_", "input_vectors_", "output_vectors_", "history_", "transfers_")


class SkipGramTrainer(SkipGramSettings):
    """The training of `skipgram.SkipGram`, with its parameters and attributes; see there.

    Examples
    --------
    >>> trainer = SkipGramTrainer(dim=3, epochs=1, subsample=0)
    >>> trainer.fit([["a", "b"]] * 9, progress=False).embeddings_
    <Embeddings of 2 words in 3 dimensions>
    """

    def __getattr__(self, name):
        if name in _FITTED:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"This SkipGram has no {name} yet: call fit first.")
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def fit(self, X, y=None, *, init=None, checkpoint_dir=None, progress=True, client=None):
        """Train on a text; return the estimator itself.

        Parameters
        ----------
        X : Corpus or iterable of lists of str
            Sentences. Read once, but an iterator is refused: the training could not be repeated or
            resumed. Token ids are stored as int32, in a temporary file if the text is large.
        y : ignored
            Present by scikit-learn's convention.
        init : Embeddings or SkipGram, optional
            Vectors from which the training goes on, of the same `dim`. New words start as usual. Words
            that the text lacks keep their vectors, and the result holds the words of both, with the sums of
            their counts. Subsampling and negatives follow the counts of the text alone. Not together with
            `subwords`.
        checkpoint_dir : path, optional
            Save the state here every minute, at the end of each epoch and when interrupted; a call
            with the same text, parameters and initial vectors continues from there to the same bytes.
        progress : bool
            Show words per second, loss and time left.
        client : distributed.Client, optional
            Train on its workers, to the same bytes; if one is lost, others go on. See `worker_training`.

        Raises
        ------
        W2VError
            For a parameter or a client that is not allowed, a text that cannot be read again or has no words
            left, tokens that are no strings, a checkpoint of another run, or a training that diverges: after
            an epoch its loss per pair is over 1.05 (K + 1) log 2. Such a state is not saved. As
            `NoPairsError` if subsampling and windows left no pair to train on.
        KeyboardInterrupt
            After the present round (well under a second) and a last checkpoint; it says how to continue.

        Examples
        --------
        >>> model = SkipGramTrainer(dim=3, epochs=1, subsample=0).fit([["a", "b"]] * 9, progress=False)
        >>> model.output_vectors_.shape
        (2, 3)
        """
        p = self.check_params()
        if checkpoint_dir is not None:
            check_folder(checkpoint_dir)
        init = _initial_vectors(init, p)
        vocab, ids, offsets = read_text(X, p["min_count"], p["max_vocab"], client)
        p["partitions"] = _partitions(p, len(vocab), len(ids))
        text, in_rows, members, small_steps = text_in_rows(p, vocab, ids, offsets)
        state, history = _first_state(p, in_rows, members, init), []
        saves = None
        if checkpoint_dir is not None:
            saves = Checkpoints(checkpoint_dir, training_identity(p, vocab, ids, offsets, init), p["dim"])
            saves.restore(state, history, text.rounds_per_epoch)
        training = _training(state, text, p | {"small_steps": small_steps}, members, client)
        with _as_current(client):
            train(training, history, saves, progress)
        require_pairs(history, p["subsample"])
        if members:
            training.means.compose_all()
        self._keep(p, vocab, text.order.rows, state, members, init)
        self.history_, self.transfers_ = history, getattr(training, "transfers", None)
        return self

    def _keep(self, p, vocab, rows, state, members, init):
        """Set the attributes that hold vectors."""
        V, U = (matrix[rows, : p["dim"]] for matrix in (state.V, state.U))
        if init:
            vocab, V, U = init.merged(vocab, V, U)
        vectors, mean, ngrams = V, np.float32(0), None
        if p["combine"] != "input" or p["center"]:
            vectors, mean = combined(V, U, p["combine"], p["center"])
        if members:
            ngrams = NGramVectors(p["subwords"], members.buckets, state.ngram_rows[:, : p["dim"]] - mean)
        self.embeddings_ = Embeddings(vectors, vocab, ngrams)
        self.input_vectors_, self.output_vectors_ = V, U


def _initial_vectors(init, p):
    """Return what a training with parameters `p` goes on from; `InitialVectors` or None."""
    if isinstance(init, SkipGramTrainer):
        init = InitialVectors(init.embeddings_, p["dim"], init.input_vectors_, init.output_vectors_)
    elif init is not None:
        init = InitialVectors(init, p["dim"])
    if init and p["subwords"]:
        raise W2VError("init is not allowed with subwords: leave one of them out.")
    return init


def _partitions(p, n_vocab, n_tokens):
    """Return the number of partitions of a training with parameters `p`."""
    if p["partitions"] is not None:
        return largest_for(n_vocab, p["partitions"])
    return FEW if p["subwords"] or p["objective"] == "cbow" else partitions_for(n_vocab, n_tokens)


def _training(state, text, p, members, client):
    """Return what advances the state: here, or on the workers of a client."""
    if client is not None:
        return WorkerTraining(state, text, p, client, members)
    return parallel_sgd.Training(state, text, p, p["threads"] or available_processors(), members)


def _as_current(client):
    """Context in which a Dask client is the one that actors use: another, or none, may be the default."""
    return client.as_current() if hasattr(client, "as_current") else nullcontext()


def _first_state(p, vocab, members, init):
    """Return the state before the first round of a training with parameters `p`."""
    entropy = init.entropy() if init else ()
    state = parallel_sgd.new_state(len(vocab), p["dim"], p["seed"], members, entropy, p["partitions"])
    if init:
        init.place(vocab, state.V, state.U)
    return state
