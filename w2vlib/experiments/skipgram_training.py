"""`SkipGram` trained on any text of an experiment, also on one of a few sentences."""

from ..models.skipgram import SkipGram
from ..models.training_loop import NoPairsError


def train_skipgram(sentences, **parameters):
    """Train without progress bar; where subsampling leaves no pair to train on, without subsampling.

    Parameters
    ----------
    sentences : Corpus or list of lists of str
    **parameters
        Of `SkipGram`.

    Returns
    -------
    SkipGram
        Fitted; its parameter `subsample` is the one that it was trained with.

    Examples
    --------
    >>> text = [["the", "cat", "sat"]] * 3  # with subsample=0.001 no word of such a text is kept
    >>> train_skipgram(text, dim=3, epochs=1, subsample=1e-9).subsample
    0
    """
    try:
        return SkipGram(**parameters).fit(sentences, progress=False)
    except NoPairsError:
        return SkipGram(**{**parameters, "subsample": 0}).fit(sentences, progress=False)
