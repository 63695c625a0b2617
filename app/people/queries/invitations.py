"""Rows of invitations, and of the people who come in by them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.infra.db.transaction import Row, Transaction
from app.people.queries.directory import COLUMNS
from app.people.schemas import InvitationState, InvitationView

_STATE: Final = """
    CASE WHEN i.accepted_at IS NOT NULL THEN 'accepted' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
         WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END
"""
_FROM: Final = f"""
    i.id, i.email, i.role, i.partner_id, coalesce(p.name, house_name(t, $4)) AS organisation, i.branch, i.regions,
    i.locale, coalesce(u.name, '') AS invited_by, i.created_at, i.expires_at, {_STATE} AS state
    FROM invitations i
    JOIN tenants t ON t.id = i.tenant_id
    LEFT JOIN partners p ON p.tenant_id = i.tenant_id AND p.id = i.partner_id
    LEFT JOIN people() u ON u.id = i.invited_by
"""
_COLUMNS: Final = {**COLUMNS, "org": "i.partner_id", "author": "i.invited_by", "branch": "i.branch"}
_OPEN: Final = """
    SELECT /*free deciding*/ i.id, i.email_key, i.email, i.partner_id, i.role, i.branch, i.regions, i.partners,
           i.invited_from, coalesce(p.kind, '') AS kind, p.region_id
    FROM invitations i LEFT JOIN partners p ON p.tenant_id = i.tenant_id AND p.id = i.partner_id
    WHERE i.tenant_id = $1 AND i.token_hash = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL
      AND i.expires_at > now()
"""


class NewInvitation(Struct, frozen=True):
    """A row to be written."""

    id: UUID
    token_hash: bytes
    email: str
    email_key: str
    partner_id: UUID | None
    role: str
    branch: str
    regions: Sequence[UUID]
    locale: str
    invited_by: UUID
    invited_from: UUID  # the inviter's place


class Called(Struct, frozen=True):
    """What a working token opens, as far as its inviter may still open it."""

    id: UUID
    email: str
    email_key: str
    partner_id: UUID | None
    role: str
    branch: str
    regions: Sequence[UUID]
    partners: Sequence[UUID]
    invited_from: UUID
    kind: str  # of the organisation; empty: the manufacturer
    region_id: UUID | None  # of the organisation


async def read_invitations(
    transaction: Transaction, decision: Decision, locale: str, *, invitation_id: UUID | None = None, limit: int = 200
) -> Sequence[InvitationView]:
    """List invitations, the newest first; ``decision`` is user:edit."""
    if decision.is_empty:
        return []
    allowed, params = decision.text(_COLUMNS, 5)
    rows = await transaction.driver.fetch(
        f"SELECT {_FROM} WHERE i.tenant_id = $1 AND ($2::uuid IS NULL OR i.id = $2) AND {allowed}"
        " ORDER BY i.created_at DESC, i.id DESC LIMIT $3",
        *(transaction.tenant_id, invitation_id, limit, locale),
        *params,
    )
    return [_view(row) for row in rows]


async def count_invitations(transaction: Transaction, decision: Decision) -> int:
    """Count them; ``decision`` is user:edit."""
    if decision.is_empty:
        return 0
    allowed, params = decision.text(_COLUMNS, 2)
    return cast(
        "int",
        await transaction.driver.fetchval(
            "SELECT count(*) FROM invitations i LEFT JOIN partners p ON p.tenant_id = i.tenant_id"
            f" AND p.id = i.partner_id WHERE i.tenant_id = $1 AND {allowed}",
            transaction.tenant_id,
            *params,
        ),
    )


async def read_regions_of(transaction: Transaction, invitation_id: UUID) -> Sequence[UUID]:
    """Read the regions an invitation gives."""
    found = await transaction.driver.fetchval(
        "SELECT regions FROM invitations WHERE tenant_id = $1 AND id = $2", transaction.tenant_id, invitation_id
    )
    return cast("list[UUID]", found or [])


async def count_recent(transaction: Transaction, inviter: UUID) -> int:
    """Count what somebody sent in the last hour."""
    return cast(
        "int",
        await transaction.driver.fetchval(
            "SELECT count(*) FROM invitations WHERE tenant_id = $1 AND invited_by = $2"
            " AND created_at > now() - interval '1 hour'",
            transaction.tenant_id,
            inviter,
        ),
    )


async def works_here(transaction: Transaction, email: str, partner_id: UUID | None) -> bool:
    """Whether somebody of this address works in the organisation already."""
    return (
        await transaction.driver.fetchval(
            "SELECT EXISTS (SELECT FROM people() u JOIN memberships m ON m.tenant_id = $1 AND m.user_id = u.id"
            " WHERE lower(u.email) = lower($2) AND m.partner_id IS NOT DISTINCT FROM $3 AND m.ended_at IS NULL)",
            transaction.tenant_id,
            email,
            partner_id,
        )
        is True
    )


async def add(transaction: Transaction, new: NewInvitation, life_days: int) -> None:
    """Write an invitation; one that was open for the same address and place no longer works."""
    await transaction.driver.execute(
        "UPDATE invitations SET revoked_at = now() WHERE tenant_id = $1 AND email_key = $2"
        " AND partner_id IS NOT DISTINCT FROM $3 AND accepted_at IS NULL AND revoked_at IS NULL",
        *(transaction.tenant_id, new.email_key, new.partner_id),
    )
    await transaction.driver.execute(
        "INSERT INTO invitations (tenant_id, id, token_hash, email, email_key, partner_id, role, branch, regions,"
        " locale, invited_by, invited_from, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, now() + make_interval(days => $13))",
        *(transaction.tenant_id, new.id, new.token_hash, new.email, new.email_key, new.partner_id, new.role),
        *(new.branch, list(new.regions), new.locale, new.invited_by, new.invited_from, life_days),
    )


async def revoke(transaction: Transaction, invitation_id: UUID) -> bool:
    """Take an open invitation back; False if it was not open any more."""
    done = await transaction.driver.execute(
        "UPDATE invitations SET revoked_at = now()"
        " WHERE tenant_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL",
        transaction.tenant_id,
        invitation_id,
    )
    return not done.endswith(" 0")


async def find_called(transaction: Transaction, secret_hash: bytes) -> Called | None:
    """Find the open invitation behind a token; None for every other token. The inviter's rights are asked apart."""
    row = await transaction.driver.fetchrow(_OPEN, transaction.tenant_id, secret_hash)
    if row is None:
        return None
    return Called(
        id=cast("UUID", row["id"]),
        email=str(row["email"]),
        email_key=str(row["email_key"]),
        partner_id=cast("UUID | None", row["partner_id"]),
        role=str(row["role"]),
        branch=str(row["branch"]),
        regions=cast("list[UUID]", row["regions"]),
        partners=cast("list[UUID]", row["partners"]),
        invited_from=cast("UUID", row["invited_from"]),
        kind=str(row["kind"]),
        region_id=cast("UUID | None", row["region_id"]),
    )


