import os
import random
import signal
import sys
from pathlib import Path

import pytest

from w2vlib import load_corpus
from w2vlib.corpus import from_sentences

# Notebooks run in other folders: what CI names relative to the checkout must not depend on that.
for name in ("W2VLIB_DATA", "NLTK_DATA"):
    if os.environ.get(name):
        os.environ[name] = str(Path(os.environ[name]).resolve())


# What stands beside this Python (jupyter, pandoc) comes first, whether or not the environment is active.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


# Started in the background a shell makes its commands deaf to Ctrl-C, and so would be those the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def ptb():
    folder = os.environ.get("W2VLIB_DATA")
    if not folder or not (Path(folder) / "ptb.train.txt").is_file():
        pytest.skip("needs ptb.train.txt: set W2VLIB_DATA to its folder")
    return load_corpus("ptb")


@pytest.fixture(scope="session")
def bundled():
    return load_corpus("bundled")


@pytest.fixture(scope="session")
def toy():
    """Sentences of a made-up language with a Zipf-like vocabulary of 60 words."""
    rng = random.Random(1)
    words = [f"w{i}" for i in range(60)]
    weights = [1 / (i + 1) for i in range(60)]
    return from_sentences(rng.choices(words, weights, k=rng.randint(3, 12)) for _ in range(400))
