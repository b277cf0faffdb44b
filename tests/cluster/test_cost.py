"""The model of cost: its page is what the script computes, and it is right where the answer is known."""

import json

import pytest

from benchmarks import cluster_cost as cost

FIGURES = json.loads(cost.FIGURES.read_text())
FAST = (1e30, 0.0)


def test_the_page_has_the_tables_of_the_script():
    assert cost.page(FIGURES) == cost.PAGE.read_text(encoding="utf-8"), "python -m benchmarks.cluster_cost"


def test_without_a_network_workers_share_the_training_and_read_all_of_the_text():
    figures = {"scan_per_word": 0.0, "pairs_per_word": 1e-6, "train_per_word": 4e-6, "copy_per_byte": 0.0}
    one = cost.days(10**5, 10**9, 1, FAST, figures)
    assert one == pytest.approx(5000 / 86_400)
    assert cost.days(10**5, 10**9, 8, FAST, figures) == pytest.approx(one / 8)
    figures["scan_per_word"] = 5e-6  # half of the time: at most twice as fast
    assert cost.days(10**5, 10**9, 1024, FAST, figures) == pytest.approx(one, rel=0.01)
    assert cost.most_that_pay(10**5, 10**9, FAST, figures) == 2


def test_rows_are_at_most_those_of_a_partition_and_more_in_a_larger_vocabulary():
    rows = [cost.rows_of_a_bucket(n, 2)[0] for n in (100, *cost.VOCABULARIES)]
    assert rows == sorted(rows) and rows[0] == pytest.approx(50, rel=0.05)
    assert all(a < n / 2 for a, n in zip(rows[1:], cost.VOCABULARIES, strict=True))


def test_a_slow_network_lets_no_worker_pay_off():
    assert cost.most_that_pay(10**7, 10**10, (1e6, 0.01), FIGURES) == 1
