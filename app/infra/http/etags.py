"""Versions on the wire: ``ETag`` tells one, ``If-Match`` says which one a change was made from."""

import re
from typing import Final

from app.infra.http.failures import EdgeError
from app.kernel.errors import ChangedMeanwhileError, InvalidInputError, Problem

_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')


def etag(version: int) -> str:
    """Write the version of an object as an entity tag."""
    return f'"{version}"'


def read_if_match(header: str | None) -> int:
    """Read which version the caller changes.

    Raises:
        EdgeError: the header is missing (428).
        InvalidInputError: it is no tag of ours.
    """
    if header is None:
        raise EdgeError(428, "precondition_missing")
    match = _TAG.fullmatch(header.strip())
    if match is None:
        raise InvalidInputError([Problem("wrong_type", "If-Match")])
    return int(match[1])


def require_version(sent: int, current: int) -> None:
    """Check the version in a place that already holds the row.

    Raises:
        ChangedMeanwhileError: the object moved on (412).
    """
    if sent != current:
        raise ChangedMeanwhileError(current)
