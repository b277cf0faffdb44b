"""The words and numbers on which all schemes are tested, and what each scheme does to the text."""

import tracemalloc
from collections import Counter
from functools import cache, cached_property

import numpy as np

from ..evaluation import number_vectors
from ..models.skipgram import SkipGram
from ..preprocessing.rare_words import UNKNOWN, proportion_lost
from ..text.numbered_sentences import NumberedSentences
from ..text.numerals import magnitude, numerals, parse, type_of
from ..text.vocabulary import encode
from ..utils.errors import W2VError
from ..utils.run_costs import run_cost
from .skipgram_training import train_skipgram

RARE_COUNT = 20  # a word seen at most so often is rare
_SAMPLE, _HIDDEN, _PROBES = 400, 100, 500  # words: of the stability, held out, and to hold them against
_HIDDEN_COUNTS = RARE_COUNT, 10 * RARE_COUNT  # seen often enough to have a vector, and not to be missed


class AblationTasks:
    """The words and numbers on which every scheme is tested, and measures of the rewritten text.

    Parameters
    ----------
    corpus : Corpus
        Raw text.
    schemes : list of Scheme
        The schemes to compare; words that all of them cover are tested separately.
    parameters
        Of `SkipGram`.

    Examples
    --------
    >>> from ..preprocessing.schemes import Scheme
    >>> from ..text.corpus import from_sentences
    >>> text = from_sentences([["It", "cost", "5"], ["it", "cost", "7"]] * 10)
    >>> tasks = AblationTasks(text, [Scheme(), Scheme(rare="top:1")], dim=2)
    >>> sorted(tasks.common), tasks.lowered["it"], tasks.sample, tasks.hidden, tasks.probes
    (['cost'], 20, ['cost'], ['cost'], [])
    >>> dict(zip(tasks.vocab.words, tasks.near_unknown.round(2).tolist(), strict=True))
    {'cost': 1.0, 'It': 0.44, '5': 0.44, 'it': 0.44, '7': 0.44}
    >>> round(tasks.near_unknown_lowered["it"], 2), tasks.numbers[0].tokens
    (0.44, ['5', '7'])
    >>> tasks.without_context(NumberedSentences([["cost"], ["it"]]))
    'No sentence is left with two words.'
    """

    def __init__(self, corpus, schemes, **parameters):
        self.corpus, self.schemes, self.parameters = corpus, schemes, parameters
        self.fitted = cache(lambda scheme: scheme.fit(corpus))  # once, whatever the number of seeds
        self.text = cache(lambda scheme: NumberedSentences(self.fitted(scheme).text(corpus)))
        self.tokens = cache(lambda scheme: self._tokens_of(self.fitted(scheme)))
        self.refusal = cache(self._refusal)
        self.without_hidden = cache(self._without_hidden)
        self.facts = cache(self._facts)

    @cached_property
    def vocab(self):
        """Vocabulary of the raw text."""
        return self._encoded[0]

    @cached_property
    def _encoded(self):
        return encode(self.corpus)

    def _refusal(self, scheme):
        """Why a scheme cannot be trained on this text; str, None if it can."""
        try:
            return self.without_context(self.text(scheme))
        except W2VError as error:  # too many letters for its pieces, or no word is left
            return str(error)

    def without_context(self, text):
        """Say why nothing can be trained on a rewritten text; str, None if something can.

        Raises
        ------
        W2VError
            If no word is left of it.
        """
        parameters = SkipGram(**self.parameters).get_params()
        offsets = text.encoded(parameters["min_count"], parameters["max_vocab"])[2]
        return None if np.diff(offsets).max() > 1 else "No sentence is left with two words."

    @cached_property
    def common(self):
        """Raw words that every scheme keeps, as a word or in pieces; set.

        Schemes that cannot be trained on the text have no say.
        """
        words = set(self.vocab.words)
        for scheme in self.schemes:
            if self.refusal(scheme):
                continue
            made = zip(self.vocab.words, self.tokens(scheme), strict=True)
            words &= {word for word, tokens in made if tokens and UNKNOWN not in tokens}
        return words

    def _tokens_of(self, fitted):
        """List what a scheme makes of each word of the vocabulary; list of lists of str."""
        return [fitted.tokens_of([word], 0) for word in self.vocab.words]

    @cached_property
    def lowered(self):
        """Occurrences of each word in any case, by its lower case; Counter."""
        counts = Counter()
        for word, n in zip(self.vocab.words, self.vocab.counts.tolist(), strict=True):
            counts[word.lower()] += n
        return counts

    @cached_property
    def sample(self):
        """Words of which the neighbours are kept: a random choice among the common ones seen ten times."""
        return self._drawn(lambda word, n: n >= 10 and parse(word) is None, 0, _SAMPLE)

    @cached_property
    def hidden(self):
        """Words to hide from a training: common ones in letters, neither rare nor frequent."""
        low, high = _HIDDEN_COUNTS
        return self._drawn(lambda word, n: low <= n <= high and word.isalpha(), 1, _HIDDEN)

    def _drawn(self, fits, seed, most):
        """Draw up to so many of the common words for which ``fits(word, count)``; list of str."""
        counted = zip(self.vocab.words, self.vocab.counts, strict=True)
        fit = [word for word, n in counted if word in self.common and fits(word, n)]
        return [fit[i] for i in np.random.default_rng(seed).permutation(len(fit))[:most]]

    @cached_property
    def probes(self):
        """The most frequent common words but the hidden ones: similarities to them are a word's profile."""
        hidden = set(self.hidden)
        return [w for w in self.vocab.words if w in self.common and w not in hidden][:_PROBES]

    def _without_hidden(self, scheme):
        """Fit a scheme to the text without the hidden words; it (Fitted) and that text, rewritten.

        None if what is left cannot be trained on.
        """
        hidden = set(self.hidden)
        sentences = [[token for token in sentence if token not in hidden] for sentence in self.corpus]
        try:
            fitted = scheme.fit(sentences)
            text = NumberedSentences(fitted.text(sentences))
            return None if self.without_context(text) else (fitted, text)
        except W2VError:  # no word is left
            return None

    @cached_property
    def near_unknown(self):
        """Share of `<unk>` in the contexts of each raw word, under the first scheme that has any.

        (n_vocab,) float64, weighted as windows are drawn where no word is subsampled; None without such
        a scheme.
        """
        tops = (s for s in self.schemes if s.rare.startswith("top:") and not self.refusal(s))
        first = next(tops, None)
        if first is None:
            return None
        vocab, ids, offsets = self._encoded
        gone = np.array([tokens == [UNKNOWN] for tokens in self.tokens(first)])[ids]
        sentence = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        window = SkipGram(**self.parameters).get_params()["window"]
        seen, total = np.zeros(len(vocab)), np.zeros(len(vocab))
        for distance in range(1, window + 1):
            weight = (window + 1 - distance) / window
            inside = sentence[distance:] == sentence[:-distance]
            left, right = slice(None, -distance), slice(distance, None)
            for own, other in ((left, right), (right, left)):
                words = ids[own][inside]
                total += weight * np.bincount(words, minlength=len(vocab))
                seen += weight * np.bincount(words, gone[other][inside], len(vocab))
        return seen / np.maximum(total, 1e-9)

    @cached_property
    def near_unknown_lowered(self):
        """That share for words in any case, by their lower case; dict."""
        weighted = Counter()
        for word, n, share in zip(self.vocab.words, self.vocab.counts, self.near_unknown, strict=True):
            weighted[word.lower()] += n * share
        return {word: float(sum_ / self.lowered[word]) for word, sum_ in weighted.items()}

    @cached_property
    def numbers(self):
        """The numbers that are probed, and those too rare for it; two `number_vectors.Numbers`."""
        return number_vectors.probed_numbers(self.corpus)

    @property
    def _cut(self):
        return len(self.corpus) * 9 // 10

    @cached_property
    def _counted(self):
        """Words of the first nine tenths and of the last: for both, Counter of words, and numerals."""
        found = []
        for part in (self.corpus.sentences[: self._cut], self.corpus.sentences[self._cut :]):
            counts, numbers = Counter(token for sentence in part for token in sentence), numerals(part)
            for token in {sentence[i] for sentence, i in numbers}:
                del counts[token]
            found.append((counts, numbers))
        return found

    def _facts(self, scheme):
        """Measure what a scheme does to the text, the same for every seed; dict."""
        fitted = self.fitted(scheme)
        text, raw = self.text(scheme), int(self.vocab.counts.sum())
        n_tokens = sum(map(len, text))
        one_epoch = {**self.parameters, "epochs": 1, "subwords": scheme.subwords}
        train_skipgram([["warm", "up"]], **one_epoch)  # what is loaded once belongs to no scheme
        tracemalloc.start()
        train_skipgram(text.sentences, **one_epoch)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return {
            "changed": self._changed(scheme),
            "tokens_per_word": n_tokens / raw,
            "unknown": sum(s.count(UNKNOWN) for s in text) / n_tokens,
            "lost_on_new_text": self._lost_on_new_text(scheme),
            "information_lost": self._information_lost(scheme),
            "peak_memory": run_cost(peak),
        } | (self._number_facts(fitted) if scheme.rare == "keep" else {})

    def _number_facts(self, fitted):
        """Proportions of the entropy of the order of magnitude and of the type that tokens lose."""
        of_order, of_type = Counter(), Counter()
        for sentence, i in (*self._counted[0][1], *self._counted[1][1]):
            tokens = tuple(fitted.tokens_of(sentence, i))
            of_order[magnitude(parse(sentence[i]).value), tokens] += 1
            of_type[type_of(sentence, i), tokens] += 1
        return {"magnitude_lost": _lost(of_order), "type_lost": _lost(of_type)}

    def _changed(self, scheme):
        """Whether a scheme does what it is for to this text; keeping everything always does."""
        keeps = scheme.rare == "keep" == scheme.numbers or scheme.subwords is not None
        return keeps or self.text(scheme).sentences != self.corpus.sentences

    def _lost_on_new_text(self, scheme):
        """Share of the last tenth's words that have no vector, were the scheme learnt on the rest."""
        fitted = scheme.fit(self.corpus.sentences[: self._cut])
        known = {token for (_, made) in _made(fitted, {}, *self._counted[0]) for token in made} - {UNKNOWN}
        new = _made(fitted, {}, *self._counted[1])
        if scheme.subwords is not None:
            grams = set().union(*map(scheme.subwords.of, known))
            known |= {word for word, _ in new if not grams.isdisjoint(scheme.subwords.of(word))}
        words = Counter()
        for (_, made), n in new.items():
            words[made] += n
        return proportion_lost(words, known)

    def _information_lost(self, scheme):
        """Share of the entropy of words that their tokens no longer tell, H(word | tokens) / H(word)."""
        alone = dict(zip(self.vocab.words, self.tokens(scheme), strict=True))
        made = (_made(self.fitted(scheme), alone, *counted) for counted in self._counted)
        return _lost(sum(made, Counter()), 0.0)


def _made(fitted, alone, counts, numbers):
    """Count what a scheme makes of words, and of numbers by their neighbours: Counter of (word, tokens).

    `alone` maps words to their tokens, as far as they are known.
    """
    found = Counter()
    for word, n in counts.items():
        tokens = alone.get(word)
        found[word, tuple(fitted.tokens_of([word], 0) if tokens is None else tokens)] = n
    for sentence, i in numbers:
        found[sentence[i], tuple(fitted.tokens_of(sentence, i))] += 1
    return found


def _lost(joint, without=np.nan):
    """Proportion H(label | tokens) / H(label) for counts of (label, tokens); `without` any entropy."""
    labels, tokens = Counter(), Counter()
    for (label, made), n in joint.items():
        labels[label] += n
        tokens[made] += n
    of_labels = _entropy([*labels.values()]) if labels else 0.0
    if not of_labels > 0:
        return without
    return float((_entropy([*joint.values()]) - _entropy([*tokens.values()])) / of_labels)


def _entropy(counts):
    """Entropy of a distribution by its counts, in nats."""
    p = np.asarray(counts, float)
    p = p[p > 0] / p.sum()
    return float(-(p * np.log(p)).sum())
