"""Findings of notebook 05: rare words, subwords and numbers of a text.

Every function takes results and returns values of `reporting.display`; none computes a training.
"""

import numpy as np

from ...preprocessing import number_schemes as schemes
from ...utils.markdown import as_markdown, markdown_list
from ...utils.statistics import format_count, format_number
from .. import plots
from ..display import Figure, Headline, Paragraph, Table
from ..provenance import corpus_phrase

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _percent(part, whole, digits=1):
    return f"{100 * part / max(1, whole):.{digits}f} %"


def replaced_text(given, text, lost):
    """Say that the text given has lost its rare words, and which one is used; None if it has not.

    `lost` are its numbers of tokens ``<unk>`` and ``N``.

    Examples
    --------
    >>> from ...text.corpus import from_sentences
    >>> given = from_sentences([["<unk>", "cost", "N", "cents"]], name="lost")
    >>> used = from_sentences([["Bread", "cost", "5", "cents"]], name="raw")
    >>> print(replaced_text(given, used, lost=(1, 1)).text)
    On the corpus “lost” this notebook cannot measure anything: rare words and numbers are already gone. 1
    of its 4 tokens (25.0 %) are `<unk>` and 1 (25.0 %) are `N`, and nothing tells what they were.
    Everything below is measured on the corpus “raw”.
    >>> replaced_text(used, used, lost=(0, 0)) is None
    True
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
    """Draw how often each type occurs, and how much of the text the most frequent types cover.

    Examples
    --------
    >>> from ...preprocessing.rare_words import measure_rare_words
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["the", "cat"], ["the", "dog"]], name="pets")
    >>> print(coverage(measure_rare_words(text, top_k=1, window=5), text).caption)
    Zipf's law on the corpus “pets”. Left: occurrences of each of its 3 types, by rank; 2 (67 %) occur
    once. Right: proportion of the tokens that the most frequent types cover.
    """
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
    """Show what smaller vocabularies save (`rare_words.vocabulary_sizes_table`).

    Examples
    --------
    >>> from ...preprocessing.rare_words import vocabulary_sizes_table
    >>> table = vocabulary_sizes(vocabulary_sizes_table(np.array([6, 3, 1]), sizes=(1,)))
    >>> table.frame[["types", "tokens lost [%]", "smallest count"]].values.tolist()
    [['1', '40.0', '6'], ['3', '0.0', '1']]
    """
    return Table(
        table,
        "kept",
        "Vocabularies of the most frequent types: proportion of the tokens that become `<unk>`, memory of "
        "both matrices in single precision, and occurrences of the rarest and of the median type. The last "
        "row has all types.",
    )


def unknown_words(rare):
    """Say what becomes `<unk>` (`rare_words.RareWords`).

    Examples
    --------
    >>> from ...preprocessing.rare_words import measure_rare_words
    >>> text = [["the", "cat", "sat"], ["the", "cat", "slept"], ["a", "Dog", "sat"]]
    >>> rare = measure_rare_words(text, top_k=2, window=5)
    >>> print(unknown_words(rare).text.partition(" A random")[0])
    With the 2 most frequent types, 5 tokens (55.6 %) become `<unk>`. This one token replaces 4 different
    words; 25 % of them begin with a capital, and 0 % are numbers. 78 % of all tokens have an `<unk>`
    within 5 words.
    """
    sentences = [
        f"With the {rare.top_k:,} most frequent types, {rare.n_rare_tokens:,} tokens "
        f"({_percent(rare.n_rare_tokens, rare.n_tokens)}) become `<unk>`. This one token replaces "
        f"{rare.n_rare_types:,} different words; {100 * rare.capitalised:.0f} % of them begin with a "
        f"capital, and {100 * rare.numbers:.0f} % are numbers. {100 * rare.near_rare:.0f} % of all tokens "
        f"have an `<unk>` within {rare.window} words."
    ]
    if rare.sample:
        sentences.append(f"A random sample of the words replaced: {markdown_list(rare.sample)}.")
    return Paragraph(" ".join(sentences))


def subword_note(comparison, n_pieces):
    """Say that the vocabulary of pieces had to be larger than asked for; None if not.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> print(subword_note(SimpleNamespace(n_pieces=120), n_pieces=100).text)
    100 pieces are too few for the different characters of this text; 120 are allowed instead.
    >>> subword_note(SimpleNamespace(n_pieces=100), n_pieces=100) is None
    True
    """
    if comparison.n_pieces <= n_pieces:
        return None
    return Paragraph(
        f"{n_pieces:,} pieces are too few for the different characters of this text; "
        f"{comparison.n_pieces:,} are allowed instead."
    )


def subwords_table(comparison):
    """Compare whole words and pieces.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> columns = ["scheme", "vocabulary", "tokens per word", "words lost [%]"]
    >>> table = pd.DataFrame([["words", "10", 1.0, 25.0], ["BPE", "30", 1.5, 0.0]], columns=columns)
    >>> subwords_table(SimpleNamespace(table=table)).frame.values.tolist()
    [['words', '10', '1.000', '25.000'], ['BPE', '30', '1.500', '0.000']]
    """
    table = comparison.table
    return Table(
        table.assign(**{c: table[c].map(format_number) for c in table.columns[2:]}),
        "pieces",
        "Whole words and pieces, learned from the first nine tenths of the whole text, on its last tenth: "
        "size of the vocabulary, tokens per word, words lost, and words that are one piece. A whole word is "
        "lost if it is not in the vocabulary; a word of pieces is lost if one of them does not occur in the "
        "first nine tenths.",
    )


def subwords_gain(comparison, text):
    """Say what byte-pair encoding saves and costs.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> from ...text.corpus import from_sentences
    >>> table = pd.DataFrame([["words", "10", 1.0, 25.0], ["BPE", "30", 1.5, 0.0]])
    >>> text = from_sentences([["the", "cat"]], name="pets")
    >>> print(subwords_gain(SimpleNamespace(table=table), text).text)
    On the corpus “pets”, byte-pair encoding with 30 pieces lowers the words lost on the last tenth from
    25.0 % to 0.00 %, with 50 % more tokens.
    """
    words, pieces = comparison.table.iloc[0], comparison.table.iloc[1]
    return Headline(
        f"On {corpus_phrase(text)}, byte-pair encoding with {pieces.iloc[1]} pieces lowers the words lost "
        f"on the last tenth from {format_number(words.iloc[3], '.1f')} % to "
        f"{format_number(pieces.iloc[3], '.2f')} %, with {format_number(100 * pieces.iloc[2] - 100, '.0f')} "
        "% more tokens."
    )


def subword_examples(comparison):
    """Show pieces of words that are not in the vocabulary, and what n-grams know of such words.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> comparison = SimpleNamespace(examples={"cats": ["cat", "s"]}, ngrams_known=[0.5, 1], n_ngrams=20)
    >>> print(subword_examples(comparison).text)
    For example: cats → cat · s. On average 75 % of the character n-grams (3 to 6 characters) of a word
    that is not in the vocabulary occur in the training words, so such a word gets a vector from its form.
    The training words have 20 different n-grams, before hashing.
    """
    sentences = []
    if comparison.examples:
        shown = "; ".join(
            f"{as_markdown(_beginning(word))} → {' · '.join(map(as_markdown, _beginning(pieces)))}"
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


def _beginning(parts, most=40):
    """Cut a word (str), or its pieces (list of str), after 40, with an ellipsis for the others."""
    if len(parts) <= most:
        return parts
    return parts[:most] + ("…" if isinstance(parts, str) else ["…"])


def no_numbers(counted):
    """Say that the text has no numbers; None if it has.

    Examples
    --------
    >>> from ...preprocessing.number_schemes import count_numbers
    >>> print(no_numbers(count_numbers([["a", "cat"]])).text)
    This text has no numbers written in digits, so there is nothing to measure below.
    >>> no_numbers(count_numbers([["5", "cats"]])) is None
    True
    """
    if counted.numbers:
        return None
    return Paragraph("This text has no numbers written in digits, so there is nothing to measure below.")


def number_counts(counted):
    """Say how many numbers the text has, and which words are beside them (`number_schemes.NumberCounts`).

    Examples
    --------
    >>> from ...preprocessing.number_schemes import count_numbers
    >>> print(number_counts(count_numbers([["it", "cost", "5", "cents"], ["it", "cost", "7"]])).text)
    Numbers written in digits are 2 tokens (28.6 % of the text) and 2 types (40.0 % of all types); 2 of
    these types (100 %) occur once. The most frequent words before a number are cost (2); after it, cents
    (1).
    """
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
        sentences.append(f"The most frequent words before a number are {before}; after it, {after}.")
    return Paragraph(" ".join(sentences))


def magnitudes(counted, text):
    """Draw the numbers by order of magnitude.

    Examples
    --------
    >>> from ...preprocessing.number_schemes import count_numbers
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["it", "cost", "5", "or", "7"], ["in", "1990"]])
    >>> magnitudes(count_numbers(text), text).alt
    'Bars of the number of tokens in 4 orders of magnitude, the highest at 10⁰.'
    """
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
        f"Positive numbers of {corpus_phrase(text)} by order of magnitude. Zero and negative numbers are not "
        f"drawn; with tokens for these the scheme `magnitude` has "
        f"{format_count(len(counted.magnitudes), 'token')}.",
        alt,
    )


def number_types(table):
    """Show the types of numbers (`number_schemes.number_types_table`).

    Examples
    --------
    >>> from ...preprocessing.number_schemes import number_types_table
    >>> table = number_types_table([(["in", "1990"], 1), (["$5"], 0)])
    >>> number_types(table).frame[["type", "tokens"]].values.tolist()
    [['date', '1'], ['money', '1']]
    """
    return Table(
        table,
        "types",
        "What `N` hides: types of numbers, decided from the tokens beside them by simple rules, with the "
        "range of their values.",
    )


def number_schemes(counted):
    """Compare schemes for numbers (`number_schemes.NumberCounts`).

    Examples
    --------
    >>> from ...preprocessing.number_schemes import count_numbers
    >>> table = number_schemes(count_numbers([["in", "1990"], ["in", "1991"]]))
    >>> print(table.frame.iloc[:4, :3].to_string(index=False))
         scheme types for numbers tokens per word
         `keep`                 2           1.000
            `N`                 1           1.000
    `magnitude`                 1           1.000
       `digits`                 3           2.500
    """
    return Table(
        schemes.number_schemes_table(counted),
        "schemes",
        "Schemes for numbers on this text: types that the numbers need beyond all other types, and tokens "
        "per word of the whole text. What stands beside the digits stays, as in `N-year-old`, and makes "
        "types of its own.",
    )


def number_savings(counted, text):
    """Say how many types `N`, orders of magnitude and types of numbers need.

    Examples
    --------
    >>> from ...preprocessing.number_schemes import count_numbers
    >>> from ...text.corpus import from_sentences
    >>> text = from_sentences([["it", "cost", "5", "or", "7"], ["in", "1990"]], name="prices")
    >>> print(number_savings(count_numbers(text), text).text)
    On the corpus “prices”, the scheme `N` lowers the types for numbers from 3 to 1, which saves 2 of 7
    types. Under `magnitude` they are 2, and under `typed` 2.
    """
    keep, one, magnitude, typed = (
        len(schemes.types_for_numbers(counted, scheme)) for scheme in ("keep", "N", "magnitude", "typed")
    )
    return Headline(
        f"On {corpus_phrase(text)}, the scheme `N` lowers the types for numbers from {keep:,} to {one:,}, "
        f"which saves {keep - one:,} of {counted.n_types:,} types. Under `magnitude` they are {magnitude:,}, "
        f"and under `typed` {typed:,}."
    )
