"""Findings on a student's own functions: a table, sentences, and a picture of the wrong gradient."""

import numpy as np
import pandas as pd

from ...grading import report
from ..display import Figure, Paragraph, Table
from ..gradient_arrows import gradient_arrows


def results_table(diagnoses):
    """Tabulate functions and their quantities: expected and given on the smallest wrong input.

    Examples
    --------
    >>> from ...grading.diagnosis import Diagnosis
    >>> results_table([Diagnosis("mine", "naive", "right", ("loss",))]).frame.values.tolist()
    [['mine', 'the loss', 'right', '', '', '']]
    """
    rows = []
    for diagnosis in diagnoses:
        wrong = {w.quantity: w for w in diagnosis.wrong}
        for quantity in diagnosis.checked or ("value",):
            w = wrong.get(quantity)
            unjudged = diagnosis.verdict in ("fails", "not written", "unclear")
            verdict = diagnosis.verdict if unjudged else "wrong" if w else "right"
            details = (w.wrong_on[0], report.numbers(w.expected), report.numbers(w.given)) if w else ("",) * 3
            rows.append((diagnosis.function, report.NAMES[quantity], verdict, *details))
    columns = ["function", "quantity", "verdict", "smallest wrong input", "expected", "given"]
    return Table(pd.DataFrame(rows, columns=columns), "mine", "What was checked, and what was found.")


def sentences(diagnosis):
    """Say what is wrong, on which input, and which mistake explains it.

    Examples
    --------
    >>> from ...grading.diagnosis import Diagnosis
    >>> print(sentences(Diagnosis("mine", "naive", "right", ("loss",))).text)
    - mine (naive softmax, (1.3) to (1.11)): right; checked: the loss.
    """
    return Paragraph(report.as_markdown(diagnosis))


def arrows(diagnosis):
    """Draw the right step and the step of the wrong gradient; None if no gradient with a step is wrong.

    Examples
    --------
    >>> from ...grading.diagnosis import Diagnosis
    >>> arrows(Diagnosis("mine", "naive", "right", ("loss",))) is None
    True
    """
    for wrong in diagnosis.wrong:
        key = {"grad_v": "v", "grad_V": "V", "grad_U": "U"}.get(wrong.quantity)
        expected, given = wrong.expected, wrong.given
        if key is None or given is None or given.shape != expected.shape or not np.isfinite(given).all():
            continue
        points = _rows(key, wrong.values[key])
        figure = gradient_arrows(points, _rows(key, expected), _rows(key, given))
        what = report.NAMES[wrong.quantity]
        caption = (
            f"A step against {what}, of size 1, on the smallest wrong input ({wrong.wrong_on[0]}): "
            f"the right step and that of `{diagnosis.function}`."
        )
        turned = [
            name for name, angle in _angles(_rows(key, expected), _rows(key, given)).items() if angle > 90
        ]
        alt = f"Arrows of the right and the given steps of {', '.join(points)}. " + (
            f"Given steps that point away from the right ones: {', '.join(turned)}."
            if turned
            else "No given step points away from the right one."
        )
        return Figure(figure, "mine", caption, alt)
    return None


def _rows(key, array):
    if array.ndim == 1:
        return {key: array}
    return {f"{key.lower()}_{w}": row for w, row in enumerate(array)}


def _angles(expected, given):
    """Angle between the right and the given gradient of each vector, in degrees; 0 where one is zero."""
    angles = {}
    for name, right in expected.items():
        lengths = np.linalg.norm(right) * np.linalg.norm(given[name])
        cosine = right @ given[name] / lengths if lengths > 0 else 1.0
        angles[name] = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return angles
