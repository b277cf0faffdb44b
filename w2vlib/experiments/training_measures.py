"""What is measured of a training: correlations, analogies, groups of words, and the spread of the vectors."""

from dataclasses import dataclass, fields, replace

import numpy as np

from ..evaluation import geometry, neighbour_stability, vector_spread
from ..evaluation.datasets import analogy_sections, word_pairs
from ..evaluation.similarity_analogy import score_analogies, score_word_pairs
from ..utils.columns import columns_of, figure
from ..utils.statistics import mean_interval


@dataclass(frozen=True)
class Measures:
    """Figures of one training; NaN where the text lacks what is asked.

    `closeness` is the mean, over groups of words, of the proportion of random groups of equally
    frequent words that are less close; 0.5 is the random baseline. `neighbours_shared` is the
    proportion of the ten nearest neighbours that two seeds have in common.

    Examples
    --------
    >>> measures = Measures(wordsim353=0.3, simlex999=0.1)
    >>> round(measures.similarity, 3), measures.analogies
    (0.2, nan)
    """

    seconds: float = figure("time", "s", 1, 1)
    pair_loss: float = figure("loss per pair", "nats")
    wordsim353: float = figure("WordSim-353", correlation=True)
    simlex999: float = figure("SimLex-999", correlation=True)
    analogies: float = figure("analogies", "%", 100, 1, proportion=True)
    closeness: float = figure("groups closer", proportion=True)
    neighbours_shared: float = figure("neighbours shared", "%", 100, 0, interval=False)
    silhouette: float = figure("silhouette", correlation=True)
    random_cosine: float = figure("mean cosine of random words", correlation=True)
    first_component: float = figure("squared length along the first component", proportion=True)
    first_component_frequency: float = figure(
        "correlation of the first component with frequency", correlation=True
    )

    @property
    def similarity(self):
        """Mean correlation of the two tests of word pairs; float."""
        return (self.wordsim353 + self.simlex999) / 2


def measure(embeddings, groups):
    """Measure embeddings.

    Parameters
    ----------
    embeddings : Embeddings
    groups : list of lists of str
        Words that should be close to each other.

    Returns
    -------
    Measures
        Without time, loss and shared neighbours.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("king", "queen", "good", "bad"), np.array([4, 3, 2, 1]))
    >>> e = Embeddings(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), vocab)
    >>> measures = measure(e, [["king", "queen"], ["good", "bad"]])
    >>> measures.silhouette, measures.seconds
    (1.0, nan)
    """
    spread = vector_spread.spread(embeddings)
    return Measures(
        wordsim353=score_word_pairs(embeddings, word_pairs("WordSim-353")).value,
        simlex999=score_word_pairs(embeddings, word_pairs("SimLex-999")).value,
        analogies=score_analogies(embeddings, analogy_sections())["all"].value,
        closeness=geometry.mean_percentile(embeddings, groups),
        silhouette=float(geometry.silhouettes(embeddings, groups).mean()) if groups else np.nan,
        random_cosine=spread.mean_cosine,
        first_component=spread.first_component,
        first_component_frequency=spread.first_component_frequency,
    )


def measure_seeds(several, groups, seconds, pair_losses):
    """Measure the embeddings of several seeds with their times and losses; list of `Measures`.

    Examples
    --------
    >>> from ..models.embeddings import Embeddings
    >>> from ..text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("king", "queen", "good"), np.array([3, 2, 1])))
    >>> first, second = measure_seeds([e, e], [["king", "queen"]], seconds=[2.0, 2.1], pair_losses=[3.5, 3.4])
    >>> second.seconds, second.pair_loss, second.neighbours_shared
    (2.1, 3.4, 1.0)
    """
    overlap = neighbour_stability.mean_overlap(several)
    return [
        replace(measure(e, groups), neighbours_shared=overlap, seconds=time, pair_loss=loss)
        for e, time, loss in zip(several, seconds, pair_losses, strict=True)
    ]


def means_over_seeds(measures):
    """Mean of each figure over seeds with its 95 % interval; dict of field name → (mean, low, high).

    Examples
    --------
    >>> means = means_over_seeds([Measures(analogies=0.1), Measures(analogies=0.3), Measures(analogies=0.2)])
    >>> [round(float(end), 3) for end in means["analogies"]]
    [0.2, 0.0, 0.448]
    """
    columns = columns_of(Measures)
    return {
        f.name: mean_interval(
            [getattr(one, f.name) for one in measures],
            proportion=columns[f.name].proportion,
            correlation=columns[f.name].correlation,
        )
        for f in fields(Measures)
    }
