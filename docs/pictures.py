"""Pictures of the report for the README, made of the last build: ``make pictures``.

Needs pdftoppm (poppler-utils) and chromium. Three pages of the PDF are put side by side; the page is shown at
its explorer, with the neighbours of a word. An argument names another folder with a report.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdf
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
    for tool in ("pdftoppm", "chromium"):
        if shutil.which(tool) is None:
            raise W2VError(f"{tool} was not found: apt install poppler-utils chromium.")
    _store(side_by_side(*map(picture_of, pages_with(PAGES))), "report-pdf.png")
    _store(screenshot("king"), "report-page.png")


def pages_with(patterns):
    """Numbers (from 1) of the first page with each pattern."""
    texts = [page.extract_text() for page in pypdf.PdfReader(BUILT / "report.pdf").pages]
    numbers = [next((n for n, text in enumerate(texts, 1) if re.search(one, text)), None) for one in patterns]
    if None in numbers:
        raise W2VError(f"No page of the report has {patterns[numbers.index(None)]!r}.")
    return numbers


def picture_of(number):
    """Picture of a page of the PDF."""
    with tempfile.TemporaryDirectory() as folder:
        place = ["-f", str(number), "-l", str(number), "-scale-to", str(HEIGHT), "-singlefile", "-png"]
        subprocess.run(["pdftoppm", *place, BUILT / "report.pdf", Path(folder) / "page"], check=True)
        return Image.open(Path(folder) / "page.png").convert("RGB").copy()


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
