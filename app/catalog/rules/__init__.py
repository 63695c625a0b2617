"""Rules of the catalogue, all pure: prices and quantities, and how texts are folded for search."""

from app.catalog.rules.prices import (
    Fill,
    LinePrice,
    StockState,
    Totals,
    Unit,
    UnitPrice,
    add_up,
    is_whole_packs,
    kg_of,
    litres_of,
    nearest_whole_packs,
    price_line,
    price_unit,
    stock_state,
)

__all__ = [
    "Fill",
    "LinePrice",
    "StockState",
    "Totals",
    "Unit",
    "UnitPrice",
    "add_up",
    "is_whole_packs",
    "kg_of",
    "litres_of",
    "nearest_whole_packs",
    "price_line",
    "price_unit",
    "stock_state",
]
