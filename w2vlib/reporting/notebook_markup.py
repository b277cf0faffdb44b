"""Markdown and HTML of any notebook → plain HTML for pandoc; formulas and pictures are taken out.

Markdown is read by nbconvert's own parser, so that a page shows what nbconvert's HTML shows. Scripts,
frames and what else a page cannot show are replaced by their names, and noted.
"""

import html
import re
import secrets

import bs4
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ..utils.errors import W2VError
from .bounded_text import LETTERS, bounded
from .html_elements import in_order
from .markup_formulas import OPENING, with_places, without_endless
from .markup_limits import parsed
from .printable_text import encoded
from .terminal_text import visible_text

FORMULA = "w2v-formula"
_SPAN = r"\s*0*[1-9]\d{0,2}\s*"  # larger ones take all memory: pandoc makes every column
_VERBATIM = ("pre", "code", "script", "style", "textarea", "svg")  # without formulas
_REMOVED = ("style", "meta", "link", "template", "base", "head > title", "annotation", "annotation-xml")
_FRAMES = ("iframe", "embed", "object", "video", "audio", "canvas", "applet")
_INPUTS = ("input", "select", "textarea", "progress", "meter")
_KEPT = {
    "a": ("href", "id", "name"), "img": ("src", "alt", "width"), "ol": ("start", "type"),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
}  # fmt: skip


class _Renderer(IPythonRenderer):
    """HTML of Markdown, with formulas as numbered codes."""

    def __init__(self, markup):
        super().__init__(escape=False, exclude_anchor_links=True)
        self.markup = markup

    def block_math(self, body):
        return self.markup.formula(body, True) if body.strip() else f"<code>$${body}$$</code>"

    def inline_math(self, body):
        return self.markup.formula(body, False)

    def latex_environment(self, name, body):
        return self.markup.formula(rf"\begin{{{name}}}{body}\end{{{name}}}", True)

    def block_code(self, code, info=None):
        words = (info or "").split()
        kind = f' class="language-{words[0]}"' if words and re.fullmatch(r"[\w+-]+", words[0]) else ""
        return f"<pre><code{kind}>{html.escape(code)}</code></pre>\n"

    def block_html(self, html):
        return self.markup.with_formulas(html)

    def inline_html(self, html):
        return html

    def heading(self, text, level, **attrs):
        plain = parsed(text).get_text()
        name = html.escape("-".join(plain.split()), quote=True)
        return f'<h{level} id="{name}">{text}</h{level}>\n'

    def _embed_image_or_attachment(self, src):
        return src


