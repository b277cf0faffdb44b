"""The text on a worker in a training over workers: sent once, and prepared once for all its partitions."""

import asyncio
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from . import cbow_kernels, skipgram_kernels
from .context_means import ContextBuffers
from .parallel_sgd import epoch_keys
from .text_parts import Draws, RoundBuffers


@dataclass
class SentPart:
    """A part of the text as it is sent to a worker.

    Attributes
    ----------
    number : int
        Of the part.
    epoch : int
    begin : int
        Tokens of the text before the part.
    fractions : (float, float)
        Of the text before the part, and up to its end.
    ids, offsets : int32 arrays
        Rows of the tokens of the part, and where its sentences begin in them.

    Examples
    --------
    >>> part = SentPart(0, 0, 0, (0.0, 1.0), np.array([0, 1], np.int32), np.array([0, 2], np.int32))
    >>> part.nbytes
    16
    """

    number: int
    epoch: int
    begin: int
    fractions: tuple
    ids: np.ndarray
    offsets: np.ndarray

    @property
    def nbytes(self):
        """Bytes of the arrays."""
        return self.ids.nbytes + self.offsets.nbytes


class WorkerText:
    """What the holders of one worker have in common: parts of the text, their pairs, and what is drawn.

    Parameters
    ----------
    mine : tuple of int
        Partitions of the worker.
    sizes, settings : dict
        See `partition_holder.PartitionHolder`.
    make_means : callable, optional
        Makes of this what the holders of the worker have in common where centre words are means of rows.

    Examples
    --------
    >>> settings = dict(window=2, n_negatives=5, seed=0, epochs=1, subsample=0, noise_exponent=0.75)
    >>> sizes = {"n_vocab": 3, "partitions": 2, "most_tokens": 3}
    >>> text = WorkerText((0, 1), sizes, settings)
    >>> text.put("counts", 0, np.array([1, 1, 1]))
    >>> text.draw()
    >>> ids = np.array([0, 1, 2], np.int32)
    >>> text.read(0, [[SentPart(0, 0, 0, (0.0, 1.0), ids, np.array([0, 3], np.int32))]])
    >>> asyncio.run(text.prepared(0))
    >>> text.ranges[0].shape, text.parts(0)[0].number
    ((2, 2, 1, 4), 0)
    """

    def __init__(self, mine, sizes, settings, make_means=None):
        self.settings, self.n = settings, sizes["partitions"]
        self.counts, self.draws, self.row_in_partition = np.zeros(sizes["n_vocab"], np.int64), None, None
        self.own_rows = np.arange(sizes["n_vocab"], dtype=np.int32)  # what is sent are rows, not ids
        self.keys = epoch_keys(settings)
        shape, buffers = SimpleNamespace(**sizes), RoundBuffers
        if settings.get("objective") == "cbow":
            self.prepare, buffers = cbow_kernels.preparation(self.n), ContextBuffers
        else:
            some = make_means is None and len(mine) < self.n
            self.prepare = skipgram_kernels.preparation(self.n, some)
        self.mask = np.uint64(sum(1 << a for a in mine))
        self.sets = [buffers(shape, settings["window"], self.n) for _ in range(2)]
        self.ranges = [None, None]  # of all buckets, in either set
        self.first, self.rounds = 0, []
        self.works = {}  # what is done once for all holders → number of the round, and a future
        self.thread = ThreadPoolExecutor(1)
        self.means = make_means and make_means(self, sizes)

    def put(self, name, start, values):
        """Set elements of an array, or rows of a matrix, from `start` on, before the first round."""
        array = self.counts if name == "counts" else getattr(self.means, name)
        array[(slice(start, start + len(values)), *map(slice, values.shape[1:]))] = values

    def draw(self):
        """Compute what is drawn from the counts, and compile."""
        s = self.settings
        self.draws = Draws(self.counts, s["subsample"], s["noise_exponent"], self.n)
        firsts = np.array(self.draws.first_rows, np.int32)
        self.row_in_partition = self.own_rows - firsts[self.draws.partition_of]
        self.counts, nothing = None, np.zeros(0, np.int32)
        self.read(0, [[SentPart(0, 0, 0, (0.0, 0.0), nothing, np.zeros(1, np.int32))]])
        self.prepare_round(0)

    def read(self, first, rounds):
        """Take the parts of the next rounds, of which `first` is the first; none is in work."""
        self.first, self.rounds, self.works = first, rounds, {}

    def parts(self, number):
        """Return the parts of a round; list of SentPart."""
        return self.rounds[number - self.first]

    def buffers(self, number):
        """Return the `RoundBuffers` of a round."""
        return self.sets[number % 2]

    async def once(self, number, work, *args):
        """Do a coroutine function ``(number, *args)`` once for all holders that ask for a round."""
        name = work.__name__
        if self.works.get(name, (None,))[0] != number:
            self.works[name] = number, asyncio.ensure_future(work(number, *args))
        await asyncio.shield(self.works[name][1])

    async def in_thread(self, function, *args):
        """Call a function in the thread of this text; return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *args)

    async def prepared(self, number):
        """Draw the pairs of a round, once for all holders.

        A holder may ask in the last step of the round before: by then every holder has done a job of that
        round, so that nobody needs the pairs of an earlier one.
        """
        await self.once(number, self._prepared)

    async def _prepared(self, number):
        await self.in_thread(self.prepare_round, number)

    def prepare_round(self, number):
        """Draw the pairs of a round; afterwards words are rows of their partitions."""
        buffers, parts = self.buffers(number), self.parts(number)
        for i, part in enumerate(parts):
            # Received arrays are read-only and small, and the kernel is compiled for others.
            rows = self.draws.limits, self.own_rows, self.draws.partition_of, self.mask
            text = np.array(part.ids), part.offsets.astype(np.int64), *rows
            key, window = key_after(self.keys[part.epoch][0], part.begin), self.settings["window"]
            arrays, memory = buffers.part(i)
            self.prepare(text, 0, len(part.offsets) - 1, window, key, arrays, memory)
        if self.means:
            self.means.list_words(number, buffers, len(parts))
        for i in range(len(parts)):
            pair_starts, centre_starts, centre_words, _, centres, outside = buffers.part(i)[0]
            n_words, n_pairs = centre_starts[-1], pair_starts[-1]
            outside[:n_pairs] = self.row_in_partition[outside[:n_pairs]]
            for rows in (centre_words[:n_words], centres[:n_pairs]):
                if self.settings.get("objective") == "cbow":  # of means, which all partitions have in turn
                    rows //= self.n
                else:
                    rows[:] = self.row_in_partition[rows]
        self.ranges[number % 2] = buffers.ranges(len(parts))

    def close(self):
        """End the thread."""
        self.thread.shutdown(wait=False)


def key_after(key, places):
    """Return the key of draws that begins so many places after another; uint64, which starts again at 0.

    Examples
    --------
    >>> int(key_after(np.uint64(2**64 - 1), 3))
    2
    """
    return np.uint64((int(key) + places) % 2**64)


_TEXTS, _LOCK = weakref.WeakValueDictionary(), threading.Lock()  # of this process


def text_of(worker, mine, sizes, settings, make_means=None):
    """Return the `WorkerText` of a worker in a training, made by the first holder that asks.

    Parameters
    ----------
    worker : str
        Names the training and the worker.
    mine, sizes, settings, make_means
        See `WorkerText`.

    Examples
    --------
    >>> settings = dict(window=2, n_negatives=5, seed=0, epochs=1)
    >>> sizes = {"n_vocab": 3, "partitions": 2, "most_tokens": 3}
    >>> text = text_of("training at worker", (0, 1), sizes, settings)
    >>> text_of("training at worker", (0, 1), sizes, settings) is text
    True
    """
    with _LOCK:
        text = _TEXTS.get(worker)
        if text is None:
            text = _TEXTS[worker] = WorkerText(mine, sizes, settings, make_means)
    return text
