"""A diagnosis as text: for the shell, and as Markdown for the report of a student."""

import numpy as np

from .mistakes import BEHAVIOUR

NAMES = {
    "loss": "the loss",
    "grad_v": "the gradient of the centre vector",
    "grad_U": "the gradient of the outside vectors",
    "grad_V": "the gradient of the centre vectors",
    "value": "the value",
    "negatives": "the negatives",
}
ROLE_NAMES = {
    "sigmoid": "logistic function, (1.13)",
    "log_sigmoid": "logarithm of the logistic function, (1.13)",
    "softmax": "softmax, (1.2)",
    "log_softmax": "logarithm of the softmax, (1.3)",
    "naive": "naive softmax, (1.3) to (1.11)",
    "negative": "negative sampling, (1.12) to (1.16)",
    "skipgram": "window, (1.17)",
    "sgd": "gradient descent, (1.30)",
    "helper": "draw of negatives",
}
EQUATIONS = {
    ("naive", "loss"): "1.3",
    ("naive", "grad_v"): "1.8",
    ("naive", "grad_U"): "1.11",
    ("negative", "loss"): "1.12",
    ("negative", "grad_v"): "1.14",
    ("negative", "grad_U"): "1.16",
}
_INPUTS = {
    "v": "centre vector", "V": "centre vectors", "U": "outside vectors", "i": "centre word",
    "o": "outside word", "outside": "outside words", "window": "window size", "x": "x", "x0": "start",
    "rate": "learning rate", "iterations": "iterations",
}  # fmt: skip


def numbers(value):
    """Write a number or an array as text, with four digits.

    Examples
    --------
    >>> numbers(np.array([[0.5, 1.0], [-0.123456, 2.0]])), numbers((1, 1)), numbers(None)
    ('[[0.5, 1], [-0.1235, 2]]', '[1, 1]', 'nothing')
    """
    if value is None:
        return "nothing"
    array = np.asarray(value)
    if array.ndim:
        return f"[{', '.join(numbers(part) for part in array)}]"
    return f"{float(array):.4g}" if np.isfinite(array) else str(float(array))


def input_lines(values, role):
    """Lines (list of (name, text)) that show an input.

    Examples
    --------
    >>> input_lines({"v": np.array([1.0, 2.0]), "o": 0, "K": 2}, "naive")
    [('centre vector', '[1, 2]'), ('outside word', '0')]
    """
    if role == "helper":
        drawn = values["stream"][: values["K"] + 3]
        return [
            ("outside word", numbers(values["o"])),
            ("the sampler draws, in this order", numbers(drawn) + " …"),
        ]
    lines = [(label, numbers(values[key])) for key, label in _INPUTS.items() if key in values]
    if role == "negative":
        lines.append(("negatives", numbers(values["negatives"])))
    elif values.get("with_negatives"):
        lines.append(("negatives", numbers(values["negatives"])))
    return lines


def sentence(text):
    """Begin with a capital and end with a full stop.

    Examples
    --------
    >>> sentence("the loss is wrong")
    'The loss is wrong.'
    """
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "?")) else ".")


def listed(phrases):
    """Join phrases with commas and “and” (str).

    Examples
    --------
    >>> listed(["the loss"]), listed(["a", "b", "c"])
    ('the loss', 'a, b and c')
    """
    *first, last = phrases
    return f"{', '.join(first)} and {last}" if first else last


def verdict_sentence(diagnosis):
    """One sentence (str): the function, its role and the verdict.

    Examples
    --------
    >>> from .diagnosis import Diagnosis
    >>> verdict_sentence(Diagnosis("mine", "naive", "right", ("loss",)))
    'mine (naive softmax, (1.3) to (1.11)): right; checked: the loss.'
    """
    checked = ", ".join(NAMES[q] for q in diagnosis.checked)
    about = f"; checked: {checked}" if checked and diagnosis.verdict == "right" else ""
    return f"{diagnosis.function} ({ROLE_NAMES[diagnosis.role]}): {diagnosis.verdict}{about}."


def explanation_sentences(explanation):
    """Sentences (list of str) on what explains wrong quantities, and where to look.

    Examples
    --------
    >>> from .explanations import Explanation
    >>> explanation_sentences(Explanation(("loss",), (), (), factor=2.0))[0]
    'The loss is 2 times what it should be, on every input.'
    """
    what = listed(NAMES[q] for q in explanation.quantities)
    plural = "are" if len(explanation.quantities) > 1 else "is"
    times = "" if explanation.factor is None else f", and a factor of {explanation.factor:.4g}"
    if not explanation.mistakes:
        should = "they should be" if plural == "are" else "it should be"
        return [
            sentence(f"{what} {plural} {explanation.factor:.4g} times what {should}, on every input"),
            "Which equation has such a factor?",
        ]
    named = "; and ".join(m.name for m in explanation.mistakes)
    count = "One mistake explains" if len(explanation.mistakes) == 1 and not times else "Two mistakes explain"
    lines = [f"{count} {what} exactly: {named}{times}."]
    lines += [f"{m.hint} See equation ({_equation(m, explanation)})." for m in explanation.mistakes]
    for other in explanation.alternatives:
        lines.append(f"Also possible, with the same numbers: {'; and '.join(m.name for m in other)}.")
    return lines


