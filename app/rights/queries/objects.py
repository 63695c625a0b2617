"""Objects that somebody may be asked about, with everything a rule may ask of them, under the asker's own right."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal, cast
from uuid import UUID

from msgspec import Struct

from app.access.decisions import Decision
from app.access.terms import Facts
from app.catalog.queries.terms import LIVE, OFFER_COLUMNS, PRICED, SELLABLE
from app.infra.db.transaction import Row, Transaction
from app.rights.queries.names import Named

Kind = Literal["product", "contract", "agreement", "order", "consignee", "region", "organisation"]
# What the rules about a resource are about; a resource without a line is given or refused as a whole.
KIND_OF: Final[Mapping[str, Kind]] = {
    "offer": "product", "price": "product", "contract": "contract", "limit": "contract", "agreement": "agreement",
    "order": "order", "pickup": "order", "consignee": "consignee", "region": "region", "organisation": "organisation",
    "plan": "organisation", "document": "organisation", "user": "organisation", "report": "organisation",
    "access": "organisation",
}  # fmt: skip
# The right that makes an object visible to whoever asks about it.
SIGHT: Final[Mapping[Kind, str]] = {
    "product": "offer", "contract": "contract", "agreement": "agreement", "order": "order", "consignee": "consignee",
    "region": "region", "organisation": "organisation",
}  # fmt: skip
_MOST: Final = 20
_ASKED: Final = ("reg", "org", "ctr", "agr", "lin", "prd", "live", "author", "branch", "shared")
_NOTHING: Final[Mapping[str, str]] = {
    **dict.fromkeys(("reg", "org", "ctr", "agr", "lin", "prd", "author"), "NULL::uuid"),
    "live": "NULL::boolean", "branch": "''", "shared": "false",
}  # fmt: skip
_RUNS: Final = "({0}.status = 'live' AND coalesce({0}.valid_from, $2) <= $2 AND coalesce({0}.valid_to, $2) >= $2)"
_OWNER: Final = "JOIN partners o ON o.tenant_id = $1 AND o.id = {0}.partner_id"


class Source(Struct, frozen=True):
    """Where objects of a kind stand: tables with the object as x, columns for rules, and how one is told."""

    tables: str
    columns: Mapping[str, str]
    name: str
    condition: str = "x.deleted_at IS NULL"


_SOURCES: Final[Mapping[Kind, Source]] = {
    "contract": Source(
        f"contracts x {_OWNER.format('x')}",
        {"reg": "o.region_id", "org": "x.partner_id", "ctr": "x.id", "live": _RUNS.format("x")},
        "x.number || ' · ' || o.name",
    ),
    "agreement": Source(
        f"agreements x JOIN contracts c ON c.tenant_id = $1 AND c.id = x.contract_id {_OWNER.format('x')}",
        {"reg": "coalesce(x.region_id, o.region_id)", "org": "x.partner_id", "ctr": "x.contract_id", "agr": "x.id",
         "live": f"({_RUNS.format('x')} AND {_RUNS.format('c')})"},
        "x.number || ' · ' || o.name",
    ),
    "order": Source(
        f"orders x {_OWNER.format('x')}",
        {"reg": "x.region_id", "org": "x.partner_id", "ctr": "x.contract_id", "author": "x.author_id",
         "branch": "x.branch", "shared": "x.shared", "live": "x.state <> 'draft'"},
        "coalesce(nullif(x.number, ''), '–') || ' · ' || o.name",
        "true",
    ),
    "consignee": Source(
        f"consignee_addresses x {_OWNER.format('x')}",
        {"reg": "o.region_id", "org": "x.partner_id"},
        "x.text || ' · ' || o.name",
    ),
    "region": Source("regions x", {"reg": "x.id"}, "x.name_{locale}"),
    "organisation": Source("partners x", {"reg": "x.region_id", "org": "x.id"}, "x.name"),
}  # fmt: skip
_PRODUCT: Final = "products p JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id"
_PRODUCT_NAME: Final = "p.sku || ' · ' || p.name_{locale}"
# A product is offered through an agreement: what stands between the two is told for each agreement.
_OFFERS: Final = f"""
    FROM agreements a
    JOIN contracts c ON c.tenant_id = $1 AND c.id = a.contract_id
    JOIN partners o ON o.tenant_id = $1 AND o.id = a.partner_id
    CROSS JOIN {_PRODUCT}
    LEFT JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
    WHERE a.tenant_id = $1 AND a.deleted_at IS NULL AND p.tenant_id = $1 AND p.id = $3
