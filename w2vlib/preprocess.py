"""What the schemes for rare words and numbers make of a text: the measures behind notebook 05."""

import re

import numpy as np
import pandas as pd

from .errors import W2VError
from .tokenise import as_markdown, is_numeral

UNKNOWN = "<unk>"
NUMBER = "N"
WORD_START = "▁"
_MONEY = frozenset("$ £ € ¥ dollars dollar pounds euros cents pence".split())
_PERCENT = frozenset("% percent per_cent pct".split())
_MONTHS = frozenset(
    "january february march april may june july august september october november december "
    "jan. feb. mar. apr. jun. jul. aug. sep. sept. oct. nov. dec.".split()
)


def is_preprocessed(corpus):
    """Whether a corpus has lost its rare words already: over 1 % of its tokens are ``<unk>``."""
    return sum(s.count(UNKNOWN) for s in corpus) > 0.01 * sum(map(len, corpus))


def number_value(token):
    """Value (float) of a numeral such as ``1,500.25``, ``-3`` or ``3/4``."""
    text = token.replace(",", "").replace("−", "-")
    over, _, under = text.partition("/")
    return float(over) / float(under) if under and float(under) else float(over)


def magnitude_bucket(token):
    """Token for the order of magnitude of a numeral: ``<1e3>`` for 1,000 to 9,999; ``<0>`` for zero.

    The sign stays: ``<-1e0>`` for −5.
    """
    value = number_value(token)
    if value == 0:
        return "<0>"
    exponent = int(np.floor(np.log10(abs(value)) + 1e-12))
    return f"<{'-' if value < 0 else ''}1e{exponent}>"


def number_digits(token):
    """Spell a numeral as its characters, without thousands separators: ``12.5`` → 1 2 . 5."""
    return list(token.replace(",", ""))


def number_type(sentence, i):
    """Type of the numeral at position `i` of a sentence, told from its neighbours.

    One of ``percent``, ``money``, ``date`` (beside a month), ``year`` (1500 to 2099, no separator),
    ``fraction`` and ``plain``, the first that fits.
    """
    token = sentence[i]
    before = sentence[i - 1].lower() if i else ""
    after = sentence[i + 1].lower() if i + 1 < len(sentence) else ""
    if after in _PERCENT or (after == "per" and sentence[i + 2 : i + 3] == ["cent"]):
        return "percent"
    if before in _MONEY or after in _MONEY:
        return "money"
    if (before in _MONTHS or after in _MONTHS) and re.fullmatch(r"[0-3]?\d", token):
        return "date"
    if re.fullmatch(r"1[5-9]\d\d|20\d\d", token):
        return "year"
    if "/" in token:
        return "fraction"
    return "plain"


def numerals(corpus):
    """Every numeral of a corpus with its place: list of (sentence, position)."""
    return [(s, i) for s in corpus for i, token in enumerate(s) if is_numeral(token)]


