"""Any text of 200 sentences gives a report, whatever it lacks.

To be quick the notebooks that read the text are run in this process, the others are headings; the
whole pipeline meets such a text in `test_build`.
"""

import ast
import random
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure as MatplotlibFigure
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from pdf_text import texts_of

from w2vlib import Embeddings, W2VError
from w2vlib.evaluation import (
    geometry,
    neighbour_stability,
    neighbours,
    number_probing,
    number_vectors,
    score_tables,
    vector_spread,
)
from w2vlib.preprocessing import number_schemes
from w2vlib.preprocessing import subword_tokenizers as pre
from w2vlib.replication import subsampling
from w2vlib.replication.settings import PUBLISHED
from w2vlib.reporting import display, plots
from w2vlib.reporting.pdf_exporter import ReportExporter
from w2vlib.text import numerals
from w2vlib.text.corpus import from_sentences
from w2vlib.text.vocabulary import encode
from w2vlib.utils import markdown
from w2vlib.utils.files import project_root

NOTEBOOKS = ("03_training", "04_word_vectors", "05_preprocessing")
TINY = {
    "iterations": 20, "halving_interval": 10, "n_seeds": 1, "n_variant_seeds": 1, "draws": 20, "dim": 4, "one_in": 1,
    "n_pieces": 50, "n_neighbours": 3, "progress": False,
}  # fmt: skip
ODD = (
    "<pad> <unk>x <UNK> UNK $ $$ $x$ \\alpha \\ | ` `` ``` * _ # [ ] ]( ![ ( ) < > & &amp; ~ ^ % @fig #fig-x --- "
    "... ' \" <!-- --> <b> </b> { } {=html} ::: ! 1. - + N <minus> ## ##a ▁ ▁a <5> \x01 \x1b"
).split(" ")
SCRIPTS = (
    "中 文 日本語 한국어 ελληνικά русский İstanbul ß ﬁ עִבְרִית العربية हिन्दी ກຳ 👍🏽 e\u0301 q\u0301\u0302 \u200d "
    "\ufffd \u202eabc \ufe0f x²"
).split(" ")


def drawn(words, seed, shortest=2, longest=9):
    """200 sentences of words drawn by Zipf's law."""
    rng = random.Random(seed)
    weights = [1 / (i + 1) for i in range(len(words))]
    return [rng.choices(words, weights, k=rng.randint(shortest, longest)) for _ in range(200)]


TEXTS = {
    "Zipf, 60 types, no numbers": drawn([f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(60)], 1),
    "numbers alone": drawn(
        "1 2 3 1999 1,500 3.5 20th 1980s 3/4 10:30 -4 0 5% $5".split()
        + [str(k) for k in range(30, 60)]
        + ["9" * 300 + "tn"],
        2,
    ),
    "one type and few others": [["the"] * 5] * 190 + [["the", "cat", "sat"], ["a", "dog", "the"]] * 5,
    "two words and two numbers": [["a", "b"]] * 198 + [["a", "3", "b"], ["5", "7"]],
    "once-words": [[f"x{i}{chr(97 + j)}" for j in range(6)] for i in range(200)],
    "scripts and odd tokens": [["\x01", "\x1b", "\b", "king"]] * 9
    + [["queen", "x" * 100_000]]
    + drawn([*ODD, *SCRIPTS, "queen"], 4),
}


def executed(name, parameters, monkeypatch, formats=None):
    """Run the code cells of a notebook in this process; its cells as the report takes them.

    Of the formats of figures (all of them by default) the report prints SVG.
    """
    notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
    namespace, outputs, cells = {"__name__": "__main__"}, [], []
    if formats is not None:
        save = MatplotlibFigure.savefig
        monkeypatch.setattr(
            MatplotlibFigure, "savefig",
            lambda self, *args, format, **options: format in formats and save(self, *args, format=format, **options),
        )  # fmt: skip

    def show(data, metadata=None, raw=False):
        outputs.append(new_output("display_data", data=data, metadata=metadata or {}))

    monkeypatch.setattr(display, "display", show)
    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            body = ast.parse(cell.source).body
            last = body.pop().value if isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), f"{name}, cell {number}", "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last), f"{name}, cell {number}", "eval"), namespace)
                if value is not None:
                    outputs.append(new_output("execute_result", data={"text/plain": repr(value)}))
            cell.outputs, outputs[:] = list(outputs), []
        if "parameters" in tags:
            namespace.update({key: value for key, value in parameters.items() if key in namespace})
        else:
            cell.metadata = {"tags": tags, display.METADATA_KEY: {"notebook": name, "cell": number}}
            cells.append(cell)
    return cells


