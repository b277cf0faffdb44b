import functools
import os
import signal
import sys
import threading
import time

import pytest

from w2vlib import W2VError, __main__
from w2vlib.cluster import clients
from w2vlib.utils import threads


@pytest.fixture
def three_threads(monkeypatch):
    """No more can be started, as with a limit of processes (from which root is free)."""
    real, left = threading.Thread.start, iter(range(3))

    def start(self):
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        real(self)

    monkeypatch.setattr(threading.Thread, "start", start)


def test_threads_are_refused_that_cannot_be_started(three_threads):
    before = threading.active_count()
    with pytest.raises(W2VError, match=r"A report needs up to 4 threads .* only 3 more .*ulimit -u"):
        threads.require_threads("A report", 4)
    assert threading.active_count() == before


def test_nothing_is_started_where_the_address_space_is_limited(three_threads, monkeypatch):
    monkeypatch.setattr(threads.resource, "getrlimit", lambda kind: (2**30, 2**30))
    threads.require_threads("A report", 4)


def test_enough_threads_leave_nothing_behind():
    before, size = threading.active_count(), threading.stack_size()
    threads.require_threads("A report", 50)
    assert (threading.active_count(), threading.stack_size()) == (before, size)


def test_a_command_says_that_threads_are_too_few(three_threads, capsys):
    """Before NumPy is imported, whose OpenBLAS interrupts a process without threads."""
    with pytest.raises(SystemExit) as end:
        __main__._check_surroundings()
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("w2v: The command needs up to")


def test_workers_are_refused_before_any_is_started(three_threads):
    with pytest.raises(W2VError, match="A cluster of workers needs up to 48 threads"), clients.open_client(2):
        pass


def test_an_interruption_is_ignored_in_the_block_only():
    handler = signal.getsignal(signal.SIGINT)
    with threads.uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == handler
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    thread = threading.Thread(target=lambda: threads.uninterrupted().__enter__())  # which cannot hear it
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) == handler


@pytest.mark.parametrize("while_workers_start", [False, True])
def test_a_second_interruption_does_not_stop_the_end_of_the_workers(monkeypatch, while_workers_start):
    ended = []

    class Ends:
        def __init__(self, *args):
            pass

        def wait_for_workers(self, number, timeout):
            if while_workers_start:
                raise KeyboardInterrupt("the first")

        def __enter__(self):
            return self

        def __exit__(self, *error):
            os.kill(os.getpid(), signal.SIGINT)
            ended.append(self)

    monkeypatch.setattr(clients, "_local_cluster", Ends)
    monkeypatch.setattr(clients.import_distributed(), "Client", Ends)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt, match="the first"), clients.open_client(2):
        raise KeyboardInterrupt("the first")
    assert len(ended) == 2 and signal.getsignal(signal.SIGINT) == handler


def test_ctrl_c_in_a_function_whose_errors_are_only_shown_is_not_lost(monkeypatch):
    """As in the functions that Python calls when an object ends."""
    shown = []
    hook = functools.partial(__main__._repeat_interruption, shown.append)
    monkeypatch.setattr(sys, "unraisablehook", hook)

    class Ends:
        def __init__(self, error):
            self.error = error

        def __del__(self):
            raise self.error

    Ends(KeyError("shown"))
    assert len(shown) == 1 and shown.pop().exc_type is KeyError
    with pytest.raises(KeyboardInterrupt):
        Ends(KeyboardInterrupt())
        time.sleep(5)
    assert not shown
