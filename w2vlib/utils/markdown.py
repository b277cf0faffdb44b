"""Words and tables as Markdown that shows any content unchanged."""

import re

from .statistics import format_number

_PLAIN = re.compile(r"[^\W_](?:[^\W_]|['’.,:/°%−-](?![.-]))*|['’][^\W_]+|%")


def as_markdown(token):
    """Write a token (str) so that Markdown shows it unchanged: plain text if that is safe, else as code.

    Examples
    --------
    >>> as_markdown("word"), as_markdown("*word*")
    ('word', '`*word*`')
    """
    return token if _PLAIN.fullmatch(token) else as_code(token)


def as_code(token):
    """Write a token (str) as code in Markdown, unchanged.

    Examples
    --------
    >>> as_code("word"), as_code("a `word`")
    ('`word`', '`` a `word` ``')
    """
    fence = "`" * (1 + max(map(len, re.findall("`+", token)), default=0))
    space = " " if "`" in token else ""
    return f"{fence}{space}{token}{space}{fence}"


def markdown_list(tokens):
    """Write tokens (iterable of str) one after another, with commas.

    Examples
    --------
    >>> markdown_list(["word", "*word*"])
    'word, `*word*`'
    """
    return ", ".join(map(as_markdown, tokens))


def not_empty(frame):
    """Return a DataFrame, or for one without rows a table that says so: references to its number stay valid.

    Examples
    --------
    >>> import pandas as pd
    >>> not_empty(pd.DataFrame({"word": []})).columns.tolist()
    ['nothing to show']
    """
    import pandas as pd

    nothing = {"nothing to show": ["The text contains nothing that this table could list."]}
    return pd.DataFrame(nothing) if frame.empty else frame


def markdown_table(frame):
    """Pipe table (str) of a DataFrame without its index: text left-aligned, numbers right-aligned.

    Floats have four significant digits, NaN is "—". A table without rows or columns says that there is
    nothing to show. (`DataFrame.to_markdown` needs the package tabulate, which escapes no bars or line
    ends.)

    Examples
    --------
    >>> import pandas as pd
    >>> print(markdown_table(pd.DataFrame({"word": ["king", "queen"], "count": [12, 7]})))
    | word | count |
    | :--- | ---: |
    | king | 12 |
    | queen | 7 |
    """
    frame = not_empty(frame)
    numeric = [_is_numeric(frame[name]) for name in frame]
    rows = [
        [_cell(str(name)) for name in frame],
        ["---:" if right else ":---" for right in numeric],
        *([_cell(value) for value in row] for row in frame.itertuples(index=False)),
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _is_numeric(column):
    """Whether every value of a column is a number or looks like one, e.g. "< 3 %" or "0.1 ± 0.2"."""

    def looks_numeric(value):
        text = str(value).strip("%+-−<>≥≤~ ×").replace(",", "").replace(" ", "")
        try:
            for part in text.split("±") if text else ():
                float(part)
        except ValueError:
            return False
        return True

    return all(looks_numeric(value) for value in column)


def _cell(value):
    """Write one value."""
    if isinstance(value, float):
        return format_number(value, ".4g")
    return str(value).replace("|", r"\|").replace("\n", " ")
