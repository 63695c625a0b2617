"""Total, facet counts and the mask of what was found, in one statement over bitmaps (CATALOGUE, section 3).

A product counts in each contract that offers it; a facet's counts leave its own choice out of account.
Values none of the reader's products has are left out: a name alone could tell what others buy.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, TypedDict, cast

from asyncpg import BitString

from app.access.decisions import Decision
from app.catalog.queries.masks import count_bits, join_blocks
from app.catalog.queries.scope import scope_of
from app.catalog.queries.terms import AGREEMENT, LIVE, Params, uuids
from app.catalog.schemas import FACETS, Counts, FacetName, FacetValue, Filters, Freshness, Hits, Mode
from app.infra.db.transaction import Transaction

_TOTAL: Final = 9
_PACKAGE: Final = FACETS.index("package") + 1
_MODE_SLOT: Final = 8  # narrows by package, but is no facet: package counts feel it
_PACKAGED: Final = ("bottle", "canister", "jerrycan", "pail", "keg", "drum", "ibc", "cartridge", "bag")
_PACKAGES_OF: Final[dict[Mode, Sequence[str]]] = {
    "packaged": _PACKAGED,
    "tank_truck": ("tank_truck",),
    "rail_tank": ("rail_tank",),
}

_COUNTS: Final = """
WITH{limits}
    ag AS MATERIALIZED (
        SELECT a.contract_id, c.number, a.segment_id, a.price_list_id{columns}
        FROM {agreement}
        WHERE a.tenant_id = $1 AND {live} AND {where} AND {narrow}
        GROUP BY a.contract_id, c.number, a.segment_id, a.price_list_id{keys}),
    m AS MATERIALIZED (
        SELECT ag.contract_id, ag.number, sb.block, bit_or(sb.bits & lb.bits{mask}) & v.bits AS bits
        FROM ag
        JOIN segment_bits sb ON sb.tenant_id = $1 AND sb.segment_id = ag.segment_id
        JOIN price_list_bits lb
            ON lb.tenant_id = $1 AND lb.price_list_id = ag.price_list_id AND lb.block = sb.block
        JOIN facet_bits v ON v.tenant_id = $1 AND v.grp = 0 AND v.val = 1 AND v.block = sb.block{joins}
        GROUP BY ag.contract_id, ag.number, sb.block, v.bits),
    hits AS MATERIALIZED (SELECT * FROM unnest({blocks}::int[], {bits}::varbit[]) AS h (block, bits)),
    every AS MATERIALIZED (SELECT m.block, bit_or(m.bits) AS bits FROM m GROUP BY 1),
    u AS MATERIALIZED (
        SELECT m.block, {hit_or} AS bits FROM m {hit_join}
        WHERE {contracts}::uuid[] IS NULL OR m.contract_id = ANY ({contracts}::uuid[]) GROUP BY m.block{hit_key}),
    chosen AS MATERIALIZED (
        SELECT w.slot, every.block, bit_or(coalesce(f.bits, every.bits & ~every.bits)) AS bits
        FROM unnest({slots}::int[], {groups}::smallint[], {keys_asked}::text[], {numbers}::int[])
            AS w (slot, grp, key, val)
        CROSS JOIN every
        LEFT JOIN facet_values v ON v.tenant_id = $1 AND v.grp = w.grp AND (v.key = w.key OR v.val = w.val)
        LEFT JOIN facet_bits f ON f.tenant_id = $1 AND f.grp = v.grp AND f.val = v.val AND f.block = every.block
        GROUP BY 1, 2),
    base AS MATERIALIZED (
        SELECT g AS slot, u.block, coalesce(
            u.bits & (SELECT bit_and(c.bits) FROM chosen c WHERE c.block = u.block AND c.slot <> g), u.bits) AS bits
        FROM u, unnest(ARRAY[2, 3, 4, 5, 6, 7, 9]) AS g)
SELECT 1 AS grp, m.contract_id::text AS key, m.number AS label,
    sum(bit_count(coalesce({contract_bits} & (SELECT bit_and(c.bits) FROM chosen c WHERE c.block = m.block),
                           {contract_bits}))) AS found,
    0 AS place, NULL::varbit AS bits, NULL::timestamptz AS feed_at, NULL::timestamptz AS away_since
FROM m {contract_hits} GROUP BY m.contract_id, m.number HAVING sum(bit_count(m.bits)) > 0
UNION ALL
SELECT n.grp, v.key, v.label_{locale}, n.found, n.val, NULL, NULL, NULL
FROM (
    -- Every value is counted once; only one with nothing behind it is looked for among all the reader's products.
    SELECT o.grp, o.val, sum(o.found) AS found
    FROM (
        SELECT f.grp, f.val, f.bits, every.bits AS theirs, bit_count(f.bits & base.bits) AS found
        FROM facet_bits f JOIN every ON every.block = f.block
        LEFT JOIN base ON base.slot = f.grp AND base.block = f.block
        WHERE f.tenant_id = $1 AND f.grp > 0 OFFSET 0) AS o
    GROUP BY 1, 2 HAVING bool_or(o.found > 0 OR bit_count(o.bits & o.theirs) > 0)) AS n
