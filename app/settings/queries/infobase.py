"""Rows of infobases: written by the administrator, read by the worker, which also writes what it found there."""

from datetime import datetime
from typing import Final, Literal, cast

import asyncpg
from msgspec import Struct

from app.infra.db.transaction import Row, Transaction
from app.settings.schemas import Surface

_READ: Final = """
    SELECT t.infobase AS usual, t.infobase_version AS version, t.surface, coalesce(f.surface, '') AS surface_used,
           i.base, i.infobase, i.username, i.secret, i.asked_at, i.checked_at, i.verdict, i.said
    FROM tenants t LEFT JOIN tenant_infobases i ON i.tenant_id = t.id
    LEFT JOIN erp_freshness f ON f.tenant_id = t.id WHERE t.id = $1
"""
_COUNT: Final = "UPDATE tenants SET infobase_version = infobase_version + 1 WHERE id = $1 AND infobase_version = $2"
_PUT: Final = """
    INSERT INTO tenant_infobases (tenant_id, base, infobase, username, secret, asked_at)
    VALUES ($1, $2, $3, $4, $5, now())
    ON CONFLICT (tenant_id) DO UPDATE SET base = excluded.base, infobase = excluded.infobase,
        username = excluded.username, secret = excluded.secret,
        asked_at = now(), checked_at = NULL, verdict = '', said = ''
"""
_TAKEN: Final = """
    SELECT EXISTS (SELECT FROM tenants t WHERE t.id <> $1 AND t.infobase = $2)
"""
_VERDICT: Final = """
    UPDATE tenant_infobases SET checked_at = now(), verdict = $3, said = $4
    WHERE tenant_id = $1 AND asked_at = $2
"""


class Place(Struct, frozen=True):
    """What a tenant named itself; the secret is sealed."""

    base: str
    infobase: str
    username: str
    secret: bytes
    asked_at: datetime | None
    checked_at: datetime | None
    verdict: str
    said: str

    @property
    def is_waiting(self) -> bool:
        """Whether somebody asked for a look that has not been taken yet."""
        return self.asked_at is not None and (self.checked_at is None or self.checked_at < self.asked_at)


class InfobaseRow(Struct, frozen=True):
    """A tenant's infobase: ``place`` where it named one, else ``usual`` on the operator's server."""

    usual: str
    version: int
    place: Place | None
    surface: Surface
    surface_used: Literal["", "h", "o"]


async def read_infobase(transaction: Transaction) -> InfobaseRow:
    """Read where the tenant's infobase is."""
    row = cast("Row", await transaction.driver.fetchrow(_READ, transaction.tenant_id))
    place = None if row["base"] is None else _place(row)
    surface, used = cast("Surface", row["surface"]), cast("Literal['', 'h', 'o']", row["surface_used"])
    return InfobaseRow(str(row["usual"]), cast("int", row["version"]), place, surface, used)


async def is_usual_of_another(transaction: Transaction, infobase: str) -> bool:
    """Whether this is another tenant's base on the operator's own server."""
    return await transaction.driver.fetchval(_TAKEN, transaction.tenant_id, infobase) is True


async def write_place(transaction: Transaction, place: tuple[str, str, str, bytes], version: int) -> bool:
    """Name an infobase (base, infobase, username, sealed secret); False if somebody was faster.

    Raises:
        PlaceTakenError: it is another tenant's.
    """
    if not await _count(transaction, version):
        return False
    # Whoever is refused still reads the page again in this transaction.
    await transaction.driver.execute("SAVEPOINT naming")
    try:
        await transaction.driver.execute(_PUT, transaction.tenant_id, *place)
    except asyncpg.UniqueViolationError:
        await transaction.driver.execute("ROLLBACK TO SAVEPOINT naming")
        raise PlaceTakenError from None
    return True


async def write_surface(transaction: Transaction, surface: Surface, version: int) -> bool:
    """Say which interface is wanted; False if somebody was faster."""
    if not await _count(transaction, version):
        return False
    await transaction.driver.execute("UPDATE tenants SET surface = $2 WHERE id = $1", transaction.tenant_id, surface)
    return True


async def drop_place(transaction: Transaction, version: int) -> bool:
    """Go back to the operator's server; False if somebody was faster."""
    if not await _count(transaction, version):
        return False
    await transaction.driver.execute("DELETE FROM tenant_infobases WHERE tenant_id = $1", transaction.tenant_id)
    return True


async def ask_for_a_look(transaction: Transaction) -> bool:
    """Ask the worker to look; False if the tenant named no infobase of its own."""
    done = await transaction.driver.execute(
        "UPDATE tenant_infobases SET asked_at = now() WHERE tenant_id = $1", transaction.tenant_id
    )
    return not done.endswith(" 0")


async def write_verdict(transaction: Transaction, asked_at: datetime, verdict: str, said: str) -> None:
    """Write what was found, if nobody has asked anew meanwhile."""
    await transaction.driver.execute(_VERDICT, transaction.tenant_id, asked_at, verdict, said)


class PlaceTakenError(Exception):
    """The infobase is another tenant's."""


async def _count(transaction: Transaction, version: int) -> bool:
    return not (await transaction.driver.execute(_COUNT, transaction.tenant_id, version)).endswith(" 0")


def _place(row: Row) -> Place:
    return Place(
        base=str(row["base"]),
        infobase=str(row["infobase"]),
        username=str(row["username"]),
        secret=cast("bytes", row["secret"]),
        asked_at=cast("datetime | None", row["asked_at"]),
        checked_at=cast("datetime | None", row["checked_at"]),
        verdict=str(row["verdict"]),
        said=str(row["said"]),
    )