def train_subwords(sentences, kind, size):
    """Tokenizer of subwords, trained on the words of a text.

    Parameters
    ----------
    sentences : list of token lists
    kind : {"bpe", "wordpiece"}
        Byte-pair encoding over characters (Sennrich et al. 2016) or WordPiece (Schuster & Nakajima
        2012).
    size : int
        Largest number of pieces in the vocabulary.

    Returns
    -------
    tokenizers.Tokenizer
        ``.encode(words, is_pretokenized=True).tokens`` are the pieces, the first of a word
        led by `WORD_START`; a word with an unknown character holds ``<unk>``.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    # A word's start is marked by a character of its own. The usual marks on every piece that is not
    # at the start (##) or is at the end (</w>) are numbered in the order of a hash table, and so the
    # pieces would change from run to run.
    options = {"vocab_size": size, "special_tokens": [UNKNOWN], "show_progress": False}
    letters = len({letter for sentence in sentences for word in sentence for letter in word})
    if size < letters + 2:
        raise W2VError(
            f"{size} pieces are too few: the text has {letters} different characters, and every one needs a "
            f"piece, as do the start of a word and {UNKNOWN}; give {letters + 2} or more."
        )
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        trainer = trainers.BpeTrainer(**options)
    elif kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, continuing_subword_prefix=""))
        trainer = trainers.WordPieceTrainer(continuing_subword_prefix="", **options)
    else:
        raise W2VError(f"kind={kind!r} is not allowed: give 'bpe' or 'wordpiece'.")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START)
    tokenizer.train_from_iterator((" ".join(sentence) for sentence in sentences), trainer)
    return tokenizer


def pieces_of(tokenizer, sentences):
    """Pieces (list of str) of every word of a text, in order."""
    words = [word for sentence in sentences for word in sentence]
    spelled = {word: tokenizer.encode([word], is_pretokenized=True).tokens for word in set(words)}
    return [spelled[word] for word in words]


def pieces_table(words, known, schemes, spelled):
    """Compare whole words with schemes of pieces on running text.

    Parameters
    ----------
    words : list of str
        The text.
    known : set of str
        The vocabulary of whole words.
    schemes : dict
        Name → trained tokenizer.
    spelled : dict
        Name → the pieces of each word, as from `pieces_of`.

    Returns
    -------
    DataFrame
        A row a scheme: size of the vocabulary, tokens a word, percent of words that are lost or hold
        an unknown piece, percent of words that stay whole.
    """
    lost = np.mean([word not in known for word in words])
    rows = [("whole words", f"{len(known) + 1:,}", 1.0, 100 * lost, 100.0)]
    for name, pieces in spelled.items():
        unknown = np.mean([UNKNOWN in word for word in pieces])
        whole = np.mean([len(word) == 1 for word in pieces])
        length = sum(map(len, pieces)) / len(pieces)
        rows.append((name, f"{schemes[name].get_vocab_size():,}", length, 100 * unknown, 100 * whole))
    columns = ["scheme", "vocabulary", "tokens a word", f"words with `{UNKNOWN}` [%]", "words whole [%]"]
    return pd.DataFrame(rows, columns=columns)


def number_types_table(found, rng, examples=3):
    """Count the types of numbers; each with the range of its values and random examples.

    Parameters
    ----------
    found : list of (sentence, position)
        As from `numerals`.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
    """
    places = {}
    for sentence, i in found:
        places.setdefault(number_type(sentence, i), []).append((sentence, i))
    rows = []
    for kind, members in sorted(places.items(), key=lambda item: -len(item[1])):
        values = [abs(number_value(sentence[i])) for sentence, i in members]
        low, high = (_readable(q) for q in np.quantile(values, [0.05, 0.95]))
        picked = rng.choice(len(members), min(examples, len(members)), replace=False)
        contexts = [members[j][0][max(0, members[j][1] - 1) : members[j][1] + 2] for j in picked]
        shown = "; ".join(" ".join(map(as_markdown, context)) for context in contexts)
        share = 100 * len(members) / len(found)
        rows.append((kind, f"{len(members):,}", f"{share:.1f}", f"{low} to {high}", shown))
    columns = ["type", "tokens", "share [%]", "middle 90 % of values", "examples with their neighbours"]
    return pd.DataFrame(rows, columns=columns)


def _readable(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def number_schemes_table(found, n_tokens):
    """Compare schemes for numbers: the types each needs and the length of the text under it.

    Parameters
    ----------
    found : list of (sentence, position)
        As from `numerals`.
    n_tokens : int
        Tokens of the whole text.

    Returns
    -------
    DataFrame
    """
    tokens = [sentence[i] for sentence, i in found]
    spelled = [number_digits(token) for token in tokens]
    kinds = [number_type(sentence, i) for sentence, i in found]
    buckets = [magnitude_bucket(token) for token in tokens]
    longer = (n_tokens - len(tokens) + sum(map(len, spelled))) / n_tokens
    rows = [
        ("keep all", len(set(tokens)), 1.0, "everything", "most numbers are too rare to learn"),
        (f"one token `{NUMBER}`", 1, 1.0, "that it is a number", "magnitude and type"),
        ("magnitude buckets", len(set(buckets)), 1.0, "order of magnitude", "type, exact value"),
        ("digit by digit", len(set().union(*spelled)), longer, "everything, in pieces", "a longer text"),
        ("typed", len(set(kinds)), 1.0, "type", "magnitude"),
        ("typed and bucketed", len(set(zip(kinds, buckets, strict=True))), 1.0, "both", "exact value"),
    ]
    frame = pd.DataFrame(rows, columns=["scheme", "types for numbers", "tokens a word", "keeps", "loses"])
    frame["types for numbers"] = [f"{n:,}" for n in frame["types for numbers"]]
    frame["tokens a word"] = [f"{x:.3f}" for x in frame["tokens a word"]]
    return frame
