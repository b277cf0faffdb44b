"""Findings of notebook 06: reproducibility checklists, answered in ``report/checklists.toml``."""

import pandas as pd

from ...utils.errors import W2VError
from ...utils.files import explained_read_errors, project_root
from ...utils.statistics import format_count
from ...utils.toml_files import read_toml
from ..display import Paragraph, Table

ANSWERS = ("yes", "partly", "no", "not applicable", "open")
_KEYS = {"item", "answer", "where"}


def read_checklists(path=None):
    """Read the answers.

    Parameters
    ----------
    path : path, optional
        TOML: ``checklists``, each with ``name``, ``reference`` (in ``refs.bib``) and ``items``, each with
        ``item``, ``answer`` (one of `ANSWERS`) and ``where``. Default: that of the project.

    Returns
    -------
    list of dict

    Raises
    ------
    W2VError
        If the file is missing or an item lacks something.

    Examples
    --------
    >>> [checklist["name"] for checklist in read_checklists()]
    ['NeurIPS', 'ACL', 'ACM', 'ML code completeness']
    """
    path = path or project_root() / "report" / "checklists.toml"
    with explained_read_errors(path, "a table of checklists"):
        checklists = read_toml(path)["checklists"]
        rows = [(checklist["name"], item) for checklist in checklists for item in checklist["items"]]
        if not all(
            isinstance(checklist[key], str) for checklist in checklists for key in ("name", "reference")
        ):
            raise ValueError("a name or a reference is no text")
    for name, item in rows:
        if (
            not isinstance(item, dict)
            or item.keys() != _KEYS
            or not all(isinstance(text, str) and text for text in item.values())
        ):
            raise W2VError(f"An item of {name} in {path} needs item, answer and where: {item!r:.80}.")
        if item["answer"] not in ANSWERS:
            raise W2VError(
                f"{path}: “{item['item']}” is answered {item['answer']!r}; give {', '.join(ANSWERS)}."
            )
    return checklists


def checklists_table(checklists):
    """Tabulate the answers.

    Examples
    --------
    >>> item = {"item": "Code is open", "answer": "yes", "where": "`LICENSE`"}
    >>> checklists_table([{"name": "ACM", "reference": "acm2020", "items": [item]}]).frame.values.tolist()
    [['ACM', 'Code is open', 'yes', '`LICENSE`']]
    """
    rows = [
        (checklist["name"] if number == 0 else "", item["item"], item["answer"], item["where"])
        for checklist in checklists
        for number, item in enumerate(checklist["items"])
    ]
    return Table(
        pd.DataFrame(rows, columns=["checklist", "item, in our words", "answer", "where to see it"]),
        "checklists",
        "Reproducibility checklists. Open: left to the authors.",
    )


def checklists_summary(checklists):
    """Count the answers.

    Examples
    --------
    >>> items = [{"item": "Code is open", "answer": answer, "where": "here"} for answer in ("yes", "no")]
    >>> print(checklists_summary([{"name": "ACM", "reference": "acm2020", "items": items}]).text)
    [ACM](#ref-acm2020): 1 of 2 items is answered yes, 0 partly, 1 no, 0 not applicable, 0 open.
    """
    sentences = []
    for checklist in checklists:
        answers = [item["answer"] for item in checklist["items"]]
        n = {answer: answers.count(answer) for answer in ANSWERS}
        others = ", ".join(f"{n[answer]} {answer}" for answer in ANSWERS[1:])
        sentences.append(
            f"[{checklist['name']}](#ref-{checklist['reference']}): {n['yes']} of "
            f"{format_count(len(answers), 'item')} {'is' if n['yes'] == 1 else 'are'} answered yes, {others}."
        )
    return Paragraph(" ".join(sentences))
