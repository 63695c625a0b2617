"""Search finds words and their beginnings, and similar ones only where nothing fits; codes find one product."""

from uuid import UUID

import pytest

from app.access.decisions import Conjunction
from app.catalog.queries.facets import read_counts
from app.catalog.queries.masks import positions
from app.catalog.queries.search import search
from app.catalog.rules.folding import words_of
from app.catalog.schemas import FACETS, Filters, Match
from app.catalog.services.matching import match_codes
from app.infra.db.transaction import open_tenant_transaction
from tests.catalog.conftest import Shelf
from tests.catalog.factory import TODAY
from tests.catalog.people import may, own_offers

EVERYTHING = may(Conjunction())
ALMOST_ALL = Filters(kind=["oil", "grease", "fluid", "base_oil"])


def matching(shelf: Shelf, text: str) -> frozenset[UUID]:
    """The products with every word, or a beginning of it, in their names and codes: in plain Python."""
    found: set[UUID] = set()
    for row in shelf.oracle.tables["products"]:
        old = row["old_skus"]
        assert isinstance(old, list)
        texts = " ".join([str(row[name]) for name in ("name_ru", "name_kk", "name_en", "sku")] + old)
        if all(any(one.startswith(word) for one in words_of(texts)) for word in words_of(text)):
            assert isinstance(row["id"], UUID)
            found.add(row["id"])
    return frozenset(found)


@pytest.mark.parametrize(
    "text",
    [
        "алатау",
        "Жетісу бочка",
        "zhetisu dr",
        "бөшке",
        "бошке",
        "кыран",
        "ҚЫРАН майы",
        "5w-30",
        "5W30 ведро",
        "OLD0001",
        "al-000",
    ],
)
async def test_what_is_found_and_counted_equals_plain_python(shelf: Shelf, text: str) -> None:
    truth = shelf.oracle.ask(EVERYTHING, ALMOST_ALL, matching(shelf, text))
    async with open_tenant_transaction(shelf.staff, 1, read_only=True) as transaction:
        hits = await search(transaction, words_of(text))
        counts = await read_counts(transaction, EVERYTHING, ALMOST_ALL, hits, on=TODAY, locale="ru")
    assert counts.total == truth.total > 0
    assert not hits.is_similar
    for name in FACETS:
        assert {value.key: value.count for value in counts.facets[name]} == truth.facets[name], name
    assert len(positions(counts.mask)) == counts.total


@pytest.mark.parametrize(
    ("typed", "meant"), [("компресор", "компрессор"), ("zhetisy", "zhetisu"), ("антифрииз", "антифриз")]
)
async def test_a_slip_of_the_finger_finds_what_was_meant(shelf: Shelf, typed: str, meant: str) -> None:
    async with open_tenant_transaction(shelf.staff, 1, read_only=True) as transaction:
        slipped = await search(transaction, words_of(typed))
        exact = await search(transaction, words_of(meant))
    assert slipped.is_similar
    assert list(zip(slipped.blocks, slipped.bits, strict=True)) == list(zip(exact.blocks, exact.bits, strict=True))


async def test_words_nobody_used_find_nothing(shelf: Shelf) -> None:
    async with open_tenant_transaction(shelf.staff, 1, read_only=True) as transaction:
        hits = await search(transaction, words_of("алатау жжжжжжж"))
        counts = await read_counts(transaction, EVERYTHING, Filters(), hits, on=TODAY, locale="ru")
    assert counts.total == 0
    assert sum(value.count for values in counts.facets.values() for value in values) == 0


class TestCodes:
    """Pasted codes within one contract of one buyer."""

    async def ask(self, shelf: Shelf, *texts: str) -> list[Match]:
        async with open_tenant_transaction(shelf.client, 1, read_only=True, partners=[shelf.partner]) as transaction:
            decision = own_offers(shelf.partner)
            return list(await match_codes(transaction, decision, texts, self.contract(shelf), TODAY))

    def contract(self, shelf: Shelf) -> UUID:
        truth = shelf.oracle.ask(own_offers(shelf.partner), Filters())
        return UUID(max(truth.facets["contract"], key=lambda one: truth.facets["contract"][one]))

    def visible(self, shelf: Shelf) -> set[UUID]:
        filters = Filters(contract=[self.contract(shelf)])
        return set(shelf.oracle.ask(own_offers(shelf.partner), filters).order)

    async def test_each_way_to_write_a_code_finds_the_product(self, shelf: Shelf) -> None:
        visible = self.visible(shelf)
        row = next(row for row in shelf.oracle.tables["products"] if row["id"] in visible and row["old_skus"])
        sku, old = str(row["sku"]), str(row["old_skus"][0])  # type: ignore[index]
        typed = [sku, old, sku.lower().replace("-", " "), sku.replace("A", "А"), old.lower()]
        found = await self.ask(shelf, *typed)
        assert [one.kind for one in found] == ["sku", "old_sku", "look_alike", "look_alike", "look_alike"]
        assert {one.card.id if one.card else None for one in found} == {row["id"]}
        assert all(one.offers[0].contract_id == self.contract(shelf) for one in found)
        assert [one.text for one in found] == typed

    async def test_what_the_contract_does_not_have_is_as_unknown_as_what_does_not_exist(self, shelf: Shelf) -> None:
        visible = self.visible(shelf)
        hidden = [str(row["sku"]) for row in shelf.oracle.tables["products"] if row["id"] not in visible]
        found = await self.ask(shelf, *hidden, "no such code", "", "№")
        assert {one.kind for one in found} == {"none"}
        assert {one.card.id for one in found if one.card} <= visible
        assert all(bool(one.card) == bool(one.offers) for one in found)

    async def test_a_wrong_code_suggests_the_nearest_product(self, shelf: Shelf) -> None:
        visible = self.visible(shelf)
        skus = [str(row["sku"]) for row in shelf.oracle.tables["products"] if row["id"] in visible]
        (found,) = await self.ask(shelf, skus[0] + "9")
        assert found.kind == "none"
        assert found.card is not None
        assert found.card.sku == skus[0]

    async def test_a_code_like_none_suggests_nothing(self, shelf: Shelf) -> None:
        found = await self.ask(shelf, "НЕТ-ТАКОГО", "5W-40 код", "ZZZZ")
        assert [(one.kind, one.card) for one in found] == [("none", None)] * 3

    async def test_codes_of_another_company_are_not_told(self, shelf: Shelf) -> None:
        stranger = shelf.world.partners[1]
        async with open_tenant_transaction(shelf.client, 1, read_only=True, partners=[stranger]) as transaction:
            skus = [str(row["sku"]) for row in shelf.oracle.tables["products"]]
            found = await match_codes(transaction, own_offers(stranger), skus, self.contract(shelf), TODAY)
        assert {(one.kind, one.card) for one in found} == {("none", None)}
