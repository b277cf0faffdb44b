"""Which function of a file has which role, and which of its parameters is which quantity.

A role is what a function should compute. Names of functions and parameters are compared in lower case,
without underscores. What is not recognised is asked for: `--map ROLE=NAME`, `--map NAME.PARAMETER=QUANTITY`
and `--map NAME.returns=QUANTITY,…` answer.
"""

import inspect

_FUNCTIONS = {
    "sigmoid": "sigmoid logistic sigma expit",
    "log_sigmoid": "logsigmoid logexpit",
    "softmax": "softmax",
    "log_softmax": "logsoftmax",
    "naive": "naivesoftmaxlossandgradient softmaxcostandgradient naivesoftmax softmaxlossandgradient",
    "negative": "negsamplinglossandgradient negsamplingcostandgradient negativesampling",
    "skipgram": "skipgram skipgramlossandgradient windowlossandgradient",
    "sgd": "sgd gradientdescent stochasticgradientdescent",
    "helper": "getnegativesamples samplenegatives drawnegatives negativesamples",
}
ROLES = {role: tuple(names.split()) for role, names in _FUNCTIONS.items()}
# What a function with the role returns, in the order of the course's signature.
RETURNS = {
    "naive": ("loss", "grad_v", "grad_U"),
    "negative": ("loss", "grad_v", "grad_U"),
    "skipgram": ("loss", "grad_V", "grad_U"),
}
_PARAMETERS = {
    "v": "v vi vc vhat centerwordvec centrewordvec centervec centrevec centervector centrevector predicted "
    "inputvector inputvec center centre centerword centreword",
    "o": "o outsidewordidx outsideidx target targetidx outside outsideword idx outsideindex wo outsideid "
    "oidx",
    "U": "u outsidevectors outputvectors outsidewordvectors contextvectors outsidematrix outvectors",
    "u_o": "uo outsidevec outsidevector outsidewordvec",
    "U_k": "uk negvecs negativevectors negvectors uneg",
    "dataset": "dataset data ds",
    "K": "k nnegatives numneg numnegatives nneg nnegs numnegsamples negsamplesize",
    "negatives": "negatives negsamplewordindices negsamples negativesamples neg negs negidx negidxs "
    "negindices negativeindices negativeidx negsampleindices negativeids negids",
}
_WINDOW = {
    "i": "i currentcenterword currentcentreword currentword centerword centreword center centre centeridx ci",
    "window": "windowsize window",
    "outside": "outsidewords contextwords outside context contexts outsideids outsideidx",
    "word2ind": "word2ind tokens word2idx wordtoindex vocab word2id",
    "V": "v centerwordvectors centrewordvectors inputvectors centervectors centrevectors",
    "U": "u outsidevectors outputvectors contextvectors",
    "dataset": "dataset data ds",
    "callback": "word2veclossandgradient word2veccostandgradient lossandgradient lossfn lossfunction pair "
    "loss pairloss",
    "negatives": "negatives negativesamples negs",
}
_SGD = {
    "f": "f fn func function objective",
    "x0": "x0 x start init",
    "rate": "step learningrate lr stepsize rate eta alpha",
    "iterations": "iterations iters numiterations niterations steps nsteps maxiter numsteps",
    "postprocessing": "postprocessing",
}
PARAMETERS = {
    role: {quantity: tuple(names.split()) for quantity, names in table.items()}
    for role, table in {
        "naive": _PARAMETERS, "negative": _PARAMETERS, "skipgram": _WINDOW, "sgd": _SGD,
        "helper": _PARAMETERS,
    }.items()
}  # fmt: skip
# Orders in which positional parameters with other names are read, by their number.
ORDERS = {
    "naive": [("v", "o", "U"), ("v", "o", "U", "dataset")],
    "negative": [("v", "o", "U", "negatives"), ("v", "o", "U", "dataset", "K")],
    "skipgram": [
        ("i", "outside", "V", "U"),
        ("i", "outside", "V", "U", "negatives"),
        ("i", "window", "outside", "word2ind", "V", "U", "dataset", "callback"),
    ],
    "sgd": [("f", "x0", "rate", "iterations"), ("f", "x0", "rate", "iterations", "postprocessing")],
    "helper": [("o", "dataset", "K")],
}


class Unclear(Exception):
    """What a function takes or returns is not recognised; the message asks for it."""


def normalised(name):
    """Name (str) in lower case without underscores.

    Examples
    --------
    >>> normalised("neg_samplingLoss")
    'negsamplingloss'
    """
    return name.replace("_", "").lower()


