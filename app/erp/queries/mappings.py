"""Rows of a tenant's own mapping: the one in use, those before it, the draft of the next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.db.transaction import Transaction
from app.kernel.ids import new_id

_USED: Final = """
    SELECT /*under erp:manage*/ m.id, m.family, m.text FROM erp_mapping_desks d
    JOIN erp_mappings m ON m.tenant_id = $1 AND m.id = d.used_id WHERE d.tenant_id = $1
"""
_DESK: Final = """
    SELECT /*under erp:manage*/ d.used_id, d.draft_family, d.draft_text, d.draft_by, coalesce(u.name, '') AS drafted_by,
           d.drafted_at, d.looked_at, coalesce(d.look::text, '') AS look, d.version
    FROM erp_mapping_desks d LEFT JOIN users u ON u.tenant_id = $1 AND u.id = d.draft_by WHERE d.tenant_id = $1
"""
_EVERY: Final = """
    SELECT /*under erp:manage*/ m.id, m.family, m.text, m.reason, coalesce(a.name, '') AS made_by, m.used_at,
           coalesce(b.name, '') AS used_by
    FROM erp_mappings m LEFT JOIN users a ON a.tenant_id = $1 AND a.id = m.made_by
    LEFT JOIN users b ON b.tenant_id = $1 AND b.id = m.used_by
    WHERE m.tenant_id = $1 ORDER BY m.used_at DESC, m.id LIMIT $2
"""
_DRAFT: Final = """
    /*under erp:manage*/ INSERT INTO erp_mapping_desks AS d
        (tenant_id, draft_family, draft_text, draft_by, drafted_at, version) VALUES ($1, $2, $3, $4, now(), 2)
    ON CONFLICT (tenant_id) DO UPDATE SET draft_family = excluded.draft_family, draft_text = excluded.draft_text,
        draft_by = excluded.draft_by, drafted_at = now(), look = NULL, looked_at = NULL, version = d.version + 1
        WHERE d.version = $5
"""
_DROP: Final = """
    /*under erp:manage*/ UPDATE erp_mapping_desks SET draft_family = NULL, draft_text = NULL, draft_by = NULL,
        drafted_at = NULL, look = NULL, looked_at = NULL, version = version + 1
    WHERE tenant_id = $1 AND version = $2 AND draft_text IS NOT NULL
"""
_KEEP: Final = """
    /*under erp:manage*/ INSERT INTO erp_mappings (tenant_id, id, family, text, reason, made_by, used_by)
    SELECT $1, $2, draft_family, draft_text, $3, draft_by, $4 FROM erp_mapping_desks
    WHERE tenant_id = $1 AND version = $5 AND draft_text IS NOT NULL AND draft_by IS NOT NULL
"""
_USE: Final = """
    /*under erp:manage*/ UPDATE erp_mapping_desks SET used_id = $2, draft_family = NULL, draft_text = NULL,
        draft_by = NULL, drafted_at = NULL, look = NULL, looked_at = NULL, version = version + 1 WHERE tenant_id = $1
"""
_WAITING: Final = """
    SELECT draft_family, draft_text, version FROM erp_mapping_desks
    WHERE tenant_id = $1 AND draft_text IS NOT NULL AND looked_at IS NULL
"""
_LOOKED: Final = """
    UPDATE erp_mapping_desks SET look = $3::text::jsonb, looked_at = now()
    WHERE tenant_id = $1 AND version = $2 AND draft_text IS NOT NULL
"""
_AGAIN: Final = """
    /*under erp:manage*/ UPDATE erp_mapping_desks SET look = NULL, looked_at = NULL
    WHERE tenant_id = $1 AND version = $2 AND draft_text IS NOT NULL
"""


class Used(Struct, frozen=True):
    """The mapping in use."""

    id: UUID
    family: str
    text: str


class Desk(Struct, frozen=True):
    """Where the next mapping is prepared."""

    used_id: UUID | None = None
    draft_family: str | None = None
    draft_text: str | None = None
    draft_by: UUID | None = None
    drafted_by: str = ""
    drafted_at: datetime | None = None
    looked_at: datetime | None = None
    look: str = ""
    version: int = 1


class Kept(Struct, frozen=True):
    """A mapping that is in use or was."""

    id: UUID
    family: str
    text: str
    reason: str
    made_by: str
    used_at: datetime
    used_by: str


class Waiting(Struct, frozen=True):
    """A draft nobody has held against the ERP yet."""

    family: str
    text: str
    version: int


async def read_used(transaction: Transaction) -> Used | None:
    """Read the mapping in use; None: the usual family as it is shipped."""
    row = await transaction.driver.fetchrow(_USED, transaction.tenant_id)
    return None if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), Used)


async def read_desk(transaction: Transaction) -> Desk:
    """Read the draft and what was seen of it."""
    row = await transaction.driver.fetchrow(_DESK, transaction.tenant_id)
    return Desk() if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), Desk)


async def read_kept(transaction: Transaction, most: int) -> Sequence[Kept]:
    """Read every mapping that is in use or was, the newest first."""
    rows = await transaction.driver.fetch(_EVERY, transaction.tenant_id, most)
    return [msgspec.convert(dict(cast("dict[str, object]", row)), Kept) for row in rows]


async def write_draft(transaction: Transaction, family: str, text: str, user_id: UUID, version: int) -> bool:
    """Put a draft on the desk, to be looked at; False if somebody was faster."""
    tag = await transaction.driver.execute(_DRAFT, transaction.tenant_id, family, text, user_id, version)
    return not tag.endswith(" 0")


async def drop_draft(transaction: Transaction, version: int) -> bool:
    """Clear the desk; False if somebody was faster, or there is nothing on it."""
    tag = await transaction.driver.execute(_DROP, transaction.tenant_id, version)
    return not tag.endswith(" 0")


async def ask_again(transaction: Transaction, version: int) -> bool:
    """Let the draft be looked at once more; False if somebody was faster, or there is none."""
    tag = await transaction.driver.execute(_AGAIN, transaction.tenant_id, version)
    return not tag.endswith(" 0")


async def use_draft(transaction: Transaction, user_id: UUID, reason: str, version: int) -> UUID | None:
    """Let the draft be the mapping from now on; None if somebody was faster, or there is none."""
    mapping_id = new_id()
    tag = await transaction.driver.execute(_KEEP, transaction.tenant_id, mapping_id, reason, user_id, version)
    if tag.endswith(" 0"):
        return None
    await transaction.driver.execute(_USE, transaction.tenant_id, mapping_id)
    return mapping_id


async def read_waiting(transaction: Transaction) -> Waiting | None:
    """Read the draft that waits to be held against the ERP."""
    row = await transaction.driver.fetchrow(_WAITING, transaction.tenant_id)
    if row is None:
        return None
    return Waiting(cast("str", row["draft_family"]), cast("str", row["draft_text"]), cast("int", row["version"]))


async def write_look(transaction: Transaction, version: int, look: str) -> None:
    """Keep what was seen, if the draft is still the one that was looked at."""
    await transaction.driver.execute(_LOOKED, transaction.tenant_id, version, look)
