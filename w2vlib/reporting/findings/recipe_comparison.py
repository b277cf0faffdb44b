"""Findings of notebook 04: recipes compared, tests of their vectors.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import inspect

import numpy as np
import pandas as pd

from ...experiments import recipe_comparison
from ...experiments.training_measures import Measures, means_over_seeds
from ...models.ppmi_svd import ppmi_svd
from ...models.skipgram import SkipGram
from ...utils.columns import columns_of
from ...utils.statistics import format_count, format_number, name_of_largest
from .. import plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import WALL_CLOCK

_SAME_MEANS = "“Same, a quarter of the iterations” has both changes of the row before it."
_WHOLE_TESTS = {"WordSim-353": "WordSim-353", "SimLex-999": "SimLex-999", "all": "analogies (all sections)"}


def recipes_table(measured, where, label="recipes"):
    """Tabulate the measures of all recipes (name → list of `Measures`) on a text (`where`, in words).

    Examples
    --------
    >>> measured = {"published recipe": [Measures(wordsim353=0.1), Measures(wordsim353=0.12)]}
    >>> recipes_table(measured, "on ptb").frame[["recipe", "WordSim-353"]].values.tolist()
    [['published recipe', '0.11 ± 0.13']]
    """
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
    n_seeds, n_changed = _seeds(measured)
    changed = "" if n_changed in (0, n_seeds) else f" ({n_changed} for the changed recipes)"
    return Table(
        pd.DataFrame(rows),
        label,
        f"Recipes compared {where}: mean ± half the width of the 95 % interval over "
        f"{format_count(n_seeds, 'seed')}{changed}. {_SAME_MEANS} Time is "
        f"{WALL_CLOCK}; two trainings of the recipe run at once. WordSim-353 and "
        "SimLex-999: rank correlation with human ratings. Groups closer: proportion of random groups that "
        "are less close than the published ones (random baseline: 0.5). Neighbours shared: proportion of "
        "the ten nearest neighbours that two seeds share. The loss depends on the number and the "
        "distribution of the negative samples, so it can be compared only where these are equal."
        f"{_without_figures(measured)}",
    )


def _without_figures(measured):
    """Say which recipes diverge; str, which is empty if none does."""
    names = recipe_comparison.diverged(measured)
    return f" No figures, since the training diverges: {'; '.join(names)}." if names else ""


def _seeds(measured):
    """Count the seeds of the recipe and of each changed recipe."""
    changed = [len(several) for name, several in measured.items() if name in recipe_comparison.CHANGES]
    return len(measured[recipe_comparison.RECIPE]), min(changed, default=0)


def recipes_figure(measured, where):
    """Draw the correlations and the mean cosine of all recipes.

    Examples
    --------
    >>> several = [Measures(wordsim353=0.1, simlex999=0.1, random_cosine=0.9) for _ in range(2)]
    >>> print(recipes_figure({"published recipe": several, "PPMI-SVD, dim 100": several}, "on ptb").alt)
    Dots with error bars for 2 recipes in three panels: WordSim-353, SimLex-999 and mean cosine of random
    words.
    """
    panels = {
        columns_of(Measures)[name].heading: [means_over_seeds(several)[name] for several in measured.values()]
        for name in ("wordsim353", "simlex999", "random_cosine")
    }
    return Figure(
        plots.interval_plot(list(measured), panels),
        "recipes",
        f"The recipes of [a table](#tbl-recipes) {where}: correlation with human ratings and mean cosine "
        f"of random words, with 95 % intervals over seeds. {_SAME_MEANS}",
        f"Dots with error bars for {len(measured)} recipes in three panels: WordSim-353, SimLex-999 and "
        "mean cosine of random words.",
    )


def best_change(measured):
    """Name the single change of the recipe with the highest mean correlation; str.

    Examples
    --------
    >>> correlations = zip(recipe_comparison.CHANGES, [0.1, 0.3, 0.2, 0.0, 0.1], strict=True)
    >>> best_change({name: [Measures(wordsim353=c, simlex999=c)] for name, c in correlations})
    'learning rate × 25'
    """
    return name_of_largest({name: _similarity(measured[name]) for name in recipe_comparison.CHANGES})


def _similarity(several):
    return np.mean([one.similarity for one in several])


def what_helps(measured, where):
    """Say which single change raises the correlation with human ratings most.

    Examples
    --------
    >>> others = recipe_comparison.RECIPE, recipe_comparison.WIDE, recipe_comparison.PPMI
    >>> correlations = zip([*recipe_comparison.CHANGES, *others], [0.1, 0.3, 0.2, 0, 0.1, 0.05, 0.4, 0.5])
    >>> measured = {name: [Measures(wordsim353=c, simlex999=c)] for name, c in correlations}
    >>> print(what_helps(measured, "on the bundled corpus").text)
    On the bundled corpus the cosines of the published recipe's vectors have a correlation of 0.050 with
    human ratings (mean of two tests). The best of 5 single changes, chosen after the comparison, is
    “learning rate × 25”: 0.300 (for at least one test the 95 % interval does not lie above 0). `SkipGram`
    with 100 dimensions reaches 0.400, PPMI-SVD 0.500.
    """
    published = _similarity(measured[recipe_comparison.RECIPE])
    if np.isnan(published):
        return Headline(
            f"{where[0].upper()}{where[1:]} the tests of word pairs cannot rate the vectors: too few pairs "
            "are covered."
        )
    best = best_change(measured)
    is_clear = best in recipe_comparison.with_structure(measured)
    interval = (
        "for both tests the 95 % interval lies above 0"
        if is_clear
        else "for at least one test the 95 % interval does not lie above 0"
    )
    wide, ppmi = (_similarity(measured[name]) for name in (recipe_comparison.WIDE, recipe_comparison.PPMI))
    return Headline(
        f"{where[0].upper()}{where[1:]} the cosines of the published recipe's vectors have a correlation of "
        f"{format_number(published)} with human ratings (mean of two tests). The best of "
        f"{len(recipe_comparison.CHANGES)} single changes, chosen after the comparison, is “{best}”: "
        f"{format_number(_similarity(measured[best]))} ({interval}). `SkipGram` with 100 dimensions reaches "
        f"{format_number(wide)}, PPMI-SVD {format_number(ppmi)}."
    )


def recipes_with_structure(measured, n_vocab):
    """List the recipes whose vectors agree with human ratings, and compare the stability of two.

    Examples
    --------
    >>> seeds = [Measures(wordsim353=0.3, simlex999=0.2), Measures(wordsim353=0.31, simlex999=0.21)]
    >>> alone = [Measures(wordsim353=0.1, simlex999=0.1)]  # one seed has no interval
    >>> measured = {"published recipe": alone, "learning rate × 25": seeds, recipe_comparison.WIDE: seeds}
    >>> print(recipes_with_structure(measured, n_vocab=1_000).text)
    Single changes for which both intervals lie above 0: learning rate × 25. Other recipes for which they
    do: SkipGram, dim 100. PPMI-SVD has no seeds, and so no interval. The intervals say what other seeds
    would give with the same pairs of words; they are not adjusted for their number.
    """
    n_seeds, n_variant_seeds = _seeds(measured)
    structured = recipe_comparison.with_structure(measured)
    alone = [name for name in structured if name in recipe_comparison.CHANGES]
    others = [name for name in structured if name not in recipe_comparison.CHANGES]
    sentences = [
        f"Single changes for which both intervals lie above 0: {'; '.join(alone)}."
        if alone
        else "For no single change do both intervals lie above 0, with "
        f"{format_count(n_variant_seeds, 'seed')}."
    ]
    if others:
        sentences.append(f"Other recipes for which they do: {'; '.join(others)}.")
    sentences.append(
        "PPMI-SVD has no seeds, and so no interval. The intervals say what other seeds would give with "
        "the same pairs of words; they are not adjusted for their number."
    )
    best = best_change(measured) if min(n_seeds, n_variant_seeds) > 1 else None
    if best and best not in recipe_comparison.diverged(measured):
        published, changed = (
            format_number(100 * measured[name][0].neighbours_shared, ".1f")
            for name in (recipe_comparison.RECIPE, best)
        )
        sentences.append(
            f"Two seeds share {published} % of the ten nearest neighbours under the published recipe, and "
            f"{changed} % with “{best}”; random lists share {100 * 10 / max(10, n_vocab - 1):.2f} %."
        )
    return Paragraph(" ".join(sentences))


def confirmed_recipes(explored, confirming, where):
    """Say which recipes have vectors that agree with human ratings on the confirming text too.

    Parameters
    ----------
    explored, confirming : dict
        Name of a recipe → list of `Measures`.
    where : str
        The confirming text, in words.

    Examples
    --------
    >>> good, bad = ([Measures(wordsim353=c, simlex999=c + n / 100) for n in (0, 1)] for c in (0.3, -0.1))
    >>> explored = {"published recipe": bad, "learning rate × 25": good, "initial vectors × 10": good}
    >>> confirming = {**explored, "initial vectors × 10": bad}
    >>> print(confirmed_recipes(explored, confirming, "on the Brown corpus").text)
    Of these 2 recipes, 1 has such intervals on the Brown corpus too: learning rate × 25. Not so: initial
    vectors × 10. There the published recipe has a mean correlation of -0.098, and learning rate × 25 the
    highest, 0.302. Both intervals lie below 0 there for published recipe; initial vectors × 10.
    """
    found, before = (recipe_comparison.with_structure(each) for each in (confirming, explored))
    kept, lost = ([name for name in before if (name in found) == held] for held in (True, False))
    means = {name: _similarity(several) for name, several in confirming.items()}
    if not means or np.isnan(means[recipe_comparison.RECIPE]):
        return None
    best = name_of_largest(means)
    of_before = format_count(len(before), "recipe")
    names = f": {'; '.join(kept)}" if kept else ""
    others = f" Not so: {'; '.join(lost)}." if lost else ""
    below = _below(confirming)
    low = f" Both intervals lie below 0 there for {'; '.join(below)}." if below else ""
    have = f"{len(kept)} {'has' if len(kept) == 1 else 'have'} such intervals {where} too"
    published = format_number(means[recipe_comparison.RECIPE])
    return Paragraph(
        f"Of these {of_before}, {have}{names}.{others} There the published recipe has a mean correlation "
        f"of {published}, and {best} the highest, {format_number(means[best])}.{low}"
    )


def _below(measured):
    """Recipes for which both intervals lie below 0; list of str."""
    found = []
    for name, several in measured.items():
        means = means_over_seeds(several)
        if all(means[test][2] < 0 for test in ("wordsim353", "simlex999")):
            found.append(name)
    return found


def settings_table():
    """Tabulate the default settings of `SkipGram` and `ppmi_svd`.

    Examples
    --------
    >>> settings_table().frame.iloc[0].tolist()
    ['`SkipGram`', '`center`', 'False']
    """
    defaults = {"`SkipGram`": SkipGram().get_params(), "`ppmi_svd`": _defaults(ppmi_svd)}
    rows = [
        (model, f"`{name}`", "none" if value is None else f"{value}")
        for model, settings in defaults.items()
        for name, value in settings.items()
        if name not in ("threads", "partitions")
    ]
    return Table(
        pd.DataFrame(rows, columns=["model", "setting", "default"]),
        "skipgram",
        "Settings of our trainer and of PPMI-SVD, where nothing else is said.",
    )


def _defaults(function):
    parameters = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


def scores_table(tables, draws):
    """Show the word pairs and all analogies of several models side by side; None where no word is known.

    Parameters
    ----------
    tables : dict
        Name of a model → `score_tables.full_table`.
    draws : int
        Permutations.

    Examples
    --------
    >>> table = pd.DataFrame({"test": ["WordSim-353", "family"], "score": ["0.3 [0.2, 0.4]", "1.0"],
    ...                       "permutation baseline": ["0.0", "0.1"], "p": ["0.001", "0.5"]})
    >>> scores_table({"`SkipGram`": table}, 1_000).frame.values.tolist()
    [['`SkipGram`', 'WordSim-353', '0.3 [0.2, 0.4]', '0.0', '0.001']]
    """
    rows = [
        (name, _WHOLE_TESTS[row["test"]], row["score"], row["permutation baseline"], row["p"])
        for name, table in tables.items()
        for row in table.to_dict("records")
        if row["test"] in _WHOLE_TESTS
    ]
    if not rows:
        return None
    columns = ["model", "test", "score [95 % interval]", "permutation baseline", "p"]
    return Table(
        pd.DataFrame(rows, columns=columns),
        "scores",
        "Rank correlation with human ratings, and analogies answered correctly by 3CosAdd (in %), of the "
        "first seed, with 95 % intervals over pairs of words, or over groups of analogies with the same "
        f"first pair; the mean score of permuted answers, and p from {draws:,} permutations, at least "
        f"{1 / (draws + 1):.2g}.",
    )


def tests_table(table, label, whose, n_seeds, draws):
    """Show all tests of one recipe (`score_tables.full_table`).

    Examples
    --------
    >>> print(tests_table(pd.DataFrame(), "tests", "`SkipGram`", n_seeds=5, draws=1_000).caption)
    `SkipGram`: no word pair and no analogy has all its words in this text.
    >>> table = pd.DataFrame({"test": ["WordSim-353"], "value": ["0.31"]})
    >>> finding = tests_table(table, "tests", "`SkipGram`", n_seeds=5, draws=1_000)
    >>> print(finding.caption.partition(" of the first")[0])
    `SkipGram`: human ratings (rank correlation) and analogies by 3CosAdd and 3CosMul (correct, in %)
    """
    if table.empty:
        return Table(table, label, f"{whose}: no word pair and no analogy has all its words in this text.")
    return Table(
        table,
        label,
        f"{whose}: human ratings (rank correlation) and analogies by 3CosAdd and 3CosMul (correct, in %) of "
        f"the first seed, with 95 % intervals over pairs of words, or over groups of analogies with the same "
        f"first pair; mean over {format_count(n_seeds, 'seed')} "
        f"with its interval; the mean of permuted answers, and p from {draws:,} permutations, at least "
        f"{1 / (draws + 1):.2g}.",
    )
