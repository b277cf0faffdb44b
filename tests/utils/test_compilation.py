import subprocess
import sys


def test_without_a_place_for_compiled_kernels_they_are_compiled_anew():
    code = (
        "from numba.core import caching\n"
        "caching.CacheImpl._locator_classes = []\n"  # as with a read-only package and no home folder
        "from w2vlib.replication.mersenne_twister import next_output, python_twister\n"
        "from w2vlib.utils.compilation import OPTIONS\n"
        "print(OPTIONS['cache'], next_output(python_twister(42)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "2746317213"]
