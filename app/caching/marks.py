"""Marks: what transactions changed, as rows of the same transaction, until Redis has heard of it.

Triggers write them (migrations 0031 to 0035), so that nobody can forget to. A request reads those that are still there
with its first statement; whoever wrote them raises the floors in Redis, and the worker what they could not.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from app.caching.families import Tag
from app.caching.keys import Fence
from app.caching.rules import floor_above

COLLECTIONS: Final = (
    *("goods", "prices", "stock", "terms", "clients", "credit"),
    *("plans", "orders", "papers", "bell", "places"),
)


class Mark(Struct, frozen=True):
    """A change of one object, or of more than anybody counts; ``number`` is its transaction."""

    tag: str
    object: UUID | None
    number: int


class Moment(Struct, frozen=True):
    """What one request's snapshot knows.

    ``horizon`` is the lowest transaction still under way; ``untold`` are changes Redis may not know of, None where
    there are too many to name. ``begun_ms`` is a moment before the snapshot, by the clock of this machine.
    """

    horizon: int
    untold: Sequence[Mark] | None
    begun_ms: int

    def needed(self, tags: Sequence[Tag]) -> int | None:
        """Tell the lowest version of a value that contains what this snapshot knows; None: nobody can tell."""
        if self.untold is None:
            return None
        found = 0
        for mark in self.untold:
            for tag, one in tags:
                if mark.tag == tag and (one is None or mark.object is None or mark.object == one):
                    found = max(found, floor_above(mark.number))
        return found


def read_moment(horizon: str, untold: str | None, begun_ms: int) -> Moment:
    """Read what the first statement of a request told (``CACHE_COLUMNS`` of the access room)."""
    if untold == "many":
        return Moment(int(horizon), None, begun_ms)
    rows = msgspec.json.decode(untold or "[]", type=list[tuple[str, UUID | None, str]])
    return Moment(int(horizon), [Mark(tag, one, int(number)) for tag, one, number in rows], begun_ms)


def floors_of(fence: Fence, tag: Tag) -> tuple[str, ...]:
    """Name the floors a value stands on: of a collection, or of an object and of changes too large to name objects."""
    name, one = tag
    return (fence.floor(name),) if one is None else (fence.floor(f"{name}*"), fence.floor(name, one))


def raised_by(fence: Fence, marks: Sequence[Mark]) -> dict[str, int]:
    """Tell which floors these changes raise, and how high."""
    raised: dict[str, int] = {}
    for mark in marks:
        more = fence.floor(f"{mark.tag}*") if mark.object is None else fence.floor(mark.tag, mark.object)
        for floor in (fence.floor(mark.tag), more):
            raised[floor] = max(raised.get(floor, 0), floor_above(mark.number))
    return raised
