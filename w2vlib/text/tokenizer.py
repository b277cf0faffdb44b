"""Plain text → sentences → tokens, as in the Penn Treebank without punctuation.

The published run trained on Mikolov's Penn Treebank: without punctuation, with clitics as separate
tokens (``company 's``, ``do n't``) and with the signs that give a number its type (``$``, ``%``). The
tokens made here are of this form, with case, rare words and numbers unchanged.
"""

import re

_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sr jr st gen col capt lt sgt rev hon pres gov sen rep vs etc cf ca al ed eds "
    "inc ltd co corp bros dept approx e.g i.e".split()
)
_BEFORE_A_NUMBER = frozenset(
    "vol no nos pp p fig c r b d jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
# Matches only at the start of a run of full stops, so that long runs take linear time.
_BOUNDARY = re.compile(r"""(?<![.!?])([.!?]+)["'”’)\]]*\s+(?=["'“‘(\[]*[A-Z0-9])""")

_NUMBER = r"(?:\d+(?:[.,:/]\d+)*|(?<![\w.])\.\d+)"
_TOKEN = re.compile(
    rf"""
      <\w+>                                       # <unk> and similar tokens
    | (?:[A-Za-z]\.){{2,}}                        # U.S., a.m.
    | (?:(?<![\w.)\]])[-+−])?{_NUMBER}(?:[^\W\d_]+|%(?=\w))?(?:-\w+)*   # -3.5, 1,000, 20th, 3-year-old
    | [^\W\d_]+(?=n't\b)                       # do | n't
    | n't\b
    | '(?:s|re|ve|ll|d|m)\b                    # 's
    | [^\W_]+(?:[-'&](?!s\b|re\b|ve\b|ll\b|d\b|m\b)[^\W_]+)*   # well-known, O'Brien, AT&T
    | [$£€¥%&°]
    """,
    re.VERBOSE,
)
_APOSTROPHE = str.maketrans("’", "'")
_SIGNS = frozenset("$£€¥%&°")
_BRACKETS = frozenset("-LRB- -RRB- -LCB- -RCB- -LSB- -RSB-".split())


def split_sentences(paragraph):
    """Split a paragraph (str) into a list of sentences (str).

    A full stop, question or exclamation mark ends a sentence if a capital letter or a digit follows, unless
    it belongs to a common abbreviation or to a single initial.

    Examples
    --------
    >>> split_sentences("Dr. Smith came. He left at 5 p.m. and slept.")
    ['Dr. Smith came.', 'He left at 5 p.m. and slept.']
    """
    sentences, start = [], 0
    for match in _BOUNDARY.finditer(paragraph):
        word = _word_before(paragraph, start, match.start()).lstrip("(\"'“‘[").lower()
        numbered = word in _BEFORE_A_NUMBER and paragraph[match.end()].isdigit()
        if match.group(1) == "." and (numbered or word in _ABBREVIATIONS or _is_initial(word)):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    sentences.append(paragraph[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _word_before(text, start, end):
    """Characters of `text` from the last white space before `end`, or from `start`, up to `end`."""
    begin = end
    while begin > start and not text[begin - 1].isspace():
        begin -= 1
    return text[begin:end]


def _is_initial(word):
    """Whether a lower-case word is one letter (but not "i") or letters with full stops."""
    return (len(word) == 1 and word.isalpha() and word != "i") or bool(
        re.fullmatch(r"(?:[a-z]\.)+[a-z]", word)
    )


def tokenise(sentence):
    """Split a sentence (str) into a list of tokens (str) without punctuation; case and numbers stay.

    Examples
    --------
    >>> tokenise("Lincoln's army didn't pay $1,500.25.")
    ['Lincoln', "'s", 'army', 'did', "n't", 'pay', '$', '1,500.25']
    """
    return _TOKEN.findall(sentence.translate(_APOSTROPHE))


def sentences_of(paragraphs):
    """Split paragraphs (iterable of str) of prose into sentences; a list of lists of tokens, none empty.

    Examples
    --------
    >>> sentences_of(["He left. She stayed.", "...", "They won 3:1."])
    [['He', 'left'], ['She', 'stayed'], ['They', 'won', '3:1']]
    """
    tokenised = (tokenise(s) for paragraph in paragraphs for s in split_sentences(paragraph))
    return [tokens for tokens in tokenised if tokens]


def is_word(token):
    """Whether a token of a punctuated corpus is a word: it has a letter or digit, or is $, % or &.

    Examples
    --------
    >>> [token for token in ["Yes", ",", "50", "%", "-LRB-"] if is_word(token)]
    ['Yes', '50', '%']
    """
    return token in _SIGNS or (any(c.isalnum() for c in token) and token not in _BRACKETS)
