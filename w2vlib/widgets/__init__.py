"""Interactive views in Jupyter, one call each; a batch run, and so the report, shows static figures instead.

`reporting.display.is_interactive` decides which.
"""

from .claims import explore_claims
from .gradients import explore_gradients
from .preprocessing import explore_preprocessing
from .training import explore_training
from .words import explore_words

__all__ = [
    "explore_claims",
    "explore_gradients",
    "explore_preprocessing",
    "explore_training",
    "explore_words",
]
