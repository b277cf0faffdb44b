"""Human ratings of word pairs, and analogies: sources and file formats.

WordSim-353 (Finkelstein et al. 2002), SimLex-999 (Hill et al. 2015) and the Google analogies
(Mikolov et al. 2013a) come with gensim. Other ratings are read from a file: MEN, RW, RG-65,
SimVerb and most others are lists of two words and a number.
"""

import csv
import functools
import itertools
import os
import re
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ..utils.arguments import as_path
from ..utils.errors import W2VError, shown
from ..utils.files import READ_WHOLE, check_is_file, explained_read_errors
from ..utils.gensim_data import gensim_data

WORD_PAIRS = {"WordSim-353": "wordsim353.tsv", "SimLex-999": "simlex999.txt"}
_ANALOGIES = "questions-words.txt"
_TAG = re.compile(r"-[njvra]$")  # MEN writes the part of speech behind the word


@functools.cache
def _lines(name):
    return gensim_data(name).read_text(encoding="utf-8").splitlines()


def word_pairs(source):
    """Read pairs of words with human ratings.

    Parameters
    ----------
    source : str or path
        A name of `WORD_PAIRS`, or a file with one pair per line: two words, then columns of which the
        first with a number in any line holds the ratings of all. Columns are separated by tabs, commas,
        semicolons or spaces. Lines that begin with #, a first line of headings (without a number in any
        column), and a first column that numbers the lines are skipped.

    Returns
    -------
    list of (word, word, rating)

    Raises
    ------
    W2VError
        If there is no such name or file, or a line is not a pair with a rating.

    Examples
    --------
    >>> pairs = word_pairs("WordSim-353")
    >>> len(pairs), pairs[0]
    (353, ('love', 'sex', 6.77))
    """
    as_path(source)
    if str(source) in WORD_PAIRS:
        return [*_pairs_of_gensim(str(source))]
    if not os.path.lexists(source):
        names = ", ".join(WORD_PAIRS)
        raise W2VError(f"There is no file {source} of word pairs, and no test of that name ({names}).")
    check_is_file(source, READ_WHOLE)
    with explained_read_errors(source, "UTF-8 text"):
        lines = Path(source).read_text(encoding="utf-8-sig").splitlines()
    pairs = _pairs(lines, source)
    if all(_TAG.search(word) for a, b, _ in pairs for word in (a, b)):
        pairs = [(_TAG.sub("", a), _TAG.sub("", b), rating) for a, b, rating in pairs]
    return pairs


@functools.cache
def _pairs_of_gensim(name):
    return tuple(_pairs(_lines(WORD_PAIRS[name]), name))


