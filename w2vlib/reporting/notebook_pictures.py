"""Pictures of a notebook that is not ours → files for Typst, or the reason why one cannot be shown."""

import base64
import contextlib
import io
import os
import re
import urllib.parse
import warnings
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

from ..utils.errors import W2VError
from .drawing_limits import check_drawing, remove_filters, without_spaces
from .printable_text import encoded, printable_svg

PICTURE_TYPES = (
    "image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff",
    "application/pdf",
)  # fmt: skip
# No others are opened: for EPS, Pillow starts Ghostscript, and some decoders fail in ways of their own.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
_SUFFIXES = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "WEBP": "webp"}
_LARGEST = 100_000_000  # bytes
_PIXELS = 50_000_000  # each takes 4 bytes here, and 4 to 8 in Typst
_TOO_LARGE = f"it has more than {_PIXELS // 1_000_000} million pixels"
_POINTS_PER_PIXEL = 0.75
_FILTERS = "the filters of a drawing, such as shadows"
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


class Pictures:
    """The pictures of one notebook, written to a folder under names of our own.

    Parameters
    ----------
    build : Path
        Where the files are written.
    folder : Path or None
        The notebook's folder: no file outside it is read, and none at all if it is None.
    note : callable, optional
        Called with the reason (str) for what a picture lacks. Without it such a picture is refused.

    Attributes
    ----------
    complete : bool
        Whether every picture has an alternative text by an author and is of a kind that PDF/UA allows.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as build:
    ...     pictures = Pictures(Path(build), None)
    ...     pictures.add(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    {'path': 'picture-0.svg', 'width': None}
    """

    def __init__(self, build, folder, note=None):
        self.build, self.folder, self.note = build, folder, note
        self.complete = True
        self._count = 0

    def add(self, content):
        """Write a picture (bytes): dict with ``path`` (its name) and ``width`` (points or None).

        Raises
        ------
        W2VError
            If it is damaged or of an unknown kind; the message fits after "a picture:".
        """
        if len(content) > _LARGEST:
            raise W2VError(f"it has more than {_LARGEST // 1_000_000} MB")
        if content[:5] == b"%PDF-":
            self.complete = False  # not allowed in PDF/UA
            return self._written(content, "pdf", None)
        if re.match(rb"\s*(?:\xef\xbb\xbf)?\s*<", content):
            return self._written(checked_svg(content, self.note), "svg", None)
        with _opened(content) as image:
            if image.width * image.height > _PIXELS:
                raise W2VError(_TOO_LARGE)
            image.load()
            kind, width = image.format, image.width * _POINTS_PER_PIXEL
            if kind not in _SUFFIXES or image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
                content, kind = _as_png(image), "PNG"
        return self._written(content, _SUFFIXES[kind], width)

    def add_encoded(self, content):
        """As `add`, for a picture as a notebook stores it: SVG as text, others in base64."""
        if not isinstance(content, str):
            raise W2VError("it is damaged")
        if content.lstrip().startswith("<"):
            return self.add(encoded(content))
        try:
            decoded = base64.b64decode("".join(content.split()), validate=True)
        except ValueError as error:  # of base64, or of other characters
            raise W2VError("it is damaged") from error
        return self.add(decoded)

    def add_address(self, address, attachments):
        """As `add`, for the address of an ``<img>``: data, an attachment of the cell, or a local file."""
        if address.startswith("attachment:"):
            data = attachments.get(urllib.parse.unquote(address.removeprefix("attachment:")), {})
            kind = next((kind for kind in PICTURE_TYPES if kind in data), None)
            if kind is None:
                raise W2VError("the cell has no such attachment")
            return self.add_encoded(data[kind])
        if address.startswith("data:"):
            head, _, body = address.partition(",")
            content = urllib.parse.unquote(body)
            return self.add_encoded(content) if ";base64" in head else self.add(encoded(content))
        if re.match(r"(?:[a-zA-Z][a-zA-Z0-9+.-]+:)?//|[a-zA-Z][a-zA-Z0-9+.-]+:", address):
            raise W2VError("addresses are not fetched")
        return self.add(self._file(address))

    def _file(self, address):
        """Content of a file below the notebook's folder."""
        if self.folder is None:
            raise W2VError("the notebook's folder is not known")
        try:
            plain = urllib.parse.unquote(re.split(r"[?#]", address)[0])
            path = path_below(self.folder, plain)
            if path is None:
                raise W2VError("it is not below the notebook's folder")
            if not path.is_file():
                raise W2VError("there is no such file")
            if path.stat().st_size > _LARGEST:
                raise W2VError(f"it has more than {_LARGEST // 1_000_000} MB")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            if isinstance(error, W2VError):
                raise
            raise W2VError("the file cannot be read") from error

    def _written(self, content, suffix, width):
        """Write the content under the next name."""
        name = f"picture-{self._count}.{suffix}"
        self._count += 1
        Path(self.build / name).write_bytes(content)
        return {"path": name, "width": width}


