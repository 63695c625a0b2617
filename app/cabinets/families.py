"""What the shell around every page shows of its reader: how much news is unread, and where else they may work.

What they may do there is not kept: the menu asks the compiled rights, whose versions every request reads first.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import Struct

from app.access.actors import Actor
from app.cabinets.queries import Place, read_mine
from app.caching.families import Family, Tag
from app.caching.rules import Bounds
from app.infra.db.transaction import Transaction


class MineAsk(Struct, frozen=True):
    """Whose; absences begin and end with ``today``."""

    actor: Actor
    today: date


class Mine(Struct, frozen=True):
    """What the shell shows of a person."""

    unread: int
    places: Sequence[Place]


async def _load(transaction: Transaction, ask: MineAsk) -> Mine:
    return Mine(*await read_mine(transaction, ask.actor))


def _tags(ask: MineAsk) -> Sequence[Tag]:
    # Colleagues' places and names, and those of organisations, are in it.
    return (("bell", ask.actor.user_id), ("places", None), ("clients", None))


MINE: Final = Family(
    "mine",
    "write-through",
    Mine,
    _load,
    scope=lambda ask: (ask.actor.user_id, ask.actor.person_id, ask.actor.partner_id),
    parts=lambda ask: (ask.today,),
    tags=_tags,
    bounds=Bounds(ttl_s=60),
    owner=(16,),
)

FAMILIES: Final = [MINE]
