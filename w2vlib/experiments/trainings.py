"""Trainings of one seed each, with what the tests of the claims measure."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from tqdm.auto import tqdm

from ..evaluation import closeness
from ..models.embeddings import Embeddings
from ..models.ppmi_svd import ppmi_svd
from ..replication import published_recipe
from ..text.corpus import Corpus
from ..text.numbered_sentences import NumberedSentences
from . import recipe_comparison
from .skipgram_training import train_skipgram


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
    run : published_recipe.Run, optional
        What it was made of.

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
    run: published_recipe.Run | None = None

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
            run,
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


def train_seeds(corpus, settings, seeds, progress=True):
    """Train the recipe, and `SkipGram` at the same and at 100 dimensions, with each of some seeds.

    Every training also has the vectors of PPMI-SVD, which have no seed.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
        Its seeds are those of seed 0; on a short text the subsampling threshold is raised until each run
        has pairs to draw.
    seeds : sequence of int
    progress : bool

    Yields
    ------
    Training
        One per seed, as soon as it is made.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = published_recipe.PUBLISHED.replace(iterations=70, dim=3)
    >>> training = next(train_seeds(text, settings, [0, 1], progress=False))
    >>> len(training.checkpoints), {name: e.vectors.shape[1] for name, e in training.other_models.items()}
    (7, {'SkipGram, same dim': 3, 'SkipGram, dim 100': 100, 'PPMI-SVD, dim 100': 100})
    """
    if not len(seeds):
        return
    trainings = SeedTrainings(corpus, settings, max(seeds) + 1)
    for seed in tqdm(seeds, unit="seed", disable=not progress):
        yield trainings.train(seed)


class SeedTrainings:
    """What the trainings of all seeds have in common.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
        As for `train_seeds`.
    n_seeds : int
        Of which each must have pairs to draw.
    threads : int, optional
        Of `SkipGram`; the vectors are the same for any number.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5)
    >>> settings = published_recipe.PUBLISHED.replace(iterations=70, dim=3)
    >>> SeedTrainings(text, settings, n_seeds=2).train(1).iterations
    [10, 20, 30, 40, 50, 60, 70]
    """

    def __init__(self, corpus, settings, n_seeds, threads=None):
        self.corpus, self.threads = corpus, threads
        self.settings = recipe_comparison.with_checkpoints(corpus, settings, n_seeds)
        self.numbered = NumberedSentences([[token.lower() for token in sentence] for sentence in corpus])
        self.factored = ppmi_svd(self.numbered, 100, settings.window)  # has no seed
        self.compared = recipe_comparison.skipgram_parameters(self.numbered, self.settings)

    def train(self, seed):
        """Train the recipe and the two `SkipGram` with a seed; a `Training`."""
        settings = recipe_comparison.with_seed(self.settings, seed)
        run = published_recipe.reproduce(self.corpus, settings, progress=False)
        models = {
            name: train_skipgram(self.numbered, **parameters, seed=seed, threads=self.threads).embeddings_
            for name, parameters in self.compared.items()
        }
        return Training.of_run(run, self.corpus, models | {recipe_comparison.PPMI: self.factored})


def controls(training, groups, pairs, seed):
    """Vectors with and without structure, to test the tests.

    Parameters
    ----------
    training : Training
        Gives the vocabulary, the dimensions and the iterations of the checkpoints.
    groups : list of lists of str
        Words that get a common direction: two of a group have a cosine of about 0.8.
    pairs : list of (str, str)
        The second word of each gets the vector of the first plus a common offset.
    seed : int

    Returns
    -------
    dict
        "structure" and "no structure" → Training. The checkpoints of the first are random in the first
        two fifths of the iterations, and have the structure later; the second has none.

    Examples
    --------
    >>> from ..text.vocabulary import Vocabulary
    >>> vocab = Vocabulary(("king", "queen", "the", "of"), np.array([4, 3, 2, 1]))
    >>> made = controls(Training(None, Embeddings(np.zeros((4, 50)), vocab)), [["king", "queen"]], [], seed=0)
    >>> [round(made[name].final.similarity("king", "queen")) for name in ("structure", "no structure")]
    [1, 0]
    """
    vocab, shape = training.final.vocab, training.final.vectors.shape
    rng = np.random.default_rng(seed)
    vectors, random = rng.normal(size=shape), [rng.normal(size=shape) for _ in training.iterations]
    for words in groups:
        ids = [vocab.ids[word] for word in words if word in vocab]
        vectors[ids] += 2 * rng.normal(size=shape[1])
    offset = rng.normal(size=shape[1])
    for word, other in pairs:
        noise = 0.3 * rng.normal(size=shape[1])
        vectors[vocab.ids[other]] = vectors[vocab.ids[word]] + offset + noise
    final, unstructured = (Embeddings(each, vocab) for each in (vectors, rng.normal(size=shape)))
    begin = 0.4 * training.iterations[-1] if training.iterations else 0
    checkpoints = {
        i: Embeddings(each, vocab) if i < begin else final
        for i, each in zip(training.iterations, random, strict=True)
    }
    return {
        "structure": Training(training.text, final, checkpoints),
        "no structure": Training(training.text, unstructured),
    }
