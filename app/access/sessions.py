"""Sessions: rows in PostgreSQL, found by the hash of a secret only the browser has (RELIABILITY F1-F4).

An unknown id is never adopted, an id never changes whom it stands for, and nothing but a conditional
UPDATE of ``seen_at`` ever touches a row: a session that was ended stays ended.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.actors import Actor
from app.infra.db.engine import Class
from app.infra.db.transaction import Transaction
from app.kernel.ids import new_token, token_hash

# With what the caches must know of this snapshot: the lowest transaction still under way, and changes they may not have
# heard of (app/caching/marks.py). In the same statement, because every request needs it.
BEGIN_REQUEST: Final = """
    SELECT b.*, pg_snapshot_xmin(pg_current_snapshot())::text AS horizon, (
        SELECT CASE WHEN count(*) > 200 THEN 'many'
                    ELSE json_agg(json_build_array(m.tag, m.object, m.xid::text))::text END
        FROM (SELECT tag, object, xid FROM cache_marks WHERE tenant_id = $1 LIMIT 201) m) AS untold
    FROM begin_request($1, $2, $3) b
"""
# The same for a writing request: rules and facts cannot change until it ends (migration 0025).
BEGIN_CHANGE: Final = "SELECT * FROM begin_change($1, $2, $3)"
ABSOLUTE_LIFE: Final = timedelta(hours=12)
SEEN_STEP: Final = timedelta(minutes=1)
_LETTERS: Final[dict[str, Class]] = {"c": "client", "s": "staff"}
_PARTS: Final = 3
_MAX_LENGTH: Final = 80
_MAX_TENANT: Final = 2**31


class Credential(Struct, frozen=True):
    """A cookie or a bearer token, taken apart; ``kind`` only picks the pool, the database decides."""

    tenant_id: int
    kind: Class
    secret_hash: bytes
    is_bearer: bool
    secret: str = ""  # of a session: the form token is made from it

    @property
    def args(self) -> tuple[int, bytes, bool]:
        """Arguments of :data:`BEGIN_REQUEST`."""
        return self.tenant_id, self.secret_hash, self.is_bearer


class NewSession(Struct, frozen=True):
    """A session just made: what goes into the cookie, once."""

    credential: str
    secret: str


def read_credential(text: str, *, is_bearer: bool) -> Credential | None:
    """Take ``<tenant id>.<c|s>.<secret>`` apart; anything else is nothing."""
    parts = text.split(".")
    if len(text) > _MAX_LENGTH or len(parts) != _PARTS or not text.isascii():
        return None
    tenant, letter, secret = parts
    if not tenant.isdigit() or not secret or letter not in _LETTERS or int(tenant) >= _MAX_TENANT:
        return None
    return Credential(int(tenant), _LETTERS[letter], token_hash(secret), is_bearer, secret)


def write_credential(tenant_id: int, kind: Class, secret: str) -> str:
    """Put a credential together."""
    return f"{tenant_id}.{kind[0]}.{secret}"


def read_actor(row: Mapping[str, object], tenant_id: int, zone: str, *, is_script: bool = False) -> Actor:
    """Make the actor of a row of :data:`BEGIN_REQUEST`; a row about somebody who makes no request has less."""
    permissions = cast("list[str] | None", row.get("permissions"))
    return Actor(
        tenant_id=tenant_id,
        user_id=cast("UUID", row["user_id"]),
        membership_id=cast("UUID", row["membership_id"]),
        name=cast("str", row["name"]),
        email=cast("str", row["email"]),
        role=cast("str", row["role"]),
        partner_id=cast("UUID | None", row["partner_id"]),
        branch=cast("str", row["branch"]),
        regions=tuple(cast("list[UUID]", row["regions"])),
        partners=tuple(cast("list[UUID]", row["partners"])),
        locale=cast("str", row["locale"]),
        theme=cast("str", row["theme"]),
        zone=zone,
        rules_v=cast("int", row["rules_v"]),
        facts_v=cast("int", row["facts_v"]),
        is_script=is_script,
        read_only=cast("bool", row["read_only"]),
        permissions=None if permissions is None else tuple(permissions),
        needs_factor=row.get("needs_factor") is True,
        deputy_id=cast("UUID | None", row.get("deputy_id")),
        on_behalf=cast("str", row.get("on_behalf") or ""),
        until=cast("date | None", row.get("until")),
    )


def is_stale(row: Mapping[str, object]) -> bool:
    """Whether ``seen_at`` is old enough to be written again."""
    return datetime.now(UTC) - cast("datetime", row["seen_at"]) > SEEN_STEP


async def touch(transaction: Transaction, credential: Credential) -> None:
    """Note that the session is in use, at most once a minute; an ended one is not brought back."""
    await transaction.driver.execute(
        "UPDATE /*free secret*/ sessions SET seen_at = now() WHERE tenant_id = $1 AND id_hash = $2"
        " AND seen_at < now() - interval '1 minute' AND seen_at > now() - interval '30 minutes'",
        credential.tenant_id,
        credential.secret_hash,
    )


async def create(  # noqa: PLR0913 - a session has this many facts
    transaction: Transaction,
    *,
    user_id: UUID,
    membership_id: UUID,
    epoch: int,
    kind: Class,
    agent: str,
    address: str,
    expires_at: datetime | None = None,
    delegation_id: UUID | None = None,
) -> NewSession:
    """Make a session with a new 256-bit id; the context must already be the user's.

    With ``delegation_id`` the membership is the absent person's and the session lives only as long as the absence.
    """
    secret = new_token()
    await transaction.driver.execute(
        "INSERT /*within person $3*/ INTO sessions (tenant_id, id_hash, user_id, membership_id, epoch, class,"
        " expires_at, agent, address, delegation_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, now() + $8::interval), $9, $10, $11)",
        transaction.tenant_id,
        token_hash(secret),
        user_id,
        membership_id,
        epoch,
        kind,
        expires_at,
        ABSOLUTE_LIFE,
        agent[:300],
        address[:64],
        delegation_id,
    )
    return NewSession(write_credential(transaction.tenant_id, kind, secret), secret)


async def end(transaction: Transaction, secret_hash: bytes) -> None:
    """Delete a session; there is nothing left to bring back."""
    await transaction.driver.execute(
        "DELETE /*free secret*/ FROM sessions WHERE tenant_id = $1 AND id_hash = $2",
        *(transaction.tenant_id, secret_hash),
    )
