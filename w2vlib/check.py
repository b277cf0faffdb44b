"""Check functions of your own in Jupyter: ``from w2vlib import check``, then ``check.mine(my_function)``."""

import contextlib


def diagnose(function, role=None, parameters=None, returns=None):
    """Check a function in this process.

    Parameters
    ----------
    function : callable
        Also one that is defined in a cell of a notebook.
    role : str, optional
        What it should compute, where its name does not say so: naive, negative, skipgram, sigmoid,
        log_sigmoid, softmax, log_softmax, sgd or helper.
    parameters : dict, optional
        Parameter → quantity, where names and positions do not say which is which.
    returns : list of str, optional
        Quantities in the order in which they are returned.

    Returns
    -------
    grading.diagnosis.Diagnosis

    Raises
    ------
    W2VError
        If the role or a parameter is not recognised.

    Examples
    --------
    >>> def naive_softmax_loss(v_i, o, U):
    ...     return 0.5
    >>> diagnose(naive_softmax_loss).verdict
    'wrong'
    """
    from .grading.diagnosis import diagnose as judge
    from .grading.observing import observe
    from .grading.signatures import ROLES, Unclear, check_returns, parameters_of, role_of
    from .grading.worker import Counting
    from .utils.errors import W2VError, shown
    from .utils.validation import InstanceOf, check

    name = getattr(function, "__name__", type(function).__name__)
    if not callable(function):
        raise W2VError(f"{shown(function)} is no function: give the function itself, without brackets.")
    role = role_of(name) if role is None or isinstance(role, str) and not role else role
    check("parameters", parameters, InstanceOf(dict))
    if returns is not None and not isinstance(returns, list | tuple):
        raise W2VError(f"returns={shown(returns)} is not allowed: give a list such as ['loss', 'grad_v'].")
    if not isinstance(role, str) or role not in ROLES:
        raise W2VError(
            f"The name {name!r} does not say what the function should compute: give role= one of "
            f"{', '.join(ROLES)}."
        )
    try:
        check_returns(name, role, returns)
        quantities = parameters_of(function, role, parameters)
    except Unclear as error:
        text = str(error).partition(": say it")[0].rstrip(".")
        raise W2VError(f"{text}: give parameters={{'name': 'quantity'}} or returns=['loss'].") from error
    with contextlib.redirect_stdout(Counting()):
        observation = observe(function, role, quantities)
    return judge(name, role, observation, returns)


def mine(*functions, role=None, parameters=None, returns=None):
    """Show what is right and wrong in functions of your own: a table, sentences, and a picture.

    The functions run in this process, also those that are defined in a cell. The picture shows the step
    that the right gradient gives and the step of yours. The parameters are those of `diagnose`.

    Examples
    --------
    >>> def sigmoid(x):
    ...     return x
    >>> mine(sigmoid)
    {'text/markdown': ...
    """
    from .reporting.display import show
    from .reporting.findings import student_checks as findings

    found = [diagnose(function, role, parameters, returns) for function in functions]
    show(findings.results_table(found))
    for diagnosis in found:
        show(findings.sentences(diagnosis), findings.arrows(diagnosis))


def require(*functions, role=None):
    """Raise an `AssertionError` with the diagnosis unless functions are right: for cells with tests.

    Examples
    --------
    >>> def sigmoid(x):
    ...     return 0 * x
    >>> require(sigmoid)
    Traceback (most recent call last):
    ...
    AssertionError: sigmoid (logistic function, (1.13)): not written...
    """
    from .grading.report import as_text

    wrong = [d for d in (diagnose(function, role) for function in functions) if not d.passed]
    if wrong:
        raise AssertionError("\n\n".join(map(as_text, wrong)))
