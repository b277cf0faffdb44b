"""What one worker holds and does in a training over workers: a partition of V and one of U."""

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from . import skipgram_kernels
from .matrices import aligned, padded, scratch
from .parallel_sgd import bucket_keys, bucket_updates, epoch_keys, falling_rate, key_after
from .partition_kernels import mark_rows
from .text_parts import Draws, RoundBuffers
from .update_sizes import shared_negatives


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


class HolderLostError(Exception):
    """A holder was closed, or the worker of another one cannot be reached.

    Examples
    --------
    >>> issubclass(HolderLostError, Exception)
    True
    """


@dataclass
class Peer:
    """The holder of another partition, on this worker or on another one.

    Examples
    --------
    >>> Peer("tcp://127.0.0.1:1", "w2v-partition-1").is_remote  # outside a worker
    True
    """

    address: str
    key: str

    @property
    def is_remote(self):
        """Whether the holder is in another process."""
        return self.key not in _HOLDERS

    async def call(self, function, *args):
        """Call a coroutine of the holder.

        Raises
        ------
        HolderLostError
            If its worker cannot be reached.
        """
        if not self.is_remote:
            return await getattr(_HOLDERS[self.key], function)(*args)
        from distributed import get_worker
        from distributed.protocol import to_serialize

        try:
            worker = get_worker().rpc(self.address)
            answer = await worker.actor_execute(
                function=function, actor=self.key, args=[to_serialize(arg) for arg in args], kwargs={}
            )
        except OSError as error:
            raise HolderLostError(str(error)) from error
        if answer["status"] != "OK":
            raise answer["exception"]
        return answer["result"]


_HOLDERS = weakref.WeakValueDictionary()  # of this process, by key


