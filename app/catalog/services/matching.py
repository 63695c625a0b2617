"""Pasted codes: which product a code stands for within a contract, and what comes nearest if none."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from app.access.decisions import Decision
from app.catalog.queries.cards import read_cards
from app.catalog.queries.codes import Coded, find_by_code, find_by_sku, find_similar
from app.catalog.queries.facets import read_counts
from app.catalog.queries.offers import read_best_offers, read_offers
from app.catalog.rules.folding import code_of, similarity
from app.catalog.schemas import Filters, Match, MatchKind, Offer, ProductCard
from app.catalog.services.listing import Reader
from app.infra.db.transaction import Transaction

# Two codes that differ in a digit or a package have half of their trigrams in common, strangers next to none.
_LIKE_ENOUGH: Final = 0.3
_NOBODY: Final = UUID(int=0)


async def match_codes(
    transaction: Transaction, decision: Decision, texts: Sequence[str], contract_id: UUID, on: date
) -> Sequence[Match]:
    """Tell which product of a contract each pasted code stands for, in the order of ``texts``.

    An exact SKU comes before an old SKU, and that before one typed in another alphabet or without separators.
    A product the caller cannot order under this contract is as unknown as one that does not exist. An unknown
    code suggests the nearest product of the contract. Up to nine statements, however many codes.
    """
    found = {one.id: one for one in await find_by_sku(transaction, texts)}
    codes = {text: code_of(text) for text in texts}
    known = {one.sku for one in found.values()}
    if rest := [code for text, code in codes.items() if code and text not in known]:
        found.update({one.id: one for one in await find_by_code(transaction, rest)})
    offers = dict(await read_offers(transaction, decision, list(found), on, contract_id=contract_id))
    hits = {text: _pick(text, codes[text], [one for one in found.values() if one.id in offers]) for text in texts}
    unknown = [codes[text] for text, hit in hits.items() if hit is None and codes[text]]
    near: list[Coded] = []
    if unknown:
        counts = await read_counts(transaction, decision, Filters(contract=[contract_id]), None, on=on, locale="en")
        near = await find_similar(transaction, unknown, counts.mask)
        missing = [one.id for one in near if one.id not in offers]
        offers.update(await read_offers(transaction, decision, missing, on, contract_id=contract_id))
    cards = await read_cards(transaction, list(offers))
    return [_match(text, codes[text], hits[text], near, offers, cards) for text in texts]


async def find_offered(reader: Reader, text: str, most: int) -> tuple[ProductCard, Sequence[Offer]] | None:
    """Find the product a code stands for, with its best offers to the reader under any contract; None if there is none.

    A product that is not offered to the reader is looked for in the same way as one that does not exist.
    """
    code = code_of(text)
    found = {one.id: one for one in await find_by_sku(reader.transaction, [text])}
    found.update({one.id: one for one in await find_by_code(reader.transaction, [code])})
    rights = reader.rights
    few = await read_best_offers(
        reader.transaction, rights.offers, [*found] or [_NOBODY], reader.today, prices=rights.prices, most=most
    )
    hit = _pick(text, code, [one for one in found.values() if one.id in few])
    if hit is None:
        return None
    card = (await read_cards(reader.transaction, [hit[1].id]))[hit[1].id]
    return card, few[card.id].offers


def _pick(text: str, code: str, candidates: Sequence[Coded]) -> tuple[MatchKind, Coded] | None:
    ways: tuple[tuple[MatchKind, list[Coded]], ...] = (
        ("sku", [one for one in candidates if one.sku == text]),
        ("old_sku", [one for one in candidates if text in one.old_skus]),
        ("look_alike", [one for one in candidates if code and code in map(code_of, (one.sku, *one.old_skus))]),
    )
    return next(((kind, min(found, key=lambda one: (one.sku, one.id))) for kind, found in ways if found), None)


def _match(
    text: str,
    code: str,
    hit: tuple[MatchKind, Coded] | None,
    near: Sequence[Coded],
    offers: Mapping[UUID, Sequence[Offer]],
    cards: Mapping[UUID, ProductCard],
) -> Match:
    if hit is not None:
        return Match(text, hit[0], cards[hit[1].id], offers[hit[1].id])
    orderable = [one for one in near if one.id in offers]
    if not code or not orderable:
        return Match(text, "none", None, ())
    nearest = max(orderable, key=lambda one: (similarity(code, code_of(one.sku)), one.sku))
    if similarity(code, code_of(nearest.sku)) < _LIKE_ENOUGH:
        return Match(text, "none", None, ())
    return Match(text, "none", cards[nearest.id], offers[nearest.id])