def headings(*names):
    """Cells that stand for notebooks, since others refer to them."""
    records = [{display.METADATA_KEY: {"notebook": name, "cell": 1}} for name in names]
    return [
        new_markdown_cell(f"# {name}", metadata=record) for name, record in zip(names, records, strict=True)
    ]


FEW = ("numbers alone", "two words and two numbers", "scripts and odd tokens")  # the others are between these


@pytest.mark.parametrize(
    "kind", [kind if kind in FEW else pytest.param(kind, marks=pytest.mark.nightly) for kind in TEXTS]
)
def test_any_text_gives_a_report(kind, tmp_path, monkeypatch):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(map(" ".join, TEXTS[kind])), encoding="utf-8")
    cells = headings("01_derivations", "02_gradient_checks")
    for name in NOTEBOOKS:
        cells += executed(name, {**TINY, "corpus": str(path)}, monkeypatch, formats=("svg",))
    pdf, _ = ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
    text = "\n".join(texts_of(pdf))
    prose = text.replace("min(", "")
    for folder in (tmp_path, project_root(), Path.home()):
        assert f"{folder}/" not in text.replace("\n", "")
    for wrong in (r"(?i)\bnan\b", r"(?i)\binf\b", "Traceback", "Warning", r"[-−]0\.0*(?!\d)", r"\bNone\b %"):
        found = re.search(wrong, prose)
        assert found is None, prose[max(0, found.start() - 200) : found.end() + 50]
    records = [
        output.metadata.get(display.METADATA_KEY, {}) for cell in cells for output in cell.get("outputs", [])
    ]
    labels = Counter(
        {"figure": "fig-", "table": "tbl-"}[record["kind"]] + record["label"]
        for record in records
        if record.get("kind") in ("figure", "table")
    )
    assert max(labels.values()) == 1
    assert {"fig-checkpoints", "fig-maps", "tbl-groups", "tbl-claims", "fig-magnitudes", "tbl-types"} <= set(
        labels
    )
    assert {"tbl-quality", "fig-against", "tbl-heldout", "tbl-numeracy", "fig-numberline"} <= set(labels)
    written = [cell.source for cell in cells if cell.cell_type == "markdown"]
    written += [
        str(output.get("data", {}).get("text/markdown")) for c in cells for output in c.get("outputs", [])
    ]
    assert set(re.findall(r"\]\(#((?:fig|tbl)-[\w-]+)\)", "\n".join(written))) <= set(labels)
    tables = [o for c in cells for o in c.get("outputs", []) if "inconclusive" in str(o.get("data", ""))]
    assert len(tables) >= 2


def test_any_characters_are_shown_in_figures(tmp_path, monkeypatch):
    odd = [
        "中",
        "\x01",
        "\ufeff",
        "\ufe0f",
        "\u200d",
        "$x$",
        "\\frac",
        "_^{",
        "👍🏽",
        "हिन्दी",
        "العربية",
        "king",
    ]
    path = tmp_path / "text.txt"
    sentences = drawn(odd, 5)
    path.write_text("\n".join(map(" ".join, [["first"], *sentences])), encoding="utf-8")
    groups = {"$group$": odd[:5], "\\_^{": odd[6:-1], "\x1b\ufeff": ["king", "$x$"]}
    cells = headings("01_derivations", "02_gradient_checks", "03_training", "05_preprocessing")
    cells += executed("04_word_vectors", {**TINY, "corpus": str(path), "words": groups}, monkeypatch)
    pdf, _ = ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
    text = "\n".join(texts_of(pdf))
    figures = [
        output.data["image/svg+xml"]
        for c in cells
        for output in c.get("outputs", [])
        if "image/svg+xml" in output.data
    ]
    assert figures and "$group$" in text
    for figure in figures:
        ElementTree.fromstring(figure)


TOKENS = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "the",
        "king",
        "5",
        "1,500",
        "3/0",
        "0",
        "-2",
        "1999",
        "%",
        "$",
        "|",
        "`",
        "<unk>",
        "中",
        "9tn",
    ]
)
SENTENCES = st.lists(st.lists(TOKENS, min_size=1, max_size=6), min_size=1, max_size=30)


def shown(frame):
    """Markdown of the frame, in which no number is NaN."""
    text = display.Table(frame, "t", "c").output()[0]["text/markdown"]
    assert not re.search(r"(?i)\bnan\b|\binf\b|-0\.0*(?!\d)", text) and len(text.splitlines()) >= 3
    return text


