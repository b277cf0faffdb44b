"""What a notebook says about itself, its cells and its outputs, for every way of printing it."""

import datetime
import re

METADATA_KEY = "w2v"  # under which our metadata are stored
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # colour codes of a terminal


def title_page(nb):
    """Metadata of the title page (dict), and the time of creation.

    Examples
    --------
    >>> from nbformat.v4 import new_notebook
    >>> meta, created = title_page(new_notebook(metadata={"title": "Losses"}))
    >>> meta["title"], meta["date"], created.year
    ('Losses', '', 1980)
    """
    given = nb.metadata.get(METADATA_KEY, {})
    given = given if isinstance(given, dict) else {}
    try:
        written = datetime.datetime.fromisoformat(given["created"])
        date = f"{written.day} {written:%B %Y}"
        if written.tzinfo is None:  # in UTC: the bytes do not depend on where they are made
            written = written.replace(tzinfo=datetime.UTC)
        created = written.astimezone(datetime.UTC)
    except (KeyError, TypeError, ValueError, OverflowError):  # the last: in UTC it is before year 1
        created, date = datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC), ""

    def text(name, otherwise=""):
        return given[name] if isinstance(given.get(name), str) else otherwise

    def texts(name):
        values = given.get(name)
        return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []

    title = nb.metadata.get("title")
    return {
        "title": text("title", title if isinstance(title, str) else "Notebook"),
        "subtitle": text("subtitle"),
        "authors": texts("authors"),
        "keywords": texts("keywords"),
        "text": text("text"),
        "text-short": text("text_short"),
        "date": date,
        "first-section": 0 if repr(given.get("first_section")) == "0" else 1,
    }, created


def place_of(cell, position):
    """Name of the notebook and number of a cell, from its metadata; else "notebook" and its position.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell
    >>> place_of(new_markdown_cell("", metadata={"w2v": {"notebook": "03_training", "cell": 7}}), 1)
    ('03_training', 7)
    """
    place = cell.metadata.get(METADATA_KEY, {})
    notebook, number = (place.get("notebook"), place.get("cell")) if isinstance(place, dict) else (None, None)
    if isinstance(notebook, str) and re.fullmatch(r"[\w-]+", notebook, re.ASCII):
        return notebook, number if type(number) is int else position
    return "notebook", position


def record_of(output):
    """Metadata that `display` added to an output (dict); {} for any other.

    Examples
    --------
    >>> record_of({"metadata": {"w2v": {"kind": "headline"}}}), record_of({})
    ({'kind': 'headline'}, {})
    """
    metadata = output.get("metadata")
    record = metadata.get(METADATA_KEY) if isinstance(metadata, dict) else None
    return record if isinstance(record, dict) else {}


def markdown_of(output):
    """Markdown (str) of an output; None if it has none.

    Examples
    --------
    >>> markdown_of({"data": {"text/markdown": "*king*"}}), markdown_of({"text": "queen"})
    ('*king*', None)
    """
    data = output.get("data")
    markdown = data.get("text/markdown") if isinstance(data, dict) else None
    return markdown if isinstance(markdown, str) else None


def without_captions(outputs):
    """Leave out the outputs of a cell that are captions of its figures and tables, which have them; list.

    Examples
    --------
    >>> records = [{"kind": "table", "label": "t"}, {"kind": "caption", "label": "t"}, {"kind": "caption"}]
    >>> [record_of(output) for output in without_captions([{"metadata": {"w2v": r}} for r in records])]
    [{'kind': 'table', 'label': 't'}, {'kind': 'caption'}]
    """
    records = [record_of(output) for output in outputs]
    labels = [record.get("label") for record in records if record.get("kind") in ("figure", "table")]
    return [
        output
        for output, record in zip(outputs, records, strict=True)
        if record.get("kind") != "caption" or record.get("label") not in labels
    ]
