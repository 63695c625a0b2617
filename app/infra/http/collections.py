"""Lists of the API: a page at a time by cursor, with an exact total (CONTRACT, section 3)."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import Parameter
from msgspec import Struct

from app.kernel.errors import InvalidInputError, Problem

T = TypeVar("T")
MAX_LIMIT: Final = 200
_MOST: Final = 2**31 - 1
Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT, description="Entries in one answer")]
CursorText = Annotated[str | None, Parameter(max_length=512, description="`next` of the last answer")]


class Collection(Struct, Generic[T], frozen=True):
    """One answer of a list; ``next`` is null at its end, ``total`` counts everything the caller may see."""

    items: Sequence[T]
    next: str | None
    total: int


def one_page(rows: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Keep a page of rows that were read one beyond ``limit``, and tell whether more follow."""
    return rows[:limit], len(rows) > limit


def write_cursor(*places: str | int) -> str:
    """Pack the sort values of the last row; opaque to the caller, not secret."""
    return base64.urlsafe_b64encode(msgspec.json.encode(places)).decode().rstrip("=")


def read_cursor(text: str | None, size: int) -> list[str | int] | None:
    """Unpack a cursor of ``size`` values; None stays None.

    Raises:
        InvalidInputError: it is no cursor of this list.
    """
    if text is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"==")
        places = msgspec.json.decode(raw, type=list[str | int])
    except (binascii.Error, UnicodeEncodeError, msgspec.MsgspecError):
        places = []
    # PostgreSQL cannot compare with a text that holds NUL.
    if len(places) != size or any("\x00" in str(place) for place in places):
        raise cursor_malformed()
    return places


def read_numbered(text: str | None) -> int | None:
    """Unpack a cursor whose only value is the number of a row.

    Raises:
        InvalidInputError: it is no cursor of this list.
    """
    places = read_cursor(text, 1)
    if places is None:
        return None
    if not isinstance(places[0], int) or not 0 < places[0] <= _MOST:
        raise cursor_malformed()
    return places[0]


def read_moment(place: str | int) -> datetime:
    """Read a moment out of a cursor, in UTC.

    Raises:
        InvalidInputError: it is none, or one at an edge of the calendar that UTC has no room for.
    """
    try:
        moment = datetime.fromisoformat(str(place))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise cursor_malformed()


def read_id(place: str | int) -> UUID:
    """Read an id out of a cursor.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return UUID(str(place))
    except ValueError:
        raise cursor_malformed() from None


def cursor_malformed() -> InvalidInputError:
    """Make the refusal of what is no cursor of the list asked for."""
    return InvalidInputError([Problem("cursor_malformed", "cursor")])
