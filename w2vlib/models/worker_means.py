"""Centre words that are means of rows, in a training over workers: contexts of CBOW, and n-grams.

The rows of a mean are of all partitions, and every change of a mean goes to all of its rows. So the holders
exchange these changes after each round, as float32 differences, and each adds them to its own rows in the
order of one machine. For each objective one class has what the holders of a worker have in common, and one
is the part of a holder.
"""

import asyncio
from itertools import pairwise

import numpy as np

from . import partition_kernels, subword_kernels
from .matrices import aligned, padded
from .subword_means import RoundWords


class SharedContexts:
    """The input vectors of a round's context words on a worker, and the changes of all means.

    Parameters
    ----------
    text : WorkerText
    sizes : dict
        See `partition_holder.PartitionHolder`.
    """

    def __init__(self, text, sizes):
        self.text, self.dim = text, text.settings["dim"]
        self.place = np.zeros(sizes["n_vocab"], np.int32)  # of a word in `near`
        self.near, self.moves = None, []

    def list_words(self, number, buffers, n_parts):
        """Do nothing: contexts are in the buffers."""

    def has_crowds(self, number):
        """Return False: no n-grams are shared."""
        return False

    def contexts(self, number, i):
        """Return begins, context words and number of the means of a part of a round."""
        buffers = self.text.buffers(number)
        return buffers.context_starts[i], buffers.contexts[i], buffers.n_rows(i)

    async def gather(self, number, holder):
        """Borrow the input vectors of all context words of the round."""
        words = await self.text.in_thread(self._words, number)
        ends = pairwise(np.searchsorted(words, self.text.draws.first_rows).tolist())
        of_partitions = [slice(*some) for some in ends]
        calls = [
            peer.call("lend_inputs", number, self.text.row_in_partition[words[some]])
            for peer, some in zip(holder.peers, of_partitions, strict=True)
        ]
        answers = await asyncio.gather(*calls)
        near = aligned((max(len(words), 1), padded(self.dim)))
        for p, values in enumerate(answers):
            near[of_partitions[p], : self.dim] = values
            if holder.peers[p].is_remote:
                holder.row_bytes += values.nbytes + 4 * len(values)
        self.place[words], self.near = np.arange(len(words), dtype=np.int32), near

    def _words(self, number):
        marks = np.zeros(len(self.place), bool)
        for i in range(len(self.text.parts(number))):
            starts, contexts, n_rows = self.contexts(number, i)
            marks[contexts[: starts[n_rows]]] = True
        return np.flatnonzero(marks).astype(np.int32)

    async def collect(self, number, holder):
        """Fetch the changes of the means of all holders."""
        answers = await asyncio.gather(*(peer.call("moves", number) for peer in holder.peers))
        holder.row_bytes += sum(
            values.nbytes for peer, values in zip(holder.peers, answers, strict=True) if peer.is_remote
        )
        self.moves, done = [], [0] * self.text.n
        for i in range(len(self.text.parts(number))):
            n_rows = self.contexts(number, i)[2]
            moves = np.empty((n_rows, self.dim), np.float32)
            for p, values in enumerate(answers):
                n = len(moves[p :: self.text.n])
                moves[p :: self.text.n] = values[done[p] : done[p] + n]
                done[p] += n
            self.moves.append(moves)


