"""Numbers are exact or refused (RELIABILITY 3.3)."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.infra.http.numbers import read_decimal
from app.kernel.errors import InvalidInputError

READ = [
    ("1 234,5", "ru", "1234.5"),
    ("1\u00a0234\u00a0567,50", "kk", "1234567.5"),
    ("1\u202f234,5", "ru", "1234.5"),
    ("1234.5", "ru", "1234.5"),
    ("1,234.5", "en", "1234.5"),
    ("1,234", "en", "1234"),
    ("1,5", "en", "1.5"),
    ("1,234", "ru", "1.234"),
    (" 5 ", "ru", "5"),
    ("\u22125", "ru", "-5"),
    ("-0", "ru", "0"),
    ("1.500000", "ru", "1.5"),
    ("007", "ru", "7"),
    ("12.5", "", "12.5"),
]
REFUSED = [
    ("", "ru"),
    ("NaN", "ru"),
    ("Infinity", "ru"),
    ("-inf", "ru"),
    ("1e5", "ru"),
    ("1E5", ""),
    ("0x10", "ru"),
    ("1_000", "ru"),
    ("٣", "ru"),
    ("１２", "ru"),
    ("①", "ru"),
    ("1,2,3", "ru"),
    ("1.2.3", "ru"),
    ("12 34", "ru"),
    ("1 2345", "ru"),
    ("+5", "ru"),
    ("--5", "ru"),
    ("5-", "ru"),
    (".5", "ru"),
    ("5.", "ru"),
    ("1,5", ""),
    ("1 234", ""),
    ("true", "ru"),
    ("½", "ru"),
    ("1e999999999", "ru"),
    ("9" * 61, "ru"),
]


@pytest.mark.parametrize(("text", "locale", "value"), READ)
def test_numbers_are_read_as_the_language_writes_them(text: str, locale: str, value: str) -> None:
    assert read_decimal(text, locale) == Decimal(value)


@pytest.mark.parametrize(("text", "locale"), REFUSED)
def test_what_is_no_number_is_one_problem(text: str, locale: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_decimal(text, locale, field="q")
    assert [(one.code, one.field) for one in refused.value.problems] == [("number_malformed", "q")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0.0005", "number_too_precise"),
        ("1" + "0" * 18, "number_too_large"),
        ("0", "number_too_small"),
        ("-1", "number_too_small"),
        ("1000.001", "number_above"),
    ],
)
def test_a_number_out_of_bounds_says_which_bound(text: str, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_decimal(text, "ru", minimum=Decimal("0.001"), maximum=Decimal(1000))
    assert [one.code for one in refused.value.problems] == [code]


def test_a_huge_exponent_costs_no_time() -> None:
    began = time.perf_counter()
    for _ in range(1000):
        with pytest.raises(InvalidInputError):
            read_decimal("1e999999999", "ru")
    assert time.perf_counter() - began < 1


@given(st.text(max_size=80), st.sampled_from(["", "ru", "kk", "en"]))
def test_any_text_is_an_exact_number_or_a_problem(text: str, locale: str) -> None:
    try:
        value = read_decimal(text, locale)
    except InvalidInputError as error:
        assert len(error.problems) == 1  # noqa: PT017 - either outcome is right
        return
    assert value.is_finite()
    assert abs(value) < Decimal(10) ** 15
    assert value == round(value, 3)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=3), st.sampled_from(["", "ru", "kk", "en"]))
def test_a_plain_number_is_read_exactly(value: Decimal, locale: str) -> None:
    assert read_decimal(f"{value:f}", locale) == value
