"""A record of evidence: every figure of every test, per seed and item, as JSON with its provenance.

A record belongs to one version of the conditions (their SHA-256), which it needs to be decided on.
"""

import json
import math
import re
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from pathlib import Path

from ..utils.arguments import as_path
from ..utils.errors import W2VError
from ..utils.files import READ_WHOLE, check_is_file, explained_read_errors, project_root
from ..utils.resampling import LARGEST, Sample
from ..utils.seals import sealed, unsealed
from . import claim_tests_preprocessing, claim_tests_results
from .claims import claims_path, conditions_sha256, read_claims
from .recipe_comparison import PPMI, RECIPE, SAME, WIDE
from .recorded_pairs import pairs_from
from .training_measures import Measures
from .verdicts import Tested, decide, test_claim

FORMAT = 3
_KINDS = {"chapter": str, "command": str, "conditions_sha256": str, "text": dict, "code": dict, "seeds": list}
_OF_TEXT = {"name": str, "sha256": str, "sentences": int, "tokens": int, "types": int, "numerals": int}
_OF_CODE = {"source_sha256": str}
TESTS = {"results": claim_tests_results.TESTS, "preprocessing": claim_tests_preprocessing.TESTS}


@dataclass(frozen=True, eq=False)
class Record:
    """A record of evidence.

    Attributes
    ----------
    provenance : dict
        Command, text (name, SHA-256, counts), code (commit, SHA-256 of the sources), versions, machine,
        SHA-256 of the conditions, settings, seeds.
    samples : dict
        Id of a claim → Sample, or None where the claim is not applicable.
    controls : dict
        Name of a control or model → id of a claim → figures of the seeds (list of float).
    recipes : dict
        Name of a recipe → list of `Measures`, one per seed; may be empty.
    tested : dict
        Id of a claim → `Tested`, what `verdicts.test_claim` gives for its sample; empty in a record that is
        not complete. It is kept because the bootstrap takes seconds, and every report asks for it.
    pairs : dict
        Of a record of the results: `recorded_pairs.measure_pairs` for the settings as they are.

    Examples
    --------
    >>> record = Record({"chapter": "results"}, {"R2": None}, {}, {})
    >>> Record.from_json(record.as_json()).samples
    {'R2': None}
    """

    provenance: dict
    samples: dict
    controls: dict
    recipes: dict
    tested: dict = field(default_factory=dict)
    pairs: dict = field(default_factory=dict)

    def as_json(self):
        """Return the record as JSON; str. Floats keep all their bits."""
        samples = {name: sample and sample.as_dict() for name, sample in self.samples.items()}
        recipes = {name: [asdict(one) for one in several] for name, several in self.recipes.items()}
        tested = {name: [_as_json(value) for value in astuple(one)] for name, one in self.tested.items()}
        parts = {"provenance": self.provenance, "controls": self.controls, "recipes": recipes}
        parts |= {"tested": tested, "pairs": self.pairs, "samples": samples}
        return json.dumps(sealed({"format": FORMAT, **parts}), separators=(",", ":"))

    @classmethod
    def from_json(cls, text):
        """Read what `as_json` wrote.

        Raises
        ------
        W2VError
            If the text is no record of this format.
        """
        try:
            values = unsealed(json.loads(text))
            if values["format"] != FORMAT:
                raise ValueError(f"it has the format {values['format']!r:.20}, not {FORMAT}")
            if unknown := sorted(values.keys() - {f.name for f in fields(cls)} - {"format"}):
                raise ValueError(f"it has the unknown field {unknown[0]}")
            samples = {
                name: None if one is None else Sample.from_dict(one)
                for name, one in values["samples"].items()
            }
            recipes = {
                name: [Measures(**{key: _number(value) for key, value in one.items()}) for one in rows]
                for name, rows in values["recipes"].items()
            }
            tested = {name: Tested(*map(_number, row)) for name, row in values["tested"].items()}
            pairs = dict(values["pairs"])
            if pairs:
                pairs_from(pairs)
            controls = {
                name: {id: list(map(_number, figures)) for id, figures in by_claim.items()}
                for name, by_claim in values["controls"].items()
            }
            return cls(dict(values["provenance"]), samples, controls, recipes, tested, pairs)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            reason = str(error).rstrip(".") or type(error).__name__
            raise W2VError(f"This is no record of evidence: {reason[0].lower()}{reason[1:]}.") from error

    def results(self):
        """Decide on the claims of the record; list of `verdicts.ClaimResult`.

        Raises
        ------
        W2VError
            If the record is one of another table of claims, or is not complete.
        """
        chapter = self.provenance["chapter"]
        claims = read_claims(claims_path(), chapter, TESTS[chapter])
        if reason := self._reason_to_refuse(claims):
            raise W2VError(
                f"The record of {self.provenance['text']['name']} {reason}: make it again with "
                f"{self.provenance['command']}."
            )
        return decide(claims, self.samples, tested=self.tested or None)

    def numbers_of_seeds(self):
        """Of how many seeds the figures are; set of int."""
        seeded = {len(sample.values) for sample in self.samples.values() if sample and sample.seeded}
        return seeded | set(map(len, self._figures_of_controls()))

    def _figures_of_controls(self):
        return [figures for one in self.controls.values() for figures in one.values()]

    def _reason_to_refuse(self, claims):
        """Say what a complete record lacks (str); None if it lacks nothing."""
        if self.provenance["conditions_sha256"] != conditions_sha256(self.provenance["chapter"]):
            return f"is one of another version of {claims_path().name}"
        for of_claims in (self.samples, self.tested or self.samples):
            if lacking := [claim.id for claim in claims if claim.id not in of_claims]:
                return f"lacks the claim {lacking[0]}"
        n_seeds, of_controls = len(self.provenance["seeds"]), set(map(len, self._figures_of_controls()))
        if max(self.numbers_of_seeds(), default=n_seeds) != n_seeds or of_controls - {n_seeds}:
            return "has figures of more or fewer seeds than it names"  # fewer of samples: of pairs of seeds
        if self.provenance["chapter"] == "results":
            if not any(self.samples.values()) or not of_controls:
                return "has no figures, or none of its controls"
            for claim in claims:
                control = self.controls.get(claim.control, {})
                if claim.control and self.samples[claim.id] and claim.id not in control:
                    return f"lacks the control {claim.control} of the claim {claim.id}"
            for name in (RECIPE, SAME, WIDE, PPMI):
                if not self.recipes.get(name):
                    return f"lacks the recipe {name}"
        return "has a recipe without figures" if not all(self.recipes.values()) else None

    def complete(self, claims):
        """Return the record with every claim tested."""
        tested = {claim.id: test_claim(claim, self.samples[claim.id]) for claim in claims}
        return replace(self, tested=tested)


