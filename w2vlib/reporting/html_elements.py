"""HTML as it is written → HTML of which pandoc's reader shows every word.

Comments are taken out as a browser finds their ends. A tag that HTML does not have, as <unk> in a text on
words, is shown as it is written. Lists of definitions that are not in order are sections.
"""

import html
import re
from html.entities import html5

import bs4

_NAMES = """
a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote
body br button canvas caption center cite code col colgroup command content data datalist dd del details dfn
dialog dir div dl dt element em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4
h5 h6 head header hgroup hr html i iframe image img input ins isindex kbd keygen label legend li link
listing main map mark marquee math menu menuitem meta meter multicol nav nobr noembed noframes noscript
object ol optgroup option output p param picture plaintext portal pre progress q rb rp rt rtc ruby s samp
script search section select selectedcontent shadow slot small source spacer span strike strong style sub
summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr
xmp
"""
_KNOWN = frozenset(_NAMES.split())
_PARTS = re.compile(
    r"""
      (?P<comment> <!-- (?: (?P<end>-?>) | .*? (?: (?P<later_end>--!?>) | \Z ) ) )
    | (?P<whole> <(?P<name>script|style|xmp|plaintext)\b .*? (?: (?P<closed></(?P=name)\b) | \Z ) )
    | & (?P<entity> [a-zA-Z][a-zA-Z\d]* ; )
    | < (?P<tag> /? [a-zA-Z][^\s/>]* ) (?> [^'">=]+ | =\s*'[^']*' | =\s*"[^"]*" | ['"=] )*+
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def with_shown_tags(text):
    """HTML (str) without comments, in which tags that HTML does not have are text.

    Names with a hyphen or a colon are those of a program, which a browser does not show either.

    Examples
    --------
    >>> with_shown_tags("the <unk><!--> of <b>all</b>")
    'the &lt;unk> of <b>all</b>'
    """
    if "<" not in text and "&" not in text:
        return text

    depth = 0  # of drawings and formulas, whose tags are not those of HTML

    def shown(found):
        nonlocal depth
        if found["comment"]:
            return "" if found["end"] or found["later_end"] else found[0]
        if found["whole"]:
            whole = found[0] if found["closed"] else f"{found[0]}</{found['name']}>"
            return whole if found["name"].lower() in ("script", "style") else _preformatted(whole)
        if found["entity"]:
            return found[0] if found["entity"] in html5 else "&amp;" + found["entity"]
        name = found["tag"].lower()
        if name in ("svg", "math"):
            depth += not found[0].endswith("/")
        elif name in ("/svg", "/math"):
            depth = max(0, depth - 1)
        elif not depth and name.lstrip("/") not in _KNOWN and not {"-", ":"} & {*name}:
            return "&lt;" + found[0][1:]
        return found[0]

    return _PARTS.sub(shown, text)


def _preformatted(element):
    """HTML of ``<xmp>`` or ``<plaintext>``, whose content is text, as ``<pre>``."""
    content, _, end = element.partition(">")[2].rpartition("</")
    return f"<pre>{html.escape(content)}</pre{'>' if end.endswith('>') else ''}"


def in_order(soup):
    """Change parsed HTML (`bs4.BeautifulSoup`) in place where pandoc's reader would leave out words.

    Of a text with a ``<main>`` it reads nothing else, of ``<head>`` nothing, and of a list of definitions
    its terms and definitions alone. A button in ``<kbd>`` and the like is an error.

    Examples
    --------
    >>> from .markup_limits import parsed
    >>> soup = parsed("<dl>text<dt>term</dt></dl>")
    >>> in_order(soup)
    >>> soup
    <div>text<p>term</p></div>
    """
    for element in soup.find_all(("html", "head", "body", "main")):
        element.name = "div"
    for element in soup.find_all(("button", "map", "noscript")):
        element.name = "span"
    for element in soup.find_all(("area", "source", "track")):
        element.decompose()
    for element in soup.find_all("dl"):
        tags = {child.name for child in element if isinstance(child, bs4.Tag)}
        if tags <= {"dt", "dd"} and not any(
            text.strip() for text in element.find_all(string=True, recursive=False)
        ):
            continue
        element.name = "div"
        for child in element.find_all(("dt", "dd"), recursive=False):
            child.name = "p" if child.name == "dt" else "div"