def _equation(mistake, explanation):
    """Equation of a mistake; of the parts of a gradient, that of the gradient which is wrong."""
    only_centre = explanation.quantities == ("grad_v",)
    return "1.14" if only_centre and mistake.equation in ("1.15", "1.16") else mistake.equation


def failure_sentences(failure):
    """Sentences (list of str) on an exception.

    Examples
    --------
    >>> failure_sentences({"text": "ValueError: no", "line": 3, "code": "x", "title": "two words"})
    ['It raised ValueError: no, in line 3 ("x"); the smallest such input: two words.']
    """
    if failure.get("slow"):
        return [f"On the input “{failure['title']}” {failure['text']}: does a loop end?"]
    where = f', in line {failure["line"]} ("{failure["code"].strip()}")' if failure.get("line") else ""
    lines = [f"It raised {failure['text']}{where}; the smallest such input: {failure['title']}."]
    if failure.get("square"):
        lines.append(
            "It runs only where there are as many words as dimensions: is a matrix transposed? Compare the "
            "shapes in (1.8) and (1.11)."
        )
    return lines


def _wrong_lines(wrong, role):
    """Give lines of (indentation, text) for one wrong quantity."""
    yield 1, sentence(f"{NAMES[wrong.quantity]} {'are' if wrong.quantity == 'negatives' else 'is'} wrong")
    yield 2, f"smallest input: {wrong.wrong_on[0]}"
    for label, text in input_lines(wrong.values, role):
        yield 3, f"{label}: {text}"
    yield 3, f"expected: {numbers(wrong.expected)}"
    yield 3, f"given: {numbers(wrong.given)}"
    if wrong.given is not None and np.shape(wrong.given) != np.shape(wrong.expected):
        yield 2, f"shape expected: {np.shape(wrong.expected)}, given: {np.shape(wrong.given)}"
    if wrong.right_on:
        yield 2, "right for:"
        for title in wrong.right_on:
            yield 3, title


def lines(diagnosis):
    """Report of one function as (indentation, text) pairs.

    Examples
    --------
    >>> from .diagnosis import Diagnosis
    >>> list(lines(Diagnosis("mine", "naive", "not written", behaviour=["not_written"])))[1]
    (1, 'Nothing is computed yet: Every number returned is zero or None. See equation (1.3).')
    """
    yield 0, verdict_sentence(diagnosis)
    for key in diagnosis.behaviour:
        name, hint, equation = BEHAVIOUR[key]
        yield 1, sentence(f"{name}: {hint} See equation ({equation})")
        if key == "in_place":
            yield 2, f"changed: {', '.join(_INPUTS.get(name, name) for name in diagnosis.changed)}"
    if diagnosis.failure:
        for text in failure_sentences(diagnosis.failure):
            yield 1, text
    if diagnosis.wrong and set(diagnosis.behaviour) & {"in_place", "accumulates", "not_repeatable"}:
        yield 1, "The wrong numbers below may be a consequence of it."
    for wrong in diagnosis.wrong:
        yield from _wrong_lines(wrong, diagnosis.role)
    explained = {q for e in diagnosis.explanations for q in e.quantities}
    for explanation in diagnosis.explanations:
        for text in explanation_sentences(explanation):
            yield 1, text
    for wrong in diagnosis.wrong:
        if wrong.quantity not in explained and not diagnosis.behaviour:
            equation = EQUATIONS.get(
                (diagnosis.role, wrong.quantity), "1.17" if diagnosis.role == "skipgram" else ""
            )
            where = f" Compare it with equation ({equation}), term by term." if equation else ""
            yield (
                1,
                f"No known mistake, alone or with another, gives {NAMES[wrong.quantity]} as returned.{where}",
            )
    for text in diagnosis.advice:
        yield 1, f"Advice, which does not count: {text}."
    for text in diagnosis.notes:
        yield 1, f"Note: {text}."


def as_text(diagnosis):
    """Report of one function for the shell (str).

    Examples
    --------
    >>> from .diagnosis import Diagnosis
    >>> print(as_text(Diagnosis("mine", "sgd", "right", ("value",))))
    mine (gradient descent, (1.30)): right; checked: the value.
    """
    return "\n".join("    " * depth + text for depth, text in lines(diagnosis))


def as_markdown(diagnosis):
    """Report of one function as a Markdown list (str).

    Examples
    --------
    >>> from .diagnosis import Diagnosis
    >>> print(as_markdown(Diagnosis("mine", "sgd", "right", ("value",))))
    - mine (gradient descent, (1.30)): right; checked: the value.
    """
    escape = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>|#$"})
    return "\n".join(f"{'    ' * depth}- {text.translate(escape)}" for depth, text in lines(diagnosis))
