"""Figures that differ from run to run: wall-clock times and peak memory. A report can leave them out."""

import math
import os

OMITTED = "W2VLIB_NO_TIMINGS"  # variable of the environment, set by `w2v report --no-timings`


def are_shown():
    """Whether times and peak memory are measured and shown; bool.

    Examples
    --------
    >>> are_shown()
    True
    """
    return not os.environ.get(OMITTED)


def run_cost(value):
    """Return a time or a peak of memory as it was measured, or NaN where they are left out.

    Examples
    --------
    >>> run_cost(2.5)
    2.5
    """
    return value if are_shown() else math.nan
