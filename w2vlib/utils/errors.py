"""The one exception that means "the input is wrong, and the user can correct it"."""


class W2VError(ValueError):
    """Bad input: the message says in one sentence what is wrong, where, and what to do.

    The command line prints the message alone and exits with status 2; anything else that is
    raised is an error of the library and keeps its traceback.

    Examples
    --------
    >>> import w2vlib
    >>> try:
    ...     w2vlib.load_corpus("bundle")
    ... except w2vlib.W2VError as error:
    ...     print(str(error).partition(":")[0])
    There is no corpus called 'bundle' (did you mean 'bundled'?)
    """
