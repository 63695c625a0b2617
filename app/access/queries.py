"""Reading rules and facts. Each answer carries the version it was read under, from the same snapshot."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

import msgspec

from app.access.book import RuleBook
from app.access.rules import Link, Rule
from app.infra.db.transaction import Row, Transaction
from app.kernel.errors import BusyError

# The version stands in every row, also when the table is empty: the outer join keeps it.
_RULES: Final = """
    /*free deciding*/
    SELECT v.rules_v, r.id, r.subject, r.resource, r.action, r.effect::text AS effect, r.reg, r.org, r.ctr, r.agr,
           r.lin, r.prd, r.val, r.aut, r.valid_from, r.valid_to, r.owner_id IS NOT NULL AS is_lent
    FROM (SELECT coalesce(max(rules_v), 0) AS rules_v FROM access_versions WHERE tenant_id = $1) v
    LEFT JOIN access_rules r ON r.tenant_id = $1 AND r.superseded_by IS NULL
"""
_LINKS: Final = """
    SELECT /*free deciding*/ v.rules_v, l.child, l.parent
    FROM (SELECT coalesce(max(rules_v), 0) AS rules_v FROM access_versions WHERE tenant_id = $1) v
    LEFT JOIN access_role_links l ON l.tenant_id = $1
"""
_REGIONS: Final = """
    SELECT v.rules_v, g.id, g.parent_id
    FROM (SELECT coalesce(max(rules_v), 0) AS rules_v FROM access_versions WHERE tenant_id = $1) v
    LEFT JOIN regions g ON g.tenant_id = $1 AND g.deleted_at IS NULL
"""
_FACTS: Final = """
    SELECT /*free deciding*/ v.facts_v, f.dim, f.id
    FROM (SELECT coalesce(max(facts_v), 0) AS facts_v FROM facts_versions WHERE tenant_id = $1 AND partner_id = $2) v
    LEFT JOIN (
        SELECT 'ctr' AS dim, id FROM contracts WHERE tenant_id = $1 AND partner_id = $2 AND deleted_at IS NULL
        UNION ALL
        SELECT 'agr', id FROM agreements WHERE tenant_id = $1 AND partner_id = $2 AND deleted_at IS NULL
        UNION ALL
        SELECT 'reg', region_id FROM partners WHERE tenant_id = $1 AND id = $2 AND region_id IS NOT NULL
    ) f ON true
"""
_TRIES: Final = 5


class ClientFacts(msgspec.Struct, frozen=True):
    """What a client organisation owns, as of ``version`` of its facts."""

    version: int
    regions: frozenset[UUID]
    contracts: frozenset[UUID]
    agreements: frozenset[UUID]


async def load_book(transaction: Transaction) -> RuleBook:
    """Read all rules, role links and regions of the tenant as of one version.

    Raises:
        BusyError: the rules kept changing between the statements of a writing transaction.
        BrokenRulesError: what was read must not be served.
    """
    tenant, driver = transaction.tenant_id, transaction.driver
    for _ in range(_TRIES):
        rules = await driver.fetch(_RULES, tenant)
        links = await driver.fetch(_LINKS, tenant)
        regions = await driver.fetch(_REGIONS, tenant)
        # A reader has one snapshot. A writer (READ COMMITTED) has three, so the versions must agree.
        if len({_version(rows) for rows in (rules, links, regions)}) == 1:
            return RuleBook(
                _version(rules),
                [msgspec.convert(dict(cast("dict[str, object]", row)), Rule) for row in rules if row["id"] is not None],
                [Link(str(row["child"]), str(row["parent"])) for row in links if row["child"] is not None],
                {
                    cast("UUID", row["id"]): cast("UUID | None", row["parent_id"])
                    for row in regions
                    if row["id"] is not None
                },
            )
    raise BusyError


async def load_client_facts(transaction: Transaction, partner_id: UUID) -> ClientFacts:
    """Read what belongs to a client, in one statement, so that version and facts agree."""
    rows = await transaction.driver.fetch(_FACTS, transaction.tenant_id, partner_id)
    found: dict[str, set[UUID]] = {"ctr": set(), "agr": set(), "reg": set()}
    for row in rows:
        if row["dim"] is not None:
            found[str(row["dim"])].add(cast("UUID", row["id"]))
    return ClientFacts(
        version=cast("int", rows[0]["facts_v"]),
        regions=frozenset(found["reg"]),
        contracts=frozenset(found["ctr"]),
        agreements=frozenset(found["agr"]),
    )


async def read_now(transaction: Transaction) -> datetime:
    """Tell the database's clock, by which dated rules begin and end."""
    return cast("datetime", await transaction.driver.fetchval("SELECT now()"))


def _version(rows: Sequence[Row]) -> int:
    return cast("int", rows[0]["rules_v"])
