"""What one worker holds and does in a training over workers: a partition of V and one of U."""

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import skipgram_kernels
from .matrices import aligned, padded, scratch
from .parallel_sgd import bucket_keys, bucket_updates, falling_rate
from .partition_kernels import mark_rows
from .partitions import first_rows
from .update_sizes import shared_negatives
from .worker_means import means_of
from .worker_text import text_of


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

    V and U have row j for row ``first + j`` of the whole. V stays here. In step s of a round this
    holder trains on the bucket of outside partition (a + s) mod partitions, as `parallel_sgd` does. It
    borrows the rows of U that the bucket reads from the holder of that partition, and gives them back. The
    holder of a partition of U counts the jobs done on it, and lends rows only for the next one. So the
    order, and with it every byte, is that of one machine. What does not depend on the partition is in the
    `WorkerText`, once for all holders of a worker. It is a Dask actor; its methods are coroutines, and all
    that takes time runs in a thread of its own.

    Parameters
    ----------
    a : int
    peers : list of Peer
        The holders of all partitions.
    sizes : dict
        n_vocab; partitions, most_tokens and longest_sentence of the text; rounds, the number of those done;
        for n-grams those of `worker_means.SharedNGrams`.
    settings : dict
        As for `parallel_sgd.Training`, and dim, subsample, noise_exponent; subwords, whether words have
        n-grams.

    Examples
    --------
    >>> settings = dict(dim=3, window=2, n_negatives=5, seed=0, epochs=1, subsample=0, noise_exponent=0.75)
    >>> sizes = {"n_vocab": 5, "partitions": 2, "most_tokens": 9, "longest_sentence": 9, "rounds": 0}
    >>> holder = PartitionHolder(1, peers=[], sizes=sizes, settings=settings)
    >>> holder.V.shape  # rows 3 and 4
    (2, 16)
    """

    OWN = ("V", "U", "word_rows")  # matrices of a holder, not of its worker

    def __init__(self, a, peers, sizes, settings):
        self.a, self.peers, self.settings, self.dim = a, peers, settings, settings["dim"]
        width, self.n = padded(self.dim), sizes["partitions"]
        firsts = first_rows(sizes["n_vocab"], self.n).tolist()
        self.first, self.end = firsts[a], firsts[a + 1]
        self.V, self.U = (aligned((self.end - self.first, width)) for _ in range(2))
        self.borrowed = aligned((firsts[1], width))  # of another partition of U
        self.marks = np.zeros(len(self.borrowed), np.uint8)
        self.n_shared = shared_negatives(settings["n_negatives"])
        self.steps = skipgram_kernels.bucket_steps(width, self.n_shared)
        self.work = scratch(self.n_shared, width)
        self.jobs_done = sizes["rounds"] * self.n  # on this partition of U
        self.lent, self.closed, self.changed = None, False, asyncio.Condition()
        self.loss, self.pairs, self.row_bytes = np.zeros(1), 0, 0
        self.thread = ThreadPoolExecutor(1)
        address = peers[a].address if peers else ""
        mine = tuple(p for p, peer in enumerate(peers) if peer.address == address) or (a,)
        name = peers[0].key if peers else ""  # of the training
        shared, part = means_of(settings)
        self.text = text_of(f"{name} at {address}", mine, sizes, settings, shared)
        if settings.get("subwords"):
            self.word_rows = aligned(self.V.shape)
        self.means = part and part(self, sizes)
        self.moved, self.inputs_at = (
            (None, None),
            sizes["rounds"],
        )  # round and changes of its means; state of V
        if peers:
            _HOLDERS[peers[a].key] = self

    async def in_thread(self, function, *args):
        """Call a function in the thread of this holder; return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self.thread, function, *args)

    async def put(self, name, start, values):
        """Set rows of a matrix of this holder, or of an array of the worker, before the first round."""
        if name in self.OWN:
            getattr(self, name)[start : start + len(values), : self.dim] = values
        else:
            self.text.put(name, start, values)

    async def get(self, name, start, stop):
        """Return rows of a matrix of this holder, or of the n-grams, (stop − start, dim) float32."""
        matrix = getattr(self if name in self.OWN else self.text.means, name)
        return matrix[start:stop, : self.dim].copy()

    async def draw(self):
        """Compute what the worker draws from the counts, before the first round."""
        await self.text.in_thread(self.text.draw)

    async def ready(self):
        """Compile, before the first round; every worker has drawn."""
        await self.in_thread(self._train, 0, self.a)

    async def read(self, first, rounds):
        """Give the worker the parts of the next rounds (lists of SentPart); `first` is the first one."""
        self.text.read(first, rounds)

    async def advance(self, first, n_rounds, loss):
        """Do rounds, which the worker has read, one after another.

        Parameters
        ----------
        first : int
            Number of the first one.
        n_rounds : int
        loss : float
            Sum of the losses of this epoch's pairs before.

        Returns
        -------
        (float, int, int)
            Sum of the losses afterwards; pairs met; bytes of rows, and their numbers, that came or went.
        """
        self.loss[0], self.pairs, self.row_bytes = loss, 0, 0
        needed = await self._prepared(first)
        for number in range(first, first + n_rounds):
            is_last, ahead = number == first + n_rounds - 1, None  # the windows of the next round
            if self.means:
                await self.means.begin(number)
            for step in range(self.n):
                b, turn = (self.a + step) % self.n, number * self.n + step
                if b == self.a:
                    await self._turn(turn)
                    await self.in_thread(self._train, number, b)
                    await self._done()
                    continue
                values = await self.peers[b].call("lend", turn, needed[b])
                values = await self.in_thread(self._train_away, number, b, needed[b], values)
                if step == self.n - 1 and not is_last:  # while rows travel
                    ahead = asyncio.ensure_future(self._prepared(number + 1))
                if self.peers[b].is_remote:
                    self.row_bytes += needed[b].nbytes + 2 * values.nbytes
                await self.peers[b].call("give_back", values)
            if self.n == 1 and not is_last:
                ahead = asyncio.ensure_future(self._prepared(number + 1))
            if self.means:
                await self._move(number)
            needed = await ahead if ahead else None
        await self._turn((first + n_rounds) * self.n)  # all rows are back
        return float(self.loss[0]), self.pairs, self.row_bytes

    async def _prepared(self, number):
        """Wait for the pairs of a round; return the rows that each other partition of U must lend."""
        await self.text.prepared(number)
        return await self.in_thread(self._needed, number)

    async def _move(self, number):
        """Give what the means have moved in a round to the others, and apply what all have."""
        moved = await self.in_thread(self.means.moves, number)
        async with self.changed:
            self.moved = number, moved
            self.changed.notify_all()
        await self.means.end(number)
        async with self.changed:
            self.inputs_at = number + 1
            self.changed.notify_all()

    async def moves(self, number):
        """Return what the means of this partition have moved in a round, when they have."""
        await self._until(lambda: self.moved[0] == number)
        return self.moved[1]

    async def lend_inputs(self, number, rows):
        """Return rows of V as they are before a round."""
        await self._until(lambda: self.inputs_at == number)
        return self.V[np.array(rows), : self.dim]

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
        self.text.close()

    async def _turn(self, turn):
        await self._until(lambda: self.jobs_done == turn)

    async def _until(self, condition):
        async with self.changed:
            await self.changed.wait_for(lambda: self.closed or condition())
        if self.closed:
            raise HolderLostError("closed")

    async def _done(self):
        async with self.changed:
            self.jobs_done += 1
            self.changed.notify_all()

    def _needed(self, number):
        return {b: self._rows_read(number, b) for b in range(self.n) if b != self.a}

    def _rows_read(self, number, b):
        text = self.text
        if text.draws.tables[b][1].size == 0:  # fewer words than partitions
            return np.zeros(0, np.int32)
        (_, _, sizes), keys = self._updates(number, b)
        outside, noise = text.buffers(number).arrays[-1], (*text.draws.tables[b], 0)
        for i, (first, last, *pairs) in enumerate(text.ranges[number % 2][self.a, b].tolist()):
            n_blocks = max(1, -(-(last - first) // int(sizes[i, 0])))
            n_drawn = n_blocks * int(sizes[i, 1]) * self.n_shared
            mark_rows(outside[i], *pairs, keys[i], n_drawn, noise, self.marks)
        rows = np.flatnonzero(self.marks).astype(np.int32)
        self.marks[rows] = 0
        return rows

    def _updates(self, number, b):
        """Return the updates and keys of the bucket of outside partition b, as `parallel_sgd.Round` does."""
        parts, text = self.text.parts(number), self.text
        ends = [[falling_rate(self.settings, p.epoch + part) for part in p.fractions] for p in parts]
        rates, numbers = np.array(ends, np.float32), np.array([p.number for p in parts])
        shares = text.buffers(number).shares[: len(parts)]
        crowds = bool(text.means) and text.means.has_crowds(number)
        weights, sizes = bucket_updates(text.draws, self.settings, rates, self.a, b, shares, crowds)
        keys = bucket_keys(text.keys[parts[0].epoch], numbers, self.a, b, self.n)
        return (weights, rates, sizes), keys

    def _train(self, number, b):
        text = self.text
        if text.draws.tables[b][1].size == 0:  # fewer words than partitions
            return
        U, ranges = self.U if b == self.a else self.borrowed, text.ranges[number % 2][self.a, b]
        (updates, keys), noise = self._updates(number, b), (*text.draws.tables[b], 0)
        matrices = self.means.centre_rows if self.means else self.V[None], U
        self.steps(matrices, text.buffers(number).arrays, ranges, noise, updates, keys, self.work, self.loss)
        self.pairs += int((ranges[:, 3] - ranges[:, 2]).sum())

    def _train_away(self, number, b, rows, values):
        """Train on rows of another partition of U; return their new values."""
        self.borrowed[rows, : self.dim] = values
        self._train(number, b)
        return self.borrowed[rows, : self.dim]
