"""The HTML page, opened from disk in a real browser. Screenshots are left in ``test-artefacts/``."""

import base64
import io
import json
import random
import re
import shutil
import time

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from w2vlib import Embeddings
from w2vlib.reporting.display import METADATA_KEY
from w2vlib.reporting.explorer import explorer_data, quantised_of, store
from w2vlib.reporting.html_exporter import PageExporter
from w2vlib.text.vocabulary import Vocabulary
from w2vlib.utils.files import project_root

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARTEFACTS = project_root() / "test-artefacts"
WORDS = ("good", "king", "man", "woman", "queen", "</script>", "naïve", *(f"word{i}" for i in range(393)))
expect.set_options(timeout=30_000)  # milliseconds; neighbours may be noisy

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="needs a browser: apt-get install chromium (Debian), or put chromium on the PATH"
)


def embeddings(seed, dim):
    vectors = np.random.default_rng(seed).normal(size=(len(WORDS), dim))
    return Embeddings(vectors, Vocabulary(WORDS, np.arange(len(WORDS), 0, -1)))


@pytest.fixture(scope="module")
def data():
    checkpoints = {i: embeddings(i, 6) for i in (100, 200)} | {300: embeddings(0, 6)}
    return explorer_data({"small": embeddings(0, 6), "large": embeddings(9, 40)}, checkpoints)


def output(mime, text, **record):
    return new_output("display_data", data={mime: text}, metadata={METADATA_KEY: record} if record else {})


def notebook():
    rows = "\n".join(
        f"| C{n} | claim {'good' if n % 2 else 'bad'} | {n * 7 % 10} | {['supported', 'not supported'][n % 2]} |"
        for n in range(10)
    )
    claims = f"| id | claim | figure | verdict |\n|---|---|---:|---|\n{rows}"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>alert(1)</script></svg>'
    prose = (
        "# Losses\n\n## A section\n\nBy (1.2), as [a study](#ref-mikolov2013a) says; see [it](#fig-curve), "
        "[these](#tbl-claims) and <script>alert('x')</script> $\\mathbf v_i$.\n\n"
        "$$\\boxed{\\frac{a}{b} = \\sum_i x_i} \\tag{1.2}$$\n\n![x](https://example.org/x.png)"
    )
    table = {"kind": "table", "label": "claims", "caption": "The *claims*."}
    figure = {"kind": "figure", "label": "curve", "caption": "A curve.", "alt": "A falling curve."}
    cells = [
        new_markdown_cell(prose),
        new_code_cell("x = 1  # a comment", outputs=[output("image/svg+xml", svg, **figure)]),
        new_code_cell("y = 2", outputs=[
            output("text/markdown", claims, **table),
            output("text/html", "<table><tr><td>one<script>alert(2)</script></td></tr></table>"),
            output("application/x-unknown", "?"),
            new_output("stream", text="\x1b[31mprinted\x1b[0m\n"),
        ]),
        new_code_cell("hidden = 3", metadata={"tags": ["remove-input"]}),
    ]  # fmt: skip
    return new_notebook(cells=cells, metadata={"title": "Losses & more"})


@pytest.fixture(scope="module")
def html(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "explorer.json").write_text(json.dumps(data))
    exporter = PageExporter(explorer=str(folder / "explorer.json"))
    path = folder / "report.html"
    path.write_text(exporter.from_notebook_node(notebook())[0], encoding="utf-8")
    return path


FOREIGN = """
<table ON id="main" style="position:fixed"><caption ON>The <i ON>caption</i></caption>
<thead ON><tr ON><th ON style="text-align:right" id="explorer">head</th><th>two</th></tr></thead>
<tbody ON><tr ON><td ON colspan="2">a <span ON>b</span> <code ON>c</code> <a href="https://d.e" ping="https://f" ON>g</a>
<a href="javascript:h()" ON>i</a><img src="x.png" ON><q cite="https://j" ON>k</q><b ON>l</b></td></tr></tbody>
<tfoot ON><tr ON><td ON>m</td><td>n</td></tr></tfoot></table>
<main ON><section tabindex="0" autofocus ON>o</section></main>
<div ON>p</div><h2 ON>q</h2><pre ON>r</pre><figure ON><img src="s.png" ON><figcaption ON>t</figcaption></figure>
<ol ON type="a"><li ON>u</li></ol><dl ON><dt ON>v</dt><dd ON>w</dd></dl><details ON open><summary ON>y</summary></details>
<svg ON><a ON></a></svg><iframe src="https://z" ON></iframe><form action="https://z"><button ON>z</button></form>
"""


