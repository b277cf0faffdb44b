"""Training of `SkipGram` over the workers of a Dask cluster: the rounds of `parallel_sgd`, the same bytes.

Each partition has a holder (`partition_holder.PartitionHolder`) on a worker, as many workers as there are
partitions if the cluster has them. This process sends the text in parts and the numbers of the rounds. The
holders exchange rows of U among themselves, and the changes of means (CBOW, n-grams). The client is one of
`distributed`, made by whoever calls.
"""

import time
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..utils.errors import W2VError
from .holder_group import HolderGroup
from .parallel_sgd import falling_rate
from .partition_holder import HolderLostError
from .subword_means import SubwordMeans
from .worker_text import SentPart

_GROUP_SECONDS, _MOST_ROUNDS = 0.5, 16  # of the rounds that are sent at once
_PIECE = 1 << 24  # numbers of a matrix that are sent at once
_MOST_LOSSES = 5  # of workers without any round that was kept in between


@dataclass
class Transfers:
    """What a training over workers has moved between processes.

    Bytes are those of the arrays, without the headers of messages.

    Attributes
    ----------
    workers : int
        That trained last.
    words, rounds : int
        Tokens of the text, and rounds, that were trained on, over all epochs.
    row_bytes : int
        Rows of U, there and back, with their numbers.
    text_bytes : int
    state_bytes : int
        Whole matrices: to the workers at the start, from them after each epoch and for checkpoints.
    losses : int
        How often a worker was lost.

    Examples
    --------
    >>> moved = Transfers(workers=2, words=1000, rounds=2, row_bytes=6000, text_bytes=8000)
    >>> moved.per_word, moved.per_round
    (14.0, 7000.0)
    >>> print(moved)
    moved between 2 workers: 14 bytes per word, 7,000 per round (rows 43%, text 57%); matrices 0 bytes
    """

    workers: int = 0
    words: int = 0
    rounds: int = 0
    row_bytes: int = 0
    text_bytes: int = 0
    state_bytes: int = 0
    losses: int = 0

    @property
    def per_word(self):
        """Bytes of rows and text per token of the text."""
        return (self.row_bytes + self.text_bytes) / max(self.words, 1)

    @property
    def per_round(self):
        """Bytes of rows and text per round."""
        return (self.row_bytes + self.text_bytes) / max(self.rounds, 1)

    def __str__(self):
        if not self.rounds:
            return "nothing was moved between workers: the training was complete"
        part = self.row_bytes / max(self.row_bytes + self.text_bytes, 1)
        workers = f"{self.workers} worker{'s' if self.workers != 1 else ''}"
        return (
            f"moved between {workers}: {self.per_word:,.0f} bytes per word, {self.per_round:,.0f} per round "
            f"(rows {part:.0%}, text {1 - part:.0%}); matrices {self.state_bytes:,} bytes"
        )


