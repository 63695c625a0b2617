"""The tenants of this installation: public facts, few and nearly constant, remembered by each process for a moment."""

import asyncio
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, cast

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.infra.db.transaction import Row, open_tenant_transaction, open_transaction
from app.kernel.colours import stylesheet

_FRESH_S: Final = 1.0  # a brand or a time zone that was changed is seen by everybody within a second
_LOGOS: Final = 200  # kept in memory, half a megabyte each at most
STYLES_FILE: Final = "brand.css"
LOGO_FILE: Final = "logo.png"


class Tenant(Struct, frozen=True):
    """One manufacturer, as anybody may see it."""

    id: int
    code: str
    names: dict[str, str]  # in every language
    taglines: dict[str, str]
    zone: str
    country: str
    locales: tuple[str, ...]
    accent: str = ""  # the brand's colour; empty: the portal's own
    logo: str = ""  # digest of the picture; empty: none
    currency: str = "KZT"
    currencies: tuple[str, ...] = ()

    @property
    def styles(self) -> str:
        """Write the brand's colours; empty where it has none."""
        return stylesheet(self.accent) if self.accent else ""

    @property
    def styles_href(self) -> str:
        """Give the address of the brand's colours, which never changes its content; empty where it has none."""
        return styles_href(self.code, self.accent)

    @property
    def logo_href(self) -> str:
        """Give the address of the logo, which never changes its content; empty where there is none."""
        return logo_href(self.code, self.logo)


def styles_href(code: str, accent: str) -> str:
    """Give the address of a brand's colours; empty where it has none."""
    return f"/brand/{code}/{digest(stylesheet(accent).encode())}/{STYLES_FILE}" if accent else ""


def logo_href(code: str, name: str) -> str:
    """Give the address of a brand's logo; empty where it has none."""
    return f"/brand/{code}/{name}/{LOGO_FILE}" if name else ""


def digest(body: bytes) -> str:
    """Name a content, as the addresses of files do."""
    return sha256(body).hexdigest()[:16]


class Tenants:
    """All tenants, read at first use and again when they may have changed."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through this pool; tenants are visible without a context."""
        self._engine = engine
        self._all: dict[int, Tenant] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._logos: dict[tuple[int, str], bytes] = {}

    async def every(self) -> Sequence[Tenant]:
        """List the tenants by id."""
        # One asks again, the others go on with what is known: they may hold a connection of the same pool.
        if time.monotonic() - self._read_at > _FRESH_S and not (self._all and self._reading.locked()):
            async with self._reading:
                if time.monotonic() - self._read_at > _FRESH_S:
                    await self._read()
        return list(self._all.values())

    async def by_id(self, tenant_id: int) -> Tenant | None:
        """Find a tenant."""
        return next((one for one in await self.every() if one.id == tenant_id), None)

    async def by_code(self, code: str) -> Tenant | None:
        """Find a tenant by the word in its address."""
        return next((one for one in await self.every() if one.code == code), None)

    async def logo(self, tenant: Tenant, name: str) -> bytes | None:
        """Read a logo by its digest; earlier ones are found as long as they are kept, for pages still open."""
        key = (tenant.id, name)
        if key not in self._logos:
            async with open_tenant_transaction(self._engine, tenant.id, read_only=True) as transaction:
                body = await transaction.driver.fetchval(
                    "SELECT body FROM tenant_logos WHERE tenant_id = $1 AND digest = $2", tenant.id, name
                )
            if not isinstance(body, bytes):
                return None
            if len(self._logos) >= _LOGOS:
                self._logos.clear()
            self._logos[key] = body
        return self._logos[key]

    def forget(self) -> None:
        """Ask anew at the next need: this process has just changed something."""
        self._read_at = float("-inf")

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
        accent=str(row["accent"]),
        logo=str(row["logo"]),
        currency=str(row["currency"]),
        currencies=tuple(cast("list[str]", row["currencies"])),
    )