async def spend(transaction: Transaction, invitation_id: UUID, user_id: UUID) -> bool:
    """Use an invitation up; False for whoever comes second."""
    done = await transaction.driver.execute(
        "UPDATE invitations SET accepted_at = now(), accepted_by = $3 WHERE tenant_id = $1 AND id = $2"
        " AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()",
        transaction.tenant_id,
        invitation_id,
        user_id,
    )
    return not done.endswith(" 0")


async def add_person(
    transaction: Transaction, user_id: UUID, called: Called, *, name: str, password_hash: str, locale: str
) -> bool:
    """Write a new account; False if its address is somebody's already."""
    await transaction.driver.execute(
        "INSERT INTO users (tenant_id, id, email, name, password_hash, locale) VALUES ($1, $2, $3, $4, $5, $6)",
        *(transaction.tenant_id, user_id, called.email, name, password_hash, locale),
    )
    return await transaction.driver.fetchval("SELECT claim_login($1, $2)", called.email_key, user_id) is True


async def add_place(transaction: Transaction, place_id: UUID, user_id: UUID, called: Called) -> None:
    """Let a person work where they were called; a place they had there before is opened anew with the new role."""
    done = await transaction.driver.execute(
        "UPDATE memberships SET role = $4, branch = $5, regions = $6, ended_at = NULL, version = version + 1"
        " WHERE tenant_id = $1 AND user_id = $2 AND partner_id IS NOT DISTINCT FROM $3 AND ended_at IS NOT NULL",
        *(transaction.tenant_id, user_id, called.partner_id, called.role, called.branch, list(called.regions)),
    )
    if done.endswith(" 0"):
        await transaction.driver.execute(
            # A column is called as a protected table is; no row of that is touched.
            "INSERT /*free deciding*/ INTO memberships (tenant_id, id, user_id, partner_id, role, branch, regions,"
            " partners) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *(transaction.tenant_id, place_id, user_id, called.partner_id, called.role, called.branch),
            *(list(called.regions), list(called.partners)),
        )


def _view(row: Row) -> InvitationView:
    return InvitationView(
        id=cast("UUID", row["id"]),
        email=str(row["email"]),
        role=str(row["role"]),
        organisation_id=cast("UUID | None", row["partner_id"]),
        organisation=str(row["organisation"]),
        branch=str(row["branch"]),
        locale=str(row["locale"]),
        invited_by=str(row["invited_by"]),
        created_at=cast("datetime", row["created_at"]),
        expires_at=cast("datetime", row["expires_at"]),
        state=cast("InvitationState", row["state"]),
    )