def path_below(folder, name):
    """Path of a file below a folder when all links are followed; None if it is elsewhere, or no path.

    Examples
    --------
    >>> path_below("/no/folder", "a/../b.png").name, path_below("/no/folder", "../b.png")
    ('b.png', None)
    """
    root = os.path.realpath(folder)  # `Path.resolve` fails at a link to itself
    try:
        path = Path(os.path.realpath(os.path.join(root, name)))
    except ValueError:
        return None
    return path if path.is_relative_to(root) else None


def _as_png(image):
    """PNG (bytes) of a picture of another kind."""
    target = io.BytesIO()
    if image.mode == "F":
        raise W2VError("its numbers are no colours")
    if image.mode.startswith("I"):  # 16 bits, which Pillow cuts off at 255
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    transparent = image.mode in ("PA", "RGBa", "La") or "transparency" in image.info
    image.convert("RGBA" if transparent else "RGB").save(target, "PNG")
    return target.getvalue()


class _Damaged(W2VError):
    """A picture that cannot be read."""


@contextlib.contextmanager
def _opened(content):
    """Open a picture (bytes) of a kind that we know; whatever is wrong with it is a `W2VError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                yield image
    except Image.DecompressionBombError as error:
        raise W2VError(_TOO_LARGE) from error
    except W2VError:
        raise
    except (OSError, ValueError, SyntaxError) as error:
        raise _Damaged("it is damaged or of an unknown kind") from error


def _check_pixels(root):
    """Refuse a drawing whose pictures have too many pixels together."""
    total = 0
    for element in root.iter():
        for value in element.attrib.values():
            head, _, body = without_spaces(value).partition(",")
            if not head.lower().startswith("data:image/"):
                continue
            try:
                with _opened(base64.b64decode(urllib.parse.unquote(body))) as image:
                    total += image.width * image.height
            except (_Damaged, ValueError):
                continue  # Typst leaves it out
            if total > _PIXELS:
                raise W2VError(_TOO_LARGE)


def checked_svg(content, note=None):
    """Return a drawing (SVG, bytes) without filters, and with characters that the fonts have.

    Parameters
    ----------
    content : bytes
    note : callable, optional
        Called with the reason (str) if the drawing has filters. Without it such a drawing is refused.

    Raises
    ------
    W2VError
        If it is damaged, or Typst would take minutes or all memory for it.

    Examples
    --------
    >>> checked_svg(b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    b'<svg font-family="DejaVu Sans" xmlns="http://www.w3.org/2000/svg"/>'
    """
    text = content.decode("utf-8", "replace").lstrip("\ufeff \n\t\r")
    kind = text.find("<!DOCTYPE")
    if found := re.compile(r"<!DOCTYPE[^>\[]*+(?:\[[^\]]*+\])?+[^>]*+>").match(text, max(kind, 0)):
        text = text[:kind] + text[found.end() :]
    text = re.sub(r"&nbsp;", "\u00a0", text)
    if "xmlns=" not in text:
        text = text.replace("<svg", f'<svg xmlns="{_SVG}"', 1)
    if "font" not in text:  # else Typst looks in another font, which has fewer characters
        text = text.replace("<svg", '<svg font-family="DejaVu Sans"', 1)
    if "xlink:" in text and "xmlns:xlink" not in text:
        text = text.replace("<svg", f'<svg xmlns:xlink="{_XLINK}"', 1)
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # the last: of an unknown encoding
        raise W2VError("its SVG is damaged") from error
    if not root.tag.endswith("svg"):
        raise W2VError("it is no SVG")
    check_drawing(root)
    _check_pixels(root)
    has_filters = remove_filters(root)
    if has_filters and note is None:
        raise W2VError(f"it has {_FILTERS}")
    if has_filters:
        note(f"{_FILTERS}: it is printed without them")
    if has_filters or "&#" in text or "<!DOCTYPE" in text:  # then without references to characters
        ElementTree.register_namespace("", _SVG)
        ElementTree.register_namespace("xlink", _XLINK)
        text = ElementTree.tostring(root, encoding="unicode")
    return printable_svg(text).encode()
