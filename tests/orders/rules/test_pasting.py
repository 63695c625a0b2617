"""Pasted lines in every order and with every separator."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.orders.rules.pasting import Reading, read_lines


def likeliest(line: str) -> tuple[str, str, str]:
    """Read one line as it most likely was meant."""
    [found] = read_lines(line)
    first = found.readings[0]
    return first.code, str(first.quantity), first.unit


@pytest.mark.parametrize(
    ("line", "code", "quantity", "unit"),
    [
        ("AL-5W30-216\t12", "AL-5W30-216", "12", ""),
        ("AL-10W40-020;48", "AL-10W40-020", "48", ""),
        ("TU-HLP46-1000 3", "TU-HLP46-1000", "3", ""),
        ("AL-5,12", "AL-5", "12", ""),
        ("AL-5, 12", "AL-5", "12", ""),
        ("AL-5 ; 12", "AL-5", "12", ""),
        ("12\tAL-5", "AL-5", "12", ""),
        ("12 AL-5", "AL-5", "12", ""),
        ("48;AL-5", "AL-5", "48", ""),
        ("BULK-46\t20,5", "BULK-46", "20.5", ""),
        ("BULK-46 20.5 т", "BULK-46", "20.5", "t"),
        ("BULK-46 20500 кг", "BULK-46", "20500", "kg"),
        ("AL-5 12 шт.", "AL-5", "12", "piece"),
        ("AL-5\t12 дана", "AL-5", "12", "piece"),
        ("AL-5\t1 200", "AL-5", "1200", ""),
        ("AL-5\t1\u00a0200,5", "AL-5", "1200.5", ""),
        ("AL 5W30\t7", "AL 5W30", "7", ""),
        ("АЛ-5W30 7", "АЛ-5W30", "7", ""),
        ("4870001000017\t6", "4870001000017", "6", ""),
        ("AL-5 -3", "AL-5", "-3", ""),
        ("AL-5\t\u22123", "AL-5", "-3", ""),
        ("AL-5;1 200", "AL-5", "1200", ""),
        ("AL-5 1,25", "AL-5", "1.25", ""),
        ("AL-5 W,30 7", "AL-5 W,30", "7", ""),
        ("AL-5\tMotor oil\t12", "AL-5", "12", ""),
        ("1\tAL-5\tMotor oil\t24\tшт\t2 412,39\t57 897,36", "AL-5", "24", ""),
        ("AL-5;Motor oil;24 шт;12 345,00", "AL-5", "24", "piece"),
        ("24\tAL-5\tMotor oil", "AL-5", "24", ""),
    ],
)
def test_a_line_is_read_as_it_was_meant(line: str, code: str, quantity: str, unit: str) -> None:
    assert likeliest(line) == (code, quantity, unit)


def test_every_way_to_read_is_given() -> None:
    [line] = read_lines("AL-5 1 200")
    assert line.readings == (Reading("AL-5 1", Decimal(200)), Reading("AL-5", Decimal(1200)))
    [comma] = read_lines("AL-5 1,25")
    assert comma.readings == (Reading("AL-5", Decimal("1.25")), Reading("AL-5 1", Decimal(25)))
    [table] = read_lines("AL-5\tMotor oil\t12")
    assert Reading("AL-5", Decimal(12)) in table.readings
    assert likeliest("AL-5\t12\t3400\t40800") == ("AL-5", "12", ""), "the quantity stands before price and sum"


@pytest.mark.parametrize("bullet", ["1) ", "12. ", "- ", "\u2022 "])
def test_a_line_of_a_list_is_read_without_its_number(bullet: str) -> None:
    [line] = read_lines(f"{bullet}AL-5 12 шт")
    assert line.text == f"{bullet}AL-5 12 шт"
    assert Reading("AL-5", Decimal(12), "piece") in line.readings


def test_two_numbers_are_read_both_ways() -> None:
    [line] = read_lines("4870001000017;12")
    assert set(line.readings) == {Reading("4870001000017", Decimal(12)), Reading("12", Decimal(4870001000017))} or (
        line.readings == (Reading("4870001000017", Decimal(12)),)
    )


@pytest.mark.parametrize(
    "line", ["AL-5", "nonsense", "AL-5;", "AL-5\t", "AL-5 twelve", "AL-5\t1e5", "AL-5\t٣", "AL-5\t1,2,3x"]
)
def test_a_line_without_a_quantity_has_no_reading(line: str) -> None:
    assert read_lines(line)[0].readings == ()


def test_empty_lines_are_nothing() -> None:
    assert read_lines("\n  \n\t\n") == []
    assert [line.text for line in read_lines("A 1\r\n\r\nB 2")] == ["A 1", "B 2"]


CODES = st.from_regex(r"[A-Z]{2}-[A-Z0-9]{1,6}-[A-Z]{1,3}", fullmatch=True)


@given(CODES, st.integers(1, 99_999), st.sampled_from(["\t", ";", ",", " ", " ; ", ", ", " \t "]), st.booleans())
def test_code_and_quantity_come_back_from_any_separator_and_order(
    code: str, quantity: int, separator: str, code_first: bool
) -> None:
    line = f"{code}{separator}{quantity}" if code_first else f"{quantity}{separator}{code}"
    assert likeliest(line) == (code, str(quantity), "")


@given(st.text(max_size=300))
def test_any_text_is_read_without_failing(text: str) -> None:
    for line in read_lines(text):
        assert line.text.strip() == line.text != ""
        for reading in line.readings:
            assert reading.code != ""
            assert reading.quantity.is_finite()
