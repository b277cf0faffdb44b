"""A sweep, run over the workers of a cluster; only the process that started it writes results."""

from contextlib import closing
from pathlib import Path

from tqdm.auto import tqdm

from ..utils.validation import Whole, check
from .clients import import_distributed
from .jobs import results_of
from .results import SweepFolder
from .runs import Outcome, execute_run
from .sweep_file import read_sweep


def run_sweep(path, output, workers=None, scheduler=None, retries=0, progress=True, echo=print):
    """Run everything that a sweep file asks for and that the folder does not have yet.

    A worker takes one run at a time and gives back what it made; this process writes it. So a worker that is
    killed leaves no file, and its run goes to another worker.

    Parameters
    ----------
    path : path
        See `read_sweep`.
    output : path
        See `SweepFolder`.
    workers, scheduler
        See `open_client`.
    retries : int
        How often a run that fails is tried again.
    progress : bool
        Show a bar with the time left.
    echo : callable
        Called with a sentence about each run that failed.

    Returns
    -------
    (Path, int)
        The table (CSV), and the number of runs that failed.

    Raises
    ------
    W2VError
        Before anything starts: for what `read_sweep`, `SweepFolder` and `open_client` refuse. Later: if the
        scheduler is lost.

    Examples
    --------
    >>> run_sweep("no-such.toml", "out")
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: There is no file no-such.toml: check the path.
    """
    check("retries", retries, Whole(0, 100))
    sweep = read_sweep(path)
    import_distributed()
    folder = SweepFolder(output, sweep)
    with folder.locked():
        missing = [run for run in sweep.runs if not folder.is_done(run)]
        done = len(sweep.runs) - len(missing)
        bar = tqdm(total=len(sweep.runs), initial=done, unit="run", disable=not progress)
        with bar, closing(_outcomes(sweep, missing, workers, scheduler, retries)) as outcomes:
            failed = _store_all(folder, outcomes, bar, echo)
        return folder.write_table(), failed


def _store_all(folder, outcomes, bar, echo):
    """Write what the runs give; the number of runs that failed.

    If the sweep is stopped, the table has what is finished; if no run is, an earlier table stays.
    """
    stored = failed = 0
    try:
        for run, outcome in outcomes:
            folder.store(run, outcome)
            stored += 1
            if outcome.error:
                failed += 1
                with bar.external_write_mode():
                    echo(f"run {run.id} {run.parameters} failed: {outcome.error}")
            bar.update()
    except BaseException:
        if stored:
            folder.write_table()
        raise
    return failed


def _outcomes(sweep, missing, workers, scheduler, retries):
    """Do the runs; pairs of Run and Outcome as they are finished."""
    if not missing:
        return
    if sweep.kind == "notebook":
        content = Path(sweep.source).read_text(encoding="utf-8")
        source = {"content": content, "path": sweep.source}
    else:
        source = {"corpus": sweep.source, "tokens_sha256": sweep.identity}
    calls = [(f"run-{run.id}", (sweep.kind, source, run.parameters, retries)) for run in missing]
    for number, outcome, error in results_of(execute_run, calls, workers, scheduler):
        yield missing[number], Outcome(error=error) if error else outcome
