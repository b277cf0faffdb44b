"""Files in TOML, whose reader in Python takes quadratic time for some of them."""

import re
import tomllib
from pathlib import Path

from .errors import shown
from .files import READ_WHOLE, check_is_file

_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+"""
_LONG_NAME = re.compile(rf"(?:^|[{{,])[ \t]*+(?:\[{{1,2}}[ \t]*+)?(?:{_PART}){{100}}", re.MULTILINE)


def read_toml(path):
    """Return the values (dict) of a TOML file.

    Raises
    ------
    W2VError
        If there is no such file.
    ValueError
        If it is no TOML, no UTF-8, or has a name of more than 100 parts or a whole number beyond 64 bits;
        `explained_read_errors` words it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sweep.toml"
    ...     _ = path.write_text('training = "sgns"')
    ...     read_toml(path)
    {'training': 'sgns'}
    """
    check_is_file(path, READ_WHOLE)
    text = Path(path).read_text(encoding="utf-8-sig")
    if _LONG_NAME.search(text):
        raise ValueError("a name has over 100 parts")
    values = tomllib.loads(text)
    waiting = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict | list):
            waiting += value.values() if isinstance(value, dict) else value
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError(f"a number has over 64 bits: {shown(value)}")
    return values
