"""Wikipedia's markup → paragraphs of prose."""

import re

# Sections of references and links: lists of names and titles, hardly a sentence among them.
_APPARATUS = re.compile(
    r"(?i)^(see also|references|external links|further reading|notes( and references)?|footnotes|"
    r"bibliography|sources|citations|works cited|gallery|discography|filmography)$"
)
_HEADING = re.compile(r"^(=+)\s*(.*?)\s*=+\s*$")
_QUOTES = re.compile(r"'{2,}")
_BULLET = re.compile(r"^[*#:;|!\s]+")
_LEFTOVER = re.compile(r"\{\{|\}\}|\{\||\|\}|https?://\S+|^\s*\w+\s*=|(?:col|row)span|\|")
_SPACE = re.compile(r"\s+")
MIN_WORDS = 6  # shorter lines are table cells, captions and list entries


def paragraphs(markup):
    r"""Paragraphs of prose (list of str) of one article in wiki markup (str).

    Templates, tables, references, headings, list marks and the sections of links at the end go;
    what stays is running text with its case, its rare words and its numbers.

    Examples
    --------
    >>> paragraphs("== Life ==\nThe '''cat''' is a small [[mammal]] with four legs.\n* a list")
    ['The cat is a small mammal with four legs.']
    """
    from gensim.corpora.wikicorpus import filter_wiki

    kept, skipping = [], None
    for line in filter_wiki(markup).splitlines():
        heading = _HEADING.match(line.strip())
        if heading:
            depth = len(heading.group(1))
            if _APPARATUS.match(heading.group(2)):
                skipping = depth
            elif skipping is not None and depth <= skipping:
                skipping = None
            continue
        line = _SPACE.sub(" ", _BULLET.sub("", _QUOTES.sub("", line))).strip()
        if skipping is None and len(line.split()) >= MIN_WORDS and not _LEFTOVER.search(line):
            kept.append(line)
    return kept
