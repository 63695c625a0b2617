"""The tenants of this installation: public facts, few and nearly constant, remembered by each process."""

import time
from collections.abc import Sequence
from typing import Final, cast

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import Row, open_transaction

_FRESH_S: Final = 60.0
_RETRY_S: Final = 1.0  # an unknown id or code does not make every request ask again


class Tenant(Struct, frozen=True):
    """One manufacturer, as anybody may see it."""

    id: int
    code: str
    names: dict[str, str]  # in every language
    taglines: dict[str, str]
    zone: str
    country: str
    locales: tuple[str, ...]


class Tenants:
    """All tenants, read at first use and again when they may have changed."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through this pool; tenants are visible without a context."""
        self._engine = engine
        self._all: dict[int, Tenant] = {}
        self._read_at = float("-inf")

    async def every(self) -> Sequence[Tenant]:
        """List the tenants by id."""
        if time.monotonic() - self._read_at > _FRESH_S:
            await self._read()
        return list(self._all.values())

    async def by_id(self, tenant_id: int) -> Tenant | None:
        """Find a tenant."""
        return next((one for one in await self.every() if one.id == tenant_id), None)

    async def by_code(self, code: str) -> Tenant | None:
        """Find a tenant by the word in its address; one made a moment ago is found too."""
        for one in await self.every():
            if one.code == code:
                return one
        if time.monotonic() - self._read_at > _RETRY_S:
            await self._read()
        return next((one for one in self._all.values() if one.code == code), None)

    async def _read(self) -> None:
        async with open_transaction(self._engine, read_only=True) as transaction:
            rows = await transaction.driver.fetch("SELECT * FROM tenants ORDER BY id")
        self._all = {tenant.id: tenant for tenant in map(_tenant, rows)}
        self._read_at = time.monotonic() if self._all else float("-inf")


def _tenant(row: Row) -> Tenant:
    name = str(row["name"])
    return Tenant(
        id=int(str(row["id"])),
        code=str(row["code"]),
        names={"ru": name, "kk": str(row["name_kk"]) or name, "en": str(row["name_en"]) or name},
        taglines={code: str(row[f"tagline_{code}"]) for code in ("ru", "kk", "en")},
        zone=str(row["zone"]),
        country=str(row["country"]),
        locales=tuple(cast("list[str]", row["locales"])),
    )
