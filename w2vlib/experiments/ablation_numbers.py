"""What is measured of the vectors of numbers under a scheme for numbers."""

import numpy as np

from ..evaluation import number_probing, number_vectors
from ..text.numerals import NUMBER, parse
from .ablation_samples import (
    beside_n,
    magnitude_of_new_sample,
    magnitude_sample,
    near_number_words,
    type_sample,
)


def number_samples(tasks, scheme, fitted, seed, trained, output_vectors):
    """Values of each number and number word for the vectors of numbers under a scheme for numbers.

    Parameters
    ----------
    tasks : AblationTasks
    scheme : Scheme
    fitted : schemes.Fitted
    seed : int
    trained : Embeddings
        Of the tokens.
    output_vectors : (n_tokens, dim) float

    Returns
    -------
    dict
        Name → Sample or None.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> from .ablation_tasks import AblationTasks
    >>> tasks = AblationTasks(from_sentences([["cat", "dog"], ["dog", "bird"]]), [Scheme()], dim=2)
    >>> from ..models.embeddings import Embeddings
    >>> e = Embeddings(np.eye(3), tasks.vocab)
    >>> found = number_samples(tasks, Scheme(), Scheme().fit(tasks.corpus), 0, e, np.eye(3))
    >>> set(found.values())  # the text has no numbers
    {None}
    """
    frequent, rare = tasks.numbers
    vectors, sums = (
        number_vectors.number_vectors(trained, fitted, frequent, pooled) for pooled in (np.mean, np.sum)
    )
    of_rare = number_vectors.number_vectors(trained, fitted, rare)
    found = {
        "magnitude": magnitude_sample(vectors, frequent, seed),
        "magnitude_of_sums": magnitude_sample(sums, frequent, seed),
        "magnitude_of_rare": magnitude_of_new_sample(vectors, frequent, of_rare, rare),
    }
    if scheme.numbers == "keep":
        found["type"] = type_sample(vectors, frequent, seed)
        found["near_number_words"] = near_number_words(trained, frequent.tokens)
    if scheme.numbers == "N":
        found["near_number_words"] = near_number_words(trained, [NUMBER])
        found["beside_n"] = beside_n(trained, output_vectors)
    return found


def measure_numbers(tasks, scheme, fitted, seed, trained, e):
    """Probe the vectors of numbers under a scheme for numbers.

    Parameters
    ----------
    tasks, scheme, fitted, seed, trained
        As for `number_samples`.
    e : Embeddings
        Of the raw words.

    Returns
    -------
    dict
        Fields of `AblationRow`.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> from .ablation_tasks import AblationTasks
    >>> tasks = AblationTasks(from_sentences([["cat", "dog"], ["dog", "bird"]]), [Scheme()], dim=2)
    >>> from ..models.embeddings import Embeddings
    >>> e = Embeddings(np.eye(3), tasks.vocab)
    >>> measure_numbers(tasks, Scheme(), Scheme().fit(tasks.corpus), 0, e, e)["numbers_probed"]
    0
    """
    frequent = tasks.numbers[0]
    vectors = number_vectors.number_vectors(trained, fitted, frequent)
    found = number_probing.probes(vectors, frequent, seed)
    found["numbers_probed"] = found.pop("numbers")
    found["number_line"] = number_probing.number_line(vectors, frequent, seed)
    found["numbers_nearby"], found["numbers_nearby_baseline"] = number_probing.numbers_among_neighbours(
        e, frequent.tokens
    )
    if scheme.numbers == "keep":
        dim = trained.vectors.shape[1]
        found["baselines"] = {
            name: number_probing.probes(each, frequent, seed)
            for name, each in number_vectors.baselines(frequent, dim, seed).items()
        }
        kinds = [parse(word) is not None for word in tasks.vocab.words]
        found["number_types"] = int(np.sum(kinds)) or np.nan
        found["median_number_count"] = float(np.median(tasks.vocab.counts[kinds])) if any(kinds) else np.nan
        found["commonest_number_type"] = number_probing.majority_baseline(frequent.types)
    return found