def test_the_html_of_an_output_brings_no_attribute_that_could_run_or_cover_anything():
    foreign = FOREIGN.replace("ON", "onclick='run()' onfocus=\"run()\" data-x=run() class=scroll")
    cell = new_code_cell("1", outputs=[output("text/html", foreign)])
    text, _ = PageExporter().from_notebook_node(new_notebook(cells=[cell]))
    shown = text.partition('<main id="main"')[2].partition("</main>")[0]
    table = shown.partition("<table")[2]
    assert "run()" not in text and text.count('id="main"') == 1 and 'id="explorer"' not in text
    # Nothing is left but what tables and links need, and what this page writes itself.
    assert set(re.findall(r"\s([\w-]+)=", table)) == {"style", "colspan", "href", "type"}
    assert set(re.findall(r"(?:style|colspan|href|type)=\"[^\"]*\"", table)) == {
        'style="text-align: right;"', 'colspan="2"', 'href="https://d.e"', 'type="a"'
    }  # fmt: skip
    for letter in "abcgiklmnopqrtuvwyz":
        assert re.search(rf"\b{letter}\b", table), letter


def test_numbers_and_links_are_those_of_the_pdf(html):
    text = html.read_text(encoding="utf-8")
    for piece in (
        "<title>Losses &amp; more</title>", 'href="#fig-curve">Figure 1</a>', 'href="#tbl-claims">Table 1</a>',
        '<a href="#eq-1.2">(1.2)</a>', 'id="eq-1.2"', '<span class="secno">1.1 </span>A section',
        'href="#ref-mikolov2013a">a study</a>', 'id="ref-mikolov2013a"', 'alt="A falling curve."',
        '<strong>Figure 1.</strong>', '<strong>Table 1.</strong>', '<mi mathvariant="bold">𝐯</mi>',
        "[output not shown: application/x-unknown]", "printed",
    ):  # fmt: skip
        assert piece in text, piece
    assert "hidden = 3" not in text and "\x1b" not in text


def test_nothing_of_a_notebook_becomes_code_of_the_page(html):
    text = html.read_text(encoding="utf-8")
    assert "<code>&lt;script&gt;</code>" in text and "<script>alert" not in text
    assert text.count("<script") == text.count("</script>") == 5  # four files and the data
    assert not re.findall(
        r'(?:src|href)="(?!#|data:image/)[^"]*"', text.replace("https://example.org/x.png", "")
    )


def test_the_same_notebook_gives_the_same_page(html, data):
    again = PageExporter(explorer=str(html.parent / "explorer.json")).from_notebook_node(notebook())[0]
    assert again == html.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(chromium, path, width=1400, colours="light"):
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: page.complaints.append(request.url[:80]))
    page.goto(path.as_uri())
    page.wait_for_selector("#explorer[data-ready]", timeout=60_000)
    page.complaints = [text for text in page.complaints if text != path.as_uri() and text[:5] != "data:"]
    return page


@pytest.fixture(scope="module")
def page(chromium, html):
    page = opened(chromium, html)
    yield page
    page.close()


@needs_browser
@pytest.mark.parametrize(
    ("width", "colours"), [(1400, "light"), (1400, "dark"), (800, "light"), (360, "dark")]
)
def test_it_opens_without_errors_requests_or_violations(chromium, html, width, colours):
    page = opened(chromium, html, width, colours)
    violations = Axe().run(page).response["violations"]
    assert not violations, json.dumps(violations, indent=1)[:3000]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    assert page.complaints == []
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"page-{width}-{colours}.png", full_page=True)
    page.close()


@needs_browser
def test_the_check_of_accessibility_finds_what_is_wrong(chromium, html):
    page = opened(chromium, html)
    page.evaluate("() => document.querySelector('figure img').removeAttribute('alt')")
    assert [found["id"] for found in Axe().run(page).response["violations"]] == ["image-alt"]
    page.close()


