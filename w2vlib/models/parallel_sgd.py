"""The training loop of `SkipGram`: rounds of jobs that never touch the same row.

The words are dealt into `CLASSES` classes. A round reads some sentences, draws their windows and
sorts the pairs into CLASSES × CLASSES buckets by the classes of centre and outside word; then it
works through the buckets in CLASSES steps. In step r job a takes the bucket of centre class a and
outside class (a + r) mod CLASSES, so the jobs of a step share no row of `V` and none of `U`. They
run on as many threads as there are, in any order, and the bytes are those of one thread: each
update is made once, in full, on the newest rows. The idea is stratified gradient descent for
matrix factorisation (Gemulla et al. 2011). Negatives come from the classes in turn, each class
with its share of the noise, so their expectation is that of the objective.

While a round trains, the windows of the next one are drawn. Classes cost something: a row is
fetched anew for each class it meets. Two suit two processors and the memory between them; with
more classes than that, more threads help, but each does less.
"""

import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ..text.vocabulary import alias_table, keep_probabilities, noise_distribution
from . import skipgram_kernels, subword_kernels
from .skipgram_kernels import BLOCK, GROUPS, LANES

CLASSES = 2  # of words; as many jobs run side by side, and the windows are drawn on other threads
ROUND = 131_072  # tokens of the text
SUBWORD_ROUND = 16_384  # the same, where words share n-grams, which move once a round; at most
# Times that a word's mean of rows is moved in a round by words that do not see it: about 55 in the
# texts of this project with n-grams of 3 to 6; near 60 others diverge, so those get half of it.
_ORDINARY_MOVES, _SAFE_MOVES = 60, 30
_CACHE_LINE, _HUGE_PAGE = 64, 1 << 21
# How much may be summed at one score, as rate times the times that a row is moved: by shared
# negatives for a row of U and of V, and by pairs. Above 0.025 the limits fall with the rate, since
# larger rates make longer vectors, which take smaller steps.
_NEGATIVE_LIMIT, _CENTRE_LIMIT, _PAIR_LIMIT, _RATE = 2.1, 1.1, 1.3, 0.025
_MOST = 32  # times as many groups as usual; what this cannot hold diverges, and is refused
LONGEST_SENTENCE = 10_000  # windows are cut here, so that a text without line ends has parts too


@dataclass
class State:
    """All that the next round depends on, and the sums behind the record of the present epoch.

    `V` and `U` are float32 with rows padded to `blocks.LANES` and aligned to a cache line.
    """

    rounds: int  # done, over all epochs
    V: np.ndarray  # (n_vocab, padded dim) float32
    U: np.ndarray
    losses: np.ndarray  # (CLASSES,) float64: summed over the pairs of this epoch, by centre class
    pairs: int = 0  # of this epoch
    seconds: float = 0.0  # spent on this epoch
    own: np.ndarray | None = None  # as V: the words' own rows, where V holds their means with n-grams
    grams: np.ndarray | None = None  # (n_rows, padded dim) float32


def padded(dim):
    """Length of a stored row: `dim` rounded up to whole vectors."""
    return -dim % LANES + dim


