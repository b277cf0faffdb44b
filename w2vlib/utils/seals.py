"""Records with the SHA-256 of what they hold, so that a damaged one is not taken for a whole one."""

import json

from .files import sha256_of

_SEAL = "record_sha256"  # of all other fields


def sealed(fields, **options):
    """Give a record the SHA-256 of its other fields; a new dict.

    Parameters
    ----------
    fields : dict
        That JSON can hold.
    **options
        Of `json.dumps`.

    Examples
    --------
    >>> sealed({"words": 3})["record_sha256"][:12]
    '8dca61cbccdc'
    """
    fields = {name: value for name, value in fields.items() if name != _SEAL}
    return fields | {_SEAL: sha256_of(json.dumps(fields, **options).encode())}


def unsealed(record):
    """Check a record, and return its other fields; one without a seal, of an earlier version, is returned.

    Raises
    ------
    ValueError
        If it is not as it was written.

    Examples
    --------
    >>> unsealed(sealed({"words": 3}))
    {'words': 3}
    >>> unsealed(sealed({"words": 3}) | {"words": 4})
    Traceback (most recent call last):
    ...
    ValueError: it is not as it was written
    """
    if not isinstance(record, dict) or _SEAL not in record:
        return record
    if sealed(record) != record:
        raise ValueError("it is not as it was written")
    return {name: value for name, value in record.items() if name != _SEAL}
