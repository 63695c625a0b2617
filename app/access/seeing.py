"""A look through another person's eyes: whose session it hangs on, as whom, and until when.

The administrator's own session stays as it is and a second secret says which look; neither is worth anything alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from msgspec.structs import replace

from app.access.actors import Actor
from app.access.sessions import read_actor
from app.infra.http.failures import EdgeError

BEGIN_SEEING: Final = "SELECT * FROM begin_seeing($1, $2, $3)"
LASTS: Final = timedelta(minutes=30)
# The right to look, and what it is called where policies are asked.
RIGHT: Final = ("user", "see_as")


class SeeingEndedError(EdgeError):
    """The look is over: time, a session or a right has ended. Nothing is shown in its place."""

    def __init__(self) -> None:
        """Refuse as forbidden."""
        super().__init__(403, "seeing_ended")


def read_seen(row: Mapping[str, object], own: Actor) -> Actor:
    """Make the person seen of a row of :data:`BEGIN_SEEING`; ``own`` is whoever looks, as they entered a moment before.

    What the rights of both depend on is of one snapshot.
    """
    seen = read_actor(row, own.tenant_id, own.zone)
    watcher = replace(
        own,
        role=cast("str", row["watcher_role"]),
        branch=cast("str", row["watcher_branch"]),
        regions=tuple(cast("list[UUID]", row["watcher_regions"])),
        partners=tuple(cast("list[UUID]", row["watcher_partners"])),
        rules_v=seen.rules_v,
    )
    return replace(
        seen, locale=own.locale, theme=own.theme, watcher=watcher, seen_until=cast("datetime", row["ends_at"])
    )


def limit_of(resource: str, action: str, known: frozenset[tuple[str, str]]) -> tuple[str, str]:
    """Name the right of whoever looks that bounds a right of the person seen: never more is seen than both may see.

    What the person could do is shown as they see it, as far as whoever looks may see the thing it is done to.
    """
    if resource == "pickup":
        return "order", "view"
    return (resource, "view") if (resource, "view") in known else (resource, action)
