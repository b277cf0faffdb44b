"""Skip-gram with negative sampling as a scikit-learn estimator."""

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .skipgram_trainer import SkipGramTrainer

# Chosen by `python -m benchmarks.small_text` on texts of half a million and of 0.9 million tokens.
_SMALL_TEXT = {
    "epochs": 20, "learning_rate": 0.2, "subsample": 1e-4, "combine": "input+output", "center": True,
}  # fmt: skip


class SkipGram(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator, SkipGramTrainer):
    """Skip-gram with negative sampling (Mikolov et al. 2013b), Eq. (1.12), by stochastic gradient descent.

    Centre words are processed in blocks that share their negatives (Ji et al. 2016), in an order that
    lets threads work side by side without ever updating the same row (Gemulla et al. 2011): the
    vectors have the same bytes for any number of threads, after an interruption, on every run, and on
    every kind of processor (see the README for what is tested). See `parallel_sgd` for the order and
    `skipgram_kernels` for the arithmetic.

    Parameters
    ----------
    dim : int
        Length of a vector.
    window : int
        Largest distance of a context word; each centre word draws its reach from 1 … window.
    n_negatives : int
        K, the negative samples per pair.
    subsample : float
        Relative frequency above which words are subsampled, as word2vec's tools do; 0 keeps all.
    min_count, max_vocab : int
        Leave out words seen less often; keep at most so many words, the most frequent.
    noise_exponent : float
        Negatives are drawn from counts**noise_exponent.
    learning_rate, min_learning_rate : float
        At the start and at the end; in between it falls linearly over all epochs.
    epochs : int
    seed : int
    threads : int, optional
        Default: as many as the process may use. Changes the time, not the result.
    subwords : CharNGrams, optional
        The input vector of a word becomes the mean of its own row and its n-grams', and words that
        the text lacks get vectors (Bojanowski et al. 2017). See `subword_means` for the updates.
    objective : {"skip-gram", "cbow"}
        Predict each context word from the centre word, or the centre word from the mean of the vectors of
        its context words: continuous bag of words (Mikolov et al. 2013a), with the gradient divided by the
        number of context words (İrsoy et al. 2021). The second is not possible with `subwords`.
    combine : {"input", "input+output"}
        What becomes the vector of a word: its input vector, or the sum of its input and output vectors,
        which words outside the text do not have: not together with `subwords`.
    center : bool
        Subtract the mean vector of all words. The training is the same with and without it.
    partitions : int, optional
        Into how many partitions the vocabulary is divided, 1, 2, 4 … 64: as many threads have work. Other
        numbers give other vectors. There are fewer, but two, where each would have less than 8 words.
        Default: 16 for texts of at least 65,536 words and 10 million tokens, else 2; always 2 for CBOW and
        with `subwords`, whose rounds are short.

    Attributes
    ----------
    embeddings_ : Embeddings
        The word vectors, float32 (n_vocab, dim), with their words: the input vectors, unless `combine`
        or `center` is set.
    input_vectors_, output_vectors_ : (n_vocab, dim) float32
        V and U, from which `partial_fit` goes on.
    history_ : list of Epoch
        Loss per pair, speed and learning rate of each epoch.
    transfers_ : Transfers or None
        What was moved between workers, if `fit` was called with a client.

    Examples
    --------
    >>> sentences = [["the", "cat", "sat"], ["the", "dog", "sat"]] * 50
    >>> model = SkipGram(dim=4, subsample=0, epochs=2, seed=1).fit(sentences, progress=False)
    >>> model.embeddings_
    <Embeddings of 4 words in 4 dimensions>
    >>> model.transform([["the", "cat"], ["unknown"]]).shape
    (2, 4)
    """

    @classmethod
    def for_small_text(cls, **changes):
        """Make an estimator with settings for texts of up to about a million tokens.

        On such texts the defaults, which are those of word2vec's tools, end before the vectors of most words
        have moved far from where they started. The README shows how the scores change, and the command.

        Parameters
        ----------
        **changes
            Parameters of `SkipGram` that replace those of this method.

        Returns
        -------
        SkipGram
            Not fitted.

        Examples
        --------
        >>> model = SkipGram.for_small_text(dim=50)
        >>> model.dim, model.epochs > SkipGram().epochs
        (50, True)
        """
        return cls(**{**_SMALL_TEXT, **changes})

    def __sklearn_tags__(self):
        # Input is a list of token lists, not a matrix, so check_estimator's checks do not apply.
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags

    @property
    def _n_features_out(self):
        return self.embeddings_.vectors.shape[1]

    def partial_fit(self, X, y=None, *, checkpoint_dir=None, progress=True):
        """Go on from the vectors of this estimator on more text, or begin; return the estimator itself.

        The learning rate falls again from `learning_rate` to `min_learning_rate`, over `epochs` passes
        over `X`. It is ``fit(X, init=self)``: see there for the parameters, the errors, and what becomes
        of words that only one of the texts has.

        Examples
        --------
        >>> model = SkipGram(dim=3, epochs=1, subsample=0).fit([["a", "b"]] * 9, progress=False)
        >>> model.partial_fit([["b", "c"]] * 5, progress=False).embeddings_.vocab.words
        ('b', 'a', 'c')
        """
        init = self if "embeddings_" in vars(self) else None
        return self.fit(X, y, init=init, checkpoint_dir=checkpoint_dir, progress=progress)

    def transform(self, X):
        """Represent each sentence by the mean of its words' vectors.

        Parameters
        ----------
        X : Corpus or iterable of lists of str

        Returns
        -------
        (n_sentences, dim) float32
            Words without a vector are left out; a sentence without any is a row of zeros.

        Raises
        ------
        NotFittedError
            Before `fit`.
        W2VError
            If a sentence is no list of strings.

        Examples
        --------
        >>> model = SkipGram(dim=3, epochs=1, subsample=0).fit([["a", "b"]] * 9, progress=False)
        >>> import numpy as np
        >>> mean = model.embeddings_[["a", "b"]].mean(axis=0)
        >>> np.allclose(model.transform([["a", "b", "unknown"]]), mean)
        True
        """
        check_is_fitted(self)
        return self.embeddings_.sentence_vectors(X)
