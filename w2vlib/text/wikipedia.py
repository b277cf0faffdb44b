"""Wiki markup → paragraphs of plain text."""

import re

# Sections of references and links, which have hardly any sentences.
_REFERENCE_SECTION = re.compile(
    r"(?i)^(see also|references|external links|further reading|notes( and references)?|footnotes|"
    r"bibliography|sources|citations|works cited|gallery|discography|filmography)$"
)
_HEADING = re.compile(r"^(=+)\s*(.*?)\s*=+\s*$")
_QUOTES = re.compile(r"'{2,}")
_BULLET = re.compile(r"^[*#:;|!\s]+")
_MARKUP = re.compile(r"\{\{|\}\}|\{\||\|\}|https?://\S+|^\s*\w+\s*=|(?:col|row)span|\|")
_SPACE = re.compile(r"\s+")
MIN_WORDS = 6  # shorter lines are mostly table cells, captions and list entries


def paragraphs(markup):
    r"""Extract the paragraphs of plain text (list of str) from an article in wiki markup (str).

    Templates, tables, references, headings, list marks and the sections of links at the end are
    removed. Case, rare words and numbers are unchanged.

    Examples
    --------
    >>> paragraphs("== Life ==\nThe '''cat''' is a small [[mammal]] with four legs.\n* a list")
    ['The cat is a small mammal with four legs.']
    """
    from gensim.corpora.wikicorpus import filter_wiki

    lines, skipping = [], None
    for line in filter_wiki(markup).splitlines():
        heading = _HEADING.match(line.strip())
        if heading:
            depth = len(heading.group(1))
            if _REFERENCE_SECTION.match(heading.group(2)):
                skipping = depth
            elif skipping is not None and depth <= skipping:
                skipping = None
            continue
        line = _SPACE.sub(" ", _BULLET.sub("", _QUOTES.sub("", line))).strip()
        if skipping is None and len(line.split()) >= MIN_WORDS and not _MARKUP.search(line):
            lines.append(line)
    return lines