def shared_negatives(n_negatives):
    """Negatives in a group that a block of visitors meets: in eights, for the sake of the kernel."""
    return 8 * (n_negatives // 8 + 1)


def scratch(n_shared, width):
    """Memory that a job works in."""
    return aligned((n_shared + BLOCK, width)), aligned(n_shared * BLOCK)


def aligned(shape):
    """Float32 zeros whose first element begins a cache line, or a huge page if they are many.

    Rows are met in random order: with pages of 4 KiB, finding their addresses takes a fifth of the time.
    """
    size = int(np.prod(shape)) * 4
    unit = _HUGE_PAGE if size > _HUGE_PAGE // 2 else _CACHE_LINE
    raw = np.empty(size + 2 * unit, np.uint8)  # NumPy asks for huge pages from 4 MiB on
    start = -raw.ctypes.data % unit
    zeros = raw[start : start + size].view(np.float32).reshape(shape)
    zeros[:] = 0
    return zeros


def new_state(n_vocab, dim, seed, members=None):
    """State before the first round: input vectors normal with length about 1/3, output vectors zero.

    Longer than word2vec.c's (uniform within ±1/(2 dim)), which makes better vectors of small texts.
    With `members`, the n-grams of the words, V holds means of rows, and begins the same: the rows of
    n-grams are zero, and the words' own are as much longer.
    """
    V, U = aligned((n_vocab, padded(dim))), aligned((n_vocab, padded(dim)))
    rng = np.random.default_rng([seed, 0])
    V[:, :dim] = rng.standard_normal((n_vocab, dim), np.float32) / np.float32(3 * np.sqrt(dim))
    state = State(0, V, U, np.zeros(CLASSES))
    if members is not None:
        state.own, state.grams = aligned(V.shape), aligned((len(members.buckets), V.shape[1]))
        state.own[:] = V * (1 + np.diff(members.offsets)).astype(np.float32)[:, None]
    return state


class Text:
    """Token ids cut into parts of whole sentences, with what is drawn from their counts.

    Parameters
    ----------
    ids, offsets : int32, int64 arrays
        As `vocab.encode` gives them; not copied.
    counts : (n_vocab,) int64
    subsample, noise_exponent : float
    round_tokens : int
        Tokens of a round.
    """

    def __init__(self, ids, offsets, counts, subsample, noise_exponent, round_tokens=ROUND):
        self.ids = ids
        self.offsets = _cut(offsets)
        keep = keep_probabilities(counts, subsample)
        self.keep = as_limits(keep)
        starts = np.arange(0, len(ids), max(1, round_tokens // CLASSES))
        cuts = np.searchsorted(self.offsets, [*starts, len(ids)])
        self.cuts = np.unique(cuts)  # a sentence may be longer than a part
        self.n_parts = len(self.cuts) - 1
        self.rounds_per_epoch = -(-self.n_parts // CLASSES)
        self.commonest = [_largest_share(keep[b::CLASSES] * counts[b::CLASSES]) for b in range(CLASSES)]
        noise = noise_distribution(counts, noise_exponent)
        self.commonest_noise = [_largest_share(noise[b::CLASSES]) for b in range(CLASSES)]
        self.mass = [noise[b::CLASSES].sum() for b in range(CLASSES)]
        tables = (alias_table(noise[b::CLASSES]) for b in range(CLASSES))
        self.tables = [(as_limits(prob), alias) for prob, alias in tables]

    def parts(self, number):
        """Numbers of the parts of the text that round `number` (of all epochs) reads."""
        first = number % self.rounds_per_epoch * CLASSES
        return range(first, min(first + CLASSES, self.n_parts))

    def at(self, part):
        """Tokens before `part`."""
        return int(self.offsets[self.cuts[part]])


def _largest_share(weights):
    return float(weights.max(initial=0) / max(weights.sum(), 1e-300))


def _cut(offsets):
    if len(offsets) < 2 or np.diff(offsets).max() <= LONGEST_SENTENCE:
        return offsets
    begins = (np.arange(a, b, LONGEST_SENTENCE) for a, b in zip(offsets[:-1], offsets[1:], strict=True))
    return np.concatenate([*begins, offsets[-1:]])


def as_limits(probabilities):
    """Largest 32-bit draw that counts as yes, for probabilities above 0; uint32."""
    return np.clip(np.ceil(probabilities * 2.0**32) - 1, 0, 2**32 - 1).astype(np.uint32)


class Part:
    """What is to be done for a part of the text, in arrays that are filled again and again."""

    def __init__(self, text, window):
        room = int(np.diff(text.offsets[text.cuts]).max())
        longest = int(np.diff(text.offsets).max())
        self.scratch = (
            np.empty(room, np.int32), np.empty((room, 2), np.int32), np.empty(longest + 1, np.uint64)
        )  # fmt: skip
        self.starts, self.turns = np.zeros(CLASSES * CLASSES + 1, np.int64), np.zeros(CLASSES + 1, np.int64)
        self.visitors, self.weights = np.empty(room, np.int32), np.empty(room, np.float32)
        self.centres, self.outside = np.empty((2, room * 2 * window), np.int32)

    def arrays(self):
        """Give the arrays that the kernels fill and read, in their order."""
        return self.visitors, self.weights, self.centres, self.outside


def sizes_at_once(text, n_negatives, window, rate, a, b):
    """Tell how many updates of a bucket may share their scores, so that their sum stays a small step.

    Updates from the same scores add up as those of a batch do. Where their sum is too large for the
    curvature of the loss, rows overshoot and grow without end. That happens at large rates, and in
    small vocabularies, where a few rows take all updates. So blocks and batches get smaller there.

    Parameters
    ----------
    text : Text
    n_negatives, window : int
    rate : float
        Learning rate.
    a, b : int
        Classes of the centre words and of the outside words.

    Returns
    -------
    (3,) int64
        Centre words in a block, groups of negatives that each meets, and pairs at a time: `BLOCK`,
        `GROUPS` and ``BLOCK · shared`` wherever that is safe. It depends on nothing but the arguments.
    """
    shared = shared_negatives(n_negatives)
    ease = min(1.0, _RATE / rate) if rate > 0 else 1.0
    largest, noise = text.commonest, text.commonest_noise[b]
    drawn = rate * (window + 1) * n_negatives * text.mass[b] / GROUPS  # of a centre word, in a group
    by_one = drawn / shared * max(1.0, shared * noise)  # to the row of a negative
    n_block = min(BLOCK, _NEGATIVE_LIMIT * ease / max(by_one, 1e-300))
    n_block = max(1, int(min(n_block, _CENTRE_LIMIT * ease / max(largest[a] * drawn, 1e-300))))
    too_large = max(
        n_block * by_one / (_NEGATIVE_LIMIT * ease),
        max(1.0, n_block * largest[a]) * drawn / (_CENTRE_LIMIT * ease),
    )
    n_groups = GROUPS * min(_MOST, max(1, math.ceil(too_large))) if n_block == 1 else GROUPS
    n_pairs = _PAIR_LIMIT * ease / max(rate * max(largest[a], largest[b]), 1e-300)
    return np.array([n_block, n_groups, max(1, int(min(BLOCK * shared, n_pairs)))])


def subword_round(members, counts, subsample, rate):
    """Tell how many tokens a round may read where words share n-grams; int.

    Words of a round do not see each other's moves. So a round is `SUBWORD_ROUND` tokens only where the
    words met are not moved too often by those that share their rows; small vocabularies, short
    n-grams, few buckets and large rates need shorter rounds.

    Parameters
    ----------
    members : subwords.Members
    counts : (n_vocab,) int64
    subsample, rate : float
        Threshold of subsampling, and largest learning rate.
    """
    met = keep_probabilities(counts, subsample) * counts / counts.sum()  # of a token
    n_grams = np.diff(members.offsets)
    moves = np.zeros(len(members.buckets))
    np.add.at(moves, members.members, np.repeat(met, n_grams))
    words = np.repeat(np.arange(len(counts)), n_grams)
    of_mean = (met + np.bincount(words, moves[members.members], len(counts))) / (1 + n_grams)
    mean = (met * of_mean).sum() / max(met.sum(), 1e-300)  # of the words as they are met
    ease = min(1.0, _RATE / rate)
    if mean * SUBWORD_ROUND <= _ORDINARY_MOVES * ease:
        return SUBWORD_ROUND
    return max(CLASSES, int(_SAFE_MOVES * ease / mean))


class Training:
    """Advances a `State` through a `Text`, round by round.

    Parameters
    ----------
    state : State
        Changed in place.
    text : Text
    settings : dict
        window, n_negatives, learning_rate, min_learning_rate, epochs, seed.
    threads : int
        Changes the time, not the result.
    members : subwords.Members, optional
        The n-grams of the words, where `state` has rows for them.
    """

    def __init__(self, state, text, settings, threads, members=None):
        self.state, self.text, self.settings, self.threads = state, text, settings, threads
        width, window = state.V.shape[1], settings["window"]
        self.n_shared = shared_negatives(settings["n_negatives"])
        self.prepare = skipgram_kernels.preparation(CLASSES)
        self.steps = skipgram_kernels.bucket_steps(width, self.n_shared)
        self.sets = [[Part(text, window) for _ in range(min(CLASSES, text.n_parts))] for _ in range(2)]
        self.work = [scratch(self.n_shared, width) for _ in range(CLASSES)]
        states = (np.random.SeedSequence([settings["seed"], 1, e]) for e in range(settings["epochs"]))
        self.keys = [s.generate_state(2, np.uint64) for s in states]
        self.means = members and _Means(state, members)
        self._compile()

    def _compile(self):
        """Compile the kernels, or load them from the cache: calls for nothing, so that no clock counts it."""
        part, text = self.sets[0][0], self.text
        self.prepare(
            text.ids, text.offsets, 0, 0, text.keep, 1, self.keys[0][0], *part.scratch,
            part.starts, part.turns, *part.arrays()
        )  # fmt: skip
        nothing = np.zeros(2, np.int64)
        self.steps(
            self.state.V, self.state.U, *part.arrays(), nothing, nothing, *text.tables[0], CLASSES, 0,
            np.float32(0), np.zeros(2, np.float32), self.keys[0][1], np.array([1, GROUPS, 1]), *self.work[0]
        )  # fmt: skip
        if self.means:
            self.means.gather([part])
            self.means.compose(0)
            self.means.share_out(0)

    @property
    def n_rounds(self):
        """Rounds of all epochs."""
        return self.settings["epochs"] * self.text.rounds_per_epoch

    def rounds(self):
        """Do one round after another, up to the end; yield the tokens that each has read."""
        with _workers(self.threads) as each:
            if self.state.rounds < self.n_rounds:
                each([(self._prepare, self.state.rounds, i) for i in range(CLASSES)])
            while self.state.rounds < self.n_rounds:
                begin = time.perf_counter()
                number = self.state.rounds
                if number % self.text.rounds_per_epoch == 0:
                    self.state.losses[:], self.state.pairs, self.state.seconds = 0, 0, 0.0
                parts = self.text.parts(number)
                used = self.sets[number % 2][: len(parts)]
                if self.means:
                    self.means.gather(used)
                    each([(self.means.compose, a) for a in range(CLASSES)])
                for step in range(CLASSES):
                    jobs = [(self._train, number, a, (a + step) % CLASSES) for a in range(CLASSES)]
                    ahead = range(CLASSES if step == 0 else 0)
                    each([*jobs, *((self._prepare, number + 1, i) for i in ahead)])
                if self.means:
                    each([(self.means.share_out, a) for a in range(CLASSES)])
                self.state.pairs += sum(int(part.starts[-1]) for part in used)
                self.state.rounds += 1
                self.state.seconds += time.perf_counter() - begin
                yield self.text.at(parts[-1] + 1) - self.text.at(parts[0])

    def run(self):
        """As `rounds`, but from another thread, so that an interruption never cuts a round in two."""
        rounds = self.rounds()
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

    def step_at(self, epoch, part):
        """Step size at the beginning of a part of the text; falls in a straight line over all epochs."""
        s = self.settings
        done = (epoch + self.text.at(part) / len(self.text.ids)) / s["epochs"]
        return s["learning_rate"] * (1 - done) + s["min_learning_rate"] * done

    def _prepare(self, number, i):
        parts = self.text.parts(number)
        if number >= self.n_rounds or i >= len(parts):
            return
        text, part = self.text, self.sets[number % 2][i]
        first, last = text.cuts[parts[i]], text.cuts[parts[i] + 1]
        key = self.keys[number // text.rounds_per_epoch][0]
        self.prepare(
            text.ids, text.offsets, first, last, text.keep, self.settings["window"], key, *part.scratch,
            part.starts, part.turns, *part.arrays()
        )  # fmt: skip

    def _train(self, number, a, b):
        text, epoch = self.text, number // self.text.rounds_per_epoch
        if text.tables[b][1].size == 0:  # fewer words than classes
            return
        k = a * CLASSES + b
        n_negatives, window = self.settings["n_negatives"], self.settings["window"]
        for i, p in enumerate(text.parts(number)):
            part = self.sets[number % 2][i]
            rates = np.array([self.step_at(epoch, p), self.step_at(epoch, p + 1)], np.float32)
            sizes = sizes_at_once(text, n_negatives, window, float(rates.max()), a, b)
            share = np.float32(n_negatives * text.mass[b] / (int(sizes[1]) * self.n_shared))
            key = self.keys[epoch][1] + np.uint64((p * CLASSES * CLASSES + k) << 32)
            self.state.losses[a] += self.steps(
                self.state.V, self.state.U, *part.arrays(), part.turns[a : a + 2], part.starts[k : k + 2],
                *text.tables[b], CLASSES, b, share, rates, key, sizes, *self.work[a]
            )  # fmt: skip


class _Means:
    """Input vectors that are means of rows: composed before a round, shared out after it.

    Within a round the vector of a word moves as a whole. Then each of its rows goes the same way, so
    that their mean has moved as far; a row that several words share takes the moves of all. For every
    row that is a way along the gradient, which has the direction of the mean's, as fastText goes it
    pair by pair (Bojanowski et al. 2017). Words of a round do not see each other's moves, and the more
    of them share a row, the farther it goes: with rounds of 65,536 tokens of ptb it goes astray.
    """

    def __init__(self, state, members):
        self.arrays = (
            state.V,
            aligned(state.V.shape),
            state.own,
            state.grams,
            members.offsets,
            members.members,
        )
        self.seen, self.stamp = np.zeros(len(state.V), np.int64), 0
        self.found, self.n = np.empty(len(state.V), np.int32), 0

    def gather(self, parts):
        """List the centre words of the parts of a round, each once."""
        self.stamp, self.n = self.stamp + 1, 0
        for part in parts:
            self.n = subword_kernels.distinct(
                part.visitors, part.turns[-1], self.seen, self.stamp, self.found, self.n
            )

    def compose(self, job):
        """Compute the vectors of the words listed, as far as they belong to the job."""
        subword_kernels.compose(*self.arrays, self.found[: self.n], job, CLASSES)

    def share_out(self, job):
        """Move the rows of the words listed, as far as they belong to the job."""
        subword_kernels.share_out(*self.arrays, self.found[: self.n], job, CLASSES)

    def compose_all(self):
        """Compute the vectors of all words."""
        subword_kernels.compose(*self.arrays, np.arange(len(self.seen), dtype=np.int32), 0, 1)


@contextmanager
def _workers(threads):
    """Give a function that does a list of jobs, (function, arguments …), and returns when all are done."""
    if threads == 1:
        yield lambda jobs: [function(*args) for function, *args in jobs]
    else:
        with ThreadPoolExecutor(min(threads, 2 * CLASSES)) as pool:
            yield lambda jobs: list(pool.map(lambda job: job[0](*job[1:]), jobs))


def available_threads():
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
