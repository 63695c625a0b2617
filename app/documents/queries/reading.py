"""One attached file under the reader's rights."""

from typing import Final, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from app.access.decisions import Decision
from app.documents.events import FilePut, OwnerKind
from app.infra.db.transaction import Transaction

_OWNERS: Final = """
    SELECT 'contract' AS kind, id, partner_id FROM contracts WHERE tenant_id = $1
    UNION ALL SELECT 'claim', id, partner_id FROM claims WHERE tenant_id = $1
    UNION ALL SELECT 'invoice', id, partner_id FROM invoices WHERE tenant_id = $1
"""
_COLUMNS: Final = {"reg": "p.region_id", "org": "p.id"}


class FileRow(Struct, frozen=True):
    """A file whose content is here."""

    id: UUID
    owner_kind: OwnerKind
    owner_id: UUID
    name: str
    media_type: str
    size: int
    sha256: str


async def find_file(transaction: Transaction, visible: Decision, file_id: UUID) -> FileRow | None:
    """Find a file that has arrived. ``visible`` is document:view; whether its owner may be seen is asked elsewhere."""
    condition, params = visible.text(_COLUMNS, first=3)
    row = await transaction.driver.fetchrow(
        f"""SELECT a.id, a.owner_kind, a.owner_id, a.name, a.media_type, a.size, a.sha256
            FROM attachments a JOIN ({_OWNERS}) o ON o.kind = a.owner_kind AND o.id = a.owner_id
            JOIN partners p ON p.tenant_id = $1 AND p.id = o.partner_id
            WHERE a.tenant_id = $1 AND a.id = $2 AND a.deleted_at IS NULL AND a.stored_at IS NOT NULL
              AND {condition}""",
        transaction.tenant_id,
        file_id,
        *params,
    )
    return None if row is None else msgspec.convert(dict(cast("dict[str, object]", row)), FileRow)


async def add_outgoing(transaction: Transaction, visible: Decision, file: FilePut, author_id: UUID) -> bool:
    """Add a file that is to leave; False if its owner is not within ``visible``, which is document:view."""
    condition, params = visible.text(_COLUMNS, first=10)
    tag = await transaction.driver.execute(
        f"""INSERT INTO outgoing_files (tenant_id, id, owner_kind, owner_id, name, media_type, size, sha256, author_id)
            SELECT $1, $2, $3::text, $4::uuid, $5, $6, $7, $8, $9
            FROM ({_OWNERS}) o JOIN partners p ON p.tenant_id = $1 AND p.id = o.partner_id
            WHERE o.kind = $3::text AND o.id = $4::uuid AND {condition}""",
        *(transaction.tenant_id, file.id, file.owner_kind, file.owner_id, file.name, file.media_type),
        *(file.size, file.sha256, author_id),
        *params,
    )
    return tag.endswith(" 1")