class ContextPart:
    """The means of partition `a`: those of the rows r with r mod partitions = a.

    Parameters
    ----------
    holder : PartitionHolder
    sizes : dict
    """

    def __init__(self, holder, sizes):
        self.holder, self.shared = holder, holder.text.means
        room = -(-sizes["most_tokens"] // holder.n)
        self.rows, self.before = (aligned((holder.n, room, padded(holder.dim))) for _ in range(2))

    @property
    def centre_rows(self):
        """Rows of the centre words, for each part; (n_parts, room, width)."""
        return self.rows

    async def begin(self, number):
        """Compute the means of a round."""
        await self.holder.text.once(number, self.shared.gather, self.holder)
        await self.holder.in_thread(self._compose, number)

    def _compose(self, number):
        shared, holder = self.shared, self.holder
        for i in range(len(holder.text.parts(number))):
            partition_kernels.compose_contexts(
                (shared.near, shared.place), self.rows[i], self.before[i],
                *shared.contexts(number, i), holder.a, holder.n,
            )  # fmt: skip

    def moves(self, number):
        """Return what the means have moved, part by part; (n, dim) float32."""
        found = []
        for i in range(len(self.holder.text.parts(number))):
            n = len(range(self.holder.a, self.shared.contexts(number, i)[2], self.holder.n))
            found.append((self.rows[i, :n] - self.before[i, :n])[:, : self.holder.dim])
        return np.concatenate(found)

    async def end(self, number):
        """Move the context words of partition `a` by the changes of all means."""
        await self.holder.text.once(number, self.shared.collect, self.holder)
        await self.holder.in_thread(self._distribute, number)

    def _distribute(self, number):
        V, rows = self.holder.V, (self.holder.first, self.holder.end)
        for i, moves in enumerate(self.shared.moves):
            partition_kernels.distribute_contexts(V, moves, *self.shared.contexts(number, i), *rows)


class SharedNGrams:
    """The vectors of all n-grams, which each worker has: they take the changes of all words.

    Parameters
    ----------
    text : WorkerText
    sizes : dict
        Also n_ngrams and n_members: rows of the n-grams, and n-grams of all words together.
    """

    def __init__(self, text, sizes):
        self.text, self.dim = text, text.settings["dim"]
        self.ngram_rows = aligned((sizes["n_ngrams"], padded(self.dim)))
        self.offsets = np.zeros(sizes["n_vocab"] + 1, np.int64)
        self.members = np.zeros(sizes["n_members"], np.int32)
        self.round_words = RoundWords(self.offsets, self.members, sizes["n_ngrams"], text.settings)
        self.words, self.factors = [None, None], [None, None]

    def list_words(self, number, buffers, n_parts):
        """List the centre words of a round, each once, as `SubwordMeans.gather` does."""
        self.round_words.look(number, buffers, n_parts, job=0, jobs=1)
        self.words[number % 2], self.factors[number % 2] = self.round_words.list(number, buffers, n_parts)

    def has_crowds(self, number):
        """Tell whether words crowd in a round, as `SubwordMeans.has_crowds` does."""
        return bool((self.factors[number % 2] < 1).any())

    async def collect(self, number, holder):
        """Fetch what the rows of the words move, and change the n-grams."""
        answers = await asyncio.gather(*(peer.call("moves", number) for peer in holder.peers))
        words = self.words[number % 2]
        moves = np.zeros((len(words), padded(self.dim)), np.float32)
        for p, values in enumerate(answers):
            moves[self.text.draws.partition_of[words] == p, : self.dim] = values
            if holder.peers[p].is_remote:
                holder.row_bytes += values.nbytes
        arrays = moves, self.ngram_rows, self.offsets, self.members, words
        await self.text.in_thread(partition_kernels.add_to_ngrams, *arrays)


class NGramPart:
    """The words of partition `a`, whose vectors are means of their own rows and those of their n-grams.

    Parameters
    ----------
    holder : PartitionHolder
    sizes : dict
    """

    def __init__(self, holder, sizes):
        self.holder, self.shared = holder, holder.text.means
        self.before = aligned(holder.V.shape)
        self.offsets = self.members = None

    @property
    def centre_rows(self):
        """Rows of the centre words, the same for all parts; (1, n_rows, width)."""
        return self.holder.V[None]

    def _words(self, number):
        """Rows of partition `a` of the words listed."""
        return self._mine(number, self.shared.words) - self.holder.first

    def _mine(self, number, lists):
        """Select from a list of the words of a round, or beside it, what is of partition `a`."""
        partitions = self.holder.text.draws.partition_of[self.shared.words[number % 2]]
        return lists[number % 2][partitions == self.holder.a]

    async def begin(self, number):
        """Compute the vectors of the words of a round."""
        await self.holder.in_thread(self._compose, number)

    def _compose(self, number):
        holder = self.holder
        if self.members is None:
            self._select()
        rows = holder.V, self.before, holder.word_rows, self.shared.ngram_rows
        subword_kernels.compose(*rows, self.offsets, self.members, self._words(number), 0, 1)

    def _select(self):
        """Select the n-grams of the words of partition `a`."""
        offsets = self.shared.offsets[self.holder.first : self.holder.end + 1]
        begins, ends = offsets[:-1], offsets[1:]
        self.offsets = np.concatenate([[0], np.cumsum(ends - begins)])
        places = np.arange(self.offsets[-1]) + np.repeat(begins - self.offsets[:-1], ends - begins)
        self.members = self.shared.members[places]

    def moves(self, number):
        """Return what the rows of the words move; (n, dim) float32."""
        words, factors = self._words(number), self._mine(number, self.shared.factors)
        return factors[:, None] * (self.holder.V[words] - self.before[words])[:, : self.holder.dim]

    async def end(self, number):
        """Change the own rows of the words, and the n-grams of the worker."""
        self.holder.word_rows[self._words(number), : self.holder.dim] += self.holder.moved[1]
        await self.holder.text.once(number, self.shared.collect, self.holder)


def means_of(settings):
    """Return the classes for a worker and for a holder; (None, None) where centre words are no means.

    Examples
    --------
    >>> means_of({"objective": "cbow", "subwords": False})[1].__name__
    'ContextPart'
    >>> means_of({"objective": "skip-gram", "subwords": False})
    (None, None)
    """
    if settings.get("objective") == "cbow":
        return SharedContexts, ContextPart
    return (SharedNGrams, NGramPart) if settings.get("subwords") else (None, None)