class Markup:
    r"""Texts of one notebook.

    Parameters
    ----------
    pictures : Pictures
    note : callable
        Called with the reason (str) for everything that is not shown.

    Attributes
    ----------
    formulas : list of (str, bool)
        TeX, and whether it is displayed; a formula's place in a text has its number.
    attachments : dict
        Of the cell whose text is read.

    Examples
    --------
    >>> markup = Markup(None, print)
    >>> markup.markdown("A *square*: $x^2$")
    ('<p>A <em>square</em>: <code class="w2v-formula">0</code></p>\n', ['A', 'square', ':'])
    >>> markup.formulas
    [('x^2', False)]
    >>> markup.html("<b>b</b><script>run()</script>")
    a script, which a page cannot run
    ('<b>b</b>', ['b'])
    """

    def __init__(self, pictures, note):
        self.pictures, self.note = pictures, note
        self._place = f"place-{secrets.token_hex(16)}"  # no text can name it
        self.formulas, self.attachments = [], {}

    def formula(self, tex, display):
        """Store a formula: its place (HTML)."""
        self.formulas.append((tex, display))
        return f'<code class="{self._place}">{len(self.formulas) - 1}</code>'

    def with_formulas(self, text):
        """Replace the formulas between the tags of an HTML text by their places."""

        def place(match):
            found = {name: value for name, value in match.groupdict().items() if value and name != "name"}
            ((name, tex),) = found.items()
            return self.formula(html.unescape(tex), name.startswith("d"))

        if re.search(r"<(?:pre|code|script|style|textarea)\b", text, re.IGNORECASE):
            return text
        parts = re.split(r"(<[^<>]*>)", text)
        return "".join(part if n % 2 else with_places(part, place) for n, part in enumerate(parts))

    def markdown(self, source, attachments=None):
        """Plain HTML of a Markdown text, and the words (list of str) that it shows."""
        self.attachments = attachments or {}
        source, backslash = without_endless(visible_text(source))
        before = len(self.formulas)
        rendered = MarkdownWithMath(renderer=_Renderer(self)).render(source)
        self.formulas[before:] = [
            (tex.replace(backslash, "\\"), display) for tex, display in self.formulas[before:]
        ]
        return self._plain(parsed(rendered.replace(backslash, "\\")))

    def html(self, source):
        """Plain HTML of an HTML output, and the words (list of str) that it shows."""
        self.attachments = {}
        soup = parsed(visible_text(source))
        for text in _leaves(soup, _VERBATIM):
            if type(text) is bs4.NavigableString and OPENING.search(text):
                marked = self.with_formulas(html.escape(text, quote=False))
                text.replace_with(parsed(marked))
        return self._plain(soup)

    def _plain(self, soup):
        """Plain HTML and words of parsed HTML."""
        for text in soup.find_all(string=lambda text: type(text) is not bs4.NavigableString):
            if isinstance(text, bs4.Comment | bs4.Doctype | bs4.Declaration | bs4.ProcessingInstruction):
                text.extract()
        for element in soup.select(", ".join(_REMOVED)):
            element.decompose()
        self._remove_hidden(soup)
        self._replace_scripts(soup)
        for image in soup.find_all("img"):
            self._replace_picture(soup, image, image.get("src", ""))
        for svg in soup.find_all("svg"):
            if svg.parent is not None and not svg.find_parent("svg"):
                self._replace_picture(soup, svg, str(svg), inline=True)
        for element in _leaves(soup, _FRAMES):
            if element.name in _FRAMES:
                self._replace_frame(soup, element)
        self._replace_inputs(soup)
        in_order(soup)
        if soup.select_one("ol[reversed], li[value]"):
            self.note("the numbers of a list, which are counted up from its first")
        for element in soup.find_all(True):
            element.attrs = _plain_attributes(element, self._place)
        for text in soup.find_all(string=lambda text: len(text) > LETTERS or not text.isascii()):
            short = bounded(str(text), self.note)
            if short != text:
                text.replace_with(short)
        words = [
            word
            for text in soup.find_all(string=True)
            if FORMULA not in text.parent.get("class", [])
            for word in text.split()
        ]
        return str(soup), words

    def _remove_hidden(self, soup):
        """Take out what a browser does not show."""
        for element in soup.find_all(True):
            if _is_gone(element):  # with the element around it
                continue
            if element.has_attr("hidden") or _display(str(element.get("style", ""))) == "none":
                element.decompose()

    def _replace_scripts(self, soup):
        """Take out scripts; those that are formulas are set."""
        noted = False
        for script in soup.find_all("script"):
            text = script.get_text()
            kind = str(script.get("type", ""))
            if kind.startswith("math/tex"):
                place = self.formula(text, "mode=display" in kind)
                script.replace_with(parsed(place))
                continue
            if not noted and (text.strip() or script.get("src")):
                self.note("a script, which a page cannot run")
                noted = True
            script.decompose()

    def _replace_picture(self, soup, element, source, inline=False):
        """Replace an ``<img>`` or ``<svg>`` by a picture of ours, or by its name."""
        if _is_gone(element):
            return
        alt = str(element.get("alt") or element.get("aria-label") or element.get("title") or "").strip()
        try:
            picture = (
                self.pictures.add(encoded(source))
                if inline
                else self.pictures.add_address(source.strip(), self.attachments)
            )
        except W2VError as error:
            name = "drawing" if inline else f"picture {_short(source)}"
            self.note(f"the {name}: {error}")
            element.replace_with(_named(soup, f"[{name}, not shown{': ' + alt if alt else ''}]"))
            return
        if not alt:
            self.pictures.complete = False
        width = picture["width"]
        given = re.fullmatch(r"\s*(\d{1,5})(?:px)?\s*", str(element.get("width", "")))
        if given and int(given[1]) > 0:
            width = 0.75 * int(given[1])
        tag = soup.new_tag(
            "img", attrs={"src": picture["path"], "alt": alt or "A picture without description"}
        )
        if width:
            tag["width"] = f"{width:g}pt"
        element.replace_with(tag)

    def _replace_frame(self, soup, element):
        """Replace a frame, a video and the like by its name and address."""
        source = element.find("source")
        address = str(
            element.get("src") or element.get("data") or (source.get("src") if source else "") or ""
        )
        name = f"{element.name} {_short(address)}".strip()
        self.note(f"the {name}, which a page cannot show")
        element.replace_with(_named(soup, f"[{name}, not shown]"))

    def _replace_inputs(self, soup):
        """Replace the parts of forms by what they show."""
        for element in _leaves(soup, _INPUTS):
            if element.name not in _INPUTS:
                continue
            if element.name == "input":
                kind = str(element.get("type", "text")).lower()
                if kind in ("checkbox", "radio"):
                    text = "☒" if element.has_attr("checked") else "☐"
                elif kind == "hidden":
                    text = ""
                else:
                    text = str(element.get("value") or element.get("placeholder", ""))
            elif element.name in ("progress", "meter"):
                text = " of ".join(str(element[key]) for key in ("value", "max") if element.has_attr(key))
            else:
                text = " ".join(_choices(element))
            element.replace_with(f" {text} " if text else "")


