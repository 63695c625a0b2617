"""Two versions of an order differ exactly where they do, to the last digit."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.orders.rules.differing import (
    WHOLE,
    Difference,
    Figure,
    Line,
    Version,
    adds_up,
    find_differences,
    is_measured,
    plain,
)

DRUM, PAIL = UUID(int=1), UUID(int=2)
LINE = Line(
    place=1,
    product_id=DRUM,
    quantity=Decimal("10.000"),
    price=Decimal("100.0000"),
    discount_pct=Decimal("3.00"),
    vat_pct=Decimal("16.00"),
    net=Decimal("970.00"),
    vat=Decimal("155.20"),
)
SECOND = replace(LINE, place=2, product_id=PAIL)
ORDER = Version(currency="KZT", gross=Decimal("2250.40"), vat=Decimal("310.40"), lines=(LINE, SECOND))
STEPS: dict[Figure, Decimal] = {
    "quantity": Decimal("0.001"),
    "price": Decimal("0.0001"),
    "discount_pct": Decimal("0.01"),
    "vat_pct": Decimal("0.01"),
    "net": Decimal("0.01"),
    "vat": Decimal("0.01"),
}


def figure_of(line: Line, figure: Figure) -> Decimal:
    return {
        "quantity": line.quantity,
        "price": line.price,
        "discount_pct": line.discount_pct,
        "vat_pct": line.vat_pct,
        "net": line.net,
        "vat": line.vat,
    }[figure]


@st.composite
def orders(draw: st.DrawFn) -> Version:
    """An order of up to six lines at any places, with whatever sums."""
    figures = [st.decimals(0, 10**6, places=-int(step.as_tuple().exponent), allow_nan=False) for step in STEPS.values()]
    places = draw(st.lists(st.integers(1, 40), max_size=6, unique=True))
    lines = [
        replace(
            LINE,
            place=place,
            product_id=UUID(int=draw(st.integers(1, 5))),
            is_cancelled=draw(st.booleans()),
            **{name: draw(kind) for name, kind in zip(STEPS, figures, strict=True)},
        )
        for place in places
    ]
    money = st.decimals(0, 10**9, places=2, allow_nan=False)
    return Version(currency="KZT", gross=draw(money), vat=draw(money), lines=tuple(lines))


@given(orders())
def test_an_order_differs_from_itself_in_nothing_whatever_the_scale_and_the_order_of_its_lines(order: Version) -> None:
    wider = [
        replace(line, **{name: figure_of(line, name) * Decimal("1.0000000") for name in STEPS})
        for line in reversed(order.lines)
    ]
    assert find_differences(order, replace(order, lines=tuple(wider), gross=order.gross * Decimal("1.000"))) == []


@given(st.data(), orders(), st.sampled_from(sorted(STEPS)))
def test_one_last_digit_is_one_difference_and_nothing_else(data: st.DataObject, order: Version, figure: Figure) -> None:
    standing = [line for line in order.lines if not line.is_cancelled]
    if not standing:
        return
    line = data.draw(st.sampled_from(standing))
    changed = replace(line, **{figure: figure_of(line, figure) + STEPS[figure]})
    theirs = replace(order, lines=tuple(changed if one is line else one for one in order.lines))
    [found] = find_differences(order, theirs)
    assert (found.place, found.figure) == (line.place, figure)
    assert Decimal(found.theirs) - Decimal(found.ours) == STEPS[figure]
    assert find_differences(theirs, order) == [Difference(line.place, figure, found.theirs, found.ours)]


@given(orders(), st.sampled_from(["gross", "vat"]))
def test_the_whole_is_compared_to_the_last_digit_too(order: Version, figure: Figure) -> None:
    more = Decimal("0.01")
    theirs = replace(order, gross=order.gross + more) if figure == "gross" else replace(order, vat=order.vat + more)
    [found] = find_differences(order, theirs)
    assert (found.place, found.figure, Decimal(found.theirs) - Decimal(found.ours)) == (WHOLE, figure, more)


def test_lines_of_one_side_only_and_other_products_are_named() -> None:
    third = replace(LINE, place=3, quantity=Decimal("4.500"))
    theirs = replace(ORDER, currency="RUB", lines=(replace(LINE, product_id=PAIL), third))
    assert find_differences(ORDER, theirs) == [
        Difference(0, "currency", "KZT", "RUB"),
        Difference(1, "product", str(DRUM), str(PAIL)),
        Difference(2, "line", "10", ""),
        Difference(3, "line", "", "4.5"),
    ]


def test_what_both_cancelled_or_shipped_in_part_is_no_difference() -> None:
    moved = replace(LINE, shipped=Decimal(4))
    gone = replace(SECOND, is_cancelled=True, net=Decimal(0))
    ours = replace(ORDER, lines=(LINE, replace(SECOND, is_cancelled=True)))
    assert find_differences(ours, replace(ORDER, lines=(moved, gone))) == []
    assert find_differences(replace(ORDER, lines=(LINE,)), replace(ORDER, lines=(moved, gone))) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"quantity": Decimal("19.985")}, False),  # not what was shipped
        ({"shipped": Decimal(0), "quantity": Decimal(0)}, False),
        ({"price": Decimal("99.9999")}, False),
        ({"discount_pct": Decimal(2)}, False),
        ({"vat_pct": Decimal(12)}, False),
        ({"product_id": PAIL}, False),
    ],
)
def test_the_measured_mass_of_bulk_is_its_quantity_on_the_terms_agreed(
    changes: dict[str, object], expected: bool
) -> None:
    ours = replace(LINE, unit="t", quantity=Decimal(20))
    theirs = replace(ours, quantity=Decimal("19.986"), shipped=Decimal("19.986"))
    assert is_measured(ours, replace(theirs, **changes)) is expected


def test_pieces_are_never_measured() -> None:
    assert not is_measured(LINE, replace(LINE, quantity=Decimal(9), shipped=Decimal(9)))


@pytest.mark.parametrize(
    ("gross", "vat", "expected"),
    [("2250.40", "310.40", True), ("2250.41", "310.40", False), ("2250.40", "310.41", False)],
)
def test_a_total_adds_up_or_it_does_not(gross: str, vat: str, expected: bool) -> None:
    assert adds_up(replace(ORDER, gross=Decimal(gross), vat=Decimal(vat))) is expected


def test_a_cancelled_line_adds_nothing() -> None:
    order = replace(ORDER, lines=(LINE, replace(SECOND, is_cancelled=True)))
    assert not adds_up(order)
    assert adds_up(replace(order, gross=Decimal("1125.20"), vat=Decimal("155.20")))


@pytest.mark.parametrize(("number", "text"), [("16.00", "16"), ("0.000", "0"), ("1E+3", "1000"), ("-0.0100", "-0.01")])
def test_equal_numbers_are_written_alike(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
