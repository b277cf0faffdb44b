"""Findings of notebook 04: pictures of words, closeness of groups and pairs, neighbours.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import numpy as np
import pandas as pd

from ...evaluation import geometry
from ...experiments.training_measures import means_over_seeds
from ...utils.markdown import markdown_list
from ...utils.statistics import format_count, format_interval, format_number
from .. import plots
from ..display import Figure, Paragraph, Table
from ..provenance import corpus_phrase

_ONE_DIRECTION = 0.5  # mean cosine of random words from which the vectors are said to point one way


def missing_words(words):
    """List the words of the figures that the text lacks; None if it has all.

    Examples
    --------
    >>> print(missing_words(["king", "queen"]).text)
    The text lacks these words, so no figure shows them: king, queen.
    >>> missing_words([]) is None
    True
    """
    if not words:
        return None
    return Paragraph(f"The text lacks these words, so no figure shows them: {markdown_list(words)}.")


def too_few_words(groups):
    """Say that no picture can be drawn, and how to choose other words; None if one can.

    Examples
    --------
    >>> print(too_few_words({"royal": ["king", "queen"]}).text.partition(". ")[0])
    Fewer than three of the words of the figures occur in this text, so they cannot be drawn
    >>> too_few_words({"royal": ["king", "queen"], "other": ["man"]}) is None
    True
    """
    if geometry.drawable(groups):
        return None
    return Paragraph(
        "Fewer than three of the words of the figures occur in this text, so they cannot be drawn. The "
        'parameter `words` chooses others, e.g. `-p words \'{"my group": ["one", "two", "three"]}\'`.'
    )


def other_than_published(training, text):
    """Say what a training on another text, or with other settings, can show; None for the published one.

    Examples
    --------
    >>> from ...experiments.trainings import Training
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat", "sat"], ["the", "dog", "sat"]] * 5, name="pets")
    >>> print(other_than_published(Training(text, None), text).text)
    The published figures belong to the Penn Treebank (`ptb`) and the published settings. This run was
    made on the corpus “pets” or with other settings. It can test what was expected of such vectors, but
    not what was seen in the published pictures.
    """
    if training.is_published:
        return None
    return Paragraph(
        "The published figures belong to the Penn Treebank (`ptb`) and the published settings. This run was "
        f"made on {corpus_phrase(text)} or with other settings. It can test what was expected of such "
        "vectors, but not what was seen in the published pictures."
    )


def pictures(maps, groups):
    """Draw the words at several iterations in one plane.

    Examples
    --------
    >>> from ...evaluation.projection import WordMaps
    >>> points = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0]])
    >>> maps = WordMaps(["king", "queen", "good"], {10: points, 20: points}, {10: 0.9, 20: 1.0}, [0.8, 0.2])
    >>> pictures(maps, {"royal": ["king", "queen"], "positive": ["good"]}).alt
    '2 scatter plots of 3 words in 2 groups, on common axes.'
    """
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
        f"{format_count(len(panels), 'scatter plot')} of {len(maps.words)} words in {len(groups)} groups, "
        "on common axes.",
    )


def development(measures, n_seeds):
    """Draw the measures over the iterations (iteration → list of `Measures`, one per seed).

    Examples
    --------
    >>> from w2vlib.experiments.training_measures import Measures
    >>> early, late = Measures(wordsim353=0.0, closeness=0.5), Measures(wordsim353=0.2, closeness=0.7)
    >>> print(development({10: [early, early], 20: [late, late]}, n_seeds=2).alt)
    Four panels of curves with intervals against iteration: direction, correlation with human ratings,
    silhouette, and closeness of groups with analogies.
    """
    means = [means_over_seeds(several) for several in measures.values()]

    def curve(name):
        return [mean[name] for mean in means]

    panels = {
        "direction": {
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
        f"The recipe during training, means of {format_count(n_seeds, 'seed')} with 95 % intervals. First "
        "panel: mean cosine of random words and proportion of the squared length along the first component "
        "(1: all vectors point one way). Second: rank correlation of cosines with human ratings of word "
        "pairs. Third: mean silhouette of the words shown (1: groups well apart; below 0: closer to another "
        "group). Fourth: the proportion of random groups of equally frequent words that are less close than "
        "the published groups (0.5: random baseline), and the proportion of analogies answered correctly.",
        "Four panels of curves with intervals against iteration: direction, correlation with human "
        "ratings, silhouette, and closeness of groups with analogies.",
    )


def spread_of_vectors(measures, spread):
    """Say how training changes the directions of the vectors, and whether they differ at the end.

    `measures` are iteration → list of `Measures`, one per seed; `spread` (`vector_spread.Spread`) is that of
    the first run at the last iteration.

    Examples
    --------
    >>> from w2vlib.experiments.training_measures import Measures
    >>> from ...evaluation.vector_spread import Spread
    >>> early = [Measures(random_cosine=c, first_component=0.2) for c in (0.05, 0.04, 0.06)]
    >>> late = [Measures(random_cosine=c, first_component=0.8) for c in (0.80, 0.82, 0.81)]
    >>> finding = spread_of_vectors({5: early, 10: late}, Spread(0.8, 0.6, 0.95, 0.8, 0.5, 0.7))
    >>> print(finding.text.partition(" Along the first component")[0])
    The mean cosine of two random words is 0.050 [0.025, 0.075] after iteration 5, and 0.810 [0.785, 0.835]
    at the end, after iteration 10; in the first run 90 % of such cosines then lie between 0.600 and 0.950.
    >>> print(finding.text.partition("vector is 0.70. ")[2])
    So training turns the vectors towards each other, and at the end they point in nearly one direction: a
    picture shows the small differences that remain.
    """
    (first, early), (last, late) = (
        (i, means_over_seeds(measures[i])) for i in (min(measures), max(measures))
    )
    cosine = late["random_cosine"]
    there = f"{format_interval(*cosine)} at the end, after iteration {last:,}"
    if first != last:
        there = f"{format_interval(*early['random_cosine'])} after iteration {first:,}, and {there}"
    return Paragraph(
        f"The mean cosine of two random words is {there}; in the first run 90 % of such cosines then lie "
        f"between {format_number(spread.low)} and {format_number(spread.high)}. Along the first component "
        f"lie {_components(early, late, first != last)} of the squared length of all vectors. At the end "
        "the rank correlation of this component with word frequency is "
        f"{format_interval(*late['first_component_frequency'], digits=2)}; that of the length of a vector "
        f"is {format_number(spread.length_frequency, '.2f')}. "
        f"{_directions(early['random_cosine'], cosine, first != last)}"
    )


def _components(early, late, both):
    """Proportion of the squared length along the first component, at the first checkpoint and the last."""
    of = [f"{format_number(100 * m['first_component'][0], '.1f')} %" for m in (early, late)]
    return f"at first {of[0]} and at the end {of[1]}" if both else f"at the end {of[1]}"


def _directions(early, late, both):
    """Say from the mean cosines (mean, low, high) whether training turned the vectors one way."""
    crowded = late[0] > _ONE_DIRECTION
    if not both:
        change = ""
    elif late[1] > early[2]:
        change = "So training turns the vectors towards each other"
    elif late[2] < early[1]:
        change = "So training turns the vectors away from each other"
    else:
        change = "Between these iterations the mean cosine does not clearly change"
    if crowded:
        end = (
            "at the end they point in nearly one direction: a picture shows the small differences that "
            "remain."
        )
    else:
        end = "at the end they do not all point in one direction."
    return f"{change}, and {end}" if change else end[0].upper() + end[1:]


def neighbours(table):
    """Show the nearest neighbours (`neighbours.neighbours_table`).

    Examples
    --------
    >>> table = pd.DataFrame({"word": ["king"], "neighbours": ["queen, man"]})
    >>> neighbours(table).caption
    'Nearest neighbours of three words of each group, first run, at the end.'
    """
    return Table(
        table, "neighbours", "Nearest neighbours of three words of each group, first run, at the end."
    )


def group_closeness(table, n_seeds):
    """Show how close the groups of words are (`geometry.groups_over_seeds`).

    Examples
    --------
    >>> table = pd.DataFrame({"group": ["gender"], "within": ["0.812"], "between": ["0.432"]})
    >>> print(group_closeness(table, n_seeds=5).caption.partition(":")[0])
    Groups of words at the end, means of 5 seeds
    """
    return Table(
        table,
        "groups",
        f"Groups of words at the end, means of {format_count(n_seeds, 'seed')}: cosine within the group, "
        "cosine with words of other groups, silhouette by cosine distance, and cosine within random groups "
        "of equally frequent words. The last columns count the seeds with p below 0.05, for random "
        "regroupings of the words shown (labels) and for random groups of equally frequent words "
        "(frequency).",
    )


def named_pairs(table, n_seeds):
    """Show how near the pairs are that the published text names (`neighbours.nearness_over_seeds`).

    Examples
    --------
    >>> print(named_pairs(pd.DataFrame(), n_seeds=5).text)
    The text has none of the pairs of words that the published text names.
    >>> print(named_pairs(pd.DataFrame({"word": ["king"], "other": ["queen"]}), n_seeds=5).caption)
    Pairs that the published text names, mean of 5 seeds with 95 % interval. For random words the
    proportions are 0.5 on average.
    """
    if table.empty:
        return Paragraph("The text has none of the pairs of words that the published text names.")
    return Table(
        table,
        "statements",
        f"Pairs that the published text names, mean of {format_count(n_seeds, 'seed')} with 95 % interval. "
        "For random words the proportions are 0.5 on average.",
    )


def analogy(answers, n_candidates):
    """Show the answers to king − man + woman (`analogy_answers.AnalogyAnswers` by method, or none).

    Examples
    --------
    >>> from ...evaluation.analogy_answers import AnalogyAnswers
    >>> answers = {"3CosAdd": AnalogyAnswers(["prince", "queen"], {10: [40, 60, 50], 20: [2, 4, 3]})}
    >>> finding = analogy(answers, n_candidates=10_000)
    >>> finding.frame.values.tolist()
    [['3CosAdd', 'prince, queen', '50, 3']]
    >>> print(finding.caption)
    Answers to king − man + woman, and the rank of queen among 10,000 words after 10, 20 iterations,
    median of 3 seeds.
    """
    if not answers:
        return Paragraph("The text lacks one of king, man, woman and queen, so the analogy cannot be asked.")
    rows = [
        (
            method,
            markdown_list(answer.best),
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
        f"{', '.join(f'{i:,}' for i in iterations)} iterations, median of {format_count(n_seeds, 'seed')}.",
    )


def stability(embeddings, table):
    """Show how many neighbours trainings with other seeds share (`neighbour_stability.overlap_table`).

    Examples
    --------
    >>> from ...evaluation.neighbour_stability import overlap_table
    >>> from ...models.embeddings import Embeddings
    >>> from ...text.vocabulary import Vocabulary
    >>> e = Embeddings(np.eye(4), Vocabulary(("the", "a", "cat", "dog"), np.array([9, 8, 2, 1])))
    >>> table = overlap_table([e, e])
    >>> stability([e, e], table).frame["neighbours shared [smallest, largest]"].tolist()
    ['1.000 [1.000, 1.000]']
    >>> stability([e], overlap_table([e])).text
    'One seed cannot show what another would give: set `n_seeds` to 2 or more.'
    """
    if len(embeddings) < 2:
        return Paragraph("One seed cannot show what another would give: set `n_seeds` to 2 or more.")
    return Table(
        table,
        "overlap",
        "Proportion of the ten nearest neighbours that two trainings share, by frequency of the word: mean "
        f"over all pairs of {format_count(len(embeddings), 'seed')}, with the smallest and the largest "
        "pair, and what two random lists share.",
    )
