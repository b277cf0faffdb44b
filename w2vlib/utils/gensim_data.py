"""Files that come with gensim, which takes half a second to import."""

from importlib.util import find_spec
from pathlib import Path


def gensim_data(name):
    """Return the path of a file of gensim's test data, without importing gensim; Path.

    Examples
    --------
    >>> gensim_data("wordsim353.tsv").is_file()
    True
    """
    return Path(find_spec("gensim").submodule_search_locations[0]) / "test" / "test_data" / name
