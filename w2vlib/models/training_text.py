"""The text of a training of `SkipGram`: read, cut into rounds, and told from another one."""

import hashlib
from dataclasses import asdict

import numpy as np

from ..text.encoded_text import EncodedText
from ..text.vocabulary import encode
from ..utils.errors import W2VError
from ..utils.files import sha256_of
from ..utils.memory import release_pages
from . import text_parts
from .context_means import cbow_round_tokens
from .update_sizes import subword_round_tokens

_AT_ONCE = 1 << 24  # numbers
NOT_OF_THE_TRAINING = ("threads", "combine", "center")  # its bytes are the same for every value


def round_tokens(counts, members, p):
    """Return the tokens of a round of a training with parameters `p`; int.

    Parameters
    ----------
    counts : (n_vocab,) int64
    members : Members or None
        The n-grams of the words, if they have vectors.
    p : dict
        Parameters of `SkipGram`.

    Examples
    --------
    >>> p = {"subsample": 1e-3, "learning_rate": 0.025, "objective": "skip-gram"}
    >>> round_tokens(np.full(1000, 5), None, p) == text_parts.ROUND
    True
    """
    often = counts, p["subsample"], p["learning_rate"]
    if members:
        return subword_round_tokens(members, *often)
    if p["objective"] == "cbow":
        return cbow_round_tokens(*often, p["window"], p["n_negatives"])
    return text_parts.ROUND


def read_text(sentences, min_count, max_vocab, client=None):
    """Read a text that can be read again: vocabulary, token ids, and where each sentence begins.

    Parameters
    ----------
    sentences : EncodedText or iterable of lists of str
        With a method `encode_on`, which does the same on the workers of a client, if it has one.
    min_count, max_vocab : int
        See `text.vocabulary.encode`.
    client : distributed.Client, optional

    Raises
    ------
    W2VError
        If the text is an iterator, or has no sentence of two words.

    Examples
    --------
    >>> vocab, ids, offsets = read_text([["a", "b"], ["b"]], min_count=1, max_vocab=None)
    >>> vocab.words, ids.tolist(), offsets.tolist()
    (('b', 'a'), [1, 0, 0], [0, 2, 3])
    """
    try:
        once = iter(sentences) is sentences
    except TypeError:
        once = True
    if once or isinstance(sentences, str):
        kind = type(sentences).__name__
        raise W2VError(
            f"A {kind} is not a text that can be read again, so nobody could repeat or resume the training: "
            "give a Corpus, a list of token lists, or an object whose __iter__ starts from the beginning."
        )
    if client is not None and hasattr(sentences, "encode_on"):
        vocab, ids, offsets = sentences.encode_on(client, min_count, max_vocab)
    elif isinstance(sentences, EncodedText):
        vocab, ids, offsets = sentences.encoded(min_count, max_vocab)
    else:
        vocab, ids, offsets = encode(sentences, min_count, max_vocab)
    if not any(
        np.diff(offsets[i : i + _AT_ONCE + 1]).max() > 1 for i in range(0, len(offsets) - 1, _AT_ONCE)
    ):
        raise W2VError(
            "No sentence of the text has two words of the vocabulary: there is no context to learn from."
        )
    return vocab, ids, offsets


def training_identity(parameters, vocab, ids, offsets, init):
    """Return all that the result depends on, and a checkpoint must agree with; dict.

    Parameters
    ----------
    parameters : dict
        Of `SkipGram`.
    vocab : Vocabulary
    ids, offsets : int32, int64 arrays
    init : InitialVectors or None

    Examples
    --------
    >>> vocab, ids, offsets = read_text([["a", "b"]], min_count=1, max_vocab=None)
    >>> identity = training_identity({"dim": 3, "threads": 2, "subwords": None}, vocab, ids, offsets, None)
    >>> sorted(identity)
    ['dim', 'init', 'subwords', 'text', 'trainer', 'words']
    """
    settings = {name: value for name, value in parameters.items() if name not in NOT_OF_THE_TRAINING}
    settings["subwords"] = parameters["subwords"] and asdict(parameters["subwords"])
    settings["words"] = sha256_of("\n".join(vocab.words).encode())
    settings["text"] = _sha256_of_arrays(ids, offsets)
    settings["init"] = init and init.sha256
    return {"trainer": "SkipGram", **settings}


def _sha256_of_arrays(*arrays):
    """SHA-256 of the bytes of arrays, one after the other, of which only a piece need be in memory."""
    digest = hashlib.sha256()
    for array in arrays:
        for start in range(0, len(array), _AT_ONCE):
            digest.update(np.ascontiguousarray(array[start : start + _AT_ONCE]))
            release_pages(array)
    return digest.hexdigest()
