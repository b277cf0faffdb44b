"""The same text, settings and seeds give the same bytes, whatever surrounds the process."""

import json
import os
import random
import subprocess
import sys

import pytest

CODE = """
import json, random, sys
from pathlib import Path
from w2vlib import CharNGrams, SkipGram, load_corpus, reproduce
from w2vlib.experiments.ablation import ablate
from w2vlib.models.ppmi_svd import ppmi_svd
from w2vlib.preprocessing.schemes import Scheme, preprocessed
from w2vlib.utils.files import sha256_of

text, threads, out = load_corpus(sys.argv[1]), int(sys.argv[2]), Path("out")
kept = {}

def keep(name, *arrays):
    kept[name] = sha256_of(*(array.tobytes() for array in arrays))

for objective in ("negative-sampling", "naive-softmax"):
    run = reproduce(text, iterations=60, window=3, dim=7, objective=objective, progress=False)
    keep(objective, run.input_vectors, run.output_vectors, run.ema_loss, run.pair_loss)
small = {"dim": 12, "epochs": 2, "threads": threads}
models = {
    "plain": SkipGram(**small),
    "n-grams": SkipGram(**small, subwords=CharNGrams(3, 5, 1000)),
}
for name, model in models.items():
    model.fit(text, progress=False)
    keep(name, model.embeddings_.vectors)
    model.embeddings_.save(out / f"{name}.npz")
    kept[f"file of {name}"] = sha256_of(out / f"{name}.npz")
rng = random.Random(1)
many = [[f"w{rng.randrange(211)}" for _ in range(12)] for _ in range(300)]  # whose products take several threads
keep("PPMI-SVD", ppmi_svd(many, dim=100).vectors)
for rare, numbers in (("bpe:60", "keep"), ("wordpiece:80", "keep"), ("keep", "typed-magnitude")):
    changed = preprocessed(text, Scheme(rare, numbers))
    kept[f"{rare} {numbers}"] = sha256_of(repr(list(changed)).encode())
schemes = [Scheme(), Scheme("wordpiece:8000"), Scheme("ngrams:3:6"), Scheme(numbers="digits")]
for row in ablate(text, out / "rows", 1, schemes, progress=False, dim=4, epochs=1):
    values = row.as_json()
    for measured in ("seconds", "softmax_seconds", "peak_memory"):
        values.pop(measured)
    kept[f"row of {row.scheme}"] = json.dumps(values, sort_keys=True)
print(json.dumps(kept))
"""

SURROUNDINGS = {  # threads of `SkipGram`, and the environment
    "first": (1, {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "OMP_NUM_THREADS": "1"}),
    "other": (
        3,
        {
            "PYTHONHASHSEED": "random",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "PYTHONCOERCECLOCALE": "0",
            "TZ": "Asia/Kathmandu",
            "OMP_NUM_THREADS": "4",
            "OPENBLAS_NUM_THREADS": "4",
        },
    ),
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What a process in each of the surroundings has computed."""
    folder = tmp_path_factory.mktemp("bytes")
    rng = random.Random(0)
    words = ["king", "Queen", "cat", "İstanbul", "naïve", "ﬁne", "1990", "7.5", "$3", "12,000", "of", "the"]
    words += [f"{a}{b}" for a in ("wor", "low", "new") for b in ("d", "er", "est", "ly")]
    lines = (" ".join(rng.choices(words, k=rng.randint(3, 12))) for _ in range(300))
    (folder / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    found = {}
    for name, (threads, environment) in SURROUNDINGS.items():
        work = folder / name
        (work / "out").mkdir(parents=True)
        path = folder / "text.txt" if name == "first" else os.path.relpath(folder / "text.txt", work)
        done = subprocess.run(
            [sys.executable, "-c", CODE, path, str(threads)],
            env={**os.environ, **environment},
            cwd=work,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found[name] = json.loads(done.stdout)
    return found


def test_results_do_not_depend_on_the_surroundings(kept):
    """Hash seed, threads of ours and of libraries, locale, time zone, working directory."""
    assert len(kept["first"]) == 14 and all(kept["first"].values())
    different = {name: (value, kept["other"][name]) for name, value in kept["first"].items()}
    assert not {name: pair for name, pair in different.items() if pair[0] != pair[1]}
