"""Records of evidence: every figure of every test, per seed and item, as JSON with its provenance.

``w2v evidence`` writes them, the report reads them, so the claims about the published text are shown on any
text without training again. A record belongs to one version of the conditions (their SHA-256).
"""

import functools
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..replication.settings import RecipeSettings
from ..text.corpus import as_corpus
from ..utils.addresses import local_folder
from ..utils.environment import commit_of, machine, source_sha256, versions
from ..utils.errors import W2VError, shown
from ..utils.files import atomic_write, check_writable, checkout
from ..utils.folder_lock import folder_for_results, is_there, locked
from ..utils.resampling import Sample
from . import claim_tests_results
from .ablation import ablate
from .ablation_numbers import random_digit_figures
from .claims import claims_path, conditions_sha256, read_claims
from .jobs import InTurn
from .recipe_comparison import recipe_names
from .record import TESTS, Record, read_record, record_name
from .recorded_pairs import measure_pairs
from .results_parts import ResultsParts, n_recipe_seeds
from .trainings import controls
from .verdicts import samples_of

_TEXT = ("name", "sha256", "tokens_sha256", "sentences", "tokens", "types", "numerals")
# Of a record that is not complete, what has to be the same to go on from it, and how it is called.
_SAME = {
    "text": "text", "conditions_sha256": "version of the conditions", "settings": "settings",
    "versions": "versions of packages", "code": "version of w2vlib",
}  # fmt: skip


def collect_results(corpus, settings, seeds, output, command, progress=True, spread=None):
    """Train with every seed, apply every test of the results, and write the record.

    After every seed, and every recipe that is compared, the record so far is written beside the final one,
    and the same call goes on from it. One with other seeds takes what it needs, and leaves the rest.

    Parameters
    ----------
    corpus : Corpus
    settings : RecipeSettings
    seeds : sequence of int
    output : path
        Folder of the record.
    command : str
        That repeats this, kept in the record.
    progress : bool
    spread : callable, optional
        Does the trainings, as `jobs.InTurn` does by default.

    Returns
    -------
    Path
        Of the record.

    Raises
    ------
    W2VError
        If there is a record of another text, or one that is not complete and of another text, settings or
        version; if trainings failed on workers, of which the others are kept.
    """
    claims = read_claims(claims_path(), "results", TESTS["results"])
    if not isinstance(settings, RecipeSettings):
        raise W2VError(f"settings={shown(settings)} is not allowed: give RecipeSettings.")
    corpus = as_corpus(corpus)
    path = local_folder(output) / record_name("results", corpus.provenance.name)
    _check_place(path, corpus)
    provenance = _provenance("results", corpus, settings.as_dict(), command)
    with _locked(path):
        record = _with_all_parts(claims, corpus, (settings, list(seeds)), path, provenance, progress, spread)
        pairs = measure_pairs(corpus, settings, progress)
        _write(path, replace(_of_seeds(record, list(seeds)), pairs=pairs).complete(claims))
        if set(record.provenance["seeds"]) <= set(seeds):
            _partial(path).unlink()
    return path


def _with_all_parts(claims, corpus, trainings, path, provenance, progress, spread):
    """Do what the record so far lacks of the `trainings`, (settings, seeds); return the record."""
    settings, seeds = trainings
    partial = _partial(path)
    provenance = provenance | {"recipe_seeds": n_recipe_seeds(seeds)}
    record = _started(partial, provenance)
    recipes = recipe_names(settings)
    jobs = {f"seed {seed}": (claims, seed, "") for seed in seeds if seed not in record.provenance["seeds"]}
    jobs |= {name: (claims, None, name) for name in recipes if name not in record.recipes}
    spread = InTurn(corpus, progress) if spread is None else spread
    prepare = functools.partial(
        ResultsParts, settings=settings, seeds=seeds, groups=_groups(claims), threads=spread.threads
    )
    n_done = len(seeds) + len(recipes) - len(jobs)
    for name, part in spread(prepare, measure_part, jobs, done=n_done, unit="part"):
        _, seed, recipe = jobs[name]
        try:
            record = _with_recipe(record, recipe, part) if recipe else _joined(record, part, seed)
        except KeyError as error:
            raise W2VError(f"{partial} is damaged (it lacks figures of {error}): delete it.") from error
        except W2VError as error:  # samples that cannot be joined
            raise W2VError(f"{partial} is damaged ({str(error).rstrip('.')}): delete it.") from error
        _write(partial, record)
    _check_all_done(spread)
    return replace(record, recipes={name: record.recipes[name] for name in recipes})


