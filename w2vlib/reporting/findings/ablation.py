"""Findings of notebook 05: trainings under every scheme for rare words and numbers.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import numpy as np

from ...experiments import ablation
from ...experiments.ablation_row import COST, HELD_OUT, QUALITY
from ...utils.columns import columns_of
from ...utils.statistics import format_count
from .. import plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import corpus_phrase, note_on_times


def trainings(rows, source):
    """Say what was trained on what, and how many pairs are covered.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> jobs = [(scheme, seed) for scheme in ("keep", "N") for seed in (0, 1, 2)]
    >>> rows = [AblationRow("keep", scheme, seed, tokens=1_000, vocabulary=9) for scheme, seed in jobs]
    >>> print(trainings(rows, "the corpus “prices”").text.partition(" Of")[0])
    6 trainings: 3 seeds of 2 schemes, on 1,000 tokens of the corpus “prices”.
    """
    trained = [row.scheme for row in rows if not row.refused]
    first = rows[0]
    return Paragraph(
        f"{format_count(len(trained), 'training')}: {_seeds(rows)} of "
        f"{len(set(trained))} schemes, on {first.tokens:,} tokens of {source}. "
        f"Of WordSim-353, the scheme `{first.scheme}` covers "
        f"{first.wordsim353_covered} pairs; {first.wordsim353_shared_covered} are covered by every scheme, "
        f"{first.wordsim353_rare_covered} have a rare word and {first.wordsim353_frequent_covered} none. "
        "All figures of this section belong to this text. The 95 % intervals are over seeds: they say how "
        "far another training would differ, not how far another choice of pairs or words would."
    )


def source_of_rows(text, folder, tokens_sha256, one_in=1):
    """Name the text of the trainings; str.

    Parameters
    ----------
    text : Corpus
    folder : str
        Of rows that were read; empty if they were made here.
    tokens_sha256 : str
        Of the text of the rows.
    one_in : int
        Of so many sentences one was taken (`ablation.part_of`).

    Examples
    --------
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat"]], name="pets")
    >>> source_of_rows(text, folder="", tokens_sha256=text.provenance.tokens_sha256, one_in=3)
    'the corpus “pets”'
    >>> source_of_rows(text, folder="", tokens_sha256="0123456789abcdef", one_in=3)
    'one in 3 sentences of the corpus “pets”'
    >>> source_of_rows(text, folder="rows", tokens_sha256="0123456789abcdef")
    'the folder `rows`, whose text has the SHA-256 0123456789ab…'
    """
    if folder:
        return f"the folder `{folder}`, whose text has the SHA-256 {tokens_sha256[:12]}…"
    whole = one_in == 1 or tokens_sha256 == text.provenance.tokens_sha256
    return corpus_phrase(text) if whole else f"one in {one_in} sentences of {corpus_phrase(text)}"


def refused_schemes(rows):
    """List the schemes that cannot be trained on this text; None if all can.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> refused_schemes([AblationRow("top:1", "keep", 0, refused="No word is left.")]).text
    'Not trained on this text: `top:1` (No word is left).'
    >>> refused_schemes([AblationRow("keep", "N", 0)]) is None
    True
    """
    refusals = ablation.refusals(rows)
    if not refusals:
        return None
    reasons = "; ".join(f"`{scheme}` ({why.rstrip('.')})" for scheme, why in refusals.items())
    return Paragraph(f"Not trained on this text: {reasons}.")


def cost_table(rows):
    """Tabulate what each scheme costs.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "keep", 0, vocabulary=10), AblationRow("keep", "N", 0, vocabulary=8)]
    >>> cost_table(rows).frame[["scheme", "types"]].values.tolist()
    [['`keep`', '10'], ['`N`', '8']]
    """
    return Table(
        ablation.table(rows, COST),
        "price",
        "Costs of a scheme: types of the vocabulary; millions of parameters, those of n-grams included; "
        "peak memory and time of a training, and time of the naive softmax per pair in 10 dimensions; "
        "tokens per raw word; proportion of `<unk>`; words lost on the last tenth of the text that is "
        "trained on, by a scheme fitted on the rest; and proportion of the entropy of single words that the "
        f"tokens have lost. {note_on_times(row.seconds for row in rows)}",
    )


def _seeds(rows):
    """Numbers of seeds in words: "1 seed", "3 seeds", "1 to 2 seeds"."""
    number = ablation.seeds_of(rows)
    return f"{number} seed{'' if number == '1' else 's'}"


def quality_table(rows):
    """Tabulate the quality of the vectors under each scheme.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "N", n, wordsim353=value) for n, value in enumerate([0.2, 0.4, 0.3])]
    >>> quality_table(rows).frame[["scheme", "WordSim-353"]].values.tolist()
    [['`N`', '0.30 ± 0.25']]
    """
    return Table(
        ablation.table(rows, QUALITY),
        "quality",
        "Rank correlation with human ratings (WordSim-353, SimLex-999) and analogies under every scheme. "
        f"Means of {_seeds(rows)} ± half the width of the 95 % interval.",
    )


def quality_against_cost(rows):
    """Draw quality and costs of each scheme, side by side; no times where they are left out.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> figures = dict(seconds=2.0, parameters=1e6, tokens_per_word=1.0)
    >>> rows = [AblationRow("keep", "N", n, wordsim353_shared=0.2 + n / 10, **figures) for n in range(2)]
    >>> print(quality_against_cost(rows).caption)
    Quality and costs of each scheme. The best mean is that of `N`; error bars are 95 % intervals over 2
    seeds. Time is wall-clock time, which differs from run to run.
    """
    quality = ablation.over_schemes(rows, "wordsim353_shared")
    timed = bool(ablation.over_schemes(rows, "seconds"))
    costs = (*["seconds"] * timed, "parameters", "tokens_per_word")
    columns = columns_of(ablation.AblationRow, *costs)
    panels = {"WordSim-353, shared pairs": list(quality.values())}
    for name, column in columns.items():
        found = ablation.over_schemes(rows, name)
        panels[column.title] = [
            tuple(column.scale * value for value in found.get(scheme, (np.nan,) * 3)) for scheme in quality
        ]
    best = max(quality, key=lambda scheme: quality[scheme][0], default=None)
    caption = "Too few pairs are covered by every scheme for a correlation."
    if quality:
        caption = f"The best mean is that of `{best}`; error bars are 95 % intervals over {_seeds(rows)}."
    return Figure(
        plots.interval_plot(list(quality), panels),
        "against",
        f"Quality and costs of each scheme. {caption} {note_on_times(row.seconds for row in rows)}",
        f"{'Four' if timed else 'Three'} panels with a dot for each of {len(quality)} schemes: correlation "
        f"with human ratings, {'time, ' if timed else ''}parameters and length of the text.",
    )


def held_out_table(rows):
    """Tabulate the vectors of words that were removed from the text.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("ngrams:3:6", "keep", 0, held_out=0.6, held_out_other=0.2)]
    >>> held_out_table(rows).frame[["scheme", "same word", "other words"]].values.tolist()
    [['`ngrams:3:6`', '0.60', '0.20']]
    """
    return Table(
        ablation.table(rows, HELD_OUT),
        "heldout",
        "Vectors of removed words. Rank correlation of their similarities to frequent words with those of: "
        "the same word where it was present; another removed word; the mean of all removed words. And that "
        "of two different removed words, both trained.",
    )


def held_out_words(rows):
    """Say how well each scheme places words that it has not seen; None without such figures.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("ngrams:3:6", "keep", 0, held_out=0.6, held_out_other=0.2)]
    >>> print(held_out_words(rows).text)
    Similarities of words that were removed from the text have a rank correlation with those of the same
    words, trained, of 0.60 under `ngrams:3:6` (other words: 0.20).
    """
    same, other = (ablation.over_schemes(rows, name) for name in ("held_out", "held_out_other"))
    if not same:
        return None
    results = ", ".join(
        f"{mean:.2f} under `{scheme}`"
        + (f" (other words: {other[scheme][0]:.2f})" if scheme in other else "")
        for scheme, (mean, _, _) in same.items()
    )
    return Headline(
        "Similarities of words that were removed from the text have a rank correlation with those of the "
        f"same words, trained, of {results}."
    )


def number_probes(rows):
    """Tabulate what the vectors of numbers represent under each scheme.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> rows = [AblationRow("keep", "N", 0, order=0.5), AblationRow("keep", "digits", 0, order=0.7)]
    >>> number_probes(rows).frame[["scheme", "order"]].values.tolist()
    [['`N`', '0.50'], ['`digits`', '0.70']]
    """
    return Table(
        ablation.number_probes_table(rows),
        "numeracy",
        f"Probes of the vectors of numbers under each scheme, means of {_seeds(rows)} ± "
        "half the width of the 95 % interval over seeds: explained variance of the magnitude, and of the "
        "magnitude within types, years left out (a scheme that represents only the type has about 0 "
        "there, or less by overfitting); largest of five numbers, order by cosine, odd one out, type; "
        "magnitude within types from sums of tokens, and of rare numbers; and proportion of numbers among "
        "the ten nearest neighbours of numbers.",
    )


def number_lines(rows):
    """Draw predicted against true magnitudes for each scheme; one seed.

    Examples
    --------
    >>> from ...experiments.ablation_row import AblationRow
    >>> line = [[0.0, 0.2], [1.0, 0.9], [2.0, 1.8]]  # true and predicted orders of magnitude
    >>> rows = [AblationRow("keep", scheme, 0, number_line=line) for scheme in ("keep", "digits")]
    >>> number_lines(rows).alt
    '2 scatter plots of predicted against true order of magnitude, one per scheme for numbers.'
    """
    lines = {row.scheme: row.number_line for row in rows if row.seed == 0 and row.number_line}
    caption = "No figure: too few numbers occur five times or more."
    if lines:
        caption = (
            "Orders of magnitude of numbers, and their predictions by a ridge regression from the vectors, "
            "fitted on other numbers. On the grey line both are equal. One seed."
        )
    return Figure(
        plots.predicted_magnitudes(lines),
        "numberline",
        caption,
        f"{format_count(len(lines), 'scatter plot')} of predicted against true order of magnitude, one per "
        "scheme for numbers.",
    )
