"""The audit trail: who did what to which object, on whose behalf, written in the transaction of the deed.

Rows are never changed; ``audit_seals`` says how that is held. Where a request came from is remembered by the edge,
so whoever records a deed names only the deed.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from app.infra.audit_changes import differences, readable
from app.infra.db.transaction import Transaction

_LONGEST: Final = 200
_RECORD: Final = """
    /*free appending*/
    INSERT INTO audit_records (tenant_id, actor_id, on_behalf_id, partner_id, action, object_kind, object_id,
                               object_name, detail, before, after, request_id, address, device)
    VALUES ($1, $2, $3, coalesce($4, (app_partners())[1]), $5, $6, $7, $8, $9::text::jsonb, $10::text::jsonb,
            $11::text::jsonb, $12, $13, $14)
"""


class Origin(Struct):
    """Where the deeds of a request come from; ``on_behalf_id``: whom the person stands in for, as a deputy does."""

    request_id: str = ""
    address: str = ""
    device: str = ""
    on_behalf_id: UUID | None = None


_ORIGIN: ContextVar[Origin | None] = ContextVar("audit origin", default=None)


def begin(origin: Origin) -> Token[Origin | None]:
    """Remember where what follows comes from."""
    return _ORIGIN.set(origin)


def end(token: Token[Origin | None]) -> None:
    """Forget it again."""
    _ORIGIN.reset(token)


def act_for(user_id: UUID) -> None:
    """Whatever this request records from now on is done on behalf of another person."""
    origin = _ORIGIN.get()
    if origin is None:
        _ORIGIN.set(Origin(on_behalf_id=user_id))
    else:
        origin.on_behalf_id = user_id


async def record(  # noqa: PLR0913 - one argument a column
    transaction: Transaction,
    action: str,
    object_kind: str,
    object_id: UUID | None,
    *,
    actor_id: UUID | None,
    object_name: str = "",
    partner_id: UUID | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    detail: Mapping[str, object] | None = None,
    on_behalf_id: UUID | None = None,
) -> None:
    """Append one row.

    ``action`` is ``thing.happened``; its words stand in ``admin/audit_wording.py``, and a test misses those without.
    ``object_name`` is what people call the object (a number, a name). ``partner_id``: the organisation it concerns;
    a client's own by itself. ``before`` and ``after`` may hold the whole object: only fields that differ are kept,
    secrets never, personal data only so far that a change shows. Without ``before`` something was made, without
    ``after`` it ended. ``on_behalf_id`` is known by itself where the edge knows it (``act_for``).
    """
    old, new = differences(before, after)
    origin = _ORIGIN.get() or Origin()
    await transaction.driver.execute(
        _RECORD,
        transaction.tenant_id,
        actor_id,
        on_behalf_id or origin.on_behalf_id,
        partner_id,
        action,
        object_kind,
        object_id,
        object_name[:_LONGEST],
        _json(readable(detail or {})),
        None if old is None else _json(old),
        None if new is None else _json(new),
        origin.request_id,
        origin.address,
        origin.device[:_LONGEST],
    )


def _json(value: Mapping[str, object]) -> str:
    return msgspec.json.encode(value).decode()