class _NoPictures:
    """In place of `Pictures`, for HTML of which pictures are not shown."""

    def add(self, content, attachments=None):
        raise W2VError("it is part of HTML")

    add_address = add


def plain_html(text, note):
    r"""Block of an HTML output for the readers of pandoc: plain HTML, without its pictures.

    Parameters
    ----------
    text : str
    note : callable
        Called with the reason (str) for everything that is not shown.

    Returns
    -------
    dict
        ``kind``; ``text``, with a numbered place for each formula; ``words``, those that it shows (list of
        str); and ``formulas``, dicts with ``tex`` and ``display``.

    Examples
    --------
    >>> block = plain_html("<b onclick='run()'>for $x$</b><script>run()</script>", print)
    a script, which a page cannot run
    >>> block["text"], block["words"], block["formulas"]
    ('<b>for <code class="w2v-formula">0</code></b>', ['for'], [{'tex': 'x', 'display': False}])
    """
    markup = Markup(_NoPictures(), note)
    text, words = markup.html(text)
    formulas = [{"tex": tex, "display": display} for tex, display in markup.formulas]
    return {"kind": "html", "text": text, "words": words, "formulas": formulas}


def _choices(element):
    """Yield the texts of a ``<select>`` or ``<textarea>``; a label stands for the text of its option."""
    for part in element.descendants:
        labelled = part if isinstance(part, bs4.Tag) else part.parent
        label = labelled.name in ("optgroup", "option") and labelled.get("label")
        if label and part is labelled:
            yield str(label)
        elif not isinstance(part, bs4.Tag) and not (label and labelled.name == "option"):
            yield str(part)


def _leaves(soup, names):
    """Yield the texts, and the elements with one of the names instead of what is in them, in their order.

    Each may be replaced when it is given.
    """
    waiting = soup.contents[::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, bs4.Tag) and part.name not in names:
            waiting.extend(part.contents[::-1])
        else:
            yield part


def _is_gone(element):
    """Whether an element was taken out; its `decomposed` looks through all that is in it."""
    return element.parent is None


def _plain_attributes(element, place):
    """Attributes of an element that its page needs, by name; no others reach pandoc."""
    kept = {key: element[key] for key in (*_KEPT.get(element.name, ()), "id") if element.has_attr(key)}
    if element.name == "code":
        classes = [c for c in element.get("class") or [] if re.fullmatch(r"language-[\w+-]+", c)]
        classes = [FORMULA] if place in (element.get("class") or []) else classes
        if classes:
            kept["class"] = classes
    align = re.search(r"text-align:\s*(left|right|center)", str(element.get("style", ""))) or re.fullmatch(
        "(left|right|center)", str(element.get("align", ""))
    )
    for name in ("colspan", "rowspan"):
        if name in kept and not re.fullmatch(_SPAN, kept[name]):
            del kept[name]
    if element.name in ("td", "th") and align:
        kept["style"] = f"text-align: {align[1]}"
    return kept


def _short(address):
    """Write an address on one line, without data."""
    address = " ".join(address.split())
    if address.startswith("data:"):
        return address.partition(",")[0].partition(";")[0]
    return address if len(address) <= 200 else address[:200] + "…"


def _display(style):
    """Value of the last declaration of ``display`` in a ``style``; "" without one."""
    found = ""
    for declaration in re.sub(r"/\*.*?(?:\*/|\Z)", " ", style, flags=re.DOTALL).lower().split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() == "display":
            found = value.partition("!")[0].strip()
    return found


def _named(soup, text):
    """Make an element that says what is not shown."""
    element = soup.new_tag("em")
    element.string = text
    return element
