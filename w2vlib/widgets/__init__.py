"""Views to explore in Jupyter, one call each; in a batch run, and so in the report, pictures of them.

See `reporting.display.is_interactive` for who decides.
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
