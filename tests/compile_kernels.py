"""Compile the kernels that many tests start processes with, which would each compile them at the same time.

Run before the tests: ``python tests/compile_kernels.py``. Numba stores what it compiles, so that this takes
a few seconds from the second time.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

TEXT = [["the", "cat", "sat", "on", "the", "mat"], ["the", "dog", "sat", "on", "5", "logs"]] * 60


def compile_trainer():
    """Kernels of `SkipGram` and of its vectors."""
    from w2vlib import SkipGram
    from w2vlib.evaluation.analogy_answers import answer_analogies
    from w2vlib.preprocessing.char_ngrams import CharNGrams

    for settings in ({"objective": "cbow"}, {"subwords": CharNGrams(3, 4, 50)}, {}):
        model = SkipGram(dim=4, epochs=1, subsample=0.0, threads=1, **settings).fit(TEXT, progress=False)
    answer_analogies(model.embeddings_, [("the", "cat", "sat", "on")])


def compile_recipe():
    """Kernels of the published recipe and of the checks."""
    from w2vlib import reproduce
    from w2vlib.gradients.kernel_checks import check_kernels

    for objective in ("naive-softmax", "negative-sampling"):
        reproduce(TEXT, objective=objective, iterations=2, progress=False)
    check_kernels(1, 0)


if __name__ == "__main__":
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for done in [pool.submit(compile_trainer), pool.submit(compile_recipe)]:
            done.result()
