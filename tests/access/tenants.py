"""A tenant with rules, one client with contracts, and people to ask about."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, cast
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actors import Actor
from app.access.rules import Link, Rule
from app.infra.db.transaction import Transaction, open_tenant_transaction

TENANT: Final = 7
CLIENT: Final = UUID(int=0x700)
OTHER_CLIENT: Final = UUID(int=0x701)
REGION: Final = UUID(int=0x710)
CHILD_REGION: Final = UUID(int=0x711)
CONTRACT: Final = UUID(int=0x720)

BUYER: Final = Actor(
    tenant_id=TENANT,
    user_id=UUID(int=0x730),
    membership_id=UUID(int=0x731),
    name="Buyer",
    email="buyer@example.test",
    role="distributor_manager",
    partner_id=CLIENT,
    branch="north",
    regions=(),
    partners=(),
    locale="ru",
    theme="auto",
    zone="Asia/Almaty",
    rules_v=0,
    facts_v=0,
)


async def make_tenant(engine: AsyncEngine, tenant: int = TENANT) -> None:
    """Insert a tenant; ``engine`` is the owner's."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO tenants (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,"
            f" order_prefix) VALUES ({tenant}, 'tenant-{tenant}', 'Tenant', '', '', '', 'Asia/Almaty', 'KZ',"
            f" 'ib{tenant}', 'T') ON CONFLICT DO NOTHING"
        )


async def write_rules(transaction: Transaction, rules: Sequence[Rule], links: Sequence[Link] = ()) -> None:
    """Replace the tenant's rules, as an administrator would."""
    tenant, driver = transaction.tenant_id, transaction.driver
    await driver.execute("DELETE FROM access_rules WHERE tenant_id = $1", tenant)
    await driver.execute("DELETE FROM access_role_links WHERE tenant_id = $1", tenant)
    for rule in rules:
        await driver.execute(
            "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg, org, ctr, agr, lin, prd,"
            " val, aut, valid_from, valid_to)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            *(tenant, rule.id, rule.subject, rule.resource, rule.action, rule.effect, rule.reg, rule.org, rule.ctr),
            *(rule.agr, rule.lin, rule.prd, rule.val, rule.aut, rule.valid_from, rule.valid_to),
        )
    for link in links:
        await driver.execute("INSERT INTO access_role_links VALUES ($1, $2, $3)", tenant, link.child, link.parent)


async def write_contract(transaction: Transaction, contract: UUID, partner: UUID) -> None:
    """Insert a contract, or hand it to another client."""
    await transaction.driver.execute(
        "INSERT INTO contracts (tenant_id, id, partner_id, counterparty_id, number, currency, status, credit_limited,"
        " vat_country, src_version, src_label) VALUES ($1, $2, $3, $2, '1', 'KZT', 'live', false, 'KZ', 1, 'a')"
        " ON CONFLICT (tenant_id, id) DO UPDATE SET partner_id = excluded.partner_id",
        transaction.tenant_id,
        contract,
        partner,
    )


async def write_region(transaction: Transaction, region: UUID, parent: UUID | None) -> None:
    """Insert a region, or move it under another one."""
    await transaction.driver.execute(
        "INSERT INTO regions (tenant_id, id, parent_id, country, name_ru, name_kk, name_en, src_version, src_label)"
        " VALUES ($1, $2, $3, 'KZ', '', '', '', 1, 'a')"
        " ON CONFLICT (tenant_id, id) DO UPDATE SET parent_id = excluded.parent_id",
        transaction.tenant_id,
        region,
        parent,
    )


@asynccontextmanager
async def reading_as(engine: AsyncEngine, actor: Actor) -> AsyncIterator[tuple[Transaction, Actor]]:
    """Open a request of this person: one snapshot, and the versions it sees."""
    partners = () if actor.partner_id is None else (actor.partner_id,)
    async with open_tenant_transaction(
        engine, actor.tenant_id, read_only=True, user_id=actor.user_id, partners=partners
    ) as transaction:
        yield transaction, await with_versions(transaction, actor)


async def with_versions(transaction: Transaction, actor: Actor) -> Actor:
    """Give the actor the versions of this snapshot, as the first statement of a request does."""
    row = await transaction.driver.fetchrow(
        "SELECT coalesce((SELECT rules_v FROM access_versions WHERE tenant_id = $1), 0) AS rules_v,"
        " coalesce((SELECT facts_v FROM facts_versions WHERE tenant_id = $1 AND partner_id = $2), 0) AS facts_v",
        actor.tenant_id,
        actor.partner_id,
    )
    assert row is not None
    return replace(actor, rules_v=cast("int", row["rules_v"]), facts_v=cast("int", row["facts_v"]))
