"""What pages, the API and other rooms ask the catalogue for."""

from app.catalog.services.listing import Reader, open_reader
from app.catalog.services.matching import find_offered, match_codes
from app.catalog.services.offering import current_offers, keyed_cards, product_cards
from app.catalog.services.showing import ProductSheet, show_product

__all__ = [
    "ProductSheet",
    "Reader",
    "current_offers",
    "find_offered",
    "keyed_cards",
    "match_codes",
    "open_reader",
    "product_cards",
    "show_product",
]