class WorkerTraining:
    """Advances a `RoundState` over workers; used as `parallel_sgd.Training` is.

    `state` is that of the last call of `collect`, and of the end of each epoch. If a worker is lost, the
    training goes on from there, on the workers that are left or new.

    Parameters
    ----------
    state : RoundState
        Changed in place.
    text : TextParts
    settings : dict
        Parameters of `SkipGram`.
    client : distributed.Client
    members : Members, optional
        The n-grams of the words, where `state` has rows for them.

    Attributes
    ----------
    transfers : Transfers

    Examples
    --------
    >>> from w2vlib.models.parallel_sgd import new_state
    >>> from w2vlib.models.text_parts import TextParts
    >>> text = TextParts(np.array([0, 1] * 4, np.int32), np.array([0, 4, 8]), np.array([4, 4]), 0, 0.75)
    >>> state, settings = new_state(n_vocab=2, dim=3, seed=0), {"epochs": 2}
    >>> WorkerTraining(state, text, settings, client=None).n_rounds
    2
    """

    def __init__(self, state, text, settings, client, members=None):
        self.state, self.text, self.settings, self.members = state, text, settings, members
        self.client, self.transfers = client, Transfers()
        self.group, self.holders = 1, None
        self.failures, self.lost_at = 0, None
        self._keep()

    @property
    def n_rounds(self):
        """Rounds of all epochs."""
        return self.settings["epochs"] * self.text.rounds_per_epoch

    def learning_rate_at(self, epoch, part):
        """Learning rate at the beginning of a part of the text; it falls linearly over all epochs."""
        return falling_rate(self.settings, epoch + self.text.at(part) / len(self.text.ids))

    def run(self):
        """Do all rounds, up to the end; yield the tokens read since the last time."""
        told = self.text.tokens_before(self.state.rounds)
        while self.state.rounds < self.n_rounds:
            try:
                if self.holders is None:
                    self._start()
                begin = time.perf_counter()
                self._advance()
                if self.state.rounds % self.text.rounds_per_epoch == 0:
                    self._fetch()
                self.state.seconds += time.perf_counter() - begin
            except HolderLostError as error:
                interrupted = self.holders.interrupted
                self._go_back(error)
                if interrupted:
                    raise KeyboardInterrupt from None
                continue
            if self.state.rounds == self.kept[0]:
                self._keep()  # with the seconds
            before, told = told, self.text.tokens_before(self.state.rounds)
            yield told - before

    def collect(self):
        """Fetch the matrices, to save the state; if a worker is lost, go back to the last time."""
        if self.holders is None or self.state.rounds == self.kept[0]:
            return
        try:
            self._fetch()
        except HolderLostError as error:
            self._go_back(error)

    def close(self):
        """Remove everything from the workers."""
        if self.holders is not None:
            self.holders.close()
            self.holders = None

    @property
    def means(self):
        """Computes the vectors of words with n-grams in the state; a `SubwordMeans`."""
        return SubwordMeans(self.state, self.members, self.settings)

    @property
    def _partitioned(self):
        """Names of the matrices of which each holder has a partition."""
        return ("V", "U", "word_rows") if self.members else ("V", "U")

    @property
    def _partitions(self):
        """Begin and end of the rows of each partition."""
        return pairwise(self.text.first_rows)

    @property
    def _step(self):
        """Rows that are sent at once."""
        return max(1, _PIECE // self.settings["dim"])

    def _start(self):
        """Give each worker its partitions, and what all workers have."""
        text, names = self.text, ("dim", "window", "n_negatives", "subsample", "noise_exponent", "seed")
        names += ("learning_rate", "min_learning_rate", "epochs", "objective", "small_steps")
        sizes = {
            "n_vocab": len(text.counts), "partitions": text.partitions, "most_tokens": text.most_tokens,
            "longest_sentence": text.longest_sentence, "rounds": self.state.rounds,
        }  # fmt: skip
        shared = {"counts": text.counts}
        if self.members:
            shared |= {"offsets": self.members.offsets, "members": self.members.members}
            sizes |= {"n_ngrams": len(self.members.buckets), "n_members": len(self.members.members)}
        self.holders = HolderGroup(self.client, self.transfers.workers or 1)
        settings = {name: self.settings[name] for name in names if name in self.settings}
        self.transfers.workers = self.holders.start(sizes, settings | {"subwords": bool(self.members)})
        for name, array in shared.items():
            for start in range(0, len(array), _PIECE):
                self.holders.call_leaders("put", name, start, array[start : start + _PIECE])
        self._send_matrices()
        self.holders.call_leaders("draw")
        self.holders.call("ready")

    def _send_matrices(self):
        dim, step = self.settings["dim"], self._step
        for name in self._partitioned:
            partitions = [getattr(self.state, name)[first:end, :dim] for first, end in self._partitions]
            for start in range(0, len(partitions[0]), step):
                pieces = [np.ascontiguousarray(rows[start : start + step]) for rows in partitions]
                self.holders.call("put", [(name, start, piece) for piece in pieces])
                self.transfers.state_bytes += sum(piece.nbytes for piece in pieces)
        ngrams = self.state.ngram_rows if self.members else ()
        for start in range(0, len(ngrams), step):
            piece = np.ascontiguousarray(ngrams[start : start + step, :dim])
            self.holders.call_leaders("put", "ngram_rows", start, piece)
            self.transfers.state_bytes += piece.nbytes * self.transfers.workers

    def _advance(self):
        """Do the next rounds, at most to the end of the epoch."""
        state, per_epoch = self.state, self.text.rounds_per_epoch
        if state.rounds % per_epoch == 0:
            state.losses[:], state.pairs, state.seconds = 0, 0, 0.0
        n = min(self.group, per_epoch - state.rounds % per_epoch)
        begin = time.perf_counter()
        rounds = [self._sent(state.rounds + i) for i in range(n)]
        self.holders.call_leaders("read", state.rounds, rounds)
        answers = self.holders.call("advance", [(state.rounds, n, loss) for loss in state.losses.tolist()])
        tokens = self.text.tokens_before(state.rounds + n) - self.text.tokens_before(state.rounds)
        state.losses[:] = [loss for loss, _, _ in answers]
        state.pairs += sum(pairs for _, pairs, _ in answers)
        state.rounds += n
        moved = self.transfers
        moved.words, moved.rounds = moved.words + tokens, moved.rounds + n
        moved.row_bytes += sum(row_bytes for _, _, row_bytes in answers)
        moved.text_bytes += moved.workers * sum(part.nbytes for parts in rounds for part in parts)
        if time.perf_counter() - begin < _GROUP_SECONDS / 2:
            self.group = min(2 * self.group, _MOST_ROUNDS)
        if self.holders.interrupted:
            raise KeyboardInterrupt

    def _sent(self, number):
        """Cut out the parts of a round; list of SentPart."""
        text, epoch, parts = self.text, number // self.text.rounds_per_epoch, []
        for p in text.parts(number):
            begin, end = text.at(p), text.at(p + 1)
            offsets = (text.offsets[text.cuts[p] : text.cuts[p + 1] + 1] - begin).astype(np.int32)
            fractions = begin / len(text.ids), end / len(text.ids)
            rows = text.order.rows[text.ids[begin:end]]
            parts.append(SentPart(p, epoch, begin, fractions, rows, offsets))
        return parts

    def _fetch(self):
        """Set the matrices of the state to those of the workers, all or none."""
        dim, step, n = self.settings["dim"], self._step, self.text.partitions
        fetched = {}
        for name in self._partitioned:
            fetched[name] = np.empty((len(self.text.counts), dim), np.float32)
            rows = [fetched[name][first:end] for first, end in self._partitions]
            for start in range(0, len(rows[0]), step):
                pieces = self.holders.call("get", [(name, start, start + step)] * n)
                for a, piece in enumerate(pieces):
                    rows[a][start : start + step] = piece
                    self.transfers.state_bytes += piece.nbytes
        ngrams = self._fetched_ngrams() if self.members else None
        for name, rows in fetched.items():
            getattr(self.state, name)[:, :dim] = rows
        if ngrams is not None:
            self.state.ngram_rows[:, :dim] = ngrams
        self._keep()

    def _fetched_ngrams(self):
        """Fetch the rows of the n-grams from the first worker: all have the same."""
        rows, first = (
            np.empty((len(self.members.buckets), self.settings["dim"]), np.float32),
            self.holders.leaders[:1],
        )
        for start in range(0, len(rows), self._step):
            (piece,) = self.holders.call("get", [("ngram_rows", start, start + self._step)], first)
            rows[start : start + self._step] = piece
            self.transfers.state_bytes += piece.nbytes
        return rows

    def _keep(self):
        state = self.state
        self.kept = state.rounds, state.losses.copy(), state.pairs, state.seconds

    def _go_back(self, error):
        """Return to the state that was fetched last; after several losses in a row, end."""
        self.close()
        state = self.state
        state.rounds, losses, state.pairs, state.seconds = self.kept
        state.losses[:] = losses
        self.failures = self.failures + 1 if self.lost_at == state.rounds else 1
        self.lost_at, self.transfers.losses = state.rounds, self.transfers.losses + 1
        if self.failures >= _MOST_LOSSES:
            raise W2VError(
                f"Workers of the Dask cluster were lost {self.failures} times in a row ({error}), most "
                "likely because the memory was not enough: use other workers, or smaller settings."
            ) from error
