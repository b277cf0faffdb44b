"""Sentences in memory, of which several trainings share the token ids."""

import functools

from .vocabulary import encode


class NumberedSentences:
    """Sentences whose token ids are computed once for each choice of a vocabulary.

    `SkipGram.fit` takes them, and its vectors have the same bytes as those of the sentences.

    Parameters
    ----------
    sentences : list of lists of str
        Not to be changed afterwards.

    Examples
    --------
    >>> text = NumberedSentences([["a", "cat"], ["the", "cat"]])
    >>> vocab, ids, offsets = text.encoded()
    >>> vocab.words, ids.tolist(), offsets.tolist(), text.encoded()[1] is ids, len(text)
    (('cat', 'a', 'the'), [1, 0, 2, 0], [0, 2, 4], True, 2)
    """

    def __init__(self, sentences):
        self.sentences = sentences
        self._encoded = functools.cache(functools.partial(encode, sentences))

    def __iter__(self):
        return iter(self.sentences)

    def __len__(self):
        return len(self.sentences)

    def encoded(self, min_count=1, max_vocab=None):
        """Vocabulary, ids and offsets, as `text.vocabulary.encode` makes them; not to be changed.

        Parameters
        ----------
        min_count, max_vocab : int

        Raises
        ------
        W2VError
            If no word is left, or if something is no list of strings.
        """
        return self._encoded(min_count, max_vocab)
