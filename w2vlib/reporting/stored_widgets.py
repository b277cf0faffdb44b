"""Texts of the widgets whose state a notebook stores, in place of the widgets, which need a kernel."""

import html
import re

WIDGET = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"


class StoredWidgets:
    """The widgets of a notebook.

    Parameters
    ----------
    metadata : dict
        The notebook's metadata under ``widgets``. What is of another kind than it should be has no texts.

    Examples
    --------
    >>> state = {"m": {"state": {"description": "rate", "value": 0.5}}}
    >>> widgets = StoredWidgets({"application/vnd.jupyter.widget-state+json": {"state": state}})
    >>> widgets.texts({"application/vnd.jupyter.widget-view+json": {"model_id": "m"}})
    'rate 0.5'
    """

    def __init__(self, metadata):
        self._models = _as(dict, _as(dict, _as(dict, metadata).get(_STATE)).get("state"))

    def texts(self, data):
        """Texts and values of the widget of an output's data, and of its children, in this order; str."""
        texts, waiting, seen = [], [_as(dict, data.get(WIDGET)).get("model_id")], set()
        while waiting:
            model = waiting.pop()
            if not isinstance(model, str) or model in seen:
                continue
            seen.add(model)
            own, children = self._of(model)
            texts += own
            waiting += [str(child).removeprefix("IPY_MODEL_") for child in reversed(children)]
        return " ".join(text for text in texts if text.strip())

    def _of(self, model):
        """Texts of one widget (list of str), and the names of its children (list)."""
        state = _as(dict, _as(dict, self._models.get(model)).get("state"))
        texts = [state.get("description"), state.get("value")]
        if isinstance(state.get("max"), int | float) and isinstance(state.get("value"), int | float):
            texts[1] = f"{state['value']} of {state['max']}"
        texts = [_text_of(str(text)) for text in texts if isinstance(text, str | int | float)]
        for output in _as(list, state.get("outputs")):
            output = _as(dict, output)
            texts.append(str(output.get("text") or _as(dict, output.get("data")).get("text/plain", "")))
        return texts, _as(list, state.get("children"))


def _as(kind, value):
    """Return the value if it is of a kind (dict or list), else an empty one."""
    return value if isinstance(value, kind) else kind()


def _text_of(text):
    """Text of a widget's HTML."""
    return html.unescape(re.sub(r"<[^<>]*>", "", text)).replace("\u200b", "").strip()
