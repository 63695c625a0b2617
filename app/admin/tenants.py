"""The two demo manufacturers, and the rights every new tenant begins with."""

from typing import Final

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.defaults import default_links, default_notes, default_rules
from app.access.rules import Rule
from app.infra.db.transaction import Transaction, open_tenant_transaction, open_transaction
from app.kernel.money import HOME_CURRENCIES

_INSERT_TENANT: Final = """
    INSERT INTO tenants (id, code, name, name_kk, name_en, tagline_ru, tagline_kk, tagline_en, zone, country, infobase,
                         order_prefix, currency)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING
"""
_INSERT_RULE: Final = """
    INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg, org, ctr, agr, lin, prd, val, aut,
                              note)
    VALUES ($1, $2, $3, $4, $5, $6::rule_effect, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_INSERT_LINK: Final = "INSERT INTO access_role_links (tenant_id, child, parent) VALUES ($1, $2, $3)"


class DemoTenant(Struct, frozen=True):
    """A manufacturer of the demo; ``infobase`` is its name on the ERP's side."""

    id: int
    code: str
    name: str
    name_kk: str
    name_en: str
    tagline_ru: str
    tagline_kk: str
    tagline_en: str
    zone: str
    country: str
    infobase: str
    order_prefix: str


DEMO_TENANTS: Final = (
    DemoTenant(
        id=1,
        code="alatau",
        name="Алатау Лубрикантс",
        name_kk="Алатау Лубрикантс",
        name_en="Alatau Lubricants",
        tagline_ru="Масла и смазки с завода в Шымкенте: заказ, отгрузка и документы в одном окне",
        tagline_kk="Шымкент зауытының майлары мен жақпалары: тапсырыс, жөнелту және құжаттар бір терезеде",
        tagline_en="Oils and greases from the Shymkent plant: order, shipment and papers in one place",
        zone="Asia/Almaty",
        country="KZ",
        infobase="erp",
        order_prefix="P",
    ),
    DemoTenant(
        id=2,
        code="hantengri",
        name="Хан-Тенгри Ойл",
        name_kk="Хан Тәңірі Ойл",
        name_en="Khan Tengri Oil",
        tagline_ru="Смазочные материалы для горной техники и дальних дорог",
        tagline_kk="Тау-кен техникасы мен алыс жолдарға арналған жағармай материалдары",
        tagline_en="Lubricants for mining machines and long roads",
        zone="Asia/Bishkek",
        country="KG",
        infobase="erp2",
        order_prefix="H",
    ),
)


async def create_tenants(owner: AsyncEngine) -> None:
    """Make what is missing. An administrator's later changes of rules are never undone."""
    async with open_transaction(owner, read_only=False) as transaction:
        for tenant in DEMO_TENANTS:
            await transaction.driver.execute(
                _INSERT_TENANT,
                *(tenant.id, tenant.code, tenant.name, tenant.name_kk, tenant.name_en),
                *(tenant.tagline_ru, tenant.tagline_kk, tenant.tagline_en),
                *(tenant.zone, tenant.country, tenant.infobase, tenant.order_prefix, HOME_CURRENCIES[tenant.country]),
            )
        await transaction.connection.commit()
    for tenant in DEMO_TENANTS:
        async with open_tenant_transaction(owner, tenant.id) as transaction:
            await ensure_rights(transaction, tenant.code)


async def ensure_rights(transaction: Transaction, tenant_code: str) -> None:
    """Give a tenant that has no rules at all the default rights."""
    if await transaction.driver.fetchval(
        "SELECT EXISTS (SELECT FROM access_rules WHERE tenant_id = $1)", transaction.tenant_id
    ):
        return
    notes = default_notes(tenant_code)
    await transaction.driver.executemany(
        _INSERT_RULE,
        [_rule_row(transaction.tenant_id, rule, notes[str(rule.id)]) for rule in default_rules(tenant_code)],
    )
    await transaction.driver.executemany(
        _INSERT_LINK, [(transaction.tenant_id, link.child, link.parent) for link in default_links()]
    )


def _rule_row(tenant_id: int, rule: Rule, note: str) -> tuple[object, ...]:
    terms = (rule.reg, rule.org, rule.ctr, rule.agr, rule.lin, rule.prd, rule.val, rule.aut)
    return (tenant_id, rule.id, rule.subject, rule.resource, rule.action, rule.effect, *terms, note)
