"""What is printed on the pages of a PDF, read by PDFium."""

import pypdfium2


def texts_of(pdf):
    """Text of each page; list of str.

    Parameters
    ----------
    pdf : path or bytes
    """
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


def boxes_of(pdf):
    """Runs of characters with their places, in points: list of (text, left, bottom, right, top)."""
    found = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            texts = page.get_textpage()
            for n in range(texts.count_rects()):
                place = texts.get_rect(n)
                found.append((texts.get_text_bounded(*place), *place))
    return found
