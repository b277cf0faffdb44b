"""The one exception that means "the user can mend this"."""


class W2VError(ValueError):
    """Bad input: the message says in one sentence what is wrong, where, and what to do.

    The command line prints the message alone and exits with status 2; anything else that is
    raised is a defect of ours and keeps its traceback.
    """
