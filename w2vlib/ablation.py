"""Schemes for rare words and numbers, trained and measured: one row for each training.

All schemes see the same raw text, read the same number of times, and are asked about the same raw
words: a word has the mean of the vectors of the tokens that the scheme makes of it. (Their sum has
the same direction, so every cosine is the same.) A word that becomes ``<unk>`` or disappears is not
covered.
"""

import functools
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from .embeddings import Embeddings
from .errors import W2VError
from .evaluate import score_analogies, score_word_pairs
from .files import atomic_write, sha256_of, writing
from .intervals import over_seeds, show
from .preprocess import UNKNOWN, require_raw
from .schemes import Scheme
from .skipgram import SkipGram
from .testsets import WORD_PAIRS, analogy_sections, word_pairs
from .vocab import Vocabulary, encode

RARE = ("keep", "top:10000", "drop:5", "bpe:8000", "wordpiece:8000", "ngrams:3:6")
NUMBERS = ("keep", "N", "magnitude", "digits", "typed", "typed-magnitude")
RARE_COUNT = 20  # a word seen at most so often is rare


def grid(rare=RARE, numbers=NUMBERS):
    """List the schemes of the experiment: each for rare words, then each for numbers, never both."""
    return [Scheme(rare=name) for name in rare] + [Scheme(numbers=name) for name in numbers if name != "keep"]


def word_vectors(embeddings, fitted, vocab):
    """Vectors of raw words under a scheme.

    Parameters
    ----------
    embeddings : Embeddings
        Trained on the text that the scheme rewrote.
    fitted : schemes.Fitted
    vocab : Vocabulary
        Of the raw text.

    Returns
    -------
    Embeddings
        Of those raw words that the scheme covers.
    """
    words, places, vectors = [], [], []
    for place, word in enumerate(vocab.words):
        tokens = fitted.tokens_of([word], 0)
        if tokens and all(token != UNKNOWN and token in embeddings for token in tokens):
            words.append(word)
            places.append(place)
            vectors.append(np.mean([embeddings[token] for token in tokens], axis=0))
    return Embeddings(np.array(vectors), Vocabulary(tuple(words), vocab.counts[places]))


def measured(corpus, fitted, seed, vocab, common, **parameters):
    """Train on a corpus under a scheme and measure the vectors; dict for JSON.

    Parameters
    ----------
    corpus : Corpus
    fitted : schemes.Fitted
        The scheme, fitted to the corpus.
    seed : int
    vocab : Vocabulary
        Of the raw text.
    common : set of str
        Words in lower case that every scheme covers.
    parameters
        Of `SkipGram`.
    """
    scheme, text = fitted.scheme, fitted.text(corpus)
    begin = time.perf_counter()
    model = SkipGram(**parameters, seed=seed, subwords=scheme.subwords).fit(text, progress=False)
    seconds = time.perf_counter() - begin
    e = word_vectors(model.embeddings, fitted, vocab)
    n_tokens, raw = sum(map(len, text)), int(vocab.counts.sum())
    grams = model.embeddings.ngrams
    rows = 2 * len(model.embeddings) + (0 if grams is None else len(grams.buckets))
    found = {
        "rare": scheme.rare, "numbers": scheme.numbers, "seed": seed, "vocabulary": len(model.embeddings),
        "parameters": rows * model.embeddings.vectors.shape[1], "tokens a raw word": n_tokens / raw,
        "unknown": sum(s.count(UNKNOWN) for s in text) / n_tokens, "seconds": seconds,
        "loss of a pair": model.history[-1].pair_loss,
        "text covered": float(e.vocab.counts.sum() / raw),
    }  # fmt: skip
    return found | _scores(e, vocab, common)


def _scores(e, vocab, common):
    counts = {}
    for word, n in zip(vocab.words, vocab.counts.tolist(), strict=True):
        counts[word.lower()] = counts.get(word.lower(), 0) + n
    found = {}
    for name in WORD_PAIRS:
        pairs = word_pairs(name)
        shared = [pair for pair in pairs if {pair[0].lower(), pair[1].lower()} <= common]
        rare = [p for p in pairs if any(0 < counts.get(w.lower(), 0) <= RARE_COUNT for w in p[:2])]
        for label, chosen in ((name, pairs), (f"{name}, shared", shared), (f"{name}, rare", rare)):
            score = score_word_pairs(e, chosen)
            found[label], found[f"{label}, covered"] = score.value, score.covered
    inside = [i for i, word in enumerate(e.vocab.words) if word.lower() in common]
    words = tuple(e.vocab.words[i] for i in inside)
    same = Embeddings(e.vectors[inside], Vocabulary(words, e.vocab.counts[inside]))
    for label, vectors in (("analogies", e), ("analogies, shared", same)):  # the same questions and rivals
        score = score_analogies(vectors, analogy_sections())["all"]
        found |= {label: score.value, f"{label}, covered": score.covered}
    return found


def shared_words(schemes, vocab):
    """Words in lower case whose raw forms every fitted scheme keeps (as a word or in pieces)."""
    common = {word.lower() for word in vocab.words}
    for fitted in schemes:
        common &= {w.lower() for w in vocab.words if (t := fitted.tokens_of([w], 0)) and UNKNOWN not in t}
    return common


