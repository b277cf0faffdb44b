import resource
import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest

from w2vlib import W2VError
from w2vlib.utils.memory import memory_left, release_pages, require_limits, require_memory

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a limit of the address space")


def in_process(code, megabytes):
    """Run code whose process may use so many megabytes more than after the imports."""
    start = (
        "import resource, w2vlib.models.skipgram_trainer\n"
        "from w2vlib.utils.memory import memory_left, require_memory\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**40, -1))\n"
        f"limit = 2**40 - memory_left() + {megabytes} * 2**20\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, -1))\n"
    )
    return subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, timeout=60)


def test_without_a_limit_nothing_is_refused():
    if memory_left() is None:
        require_memory(2**40)
    else:
        with pytest.raises(MemoryError):
            require_memory(2**40)


@linux
def test_what_is_left_is_the_limit_less_what_is_used():
    shown = in_process("print(memory_left() / 2**20)\nrequire_memory(90)\nrequire_memory(110)", 100)
    assert float(shown.stdout) == pytest.approx(100, abs=2)
    assert "needed" in shown.stderr.splitlines()[-1] and "110 MB are needed" in shown.stderr


@linux
def test_kernels_and_tokenizers_are_not_started_without_memory():
    """They would end the process with SIGABRT, where no `except` helps."""
    shown = in_process(
        "from w2vlib.replication.mersenne_twister import python_twister\n"
        "from w2vlib.preprocessing.subword_tokenizers import train_subwords\n"
        "for work in (lambda: python_twister(42), lambda: train_subwords([['ab']], 'bpe', 9)):\n"
        "    try:\n"
        "        work()\n"
        "    except MemoryError as error:\n"
        "        print(error)\n",
        100,
    )
    assert shown.returncode == 0 and shown.stdout.count("are needed") == 2, shown.stderr


def resident():
    """Bytes of mapped files that are in the memory of this process."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("RssFile"))


@linux
def test_released_pages_are_not_in_memory_and_are_read_again(tmp_path):
    numbers = np.arange(1 << 23)
    numbers.tofile(tmp_path / "numbers")
    mapped = np.asarray(np.memmap(tmp_path / "numbers", numbers.dtype, "c"))[100:]
    assert mapped.sum() == numbers[100:].sum()
    before = resident()
    release_pages(mapped)
    assert resident() < before - 0.9 * numbers.nbytes
    assert mapped.sum() == numbers[100:].sum() and resident() > before - 0.1 * numbers.nbytes
    release_pages(numbers)
    assert numbers[-1] == numbers.size - 1  # what is mapped from no file stays


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"RLIMIT_NOFILE": 99},
            "A report opens up to 100 files at a time, and 99 are allowed: .*ulimit -n 100",
        ),
        ({"RLIMIT_AS": 50 * 2**20}, "A report needs 60 MB of address space in each process, and 50 MB are"),
        ({"RLIMIT_NOFILE": 100, "RLIMIT_AS": 60 * 2**20}, None),
        ({}, None),
    ],
)
def test_processes_are_not_started_below_the_limits_that_they_need(limits, said, monkeypatch):
    numbers = {getattr(resource, name): value for name, value in limits.items()}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: 2 * (numbers.get(kind, resource.RLIM_INFINITY),))
    with pytest.raises(W2VError, match=said) if said else nullcontext():
        require_limits("A report", 100, 60)
