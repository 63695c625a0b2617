"""What a first load leaves behind, small: companies of every kind with their people, and the manufacturer's staff."""

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from app.access.actors import CABINET_OF_ROLE
from app.infra.db.transaction import Transaction

KINDS: Final = {
    "distributor": ["distributor_head", "distributor_senior", "distributor_manager"],
    "direct_buyer": ["direct_buyer_head", "direct_buyer_senior", "direct_buyer_manager"],
    "logistics": ["forwarder"],
}
COMPANIES: Final = 3
STAFF: Final = [role for role, cabinet in CABINET_OF_ROLE.items() if cabinet in {"service", "admin"}]
LOCALES: Final = ("ru", "kk", "en")
REGION: Final = UUID(int=0x99)


def key(transaction: Transaction, *words: object) -> UUID:
    return uuid5(NAMESPACE_URL, "/".join(map(str, (transaction.tenant_id, *words))))


async def load(transaction: Transaction) -> None:
    """Insert everything for the tenant of this transaction."""
    driver, tenant = transaction.driver, transaction.tenant_id
    await driver.execute(
        "INSERT INTO regions (tenant_id, id, country, name_ru, name_kk, name_en, src_version, src_label)"
        " VALUES ($1, $2, 'KZ', 'Юг', 'Оңтүстік', 'South', 1, '')",
        tenant,
        REGION,
    )
    for number, role in enumerate(STAFF):
        await driver.execute(
            "INSERT INTO managers (tenant_id, id, name, email, role, locale, regions, src_version, src_label)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, 1, '')",
            *(tenant, key(transaction, role), f"Сотрудник {role}", f"{role}@t{tenant}.example", role),
            *(LOCALES[number % 3], [REGION]),
        )
    for kind, roles in KINDS.items():
        for number in range(COMPANIES):
            await _company(transaction, kind, number, roles)


async def _company(transaction: Transaction, kind: str, number: int, roles: list[str]) -> None:
    driver, tenant = transaction.driver, transaction.tenant_id
    company = key(transaction, kind, number)
    await driver.execute(
        "INSERT INTO partners (tenant_id, id, kind, name, region_id, manager_id, src_version, src_label)"
        " VALUES ($1, $2, $3, $4, $5, $6, 1, '')",
        *(tenant, company, kind, f"{kind} {number}", REGION, key(transaction, "manager_limited")),
    )
    for contract in range(1 if kind == "logistics" else number + 1):
        paper = key(transaction, kind, number, contract)
        await driver.execute(
            "INSERT INTO contracts (tenant_id, id, partner_id, counterparty_id, number, currency, status,"
            " credit_limited, vat_country, src_version, src_label)"
            " VALUES ($1, $2, $3, $2, $4, 'KZT', 'live', false, 'KZ', 1, '')",
            *(tenant, paper, company, f"{number}/{contract}"),
        )
        await driver.execute(
            "INSERT INTO agreements (tenant_id, id, partner_id, contract_id, number, name, segment_id,"
            " price_list_id, warehouse_id, status, src_version, src_label)"
            " VALUES ($1, $2, $3, $2, $4, 'A', $2, $2, $2, 'live', 1, '')",
            *(tenant, paper, company, f"{number}/{contract}"),
        )
    for place, role in enumerate(roles):
        await driver.execute(
            "INSERT INTO contacts (tenant_id, id, partner_id, name, email, role, locale, region_id, src_version,"
            " src_label) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, '')",
            *(tenant, key(transaction, kind, number, role), company, f"Человек {number}"),
            *(f"{role}{number}@t{tenant}.example", role, LOCALES[(number + place) % 3], REGION),
        )
