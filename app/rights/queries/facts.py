"""Objects that a change of rights may give or take, with what rules ask about them; and the rows behind a number."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.access.terms import Facts
from app.catalog.queries.terms import AGREEMENT, LIVE, OFFER_COLUMNS, PRICED, SELLABLE
from app.infra.db.transaction import Row, Transaction
from app.rights.rules.reckoning import Item, Kind

# An offer is agreement x product and is never stored: products of a segment with a price of today, counted by line.
# $3: products that some rule names, each an item of its own.
_OFFERS: Final = f"""
    WITH /*free ruling*/ pairs AS (
        SELECT DISTINCT a.segment_id, a.price_list_id FROM {AGREEMENT} WHERE a.tenant_id = $1 AND {LIVE}
    ), goods AS (
        SELECT s.segment_id, s.price_list_id, g.line_id, CASE WHEN p.id = ANY ($3::uuid[]) THEN p.id END AS prd,
            count(*) AS n
        FROM pairs s
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = s.segment_id
        JOIN products p ON p.tenant_id = $1 AND p.id = i.product_id
        JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
        JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = s.price_list_id AND r.product_id = p.id
        WHERE {SELLABLE} AND {PRICED}
        GROUP BY 1, 2, 3, 4
    )
    SELECT {OFFER_COLUMNS["reg"]} AS reg, a.partner_id AS org, a.contract_id AS ctr, a.id AS agr,
        x.line_id AS lin, x.prd, true AS live, NULL::uuid AS author, '' AS branch, false AS shared, x.n
    FROM {AGREEMENT} JOIN goods x ON x.segment_id = a.segment_id AND x.price_list_id = a.price_list_id
    WHERE a.tenant_id = $1 AND {LIVE}
