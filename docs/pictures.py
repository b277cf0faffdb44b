"""Pictures of the report for the README, made of the last build: ``make pictures``.

Needs chromium. Three pages of the PDF are put side by side; the page is shown at
its explorer, with the neighbours of a word. An argument names another folder with a report.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import pypdfium2
from PIL import Image

from w2vlib.utils.errors import W2VError
from w2vlib.utils.files import atomic_write, project_root

ROOT = project_root()
BUILT, DOCS = Path(sys.argv[1] if sys.argv[1:] else ROOT / "report" / "build").absolute(), ROOT / "docs"
PAGES = ("Abstract", r"\(1\.14\)", r"Dashed: 0\.5")  # what stands on the pages to show
BACKGROUND, GAP, HEIGHT, COLOURS = "#e0e4ea", 14, 700, 200


def main():
    """Write ``docs/report-pdf.png`` and ``docs/report-page.png``."""
    for name in ("report.pdf", "report.html"):
        if not (BUILT / name).is_file():
            raise W2VError(f"There is no {BUILT / name}: run make report first.")
    if shutil.which("chromium") is None:
        raise W2VError("chromium was not found: apt install chromium.")
    with pypdfium2.PdfDocument(BUILT / "report.pdf") as report:
        _store(side_by_side(*map(picture_of, pages_with(report, PAGES))), "report-pdf.png")
    _store(screenshot("king"), "report-page.png")


def pages_with(report, patterns):
    """First page with each pattern."""
    texts = [page.get_textpage().get_text_bounded() for page in report]
    numbers = [next((n for n, text in enumerate(texts) if re.search(one, text)), None) for one in patterns]
    if None in numbers:
        raise W2VError(f"No page of the report has {patterns[numbers.index(None)]!r}.")
    return [report[n] for n in numbers]


def picture_of(page):
    """Picture of a page of the PDF."""
    return page.render(scale=HEIGHT / page.get_height()).to_pil().convert("RGB")


def side_by_side(*pictures):
    """Pictures of the same height in a row."""
    width = sum(one.width for one in pictures) + GAP * (len(pictures) + 1)
    whole = Image.new("RGB", (width, HEIGHT + 2 * GAP), BACKGROUND)
    left = GAP
    for one in pictures:
        whole.paste(one, (left, GAP))
        left += one.width + GAP
    return whole


def screenshot(word):
    """Picture of the page at its explorer, with a word searched for."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": HEIGHT}, color_scheme="light")
        page.goto((BUILT / "report.html").as_uri())
        page.wait_for_selector("#explorer[data-ready]", timeout=60_000)
        page.fill("#word", word)
        page.press("#word", "Enter")
        page.evaluate("document.querySelector('#explorer').scrollIntoView()")
        page.wait_for_timeout(500)
        page.screenshot(path=Path(folder) / "page.png")
        browser.close()
        return Image.open(Path(folder) / "page.png").convert("RGB").copy()


def _store(picture, name):
    """Write a picture with few colours, so that it is small."""
    with atomic_write(DOCS / name) as handle:
        picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE).save(handle, format="png", optimize=True)
    print(DOCS / name)


if __name__ == "__main__":
    try:
        main()
    except W2VError as error:
        sys.exit(f"pictures: {error}")
