"""Subword tokenizers: byte-pair encoding and WordPiece, trained on the words of a text."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..utils.errors import W2VError, shown
from ..utils.memory import require_memory
from .char_ngrams import CharNGrams
from .rare_words import UNKNOWN, proportion_lost

if TYPE_CHECKING:
    import pandas as pd

WORD_START = "▁"
_PART = 1_000  # characters. Training takes time that grows with the square of a part's length.
_MEGABYTES = 256  # for the trainer's threads: without memory it ends the process


def train_subwords(sentences, kind, size):
    """Train a tokenizer of subwords on the words of a text.

    Parameters
    ----------
    sentences : list of token lists
    kind : {"bpe", "wordpiece"}
        Byte-pair encoding over characters (Sennrich et al. 2016) or WordPiece (Schuster & Nakajima
        2012).
    size : int
        Largest number of pieces in the vocabulary, at most 1,000,000.

    Returns
    -------
    tokenizers.Tokenizer
        ``.encode(words, is_pretokenized=True).tokens`` are the pieces, the first of a word
        led by `WORD_START`; a word with an unknown character holds ``<unk>``. Words of over 1,000
        characters are cut into parts first, as by `pieces_of_word`.

    Examples
    --------
    >>> tokenizer = train_subwords([["low", "lower", "lowest"]], "bpe", size=12)
    >>> tokenizer.encode(["lower", "slow"], is_pretokenized=True).tokens
    ['▁low', 'e', 'r', '▁', 's', 'lo', 'w']
    """
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    # A word's start is marked by a character of its own. The usual marks on every piece that is not
    # at the start (##) or is at the end (</w>) are numbered in the order of a hash table, and so the
    # pieces would change from run to run.
    options = {"vocab_size": size, "special_tokens": [UNKNOWN], "show_progress": False}
    if size < (fewest := fewest_pieces(sentences)):
        raise W2VError(
            f"{size} pieces are too few: the text has {fewest - 2} different characters, and every one "
            f"needs a piece, as do the start of a word and {UNKNOWN}; give {fewest} or more."
        )
    if size > 1_000_000:
        raise W2VError(f"{size} pieces are too many: give 1,000,000 or fewer.")
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN, ignore_merges=True))
        trainer = trainers.BpeTrainer(**options)
    elif kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, continuing_subword_prefix=""))
        trainer = trainers.WordPieceTrainer(continuing_subword_prefix="", **options)
    else:
        raise W2VError(f"kind={shown(kind)} is not allowed: give 'bpe' or 'wordpiece'.")
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_START)
    parts = (" ".join(part for word in sentence for part in _parts(word)) for sentence in sentences)
    require_memory(_MEGABYTES)
    tokenizer.train_from_iterator(parts, trainer)
    return tokenizer


def _parts(word):
    return [word[at : at + _PART] for at in range(0, len(word), _PART)] or [word]


def pieces_of_word(tokenizer, word):
    """Pieces (list of str) of a word, the first led by `WORD_START`.

    Examples
    --------
    >>> tokenizer = train_subwords([["low", "lower", "lowest"]], "bpe", size=12)
    >>> pieces_of_word(tokenizer, "lower")
    ['▁low', 'e', 'r']
    """
    first, *others = _parts(word)
    pieces = tokenizer.encode([first], is_pretokenized=True).tokens
    for part in others:
        added = tokenizer.encode([part], is_pretokenized=True).tokens
        pieces += [start for piece in added[:1] if (start := piece.removeprefix(WORD_START))] + added[1:]
    return pieces


def fewest_pieces(sentences):
    """Smallest number of pieces that `train_subwords` accepts: one for every character, and two more.

    Examples
    --------
    >>> fewest_pieces([["at", "tea"]])  # a, e, t, the start of a word, <unk>
    5
    """
    return 2 + len({letter for sentence in sentences for word in sentence for letter in word})


def pieces_of(tokenizer, sentences):
    """Pieces (list of str) of every word of a text, in order.

    Examples
    --------
    >>> tokenizer = train_subwords([["low", "lower", "lowest"]], "bpe", size=12)
    >>> pieces_of(tokenizer, [["low", "slow"], ["lowly"]])
    [['▁low'], ['▁', 's', 'lo', 'w'], ['▁low', 'l', '<unk>']]
    """
    words = [word for sentence in sentences for word in sentence]
    of_word = {word: pieces_of_word(tokenizer, word) for word in set(words)}
    return [of_word[word] for word in words]


def pieces_table(words, vocabulary, tokenizers, known):
    """Compare whole words with tokenizers on running text.

    Parameters
    ----------
    words : list of str
        The text.
    vocabulary : set of str
        Of whole words.
    tokenizers : dict
        Name → trained tokenizer.
    known : dict
        Name → the pieces (set of str) that occur in the training text.

    Returns
    -------
    DataFrame
        One row per scheme: size of the vocabulary, tokens per word, percent of words that are lost
        (`rare_words.proportion_lost`), percent of words that are one piece.

    Examples
    --------
    >>> tokenizers = {"bpe": train_subwords([["low", "lower", "lowest"]], "bpe", size=12)}
    >>> known = {"bpe": {"▁low", "e", "r", "s", "t"}}
    >>> table = pieces_table(["low", "slow"], {"low", "lower", "lowest"}, tokenizers, known)
    >>> table[["scheme", "tokens per word", "words lost [%]"]].values.tolist()
    [['whole words', 1.0, 50.0], ['bpe', 2.5, 50.0]]
    """
    import pandas as pd  # which takes longer to import than the rest

    counts = Counter(words)
    whole = {(word,): n for word, n in counts.items()}
    lost = 100 * proportion_lost(whole, vocabulary)
    rows = [("whole words", f"{len(vocabulary) + 1:,}", 1.0, lost, 100.0)]
    for name, tokenizer in tokenizers.items():
        pieces = Counter()
        for word, n in counts.items():
            pieces[tuple(pieces_of_word(tokenizer, word))] += n
        n_words = pieces.total() or np.nan
        length = sum(n * len(of_word) for of_word, n in pieces.items()) / n_words
        single = 100 * sum(n for of_word, n in pieces.items() if len(of_word) == 1) / n_words
        lost = 100 * proportion_lost(pieces, known[name])
        rows.append((name, f"{tokenizer.get_vocab_size():,}", length, lost, single))
    columns = ["scheme", "vocabulary", "tokens per word", "words lost [%]", "words in one piece [%]"]
    return pd.DataFrame(rows, columns=columns)


@dataclass(frozen=True)
class SubwordComparison:
    """Whole words, tokenizers and character n-grams on the last tenth of a text, learnt on the rest.

    Attributes
    ----------
    n_pieces : int
        Size of the vocabularies of pieces.
    table : DataFrame
        As `pieces_table`: the first row is whole words, the second byte-pair encoding.
    examples : dict
        Word that is not in the vocabulary → its pieces under byte-pair encoding.
    ngrams_known : list of float
        For each word that is not in the vocabulary, the proportion of its n-grams that occur in the
        training part.
    n_ngrams : int
        Different n-grams of the training part.

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["low", "lower", "lowest"]] * 9 + [["slow"]])
    >>> compared = compare_subwords(text, top_k=3, n_pieces=12)
    >>> compared.examples, compared.table["tokens per word"].tolist()
    ({'slow': ['▁', 's', 'lo', 'w']}, [1.0, 4.0, 4.0])
    >>> [round(known, 3) for known in compared.ngrams_known]
    [0.333]
    """

    n_pieces: int
    table: "pd.DataFrame"
    examples: dict
    ngrams_known: list
    n_ngrams: int


def compare_subwords(corpus, top_k, n_pieces):
    """Train byte-pair encoding and WordPiece on nine tenths of a text and try them on the rest.

    Parameters
    ----------
    corpus : Corpus
    top_k : int
        Size of the vocabulary of whole words.
    n_pieces : int
        Raised where the text has too many different characters.

    Returns
    -------
    SubwordComparison

    Examples
    --------
    >>> from w2vlib.text.corpus import from_sentences
    >>> text = from_sentences([["low", "lower", "lowest"]] * 9 + [["slow"]])
    >>> compare_subwords(text, top_k=3, n_pieces=12).examples  # of a word in the last tenth only
    {'slow': ['▁', 's', 'lo', 'w']}
    """
    cut = len(corpus) * 9 // 10
    training, test = corpus.sentences[:cut], corpus.sentences[cut:]
    counts = Counter(token for sentence in training for token in sentence)
    vocabulary = {word for word, _ in counts.most_common(top_k)}
    n_pieces = max(n_pieces, fewest_pieces(training))
    tokenizers = {
        "byte-pair encoding": train_subwords(training, "bpe", n_pieces),
        "WordPiece": train_subwords(training, "wordpiece", n_pieces),
    }
    known_pieces = {
        name: {piece for word in counts for piece in pieces_of_word(tokenizer, word)} - {UNKNOWN}
        for name, tokenizer in tokenizers.items()
    }
    words = [token for sentence in test for token in sentence]
    unknown = sorted(set(words) - vocabulary, key=lambda word: (-len(word), word))
    examples = [word for word in unknown if word.isalpha()][:3]
    spelled = pieces_of(tokenizers["byte-pair encoding"], [examples])
    ngrams = CharNGrams()
    known = set().union(*map(ngrams.of, counts))
    of_unknown = [grams for word in sorted(unknown) if (grams := ngrams.of(word))]
    return SubwordComparison(
        n_pieces,
        pieces_table(words, vocabulary, tokenizers, known_pieces),
        {
            w: [p.replace(WORD_START, "") or WORD_START for p in s]
            for w, s in zip(examples, spelled, strict=True)
        },
        [float(np.mean([gram in known for gram in grams])) for grams in of_unknown],
        len(known),
    )
