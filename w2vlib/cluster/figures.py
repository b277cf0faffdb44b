"""Figures that a notebook gives to the table of a sweep: recorded when it runs, read from its outputs."""

import json

from ..utils.errors import W2VError, shown

SCRAP = "application/scrapbook.scrap.json+json"  # the format of scrapbook's glue
RECORD = "application/papermill.record+json"  # the older one, of papermill's record


def record_figure(name, value):
    """Give a figure to the table of a sweep; in a notebook it shows nothing.

    The output has the format of scrapbook's ``glue``, so that scrapbook reads it too.

    Parameters
    ----------
    name : str
        Of the column.
    value
        What JSON can hold: a number, a text, true or false, a list or a dictionary of these.

    Raises
    ------
    W2VError
        If the name is empty, or the value is nothing that JSON can hold.

    Examples
    --------
    >>> record_figure("loss", 2.5)
    {'application/scrapbook.scrap.json+json': {'name': 'loss', 'data': 2.5, 'encoder': 'json', 'version': 1}}
    """
    from IPython.display import display

    if not isinstance(name, str) or not name:
        raise W2VError(f"The name of a figure is {shown(name)}: give a text.")
    value = value.item() if getattr(value, "shape", None) == () else value
    try:
        json.dumps(value)
    except (TypeError, ValueError) as error:
        raise W2VError(
            f"The figure {name} is {shown(value)}: give a number, a text, or lists of these."
        ) from error
    scrap = {"name": name, "data": value, "encoder": "json", "version": 1}
    display({SCRAP: scrap}, metadata={"scrapbook": {"name": name, "data": True, "display": False}}, raw=True)


def recorded_figures(notebook):
    """Read the figures that an executed notebook has recorded; name → value, the last one of a name.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> data = {SCRAP: {"name": "loss", "data": 2.5, "encoder": "json", "version": 1}}
    >>> recorded_figures(new_notebook(cells=[new_code_cell(outputs=[new_output("display_data", data)])]))
    {'loss': 2.5}
    """
    figures = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            scrap, record = data.get(SCRAP), data.get(RECORD)  # other forms are no figures
            if isinstance(scrap, dict) and scrap.get("encoder") == "json" and "name" in scrap:
                figures[str(scrap["name"])] = scrap.get("data")
            if isinstance(record, dict):
                figures |= {str(name): value for name, value in record.items()}
    return figures
