"""What rows and facets say, and that facet values stay where they are."""

from decimal import Decimal
from uuid import UUID

import pytest
from msgspec.structs import replace

from app.catalog.asked import write_pairs
from app.catalog.rows import (
    Reading,
    RowView,
    mark_facets,
    to_chips,
    to_facets,
    to_offer_view,
    to_row,
    write_counts,
)
from app.catalog.schemas import Counts, FacetName, FacetValue, Filters, Freshness, Offer, ProductCard, Row, Stock
from tests.catalog.factory import NOW, TODAY

D = Decimal
NBSP = "\u00a0"
API_SP, GONE = UUID(int=5), UUID(int=6)
CARD = ProductCard(
    id=UUID(int=1),
    number=7,
    grade_id=UUID(int=2),
    sku="AL-5W30-205",
    old_skus=[],
    names={"ru": "Алатау Синт", "kk": "Алатау Синт", "en": "Alatau Synth"},
    package="drum",
    unit="piece",
    volume_l=D(205),
    net_kg=D("178.35"),
    gross_kg=D(195),
    pack_multiple=D(1),
    per_layer=4,
    per_pallet=4,
    is_bulk=False,
    is_blocked=False,
    substitute_id=None,
    line_id=None,
    plant_id=None,
    kind="oil",
    viscosity="SAE 5W-30",
    standards=[GONE, API_SP],
    density=D("0.87"),
)
OFFER = Offer(
    product_id=CARD.id,
    agreement_id=UUID(int=10),
    agreement_number="A-1",
    contract_id=UUID(int=11),
    contract_number="KZ-1",
    partner_id=UUID(int=12),
    region_id=None,
    warehouse_id=UUID(int=13),
    currency="KZT",
    price_list_id=UUID(int=14),
    price=D(291920),
    price_version=1,
    price_synced_at=NOW,
    discount_pct=D(3),
    min_amount=D(0),
    vat_country="KZ",
    vat_regime="domestic",
    stock=Stock(D(8), NOW),
)
READING = Reading("en", {API_SP: "API SP"}, {}, None, names_contracts=True)


def _row(card: ProductCard = CARD, *offers: Offer, reading: Reading = READING) -> RowView:
    many = offers or (OFFER,)
    return to_row(Row(card, many, len(many)), reading)


def test_a_row_says_everything_in_the_readers_words() -> None:
    row = _row()
    assert (row.name, row.packed, row.packing) == ("Alatau Synth", f"Drum, 205{NBSP}l", "pallet of 4")
    assert (row.price, row.compared) == ("₸283,162.40", "₸1,381.28 / l")
    assert (row.stock.text, row.stock.tone) == (f"8{NBSP}pcs left", "warn")
    assert (row.standards, row.more) == (["API SP"], 0)
    assert (row.quantity, row.step, row.contract) == ("", "", "")


def test_a_row_shows_no_money_and_no_stock_to_whoever_may_not_see_them() -> None:
    row = _row(CARD, replace(OFFER, price=None, stock=None))
    assert (row.price, row.compared) == ("", "")
    assert (row.stock.text, row.stock.tone) == ("Ask your manager", None)
    view = to_offer_view(CARD, replace(OFFER, price=None), TODAY, "en")
    assert (view.price, view.compared, view.gross, view.vat) == ("", "", "", None)


@pytest.mark.parametrize(
    ("free", "text", "tone"),
    [
        ("-3", "To order", "info"),
        ("0", "To order", "info"),
        ("12000", "In stock", "ok"),
        ("9", f"9{NBSP}pcs left", "warn"),
    ],
)
def test_stock_is_said_in_words(free: str, text: str, tone: str) -> None:
    words = _row(CARD, replace(OFFER, stock=Stock(D(free), NOW))).stock
    assert (words.text, words.tone) == (text, tone)


def test_bulk_is_told_in_tonnes_and_by_the_vehicle() -> None:
    bulk = replace(CARD, package="tank_truck", unit="t", is_bulk=True, volume_l=D(0), per_pallet=0)
    row = _row(bulk, replace(OFFER, stock=Stock(D("9.229"), NOW)))
    assert (row.packed, row.packing) == ("Tank truck", "by the full vehicle")
    assert (row.stock.text, row.compared) == (f"9.229{NBSP}t left", "₸283.16 / kg")
    per_tonne = f"{NBSP}/{NBSP}t"
    assert row.price == f"₸283,162.40{per_tonne}"
    view = to_offer_view(bulk, OFFER, TODAY, "en")
    assert (view.price, view.gross) == (row.price, f"₸328,468.38{per_tonne}")


def test_the_contract_is_named_only_where_there_are_several() -> None:
    other = replace(OFFER, contract_id=UUID(int=99), contract_number="KZ-2")
    assert _row(CARD, OFFER, other).contract == "KZ-1"
    assert not _row(CARD, OFFER, replace(OFFER, agreement_id=UUID(int=98))).contract
    assert not _row(CARD, OFFER, other, reading=replace(READING, names_contracts=False)).contract


