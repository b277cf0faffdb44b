"""Vectors of an earlier training, from which another one goes on."""

import numpy as np

from ..text.vocabulary import Vocabulary
from ..utils.errors import W2VError, shown
from ..utils.files import sha256_of
from .embeddings import Embeddings
from .vector_files import as_float32


class InitialVectors:
    """Words with the vectors that a training starts from; words of its text may be missing.

    Parameters
    ----------
    embeddings : Embeddings
    dim : int
        Length of the vectors of the training.
    V, U : (n_vocab, dim) float32, optional
        Input and output vectors of the words. By default V is ``embeddings.vectors``, and U is zero, as
        that of new words is.

    Attributes
    ----------
    vocab : Vocabulary
    V, U : (n_vocab, dim) float32
    sha256 : str
        Of words, counts and vectors.

    Raises
    ------
    W2VError
        If `embeddings` is something else, has n-grams, or has vectors of another length.

    Examples
    --------
    >>> init = InitialVectors(Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1]))), dim=2)
    >>> init.V.dtype, init.U.tolist()
    (dtype('float32'), [[0.0, 0.0], [0.0, 0.0]])
    """

    def __init__(self, embeddings, dim, V=None, U=None):
        if not isinstance(embeddings, Embeddings):
            raise W2VError(f"init={shown(embeddings)} is not allowed: give Embeddings or a fitted SkipGram.")
        V = embeddings.vectors if V is None else V
        if embeddings.ngrams is not None:
            raise W2VError(
                "A training cannot go on from vectors with character n-grams: give vectors of words only, "
                "or train on both texts together."
            )
        if V.shape[1] != dim:
            raise W2VError(
                f"The initial vectors have {V.shape[1]} dimensions and dim={dim}: give dim={V.shape[1]}."
            )
        self.vocab = embeddings.vocab
        self.V = np.ascontiguousarray(as_float32(V))
        self.U = np.zeros_like(self.V) if U is None else np.ascontiguousarray(U, np.float32)
        words = "\n".join(self.vocab.words).encode()
        arrays = np.asarray(self.vocab.counts, np.int64), self.V, self.U
        self.sha256 = sha256_of(words, *(array.tobytes() for array in arrays))

    def entropy(self):
        """Numbers that seed the vectors of new words, so that they are not those of earlier new words.

        Examples
        --------
        >>> vocab = Vocabulary(("cat",), np.array([1]))
        >>> one, other = (InitialVectors(Embeddings(x * np.eye(1), vocab), 1).entropy() for x in (1, 2))
        >>> one == other
        False
        """
        return [int(self.sha256[i : i + 8], 16) for i in range(0, 32, 8)]

    def place(self, vocab, V, U):
        """Copy the vectors of the words of `vocab` to the rows of V and U, (n_vocab, ≥ dim), in place.

        Raises
        ------
        W2VError
            If then all are zero or nearly so, where every gradient is zero.

        Examples
        --------
        >>> init = InitialVectors(Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1]))), 2)
        >>> V, U = np.ones((2, 2)), np.ones((2, 2))
        >>> init.place(Vocabulary(("bird", "dog"), np.array([5, 4])), V, U)
        >>> V.tolist(), U.tolist()
        ([[1.0, 1.0], [0.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]])
        """
        pairs = [(row, self.vocab.ids[word]) for row, word in enumerate(vocab.words) if word in self.vocab]
        rows, mine = np.array(pairs, np.int64).reshape(-1, 2).T
        V[rows, : self.V.shape[1]], U[rows, : self.V.shape[1]] = self.V[mine], self.U[mine]
        largest = max(max(matrix.max(), -matrix.min()) for matrix in (V, U))  # without a copy of either
        if largest < np.finfo(np.float32).tiny:
            raise W2VError(
                "The initial vectors of all words of the text are zero, or too small for float32: no "
                "training can start from them; leave init out, or give others."
            )

    def merged(self, vocab, V, U):
        """Add the words that the text lacks, with their vectors unchanged.

        Parameters
        ----------
        vocab : Vocabulary
            Of the text.
        V, U : (n_vocab, dim) float32
            After the training.

        Returns
        -------
        vocab : Vocabulary
            Words of the text and of the initial vectors; counts are added up, and words are sorted by
            them, ties by their order in the text, then in the initial vectors.
        V, U : (n_vocab, dim) float32

        Examples
        --------
        >>> init = InitialVectors(Embeddings(np.eye(2), Vocabulary(("cat", "dog"), np.array([2, 1]))), 2)
        >>> one = np.full((1, 2), 7, np.float32)
        >>> both, V, U = init.merged(Vocabulary(("dog",), np.array([4])), one, one)
        >>> both.words, both.counts.tolist(), V.tolist()
        (('dog', 'cat'), [5, 2], [[7.0, 7.0], [1.0, 0.0]])
        """
        others = [i for i, word in enumerate(self.vocab.words) if word not in vocab]
        words = [*vocab.words, *(self.vocab.words[i] for i in others)]
        in_text = [*vocab.counts.tolist(), *(0 for _ in others)]
        counts = [n + self._count(word) for n, word in zip(in_text, words, strict=True)]
        order = np.argsort(-np.array(counts, np.int64), kind="stable")
        V, U = (np.concatenate(pair)[order] for pair in ((V, self.V[others]), (U, self.U[others])))
        return Vocabulary(tuple(words[i] for i in order), np.array(counts, np.int64)[order]), V, U

    def _count(self, word):
        return int(self.vocab.counts[self.vocab.ids[word]]) if word in self.vocab else 0
