"""Word vectors with their vocabulary: a mapping, neighbours, analogies."""

import difflib
from collections.abc import Mapping

import numpy as np

from ..preprocessing.char_ngrams import NGramVectors
from ..text.vocabulary import Vocabulary
from ..utils.arguments import check_text, words_of
from ..utils.errors import W2VError, one_line, shown
from ..utils.validation import OneOf, Whole, check
from ..utils.vectors import unit_rows
from . import vector_files


class UnknownWordError(W2VError, KeyError):
    """A word that has no vector; a `KeyError` too, as a mapping raises it.

    Similar words are looked for only when the message is read, since that takes long.

    Parameters
    ----------
    word : object
    words : tuple of str
        The vocabulary.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
    >>> e["cats"]
    Traceback (most recent call last):
    ...
    w2vlib.models.embeddings.UnknownWordError: 'cats' is not in the vocabulary (did you mean 'cat'?).
    """

    def __init__(self, word, words):
        super().__init__(word, words)

    def __str__(self):
        word, words = self.args
        named = word if isinstance(word, str) else shown(word)
        close = difflib.get_close_matches(named, words, n=3)
        hint = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
        return f"{one_line(shown(word, most=1000))} is not in the vocabulary{hint}."


def _array(vectors):
    """Array of vectors; one without dimensions for lists of different lengths."""
    try:
        return np.asarray(vectors)
    except ValueError:
        return np.array(np.nan)