@needs_browser
def test_formulas_are_drawn(page):
    box = page.locator(".equation math").bounding_box()
    assert box["height"] > 25 and box["width"] > 50  # a fraction and a sum
    assert page.locator(".equation mfrac").evaluate("e => getComputedStyle(e).display") == "block math"


@needs_browser
@pytest.mark.parametrize("method", ["3CosAdd", "3CosMul"])
def test_answers_equal_those_of_python_to_the_last_bit(page, data, method):
    draws = random.Random(1)
    for n, model in enumerate(data["models"]):
        vectors = quantised_of(model)
        for _ in range(30):
            a, b, c = draws.sample(range(len(WORDS)), 3)
            of_page = page.evaluate(
                """([n, a, b, c, method]) => { const { vectors } = explorer.models[n];
                return [vectors.neighbours(a), vectors.analogy(a, b, c, method)].map(
                    (found) => found.map(({ word, score }) => [word, score])); }""",
                [n, a, b, c, method],
            )
            near, analogy = ([tuple(pair) for pair in found] for found in of_page)
            assert near == vectors.neighbours(a) and len(near) == 10
            assert analogy == vectors.analogy(a, b, c, method)


@needs_browser
def test_a_word_is_searched_for_and_its_neighbours_are_shown(page, data):
    word = page.get_by_label("Word", exact=True)
    word.fill("")
    word.press_sequentially("que")
    expect(page.locator("#completions option[value=queen]")).to_be_attached()
    word.press_sequentially("en")
    near = quantised_of(data["models"][1]).neighbours(WORDS.index("queen"))
    table = page.locator("#model-1 table")
    expect(table.locator("caption")).to_have_text("Nearest to queen")
    assert table.locator("th").all_inner_texts() == [WORDS[i] for i, _ in near]
    assert table.locator("td:last-child").all_inner_texts() == [f"{cosine:.4f}" for _, cosine in near]
    word.fill("nowhere")
    word.press("Tab")
    expect(page.locator("#message")).to_contain_text("“nowhere” is not in the map")
    table.locator("th button").first.press("Enter")
    expect(table.locator("caption")).to_have_text(f"Nearest to {WORDS[near[0][0]]}")


@needs_browser
def test_an_analogy_is_answered(page, data):
    for name, word in zip("abc", ("man", "king", "woman"), strict=True):
        page.locator(f"[name={name}]").fill(word)
    page.get_by_label("method").select_option("3CosMul")
    ids = [WORDS.index(word) for word in ("man", "king", "woman")]
    expected = [WORDS[i] for i, _ in quantised_of(data["models"][0]).analogy(*ids, "3CosMul")]
    assert page.locator("#answers table").first.locator("th").all_inner_texts() == expected
    page.locator("[name=a]").fill("nowhere")
    expect(page.locator("#analogy-message")).to_have_text("Not in the map: nowhere.")
    page.locator("[name=a]").fill("man")


PLACES = "() => explorer.maps[0].place(3)"


@needs_browser
def test_the_slider_and_the_play_button_move_the_points(page, data):
    end = page.evaluate(PLACES)
    slider = page.get_by_label("Iteration")
    slider.press("Home")
    expect(page.locator("#iteration-shown")).to_have_text("100")
    assert page.evaluate(PLACES) != end
    page.get_by_role("button", name="Play").press("Enter")
    expect(page.locator("#iteration-shown")).to_have_text("300")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert page.evaluate(PLACES) == end


@needs_browser
def test_maps_move_together_by_keys_mouse_and_wheel(page):
    canvas = page.locator("#model-0 canvas")
    canvas.focus()
    page.keyboard.press("0")
    both = "() => explorer.maps.map((map) => map.place(3))"
    start = page.evaluate(both)
    page.keyboard.press("ArrowRight")
    moved = page.evaluate(both)
    assert [m[0] - s[0] for m, s in zip(moved, start, strict=True)] == pytest.approx([-40, -40])
    for _ in range(3):
        page.keyboard.press("+")
    assert page.evaluate("() => explorer.view.zoom") == pytest.approx(1.4**3)
    box = canvas.bounding_box()
    x, y = box["x"] + 100, box["y"] + 100
    before = page.evaluate("() => explorer.maps[0].inView.length")
    page.mouse.move(x, y)
    page.mouse.wheel(0, 600)
    page.wait_for_function(f"() => explorer.maps[0].inView.length > {before}")
    page.mouse.down()
    page.mouse.move(x + 50, y + 20, steps=5)
    page.mouse.up()
    page.keyboard.press("0")
    assert page.evaluate(both) == start
    page.keyboard.press("n")
    expect(page.get_by_label("Word", exact=True)).not_to_have_value("")