def _check_place(path, corpus):
    """Refuse a place for a record that cannot be written, or has one of another text."""
    check_writable(path)
    if not is_there(path):
        return
    try:
        there = read_record(path).provenance["text"]
    except W2VError:  # of an earlier version of w2vlib, or damaged: it is made again
        return
    if there.get("tokens_sha256", "") != corpus.provenance.tokens_sha256:
        raise W2VError(
            f"{path} is the record of another text ({there['sentences']:,} sentences, {there['tokens']:,} "
            "tokens): give another folder, or delete it."
        )


def _partial(path):
    return path.with_suffix(".partial.json")


@contextmanager
def _locked(path):
    """Keep other processes from a record while the block runs."""
    with folder_for_results(path.parent), locked(path.with_name(f".{path.stem}.lock"), "experiment"):
        yield


def _check_all_done(spread):
    if spread.failed:
        raise W2VError(
            f"{spread.failed} trainings failed, so that there is no record yet: the others are kept, and the "
            "same command tries again those that failed."
        )


def measure_part(parts, claims, seed, recipe):
    """Do a part of the evidence on the results.

    Parameters
    ----------
    parts : ResultsParts
    claims : list of Claim
    seed : int or None
    recipe : str
        Name of a recipe that is compared; empty for the tests of the claims with the seed.

    Returns
    -------
    Record of one seed, or list of Measures
    """
    return parts.recipe(recipe) if recipe else measure_seed(claims, parts.training(seed), seed)


def measure_seed(claims, training, seed):
    """Apply the tests of the results to one training and to its controls; a `Record` of one seed."""
    samples = samples_of(claims, TESTS["results"], [training])
    made = controls(training, _groups(claims), _pairs(training), seed)
    others = {name: type(training)(training.text, e) for name, e in training.other_models.items()}
    of_vectors = [claim for claim in claims if samples[claim.id] is None or samples[claim.id].seeded]
    figures = {}
    for name, other in {**made, **others}.items():
        of_control = samples_of(of_vectors, TESTS["results"], [other])
        figures[name] = {id: [sample.figure()] for id, sample in of_control.items() if sample is not None}
    return Record({}, samples, figures, {})


def _groups(claims):
    """Return the groups of words that the claims name: the longest list of groups among their arguments."""
    return max((claim.arguments.get("groups", []) for claim in claims), key=len)


def _pairs(training):
    return claim_tests_results.pairs_of_section("family", training.final.vocab)


def collect_preprocessing(corpus, seeds, output, command, progress=True, spread=None, **parameters):
    """Train under every scheme with every seed, apply every test of preprocessing, and write the record.

    The rows of the trainings stay beside the record, so that the same call goes on after a stop.

    Parameters
    ----------
    corpus, output, command, progress, spread
        As for `collect_results`.
    seeds : int
        Seeds 0, 1, …
    parameters
        Of `SkipGram`.

    Returns
    -------
    Path
        Of the record.

    Raises
    ------
    W2VError
        If trainings failed on workers; the others are kept.
    """
    claims = read_claims(claims_path(), "preprocessing", TESTS["preprocessing"])
    corpus = as_corpus(corpus)
    path = local_folder(output) / record_name("preprocessing", corpus.provenance.name)
    _check_place(path, corpus)
    rows = ablate(corpus, path.with_suffix(".rows"), seeds, progress=progress, spread=spread, **parameters)
    if spread is not None:
        _check_all_done(spread)
    provenance = {
        **_provenance("preprocessing", corpus, parameters, command), "seeds": list(range(seeds))
    }  # fmt: skip
    samples = samples_of(claims, TESTS["preprocessing"], rows)
    made = random_digit_figures(corpus, claims, range(seeds))
    _write(path, Record(provenance, samples, made, {}).complete(claims))
    return path


