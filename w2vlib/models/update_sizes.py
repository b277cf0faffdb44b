"""How many updates may be summed before rows are read again, so that training does not diverge."""

import numpy as np

from ..text.sampling import keep_probabilities
from .partitions import FEW
from .skipgram_kernels import BLOCK, GROUPS

SUBWORD_ROUND = 16_384  # tokens of a round where words share n-grams, whose rows move once a round; at most
# Updates of a word's mean of rows in one round that come from other words: about 55 in the texts of
# this project with n-grams of 3 to 6. Near 60 some small texts diverge, so above that the target is 30.
_ORDINARY_MOVES, _SAFE_MOVES = 60, 30
# Learning rate times updates of one row from the same scores, at most: by shared negatives for a row
# of U and of V, and by pairs. Above 0.025 the limits fall with the rate, since larger rates give
# longer vectors, which need smaller steps. The values are measured: see tests/models/test_skipgram.py.
_NEGATIVE_LIMIT, _CENTRE_LIMIT, _PAIR_LIMIT, USUAL_RATE = 2.1, 1.1, 1.3, 0.025
# With two partitions a block is a short piece of the text, in which the share of a word varies much. There a
# word repeats if it is 20 of 64 words, which ordinary text does not have at the usual subsampling; or fewer
# where a centre word has more updates by negatives than with windows of 5 and 5 negatives.
_REPEATED, _UPDATES = 0.6, (5 + 1) * 5
# Of these limits, where words share so many n-grams that the mean of rows of one gets more updates by others
# per token than this; ordinary text has 0.004 with n-grams of 3 to 6 and 0.016 with 2 to 4.
_SMALL, _MANY_UPDATES = 1 / 8, 0.02
_MOST = 32  # times as many groups as usual; what this cannot hold diverges, and is refused


