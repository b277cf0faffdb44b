"""Options with which Numba compiles kernels, and the memory that compiling needs."""

import numba
from numba.core import event

from .memory import require_memory

_MEGABYTES = 256  # more than any kernel took


class _MemoryCheck(event.Listener):
    """Asked before a kernel is compiled or loaded: LLVM ends the process where memory runs out."""

    def on_start(self, event):
        """Raise `MemoryError` where too little memory is left."""
        require_memory(_MEGABYTES)

    def on_end(self, event):
        """Do nothing."""


event.register("numba:compiler_lock", _MemoryCheck())


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
