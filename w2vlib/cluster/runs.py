"""One run of a sweep, as a worker does it: a notebook or a training → an outcome."""

import functools
import json
import logging
import math
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from ..evaluation.datasets import WORD_PAIRS
from ..evaluation.similarity_analogy import evaluate
from ..models.skipgram_trainer import SkipGramTrainer
from ..preprocessing.schemes import preprocessed
from ..reporting.notebook_runs import (
    OWN_SETTINGS,
    explained_silence,
    import_papermill,
    kernel_settings,
    reason_without_kernel,
)
from ..text.corpus import load_corpus
from ..utils.errors import W2VError
from ..utils.files import sha256_of
from ..utils.temporary_folders import temporary_folder
from .figures import recorded_figures
from .jobs import sentence_of
from .sweep_file import training_settings


@dataclass(frozen=True)
class Outcome:
    """What a run gives.

    Attributes
    ----------
    output : bytes
        The executed notebook, or the vectors as npz; empty if there is none.
    sha256 : str
        Of the outputs of the notebook's cells, or of the vectors' file. Times are in no cell's outputs.
    figures : dict
        Name → value.
    error : str
        Why the run failed; empty if it did not.
    seconds : float
    attempts : int
    worker : str
        Name of the worker.

    Examples
    --------
    >>> Outcome(error="There is no text.").figures
    {}
    """

    output: bytes = b""
    sha256: str = ""
    figures: dict = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    attempts: int = 1
    worker: str = ""


def execute_run(kind, source, parameters, retries=0):
    """Do a run; an error in it is an outcome too.

    Parameters
    ----------
    kind : {"notebook", "training"}
    source : dict
        Arguments of `run_notebook` or `run_training` but the parameters.
    parameters : dict
    retries : int
        How often a run that fails is tried again.

    Returns
    -------
    Outcome

    Examples
    --------
    >>> execute_run("training", {"corpus": "no-such", "tokens_sha256": ""}, {}).error[:37]
    "There is no corpus called 'no-such': "
    """
    begin = time.perf_counter()
    do = {"notebook": run_notebook, "training": run_training}[kind]
    attempt = 0
    while attempt <= retries:
        attempt += 1
        try:
            outcome = do(**source, parameters=parameters)
        except Exception as error:  # the other runs go on
            outcome = Outcome(error=sentence_of(error))
        if not outcome.error:
            break
    return Outcome(
        outcome.output,
        outcome.sha256,
        outcome.figures,
        " ".join(outcome.error.split()),
        time.perf_counter() - begin,
        attempt,
        _worker_name(),
    )


def _worker_name():
    """Name of the worker that runs this; empty outside a cluster."""
    try:
        from distributed import get_worker

        return str(get_worker().name)
    except (ImportError, ValueError):
        return ""


def run_notebook(content, path, parameters):
    """Run a notebook with values of its parameters.

    The kernel runs in the notebook's folder, if the worker has it, else in an empty one, and reads no
    user's settings of IPython and Matplotlib. The working folder of the worker's own process stays as it is,
    so that several threads can run notebooks.

    Parameters
    ----------
    content : str
        JSON of the notebook.
    path : str
        Where it comes from.
    parameters : dict

    Returns
    -------
    Outcome
        `error` names the notebook, the cell (its number in the notebook as stored) and the error.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("n = 1", metadata={"tags": ["parameters"]})
    >>> notebook = new_notebook(cells=[cell, new_code_cell("1 / n")])
    >>> run_notebook(nbformat.writes(notebook), "mine.ipynb", {"n": 0}).error
    'Notebook mine failed in cell 2: ZeroDivisionError: division by zero'
    """
    import_papermill()
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NotebookExecutionManager

    notebook, kernel = _prepared(content, path, parameters)
    manager = NotebookExecutionManager(notebook, progress_bar=False)
    manager.notebook_start()
    error = ""
    with temporary_folder("w2vlib-kernel-") as folder:
        place = Path(path).absolute().parent
        client = PapermillNotebookClient(
            manager,
            kernel_name=kernel,
            resources={"metadata": {"path": str(place if place.is_dir() else folder)}},
            startup_timeout=600,
            log=logging.getLogger("papermill"),
            **kernel_settings(folder / "kernel.json"),
        )
        try:
            with explained_silence():
                client.execute(env=os.environ | OWN_SETTINGS | {"IPYTHONDIR": str(folder)})
            error = _error_of(manager.nb)
        except RuntimeError as lost:
            error = f": {reason_without_kernel(lost)}"
    manager.notebook_complete()
    output = nbformat.writes(manager.nb).encode() + b"\n"
    error = error and f"Notebook {Path(path).stem} failed{error}"
    return Outcome(output, outputs_sha256(manager.nb), recorded_figures(manager.nb), error)


def _prepared(content, path, parameters):
    """Give a notebook its parameters and the metadata that papermill needs; return it and its kernel."""
    from papermill.execute import prepare_notebook_metadata
    from papermill.parameterize import parameterize_notebook

    notebook = nbformat.reads(content, as_version=4)
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    notebook.metadata.setdefault("papermill", {})  # this and the tags papermill adds when it reads a file
    for cell in notebook.cells:
        cell.metadata.setdefault("tags", [])
    notebook = parameterize_notebook(notebook, parameters, kernel_name=kernel, language="python")
    return prepare_notebook_metadata(notebook, Path(path).name, ""), kernel