"""
_LOOPS: Final = "SELECT set_config('enable_nestloop', $1, true)"
_RUNS: Final = "({0}.status = 'live' AND coalesce({0}.valid_from, $2) <= $2 AND coalesce({0}.valid_to, $2) >= $2)"
_CONTRACT: Final = "contracts c JOIN partners o ON o.tenant_id = $1 AND o.id = c.partner_id"
_CONTRACT_COLUMNS: Final[Mapping[str, str]] = {
    "reg": "o.region_id", "org": "c.partner_id", "ctr": "c.id", "live": _RUNS.format("c"),
}  # fmt: skip
_PAPER: Final = f"{_CONTRACT} JOIN agreements a ON a.tenant_id = $1 AND a.contract_id = c.id AND a.deleted_at IS NULL"
_PAPER_COLUMNS: Final[Mapping[str, str]] = {
    "reg": "coalesce(a.region_id, o.region_id)", "org": "a.partner_id", "ctr": "a.contract_id", "agr": "a.id",
    "live": f"({_RUNS.format('a')} AND {_RUNS.format('c')})",
}  # fmt: skip
_ORDER_COLUMNS: Final[Mapping[str, str]] = {
    "reg": "o.region_id", "org": "o.partner_id", "ctr": "o.contract_id", "author": "o.author_id",
    "branch": "o.branch", "shared": "o.shared", "live": "o.state <> 'draft'",
}  # fmt: skip
# In work: being filled in, or on its way.
_IN_WORK: Final = "o.archived_at IS NULL AND o.state NOT IN ('delivered', 'closed', 'cancelled')"


class Source(Struct, frozen=True):
    """Where the rows of a kind come from: tables, what makes them count, columns for rules, and how they are told."""

    tables: str
    condition: str
    columns: Mapping[str, str]
    name: str
    key: str


_SOURCES: Final[Mapping[Kind, Source]] = {
    "contract": Source(_CONTRACT, "c.tenant_id = $1 AND c.deleted_at IS NULL", _CONTRACT_COLUMNS,
                       "c.number || ' · ' || o.name", "c.id::text"),
    "agreement": Source(_PAPER, "c.tenant_id = $1 AND c.deleted_at IS NULL", _PAPER_COLUMNS,
                        "a.number || ' · ' || o.name", "a.id::text"),
    "order": Source("orders o", f"o.tenant_id = $1 AND {_IN_WORK}", _ORDER_COLUMNS, "o.number", "o.id::text"),
    "offer": Source(
        f"""{AGREEMENT}
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id
        JOIN products p ON p.tenant_id = $1 AND p.id = i.product_id
        JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
        JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = a.price_list_id AND r.product_id = p.id""",
        f"a.tenant_id = $1 AND {LIVE} AND {SELLABLE} AND {PRICED}", OFFER_COLUMNS,
        "p.sku || ' · ' || a.number", "p.id::text || a.id::text"),
}  # fmt: skip
_ASKED: Final = ("reg", "org", "ctr", "agr", "lin", "prd", "live", "author", "branch", "shared")
_NOTHING: Final[Mapping[str, str]] = {
    **dict.fromkeys(("reg", "org", "ctr", "agr", "lin", "prd", "author"), "NULL::uuid"),
    "live": "NULL::boolean", "branch": "''", "shared": "false",
}  # fmt: skip


class Told(Struct, frozen=True):
    """One object behind a number; ``key`` is its place in the list."""

    key: str
    name: str


async def read_items(transaction: Transaction, kind: Kind, on: date, products: Sequence[UUID]) -> list[Item]:
    """Read all objects of a kind, those alike to every rule as one item."""
    if kind == "offer":
        # All of several tables is read. The planner takes an agreement in force for a rare thing, and a loop for cheap.
        await transaction.driver.fetchval(_LOOPS, "off")
        rows = await transaction.driver.fetch(_OFFERS, transaction.tenant_id, on, list(products))
        await transaction.driver.fetchval(_LOOPS, "on")
    else:
        source = _SOURCES[kind]
        columns = {**_NOTHING, **source.columns}
        asked = ", ".join(f"{columns[name]} AS {name}" for name in _ASKED)
        # Every statement of the room takes the day, also those that do not ask for it.
        rows = await transaction.driver.fetch(
            f"SELECT /*free ruling*/ {asked}, count(*) AS n FROM {source.tables}"
            f" WHERE {source.condition} AND $2::date IS NOT NULL"
            " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
            transaction.tenant_id,
            on,
        )
    return [_item(row) for row in rows]


async def read_difference(  # noqa: PLR0917 - two rights, a day and the place of the page
    transaction: Transaction, kind: Kind, on: date, minuend: Decision, subtrahend: Decision, limit: int, after: str
) -> list[Told]:
    """Read objects within the first right and not within the second, in a fixed order."""
    source = _SOURCES[kind]
    has, mine = minuend.text(source.columns, 5)
    had, theirs = subtrahend.text(source.columns, 5 + len(mine))
    rows = await transaction.driver.fetch(
        f"SELECT /*free ruling*/ {source.key} AS key, {source.name} AS name FROM {source.tables}"
        f" WHERE {source.condition} AND $2::date IS NOT NULL AND ({has}) AND ({had}) IS NOT TRUE"
        f" AND {source.key} > $4::text ORDER BY 1 LIMIT $3",
        *(transaction.tenant_id, on, limit, after, *mine, *theirs),
    )
    return [Told(str(row["key"]), str(row["name"])) for row in rows]


async def count_difference(
    transaction: Transaction, kind: Kind, on: date, minuend: Decision, subtrahend: Decision
) -> int:
    """Count the same, by the database's own ``EXCEPT``."""
    source = _SOURCES[kind]
    has, mine = minuend.text(source.columns, 3)
    had, theirs = subtrahend.text(source.columns, 3 + len(mine))
    rows = f"SELECT /*free ruling*/ {source.key} FROM {source.tables} WHERE {source.condition} AND $2::date IS NOT NULL"
    found = await transaction.driver.fetchval(
        f"SELECT count(*) FROM ({rows} AND ({has}) EXCEPT {rows} AND ({had})) x",
        *(transaction.tenant_id, on, *mine, *theirs),
    )
    return cast("int", found)


def _item(row: Row) -> Item:
    named = cast("Mapping[str, object]", row)
    ids = {name: cast("UUID | None", named[name]) for name in ("reg", "org", "ctr", "agr", "lin", "prd", "author")}
    facts = Facts(
        **ids,
        live=cast("bool | None", named["live"]),
        branch=str(named["branch"]),
        shared=named["shared"] is True,
    )
    return Item(facts, cast("int", named["n"]))