@needs_browser
def test_an_area_is_selected(page):
    page.get_by_role("button", name="Select an area").click()
    box = page.locator("#model-0 canvas").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle[0] - 60, middle[1] - 60)
    page.mouse.down()
    for dx, dy in ((60, -60), (60, 60), (-60, 60)):
        page.mouse.move(middle[0] + dx, middle[1] + dy, steps=3)
    page.mouse.up()
    expect(page.locator("#listed")).to_contain_text("Words in the area")
    inside = page.evaluate("() => [...explorer.area].map((w) => explorer.maps[0].place(w))")
    assert len(inside) > 5
    width, height = box["width"] / 2, box["height"] / 2
    assert all(abs(x - width) < 62 and abs(y - height) < 62 for x, y in inside)
    page.locator("#model-0 canvas").press("Escape")
    expect(page.locator("#listed")).to_contain_text("Words in view")


@needs_browser
def test_claims_are_sorted_and_filtered(page):
    table = page.locator("#tbl-claims")
    figures = table.locator("tbody tr:visible td:nth-child(3)")
    head = table.get_by_role("button", name="figure")
    head.press("Enter")
    assert [int(text) for text in figures.all_inner_texts()] == sorted(n * 7 % 10 for n in range(10))
    head.press("Enter")
    assert figures.all_inner_texts()[0] == "9"
    head.press("Enter")
    assert figures.all_inner_texts() == [str(n * 7 % 10) for n in range(10)]
    table.get_by_label("Verdict").select_option("supported")
    table.get_by_label("With the words").fill("bad")
    expect(table.locator("[role=status]")).to_have_text("5 of 10 rows")
    assert set(table.locator("tbody tr:visible td:nth-child(4)").all_inner_texts()) == {"supported"}


@needs_browser
def test_colours_are_switched(page):
    shade = "() => getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(shade) == "rgb(255, 255, 255)"
    page.get_by_label("Colours").select_option("dark")
    assert page.evaluate(shade) == "rgb(22, 24, 27)"
    page.get_by_label("Colours").select_option("light")


@needs_browser
def test_on_a_phone_the_contents_unfold(chromium, html):
    page = opened(chromium, html, 360)
    contents = page.get_by_role("navigation")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name="Contents").press("Enter")
    expect(contents).to_be_visible()
    page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    page.close()


def test_a_notebook_leaves_its_vectors_for_the_page_only_in_a_run(tmp_path, monkeypatch):
    path = tmp_path / "explorer.json"
    store({"model": embeddings(0, 3)})
    monkeypatch.setenv("W2VLIB_EXPLORER", str(path))
    other = Embeddings(np.eye(2), Vocabulary(("x", "y"), np.array([2, 1])))
    store({"model": embeddings(0, 3), "other": other})
    assert not path.exists()  # no word in common: a page without an explorer
    store({"model": embeddings(0, 3)})
    assert json.loads(path.read_text())["words"] == list(WORDS)


def test_an_exporter_that_finds_no_data_says_so(tmp_path):
    (tmp_path / "explorer.json").write_text("{}")
    with pytest.raises(Exception, match="explorer.json does not hold data of the explorer"):
        PageExporter(explorer=str(tmp_path / "explorer.json")).from_notebook_node(notebook())


OF_PAGES = [
    new_output(
        "display_data",
        data={
            "text/html": "<p onclick='f()'>QHTMLP<a href='javascript:f()'>c</a></p>",
            "text/plain": "<HTML>",
        },
    ),
    output("text/html", "<ul><li>QITEM</li></ul>"),
    new_output("display_data", data={"application/javascript": "QSCRIPT", "text/plain": "QPLAIN"}),
]