def test_what_fits_into_the_order_at_hand_is_shown_before_a_lower_price() -> None:
    cheaper = replace(OFFER, price=D(1), contract_id=UUID(int=99), contract_number="KZ-2")
    assert _row(CARD, cheaper, OFFER).contract == "KZ-2"
    row = _row(CARD, cheaper, OFFER, reading=replace(READING, at_hand=OFFER.contract_id))
    assert (row.contract, row.price, row.contract_id) == ("KZ-1", "₸283,162.40", str(OFFER.contract_id))
    assert _row(CARD, cheaper, OFFER, reading=replace(READING, at_hand=UUID(int=7))).contract == "KZ-2"


def test_the_quantity_at_hand_and_its_step_stand_in_the_row() -> None:
    row = _row(
        replace(CARD, pack_multiple=D("4.000")), reading=replace(READING, locale="ru", quantities={CARD.id: D("1.5")})
    )
    assert (row.quantity, row.step) == ("1,5", "4")


def test_more_standards_than_fit_are_counted() -> None:
    many = [UUID(int=number) for number in range(100, 105)]
    row = _row(replace(CARD, standards=many), reading=replace(READING, standards={one: str(one.int) for one in many}))
    assert (row.standards, row.more) == (["100", "101", "102"], 2)


def _counts(**facets: list[FacetValue]) -> Counts:
    every: dict[FacetName, list[FacetValue]] = {
        "contract": [], "plant": [], "kind": [], "line": [], "standard": [], "viscosity": [], "package": [],
    }  # fmt: skip
    for name in every:
        every[name] = facets.get(name, [])
    return Counts(0, 0, every, b"", Freshness(None, None))


def _order(counts: Counts, filters: Filters) -> dict[str, list[str]]:
    return {group.name: [one.value for one in group.options] for group in to_facets(counts, filters, "ru")}


def test_facet_values_keep_their_places_whatever_is_chosen_and_counted() -> None:
    def counts(*found: int) -> Counts:
        keys = ("SAE 10W-40", "SAE 5W-30", "ISO VG 46")
        return _counts(viscosity=[FacetValue(key, "", count) for key, count in zip(keys, found, strict=True)])

    expected = {"viscosity": ["ISO VG 46", "SAE 5W-30", "SAE 10W-40"]}
    assert _order(counts(5, 9, 1), Filters()) == expected
    assert _order(counts(0, 0, 7), Filters()) == expected
    assert _order(counts(0, 3, 0), Filters(viscosity=["SAE 5W-30"])) == expected


def test_packages_stand_from_small_to_large_and_kinds_by_importance() -> None:
    packages = [FacetValue(key, "", 1) for key in ("rail_tank", "ibc", "drum", "bottle", "newest")]
    kinds = [FacetValue(key, "", 1) for key in ("service", "base_oil", "oil", "grease")]
    assert _order(_counts(package=packages, kind=kinds), Filters()) == {
        "kind": ["oil", "grease", "base_oil", "service"],
        "package": ["bottle", "drum", "ibc", "rail_tank", "newest"],
    }


def test_a_chosen_value_that_is_not_there_any_more_can_still_be_taken_away() -> None:
    [group] = to_facets(_counts(), Filters(viscosity=["SAE 3W"]), "en")
    assert [(one.value, one.count, one.is_chosen) for one in group.options] == [("SAE 3W", 0, True)]


def test_what_has_an_id_is_asked_for_by_its_number_and_known_by_both() -> None:
    line = FacetValue(str(UUID(int=77)), "Alatau", 4, 12)
    for asked in (12, UUID(int=77)):
        filters = Filters(line=[asked])
        [group] = to_facets(_counts(line=[line]), filters, "en")
        assert [(one.value, one.label, one.is_chosen) for one in group.options] == [("12", "Alatau", True)]
        [chip] = to_chips(_counts(line=[line]), filters, write_pairs(filters, "name"), "en")
        assert (chip.label, chip.href) == ("Alatau", "/catalog")


def test_a_panel_is_the_same_until_a_value_comes_goes_or_is_called_otherwise() -> None:
    def mark(*values: FacetValue, locale: str = "ru", asked: str = "") -> str:
        filters = Filters(viscosity=[asked] if asked else [])
        return mark_facets(to_facets(_counts(viscosity=list(values)), filters, locale))

    thin, thick = FacetValue("SAE 5W-30", "", 9), FacetValue("SAE 10W-40", "", 5)
    expected = mark(thin, thick)
    assert mark(replace(thick, count=0), thin, asked="SAE 5W-30") == expected
    others = [
        mark(thin),
        mark(thin, thick, FacetValue("ISO VG 46", "", 1)),
        mark(thin, replace(thick, label="SAE 10W40")),
        mark(thin, thick, asked="SAE 3W"),  # asked for, though nobody offers it: it can be taken away
        mark(thin, thick, locale="kk"),
    ]
    assert len({expected, *others}) == 6


def test_counts_travel_in_the_order_of_the_values_with_a_star_before_the_chosen() -> None:
    viscosity = [FacetValue("SAE 5W-30", "", 1234), FacetValue("SAE 10W-40", "", 0)]
    facets = to_facets(_counts(viscosity=viscosity, kind=[FacetValue("oil", "", 7)]), Filters(kind=["oil"]), "ru")
    assert write_counts(facets, "ru") == f"*7 1{NBSP}234 0"
    assert write_counts(facets, "en") == "*7 1,234 0"
