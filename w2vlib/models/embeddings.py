"""Word vectors with their vocabulary: neighbours, analogies, files without pickle."""

import difflib
import json
import zipfile
from pathlib import Path

import numpy as np

from ..preprocessing.char_ngrams import CharNGrams, NGramVectors
from ..text.vocabulary import Vocabulary
from ..utils.errors import W2VError
from ..utils.files import atomic_write

_FORMAT = "w2vlib embeddings 1"
_WORD2VEC = {".txt": "text", ".vec": "text", ".bin": "binary"}


class Embeddings:
    """Vectors and the words they belong to.

    Parameters
    ----------
    vectors : (n_vocab, dim) float
        A row a word; kept as given, not copied.
    vocab : Vocabulary
    ngrams : subwords.NGramVectors, optional
        Vectors of character n-grams: ``e[word]`` of an unknown word is the mean of its n-grams'.

    Attributes
    ----------
    unit_vectors : (n_vocab, dim) float
        The vectors divided by their lengths; a zero vector stays zero.

    Raises
    ------
    W2VError
        If there is not exactly one finite vector a word.
    """

    def __init__(self, vectors, vocab, ngrams=None):
        vectors = np.asarray(vectors)
        if vectors.ndim != 2 or len(vectors) != len(vocab):
            raise W2VError(
                f"{len(vocab):,} words need one vector each, and an array of shape {vectors.shape} came."
            )
        if not np.isfinite(vectors).all():
            raise W2VError(
                "The vectors hold NaN or infinite numbers: train again with a smaller learning rate."
            )
        self.vectors = vectors
        self.vocab = vocab
        self.ngrams = ngrams
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        self.unit_vectors = vectors / np.where(norms > 0, norms, 1)

    def __len__(self):
        return len(self.vocab)

    def __contains__(self, word):
        return word in self.vocab

    def __getitem__(self, word):
        """Vector of a word, (dim,); an unknown one's comes from its n-grams, else `W2VError` is raised."""
        composed = self._composed(word)
        return self.vectors[self._id(word)] if composed is None else composed

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
        try:
            return self.vocab.ids[word]
        except KeyError:
            close = difflib.get_close_matches(str(word), self.vocab.words, n=3)
            hint = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
            raise W2VError(f"{word!r} is not in the vocabulary{hint}.") from None

    def similarity(self, a, b):
        """Cosine of two words' vectors (float); 0 where one of them is zero."""
        return float(self._unit(a) @ self._unit(b))

    def most_similar(self, word, n=10):
        """Find the `n` nearest words by cosine, without the word itself: list of (word, cosine)."""
        return self._top(self.unit_vectors @ self._unit(word), self._known(word), n)

    def analogy(self, a, b, c, n=10, method="3CosAdd"):
        """Words near b − a + c ("a is to b as c is to …"), without the three: list of (word, score).

        Parameters
        ----------
        a, b, c : str
            ``analogy("man", "king", "woman")`` asks for king − man + woman.
        method : {"3CosAdd", "3CosMul"}
            Sum of cosines (Mikolov et al. 2013c), or their product and quotient after moving them
            to 0 … 1 (Levy & Goldberg 2014).
        """
        scores, known = self._analogy_scores(a, b, c, method)
        return self._top(scores, known, n)

    def analogy_rank(self, a, b, c, expected, method="3CosAdd"):
        """Place of `expected` (from 1) among the answers to ``analogy(a, b, c)``."""
        scores, known = self._analogy_scores(a, b, c, method)
        wanted = self._id(expected)
        if wanted in known:
            raise W2VError(f"{expected!r} is part of the question and cannot be its answer.")
        scores[list(known)] = -np.inf
        return int((scores > scores[wanted]).sum()) + 1

    def _analogy_scores(self, a, b, c, method):
        unit = [self._unit(word) for word in (a, b, c)]
        if method == "3CosAdd":
            target = unit[1] - unit[0] + unit[2]
            scores = self.unit_vectors @ (target / max(np.linalg.norm(target), np.finfo(float).tiny))
        elif method == "3CosMul":
            cos_a, cos_b, cos_c = ((self.unit_vectors @ vector + 1) / 2 for vector in unit)
            scores = cos_b * cos_c / (cos_a + 1e-3)
        else:
            raise W2VError(f"method={method!r} is not allowed: give '3CosAdd' or '3CosMul'.")
        return scores, self._known(a, b, c)

    def _known(self, *words):
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
        """
        form = _WORD2VEC.get(Path(path).suffix)
        if form is not None:
            self._save_word2vec(path, form)
            return
        words = np.frombuffer(json.dumps(self.vocab.words, ensure_ascii=False).encode(), np.uint8)
        arrays = {"vectors": self.vectors, "words": words, "counts": self.vocab.counts}
        if self.ngrams is not None:
            scheme = self.ngrams.scheme
            arrays["ngram_scheme"] = np.array([scheme.shortest, scheme.longest, scheme.buckets])
            arrays |= {"ngram_buckets": self.ngrams.buckets, "ngram_vectors": self.ngrams.vectors}
        with atomic_write(path) as handle:
            np.savez(handle, format=np.array(_FORMAT), **arrays)

    def _save_word2vec(self, path, form):
        spaced = next((word for word in self.vocab.words if not word or word.split() != [word]), None)
        if spaced is not None:
            raise W2VError(
                f"{spaced!r} is empty or holds white space, which word2vec's formats cannot say: save as npz."
            )
        rows = np.asarray(self.vectors, np.float32)
        with atomic_write(path) as handle:
            handle.write(f"{len(rows)} {rows.shape[1]}\n".encode())
            for word, row in zip(self.vocab.words, rows, strict=True):
                numbers = (
                    row.astype("<f4").tobytes() if form == "binary" else " ".join(map(str, row)).encode()
                )
                handle.write(word.encode() + b" " + numbers + b"\n")

    def to_keyed_vectors(self):
        """Convert to gensim's `KeyedVectors`, counts included; float32."""
        from gensim.models import KeyedVectors

        keyed = KeyedVectors(self.vectors.shape[1])
        keyed.add_vectors(list(self.vocab.words), np.asarray(self.vectors, np.float32))
        for word, count in zip(self.vocab.words, self.vocab.counts.tolist(), strict=True):
            keyed.set_vecattr(word, "count", count)
        return keyed

    @classmethod
    def from_keyed_vectors(cls, keyed):
        """Convert gensim's `KeyedVectors`; without counts there, words count as ranked by frequency."""
        words = tuple(keyed.index_to_key)
        if "count" in keyed.expandos:
            counts = np.array([keyed.get_vecattr(word, "count") for word in words], np.int64)
        else:
            counts = np.arange(len(words), 0, -1)
        return cls(np.array(keyed.vectors), Vocabulary(words, counts))

    @classmethod
    def load(cls, path):
        """Read what `save`, or another program in word2vec's formats, wrote.

        word2vec's formats hold no counts: such words count as ranked by frequency.

        Raises
        ------
        W2VError
            If the file is missing, damaged or of another kind.
        """
        form = _WORD2VEC.get(Path(path).suffix)
        if form is not None:
            return cls.from_keyed_vectors(_read_word2vec(path, form))
        try:
            with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as archive:
                if str(archive["format"]) != _FORMAT:
                    raise W2VError(f"{path} is of another format ({archive['format']}).")
                words = json.loads(archive["words"].tobytes().decode())
                ngrams = None
                if "ngram_scheme" in archive:
                    scheme = CharNGrams(*archive["ngram_scheme"].tolist())
                    ngrams = NGramVectors(scheme, archive["ngram_buckets"], archive["ngram_vectors"])
                    if ngrams.vectors.shape != (len(ngrams.buckets), archive["vectors"].shape[1]):
                        raise ValueError("n-grams without a vector each")
                    if not np.isfinite(ngrams.vectors).all():
                        raise ValueError("n-gram vectors that are not finite")
                return cls(archive["vectors"], Vocabulary(tuple(words), archive["counts"]), ngrams)
        except FileNotFoundError:
            raise W2VError(f"There is no file {path}: check the path of the vectors.") from None
        except (OSError, KeyError, AttributeError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise W2VError(f"{path} does not hold embeddings of w2vlib, or is damaged.") from error
        except ValueError as error:
            if isinstance(error, W2VError):
                raise
            raise W2VError(f"{path} does not hold embeddings of w2vlib, or is damaged.") from error


def _read_word2vec(path, form):
    from gensim.models import KeyedVectors

    try:
        keyed = KeyedVectors.load_word2vec_format(str(path), binary=form == "binary")
        if None in keyed.index_to_key:  # what gensim leaves of a word that comes again
            raise ValueError("a word stands there twice, or words are missing")
        return keyed
    except FileNotFoundError:
        raise W2VError(f"There is no file {path}: check the path of the vectors.") from None
    except (OSError, EOFError, ValueError, MemoryError, OverflowError) as error:
        reason = str(error) or type(error).__name__
        raise W2VError(
            f"{path} does not hold vectors in word2vec's {form} format, or is damaged ({reason})."
        ) from error
