"""The lock of a folder of results, where something else than a file is in its place."""

import os
import time

import pytest

from w2vlib import W2VError
from w2vlib.experiments import ablation, evidence
from w2vlib.preprocessing.schemes import Scheme
from w2vlib.text.corpus import from_sentences
from w2vlib.utils.folder_lock import locked


def of_a_sweep(folder):
    with locked(folder / ".lock"):
        pass


def of_an_ablation(folder):
    text = from_sentences([["it", "cost", "5"], ["it", "cost", "7"]] * 5)
    ablation.ablate(text, folder, 1, [Scheme()], progress=False, spread=object(), dim=2, epochs=1)


def of_a_record(folder):
    with evidence._locked(folder / "results.json"):
        pass


@pytest.mark.parametrize(
    ("use", "name"), [(of_a_sweep, ".lock"), (of_an_ablation, ".lock"), (of_a_record, ".results.lock")]
)
def test_a_pipe_in_the_place_of_a_lock_is_refused_at_once(tmp_path, use, name):
    os.mkfifo(tmp_path / name)
    begin = time.monotonic()
    with pytest.raises(
        W2VError, match=f"{name} is not a regular file: remove it, and start the same command"
    ):
        use(tmp_path)
    assert time.monotonic() - begin < 5 and (tmp_path / name).is_fifo()
