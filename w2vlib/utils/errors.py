"""The exception for wrong input that the user can correct, and what errors of writing become."""

import errno
import math
import os
import re
import traceback
from contextlib import contextmanager

_WRITE_REMEDIES = {
    errno.ENOSPC: "free some space and try again",
    errno.EMFILE: "allow more open files (ulimit -n)",
    errno.ENFILE: "close other programs and try again",
    errno.EFBIG: "allow larger files (ulimit -f)",
}

# Messages of errors that lack of memory has in threads, in the loader of libraries, and in C code.
_OUT_OF_MEMORY = (
    "can't start new thread",
    "failed to map segment",
    "Cannot allocate memory",
    "without setting an exception",
    "error return without exception set",
)
NOT_ENOUGH_MEMORY = (
    b"w2v: Not enough memory for this: choose smaller settings, a smaller text, "
    b"or a larger limit (ulimit -v) if there is one.\n"
)


class W2VError(ValueError):
    """Wrong input: the message says in one sentence what is wrong, where, and what to do.

    The command line prints only the message and exits with status 2; any other exception is an error
    of the library and is shown with its traceback.

    Examples
    --------
    >>> import w2vlib
    >>> try:
    ...     w2vlib.load_corpus("bundle")
    ... except w2vlib.W2VError as error:
    ...     print(str(error).partition(":")[0])
    There is no corpus called 'bundle' (did you mean 'bundled'?)
    """

    def __init__(self, *args):
        # One line that can be read, also where a value is named whose text has several or is very long.
        super().__init__(*(shortened(one_line(a)) if isinstance(a, str) else a for a in args))


def shortened(text):
    """Leave out what comes after 1,000 characters without white space, and the middle of a longer text; str.

    Examples
    --------
    >>> len(shortened("x" * 100_000)), len(shortened("x " * 100_000)), shortened("a word")
    (1001, 2501, 'a word')
    """
    text = re.sub(r"(\S{1000})\S+", r"\1…", text)
    return text if len(text) <= 2500 else f"{text[:2000]}…{text[-500:]}"


def one_line(text):
    r"""Join the lines of a text of several lines; a text of one line stays as it is.

    Examples
    --------
    >>> one_line("two\n  lines"), one_line("two  spaces")
    ('two lines', 'two  spaces')
    """
    return " ".join(text.split()) if "\n" in text else text


def shown(value, most=60):
    """Write a value for a message: what `repr` gives, or its beginning; str.

    Examples
    --------
    >>> shown("cosine"), shown("c" * 80, most=8)
    ("'cosine'", "'cccccc…")
    >>> shown(-(10**5000))  # Python does not write so many digits
    'a whole number of about 5001 digits'
    """
    try:
        text = repr(value)
    except Exception:  # of a whole number that is too long, alone or in a list, or of a foreign class
        if isinstance(value, int):
            return f"a whole number of about {int(value.bit_length() * math.log10(2)) + 1} digits"
        return f"an object of the class {type(value).__name__}"
    return text if len(text) <= most else text[: most - 1] + "…"


def working_directory_is_gone():
    """Whether the working directory was removed, which some packages fail at while they are imported.

    Examples
    --------
    >>> working_directory_is_gone()
    False
    """
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def import_failure(error):
    """Say (str) that a package outside this library failed while it was imported, or return None.

    Packages read variables of the environment and files of settings then, and some stop at a bad one, or
    where the working directory was removed.

    Parameters
    ----------
    error : Exception
        As it was caught, with its traceback.

    Examples
    --------
    >>> try:
    ...     import there_is_no_such_package
    ... except ImportError as error:
    ...     import_failure(error)[:55]
    'The package there_is_no_such_package cannot be imported'
    """
    package = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        importing = frame.f_globals.get("__name__", "").partition(".")[0]
        if importing == "w2vlib":
            package = None
        elif package is None and frame.f_code.co_name == "<module>":
            package = importing
    if isinstance(error, ImportError) and error.name:
        package = error.name.partition(".")[0]
    if package is None:
        return None
    if isinstance(error, FileNotFoundError) and working_directory_is_gone():
        return "The working directory was removed: start again in a folder that is there."
    return one_line(
        f"The package {package} cannot be imported ({str(error)[:200]}): look at the variables of the "
        "environment and the files of settings that it reads, or install it again."
    )


def lacks_memory(error):
    """Whether an error, or one that led to it, says that memory ran out.

    Examples
    --------
    >>> lacks_memory(MemoryError()), lacks_memory(KeyError())
    (True, False)
    """
    while error is not None:
        if isinstance(error, MemoryError) or any(part in str(error) for part in _OUT_OF_MEMORY):
            return True
        error = error.__cause__ or error.__context__
    return False


def write_remedy(error):
    """Say what to do (str) about an `OSError` of writing.

    Examples
    --------
    >>> write_remedy(OSError(errno.ENOSPC, "No space left on device"))
    'free some space and try again'
    """
    return _WRITE_REMEDIES.get(error.errno, "choose another place or change its permissions")


@contextmanager
def explained_write_errors(path):
    """Turn an `OSError` inside the block into a `W2VError` that says why `path` cannot be written.

    Examples
    --------
    >>> with explained_write_errors("results.txt"):
    ...     raise PermissionError(13, "Permission denied")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Cannot write results.txt: Permission denied; choose another place or ...
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise W2VError(f"Cannot write {path}: {reason}; {write_remedy(error)}.") from error
