"""The same bytes on every processor: kernels compiled for several kinds, and the hashes as they shall be.

If a hash differs on your machine, the promise of the README does not hold there: please tell us which one.
"""

import json
import os
import platform
import random
import subprocess
import sys
from pathlib import Path

import pytest
from llvmlite import binding

from w2vlib import CharNGrams, SkipGram, reproduce
from w2vlib.utils.files import sha256_of

SMALL = {"dim": 20, "epochs": 2, "n_negatives": 3, "seed": 4, "subsample": 1e-2}
TRAININGS = {
    "skip-gram": {},
    "skip-gram, 16 partitions": {"partitions": 16},
    "n-grams": {"subwords": CharNGrams(2, 3, 500)},
    "CBOW": {"objective": "cbow", "noise_exponent": 0.6},
}
OBJECTIVES = "negative-sampling", "naive-softmax"
EXPECTED = {
    "reproduce, negative-sampling": "afae4eccbf7ec494fdc1d96f6c2f405f8063290e5646ec3a884cca493b14bf23",
    "reproduce, naive-softmax": "cc8ff866a1cf385c23039eb416016c13bebd605839c7c58ad7401525ae17510b",
    "skip-gram": "bc21dc60924c4648ef10cc16d97ba3657ed0f8105c16e27cada54e4ad919aef6",
    "skip-gram, 16 partitions": "dc47de7024e40ab3187da246c1370db51b654530c4d53bbf23a3fd682cc88e51",
    "n-grams": "56f627c8fe1645b95674efb33001fbc1db4641b130a45f720676a6443268799e",
    "CBOW": "e78005bc90a4d9cf678b91e2c13993d3166e7040f4afedec82f80f1949fadad0",
}
# Kind of processor → a feature that the machine at hand must have to run what is compiled for it.
PROCESSORS = {"x86-64": "sse2", "ivybridge": "avx", "haswell": "fma", "skylake-avx512": "avx512f"}
# Compiling takes half a minute for each; `make fuzz` tries all.
_SOME = PROCESSORS if os.environ.get("W2VLIB_FUZZ") else ("x86-64",)
BLAS = {"x86-64": "Nehalem", "ivybridge": "Sandybridge", "haswell": "Haswell", "skylake-avx512": "SkylakeX"}


def text():
    """Sentences of words with frequencies like those of a language; the same on every machine."""
    rng = random.Random(1)
    return [[f"w{int(1.5 ** (rng.random() * 12))}" for _ in range(12)] for _ in range(400)]


def hashes():
    """SHA-256 of the vectors and losses of each training; dict of name → str."""
    found = {}
    for objective in OBJECTIVES:
        settings = {"iterations": 300, "dim": 11, "objective": objective}
        run = reproduce(text(), **settings, progress=False)
        arrays = run.input_vectors, run.output_vectors, run.ema_loss
        found[f"reproduce, {objective}"] = sha256_of(*(array.tobytes() for array in arrays))
    for name, changes in TRAININGS.items():
        model = SkipGram(**SMALL, **changes, threads=2).fit(text(), progress=False)
        grams = model.embeddings_.ngrams
        arrays = [model.input_vectors_, model.output_vectors_, *([] if grams is None else [grams.vectors])]
        found[name] = sha256_of(*(array.tobytes() for array in arrays))
    return found


def test_the_hashes_are_those_that_are_promised():
    assert hashes() == EXPECTED


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kinds of x86 processors")
@pytest.mark.parametrize("name", _SOME)
def test_kernels_for_other_processors_give_the_same_hashes(name):
    if not binding.get_host_cpu_features().get(PROCESSORS[name], False):
        pytest.skip(f"this processor cannot run what is compiled for {name}")
    # Without the second variable Numba adds the features of the machine at hand.
    chosen = {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": "", "OPENBLAS_CORETYPE": BLAS[name]}
    code = "import json; from test_one_hash import hashes; print(json.dumps(hashes()))"
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={**os.environ, **chosen, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == EXPECTED
