"""Trainings of one seed each, with what the tests of the claims measure."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..evaluation import closeness
from ..models.embeddings import Embeddings
from ..replication import published_recipe
from ..text.corpus import Corpus


@dataclass(frozen=True, eq=False)
class Training:
    """A training of one seed that the tests measure.

    Attributes
    ----------
    text : Corpus
    final : Embeddings
        Input vectors at the end.
    checkpoints : dict
        Iteration → Embeddings.
    loss, seconds : float
        Moving average of the loss at the end; wall-clock time.
    is_published : bool
        Whether settings and text are the published ones.
    other_models : dict
        Name of another recipe → Embeddings of the same text.

    Examples
    --------
    >>> text = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 5
    >>> run = published_recipe.reproduce(
    ...     text, iterations=20, dim=3, subsample=1, checkpoint_every=10, progress=False
    ... )
    >>> training = Training.of_run(run, text)
    >>> training.iterations, training.nearest_checkpoint(0.4), training.final.vectors.shape
    ([10, 20], 10, (5, 3))
    """

    text: Corpus
    final: Embeddings
    checkpoints: dict = field(default_factory=dict)
    loss: float = np.nan
    seconds: float = np.nan
    is_published: bool = False
    other_models: dict = field(default_factory=dict)

    @classmethod
    def of_run(cls, run, text, other_models=None):
        """Make it of a `published_recipe.Run`."""
        checkpoints = {i: Embeddings(vectors[0], run.vocab) for i, vectors in sorted(run.checkpoints.items())}
        return cls(
            text,
            Embeddings(run.input_vectors, run.vocab),
            checkpoints,
            float(run.ema_loss[-1]) if run.ema_loss.size else np.nan,
            run.seconds,
            published_recipe.is_published(run, any_seed=True),
            other_models or {},
        )

    @cached_property
    def matched(self):
        """Equally frequent words of each word."""
        return closeness.MatchedWords(self.final.vocab)

    @property
    def iterations(self):
        """Iterations with a checkpoint, ascending; list of int."""
        return sorted(self.checkpoints)

    def nearest_checkpoint(self, fraction):
        """Return the iteration with a checkpoint that is nearest to a fraction of all iterations; int."""
        return min(self.iterations, key=lambda iteration: abs(iteration - fraction * self.iterations[-1]))
