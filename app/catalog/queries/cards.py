"""Products by id, as lines and pages name them; no offer and no right is looked at."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypedDict, cast
from uuid import UUID

from app.catalog.rules import Unit
from app.catalog.schemas import ProductCard, ProductKey
from app.infra.db.transaction import Transaction

CARD_COLUMNS: Final = """
    p.id, p.pos AS number, p.grade_id, p.sku, p.old_skus,
    p.name_ru, p.name_kk, p.name_en, p.package, p.unit, p.volume_l,
    p.net_kg, p.gross_kg, p.pack_multiple, p.per_layer, p.per_pallet, p.is_bulk,
    (p.is_blocked OR p.deleted_at IS NOT NULL OR g.deleted_at IS NOT NULL) AS is_blocked, p.substitute_id,
    g.line_id, g.plant_id, g.kind, g.viscosity, g.standards, g.density
"""
_CARDS: Final = f"""
    SELECT {CARD_COLUMNS} FROM products p JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
    WHERE p.tenant_id = $1 AND p.id = ANY ($2::uuid[])
"""
# Two ways in, each by its own index.
_CARDS_BY_KEY: Final = f"""
    {_CARDS}
    UNION ALL
    SELECT {CARD_COLUMNS} FROM products p JOIN grades g ON g.tenant_id = $1 AND g.id = p.grade_id
    WHERE p.tenant_id = $1 AND p.pos = ANY ($3::int[])
"""


class CardRow(TypedDict):
    """The columns above."""

    id: UUID
    number: int
    grade_id: UUID
    sku: str
    old_skus: list[str]
    name_ru: str
    name_kk: str
    name_en: str
    package: str
    unit: Unit
    volume_l: Decimal
    net_kg: Decimal
    gross_kg: Decimal
    pack_multiple: Decimal
    per_layer: int
    per_pallet: int
    is_bulk: bool
    is_blocked: bool
    substitute_id: UUID | None
    line_id: UUID | None
    plant_id: UUID | None
    kind: str
    viscosity: str
    standards: list[UUID]
    density: Decimal | None


async def read_cards(transaction: Transaction, product_ids: Sequence[UUID]) -> dict[UUID, ProductCard]:
    """Read products by id; those that do not exist are absent."""
    if not product_ids:
        return {}
    rows = await transaction.driver.fetch(_CARDS, transaction.tenant_id, list(product_ids))
    return {row["id"]: to_card(row) for row in cast("Sequence[CardRow]", cast("object", rows))}


async def read_keyed_cards(transaction: Transaction, keys: Collection[ProductKey]) -> Mapping[ProductKey, ProductCard]:
    """Read products by id or number, in one statement; those that do not exist are absent."""
    if not keys:
        return {}
    ids = [key for key in keys if isinstance(key, UUID)]
    places = [key for key in keys if isinstance(key, int)]
    rows = await transaction.driver.fetch(_CARDS_BY_KEY, transaction.tenant_id, ids, places)
    cards = [to_card(row) for row in cast("Sequence[CardRow]", cast("object", rows))]
    known: dict[ProductKey, ProductCard] = {card.id: card for card in cards}
    known |= {card.number: card for card in cards}
    return {key: known[key] for key in keys if key in known}


def to_card(row: CardRow) -> ProductCard:
    """Make a card of a row."""
    return ProductCard(
        id=row["id"],
        number=row["number"],
        grade_id=row["grade_id"],
        sku=row["sku"],
        old_skus=row["old_skus"],
        names={"ru": row["name_ru"], "kk": row["name_kk"], "en": row["name_en"]},
        package=row["package"],
        unit=row["unit"],
        volume_l=row["volume_l"],
        net_kg=row["net_kg"],
        gross_kg=row["gross_kg"],
        pack_multiple=row["pack_multiple"],
        per_layer=row["per_layer"],
        per_pallet=row["per_pallet"],
        is_bulk=row["is_bulk"],
        is_blocked=row["is_blocked"],
        substitute_id=row["substitute_id"],
        line_id=row["line_id"],
        plant_id=row["plant_id"],
        kind=row["kind"],
        viscosity=row["viscosity"],
        standards=row["standards"],
        density=row["density"],
    )
