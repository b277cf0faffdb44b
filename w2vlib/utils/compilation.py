"""Options with which Numba compiles kernels."""

import numba


def _probe():
    """Do nothing: Numba is asked whether it could store this."""


def _can_store():
    """Whether Numba finds a folder for compiled kernels: beside the package, or in the user's cache.

    Without one, as in a read-only installation without a home folder, every process compiles anew.
    """
    try:
        numba.njit(cache=True)(_probe)
    except RuntimeError:
        return False
    return True


OPTIONS = {"nogil": True, "cache": _can_store(), "boundscheck": False}