def shared_negatives(n_negatives):
    """Negatives in a group that a block of centre words shares: a multiple of 8, as the kernel needs.

    Examples
    --------
    >>> shared_negatives(5), shared_negatives(8)
    (8, 16)
    """
    return 8 * (n_negatives // 8 + 1)


def update_sizes(text, settings, rate, a, b, shares=None):
    """Tell how many updates may be computed from the same scores, so that their sum stays a small step.

    Updates from the same scores add up as those of a batch do. Where their sum is too large for the
    curvature of the loss, the vectors diverge. That happens at large learning rates, and in small
    vocabularies, where a few rows get all updates. So blocks and batches are smaller there.

    Parameters
    ----------
    text : Draws
    settings : dict
        n_negatives, window; objective, "skip-gram" or "cbow", if not the first; small_steps, whether the
        words have `many_updates_by_others`.
    rate : float, or array
        Learning rate.
    a, b : int, or arrays that fit to `rate`
        Partitions of the centre words and of the outside words.
    shares : (n_parts, partitions) float64, optional
        Of words that repeat; see `skipgram_kernels.largest_shares`.

    Returns
    -------
    (…, 3) int64
        Centre words in a block, groups of negatives per block, and pairs at a time: `BLOCK`, `GROUPS` and
        ``BLOCK · shared``, or 2 / P of it with P > 2 partitions, wherever that is safe.

    Examples
    --------
    >>> from w2vlib.models.text_parts import TextParts
    >>> from w2vlib.text.vocabulary import encode
    >>> vocab, ids, offsets = encode([["a", "b", "c"]] * 9)
    >>> text = TextParts(ids, offsets, vocab.counts, subsample=0, noise_exponent=0.75)
    >>> update_sizes(text, {"n_negatives": 5, "window": 5}, rate=0.1, a=0, b=1).tolist()
    [1, 4, 3]
    """
    n_negatives, small = settings["n_negatives"], settings.get("small_steps", False)
    shared, rate = shared_negatives(n_negatives), np.asarray(rate, np.float64)
    ease = np.minimum(1.0, USUAL_RATE / np.maximum(rate, 1e-300)) * (_SMALL if small else 1.0)
    noise, n_pairs_of_centre = text.largest_noise[b], settings["window"] + 1
    least = 0.0 if small else min(_REPEATED, _UPDATES / (n_pairs_of_centre * n_negatives))
    of_centre, of_outside = (_largest_share(text, partition, shares, least) for partition in (a, b))
    if settings.get("objective") == "cbow":  # a centre word is a mean, which occurs once, in one pair
        of_centre, n_pairs_of_centre = 0 * of_centre, 1
    mass = text.noise_mass[b] * text.sets  # that a centre word meets there, on average where it meets any
    drawn = rate * n_pairs_of_centre * n_negatives * mass / GROUPS  # of a centre word, in a group
    by_one = drawn / shared * np.maximum(1.0, shared * noise)  # to the row of a negative
    n_block = np.minimum(BLOCK, _NEGATIVE_LIMIT * ease / np.maximum(by_one, 1e-300))
    n_block = np.minimum(n_block, _CENTRE_LIMIT * ease / np.maximum(of_centre * drawn, 1e-300))
    n_block = np.maximum(1, n_block.astype(np.int64))
    too_large = np.maximum(
        n_block * by_one / (_NEGATIVE_LIMIT * ease),
        np.maximum(1.0, n_block * of_centre) * drawn / (_CENTRE_LIMIT * ease),
    )
    more_groups = np.clip(np.ceil(too_large), 1, _MOST).astype(np.int64)
    n_groups = GROUPS * np.where(n_block == 1, more_groups, 1)
    n_pairs = _PAIR_LIMIT * ease / np.maximum(rate * np.maximum(of_centre, of_outside), 1e-300)
    # A partition of many has few pairs of a sentence: those trained on at a time come from more of the text.
    most_pairs = BLOCK * shared * FEW // max(FEW, text.partitions)
    n_pairs = np.maximum(1, np.minimum(most_pairs, n_pairs).astype(np.int64))
    return np.stack(np.broadcast_arrays(n_block, n_groups, n_pairs), axis=-1)


def smaller_steps(rate, window, n_negatives):
    """Tell by what factor fewer updates of a row may add up than with the defaults of these settings; float.

    Above a learning rate of 0.025 vectors are longer, which need smaller steps; and with larger windows or
    more negatives a centre word has more updates each time that it occurs.

    Examples
    --------
    >>> smaller_steps(0.05, window=5, n_negatives=5), smaller_steps(0.025, window=5, n_negatives=15)
    (0.5, 0.3333333333333333)
    """
    return min(1.0, USUAL_RATE / rate) * min(1.0, _UPDATES / ((window + 1) * n_negatives))


def _largest_share(text, partition, shares, least):
    """Largest share of a word in a partition: in the whole text, or where it repeats."""
    if shares is None:
        return text.largest_frequency[partition]
    here = shares.T[partition if np.ndim(partition) == 0 else partition[..., 0]]
    if text.partitions == FEW:
        here = np.where(here >= least, here, 0.0)
    return np.maximum(text.largest_frequency[partition], here)


def updates_of_rows(members, counts, subsample):
    """Count the updates of the mean of rows of a word, where words share n-grams; (float, float).

    They are those for each token of the text, in the mean over the words as they are kept: all, and those by
    other words.

    Parameters
    ----------
    members : Members
    counts : (n_vocab,) int64
    subsample : float
        Threshold of subsampling.

    Examples
    --------
    >>> from w2vlib.preprocessing.char_ngrams import CharNGrams, Members
    >>> members = Members(CharNGrams(3, 6), ["cat", "cats"])
    >>> [round(updates, 3) for updates in updates_of_rows(members, np.array([5, 4]), subsample=0)]
    [0.704, 0.198]
    """
    met = keep_probabilities(counts, subsample) * counts / counts.sum()  # of a token
    n_grams = np.diff(members.offsets)
    moves = np.zeros(len(members.buckets))
    np.add.at(moves, members.members, np.repeat(met, n_grams))
    words = np.repeat(np.arange(len(counts)), n_grams)
    of_mean = (met + np.bincount(words, moves[members.members], len(counts))) / (1 + n_grams)
    kept = max(met.sum(), 1e-300)
    return float((met * of_mean).sum() / kept), float((met * (of_mean - met)).sum() / kept)


def many_updates_by_others(by_others):
    """Tell whether the words of a text share so many n-grams that steps have to be small; bool.

    Their vectors are nearly the same then, and get the updates of all. Lists of numbers have that, or of
    words with a common stem, but text in a natural language only with n-grams of one character.

    Parameters
    ----------
    by_others : float
        See `updates_of_rows`.

    Examples
    --------
    >>> many_updates_by_others(0.7), many_updates_by_others(0.002)
    (True, False)
    """
    return by_others > _MANY_UPDATES


def subword_round_tokens(updates, rate, window, n_negatives):
    """Tell how many tokens a round may read where words share n-grams; int.

    Within a round a word does not see how others change the rows they share. So a round has
    `SUBWORD_ROUND` tokens only where these rows do not change too often; small vocabularies, short
    n-grams, few buckets, large learning rates, wide windows and many negatives need shorter rounds.

    Parameters
    ----------
    updates : float
        All that `updates_of_rows` counts.
    rate : float
        Largest learning rate.
    window, n_negatives : int

    Examples
    --------
    >>> subword_round_tokens(0.7, rate=0.025, window=5, n_negatives=5)
    42
    """
    ease = smaller_steps(rate, window, n_negatives)
    if updates * SUBWORD_ROUND <= _ORDINARY_MOVES * ease:
        return SUBWORD_ROUND
    return max(2, int(_SAFE_MOVES * ease / updates))