"""
_HAS_PRICE: Final = f"""EXISTS (
    SELECT FROM price_lists l JOIN prices r ON r.tenant_id = $1 AND r.price_list_id = l.id AND r.product_id = p.id
    WHERE l.tenant_id = $1 AND l.id = a.price_list_id AND l.deleted_at IS NULL AND l.currency = c.currency
      AND NOT l.with_vat AND {PRICED})"""
_OFFER_FACTS: Final = {**OFFER_COLUMNS, "live": LIVE}


class Case(Struct, frozen=True):
    """One object as rules see it; ``rules`` are those that speak about it, as the database finds them.

    ``gaps``: what stands between a product and its offer, whoever asks: segment, price, blocked, live.
    """

    id: UUID
    name: str
    facts: Facts
    rules: frozenset[UUID]
    gaps: tuple[str, ...] = ()


async def find_objects(  # noqa: PLR0917 - what, in whose sight, and how it is told
    transaction: Transaction, kind: Kind, sight: Decision, text: str, locale: str, on: date, limit: int
) -> list[Named]:
    """Find objects the asker may see by part of a name or number, by name."""
    if kind == "product":
        return await _find_products(transaction, sight, text, locale, on, limit)
    source = _SOURCES[kind]
    name = source.name.format(locale=locale)
    seen, params = sight.text(source.columns, 5)
    rows = await transaction.driver.fetch(
        f"SELECT x.id AS id, {name} AS name FROM {source.tables}"
        f" WHERE x.tenant_id = $1 AND {source.condition} AND $2::date IS NOT NULL AND ({seen})"
        f" AND position(lower($3) in lower({name})) > 0 ORDER BY 2, 1 LIMIT $4",
        *(transaction.tenant_id, on, text, limit, *params),
    )
    return [Named(cast("UUID", row["id"]), str(row["name"])) for row in rows]


async def read_cases(  # noqa: PLR0913, PLR0917 - one object, two people's rights
    transaction: Transaction,
    kind: Kind,
    object_id: UUID,
    sight: Decision,
    asked: Decision,
    partner_id: UUID | None,
    locale: str,
    on: date,
) -> tuple[str, list[Case]]:
    """Read an object's name and its cases; a product has one for each agreement. Empty if the asker sees no such thing.

    ``partner_id``: the client whose person is asked about, whose agreements are then told whatever is in them.
    """
    if kind == "product":
        return await _read_offers(transaction, object_id, sight, asked, partner_id, locale, on)
    source = _SOURCES[kind]
    columns = {**_NOTHING, **source.columns}
    seen, mine = sight.text(source.columns, 4)
    spoken, theirs = asked.speaking_text(source.columns, 4 + len(mine))
    row = await transaction.driver.fetchrow(
        f"SELECT x.id AS id, {source.name.format(locale=locale)} AS name, {_list(columns)}, {spoken} AS rules"
        f" FROM {source.tables} WHERE x.tenant_id = $1 AND {source.condition} AND $2::date IS NOT NULL"
        f" AND x.id = $3 AND ({seen})",
        *(transaction.tenant_id, on, object_id, *mine, *theirs),
    )
    return ("", []) if row is None else (str(row["name"]), [_case(row)])


async def _find_products(
    transaction: Transaction, sight: Decision, text: str, locale: str, on: date, limit: int
) -> list[Named]:
    name = _PRODUCT_NAME.format(locale=locale)
    seen, params = _sees_product(sight, 5)
    rows = await transaction.driver.fetch(
        f"SELECT p.id, {name} AS name FROM {_PRODUCT}"
        f" WHERE p.tenant_id = $1 AND p.deleted_at IS NULL AND $2::date IS NOT NULL AND {seen}"
        f" AND position(lower($3) in lower({name})) > 0 ORDER BY 2, 1 LIMIT $4",
        *(transaction.tenant_id, on, text, limit, *params),
    )
    return [Named(cast("UUID", row["id"]), str(row["name"])) for row in rows]


async def _read_offers(  # noqa: PLR0917 - as read_cases
    transaction: Transaction,
    product_id: UUID,
    sight: Decision,
    asked: Decision,
    partner_id: UUID | None,
    locale: str,
    on: date,
) -> tuple[str, list[Case]]:
    known, params = _sees_product(sight, 4)
    name = await transaction.driver.fetchval(
        f"SELECT {_PRODUCT_NAME.format(locale=locale)} FROM {_PRODUCT}"
        f" WHERE p.tenant_id = $1 AND p.id = $3 AND p.deleted_at IS NULL AND $2::date IS NOT NULL AND {known}",
        *(transaction.tenant_id, on, product_id, *params),
    )
    if name is None:
        return "", []
    seen, mine = sight.text(OFFER_COLUMNS, 5)
    spoken, theirs = asked.speaking_text(_OFFER_FACTS, 5 + len(mine))
    rows = await transaction.driver.fetch(
        f"SELECT a.id, a.number || ' · ' || c.number || ' · ' || o.name AS name,"
        f" {_list({**_NOTHING, **_OFFER_FACTS})}, {spoken} AS rules, i.product_id IS NOT NULL AS in_segment,"
        f" {_HAS_PRICE} AS has_price, {SELLABLE} AS sellable {_OFFERS} AND ({seen})"
        " AND CASE WHEN $4::uuid IS NULL THEN i.product_id IS NOT NULL ELSE a.partner_id = $4 END"
        f" ORDER BY i.product_id IS NULL, NOT {LIVE}, a.number, a.id LIMIT {_MOST}",
        *(transaction.tenant_id, on, product_id, partner_id, *mine, *theirs),
    )
    return str(name), [_case(row, _gaps(row)) for row in rows]


def _sees_product(sight: Decision, first: int) -> tuple[str, list[object]]:
    """Whoever sees every offer there could be sees every product; anybody else those of some offer."""
    if not sight.deny and any(one.is_total for one in sight.allow):
        return "true", []
    seen, params = sight.text(OFFER_COLUMNS, first)
    offered = f"""EXISTS (
        SELECT FROM agreements a JOIN contracts c ON c.tenant_id = $1 AND c.id = a.contract_id
        JOIN segment_items i ON i.tenant_id = $1 AND i.segment_id = a.segment_id AND i.product_id = p.id
        WHERE a.tenant_id = $1 AND {LIVE} AND {SELLABLE} AND {_HAS_PRICE} AND ({seen}))"""
    return offered, params


def _gaps(row: Row) -> tuple[str, ...]:
    stands = {"segment": row["in_segment"], "price": row["has_price"], "blocked": row["sellable"], "live": row["live"]}
    return tuple(name for name, is_sound in stands.items() if not is_sound)


def _case(row: Row, gaps: tuple[str, ...] = ()) -> Case:
    named = cast("Mapping[str, object]", row)
    ids = {name: cast("UUID | None", named[name]) for name in ("reg", "org", "ctr", "agr", "lin", "prd", "author")}
    live, branch, shared = cast("bool | None", named["live"]), str(named["branch"]), named["shared"] is True
    rules = frozenset(cast("Sequence[UUID]", named["rules"]))
    facts = Facts(**ids, live=live, branch=branch, shared=shared)
    return Case(cast("UUID", named["id"]), str(named["name"]), facts, rules, gaps)


def _list(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{columns[name]} AS {name}" for name in _ASKED)
