"""Public names of a package that are imported when they are first used."""

import sys
from importlib import import_module


def lazy_names(package, modules):
    """Make the functions ``__getattr__`` and ``__dir__`` of a package.

    Parameters
    ----------
    package : str
        Its name; it is in ``sys.modules``.
    modules : dict
        Public name → module of the package that defines it.

    Examples
    --------
    >>> find, names = lazy_names("w2vlib.utils", {"W2VError": "errors"})
    >>> find("W2VError"), "W2VError" in names()
    (<class 'w2vlib.utils.errors.W2VError'>, True)
    >>> find("W3VError")
    Traceback (most recent call last):
    ...
    AttributeError: module 'w2vlib.utils' has no attribute 'W3VError'
    """
    own = vars(sys.modules[package])

    def find(name):
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        own[name] = getattr(import_module(f".{modules[name]}", package), name)
        return own[name]

    def names():
        return sorted({*own, *modules})

    return find, names
