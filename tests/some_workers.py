"""A Dask client that uses only some of the workers of its cluster, so that one cluster serves many tests."""


class SomeWorkers:
    """A client that knows only so many of the workers."""

    def __init__(self, client, n):
        self.scatter, self.client, self.n = client.scatter, client, n

    def nthreads(self):
        return dict(sorted(self.client.nthreads().items())[: self.n])

    def submit(self, *args, **kwargs):
        return self.client.submit(*args, **{"workers": list(self.nthreads()), **kwargs})
