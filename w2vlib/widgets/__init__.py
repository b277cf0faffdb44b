"""Interactive views in Jupyter, one call each; a batch run, and so the report, shows static figures instead.

`reporting.display.is_interactive` decides which.
"""

from ..utils.lazy_names import lazy_names

_MODULES = {
    "explore_claims": "claims",
    "explore_gradients": "gradients",
    "explore_preprocessing": "preprocessing",
    "explore_training": "training",
    "explore_words": "words",
}
__all__ = list(_MODULES)
__getattr__, __dir__ = lazy_names(__name__, _MODULES)
