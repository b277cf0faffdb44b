"""In which order jobs may be done, and the threads that do them."""

import heapq
import threading
from concurrent.futures import ThreadPoolExecutor

from ..utils.memory import FOR_THREADS, require_memory


class JobGraph:
    """Jobs, each with a priority, and which of them wait for which.

    Examples
    --------
    >>> graph = JobGraph()
    >>> wash = graph.add("wash", priority=1)
    >>> dry = graph.add("dry", priority=0, after=[wash])
    >>> graph.take(), graph.take()  # the second waits for the first
    (0, None)
    >>> graph.done(wash), graph.take(), graph.what[dry]
    (1, 1, 'dry')
    """

    def __init__(self):
        self.what, self.left = [], 0
        self._waits_for, self._followers, self._priorities, self._ready = [], [], [], []

    def add(self, what, priority, after=()):
        """Add a job that can begin when those of `after` are done; return its number.

        Of the jobs that can begin, that of the lowest priority (a number or a tuple) does, and of equal
        ones the one added first.
        """
        number = len(self.what)
        self.what.append(what)
        self._followers.append([])
        self._priorities.append(priority)
        self._waits_for.append(len(after))
        for other in after:
            self._followers[other].append(number)
        if not after:
            heapq.heappush(self._ready, (priority, number))
        self.left += 1
        return number

    def take(self):
        """Return the number of the next job that can begin, or None."""
        return heapq.heappop(self._ready)[1] if self._ready else None

    def done(self, number):
        """Note that a job is done; return how many others can begin now."""
        self.left, n_ready = self.left - 1, 0
        for other in self._followers[number]:
            self._waits_for[other] -= 1
            if self._waits_for[other] == 0:
                heapq.heappush(self._ready, (self._priorities[other], other))
                n_ready += 1
        return n_ready


class Crew:
    """Threads that do the jobs of graphs; each job is (function, arguments …). A context manager.

    Parameters
    ----------
    threads : int
        With one, the jobs are done in the thread that calls.

    Examples
    --------
    >>> graph, seen = JobGraph(), []
    >>> _ = graph.add((seen.append, "second"), priority=1), graph.add((seen.append, "first"), priority=0)
    >>> with Crew(threads=1) as crew:
    ...     crew.run(graph)
    >>> seen
    ['first', 'second']
    """

    def __init__(self, threads):
        self.threads, self._pool = threads, None

    def __enter__(self):
        if self.threads > 1:
            require_memory(FOR_THREADS)
            self._pool = ThreadPoolExecutor(self.threads)
        return self

    def __exit__(self, *error):
        if self._pool:
            self._pool.shutdown()

    def run(self, graph):
        """Do all jobs; if one fails, begin no other, and raise its error."""
        if self._pool is None:
            while (number := graph.take()) is not None:
                function, *args = graph.what[number]
                function(*args)
                graph.done(number)
            return
        changed, failed = threading.Condition(), threading.Event()
        threads = [
            self._pool.submit(_work, graph, changed, failed)
            for _ in range(min(self.threads, len(graph.what)))
        ]
        for thread in threads:
            thread.result()


def _work(graph, changed, failed):
    """Do jobs until none is left."""
    while True:
        with changed:
            while failed.is_set() or (number := graph.take()) is None:
                if graph.left == 0 or failed.is_set():
                    return
                changed.wait()
        function, *args = graph.what[number]
        try:
            function(*args)
        except BaseException:
            failed.set()
            with changed:
                changed.notify_all()
            raise
        with changed:
            n_ready = graph.done(number)
            if graph.left == 0:
                changed.notify_all()
            elif n_ready > 1:
                changed.notify(n_ready - 1)


def simulated_seconds(graph, seconds, threads):
    """Return how long the jobs of a graph take on a number of threads, if each takes `seconds`; float.

    Parameters
    ----------
    graph : JobGraph
        Emptied.
    seconds : list of float
        Of each job.
    threads : int

    Examples
    --------
    >>> graph = JobGraph()
    >>> first = graph.add("a", 0), graph.add("b", 0)
    >>> _ = graph.add("c", 1, after=first)
    >>> simulated_seconds(graph, [2.0, 3.0, 1.0], threads=2)
    4.0
    """
    now, running = 0.0, []
    while graph.left:
        while len(running) < threads and (number := graph.take()) is not None:
            heapq.heappush(running, (now + seconds[number], number))
        now, number = heapq.heappop(running)
        graph.done(number)
    return now
