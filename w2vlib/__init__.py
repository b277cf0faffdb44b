"""w2vlib: skip-gram word2vec, derived, checked, trained and tested."""

from importlib.metadata import version

from .models.embeddings import Embeddings
from .models.skipgram import SkipGram
from .preprocessing.char_ngrams import CharNGrams
from .replication.published_recipe import reproduce
from .text.corpus import load_corpus
from .text.encoded_text import EncodedText
from .text.text_encoder import encode_files
from .utils.errors import W2VError

__all__ = [
    "CharNGrams",
    "Embeddings",
    "EncodedText",
    "SkipGram",
    "W2VError",
    "encode_files",
    "load_corpus",
    "reproduce",
]
__version__ = version("w2vlib")
