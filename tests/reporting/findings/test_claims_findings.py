import datetime

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pdf_text import texts_of

from w2vlib.experiments import verdicts
from w2vlib.experiments.claims import Claim
from w2vlib.experiments.confirmation import TwoTexts
from w2vlib.experiments.record import Record
from w2vlib.reporting import display
from w2vlib.reporting.findings import claim_phrases, claims_on_texts
from w2vlib.reporting.findings import claims as findings
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.text.corpus import from_sentences
from w2vlib.utils.resampling import Sample

NAMES = ("U1", "U2", "U3", "U4", "U5", "N1")
PROVENANCE = {
    "text": {"name": "ptb", "sha256": "a" * 64}, "seeds": [0, 1, 2], "command": "w2v evidence --corpus ptb",
    "code": {"commit": "abc", "source_sha256": "b" * 64}, "conditions_sha256": "c" * 64,
}  # fmt: skip


def sample(*values):
    return Sample(np.array(values, float)[:, None], ("figure",))


def decided(**changes):
    """Verdicts: supported, not, inconclusive, not tested (its premise is U2), not applicable, supported."""
    claims = [
        Claim(name, "It is so", "t", "figure", low=0.5, premise="U2" * (name == "U4")) for name in NAMES
    ]
    fact = Claim("N2", "It follows", "t", "types", digits=0)
    samples = {"U1": sample(1, 1, 1), "U2": sample(0, 0, 0), "U3": sample(0, 1, 0.4), "U4": sample(1, 1, 1)}
    samples |= {"U5": None, "N1": sample(1, 1, 1), "N2": sample(7, 7)}
    return verdicts.decide([*claims, fact], samples | changes)


def test_summary_of_the_text_at_hand_is_not_on_the_first_page():
    texts = [findings.summary(decided(), "results", "here", on_first_page=first) for first in (True, False)]
    assert [type(text) for text in texts] == [display.Headline, display.Paragraph]
    assert texts[0].text == texts[1].text


def test_summary():
    text = findings.summary(decided(), "results", "here").text
    assert "Of 6 tests of results here, 2 support their claims and 1 does not." in text
    assert "1 is inconclusive, 1 is not tested because its premise is not supported, and 1 is not app" in text
    text = findings.summary(
        decided(U2=sample(1, 1, 1), U3=sample(1, 1, 1), U1=sample(0, 0, 0)), "results", "here"
    ).text
    assert "4 support their claims and 1 does not. 0 are inconclusive, 0 are not tested because their" in text
    assert (
        "Of 1 test of results here, 1 supports its claim and 0 do not"
        in findings.summary(decided()[:1], "results", "here").text
    )


def test_tables():
    results = decided()
    table = findings.tests_table(results, "claims", "here")
    assert (
        table.frame["id"].tolist() == list(NAMES)
        and "The 6 tests of the published claims here" in table.caption
    )
    assert findings.facts_table(results, "facts", "here").frame["figure"].tolist() == ["7"]
    assert findings.facts_table(results[:-1], "facts", "here") is None
    assert "The 1 test of" in findings.caption(results[:1], "here")


def test_where():
    assert findings.on(from_sentences([["a"]], name="bundled")) == "on the bundled corpus"
    assert findings.on_recorded(Record(PROVENANCE, {}, {}, {})) == "on the Penn Treebank (`ptb`; recorded)"
    other = Record({"text": {"name": "nltk:brown"}}, {}, {}, {})
    assert findings.on_recorded(other) == "on the corpus `nltk:brown` (recorded)"


def test_recorded_says_how_to_make_it_again():
    text = findings.recorded(Record(PROVENANCE, {}, {}, {})).text
    assert "with 3 seeds" in text and "`w2v evidence --corpus ptb` makes them again" in text
    assert all(letter * 12 + "…" in text for letter in "abc")


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ([0.9, 0.8], "1 of 1 figures meets its condition."),
        ([0.1, 0.2], "0 of 1 figures meet their condition; not so O1."),
        ([], "0 of 0 figures meet their condition."),
    ],
)
def test_controls_summary(figures, words):
    claim = Claim("O1", "Close", "t", "closeness", low=0.5, control="structure")
    record = Record(PROVENANCE, {}, {"structure": {"O1": figures}}, {})
    assert words in findings.controls_summary(verdicts.decide([claim], {"O1": None}), record).text


def test_the_control_of_an_absence_is_named():
    claim = Claim("O1", "Apart", "t", "closeness", low=0.4, high=0.6, control="no structure")
    record = Record(PROVENANCE, {}, {"no structure": {"O1": [0.5]}}, {})
    text = findings.controls_summary(verdicts.decide([claim], {"O1": None}), record).text
    assert "(for O1, an absence: in random vectors), 1 of 1 figures meets its condition." in text


@pytest.mark.parametrize(
    ("values", "words"), [([0.5, 0.6, 0.4], ["1 test. By", "O1 0."]), ([0.9, 0.91, 0.9], ["0 tests."])]
)
def test_undecided(values, words):
    claim = Claim("O1", "Close", "t", "closeness", low=0.5)
    results = verdicts.decide([claim], {"O1": Sample(np.array(values)[:, None], ("a",))})
    assert all(each in findings.undecided(results).text for each in words)


def test_controls_table():
    claims = [
        Claim("O1", "Close", "t", "closeness", low=0.5),
        Claim("O2", "Apart", "t", "closeness", low=0.36, high=0.64),
        Claim("R1", "Loss", "t", "loss", high=9),
    ]
    samples = {"O1": sample(0.8, 0.9, 0.85), "O2": sample(0.5, 0.51, 0.49), "R1": sample(8, 8, 8)}
    controls = {"structure": {"O1": [0.99], "O2": [0.98]}, "no structure": {"O1": [0.5]}}
    table = findings.controls_table(
        verdicts.decide(claims, samples), Record(PROVENANCE, {}, controls, {}), "c"
    )
    assert table.frame["id"].tolist() == ["O1", "O2"]  # the loss has no control
    assert table.frame.iloc[0].tolist()[2:5] == ["0.85", "0.99", "0.50"]
    assert table.frame.iloc[1].tolist()[4:] == ["—", "power 1.00"]