def role_of(name):
    """Role (str) of a function by its name; None if the name is not recognised.

    Examples
    --------
    >>> role_of("negSamplingLossAndGradient"), role_of("my_softmax_loss"), role_of("test_sigmoid")
    ('negative', 'naive', None)
    """
    plain = normalised(name)
    for role, names in ROLES.items():
        if plain in names:
            return role
    if plain.startswith(("test", "check", "plot", "print", "load", "save", "get", "is", "wrapper")):
        return None
    computes = any(part in plain for part in ("loss", "cost", "grad"))
    if not computes or "wrapper" in plain or "check" in plain:
        return None
    if "neg" in plain and "samp" in plain:
        return "negative"
    if "skipgram" in plain or "window" in plain:
        return "skipgram"
    if "softmax" in plain and "log" not in plain:
        return "naive"
    return None


def parameters_of(function, role, mapping=None):
    """Quantity of each parameter that is to be given: dict of parameter → quantity.

    Parameters
    ----------
    function : callable
    role : str
    mapping : dict, optional
        Parameter → quantity, as the user gives it.

    Raises
    ------
    Unclear
        If a parameter without a default is not recognised, or the mapping names one that is not there.

    Examples
    --------
    >>> parameters_of(lambda U, v_c, target: 0, "naive")
    {'U': 'U', 'v_c': 'v', 'target': 'o'}
    >>> parameters_of(lambda a, b, c: 0, "naive")
    {'a': 'v', 'b': 'o', 'c': 'U'}
    """
    mapping = mapping or {}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return _positional(ORDERS[role][-1]) if role in ORDERS else {"x": "x"}
    _check_mapping(function, parameters, role, mapping)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) and role in ORDERS:
        if not any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters):
            return _positional(ORDERS[role][-1])
    parameters = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if role not in ORDERS:
        return {parameters[0].name: mapping.get(parameters[0].name, "x")} if parameters else {}
    by_name = _by_name(parameters, role, mapping)
    unknown = [p.name for p in parameters if p.name not in by_name and p.default is p.empty]
    if not unknown:
        return by_name
    required = [p.name for p in parameters if p.default is p.empty]
    for names in ([p.name for p in parameters], required):
        for order in ORDERS[role]:
            placed = dict(zip(names, order, strict=False))
            if len(order) == len(names) and all(placed[n] == by_name.get(n, placed[n]) for n in names):
                return placed | {n: q for n, q in by_name.items() if n not in placed}
    known = ", ".join(PARAMETERS[role])
    raise Unclear(
        f"It is not clear what the parameter {unknown[0]!r} of {function.__name__} is: say it with "
        f"--map {function.__name__}.{unknown[0]}=QUANTITY, where QUANTITY is one of {known}."
    )


def _check_mapping(function, parameters, role, mapping):
    """Refuse parameters that a function does not have, and quantities that no function of its role takes."""
    names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    quantities = list(PARAMETERS.get(role, ["x"]))
    for name, quantity in mapping.items():
        mapped = f"The parameter {name!r} of {function.__name__} cannot be mapped to {quantity}"
        if name not in names:
            known = f"it has {', '.join(names)}" if names else "it has no parameters"
            raise Unclear(f"{mapped}: the function does not have it, {known}.")
        if quantity not in quantities:
            raise Unclear(f"{mapped}: the role {role} has the quantities {', '.join(quantities)}.")


def check_returns(name, role, returns):
    """Refuse names of returned quantities that no function of a role returns; None is allowed.

    Parameters
    ----------
    name, role : str
        Of the function.
    returns : list of str or None

    Raises
    ------
    Unclear

    Examples
    --------
    >>> check_returns("mine", "naive", ["loss", "grad_v"])
    >>> check_returns("mine", "sigmoid", ["loss"])
    Traceback (most recent call last):
    ...
    w2vlib.grading.signatures.Unclear: mine cannot return 'loss': the role sigmoid has one unnamed result.
    """
    known = RETURNS.get(role, ())
    for each in returns or ():
        if each not in known:
            names = f"returns {', '.join(known)}" if known else "has one unnamed result"
            raise Unclear(f"{name} cannot return {each!r}: the role {role} {names}.")


def _positional(order):
    """Quantities of a function that takes any number of positional arguments."""
    return {f"*{k}": quantity for k, quantity in enumerate(order)}


def _by_name(parameters, role, mapping):
    """Quantities of the parameters whose names are recognised; each quantity once."""
    found = {}
    for parameter in parameters:
        quantity = mapping.get(parameter.name) or next(
            (q for q, names in PARAMETERS[role].items() if normalised(parameter.name) in names), None
        )
        if quantity is None or quantity in found.values():
            continue
        if role == "skipgram" and quantity == "negatives" and parameter.default is not parameter.empty:
            continue  # without negatives the loss of the pairs is the naive softmax
        found[parameter.name] = quantity
    return found
