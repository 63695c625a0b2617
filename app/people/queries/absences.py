"""Rows of absences."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, cast
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.access.decisions import Decision
from app.infra.db.transaction import Row, Transaction
from app.people.queries.directory import COLUMNS
from app.people.schemas import AbsenceView

_ABSENCE: Final = """
    SELECT d.id, d.user_id, coalesce(a.name, '') AS name, d.membership_id, m.role,
           coalesce(p.name, house_name(t, $4)) AS organisation, d.deputy_id, coalesce(b.name, '') AS deputy,
           d.starts_on, d.ends_on, d.reason, d.ended_at
    FROM delegations d
    JOIN tenants t ON t.id = d.tenant_id
    JOIN memberships m ON m.tenant_id = d.tenant_id AND m.id = d.membership_id
    LEFT JOIN partners p ON p.tenant_id = d.tenant_id AND p.id = d.partner_id
    LEFT JOIN people() a ON a.id = d.user_id
    LEFT JOIN people() b ON b.id = d.deputy_id
"""
# The same company, somebody else, who can sign in.
_COLLEAGUES: Final = """
    SELECT DISTINCT u.id, u.name FROM memberships m JOIN people() u ON u.id = m.user_id
    WHERE m.tenant_id = $1 AND m.partner_id IS NOT DISTINCT FROM $2 AND m.ended_at IS NULL AND u.disabled_at IS NULL
      AND m.user_id <> $3
    ORDER BY u.name, u.id
"""
State = Literal["coming", "running", "over", "ended"]


class NewAbsence(Struct, frozen=True):
    """A row to be written."""

    id: UUID
    user_id: UUID
    membership_id: UUID
    partner_id: UUID | None
    deputy_id: UUID
    starts_on: date
    ends_on: date
    reason: str
    created_by: UUID


async def read_absences(
    transaction: Transaction, actor: Actor, decision: Decision, today: date, absence_id: UUID | None = None
) -> Sequence[AbsenceView]:
    """List absences of and for a person, and those within ``decision`` (user:view); the latest days first."""
    columns: Mapping[str, str] = {**COLUMNS, "org": "d.partner_id"}
    allowed, params = decision.text(columns, 5)
    rows = await transaction.driver.fetch(
        f"{_ABSENCE} WHERE d.tenant_id = $1 AND ($2::uuid IS NULL OR d.id = $2)"
        f" AND (d.user_id = $3 OR d.deputy_id = $3 OR {allowed})"
        " ORDER BY d.ends_on DESC, d.id DESC LIMIT 200",
        *(transaction.tenant_id, absence_id, actor.user_id, actor.locale),
        *params,
    )
    return [_view(row, today) for row in rows]


async def read_colleagues(
    transaction: Transaction, partner_id: UUID | None, person: UUID
) -> Sequence[tuple[UUID, str]]:
    """List who may stand in for a person."""
    rows = await transaction.driver.fetch(_COLLEAGUES, transaction.tenant_id, partner_id, person)
    return [(cast("UUID", row["id"]), str(row["name"])) for row in rows]


async def lock_place(transaction: Transaction, membership_id: UUID) -> Row | None:
    """Hold an open place, so that two absences of it are written one after the other."""
    return await transaction.driver.fetchrow(
        "SELECT user_id, partner_id FROM memberships WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL FOR UPDATE",
        transaction.tenant_id,
        membership_id,
    )


async def overlaps(transaction: Transaction, membership_id: UUID, starts_on: date, ends_on: date) -> bool:
    """Whether somebody stands in for this place on one of these days already."""
    return (
        await transaction.driver.fetchval(
            "SELECT EXISTS (SELECT FROM delegations WHERE tenant_id = $1 AND membership_id = $2 AND ended_at IS NULL"
            " AND starts_on <= $4 AND ends_on >= $3)",
            *(transaction.tenant_id, membership_id, starts_on, ends_on),
        )
        is True
    )


async def add(transaction: Transaction, new: NewAbsence) -> None:
    """Write an absence."""
    await transaction.driver.execute(
        "INSERT INTO delegations (tenant_id, id, user_id, membership_id, partner_id, deputy_id, starts_on, ends_on,"
        " reason, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        *(transaction.tenant_id, new.id, new.user_id, new.membership_id, new.partner_id, new.deputy_id),
        *(new.starts_on, new.ends_on, new.reason, new.created_by),
    )


async def end(transaction: Transaction, absence_id: UUID) -> bool:
    """End an absence now; False if it was ended before."""
    done = await transaction.driver.execute(
        "UPDATE delegations SET ended_at = now() WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL",
        transaction.tenant_id,
        absence_id,
    )
    return not done.endswith(" 0")


def _view(row: Row, today: date) -> AbsenceView:
    starts_on, ends_on = cast("date", row["starts_on"]), cast("date", row["ends_on"])
    return AbsenceView(
        id=cast("UUID", row["id"]),
        user_id=cast("UUID", row["user_id"]),
        user=str(row["name"]),
        membership_id=cast("UUID", row["membership_id"]),
        role=str(row["role"]),
        organisation=str(row["organisation"]),
        deputy_id=cast("UUID", row["deputy_id"]),
        deputy=str(row["deputy"]),
        starts_on=starts_on,
        ends_on=ends_on,
        reason=str(row["reason"]),
        state=_state(starts_on, ends_on, today, is_ended=row["ended_at"] is not None),
    )


def _state(starts_on: date, ends_on: date, today: date, *, is_ended: bool) -> State:
    if is_ended:
        return "ended"
    return "coming" if today < starts_on else "over" if today > ends_on else "running"