class PartitionHolder:
    """Partition `a` of V and of U, with the jobs whose centre words are of partition `a`.

    V and U have row j for row ``j · partitions + a`` of the whole. V stays here. In step s of a round this
    holder trains on the bucket of outside partition (a + s) mod partitions, as `parallel_sgd` does. It
    borrows the rows of U that the bucket reads from the holder of that partition, and gives them back. The
    holder of a partition of U counts the jobs done on it, and lends rows only for the next one. So the
    order, and with it every byte, is that of one machine. It is a Dask actor; its methods are coroutines,
    and all that takes time runs in a thread of its own.

    Parameters
    ----------
    a : int
    peers : list of Peer
        The holders of all partitions.
    sizes : dict
        n_vocab; partitions and most_tokens of the text; rounds, the number of those done.
    settings : dict
        As for `parallel_sgd.Training`, and dim, subsample, noise_exponent.

    Examples
    --------
    >>> settings = dict(dim=3, window=2, n_negatives=5, seed=0, epochs=1, subsample=0, noise_exponent=0.75)
    >>> sizes = {"n_vocab": 5, "partitions": 2, "most_tokens": 9, "rounds": 0}
    >>> holder = PartitionHolder(1, peers=[], sizes=sizes, settings=settings)
    >>> holder.V.shape  # rows 1 and 3
    (2, 16)
    """

    def __init__(self, a, peers, sizes, settings):
        self.a, self.peers, self.settings, self.dim = a, peers, settings, settings["dim"]
        n_vocab, width, self.n = sizes["n_vocab"], padded(self.dim), sizes["partitions"]
        n_rows = rows_of(a, n_vocab, self.n)
        self.V, self.U = aligned((n_rows, width)), aligned((n_rows, width))
        self.borrowed = aligned((rows_of(0, n_vocab, self.n), width))  # of another partition of U
        self.marks = np.zeros(len(self.borrowed), np.uint8)
        self.n_shared, self.keys = shared_negatives(settings["n_negatives"]), epoch_keys(settings)
        self.steps = skipgram_kernels.bucket_steps(width, self.n_shared)
        self.prepare = skipgram_kernels.preparation(self.n, a)
        self.work = scratch(self.n_shared, width)
        text = SimpleNamespace(most_tokens=sizes["most_tokens"], partitions=self.n)
        self.sets = [RoundBuffers(text, settings["window"], self.n) for _ in range(2)]
        self.ranges = [None, None]  # of the buckets of partition a, in either set
        self.own_rows = np.arange(n_vocab, dtype=np.int32)  # what is sent are rows, not ids
        self.draws, self.counts = None, np.zeros(n_vocab, np.int64)
        self.jobs_done = sizes["rounds"] * self.n  # on this partition of U
        self.lent, self.closed, self.changed = None, False, asyncio.Condition()
        self.loss, self.pairs, self.row_bytes = np.zeros(1), 0, 0
        self.thread = ThreadPoolExecutor(1)
        if peers:
            _HOLDERS[peers[a].key] = self

    async def _in_thread(self, function, *args):
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *args)

    async def put(self, name, start, values):
        """Set elements of the counts, or rows of V or U, from `start` on, before the first round."""
        array = getattr(self, name)
        if name == "counts":
            array[start : start + len(values)] = values
        else:
            array[start : start + len(values), : self.dim] = values

    async def get(self, name, start, stop):
        """Return rows of V or U, (stop − start, dim) float32."""
        return getattr(self, name)[start:stop, : self.dim].copy()

    async def ready(self):
        """Compute what is drawn from the counts, and compile, before the first round."""
        await self._in_thread(self._ready)

    def _ready(self):
        s = self.settings
        self.draws = Draws(self.counts, s["subsample"], s["noise_exponent"], self.n)
        self.counts = None
        nothing = np.zeros(0, np.int32)
        empty = SentPart(0, 0, 0, (0.0, 0.0), nothing, np.zeros(1, np.int32))
        self._prepare(0, [empty])
        self._train(0, [empty], self.a)

    async def advance(self, first, rounds, loss):
        """Do rounds one after another.

        Parameters
        ----------
        first : int
            Number of the first one.
        rounds : list of list of SentPart
            The parts of each round.
        loss : float
            Sum of the losses of this epoch's pairs before.

        Returns
        -------
        (float, int, int)
            Sum of the losses afterwards; pairs met; bytes of rows, and their numbers, that came or went.
        """
        self.loss[0], self.pairs, self.row_bytes = loss, 0, 0
        needed = await self._in_thread(self._prepare, first, rounds[0])
        for i, parts in enumerate(rounds):
            number, ahead = first + i, None  # the windows of the next round
            for step in range(self.n):
                b, turn = (self.a + step) % self.n, number * self.n + step
                if b == self.a:
                    await self._turn(turn)
                    await self._in_thread(self._train, number, parts, b)
                    await self._done()
                    continue
                values = await self.peers[b].call("lend", turn, needed[b])
                values = await self._in_thread(self._train_away, number, parts, b, needed[b], values)
                if step == self.n - 1 and i + 1 < len(rounds):  # while rows travel
                    ahead = asyncio.ensure_future(self._in_thread(self._prepare, number + 1, rounds[i + 1]))
                if self.peers[b].is_remote:
                    self.row_bytes += needed[b].nbytes + 2 * values.nbytes
                await self.peers[b].call("give_back", values)
            if self.n == 1 and i + 1 < len(rounds):
                ahead = self._in_thread(self._prepare, number + 1, rounds[i + 1])
            needed = await ahead if ahead else None
        await self._turn((first + len(rounds)) * self.n)  # all rows are back
        return float(self.loss[0]), self.pairs, self.row_bytes

    async def lend(self, turn, rows):
        """Return rows of U when `turn` jobs have been done on it."""
        await self._turn(turn)
        self.lent = np.array(rows)
        return self.U[self.lent, : self.dim]

    async def give_back(self, values):
        """Take the rows back that were lent last."""
        self.U[self.lent, : self.dim] = values
        await self._done()

    async def close(self):
        """End what waits for another holder."""
        async with self.changed:
            self.closed = True
            self.changed.notify_all()
        self.thread.shutdown(wait=False)

    async def _turn(self, turn):
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or self.jobs_done == turn)
        if self.closed:
            raise HolderLostError("closed")

    async def _done(self):
        async with self.changed:
            self.jobs_done += 1
            self.changed.notify_all()

    def _prepare(self, number, parts):
        """Draw the pairs of a round; return the rows that each other partition of U must lend."""
        buffers = self.sets[number % 2]
        for i, part in enumerate(parts):
            # Received arrays are read-only, and the kernel is compiled for others.
            text = np.array(part.ids), np.array(part.offsets), self.draws.limits, self.own_rows
            key, window = key_after(self.keys[part.epoch][0], part.begin), self.settings["window"]
            arrays, memory = buffers.part(i)
            self.prepare(text, 0, len(part.offsets) - 1, window, key, arrays, memory)
            pair_starts, centre_starts, centre_words, _, centres, outside = arrays
            n_words, n_pairs = centre_starts[-1], pair_starts[-1]
            for rows in (centre_words[:n_words], centres[:n_pairs], outside[:n_pairs]):
                rows //= self.n  # rows of the partitions
        self.ranges[number % 2] = buffers.ranges(len(parts))[self.a]
        return {b: self._rows_read(number, parts, b) for b in range(self.n) if b != self.a}

    def _rows_read(self, number, parts, b):
        if self.draws.tables[b][1].size == 0:  # fewer words than partitions
            return np.zeros(0, np.int32)
        (_, _, sizes), keys = self._updates(parts, b)
        outside, noise = self.sets[number % 2].arrays[-1], (*self.draws.tables[b], 1, 0)
        for i, (first, last, *pairs) in enumerate(self.ranges[number % 2][b].tolist()):
            n_blocks = max(1, -(-(last - first) // int(sizes[i, 0])))
            n_drawn = n_blocks * int(sizes[i, 1]) * self.n_shared
            mark_rows(outside[i], *pairs, keys[i], n_drawn, noise, self.marks)
        rows = np.flatnonzero(self.marks).astype(np.int32)
        self.marks[rows] = 0
        return rows

    def _updates(self, parts, b):
        """Return the updates and keys of the bucket of outside partition b, as `parallel_sgd.Round` does."""
        ends = [[falling_rate(self.settings, p.epoch + part) for part in p.fractions] for p in parts]
        rates, numbers = np.array(ends, np.float32), np.array([p.number for p in parts])
        weights, sizes = bucket_updates(self.draws, self.settings, rates, self.a, b)
        keys = bucket_keys(self.keys[parts[0].epoch], numbers, self.a, b, self.n)
        return (weights, rates, sizes), keys

    def _train(self, number, parts, b):
        if self.draws.tables[b][1].size == 0:  # fewer words than partitions
            return
        U, ranges = self.U if b == self.a else self.borrowed, self.ranges[number % 2][b]
        (updates, keys), noise = self._updates(parts, b), (*self.draws.tables[b], 1, 0)
        matrices, arrays = (self.V[None], U), self.sets[number % 2].arrays
        self.steps(matrices, arrays, ranges, noise, updates, keys, self.work, self.loss)
        self.pairs += int((ranges[:, 3] - ranges[:, 2]).sum())

    def _train_away(self, number, parts, b, rows, values):
        """Train on rows of another partition of U; return their new values."""
        self.borrowed[rows, : self.dim] = values
        self._train(number, parts, b)
        return self.borrowed[rows, : self.dim]


def rows_of(a, n_vocab, partitions):
    """Return the number of rows of partition `a`; int.

    Examples
    --------
    >>> [rows_of(a, n_vocab=5, partitions=2) for a in (0, 1)]
    [3, 2]
    """
    return len(range(a, n_vocab, partitions))