def _error_of(notebook):
    """Where an executed notebook failed, and how; empty if it did not."""
    number, ended = 0, False
    for cell in notebook.cells:
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        number += not injected
        for output in cell.get("outputs", ()):
            ended |= (output.output_type, output.get("ename"), output.get("evalue")) in _NORMAL_ENDS
            if _LOST_TEXT.search(output.get("text", "")):
                return f" in cell {number}: the kernel could not send a text, which holds half a character"
            if output.output_type == "error" and not ended:
                where = "with these parameters" if injected else f"in cell {number}"
                what = output.evalue if output.ename == "W2VError" else f"{output.ename}: {output.evalue}"
                return f" {where}: {what}"
        if cell.metadata.get("papermill", {}).get("status") == "failed" and not ended:
            return f" in cell {number}: {_unsaid_error(cell)}"
    return ""


def _unsaid_error(cell):
    """Say why a cell failed whose error has not come."""
    if any("MemoryError" in output.get("text", "") for output in cell.outputs):
        return "it ended without a message, most likely because the memory was not enough"
    return "the kernel could not send its error, which may hold half a character"


# What the kernel's own traceback says in place of a text that a cell prints.
_LOST_TEXT = re.compile(r"jupyter_client.*UnicodeEncodeError: .* surrogates not allowed", re.DOTALL)


_NORMAL_ENDS = {("error", "SystemExit", ""), ("error", "SystemExit", "0")}  # as papermill has it


def outputs_sha256(notebook):
    """SHA-256 (hexadecimal str) of the outputs of a notebook's cells.

    A text that a cell prints counts the same in one piece and in several.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook, new_output
    >>> pieces = [new_output("stream", text=text) for text in ("king ", "queen")]
    >>> whole = [new_output("stream", text="king queen")]
    >>> one, other = (new_notebook(cells=[new_code_cell(outputs=o)]) for o in (pieces, whole))
    >>> outputs_sha256(one) == outputs_sha256(other)
    True
    """
    cells = []
    for cell in notebook.cells:
        joined = []
        for output in cell.get("outputs", ()):
            output = {key: value for key, value in output.items() if key != "execution_count"}
            last = joined[-1] if joined else {}
            if (
                output["output_type"] == "stream" == last.get("output_type")
                and output["name"] == last["name"]
            ):
                last["text"] += output["text"]
            else:
                joined.append(output)
        cells.append(joined)
    return sha256_of(json.dumps(cells, sort_keys=True).encode())


@functools.lru_cache(maxsize=1)
def _corpus(name):
    """Read a text once per worker."""
    return load_corpus(name, progress=False)


def text_of_worker(corpus, tokens_sha256):
    """Read a text on a worker, once; a Corpus.

    Parameters
    ----------
    corpus : str
    tokens_sha256 : str
        That the worker's text must have.

    Raises
    ------
    W2VError
        If the worker has no such text or another one.

    Examples
    --------
    >>> text_of_worker("no-such", "ab12")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no corpus called 'no-such': ...
    """
    text = _corpus(corpus)
    if text.provenance.tokens_sha256 != tokens_sha256:
        raise W2VError(
            f"The text {corpus} of this worker is another one than that of the command: copy the same file "
            "to every worker, or give an address that all can read."
        )
    return text


def run_training(corpus, tokens_sha256, parameters):
    r"""Train and evaluate vectors; an `Outcome` whose output is their npz.

    Parameters
    ----------
    corpus, tokens_sha256 : str
        See `text_of_worker`.
    parameters : dict
        Of `SkipGram`, and ``rare`` and ``numbers``, the scheme of preprocessing.

    Raises
    ------
    W2VError
        If the worker has no such text or another one, or the training fails.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "text.txt"
    ...     _ = path.write_text("the cat sat\n" * 9)
    ...     sha256 = load_corpus(path).provenance.tokens_sha256
    ...     run_training(str(path), sha256, {"dim": 2, "epochs": 1, "subsample": 0}).figures["words"]
    3
    """
    text = text_of_worker(corpus, tokens_sha256)
    settings, scheme = training_settings(parameters)
    model = SkipGramTrainer(**vars(settings))
    model.fit(preprocessed(text, scheme), progress=False)
    with temporary_folder("w2vlib-vectors-") as folder:
        model.embeddings_.save(folder / "vectors.npz")
        output = (folder / "vectors.npz").read_bytes()
    return Outcome(output, sha256_of(output), _training_figures(model.embeddings_, model.history_))


def _training_figures(embeddings, history):
    """Figures of a training: words, loss per pair, and the scores of the tests that come with w2vlib."""
    figures = {"words": len(embeddings.vocab), "pair_loss": _or_none(history[-1].pair_loss)}
    scores = evaluate(embeddings, draws=0, methods=["3CosAdd"])
    for name in (*WORD_PAIRS, "analogies: all, 3CosAdd"):
        figures[name.partition(":")[0]] = _or_none(float(scores[name].value))
    return figures


def _or_none(value):
    return None if math.isnan(value) else value