def _provenance(chapter, corpus, settings, command):
    commit, has_changes = commit_of(checkout() or Path(__file__).parent)
    text = {name: getattr(corpus.provenance, name) for name in _TEXT}
    return {
        "chapter": chapter,
        "command": command,
        "conditions_sha256": conditions_sha256(chapter),
        "text": text,
        "code": {
            "commit": commit,
            "uncommitted_changes": has_changes,
            "source_sha256": source_sha256(Path(__file__).parents[1]),
        },
        "versions": versions(),
        "machine": machine(),
        "settings": settings,
    }


def _started(partial, provenance):
    """Return the record that an earlier call left, or an empty one; recipes of as many seeds as now only."""
    if not partial.exists():
        return Record({**provenance, "seeds": []}, {}, {}, {})
    record = read_record(partial)
    for name, what in _SAME.items():
        if _told(record.provenance, name) != _told(provenance, name):
            raise W2VError(
                f"{partial} was begun with another {what}: delete it to begin again, or give another folder."
            )
    if not record.numbers_of_seeds() <= {len(record.provenance["seeds"])}:
        raise W2VError(f"{partial} is damaged (figures of more or fewer seeds than it names): delete it.")
    same = record.provenance.get("recipe_seeds") == provenance["recipe_seeds"]
    provenance = {**provenance, "seeds": record.provenance["seeds"]}
    return replace(record, provenance=provenance, recipes=record.recipes if same else {})


def _told(provenance, name):
    """Return what a provenance tells of one thing that the figures depend on."""
    value = provenance.get(name)
    return value.get("source_sha256") if name == "code" and isinstance(value, dict) else value


def _of_seeds(record, seeds):
    """Keep some seeds of a record; it is complete then."""
    places = [place for place, seed in enumerate(record.provenance["seeds"]) if seed in seeds]
    provenance = {name: value for name, value in record.provenance.items() if name != "recipe_seeds"}
    return replace(
        record,
        provenance=provenance | {"seeds": [record.provenance["seeds"][place] for place in places]},
        samples={name: _in_order(sample, places) for name, sample in record.samples.items()},
        controls={
            name: {id: [figures[place] for place in places] for id, figures in by_claim.items()}
            for name, by_claim in record.controls.items()
        },
    )


def _joined(record, one, seed):
    """Add the figures of one seed to a record, in the order of the seeds."""
    seeds = [*record.provenance["seeds"], seed]
    order = sorted(range(len(seeds)), key=seeds.__getitem__)
    samples, figures = one.samples, one.controls
    if len(seeds) > 1:
        samples = {
            name: _in_order(Sample.stack([record.samples[name], sample]), order)
            for name, sample in one.samples.items()
        }
        figures = {
            name: {id: [(record.controls[name][id] + values)[i] for i in order] for id, values in new.items()}
            for name, new in one.controls.items()
        }
    provenance = {**record.provenance, "seeds": [seeds[i] for i in order]}
    return replace(record, provenance=provenance, samples=samples, controls=figures)


def _in_order(sample, order):
    """Sort the seeds of a sample."""
    if sample is None or not sample.seeded:
        return sample
    other = None if sample.other is None else sample.other[order]
    return replace(sample, values=sample.values[order], other=other)


def _with_recipe(record, name, measures):
    return replace(record, recipes={**record.recipes, name: measures})


def _write(path, record):
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path, "w") as handle:
        handle.write(record.as_json() + "\n")
