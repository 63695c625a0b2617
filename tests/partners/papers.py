"""Contracts and what hangs on them, for organisations that tests/access/people.py made."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.kernel.clock import business_date, utc_now
from tests.access.people import ALATAU, HANTENGRI, known_id

# A night ahead of UTC: what "in five days" is counted from (R15).
TODAY: Final = business_date(utc_now(), "Asia/Almaty")
SOUTH: Final = known_id("region", "south")
CITY: Final = known_id("region", "city")  # inside the south
NORTH: Final = known_id("region", "north")
DISTRIBUTOR: Final = known_id("alatau", "distributor", "")
RIVAL: Final = known_id("alatau", "distributor", "/2")
BUYER: Final = known_id("alatau", "direct_buyer", "")
ABROAD: Final = known_id("hantengri", "distributor", "")


class Paper(Struct, frozen=True):
    """A contract with one agreement."""

    number: str
    partner: UUID
    tenant: int = ALATAU
    status: str = "live"
    ends_in: int | None = None  # days

    @property
    def id(self) -> UUID:
        return known_id("contract", self.number)

    @property
    def agreement_id(self) -> UUID:
        return known_id("agreement", self.number)

    @property
    def valid_to(self) -> date | None:
        return None if self.ends_in is None else TODAY + timedelta(days=self.ends_in)


# Five of the distributor's, of which one has ended and one is closed.
PAPERS: Final = (
    Paper("A-1", DISTRIBUTOR),
    Paper("A-2", DISTRIBUTOR, ends_in=400),
    Paper("A-3", DISTRIBUTOR, ends_in=5),
    Paper("A-4", DISTRIBUTOR, ends_in=-40),
    Paper("A-5", DISTRIBUTOR, status="closed"),
    Paper("B-1", RIVAL),
    Paper("C-1", BUYER),
    Paper("H-1", ABROAD, tenant=HANTENGRI),
)


async def write(url: str) -> None:
    """Insert regions, legal entities, papers and addresses, as a superuser of a fresh database."""
    connection = await asyncpg.connect(url)
    try:
        for region, parent in ((SOUTH, None), (CITY, SOUTH), (NORTH, None)):
            await connection.execute(
                "INSERT INTO regions (tenant_id, id, parent_id, country, name_ru, name_kk, name_en, src_version,"
                " src_label) VALUES (1, $1, $2, 'KZ', 'Регион', 'Өңір', 'Region', 1, '')",
                region,
                parent,
            )
        for partner, region in ((DISTRIBUTOR, CITY), (RIVAL, NORTH), (BUYER, SOUTH)):
            await connection.execute("UPDATE partners SET region_id = $2 WHERE id = $1", partner, region)
        for paper in PAPERS:
            await _write_paper(connection, paper)
    finally:
        await connection.close()


async def _write_paper(connection: "asyncpg.Connection[asyncpg.Record]", paper: Paper) -> None:
    entity, owner = known_id("entity", str(paper.partner)), (paper.tenant, paper.partner)
    await connection.execute("SELECT set_config('app.tenant', $1, false)", str(paper.tenant))
    await connection.execute(
        "INSERT INTO counterparties (tenant_id, partner_id, id, name, tax_id, country, src_version, src_label)"
        " VALUES ($1, $2, $3, 'ТОО «Арна»', '123456789012', 'KZ', 1, '') ON CONFLICT DO NOTHING",
        *owner,
        entity,
    )
    await connection.execute(
        "INSERT INTO consignee_addresses (tenant_id, partner_id, id, counterparty_id, kind, text, station,"
        " station_code, src_version, src_label) VALUES ($1, $2, $3, $4, 'rail', $5, 'Арыс', '698708', 1, '')",
        *owner,
        known_id("address", paper.number),
        entity,
        f"Склад {paper.number}",
    )
    await connection.execute(
        "INSERT INTO contracts (tenant_id, partner_id, id, counterparty_id, number, currency, status, valid_to,"
        " credit_limited, vat_country, src_version, src_label)"
        " VALUES ($1, $2, $3, $4, $5, 'KZT', $6, $7, false, 'KZ', 1, '')",
        *(*owner, paper.id, entity, paper.number, paper.status, paper.valid_to),
    )
    await connection.execute(
        "INSERT INTO agreements (tenant_id, partner_id, id, contract_id, number, name, segment_id, price_list_id,"
        " warehouse_id, discount_pct, min_amount, status, src_version, src_label)"
        " VALUES ($1, $2, $3, $4, $5, 'Дилерское', $3, $3, $3, 7.50, 150000, 'live', 1, '')",
        *(*owner, paper.agreement_id, paper.id, f"{paper.number}/1"),
    )
