"""Things to play with in Jupyter, a line each; in a batch run, and so in the report, pictures of them.

``explore.gradients()``, ``explore.training(run, text)``, ``explore.words(embeddings)``,
``explore.preprocessing(text)``, ``explore.claims(verdicts, …)``. See `display.live` for who decides.
"""

from .explore_claims import claims
from .explore_gradients import gradients
from .explore_preprocessing import preprocessing
from .explore_training import training
from .explore_words import words

__all__ = ["claims", "gradients", "preprocessing", "training", "words"]
