"""The training loop of `SkipGram`: rounds of jobs that never update the same row at the same time.

The vocabulary is split into P partitions (`partitions`). A round reads some sentences, draws their windows
and sorts the pairs into P × P buckets by the partitions of centre and outside word; then it trains on the
buckets in P steps. In step r job a has the bucket of centre partition a and outside partition (a + r) mod P,
so the jobs of a step share no row of `V` and none of `U`. A job begins when the jobs before it on its rows
of `V` and of `U` are done. They run on any number of threads, in any order, and the bytes are those of
one thread: each update is computed once, on the newest rows. The idea is stratified gradient descent for
matrix factorisation (Gemulla et al. 2011).

A centre word meets negatives of two partitions only, drawn for it, which count P / 2 times as much. In each
partition negatives come with its probability mass under the noise distribution. So their expectation is
that of the objective, and the work does not grow with P. While a round trains, the windows of the next one
are drawn.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..utils.memory import FOR_THREADS, require_memory
from . import cbow_kernels, skipgram_kernels
from .context_means import ContextBuffers, ContextMeans
from .matrices import aligned, fill_normal, padded, scratch
from .partitions import FEW, in_turn
from .schedule import Crew, JobGraph
from .skipgram_kernels import GROUPS
from .subword_means import SubwordMeans
from .text_parts import RoundBuffers
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
    losses: np.ndarray  # (partitions,) float64: sums over this epoch's pairs, by partition of the centre word
    pairs: int = 0  # of this epoch
    seconds: float = 0.0  # spent on this epoch
    word_rows: np.ndarray | None = None  # as V: the words' own rows, where V holds means of rows
    ngram_rows: np.ndarray | None = None  # (n_rows, padded dim) float32


def new_state(n_vocab, dim, seed, members=None, more_entropy=(), partitions=FEW):
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
    fill_normal(V[:, :dim], rng, 1 / (3 * np.sqrt(dim)), in_turn(n_vocab, partitions))
    state = RoundState(0, V, U, np.zeros(partitions))
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


def bucket_keys(keys, parts, a, b, partitions):
    """Return the keys of the negatives of buckets in parts of the text; see `epoch_keys`.

    Parameters
    ----------
    keys : (2,) uint64
        Of the epoch.
    parts, a, b : int arrays
        Numbers of the parts, and of the partitions; they are broadcast.
    partitions : int

    Examples
    --------
    >>> keys = bucket_keys(np.array([7, 0], np.uint64), np.arange(2), a=0, b=1, partitions=2)
    >>> (keys >> np.uint64(32)).tolist()
    [1, 5]
    """
    places = (np.asarray(parts) * partitions + a) * partitions + b
    return keys[1] + (places.astype(np.uint64) << np.uint64(32))


def bucket_updates(draws, settings, rates, a, b, shares=None, crowds=False):
    """Return weights of a negative and `update_sizes` of buckets in parts of the text.

    Parameters
    ----------
    draws : Draws
    settings : dict
        See `Training`.
    rates : (n_parts, 2) float32
        Learning rates at the begin and at the end of each part.
    a, b : int, or (…, 1) int
        Partitions of the buckets.
    shares : (n_parts, partitions) float64, optional
        Of words that repeat; see `text_parts.RoundBuffers`.
    crowds : bool
        Whether words that share n-grams stand together in these parts, so that steps have to be small.

    Returns
    -------
    weights : (…, n_parts) float32
    sizes : (…, n_parts, 3) int64

    Examples
    --------
    >>> from w2vlib.models.text_parts import Draws
    >>> settings, rates = {"n_negatives": 5, "window": 1}, np.array([[0.1, 0.05]], np.float32)
    >>> weights, sizes = bucket_updates(Draws(np.array([4, 4]), 0, 0.75), settings, rates, 0, 1)
    >>> weights.shape, sizes.shape
    ((1,), (1, 3))
    """
    n_negatives = settings["n_negatives"]
    if crowds:
        settings = settings | {"small_steps": True}
    sizes = update_sizes(draws, settings, rates.max(axis=1).astype(np.float64), a, b, shares)
    n_drawn = sizes[..., 1] * shared_negatives(n_negatives)
    return (n_negatives * draws.noise_mass[b] * draws.sets / n_drawn).astype(np.float32), sizes


@dataclass(frozen=True, eq=False)
class Round:
    """What the jobs of a round need, for each bucket (a, b) and each of its parts.

    Attributes
    ----------
    ranges : (partitions, partitions, n_parts, 4) int64
        See `text_parts.RoundBuffers.ranges`.
    weights : (partitions, partitions, n_parts) float32
    sizes : (partitions, partitions, n_parts, 3) int64
    rates : (n_parts, 2) float32
    keys : (partitions, partitions, n_parts) uint64

    Examples
    --------
    >>> work = np.zeros((2, 2, 1, 4), np.int64)
    >>> work[0, 1, 0] = 0, 3, 4, 9  # three centre words and five pairs
    >>> Round(work, None, None, None, None).pairs
    5
    """

    ranges: np.ndarray
    weights: np.ndarray
    sizes: np.ndarray
    rates: np.ndarray
    keys: np.ndarray

    @property
    def pairs(self):
        """Pairs of all buckets; int."""
        return int((self.ranges[..., 3] - self.ranges[..., 2]).sum())

    def of_job(self, a, b):
        """Return ranges, updates and keys of a bucket, for `skipgram_kernels.bucket_steps`."""
        updates = self.weights[a, b], self.rates, self.sizes[a, b]
        return self.ranges[a, b], updates, self.keys[a, b]


class Training:
    """Advances a `RoundState` through a `TextParts`, round by round.

    Parameters
    ----------
    state : RoundState
        Changed in place.
    text : TextParts
    settings : dict
        window, n_negatives, learning_rate, min_learning_rate, epochs, seed; objective, "skip-gram" or
        "cbow", if not the first; small_steps, as for `update_sizes.update_sizes`.
    threads : int
        Changes the time, not the result.
    members : Members, optional
        The n-grams of the words, where `state` has rows for them.

    Examples
    --------
    >>> from w2vlib.models.text_parts import TextParts
    >>> ids, offsets = np.array([0, 1] * 4, np.int32), np.array([0, 2, 4, 6, 8])  # four sentences
    >>> text = TextParts(ids, offsets, np.array([4, 4]), subsample=0, noise_exponent=0.75, part_tokens=2)
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
        self.state, self.text, self.settings = state, text, settings
        width, window, P = state.V.shape[1], settings["window"], text.partitions
        self.threads = min(threads, 2 * P)
        self.n_shared = shared_negatives(settings["n_negatives"])
        self.steps = skipgram_kernels.bucket_steps(width, self.n_shared)
        self.cbow = settings.get("objective") == "cbow"
        buffers, kernels = (ContextBuffers, cbow_kernels) if self.cbow else (RoundBuffers, skipgram_kernels)
        self.prepare, n_parts = kernels.preparation(P), min(P, text.n_parts)
        self.sets = [buffers(text, window, n_parts) for _ in range(2)]
        self.scratch = [scratch(self.n_shared, width) for _ in range(P)]
        self.keys = epoch_keys(settings)
        if self.cbow:
            self.means = ContextMeans(state.V, n_parts, text.most_tokens)
        else:
            self.means = members and SubwordMeans(state, members, settings)
        # The rows that centre words have, for all parts or for each part of a round.
        self.centre_rows = self.means.rows if self.cbow else state.V[None]
        self._compile()

    def _compile(self):
        """Compile the kernels, or load them from the cache, by calls without work: no clock counts it."""
        buffers, text, window = self.sets[0], self.text, self.settings["window"]
        self.prepare(text.arrays, 0, 0, window, self.keys[0][0], *buffers.part(0))
        nothing, sizes = np.zeros((1, 4), np.int64), np.array([[1, GROUPS, 1]])
        updates = np.zeros(1, np.float32), np.zeros((1, 2), np.float32), sizes
        matrices, noise = (self.centre_rows, self.state.U), text.noise(0)
        losses = np.zeros(1)
        keys = self.keys[0][1:]
        self.steps(matrices, buffers.arrays, nothing, noise, updates, keys, self.scratch[0], losses)
        if self.means:
            self.means.look(0, buffers, 1, job=0, jobs=1)
            self.means.gather(0, buffers, 1)
            for job in range(self.threads):
                self.means.compose(0, job, self.threads)
                self.means.distribute(0, job, self.threads)

    @property
    def n_rounds(self):
        """Rounds of all epochs."""
        return self.settings["epochs"] * self.text.rounds_per_epoch

    def rounds(self):
        """Do one round after another, up to the end; yield the tokens that each has read."""
        with Crew(self.threads) as crew:
            graph = JobGraph()
            self._add_preparation(graph, self.state.rounds)
            crew.run(graph)
            while self.state.rounds < self.n_rounds:
                begin, number = time.perf_counter(), self.state.rounds
                if number % self.text.rounds_per_epoch == 0:
                    self.state.losses[:], self.state.pairs, self.state.seconds = 0, 0, 0.0
                parts, round_ = self.text.parts(number), self._round(number)
                if self.means:
                    self._on_each_thread(crew, self.means.compose, number)
                crew.run(self.job_graph(number, round_))
                if self.means:
                    self._on_each_thread(crew, self.means.distribute, number)
                self.state.pairs += round_.pairs
                self.state.rounds += 1
                self.state.seconds += time.perf_counter() - begin
                yield self.text.at(parts[-1] + 1) - self.text.at(parts[0])

    def job_graph(self, number, round_):
        """List the jobs of a round: a `JobGraph` of the training on it, and of the windows of the next one.

        Of the jobs that can begin, those of an early step come first, and among these the longest.
        """
        graph, P = JobGraph(), self.text.partitions
        pairs = (round_.ranges[..., 3] - round_.ranges[..., 2]).sum(axis=-1)
        before = []
        for step in range(P):
            now = []
            for a in range(P):
                b = (a + step) % P
                after = {before[a], before[(a + 1) % P]} if before else ()  # on the same rows of V, and of U
                job = self._train, number, a, b, round_
                now.append(graph.add(job, (step, -int(pairs[a, b])), after))
            before = now
        self._add_preparation(graph, number + 1)
        return graph

    def _add_preparation(self, graph, number):
        """Add the jobs that draw the windows of a round, if there is such a round."""
        if number < self.n_rounds:
            n_parts, last = len(self.text.parts(number)), (self.text.partitions, 0)
            before = [graph.add((self._prepare, number, i), last) for i in range(n_parts)]
            if self.means:
                drawn = number, self.sets[number % 2], n_parts
                for job in range(self.threads):
                    look = self.means.look, *drawn, job, self.threads
                    before.append(graph.add(look, last, before[:n_parts]))
                graph.add((self.means.gather, *drawn), last, before)

    def _on_each_thread(self, crew, function, number):
        """Divide what a function (number, job, jobs) does among the threads."""
        graph = JobGraph()
        for job in range(self.threads):
            graph.add((function, number, job, self.threads), 0)
        crew.run(graph)

    def _round(self, number):
        """Make what the jobs of a round need; its windows are drawn."""
        text, P = self.text, self.text.partitions
        parts, epoch = np.array(text.parts(number)), number // text.rounds_per_epoch
        ends = [[self.learning_rate_at(epoch, p + i) for i in (0, 1)] for p in parts]
        rates = np.array(ends, np.float32)
        a, b = np.arange(P)[:, None, None], np.arange(P)[:, None]
        buffers = self.sets[number % 2]
        crowds = bool(self.means) and self.means.has_crowds(number)
        return Round(
            buffers.ranges(len(parts)),
            *bucket_updates(text, self.settings, rates, a, b, buffers.shares[: len(parts)], crowds),
            rates,
            bucket_keys(self.keys[epoch], parts, a, b, P),
        )

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
        text, p = self.text, self.text.parts(number)[i]
        first, last = text.cuts[p], text.cuts[p + 1]
        key = self.keys[number // text.rounds_per_epoch][0]
        arrays, memory = self.sets[number % 2].part(i)
        self.prepare(text.arrays, first, last, self.settings["window"], key, arrays, memory)

    def _train(self, number, a, b, round_):
        noise = self.text.noise(b)
        if noise[0].size == 0:  # fewer words than partitions
            return
        ranges, updates, keys = round_.of_job(a, b)
        arrays, losses = self.sets[number % 2].arrays, self.state.losses[a : a + 1]
        self.steps(
            (self.centre_rows, self.state.U), arrays, ranges, noise, updates, keys, self.scratch[a], losses
        )
