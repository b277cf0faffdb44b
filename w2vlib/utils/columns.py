"""Columns of tables of figures: heading, unit, scale and digits, declared beside the figure."""

from dataclasses import dataclass, field, fields

import numpy as np

from .statistics import format_number, mean_interval


@dataclass(frozen=True)
class Column:
    """How a figure is shown.

    Parameters
    ----------
    heading : str
        Head of its column, without the unit.
    unit : str
        E.g. "%" or "s"; empty for a figure without unit.
    scale : float
        The figure is multiplied by it, e.g. 100 for percentages.
    digits : int
        Behind the decimal point.
    proportion : bool
        Whether the figure lies between 0 and 1, and so does its interval.
    interval : bool
        Whether an interval over seeds is shown.
    correlation : bool
        Whether the figure lies between −1 and 1, as a cosine does, and so does its interval.

    Examples
    --------
    >>> Column("accuracy", "%", 100, 1, proportion=True).title
    'accuracy [%]'
    >>> Column("accuracy", "%", 100, 1).plus_minus([0.25, 0.35])
    '30.0 ± 63.5'
    """

    heading: str
    unit: str = ""
    scale: float = 1.0
    digits: int = 2
    proportion: bool = False
    interval: bool = True
    correlation: bool = False

    @property
    def title(self):
        """Heading with the unit in brackets; str."""
        return f"{self.heading} [{self.unit}]" if self.unit else self.heading

    def plus_minus(self, values):
        """Mean over seeds ± half the width of its 95 % interval, where there is one; str.

        Examples
        --------
        >>> Column("time", "s").plus_minus([1.0, 1.2, 1.1])
        '1.10 ± 0.25'
        >>> Column("vocabulary", digits=0).plus_minus([500, 500])  # it does not depend on the seed
        '500'
        """
        mean, low, high = mean_interval([self.scale * value for value in values])
        shown = format_number(mean, f",.{self.digits}f")
        if self.interval and np.isfinite([low, high]).all() and np.ptp(values) > 0:
            shown += f" ± {(high - low) / 2:,.{self.digits}f}"
        return shown


def figure(*column, default=np.nan, **more):
    """Declare a field of a dataclass that is a figure, shown as `Column` (…) says.

    Examples
    --------
    >>> @dataclass
    ... class Row:
    ...     seconds: float = figure("time", "s")
    >>> columns_of(Row)["seconds"].title
    'time [s]'
    """
    return field(default=default, metadata={"column": Column(*column, **more)})


def columns_of(schema, *names):
    """Columns of the figures of a dataclass, all or those named; dict of field name → `Column`.

    Examples
    --------
    >>> @dataclass
    ... class Row:
    ...     name: str
    ...     seconds: float = figure("time", "s")
    ...     accuracy: float = figure("accuracy", "%", 100)
    >>> list(columns_of(Row)), columns_of(Row, "accuracy")["accuracy"].title
    (['seconds', 'accuracy'], 'accuracy [%]')
    """
    columns = {f.name: f.metadata["column"] for f in fields(schema) if "column" in f.metadata}
    return {name: columns[name] for name in names} if names else columns
