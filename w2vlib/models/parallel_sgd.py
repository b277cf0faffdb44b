"""The training loop of `SkipGram`: rounds of jobs that never update the same row at the same time.

The vocabulary is split into `PARTITIONS` partitions. A round reads some sentences, draws their
windows and sorts the pairs into PARTITIONS × PARTITIONS buckets by the partitions of centre and
outside word; then it trains on the buckets in PARTITIONS steps. In step r job a has the bucket of
centre partition a and outside partition (a + r) mod PARTITIONS, so the jobs of a step share no row
of `V` and none of `U`. They run on any number of threads, in any order, and the bytes are those of
one thread: each update is computed once, on the newest rows. The idea is stratified gradient
descent for matrix factorisation (Gemulla et al. 2011). Negatives come from one partition after the
other, each with its probability mass under the noise distribution, so their expectation is that of
the objective.

While a round trains, the windows of the next one are drawn. More partitions let more threads work,
but each row is then fetched once per partition: two suit two processors and their memory.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..utils.memory import FOR_THREADS, require_memory
from . import cbow_kernels, skipgram_kernels
from .context_means import ContextBuffers, ContextMeans
from .matrices import aligned, fill_normal, padded, scratch
from .skipgram_kernels import GROUPS
from .subword_means import SubwordMeans
from .text_parts import PARTITIONS, PartBuffers
from .update_sizes import shared_negatives, update_sizes


@dataclass
class RoundState:
    """All that the next round depends on, and the sums behind the record of the present epoch.

    `V` and `U` are float32 with rows padded to `simd.LANES` and aligned to a cache line.

    Examples
    --------
    >>> state = new_state(n_vocab=2, dim=3, seed=0)
    >>> state.rounds, state.pairs, state.losses.tolist()
    (0, 0, [0.0, 0.0])
    >>> state.V.shape, state.word_rows is None  # rows of 3 numbers and padding; no n-grams
    ((2, 16), True)
    """

    rounds: int  # done, over all epochs
    V: np.ndarray  # (n_vocab, padded dim) float32
    U: np.ndarray
    losses: (
        np.ndarray
    )  # (PARTITIONS,) float64: summed over the pairs of this epoch, by partition of the centre word
    pairs: int = 0  # of this epoch
    seconds: float = 0.0  # spent on this epoch
    word_rows: np.ndarray | None = None  # as V: the words' own rows, where V holds means of rows
    ngram_rows: np.ndarray | None = None  # (n_rows, padded dim) float32


def new_state(n_vocab, dim, seed, members=None, more_entropy=()):
    """State before the first round: input vectors of length about 1/3, output vectors zero.

    Their numbers are approximately normal; see `fill_normal`. They are longer than word2vec.c's (uniform
    within ±1/(2 dim)), which makes better vectors of small texts.
    With `members`, the n-grams of the words, V holds means of rows and starts with the same values: the
    rows of n-grams are zero, and the words' own rows are longer by the number of rows. `more_entropy`
    (whole numbers) gives other draws from the same seed.

    Examples
    --------
    >>> state = new_state(n_vocab=3, dim=5, seed=0)
    >>> state.V.shape, bool(state.U.any())
    ((3, 16), False)
    """
    V, U = aligned((n_vocab, padded(dim))), aligned((n_vocab, padded(dim)))
    rng = np.random.default_rng([seed, 0, *more_entropy])
    fill_normal(V[:, :dim], rng, 1 / (3 * np.sqrt(dim)))
    state = RoundState(0, V, U, np.zeros(PARTITIONS))
    if members is not None:
        state.word_rows, state.ngram_rows = aligned(V.shape), aligned((len(members.buckets), V.shape[1]))
        state.word_rows[:] = V * (1 + np.diff(members.offsets)).astype(np.float32)[:, None]
    return state


def epoch_keys(settings):
    """Return the keys of all draws: for each epoch two numbers, of subsampling and windows, and of negatives.

    Examples
    --------
    >>> [len(keys) for keys in epoch_keys({"seed": 0, "epochs": 3})]
    [2, 2, 2]
    """
    states = (np.random.SeedSequence([settings["seed"], 1, e]) for e in range(settings["epochs"]))
    return [s.generate_state(2, np.uint64) for s in states]


def falling_rate(settings, epochs_done):
    """Return the learning rate after a number of epochs, whole or not; it falls linearly over all epochs.

    Examples
    --------
    >>> falling_rate({"epochs": 2, "learning_rate": 0.5, "min_learning_rate": 0.25}, epochs_done=1.0)
    0.375
    """
    done = epochs_done / settings["epochs"]
    return settings["learning_rate"] * (1 - done) + settings["min_learning_rate"] * done


def bucket_key(keys, part, a, b):
    """Return the key of the negatives of a bucket in a part of the text; see `epoch_keys`.

    Examples
    --------
    >>> bucket_key(np.array([7, 0], np.uint64), part=0, a=0, b=1) >> np.uint64(32)
    np.uint64(1)
    """
    return key_after(keys[1], (part * PARTITIONS * PARTITIONS + a * PARTITIONS + b) << 32)


def key_after(key, places):
    """Return the key of draws that begins so many places after another; uint64, which starts again at 0.

    Examples
    --------
    >>> int(key_after(np.uint64(2**64 - 1), 3))
    2
    """
    return np.uint64((int(key) + places) % 2**64)


def bucket_updates(draws, settings, rates, a, b):
    """Return what `bucket_steps` takes as `updates` for the bucket of partitions a and b.

    Parameters
    ----------
    draws : Draws
    settings : dict
        See `Training`.
    rates : (float, float)
        Learning rates at the begin and at the end of the part of the text.
    a, b : int

    Examples
    --------
    >>> from w2vlib.models.text_parts import Draws
    >>> settings = {"n_negatives": 5, "window": 1}
    >>> weight, rates, sizes = bucket_updates(Draws(np.array([4, 4]), 0, 0.75), settings, (0.1, 0.05), 0, 1)
    >>> rates.tolist() == [np.float32(0.1), np.float32(0.05)], sizes.shape
    (True, (3,))
    """
    n_negatives, rates = settings["n_negatives"], np.array(rates, np.float32)
    cbow = settings.get("objective") == "cbow"
    sizes = update_sizes(draws, n_negatives, settings["window"], float(rates.max()), a, b, cbow)
    n_drawn = int(sizes[1]) * shared_negatives(n_negatives)
    return np.float32(n_negatives * draws.noise_mass[b] / n_drawn), rates, sizes


class Training:
    """Advances a `RoundState` through a `TextParts`, round by round.

    Parameters
    ----------
    state : RoundState
        Changed in place.
    text : TextParts
    settings : dict
        window, n_negatives, learning_rate, min_learning_rate, epochs, seed; objective, "skip-gram" or
        "cbow", if not the first.
    threads : int
        Changes the time, not the result.
    members : Members, optional
        The n-grams of the words, where `state` has rows for them.

    Examples
    --------
    >>> from w2vlib.models.text_parts import TextParts
    >>> ids, offsets = np.array([0, 1] * 4, np.int32), np.array([0, 2, 4, 6, 8])  # four sentences
    >>> text = TextParts(ids, offsets, np.array([4, 4]), subsample=0, noise_exponent=0.75, round_tokens=4)
    >>> settings = dict(window=1, n_negatives=5, learning_rate=0.1, min_learning_rate=0, epochs=2, seed=0)
    >>> training = Training(new_state(n_vocab=2, dim=3, seed=0), text, settings, threads=1)
    >>> training.n_rounds, [training.learning_rate_at(epoch, part=0) for epoch in (0, 1)]
    (4, [0.1, 0.05])
    >>> next(training.rounds()), training.state.rounds  # tokens read, and rounds done
    (4, 1)
    >>> list(training.run()), training.state.rounds
    ([4, 4, 4], 4)
    """

    def __init__(self, state, text, settings, threads, members=None):
        self.state, self.text, self.settings, self.threads = state, text, settings, threads
        width, window = state.V.shape[1], settings["window"]
        self.n_shared = shared_negatives(settings["n_negatives"])
        self.steps = skipgram_kernels.bucket_steps(width, self.n_shared)
        self.cbow = settings.get("objective") == "cbow"
        buffers, kernels = (ContextBuffers, cbow_kernels) if self.cbow else (PartBuffers, skipgram_kernels)
        self.prepare, n_parts = kernels.preparation(PARTITIONS), min(PARTITIONS, text.n_parts)
        self.sets = [[buffers(text, window) for _ in range(n_parts)] for _ in range(2)]
        self.work = [scratch(self.n_shared, width) for _ in range(PARTITIONS)]
        self.keys = epoch_keys(settings)
        if self.cbow:
            self.means = ContextMeans(state.V, n_parts, text.most_tokens)
        else:
            self.means = members and SubwordMeans(state, members)
        # The rows that centre words have, for each part of a round.
        self.centre_rows = self.means.rows if self.cbow else [state.V] * n_parts
        self._compile()

    def _compile(self):
        """Compile the kernels, or load them from the cache, by calls without work: no clock counts it."""
        part, text = self.sets[0][0], self.text
        self.prepare(text.arrays, 0, 0, 1, self.keys[0][0], part.arrays, part.scratch)
        nothing, noise = np.zeros(2, np.int64), (*text.tables[0], PARTITIONS, 0)
        updates = np.float32(0), np.zeros(2, np.float32), np.array([1, GROUPS, 1])
        key = self.keys[0][1]
        matrices = self.centre_rows[0], self.state.U
        self.steps(matrices, part.arrays, (nothing, nothing), noise, updates, key, self.work[0])
        if self.means:
            self.means.gather([part])
            self.means.compose(0)
            self.means.distribute(0)

    @property
    def n_rounds(self):
        """Rounds of all epochs."""
        return self.settings["epochs"] * self.text.rounds_per_epoch

    def rounds(self):
        """Do one round after another, up to the end; yield the tokens that each has read."""
        with _workers(self.threads) as each:
            if self.state.rounds < self.n_rounds:
                each([(self._prepare, self.state.rounds, i) for i in range(PARTITIONS)])
            while self.state.rounds < self.n_rounds:
                begin = time.perf_counter()
                number = self.state.rounds
                if number % self.text.rounds_per_epoch == 0:
                    self.state.losses[:], self.state.pairs, self.state.seconds = 0, 0, 0.0
                parts = self.text.parts(number)
                used = self.sets[number % 2][: len(parts)]
                if self.means:
                    self.means.gather(used)
                    each([(self.means.compose, a) for a in range(PARTITIONS)])
                for step in range(PARTITIONS):
                    jobs = [(self._train, number, a, (a + step) % PARTITIONS) for a in range(PARTITIONS)]
                    ahead = range(PARTITIONS if step == 0 else 0)
                    each([*jobs, *((self._prepare, number + 1, i) for i in ahead)])
                if self.means:
                    each([(self.means.distribute, a) for a in range(PARTITIONS)])
                self.state.pairs += sum(int(part.pair_starts[-1]) for part in used)
                self.state.rounds += 1
                self.state.seconds += time.perf_counter() - begin
                yield self.text.at(parts[-1] + 1) - self.text.at(parts[0])

    def run(self):
        """As `rounds`, but from another thread, so that an interruption never cuts a round in two."""
        rounds = self.rounds()
        require_memory(FOR_THREADS)
        with ThreadPoolExecutor(1) as conductor:
            while True:
                pending = conductor.submit(next, rounds, None)
                try:
                    tokens = pending.result()
                except KeyboardInterrupt:
                    pending.result()
                    raise
                if tokens is None:
                    return
                yield tokens

    def learning_rate_at(self, epoch, part):
        """Learning rate at the beginning of a part of the text; it falls linearly over all epochs."""
        return falling_rate(self.settings, epoch + self.text.at(part) / len(self.text.ids))

    def collect(self):
        """Do nothing: the state is here. A training over workers fetches it from them."""

    def close(self):
        """Do nothing: no other process has anything of this training."""

    def _prepare(self, number, i):
        parts = self.text.parts(number)
        if number >= self.n_rounds or i >= len(parts):
            return
        text, part = self.text, self.sets[number % 2][i]
        first, last = text.cuts[parts[i]], text.cuts[parts[i] + 1]
        key = self.keys[number // text.rounds_per_epoch][0]
        window = self.settings["window"]
        self.prepare(text.arrays, first, last, window, key, part.arrays, part.scratch)

    def _train(self, number, a, b):
        text, epoch = self.text, number // self.text.rounds_per_epoch
        if text.tables[b][1].size == 0:  # fewer words than partitions
            return
        k = a * PARTITIONS + b
        for i, p in enumerate(text.parts(number)):
            part = self.sets[number % 2][i]
            rates = self.learning_rate_at(epoch, p), self.learning_rate_at(epoch, p + 1)
            updates = bucket_updates(text, self.settings, rates, a, b)
            key = bucket_key(self.keys[epoch], p, a, b)
            ranges = part.centre_starts[a : a + 2], part.pair_starts[k : k + 2]
            noise = *text.tables[b], PARTITIONS, b
            matrices = self.centre_rows[i], self.state.U
            self.state.losses[a] += self.steps(
                matrices, part.arrays, ranges, noise, updates, key, self.work[a]
            )


@contextmanager
def _workers(threads):
    """Give a function that does a list of jobs, (function, arguments …), and returns when all are done."""
    if threads == 1:
        yield lambda jobs: [function(*args) for function, *args in jobs]
    else:
        require_memory(FOR_THREADS)
        with ThreadPoolExecutor(min(threads, 2 * PARTITIONS)) as pool:
            yield lambda jobs: list(pool.map(lambda job: job[0](*job[1:]), jobs))
