"""What the exporters share: a notebook that cannot be read or printed is named in one sentence."""

import sys
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat.validator import normalize
from traitlets.config import Application
from traitlets.log import get_logger

from ..utils.errors import W2VError, explained_write_errors
from ..utils.files import READ_WHOLE, check_is_file, explained_read_errors


class OneSentence:
    """Part of an nbconvert exporter that stands before its base class.

    Examples
    --------
    >>> import io
    >>> OneSentence().from_file(io.StringIO("[1]"))
    Traceback (most recent call last):
    ...
    w2vlib.utils.errors.W2VError: It is no notebook that nbformat can read: ...
    """

    def from_filename(self, filename, resources=None, **kwargs):
        """Export the notebook in a file; see nbconvert's `Exporter`."""
        try:
            check_is_file(filename, READ_WHOLE)
            with explained_read_errors(filename, "a notebook"):
                open(filename, "rb").close()
        except W2VError as error:
            self.stop(error, {"metadata": {"name": Path(filename).stem}})
        return super().from_filename(filename, resources, **kwargs)

    def from_file(self, file_stream, resources=None, **kwargs):
        """Read a notebook and export it; see nbconvert's `Exporter`."""
        try:
            with _without_log():
                nb = nbformat.read(file_stream, as_version=4)
                nb = normalize(nb)[1]  # cells without a name of their own, which nbformat warns of again
        except Exception as error:  # whatever nbformat meets in a damaged file
            self.stop(W2VError(f"It is no notebook that nbformat can read: {_first_line(error)}"), resources)
        return self.from_notebook_node(nb, resources, **kwargs)

    def check(self, nb, resources):
        """Refuse a notebook that the format does not allow, as nbconvert does later with a traceback."""
        try:
            with _without_log():
                nbformat.validate(nb, relax_add_props=True)
        except (nbformat.ValidationError, TypeError, AttributeError, KeyError) as error:
            reason = f"It is damaged, since nbformat does not allow what is in it: {_first_line(error)}"
            self.stop(W2VError(reason), resources)

    @contextmanager
    def stopping(self, resources):
        """Stop at an error of our own in the block, or one of the system with the temporary files."""
        try:
            try:
                yield
            except OSError:
                with explained_write_errors(f"temporary files in {tempfile.tempdir or 'their folder'}"):
                    raise
        except W2VError as error:
            self.stop(error, resources)

    def stop(self, error, resources):
        """Raise the error; under ``jupyter nbconvert`` print it on one line and exit."""
        if Application.initialized() and Application.instance().name == "jupyter-nbconvert":
            name = (resources or {}).get("metadata", {}).get("name", "notebook")
            print(f"{name}.ipynb: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        raise error


@contextmanager
def _without_log():
    """Keep nbformat from printing what it finds in a notebook: `check` says it in one sentence."""
    logger = getattr(get_logger(), "logger", get_logger())  # that of an adapter
    before, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def _first_line(error):
    """First line of an error's message."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
