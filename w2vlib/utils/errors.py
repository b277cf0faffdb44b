"""The exception for wrong input that the user can correct."""


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
        # One line, also where a value is named whose text has several.
        super().__init__(*(" ".join(a.split()) if isinstance(a, str) and "\n" in a else a for a in args))
