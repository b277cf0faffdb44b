"""w2vlib: skip-gram word2vec, derived, checked, trained and put to the test."""

from .corpus import load_corpus
from .embeddings import Embeddings
from .errors import W2VError
from .skipgram import SkipGram
from .subwords import CharNGrams

__all__ = ["CharNGrams", "Embeddings", "SkipGram", "W2VError", "load_corpus"]
