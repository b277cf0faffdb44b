"""What the schemes for rare words and numbers make of a text: the measures behind notebook 05."""

import numpy as np
import pandas as pd

from ..text.numerals import parse, type_of, written
from ..utils.errors import W2VError
from ..utils.markdown import as_markdown

UNKNOWN = "<unk>"
WORD_START = "▁"


def is_preprocessed(corpus):
    """Whether a corpus has lost its rare words already: over 1 % of its tokens are ``<unk>``."""
    return sum(s.count(UNKNOWN) for s in corpus) > 0.01 * sum(map(len, corpus))


def require_raw(corpus):
    """Refuse a `Corpus` that has lost its rare words already: `W2VError`."""
    if is_preprocessed(corpus):
        raise W2VError(
            f"{corpus.provenance.name} has lost its rare words and numbers already, as {UNKNOWN} shows: "
            "nothing tells what they were. Give raw text, e.g. bundled or nltk:conll2000."
        )


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
    if size < (fewest := fewest_pieces(sentences)):
        raise W2VError(
            f"{size} pieces are too few: the text has {fewest - 2} different characters, and every one needs "
            f"a piece, as do the start of a word and {UNKNOWN}; give {fewest} or more."
        )
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, ignore_merges=True))
        trainer = trainers.BpeTrainer(**options)
    elif kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, continuing_subword_prefix=""))
        trainer = trainers.WordPieceTrainer(continuing_subword_prefix="", **options)
    else:
        raise W2VError(f"kind={kind!r} is not allowed: give 'bpe' or 'wordpiece'.")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START)
    tokenizer.train_from_iterator((" ".join(sentence) for sentence in sentences), trainer)
    return tokenizer


def fewest_pieces(sentences):
    """Smallest number of pieces that `train_subwords` can do with: one for every character, and two more."""
    return 2 + len({letter for sentence in sentences for word in sentence for letter in word})


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
    lost = np.mean([word not in known for word in words]) if words else np.nan
    rows = [("whole words", f"{len(known) + 1:,}", 1.0, 100 * lost, 100.0)]
    for name, pieces in spelled.items():
        figures = [(UNKNOWN in word, len(word) == 1, len(word)) for word in pieces] or [(np.nan,) * 3]
        unknown, whole, length = np.mean(figures, axis=0)
        rows.append((name, f"{schemes[name].get_vocab_size():,}", length, 100 * unknown, 100 * whole))
    columns = ["scheme", "vocabulary", "tokens a word", f"words with `{UNKNOWN}` [%]", "words whole [%]"]
    return pd.DataFrame(rows, columns=columns)


def number_types_table(found, rng, examples=3):
    """Count the types of numbers; each with the range of its values and random examples.

    Parameters
    ----------
    found : list of (sentence, position)
        As from `numerals.numerals`.
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
    """
    places = {}
    for sentence, i in found:
        places.setdefault(type_of(sentence, i), []).append((sentence, i))
    rows = []
    for kind, members in sorted(places.items(), key=lambda item: -len(item[1])):
        values = [min(abs(float(parse(sentence[i]).value)), 1e300) for sentence, i in members]
        low, high = (_readable(q) for q in np.quantile(values, [0.05, 0.95]))
        picked = rng.choice(len(members), min(examples, len(members)), replace=False)
        contexts = [members[j][0][max(0, members[j][1] - 1) : members[j][1] + 2] for j in picked]
        shown = "; ".join(" ".join(map(as_markdown, context)) for context in contexts)
        share = 100 * len(members) / len(found)
        rows.append((kind, f"{len(members):,}", f"{share:.1f}", f"{low} to {high}", shown))
    columns = ["type", "tokens", "share [%]", "middle 90 % of values", "examples with their neighbours"]
    return pd.DataFrame(rows, columns=columns)


def _readable(value):
    return f"{value:,.0f}" if 1000 <= value < 1e15 else f"{value:.3g}"


def number_schemes_table(found, n_tokens):
    """Compare schemes for numbers: the types each needs and the length of the text under it.

    Parameters
    ----------
    found : list of (sentence, position)
        As from `numerals.numerals`.
    n_tokens : int
        Tokens of the whole text.

    Returns
    -------
    DataFrame
    """
    rows = []
    for scheme, (keeps, loses) in _KEPT.items():
        spelled = [written(sentence, i, scheme) for sentence, i in found]
        types = {token for tokens in spelled for token in tokens}
        longer = (n_tokens - len(found) + sum(map(len, spelled))) / n_tokens
        rows.append((f"`{scheme}`", f"{len(types):,}", f"{longer:.3f}", keeps, loses))
    return pd.DataFrame(rows, columns=["scheme", "types for numbers", "tokens a word", "keeps", "loses"])


_KEPT = {
    "keep": ("everything", "most numbers are too rare to learn"),
    "N": ("that it is a number", "magnitude and type"),
    "magnitude": ("order of magnitude", "type, exact value"),
    "digits": ("everything, in pieces", "a longer text"),
    "typed": ("type", "magnitude"),
    "typed-magnitude": ("both", "exact value"),
}
