"""w2vlib: skip-gram word2vec, derived, checked, trained and tested.

The public names are imported when they are first used, so that what needs few of them starts at once.
"""

from typing import TYPE_CHECKING

from .utils.lazy_names import lazy_names

if TYPE_CHECKING:
    from .models.embeddings import Embeddings
    from .models.skipgram import SkipGram
    from .preprocessing.char_ngrams import CharNGrams
    from .replication.published_recipe import reproduce
    from .text.corpus import load_corpus
    from .text.encoded_text import EncodedText
    from .text.text_encoder import encode_files
    from .utils.errors import W2VError

_MODULES = {
    "CharNGrams": "preprocessing.char_ngrams",
    "Embeddings": "models.embeddings",
    "EncodedText": "text.encoded_text",
    "SkipGram": "models.skipgram",
    "W2VError": "utils.errors",
    "encode_files": "text.text_encoder",
    "load_corpus": "text.corpus",
    "reproduce": "replication.published_recipe",
}
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


_find, _names = lazy_names(__name__, _MODULES)


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version

        return version("w2vlib")
    return _find(name)


def __dir__():
    return sorted([*_names(), "__version__"])
