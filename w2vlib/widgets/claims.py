"""View of the table of claims: sort it, filter it, open a claim and see the value of each seed."""

import ipywidgets as widgets
import numpy as np

from ..experiments.verdicts import VERDICTS, ClaimResult, claims_table, format_p
from ..reporting import display
from ..utils.errors import W2VError, shown
from ..utils.statistics import format_interval
from .base import View, chart, labelled, table

_ALL = "all"
_SORT_KEYS = {
    "order of the report": None,
    "verdict": lambda v: VERDICTS.index(v.verdict),
    "claim": lambda v: v.claim.claim.lower(),
    "width of the interval": lambda v: v.high - v.low if np.isfinite([v.low, v.high]).all() else np.inf,
}


class ClaimsView(View):
    """Results of claims in a list that can be sorted and filtered, and a chart of the selected one.

    Examples
    --------
    >>> from ..experiments.claims import Claim
    >>> from ..experiments.verdicts import decide
    >>> from ..utils.resampling import Sample
    >>> claim = Claim("R1", "The loss ends under 9", "final", "loss", high=9)
    >>> view = ClaimsView(decide([claim], {"R1": Sample(np.array([[7.9], [8.0], [7.8]]), ("loss",))}))
    >>> _ = view.build()
    >>> view.update()
    >>> view.count.value, view.opened.options
    ('1 of 1 tests', (('R1  supported: The loss ends under 9', 0),))
    """

    def __init__(self, results):
        super().__init__()
        self.results = [result for result in results if not result.claim.is_fact]

    def build(self):
        """Make the controls, the list and the chart."""
        self.opened = widgets.Select(
            options=self._options(self.results), rows=12, description="open", layout={"width": "50em"}
        )
        self.controls = {
            "verdict": labelled(widgets.Dropdown(options=[_ALL, *VERDICTS], description="verdict")),
            "words": labelled(widgets.Text(description="with words", continuous_update=True)),
            "order": labelled(widgets.Dropdown(options=[*_SORT_KEYS], description="sorted by")),
        }
        self.detail = widgets.HTML()
        self.chart = chart("", "", 800, 240, showlegend=True)
        self.chart.add_scatter(mode="markers", name="seeds", marker={"size": 9, "opacity": 0.7})
        self.chart.add_scatter(
            mode="markers", name="figure and interval", marker={"size": 12, "symbol": "diamond"}
        )
        self.chart.add_scatter(mode="lines", name="limit", line={"dash": "dash"})
        self.chart.update_yaxes(visible=False, range=[-0.6, 1.6])
        self.count = widgets.HTML()
        self.opened.observe(self.guarded(self._open), "value")
        bar = widgets.HBox([*self.controls.values()])
        return widgets.VBox([bar, self.count, self.opened, self.detail, self.chart])

    @staticmethod
    def _options(results):
        return [(f"{v.claim.id}  {v.verdict}: {v.claim.claim}", n) for n, v in enumerate(results)]

    def update(self, *_):
        """List the results that pass the filters, in the chosen order."""
        verdict, words = self.controls["verdict"].value, self.controls["words"].value.lower().split()
        passed = [
            (n, v)
            for n, v in enumerate(self.results)
            if verdict in (_ALL, v.verdict)
            and all(word in f"{v.claim.id} {v.claim.claim} {v.claim.measure}".lower() for word in words)
        ]
        key = _SORT_KEYS[self.controls["order"].value]
        passed = passed if key is None else sorted(passed, key=lambda pair: key(pair[1]))
        chosen = self.opened.value
        labels = self._options(self.results)
        self.opened.options = [labels[n] for n, _ in passed]
        self.count.value = f"{len(passed)} of {len(self.results)} tests"
        if not passed:
            self.detail.value = ""
            self._draw(None)
            self.say("No claim passes: choose another verdict or fewer words.")
            return
        self.opened.value = chosen if chosen in [n for n, _ in passed] else passed[0][0]
        self._open()

    def _open(self, *_):
        if self.opened.value is None:
            return
        v = self.results[self.opened.value]
        rows = [
            ("claim", v.claim.claim),
            ("measure", v.claim.measure),
            ("supported if", v.claim.condition),
            ("figure [95 % interval]", format_interval(v.value, v.low, v.high, v.claim.digits)),
            ("the interval covers", v.covers),
            ("p (Holm)", format_p(v.p_adjusted)),
            ("verdict", v.verdict),
        ]
        self.detail.value = table(v.claim.id, ["", ""], rows)
        self._draw(v)

    def _draw(self, v):
        seeds, mean, limit = self.chart.data
        with self.chart.batch_update():
            values = np.array([]) if v is None else v.per_seed
            seeds.x, seeds.y = values, np.zeros(len(values))
            has_mean = v is not None and not np.isnan(v.value)
            mean.x, mean.y = ([v.value], [0.6]) if has_mean else ([], [])
            has_interval = has_mean and np.isfinite([v.low, v.high]).all()
            error_bar = (
                {"array": [v.high - v.value], "arrayminus": [v.value - v.low]}
                if has_interval
                else {"array": [0]}
            )
            mean.error_x = error_bar
            limits = [end for end in (v.claim.low, v.claim.high) if np.isfinite(end)] if has_mean else []
            limit.x = [x for end in limits for x in (end, end, None)]
            limit.y = [-0.5, 1.5, None] * len(limits)
            scale = "log" if has_mean and v.claim.scale == "log" else "linear"
            self.chart.update_xaxes(type=scale, title=v.claim.measure if has_mean else "")
            self.chart.update_layout(
                title=""
                if has_mean or v is None
                else "no value: the claim belongs to another text, or a word is missing"
            )


def explore_claims(results, label, caption):
    """Show the table of claims as an interactive view; a batch run shows it as a table.

    Parameters
    ----------
    results : list of verdicts.ClaimResult
    label, caption : str
        Of the table.

    Raises
    ------
    W2VError
        If `results` is no list of results.

    Examples
    --------
    >>> explore_claims([], "claims", "Tests of the published claims.")  # doctest: +SKIP
    """
    if not isinstance(results, list | tuple) or not all(isinstance(r, ClaimResult) for r in results):
        raise W2VError(f"results={shown(results)} is not allowed: give what verdicts.decide returns.")
    if display.is_interactive():
        ClaimsView(results).show()
        return
    display.show(display.Table(claims_table(results), label, caption))