@given(SENTENCES)
@settings(max_examples=60, deadline=None)
def test_tables_of_a_text_are_made_for_any_text(sentences):
    found = numerals.numerals(sentences)
    shown(number_schemes.number_types_table(found))
    shown(number_schemes.number_schemes_table(number_schemes.count_numbers(sentences)))
    cut = len(sentences) * 9 // 10
    seen, new = sentences[:cut], sentences[cut:]
    schemes = {kind: pre.train_subwords(seen, kind, pre.fewest_pieces(seen)) for kind in ("bpe", "wordpiece")}
    known = {kind: {t for of in pre.pieces_of(scheme, seen) for t in of} for kind, scheme in schemes.items()}
    shown(pre.pieces_table([t for s in new for t in s], {t for s in seen for t in s}, schemes, known))
    numbers = number_vectors.frequent_numbers(sentences, 1)
    for vectors in (*number_vectors.baselines(numbers, 3).values(), np.ones((len(numbers.tokens), 3))):
        for name, figure in number_probing.probes(vectors, numbers).items():
            assert np.isfinite(figure) or np.isnan(figure), name
        line = number_probing.number_line(vectors, numbers)
        assert plots.predicted_magnitudes({"keep": line} if line else {}) is not None
    asked = PUBLISHED.replace(python_seed=1)
    corpus = from_sentences(sentences)
    if any(len({token.lower() for token in sentence}) > 1 for sentence in sentences):
        threshold = subsampling.threshold_for(corpus, asked)
        assert subsampling.subsampled_text(corpus, asked.replace(subsample=threshold))[0].size > 1
    else:
        with pytest.raises(W2VError, match="no sentence has two different words"):
            subsampling.threshold_for(corpus, asked)


@given(SENTENCES, st.sampled_from(["random", "equal", "zero"]))
@settings(max_examples=30, deadline=None)
def test_tables_of_vectors_are_made_for_any_vocabulary(sentences, kind):
    vocab = encode([*sentences, ["a", "queen"]])[0]
    make = {"random": np.random.default_rng(0).standard_normal, "equal": np.ones, "zero": np.zeros}[kind]
    several = [Embeddings(make((len(vocab), 3)), vocab)] * 2
    groups, _ = geometry.figure_groups(vocab)
    shown(geometry.groups_over_seeds(several, groups, 20))
    shown(neighbours.nearness_over_seeds(several, [("king", "queen"), ("a", "queen"), ("good", "bad")]))
    shown(neighbours.neighbours_table(several[0], list(vocab.words[:3])))
    shown(neighbour_stability.overlap_table(several))
    shown(score_tables.full_table(several, 5))
    for figure in vars(vector_spread.spread(several[0])).values():
        assert np.isfinite(figure) or np.isnan(figure)


def test_an_empty_frame_is_a_table_with_its_label():
    for frame in (pd.DataFrame(), pd.DataFrame(columns=["a", "b"]), pd.DataFrame(index=[0, 1])):
        data, metadata = display.Table(frame, "t", "What it would show.").output()
        assert data["text/markdown"].splitlines()[0] == "| nothing to show |"
        assert "The text contains nothing that this table could list." in data["text/plain"]
        assert metadata["w2v"] == {"kind": "table", "label": "t", "caption": "What it would show."}
    shown = markdown.markdown_table(
        pd.DataFrame({"x": [np.nan, np.inf, -1e-9, 0.5], "y": ["a", "b", "c", "d"]})
    )
    assert [line.split(" | ")[0] for line in shown.splitlines()[2:]] == ["| —", "| —", "| -1e-09", "| 0.5"]


def test_the_report_refers_to_an_empty_table_and_an_empty_figure(monkeypatch):
    outputs = []
    monkeypatch.setattr(
        display,
        "display",
        lambda data, metadata=None, raw=False: outputs.append(
            new_output("display_data", data=data, metadata=metadata)
        ),
    )
    display.show(display.Table(pd.DataFrame(columns=["a"]), "empty", "A table."))
    display.show(display.Figure(plots.word_maps({}, {}, ("x", "y")), "bare", "A figure.", "An empty panel."))
    cells = [new_markdown_cell("See [it](#tbl-empty) and [that](#fig-bare).")]
    cells.append(nbformat.v4.new_code_cell("", outputs=outputs, metadata={"tags": ["remove-input"]}))
    pdf, _ = ReportExporter(strict=True).from_notebook_node(new_notebook(cells=cells))
    text = "\n".join(texts_of(pdf))
    assert re.search(r"See\s+Table\s+1\s+and\s+Figure\s+1", text)
    assert "nothing to show" in text and "no data" in text
