import subprocess
import sys

import pytest

from w2vlib import SkipGram, W2VError, load_corpus
from w2vlib.text.numbered_sentences import NumberedSentences
from w2vlib.text.shared_text import VARIABLE, share


def test_a_text_is_not_read_again_by_the_processes_started_meanwhile(tmp_path):
    path, name = tmp_path / "prose.txt", f"raw:{tmp_path / 'prose.txt'}"
    path.write_text("It cost $5, he said. “Why?” she asked\u2028again.\n" * 3, encoding="utf-8")
    text = load_corpus(name)
    path.write_text("Something else.")
    code = f"from w2vlib import load_corpus; c = load_corpus({name!r}); print(ascii((c.sentences, c.provenance)))"
    with share(text, name, tmp_path):
        found = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        assert load_corpus(str(path)).sentences == [["Something", "else."]]  # another name
    assert found.strip() == ascii((text.sentences, text.provenance))
    assert load_corpus(name).sentences == [["Something", "else"]]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "foreign",
        "{}",
        "[1]",
        '{"name": "bundled", "provenance": {}}',
        '{"name": "bundled", "provenance": 1}',
    ],
)
def test_a_file_that_is_no_shared_text_is_refused(content, tmp_path, monkeypatch):
    path = tmp_path / "shared.jsonl"
    path.write_text(content)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(
        W2VError, match="shared.jsonl does not hold a text that w2vlib shares.*unset W2VLIB_SHARED"
    ):
        load_corpus("bundled")


def test_sentences_numbered_once_give_the_same_vectors():
    text = [["a", "cat", "sat"], ["a", "dog", "ran"], ["the", "cat", "ran"]] * 20
    numbered = NumberedSentences(text)
    for parameters in ({}, {"min_count": 30}, {"max_vocab": 3}, {}):
        models = (
            SkipGram(dim=4, epochs=2, subsample=0, **parameters).fit(each, progress=False)
            for each in (text, numbered)
        )
        (first, second) = (m.embeddings_.vectors.tobytes() for m in models)
        assert first == second
    assert [*numbered] == text