def test_outputs_of_every_kind_are_shown_or_named(capsys):
    content = io.BytesIO()
    Image.new("L", (1, 1)).save(content, "PNG")
    encoded = base64.b64encode(content.getvalue()).decode()
    picture = output("image/png", encoded + "\n")
    cells = [
        new_code_cell(
            "1",
            outputs=[
                picture,
                output("text/latex", "$x$"),
                output("text/html", "<script>x</script>"),
                *OF_PAGES,
            ],
        ),
        new_code_cell(
            "2", outputs=[output("text/plain", "plain"), new_output("error", ename="E", evalue="why")]
        ),
        nbformat.v4.new_raw_cell("raw text"),
        new_markdown_cell("[a](other.ipynb) $\\unknownmacro{x}$"),
    ]
    text = PageExporter().from_notebook_node(new_notebook(cells=cells))[0]
    for piece in (
        f'src="data:image/png;base64,{encoded}"', "<mi>x</mi>", "[output not shown: text/html]", "plain",
        "E: why", "raw text", "<code>other.ipynb</code>", "$\\unknownmacro{x}$</span>",
    ):  # fmt: skip
        assert piece in text, piece
    assert 'id="explorer"' not in text
    for piece in ("<p>QHTMLP", "<li>QITEM</li>", "QPLAIN"):
        assert piece in text
    assert "QSCRIPT" not in text and "onclick='" not in text and 'href="javascript' not in text
    said = "Notebook.ipynb, cell 1: "
    assert capsys.readouterr().err.splitlines() == [
        f"{said}a script, which a page cannot run",
        f"{said}a script, which a page cannot run",
    ]


def test_sections_of_the_appendix_have_letters():
    def cell(text, notebook):
        return new_markdown_cell(text, metadata={METADATA_KEY: {"notebook": notebook, "cell": 1}})

    cells = [
        cell("# Losses", "01_losses"),
        cell("# Tables", "appendix"),
        cell("## More", "01_losses"),
        cell("# Code", "provenance"),
    ]
    page, _ = PageExporter().from_notebook_node(new_notebook(cells=cells))
    assert re.findall(r'<span class="secno">([^<]*)</span>', page.split("<main")[-1]) == [
        "1 ",
        "A ",
        "A.1 ",
        "B ",
    ]


def test_letters_of_many_sections_are_those_of_typst():
    text = "\n\n".join(f"# h{n}" for n in range(1, 704))
    cells = [new_markdown_cell(text, metadata={METADATA_KEY: {"notebook": "appendix", "cell": 1}})]
    page, _ = PageExporter().from_notebook_node(new_notebook(cells=cells))
    found = re.findall(r'<span class="secno">([^<]*) </span>', page.split("<main")[-1])
    assert [found[n - 1] for n in (1, 26, 27, 52, 53, 702, 703)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_html_of_an_output_has_no_sections_no_pictures_and_no_frames(capsys):
    html = (
        "<h1>Head</h1><iframe src='/etc/passwd'></iframe><p>a $x$ <img src='/etc/passwd' alt='king'></p>"
        "<main><table><tr><td onclick='f()'>b</td></tr></table></main><p hidden>QHIDDEN</p>"
    )
    page, _ = PageExporter().from_notebook_node(
        new_notebook(
            cells=[new_markdown_cell("# One"), new_code_cell("1", outputs=[output("text/html", html)])]
        )
    )
    text = page.split("<main")[-1]
    assert re.findall(r'<span class="secno">([^<]*)</span>', text) == ["1 "]
    for piece in (
        "<strong>Head</strong>",
        '<math display="inline"',
        "<td>b</td>",
        "[picture /etc/passwd, not shown: king]",
    ):
        assert piece in text
    assert "QHIDDEN" not in text and "<iframe" not in text and "root:" not in text
    said = capsys.readouterr().err
    assert "cell 2: the iframe /etc/passwd, which a page cannot show" in said
    assert "cell 2: the picture /etc/passwd: it is part of HTML" in said


def test_lists_without_ends_take_the_page_no_time():
    begin = time.monotonic()
    page, _ = PageExporter().from_notebook_node(
        new_notebook(cells=[new_code_cell("1", outputs=[output("text/html", "<ul><li>" * 300 + "king")])])
    )
    assert "king" in page and time.monotonic() - begin < 30  # minutes
