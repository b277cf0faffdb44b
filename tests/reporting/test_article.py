"""What an article in ReScience C needs: metadata, references, checklists."""

import re
import tomllib

import nbformat
import pytest
import yaml

from w2vlib import W2VError
from w2vlib.experiments.confirmation import TEXTS, read_two_texts
from w2vlib.experiments.record import path_of
from w2vlib.reporting.findings import article, checklists
from w2vlib.reporting.pdf_exporter import _plain
from w2vlib.utils.files import project_root

REPORT = project_root() / "report"
CONFIG = tomllib.loads((REPORT / "report.toml").read_text(encoding="utf-8"))
METADATA = yaml.safe_load((REPORT / "metadata.yaml").read_text(encoding="utf-8"))
BIBLIOGRAPHY = (REPORT / "refs.bib").read_text(encoding="utf-8")
KEYS = re.findall(r"^@\w+\{(\w+),", BIBLIOGRAPHY, re.MULTILINE)


def sources(name):
    notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_metadata_agree_with_the_report():
    assert METADATA["title"] == CONFIG["title"] and METADATA["title"].startswith("[Re] ")
    assert [author["name"] for author in METADATA["authors"]] == CONFIG["authors"]
    assert METADATA["keywords"].split(", ") == CONFIG["keywords"]
    assert (METADATA["type"], METADATA["language"]) == ("Replication", "Python")
    assert {"bib": "skipgram2026"} in METADATA["replication"] and "skipgram2026" in KEYS
    assert (REPORT / METADATA["bibliography"]).is_file()
    fields = {
        "affiliations",
        "code",
        "data",
        "domain",
        "review",
        "contributors",
        "dates",
        "article",
        "journal",
    }
    assert fields <= set(METADATA)


def test_the_abstract_of_the_metadata_is_the_one_of_the_first_page():
    both = [read_two_texts(chapter) for chapter in TEXTS]
    assert METADATA["abstract"] == _plain(article.abstract(*both).text)
    assert 100 <= len(METADATA["abstract"].split()) <= 200


def test_records_of_both_chapters_are_part_of_the_project():
    assert all(path_of(chapter, name).is_file() for chapter, names in TEXTS.items() for name in names)


def test_every_reference_is_cited_and_every_citation_has_a_reference():
    cells = [source for name in CONFIG["notebooks"] for source in sources(name)]
    cited = {key for source in cells for key in re.findall(r"\(#ref-(\w+)\)", source)}
    cited |= {checklist["reference"] for checklist in checklists.read_checklists()}
    assert cited == set(KEYS) and len(KEYS) == len(set(KEYS))


# Checklists


def test_what_the_checklists_point_to_exists():
    texts = [item["where"] for checklist in checklists.read_checklists() for item in checklist["items"]]
    paths = [path for text in texts for path in re.findall(r"`([^`]+)`", text) if not path.startswith("w2v ")]
    assert len(paths) > 10
    assert not [path for path in paths if not (project_root() / path).exists()]
    notebooks = {name for text in texts for name in re.findall(r"\]\(([\w.]+)\)", text)}
    assert notebooks <= {f"{name}.ipynb" for name in CONFIG["notebooks"]}


def test_answers_are_counted():
    items = [{"item": "i", "answer": answer, "where": "w"} for answer in (*checklists.ANSWERS, "yes")]
    text = checklists.checklists_summary([{"name": "A", "reference": "a", "items": items}]).text
    assert text == "[A](#ref-a): 2 of 6 items are answered yes, 1 partly, 1 no, 1 not applicable, 1 open."


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ('{ item = "i", answer = "yes" }', "An item of A in .* needs item, answer and where"),
        ('{ item = "i", answer = "yes", where = "" }', "needs item, answer and where"),
        ('{ item = "i", answer = "maybe", where = "w" }', "“i” is answered 'maybe'; give yes, partly, no"),
    ],
)
def test_a_checklist_that_is_not_complete(tmp_path, item, message):
    path = tmp_path / "checklists.toml"
    path.write_text(f'[[checklists]]\nname = "A"\nreference = "a"\nitems = [{item}]\n', encoding="utf-8")
    with pytest.raises(W2VError, match=message):
        checklists.read_checklists(path)


@pytest.mark.parametrize(
    "rest", ['reference = "a"\nitems = ["a"]', "items = []", "reference = 5\nitems = []", "items = 5"]
)
def test_what_is_no_checklist(tmp_path, rest):
    path = tmp_path / "checklists.toml"
    path.write_text(f'[[checklists]]\nname = "A"\n{rest}\n', encoding="utf-8")
    with pytest.raises(W2VError, match="checklists.toml"):
        checklists.read_checklists(path)
