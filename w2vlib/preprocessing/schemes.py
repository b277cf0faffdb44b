"""Schemes for rare words and numbers, put together: raw tokens → tokens to train on.

A scheme is spelled as a short string, the same in notebooks, parameters and the shell:
``rare="bpe:8000", numbers="magnitude"``.
"""

import re
from collections import Counter
from dataclasses import dataclass

from ..preprocessing.number_schemes import rewritten, written
from ..utils.arguments import check_text, sentences_of
from ..utils.errors import W2VError, shown
from .char_ngrams import CharNGrams
from .rare_words import UNKNOWN, replace_rare, require_raw
from .subword_tokenizers import WORD_START, pieces_of_word, train_subwords

CONTINUES = "##"  # leads every piece of a word but the first
RARE_SCHEMES = ("keep", "top:K", "drop:N", "bpe:K", "wordpiece:K", "ngrams:SHORTEST:LONGEST[:BUCKETS]")


@dataclass(frozen=True)
class Scheme:
    """What to do with rare words and with numbers; numbers are rewritten first.

    Parameters
    ----------
    rare : str
        ``keep`` all words; ``top:10000``, the most frequent, the others ``<unk>``; ``drop:5``, leave
        out words seen less often; ``bpe:8000`` or ``wordpiece:8000``, pieces learnt from the text
        itself; ``ngrams:3:6`` keeps all words and gives `SkipGram` their character n-grams.
    numbers : str
        One of `number_schemes.NUMBER_SCHEMES`.

    Raises
    ------
    W2VError
        For a scheme that does not exist.

    Examples
    --------
    >>> Scheme(rare="ngrams:3:4").subwords
    CharNGrams(shortest=3, longest=4, buckets=2000000)
    >>> Scheme(rare="top:1").subwords is None
    True
    >>> text = [["in", "1990"], ["in", "2005"], ["in", "May"]]
    >>> fitted = Scheme(rare="top:2", numbers="magnitude").fit(text)  # the top two: in, <1e3>
    >>> fitted.apply(["in", "May", "1987"])
    ['in', '<unk>', '<1e3>']
    """

    rare: str = "keep"
    numbers: str = "keep"

    def __post_init__(self):
        rewritten([], self.numbers)
        if not isinstance(self.rare, str):
            raise W2VError(f"rare={shown(self.rare)} is not allowed: give one of {', '.join(RARE_SCHEMES)}.")
        self._parts()

    def _parts(self):
        """Kind of the scheme for rare words, and its number."""
        kind, _, rest = self.rare.partition(":")
        if kind == "keep" and not rest:
            return kind, None
        if kind in ("top", "drop", "bpe", "wordpiece") and re.fullmatch("[1-9][0-9]{0,8}", rest):
            return kind, int(rest)
        if kind == "ngrams":
            return kind, CharNGrams.spelled(rest)
        raise W2VError(f"rare={self.rare!r} is not allowed: give one of {', '.join(RARE_SCHEMES)}.")

    @property
    def subwords(self):
        """`CharNGrams` for `SkipGram`, or None."""
        kind, value = self._parts()
        return value if kind == "ngrams" else None

    def fit(self, sentences):
        """Learn from a text (iterable of lists of str, read once) what the scheme needs; a `Fitted`.

        Examples
        --------
        >>> fitted = Scheme(rare="drop:2").fit([["the", "cat"], ["the", "dog"], ["the", "cat"]])
        >>> fitted.apply(["the", "dog", "and", "the", "cat"])
        ['the', 'the', 'cat']
        """
        kind, size = self._parts()
        if kind in ("keep", "ngrams"):
            return Fitted(self, None, None)
        numbered, own = [], set()  # tokens that the scheme for numbers writes are not taken apart
        for sentence in sentences_of(sentences):
            numbered.append(rewritten(sentence, self.numbers))
            own.update(set(numbered[-1]).difference(sentence))
        if kind in ("bpe", "wordpiece"):
            tokenizer = train_subwords([[t for t in s if t not in own] for s in numbered], kind, size)
            return Fitted(self, frozenset(own), tokenizer)
        counts = Counter(token for sentence in numbered for token in sentence)
        if kind == "top":
            kept = frozenset(word for word, _ in counts.most_common(size))
        else:
            kept = frozenset(word for word, n in counts.items() if n >= size)
        return Fitted(self, kept, None)


