"""Lists of the API: a page at a time by cursor, with an exact total (CONTRACT, section 3)."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from litestar.params import Parameter
from msgspec import Struct

from app.kernel.errors import InvalidInputError, Problem

T = TypeVar("T")
MAX_LIMIT: Final = 200
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
        raise InvalidInputError([Problem("cursor_malformed", "cursor")])
    return places
