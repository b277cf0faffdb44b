"""Stand-ins for modules that a student's file imports and that are not on this machine.

Helper modules of the course get the functions that they are known for. Any other absent module gets
placeholders, so that the functions that do not need it can still be checked.
"""

import importlib.abc
import importlib.machinery
import sys
import types

import numpy as np


def sigmoid(x):
    """σ(x), elementwise.

    Examples
    --------
    >>> float(sigmoid(0.0))
    0.5
    """
    return 1 / (1 + np.exp(-np.asarray(x)))


def softmax(x):
    """Softmax of a vector, or of each row of a matrix.

    Examples
    --------
    >>> softmax(np.zeros((1, 2))).tolist()
    [[0.5, 0.5]]
    """
    x = np.asarray(x, float)
    weights = np.exp(x - x.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def normalize_rows(x):
    """Scale each row of a matrix to length 1.

    Examples
    --------
    >>> normalize_rows(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    return x / (np.sqrt((x**2).sum(axis=1, keepdims=True)) + 1e-30)


def gradcheck(f, x, *names, **options):
    """Print whether f, which gives (loss, gradient), agrees with central differences at x.

    Examples
    --------
    >>> gradcheck(lambda x: (float(x @ x), 2 * x), np.ones(2))
    Gradient check passed!
    """
    x = np.array(x, float)
    gradient = np.asarray(f(x)[1])
    for index in np.ndindex(x.shape):
        value, losses = x[index], []
        for step in (1e-4, -1e-4):
            x[index] = value + step
            losses.append(f(x)[0])
        x[index] = value
        numeric = (losses[0] - losses[1]) / 2e-4
        if abs(numeric - gradient[index]) > 1e-5 * max(1, abs(numeric), abs(gradient[index])):
            print(f"Gradient check failed at {index}: {gradient[index]} given, {numeric} by differences")
            return
    print("Gradient check passed!")


_COURSE = {
    "normalizeRows": normalize_rows, "softmax": softmax, "sigmoid": sigmoid, "gradcheck_naive": gradcheck,
    "grad_tests_softmax": gradcheck, "grad_tests_negsamp": gradcheck,
    "sigmoid_grad": lambda s: s * (1 - s),
}  # fmt: skip
_COURSE_MODULES = ("utils", "q1_softmax", "q2_sigmoid", "q2_gradcheck", "gradcheck", "q3_sgd")


class Placeholder:
    """What stands for a name of an absent module; calling it gives another placeholder.

    Examples
    --------
    >>> isinstance(Placeholder().anything(1), Placeholder)
    True
    """

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        """Give another placeholder."""
        return Placeholder()

    def __getattr__(self, name):
        """Give another placeholder, but no special method."""
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder()


class _Module(types.ModuleType):
    """A module whose every name exists."""

    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        if self.__name__.split(".")[0] in _COURSE_MODULES and name in _COURSE:
            return _COURSE[name]
        if name == "__all__":
            return list(_COURSE) if self.__name__.split(".")[0] in _COURSE_MODULES else []
        return type(name, (Placeholder,), {})


def _importer():
    """Frame in which the import statement stands that is at work."""
    frame = sys._getframe(2)
    while frame.f_back and ("importlib" in frame.f_code.co_filename or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    return frame


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Last resort of the import system, for imports in the student's files only.

    A library that tries whether another one is there must not be told that it is. `absent` lists modules
    that got only placeholders.

    Parameters
    ----------
    belongs : callable
        Whether a frame (of Python) runs the student's code.

    Examples
    --------
    >>> finder = Finder(lambda frame: True)
    >>> module = finder.create_module(finder.find_spec("utils.gradcheck"))
    >>> module.gradcheck_naive is gradcheck, finder.absent
    (True, [])
    """

    def __init__(self, belongs):
        self.belongs, self.absent = belongs, []

    def find_spec(self, fullname, path=None, target=None):
        """Spec of a stand-in; none for parts of modules that are here, nor for what Python only tries."""
        if not self.belongs(_importer()):
            return None
        top = fullname.split(".")[0]
        real = sys.modules.get(top)
        if real is not None and not isinstance(real, _Module) and top not in _COURSE_MODULES:
            return None
        if top.startswith("_") or top in sys.stdlib_module_names:
            return None
        if top not in _COURSE_MODULES and top not in self.absent:
            self.absent.append(top)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        """Make the stand-in."""
        return _Module(spec.name)

    def exec_module(self, module):
        """Do nothing: the names are made when they are asked for."""
