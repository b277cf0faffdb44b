"""What arguments of the library are: a path, a text, one of its sentences. Other kinds are refused."""

import itertools
import os
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from .errors import W2VError, shown


def as_path(path):
    """Return the `Path` of a file, a folder or an address that is given as str or path.

    Raises
    ------
    W2VError
        For another kind of object, an empty name, and one that no system of files can have.

    Examples
    --------
    >>> as_path("runs/vectors.npz").name
    'vectors.npz'
    >>> as_path(None)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: A path is text or a pathlib.Path, and NoneType came: give the path of ...
    """
    name = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(name, str):
        raise W2VError(
            f"A path is text or a pathlib.Path, and {type(path).__name__} came: give the path of a file or "
            "folder."
        )
    if not name or "\0" in name:
        kind = "an empty name" if not name else "a name with a null byte"
        raise W2VError(f"No file can have {kind}: give the path of a file or folder.")
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise W2VError(
            f"No file can have the name {shown(name)}, which has a character that is none ({error.reason}): "
            "give the path of a file or folder."
        ) from error
    return Path(name)


def as_paths(paths):
    """List of the paths in an iterable, or of one path; see `as_path`.

    Examples
    --------
    >>> [path.name for path in as_paths("a.txt")], [path.name for path in as_paths(["a.txt", "b.txt"])]
    (['a.txt'], ['a.txt', 'b.txt'])
    """
    try:
        many = [paths] if isinstance(paths, str | bytes | os.PathLike | Mapping | type) else list(paths)
    except TypeError:
        many = [paths]
    return [as_path(path) for path in many]


def check_named_once(groups):
    """Refuse groups (dict of name → list of words) that name a word twice.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> check_named_once({"royal": ["king", "queen"], "people": ["king"]})
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The groups name 'king' twice: name each word once.
    """
    seen = set()
    for word in itertools.chain.from_iterable(groups.values()):
        if word in seen:
            raise W2VError(f"The groups name {shown(word)} twice: name each word once.")
        seen.add(word)


def check_text(text, again=False):
    """Refuse what is no text at all; return the text. Its sentences are checked where they are read.

    Parameters
    ----------
    text : iterable of lists of str
    again : bool
        Whether the text is read more than once, which an iterator cannot be.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> check_text([["a", "cat"]])
    [['a', 'cat']]
    >>> check_text("a cat")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: A text is a list of token lists, and str came: give e.g. [s.split()].
    """
    try:
        iterator = None if isinstance(text, str | bytes | Mapping | type) else iter(text)
    except TypeError:
        iterator = None
    kind = type(text).__name__
    if iterator is None:
        raise W2VError(f"A text is a list of token lists, and {kind} came: give e.g. [s.split()].")
    if again and iterator is text:
        raise W2VError(
            f"A {kind} is not a text that can be read again, so nobody could repeat or resume the training: "
            "give a Corpus, a list of token lists, or an object whose __iter__ starts from the beginning."
        )
    return text


def sentences_of(text, again=False):
    """Yield the sentences of a text, each checked by `check_sentence`; see `check_text`.

    Examples
    --------
    >>> list(sentences_of([["a", "cat"], ("a", "dog")]))
    [['a', 'cat'], ('a', 'dog')]
    """
    for number, sentence in enumerate(check_text(text, again), 1):
        yield check_sentence(sentence, number)


def check_sentences(text):
    """Refuse a text that cannot be read twice, or has a sentence that is none; see `check_sentence`.

    Examples
    --------
    >>> check_sentences([["a", "cat"], "a dog"])
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Sentence 2 is of type str: give a list of strings, e.g. s.split().
    """
    for _ in sentences_of(text, again=True):
        pass


def check_sentence(sentence, number, again=True):
    """Refuse what is no list of words; return the sentence. Its words are not looked at.

    Parameters
    ----------
    sentence : iterable of str
    number : int
        Of the sentence; the first has 1.
    again : bool
        Whether the sentence is read more than once, which an iterator cannot be.

    Raises
    ------
    W2VError

    Examples
    --------
    >>> check_sentence(["a", "cat"], 1)
    ['a', 'cat']
    >>> check_sentence({"a", "cat"}, 2)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: Sentence 2 is of type set, which has no order or no repeats: ...
    """
    if type(sentence) in (list, tuple):  # at once, as a text has millions
        return sentence
    kind = f"Sentence {number} is of type {type(sentence).__name__}"
    if isinstance(sentence, str | bytes):
        raise W2VError(f"{kind}: give a list of strings, e.g. s.split().")
    if isinstance(sentence, Set | Mapping):
        raise W2VError(f"{kind}, which has no order or no repeats: give a list of strings.")
    if isinstance(sentence, Iterator) and again:
        raise W2VError(f"{kind}, which is read once only: give a list of strings.")
    try:
        iter(sentence)
    except TypeError:  # also of an array without dimensions
        raise W2VError(f"{kind}: give a list of strings.") from None
    return sentence


def words_of(sentence, number):
    """List of the words of a sentence (iterable of str), the first of which has the `number` 1.

    Raises
    ------
    W2VError
        If it is something else.

    Examples
    --------
    >>> words_of(("a", "cat"), 1)
    ['a', 'cat']
    >>> words_of([3], 2)
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: The word 3 in sentence 2 is no string: give lists of strings.
    """
    words = list(check_sentence(sentence, number, again=False))
    for word in words:
        if not isinstance(word, str):
            raise W2VError(
                f"The word {shown(word)} in sentence {number} is no string: give lists of strings."
            )
    return words
