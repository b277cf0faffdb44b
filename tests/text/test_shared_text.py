import subprocess
import sys

from w2vlib import SkipGram, load_corpus
from w2vlib.text.numbered_sentences import NumberedSentences
from w2vlib.text.shared_text import share


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