def both(explored, confirming):
    return TwoTexts.of_results(explored, confirming, ("ptb", "nltk:brown"))


def test_confirmed():
    explored = decided()
    text = claims_on_texts.confirmed(both(explored, decided())).text
    assert "the same for 3 of the 3 claims" in text and "opposite" not in text
    turned = decided(U1=sample(0, 0, 0), U2=sample(1, 1, 1), N1=None)
    text = claims_on_texts.confirmed(both(explored, turned)).text
    assert "the same for 0 of the 2 claims" in text and text.endswith("It is the opposite for U1, U2.")


def test_texts_side_by_side():
    results = decided()
    text = from_sentences([["a"]], name="my text")
    by_text = claims_on_texts.by_text(both(results, results), results[:], text)
    assert list(by_text) == ["ptb", "nltk:brown", "my text"]
    table = claims_on_texts.confirmation(by_text, "verdicts")
    assert list(table.frame.columns) == ["id", "claim", "supported if", "ptb", "brown", "`my text`"]
    shown = [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in table.frame["ptb"]]
    assert shown[4] == "not applicable" and shown[0].endswith(" supported") and " ± " in shown[0]
    assert len(shown) == 6
    brown = from_sentences([["a"]], name="nltk:brown")
    assert list(claims_on_texts.by_text(both(results, results), results, brown)) == ["ptb", "nltk:brown"]


def test_claims_that_share_a_condition_are_drawn_on_every_text():
    def results(value):
        claims = [Claim(f"O{n}", f"Pair {n}", "t", "m", low=0.71, scale="proportion") for n in range(3)]
        claims += [Claim("R1", "The loss", "t", "m", high=9), Claim("N1", "Fact", "t", "m")]
        values = {"O0": value, "O1": 0.9, "R1": 8.0, "N1": 1.0}
        return verdicts.decide(
            claims,
            {c.id: c.id in values and sample(*values[c.id] + np.arange(3) / 50) or None for c in claims},
        )

    figure = claims_on_texts.forest({"ptb": results(0.5), "nltk:brown": results(0.6)}, "forest")
    (axes,) = figure.figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["O0 Pair 0", "O1 Pair 1", "O2 Pair 2"]
    assert axes.get_title() == "supported if > 0.71" and "3 claims on ptb, brown" in figure.alt
    dots = [container.lines[0].get_xdata() for container in axes.containers]
    np.testing.assert_allclose([dots[0][0], dots[1][0], dots[0][1]], [0.52, 0.62, 0.92])
    assert np.isnan(dots[0][2])  # not applicable
    assert axes.patches[0].get_x() == 0.71  # the range in which a claim is supported
    assert claims_on_texts.forest({"ptb": results(0.5)[:2]}, "forest") is None


def test_conditions():
    day = datetime.date(2026, 11, 26)
    claims = [
        Claim(f"R{n}", "It is so", "t", "f", low=0, date=day, known="All." if n else "Nothing.")
        for n in range(3)
    ]
    results = verdicts.decide(claims, dict.fromkeys(("R0", "R1", "R2")))

    def said(results):
        record = Record(PROVENANCE, {}, {}, {})
        both = TwoTexts.of_results(results, results, ("ptb", "nltk:brown"), (record, record))
        return findings.conditions(both).text

    text = said(results)
    assert "2026-11-26 (R0): Nothing. 2026-11-26 (all claims but R0): All." in text and "c" * 12 in text
    assert (
        "On the Brown corpus, which alone can confirm conditions that were set later, R0 is not applicable. They"
        in text
    )
    alone = said(results[1:])
    assert "2026-11-26 (R1, R2): All. They are frozen" in alone


@pytest.mark.parametrize(
    "name", ["a<b>.txt", "a|b", "[x](y)", "*a*", "$x$", "`x`", "&lt;", "_a_", "~~a~~", r"\alpha"]
)
def test_the_name_of_a_text_is_shown_as_it_is(name):
    results = decided()
    text = from_sentences([["a"]], name=name)
    by_text = claims_on_texts.by_text(both(results, results), results[:], text)
    data, metadata = claims_on_texts.confirmation(by_text, "verdicts").output()
    cells = [new_code_cell("show()", outputs=[new_output("display_data", data=data, metadata=metadata)])]
    cells.append(new_markdown_cell(f"On {claim_phrases.name_in_words(name)} too."))
    pdf, _ = ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
    printed = "".join(texts_of(pdf))
    assert printed.count(name) == 2, printed


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("raw:ptb", ["ptb", "`nltk:brown`", "raw:ptb"]),
        ("raw:brown", ["ptb", "`nltk:brown`", "raw:brown"]),
        ("notes:", ["ptb", "`nltk:brown`", "`notes:`"]),
        ("a...b", ["ptb", "brown", "`a...b`"]),
    ],
)
def test_no_two_texts_have_the_same_name_in_a_table(name, heads):
    results = decided()
    text = from_sentences([["a"]], name=name)
    by_text = claims_on_texts.by_text(both(results, results), results[:], text)
    columns = list(claims_on_texts.confirmation(by_text, "verdicts").frame.columns[3:])
    assert [column.strip("`") for column in columns] == [head.strip("`") for head in heads]
    assert len({*columns}) == 3 and ("..." not in name or columns[-1] == heads[-1])