def preprocessed(corpus, scheme):
    """Rewrite a corpus under a scheme learnt from it; the corpus itself if nothing is to be done.

    Raises
    ------
    W2VError
        If the corpus has lost its rare words and numbers already.

    Examples
    --------
    >>> preprocessed([["the", "cat"], ["the", "dog"]], Scheme(rare="top:1", numbers="N"))
    [['the', '<unk>'], ['the', '<unk>']]
    >>> text = [["in", "1990"]]
    >>> preprocessed(text, Scheme()) is text
    True
    """
    if not isinstance(scheme, Scheme):
        raise W2VError(f"A text is rewritten under a Scheme, and {type(scheme).__name__} came.")
    check_text(corpus, again=True)
    if scheme.numbers == "keep" and (scheme.rare == "keep" or scheme.subwords is not None):
        return corpus
    require_raw(corpus)
    return scheme.fit(corpus).text(corpus)


class Fitted:
    """A scheme that has learnt from a text what it needs; it applies to any text.

    Attributes
    ----------
    scheme : Scheme

    Examples
    --------
    >>> text = [["in", "1990"], ["in", "May"]]
    >>> fitted = Scheme(rare="drop:2", numbers="typed").fit(text)
    >>> fitted.text(text)  # <date> and May occur once
    [['in'], ['in']]
    >>> fitted = Scheme(numbers="typed").fit(text)
    >>> fitted.apply(["in", "1990"]), fitted.tokens_of(["May", "3"], 1)
    (['in', '<date>'], ['<date>'])
    """

    def __init__(self, scheme, kept, tokenizer):
        self.scheme, self._kept, self._tokenizer = scheme, kept, tokenizer
        self._spelled = {}  # pieces of each word met

    def apply(self, sentence):
        """Rewrite a sentence (list of str); a new list. Applied to its own result it changes nothing.

        Examples
        --------
        >>> fitted = Scheme(rare="top:1").fit([["the", "cat"], ["the", "dog"]])
        >>> fitted.apply(["the", "cow"])
        ['the', '<unk>']
        >>> fitted.apply(["the", "<unk>"])
        ['the', '<unk>']
        """
        return self._known(rewritten(sentence, self.scheme.numbers))

    def tokens_of(self, sentence, i):
        """Rewrite the token at position `i` of a sentence, seen among its neighbours; list of str.

        Examples
        --------
        >>> fitted = Scheme(numbers="digits").fit([])
        >>> fitted.tokens_of(["it", "cost", "$12"], 2)
        ['$', '1', '2']
        >>> fitted.tokens_of(["it", "cost", "$12"], 1)
        ['cost']
        """
        return self._known(written(sentence, i, self.scheme.numbers))

    def _known(self, tokens):
        """Apply the scheme for rare words."""
        kind = self.scheme.rare.partition(":")[0]
        if kind == "top":
            return replace_rare(tokens, self._kept)
        if kind == "drop":
            return [token for token in tokens if token in self._kept]
        if self._tokenizer is not None:
            return [piece for token in tokens for piece in self._pieces(token)]
        return tokens

    def text(self, sentences):
        """Rewrite a text: list of the sentences that have tokens left.

        Examples
        --------
        >>> fitted = Scheme(rare="drop:2").fit([["the", "cat"], ["the", "dog"]])
        >>> fitted.text([["the", "cat"], ["a", "dog"]])
        [['the']]
        """
        found = [tokens for sentence in sentences_of(sentences) if (tokens := self.apply(sentence))]
        if not found:
            raise W2VError(f"rare={self.scheme.rare!r} leaves no word of the text: choose a smaller number.")
        return found

    def _pieces(self, word):
        """Pieces of a word: the first as it is, the others led by `CONTINUES`."""
        found = self._spelled.get(word)
        if found is None:
            found = self._spelled[word] = self._split(word)
        return found

    def _split(self, word):
        if word in self._kept or word == UNKNOWN or word.startswith((CONTINUES, WORD_START)):
            return [word]
        first, *rest = pieces_of_word(self._tokenizer, word) or [UNKNOWN]
        first = first.removeprefix(WORD_START) or WORD_START
        return [first, *(piece if piece == UNKNOWN else CONTINUES + piece for piece in rest)]
