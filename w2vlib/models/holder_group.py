"""The holders of all partitions, as the process that trains calls them through a Dask client."""

import time
import uuid

from ..utils.errors import W2VError
from .partition_holder import HolderLostError, PartitionHolder, Peer

_POLL = 1.0  # seconds between looks whether the workers are alive
_WAIT_FOR_ANY, _WAIT_FOR_ALL = 60.0, 15.0  # seconds


class HolderGroup:
    """Holders of the partitions, on different workers if there are as many.

    Parameters
    ----------
    client : distributed.Client
    wanted : int
        Workers to wait for, for a short time; one is enough.

    Attributes
    ----------
    interrupted : bool
        Whether a KeyboardInterrupt came during a call, which was completed.

    Examples
    --------
    >>> HolderGroup(client=None, wanted=2).interrupted
    False
    """

    def __init__(self, client, wanted):
        self.client, self.wanted = client, wanted
        self.addresses, self.futures, self.holders = [], [], []
        self.interrupted = False

    def start(self, sizes, settings):
        """Make a holder of each partition; return the number of workers.

        Parameters
        ----------
        sizes, settings : dict
            See `PartitionHolder`.

        Raises
        ------
        HolderLostError
            If a worker is lost.
        W2VError
            If the cluster has no worker.
        """
        n = sizes["partitions"]
        workers = self._find_workers(n)
        self.addresses = [workers[a % len(workers)] for a in range(n)]
        name = f"w2v-partition-{uuid.uuid4().hex}"
        peers = [Peer(address, f"{name}-{a}") for a, address in enumerate(self.addresses)]
        for a, peer in enumerate(peers):
            future = self.client.submit(
                PartitionHolder, a, peers, sizes, settings, key=peer.key, actor=True, workers=[peer.address]
            )
            self.futures.append(future)
        self.holders = [self._result(future) for future in self.futures]
        return len(set(self.addresses))

    @property
    def leaders(self):
        """The first holder of each worker, which the others share the text with."""
        return [h for a, h in enumerate(self.holders) if self.addresses.index(self.addresses[a]) == a]

    def call_leaders(self, name, *arguments):
        """Call a coroutine of one holder of each worker, all with the same arguments; as `call`."""
        leaders = self.leaders
        return self.call(name, [arguments] * len(leaders), leaders)

    def call(self, name, arguments=None, holders=None):
        """Call a coroutine of each holder at the same time; return the list of results.

        Parameters
        ----------
        name : str
        arguments : list of tuple, optional
            Of each holder; none by default.
        holders : list, optional
            Some of the holders.

        Raises
        ------
        HolderLostError
            If a worker is lost.
        """
        calls, holders = [], self.holders if holders is None else holders
        for holder, of_holder in zip(holders, arguments or [()] * len(holders), strict=True):
            try:
                calls.append(getattr(holder, name)(*of_holder))
            except RuntimeError as error:  # Dask's word for an actor that is gone
                raise HolderLostError(str(error)) from error
        try:
            return [self._result(call) for call in calls]
        except KeyboardInterrupt:
            self.interrupted = True
            return [self._result(call) for call in calls]

    def close(self):
        """Remove the holders from their workers."""
        alive = self._alive()
        for address, holder in zip(self.addresses, self.holders, strict=False):
            if address in alive:
                try:
                    holder.close().result(timeout=_POLL)
                except (OSError, RuntimeError, KeyError):  # it is gone
                    pass
        for future in self.futures:
            future.release()
        self.futures, self.holders = [], []

    def _alive(self):
        """Addresses of the workers."""
        try:
            return set(self.client.nthreads())
        except (OSError, RuntimeError, AttributeError) as error:
            raise W2VError(
                f"The Dask scheduler was lost ({type(error).__name__}): with checkpoint_dir the same call "
                "goes on from the last checkpoint."
            ) from error

    def _find_workers(self, most):
        begin = time.monotonic()
        while True:
            workers, waited = sorted(self._alive()), time.monotonic() - begin
            if len(workers) >= self.wanted or (workers and waited > _WAIT_FOR_ALL):
                return workers[:most]
            if waited > _WAIT_FOR_ANY:
                raise W2VError(
                    f"The Dask scheduler has had no worker for {_WAIT_FOR_ANY:.0f} seconds: start workers, "
                    "and then the same command again."
                )
            time.sleep(0.1)

    def _result(self, future):
        """Wait for a future, as long as the workers are alive."""
        while True:
            done = future.done()
            try:
                return future.result(timeout=_POLL)
            except TimeoutError as error:
                lost = set(self.addresses) - self._alive()
                if done or lost:
                    raise HolderLostError(", ".join(sorted(lost)) or str(error)) from error
            except (OSError, KeyError) as error:
                raise HolderLostError(str(error)) from error
