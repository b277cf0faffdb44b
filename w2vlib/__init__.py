"""w2vlib: skip-gram word2vec, derived, checked, trained and put to the test."""

from .corpus import load_corpus
from .embeddings import Embeddings
from .errors import W2VError

__all__ = ["Embeddings", "W2VError", "load_corpus"]