class Embeddings(Mapping):
    """Vectors and the words they belong to: a read-only mapping from words to vectors.

    Parameters
    ----------
    vectors : (n_vocab, dim) float
        One row per word; not copied if it is an array of floats.
    vocab : Vocabulary
    ngrams : NGramVectors, optional
        Vectors of character n-grams: ``e[word]`` of an unknown word is the mean of its n-grams'.

    Attributes
    ----------
    unit_vectors : (n_vocab, dim) float
        The vectors divided by their lengths; a zero vector stays zero.

    Raises
    ------
    W2VError
        If there is not exactly one finite vector per word, or a number is above 1e150.

    Examples
    --------
    >>> from w2vlib.text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(3), Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
    >>> e["dog"].tolist(), e[["cat", "sat"]].shape, "bird" in e, list(e)
    ([0.0, 1.0, 0.0], (2, 3), False, ['cat', 'dog', 'sat'])
    >>> e.most_similar("cat", n=1)
    [('dog', 0.0)]
    """

    def __init__(self, vectors, vocab, ngrams=None):
        for value, kind in ((vocab, Vocabulary), (ngrams, NGramVectors | None)):
            if not isinstance(value, kind):
                name = getattr(kind, "__name__", kind)
                raise W2VError(f"Vectors have a {name}, and {type(value).__name__} came.")
        if np.ma.isMaskedArray(vectors):
            raise W2VError("Vectors have no masked numbers: leave out their words, or fill them (filled).")
        vectors = _array(vectors)
        if vectors.dtype.kind in "iu":
            vectors = vectors.astype(float)
        if vectors.ndim != 2 or len(vectors) != len(vocab):
            raise W2VError(
                f"{len(vocab):,} words need one vector each, and an array of shape {vectors.shape} came."
            )
        if vectors.dtype.kind != "f" or vectors.shape[1] == 0:
            raise W2VError(
                f"Vectors are real numbers, at least one per word; an array of {vectors.dtype} with shape "
                f"{vectors.shape} came."
            )
        vector_files.check_numbers(vectors)
        self.vectors = vectors
        self.vocab = vocab
        self.ngrams = ngrams
        self.unit_vectors = unit_rows(vectors)

    __eq__, __hash__ = object.__eq__, object.__hash__  # equality of many vectors has no one meaning

    def __len__(self):
        return len(self.vocab)

    def __iter__(self):
        return iter(self.vocab.words)

    def __contains__(self, word):
        return isinstance(word, str) and word in self.vocab

    def __getitem__(self, word):
        """Vector of a word, (dim,), or of a list of words, (n, dim): a copy.

        An unknown word's vector comes from its n-grams, else `UnknownWordError` is raised.
        """
        if isinstance(word, list | tuple):
            if nested := [each for each in word if isinstance(each, list | tuple)]:
                raise W2VError(f"A list of words holds {shown(nested[0])}: give words alone.")
            return np.array([self[w] for w in word], self.vectors.dtype).reshape(-1, self.vectors.shape[1])
        composed = self._composed(word)
        return self.vectors[self._id(word)].copy() if composed is None else composed

    def _composed(self, word):
        """Vector of an unknown word by its n-grams; None for others."""
        if self.ngrams is not None and word not in self and isinstance(word, str):
            vector, n = self.ngrams.of(word)
            if n:
                return vector
        return None

    def _unit(self, word):
        composed = self._composed(word)
        if composed is None:
            return self.unit_vectors[self._id(word)]
        return composed / max(np.linalg.norm(composed), np.finfo(np.float32).tiny)

    def __repr__(self):
        return f"<Embeddings of {len(self):,} words in {self.vectors.shape[1]} dimensions>"

    def _id(self, word):
        if word in self:
            return self.vocab.ids[word]
        raise UnknownWordError(word, self.vocab.words)

    def sentence_vectors(self, sentences):
        """Mean vector of each sentence.

        Parameters
        ----------
        sentences : iterable of lists of str

        Returns
        -------
        (n_sentences, dim) float32
            Words without a vector are left out; a sentence without any is a row of zeros.

        Raises
        ------
        W2VError
            If a sentence is no list of strings.

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> e.sentence_vectors([["cat", "dog"], ["bird"]]).tolist()
        [[0.5, 0.5], [0.0, 0.0]]
        """
        means = []
        for number, sentence in enumerate(check_text(sentences), 1):
            words = words_of(sentence, number)
            rows = [row for word in words if (row := self.get(word)) is not None]
            means.append(np.mean(rows, axis=0, dtype=np.float64) if rows else np.zeros(self.vectors.shape[1]))
        return vector_files.as_float32(np.array(means)).reshape(-1, self.vectors.shape[1])

    def similarity(self, a, b):
        """Cosine of two words' vectors (float, −1 to 1); 0 where one of them is zero.

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.array([[1.0, 0.0], [3.0, 4.0]]), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> round(e.similarity("cat", "dog"), 6)
        0.6
        """
        return min(1.0, max(-1.0, float(self._unit(a) @ self._unit(b))))

    def most_similar(self, query, n=10):
        """Find the `n` nearest words by cosine, without those of the query: list of (word, cosine).

        Parameters
        ----------
        query : str, list of str, or (dim,) array
            A word, words whose unit vectors are averaged, or a vector.
        n : int

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> vectors = np.array([[1.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
        >>> e = Embeddings(vectors, Vocabulary(("cat", "dog", "sat"), np.array([3, 2, 1])))
        >>> [word for word, _ in e.most_similar("sat")]
        ['dog', 'cat']
        >>> [word for word, _ in e.most_similar(["cat", "sat"])]
        ['dog']
        >>> [word for word, _ in e.most_similar(np.array([0.0, 2.0]), n=2)]
        ['sat', 'dog']
        """
        check("n", n, Whole(1))
        words = [query] if isinstance(query, str) else query
        if isinstance(words, np.ndarray):
            is_vector = words.dtype.kind in "fiu" and not np.ma.isMaskedArray(words)
            vector = words.astype(float) if is_vector else np.array(np.nan)
            if vector.shape != self.vectors.shape[1:] or not np.isfinite(vector).all():
                raise W2VError(f"A query is a finite vector of length {self.vectors.shape[1]}, or words.")
            return self._nearest(unit_rows(vector[None])[0], set(), n)
        if not isinstance(words, list | tuple):
            raise W2VError(f"A query is a word, a list of words, or a vector, and {shown(query)} came.")
        if len(words) == 1:
            return self._nearest(self._unit(words[0]), self._ids(*words), n)
        if not words:
            raise W2VError("No words are given: give a word, a list of words, or a vector.")
        mean = np.mean([self._unit(word) for word in words], axis=0)
        return self._nearest(unit_rows(mean[None])[0], self._ids(*words), n)

    def _nearest(self, unit, excluded, n):
        """Words with the largest cosines to a unit vector; rounding takes none out of [−1, 1]."""
        return self._top(np.clip(self.unit_vectors @ unit, -1, 1), excluded, n)

    def analogy(self, a, b, c, n=10, method="3CosAdd"):
        """Find the words near b − a + c ("a is to b as c is to …"), without the three: list of (word, score).

        Parameters
        ----------
        a, b, c : str
            ``analogy("man", "king", "woman")`` looks near king − man + woman.
        method : {"3CosAdd", "3CosMul"}
            Sum of cosines (Mikolov et al. 2013c), or their product and quotient after moving them
            to [0, 1] (Levy & Goldberg 2014).

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
        >>> words = ("man", "woman", "king", "queen", "fig")
        >>> e = Embeddings(vectors, Vocabulary(words, np.arange(5, 0, -1)))
        >>> [word for word, _ in e.analogy("man", "king", "woman", n=1)]
        ['queen']
        """
        check("n", n, Whole(1))
        scores, excluded = self._analogy_scores(a, b, c, method)
        return self._top(scores, excluded, n)

    def analogy_rank(self, a, b, c, expected, method="3CosAdd"):
        """Rank of `expected`, from 1, among the answers to ``analogy(a, b, c)``.

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [0.0, -1.0]])
        >>> words = ("man", "woman", "king", "queen", "fig")
        >>> e = Embeddings(vectors, Vocabulary(words, np.arange(5, 0, -1)))
        >>> e.analogy_rank("man", "king", "woman", "queen"), e.analogy_rank("man", "king", "woman", "fig")
        (1, 2)
        """
        scores, excluded = self._analogy_scores(a, b, c, method)
        wanted = self._id(expected)
        if wanted in excluded:
            raise W2VError(f"{shown(expected)} is part of the question and cannot be its answer.")
        scores[list(excluded)] = -np.inf
        return int((scores > scores[wanted]).sum()) + 1

    def _analogy_scores(self, a, b, c, method):
        check("method", method, OneOf(("3CosAdd", "3CosMul")))
        unit = [self._unit(word) for word in (a, b, c)]
        if method == "3CosAdd":
            target = unit[1] - unit[0] + unit[2]
            scores = self.unit_vectors @ (target / max(np.linalg.norm(target), np.finfo(float).tiny))
        else:
            cos_a, cos_b, cos_c = ((self.unit_vectors @ vector + 1) / 2 for vector in unit)
            scores = cos_b * cos_c / (cos_a + 1e-3)
        return scores, self._ids(a, b, c)

    def _ids(self, *words):
        """Ids of those words that are in the vocabulary."""
        return {self.vocab.ids[word] for word in words if word in self}

    def _top(self, scores, without, n):
        order = np.argsort(-scores, kind="stable")[: n + len(without)]
        return [(self.vocab.words[i], float(scores[i])) for i in order if i not in without][:n]

    def save(self, path):
        """Write the vectors to a file, whole or not at all; its name decides on the format.

        ``.txt`` or ``.vec``: word2vec text; ``.bin``: word2vec binary (both hold float32, no counts
        and no n-grams); any other: npz without pickle, with counts and n-grams.

        Raises
        ------
        W2VError
            If the file cannot be written, or a word holds white space, which word2vec's formats
            cannot say.

        Examples
        --------
        >>> import tempfile
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     e.save(f"{folder}/vectors.txt")
        ...     with open(f"{folder}/vectors.txt", encoding="utf-8") as file:
        ...         print(file.read())
        2 2
        cat 1.0 0.0
        dog 0.0 1.0
        """
        vector_files.save(path, self)

    def to_keyed_vectors(self):
        """Convert to gensim's `KeyedVectors`, counts included; float32.

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> e.to_keyed_vectors().get_vecattr("cat", "count")
        np.int64(2)
        """
        from gensim.models import KeyedVectors

        keyed = KeyedVectors(self.vectors.shape[1])
        keyed.add_vectors(list(self.vocab.words), vector_files.as_float32(self.vectors))
        for word, count in zip(self.vocab.words, self.vocab.counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
        return keyed

    @classmethod
    def from_keyed_vectors(cls, keyed):
        """Convert gensim's `KeyedVectors`; without counts there, words count as ranked by frequency.

        Examples
        --------
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> Embeddings.from_keyed_vectors(e.to_keyed_vectors())
        <Embeddings of 2 words in 2 dimensions>
        """
        return cls(*vector_files.from_keyed_vectors(keyed))

    @classmethod
    def load(cls, path):
        """Read what `save`, or another program in word2vec's formats, wrote.

        word2vec's formats hold no counts: such words count as ranked by frequency.

        Raises
        ------
        W2VError
            If the file is missing, damaged or of another kind.

        Examples
        --------
        >>> import tempfile
        >>> from w2vlib.text.vocabulary import Vocabulary
        >>> e = Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1])))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     e.save(f"{folder}/vectors.npz")
        ...     Embeddings.load(f"{folder}/vectors.npz")
        <Embeddings of 2 words in 2 dimensions>
        """
        return cls(*vector_files.load(path))
