"""The report is accessible: what PDF/A-3a and PDF/UA-1 ask of tags, their order, and alternatives."""

# veraPDF, the usual validator, is in no package of PyPI, and needs Java: these tests read the file with pikepdf.

import re
import tomllib

import pikepdf
import pytest
from report_runs import NOTEBOOKS

from w2vlib.reporting.typesetting import typeset
from w2vlib.utils.files import project_root

TITLE = tomllib.loads((project_root() / "report" / "report.toml").read_text(encoding="utf-8"))["title"]
_PAINTS = {
    "Tj", "TJ", "'", '"', "Do", "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "BI", "INLINE IMAGE",
}  # fmt: skip


@pytest.fixture(scope="module")
def pdf(built):
    with pikepdf.open(built / "report.pdf") as opened:
        yield opened


@pytest.fixture(scope="module")
def elements(pdf):
    """All structure elements in reading order, each with its depth."""
    return list(walk(pdf.Root.StructTreeRoot.K, 0))


def walk(kids, depth):
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid, depth
            yield from walk(kid.get("/K", pikepdf.Array()), depth + 1)


def of(elements, *kinds):
    return [element for element, _ in elements if str(element.S) in kinds]


def kids(element):
    return [
        str(kid.S) for kid, _ in walk(element.get("/K", pikepdf.Array()), 0) if kid.P.objgen == element.objgen
    ]


def jumps(levels):
    """Headings that are more than one level below the one before."""
    return [(one, other) for one, other in zip([0, *levels], levels, strict=False) if other > one + 1]


def untagged(page):
    """Operators that paint outside marked content."""
    depth, found = 0, []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BMC", "BDC"):
            depth += (
                str(operands[0]) == "/Artifact" or (len(operands) > 1 and "/MCID" in operands[1]) or depth > 0
            )
        elif name == "EMC":
            depth = max(0, depth - 1)
        elif name in _PAINTS and not depth:
            found.append(name)
    return found


def test_the_file_says_what_it_is(pdf):
    root = pdf.Root
    assert str(root.Lang) == "en-GB" and root.MarkInfo.Marked and not root.MarkInfo.Suspects
    assert root.ViewerPreferences.DisplayDocTitle
    assert str(root.OutputIntents[0].S) == "/GTS_PDFA1" and "/DestOutputProfile" in root.OutputIntents[0]
    assert not pdf.is_encrypted and "/JavaScript" not in root.Names and "/OpenAction" not in root
    with pdf.open_metadata(set_pikepdf_as_editor=False) as xmp:
        assert (xmp["pdfaid:part"], xmp["pdfaid:conformance"]) == ("3", "A")
        assert xmp["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert xmp["dc:title"] == TITLE == str(pdf.docinfo.Title)
        assert "dc:description" in xmp and "dc:creator" in xmp and xmp["dc:language"] == {"en-GB"}


def test_headings_do_not_jump_and_are_the_bookmarks(pdf, elements):
    headings = of(elements, *(f"/H{n}" for n in range(1, 7)))
    levels = [int(str(heading.S)[2:]) for heading in headings]
    assert levels[0] == 1 and jumps(levels) == [] and levels.count(1) > len(NOTEBOOKS)
    assert jumps([1, 3, 2]) == [(1, 3)]

    def depths(items, depth=1):
        for item in items:
            yield depth
            yield from depths(item.children, depth + 1)

    with pdf.open_outline() as outline:
        assert [*depths(outline.root)] == levels


def test_figures_and_formulas_have_alternatives(elements):
    figures, formulas = of(elements, "/Figure"), of(elements, "/Formula")
    assert len(figures) > 6 and len(formulas) > 100
    assert all(str(element.get("/Alt", "")).strip() for element in figures + formulas)
    assert all("/BBox" in attributes(figure) for figure in figures)
    assert not any(re.fullmatch(r"(?i)(figure|image|picture)\W*", str(figure.Alt)) for figure in figures)


def attributes(element):
    given = element.get("/A", pikepdf.Dictionary())
    merged = {}
    for each in given if isinstance(given, pikepdf.Array) else [given]:
        merged |= dict(each.items())
    return merged


def test_tables_have_heads_with_a_scope_and_even_rows(elements):
    tables = of(elements, "/Table")
    assert len(tables) > 20
    for table in tables:
        assert {"/THead", "/TBody"} <= set(kids(table))
        rows = [kids(row) for row, _ in walk(table.K, 0) if str(row.S) == "/TR"]
        assert len(rows) > 1 and set(rows[0]) == {"/TH"} and len(set(map(len, rows))) == 1
    assert all(str(attributes(head).get("/Scope")) in ("/Column", "/Row") for head in of(elements, "/TH"))


def test_lists_and_contents_are_lists(elements):
    lists = of(elements, "/L")
    assert lists and all(set(kids(each)) <= {"/LI", "/Caption"} for each in lists)
    assert all(kids(item)[-1:] == ["/LBody"] for item in of(elements, "/LI"))
    assert all("/TOCI" in kids(toc) or "/TOC" in kids(toc) for toc in of(elements, "/TOC"))
    assert len(of(elements, "/TOCI")) > 40 and len(of(elements, "/BibEntry")) > 20


def test_nothing_is_painted_outside_the_tags(pdf):
    for page in pdf.pages:
        assert untagged(page) == [] and str(page.obj.Tabs) == "/S"
    plain = pikepdf.new()
    plain.add_blank_page()
    plain.pages[0].contents_add(b"/P <</MCID 0>> BDC BT (a) Tj ET EMC BT (b) Tj ET")
    assert untagged(plain.pages[0]) == ["Tj"]


def test_links_are_in_the_tags_and_say_where_they_lead(pdf):
    links = [link for page in pdf.pages for link in page.obj.get("/Annots", []) if link.Subtype == "/Link"]
    assert len(links) > 100
    assert all("/StructParent" in link and str(link.get("/Contents", "")).strip() for link in links)


def test_fonts_are_embedded_and_can_be_read(pdf):
    fonts = [
        each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
    ]
    assert fonts and all("/ToUnicode" in font for font in fonts if font.Subtype == "/Type0")
    for font in fonts:
        inner = font.DescendantFonts[0] if font.Subtype == "/Type0" else font
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys()), font.BaseFont


def test_attachments_say_what_they_are(pdf):
    files = list(pdf.Root.AF)
    assert [str(file.UF) for file in files] == [f"{name}.ipynb" for name in NOTEBOOKS]
    for file in files:
        assert str(file.AFRelationship) == "/Source" and str(file.Desc).strip()
        assert str(file.EF.F.Subtype) == "/application/x-ipynb+json"


def test_a_picture_without_an_alternative_is_refused(tmp_path):
    import datetime

    from w2vlib import W2VError

    (tmp_path / "main.typ").write_text('#set document(title: "T")\n#figure(rect(), caption: [c])\n#$x$')
    with pytest.raises(W2VError, match="alt"):
        typeset(tmp_path, datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
