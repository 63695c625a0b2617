"""Two tenants, several organisations and somebody in every role, as the ERP's users would bring them."""

from typing import Final
from uuid import UUID, uuid5

import asyncpg
from argon2 import PasswordHasher
from msgspec import Struct

from app.access.actors import CABINET_OF_ROLE
from app.access.defaults import default_links, default_rules
from app.access.logins import login_key

PASSWORD: Final = "long grass by the river"
_SPACE: Final = UUID("6f2f7f5e-53a2-4a52-9d2c-2f8c4a1c9a10")
# Cheap on purpose: what is tested is not the price of a hash. One test signs in with the real one.
HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ALATAU: Final = 1
HANTENGRI: Final = 2
_KEEPERS: Final = ("logistician", "manager_full", "manager_limited")


class Person(Struct, frozen=True):
    """Somebody with one membership."""

    tenant_id: int
    login: str
    role: str
    user_id: UUID
    membership_id: UUID
    partner_id: UUID | None


def known_id(*words: str) -> UUID:
    """An id that is the same in every run."""
    return uuid5(_SPACE, "/".join(words))


async def seed(url: str, *, with_terms: bool = True) -> dict[str, Person]:
    """Fill a fresh database as its superuser; give the people by ``<tenant code>/<role>``, more by ``…/<n>``.

    ``with_terms`` gives every client a contract and an agreement; a test with papers of its own does without.
    """
    connection = await asyncpg.connect(url)
    try:
        people: dict[str, Person] = {}
        for tenant_id, code in ((ALATAU, "alatau"), (HANTENGRI, "hantengri")):
            people |= await _seed_tenant(connection, tenant_id, code)
            if with_terms:
                await _seed_terms(connection, tenant_id, code)
        return people
    finally:
        await connection.close()


async def _seed_tenant(
    connection: "asyncpg.Connection[asyncpg.Record]", tenant_id: int, code: str
) -> dict[str, Person]:
    await connection.execute("SELECT set_config('app.tenant', $1, false)", str(tenant_id))
    await connection.execute(
        "INSERT INTO tenants"
        " (id, code, name, tagline_ru, tagline_kk, tagline_en, zone, country, infobase, order_prefix)"
        " VALUES ($1, $2, $3, 'Масла для дела', 'Іске арналған майлар', 'Oils for work', 'Asia/Almaty', 'KZ', $4, 'P')",
        tenant_id,
        code,
        code.capitalize(),
        f"ib{tenant_id}",
    )
    await connection.executemany(
        "INSERT INTO access_rules (tenant_id, id, subject, resource, action, effect, reg, org, ctr, agr, lin, prd,"
        " val, aut) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            (
                *(tenant_id, rule.id, rule.subject, rule.resource, rule.action, rule.effect, rule.reg, rule.org),
                *(rule.ctr, rule.agr, rule.lin, rule.prd, rule.val, rule.aut),
            )
            for rule in default_rules(code)
        ],
    )
    await connection.executemany(
        "INSERT INTO access_role_links VALUES ($1, $2, $3)",
        [(tenant_id, link.child, link.parent) for link in default_links()],
    )
    people: dict[str, Person] = {}
    for role, cabinet in CABINET_OF_ROLE.items():
        for copy in ("", "/2"):
            key = f"{code}/{role}{copy}"
            partner = None if cabinet in {"service", "admin"} else known_id(code, cabinet, copy)
            people[key] = await _seed_person(connection, tenant_id, key, role, partner)
    return people


async def _seed_terms(connection: "asyncpg.Connection[asyncpg.Record]", tenant_id: int, code: str) -> None:
    """Give every client a contract and an agreement, and the manufacturer's people somebody to look after."""
    await connection.execute(
        "INSERT INTO contracts (tenant_id, id, partner_id, counterparty_id, number, currency, status, credit_limited,"
        " vat_country, src_version, src_label)"
        " SELECT tenant_id, gen_random_uuid(), id, id, 'C-' || left(id::text, 4), 'KZT', 'live', false, 'KZ', 1, 'a'"
        " FROM partners WHERE tenant_id = $1 AND kind <> 'logistics'",
        tenant_id,
    )
    await connection.execute(
        "INSERT INTO agreements (tenant_id, id, partner_id, contract_id, number, name, segment_id, price_list_id,"
        " warehouse_id, status, src_version, src_label)"
        " SELECT tenant_id, gen_random_uuid(), partner_id, id, number, number, id, id, id, 'live', 1, 'a'"
        " FROM contracts WHERE tenant_id = $1",
        tenant_id,
    )
    for copy in ("", "/2"):
        region = known_id(code, "region", copy)
        await connection.execute(
            "INSERT INTO regions (tenant_id, id, country, name_ru, name_kk, name_en, src_version, src_label)"
            " VALUES ($1, $2, 'KZ', 'Область', 'Облыс', 'Region', 1, 'a')",
            tenant_id,
            region,
        )
        await connection.execute(
            "UPDATE memberships SET regions = $2, partners = $3 WHERE tenant_id = $1 AND id = ANY ($4)",
            tenant_id,
            [region],
            [known_id(code, "distributor", copy)],
            [known_id(f"{code}/{role}{copy}", "membership") for role in _KEEPERS],
        )


async def _seed_person(
    connection: "asyncpg.Connection[asyncpg.Record]", tenant_id: int, key: str, role: str, partner: UUID | None
) -> Person:
    if partner is not None:
        kind = CABINET_OF_ROLE[role]
        await connection.execute(
            "INSERT INTO partners (tenant_id, id, kind, name, src_version, src_label) VALUES ($1, $2, $3, $4, 1, 'a')"
            " ON CONFLICT DO NOTHING",
            tenant_id,
            partner,
            kind,
            f"{kind} {str(partner)[:4]}",
        )
    login = f"{key.replace('/', '.')}@example.test"
    person = Person(tenant_id, login, role, known_id(key, "user"), known_id(key, "membership"), partner)
    await connection.execute(
        "INSERT INTO users (tenant_id, id, email, name, password_hash) VALUES ($1, $2, $3, $4, $5)",
        tenant_id,
        person.user_id,
        login,
        f"{role} of {tenant_id}",
        HASH,
    )
    await connection.execute("INSERT INTO logins VALUES ($1, $2, $3)", login_key(login), tenant_id, person.user_id)
    await add_membership(connection, person, person.membership_id, role, partner)
    return person


async def add_membership(
    connection: "asyncpg.Connection[asyncpg.Record]",
    person: Person,
    membership_id: UUID,
    role: str,
    partner: UUID | None,
) -> None:
    """Give a person a place to work in."""
    await connection.execute(
        "INSERT INTO memberships (tenant_id, id, user_id, partner_id, role) VALUES ($1, $2, $3, $4, $5)",
        person.tenant_id,
        membership_id,
        person.user_id,
        partner,
        role,
    )
