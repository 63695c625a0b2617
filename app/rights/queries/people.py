"""Everybody whose rights a change may touch: memberships with what makes their rights differ."""

from collections.abc import Mapping, Sequence
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.transaction import Row, Transaction

_SEATS: Final = "SELECT s.id, s.user_id, s.name, s.role, s.partner_id, s.branch, s.regions, s.partners FROM seats() s"
_OWNED: Final = """
    SELECT /*free ruling*/ 'ctr' AS dim, partner_id, id FROM contracts
    WHERE tenant_id = $1 AND partner_id = ANY ($2::uuid[]) AND deleted_at IS NULL
    UNION ALL
    SELECT 'agr', partner_id, id FROM agreements
    WHERE tenant_id = $1 AND partner_id = ANY ($2::uuid[]) AND deleted_at IS NULL
    UNION ALL
    SELECT 'reg', id, region_id FROM partners
    WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND region_id IS NOT NULL
"""

_ACTING: Final = """
    SELECT /*free ruling*/ s.id, s.user_id, s.name, s.email, s.role, s.partner_id, s.branch, s.regions, s.partners,
        coalesce(o.name, '') AS organisation,
        coalesce((SELECT f.facts_v FROM facts_versions f WHERE f.tenant_id = $1 AND f.partner_id = s.partner_id), 0)
            AS facts_v
    FROM seats() s LEFT JOIN partners o ON o.tenant_id = $1 AND o.id = s.partner_id
    WHERE s.id = $2 OR s.user_id = $2
"""


class Seat(Struct, frozen=True):
    """One person in one membership."""

    id: UUID
    user_id: UUID
    name: str
    role: str
    partner_id: UUID | None
    branch: str
    regions: list[UUID]
    partners: list[UUID]

    @property
    def subjects(self) -> list[str]:
        """Everything a rule may be written for that means this person here."""
        named = [f"r:{self.role}", f"u:{self.user_id}", f"m:{self.id}"]
        return named if self.partner_id is None else [*named, f"o:{self.partner_id}"]


class Owned(Struct, frozen=True):
    """What belongs to a client."""

    reg: frozenset[UUID]
    ctr: frozenset[UUID]
    agr: frozenset[UUID]


async def read_staff(transaction: Transaction) -> list[Seat]:
    """Read the manufacturer's people."""
    rows = await transaction.driver.fetch(f"{_SEATS} WHERE s.partner_id IS NULL")
    return [_seat(row) for row in rows]


async def read_affected(
    transaction: Transaction,
    *,
    roles: Sequence[str],
    users: Sequence[UUID],
    memberships: Sequence[UUID],
    partners: Sequence[UUID],
) -> list[Seat]:
    """Read everybody who is one of these, in one way or another."""
    rows = await transaction.driver.fetch(
        f"{_SEATS} WHERE s.role = ANY ($1::text[]) OR s.user_id = ANY ($2::uuid[]) OR s.id = ANY ($3::uuid[])"
        " OR s.partner_id = ANY ($4::uuid[]) ORDER BY s.name, s.id",
        *(list(roles), list(users), list(memberships), list(partners)),
    )
    return [_seat(row) for row in rows]


async def read_owned(transaction: Transaction, partners: Sequence[UUID]) -> dict[UUID, Owned]:
    """Read what belongs to each of these clients, all in one statement."""
    rows = await transaction.driver.fetch(_OWNED, transaction.tenant_id, list(partners))
    found: dict[UUID, dict[str, set[UUID]]] = {one: {"reg": set(), "ctr": set(), "agr": set()} for one in partners}
    for row in rows:
        found[cast("UUID", row["partner_id"])][str(row["dim"])].add(cast("UUID", row["id"]))
    return {
        one: Owned(frozenset(sets["reg"]), frozenset(sets["ctr"]), frozenset(sets["agr"]))
        for one, sets in found.items()
    }


async def read_person(transaction: Transaction, person_id: UUID, asker: Actor) -> tuple[Actor, str] | None:
    """Read somebody as the actor they would be now, and their company's name; by membership, or by person if alone."""
    rows = await transaction.driver.fetch(_ACTING, transaction.tenant_id, person_id)
    if len(rows) != 1:
        return None
    seat = _seat(rows[0])
    # Made anew: nothing of how the asker came in is the person's.
    actor = Actor(
        tenant_id=asker.tenant_id, user_id=seat.user_id, membership_id=seat.id, name=seat.name,
        email=str(rows[0]["email"]), role=seat.role, partner_id=seat.partner_id, branch=seat.branch,
        regions=tuple(seat.regions), partners=tuple(seat.partners), locale=asker.locale, theme=asker.theme,
        zone=asker.zone, rules_v=asker.rules_v, facts_v=cast("int", rows[0]["facts_v"]),
    )  # fmt: skip
    return actor, str(rows[0]["organisation"])


def _seat(row: Row) -> Seat:
    return msgspec.convert(dict(cast("Mapping[str, object]", row)), Seat)
