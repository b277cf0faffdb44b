"""Findings of notebook 04: pictures of words, measures of the vectors, recipes compared, claims.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import numpy as np
import pandas as pd

from ...evaluation import geometry
from ...experiments import claims, recipe_comparison
from ...experiments.training_measures import Measures, means_over_seeds
from ...replication import published_recipe
from ...utils.columns import columns_of
from ...utils.markdown import as_markdown
from ...utils.statistics import format_interval, format_number, mean_interval
from .. import plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import corpus_phrase

_ONE_DIRECTION = 0.5  # mean cosine of random words from which the vectors are said to point one way


def missing_words(words):
    """List the words of the figures that the text lacks; None if it has all."""
    if not words:
        return None
    return Paragraph(f"The text lacks these words, so no figure shows them: {_joined(words)}.")


def too_few_words(groups):
    """Say that no picture can be drawn, and how to choose other words; None if one can."""
    if geometry.drawable(groups):
        return None
    return Paragraph(
        "Fewer than three of the words of the figures occur in this text, so they cannot be drawn. The "
        'parameter `words` chooses others, e.g. `-p words \'{"my group": ["one", "two", "three"]}\'`.'
    )


def other_than_published(run, text):
    """Say what a run on another text, or with other settings, can show; None for the published run."""
    if published_recipe.is_published(run):
        return None
    return Paragraph(
        "The published figures belong to the Penn Treebank (`ptb`) and the published settings. This run was "
        f"made on {corpus_phrase(text)} or with other settings. It can test what was expected of such "
        "vectors, but not what was seen in the published pictures."
    )


def pictures(maps, groups):
    """Draw the words at several iterations in one plane."""
    if not maps.coordinates:
        return Figure(
            plots.word_maps({}, groups, ("", "")),
            "maps",
            f"No picture: {len(maps.words)} of the words occur in the text, and a plane needs three.",
            "An empty panel: fewer than three of the words occur in the text.",
        )
    panels = {
        f"iteration {i:,} ({100 * maps.shown[i]:.0f} % of the variance)": dict(
            zip(maps.words, points, strict=True)
        )
        for i, points in maps.coordinates.items()
    }
    first, second = (f"{100 * part:.0f} %" for part in maps.axes)
    labels = f"component 1 ({first})", f"component 2 ({second})"
    return Figure(
        plots.word_maps(panels, groups, labels),
        "maps",
        f"The {len(maps.words)} words at {len(panels)} iterations of the first run. All panels have the "
        f"same axes: the two principal components at the last iteration, which hold {first} and {second} of "
        "its variance. So a word that moves between panels has moved in the vector space. In brackets: the "
        "proportion of the variance at that iteration that the plane shows.",
        f"{len(panels)} scatter plots of {len(maps.words)} words in {len(groups)} groups, on common axes.",
    )


def development(measures, n_seeds):
    """Draw the measures over the iterations (iteration → list of `Measures`, one per seed)."""
    means = [means_over_seeds(several) for several in measures.values()]

    def curve(name):
        return [mean[name] for mean in means]

    panels = {
        "spread": {
            "mean cosine of random words": curve("random_cosine"),
            "first component": curve("first_component"),
        },
        "correlation": {"WordSim-353": curve("wordsim353"), "SimLex-999": curve("simlex999")},
        "silhouette": {"of the words shown": curve("silhouette")},
        "proportion": {
            "random groups less close": curve("closeness"),
            "analogies correct": curve("analogies"),
        },
    }
    return Figure(
        plots.curves_with_intervals(list(measures), panels, "iteration"),
        "time",
        f"The recipe during training, means of {n_seeds} seeds with 95 % intervals. First panel: mean "
        "cosine of random words and proportion of the squared length along the first component (1: all "
        "vectors point one way). Second: rank correlation of cosines with human ratings of word pairs. "
        "Third: mean silhouette of the words shown (1: groups well apart; below 0: closer to another "
        "group). Fourth: the proportion of random groups of equally frequent words that are less close than "
        "the published groups (0.5: random baseline), and the proportion of analogies answered correctly.",
        "Four panels of curves with intervals against iteration: spread, correlation with human ratings, "
        "silhouette, and closeness of groups with analogies.",
    )


def spread_of_vectors(measures, spread):
    """Say whether the vectors point in different directions at the end.

    `measures` are those of the last iteration, one per seed; `spread` (`vector_spread.Spread`) is that of the
    first run.
    """
    means = means_over_seeds(measures)
    crowded = means["random_cosine"][0] > _ONE_DIRECTION
    verdict = (
        "The vectors point in nearly one direction, so a picture shows the small differences that remain."
        if crowded
        else "The vectors do not all point in one direction."
    )
    return Paragraph(
        f"At the end the mean cosine of two random words is {format_interval(*means['random_cosine'])}; in "
        f"the first run 90 % of such cosines lie between {format_number(spread.low)} and "
        f"{format_number(spread.high)}. The first component holds "
        f"{format_number(100 * means['first_component'][0], '.1f')} % of the squared length of all vectors. "
        "Its rank correlation with word frequency is "
        f"{format_interval(*means['first_component_frequency'], digits=2)}; that of the length of a vector "
        f"is {format_number(spread.length_frequency, '.2f')}. {verdict}"
    )


def neighbours(table):
    """Show the nearest neighbours (`neighbours.neighbours_table`)."""
    return Table(
        table, "neighbours", "Nearest neighbours of three words of each group, first run, at the end."
    )


def group_closeness(table, n_seeds):
    """Show how close the groups of words are (`geometry.groups_over_seeds`)."""
    return Table(
        table,
        "groups",
        f"Groups of words at the end, means of {n_seeds} seeds: cosine within the group, cosine with words "
        "of other groups, silhouette by cosine distance, and cosine within random groups of equally "
        "frequent words. The last columns count the seeds with p below 0.05, for random regroupings of the "
        "words shown (labels) and for random groups of equally frequent words (frequency).",
    )


def named_pairs(table, n_seeds):
    """Show how near the pairs are that the published text names (`neighbours.nearness_over_seeds`)."""
    if table.empty:
        return Paragraph("The text has none of the pairs of words that the published text names.")
    return Table(
        table,
        "statements",
        f"Pairs that the published text names, mean of {n_seeds} seeds with 95 % interval. For random words "
        "the proportions are 0.5 on average.",
    )


def analogy(answers, n_candidates):
    """Show the answers to king − man + woman (`similarity_analogy.AnalogyAnswers` by method, or none)."""
    if not answers:
        return Paragraph("The text lacks one of king, man, woman and queen, so the analogy cannot be asked.")
    rows = [
        (
            method,
            _joined(answer.best),
            ", ".join(f"{np.median(ranks):,.0f}" for ranks in answer.ranks.values()),
        )
        for method, answer in answers.items()
    ]
    iterations = next(iter(answers.values())).ranks
    n_seeds = len(next(iter(iterations.values())))
    return Table(
        pd.DataFrame(rows, columns=["method", "best 5 answers (first run)", "rank of queen (median)"]),
        "analogy",
        f"Answers to king − man + woman, and the rank of queen among {n_candidates:,} words after "
        f"{', '.join(f'{i:,}' for i in iterations)} iterations, median of {n_seeds} seeds.",
    )


def stability(embeddings, table):
    """Show how many neighbours trainings with other seeds share (`neighbour_stability.overlap_table`)."""
    if len(embeddings) < 2:
        return Paragraph("One seed cannot show what another would give: set `n_seeds` to 2 or more.")
    return Table(
        table,
        "overlap",
        "Proportion of the ten nearest neighbours that two trainings share, by frequency of the word: mean "
        f"over all pairs of {len(embeddings)} seeds, with the smallest and the largest pair, and what two "
        "random lists share.",
    )


def recipes_table(measured, n_seeds, n_variant_seeds):
    """Tabulate the measures of all recipes (name → list of `Measures`)."""
    columns = columns_of(
        Measures,
        "seconds",
        "pair_loss",
        "wordsim353",
        "simlex999",
        "analogies",
        "closeness",
        "neighbours_shared",
    )
    rows = [
        {"recipe": name}
        | {c.title: c.plus_minus([getattr(one, field) for one in several]) for field, c in columns.items()}
        for name, several in measured.items()
    ]
    return Table(
        pd.DataFrame(rows),
        "recipes",
        f"Recipes compared: mean ± half the width of the 95 % interval over {n_seeds} seeds "
        f"({n_variant_seeds} for the changed recipes). Time is wall-clock time; two trainings of the recipe "
        "run at once. WordSim-353 and SimLex-999: rank correlation with human ratings. Groups closer: "
        "proportion of random groups that are less close than the published ones (random baseline: 0.5). "
        "Neighbours shared: proportion of the ten nearest neighbours that two seeds share. The loss depends "
        "on the number and the distribution of the negative samples, so it can be compared only where these "
        "are equal.",
    )


def recipes_figure(measured):
    """Draw the correlations and the mean cosine of all recipes."""
    panels = {
        columns_of(Measures)[name].heading: [
            mean_interval([getattr(one, name) for one in several]) for several in measured.values()
        ]
        for name in ("wordsim353", "simlex999", "random_cosine")
    }
    return Figure(
        plots.interval_plot(list(measured), panels),
        "recipes",
        "The same recipes: correlation with human ratings and mean cosine of random words, with 95 % "
        "intervals over seeds.",
        f"Dots with error bars for {len(measured)} recipes in three panels: WordSim-353, SimLex-999 and "
        "mean cosine of random words.",
    )


def best_change(measured):
    """Name the single change of the recipe with the highest mean correlation; str."""
    return max(recipe_comparison.CHANGES, key=lambda name: np.nan_to_num(_similarity(measured[name]), nan=-1))


def _similarity(several):
    return np.mean([one.similarity for one in several])


def what_helps(measured, text):
    """Say which single change raises the correlation with human ratings most."""
    published = _similarity(measured[recipe_comparison.RECIPE])
    if np.isnan(published):
        return Headline(
            f"On {corpus_phrase(text)} the tests of word pairs cannot rate the vectors: too few pairs are "
            "covered."
        )
    best = best_change(measured)
    is_clear = best in recipe_comparison.with_structure(measured)
    interval = (
        "for both tests the 95 % interval excludes 0"
        if is_clear
        else "for at least one test the 95 % interval is not above 0"
    )
    wide, ppmi = (_similarity(measured[name]) for name in (recipe_comparison.WIDE, recipe_comparison.PPMI))
    return Headline(
        f"On {corpus_phrase(text)} the cosines of the published recipe's vectors have a correlation of "
        f"{format_number(published)} with human ratings (mean of two tests). The single change that helps "
        f"most is “{best}”: {format_number(_similarity(measured[best]))} ({interval}). `SkipGram` with 100 "
        f"dimensions reaches {format_number(wide)}, PPMI-SVD {format_number(ppmi)}."
    )


def recipes_with_structure(measured, n_seeds, n_variant_seeds, n_vocab):
    """List the recipes whose vectors agree with human ratings, and compare the stability of two."""
    structured = recipe_comparison.with_structure(measured)
    alone = [name for name in structured if name in recipe_comparison.CHANGES]
    others = [name for name in structured if name not in recipe_comparison.CHANGES]
    sentences = [
        f"Single changes for which both intervals exclude 0: {'; '.join(alone)}."
        if alone
        else f"For no single change do both intervals exclude 0, with {n_variant_seeds} seeds."
    ]
    if others:
        sentences.append(f"Other recipes for which they do: {'; '.join(others)}.")
    sentences.append("PPMI-SVD has no seeds, and so no interval.")
    if min(n_seeds, n_variant_seeds) > 1:
        best = best_change(measured)
        published, changed = (
            format_number(100 * measured[name][0].neighbours_shared, ".1f")
            for name in (recipe_comparison.RECIPE, best)
        )
        sentences.append(
            f"Two seeds share {published} % of the ten nearest neighbours under the published recipe, and "
            f"{changed} % with “{best}”; random lists share {100 * 10 / max(10, n_vocab - 1):.2f} %."
        )
    return Paragraph(" ".join(sentences))


def tests_table(table, label, whose, n_seeds, draws):
    """Show all tests of one recipe (`score_tables.full_table`)."""
    if table.empty:
        return Paragraph(f"{whose}: no word pair and no analogy has all its words in this text.")
    return Table(
        table,
        label,
        f"{whose}: human ratings (rank correlation) and analogies by 3CosAdd and 3CosMul (correct, in %) of "
        f"the first seed, with 95 % intervals over questions; mean over {n_seeds} seeds with its interval; "
        f"the mean of permuted answers, and the proportion p of {draws:,} permutations that score as high.",
    )


def claims_caption(results, text, n_seeds):
    """Caption of the table of claims; str."""
    return (
        f"The {len(results)} tests of the published claims on {corpus_phrase(text)}, with {n_seeds} seeds: "
        "mean over seeds with its 95 % interval (geometric mean for ranks and minutes)."
    )


def claims_summary(results, text, n_seeds):
    """Count the verdicts (`claims.ClaimResult`)."""
    counts = {
        verdict: sum(result.verdict == verdict for result in results)
        for verdict in (claims.SUPPORTED, claims.NOT_SUPPORTED, claims.INCONCLUSIVE)
    }
    return Headline(
        f"Of {len(results)} tests of the published claims on {corpus_phrase(text)}, "
        f"{counts[claims.SUPPORTED]} support the claim, {counts[claims.NOT_SUPPORTED]} do not, and "
        f"{counts[claims.INCONCLUSIVE]} are inconclusive with {n_seeds} seeds."
    )


def observations(results):
    """List which tests of what was seen in the pictures every seed, some seeds, or no seed supports."""
    observed = {
        r.claim.id: r.claim.met_by(r.values[~np.isnan(r.values)])
        for r in results
        if r.claim.id.startswith("O") and not np.isnan(r.values).all()
    }
    every = [name for name, met in observed.items() if met.all()]
    some = [name for name, met in observed.items() if met.any() and not met.all()]
    none = [name for name, met in observed.items() if not met.any()]
    return Paragraph(
        f"Tests of what was observed in the pictures ({len(observed)}). Supported by every seed: "
        f"{_joined(every) or 'none'}; by some seeds: {_joined(some) or 'none'}; by no seed: "
        f"{_joined(none) or 'none'}."
    )


def _joined(words):
    return ", ".join(map(as_markdown, words))
