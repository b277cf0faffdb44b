"""The text of a training of `SkipGram`: read, cut into rounds, and told from another one."""

import hashlib
from dataclasses import asdict

import numpy as np

from ..preprocessing.char_ngrams import Members
from ..text.encoded_text import EncodedText
from ..text.numbered_sentences import NumberedSentences
from ..text.vocabulary import encode
from ..utils.arguments import check_text
from ..utils.errors import W2VError, shown
from ..utils.files import sha256_of
from ..utils.memory import release_pages
from . import text_parts
from .context_means import cbow_round_tokens
from .partitions import row_order
from .update_sizes import many_updates_by_others, subword_round_tokens, updates_of_rows

_AT_ONCE = 1 << 24  # numbers
NOT_OF_THE_TRAINING = ("threads", "combine", "center")  # its bytes are the same for every value


def part_tokens(counts, p, updates=None):
    """Return the tokens of a part of the text of a training with parameters `p`; int.

    A round is long, so that its jobs are, but at most an eighth of the text: what is trained in the order of
    the buckets, instead of that of the text, makes worse vectors where a round is most of an epoch.

    Parameters
    ----------
    counts : (n_vocab,) int64
    p : dict
        Parameters of `SkipGram`; `partitions` is a number, and a round has as many parts.
    updates : float, optional
        For words with n-grams: all that `updates_of_rows` counts.

    Examples
    --------
    >>> p = dict(subsample=1e-3, learning_rate=0.025, window=5, n_negatives=5, objective="skip-gram")
    >>> part_tokens(np.full(1000, 5), {**p, "partitions": 2}) == text_parts.PART
    True
    """
    partitions = p["partitions"]
    steps = (p[name] for name in ("learning_rate", "window", "n_negatives"))
    if updates is not None:
        return max(1, subword_round_tokens(updates, *steps) // partitions)
    if p["objective"] == "cbow":
        return max(1, cbow_round_tokens(counts, p["subsample"], *steps) // partitions)
    part = text_parts.PART
    return max(2 * part, min(partitions * part, int(counts.sum()) // 8)) // partitions


def text_in_rows(p, vocab, ids, offsets):
    """Cut a text into parts, and give each word a row of the matrices.

    Parameters
    ----------
    p : dict
        Parameters of `SkipGram`; `partitions` is a number.
    vocab : Vocabulary
    ids, offsets : int32, int64 arrays
        See `text.vocabulary.encode`.

    Returns
    -------
    text : TextParts
    in_rows : Vocabulary
        The words in the order of their rows.
    members : Members or None
        Their n-grams, in the same order.
    small_steps : bool
        Whether the words have `update_sizes.many_updates_by_others`; for CBOW, whether a sentence is longer
        than `part_tokens` allows for a round.

    Examples
    --------
    >>> from w2vlib import SkipGram
    >>> p = SkipGram(subsample=0, partitions=4).check_params()
    >>> vocab, ids, offsets = read_text([["a", "b", "a"]], min_count=1, max_vocab=None)
    >>> text, in_rows, members, small_steps = text_in_rows(p, vocab, ids, offsets)
    >>> text.partitions, in_rows.words, members, small_steps
    (4, ('a', 'b'), None, False)
    """
    order = row_order(vocab.counts, p["subsample"], p["partitions"])
    in_rows = vocab if order.is_of_words else vocab.reordered(order.words)
    members = p["subwords"] and Members(p["subwords"], in_rows.words)
    updates, by_others = None, 0.0
    if members:
        updates, by_others = updates_of_rows(members, in_rows.counts, p["subsample"])
    size = part_tokens(in_rows.counts, p, updates)
    draws = vocab.counts, p["subsample"], p["noise_exponent"], p["partitions"]
    text = text_parts.TextParts(ids, offsets, *draws, size, order=order)
    small_steps = many_updates_by_others(by_others)
    if p["objective"] == "cbow":  # a round holds whole sentences, so it may be longer than it should be
        small_steps = text.longest_sentence > size * p["partitions"]
    return text, in_rows, members, small_steps


def _check_client(client):
    """Refuse what is no Dask client, or one that cannot train."""
    if isinstance(client, type) or not all(hasattr(client, m) for m in ("submit", "scatter", "nthreads")):
        raise W2VError(f"client={shown(client)} is not allowed: give a distributed.Client, or None.")
    if getattr(client, "status", "running") in ("closing", "closed"):
        raise W2VError("The client is closed: open one, distributed.Client(address), and give it.")
    if getattr(client, "asynchronous", False):
        raise W2VError("The client is asynchronous: give one that is made without asynchronous=True.")


def read_text(sentences, min_count, max_vocab, client=None):
    """Read a text that can be read again: vocabulary, token ids, and where each sentence begins.

    Parameters
    ----------
    sentences : EncodedText, NumberedSentences or iterable of lists of str
        With a method `encode_on`, which does the same on the workers of a client, if it has one.
    min_count, max_vocab : int
        See `text.vocabulary.encode`.
    client : distributed.Client, optional

    Raises
    ------
    W2VError
        If the text is an iterator, or has no sentence of two words; if the client is none, or is closed or
        asynchronous.

    Examples
    --------
    >>> vocab, ids, offsets = read_text([["a", "b"], ["b"]], min_count=1, max_vocab=None)
    >>> vocab.words, ids.tolist(), offsets.tolist()
    (('b', 'a'), [1, 0, 0], [0, 2, 3])
    """
    check_text(sentences, again=True)
    if client is not None:
        _check_client(client)
    if client is not None and hasattr(sentences, "encode_on"):
        vocab, ids, offsets = sentences.encode_on(client, min_count, max_vocab)
    elif isinstance(sentences, EncodedText | NumberedSentences):
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
        Of `SkipGram`; `partitions` is a number.
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
    return {"trainer": "SkipGram 6", **settings}  # 6: smaller steps of CBOW in sentences longer than a round


def _sha256_of_arrays(*arrays):
    """SHA-256 of the bytes of arrays, one after the other, of which only a piece need be in memory."""
    digest = hashlib.sha256()
    for array in arrays:
        for start in range(0, len(array), _AT_ONCE):
            digest.update(np.ascontiguousarray(array[start : start + _AT_ONCE]))
            release_pages(array)
    return digest.hexdigest()
