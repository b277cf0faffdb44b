"""Findings of notebook 05: rare words, numbers, and trainings under every scheme for them.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

from collections import Counter

import numpy as np

from ...experiments import ablation, claims
from ...experiments.ablation_row import COST, HELD_OUT, QUALITY
from ...utils.columns import columns_of
from ...utils.markdown import as_markdown
from ...utils.statistics import format_number
from .. import plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import corpus_phrase

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _percent(part, whole, digits=1):
    return f"{100 * part / max(1, whole):.{digits}f} %"


def replaced_text(given, text, lost):
    """Say that the text given has lost its rare words, and which one is used; None if it has not.

    `lost` are its numbers of tokens ``<unk>`` and ``N``.
    """
    if given is text:
        return None
    tokens, (unknown, numbers) = given.provenance.tokens, lost
    return Paragraph(
        f"On {corpus_phrase(given)} this notebook cannot measure anything: rare words and numbers are "
        f"already gone. {unknown:,} of its {tokens:,} tokens ({_percent(unknown, tokens)}) are `<unk>` and "
        f"{numbers:,} ({_percent(numbers, tokens)}) are `N`, and nothing tells what they were. Everything "
        f"below is measured on {corpus_phrase(text)}."
    )


def coverage(rare, text):
    """Draw how often each type occurs, and how much of the text the most frequent types cover."""
    counts = rare.counts
    once = int((counts == 1).sum())
    return Figure(
        plots.vocabulary_coverage(counts, [1000, 3000, 10000, 30000]),
        "coverage",
        f"Zipf's law on {corpus_phrase(text)}. Left: occurrences of each of its {len(counts):,} types, by "
        f"rank; {once:,} ({_percent(once, len(counts), 0)}) occur once. Right: proportion of the tokens "
        "that the most frequent types cover.",
        "Left, a nearly straight falling line on logarithmic axes. Right, a rising curve that reaches 100 % "
        f"at {len(counts):,} types.",
    )


def vocabulary_sizes(table):
    """Show what smaller vocabularies save (`rare_words.vocabulary_sizes_table`)."""
    return Table(
        table,
        "kept",
        "Vocabularies of the most frequent types: proportion of the tokens that become `<unk>`, memory of "
        "both matrices in single precision, and occurrences of the rarest and of the median type. The last "
        "row has all types.",
    )


def unknown_words(rare):
    """Say what becomes `<unk>` (`rare_words.RareWords`)."""
    sentences = [
        f"With the {rare.top_k:,} most frequent types, {rare.n_rare_tokens:,} tokens "
        f"({_percent(rare.n_rare_tokens, rare.n_tokens)}) become `<unk>`. This one token replaces "
        f"{rare.n_rare_types:,} different words; {100 * rare.capitalised:.0f} % of them begin with a "
        f"capital, and {100 * rare.numbers:.0f} % are numbers. {100 * rare.near_rare:.0f} % of all tokens "
        f"have an `<unk>` within {rare.window} words."
    ]
    if rare.sample:
        sentences.append(f"A random sample of the words replaced: {_joined(rare.sample)}.")
    return Paragraph(" ".join(sentences))


def subword_note(comparison, n_pieces):
    """Say that the vocabulary of pieces had to be larger than asked for; None if not."""
    if comparison.n_pieces <= n_pieces:
        return None
    return Paragraph(
        f"{n_pieces:,} pieces are too few for the different characters of this text; "
        f"{comparison.n_pieces:,} are allowed instead."
    )


def subwords_table(comparison):
    """Compare whole words and pieces."""
    table = comparison.table
    return Table(
        table.assign(**{c: table[c].map(format_number) for c in table.columns[2:]}),
        "pieces",
        "Whole words and pieces on the last tenth of the text: size of the vocabulary, tokens per word, "
        "words that are lost or have an unknown character, and words that are one piece.",
    )


def subwords_gain(comparison, text):
    """Say what byte-pair encoding saves and costs."""
    words, pieces = comparison.table.iloc[0], comparison.table.iloc[1]
    return Headline(
        f"On {corpus_phrase(text)}, byte-pair encoding with {pieces.iloc[1]} pieces lowers the words lost "
        f"on the last tenth from {format_number(words.iloc[3], '.1f')} % to "
        f"{format_number(pieces.iloc[3], '.2f')} %, with {format_number(100 * pieces.iloc[2] - 100, '.0f')} "
        "% more tokens."
    )


def subword_examples(comparison):
    """Show pieces of words that are not in the vocabulary, and what n-grams know of such words."""
    sentences = []
    if comparison.examples:
        shown = "; ".join(
            f"{as_markdown(word)} → {' · '.join(map(as_markdown, pieces))}"
            for word, pieces in comparison.examples.items()
        )
        sentences.append(f"For example: {shown}.")
    if comparison.ngrams_known:
        known = 100 * np.mean(comparison.ngrams_known)
        sentences.append(
            f"On average {known:.0f} % of the character n-grams (3 to 6 characters) of a word that is not "
            "in the vocabulary occur in the training words, so such a word gets a vector from its form."
        )
    else:
        sentences.append("The last tenth of the text has no word that is not in the vocabulary.")
    sentences.append(f"The training words have {comparison.n_ngrams:,} different n-grams, before hashing.")
    return Paragraph(" ".join(sentences))


def no_numbers(counted):
    """Say that the text has no numbers; None if it has."""
    if counted.numbers:
        return None
    return Paragraph("This text has no numbers written in digits, so there is nothing to measure below.")


def number_counts(counted):
    """Say how many numbers the text has, and which words are beside them (`number_schemes.NumberCounts`)."""
    tokens, types = len(counted.numbers), len(counted.counts)
    once = sum(n == 1 for n in counted.counts.values())
    sentences = [
        f"Numbers written in digits are {tokens:,} tokens ({_percent(tokens, counted.n_tokens)} of the "
        f"text) and {types:,} types ({_percent(types, counted.n_types)} of all types); {once:,} of these "
        f"types ({_percent(once, types, 0)}) occur once."
    ]
    if counted.numbers:
        before, after = (
            ", ".join(f"{as_markdown(word)} ({n:,})" for word, n in words) or "nothing"
            for words in (counted.before, counted.after)
        )
        sentences.append(
            "One token `N` replaces all of them and learns from their contexts. The most frequent words "
            f"before a number are {before}; after it, {after}."
        )
    return Paragraph(" ".join(sentences))


def magnitudes(counted, text):
    """Draw the numbers by order of magnitude."""
    orders = sorted(int(bucket[2:]) for bucket in counted.magnitudes if bucket.startswith("1e"))
    every = range(orders[0], orders[-1] + 1) if orders else ()
    bars = {"10" + str(n).translate(_SUPERSCRIPTS): counted.magnitudes[f"1e{n}"] for n in every}
    alt = "An empty panel: the text has no positive numbers."
    if bars:
        alt = (
            f"Bars of the number of tokens in {len(bars)} orders of magnitude, the highest at "
            f"{max(bars, key=bars.get)}."
        )
    return Figure(
        plots.bar_chart({"tokens": bars}, "order of magnitude", "tokens", logy=True),
        "magnitudes",
        f"Positive numbers of {corpus_phrase(text)} by order of magnitude. {len(counted.magnitudes)} orders "
        f"of magnitude (with zero and negative ones) replace {len(counted.counts):,} types.",
        alt,
    )


def number_types(table):
    """Show the types of numbers (`number_schemes.number_types_table`)."""
    return Table(
        table,
        "types",
        "What `N` hides: types of numbers, decided from the tokens beside them by simple rules, with the "
        "range of their values.",
    )


def number_schemes(table):
    """Compare schemes for numbers (`number_schemes.number_schemes_table`)."""
    return Table(
        table,
        "schemes",
        "Schemes for numbers on this text: types that they need, and tokens per word of the whole text.",
    )


def number_savings(counted, text):
    """Say how many types `N`, orders of magnitude and types of numbers need."""
    return Headline(
        f"On {corpus_phrase(text)}, replacing numbers by `N` saves {max(0, len(counted.counts) - 1):,} of "
        f"{counted.n_types:,} types. {len(counted.magnitudes)} tokens would keep their order of magnitude, "
        f"{len(counted.kinds)} their type."
    )


def trainings(rows, source):
    """Say what was trained on what, and how many pairs are covered."""
    n_trained, schemes = sum(not row.refused for row in rows), ablation.over_schemes(rows, "seconds")
    first = rows[0]
    return Paragraph(
        f"{n_trained} trainings: {ablation.seeds_of(rows)} seeds of {len(schemes)} schemes, on "
        f"{first.tokens:,} tokens of {source}. Of WordSim-353, the scheme `{first.scheme}` covers "
        f"{first.wordsim353_covered} pairs; {first.wordsim353_shared_covered} are covered by every scheme, "
        f"{first.wordsim353_rare_covered} have a rare word and {first.wordsim353_frequent_covered} none. "
        "The 95 % intervals are over seeds: they say how far another training would differ, not how far "
        "another choice of pairs or words would."
    )


def source_of_rows(text, folder, tokens_sha256):
    """Name the text of the trainings; str."""
    if folder:
        return f"the folder `{folder}`, whose text has the SHA-256 {tokens_sha256[:12]}…"
    return corpus_phrase(text)


def refused_schemes(rows):
    """List the schemes that cannot be trained on this text; None if all can."""
    refusals = ablation.refusals(rows)
    if not refusals:
        return None
    reasons = "; ".join(f"`{scheme}` ({why.rstrip('.')})" for scheme, why in refusals.items())
    return Paragraph(f"Not trained on this text: {reasons}.")


def cost_table(rows):
    """Tabulate what each scheme costs."""
    return Table(
        ablation.table(rows, COST),
        "price",
        "Costs of a scheme: types of the vocabulary; millions of parameters, those of n-grams included; "
        "peak memory and time of a training, and time of the naive softmax per pair in 10 dimensions (all "
        "three measured on this machine); tokens per raw word; proportion of `<unk>`; words lost on the "
        "last tenth of the text by a scheme fitted on the rest; and proportion of the entropy of single "
        "words that the tokens have lost.",
    )


def quality_table(rows):
    """Tabulate the quality of the vectors under each scheme."""
    return Table(
        ablation.table(rows, QUALITY),
        "quality",
        "Rank correlation with human ratings (WordSim-353, SimLex-999) and analogies under every scheme. "
        f"Means of {ablation.seeds_of(rows)} seeds with 95 % intervals.",
    )


def quality_against_cost(rows):
    """Draw quality against three costs."""
    quality = ablation.over_schemes(rows, "wordsim353_shared")
    columns = columns_of(ablation.AblationRow, "seconds", "parameters", "tokens_per_word")
    panels = {
        column.title: {
            scheme: (column.scale * means[scheme][0], *ends)
            for scheme, ends in quality.items()
        }
        for name, column in columns.items()
        for means in [ablation.over_schemes(rows, name)]
    }  # fmt: skip
    best = max(quality, key=lambda scheme: quality[scheme][0], default=None)
    caption = "Too few pairs are covered by every scheme for a correlation."
    if quality:
        caption = (
            f"The best mean is that of `{best}`; error bars are 95 % intervals over "
            f"{ablation.seeds_of(rows)} seeds."
        )
    return Figure(
        plots.quality_against_cost(panels, "WordSim-353, shared pairs"),
        "against",
        f"Quality against cost. {caption}",
        f"Three panels of {len(quality)} points with error bars: correlation with human ratings against "
        "time, parameters and length of the text.",
    )


def held_out_table(rows):
    """Tabulate the vectors of words that were removed from the text."""
    return Table(
        ablation.table(rows, HELD_OUT),
        "heldout",
        "Vectors of removed words. Rank correlation of their similarities to frequent words with those of: "
        "the same word where it was present; another removed word; the mean of all removed words. And that "
        "of two different removed words, both trained.",
    )


def held_out_words(rows):
    """Say how well each scheme places words that it has not seen; None without such figures."""
    same, other = (ablation.over_schemes(rows, name) for name in ("held_out", "held_out_other"))
    if not same:
        return None
    results = ", ".join(
        f"{mean:.2f} under `{scheme}` (other words: {other[scheme][0]:.2f})"
        for scheme, (mean, _, _) in same.items()
    )
    return Headline(
        "Similarities of words that were removed from the text have a rank correlation with those of the "
        f"same words, trained, of {results}."
    )


def number_probes(rows):
    """Tabulate what the vectors of numbers represent under each scheme."""
    return Table(
        ablation.number_probes_table(rows),
        "numeracy",
        f"Probes of the vectors of numbers under each scheme, means of {ablation.seeds_of(rows)} seeds with "
        "95 % intervals: explained variance of the magnitude, largest of five numbers, order by cosine, odd "
        "one out, type; magnitude from sums of tokens, and of rare numbers; and proportion of numbers among "
        "the ten nearest neighbours of numbers.",
    )


def number_lines(rows):
    """Draw predicted against true magnitudes for each scheme; one seed."""
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
        f"{len(lines)} scatter plots of predicted against true order of magnitude, one per scheme for "
        "numbers.",
    )


def claims_caption(results, rows):
    """Caption of the table of claims; str."""
    return (
        f"{len(results)} tests of what the published report expects of preprocessing, with 95 % intervals "
        f"over {ablation.seeds_of(rows)} seeds. What does not depend on the seed has no interval."
    )


def claims_summary(results, rows):
    """Count the verdicts (`claims.ClaimResult`)."""
    counts = Counter(result.verdict for result in results)
    return Headline(
        f"Of {len(results)} tests of what the published report expects of `<unk>`, `N`, subwords, orders of "
        f"magnitude, digits and types, {counts[claims.SUPPORTED]} support the expectation, "
        f"{counts[claims.NOT_SUPPORTED]} do not, and {counts[claims.INCONCLUSIVE]} are inconclusive "
        f"({ablation.seeds_of(rows)} seeds)."
    )


def _joined(words):
    return ", ".join(map(as_markdown, words))