def _pairs(lines, source):
    numbered = [
        (n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if not numbered:
        raise W2VError(f"{source} holds no word pairs.")
    first = numbered[0][1]
    separator = next((mark for mark in ("\t", ";", ",") if mark in first), None)
    rows = [(n, line, _columns(line, separator)) for n, line in numbered]
    if rows[0][2] and not any(map(_is_like_number, rows[0][2])):  # headings
        del rows[0]
    indexed = all(len(row) > 3 and row[0].isdigit() and not _is_number(row[2]) for _, _, row in rows)
    rows = [(n, line, [*columns[indexed:], "", "", ""]) for n, line, columns in rows]
    numeric = [k for _, _, row in rows for k, text in enumerate(row[2:], 2) if _is_like_number(text)]
    column, pairs = min(numeric, default=2), []
    for n, line, columns in rows:
        a, b, rating = *columns[:2], _number(columns[column]) if column < len(columns) else None
        if rating is None or not a or not b:
            raise W2VError(f"Line {n} of {source} is no pair with a judgement: {line.strip()[:60]!r}.")
        pairs.append((a, b, rating))
    if not pairs:
        raise W2VError(f"{source} holds no word pairs: give lines of two words and a number.")
    return pairs


def _columns(line, separator):
    """Split a line; none where its quotes are not closed."""
    try:
        if separator is None and '"' not in line:
            cells = line.split()
        else:
            line, mark = (line.strip(), " ") if separator is None else (line, separator)
            cells = next(csv.reader([line], strict=True, delimiter=mark, skipinitialspace=True))
    except csv.Error:
        return []
    return [cell.strip() for cell in cells]


def _is_number(text):
    """Whether a text is written as a number, also as one that no rating can be."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # 1_0 is 10 in Python alone


def _is_like_number(text):
    """Whether a text is a number or, as "8,5" and "80 %", may be one that is written in another way."""
    return _is_number(text) or re.fullmatch(r"[\W_]*\d[\W\d_]*", text) is not None


def _number(text):
    return float(text) if _is_number(text) and abs(float(text)) < float("inf") else None


@functools.cache
def analogy_sections():
    """Read the Google analogies: section → tuple of (a, b, c, d), "a is to b as c is to d".

    The mapping is read-only.

    Examples
    --------
    >>> analogy_sections()["capital-common-countries"][0]
    ('Athens', 'Greece', 'Baghdad', 'Iraq')
    """
    sections = {}
    for line in _lines(_ANALOGIES):
        if line.startswith(":"):
            questions = sections.setdefault(line[1:].strip(), [])
        elif line.strip():
            questions.append(tuple(line.split()))
    return MappingProxyType({name: tuple(questions) for name, questions in sections.items()})


def pairs_of_section(section, vocab):
    """Word pairs of a section of the Google analogies whose words are in a vocabulary; list of (str, str).

    Examples
    --------
    >>> pairs_of_section("family", {"king", "queen", "man"})
    [('king', 'queen')]
    """
    pairs = {pair for a, b, c, d in analogy_sections()[section] for pair in ((a, b), (c, d))}
    return sorted(pair for pair in pairs if all(word in vocab for word in pair))


@functools.lru_cache(maxsize=4)
def words_of_questions(questions):
    """List the different words of questions in lower case, and where each question has which.

    Parameters
    ----------
    questions : tuple of (a, b, c, d)

    Returns
    -------
    words : tuple of str
    places : (n, 4) int64
        Word j of question i is ``words[places[i, j]]``.

    Examples
    --------
    >>> asked = ("man", "king", "woman", "queen"), ("Man", "boy", "woman", "girl")
    >>> words, places = words_of_questions(asked)
    >>> words, places.tolist()
    (('man', 'king', 'woman', 'queen', 'boy', 'girl'), [[0, 1, 2, 3], [0, 4, 2, 5]])
    """
    for question in questions:
        if isinstance(question, str) or len(question) != 4:
            raise W2VError(f"{shown(question)} is no analogy: give four words, (a, b, c, d).")
    numbers = {}
    lowered = (word.lower() for question in questions for word in question)
    places = np.array([numbers.setdefault(word, len(numbers)) for word in lowered], np.int64)
    return tuple(numbers), places.reshape(-1, 4)


@functools.lru_cache(maxsize=4)
def ids_of_lowered(vocab):
    """Find words without regard to case: dict of word in lower case → id.

    Of several forms of a word the most frequent one is taken, and of equally frequent ones the form in
    lower case, then the first by code point.

    Examples
    --------
    >>> from ..text.vocabulary import Vocabulary
    >>> ids_of_lowered(Vocabulary(("the", "Apple", "apple", "US"), np.array([4, 2, 2, 1])))
    {'the': 0, 'apple': 2, 'us': 3}
    """
    ids = {}
    for count, word, i in zip((-vocab.counts).tolist(), vocab.words, itertools.count()):
        rank = (count, word != word.lower(), word)
        lowered = word.lower()
        if lowered not in ids or rank < ids[lowered][0]:
            ids[lowered] = rank, i
    return {lowered: i for lowered, (_, i) in ids.items()}