def _as_json(value):
    """Return a float, or the name of one that JSON does not have ("nan", "inf")."""
    return value if math.isfinite(value) else str(value)


def _number(value):
    """Float of what `_as_json` wrote; ValueError for anything else."""
    if type(value) not in (int, float) and value not in ("nan", "inf", "-inf"):
        raise ValueError(f"{value!r:.60} is no number")
    if LARGEST < abs(float(value)) < math.inf:
        raise ValueError(f"{value!r:.60} is above {LARGEST}")
    return float(value)


def path_of(chapter, corpus_name, folder=""):
    """Path of a record in a folder, or, without one, of a record that comes with the project.

    Examples
    --------
    >>> path_of("results", "ptb").name
    'results-ptb.json'
    """
    folder = as_path(folder) if folder else project_root() / "report" / "evidence"
    return folder / record_name(chapter, corpus_name)


def record_name(chapter, corpus_name):
    """File name of a record; str.

    Examples
    --------
    >>> record_name("preprocessing", "nltk:conll2000")
    'preprocessing-conll2000.json'
    """
    name = re.sub(r"[^\w.-]+", "-", corpus_name.rpartition(":")[2]).strip("-.") or "text"
    return f"{chapter}-{name}.json"


def read_record(path):
    """Read a record; a `Record`.

    Raises
    ------
    W2VError
        If there is no such file, or it is no record.
    """
    check_is_file(path, READ_WHOLE)
    with explained_read_errors(path, "a record of evidence"):
        text = Path(path).read_text(encoding="utf-8")
    try:
        record = Record.from_json(text)
        _check_provenance(record.provenance)
    except W2VError as error:
        raise W2VError(f"{path}: {error} Make it again with w2v evidence, or delete it.") from error
    return record


def _check_provenance(found):
    """Refuse a provenance that lacks what is read of it, or has another kind of it."""
    text, code = ({} if not isinstance(found.get(name), dict) else found[name] for name in ("text", "code"))
    for values, kinds in ((found, _KINDS), (text, _OF_TEXT), (code, _OF_CODE)):
        for name, kind in kinds.items():
            value = values.get(name)
            if not isinstance(value, kind) or (kind is int and value < 0):
                raise W2VError(f"Its provenance has no {name!r} of the kind {kind.__name__}.")
    seeds = found["seeds"]
    if found["chapter"] not in TESTS or not all(type(seed) is int and seed >= 0 for seed in seeds):
        raise W2VError("Its provenance has no chapter of the report, or seeds that are no whole numbers.")
    if len(set(seeds)) < len(seeds):
        raise W2VError("Its provenance has a seed twice.")