def ablate(corpus, output, n_seeds, schemes=None, progress=True, **parameters):
    """Train and measure every scheme with every seed, unless its row is there already.

    Parameters
    ----------
    corpus : Corpus
        Raw text.
    output : path
        Folder: a JSON file for each training, written whole when it is done.
    n_seeds : int
    schemes : list of Scheme, optional
        Default: `grid`.
    progress : bool
    parameters
        Of `SkipGram`.

    Returns
    -------
    list of dict
        The rows, in the order of schemes and seeds.

    Raises
    ------
    W2VError
        For text that has lost its rare words, or a folder with rows of another text or other settings.
    """
    require_raw(corpus)
    SkipGram(**parameters)  # refuses what is not allowed, before anything is written
    output, schemes = Path(output), schemes or grid()
    identity = {"text": corpus.provenance.tokens_sha256, "schemes": sorted(map(_name, schemes)), **parameters}
    experiment = sha256_of(json.dumps(identity, sort_keys=True).encode())
    _claim(output, identity)
    vocab, _, _ = encode(corpus)
    rows, common = [], None
    fit = functools.cache(lambda scheme: scheme.fit(corpus))  # once, whatever the number of seeds
    jobs = [(scheme, seed) for seed in range(n_seeds) for scheme in schemes]
    for scheme, seed in tqdm(jobs, unit="training", disable=not progress):
        path = output / f"{_name(scheme)}-{seed}.json"
        if not path.exists():
            common = shared_words(map(fit, schemes), vocab) if common is None else common
            row = measured(corpus, fit(scheme), seed, vocab, common, **parameters) | {
                "experiment": experiment
            }
            row = {k: None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
            with writing(output), atomic_write(path, "w") as handle:
                json.dump(row, handle, indent=1)
                handle.write("\n")
        rows.append(_row(path, scheme.rare, scheme.numbers, seed, experiment))
    return rows


def _name(scheme):
    return f"{scheme.rare}-{scheme.numbers}".replace(":", "_")


def _claim(output, identity):
    """Make the folder, or see that its rows are of this experiment."""
    path = output / "experiment.json"
    with writing(output):
        output.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            with atomic_write(path, "w") as handle:
                json.dump(identity, handle, indent=1)
    found = _read(path)
    different = sorted(key for key in {*found, *identity} if found.get(key) != identity.get(key))
    if different:
        raise W2VError(
            f"{output} holds an experiment with other {', '.join(different)}: give another folder."
        )


def _row(path, rare=None, numbers=None, seed=None, experiment=None):
    """Read a row and see that it is the one wanted, as far as that is said."""
    row = _read(path)
    wanted = {"rare": rare, "numbers": numbers, "seed": seed, "experiment": experiment}
    if any(row.get(key) != value for key, value in wanted.items() if value is not None) or (
        not {*wanted, *_COLUMNS} <= row.keys()
    ):
        raise W2VError(f"{path} is not the row of its training: remove it, and the training is done again.")
    return {key: np.nan if value is None else value for key, value in row.items()}


def _read(path):
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no object")
        return found
    except (OSError, ValueError) as error:
        raise W2VError(f"{path} cannot be read ({error}): remove it, and start w2v ablate again.") from error


def rows_of(folder):
    """Read the rows that `ablate` has left in a folder; (text's SHA-256, list of dict)."""
    folder = Path(folder)
    identity = _read(folder / "experiment.json")
    paths = sorted(folder.glob("*-*-*.json"))
    if not paths:
        raise W2VError(f"{folder} holds no rows yet: w2v ablate makes them.")
    return identity.get("text", "unknown"), [_row(path) for path in paths]


_COLUMNS = {
    "vocabulary": ("vocabulary", 0), "tokens a raw word": ("tokens a word", 2), "unknown": ("unknown [%]", 1),
    "seconds": ("s", 1), "WordSim-353": ("WordSim", 2), "WordSim-353, shared": ("shared", 2),
    "WordSim-353, rare": ("rare", 2), "SimLex-999": ("SimLex", 2), "analogies, shared": ("analogies [%]", 1),
}  # fmt: skip


def ablation_table(rows):
    """Table of the rows: means over seeds with intervals; a DataFrame, a row a scheme."""
    schemes = dict.fromkeys((row["rare"], row["numbers"]) for row in rows)
    table = []
    for rare, numbers in schemes:
        own = [row for row in rows if (row["rare"], row["numbers"]) == (rare, numbers)]
        line = {"rare words": rare, "numbers": numbers}
        for name, (column, digits) in _COLUMNS.items():
            factor = 100 if "%" in column else 1
            ends = over_seeds([row[name] for row in own], share="analogies" in name)
            mean, low, high = (factor * end for end in ends)
            plain = name in ("vocabulary", "tokens a raw word", "unknown", "seconds")
            line[column] = show(mean, *((np.nan, np.nan) if plain else (low, high)), digits)
        table.append(line)
    return pd.DataFrame(table)


def over_schemes(rows, name):
    """Mean over seeds of one figure with its interval; dict of "rare, numbers" → (mean, low, high)."""
    values = {}
    for row in rows:
        values.setdefault(f"{row['rare']}, {row['numbers']}", []).append(row[name])
    return {scheme: over_seeds(each) for scheme, each in values.items()}