JOIN facet_values v ON v.tenant_id = $1 AND v.grp = n.grp AND v.val = n.val
UNION ALL
SELECT 9, NULL, NULL, (SELECT sum(bit_count(v.bits)) FROM facet_bits v
    WHERE v.tenant_id = $1 AND v.grp = 0 AND v.val = 1), base.block, base.bits, NULL, NULL
FROM base WHERE base.slot = 9
UNION ALL
SELECT 10, NULL, NULL, 0, 0, NULL, e.feed_at, e.away_since FROM erp_freshness e WHERE e.tenant_id = $1
"""


_FRESHNESS: Final = "SELECT feed_at, away_since FROM erp_freshness WHERE tenant_id = $1"


class _CountRow(TypedDict):
    grp: int
    key: str
    label: str
    found: int | None
    place: int  # of a mask: its block; of a value: its number
    bits: BitString
    feed_at: datetime | None
    away_since: datetime | None


async def read_counts(
    transaction: Transaction, decision: Decision, filters: Filters, hits: Hits | None, *, on: date, locale: str
) -> Counts:
    """Count everything for one question; labels come in the reader's language, values in no order."""
    params = Params(transaction.tenant_id, on)
    statement = _statement(params, decision, filters, hits, locale)
    rows = await transaction.driver.fetch(statement, *params.values)
    return _read(cast("Sequence[_CountRow]", cast("object", rows)))


def _statement(params: Params, decision: Decision, filters: Filters, hits: Hits | None, locale: str) -> str:
    scope = scope_of(decision, params)
    narrow = f"a.id = ANY ({params.add(uuids(filters.agreement))}::uuid[])" if filters.agreement else "true"
    slots, groups, keys, asked_numbers = _asked(filters)
    hit_join = "JOIN hits ON hits.block = m.block" if hits else ""
    return _COUNTS.format(
        agreement=AGREEMENT,
        live=LIVE,
        where=scope.where,
        columns=scope.columns,
        keys=scope.keys,
        mask=scope.mask,
        joins=scope.joins,
        limits=scope.tables,
        narrow=narrow,
        blocks=params.add(list(hits.blocks) if hits else []),
        bits=params.add(list(hits.bits) if hits else []),
        hit_join=hit_join,
        contract_hits=f"LEFT {hit_join}" if hits else "",
        hit_or="bit_or(m.bits) & hits.bits" if hits else "bit_or(m.bits)",
        hit_key=", hits.bits" if hits else "",
        contract_bits="(m.bits & coalesce(hits.bits, m.bits & ~m.bits))" if hits else "m.bits",
        contracts=params.add(uuids(filters.contract) or None),
        slots=params.add(slots),
        groups=params.add(groups),
        keys_asked=params.add(keys),
        numbers=params.add(asked_numbers),
        locale=locale,
    )


def _asked(filters: Filters) -> tuple[list[int], list[int], list[str | None], list[int | None]]:
    asked: list[tuple[int, int, object]] = []
    for group, values in (
        (2, filters.plant),
        (3, filters.kind),
        (4, filters.line),
        (5, filters.standard),
        (6, filters.viscosity),
        (7, filters.package),
    ):
        asked += [(group, group, value) for value in values]
    if filters.mode is not None:
        asked += [(_MODE_SLOT, _PACKAGE, package) for package in _PACKAGES_OF[filters.mode]]
    return (
        [slot for slot, _, _ in asked],
        [group for _, group, _ in asked],
        [None if isinstance(value, int) else str(value) for _, _, value in asked],
        [value if isinstance(value, int) else None for _, _, value in asked],
    )


def _read(rows: Sequence[_CountRow]) -> Counts:
    facets: dict[FacetName, list[FacetValue]] = {name: [] for name in FACETS}
    blocks: dict[int, bytes] = {}
    sellable = 0
    freshness = Freshness(None, None)
    for row in rows:
        group, found = row["grp"], row["found"] or 0
        if group < _MODE_SLOT:
            facets[FACETS[group - 1]].append(FacetValue(row["key"], row["label"], int(found), row["place"]))
        elif group == _TOTAL:
            blocks[row["place"]] = row["bits"].bytes
            sellable = int(found)
        else:
            freshness = Freshness(row["feed_at"], row["away_since"])
    mask = join_blocks(blocks)
    return Counts(total=count_bits(mask), sellable=sellable, facets=facets, mask=mask, freshness=freshness)


async def read_freshness(transaction: Transaction) -> Freshness:
    """Read how old what the ERP told is, for figures that were read before."""
    row = await transaction.driver.fetchrow(_FRESHNESS, transaction.tenant_id)
    if row is None:
        return Freshness(None, None)
    return Freshness(cast("datetime | None", row["feed_at"]), cast("datetime | None", row["away_since"]))
