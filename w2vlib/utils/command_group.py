"""How the commands of a group report what is wrong."""

import errno
import os
import sys
import traceback

import click
from tqdm import tqdm

from .arguments import as_path
from .characters import visible_name
from .errors import NOT_ENOUGH_MEMORY, W2VError, import_failure, lacks_memory, shortened, write_remedy

tqdm.monitor_interval = 0  # no thread that watches the bars: it may not start, and none is that slow
_RESERVE = [bytearray(2**22)]  # given back when memory runs out, so that Python can end in good order


class FilePath(click.Path):
    """A path (Path) on a command line; an empty one, as of a variable that is not set, is refused.

    Examples
    --------
    >>> FilePath().convert("runs/vectors.npz", None, None).name
    'vectors.npz'
    """

    def convert(self, value, param, ctx):
        """Return the `Path`; raise `W2VError` for what `as_path` refuses."""
        return super().convert(as_path(value), param, ctx)


def _say(sentence):
    """Print a sentence, or an error, on standard error, on one line whatever the names in it."""
    click.echo(f"w2v: {visible_name(str(sentence))}", err=True)


def _is_of_output(error):
    """Whether an `OSError` is of printing: by click, or by the end of `CommandGroup.main`."""
    modules = [frame.f_globals.get("__name__") for frame, _ in traceback.walk_tb(error.__traceback__)]
    return "click.utils" in modules or modules[-1] == __name__


class CommandGroup(click.Group):
    """Commands that report what is wrong in one sentence on standard error.

    The exit status is 2 for bad input, lack of memory, an output that cannot be written and a package that
    cannot be imported, and 130 after an interruption. Errors of other kinds keep their traceback.

    Examples
    --------
    >>> import click
    >>> CommandGroup("tool", [click.Command("nothing")]).main(["nothing"], standalone_mode=False)
    """

    def main(self, *args, **kwargs):
        """Run a command as click does, and end with one sentence where memory or standard output fails."""
        if hasattr(sys.stdout, "reconfigure"):  # a terminal without some character shows its code
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            try:
                return super().main(*args, **kwargs)
            finally:
                sys.stdout.flush()
        except Exception as error:
            if lacks_memory(error):
                _RESERVE.clear()
                os.write(2, NOT_ENOUGH_MEMORY)  # click.echo would need memory
            elif sentence := import_failure(error):
                _say(sentence)
            elif isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
                click.echo(f"w2v: {error.strerror}: {write_remedy(error)}.", err=True)
            elif isinstance(error, OSError) and error.filename is not None:
                _say(f"{error.filename}: {error.strerror}.")
            elif isinstance(error, OSError) and _is_of_output(error):
                sys.stdout = open(os.devnull, "w")  # what is left in the buffer cannot be written either
                click.echo(f"w2v: Cannot write to standard output: {error.strerror or error}.", err=True)
            elif isinstance(error, OSError):
                click.echo(
                    f"w2v: The system refuses a file ({error.strerror or error}): look at the working "
                    "directory, the disks and the limits of this process (ulimit -a).",
                    err=True,
                )
            else:
                raise
            sys.exit(2)

    def invoke(self, ctx):
        """Run the command of a context, and end with one sentence where its input is bad."""
        try:
            return super().invoke(ctx)
        except W2VError as error:
            _say(error)
            sys.exit(2)
        except click.exceptions.NoArgsIsHelpError:  # it prints the help
            raise
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "w2v"
            message = shortened(error.format_message().rstrip("."))
            _say(f"{message}; see {command} --help.")
            sys.exit(2)
        except KeyboardInterrupt:
            click.echo("w2v: interrupted; finished results are kept.", err=True)
            sys.exit(130)
