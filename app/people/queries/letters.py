"""Rows letters are made of; the worker reads them, for nobody."""

from typing import Final
from uuid import UUID

from app.infra.db.transaction import Row, Transaction

_INVITATION: Final = """
    SELECT i.email, i.locale, i.role, i.expires_at, u.name AS inviter,
           coalesce(p.name, house_name(t, i.locale)) AS organisation, house_name(t, i.locale) AS tenant, t.code, t.zone
    FROM invitations i
    JOIN tenants t ON t.id = i.tenant_id
    JOIN users u ON u.tenant_id = i.tenant_id AND u.id = i.invited_by
    LEFT JOIN partners p ON p.tenant_id = i.tenant_id AND p.id = i.partner_id
    WHERE i.tenant_id = $1 AND i.id = $2 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > now()
"""
_RESET: Final = """
    SELECT u.email, u.name, u.locale, r.expires_at, house_name(t, u.locale) AS tenant, t.code, t.zone
    FROM password_resets r
    JOIN tenants t ON t.id = r.tenant_id
    JOIN users u ON u.tenant_id = r.tenant_id AND u.id = r.user_id AND u.disabled_at IS NULL
    WHERE r.tenant_id = $1 AND r.id = $2 AND r.used_at IS NULL AND r.expires_at > now()
"""
_ABSENCE: Final = """
    SELECT b.email, b.name AS deputy, b.locale, a.name, d.starts_on, d.ends_on, house_name(t, b.locale) AS tenant
    FROM delegations d
    JOIN tenants t ON t.id = d.tenant_id
    JOIN users a ON a.tenant_id = d.tenant_id AND a.id = d.user_id
    JOIN users b ON b.tenant_id = d.tenant_id AND b.id = d.deputy_id AND b.disabled_at IS NULL
    WHERE d.tenant_id = $1 AND d.id = $2 AND d.ended_at IS NULL
"""
_PERSON: Final = """
    SELECT u.email, u.name, u.locale, house_name(t, u.locale) AS tenant, t.code
    FROM users u JOIN tenants t ON t.id = u.tenant_id
    WHERE u.tenant_id = $1 AND u.id = $2
"""


async def read_invited(transaction: Transaction, about: UUID) -> Row | None:
    """Read what a letter of invitation says; nothing once it was taken back or used."""
    return await transaction.driver.fetchrow(_INVITATION, transaction.tenant_id, about)


async def read_resetting(transaction: Transaction, about: UUID) -> Row | None:
    """Read what a letter with a link for a new password says; nothing once that was used or the account was shut."""
    return await transaction.driver.fetchrow(_RESET, transaction.tenant_id, about)


async def read_standing_in(transaction: Transaction, about: UUID) -> Row | None:
    """Read what a deputy is told; nothing once the absence was ended."""
    return await transaction.driver.fetchrow(_ABSENCE, transaction.tenant_id, about)


async def read_owner(transaction: Transaction, about: UUID) -> Row | None:
    """Read to whom a change of their own sign-in is told."""
    return await transaction.driver.fetchrow(_PERSON, transaction.tenant_id, about)
