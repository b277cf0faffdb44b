import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2vlib.models import partitions, schedule


def graph_of(waits, priorities, log=None):
    """A graph of jobs 0 … n − 1, where job i waits for some with smaller numbers."""
    graph = schedule.JobGraph()
    for job, (after, priority) in enumerate(zip(waits, priorities, strict=True)):
        graph.add((log.append, job) if log is not None else (), priority, after)
    return graph


@st.composite
def jobs(draw):
    n = draw(st.integers(1, 20))
    waits = [draw(st.sets(st.integers(0, i - 1), max_size=3)) if i else set() for i in range(n)]
    return waits, draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))


@settings(deadline=None)
@given(jobs(), st.integers(1, 5))
def test_every_job_is_done_once_and_after_those_it_waits_for(drawn, threads):
    waits, priorities = drawn
    log = []
    with schedule.Crew(threads) as crew:
        crew.run(graph_of(waits, priorities, log))
    assert sorted(log) == list(range(len(waits)))
    places = {job: place for place, job in enumerate(log)}
    if threads == 1:
        assert all(places[other] < places[job] for job, after in enumerate(waits) for other in after)
        ready = [job for job, after in enumerate(waits) if not after]
        assert log[0] == min(ready, key=lambda job: (priorities[job], job))


@given(jobs(), st.integers(1, 6), st.data())
def test_simulated_time_lies_between_its_bounds(drawn, threads, data):
    waits, priorities = drawn
    n = len(waits)
    seconds = data.draw(st.lists(st.floats(0, 10), min_size=n, max_size=n))
    found = schedule.simulated_seconds(graph_of(waits, priorities), seconds, threads)
    longest = [0.0] * n  # chain that ends with a job
    for job, after in enumerate(waits):
        longest[job] = seconds[job] + max((longest[other] for other in after), default=0.0)
    work, chain = sum(seconds), max(longest)
    assert max(work / threads, chain) - 1e-9 <= found <= work / threads + chain + 1e-9  # Graham (1966)
    if threads == 1:
        assert found == pytest.approx(work)


def test_real_jobs_take_what_the_simulation_says():
    waits, seconds = [(), (), (0, 1), (0, 1), (2, 3), (2, 3)], [0.06, 0.03, 0.05, 0.05, 0.02, 0.08]
    for threads in (1, 2):
        graph = schedule.JobGraph()
        for job, after in enumerate(waits):
            graph.add((time.sleep, seconds[job]), 0, after)
        begin = time.perf_counter()
        with schedule.Crew(threads) as crew:
            crew.run(graph)
        real = time.perf_counter() - begin
        expected = schedule.simulated_seconds(graph_of(waits, [0] * 6), seconds, threads)
        assert expected <= real < expected + 5  # a sleep is never too short; a loaded machine takes longer


@pytest.mark.parametrize("threads", [1, 3])
def test_the_error_of_a_job_ends_all(threads):
    def fail():
        raise ZeroDivisionError

    graph, seen = schedule.JobGraph(), []
    failing = graph.add((fail,), 0)
    graph.add((seen.append, 1), 0, after=[failing])
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), schedule.Crew(threads) as crew:
        crew.run(graph)
    assert not seen and threading.active_count() == before


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=300),
    st.sampled_from(partitions.NUMBERS), st.floats(0, 1),
)  # fmt: skip
def test_rows_are_divided_among_the_partitions(counts, number, subsample):
    counts = np.sort(np.array(counts))[::-1]
    order = partitions.row_order(counts, subsample, number)
    assert sorted(order.words) == list(range(len(counts)))
    assert (order.words[order.rows] == np.arange(len(counts))).all()
    assert order.is_of_words or number > 1
    firsts, of = (
        partitions.first_rows(len(counts), number),
        partitions.partitions_of_rows(len(counts), number),
    )
    assert (np.diff(of.astype(int)) >= 0).all() and firsts[0] == 0 and firsts[-1] == len(counts)
    sizes = np.bincount(of, minlength=number)
    assert (sizes == np.diff(firsts)).all() and sizes.max() - sizes.min() <= 1
    in_turn = partitions.in_turn(len(counts), number)
    assert (of[in_turn] == np.arange(len(counts)) % number).all()
    assert sorted(in_turn) == list(range(len(counts)))


def test_partitions_get_equal_work_where_words_follow_zipfs_law():
    counts = (1e7 / np.arange(1, 70_001)).astype(int)
    for number in (4, 16, 64):
        order = partitions.row_order(counts, 1e-3, number)
        work = counts[order.words[partitions.in_turn(len(counts), number)]] * 1.0
        work = np.minimum(work, np.sqrt(1e-3 * counts.sum() * work) + 1e-3 * counts.sum())[
            : 70_000 // 64 * 64
        ]
        of_each = work.reshape(-1, number).sum(0)
        assert of_each.max() < 1.03 * of_each.mean()  # as many words in each: 64 cannot be equal


def test_large_texts_have_more_partitions():
    of = partitions.partitions_for
    assert of(1, 1) == of(65_535, 10**9) == of(10**6, 9_999_999) == 2 and of(65_536, 10**7) == 16
