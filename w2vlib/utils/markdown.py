"""Text and tables of any content, written so that Markdown shows them as they are."""

import re

import pandas as pd

from .statistics import format_number

_HARMLESS = re.compile(r"[^\W_](?:[^\W_]|['’.,:/°%−-](?!-))*|['’][^\W_]+|%")
# In the place of a table without rows, so that its number and the references to it stay.
EMPTY_TABLE = pd.DataFrame({"nothing to show": ["The text has none of what this table would list."]})


def as_markdown(token):
    """Write a token (str) so that Markdown shows it as it is: plain if harmless, else as code.

    Examples
    --------
    >>> as_markdown("word"), as_markdown("*word*")
    ('word', '`*word*`')
    """
    if _HARMLESS.fullmatch(token):
        return token
    fence = "`" * (1 + max(map(len, re.findall("`+", token)), default=0))
    space = " " if "`" in token else ""
    return f"{fence}{space}{token}{space}{fence}"


def markdown_table(frame):
    """Pipe table (str) of a DataFrame without its index: text to the left, numbers to the right.

    Floats are printed with four significant digits, "—" for NaN; without rows or columns the table says
    that there is nothing to show.

    Examples
    --------
    >>> print(markdown_table(pd.DataFrame({"word": ["king", "queen"], "count": [12, 7]})))
    | word | count |
    | :--- | ---: |
    | king | 12 |
    | queen | 7 |
    """
    frame = EMPTY_TABLE if frame.empty else frame
    numeric = [_is_numeric(frame[name]) for name in frame]
    rows = [
        [str(name) for name in frame],
        ["---:" if right else ":---" for right in numeric],
        *([_cell(value) for value in row] for row in frame.itertuples(index=False)),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _is_numeric(column):
    def looks(value):
        text = str(value).strip("%+-−<>≥≤~ ×").replace(",", "").replace(" ", "")
        try:
            float(text.split("±")[0] if text else "0")
        except ValueError:
            return False
        return True

    return all(looks(value) for value in column)


def _cell(value):
    if isinstance(value, float):
        return format_number(value, ".4g")
    return str(value).replace("|", r"\|").replace("\n", " ")
