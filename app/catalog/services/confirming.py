"""Figures that were kept are as old as the last answer of the ERP that had nothing newer, not as the keeping."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from app.catalog.families import Listed, ProductSheet
from app.catalog.schemas import Freshness, Offer


def confirm_list(found: Listed, freshness: Freshness) -> Listed:
    """Tell how old the figures of a list are now."""
    rows = found.rows
    if freshness.as_of is not None:
        rows = [replace(row, offers=_confirmed(row.offers, freshness.as_of)) for row in rows]
    return replace(found, counts=replace(found.counts, freshness=freshness), rows=rows)


def confirm_sheet(sheet: ProductSheet, freshness: Freshness) -> ProductSheet:
    """Tell how old the figures of one product are now."""
    at = freshness.as_of
    if at is None:
        return sheet
    offers: Mapping[UUID, Sequence[Offer]] = {key: _confirmed(many, at) for key, many in sheet.offers.items()}
    return replace(sheet, offers=offers)


def _confirmed(offers: Sequence[Offer], at: datetime) -> list[Offer]:
    return [
        replace(
            one,
            price_synced_at=max(one.price_synced_at, at),
            stock=one.stock and replace(one.stock, as_of=max(one.stock.as_of, at)),
        )
        for one in offers
    ]
