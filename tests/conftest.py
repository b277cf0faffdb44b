import os
import random
import re
import signal
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest
from hypothesis import settings

from w2vlib import load_corpus
from w2vlib.text.corpus import from_sentences
from w2vlib.utils.environment import available_processors
from w2vlib.utils.files import project_root

# Notebooks run in other folders: what CI names relative to the checkout must not depend on that.
for name in ("W2VLIB_DATA", "NLTK_DATA"):
    if os.environ.get(name):
        os.environ[name] = str(Path(os.environ[name]).resolve())


# What stands beside this Python (jupyter, pandoc) comes first, whether or not the environment is active.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


# How long an example takes says nothing on a machine that others use too.
settings.register_profile("w2vlib", deadline=None)
settings.load_profile("w2vlib")


# Started in the background a shell makes its commands deaf to Ctrl-C, and so would be those the tests start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# A sync waits for the disk, for seconds where others write too. It guards against a loss of power alone.
os.fsync = lambda descriptor: None


# Test files that take longest, in seconds from 200 to 40: they begin first, so that no process ends long
# after the others.
_LONG = (
    "test_browser", "test_any_text", "test_build", "test_input_matrix", "test_over_workers", "test_spread",
    "test_sweeps", "test_notebooks", "test_any_notebook", "test_skipgram", "test_evidence",
    "test_ablation_measures", "test_pdf_exporter", "test_odd_notebooks",
)  # fmt: skip


def _mark_all_but_samples(items):
    """Mark cases of a test that is marked with sampled(n) as nightly, but n of them, drawn with a fixed seed."""
    cases = defaultdict(list)
    for item in items:
        if item.get_closest_marker("sampled") and not item.get_closest_marker("nightly"):
            cases[item.path, item.originalname].append(item)
    for (_, name), of_test in cases.items():
        (n,) = of_test[0].get_closest_marker("sampled").args
        for item in random.Random(name).sample(of_test, max(0, len(of_test) - n)):
            item.add_marker("nightly")


@pytest.hookimpl(tryfirst=True)  # before pytest looks for the markers that -m names
def pytest_collection_modifyitems(config, items):
    """Put the files that take longest first, and leave to `make fuzz` what is marked with nightly.

    The order inside a file stays.
    """
    _mark_all_but_samples(items)
    if not os.environ.get("W2VLIB_FUZZ"):
        left = [item for item in items if item.get_closest_marker("nightly")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    rank = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_xdist_auto_num_workers(config):
    """One process more than there are processors, since many tests wait for others: browsers and kernels."""
    return available_processors() + 1


@pytest.fixture(scope="session")
def ptb():
    folder = os.environ.get("W2VLIB_DATA")
    if not folder or not (Path(folder) / "ptb.train.txt").is_file():
        pytest.skip("needs ptb.train.txt: set W2VLIB_DATA to its folder")
    return load_corpus("ptb")


@pytest.fixture(scope="session")
def bundled():
    return load_corpus("bundled")


# Parameters with which a notebook runs in seconds.
_SMALL = {
    "00_introduction": {},
    "01_derivations": {},
    "02_gradient_checks": {"points": 3},
    "03_training": {"iterations": 2000, "halving_interval": 1000},
    "04_word_vectors": {"iterations": 700, "n_seeds": 2, "n_variant_seeds": 1, "draws": 20},
    "05_preprocessing": {"n_seeds": 1, "one_in": 3, "dim": 10, "n_pieces": 500},
    "06_discussion": {},
}


@pytest.fixture(scope="session")
def small_notebooks(tmp_path_factory, bundled):
    """Folder of copies of the notebooks whose own parameters are small, on an excerpt of the text."""
    folder = tmp_path_factory.mktemp("small")
    text = folder / "excerpt.txt"
    named = [s for s in bundled if {"king", "man", "woman", "queen", "good", "great"} & set(s)][:400]
    text.write_text("\n".join(map(" ".join, [*bundled.sentences[::6], *named])), encoding="utf-8")
    for name, parameters in _SMALL.items():
        notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
        cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
        for key, value in {**parameters, "corpus": str(text)}.items():
            pattern = rf"(?m)^({key}: \w+ = )[^#\n]*"
            cell.source, found = re.subn(pattern, lambda m, v=value: f"{m[1]}{v!r}  ", cell.source)
            assert found == ("corpus" in cell.source or key != "corpus")
        nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


@pytest.fixture(scope="session")
def toy():
    """Sentences of a made-up language with a Zipf-like vocabulary of 60 words."""
    rng = random.Random(1)
    words = [f"w{i}" for i in range(60)]
    weights = [1 / (i + 1) for i in range(60)]
    return from_sentences(rng.choices(words, weights, k=rng.randint(3, 12)) for _ in range(400))
