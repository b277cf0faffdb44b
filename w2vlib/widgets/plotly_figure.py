"""Plotly's figure for a notebook, which shows what it was sent on a slow page too."""

from pathlib import Path

import plotly
import plotly.graph_objects as go
import traitlets


class PlotlyFigure(go.FigureWidget):
    """Plotly's FigureWidget, loaded by a small module that keeps the messages sent until Plotly has started.

    Examples
    --------
    >>> figure = PlotlyFigure()
    >>> _ = figure.add_scatter(x=[1, 2], y=[3, 4])
    >>> figure.data[0].y
    (3, 4)
    """

    _esm = Path(__file__).with_name("plotly_figure.js")
    _plotly_version = traitlets.Unicode(plotly.__version__).tag(sync=True)
    _plotly_source = traitlets.Unicode().tag(sync=True)

    @traitlets.default("_plotly_source")
    def _read_source(self):
        return str(go.FigureWidget._esm)
