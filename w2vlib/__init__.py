"""w2vlib: skip-gram word2vec, derived, checked, trained and tested."""

from importlib.metadata import version

from .models.embeddings import Embeddings
from .models.skipgram import SkipGram
from .preprocessing.char_ngrams import CharNGrams
from .replication.published_recipe import reproduce
from .text.corpus import load_corpus
from .utils.errors import W2VError

__all__ = ["CharNGrams", "Embeddings", "SkipGram", "W2VError", "load_corpus", "reproduce"]
__version__ = version("w2vlib")
