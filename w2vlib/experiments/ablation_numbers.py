"""What is measured of the vectors of numbers under a scheme for numbers."""

from dataclasses import replace

import numpy as np

from ..evaluation import number_probing, number_vectors
from ..models.embeddings import Embeddings
from ..preprocessing.schemes import Scheme
from ..text.numerals import NUMBER, parse
from ..text.vocabulary import Vocabulary
from .ablation_samples import (
    beside_n,
    magnitude_of_new_sample,
    magnitude_sample,
    near_number_words,
    type_sample,
)

RANDOM_DIGITS = "random digit vectors"
_DIM = 50  # of these: there are fewer digits and signs


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
    vectors = number_vectors.number_vectors(trained, fitted, frequent)
    found = _magnitudes((frequent, rare), fitted, seed, trained, vectors)
    if scheme.numbers == "keep":
        found["type"] = type_sample(vectors, frequent, seed)
        found["near_number_words"] = near_number_words(trained, frequent.tokens)
    if scheme.numbers == "N":
        found["near_number_words"] = near_number_words(trained, [NUMBER])
        found["beside_n"] = beside_n(trained, output_vectors)
    return found


def _magnitudes(numbers, fitted, seed, embeddings, vectors):
    """Make samples of the three probes of magnitude; `vectors` are the means of the frequent numbers."""
    frequent, rare = numbers
    sums = number_vectors.number_vectors(embeddings, fitted, frequent, np.sum)
    of_rare = number_vectors.number_vectors(embeddings, fitted, rare)
    return {
        "magnitude": magnitude_sample(vectors, frequent, seed),
        "magnitude_of_sums": magnitude_sample(sums, frequent, seed),
        "magnitude_of_rare": magnitude_of_new_sample(vectors, frequent, of_rare, rare),
    }


def random_digits(numbers, dim, seed):
    """Probe random vectors of digits, in means and sums as under the scheme `digits`: they read no text.

    Parameters
    ----------
    numbers : tuple of two Numbers
        Frequent and rare ones, as `AblationTasks.numbers` has them.
    dim, seed : int

    Returns
    -------
    vectors : (n, dim) float64
        Of the frequent numbers, means over their digits.
    samples : dict
        "magnitude", "magnitude_of_sums" and "magnitude_of_rare" → Sample or None.

    Examples
    --------
    >>> from ..evaluation.number_vectors import frequent_numbers
    >>> frequent = frequent_numbers([[str(n)] for n in range(1, 200)], min_count=1)
    >>> vectors, samples = random_digits((frequent, frequent), dim=50, seed=0)
    >>> vectors.shape, samples["magnitude_of_sums"].figure() > 0  # more than the length explains
    ((199, 50), True)
    """
    fitted = Scheme(numbers="digits").fit([["0"]])
    digits = {token for each in numbers for place in each.contexts for token in fitted.tokens_of(*place)}
    tokens = tuple(sorted(digits))
    vectors = np.random.default_rng([seed, 10]).standard_normal((len(tokens), dim))
    embeddings = Embeddings(vectors, Vocabulary(tokens, np.ones(len(tokens), np.int64)))
    means = number_vectors.number_vectors(embeddings, fitted, numbers[0])
    return means, _magnitudes(numbers, fitted, seed, embeddings, means)


def random_digit_figures(corpus, claims, seeds):
    """Apply the tests of digits to random digit vectors of the numbers of a text.

    Parameters
    ----------
    corpus : Corpus
    claims : list of Claim
        Of preprocessing.
    seeds : sequence of int

    Returns
    -------
    dict
        `RANDOM_DIGITS` → id of a claim → figures of the seeds (list of float), as `record.Record` has
        them; claims that cannot be tested on the text are left out.

    Examples
    --------
    >>> from ..text.corpus import from_sentences
    >>> from .claims import Claim
    >>> text = from_sentences([[str(n)] for n in range(1, 80)] * 5)
    >>> arguments = {"scheme": "digits", "sample": "magnitude"}
    >>> claim = Claim("N6a", "They explain more", "beyond_baseline", "R²", low=0, arguments=arguments)
    >>> len(random_digit_figures(text, [claim], [0, 1])[RANDOM_DIGITS]["N6a"])
    2
    """
    names = {claim.id: claim.arguments["sample"] for claim in claims if _is_of_digits(claim)}
    numbers = number_vectors.probed_numbers(corpus)
    by_seed = [random_digits(numbers, _DIM, seed)[1] for seed in seeds]
    figures = {id: [each[name].figure() for each in by_seed if each[name]] for id, name in names.items()}
    return {RANDOM_DIGITS: {id: values for id, values in figures.items() if values}}


def _is_of_digits(claim):
    return not claim.is_fact and claim.arguments.get("scheme") == "digits"


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
        without_text = number_vectors.baselines(frequent, dim, seed)
        without_text[RANDOM_DIGITS], of_digits = random_digits(tasks.numbers, dim, seed)
        found["baselines"] = {
            name: number_probing.probes(each, frequent, seed) for name, each in without_text.items()
        }
        found["baselines"][RANDOM_DIGITS] |= {
            name: replace(of_digits[name], other=None).figure() if of_digits[name] else np.nan
            for name in ("magnitude_of_sums", "magnitude_of_rare")
        }
        kinds = [parse(word) is not None for word in tasks.vocab.words]
        found["number_types"] = int(np.sum(kinds)) or np.nan
        found["median_number_count"] = float(np.median(tasks.vocab.counts[kinds])) if any(kinds) else np.nan
        found["commonest_number_type"] = number_probing.majority_baseline(frequent.types)
    return found
